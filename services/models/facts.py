"""Statements, a table a kind. Columns bear the names of the fields in ``services.kit``."""

from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column

from services import terms
from services.models.base import Base, BigKey, Statement, Words, held_by_trigger, word


class Name(Statement, Base):
    """``folded``: the text as the match compares it; ``core``: the same without its legal form;
    ``keys``: what it has in common with names that may be the same body's (``name_keys``)."""

    __tablename__ = "name"
    text: Mapped[str]
    lang: Mapped[str]
    kind: Mapped[terms.NameKind] = mapped_column(word(terms.NameKind))
    folded: Mapped[str] = mapped_column(index=True)
    core: Mapped[str] = mapped_column(index=True)
    keys: Mapped[Words]


sa.Index("ix_name_keys", Name.keys, postgresql_using="gin")


class Identifier(Statement, Base):
    __tablename__ = "identifier"
    namespace: Mapped[str]
    value: Mapped[str] = mapped_column(index=True)


class Profile(Statement, Base):
    __tablename__ = "profile"
    country: Mapped[str]
    region: Mapped[str]
    city: Mapped[str]
    kinds: Mapped[Words]
    website: Mapped[str]


class Site(Statement, Base):
    __tablename__ = "site"
    name: Mapped[str]
    country: Mapped[str]
    region: Mapped[str]
    city: Mapped[str]
    address: Mapped[str]
    address_also: Mapped[str]


class Presence(Statement, Base):
    __tablename__ = "presence"
    country: Mapped[str]
    city: Mapped[str]
    mode: Mapped[terms.PresenceMode] = mapped_column(word(terms.PresenceMode))
    site: Mapped[str]
    partner: Mapped[str]
    partner_also: Mapped[str]
    may_issue: Mapped[str]
    may_issue_also: Mapped[str]
    in_whose_name: Mapped[str]
    in_whose_name_also: Mapped[str]
    languages: Mapped[Words]
    level: Mapped[terms.EvidenceLevel] = mapped_column(word(terms.EvidenceLevel))
    evidence: Mapped[str]


class AccreditationStatement(Statement, Base):
    """What one record says of an accreditation; ``key`` is the record's own word for it."""

    __tablename__ = "accreditation_statement"
    kind: Mapped[terms.AccreditationKind] = mapped_column(word(terms.AccreditationKind))
    issuer: Mapped[str]
    number: Mapped[str]
    field: Mapped[str]
    standard: Mapped[str]
    body_kind: Mapped[terms.BodyKind | None] = mapped_column(word(terms.BodyKind))
    granted: Mapped[date | None]
    expires: Mapped[date | None]
    listed: Mapped[terms.Listed] = mapped_column(word(terms.Listed))
    basis: Mapped[str]
    schedule_held: Mapped[bool]
    schedule_issue: Mapped[str]


class StatusEvent(Statement, Base):
    """``on``: first day; ``until``: first day valid again; no ``lines`` nor ``sites``: whole."""

    __tablename__ = "status_event"
    accreditation: Mapped[str]
    kind: Mapped[terms.EventKind] = mapped_column(word(terms.EventKind))
    on: Mapped[date | None]
    until: Mapped[date | None]
    decided: Mapped[date | None]
    published: Mapped[date | None]
    expires: Mapped[date | None]
    lines: Mapped[Words]
    sites: Mapped[Words]
    asked_by: Mapped[str]


class Credential(Statement, Base):
    __tablename__ = "credential"
    kind: Mapped[terms.CredentialKind] = mapped_column(word(terms.CredentialKind))
    title: Mapped[str]
    title_also: Mapped[str]
    issuer: Mapped[str]
    issuer_also: Mapped[str]
    number: Mapped[str]
    nice_class: Mapped[int | None]
    territory: Mapped[str]
    level: Mapped[terms.EvidenceLevel] = mapped_column(word(terms.EvidenceLevel))
    polarity: Mapped[terms.Polarity] = mapped_column(word(terms.Polarity))
    granted: Mapped[date | None]
    expires: Mapped[date | None]
    via_parent: Mapped[str]
    evidence: Mapped[str]
    note: Mapped[str]
    note_also: Mapped[str]
    category: Mapped[str | None]  # null: said nothing, as all rows older than the column
    status: Mapped[str | None]


class Relation(Statement, Base):
    __tablename__ = "relation"
    kind: Mapped[terms.RelationKind] = mapped_column(word(terms.RelationKind))
    other: Mapped[str]
    other_namespace: Mapped[str]
    other_value: Mapped[str]


class AccreditationBody(Statement, Base):
    __tablename__ = "accreditation_body"
    acronym: Mapped[str] = mapped_column(index=True)
    name: Mapped[str]
    local_name: Mapped[str]
    country: Mapped[str]
    domain: Mapped[str]
    mra_scopes: Mapped[Words]
    mla_scopes: Mapped[Words]
    region: Mapped[str]
    number_pattern: Mapped[str]
    number_examples: Mapped[Words]
    pattern_confidence: Mapped[str]
    directory: Mapped[str]
    confidence: Mapped[str]
    note: Mapped[str]


class Term(Base):
    """An object, parameter or method, stored once however many lines use it.

    ``standards``: canonical edition-free keys of the standards a method names.
    """

    __tablename__ = "term"
    id: Mapped[BigKey]
    kind: Mapped[str]  # object, parameter, method
    text: Mapped[str]
    also: Mapped[str]
    digest: Mapped[bytes] = mapped_column(pg.BYTEA)  # of text and also: they outgrow an index row
    tokens: Mapped[Any] = mapped_column(pg.TSVECTOR)
    standards: Mapped[Words]
    editions: Mapped[Words]
    __table_args__ = (
        sa.UniqueConstraint("kind", "digest"),
        sa.Index("ix_term_tokens", "tokens", postgresql_using="gin"),
        sa.Index("ix_term_standards", "standards", postgresql_using="gin"),
    )


class ScopeLine(Statement, Base):
    """Exclusion constraints made loading lines ten times slower, so lines go without (DESIGN).

    Foreign keys made it a third slower: what a line refers to is held by a trigger.
    """

    __tablename__ = "scope_line"
    refers_to = staticmethod(held_by_trigger)
    accreditation: Mapped[str]
    object_id: Mapped[int | None] = mapped_column(held_by_trigger("term.id"))
    parameter_id: Mapped[int | None] = mapped_column(held_by_trigger("term.id"))
    method_id: Mapped[int | None] = mapped_column(held_by_trigger("term.id"))
    lo: Mapped[Decimal | None]
    hi: Mapped[Decimal | None]
    unit: Mapped[str]
    cmc: Mapped[Decimal | None]
    limitation: Mapped[str]
    flexible: Mapped[bool]
    sites: Mapped[Words]
    __table_args__ = (
        sa.Index(
            "uq_scope_line_open",
            "record_id",
            "key",
            sa.text("lower(valid)"),
            unique=True,
            postgresql_where=sa.text("upper_inf(known)"),
        ),
        # a schedule is read as it was known at any time: the index of open lines is no help
        sa.Index("ix_scope_line_record_id", "record_id", "accreditation"),
        sa.Index("ix_scope_line_object_id", "object_id"),
        sa.Index("ix_scope_line_parameter_id", "parameter_id"),
        sa.Index("ix_scope_line_method_id", "method_id"),
    )
