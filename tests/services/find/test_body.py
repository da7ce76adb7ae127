"""One body: every part with its evidence, on any day, as known at any time."""

from datetime import UTC, date, datetime

import pytest
import sqlalchemy as sa

from services.errors import BadQuestion, NotFound
from services.find import body as reading
from services.find.views import BodyView, Meta
from services.models import BodyLink, BodyMerge, Document, Run
from services.terms import EventKind, Polarity, PresenceMode, Verdict
from tests.services.find.conftest import harbour, inspector
from tests.services.store.build import World, at, lab, line, on, suspension

NOW = at("2026-06-01", 9)
TODAY = on("2026-06-01")


def id_of(world: World, name: str) -> str:
    table = Document.__table__
    rows = world.conn.execute(sa.select(table.c.body_id, table.c.card)).all()
    return next(f"b{r.body_id}" for r in rows if name in r.card["names"][0]["text"])


def read(
    world: World, name: str, day: date = TODAY, known: datetime = NOW
) -> tuple[BodyView, Meta]:
    return reading.body(world.conn, id_of(world, name), on=day, known_at=known)


def test_a_body_shows_its_parts_with_evidence(world: World) -> None:
    body, meta = read(world, "Harbour")
    assert [name.text for name in body.names] == [
        "Harbour Battery Testing Co., Ltd.",
        "海港电池检测有限公司",
    ]
    proof = body.names[0].evidence[0]
    assert (proof.source, proof.list, proof.how) == ("register", "main", "line 7, reader 3")
    assert proof.url.startswith("https://example.org/list/")
    assert len(proof.sha256) == 64
    assert proof.first_seen == at("2026-05-04")
    assert proof.last_seen == at("2026-05-18")
    assert not proof.ended
    assert body.country == "CN"
    assert [(i.namespace, i.check_digit) for i in body.identifiers] == [("USCC", True)]
    assert body.standings == {"stands": 1}
    assert meta.sources[0].key == "register"
    assert meta.log_position == 1
    (acc,) = body.accreditations
    assert acc.status.verdict is Verdict.VALID
    assert acc.status.last_check == date(2026, 5, 18)
    assert acc.evidence[0].raw == "In force"
    assert acc.lookup
    assert acc.lines == 3


def test_presence_is_built_or_borrowed_and_on_the_schedule_only_where_lines_name_it(
    world: World,
) -> None:
    body, _ = read(world, "Harbour")
    built, borrowed = sorted(body.presences, key=lambda one: one.country)
    assert (built.mode, built.on_schedule, built.verified) == (PresenceMode.BUILT, True, True)
    assert built.since == date(2024, 3, 1)
    assert (borrowed.mode, borrowed.on_schedule, borrowed.verified) == (
        PresenceMode.BORROWED,
        False,
        False,
    )
    assert borrowed.may_issue == "Test reports"
    lines = {site.key: site.lines for site in body.sites}
    assert lines == {"SZ": 2, "DXB": 2}  # each its own line, and the one done at every site


def test_adverse_credentials_stand_first(world: World) -> None:
    body, _ = read(world, "Harbour")
    adverse, mark = body.credentials
    assert (adverse.polarity, adverse.verified) == (Polarity.ADVERSE, True)
    assert mark.title == "HARBOUR LIGHT"


def test_a_relation_leads_to_the_body_that_bears_the_identifier(world: World) -> None:
    body, _ = read(world, "Harbour")
    (relation,) = body.relations
    assert relation.other == "Northern Lamp Works GmbH"
    assert relation.body == id_of(world, "Northern")


def test_a_notice_of_another_source_decides_with_its_own_evidence(world: World) -> None:
    body, _ = read(world, "Old Quay")
    (acc,) = body.accreditations
    assert acc.status.verdict is Verdict.SUSPENDED
    assert acc.status.since == date(2026, 5, 12)
    (event,) = acc.events
    assert (event.kind, event.raw) == (EventKind.SUSPENDED, "Suspended")
    assert event.evidence[0].source == "notices"
    assert {proof.source for proof in acc.evidence} == {"register", "notices"}
    spans = [(span.start, span.end, span.standing) for span in acc.spans]
    assert spans[0] == (date(2022, 1, 10), date(2026, 5, 12), "stands")
    assert spans[1][0] == date(2026, 5, 12)
    assert spans[1][2] == "suspended"


def test_the_same_question_then_has_the_answer_known_then(world: World) -> None:
    then, meta = read(world, "Old Quay", on("2026-05-12"), at("2026-05-12", 23))
    assert then.accreditations[0].status.verdict is Verdict.VALID
    assert then.accreditations[0].events == ()
    assert meta.as_known_at == at("2026-05-12", 23)
    now, _ = read(world, "Old Quay", on("2026-05-12"), NOW)
    assert now.accreditations[0].status.verdict is Verdict.SUSPENDED
    before, _ = read(world, "Old Quay", on("2026-05-11"), NOW)
    assert before.accreditations[0].status.verdict is Verdict.VALID


