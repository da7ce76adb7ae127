"""A timeline tells both axes, what was taken back included, page by page of one state."""

from collections.abc import Iterator
from datetime import date, datetime

import pytest
import sqlalchemy as sa

from services import kit
from services.errors import BadQuestion
from services.find import body as reading
from services.find.timeline import Part
from services.find.views import TimelineEntry
from services.terms import EventKind, Listed
from tests.services.store.build import World, at, lab, line, on, suspension

NOW = at("2026-06-01", 9)
TODAY = on("2026-06-01")


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS"])
        yield one
    engine.dispose()


def tell(world: World, known_at: datetime = NOW, part: Part | None = None) -> list[TimelineEntry]:
    found, _ = reading.timeline(
        world.conn, "b1", on=known_at.date(), known_at=known_at, part=part or Part()
    )
    return list(found)


def told(entries: list[TimelineEntry], *whats: str) -> list[tuple[object, ...]]:
    return [
        (one.what, one.at, one.known_at.date(), one.known_until and one.known_until.date())
        for one in entries
        if one.what in whats
    ]


def ended(kind: EventKind, day: str) -> kit.Event:
    return kit.Event(accreditation="acc", kind=kind, on=on(day), raw=kind.value)


def test_a_corrected_day_stays_as_what_the_directory_had_said(world: World) -> None:
    world.look("register", at("2026-05-04"), [lab(events=[suspension("2026-05-01", key="1")])])
    world.look("register", at("2026-05-11"), [lab(events=[suspension("2026-04-28", key="1")])])
    assert told(tell(world), "suspended") == [
        ("suspended", date(2026, 5, 1), date(2026, 5, 4), date(2026, 5, 11)),
        ("suspended", date(2026, 4, 28), date(2026, 5, 11), None),
    ]
    then = tell(world, at("2026-05-05"))
    assert told(then, "suspended") == [("suspended", date(2026, 5, 1), date(2026, 5, 4), None)]


def test_what_is_said_again_in_other_words_is_no_correction(world: World) -> None:
    world.look("register", at("2026-05-04"), [lab(basis="an order")])
    world.look("register", at("2026-05-11"), [lab(basis="the order")])
    assert told(tell(world), "granted") == [
        ("granted", date(2022, 1, 10), date(2026, 5, 4), None),
    ]


def test_a_renewal_takes_back_the_earlier_expiry(world: World) -> None:
    world.look("register", at("2026-05-04"), [lab(expires=on("2026-08-01"))])
    world.look("register", at("2026-05-11"), [lab(expires=on("2032-08-01"))])
    assert told(tell(world), "expires") == [
        ("expires", date(2032, 8, 1), date(2026, 5, 11), None),
        ("expires", date(2026, 8, 1), date(2026, 5, 4), date(2026, 5, 11)),
    ]


def test_time_alone_expires_it_but_not_what_was_withdrawn_before(world: World) -> None:
    gone = ended(EventKind.WITHDRAWN, "2026-04-01")
    world.look(
        "register",
        at("2026-05-04"),
        [
            lab(expires=on("2026-05-20")),
            lab("L2", name="Quay Two Ltd", name_zh="", expires=on("2026-05-20"), events=[gone]),
        ],
    )
    assert told(tell(world), "expires", "expired") == [
        ("expired", date(2026, 5, 21), date(2026, 5, 4), None)
    ]
    before = tell(world, at("2026-05-20"))
    assert told(before, "expires", "expired")[0][:2] == ("expires", date(2026, 5, 20))
    other, _ = reading.timeline(world.conn, "b2", on=TODAY, known_at=NOW)
    assert told(list(other), "expires", "expired", "withdrawn") == [
        ("expires", date(2026, 5, 20), date(2026, 5, 4), None),
        ("withdrawn", date(2026, 4, 1), date(2026, 5, 4), None),
    ]


def test_the_end_of_a_suspension_is_an_entry_unless_it_is_still_listed_so(world: World) -> None:
    stop = suspension("2026-03-29", "2026-05-15", key="1")
    part = suspension("2026-03-29", "2026-05-15", key="2", lines=("7",))
    still = lab("L2", name="Quay Two Ltd", name_zh="", events=[stop], listed=Listed.SUSPENDED)
    world.look("register", at("2026-05-20"), [lab(events=[stop]), still])
    world.look("register", at("2026-05-27"), [lab(events=[stop, part]), still])
    entries = tell(world)
    assert told(entries, "restored") == [
        ("restored", date(2026, 5, 15), date(2026, 5, 27), None),
        ("restored", date(2026, 5, 15), date(2026, 5, 20), None),
    ]
    partly = [one for one in entries if one.params.get("lines")]
    assert [(one.what, one.params["lines"]) for one in partly] == [
        ("restored", "7"),
        ("suspended", "7"),
    ]
    assert {one.until for one in entries if one.what == "suspended"} == {date(2026, 5, 15)}
    other, _ = reading.timeline(world.conn, "b2", on=TODAY, known_at=NOW)
    assert told(list(other), "restored") == []


