"""Where facts stand: named by a change row of their run, known when its leaf says so; one query
each, whatever the number of rows. Sightings and links are held against what change rows say, and
an accreditation, by whose number everybody asks, against what records print of it."""

from collections.abc import Iterator
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.evidence.findings import Finding, Progress, stream
from services.models import Statement
from services.names import fold, look_key, number_key

Named = set[tuple[int, int, str]]  # (run, record, key) of rows that were named already
_RECORDS = 2000  # records whose lines are put together at once

_BEGUN = """
    select t.id, t.record_id, t.run_id, t.key, t.run_id as named_by, 'names' as verb
    from {table} t left join change c
        on c.run_id = t.run_id and c.what = '{table}' and c.record_id = t.record_id
        and c.key = t.key and c.fact_hash = t.hash and c.after is not null
    where c.run_id is null order by t.id
"""
_ENDED = """
    select t.id, t.record_id, t.run_id, t.key, t.end_run_id as named_by, 'ends' as verb
    from {table} t left join (
        select distinct run_id, record_id, key from change
        where what = '{table}' and before is not null
    ) c on c.run_id = t.end_run_id and c.record_id = t.record_id and c.key = t.key
    where t.end_run_id is not null and c.run_id is null order by t.id
"""
_GONE = """
    select c.run_id, c.row, c.record_id, c.key from change c left join {table} t
        on t.run_id = c.run_id and t.record_id = c.record_id and t.key = c.key
        and t.hash = c.fact_hash
    where c.what = '{table}' and c.after is not null and t.id is null order by c.run_id, c.row
"""
_REOPENED = """
    select c.run_id, c.row, c.record_id, c.key from change c left join (
        select distinct end_run_id, record_id, key from {table} where end_run_id is not null
    ) t on t.end_run_id = c.run_id and t.record_id = c.record_id and t.key = c.key
    where c.what = '{table}' and c.before is not null and t.record_id is null
    order by c.run_id, c.row
"""
# an altered leaf or run is named once, by services/evidence/verify.py, not by all its statements
_KNOWN = """
    select t.id, t.record_id, t.run_id, t.key from {table} t
        join run r on r.id = t.run_id left join log_leaf l on l.run_id = t.run_id
        left join run er on er.id = t.end_run_id left join log_leaf el on el.run_id = t.end_run_id
    where not coalesce(lower(t.known) in (r.known_at, l.known_at), false)
        or (t.end_run_id is null) <> upper_inf(t.known)
        or (t.end_run_id is not null
            and not coalesce(upper(t.known) in (er.known_at, el.known_at), false))
    order by t.id
"""
_LEAFLESS = """
    select run_id from (
        select run_id from change union select first_run_id from sighting
        union select end_run_id from sighting where end_run_id is not null
    ) published where not exists (select from log_leaf l where l.run_id = published.run_id)
    order by 1
"""


def leafless(conn: Connection) -> Iterator[Finding]:
    """Runs that published and have no leaf."""
    for row in stream(conn, sa.text(_LEAFLESS)):
        yield Finding("log_leaf", f"run {row.run_id}", "is missing: the run published")


def places(conn: Connection, model: type[Statement], named: Named) -> Iterator[Finding]:
    """Statements that no change row names, change rows whose statement is gone, and statements
    known at another time than their runs' leaves say."""
    table = str(model.__tablename__)  # type: ignore[attr-defined]
    lines = model is m.ScopeLine  # told in one change row an accreditation: lines_told
    for query in () if lines else (_BEGUN, _ENDED):
        for row in stream(conn, sa.text(query.format(table=table))):
            if (row.run_id, row.record_id, row.key) not in named:
                named.add((row.run_id, row.record_id, row.key))
                said = f"no change row of run {row.named_by} {row.verb} it"
                yield Finding(table, _place(row), said)
    for row in stream(conn, sa.text(_KNOWN.format(table=table))):
        if (row.run_id, row.record_id, row.key) not in named:
            said = "known is not the time at which its runs were published"
            yield Finding(table, _place(row), said)
    if lines:
        return
    for query, said in ((_GONE, "is gone or was altered"), (_REOPENED, "was not ended by it")):
        for row in stream(conn, sa.text(query.format(table=table))):
            if (row.run_id, row.record_id, row.key) not in named:
                place = f"record {row.record_id} “{row.key}”"
                yield Finding(table, place, f"{said}: change run {row.run_id} row {row.row}")


