"""What was said of an accreditation at each stretch of knowledge: nothing learned later shows."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa

from services.find.knowledge import MOST, knowledge
from services.terms import Verdict
from tests.services.store.build import World, at, lab, suspension


@pytest.fixture
def world(make_database: Callable[[], str]) -> Iterator[World]:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        made = World(conn)
        made.source("register", authoritative_for=("CNAS",))
        yield made
    engine.dispose()


def held(world: World, day: str) -> Any:
    number = sa.text("select id from accreditation where number = 'L90417'")
    return knowledge(world.conn, world.conn.execute(number).scalar_one(), known_at=at(day, 12))


def said(layer: Any, day: date) -> Verdict | None:
    return next(
        (s.verdict for s in layer.spans if s.start <= day and (s.end is None or day < s.end)), None
    )


def test_each_change_of_a_sources_word_begins_a_stretch(world: World) -> None:
    world.look("register", at("2026-04-01"), [lab()])
    world.look("register", at("2026-04-20"), [lab()])  # says nothing new: no stretch of its own
    world.look("register", at("2026-05-30"), [lab(events=[suspension("2026-05-20")])])
    found = held(world, "2026-06-01")
    assert [one.start for one in found.layers] == [at("2026-04-01"), at("2026-05-30")]
    assert [one.end for one in found.layers] == [at("2026-05-30"), None]
    day = date(2026, 5, 25)
    assert [said(one, day) for one in found.layers] == [Verdict.VALID, Verdict.SUSPENDED]
    assert found.earlier == 0


def test_what_is_learned_later_changes_no_earlier_stretch(world: World) -> None:
    world.look("register", at("2026-04-01"), [lab()])
    before = held(world, "2026-05-29")
    world.look("register", at("2026-05-30"), [lab(events=[suspension("2026-05-20")])])
    assert held(world, "2026-05-29") == before
    assert held(world, "2026-03-01").layers == ()


def test_an_event_that_is_taken_back_is_seen_in_its_own_stretch_alone(world: World) -> None:
    wrong, right = suspension("2026-04-01"), suspension("2026-05-01")
    world.look("register", at("2026-03-01"), [lab()])
    world.look("register", at("2026-05-10"), [lab(events=[wrong])])
    world.look("register", at("2026-05-20"), [lab(events=[right])])
    found = held(world, "2026-06-01")
    day = date(2026, 4, 15)
    assert [said(one, day) for one in found.layers] == [
        Verdict.VALID, Verdict.SUSPENDED, Verdict.VALID
    ]  # fmt: skip


def test_a_long_history_is_told_by_its_newest_stretches(world: World) -> None:
    for n in range(1, MOST + 4):
        expires = date(2028, 1, n)
        world.look("register", at(f"2026-05-{n:02}"), [lab(expires=expires)])
    found = held(world, "2026-06-01")
    assert len(found.layers) == MOST
    assert found.earlier == 3
    assert found.layers[-1].end is None
    assert found.layers[0].start == at("2026-05-04")
