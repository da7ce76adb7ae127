"""Bodies that were merged: whoever watches one goes on watching the one it became."""

from collections.abc import Iterable

from sqlalchemy.engine import Connection

from services.store.merged import all_merged


def redirects(conn: Connection) -> dict[int, int]:
    """Every merged body with the one that it is now: one query."""
    return all_merged(conn)


def same_bodies(conn: Connection, ids: Iterable[int]) -> list[int]:
    """All ids under which the log may name these bodies: their own, what they became, and what
    else became that."""
    moved = redirects(conn)
    now = {moved.get(one, one) for one in ids}
    return sorted(now | {old for old, new in moved.items() if new in now})
