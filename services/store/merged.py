"""Where ids of bodies and accreditations lead, as known at some time: merges are undone, too."""

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


# what is of one number of one holder (services.sync.link) and whose record a merge led over: the
# merge that its record's link names, where that one held then
_JOINED = """
    with recursive way (id, at) as (
        select id, id from unnest(cast(:ids as bigint[])) as asked (id)
        union
        select way.id, n.accreditation_id from way
        join accreditation_link o on o.accreditation_id = way.at
        join accreditation_link n on n.record_id = o.record_id and n.key = o.key
            and lower(n.known) = upper(o.known) and lower(n.known) <= cast(:at as timestamptz)
        join body_link b on b.record_id = n.record_id and lower(b.known) = lower(n.known)
        join body_merge g on g.id = b.merge_id and g.known @> cast(:at as timestamptz)
            and lower(g.known) = lower(n.known)
        join accreditation was on was.id = way.at
        join accreditation becomes on becomes.id = n.accreditation_id
            and becomes.issuer = was.issuer and becomes.number_key = was.number_key
            and becomes.field_key = was.field_key
    )
    select distinct on (way.id) way.id, way.at from way
    join accreditation_link l on l.accreditation_id = way.at
        and l.known @> cast(:at as timestamptz)
    order by way.id, way.at <> way.id, way.at
"""


def joined_at(conn: Connection, ids: Iterable[int], known_at: datetime) -> dict[int, int]:
    """Each of these accreditations of which something was known then → the one that it had become,
    itself where it stood: one query."""
    rows = conn.execute(sa.text(_JOINED), {"ids": sorted(set(ids)), "at": known_at})
    return {row.id: row.at for row in rows}
