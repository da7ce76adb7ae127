"""What sources say differently of one accreditation on one day, and what stewards ruled on it.

    current statements → pairs that differ → both verbatim, proposed winner, rule → ruling

Nothing is stored of a contradiction but the ruling: it is there as long as both sources say what
they say. A ruling names both statements by their hash, so a source that changes its word opens the
case again.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk.trail import tell
from services.errors import BadQuestion, Conflict, NotFound
from services.find import cursor as cursors
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.views import Evidence, Meta, View
from services.store.looks import load_records_by_id, load_sources
from services.store.merge import Said
from services.terms import ContradictionKind, DeskAction, Listed, Tier

MOST = 200
STATES = ("open", "decided", "all")
_LONGEST = 2000


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


# Statements that stand: known then, true that day, their record on its list. An open event of the
# whole says what the record says of the status, before the word that it is listed with. A body's
# own documents (tier 6) name its accreditations and contradict nobody by that.
_CURRENT = """
with current as materialized (
    select l.accreditation_id, a.issuer, a.number, a.number_key, b.body_id, s.id, s.record_id,
        s.hash, s.expires, k.source_key, c.tier,
        coalesce((select case e.kind when 'revoked' then 'withdrawn' else e.kind end
            from status_event e
            where e.record_id = s.record_id and e.accreditation = s.key
                and e.known @> cast(:at as timestamptz)
                and e.kind in ('suspended', 'withdrawn', 'revoked', 'surrendered')
                and e.lines = '{}' and e.sites = '{}' and e.on <= :on
                and (e.until is null or e.until > :on)
            order by e.on desc, e.id desc limit 1), s.listed) as says
    from accreditation_statement s
    join accreditation_link l on l.record_id = s.record_id and l.key = s.key
        and l.known @> cast(:at as timestamptz)
    join accreditation a on a.id = l.accreditation_id
    join body_link b on b.record_id = s.record_id and b.known @> cast(:at as timestamptz)
    join record r on r.id = s.record_id
    join source_list k on k.id = r.list_id
    join source c on c.key = k.source_key
    where s.known @> cast(:at as timestamptz) and s.valid @> cast(:on as date) and c.tier < 6
        and exists (select from sighting g join run f on f.id = g.first_run_id
            left join run n on n.id = g.end_run_id
            where g.record_id = s.record_id and f.known_at <= :at
                and (n.id is null or n.known_at > :at))
)
"""
_PAIRS = """
select d.kind, one.accreditation_id, one.issuer, one.number, one.id as one_id,
    two.id as two_id, one.record_id as one_record, two.record_id as two_record,
    one.hash as one_hash, two.hash as two_hash, one.says as one_says, two.says as two_says,
    one.expires as one_expires, two.expires as two_expires, one.body_id as one_body,
    two.body_id as two_body, one.tier as one_tier, two.tier as two_tier,
    one.source_key as one_source, two.source_key as two_source
from current one
join current two on one.issuer = two.issuer and one.number_key = two.number_key
    and one.record_id < two.record_id
    and (one.accreditation_id = two.accreditation_id or one.number_key <> '')
cross join lateral (
    select 'status' as kind where one.accreditation_id = two.accreditation_id
        and one.source_key <> two.source_key and one.says <> two.says
    union all select 'expiry' where one.accreditation_id = two.accreditation_id
        and one.source_key <> two.source_key and one.expires <> two.expires
    union all select 'holder' where one.accreditation_id <> two.accreditation_id
        and one.body_id <> two.body_id and 'active' in (one.says, two.says)
        and one.says = two.says
) d
where cast(:of as bigint) is null or :of in (one.accreditation_id, two.accreditation_id)
order by one.accreditation_id, d.kind, one.record_id, two.record_id
"""


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
    values = {"at": known_at, "on": on, "of": of}
    rows = conn.execute(sa.text(_CURRENT + _PAIRS), values).all()
    ruled = _rulings(conn, {_id(row) for row in rows}, known_at)
    states = _states(rows, ruled)
    if only is None:
        rows = _one_a_case(rows, states, ruled)
    else:
        rows = [row for row in rows if _id(row) == only]
    wanted = [row for row in rows if state == "all" or (states[_id(row)] == "decided") == (
        state == "decided")]  # fmt: skip
    shown = wanted[:limit]
    says = _says(conn, shown, known_at)
    proofs = Proofs(conn, says.values())
    told = tuple(
        _told(row, states[_id(row)], ruled.get(_id(row)), says, proofs)
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


def _id(row: Any) -> str:
    return f"{row.kind}-a{row.accreditation_id}-r{row.one_record}-r{row.two_record}"


def _rulings(conn: Connection, ids: Iterable[str], known_at: datetime) -> dict[str, Any]:
    among = sa.any_(sa.literal(sorted(ids), sa.ARRAY(sa.Text)))
    rows = conn.execute(
        sa.select(m.Ruling.__table__, m.Account.name.label("by"))
        .join(m.Account, m.Account.id == m.Ruling.account_id)
        .where(m.Ruling.contradiction == among, m.Ruling.known.contains(known_at))
    )
    return {row.contradiction: row for row in rows}


def _states(rows: Sequence[Any], ruled: dict[str, Any]) -> dict[str, str]:
    """Of each pair. A ruling settles every pair in which the statement that it overruled stands."""
    own = {_id(row): _state(row, ruled.get(_id(row))) for row in rows}
    overruled = {
        (row.kind, ruling.overruled_record_id, bytes(ruling.overruled_hash))
        for row in rows
        if own[_id(row)] == "decided" and (ruling := ruled[_id(row)])
    }
    return {_id(row): "decided" if overruled & _statements(row) else own[_id(row)] for row in rows}


def _state(row: Any, ruling: Any) -> str:
    """By the pair's own ruling alone."""
    if ruling is None:
        return "open"
    named = {bytes(ruling.upheld_hash), bytes(ruling.overruled_hash)}
    return "decided" if named == {bytes(row.one_hash), bytes(row.two_hash)} else "reopened"


