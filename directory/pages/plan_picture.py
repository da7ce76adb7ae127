"""Geometry of the dates to watch: a row for each market, years across, a mark for each date.

Places across are percentages, so that words keep their size on any screen.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from services.find.planner import Paper
from services.routes.plan import Day, Lane

ROW = 40
TOP = 24
_TICKS = 8
_FARTHEST = timedelta(days=3660)  # what is further off than ten years is told by the lists


@dataclass(frozen=True)
class Mark:
    """``style``: rule, expected (proposed, mentioned or uncertain), paper, old."""

    x: str
    style: str
    day: Day


@dataclass(frozen=True)
class Row:
    market: str  # "" of the papers
    y: int
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Tick:
    x: str
    year: int
    anchor: str
    minor: bool


@dataclass(frozen=True)
class Picture:
    height: int
    rows: tuple[Row, ...]
    ticks: tuple[Tick, ...]
    on: str
    on_right: bool
    first: date
    last: date


def picture(lanes: Sequence[Lane], papers: Sequence[Paper], on: date) -> Picture | None:
    """None where no market has a date. Markets without one have no row; papers have one together,
    the first, whose market is ""."""
    markets = [(lane.market, days) for lane in lanes if (days := _days(lane, on))]
    own = list(_of_papers(papers, on))
    dated = [("", own), *markets] if own else markets
    if not markets:
        return None
    every = [day.on for _, days in dated for day in days if day.on] + [on]
    first = date(min(every).year, 1, 1)
    last = date(max(every).year + 1, 1, 1)
    width = (last - first).days

    def at(day: date) -> float:
        return (day - first).days / width * 100

    rows = tuple(
        Row(market, TOP + 22 + n * ROW, tuple(_mark(day, at) for day in days))
        for n, (market, days) in enumerate(dated)
    )
    step = max((last.year - first.year) // _TICKS, 1)
    ticks = tuple(
        Tick(
            f"{at(date(year, 1, 1)):.2f}%",
            year,
            "start" if year == first.year else "middle",
            (year - first.year) // step % 2 == 1,
        )
        for year in range(first.year, last.year, step)
    )
    now = at(on)
    return Picture(TOP + len(rows) * ROW + 8, rows, ticks, f"{now:.2f}%", now > 80, first, last)


def _days(lane: Lane, on: date) -> list[Day]:
    found: list[Day] = []
    for route in lane.routes:
        for day in route.days:
            near = day.on is not None and abs(day.on - on) <= _FARTHEST
            if near and day.what not in ("issued", "tested") and day not in found:
                found.append(day)
    return found


def _of_papers(papers: Sequence[Paper], on: date) -> Iterator[Day]:
    for paper in papers:
        for what, day in (("issued", paper.issued), ("tested", paper.tested)):
            if day is not None and abs(day - on) <= _FARTHEST:
                yield Day(what=what, on=day, when="past", certain=True, evidence=paper.ref)


def _mark(day: Day, at: Callable[[date], float]) -> Mark:
    assert day.on is not None, "only what has a day is drawn"
    style = "rule" if day.certain else "expected"
    if day.evidence:
        style = "old" if day.what == "too_old_from" else "paper"
    return Mark(f"{at(day.on):.2f}%", style, day)
