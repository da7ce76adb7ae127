"""What the directory held at a moment: looks become checks, records merge, nothing later leaks."""

from collections.abc import Iterator
from datetime import date

import pytest
import sqlalchemy as sa

from services import kit
from services.models import Body
from services.store.facts import BodyHeld, load
from services.store.judge import judge
from services.terms import EventKind, LeavingMeans, Listed, RunState, Tier, Verdict
from tests.services.store.build import World, at, lab, line, on, suspension


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        yield World(conn)
    engine.dispose()


def held(world: World, day: str, known: str = "2026-06-01") -> BodyHeld:
    ids = list(world.conn.execute(sa.select(Body.id)).scalars())
    bodies = load(world.conn, ids, on=on(day), known_at=at(known, 23)).bodies
    assert len(bodies) == 1
    return bodies[ids[0]]


def verdict(world: World, day: str, known: str = "2026-06-01") -> Verdict:
    return judge(held(world, day, known).accreditations[0], on(day), on(known)).verdict


def test_unchanged_runs_are_checks_and_failed_ones_are_not(world: World) -> None:
    world.source("register")
    world.look("register", at("2026-01-05"), [lab()])
    world.look("register", at("2026-03-02"), [lab()])
    world.fails("register", at("2026-05-20"), RunState.FAILED)
    world.fails("register", at("2026-05-21"), RunState.REFUSED)
    checks = held(world, "2026-06-01").accreditations[0].facts.checks
    assert [(check.day, check.listed, check.tier) for check in checks] == [
        (date(2026, 1, 5), Listed.ACTIVE, Tier.AB_REGISTER),
        (date(2026, 3, 2), Listed.ACTIVE, Tier.AB_REGISTER),
    ]
    assert verdict(world, "2026-05-31") is Verdict.VALID  # 90 days after the last look
    assert verdict(world, "2026-06-01") is Verdict.UNKNOWN_STALE


def test_nothing_learned_after_the_day_of_knowledge_is_read(world: World) -> None:
    world.source("register")
    world.look("register", at("2026-01-05"), [lab()])
    world.look("register", at("2026-02-01"), [lab(events=[suspension("2026-01-20")])])
    assert verdict(world, "2026-01-25", known="2026-01-31") is Verdict.VALID
    assert verdict(world, "2026-01-25", known="2026-02-01") is Verdict.SUSPENDED
    early = held(world, "2026-01-25", "2026-01-31").accreditations[0]
    assert early.events == ()
    assert [check.day for check in early.facts.checks] == [date(2026, 1, 5)]


def test_earlier_checks_keep_what_they_showed_then(world: World) -> None:
    world.source("register")
    world.look("register", at("2026-01-05"), [lab()])
    world.look("register", at("2026-03-05"), [lab(listed=Listed.SUSPENDED)])
    listed = {c.day: c.listed for c in held(world, "2026-03-10").accreditations[0].facts.checks}
    assert listed == {date(2026, 1, 5): Listed.ACTIVE, date(2026, 3, 5): Listed.SUSPENDED}
    assert verdict(world, "2026-03-10") is Verdict.SUSPENDED


def test_a_record_that_left_its_list_is_checked_no_more(world: World) -> None:
    world.source("register")
    other = lab("L2", name="Another Works Ltd", name_zh="")
    world.look("register", at("2026-01-05"), [lab(), other])
    world.look("register", at("2026-02-05"), [other])
    world.look("register", at("2026-05-05"), [other])
    ids = list(world.conn.execute(sa.select(Body.id).order_by(Body.id)).scalars())
    bodies = load(world.conn, ids, on=on("2026-06-01"), known_at=at("2026-06-01")).bodies
    gone = next(b for b in bodies.values() if b.names[0].row.text.startswith("Harbour"))
    assert [check.day for check in gone.accreditations[0].facts.checks] == [date(2026, 1, 5)]
    left = gone.accreditations[0].said[0].left
    assert left is not None
    assert left.day == date(2026, 2, 5)
    before = load(world.conn, ids, on=on("2026-02-01"), known_at=at("2026-02-01")).bodies
    assert before[gone.id].accreditations[0].said[0].left is None


def test_an_open_suspension_that_left_a_rolling_list_was_last_seen_there(world: World) -> None:
    world.source("notices", leaving=LeavingMeans.NOTHING)
    draft = lab(events=[suspension("2026-01-02")], listed=Listed.SUSPENDED)
    other = lab("L2", name="Another Works Ltd", name_zh="", key="x")
    world.look("notices", at("2026-01-05"), [draft, other])
    world.look("notices", at("2026-02-05"), [draft, other])
    world.look("notices", at("2026-03-05"), [other])
    ids = list(world.conn.execute(sa.select(Body.id).order_by(Body.id)).scalars())
    known = load(world.conn, ids, on=on("2026-03-06"), known_at=at("2026-03-06"))
    body = next(b for b in known.bodies.values() if b.accreditations[0].number == "L90417")
    assert body.accreditations[0].events[0].event.last_seen == date(2026, 2, 5)
    gap = judge(body.accreditations[0], on("2026-03-06"), on("2026-03-06"))
    assert gap.verdict is Verdict.UNKNOWN_GAP


