"""Telling subscribers of a source that it changed shape: a message of its own, by webhook.

Nothing of the log changed, so the log's own messages cannot carry it: while a run is refused the
old data stand, and who relies on the source should know why they do not move.
"""

from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find.shape_changes import ShapeChanged, changed_shapes
from services.terms import DeliveryState, RunState, SubscriptionState
from services.watch import message

CHANGED_SHAPE = "source.changed_shape"


class Message(msgspec.Struct, frozen=True, kw_only=True):
    type: str
    timestamp: datetime
    data: ShapeChanged


def tell_changed_shape(conn: Connection, list_id: int, now: datetime) -> int:
    """Put the message in line for every active subscription that names the source; returns how
    many. Told once: a list that is refused each day for the same is told the first day."""
    found = changed_shapes(conn, list_id)
    if not found or _told_before(conn, list_id, found[0]):
        return 0
    body = msgspec.json.encode(Message(type=CHANGED_SHAPE, timestamp=now, data=found[0])).decode()
    who: Any = m.Subscription
    named = conn.execute(
        sa.select(who.id).where(
            who.state == SubscriptionState.ACTIVE,
            who.filters["sources"].contains([found[0].source]),
        )
    ).scalars()
    rows = [
        {
            "subscription_id": id_,
            "message_id": message.new_id(),
            "body": body,
            "first": "",
            "last": "",
            "changes": 0,
            "state": DeliveryState.WAITING,
            "created_at": now,
            "next_try_at": now,
        }
        for id_ in named
    ]
    if rows:
        conn.execute(sa.insert(m.Delivery), rows)
    return len(rows)


def _told_before(conn: Connection, list_id: int, now: ShapeChanged) -> bool:
    """Whether the run before it was refused for the same shape."""
    run = m.Run
    before = conn.execute(
        sa.select(run.state, run.shape)
        .where(
            run.list_id == list_id,
            run.record_key == "",
            run.id < now.run,
            run.state.in_([RunState.PUBLISHED, RunState.UNCHANGED, RunState.REFUSED]),
        )
        .order_by(run.id.desc())
        .limit(1)
    ).one_or_none()
    if before is None or before.state != RunState.REFUSED:
        return False
    shape = conn.execute(sa.select(run.shape).where(run.id == now.run)).scalar_one()
    return bool(before.shape.get("columns") == shape.get("columns"))
