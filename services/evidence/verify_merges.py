"""Merges and relations of bodies held against the log: where an id leads is no matter of trust.

What stewards merged and separated is told by change rows of the desk's run; what the road merged
(a corrected name that is another body's) by the records that it led over, which other change rows
name. Who decided (``account_id``, ``proof``) is the account's own word, and no part of the log.
"""

from collections.abc import Iterator

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.evidence.findings import Finding, stream

# a steward's merge: its change row says which two, and why; the road's: its links do
_MADE = """
    select g.id, g.body_id, g.into_id, g.run_id from body_merge g
    where not exists (select from change c where c.run_id = g.run_id and c.kind = 'merged'
            and c.body_id = g.body_id and c.after ->> 'body' = 'b' || g.into_id
            and c.after ->> 'because' = g.because)
        and not (g.account_id is null and exists (
            select from body_link n join body_link o on o.record_id = n.record_id
                and upper(o.known) = lower(n.known)
            where n.merge_id = g.id and n.run_id = g.run_id and n.body_id = g.into_id
                and lower(n.known) = lower(g.known) and o.body_id = g.body_id))
    order by g.id
"""
_UNDONE = """
    select g.id, g.body_id, g.into_id, g.end_run_id from body_merge g
    where g.end_run_id is not null and not exists (
        select from change c where c.run_id = g.end_run_id and c.kind = 'separated'
            and c.body_id = g.body_id and c.before ->> 'body' = 'b' || g.into_id
            and c.after ->> 'because' = g.end_because)
    order by g.id
"""
_KNOWN = """
    select g.id, g.body_id, g.into_id from body_merge g
        join run r on r.id = g.run_id left join log_leaf l on l.run_id = g.run_id
        left join run er on er.id = g.end_run_id left join log_leaf el on el.run_id = g.end_run_id
    where not coalesce(lower(g.known) in (r.known_at, l.known_at), false)
        or (g.end_run_id is null) <> upper_inf(g.known)
        or (g.end_run_id is not null
            and not coalesce(upper(g.known) in (er.known_at, el.known_at), false))
    order by g.id
"""
# told of the body that was merged and of the one that took it in; the first names both
_GONE = """
    select c.run_id, c.row, c.body_id from change c left join body_merge g
        on g.body_id = c.body_id and case c.kind when 'merged' then g.run_id = c.run_id
            and c.after ->> 'body' = 'b' || g.into_id else g.end_run_id = c.run_id end
    where g.id is null and (c.kind = 'merged' and c.before ->> 'body' = c.key
        or c.kind = 'separated' and exists (select from change m where m.kind = 'merged'
            and m.run_id < c.run_id and m.body_id = c.body_id
            and m.after ->> 'body' = c.before ->> 'body'))
    order by c.run_id, c.row
"""
_RELATED = """
    select r.id, r.body_id, r.other_id from body_relation r
    where not exists (select from change c where c.kind = 'related' and c.body_id = r.body_id
        and c.after ->> 'body' = 'b' || r.other_id and c.after ->> 'kind' = r.kind
        and c.after ->> 'because' = r.because)
    order by r.id
"""


def merges(conn: Connection) -> Iterator[Finding]:
    """Merges that the log does not tell of, or tells otherwise, and those that are gone from it."""
    named: set[int] = set()
    bodies: set[int] = set()
    for query, said in (
        (_MADE, "no change row of run {} says so"),
        (_UNDONE, "no change row of run {} says that it was undone"),
        (_KNOWN, "known is not the time at which its runs were published"),
    ):
        for row in stream(conn, sa.text(query)):
            if row.id not in named:
                named.add(row.id)
                bodies |= {row.body_id, row.into_id}
                run = row[3] if len(row) > 3 else ""
                place = f"id {row.id} (b{row.body_id} into b{row.into_id})"
                yield Finding("body_merge", place, said.format(run))
    for row in stream(conn, sa.text(_GONE)):
        if row.body_id not in bodies:
            said = f"is gone or was altered: change run {row.run_id} row {row.row}"
            yield Finding("body_merge", f"b{row.body_id}", said)
    for row in stream(conn, sa.text(_RELATED)):
        place = f"id {row.id} (b{row.body_id}, b{row.other_id})"
        yield Finding("body_relation", place, "no change row says so")
