"""The dated facts of which acceptance by a market is judged, and the question asked.

Everything is frozen. ``start``-``end`` is when a fact is true, half-open; ``known_from`` when the
directory learned it (None: always known); ``ref`` leads to its evidence. How an accreditation
stands is decided elsewhere (services.validity) and arrives here as its verdict.
"""

from datetime import date, datetime
from typing import TypeVar

import msgspec

from services.routes.grammar import Alternatives
from services.terms import (
    AccreditationKind,
    BodyKind,
    EvidenceLevel,
    PresenceMode,
    RouteDayKind,
    Sureness,
    Verdict,
)

ANYWHERE = "*"  # a market: every one
OWNER = "owner_not_prohibited"  # what a rule may ask beside the words of the grammar


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    ref: str = ""
    known_from: datetime | None = None
    start: date | None = None
    end: date | None = None

    def true_on(self, on: date) -> bool:
        return (self.start is None or self.start <= on) and (self.end is None or on < self.end)


D = TypeVar("D", bound=Dated)


class DayFact(Dated, frozen=True, kw_only=True):
    """A date that a route names; ``on`` None: yet to be notified."""

    kind: RouteDayKind
    on: date | None
    precision: str = "day"
    words: str = ""


class RouteFact(Dated, frozen=True, kw_only=True):
    market: str
    product: str
    scheme: str
    alternatives: Alternatives
    sourced: bool
    source: str = ""
    sureness: Sureness = Sureness.LOW
    days: tuple[DayFact, ...] = ()


class DesignatesFact(Dated, frozen=True, kw_only=True):
    """Whose accreditation or designation fulfils a requirement. ``product`` "": of any product;
    ``requirement``: a word of the grammar, or OWNER."""

    market: str
    product: str
    requirement: str
    issuer: str
    sourced: bool
    source: str = ""


class SignatoryFact(Dated, frozen=True, kw_only=True):
    """A period as a signatory for one scope ("T"), as a source of the arrangement states it."""

    issuer: str
    arrangement: str
    scope: str
    status: str = "signatory"


class ListedFact(Dated, frozen=True, kw_only=True):
    """An accreditation body as the reference list has it, without any period."""

    issuer: str
    name: str
    scopes: tuple[str, ...]
    day: date  # as of which the list says so


class AuthorityFact(Dated, frozen=True, kw_only=True):
    """A source that may say whom an issuer designates was read whole, last on ``day``."""

    issuer: str
    source: str
    day: date


class LineStood(msgspec.Struct, frozen=True, kw_only=True):
    """The scope line that decided, "" ``label`` for none."""

    label: str
    start: date | None = None
    end: date | None = None
    ref: str = ""


class SiteStood(Dated, frozen=True, kw_only=True):
    """How an accreditation stands for what is asked at one of the body's sites."""

    key: str
    country: str
    label: str
    verdict: Verdict
    line: LineStood | None = None


class Stood(Dated, frozen=True, kw_only=True):
    """An accreditation, designation or permission of the body on the day asked about.

    ``verdict``: for the standard that is asked, or for the whole where none is. ``granted``,
    ``expires``: its own days. ``sites``: those in the countries asked about. ``countries``: of all
    sites that its records name; ``schedule_held``: its scope is held in full.
    """

    id: str
    label: str
    issuer: str
    kind: AccreditationKind
    verdict: Verdict
    standard: str = ""
    body_kind: BodyKind | None = None
    granted: date | None = None
    expires: date | None = None
    line: LineStood | None = None
    sites: tuple[SiteStood, ...] = ()
    countries: frozenset[str] = frozenset()
    schedule_held: bool = False


class PresenceFact(Dated, frozen=True, kw_only=True):
    country: str
    mode: PresenceMode
    partner: str = ""
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM


class PlaceFact(Dated, frozen=True, kw_only=True):
    """A place where the body is said to work; ``seat``: where it is at home, not a site."""

    country: str
    label: str
    seat: bool = False


class OwnerFact(Dated, frozen=True, kw_only=True):
    """An owner as a source states it; ``prohibited``: the source says so, under ``rule``."""

    owner: str
    prohibited: bool
    rule: str = ""
    source: str = ""
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM


class BodyFacts(msgspec.Struct, frozen=True, kw_only=True):
    accreditations: tuple[Stood, ...] = ()
    presences: tuple[PresenceFact, ...] = ()
    places: tuple[PlaceFact, ...] = ()
    owners: tuple[OwnerFact, ...] = ()


class MarketFacts(msgspec.Struct, frozen=True, kw_only=True):
    routes: tuple[RouteFact, ...] = ()
    designates: tuple[DesignatesFact, ...] = ()
    signatories: tuple[SignatoryFact, ...] = ()
    listed: tuple[ListedFact, ...] = ()
    authorities: tuple[AuthorityFact, ...] = ()


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """``markets``: the codes whose routes apply there (a country and the groupings it belongs to).
    ``countries``: where "in the country" is. ``product`` "": any. ``standard`` "": none asked."""

    markets: tuple[str, ...]
    countries: frozenset[str]
    product: str
    on: date
    known_at: datetime
    standard: str = ""


def as_known(facts: tuple[D, ...], asked: Question, *, true: bool = True) -> tuple[D, ...]:
    """Those known then and, if ``true``, holding on the day: the knowledge axis, cut once."""
    return tuple(
        one
        for one in facts
        if (one.known_from is None or one.known_from <= asked.known_at)
        and (not true or one.true_on(asked.on))
    )
