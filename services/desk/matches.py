"""Doubts about who is who, for a steward: the list, and one with both sides and what deciding does.

Those come first on which verdicts wait (a record whose own body is in doubt is judged
IDENTITY_UNRESOLVED), then the newest.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import chain
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk import effect, pairs
from services.desk.decide import pair_of, read_item
from services.desk.effect import Effect
from services.errors import BadQuestion
from services.find import accreditations as accs
from services.find import cursor as cursors
from services.find import parts
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.views import (
    AccreditationBrief,
    IdentifierView,
    Meta,
    NameView,
    SiteView,
    View,
)
from services.store.card import decisions_of, place_of
from services.store.facts import BodyHeld, Held, load
from services.store.judge import brief
from services.store.looks import load_sources
from services.store.merge import Said

MOST = 200
STATES = ("open", "decided", "all")


class DecisionView(View, frozen=True, kw_only=True):
    decided: str  # same, apart or relation
    because: str
    proof: str
    by: str
    at: datetime


class MatchBrief(View, frozen=True, kw_only=True):
    """``body``: of the record that raised the doubt; ``other``: whom it may be (the same id: the
    record's name changed altogether). ``waits``: verdicts wait for it. ``evidence``: what
    matching compared, with the parts of a score where it made one."""

    id: str
    state: str
    reason: str
    asked_at: datetime
    waits: bool
    record: str
    source: str
    body: str
    other: str
    evidence: dict[str, Any]


class Side(View, frozen=True, kw_only=True):
    """One of the two bodies as it stands today, each fact with its evidence."""

    body: str
    names: tuple[NameView, ...]
    identifiers: tuple[IdentifierView, ...]
    country: str
    city: str
    accreditations: tuple[AccreditationBrief, ...]
    sites: tuple[SiteView, ...]
    sources: tuple[str, ...]
    records: int


class Match(MatchBrief, frozen=True, kw_only=True):
    """``version`` is sent with the decision. ``effect``: of merging the one that would go into the
    one that stays; None where there is no second body, or the doubt is decided. ``merged``: the
    body that was merged to decide it and still is; that can be undone."""

    sides: tuple[Side, ...]
    version: str
    effect: Effect | None
    decision: DecisionView | None = None
    merged: str = ""


class MergeStanding(View, frozen=True, kw_only=True):
    """An id that leads on today; ``by`` is empty where the road made it."""

    body: str
    into: str
    name: str  # of the body that it leads to
    because: str
    by: str
    at: datetime


class _Place(msgspec.Struct, frozen=True):
    waits: bool
    before: int


def _waits() -> sa.ColumnElement[bool]:
    return sa.and_(m.ReviewItem.body_id == m.BodyLink.body_id, m.ReviewItem.state == "open")


def matches(
    conn: Connection,
    *,
    state: str = "open",
    cursor: str = "",
    limit: int = 50,
    on: date,
    known_at: datetime,
) -> tuple[tuple[MatchBrief, ...], Meta]:
    """A page of doubts: four queries. Raises BadQuestion for an unknown state, limit or cursor."""
    if state not in STATES:
        raise BadQuestion(f'state: "{state}" is not known.', f"It takes {', '.join(STATES)}.")
    cursors.check_limit(limit, MOST)
    item, waits = m.ReviewItem, _waits()
    asked = [item.kind == "match", item.body_id.is_not(None)]
    if state != "all":
        asked.append((item.state == "open") == (state == "open"))
    # a record that has a body always has one: no link is asked for to count
    total = conn.execute(sa.select(sa.func.count(item.id)).where(*asked)).scalar_one()
    at = cursors.read(cursor, _Place) if cursor else None
    keys = _keys(asked, state, at, limit + 1)
    query = _select(waits).where(item.id.in_(keys)).order_by(waits.desc(), item.id.desc())
    rows = conn.execute(query).all()
    page = rows[:limit]
    following = cursors.write(_Place(page[-1].waits, page[-1].id)) if len(rows) > limit else None
    sources = load_sources(conn, sorted({row.source_key for row in page}))
    answer = meta(
        conn, list(sources.values()), on=on, known_at=known_at, next_cursor=following, total=total
    )
    return tuple(MatchBrief(**_brief(row)) for row in page), answer


def _keys(
    asked: list[sa.ColumnElement[bool]], state: str, at: _Place | None, limit: int
) -> sa.Select[Any]:
    """Ids of a page: those on which verdicts wait, then the others, each half the newest first.

    Two halves, for each to walk its index from its place on and to stop when the page is full; one
    order over both would sort every doubt there is for each page.
    """
    item, link, waits = m.ReviewItem, m.BodyLink, _waits()
    halves = []
    for first in (True, False):
        if first and (state == "decided" or (at and not at.waits)):
            continue
        half = (
            sa.select(item.id, sa.literal(first).label("waits"))
            .join(link, sa.and_(link.record_id == item.record_id, sa.func.upper_inf(link.known)))
            .where(*asked, waits if first else sa.not_(waits))
            .order_by(item.id.desc())
            .limit(limit)
        )
        if at and at.waits == first:
            half = half.where(item.id < at.before)
        halves.append(sa.select(half.subquery()))
    both = sa.union_all(*halves).subquery()
    return sa.select(both.c.id).order_by(both.c.waits.desc(), both.c.id.desc()).limit(limit)


def _select(waits: sa.ColumnElement[bool]) -> sa.Select[Any]:
    item, link = m.ReviewItem, m.BodyLink
    return (
        sa.select(
            item.__table__,
            link.body_id.label("now_body"),
            waits.label("waits"),
            m.Record.label.label("record"),
            m.SourceList.source_key,
        )
        .join(link, sa.and_(link.record_id == item.record_id, sa.func.upper_inf(link.known)))
        .join(m.Record, m.Record.id == item.record_id)
        .join(m.SourceList, m.SourceList.id == m.Record.list_id)
        .where(item.kind == "match", item.body_id.is_not(None))
    )


def _brief(row: Any) -> dict[str, Any]:
    return {
        "id": f"m{row.id}",
        "state": row.state,
        "reason": row.reason,
        "asked_at": row.asked_at.astimezone(UTC),
        "waits": row.waits,
        "record": row.record,
        "source": row.source_key,
        "body": f"b{row.now_body}",
        "other": f"b{row.body_id}",
        "evidence": row.evidence,
    }


def match(
    conn: Connection,
    match_id: str,
    *,
    into: str = "",
    on: date,
    known_at: datetime,
) -> tuple[Match, Meta]:
    """One doubt with both sides as they stand and what a merge would do. ``into``: the body that
    would stay, the older one where it is not said. Raises NotFound, BadQuestion."""
    item = read_item(conn, match_id)
    row = conn.execute(_select(_waits()).where(m.ReviewItem.id == item.id)).one()
    one, two = pair_of(conn, item, lambda: known_at)
    stays = cursors.number(into, "b", "a body") if into else min(one, two)
    if stays not in (one, two):
        raise BadQuestion(f'into: "{into}" is neither body.', f"It takes b{one} or b{two}.")
    does = None
    if one != two and item.state == "open":
        does = effect.of_merge(conn, one if stays == two else two, stays, known_at)
    ids = tuple(dict.fromkeys((one, two)))
    held = load(conn, ids, on=on, known_at=known_at)
    bodies = [held.bodies[body] for body in ids]
    proofs = Proofs(conn, chain.from_iterable(_statements(body) for body in bodies))
    view = Match(
        **(_brief(row) | {"other": f"b{two}"}),
        sides=tuple(_side(conn, held, body, proofs) for body in bodies),
        version=does.version if does else pairs.version(conn, ids),
        effect=does,
        decision=_decision(item),
        merged=_merged(conn, item),
    )
    return view, meta(conn, held.sources_behind(), on=on, known_at=known_at)


def _statements(body: BodyHeld) -> Iterator[Said]:
    yield from chain(body.names, body.identifiers, body.profiles, body.sites)
    for acc in body.accreditations:
        yield from accs.statements(acc)


def _side(conn: Connection, held: Held, body: BodyHeld, proofs: Proofs) -> Side:
    place = place_of(body)
    decisions = decisions_of(body, held.on, held.known_at.date())
    return Side(
        body=f"b{body.id}",
        names=parts.names(body, proofs),
        identifiers=parts.identifiers(body, proofs),
        country=place.country,
        city=place.city,
        accreditations=tuple(
            msgspec.convert(brief(acc, decisions[acc.id]), AccreditationBrief)
            for acc in body.accreditations
        ),
        sites=parts.sites(body, proofs, parts.site_lines(conn, body, held.known_at)),
        sources=tuple(sorted({record.source.key for record in body.records})),
        records=len(body.records),
    )


def _decision(item: Any) -> DecisionView | None:
    if item.state == "open":
        return None
    return DecisionView(
        decided=item.state,
        because=item.because,
        proof=item.proof,
        by=item.by or "",
        at=item.closed_at.astimezone(UTC),
    )


def _merged(conn: Connection, item: Any) -> str:
    if item.merge_id is None:
        return ""
    of = sa.select(m.BodyMerge.body_id).where(
        m.BodyMerge.id == item.merge_id, sa.func.upper_inf(m.BodyMerge.known)
    )
    body_id = conn.execute(of).scalar_one_or_none()
    return f"b{body_id}" if body_id else ""


_STANDING = """
    select g.body_id, g.into_id, g.because, a.name as by, lower(g.known) as at, n.text as name
    from body_merge g left join account a on a.id = g.account_id
    left join lateral (select n.text from body_link l join name n on n.record_id = l.record_id
            and upper_inf(n.known)
        where l.body_id = g.into_id and upper_inf(l.known) order by n.id limit 1) n on true
    where upper_inf(g.known) order by lower(g.known) desc, g.id desc limit :most
"""


def merges_standing(conn: Connection, most: int) -> tuple[MergeStanding, ...]:
    """The newest merges that stand: one query."""
    return tuple(
        MergeStanding(
            body=f"b{row.body_id}",
            into=f"b{row.into_id}",
            name=row.name or f"b{row.into_id}",
            because=row.because,
            by=row.by or "",
            at=row.at.astimezone(UTC),
        )
        for row in conn.execute(sa.text(_STANDING), {"most": most})
    )
