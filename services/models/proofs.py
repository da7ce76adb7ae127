"""Proof: signing keys, signed checkpoints of the log, receipts and dossiers as issued."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Big, BigKey, Hash, Timestamp


class SigningKey(Base):
    """The public half of a key that signed: kept for ever, so that old receipts stay verifiable.

    The private half is a file of the operator's and never in the database.
    """

    __tablename__ = "signing_key"
    kid: Mapped[str] = mapped_column(primary_key=True)
    jwk: Mapped[dict[str, Any]] = mapped_column(pg.JSONB)
    created_at: Mapped[Timestamp]
    retired_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Checkpoint(Base):
    """A signed statement that the log of ``size`` leaves has this root (RFC 9162, 4.10)."""

    __tablename__ = "checkpoint"
    size: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[Hash]
    issued_at: Mapped[Timestamp]
    kid: Mapped[str] = mapped_column(sa.ForeignKey("signing_key.kid"))
    jws: Mapped[str]


class Receipt(Base):
    """A verdict as issued: stored and served again byte for byte. ``id``: unguessable."""

    __tablename__ = "receipt"
    id: Mapped[str] = mapped_column(primary_key=True)
    issued_at: Mapped[Timestamp]
    log_position: Mapped[Big]
    kid: Mapped[str] = mapped_column(sa.ForeignKey("signing_key.kid"))
    jws: Mapped[str]


class Dossier(Base):
    """A body's evidence, frozen: the document as issued, compressed, and its SHA-256."""

    __tablename__ = "dossier"
    id: Mapped[BigKey]
    body_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"))
    on: Mapped[date]
    known_at: Mapped[Timestamp]
    log_position: Mapped[Big]
    rule_version: Mapped[str]
    sha256: Mapped[Hash]
    body: Mapped[Hash]
    issued_at: Mapped[Timestamp]
    __table_args__ = (sa.UniqueConstraint("body_id", "on", "known_at", "rule_version"),)
