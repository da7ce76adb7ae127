"""What `labdir log verify` finds, and how its parts walk through long tables side by side."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

Progress = Callable[
    [str, int, int], None
]  # which table, how many of its rows are done, of how many
AT_ONCE = 2000  # rows fetched at a time


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was published: in which table, which row, and what is wrong."""

    table: str
    row: str
    what: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.what}"


def stream(conn: Connection, query: Any, at_once: int = AT_ONCE) -> Iterator[Any]:
    """Rows of a query as they are needed; never all of them in memory. Needs a transaction."""
    result = conn.execute(query, execution_options={"yield_per": at_once})
    try:
        yield from result
    finally:
        result.close()


def count(conn: Connection, table: Any) -> int:
    return int(conn.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


class Beside:
    """Rows ordered by a number, taken as far as another walk has come."""

    def __init__(self, rows: Iterator[Any], key: Callable[[Any], int]) -> None:
        self._rows, self._key = rows, key
        self._next = next(rows, None)

    def until(self, number: int) -> Iterator[Any]:
        """Those not yet taken whose number is at most this."""
        while self._next is not None and self._key(self._next) <= number:
            one, self._next = self._next, next(self._rows, None)
            yield one

    def rest(self) -> Iterator[Any]:
        while self._next is not None:
            one, self._next = self._next, next(self._rows, None)
            yield one
