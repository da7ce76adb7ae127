"""Delivering messages: claimed under a lease, sent in order, tried again, given up at last.

Order is kept within a subscription: its first message that waits holds back those behind it. So
what is claimed is a subscription, for the time of one attempt. Whoever is killed in it leaves a
lease that runs out, and the same message is sent again under the same id.
"""

import hashlib
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
import structlog
from sqlalchemy.engine import Connection, Engine

from services import models as m
from services.settings import Settings
from services.terms import DeliveryState, SubscriptionState
from services.watch.prepare import prepare
from services.watch.send import GONE, TIMEOUT_SECONDS, Answered, Sender

Clock = Callable[[], datetime]
log = structlog.get_logger("labdir.watch")

# The pause after each failed attempt; after the last one the message is given up.
BACKOFF = (
    timedelta(seconds=5),
    timedelta(seconds=30),
    timedelta(minutes=2),
    timedelta(minutes=10),
    timedelta(hours=1),
    timedelta(hours=3),
    timedelta(hours=6),
    timedelta(hours=12),
)
_JITTER = 0.2  # of the pause, at most: receivers that failed together do not come back together
_LONGEST_WISH = timedelta(hours=12)  # that a receiver's Retry-After is followed for
LEASE = timedelta(seconds=60)  # an attempt ends within its time-outs, well before
_KEPT = timedelta(days=30)  # delivered messages
_SENDERS = 6  # at once, a process
_BUDGET_SECONDS = 10.0  # nothing new is claimed after so long: the next call goes on
_ROUNDS = 100  # of preparing, in one call

# The head of each subscription's line; those who were never tried first, so that receivers that
# are away do not keep the others waiting.
_CLAIM = """
    update subscription set lease_until = clock_timestamp() + :lease
    where id = (
        select s.id from subscription s
        join (
            select distinct on (subscription_id) subscription_id, next_try_at, attempts
            from delivery where state = 'waiting' order by subscription_id, id
        ) head on head.subscription_id = s.id
        where s.state = 'active' and head.next_try_at <= :now
            and (s.lease_until is null or s.lease_until < clock_timestamp())
        order by head.attempts, head.next_try_at, s.id
        limit 1 for update of s skip locked
    )
    returning id, url, secret, lease_until
"""


@dataclass(frozen=True, slots=True)
class Claimed:
    """One attempt to be made. ``lease``: until when it is ours; it also tells whose it is."""

    subscription_id: int
    lease: datetime
    url: str
    secret: str
    delivery_id: int
    message_id: str
    body: str
    attempts: int


def tell_subscribers(engine: Engine, settings: Settings, clock: Clock) -> tuple[int, int]:
    """Turn what is new into messages and send what is due; returns (messages made, attempts).

    Safe to call at any time, from many processes at once.
    """
    made, attempts = 0, 0
    for _ in range(_ROUNDS):
        with engine.begin() as conn:
            done = prepare(conn, clock())
        made += done.messages
        attempts += deliver_due(engine, settings, clock)
        if not done.more:
            break
    return made, attempts


def deliver_due(engine: Engine, settings: Settings, clock: Clock) -> int:
    """Send every message that is due and first in its line; returns how many attempts were made.

    Several at once: a receiver that takes its time delays its own messages alone.
    """
    with engine.begin() as conn:
        due = _due(conn, clock(), _SENDERS)
    if not due:
        return 0
    until = time.monotonic() + _BUDGET_SECONDS
    counts = [0] * due

    def work(number: int) -> None:
        sender = Sender(settings.fetch.private_hosts, settings.fetch.user_agent)
        try:
            while time.monotonic() < until and _attempt(engine, sender, clock):
                counts[number] += 1
        except Exception:
            log.exception("delivery_failed")  # the lease runs out, and it is sent again
        finally:
            sender.close()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(due)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts)


def _due(conn: Connection, now: datetime, most: int) -> int:
    """How many subscriptions have something due, counted up to ``most``."""
    one = m.Delivery
    query = sa.select(one.subscription_id).where(
        one.state == DeliveryState.WAITING, one.next_try_at <= now
    )
    counted = query.distinct().limit(most).subquery()
    return int(conn.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one())


def _attempt(engine: Engine, sender: Sender, clock: Clock) -> bool:
    """Claim, send, write down. False where nothing is due."""
    with engine.begin() as conn:
        claimed = claim(conn, clock())
    if claimed is None:
        return False
    at = clock()
    answered = sender.send(claimed.url, claimed.secret, claimed.message_id, claimed.body, at)
    with engine.begin() as conn:
        write_down(conn, claimed, answered, clock())
    return True


