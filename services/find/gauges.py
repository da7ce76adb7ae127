"""Numbers that alerts hang on and no other answer carries: the ledger at one glance."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.views import View
from services.models import Run
from services.terms import RunState


class Gauges(View, frozen=True, kw_only=True):
    """``runs``: rows of the ledger by state. ``queue_age_s``: seconds that the oldest run has
    waited, 0 with an empty queue. ``leases_lost``: runs held by a worker that gives no sign."""

    runs: dict[RunState, int]
    queue_age_s: float
    leases_lost: int


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
    return Gauges(
        runs=counted,
        queue_age_s=max(0.0, (now - oldest).total_seconds()) if oldest else 0.0,
        leases_lost=lost,
    )
