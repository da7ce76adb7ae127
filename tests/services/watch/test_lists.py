"""Watchlists: bodies under a name, followed through merges, their owner's alone."""

import pytest
import sqlalchemy as sa

from services import accounts
from services import models as m
from services.errors import BadQuestion, Conflict, NotFound
from services.find.changes import body_names
from services.terms import Role
from services.watch import lists
from services.watch.filter import Filter
from tests.services.store.build import World
from tests.services.watch.conftest import NOW, Post


def bodies(world: World) -> list[str]:
    rows = world.conn.execute(sa.select(m.Document.body_id).order_by(m.Document.body_id))
    return [f"b{body}" for body in rows.scalars()]


def merge(world: World, old: str, new: str) -> None:
    world.conn.execute(
        sa.insert(m.BodyMerge).values(
            body_id=int(old[1:]), into_id=int(new[1:]), because="the same", run_id=1,
            known=sa.func.tstzrange(NOW, None),
        )
    )  # fmt: skip


def test_a_list_holds_bodies_under_their_names(world: World, account: int) -> None:
    first, second, third = bodies(world)
    made = lists.make(world.conn, account, " Batteries ", [first, second, first], NOW)
    whole = lists.read(world.conn, account, made)
    assert (whole.list.name, whole.list.bodies, whole.list.subscriptions) == ("Batteries", 2, 0)
    assert [one.body for one in whole.bodies] == [first, second]
    assert whole.bodies[0].names[0].text == "Harbour Battery Testing Co., Ltd."
    lists.put(world.conn, account, made, [second, third], NOW)
    lists.take(world.conn, account, made, first)
    assert [one.body for one in lists.read(world.conn, account, made).bodies] == [second, third]
    with pytest.raises(NotFound):
        lists.take(world.conn, account, made, first)
    assert lists.lists(world.conn, account)[0].id == made
    lists.drop(world.conn, account, made)
    assert lists.lists(world.conn, account) == ()


def test_a_merged_body_is_followed_before_and_after(world: World, account: int) -> None:
    first, second, third = bodies(world)
    before = lists.make(world.conn, account, "Before", [first], NOW)
    merge(world, first, second)
    merge(world, second, third)
    after = lists.make(world.conn, account, "After", [first, second], NOW)
    (one,) = lists.read(world.conn, account, before).bodies
    assert (one.body, one.merged) == (third, first)
    assert one.names[0].text == "Northern Lamp Works"
    (one,) = lists.read(world.conn, account, after).bodies
    assert (one.body, one.merged) == (third, None)
    lists.take(world.conn, account, before, third)
    assert lists.read(world.conn, account, before).bodies == ()


def test_anothers_list_is_not_there(world: World, account: int) -> None:
    made = lists.make(world.conn, account, "Mine", [], NOW)
    other = accounts.open_account(world.conn, "Quay office", Role.STEWARD, NOW)
    assert lists.lists(world.conn, other) == ()
    for do in (
        lambda: lists.read(world.conn, other, made),
        lambda: lists.put(world.conn, other, made, ["b1"], NOW),
        lambda: lists.take(world.conn, other, made, "b1"),
        lambda: lists.drop(world.conn, other, made),
        lambda: lists.owned(world.conn, other, made),
    ):
        with pytest.raises(NotFound, match=f'no watchlist "{made}"'):
            do()


def test_all_bodies_are_put_in_or_none(world: World, account: int) -> None:
    made = lists.make(world.conn, account, "Mine", [], NOW)
    world.conn.commit()
    with pytest.raises(BadQuestion, match='no "b999999"'):
        lists.put(world.conn, account, made, [bodies(world)[0], "b999999"], NOW)
    world.conn.rollback()
    assert lists.read(world.conn, account, made).bodies == ()


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "a\nb"])
def test_a_name_that_is_none_is_refused(world: World, account: int, name: str) -> None:
    with pytest.raises(BadQuestion, match="name"):
        lists.make(world.conn, account, name, [], NOW)


def test_there_is_an_end_to_lists_and_to_what_they_hold(
    world: World, account: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lists, "MOST_BODIES", 2)
    monkeypatch.setattr(lists, "MOST_LISTS", 3)
    made = lists.make(world.conn, account, "1", bodies(world)[:2], NOW)
    with pytest.raises(Conflict, match="would hold 3 bodies"):
        lists.put(world.conn, account, made, bodies(world), NOW)
    for name in "23":
        lists.make(world.conn, account, name, [], NOW)
    with pytest.raises(Conflict, match="3 watchlists"):
        lists.make(world.conn, account, "4", [], NOW)


def test_a_list_in_use_is_not_deleted(post: Post) -> None:
    first = bodies(post.world)[0]
    with post.engine.begin() as conn:
        made = lists.make(conn, post.account, "Mine", [first], NOW)
    hook = post.subscribe(Filter(), watchlist=made)
    assert post.read(hook).watchlist == made
    with post.engine.begin() as conn:
        assert lists.lists(conn, post.account)[0].subscriptions == 1
        with pytest.raises(Conflict, match=hook):
            lists.drop(conn, post.account, made)


def test_what_is_put_into_a_list_is_told_from_then_on(post: Post) -> None:
    (inspector,) = [
        one for one in bodies(post.world) if "Quay" in str(body_names(post.conn, [int(one[1:])]))
    ]
    with post.engine.begin() as conn:
        made = lists.make(conn, post.account, "Mine", [], NOW)
    post.subscribe(Filter(), watchlist=made)
    post.suspend("2026-05-20")
    assert post.tell() == (0, 0)
    with post.engine.begin() as conn:
        lists.put(conn, post.account, made, [inspector], NOW)
    post.suspend("2026-05-22")
    assert post.tell() == (1, 1)


def test_a_list_is_renamed_by_its_owner_alone(world: World, account: int) -> None:
    made = lists.make(world.conn, account, "Mine", [], NOW)
    lists.rename(world.conn, account, made, " Suppliers ")
    assert lists.lists(world.conn, account)[0].name == "Suppliers"
    for name in ("", "x" * 81, "a\nb"):
        with pytest.raises(BadQuestion):
            lists.rename(world.conn, account, made, name)
    other = accounts.open_account(world.conn, "Quay office", Role.READER, NOW)
    with pytest.raises(NotFound):
        lists.rename(world.conn, other, made, "Theirs")


def test_lists_that_hold_a_body_are_found_under_any_id_of_it(world: World, account: int) -> None:
    first, second, third = bodies(world)
    one = lists.make(world.conn, account, "One", [first], NOW)
    two = lists.make(world.conn, account, "Two", [second], NOW)
    lists.make(world.conn, account, "Three", [third], NOW)
    other = accounts.open_account(world.conn, "Quay office", Role.READER, NOW)
    lists.make(world.conn, other, "Theirs", [first], NOW)
    assert [held.id for held in lists.holding(world.conn, account, int(first[1:]))] == [one]
    merge(world, first, second)
    found = lists.holding(world.conn, account, int(second[1:]))
    assert [held.id for held in found] == [one, two]
