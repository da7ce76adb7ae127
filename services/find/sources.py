"""The sources, their runs, and the directory's own health: what an operator asks each morning."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import NotFound
from services.find import cursor as cursors
from services.find.changes import newest_suspensions
from services.find.meta import LOOKUP, load_sources, meta, overdue_why
from services.find.shape import difference
from services.find.views import ListView, Meta, RunView, ShapeDiff, SourceView, Status
from services.store.facts import of_ids
from services.store.looks import ListSeen, SourceSeen
from services.terms import RunState

COMPLETE = (RunState.PUBLISHED, RunState.UNCHANGED)
OVER = (*COMPLETE, RunState.REFUSED, RunState.FAILED)
HISTORY = 60  # runs in a source's small chart
MOST_RUNS = 200


class _Place(msgspec.Struct, frozen=True):
    before: int


def sources(conn: Connection, now: datetime) -> tuple[tuple[SourceView, ...], Meta]:
    """Every source: seven queries however many there are."""
    states = load_sources(conn)
    views = _views(conn, states, now)
    return views, meta(conn, states.values(), on=now.date(), known_at=now, total=len(views))


def source(conn: Connection, key: str, now: datetime) -> tuple[SourceView, Meta]:
    """Raises NotFound."""
    states = load_sources(conn, [key])
    if not states:
        raise NotFound(f'There is no source "{key}".', "See /sources for the keys.")
    return _views(conn, states, now)[0], meta(conn, states.values(), on=now.date(), known_at=now)


def _views(
    conn: Connection, states: dict[str, SourceSeen], now: datetime
) -> tuple[SourceView, ...]:
    keys = list(states)
    newest = _newest_runs(conn, keys)
    views = {view.id: view for view in _run_views(conn, newest.values())}
    counts, refusals = _counts(conn, keys), _refusals(conn, keys, now)
    history = _history(conn, keys)
    return tuple(
        _view(state, newest, views, counts, refusals.get(key, 0), history.get(key, ()), now)
        for key, state in states.items()
    )


def _view(
    state: SourceSeen,
    newest: dict[tuple[str, str, bool], Any],
    views: dict[int, RunView],
    counts: dict[str, tuple[int, int]],
    refusals: int,
    history: Sequence[tuple[datetime, int, RunState]],
    now: datetime,
) -> SourceView:
    said = state.meta
    why = overdue_why(state, now)
    records, bodies = counts.get(state.key, (0, 0))
    over = [row for (key, _, _), row in newest.items() if key == state.key and row.state in OVER]
    last = max(over, key=lambda row: row.id, default=None)
    due = [one.next_due_at for one in state.lists if one.enabled and one.next_due_at]
    return SourceView(
        key=state.key,
        title=said.get("title", state.key),
        title_zh=said.get("title_zh", ""),
        publisher=said.get("publisher", ""),
        publisher_zh=said.get("publisher_zh", ""),
        home=said.get("home", ""),
        licence=said.get("licence", ""),
        tier=state.tier,
        country=said.get("country", ""),
        note=said.get("note", ""),
        made=state.made,
        enabled=state.enabled,
        authoritative_for=tuple(said.get("authoritative_for", ())),
        leaving_means=said.get("leaving_means", ""),
        every_seconds=int(said.get("every_seconds", 0)),
        has_lookup=bool(said.get("has_lookup")),
        lists=tuple(_list(state, one, newest, views) for one in state.lists),
        last_run_state=RunState(last.state) if last is not None else None,
        last_success_at=state.last_success_at,
        recorded=state.recorded,
        next_due_at=min(due, default=None),
        overdue=bool(why),
        overdue_why=why,
        records=records,
        bodies=bodies,
        refusals_30d=refusals,
        history=tuple(history),
    )


def _list(
    state: SourceSeen,
    one: ListSeen,
    newest: dict[tuple[str, str, bool], Any],
    views: dict[int, RunView],
) -> ListView:
    last = newest.get((state.key, one.name, False))
    good = newest.get((state.key, one.name, True))
    good_view = views[good.id] if good is not None else None
    return ListView(
        name=one.name,
        address=state.meta.get("addresses", {}).get(one.name, ""),
        enabled=one.enabled,
        next_due_at=one.next_due_at,
        last_run=views[last.id] if last is not None else None,
        last_good=good_view,
        rows=good_view.rows if good_view else None,
        failures=one.failures,
    )


# --- runs ----------------------------------------------------------------------------------------

_accepting = sa.alias(m.Run.__table__, "accepting")
_ACCEPTED_BY = (
    sa.select(sa.func.max(_accepting.c.id))
    .where(_accepting.c.accepts_run_id == m.Run.id, _accepting.c.state.in_(COMPLETE))
    .correlate(m.Run)
    .scalar_subquery()
)
_rereading = sa.alias(m.Run.__table__, "rereading")
_REREAD_BY = (
    sa.select(sa.func.max(_rereading.c.id))
    .where(_rereading.c.rereads_run_id == m.Run.id, _rereading.c.state.in_(COMPLETE))
    .correlate(m.Run)
    .scalar_subquery()
)
_RUN = (
    sa.select(
        m.Run.__table__,
        m.SourceList.source_key,
        m.SourceList.name.label("list_name"),
        m.LogLeaf.position,
        _ACCEPTED_BY.label("accepted_by_run"),
        _REREAD_BY.label("reread_by_run"),
    )
    .join(m.SourceList, m.SourceList.id == m.Run.list_id)
    .outerjoin(m.LogLeaf, m.LogLeaf.run_id == m.Run.id)
)


# The runs of a list, the newest first, by the index over list and id: with "=" the planner may walk
# through all runs for a list that is seldom asked.
_OF_LIST = m.Run.list_id.between(m.SourceList.id, m.SourceList.id)
_NEWEST = (m.Run.list_id.desc(), m.Run.id.desc())


def _newest_runs(conn: Connection, keys: Sequence[str]) -> dict[tuple[str, str, bool], Any]:
    """(source, list, good) → its newest run; good: one that saw the whole list."""
    last = sa.select(m.Run.id).where(_OF_LIST)
    last = last.order_by(*_NEWEST).limit(1).correlate(m.SourceList)
    mine = m.SourceList.source_key == sa.any_(sa.literal(keys, sa.ARRAY(sa.Text)))
    wanted = sa.union_all(
        sa.select(last.scalar_subquery()).where(mine),
        sa.select(last.where(m.Run.state.in_(COMPLETE)).scalar_subquery()).where(mine),
    )
    found: dict[tuple[str, str, bool], Any] = {}
    for row in conn.execute(_RUN.where(m.Run.id.in_(wanted)).order_by(m.Run.id)):
        found[row.source_key, row.list_name, False] = row
        if row.state in COMPLETE:
            found[row.source_key, row.list_name, True] = row
    return found


def _run_views(conn: Connection, rows: Any) -> list[RunView]:
    """With hashes and addresses of what was fetched: one query for all."""
    unique = {row.id: row for row in rows}
    payloads: dict[int, list[Any]] = {}
    if unique:
        kept = m.RunPayload
        found = sa.select(kept.run_id, kept.sha256, kept.url, kept.publisher_url)
        found = found.where(of_ids(kept.run_id, unique)).order_by(kept.run_id, kept.page)
        for payload in conn.execute(found):
            payloads.setdefault(payload.run_id, []).append(payload)
    return [_run_view(row, payloads.get(row.id, ())) for row in unique.values()]


def _run_view(row: Any, payloads: Sequence[Any]) -> RunView:
    return RunView(
        id=row.id,
        source=row.source_key,
        list=row.list_name,
        record_key=row.record_key,
        state=row.state,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        started_at=row.started_at,
        finished_at=row.finished_at,
        as_of=row.as_of,
        known_at=row.known_at,
        recorded=row.recorded,
        position=row.position,
        attempts=row.attempts,
        reasons=tuple(row.reasons),
        counts={name: value for name, value in row.counts.items() if isinstance(value, int)},
        rows=row.shape.get("rows"),
        sha256=tuple(bytes(one.sha256).hex() for one in payloads),
        urls=tuple(one.publisher_url or one.url for one in payloads),
        accepts_run=row.accepts_run_id,
        accepted_by_run=row.accepted_by_run,
        because=row.because,
        parser_version=row.parser_version,
        cause=row.cause,
        rereads_run=row.rereads_run_id,
        reread_by_run=row.reread_by_run,
        uploaded_by=row.uploaded_by,
        uploaded_at=row.uploaded_at,
        obtained=row.obtained,
    )


def runs(
    conn: Connection, key: str, *, cursor: str = "", limit: int = 50
) -> tuple[tuple[RunView, ...], Meta]:
    """Runs of a source, newest first. Raises NotFound, BadQuestion."""
    cursors.check_limit(limit, MOST_RUNS)
    states = load_sources(conn, [key])
    if not states:
        raise NotFound(f'There is no source "{key}".', "See /sources for the keys.")
    query = _RUN.where(m.SourceList.source_key == key)
    if cursor:
        query = query.where(m.Run.id < cursors.read(cursor, _Place).before)
    rows = conn.execute(query.order_by(m.Run.id.desc()).limit(limit + 1)).all()
    views = tuple(_run_views(conn, rows[:limit]))
    following = cursors.write(_Place(rows[limit - 1].id)) if len(rows) > limit else None
    known_at = _newest_look(states)
    return views, meta(
        conn, states.values(), on=known_at.date(), known_at=known_at, next_cursor=following
    )


def _newest_look(states: dict[str, SourceSeen]) -> datetime:
    """Runs are told without a clock: as of the newest run that ended well."""
    ends = [one.finished_at for state in states.values() for one in state.lists if one.finished_at]
    return max(ends, default=datetime.min.replace(tzinfo=UTC)).astimezone(UTC)


def run(conn: Connection, id: int) -> tuple[RunView, Meta]:  # noqa: A002
    """Raises NotFound."""
    row = conn.execute(_RUN.where(m.Run.id == id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {id}.", "See /sources/{key}/runs.")
    states = load_sources(conn, [row.source_key])
    known_at = _newest_look(states)
    view = msgspec.structs.replace(_run_views(conn, [row])[0], diff=_diff(conn, row))
    return view, meta(conn, states.values(), on=known_at.date(), known_at=known_at)


def _diff(conn: Connection, row: Any) -> ShapeDiff | None:
    """Against the good version that stood before this run; None where either has no shape."""
    if "rows" not in row.shape:
        return None
    before = conn.execute(
        sa.select(m.Run.id, m.Run.shape)
        .where(
            m.Run.list_id == row.list_id,
            m.Run.record_key == row.record_key,
            m.Run.id < row.id,
            m.Run.state.in_(COMPLETE),
            m.Run.shape.has_key("rows"),
        )
        .order_by(m.Run.id.desc())
        .limit(1)
    ).one_or_none()
    return difference(before.id, before.shape, row.shape) if before else None


# --- counts --------------------------------------------------------------------------------------


def _counts(conn: Connection, keys: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Source → records that stand in its lists, and bodies that they speak of."""
    rows = conn.execute(
        sa.select(
            m.SourceList.source_key,
            sa.func.count(m.Sighting.record_id.distinct()),
            sa.func.count(m.BodyLink.body_id.distinct()),
        )
        .join(m.Record, m.Record.list_id == m.SourceList.id)
        .join(
            m.Sighting,
            sa.and_(m.Sighting.record_id == m.Record.id, m.Sighting.end_run_id.is_(None)),
        )
        .outerjoin(
            m.BodyLink,
            sa.and_(m.BodyLink.record_id == m.Record.id, sa.func.upper_inf(m.BodyLink.known)),
        )
        .where(m.SourceList.source_key == sa.any_(sa.literal(keys, sa.ARRAY(sa.Text))))
        .group_by(m.SourceList.source_key)
    )
    return {row[0]: (row[1], row[2]) for row in rows}


