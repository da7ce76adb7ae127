"""That a scope line holds words, as SQL over the terms that it names."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.store.tokens import tsquery

# A word that more terms hold than this tells no body from another, and their ids would make the
# statement long; such a word asks nothing of the lines.
MOST_TERMS = 5000
MOST_WAYS = 16  # in which a line may hold several words
COLUMN = {"object": "object_id", "parameter": "parameter_id", "method": "method_id"}

Terms = Mapping[str, Sequence[int]]  # ids of terms by the column of a line that names them


def terms_of(conn: Connection, units: Sequence[Sequence[str]]) -> list[Terms | None]:
    """For each unit the terms that hold any of its tokens, in one query; None where they are too
    many to tell lines apart."""
    if not units:
        return []
    selects = []
    values: dict[str, Any] = {"most": MOST_TERMS + 1}
    for n, unit in enumerate(units):
        selects.append(
            f"(select {n} as unit, kind, id from term where tokens @@ cast(:unit{n} as tsquery)"
            " limit :most)"
        )
        values[f"unit{n}"] = tsquery([unit])
    found: list[dict[str, list[int]]] = [{} for _ in units]
    for n, kind, term_id in conn.execute(sa.text(" union all ".join(selects)), values).all():
        found[n].setdefault(COLUMN[kind], []).append(term_id)
    return [one if sum(map(len, one.values())) <= MOST_TERMS else None for one in found]


def any_of(units: Iterable[Terms | None]) -> Terms:
    """The terms that hold any of several units."""
    found: dict[str, set[int]] = {}
    for terms in units:
        for column, ids in (terms or {}).items():
            found.setdefault(column, set()).update(ids)
    return {column: sorted(ids) for column, ids in found.items()}


def held(name: str, terms: Terms, values: dict[str, Any], *, walked: bool = False) -> str:
    """Whether line ``l`` names one of these terms; never null. ``name``: of the parameters, which
    are put to ``values``. ``walked``: lines are walked through until enough are found; the indexes
    of terms, which know all bodies' lines, would be read for each body anew ("+ 0" keeps them
    away)."""
    parts = _named(name, terms, values, walked)
    return f"coalesce({' or '.join(parts)}, false)" if parts else "false"


def held_together(
    name: str, units: Sequence[Terms], values: dict[str, Any], *, walked: bool = False
) -> str:
    """Whether line ``l`` holds all units, in a form that the indexes of terms answer; null or false
    where not.

    Often one term holds several of the words. So the terms are parted by how many they hold, and
    each way in which object, parameter and method share the words is a condition of its own: it
    asks for far fewer lines than each of the words does.
    """
    ways = ways_of(units)
    if ways is None:
        parts = [
            f"({' or '.join(_named(f'{name}{n}_', terms, values, walked)) or 'false'})"
            for n, terms in enumerate(units)
        ]
        return " and ".join(parts)
    parts = [
        f"({' and '.join(_named(f'{name}{n}_', way, values, walked))})"
        for n, way in enumerate(ways)
    ]
    return f"({' or '.join(parts)})" if parts else "false"


def _named(name: str, terms: Terms, values: dict[str, Any], walked: bool = False) -> Sequence[str]:
    parts = []
    for column, ids in terms.items():
        values[f"{name}{column}"] = list(ids)
        parts.append(f"l.{column}{' + 0' * walked} = any(cast(:{name}{column} as bigint[]))")
    return parts


def ways_of(units: Sequence[Terms]) -> Sequence[Terms] | None:
    """The ways in which a line's columns share the units, each with the terms that hold a column's
    share of them: a line holds all units just where it names a term of each column of some way.
    None where there are more than ``MOST_WAYS``."""
    holds: dict[str, dict[int, int]] = {column: {} for column in COLUMN.values()}
    for n, terms in enumerate(units):
        for column, ids in terms.items():
            for one in ids:
                holds[column][one] = holds[column].get(one, 0) | 1 << n
    kinds = {column: set(of.values()) for column, of in holds.items()}
    shares: list[dict[str, int]] = [{}]
    for n in range(len(units)):
        more = [{**way, column: way.get(column, 0) | 1 << n} for way in shares for column in holds]
        shares = [
            way
            for way in more
            if all(any(kind & share == share for kind in kinds[c]) for c, share in way.items())
        ]
        if len(shares) > MOST_WAYS:
            return None
    return [way for share in shares if (way := _alone(share, holds))]


def _alone(shares: Mapping[str, int], holds: Mapping[str, Mapping[int, int]]) -> Terms:
    """The terms that hold just these shares: what holds more of the units belongs to the way in
    which its column has them all. Nothing, where a column has no such term."""
    way, before = dict[str, Sequence[int]](), 0
    for column, held in holds.items():  # in one order for all ways
        share = shares.get(column, 0)
        if not share:
            continue
        way[column] = [one for one, kind in held.items() if kind & ~before == share]
        if not way[column]:
            return {}
        before |= share
    return way
