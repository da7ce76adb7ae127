"""What time alone changes is published once, without any sync."""

from datetime import UTC, datetime, timedelta
from typing import Any

from services.store.project import due
from services.sync.turn import turn_day
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

EXPIRING: dict[str, Any] = {
    "key": "1",
    "name": "Heron Testing Pte Ltd",
    "number": "T-1",
    "granted": "2020-01-01",
    "expires": "2026-03-10",
}
LASTING = EXPIRING | {"key": "2", "name": "Tern Labs", "number": "T-2", "expires": "2030-01-01"}


def turn(traveller: Traveller, when: datetime) -> int:
    with traveller.engine.begin() as conn:
        return turn_day(conn, when)


def told(traveller: Traveller) -> list[tuple[Any, ...]]:
    rows = traveller.rows(
        "select c.kind, c.what, d.sort_name, c.before, c.after, l.source_key from change c"
        " join run r on r.id = c.run_id join source_list l on l.id = r.list_id"
        " join document d on d.body_id = c.body_id and d.to_position is null"
        " where l.source_key = 'calendar' order by c.run_id, c.row"
    )
    return [tuple(row) for row in rows]


def test_an_expiry_is_published_on_its_day_once_and_takes_a_position(traveller: Traveller) -> None:
    traveller.play(EXPIRING, LASTING)
    last_valid = datetime(2026, 3, 10, 12, tzinfo=UTC)
    assert turn(traveller, last_valid) == 0, "the day of expiry is inclusive"
    assert told(traveller) == []
    assert traveller.counts()["log_leaf"] == 1
    day_after = last_valid + timedelta(days=1)
    assert turn(traveller, day_after) == 1
    [change] = told(traveller)
    assert change[0:2] == ("time", "body")
    assert "heron" in change[2]
    assert change[3]["standing"] != change[4]["standing"]
    leaves = traveller.rows("select position, rows, known_at from log_leaf order by position")
    assert [(leaf.position, leaf.rows) for leaf in leaves] == [(0, leaves[0].rows), (1, 1)]
    assert leaves[1].known_at == day_after
    versions = traveller.rows(
        "select from_position, to_position from document d join name n on n.folded like 'heron%'"
        " join body_link b on b.record_id = n.record_id and b.body_id = d.body_id order by d.id"
    )
    assert [tuple(row) for row in versions] == [(0, 1), (1, None)]
    before = traveller.counts()
    assert turn(traveller, day_after) == 0
    assert turn(traveller, day_after + timedelta(hours=9)) == 0
    assert traveller.counts() == before, "a day is turned once"


def test_the_calendars_run_is_published_and_never_due(traveller: Traveller) -> None:
    traveller.play(EXPIRING)
    turn(traveller, datetime(2026, 3, 11, tzinfo=UTC))
    [run] = traveller.rows(
        "select r.state, r.asked_by, r.known_at, l.enabled, l.next_due_at, s.meta from run r"
        " join source_list l on l.id = r.list_id join source s on s.key = l.source_key"
        " where s.key = 'calendar'"
    )
    assert (run.state, run.asked_by) == ("published", "calendar")
    assert (run.enabled, run.next_due_at) == (False, None)
    assert run.meta["internal"] is True
    traveller.enrol()  # a process that starts later leaves it as it is


def test_the_end_of_a_suspension_is_published_by_the_calendar(traveller: Traveller) -> None:
    hold = {"kind": "suspended", "on": "2026-02-01", "until": "2026-03-05"}
    traveller.play(LASTING | {"events": [hold]})
    assert turn(traveller, datetime(2026, 3, 4, tzinfo=UTC)) == 0
    assert turn(traveller, datetime(2026, 3, 5, tzinfo=UTC)) == 1
    [change] = told(traveller)
    assert change[3]["standing"] != change[4]["standing"]


def test_facts_that_nobody_confirms_turn_stale_once_and_fresh_with_an_unchanged_list(
    traveller: Traveller,
) -> None:
    traveller.play(LASTING)
    much_later = toy.START + timedelta(days=200)
    assert turn(traveller, much_later) == 1
    [stale] = told(traveller)
    before = traveller.counts()
    assert turn(traveller, much_later) == 0
    assert traveller.counts() == before
    traveller.clock.now = much_later
    state, run_id = traveller.play(LASTING)
    assert str(state) == "unchanged"
    with traveller.engine.begin() as conn:  # the run ends by the database's own clock
        conn.exec_driver_sql(
            f"update run set finished_at = '{much_later.isoformat()}' where id = {run_id}"
        )
    assert turn(traveller, traveller.clock.on(minutes=5)) == 1
    fresh = told(traveller)[-1]
    assert (fresh[3], fresh[4]) == (stale[4], stale[3])
    before = traveller.counts()
    assert turn(traveller, traveller.clock.on(minutes=5)) == 0
    assert traveller.counts() == before


def test_nothing_due_writes_nothing(traveller: Traveller) -> None:
    before = traveller.counts()
    assert turn(traveller, toy.START) == 0
    assert traveller.counts() == before


def due_now(traveller: Traveller) -> int:
    with traveller.engine.begin() as conn:
        return len(conn.execute(due(traveller.clock.now.date())).all())


def test_a_body_that_is_not_in_order_is_judged_once_for_each_look_and_not_all_day(
    traveller: Traveller,
) -> None:
    """The calendar is turned every few minutes: a suspension is judged again where its list was
    read again, not because it was read today."""
    held = LASTING | {"events": [{"kind": "suspended", "on": "2026-02-01"}]}
    for _ in range(3):
        traveller.play(held, EXPIRING)
        turn(traveller, traveller.clock.on(minutes=5))
        assert due_now(traveller) == 0
        state, _ = traveller.play(held, EXPIRING)
        assert str(state) == "unchanged"
        assert due_now(traveller) == 1
        turn(traveller, traveller.clock.on(minutes=5))
        assert due_now(traveller) == 0
