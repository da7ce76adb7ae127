"""What a source's lists promise, held against what their last runs read: for the small charts.

A run without a reading of its own (the bytes were those of the run before, or never had) tells
nothing here and is left out.
"""

import math
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find.meta import LOOKUP
from services.find.views import View
from services.terms import RunState

MOST = 30  # runs in a chart
_GOOD = (RunState.PUBLISHED, RunState.UNCHANGED)


class Point(View, frozen=True, kw_only=True):
    """What one run read. ``least``, ``most``: what was asked of it then, None where nothing was."""

    run: int
    at: datetime | None
    state: RunState
    value: float
    least: float | None
    most: float | None
    holds: bool


class Measure(View, frozen=True, kw_only=True):
    """One expectation. ``part``: "rows", "problems" (share of rows that could not be read), or a
    part of a record, as "accreditations.number" (share of records that have it). ``least`` and
    ``most``: what the next run must reach or may not exceed."""

    part: str
    share: bool
    least: float | None
    most: float | None
    points: tuple[Point, ...]


class ListHistory(View, frozen=True, kw_only=True):
    """``columns``: those that must be found; ``missing``: those that the last reading lacked."""

    list: str
    columns: tuple[str, ...]
    missing: tuple[str, ...]
    measures: tuple[Measure, ...]


def history(conn: Connection, key: str) -> tuple[ListHistory, ...]:
    """Of each list of a source, oldest run first: two queries. Empty where there is none."""
    said = conn.execute(
        sa.select(m.SourceRow.meta["expect"]).where(m.SourceRow.key == key)
    ).scalar_one_or_none()
    runs: dict[str, list[Any]] = {}
    for row in conn.execute(_newest(key)):
        runs.setdefault(row.name, []).append(row)
    return tuple(_list(name, (said or {}).get(name, {}), rows) for name, rows in runs.items())


def _newest(key: str) -> sa.Select[Any]:
    one = (
        sa.select(m.Run.id, m.Run.finished_at, m.Run.state, m.Run.shape)
        # "between" leaves the order to the index over list and id: see services.desk.listing
        .where(m.Run.list_id.between(m.SourceList.id, m.SourceList.id))
        .where(m.Run.shape.has_key("rows"))
        .order_by(m.Run.list_id.desc(), m.Run.id.desc())
        .limit(MOST)
        .correlate(m.SourceList)
        .lateral("newest")
    )
    return (
        sa.select(m.SourceList.name, one)
        .join(one, sa.true())
        .where(m.SourceList.source_key == key, m.SourceList.name != LOOKUP)
        .order_by(m.SourceList.id, one.c.id)
    )


def _list(name: str, expect: dict[str, Any], rows: Sequence[Any]) -> ListHistory:
    columns = tuple(expect.get("columns", ()))
    found = rows[-1].shape.get("columns", ())
    fill = [_fill(part, float(least), rows) for part, least in expect.get("fill", {}).items()]
    return ListHistory(
        list=name,
        columns=columns,
        missing=tuple(one for one in columns if one not in found),
        measures=(_rows(expect, rows), _problems(expect, rows), *fill),
    )


def _rows(expect: dict[str, Any], rows: Iterable[Any]) -> Measure:
    """At least so many, and not more than ``max_drop`` fewer than the last good run read."""
    fewest, drop = int(expect.get("min_rows", 0)), float(expect.get("max_drop", 1.0))
    least, points = fewest, []
    for row in rows:
        read = int(row.shape["rows"])
        points.append(_point(row, read, least=least))
        if row.state in _GOOD:
            least = max(fewest, math.ceil(read * (1 - drop)))
    return Measure(part="rows", share=False, least=least, most=None, points=tuple(points))


def _problems(expect: dict[str, Any], rows: Iterable[Any]) -> Measure:
    most = expect.get("max_problems")
    points = []
    for row in rows:
        unread = int(row.shape.get("problem_count", 0))
        seen = int(row.shape["rows"]) + unread
        points.append(_point(row, unread / seen if seen else 0.0, most=most))
    return Measure(part="problems", share=True, least=None, most=most, points=tuple(points))


def _fill(part: str, least: float, rows: Iterable[Any]) -> Measure:
    points = [
        _point(row, float(row.shape.get("fill", {}).get(part, 0.0)), least=least) for row in rows
    ]
    return Measure(part=part, share=True, least=least, most=None, points=tuple(points))


def _point(
    row: Any, value: float, *, least: float | None = None, most: float | None = None
) -> Point:
    return Point(
        run=row.id,
        at=row.finished_at,
        state=RunState(row.state),
        value=round(value, 4),
        least=least,
        most=most,
        holds=(least is None or value >= least) and (most is None or value <= most),
    )
