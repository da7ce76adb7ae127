"""Delivery: in order, with the same bytes at each attempt, until it is taken or given up."""

import threading
import time
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services import models as m
from services.settings import Settings
from services.terms import DeliveryState, EventKind, SubscriptionState
from services.watch import message, subscriptions
from services.watch.deliver import (
    BACKOFF,
    claim,
    deliver_due,
    forget_delivered,
    pause_after,
    write_down,
)
from services.watch.filter import Filter
from services.watch.send import Answered
from tests.services.watch.conftest import Post
from tests.services.watch.receiver import Answer

SUSPENDED = Filter(events=(EventKind.SUSPENDED,))


def test_a_suspension_is_told_signed_and_once(post: Post) -> None:
    id_ = post.subscribe(SUSPENDED)
    position = post.suspend()
    assert post.tell() == (1, 1)
    assert post.tell() == (0, 0)
    (came,) = post.receiver.came
    assert came.path == "/hook"
    assert came.said["type"] == "changes.published"
    (change,) = came.said["data"]["changes"]
    assert (change["what"], change["label"]) == ("status_event", "SAC IB90007")
    assert change["after"]["kind"] == "suspended"
    assert change["body_names"][0]["text"] == "Old Quay Inspection"
    assert came.said["data"]["from"] == came.said["data"]["to"] == change["cursor"]
    assert change["position"] == position
    signed = message.sign(post.secret(id_), came.id, post.clock(), came.body)
    assert came.headers["webhook-signature"] == signed
    assert came.headers["webhook-timestamp"] == str(int(post.clock().timestamp()))
    (sent,) = post.deliveries(id_)
    assert (sent.state, sent.attempts, sent.answers) == (
        DeliveryState.DELIVERED,
        1,
        ("2026-06-01T06:00:00Z 204 No Content",),
    )
    assert post.read(id_).place == f"{position}.{_last_row(post)}"


def _last_row(post: Post) -> int:
    with post.engine.connect() as conn:
        query = sa.select(m.LogLeaf.rows).order_by(m.LogLeaf.position.desc()).limit(1)
        return int(conn.execute(query).scalar_one()) - 1


def test_a_failed_message_is_sent_again_with_the_same_bytes_and_id(post: Post) -> None:
    id_ = post.subscribe(SUSPENDED)
    post.suspend()
    post.receiver.answers_with(Answer(500, body=b"<p>a \x00 fault\n of mine</p>"), Answer(200))
    assert post.tell() == (1, 1)
    assert post.tell() == (0, 0), "not before its pause is over"
    (waiting,) = post.deliveries(id_)
    assert (waiting.state, waiting.attempts) == (DeliveryState.WAITING, 1)
    assert waiting.answers[0].endswith("500 Internal Server Error: <p>a fault of mine</p>")
    assert waiting.next_try_at is not None
    assert timedelta(seconds=5) <= waiting.next_try_at - post.clock() <= timedelta(seconds=6)
    post.clock.on(seconds=6)
    assert post.deliver() == 1
    first, second = post.receiver.came
    assert (first.id, first.body) == (second.id, second.body)
    assert first.headers["webhook-timestamp"] != second.headers["webhook-timestamp"]
    assert post.deliveries(id_)[0].state is DeliveryState.DELIVERED


def test_after_eight_pauses_a_message_is_given_up_and_shown(post: Post) -> None:
    id_ = post.subscribe(SUSPENDED)
    post.suspend()
    post.receiver.answers_with(Answer(500))
    post.tell()
    for pause in BACKOFF:
        post.clock.on(seconds=pause.total_seconds() * 1.21)
        assert post.deliver() == 1
    post.clock.on(days=30)
    assert post.deliver() == 0
    (dead,) = post.deliveries(id_, state=DeliveryState.DEAD)
    assert (dead.attempts, len(dead.answers), dead.next_try_at) == (9, 9, None)
    assert post.read(id_).dead == 1
    post.receiver.answers_with(Answer(200))
    with post.engine.begin() as conn:
        again = subscriptions.retry(conn, post.account, id_, dead.id, post.clock())
    assert (again.state, again.attempts) == (DeliveryState.WAITING, 0)
    assert post.deliver() == 1
    assert len({(one.id, one.body) for one in post.receiver.came}) == 1
    assert post.deliveries(id_)[0].state is DeliveryState.DELIVERED


def test_the_order_within_a_subscription_is_kept_and_no_other_waits_for_it(post: Post) -> None:
    slow, other = post.subscribe(SUSPENDED), post.subscribe(SUSPENDED, path="/other")
    post.receiver.answers_with(Answer(500), Answer(200))
    for first in ("2026-05-20", "2026-05-25", "2026-05-28"):
        post.suspend(first)
        post.tell()
    paths = [one.path for one in post.receiver.came]
    assert paths.count("/hook") == 1, "the first one waits, and those behind it with it"
    assert paths.count("/other") == 3
    post.clock.on(seconds=7)
    post.deliver()
    taken = [one.cursors for one in post.receiver.came if one.path == "/hook"]
    assert taken[0] == taken[1]
    assert taken[1:] == sorted(taken[1:]), "in the order of the log"
    assert taken[1:] == [one.cursors for one in post.receiver.came if one.path == "/other"]
    assert [one.state for one in post.deliveries(slow)] == [DeliveryState.DELIVERED] * 3
    assert post.read(other).waiting == 0


