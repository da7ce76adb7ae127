"""Who keeps the same path for the same lines when a body falls, fewest lines lost first.

    lines that fell → bodies with the same methods or standards → their standing → lines kept

The first step ranks in the database whatever the bodies' standing; the standing of the best is
decided by the one decision there is, and only lines under accreditations that stand are counted.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa
from msgspec.structs import replace
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion
from services.find import parts, places
from services.find.columns import accreditation_compared, owners
from services.find.compare import holds, load_one
from services.find.cursor import check_limit
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.scope import units_of, where_of
from services.find.substitutes_sql import (
    COUNTRY,
    FITS,
    LAST,
    LINES,
    OWN,
    OWNER,
    REACH,
    THEIRS,
)
from services.find.substitutes_views import LostLine, Substitute, Substitutes
from services.find.views import Meta, Reason
from services.names import fold
from services.store.card import decisions_of, place_of, standings_of
from services.store.facts import BodyHeld, Held, load, of_ids
from services.store.merge import AccreditationHeld
from services.terms import BodyKind
from services.validity import Activity, Decision, Line, Question, Standing, decide, standing

MOST = 50  # substitutes in one answer
MOST_LINES = 3000  # of the body that fell
MOST_LOOKED_AT = 100  # bodies whose standing is decided
ACCREDITATIONS_SHOWN = 4
_STANDS = (Standing.STANDS, Standing.PARTLY)


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """``country``: only bodies with a site there; a code, a name or a group of countries.
    ``exclude_owner``: a name as a source states it, or a country of owners in two letters; whose
    owner nobody states stays."""

    body: str
    standard: str = ""
    country: str = ""
    exclude_owner: str = ""
    limit: int = 10


def substitutes(
    conn: Connection, q: Ask, *, on: date, known_at: datetime
) -> tuple[Substitutes, Meta]:
    """Raises NotFound, and BadQuestion for an unreadable id, standard or limit."""
    check_limit(q.limit, MOST)
    if len(q.exclude_owner) > 300:
        raise BadQuestion("exclude_owner: it is too long.", "Give a name, or two letters.")
    held, body, warnings = load_one(conn, q.body, on, known_at)
    decisions = decisions_of(body, on, known_at.date())
    wanted = _wanted(conn, q, held, body, decisions)
    asked = Proofs(conn, body.names)
    if wanted is None:
        nothing = _answer(body, decisions, asked)
        about = meta(
            conn, held.sources_behind(), on=on, known_at=known_at, warnings=warnings, total=0
        )
        return nothing, about
    fits = _fits(conn, q, body, wanted)
    looked_at = load(
        conn, [row.body_id for row in fits], on=on, known_at=known_at,
        parts={"names", "profiles", "sites", "ownerships"},
    )  # fmt: skip
    theirs = _theirs(looked_at, q.exclude_owner)
    rows = _kept(conn, wanted, looked_at, theirs)
    shown = [row for row in rows if row.same + row.same_method + row.same_standard]
    lines = min(wanted.count, MOST_LINES)
    answer = replace(
        _answer(body, decisions, asked),
        which=wanted.which,
        lines=lines,
        more_lines=wanted.count > MOST_LINES,
        schedule_of=wanted.schedule_of,
        fits=fits[0].fits if fits else 0,
        looked_at=len(fits),
        standing=len(shown),
        substitutes=tuple(_views(conn, lines, theirs, body, shown[: q.limit])),
    )
    sources = {s.key: s for s in (*held.sources_behind(), *looked_at.sources_behind())}
    about = meta(
        conn, sources.values(), on=on, known_at=known_at, warnings=warnings, total=len(shown)
    )
    return answer, about


def _answer(body: BodyHeld, decisions: dict[int, Decision], proofs: Proofs) -> Substitutes:
    return Substitutes(
        body=f"b{body.id}",
        names=parts.names(body, proofs),
        standings=standings_of(decisions),
        which="all",
        lines=0,
        more_lines=False,
        schedule_of=None,
        fits=0,
        looked_at=0,
        standing=0,
        substitutes=(),
    )


# --- what is to be replaced ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Wanted:
    which: str
    count: int
    schedule_of: date | None
    where: str
    values: dict[str, Any]


def _wanted(
    conn: Connection, q: Ask, held: Held, body: BodyHeld, decisions: dict[int, Decision]
) -> _Wanted | None:
    """The lines that fell, or all of them; where the schedule is gone, as it was last known. None
    where no line was ever known, or none is of the standard asked."""
    where, values = where_of(units_of("", q.standard))
    values |= {"known_at": held.known_at, "on": held.on, "most_lines": MOST_LINES}
    at = {"lines_at": held.known_at, "lines_on": held.on}
    chosen, which = _fallen(body, decisions, held)
    schedule_of = None
    if not any(acc.line_count for acc, _ in chosen):
        last = conn.execute(
            sa.text(LAST), {"body": body.id, "known_at": held.known_at}
        ).scalar_one_or_none()
        if last is None:
            return None
        schedule_of = min((last - _TICK).date(), held.on)
        at = {"lines_at": last - _TICK, "lines_on": schedule_of}
    values |= at | _keys(chosen)
    more = values | {"most_lines": MOST_LINES + 1}
    counted = f"{OWN} select count(*) from own".replace("$where", where)
    count = conn.execute(sa.text(counted), more).scalar_one()
    return _Wanted(which, count, schedule_of, where, values) if count else None


_TICK = timedelta(microseconds=1)  # known ranges are half-open: just before the end it still held
_Terms = tuple[int, ...]  # object, parameter, method; 0 for none
Chosen = Sequence[tuple[AccreditationHeld, frozenset[str] | None]]


def _fallen(body: BodyHeld, decisions: dict[int, Decision], held: Held) -> tuple[Chosen, str]:
    """Accreditations that do not stand, and of those suspended in part the lines that are; all of
    the body's where everything stands."""
    fallen: list[tuple[AccreditationHeld, frozenset[str] | None]] = []
    for acc in body.accreditations:
        stands = standing(decisions[acc.id])
        if stands in (Standing.SUSPENDED, Standing.ENDED):
            fallen.append((acc, None))
        elif stands is Standing.PARTLY and (off := suspended_lines(acc, held)):
            fallen.append((acc, off))
    if fallen:
        return fallen, "fallen"
    return [(acc, None) for acc in body.accreditations], "all"


