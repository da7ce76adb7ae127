"""What a source is: some metadata and a pure reading from bytes to drafts.

A source is one file in ``services/sources`` with a module attribute ``SOURCE``. It is found, never
listed. It describes its requests and reads bytes; it never touches network, database or clock.

    bytes of one list  --parse-->  Reading(drafts, leftovers, problems)

A *draft* is one record as the source publishes it: facts about one body (or one accreditation
body), each with the source's own words beside the mapped ones. Facts of drafts become dated
statements of that record when the run is published.
"""

import re
from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import msgspec

from services.abroad import (
    Acceptance,
    Accompaniment,
    Cooperation,
    Designates,
    Expertise,
    Offer,
    Ownership,
    Project,
    Route,
    RouteDay,
    RouteLink,
    Signatory,
    Zone,
)
from services.fact import Fact
from services.terms import (
    AccreditationKind,
    BodyKind,
    CredentialKind,
    EventKind,
    EvidenceLevel,
    LeavingMeans,
    Listed,
    NameKind,
    Polarity,
    PresenceMode,
    RelationKind,
    Tier,
)

# --- facts of a draft -------------------------------------------------------------------------


class Name(Fact, frozen=True, kw_only=True):
    """``lang``: BCP 47 ("en", "zh-Hans", "zh-Hant", "und")."""

    text: str
    lang: str = "en"
    kind: NameKind = NameKind.AS_LISTED

    def fact_key(self) -> str:
        return self.key or f"{self.kind}.{self.lang}"


class Identifier(Fact, frozen=True, kw_only=True):
    """Identifiers are namespaced always ("USCC", "LEI", "EU-NB", "FCC", …).

    Accreditation numbers are not body identifiers: they stand in :class:`Accreditation`.
    """

    namespace: str
    value: str

    def fact_key(self) -> str:
        return self.key or self.namespace


class Profile(Fact, frozen=True, kw_only=True):
    """``country``: ISO 3166-1 alpha-2, "" when the source does not say. At most one a draft."""

    country: str = ""
    region: str = ""
    city: str = ""
    kinds: tuple[BodyKind, ...] = ()
    website: str = ""


class Site(Fact, frozen=True, kw_only=True):
    """A place of work. ``key`` is what scope lines and events name ("SZ", "1", the address)."""

    key: str
    name: str = ""
    country: str = ""
    region: str = ""
    city: str = ""
    address: str = ""
    address_also: str = ""  # in the other language


class Presence(Fact, frozen=True, kw_only=True):
    """Overseas presence: on the body's own feet (built) or with a partner's (borrowed).

    ``may_issue`` and ``in_whose_name`` say what may be issued there; ``site`` names a Site of the
    draft where there is one. ``valid_from`` is since when.
    """

    key: str
    country: str
    city: str = ""
    mode: PresenceMode
    site: str = ""
    partner: str = ""
    partner_also: str = ""
    may_issue: str = ""
    may_issue_also: str = ""
    in_whose_name: str = ""
    in_whose_name_also: str = ""
    languages: tuple[str, ...] = ()
    level: EvidenceLevel = EvidenceLevel.MARKETING_CLAIM
    evidence: str = ""


class Accreditation(Fact, frozen=True, kw_only=True):
    """Accreditation, designation or permission, as this record states it.

    ``key``: how lines and events of this draft name it. ``issuer``: acronym of the accreditation
    body or scheme ("CNAS", "SAC", "EPA-NLLAP"). ``number``: "" where none is published; then
    issuer, body and ``field`` tell it apart. ``granted`` and ``expires`` are inclusive days.
    ``listed`` is what listing it says at a check, ``raw`` the source's word for it.
    ``schedule_held``: the source publishes the scope lines of this accreditation in full.
    """

    key: str
    kind: AccreditationKind = AccreditationKind.ACCREDITATION
    issuer: str
    number: str = ""
    field: str = ""
    standard: str = ""
    body_kind: BodyKind | None = None
    granted: date | None = None
    expires: date | None = None
    listed: Listed = Listed.ACTIVE
    basis: str = ""
    schedule_held: bool = False
    schedule_issue: str = ""


