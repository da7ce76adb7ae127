"""Bodies side by side for a market, a product and a standard: facts, unknowns, what speaks against.

Everything comes from one load of dated facts and a fixed number of queries, so that no column can
contradict its body's page. There is no score and no winner: what differs stands first, and what is
not known is said to be unknown, with the reason.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from services.errors import BadQuestion, NotFound
from services.find import accreditations as accs
from services.find import columns
from services.find import cursor as cursors
from services.find.columns import Wanted, column
from services.find.compare_views import (
    AccreditationCompared,
    Compared,
    Comparison,
    Part,
    PartCompared,
    RouteCompared,
)
from services.find.meta import meta
from services.find.overlap import Asked, Overlap, overlap
from services.find.proof import Proofs
from services.find.scope import units_of
from services.find.views import CredentialView, Meta
from services.store.card import decisions_of
from services.store.facts import ABROAD, PARTS, BodyHeld, Held, load
from services.store.merge import Said
from services.store.merged import merged_at
from services.validity import Decision, standing

MOST = 5  # columns of a comparison: more are a list
MOST_LINES = 200  # lines a page
_PARTS = frozenset(name for name, _ in (*PARTS, *ABROAD)) - {"projects", "relations"}


class Compare(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked. ``product``: a category of the markets' routes, or words for the lines."""

    bodies: tuple[str, ...]
    market: str = ""
    product: str = ""
    standard: str = ""
    cursor: str = ""
    limit: int = 50


class _Place(msgspec.Struct, frozen=True):
    """Where the next page of lines begins, and the question and moment that it belongs to."""

    asked: str
    on: date
    known_at: datetime
    offset: int


@dataclass(frozen=True, slots=True)
class Side:
    """Bodies laid side by side, before they are shown. ``now``: by each id asked for, the body that
    it is now."""

    held: Held
    bodies: Sequence[BodyHeld]
    decisions: dict[int, Decision]  # by accreditation
    wanted: Wanted
    overlap: Overlap
    columns: tuple[Compared, ...]
    warnings: tuple[str, ...]
    now: dict[str, int]


def compare(
    conn: Connection, q: Compare, *, on: date, known_at: datetime
) -> tuple[Comparison, Meta]:
    """Up to five bodies, with a page of lines. Raises BadQuestion (too many or too few bodies, an
    unreadable standard or cursor) and NotFound for a body that is not in the directory."""
    check_bodies(q.bodies, MOST, "compared")
    cursors.check_limit(q.limit, MOST_LINES)
    asked = "|".join((",".join(q.bodies), q.market, q.product, q.standard))
    place = cursors.read(q.cursor, _Place) if q.cursor else _Place(asked, on, known_at, 0)
    if place.asked != asked or place.offset < 0:
        raise BadQuestion("cursor: it belongs to another comparison.", "Leave it out.")
    on, known_at = place.on, place.known_at
    side = side_by_side(conn, q, on=on, known_at=known_at, limit=q.limit, offset=place.offset)
    following = None
    if side.overlap.more:
        onward = place.offset + q.limit
        following = cursors.write(_Place(asked, on, known_at.astimezone(UTC), onward))
    found = Comparison(
        market=side.wanted.market,
        product=side.wanted.category or q.product,
        product_is="category" if side.wanted.category else "words" if q.product else "",
        standard=q.standard,
        bodies=side.columns,
        parts=_parts(side.columns),
        counts=side.overlap.counts,
        lines=side.overlap.page,
        standards=side.overlap.standards,
    )
    answer = meta(
        conn,
        side.held.sources_behind(),
        on=on,
        known_at=known_at,
        warnings=side.warnings,
        next_cursor=following,
        total=side.overlap.counts.total,
    )
    return found, answer


def check_bodies(ids: Sequence[str], most: int, done: str) -> None:
    """Raises BadQuestion for none and for more than ``most``."""
    if not ids:
        raise BadQuestion("bodies: none is named.", "Give ids with commas between: b12,b34.")
    if len(ids) > most:
        raise BadQuestion(
            f"bodies: {len(ids)} are named; at most {most} are {done} at once.",
            f"Name {most} or fewer.",
        )


def side_by_side(
    conn: Connection, q: Compare, *, on: date, known_at: datetime, limit: int, offset: int = 0
) -> Side:
    """The bodies of ``q``, however many, each with its column and a page of their lines."""
    held, now, warnings = _load(conn, q.bodies, on, known_at)
    bodies = [held.bodies[number] for number in dict.fromkeys(now.values())]
    wanted = columns.wanted(conn, q.market, q.product, on, known_at)
    units = units_of("" if wanted.category else q.product, q.standard)
    decisions = {
        acc_id: decision
        for body in bodies
        for acc_id, decision in decisions_of(body, on, known_at.date()).items()
    }
    stands = {acc_id: standing(decision).value for acc_id, decision in decisions.items()}
    over = overlap(conn, held, Asked(bodies, units, stands, limit, offset))
    shown = [_on_the_day(body, on) for body in bodies]
    lines = columns.site_lines(conn, shown, known_at)
    proofs = Proofs(conn, (said for body in shown for said in _statements(body)))
    wanted = replace(wanted, lines_asked=bool(units))
    routes = columns.judge_routes(conn, held, bodies, wanted, q.standard)
    return Side(
        held,
        bodies,
        decisions,
        wanted,
        over,
        tuple(
            column(body, decisions, over, wanted, proofs, lines, routes.get(body.id))
            for body in shown
        ),
        warnings,
        now,
    )


