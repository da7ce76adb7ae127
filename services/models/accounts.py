"""Who asks: accounts without personal data, and the secrets that open them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column

from services import terms
from services.models.base import Base, BigKey, Json, Timestamp, word


class Account(Base):
    """An office, a firm, a steward's desk: a name and a role, never a person's particulars."""

    __tablename__ = "account"
    id: Mapped[BigKey]
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[terms.Role] = mapped_column(word(terms.Role))
    created_at: Mapped[Timestamp]
    closed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    # argon2id in its PHC form; none where the account signs in by links alone
    password_hash: Mapped[str | None]
    password_set_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class AuditTrail(Base):
    """What was done at the desk, by whom, and why: it only grows.

    ``object``: what it was done to, as "source sg_sac" or "run 4711". ``before`` and ``after``:
    what stood and what stands since, as far as the action changes it.
    """

    __tablename__ = "audit_trail"
    id: Mapped[BigKey]
    at: Mapped[Timestamp]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    action: Mapped[terms.DeskAction] = mapped_column(word(terms.DeskAction))
    object: Mapped[str]
    because: Mapped[str] = mapped_column(server_default="")
    before: Mapped[Json]
    after: Mapped[Json]


class SourceOverride(Base):
    """What the desk says of how a source is asked; it wins over the settings and the source's own
    word until it is taken back. ``every``: a duration as the settings write it; ``rate``: requests
    a second."""

    __tablename__ = "source_override"
    source_key: Mapped[str] = mapped_column(sa.ForeignKey("source.key"), primary_key=True)
    paused: Mapped[bool]
    every: Mapped[str | None]
    rate: Mapped[float | None]


class Secret(Base):
    """What opens an account, kept as its SHA-256 alone: an API key, a sign-in link, a session.

    A link is used up by its first use (``used_at``); all end at ``expires_at`` where that is set.
    """

    __tablename__ = "secret"
    id: Mapped[BigKey]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    kind: Mapped[terms.SecretKind] = mapped_column(word(terms.SecretKind))
    digest: Mapped[bytes] = mapped_column(pg.BYTEA, unique=True)
    label: Mapped[str] = mapped_column(server_default="")
    created_at: Mapped[Timestamp]
    expires_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    used_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    revoked_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
