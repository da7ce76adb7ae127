"""What the directory answers with: one shape for the API and the pages.

Days are ISO dates, times UTC. ``Evidence`` travels with every fact, so that each can be questioned.
Bilingual words come as the source has them: ``text`` with ``lang``, or ``x`` and ``x_also``.
"""

from datetime import date, datetime
from decimal import Decimal

import msgspec

from services.terms import (
    AccreditationKind,
    BodyKind,
    ChangeCause,
    ChangeKind,
    Confidence,
    CredentialKind,
    EventKind,
    EvidenceLevel,
    Listed,
    NameKind,
    Polarity,
    PresenceMode,
    RelationKind,
    RunState,
    Tier,
    Verdict,
)


class View(msgspec.Struct, frozen=True, kw_only=True):
    pass


class Evidence(View, frozen=True, kw_only=True):
    """Where a fact comes from. ``ref`` is "record-id:table:id", ``raw`` the source's own words.

    ``first_seen``: as of which day the source first said so; ``last_seen``: the last complete look
    that still showed it; ``ended``: it no longer does. ``sha256`` is of the kept bytes it was last
    changed in. ``how``: how it was read (place in the file and reader version).

    ``uploaded_by``, ``uploaded_at``: the account that handed the bytes in, and when; then they were
    never fetched, ``url`` is "", ``fetched_at`` is when that person obtained them, and ``obtained``
    where from, in their words.
    """

    source: str  # source key
    tier: Tier
    made: bool
    list: str
    ref: str
    raw: str
    how: str
    url: str  # the publisher's address
    fetched_at: datetime
    recorded: bool  # a recorded sample: fetched_at is the day it was recorded
    sha256: str
    size: int
    first_seen: datetime
    last_seen: datetime
    ended: bool
    known_from: datetime
    uploaded_by: str = ""
    uploaded_at: datetime | None = None
    obtained: str = ""


class SourceRef(View, frozen=True, kw_only=True):
    """A source behind an answer, with its freshness."""

    key: str
    title: str
    title_zh: str
    tier: Tier
    made: bool
    recorded: bool
    last_success_at: datetime | None
    overdue: bool


class Meta(View, frozen=True, kw_only=True):
    """Names a fixed answer: as known when, at which log position, under which rules."""

    as_known_at: datetime
    on: date
    log_position: int  # -1 before the first publish
    rule_version: str
    sources: tuple[SourceRef, ...] = ()
    next_cursor: str | None = None
    total: int | None = None
    warnings: tuple[str, ...] = ()


class Reason(View, frozen=True, kw_only=True):
    """A reason of the decision: a stable code, the rule's number, and its parameters."""

    code: str
    rule: int
    params: dict[str, str]
    text: str  # English; pages translate by code


class StatusView(View, frozen=True, kw_only=True):
    """The decision for one accreditation on ``Meta.on``. Only services.validity names it."""

    verdict: Verdict
    standing: str  # services.validity.Standing value: stands, partly, suspended, ended, unknown
    partial: bool
    reasons: tuple[Reason, ...]
    confidence: Confidence
    since: date | None
    until: date | None
    last_check: date | None


class NameView(View, frozen=True, kw_only=True):
    text: str
    lang: str
    kind: NameKind
    evidence: tuple[Evidence, ...] = ()


class AccreditationBrief(View, frozen=True, kw_only=True):
    id: str  # "a123"
    kind: AccreditationKind
    issuer: str
    number: str
    field: str
    standard: str
    status: StatusView
    expires: date | None
    lines: int


class MatchedLine(View, frozen=True, kw_only=True):
    """A scope line that answers the question, and whose accreditation it is."""

    accreditation: str  # "a123"
    label: str  # "CNAS L90417" or "SG-CPS product testing"
    key: str
    object: str
    object_also: str
    parameter: str
    parameter_also: str
    method: str


class BodyCard(View, frozen=True, kw_only=True):
    """A body in a list of results. ``why``: codes with parameters for "why it ranks here"."""

    id: str  # "b123"
    names: tuple[NameView, ...]
    country: str
    city: str
    region: str
    kinds: tuple[BodyKind, ...]
    made: bool
    sources: tuple[str, ...]
    standings: dict[str, int]  # standing -> number of accreditations
    accreditations: tuple[AccreditationBrief, ...]
    accreditation_count: int
    line_count: int
    presences: tuple[tuple[str, PresenceMode], ...]  # (country, mode)
    adverse: int
    verified_credentials: int
    matched: tuple[MatchedLine, ...] = ()
    why: tuple[Reason, ...] = ()


