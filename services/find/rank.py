"""The order of search: one page of the bodies that fit, best first.

In this order: an exact number; all words in a name; what was asked for itself, before what its
designation states, before hints; lines that answer (where any word will do: how many words the
best line holds); how many of the words; whether anything of the body stands today; how many lines;
how it stands. Then by name, so that the order is the same on every page.

To count the lines of every body takes long where many fit. So it is done for the *first* ones: in
the same order, but by the level at which a body's lines hold the words (``tokens.LEVELS``) in place
of lines counted, and then by all its lines. Who is not among the first follows in that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find import cursor as cursors
from services.find.fitting import (
    Condition,
    Fit,
    conditions,
    fitting,
    holding,
    numbered,
    scoping,
    worded,
)
from services.find.matched import LineTerms, held_by_line
from services.find.question import Asked, Unit
from services.find.views import BodyCard
from services.store.project import IN_BODY, IN_NAME
from services.store.tokens import LEVELS, PREFIX, at_level, tsquery

ITSELF, STATED, HINTED = 2, 1, 0  # values of ``near``
FIRST = 100  # bodies whose lines are counted, as long as they have no more than
MOST_LINES = 10_000  # all together; but always
SURELY = 21  # of them: a page
ENOUGH = 300  # bodies at the higher levels, where the lower ones are left out
_PLACES = (IN_NAME, IN_BODY)

Key = tuple[int, int, int, int, int, int, int, int, int, str, int]


class Place(msgspec.Struct, frozen=True):
    """Where the next page begins: log position and time of the first page, which words were
    searched, and the sort key of the last card."""

    position: int
    known_at: datetime
    lines_at: datetime
    how: str
    total: int
    words: str
    key: Key


@dataclass(slots=True)
class Ranked:
    """A body that fits, and what orders it. ``answers``, ``lines_hit``: told of the first ones and
    of all that are shown; ``weight``: orders the others, by near, units_hit, usable, level, lines
    and stands."""

    document_id: int
    body_id: int
    sort_name: str
    stands: int
    lines: int
    number_hit: int
    all_in_name: int
    near: int
    units_hit: int
    weight: int
    named: Sequence[bool]
    first: bool = False
    answers: int = 0
    lines_hit: int = 0
    card: BodyCard | None = None
    found_by: Sequence[str] = ()

    @property
    def usable(self) -> int:
        return int(self.stands > 0)

    @property
    def key(self) -> Key:
        order = 0, 0, 0, 0, self.weight
        if self.first:
            order = self.near, self.answers, self.units_hit, self.usable, self.lines_hit
        return (
            *(int(self.first), self.number_hit, self.all_in_name, *order),
            *(self.stands, self.sort_name, self.body_id),
        )


def order_of(key: Key) -> tuple[int | str, ...]:
    *best, name, body_id = key
    return (*(-int(one) for one in best), name, body_id)


def page_of(conn: Connection, asked: Asked, terms: LineTerms, total: int) -> Sequence[Ranked]:
    """One row more than asked for, where there are more. ``total``: how many fit."""
    key = cursors.read(asked.query.cursor, Place).key if asked.query.cursor else None
    limit = asked.query.limit
    if key is not None and not key[0]:
        page = _in_order(conn, asked, total, limit + 1, key)
        _count(conn, asked, terms, page[:limit])
    else:
        found = _in_order(conn, asked, total, FIRST + limit + 1, None)
        first = _first(found)
        _count(conn, asked, terms, first)
        for one in first:
            one.first = True
        after = sorted(first, key=lambda one: order_of(one.key))
        if key is not None:
            after = [one for one in after if order_of(one.key) > order_of(key)]
        page = [*after, *found[len(first) :]][: limit + 1]
        _count(conn, asked, terms, [one for one in page[:limit] if not one.first])
    _dress(conn, asked, page)
    return page


def _first(found: Sequence[Ranked]) -> list[Ranked]:
    """Those whose lines are counted: a beginning of what is in order."""
    reach = 0
    for n, one in enumerate(found):
        reach += one.lines
        if n >= FIRST or (n >= SURELY and reach > MOST_LINES):
            return list(found[:n])
    return list(found)


# --- in order -------------------------------------------------------------------------------------

_ORDER = "number_hit desc, all_in_name desc, weight desc, sort_name, body_id"
# One number for what orders after the name: compared at once where many fit.
_WEIGHT = (
    "((((({near} * 32 + {units}) * 2 + (d.stands > 0)::int) * 8 + {level}) * 134217728::bigint"
    " + least(d.lines, 134217727)) * 4 + d.stands)"
)
_BRANCH = f"""
    {{name}} as materialized (
        select * from (
            select d.document_id, d.body_id, d.sort_name, d.stands, d.lines,
                {{number}} as number_hit, {{all_name}} as all_in_name, {{near}} as near,
                {{units}} as units_hit, {{weight}} as weight
            from ({{fit}}) as d{{joins}}{{where}}
        ) as one {{after}} order by {_ORDER} limit :many
    )
