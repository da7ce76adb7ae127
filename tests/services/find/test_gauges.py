"""The ledger at one glance: what waits, for how long, and whose worker is gone."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.accounts import open_account
from services.find.gauges import gauges
from services.models import Delivery, Run, Subscription
from services.terms import DeliveryState, Role, RunState, SubscriptionState
from tests.services.store.build import World

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


@pytest.fixture
def conn(database_url: str) -> Iterator[Connection]:
    engine = sa.create_engine(database_url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_an_empty_ledger_names_every_state_and_nothing_waits(conn: Connection) -> None:
    seen = gauges(conn, NOW)
    assert seen.runs == dict.fromkeys(RunState, 0)
    assert (seen.queue_age_s, seen.leases_lost) == (0.0, 0)


def test_the_oldest_queued_run_and_lost_leases_are_told(conn: Connection) -> None:
    world = World(conn)
    world.source("register", lists=("a", "b", "c", "d"))
    ids = list(world.lists.values())
    rows = [
        (ids[0], RunState.QUEUED, NOW - timedelta(minutes=3), None),
        (ids[1], RunState.QUEUED, NOW - timedelta(minutes=9), None),
        (ids[2], RunState.RUNNING, NOW, NOW - timedelta(seconds=1)),
        (ids[3], RunState.RUNNING, NOW, NOW + timedelta(seconds=1)),
    ]
    for list_id, state, asked_at, lease_until in rows:
        conn.execute(
            sa.insert(Run).values(
                list_id=list_id,
                state=state,
                asked_by="test",
                asked_at=asked_at,
                lease_until=lease_until,
            )
        )
    seen = gauges(conn, NOW)
    assert (seen.runs[RunState.QUEUED], seen.runs[RunState.RUNNING]) == (2, 2)
    assert seen.queue_age_s == 9 * 60
    assert seen.leases_lost == 1


def test_messages_that_wait_or_were_given_up_are_told_with_the_longest_delay(
    conn: Connection,
) -> None:
    account = open_account(conn, "Harbour desk", Role.READER, NOW)
    states = (SubscriptionState.ACTIVE, SubscriptionState.PAUSED)
    active, paused = (
        conn.execute(
            sa.insert(Subscription)
            .values(account_id=account, url="https://example.com", secret="s", state=state,
                    filters={}, position=-1, row=0, created_at=NOW)
            .returning(Subscription.id)
        ).scalar_one()
        for state in states
    )  # fmt: skip
    rows = [
        (active, DeliveryState.WAITING, timedelta(minutes=-7)),
        (active, DeliveryState.WAITING, timedelta(minutes=5)),
        (paused, DeliveryState.WAITING, timedelta(days=-1)),  # nobody is to send it
        (active, DeliveryState.DEAD, None),
    ]
    for n, (subscription, state, due) in enumerate(rows):
        conn.execute(
            sa.insert(Delivery).values(
                subscription_id=subscription, message_id=f"m{n}", body="{}", first="", last="",
                changes=1, state=state, created_at=NOW,
                next_try_at=None if due is None else NOW + due,
            )
        )  # fmt: skip
    seen = gauges(conn, NOW)
    assert seen.deliveries == {DeliveryState.WAITING: 3, DeliveryState.DEAD: 1}
    assert seen.delivery_age_s == 7 * 60
