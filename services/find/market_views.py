"""What is answered about markets: routes, dates, links, and what a body meets there."""

from datetime import date

from services.desk.obstacles import Warned
from services.find.market_names import MarketName
from services.find.views import AccreditationBrief, Evidence, NameView, View
from services.routes.judge import Nearest, Way
from services.routes.met import Met, State
from services.routes.reasons import Because
from services.terms import (
    AccreditationKind,
    EvidenceLevel,
    PresenceMode,
    RouteDayKind,
    RouteLinkKind,
    Sureness,
)


class SiteBrief(View, frozen=True, kw_only=True):
    key: str
    name: str
    country: str
    city: str


class DayView(View, frozen=True, kw_only=True):
    """A date that a route names. ``on`` None: yet to be notified. ``precision``: day, month, year,
    of which ``on`` is the first day."""

    product: str
    scheme: str
    kind: RouteDayKind
    on: date | None
    precision: str
    words: str
    evidence: tuple[Evidence, ...]


class RouteLinkView(View, frozen=True, kw_only=True):
    product: str
    kind: RouteLinkKind
    title: str
    title_also: str
    number: str
    url: str
    on: date | None
    evidence: tuple[Evidence, ...]


class DesignatesView(View, frozen=True, kw_only=True):
    """Whose accreditation or designation fulfils a requirement; ``product`` "": of any."""

    market: str
    product: str
    requirement: str
    issuer: str
    sureness: Sureness
    sourced: bool
    source: str
    evidence: tuple[Evidence, ...]


class RouteView(View, frozen=True, kw_only=True):
    """What a market asks of a product. ``market``: whose rule it is (a grouping's applies to its
    members). ``alternatives``: any of them is enough, each asks for all that it names.
    ``sourced`` false: from memory, a hint to check. Days are inclusive."""

    market: str
    product: str
    scheme: str
    mark: str
    regulator: str
    legal_basis: str
    alternatives: tuple[tuple[str, ...], ...]
    in_country: str
    note: str
    sureness: Sureness
    sourced: bool
    source: str
    days: tuple[DayView, ...]
    designates: tuple[DesignatesView, ...]
    valid_from: date | None
    valid_to: date | None
    evidence: tuple[Evidence, ...]


class MarketBrief(View, frozen=True, kw_only=True):
    """A market in the list: how many routes, how many of them sourced, its next dated change."""

    market: MarketName
    routes: int
    sourced: int
    products: tuple[str, ...]
    next_day: DayView | None
    to_be_notified: int


class Serving(View, frozen=True, kw_only=True):
    """A body that is there: a site, a presence, or a designation that a route of it asks for.
    That it is there says nothing of acceptance; ``designated_by`` names who lists it as one."""

    id: str
    names: tuple[NameView, ...]
    country: str
    made: bool
    sites: int
    modes: tuple[PresenceMode, ...]
    designated_by: tuple[str, ...]
    standings: dict[str, int]


class MarketView(View, frozen=True, kw_only=True):
    """``ahead``: dates after the day asked about and those yet to be notified, in order.
    ``products``: all for which a route is held there. ``obstacles``: reports that stewards
    published: one reporter's word each. ``bodies``: a page of those that are there."""

    market: MarketName
    product: str
    products: tuple[str, ...]
    routes: tuple[RouteView, ...]
    ahead: tuple[DayView, ...]
    links: tuple[RouteLinkView, ...]
    obstacles: tuple[Warned, ...]
    bodies: tuple[Serving, ...]
    bodies_total: int


class Beside(View, frozen=True, kw_only=True):
    """One product in markets side by side: the routes of each in the order asked (none: nothing is
    held). ``shared``: requirements that every one of these markets can be met by alone."""

    product: str
    routes: tuple[tuple[RouteView, ...], ...]
    shared: tuple[str, ...]


class MarketsBeside(View, frozen=True, kw_only=True):
    markets: tuple[MarketName, ...]
    products: tuple[Beside, ...]


class RouteMet(View, frozen=True, kw_only=True):
    """A route with what a body meets of it. ``state``: of its best alternative, whoever must do
    what is left; ``of_body``: of what a body must do there, None where nothing is."""

    route: RouteView
    ways: tuple[Way, ...]
    conditions: tuple[Met, ...]
    state: State
    of_body: State | None
    notes: tuple[Because, ...]


class MarketMet(View, frozen=True, kw_only=True):
    """One market for one body. ``nearest``: the alternative with the fewest requirements not met,
    None where one is satisfied or no route is held."""

    market: MarketName
    state: State
    of_body: State | None
    nearest: Nearest | None
    routes: tuple[RouteMet, ...]


class BodyMarkets(View, frozen=True, kw_only=True):
    """``reached``: without a market asked, those where the body has a site, a presence or a
    designation that counts there. ``proofs``: evidence by the ``ref`` of a link of a chain."""

    body: str
    names: tuple[NameView, ...]
    product: str
    standard: str
    markets: tuple[MarketMet, ...]
    reached: tuple[str, ...]
    proofs: dict[str, Evidence]


class OwnerSaid(View, frozen=True, kw_only=True):
    """What a source states of an owner, with its day; never inferred. ``prohibited_entity_risk``:
    the source itself calls the owner prohibited under ``rule``."""

    owner: str
    prohibited_entity_risk: bool
    rule: str
    source: str
    as_of: date | None
    level: EvidenceLevel
    evidence: tuple[Evidence, ...]


class Designation(View, frozen=True, kw_only=True):
    """A body that an issuer designates. ``owners``: empty where no source states any: unknown."""

    body: str
    names: tuple[NameView, ...]
    country: str
    made: bool
    accreditation: AccreditationBrief
    kind: AccreditationKind
    label: str
    sites: tuple[SiteBrief, ...]
    tasks: tuple[str, ...]
    granted: date | None
    expires: date | None
    owners: tuple[OwnerSaid, ...]
    evidence: tuple[Evidence, ...]


class Designations(View, frozen=True, kw_only=True):
    """``issuers``: whose designations the regime stands for. ``held``: a source that may say whom
    they designate was read; where not, an empty list says nothing."""

    regime: str
    issuers: tuple[str, ...]
    held: bool
    rules: tuple[DesignatesView, ...]
    designations: tuple[Designation, ...]
