"""What sources say differently of one accreditation on one day, and what stewards ruled on it.

    pairs that differ (differing.py) → both verbatim, proposed winner, rule → ruling (ruling.py)

Nothing is stored of a contradiction but the ruling: it is there as long as both sources say what
they say. A ruling names both statements by their hash, so a source that changes its word opens the
case again.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk.differing import one_a_case, pair_id, pairs
from services.errors import BadQuestion, NotFound
from services.find import cursor as cursors
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.views import Evidence, Meta, View
from services.store.looks import load_records_by_id, load_sources
from services.store.merge import Said
from services.terms import ContradictionKind, Listed, Tier

MOST = 200
STATES = ("open", "decided", "all")


class Side(View, frozen=True, kw_only=True):
    """One statement: ``said`` is its status ("active", "suspended") or its expiry, ``raw`` the
    source's own words."""

    ref: str
    source: str
    tier: Tier
    body: str
    said: str
    raw: str
    evidence: Evidence


class RulingView(View, frozen=True, kw_only=True):
    upholds: str  # ref of the side
    because: str
    proof: str
    by: str  # the account's name
    known_from: datetime


class Contradiction(View, frozen=True, kw_only=True):
    """``state``: open, decided, or reopened (ruled on, and a source says something else since).
    ``proposed``: ref of the side that the rule prefers, "" where no rule prefers one."""

    id: str
    kind: ContradictionKind
    state: str
    accreditation: str
    label: str
    sides: tuple[Side, Side]
    proposed: str
    rule: str
    why: str
    ruling: RulingView | None = None


def contradictions(
    conn: Connection,
    *,
    state: str = "open",
    limit: int = 50,
    on: date,
    known_at: datetime,
    of: int | None = None,
    only: str | None = None,
) -> tuple[tuple[Contradiction, ...], Meta]:
    """Contradictions as known then. ``of``: an accreditation; ``only``: that pair of statements.

    A source that says the same in two of its lists contradicts another once: one pair is told.
    Seven queries whatever the count. Raises BadQuestion for an unknown state or limit.
    """
    if state not in STATES:
        raise BadQuestion(f'state: "{state}" is not known.', f"It takes {', '.join(STATES)}.")
    cursors.check_limit(limit, MOST)
    rows, states, ruled = pairs(conn, on=on, known_at=known_at, of=of)
    if only is None:
        rows = one_a_case(rows, states, ruled)
    else:
        rows = [row for row in rows if pair_id(row) == only]
    wanted = [row for row in rows if state == "all" or (states[pair_id(row)] == "decided") == (
        state == "decided")]  # fmt: skip
    shown = wanted[:limit]
    says = _says(conn, shown, known_at)
    proofs = Proofs(conn, says.values())
    told = tuple(
        _told(row, states[pair_id(row)], ruled.get(pair_id(row)), says, proofs)
        for row in shown
        if row.one_id in says and row.two_id in says
    )
    sources = {said.record.source.key: said.record.source for said in says.values()}
    warnings = (f"{len(wanted) - limit} more are not shown.",) if len(wanted) > limit else ()
    answer = meta(conn, list(sources.values()), on=on, known_at=known_at, total=len(wanted))
    return told, msgspec.structs.replace(answer, warnings=(*answer.warnings, *warnings))


def one_contradiction(
    conn: Connection, contradiction_id: str, *, on: date, known_at: datetime
) -> tuple[tuple[Contradiction, ...], Meta]:
    """The one of that id as known then. Raises NotFound where none such stands."""
    parts = contradiction_id.split("-")
    of = parts[1][1:] if len(parts) == 4 else ""
    if of.isascii() and of.isdigit() and len(of) <= 18:
        found, answer = contradictions(
            conn, state="all", on=on, known_at=known_at, of=int(of), only=contradiction_id
        )
        if found:
            return found, answer
    raise NotFound(
        f'No contradiction "{contradiction_id}" stands.',
        "Read the list again: a source may have mended it.",
    )


def _says(conn: Connection, rows: Sequence[Any], known_at: datetime) -> dict[int, Said]:
    """The statements of both sides by id, with their records."""
    ids = sorted({one for row in rows for one in (row.one_id, row.two_id)})
    if not ids:
        return {}
    table: Any = m.AccreditationStatement.__table__
    found = conn.execute(
        sa.select(table).where(table.c.id == sa.any_(sa.literal(ids, sa.ARRAY(sa.BigInteger))))
    ).all()
    sources = load_sources(conn, at=known_at)
    records = load_records_by_id(conn, sources, [row.record_id for row in found], known_at)
    return {
        row.id: Said(records[row.record_id], table.name, row)
        for row in found
        if row.record_id in records
    }


def _told(
    row: Any, state: str, ruling: Any, says: dict[int, Said], proofs: Proofs
) -> Contradiction:
    kind = ContradictionKind(row.kind)
    sides = (
        _side(says[row.one_id], kind, row.one_says, row.one_body, proofs),
        _side(says[row.two_id], kind, row.two_says, row.two_body, proofs),
    )
    winner, rule, why = _proposed(kind, sides)
    return Contradiction(
        id=pair_id(row),
        kind=kind,
        state=state,
        accreditation=f"a{row.accreditation_id}",
        label=f"{row.issuer} {row.number}".strip(),
        sides=sides,
        proposed=winner,
        rule=rule,
        why=why,
        ruling=_ruling(ruling, row, sides) if ruling is not None else None,
    )


def _side(said: Said, kind: ContradictionKind, status: str, body: int, proofs: Proofs) -> Side:
    proof = proofs.of(said)
    expires = said.row.expires.isoformat() if said.row.expires else ""
    return Side(
        ref=proof.ref,
        source=proof.source,
        tier=proof.tier,
        body=f"b{body}",
        said=expires if kind is ContradictionKind.EXPIRY else status,
        raw=said.row.raw,
        evidence=proof,
    )


def _ruling(ruling: Any, row: Any, sides: tuple[Side, Side]) -> RulingView:
    upheld = sides[0] if ruling.upheld_record_id == row.one_record else sides[1]
    return RulingView(
        upholds=upheld.ref,
        because=ruling.because,
        proof=ruling.proof,
        by=ruling.by,
        known_from=ruling.known.lower,
    )


def _proposed(kind: ContradictionKind, sides: tuple[Side, Side]) -> tuple[str, str, str]:
    """(ref of the side that a rule prefers, rule, why). BRIEF "Source tiers", rule 10."""
    if kind is ContradictionKind.HOLDER:
        why = "One number with two holders: whose it is, is settled by matching, not by a ruling."
        return "", "rule 10", why
    one, two = sides
    if one.tier == two.tier:
        why = "Both sources are of the same tier: the evidence has to decide."
        return "", "source tiers", why
    better, worse = (one, two) if one.tier < two.tier else (two, one)
    why = f"Tier {int(better.tier)} speaks before tier {int(worse.tier)}."
    if kind is ContradictionKind.STATUS and worse.said != Listed.ACTIVE:
        why += " The lower tier's adverse word calls for a re-check at the register first."
    return better.ref, "source tiers", why
