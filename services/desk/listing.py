"""All sources and all runs as the desk lists them: what was asked last, what is due, what waits."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion
from services.find import cursor as cursors
from services.find.meta import LOOKUP, load_sources, overdue_why
from services.find.views import View
from services.store.looks import SourceSeen
from services.terms import RunState

MOST = 200
BAD = (RunState.REFUSED, RunState.FAILED)


class DeskSource(View, frozen=True, kw_only=True):
    """``state`` and ``last_run``: how its lists ended last, the worst of them; ``open_run``: one
    that is asked for or under way. ``paused``: by the desk; ``enabled``: by the settings.
    ``takes_brand``: its lists hold presence or credentials, which come by files."""

    key: str
    title: str
    title_zh: str
    tier: int
    made: bool
    enabled: bool
    paused: bool
    every_seconds: int
    state: RunState | None
    last_run: int | None
    last_run_at: datetime | None
    last_success_at: datetime | None
    next_due_at: datetime | None
    overdue_why: str
    refusals_30d: int
    open_run: int | None
    takes_brand: bool


class RunLine(View, frozen=True, kw_only=True):
    """One run of the ledger. ``why``: the first reason of a refusal or failure. ``uploaded_by``:
    who handed its bytes in, "" where they were fetched."""

    id: int
    source: str
    list: str
    record_key: str
    state: RunState
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    attempts: int
    rows: int | None
    why: str
    uploaded_by: str


class _Place(msgspec.Struct, frozen=True):
    before: int


# --- sources --------------------------------------------------------------------------------------

# Each list with its newest ended run, its open one and its refusals; look-ups are asked one record
# at a time and say nothing of how a source does. "between" leaves the order by list to the index
# over list and id: with "=" a list without a run costs a walk through all runs.
_LISTS = sa.text("""
    select l.source_key, l.enabled, n.id, n.state, n.finished_at, o.id as open_run,
        coalesce(c.refused, 0) as refused
    from source_list l
    left join lateral (select id, state, finished_at from run where list_id between l.id and l.id
        and state not in ('queued', 'running') order by list_id desc, id desc limit 1) n on true
    left join lateral (select max(id) as id from run where list_id = l.id
        and state in ('queued', 'running')) o on true
    left join (select list_id, count(*) as refused from run
        where state = 'refused' and finished_at > :since group by list_id) c on c.list_id = l.id
    where l.name <> :lookup
    order by l.id
""")


def sources(conn: Connection, now: datetime) -> tuple[DeskSource, ...]:
    """Every source: three queries however many there are."""
    seen = load_sources(conn)
    paused = set(
        conn.execute(
            sa.select(m.SourceOverride.source_key).where(m.SourceOverride.paused)
        ).scalars()
    )
    lists: dict[str, list[Any]] = {}
    for row in conn.execute(_LISTS, {"since": now - timedelta(days=30), "lookup": LOOKUP}):
        lists.setdefault(row.source_key, []).append(row)
    return tuple(_source(one, lists.get(key, ()), key in paused, now) for key, one in seen.items())


def _source(one: SourceSeen, lists: Sequence[Any], paused: bool, now: datetime) -> DeskSource:
    ended = [row for row in lists if row.id and row.enabled] or [row for row in lists if row.id]
    worst = max(ended, key=lambda row: (row.state in BAD, row.id), default=None)
    due = [each.next_due_at for each in one.lists if each.enabled and each.next_due_at]
    return DeskSource(
        key=one.key,
        title=str(one.meta.get("title", one.key)),
        title_zh=str(one.meta.get("title_zh", "")),
        tier=int(one.tier),
        made=one.made,
        enabled=one.enabled,
        paused=paused,
        every_seconds=one.every_seconds,
        state=RunState(worst.state) if worst else None,
        last_run=worst.id if worst else None,
        last_run_at=worst.finished_at if worst else None,
        last_success_at=one.last_success_at,
        next_due_at=min(due, default=None),
        overdue_why=overdue_why(one, now),
        refusals_30d=sum(row.refused for row in lists),
        open_run=max((row.open_run for row in lists if row.open_run), default=None),
        takes_brand=any(each.name in ("presences", "credentials") for each in one.lists),
    )


# --- runs -----------------------------------------------------------------------------------------

_ALL = sa.select(
    *(m.Run.id, m.Run.list_id, m.Run.record_key, m.Run.state, m.Run.asked_by, m.Run.asked_at),
    *(m.Run.started_at, m.Run.finished_at, m.Run.attempts, m.Run.reasons, m.Run.uploaded_by),
    m.Run.shape["rows"].as_integer().label("rows"),
)


def runs(
    conn: Connection,
    *,
    source: str = "",
    state: str = "",
    uploaded: bool = False,
    cursor: str = "",
    limit: int = 50,
) -> tuple[tuple[RunLine, ...], str | None]:
    """Runs, the newest first, and the next page's cursor: two queries. ``uploaded``: only those
    whose bytes somebody handed in.

    Raises BadQuestion for a source, state, cursor or limit that is none.
    """
    cursors.check_limit(limit, MOST)
    named = _lists(conn, source)
    query: Any = _ALL.where(m.Run.uploaded_at.is_not(None)) if uploaded else _ALL
    if state:
        query = query.where(m.Run.state == _state(state))
    if cursor:
        query = query.where(m.Run.id < cursors.read(cursor, _Place).before)
    rows = conn.execute(_newest(query, named if source else None, limit + 1)).all()
    following = cursors.write(_Place(rows[limit - 1].id)) if len(rows) > limit else None
    return tuple(_line(row, named[row.list_id]) for row in rows[:limit]), following


def _lists(conn: Connection, source: str) -> dict[int, tuple[str, str]]:
    """List → (source, its name): of one source, or of all."""
    one = m.SourceList
    query = sa.select(one.id, one.source_key, one.name)
    if source:
        query = query.where(one.source_key == source)
    found = {row.id: (row.source_key, row.name) for row in conn.execute(query)}
    if source and not found:
        raise BadQuestion(f'source: there is no source "{source}".', "See /desk/sources for them.")
    return found


def _state(word: str) -> RunState:
    try:
        return RunState(word)
    except ValueError as fault:
        known = ", ".join(one.value for one in RunState)
        raise BadQuestion(f'state: "{word}" is none.', f"It takes {known}.") from fault


def _newest(query: Any, lists: dict[int, Any] | None, count: int) -> Any:
    """Of one source's lists each by its own index, so that a seldom asked source is no long walk
    through the runs of all others."""
    if lists is None:
        return query.order_by(m.Run.id.desc()).limit(count)
    parts = [
        query.where(m.Run.list_id == id_).order_by(m.Run.id.desc()).limit(count).subquery()
        for id_ in lists
    ]
    whole = sa.union_all(*(sa.select(part) for part in parts)).subquery()
    return sa.select(whole).order_by(whole.c.id.desc()).limit(count)


def _line(row: Any, of: tuple[str, str]) -> RunLine:
    return RunLine(
        id=row.id,
        source=of[0],
        list=of[1],
        record_key=row.record_key,
        state=RunState(row.state),
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        attempts=row.attempts,
        rows=row.rows,
        why=row.reasons[0] if row.reasons else "",
        uploaded_by=row.uploaded_by,
    )
