"""Who comes closest where few answer in full, and what each of them lacks.

A near miss meets every condition but one: it is elsewhere, suspended, of another edition. One
statement looks for all of them, and only where few answer: it would tell nothing beside a page
full of answers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.fitting import Condition, at_position, conditions, where
from services.find.question import Asked
from services.find.views import BodyCard, NearMiss, Reason

FEW = 5  # full answers up to which near misses are told
SHOWN = 6
PER_REASON = 3
# closest first: another edition is nearer than another country, that nearer than another kind
_CLOSENESS = (
    *("edition", "status", "market", "country", "mode", "level", "language"),
    *("issuer", "kind", "family", "standard", "words", "source"),
)


@dataclass(frozen=True, slots=True)
class Missed:
    """``counts``: how many bodies miss one condition alone, by its name: exact."""

    shown: tuple[NearMiss, ...]
    counts: dict[str, int]


def nearly(conn: Connection, asked: Asked) -> Missed:
    """Those that miss one condition alone, closest first, each once."""
    parts = conditions(asked)
    selects: list[str] = []
    values: dict[str, Any] = at_position(asked).values | {"per_reason": PER_REASON}
    for name, part, others in _relaxed(parts):
        clause, more = where([at_position(asked), *others])
        held = _editions(asked) if name == "edition" else "array[]::text[]"
        selects.append(
            f"(select '{name}' as missing, d.id, d.body_id, count(*) over () as n, {held} as held"
            f" from document d where {clause} and not ({part.sql})"
            " order by ('stands' = any(d.standing)) desc, ('partly' = any(d.standing)) desc,"
            " d.sort_name, d.body_id limit :per_reason)"
        )
        values |= more | part.values
    if not selects:
        return Missed((), {})
    if any("held_undated" in one for one in selects):
        values["held_undated"] = _undated_keys(asked)
    rows = conn.execute(sa.text(" union all ".join(selects)), values).all()
    return Missed(_cards(conn, asked, rows), {row.missing: row.n for row in rows})


def _relaxed(parts: Sequence[Condition]) -> Iterator[tuple[str, Condition, list[Condition]]]:
    """(name, the condition missed, those that still hold)."""
    for part in parts:
        others = [one for one in parts if one is not part]
        if part.wider is not None:
            yield "edition", part, [part.wider, *others]
        # alone among all bodies it would tell nothing
        if any(one.name in ("words", "standard") for one in others):
            yield part.name, part, others


def _undated_keys(asked: Asked) -> list[str]:
    units = [*asked.units, *([asked.standard] if asked.standard else [])]
    return [token[1:] + "@" for unit in units if unit.dated for token in unit.undated.direct]


def _editions(asked: Asked) -> str:
    """The editions of the standard asked for that a document holds."""
    return (
        "array(select distinct one from unnest(d.standards) as one"
        " where exists (select from unnest(cast(:held_undated as text[])) as key"
        " where starts_with(one, key)) order by one)"
    )


def _cards(conn: Connection, asked: Asked, rows: Sequence[Any]) -> tuple[NearMiss, ...]:
    closest = sorted(rows, key=lambda row: _CLOSENESS.index(row.missing))
    first: dict[int, Any] = {}
    for row in closest:
        first.setdefault(row.body_id, row)
    chosen = list(first.values())[:SHOWN]
    cards = _stored(conn, [row.id for row in chosen])
    return tuple(
        NearMiss(
            card=(card := msgspec.convert(cards[row.id], BodyCard, strict=False)),
            missing=(_missing(asked, row, card),),
        )
        for row in chosen
    )


def _stored(conn: Connection, ids: Sequence[int]) -> dict[int, Any]:
    if not ids:
        return {}
    rows = conn.execute(
        sa.text("select id, card from document where id = any(cast(:ids as bigint[]))"),
        {"ids": list(ids)},
    )
    return {row.id: row.card for row in rows}


def _missing(asked: Asked, row: Any, card: BodyCard) -> Reason:
    """What it lacks, in a code with parameters that pages put into words."""
    name = row.missing
    q = asked.query
    wanted = str(getattr(q, name, "")) if name != "words" else q.q
    if name == "edition":
        editions = sorted({one.partition("@")[2] for one in row.held})
        asked_for = q.standard or q.q
        held = ", ".join(editions) or "not stated"
        return _reason(
            "OTHER_EDITION", {"asked": asked_for, "held": held},
            f"It names {asked_for} in another edition: {held}.",
        )  # fmt: skip
    if name in ("country", "market"):
        where_ = ", ".join(sorted({card.country, *(c for c, _ in card.presences)} - {""}))
        return _reason(
            "NOT_THERE", {"asked": wanted, "held": where_},
            f"It has no {'site' if name == 'country' else 'site or presence'} in {wanted}.",
        )  # fmt: skip
    if name == "status":
        held = ", ".join(sorted(card.standings))
        return _reason(
            "OTHER_STATUS", {"asked": wanted, "held": held}, f"It stands otherwise: {held}."
        )
    if name in ("words", "standard"):
        return _reason(
            "NOT_NAMED", {"asked": wanted}, f'Nothing that is held of it names "{wanted}".'
        )
    return _reason("WITHOUT", {"what": name, "asked": wanted}, f"Its {name} is not {wanted}.")


def _reason(code: str, params: dict[str, str], text: str) -> Reason:
    return Reason(code=code, rule=0, params=params, text=text)
