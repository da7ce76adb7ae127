"""Accreditations as pages show them: the decision, the events, the spans for the picture."""

from collections.abc import Collection, Iterable
from datetime import date, datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find.proof import Proofs
from services.find.views import AccreditationView, EventView, Span, StatusView
from services.store.facts import Held
from services.store.judge import status
from services.store.merge import AccreditationHeld, EventHeld, Said
from services.validity import Decision, Facts, Question, decide, next_turn, standing

MOST_SPANS = 200  # a picture's worth; the timeline names everything
Issuers = dict[str, tuple[str, str]]  # acronym → name, name in its own language


def status_view(decision: Decision) -> StatusView:
    return msgspec.convert(status(decision), StatusView)


def issuers(conn: Connection, acronyms: Collection[str], known_at: datetime) -> Issuers:
    """Names of accreditation bodies by acronym, as known then; an acronym that two of them bear has
    none (BRIEF: acronyms collide)."""
    body = m.AccreditationBody
    rows = conn.execute(
        sa.select(body.acronym, body.name, body.local_name)
        .where(
            body.acronym == sa.any_(sa.literal(sorted(acronyms), sa.ARRAY(sa.Text))),
            body.known.contains(known_at),
        )
        .distinct()
    )
    found: dict[str, set[tuple[str, str]]] = {}
    for row in rows:
        found.setdefault(row.acronym, set()).add((row.name, row.local_name))
    return {acronym: next(iter(named)) for acronym, named in found.items() if len(named) == 1}


def statements(acc: AccreditationHeld) -> list[Said]:
    """Everything said of an accreditation that an answer shows evidence for."""
    return [*acc.said, *(said for event in acc.events for said in event.said)]


def view(
    acc: AccreditationHeld, decision: Decision, held: Held, proofs: Proofs, named: Issuers
) -> AccreditationView:
    name, local_name = named.get(acc.issuer, ("", ""))
    return AccreditationView(
        id=f"a{acc.id}",
        body=f"b{acc.body_id}",
        kind=acc.kind,
        issuer=acc.issuer,
        issuer_name=name,
        issuer_local_name=local_name,
        number=acc.number,
        field=acc.field,
        standard=acc.standard,
        body_kind=acc.body_kind,
        granted=acc.facts.granted,
        expires=acc.facts.expires,
        basis=acc.basis,
        schedule_held=acc.schedule_held,
        lines=acc.line_count,
        listed=acc.listed,
        status=status_view(decision),
        events=tuple(event_view(acc, event, proofs) for event in _newest_first(acc.events)),
        spans=spans(acc.facts, held.known_at.date()),
        lookup=bool(acc.number) and _offers_lookup(acc.issuer, held),
        evidence=proofs.all(acc.said),
    )


def _newest_first(events: Iterable[EventHeld]) -> list[EventHeld]:
    def when(one: EventHeld) -> date:
        return one.event.on or (one.event.window[1] if one.event.window else date.min)

    return sorted(events, key=when, reverse=True)


def _offers_lookup(issuer: str, held: Held) -> bool:
    return any(
        source.enabled and issuer in source.meta.get("lookup_issuers", ())
        for source in held.sources.values()
    )


def event_view(acc: AccreditationHeld, one: EventHeld, proofs: Proofs) -> EventView:
    row = one.said[0].row
    return EventView(
        accreditation=f"a{acc.id}",
        kind=one.event.kind,
        on=row.on,
        until=row.until,
        window=one.event.window,
        decided=row.decided,
        published=row.published,
        expires=row.expires,
        lines=tuple(row.lines),
        sites=tuple(row.sites),
        asked_by=row.asked_by,
        raw=row.raw,
        evidence=proofs.all(one.said),
    )


def spans(facts: Facts, known_on: date) -> tuple[Span, ...]:
    """The decision over all days, from the first that any fact names, as known at one day.

    Only days on which the decision can turn are judged; equal neighbours are one span. Days after
    ``known_on`` are judged as they will be if nothing more is learned.
    """
    days = [check.day for check in facts.checks]
    days += [day for event in facts.events for day in (event.on, event.window and event.window[0])
             if isinstance(day, date)]  # fmt: skip
    days += [facts.granted] if facts.granted else []
    if not days:
        return ()
    found: list[Span] = []
    day: date | None = min(days)
    while day is not None and len(found) < MOST_SPANS:
        answer = decide(facts, Question(None, None, day, max(day, known_on)))
        end = next_turn(facts, day, known_on)
        found.append(
            Span(
                start=day,
                end=end,
                verdict=answer.verdict,
                standing=standing(answer).value,
                partial=answer.partial,
            )
        )
        day = end
    return tuple(found)
