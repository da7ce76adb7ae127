"""Forked programs: each as if started by itself, and nothing shared but what is read."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.children import end, spawn
from deploy.embedded.forks import CAN_FORK, Fork, fork

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="forks on Linux alone")

Start = Callable[..., Fork]


@pytest.fixture
def start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Forks a program of these lines, with these words behind its name."""
    monkeypatch.syspath_prepend(str(tmp_path))
    begun: list[Fork] = []

    def begin(lines: str, *words: str, env: dict[str, str] | None = None) -> Fork:
        (tmp_path / "made_program.py").write_text(lines)
        argv = [sys.executable, "-m", "made_program", *words]
        one = fork(
            argv, log=tmp_path / "log", env=env or {}, cwd=tmp_path, death_signal=signal.SIGKILL
        )
        begun.append(one)
        return one

    yield begin
    for one in begun:
        end(one, seconds=0)


def said(folder: Path) -> str:
    return (folder / "log").read_text()


def until_said(folder: Path, words: str) -> None:
    deadline = time.monotonic() + 20
    while words not in said(folder):
        assert time.monotonic() < deadline, said(folder)
        time.sleep(0.02)


_TELLS = """
import json, os, signal, sys
print(json.dumps({
    "argv": sys.argv[1:], "env": dict(os.environ), "cwd": os.getcwd(), "name": __name__,
    "leads": os.getsid(0) == os.getpid(), "input": sys.stdin.read(),
    "files": sorted(map(int, os.listdir("/proc/self/fd")))[:4],
    "term": signal.getsignal(signal.SIGTERM) is signal.SIG_DFL,
    "blocked": list(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
    "title": open("/proc/self/cmdline").read().strip("\\0"),
}))
"""


def test_a_fork_finds_what_a_program_of_its_own_finds(start: Start, tmp_path: Path) -> None:
    before = signal.signal(signal.SIGTERM, lambda *_: None)
    try:
        with (tmp_path / "lock").open("w"):
            one = start(_TELLS, "--port", "1", env={"LABDIR_PORT": "7"})
            assert one.wait(20) == 0, said(tmp_path)
    finally:
        signal.signal(signal.SIGTERM, before)
    told: dict[str, Any] = json.loads(said(tmp_path))
    title = told.pop("title")
    assert title.endswith("-m made_program --port 1")
    # the fourth file is the listing itself
    assert told.pop("files") == [0, 1, 2, 3]
    assert told == {
        "argv": ["--port", "1"], "env": {"LABDIR_PORT": "7"}, "cwd": str(tmp_path),
        "name": "__main__", "leads": True, "input": "", "term": True, "blocked": [],
    }  # fmt: skip
    assert "made_program" not in sys.modules


def test_it_ends_with_the_code_of_a_program_of_its_own(start: Start, tmp_path: Path) -> None:
    assert start("").wait(20) == 0
    assert start("raise SystemExit(3)").wait(20) == 3
    assert start("raise SystemExit('no such port')").wait(20) == 1
    assert said(tmp_path) == "no such port\n"
    assert start("print('begun')\nraise ValueError('odd')").wait(20) == 1
    assert "begun\nTraceback" in said(tmp_path)
    assert said(tmp_path).endswith("ValueError: odd\n")


def test_it_is_asked_to_stop_waited_for_and_killed_as_any_child(
    start: Start, tmp_path: Path
) -> None:
    sleeps = "import time\nprint('up')\ntime.sleep(60)"
    one = start(sleeps)
    until_said(tmp_path, "up")
    with pytest.raises(subprocess.TimeoutExpired):
        one.wait(0.05)
    assert one.poll() is None
    assert end(one, seconds=20)
    assert one.returncode == -signal.SIGTERM
    one.send_signal(signal.SIGTERM)  # nobody is there: nobody else is hit
    two = start(f"import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n{sleeps} # two")
    until_said(tmp_path, "up\nup")
    assert not end(two, seconds=0.2)
    assert two.returncode == -signal.SIGKILL


def test_a_fork_dies_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    (tmp_path / "sleeps.py").write_text("import time\ntime.sleep(60)")
    program = (
        "import signal, sys\nfrom pathlib import Path\n"
        "from deploy.embedded.forks import fork\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "made = fork([sys.executable, '-m', 'sleeps'], log=Path(sys.argv[1]), env={},"
        " cwd=Path('/'), death_signal=signal.SIGKILL)\n"
        "print(made.pid, flush=True)\nsignal.pause()\n"
    )
    log = tmp_path / "parent.log"
    argv = [sys.executable, "-c", program, str(tmp_path / "log")]
    parent = spawn(argv, log=log, env={"PATH": os.environ["PATH"]}, cwd=Path.cwd())
    deadline = time.monotonic() + 30
    while not log.read_text().endswith("\n"):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    pid = int(log.read_text())
    assert Path(f"/proc/{pid}").exists()
    parent.kill()
    parent.wait()
    while _lives(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def _lives(pid: int) -> bool:
    try:
        return ") Z " not in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False


_WARM = """
import json, os, sys
from deploy.embedded.forks import warm
warm()
known = set(sys.modules)
begun = {"directory.app", "workers.app"} & known
threads = os.listdir("/proc/self/task")
import workers.tasks
print(json.dumps({
    "threads": len(threads), "begun": sorted(begun),
    "sockets": sum(os.readlink(f"/proc/self/fd/{one}").startswith("socket") for one in
                   os.listdir("/proc/self/fd") if os.path.islink(f"/proc/self/fd/{one}")),
    "more": sorted(set(sys.modules) - known),
}))
"""


def test_what_forks_share_is_modules_and_neither_thread_nor_connection() -> None:
    """None of them has read the environment, which is another in each fork."""
    done = subprocess.run(
        [sys.executable, "-c", _WARM], capture_output=True, text=True, check=True, timeout=120
    )
    assert json.loads(done.stdout) == {
        "threads": 1, "begun": [], "sockets": 0,
        "more": ["workers", "workers.app", "workers.broker", "workers.tasks"],
    }  # fmt: skip
