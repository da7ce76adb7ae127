"""The ledger of audits: what waits, who holds which chunk, what is done.

    receiving → queued → (mapping → queued) → running → done, or refused at any time before

A file is read under an advisory lock, which ends with the connection of whoever held it; chunks are
claimed by a conditional update with a lease and a fence, as runs are (``services.sync.ledger``).
All that decides an answer is fixed when the first chunk may be claimed, so that a chunk judged
again, by whomever and whenever, says the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.audit.fields import Field
from services.audit.reading import Chunk
from services.errors import LeaseLost
from services.models import Audit, AuditChunk, AuditFile, AuditTouch, LogLeaf
from services.terms import AuditState
from services.validity import RULE_VERSION

BROKEN_OFF = timedelta(hours=6)  # an upload that has not ended by then never will
_NOW = sa.func.clock_timestamp()
_LOCK = 0x4C41_4144  # "LAAD": reading of one audit's file; the second key is its id
_UNDER_WAY = (AuditState.QUEUED, AuditState.RUNNING)


@dataclass(frozen=True, slots=True)
class Held:
    """A claimed chunk with all that fixes its answer. ``first_row``: of its window."""

    audit_id: int
    number: int
    fence: int
    asked: bytes
    first_row: int
    known_at: datetime
    today: date


@dataclass(frozen=True, slots=True)
class Touch:
    """Rows that an accreditation decides, and the earliest and latest day judged among them."""

    accreditation_id: int
    rows: list[int]
    first_on: date
    last_on: date


# --- what waits ----------------------------------------------------------------------------------


def waiting(conn: Connection, limit: int = 50) -> list[int]:
    """Audits that a worker can do something for now, the oldest first."""
    free = sa.exists().where(
        AuditChunk.audit_id == Audit.id,
        AuditChunk.answered.is_(None),
        sa.or_(AuditChunk.lease_until.is_(None), AuditChunk.lease_until < _NOW),
    )
    there = sa.or_(
        Audit.state == AuditState.QUEUED, sa.and_(Audit.state == AuditState.RUNNING, free)
    )
    rows = conn.execute(sa.select(Audit.id).where(there).order_by(Audit.id).limit(limit))
    return [int(one) for one in rows.scalars()]


def sweep(conn: Connection, now: datetime) -> int:
    """Refuse audits whose upload broke off without a word. Returns how many."""
    said = "The upload broke off before its end. Send the file again."
    ended = conn.execute(
        sa.update(Audit)
        .where(Audit.state == AuditState.RECEIVING, Audit.created_at < now - BROKEN_OFF)
        .values(state=AuditState.REFUSED, problems=[said], finished_at=now)
        .returning(Audit.id)
    )
    gone = list(ended.scalars())
    conn.execute(sa.delete(AuditFile).where(AuditFile.audit_id.in_(gone)))
    return len(gone)


# --- its file is read -----------------------------------------------------------------------------


def hold_reading(conn: Connection, audit_id: int) -> Audit | None:
    """The queued audit for this transaction to read; None where another reads it, or it is none."""
    free = conn.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_LOCK, audit_id % (1 << 31))))
    if not free.scalar_one():
        return None
    found = conn.execute(
        sa.select(Audit).where(Audit.id == audit_id, Audit.state == AuditState.QUEUED)
    )
    row = found.one_or_none()
    return None if row is None else Audit(**row._mapping)


def put_chunks(conn: Connection, audit_id: int, first: int, chunks: Sequence[Chunk]) -> None:
    conn.execute(
        sa.insert(AuditChunk),
        [
            {
                "audit_id": audit_id,
                "number": first + n,
                "first_row": one.first_row,
                "rows": one.rows,
                "asked": one.body,
            }
            for n, one in enumerate(chunks)
        ],
    )


def wait_for_mapping(
    conn: Connection,
    audit_id: int,
    columns: Sequence[str],
    mapping: Mapping[Field, str],
    problems: Sequence[str],
    sample: Sequence[Sequence[str]],
) -> None:
    """The asker must say what the columns are. ``sample``: first rows that help with it."""
    _move(
        conn,
        audit_id,
        state=AuditState.MAPPING, columns=list(columns),
        mapping=dict(mapping), problems=list(problems), sample=[list(row) for row in sample],
    )  # fmt: skip


def begin(
    conn: Connection,
    audit_id: int,
    columns: Sequence[str],
    mapping: Mapping[Field, str],
    rows: int,
    notes: Sequence[str],
    now: datetime,
) -> None:
    """The chunks are there. ``now``: from after the turn to publish was taken in this transaction.

    A rerun at the same time of knowledge brings its own; its log position stays with it.
    """
    position = sa.select(sa.func.coalesce(sa.func.max(LogLeaf.position), -1)).scalar_subquery()
    _move(
        conn,
        audit_id,
        state=AuditState.RUNNING, columns=list(columns),
        mapping=dict(mapping), problems=list(notes), rows=rows, started_at=now,
        log_position=sa.case((Audit.known_at.is_(None), position), else_=Audit.log_position),
        known_at=sa.func.coalesce(Audit.known_at, now), rule_version=RULE_VERSION,
    )  # fmt: skip


def refuse(conn: Connection, audit_id: int, problems: Sequence[str], now: datetime) -> None:
    """The file cannot be audited; nothing of it is kept but its hash and the reasons."""
    _move(
        conn,
        audit_id,
        state=AuditState.REFUSED, problems=list(problems),
        finished_at=now,
    )  # fmt: skip
    conn.execute(sa.delete(AuditFile).where(AuditFile.audit_id == audit_id))


def _move(conn: Connection, audit_id: int, **values: object) -> None:
    done = conn.execute(
        sa.update(Audit)
        .where(Audit.id == audit_id, Audit.state == AuditState.QUEUED)
        .values(**values)
    )
    if done.rowcount != 1:
        raise LeaseLost(f"Audit {audit_id} was deleted or moved on while it was read.")


# --- its chunks are judged ------------------------------------------------------------------------


def claim(conn: Connection, audit_id: int, lease: timedelta) -> Held | None:
    """The first chunk that nobody holds, or whose holder fell silent; None where there is none."""
    free = (
        sa.select(AuditChunk.number)
        .where(
            AuditChunk.audit_id == audit_id,
            AuditChunk.answered.is_(None),
            sa.or_(AuditChunk.lease_until.is_(None), AuditChunk.lease_until < _NOW),
        )
        .order_by(AuditChunk.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    row = conn.execute(
        sa.update(AuditChunk)
        .where(
            AuditChunk.audit_id == audit_id,
            AuditChunk.number == free.scalar_subquery(),
            Audit.id == AuditChunk.audit_id,
            Audit.state == AuditState.RUNNING,
        )
        .values(fence=AuditChunk.fence + 1, lease_until=_NOW + lease)
        .returning(
            AuditChunk.number,
            AuditChunk.fence,
            AuditChunk.asked,
            AuditChunk.first_row,
            Audit.known_at,
        )
    ).one_or_none()
    if row is None:
        return None
    # the day of asking is that of knowledge: another, later one would judge the future otherwise
    return Held(
        audit_id, row.number, row.fence, row.asked, row.first_row, row.known_at,
        row.known_at.date(),
    )  # fmt: skip


def renew(conn: Connection, held: Held, lease: timedelta) -> bool:
    """Say that the holder lives. False where the chunk is no longer ours."""
    done = conn.execute(_ours(held).values(lease_until=_NOW + lease))
    return done.rowcount == 1


def keep(
    conn: Connection,
    held: Held,
    answered: bytes,
    counts: Mapping[str, int],
    touches: Sequence[Touch],
    now: datetime,
) -> bool:
    """Keep a chunk's answer; the last one ends the audit. Returns whether it is ended.

    Raises LeaseLost where another took the chunk over, or the audit was deleted.
    """
    # the audit's row first: two last chunks kept at once would each miss the other
    lock = sa.select(Audit.id).where(Audit.id == held.audit_id).with_for_update()
    if conn.execute(lock).one_or_none() is None:
        raise LeaseLost(f"Audit {held.audit_id} was deleted while it was judged.")
    done = conn.execute(_ours(held).values(answered=answered, counts=counts, lease_until=None))
    if done.rowcount != 1:
        raise LeaseLost(f"Chunk {held.number} of audit {held.audit_id} was taken over.")
    if touches:
        conn.execute(
            sa.insert(AuditTouch),
            [
                {
                    "audit_id": held.audit_id,
                    "chunk": held.number,
                    "accreditation_id": one.accreditation_id,
                    "rows": one.rows,
                    "first_on": one.first_on,
                    "last_on": one.last_on,
                }
                for one in touches
            ],
        )
    return _count(conn, held.audit_id, now)


def _ours(held: Held) -> sa.Update:
    return sa.update(AuditChunk).where(
        AuditChunk.audit_id == held.audit_id,
        AuditChunk.number == held.number,
        AuditChunk.fence == held.fence,
        AuditChunk.answered.is_(None),
    )


_COUNTED = sa.text(
    """
    with judged as (
      select rows, counts from audit_chunk where audit_id = :audit and answered is not null
    ), summed as (
      select key, sum(value::int) n from judged, jsonb_each_text(counts) group by key
    )
    update audit set
      judged = (select coalesce(sum(rows), 0) from judged),
      counts = (select coalesce(jsonb_object_agg(key, n), '{}') from summed)
    where id = :audit
    returning judged = rows
    """
)


def _count(conn: Connection, audit_id: int, now: datetime) -> bool:
    ended = bool(conn.execute(_COUNTED, {"audit": audit_id}).scalar_one())
    if ended:
        conn.execute(
            sa.update(Audit)
            .where(Audit.id == audit_id)
            .values(state=AuditState.DONE, finished_at=now)
        )
    return ended