def _statements(row: Any) -> set[tuple[str, int, bytes]]:
    return {
        (row.kind, row.one_record, bytes(row.one_hash)),
        (row.kind, row.two_record, bytes(row.two_hash)),
    }


def _one_a_case(
    rows: Sequence[Any], states: dict[str, str], ruled: dict[str, Any]
) -> Sequence[Any]:
    """One pair of those in which the same sources say the same: one that is not decided before one
    that is, then one with a ruling of its own, then the first."""
    cases: dict[object, Any] = {}

    def rank(row: Any) -> tuple[bool, bool]:
        return states[_id(row)] == "decided", _id(row) not in ruled

    for row in rows:
        first = cases.setdefault(_case(row), row)
        if rank(row) < rank(first):
            cases[_case(row)] = row
    return list(cases.values())


def _case(row: Any) -> object:
    if row.kind == ContradictionKind.HOLDER:
        return _id(row)
    said = "expires" if row.kind == ContradictionKind.EXPIRY else "says"
    voices = (
        (row.one_source, getattr(row, f"one_{said}")),
        (row.two_source, getattr(row, f"two_{said}")),
    )
    return row.kind, row.accreditation_id, frozenset(voices)


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
        id=_id(row),
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


# --- ruling ---------------------------------------------------------------------------------------


def rule(
    conn: Connection,
    contradiction_id: str,
    *,
    upholds: str,
    because: str,
    proof: str,
    replaces: bool,
    account_id: int,
    on: date,
    now: datetime,
) -> None:
    """Write a steward's ruling: ``upholds`` is the ref of the side that counts from now on.

    Raises NotFound where no such contradiction stands, BadQuestion where the ruling cannot be
    (no reason, a lower tier's "active" over a higher tier's adverse word, two holders), Conflict
    where somebody ruled before and ``replaces`` is not said.
    """
    # one ruling at a time: the second steward must see the first one's
    conn.execute(sa.text("select pg_advisory_xact_lock(hashtext(:id))"), {"id": contradiction_id})
    (found,), _ = one_contradiction(conn, contradiction_id, on=on, known_at=now)
    sides = {side.ref: side for side in found.sides}
    if upholds not in sides:
        raise BadQuestion(
            f'upholds: "{upholds}" is neither of the two statements.',
            f"It takes {' or '.join(sides)}.",
        )
    upheld = sides.pop(upholds)
    (overruled,) = sides.values()
    _may_rule(found, upheld, overruled, because)
    if found.ruling is not None and found.state == "decided" and not replaces:
        raise Conflict(
            f"{found.ruling.by} has ruled on this: {found.ruling.because}",
            "Read it, and say that yours replaces it (replaces: true) if it is to be changed.",
        )
    _write(conn, found, (upheld, overruled), because, proof, account_id, now)
    tell(
        conn, account_id, DeskAction.RULED, f"contradiction {found.id}", now,
        because=because.strip(), before={"state": found.state}, after={"upholds": upholds},
    )  # fmt: skip
    # the calendar's next turn judges the body again and tells what changed
    conn.execute(
        sa.update(m.Document)
        .where(m.Document.to_position.is_(None), m.Document.body_id == int(upheld.body[1:]))
        .values(turns_on=on)
    )


def _may_rule(found: Contradiction, upheld: Side, overruled: Side, because: str) -> None:
    if not because.strip() or len(because) > _LONGEST:
        raise BadQuestion(
            "because: a ruling needs its reason.", f"It takes 1 to {_LONGEST} characters."
        )
    if found.kind is ContradictionKind.HOLDER:
        raise BadQuestion(found.why, "Merge or separate the bodies instead.")
    lower = upheld.tier > overruled.tier
    if found.kind is ContradictionKind.STATUS and lower and upheld.said == Listed.ACTIVE:
        raise BadQuestion(
            f"Tier {int(upheld.tier)} cannot lift what tier {int(overruled.tier)} says"
            f" ({overruled.said}).",
            "A lower tier never upgrades: have the register re-verified, or mended by its keeper.",
        )


def _write(
    conn: Connection,
    found: Contradiction,
    sides: tuple[Side, Side],
    because: str,
    proof: str,
    account_id: int,
    now: datetime,
) -> None:
    table: Any = m.Ruling.__table__
    conn.execute(
        sa.update(table)
        .where(table.c.contradiction == found.id, sa.func.upper_inf(table.c.known))
        .values(known=sa.func.tstzrange(sa.func.lower(table.c.known), now))
    )
    (upheld, upheld_hash), (overruled, overruled_hash) = (_row(conn, side.ref) for side in sides)
    conn.execute(
        sa.insert(table).values(
            contradiction=found.id,
            kind=found.kind,
            accreditation_id=int(found.accreditation[1:]),
            upheld_record_id=upheld,
            upheld_hash=upheld_hash,
            overruled_record_id=overruled,
            overruled_hash=overruled_hash,
            because=because.strip(),
            proof=proof.strip(),
            account_id=account_id,
            known=sa.func.tstzrange(now, None),
        )
    )


def _row(conn: Connection, ref: str) -> tuple[int, bytes]:
    table: Any = m.AccreditationStatement.__table__
    row = conn.execute(
        sa.select(table.c.record_id, table.c.hash).where(table.c.id == int(ref.split(":")[2]))
    ).one()
    return row.record_id, bytes(row.hash)
