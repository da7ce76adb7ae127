"""The blast radius of a change of status: what it touches, and from which day.

Audited rows and watchlists are those of the account that asks; scope lines and the body's other
accreditations are the directory's, as they are known now.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.audit.judge import days_judged
from services.errors import BadQuestion, NotFound
from services.find.changes import body_names, place
from services.find.scope import each_line, line_key
from services.find.views import NameView
from services.store.facts import Held, load
from services.store.merge import AccreditationHeld
from services.terms import Changed, ChangeKind
from services.watch.filter import event
from services.watch.lists import WatchlistView, holding
from services.watch.merged import redirects

MOST_ROWS = 1000  # row numbers of one audit that are named
MOST_LINES = 500  # lines that are shown; all are counted


class TouchedAudit(msgspec.Struct, frozen=True, kw_only=True):
    """``rows``: how many of the audit's rows; ``numbers``: which, the first of them. ``first_on``,
    ``last_on``: the days judged among them."""

    id: int
    name: str
    rows: int
    numbers: tuple[int, ...]
    first_on: date
    last_on: date


class TouchedLine(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    object: str
    parameter: str
    method: str
    sites: tuple[str, ...]


class Beside(msgspec.Struct, frozen=True, kw_only=True):
    """Another accreditation of the same body, which the change leaves as it is. ``same_sites``:
    sites that both name in their scope."""

    id: str
    label: str
    same_sites: tuple[str, ...]


class Touched(msgspec.Struct, frozen=True, kw_only=True):
    """What is touched, from ``since`` until before ``until`` (None: open).

    ``dated``: the source names the day; else it is the one on which the directory learned of it.
    ``event``: what befell the accreditation. ``partial``: it names lines or sites, and ``lines``
    are those; a row whose question named no line, or whose line is not known, counts as touched.
    ``of_lines``: all lines of the accreditation.
    """

    event: str
    accreditation: str
    label: str
    body: str
    body_names: tuple[NameView, ...]
    since: date
    until: date | None
    dated: bool
    partial: bool
    lines: int
    of_lines: int
    shown_lines: tuple[TouchedLine, ...]
    beside: tuple[Beside, ...]
    audits: tuple[TouchedAudit, ...]
    watchlists: tuple[WatchlistView, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What befalls an accreditation: whole, or the lines and sites named."""

    accreditation_id: int
    event: str
    since: date
    until: date | None = None
    dated: bool = True
    lines: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()


def effect_of(conn: Connection, cursor: str) -> Effect:
    """The effect of a change by its place in the log ("8.1").

    Raises NotFound where there is no such change, and BadQuestion where it changes no status.
    """
    position, row = place(cursor)
    change = m.Change
    found = conn.execute(
        sa.select(
            *(change.kind, change.what, change.accreditation_id, change.before, change.after),
            m.LogLeaf.known_at,
            event().label("event"),
        )
        .join(m.LogLeaf, m.LogLeaf.run_id == change.run_id)
        .where(m.LogLeaf.position == position, change.row == row)
    ).one_or_none()
    if found is None:
        raise NotFound(f'There is no change "{cursor}" in the log.', "Take one of /api/v1/changes.")
    if not found.event or found.accreditation_id is None:
        raise BadQuestion(
            f'place: the change "{cursor}" is none of an accreditation\'s status.',
            f"Ask for a change of {Changed.STATUS_EVENT.value}, or of what a register lists.",
        )
    # an ended statement is what it was; an altered one reaches from its earlier to its later form
    said: dict[str, Any] = found.after or found.before or {}
    was: dict[str, Any] = (found.before or {}) if found.kind is ChangeKind.ALTERED else {}
    days = [one for one in (_day(said.get("on")), _day(was.get("on"))) if one]
    learned: date = found.known_at.astimezone(UTC).date()
    return Effect(
        accreditation_id=found.accreditation_id,
        event=found.event,
        since=min(days, default=learned),
        until=_last(said, was),
        dated=bool(days),
        lines=frozenset(said.get("lines") or ()) | frozenset(was.get("lines") or ()),
        sites=frozenset(said.get("sites") or ()) | frozenset(was.get("sites") or ()),
    )


def _day(value: Any) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) and value else None


def _last(said: dict[str, Any], was: dict[str, Any]) -> date | None:
    """The later end; none where either form is open."""
    ends = [_day(form.get("until")) for form in (said, was) if form]
    known = [one for one in ends if one]
    return max(known) if known and len(known) == len(ends) else None


def touched(conn: Connection, effect: Effect, *, account_id: int | None, now: datetime) -> Touched:
    """What an effect touches: some 15 queries, and one for each hundred chunks of audits of which
    only some rows are touched. Raises NotFound for an accreditation that is none.
    """
    held, acc, others = _accreditation(conn, effect.accreditation_id, now)
    lines = [row for row, _ in each_line(conn, held, [acc])]
    hit = [row for row in lines if _hits(effect, line_key(row), row.sites)]
    names = body_names(conn, [acc.body_id])
    return Touched(
        event=effect.event,
        accreditation=f"a{acc.id}",
        label=acc.label,
        body=f"b{acc.body_id}",
        body_names=names.get(acc.body_id, ()),
        since=effect.since,
        until=effect.until,
        dated=effect.dated,
        partial=bool(effect.lines or effect.sites),
        lines=len(hit),
        of_lines=len(lines),
        shown_lines=tuple(
            TouchedLine(
                key=line_key(row),
                object=row.object or row.object_also,
                parameter=row.parameter or row.parameter_also,
                method=row.method,
                sites=tuple(row.sites),
            )
            for row in hit[:MOST_LINES]
        ),
        beside=_beside(conn, held, others, {site for row in hit for site in row.sites}),
        audits=() if account_id is None else _audits(conn, effect, account_id),
        watchlists=() if account_id is None else holding(conn, account_id, acc.body_id),
    )


