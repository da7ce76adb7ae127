"""What is counted of a reading's drafts, in one pass: all that its check asks of the whole."""

import re
from collections.abc import Iterable
from datetime import date
from itertools import combinations

import msgspec

from services.fact import Fact
from services.kit import Draft

PARTS = (
    "names", "identifiers", "profile.country", "sites", "presences", "accreditations",
    "accreditations.number", "accreditations.expires", "events", "lines", "lines.method",
    "credentials",
)  # fmt: skip

# an element of HTML; "<formerly Heron>" and "pH < 7" are words
_TAG = re.compile(
    r"<\s*/?\s*(?:script|style|iframe|frame|object|embed|svg|math|img|image|video|audio|a|b|i|u|s|em"
    r"|strong|small|big|br|hr|p|div|span|table|tr|td|th|ul|ol|li|font|center|form|input|button"
    r"|textarea|select|option|meta|link|base|body|html|head|title|h[1-6]|pre|code|sup|sub)"
    r"(?:[\s/][^<>]*)?>|<!--|<!\[CDATA\[|<\?xml",
    re.IGNORECASE,
)


class Tally(msgspec.Struct):
    """``filled``: how many drafts have something in each part, :data:`PARTS` and others asked for.

    ``tagged``: names and numbers that hold HTML, ``tag`` the first of them. ``twice``: the first
    accreditation that a record states twice for the same days, in words.
    """

    rows: int = 0
    lines: int = 0
    filled: dict[str, int] = {}
    tagged: int = 0
    tag: str = ""
    twice: str = ""

    def add(self, draft: Draft) -> None:
        self.rows += 1
        self.lines += len(draft.lines)
        for part in self.filled:
            self.filled[part] += _filled(draft, part)
        for text in _named(draft):
            if _TAG.search(text):
                self.tag = self.tag or text
                self.tagged += 1
        self.twice = self.twice or _said_twice(draft)


def empty(parts: Iterable[str] = ()) -> Tally:
    """Nothing counted yet. ``parts``: those beyond :data:`PARTS` that an expectation asks for."""
    return Tally(filled=dict.fromkeys([*PARTS, *parts], 0))


def tally(drafts: Iterable[Draft], parts: Iterable[str] = ()) -> Tally:
    counted = empty(parts)
    for draft in drafts:
        counted.add(draft)
    return counted


def _filled(draft: Draft, part: str) -> bool:
    """Whether "names", or "accreditations.number" of any of its facts, holds something."""
    first, _, rest = part.partition(".")
    held = getattr(draft, first)
    if not rest:
        return bool(held)
    facts = held if isinstance(held, tuple) else (held,)
    return any(getattr(fact, rest, None) not in (None, "", ()) for fact in facts if fact)


def _named(draft: Draft) -> Iterable[str]:
    yield from (name.text for name in draft.names)
    yield from (acc.number for acc in draft.accreditations)
    yield from (one.title for one in draft.credentials)


def _said_twice(draft: Draft) -> str:
    """Where an accreditation's key is used for two different statements of the same days."""
    if len(draft.accreditations) > 1:
        for one, other in combinations(dict.fromkeys(draft.accreditations), 2):
            if one.key == other.key and _overlap(one, other):
                return f"“{one.key}” in “{draft.key}”"
    return ""


def _overlap(one: Fact, other: Fact) -> bool:
    starts = [fact.valid_from or date.min for fact in (one, other)]
    ends = [fact.valid_to or date.max for fact in (one, other)]
    return max(starts) < min(ends)
