"""The run ledger: the truth of what is asked, held and done.

A run is claimed by a conditional update, holds a lease that is renewed while it works, and carries
a fencing token that grows with every claim: whoever lost the lease can publish nothing. Messages
are wake-up calls only. Leases are told by the database's clock, so that no worker's clock matters.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection, Engine

from services.errors import LeaseLost, NotFound
from services.models import Run, SourceList, SourceOverride
from services.terms import RunState

MAX_ATTEMPTS = 8  # a run that brings its worker down this often is given up, not offered for ever
_NOW = sa.func.clock_timestamp()
_OPEN = Run.state.in_([RunState.QUEUED, RunState.RUNNING])


@dataclass(frozen=True, slots=True)
class Claim:
    """A held run. ``fence`` is what every later write must still find in the row.

    ``accepts``: the refused run whose kept bytes are to be published on purpose. ``rereads``: the
    run whose kept bytes are to be read again. ``uploaded``: its bytes were handed in and are kept.
    """

    run_id: int
    fence: int
    list_id: int
    source_key: str
    list_name: str
    record_key: str
    attempts: int
    accepts: int | None = None
    rereads: int | None = None
    uploaded: bool = False

    @property
    def kept_in(self) -> int | None:
        """The run whose kept bytes are taken; None where the publisher is asked."""
        return self.accepts or self.rereads or (self.run_id if self.uploaded else None)


def list_id(conn: Connection, source_key: str, name: str) -> int:
    """Raises NotFound where the source has not been enrolled or has no such list."""
    found = conn.execute(
        sa.select(SourceList.id).where(SourceList.source_key == source_key, SourceList.name == name)
    ).scalar_one_or_none()
    if found is None:
        raise NotFound(f'Source "{source_key}" has no list "{name}" in this database.')
    return int(found)


def ask(
    conn: Connection, list_id: int, by: str, now: datetime, record_key: str = ""
) -> tuple[int, bool]:
    """Ask for a run of a list (or of one record of it). Returns its id and whether it is new.

    Asking again while one is open returns the open one: repeats are harmless.
    """
    put = insert(Run).values(
        list_id=list_id, record_key=record_key, state=RunState.QUEUED, asked_by=by, asked_at=now
    )
    new = conn.execute(
        put.on_conflict_do_nothing(
            index_elements=["list_id", "record_key"],
            index_where=sa.text("state in ('queued','running')"),
        ).returning(Run.id)
    ).scalar_one_or_none()
    if new is not None:
        return int(new), True
    there = sa.select(Run.id).where(Run.list_id == list_id, Run.record_key == record_key, _OPEN)
    return int(conn.execute(there).scalar_one()), False


def ask_due(conn: Connection, now: datetime) -> int:
    """Ask for a run of every list that is due. Returns how many were new.

    A list with an open run is passed over before the insert: on conflict PostgreSQL would wait for
    a publish under way, find its run closed when that commits, and ask a second time.
    """
    waiting = sa.exists().where(Run.list_id == SourceList.id, Run.record_key == "", _OPEN)
    paused = sa.exists().where(
        SourceOverride.source_key == SourceList.source_key, SourceOverride.paused
    )
    due = sa.select(
        SourceList.id, sa.literal(""), sa.literal("queued"), sa.literal("schedule"), sa.literal(now)
    ).where(SourceList.enabled, SourceList.next_due_at <= now, ~waiting, ~paused)
    put = insert(Run).from_select(["list_id", "record_key", "state", "asked_by", "asked_at"], due)
    asked = conn.execute(
        put.on_conflict_do_nothing(
            index_elements=["list_id", "record_key"],
            index_where=sa.text("state in ('queued','running')"),
        ).returning(Run.id)
    )
    return len(asked.all())


def offer(conn: Connection, again_after: timedelta, limit: int = 200) -> list[tuple[int, bool]]:
    """Runs that a worker should be woken for, marked as offered: (run id, is a look-up).

    A run is offered once when asked, again when nobody took it for ``again_after``, and again when
    its holder's lease ran out: a lost message or a killed worker costs time, never a run.
    """
    stale = sa.or_(Run.offered_at.is_(None), Run.offered_at < _NOW - again_after)
    free = sa.or_(
        sa.and_(Run.state == RunState.QUEUED, stale),
        sa.and_(Run.state == RunState.RUNNING, Run.lease_until < _NOW, stale),
    )
    # lists come first, then those never offered: many waiting look-ups keep no list waiting
    order = Run.record_key != "", Run.offered_at.asc().nulls_first(), Run.id
    chosen = sa.select(Run.id).where(free).order_by(*order).limit(limit)
    chosen = chosen.with_for_update(skip_locked=True)
    rows = conn.execute(
        sa.update(Run)
        .where(Run.id.in_(chosen.scalar_subquery()))
        .values(offered_at=sa.func.statement_timestamp())  # one for all: then the id decides
        .returning(Run.id, Run.record_key)
    )
    return sorted(
        ((int(row.id), row.record_key != "") for row in rows), key=lambda one: (one[1], one[0])
    )


def claim(conn: Connection, run_id: int, lease: timedelta) -> Claim | None:
    """Take a run that is queued or whose holder fell silent; None where somebody else holds it."""
    free = sa.or_(
        Run.state == RunState.QUEUED,
        sa.and_(Run.state == RunState.RUNNING, Run.lease_until < _NOW),
    )
    row = conn.execute(
        sa.update(Run)
        .where(Run.id == run_id, free, SourceList.id == Run.list_id)
        .values(
            state=RunState.RUNNING,
            fence=Run.fence + 1,
            attempts=Run.attempts + 1,
            lease_until=_NOW + lease,
            started_at=sa.func.coalesce(Run.started_at, _NOW),
            step="claimed",
        )
        .returning(
            Run.fence,
            Run.list_id,
            Run.record_key,
            Run.attempts,
            Run.accepts_run_id,
            Run.rereads_run_id,
            Run.uploaded_at,
            SourceList.source_key,
            SourceList.name,
        )
    ).one_or_none()
    if row is None:
        return None
    return Claim(
        run_id,
        *(row.fence, row.list_id, row.source_key, row.name, row.record_key),
        *(row.attempts, row.accepts_run_id, row.rereads_run_id, row.uploaded_at is not None),
    )


def hold(conn: Connection, held: Claim) -> None:
    """Lock the run's row for this transaction. Raises LeaseLost where the fence has moved on."""
    row = conn.execute(
        sa.select(Run.fence, Run.state).where(Run.id == held.run_id).with_for_update()
    ).one()
    if row.fence != held.fence or row.state != RunState.RUNNING:
        raise LeaseLost(f"Run {held.run_id} was taken over while it worked; nothing was written.")