def test_scope_is_searched_counted_and_paged(world: World) -> None:
    id_ = id_of(world, "Harbour")

    def ask(**asked: str | int) -> tuple[list[str], int, Meta]:
        page, meta = reading.scope(world.conn, id_, on=TODAY, known_at=NOW, **asked)  # type: ignore[arg-type]
        return [one.key for one in page.lines], page.total, meta

    assert ask(q="battery")[:2] == (["1"], 1)
    assert ask(q="设备")[:2] == (["2"], 1)
    assert ask(q="luminaire dielectric")[:2] == (["3"], 1)
    assert ask(standard="GB4943.1-2022")[:2] == (["2"], 1)
    assert ask(standard="GB 4943.1-2011")[:2] == ([], 0)
    keys, total, meta = ask(limit=2)
    assert (keys, total) == (["1", "2"], 3)
    assert meta.next_cursor
    keys, total, meta = ask(limit=2, cursor=meta.next_cursor)
    assert (keys, total, meta.next_cursor) == (["3"], 3, None)
    page, _ = reading.scope(world.conn, id_, q="", on=TODAY, known_at=NOW)
    # GB and GB/T share one row of numbers, hence one family
    assert [(f.family, f.count) for f in page.families] == [("GB", 2), ("IEC", 1)]
    assert page.lines[0].status.verdict is Verdict.VALID
    with pytest.raises(BadQuestion, match="standard"):
        ask(standard="no such thing")
    with pytest.raises(BadQuestion, match="cursor"):
        ask(cursor="xx")


def test_the_timeline_tells_both_axes_newest_first(world: World) -> None:
    entries, _ = reading.timeline(world.conn, id_of(world, "Old Quay"), on=TODAY, known_at=NOW)
    told = [(one.what, one.at, one.known_at.date()) for one in entries]
    assert told == [
        ("expires", date(2028, 1, 9), date(2026, 5, 4)),
        ("listed", date(2026, 5, 13), date(2026, 5, 13)),
        ("suspended", date(2026, 5, 12), date(2026, 5, 13)),
        ("listed", date(2026, 5, 4), date(2026, 5, 4)),
        ("granted", date(2022, 1, 10), date(2026, 5, 4)),
    ]


def test_parts_answer_alone(world: World) -> None:
    id_ = id_of(world, "Harbour")
    assert len(reading.presence(world.conn, id_, on=TODAY, known_at=NOW)[0]) == 2
    assert len(reading.credentials(world.conn, id_, on=TODAY, known_at=NOW)[0]) == 2
    (acc,), _ = reading.accreditations(world.conn, id_, on=TODAY, known_at=NOW)
    alone, _ = reading.accreditation(world.conn, acc.id, on=TODAY, known_at=NOW)
    assert alone == acc
    assert alone.body == id_


def test_unknown_and_malformed_ids(world: World) -> None:
    for wrong in ("12", "x12", "b", "b1x", "b١٢", "b99999999999999999999"):
        with pytest.raises(BadQuestion):
            reading.body(world.conn, wrong, on=TODAY, known_at=NOW)
    with pytest.raises(NotFound):
        reading.body(world.conn, "b999999", on=TODAY, known_at=NOW)
    with pytest.raises(NotFound):
        reading.accreditation(world.conn, "a999999", on=TODAY, known_at=NOW)
    with pytest.raises(NotFound):
        read(world, "Harbour", known=at("2026-05-01"))


def test_a_page_takes_the_same_queries_for_a_small_body_and_a_large_one(
    world: World, database_url: str
) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        other = World(conn)
        for n in range(6):
            other.source(f"s{n}")
        lines = [line(f"{n}", f"object {n}", f"IEC {n + 1}:2020") for n in range(300)]
        for n in range(6):
            stops = [suspension(f"2026-0{k}-01", f"2026-0{k}-15") for k in range(1, 5)]
            draft = harbour(events=stops, key=f"k{n}")
            draft = draft if n else lab(lines=lines, identifiers=draft.identifiers)
            other.look(f"s{n}", at("2026-05-04"), [draft])
        counts = []
        for one, name in ((world, "Old Quay"), (world, "Harbour"), (other, "Harbour")):
            asked: list[str] = []

            def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
                asked.append(statement)  # noqa: B023

            id_ = id_of(one, name)
            sa.event.listen(one.conn, "before_cursor_execute", note)
            view, _ = reading.body(one.conn, id_, on=TODAY, known_at=NOW)
            sa.event.remove(one.conn, "before_cursor_execute", note)
            counts.append(len(asked))
        assert len(view.accreditations[0].evidence) == 6
    engine.dispose()
    assert max(counts) <= 25
    assert counts[1] == counts[2]


def test_a_merged_body_answers_with_the_one_it_was_merged_into(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register")
        world.look("register", at("2026-05-04"), [lab(), inspector()])
        gone, kept = id_of(world, "Harbour"), id_of(world, "Old Quay")
        moved = datetime(2026, 5, 5, tzinfo=UTC)
        link, run = BodyLink.__table__, sa.select(sa.func.max(Run.id)).scalar_subquery()
        old = conn.execute(sa.select(link).where(link.c.body_id == int(gone[1:]))).one()
        conn.execute(
            sa.update(BodyLink)
            .where(BodyLink.id == old.id)
            .values(known=sa.func.tstzrange(old.known.lower, moved))
        )
        conn.execute(
            sa.insert(BodyLink).values(
                record_id=old.record_id, body_id=int(kept[1:]), rule="steward", run_id=run,
                known=sa.func.tstzrange(moved, None),
            )
        )  # fmt: skip
        conn.execute(
            sa.insert(BodyMerge).values(
                body_id=int(gone[1:]), into_id=int(kept[1:]), because="the same", run_id=run,
                known=sa.func.tstzrange(moved, None),
            )
        )  # fmt: skip
        body, meta = reading.body(conn, gone, on=TODAY, known_at=NOW)
        assert (body.id, body.merged_into) == (kept, kept)
        assert meta.warnings == (f"{gone} was merged into {kept}: this is {kept}.",)
        assert len(body.accreditations) == 2
        before, _ = reading.body(conn, gone, on=on("2026-05-04"), known_at=at("2026-05-04", 9))
        assert (before.id, before.merged_into) == (gone, None)
    engine.dispose()
