"""Which statements of two sources differ, and whether a steward has settled that.

    statements that stand → pairs that differ → state by the rulings → one pair a case

The one definition of a contradiction: the desk tells it (:mod:`services.desk.contradictions`), and
what is contradicted is re-verified sooner (:mod:`services.verify.due`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import combinations
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.store.places_apart import Place, all_apart
from services.terms import ContradictionKind, Listed


class Voice(NamedTuple):
    """One statement: row ``id`` of ``table``. ``said``: what it says of what differs."""

    table: str
    id: int
    record: int
    hash: bytes
    said: str
    body: int
    source: str


class Pair(NamedTuple):
    kind: ContradictionKind
    accreditation: int
    other: int  # the second one's accreditation: the same one but for two holders of one number
    label: str
    one: Voice
    two: Voice

    @property
    def id(self) -> str:
        return f"{self.kind}-a{self.accreditation}-r{self.one.record}-r{self.two.record}"


@dataclass(frozen=True, slots=True)
class Differing:
    """``states`` (open, decided, reopened) and ``rulings`` by the pair's id."""

    pairs: tuple[Pair, ...]
    states: dict[str, str]
    rulings: dict[str, Any]


# Statements that stand: known then, true that day, their record on its list. An open event of the
# whole says what the record says of the status, before the word that it is listed with. A body's
# own documents (tier 6) name its accreditations and contradict nobody by that. Only what two
# sources speak of, and numbers held twice, are looked at closely: the rest contradicts nobody.
# Windows and groups find them: PostgreSQL cannot tell how many rows a step has, and would join one
# step with another in a way that is meant for few.
_CURRENT = """
), stated as materialized (
    select asked.at as accreditation_id, asked.issuer, asked.number, asked.number_key, asked.held,
        s.id, s.record_id, s.key, s.hash, s.expires, s.listed, k.source_key,
        min(k.source_key) over of_it <> max(k.source_key) over of_it as shared
    from asked
    join accreditation_link l on l.accreditation_id = asked.id
    join accreditation_statement s on s.record_id = l.record_id and s.key = l.key
    join record r on r.id = s.record_id
    join source_list k on k.id = r.list_id
    join source c on c.key = k.source_key
    where l.known @> cast(:at as timestamptz) and s.known @> cast(:at as timestamptz)
        and s.valid @> cast(:on as date) and c.tier < 6
    window of_it as (partition by asked.at)
), current as materialized (
    select stated.*, case when (record_id, key) in (select e.record_id, e.accreditation
            from status_event e where e.known @> cast(:at as timestamptz)) then (
        select case e.kind when 'revoked' then 'withdrawn' else e.kind end from status_event e
            where e.record_id = stated.record_id and e.accreditation = stated.key
                and e.known @> cast(:at as timestamptz)
                and e.kind in ('suspended', 'withdrawn', 'revoked', 'surrendered')
                and e.lines = '{}' and e.sites = '{}' and e.on <= :on
                and (e.until is null or e.until > :on)
            order by e.on desc, e.id desc limit 1) end as event
    from stated
    where (shared or held > 1) and exists (
        select from sighting g join run f on f.id = g.first_run_id
        left join run n on n.id = g.end_run_id
        where g.record_id = stated.record_id and f.known_at <= :at
            and (n.id is null or n.known_at > :at))
)
"""
# ``at``: the accreditation that each counts as
_ALL = """
    select id, id as at, issuer, number, number_key, case when number_key = '' then 1
        else count(*) over (partition by issuer, number_key) end as held
    from accreditation
"""
_ONE = """
    select two.id, two.id as at, two.issuer, two.number, two.number_key, count(*) over () as held
    from accreditation one
    join accreditation two on two.id = one.id or (two.issuer = one.issuer
        and two.number_key = one.number_key and one.number_key <> '')
    where one.id = :of
"""
_AS_ONE = """
    select a.id, w.at, a.issuer, a.number, a.number_key, 1 as held
    from unnest(cast(:ids as bigint[]), cast(:ats as bigint[])) as w(id, at)
    join accreditation a on a.id = w.id
"""
# Then both in one statement, which looks at what stands once: what differs in status, expiry or
# holder ("says"), and places of what two sources hold to be standing ("place"; of a record that
# names no site, its own city). Places written alike up to case and signs are not read any further.
_VOICES = """
, saying as materialized (select *, coalesce(event, listed) as says from current)
, differs as materialized (
    select accreditation_id from saying where shared group by accreditation_id
    having min(source_key) <> max(source_key)
        and (min(says) <> max(says) or min(expires) <> max(expires))
), twice as materialized (
    select issuer, number_key from saying where says = 'active' and held > 1
    group by issuer, number_key having min(accreditation_id) <> max(accreditation_id)
), placed as materialized (
    select c.accreditation_id, c.issuer, c.number, c.number_key, c.record_id, c.source_key,
        case when s.id is null then 'profile' else 'site' end as of_table,
        coalesce(s.id, p.id) as id, coalesce(s.hash, p.hash) as hash,
        coalesce(s.city, p.city) as city, coalesce(s.address, '') as address,
        coalesce(s.address_also, '') as address_also, lower(regexp_replace(
            coalesce(s.city || s.address, p.city), '[^[:alnum:]]', '', 'g')) as plain
    from saying c
    left join site s on s.record_id = c.record_id
        and s.known @> cast(:at as timestamptz) and s.valid @> cast(:on as date)
    left join profile p on p.record_id = c.record_id and s.id is null
        and p.known @> cast(:at as timestamptz) and p.valid @> cast(:on as date)
    where c.shared and c.says not in ('withdrawn', 'surrendered', 'expired')
        and (cast(:of as bigint) is null or c.accreditation_id = :of)
        and (s.city <> '' or s.address <> '' or s.id is null and p.city <> '')
), of_two as (
    select placed.*, min(source_key) over of_it <> max(source_key) over of_it
        and min(plain) over of_it <> max(plain) over of_it as doubtful
    from placed window of_it as (partition by accreditation_id)
), found as (
    select 'says' as part, accreditation_id, issuer, number, number_key, record_id, source_key,
        'accreditation_statement' as of_table, id, hash, says, expires,
        '' as city, '' as address, '' as address_also
    from saying where accreditation_id in (select accreditation_id from differs)
        or (issuer, number_key) in (select issuer, number_key from twice)
    union all
    select 'place', accreditation_id, issuer, number, number_key, record_id, source_key, of_table,
        id, hash, '', null, city, address, address_also
    from of_two where doubtful
)
select found.*, b.body_id from found
join body_link b on b.record_id = found.record_id and b.known @> cast(:at as timestamptz)
order by found.record_id, found.of_table, found.id
"""


