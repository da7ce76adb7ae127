"""JSON objects whose keys are taken one by one, and what nobody took told.

A key that a publisher adds is told as a leftover, a key of another form is a problem of its record.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Self

from services.errors import Unreadable
from services.parsers.leftovers import Leftovers

# what JSON can escape and nothing can store: NUL, and a half of a surrogate pair (RFC 8259, 8.2)
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class Unread(ValueError):
    """A record cannot be read; the message names the key and the words, for the problem row."""


def loads(text: str) -> Any:
    """The value of a JSON text. Escapes of what is no character read as U+FFFD, as browsers do.

    Raises Unreadable where it is no JSON, or nested deeper than any list.
    """
    try:
        return _written(json.loads(text))
    except RecursionError as fault:
        raise Unreadable("The JSON is nested deeper than any list.") from fault
    except ValueError as fault:
        raise Unreadable(
            f"This is no whole JSON: {fault}.",
            "A web page in its place or a cut-off download; the next run asks again.",
        ) from fault


def _written(value: Any) -> Any:
    if isinstance(value, str):
        return _UNWRITABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_written(one) for one in value]
    if isinstance(value, dict):
        return {_written(key): _written(one) for key, one in value.items()}
    return value


class Row:
    """A JSON object whose keys are taken one by one; what is left over at the end is told."""

    def __init__(self, row: Any, what: str, leftovers: Leftovers) -> None:
        if not isinstance(row, dict):
            raise Unread(f"{what} is no object")
        self.what = what
        self._rest, self._leftovers = dict(row), leftovers

    def text(self, key: str) -> str:
        """A string or number as text, "" where there is none. Raises Unread for anything else."""
        value = self._rest.pop(key, None)
        if value is None:
            return ""
        if isinstance(value, (dict, list, bool)):
            raise Unread(f"{self.what}.{key} is no text")
        return str(value).strip()

    def must(self, key: str) -> str:
        """Text that a record cannot do without. Raises Unread where it is missing."""
        if not (value := self.text(key)):
            raise Unread(f"{self.what}.{key} is missing")
        return value

    def has(self, key: str) -> bool:
        return key in self._rest

    def texts(self, key: str) -> tuple[str, ...]:
        return tuple(str(one).strip() for one in self._listed(key))

    def rows(self, key: str) -> Iterator[Self]:
        """The objects of a list; each tells its leftovers when the next is asked for."""
        for one in self._listed(key):
            row = type(self)(one, f"{self.what}.{key}", self._leftovers)
            yield row
            row.done()

    def _listed(self, key: str) -> list[Any]:
        value = self._rest.pop(key, None) or []
        if not isinstance(value, list):
            raise Unread(f"{self.what}.{key} is no list")
        return value

    def done(self) -> None:
        """Tell what was not taken."""
        for key, value in self._rest.items():
            self._leftovers.left(f"{self.what}.{key}", json.dumps(value, ensure_ascii=False)[:80])
