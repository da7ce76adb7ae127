"""Lines counted and quoted of bodies that have many."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services.find import rank
from services.find.counted import FEW_LINES, GIANT, count_by_bodies, count_by_terms
from services.find.matched import LOOKED_AT, line_terms
from services.find.question import asked_of
from services.find.rank import FIRST, _in_order
from services.find.search import Query, search
from services.find.views import BodyCard, MatchedLine
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


@pytest.fixture
def by_terms(monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the bodies that fit have too many lines to be walked through."""
    monkeypatch.setattr(rank, "WALKED", 0)


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


@pytest.mark.parametrize(
    ("asked", "key", "others"),
    [
        # those with a part of the words are found by no terms
        ({"q": "copper lead"}, "c1", 0),
        ({"standard": "GB 4943.1"}, "c2", 2),
    ],
)
def test_the_best_line_is_quoted_first_where_lines_are_found_by_their_terms(
    giant: World, by_terms: None, asked: dict[str, str], key: str, others: int
) -> None:
    first, *rest = quoted(giant, **asked)
    assert (first.key, len(rest)) == (key, others)


def test_a_common_word_quotes_three_of_its_lines(giant: World) -> None:
    assert {one.object for one in quoted(giant, q="wire")} <= {"copper wire", "copper wire of lead"}
    assert len(quoted(giant, q="wire")) == 3


# --- bodies too large to be counted ---------------------------------------------------------------

LINES = FEW_LINES // 2 + GIANT  # of each of two, so that both together have too many


@pytest.fixture(scope="module")
def giants(make_database: Callable[[], str]) -> Iterator[World]:
    """Two giants whose lines nearly all name a wire, a small body of one, and one beside them."""
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=["CNAS"])
        many = [line(f"a{n:05}", "copper wire", f"Made {n % 9}") for n in range(LINES)]
        held = {
            "First Giant": [*many, line("b1", "lead pipe", "Made 1")],
            "Second Giant": [*many[:-9], line("b2", "lead wire 4711", "Made 2")],
            "Small": [line("c1", "lead wire", "Made 1"), line("c2", "steel wire", "Made 2")],
            "Wire House": [line("d1", "lead pipe", "Made 3")],
        }
        labs = [
            lab(f"L{n}", name=name, name_zh="", lines=lines)
            for n, (name, lines) in enumerate(held.items())
        ]
        world.look("register", at("2026-05-25"), labs)
        yield world
    engine.dispose()


def cards(world: World, **asked: Any) -> dict[str, BodyCard]:
    now = at("2026-06-01", 9)
    found, _ = search(world.conn, Query(**asked), now=now, today=on("2026-06-01"))
    return {card.names[0].text: card for card in found.cards}


def said(card: BodyCard) -> dict[str, str]:
    return {why.code: why.params.get("lines", "") for why in card.why}


def test_of_a_giant_is_told_how_many_lines_at_least(giants: World, by_terms: None) -> None:
    found = cards(giants, q="wire")
    for name in ("First Giant", "Second Giant"):
        least = int(said(found[name])["LINES_AT_LEAST"])
        assert GIANT / 4 < least <= LINES - 9, "a bound below, and no idle one"
        assert len(found[name].matched) == 3
    assert said(found["Small"])["LINES"] == "2"
    assert said(found["Wire House"]) == {"IN_NAME": ""}


def test_of_several_words_it_is_told_of_each(giants: World) -> None:
    found = cards(giants, q="copper wire")
    assert list(found) == ["First Giant", "Second Giant"]
    assert set(said(found["First Giant"])) == {"EACH_WORD_AT_LEAST"}
    assert {one.object for one in found["First Giant"].matched} == {"copper wire"}


@pytest.mark.parametrize("walked", [0, rank.WALKED])
def test_of_rare_lines_a_giants_are_counted_like_anybodys(
    giants: World, monkeypatch: pytest.MonkeyPatch, walked: int
) -> None:
    monkeypatch.setattr(rank, "WALKED", walked)
    found = cards(giants, q="lead wire")
    assert {name: said(card).get("LINES") for name, card in found.items()} == {
        "First Giant": None,  # it has both words, and no line that has
        "Second Giant": "1",
        "Small": "1",
        "Wire House": "1",  # the word in its name need not stand in the line
    }
    assert list(found)[-1] == "First Giant", "after those whose lines answer"
    assert found["Second Giant"].matched[0].key == "b2"


@pytest.mark.parametrize("q", ["4711", "wire 4711"])
def test_of_a_mere_number_which_stands_at_no_level_no_many_lines_are_told(
    giants: World, q: str
) -> None:
    found = cards(giants, q=q)
    assert {name: said(card) for name, card in found.items()} == {"Second Giant": {"LINES": "1"}}
    assert found["Second Giant"].matched[0].key == "b2"


def test_pages_of_giants_show_each_body_once(giants: World) -> None:
    now, on_day, seen, cursor = at("2026-06-01", 9), on("2026-06-01"), list[str](), ""
    for _ in range(9):
        found, meta = search(
            giants.conn, Query(q="wire", limit=1, cursor=cursor), now=now, today=on_day
        )
        seen += [card.names[0].text for card in found.cards]
        cursor = meta.next_cursor or ""
        if not cursor:
            break
    assert seen == list(cards(giants, q="wire"))


@pytest.mark.parametrize(
    "question",
    [
        *({"q": q} for q in ("lead", "steel wire", "lead wire", "copper pipe", "lead pipe made")),
        {"standard": "GB 4943.1"},
        {"standard": "IEC 62368-1"},
        {"q": "adapters lead"},
    ],
)
def test_both_ways_of_counting_count_the_same(
    giant: World, giants: World, question: dict[str, Any]
) -> None:
    """By the terms of lines, and by walking through each body's."""
    counted, now = 0, at("2026-06-01", 9)
    for world in (giant, giants):
        query = Query(**question)
        position = world.conn.scalar(sa.text("select max(position) from log_leaf"))
        asked = asked_of(query, query.q, position, now, now, newest=True)
        terms = line_terms(world.conn, asked)
        first, second = (_in_order(world.conn, asked, 9, FIRST, None) for _ in range(2))
        for row in second:
            row.lines = 0  # nobody is a giant
        if count_by_terms(world.conn, asked, terms, first):
            count_by_bodies(world.conn, asked, terms, second)
            told = [(row.body_id, row.answers, row.lines_hit) for row in first]
            assert told == [(row.body_id, row.answers, row.lines_hit) for row in second]
            counted += sum(row.lines_hit for row in first)
    assert counted or question["q"] == "copper pipe"


def test_what_very_many_lines_hold_is_found_out_without_reading_them(
    giants: World, by_terms: None
) -> None:
    """The lines of "copper wire" are too many to be counted for all bodies; the index says so."""
    said: list[str] = []

    def hear(_conn: Any, _cursor: Any, statement: str, *_: Any) -> None:
        said.append(statement)

    sa.event.listen(giants.conn, "before_cursor_execute", hear)
    try:
        cards(giants, q="copper wire")
        assert not any("of_terms" in one for one in said)
        said.clear()
        cards(giants, q="lead wire")
        assert any("of_terms" in one for one in said)
    finally:
        sa.event.remove(giants.conn, "before_cursor_execute", hear)
