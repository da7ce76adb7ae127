"""What is staged as text is read by the server as what it was."""

from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.range import DateRange
from sqlalchemy.engine import Connection, Engine

from services.sync.copying import array_text, period_text

# what PostgreSQL holds: no NUL, no half of a character
words = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=12)
odd = st.sampled_from(
    ["", " ", "NULL", "null", "{}", '"', "\\", '\\"', "a,b", "{a}", "\n\t", "“检测”"]
)
days = st.none() | st.dates()


@pytest.fixture
def conn(database_url: str) -> Any:
    engine: Engine = sa.create_engine(database_url)
    with engine.connect() as found:
        yield found
    engine.dispose()


def told(conn: Connection, kind: str, text: str) -> Any:
    return conn.execute(sa.text(f"select cast(:text as {kind})"), {"text": text}).scalar_one()


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(values=st.lists(st.none() | odd | words, max_size=6))
def test_a_list_of_words(conn: Connection, values: list[str | None]) -> None:
    assert told(conn, "text[]", array_text(values)) == values


def test_lists_of_lists_and_of_numbers(conn: Connection) -> None:
    assert told(conn, "text[]", array_text([["a", "b,"], ["c", '"']])) == [["a", "b,"], ["c", '"']]
    assert told(conn, "bigint[]", array_text([1, 2])) == [1, 2]


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(first=days, after=days)
def test_a_period(conn: Connection, first: date | None, after: date | None) -> None:
    if first and after and after < first:
        first, after = after, first
    found = told(conn, "daterange", period_text(DateRange(first, after)))
    if first is not None and first == after:
        assert found.isempty
    else:
        assert (found.lower, found.upper) == (first, after)
    assert told(conn, "daterange", period_text(DateRange(empty=True))).isempty
