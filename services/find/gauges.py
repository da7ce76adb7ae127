"""Numbers that alerts hang on and no other answer carries: the ledger at one glance."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.views import View
from services.models import Delivery, Run, Subscription
from services.terms import DeliveryState, RunState, SubscriptionState


class Gauges(View, frozen=True, kw_only=True):
    """``runs``: rows of the ledger by state. ``queue_age_s``: seconds that the oldest run has
    waited, 0 with an empty queue. ``leases_lost``: runs held by a worker that gives no sign.

    ``deliveries``: messages to subscribers that wait or were given up. ``delivery_age_s``: seconds
    since the one longest due should have been sent, 0 where none is due."""

    runs: dict[RunState, int]
    queue_age_s: float
    leases_lost: int
    deliveries: dict[DeliveryState, int]
    delivery_age_s: float


def gauges(conn: Connection, now: datetime) -> Gauges:
    """The ledger's numbers as of ``now``; every state is named, with 0 where it has no run."""
    counted = dict.fromkeys(RunState, 0)
    for state, count in conn.execute(sa.select(Run.state, sa.func.count()).group_by(Run.state)):
        counted[RunState(state)] = count
    oldest = conn.execute(
        sa.select(sa.func.min(Run.asked_at)).where(Run.state == RunState.QUEUED)
    ).scalar()
    lost = conn.execute(
        sa.select(sa.func.count()).where(Run.state == RunState.RUNNING, Run.lease_until < now)
    ).scalar_one()
    told, due = _deliveries(conn)
    return Gauges(
        runs=counted,
        queue_age_s=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        leases_lost=lost,
        deliveries=told,
        delivery_age_s=max(0.0, (now - due).total_seconds()) if due else 0.0,
    )


def _deliveries(conn: Connection) -> tuple[dict[DeliveryState, int], datetime | None]:
    """Messages that wait or were given up, and when the first of the active ones is due. What was
    delivered is not counted: it only grows."""
    one, sub = Delivery, Subscription
    counted = {DeliveryState.WAITING: 0, DeliveryState.DEAD: 0}
    rows = conn.execute(
        sa.select(one.state, sa.func.count()).where(one.state.in_(counted)).group_by(one.state)
    )
    for state, count in rows:
        counted[DeliveryState(state)] = count
    due = conn.execute(
        sa.select(sa.func.min(one.next_try_at))
        .join(sub, sub.id == one.subscription_id)
        .where(one.state == DeliveryState.WAITING, sub.state == SubscriptionState.ACTIVE)
    ).scalar()
    return counted, due
