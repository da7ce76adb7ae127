"""A body and the markets: what its results are good for there, by the decision of services.routes.

body as known then → facts with the verdicts on its accreditations (body_facts)
→ facts of the markets (market_facts) → services.routes.judge → views with evidence by ref
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import date, datetime

from sqlalchemy.engine import Connection

from services import models as m
from services import standards
from services.errors import BadQuestion
from services.find import abroad_words
from services.find import body as bodies
from services.find.body_facts import known_of
from services.find.cursor import number
from services.find.market_facts import Markets, facts_of, load_markets, ref_of, route_views
from services.find.market_names import MarketName, kin, named, read_market
from services.find.market_views import BodyMarkets, MarketMet, RouteMet, RouteView
from services.find.meta import meta
from services.find.parts import names as names_of
from services.find.proof import Proofs
from services.find.views import Meta
from services.routes import facts as f
from services.routes.judge import MarketJudged, judge
from services.store.card import place_of
from services.store.facts import BodyHeld, Held
from services.store.merge import Said

MOST_MARKETS = 30  # judged in one answer; all are named


def body_for_market(
    conn: Connection, id: str, market: str = "", product: str = "", standard: str = "", *,  # noqa: A002
    on: date, known_at: datetime,
) -> tuple[BodyMarkets, Meta]:  # fmt: skip
    """What the body meets of a market's routes; without a market, of all that it reaches.

    A fixed number of queries. Raises NotFound, and BadQuestion for a market, product, standard or
    id that is none.
    """
    place = read_market("market", market, on) if market.strip() else None
    product, standard = read_product(conn, product, known_at), read_standard(standard)
    held, one = bodies.find(conn, number(id, "b", "a body"), id, on, known_at)
    codes = (*place.markets, *kin(place, on)) if place else None
    markets = load_markets(conn, codes, on=on, known_at=known_at)
    reached = reached_by(one, markets, on)
    chosen = [place] if place else [named(code, on) for code in reached[:MOST_MARKETS]]
    judged, behind = judge_bodies(conn, held, [one], markets, chosen, product, standard)
    everything = {ref_of(said): said for said in markets.everything()} | behind
    used = {ref for found in judged[one.id] for ref in _refs(found)} & everything.keys()
    proofs = Proofs(conn, [*one.names, *markets.everything(), *(behind.values())])
    view = BodyMarkets(
        body=f"b{one.id}",
        names=names_of(one, proofs),
        product=product,
        standard=standard,
        markets=tuple(
            _met(where, found, markets, product, proofs)
            for where, found in zip(chosen, judged[one.id], strict=True)
        ),
        reached=tuple(reached),
        proofs={ref: proofs.of(everything[ref]) for ref in sorted(used)},
    )
    says = [*one.names, *(everything[ref] for ref in used)]
    sources = {said.record.source.key: said.record.source for said in says}
    warnings = [*_merged(id, one), *_warnings(chosen, markets, product, on)]
    if not place and len(reached) > MOST_MARKETS:
        warnings.append(f"{len(reached)} markets are reached; the first {MOST_MARKETS} are judged.")
    about = meta(
        conn, [sources[key] for key in sorted(sources)], on=on, known_at=known_at,
        warnings=tuple(warnings),
    )  # fmt: skip
    return view, about


def judge_bodies(
    conn: Connection,
    held: Held,
    found: Sequence[BodyHeld],
    markets: Markets,
    places: Sequence[MarketName],
    product: str,
    standard: str,
) -> tuple[dict[int, list[MarketJudged]], dict[str, Said]]:
    """By body, the judgement for each place in their order, and the statements that refs name.
    A fixed number of queries, however many bodies and markets."""
    countries = frozenset(country for place in places for country in place.countries)
    known = known_of(conn, held, found, countries, standard)
    by_made = {
        made: facts_of(markets, held.sources.values(), made=made)
        for made in {body.made for body in found}
    }
    judged = {
        body.id: [
            judge(
                known.facts[body.id],
                by_made[body.made],
                f.Question(
                    markets=place.markets,
                    countries=place.countries,
                    product=product,
                    standard=standard,
                    on=held.on,
                    known_at=held.known_at,
                ),
            )
            for place in places
        ]
        for body in found
    }
    return judged, known.behind


def reached_by(one: BodyHeld, markets: Markets, on: date) -> list[str]:
    """Markets with routes where it has its seat, a site or a presence, or that a designation of it
    counts in. Being there is no acceptance."""
    held = markets.held()
    there = {place_of(one).country}
    there |= {said.row.country for said in (*one.sites, *one.presences)}
    issuers = {acc.issuer for acc in one.accreditations}
    found = {said.row.market for said in markets.said["designates"] if said.row.issuer in issuers}
    for country in there - {""}:
        found |= set(named(country, on).markets)
    return sorted(found & held)


def read_product(conn: Connection, product: str, known_at: datetime) -> str:
    """A product as routes name it; "" for none. Raises BadQuestion with the nearest."""
    return abroad_words.known_word(conn, "product", product, [m.Route.product], known_at)


def read_standard(standard: str) -> str:
    """Raises BadQuestion for what cannot be read as a standard."""
    standard = " ".join(standard.split())
    if standard and standards.read(standard) is None:
        raise BadQuestion(
            f'standard: "{standard[:60]}" is not read as a designation.',
            'Write it with its family, as "GB 4943.1" or "IEC 62368-1:2018".',
        )
    return standard


# --- views ----------------------------------------------------------------------------------------


def _met(
    place: MarketName, judged: MarketJudged, markets: Markets, product: str, proofs: Proofs
) -> MarketMet:
    views = {_key(one): one for one in route_views(markets, place.markets, product, proofs)}
    return MarketMet(
        market=place,
        state=judged.state,
        of_body=judged.of_body,
        nearest=judged.nearest,
        routes=tuple(
            RouteMet(
                route=views[_key(one.route)],
                ways=one.ways,
                conditions=one.conditions,
                state=one.state,
                of_body=one.of_body,
                notes=one.notes,
            )
            for one in judged.routes
        ),
    )


def _key(route: RouteView | f.RouteFact) -> tuple[str, str, str, date | None]:
    start = route.valid_from if isinstance(route, RouteView) else route.start
    return route.market, route.product, route.scheme, start


def _refs(judged: MarketJudged) -> Iterator[str]:
    for route in judged.routes:
        for way in route.ways:
            for one in way.asks:
                yield from (link.ref for link in one.chain)


def _merged(id_: str, one: BodyHeld) -> Iterable[str]:
    return () if id_ == f"b{one.id}" else (f"{id_} was merged into b{one.id}: this is b{one.id}.",)


def _warnings(
    places: Iterable[MarketName], markets: Markets, product: str, on: date
) -> Iterator[str]:
    for place in places:
        yield from unheld(place, markets, product, on)


def unheld(place: MarketName, markets: Markets, product: str, on: date) -> Collection[str]:
    """What is to be said where a market has no route, or routes that are its grouping's."""
    own = markets.routes([place.code], product)
    applied = sorted({one.row.market for one in markets.routes(place.groupings, product)})
    said = [
        f"{place.name} belongs to {group}: the routes of {group} apply there." for group in applied
    ]
    if not own and not applied:
        what = f" for {product}" if product else ""
        near = [code for code in kin(place, on) if code in markets.held()]
        more = f" Fellow members with routes: {', '.join(near)}." if near else ""
        said.append(
            f"No route{what} to {place.name} ({place.code}) is held; that says nothing of the"
            f" market.{more}"
        )
    return said
