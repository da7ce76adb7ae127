"""What a merge, or its undoing, would do: told before anybody decides, and nothing is written."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.desk import pairs
from services.desk.merges import came_later, open_merge
from services.desk.moves import accreditations_that_become_one
from services.errors import Conflict
from services.find.views import View
from services.store.differing import would_differ
from services.store.merge import label
from services.store.merged import all_merged


class RecordMoved(View, frozen=True, kw_only=True):
    id: int
    source: str
    label: str


class Joined(View, frozen=True, kw_only=True):
    """Two accreditations of one issuer and number that become one, or one that parts in two."""

    label: str
    accreditation: str
    into: str


class Effect(View, frozen=True, kw_only=True):
    """``refused``: why it cannot be done; the rest is told all the same. ``records`` move from
    ``body`` to ``into`` (undoing: back); ``later``: came to ``into`` since the merge, and stay
    there unless they are named. ``accreditations`` and ``lines``: what the moved records hold.
    ``audit_rows`` of ``audits``: rows that rest on an accreditation whose number both have.
    ``contradictions``: what two sources then say differently of one accreditation. ``redirects``:
    ids that lead on to ``into`` (undoing: no more). ``version`` is sent with the decision."""

    body: str
    into: str
    undoing: bool
    version: str
    refused: tuple[str, ...]
    records: tuple[RecordMoved, ...]
    later: tuple[RecordMoved, ...]
    joined: tuple[Joined, ...]
    accreditations: int
    lines: int
    watchlists: int
    subscriptions: int
    audits: int
    audit_rows: int
    shortlists: int
    contradictions: tuple[str, ...]
    redirects: tuple[str, ...]
    doubts: int


def of_merge(conn: Connection, body_id: int, into_id: int, now: datetime) -> Effect:
    """What merging the first into the second does. Nine queries. Raises NotFound, BadQuestion."""
    version = pairs.version(conn, (body_id, into_id))
    refused = []
    try:
        pairs.two_bodies(conn, (body_id, into_id), version, now, into=True)
        said = pairs.stands(conn, (body_id, into_id))
        refused = list(pairs.refusals((body_id, said[body_id]), (into_id, said[into_id])))
    except Conflict as fault:
        refused = [fault.what]
    records = conn.execute(sa.text(_RECORDS), {"body": body_id, "merge": None}).all()
    one_now = accreditations_that_become_one(conn, body_id, into_id)
    pairs_ = sorted({(one.was, one.becomes) for one in one_now})
    labels = _labels(conn, [a for pair in pairs_ for a in pair])
    led = all_merged(conn)
    return Effect(
        body=f"b{body_id}",
        into=f"b{into_id}",
        undoing=False,
        version=version,
        refused=tuple(refused),
        records=_records(records),
        later=(),
        joined=tuple(
            Joined(label=labels[was], accreditation=f"a{was}", into=f"a{becomes}")
            for was, becomes in pairs_
        ),
        contradictions=_contradictions(conn, body_id, pairs_, labels, now),
        redirects=tuple(f"b{one}" for one in (body_id, *_leading(led, body_id))),
        **_counts(conn, (body_id, into_id), records, [was for was, _ in pairs_], None),
    )


def of_unmerge(conn: Connection, body_id: int) -> Effect:
    """What undoing its merge does. Eight queries. Raises NotFound, BadQuestion and Conflict."""
    held = open_merge(conn, body_id)
    version = pairs.version(conn, (body_id, held.into_id))
    records = conn.execute(sa.text(_RECORDS), {"body": held.into_id, "merge": held.id}).all()
    parted = conn.execute(sa.text(_PARTED), {"merge": held.id}).all()
    labels = _labels(conn, [row.was for row in parted])
    led = all_merged(conn)
    led.pop(body_id, None)
    return Effect(
        body=f"b{body_id}",
        into=f"b{held.into_id}",
        undoing=True,
        version=version,
        refused=(),
        records=_records(records),
        later=tuple(
            RecordMoved(id=row.record_id, source=row.source_key, label=row.label)
            for row in came_later(conn, held)
        ),
        joined=tuple(
            Joined(label=labels[row.was], accreditation=f"a{row.was}", into=f"a{row.now}")
            for row in parted
        ),
        contradictions=(),
        redirects=(f"b{body_id}",),
        **_counts(conn, (body_id, held.into_id), records, [row.now for row in parted], held.id),
    )


def _leading(led: dict[int, int], body_id: int) -> list[int]:
    return sorted(old for old, at in led.items() if at == body_id)


def _records(rows: Sequence[Any]) -> tuple[RecordMoved, ...]:
    return tuple(
        RecordMoved(id=row.record_id, source=row.source_key, label=row.label) for row in rows
    )


_RECORDS = """
    select l.record_id, r.label, k.source_key from body_link l
    join record r on r.id = l.record_id join source_list k on k.id = r.list_id
    where l.body_id = :body and upper_inf(l.known)
        and (cast(:merge as bigint) is null or l.merge_id = :merge)
    order by l.record_id