class Facet(View, frozen=True, kw_only=True):
    value: str
    count: int


class NearMiss(View, frozen=True, kw_only=True):
    """A body that meets every condition but one; ``missing`` says which, and what it has."""

    card: BodyCard
    missing: tuple[Reason, ...]


class Found(View, frozen=True, kw_only=True):
    """One page of a search. ``facets`` by name: country (of its sites), kind, issuer, status, mode,
    market (sites and presences), family (of standards), level (of evidence), language, source; all
    counts are exact. ``nearly`` and ``excluded`` are told where few bodies answer: who comes
    closest, and how many miss one condition alone, by its name. ``notes``: what the question meets
    that its answer does not show, as a standard that nobody names.
    """

    cards: tuple[BodyCard, ...]
    facets: dict[str, tuple[Facet, ...]]
    corrected: str | None = None  # the words searched instead, when none matched as typed
    nearly: tuple[NearMiss, ...] = ()
    excluded: dict[str, int] = {}
    notes: tuple[Reason, ...] = ()


class SiteView(View, frozen=True, kw_only=True):
    key: str
    name: str
    country: str
    region: str
    city: str
    address: str
    address_also: str
    lines: int  # scope lines naming this site
    evidence: tuple[Evidence, ...]


class Cover(View, frozen=True, kw_only=True):
    """An accreditation whose schedule names a site at a place. ``standing``: at that very site on
    the day asked about (services.validity.Standing), "" where nobody asked for a day."""

    accreditation: str  # "a34"
    label: str
    site: str
    standing: str


class PresenceView(View, frozen=True, kw_only=True):
    """``claim_only``: no accreditation of the body covers a site there, and nobody else bears the
    presence out. ``last_verified``: the last look that bore it out, None for claims."""

    key: str
    country: str
    city: str
    mode: PresenceMode
    site: str
    on_schedule: bool  # an accreditation of this body covers a site in that place
    partner: str
    partner_also: str
    may_issue: str
    may_issue_also: str
    in_whose_name: str
    in_whose_name_also: str
    languages: tuple[str, ...]
    since: date | None
    until: date | None
    level: EvidenceLevel
    verified: bool
    note: str
    evidence: tuple[Evidence, ...]
    claim_only: bool = False
    covered_by: tuple[Cover, ...] = ()
    last_verified: date | None = None


class CredentialView(View, frozen=True, kw_only=True):
    """``category`` of a membership, ``status`` of a mark, "" where not said. ``renewal_due``: the
    last day on which what is held ends, where it can be renewed; ``renewal_opens``: since when, by
    its office's rule, where that is known. ``expiring``: it ends within the days asked for.
    ``ended``: it ended before the day asked about; of a penalty, its issuer's term is over.
    """

    key: str
    kind: CredentialKind
    title: str
    title_also: str
    issuer: str
    issuer_also: str
    number: str
    nice_class: int | None
    territory: str
    level: EvidenceLevel
    verified: bool
    polarity: Polarity
    granted: date | None
    expires: date | None
    via_parent: str
    proof: str
    note: str
    note_also: str
    evidence: tuple[Evidence, ...]
    category: str = ""
    status: str = ""
    renewal_due: date | None = None
    renewal_opens: date | None = None
    expiring: bool = False
    ended: bool = False


class EventView(View, frozen=True, kw_only=True):
    """One event, however many records state it; ``evidence`` names them all."""

    accreditation: str
    kind: EventKind
    on: date | None
    until: date | None
    window: tuple[date, date] | None
    decided: date | None
    published: date | None
    expires: date | None
    lines: tuple[str, ...]
    sites: tuple[str, ...]
    asked_by: str
    raw: str
    evidence: tuple[Evidence, ...]


class AccreditationView(View, frozen=True, kw_only=True):
    """``statements``: what each record says, so that differing words stand side by side."""

    id: str
    body: str
    kind: AccreditationKind
    issuer: str
    issuer_name: str
    issuer_local_name: str
    number: str
    field: str
    standard: str
    body_kind: BodyKind | None
    granted: date | None
    expires: date | None
    basis: str
    schedule_held: bool
    lines: int
    listed: Listed
    status: StatusView
    events: tuple[EventView, ...]
    spans: tuple["Span", ...]  # for the timeline picture
    lookup: bool  # a source offers to re-verify it
    evidence: tuple[Evidence, ...]