def suspended_lines(acc: AccreditationHeld, held: Held) -> frozenset[str]:
    """The record's keys of lines that an event names and that do not stand on the day."""
    asked = Question(Activity(), None, held.on, held.known_at.date())
    named = {line for event in acc.facts.events for line in event.lines}
    return frozenset(
        line
        for line in named
        if standing(decide(replace(acc.facts, lines=(_line(line),)), asked)) not in _STANDS
    )


def _line(key: str) -> Line:
    return Line(id=key, flexible=False, sites=frozenset(), valid_from=None, valid_to=None)


def _places(acc: AccreditationHeld) -> Sequence[tuple[int, str]]:
    """Under which names its records hold its lines, or held them."""
    return acc.line_keys or [(said.record.id, said.row.key) for said in acc.said]


def _keys(chosen: Chosen) -> dict[str, Any]:
    whole = [(*place, off is None) for acc, off in chosen for place in _places(acc)]
    only = [
        (record, f"{key}|{line}")
        for acc, off in chosen
        for record, key in _places(acc)
        for line in off or ()
    ]
    return {
        "records": [one[0] for one in whole],
        "keys": [one[1] for one in whole],
        "whole": [one[2] for one in whole],
        "only_records": [one[0] for one in only],
        "only_keys": [one[1] for one in only],
    }


# --- who shares them -----------------------------------------------------------------------------


def _fits(conn: Connection, q: Ask, body: BodyHeld, wanted: _Wanted) -> Sequence[Any]:
    """Bodies that share the most lines, whatever their standing: one query."""
    filters = ["true"]
    values: dict[str, Any] = {"body": body.id, "most": MOST_LOOKED_AT}
    if countries := places.countries("country", q.country):
        filters.append(COUNTRY)
        values["countries"] = list(countries)
    if q.exclude_owner:
        filters.append(OWNER)
        values["owner"] = q.exclude_owner
    statement = FITS.replace("$where", wanted.where).replace("$filter", " and ".join(filters))
    return conn.execute(sa.text(statement), wanted.values | values).all()


