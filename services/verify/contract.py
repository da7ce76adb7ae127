"""The freshness contract of a fact: what its rule asks for, and how that is kept.

    need (rule 14) · by list and by look-up: frequency, last success, last try, next due, why then
    · what happens when it is overdue

A fact is an accreditation. Its lists check it with every complete reading; a look-up, where a
source offers one, between them. Read from the ledger and :mod:`services.verify.due`, stored
nowhere.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find import body as reading
from services.find.cursor import number
from services.find.meta import MISSED_TURNS
from services.find.views import AccreditationView, Meta, View
from services.settings import Settings
from services.terms import RunState, Tier
from services.validity import STALE_AFTER_DAYS
from services.validity.decide import WARN_AFTER_DAYS
from services.verify import due
from services.verify.risk import Risk


class Way(StrEnum):
    LIST = "list"
    LOOKUP = "lookup"


class Keeping(StrEnum):
    """How well the need is met on the day of the answer."""

    KEPT = "kept"
    WARNED = "warned"  # the verdict stands and says that its check is old
    STALE = "stale"  # the verdict is UNKNOWN_STALE
    NEVER = "never"  # no check that could decide


class Need(View, frozen=True, kw_only=True):
    """``rule``: of the decision. A check older than ``warn_after_days`` is said to be old; past
    ``stale_after_days`` nothing is known any more."""

    rule: int = 14
    warn_after_days: int = WARN_AFTER_DAYS
    stale_after_days: int = STALE_AFTER_DAYS


class CheckPlan(View, frozen=True, kw_only=True):
    """One way of checking it. ``failures``: tries in a row that failed since the last success.
    ``why``: reasons for the frequency of a look-up, the weightiest first; of a list none.
    ``overdue``: a whole turn was missed."""

    way: Way
    source: str
    list: str
    decides: bool  # it meets the need; what it says otherwise is a hint
    every_seconds: int
    last_success_at: datetime | None
    last_try_at: datetime | None
    last_try: RunState | None
    failures: int
    next_due_at: datetime | None
    why: tuple[Risk, ...]
    overdue: bool


class Freshness(View, frozen=True, kw_only=True):
    """``last_check``: the day of the last check that meets the need; ``warns_on``, ``stale_on``:
    the first days of which the verdict says that it is old, and that nothing is known."""

    accreditation: str
    body: str
    label: str
    need: Need
    keeping: Keeping
    last_check: date | None
    warns_on: date | None
    stale_on: date | None
    checks: tuple[CheckPlan, ...]
    when_overdue: str


WHEN_OVERDUE = (
    "The last good data stand. After {warn} days without a check the verdict says so, after {stale}"
    " days it is UNKNOWN_STALE; stewards see the fact at their desk from the first missed turn on."
)

# The lists on which its records stand, each with its newest try and the last that saw it whole.
_LISTS = sa.text("""
    select k.source_key, k.name, k.next_due_at, k.failures, k.enabled and c.enabled as enabled,
        (c.meta ->> 'every_seconds')::float8 as every_seconds, c.tier,
        coalesce(c.meta -> 'authoritative_for', '[]') as authoritative_for,
        g.finished_at as success_at, t.finished_at as try_at, t.state as try_state
    from source_list k join source c on c.key = k.source_key
    left join run g on g.id = k.complete_run_id
    left join lateral (select finished_at, state from run where list_id = k.id
        and record_key = '' and finished_at is not null order by id desc limit 1) t on true
    where k.name <> 'lookup' and k.id in (
        select r.list_id from accreditation_link l join record r on r.id = l.record_id
        join sighting s on s.record_id = r.id and s.end_run_id is null
        where l.accreditation_id = :of and upper_inf(l.known))
    order by c.tier, k.source_key, k.name
""")
_LOOK_UPS = sa.text(
    due.FACTS
    + """
