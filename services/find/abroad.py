"""What one body does on the way abroad: cooperation, acceptance, projects, cases, experts, offers,
and who owns it; each with its evidence, on any day and as known at any time.

Statements that say the same stand together, the best tier first. A client that did not agree to be
told of is not told of, whatever its source says.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from services.find.body import find
from services.find.consent import unnamed
from services.find.cursor import number
from services.find.meta import meta
from services.find.parts import grouped, last_day
from services.find.proof import Proofs
from services.find.views import Evidence, Meta, View
from services.store.facts import ABROAD, BodyHeld
from services.store.merge import Said
from services.terms import (
    VERIFIED_LEVELS,
    CooperationKind,
    EvidenceLevel,
    ProjectStatus,
    RecognitionLevel,
)

PARTS = tuple(name for name, _ in ABROAD)


class Claim(View, frozen=True, kw_only=True):
    """What every fact says beside its own: ``since``–``until`` are inclusive, ``current`` where the
    day asked about lies within. ``proof``: what its source names as proof."""

    since: date | None
    until: date | None
    current: bool
    level: EvidenceLevel
    verified: bool
    proof: str
    evidence: tuple[Evidence, ...]


class CooperationView(Claim, frozen=True, kw_only=True):
    """An agreement with a partner. ``partner_number``: the partner's designation, as printed."""

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


class AcceptanceView(Claim, frozen=True, kw_only=True):
    """A result of this body that somebody abroad accepts; no accreditation, no recognition."""

    accepter: str
    accepter_also: str
    country: str
    result: str
    result_also: str
    product: str
    standard: str
    instrument: str
    recognition: RecognitionLevel


class ProjectView(Claim, frozen=True, kw_only=True):
    """A "small and beautiful" project between institutions; no treaty arrangement."""

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


class AccompanimentView(Claim, frozen=True, kw_only=True):
    """A case of going abroad with a manufacturer. Without its client's ``consent`` the words that
    may name it (title, outcome) are empty."""

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


class ExpertiseView(Claim, frozen=True, kw_only=True):
    """How many experts, by field, committee and language; no names are held."""

    field: str
    field_also: str
    committee: str
    language: str
    pool: str
    count: int


class OfferView(Claim, frozen=True, kw_only=True):
    """A service at a stage of the industrial chain."""

    title: str
    title_also: str
    stage: str
    product: str
    hs_code: str
    languages: tuple[str, ...]


class OwnershipView(Claim, frozen=True, kw_only=True):
    """Who owns or controls the body. ``prohibited``: a source says so under ``rule``; never
    inferred, and False says only that this source does not."""

    owner: str
    owner_also: str
    owner_country: str
    share: Decimal | None
    prohibited: bool
    rule: str


class AbroadView(View, frozen=True, kw_only=True):
    """``experts``: all that is counted, whatever its level. An empty part: no source says so."""

    body: str
    cooperations: tuple[CooperationView, ...]
    acceptances: tuple[AcceptanceView, ...]
    projects: tuple[ProjectView, ...]
    accompaniments: tuple[AccompanimentView, ...]
    expertise: tuple[ExpertiseView, ...]
    offers: tuple[OfferView, ...]
    ownerships: tuple[OwnershipView, ...]
    experts: int


C = TypeVar("C", bound=Claim)


def abroad(
    conn: Connection,
    id: str,  # noqa: A002
    *,
    on: date,
    known_at: datetime,
) -> tuple[AbroadView, Meta]:
    """All that is held of it. Raises NotFound, and BadQuestion for an id of another form."""
    held, one = find(conn, number(id, "b", "a body"), id, on, known_at, PARTS)
    proofs = Proofs(conn, chain.from_iterable(getattr(one, name) for name in PARTS))
    view = view_of(one, proofs, on)
    sources = {said.record.source.key for name in PARTS for said in getattr(one, name)}
    behind = [source for source in held.sources_behind() if source.key in sources]
    return view, meta(conn, behind, on=on, known_at=known_at)


def view_of(body: BodyHeld, proofs: Proofs, on: date) -> AbroadView:
    """What was loaded of a body's ABROAD parts, as shown."""

    def told(form: Callable[..., C], says: Sequence[Said], *fields: str) -> tuple[C, ...]:
        groups = grouped(says, *fields, "level", "valid")
        return tuple(sorted((_claim(form, one, proofs, on) for one in groups), key=_order))

    experts = told(ExpertiseView, body.expertise, "field", "committee", "language", "pool", "count")
    return AbroadView(
        body=f"b{body.id}",
        cooperations=told(
            CooperationView, body.cooperations, "kind", "partner", "product", "outputs"
        ),
        acceptances=told(
            AcceptanceView, body.acceptances, "accepter", "country", "result", "product", "standard"
        ),
        projects=told(ProjectView, body.projects, "title", "status"),
        accompaniments=tuple(
            map(
                unnamed,
                told(AccompanimentView, body.accompaniments, "title", "country", "service"),
            )
        ),
        expertise=experts,
        offers=told(OfferView, body.offers, "title", "stage", "hs_code"),
        ownerships=told(OwnershipView, body.ownerships, "owner", "share", "prohibited"),
        experts=sum(one.count for one in experts if one.current),
    )


def _claim(form: Callable[..., C], group: list[Said], proofs: Proofs, on: date) -> C:
    row = group[0].row
    own = {name: _plain(getattr(row, name)) for name in _fields(form)}
    since, until = row.valid.lower, last_day(row.valid.upper)
    return form(
        since=since,
        until=until,
        current=(since is None or since <= on) and (until is None or on <= until),
        verified=row.level in VERIFIED_LEVELS,
        proof=row.evidence,
        evidence=proofs.all(group),
        **own,
    )


def _fields(form: Any) -> Iterable[str]:
    """The fields that are columns of the statement too."""
    ours = {"since", "until", "current", "verified", "proof", "evidence"}
    return (name for name in form.__struct_fields__ if name not in ours)


def _plain(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


def _order(one: Claim) -> tuple[bool, bool, int]:
    """What stands on the day first, then what is proven, then the newest."""
    return not one.current, not one.verified, -(one.since or date.min).toordinal()
