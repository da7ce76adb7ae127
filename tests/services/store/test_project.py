"""Search documents: versions by log position, words of everything, nothing that differs not."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.models import Document
from services.store.project import MOST_BYTES, _Words, due, project
from services.store.tokens import tsvector
from tests.services.store.build import World, at, lab, line, on, suspension


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        yield World(conn)
    engine.dispose()


def documents(world: World) -> list[Any]:
    table = Document.__table__
    found = sa.select(table, sa.func.tsvector_to_array(table.c.tokens).label("words"))
    return list(world.conn.execute(found.order_by(table.c.from_position, table.c.id)))


def judged_due(conn: Connection, position: int, today: date) -> int:
    """Judge again whatever time alone has turned; versions written."""
    return project(conn, list(conn.execute(due(today)).scalars()), position, today)


def test_a_document_holds_words_numbers_standards_and_places(world: World) -> None:
    world.source("register")
    lines = [line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries")]
    world.look("register", at("2026-05-05"), [lab(lines=lines)])
    (one,) = documents(world)
    assert {"电池", "batteri", "harbour", "=harbour", "l90417", "90417", "~china"} <= set(one.words)
    assert {"gb18287", "gb18287@2013"} <= set(one.standards)
    assert {"L90417", "CNASL90417"} <= set(one.numbers)
    assert one.country == "CN"
    assert one.standing == ["stands"]
    assert one.card["line_count"] == 1
    assert one.turns_on == date(2026, 8, 4)  # the 91st day after its only look


def test_only_a_difference_makes_a_new_version(world: World) -> None:
    world.source("register")
    world.look("register", at("2026-05-05"), [lab()])
    other = lab("L2", name="Another Works Ltd", name_zh="")
    world.look("register", at("2026-05-06"), [lab(), other])
    world.look("register", at("2026-05-07"), [lab(events=[suspension("2026-05-01")]), other])
    versions = [(d.body_id, d.from_position, d.to_position, d.standing) for d in documents(world)]
    first, second = versions[0][0], versions[1][0]
    assert versions == [
        (first, 0, 2, ["stands"]),
        (second, 1, None, ["stands"]),
        (first, 2, None, ["suspended"]),
    ]


def test_time_alone_turns_a_document_and_a_new_look_turns_it_back(world: World) -> None:
    world.source("register")
    world.look("register", at("2026-05-05"), [lab()])
    world.today = on("2026-08-03")
    assert judged_due(world.conn, 7, world.today) == 0
    assert judged_due(world.conn, 7, on("2026-08-04")) == 1
    assert documents(world)[-1].standing == ["unknown"]
    assert world.conn.execute(due(on("2026-08-04"))).all() == []
    world.look("register", at("2026-08-05"), [lab()])
    assert judged_due(world.conn, 8, on("2026-08-05")) == 1
    assert documents(world)[-1].standing == ["stands"]


def test_sources_that_are_not_about_testing_bodies_make_no_document(world: World) -> None:
    world.source("reference", about_testing_bodies=False)
    world.look("reference", at("2026-05-05"), [lab()])
    assert documents(world) == []


def test_a_line_counts_for_each_of_its_terms_and_bodies_are_told_apart(world: World) -> None:
    """Four lines make the first level: here those of one body, of two terms each."""
    world.source("register")
    twice = [line(str(n), f"battery {n}", "battery test IEC 62133-2:2017") for n in range(2)]
    other = [line("1", "battery 1", "EN 71-3"), line("2", "toys", "EN 71-3")]
    ended = [*other, line("3", "battery 0", "battery test IEC 62133-2:2017")]
    neighbour = lab("L2", name="Another Works Ltd", name_zh="", lines=ended)
    world.look("register", at("2026-05-05"), [lab(lines=twice), neighbour])
    neighbour = lab("L2", name="Another Works Ltd", name_zh="", lines=other)
    world.look("register", at("2026-05-06"), [lab(lines=twice), neighbour])
    one, two = (d for d in documents(world) if d.to_position is None)
    assert {"batteri", "test", "1×batteri"} <= set(one.words)
    assert "2×batteri" not in one.words
    assert (one.families, two.families) == (["IEC"], ["EN"])
    assert "1×test" not in one.words, "two lines"
    assert {"batteri", "toy"} <= set(two.words)
    assert {"1×batteri", "§iec62133-2"}.isdisjoint(two.words)
    assert one.standards == ["iec62133", "iec62133-2", "iec62133-2@2017"]
    assert two.standards == ["en71", "en71-3"]


@pytest.mark.parametrize(
    "tokens",
    [[], ["a"], ["b", "电池", "2×a", "§iec60335-2@2017", "~c"], ["a'b", "c\\d", "'", "e:1"]],
)
def test_tokens_are_stored_as_an_array_of_them_would_be(world: World, tokens: list[str]) -> None:
    same = sa.text("select cast(:text as tsvector) = array_to_tsvector(cast(:array as text[]))")
    asked = {"text": tsvector(set(tokens)), "array": tokens}
    assert world.conn.execute(same, asked).scalar_one()


def test_a_scope_beyond_one_row_keeps_its_most_frequent_words() -> None:
    words = _Words(names={"harbour"})
    words.scope = {f"{n:0>100}": 1 for n in range(9000)} | {"battery": 5}
    kept = words.all()
    assert "battery" in kept
    assert "harbour" in kept
    assert sum(len(one) for one in kept) <= MOST_BYTES


def test_days_that_pass_make_no_version(world: World) -> None:
    world.source("register")
    world.look("register", at("2026-01-05"), [lab()])
    assert documents(world)[-1].standing == ["unknown"]
    ids = [documents(world)[-1].body_id]
    assert project(world.conn, ids, 5, on("2026-07-01")) == 0
    (only,) = documents(world)
    assert only.judged_on == on("2026-07-01")
    assert only.card["accreditations"][0]["status"]["reasons"][0]["code"] == "STALE"
