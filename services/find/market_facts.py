"""What is known of markets, loaded once: statements for views, facts for the decision."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.engine import Connection

from services.find.market_views import DayView, DesignatesView, RouteLinkView, RouteView
from services.find.parts import last_day
from services.find.proof import Proofs
from services.routes import facts as f
from services.routes.grammar import parse
from services.store.looks import SourceSeen
from services.store.market import load_said
from services.store.merge import Said
from services.terms import RouteDayKind, Tier

KINDS = ("market_route", "route_day", "route_link", "designates", "signatory", "accreditation_body")
FRESH_DAYS = 90  # BRIEF rule 14: of a list that is to say who is not on it


def ref_of(said: Said) -> str:
    return f"{said.record.id}:{said.table}:{said.row.id}"


def holds(period: Any, on: date) -> bool:
    """Whether a half-open period has the day."""
    if period.isempty:
        return False
    starts = period.lower is None or period.lower <= on
    return starts and (period.upper is None or on < period.upper)


@dataclass(frozen=True, slots=True)
class Markets:
    """Statements of some markets that hold on the day, as known then, by table."""

    said: Mapping[str, list[Said]]
    on: date

    def routes(self, codes: Collection[str], product: str = "") -> list[Said]:
        return [
            one
            for one in self.said["market_route"]
            if one.row.market in codes and product in ("", one.row.product)
        ]

    def held(self) -> set[str]:
        return {one.row.market for one in self.said["market_route"]}

    def products(self, codes: Collection[str]) -> tuple[str, ...]:
        return tuple(sorted({one.row.product for one in self.routes(codes)}))

    def everything(self) -> Iterator[Said]:
        for says in self.said.values():
            yield from says


def load_markets(
    conn: Connection, codes: Collection[str] | None, *, on: date, known_at: datetime,
    kinds: Collection[str] = KINDS,
) -> Markets:  # fmt: skip
    """What was known then of these markets (None: of all): a query a kind and three for what is
    behind. Periods of signatories stay whole: the decision cuts them."""
    where = None if codes is None else {"market": (*codes, f.ANYWHERE)}
    said = load_said(conn, kinds, on=None, known_at=known_at, where=where)
    kept = {
        kind: says if kind == "signatory" else [one for one in says if holds(one.row.valid, on)]
        for kind, says in said.items()
    }
    return Markets({kind: kept.get(kind, []) for kind in KINDS}, on)


# --- facts of the decision ------------------------------------------------------------------------


def facts_of(
    markets: Markets, sources: Iterable[SourceSeen], *, made: bool = False
) -> f.MarketFacts:
    """``made``: of a body that is made up; only made lists say that it is not on them."""
    days = _days_by_route(markets)
    return f.MarketFacts(
        routes=tuple(_route_fact(one, days) for one in markets.said["market_route"]),
        designates=tuple(_designates_fact(one) for one in markets.said["designates"]),
        signatories=tuple(_signatories(markets.said["signatory"])),
        listed=tuple(_listed(one) for one in markets.said["accreditation_body"]),
        authorities=tuple(_authorities(sources, markets.on, made)),
    )


def _period(said: Said) -> dict[str, Any]:
    row = said.row
    return {"ref": ref_of(said), "start": row.valid.lower, "end": row.valid.upper}


def _days_by_route(markets: Markets) -> dict[tuple[str, str, str], list[Said]]:
    days: dict[tuple[str, str, str], list[Said]] = {}
    for one in markets.said["route_day"]:
        row = one.row
        days.setdefault((row.market, row.product, row.scheme), []).append(one)
    return days


def _route_fact(said: Said, days: Mapping[tuple[str, str, str], list[Said]]) -> f.RouteFact:
    row = said.row
    return f.RouteFact(
        market=row.market,
        product=row.product,
        scheme=row.scheme,
        alternatives=parse(row.recognition),
        sourced=row.sourced,
        source=row.source,
        sureness=row.sureness,
        days=tuple(
            f.DayFact(
                kind=one.row.kind, on=one.row.on, precision=one.row.precision,
                words=one.row.words, ref=ref_of(one),
            )
            for one in days.get((row.market, row.product, row.scheme), ())
        ),
        **_period(said),
    )  # fmt: skip


def _designates_fact(said: Said) -> f.DesignatesFact:
    row = said.row
    return f.DesignatesFact(
        market=row.market,
        product=row.product,
        requirement=row.requirement,
        issuer=row.issuer,
        sourced=row.sourced,
        source=row.source,
        **_period(said),
    )


def _signatories(says: Iterable[Said]) -> Iterator[f.SignatoryFact]:
    """Periods by the word of the arrangement's own database or of the accreditation body; what a
    lower tier says of an arrangement is a hint (BRIEF "Source tiers")."""
    for said in says:
        row = said.row
        if said.record.source.tier <= Tier.MRA_DATABASE:
            scope = "T" if row.scope.casefold() in ("", "t", "testing") else row.scope
            yield f.SignatoryFact(
                issuer=row.issuer, arrangement=row.arrangement, scope=scope, status=row.status,
                **_period(said),
            )  # fmt: skip


def _listed(said: Said) -> f.ListedFact:
    row = said.row
    return f.ListedFact(
        issuer=row.acronym,
        name=row.name,
        scopes=tuple(row.mra_scopes),
        day=row.known.lower.date(),
        ref=ref_of(said),
    )


def _authorities(sources: Iterable[SourceSeen], on: date, made: bool) -> Iterator[f.AuthorityFact]:
    """Sources that may say whom an issuer designates, read whole near the day asked about: a list
    of another time does not say who was not on it."""
    for source in sources:
        read = source.last_success_at
        if read is None or source.rolling or source.made is not made or not _whole(source):
            continue
        if abs((read.date() - on).days) > FRESH_DAYS:
            continue
        for issuer in source.meta.get("authoritative_for", ()):
            title = source.meta.get("title", source.key)
            yield f.AuthorityFact(issuer=issuer, source=title, day=read.date())


def _whole(source: SourceSeen) -> bool:
    """All of its lists were read by then; look-ups of single numbers are no list."""
    read = {one.name for one in source.lists if one.as_of is not None}
    return {name for name in source.meta.get("addresses", ()) if name != "lookup"} <= read


# --- views ----------------------------------------------------------------------------------------


def route_views(
    markets: Markets, codes: Collection[str], product: str, proofs: Proofs
) -> tuple[RouteView, ...]:
    """In the order of the table, the market's own before those of its groupings."""
    order = {code: n for n, code in enumerate(codes)}
    days = _days_by_route(markets)
    found = sorted(markets.routes(codes, product), key=lambda one: order[one.row.market])
    return tuple(route_view(markets, one, days, proofs) for one in found)


