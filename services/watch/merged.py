"""Bodies that were merged: whoever watches one goes on watching the one it became."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection

# merges are few and their chains short; a partial index holds them
_REDIRECTS = """
    with recursive way (id, at) as (
        select id, merged_into from body where merged_into is not null
        union
        select way.id, b.merged_into from way join body b on b.id = way.at
        where b.merged_into is not null
    )
    select way.id, way.at from way join body b on b.id = way.at where b.merged_into is null
"""


def redirects(conn: Connection) -> dict[int, int]:
    """Every merged body with the one that it is now: one query."""
    return {row.id: row.at for row in conn.execute(sa.text(_REDIRECTS))}


def same_bodies(conn: Connection, ids: Iterable[int]) -> list[int]:
    """All ids under which the log may name these bodies: their own, what they became, and what
    else became that."""
    moved = redirects(conn)
    now = {moved.get(one, one) for one in ids}
    return sorted(now | {old for old, new in moved.items() if new in now})
