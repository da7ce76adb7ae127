"""The audit trail: what was done at the desk, by whom and why. It only grows."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion
from services.find import cursor as cursors
from services.find.views import View
from services.terms import DeskAction

MOST = 200


class TrailEntry(View, frozen=True, kw_only=True):
    """``object``: what it was done to, as "source sg_sac". ``before`` and ``after``: what stood and
    what stands since, as far as the action changes it."""

    id: str
    at: datetime
    by: str
    action: DeskAction
    object: str
    because: str
    before: dict[str, Any]
    after: dict[str, Any]


class _Place(msgspec.Struct, frozen=True):
    before: int


def tell(
    conn: Connection,
    account_id: int,
    action: DeskAction,
    object_: str,
    now: datetime,
    *,
    because: str = "",
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
) -> None:
    """Write one entry, in the transaction of what it tells of."""
    conn.execute(
        sa.insert(m.AuditTrail).values(
            at=now,
            account_id=account_id,
            action=action,
            object=object_,
            because=because,
            before=dict(before or {}),
            after=dict(after or {}),
        )
    )


def trail(
    conn: Connection,
    *,
    about: str = "",
    by: str = "",
    action: str = "",
    cursor: str = "",
    limit: int = 50,
) -> tuple[tuple[TrailEntry, ...], str | None]:
    """Entries, the newest first, and the next page's cursor. ``about``: of one object alone, as
    "source sg_sac"; ``by``: of one account, by its name; ``action``: of one kind.

    Raises BadQuestion for an action, cursor or limit that is none.
    """
    cursors.check_limit(limit, MOST)
    one = m.AuditTrail
    query = sa.select(one.__table__, m.Account.name.label("by")).join(
        m.Account, m.Account.id == one.account_id
    )
    if about:
        query = query.where(one.object == about)
    if by:
        query = query.where(m.Account.name == by)
    if action:
        query = query.where(one.action == _action(action))
    if cursor:
        query = query.where(one.id < cursors.read(cursor, _Place).before)
    rows = conn.execute(query.order_by(one.id.desc()).limit(limit + 1)).all()
    shown = rows[:limit]
    following = cursors.write(_Place(shown[-1].id)) if len(rows) > limit else None
    return tuple(_entry(row) for row in shown), following


def _action(word: str) -> DeskAction:
    try:
        return DeskAction(word)
    except ValueError as fault:
        known = ", ".join(one.value for one in DeskAction)
        raise BadQuestion(f'action: "{word}" is none.', f"It takes {known}.") from fault


def names(conn: Connection) -> tuple[str, ...]:
    """Accounts that the trail tells of, by name."""
    one = m.AuditTrail
    told = sa.exists().where(one.account_id == m.Account.id)
    return tuple(
        conn.execute(sa.select(m.Account.name).where(told).order_by(m.Account.name)).scalars()
    )


def _entry(row: Any) -> TrailEntry:
    return TrailEntry(
        id=f"t{row.id}",
        at=row.at,
        by=row.by,
        action=DeskAction(row.action),
        object=row.object,
        because=row.because,
        before=row.before,
        after=row.after,
    )
