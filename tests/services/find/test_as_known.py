"""What stands beside an answer is as known then too: freshness, places, names of others."""

from collections.abc import Iterator

import msgspec
import pytest
import sqlalchemy as sa

from services import kit
from services.errors import NotFound
from services.find import body as reading
from services.models import Document
from services.store.looks import load_sources
from tests.services.find.conftest import harbour, northern
from tests.services.store.build import World, at, lab, on


@pytest.fixture
def world(database_url: str) -> Iterator[World]:
    engine = sa.create_engine(database_url)
    with engine.connect() as conn:
        yield World(conn)
    engine.dispose()


def only_body(world: World) -> str:
    return f"b{world.conn.execute(sa.select(sa.func.min(Document.body_id))).scalar_one()}"


def test_sources_are_as_fresh_as_was_known(world: World) -> None:
    world.source("register", lists=("main", "annex"))
    for day in ("2026-05-04", "2026-05-11", "2026-05-18"):
        world.look("register", at(day), [lab()])
    _, then = reading.body(world.conn, "b1", on=on("2026-05-12"), known_at=at("2026-05-12"))
    _, now = reading.body(world.conn, "b1", on=on("2026-05-12"), known_at=at("2026-05-19"))
    assert then.sources[0].last_success_at == at("2026-05-11")
    assert now.sources[0].last_success_at == at("2026-05-18")
    assert not then.sources[0].overdue
    seen = load_sources(world.conn, at=at("2026-05-12"))["register"]
    assert [one.name for one in seen.lists] == ["main"]
    before = load_sources(world.conn, at=at("2026-05-01"))["register"]
    assert before.last_success_at is None


def test_a_statement_names_its_place_in_the_bytes_that_it_was_read_from(world: World) -> None:
    world.source("register")
    world.look("register", at("2026-05-04"), [lab()])
    moved = msgspec.structs.replace(lab(expires=on("2030-01-09")), where="page 4, line 2")
    world.look("register", at("2026-05-11"), [moved])
    body, _ = reading.body(
        world.conn, only_body(world), on=on("2026-06-01"), known_at=at("2026-06-01")
    )
    name, acc = body.names[0].evidence[0], body.accreditations[0].evidence[0]
    assert (name.how, name.fetched_at) == ("line 7, reader 3", at("2026-05-04"))
    assert (acc.how, acc.fetched_at) == ("page 4, line 2, reader 3", at("2026-05-11"))
    assert name.sha256 != acc.sha256


def test_a_merge_leads_nowhere_before_the_merged_body_was_known(world: World) -> None:
    world.source("register")
    world.look("register", at("2026-05-04"), [northern()])
    world.look("register", at("2026-05-11"), [northern(), harbour()])
    world.merge(2, 1, at("2026-05-12"))
    after, _ = reading.body(world.conn, "b2", on=on("2026-05-13"), known_at=at("2026-05-13"))
    assert after.id == "b1"
    with pytest.raises(NotFound, match="2026-05-05"):
        reading.body(world.conn, "b2", on=on("2026-05-05"), known_at=at("2026-05-05"))


def test_who_another_body_and_an_issuer_are_is_as_known_then(world: World) -> None:
    world.source("register")
    world.source("issuers")
    world.look("register", at("2026-05-04"), [harbour()])
    world.look("register", at("2026-05-11"), [harbour(), northern()])
    issuer = kit.AccreditationBody(acronym="CNAS", name="A made accreditation service")
    draft = kit.Draft(key="CNAS", label="CNAS", accreditation_body=issuer)
    world.look("issuers", at("2026-05-12"), [draft])
    id_ = only_body(world)
    then, _ = reading.body(world.conn, id_, on=on("2026-05-05"), known_at=at("2026-05-05"))
    now, _ = reading.body(world.conn, id_, on=on("2026-05-05"), known_at=at("2026-05-13"))
    assert (then.relations[0].body, then.accreditations[0].issuer_name) == (None, "")
    assert now.relations[0].body is not None
    assert now.accreditations[0].issuer_name == "A made accreditation service"