class Span(View, frozen=True, kw_only=True):
    """The whole accreditation's decision from ``start`` until before ``end``, as known now."""

    start: date
    end: date | None
    verdict: Verdict
    standing: str
    partial: bool


class LineView(View, frozen=True, kw_only=True):
    accreditation: str
    label: str
    key: str
    object: str
    object_also: str
    parameter: str
    parameter_also: str
    method: str
    standards: tuple[str, ...]
    lo: Decimal | None
    hi: Decimal | None
    unit: str
    cmc: Decimal | None
    limitation: str
    flexible: bool
    sites: tuple[str, ...]
    valid_from: date | None
    valid_to: date | None
    status: StatusView
    evidence: Evidence


class Family(View, frozen=True, kw_only=True):
    """How many lines name a standard of that family ("GB", "IEC")."""

    family: str
    count: int


class Scope(View, frozen=True, kw_only=True):
    lines: tuple[LineView, ...]
    total: int  # lines that match
    of: int  # lines held
    families: tuple[Family, ...]


class RelationView(View, frozen=True, kw_only=True):
    kind: RelationKind
    other: str
    body: str | None  # "b7" where the directory knows it
    evidence: tuple[Evidence, ...]


class RelatedView(View, frozen=True, kw_only=True):
    """What a steward decided. ``is_other``: the other body is ``kind`` of this one, else this one
    is ``kind`` of the other. ``by``: the account that decided so."""

    kind: RelationKind
    is_other: bool
    body: str
    name: str
    because: str
    proof: str
    by: str
    known_from: datetime


class IdentifierView(View, frozen=True, kw_only=True):
    namespace: str
    value: str
    check_digit: bool | None  # None: this kind has none
    evidence: tuple[Evidence, ...]


class TimelineEntry(View, frozen=True, kw_only=True):
    """One thing that happened, on both axes: when true, when known.

    ``until``: the first day on which it is over. ``known_at``: since when the directory has said
    so; ``known_until``: when it took that back, None where it still says so. ``what``: granted,
    expires, expired, an event's kind, restored, changed (listed otherwise than before), lines
    (added and removed by one publish, counted in ``params``), listed, left_list, back_on_list,
    name, former_name, presence, credential. A partial event names ``lines`` or ``sites`` in
    ``params``; a change that nobody dated its window ``after``–``before``.

    ``cause``: whether the directory came to say so because the source did, or because it read the
    same bytes otherwise (see changes); ``cause_until``: the same of why it took that back.
    """

    at: date | None
    until: date | None
    known_at: datetime
    known_until: datetime | None = None
    cause: ChangeCause = ChangeCause.SOURCE
    cause_until: ChangeCause | None = None
    what: str
    accreditation: str | None
    label: str
    raw: str
    params: dict[str, str]
    evidence: tuple[Evidence, ...]


class BodyView(View, frozen=True, kw_only=True):
    id: str
    names: tuple[NameView, ...]
    identifiers: tuple[IdentifierView, ...]
    kinds: tuple[BodyKind, ...]
    country: str
    region: str
    city: str
    website: str
    made: bool
    relations: tuple[RelationView, ...]
    standings: dict[str, int]
    accreditations: tuple[AccreditationView, ...]
    sites: tuple[SiteView, ...]
    presences: tuple[PresenceView, ...]
    credentials: tuple[CredentialView, ...]
    scope: Scope  # its first page
    timeline: tuple[TimelineEntry, ...]  # the newest entries
    sources: tuple[SourceRef, ...]
    profile_evidence: tuple[Evidence, ...]
    related: tuple[RelatedView, ...] = ()
    merged_into: str | None = None


class ChangeView(View, frozen=True, kw_only=True):
    """``cursor``: "position.row". ``before``/``after``: the statement's fields that differ.

    ``cause``: "source" where the source says something else, or for kind "time" the calendar;
    "reading" where the same bytes were read otherwise: our reading changed, not the source;
    "reread" where bytes that were refused before were read again by a mended reader.
    """

    cursor: str
    position: int
    row: int
    kind: ChangeKind
    what: str
    body: str | None
    body_names: tuple[NameView, ...]
    accreditation: str | None
    label: str
    key: str
    before: dict[str, object] | None
    after: dict[str, object] | None
    known_at: datetime
    source: str
    made: bool
    repeats: bool
    cause: ChangeCause = ChangeCause.SOURCE


