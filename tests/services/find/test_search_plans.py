"""What a page of search asks of the database: how often, and that no question reads a big table
row by row. The planner decides by the sizes that it knows, so the tables are filled by SQL."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import db
from services.find import facets, rank
from services.find.search import Query, search
from services.store import entries
from tests.services.find.conftest import harbour, northern
from tests.services.store.build import World, at, on

NOW = at("2026-06-01", 9)
BODIES, LINES, TERMS = 8_000, 5, 8_000  # lines of a body
BIG = {"entry", "document", "term", "scope_line", "word", "body_link", "accreditation_link"}


@pytest.fixture(scope="module")
def conn(make_database: Callable[[], str]) -> Iterator[Connection]:
    """Two published bodies, and thousands like them that no record speaks of."""
    engine = db.connect(make_database())
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=["CNAS", "DAkkS"])
        world.look("register", at("2026-05-04"), [harbour(), northern()])
        _fill(conn)
        conn.commit()
        yield conn
    engine.dispose()


# Rows like the first of a table, but for some columns.
_LIKE = """
    insert into {table} overriding system value
    select (jsonb_populate_record(null::public.{table},
        to_jsonb(one) || jsonb_build_object({but}))).*
    from (select * from {table} order by {first} limit 1) one, generate_series(1, {many}) as n
"""
_TOKENS = "'tokens', 'harbour test w' || n % 500 || ' z' || n"


def _fill(conn: Connection) -> None:
    new = f"{BODIES} + n"
    one = f"'id', {new}, 'record_id', {new}"
    of_line = f"'record_id', {BODIES} + 1 + (n - 1) / {LINES}"
    # the filled bodies' words are not those of the two that are there, nor are their lines' terms
    terms = ", ".join(
        f"'{one}_id', {BODIES} + 1 + n % {TERMS}" for one in ("object", "parameter", "method")
    )
    for table, but, many in (
        ("body", f"'id', {new}", BODIES),
        ("record", f"'id', {new}, 'key', n::text", BODIES),
        ("body_link", f"{one}, 'body_id', {new}", BODIES),
        ("accreditation", f"'id', {new}", BODIES),
        ("accreditation_link", f"{one}, 'accreditation_id', {new}", BODIES),
        ("document", f"'id', {new}, 'body_id', {new}, {_TOKENS}", BODIES),
        ("entry", f"'body_id', {new}, 'document_id', {new}, {_TOKENS}", BODIES),
        ("term", f"'id', {new}, 'digest', n::text, 'tokens', 'w' || n % 500", TERMS),
        ("word", "'token', 'w' || md5(n::text)", TERMS),
        ("scope_line", f"'id', {new}, 'key', n::text, {of_line}, {terms}", LINES * BODIES),
    ):
        first = {"entry": "body_id", "word": "token"}.get(table, "id")
        conn.execute(sa.text(_LIKE.format(table=table, but=but, first=first, many=many)))
    entries.settle(conn)
    conn.commit()
    conn.execute(sa.text("analyze"))


@contextmanager
def heard(conn: Connection) -> Iterator[list[tuple[str, Any]]]:
    said: list[tuple[str, Any]] = []

    def hear(_conn: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        said.append((statement, values))

    sa.event.listen(conn, "before_cursor_execute", hear)
    try:
        yield said
    finally:
        sa.event.remove(conn, "before_cursor_execute", hear)


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    """Tables that a plan reads row by row."""
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", ()):
        yield from scanned(part)


def asked(conn: Connection, **question: Any) -> list[tuple[str, Any]]:
    """As a process asks that has answered before, so that it knows what facets' hashes say."""
    search(conn, Query(**question), now=NOW, today=NOW.date())
    with heard(conn) as said:
        search(conn, Query(**question), now=NOW, today=NOW.date())
    return said


@pytest.mark.parametrize(
    ("question", "statements"),
    [
        # log, facets, who comes near, terms, order, lines, cards, quotes, sources
        ({"q": "battery"}, 9),
        ({"q": "lithium batteries china"}, 9),
        ({"q": "电池"}, 9),
        ({"q": "中国锂电池"}, 11),  # and two that cut the run into words
        ({"q": "harbour"}, 8),  # of many
        ({"q": "L90417"}, 9),
        ({"q": "GB 4943.1"}, 9),
        # whether anybody names a standard; nobody in one that names the other too
        ({"q": "GB 4943.1", "standard": "IEC 60598"}, 11),
        ({"standard": "GB/T 18287-2013"}, 10),
        ({"q": "battery", "country": "CN", "kind": "testing", "status": "stands"}, 9),
        ({"q": "battery", "country": "DE"}, 9),
        ({"q": "luminaire lithium dubai"}, 9),
    ],
)
def test_a_page_asks_little_and_reads_no_big_table_row_by_row(
    conn: Connection, question: dict[str, Any], statements: int
) -> None:
    said = asked(conn, **question)
    assert len(said) <= statements
    assert read_row_by_row(conn, said) & BIG == set()


@pytest.mark.parametrize("q", ["baterry", "harbuor", "luminaire baterry", "锂电地", "gb 4944.1"])
def test_a_misspelt_question_reads_no_big_table_row_by_row(conn: Connection, q: str) -> None:
    said = asked(conn, q=q)
    assert len(said) <= 20
    assert read_row_by_row(conn, said) & BIG == set()


@pytest.mark.parametrize("question", [{"q": "lithium batteries"}, {"standard": "GB/T 18287-2013"}])
def test_lines_found_by_their_terms_are_not_read_row_by_row(
    conn: Connection, monkeypatch: pytest.MonkeyPatch, question: dict[str, Any]
) -> None:
    monkeypatch.setattr(rank, "WALKED", 0)
    said = asked(conn, **question)
    assert any("of_terms" in statement for statement, _ in said)
    assert read_row_by_row(conn, said) & BIG == set()


def test_a_word_of_all_bodies_is_asked_of_the_index_too(conn: Connection) -> None:
    """The planner, knowing the word, would read every row with its words."""
    said = asked(conn, q="harbour")
    (counts,) = [one for one in said if "profile" in one[0] and "level6" not in one[0]][:1]
    raw = conn.connection.dbapi_connection
    assert raw is not None
    told = raw.execute("explain (format json) " + counts[0], counts[1]).fetchone()[0]
    assert "ix_entry_tokens" in json.dumps(told)


def test_what_facets_are_of_is_read_once_by_a_process(
    conn: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(facets, "_known", facets._Known())
    query = Query(q="battery", country="CN")
    with heard(conn) as first:
        search(conn, query, now=NOW, today=NOW.date())
    with heard(conn) as second:
        search(conn, query, now=NOW, today=NOW.date())
    assert len(first) == len(second) + 2  # the families of standards, and all else
    assert read_row_by_row(conn, first) & BIG == set()


def test_a_past_day_is_asked_of_the_documents_index(conn: Connection) -> None:
    said = asked(conn, q="luminaire", as_of=on("2026-05-20"))
    assert len(said) <= 13
    assert read_row_by_row(conn, said) & (BIG - {"document"}) == set()


def read_row_by_row(conn: Connection, said: list[tuple[str, Any]]) -> set[str]:
    found: set[str] = set()
    raw: Any = conn.connection.dbapi_connection
    for statement, values in said:
        (told,) = raw.execute("explain (format json) " + statement, values).fetchone()
        found |= set(scanned(told[0]["Plan"]))
    return found
