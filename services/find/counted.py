"""How many open lines of a body hold what is asked.

Where few lines of all bodies hold it, they are found by the indexes of terms, and counted for every
body at once. Where many do, a body's own lines are walked through; of a giant, whose lines are too
many for that, the level at which they hold the words (``tokens.LEVELS``) stands for a count.
"""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.held import Terms, any_of, held, held_together, ways_of
from services.find.matched import DRESSED, LineTerms
from services.find.question import Asked
from services.find.ranked import ITSELF, STATED, Ranked
from services.store.tokens import LEAST

FEW_LINES = 20_000  # of all bodies, that hold what is asked
GIANT = 2_000  # lines; a body that has more

_BY_BODIES = """
    select few.body_id, {counted} as n
    from unnest(cast(:bodies as bigint[]), cast(:near as int[]){lists}) as few(body_id, near{names})
    join body_link bl on bl.body_id = few.body_id and bl.known @> cast(:lines_at as timestamptz)
    join scope_line l on l.record_id = bl.record_id and l.known @> cast(:lines_at as timestamptz)
    where {condition} and {any}
    group by few.body_id
"""
# the row of no body tells how many lines of all bodies there are
_BY_TERMS = f"""
    with of_terms as materialized (
        select l.id, l.record_id, l.key, l.object_id, l.parameter_id, l.method_id
        from scope_line l
        where l.known @> cast(:lines_at as timestamptz) and {{few}} limit {FEW_LINES + 1}
    )
    select few.body_id, count(*) filter (where {{condition}}) as n, (array_agg(l.id
        order by ({{condition}}) desc, char_length(l.key), l.key))[1:{DRESSED}] as best
    from unnest(cast(:bodies as bigint[]), cast(:near as int[]){{lists}})
        as few(body_id, near{{names}})
    join body_link bl on bl.body_id = few.body_id and bl.known @> cast(:lines_at as timestamptz)
    join of_terms l on l.record_id = bl.record_id
    group by few.body_id
    union all select null, count(*), null from of_terms
"""
_ANY_LINE = """
    select few.body_id, 1 as n
    from unnest(cast(:bodies as bigint[]), cast(:near as int[]){lists}) as few(body_id, near{names})
    where exists (
        select from body_link bl join scope_line l on l.record_id = bl.record_id
        where bl.body_id = few.body_id and bl.known @> cast(:lines_at as timestamptz)
            and l.known @> cast(:lines_at as timestamptz) and {condition} and {any}
        offset 0)
"""


def few_lines(found: Sequence[Ranked], total: int) -> bool:
    """Whether so few lines hold what is asked that they are found by their terms, as the levels of
    the first bodies tell; ``total``: bodies that fit."""
    if not found:
        return False
    told: int = sum(LEAST**one.level for one in found)
    others: int = (total - len(found)) * LEAST ** found[-1].level
    return told + others <= FEW_LINES


def count_by_terms(
    conn: Connection, asked: Asked, terms: LineTerms, rows: Sequence[Ranked]
) -> bool:
    """Count the lines of all rows by the terms that these lines name. False, and nothing is
    counted, where more than ``FEW_LINES`` hold them, or where every word stands in some body's
    name, so that its lines need not hold it."""
    units = [n for n in _asking(terms) if not _borne(n, terms, rows)]
    if not rows or not units:
        return False
    if _surely_many(conn, [terms.every[n] or {} for n in units]):
        return False
    statement, values = _statement(asked, terms, rows, _BY_TERMS)
    counts = {row.body_id: row for row in conn.execute(sa.text(statement), values).all()}
    if counts.pop(None).n > FEW_LINES:
        return False
    for one in rows:
        row = counts.get(one.body_id)
        one.best = row.best if row else ()
        _told(one, row.n if row else 0)
    return True


def _surely_many(conn: Connection, units: Sequence[Terms]) -> bool:
    """Whether more than ``FEW_LINES`` lines hold all units in one of their terms: that an index
    tells alone, where to fetch so many lines takes long. Lines that ended are among them."""
    values: dict[str, Any] = {}
    ways = [way for way in ways_of(units) or () if len(way) == 1]
    parts = [
        f"(select from scope_line l where {held_together(f'way{n}_', [way], values)}"
        f" limit {FEW_LINES + 1})"
        for n, way in enumerate(ways)
    ]
    if not parts:
        return False
    statement = f"select count(*) from ({' union all '.join(parts)}) as one"
    return int(conn.execute(sa.text(statement), values).scalar_one()) > FEW_LINES