def _accreditation(
    conn: Connection, accreditation_id: int, now: datetime
) -> tuple[Held, AccreditationHeld, list[AccreditationHeld]]:
    """The accreditation as it is known now, and the others of its body."""
    link, record = m.AccreditationLink, m.BodyLink
    bodies = conn.execute(
        sa.select(record.body_id)
        .join(link, link.record_id == record.record_id)
        .where(link.accreditation_id == accreditation_id, sa.func.upper_inf(record.known))
        .distinct()
    ).scalars()
    moved = redirects(conn)
    found = {moved.get(body, body) for body in bodies}
    held = load(conn, sorted(found), on=now.date(), known_at=now, parts=())
    for body in held.bodies.values():
        of_body = {one.id: one for one in body.accreditations}
        if accreditation_id in of_body:
            return held, of_body.pop(accreditation_id), list(of_body.values())
    raise NotFound(f'There is no accreditation "a{accreditation_id}" in the directory.')


def _hits(effect: Effect, key: str, sites: Collection[str]) -> bool:
    """Whether a line is among those that an effect names; a line without sites is at all."""
    named = not effect.lines or key in effect.lines
    return named and (not effect.sites or not sites or not effect.sites.isdisjoint(sites))


def _beside(
    conn: Connection, held: Held, others: Sequence[AccreditationHeld], sites: set[str]
) -> tuple[Beside, ...]:
    at: dict[int, set[str]] = defaultdict(set)
    if sites:
        for row, _ in each_line(conn, held, others):
            at[row.accreditation_id].update(row.sites)
    return tuple(
        Beside(id=f"a{one.id}", label=one.label, same_sites=tuple(sorted(sites & at[one.id])))
        for one in sorted(others, key=lambda one: one.id)
    )


# --- audited rows --------------------------------------------------------------------------------


@dataclass(slots=True)
class _Rows:
    name: str
    numbers: list[int] = field(default_factory=list)
    days: list[date] = field(default_factory=list)


_CHUNKS_AT_ONCE = 100


def _audits(conn: Connection, effect: Effect, account_id: int) -> tuple[TouchedAudit, ...]:
    """Rows of the account's audits that the accreditation decides on a day of the effect."""
    touch, audit = m.AuditTouch, m.Audit
    where = [
        touch.accreditation_id == effect.accreditation_id,
        audit.account_id == account_id,
        touch.last_on >= effect.since,
    ]
    if effect.until is not None:
        where.append(touch.first_on < effect.until)
    found = conn.execute(
        sa.select(
            *(touch.audit_id, touch.chunk, touch.rows, touch.first_on, touch.last_on, audit.name)
        )
        .join(audit, audit.id == touch.audit_id)
        .where(*where)
        .order_by(touch.audit_id, touch.chunk)
    ).all()
    audits: dict[int, _Rows] = {}
    unsure: list[Any] = []
    for row in found:
        of = audits.setdefault(row.audit_id, _Rows(row.name))
        within = row.first_on >= effect.since
        within = within and (effect.until is None or row.last_on < effect.until)
        if within and not effect.lines:
            of.numbers += row.rows
            of.days += [row.first_on, row.last_on]
        else:
            unsure.append(row)
    for first in range(0, len(unsure), _CHUNKS_AT_ONCE):
        for audit_id, number, day in _rows(conn, effect, unsure[first : first + _CHUNKS_AT_ONCE]):
            audits[audit_id].numbers.append(number)
            audits[audit_id].days.append(day)
    return tuple(
        TouchedAudit(
            id=audit_id,
            name=of.name,
            rows=len(set(of.numbers)),
            numbers=tuple(sorted(set(of.numbers))[:MOST_ROWS]),
            first_on=min(of.days),
            last_on=max(of.days),
        )
        for audit_id, of in sorted(audits.items())
        if of.numbers
    )


def _rows(
    conn: Connection, effect: Effect, chunks: Sequence[Any]
) -> Iterable[tuple[int, int, date]]:
    """(audit, row, day) within chunks of which only some rows are touched: each row is asked for
    its own days and its own line."""
    held = m.AuditChunk
    pairs = sa.tuple_(held.audit_id, held.number)
    rows = conn.execute(
        sa.select(held.audit_id, held.first_row, held.asked, held.answered).where(
            pairs.in_([(one.audit_id, one.chunk) for one in chunks]), held.answered.is_not(None)
        )
    )
    id_ = f"a{effect.accreditation_id}"
    last = effect.until or date.max
    if effect.until is not None:
        last = effect.until - timedelta(days=1)
    for row in rows:
        for number, on, judged in days_judged(row.asked, row.answered, row.first_row):
            hit = not effect.lines or not judged.line or judged.line in effect.lines
            if judged.accreditation == id_ and effect.since <= on <= last and hit:
                yield row.audit_id, number, on
