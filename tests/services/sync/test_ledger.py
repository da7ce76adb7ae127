"""The run ledger: asked once, held by one, never lost."""

import threading
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services.errors import LeaseLost, NotFound
from services.settings import Settings, SourceSettings
from services.sync import ledger
from services.sync.ledger import MAX_ATTEMPTS, Claim
from services.sync.run import hand_back
from services.terms import RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

MINUTE = timedelta(minutes=1)
NOTHING = timedelta(0)


def inside(traveller: Traveller, act: Callable[..., Any], *args: Any, **kw: Any) -> Any:
    """One act in a transaction of its own."""
    with traveller.engine.begin() as conn:
        return act(conn, *args, **kw)


def claimed(traveller: Traveller, run_id: int, lease: timedelta = MINUTE) -> Claim:
    held = inside(traveller, ledger.claim, run_id, lease)
    assert isinstance(held, Claim)
    return held


def lost(traveller: Traveller, held: Claim) -> bool:
    """Whether it is not the holder's any more. Locks nothing."""
    with traveller.engine.connect() as conn:
        fence = conn.scalar(sa.text("select fence from run where id = :run"), {"run": held.run_id})
    return bool(fence != held.fence)


def expire(traveller: Traveller, run_id: int, **also: Any) -> None:
    """The holder fell silent: its lease ran out a second ago."""
    with traveller.engine.begin() as conn:
        sets = ", ".join(f"{name} = :{name}" for name in also)
        conn.execute(
            sa.text(
                "update run set lease_until = clock_timestamp() - interval '1 second'"
                + (f", {sets}" if sets else "")
                + " where id = :run"
            ),
            {"run": run_id, **also},
        )


def test_asking_twice_is_one_run(traveller: Traveller) -> None:
    list_id = inside(traveller, ledger.list_id, "toy", "list")
    first = inside(traveller, ledger.ask, list_id, "test", traveller.clock())
    again = inside(traveller, ledger.ask, list_id, "somebody else", traveller.clock())
    assert (again[0], first[1], again[1]) == (first[0], True, False)
    claimed(traveller, first[0])
    assert inside(traveller, ledger.ask, list_id, "test", traveller.clock()) == (first[0], False)
    other = inside(traveller, ledger.ask, list_id, "test", traveller.clock(), "TAB T-1")
    assert other[1], "a record of the list is asked for by itself"
    assert traveller.counts()["run"] == 2


def test_a_finished_run_is_asked_anew(traveller: Traveller) -> None:
    run_id = traveller.ask()
    held = claimed(traveller, run_id)
    inside(traveller, ledger.finish, held, RunState.FAILED, next_due_at=None)
    assert traveller.ask() != run_id


def test_a_list_that_is_not_enrolled_is_named(traveller: Traveller) -> None:
    with pytest.raises(NotFound, match='"toy" has no list "other"'):
        inside(traveller, ledger.list_id, "toy", "other")


