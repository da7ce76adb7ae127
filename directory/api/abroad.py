"""Going abroad across all bodies: cooperation, acceptance, projects, cases, experts, services,
memberships, zones and indicators. Each as of a day and as known at a time."""

from litestar import Response, Router, get
from litestar.di import Provide

from directory import edge
from directory.api import abroad_forms as forms
from directory.api import questions
from directory.api.answers import shown_tagged, tagged
from services.find import abroad_lists as lists
from services.find.abroad_lists import Asked
from services.find.experts import expertise
from services.find.indicators import indicators
from services.find.zones import zones
from services.terms import CooperationKind, ProjectStatus, RecognitionLevel

_PROBLEMS = (400, 404, 405, 500, 503)
_TAGS = ["Going abroad"]


def _asked(moment: questions.Moment, cursor: str = "", limit: int = 20) -> Asked:
    return Asked(moment.on, moment.known_at, cursor.strip(), limit)


@get(
    "/cooperations",
    operation_id="listCooperations",
    summary="Cooperation agreements",
    description="Agreements of bodies with partners: what may be issued, in whose name, where, for "
    "what, from when to when, and how well that is proven. An agreement is no accreditation.",
    tags=_TAGS,
    responses=shown_tagged(forms.CooperationsAnswer, "One page.", forms.COOPERATIONS, *_PROBLEMS),
)
async def list_cooperations(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    country: forms.Market = "",
    product: forms.Product = "",
    kind: forms.CooperationIs = "",
    recognition: forms.LevelIs = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 20,
) -> Response[forms.CooperationsAnswer]:
    which = questions.one_of("kind", kind, CooperationKind)
    level = questions.one_of("recognition", recognition, RecognitionLevel)
    return await tagged(
        request,
        forms.CooperationsAnswer,
        lists.cooperations,
        _asked(moment, cursor, limit),
        country=country,
        product=product,
        kind=CooperationKind(which) if which else None,
        recognition=RecognitionLevel(level) if level else None,
    )


@get(
    "/acceptances",
    operation_id="listAcceptances",
    summary="Results accepted abroad",
    description="Whose results are accepted by whom, for which product and standard, under which "
    "instrument, from when to when. Acceptance uses a result; it recognises no body.",
    tags=_TAGS,
    responses=shown_tagged(forms.AcceptancesAnswer, "One page.", forms.ACCEPTANCES, *_PROBLEMS),
)
async def list_acceptances(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    country: forms.Market = "",
    product: forms.Product = "",
    standard: forms.StandardIs = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 20,
) -> Response[forms.AcceptancesAnswer]:
    return await tagged(
        request,
        forms.AcceptancesAnswer,
        lists.acceptances,
        _asked(moment, cursor, limit),
        country=country,
        product=product,
        standard=standard,
    )


@get(
    "/projects",
    operation_id="listProjects",
    summary="“Small and beautiful” projects",
    description="Projects of mutual recognition between institutions. They are never mixed with "
    "treaties or with arrangements between accreditation bodies, and `meta.warnings` says so.",
    tags=_TAGS,
    responses=shown_tagged(forms.ProjectsAnswer, "One page.", forms.PROJECTS, *_PROBLEMS),
)
async def list_projects(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    country: forms.Market = "",
    product: forms.Product = "",
    status: forms.ProjectIs = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 20,
) -> Response[forms.ProjectsAnswer]:
    stands = questions.one_of("status", status, ProjectStatus)
    return await tagged(
        request,
        forms.ProjectsAnswer,
        lists.projects,
        _asked(moment, cursor, limit),
        country=country,
        product=product,
        status=ProjectStatus(stands) if stands else None,
    )


@get(
    "/accompaniments",
    operation_id="listAccompaniments",
    summary="Cases of going abroad with a manufacturer",
    description="Which body went where with a manufacturer of which sector. Clients are not named; "
    "words that may tell who one is are shown only where the client agreed.",
    tags=_TAGS,
    responses=shown_tagged(
        forms.AccompanimentsAnswer, "One page.", forms.ACCOMPANIMENTS, *_PROBLEMS
    ),
)
async def list_accompaniments(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    country: forms.Market = "",
    product: forms.Product = "",
    sector: forms.Sector = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 20,
) -> Response[forms.AccompanimentsAnswer]:
    return await tagged(
        request,
        forms.AccompanimentsAnswer,
        lists.accompaniments,
        _asked(moment, cursor, limit),
        country=country,
        product=product,
        sector=sector,
    )


