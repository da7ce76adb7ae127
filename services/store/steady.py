"""Days on which the same facts decide, whichever of the looks is the nearest one."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import NamedTuple

_DAY = timedelta(days=1)


class Span(NamedTuple):
    """The days of the first and of the last look that showed one statement; ``good``: active."""

    first: date
    last: date
    good: bool


class Steady(NamedTuple):
    """Days, half-open. ``moving``: they lie between looks that found it active, of which each day
    has others that are nearest."""

    first: date
    after: date
    moving: bool


class SteadyDays:
    """The steady days of one accreditation.

    A look that found it active, between two others that did, neither begins nor ends anything, as
    long as nothing else was found from the first of these to the last: a day may then do with the
    looks around another day. Not so where something else was found, for of that each day is told
    the first and the last look and the nearest ones.

    ``turns``: days on which statements begin or cease to be true.
    """

    def __init__(self, spans: Sequence[Span], turns: Iterable[date]) -> None:
        bad = [span for span in spans if not span.good]
        clear, mixed = list[Span](), list[Span]()
        for span in spans:
            apart = span.good and not any(_meet(span, one) for one in bad)
            (clear if apart else mixed).append(span)
        bounds = {*turns}
        bounds.update(day for span in clear for day in (span.first, span.last))
        bounds.update(day for span in mixed for day in (span.first, span.last + _DAY))
        self._starts = [date.min, *sorted(bounds)]
        self._days = [
            None
            if any(span.first <= first <= span.last for span in mixed)
            else Steady(first, after, any(span.first <= first < span.last for span in clear))
            for first, after in pairwise([*self._starts, date.max])
        ]

    def around(self, on: date) -> Steady | None:
        """None where that day is told of looks of its own."""
        return self._days[bisect_right(self._starts, on) - 1]


def _meet(one: Span, other: Span) -> bool:
    return one.first <= other.last and other.first <= one.last
