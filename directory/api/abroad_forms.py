"""What the lists of going abroad and the reports of obstacles take and answer, with examples.

Everything shown is made up; the forms are those of ``services.find.abroad_views``.
"""

from datetime import UTC, date, datetime
from typing import Annotated, Any

import msgspec
from litestar.openapi.spec import Example
from litestar.params import PathParameter

from directory.api import examples, questions
from directory.api.answers import Envelope
from services.find import abroad_views as views
from services.find.indicators import MEASURES
from services.terms import (
    CooperationKind,
    EvidenceLevel,
    ObstacleState,
    ProjectStatus,
    RecognitionLevel,
)


class CooperationsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[views.CooperationListed, ...]


class AcceptancesAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[views.AcceptanceListed, ...]


class ProjectsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[views.ProjectListed, ...]


class AccompanimentsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[views.AccompanimentListed, ...]


class ExpertiseAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[views.ExpertiseSum, ...]


class OffersAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[views.OfferListed, ...]


class MembershipsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[views.MembershipListed, ...]


class ZonesAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[views.ZoneView, ...]


class IndicatorsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[views.IndicatorView, ...]


# --- parameters ----------------------------------------------------------------------------------

Market = Annotated[
    str, questions.text("country", "where: two letters of ISO 3166-1, a name, or EU, GCC", "SA", 60)
]
OfMarket = Annotated[
    str, questions.text("market", "where: two letters of ISO 3166-1, a name, or EU, GCC", "SA", 60)
]
Product = Annotated[
    str, questions.text("product", "a product as routes to markets name it", "electrical_safety")
]
CooperationIs = Annotated[
    str,
    questions.text(
        "kind",
        "which kind: " + ", ".join(one.value for one in CooperationKind),
        "witnessed_testing",
        **questions.values_of(CooperationKind),
    ),
]
LevelIs = Annotated[
    str,
    questions.text(
        "recognition",
        "how far it reaches: " + ", ".join(one.value for one in RecognitionLevel),
        "product",
        **questions.values_of(RecognitionLevel),
    ),
]
StandardIs = Annotated[
    str,
    questions.text(
        "standard",
        "a standard in any spelling; without its edition every edition answers",
        "IEC 60335-2-24",
    ),
]
ProjectIs = Annotated[
    str,
    questions.text(
        "status",
        "how it stands: " + ", ".join(one.value for one in ProjectStatus),
        "running",
        **questions.values_of(ProjectStatus),
    ),
]
Sector = Annotated[str, questions.text("sector", "the client's sector", "batteries")]
Field = Annotated[str, questions.text("field", "a field, in either language", "家用电器")]
Committee = Annotated[str, questions.text("committee", "a committee", "IEC TC 61")]
Language = Annotated[str, questions.text("language", "a language as its tag", "ar", 20)]
Stage = Annotated[str, questions.text("stage", "a stage of the industrial chain", "manufacture")]
HsCode = Annotated[
    str,
    questions.text("hs_code", "2 to 10 digits; shorter and longer codes that begin alike", "8507"),
]
Organisation = Annotated[
    str, questions.text("organisation", "words of its name or of the membership", "TIC Council")
]
Category = Annotated[str, questions.text("category", "which membership", "full", 60)]
ZoneIs = Annotated[
    str, questions.text("zone", "one zone by its key, with a page of its bodies", "core-area", 100)
]
IndicatorIs = Annotated[
    str,
    questions.text(
        "id", "one measure: " + ", ".join(one.id for one in MEASURES), "acceptances", 60
    ),
]
StateIs = Annotated[
    str,
    questions.text(
        "state",
        "only those that are: " + ", ".join(one.value for one in ObstacleState),
        "published",
        **questions.values_of(ObstacleState),
    ),
]
ObstacleId = Annotated[
    str,
    PathParameter(
        description="a report's id, as o12",
        examples=[Example(summary="a report's id", value="o12")],
    ),
]

# --- obstacles -----------------------------------------------------------------------------------


