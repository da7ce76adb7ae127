"""The form of a dossier: what the directory answers of one body, with all that the answer rests on.

Canonical JSON: keys sorted, no blanks, UTF-8, only what JSON must escape is escaped, fractions as
text. For what a dossier holds this is RFC 8785.
"""

from datetime import datetime
from typing import Any

import msgspec

from services.find.views import BodyView, Meta, TimelineEntry, View
from services.terms import ChangeKind, Tier

FORMAT = "labdir-dossier/1"


class LookRef(View, frozen=True, kw_only=True):
    """One complete run of a list. ``content``: SHA-256 over the hashes of its pages."""

    run: int
    as_of: datetime
    known_at: datetime
    content: str


class RecordRef(View, frozen=True, kw_only=True):
    """A record that speaks of the body: why it is held to (``rule``) and since when, the first and
    the last look that showed it, how many did, and the look that no longer did."""

    id: int
    source: str
    list: str
    key: str
    rule: str
    linked_at: datetime
    looks: int
    first: LookRef | None
    last: LookRef | None
    left: LookRef | None


class KeptRef(View, frozen=True, kw_only=True):
    """Bytes that statements were read from. ``url``: the publisher's address; ``statements``: how
    many of the dossier's were read here. ``name`` in the zip: ``bytes/<sha256>``, where given."""

    run: int
    page: int
    source: str
    list: str
    tier: Tier
    url: str
    fetched_at: datetime
    recorded: bool
    known_at: datetime
    sha256: str
    size: int
    parser_version: int
    statements: int


class LeafRef(View, frozen=True, kw_only=True):
    """A leaf of the log (RFC 9162) that holds change rows about the body; hashes as hex."""

    position: int
    run: int
    rows: int
    root: str
    leaf_hash: str
    known_at: datetime


class LogState(View, frozen=True, kw_only=True):
    """The log as of the dossier: its newest leaf, and the root of the tree up to there."""

    position: int
    tree_size: int
    tree_root: str


class ChangeRef(View, frozen=True, kw_only=True):
    """One change row, at (``position``, ``row``) of the log."""

    position: int
    row: int
    kind: ChangeKind
    what: str
    key: str
    record: int | None
    accreditation: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    fact_hash: str
    repeats: bool


class DecisionRef(View, frozen=True, kw_only=True):
    """What a person was asked or decided: a refused run published on purpose (``run_accepted``), or
    a doubt about whom a record speaks of (a review item's kind)."""

    kind: str
    at: datetime
    run: int
    refused_run: int | None
    record: int | None
    because: str
    reasons: tuple[str, ...]
    evidence: dict[str, Any]


class FileRef(View, frozen=True, kw_only=True):
    """A file of the zip beside dossier.json. ``rows``: without the heading."""

    name: str
    sha256: str
    size: int
    rows: int | None


class IssuedBefore(View, frozen=True, kw_only=True):
    """A dossier of the same question under other rules."""

    rule_version: str
    sha256: str


class DossierView(View, frozen=True, kw_only=True):
    """``asked``: the id that was asked for; ``body.id`` is the one it was merged into, as known
    then. ``body`` without scope lines and timeline: lines stand in the zip's files, the timeline
    here in full."""

    format: str
    asked: str
    body: BodyView
    timeline: tuple[TimelineEntry, ...]
    records: tuple[RecordRef, ...]
    evidence: tuple[KeptRef, ...]
    log: LogState
    leaves: tuple[LeafRef, ...]
    changes: tuple[ChangeRef, ...]
    decisions: tuple[DecisionRef, ...]
    files: tuple[FileRef, ...]
    issued_before: tuple[IssuedBefore, ...] = ()


class DossierDocument(View, frozen=True, kw_only=True):
    """What dossier.json holds."""

    data: DossierView
    meta: Meta


def canonical(document: DossierDocument) -> bytes:
    return msgspec.json.encode(document, order="sorted")
