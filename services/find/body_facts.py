"""What is known of bodies, as facts of acceptance by a market: how each accreditation stands for
the standard asked, and at each site in the countries asked about; presences, places, owners.

The verdicts are those of services.verdict, in one batch for all bodies.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy.engine import Connection

from services import models as m
from services.find.market_facts import holds, ref_of
from services.find.parts import last_day
from services.find.scope import line_key
from services.routes import facts as f
from services.store.card import place_of
from services.store.facts import BodyHeld, Held, load_part
from services.store.judge import judge as decision_of
from services.store.merge import AccreditationHeld, Said
from services.terms import Verdict
from services.verdict.case import Case
from services.verdict.judge import judge_cases
from services.verdict.views import ActivityAsked, Asked


@dataclass(slots=True)
class BodiesKnown:
    """Facts by body id, and the statements that their refs name."""

    facts: dict[int, f.BodyFacts] = field(default_factory=dict)
    behind: dict[str, Said] = field(default_factory=dict)

    def remember(self, said: Said) -> str:
        ref = ref_of(said)
        self.behind[ref] = said
        return ref


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A verdict that is needed: of an accreditation, as a whole or at one of its sites."""

    acc: AccreditationHeld
    site: Said | None


def known_of(
    conn: Connection,
    held: Held,
    bodies: Sequence[BodyHeld],
    countries: Collection[str],
    standard: str,
) -> BodiesKnown:
    """For bodies loaded with sites, presences and profiles; owners are read here. ``standard`` "":
    accreditations are judged as a whole."""
    known = BodiesKnown()
    owners = _owners(conn, held, bodies)
    wanted = [one for body in bodies for one in _wanted(body, countries, held.on)]
    cases = _cases(conn, wanted, standard, held)
    for body in bodies:
        known.facts[body.id] = f.BodyFacts(
            accreditations=tuple(
                _stood(acc, body, cases, known, held) for acc in body.accreditations
            ),
            presences=tuple(_presences(body, known)),
            places=tuple(_places(body, held.on, known)),
            owners=tuple(_owner(said, known) for said in owners.get(body.id, ())),
        )
    return known


def _owners(conn: Connection, held: Held, bodies: Sequence[BodyHeld]) -> dict[int, list[Said]]:
    ids = {body.id for body in bodies}
    records = {i: one for i, one in held.records.items() if one.body_id in ids}
    found: dict[int, list[Said]] = {}
    for said in load_part(conn, m.Ownership, records, held.known_at) if records else ():
        found.setdefault(said.record.body_id, []).append(said)
    return found


def _own_sites(acc: AccreditationHeld, body: BodyHeld, on: date) -> list[Said]:
    """Sites of the records that speak of it: the keys of others' sites mean other places."""
    records = {said.record.id for said in acc.said}
    return [one for one in body.sites if one.record.id in records and holds(one.row.valid, on)]


def _wanted(body: BodyHeld, countries: Collection[str], on: date) -> Iterator[_Wanted]:
    for acc in body.accreditations:
        yield _Wanted(acc, None)
        seen: set[str] = set()
        for site in _own_sites(acc, body, on):
            if site.row.country in countries and site.row.key not in seen:
                seen.add(site.row.key)
                yield _Wanted(acc, site)


Cases = dict[tuple[int, str], tuple[Verdict, Any]]  # (accreditation, site key) → verdict, line


def _cases(conn: Connection, wanted: Sequence[_Wanted], standard: str, held: Held) -> Cases:
    """Verdicts in one batch; the whole, where no standard is asked, needs no question."""
    known_on = held.known_at.date()
    activity = ActivityAsked(method=standard) if standard else None
    asked = [one for one in wanted if standard or one.site is not None]
    questions = [
        Asked(
            on=held.on,
            accreditation=f"a{one.acc.id}",
            activity=activity,
            site=one.site.row.key if one.site else "",
        )
        for one in asked
    ]
    judged: Iterable[Case] = (
        judge_cases(conn, questions, known_at=held.known_at, today=known_on) if questions else ()
    )
    found: Cases = {}
    for one, case in zip(asked, judged, strict=True):
        verdict = case.decision.verdict if case.decision else Verdict.NOT_FOUND
        found[one.acc.id, one.site.row.key if one.site else ""] = verdict, case.line
    for one in wanted:
        if not standard and one.site is None:
            found[one.acc.id, ""] = decision_of(one.acc, held.on, known_on).verdict, None
    return found


def _stood(
    acc: AccreditationHeld, body: BodyHeld, cases: Cases, known: BodiesKnown, held: Held
) -> f.Stood:
    verdict, row = cases[acc.id, ""]
    sites = _own_sites(acc, body, held.on)
    return f.Stood(
        id=f"a{acc.id}",
        label=acc.label,
        issuer=acc.issuer,
        kind=acc.kind,
        verdict=verdict,
        standard=acc.standard,
        body_kind=acc.body_kind,
        granted=acc.facts.granted,
        expires=acc.facts.expires,
        line=_line(row, held, known),
        sites=tuple(_sites(acc, sites, cases, known, held)),
        countries=frozenset(one.row.country for one in sites if one.row.country),
        schedule_held=acc.schedule_held,
        ref=known.remember(acc.said[0]),
    )


def _sites(
    acc: AccreditationHeld, sites: Iterable[Said], cases: Cases, known: BodiesKnown, held: Held
) -> Iterator[f.SiteStood]:
    seen: set[str] = set()
    for site in sites:
        row = site.row
        if (judged := cases.get((acc.id, row.key))) is None or row.key in seen:
            continue
        seen.add(row.key)
        yield f.SiteStood(
            key=row.key,
            country=row.country,
            label=", ".join(filter(None, (row.name, row.city))) or row.address or row.key,
            verdict=judged[0],
            line=_line(judged[1], held, known),
            start=row.valid.lower,
            end=last_day(row.valid.upper),
            ref=known.remember(site),
        )


def _line(row: Any, held: Held, known: BodiesKnown) -> f.LineStood | None:
    if row is None:
        return None
    words = [part for part in (row.object, row.parameter, row.method) if part]
    return f.LineStood(
        label=" · ".join(words) or line_key(row),
        start=row.valid.lower,
        end=last_day(row.valid.upper),
        ref=known.remember(Said(held.records[row.record_id], "scope_line", row)),
    )


def _presences(body: BodyHeld, known: BodiesKnown) -> Iterator[f.PresenceFact]:
    for said in body.presences:
        row = said.row
        yield f.PresenceFact(
            country=row.country,
            mode=row.mode,
            partner=row.partner,
            level=row.level,
            start=row.valid.lower,
            end=row.valid.upper,
            ref=known.remember(said),
        )


def _places(body: BodyHeld, on: date, known: BodiesKnown) -> Iterator[f.PlaceFact]:
    for said in body.sites:
        if said.row.country and holds(said.row.valid, on):
            label = ", ".join(filter(None, (said.row.name, said.row.city))) or said.row.key
            yield f.PlaceFact(country=said.row.country, label=label, ref=known.remember(said))
    place = place_of(body)
    if place.country:
        yield f.PlaceFact(country=place.country, label=place.city or place.country, seat=True)


def _owner(said: Said, known: BodiesKnown) -> f.OwnerFact:
    row = said.row
    return f.OwnerFact(
        owner=row.owner,
        prohibited=row.prohibited,
        rule=row.rule,
        source=row.evidence or said.record.source.meta.get("title", said.record.source.key),
        level=row.level,
        start=row.valid.lower,
        end=row.valid.upper,
        ref=known.remember(said),
    )
