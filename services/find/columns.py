"""One body's column in a comparison, from everything held of it on the day."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find import parts
from services.find.body_markets import judge_bodies
from services.find.compare_views import (
    AccreditationCompared,
    AdverseItem,
    Compared,
    LanguageSaid,
    MarketFact,
    Owner,
    Part,
    RouteCompared,
    RouteStep,
    ScopeHeld,
    Unknown,
)
from services.find.market_facts import load_markets
from services.find.market_names import MarketName, kin, read_market
from services.find.overlap import Overlap, unheld
from services.find.parts import SiteLines, last_day
from services.find.proof import Proofs
from services.find.views import AccreditationBrief, CredentialView, PresenceView
from services.routes.judge import MarketJudged, RouteJudged
from services.store.card import place_of, standings_of
from services.store.facts import BodyHeld, Held
from services.store.judge import brief
from services.store.merge import AccreditationHeld, Said
from services.terms import VERIFIED_LEVELS, AccreditationKind, BodyKind, CredentialKind, Polarity
from services.validity import Decision, Standing, standing

MOST_SHOWN = 12  # accreditations of a column, designations, items of a part
_ENDED = (Standing.SUSPENDED, Standing.ENDED, Standing.PARTLY)


@dataclass(frozen=True, slots=True)
class Wanted:
    """``place``: the market, None where none is asked. ``category``: the product as the markets'
    routes name it; "" where it is none of theirs and asks the lines."""

    place: MarketName | None = None
    category: str = ""
    lines_asked: bool = False

    @property
    def market(self) -> str:
        return self.place.code if self.place else ""

    @property
    def countries(self) -> frozenset[str]:
        return self.place.countries if self.place else frozenset()


def wanted(conn: Connection, market: str, product: str, on: date, known_at: datetime) -> Wanted:
    """What a question means, as known then: one query. Raises BadQuestion for a market that does
    not exist, with the nearest that does."""
    place = read_market("market", market, on) if market else None
    return Wanted(place, _category(conn, product, known_at))


def _category(conn: Connection, product: str, known_at: datetime) -> str:
    word = "_".join(product.casefold().replace("-", " ").split())
    named = sa.exists().where(m.Route.product == word, m.Route.known.contains(known_at))
    return word if conn.execute(sa.select(named)).scalar_one() else ""


def judge_routes(
    conn: Connection, held: Held, bodies: Sequence[BodyHeld], wanted: Wanted, standard: str
) -> dict[int, MarketJudged]:
    """What each body meets of the market's routes for the product, by body: a fixed number of
    queries. Nothing where market or product is not asked."""
    if wanted.place is None or not wanted.category:
        return {}
    place = wanted.place
    codes = (*place.markets, *kin(place, held.on))
    known = load_markets(conn, codes, on=held.on, known_at=held.known_at)
    judged, _ = judge_bodies(conn, held, bodies, known, [place], wanted.category, standard)
    return {body_id: found for body_id, (found,) in judged.items()}


def site_lines(conn: Connection, bodies: Sequence[BodyHeld], known_at: datetime) -> SiteLines:
    """How many lines name each site of any of the bodies: one query."""
    together = BodyHeld(0, None)
    for body in bodies:
        together.accreditations += body.accreditations
        together.sites += body.sites
    return parts.site_lines(conn, together, known_at)


def column(
    body: BodyHeld,
    decisions: dict[int, Decision],
    over: Overlap,
    wanted: Wanted,
    proofs: Proofs,
    lines: SiteLines,
    judged_routes: MarketJudged | None = None,
) -> Compared:
    place = place_of(body)
    own = {acc.id: decisions[acc.id] for acc in body.accreditations}
    judged = [
        accreditation_compared(acc, own[acc.id], over.matched.get(acc.id, 0), proofs)
        for acc in body.accreditations
    ]
    held = [one for one in judged if one.accreditation.kind is AccreditationKind.ACCREDITATION]
    others = [
        one for one in judged if one.accreditation.kind is not AccreditationKind.ACCREDITATION
    ]
    matter = [one for one in held if not wanted.lines_asked or one.matched != 0]
    presences = parts.presences(body, proofs, lines)
    credentials = parts.credentials(body, proofs)
    good = [one for one in credentials if one.polarity is Polarity.POSITIVE]
    honours = [one for one in good if one.kind is not CredentialKind.TRADEMARK]
    found = Compared(
        id=f"b{body.id}",
        names=parts.names(body, proofs),
        kinds=tuple(BodyKind(kind) for kind in place.kinds),
        country=place.country,
        region=place.region,
        city=place.city,
        made=body.made,
        sources=tuple(sorted({record.source.key for record in body.records})),
        standings=standings_of(own),
        scope=_scope(body, own, over),
        routes=tuple(map(_route, judged_routes.routes)) if judged_routes else (),
        accreditations=tuple(_telling_first(matter)[:MOST_SHOWN]),
        accreditation_count=len(held),
        designations=tuple(_telling_first(others)[:MOST_SHOWN]),
        designation_count=len(others),
        presences=tuple(_here(presences, wanted)),
        elsewhere=_elsewhere(presences, wanted),
        languages=tuple(_languages(body, proofs)),
        adverse=tuple(_adverse(body, own, credentials, proofs)),
        verified=tuple(one for one in honours if one.verified),
        claimed=tuple(one for one in honours if not one.verified),
        brand=tuple(one for one in good if one.kind is CredentialKind.TRADEMARK),
        market_facts=tuple(_market_facts(body, wanted, proofs)),
        owners=tuple(owners(body, proofs)),
        unknowns=(),
    )
    return msgspec.structs.replace(found, unknowns=tuple(_unknowns(body, own, found, wanted)))


def _route(judged: RouteJudged) -> RouteCompared:
    way = min(judged.ways, key=lambda one: one.left)
    return RouteCompared(
        market=judged.route.market,
        product=judged.route.product,
        scheme=judged.route.scheme,
        sourced=judged.route.sourced,
        sureness=judged.route.sureness,
        state=judged.state,
        of_body=judged.of_body,
        left=way.left,
        steps=tuple(
            RouteStep(
                requirement=str(one.requirement), state=one.state, who=one.who, reason=one.reason
            )
            for one in way.asks
        ),
    )


def accreditation_compared(
    acc: AccreditationHeld, decision: Decision, matched: int, proofs: Proofs
) -> AccreditationCompared:
    """``matched``: how many of the lines asked its schedule names."""
    return AccreditationCompared(
        accreditation=msgspec.convert(brief(acc, decision), AccreditationBrief, strict=False),
        label=acc.label,
        matched=matched if acc.schedule_held or matched else None,
        evidence=proofs.all(acc.said),
    )


def _telling_first(held: Iterable[AccreditationCompared]) -> list[AccreditationCompared]:
    """What ails, then what holds the most of the lines asked: a cut must not hide a suspension."""
    ails = {Standing.SUSPENDED: 0, Standing.PARTLY: 1, Standing.ENDED: 3}

    def rank(one: AccreditationCompared) -> tuple[int, int, str]:
        standing_ = Standing(one.accreditation.status.standing)
        return ails.get(standing_, 2), -(one.matched or 0), one.label

    return sorted(held, key=rank)


def _scope(body: BodyHeld, decisions: dict[int, Decision], over: Overlap) -> ScopeHeld:
    missing = unheld(body, _standing(decisions))
    some = any(acc.line_count for acc in body.accreditations)
    complete = any(acc.schedule_held for acc in body.accreditations) and not missing
    return ScopeHeld(
        lines=over.lines.get(body.id, 0),
        only=over.only.get(body.id, 0),
        of=sum(acc.line_count for acc in body.accreditations),
        schedule="held" if complete else "partly" if some else "not_held",
    )


def _standing(decisions: dict[int, Decision]) -> dict[int, str]:
    return {acc_id: standing(decision).value for acc_id, decision in decisions.items()}


def _here(presences: Sequence[PresenceView], wanted: Wanted) -> list[PresenceView]:
    if not wanted.market:
        return list(presences[:MOST_SHOWN])
    return [one for one in presences if one.country in wanted.countries][:MOST_SHOWN]


def _elsewhere(presences: Sequence[PresenceView], wanted: Wanted) -> tuple[Any, ...]:
    if not wanted.market:
        return ()
    return tuple(
        sorted(
            {(one.country, one.mode) for one in presences if one.country not in wanted.countries}
        )
    )


def _languages(body: BodyHeld, proofs: Proofs) -> Iterator[LanguageSaid]:
    """Each language once for each place and kind of saying it, the best proven first."""
    told: dict[tuple[str, str, str], Said] = {}
    for said in body.presences:
        for language in said.row.languages:
            _keep(told, (language, said.row.country, "presence"), said)
    for said in body.offers:
        for language in said.row.languages:
            _keep(told, (language, "", "offer"), said)
    for said in body.expertise:
        if said.row.language:
            _keep(told, (said.row.language, "", "expertise"), said)
    for (language, where, said_of), said in sorted(told.items(), key=lambda item: item[0]):
        yield LanguageSaid(
            language=language,
            where=where,
            said_of=said_of,
            level=said.row.level,
            verified=said.row.level in VERIFIED_LEVELS,
            evidence=(proofs.of(said),),
        )


def _keep(told: dict[tuple[str, str, str], Said], key: tuple[str, str, str], said: Said) -> None:
    held = told.get(key)
    if held is None or (said.row.level in VERIFIED_LEVELS) > (held.row.level in VERIFIED_LEVELS):
        told[key] = said


def _adverse(
    body: BodyHeld,
    decisions: dict[int, Decision],
    credentials: Sequence[CredentialView],
    proofs: Proofs,
) -> Iterator[AdverseItem]:
    for acc in body.accreditations:
        decision = decisions[acc.id]
        if standing(decision) in _ENDED:
            told = [said for event in acc.events for said in event.said] or list(acc.said)
            yield AdverseItem(
                kind="accreditation",
                label=acc.label,
                label_also="",
                verdict=decision.verdict,
                since=decision.since,
                level=None,
                verified=True,
                evidence=proofs.all(told[:3]),
            )
    for one in credentials:
        if one.polarity is Polarity.ADVERSE:
            yield AdverseItem(
                kind="credential",
                label=one.title,
                label_also=one.title_also,
                verdict=None,
                since=one.granted,
                level=one.level,
                verified=one.verified,
                evidence=one.evidence,
            )
    for said in body.ownerships:
        if said.row.prohibited:
            yield AdverseItem(
                kind="ownership",
                label=said.row.owner,
                label_also=said.row.owner_also,
                verdict=None,
                since=said.row.valid.lower,
                level=said.row.level,
                verified=said.row.level in VERIFIED_LEVELS,
                evidence=(proofs.of(said),),
            )


def _market_facts(body: BodyHeld, wanted: Wanted, proofs: Proofs) -> Iterator[MarketFact]:
    """Where no market is asked, of all markets."""
    facts = [
        *(("cooperation", s, s.row.partner, s.row.partner_also, s.row.countries)
          for s in body.cooperations),
        *(("acceptance", s, s.row.accepter, s.row.accepter_also, [s.row.country])
          for s in body.acceptances),
        *(("accompaniment", s, s.row.title, s.row.title_also, [s.row.country])
          for s in body.accompaniments),
    ]  # fmt: skip
    told = [fact for fact in facts if not wanted.market or wanted.countries & set(fact[-1])]
    for kind, said, title, title_also, _ in told[:MOST_SHOWN]:
        yield MarketFact(
            kind=kind,
            title=title,
            title_also=title_also,
            product=said.row.product,
            since=said.row.valid.lower,
            until=last_day(said.row.valid.upper),
            level=said.row.level,
            verified=said.row.level in VERIFIED_LEVELS,
            evidence=(proofs.of(said),),
        )


def owners(body: BodyHeld, proofs: Proofs) -> Iterator[Owner]:
    for said in body.ownerships[:MOST_SHOWN]:
        yield Owner(
            owner=said.row.owner,
            owner_also=said.row.owner_also,
            owner_country=said.row.owner_country,
            share=said.row.share,
            prohibited=said.row.prohibited,
            rule=said.row.rule,
            level=said.row.level,
            verified=said.row.level in VERIFIED_LEVELS,
            evidence=(proofs.of(said),),
        )


# --- what is not known ---------------------------------------------------------------------------

# code → English; pages translate by code
UNKNOWNS: dict[str, str] = {
    "NO_ACCREDITATION": "No source names an accreditation of it.",
    "SCHEDULE_NOT_HELD": "The schedule of {labels} is not held here: what stands in it is unknown.",
    "NO_ROUTE_ASKED": "Name a market and a product of its routes, as radio, to see the way there.",
    "NO_ROUTE": "No route for {product} to {market} is held; that says nothing of the market.",
    "NO_DESIGNATION": "No source names a designation or permission of it.",
    "NO_PRESENCE_THERE": "No source names a presence in {market}, nor that there is none.",
    "NO_PRESENCE": "No source names a presence abroad, nor that there is none.",
    "NO_LANGUAGE": "No source says in which languages it serves.",
    "NO_CREDENTIAL": "No source names a credential of it.",
    "NO_TRADEMARK": "No source names a trademark of it.",
    "NO_MARKET_FACT": "No source names a cooperation, an acceptance or a case of it there.",
    "NO_OWNER": "No source states who owns it; it is never inferred.",
    "NO_TURNAROUND": "No source states how long its tests take.",
    "NO_KIND": "No source says what kind of body it is.",
    "NO_PLACE": "No source says where it is.",
}


def unknown(part: Part, code: str, **params: str) -> Unknown:
    return Unknown(part=part, code=code, params=params, text=UNKNOWNS[code].format(**params))


def _unknowns(
    body: BodyHeld, decisions: dict[int, Decision], found: Compared, wanted: Wanted
) -> Iterator[Unknown]:
    if not body.accreditations:
        yield unknown(Part.STATUS, "NO_ACCREDITATION")
        yield unknown(Part.SCOPE, "NO_ACCREDITATION")
    elif not found.scope.lines and (missing := unheld(body, _standing(decisions))):
        yield unknown(Part.SCOPE, "SCHEDULE_NOT_HELD", labels=", ".join(missing[:3]))
    empty = {
        Part.ACCREDITATIONS: (found.accreditation_count, "NO_ACCREDITATION"),
        Part.DESIGNATIONS: (found.designations, "NO_DESIGNATION"),
        Part.LANGUAGES: (found.languages, "NO_LANGUAGE"),
        Part.CREDENTIALS: (found.verified or found.claimed, "NO_CREDENTIAL"),
        Part.BRAND: (found.brand, "NO_TRADEMARK"),
        Part.MARKET_FACTS: (found.market_facts, "NO_MARKET_FACT"),
        Part.OWNERSHIP: (found.owners, "NO_OWNER"),
        Part.TURNAROUND: ((), "NO_TURNAROUND"),
        Part.KINDS: (found.kinds, "NO_KIND"),
        Part.PLACE: (found.country, "NO_PLACE"),
    }
    if not found.routes:
        asked = {"product": wanted.category, "market": wanted.market}
        code = "NO_ROUTE" if all(asked.values()) else "NO_ROUTE_ASKED"
        yield unknown(Part.ROUTE, code, **(asked if code == "NO_ROUTE" else {}))
    if not found.presences:
        code = "NO_PRESENCE_THERE" if wanted.market else "NO_PRESENCE"
        yield unknown(Part.PRESENCE, code, **({"market": wanted.market} if wanted.market else {}))
    for part, (held, code) in empty.items():
        if not held:
            yield unknown(part, code)
