"""Holding a reading against what its source promises, before anything is published.

A reading that fails is refused: nothing of it is published and the old data stand. Every reason is
a sentence that a steward understands.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from itertools import combinations
from typing import Any

from services.fact import Fact
from services.kit import Draft, Expect, Reading


def _filled(draft: Draft, part: str) -> bool:
    """Whether "names", or "accreditations.number" of any of its facts, holds something."""
    first, _, rest = part.partition(".")
    held = getattr(draft, first)
    if not rest:
        return bool(held)
    facts = held if isinstance(held, tuple) else (held,)
    return any(getattr(fact, rest, None) not in (None, "", ()) for fact in facts if fact)


PARTS = (
    "names", "identifiers", "profile.country", "sites", "presences", "accreditations",
    "accreditations.number", "accreditations.expires", "events", "lines", "lines.method",
    "credentials",
)  # fmt: skip

# a part that so many of its records lost at once was not lost by the bodies
_LEAST_FILL_KEPT = 0.5
_FEWEST_EMPTIED = 5

# an element of HTML; "<formerly Heron>" and "pH < 7" are words
_TAG = re.compile(
    r"<\s*/?\s*(?:script|style|iframe|frame|object|embed|svg|math|img|image|video|audio|a|b|i|u|s|em"
    r"|strong|small|big|br|hr|p|div|span|table|tr|td|th|ul|ol|li|font|center|form|input|button"
    r"|textarea|select|option|meta|link|base|body|html|head|title|h[1-6]|pre|code|sup|sub)"
    r"(?:[\s/][^<>]*)?>|<!--|<!\[CDATA\[|<\?xml",
    re.IGNORECASE,
)


def shape(reading: Reading) -> dict[str, Any]:
    """What a reading looks like, kept with its run: rows, fill rates, columns, dates, leftovers."""
    rows = len(reading.drafts)
    fill = {
        part: round(sum(_filled(draft, part) for draft in reading.drafts) / rows, 4)
        for part in PARTS
        if rows
    }
    return {
        "rows": rows,
        "lines": sum(len(draft.lines) for draft in reading.drafts),
        "fill": fill,
        "columns": list(reading.columns),
        "listed_on": reading.listed_on.isoformat() if reading.listed_on else None,
        "next_update": reading.next_update.isoformat() if reading.next_update else None,
        "leftovers": [[one.what, one.example, one.count] for one in reading.leftovers[:200]],
        "problems": list(reading.problems[:200]),
        "problem_count": len(reading.problems),
    }


def _said_twice(reading: Reading) -> str | None:
    """Where an accreditation's key is used for two different statements of the same days."""
    for draft in reading.drafts:
        for one, other in combinations(dict.fromkeys(draft.accreditations), 2):
            if one.key == other.key and _overlap(one, other):
                return f"“{one.key}” in “{draft.key}”"
    return None


def _overlap(one: Fact, other: Fact) -> bool:
    starts = [fact.valid_from or date.min for fact in (one, other)]
    ends = [fact.valid_to or date.max for fact in (one, other)]
    return max(starts) < min(ends)


def reasons_to_refuse(
    reading: Reading, expect: Expect, last_good: Mapping[str, Any] | None
) -> list[str]:
    """Every expectation that this reading fails, in words. Empty: it may be published."""
    return doubts(reading, expect, last_good) + contradictions(reading)


def doubts(reading: Reading, expect: Expect, last_good: Mapping[str, Any] | None) -> list[str]:
    """Why this reading does not look like its list; a steward who knows better may accept it."""
    rows = len(reading.drafts)
    said: list[str] = []
    if rows < expect.min_rows:
        said.append(f"{rows} records were read; at least {expect.min_rows} are expected.")
    before = int(last_good["rows"]) if last_good else 0
    if before and rows < before * (1 - expect.max_drop):
        said.append(
            f"{rows} records were read, {before} last time: more than"
            f" {expect.max_drop:.0%} fewer at once."
        )
    missing = [name for name in expect.columns if name not in reading.columns]
    if missing:
        said.append(
            f"Not found: {', '.join(missing)}. Found instead: {', '.join(reading.columns) or '–'}."
        )
    for part, least in expect.fill.items():
        share = sum(_filled(draft, part) for draft in reading.drafts) / rows if rows else 0.0
        if rows and share < least:
            said.append(f"Only {share:.0%} of the records have {part}; {least:.0%} are expected.")
    if last_good and rows:
        said.extend(_emptied(reading, last_good))
    unread, seen = len(reading.problems), rows + len(reading.problems)
    if unread and unread / seen > expect.max_problems:
        said.append(
            f"{unread} of {seen} records could not be read, for example: {reading.problems[0]}"
        )
    said.extend(_markup(reading))
    if expect.check is not None:
        said.extend(expect.check(reading))
    return said


def _emptied(reading: Reading, last_good: Mapping[str, Any]) -> list[str]:
    """Parts that most records had and few have now: a column that was renamed or left empty."""
    rows, said = len(reading.drafts), []
    for part in PARTS:
        before = float(last_good.get("fill", {}).get(part, 0.0))
        now = sum(_filled(draft, part) for draft in reading.drafts) / rows
        if now < before * _LEAST_FILL_KEPT and (before - now) * rows >= _FEWEST_EMPTIED:
            said.append(
                f"{now:.0%} of the records have {part}; last time it was {before:.0%}. A column"
                " may have been renamed."
            )
    return said


def _markup(reading: Reading) -> list[str]:
    """HTML where a name is due: somebody else's words would be shown as if they were a name."""
    found = [
        text
        for draft in reading.drafts
        for text in (
            *(name.text for name in draft.names),
            *(acc.number for acc in draft.accreditations),
            *(one.title for one in draft.credentials),
        )
        if _TAG.search(text)
    ]
    if not found:
        return []
    return [f"{len(found)} names or numbers hold HTML, for example “{found[0][:120]}”."]


def contradictions(reading: Reading) -> list[str]:
    """What cannot be published by anybody's decision: one thing said twice and differently."""
    said: list[str] = []
    twice = [key for key, times in Counter(d.key for d in reading.drafts).items() if times > 1]
    if twice:
        said.append(f"{len(twice)} record keys stand twice, for example “{twice[0]}”.")
    if doubled := _said_twice(reading):
        said.append(f"One record states one accreditation twice for the same days: {doubled}.")
    return said
