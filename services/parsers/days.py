"""Days in text of official papers, in English and Chinese, with their place.

Read are "3 March 2026", "March 3rd, 2026", "03-Mar-2026", ISO 8601, "3.3.2026", "3/3/2026",
"2026年3月3日" and "二〇二六年三月三日". Figures that may be day and month either way round are read
only where the order is known from elsewhere; what names no day of the calendar is told as such.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

_MONTHS = (  # noqa: SIM905
    "january february march april may june july august september october november december"
).split()
_MONTH = (
    r"(?P<{0}>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?"
    r"|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)\.?"
)
_CHINESE = "〇○零一二三四五六七八九十"
_DIGITS = {digit: value for value, digit in enumerate("〇一二三四五六七八九")} | {"○": 0, "零": 0}
_DAY = re.compile(
    r"(?<![\w.\-/])(?:"
    rf"(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?[\s\-.,]*(?:of\s+|day\s+of\s+)?{_MONTH.format('m1')}"
    r"[\s\-.,]*(?P<y1>\d{4})"
    rf"|{_MONTH.format('m2')}\s*(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?[\s,]+(?P<y2>\d{{4}})"
    r"|(?P<y3>\d{4})(?P<s3>[\-/.])(?P<m3>\d{1,2})(?P=s3)(?P<d3>\d{1,2})"
    r"|(?P<a4>\d{1,2})(?P<s4>[/.\-])(?P<b4>\d{1,2})(?P=s4)(?P<y4>\d{4})"
    r")(?![\w/]|[.\-]\d)"
    r"|(?<!\d)(?P<y5>\d{4})\s*年\s*(?P<m5>\d{1,2})\s*月\s*(?P<d5>\d{1,2})\s*[日号]?"
    rf"|(?P<y6>[{_CHINESE}]{{4}})\s*年\s*(?P<m6>[{_CHINESE}]{{1,3}})\s*月\s*"
    rf"(?P<d6>[{_CHINESE}]{{1,3}})\s*[日号]?",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Day:
    """A day written in a text, at ``start``-``end``. ``day`` None: ``problem`` says why.

    ``other``: the day that the same figures name in the other order, where both exist.
    """

    day: date | None
    start: int
    end: int
    words: str
    problem: str = ""
    other: date | None = None


def days(text: str, order: str = "") -> list[Day]:
    """The days of a text in order. ``order``: "dmy" or "mdy" for figures with slashes or dashes.

    Figures with full stops ("3.4.2026") are day first wherever they are used.
    """
    return [_read(found, order) for found in _DAY.finditer(text)]


def only_day(text: str, order: str = "") -> Day | None:
    """The day of a text that holds one and nothing besides, None for any other text."""
    found = days(text, order)
    if len(found) != 1:
        return None
    rest = text[: found[0].start] + text[found[0].end :]
    return found[0] if not rest.strip(" \n\t.,;:()（）。，") else None


def order_of(texts: Iterable[str]) -> str:
    """The order in which figures with slashes stand in these texts, "" where none proves it."""
    proven = set()
    for text in texts:
        for found in _DAY.finditer(text):
            if found["a4"] and found["s4"] != ".":
                first, second = int(found["a4"]), int(found["b4"])
                proven |= {"dmy"} if first > 12 >= second else set()
                proven |= {"mdy"} if second > 12 >= first else set()
    return proven.pop() if len(proven) == 1 else ""


def _read(found: re.Match[str], order: str) -> Day:
    place = Day(None, found.start(), found.end(), found.group().strip())
    if found["a4"]:
        return _figures(found, order, place)
    part = {name: value for name, value in found.groupdict().items() if value}
    form = next(name[1] for name in part if name[0] == "y")
    year, month, number = part[f"y{form}"], part[f"m{form}"], part[f"d{form}"]
    if form == "6":
        read = _year(year), _number(month), _number(number)
    else:
        read = int(year), _month(month), int(number)
    day = _date(*read)
    problem = "" if day else f"{place.words!r} is no day of the calendar"
    return replace(place, day=day, problem=problem)


def _figures(found: re.Match[str], order: str, place: Day) -> Day:
    year, first, second = int(found["y4"]), int(found["a4"]), int(found["b4"])
    dmy, mdy = _date(year, second, first), _date(year, first, second)
    if found["s4"] == "." or order == "dmy":
        day = dmy
    elif order == "mdy":
        day = mdy
    elif dmy and mdy and dmy != mdy:
        said = f"{place.words!r} is {dmy} or {mdy}: the order is not known"
        return replace(place, problem=said, other=mdy)
    else:
        day = dmy or mdy
    problem = "" if day else f"{place.words!r} is no day of the calendar"
    return replace(place, day=day, problem=problem)


def _month(word: str) -> int:
    if word.isdigit():
        return int(word)
    return next(n for n, name in enumerate(_MONTHS, 1) if name.startswith(word[:3].lower()))


def _year(word: str) -> int:
    return int("".join(str(_DIGITS.get(one, 0)) for one in word))


def _number(word: str) -> int:
    """ "二十一" as 21, "十" as 10."""
    tens, ten, ones = word.partition("十")
    if not ten:
        return int("".join(str(_DIGITS.get(one, 0)) for one in word))
    return 10 * (_DIGITS.get(tens, 1) if tens else 1) + (_DIGITS.get(ones, 0) if ones else 0)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def plain(text: str) -> str:
    """Full-width figures, letters and spaces as plain ones; Chinese punctuation stays."""
    return "".join(
        unicodedata.normalize("NFKC", one) if "０" <= one <= "ｚ" or one in "\u3000\u00a0" else one
        for one in text
    )
