"""Telling what a publish changed: one row a fact version, before and after, in canonical order."""

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.sync.statements import TABLES

_TECHNICAL = "{id,record_id,hash,known,run_id,end_run_id,raw,key,folded,core,keys}"

_OLD_AND_NEW = """
    select '{table}' as what, coalesce(n.record_id, o.record_id) as record_id,
        coalesce(n.key, o.key) as key,
        to_jsonb(o) - cast('{technical}' as text[]) - 'place_in_key' as before,
        to_jsonb(n) - cast('{technical}' as text[]) - 'place_in_key' as after,
        coalesce(n.hash, o.hash) as fact_hash,
        {accreditation} as accreditation_key
    from (select t.*, row_number() over (partition by t.record_id, t.key order by t.valid)
            as place_in_key
          from {table} t join stage_record using (record_id) where t.end_run_id = :run) o
    full join (select t.*, row_number() over (partition by t.record_id, t.key order by t.valid)
            as place_in_key
          from {table} t join stage_record using (record_id) where t.run_id = :run) n
        on n.record_id = o.record_id and n.key = o.key and n.place_in_key = o.place_in_key
"""
_LINES = """
    select 'scope_line' as what, record_id, accreditation as key,
        case when count(*) filter (where end_run_id = :run) > 0 then
            jsonb_build_object('lines', count(*) filter (where end_run_id = :run)) end as before,
        case when count(*) filter (where run_id = :run) > 0 then
            jsonb_build_object('lines', count(*) filter (where run_id = :run)) end as after,
        sha256(string_agg(hash, cast('' as bytea) order by key, lower(valid), hash)) as fact_hash,
        accreditation as accreditation_key
    from scope_line join stage_record using (record_id)
    where end_run_id = :run or run_id = :run
    group by record_id, accreditation
"""
_TELL = """
    insert into change (run_id, row, kind, what, key, record_id, body_id, accreditation_id,
        before, after, fact_hash, repeats)
    select :run, row_number() over (order by d.what, d.record_id, d.key, d.fact_hash) - 1,
        case when d.what = 'scope_line' then 'lines' when d.before is null then 'added'
            when d.after is null then 'ended' else 'altered' end,
        d.what, d.key, d.record_id, bl.body_id, al.accreditation_id, d.before, d.after,
        d.fact_hash, false
    from ({differences}) d
    left join body_link bl on bl.record_id = d.record_id and upper_inf(bl.known)
    left join accreditation_link al on al.record_id = d.record_id
        and al.key = d.accreditation_key and upper_inf(al.known)
"""
# What another record had already said of the same accreditation or body is no news: a look-up that
# confirms its list, the second address of one list.
_REPEATED_EVENT = """
    update change c set repeats = true
    from status_event e join accreditation_link el
        on el.record_id = e.record_id and el.key = e.accreditation and upper_inf(el.known)
    where c.run_id = :run and c.what = 'status_event' and c.kind = 'added'
        and el.accreditation_id = c.accreditation_id and e.record_id <> c.record_id
        and upper_inf(e.known) and e.run_id <> :run
        and e.kind = c.after ->> 'kind'
        and e."on" is not distinct from cast(c.after ->> 'on' as date)
        and e.until is not distinct from cast(c.after ->> 'until' as date)
        and to_jsonb(e.lines) = c.after -> 'lines' and to_jsonb(e.sites) = c.after -> 'sites'
"""
_REPEATED_STATEMENT = """
    update change c set repeats = true
    from accreditation_statement e join accreditation_link el
        on el.record_id = e.record_id and el.key = e.key and upper_inf(el.known)
    where c.run_id = :run and c.what = 'accreditation_statement' and c.kind = 'added'
        and el.accreditation_id = c.accreditation_id and e.record_id <> c.record_id
        and upper_inf(e.known) and e.run_id <> :run
        and e.listed = c.after ->> 'listed'
        and e.granted is not distinct from cast(c.after ->> 'granted' as date)
        and e.expires is not distinct from cast(c.after ->> 'expires' as date)
"""
_REPEATED_NAME = """
    update change c set repeats = true
    from name e join body_link el on el.record_id = e.record_id and upper_inf(el.known)
    where c.run_id = :run and c.what = 'name' and c.kind = 'added'
        and el.body_id = c.body_id and e.record_id <> c.record_id
        and upper_inf(e.known) and e.run_id <> :run and e.text = c.after ->> 'text'
"""
_REPEATED_IDENTIFIER = """
    update change c set repeats = true
    from identifier e join body_link el on el.record_id = e.record_id and upper_inf(el.known)
    where c.run_id = :run and c.what = 'identifier' and c.kind = 'added'
        and el.body_id = c.body_id and e.record_id <> c.record_id
        and upper_inf(e.known) and e.run_id <> :run
        and e.namespace = c.after ->> 'namespace' and e.value = c.after ->> 'value'
"""
_REPEATED = (_REPEATED_EVENT, _REPEATED_STATEMENT, _REPEATED_NAME, _REPEATED_IDENTIFIER)
_MOVED = sa.text(
    """
    insert into change (run_id, row, kind, what, key, record_id, body_id)
    select :run, :told + moved.place - 1, moved.kind, 'record', r.key, r.id, bl.body_id
    from unnest(cast(:ids as bigint[]), cast(:kinds as text[])) with ordinality
        as moved(id, kind, place)
    join record r on r.id = moved.id
    left join body_link bl on bl.record_id = r.id and upper_inf(bl.known)
    """
)


def _differences(parts: Sequence[str]) -> str:
    accreditation = {"accreditation_statement": "coalesce(n.key, o.key)"}
    accreditation["status_event"] = "coalesce(n.accreditation, o.accreditation)"
    told = []
    for part in parts:
        model = TABLES[part]
        if model is m.ScopeLine:
            told.append(_LINES)
            continue
        table = str(model.__tablename__)  # type: ignore[attr-defined]
        told.append(
            _OLD_AND_NEW.format(
                table=table,
                technical=_TECHNICAL,
                accreditation=accreditation.get(table, "cast(null as text)"),
            )
        )
    return " union all ".join(told)


def tell_changes(
    conn: Connection,
    run_id: int,
    parts: Sequence[str],
    left: Sequence[int],
    back: Sequence[int],
) -> int:
    """Write a run's change rows in canonical order; returns how many.

    ``parts``: the kinds of statements that were staged. Bounded by the temporary table
    ``stage_record``. ``left`` and ``back``: records that left the list or came back to it.
    """
    run = {"run": run_id}
    told = 0
    if parts:
        told = conn.execute(sa.text(_TELL.format(differences=_differences(parts))), run).rowcount
    for repeated in _REPEATED:
        conn.execute(sa.text(repeated), run)
    moves = sorted([(i, "left_list") for i in left] + [(i, "back_on_list") for i in back])
    if moves:
        ids, kinds = zip(*moves, strict=True)
        conn.execute(_MOVED, run | {"told": told, "ids": list(ids), "kinds": list(kinds)})
    return told + len(moves)
