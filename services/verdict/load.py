"""Facts for many questions at once: accreditations with all that was said of them, and the scope
lines that a question could mean. A fixed number of queries, whatever the history."""

import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.db import named_rows
from services.standards import read
from services.store.facts import accreditations_said, of_ids
from services.store.looks import load_records_by_id, load_sources
from services.store.tokens import query_tokens, standard_keys, tsquery
from services.verdict.memory import Memory
from services.verdict.views import ActivityAsked

MOST_LINES = 2000  # lines of one accreditation that one question could mean


def load_said(conn: Connection, ids: Collection[int], memory: Memory) -> None:
    """What is not remembered of these accreditations yet: nine queries, however many."""
    missing = frozenset(ids) - memory.said.keys()
    if not missing:
        return
    link, known_at = m.AccreditationLink, memory.known_at
    record_ids = list(
        conn.execute(
            sa.select(link.record_id)
            .where(of_ids(link.accreditation_id, missing), link.known.contains(known_at))
            .distinct()
        ).scalars()
    )
    sources = load_sources(conn, at=known_at)
    records = load_records_by_id(conn, sources, record_ids, known_at, memory.looks)
    said = accreditations_said(conn, records, known_at)
    memory.said.update((one.id, one) for one in said if one.id in missing)
    memory.records.update(records)


# --- scope lines ----------------------------------------------------------------------------------


class Wanted(NamedTuple):
    """The lines of one accreditation that could cover one activity: those whose most telling part
    (method, else parameter, else object) holds any of ``query``; all where it is ""."""

    accreditation_id: int
    part: str  # m, p, o, or "" for the sites alone
    query: str


def wanted_of(accreditation_id: int, activity: ActivityAsked | None) -> Wanted:
    """Which lines a question could mean."""
    if activity is None:
        return Wanted(accreditation_id, "", "")
    for part, words in (
        ("m", activity.method), ("p", activity.parameter), ("o", activity.object)
    ):  # fmt: skip
        if words and (query := _query(words)):
            return Wanted(accreditation_id, part, query)
    return Wanted(accreditation_id, "", "")


@functools.lru_cache(maxsize=16_384)  # an audit asks for the same standards over and over
def _query(words: str) -> str:
    """Any token of the words; of a standard its key without edition, so that a line with another
    edition can be named as the nearest."""
    if standard := read(words):
        return tsquery([[f"§{standard_keys(standard)[0]}"]])
    return tsquery(query_tokens(words), every=False)


# A schedule is read once, however many of its lines are asked for; a question then means few of
# them, and only these are read whole.
_LINES = """
    with w as materialized (
        select n, record_id, key, part, cast(query as tsquery) as query
        from unnest(cast(:ns as int[]), cast(:records as bigint[]), cast(:keys as text[]),
            cast(:parts as text[]), cast(:queries as text[]))
            as w(n, record_id, key, part, query)
    ), held as materialized (
        select s.record_id, s.key, s.part, l.id, t.tokens,
            s.part = '' or t.id is null or t.text in ('', '*') as whatever
        from (select distinct record_id, key, part from w) s
        join scope_line l on l.record_id = s.record_id and l.accreditation = s.key
            and l.known @> cast(:known_at as timestamptz)
        left join term t on t.id = case s.part when 'm' then l.method_id
            when 'p' then l.parameter_id when 'o' then l.object_id end
    ), meant as materialized (
        select w.n, held.id, row_number() over (partition by w.n order by held.id) as place
        from w join held using (record_id, key, part)
        where held.whatever or held.tokens @@ w.query
    )
    select a.n, l.id, l.record_id, l.run_id, l.end_run_id, l.key, l.raw, l.accreditation, l.valid,
        l.known, l.lo, l.hi, l.unit, l.cmc, l.limitation, l.flexible, l.sites,
        o.text as object, o.also as object_also, p.text as parameter, p.also as parameter_also,
        m.text as method, m.also as method_also
    from meant a
    join scope_line l on l.id = a.id
    left join term o on o.id = l.object_id
    left join term p on p.id = l.parameter_id
    left join term m on m.id = l.method_id
    where a.place <= :most
    order by a.n, a.id
"""


def load_lines(
    conn: Connection,
    wanted: Iterable[Wanted],
    line_keys: Mapping[int, Sequence[tuple[int, str]]],
    known_at: datetime,
) -> dict[Wanted, list[Any]]:
    """The rows of the lines that could be meant, as known then: one query.

    ``line_keys``: accreditation → the (record, key) pairs whose lines are its scope.
    """
    asked = sorted(set(wanted), key=lambda one: (one.accreditation_id, one.part, one.query))
    flat = [(n, *key) for n, one in enumerate(asked) for key in line_keys[one.accreditation_id]]
    if not flat:
        return {}
    rows = named_rows(
        conn.execute(
            sa.text(_LINES),
            {
                "ns": [n for n, _, _ in flat],
                "records": [record for _, record, _ in flat],
                "keys": [key for _, _, key in flat],
                "parts": [asked[n].part for n, _, _ in flat],
                "queries": [asked[n].query for n, _, _ in flat],
                "known_at": known_at,
                "most": MOST_LINES,
            },
        )
    )
    found: dict[Wanted, list[Any]] = defaultdict(list)
    for row in rows:
        found[asked[row.n]].append(row)
    return found
