"""Which documents fit a question: one condition for each thing asked, each with its parameters.

A condition can be left out to see who would fit without it (``services.find.nearly``).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from services.find.question import Asked, Unit
from services.store.tokens import tsquery

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
    """SQL over ``document d`` with its parameters. ``wider``: another form of it that more
    documents meet (any edition); None where only leaving it out is wider."""

    name: str
    sql: str
    values: dict[str, Any] = field(default_factory=dict)
    wider: "Condition | None" = None


def at_position(asked: Asked) -> Condition:
    return Condition(
        "position",
        "d.from_position <= :position and (d.to_position is null or d.to_position > :position)",
        {"position": asked.position},
    )


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
            Condition(name, f"d.{column} && cast(:{name} as text[])", {name: list(values)})
        )
    return found


def _words(asked: Asked, units: tuple[Unit, ...], parameter: str) -> Condition:
    values: dict[str, Any] = {parameter: tsquery((unit.every for unit in units), every=asked.every)}
    sql = f"d.tokens @@ cast(:{parameter} as tsquery)"
    if asked.number:
        sql = f"({sql} or d.numbers @> cast(:numbers as text[]))"
        values["numbers"] = [asked.number]
    wider = None
    if parameter == "words" and asked.every and any(unit.dated for unit in units):
        free = tuple(unit.undated if unit.dated else unit for unit in units)
        wider = _words(asked, free, "words_undated")
    return Condition("words", sql, values, wider)


def _standard(unit: Unit) -> Condition:
    wider = None
    if unit.dated:
        free = {"standard_undated": [token[1:] for token in unit.undated.direct]}
        sql = "d.standards && cast(:standard_undated as text[])"
        wider = Condition("standard", sql, free)
    return Condition(
        "standard",
        "d.standards && cast(:standard as text[])",
        {"standard": [token[1:] for token in unit.every]},
        wider,
    )


def where(parts: Iterable[Condition]) -> tuple[str, dict[str, Any]]:
    """All of them at once."""
    parts = list(parts)
    values: dict[str, Any] = {}
    for part in parts:
        values |= part.values
    return " and ".join(f"({part.sql})" for part in parts), values


def fitting(asked: Asked) -> tuple[str, dict[str, Any]]:
    """The where clause over ``document d`` and its values: what is asked comes as parameters."""
    return where([at_position(asked), *conditions(asked)])