select fact.*, c.tier, coalesce(c.meta -> 'authoritative_for', '[]') as authoritative_for,
    array(select r.risk from rule r where r.risk = any(fact.reasons) order by r.harm) as why,
    (select count(*) from run where run.list_id = fact.list_id
        and run.record_key = fact.record_key and run.state = 'failed'
        and run.asked_at > coalesce(fact.at, '-infinity')) as failures,
    (select max(finished_at) from run where run.list_id = fact.list_id and run.state in
        ('published', 'unchanged') and run.record_key = fact.record_key) as good_at,
    t.finished_at as try_at, t.state as try_state
from fact join source c on c.key = fact.source_key
left join lateral (select finished_at, state from run where run.list_id = fact.list_id
    and run.record_key = fact.record_key and finished_at is not null
    order by run.id desc limit 1) t on true
order by fact.source_key
"""
)


def freshness(
    conn: Connection, id_: str, settings: Settings, now: datetime
) -> tuple[Freshness, Meta]:
    """The contract of one accreditation as of now. Raises NotFound, BadQuestion."""
    one, meta = reading.accreditation(conn, id_, on=now.date(), known_at=now)
    return contract_of(conn, one, settings, now), meta


def contract_of(
    conn: Connection, one: AccreditationView, settings: Settings, now: datetime
) -> Freshness:
    """Of an accreditation as it is answered today: four queries."""
    of = number(one.id, "a", "an accreditation")
    lists = conn.execute(_LISTS, {"of": of}).all()
    look_ups = conn.execute(_LOOK_UPS, due.values(conn, settings, now, of)).all()
    need, last = Need(), one.status.last_check
    return Freshness(
        accreditation=one.id,
        body=one.body,
        label=f"{one.issuer} {one.number or one.field}".strip(),
        need=need,
        keeping=_keeping(last, need, now.date()),
        last_check=last,
        warns_on=_after(last, need.warn_after_days),
        stale_on=_after(last, need.stale_after_days),
        checks=(*_of_lists(lists, one.issuer, now), *_of_look_ups(look_ups, one.issuer, now)),
        when_overdue=WHEN_OVERDUE.format(warn=need.warn_after_days, stale=need.stale_after_days),
    )


def _after(last: date | None, days: int) -> date | None:
    """The first day that is more than so many days later."""
    return last + timedelta(days=days + 1) if last else None


def _keeping(last: date | None, need: Need, today: date) -> Keeping:
    if last is None:
        return Keeping.NEVER
    days = (today - last).days
    if days > need.stale_after_days:
        return Keeping.STALE
    return Keeping.WARNED if days > need.warn_after_days else Keeping.KEPT


def _decides(row: Any, issuer: str) -> bool:
    """As services.store.looks.SourceSeen.decides."""
    return row.tier <= Tier.AB_SCHEDULE or issuer in row.authoritative_for


def _of_lists(rows: Sequence[Any], issuer: str, now: datetime) -> list[CheckPlan]:
    return [
        CheckPlan(
            way=Way.LIST,
            source=row.source_key,
            list=row.name,
            decides=_decides(row, issuer),
            every_seconds=int(row.every_seconds),
            last_success_at=row.success_at,
            last_try_at=row.try_at,
            last_try=RunState(row.try_state) if row.try_state else None,
            failures=row.failures,
            next_due_at=row.next_due_at if row.enabled else None,
            why=(),
            overdue=row.success_at is None
            or now - row.success_at > timedelta(seconds=row.every_seconds) * MISSED_TURNS,
        )
        for row in rows
    ]


def _of_look_ups(rows: Sequence[Any], issuer: str, now: datetime) -> list[CheckPlan]:
    return [
        CheckPlan(
            way=Way.LOOKUP,
            source=row.source_key,
            list="lookup",
            decides=_decides(row, issuer),
            every_seconds=int(row.every.total_seconds()),
            last_success_at=row.good_at,
            last_try_at=row.try_at,
            last_try=RunState(row.try_state) if row.try_state else None,
            failures=row.failures,
            next_due_at=row.due_at,
            why=tuple(Risk(word) for word in row.why),
            overdue=row.due_at + row.every < now,
        )
        for row in rows
    ]