def route_view(
    markets: Markets,
    said: Said,
    days: Mapping[tuple[str, str, str], list[Said]],
    proofs: Proofs,
) -> RouteView:
    row = said.row
    alternatives = parse(row.recognition)
    asked = {word for alternative in alternatives for word in alternative} | {f.OWNER}
    return RouteView(
        market=row.market,
        product=row.product,
        scheme=row.scheme,
        mark=row.mark,
        regulator=row.regulator,
        legal_basis=row.legal_basis,
        alternatives=tuple(tuple(word.value for word in one) for one in alternatives),
        in_country=row.in_country,
        note=row.note,
        sureness=row.sureness,
        sourced=row.sourced,
        source=row.source,
        days=tuple(
            day_view(one, proofs) for one in days.get((row.market, row.product, row.scheme), ())
        ),
        designates=tuple(
            designates_view(one, proofs)
            for one in markets.said["designates"]
            if one.row.market in (row.market, f.ANYWHERE)
            and one.row.product in ("", row.product)
            and one.row.requirement in asked
        ),
        valid_from=row.valid.lower,
        valid_to=last_day(row.valid.upper),
        evidence=(proofs.of(said),),
    )


def day_view(said: Said, proofs: Proofs) -> DayView:
    row = said.row
    return DayView(
        product=row.product,
        scheme=row.scheme,
        kind=row.kind,
        on=row.on,
        precision=row.precision,
        words=row.words,
        evidence=(proofs.of(said),),
    )


def designates_view(said: Said, proofs: Proofs) -> DesignatesView:
    row = said.row
    return DesignatesView(
        market=row.market,
        product=row.product,
        requirement=row.requirement,
        issuer=row.issuer,
        sureness=row.sureness,
        sourced=row.sourced,
        source=row.source,
        evidence=(proofs.of(said),),
    )


def link_views(
    markets: Markets, codes: Collection[str], product: str, proofs: Proofs
) -> tuple[RouteLinkView, ...]:
    return tuple(
        RouteLinkView(
            product=said.row.product,
            kind=said.row.kind,
            title=said.row.title,
            title_also=said.row.title_also,
            number=said.row.number,
            url=said.row.url,
            on=said.row.on,
            evidence=(proofs.of(said),),
        )
        for said in sorted(markets.said["route_link"], key=lambda one: one.row.market == f.ANYWHERE)
        if said.row.market in (*codes, f.ANYWHERE)
        and (not product or said.row.product in ("", product))
    )


def ahead(views: Iterable[RouteView], on: date) -> tuple[DayView, ...]:
    """Dates after the day, the nearest first, then those yet to be notified."""
    days = [
        day
        for view in views
        for day in view.days
        if day.kind is not RouteDayKind.MENTIONED and (day.on is None or day.on > on)
    ]
    return tuple(sorted(days, key=lambda day: (day.on is None, day.on or on, day.product)))