def mark(conn: Connection, held: Claim, **values: Any) -> None:
    """Write into the run's row, if it is still ours. Raises LeaseLost otherwise."""
    done = conn.execute(
        sa.update(Run)
        .where(Run.id == held.run_id, Run.fence == held.fence, Run.state == RunState.RUNNING)
        .values(**values)
    )
    if done.rowcount != 1:
        raise LeaseLost(f"Run {held.run_id} was taken over while it worked; nothing was written.")


def renew(conn: Connection, held: Claim, lease: timedelta) -> bool:
    """Say that the holder lives. False where the run is no longer ours."""
    done = conn.execute(
        sa.update(Run)
        .where(Run.id == held.run_id, Run.fence == held.fence, Run.state == RunState.RUNNING)
        .values(lease_until=_NOW + lease)
    )
    return done.rowcount == 1


@contextmanager
def alive(engine: Engine, held: Claim, lease: timedelta) -> Iterator[None]:
    """Renew the lease from a thread while the body works, so that an hour's run is not restarted.

    A database that is away for a moment is tried again until the lease would have run out anyway;
    the fence decides in the end.
    """
    stop = threading.Event()

    def beat() -> None:
        while not stop.wait(lease.total_seconds() / 3):
            try:
                with engine.begin() as conn:
                    if not renew(conn, held, lease):
                        return
            except sa.exc.SQLAlchemyError:
                continue

    thread = threading.Thread(target=beat, name=f"lease-{held.run_id}", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def hand_back(conn: Connection, held: Claim) -> bool | None:
    """Let another take the run up at once. False where it ended, or was taken over, meanwhile.

    Its holder loses it as if its lease had run out, but is not blamed: the attempt does not count.
    None where its row is locked, by a publish under way or for the moment of a renewal: it may be
    handed back a little later, and is not waited for here.
    """
    ours = (Run.id == held.run_id, Run.fence == held.fence, Run.state == RunState.RUNNING)
    free = sa.select(Run.id).where(*ours).with_for_update(skip_locked=True)
    done = conn.execute(
        sa.update(Run)
        .where(Run.id.in_(free.scalar_subquery()))
        .values(fence=Run.fence + 1, attempts=Run.attempts - 1, lease_until=_NOW, offered_at=None)
    )
    if done.rowcount == 1:
        return True
    return None if conn.scalar(sa.select(sa.exists().where(*ours))) else False


def finish(
    conn: Connection,
    held: Claim,
    state: RunState,
    *,
    next_due_at: datetime | None,
    good: bool = False,
    complete: bool = False,
    **values: Any,
) -> None:
    """End a run and move its list's schedule on, in the caller's transaction.

    ``good``: this run is what later ones are compared with; ``complete``: the whole list was seen.
    """
    mark(conn, held, state=state, lease_until=None, finished_at=_NOW, **values)
    moved: dict[str, Any] = {"failures": SourceList.failures}
    if held.kept_in is None:  # what was read again or handed in says nothing of the publisher
        moved["failures"] = SourceList.failures + 1 if state is RunState.FAILED else 0
    if next_due_at is not None:
        moved["next_due_at"] = next_due_at
    if good:
        moved["good_run_id"] = held.run_id
    if complete:
        moved["complete_run_id"] = held.run_id
    conn.execute(sa.update(SourceList).where(SourceList.id == held.list_id).values(moved))


def give_up(conn: Connection, next_due_at: datetime) -> int:
    """Fail runs that brought down every worker which took them. Returns how many."""
    said = (
        sa.literal("The worker died ")
        + sa.cast(Run.attempts, sa.Text)
        + sa.literal(" times on this run, last after step “")
        + Run.step
        + sa.literal("”.")
    )
    dead = Run.state == RunState.RUNNING, Run.lease_until < _NOW, Run.attempts >= MAX_ATTEMPTS
    lost = conn.execute(
        sa.update(Run)
        .where(*dead)
        .values(
            state=RunState.FAILED,
            finished_at=_NOW,
            reasons=sa.func.array_append(Run.reasons, said),
        )
        .returning(Run.list_id)
    ).scalars()
    runs = list(lost)
    lists = set(runs)
    conn.execute(
        sa.update(SourceList)
        .where(SourceList.id.in_(lists), SourceList.next_due_at.is_not(None))
        .values(failures=SourceList.failures + 1, next_due_at=next_due_at)
    )
    return len(runs)
