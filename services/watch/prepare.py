"""From the log to messages: what is new is matched against all subscriptions at once.

The log itself is the queue. A subscription remembers how far it was looked at for it, and has a
few messages waiting at most; one whose receiver is away for a week costs a place in the log.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find.changes import at_places, end_of_log
from services.find.views import ChangeView
from services.store.facts import of_ids
from services.terms import DeliveryState, SubscriptionState
from services.watch import message
from services.watch.feed import Place
from services.watch.filter import Facets, Filter, body_ids, elsewhere, event, market, takes
from services.watch.merged import redirects
from services.watch.subscriptions import filter_of

MOST_WAITING = 20  # messages a subscription
_AT_ONCE = 200  # subscriptions
_ROWS = 5000  # of the log


class Prepared(NamedTuple):
    """``more``: not all of the log was looked at for everybody yet; ask again."""

    messages: int
    more: bool


@dataclass(slots=True)
class Subscriber:
    """``room``: messages that it may have in addition. ``bodies``: those it is about, as they are
    now; None for all."""

    id: int
    wanted: Filter
    place: Place
    room: int
    bodies: set[int] | None = None


@dataclass(slots=True)
class _Rows:
    """Rows of the log, each by what it is and by its body as it is now."""

    places: list[Place] = field(default_factory=list)
    bodies: list[int | None] = field(default_factory=list)
    alike: dict[Facets, list[int]] = field(default_factory=lambda: defaultdict(list))
    of_body: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))


def prepare(conn: Connection, now: datetime) -> Prepared:
    """Turn new rows of the log into messages for every active subscription that wants them.

    A fixed number of queries for each place at which subscriptions stand; most stand at the same
    one. The caller's transaction commits; two that run at once serve different subscriptions.
    """
    end = end_of_log(conn)
    waiting = _behind(conn, end)
    if not waiting:
        return Prepared(0, more=False)
    moved = redirects(conn)
    name_bodies(conn, waiting, moved)
    standing: dict[Place, list[Subscriber]] = defaultdict(list)
    for one in waiting:
        standing[one.place].append(one)
    messages, more = 0, len(waiting) == _AT_ONCE
    for place, group in standing.items():
        rows = read_rows(conn, place, group, moved)
        full = len(rows.places) == _ROWS
        reached = rows.places[-1] if full else max(end, rows.places[-1] if rows.places else end)
        messages += _write(conn, group, rows, reached, now)
        more = more or full
    return Prepared(messages, more)


def _behind(conn: Connection, end: Place) -> list[Subscriber]:
    """Active subscriptions for which there are rows to look at, and which have room; locked.

    Those that are nearest to the end come first: what has just been published is told before
    somebody's replay of years.
    """
    one, sent = m.Subscription, m.Delivery
    waits = (
        sa.select(sa.func.count())
        .where(sent.subscription_id == one.id, sent.state == DeliveryState.WAITING)
        .scalar_subquery()
    )
    place = sa.tuple_(one.position, one.row)
    at_end = sa.tuple_(*(sa.literal(value, sa.BigInteger) for value in end))
    rows = conn.execute(
        sa.select(
            *(one.id, one.filters, one.watchlist_id, one.position, one.row),
            waits.label("waits"),
        )
        .where(one.state == SubscriptionState.ACTIVE, place < at_end, waits < MOST_WAITING)
        .order_by(one.position.desc(), one.row.desc(), one.id)
        .limit(_AT_ONCE)
        .with_for_update(skip_locked=True)
    )
    return [
        Subscriber(
            row.id,
            filter_of(row.filters, row.watchlist_id),
            (row.position, row.row),
            MOST_WAITING - row.waits,
        )
        for row in rows
    ]


def name_bodies(conn: Connection, subscribers: Iterable[Subscriber], moved: dict[int, int]) -> None:
    """Fill in which bodies each one is about: its own, its watchlist's, or those in both."""
    lists = {one.wanted.watchlist for one in subscribers if one.wanted.watchlist is not None}
    watched: dict[int, set[int]] = defaultdict(set)
    if lists:
        on_list = m.WatchlistBody
        query = sa.select(on_list.watchlist_id, on_list.body_id)
        for list_id, body in conn.execute(query.where(of_ids(on_list.watchlist_id, lists))):
            watched[list_id].add(moved.get(body, body))
    for one in subscribers:
        named = body_ids(one.wanted)
        if named is not None:
            one.bodies = {moved.get(body, body) for body in named}
        if one.wanted.watchlist is not None:
            listed = watched[one.wanted.watchlist]
            one.bodies = listed if one.bodies is None else one.bodies & listed


