"""From the log to messages: each change once, in order, never more than a receiver can have."""

import msgspec
import pytest
import sqlalchemy as sa

from services import kit
from services import models as m
from services.errors import BadQuestion
from services.find.changes import end_of_log
from services.terms import EventKind
from services.watch import message, prepare, subscriptions
from services.watch.filter import Filter
from tests.services.store.build import lab
from tests.services.watch.conftest import Post


def crowd(count: int, city: str = "Shenzhen") -> list[kit.Draft]:
    return [lab(f"L{n:05}", name=f"Laboratory {n}", name_zh="", city=city) for n in range(count)]


def told(post: Post) -> list[str]:
    """Places of all that is in messages, in the order of the messages."""
    with post.engine.connect() as conn:
        bodies = conn.execute(sa.select(m.Delivery.body).order_by(m.Delivery.id)).scalars()
        read = [msgspec.json.decode(body) for body in bodies]
    return [change["cursor"] for one in read for change in one["data"]["changes"]]


def test_a_subscription_begins_with_what_comes(post: Post) -> None:
    id_ = post.subscribe()
    assert post.prepare() == (0, False)
    assert post.read(id_).place == ".".join(map(str, end_of_log(post.conn)))


def test_large_news_come_in_messages_of_a_hundred_each_change_once(post: Post) -> None:
    post.subscribe()
    before = end_of_log(post.conn)
    post.look(crowd(80))
    made, more = post.prepare()
    position, last = end_of_log(post.conn)
    assert (position, more) == (before[0] + 1, False)
    assert made == -(-(last + 1) // 100)
    assert told(post) == [f"{position}.{row}" for row in range(last + 1)]
    with post.engine.connect() as conn:
        counts = list(conn.execute(sa.select(m.Delivery.changes).order_by(m.Delivery.id)).scalars())
    assert counts[:-1] == [100] * (made - 1)
    assert post.prepare() == (0, False), "what was looked at is not looked at again"


def test_a_receiver_that_is_away_has_a_few_messages_waiting_and_loses_nothing(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(prepare, "MOST_WAITING", 2)
    monkeypatch.setattr(message, "MOST_CHANGES", 7)
    id_ = post.subscribe()
    post.look(crowd(10))
    position, last = end_of_log(post.conn)
    rounds = 0
    assert post.prepare().messages == 2
    while post.deliver():
        rounds += 1
        assert post.prepare().messages <= 2
        assert post.read(id_).waiting <= 2
    got = [cursor for one in post.receiver.came for cursor in one.cursors]
    assert got == [f"{position}.{row}" for row in range(last + 1)]
    assert rounds > 1


def test_the_log_is_read_in_pages(post: Post, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepare, "_ROWS", 5)
    post.subscribe()
    post.subscribe(Filter(events=(EventKind.SUSPENDED,)))
    first = post.suspend()
    post.look(crowd(4))
    rounds = 0
    while post.prepare().more:
        rounds += 1
    assert rounds > 2
    everything = told(post)
    assert len(everything) == len(set(everything)) + 1, "the suspension is told to both"
    assert everything[0].startswith(f"{first}.")


def test_filters_decide_who_is_told_what(post: Post) -> None:
    suspended = post.subscribe(Filter(events=(EventKind.SUSPENDED,)))
    germans = post.subscribe(Filter(countries=("DE",)))
    cnas = post.subscribe(Filter(issuers=("CNAS",)))
    post.suspend()
    assert post.prepare().messages == 1
    assert [post.read(one).waiting for one in (suspended, germans, cnas)] == [1, 0, 0]
    # who was told nothing was looked at all the same
    assert len({post.read(one).place for one in (suspended, germans, cnas)}) == 1


def test_those_who_want_the_same_share_one_body_under_ids_of_their_own(post: Post) -> None:
    post.subscribe()
    post.subscribe(Filter(repeats=True))
    post.suspend()
    post.prepare()
    with post.engine.connect() as conn:
        rows = conn.execute(sa.select(m.Delivery.body, m.Delivery.message_id)).all()
    assert len(rows) == 2
    assert len({row.body for row in rows}) == 1
    assert len({row.message_id for row in rows}) == 2


def test_a_replay_sends_again_from_a_position_in_new_messages(post: Post) -> None:
    id_ = post.subscribe(Filter(events=(EventKind.SUSPENDED,)))
    positions = [post.suspend(day) for day in ("2026-05-20", "2026-05-22", "2026-05-24")]
    post.tell()
    first = {one.id for one in post.receiver.came}
    (told_once,) = post.receiver.came
    assert len(told_once.cursors) == 3
    with post.engine.begin() as conn:
        subscriptions.replay(conn, post.account, id_, positions[1])
    post.tell()
    again = post.receiver.came[-1]
    assert again.id not in first
    assert again.cursors == told_once.cursors[1:]


def test_a_replay_from_the_beginning_tells_all_there_ever_was(post: Post) -> None:
    id_ = post.subscribe()
    with post.engine.begin() as conn:
        found = subscriptions.replay(conn, post.account, id_, 0)
    assert found.place == ""
    post.prepare()
    position, last = end_of_log(post.conn)
    assert (told(post)[0], told(post)[-1]) == ("0.0", f"{position}.{last}")


def test_a_replay_drops_what_still_waits(post: Post) -> None:
    id_ = post.subscribe()
    position = post.suspend()
    post.prepare()
    assert post.read(id_).waiting == 1
    with post.engine.begin() as conn:
        assert subscriptions.replay(conn, post.account, id_, position).waiting == 0
    post.prepare()
    assert len(told(post)) == len(set(told(post)))


@pytest.mark.parametrize("position", [-1, 99, 2**40])
def test_a_replay_from_beyond_the_log_is_refused(post: Post, position: int) -> None:
    id_ = post.subscribe()
    said = r"from: there is no position .*The log goes from 0 to 0"
    with pytest.raises(BadQuestion, match=said), post.engine.begin() as conn:
        subscriptions.replay(conn, post.account, id_, position)


def test_preparing_takes_as_many_queries_for_many_subscriptions_as_for_one(post: Post) -> None:
    def queries() -> int:
        seen: list[str] = []

        def note(_conn: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        sa.event.listen(post.engine, "before_cursor_execute", note)
        post.prepare()
        sa.event.remove(post.engine, "before_cursor_execute", note)
        return len(seen)

    post.subscribe()
    post.suspend("2026-05-20")
    alone = queries()
    for number in range(30):
        post.subscribe(Filter(countries=("SG",)), path=f"/{number}")
    post.suspend("2026-05-22")
    assert queries() <= alone + 1  # the bodies' countries
    assert alone < 15
