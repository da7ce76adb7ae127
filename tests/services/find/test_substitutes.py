"""When a body falls: who keeps the same lines under what stands, fewest lost first."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services import abroad, kit
from services.errors import BadQuestion, NotFound
from services.find.substitutes import Ask, substitutes
from services.find.substitutes_views import Substitutes
from services.terms import EvidenceLevel, Listed
from tests.services.find.test_body import id_of
from tests.services.store.build import World, at, lab, line, on, suspension

NOW = at("2026-06-01", 9)
TODAY = on("2026-06-01")


def fallen() -> kit.Draft:
    return lab(
        events=[suspension("2026-05-20")],
        lines=[
            line("1", "lithium batteries", "GB/T 18287-2013", parameter="capacity"),
            line("2", "chargers", "GB 4943.1-2022"),
            line("3", "luminaire", "IEC 60598-1:2020"),
            line("4", "toys", ""),
        ],
    )


def other(number: str, name: str, lines: list[kit.Line], **more: Any) -> kit.Draft:
    more = {"country": "SG", "city": "Singapore", "name_zh": ""} | more
    return lab(number, name=name, lines=lines, **more)


def everyone() -> list[kit.Draft]:
    same = [
        line("1", "lithium batteries", "GB/T 18287-2013", parameter="capacity"),
        line("2", "chargers", "GB 4943.1-2022"),
        line("3", "luminaire", "IEC 60598-1:2020"),
    ]
    held = abroad.Ownership(
        key="o", owner="Island Holdings Ltd", owner_country="SG",
        level=EvidenceLevel.ISSUER_REGISTER,
    )  # fmt: skip
    return [
        fallen(),
        other("L1", "Most Laboratory", same, ownerships=(held,)),
        other("L2", "Editions Laboratory", [
            line("1", "cells", "GB/T 18287-2013"),
            line("2", "adapters", "GB 4943.1-2011"),
        ], country="DE", city="Rostock", issuer="DAkkS"),
        other("L3", "Gone Laboratory", [*same, line("4", "toys", "")], listed=Listed.WITHDRAWN),
        other("L4", "Partly Laboratory", same, events=[suspension("2026-05-01", lines=("1",))]),
        other("L5", "Other Things", [line("1", "steel", "ISO 6892-1:2019")]),
        other("L6", "Toys Only", [line("1", "toys", "")]),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def world(make_database: Callable[[], str]) -> Iterator[World]:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS", "DAkkS"])
        one.look("register", at("2026-05-04"), everyone())
        one.look("register", at("2026-05-25"), everyone())
        yield one
    engine.dispose()


def ask(world: World, name: str = "Harbour", **asked: Any) -> Substitutes:
    when = {"on": asked.pop("on", TODAY), "known_at": asked.pop("known_at", NOW)}
    return substitutes(world.conn, Ask(body=id_of(world, name), **asked), **when)[0]


def lost(found: Substitutes) -> list[tuple[str, int]]:
    return [(one.names[0].text, one.lost) for one in found.substitutes]


def test_those_that_lose_the_fewest_lines_stand_first_and_the_fallen_are_not_named(
    world: World,
) -> None:
    found = ask(world)
    assert (found.which, found.lines, found.schedule_of) == ("fallen", 4, None)
    assert lost(found) == [
        ("Most Laboratory", 1),
        ("Partly Laboratory", 2),
        ("Editions Laboratory", 2),
        ("Toys Only", 3),
    ]
    assert (found.fits, found.looked_at, found.standing) == (5, 5, 4)  # one has been withdrawn


def test_what_is_lost_is_named_and_what_else_changes_is_said(world: World) -> None:
    most, partly, editions, _ = ask(world).substitutes
    assert [one.object for one in most.lost_first] == ["toys"]
    assert (most.same, most.same_method, most.same_standard) == (3, 0, 0)
    assert {one.object for one in partly.lost_first} == {"lithium batteries", "toys"}
    assert (editions.same, editions.same_method, editions.same_standard) == (0, 1, 1)
    said = {one.code: one.text for one in editions.losses}
    assert said["LINES_LOST"] == "2 of 4 lines are not in what stands of it."
    assert said["OTHER_ISSUER"].startswith("Accredited by DAkkS, not by CNAS")
    assert said["OTHER_COUNTRY"] == "It is in DE, not in CN."
    assert "OWNER_UNKNOWN" in said
    assert [one.label for one in most.accreditations] == ["CNAS L1"]
    assert most.accreditations[0].matched == 3
    assert most.owners[0].owner == "Island Holdings Ltd"


def test_only_the_standard_asked_is_replaced(world: World) -> None:
    found = ask(world, standard="GB 4943.1")
    assert found.lines == 1
    assert lost(found) == [
        ("Most Laboratory", 0),
        ("Partly Laboratory", 0),
        ("Editions Laboratory", 0),
    ]
    assert ask(world, standard="ISO 6892-1").lines == 0


def test_country_and_owner_narrow_it_down(world: World) -> None:
    assert [name for name, _ in lost(ask(world, country="DE"))] == ["Editions Laboratory"]
    assert [name for name, _ in lost(ask(world, country="EU"))] == ["Editions Laboratory"]
    for owner in ("Island Holdings Ltd", "ISLAND HOLDINGS Limited", "sg"):
        names = [name for name, _ in lost(ask(world, exclude_owner=owner))]
        assert "Most Laboratory" not in names, owner
        assert "Partly Laboratory" in names  # nobody states its owner


def test_of_a_partial_suspension_only_the_lines_that_fell_are_replaced(world: World) -> None:
    found = ask(world, "Partly")
    assert (found.which, found.lines) == ("fallen", 1)
    assert lost(found)[0] == ("Most Laboratory", 0)


def test_of_a_body_that_stands_every_line_is_asked_for(world: World) -> None:
    found = ask(world, "Most")
    assert (found.which, found.lines) == ("all", 3)


def test_a_suspension_not_yet_known_replaces_nothing_as_fallen(world: World) -> None:
    then = ask(world, "Harbour", on=on("2026-05-19"))
    assert then.which == "all"
    assert lost(ask(world, "Most", on=on("2026-05-19")))[0][0].startswith("Harbour")


def test_lines_that_the_register_took_away_are_those_last_known(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS", "DAkkS"])
        one.look("register", at("2026-05-04"), everyone())
        bare = lab(listed=Listed.WITHDRAWN)
        one.look("register", at("2026-05-25"), [bare, *everyone()[1:]])
        found = ask(one)
        assert (found.which, found.lines) == ("fallen", 4)
        assert found.schedule_of == on("2026-05-25")
        assert lost(found)[0] == ("Most Laboratory", 1)
    engine.dispose()


def test_wrong_questions_are_told(world: World) -> None:
    with pytest.raises(NotFound):
        substitutes(world.conn, Ask(body="b999999"), on=TODAY, known_at=NOW)
    with pytest.raises(BadQuestion, match="standard"):
        ask(world, standard="no such thing")
    with pytest.raises(BadQuestion, match="limit"):
        ask(world, limit=51)
    with pytest.raises(BadQuestion, match="too long"):
        ask(world, exclude_owner="x" * 301)
