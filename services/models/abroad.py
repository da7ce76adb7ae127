"""Statements of :mod:`services.abroad`, a table a kind, columns named as its fields."""

from datetime import date
from decimal import Decimal

from sqlalchemy.orm import Mapped, mapped_column

from services import terms
from services.models.base import Base, Statement, Words, word


class Route(Statement, Base):
    __tablename__ = "market_route"
    market: Mapped[str] = mapped_column(index=True)
    product: Mapped[str]
    scheme: Mapped[str]
    mark: Mapped[str]
    regulator: Mapped[str]
    legal_basis: Mapped[str]
    recognition: Mapped[str]
    in_country: Mapped[str]
    note: Mapped[str]
    sureness: Mapped[terms.Sureness] = mapped_column(word(terms.Sureness))
    sourced: Mapped[bool]
    source: Mapped[str]


class RouteDay(Statement, Base):
    __tablename__ = "route_day"
    market: Mapped[str] = mapped_column(index=True)
    product: Mapped[str]
    scheme: Mapped[str]
    kind: Mapped[terms.RouteDayKind] = mapped_column(word(terms.RouteDayKind))
    on: Mapped[date | None]
    precision: Mapped[str]
    words: Mapped[str]


class RouteLink(Statement, Base):
    __tablename__ = "route_link"
    market: Mapped[str] = mapped_column(index=True)
    product: Mapped[str]
    kind: Mapped[terms.RouteLinkKind] = mapped_column(word(terms.RouteLinkKind))
    title: Mapped[str]
    title_also: Mapped[str]
    number: Mapped[str]
    url: Mapped[str]
    on: Mapped[date | None]


class Signatory(Statement, Base):
    __tablename__ = "signatory"
    issuer: Mapped[str] = mapped_column(index=True)
    arrangement: Mapped[str]
    scope: Mapped[str]
    status: Mapped[str]


class Designates(Statement, Base):
    __tablename__ = "designates"
    market: Mapped[str] = mapped_column(index=True)
    product: Mapped[str]
    requirement: Mapped[str]
    issuer: Mapped[str]
    sureness: Mapped[terms.Sureness] = mapped_column(word(terms.Sureness))
    sourced: Mapped[bool]
    source: Mapped[str]


class Zone(Statement, Base):
    __tablename__ = "zone"
    name: Mapped[str]
    name_also: Mapped[str]
    country: Mapped[str]
    region: Mapped[str]
    cities: Mapped[Words]
    policy: Mapped[str]
    policy_also: Mapped[str]
    url: Mapped[str]


class Ownership(Statement, Base):
    __tablename__ = "ownership"
    owner: Mapped[str]
    owner_also: Mapped[str]
    owner_country: Mapped[str]
    share: Mapped[Decimal | None]
    prohibited: Mapped[bool]
    rule: Mapped[str]
    level: Mapped[terms.EvidenceLevel] = mapped_column(word(terms.EvidenceLevel))
    evidence: Mapped[str]


class Cooperation(Statement, Base):
    __tablename__ = "cooperation"
    kind: Mapped[terms.CooperationKind] = mapped_column(word(terms.CooperationKind))
    partner: Mapped[str]
    partner_also: Mapped[str]
    partner_number: Mapped[str]
    countries: Mapped[Words]
    product: Mapped[str]
    outputs: Mapped[str]
    outputs_also: Mapped[str]
    in_whose_name: Mapped[str]
    recognition: Mapped[terms.RecognitionLevel] = mapped_column(word(terms.RecognitionLevel))
    level: Mapped[terms.EvidenceLevel] = mapped_column(word(terms.EvidenceLevel))
    evidence: Mapped[str]


class Acceptance(Statement, Base):
    __tablename__ = "acceptance"
    accepter: Mapped[str]
    accepter_also: Mapped[str]
    country: Mapped[str] = mapped_column(index=True)
    result: Mapped[str]
    result_also: Mapped[str]
    product: Mapped[str]
    standard: Mapped[str]
    instrument: Mapped[str]
    recognition: Mapped[terms.RecognitionLevel] = mapped_column(word(terms.RecognitionLevel))
    level: Mapped[terms.EvidenceLevel] = mapped_column(word(terms.EvidenceLevel))
    evidence: Mapped[str]


class Project(Statement, Base):
    __tablename__ = "project"
    title: Mapped[str]
    title_also: Mapped[str]
    partners: Mapped[Words]
    country: Mapped[str] = mapped_column(index=True)
    product: Mapped[str]
    document: Mapped[str]
    document_also: Mapped[str]
    status: Mapped[terms.ProjectStatus] = mapped_column(word(terms.ProjectStatus))
    outcome: Mapped[str]
    outcome_also: Mapped[str]
    level: Mapped[terms.EvidenceLevel] = mapped_column(word(terms.EvidenceLevel))
    evidence: Mapped[str]


class Accompaniment(Statement, Base):
    __tablename__ = "accompaniment"
    title: Mapped[str]
    title_also: Mapped[str]
    sector: Mapped[str]
    country: Mapped[str] = mapped_column(index=True)
    product: Mapped[str]
    service: Mapped[str]
    service_also: Mapped[str]
    outcome: Mapped[str]
    outcome_also: Mapped[str]
    consent: Mapped[bool]
    level: Mapped[terms.EvidenceLevel] = mapped_column(word(terms.EvidenceLevel))
    evidence: Mapped[str]


class Expertise(Statement, Base):
    __tablename__ = "expertise"
    field: Mapped[str]
    field_also: Mapped[str]
    committee: Mapped[str]
    language: Mapped[str]
    pool: Mapped[str]
    count: Mapped[int]
    level: Mapped[terms.EvidenceLevel] = mapped_column(word(terms.EvidenceLevel))
    evidence: Mapped[str]


class Offer(Statement, Base):
    __tablename__ = "offer"
    title: Mapped[str]
    title_also: Mapped[str]
    stage: Mapped[str]
    product: Mapped[str]
    hs_code: Mapped[str]
    languages: Mapped[Words]
    level: Mapped[terms.EvidenceLevel] = mapped_column(word(terms.EvidenceLevel))
    evidence: Mapped[str]
