"""The scope lines that answer a question, for the cards of one page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.question import Asked
from services.find.scope import line_key
from services.find.views import MatchedLine
from services.store.tokens import tsquery

PER_BODY = 3
# A word that more terms hold than this tells no body from another, and their ids would make the
# statement long; such a word asks nothing of the lines.
MOST_TERMS = 5000
Terms = list[int] | None


@dataclass(frozen=True, slots=True)
class LineTerms:
    """Ids of the terms that hold each unit asked for. ``exact``: for units that other standards
    may answer too, the terms that hold the unit itself, and those that its name states."""

    every: Sequence[Terms]
    exact: dict[int, tuple[Terms, Terms]]


def line_terms(conn: Connection, asked: Asked) -> LineTerms:
    """In one query."""
    units = asked.lines_units
    beside = [n for n, unit in enumerate(units) if unit.beside]
    lists = [unit.every for unit in units]
    for n in beside:
        lists += [list(units[n].direct), units[n].stated]
    found = term_ids(conn, lists)
    rest = found[len(units) :]
    exact = {n: (rest[2 * at], rest[2 * at + 1]) for at, n in enumerate(beside)}
    return LineTerms(found[: len(units)], exact)


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
            row_number() over (partition by bl.body_id order by {held} desc, {itself} desc,
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


def _sum(conditions: Sequence[str]) -> str:
    return " + ".join(f"{one}::int" for one in conditions)


def matched_lines(
    conn: Connection,
    terms: LineTerms,
    body_ids: Sequence[int],
    known_at: datetime,
) -> dict[int, tuple[MatchedLine, ...]]:
    """Up to three lines a body, those that hold the most of what is asked first, and of those the
    ones that hold it itself: one query."""
    if not body_ids or not any(terms.every):
        return {}
    values: dict[str, Any] = {
        "bodies": list(body_ids),
        "known_at": known_at,
        "per_body": PER_BODY,
    }
    held = []
    for n, ids in enumerate(terms.every):
        if ids:
            values[f"ids{n}"] = list(ids)
            held.append(f"coalesce({held_by_line(f'ids{n}')}, false)")
    itself = []
    for n, exact in terms.exact.items():
        for step, ids in zip(("direct", "stated"), exact, strict=True):
            if ids:
                values[f"{step}{n}"] = list(ids)
                itself.append(f"coalesce({held_by_line(f'{step}{n}')}, false)")
    statement = _LINES.format(
        held=_sum(held), itself=_sum(itself) if itself else "0", some=" or ".join(held)
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