class FillChange(View, frozen=True, kw_only=True):
    """Share of the records that have a part ("accreditations.expires"), 0 to 1."""

    part: str
    before: float | None
    after: float | None


class Renamed(View, frozen=True, kw_only=True):
    before: str
    after: str


class ShapeDiff(View, frozen=True, kw_only=True):
    """What changed shape since the last good version; ``unread``: rows that could not be read."""

    against_run: int
    rows_before: int
    rows_after: int
    lines_before: int
    lines_after: int
    unread_before: int
    unread_after: int
    columns_gone: tuple[str, ...]
    columns_new: tuple[str, ...]
    perhaps_renamed: tuple[Renamed, ...]
    fill: tuple[FillChange, ...]
    problems: tuple[str, ...]


class RunView(View, frozen=True, kw_only=True):
    """``accepts_run``: the refused run that this one published on purpose, and ``because`` of what;
    ``accepted_by_run``: the run that published this refused one. ``diff``: of one run asked for
    by itself, where an earlier good version stands to compare with. ``rereads_run``: the run whose
    kept bytes this one read again, and ``reread_by_run`` the run that published this refused one
    so; ``cause``: see changes. ``uploaded_by``, ``uploaded_at``: the account that handed the bytes
    in, and when, "" and null where they were fetched; ``obtained``: where that person had them
    from."""

    id: int
    source: str
    list: str
    record_key: str  # set for a look-up
    state: RunState
    asked_by: str
    asked_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    as_of: datetime | None
    known_at: datetime | None
    recorded: bool
    position: int | None
    attempts: int
    reasons: tuple[str, ...]
    counts: dict[str, int]
    rows: int | None
    sha256: tuple[str, ...]
    urls: tuple[str, ...]
    accepts_run: int | None = None
    accepted_by_run: int | None = None
    because: str = ""
    diff: ShapeDiff | None = None
    parser_version: int = 0
    cause: ChangeCause = ChangeCause.SOURCE
    rereads_run: int | None = None
    reread_by_run: int | None = None
    uploaded_by: str = ""
    uploaded_at: datetime | None = None
    obtained: str = ""


class ListView(View, frozen=True, kw_only=True):
    """One address of a source and how it does."""

    name: str
    address: str
    enabled: bool
    next_due_at: datetime | None
    last_run: RunView | None
    last_good: RunView | None
    rows: int | None
    failures: int


class SourceView(View, frozen=True, kw_only=True):
    key: str
    title: str
    title_zh: str
    publisher: str
    publisher_zh: str
    home: str
    licence: str
    tier: Tier
    country: str
    note: str
    made: bool
    enabled: bool
    authoritative_for: tuple[str, ...]
    leaving_means: str
    every_seconds: int
    has_lookup: bool
    lists: tuple[ListView, ...]
    last_run_state: RunState | None  # of the newest finished run; None before the first
    last_success_at: datetime | None
    recorded: bool
    next_due_at: datetime | None
    overdue: bool
    overdue_why: str
    records: int
    bodies: int
    refusals_30d: int
    history: tuple[tuple[datetime, int, RunState], ...]  # (when, rows, state), oldest first


class Resolved(View, frozen=True, kw_only=True):
    """A number looked up: registered ones and patterns it fits (hints, never proof)."""

    number: str
    registered: tuple[AccreditationBrief, ...]
    bodies: tuple[BodyCard, ...]
    fits: tuple[str, ...]  # accreditation bodies whose number pattern it fits
    verdict: Verdict | None  # NOT_FOUND where nothing is registered; never "fake"


class Status(View, frozen=True, kw_only=True):
    """The directory's own health in one answer. ``queue_age_s``: how long the oldest run has
    waited, 0 with an empty queue. ``published_at``: as known when the newest publish stands."""

    bodies: int
    accreditations: int
    lines: int
    log_position: int
    sources: tuple[SourceRef, ...]
    overdue: tuple[str, ...]
    newest_suspensions: tuple[ChangeView, ...]
    open_reviews: int
    queued: int
    running: int
    queue_age_s: int
    published_at: datetime | None
