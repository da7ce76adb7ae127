"""Quoted lines of a body that has more of them than are looked at."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services.find.matched import LOOKED_AT
from services.find.search import Query, search
from services.find.views import MatchedLine
from tests.services.store.build import World, at, lab, line, on

MANY = LOOKED_AT + 50


@pytest.fixture(scope="module")
def giant(make_database: Callable[[], str]) -> Iterator[World]:
    """One body whose lines of a kind come after more of a lesser kind than are looked at."""
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=["CNAS"])
        lines = [
            *(line(f"a{n:04}", "copper wire", "Made 1") for n in range(MANY)),
            *(line(f"b{n:04}", "adapters", "IEC 62368-1:2018") for n in range(MANY)),
            line("c1", "copper wire of lead", "Made 2"),
            line("c2", "adapters of lead", "GB 4943.1-2022"),
        ]
        world.look("register", at("2026-05-25"), [lab("L1", name="Giant Ltd", lines=lines)])
        yield world
    engine.dispose()


def quoted(world: World, **asked: Any) -> tuple[MatchedLine, ...]:
    now = at("2026-06-01", 9)
    found, _ = search(world.conn, Query(**asked), now=now, today=on("2026-06-01"))
    (card,) = found.cards
    return card.matched


@pytest.mark.parametrize(
    ("asked", "key"),
    [
        ({"q": "copper lead"}, "c1"),  # the line that holds all the words
        ({"standard": "GB 4943.1"}, "c2"),  # the one that names the standard itself
        ({"q": "copper lead unheard-of"}, "c1"),  # the best line, where any word will do
    ],
)
def test_the_best_line_is_quoted_first_however_many_are_lesser(
    giant: World, asked: dict[str, str], key: str
) -> None:
    first, *others = quoted(giant, **asked)
    assert first.key == key
    assert len(others) == 2


def test_a_common_word_quotes_three_of_its_lines(giant: World) -> None:
    assert {one.object for one in quoted(giant, q="wire")} <= {"copper wire", "copper wire of lead"}
    assert len(quoted(giant, q="wire")) == 3
