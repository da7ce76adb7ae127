"""A number looked up: what is registered under it, and whose numbers look like it."""

import re
from collections.abc import Iterable
from datetime import date, datetime

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion
from services.find.meta import meta
from services.find.views import AccreditationBrief, BodyCard, Meta, Resolved
from services.names import number_key
from services.store.card import card_of, decisions_of
from services.store.facts import BodyHeld, load
from services.store.judge import brief
from services.terms import Verdict

LONGEST = 100  # characters; the longest published number has 34
MOST = 50  # bodies answered; a bare "1234" fits many


def resolve(
    conn: Connection, number: str, *, on: date, known_at: datetime
) -> tuple[Resolved, Meta]:
    """Accreditations registered under a number in any spelling, with or without its issuer, and
    bodies that bear it as an identifier.

    Nothing found is NOT_FOUND, which accuses nobody; the patterns that it fits are hints, never
    proof (BRIEF "Fraud"). Raises BadQuestion for an empty or overlong number.
    """
    key = number_key(number)
    if not key or len(number) > LONGEST:
        raise BadQuestion(
            f'number: "{number[:LONGEST]}" holds no number to look up.',
            f'Write it as printed, as "CNAS L1234"; at most {LONGEST} characters.',
        )
    wanted = _accreditations(conn, key, known_at)
    bodies = dict.fromkeys([*wanted.values(), *_identified(conn, key)])
    held = load(conn, list(bodies)[:MOST], on=on, known_at=known_at)
    registered: list[AccreditationBrief] = []
    cards: list[BodyCard] = []
    for body in held.bodies.values():
        if not _bears(body, key, wanted):
            continue  # it bears the number now, but was not known to then
        decisions = decisions_of(body, on, known_at.date())
        cards.append(msgspec.convert(card_of(body, decisions), BodyCard, strict=False))
        for acc in body.accreditations:
            if acc.id in wanted:
                plain = brief(acc, decisions[acc.id])
                registered.append(msgspec.convert(plain, AccreditationBrief, strict=False))
    answer = meta(conn, held.sources_behind(), on=on, known_at=known_at, total=len(registered))
    found = Resolved(
        number=number,
        registered=tuple(registered),
        bodies=tuple(cards),
        fits=tuple(_fits(conn, number, known_at)),
        verdict=None if cards else Verdict.NOT_FOUND,
    )
    return found, answer


def _accreditations(conn: Connection, key: str, known_at: datetime) -> dict[int, int]:
    """Accreditation → its body, for the number alone and for issuer and number together."""
    acc = m.Accreditation
    plain_issuer = sa.func.upper(sa.func.regexp_replace(acc.issuer, "[^[:alnum:]]", "", "g"))
    # the index on number_key answers for every tail that an issuer's name may stand before
    tails = [key[start:] for start in range(len(key))]
    rows = conn.execute(
        sa.select(acc.id, m.BodyLink.body_id)
        .join(m.AccreditationLink, m.AccreditationLink.accreditation_id == acc.id)
        .join(m.BodyLink, m.BodyLink.record_id == m.AccreditationLink.record_id)
        .where(
            acc.number_key == sa.any_(sa.literal(tails, sa.ARRAY(sa.Text))),
            sa.or_(acc.number_key == key, sa.func.concat(plain_issuer, acc.number_key) == key),
            m.AccreditationLink.known.contains(known_at),
            m.BodyLink.known.contains(known_at),
        )
        .order_by(acc.id)
    )
    return {row.id: row.body_id for row in rows}


def _identified(conn: Connection, key: str) -> list[int]:
    """Bodies that may bear it as an identifier ("USCC", "LEI", a notified body's four digits): any
    version of a document that holds it; what was known then decides."""
    document = m.Document
    rows = conn.execute(
        sa.select(document.body_id)
        .distinct()
        .where(document.numbers.contains([key]))
        .order_by(document.body_id)
        .limit(MOST)
    )
    return list(rows.scalars())


def _bears(body: BodyHeld, key: str, wanted: dict[int, int]) -> bool:
    """Whether what was known of the body says that the number is its own."""
    if any(acc.id in wanted for acc in body.accreditations):
        return True
    said_of = (said for acc in body.accreditations for said in acc.said)
    if any(key == number_key(said.row.number) for said in said_of):
        return True
    plain = ((number_key(said.row.namespace), said.row.value) for said in body.identifiers)
    return any(
        key in (number_key(value), namespace + number_key(value)) for namespace, value in plain
    )


def _fits(conn: Connection, number: str, known_at: datetime) -> Iterable[str]:
    """Acronyms of accreditation bodies whose number pattern it fits, from dated reference data."""
    body = m.AccreditationBody
    rows = conn.execute(
        sa.select(body.acronym, body.number_pattern)
        .where(body.number_pattern != "", body.known.contains(known_at))
        .order_by(body.acronym)
        .distinct()
    )
    plain = " ".join(number.split())
    for row in rows:
        bare = re.sub(rf"^{re.escape(row.acronym)}[\s:-]*", "", plain, flags=re.IGNORECASE)
        try:
            pattern = re.compile(row.number_pattern, re.IGNORECASE)
        except re.error:
            continue  # a pattern is a hint of a reference list; a broken one hints at nothing
        if pattern.fullmatch(plain) or pattern.fullmatch(bare):
            yield row.acronym
