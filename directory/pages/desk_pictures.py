"""Geometry of the desk's small charts: one expectation of a list, run by run."""

from dataclasses import dataclass

from directory.pages.pictures import Stroke, strokes
from services.desk.expectations import Measure, Point

TALL = 44  # height of the columns


@dataclass(frozen=True)
class Column:
    bar: Stroke
    point: Point


@dataclass(frozen=True)
class Chart:
    """``line``: where the bound of the next run lies, None where there is none."""

    columns: tuple[Column, ...]
    line: float | None


def chart(measure: Measure) -> Chart:
    """A column a run; shares reach from 0 to 1, a bound above them included."""
    bound = measure.least if measure.least is not None else measure.most
    values = [point.value for point in measure.points]
    peak = max([*values, bound or 0.0]) or 1.0
    if measure.share and measure.least is not None:
        peak = 1.0
    places = strokes(values, peak, TALL, 2)
    return Chart(
        tuple(Column(bar, point) for bar, point in zip(places, measure.points, strict=True)),
        round(TALL - bound / peak * TALL, 1) if bound is not None else None,
    )
