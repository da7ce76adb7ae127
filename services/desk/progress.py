"""How far a run has come, for whoever watches it: the ledger's own step, never a guess."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import NotFound
from services.find.views import View
from services.terms import RunState

# the steps that the ledger keeps (services.sync.run), in order
STEPS = ("claimed", "kept", "checked", "published")
_COMPARED = 9  # earlier runs whose median says how long it usually takes


class Progress(View, frozen=True, kw_only=True):
    """``done``: how many of ``steps`` are. ``pages`` and ``bytes``: kept so far. ``lost``: its
    worker has not been heard of; another takes it. ``usual_seconds``: the median of earlier runs of
    the list that published something, None without one."""

    run: int
    source: str
    list: str
    state: RunState
    step: str
    done: int
    steps: int
    over: bool
    attempts: int
    pages: int
    bytes: int
    lost: bool
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    usual_seconds: float | None


_ONE = sa.text("""
    select r.id, r.state, r.step, r.attempts, r.asked_at, r.started_at, r.finished_at,
        k.source_key, k.name,
        coalesce(r.lease_until < clock_timestamp(), false) as lost,
        (select count(*) from run_payload p where p.run_id = r.id) as pages,
        (select coalesce(sum(b.size), 0) from run_payload p join payload b using (sha256)
            where p.run_id = r.id)::bigint as bytes,
        (select extract(epoch from percentile_cont(0.5) within group (order by t.took))
            from (select e.finished_at - e.started_at as took from run e
                where e.list_id = r.list_id and e.record_key = r.record_key and e.id < r.id
                    and e.state = 'published'
                    and e.started_at is not null and e.finished_at is not null
                order by e.id desc limit :compared) t) as usual
    from run r join source_list k on k.id = r.list_id
    where r.id = :id
""")


def progress(conn: Connection, run_id: int) -> Progress:
    """One query. Leases are told by the database's clock. Raises NotFound."""
    row = conn.execute(_ONE, {"id": run_id, "compared": _COMPARED}).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.", "See /desk/runs.")
    state = RunState(row.state)
    running = state is RunState.RUNNING
    return Progress(
        run=row.id,
        source=row.source_key,
        list=row.name,
        state=state,
        step=row.step,
        done=_done(row, state),
        steps=len(STEPS),
        over=state not in (RunState.QUEUED, RunState.RUNNING),
        attempts=row.attempts,
        pages=row.pages,
        bytes=row.bytes,
        lost=running and row.lost,
        asked_at=row.asked_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        usual_seconds=float(row.usual) if row.usual is not None else None,
    )


def _done(row: Any, state: RunState) -> int:
    if state in (RunState.PUBLISHED, RunState.UNCHANGED):
        return len(STEPS)
    return STEPS.index(row.step) + 1 if row.step in STEPS else 0