def _refusals(conn: Connection, keys: Sequence[str], now: datetime) -> dict[str, int]:
    rows = conn.execute(
        sa.select(m.SourceList.source_key, sa.func.count())
        .join(m.Run, m.Run.list_id == m.SourceList.id)
        .where(
            m.SourceList.source_key == sa.any_(sa.literal(keys, sa.ARRAY(sa.Text))),
            m.Run.state == RunState.REFUSED,
            m.Run.finished_at > now - timedelta(days=30),
        )
        .group_by(m.SourceList.source_key)
    )
    return {row[0]: row[1] for row in rows}


def _history(
    conn: Connection, keys: Sequence[str]
) -> dict[str, tuple[tuple[datetime, int, RunState], ...]]:
    """The last runs of each source that ended, oldest first; an unchanged run has the rows of the
    run before it. Look-ups are not part of the picture."""
    newest = (
        sa.select(m.Run.id, m.Run.finished_at, m.Run.state, m.Run.list_id)
        .add_columns(m.Run.shape["rows"].as_integer().label("rows"))
        .where(_OF_LIST, m.Run.state.in_(OVER))
        .order_by(*_NEWEST)
        .limit(HISTORY)
        .correlate(m.SourceList)
        .lateral("newest")
    )
    one = m.SourceList
    rows = conn.execute(
        sa.select(one.source_key, newest)
        .join(newest, sa.true())
        .where(one.source_key == sa.any_(sa.literal(keys, sa.ARRAY(sa.Text))), one.name != LOOKUP)
        .order_by(newest.c.id)
    )
    found: dict[str, list[tuple[datetime, int, RunState]]] = {}
    before: dict[int, int] = {}
    for row in rows:
        if row.rows is not None and row.state in COMPLETE:
            before[row.list_id] = row.rows
        held = row.rows if row.rows is not None else before.get(row.list_id, 0)
        found.setdefault(row.source_key, []).append((row.finished_at, held, row.state))
    return {key: tuple(points[-HISTORY:]) for key, points in found.items()}


