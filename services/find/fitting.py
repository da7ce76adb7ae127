"""Which bodies fit a question: one condition for each thing asked, each in two forms.

The newest state of the log is asked of the entries (services.store.entries), where a question is
one ``tsquery`` and one look into one index. An older state is asked of the versions of documents.
Both give the same columns, so that all that follows is written once and a question that goes on
over an older state keeps its order. A condition can be left out to see who would fit without it
(``services.find.nearly``).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.find.question import Asked, Unit
from services.store import entries
from services.store.tokens import exactly, tsquery

COLUMN = {
    "status": "standing",
    "kind": "kinds",
    "country": "site_countries",
    "market": "countries",
    "mode": "modes",
    "issuer": "issuers",
    "family": "families",
    "level": "levels",
    "language": "languages",
    "source": "sources",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """``asks``: the text of a tsquery over an entry's tokens. ``sql`` with its parameters: the same
    over ``document d``. ``wider``: another form that more bodies meet (any edition); None where
    only leaving it out is wider."""

    name: str
    asks: str
    sql: str
    values: dict[str, Any] = field(default_factory=dict)
    wider: "Condition | None" = None


@dataclass(frozen=True, slots=True)
class Fit:
    """A select of the bodies that fit, and its parameters. Columns: document_id, body_id,
    sort_name, stands, lines, profile, families, tokens."""

    sql: str
    values: dict[str, Any]


def conditions(asked: Asked) -> list[Condition]:
    """Everything asked for but the state of the log."""
    found = []
    if asked.units:
        found.append(_words(asked, asked.units, "words"))
    if asked.standard:
        found.append(_standard(asked.standard))
    for name, values in asked.filters.items():
        column = COLUMN[name]
        found.append(
            Condition(
                name,
                exactly(entries.listed(column, value) for value in values),
                f"d.{column} && cast(:{name} as text[])",
                {name: list(values)},
            )
        )
    return found


def _words(asked: Asked, units: tuple[Unit, ...], parameter: str) -> Condition:
    words = worded(parameter, tsquery((unit.every for unit in units), every=asked.every))
    asks, sql, values = words.asks, words.sql, words.values
    if asked.number:
        number = numbered(asked)
        asks, sql = f"({asks}) | {number.asks}", f"({sql} or {number.sql})"
        values = values | number.values
    wider = None
    if parameter == "words" and asked.every and any(unit.dated for unit in units):
        free = tuple(unit.undated if unit.dated else unit for unit in units)
        wider = _words(asked, free, "words_undated")
    return Condition("words", asks, sql, values, wider)


def worded(parameter: str, asks: str) -> Condition:
    """That a body's tokens answer a tsquery."""
    return Condition(
        parameter, asks, f"d.tokens @@ cast(:{parameter} as tsquery)", {parameter: asks}
    )


def numbered(asked: Asked) -> Condition:
    """That it bears the number asked for."""
    return Condition(
        "number",
        exactly([entries.listed("numbers", asked.number)]),
        "d.numbers @> cast(:numbers as text[])",
        {"numbers": [asked.number]},
    )


def _standard(unit: Unit) -> Condition:
    wider = None
    if unit.dated:
        keys = [token[1:] for token in unit.undated.direct]
        sql = "d.standards && cast(:standard_undated as text[])"
        wider = Condition("standard", scoped(keys), sql, {"standard_undated": keys})
    keys = [token[1:] for token in unit.every]
    sql = "d.standards && cast(:standard as text[])"
    return Condition("standard", scoped(keys), sql, {"standard": keys}, wider)


def scoped(keys: Iterable[str]) -> str:
    """That a scope names one of these standards: see ``entries``."""
    return "(" + " | ".join(map(_scoped, keys)) + ")"


def _scoped(key: str) -> str:
    elsewhere = " & ".join(f"!{exactly([place + key])}" for place in ("~§", "=§"))
    return f"({exactly(['§' + key])} & {elsewhere}) | {exactly([entries.standard_token(key)])}"


def fitting(
    asked: Asked,
    parts: Sequence[Condition] | None = None,
    *,
    unlike: Sequence[Condition] = (),
    name: str = "fitting",
) -> Fit:
    """Who meets all ``parts``, which are all of the question where they are left out, and none of
    ``unlike``. ``name``: of the parameter that is this select's own, where a statement has
    several."""
    parts = conditions(asked) if parts is None else parts
    return _entries(parts, unlike, name) if asked.newest else _documents(asked, parts, unlike)


_AT = "d.from_position <= :position and (d.to_position is null or d.to_position > :position)"
_DOCUMENTS = (
    f"select d.id as document_id, d.body_id, d.sort_name, {entries.stands('d')} as stands,"
    f" {entries.lines('d')} as lines, {entries.profile('d')} as profile,"
    f" {entries.families('d')} as families, d.tokens from document d where {{where}}"
)


def _documents(asked: Asked, parts: Sequence[Condition], unlike: Sequence[Condition]) -> Fit:
    clauses = [_AT, *(part.sql for part in parts), *(f"not ({part.sql})" for part in unlike)]
    values: dict[str, Any] = {"position": asked.position}
    for part in (*parts, *unlike):
        values |= part.values
    return Fit(_DOCUMENTS.format(where=" and ".join(f"({one})" for one in clauses)), values)


# The words come as a select: they are then unknown to the planner, which reads the index whatever
# they are. For a common word it would rather read each row, and the words of each row with it.
_HOLDS = "e.tokens @@ (select cast(:{name} as tsquery))"
_ENTRIES = (
    "select e.document_id, e.body_id, e.sort_name, e.stands, e.lines, e.profile, e.families,"
    " e.tokens from entry e{where}"
)


def _entries(parts: Sequence[Condition], unlike: Sequence[Condition], name: str) -> Fit:
    asks = [*(part.asks for part in parts), *(f"!({part.asks})" for part in unlike)]
    if not asks:
        return Fit(_ENTRIES.format(where=""), {})
    values = {name: " & ".join(f"({one})" for one in asks)}
    return Fit(_ENTRIES.format(where=" where " + _HOLDS.format(name=name)), values)


def one_holds(condition: str, table: str = "entry") -> str:
    """SQL: whether a row of an index of words meets this. As a list of its own: for a mere
    "exists" the planner hopes to meet one soon and reads rows, all of them where there is none."""
    return (
        f"exists (with held as materialized (select from {table} where {condition})"
        " select from held)"
    )


# --- of both --------------------------------------------------------------------------------------


def holding(asked: Asked, name: str) -> str:
    """A select of the ids of bodies whose tokens answer parameter ``name``, a tsquery."""
    if asked.newest:
        return f"select e.body_id from entry e where {_HOLDS.format(name=name)}"
    return f"select d.body_id from document d where {_AT} and d.tokens @@ cast(:{name} as tsquery)"


def scoping(asked: Asked, name: str, tokens: Iterable[str], values: dict[str, Any]) -> str:
    """A select of the ids of bodies whose scopes name one of these standards."""
    keys = [token[1:] for token in tokens]
    if asked.newest:
        values[name] = scoped(keys)
        return holding(asked, name)
    values[name] = keys
    held = f"d.standards && cast(:{name} as text[])"
    return f"select d.body_id from document d where {_AT} and {held}"