class Event(Fact, frozen=True, kw_only=True):
    """A dated event on an accreditation of the draft.

    ``on`` effective day, inclusive; ``until`` first day valid again (a published last day of a
    suspension is the day before: BRIEF rule 13); ``lines`` and ``sites`` empty = the whole.
    ``expires`` is the new expiry for renewals and extensions.
    """

    accreditation: str
    kind: EventKind
    on: date | None = None
    until: date | None = None
    decided: date | None = None
    published: date | None = None
    expires: date | None = None
    lines: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    asked_by: str = ""  # "body" (voluntary) or "issuer", where the source says

    def fact_key(self) -> str:
        return self.key or f"{self.accreditation}|{self.kind}|{self.on}"


class Line(Fact, frozen=True, kw_only=True):
    """One scope line. ``*_also`` hold the same words in the other language where published.

    ``method`` is the designation or in-house number as written, with edition; ``lo``-``hi`` the
    range in ``unit``; ``cmc`` the smallest uncertainty; ``sites`` keys of the draft's sites
    (empty = all). ``valid_from``/``valid_to`` bound the line where the source dates it.
    """

    accreditation: str
    object: str = ""
    object_also: str = ""
    parameter: str = ""
    parameter_also: str = ""
    method: str = ""
    lo: Decimal | None = None
    hi: Decimal | None = None
    unit: str = ""
    cmc: Decimal | None = None
    limitation: str = ""
    flexible: bool = False
    sites: tuple[str, ...] = ()

    def fact_key(self) -> str:
        return f"{self.accreditation}|{self.key}"


class Credential(Fact, frozen=True, kw_only=True):
    """A brand credential, positive or adverse. ``via_parent``: the parent that really holds it."""

    key: str
    kind: CredentialKind
    title: str
    title_also: str = ""
    issuer: str
    issuer_also: str = ""
    number: str = ""
    nice_class: int | None = None
    territory: str = ""
    level: EvidenceLevel
    polarity: Polarity = Polarity.POSITIVE
    granted: date | None = None
    expires: date | None = None
    via_parent: str = ""
    evidence: str = ""
    note: str = ""
    note_also: str = ""
    category: str | msgspec.UnsetType = msgspec.UNSET  # of a membership: full, associate, …
    status: str | msgspec.UnsetType = msgspec.UNSET  # of a trademark there: registered, applied, …


class Relation(Fact, frozen=True, kw_only=True):
    """This record's body stands in ``kind`` to the body named: branch of, successor of, …"""

    kind: RelationKind
    other: str  # name as the source prints it
    other_namespace: str = ""
    other_value: str = ""

    def fact_key(self) -> str:
        return self.key or f"{self.kind}|{self.other_namespace}{self.other_value or self.other}"


