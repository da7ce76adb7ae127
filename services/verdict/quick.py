"""The short road: an accreditation by its number, on a day, as known now, in one statement.

Most questions name a number that one holder bears and ask for the accreditation as a whole. All
that their verdict rests on is read by one statement for any number of questions; the looks of a
list, the same for all of its records, are kept in the process and read again when the list has a
newer one. The facts are merged and judged where all others are; whatever is not that simple comes
back as None and takes the long road (services.verdict.judge).
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import msgspec
import psycopg
from sqlalchemy.engine import Connection

from services.names import number_key
from services.store.looks import LOOKUP, Look, RecordSeen, SourceSeen, Stand
from services.store.merge import AccreditationSaid, Said, merge_accreditation
from services.terms import AccreditationKind, BodyKind, EventKind, Listed, Tier
from services.validity import Question, decide
from services.verdict.case import Case, Stood
from services.verdict.identify import LONGEST, Identity, plain_issuer
from services.verdict.judge import judge, judged_of
from services.verdict.views import Asked, Judged

# A plan for known values costs more to make than the statement takes, and is made at every call
# where an array is asked for: connections for single questions are opened with this.
OPTIONS = "-c timezone=UTC -c plan_cache_mode=force_generic_plan"


# --- what one record says of one accreditation, as the statement tells it ------------------------


class Row(msgspec.Struct, array_like=True, frozen=True):
    """A fact's own columns, in the order of the statement."""


class Days(Row, array_like=True, frozen=True):
    lower: date | None
    upper: date | None
    isempty: bool


class Stated(Row, array_like=True, frozen=True):
    """``stood``: it was held at the time asked about, and not replaced yet."""

    id: int
    run_id: int
    end_run_id: int | None
    key: str
    kind: AccreditationKind
    number: str
    field: str
    standard: str
    body_kind: BodyKind | None
    granted: date | None
    expires: date | None
    listed: Listed
    basis: str
    schedule_held: bool
    valid: Days
    stood: bool

    @property
    def known(self) -> Days:
        return _ALWAYS if self.stood else _NEVER


_ALWAYS, _NEVER = Days(None, None, False), Days(None, None, True)


class Happened(Row, array_like=True, frozen=True):
    id: int
    run_id: int
    end_run_id: int | None
    kind: EventKind
    on: date | None
    until: date | None
    expires: date | None
    lines: list[str]
    sites: list[str]


class Spoken(Row, array_like=True, frozen=True):
    """Everything that one record says of one accreditation. ``complete``: the newest complete run
    of its list; ``sights``: (first run, run that ended it or None), oldest first; ``doubted``:
    whose it is is open, or a steward ruled on what its sources say differently."""

    record_id: int
    list_id: int
    list_name: str
    complete: int | None
    source: str
    tier: Tier
    authoritative: tuple[str, ...]
    leaving: str | None
    doubted: bool
    stated: tuple[Stated, ...] | None
    happened: tuple[Happened, ...] | None
    sights: tuple[tuple[int, int | None], ...] | None


_spoken = msgspec.json.Decoder(Spoken).decode

# For each question (its number w.n, a key that it could mean, the time asked about) a row for each
# record that speaks of an accreditation of that number. Statements that were replaced are told
# too, they are what earlier checks showed; of events only those that services.store.facts takes.
_SAID = """
select (select max(position) from log_leaf), w.n, a.id, a.issuer, a.number_key, b.body_id,
json_build_array(
    r.id, r.list_id, sl.name, sl.complete_run_id, s.key, s.tier,
    coalesce(s.meta -> 'authoritative_for', '[]'), s.meta ->> 'leaving_means',
    exists (select from review_item v where v.record_id = r.id and v.body_id = b.body_id
        and v.asked_at <= w.at and (v.closed_at is null or v.closed_at > w.at))
        or exists (select from ruling g where g.accreditation_id = a.id and g.known @> w.at),
    (select json_agg(json_build_array(t.id, t.run_id, t.end_run_id, t.key, t.kind, t.number,
            t.field, t.standard, t.body_kind, t.granted, t.expires, t.listed, t.basis,
            t.schedule_held, json_build_array(lower(t.valid), upper(t.valid), isempty(t.valid)),
            t.known @> w.at) order by t.id)
        from accreditation_statement t
        where t.record_id = r.id and t.key = l.key and lower(t.known) <= w.at),
    (select json_agg(json_build_array(e.id, e.run_id, e.end_run_id, e.kind, e.on, e.until,
            e.expires, e.lines, e.sites) order by e.id)
        from status_event e
        where e.record_id = r.id and e.accreditation = l.key and (e.known @> w.at
            or (upper(e.known) <= w.at and e.kind = 'suspended' and e.until is null
                and e.lines = '{}' and e.sites = '{}'
                and not exists (select from status_event i where i.record_id = e.record_id
                    and i.accreditation = e.accreditation and i.kind = e.kind
                    and i.run_id = e.end_run_id)))),
    (select json_agg(json_build_array(g.first_run_id, g.end_run_id) order by g.first_run_id)
        from sighting g where g.record_id = r.id))::text
from unnest(%(ns)s::int[], %(keys)s::text[], %(ats)s::timestamptz[]) as w(n, key, at)
join accreditation a on a.number_key = w.key
join accreditation_link l on l.accreditation_id = a.id and l.known @> w.at
join body_link b on b.record_id = l.record_id and b.known @> w.at
join record r on r.id = l.record_id
join source_list sl on sl.id = r.list_id
join source s on s.key = sl.source_key
order by w.n, r.id, l.key
"""
_LOOKS = """
select list_id, id, as_of, known_at, recorded, unread from run
where list_id = any(%(lists)s::bigint[]) and record_key = '' and as_of is not null
    and state in ('published', 'unchanged')
order by list_id, id
"""


