"""Markets: which are known, what one asks of a product, several side by side.

Each answer is of a day and as known at a time, in a fixed number of queries.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk.obstacles import obstacles_of
from services.errors import BadQuestion
from services.find.body_markets import read_product, read_standard, unheld
from services.find.cursor import check_limit
from services.find.cursor import read as read_cursor
from services.find.market_bodies import Place, serving
from services.find.market_facts import (
    Markets,
    ahead,
    link_views,
    load_markets,
    route_views,
)
from services.find.market_names import MarketName, kin, named, read_market
from services.find.market_views import (
    Beside,
    MarketBrief,
    MarketsBeside,
    MarketView,
    RouteView,
)
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.views import Meta
from services.store.merge import Said

MOST_BESIDE = 6
MOST_BODIES = 50
_ROUTES = ("market_route", "route_day", "designates")


def markets(
    conn: Connection, *, on: date, known_at: datetime
) -> tuple[tuple[MarketBrief, ...], Meta]:
    """All markets for which routes are held, by region and name."""
    known = load_markets(conn, None, on=on, known_at=known_at, kinds=_ROUTES)
    proofs = Proofs(conn, known.everything())
    briefs = [_brief(named(code, on), known, proofs) for code in sorted(known.held())]
    briefs.sort(key=lambda one: (one.market.region, one.market.name))
    return tuple(briefs), _meta(conn, known, on, known_at, total=len(briefs))


def choices(
    conn: Connection, *, on: date, known_at: datetime
) -> tuple[tuple[MarketName, ...], tuple[str, ...]]:
    """The markets and products for which routes are held, for a form to choose from: one query."""
    route = m.Route
    rows = conn.execute(
        sa.select(route.market, route.product)
        .where(route.known.contains(known_at), route.valid.contains(on))
        .distinct()
    ).all()
    places = (named(code, on) for code in sorted({row.market for row in rows}))
    products = tuple(sorted({row.product for row in rows}))
    return tuple(sorted(places, key=lambda one: one.name)), products


def _brief(place: MarketName, known: Markets, proofs: Proofs) -> MarketBrief:
    routes = route_views(known, [place.code], "", proofs)
    days = ahead(routes, known.on)
    return MarketBrief(
        market=place,
        routes=len(routes),
        sourced=sum(one.sourced for one in routes),
        products=tuple(dict.fromkeys(one.product for one in routes)),
        next_day=next((day for day in days if day.on), None),
        to_be_notified=sum(day.on is None for day in days),
    )


def market(
    conn: Connection,
    market: str,
    product: str = "",
    standard: str = "",
    *,
    on: date,
    known_at: datetime,
    cursor: str = "",
    limit: int = 20,
) -> tuple[MarketView, Meta]:
    """What a market asks, by product, with the dates ahead and the bodies that are there.

    ``standard``: only bodies with a scope line of it. Raises BadQuestion for a market, product or
    standard that is none, with the nearest.
    """
    check_limit(limit, MOST_BODIES)
    known_at = read_cursor(cursor, Place).known_at if cursor else known_at
    place = read_market("market", market, on)
    product, standard = read_product(conn, product, known_at), read_standard(standard)
    codes = (*place.markets, *kin(place, on))
    known = load_markets(conn, codes, on=on, known_at=known_at)
    proofs = Proofs(conn, known.everything())
    routes = route_views(known, place.markets, product, proofs)
    issuers = {one.issuer for route in routes for one in route.designates if one.market != "*"}
    bodies, total, following = serving(
        conn, place, issuers, standard, on=on, known_at=known_at, cursor=cursor, limit=limit
    )
    view = MarketView(
        market=place,
        product=product,
        products=known.products(place.markets),
        routes=routes,
        ahead=ahead(routes, on),
        links=link_views(known, place.markets, product, proofs),
        obstacles=obstacles_of(conn, place.markets, product, known_at),
        bodies=bodies,
        bodies_total=total,
    )
    warnings = unheld(place, known, product, on)
    return view, _meta(
        conn, known, on, known_at, total=total, next_cursor=following, warnings=tuple(warnings)
    )


def beside(
    conn: Connection,
    codes: Sequence[str],
    product: str = "",
    *,
    on: date,
    known_at: datetime,
) -> tuple[MarketsBeside, Meta]:
    """Two to six markets, product by product. Raises BadQuestion."""
    places = list(
        {one.code: one for one in (read_market("markets", c, on) for c in codes)}.values()
    )
    if not 2 <= len(places) <= MOST_BESIDE:
        raise BadQuestion(
            f"markets: {len(places)} different ones are named.",
            f"It takes two to {MOST_BESIDE} with commas between, as EU,SA.",
        )
    product = read_product(conn, product, known_at)
    applying = {code for place in places for code in (*place.markets, *kin(place, on))}
    known = load_markets(conn, applying, on=on, known_at=known_at, kinds=_ROUTES)
    proofs = Proofs(conn, known.everything())
    found = [route_views(known, place.markets, product, proofs) for place in places]
    products = sorted({one.product for routes in found for one in routes})
    view = MarketsBeside(
        markets=tuple(places),
        products=tuple(_beside(one, found) for one in products),
    )
    warnings = [said for place in places for said in unheld(place, known, product, on)]
    return view, _meta(conn, known, on, known_at, total=len(products), warnings=tuple(warnings))


def _beside(product: str, found: Sequence[Iterable[RouteView]]) -> Beside:
    routes = tuple(tuple(one for one in each if one.product == product) for each in found)
    alone = [
        {way[0] for one in each for way in one.alternatives if len(way) == 1} for each in routes
    ]
    return Beside(product=product, routes=routes, shared=tuple(sorted(set.intersection(*alone))))


def _meta(conn: Connection, known: Markets, on: date, known_at: datetime, **more: object) -> Meta:
    sources = {said.record.source.key: said.record.source for said in _routes(known)}
    return meta(conn, [sources[key] for key in sorted(sources)], on=on, known_at=known_at, **more)


def _routes(known: Markets) -> list[Said]:
    return [one for kind in (*_ROUTES, "route_link") for one in known.said[kind]]
