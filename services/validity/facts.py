"""The dated facts that the decision is made of, the question asked, and the answer given.

Everything is frozen: a decision can be repeated from the same facts for ever. Dates follow the
accreditation body's calendar (rule 1). ``known_from`` is when the directory learned a fact; absent
means that it was always known.
"""

from datetime import date, datetime
from enum import StrEnum

import msgspec

from services.terms import Confidence, EventKind, Listed, Tier, Verdict
from services.validity.reasons import Reason

# Named with every answer: the same facts under other rules are another answer.
RULE_VERSION = "2026.1"


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """A change of status, renewal or extension.

    ``on``: first day in effect (``extended_to``: the new expiry, inclusive). ``until``: first day
    valid again. ``window``: [last good, first bad), where no date was published; ``on`` wins over
    it. ``expires``: of a renewal, inclusive, ``None`` for open-ended. ``lines``/``sites``: what a
    partial event hits; both empty is whole-body, both given is those lines at those sites.
    ``last_seen``: of an open suspension that has left a rolling list, the last day it stood there.
    ``source``: key of the source that states it; ``ref``: the stored fact, for the evidence.
    """

    kind: EventKind
    on: date | None = None
    until: date | None = None
    window: tuple[date, date] | None = None
    expires: date | None = None
    lines: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    known_from: date | datetime | None = None
    last_seen: date | None = None
    source: str | None = None
    ref: str | None = None

    @property
    def whole(self) -> bool:
        return not self.lines and not self.sites


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """A scope line. ``valid_from``-``valid_to`` inclusive; ``sites`` empty means every site.

    ``method`` "*" is any (flexible scopes); ``lo``-``hi`` in ``unit``; ``cmc`` is the smallest
    uncertainty in ``unit``.
    """

    id: str
    object: str | None = None
    parameter: str | None = None
    method: str | None = None
    edition: str | None = None
    flexible: bool = False
    lo: float | None = None
    hi: float | None = None
    unit: str | None = None
    cmc: float | None = None
    sites: frozenset[str] = frozenset()
    valid_from: date | None = None
    valid_to: date | None = None
    known_from: date | datetime | None = None


class Check(msgspec.Struct, frozen=True):
    """One look at a source. A failed one (``ok`` false) never refreshes anything (rule 14).

    ``own``: a tier-3 list speaking of its own designation, for which it is authoritative. ``at``
    may carry the time, which orders two checks of one day. ``source``: key of the source; two
    checks of one source are the same voice, and its later word wins.
    """

    at: date | datetime
    ok: bool
    listed: Listed
    tier: Tier
    own: bool = False
    source: str | None = None

    @property
    def primary(self) -> bool:
        return self.ok and is_primary(self.tier, own=self.own)

    @property
    def day(self) -> date:
        at = self.at
        return at.date() if isinstance(at, datetime) else at

    @property
    def good(self) -> bool:
        return self.listed is Listed.ACTIVE

    @property
    def shows(self) -> bool:
        """It shows that the accreditation exists, in force or suspended."""
        return self.listed in (Listed.ACTIVE, Listed.SUSPENDED, Listed.INACTIVE)

    @property
    def voice(self) -> tuple[str | None, Tier]:
        """Who speaks. Without a source's key, two of one tier count as the same register."""
        return self.source, self.tier


class OtherStatement(msgspec.Struct, frozen=True):
    """What another source says: ``listed`` from day ``on``, learned on day ``at``."""

    tier: Tier
    listed: Listed
    on: date | None
    at: date | datetime

    @property
    def said_on(self) -> date:
        """The day that it speaks of: that of learning it where it names none."""
        return self.on or day_of(self.at)


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """All that is held of one accreditation. ``granted`` and ``expires`` are inclusive.

    ``lines``: ``None`` where the schedule is not held, ``()`` where it is held and empty. Of a
    large schedule only those that could be meant need be given, with the day on which the first
    of all begins in ``lines_from``.
    ``resolved`` false: it is not settled whose accreditation this is.
    """

    granted: date | None = None
    expires: date | None = None
    events: tuple[Event, ...] = ()
    lines: tuple[Line, ...] | None = None
    lines_from: date | None = None
    checks: tuple[Check, ...] = ()
    other: tuple[OtherStatement, ...] = ()
    resolved: bool = True


class Activity(msgspec.Struct, frozen=True, kw_only=True):
    """What was done: ``None`` means not asked. ``u``: claimed uncertainty, in ``unit``."""

    object: str | None = None
    parameter: str | None = None
    method: str | None = None
    edition: str | None = None
    lo: float | None = None
    hi: float | None = None
    unit: str | None = None
    u: float | None = None


class Question(msgspec.Struct, frozen=True):
    """Was it valid for this activity (``None``: as a whole), at this site, on this day, as the
    directory knew it at the end of the day ``known_at``?"""

    activity: Activity | None
    site: str | None
    on: date
    known_at: date


class Decision(msgspec.Struct, frozen=True, kw_only=True):
    """The answer with its reasons. Never a bare boolean.

    ``partial``: only the asked line or site is hit. ``since``: first day of this state, ``until``:
    first day after it, as far as the facts date them. ``last_check``: the last successful primary
    check on or before the day asked about.
    """

    verdict: Verdict
    partial: bool = False
    reasons: tuple[Reason, ...] = ()
    confidence: Confidence = Confidence.NONE
    since: date | None = None
    until: date | None = None
    deciding_event: Event | None = None
    deciding_line: Line | None = None
    last_check: date | None = None


class Standing(StrEnum):
    """A coarse class of answers, for filters and counts."""

    STANDS = "stands"
    PARTLY = "partly"  # it stands, but for some lines or sites
    SUSPENDED = "suspended"
    ENDED = "ended"
    UNKNOWN = "unknown"


def is_primary(tier: Tier, *, own: bool) -> bool:
    """Whether a look at such a source is a check that counts (BRIEF "Source tiers")."""
    return tier <= Tier.AB_SCHEDULE or (own and tier == Tier.SCHEME_LIST)


def day_of(moment: date | datetime) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def as_known(facts: Facts, known_at: date) -> Facts:
    """The facts without whatever was learned after ``known_at``: the knowledge axis, cut once.

    A schedule of which no line was known yet was not held then (rule 15).
    """

    def known(moment: date | datetime | None) -> bool:
        return moment is None or day_of(moment) <= known_at

    lines = facts.lines
    if lines:
        lines = tuple(line for line in lines if known(line.known_from)) or None
    return Facts(
        granted=facts.granted,
        expires=facts.expires,
        events=tuple([e for e in facts.events if known(e.known_from)]),
        lines=lines,
        lines_from=facts.lines_from,
        checks=tuple([c for c in facts.checks if day_of(c.at) <= known_at]),
        other=tuple([o for o in facts.other if known(o.at)]),
        resolved=facts.resolved,
    )
