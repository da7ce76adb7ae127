"""A body in short: the values that lists and search show, from everything held of it."""

from collections import Counter
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.store.facts import BodyHeld
from services.store.judge import brief, judge
from services.store.merge import Said
from services.terms import VERIFIED_LEVELS, NameKind, Polarity
from services.validity import Decision, standing

SHOWN = 8  # accreditations on a card; the body's page has all


@dataclass(frozen=True, slots=True)
class Place:
    """Where a body says it is; the best source's word."""

    country: str = ""
    region: str = ""
    city: str = ""
    website: str = ""
    kinds: tuple[str, ...] = ()


def by_tier(says: list[Said]) -> list[Said]:
    """Best tier first, then the record looked at last."""
    return sorted(
        says,
        key=lambda said: (
            int(said.record.source.tier),
            said.closed,
            -said.last_seen.timestamp() if said.looks() else 0.0,
            said.row.id,
        ),
    )


def place_of(body: BodyHeld) -> Place:
    """Country, region and city are taken together from the first profile that names a country."""
    profiles = by_tier(body.profiles)
    kinds: dict[str, None] = {}
    for said in profiles:
        kinds.update(dict.fromkeys(said.row.kinds))
    for acc in body.accreditations:
        if acc.body_kind:
            kinds[acc.body_kind.value] = None
    website = next((said.row.website for said in profiles if said.row.website), "")
    placed = next((said for said in profiles if said.row.country), None)
    if placed is not None:
        row = placed.row
        return Place(row.country, row.region, row.city, website, tuple(kinds))
    site = next((s.row for s in by_tier(body.sites) if s.row.country), None)
    if site is not None:
        return Place(site.country, site.region, site.city, website, tuple(kinds))
    return Place(website=website, kinds=tuple(kinds))


def names_of(body: BodyHeld) -> list[list[Said]]:
    """Names, each once however many records write it, best first; former ones last."""
    groups: dict[tuple[str, str], list[Said]] = {}
    for said in by_tier(body.names):
        groups.setdefault((said.row.folded, said.row.lang), []).append(said)
    order = list(NameKind)
    return sorted(
        groups.values(),
        key=lambda group: (group[0].row.kind is NameKind.FORMER, order.index(group[0].row.kind)),
    )


def standings_of(decisions: dict[int, Decision]) -> dict[str, int]:
    return dict(Counter(standing(decision).value for decision in decisions.values()))


def decisions_of(body: BodyHeld, on: date, known_on: date) -> dict[int, Decision]:
    """The decision for each accreditation of a body, by accreditation id."""
    return {acc.id: judge(acc, on, known_on) for acc in body.accreditations}


def _presences(body: BodyHeld) -> list[tuple[str, str]]:
    return sorted({(said.row.country, said.row.mode.value) for said in body.presences})


def adverse_credentials(body: BodyHeld) -> int:
    return sum(said.row.polarity is Polarity.ADVERSE for said in body.credentials)


def verified_credentials(body: BodyHeld) -> int:
    return sum(
        said.row.polarity is Polarity.POSITIVE and said.row.level in VERIFIED_LEVELS
        for said in body.credentials
    )


def levels_of(body: BodyHeld) -> set[str]:
    """The levels of evidence behind what a body is said to have: presences, good credentials."""
    held = {said.row.level.value for said in body.presences}
    good = (said.row for said in body.credentials if said.row.polarity is Polarity.POSITIVE)
    return held | {row.level.value for row in good}


def card_of(body: BodyHeld, decisions: dict[int, Decision]) -> dict[str, Any]:
    """In plain values, in the shape of services.find.views.BodyCard, without what a question adds.

    What ails stands first among the accreditations: a card must not hide a suspension.
    """
    place = place_of(body)
    ails = {"suspended": 0, "partly": 1, "ended": 2, "unknown": 4}
    shown = sorted(
        body.accreditations,
        key=lambda acc: (ails.get(standing(decisions[acc.id]).value, 3), -acc.line_count, acc.id),
    )[:SHOWN]
    return {
        "id": f"b{body.id}",
        "names": [
            {"text": group[0].row.text, "lang": group[0].row.lang, "kind": group[0].row.kind.value}
            for group in names_of(body)
        ],
        "country": place.country,
        "city": place.city,
        "region": place.region,
        "kinds": list(place.kinds),
        "made": body.made,
        "sources": sorted({record.source.key for record in body.records}),
        "standings": standings_of(decisions),
        "accreditations": [brief(acc, decisions[acc.id]) for acc in shown],
        "accreditation_count": len(body.accreditations),
        "line_count": sum(acc.line_count for acc in body.accreditations),
        "presences": [list(one) for one in _presences(body)],
        "adverse": adverse_credentials(body),
        "verified_credentials": verified_credentials(body),
    }