# --- the road ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Put:
    """A question as it was put: as known at ``known_at``, asked on the day ``today``."""

    asked: Asked
    known_at: datetime
    today: date


class Found(NamedTuple):
    """``verdicts`` in the order of the questions, None for each that must take the long road;
    ``log_position`` of the state that they were read from, None where nothing was read."""

    verdicts: list[Judged | None]
    log_position: int | None


Road = Generator[tuple[str, dict[str, Any]], Sequence[Any], Found]


@dataclass(slots=True)
class _Series:
    """The complete runs of one list, oldest first."""

    looks: list[Look] = field(default_factory=list)
    ids: list[int] = field(default_factory=list)
    unread: frozenset[int] = frozenset()  # records that some look could not read

    def until(self, run_id: int) -> "_Series":
        """Without runs after this one: another question may have read a newer state."""
        if not self.ids or self.ids[-1] <= run_id:
            return self
        end = bisect_right(self.ids, run_id)
        return _Series(self.looks[:end], self.ids[:end], self.unread)

    def stand(self, record_id: int, first: int, end: int | None) -> Stand:
        start = bisect_left(self.ids, first)
        stop = len(self.ids) if end is None else bisect_left(self.ids, end)
        left = self.looks[stop] if stop < len(self.ids) else None
        shown = self.looks[start:stop] if start or left else self.looks
        if record_id in self.unread:
            shown = [one for one in shown if record_id not in one.unread]
        return Stand(shown, left, first, "")


def simple(asked: Asked) -> bool:
    """Whether a question may take the short road."""
    other = asked.accreditation or asked.body or asked.site or asked.activity is not None
    return bool(asked.number) and not other and len(asked.number) <= LONGEST


def _keys(asked: Asked) -> list[str]:
    """The keys that the number could mean: with an issuer's name before it, or without. Where the
    issuer is not named it may be any head of the number."""
    key, own = number_key(asked.number), plain_issuer(asked.issuer)
    if not own:
        return [key[start:] for start in range(len(key))]
    return [key, key[len(own) :]] if key.startswith(own) and len(key) > len(own) else [key]