"""
_PARTED = """
    select distinct o.accreditation_id as was, l.accreditation_id as now
    from accreditation_link l
    join accreditation_link o on o.record_id = l.record_id and o.key = l.key
        and upper(o.known) = lower(l.known)
    where l.merge_id = :merge and upper_inf(l.known)
    order by was
"""
_COUNTS = """
    select
    (select count(distinct l.accreditation_id) from accreditation_link l
        where l.record_id = any(cast(:records as bigint[])) and upper_inf(l.known))
        as accreditations,
    (select count(*) from scope_line s
        where s.record_id = any(cast(:records as bigint[])) and upper_inf(s.known)) as lines,
    (select count(distinct watchlist_id) from watchlist_body
        where body_id = any(cast(:ids as bigint[]))) as watchlists,
    (select count(*) from subscription s where s.watchlist_id in (
            select watchlist_id from watchlist_body where body_id = any(cast(:ids as bigint[])))
        or s.filters -> 'bodies' ?| cast(:names as text[])) as subscriptions,
    (select count(distinct audit_id) from audit_touch
        where accreditation_id = any(cast(:accs as bigint[]))) as audits,
    (select coalesce(sum(cardinality(rows)), 0) from audit_touch
        where accreditation_id = any(cast(:accs as bigint[]))) as audit_rows,
    (select count(distinct shortlist_key) from shortlist_item
        where body_id = any(cast(:ids as bigint[]))) as shortlists,
    (select count(*) from review_item i join body_link l on l.record_id = i.record_id
        and upper_inf(l.known)
        where case when cast(:merge as bigint) is null
            then i.state = 'open' and l.body_id = any(cast(:ids as bigint[]))
                and i.body_id = any(cast(:ids as bigint[])) and l.body_id <> i.body_id
            else i.merge_id = :merge end) as doubts
"""


def _counts(
    conn: Connection,
    ids: tuple[int, int],
    records: Sequence[Any],
    accreditations: Sequence[int],
    merge_id: int | None,
) -> dict[str, int]:
    given = {
        "ids": list(ids),
        "names": [f"b{one}" for one in ids],
        "records": [row.record_id for row in records],
        "accs": list(accreditations),
        "merge": merge_id,
    }
    return {k: int(v) for k, v in conn.execute(sa.text(_COUNTS), given).one()._mapping.items()}


# the field as its first record words it
_LABELS = """
    select a.id, a.issuer, coalesce(nullif(a.number, ''), (select s.field from accreditation_link l
        join accreditation_statement s on s.record_id = l.record_id and s.key = l.key
        where l.accreditation_id = a.id order by s.id limit 1), '') as rest
    from accreditation a where a.id = any(cast(:ids as bigint[]))
"""


def _labels(conn: Connection, ids: Sequence[int]) -> dict[int, str]:
    rows = conn.execute(sa.text(_LABELS), {"ids": list(ids)})
    return {row.id: label(row.issuer, row.rest) for row in rows}


def _contradictions(
    conn: Connection,
    body_id: int,
    joined: Sequence[tuple[int, int]],
    labels: Mapping[int, str],
    now: datetime,
) -> tuple[str, ...]:
    """What records of both bodies say differently of accreditations that become one."""
    if not joined:
        return ()
    told = []
    for pair in would_differ(conn, dict(joined), on=now.date(), known_at=now):
        one, two = sorted((pair.one, pair.two), key=lambda voice: voice.body != body_id)
        if one.body != two.body:
            label = labels[pair.accreditation]
            told.append(
                f"{pair.kind} of {label}: {one.said} ({one.source}), {two.said} ({two.source})"
            )
    return tuple(told)