def test_schedules_gain_and_lose_lines_counted_by_publish(world: World) -> None:
    lines = [line(str(n), f"object {n}", f"IEC {n + 1}:2020") for n in range(5)]
    world.look("register", at("2026-05-04"), [lab(lines=lines)])
    world.look("register", at("2026-05-11"), [lab(lines=lines)])
    world.look("register", at("2026-05-18"), [lab(lines=[*lines[3:], line("9", "new", "IEC 9")])])
    moved = [one for one in tell(world) if one.what == "lines"]
    assert [(one.at, one.params["added"], one.params["removed"]) for one in moved] == [
        (date(2026, 5, 18), "1", "3"),
        (date(2026, 5, 4), "5", "0"),
    ]
    assert moved[0].accreditation == "a1"
    assert [one.what for one in tell(world, at("2026-05-12"))].count("lines") == 1


def test_a_rename_and_a_listing_that_changed_are_seen(world: World) -> None:
    world.look("register", at("2026-05-04"), [lab(name="Old Pier Testing Laboratory")])
    renamed = lab(name="Old Pier Testing Laboratory Ltd.", listed=Listed.SUSPENDED)
    world.look("register", at("2026-05-18"), [renamed])
    entries = tell(world)
    names = [(e.what, e.label, e.at, e.known_until) for e in entries if "name" in e.what]
    assert names == [
        ("name", "Old Pier Testing Laboratory Ltd.", date(2026, 5, 18), None),
        ("former_name", "Old Pier Testing Laboratory", date(2026, 5, 18), at("2026-05-18")),
    ]
    (changed,) = [one for one in entries if one.what == "changed"]
    assert (changed.at, changed.params) == (
        date(2026, 5, 18),
        {"from": "active", "to": "suspended"},
    )


def test_pages_are_of_one_state_while_more_is_learned(world: World) -> None:
    stops = [suspension(f"2025-{n:02}-01", f"2025-{n:02}-15", key=str(n)) for n in range(1, 10)]
    world.look("register", at("2026-05-04"), [lab(events=stops)])
    whole = tell(world)
    seen: list[TimelineEntry] = []
    cursor, known_at = "", NOW
    while True:
        page, meta = reading.timeline(
            world.conn, "b1", on=TODAY, known_at=known_at, part=Part(cursor=cursor, limit=4)
        )
        seen += page
        assert (meta.total, meta.as_known_at) == (len(whole), NOW)
        if not meta.next_cursor:
            break
        cursor, known_at = meta.next_cursor, at("2026-07-01")
        if len(seen) == 4:
            more = [*stops, suspension("2025-11-01", key="11")]
            world.look("register", at("2026-06-20"), [lab(events=more)])
    assert seen == whole
    with pytest.raises(BadQuestion, match="another question"):
        tell(world, part=Part(cursor=cursor, start=TODAY))
    with pytest.raises(BadQuestion, match="another question"):
        tell(world, at("2026-05-20"), part=Part(cursor=cursor))


def test_a_period_and_a_time_of_learning_narrow_it(world: World) -> None:
    stop = suspension("2025-03-01", "2025-06-01", key="1")
    world.look("register", at("2026-05-04"), [lab(events=[stop])])
    later = ended(EventKind.WITHDRAWN, "2026-05-15")
    world.look("register", at("2026-05-18"), [lab(events=[stop, later])])
    inside = tell(world, part=Part(start=on("2025-05-01"), end=on("2025-05-02")))
    assert [one.what for one in inside] == ["suspended"]
    assert [one.what for one in tell(world, part=Part(end=on("2022-12-31")))] == ["granted"]
    learned = tell(world, part=Part(known_from=at("2026-05-18")))
    assert [one.what for one in learned] == ["withdrawn"]


def test_a_long_history_takes_as_many_queries_as_a_short_one(world: World) -> None:
    counts = []
    for day in range(1, 29):
        stop = suspension(f"2026-02-{day:02}", key="1")
        world.look("register", at(f"2026-05-{day:02}"), [lab(events=[stop])])
        if day in (1, 28):
            asked: list[str] = []

            def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
                asked.append(statement)  # noqa: B023

            sa.event.listen(world.conn, "before_cursor_execute", note)
            found = tell(world)
            sa.event.remove(world.conn, "before_cursor_execute", note)
            counts.append(len(asked))
            assert len(told(found, "suspended")) == day
    assert counts[0] == counts[1]