def differing(
    conn: Connection, *, on: date, known_at: datetime, of: int | None = None
) -> Differing:
    """All that differs as known then. ``of``: one accreditation only. Two queries."""
    values = {"at": known_at, "on": on, "of": of}
    current = f"with asked as materialized ({_ALL if of is None else _ONE}{_CURRENT}"
    found = _found(conn, current, values)
    ruled = _rulings(conn, {pair.id for pair in found}, known_at)
    return Differing(tuple(found), _states(found, ruled), ruled)


def would_differ(
    conn: Connection, as_one: Mapping[int, int], *, on: date, known_at: datetime
) -> list[Pair]:
    """What would differ were these accreditations those that they are mapped to: one query."""
    ats = {**as_one, **{at: at for at in as_one.values()}}
    values = {"at": known_at, "on": on, "of": None, "ids": [*ats], "ats": [*ats.values()]}
    return _found(conn, f"with asked as materialized ({_AS_ONE}{_CURRENT}", values)


def _found(conn: Connection, current: str, values: dict[str, Any]) -> list[Pair]:
    rows = conn.execute(sa.text(current + _VOICES), values).all()
    found = _pairs([row for row in rows if row.part == "says"], values["of"])
    found += _moved([row for row in rows if row.part == "place"])
    return sorted(found, key=lambda p: (p.accreditation, p.kind, p.one.record, p.two.record))


def contradicted(
    conn: Connection, *, on: date, known_at: datetime, of: int | None = None
) -> list[int]:
    """The accreditations of which two sources differ while no ruling speaks of what they say."""
    found = differing(conn, on=on, known_at=known_at, of=of)
    unsettled = (pair for pair in found.pairs if found.states[pair.id] != "decided")
    return sorted({one for pair in unsettled for one in (pair.accreditation, pair.other)})


def _pairs(rows: Sequence[Any], of: int | None) -> list[Pair]:
    """Of each accreditation those that differ, of each number those that two hold."""
    by_number: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows:
        key = (row.issuer, row.number_key) if row.number_key else (row.accreditation_id,)
        by_number.setdefault(key, []).append(row)
    return [
        Pair(kind, one.accreditation_id, two.accreditation_id, _label(one), *sides)
        for voices in by_number.values()
        for one, two in combinations(voices, 2)
        if of is None or of in (one.accreditation_id, two.accreditation_id)
        for kind, *sides in _differ(one, two)
    ]


