"""`labdir up` as a newcomer meets it: one command, a filled directory, nothing left behind."""

import os
import re
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


class Up:
    """One running `labdir up`, its lines as they come, and every process below it."""

    def __init__(self, data: Path) -> None:
        env = {k: v for k, v in os.environ.items() if not k.startswith("LABDIR_")}
        # no database and no broker of the machine's own may be found
        env |= {"LABDIR_DATA": str(data), "LABDIR_PORT": "0", "PATH": "/nowhere"}
        self.process = subprocess.Popen(
            [str(Path(sys.executable).with_name("labdir")), "up"],
            env=env,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.lines: list[str] = []

    def wait_for(self, pattern: str) -> re.Match[str]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line)
            if found := re.search(pattern, line):
                return found
        pytest.fail(f"`labdir up` ended without saying {pattern!r}:\n{''.join(self.lines)}")

    def descendants(self) -> dict[int, str]:
        """Every process below it: number and command line."""
        parents: dict[int, list[int]] = {}
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    stat = (entry / "stat").read_text()
                except OSError:
                    continue
                parents.setdefault(int(stat.rpartition(")")[2].split()[1]), []).append(
                    int(entry.name)
                )
        found: dict[int, str] = {}
        level = parents.get(self.process.pid, [])
        while level:
            for pid in level:
                found[pid] = _command(pid)
            level = [child for pid in level for child in parents.get(pid, [])]
        return found


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ").strip()
    except OSError:
        return ""


def left_of(processes: dict[int, str], seconds: float) -> dict[int, str]:
    """Those that still run the same program after at most so many seconds."""
    deadline = time.monotonic() + seconds
    while True:
        left = {pid: said for pid, said in processes.items() if said and _command(pid) == said}
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.1)


@pytest.fixture
def data() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="labdir-test-"))
    folder.chmod(0o711)
    yield folder / "data"
    shutil.rmtree(folder)


@pytest.fixture
def started(data: Path) -> Iterator[list[Up]]:
    """The ones a test starts; whatever happens, none outlives it."""
    ups: list[Up] = []
    yield ups
    for one in ups:
        below = one.descendants()
        one.process.kill()
        one.process.communicate()
        assert not left_of(below, 30)


def ask(base: str, path: str, **query: str) -> Any:
    answer = httpx.get(base + path, params=query, timeout=30, trust_env=False)
    answer.raise_for_status()
    return answer.json()


@pytest.mark.timeout(600)
def test_a_directory_is_filled_found_again_after_kill_and_stopped_without_a_trace(
    data: Path, started: list[Up]
) -> None:
    first = Up(data)
    started.append(first)
    base = first.wait_for(r"^ready (http://127\.0\.0\.1:\d+)$")[1]
    for question in ({"q": "battery"}, {"q": "电池"}, {"standard": "GB4943.1"}):
        assert ask(base, "/api/v1/bodies", **question)["data"], question
    for page in ("/en", "/zh"):
        answer = httpx.get(base + page, follow_redirects=True, timeout=30, trust_env=False)
        assert answer.status_code == 200
    position = ask(base, "/api/v1/bodies")["meta"]["log_position"]
    assert position > 0
    (signs,) = (data / "keys").glob("*.jwk")  # made at the first start
    assert stat.S_IMODE(signs.stat().st_mode) == 0o600
    assert ask(base, "/.well-known/jwks.json")["keys"][0]["kid"] == signs.stem
    assert ask(base, "/api/v1/log")["data"]["kid"] == signs.stem

    second = Up(data)
    started.append(second)
    refusal = second.wait_for(f"in use by another labdir \\(process {first.process.pid}\\)")
    assert "LABDIR_DATA" in refusal.string
    assert second.process.wait(30) == 1

    worker = next(pid for pid, said in first.descendants().items() if "workers.app worker" in said)
    os.kill(worker, signal.SIGKILL)
    first.wait_for(r"^worker was ended by SIGKILL; starting it again")

    below = first.descendants()
    assert len(below) > 6
    first.process.kill()
    first.process.wait()
    third = Up(data)  # at once, while the old servers may still be stopping
    started.append(third)
    base = third.wait_for(r"^ready (http://127\.0\.0\.1:\d+)$")[1]
    assert not left_of(below, 0)
    assert ask(base, "/api/v1/bodies")["meta"]["log_position"] >= position
    assert ask(base, "/api/v1/bodies", q="电池")["data"]

    below = third.descendants()
    third.process.send_signal(signal.SIGTERM)
    assert third.process.wait(60) == 0
    assert not left_of(below, 0)