@dataclass(slots=True)
class Quick:
    """One for a process: it keeps what does not depend on the question. No verdict is kept."""

    series: dict[int, _Series] = field(default_factory=dict)
    sources: dict[tuple[Any, ...], SourceSeen] = field(default_factory=dict)

    def road(self, puts: Sequence[Put]) -> Road:
        """Yields statements with their parameters, is sent their rows, returns what was found.

        One statement; a second one where a list has looks that were not read yet.
        """
        flat = [
            (n, key, put.known_at)
            for n, put in enumerate(puts)
            if simple(put.asked)
            for key in _keys(put.asked)
            if key
        ]
        if not flat:
            return Found([None] * len(puts), None)
        ns, keys, ats = zip(*flat, strict=True)
        rows = yield _SAID, {"ns": list(ns), "keys": list(keys), "ats": list(ats)}
        found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
        lists: set[int] = set()
        for _, n, *named, said in rows:
            spoken = _spoken(said)
            found[n].append((*named, spoken))
            if self._unread(spoken):
                lists.add(spoken.list_id)
        if lists:
            self._learn(lists, (yield _LOOKS, {"lists": sorted(lists)}))
        verdicts = [
            self._judged(put, found[n]) if n in found else None for n, put in enumerate(puts)
        ]
        return Found(verdicts, rows[0][0] if rows else None)

    def _unread(self, spoken: Spoken) -> bool:
        held = self.series.get(spoken.list_id)
        return held is None or (spoken.complete or 0) > (held.ids[-1] if held.ids else 0)

    def _learn(self, lists: set[int], rows: Sequence[Any]) -> None:
        found = {list_id: _Series() for list_id in lists}
        for list_id, run_id, as_of, known_at, recorded, unread in rows:
            times = as_of.astimezone(UTC), known_at.astimezone(UTC)
            found[list_id].looks.append(Look(run_id, *times, recorded, frozenset(unread)))
            found[list_id].ids.append(run_id)
        for series in found.values():
            series.unread = frozenset().union(*(one.unread for one in series.looks))
        self.series.update(found)

    def _judged(self, put: Put, rows: Sequence[tuple[Any, ...]]) -> Judged | None:
        full, issuer = number_key(put.asked.number), plain_issuer(put.asked.issuer)
        named: set[tuple[int, int, str]] = set()
        spoken: list[Spoken] = []
        for id_, of, key, body_id, said in rows:
            own = plain_issuer(of)
            if full.removesuffix(key) in ("", own) and issuer in ("", own):
                named.add((id_, body_id, of))
                spoken.append(said)
        if len(named) != 1:
            return None  # nobody's, or that of several
        (accreditation_id, body_id, of) = named.pop()
        said_of = self._said(accreditation_id, body_id, of, spoken, put.known_at)
        if said_of is None:
            return None
        held = merge_accreditation(said_of, put.asked.on, put.known_at)
        known_on = min(put.known_at.date(), put.today)
        decision = decide(held.facts, Question(None, None, put.asked.on, known_on))
        stood = Stood(said_of, held, put.asked.on)
        return judged_of(Case(put.asked, Identity(), stood=stood, decision=decision))

    def _said(
        self, id_: int, body_id: int, issuer: str, spoken: Sequence[Spoken], known_at: datetime
    ) -> AccreditationSaid | None:
        """What the records say, as the merge takes it. None where a look-up or a doubt about the
        holder is among them, or a look that was learned after the time asked about."""
        says: list[Said] = []
        events: list[Said] = []
        for one in spoken:
            series = self.series[one.list_id].until(one.complete or 0)
            late = series.looks and series.looks[-1].known_at > known_at
            if one.list_name == LOOKUP or one.doubted or late:
                return None
            record = RecordSeen(
                one.record_id, "", one.list_id, one.list_name, self._source(one), body_id
            )
            for first, end in one.sights or ():
                record.stands.append(series.stand(record.id, first, end))
            says += [Said(record, "accreditation_statement", row) for row in one.stated or ()]
            if one.stated:
                events += [Said(record, "status_event", row) for row in one.happened or ()]
        if not says:
            return None
        says.sort(key=lambda said: said.row.id)
        # a scope was not asked for: how many lines it has decides nothing
        counts = {(said.record.id, said.row.key): 0 for said in says}
        return AccreditationSaid(id_, body_id, (issuer, "", ""), tuple(says), tuple(events), counts)

    def _source(self, one: Spoken) -> SourceSeen:
        key = one.source, one.tier, one.authoritative, one.leaving
        if key not in self.sources:
            meta = {"authoritative_for": one.authoritative, "leaving_means": one.leaving}
            self.sources[key] = SourceSeen(one.source, one.tier, False, True, meta)
        return self.sources[key]


# --- over a connection ---------------------------------------------------------------------------


def judge_quickly(
    conn: Connection,
    asked: Sequence[Asked],
    *,
    known_at: datetime,
    today: date,
    quick: Quick | None = None,
) -> list[Judged]:
    """The same verdicts as services.verdict.judge.judge, those on the short road first."""
    road = (quick or Quick()).road([Put(one, known_at, today) for one in asked])
    found = _walk(conn, road).verdicts
    rest = [n for n, one in enumerate(found) if one is None]
    if rest:
        judged = judge(conn, [asked[n] for n in rest], known_at=known_at, today=today)
        found = [*found]
        for n, one in zip(rest, judged, strict=True):
            found[n] = one
    return [one for one in found if one is not None]


def _walk(conn: Connection, road: Road) -> Found:
    try:
        statement, values = next(road)
        while True:
            rows = conn.exec_driver_sql(statement, values).all()
            statement, values = road.send(rows)
    except StopIteration as end:
        found: Found = end.value
        return found


async def ask_quickly(
    conn: psycopg.AsyncConnection[Any], quick: Quick, puts: Sequence[Put]
) -> Found:
    """The road over a connection of psycopg's own, in autocommit and opened with OPTIONS."""
    road = quick.road(puts)
    try:
        statement, values = next(road)
        while True:
            cursor = await conn.execute(statement, values)
            statement, values = road.send(await cursor.fetchall())
    except StopIteration as end:
        found: Found = end.value
        return found
