"""The forms of markets: routes, who is there, what a body meets, designations; made-up examples."""

from typing import Annotated

from litestar.params import PathParameter, QueryParameter

from directory.api import examples
from directory.api.answers import Envelope
from directory.api.questions import text
from services.find.market_names import MarketName
from services.find.market_views import (
    Beside,
    BodyMarkets,
    DayView,
    DesignatesView,
    Designation,
    Designations,
    MarketBrief,
    MarketMet,
    MarketsBeside,
    MarketView,
    OwnerSaid,
    RouteLinkView,
    RouteMet,
    RouteView,
    Serving,
    SiteBrief,
)
from services.routes.chain import Link
from services.routes.judge import Nearest, Way
from services.routes.met import Met, State, Who
from services.routes.reasons import because, link_text
from services.terms import (
    EvidenceLevel,
    PresenceMode,
    RouteDayKind,
    RouteLinkKind,
    Sureness,
)

MarketIs = Annotated[
    str,
    PathParameter(
        description="a country as two letters of ISO 3166-1 or by its name in English or Chinese, "
        "or a grouping: EU, GCC, EAEU",
        max_length=80,
    ),
]
Market = Annotated[
    str,
    text("market", "a country's code or name, or EU, GCC, EAEU; all that it reaches if empty", "EU",
         80),
]  # fmt: skip
Markets = Annotated[
    str, text("markets", "two to six markets by code or name, with commas between", "EU,SA", 600)
]
Product = Annotated[
    str, text("product", "a product as routes name it; every one if empty", "electrical_safety", 80)
]
Regime = Annotated[
    str,
    text(
        "regime",
        "a market and who designates there, or what it is about: US:FCC, EU:radio, EU:RED",
        "US:FCC",
        120,
    ),
]
Where = Annotated[
    str, text("country", "where the body or a site of it is: a code or a name", "CN", 80)
]
Task = Annotated[str, text("task", "words of what it is designated for", "radiated emissions", 120)]

Limit50 = Annotated[
    int,
    QueryParameter(
        name="limit", required=False, ge=1, le=50, description="how many bodies, from 1 to 50"
    ),
]


class MarketsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[MarketBrief, ...]


class MarketAnswer(Envelope, frozen=True, kw_only=True):
    data: MarketView


class BesideAnswer(Envelope, frozen=True, kw_only=True):
    data: MarketsBeside


class BodyMarketsAnswer(Envelope, frozen=True, kw_only=True):
    data: BodyMarkets


class DesignationsAnswer(Envelope, frozen=True, kw_only=True):
    data: Designations


_body, _line = examples.BODY.data, examples.SCOPE.data.lines[0]
_proof = (_line.evidence,)
_meta = examples.BODY.meta
_place = MarketName(code="SA", name="Saudi Arabia", name_zh="沙特阿拉伯", region="middle_east",
                    groupings=("GCC",))  # fmt: skip
_day = DayView(
    product="electrical_safety", scheme="SABER", kind=RouteDayKind.APPLIES, on=None,
    precision="day", words="Start date as may be notified (made up)", evidence=_proof,
)  # fmt: skip
_designates = DesignatesView(
    market="*", product="", requirement="iecee_cb", issuer="IECEE", sureness=Sureness.HIGH,
    sourced=True, source="iecee.org", evidence=_proof,
)  # fmt: skip
_route = RouteView(
    market="SA",
    product="electrical_safety",
    scheme="SABER",
    mark="SASO QR",
    regulator="SASO",
    legal_basis="Technical regulations (made up)",
    alternatives=(("iecee_cb", "premarket_registration"), ("notified_body", "ilac_17025_report")),
    in_country="no",
    note="",
    sureness=Sureness.HIGH,
    sourced=True,
    source="example.org",
    days=(_day,),
    designates=(_designates,),
    valid_from=None,
    valid_to=None,
    evidence=_proof,
)
_chain = (
    Link(
        what="rule", label="SABER", state="holds", code="RULE",
        params={"scheme": "SABER", "source": "example.org"},
        text=link_text("RULE", {"scheme": "SABER", "source": "example.org"}),
        ref=_line.evidence.ref,
    ),
)  # fmt: skip
_held = Met(
    requirement="iecee_cb", state=State.SATISFIED, who=Who.BODY,
    reason=because("DESIGNATED", label="IECEE 90001", issuer="IECEE"), chain=_chain,
)  # fmt: skip
_left = Met(
    requirement="premarket_registration", state=State.UNSATISFIED, who=Who.IMPORTER,
    reason=because("IMPORTER_REGISTERS"), chain=_chain,
)  # fmt: skip