def test_of_many_who_claim_at_once_one_holds(traveller: Traveller) -> None:
    for _ in range(5):
        run_id = traveller.ask()
        start = threading.Barrier(4)
        held: list[Claim | None] = []

        def take(run_id: int = run_id, start: threading.Barrier = start) -> None:
            start.wait()
            held.append(inside(traveller, ledger.claim, run_id, MINUTE))  # noqa: B023

        threads = [threading.Thread(target=take) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        [won] = [one for one in held if one is not None]
        assert len(held) == 4
        assert (won.fence, won.attempts) == (1, 1)
        inside(traveller, ledger.finish, won, RunState.FAILED, next_due_at=None)


def test_a_claim_says_what_is_asked(traveller: Traveller) -> None:
    run_id = traveller.ask(record_key="TAB T-1")
    held = claimed(traveller, run_id)
    assert (held.source_key, held.list_name, held.record_key) == ("toy", "list", "TAB T-1")
    row = traveller.run(run_id)
    assert (row.state, row.step, row.fence) == (RunState.RUNNING, "claimed", 1)
    assert row.lease_until - row.started_at == pytest.approx(MINUTE, abs=timedelta(seconds=5))


def test_a_silent_holder_is_replaced_and_can_write_nothing_more(traveller: Traveller) -> None:
    run_id = traveller.ask()
    old = claimed(traveller, run_id)
    assert inside(traveller, ledger.claim, run_id, MINUTE) is None
    expire(traveller, run_id)
    new = claimed(traveller, run_id)
    assert (new.fence, new.attempts) == (2, 2)
    for act in (
        lambda conn: ledger.mark(conn, old, step="kept"),
        lambda conn: ledger.hold(conn, old),
        lambda conn: ledger.finish(conn, old, RunState.PUBLISHED, next_due_at=None),
    ):
        with pytest.raises(LeaseLost, match=f"Run {run_id} was taken over"):
            inside(traveller, act)
    assert inside(traveller, ledger.renew, old, MINUTE) is False
    row = traveller.run(run_id)
    assert (row.state, row.step, row.fence) == (RunState.RUNNING, "claimed", 2)
    inside(traveller, ledger.hold, new)
    inside(traveller, ledger.finish, new, RunState.PUBLISHED, next_due_at=None, good=True)
    assert traveller.run(run_id).state is RunState.PUBLISHED


def test_a_finished_run_is_nobodys(traveller: Traveller) -> None:
    held = claimed(traveller, traveller.ask())
    inside(traveller, ledger.finish, held, RunState.FAILED, next_due_at=None)
    with pytest.raises(LeaseLost):
        inside(traveller, ledger.mark, held, step="kept")
    assert inside(traveller, ledger.claim, held.run_id, MINUTE) is None


def test_a_run_longer_than_its_lease_is_kept_alive(traveller: Traveller) -> None:
    run_id = traveller.ask()
    lease = timedelta(seconds=0.6)
    held = claimed(traveller, run_id, lease)
    with ledger.alive(traveller.engine, held, lease):
        for _ in range(10):
            time.sleep(0.2)
            assert inside(traveller, ledger.claim, run_id, MINUTE) is None
            assert inside(traveller, ledger.offer, NOTHING) == []
        inside(traveller, ledger.mark, held, step="kept")
    time.sleep(0.8)
    assert claimed(traveller, run_id).fence == 2, "the heart stops with the work"


def test_the_heart_of_a_lost_run_stops(traveller: Traveller) -> None:
    run_id = traveller.ask()
    lease = timedelta(seconds=0.3)
    held = claimed(traveller, run_id, lease)
    expire(traveller, run_id)
    new = claimed(traveller, run_id, MINUTE)
    with ledger.alive(traveller.engine, held, lease):
        time.sleep(0.5)
        names = {thread.name for thread in threading.enumerate()}
        assert f"lease-{run_id}" not in names
    assert traveller.run(run_id).fence == new.fence


def test_a_run_is_offered_once_and_again_when_nobody_came(traveller: Traveller) -> None:
    run_id = traveller.ask()
    lookup = traveller.ask(record_key="TAB T-1")
    assert inside(traveller, ledger.offer, MINUTE) == [(run_id, False), (lookup, True)]
    assert inside(traveller, ledger.offer, MINUTE) == []
    with traveller.engine.begin() as conn:
        conn.exec_driver_sql("update run set offered_at = offered_at - interval '61 seconds'")
    assert inside(traveller, ledger.offer, MINUTE) == [(run_id, False), (lookup, True)]
    claimed(traveller, run_id)
    assert inside(traveller, ledger.offer, NOTHING) == [(lookup, True)]


def test_an_abandoned_run_is_offered_again(traveller: Traveller) -> None:
    run_id = traveller.ask()
    inside(traveller, ledger.offer, MINUTE)
    claimed(traveller, run_id)
    assert inside(traveller, ledger.offer, NOTHING) == []
    expire(traveller, run_id)
    assert inside(traveller, ledger.offer, MINUTE) == [], "its last offer is a moment old"
    assert inside(traveller, ledger.offer, NOTHING) == [(run_id, False)]


def test_many_waiting_look_ups_do_not_keep_a_new_list_out(traveller: Traveller) -> None:
    for n in range(6):
        traveller.ask(record_key=f"TAB T-{n}")
    waiting = inside(traveller, ledger.offer, NOTHING, 6)
    run_id = traveller.ask()
    offered = inside(traveller, ledger.offer, NOTHING, 3)
    assert (run_id, False) in offered
    assert [one for one in offered if one[1]] == waiting[:2], "then those that wait longest"


def test_a_run_that_kills_its_workers_is_given_up_and_says_so(traveller: Traveller) -> None:
    run_id, lookup = traveller.ask(), traveller.ask(record_key="TAB T-1")
    for one in (run_id, lookup):
        claimed(traveller, one)
    expire(traveller, run_id, attempts=MAX_ATTEMPTS - 1, step="parsed")
    expire(traveller, lookup, attempts=MAX_ATTEMPTS)
    later = traveller.clock() + MINUTE
    assert inside(traveller, ledger.give_up, later) == 1
    assert traveller.run(run_id).state is RunState.RUNNING
    expire(traveller, run_id, attempts=MAX_ATTEMPTS)
    assert inside(traveller, ledger.give_up, later) == 1
    row = traveller.run(run_id)
    assert row.state is RunState.FAILED
    assert row.reasons == ["The worker died 8 times on this run, last after step “parsed”."]
    [due] = traveller.rows("select next_due_at, failures from source_list where name = 'list'")
    assert (due.next_due_at, due.failures) == (later, 2)
    assert inside(traveller, ledger.give_up, later) == 0


def test_a_living_holder_is_never_given_up(traveller: Traveller) -> None:
    run_id = traveller.ask()
    claimed(traveller, run_id)
    with traveller.engine.begin() as conn:
        conn.exec_driver_sql(f"update run set attempts = {MAX_ATTEMPTS}")
    assert inside(traveller, ledger.give_up, traveller.clock()) == 0


def test_only_enabled_lists_that_are_due_are_asked(traveller: Traveller) -> None:
    traveller.settings = Settings(sources={"off": SourceSettings(enabled=False)})
    traveller.enrol(toy.source("off"), toy.with_lookup("https://toy.example/l", key="other"))
    assert inside(traveller, ledger.ask_due, traveller.clock()) == 2
    assert inside(traveller, ledger.ask_due, traveller.clock()) == 0, "they are open"
    asked = traveller.rows(
        "select source_key, name, asked_by, state from run join source_list l on l.id = list_id"
        " order by source_key"
    )
    assert [tuple(row) for row in asked] == [
        ("other", "list", "schedule", "queued"),
        ("toy", "list", "schedule", "queued"),
    ]
    held = claimed(traveller, traveller.ask())
    tomorrow = traveller.clock() + timedelta(days=1)
    inside(traveller, ledger.finish, held, RunState.FAILED, next_due_at=tomorrow)
    assert inside(traveller, ledger.ask_due, tomorrow - timedelta(seconds=1)) == 0
    assert inside(traveller, ledger.ask_due, tomorrow) == 1


def test_failures_are_counted_until_one_run_ends_well(traveller: Traveller) -> None:
    def failures() -> int:
        [row] = traveller.rows("select failures from source_list where source_key = 'toy'")
        return int(row.failures)

    for expected in (1, 2):
        held = claimed(traveller, traveller.ask())
        inside(traveller, ledger.finish, held, RunState.FAILED, next_due_at=None)
        assert failures() == expected
    held = claimed(traveller, traveller.ask())
    inside(traveller, ledger.finish, held, RunState.UNCHANGED, next_due_at=None, complete=True)
    assert failures() == 0
    [row] = traveller.rows("select good_run_id, complete_run_id from source_list")
    assert (row.good_run_id, row.complete_run_id) == (None, held.run_id)


def test_a_publish_under_way_does_not_make_the_scheduler_ask_twice(traveller: Traveller) -> None:
    """The run's row is being closed by a transaction that is still open when the tick asks."""
    import threading

    run_id = traveller.ask()
    with traveller.engine.begin() as conn:
        conn.execute(sa.text("update source_list set next_due_at = :t"), {"t": toy.START})
        held = ledger.claim(conn, run_id, timedelta(minutes=1))
    assert held is not None
    asked: list[int] = []

    def tick() -> None:
        with traveller.engine.begin() as conn:
            asked.append(ledger.ask_due(conn, traveller.clock()))

    with traveller.engine.begin() as conn:
        later = traveller.clock() + timedelta(days=1)
        ledger.finish(conn, held, RunState.UNCHANGED, next_due_at=later, complete=True)
        thread = threading.Thread(target=tick)
        thread.start()
        thread.join(1.0)
    thread.join(10.0)
    assert asked == [0]
    assert traveller.counts()["run"] == 1


def test_what_is_handed_back_is_anothers_at_once_and_costs_no_attempt(traveller: Traveller) -> None:
    held = claimed(traveller, traveller.ask())
    assert inside(traveller, ledger.hand_back, held)
    assert not inside(traveller, ledger.renew, held, MINUTE), "its holder has lost it"
    with pytest.raises(LeaseLost):
        inside(traveller, ledger.hold, held)
    again = claimed(traveller, held.run_id)
    assert (again.fence, again.attempts) == (held.fence + 2, 1)
    assert inside(traveller, ledger.hand_back, held) is False, "it is not his any more"


def test_one_that_publishes_keeps_no_other_from_being_handed_back(traveller: Traveller) -> None:
    road = traveller.road
    publishing, waiting = (
        claimed(traveller, traveller.ask(record_key=key)) for key in ("TAB T-1", "TAB T-2")
    )
    road.held |= {one.run_id: one for one in (publishing, waiting)}
    handed: list[int] = []
    with traveller.engine.begin() as conn:
        ledger.hold(conn, publishing)
        giver = threading.Thread(target=lambda: handed.extend(hand_back(road)))
        giver.start()
        end = time.monotonic() + 20
        while not lost(traveller, waiting):
            assert time.monotonic() < end, "it waits behind the other's publish"
            time.sleep(0.05)
        assert giver.is_alive(), "the publish is waited for"
        ledger.finish(conn, publishing, RunState.UNCHANGED, next_due_at=None)
    giver.join(20)
    assert handed == [waiting.run_id], "what was published is nobody's to take up again"


def test_a_renewal_at_the_wrong_moment_delays_no_handing_back(traveller: Traveller) -> None:
    """A row that is locked for the moment of a renewal is not taken for one that publishes."""
    road = traveller.road
    publishing, renewed = (
        claimed(traveller, traveller.ask(record_key=key)) for key in ("TAB T-1", "TAB T-2")
    )
    road.held |= {one.run_id: one for one in (publishing, renewed)}
    with traveller.engine.begin() as conn:
        ledger.hold(conn, publishing)
        giver = threading.Thread(target=hand_back, args=(road,))
        with traveller.engine.begin() as other:
            assert ledger.renew(other, renewed, MINUTE)
            giver.start()
            giver.join(0.5)
            assert inside(traveller, ledger.hand_back, renewed) is None, "it is locked still"
        end = time.monotonic() + 20
        while not lost(traveller, renewed):
            assert time.monotonic() < end, "it waits behind the other's publish"
            time.sleep(0.05)
        ledger.finish(conn, publishing, RunState.UNCHANGED, next_due_at=None)
    giver.join(20)
    assert not giver.is_alive()
