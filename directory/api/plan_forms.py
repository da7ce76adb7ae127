"""The forms of the planner: what is asked, what is answered, with a made-up example."""

from datetime import UTC, date, datetime
from typing import Annotated

import msgspec
from litestar.openapi.spec import Example

from directory.api.answers import Envelope
from directory.api.asked import Words
from services.find import views
from services.find.planner import MOST_MARKETS, MOST_PAPERS, Paper, PaperAsked, Planned
from services.routes.evidence import Evidence
from services.routes.known import Known, RouteKnown
from services.routes.plan import plan
from services.terms import Requirement, Sureness, Tier
from services.validity import RULE_VERSION

_MARKETS = 200  # characters of no market's name


class PaperIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A paper in hand. `type`: a word as "CB report", "FCC grant", or a requirement of the routes'
    grammar. `issuer` and `number` of the accreditation or designation under which it was issued
    (of a CB certificate: the NCB and its own number). `country`: where the test was done.
    `product`: where the paper is of another one than asked about. `ref` comes back as it is."""

    type: Words
    standard: Words = ""
    edition: Words = ""
    issued: date | None = None
    tested: date | None = None
    issuer: Words = ""
    number: Annotated[str, msgspec.Meta(max_length=100)] = ""
    body: Words = ""
    country: Words = ""
    product: Words = ""
    ref: Words = ""


class PlanIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`product`: as the markets' routes name it. `markets`: two letters of ISO 3166-1, EU, or a
    country's name. `standard`: the one that the product needs; left out, standards are not
    compared. `on`: the day of the plan, today if left out. `known_at`: a time with its offset."""

    product: Words
    markets: Annotated[
        tuple[Annotated[str, msgspec.Meta(max_length=_MARKETS)], ...],
        msgspec.Meta(min_length=1, max_length=MOST_MARKETS),
    ]
    standard: Words = ""
    hs_code: Annotated[str, msgspec.Meta(max_length=30)] = ""
    have: Annotated[tuple[PaperIn, ...], msgspec.Meta(max_length=MOST_PAPERS)] = ()
    on: date | None = None
    known_at: datetime | None = None


class PlanAnswer(Envelope, frozen=True, kw_only=True):
    data: Planned


def papers_of(asked: PlanIn) -> tuple[PaperAsked, ...]:
    """The papers as services take them."""
    return tuple(msgspec.convert(msgspec.structs.asdict(one), PaperAsked) for one in asked.have)


# --- an example: the rules themselves make the answer ---------------------------------------------

_SEEN = datetime(2026, 5, 30, 2, 0, tzinfo=UTC)
_REF = "7:market_route:12"
PLAN_ASKED = Example(
    summary="A CB report for two markets",
    value=PlanIn(
        product="electrical_safety",
        standard="IEC 60335-2-24:2020",
        hs_code="8418",
        markets=("XA", "XB"),
        have=(
            PaperIn(
                type="CB report", standard="IEC 60335-2-24:2020", issued=date(2025, 3, 1), ref="cb"
            ),
        ),
    ),
)
_route = RouteKnown(
    ref=_REF,
    market="XA",
    product="electrical_safety",
    scheme="Example mark",
    alternatives=((Requirement.IECEE_CB, Requirement.PREMARKET_REGISTRATION),),
    mark="EX",
    regulator="Example Standards Office",
    legal_basis="Example Act 2020",
    in_country="no",
    note="CB certificate with national differences. Importers register the product.",
    sureness=Sureness.HIGH,
    sourced=True,
    source="example.org",
)
PLAN = PlanAnswer(
    data=Planned(
        plan=plan(
            "electrical_safety",
            ("XA", "XB"),
            [
                Evidence(
                    ref="cb", kind=Requirement.IECEE_CB, standard="IEC 60335-2-24:2020",
                    issued=date(2025, 3, 1),
                )
            ],
            Known(routes=(_route,)),
            on=date(2026, 6, 1),
            standard="IEC 60335-2-24:2020",
            hs_code="8418",
        ),
        papers=(
            Paper(
                ref="cb", type="CB report", kind=Requirement.IECEE_CB,
                standard="IEC 60335-2-24:2020", edition="", issued=date(2025, 3, 1), tested=None,
                issuer="", number="", body="", country="", product="",
            ),
        ),
        proofs={
            _REF: (
                views.Evidence(
                    source="example_routes", tier=Tier.AGGREGATOR, made=True, list="routes",
                    ref=_REF, raw="XA, electrical_safety, Example mark", how="line 2, reader 1",
                    url="https://example.org/routes.csv", fetched_at=_SEEN, recorded=False,
                    sha256="0" * 64, size=4096, first_seen=_SEEN, last_seen=_SEEN, ended=False,
                    known_from=_SEEN,
                ),
            )
        },
    ),
    meta=views.Meta(
        as_known_at=datetime(2026, 6, 1, 12, 0, tzinfo=UTC), on=date(2026, 6, 1), log_position=7,
        rule_version=RULE_VERSION,
        warnings=("XB: no route of electrical_safety is held; that says nothing of the market.",),
    ),
)  # fmt: skip
