"""``make audit`` tells what it found, and never takes silence for health."""

import os
import subprocess
import sys
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
    assert audit.judged({"dependencies": every}) == code
    assert said in capsys.readouterr().out


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
