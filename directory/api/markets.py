"""Markets: what they ask, what a body meets of it, and who is designated."""

from litestar import Response, Router, get
from litestar.di import Provide

from directory import edge
from directory.api import market_forms as forms
from directory.api import questions
from directory.api.answers import shown_tagged, tagged
from services.find import body_markets, designations, markets

_PROBLEMS = (400, 404, 405, 500, 503)
_TAGS = ["Markets"]


def codes(text: str) -> tuple[str, ...]:
    """Markets with commas between (also full-width ones), each once, in the order given."""
    parts = text.replace("，", ",").split(",")
    return tuple(dict.fromkeys(one.strip() for one in parts if one.strip()))


@get(
    "/markets",
    operation_id="listMarkets",
    summary="Markets",
    description="Markets for which routes are held, with how many of them name a source (the rest "
    "are from memory: hints to check), and the next date on which something changes.",
    tags=_TAGS,
    responses=shown_tagged(forms.MarketsAnswer, "All of them.", forms.MARKETS, *_PROBLEMS),
)
async def list_markets(
    request: edge.AnyRequest, moment: questions.AtMoment
) -> Response[forms.MarketsAnswer]:
    return await tagged(
        request, forms.MarketsAnswer, markets.markets, on=moment.on, known_at=moment.known_at
    )


@get(
    "/markets/compare",
    operation_id="compareMarkets",
    summary="Markets side by side",
    description="The routes of two to six markets, product by product, and which requirement alone "
    "is enough in every one of them. A market without a route of a product says nothing of it.",
    tags=_TAGS,
    responses=shown_tagged(forms.BesideAnswer, "Side by side.", forms.BESIDE, *_PROBLEMS),
)
async def compare_markets(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    named: forms.Markets = "",
    product: forms.Product = "",
) -> Response[forms.BesideAnswer]:
    return await tagged(
        request,
        forms.BesideAnswer,
        markets.beside,
        codes(named),
        product,
        on=moment.on,
        known_at=moment.known_at,
    )


@get(
    "/markets/{market:str}",
    operation_id="readMarket",
    summary="What a market asks",
    description="Its routes, by product: who decides, which alternatives are accepted (any is "
    "enough, each asks for all that it names), dates, who designates, how sure the row is and "
    "where it comes from. Routes of a grouping apply to its members: ask DE and the EU's are "
    "shown. Then reports of obstacles, and a page of the bodies that are there (a site, a "
    "presence, a designation): being there is no acceptance.",
    tags=_TAGS,
    responses=shown_tagged(forms.MarketAnswer, "The market.", forms.MARKET, *_PROBLEMS),
)
async def read_market(
    request: edge.AnyRequest,
    market: forms.MarketIs,
    moment: questions.AtMoment,
    product: forms.Product = "",
    standard: questions.Standard = "",
    cursor: questions.Cursor = "",
    limit: forms.Limit50 = 20,
) -> Response[forms.MarketAnswer]:
    return await tagged(
        request,
        forms.MarketAnswer,
        markets.market,
        market,
        product,
        standard,
        on=moment.on,
        known_at=moment.known_at,
        cursor=cursor.strip(),
        limit=limit,
    )


@get(
    "/bodies/{body_id:str}/markets",
    operation_id="readBodyMarkets",
    summary="What a body meets of a market's routes",
    description="Each alternative of each route with each requirement satisfied, unsatisfied or "
    "unknown, the reason, who must do it (body, partner, maker, importer, authority), and the "
    "chain behind: site → line → accreditation → accreditation body → arrangement → designation → "
    "rule, each link with its days and, by its `ref`, its evidence in `proofs`. A route from "
    "memory never makes anything satisfied. Owners are shown where a rule asks, as a source "
    "states them. `nearest` is the alternative with the fewest requirements not met. Name a "
    "standard: without it no scope can be said to cover the product.",
    tags=_TAGS,
    responses=shown_tagged(
        forms.BodyMarketsAnswer, "What it meets.", forms.BODY_MARKETS, *_PROBLEMS
    ),
)
async def read_body_markets(
    request: edge.AnyRequest,
    body_id: questions.BodyId,
    moment: questions.AtMoment,
    market: forms.Market = "",
    product: forms.Product = "",
    standard: questions.Standard = "",
) -> Response[forms.BodyMarketsAnswer]:
    return await tagged(
        request,
        forms.BodyMarketsAnswer,
        body_markets.body_for_market,
        body_id,
        market,
        product,
        standard,
        on=moment.on,
        known_at=moment.known_at,
    )


@get(
    "/designations",
    operation_id="listDesignations",
    summary="Who is designated",
    description="Bodies designated under a regime with their status on that day, sites, what for, "
    "expiry, and what sources state of their owners: `prohibited_entity_risk` is a fact with its "
    "source and date, never inferred; no owner stated means unknown. `held` is false where no "
    "source of the issuer was read: an empty list then says nothing.",
    tags=_TAGS,
    responses=shown_tagged(forms.DesignationsAnswer, "One page.", forms.DESIGNATIONS, *_PROBLEMS),
)
async def list_designations(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    regime: forms.Regime = "",
    country: forms.Where = "",
    task: forms.Task = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 50,
) -> Response[forms.DesignationsAnswer]:
    return await tagged(
        request,
        forms.DesignationsAnswer,
        designations.designations,
        regime,
        country=country,
        task=task,
        on=moment.on,
        known_at=moment.known_at,
        cursor=cursor.strip(),
        limit=limit,
    )


at_a_moment = Router(
    "/",
    route_handlers=[
        list_markets,
        compare_markets,
        read_market,
        read_body_markets,
        list_designations,
    ],
    dependencies={"moment": Provide(questions.moment)},
)