def claim(conn: Connection, now: datetime) -> Claimed | None:
    """Take the subscription whose first waiting message is due, under a lease; None for none."""
    row = conn.execute(sa.text(_CLAIM), {"lease": LEASE, "now": now}).one_or_none()
    if row is None:
        return None
    # asked anew now that the row is ours: another may have delivered the head while we waited
    one = m.Delivery
    head = conn.execute(
        sa.select(one.id, one.message_id, one.body, one.attempts, one.next_try_at)
        .where(one.subscription_id == row.id, one.state == DeliveryState.WAITING)
        .order_by(one.id)
        .limit(1)
    ).one_or_none()
    if head is None or head.next_try_at > now:
        conn.execute(
            sa.update(m.Subscription).where(m.Subscription.id == row.id).values(lease_until=None)
        )
        return None
    return Claimed(
        row.id, row.lease_until, row.url, row.secret,
        head.id, head.message_id, head.body, head.attempts,
    )  # fmt: skip


def write_down(conn: Connection, claimed: Claimed, answered: Answered, now: datetime) -> None:
    """What the attempt came to. A failure that another has taken over since is nobody's news."""
    one, sub = m.Delivery, m.Subscription
    ours = conn.execute(
        sa.update(sub)
        .where(sub.id == claimed.subscription_id, sub.lease_until == claimed.lease)
        .values(lease_until=None)
    ).rowcount
    said = f"{now.isoformat(timespec='seconds').replace('+00:00', 'Z')} {answered.said}"
    mine = sa.update(one).where(one.id == claimed.delivery_id, one.state == DeliveryState.WAITING)
    told = {"attempts": one.attempts + 1, "answers": sa.func.array_append(one.answers, said)}
    if answered.delivered:
        mine = mine.values(
            state=DeliveryState.DELIVERED, delivered_at=now, next_try_at=None, **told
        )
        conn.execute(mine)
        return
    if not ours:
        return
    if answered.status == GONE:
        _end(conn, claimed.subscription_id, said)
        return
    pause = pause_after(claimed.attempts + 1, claimed.message_id, answered.later)
    if pause is None:
        mine = mine.values(state=DeliveryState.DEAD, next_try_at=None, **told)
    else:
        mine = mine.values(next_try_at=now + pause, **told)
    conn.execute(mine)
    log.info(
        "delivery_failed_once",
        subscription=claimed.subscription_id,
        attempts=claimed.attempts + 1,
        said=answered.said,
        dead=pause is None,
    )


def _end(conn: Connection, subscription_id: int, said: str) -> None:
    """The receiver wants no more: nothing is sent until its owner resumes the subscription."""
    one, sub = m.Delivery, m.Subscription
    conn.execute(
        sa.update(sub).where(sub.id == subscription_id).values(state=SubscriptionState.ENDED)
    )
    conn.execute(
        sa.update(one)
        .where(one.subscription_id == subscription_id, one.state == DeliveryState.WAITING)
        .values(
            state=DeliveryState.DEAD,
            next_try_at=None,
            answers=sa.func.array_append(one.answers, said),
        )
    )


def pause_after(attempts: int, message_id: str, wish: timedelta | None) -> timedelta | None:
    """How long to wait after so many failed attempts; None: no more.

    ``wish``: the receiver's own, followed where it is longer. The jitter is made of the message's
    id, so that what happened can be told again.
    """
    if attempts > len(BACKOFF):
        return None
    digest = hashlib.sha256(f"{message_id}.{attempts}".encode()).digest()
    share = int.from_bytes(digest[:4], "big") / 2**32
    pause = BACKOFF[attempts - 1] * (1 + _JITTER * share)
    return max(pause, min(wish, _LONGEST_WISH)) if wish else pause


def forget_delivered(conn: Connection, now: datetime) -> int:
    """Drop what was delivered a month ago and more; the log still has it. Returns how many."""
    one = m.Delivery
    old = sa.and_(one.state == DeliveryState.DELIVERED, one.delivered_at < now - _KEPT)
    return conn.execute(sa.delete(one).where(old)).rowcount


__all__ = ["BACKOFF", "LEASE", "TIMEOUT_SECONDS", "deliver_due", "pause_after", "tell_subscribers"]