@get(
    "/expertise",
    operation_id="sumExpertise",
    summary="Experts by field, committee and language",
    description="Sums over all bodies, the largest first, each with the bodies that have most. No "
    "names of persons are held anywhere.",
    tags=_TAGS,
    responses=shown_tagged(forms.ExpertiseAnswer, "The sums.", forms.EXPERTISE, *_PROBLEMS),
)
async def sum_expertise(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    field: forms.Field = "",
    committee: forms.Committee = "",
    language: forms.Language = "",
    limit: questions.Limit100 = 50,
) -> Response[forms.ExpertiseAnswer]:
    return await tagged(
        request,
        forms.ExpertiseAnswer,
        expertise,
        _asked(moment, limit=limit),
        field=field,
        committee=committee,
        language=language,
    )


@get(
    "/offers",
    operation_id="listOffers",
    summary="Services along the industrial chain",
    description="What bodies offer by stage of the chain, product and HS code, in which languages.",
    tags=_TAGS,
    responses=shown_tagged(forms.OffersAnswer, "One page.", forms.OFFERS, *_PROBLEMS),
)
async def list_offers(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    stage: forms.Stage = "",
    product: forms.Product = "",
    hs_code: forms.HsCode = "",
    language: forms.Language = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 20,
) -> Response[forms.OffersAnswer]:
    return await tagged(
        request,
        forms.OffersAnswer,
        lists.offers,
        _asked(moment, cursor, limit),
        stage=stage,
        product=product,
        hs_code=hs_code,
        language=language,
    )


@get(
    "/memberships",
    operation_id="listMemberships",
    summary="Memberships",
    description="Which body belongs to which organisation or alliance, in which category, since "
    "when. A membership is participation and never recognition; `meta.warnings` says so.",
    tags=_TAGS,
    responses=shown_tagged(forms.MembershipsAnswer, "One page.", forms.MEMBERSHIPS, *_PROBLEMS),
)
async def list_memberships(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    organisation: forms.Organisation = "",
    category: forms.Category = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 20,
) -> Response[forms.MembershipsAnswer]:
    return await tagged(
        request,
        forms.MembershipsAnswer,
        lists.memberships,
        _asked(moment, cursor, limit),
        organisation=organisation,
        category=category,
    )


@get(
    "/zones",
    operation_id="listZones",
    summary="Bridgehead zones",
    description="Zones of opening-up with their policies and the bodies in their places: how many, "
    "of which kinds, and the first `limit` of them. Of one `zone` the bodies are paged.",
    tags=_TAGS,
    responses=shown_tagged(forms.ZonesAnswer, "The zones.", forms.ZONES, *_PROBLEMS),
)
async def list_zones(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    zone: forms.ZoneIs = "",
    country: forms.Market = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 20,
) -> Response[forms.ZonesAnswer]:
    return await tagged(
        request,
        forms.ZonesAnswer,
        zones,
        _asked(moment, cursor, limit),
        zone=zone.strip(),
        country=country,
    )


@get(
    "/indicators",
    operation_id="readIndicators",
    summary="Indicators over time",
    description="What the directory counts, with each definition: at the end of every year since "
    "the first fact and on the day asked about. Values are counted from dated facts as known at "
    "`known_at`, never estimated; `verified` is the part borne out by issuers.",
    tags=_TAGS,
    responses=shown_tagged(forms.IndicatorsAnswer, "The measures.", forms.INDICATORS, *_PROBLEMS),
)
async def read_indicators(
    request: edge.AnyRequest, moment: questions.AtMoment, only: forms.IndicatorIs = ""
) -> Response[forms.IndicatorsAnswer]:
    return await tagged(
        request,
        forms.IndicatorsAnswer,
        indicators,
        moment.on,
        moment.known_at,
        only=only.strip(),
    )


at_a_moment = Router(
    "/",
    route_handlers=[
        list_cooperations,
        list_acceptances,
        list_projects,
        list_accompaniments,
        sum_expertise,
        list_offers,
        list_memberships,
        list_zones,
        read_indicators,
    ],
    dependencies={"moment": Provide(questions.moment)},
)
