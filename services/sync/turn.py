"""What time alone changes, published once: an expiry, the end of a suspension, a fact turned stale.

BRIEF rule 16: such a change needs no sync. Documents know the first day on which time changes them
(``turns_on``); when that day has come they are judged again, and each body whose standing differs
gets a change row and the day its place in the log, as a run of the directory's own calendar.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.evidence import log
from services.store.project import due, project
from services.sync.own import Own, own_run
from services.sync.publish import LOCK
from services.terms import ChangeKind
from services.watch.wake import tell

CALENDAR = Own(
    key="calendar",
    list="day",
    title="Calendar",
    title_zh="日历",
    note="What time alone changes: expiry, the end of a suspension, facts that turn stale.",
)


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
    run_id = own_run(conn, CALENDAR, now, len(moved))
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
