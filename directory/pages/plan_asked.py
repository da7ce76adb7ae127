"""The planner's form as it was sent: every part of it stands in the address.

Rows of evidence are numbered (``type1``, ``standard1`` …), so that an address may leave out what
is empty and a row keeps its parts.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from litestar.datastructures import MultiDict

from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.errors import BadQuestion
from services.find.abroad_words import market
from services.find.planner import MOST_PAPERS, PaperAsked

ABOUT = ("product", "standard", "hs_code", "on", "known_at")
OF_A_ROW = ("type", "standard", "issued", "tested", "issuer", "number", "country")
DAYS = ("issued", "tested")
LEAST_ROWS = 2
MORE_ROWS = 3
MOST_ROWS = 20  # empty ones that the form offers: a longer page is slow; an address may hold more
LONGEST = 300
_NUMBERED = re.compile(rf"({'|'.join(OF_A_ROW)})([1-9]\d?)")
_DAY = re.compile(r"(\d{4})(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")

_NO_DAY = N_("“%(typed)s” is no day. Write year, month, day, as %(today)s.")
_NO_TYPE = N_("Say what kind of paper it is.")
_NO_PRODUCT = N_("Choose the product.")
_NO_MARKET = N_("Choose at least one market.")


@dataclass(frozen=True)
class Typed:
    """``about``: every name of ABOUT; ``rows``: number of the row → every name of OF_A_ROW.
    ``faults``: field → what is wrong with it, in the page's language."""

    about: Mapping[str, str]
    markets: tuple[str, ...]
    rows: Mapping[int, Mapping[str, str]]
    papers: tuple[PaperAsked, ...]
    faults: Mapping[str, str]
    room: int  # rows that the form shows

    @property
    def begun(self) -> bool:
        return bool(self.markets or self.rows or any(self.about.values()))

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """What was typed, as parameters of an address; markets in one, with commas."""
        said = [(name, self.about[name]) for name in ABOUT]
        said.append(("markets", ",".join(self.markets)))
        said += [(f"{name}{n}", row[name]) for n, row in self.rows.items() for name in OF_A_ROW]
        return tuple((name, value) for name, value in said if value)


def read_form(tongue: Tongue, given: "MultiDict[str]", today: date) -> Typed:
    """The form, read. Unknown names are left alone. ``q``: words that the front page asked in; the
    product is then still to be chosen, which is nobody's mistake."""
    about = {name: _plain(given.get(name, "")) for name in ABOUT}
    named = [*given.getall("market", []), *given.get("markets", "").split(",")]
    markets = tuple(dict.fromkeys(one for one in map(_market, named) if one))
    rows = _rows(given)
    faults: dict[str, str] = {}
    papers = [_paper(tongue, n, row, today, faults) for n, row in rows.items()]
    if markets or rows or any(about.values()):
        if not about["product"] and "q" not in given:
            faults["product"] = tongue(_NO_PRODUCT)
        if not markets:
            faults["markets"] = tongue(_NO_MARKET)
    return Typed(about, markets, rows, tuple(papers), faults, _room(given, rows))


def _plain(text: str) -> str:
    return " ".join(text.split())[: LONGEST + 1]


def _market(text: str) -> str:
    """Its code where it is called by name; as typed where nothing is called so."""
    typed = _plain(text)
    try:
        return market("market", typed)
    except BadQuestion:
        return typed


def _rows(given: "MultiDict[str]") -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = {}
    for name, value in given.multi_items():
        match = _NUMBERED.fullmatch(name)
        text = _plain(value)
        if match and text and int(match[2]) <= MOST_PAPERS:
            found.setdefault(int(match[2]), dict.fromkeys(OF_A_ROW, ""))[match[1]] = text
    return dict(sorted(found.items()))


def _room(given: "MultiDict[str]", rows: Mapping[int, object]) -> int:
    asked = given.get("rows", "")
    more = int(asked) if asked.isdecimal() and len(asked) < 3 else 0
    used = max(rows, default=0)
    room = min(max(more, used + (0 if more else 1), LEAST_ROWS), MOST_ROWS)
    return max(room, used)


def _paper(
    tongue: Tongue, n: int, row: Mapping[str, str], today: date, faults: dict[str, str]
) -> PaperAsked:
    if not row["type"]:
        faults[f"type{n}"] = tongue(_NO_TYPE)
    days: dict[str, date | None] = {}
    for name in DAYS:
        days[name] = _day(row[name])
        if row[name] and days[name] is None:
            faults[f"{name}{n}"] = tongue(_NO_DAY, typed=row[name], today=today.isoformat())
    words = {name: row[name] for name in OF_A_ROW if name not in DAYS}
    return PaperAsked(ref=str(n), issued=days["issued"], tested=days["tested"], **words)


def _day(text: str) -> date | None:
    """Year first, as ISO 8601 has it or with the separators in use in China."""
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None
