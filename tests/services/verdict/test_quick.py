"""The short road says exactly what the long one says, or leaves the question to it."""

import asyncio
import random
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import db
from services.models import Run, SourceList
from services.terms import LeavingMeans, Listed, RunState, Tier, Verdict
from services.verdict.judge import judge
from services.verdict.quick import OPTIONS, Put, Quick, ask_quickly, judge_quickly, simple
from services.verdict.views import ActivityAsked, Asked, Judged
from tests.bench import made
from tests.bench.data import fill
from tests.services.store.build import World, at, lab, on, suspension
from tests.services.verdict.conftest import NOW, TODAY

COUNTRY = made.Country(260, seed=7)
AFTER = datetime(2026, 6, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(make_database: Callable[[], str]) -> str:
    """The address of a directory of seven registers with a history of five years."""
    url = make_database()
    fill(url, COUNTRY)
    return url


@pytest.fixture
def conn(filled: str) -> Iterator[Connection]:
    engine = db.connect(filled)
    with engine.connect() as one:
        yield one
    engine.dispose()


def questions(count: int, seed: int) -> list[Asked]:
    """By number, written in several ways, on days before, within and after the history."""
    rng = random.Random(seed)
    asked = []
    for n in range(count):
        one = rng.choice(COUNTRY.all)
        issuer, number = one.register.issuer, one.number
        written = rng.choice(
            [number, number.lower(), f"{issuer} {number}", number.replace("-", " ")]
        )
        named = rng.choice(["", issuer, issuer, "NOBODY"])
        day = made.BEGIN - timedelta(days=400) + timedelta(days=rng.randrange(2_500))
        asked.append(Asked(number=written, issuer=named, on=day, ref=str(n)))
    return asked


def test_thousands_of_questions_are_answered_as_on_the_long_road(conn: Connection) -> None:
    asked = questions(4_000, seed=1)
    quick = judge_quickly(conn, asked, known_at=AFTER, today=AFTER.date())
    assert quick == judge(conn, asked, known_at=AFTER, today=AFTER.date())
    assert len({one.verdict for one in quick}) >= 8


@pytest.mark.parametrize("known_at", ["2021-01-01", "2022-03-09", "2024-08-30", "2026-06-01"])
def test_what_was_known_before_is_told_as_it_was_known(conn: Connection, known_at: str) -> None:
    asked = questions(500, seed=2)
    then, today = at(known_at, 7), AFTER.date()
    kept = Quick()
    judge_quickly(conn, asked[:50], known_at=AFTER, today=today, quick=kept)
    quick = judge_quickly(conn, asked, known_at=then, today=today, quick=kept)
    assert quick == judge(conn, asked, known_at=then, today=today)


def test_most_take_the_short_road_in_one_statement(conn: Connection) -> None:
    asked = [Asked(number=one.number, on=day) for one, day in made.questions(COUNTRY, 200, 3)]
    said: list[str] = []
    sa.event.listen(
        conn, "before_cursor_execute", lambda c, cu, statement, *rest: said.append(statement)
    )
    kept = Quick()
    judge_quickly(conn, asked, known_at=AFTER, today=AFTER.date(), quick=kept)
    assert len(said) == 2  # what was said, and once the looks of the lists
    judge_quickly(conn, asked, known_at=AFTER, today=AFTER.date(), quick=kept)
    assert len(said) == 3


async def over_psycopg(url: str, puts: list[Put]) -> list[Judged | None]:
    address = url.replace("postgresql+psycopg://", "postgresql://")
    async with await psycopg.AsyncConnection.connect(
        address, autocommit=True, options=OPTIONS
    ) as conn:
        return (await ask_quickly(conn, Quick(), puts)).verdicts


def test_a_connection_of_psycopg_answers_the_same(filled: str, conn: Connection) -> None:
    asked = questions(300, seed=4)
    found = asyncio.run(over_psycopg(filled, [Put(one, AFTER, AFTER.date()) for one in asked]))
    long = judge(conn, asked, known_at=AFTER, today=AFTER.date())
    both = [(one, other) for one, other in zip(found, long, strict=True) if one is not None]
    assert len(both) > 150
    assert all(one == other for one, other in both)


# --- what is not simple takes the long road -------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        Asked(on=TODAY),
        Asked(on=TODAY, accreditation="a1"),
        Asked(on=TODAY, number="L1", body="b1"),
        Asked(on=TODAY, number="L1", body="Harbour Battery Testing"),
        Asked(on=TODAY, number="L1", site="SZ"),
        Asked(on=TODAY, number="L1", activity=ActivityAsked(method="IEC 62368-1")),
        Asked(on=TODAY, number="L" * 101),
    ],
)
def test_what_asks_for_more_than_a_number_is_not_simple(asked: Asked) -> None:
    assert not simple(asked)


