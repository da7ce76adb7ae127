"""Every golden case with its facts in a database: the verdict is the same on every road."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.verdict.answer import answer
from services.verdict.judge import judge
from services.verdict.quick import judge_quickly
from tests.services.store.build import World
from tests.services.verdict.golden_world import Case, cases, fill, question

CASES = cases()


@pytest.fixture(scope="module")
def conn(make_database: Callable[[], str]) -> Iterator[Connection]:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        fill(World(conn), CASES)
        yield conn
    engine.dispose()


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['number']}-{c['name']}")
def test_the_facts_in_a_database_give_the_expected_verdict(conn: Connection, case: Case) -> None:
    asked, known_at = question(case)
    today = known_at.date()
    (judged,) = judge(conn, [asked], known_at=known_at, today=today)
    assert judged.verdict == case["expected"], judged.reasons
    if "partial" in case:
        assert judged.partial == case["partial"]
    assert judge_quickly(conn, [asked], known_at=known_at, today=today) == [judged]
    whole, _ = answer(conn, asked, known_at=known_at, today=today)
    assert whole.judged == judged


def test_most_cases_are_told_by_sources() -> None:
    assert len(CASES) > 80
