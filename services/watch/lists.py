"""Watchlists: bodies that an account wants to hear of, under a name of its own.

A list is its owner's alone: to anybody else it does not exist.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion, Conflict, NotFound
from services.find.changes import body_names
from services.find.cursor import number
from services.find.views import NameView
from services.store.facts import of_ids
from services.watch.merged import redirects, same_bodies

MOST_LISTS = 50  # an account
MOST_BODIES = 10_000  # a list
LONGEST_NAME = 80


class WatchedBody(msgspec.Struct, frozen=True, kw_only=True):
    """A body on a list. ``body``: what it is now; ``merged``: the id it was put in under, where
    that was merged into another since."""

    body: str
    names: tuple[NameView, ...]
    added_at: datetime
    merged: str | None = None


class WatchlistView(msgspec.Struct, frozen=True, kw_only=True):
    """``bodies``: how many it holds; ``subscriptions``: how many webhooks use it."""

    id: str
    name: str
    created_at: datetime
    bodies: int
    subscriptions: int


class WatchlistWhole(msgspec.Struct, frozen=True, kw_only=True):
    list: WatchlistView
    bodies: tuple[WatchedBody, ...]


def id_of(shown: str) -> int:
    """The number in "w5". Raises BadQuestion."""
    return number(shown, "w", "a watchlist")


def make(conn: Connection, account_id: int, name: str, bodies: Sequence[str], now: datetime) -> str:
    """A new list; returns its id. Raises BadQuestion and Conflict."""
    name = _plain(name)
    _lock(conn, account_id)
    held = sa.select(sa.func.count()).where(m.Watchlist.account_id == account_id)
    if conn.execute(held).scalar_one() >= MOST_LISTS:
        raise Conflict(
            f"The account has {MOST_LISTS} watchlists, as many as it may have.",
            "Delete one that is no longer needed.",
        )
    row = {"account_id": account_id, "name": name, "created_at": now}
    made = conn.execute(sa.insert(m.Watchlist).values(row).returning(m.Watchlist.id)).scalar_one()
    _put(conn, made, bodies, now)
    return f"w{made}"


def rename(conn: Connection, account_id: int, shown: str, name: str) -> None:
    """Give a list another name. Raises BadQuestion and NotFound."""
    list_id = owned(conn, account_id, shown)
    conn.execute(sa.update(m.Watchlist).where(m.Watchlist.id == list_id).values(name=_plain(name)))


def _plain(name: str) -> str:
    name = name.strip()
    if not 1 <= len(name) <= LONGEST_NAME or not name.isprintable():
        raise BadQuestion(
            f"name: it has {len(name)} characters, or some that cannot be printed.",
            f"Write 1 to {LONGEST_NAME} characters on one line.",
        )
    return name


def _lock(conn: Connection, account_id: int) -> None:
    """One request of an account at a time counts what it has: two at once would both find room."""
    account = m.Account
    conn.execute(sa.select(account.id).where(account.id == account_id).with_for_update())


def owned(conn: Connection, account_id: int, shown: str) -> int:
    """The list's number, if it is this account's. Raises NotFound."""
    query = sa.select(m.Watchlist.id).where(
        m.Watchlist.id == id_of(shown), m.Watchlist.account_id == account_id
    )
    found = conn.execute(query).scalar_one_or_none()
    if found is None:
        raise NotFound(f'There is no watchlist "{shown}".', "Your own are at /api/v1/watchlists.")
    return int(found)


def _lines(account_id: int) -> sa.Select[Any]:
    one = m.Watchlist
    bodies = sa.select(sa.func.count()).where(m.WatchlistBody.watchlist_id == one.id)
    uses = sa.select(sa.func.count()).where(m.Subscription.watchlist_id == one.id)
    return (
        sa.select(
            one.id,
            one.name,
            one.created_at,
            bodies.scalar_subquery().label("bodies"),
            uses.scalar_subquery().label("uses"),
        )
        .where(one.account_id == account_id)
        .order_by(one.id)
    )


def _view(row: Any) -> WatchlistView:
    return WatchlistView(
        id=f"w{row.id}",
        name=row.name,
        created_at=row.created_at.astimezone(UTC),
        bodies=row.bodies,
        subscriptions=row.uses,
    )


def lists(conn: Connection, account_id: int) -> tuple[WatchlistView, ...]:
    """The account's lists, the oldest first."""
    return tuple(_view(row) for row in conn.execute(_lines(account_id)))


