"""When each fact is due for its next look-up, and why: computed in one query, stored nowhere.

A fact is an accreditation that an enabled source offers to look up. Reasons and last looks change
with every publish, so a table of due dates would have to be kept true by every writer; reading
them costs one pass over what is held.

    statements in force → reasons (risk.RULES) → interval → due = last look + interval, spread

A fact never looked up is due at once where any rule but the ordinary one or the watch's asks for
it, else at a place within its interval that its own number decides: what is learned on one day
does not fall due on one day. A look-up that failed is no look.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.settings import Settings, duration
from services.store.differing import contradicted
from services.verify import risk

FACTS = """
with offer as materialized (
    select k.id as list_id, c.key as source_key, o.issuer
    from source c join source_list k on k.source_key = c.key and k.name = 'lookup' and k.enabled
    cross join lateral jsonb_array_elements_text(c.meta -> 'lookup_issuers') as o(issuer)
    where c.enabled
), rule as materialized (
    select * from unnest(cast(:risks as text[]), cast(:harms as int[]),
        cast(:everys as interval[]), cast(:urgents as bool[])) as r(risk, harm, every, urgent)
), asked as (
    select a.id, a.issuer, a.number from accreditation a
    where a.issuer in (select issuer from offer) and a.number_key <> ''
        and (cast(:of as bigint) is null or a.id = :of)
), halted as materialized (
    select distinct e.record_id, e.accreditation from status_event e
    where upper_inf(e.known) and e.kind = 'suspended' and (e.until is null or e.until > :today)
), said as (
    select asked.*, s.expires, s.listed, k.source_key, c.tier,
        lower(l.known) as learned, h.record_id is not null as halted,
        s.listed in ('withdrawn', 'surrendered', 'expired') as ended,
        min(c.tier) over (partition by asked.id) as highest,
        coalesce(g.known_at, g.asked_at) as list_at
    from asked
    join accreditation_link l on l.accreditation_id = asked.id and upper_inf(l.known)
    join accreditation_statement s on s.record_id = l.record_id and s.key = l.key
        and upper_inf(s.known)
    join record r on r.id = s.record_id
    join source_list k on k.id = r.list_id
    join source c on c.key = k.source_key
    left join run g on g.id = k.complete_run_id
    left join halted h on h.record_id = s.record_id and h.accreditation = s.key
), contradicted as materialized (
    select unnest(cast(:contradicted as bigint[])) as id
), watched as materialized (
    select distinct l.accreditation_id as id
    from watchlist_body w
    join body_link b on b.body_id = w.body_id and upper_inf(b.known)
    join accreditation_link l on l.record_id = b.record_id and upper_inf(l.known)
), held as (
    select id, issuer, number, min(learned) as learned, max(list_at) as list_at,
        bool_or((listed <> 'active' or halted) and tier > highest and tier < 6)
            and bool_or(listed = 'active' and not halted and tier = highest) as adverse,
        bool_or(not ended and listed <> 'active' or halted) as suspended,
        bool_or(not ended and expires between :today and :soon) as expiring
    from said group by id, issuer, number
    having bool_or(not ended)
), looked as materialized (
    select list_id, record_key,
        max(asked_at) filter (where state in ('published', 'unchanged')) as good_at,
        max(asked_at) filter (where state <> 'failed') as at,
        max(asked_at) filter (where state = 'failed') as failed_at,
        bool_or(state in ('queued', 'running')) as open
    from run where list_id in (select list_id from offer)
        and record_key in (select issuer || ' ' || number from asked)
    group by list_id, record_key
), seen as (
    select held.*, offer.list_id, offer.source_key, held.issuer || ' ' || held.number as record_key,
        looked.at, looked.failed_at, coalesce(looked.open, false) as open,
        greatest(looked.good_at, held.list_at) as success_at,
        ('x' || left(md5(held.issuer || ' ' || held.number), 8))::bit(32)::bigint / 4294967296.0
            as place
    from held join offer on offer.issuer = held.issuer
    left join looked on looked.list_id = offer.list_id
        and looked.record_key = held.issuer || ' ' || held.number
), reasoned as materialized (
    select seen.*, array_remove(array[
        case when adverse then 'adverse_word' end, case when suspended then 'suspended' end,
        case when id in (select id from contradicted) then 'contradicted' end,
        case when expiring then 'expiring' end, case when success_at < :ageing then 'ageing' end,
        case when id in (select id from watched) then 'watched' end, 'ordinary'], null) as reasons
    from seen
), weighed as (
    select reasoned.*, w.harm, w.every, w.urgent
    from reasoned cross join lateral (
        select min(harm) as harm, min(every) as every, bool_or(urgent) as urgent
        from rule where rule.risk = any(reasoned.reasons)
    ) w
), fact as (
    select weighed.*, case
        when at is not null then at + every * (1 - :spread * place)
        when urgent then learned
        else learned + every * place end as due_at
    from weighed
)
"""


def values(
    conn: Connection, settings: Settings, now: datetime, of: int | None = None
) -> dict[str, Any]:
    """The parameters of :data:`FACTS`. ``of``: one accreditation only. Two queries, which find
    what is contradicted as the desk finds it."""
    return {
        "of": of,
        "contradicted": contradicted(conn, on=now.date(), known_at=now, of=of),
        "today": now.date(),
        "soon": now.date() + timedelta(days=risk.EXPIRING_DAYS),
        "ageing": now - timedelta(days=risk.AGEING_DAYS),
        "spread": risk.SPREAD,
        "risks": [rule.risk.value for rule in risk.RULES],
        "harms": [rule.harm for rule in risk.RULES],
        "everys": [risk.every(rule, settings.verify) for rule in risk.RULES],
        "urgents": [rule.risky for rule in risk.RULES],
    }


_CHOOSE = sa.text(
    FACTS
    + """