MARKETS = MarketsAnswer(
    data=(
        MarketBrief(
            market=_place, routes=1, sourced=1, products=("electrical_safety",), next_day=None,
            to_be_notified=1,
        ),
    ),
    meta=_meta,
)  # fmt: skip
MARKET = MarketAnswer(
    data=MarketView(
        market=_place,
        product="electrical_safety",
        products=("electrical_safety",),
        routes=(_route,),
        ahead=(_day,),
        links=(
            RouteLinkView(
                product="", kind=RouteLinkKind.TBT, title="Notifications under the TBT Agreement",
                title_also="《技术性贸易壁垒协定》通报", number="", url="https://example.org/tbt",
                on=None, evidence=_proof,
            ),
        ),
        obstacles=(),
        bodies=(
            Serving(
                id=_body.id, names=_body.names, country="CN", made=True, sites=0,
                modes=(PresenceMode.BORROWED,), designated_by=(), standings={"stands": 1},
            ),
        ),
        bodies_total=1,
    ),
    meta=_meta,
)  # fmt: skip
BESIDE = BesideAnswer(
    data=MarketsBeside(
        markets=(_place, MarketName(code="QA", name="Qatar", name_zh="卡塔尔",
                                    region="middle_east", groupings=("GCC",))),
        products=(Beside(product="electrical_safety", routes=((_route,), ()), shared=()),),
    ),
    meta=_meta,
)  # fmt: skip
BODY_MARKETS = BodyMarketsAnswer(
    data=BodyMarkets(
        body=_body.id,
        names=_body.names,
        product="electrical_safety",
        standard="IEC 60598-1:2020",
        markets=(
            MarketMet(
                market=_place,
                state=State.UNSATISFIED,
                of_body=State.SATISFIED,
                nearest=Nearest(
                    market="SA", product="electrical_safety", scheme="SABER", way=0,
                    missing=(_left,),
                ),
                routes=(
                    RouteMet(
                        route=_route,
                        ways=(Way(asks=(_held, _left), state=State.UNSATISFIED,
                                  of_body=State.SATISFIED, left=1),),
                        conditions=(),
                        state=State.UNSATISFIED,
                        of_body=State.SATISFIED,
                        notes=(because("START_TO_BE_NOTIFIED", words="as may be notified"),),
                    ),
                ),
            ),
        ),
        reached=("SA",),
        proofs={_line.evidence.ref: _line.evidence},
    ),
    meta=_meta,
)  # fmt: skip
DESIGNATIONS = DesignationsAnswer(
    data=Designations(
        regime="US:FCC",
        issuers=("FCC",),
        held=True,
        rules=(
            DesignatesView(
                market="US", product="radio", requirement="regulator_accepted_lab", issuer="FCC",
                sureness=Sureness.HIGH, sourced=True, source="example.org", evidence=_proof,
            ),
        ),
        designations=(
            Designation(
                body=_body.id,
                names=_body.names,
                country="CN",
                made=True,
                accreditation=examples.FOUND.data.cards[0].accreditations[0],
                kind=examples.ACCREDITATION.data.kind,
                label="FCC CN90001 (made up)",
                sites=(SiteBrief(key="1", name="Main", country="CN", city="Shenzhen"),),
                tasks=("radiated emissions",),
                granted=None,
                expires=None,
                owners=(
                    OwnerSaid(
                        owner="Lantern Holding (made up)", prohibited_entity_risk=True,
                        rule="FCC 25-27", source="A made list", as_of=None,
                        level=EvidenceLevel.ISSUER_REGISTER, evidence=_proof,
                    ),
                ),
                evidence=_proof,
            ),
        ),
    ),
    meta=_meta,
)  # fmt: skip
