"""What a shortlist freezes of a body, and how it is shown again.

Frozen things have forms of their own, in which every field has a default: what was stored years
ago must still be read when the views of today have other fields.
"""

from datetime import date, datetime

import msgspec

from services.find.views import View


class Proof(View, frozen=True, kw_only=True):
    """Where a frozen fact came from: a statement by its ref, and the bytes by their hash."""

    ref: str = ""
    source: str = ""
    tier: int = 0
    url: str = ""
    raw: str = ""
    fetched_at: datetime | None = None
    sha256: str = ""


class FrozenName(View, frozen=True, kw_only=True):
    text: str = ""
    lang: str = ""
    kind: str = ""


class FrozenAccreditation(View, frozen=True, kw_only=True):
    """``matched``: lines asked for that its schedule named; None: the schedule was not held."""

    id: str = ""
    label: str = ""
    kind: str = ""
    standard: str = ""
    field: str = ""
    verdict: str = ""
    standing: str = ""
    since: date | None = None
    until: date | None = None
    expires: date | None = None
    last_check: date | None = None
    matched: int | None = None
    reasons: tuple[str, ...] = ()
    proof: Proof = Proof()


class FrozenLine(View, frozen=True, kw_only=True):
    id: str = ""
    object: str = ""
    object_also: str = ""
    parameter: str = ""
    parameter_also: str = ""
    method: str = ""
    limitation: str = ""
    accreditation: str = ""
    label: str = ""
    verdict: str = ""
    proof: Proof = Proof()


class FrozenPresence(View, frozen=True, kw_only=True):
    country: str = ""
    city: str = ""
    mode: str = ""
    partner: str = ""
    may_issue: str = ""
    level: str = ""
    verified: bool = False
    on_schedule: bool = False
    proof: Proof = Proof()


class FrozenCredential(View, frozen=True, kw_only=True):
    kind: str = ""
    title: str = ""
    title_also: str = ""
    issuer: str = ""
    number: str = ""
    level: str = ""
    verified: bool = False
    expires: date | None = None
    proof: Proof = Proof()


class FrozenAdverse(View, frozen=True, kw_only=True):
    kind: str = ""
    label: str = ""
    label_also: str = ""
    verdict: str = ""
    since: date | None = None
    proof: Proof = Proof()


class FrozenRoute(View, frozen=True, kw_only=True):
    """What the body met of a route of the market, by its best alternative."""

    market: str = ""
    product: str = ""
    scheme: str = ""
    sourced: bool = False
    state: str = ""
    of_body: str = ""
    left: int = 0


class FrozenUnknown(View, frozen=True, kw_only=True):
    part: str = ""
    code: str = ""
    params: dict[str, str] = msgspec.field(default_factory=dict)
    text: str = ""


class FrozenBody(View, frozen=True, kw_only=True):
    """``lines_total``: lines asked for that it held; of those the first are in ``lines``.
    ``held``: ids of all its accreditations then, also of those that are not shown."""

    id: str = ""
    names: tuple[FrozenName, ...] = ()
    kinds: tuple[str, ...] = ()
    country: str = ""
    region: str = ""
    city: str = ""
    made: bool = False
    standings: dict[str, int] = msgspec.field(default_factory=dict)
    schedule: str = ""
    lines_total: int = 0
    routes: tuple[FrozenRoute, ...] = ()
    held: tuple[str, ...] = ()
    accreditations: tuple[FrozenAccreditation, ...] = ()
    designations: tuple[FrozenAccreditation, ...] = ()
    lines: tuple[FrozenLine, ...] = ()
    presences: tuple[FrozenPresence, ...] = ()
    credentials: tuple[FrozenCredential, ...] = ()
    adverse: tuple[FrozenAdverse, ...] = ()
    unknowns: tuple[FrozenUnknown, ...] = ()


class Since(View, frozen=True, kw_only=True):
    """A difference between what was frozen and today's answer. ``part``: status, route, lines,
    presence, credentials, adverse; ``what``: new, gone or altered."""

    part: str
    what: str
    label: str
    before: str
    after: str


class ShortlistItemView(View, frozen=True, kw_only=True):
    """``body``: as it was chosen; ``now``: the body that it is today."""

    place: int
    body: str
    now: str
    note: str
    sha256: str
    frozen: FrozenBody
    since: tuple[Since, ...]


class ShortlistView(View, frozen=True, kw_only=True):
    """``on``, ``known_at``, ``log_position``, ``rule_version`` name the answer that was frozen."""

    key: str
    title: str
    market: str
    product: str
    standard: str
    created_at: datetime
    on: date
    known_at: datetime
    log_position: int
    rule_version: str
    items: tuple[ShortlistItemView, ...]
