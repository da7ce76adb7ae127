"""What was said of a body and is said no more, and what its schedules gained and lost."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.store.facts import BodyHeld, of_ids
from services.store.looks import RecordSeen
from services.store.merge import Said
from services.terms import ChangeCause, ChangeKind

MOST = 2000  # of each kind, the newest: a list that flips every day must not fill a page's memory


@dataclass(frozen=True, slots=True)
class LinesMoved:
    """Scope lines of one accreditation added and removed by one publish, as counts."""

    record: RecordSeen
    accreditation_id: int
    day: date
    known_at: datetime
    run_id: int
    position: int
    cause: ChangeCause
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class Past:
    """Statements that had ended by then, newest end first, and movements of schedules.

    ``cut``: there are older ones, left out.
    """

    names: list[Said]
    events: list[Said]
    presences: list[Said]
    credentials: list[Said]
    lines: list[LinesMoved]
    cut: bool


NOTHING = Past([], [], [], [], [], False)


def past(conn: Connection, body: BodyHeld, known_at: datetime) -> Past:
    """What is no longer said of the body, as known then: five queries."""
    records = {record.id: record for record in body.records}
    parts = [
        _ended(conn, model, records, known_at)
        for model in (m.Name, m.StatusEvent, m.Presence, m.Credential)
    ]
    lines = _lines_moved(conn, records, known_at)
    cut = len(lines) > MOST or any(len(part) > MOST for part in parts)
    names, events, presences, credentials = (part[:MOST] for part in parts)
    return Past(names, events, presences, credentials, lines[:MOST], cut)


def _ended(
    conn: Connection, model: type[m.Statement], records: dict[int, RecordSeen], known_at: datetime
) -> list[Said]:
    table: Any = model.__table__  # type: ignore[attr-defined]
    end = sa.func.upper(table.c.known)
    rows = conn.execute(
        sa.select(table)
        .where(of_ids(table.c.record_id, records), end <= known_at)
        .order_by(end.desc(), table.c.id.desc())
        .limit(MOST + 1)
    )
    return [Said(records[row.record_id], table.name, row) for row in rows]


def _lines_moved(
    conn: Connection, records: dict[int, RecordSeen], known_at: datetime
) -> list[LinesMoved]:
    """From the log: a schedule's change is one row a publish, whatever its size."""
    change, leaf, run = m.Change, m.LogLeaf, m.Run
    # found by body, for that is what change rows are indexed by
    bodies = sa.select(m.BodyLink.body_id).where(of_ids(m.BodyLink.record_id, records))
    rows: Sequence[Any] = conn.execute(
        sa.select(
            *(change.record_id, change.accreditation_id, change.before, change.after),
            *(change.run_id, leaf.position, leaf.known_at, run.as_of, run.cause),
        )
        .join(leaf, leaf.run_id == change.run_id)
        .join(run, run.id == change.run_id)
        .where(
            change.body_id.in_(bodies),
            of_ids(change.record_id, records),
            change.kind == ChangeKind.LINES,
            change.accreditation_id.is_not(None),
            leaf.known_at <= known_at,
        )
        .order_by(leaf.position.desc(), change.row)
        .limit(MOST + 1)
    ).all()
    return [
        LinesMoved(
            record=records[row.record_id],
            accreditation_id=row.accreditation_id,
            day=row.as_of.astimezone(UTC).date(),
            known_at=row.known_at.astimezone(UTC),
            run_id=row.run_id,
            position=row.position,
            cause=row.cause,
            added=int((row.after or {}).get("lines", 0)),
            removed=int((row.before or {}).get("lines", 0)),
        )
        for row in rows
    ]