"""
_IN_ORDER = f"""
    with {{parts}}, top as (select * from ({{every}}) as one order by {_ORDER} limit :many)
    select top.document_id, top.body_id, top.sort_name, top.stands, top.lines, top.number_hit,
        top.all_in_name, top.near, top.units_hit, top.weight, {{named}} as named
    from top{{words}} order by {_ORDER}
"""


def _in_order(
    conn: Connection, asked: Asked, total: int, many: int, after: Key | None
) -> list[Ranked]:
    """The first ``many`` after a key, by what the words alone tell. In up to four parts, each of
    which is read only where the ones before are not enough: who bears the number, who holds all
    words in a name, whose lines hold them at a level, and everybody else."""
    values: dict[str, Any] = {"many": many}
    joins, parts = list[str](), list[str]()
    near, units = str(ITSELF), "0"
    if asked.units and not asked.every:
        parts.append(_units_hit(asked, values))
        joins.append("units on units.body_id = d.body_id")
        units = "coalesce(units.n, 0)::int"
    if asked.beside and asked.every:
        near = _near(asked, joins, values)
    every, apart, found = conditions(asked), list[Condition](), list[_Branch]()
    if asked.units:
        held = tsquery([IN_NAME + w for w in unit.direct] for unit in asked.units)
        in_name = worded("in_name", held)
        if asked.number:
            number = numbered(asked)
            values["in_name"] = held
            all_name = "(d.tokens @@ cast(:in_name as tsquery))::int"
            fit = fitting(asked, [*every, number], name="by_number")
            found.append(_Branch("of_number", fit, "1", all_name))
            apart.append(number)
        fit = fitting(asked, [*every, in_name], unlike=apart, name="by_name")
        found.append(_Branch("of_name", fit, "0", "1"))
        apart.append(in_name)
    others = _Branch("others", fitting(asked, every, unlike=apart, name="by_words"), "0", "0")
    if asked.every and asked.lines_units and total > FIRST:
        parts.append(_levels(asked, apart, values))
        first = f"d.stands > 0 and {near} = {ITSELF}"
        fit = Fit("select * from levels", {})
        found.append(_Branch("of_level", fit, "0", "0", level="d.level", where=first))
        others = replace(
            others,
            level="coalesce(levels.level, 0)",
            joined="levels on levels.body_id = d.body_id",
            where=f"(levels.body_id is null or not ({first}))",
        )
    found.append(others)
    bound = _after(after, values)
    for n, one in enumerate(found):
        values |= one.fit.values
        before = " + ".join(f"(select count(*) from {each.name})" for each in found[:n])
        where = [one.where, f"{before} < :many" if before else ""]
        parts.append(
            _BRANCH.format(
                name=one.name, fit=one.fit.sql, number=one.number, all_name=one.all_name,
                near=near, units=units, after=bound,
                weight=_WEIGHT.format(near=near, units=units, level=one.level),
                joins="".join(f" left join {each}" for each in (*joins, one.joined) if each),
                where=f" where {' and '.join(filter(None, where))}" if any(where) else "",
            )
        )  # fmt: skip
    named, words = _named(asked, values)
    statement = _IN_ORDER.format(
        parts=", ".join(parts), named=named, words=words,
        every=" union all ".join(f"select * from {one.name}" for one in found),
    )  # fmt: skip
    return [Ranked(*row) for row in conn.execute(sa.text(statement), values).all()]


@dataclass(frozen=True, slots=True)
class _Branch:
    """A part of those who fit: whether by the number, whether all words stand in a name."""

    name: str
    fit: Fit
    number: str
    all_name: str
    level: str = "0"
    joined: str = ""
    where: str = ""


def _units_hit(asked: Asked, values: dict[str, Any]) -> str:
    """How many of the words each body holds."""
    held = []
    for n, unit in enumerate(asked.units):
        values[f"some{n}"] = tsquery([unit.every])
        held.append(holding(asked, f"some{n}"))
    every = " union all ".join(held)
    counted = f"select body_id, count(*) as n from ({every}) as one group by body_id"
    return f"units as materialized ({counted})"


def _near(asked: Asked, joins: list[str], values: dict[str, Any]) -> str:
    """Whether a body holds what was asked for itself, or only something beside it."""
    steps = []
    for name in ("direct", "stated"):
        parts = []
        if asked.units:
            values[f"words_{name}"] = tsquery(_tokens(unit, name) for unit in asked.units)
            held = holding(asked, f"words_{name}")
            joins.append(f"({held}) as words_{name} on words_{name}.body_id = d.body_id")
            parts.append(f"words_{name}.body_id is not null")
        if asked.standard:
            tokens = _tokens(asked.standard, name)
            held = scoping(asked, f"standard_{name}", tokens, values)
            joins.append(f"({held}) as standard_{name} on standard_{name}.body_id = d.body_id")
            parts.append(f"standard_{name}.body_id is not null")
        steps.append(f"({' and '.join(parts)})::int")
    return " + ".join(steps)


def _tokens(unit: Unit, name: str) -> list[str]:
    return list(unit.direct) if name == "direct" else unit.stated


def _levels(asked: Asked, apart: Sequence[Condition], values: dict[str, Any]) -> str:
    """The highest level at which a body holds all that its lines are asked for. From the highest
    down, until enough bodies are found: what is below orders nobody on the first pages."""
    parts, before = [], list[str]()
    for level in reversed(LEVELS):
        name = f"level{level}"
        held = tsquery(_at_level(unit, level) for unit in asked.lines_units)
        fit = fitting(asked, [*conditions(asked), worded(name, held)], unlike=apart, name=name)
        values |= fit.values
        until = [f"(select count(*) from {one}) < {ENOUGH}" for one in before]
        where = f" where {' and '.join(until)}" if until else ""
        parts.append(
            f"{name} as materialized (select one.document_id, one.body_id, one.sort_name,"
            f" one.stands, one.lines, {level} as level from ({fit.sql}) as one{where})"
        )
        before.append(name)
    every = " union all ".join(f"select * from {one}" for one in before)
    return (
        f"{', '.join(parts)}, levels as materialized (select distinct on (body_id) *"
        f" from ({every}) as one order by body_id, level desc)"
    )


def _at_level(unit: Unit, level: int) -> list[str]:
    """A mere number stands at no level."""
    told = [at_level(one, level) for one in unit.every if not one.rstrip(PREFIX).isdigit()]
    return told or unit.every


def _after(key: Key | None, values: dict[str, Any]) -> str:
    if key is None:
        return ""
    _, number, name, *_, weight, _, sort_name, body_id = key
    after = (number, name, weight, sort_name, body_id)
    values |= {f"after{n}": value for n, value in enumerate(after)}
    columns, bound = "number_hit, all_in_name, weight", ":after0, :after1, :after2"
    return (
        f"where ({columns}) < ({bound})"
        f" or (({columns}) = ({bound}) and (sort_name, body_id) > (:after3, :after4))"
    )


def _named(asked: Asked, values: dict[str, Any]) -> tuple[str, str]:
    """Which of the words stand in the name or place of each: their lines need not hold these. The
    words of a body are fetched once for all of them."""
    units = asked.lines_units
    if len(units) < 2:
        return "array[false]", ""
    values["named"] = [tsquery([[place + w for place in _PLACES for w in u.every]]) for u in units]
    held = "entry one where one.body_id = top.body_id"
    if not asked.newest:
        held = "document one where one.id = top.document_id"
    words = (
        f" join lateral (select one.tokens || ''::tsvector as tokens from {held} offset 0) as held"
        " on true"
    )
    told = (
        "array(select held.tokens @@ cast(named.one as tsquery) from"
        " unnest(cast(:named as text[])) with ordinality as named(one, place) order by place)"
    )
    return told, words


# --- lines ----------------------------------------------------------------------------------------

_HITS = """
    select few.body_id, {counted} as n
    from unnest(cast(:bodies as bigint[]), cast(:near as int[]){lists}) as few(body_id, near{names})
    join body_link bl on bl.body_id = few.body_id and bl.known @> cast(:lines_at as timestamptz)
    join scope_line l on l.record_id = bl.record_id and l.known @> cast(:lines_at as timestamptz)
    where {condition} and {any}
    group by few.body_id