def status(conn: Connection, now: datetime) -> tuple[Status, Meta]:
    """The directory's health in one answer; one publisher's outage shows here and nowhere else."""
    states = load_sources(conn)
    answer = meta(conn, states.values(), on=now.date(), known_at=now)
    numbers = conn.execute(_NUMBERS).one()
    view = Status(
        bodies=numbers.bodies,
        accreditations=numbers.accreditations,
        lines=numbers.lines,
        log_position=answer.log_position,
        sources=answer.sources,
        overdue=tuple(
            f"{key}: {why}" for key, state in states.items() if (why := overdue_why(state, now))
        ),
        newest_suspensions=newest_suspensions(conn, 5),
        open_reviews=numbers.reviews,
        queued=numbers.queued,
        running=numbers.running,
    )
    return view, answer


# The cards hold the counts that a page shows, so that no scope line is counted for the front page.
_NUMBERS = sa.text(
    """
    select count(*) as bodies,
        coalesce(sum((card ->> 'accreditation_count')::bigint), 0)::bigint as accreditations,
        coalesce(sum((card ->> 'line_count')::bigint), 0)::bigint as lines,
        (select count(*) from review_item where state = 'open') as reviews,
        (select count(*) from run where state = 'queued') as queued,
        (select count(*) from run where state = 'running') as running
    from document where to_position is null
    """
)
