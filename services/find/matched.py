"""The scope lines that answer a question, for the cards of one page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.scope import line_key
from services.find.views import MatchedLine
from services.store.tokens import tsquery

PER_BODY = 3
# A word that more terms hold than this tells no body from another, and their ids would make the
# statement long; such a word asks nothing of the lines.
MOST_TERMS = 5000
Terms = list[int] | None


def term_ids(conn: Connection, units: Sequence[Sequence[str]]) -> Sequence[Terms]:
    """For each unit the ids of the terms that hold any of its tokens, in one query; None where
    they are too many to tell lines apart."""
    if not units:
        return []
    selects = []
    values: dict[str, Any] = {"most": MOST_TERMS + 1}
    for n, unit in enumerate(units):
        selects.append(
            f"(select {n} as unit, id from term where tokens @@ cast(:unit{n} as tsquery)"
            " limit :most)"
        )
        values[f"unit{n}"] = tsquery([unit])
    found: list[list[int]] = [[] for _ in units]
    for unit_number, term_id in conn.execute(sa.text(" union all ".join(selects)), values):
        found[unit_number].append(term_id)
    return found


_LINES = """
    select * from (
        select bl.body_id, al.accreditation_id, a.issuer, a.number, s.field,
            l.key, l.accreditation,
            coalesce(o.text, '') as object, coalesce(o.also, '') as object_also,
            coalesce(p.text, '') as parameter, coalesce(p.also, '') as parameter_also,
            coalesce(m.text, '') as method,
            row_number() over (partition by bl.body_id order by {held} desc,
                char_length(l.key), l.key) as place
        from body_link bl
        join scope_line l on l.record_id = bl.record_id
            and l.known @> cast(:known_at as timestamptz)
        join accreditation_link al on al.record_id = l.record_id and al.key = l.accreditation
            and al.known @> cast(:known_at as timestamptz)
        join accreditation a on a.id = al.accreditation_id
        left join lateral (
            select field from accreditation_statement t
            where t.record_id = l.record_id and t.key = l.accreditation order by t.id desc limit 1
        ) s on true
        left join term o on o.id = l.object_id
        left join term p on p.id = l.parameter_id
        left join term m on m.id = l.method_id
        where bl.body_id = any(cast(:bodies as bigint[]))
            and bl.known @> cast(:known_at as timestamptz)
            and ({some})
    ) as ranked
    where place <= :per_body
    order by body_id, place
"""


def held_by_line(ids: str) -> str:
    """Whether object, parameter or method of line ``l`` is a term of parameter ``ids``."""
    columns = ("object_id", "parameter_id", "method_id")
    return f"({' or '.join(f'l.{one} = any(cast(:{ids} as bigint[]))' for one in columns)})"


def matched_lines(
    conn: Connection,
    units: Sequence[Sequence[str]],
    terms: Sequence[Terms],
    body_ids: Sequence[int],
    known_at: datetime,
) -> dict[int, tuple[MatchedLine, ...]]:
    """Up to three lines a body, those that hold the most of what is asked first: one query."""
    if not body_ids or not any(terms):
        return {}
    values: dict[str, Any] = {
        "bodies": list(body_ids),
        "known_at": known_at,
        "per_body": PER_BODY,
    }
    held = []
    for n, ids in enumerate(terms):
        if ids:
            values[f"ids{n}"] = list(ids)
            held.append(f"coalesce({held_by_line(f'ids{n}')}, false)")
    statement = _LINES.format(
        held=" + ".join(f"{one}::int" for one in held), some=" or ".join(held)
    )
    found: dict[int, list[MatchedLine]] = {}
    for row in conn.execute(sa.text(statement), values):
        found.setdefault(row.body_id, []).append(
            MatchedLine(
                accreditation=f"a{row.accreditation_id}",
                label=f"{row.issuer} {row.number or row.field or ''}".strip(),
                key=line_key(row),
                object=row.object,
                object_also=row.object_also,
                parameter=row.parameter,
                parameter_also=row.parameter_also,
                method=row.method,
            )
        )
    return {body_id: tuple(lines) for body_id, lines in found.items()}
