"""Geometry of the picture of two times: a row for each state of knowledge, the newest on top.

Days run across; what is drawn in a row is what the directory would have said at the end of it.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from directory.pages.pictures import Stretch, stretches
from services.find.knowledge import Knowledge, Layer
from services.find.views import Span

ROW = 50  # height of a row: its words above its bar
TOP = 30
BAR = 14
_NEAR = timedelta(days=420)  # what turned further off is told by the table
_LEAST = 150  # days across, so that a single day keeps its neighbours
_TICKS = 7


@dataclass(frozen=True)
class Row:
    """``since``, ``until``: of the layer, with the minute where both fall on one day, ``until`` ""
    where it still stands. ``day``: the answer for the day asked about, as known at the end of the
    row; ``that_day``: the row was the state of knowledge at the end of that very day."""

    layer: Layer
    since: str
    until: str
    y: int
    stretches: tuple[Stretch, ...]
    day: Span | None
    that_day: bool


@dataclass(frozen=True)
class Mark:
    x: str
    label: str
    anchor: str


@dataclass(frozen=True)
class Picture:
    """``asked``: place of the day asked about; ``known``: of the day of knowledge."""

    height: int
    rows: tuple[Row, ...]
    ticks: tuple[Mark, ...]
    asked: Mark
    known: Mark
    first: date
    last: date
    earlier: int


def picture(held: Knowledge, asked: date, known_at: datetime) -> Picture | None:
    """``None`` where no source's word is held that has a day."""
    if not any(layer.spans for layer in held.layers):
        return None
    first, last = _window(held.layers, asked, known_at.date())
    width = (last - first).days

    def at(day: date) -> float:
        return min(max((day - first).days / width * 100, 0.0), 100.0)

    rows = tuple(
        _row(layer, n, asked, known_at, at) for n, layer in enumerate(reversed(held.layers))
    )
    return Picture(
        height=TOP + len(rows) * ROW + 22,
        rows=rows,
        ticks=tuple(_ticks(first, last, at)),
        asked=_mark(at(asked), asked),
        known=_mark(at(known_at.date()), known_at.date()),
        first=first,
        last=last,
        earlier=held.earlier,
    )


def _row(layer: Layer, n: int, asked: date, known_at: datetime, at: Callable[[date], float]) -> Row:
    known_on = min(layer.end or known_at, known_at).date()
    drawn = tuple(stretches(layer.spans, known_on, at(known_on), at))
    end_of_day = datetime(asked.year, asked.month, asked.day, tzinfo=UTC) + timedelta(days=1)
    that_day = layer.start < end_of_day and (layer.end is None or end_of_day <= layer.end)
    end = layer.end
    written = "%Y-%m-%d %H:%M" if end and end.date() == layer.start.date() else "%Y-%m-%d"
    return Row(
        layer=layer,
        since=layer.start.strftime(written),
        until=end.strftime(written) if end else "",
        y=TOP + 22 + n * ROW,
        stretches=tuple(one for one in drawn if one.style == "ended" or one.width != "0.00%"),
        day=_on(layer.spans, asked),
        that_day=that_day and end_of_day <= known_at,
    )


def _on(spans: Sequence[Span], day: date) -> Span | None:
    held = (span for span in spans if span.start <= day and (span.end is None or day < span.end))
    return next(held, None)


def _window(layers: Sequence[Layer], asked: date, known_on: date) -> tuple[date, date]:
    """The days drawn: around the day asked about and what turns near it, and no more."""
    days = {asked}
    if abs(known_on - asked) <= _NEAR:
        days.add(known_on)
    for layer in layers:
        turns = (day for span in layer.spans for day in (span.start, span.end) if day)
        days |= {day for day in turns if abs(day - asked) <= _NEAR}
    first, last = min(days), max(days)
    short = max(_LEAST - (last - first).days, 0)
    margin = timedelta(days=max((last - first).days // 12, short // 2, 1))
    return first - margin, last + margin


def _ticks(first: date, last: date, at: Callable[[date], float]) -> Iterator[Mark]:
    """Firsts of months, few enough to be read."""
    months = (last.year - first.year) * 12 + last.month - first.month
    step = next((n for n in (1, 2, 3, 6, 12) if months / n <= _TICKS), 12)
    for n in range(first.year * 12 + first.month, last.year * 12 + last.month):
        if n % step == 0:
            day = date(n // 12, n % 12 + 1, 1)
            yield _mark(at(day), day)


def _mark(place: float, day: date) -> Mark:
    anchor = "start" if place < 8 else "end" if place > 92 else "middle"
    return Mark(f"{place:.2f}%", day.isoformat(), anchor)
