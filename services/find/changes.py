"""What changed, in log order: for readers the newest first, for followers from where they were."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion
from services.find.cursor import check_limit, number
from services.find.meta import load_sources, meta
from services.find.views import ChangeView, Meta, NameView
from services.store.facts import of_ids
from services.terms import ChangeKind, EventKind

MOST = 1000
NEWEST, OLDEST = "newest", "oldest"


def changes(
    conn: Connection,
    *,
    cursor: str = "",
    limit: int = 100,
    kind: str = "",
    what: str = "",
    source: str = "",
    body: str = "",
    order: str = NEWEST,
    repeats: bool = True,
) -> tuple[tuple[ChangeView, ...], Meta]:
    """One page of change rows with the names of their bodies: three queries.

    ``order`` "newest": the cursor ends when nothing older is left. "oldest": for followers; there
    is always a cursor to go on from, also when nothing is new. Without ``repeats`` what another
    record had already said is left out. Raises BadQuestion.
    """
    check_limit(limit, MOST)
    if order not in (NEWEST, OLDEST):
        raise BadQuestion(f'order: "{order}" is not known.', 'It takes "newest" or "oldest".')
    newest = order == NEWEST
    query = _narrowed(_select(), kind, what, source, body)
    if not repeats:
        query = query.where(~m.Change.repeats)
    place = sa.tuple_(m.LogLeaf.position, m.Change.row)
    if cursor:
        at = sa.tuple_(*(sa.literal(value, sa.BigInteger) for value in _place(cursor)))
        query = query.where(place < at if newest else place > at)
    columns = (m.LogLeaf.position, m.Change.row)
    query = query.order_by(*(c.desc() if newest else c.asc() for c in columns))
    rows = conn.execute(query.limit(limit + 1)).all()
    page, more = rows[:limit], len(rows) > limit
    names = body_names(conn, [row.body_id for row in page if row.body_id])
    views = tuple(_view(row, names.get(row.body_id, ())) for row in page)
    following = views[-1].cursor if views and (more or not newest) else None
    if not newest and following is None:
        following = cursor or None
    return views, _meta(conn, views, following)


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
    rows = conn.execute(query.order_by(*latest).limit(limit)).all()
    names = body_names(conn, [row.body_id for row in rows if row.body_id])
    return tuple(_view(row, names.get(row.body_id, ())) for row in rows)


def _select() -> sa.Select[Any]:
    change, run, one = m.Change, m.Run, m.SourceList
    return (
        sa.select(
            *(change.row, change.kind, change.what, change.key, change.body_id),
            *(change.accreditation_id, change.before, change.after, change.repeats),
            *(m.LogLeaf.position, m.LogLeaf.known_at, one.source_key, m.SourceRow.made),
            *(m.Accreditation.issuer, m.Accreditation.number, m.Record.label),
        )
        .join(m.LogLeaf, m.LogLeaf.run_id == change.run_id)
        .join(run, run.id == change.run_id)
        .join(one, one.id == run.list_id)
        .join(m.SourceRow, m.SourceRow.key == one.source_key)
        .outerjoin(m.Accreditation, m.Accreditation.id == change.accreditation_id)
        .outerjoin(m.Record, m.Record.id == change.record_id)
    )


def _narrowed(
    query: sa.Select[Any], kind: str, what: str, source: str, body: str
) -> sa.Select[Any]:
    if kind:
        try:
            query = query.where(m.Change.kind == ChangeKind(kind))
        except ValueError as fault:
            known = ", ".join(one.value for one in ChangeKind)
            raise BadQuestion(f'kind: "{kind}" is not known.', f"It takes {known}.") from fault
    if what:
        query = query.where(m.Change.what == what)
    query = query.where(m.SourceList.source_key == source if source else ~_of_others())
    if body:
        query = query.where(m.Change.body_id == number(body, "b", "a body"))
    return query


def _of_others() -> sa.ColumnElement[bool]:
    """Records with a name in a source that is not about testing bodies (trust services, say): they
    are told to who asks for that source, never among testing bodies."""
    about = m.SourceRow.meta["about_testing_bodies"].as_boolean()
    named = sa.exists().where(m.Name.record_id == m.Change.record_id)
    return sa.and_(~sa.func.coalesce(about, sa.true()), named)


def _place(cursor: str) -> tuple[int, int]:
    position, _, row = cursor.partition(".")
    digits = position.isascii() and position.isdigit() and row.isascii() and row.isdigit()
    if not digits or len(cursor) > 30:
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
