"""The order of search: one page of the bodies that fit, best first.

In this order: an exact number; all words in a name; what was asked for itself, before what its
designation states, before hints; lines that answer (where any word will do: how many words the
best line holds); how many of the words; whether anything of the body stands today; how many lines;
how it stands. Then by name, so that the order is the same on every page.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find import cursor as cursors
from services.find.fitting import fitting
from services.find.matched import LineTerms, held_by_line
from services.find.question import Asked, Unit
from services.store.project import IN_BODY, IN_NAME
from services.store.tokens import tsquery

ORDER = (
    *("number_hit", "all_in_name", "near", "answers"),
    *("units_hit", "usable", "lines_hit", "stands"),
)
ITSELF, STATED, HINTED = 2, 1, 0  # values of ``near``
MOST_BEST = 500  # bodies whose lines are compared where any word will do
_PLACES = (IN_NAME, IN_BODY)
_MOST_HITS = 1_000_000


class Place(msgspec.Struct, frozen=True):
    """Where the next page begins: log position and time of the first page, which words were
    searched, and the sort key of the last card."""

    position: int
    known_at: datetime
    lines_at: datetime
    how: str
    total: int
    words: str
    key: tuple[int, int, int, int, int, int, int, int, str, int]


_RANK = """
    with fit as materialized (
        select d.id, d.body_id, d.sort_name, {number} as number_hit, {all_name} as all_in_name,
            {near} as near, {units} as units_hit, case when 'stands' = any(d.standing) then 3
                when 'partly' = any(d.standing) then 2 when 'unknown' = any(d.standing) then 1
                else 0 end as stands{named}
        from document d where {where}
    ), hits as ({hits}), ranked as (
        select fit.id, fit.body_id, sort_name, number_hit, all_in_name, near, {answers} as answers,
            units_hit, (stands > 0)::int as usable, {lines} as lines_hit, stands
        from fit left join hits on hits.body_id = fit.body_id
    ), page as (
        select * from ranked {after} order by {order}, sort_name, body_id limit :limit
    )
    select page.*, document.card, array(select told.token from unnest(cast(:beside as text[]),
            cast(:beside_asked as text[])) as told(token, asked)
            where document.tokens @@ cast(told.asked as tsquery)) as found_by
    from page join document on document.id = page.id
    order by {order}, page.sort_name, page.body_id
