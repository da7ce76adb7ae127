"""Shortlists by link: what was shown is kept as it was, and what changed since is marked."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services import kit
from services.errors import BadQuestion, Damaged, NotFound
from services.find.shortlist_views import ShortlistView
from services.find.shortlists import New, make, read
from services.terms import EvidenceLevel, PresenceMode
from tests.services.find.test_body import id_of
from tests.services.store.build import World, at, lab, line, on, suspension

NOW = at("2026-06-01", 9)
TODAY = on("2026-06-01")


def harbour(**more: Any) -> kit.Draft:
    lines = [
        line("1", "lithium batteries", "GB/T 18287-2013"),
        line("2", "chargers", "GB 4943.1-2022"),
    ]
    return lab(**({"lines": lines} | more))


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS"])
        other = lab("L2", name="Quay Cells", name_zh="", country="SG", lines=[])
        one.look("register", at("2026-05-25"), [harbour(), other])
        yield one
    engine.dispose()


def made(world: World, **more: Any) -> str:
    ids = (id_of(world, "Harbour"), id_of(world, "Quay"))
    asked: dict[str, Any] = {"bodies": ids, "title": "Chargers", "standard": "GB 4943.1"} | more
    return make(world.conn, New(**asked), on=TODAY, now=NOW).key


def seen(world: World, key: str, day: str = "2026-06-01") -> ShortlistView:
    return read(world.conn, key, on=on(day), known_at=at(day, 10))[0]


def test_what_was_shown_is_kept_with_its_evidence(world: World) -> None:
    found = seen(world, made(world))
    assert (found.title, found.standard, found.on, found.log_position) == (
        "Chargers", "GB 4943.1", TODAY, 0,
    )  # fmt: skip
    harbour_, quay = found.items
    assert harbour_.frozen.names[1].text == "海港电池检测有限公司"
    (held,) = harbour_.frozen.lines
    assert (held.object, held.method, held.verdict) == ("chargers", "GB 4943.1-2022", "VALID")
    assert held.proof.ref.split(":")[1] == "scope_line"
    assert len(held.proof.sha256) == 64
    assert [one.code for one in quay.frozen.unknowns if one.part == "scope"] == [
        "SCHEDULE_NOT_HELD"
    ]
    assert (harbour_.since, quay.since) == ((), ())


def test_a_look_that_changes_nothing_marks_nothing(world: World) -> None:
    key = made(world)
    other = lab("L2", name="Quay Cells", name_zh="", country="SG", lines=[])
    world.look("register", at("2026-06-08"), [harbour(), other])
    assert [item.since for item in seen(world, key, "2026-06-08").items] == [(), ()]


def test_what_changed_since_is_marked_and_the_frozen_stays(world: World) -> None:
    key = made(world)
    before = seen(world, key).items[0].frozen
    abroad = kit.Presence(
        key="ae", country="AE", mode=PresenceMode.BUILT, level=EvidenceLevel.ISSUER_REGISTER
    )
    fell = harbour(
        lines=[line("1", "lithium batteries", "GB/T 18287-2013")],
        events=[suspension("2026-06-05")],
        presences=(abroad,),
    )
    other = lab("L2", name="Quay Cells", name_zh="", country="SG", lines=[])
    world.look("register", at("2026-06-08"), [fell, other])
    item = seen(world, key, "2026-06-08").items[0]
    assert item.frozen == before
    told = [(one.part, one.what, one.before, one.after) for one in item.since]
    assert ("status", "altered", "VALID", "SUSPENDED since 2026-06-05") in told
    assert ("lines", "gone", "VALID", "") in told
    assert ("lines", "altered", "1", "0") in told
    assert ("presence", "new", "", "issuer_register") in told
    assert ("adverse", "new", "", "SUSPENDED") in told
    # as it was known before, nothing had changed
    assert seen(world, key, "2026-06-02").items[0].since == ()


def test_nobody_alters_what_was_frozen_and_a_damaged_one_is_not_shown(world: World) -> None:
    key = made(world)
    alter = sa.text("update shortlist_item set note = 'better'")
    with pytest.raises(sa.exc.DBAPIError, match="only grows"), world.conn.begin_nested():
        world.conn.execute(alter)
    world.conn.execute(sa.text("alter table shortlist_item disable trigger user"))
    world.conn.execute(sa.text("update shortlist_item set frozen = '{}' where place = 1"))
    with pytest.raises(Damaged, match="not what was frozen"):
        seen(world, key)


def test_particulars_of_persons_are_left_out_of_notes(world: World) -> None:
    id_ = id_of(world, "Harbour")
    ids = (id_,)
    notes = {id_: "Ask about chargers, li.na@example.org"}
    done = make(world.conn, New(bodies=ids, notes=notes), on=TODAY, now=NOW)
    assert done.dropped == 1
    assert seen(world, done.key).items[0].note == "Ask about chargers"


def test_keys_are_long_and_what_is_no_list_is_not_found(world: World) -> None:
    assert len(made(world)) == 24
    for key in ("x" * 24, "short", "../../etc"):
        with pytest.raises(NotFound):
            seen(world, key)


def test_too_many_bodies_or_words_are_refused(world: World) -> None:
    for more, said in (
        ({"bodies": ()}, "none is named"),
        ({"bodies": tuple(f"b{n}" for n in range(21))}, "at most 20"),
        ({"title": "x" * 121}, "121 characters"),
        ({"notes": {"b99": "x"}}, "not among the bodies"),
        ({"market": "Nowhereland"}, "no market"),
    ):
        with pytest.raises(BadQuestion, match=said):
            made(world, **more)


def test_what_is_stored_is_plain_json_of_which_fields_may_be_missing(world: World) -> None:
    key = made(world)
    stored = world.conn.execute(
        sa.text("select frozen from shortlist_item where shortlist_key = :key and place = 1"),
        {"key": key},
    ).scalar_one()
    assert json.loads(stored)["lines_total"] == 1
