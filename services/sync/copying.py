"""Rows into a table by COPY, and values as its text form has them (PostgreSQL 18, COPY)."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.range import Range
from sqlalchemy.engine import Connection


def copy_rows(
    conn: Connection, table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """COPY rows into a table; returns how many."""
    count = 0
    with _cursor(conn) as cursor, cursor.copy(_into(table, names)) as copy:
        for row in rows:
            copy.write_row(row)
            count += 1
    return count


def copy_text(conn: Connection, table: str, names: Sequence[str], text: str) -> None:
    """COPY whole lines of COPY's text form into a table."""
    with copying(conn, table, names) as write:
        write(text)


@contextmanager
def copying(conn: Connection, table: str, names: Sequence[str]) -> Iterator[Callable[[str], None]]:
    """COPY into a table, whole lines of COPY's text form at a time: the server takes them up while
    the next ones are made. Meanwhile nothing else can be asked on the connection."""
    with _cursor(conn) as cursor, cursor.copy(_into(table, names)) as copy:
        yield copy.write


def _cursor(conn: Connection) -> psycopg.Cursor[Any]:
    driver = conn.connection.driver_connection
    assert isinstance(driver, psycopg.Connection)
    return driver.cursor()


def _into(table: str, names: Sequence[str]) -> sql.Composed:
    return sql.SQL("copy {} ({}) from stdin").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, names))
    )


_ODD = re.compile(r"[\\\t\n\r]")
_WRITTEN = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}


def field(text: str) -> str:
    """A text as a column of COPY's text form."""
    return _ODD.sub(lambda met: _WRITTEN[met[0]], text) if _ODD.search(text) else text


def plain(value: Any) -> Any:
    """Lists and periods as text: the driver writes them a value at a time."""
    if isinstance(value, list):
        return array_text(value)
    if isinstance(value, Range):
        return period_text(value)
    return value


def array_text(values: Sequence[Any]) -> str:
    """An array as the server reads it (PostgreSQL 18, 8.15.6), of whatever depth."""
    return "{" + ",".join([_element(one) for one in values]) + "}"


def _element(value: Any) -> str:
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    if isinstance(value, list):
        return array_text(value)
    return "NULL" if value is None else str(value)


def period_text(period: Range[Any]) -> str:
    """A half-open period as the server reads it (PostgreSQL 18, 8.17.5)."""
    if period.isempty:
        return "empty"
    return f"[{period.lower or ''},{period.upper or ''})"
