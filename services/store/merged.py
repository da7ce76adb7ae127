"""Which body an id leads to, as known at some time: merges are dated, and undone."""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

# merges are few and their chains short; `union` ends also what would go round in a circle
_ALL = """
    with recursive led (body_id, into_id) as materialized (
        select body_id, into_id from body_merge where known @> cast(:at as timestamptz)
    ), way (id, at) as (
        select body_id, into_id from led
        union
        select way.id, led.into_id from way join led on led.body_id = way.at
    )
    select way.id, way.at from way where not exists (select from led where led.body_id = way.at)
"""
_OF = """
    with recursive way (id, at) as (
        select body_id, into_id from body_merge
        where body_id = any(cast(:ids as bigint[])) and known @> cast(:at as timestamptz)
        union
        select way.id, g.into_id from way join body_merge g on g.body_id = way.at
        where g.known @> cast(:at as timestamptz)
    )
    select way.id, way.at from way where not exists (
        select from body_merge g where g.body_id = way.at and g.known @> cast(:at as timestamptz))
"""


def merged_at(conn: Connection, ids: Iterable[int], known_at: datetime) -> dict[int, int]:
    """Each of these ids that led on then → the body at the end of its way: one query."""
    rows = conn.execute(sa.text(_OF), {"ids": sorted(set(ids)), "at": known_at})
    return {row.id: row.at for row in rows}


def all_merged(conn: Connection, known_at: datetime | None = None) -> dict[int, int]:
    """Every id that led on then (None: that leads on now) with the body at its end: one query."""
    rows = conn.execute(sa.text(_ALL), {"at": known_at or "infinity"})
    return {row.id: row.at for row in rows}
