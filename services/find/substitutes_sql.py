"""The queries behind substitutes: lines to be replaced, who shares them, who keeps them."""

from services.find.scope import JOINED

# ``own``: the lines to be replaced. ``reach``: their methods, and those of the same standards.
OWN = f"""
    with w as (
        select * from unnest(cast(:records as bigint[]), cast(:keys as text[]),
            cast(:whole as boolean[])) as w(record_id, key, whole)
    ), own as materialized (
        select distinct l.object_id, l.parameter_id, l.method_id, m.standards
        from w {JOINED.replace(":known_at", ":lines_at")}
        where l.valid @> cast(:lines_on as date)
            and (w.whole or (l.record_id, l.key) in (select * from unnest(
                cast(:only_records as bigint[]), cast(:only_keys as text[]))))
            and $where
        order by 1, 2, 3 limit :most_lines
    ), reach as materialized (
        select mine.method_id as mine, term.id as theirs
        from (select distinct method_id, standards from own where standards <> '{{}}') as mine
        join term on term.kind = 'method' and term.standards && mine.standards
        union
        select method_id, method_id from own where method_id is not null
    )
"""
# A line without a method is kept by the same object and parameter.
FITS = (
    OWN
    + """
    , shared as (
        select distinct bl.body_id, reach.mine
        from reach join scope_line l on l.method_id = reach.theirs
            and l.known @> cast(:known_at as timestamptz) and l.valid @> cast(:on as date)
        join body_link bl on bl.record_id = l.record_id
            and bl.known @> cast(:known_at as timestamptz)
    ), bare as (
        select distinct bl.body_id, own.object_id, own.parameter_id
        from own join scope_line l on l.method_id is null and l.object_id = own.object_id
            and l.parameter_id is not distinct from own.parameter_id
            and l.known @> cast(:known_at as timestamptz) and l.valid @> cast(:on as date)
        join body_link bl on bl.record_id = l.record_id
            and bl.known @> cast(:known_at as timestamptz)
        where own.method_id is null
    ), kept as (
        select body_id, count(*) as n from (
            select body_id from shared join own on own.method_id = shared.mine
            union all select body_id from bare
        ) as lines where body_id <> :body group by body_id
    )
    select body_id, count(*) over () as fits from kept where $filter
    order by n desc, body_id limit :most
"""
)
COUNTRY = """exists (
    select from body_link bl
    left join site s on s.record_id = bl.record_id
        and s.country = any(cast(:countries as text[]))
        and s.known @> cast(:known_at as timestamptz) and s.valid @> cast(:on as date)
    left join profile p on p.record_id = bl.record_id
        and p.country = any(cast(:countries as text[]))
        and p.known @> cast(:known_at as timestamptz) and p.valid @> cast(:on as date)
    where bl.body_id = kept.body_id and bl.known @> cast(:known_at as timestamptz)
        and coalesce(s.id, p.id) is not null)"""
OWNER = """not exists (
    select from body_link bl join ownership ow on ow.record_id = bl.record_id
        and ow.known @> cast(:known_at as timestamptz) and ow.valid @> cast(:on as date)
    where bl.body_id = kept.body_id and bl.known @> cast(:known_at as timestamptz)
        and (lower(:owner) in (lower(ow.owner), lower(ow.owner_also))
            or ow.owner_country = upper(:owner)))"""
KEPT = (
    OWN
    + """
    , v as (
        select * from unnest(cast(:their_records as bigint[]), cast(:their_keys as text[]),
            cast(:their_accs as bigint[]), cast(:their_bodies as bigint[]))
            as v(record_id, key, accreditation_id, body_id)
    ), theirs as materialized (
        select distinct v.body_id, v.accreditation_id, l.object_id, l.parameter_id, l.method_id
        from v join scope_line l on l.record_id = v.record_id and l.accreditation = v.key
            and l.known @> cast(:known_at as timestamptz) and l.valid @> cast(:on as date)
        where (l.method_id is null or l.method_id in (select theirs from reach))
            and (l.record_id, l.key) not in (select * from unnest(
                cast(:off_records as bigint[]), cast(:off_keys as text[])))
    ), methods as materialized (
        select distinct body_id, accreditation_id, method_id from theirs where method_id is not null
    ), via as (
        select reach.mine, methods.body_id,
            max(case when methods.method_id = reach.mine then 2 else 1 end) as level,
            array_agg(distinct methods.accreditation_id) as accs
        from reach join methods on methods.method_id = reach.theirs group by 1, 2
    ), found as (
        select own.object_id, own.parameter_id, own.method_id, theirs.body_id, 3 as level,
            array[theirs.accreditation_id] as accs
        from own join theirs on theirs.object_id is not distinct from own.object_id
            and theirs.parameter_id is not distinct from own.parameter_id
            and theirs.method_id is not distinct from own.method_id
        union all
        select own.object_id, own.parameter_id, own.method_id, via.body_id, via.level, via.accs
        from own join via on via.mine = own.method_id
    ), best as (
        select object_id, parameter_id, method_id, body_id, max(level) as level
        from found group by 1, 2, 3, 4
    ), held as (
        select body_id, jsonb_object_agg(acc, n) as accs from (
            select body_id, acc, count(distinct (object_id, parameter_id, method_id)) as n
            from found, unnest(accs) as a(acc) group by body_id, acc) as by_acc group by body_id
    )
    select held.body_id, held.accs,
        count(*) filter (where level = 3) as same,
        count(*) filter (where level = 2) as same_method,
        count(*) filter (where level = 1) as same_standard,
        count(*) filter (where level is null) as lost,
        (array_agg(array[own.object_id, own.parameter_id, own.method_id]
            order by own.method_id, own.object_id, own.parameter_id)
            filter (where level is null))[1:10][1:3] as lost_first
    from held cross join own
    left join best on best.body_id = held.body_id
        and best.object_id is not distinct from own.object_id
        and best.parameter_id is not distinct from own.parameter_id
        and best.method_id is not distinct from own.method_id
    group by held.body_id, held.accs
    order by lost, same desc, same_method desc, held.body_id
"""
)
LAST = """
    select max(upper(l.known)) as at from scope_line l
    join body_link bl on bl.record_id = l.record_id and bl.known @> cast(:known_at as timestamptz)
    where bl.body_id = :body and upper(l.known) <= cast(:known_at as timestamptz)
"""
