"""What time alone changes, published once: an expiry, the end of a suspension, a fact turned stale.

BRIEF rule 16: such a change needs no sync. Documents know the first day on which time changes them
(``turns_on``); when that day has come they are judged again, and each body whose standing differs
gets a change row and the day its place in the log, as a run of the directory's own calendar.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services import models as m
from services.evidence import log
from services.store.project import due, project
from services.sync.publish import LOCK
from services.terms import ChangeKind, RunState
from services.watch.wake import tell

CALENDAR = "calendar"
_META = {
    "title": "Calendar",
    "title_zh": "日历",
    "publisher": "Labdir",
    "publisher_zh": "检测机构名录",
    "home": "",
    "licence": "",
    "licence_url": "",
    "note": "What time alone changes: expiry, the end of a suspension, facts that turn stale.",
    "country": "",
    "tier": 1,
    "authoritative_for": [],
    "leaving_means": "nothing",
    "every_seconds": 86400,
    "has_lookup": False,
    "lookup_issuers": [],
    "made": False,
    "about_testing_bodies": False,
    "internal": True,
    "addresses": {},
    "parser_version": 1,
    "bytes_public": False,
    "expect": {},
}


def turn_day(conn: Connection, now: datetime) -> int:
    """Judge again what is due by the calendar day of ``now``; returns how many bodies changed.

    Safe to repeat: a document judged today is not due again today.
    """
    today = now.date()
    if not conn.execute(sa.select(due(today).exists())).scalar_one():
        return 0
    conn.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    bodies = list(conn.execute(due(today)).scalars())
    before = _standing(conn, bodies)
    if not project(conn, bodies, log.next_position(conn), today):
        return 0  # judged again and found the same: nothing to publish
    after = _standing(conn, bodies)
    moved = [body for body in sorted(bodies) if before.get(body) != after.get(body)]
    run_id = _run(conn, now, len(moved))
    if moved:
        conn.execute(
            sa.insert(m.Change).values(run_id=run_id, kind=ChangeKind.TIME, what="body", key=""),
            [
                {
                    "row": number,
                    "body_id": body,
                    "before": {"standing": before.get(body)},
                    "after": {"standing": after.get(body)},
                }
                for number, body in enumerate(moved)
            ],
        )
    tell(conn, log.append(conn, run_id, now))
    return len(moved)


def _standing(conn: Connection, bodies: list[int]) -> dict[int, list[str]]:
    rows = conn.execute(
        sa.select(m.Document.body_id, m.Document.card["standings"]).where(
            m.Document.to_position.is_(None),
            m.Document.body_id == sa.any_(sa.literal(bodies, sa.ARRAY(sa.BigInteger))),
        )
    )
    return {row.body_id: row[1] for row in rows}


def _run(conn: Connection, now: datetime, moved: int) -> int:
    """The calendar's run of today."""
    source = insert(m.SourceRow).values(key=CALENDAR, enabled=False, tier=1, made=False, meta=_META)
    conn.execute(source.on_conflict_do_nothing())
    mine = insert(m.SourceList).values(source_key=CALENDAR, name="day", enabled=False)
    conn.execute(mine.on_conflict_do_nothing())
    list_id = sa.select(m.SourceList.id).where(m.SourceList.source_key == CALENDAR)
    run = (
        sa.insert(m.Run)
        .values(
            list_id=list_id.scalar_subquery(),
            state=RunState.PUBLISHED,
            asked_by="calendar",
            asked_at=now,
            started_at=now,
            finished_at=now,
            as_of=now,
            known_at=now,
            step="published",
            counts={"altered": moved, "changes": moved},
        )
        .returning(m.Run.id)
    )
    return int(conn.execute(run).scalar_one())
