"""Geometry of the two pictures: when accreditations stood, and what a source's runs brought.

Positions across are percentages of the picture's width, so that text keeps its size on any screen
and no style attribute is needed.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from directory.pages.standing import span_style
from services.find.views import AccreditationView, Span
from services.terms import RunState, Verdict

ROW = 46  # height of an accreditation's row: its name above its bar
TOP = 24
# more rows than this no longer read as a picture; the table holds them all
MOST_ROWS = 12


@dataclass(frozen=True)
class Stretch:
    x: str
    width: str
    style: str  # a standing, or "ahead": published to stand, not yet lived
    verdict: str
    start: date
    end: date | None


@dataclass(frozen=True)
class Bar:
    accreditation: AccreditationView
    y: int
    stretches: tuple[Stretch, ...]


@dataclass(frozen=True)
class Tick:
    x: str
    year: int
    minor: bool
    anchor: str


@dataclass(frozen=True)
class Timeline:
    height: int
    bars: tuple[Bar, ...]
    ticks: tuple[Tick, ...]
    now: str
    now_right: bool  # "today" is written to the left of its line when that is far right
    first: int
    last: int
    left_out: int


def timeline(accreditations: Sequence[AccreditationView], on: date) -> Timeline | None:
    """``None`` where no accreditation has a dated stretch. ``on`` is drawn as today."""
    drawn = [a for a in accreditations if a.spans]
    if not drawn:
        return None
    shown = drawn[:MOST_ROWS]
    first = min(*(s.start for a in shown for s in a.spans), on).year
    # a source without a first date begins at the start of time: twenty years tell enough
    first = max(first, on.year - 20)
    ends = [min(d, date(on.year + 12, 1, 1)) for a in shown for d in _ends(a)]
    last = max([*ends, on]).year + 1
    begin, width = date(first, 1, 1), (date(last, 1, 1) - date(first, 1, 1)).days

    def at(day: date) -> float:
        return min(max((day - begin).days / width * 100, 0.0), 100.0)

    bars = tuple(
        Bar(a, TOP + 18 + i * ROW, tuple(stretches(a.spans, on, at(on), at)))
        for i, a in enumerate(shown)
    )
    now = at(on)
    return Timeline(
        height=TOP + len(bars) * ROW + 20,
        bars=bars,
        ticks=tuple(_ticks(first, last, at)),
        now=f"{now:.2f}%",
        now_right=now > 85,
        first=first,
        last=last - 1,
        left_out=len(accreditations) - len(shown),
    )


def _ends(accreditation: AccreditationView) -> list[date]:
    days = [s.end for s in accreditation.spans if s.end]
    return [*days, accreditation.expires] if accreditation.expires else days


def stretches(
    spans: Sequence[Span], on: date, now: float, at: Callable[[date], float]
) -> Iterator[Stretch]:
    """``on``: the day up to which they were lived, ``now`` its place; ``at``: a day's place."""
    for span in spans:
        style = span_style(span)
        if span.start > on and style in {"unknown", "ended"}:
            # ahead, only the publishers' word is drawn: not that checks will age, nor the expiry
            if span.verdict is not Verdict.UNKNOWN_STALE:
                continue
            style = "ahead"
        start = at(span.start)
        end = at(span.end) if span.end else 100.0
        if style == "ended":  # an end is a moment: its shape, not a bar to the end of time
            yield Stretch(f"{start:.2f}%", "", style, span.verdict, span.start, span.end)
            continue
        lived = min(end, now)
        if lived > start:
            yield Stretch(
                f"{start:.2f}%", f"{lived - start:.2f}%", style, span.verdict, span.start, span.end
            )
        if end > now and style in {"stands", "partly", "suspended", "ahead"}:
            left = max(start, now)
            ahead = "ahead" if style != "suspended" else style
            yield Stretch(
                f"{left:.2f}%", f"{end - left:.2f}%", ahead, span.verdict, span.start, span.end
            )


def _ticks(first: int, last: int, at: Callable[[date], float]) -> Iterator[Tick]:
    years = last - first
    step = max(1, round(years / 12))
    coarse = step * 4 if years > 5 else step * 2
    for year in range(first, last, step):
        anchor = "start" if year == first else "middle"
        yield Tick(f"{at(date(year, 1, 1)):.2f}%", year, (year - first) % coarse != 0, anchor)


@dataclass(frozen=True)
class Stroke:
    """Where a run's column stands, its foot on the picture's lower edge."""

    x: str
    width: str
    y: float
    height: float


def strokes(values: Sequence[float], peak: float, tall: int, least: float) -> tuple[Stroke, ...]:
    """A column a value, oldest left, of the share of ``peak`` that it is: at least a line
    (``least``), so that a run that read nothing is seen as well. Places for twelve at least: two
    runs are no two walls."""
    step = 100 / max(len(values), 12)
    heights = [max(min(value / peak, 1.0) * tall, least) for value in values]
    return tuple(
        Stroke(f"{i * step:.2f}%", f"{step * 0.72:.2f}%", round(tall - high, 1), round(high, 1))
        for i, high in enumerate(heights)
    )


@dataclass(frozen=True)
class Column:
    bar: Stroke
    state: RunState
    rows: int
    at: datetime


def history(
    entries: Sequence[tuple[datetime, int, RunState]], *, tall: int = 56, most: int = 60
) -> tuple[Column, ...]:
    """A column a run, oldest left; its height the rows read, a refused or failed one a mark."""
    runs = list(entries)[-most:]
    peak = max((rows for _, rows, _ in runs), default=0) or 1
    places = strokes([rows for _, rows, _ in runs], peak, tall, 3)
    return tuple(
        Column(bar, state, rows, at) for bar, (at, rows, state) in zip(places, runs, strict=True)
    )