class AccreditationBody(Fact, frozen=True, kw_only=True):
    """Reference facts of an accreditation body; patterns are hints, never proof."""

    acronym: str
    name: str
    local_name: str = ""
    country: str = ""
    domain: str = ""
    mra_scopes: tuple[str, ...] = ()
    mla_scopes: tuple[str, ...] = ()
    region: str = ""
    number_pattern: str = ""
    number_examples: tuple[str, ...] = ()
    pattern_confidence: str = ""
    directory: str = ""
    confidence: str = ""
    note: str = ""

    def fact_key(self) -> str:
        return self.acronym


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """One record of a list.

    ``key``: stable within the list, from few raw fields. ``kin``: records of one kin whose
    ``label`` differs only by a corrected spelling are the same record (same section, field, date);
    "" = the key alone decides. ``where``: the place in the file ("Sheet B!H12", "line 40").
    The parts of :mod:`services.abroad` came later: UNSET where a record has none of them, so that
    records published before keep the hash of their content.
    """

    key: str
    kin: str = ""
    label: str = ""
    where: str = ""
    names: tuple[Name, ...] = ()
    identifiers: tuple[Identifier, ...] = ()
    profile: Profile | None = None
    sites: tuple[Site, ...] = ()
    presences: tuple[Presence, ...] = ()
    accreditations: tuple[Accreditation, ...] = ()
    events: tuple[Event, ...] = ()
    lines: tuple[Line, ...] = ()
    credentials: tuple[Credential, ...] = ()
    relations: tuple[Relation, ...] = ()
    accreditation_body: AccreditationBody | None = None
    routes: tuple[Route, ...] | msgspec.UnsetType = msgspec.UNSET
    route_days: tuple[RouteDay, ...] | msgspec.UnsetType = msgspec.UNSET
    route_links: tuple[RouteLink, ...] | msgspec.UnsetType = msgspec.UNSET
    signatories: tuple[Signatory, ...] | msgspec.UnsetType = msgspec.UNSET
    designates: tuple[Designates, ...] | msgspec.UnsetType = msgspec.UNSET
    zones: tuple[Zone, ...] | msgspec.UnsetType = msgspec.UNSET
    ownerships: tuple[Ownership, ...] | msgspec.UnsetType = msgspec.UNSET
    cooperations: tuple[Cooperation, ...] | msgspec.UnsetType = msgspec.UNSET
    acceptances: tuple[Acceptance, ...] | msgspec.UnsetType = msgspec.UNSET
    projects: tuple[Project, ...] | msgspec.UnsetType = msgspec.UNSET
    accompaniments: tuple[Accompaniment, ...] | msgspec.UnsetType = msgspec.UNSET
    expertise: tuple[Expertise, ...] | msgspec.UnsetType = msgspec.UNSET
    offers: tuple[Offer, ...] | msgspec.UnsetType = msgspec.UNSET


# --- reading ------------------------------------------------------------------------------------


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """One fetched answer, kept before anyone reads it. ``charset``: as declared, "" if not."""

    url: str
    body: bytes
    content_type: str = ""
    charset: str = ""
    name: str = ""  # file name or the request's name
    page: int = 1


class Leftover(msgspec.Struct, frozen=True, kw_only=True):
    """What the parser met and did not take: a column, a key, a cell's word."""

    what: str
    example: str = ""
    count: int = 1


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """All that a list says. ``problems``: rows that could not be read, with place and reason.

    ``columns``: the shape found (column names, section titles), for the shape check and the diff
    of a refusal. ``listed_on``/``next_update``: the list's own stated dates. ``unread``: keys of
    records that stand in the list but could not be read this time; what they said before goes on,
    they have not left the list.
    """

    drafts: tuple[Draft, ...]
    leftovers: tuple[Leftover, ...] = ()
    problems: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    listed_on: date | None = None
    next_update: date | None = None


class Streamed(Reading, frozen=True, kw_only=True):
    """What a reader of very long lists returns, so that no list is held whole: ``each`` gives the
    drafts one after another and returns a Reading of all else; what stands here beside it is not
    looked at."""

    drafts: tuple[Draft, ...] = ()
    each: Generator[Draft, None, Reading]


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """A request as a description; only ``services/sync/fetch`` carries it out.

    ``url`` may be ``package:services.reference/file.csv`` for data shipped with the product.
    """

    url: str
    headers: Mapping[str, str] = {}
    name: str = ""
    page: int = 1


@dataclass(frozen=True, slots=True)
class Expect:
    """What a good reading of this list looks like; anything else is refused.

    ``min_rows``: drafts at least. ``max_drop``: largest share of the last good run's rows that may
    be missing (0.25 = a quarter). ``fill``: least share of drafts with that part filled, by name of
    a Draft field ("names", "accreditations", "lines", …) or "accreditations.number".
    ``columns``: names that must be found. ``max_problems``: largest share of unread rows.
    ``check``: a pure rule of the source's own, returning reasons to refuse.
    """

    min_rows: int = 1
    max_drop: float = 0.25
    fill: Mapping[str, float] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    max_problems: float = 0.05
    check: Callable[[Reading], list[str]] | None = None


