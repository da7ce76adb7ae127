"""Facts of markets and of the way there: routes, recognition, cooperation, cases, capabilities.

They stand in a draft beside the facts of :mod:`services.kit` and travel the same road. Those of a
market (routes, their dates and links, signatories, zones) belong to no body: their drafts have no
names. ``*_also`` hold the same words in the other language. ``level`` says how well a claim is
proven (services.terms.EvidenceLevel), ``evidence`` names what proves it (an address, a document).
"""

from datetime import date
from decimal import Decimal

from services.fact import Fact
from services.terms import (
    CooperationKind,
    EvidenceLevel,
    ProjectStatus,
    RecognitionLevel,
    RouteDayKind,
    RouteLinkKind,
    Sureness,
)

# --- facts of a market --------------------------------------------------------------------------


class Route(Fact, frozen=True, kw_only=True):
    """What a market asks of a product. ``market``: ISO 3166-1 alpha-2, or a grouping ("EU",
    "GCC"). ``recognition``: the evidence that is accepted, in the grammar of
    ``services.routes.grammar`` (``|`` alternatives, ``+`` all). ``in_country``: yes, partial, no.

    ``sourced``: the row names a publication; a row from memory is a hint to check.
    """

    market: str
    product: str
    scheme: str
    mark: str = ""
    regulator: str = ""
    legal_basis: str = ""
    recognition: str
    in_country: str = ""
    note: str = ""
    sureness: Sureness = Sureness.LOW
    sourced: bool = False
    source: str = ""


class RouteDay(Fact, frozen=True, kw_only=True):
    """A date that a route names. ``on`` None: to be notified. ``precision``: day, month or year;
    of a month or a year ``on`` is its first day."""

    market: str
    product: str
    scheme: str
    kind: RouteDayKind
    on: date | None = None
    precision: str = "day"
    words: str = ""


class RouteLink(Fact, frozen=True, kw_only=True):
    """A guide, a notification (WTO TBT) or a legal text about a route."""

    market: str
    product: str
    kind: RouteLinkKind
    title: str
    title_also: str = ""
    number: str = ""
    url: str = ""
    on: date | None = None


class Signatory(Fact, frozen=True, kw_only=True):
    """An accreditation body's period as a signatory of an arrangement, for one scope ("T").
    ``valid_from``/``valid_to`` bound it. ``status``: the source's word ("signatory")."""

    issuer: str
    arrangement: str
    scope: str
    status: str = "signatory"


class Designates(Fact, frozen=True, kw_only=True):
    """Whose accreditation or designation fulfils a requirement of a market's route: ``issuer`` as
    accreditations name it ("FCC", "EPA-NLLAP"). ``product`` "": any."""

    market: str
    product: str = ""
    requirement: str
    issuer: str
    sureness: Sureness = Sureness.LOW
    sourced: bool = False
    source: str = ""


class Zone(Fact, frozen=True, kw_only=True):
    """A bridgehead zone of opening-up: bodies in its places belong to it."""

    name: str
    name_also: str = ""
    country: str = ""
    region: str = ""
    cities: tuple[str, ...] = ()
    policy: str = ""
    policy_also: str = ""
    url: str = ""


# --- facts of a body ----------------------------------------------------------------------------


class Ownership(Fact, frozen=True, kw_only=True):
    """Who owns or controls the body, as a source states it; never inferred. ``share``: percent."""

    owner: str
    owner_also: str = ""
    owner_country: str = ""
    share: Decimal | None = None
    prohibited: bool = False  # the source says so of this owner under a market's rule
    rule: str = ""
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM
    evidence: str = ""


class Cooperation(Fact, frozen=True, kw_only=True):
    """An agreement with a partner: what may be issued, in whose name, where, for what."""

    kind: CooperationKind
    partner: str
    partner_also: str = ""
    partner_number: str = ""  # the partner's designation or accreditation, as printed
    countries: tuple[str, ...] = ()
    product: str = ""
    outputs: str = ""
    outputs_also: str = ""
    in_whose_name: str = ""
    recognition: RecognitionLevel = RecognitionLevel.PRODUCT
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM
    evidence: str = ""


class Acceptance(Fact, frozen=True, kw_only=True):
    """A result of this body that somebody abroad accepts, under an instrument."""

    accepter: str
    accepter_also: str = ""
    country: str
    result: str
    result_also: str = ""
    product: str = ""
    standard: str = ""
    instrument: str = ""
    recognition: RecognitionLevel = RecognitionLevel.PRODUCT
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM
    evidence: str = ""


class Project(Fact, frozen=True, kw_only=True):
    """A "small and beautiful" project of mutual recognition; no treaty arrangement."""

    title: str
    title_also: str = ""
    partners: tuple[str, ...] = ()
    country: str = ""
    product: str = ""
    document: str = ""  # the document that is recognised
    document_also: str = ""
    status: ProjectStatus = ProjectStatus.PLANNED
    outcome: str = ""
    outcome_also: str = ""
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM
    evidence: str = ""


class Accompaniment(Fact, frozen=True, kw_only=True):
    """A case of going abroad with a manufacturer; ``consent``: the client agreed to be told of."""

    title: str
    title_also: str = ""
    sector: str = ""
    country: str
    product: str = ""
    service: str = ""
    service_also: str = ""
    outcome: str = ""
    outcome_also: str = ""
    consent: bool = False
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM
    evidence: str = ""


class Expertise(Fact, frozen=True, kw_only=True):
    """How many experts a body has, by field, committee and language; no names (PIPL)."""

    field: str
    field_also: str = ""
    committee: str = ""
    language: str = ""
    pool: str = ""  # expert, young professional, trained
    count: int
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM
    evidence: str = ""


class Offer(Fact, frozen=True, kw_only=True):
    """A service along the industrial chain: stage, product (HS code where given), what it holds."""

    title: str
    title_also: str = ""
    stage: str = ""
    product: str = ""
    hs_code: str = ""
    languages: tuple[str, ...] = ()
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM
    evidence: str = ""
