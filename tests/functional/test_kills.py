"""kill -9 of worker, beat and web at every step of a run: nothing lost, doubled or half seen.

The small share of `make chaos` that every test run carries: the same house, watched and examined
in the same way, on the tests' own servers, which are not attacked. Each process is killed while a
run stands at each step, what died is started again, and the run must be published exactly once.
"""

import sys

import pytest

from services.sync.faults import STEPS
from services.terms import RunState
from tests.chaos.house import House
from tests.chaos.invariants import examine
from tests.chaos.lists import KEYS
from tests.chaos.watch import Watcher

VICTIMS = ("worker", "beat", "web")
LIST = KEYS[0]


def say(capsys: pytest.CaptureFixture[str], line: str) -> None:
    """The figures belong in the test's own output."""
    with capsys.disabled():
        sys.stdout.write(f"\n{line}")


@pytest.mark.timeout(900)
def test_kills_at_every_step_lose_double_and_half_publish_nothing(
    house: House, database_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    published = {(key, "list"): {1} for key in KEYS}
    kills = 0
    with Watcher(database_url, house.port).watching() as watcher:
        for victim in VICTIMS:
            for step in STEPS:
                watcher.attack = f"kill {victim} at {step}"
                before = house.one("select count(*) leaves, max(position) last from log_leaf")
                house.order(step)
                [run_id] = house.news([LIST])
                house.reached(step)
                house.kill(victim)
                house.start(victim)
                house.go_on(step)
                kills += 1
                assert house.ended([run_id])[run_id] is RunState.PUBLISHED, (victim, step)
                published[LIST, "list"].add(house.publisher.versions[LIST])
                after = house.one("select count(*) leaves, max(position) last from log_leaf")
                assert (after.leaves, after.last) == (before.leaves + 1, before.last + 1)
                house.wait_for("the web to answer", house.answers)
                say(capsys, f"kill {kills:2}: {victim} at {step}: run {run_id} published once")
    found = examine(house.engine, published)
    said = f"{len(found.lost)} lost, {len(found.doubled)} doubled"
    half = f"{len(found.half) + len(watcher.wrong)} half-published"
    say(capsys, f"{kills} kills, {watcher.snapshots} snapshots: {said}, {half}")
    assert kills == len(VICTIMS) * len(STEPS) == 30
    assert found.lines() == []
    assert watcher.wrong == []
    assert watcher.snapshots > kills