@dataclass(frozen=True, slots=True)
class _Other:
    body: BodyHeld
    decisions: dict[int, Decision]
    stand: Sequence[AccreditationHeld]


def _theirs(held: Held, owner: str) -> dict[int, _Other]:
    """What of each stands on the day; without bodies whose owner's name is the one excluded, also
    where it is written otherwise."""
    found = {}
    for body in held.bodies.values():
        if owner and any(
            fold(owner) in (fold(said.row.owner), fold(said.row.owner_also))
            for said in body.ownerships
            if holds(said.row.valid, held.on)
        ):
            continue
        decisions = decisions_of(body, held.on, held.known_at.date())
        stand = [acc for acc in body.accreditations if standing(decisions[acc.id]) in _STANDS]
        found[body.id] = _Other(body, decisions, stand)
    return found


@dataclass(frozen=True, slots=True)
class _Kept:
    """How many lines a body keeps and which it loses; ``accs``: lines kept by accreditation."""

    body_id: int
    accs: dict[str, int]
    same: int
    same_method: int
    same_standard: int
    lost: int
    lost_first: tuple[_Terms, ...]


def _kept(
    conn: Connection, wanted: _Wanted, held: Held, theirs: dict[int, _Other]
) -> Sequence[_Kept]:
    """What each keeps under what stands, fewest lines lost first: three queries."""
    values = wanted.values
    lines, reach = (
        conn.execute(sa.text(said.replace("$where", wanted.where)), values).all()
        for said in (LINES, REACH)
    )
    own: list[_Terms] = [tuple(row) for row in lines]
    reached: dict[int, list[int]] = {}
    for mine, other in reach:
        reached.setdefault(mine, []).append(other)
    methods = sorted({other for _, other in reach})
    rows = conn.execute(
        sa.text(THEIRS),
        {"known_at": held.known_at, "on": held.on, "methods": methods} | _of_others(held, theirs),
    )
    exact: dict[int, dict[_Terms, set[int]]] = {}
    by_method: dict[int, dict[int, set[int]]] = {}
    for body_id, acc_id, *line in rows:
        exact.setdefault(body_id, {}).setdefault(tuple(line), set()).add(acc_id)
        by_method.setdefault(body_id, {}).setdefault(line[2], set()).add(acc_id)
    found = [_count(body_id, own, reached, exact[body_id], by_method[body_id]) for body_id in exact]
    return sorted(found, key=lambda one: (one.lost, -one.same, -one.same_method, one.body_id))


def _of_others(held: Held, theirs: dict[int, _Other]) -> dict[str, Any]:
    """Where the lines of what stands are, and which of them do not stand by themselves."""
    stand = [(other, acc) for other in theirs.values() for acc in other.stand]
    places = [(*place, acc.id, o.body.id) for o, acc in stand for place in acc.line_keys]
    off = [
        (record, f"{key}|{line}")
        for other, acc in stand
        if standing(other.decisions[acc.id]) is Standing.PARTLY
        for line in suspended_lines(acc, held)
        for record, key in acc.line_keys
    ]
    names = ("their_records", "their_keys", "their_accs", "their_bodies")
    values = {name: [place[n] for place in places] for n, name in enumerate(names)}
    return values | {"off_records": [o[0] for o in off], "off_keys": [o[1] for o in off]}


def _count(
    body_id: int,
    own: Sequence[_Terms],
    reached: dict[int, list[int]],
    exact: dict[_Terms, set[int]],
    by_method: dict[int, set[int]],
) -> _Kept:
    counts, accs, lost = [0, 0, 0, 0], Counter[str](), list[_Terms]()
    for line in own:
        level, holders = (3, set(exact[line])) if line in exact else (0, set[int]())
        for method in reached.get(line[2], ()):
            if method in by_method:
                level = max(level, 2 if method == line[2] else 1)
                holders |= by_method[method]
        counts[level] += 1
        accs.update(map(str, holders))
        if not level:
            lost.append(line)
    return _Kept(body_id, dict(accs), counts[3], counts[2], counts[1], counts[0], tuple(lost[:10]))