"""


def page_of(conn: Connection, asked: Asked, terms: LineTerms) -> Sequence[Any]:
    """One row more than asked for, where there are more."""
    statement, values = _statement(asked, terms)
    return conn.execute(sa.text(statement), values).all()


def key_of(row: Any) -> tuple[int, int, int, int, int, int, int, int, str, int]:
    a, b, c, d, e, f, g, h = (int(getattr(row, name)) for name in ORDER)
    return a, b, c, d, e, f, g, h, row.sort_name, row.body_id


def _statement(asked: Asked, terms: LineTerms) -> tuple[str, dict[str, Any]]:
    where, values = fitting(asked)
    beside = [one.token for _, one in asked.beside]
    values |= {"beside": beside, "beside_asked": [tsquery([[token]]) for token in beside]}
    number, all_name, units = "0", "0", "0"
    if asked.units:
        if asked.number:
            number = "(d.numbers @> cast(:numbers as text[]))::int"
        all_name = "(d.tokens @@ cast(:in_name as tsquery))::int"
        values["in_name"] = tsquery([IN_NAME + w for w in unit.direct] for unit in asked.units)
        if not asked.every:
            units, more = _units_hit(asked)
            values |= more
    near, more = _near(asked)
    named, hits, more_hits = _hits(asked, terms)
    after, more_after = _after(asked)
    values |= more | more_hits | more_after | {"limit": asked.query.limit + 1}
    counted = f"least(coalesce(hits.n, 0), {_MOST_HITS})::int"
    names = [f"named{n}" for n, ids in enumerate(terms.every) if ids is not None] if named else []
    statement = _RANK.format(
        number=number, all_name=all_name, near=near, units=units, where=where, hits=hits,
        named=named, after=after, order=", ".join(f"{one} desc" for one in ORDER),
        answers="(coalesce(hits.n, 0) > 0)::int" if asked.every else _best(counted, names),
        lines=counted if asked.every else "0",
    )  # fmt: skip
    return statement, values


def _best(counted: str, names: Sequence[str]) -> str:
    """What the best line holds; a body without lines may hold words in its name or place."""
    return f"greatest({counted}, {' + '.join(f'{name}::int' for name in names) or '0'})"


def _units_hit(asked: Asked) -> tuple[str, dict[str, Any]]:
    held, values = [], {}
    for n, unit in enumerate(asked.units):
        held.append(f"(d.tokens @@ cast(:some{n} as tsquery))::int")
        values[f"some{n}"] = tsquery([unit.every])
    return " + ".join(held), values


def _near(asked: Asked) -> tuple[str, dict[str, Any]]:
    """Whether a document holds what was asked for itself, or only something beside it."""
    if not asked.beside or not asked.every:
        return str(ITSELF), {}
    values: dict[str, Any] = {}
    steps = []
    for name in ("direct", "stated"):
        parts = []
        if asked.units:
            held = tsquery(_tokens(unit, name) for unit in asked.units)
            values[f"words_{name}"] = held
            parts.append(f"d.tokens @@ cast(:words_{name} as tsquery)")
        if asked.standard:
            values[f"standard_{name}"] = [t[1:] for t in _tokens(asked.standard, name)]
            parts.append(f"d.standards && cast(:standard_{name} as text[])")
        steps.append(f"({' and '.join(parts)})::int")
    return " + ".join(steps), values


def _tokens(unit: Unit, name: str) -> list[str]:
    return list(unit.direct) if name == "direct" else unit.stated


def _after(asked: Asked) -> tuple[str, dict[str, Any]]:
    if not asked.query.cursor:
        return "", {}
    key = cursors.read(asked.query.cursor, Place).key
    descending = ", ".join(ORDER)
    bound = ", ".join(f":after{n}" for n in range(len(ORDER)))
    named = f"(:after{len(ORDER)}, :after{len(ORDER) + 1})"
    return (
        f"where ({descending}) < ({bound}) or (({descending}) = ({bound})"
        f" and (sort_name, body_id) > {named})"
    ), {f"after{n}": value for n, value in enumerate(key)}


def _as_near(n: int, terms: LineTerms, line: str) -> tuple[str, dict[str, Any]]:
    """Of a body that holds what was asked for itself only such lines count, and not those that
    hold something beside it."""
    direct, stated = terms.exact[n]
    held = (
        f"case few.near when {ITSELF} then {held_by_line(f'direct{n}')}"
        f" when {STATED} then {held_by_line(f'stated{n}')} else {line} end"
    )
    return held, {f"direct{n}": direct or [], f"stated{n}": stated or []}


def _hits(asked: Asked, terms: LineTerms) -> tuple[str, str, dict[str, Any]]:
    """How many open lines of each body hold what is asked, or where any word will do, how many
    words its best line holds; a word that stands in the body's name or place need not stand in the
    line too. Columns for ``fit``, the select, and its values."""
    if not any(terms.every):
        return "", "select null::bigint as body_id, 0 as n where false", {}
    values: dict[str, Any] = {"lines_at": asked.lines_at}
    named, held = [], []
    for n, (unit, ids) in enumerate(zip(asked.lines_units, terms.every, strict=True)):
        if ids is None:
            continue
        values[f"ids{n}"] = ids
        values[f"named{n}"] = tsquery([[place + word for place in _PLACES for word in unit.every]])
        named.append(f", d.tokens @@ cast(:named{n} as tsquery) as named{n}")
        line = held_by_line(f"ids{n}")
        if n in terms.exact and asked.every:
            line, more = _as_near(n, terms, line)
            values |= more
        held.append(f"(few.named{n} or coalesce({line}, false))")
    values["any_ids"] = sorted({one for ids in terms.every for one in ids or ()})
    few, counted, condition = "fit", "count(*)", " and ".join(held)
    if not asked.every:
        counted = f"max({' + '.join(f'{one}::int' for one in held)})"
        condition = "true"
        few = (
            "(select * from fit where units_hit >= (select max(units_hit) - 1 from fit)"
            f" order by units_hit desc, body_id limit {MOST_BEST})"
        )
    hits = (
        f"select few.body_id, {counted} as n from {few} as few"
        " join body_link bl on bl.body_id = few.body_id"
        " and bl.known @> cast(:lines_at as timestamptz)"
        " join scope_line l on l.record_id = bl.record_id"
        " and l.known @> cast(:lines_at as timestamptz)"
        f" where {held_by_line('any_ids')} and {condition}"
        " group by few.body_id"
    )
    return "".join(named), hits, values
