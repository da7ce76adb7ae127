"""The questions of ``tests/bench/queries.csv`` over what is shipped: what search finds of what the
sources' own words say is right."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from sqlalchemy.engine import Connection

from services import db
from tests.bench import shipped
from tests.bench.draw_queries import draw, read
from tests.bench.oracle import Oracle
from tests.bench.search import TARGET, measure, oracle


@pytest.fixture(scope="module")
def played() -> Sequence[shipped.Played]:
    return shipped.lists()


@pytest.fixture(scope="module")
def truth(played: Sequence[shipped.Played]) -> Oracle:
    return oracle(played)


@pytest.fixture(scope="module")
def conn(
    make_database: Callable[[], str], played: Sequence[shipped.Played]
) -> Iterator[Connection]:
    url = make_database()
    ended = shipped.play(url, list(played))
    assert set(ended.values()) == {"published"}, ended
    engine = db.connect(url)
    with engine.connect() as conn:
        yield conn
    engine.dispose()


def test_there_are_enough_questions_of_every_kind_and_each_has_an_answer(truth: Oracle) -> None:
    asked = read()
    assert len(asked) >= 120
    assert len({(one.q, one.standard) for one in asked}) > 0.97 * len(asked)
    for kind in ("zh", "zh-two", "zh-hant", "en", "en-misspelt", "standard-odd",
                 "standard-edition", "standard-relation", "number", "name", "mixed"):  # fmt: skip
        assert sum(one.kind == kind for one in asked) >= 10, kind
    assert [one.q for one in asked if not truth.right(one.expects)] == []


def test_half_of_them_are_what_the_seed_draws(played: Sequence[shipped.Played]) -> None:
    asked = read()
    drawn = [one for one in asked if one.drawn]
    assert 0.4 * len(asked) < len(drawn) < 0.6 * len(asked)
    assert drawn == draw([draft for one in played for draft in one.drafts()])


def test_search_finds_what_it_should(conn: Connection, truth: Oracle) -> None:
    found = measure(conn, read(), truth)
    every = [share for shares in found.values() for share in shares]
    assert sum(every) / len(every) >= TARGET
    assert {kind for kind, shares in found.items() if sum(shares) / len(shares) < 0.8} == set()
