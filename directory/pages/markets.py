"""Markets: the list, one with its routes and who is there, beside another; a body's way there."""

from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from directory import edge
from directory.api import questions
from directory.pages import market_words as words
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, Redirect, page, titles
from directory.pages.route_words import LINK_LOOKS, LOOKS, Said
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.errors import BadQuestion
from services.find import body_markets, markets
from services.find.market_names import MarketName, read_market
from services.find.market_views import BodyMarkets, MarketBrief, MarketsBeside, MarketView
from services.find.views import Meta
from services.terms import RouteDayKind

BODIES = 20


def _name(tongue: Tongue, place: MarketName) -> str:
    return place.name_zh if tongue.zh else place.name


def _said(frame: Frame, meta: Meta | None) -> dict[str, object]:
    """What every page of markets is given."""
    tongue = frame.tongue
    return {
        "say": Said(tongue),
        "name": lambda place: _name(tongue, place),
        "looks": LOOKS,
        "link_looks": {key: (one[0], one[1], tongue(one[2])) for key, one in LINK_LOOKS.items()},
        "sureness": {key: tongue(said) for key, said in words.SURENESS.items()},
        "day_kinds": {key: tongue(said) for key, said in words.DAYS.items()}
        | {RouteDayKind.UNTIL: tongue(N_("holds until then:"))},
        "meta": meta,
        "titles": titles(meta) if meta else {},
    }


def list_page(
    frame: Frame, found: tuple[MarketBrief, ...], meta: Meta, fault: BadQuestion | None
) -> str:
    regions: dict[str, list[MarketBrief]] = {}
    for one in found:
        regions.setdefault(one.market.region, []).append(one)
    return render(
        frame,
        "markets.html",
        regions=regions,
        found=found,
        fault=fault,
        banner=Banners.of(meta),
        **_said(frame, meta),
    )


def market_page(
    frame: Frame, found: MarketView, meta: Meta, asked: dict[str, str],
    others: tuple[MarketName, ...], beside: MarketsBeside | None,
) -> str:  # fmt: skip
    by_product: dict[str, list[object]] = {}
    for route in found.routes:
        by_product.setdefault(route.product, []).append(route)
    return render(
        frame,
        "market.html",
        found=found,
        asked=asked,
        by_product=by_product,
        others=[one for one in others if one.code != found.market.code],
        beside=beside,
        banner=Banners.of(meta, made=any(one.made for one in found.bodies)),
        **_said(frame, meta),
    )


def body_page(
    frame: Frame, found: BodyMarkets, meta: Meta, asked: dict[str, str],
    others: tuple[MarketName, ...], products: tuple[str, ...],
) -> str:  # fmt: skip
    return render(
        frame,
        "body_markets.html",
        found=found,
        asked=asked,
        others=others,
        products=products,
        banner=Banners.of(meta),
        **_said(frame, meta),
    )


@get("/markets")
async def list_markets(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    market: FromQuery[str] = "",
    on: FromQuery[str] = "",
    known_at: FromQuery[str] = "",
) -> Html | Redirect:
    """A market typed by code or name leads to its page; for one that is none, the nearest."""
    moment = await questions.moment(request, on, known_at)
    frame = Frame(tongue, "/markets", tuple(
        (name, value.strip()) for name, value in (("on", on), ("known_at", known_at))
        if value.strip()
    ))  # fmt: skip
    fault = None
    if market.strip():
        try:
            place = read_market("market", market, moment.on)
            return Redirect(frame.url(f"/markets/{place.code}", **dict(frame.query)))
        except BadQuestion as said:
            fault = said
    found, meta = await edge.snapshot(
        request, markets.markets, on=moment.on, known_at=moment.known_at
    )
    return page(list_page(frame, found, meta, fault), 400 if fault else 200)


@get("/markets/{market:str}")
async def read_market_page(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    market: FromPath[str],
    product: FromQuery[str] = "",
    standard: FromQuery[str] = "",
    beside: FromQuery[str] = "",
    on: FromQuery[str] = "",
    known_at: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Html:
    moment = await questions.moment(request, on, known_at)
    asked = {
        "product": product.strip(),
        "standard": standard.strip(),
        "beside": beside.strip(),
        "on": on.strip(),
        "known_at": known_at.strip(),
    }
    query = tuple((name, value) for name, value in asked.items() if value)
    at: dict[str, Any] = {"on": moment.on, "known_at": moment.known_at}
    found, meta = await edge.snapshot(
        request, markets.market, market, asked["product"], asked["standard"],
        cursor=cursor.strip(), limit=BODIES, **at,
    )  # fmt: skip
    others, _ = await edge.snapshot(request, markets.choices, **at)
    both = None
    if asked["beside"]:
        both, _ = await edge.snapshot(
            request, markets.beside, (market, asked["beside"]), asked["product"], **at
        )
    frame = Frame(tongue, f"/markets/{found.market.code}", query)
    return page(market_page(frame, found, meta, asked, others, both))


@get("/bodies/{body_id:str}/markets")
async def read_body_markets(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    body_id: FromPath[str],
    market: FromQuery[str] = "",
    product: FromQuery[str] = "",
    standard: FromQuery[str] = "",
    on: FromQuery[str] = "",
    known_at: FromQuery[str] = "",
) -> Html:
    moment = await questions.moment(request, on, known_at)
    asked = {
        "market": market.strip(),
        "product": product.strip(),
        "standard": standard.strip(),
        "on": on.strip(),
        "known_at": known_at.strip(),
    }
    at: dict[str, Any] = {"on": moment.on, "known_at": moment.known_at}
    found, meta = await edge.snapshot(
        request, body_markets.body_for_market, body_id, asked["market"], asked["product"],
        asked["standard"], **at,
    )  # fmt: skip
    others, products = await edge.snapshot(request, markets.choices, **at)
    query = tuple((name, value) for name, value in asked.items() if value)
    frame = Frame(tongue, f"/bodies/{found.body}/markets", query)
    return page(body_page(frame, found, meta, asked, others, products))


handlers = (list_markets, read_market_page, read_body_markets)
