"""Geometry of the desk's small charts: one expectation of a list, run by run.

As in :mod:`directory.pages.pictures`, positions across are percentages of the picture's width.
"""

from dataclasses import dataclass

from services.desk.expectations import Measure, Point

TALL = 44  # height of the columns
FEWEST = 12  # places across, so that two runs are no two walls


@dataclass(frozen=True)
class Column:
    x: str
    width: str
    y: float
    height: float
    point: Point


@dataclass(frozen=True)
class Chart:
    """``line``: where the bound of the next run lies, None where there is none."""

    columns: tuple[Column, ...]
    line: float | None


def chart(measure: Measure) -> Chart:
    """A column a run, oldest left; shares reach from 0 to 1, a bound above them included."""
    bound = measure.least if measure.least is not None else measure.most
    values = [point.value for point in measure.points]
    peak = max([*values, bound or 0.0]) or 1.0
    if measure.share and measure.least is not None:
        peak = 1.0
    step = 100 / max(len(values), FEWEST)
    columns = tuple(
        Column(
            x=f"{at * step:.2f}%",
            width=f"{step * 0.72:.2f}%",
            y=round(TALL - _height(point.value, peak), 1),
            height=round(_height(point.value, peak), 1),
            point=point,
        )
        for at, point in enumerate(measure.points)
    )
    return Chart(columns, round(TALL - bound / peak * TALL, 1) if bound is not None else None)


def _height(value: float, peak: float) -> float:
    """At least a stroke: a run that read nothing is seen as well."""
    return max(min(value / peak, 1.0) * TALL, 2.0)
