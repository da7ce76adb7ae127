"""Questions that are asked at the same time share a statement, and nothing else."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar

import pytest
from psycopg_pool import AsyncConnectionPool
from sqlalchemy.engine import make_url

from directory.short import Short
from services import db
from services.verdict.judge import judge
from services.verdict.quick import OPTIONS, Found, Put, Quick, Road
from services.verdict.views import Asked
from tests.bench import made
from tests.bench.data import fill

T = TypeVar("T")
COUNTRY = made.Country(120, seed=11)
AFTER = datetime(2026, 6, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(make_database: Callable[[], str]) -> str:
    url = make_database()
    fill(url, COUNTRY)
    return url


def asked(count: int) -> list[Asked]:
    draw = random.Random(3)
    named = [draw.choice(COUNTRY.all) for _ in range(count)]
    days = [made.BEGIN + timedelta(days=draw.randrange(1_500)) for _ in range(count)]
    return [
        Asked(number=one.number, issuer=one.register.issuer, on=day, ref=str(n))
        for n, (one, day) in enumerate(zip(named, days, strict=True))
    ]


def run(url: str, work: Callable[[Short], Awaitable[T]]) -> T:
    async def inside() -> T:
        bare = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
        kept = {"autocommit": True, "options": OPTIONS}
        async with AsyncConnectionPool(
            bare, kwargs=kept, min_size=0, max_size=5, timeout=2, open=False
        ) as pool:
            return await asyncio.wait_for(work(Short(pool, CountingQuick())), 60)

    return asyncio.run(inside())


class CountingQuick(Quick):
    """``sizes``: questions of each statement."""

    def __init__(self) -> None:
        super().__init__()
        self.sizes: list[int] = []

    def road(self, puts: list[Put]) -> Road:  # type: ignore[override]
        self.sizes.append(len(puts))
        if any(put.asked.ref == "at fault" for put in puts):
            raise ValueError("a question that breaks the road")
        return super().road(puts)


def put(one: Asked) -> Put:
    return Put(one, AFTER, AFTER.date())


def test_a_hundred_askers_at_once_are_told_what_each_is_told_alone(filled: str) -> None:
    questions = asked(100)

    async def together(short: Short) -> tuple[list[Found | None], list[int]]:
        found = await asyncio.gather(*(short.ask([put(one)]) for one in questions))
        return list(found), short.quick.sizes  # type: ignore[attr-defined]

    found, sizes = run(filled, together)
    engine = db.connect(filled)
    with engine.connect() as conn:
        alone = judge(conn, questions, known_at=AFTER, today=AFTER.date())
    engine.dispose()
    told = [one.verdicts[0] for one in found if one is not None]
    quick = [(ours, theirs) for ours, theirs in zip(told, alone, strict=True) if ours is not None]
    assert len(quick) > 80
    assert all(ours == theirs for ours, theirs in quick)
    assert {one.log_position for one in found if one} == {found[0].log_position if found[0] else 0}
    assert sum(sizes) == 100
    assert len(sizes) < 20  # they shared statements


def test_a_long_list_has_a_statement_of_its_own(filled: str) -> None:
    questions = asked(40)

    async def together(short: Short) -> tuple[list[Found | None], list[int]]:
        few = [short.ask([put(one)]) for one in questions[:20]]
        found = await asyncio.gather(*few, short.ask([put(one) for one in questions]))
        return list(found), short.quick.sizes  # type: ignore[attr-defined]

    found, sizes = run(filled, together)
    assert 40 in sizes
    assert sum(sizes) == 60
    (*single, many) = found
    assert many is not None
    for n, one in enumerate(single):
        assert one is not None
        assert one.verdicts[0] == many.verdicts[n]


def test_a_question_that_breaks_the_road_breaks_it_for_nobody_else(filled: str) -> None:
    questions = asked(9)
    broken = Asked(number="1", on=date(2024, 1, 1), ref="at fault")

    async def together(short: Short) -> list[Found | BaseException | None]:
        return await asyncio.gather(
            *(short.ask([put(one)]) for one in [*questions[:5], broken, *questions[5:]]),
            return_exceptions=True,
        )

    told = run(filled, together)
    assert isinstance(told[5], ValueError)
    others = [one for n, one in enumerate(told) if n != 5]
    assert all(isinstance(one, Found) for one in others)


def test_without_a_database_everyone_who_asks_is_sent_the_long_way() -> None:
    nowhere = "postgresql+psycopg://labdir@127.0.0.1:1/labdir"

    async def together(short: Short) -> list[Found | None]:
        return list(await asyncio.gather(*(short.ask([put(one)]) for one in asked(3))))

    assert run(nowhere, together) == [None, None, None]


def test_an_asker_who_leaves_takes_nobody_along(filled: str) -> None:
    first, second = asked(2)

    async def together(short: Short) -> Found | None:
        leaves = asyncio.create_task(short.ask([put(first)]))
        stays = asyncio.create_task(short.ask([put(second)]))
        await asyncio.sleep(0)
        leaves.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaves
        return await stays

    told = run(filled, together)
    assert told is not None
    assert [one.ref for one in told.verdicts if one is not None] == ["1"]
