"""The order of search: one page of the bodies that fit, best first.

In this order: an exact number; all words in a name; what was asked for itself, before what its
designation states, before hints; lines that answer (where any word will do: how many words the
best line holds); how many of the words; whether anything of the body stands today; how many lines;
how it stands. Then by name, so that the order is the same on every page.

To count the lines of every body takes long where many fit. So it is done (``counted``) for the
*first* ones: in the same order, but by the level at which a body's lines hold the words
(``tokens.LEVELS``) in place of lines counted, and then by all its lines. Who is not among the first
follows in that order.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find import cursor as cursors
from services.find.counted import by_level, count_by_bodies, count_by_terms, few_lines
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
from services.find.matched import LOOKED_AT_GIANT, LineTerms
from services.find.question import Asked, Unit
from services.find.ranked import ITSELF, WEIGHT, Key, Ranked, order_of
from services.find.views import BodyCard
from services.store.project import IN_BODY, IN_NAME
from services.store.tokens import LEAST, LEVELS, at_level, tsquery

FIRST = 100  # bodies whose lines are counted, as long as they have no more than
MOST_LINES = 10_000  # all together; but always
SURELY = 21  # of them: a page
WALKED = 100_000  # lines, as quick to walk through as to put bitmaps of common words together
ENOUGH = 300  # bodies at the higher levels, where the lower ones are left out
_PLACES = (IN_NAME, IN_BODY)


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


def page_of(conn: Connection, asked: Asked, terms: LineTerms, total: int) -> Sequence[Ranked]:
    """One row more than asked for, where there are more. ``total``: how many fit."""
    key = cursors.read(asked.query.cursor, Place).key if asked.query.cursor else None
    limit = asked.query.limit
    if key is not None and not key[0]:
        page = _in_order(conn, asked, total, limit + 1, key)
        count_by_bodies(conn, asked, terms, page[:limit])
    else:
        found = _in_order(conn, asked, total, FIRST + limit + 1, None)
        first = _first(conn, asked, terms, found, total)
        for one in first:
            one.first = True
        after = sorted(first, key=lambda one: order_of(one.key))
        if key is not None:
            after = [one for one in after if order_of(one.key) > order_of(key)]
        page = [*after, *found[len(first) :]][: limit + 1]
        count_by_bodies(conn, asked, terms, [one for one in page[:limit] if not one.first])
    _dress(conn, asked, page)
    return page


def _first(
    conn: Connection, asked: Asked, terms: LineTerms, found: Sequence[Ranked], total: int
) -> Sequence[Ranked]:
    """A beginning of what is in order, its lines counted: by their terms where that is quicker than
    to walk through those of bodies, and few lines have them."""
    first = found[:FIRST]
    walked = _within_reach(first, asked)
    several = len(asked.lines_units) > 1  # that each is common says little of all in one line
    if asked.every and (several or few_lines(first, total)):
        lines = sum(one.lines for one in walked if several or not by_level(one, asked))
        lines += 0 if several else sum(map(_until_quoted, walked[: asked.query.limit]))
        if lines > WALKED and count_by_terms(conn, asked, terms, first):
            return first
    count_by_bodies(conn, asked, terms, walked)
    return walked


def _until_quoted(one: Ranked) -> int:
    """About how many lines of a giant are walked through until enough are found to quote, as its
    level tells how many hold the word."""
    held: int = LEAST**one.level
    return min(one.lines, LOOKED_AT_GIANT * one.lines // held)


def _within_reach(first: Sequence[Ranked], asked: Asked) -> Sequence[Ranked]:
    """Those whose lines can be walked through; a giant's until one holds several words."""
    reach, several = 0, len(asked.lines_units) > 1
    for n, one in enumerate(first):
        walked = one.lines
        if by_level(one, asked):
            walked = one.lines // 10 if several else 0
        reach += walked
        if n >= SURELY and reach > MOST_LINES:
            return first[:n]
    return first


# --- in order -------------------------------------------------------------------------------------

