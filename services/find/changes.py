"""What changed, in log order: for readers the newest first, for followers from where they were."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion, NotFound
from services.find.cursor import check_limit
from services.find.meta import load_sources, meta
from services.find.views import ChangeView, Meta, NameView
from services.store.facts import of_ids
from services.terms import ChangeKind, EventKind
from services.watch.filter import Filter, condition, read_filter

MOST = 1000
NEWEST, OLDEST = "newest", "oldest"


def changes(
    conn: Connection,
    *,
    cursor: str = "",
    limit: int = 100,
    kind: str = "",
    what: str = "",
    event: str = "",
    issuer: str = "",
    country: str = "",
    source: str = "",
    body: str = "",
    order: str = NEWEST,
    repeats: bool = True,
) -> tuple[tuple[ChangeView, ...], Meta]:
    """One page of change rows that a filter of words wants; see :func:`wanted_changes`."""
    wanted = read_filter(
        kind=kind, what=what, event=event, issuer=issuer, country=country, source=source,
        body=body, repeats=repeats,
    )  # fmt: skip
    return wanted_changes(conn, wanted, cursor=cursor, limit=limit, order=order)


def wanted_changes(
    conn: Connection,
    wanted: Filter,
    *,
    cursor: str = "",
    limit: int = 100,
    order: str = NEWEST,
) -> tuple[tuple[ChangeView, ...], Meta]:
    """One page of the change rows that a filter wants, with the names of their bodies: at most
    eight queries.

    ``order`` "newest": the cursor ends when nothing older is left. "oldest": for followers; there
    is always a cursor to go on from, also when nothing is new. Raises BadQuestion.
    """
    check_limit(limit, MOST)
    if order not in (NEWEST, OLDEST):
        raise BadQuestion(f'order: "{order}" is not known.', 'It takes "newest" or "oldest".')
    newest = order == NEWEST
    query = _select().where(condition(conn, wanted))
    if cursor:
        at = place(cursor)
        query = query.where(_before(at) if newest else _after(at))
    columns = (m.LogLeaf.position, m.Change.row)
    query = query.order_by(*(c.desc() if newest else c.asc() for c in columns))
    rows = conn.execute(query.limit(limit + 1)).all()
    page, more = rows[:limit], len(rows) > limit
    views = _views(conn, page)
    following = views[-1].cursor if views and (more or not newest) else None
    if not newest and following is None:
        following = cursor or None
    return views, _meta(conn, views, following)


def one(conn: Connection, cursor: str) -> tuple[ChangeView, Meta]:
    """The change at a place of the log ("8.1"). Raises NotFound and BadQuestion."""
    views = at_places(conn, [place(cursor)])
    if not views:
        raise NotFound(f'There is no change "{cursor}" in the log.', "Take one of /api/v1/changes.")
    return views[0], _meta(conn, views, None)


def after(
    conn: Connection, wanted: Filter, cursor: tuple[int, int], limit: int
) -> tuple[ChangeView, ...]:
    """The next changes that a filter wants after a place of the log, in its order, without meta:
    for those who follow it all the time."""
    query = _select().where(condition(conn, wanted), _after(cursor))
    query = query.order_by(m.LogLeaf.position, m.Change.row).limit(limit)
    return _views(conn, conn.execute(query).all())


def at_places(conn: Connection, places: Sequence[tuple[int, int]]) -> tuple[ChangeView, ...]:
    """The changes at these places, in the order of the log."""
    if not places:
        return ()
    positions = sa.literal([one for one, _ in places], sa.ARRAY(sa.BigInteger))
    rows = sa.literal([one for _, one in places], sa.ARRAY(sa.BigInteger))
    asked = (
        sa.func.unnest(positions, rows)
        .table_valued(sa.column("position", sa.BigInteger), sa.column("row", sa.BigInteger))
        .render_derived(name="asked")
    )
    query = _select().join(
        asked,
        sa.and_(asked.c.position == m.LogLeaf.position, asked.c.row == m.Change.row),
    )
    query = query.order_by(m.LogLeaf.position, m.Change.row)
    return _views(conn, conn.execute(query).all())


def of_run(conn: Connection, run_id: int, limit: int) -> tuple[ChangeView, ...]:
    """The first changes of one run, in their order."""
    query = _select().where(m.Change.run_id == run_id).order_by(m.Change.row)
    return _views(conn, conn.execute(query.limit(limit)).all())


def end_of_log(conn: Connection) -> tuple[int, int]:
    """The place of the newest change; (-1, 0) before the first."""
    leaf = m.LogLeaf
    query = sa.select(leaf.position, leaf.rows).order_by(leaf.position.desc()).limit(1)
    row = conn.execute(query).one_or_none()
    return (-1, 0) if row is None else (row.position, max(row.rows - 1, 0))


_ISSUERS = """
    with recursive each (issuer) as (
        (select issuer from accreditation order by issuer limit 1)
        union all
        select (select a.issuer from accreditation a where a.issuer > each.issuer
            order by a.issuer limit 1) from each where each.issuer is not null
    )
    select issuer from each where issuer > '' order by issuer
"""


def to_choose(conn: Connection) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(countries, issuers) by which changes may be filtered: all that the directory holds.

    The issuers by steps through their index, however many accreditations there are.
    """
    here = m.Document
    codes = sa.select(sa.func.unnest(here.countries)).where(here.to_position.is_(None)).distinct()
    countries = conn.execute(codes).scalars()
    return tuple(sorted(countries)), tuple(conn.execute(sa.text(_ISSUERS)).scalars())