# --- as shown ------------------------------------------------------------------------------------

# code → English; pages translate by code
LOSSES: dict[str, str] = {
    "LINES_LOST": "{n} of {of} lines are not in what stands of it.",
    "OTHER_OBJECTS": "{n} lines are held by the same method for another object or parameter.",
    "OTHER_EDITIONS": "{n} lines are held by the same standard in another edition or wording.",
    "OTHER_ISSUER": "Accredited by {theirs}, not by {own}: ask whether the market takes it.",
    "OTHER_COUNTRY": "It is in {theirs}, not in {own}.",
    "OWNER_UNKNOWN": "No source states who owns it.",
}


def _losses(row: Any, of: int, fell: BodyHeld, other: _Other) -> Iterator[Reason]:
    if row.lost:
        yield _loss("LINES_LOST", n=row.lost, of=of)
    if row.same_method:
        yield _loss("OTHER_OBJECTS", n=row.same_method)
    if row.same_standard:
        yield _loss("OTHER_EDITIONS", n=row.same_standard)
    own = {acc.issuer for acc in fell.accreditations}
    theirs = {acc.issuer for acc in other.stand if str(acc.id) in row.accs}
    if not own & theirs:
        yield _loss("OTHER_ISSUER", own=_named(own), theirs=_named(theirs))
    here, there = place_of(fell).country, place_of(other.body).country
    if here and there and here != there:
        yield _loss("OTHER_COUNTRY", own=here, theirs=there)
    if not other.body.ownerships:
        yield _loss("OWNER_UNKNOWN")


def _named(issuers: Iterable[str]) -> str:
    return ", ".join(sorted(issuers)[:4])


def _loss(code: str, **params: object) -> Reason:
    said = {name: str(value) for name, value in params.items()}
    return Reason(code=code, rule=0, params=said, text=LOSSES[code].format(**said))


def _views(
    conn: Connection,
    of: int,
    theirs: dict[int, _Other],
    fell: BodyHeld,
    rows: Sequence[Any],
) -> Iterator[Substitute]:
    terms = _terms(conn, {i for row in rows for line in row.lost_first for i in line if i})
    says = [
        said
        for row in rows
        for other in [theirs[row.body_id]]
        for said in (
            *other.body.names,
            *other.body.ownerships,
            *(said for acc in other.stand for said in acc.said),
        )
    ]
    proofs = Proofs(conn, says)
    for row in rows:
        other = theirs[row.body_id]
        place = place_of(other.body)
        held = [acc for acc in other.stand if str(acc.id) in row.accs]
        held.sort(key=lambda acc: -row.accs[str(acc.id)])
        yield Substitute(
            id=f"b{other.body.id}",
            names=parts.names(other.body, proofs),
            kinds=tuple(BodyKind(kind) for kind in place.kinds),
            country=place.country,
            region=place.region,
            city=place.city,
            made=other.body.made,
            same=row.same,
            same_method=row.same_method,
            same_standard=row.same_standard,
            lost=row.lost,
            lost_first=tuple(_lost(line, terms) for line in row.lost_first),
            losses=tuple(_losses(row, of, fell, other)),
            accreditations=tuple(
                accreditation_compared(acc, other.decisions[acc.id], row.accs[str(acc.id)], proofs)
                for acc in held[:ACCREDITATIONS_SHOWN]
            ),
            owners=tuple(owners(other.body, proofs)),
        )


def _terms(conn: Connection, ids: Collection[int]) -> dict[int, Any]:
    rows = conn.execute(
        sa.select(m.Term.id, m.Term.text, m.Term.also, m.Term.standards).where(
            of_ids(m.Term.id, ids)
        )
    )
    return {row.id: row for row in rows}


def _lost(line: Sequence[int | None], terms: dict[int, Any]) -> LostLine:
    object_, parameter, method = (terms.get(one) if one else None for one in line)
    return LostLine(
        object=object_.text if object_ else "",
        object_also=object_.also if object_ else "",
        parameter=parameter.text if parameter else "",
        parameter_also=parameter.also if parameter else "",
        method=method.text if method else "",
        standards=tuple(method.standards) if method else (),
    )