_ORDER = "number_hit desc, all_in_name desc, weight desc, sort_name, body_id"
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
    with {{parts}}, top as (
        select * from ({{every}}) as one order by {_ORDER} limit :many
    ){{before}}
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
    if asked.every and any(unit.leveled for unit in asked.lines_units):
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
        earlier = " + ".join(f"(select count(*) from {each.name})" for each in found[:n])
        where = [one.where, f"{earlier} < :many" if earlier else ""]
        parts.append(
            _BRANCH.format(
                name=one.name, fit=one.fit.sql, number=one.number, all_name=one.all_name,
                near=near, units=units, after=bound,
                weight=WEIGHT.format(near=near, units=units, level=one.level),
                joins="".join(f" left join {each}" for each in (*joins, one.joined) if each),
                where=f" where {' and '.join(filter(None, where))}" if any(where) else "",
            )
        )  # fmt: skip
    before, words, named = _named(asked, values, total)
    statement = _IN_ORDER.format(
        parts=", ".join(parts), before=before, named=named, words=words,
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
    """The highest level at which a body's lines hold all that they are asked for itself. From the
    highest down, until enough bodies are found: what is below orders nobody on the first pages.

    What lines hold at a level they hold: the words and the standard are not asked for besides.
    """
    parts, before = [], list[str]()
    filters = [one for one in conditions(asked) if one.name in asked.filters]
    for level in reversed(LEVELS):
        name = f"level{level}"
        held = tsquery(_at_level(unit, level) for unit in asked.lines_units)
        fit = fitting(asked, [*filters, worded(name, held)], unlike=apart, name=name)
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
    """A mere number need only be there."""
    return [at_level(one, level) for one in unit.leveled] or list(unit.direct)


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


def _named(asked: Asked, values: dict[str, Any], total: int) -> tuple[str, str, str]:
    """Which of the words stand in the name or place of each: their lines need not hold these. Of
    many by the index of words, for to fetch the words of many giants takes long; of few from their
    own, fetched once for all that is asked of them. Before, beside and in the select."""
    units = asked.lines_units
    if len(units) < 2:
        return "", "", "array[false]"
    asks = [tsquery([[place + w for place in _PLACES for w in u.every]]) for u in units]
    if total > FIRST:
        values |= {f"named{n}": ask for n, ask in enumerate(asks)}
        parts = [
            f"named{n} as materialized ({holding(asked, f'named{n}')})" for n in range(len(asks))
        ]
        told = [f"top.body_id in (select body_id from named{n})" for n in range(len(asks))]
        return f", {', '.join(parts)}", "", f"array[{', '.join(told)}]"
    values["named"] = asks
    held = "entry one where one.body_id = top.body_id"
    if not asked.newest:
        held = "document one where one.id = top.document_id"
    words = (
        f" join lateral (select one.tokens || ''::tsvector as tokens from {held} offset 0) as held"
        " on true"
    )
    said = (
        "array(select held.tokens @@ cast(named.one as tsquery) from"
        " unnest(cast(:named as text[])) with ordinality as named(one, place) order by place)"
    )
    return "", words, said


def _dress(conn: Connection, asked: Asked, page: Sequence[Ranked]) -> None:
    """The card of each, and by which designations beside those asked for it was found."""
    beside = [one.token for _, one in asked.beside]
    rows = conn.execute(
        sa.text(
            "select id, card::text as card, array(select told.token from unnest("
            "cast(:beside as text[]), cast(:beside_asked as text[])) as told(token, asked)"
            " where held.tokens @@ cast(told.asked as tsquery)) as found_by from document one"
            # the words of a body are fetched once for all that is asked of them
            " left join lateral (select one.tokens || ''::tsvector as tokens"
            " where one.id = any(cast(:by_other as bigint[])) offset 0) as held on true"
            " where id = any(cast(:ids as bigint[]))"
        ),
        {
            "ids": [one.document_id for one in page],
            "by_other": [one.document_id for one in page if one.near < ITSELF and beside],
            "beside": beside,
            "beside_asked": [tsquery([[token]]) for token in beside],
        },
    )
    found = {row.id: row for row in rows.all()}
    for one in page:
        row = found[one.document_id]
        one.card = msgspec.json.decode(row.card, type=BodyCard, strict=False)
        one.found_by = row.found_by