def _place(row: Any) -> str:
    return f"id {row.id} (record {row.record_id}, run {row.run_id})"


# --- scope lines ----------------------------------------------------------------------------------

# services/sync/tell._LINES, for all runs at once
_TOLD = """
    with told as (
        select run, record_id, accreditation,
            count(*) filter (where not begun) as gone, count(*) filter (where begun) as new,
            sha256(string_agg(hash, cast('' as bytea) order by key, lower(valid), hash)) as hash
        from (
            select run_id as run, true as begun, record_id, accreditation, key, valid, hash
                from scope_line where record_id between :first and :last
            union all
            select end_run_id, false, record_id, accreditation, key, valid, hash
                from scope_line where record_id between :first and :last and end_run_id is not null
        ) each group by run, record_id, accreditation
    ), said as (
        select run_id as run, row, record_id, key as accreditation, fact_hash as hash,
            coalesce(cast(before ->> 'lines' as bigint), 0) as gone,
            coalesce(cast(after ->> 'lines' as bigint), 0) as new
        from change where what = 'scope_line' and record_id between :first and :last
    )
    select coalesce(t.run, s.run) as run, coalesce(t.record_id, s.record_id) as record_id,
        coalesce(t.accreditation, s.accreditation) as accreditation, s.row,
        coalesce(t.gone, 0) as gone, coalesce(t.new, 0) as new, s.gone as said_gone,
        s.new as said_new
    from told t full join said s
        on s.run = t.run and s.record_id = t.record_id and s.accreditation = t.accreditation
    where t.hash is distinct from s.hash or t.gone <> s.gone or t.new <> s.new
    order by 1, 2, 3
"""


def lines_told(conn: Connection, named: Named, tell: Progress) -> Iterator[Finding]:
    """Scope lines that a run began or ended otherwise than its change row says."""
    last = conn.execute(sa.select(sa.func.max(m.Record.id))).scalar() or 0
    for first in range(0, last + 1, _RECORDS):
        part = {"first": first, "last": first + _RECORDS - 1}
        for row in conn.execute(sa.text(_TOLD), part):
            if (row.run, row.record_id, row.accreditation) in named:
                continue
            run = f"record {row.record_id} “{row.accreditation}” (run {row.run})"
            if row.row is None:
                said = "no change row tells of its lines"
            elif (row.gone, row.new) != (row.said_gone, row.said_new):
                said = f"{row.gone} lines ended and {row.new} begun, change row {row.row} says"
                said += f" {row.said_gone} and {row.said_new}"
            else:
                said = f"its lines are not those that change row {row.row} names"
            yield Finding("scope_line", run, said)
        tell("record", min(first + _RECORDS, last), last)


# --- sightings and links --------------------------------------------------------------------------

