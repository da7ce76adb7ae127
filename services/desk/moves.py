"""Records and accreditations that a merge leads over, and leads back when it is undone.

Links are closed and opened and no fact is touched. A link that a merge opens names the merge:
undoing it leads back exactly the records that it moved and that still are where it put them.
"""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk.turn import since
from services.kit import Accreditation, Draft
from services.sync.link import link_accreditations


def move_all(
    conn: Connection, body_id: int, into_id: int, run_id: int, merge_id: int, now: datetime
) -> list[int]:
    link = m.BodyLink
    moved = conn.execute(
        sa.update(link)
        .where(link.body_id == body_id, sa.func.upper_inf(link.known))
        .values(known=sa.func.tstzrange(sa.func.lower(link.known), now))
        .returning(link.record_id)
    ).scalars()
    records = sorted(moved)
    if records:
        same = {"body_id": into_id, "rule": "merged", "run_id": run_id, "merge_id": merge_id}
        conn.execute(
            sa.insert(link).values(known=since(now)), [{"record_id": r, **same} for r in records]
        )
    return records


# number and field as services.sync.link tells accreditations of one holder apart
_ONE = """
    select l.record_id, l.key, l.accreditation_id as was, t.id as becomes
    from body_link b
    join accreditation_link l on l.record_id = b.record_id and upper_inf(l.known)
    join accreditation a on a.id = l.accreditation_id
    join lateral (
        select min(o.id) as id from body_link c
        join accreditation_link k on k.record_id = c.record_id and upper_inf(k.known)
        join accreditation o on o.id = k.accreditation_id
        where c.body_id = :into and upper_inf(c.known) and o.issuer = a.issuer
            and o.number_key = a.number_key and o.field_key = a.field_key
    ) t on t.id is not null and t.id <> a.id
    where b.body_id = :body and upper_inf(b.known)
    order by l.record_id, l.key
"""


def accreditations_that_become_one(conn: Connection, body_id: int, into_id: int) -> Sequence[Any]:
    """Links of the first body's records to accreditations that the other has too."""
    return conn.execute(sa.text(_ONE), {"body": body_id, "into": into_id}).all()


def relink(
    conn: Connection, links: Sequence[Any], run_id: int, merge_id: int, now: datetime
) -> None:
    if not links:
        return
    link = m.AccreditationLink
    conn.execute(sa.text(_CLOSE), _keys(links) | {"now": now})
    conn.execute(
        sa.insert(link).values(known=since(now), rule="merged", run_id=run_id, merge_id=merge_id),
        [
            {"record_id": one.record_id, "key": one.key, "accreditation_id": one.becomes}
            for one in links
        ],
    )


_CLOSE = """
    update accreditation_link l set known = tstzrange(lower(l.known), cast(:now as timestamptz))
    from unnest(cast(:records as bigint[]), cast(:keys as text[])) as w(record_id, key)
    where l.record_id = w.record_id and l.key = w.key and upper_inf(l.known)
"""


def _keys(links: Sequence[Any]) -> dict[str, Any]:
    return {"records": [one.record_id for one in links], "keys": [one.key for one in links]}


# --- undoing --------------------------------------------------------------------------------------

# the link before the merge's own says where the record was, and by which earlier merge
_BACK = """
    with closed as (
        update body_link l set known = tstzrange(lower(l.known), cast(:now as timestamptz))
        where l.body_id = :into and upper_inf(l.known)
            and (l.merge_id = :merge or l.record_id = any(cast(:also as bigint[])))
        returning l.record_id, l.merge_id, lower(l.known) as since
    )
    select c.record_id, c.since, o.merge_id from closed c
    left join body_link o on c.merge_id = :merge and o.record_id = c.record_id
        and upper(o.known) = c.since and o.body_id = :body
    order by c.record_id
"""
_ACCREDITATIONS_BACK = """
    with closed as (
        update accreditation_link l set known = tstzrange(lower(l.known), cast(:now as timestamptz))
        where l.merge_id = :merge and upper_inf(l.known)
            and l.record_id = any(cast(:records as bigint[]))
        returning l.record_id, l.key, lower(l.known) as since
    )
    select c.record_id, c.key, o.accreditation_id, o.merge_id from closed c
    join accreditation_link o on o.record_id = c.record_id and o.key = c.key
        and upper(o.known) = c.since
    order by c.record_id, c.key
"""


def lead_back(conn: Connection, held: Any, also: list[int], run_id: int, now: datetime) -> int:
    """Open the links that stood before the merge; returns how many records went back."""
    given = {"into": held.into_id, "body": held.body_id, "merge": held.id, "now": now}
    back = conn.execute(sa.text(_BACK), given | {"also": also}).all()
    if not back:
        return 0
    known = since(now)
    conn.execute(
        sa.insert(m.BodyLink).values(
            known=known, body_id=held.body_id, rule="merge undone", run_id=run_id
        ),
        [{"record_id": row.record_id, "merge_id": row.merge_id} for row in back],
    )
    records = [row.record_id for row in back]
    links = conn.execute(sa.text(_ACCREDITATIONS_BACK), given | {"records": records}).all()
    if links:
        conn.execute(
            sa.insert(m.AccreditationLink).values(known=known, rule="merge undone", run_id=run_id),
            [dict(row._mapping) for row in links],
        )
    return len(records)


# an accreditation stays with the body whose record spoke of it first
_SHARED = """
    with mine as (
        select a.accreditation_id, b.body_id, a.record_id, a.key from accreditation_link a
        join body_link b on b.record_id = a.record_id and upper_inf(b.known)
        where upper_inf(a.known) and b.body_id = any(cast(:ids as bigint[]))
    ), shared as (
        select accreditation_id from mine group by accreditation_id
        having count(distinct body_id) > 1
    ), first as (
        select distinct on (s.accreditation_id) s.accreditation_id, b.body_id from shared s
        join accreditation_link a on a.accreditation_id = s.accreditation_id
        join body_link b on b.record_id = a.record_id and b.known && a.known
        order by s.accreditation_id, lower(a.known * b.known), a.id, b.id
    )
    select mine.record_id, mine.key, s.issuer, s.number, s.field from mine
    join first on first.accreditation_id = mine.accreditation_id
        and first.body_id <> mine.body_id
    join lateral (select t.issuer, t.number, t.field from accreditation_statement t
        where t.record_id = mine.record_id and t.key = mine.key
        order by upper_inf(t.known) desc, t.id desc limit 1) s on true
    order by mine.record_id, mine.key
"""


def part_accreditations(
    conn: Connection, bodies: Collection[int], run_id: int, now: datetime
) -> None:
    """The same number under another holder is another accreditation (BRIEF rule 10): what came
    while both were one is linked anew."""
    shared = conn.execute(sa.text(_SHARED), {"ids": sorted(bodies)}).all()
    if not shared:
        return
    conn.execute(sa.text(_CLOSE), _keys(shared) | {"now": now})
    held: dict[int, list[Accreditation]] = {}
    for row in shared:
        held.setdefault(row.record_id, []).append(
            Accreditation(key=row.key, issuer=row.issuer, number=row.number, field=row.field)
        )
    drafts = {record: Draft(key="", accreditations=tuple(accs)) for record, accs in held.items()}
    link_accreditations(conn, run_id, drafts, now)