def test_one_event_of_two_records_is_one_event_with_both(world: World) -> None:
    world.source("register")
    world.source("notices", leaving=LeavingMeans.NOTHING)
    stop = suspension("2026-02-01")
    world.look("register", at("2026-02-05"), [lab(events=[stop])])
    world.look("notices", at("2026-02-06"), [lab(events=[stop], key="n1", expires=None)])
    acc = held(world, "2026-02-10").accreditations[0]
    assert len(acc.events) == 1
    assert {s.record.source.key for s in acc.events[0].said} == {"register", "notices"}
    assert acc.facts.expires == on("2028-01-09")  # the notice says none; that is no contradiction


def test_a_lower_tier_stands_beside_and_never_checks(world: World) -> None:
    world.source("register")
    world.source("aggregator", tier=Tier.AGGREGATOR)
    world.look("register", at("2026-01-05"), [lab()])
    world.look("aggregator", at("2026-05-05"), [lab(listed=Listed.SUSPENDED, key="z")])
    acc = held(world, "2026-06-01").accreditations[0]
    assert {check.source for check in acc.facts.checks} == {"register"}
    assert [(o.tier, o.listed) for o in acc.facts.other] == [(Tier.AGGREGATOR, Listed.SUSPENDED)]
    assert verdict(world, "2026-06-01") is Verdict.UNKNOWN_STALE


def test_a_scheme_decides_its_own_designation_only(world: World) -> None:
    world.source("scheme", tier=Tier.SCHEME_LIST, authoritative_for=["SG-CPS"])
    world.look("scheme", at("2026-05-05"), [lab("D1", issuer="SG-CPS"), lab("L7", key="b")])
    own, foreign = sorted(
        held(world, "2026-05-06").accreditations, key=lambda a: a.issuer, reverse=True
    )
    assert [check.own for check in own.facts.checks] == [True]
    assert foreign.facts.checks == ()
    assert len(foreign.facts.other) == 1


def test_only_look_ups_of_the_same_number_are_looks(world: World) -> None:
    world.source("register", lists=("main", "lookup"), authoritative_for=["CNAS"])
    a, b = lab("L1"), lab("L2")
    world.look("register", at("2026-01-05"), [a], name="lookup", record_key="CNAS L1")
    world.look("register", at("2026-02-05"), [b], name="lookup", record_key="CNAS L2")
    world.look("register", at("2026-03-05"), [a], name="lookup", record_key="CNAS L1")
    first, second = held(world, "2026-04-01").accreditations
    assert [c.day.month for c in first.facts.checks] == [1, 3]
    assert [c.day.month for c in second.facts.checks] == [2]


def test_lines_are_those_of_the_record_that_holds_the_schedule(world: World) -> None:
    world.source("register")
    world.source("schedules", tier=Tier.AB_SCHEDULE)
    lines = [line("1", "battery", "IEC 62133-2:2017"), line("2", "lamp", "IEC 60598-1:2020")]
    world.look("register", at("2026-01-05"), [lab()])
    assert held(world, "2026-01-06").accreditations[0].facts.lines is None
    world.look("schedules", at("2026-01-07"), [lab(key="s", lines=lines)])
    acc = held(world, "2026-01-08").accreditations[0]
    assert acc.schedule_held
    assert acc.line_count == 2


def test_loading_takes_the_same_queries_for_one_body_and_for_many(world: World) -> None:
    world.source("register")
    labs = [lab(f"L{n}", name=f"Works number {n}", name_zh="") for n in range(30)]
    world.look("register", at("2026-01-05"), labs)
    ids = list(world.conn.execute(sa.select(Body.id)).scalars())
    assert len(ids) == 30
    counts = []
    for some in (ids[:1], ids):
        asked: list[str] = []

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            asked.append(statement)  # noqa: B023

        sa.event.listen(world.conn, "before_cursor_execute", note)
        load(world.conn, some, on=on("2026-02-01"), known_at=at("2026-02-01"))
        sa.event.remove(world.conn, "before_cursor_execute", note)
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert counts[0] <= 17  # 10 and one a part


def test_an_extension_moves_the_expiry_wherever_the_source_writes_it(world: World) -> None:
    world.source("register")
    longer = kit.Event(
        accreditation="acc",
        kind=EventKind.EXTENDED_TO,
        on=on("2026-01-03"),
        expires=on("2026-12-31"),
    )
    draft = lab(expires=on("2026-03-31"), events=[longer])
    world.look("register", at("2026-05-05"), [draft])
    assert verdict(world, "2026-05-06") is Verdict.VALID
