"""Days in a stranger's cells: one day or a period, in the order that the column itself proves.

"03/04/2019" is read only where other rows of its column prove the order of day and month; where
none does, or where they prove both, the cell says so. ISO days are read one way only.
"""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

import msgspec

from services.audit.faults import Fault, fault
from services.parsers import table_cells
from services.parsers.days import only_day, order_of, plain

FIRST_YEAR, LAST_YEAR = 1950, 2199

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}")
_FIGURES = re.compile(r"(?<!\d)\d{1,2}[/\-]\d{1,2}[/\-]\d{4}(?!\d)")
_CLOCK = re.compile(
    r"[ T]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:[AaPp][Mm])?(?:Z|[+-]\d\d:?\d\d)?$"
)
_BETWEEN = re.compile(
    r"\s*(?:~|～|〜|至|到|—|–|→|\.\.+|\bto\b|\buntil\b|\btill\b)\s*|\s+-+\s+"
    # a dash between two whole days that are themselves written without dashes
    r"|(?<=[./年月日]\d)-(?=\d)|(?<=[./年月日]\d\d)-(?=\d)|(?<=[日号])-(?=\d)"
    r"|(?<=[./]\d{4})-(?=\d)",
    re.I,
)
_SERIAL = re.compile(r"\d{5}(?:\.\d+)?")
_EPOCH = date(1899, 12, 30)  # what spreadsheets count from (ECMA-376 part 1, 18.17.4.1)


class Order(msgspec.Struct, array_like=True):
    """Which orders of day and month a column proves: "dmy", "mdy", both or none."""

    dmy: bool = False
    mdy: bool = False

    def look(self, text: str) -> None:
        """Learn from one cell."""
        if len(text) > 60 or (self.dmy and self.mdy) or not _FIGURES.search(text):
            return
        proven = order_of([text])
        self.dmy |= proven == "dmy"
        self.mdy |= proven == "mdy"

    @property
    def word(self) -> str:
        """ "dmy" or "mdy" where one alone is proven, "both", or "" for none."""
        if self.dmy and self.mdy:
            return "both"
        return "dmy" if self.dmy else "mdy" if self.mdy else ""


@lru_cache(maxsize=65_536)
def read(text: str, order: str, column: str) -> tuple[tuple[date, ...], Fault | None]:
    """(days, None) with one day or the first and last of a period, or ((), why not).

    ``order``: as :attr:`Order.word`. ``column``: its name, for the words.
    """
    if not (text.isascii() and _ISO.fullmatch(text)):
        text = " ".join(plain(text).split())
    parts = [part for part in _BETWEEN.split(text) if part.strip()] if len(text) > 10 else [text]
    if not 1 <= len(parts) <= 2:
        return (), fault("DAY_UNREADABLE", text=text, column=column)
    found = []
    for part in parts:
        one = _one(part.strip(), order, column)
        if isinstance(one, Fault):
            return (), one
        if not FIRST_YEAR <= one.year <= LAST_YEAR:
            return (), fault("DAY_UNLIKELY", first=one, column=column)
        found.append(one)
    return tuple(found), None


def _one(text: str, order: str, column: str) -> date | Fault:
    text = _CLOCK.sub("", text)
    if _ISO.fullmatch(text):
        try:
            return date.fromisoformat(text)
        except ValueError:
            return fault("DAY_IMPOSSIBLE", text=text, column=column)
    if found := table_cells.days(text, ()):
        return found.pop()
    day = only_day(text, "" if order == "both" else order)
    if day is None:
        return _none(text, column)
    if day.day is not None:
        return day.day
    if day.other is None:
        return fault("DAY_IMPOSSIBLE", text=text, column=column)
    either = only_day(text, "dmy")
    assert either is not None
    code = "DAY_ORDERS_MIXED" if order == "both" else "DAY_AMBIGUOUS"
    return fault(code, text=text, column=column, first=either.day, second=day.other)


def _none(text: str, column: str) -> Fault:
    if _SERIAL.fullmatch(text):
        meant = _EPOCH + timedelta(days=int(float(text)))
        return fault("DAY_IS_A_NUMBER", text=text, column=column, first=meant)
    return fault("DAY_UNREADABLE", text=text, column=column)


def orders(names: Iterable[str], found: dict[str, Order]) -> dict[str, str]:
    """The order's word of each column."""
    return {name: found[name].word if name in found else "" for name in names}
