"""A made-up body, as the documentation shows it: every example is an answer of the real forms.

Nothing here exists; the forms are those of ``services.find.views``, so an example that no longer
fits does not pass the type checker.
"""

from datetime import UTC, date, datetime

from litestar.openapi.spec import Example

from directory.api.answers import (
    AccreditationAnswer,
    AccreditationsAnswer,
    BodyAnswer,
    ChangesAnswer,
    CredentialsAnswer,
    FoundAnswer,
    PresenceAnswer,
    ResolvedAnswer,
    RunAnswer,
    RunsAnswer,
    ScopeAnswer,
    SourceAnswer,
    SourcesAnswer,
    StatusAnswer,
    TimelineAnswer,
    Validity,
    ValidityAnswer,
)
from directory.api.asked import ActivityIn, QuestionIn, ValidityIn
from services.find import views
from services.terms import (
    AccreditationKind,
    BodyKind,
    ChangeKind,
    Confidence,
    CredentialKind,
    EventKind,
    EvidenceLevel,
    Listed,
    NameKind,
    Polarity,
    PresenceMode,
    RunState,
    Tier,
    Verdict,
)
from services.validity import RULE_VERSION, Standing
from services.verdict.flags import flag
from services.verdict.views import ActivityAsked, Answer, Asked, Judged, LookedUp, Step

_SEEN = datetime(2026, 5, 30, 2, 0, tzinfo=UTC)
_FIRST = datetime(2026, 5, 2, 2, 0, tzinfo=UTC)
_SOURCE = "example_register"
_LABEL = "EXAB L90001"

