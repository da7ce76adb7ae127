"""Days and ranges inside English running text, with their place: "07 November 2018", "29 March -
28 June 2019". ``services.parsers.bilingual.written_day`` reads a cell that holds one day; here what
stands before and after the day matters, and a day that does not exist must be told from no day.

Read are day-month-year with the month in words, month-day-year with the month in words, ISO 8601,
and d/m/y in figures (the order used in Singapore). Ranges may leave month and year of the first
day to the second ("29 March - 28 June 2019").
"""

import re
from dataclasses import dataclass
from datetime import date

_MONTHS = {
    name: number
    for number, name in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"],
        start=1,
    )
}
# possessive throughout: what parts two words is eaten once, or a line of blanks would be tried in
# all ways to cut it
_DAY = r"(?P<{p}d>\d{{1,2}})\s*+(?:st|nd|rd|th)?"
_WORD = r"(?P<{p}m>[A-Za-z]{{3,9}})\.?"
_YEAR = r"(?P<{p}y>\d{{4}}|\d{{2}}(?!\d))"
_GAP = r"[\s.,\-/]*+"
_FULL = (
    rf"(?<![\w])(?:{_DAY}{_GAP}(?:of\s++)?{_WORD}{_GAP}{_YEAR}"
    r"|(?P<{p}m2>[A-Za-z]{{3,9}})\.?\s++(?P<{p}d2>\d{{1,2}})(?:st|nd|rd|th)?,?\s+(?P<{p}y2>\d{{4}})"
    r"|(?P<{p}y3>\d{{4}})-(?P<{p}m3>\d{{1,2}})-(?P<{p}d3>\d{{1,2}})"
    r"|(?P<{p}d4>\d{{1,2}})[/.\-](?P<{p}m4>\d{{1,2}})[/.\-](?P<{p}y4>\d{{4}}))(?!\w)"
)
_TO = r"\s*+(?:-|–|—|−|~|\bto\b|\buntil\b|\btill\b|\bthrough\b)\s*+"
_ONE = re.compile(_FULL.format(p="a"))
_RANGE = re.compile(_FULL.format(p="a") + _TO + _FULL.format(p="b"))
_SHORT_RANGE = re.compile(
    r"(?<![\w])(?P<ad>\d{1,2})(?:\s*+(?:st|nd|rd|th))?(?:\s++(?P<am>[A-Za-z]{3,9})\.?)?"
    + _TO
    + _FULL.format(p="b")
)


@dataclass(frozen=True, slots=True)
class WrittenDates:
    """One day or a range found in a text; ``start``-``end`` is its place there.

    ``first``/``last`` are None where the words name no day of the calendar (``problem`` says so);
    ``last`` is also None where one day only is written.
    """

    first: date | None
    last: date | None
    start: int
    end: int
    problem: str = ""


def month_number(word: str) -> int | None:
    """1-12 from a month's name, its abbreviation or a misspelling that keeps three letters."""
    return _MONTHS.get(word[:3].casefold())


def find_dates(text: str) -> WrittenDates | None:
    """The first date or range of ``text``; None where nothing in it has a date's shape."""
    found = min(
        (one for one in (_RANGE.search(text), _SHORT_RANGE.search(text)) if one),
        key=lambda one: one.start(),
        default=None,
    )
    single = _ONE.search(text)
    if found is None or (single is not None and single.start() < found.start()):
        if single is None:
            return None
        day = _day(single, "a")
        problem = "" if day else f"{single.group()!r} is no day of the calendar"
        return WrittenDates(day, None, single.start(), single.end(), problem)
    last = _day(found, "b")
    first = _day(found, "a") if "ay" in found.groupdict() else _completed(found, last)
    problem = ""
    if first is None or last is None:
        problem = f"{found.group()!r} names a day that is not in the calendar"
    elif last < first:
        problem = f"{found.group()!r} ends before it begins"
    return WrittenDates(first, last, found.start(), found.end(), problem)


def _day(found: re.Match[str], prefix: str) -> date | None:
    parts = found.groupdict()
    for form in ("", "2", "3", "4"):
        day, month, year = (parts.get(f"{prefix}{part}{form}") for part in "dmy")
        if day and month and year:
            number = int(month) if month.isdigit() else month_number(month)
            return _date(int(year) + (2000 if len(year) == 2 else 0), number, int(day))
    return None


def _completed(found: re.Match[str], last: date | None) -> date | None:
    """The first day of "29 March - 28 June 2019": year, and month if left out, from the last."""
    if last is None:
        return None
    month = month_number(found["am"]) if found["am"] else last.month
    # "12 December - 3 January 2020" began the year before
    year = last.year - 1 if month is not None and month > last.month else last.year
    return _date(year, month, int(found["ad"]))


def _date(year: int, month: int | None, day: int) -> date | None:
    try:
        return date(year, month, day) if month else None
    except ValueError:
        return None
