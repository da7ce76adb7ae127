"""``make audit`` tells what it found, and never takes silence for health."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from deploy import audit

ROOT = Path(__file__).parents[2]
CLEAN = {"name": "quiet", "version": "1.0", "vulns": []}
SKIPPED = {"name": "lost", "skip_reason": "not found on PyPI"}
BAD = {
    "name": "leaky",
    "version": "2.0",
    "vulns": [{"id": "PYSEC-2026-1", "fix_versions": ["2.0.1"], "aliases": []}],
}


@pytest.mark.parametrize(
    ("every", "code", "said"),
    [
        ([CLEAN], audit.CLEAN, "1 examined, 0 vulnerabilities"),
        ([CLEAN, BAD], audit.FOUND, "leaky 2.0: PYSEC-2026-1; mended in 2.0.1"),
        ([CLEAN, SKIPPED], audit.CLEAN, "lost: not examined: not found on PyPI"),
        ([SKIPPED], audit.UNKNOWN, "NOT KNOWN"),
    ],
)
def test_what_was_found_is_named_and_what_was_not_asked_is_not_called_clean(
    every: list[dict[str, Any]], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert audit.judged(every) == code
    assert said in capsys.readouterr().out


def page(newest: str, *known: dict[str, Any]) -> bytes:
    return json.dumps({"info": {"version": newest}, "vulnerabilities": known}).encode()


PAGES = {
    "/pypi/quiet/json": page("1.0"),
    "/pypi/leaky/json": page(
        "2.0",
        {"id": "PYSEC-2026-1", "fixed_in": ["2.0.1"], "withdrawn": None},
        {"id": "PYSEC-2026-2", "fixed_in": [], "withdrawn": "2026-01-01T00:00:00Z"},
    ),
    "/pypi/odd/json": b"<html>not here</html>",
}


class Pages(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = PAGES.get(self.path)
        self.send_response(200 if body else 404)
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, *_: object) -> None:
        """Silent."""


@pytest.fixture
def registry() -> Iterator[str]:
    """A registry without pages of single versions, on loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/pypi"
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_had_no_answer_is_asked_of_its_project(registry: str) -> None:
    """What the project's page says of another version is said of no component."""
    listed = """quiet==1.0 \\
    --hash=sha256:00
leaky==2.0 ; sys_platform == 'linux'
leaky==1.0 ; sys_platform == 'win32'
odd==1
nobody==1
asked==1
"""
    components = audit.locked(listed)
    answered = {"name": "asked", "version": "1", "vulns": []}
    skipped = [{"name": name, "skip_reason": "no answer"} for name, _ in components[:-1]]
    told = audit.asked_again([*skipped, answered], components, registry)
    assert [one["name"] for one in told] == [name for name, _ in components]
    quiet, leaky, older, odd, nobody, asked = told
    assert quiet["vulns"] == []
    assert leaky["vulns"] == [{"id": "PYSEC-2026-1", "fix_versions": ["2.0.1"]}]
    assert older["skip_reason"].startswith("1.0: the registry tells only what is known of the new")
    assert "no answer" in odd["skip_reason"]
    assert "404" in nobody["skip_reason"]
    assert asked is answered, "what was answered is not asked again"


def test_a_database_out_of_reach_is_said_and_has_a_code_of_its_own() -> None:
    nowhere = {"HTTPS_PROXY": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"}
    env = {k: v for k, v in os.environ.items() if k.lower() != "no_proxy"} | nowhere
    asked = "import sys; from deploy.audit import components; sys.exit(components())"
    done = subprocess.run(
        [sys.executable, "-c", asked],
        cwd=ROOT,
        env=env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == audit.UNKNOWN, done.stdout + done.stderr
    assert "NOT KNOWN" in done.stdout
    assert "cannot be reached" in done.stdout


def test_the_recipe_of_the_image_is_clean() -> None:
    assert audit.image() == audit.CLEAN
