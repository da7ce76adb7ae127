"""What stewards decided a body to be to others: a branch, a subsidiary, another name plate."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.views import RelatedView
from services.store.merged import merged_at
from services.terms import RelationKind

# also under the ids that led to the body then
_RELATED = """
    with recursive mine (id) as (
        select cast(:body as bigint)
        union
        select g.body_id from mine join body_merge g on g.into_id = mine.id
            and g.known @> cast(:at as timestamptz)
    )
    select r.kind, r.because, r.proof, lower(r.known) as since, a.name as by,
        r.other_id in (select id from mine) as is_other,
        case when r.other_id in (select id from mine) then r.body_id else r.other_id end as other
    from body_relation r join account a on a.id = r.account_id
    where r.known @> cast(:at as timestamptz)
        and (r.body_id in (select id from mine) or r.other_id in (select id from mine))
    order by lower(r.known), r.id
"""
_NAMES = """
    select distinct on (l.body_id) l.body_id, n.text from body_link l
    join name n on n.record_id = l.record_id and n.known @> cast(:at as timestamptz)
    where l.body_id = any(cast(:ids as bigint[])) and l.known @> cast(:at as timestamptz)
    order by l.body_id, n.id
"""


def related(conn: Connection, body_id: int, known_at: datetime) -> tuple[RelatedView, ...]:
    """As known then: one query, and two more where there are any."""
    rows = conn.execute(sa.text(_RELATED), {"body": body_id, "at": known_at}).all()
    if not rows:
        return ()
    led = merged_at(conn, {row.other for row in rows}, known_at)
    now = {row.other: led.get(row.other, row.other) for row in rows}
    asked = {"ids": sorted(set(now.values())), "at": known_at}
    names = {row.body_id: row.text for row in conn.execute(sa.text(_NAMES), asked)}
    return tuple(_view(row, now[row.other], names) for row in rows if now[row.other] != body_id)


def _view(row: Any, other: int, names: dict[int, str]) -> RelatedView:
    return RelatedView(
        kind=RelationKind(row.kind),
        is_other=row.is_other,
        body=f"b{other}",
        name=names.get(other, f"b{other}"),
        because=row.because,
        proof=row.proof,
        by=row.by,
        known_from=row.since.astimezone(UTC),
    )