def _load(
    conn: Connection, ids: Sequence[str], on: date, known_at: datetime
) -> tuple[Held, dict[str, int], tuple[str, ...]]:
    """For each id in the order asked the body that it was merged into by then."""
    numbers = {id_: cursors.number(id_, "b", "a body") for id_ in ids}
    led = merged_at(conn, numbers.values(), known_at)
    everyone = {*numbers.values(), *led.values()}
    held = load(conn, everyone, on=on, known_at=known_at, parts=_PARTS)
    found: dict[str, int] = {}
    warnings = []
    for id_, number in numbers.items():
        body = held.bodies.get(led.get(number, number))
        if body is None or not body.records:
            known = "Nothing was known of" if body else "There is no"
            raise NotFound(f'{known} body "{id_}" then.', "Search for it by name or number.")
        if body.id != number:
            warnings.append(f"{id_} was merged into b{body.id}: this is b{body.id}.")
        if body.id in found.values():
            warnings.append(f"{id_} is b{body.id}, which is here already: it is shown once.")
        found[id_] = body.id
    return held, found, tuple(warnings)


def load_one(
    conn: Connection, id_: str, on: date, known_at: datetime
) -> tuple[Held, BodyHeld, tuple[str, ...]]:
    """One body, or the one that it was merged into by then. Raises NotFound, BadQuestion."""
    held, now, warnings = _load(conn, [id_], on, known_at)
    return held, held.bodies[now[id_]], warnings


def _on_the_day(body: BodyHeld, on: date) -> BodyHeld:
    """What is dated to other days is left out: a presence that has ended is no presence."""
    parts = ("presences", "credentials", *(name for name, _ in ABROAD))
    told: dict[str, Any] = {
        name: [said for said in getattr(body, name) if holds(said.row.valid, on)] for name in parts
    }
    return replace(body, **told)


def holds(period: Any, on: date) -> bool:
    """Whether a day lies in a half-open period; an open end is None."""
    return not period.isempty and (
        (period.lower is None or period.lower <= on) and (period.upper is None or on < period.upper)
    )


def _statements(body: BodyHeld) -> Iterator[Said]:
    for name in _PARTS:
        yield from getattr(body, name)
    for acc in body.accreditations:
        yield from accs.statements(acc)


# --- what differs --------------------------------------------------------------------------------


def _parts(bodies: Sequence[Compared]) -> tuple[PartCompared, ...]:
    """Every part, those that differ first, those of which nothing is known of anybody last."""
    unknown = {part: [b.id for b in bodies for u in b.unknowns if u.part is part] for part in Part}
    found = [
        PartCompared(
            part=part,
            differs=len({_telling(part, body) for body in bodies}) > 1,
            unknown=tuple(unknown[part]),
        )
        for part in Part
    ]
    order = list(Part)
    return tuple(
        sorted(
            found,
            key=lambda one: (
                not one.differs,
                len(one.unknown) == len(bodies),
                order.index(one.part),
            ),
        )
    )


# What of a part must be equal for two bodies not to differ in it. Numbers, days and evidence of
# each are its own and never equal.
_TELLING: dict[Part, Callable[[Compared], Iterable[object]]] = {
    Part.STATUS: lambda b: b.standings.items(),
    Part.SCOPE: lambda b: (("lines", b.scope.lines), ("only", b.scope.only), b.scope.schedule),
    Part.ROUTE: lambda b: map(_routed, b.routes),
    Part.ACCREDITATIONS: lambda b: map(_accredited, b.accreditations),
    Part.DESIGNATIONS: lambda b: map(_accredited, b.designations),
    Part.PRESENCE: lambda b: ((p.country, p.mode, p.verified, p.on_schedule) for p in b.presences),
    Part.LANGUAGES: lambda b: ((one.language, one.verified) for one in b.languages),
    Part.ADVERSE: lambda b: ((one.kind, one.verdict, one.label) for one in b.adverse),
    Part.CREDENTIALS: lambda b: map(_honoured, (*b.verified, *b.claimed)),
    Part.BRAND: lambda b: ((one.nice_class, one.territory, one.verified) for one in b.brand),
    Part.MARKET_FACTS: lambda b: ((one.kind, one.title, one.verified) for one in b.market_facts),
    Part.OWNERSHIP: lambda b: ((one.owner, one.share, one.prohibited) for one in b.owners),
    Part.KINDS: lambda b: b.kinds,
    Part.PLACE: lambda b: ((b.country, b.region, b.city),),
}


def _routed(one: RouteCompared) -> object:
    return one.scheme, one.state, tuple((step.requirement, step.state) for step in one.steps)


def _accredited(one: AccreditationCompared) -> object:
    acc = one.accreditation
    return acc.issuer, acc.standard, acc.status.verdict


def _honoured(one: CredentialView) -> object:
    return one.kind, one.title, one.issuer, one.verified


def _telling(part: Part, body: Compared) -> object:
    if part not in _TELLING or any(one.part is part for one in body.unknowns):
        return None
    return frozenset(Counter(_TELLING[part](body)).items())