def both_roads(world: World, **asked: str) -> Judged:
    """The verdict on a question, the same on both roads."""
    question = Asked(**{"on": TODAY, **asked})  # type: ignore[arg-type]
    (short,) = judge_quickly(world.conn, [question], known_at=NOW, today=TODAY)
    (long,) = judge(world.conn, [question], known_at=NOW, today=TODAY)
    assert short == long
    return short


def test_doubts_about_the_number_are_told(world: World) -> None:
    assert [one.code for one in both_roads(world, number="L90600").flags] == ["NUMBER_REUSED"]
    assert [one.code for one in both_roads(world, number="I90500").flags] == ["LOOKALIKE"]
    assert both_roads(world, number="L99999").verdict is Verdict.NOT_FOUND
    assert both_roads(world, number="---").verdict is Verdict.NOT_FOUND
    assert both_roads(world, number="CNAS L90417", issuer="UKAS").verdict is Verdict.NOT_FOUND
    assert both_roads(world, number="CNAS L90417", issuer="cnas").verdict is Verdict.SUSPENDED


@pytest.fixture
def town(db: str) -> Iterator[World]:
    engine = sa.create_engine(db)
    with engine.connect() as conn:
        yield World(conn)
    engine.dispose()


def asks(town: World, kept: Quick, day: str = "2026-05-30") -> Judged:
    question = [Asked(number="L90417", on=on(day))]
    (short,) = judge_quickly(town.conn, question, known_at=NOW, today=TODAY, quick=kept)
    assert [short] == judge(town.conn, question, known_at=NOW, today=TODAY)
    return short


def test_a_later_look_is_seen_at_once(town: World) -> None:
    town.source("register")
    kept = Quick()
    for day in ("2026-04-01", "2026-04-20", "2026-05-20"):
        town.look("register", at(day), [lab()])
        assert asks(town, kept).last_check == on(day)
    town.look("register", at("2026-05-29"), [lab(events=[suspension("2026-05-25")])])
    assert asks(town, kept).verdict is Verdict.SUSPENDED


def test_a_look_that_another_process_has_not_read_yet_is_no_look(town: World) -> None:
    town.source("register")
    for day in ("2026-05-01", "2026-05-20"):
        town.look("register", at(day), [lab()])
    kept = Quick()
    asks(town, kept)
    # the same question from a state in which the second run was not complete
    (list_id,) = town.lists.values()
    newest = town.conn.execute(sa.select(sa.func.max(Run.id))).scalar_one()
    before = town.conn.execute(sa.select(sa.func.min(Run.id))).scalar_one()
    town.conn.execute(
        sa.update(SourceList).where(SourceList.id == list_id).values(complete_run_id=before)
    )
    town.conn.execute(sa.update(Run).where(Run.id == newest).values(state=RunState.FAILED))
    assert asks(town, kept).last_check == on("2026-05-01")


def test_who_may_decide_is_told_by_the_source(town: World) -> None:
    town.source("register")
    town.source("scheme", tier=Tier.SCHEME_LIST, authoritative_for=["CNAS"])
    town.source("database", tier=Tier.MRA_DATABASE)
    town.source("rolling", leaving=LeavingMeans.NOTHING)
    town.look("register", at("2026-05-01"), [lab()])
    town.look("scheme", at("2026-05-02"), [lab(events=[suspension("2026-04-28")])])
    town.look("database", at("2026-05-03"), [lab(listed=Listed.WITHDRAWN)])
    town.look("rolling", at("2026-05-04"), [lab(events=[suspension("2026-05-03")])])
    town.look("rolling", at("2026-05-10"), [])
    kept = Quick()
    verdicts = [asks(town, kept, day).verdict for day in ("2026-04-27", "2026-04-29", "2026-05-08")]
    assert len(set(verdicts)) > 1


def test_a_look_up_is_left_to_the_long_road(town: World) -> None:
    town.source("register", authoritative_for=["CNAS"], lists=("main", "lookup"))
    town.look("register", at("2026-05-01"), [lab()])
    town.look(
        "register", at("2026-05-20"), [lab(listed=Listed.SUSPENDED)],
        name="lookup", record_key="CNAS L90417",
    )  # fmt: skip
    assert asks(town, Quick()).verdict is Verdict.SUSPENDED


def test_a_record_that_was_not_read_is_no_check(town: World) -> None:
    town.source("register")
    town.look("register", at("2026-05-01"), [lab()])
    town.look("register", at("2026-05-20"), [lab()])
    record = town.conn.execute(sa.text("select min(id) from record")).scalar_one()
    newest = town.conn.execute(sa.select(sa.func.max(Run.id))).scalar_one()
    town.conn.execute(sa.update(Run).where(Run.id == newest).values(unread=[record]))
    assert asks(town, Quick()).last_check == date(2026, 5, 1)
