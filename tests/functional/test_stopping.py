"""A worker that is told to stop ends what it can; what takes long others take up at once."""

import signal
import subprocess

import pytest

from services.terms import RunState
from tests.chaos.house import House
from tests.chaos.lists import KEYS

LIST = KEYS[0]


def stopped_at(house: House, step: str) -> tuple[int, subprocess.Popen[bytes]]:
    """A run that stands at ``step``, and its worker, which was told to stop."""
    house.order(step)
    [run_id] = house.news([LIST])
    house.reached(step)
    worker = house.running.pop("worker")  # nobody starts it again
    worker.send_signal(signal.SIGTERM)
    return run_id, worker


def row(house: House, run_id: int) -> tuple[str, int, int]:
    found = house.one("select state, fence, attempts from run where id = :run_id", run_id=run_id)
    return found.state, found.fence, found.attempts


def test_a_run_that_takes_long_is_taken_up_by_another_while_its_worker_still_stands(
    house: House,
) -> None:
    run_id, worker = stopped_at(house, "parsed")
    try:
        house.wait_for("the run to be handed back", lambda: row(house, run_id)[1] == 2 or None)
        house.start("worker2")
        house.wait_for("another to take it up", lambda: row(house, run_id)[1] == 3 or None)
        assert worker.poll() is None, "its first worker stands at the step still"
        house.go_on("parsed")
        assert house.ended([run_id])[run_id] is RunState.PUBLISHED
        assert row(house, run_id) == ("published", 3, 1), "who hands back is not blamed"
        assert worker.wait(30) == 0
    finally:
        worker.kill()
        worker.wait()
    said = house.log("worker").read_text()
    assert f'"runs":[{run_id}],"event":"runs handed back"' in said
    assert "lease lost" in said


@pytest.mark.parametrize("step", ["claimed", "fetched", "checked"])
def test_a_run_that_ends_in_time_is_published_by_the_worker_that_was_told_to_stop(
    house: House, step: str
) -> None:
    run_id, worker = stopped_at(house, step)
    try:
        house.go_on(step)
        assert worker.wait(30) == 0
        assert row(house, run_id) == ("published", 1, 1)
    finally:
        worker.kill()
        worker.wait()
