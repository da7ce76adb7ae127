"""Lists whose newest reading has another shape than the last good one before it.

A column gone or new, a part that most records had and few have, rows that can no longer be read, or
a whole page that cannot: what alerts hang on. The numbers alone (fewer rows) are no shape.
"""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.shape import difference
from services.find.views import ShapeDiff, View
from services.terms import RunState

_HALF = 0.5  # of the records that had a part


class ShapeChanged(View, frozen=True, kw_only=True):
    """``what``: in words. ``state`` of the run: refused (the old data stand) or published."""

    source: str
    list: str
    run: int
    at: datetime
    state: RunState
    what: tuple[str, ...]


_NEWEST = sa.text("""
    select k.source_key, k.name, n.id, n.finished_at, n.state, n.reasons, n.shape,
        g.id as good_id, g.shape as good_shape
    from source_list k
    cross join lateral (select id, finished_at, state, reasons, shape from run
        where list_id = k.id and record_key = ''
            and state in ('published', 'unchanged', 'refused')
        order by id desc limit 1) n
    cross join lateral (select id, shape from run where list_id = k.id and record_key = ''
            and state in ('published', 'unchanged') and shape ? 'rows' and id < n.id
        order by id desc limit 1) g
    where k.name <> 'lookup' and (cast(:list as bigint) is null or k.id = :list)
        and n.state <> 'unchanged'
    order by k.source_key, k.name
""")


def changed_shapes(conn: Connection, list_id: int | None = None) -> tuple[ShapeChanged, ...]:
    """Of every list, or of one: one query."""
    rows = conn.execute(_NEWEST, {"list": list_id})
    return tuple(
        ShapeChanged(
            source=row.source_key,
            list=row.name,
            run=row.id,
            at=row.finished_at,
            state=RunState(row.state),
            what=what,
        )
        for row in rows
        if (what := _what(row))
    )


def _what(row: Any) -> tuple[str, ...]:
    if "rows" not in row.shape:
        refused = row.state == RunState.REFUSED.value
        return (f"It cannot be read: {' '.join(row.reasons[:1])}",) if refused else ()
    return words(difference(row.good_id, row.good_shape, row.shape))


def words(diff: ShapeDiff) -> tuple[str, ...]:
    """What changed shape, in words; () where nothing did."""
    said = []
    if diff.columns_gone:
        said.append(f"Columns gone: {', '.join(diff.columns_gone)}.")
    if diff.columns_new:
        said.append(f"New columns: {', '.join(diff.columns_new)}.")
    said.extend(
        f"{one.part}: {one.after or 0:.0%} of the records have it, {one.before:.0%} before."
        for one in diff.fill
        if one.before and (one.after or 0.0) < one.before * _HALF
    )
    if diff.unread_after > diff.unread_before:
        said.append(f"Rows that cannot be read: {diff.unread_after}, {diff.unread_before} before.")
    return tuple(said)
