"""Obstacles met abroad, as accounts report them, and what a steward decided about each.

Both tables only grow: a report is never altered, and one decision closes it for good. Whether a
report waits, is published or rejected follows from its decision, so that every earlier state stays
askable.
"""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services import terms
from services.models.base import Base, BigKey, Timestamp, word


class Obstacle(Base):
    """A document that was not taken in a market: which kind, by whom, why, when. ``product`` and
    ``standard`` are "" where the report is about none in particular."""

    __tablename__ = "obstacle"
    id: Mapped[BigKey]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    market: Mapped[str]
    product: Mapped[str]
    standard: Mapped[str]
    document_kind: Mapped[str]
    rejected_by: Mapped[str]
    text: Mapped[str]
    happened_on: Mapped[date]
    created_at: Mapped[Timestamp]
    __table_args__ = (sa.Index("ix_obstacle_market_product", "market", "product"),)


class ObstacleDecision(Base):
    """A steward's word on a report: published as a warning, or rejected; ``because`` of what."""

    __tablename__ = "obstacle_decision"
    obstacle_id: Mapped[int] = mapped_column(sa.ForeignKey("obstacle.id"), primary_key=True)
    state: Mapped[terms.ObstacleState] = mapped_column(word(terms.ObstacleState))
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"))
    because: Mapped[str]
    decided_at: Mapped[Timestamp]
    __table_args__ = (sa.CheckConstraint("state in ('published', 'rejected')", name="decided"),)
