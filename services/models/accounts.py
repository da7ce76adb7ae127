"""Who asks: accounts without personal data, and the secrets that open them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.orm import Mapped, mapped_column

from services import terms
from services.models.base import Base, BigKey, Timestamp, word


class Account(Base):
    """An office, a firm, a steward's desk: a name and a role, never a person's particulars."""

    __tablename__ = "account"
    id: Mapped[BigKey]
    name: Mapped[str] = mapped_column(unique=True)
    role: Mapped[terms.Role] = mapped_column(word(terms.Role))
    created_at: Mapped[Timestamp]
    closed_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


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
