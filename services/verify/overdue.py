"""Single facts whose look-up is overdue by a whole interval, for stewards: the worst first.

What is overdue with its whole source stands at the desk as that source; a fact without a look-up
is never here.
"""

from datetime import datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find import cursor as cursors
from services.find.views import View
from services.settings import Settings
from services.terms import RunState
from services.verify import due
from services.verify.risk import Risk

MOST = 200


class OverdueFact(View, frozen=True, kw_only=True):
    """``why``: what makes it due as often as it is, the weightiest first. ``last_try``: how the
    newest look-up ended, ``reason`` in its own words; None and "" where none was made."""

    accreditation: str
    label: str
    source: str
    source_title: str
    source_title_zh: str
    due_at: datetime
    every_seconds: int
    why: tuple[Risk, ...]
    last_success_at: datetime | None
    last_try: RunState | None
    last_try_at: datetime | None
    reason: str


class Overdue(View, frozen=True, kw_only=True):
    """One page; ``total`` is of all pages."""

    facts: tuple[OverdueFact, ...]
    total: int
    next_cursor: str | None


class _Place(msgspec.Struct, frozen=True):
    harm: int
    due_at: datetime
    id: int
    list: int


_OVERDUE = sa.text(
    due.FACTS
    + """
, late as (select * from fact where due_at + every < :now),
page as (
    select * from late
    where cast(:harm as int) is null
        or (harm, due_at, id, list_id) > (:harm, cast(:after as timestamptz), :id, :list)
    order by harm, due_at, id, list_id limit :most
)
select page.*, (select count(*) from late) as total, c.meta ->> 'title' as title,
    coalesce(c.meta ->> 'title_zh', '') as title_zh,
    array(select r.risk from rule r where r.risk = any(page.reasons) order by r.harm) as why,
    (select max(finished_at) from run where run.list_id = page.list_id and run.state in
        ('published', 'unchanged') and run.record_key = page.record_key) as good_at,
    t.state as try_state, t.finished_at as try_at, t.reasons[1] as said
from page join source c on c.key = page.source_key
left join lateral (select state, finished_at, reasons from run where run.list_id = page.list_id
    and run.record_key = page.record_key and finished_at is not null
    order by run.id desc limit 1) t on true
order by harm, due_at, id, list_id
"""
)


def overdue_facts(
    conn: Connection, settings: Settings, now: datetime, *, cursor: str = "", limit: int = 50
) -> Overdue:
    """Three queries whatever the count. Raises BadQuestion for an unreadable cursor or limit."""
    cursors.check_limit(limit, MOST)
    place = cursors.read(cursor, _Place) if cursor else None
    values = due.values(conn, settings, now) | {
        "now": now,
        "harm": place.harm if place else None,
        "after": place.due_at if place else None,
        "id": place.id if place else 0,
        "list": place.list if place else 0,
        "most": limit + 1,
    }
    rows = conn.execute(_OVERDUE, values).all()
    shown = rows[:limit]
    last = shown[-1] if len(rows) > limit else None
    return Overdue(
        facts=tuple(
            OverdueFact(
                accreditation=f"a{row.id}",
                label=f"{row.issuer} {row.number}",
                source=row.source_key,
                source_title=row.title or row.source_key,
                source_title_zh=row.title_zh,
                due_at=row.due_at,
                every_seconds=int(row.every.total_seconds()),
                why=tuple(Risk(word) for word in row.why),
                last_success_at=row.good_at,
                last_try=RunState(row.try_state) if row.try_state else None,
                last_try_at=row.try_at,
                reason=row.said or "",
            )
            for row in shown
        ),
        total=rows[0].total if rows else 0,
        next_cursor=cursors.write(_Place(last.harm, last.due_at, last.id, last.list_id))
        if last
        else None,
    )
