"""Subscriptions: webhooks of an account, what was sent to them, and sending it again.

A subscription is its owner's alone: to anybody else it does not exist.
"""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion, Conflict, NotFound
from services.find.changes import end_of_log
from services.find.cursor import check_limit, number
from services.terms import DeliveryState, SubscriptionState
from services.watch import lists, message
from services.watch.address import check_form
from services.watch.feed import shown
from services.watch.filter import Filter, checked

MOST = 50  # subscriptions an account
MOST_SHOWN = 200  # deliveries in one answer
_LAST_ROW = 999_999_999  # behind every row of a position, and still a cursor


class SubscriptionView(msgspec.Struct, frozen=True, kw_only=True):
    """``filters``: which changes; with ``watchlist`` those of its bodies alone. ``place``: how far
    the log was looked at for it. ``waiting``, ``dead``: messages not delivered yet, and given up.
    """

    id: str
    url: str
    state: SubscriptionState
    filters: dict[str, Any]
    watchlist: str | None
    place: str
    created_at: datetime
    waiting: int
    dead: int


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """A new subscription, with the secret that signs its messages: shown here and never again."""

    subscription: SubscriptionView
    secret: str


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A message and how it fared. ``first``-``last``: places in the log. ``answers``: what each
    attempt came to, the newest last."""

    id: str
    message_id: str
    state: DeliveryState
    changes: int
    first: str
    last: str
    attempts: int
    created_at: datetime
    next_try_at: datetime | None
    delivered_at: datetime | None
    answers: tuple[str, ...]


def id_of(shown_id: str) -> int:
    """The number in "s5". Raises BadQuestion."""
    return number(shown_id, "s", "a subscription")


def make(
    conn: Connection,
    account_id: int,
    url: str,
    wanted: Filter,
    watchlist: str,
    private_hosts: Collection[str],
    now: datetime,
) -> Made:
    """A new subscription to what is published from now on.

    The address's form is checked here; who calls has looked its name up (:func:`address.check`),
    outside any transaction. Raises BadQuestion, NotFound (the watchlist), Conflict (too many).
    """
    check_form(url, private_hosts)
    wanted = checked(conn, wanted)
    list_id = lists.owned(conn, account_id, watchlist) if watchlist else None
    conn.execute(sa.select(m.Account.id).where(m.Account.id == account_id).with_for_update())
    one = m.Subscription
    held = sa.select(sa.func.count()).where(one.account_id == account_id)
    if conn.execute(held).scalar_one() >= MOST:
        raise Conflict(
            f"The account has {MOST} subscriptions, as many as it may have.",
            "Delete one that is no longer needed.",
        )
    position, row = end_of_log(conn)
    secret = message.new_secret()
    made = conn.execute(
        sa.insert(one)
        .values(
            account_id=account_id,
            watchlist_id=list_id,
            url=url,
            secret=secret,
            filters=_kept(wanted),
            state=SubscriptionState.ACTIVE,
            position=position,
            row=row,
            created_at=now,
        )
        .returning(one.id)
    ).scalar_one()
    return Made(subscription=read(conn, account_id, f"s{made}"), secret=secret)


def _kept(wanted: Filter) -> dict[str, Any]:
    """What is asked for alone: an empty field asks for nothing."""
    said: dict[str, Any] = msgspec.to_builtins(wanted)
    return {name: value for name, value in said.items() if value not in (None, [], (), True)}


def filter_of(filters: dict[str, Any], watchlist_id: int | None) -> Filter:
    """The filter as the table keeps it."""
    return msgspec.convert({**filters, "watchlist": watchlist_id}, Filter)


def owned(conn: Connection, account_id: int, shown_id: str, *, lock: bool = False) -> int:
    """The subscription's number, if it is this account's. Raises NotFound."""
    query = sa.select(m.Subscription.id).where(
        m.Subscription.id == id_of(shown_id), m.Subscription.account_id == account_id
    )
    found = conn.execute(query.with_for_update() if lock else query).scalar_one_or_none()
    if found is None:
        raise NotFound(
            f'There is no subscription "{shown_id}".', "Your own are at /api/v1/subscriptions."
        )
    return int(found)


def _lines(account_id: int) -> sa.Select[Any]:
    one, sent = m.Subscription, m.Delivery

    def count(state: DeliveryState) -> Any:
        query = sa.select(sa.func.count()).where(sent.subscription_id == one.id)
        return query.where(sent.state == state).scalar_subquery()

    return (
        sa.select(
            *(one.id, one.url, one.state, one.filters, one.watchlist_id, one.position, one.row),
            one.created_at,
            count(DeliveryState.WAITING).label("waiting"),
            count(DeliveryState.DEAD).label("dead"),
        )
        .where(one.account_id == account_id)
        .order_by(one.id)
    )


def _view(row: Any) -> SubscriptionView:
    return SubscriptionView(
        id=f"s{row.id}",
        url=row.url,
        state=row.state,
        filters=row.filters,
        watchlist=f"w{row.watchlist_id}" if row.watchlist_id else None,
        place=shown((row.position, row.row)),
        created_at=row.created_at.astimezone(UTC),
        waiting=row.waiting,
        dead=row.dead,
    )


def subscriptions(conn: Connection, account_id: int) -> tuple[SubscriptionView, ...]:
    """The account's subscriptions, the oldest first. No secret is told again."""
    return tuple(_view(row) for row in conn.execute(_lines(account_id)))


def read(conn: Connection, account_id: int, shown_id: str) -> SubscriptionView:
    """One subscription. Raises NotFound."""
    own = owned(conn, account_id, shown_id)
    return _view(conn.execute(_lines(account_id).where(m.Subscription.id == own)).one())


