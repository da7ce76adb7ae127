"""One body, whole or in parts, on any day and as known at any time.

All answers come from one load of dated facts (:mod:`services.store.facts`), so that no part can
contradict another, and in a fixed number of queries.
"""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from itertools import chain

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import NotFound
from services.find import accreditations as accs
from services.find import history, parts
from services.find import timeline as told
from services.find.cursor import check_limit, number
from services.find.market_names import read_market
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.related import related
from services.find.scope import scope_page
from services.find.views import (
    AccreditationView,
    BodyView,
    CredentialView,
    Meta,
    PresenceView,
    Scope,
    TimelineEntry,
)
from services.store.card import decisions_of, place_of, standings_of
from services.store.facts import BodyHeld, Held, load
from services.store.judge import judge
from services.store.merge import Said
from services.store.merged import joined_at, merged_at
from services.terms import BodyKind, Polarity

FIRST_LINES = 20
FIRST_ENTRIES = 30
MOST_ENTRIES = 500  # a page of a timeline


def find(
    conn: Connection, body_id: int, shown: str, on: date, known_at: datetime,
    parts: Collection[str] | None = None,
) -> tuple[Held, BodyHeld]:  # fmt: skip
    """The body, or the one that it was merged into by then. ``parts``: of
    services.store.facts.load, None: those of :mod:`services.kit`. Raises NotFound."""
    wanted = {} if parts is None else {"parts": parts}
    held = load(conn, [body_id], on=on, known_at=known_at, **wanted)
    body = held.bodies.get(body_id)
    if body is None:
        raise NotFound(f'There is no body "{shown}".', "Search for it by name or number.")
    if not body.records and body.merged_into is not None:
        now = merged_at(conn, [body_id], known_at).get(body_id, body_id)
        held = load(conn, [now], on=on, known_at=known_at, **wanted)
        body = held.bodies[now]
    if not body.records:
        day = known_at.date().isoformat()
        raise NotFound(f'Nothing was known of body "{shown}" on {day}.', "Ask for a later day.")
    return held, body


def _statements(body: BodyHeld) -> Iterator[Said]:
    yield from chain(body.names, body.identifiers, body.profiles, body.sites, body.presences)
    yield from chain(body.credentials, body.relations)
    for acc in body.accreditations:
        yield from accs.statements(acc)
        yield from acc.history


def _meta(
    conn: Connection, held: Held, id_: str, body: BodyHeld, next_cursor: str | None = None,
    total: int | None = None,
) -> Meta:  # fmt: skip
    warnings = []
    if id_ != f"b{body.id}" and id_.startswith("b"):
        warnings.append(f"{id_} was merged into b{body.id}: this is b{body.id}.")
    return meta(
        conn,
        held.sources_behind(),
        on=held.on,
        known_at=held.known_at,
        warnings=tuple(warnings),
        next_cursor=next_cursor,
        total=total,
    )


def body(conn: Connection, id: str, *, on: date, known_at: datetime) -> tuple[BodyView, Meta]:  # noqa: A002
    """Everything held of a body; of scope and timeline the first page.

    Raises NotFound, and BadQuestion for an id of another form.
    """
    held, one = find(conn, number(id, "b", "a body"), id, on, known_at)
    proofs = Proofs(conn, _statements(one))
    decisions = decisions_of(one, on, known_at.date())
    named = accs.issuers(conn, {acc.issuer for acc in one.accreditations}, known_at)
    lines = parts.site_lines(conn, one, known_at)
    scope_, _ = scope_page(conn, held, one, limit=FIRST_LINES, proofs=proofs)
    answer = _meta(conn, held, id, one)
    place = place_of(one)
    view = BodyView(
        id=f"b{one.id}",
        names=parts.names(one, proofs),
        identifiers=parts.identifiers(one, proofs),
        kinds=tuple(BodyKind(kind) for kind in place.kinds),
        country=place.country,
        region=place.region,
        city=place.city,
        website=place.website,
        made=one.made,
        relations=parts.relations(conn, one, proofs, known_at),
        standings=standings_of(decisions),
        accreditations=tuple(
            accs.view(acc, decisions[acc.id], held, proofs, named) for acc in one.accreditations
        ),
        sites=parts.sites(one, proofs, lines),
        presences=parts.presences(one, proofs, lines, on, known_at.date()),
        credentials=parts.credentials(one, proofs, on),
        scope=scope_,
        timeline=told.entries(one, proofs, known_at)[:FIRST_ENTRIES],
        sources=answer.sources,
        profile_evidence=proofs.all(one.profiles),
        related=related(conn, one.id, known_at),
        merged_into=f"b{one.id}" if f"b{one.id}" != id else None,
    )
    return view, answer


def accreditations(
    conn: Connection,
    id: str,  # noqa: A002
    *,
    on: date,
    known_at: datetime,
) -> tuple[tuple[AccreditationView, ...], Meta]:
    """All accreditations of a body with the decision on each. Raises NotFound, BadQuestion."""
    held, one = find(conn, number(id, "b", "a body"), id, on, known_at)
    proofs = Proofs(conn, _statements(one))
    named = accs.issuers(conn, {acc.issuer for acc in one.accreditations}, known_at)
    decisions = decisions_of(one, on, known_at.date())
    views = tuple(
        accs.view(acc, decisions[acc.id], held, proofs, named) for acc in one.accreditations
    )
    return views, _meta(conn, held, id, one, total=len(views))


