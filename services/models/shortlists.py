"""Shortlists: bodies that somebody chose, each with what was shown of it, frozen.

Both tables only grow: who holds the link sees for ever what was shown then.
"""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services.models.base import Base, Big, Hash, Timestamp


class Shortlist(Base):
    """``key``: unguessable, the only way in. The rest names the answer that was frozen."""

    __tablename__ = "shortlist"
    key: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    market: Mapped[str]
    product: Mapped[str]
    standard: Mapped[str]
    created_at: Mapped[Timestamp]
    on: Mapped[date]
    known_at: Mapped[Timestamp]
    log_position: Mapped[Big]
    rule_version: Mapped[str]


class ShortlistItem(Base):
    """``frozen``: JSON as it was shown, with its evidence; ``sha256``: of its bytes in UTF-8."""

    __tablename__ = "shortlist_item"
    shortlist_key: Mapped[str] = mapped_column(sa.ForeignKey("shortlist.key"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    body_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"))
    note: Mapped[str]
    frozen: Mapped[str]
    sha256: Mapped[Hash]
