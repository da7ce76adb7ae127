"""The forms of choosing: comparison, substitutes, shortlists, with made-up examples."""

from typing import Annotated

import msgspec
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter

from directory.api import examples
from directory.api.answers import Envelope
from directory.api.questions import text, values_of
from services.find.compare_views import (
    AccreditationCompared,
    AdverseItem,
    Compared,
    Comparison,
    LanguageSaid,
    LineCompared,
    LineHeld,
    LinesCounted,
    MarketFact,
    Owner,
    Part,
    PartCompared,
    RouteCompared,
    RouteStep,
    ScopeHeld,
    StandardCompared,
    Unknown,
)
from services.find.enquiry import EnquiryView, Lang
from services.find.shortlist_views import (
    FrozenAccreditation,
    FrozenBody,
    FrozenLine,
    FrozenName,
    Proof,
    ShortlistItemView,
    ShortlistView,
    Since,
)
from services.find.substitutes_views import LostLine, Substitute, Substitutes
from services.find.views import Reason, View
from services.routes.met import State, Who
from services.routes.reasons import because
from services.terms import EvidenceLevel, Sureness, Verdict

# characters: far more than five ids need, so that who sends ten thousand is told the limit; the
# server reads an address of 64 kB
_MANY_IDS = 60_000

Bodies = Annotated[
    str, text("bodies", "ids of at most 5 bodies, with commas between", "b12,b34", _MANY_IDS)
]
Market = Annotated[
    str,
    text("market", "where it is to be sold: a country's code or name, or EU, GCC, EAEU", "AE", 80),
]
Product = Annotated[
    str,
    text(
        "product",
        "a product category of the markets' routes, as radio; or words that the scope lines hold",
        "battery",
    ),
]


ExcludeOwner = Annotated[
    str,
    text(
        "exclude_owner",
        "without bodies of this owner, as a source names it, or of owners of this country (two "
        "letters); bodies whose owner nobody states stay",
        "Island Holdings",
    ),
]
Limit50 = Annotated[
    int,
    QueryParameter(name="limit", required=False, ge=1, le=50, description="how many, from 1 to 50"),
]


class ComparisonAnswer(Envelope, frozen=True, kw_only=True):
    data: Comparison


class SubstitutesAnswer(Envelope, frozen=True, kw_only=True):
    data: Substitutes


class ShortlistIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`notes`: by body id; particulars of persons in them and in the title are left out."""

    bodies: tuple[str, ...]
    title: str = ""
    market: str = ""
    product: str = ""
    standard: str = ""
    notes: dict[str, str] = msgspec.field(default_factory=dict)


class ShortlistMade(View, frozen=True, kw_only=True):
    """`key`: the link; whoever has it sees the list. `dropped`: particulars of persons left out."""

    key: str
    address: str
    dropped: int


class MadeAnswer(Envelope, frozen=True, kw_only=True):
    data: ShortlistMade


class ShortlistAnswer(Envelope, frozen=True, kw_only=True):
    data: ShortlistView


class EnquiryAnswer(Envelope, frozen=True, kw_only=True):
    data: EnquiryView


Key = Annotated[
    str,
    PathParameter(
        description="a shortlist's key, as making it answered",
        examples=[Example(summary="a key", value="kW3v0m9Qx7Zp4Rt8Lb2NcYdE")],
    ),
]
OfBody = Annotated[
    str, text("body", "to which body of the list it is to be sent; the first if left out", "b12")
]
LangIs = Annotated[str, text("lang", "the language of the text: en or zh", "zh", **values_of(Lang))]


_body, _card = examples.BODY.data, examples.FOUND.data.cards[0]
_line, _credential = examples.SCOPE.data.lines[0], examples.CREDENTIALS.data[0]
_proof = (_line.evidence,)
_column = Compared(
    id=_card.id,
    names=_body.names,
    kinds=_body.kinds,
    country=_body.country,
    region=_body.region,
    city=_body.city,
    made=True,
    sources=_card.sources,
    standings=_card.standings,
    scope=ScopeHeld(lines=1, only=1, of=1, schedule="held"),
    routes=(
        RouteCompared(
            market="AE",
            product="batteries",
            scheme="Example scheme (made up)",
            sourced=True,
            sureness=Sureness.MEDIUM,
            state=State.UNSATISFIED,
            of_body=State.SATISFIED,
            left=1,
            steps=(
                RouteStep(
                    requirement="premarket_registration",
                    state=State.UNSATISFIED,
                    who=Who.IMPORTER,
                    reason=because("IMPORTER_REGISTERS"),
                ),
            ),
        ),
    ),
    accreditations=(
        AccreditationCompared(
            accreditation=_card.accreditations[0],
            label=_line.label,
            matched=1,
            evidence=_proof,
        ),
    ),
    accreditation_count=1,
    designations=(),
    designation_count=0,
    presences=_body.presences,
    elsewhere=(),
    languages=(
        LanguageSaid(
            language="ar",
            where="AE",
            said_of="presence",
            level=EvidenceLevel.ISSUER_DOCUMENT_VERIFIED,
            verified=True,
            evidence=_proof,
        ),
    ),
    adverse=(
        AdverseItem(
            kind="credential",
            label="Fined for late reports",
            label_also="",
            verdict=None,
            since=None,
            level=EvidenceLevel.ISSUER_REGISTER,
            verified=True,
            evidence=_proof,
        ),
    ),
    verified=(),
    claimed=(),
    brand=(_credential,),
    market_facts=(
        MarketFact(
            kind="cooperation",
            title="Dune Road Laboratory (made up)",
            title_also="",
            product="",
            since=None,
            until=None,
            level=EvidenceLevel.MARKETING_CLAIM,
            verified=False,
            evidence=_proof,
        ),
    ),
    owners=(
        Owner(
            owner="Island Holdings (made up)",
            owner_also="",
            owner_country="SG",
            share=None,
            prohibited=False,
            rule="",
            level=EvidenceLevel.SELF_DECLARED_DOCUMENT,
            verified=False,
            evidence=_proof,
        ),
    ),
    unknowns=(
        Unknown(
            part=Part.TURNAROUND,
            code="NO_TURNAROUND",
            params={},
            text="No source states how long its tests take.",
        ),
    ),
)
COMPARISON = ComparisonAnswer(
    data=Comparison(
        market="AE",
        product="battery",
        product_is="words",
        standard="",
        bodies=(_column,),
        parts=(PartCompared(part=Part.TURNAROUND, differs=False, unknown=(_card.id,)),),
        counts=LinesCounted(total=1, in_all=1, standards=1),
        lines=(
            LineCompared(
                id="5-6-7",
                object=_line.object,
                object_also=_line.object_also,
                parameter=_line.parameter,
                parameter_also=_line.parameter_also,
                method=_line.method,
                standards=_line.standards,
                differs=False,
                held=(
                    LineHeld(
                        body=_card.id,
                        state="held",
                        verdict=Verdict.VALID,
                        accreditation=_line.accreditation,
                        label=_line.label,
                        key=_line.key,
                        count=1,
                        evidence=_line.evidence,
                    ),
                ),
            ),
        ),
        standards=(StandardCompared(standard="IEC 62133-2", lines=(1,)),),
    ),
    meta=examples.BODY.meta,
)

SUBSTITUTES = SubstitutesAnswer(
    data=Substitutes(
        body=_card.id,
        names=_body.names,
        standings={"suspended": 1},
        which="fallen",
        lines=4,
        more_lines=False,
        schedule_of=None,
        fits=5,
        looked_at=5,
        standing=1,
        substitutes=(
            Substitute(
                id="b34",
                names=_body.names,
                kinds=_body.kinds,
                country=_body.country,
                region=_body.region,
                city=_body.city,
                made=True,
                same=3,
                same_method=0,
                same_standard=0,
                lost=1,
                lost_first=(
                    LostLine(
                        object=_line.object,
                        object_also=_line.object_also,
                        parameter=_line.parameter,
                        parameter_also=_line.parameter_also,
                        method=_line.method,
                        standards=_line.standards,
                    ),
                ),
                losses=(
                    Reason(
                        code="LINES_LOST",
                        rule=0,
                        params={"n": "1", "of": "4"},
                        text="1 of 4 lines are not in what stands of it.",
                    ),
                ),
                accreditations=_column.accreditations,
                owners=_column.owners,
            ),
        ),
    ),
    meta=examples.BODY.meta,
)

_KEY = "kW3v0m9Qx7Zp4Rt8Lb2NcYdE"
_frozen_proof = Proof(
    ref=_line.evidence.ref,
    source=_line.evidence.source,
    tier=1,
    url=_line.evidence.url,
    raw=_line.evidence.raw,
    fetched_at=_line.evidence.fetched_at,
    sha256=_line.evidence.sha256,
)
SHORTLIST_SENT = Example(
    summary="Two bodies for one standard",
    value={
        "bodies": ["b12", "b34"],
        "title": "Batteries for the Gulf",
        "market": "AE",
        "product": "battery",
        "standard": "IEC 62133-2",
        "notes": {"b12": "ask for the site in Dubai"},
    },
)
MADE = MadeAnswer(
    data=ShortlistMade(key=_KEY, address=f"/api/v1/shortlists/{_KEY}", dropped=0),
    meta=examples.BODY.meta,
)
SHORTLIST = ShortlistAnswer(
    data=ShortlistView(
        key=_KEY,
        title="Batteries for the Gulf",
        market="AE",
        product="battery",
        standard="IEC 62133-2",
        created_at=_line.evidence.fetched_at,
        on=examples.BODY.meta.on,
        known_at=_line.evidence.fetched_at,
        log_position=8,
        rule_version=examples.BODY.meta.rule_version,
        items=(
            ShortlistItemView(
                place=1,
                body=_card.id,
                now=_card.id,
                note="ask for the site in Dubai",
                sha256=_line.evidence.sha256,
                frozen=FrozenBody(
                    id=_card.id,
                    names=(FrozenName(text="Harbour Light Testing (made up)", lang="en"),),
                    country=_card.country,
                    city=_card.city,
                    made=True,
                    schedule="held",
                    lines_total=1,
                    held=("a34",),
                    accreditations=(
                        FrozenAccreditation(
                            id="a34",
                            label=_line.label,
                            kind="accreditation",
                            standard="ISO/IEC 17025:2017",
                            verdict="VALID",
                            standing="stands",
                            matched=1,
                            proof=_frozen_proof,
                        ),
                    ),
                    lines=(
                        FrozenLine(
                            id="5-6-7",
                            object=_line.object,
                            method=_line.method,
                            accreditation="a34",
                            label=_line.label,
                            verdict="VALID",
                            proof=_frozen_proof,
                        ),
                    ),
                ),
                since=(
                    Since(
                        part="status",
                        what="altered",
                        label=_line.label,
                        before="VALID",
                        after="SUSPENDED since 2026-06-05",
                    ),
                ),
            ),
        ),
    ),
    meta=examples.BODY.meta,
)
ENQUIRY = EnquiryAnswer(
    data=EnquiryView(
        body=_card.id,
        lang=Lang.EN,
        subject="Enquiry: battery, IEC 62133-2, United Arab Emirates",
        text="To: Harbour Light Testing (made up)\n\nProduct: battery\n",
    ),
    meta=examples.BODY.meta,
)
