"""The supervisor's parts: children are kept running, stopped in order, and leave nothing behind."""

import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from deploy.embedded.children import spawn
from deploy.embedded.progress import Telling
from deploy.embedded.supervisor import Child, Household, StartError, _turn_over

PLAIN = {"PATH": os.environ["PATH"]}


def until(true: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if true():
            return True
        time.sleep(0.02)
    return False


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.fixture
def house(tmp_path: Path) -> Household:
    (tmp_path / "log").mkdir()
    return Household(tmp_path, dict(PLAIN), Telling(terminal=False))


def looked_after(house: Household) -> bool:
    house.look_after()
    return True


def sleeper(name: str) -> Child:
    return Child(name, ["sleep", "60"])


def test_a_child_that_is_killed_is_started_again_and_a_line_says_so(
    house: Household, capsys: pytest.CaptureFixture[str]
) -> None:
    child = sleeper("worker")
    house.start(child)
    first = child.process
    assert first is not None
    first.kill()
    first.wait()
    house.look_after()
    assert capsys.readouterr().out == "worker was ended by SIGKILL; starting it again in 0.5 s\n"
    try:
        assert until(lambda: looked_after(house) and child.process is not first)
        assert child.process is not None
        assert child.process.poll() is None
    finally:
        house.stop()
    assert child.process.returncode == -signal.SIGTERM


def test_pauses_grow_while_a_child_keeps_dying_and_start_over_when_it_was_steady(
    house: Household,
) -> None:
    house.ready = True
    child = Child("beat", ["false"])
    pauses = []
    for _ in range(9):
        house.start(child)
        assert child.process is not None
        child.process.wait()
        before = time.monotonic()
        house.look_after()
        assert child.due is not None
        pauses.append(round(child.due - before, 1))
    assert pauses == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    house.start(child)
    assert child.process is not None
    child.process.wait()
    child.started -= 3600
    house.look_after()
    assert child.due == pytest.approx(time.monotonic() + 0.5, abs=0.3)


def test_a_child_that_never_starts_ends_the_start_with_its_last_words(house: Household) -> None:
    child = Child("web", [sys.executable, "-c", "raise SystemExit('no such module: directory')"])
    house.start(child)
    with pytest.raises(StartError, match=r"web .* 4 times: .*no such module: directory") as caught:
        until(lambda: not looked_after(house), 20)
    assert "web.log" in caught.value.remedy
    house.stop()


def test_everybody_is_stopped_in_order_and_what_children_left_goes_too(
    house: Household, tmp_path: Path
) -> None:
    script = "trap 'echo {0} >> {1}; exit 0' TERM; sleep 60 & echo $! > {2}; wait"
    order = tmp_path / "order"
    for name in ("publisher", "worker", "beat", "web"):
        left = tmp_path / f"{name}.pid"
        house.start(Child(name, ["sh", "-c", script.format(name, order, left)]))
        assert until(left.exists)
    grandchildren = [int(path.read_text()) for path in tmp_path.glob("*.pid")]
    house.stop()
    assert order.read_text().split() == ["web", "beat", "worker", "publisher"]
    assert until(lambda: not any(alive(pid) for pid in grandchildren))


def test_a_child_that_does_not_listen_is_killed_when_its_time_is_up(house: Household) -> None:
    child = Child("worker", ["sh", "-c", "trap '' TERM; echo up; sleep 60"], warm_seconds=0.3)
    house.start(child)
    assert until(lambda: house.log("worker").read_text() == "up\n")
    before = time.monotonic()
    house.stop()
    assert time.monotonic() - before < 5
    assert child.process is not None
    assert child.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children of a parent's death")
def test_children_die_with_a_parent_that_is_killed(tmp_path: Path) -> None:
    program = (
        "import signal, sys\nfrom pathlib import Path\n"
        "from deploy.embedded.children import spawn\n"
        "made = spawn(['sleep', '60'], log=Path(sys.argv[1]), env={}, cwd=Path('/'),"
        " death_signal=signal.SIGKILL)\n"
        "print(made.pid, flush=True)\nsignal.pause()\n"
    )
    log = tmp_path / "parent.log"
    argv = [sys.executable, "-c", program, str(tmp_path / "child.log")]
    parent = spawn(argv, log=log, env=PLAIN, cwd=Path.cwd())
    assert until(lambda: log.read_text().endswith("\n"))
    child = int(log.read_text())
    assert alive(child)
    parent.kill()
    parent.wait()
    assert until(lambda: not alive(child) or _is_zombie(child))


def _is_zombie(pid: int) -> bool:
    """Dead, and not yet buried by whoever inherited it."""
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True


def test_logs_of_the_last_three_starts_are_kept(tmp_path: Path) -> None:
    for start in range(5):
        _turn_over(tmp_path)
        (tmp_path / "web.log").write_text(f"start {start}")
    kept = {path.name: path.read_text() for path in tmp_path.iterdir()}
    assert kept == {
        "web.log": "start 4",
        "web.log.1": "start 3",
        "web.log.2": "start 2",
        "web.log.3": "start 1",
    }