def count_by_bodies(
    conn: Connection, asked: Asked, terms: LineTerms, rows: Sequence[Ranked]
) -> None:
    """Count each body's lines by walking through them, but a giant's, of which the level tells.

    Where any word will do: how many words its best line holds. A word that stands in the body's
    name or place need not stand in the line too.
    """
    asking = bool(rows) and any(terms.every)
    giants = [one for one in rows if by_level(one, asked)]
    others = [one for one in rows if not by_level(one, asked)]
    counts = _counts(conn, asked, terms, others, _BY_BODIES) if asking and others else {}
    for one in others:
        hit = counts.get(one.body_id, 0)
        if asked.every:
            _told(one, hit)
        else:
            # a body without lines may hold words in its name or place
            one.answers = max(hit, sum(map(bool, one.named)))
    if asking and giants:
        alone = len(terms.every) == 1
        held = None if alone else _counts(conn, asked, terms, giants, _ANY_LINE)
        for one in giants:
            if held is None or one.body_id in held:
                _told(one, LEAST**one.level)
                # a line is counted for each of its terms, and has at most three of them
                one.at_least = LEAST ** (one.level - 1)


def by_level(one: Ranked, asked: Asked) -> bool:
    """Whether a body is a giant whose level tells of all that is asked."""
    told = asked.every and all(unit.leveled for unit in asked.lines_units)
    return told and one.lines > GIANT and one.level > 0


def _told(one: Ranked, hit: int) -> None:
    one.answers, one.lines_hit = int(hit > 0), hit


def _asking(terms: LineTerms) -> list[int]:
    """The words that are asked of lines."""
    return [n for n, ids in enumerate(terms.every) if ids is not None]


def _named(terms: LineTerms) -> list[int]:
    """Those that may stand in a body's name instead; the only one may not."""
    return _asking(terms) if len(terms.every) > 1 else []


def _counts(
    conn: Connection, asked: Asked, terms: LineTerms, rows: Sequence[Ranked], shape: str
) -> dict[int, int]:
    statement, values = _statement(asked, terms, rows, shape)
    return {row.body_id: row.n for row in conn.execute(sa.text(statement), values).all()}


def _statement(
    asked: Asked, terms: LineTerms, rows: Sequence[Ranked], shape: str
) -> tuple[str, dict[str, Any]]:
    """What a line holds is a condition for each word where that depends on its body, else one for
    all of them; lines that were found by their terms meet the latter."""
    values: dict[str, Any] = {
        "lines_at": asked.lines_at,
        "bodies": [one.body_id for one in rows],
        "near": [one.near for one in rows],
    }
    parts, named, alike, every = list[str](), _named(terms), list[Terms](), list[Terms]()
    for n, one in enumerate(terms.every):
        if one is None:
            continue
        borne, near = _borne(n, terms, rows), n in terms.exact and asked.every
        if not borne:
            every.append(one)
        if asked.every and not borne and not near:
            alike.append(one)
            continue
        line = held(f"ids{n}_", one, values)
        if near:
            line = _as_near(n, terms, line, values)
        if n in named:
            line = f"(few.named{n} or {line})"
        parts.append(line)
    values |= {f"named{n}": [bool(row.named[n]) for row in rows] for n in named}
    counted = "count(*)" if asked.every else f"max({' + '.join(f'{one}::int' for one in parts)})"
    by_terms = shape is _BY_TERMS
    if alike and not by_terms:
        parts.append(held_together("alike", alike, values, walked=True))
    statement = shape.format(
        counted=counted,
        condition=" and ".join(parts) if asked.every and parts else "true",
        any="" if by_terms else held("any_", any_of(terms.every), values, walked=True),
        few=held_together("few", every, values) if by_terms else "",
        lists="".join(f", cast(:named{n} as bool[])" for n in named),
        names="".join(f", named{n}" for n in named),
    )
    return statement, values


def _borne(n: int, terms: LineTerms, rows: Sequence[Ranked]) -> bool:
    """Whether a word stands in some body's name or place, so that its lines need not hold it."""
    return n in _named(terms) and any(one.named[n] for one in rows)


def _as_near(n: int, terms: LineTerms, line: str, values: dict[str, Any]) -> str:
    """Of a body that holds what was asked for itself only such lines count, and not those that
    hold something beside it."""
    direct, stated = (
        held(f"{step}{n}_", one or {}, values)
        for step, one in zip(("direct", "stated"), terms.exact[n], strict=True)
    )
    return f"case few.near when {ITSELF} then {direct} when {STATED} then {stated} else {line} end"