def holding(conn: Connection, account_id: int, body_id: int) -> tuple[WatchlistView, ...]:
    """The account's lists with a body on them, under any id that it has or had."""
    one = m.WatchlistBody
    with_it = (
        sa.select(one.watchlist_id)
        .join(m.Watchlist, m.Watchlist.id == one.watchlist_id)
        .where(
            m.Watchlist.account_id == account_id,
            of_ids(one.body_id, same_bodies(conn, [body_id])),
        )
    )
    rows = conn.execute(_lines(account_id).where(m.Watchlist.id.in_(with_it)))
    return tuple(_view(row) for row in rows)


def read(conn: Connection, account_id: int, shown: str) -> WatchlistWhole:
    """One list with its bodies under the names they have now, as they were put in.

    Raises NotFound.
    """
    list_id = owned(conn, account_id, shown)
    line = _view(conn.execute(_lines(account_id).where(m.Watchlist.id == list_id)).one())
    one = m.WatchlistBody
    rows = conn.execute(
        sa.select(one.body_id, one.added_at)
        .where(one.watchlist_id == list_id)
        .order_by(one.added_at, one.body_id)
    ).all()
    moved = redirects(conn)
    names = body_names(conn, [moved.get(row.body_id, row.body_id) for row in rows])
    bodies = []
    for body_id, added_at in rows:
        now = moved.get(body_id, body_id)
        bodies.append(
            WatchedBody(
                body=f"b{now}",
                names=names.get(now, ()),
                added_at=added_at.astimezone(UTC),
                merged=None if now == body_id else f"b{body_id}",
            )
        )
    return WatchlistWhole(list=line, bodies=tuple(bodies))


def put(
    conn: Connection, account_id: int, shown: str, bodies: Sequence[str], now: datetime
) -> None:
    """Put bodies in, all or none; one that is there stays as it is. Raises NotFound and
    BadQuestion."""
    _put(conn, owned(conn, account_id, shown), bodies, now)


def _put(conn: Connection, list_id: int, bodies: Sequence[str], now: datetime) -> None:
    asked = {number(one, "b", "a body"): one for one in bodies}
    if not asked:
        return
    there = set(conn.execute(sa.select(m.Body.id).where(of_ids(m.Body.id, asked))).scalars())
    for one, id_ in asked.items():
        if one not in there:
            raise BadQuestion(
                f'bodies: there is no "{id_}" in the directory.', "Find bodies at /api/v1/bodies."
            )
    moved = redirects(conn)
    rows = sorted({moved.get(one, one) for one in asked})
    conn.execute(
        insert(m.WatchlistBody).on_conflict_do_nothing(),
        [{"watchlist_id": list_id, "body_id": one, "added_at": now} for one in rows],
    )
    held = sa.select(sa.func.count()).where(m.WatchlistBody.watchlist_id == list_id)
    if (count := conn.execute(held).scalar_one()) > MOST_BODIES:
        raise Conflict(
            f"The list would hold {count} bodies; it takes {MOST_BODIES}.",
            "Put the rest into another list, or filter by country and issuer.",
        )


def take(conn: Connection, account_id: int, shown: str, body: str) -> None:
    """Take a body out, under any id that it has or had. Raises NotFound where it is not in it."""
    list_id = owned(conn, account_id, shown)
    moved = redirects(conn)
    asked = number(body, "b", "a body")
    now = moved.get(asked, asked)
    same = [now, *(old for old, new in moved.items() if new == now)]
    one = m.WatchlistBody
    gone = conn.execute(
        sa.delete(one).where(one.watchlist_id == list_id, of_ids(one.body_id, same))
    )
    if not gone.rowcount:
        raise NotFound(f'"{body}" is not on the watchlist {shown}.')


def drop(conn: Connection, account_id: int, shown: str) -> None:
    """Delete a list. Raises NotFound, and Conflict while a subscription uses it: it would go on
    in silence, or end unasked."""
    list_id = owned(conn, account_id, shown)
    one = m.Subscription
    query = sa.select(one.id).where(one.watchlist_id == list_id).order_by(one.id)
    uses = list(conn.execute(query).scalars())
    if uses:
        said = ", ".join(f"s{id_}" for id_ in uses[:5])
        raise Conflict(f"Subscriptions use the watchlist {shown}: {said}.", "Delete those first.")
    conn.execute(sa.delete(m.Watchlist).where(m.Watchlist.id == list_id))
