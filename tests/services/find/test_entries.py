"""Entries: what search of the newest state reads is what the open documents say, and it puts bodies
in the same order as the documents' versions do."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from alembic import command
from sqlalchemy.engine import Connection

from services import db
from services.evidence import log
from services.find import rank
from services.find.search import Query, search
from services.models import Document, Entry, Word
from services.store import entries
from services.store.project import due, project
from services.store.tokens import levels
from services.sync.turn import turn_day
from tests.services.find.conftest import harbour, inspector, northern
from tests.services.store.build import World, at, lab, line, on

NOW = at("2026-06-01", 9)
TODAY = on("2026-06-01")


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = db.connect(database_url)
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS", "DAkkS", "SAC"])
        yield one
    engine.dispose()


def held(conn: Connection) -> list[Any]:
    table = Entry.__table__
    words = sa.func.tsvector_to_array(table.c.tokens).label("words")
    rows = conn.execute(sa.select(table, words).order_by(table.c.body_id))
    return [{**row._mapping, "tokens": None} for row in rows]


def follow(conn: Connection, between: Callable[[], None], **asked: Any) -> list[str]:
    """Bodies of all pages in order; ``between`` the first and the second."""
    seen: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        query = Query(**asked, cursor=cursor)
        found, meta = search(conn, query, now=NOW, today=TODAY)
        seen += [card.id for card in found.cards]
        if not cursor:
            between()
        cursor = meta.next_cursor
    return seen


def test_entries_follow_the_documents_and_are_rebuilt_alike(world: World) -> None:
    world.look("register", at("2026-05-04"), [harbour(), northern(), inspector()])
    world.look("register", at("2026-05-11"), [harbour(expires=on("2030-01-01")), northern()])
    conn = world.conn
    there = held(conn)
    assert [one["stands"] for one in there] == [3, 3, 3]
    newest = sa.select(Document.id).where(Document.to_position.is_(None)).order_by(Document.body_id)
    assert [one["document_id"] for one in there] == list(conn.execute(newest).scalars())
    assert {"kinds/testing", "site_countries/AE", "numbers/CNASL90417"} <= set(there[0]["words"])
    entries.enter_all(conn)
    assert held(conn) == there


def test_a_body_without_a_document_has_no_entry(world: World) -> None:
    world.look("register", at("2026-05-04"), [harbour(), northern()])
    first, second = (one["body_id"] for one in held(world.conn))
    world.merge(second, first, at("2026-05-05"))
    project(world.conn, [first, second], log.next_position(world.conn), TODAY)
    assert [one["body_id"] for one in held(world.conn)] == [first]


def test_what_older_code_wrote_meanwhile_is_entered_by_the_next_turn(world: World) -> None:
    conn = world.conn
    world.look("register", at("2026-05-04"), [harbour(), northern()])
    turn_day(conn, NOW)
    there = held(conn)
    conn.execute(sa.update(Entry).values(document_id=-1, sort_name="as before"))
    assert set(conn.execute(due(TODAY)).scalars()) == {one["body_id"] for one in there}
    turn_day(conn, NOW)
    assert held(conn) == there
    assert conn.execute(due(TODAY)).all() == []


def test_words_of_lines_and_names_are_known(world: World) -> None:
    world.look("register", at("2026-05-04"), [harbour()])
    known = set(world.conn.execute(sa.select(Word.token)).scalars())
    assert {"batteri", "harbour", "luminair"} <= known
    assert not {"dubai", "4943", "§gb4943.1", "电池"} & known


def test_a_standard_asked_for_is_one_of_the_scope(world: World) -> None:
    """An accreditation is granted under ISO/IEC 17025; that is no test of it."""
    audits = lab("L2", name="Audit Works", name_zh="", lines=[line("1", "labs", "ISO/IEC 17025")])
    world.look("register", at("2026-05-04"), [harbour(), audits])
    for of_today in (None, on("2026-05-20")):
        query = Query(standard="ISO/IEC 17025", as_of=of_today)
        found, _ = search(world.conn, query, now=NOW, today=TODAY)
        assert [card.names[0].text for card in found.cards] == ["Audit Works"]


def test_a_value_that_no_list_holds_finds_nobody(world: World) -> None:
    world.look("register", at("2026-05-04"), [harbour()])
    for issuer in ("*", "CNAS*", "C", "x" * 3000, "' | 'a", "\\"):
        found, meta = search(world.conn, Query(issuer=issuer), now=NOW, today=TODAY)
        assert (found.cards, meta.total) == ((), 0)


def test_levels_count_in_powers_of_four() -> None:
    assert list(levels("batteri", 3)) == []
    assert list(levels("batteri", 70)) == ["1×batteri", "2×batteri", "3×batteri"]
    assert list(levels("2022", 70)) == []


def many(words: Sequence[str] = ("soil", "water")) -> list[Any]:
    """Thirty bodies, most of whose words stand in 1 to 30 lines; every third has no line that holds
    both."""
    found = []
    for n in range(30):
        both = words[0] if n % 3 else f"{words[0]} {words[1]}"
        lines = [line(f"a{k}", both, f"GB {n}{k}") for k in range(n + 1)]
        lines += [line(f"b{k}", words[1], f"GB {k}") for k in range(6)]
        found.append(lab(f"L{n:03}", name=f"Works {n:03}", name_zh="", lines=lines))
    return found


@pytest.mark.parametrize("first", [100, 7])
@pytest.mark.parametrize("q", ["soil", "soil water", "works", "soil nowhere"])
def test_an_older_state_is_in_the_same_order(
    world: World, monkeypatch: pytest.MonkeyPatch, first: int, q: str
) -> None:
    """Also where lines are counted of the first few alone."""
    monkeypatch.setattr(rank, "FIRST", first)
    monkeypatch.setattr(rank, "SURELY", first)
    monkeypatch.setattr(rank, "ENOUGH", 8)
    world.look("register", at("2026-05-04"), many())
    undisturbed = follow(world.conn, lambda: None, q=q, limit=4)
    assert len(undisturbed) == len(set(undisturbed)) == 30

    def publish() -> None:
        changed = many(("moss", "soil"))
        world.look("register", at("2026-05-11"), [*changed, lab("K1", name="Works new")])

    assert follow(world.conn, publish, q=q, limit=4) == undisturbed


def test_the_body_with_the_most_lines_is_first_where_few_are_counted(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rank, "FIRST", 5)
    world.look("register", at("2026-05-04"), many())
    found, _ = search(world.conn, Query(q="soil"), now=NOW, today=TODAY)
    names = [card.names[0].text for card in found.cards]
    assert names[:5] == ["Works 029", "Works 028", "Works 027", "Works 026", "Works 025"]
    counted = [one for card in found.cards for one in card.why if one.code == "LINES"]
    assert [one.params["lines"] for one in counted] == [str(n) for n in range(30, 10, -1)]


def test_a_database_of_before_is_entered_as_the_projection_would(
    make_database: Callable[[], str],
) -> None:
    url = make_database()
    engine = db.connect(url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=["CNAS", "DAkkS", "SAC"])
        world.look("register", at("2026-05-04"), [harbour(), northern(), *many()])
        there, words = held(conn), set(conn.execute(sa.select(Word.token)).scalars())
        # as they were written before there were levels
        conn.execute(
            sa.text(
                "update document set tokens = array_to_tsvector(array(select one from"
                " unnest(tsvector_to_array(tokens)) as one where one not like '%×%'))"
            )
        )
        conn.commit()
    command.downgrade(db._config(url), "0011")
    db.migrate(url)
    with engine.connect() as conn:
        assert held(conn) == there
        assert set(conn.execute(sa.select(Word.token)).scalars()) == words
        bodies = [one["body_id"] for one in there]
        assert project(conn, bodies, log.next_position(conn), TODAY) == 0
    engine.dispose()