def drop(conn: Connection, account_id: int, shown_id: str) -> None:
    """Delete a subscription with all that was to be sent to it. Raises NotFound."""
    own = owned(conn, account_id, shown_id)
    conn.execute(sa.delete(m.Subscription).where(m.Subscription.id == own))


def set_state(
    conn: Connection, account_id: int, shown_id: str, state: SubscriptionState
) -> SubscriptionView:
    """Pause or resume. Nothing is lost meanwhile: it goes on where it was. One that its receiver
    ended (410) is resumed in the same way. Raises NotFound."""
    own = owned(conn, account_id, shown_id)
    conn.execute(sa.update(m.Subscription).where(m.Subscription.id == own).values(state=state))
    return read(conn, account_id, shown_id)


def replay(conn: Connection, account_id: int, shown_id: str, position: int) -> SubscriptionView:
    """Begin again with all that was published at ``position`` of the log and after it.

    What still waits to be sent is dropped: it comes again in its turn, or was to be passed over.
    What was given up stays to be seen. Raises NotFound, and BadQuestion beyond the log.
    """
    own = owned(conn, account_id, shown_id, lock=True)
    last, _ = end_of_log(conn)
    if not 0 <= position <= last:
        there = f"The log goes from 0 to {last}" if last >= 0 else "The log is empty yet"
        raise BadQuestion(f"from: there is no position {position} in the log.", f"{there}.")
    conn.execute(
        sa.delete(m.Delivery).where(
            m.Delivery.subscription_id == own, m.Delivery.state == DeliveryState.WAITING
        )
    )
    before = {"position": position - 1, "row": _LAST_ROW}
    conn.execute(sa.update(m.Subscription).where(m.Subscription.id == own).values(before))
    return read(conn, account_id, shown_id)


# --- what is sent --------------------------------------------------------------------------------


def send_test(conn: Connection, account_id: int, shown_id: str, now: datetime) -> DeliveryView:
    """Put a test message in line; it is sent within seconds. Raises NotFound, and Conflict where
    nothing is sent at present."""
    own = owned(conn, account_id, shown_id, lock=True)
    one = m.Subscription
    state = conn.execute(sa.select(one.state).where(one.id == own)).scalar_one()
    if state is not SubscriptionState.ACTIVE:
        raise Conflict(f"The subscription {shown_id} is {state.value}.", "Resume it first.")
    made = conn.execute(
        sa.insert(m.Delivery)
        .values(
            subscription_id=own,
            message_id=message.new_id(),
            body=message.test(now),
            first="",
            last="",
            changes=0,
            state=DeliveryState.WAITING,
            created_at=now,
            next_try_at=now,
        )
        .returning(m.Delivery.id)
    ).scalar_one()
    return _deliveries(conn, m.Delivery.id == made)[0]


def _deliveries(
    conn: Connection, *where: sa.ColumnElement[bool], limit: int = 1
) -> tuple[DeliveryView, ...]:
    one = m.Delivery
    rows = conn.execute(
        sa.select(
            *(one.id, one.message_id, one.state, one.changes, one.first, one.last, one.attempts),
            *(one.created_at, one.next_try_at, one.delivered_at, one.answers),
        )
        .where(*where)
        .order_by(one.id.desc())
        .limit(limit)
    )
    return tuple(
        DeliveryView(
            id=f"d{row.id}",
            message_id=row.message_id,
            state=row.state,
            changes=row.changes,
            first=row.first,
            last=row.last,
            attempts=row.attempts,
            created_at=row.created_at.astimezone(UTC),
            next_try_at=row.next_try_at.astimezone(UTC) if row.next_try_at else None,
            delivered_at=row.delivered_at.astimezone(UTC) if row.delivered_at else None,
            answers=tuple(row.answers),
        )
        for row in rows
    )


def deliveries(
    conn: Connection,
    account_id: int,
    shown_id: str,
    *,
    state: DeliveryState | None = None,
    cursor: str = "",
    limit: int = 50,
) -> tuple[DeliveryView, ...]:
    """Messages of a subscription, the newest first, those before ``cursor`` (an id) where given.

    Raises NotFound and BadQuestion.
    """
    own = owned(conn, account_id, shown_id)
    check_limit(limit, MOST_SHOWN)
    where = [m.Delivery.subscription_id == own]
    if state is not None:
        where.append(m.Delivery.state == state)
    if cursor:
        where.append(m.Delivery.id < number(cursor, "d", "a delivery"))
    return _deliveries(conn, *where, limit=limit)


def retry(
    conn: Connection, account_id: int, shown_id: str, delivery: str, now: datetime
) -> DeliveryView:
    """Send a message that was given up once more, with all its attempts: the same bytes and id.

    Raises NotFound, and Conflict where it was not given up.
    """
    own = owned(conn, account_id, shown_id)
    one = m.Delivery
    id_ = number(delivery, "d", "a delivery")
    mine = sa.and_(one.id == id_, one.subscription_id == own)
    state = conn.execute(sa.select(one.state).where(mine).with_for_update()).scalar_one_or_none()
    if state is None:
        raise NotFound(f'There is no delivery "{delivery}" of the subscription {shown_id}.')
    if state is not DeliveryState.DEAD:
        raise Conflict(
            f"The delivery {delivery} is {state.value}.", "Only what was given up is sent again."
        )
    conn.execute(
        sa.update(one).where(mine).values(state=DeliveryState.WAITING, attempts=0, next_try_at=now)
    )
    return _deliveries(conn, mine)[0]