@dataclass(frozen=True, slots=True)
class List:
    """One address of a source. Each list is compared with its own last good version.

    ``following``: from a page just fetched to the next request, or None at the end.
    ``details``: from a page of the list to the requests of what it links to (a page a body); they
    are fetched when the list itself is at its end, in order, each address once, and stand behind
    its pages when ``parse`` is called. Both read bytes of a stranger and run where parsing runs.
    ``recorded``: glob of this list's recorded files in the folder named like the source; the
    newest by time is what the local publisher serves, all are what ``replay`` plays.
    """

    name: str
    request: Request
    following: Callable[[Page], Request | None] | None = None
    details: Callable[[Page], Sequence[Request]] | None = None
    expect: Expect | None = None
    recorded: str = ""


@dataclass(frozen=True, slots=True)
class Lookup:
    """Asking a source for one accreditation by issuer and number.

    ``request``: from (base address, issuer, number) to a request. ``parse``: from the answer to a
    reading with one draft, or with none where the source says that it has no such number.
    """

    address: str
    issuers: frozenset[str]
    request: Callable[[str, str, str], Request]
    parse: Callable[[Page, str, str], Reading]


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A publisher's list (or several addresses of one) and how to read it.

    ``tier``: who speaks (services.terms.Tier). ``authoritative_for``: issuers whose status this
    source may decide; for tier 3 only the scheme's own designation. ``every``: how often to sync.
    ``rate``: requests a second to the publisher's host at most. ``made``: made-up data, said to be
    so on every page that shows it. ``bytes_public``: kept bytes hold no personal data and may be
    shown to signed-in stewards and regulators. ``listed_after_days`` stays with the decision.
    ``recorded_only``: no address of its publisher is known; it is synced only from one that the
    settings give, as that of a local publisher of recorded files.
    """

    key: str
    title: str
    title_zh: str
    publisher: str
    publisher_zh: str
    home: str
    licence: str
    tier: Tier
    authoritative_for: frozenset[str]
    lists: tuple[List, ...]
    parse: Callable[[Sequence[Page], str], Reading]  # pages of one list, the list's name
    country: str = ""
    licence_url: str = ""
    note: str = ""
    every: timedelta = timedelta(days=7)
    rate: float = 0.5
    leaving_means: LeavingMeans = LeavingMeans.NO_LONGER_LISTED
    expect: Expect = field(default_factory=Expect)
    lookup: Lookup | None = None
    made: bool = False
    enabled: bool = True
    recorded_only: bool = False
    bytes_public: bool = False
    about_testing_bodies: bool = True
    parser_version: int = 1
    recorded_at: Callable[[str], datetime | None] | None = None  # from a recorded file's name

    def list_named(self, name: str) -> List:
        for one in self.lists:
            if one.name == name:
                return one
        raise KeyError(name)

    def recording_time(self, file_name: str) -> datetime | None:
        """When a recorded file was published, by the source's own rule or the time in its name."""
        return (self.recorded_at or time_in_name)(file_name)


_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2}))?(?!\d)")
_DASHED = re.compile(r"(?<!\d)(\d{4})-(\d{2})-(\d{2})(?!\d)")


def time_in_name(file_name: str) -> datetime | None:
    """The time in a recorded file's name, UTC: ``…_20190805T090107_…`` or ``…2026-08-04…``.

    A name with a day only means the start of that day. None where there is none or no such day.
    """
    for pattern in (_COMPACT, _DASHED):
        if found := pattern.search(file_name):
            year, month, day, *clock = (int(part or 0) for part in found.groups())
            hour, minute, second = clock or (0, 0, 0)
            try:
                return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
            except ValueError:
                continue
    return None
