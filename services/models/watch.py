"""Watching: lists of what is watched, subscriptions, and what was delivered to them."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from services import terms
from services.models.base import Base, Big, BigKey, Json, Timestamp, Words, word


class Watchlist(Base):
    __tablename__ = "watchlist"
    id: Mapped[BigKey]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    name: Mapped[str]
    created_at: Mapped[Timestamp]


class WatchlistBody(Base):
    __tablename__ = "watchlist_body"
    watchlist_id: Mapped[int] = mapped_column(
        sa.ForeignKey("watchlist.id", ondelete="CASCADE"), primary_key=True
    )
    body_id: Mapped[int] = mapped_column(sa.ForeignKey("body.id"), primary_key=True, index=True)
    added_at: Mapped[Timestamp]


class Subscription(Base):
    """A webhook that is told of changes. ``filters``: which; ``position``, ``row``: the last place
    of the log that was put into a delivery (or looked at and passed over).

    ``secret`` signs what is sent (Standard Webhooks, symmetric); it is shown to its owner once.
    """

    __tablename__ = "subscription"
    id: Mapped[BigKey]
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("account.id"), index=True)
    watchlist_id: Mapped[int | None] = mapped_column(
        sa.ForeignKey("watchlist.id", ondelete="CASCADE")
    )
    url: Mapped[str]
    secret: Mapped[str]
    filters: Mapped[Json]
    state: Mapped[terms.SubscriptionState] = mapped_column(word(terms.SubscriptionState))
    position: Mapped[Big]
    row: Mapped[int]
    created_at: Mapped[Timestamp]
    lease_until: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))


class Delivery(Base):
    """One message to one subscription, as it is sent: the same bytes at every attempt.

    ``message_id``: the webhook-id, so that a receiver can tell repeats. ``first``-``last``: places
    in the log ("position.row").
    """

    __tablename__ = "delivery"
    id: Mapped[BigKey]
    subscription_id: Mapped[int] = mapped_column(
        sa.ForeignKey("subscription.id", ondelete="CASCADE")
    )
    message_id: Mapped[str] = mapped_column(unique=True)
    body: Mapped[str]
    first: Mapped[str]
    last: Mapped[str]
    changes: Mapped[int]
    state: Mapped[terms.DeliveryState] = mapped_column(word(terms.DeliveryState))
    attempts: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[Timestamp]
    next_try_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    delivered_at: Mapped[datetime | None] = mapped_column(sa.DateTime(timezone=True))
    answers: Mapped[Words]  # what each attempt came to, newest last
    __table_args__ = (
        sa.Index("ix_delivery_subscription_id", "subscription_id", "id"),
        # the first that waits of each subscription holds back the others: order is kept
        sa.Index(
            "ix_delivery_waiting",
            "subscription_id",
            "id",
            postgresql_where=sa.text("state = 'waiting'"),
        ),
        sa.Index(
            "ix_delivery_delivered",
            "delivered_at",
            postgresql_where=sa.text("state = 'delivered'"),
        ),
    )