class _In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class ObstacleIn(_In, frozen=True, kw_only=True):
    """A report that a document was not taken. `document_kind`: what was rejected; `rejected_by`:
    the office or firm, never a person; `text`: the reason given, 20 to 2,000 characters."""

    market: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    document_kind: Annotated[str, msgspec.Meta(max_length=300)]
    rejected_by: Annotated[str, msgspec.Meta(max_length=300)]
    text: Annotated[str, msgspec.Meta(max_length=4000)]
    happened_on: date
    product: Annotated[str, msgspec.Meta(max_length=300)] = ""
    standard: Annotated[str, msgspec.Meta(max_length=300)] = ""


class DecisionIn(_In, frozen=True, kw_only=True):
    """`decision`: published or rejected; `because`: told to the reporter and to stewards."""

    decision: ObstacleState
    because: Annotated[str, msgspec.Meta(max_length=4000)]


class ObstacleSent(msgspec.Struct, frozen=True, kw_only=True):
    """`dropped`: how many particulars of persons were left out before it was stored."""

    id: str
    state: ObstacleState
    dropped: int


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`as_at`: when the question came. Reports are no part of the log and have no meta."""

    as_at: datetime


class ObstaclesAnswer(_Answer, frozen=True, kw_only=True):
    data: tuple[views.ObstacleView, ...]
    next_cursor: str | None = None


class ObstacleSentAnswer(_Answer, frozen=True, kw_only=True):
    data: ObstacleSent


class Decided(msgspec.Struct, frozen=True, kw_only=True):
    """What a report is from now on."""

    id: str
    state: ObstacleState


class DecidedAnswer(_Answer, frozen=True, kw_only=True):
    data: Decided


# --- examples ------------------------------------------------------------------------------------

_AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_META = examples.CREDENTIALS.meta
_SHOWN = examples.BODY.data
_COMMON: dict[str, Any] = {
    "body": "b12",
    "body_names": _SHOWN.names,
    "valid_from": date(2023, 4, 1),
    "valid_to": None,
    "level": EvidenceLevel.ISSUER_REGISTER,
    "verified": True,
    "proof": "https://partner.example/agreements",
    "doubted": False,
    "evidence": _SHOWN.profile_evidence,
}

COOPERATIONS = CooperationsAnswer(
    data=(
        views.CooperationListed(
            **_COMMON,
            kind=CooperationKind.WITNESSED_TESTING,
            partner="Dune Road Laboratory (made up)",
            partner_also="沙丘路实验室（虚构）",
            partner_number="EXAB T9001",
            countries=("SA",),
            product="electrical_safety",
            outputs="CB test reports",
            outputs_also="CB 检测报告",
            in_whose_name="the partner's",
            recognition=RecognitionLevel.PRODUCT,
        ),
    ),
    meta=_META,
)
ACCEPTANCES = AcceptancesAnswer(
    data=(
        views.AcceptanceListed(
            **_COMMON,
            accepter="Example standards office",
            accepter_also="示例标准局",
            country="SA",
            result="test report",
            result_also="检测报告",
            product="electrical_safety",
            standard="IEC 60335-2-24:2020",
            instrument="Example arrangement",
            recognition=RecognitionLevel.PRODUCT,
        ),
    ),
    meta=_META,
)
PROJECTS = ProjectsAnswer(
    data=(
        views.ProjectListed(
            **_COMMON,
            title="One report for kettles",
            title_also="一张电水壶报告",
            partners=("Savanna bureau (made up)",),
            country="KE",
            product="electrical_safety",
            document="test report",
            document_also="检测报告",
            status=ProjectStatus.RUNNING,
            outcome="40 reports taken in 2025",
            outcome_also="2025 年接受报告 40 份",
        ),
    ),
    meta=_META,
)
ACCOMPANIMENTS = AccompanimentsAnswer(
    data=(
        views.AccompanimentListed(
            **(_COMMON | {"proof": ""}),
            title="",
            title_also="",
            sector="appliances",
            country="KE",
            product="electrical_safety",
            service="testing and registration",
            service_also="检测与注册",
            outcome="",
            outcome_also="",
            consent=False,
            withheld=True,
        ),
    ),
    meta=_META,
)
EXPERTISE = ExpertiseAnswer(
    data=(
        views.ExpertiseSum(
            field="household appliances",
            field_also="家用电器",
            committee="IEC TC 61",
            language="en",
            pool="expert",
            experts=8,
            verified=3,
            bodies=2,
            largest=(
                views.ExpertsOf(
                    body="b12",
                    body_names=_SHOWN.names,
                    count=5,
                    level=EvidenceLevel.MARKETING_CLAIM,
                    verified=False,
                    evidence=_SHOWN.profile_evidence,
                ),
            ),
        ),
    ),
    meta=_META,
)
OFFERS = OffersAnswer(
    data=(
        views.OfferListed(
            **_COMMON,
            title="Battery line, from cell to pack",
            title_also="电池全链条服务",
            stage="manufacture",
            product="batteries",
            hs_code="8507",
            languages=("zh", "en"),
        ),
    ),
    meta=_META,
)
MEMBERSHIPS = MembershipsAnswer(
    data=(
        views.MembershipListed(
            **_COMMON,
            organisation="Example testing council",
            organisation_also="示例检测理事会",
            title="Full member",
            title_also="正式会员",
            number="M-90",
            category="full",
            status="member",
            granted=date(2021, 3, 1),
            expires=None,
            via_parent="",
        ),
    ),
    meta=_META,
)
ZONES = ZonesAnswer(
    data=(
        views.ZoneView(
            key="core-area",
            name="Core area (made up)",
            name_also="核心区（虚构）",
            country="SG",
            region="",
            cities=("Singapore",),
            policy="One window for reports",
            policy_also="报告一窗受理",
            url="https://zone.example/",
            body_count=1,
            by_kind={"testing": 1},
            bodies=(
                views.ZoneBody(
                    body="b12", body_names=_SHOWN.names, city="Singapore", kinds=_SHOWN.kinds
                ),
            ),
            evidence=_SHOWN.profile_evidence,
        ),
    ),
    meta=_META,
)
INDICATORS = IndicatorsAnswer(
    data=(
        views.IndicatorView(
            id=MEASURES[0].id,
            title=MEASURES[0].title,
            title_zh=MEASURES[0].title_zh,
            definition=MEASURES[0].definition,
            definition_zh=MEASURES[0].definition_zh,
            unit=MEASURES[0].unit,
            unit_zh=MEASURES[0].unit_zh,
            definition_version=MEASURES[0].version,
            since=date(2024, 3, 1),
            values=(
                views.IndicatorValue(on=date(2024, 12, 31), value=3, verified=1),
                views.IndicatorValue(on=date(2025, 12, 31), value=5, verified=2),
                views.IndicatorValue(on=date(2026, 6, 1), value=5, verified=2),
            ),
        ),
    ),
    meta=_META,
)
OBSTACLE_SENT = Example(
    summary="A report that was not taken",
    value=ObstacleIn(
        market="SA",
        product="electrical_safety",
        standard="IEC 60335-2-24:2020",
        document_kind="CB test report",
        rejected_by="An example conformity office",
        text="They asked for a report of a laboratory in the country instead.",
        happened_on=date(2026, 5, 10),
    ),
)
DECISION_SENT = Example(
    summary="Published",
    value=DecisionIn(decision=ObstacleState.PUBLISHED, because="Two papers were shown."),
)
OBSTACLES = ObstaclesAnswer(
    data=(
        views.ObstacleView(
            id="o12",
            market="SA",
            product="electrical_safety",
            standard="IEC 60335-2-24:2020",
            document_kind="CB test report",
            rejected_by="An example conformity office",
            text="They asked for a report of a laboratory in the country instead.",
            happened_on=date(2026, 5, 10),
            created_at=_AT,
            state=ObstacleState.PUBLISHED,
            decided_at=_AT,
            own=False,
            reporter="",
            decided_by="",
            because="",
        ),
    ),
    as_at=_AT,
)
SENT = ObstacleSentAnswer(
    data=ObstacleSent(id="o12", state=ObstacleState.WAITING, dropped=0), as_at=_AT
)
DECIDED = DecidedAnswer(data=Decided(id="o12", state=ObstacleState.PUBLISHED), as_at=_AT)
