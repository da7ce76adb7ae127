"""Holding a reading against what its source promises, before anything is published.

A reading that fails is refused: nothing of it is published and the old data stand. Every reason is
a sentence that a steward understands.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from services.kit import Expect, Reading
from services.sync.spool import Spooled
from services.sync.tally import PARTS, Tally, tally

# a part that so many of its records lost at once was not lost by the bodies
_LEAST_FILL_KEPT = 0.5
_FEWEST_EMPTIED = 5


def counted(reading: Reading, parts: Collection[str] = ()) -> Tally:
    """What there is to count: where the reading was spooled, as it was counted then."""
    if isinstance(reading, Spooled) and reading.tally.filled.keys() >= set(parts):
        return reading.tally
    return tally(reading.drafts, parts)


def keys_of(reading: Reading) -> Iterable[str]:
    """The keys of its records, in order."""
    held = reading.heads if isinstance(reading, Spooled) else reading.drafts
    return (one.key for one in held)


def shape(reading: Reading) -> dict[str, Any]:
    """What a reading looks like, kept with its run: rows, fill rates, columns, dates, leftovers."""
    found = counted(reading)
    rows = found.rows
    return {
        "rows": rows,
        "lines": found.lines,
        "fill": {part: round(found.filled[part] / rows, 4) for part in PARTS if rows},
        "columns": list(reading.columns),
        "listed_on": reading.listed_on.isoformat() if reading.listed_on else None,
        "next_update": reading.next_update.isoformat() if reading.next_update else None,
        "leftovers": [[one.what, one.example, one.count] for one in reading.leftovers[:200]],
        "problems": list(reading.problems[:200]),
        "problem_count": len(reading.problems),
    }


def reasons_to_refuse(
    reading: Reading, expect: Expect, last_good: Mapping[str, Any] | None
) -> list[str]:
    """Every expectation that this reading fails, in words. Empty: it may be published."""
    return doubts(reading, expect, last_good) + contradictions(reading)


def doubts(reading: Reading, expect: Expect, last_good: Mapping[str, Any] | None) -> list[str]:
    """Why this reading does not look like its list; a steward who knows better may accept it."""
    found = counted(reading, expect.fill)
    rows, said = found.rows, list[str]()
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
        share = found.filled[part] / rows if rows else 0.0
        if rows and share < least:
            said.append(f"Only {share:.0%} of the records have {part}; {least:.0%} are expected.")
    if last_good and rows:
        said.extend(_emptied(found, last_good))
    unread, seen = len(reading.problems), rows + len(reading.problems)
    if unread and unread / seen > expect.max_problems:
        said.append(
            f"{unread} of {seen} records could not be read, for example: {reading.problems[0]}"
        )
    if found.tagged:  # HTML where a name is due: somebody else's words, shown as if they were one
        said.append(f"{found.tagged} names or numbers hold HTML, for example “{found.tag[:120]}”.")
    if expect.check is not None:
        said.extend(expect.check(reading))
    return said


def _emptied(found: Tally, last_good: Mapping[str, Any]) -> list[str]:
    """Parts that most records had and few have now: a column that was renamed or left empty."""
    said = []
    for part in PARTS:
        before = float(last_good.get("fill", {}).get(part, 0.0))
        now = found.filled[part] / found.rows
        if now < before * _LEAST_FILL_KEPT and (before - now) * found.rows >= _FEWEST_EMPTIED:
            said.append(
                f"{now:.0%} of the records have {part}; last time it was {before:.0%}. A column"
                " may have been renamed."
            )
    return said


def contradictions(reading: Reading) -> list[str]:
    """What cannot be published by anybody's decision: one thing said twice and differently."""
    said: list[str] = []
    twice = [key for key, times in Counter(keys_of(reading)).items() if times > 1]
    if twice:
        said.append(f"{len(twice)} record keys stand twice, for example “{twice[0]}”.")
    if doubled := counted(reading).twice:
        said.append(f"One record states one accreditation twice for the same days: {doubled}.")
    return said
