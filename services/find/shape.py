"""What changed shape between a run and the last good version of its list: columns, counts, fill."""

from collections.abc import Mapping, Sequence
from typing import Any

from rapidfuzz import fuzz

from services.find.views import FillChange, Renamed, ShapeDiff

_LIKE = 60.0  # percent of likeness from which a new column may be an old one under a new name


def difference(against: int, before: Mapping[str, Any], after: Mapping[str, Any]) -> ShapeDiff:
    """Two shapes as ``services.sync.check.shape`` makes them; ``against``: the older one's run.

    Fill rates are shares from 0 to 1, None where that version had no such part.
    """
    gone = _without(before, after)
    new = _without(after, before)
    return ShapeDiff(
        against_run=against,
        rows_before=int(before.get("rows", 0)),
        rows_after=int(after.get("rows", 0)),
        lines_before=int(before.get("lines", 0)),
        lines_after=int(after.get("lines", 0)),
        unread_before=int(before.get("problem_count", 0)),
        unread_after=int(after.get("problem_count", 0)),
        columns_gone=gone,
        columns_new=new,
        perhaps_renamed=_renamed(gone, new),
        fill=_fill(before.get("fill", {}), after.get("fill", {})),
        problems=tuple(after.get("problems", ()))[:20],
    )


def _without(one: Mapping[str, Any], other: Mapping[str, Any]) -> tuple[str, ...]:
    there = set(other.get("columns", ()))
    return tuple(name for name in one.get("columns", ()) if name not in there)


def _renamed(gone: Sequence[str], new: Sequence[str]) -> tuple[Renamed, ...]:
    """Likeliest pairs first, each name once."""
    scored = sorted(
        ((fuzz.WRatio(a.casefold(), b.casefold()), a, b) for a in gone for b in new), reverse=True
    )
    pairs: list[Renamed] = []
    for score, a, b in scored:
        taken = any(a == pair.before or b == pair.after for pair in pairs)
        if score >= _LIKE and not taken:
            pairs.append(Renamed(before=a, after=b))
    return tuple(pairs)


def _fill(before: Mapping[str, float], after: Mapping[str, float]) -> tuple[FillChange, ...]:
    """Parts that either version had, those that changed most first."""
    changes = [
        FillChange(part=part, before=before.get(part), after=after.get(part))
        for part in dict.fromkeys((*before, *after))
        if before.get(part) or after.get(part)
    ]
    return tuple(sorted(changes, key=lambda one: -abs((one.before or 0.0) - (one.after or 0.0))))
