"""What needs a person now, in order of harm: what could mislead most people stands first.

refused runs (many accreditations keep an old status) → contradictions (one body is told of in two
ways) → overdue sources (facts age towards "unknown") → matches (one body's facts may stand apart)
→ reports that wait (nothing is shown of them)
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk.contradictions import contradictions
from services.desk.matches import matches
from services.find.meta import LOOKUP, load_sources, overdue_why
from services.find.views import View
from services.terms import DeskAction, RunState

MOST = 200


class Waiting(View, frozen=True, kw_only=True):
    """``kind``: refused_run, contradiction, overdue, match or obstacle. ``ref``: the run's number,
    the contradiction's id, the source's key, the match's or the report's id. ``since``: None where
    no day is known. ``count``: accreditations that keep their old status meanwhile, of a refused
    run."""

    kind: str
    ref: str
    source: str
    label: str
    since: datetime | None
    why: str
    count: int = 0


def waiting(conn: Connection, now: datetime) -> tuple[Waiting, ...]:
    """All that waits, as known now, at most MOST of a kind: 19 queries whatever the count."""
    return (
        *_refused(conn),
        *_contradictions(conn, now),
        *_overdue(conn, now),
        *_matches(conn, now),
        *_obstacles(conn),
    )


# The newest word of each list, where it is a refusal that nobody has decided; what a later run of
# the list published settles it. "between" leaves the order to the index over list and id.
_REFUSED = sa.text("""
    select r.id, r.finished_at, r.reasons, k.source_key, k.name, r.record_key,
        (select count(*) from record c
            join sighting g on g.record_id = c.id and g.end_run_id is null
            join accreditation_link l on l.record_id = c.id and upper_inf(l.known)
            where c.list_id = k.id) as held
    from source_list k
    cross join lateral (select * from run n
        where n.list_id between k.id and k.id and n.record_key = '' and n.state <> :failed
        order by n.list_id desc, n.id desc limit 1) r
    where k.name <> :lookup and r.state = :refused
        and not exists (select from audit_trail t
            where t.object = 'run ' || r.id and t.action = :discarded)
    order by held desc, r.id
    limit :most
""")


def _refused(conn: Connection) -> list[Waiting]:
    values = {
        "refused": RunState.REFUSED.value,
        "failed": RunState.FAILED.value,
        "lookup": LOOKUP,
        "discarded": DeskAction.RUN_DISCARDED.value,
        "most": MOST,
    }
    return [
        Waiting(
            kind="refused_run",
            ref=str(row.id),
            source=row.source_key,
            label=row.name,
            since=row.finished_at,
            why=" ".join(row.reasons[:1]),
            count=row.held,
        )
        for row in conn.execute(_REFUSED, values)
    ]


def _contradictions(conn: Connection, now: datetime) -> list[Waiting]:
    found, _ = contradictions(conn, limit=MOST, on=now.date(), known_at=now)
    return [
        Waiting(
            kind="contradiction",
            ref=one.id,
            source=one.sides[0].source,
            label=one.label,
            since=max(side.evidence.known_from for side in one.sides),
            why=" / ".join(f"{side.source}: {side.said}" for side in one.sides),
        )
        for one in found
    ]


def _overdue(conn: Connection, now: datetime) -> list[Waiting]:
    """Also of a paused source: its facts age as well."""
    late = [(state, overdue_why(state, now)) for state in load_sources(conn).values()]
    return [
        Waiting(
            kind="overdue",
            ref=state.key,
            source=state.key,
            label=str(state.meta.get("title", state.key)),
            since=state.last_success_at,
            why=why,
        )
        for state, why in late
        if why
    ]


def _matches(conn: Connection, now: datetime) -> list[Waiting]:
    """Those on which verdicts wait come first."""
    found, _ = matches(conn, limit=MOST, on=now.date(), known_at=now)
    return [
        Waiting(
            kind="match",
            ref=one.id,
            source=one.source,
            label=one.record or one.id,
            since=one.asked_at,
            why=one.reason,
        )
        for one in found
    ]


def _obstacles(conn: Connection) -> list[Waiting]:
    one, decision = m.Obstacle, m.ObstacleDecision
    rows = conn.execute(
        sa.select(one.id, one.market, one.document_kind, one.created_at)
        .outerjoin(decision, decision.obstacle_id == one.id)
        .where(decision.obstacle_id.is_(None))
        .order_by(one.id)
        .limit(MOST)
    )
    return [
        Waiting(
            kind="obstacle",
            ref=f"o{row.id}",
            source="",
            label=f"{row.market} · {row.document_kind}",
            since=row.created_at,
            why="",
        )
        for row in rows
    ]
