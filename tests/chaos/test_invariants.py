"""What the chaos counts, it must see: damage planted in a sound database is found and named."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, cast

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from services import db
from services.settings import parse
from services.sync import catalogue, ledger
from services.sync.run import Road, carry_out
from services.terms import RunState
from tests.chaos.campaign import Campaign
from tests.chaos.house import settings_text
from tests.chaos.invariants import Found, content_of, examine
from tests.chaos.lists import KEYS, Publisher
from tests.chaos.watch import Watcher
from tests.services.sync.hostile import serve_hostile

KEY = KEYS[0]
VERSIONS = {(KEY, "list"): {1, 2}}


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    """Two versions of one list, published by the real road."""
    engine = db.connect(database_url)
    with serve_hostile() as hostile:
        publisher = Publisher.opening(hostile)
        sources = {KEY: catalogue.discover()[KEY]}
        settings = parse(settings_text(publisher).partition("[sources.second]")[0])
        road = Road(engine, settings, sources, lambda: datetime.now(UTC))
        with engine.begin() as conn:
            catalogue.enrol(conn, sources.values(), settings, road.clock())
        for _ in range(2):
            with engine.begin() as conn:
                run_id, _ = ledger.ask(conn, ledger.list_id(conn, KEY, "list"), "t", road.clock())
            assert carry_out(road, run_id) is RunState.PUBLISHED
            publisher.publish(KEY)
    yield engine
    engine.dispose()


def seen(engine: Engine) -> list[str]:
    watcher = Watcher("", 0)
    watcher.look(engine)
    return watcher.wrong


def test_a_sound_database_has_nothing_wrong(engine: Engine) -> None:
    assert examine(engine, VERSIONS).lines() == []
    assert seen(engine) == []
    assert content_of(engine, KEY) == content_of(engine, KEY)


DAMAGE: list[tuple[str, str, str]] = [
    ("lost", "versions", "update accreditation_statement set schedule_issue = 'issue 2'"),
    ("lost", "are open", "update run set state = 'running' where id = 2"),
    ("lost", "without a leaf", "delete from log_leaf where position = 1"),
    ("lost", "kept bytes", "delete from run_payload where run_id = 1"),
    ("lost", "without a document", "update document set to_position = 1 where body_id = 2"),
    ("doubled", "gap", "update log_leaf set position = 7 where position = 1"),
    ("doubled", "identifier", "update identifier set value = 'X'"),
    ("doubled", "doubts", ("insert into review_item (kind, run_id, record_id, reason, asked_at)"
     " select 'k', 1, 1, 'r', now() from generate_series(1, 2)")),
    ("doubled", "begun twice", ("insert into sighting (record_id, content_hash, first_run_id,"
     " end_run_id) select record_id, content_hash, first_run_id, 2 from sighting where id = 1")),
    ("half", "have not published", "update run set state = 'failed' where id = 2"),
    ("half", "not that of its changes", ("update change set key = 'other' where run_id = 2"
     " and row = 0")),
    ("half", "another number of changes", "delete from change where run_id = 2 and row = 0"),
    ("half", "a part of a version", ("update sighting set end_run_id = 2 where id in"
     " (select max(id) from sighting)")),
    ("half", "another root", "update log_node set hash = '\\x00' where level = 1"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "word", "damage"), DAMAGE)
def test_planted_damage_is_found_and_named(
    engine: Engine, kind: str, word: str, damage: str
) -> None:
    with engine.begin() as conn:
        conn.execute(sa.text(damage))
    found = examine(engine, VERSIONS)
    said: list[Any] = getattr(found, kind)
    assert [one for one in said if word in one], found.lines()


@pytest.mark.parametrize(
    "damage",
    [
        "update profile set city = 'Town 1' where id in (select max(id) from profile)",
        "update scope_line set limitation = 'limit 1' where id in (select max(id) from scope_line)",
        (
            "update document set card = jsonb_set(card, '{city}', '\"Town 1\"')"
            " where id in (select max(id) from document where to_position is null)"
        ),
        "update sighting set end_run_id = 2 where id in (select max(id) from sighting)",
        "update run set state = 'failed' where id = 2",
        "delete from log_leaf where run_id = 2",
    ],
)
def test_a_mixture_of_two_versions_is_seen_by_who_watches(engine: Engine, damage: str) -> None:
    with engine.begin() as conn:
        conn.execute(sa.text(damage))
    assert seen(engine)


def test_what_is_seen_in_an_attack_that_goes_its_own_way_is_counted_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A publisher's attack strikes at no step, and a watcher sees what no rest shows any more."""
    monkeypatch.setattr(Campaign, "examined", lambda _self: Found())
    nobody = cast(Any, None)
    campaign = Campaign(nobody, nobody, nobody, Watcher("", 0))
    campaign.watcher.wrong.append("a publisher: two versions at once")
    campaign.note("a publisher", Found(), 0.1)
    campaign.note("another", Found(), 0.1)
    assert campaign.found.half == ["a publisher: two versions at once"]
    assert "half-published: a publisher: two versions" in capsys.readouterr().out
    campaign.watcher.wrong.append("after the last attack")
    assert campaign.seen() == ["after the last attack"]