def _differ(one: Any, two: Any) -> Iterator[tuple[ContradictionKind, Voice, Voice]]:
    """What two statements of one number say differently; the first is of the older record."""
    if one.record_id == two.record_id:
        return
    if one.accreditation_id != two.accreditation_id:
        if one.says == two.says == Listed.ACTIVE and one.body_id != two.body_id:
            yield ContradictionKind.HOLDER, _voice(one, one.says), _voice(two, two.says)
        return
    if one.source_key == two.source_key:
        return
    if one.says != two.says:
        yield ContradictionKind.STATUS, _voice(one, one.says), _voice(two, two.says)
    if one.expires and two.expires and one.expires != two.expires:
        ends = _voice(one, one.expires.isoformat()), _voice(two, two.expires.isoformat())
        yield ContradictionKind.EXPIRY, *ends


def _voice(row: Any, said: str) -> Voice:
    return Voice(
        row.of_table, row.id, row.record_id, bytes(row.hash), said, row.body_id, row.source_key
    )


def _label(row: Any) -> str:
    return f"{row.issuer} {row.number}".strip()


def _moved(rows: Sequence[Any]) -> list[Pair]:
    """Sources none of whose places of an accreditation can be one of the other's: one pair each."""
    by_accreditation: dict[int, dict[str, list[Any]]] = {}
    for row in rows:
        sources = by_accreditation.setdefault(row.accreditation_id, {})
        sources.setdefault(row.source_key, []).append(row)
    found = []
    for accreditation, sources in by_accreditation.items():
        for ones, twos in combinations(sources.values(), 2):
            if all_apart([_place(row) for row in ones], [_place(row) for row in twos]):
                one, two = sorted((_placed(ones[0]), _placed(twos[0])), key=lambda v: v.record)
                kind, label = ContradictionKind.SITE, _label(ones[0])
                found.append(Pair(kind, accreditation, accreditation, label, one, two))
    return found


def _place(row: Any) -> Place:
    return Place(row.city, row.address, row.address_also)


def _placed(row: Any) -> Voice:
    return _voice(row, ", ".join(filter(None, (row.address or row.address_also, row.city))))


# --- rulings --------------------------------------------------------------------------------------


def _rulings(conn: Connection, ids: Iterable[str], known_at: datetime) -> dict[str, Any]:
    among = sa.any_(sa.literal(sorted(ids), sa.ARRAY(sa.Text)))
    rows = conn.execute(
        sa.select(m.Ruling.__table__, m.Account.name.label("by"))
        .join(m.Account, m.Account.id == m.Ruling.account_id)
        .where(m.Ruling.contradiction == among, m.Ruling.known.contains(known_at))
    )
    return {row.contradiction: row for row in rows}


def _states(pairs: Sequence[Pair], ruled: dict[str, Any]) -> dict[str, str]:
    """Of each pair. A ruling settles every pair in which the statement that it overruled stands."""
    own = {pair.id: _state(pair, ruled.get(pair.id)) for pair in pairs}
    overruled = {
        (pair.kind, ruling.overruled_record_id, bytes(ruling.overruled_hash))
        for pair in pairs
        if own[pair.id] == "decided" and (ruling := ruled[pair.id])
    }
    return {pair.id: "decided" if overruled & _statements(pair) else own[pair.id] for pair in pairs}


def _state(pair: Pair, ruling: Any) -> str:
    """By the pair's own ruling alone."""
    if ruling is None:
        return "open"
    named = {bytes(ruling.upheld_hash), bytes(ruling.overruled_hash)}
    return "decided" if named == {pair.one.hash, pair.two.hash} else "reopened"


def _statements(pair: Pair) -> set[tuple[ContradictionKind, int, bytes]]:
    return {(pair.kind, voice.record, voice.hash) for voice in (pair.one, pair.two)}


def one_a_case(found: Differing) -> list[Pair]:
    """One pair of those in which the same sources say the same: one that is not decided before one
    that is, then one with a ruling of its own, then the first."""
    cases: dict[object, Pair] = {}

    def rank(pair: Pair) -> tuple[bool, bool]:
        return found.states[pair.id] == "decided", pair.id not in found.rulings

    for pair in found.pairs:
        first = cases.setdefault(_case(pair), pair)
        if rank(pair) < rank(first):
            cases[_case(pair)] = pair
    return list(cases.values())


def _case(pair: Pair) -> object:
    if pair.kind is ContradictionKind.HOLDER:
        return pair.id
    voices = frozenset((voice.source, voice.said) for voice in (pair.one, pair.two))
    return pair.kind, pair.accreditation, voices