_LEFT = """
    select c.run_id, c.row, c.record_id, c.kind from change c left join sighting s
        on s.record_id = c.record_id
        and case c.kind when 'left_list' then s.end_run_id else s.first_run_id end = c.run_id
    where c.what = 'record' and s.id is null order by c.run_id, c.row
"""
_SEEN = """
    select s.id, s.record_id, s.end_run_id as run_id, 'end_run_id' as column from sighting s
        left join sighting n on n.record_id = s.record_id and n.first_run_id = s.end_run_id
        left join change c on c.run_id = s.end_run_id and c.record_id = s.record_id
            and c.kind = 'left_list'
    where s.end_run_id is not null and n.id is null and c.run_id is null
    union all
    select s.id, s.record_id, s.first_run_id, 'first_run_id' from sighting s
        join record r on r.id = s.record_id and r.run_id <> s.first_run_id
        left join sighting b on b.record_id = s.record_id and b.end_run_id = s.first_run_id
        left join change c on c.run_id = s.first_run_id and c.record_id = s.record_id
            and c.kind = 'back_on_list'
    where b.id is null and c.run_id is null
    order by 1
"""
_LINKS = """
    select c.run_id, c.row, c.record_id from change c
        left join body_link l on l.record_id = c.record_id and l.body_id = c.body_id
    where c.record_id is not null and c.body_id is not null and l.id is null
    order by c.record_id, c.run_id, c.row
"""
_ACCREDITATION_LINKS = """
    select c.run_id, c.row, c.record_id from change c left join accreditation_link l
        on l.record_id = c.record_id and l.accreditation_id = c.accreditation_id
    where c.record_id is not null and c.accreditation_id is not null and l.id is null
    order by c.record_id, c.run_id, c.row
"""
# a link begins with its run or where the one before it ended, and ends where another begins
_LINKED = """
    select t.id, t.record_id from {table} t
        left join run r on r.id = t.run_id left join log_leaf l on l.run_id = t.run_id
    where not (coalesce(lower(t.known) in (r.known_at, l.known_at), false) or exists (
            select from {table} o
            where o.record_id = t.record_id and upper(o.known) = lower(t.known)))
        or not (upper_inf(t.known) or exists (
            select from body_link o
            where o.record_id = t.record_id and lower(o.known) = upper(t.known)) or exists (
            select from accreditation_link o
            where o.record_id = t.record_id and lower(o.known) = upper(t.known)))
    order by t.id
"""
_PRINTED = """
    select a.id, a.issuer, a.number, a.number_key, a.look_key, a.field_key, s.run_id, s.record_id,
        s.key, s.issuer as said_issuer, s.number as said_number, s.field as said_field
    from accreditation a
        join accreditation_link l on l.accreditation_id = a.id
        join accreditation_statement s on s.record_id = l.record_id and s.key = l.key
            and s.known && l.known
    order by a.id
"""


def sightings(conn: Connection) -> Iterator[Finding]:
    """When records stood in their lists, held against the rows that say they left or came back."""
    for row in stream(conn, sa.text(_LEFT)):
        said = f"none {'ends' if row.kind == 'left_list' else 'begins'} with run {row.run_id}"
        said += f", as change row {row.row} says"
        yield Finding("sighting", f"record {row.record_id}", said)
    for row in stream(conn, sa.text(_SEEN)):
        place = f"id {row.id} (record {row.record_id})"
        yield Finding(
            "sighting", place, f"{row.column} is {row.run_id}: the log knows nothing of it"
        )


def links(conn: Connection) -> Iterator[Finding]:
    """Records said to speak of a body or accreditation of which no link says so; links known from
    or until another time than that of their run or of the links beside them."""
    for table, query in (("body_link", _LINKS), ("accreditation_link", _ACCREDITATION_LINKS)):
        seen: set[int] = set()
        for row in stream(conn, sa.text(query)):
            if row.record_id not in seen:
                seen.add(row.record_id)
                said = f"none leads where change run {row.run_id} row {row.row} says it led"
                yield Finding(table, f"record {row.record_id}", said)
        for row in stream(conn, sa.text(_LINKED.format(table=table))):
            if row.record_id not in seen:
                said = "known is not the time of its run, or of the link before or after it"
                yield Finding(table, f"id {row.id} (record {row.record_id})", said)


def accreditations(conn: Connection, named: Named) -> Iterator[Finding]:
    """Accreditations that bear an issuer or number which no record printed, or are filed under
    another key than that number's: they would be found under it, and not under their own."""
    rows = stream(conn, sa.text(_PRINTED))
    for id_, group in groupby(rows, key=lambda row: int(row.id)):
        held = list(group)
        if any((row.run_id, row.record_id, row.key) in named for row in held):
            continue  # what was printed was altered, and named as that
        if not any(_printed(row) for row in held):
            said = "its issuer, number or keys are none that a record prints"
            yield Finding("accreditation", f"id {id_}", said)


def _printed(row: Any) -> bool:
    """Whether the accreditation is the one that this statement makes (services/sync/link.py)."""
    key = number_key(row.said_number, row.said_issuer)
    return (row.issuer, row.number, row.number_key, row.look_key, row.field_key) == (
        row.said_issuer, row.said_number, key, look_key(key), "" if key else fold(row.said_field),
    )  # fmt: skip