_evidence = views.Evidence(
    source=_SOURCE,
    tier=Tier.AB_REGISTER,
    made=True,
    list="bodies",
    ref="41:accreditation:34",
    raw="Status: valid",
    how="row 12, reader 1",
    url="https://register.example/bodies",
    fetched_at=_SEEN,
    recorded=False,
    sha256="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    size=48210,
    first_seen=_FIRST,
    last_seen=_SEEN,
    ended=False,
    known_from=_FIRST,
)
_proof = (_evidence,)
_source_ref = views.SourceRef(
    key=_SOURCE,
    title="Example register",
    title_zh="示例名录",
    tier=Tier.AB_REGISTER,
    made=True,
    recorded=False,
    last_success_at=_SEEN,
    overdue=False,
)
_names = (
    views.NameView(
        text="Harbour Light Testing (made up)",
        lang="en",
        kind=NameKind.REGISTERED,
        evidence=_proof,
    ),
    views.NameView(text="港灯检测（虚构）", lang="zh", kind=NameKind.REGISTERED, evidence=_proof),
)
_status = views.StatusView(
    verdict=Verdict.VALID,
    standing=Standing.STANDS.value,
    partial=False,
    reasons=(
        views.Reason(
            code="listed_active",
            rule=1,
            params={"source": _SOURCE},
            text="Its accreditation body lists it as active.",
        ),
    ),
    confidence=Confidence.SINGLE,
    since=date(2024, 3, 1),
    until=date(2030, 2, 28),
    last_check=_SEEN.date(),
)
_brief = views.AccreditationBrief(
    id="a34",
    kind=AccreditationKind.ACCREDITATION,
    issuer="EXAB",
    number="L90001",
    field="testing",
    standard="ISO/IEC 17025:2017",
    status=_status,
    expires=date(2030, 2, 28),
    lines=1,
)
_card = views.BodyCard(
    id="b12",
    names=_names,
    country="SG",
    city="Singapore",
    region="",
    kinds=(BodyKind.TESTING,),
    made=True,
    sources=(_SOURCE,),
    standings={Standing.STANDS.value: 1},
    accreditations=(_brief,),
    accreditation_count=1,
    line_count=1,
    presences=(("AE", PresenceMode.BORROWED),),
    adverse=0,
    verified_credentials=1,
    matched=(
        views.MatchedLine(
            accreditation="a34",
            label=_LABEL,
            key="1",
            object="Lithium batteries",
            object_also="锂电池",
            parameter="Safety",
            parameter_also="安全",
            method="IEC 62133-2:2017",
        ),
    ),
)
_event = views.EventView(
    accreditation="a34",
    kind=EventKind.SUSPENDED,
    on=date(2025, 4, 1),
    until=date(2025, 7, 1),
    window=None,
    decided=date(2025, 3, 28),
    published=date(2025, 4, 2),
    expires=None,
    lines=(),
    sites=(),
    asked_by="",
    raw="Suspended from 1 April to 30 June 2025",
    evidence=_proof,
)
_accreditation = views.AccreditationView(
    id="a34",
    body="b12",
    kind=AccreditationKind.ACCREDITATION,
    issuer="EXAB",
    issuer_name="Example Accreditation Board (made up)",
    issuer_local_name="",
    number="L90001",
    field="testing",
    standard="ISO/IEC 17025:2017",
    body_kind=BodyKind.TESTING,
    granted=date(2024, 3, 1),
    expires=date(2030, 2, 28),
    basis="",
    schedule_held=True,
    lines=1,
    listed=Listed.ACTIVE,
    status=_status,
    events=(_event,),
    spans=(
        views.Span(
            start=date(2024, 3, 1),
            end=date(2025, 4, 1),
            verdict=Verdict.VALID,
            standing=Standing.STANDS.value,
            partial=False,
        ),
        views.Span(
            start=date(2025, 4, 1),
            end=date(2025, 7, 1),
            verdict=Verdict.SUSPENDED,
            standing=Standing.SUSPENDED.value,
            partial=False,
        ),
    ),
    lookup=True,
    evidence=_proof,
)
_scope = views.Scope(
    lines=(
        views.LineView(
            accreditation="a34",
            label=_LABEL,
            key="1",
            object="Lithium batteries",
            object_also="锂电池",
            parameter="Safety",
            parameter_also="安全",
            method="IEC 62133-2:2017",
            standards=("IEC 62133-2:2017",),
            lo=None,
            hi=None,
            unit="",
            cmc=None,
            limitation="",
            flexible=False,
            sites=("main",),
            valid_from=date(2024, 3, 1),
            valid_to=None,
            status=_status,
            evidence=_evidence,
        ),
    ),
    total=1,
    of=1,
    families=(views.Family(family="IEC", count=1),),
)
_presence = views.PresenceView(
    key="ae",
    country="AE",
    city="Dubai",
    mode=PresenceMode.BORROWED,
    site="",
    on_schedule=False,
    partner="Dune Road Laboratory (made up)",
    partner_also="",
    may_issue="Test reports",
    may_issue_also="检测报告",
    in_whose_name="The partner's",
    in_whose_name_also="合作方名义",
    languages=("en", "ar"),
    since=date(2025, 1, 1),
    until=None,
    level=EvidenceLevel.ISSUER_DOCUMENT_VERIFIED,
    verified=True,
    note="",
    evidence=_proof,
)
_credential = views.CredentialView(
    key="tm-1",
    kind=CredentialKind.TRADEMARK,
    title="HARBOUR LIGHT",
    title_also="港灯",
    issuer="Example trade mark office (made up)",
    issuer_also="",
    number="90000001",
    nice_class=42,
    territory="SG",
    level=EvidenceLevel.ISSUER_REGISTER,
    verified=True,
    polarity=Polarity.POSITIVE,
    granted=date(2023, 7, 1),
    expires=date(2033, 6, 30),
    via_parent="",
    proof="",
    note="",
    note_also="",
    evidence=_proof,
)
_entry = views.TimelineEntry(
    at=date(2025, 4, 1),
    until=date(2025, 7, 1),
    known_at=datetime(2025, 4, 3, 2, 0, tzinfo=UTC),
    what=EventKind.SUSPENDED.value,
    accreditation="a34",
    label=_LABEL,
    raw="Suspended from 1 April to 30 June 2025",
    params={},
    evidence=_proof,
)
_change = views.ChangeView(
    cursor="8.0",
    position=8,
    row=0,
    kind=ChangeKind.ALTERED,
    what="status_event",
    body="b12",
    body_names=_names,
    accreditation="a34",
    label=_LABEL,
    key="suspended 2025-04-01",
    before={"until": None},
    after={"until": "2025-06-30"},
    known_at=_SEEN,
    source=_SOURCE,
    made=True,
    repeats=False,
)
_run = views.RunView(
    id=7,
    source=_SOURCE,
    list="bodies",
    record_key="",
    state=RunState.PUBLISHED,
    asked_by="beat",
    asked_at=_SEEN,
    started_at=_SEEN,
    finished_at=_SEEN,
    as_of=_SEEN,
    known_at=_SEEN,
    recorded=False,
    position=8,
    attempts=1,
    reasons=(),
    counts={"altered": 1},
    rows=214,
    sha256=(_evidence.sha256,),
    urls=("https://register.example/bodies",),
)
_source = views.SourceView(
    key=_SOURCE,
    title="Example register",
    title_zh="示例名录",
    publisher="Example Accreditation Board (made up)",
    publisher_zh="",
    home="https://register.example/",
    licence="made up",
    tier=Tier.AB_REGISTER,
    country="SG",
    note="",
    made=True,
    enabled=True,
    authoritative_for=("EXAB",),
    leaving_means="no_longer_listed",
    every_seconds=86400,
    has_lookup=True,
    lists=(
        views.ListView(
            name="bodies",
            address="https://register.example/bodies",
            enabled=True,
            next_due_at=datetime(2026, 5, 31, 2, 0, tzinfo=UTC),
            last_run=_run,
            last_good=_run,
            rows=214,
            failures=0,
        ),
    ),
    last_run_state=RunState.PUBLISHED,
    last_success_at=_SEEN,
    recorded=False,
    next_due_at=datetime(2026, 5, 31, 2, 0, tzinfo=UTC),
    overdue=False,
    overdue_why="",
    records=214,
    bodies=213,
    refusals_30d=0,
    history=((_SEEN, 214, RunState.PUBLISHED),),
)
_body = views.BodyView(
    id="b12",
    names=_names,
    identifiers=(
        views.IdentifierView(namespace="exab", value="L90001", check_digit=None, evidence=_proof),
    ),
    kinds=(BodyKind.TESTING,),
    country="SG",
    region="",
    city="Singapore",
    website="https://harbour-light.example/",
    made=True,
    relations=(),
    standings={Standing.STANDS.value: 1},
    accreditations=(_accreditation,),
    sites=(
        views.SiteView(
            key="main",
            name="",
            country="SG",
            region="",
            city="Singapore",
            address="1 Made-up Quay",
            address_also="",
            lines=1,
            evidence=_proof,
        ),
    ),
    presences=(_presence,),
    credentials=(_credential,),
    scope=_scope,
    timeline=(_entry,),
    sources=(_source_ref,),
    profile_evidence=_proof,
)
_meta = views.Meta(
    as_known_at=_SEEN,
    on=date(2026, 6, 1),
    log_position=8,
    rule_version=RULE_VERSION,
    sources=(_source_ref,),
)