def read_rows(
    conn: Connection, place: Place, group: Sequence[Subscriber], moved: dict[int, int]
) -> _Rows:
    """The next rows of the log after a place: two queries."""
    change, leaf, listed = m.Change, m.LogLeaf, m.SourceList
    after = sa.tuple_(*(sa.literal(value, sa.BigInteger) for value in place))
    found = conn.execute(
        sa.select(
            *(leaf.position, change.row, change.kind, change.what, change.repeats),
            *(change.body_id, listed.source_key, m.Accreditation.issuer),
            event().label("event"),
            elsewhere().label("elsewhere"),
            market().label("market"),
        )
        .join(leaf, leaf.run_id == change.run_id)
        .join(m.Run, m.Run.id == change.run_id)
        .join(listed, listed.id == m.Run.list_id)
        .join(m.SourceRow, m.SourceRow.key == listed.source_key)
        .outerjoin(m.Accreditation, m.Accreditation.id == change.accreditation_id)
        .where(leaf.position >= place[0], sa.tuple_(leaf.position, change.row) > after)
        .order_by(leaf.position, change.row)
        .limit(_ROWS)
    ).all()
    asked = any(one.wanted.countries for one in group)
    countries = _countries(conn, found, moved) if asked else {}
    rows = _Rows()
    for number, row in enumerate(found):
        body = moved.get(row.body_id, row.body_id)
        facets = Facets(
            kind=row.kind.value,
            what=row.what,
            event=row.event or "",
            issuer=row.issuer or "",
            source=row.source_key,
            elsewhere=bool(row.elsewhere),
            repeats=row.repeats,
            countries=countries.get(body, frozenset()),
            market=row.market,
        )
        rows.places.append((row.position, row.row))
        rows.bodies.append(body)
        rows.alike[facets].append(number)
        if body is not None:
            rows.of_body[body].add(number)
    return rows


def _countries(
    conn: Connection, found: Sequence[Any], moved: dict[int, int]
) -> dict[int, frozenset[str]]:
    """Countries of bodies as their current documents say."""
    document = m.Document
    bodies = {moved.get(row.body_id, row.body_id) for row in found if row.body_id}
    rows = conn.execute(
        sa.select(document.body_id, document.countries).where(
            of_ids(document.body_id, bodies), document.to_position.is_(None)
        )
    )
    return {row.body_id: frozenset(row.countries) for row in rows}


def matching(one: Subscriber, rows: _Rows) -> list[int]:
    """Numbers of the rows that a subscriber wants, in the order of the log.

    Rows that are alike are judged once: many subscribers, few kinds of change.
    """
    alike = (numbers for facets, numbers in rows.alike.items() if takes(one.wanted, facets))
    found = {number for numbers in alike for number in numbers}
    if one.bodies is not None:
        named = one.bodies & rows.of_body.keys()
        found &= {number for body in named for number in rows.of_body[body]}
    return sorted(found)


def _write(
    conn: Connection, group: Sequence[Subscriber], rows: _Rows, reached: Place, now: datetime
) -> int:
    """Insert the messages and move everybody's place; returns how many messages."""
    places, put = [], []
    parts: list[tuple[int, list[Place]]] = []
    for one in group:
        wanted = matching(one, rows)
        taken = wanted[: one.room * message.MOST_CHANGES]
        last = rows.places[taken[-1]] if len(taken) < len(wanted) else reached
        places.append({"b_id": one.id, "position": last[0], "row": last[1]})
        for first in range(0, len(taken), message.MOST_CHANGES):
            numbers = taken[first : first + message.MOST_CHANGES]
            parts.append((one.id, [rows.places[number] for number in numbers]))
    body = _bodies(conn, [part for _, part in parts], now)
    for subscription_id, part in parts:
        put.append(
            {
                "subscription_id": subscription_id,
                "message_id": message.new_id(),
                "body": body(part),
                "first": f"{part[0][0]}.{part[0][1]}",
                "last": f"{part[-1][0]}.{part[-1][1]}",
                "changes": len(part),
                "state": DeliveryState.WAITING,
                "created_at": now,
                "next_try_at": now,
            }
        )
    if put:
        conn.execute(sa.insert(m.Delivery), put)
    conn.execute(
        sa.update(m.Subscription)
        .where(m.Subscription.id == sa.bindparam("b_id"))
        .values(position=sa.bindparam("position"), row=sa.bindparam("row")),
        places,
    )
    return len(put)


def _bodies(
    conn: Connection, parts: Sequence[list[Place]], now: datetime
) -> Callable[[list[Place]], str]:
    """Messages' bodies by their places; those who want the same share one."""
    wanted = sorted({place for part in parts for place in part})
    views: dict[Place, ChangeView] = {
        (view.position, view.row): view for view in at_places(conn, wanted)
    }
    written: dict[tuple[Place, ...], str] = {}

    def body(part: list[Place]) -> str:
        if tuple(part) not in written:
            written[tuple(part)] = message.published([views[place] for place in part], now)
        return written[tuple(part)]

    return body
