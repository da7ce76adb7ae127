"""What is known of markets when a plan is made: plain rows, as services.abroad states them."""

from datetime import date

import msgspec

from services.routes.grammar import Alternatives
from services.terms import Requirement, RouteDayKind, Sureness


class DayKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A date that a route names; ``on`` None: to be notified."""

    kind: RouteDayKind
    on: date | None = None
    precision: str = "day"
    words: str = ""


class RouteKnown(msgspec.Struct, frozen=True, kw_only=True):
    """One route. ``ref`` leads to its evidence; ``start``, ``end``: when it is true, half-open."""

    ref: str
    market: str
    product: str
    scheme: str
    alternatives: Alternatives
    mark: str = ""
    regulator: str = ""
    legal_basis: str = ""
    in_country: str = ""
    note: str = ""
    sureness: Sureness = Sureness.LOW
    sourced: bool = False
    source: str = ""
    days: tuple[DayKnown, ...] = ()
    start: date | None = None
    end: date | None = None


class Designated(msgspec.Struct, frozen=True, kw_only=True):
    """Whose accreditation or designation fulfils a requirement; ``product`` "": any, ``market``
    "*": every one."""

    market: str
    product: str
    requirement: Requirement
    issuer: str
    sourced: bool
    source: str = ""


class SignatoryKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A period as signatory for testing, as a source of the arrangement states it, half-open."""

    issuer: str
    arrangement: str
    start: date | None = None
    end: date | None = None
    source: str = ""


class OwnerRule(msgspec.Struct, frozen=True, kw_only=True):
    """A market's rule that bars bodies of prohibited owners; ``product`` "": any."""

    market: str
    product: str
    source: str


class RelatedKnown(msgspec.Struct, frozen=True, kw_only=True):
    """A standard beside the one asked for, by a hint: ``one`` is ``relation`` (identical, modified,
    supersedes) to ``other``; ``standard`` is that of the two which is not asked for."""

    standard: str
    relation: str
    one: str
    other: str
    confidence: str


class Known(msgspec.Struct, frozen=True, kw_only=True):
    routes: tuple[RouteKnown, ...]
    designated: tuple[Designated, ...] = ()
    signatories: tuple[SignatoryKnown, ...] = ()
    owner_rules: tuple[OwnerRule, ...] = ()
    related: tuple[RelatedKnown, ...] = ()
    groupings: dict[str, tuple[str, ...]] = {}  # market → those whose routes apply there as well
    members: dict[str, frozenset[str]] = {}  # grouping → countries, on the day asked about