"""


def _count(conn: Connection, asked: Asked, terms: LineTerms, rows: Sequence[Ranked]) -> None:
    """How many open lines of each body hold what is asked, or where any word will do, how many
    words its best line holds; a word that stands in the body's name or place need not stand in the
    line too."""
    if not rows:
        return
    units = [n for n, ids in enumerate(terms.every) if ids is not None]
    hits: dict[int, int] = {}
    if any(terms.every):
        hits = _hits(conn, asked, terms, rows, units)
    for one in rows:
        hit = hits.get(one.body_id, 0)
        if asked.every:
            one.answers, one.lines_hit = int(hit > 0), hit
        else:
            # a body without lines may hold words in its name or place
            one.answers = max(hit, sum(map(bool, one.named)))


def _hits(
    conn: Connection,
    asked: Asked,
    terms: LineTerms,
    rows: Sequence[Ranked],
    units: Sequence[int],
) -> dict[int, int]:
    values: dict[str, Any] = {
        "lines_at": asked.lines_at,
        "bodies": [one.body_id for one in rows],
        "near": [one.near for one in rows],
        "any_ids": sorted({one for ids in terms.every for one in ids or ()}),
    }
    held = []
    for n in units:
        values[f"ids{n}"] = terms.every[n]
        line = held_by_line(f"ids{n}")
        if n in terms.exact and asked.every:
            line, more = _as_near(n, terms, line)
            values |= more
        if len(terms.every) > 1:
            values[f"named{n}"] = [bool(one.named[n]) for one in rows]
            held.append(f"(few.named{n} or coalesce({line}, false))")
        else:
            held.append(f"coalesce({line}, false)")
    named = [f"named{n}" for n in units] if len(terms.every) > 1 else []
    counted = "count(*)" if asked.every else f"max({' + '.join(f'{one}::int' for one in held)})"
    statement = _HITS.format(
        counted=counted, any=held_by_line("any_ids"),
        condition=" and ".join(held) if asked.every else "true",
        lists="".join(f", cast(:{one} as bool[])" for one in named),
        names="".join(f", {one}" for one in named),
    )  # fmt: skip
    return {row.body_id: row.n for row in conn.execute(sa.text(statement), values).all()}


def _as_near(n: int, terms: LineTerms, line: str) -> tuple[str, dict[str, Any]]:
    """Of a body that holds what was asked for itself only such lines count, and not those that
    hold something beside it."""
    direct, stated = terms.exact[n]
    held = (
        f"case few.near when {ITSELF} then {held_by_line(f'direct{n}')}"
        f" when {STATED} then {held_by_line(f'stated{n}')} else {line} end"
    )
    return held, {f"direct{n}": direct or [], f"stated{n}": stated or []}


def _dress(conn: Connection, asked: Asked, page: Sequence[Ranked]) -> None:
    """The card of each, and by which designations beside those asked for it was found."""
    beside = [one.token for _, one in asked.beside]
    rows = conn.execute(
        sa.text(
            "select id, card::text as card, array(select told.token"
            " from unnest(cast(:beside as text[]), cast(:beside_asked as text[]))"
            " as told(token, asked)"
            " where tokens @@ cast(told.asked as tsquery)) as found_by"
            " from document where id = any(cast(:ids as bigint[]))"
        ),
        {
            "ids": [one.document_id for one in page],
            "beside": beside,
            "beside_asked": [tsquery([[token]]) for token in beside],
        },
    )
    found = {row.id: row for row in rows.all()}
    for one in page:
        row = found[one.document_id]
        one.card = msgspec.json.decode(row.card, type=BodyCard, strict=False)
        one.found_by = row.found_by
