"""What a comparison of bodies answers with; forms that a shortlist freezes as they are."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from services.find.views import (
    AccreditationBrief,
    CredentialView,
    Evidence,
    NameView,
    PresenceView,
    View,
)
from services.routes.met import State, Who
from services.routes.reasons import Because
from services.terms import BodyKind, EvidenceLevel, PresenceMode, Sureness, Verdict


class Part(StrEnum):
    """What is laid side by side, in the order in which a buyer asks for it."""

    STATUS = "status"
    SCOPE = "scope"
    ROUTE = "route"
    ACCREDITATIONS = "accreditations"
    DESIGNATIONS = "designations"
    PRESENCE = "presence"
    LANGUAGES = "languages"
    ADVERSE = "adverse"
    CREDENTIALS = "credentials"
    BRAND = "brand"
    MARKET_FACTS = "market_facts"
    OWNERSHIP = "ownership"
    TURNAROUND = "turnaround"
    KINDS = "kinds"
    PLACE = "place"


class Unknown(View, frozen=True, kw_only=True):
    """A part of which nothing is known, and why. ``code`` is stable, ``text`` English."""

    part: Part
    code: str
    params: dict[str, str]
    text: str


class AccreditationCompared(View, frozen=True, kw_only=True):
    """An accreditation, designation or permission with the decision on the day. ``matched``: how
    many of the asked lines stand in its schedule; None where the schedule is not held."""

    accreditation: AccreditationBrief
    label: str
    matched: int | None
    evidence: tuple[Evidence, ...]


class LanguageSaid(View, frozen=True, kw_only=True):
    """A language in which it serves, as a presence, an offer or its experts say. ``where``: the
    country of the presence, "" for the others."""

    language: str
    where: str
    said_of: str  # presence, offer, expertise
    level: EvidenceLevel
    verified: bool
    evidence: tuple[Evidence, ...]


class AdverseItem(View, frozen=True, kw_only=True):
    """What speaks against it: an accreditation that does not stand, an adverse credential, an owner
    whom a source calls prohibited."""

    kind: str  # accreditation, credential, ownership
    label: str
    label_also: str
    verdict: Verdict | None
    since: date | None
    level: EvidenceLevel | None
    verified: bool
    evidence: tuple[Evidence, ...]


class Owner(View, frozen=True, kw_only=True):
    """Who owns it, as a source states; never inferred."""

    owner: str
    owner_also: str
    owner_country: str
    share: Decimal | None
    prohibited: bool
    rule: str
    level: EvidenceLevel
    verified: bool
    evidence: tuple[Evidence, ...]


class MarketFact(View, frozen=True, kw_only=True):
    """A cooperation, an acceptance of its results or a case of accompanying, in the market asked.
    The three are never the same thing: ``kind`` says which."""

    kind: str  # cooperation, acceptance, accompaniment
    title: str
    title_also: str
    product: str
    since: date | None
    until: date | None
    level: EvidenceLevel
    verified: bool
    evidence: tuple[Evidence, ...]


class RouteStep(View, frozen=True, kw_only=True):
    """One requirement of a route for this body: ``state`` satisfied, unsatisfied or unknown,
    ``who`` must do it, and why. A route from memory never makes one satisfied."""

    requirement: str
    state: State
    who: Who
    reason: Because


class RouteCompared(View, frozen=True, kw_only=True):
    """A route of the market for the product, with its best alternative for this body. ``of_body``:
    of what a body must do, None where nothing is asked of one; ``left``: steps not satisfied."""

    market: str
    product: str
    scheme: str
    sourced: bool
    sureness: Sureness
    state: State
    of_body: State | None
    left: int
    steps: tuple[RouteStep, ...]


class ScopeHeld(View, frozen=True, kw_only=True):
    """Of the asked lines that any of the bodies has: how many this one has and how many it alone.
    ``schedule``: held, partly or not_held; lines missing from a schedule that is not held in full
    are unknown, not absent. ``of``: all its lines."""

    lines: int
    only: int
    of: int
    schedule: str


class Compared(View, frozen=True, kw_only=True):
    """One body's column."""

    id: str
    names: tuple[NameView, ...]
    kinds: tuple[BodyKind, ...]
    country: str
    region: str
    city: str
    made: bool
    sources: tuple[str, ...]
    standings: dict[str, int]
    scope: ScopeHeld
    routes: tuple[RouteCompared, ...]
    accreditations: tuple[AccreditationCompared, ...]  # those that matter for what is asked
    accreditation_count: int  # of all; more than are shown where not all matter
    designations: tuple[AccreditationCompared, ...]
    designation_count: int
    presences: tuple[PresenceView, ...]  # in the market asked, else all
    elsewhere: tuple[tuple[str, PresenceMode], ...]
    languages: tuple[LanguageSaid, ...]
    adverse: tuple[AdverseItem, ...]
    verified: tuple[CredentialView, ...]
    claimed: tuple[CredentialView, ...]
    brand: tuple[CredentialView, ...]  # trademarks
    market_facts: tuple[MarketFact, ...]
    owners: tuple[Owner, ...]
    unknowns: tuple[Unknown, ...]


class PartCompared(View, frozen=True, kw_only=True):
    """``unknown``: the bodies of which it is not known. Parts that differ stand first."""

    part: Part
    differs: bool
    unknown: tuple[str, ...]


class LineHeld(View, frozen=True, kw_only=True):
    """How one body holds a line on the day. ``state``: held; absent (its schedule is held and does
    not name the line); unknown (its schedule is not held in full: ``labels`` name which).
    ``count``: lines of the same terms, with other ranges or sites; the best of them is told."""

    body: str
    state: str
    verdict: Verdict | None = None
    accreditation: str | None = None
    label: str = ""
    key: str = ""
    limitation: str = ""
    flexible: bool = False
    sites: tuple[str, ...] = ()
    count: int = 0
    labels: tuple[str, ...] = ()
    evidence: Evidence | None = None


class LineCompared(View, frozen=True, kw_only=True):
    """A line: an object, a parameter and a method, as the dictionary holds them."""

    id: str  # "object-parameter-method" by their terms, 0 for none
    object: str
    object_also: str
    parameter: str
    parameter_also: str
    method: str
    standards: tuple[str, ...]
    differs: bool
    held: tuple[LineHeld, ...]  # in the order of the bodies


class StandardCompared(View, frozen=True, kw_only=True):
    """A standard without its edition, and how many lines of each body name it, in the order of the
    bodies. Two registers word one test differently: here they meet."""

    standard: str
    lines: tuple[int, ...]


class LinesCounted(View, frozen=True, kw_only=True):
    """``total``: different lines that any body has; ``in_all``: that every one has; ``standards``:
    all that they name, of which the first are listed."""

    total: int
    in_all: int
    standards: int


class Comparison(View, frozen=True, kw_only=True):
    """``product_is``: "category" where it names a product of the markets' routes, "words" where it
    asks the lines."""

    market: str
    product: str
    product_is: str
    standard: str
    bodies: tuple[Compared, ...]
    parts: tuple[PartCompared, ...]
    counts: LinesCounted
    lines: tuple[LineCompared, ...]
    standards: tuple[StandardCompared, ...]