def test_gone_ends_the_subscription_until_its_owner_resumes_it(post: Post) -> None:
    id_ = post.subscribe(SUSPENDED)
    post.receiver.answers_with(Answer(410, body=b"no more"), Answer(200))
    post.suspend()
    post.tell()
    assert post.read(id_).state is SubscriptionState.ENDED
    (dead,) = post.deliveries(id_)
    assert dead.state is DeliveryState.DEAD
    assert "410 Gone" in dead.answers[-1]
    post.suspend("2026-05-25")
    assert post.tell() == (0, 0)
    with post.engine.begin() as conn:
        subscriptions.set_state(conn, post.account, id_, SubscriptionState.ACTIVE)
    assert post.tell() == (1, 1), "it goes on where it was"
    assert post.receiver.came[-1].said["data"]["changes"][0]["after"]["on"] == "2026-05-25"


@pytest.mark.parametrize("status", [429, 503])
def test_a_receiver_that_asks_for_time_is_given_it(post: Post, status: int) -> None:
    id_ = post.subscribe(SUSPENDED)
    post.receiver.answers_with(Answer(status, {"Retry-After": "600"}), Answer(200))
    post.suspend()
    post.tell()
    (waiting,) = post.deliveries(id_)
    assert waiting.next_try_at == post.clock() + timedelta(seconds=600)


def test_a_wish_is_followed_where_it_is_longer_and_not_for_ever() -> None:
    minutes = timedelta(minutes=1)
    assert pause_after(1, "m", 10 * minutes) == 10 * minutes
    assert pause_after(1, "m", timedelta(days=400)) == timedelta(hours=12)
    assert pause_after(5, "m", minutes) == pause_after(5, "m", None)
    assert pause_after(len(BACKOFF) + 1, "m", minutes) is None


def test_pauses_differ_between_messages_by_a_fifth_at_most() -> None:
    pauses = {pause_after(1, f"msg_{n}", None) for n in range(200)}
    assert len(pauses) == 200
    assert all(pause and BACKOFF[0] <= pause <= BACKOFF[0] * 1.2 for pause in pauses)
    assert pause_after(3, "msg_1", None) == pause_after(3, "msg_1", None)


def test_a_killed_workers_message_is_sent_again_under_the_same_id(post: Post) -> None:
    """It was claimed, perhaps sent, and nobody wrote down what came of it."""
    id_ = post.subscribe(SUSPENDED)
    post.suspend()
    post.prepare()
    with post.engine.begin() as conn:
        taken = claim(conn, post.clock())
    assert taken is not None
    assert post.deliver() == 0, "it is another's while the lease lasts"
    with post.engine.begin() as conn:
        conn.exec_driver_sql("update subscription set lease_until = now() - interval '1 second'")
    assert post.deliver() == 1
    assert [one.id for one in post.receiver.came] == [taken.message_id]
    # the first one was only slow: its late news of a failure undo nothing
    with post.engine.begin() as conn:
        write_down(conn, taken, Answered(0, "no answer"), post.clock())
    assert post.deliveries(id_)[0].state is DeliveryState.DELIVERED


def test_two_workers_at_once_send_each_message_once(post: Post) -> None:
    for number in range(6):
        post.subscribe(SUSPENDED, path=f"/{number}")
    post.suspend()
    post.prepare()
    both = [threading.Thread(target=post.deliver) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert sorted(one.path for one in post.receiver.came) == [f"/{n}" for n in range(6)]


def test_a_receiver_that_takes_its_time_keeps_no_other_waiting(post: Post) -> None:
    post.subscribe(SUSPENDED, path="/slow")
    for number in range(4):
        post.subscribe(SUSPENDED, path=f"/{number}")
    post.receiver.answers_with(Answer(200, waits=3.0), path="/slow")
    post.suspend()
    began = time.monotonic()
    post.tell()
    quick = [one.at - began for one in post.receiver.came if one.path != "/slow"]
    assert len(quick) == 4
    assert max(quick) < 2.0


def test_a_paused_subscription_misses_nothing(post: Post) -> None:
    id_ = post.subscribe(SUSPENDED)
    for state in (SubscriptionState.PAUSED, SubscriptionState.ACTIVE):
        with post.engine.begin() as conn:
            subscriptions.set_state(conn, post.account, id_, state)
        if state is SubscriptionState.PAUSED:
            post.suspend()
            assert post.tell() == (0, 0)
    assert post.tell() == (1, 1)


def test_a_closed_accounts_subscriptions_are_told_nothing(post: Post) -> None:
    from services import accounts

    post.subscribe(SUSPENDED)
    post.suspend()
    post.prepare()
    with post.engine.begin() as conn:
        accounts.close_account(conn, post.account, post.clock())
    assert post.tell() == (0, 0)
    assert post.receiver.came == []


def test_a_test_message_arrives(post: Post) -> None:
    id_ = post.subscribe(SUSPENDED)
    with post.engine.begin() as conn:
        subscriptions.send_test(conn, post.account, id_, post.clock())
    assert post.tell() == (0, 1)
    assert post.receiver.came[0].said["type"] == "subscription.test"


def test_a_host_that_is_allowed_no_more_is_sent_nothing(post: Post) -> None:
    """The settings may have changed since the subscription was made."""
    id_ = post.subscribe(SUSPENDED)
    post.suspend()
    post.prepare()
    assert deliver_due(post.engine, Settings(), post.clock) == 1
    assert post.receiver.came == []
    assert "not encrypted" in post.deliveries(id_)[0].answers[0]


def test_what_was_delivered_a_month_ago_is_forgotten_and_the_rest_is_kept(post: Post) -> None:
    id_ = post.subscribe(SUSPENDED)
    post.suspend()
    post.tell()
    post.clock.on(days=29)
    post.receiver.answers_with(Answer(500))
    post.suspend("2026-05-25")
    post.tell()
    with post.engine.begin() as conn:
        assert forget_delivered(conn, post.clock()) == 0
        assert forget_delivered(conn, post.clock.on(days=2)) == 1
    assert [one.state for one in post.deliveries(id_)] == [DeliveryState.WAITING]