def accreditation(
    conn: Connection,
    id: str,  # noqa: A002
    *,
    on: date,
    known_at: datetime,
) -> tuple[AccreditationView, Meta]:
    """One accreditation, or the one that it became when its holder was merged into another.

    Raises NotFound, BadQuestion.
    """
    asked = number(id, "a", "an accreditation")
    wanted = joined_at(conn, [asked], known_at).get(asked)
    holder = conn.execute(
        sa.select(m.BodyLink.body_id)
        .join(m.AccreditationLink, m.AccreditationLink.record_id == m.BodyLink.record_id)
        .where(
            m.AccreditationLink.accreditation_id == wanted,
            m.AccreditationLink.known.contains(known_at),
            m.BodyLink.known.contains(known_at),
        )
        .limit(1)
    ).scalar_one_or_none()
    if holder is None:
        raise NotFound(f'There is no accreditation "{id}".', "Look its number up: /resolve?number=")
    held, one = find(conn, holder, f"b{holder}", on, known_at)
    acc = next((acc for acc in one.accreditations if acc.id == wanted), None)
    if acc is None:
        raise NotFound(f'Nothing was known of accreditation "{id}" then.', "Ask for a later day.")
    proofs = Proofs(conn, accs.statements(acc))
    named = accs.issuers(conn, {acc.issuer}, known_at)
    decision = judge(acc, on, known_at.date())
    answer = _meta(conn, held, id, one)
    if wanted != asked:
        joined = f"{id} became a{wanted} when its holder was merged: this is a{wanted}."
        answer = msgspec.structs.replace(answer, warnings=(*answer.warnings, joined))
    return accs.view(acc, decision, held, proofs, named), answer


def scope(
    conn: Connection,
    id: str,  # noqa: A002
    *,
    q: str = "",
    standard: str = "",
    accreditation: str = "",
    cursor: str = "",
    limit: int = 50,
    on: date,
    known_at: datetime,
) -> tuple[Scope, Meta]:
    """A page of its scope lines: those that hold every word, or that standard.

    Raises NotFound, and BadQuestion for an unreadable standard, cursor or id.
    """
    held, one = find(conn, number(id, "b", "a body"), id, on, known_at)
    page, following = scope_page(
        conn, held, one, q=q, standard=standard, accreditation=accreditation, cursor=cursor,
        limit=limit,
    )  # fmt: skip
    return page, _meta(conn, held, id, one, following, page.total)


def presence(
    conn: Connection,
    id: str,  # noqa: A002
    *,
    country: str = "",
    on: date,
    known_at: datetime,
) -> tuple[tuple[PresenceView, ...], Meta]:
    """Where it stands abroad, built or borrowed; ``country``: only there (a code, a name, or a
    grouping as EU). Raises NotFound, BadQuestion."""
    there = read_market("country", country, on).countries if country.strip() else None
    held, one = find(conn, number(id, "b", "a body"), id, on, known_at)
    lines = parts.site_lines(conn, one, known_at)
    if there is not None:
        one.presences = [said for said in one.presences if said.row.country in there]
    proofs = Proofs(conn, one.presences)
    views = parts.presences(one, proofs, lines, on, known_at.date())
    return views, _meta(conn, held, id, one, total=len(views))


def credentials(
    conn: Connection,
    id: str,  # noqa: A002
    *,
    verified_only: bool = False,
    expiring_within: int | None = None,
    kind: str = "",
    on: date,
    known_at: datetime,
) -> tuple[tuple[CredentialView, ...], Meta]:
    """Its brand credentials, adverse ones first. What speaks against a body is left out by no
    wish for verified ones; ``expiring_within``: only what ends within so many days from ``on``.

    Raises NotFound, BadQuestion.
    """
    held, one = find(conn, number(id, "b", "a body"), id, on, known_at)
    within = parts.EXPIRING_DAYS if expiring_within is None else expiring_within
    views = tuple(
        view
        for view in parts.credentials(one, Proofs(conn, one.credentials), on, within)
        if (not verified_only or view.verified or view.polarity is Polarity.ADVERSE)
        and (expiring_within is None or view.expiring)
        and kind in {"", view.kind}
    )
    return views, _meta(conn, held, id, one, total=len(views))


def timeline(
    conn: Connection,
    id: str,  # noqa: A002
    *,
    on: date,
    known_at: datetime,
    part: told.Part = told.WHOLE,
) -> tuple[tuple[TimelineEntry, ...], Meta]:
    """All that happened, or the part of it that is asked for, newest first; also what was said and
    taken back. Raises NotFound, and BadQuestion for an unreadable cursor or id."""
    if part.limit is not None:
        check_limit(part.limit, MOST_ENTRIES)
    on, known_at = told.place(part, id, on, known_at)
    held, one = find(conn, number(id, "b", "a body"), id, on, known_at)
    past = history.past(conn, one, known_at)
    proofs = Proofs(conn, [*_statements(one), *told.statements(past)])
    views, following, total = told.cut(
        told.entries(one, proofs, known_at, past), part, id, on, known_at
    )
    answer = _meta(conn, held, id, one, following, total)
    if past.cut:
        older = "Of what was said and taken back, and of schedules, only the newest are told."
        answer = msgspec.structs.replace(answer, warnings=(*answer.warnings, older))
    return views, answer
