"""Which accreditations to re-verify next: the riskiest first, within each source's rate.

Staleness (BRIEF): weekly, daily where suspended or about to expire. Half of a source's rate is left
to its list syncs, so that looking up one by one never starves them.
"""

from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import NotFound
from services.kit import Source
from services.settings import Settings, duration
from services.sync import catalogue, ledger

SHARE = 0.5
EXPIRING_DAYS = 60

# One row per accreditation that the source can be asked about: how risky by whatever any record
# says of it, when last looked up. A look-up that failed is no look: it is repeated once the failure
# is a retry's time old.
_CHOOSE = sa.text("""
    with asked as (
        select a.issuer, a.number, a.id,
            min(case when s.listed <> 'active' or exists (
                    select 1 from accreditation_link l2
                    join status_event e on e.record_id = l2.record_id
                        and e.accreditation = l2.key and upper_inf(e.known)
                    where l2.accreditation_id = a.id and upper_inf(l2.known)
                        and e.kind = 'suspended'
                        and (e.until is null or e.until > :today)) then 0
                when s.expires between :today and :soon then 1
                else 2 end) as risk
        from accreditation a
        join accreditation_link l on l.accreditation_id = a.id and upper_inf(l.known)
        join accreditation_statement s on s.record_id = l.record_id and s.key = l.key
            and upper_inf(s.known)
        where a.issuer = any(:issuers) and a.number_key <> ''
            and s.listed not in ('withdrawn', 'surrendered', 'expired')
        group by a.id
    ), looked as (
        select record_key,
            max(asked_at) filter (where state <> 'failed' or asked_at > :retried) as at,
            bool_or(state in ('queued', 'running')) as open
        from run where list_id = :list and record_key <> '' group by record_key
    )
    select asked.issuer || ' ' || asked.number as record_key
    from asked left join looked on looked.record_key = asked.issuer || ' ' || asked.number
    where not coalesce(looked.open, false)
        and (looked.at is null or looked.at <= case when risk < 2 then :risky else :calm end)
    order by risk, looked.at nulls first, asked.id
    limit :batch
""")


def ask_riskiest(
    conn: Connection, sources: Iterable[Source], settings: Settings, now: datetime
) -> int:
    """Write ledger rows for the look-ups of this tick; returns how many were new."""
    asked = 0
    tick = duration(settings.verify.tick).total_seconds()
    for source in sources:
        if source.lookup is None or not catalogue.enabled(source, settings):
            continue
        list_id = ledger.list_id(conn, source.key, catalogue.LOOKUP)
        batch = int(catalogue.rate(source, settings) * tick * SHARE)
        rows = conn.execute(
            _CHOOSE,
            {
                "issuers": sorted(source.lookup.issuers),
                "list": list_id,
                "today": now.date(),
                "soon": now.date() + duration(f"{EXPIRING_DAYS}d"),
                "risky": now - duration(settings.verify.again_after_risky),
                "calm": now - duration(settings.verify.again_after),
                "retried": now - duration(settings.road.retry_after),
                "batch": max(1, min(batch, settings.verify.batch)),
            },
        ).scalars()
        for record_key in rows.all():
            asked += ledger.ask(conn, list_id, "verify", now, record_key)[1]
    return asked


def ask_one(
    conn: Connection,
    sources: Iterable[Source],
    settings: Settings,
    issuer: str,
    number: str,
    now: datetime,
) -> int:
    """Ask for the look-up of one accreditation; returns the run's id.

    Raises NotFound where no enabled source offers to look this issuer's numbers up.
    """
    able = [
        source
        for source in sources
        if source.lookup and issuer in source.lookup.issuers and catalogue.enabled(source, settings)
    ]
    if not able:
        known = sorted({i for s in sources if s.lookup for i in s.lookup.issuers})
        raise NotFound(
            f'No enabled source offers to look up numbers of "{issuer}".',
            f"Look-ups are offered for: {', '.join(known) or 'none'}.",
        )
    list_id = ledger.list_id(conn, able[0].key, catalogue.LOOKUP)
    return ledger.ask(conn, list_id, "person", now, f"{issuer} {number}")[0]