, ready as (
    select fact.list_id, fact.record_key, room.most, row_number() over (
        partition by fact.list_id order by fact.harm, fact.at nulls first, fact.id) as place
    from fact join unnest(cast(:lists as bigint[]), cast(:rooms as int[])) as room(list_id, most)
        on room.list_id = fact.list_id
    where not fact.open and fact.due_at <= :now
        and (fact.failed_at is null or fact.failed_at <= :retried)
)
insert into run (list_id, record_key, state, asked_by, asked_at)
select list_id, record_key, 'queued', 'verify', :now from ready
where place <= most order by place, list_id
on conflict (list_id, record_key) where state in ('queued', 'running') do nothing
returning id
"""
)


def ask_due_facts(
    conn: Connection, rooms: Sequence[tuple[int, int]], settings: Settings, now: datetime
) -> int:
    """Write ledger rows for the most harmful due facts: ``rooms`` is how many a look-up list takes.

    Their order of asking goes round the lists, so that no source's crowd comes before another's
    first. Returns how many were asked for.
    """
    asked = values(conn, settings, now) | {
        "lists": [list_id for list_id, _ in rooms],
        "rooms": [most for _, most in rooms],
        "now": now,
        "retried": now - duration(settings.road.retry_after),
    }
    return len(conn.execute(_CHOOSE, asked).all())


@dataclass(frozen=True, slots=True)
class Backlog:
    """One source's look-ups at a moment. ``overdue``: a whole interval past the due time.

    ``success_age_s``: of the fact whose last good check (look-up or complete list) is the oldest.
    """

    source: str
    due: int
    overdue: int
    success_age_s: float
    queue_age_s: float


_BACKLOG = sa.text(
    FACTS
    + """
select offer.source_key as source,
    count(*) filter (where fact.due_at <= :now) as due,
    count(*) filter (where fact.due_at + fact.every < :now) as overdue,
    coalesce(extract(epoch from :now - min(fact.success_at)), 0)::float8 as success_age_s,
    coalesce((select extract(epoch from :now - min(run.asked_at)) from run
        where run.list_id = offer.list_id and run.state = 'queued'), 0)::float8 as queue_age_s
from offer left join fact on fact.list_id = offer.list_id
group by offer.source_key, offer.list_id order by offer.source_key
"""
)


def backlogs(conn: Connection, settings: Settings, now: datetime) -> tuple[Backlog, ...]:
    """Every enabled source that offers look-ups: three queries."""
    rows = conn.execute(_BACKLOG, values(conn, settings, now) | {"now": now})
    return tuple(Backlog(**row._mapping) for row in rows)
