"""The queries behind substitutes: lines to be replaced, who shares them, who keeps them."""

from services.find.scope import JOINED

# Terms that a line does not have are 0. ``own``: the lines to be replaced. ``reach``: their
# methods, and those that name the same standards.
OWN = f"""
    with w as (
        select * from unnest(cast(:records as bigint[]), cast(:keys as text[]),
            cast(:whole as boolean[])) as w(record_id, key, whole)
    ), own as materialized (
        select distinct coalesce(l.object_id, 0) as object_id,
            coalesce(l.parameter_id, 0) as parameter_id, coalesce(l.method_id, 0) as method_id,
            m.standards
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
        select method_id, method_id from own where method_id <> 0
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
            and coalesce(l.parameter_id, 0) = own.parameter_id
            and l.known @> cast(:known_at as timestamptz) and l.valid @> cast(:on as date)
        join body_link bl on bl.record_id = l.record_id
            and bl.known @> cast(:known_at as timestamptz)
        where own.method_id = 0
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
LINES = OWN + " select object_id, parameter_id, method_id from own order by 3, 1, 2"
REACH = OWN + " select mine, theirs from reach"
# What is kept is counted by the caller: the planner cannot know how few lines these are, and
# joined them line by line for minutes.
THEIRS = """
    with v as (
        select * from unnest(cast(:their_records as bigint[]), cast(:their_keys as text[]),
            cast(:their_accs as bigint[]), cast(:their_bodies as bigint[]))
            as v(record_id, key, accreditation_id, body_id)
    )
    select distinct v.body_id, v.accreditation_id, coalesce(l.object_id, 0) as object_id,
        coalesce(l.parameter_id, 0) as parameter_id, coalesce(l.method_id, 0) as method_id
    from v join scope_line l on l.record_id = v.record_id and l.accreditation = v.key
        and l.known @> cast(:known_at as timestamptz) and l.valid @> cast(:on as date)
    where (l.method_id is null or l.method_id = any(cast(:methods as bigint[])))
        and (l.record_id, l.key) not in (select * from unnest(
            cast(:off_records as bigint[]), cast(:off_keys as text[])))
"""
LAST = """
    select max(upper(l.known)) as at from scope_line l
    join body_link bl on bl.record_id = l.record_id and bl.known @> cast(:known_at as timestamptz)
    where bl.body_id = :body and upper(l.known) <= cast(:known_at as timestamptz)
"""