FOUND = FoundAnswer(
    data=views.Found(
        cards=(_card,),
        facets={
            "country": (views.Facet(value="SG", count=1),),
            "mode": (views.Facet(value="borrowed", count=1),),
        },
        nearly=(
            views.NearMiss(
                card=_card,
                missing=(
                    views.Reason(
                        code="NOT_THERE",
                        rule=0,
                        params={"asked": "AE", "held": "SG"},
                        text="It has no site or presence in AE.",
                    ),
                ),
            ),
        ),
        excluded={"market": 1},
        notes=(
            views.Reason(
                code="STANDARD_NOT_HELD",
                rule=0,
                params={"standard": "GB 4943.2", "near": "GB 4943.1"},
                text="Nobody held here names GB 4943.2; nearest held: GB 4943.1.",
            ),
        ),
    ),
    meta=_meta,
)
BODY = BodyAnswer(data=_body, meta=_meta)
ACCREDITATIONS = AccreditationsAnswer(data=(_accreditation,), meta=_meta)
ACCREDITATION = AccreditationAnswer(data=_accreditation, meta=_meta)
SCOPE = ScopeAnswer(data=_scope, meta=_meta)
PRESENCE = PresenceAnswer(data=(_presence,), meta=_meta)
CREDENTIALS = CredentialsAnswer(data=(_credential,), meta=_meta)
TIMELINE = TimelineAnswer(data=(_entry,), meta=_meta)
RESOLVED = ResolvedAnswer(
    data=LookedUp(
        number="EXAB L90001",
        registered=(_brief,),
        bodies=(_card,),
        fits=("EXAB",),
        verdict=None,
        flags=(
            flag(
                "HOLDER_SPELT_OTHERWISE",
                claimed="Exampel Testing Laboratory",
                holder=_card.names[0].text,
            ),
        ),
    ),
    meta=_meta,
)
SOURCES = SourcesAnswer(data=(_source,), meta=_meta)
SOURCE = SourceAnswer(data=_source, meta=_meta)
RUNS = RunsAnswer(data=(_run,), meta=_meta)
RUN = RunAnswer(data=_run, meta=_meta)
CHANGES = ChangesAnswer(data=(_change,), meta=_meta)
STATUS = StatusAnswer(
    data=views.Status(
        bodies=213,
        accreditations=240,
        lines=3120,
        log_position=8,
        sources=(_source_ref,),
        overdue=(),
        newest_suspensions=(_change,),
        open_reviews=0,
        queued=0,
        running=0,
        queue_age_s=0,
        published_at=_meta.as_known_at,
    ),
    meta=_meta,
)
_judged = Judged(
    ref="row 7",
    verdict=_status.verdict,
    confidence=_status.confidence,
    standing=_status.standing,
    reasons=_status.reasons,
    accreditation="a34",
    body="b12",
    line="1",
    since=_status.since,
    until=_status.until,
    last_check=_status.last_check,
)
VALIDITY_ASKED = Example(
    summary="One question",
    value=ValidityIn(
        questions=(
            QuestionIn(
                number=_LABEL,
                activity=ActivityIn(method="IEC 62133-2:2017"),
                on=date(2026, 6, 1),
                ref="row 7",
            ),
        )
    ),
)
VALIDITY = ValidityAnswer(
    data=Validity(
        verdicts=(_judged,),
        answer=Answer(
            asked=Asked(
                number=_LABEL,
                activity=ActivityAsked(method="IEC 62133-2:2017"),
                on=date(2026, 6, 1),
                ref="row 7",
            ),
            judged=_judged,
            known_at=_meta.as_known_at,
            label=_LABEL,
            chain=(
                Step(
                    what="accreditation",
                    label=_LABEL,
                    state="holds",
                    start=date(2024, 6, 1),
                    end=None,
                    code="ACCREDITATION_STANDS",
                    params={"named": _LABEL, "verdict": "VALID"},
                    text=f"{_LABEL} stood on that day.",
                ),
            ),
            evidence=_proof,
        ),
    ),
    meta=_meta,
)
