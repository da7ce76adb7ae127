"""Going abroad across all bodies: one shape of each list for the API and the pages.

Words in two languages come as the source has them (``x`` and ``x_also``). ``level`` says how well a
claim is proven; only the first two levels are ``verified``. ``doubted``: whose record it is was an
open question. Days are inclusive: ``valid_to`` is the last one.
"""

from datetime import date, datetime

from services.find.views import Evidence, NameView, View
from services.terms import (
    BodyKind,
    CooperationKind,
    EvidenceLevel,
    ObstacleState,
    ProjectStatus,
    RecognitionLevel,
)


class Listed(View, frozen=True, kw_only=True):
    """What every entry says beside its own fields; ``proof`` is what the source names as proof."""

    body: str
    body_names: tuple[NameView, ...]
    valid_from: date | None
    valid_to: date | None
    level: EvidenceLevel
    verified: bool
    proof: str
    doubted: bool
    evidence: tuple[Evidence, ...]


class CooperationListed(Listed, frozen=True, kw_only=True):
    """An agreement with a partner: what may be issued, in whose name, where, for what."""

    kind: CooperationKind
    partner: str
    partner_also: str
    partner_number: str
    countries: tuple[str, ...]
    product: str
    outputs: str
    outputs_also: str
    in_whose_name: str
    recognition: RecognitionLevel


class AcceptanceListed(Listed, frozen=True, kw_only=True):
    """A result of the body that somebody abroad accepts, under an instrument."""

    accepter: str
    accepter_also: str
    country: str
    result: str
    result_also: str
    product: str
    standard: str
    instrument: str
    recognition: RecognitionLevel


class ProjectListed(Listed, frozen=True, kw_only=True):
    """A "small and beautiful" project; ``treaty_arrangement`` is always false: what treaties and
    arrangements between accreditation bodies recognise stands elsewhere."""

    title: str
    title_also: str
    partners: tuple[str, ...]
    country: str
    product: str
    document: str
    document_also: str
    status: ProjectStatus
    outcome: str
    outcome_also: str
    treaty_arrangement: bool = False


class AccompanimentListed(Listed, frozen=True, kw_only=True):
    """A case of going abroad with a manufacturer. Title and outcome may tell who the client is:
    they are shown only where the client agreed, else empty and ``withheld``."""

    title: str
    title_also: str
    sector: str
    country: str
    product: str
    service: str
    service_also: str
    outcome: str
    outcome_also: str
    consent: bool
    withheld: bool = False


class OfferListed(Listed, frozen=True, kw_only=True):
    """A service along the industrial chain."""

    title: str
    title_also: str
    stage: str
    product: str
    hs_code: str
    languages: tuple[str, ...]


class MembershipListed(Listed, frozen=True, kw_only=True):
    """A membership: participation. ``recognition`` is always false: it recognises no result.
    ``via_parent``: who really holds it, where that is not the body itself."""

    organisation: str
    organisation_also: str
    title: str
    title_also: str
    number: str
    category: str
    status: str
    granted: date | None
    expires: date | None
    via_parent: str
    recognition: bool = False


class ExpertsOf(View, frozen=True, kw_only=True):
    """How many of a sum are one body's. No names of persons are held."""

    body: str
    body_names: tuple[NameView, ...]
    count: int
    level: EvidenceLevel
    verified: bool
    evidence: tuple[Evidence, ...]


class ExpertiseSum(View, frozen=True, kw_only=True):
    """Experts by field, committee, language and pool, over ``bodies`` bodies. ``verified``: how
    many of them are borne out by an issuer. ``largest``: the bodies with most, at most ten."""

    field: str
    field_also: str
    committee: str
    language: str
    pool: str
    experts: int
    verified: int
    bodies: int
    largest: tuple[ExpertsOf, ...]


class ZoneBody(View, frozen=True, kw_only=True):
    """A body that a profile or a site places in the zone; ``city`` as that source writes it."""

    body: str
    body_names: tuple[NameView, ...]
    city: str
    kinds: tuple[BodyKind, ...]


class ZoneView(View, frozen=True, kw_only=True):
    """A bridgehead zone of opening-up with the bodies in its places: ``body_count`` in all,
    ``by_kind`` of them by kind of body as profiles say, ``bodies`` the first page."""

    key: str
    name: str
    name_also: str
    country: str
    region: str
    cities: tuple[str, ...]
    policy: str
    policy_also: str
    url: str
    body_count: int
    by_kind: dict[str, int]
    bodies: tuple[ZoneBody, ...]
    evidence: tuple[Evidence, ...]


class IndicatorValue(View, frozen=True, kw_only=True):
    """``value``: all that is stated; ``verified``: of them those borne out by an issuer's register
    or verified document (the same number where the kind of fact has no levels)."""

    on: date
    value: int
    verified: int


class IndicatorView(View, frozen=True, kw_only=True):
    """A published measure: what is counted (``definition``), in which ``unit``, on which days.

    Values are counted from dated facts as known at ``Meta.as_known_at``; no day without facts to
    count from has a value. ``since`` is the first day of which anything is known.
    """

    id: str
    title: str
    title_zh: str
    definition: str
    definition_zh: str
    unit: str
    unit_zh: str
    definition_version: int
    since: date | None
    values: tuple[IndicatorValue, ...]


class ObstacleView(View, frozen=True, kw_only=True):
    """A report that a document was not taken abroad. ``own``: of the account that asks.

    ``reporter``, ``decided_by`` and ``because`` are told to stewards, and ``because`` to the
    reporter; they are empty for everybody else.
    """

    id: str
    market: str
    product: str
    standard: str
    document_kind: str
    rejected_by: str
    text: str
    happened_on: date
    created_at: datetime
    state: ObstacleState
    decided_at: datetime | None
    own: bool
    reporter: str
    decided_by: str
    because: str