def newest_suspensions(conn: Connection, limit: int) -> tuple[ChangeView, ...]:
    """Suspensions by the day they took effect, latest first; each once, whoever repeats it.

    By effect and not by when learned: the first sync of a list teaches years of them at once.
    """
    after = m.Change.after
    query = _select().where(
        m.Change.what == "status_event",
        m.Change.kind == ChangeKind.ADDED,
        ~m.Change.repeats,
        m.Change.body_id.is_not(None),  # of testing bodies: other lists' records have none
        after["kind"].astext == EventKind.SUSPENDED.value,
    )
    latest = (after["on"].astext.desc().nulls_last(), m.LogLeaf.position.desc(), m.Change.row)
    return _views(conn, conn.execute(query.order_by(*latest).limit(limit)).all())


_PLACE = sa.tuple_(m.LogLeaf.position, m.Change.row)


# the position once more by itself: an index finds it, which a pair over two tables has not


def _after(at: tuple[int, int]) -> sa.ColumnElement[bool]:
    return sa.and_(m.LogLeaf.position >= at[0], _literal(at) < _PLACE)


def _before(at: tuple[int, int]) -> sa.ColumnElement[bool]:
    return sa.and_(m.LogLeaf.position <= at[0], _literal(at) > _PLACE)


def _literal(at: tuple[int, int]) -> Any:
    return sa.tuple_(*(sa.literal(value, sa.BigInteger) for value in at))


def _select() -> sa.Select[Any]:
    change, run, one = m.Change, m.Run, m.SourceList
    return (
        sa.select(
            *(change.row, change.kind, change.what, change.key, change.body_id),
            *(change.accreditation_id, change.before, change.after, change.repeats),
            *(m.LogLeaf.position, m.LogLeaf.known_at, one.source_key, m.SourceRow.made),
            run.cause,
            *(m.Accreditation.issuer, m.Accreditation.number, m.Record.label),
        )
        .join(m.LogLeaf, m.LogLeaf.run_id == change.run_id)
        .join(run, run.id == change.run_id)
        .join(one, one.id == run.list_id)
        .join(m.SourceRow, m.SourceRow.key == one.source_key)
        .outerjoin(m.Accreditation, m.Accreditation.id == change.accreditation_id)
        .outerjoin(m.Record, m.Record.id == change.record_id)
    )


def place(cursor: str) -> tuple[int, int]:
    """A cursor as position and row of the log. Raises BadQuestion."""
    position, _, row = cursor.partition(".")
    digits = position.isascii() and position.isdigit() and row.isascii() and row.isdigit()
    if not digits or len(position) > 18 or len(row) > 9:
        raise BadQuestion(
            f'cursor: "{cursor[:30]}" is no place in the log.',
            'It takes a log position and a row, as "8.0", or nothing to begin.',
        )
    return int(position), int(row)


def body_names(conn: Connection, ids: Sequence[int]) -> dict[int, tuple[NameView, ...]]:
    """Names of bodies as their current documents show them."""
    if not ids:
        return {}
    rows = conn.execute(
        sa.select(m.Document.body_id, m.Document.card["names"].label("names")).where(
            of_ids(m.Document.body_id, sorted(set(ids))), m.Document.to_position.is_(None)
        )
    )
    return {row.body_id: msgspec.convert(row.names, tuple[NameView, ...]) for row in rows}


def _views(conn: Connection, rows: Sequence[Any]) -> tuple[ChangeView, ...]:
    names = body_names(conn, [row.body_id for row in rows if row.body_id])
    return tuple(_view(row, names.get(row.body_id, ())) for row in rows)


def _view(row: Any, names: tuple[NameView, ...]) -> ChangeView:
    known_at: datetime = row.known_at.astimezone(UTC)
    label = f"{row.issuer} {row.number}".strip() if row.issuer else ""
    return ChangeView(
        cursor=f"{row.position}.{row.row}",
        position=row.position,
        row=row.row,
        kind=row.kind,
        what=row.what,
        body=f"b{row.body_id}" if row.body_id else None,
        body_names=names,
        accreditation=f"a{row.accreditation_id}" if row.accreditation_id else None,
        label=label or row.label or "",
        key=row.key,
        before=_differing(row.before, row.after),
        after=_differing(row.after, row.before),
        known_at=known_at,
        source=row.source_key,
        made=row.made,
        repeats=row.repeats,
        cause=row.cause,
    )


def _differing(
    values: dict[str, Any] | None, other: dict[str, Any] | None
) -> dict[str, object] | None:
    """The fields that differ; of a new or ended statement all that say something."""
    if values is None:
        return None
    if other is None:
        return {name: value for name, value in values.items() if value not in (None, "", [])}
    return {name: value for name, value in values.items() if other.get(name) != value}


def _meta(conn: Connection, views: Sequence[ChangeView], following: str | None) -> Meta:
    """As known at the newest publish: a feed has no clock but the log's."""
    leaf = m.LogLeaf
    newest = conn.execute(
        sa.select(leaf.known_at).order_by(leaf.position.desc()).limit(1)
    ).scalar_one_or_none()
    known_at = (newest or datetime.min.replace(tzinfo=UTC)).astimezone(UTC)
    sources = load_sources(conn, sorted({view.source for view in views}))
    return meta(
        conn, sources.values(), on=known_at.date(), known_at=known_at, next_cursor=following
    )
