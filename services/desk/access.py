"""Keys and subscriptions of every account, for operators: what opens, and what is sent where.

Of another account's webhook the host alone is told: the path may hold that account's own secret.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import accounts
from services import models as m
from services.accounts import Principal
from services.desk.runs import reason
from services.desk.trail import tell
from services.errors import Conflict, Forbidden, NotFound
from services.find import cursor as cursors
from services.find.views import View
from services.terms import DeliveryState, DeskAction, Role, SecretKind, SubscriptionState

MOST = 200


class KeyLine(View, frozen=True, kw_only=True):
    """An API key that opens an account now; the key itself is kept nowhere."""

    id: str
    account: str
    role: Role
    label: str
    created_at: datetime
    expires_at: datetime | None


class KeyMade(View, frozen=True, kw_only=True):
    """``key``: told here and never again."""

    id: str
    account: str
    label: str
    key: str


class SubscriptionLine(View, frozen=True, kw_only=True):
    """``waiting``, ``dead``: messages not delivered yet, and given up."""

    id: str
    account: str
    host: str
    state: SubscriptionState
    created_at: datetime
    waiting: int
    dead: int


class _Place(msgspec.Struct, frozen=True):
    before: int


def _operator(who: Principal) -> None:
    if not who.may(Role.OPERATOR):
        raise Forbidden(
            f"The account {who.name} is a {who.role.value}; this is for an operator.",
            "Ask whoever keeps the accounts.",
        )


def _page(rows: Sequence[Any], limit: int) -> str | None:
    return cursors.write(_Place(rows[limit - 1].id)) if len(rows) > limit else None


# --- keys -----------------------------------------------------------------------------------------


def keys(
    conn: Connection, now: datetime, *, cursor: str = "", limit: int = 50
) -> tuple[tuple[KeyLine, ...], str | None]:
    """Keys that open an account now, the newest first, and the next page's cursor. Raises
    BadQuestion for a cursor or limit that is none."""
    cursors.check_limit(limit, MOST)
    one, account = m.Secret, m.Account
    query = (
        sa.select(one.id, account.name, account.role, one.label, one.created_at, one.expires_at)
        .join(account, account.id == one.account_id)
        .where(
            one.kind == SecretKind.API_KEY,
            one.revoked_at.is_(None),
            sa.or_(one.expires_at.is_(None), one.expires_at > now),
            account.closed_at.is_(None),
        )
    )
    if cursor:
        query = query.where(one.id < cursors.read(cursor, _Place).before)
    rows = conn.execute(query.order_by(one.id.desc()).limit(limit + 1)).all()
    shown = tuple(
        KeyLine(
            id=f"k{row.id}",
            account=row.name,
            role=row.role,
            label=row.label,
            created_at=row.created_at,
            expires_at=row.expires_at,
        )
        for row in rows[:limit]
    )
    return shown, _page(rows, limit)


def account_names(conn: Connection) -> tuple[str, ...]:
    """Open accounts by name, for the form of a new key."""
    one = m.Account
    query = sa.select(one.name).where(one.closed_at.is_(None)).order_by(one.name)
    return tuple(conn.execute(query).scalars())


def make_key(conn: Connection, who: Principal, account: str, label: str, now: datetime) -> KeyMade:
    """A new key of an account. Raises Forbidden for less than an operator (a key is as good as its
    account), NotFound, BadQuestion for a label that is none, and Conflict where as many keys open
    the account as may."""
    _operator(who)
    account_id = accounts.find_account(conn, account)
    made = accounts.new_key(conn, account_id, label, now)
    row = conn.execute(
        sa.select(m.Secret.id, m.Secret.label).where(m.Secret.digest == accounts.digest(made))
    ).one()
    name = account.strip()
    tell(
        conn, who.account_id, DeskAction.KEY_MADE, f"key k{row.id}", now,
        after={"account": name, "label": row.label},
    )  # fmt: skip
    return KeyMade(id=f"k{row.id}", account=name, label=row.label, key=made)


def end_key(conn: Connection, who: Principal, shown_id: str, because: str, now: datetime) -> None:
    """A key opens nothing more. Raises Forbidden, BadQuestion without a reason, NotFound, and
    Conflict where somebody ended it before."""
    _operator(who)
    said, key_id = reason(because), cursors.number(shown_id, "k", "a key")
    one = m.Secret
    row = conn.execute(
        sa.select(m.Account.name, one.account_id, one.label, one.revoked_at)
        .join(m.Account, m.Account.id == one.account_id)
        .where(one.id == key_id, one.kind == SecretKind.API_KEY)
        .with_for_update(of=one.__table__)
    ).one_or_none()
    if row is None:
        raise NotFound(f'There is no key "{shown_id}".', "See /desk/keys.")
    if row.revoked_at is not None:
        raise Conflict(f"The key {shown_id} was ended on {row.revoked_at:%Y-%m-%d}.", "Read on.")
    accounts.revoke_one(conn, row.account_id, key_id, now)
    tell(
        conn, who.account_id, DeskAction.KEY_ENDED, f"key {shown_id}", now,
        because=said, before={"account": row.name, "label": row.label},
    )  # fmt: skip


# --- subscriptions --------------------------------------------------------------------------------


def subscriptions(
    conn: Connection, *, cursor: str = "", limit: int = 50
) -> tuple[tuple[SubscriptionLine, ...], str | None]:
    """Subscriptions of all accounts, the newest first, and the next page's cursor: two queries.
    Raises BadQuestion for a cursor or limit that is none."""
    cursors.check_limit(limit, MOST)
    one = m.Subscription
    query = sa.select(one.id, m.Account.name, one.url, one.state, one.created_at).join(
        m.Account, m.Account.id == one.account_id
    )
    if cursor:
        query = query.where(one.id < cursors.read(cursor, _Place).before)
    rows = conn.execute(query.order_by(one.id.desc()).limit(limit + 1)).all()
    counts = _counts(conn, [row.id for row in rows[:limit]])
    shown = tuple(
        SubscriptionLine(
            id=f"s{row.id}",
            account=row.name,
            host=urlsplit(row.url).hostname or "",
            state=row.state,
            created_at=row.created_at,
            waiting=counts.get((row.id, DeliveryState.WAITING), 0),
            dead=counts.get((row.id, DeliveryState.DEAD), 0),
        )
        for row in rows[:limit]
    )
    return shown, _page(rows, limit)


def _counts(conn: Connection, ids: list[int]) -> dict[tuple[int, DeliveryState], int]:
    one = m.Delivery
    rows = conn.execute(
        sa.select(one.subscription_id, one.state, sa.func.count())
        .where(
            one.subscription_id == sa.any_(sa.literal(ids, sa.ARRAY(sa.BigInteger))),
            one.state.in_([DeliveryState.WAITING, DeliveryState.DEAD]),
        )
        .group_by(one.subscription_id, one.state)
    )
    return {(row[0], DeliveryState(row[1])): row[2] for row in rows}


def end_subscription(
    conn: Connection, who: Principal, shown_id: str, because: str, now: datetime
) -> None:
    """Nothing more is sent to it until its owner resumes it. Raises Forbidden, BadQuestion without
    a reason, NotFound, and Conflict where it has ended."""
    _operator(who)
    said, number = reason(because), cursors.number(shown_id, "s", "a subscription")
    one = m.Subscription
    row = conn.execute(
        sa.select(one.state, m.Account.name)
        .join(m.Account, m.Account.id == one.account_id)
        .where(one.id == number)
        .with_for_update(of=one.__table__)
    ).one_or_none()
    if row is None:
        raise NotFound(f'There is no subscription "{shown_id}".', "See /desk/subscriptions.")
    if row.state is SubscriptionState.ENDED:
        raise Conflict(f"The subscription {shown_id} has ended already.", "Read on.")
    conn.execute(sa.update(one).where(one.id == number).values(state=SubscriptionState.ENDED))
    tell(
        conn, who.account_id, DeskAction.SUBSCRIPTION_ENDED, f"subscription {shown_id}", now,
        because=said, before={"account": row.name, "state": row.state}, after={"state": "ended"},
    )  # fmt: skip
