"""Which statements of two sources differ, and whether a steward has settled that.

statements that stand → pairs that differ → state by the rulings → one pair a case
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.terms import ContradictionKind

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


def pairs(
    conn: Connection, *, on: date, known_at: datetime, of: int | None = None
) -> tuple[Sequence[Any], dict[str, str], dict[str, Any]]:
    """Pairs of statements that differ as known then, the state of each, and rulings on them, both
    by the pair's id. ``of``: one accreditation only. Two queries."""
    values = {"at": known_at, "on": on, "of": of}
    rows = conn.execute(sa.text(_CURRENT + _PAIRS), values).all()
    ruled = _rulings(conn, {pair_id(row) for row in rows}, known_at)
    return rows, _states(rows, ruled), ruled


def pair_id(row: Any) -> str:
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
    own = {pair_id(row): _state(row, ruled.get(pair_id(row))) for row in rows}
    overruled = {
        (row.kind, ruling.overruled_record_id, bytes(ruling.overruled_hash))
        for row in rows
        if own[pair_id(row)] == "decided" and (ruling := ruled[pair_id(row)])
    }
    return {
        pair_id(row): "decided" if overruled & _statements(row) else own[pair_id(row)]
        for row in rows
    }


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


def one_a_case(rows: Sequence[Any], states: dict[str, str], ruled: dict[str, Any]) -> Sequence[Any]:
    """One pair of those in which the same sources say the same: one that is not decided before one
    that is, then one with a ruling of its own, then the first."""
    cases: dict[object, Any] = {}

    def rank(row: Any) -> tuple[bool, bool]:
        return states[pair_id(row)] == "decided", pair_id(row) not in ruled

    for row in rows:
        first = cases.setdefault(_case(row), row)
        if rank(row) < rank(first):
            cases[_case(row)] = row
    return list(cases.values())


def _case(row: Any) -> object:
    if row.kind == ContradictionKind.HOLDER:
        return pair_id(row)
    said = "expires" if row.kind == ContradictionKind.EXPIRY else "says"
    voices = (
        (row.one_source, getattr(row, f"one_{said}")),
        (row.two_source, getattr(row, f"two_{said}")),
    )
    return row.kind, row.accreditation_id, frozenset(voices)
