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
from services.errors import BadQuestion, NotFound
from services.find import cursor as cursors
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.views import Evidence, Meta, View
from services.store.differing import Pair, Voice, differing, one_a_case
from services.store.looks import load_records_by_id, load_sources
from services.store.merge import Said
from services.terms import ContradictionKind, Listed, Tier

MOST = 200
_Row = tuple[str, int]  # table, id
STATES = ("open", "decided", "all")


class Side(View, frozen=True, kw_only=True):
    """One statement: ``said`` is its status ("active", "suspended"), its expiry or its place,
    ``raw`` the source's own words."""

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
    At most ten queries whatever the count. Raises BadQuestion for an unknown state or limit.
    """
    if state not in STATES:
        raise BadQuestion(f'state: "{state}" is not known.', f"It takes {', '.join(STATES)}.")
    cursors.check_limit(limit, MOST)
    found = differing(conn, on=on, known_at=known_at, of=of)
    states = found.states
    pairs = one_a_case(found) if only is None else [one for one in found.pairs if one.id == only]
    wanted = [pair for pair in pairs if state == "all" or (states[pair.id] == "decided") == (
        state == "decided")]  # fmt: skip
    shown = wanted[:limit]
    says = _says(conn, shown, known_at)
    proofs = Proofs(conn, says.values())
    told = tuple(
        _told(pair, states[pair.id], found.rulings.get(pair.id), says, proofs)
        for pair in shown
        if _row_of(pair.one) in says and _row_of(pair.two) in says
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


def _row_of(voice: Voice) -> _Row:
    return voice.table, voice.id


def _says(conn: Connection, pairs: Sequence[Pair], known_at: datetime) -> dict[_Row, Said]:
    """The statements of both sides, with their records: a query a table."""
    wanted: dict[str, set[int]] = {}
    for voice in (voice for pair in pairs for voice in (pair.one, pair.two)):
        wanted.setdefault(voice.table, set()).add(voice.id)
    found: list[tuple[str, Any]] = []
    for name, ids in sorted(wanted.items()):
        table = m.Base.metadata.tables[name]
        among = sa.any_(sa.literal(sorted(ids), sa.ARRAY(sa.BigInteger)))
        found += [(name, row) for row in conn.execute(sa.select(table).where(table.c.id == among))]
    if not found:
        return {}
    sources = load_sources(conn, at=known_at)
    records = load_records_by_id(conn, sources, [row.record_id for _, row in found], known_at)
    return {
        (name, row.id): Said(records[row.record_id], name, row)
        for name, row in found
        if row.record_id in records
    }


def _told(
    pair: Pair, state: str, ruling: Any, says: dict[_Row, Said], proofs: Proofs
) -> Contradiction:
    sides = (
        _side(says[_row_of(pair.one)], pair.one, proofs),
        _side(says[_row_of(pair.two)], pair.two, proofs),
    )
    winner, rule, why = _proposed(pair.kind, sides)
    return Contradiction(
        id=pair.id,
        kind=pair.kind,
        state=state,
        accreditation=f"a{pair.accreditation}",
        label=pair.label,
        sides=sides,
        proposed=winner,
        rule=rule,
        why=why,
        ruling=_ruling(ruling, pair, sides) if ruling is not None else None,
    )


def _side(said: Said, voice: Voice, proofs: Proofs) -> Side:
    proof = proofs.of(said)
    return Side(
        ref=proof.ref,
        source=proof.source,
        tier=proof.tier,
        body=f"b{voice.body}",
        said=voice.said,
        raw=said.row.raw,
        evidence=proof,
    )


def _ruling(ruling: Any, pair: Pair, sides: tuple[Side, Side]) -> RulingView:
    upheld = sides[0] if ruling.upheld_record_id == pair.one.record else sides[1]
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
