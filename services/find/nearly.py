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

from services.find.fitting import Condition, conditions, fitting
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
    values: dict[str, Any] = {"per_reason": PER_REASON}
    for name, part, others in _relaxed(parts):
        fit = fitting(asked, others, unlike=[part], name=f"nearly_{name}")
        held = _editions(asked) if name == "edition" else "array[]::text[]"
        selects.append(
            f"(select one.*, {held} as held from (select '{name}' as missing, d.document_id as id,"
            " d.body_id, count(*) over () as n, row_number() over (order by"
            " (d.stands = 3) desc, (d.stands = 2) desc, d.sort_name, d.body_id) as place"
            f" from ({fit.sql}) as d order by place limit :per_reason) as one)"
        )
        values |= fit.values
    if not selects:
        return Missed((), {})
    if any("held_undated" in one for one in selects):
        values["held_undated"] = _undated_keys(asked)
    every = " union all ".join(selects)
    statement = (
        f"select near.*, d.card::text as card from ({every}) as near"
        " join document d on d.id = near.id"
    )
    rows = conn.execute(sa.text(statement), values).all()
    return Missed(_cards(asked, rows), {row.missing: row.n for row in rows})


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
    """The editions of the standard asked for that document ``one`` holds."""
    return (
        "array(select distinct said from document d, unnest(d.standards) as said"
        " where d.id = one.id and exists (select from unnest(cast(:held_undated as text[])) as key"
        " where starts_with(said, key)) order by said)"
    )


def _cards(asked: Asked, rows: Sequence[Any]) -> tuple[NearMiss, ...]:
    closest = sorted(rows, key=lambda row: (_CLOSENESS.index(row.missing), row.place))
    first: dict[int, Any] = {}
    for row in closest:
        first.setdefault(row.body_id, row)
    return tuple(
        NearMiss(
            card=(card := msgspec.json.decode(row.card, type=BodyCard, strict=False)),
            missing=(_missing(asked, row, card),),
        )
        for row in list(first.values())[:SHOWN]
    )


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
