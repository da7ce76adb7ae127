"""Two time axes over the real road: what was answered stays answered, and every list of bodies
says what the decision says."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services import db
from services.errors import NotFound
from services.evidence import log
from services.find import body as find_body
from services.find.resolve import resolve
from services.find.search import Query, search
from services.kit import List as ListOf
from services.kit import Page, Request
from services.store.card import decisions_of, names_of, standings_of
from services.store.facts import load
from services.sync.run import Given, carry_out
from services.sync.turn import turn_day
from services.terms import RunState, Tier
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

HERON: dict[str, Any] = {
    "key": "T-1",
    "name": "Heron Testing Pte Ltd",
    "number": "T-1",
    "granted": "2020-01-01",
    "expires": "2030-01-01",
}
OTHER = HERON | {"key": "T-2", "name": "Tern Laboratories", "number": "T-2"}


def look_up(one: Traveller, number: str, row: dict[str, Any] | None, key: str = "toy") -> RunState:
    """The answer of the look-up page for one number; None: it has no such number."""
    when = one.clock.on(hours=1)
    run_id = one.ask(key, "lookup", f"TAB {number}")
    body = json.dumps(row or {}, ensure_ascii=False).encode()
    page = Page(url=f"https://toy.example/look/{number}", body=body)
    state = carry_out(one.road, run_id, Given((page,), when))
    assert state is not None
    return state


def verdicts(one: Traveller, on: date, known_at: datetime) -> dict[str, Any]:
    """All that is said of every body: names, verdicts with reasons, lines, events."""
    with db.snapshot(one.engine) as conn:
        ids = [row[0] for row in conn.exec_driver_sql("select id from body order by id")]
        held = load(conn, ids, on=on, known_at=known_at)
        said: dict[str, Any] = {}
        for body in held.bodies.values():
            decisions = decisions_of(body, on, known_at.date())
            if body.records:
                said[f"b{body.id}"] = {
                    "names": [group[0].row.text for group in names_of(body)],
                    "identifiers": sorted(s.row.value for s in body.identifiers),
                    "accreditations": [
                        (acc.id, acc.number, acc.listed, acc.line_count, decisions[acc.id],
                         [event.event for event in acc.events])
                        for acc in body.accreditations
                    ],
                }  # fmt: skip
        return said


def pages(one: Traveller, on: date, known_at: datetime) -> dict[str, Any]:
    """The bodies' pages, without what speaks of the directory of today."""
    with db.snapshot(one.engine) as conn:
        ids = [row[0] for row in conn.exec_driver_sql("select id from body order by id")]
        found = {}
        for id_ in ids:
            try:
                view, _ = find_body.body(conn, f"b{id_}", on=on, known_at=known_at)
            except NotFound:
                continue
            found[f"b{id_}"] = {
                "name": view.names[0].text,
                "standings": view.standings,
                "lines": [str(line) for line in view.scope.lines],
                "timeline": [(e.what, e.at, e.until, e.known_at) for e in view.timeline],
            }
        return found


def assert_lists_agree(one: Traveller) -> None:
    """Every card that search shows stands as the decision says today."""
    now = one.clock()
    with db.snapshot(one.engine) as conn:
        found, meta = search(conn, Query(limit=100), now=now, today=now.date())
        cards = {card.id: card.standings for card in found.cards}
        ids = [row[0] for row in conn.exec_driver_sql("select id from body order by id")]
        held = load(conn, ids, on=now.date(), known_at=now)
        said = {
            f"b{body.id}": standings_of(decisions_of(body, now.date(), now.date()))
            for body in held.bodies.values()
            if body.records and not body.merged_into
        }
    assert cards == said
    assert meta.total == len(said)


def turn(one: Traveller) -> int:
    with one.engine.begin() as conn:
        return turn_day(conn, one.clock())


def verdict(one: Traveller, number: str, on: date | None = None) -> str:
    now = one.clock()
    with db.snapshot(one.engine) as conn:
        ids = [row[0] for row in conn.exec_driver_sql("select id from body order by id")]
        held = load(conn, ids, on=on or now.date(), known_at=now)
        for body in held.bodies.values():
            decisions = decisions_of(body, on or now.date(), now.date())
            for acc in body.accreditations:
                if acc.number == number:
                    return str(decisions[acc.id].verdict)
    return "NOT_FOUND"


@pytest.fixture
def both(database_url: str) -> Iterator[Traveller]:
    """The toy list with a look-up, and a second, lower source that names the same bodies."""
    engine = db.connect(database_url)
    traveller = Traveller(engine)
    traveller.enrol(
        toy.with_lookup("https://toy.example/look"),
        toy.source(
            "lower",
            tier=Tier.AGGREGATOR,
            authoritative_for=frozenset(),
            lists=(ListOf("list", Request(url="https://lower.example/list.json")),),
        ),
    )
    yield traveller
    engine.dispose()


class _World:
    """A register that lives on by itself: labs come, change, leave and return."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.on_list: dict[str, dict[str, Any]] = {}
        self.away: dict[str, dict[str, Any]] = {}
        self.made = 0

    def lab(self) -> dict[str, Any]:
        self.made += 1
        n = self.made
        return {
            "key": f"k{n}", "kin": "lab", "name": f"{('Heron', 'Tern', 'Gull')[n % 3]} {n} Labs",
            "number": f"T-{n}", "granted": "2024-01-01",
            "expires": f"2026-{self.chance.randint(4, 12):02}-15",
            "lines": [["Battery", f"IEC 62133-{n}:2017"]], "identifiers": {"UEN": f"2019{n:05}W"},
        }  # fmt: skip

    def step(self, today: date) -> None:
        chance = self.chance
        for _ in range(chance.randint(0, 3)):
            what = chance.choice(
                ["new", "fact", "spell", "suspend", "lift", "leave", "back", "lines"]
            )
            if what == "new" or len(self.on_list) < 5:
                one = self.lab()
                self.on_list[one["key"]] = one
                continue
            key = chance.choice(sorted(self.on_list))
            one = dict(self.on_list[key])
            if what == "fact":
                one["expires"] = (today + timedelta(days=chance.randint(-5, 200))).isoformat()
            elif what == "spell":
                one["name"] = one["name"].replace("Labs", chance.choice(["Lab", "Labs", "Labz"]))
                del self.on_list[key]
                one["key"] = key.split("~")[0] + f"~{chance.randint(0, 3)}"
            elif what == "suspend":
                begin = today - timedelta(days=chance.randint(0, 20))
                end = (
                    None if chance.random() < 0.5 else begin + timedelta(days=chance.randint(1, 40))
                )
                one["events"] = [{"kind": "suspended", "on": begin.isoformat(),
                                  "until": end.isoformat() if end else None}]  # fmt: skip
                one["listed"] = chance.choice(["active", "suspended"])
            elif what == "lift":
                one |= {"events": [], "listed": "active"}
            elif what == "lines":
                one["lines"] = [*one["lines"], ["Toys", f"EN 71-{chance.randint(1, 14)}"]]
            elif what == "leave" and len(self.on_list) > 5:
                self.away[key] = self.on_list.pop(key)
                continue
            elif what == "back" and self.away:
                back = chance.choice(sorted(self.away))
                if back not in self.on_list:
                    self.on_list[back] = self.away.pop(back)
                continue
            self.on_list[one["key"]] = one


@pytest.mark.parametrize("seed", range(6))
def test_what_was_known_is_answered_for_ever_and_every_list_agrees(
    both: Traveller, seed: int
) -> None:
    chance, world = random.Random(1000 + seed), _World(seed)
    asked: list[tuple[date, datetime, Any, Any]] = []
    for _ in range(14):
        today = both.clock.on(hours=chance.choice([3, 26, 26, 24 * 9, 24 * 40])).date()
        world.step(today)
        rows = sorted(world.on_list.values(), key=lambda row: str(row["key"]))
        state, run_id = both.play(*rows)
        if state is RunState.REFUSED:
            reasons = str(both.run(run_id).reasons)
            assert any(word in reasons for word in ("twice", "fewer", "at least 1"))
        if chance.random() < 0.4 and rows:
            row = dict(chance.choice(rows))
            row["listed"] = chance.choice(["active", "suspended", "withdrawn"])
            look_up(both, row["number"], row if chance.random() < 0.8 else None)
        if chance.random() < 0.4 and rows:
            row = dict(chance.choice(rows))
            both.play(row | {"listed": chance.choice(["active", "suspended"])}, key="lower")
        turn(both)
        assert_lists_agree(both)
        now = both.clock()
        days = (now.date(), today - timedelta(days=chance.randint(1, 60)))
        asked += [(on, now, verdicts(both, on, now), pages(both, on, now)) for on in days]
        both.clock.on(minutes=1)
    for on, known_at, said, shown in asked:
        assert verdicts(both, on, known_at) == said, (on, known_at)
        again = pages(both, on, known_at)
        assert list(again) == list(shown)
        for id_, page in shown.items():
            assert again[id_] == page, (id_, on, known_at)
    with both.engine.connect() as conn:
        leaves = conn.exec_driver_sql("select * from log_leaf order by position").all()
        hashes = []
        for position, leaf in enumerate(leaves):
            assert leaf.position == position
            assert log.changes_root(conn, leaf.run_id) == (leaf.root, leaf.rows)
            data = log.leaf_data(position, leaf.run_id, leaf.rows, leaf.root, leaf.known_at)
            hashes.append(log.leaf_hash(data))
            assert leaf.tree_root == log.root_of(hashes) == log.tree_root(conn, position + 1)


def test_an_unchanged_list_does_not_take_back_what_the_look_up_said(both: Traveller) -> None:
    both.play(HERON, OTHER)
    look_up(both, "T-1", HERON | {"listed": "suspended"})
    assert verdict(both, "T-1") == "SUSPENDED"
    both.clock.on(days=2)
    state, _ = both.play(HERON, OTHER)
    assert state is RunState.UNCHANGED
    turn(both)
    assert verdict(both, "T-1") == "SUSPENDED", "the list repeats what it said before"
    assert_lists_agree(both)
    both.clock.on(days=2)
    look_up(both, "T-1", HERON)
    assert verdict(both, "T-1") == "VALID"
    assert_lists_agree(both)
    look_up(both, "T-1", HERON | {"listed": "withdrawn"})
    both.clock.on(days=2)
    both.play(HERON, OTHER)
    assert verdict(both, "T-1") == "WITHDRAWN"


def test_a_suspension_still_listed_after_its_end_is_found_unknown_in_lists_too(
    both: Traveller,
) -> None:
    hold = {"kind": "suspended", "on": "2026-02-01", "until": "2026-03-10"}
    row = HERON | {"listed": "suspended", "events": [hold]}
    both.play(row, OTHER)
    both.clock.now = datetime(2026, 3, 10, 6, tzinfo=UTC)
    turn(both)
    both.play(row, OTHER)
    turn(both)
    assert verdict(both, "T-1") == "UNKNOWN_GAP"
    assert_lists_agree(both)


def test_two_spellings_of_one_record_at_once_are_two_records(both: Traveller) -> None:
    wrong = HERON | {"kin": "A", "key": "Heorn", "name": "Heorn Testing Pte Ltd"}
    right = HERON | {"kin": "A", "key": "Heron"}
    both.play(wrong, OTHER)
    both.play(right, OTHER)
    assert both.counts()["record"] == 2, "a corrected spelling"
    state, _ = both.play(wrong | {"number": "T-7"}, right, OTHER)
    assert state is RunState.PUBLISHED
    assert both.counts()["record"] == 3
    assert verdict(both, "T-1") == verdict(both, "T-7") == "VALID"
    before = both.counts()["change"]
    both.play(wrong | {"number": "T-7"}, right, OTHER | {"expires": "2031-01-01"})
    assert both.counts()["change"] == before + 1, "neither takes the other's place"


def test_a_refused_run_refreshes_nothing_and_an_unchanged_one_does(both: Traveller) -> None:
    both.play(HERON, OTHER)
    both.clock.on(days=100)
    state, _ = both.play()
    assert state is RunState.REFUSED
    turn(both)
    assert verdict(both, "T-1") == "UNKNOWN_STALE"
    assert_lists_agree(both)
    both.play(HERON, OTHER)
    turn(both)
    assert verdict(both, "T-1") == "VALID"


def test_a_suspension_that_a_source_drops_was_true_while_it_stood(both: Traveller) -> None:
    held = HERON | {"events": [{"kind": "suspended", "on": "2026-02-01"}]}
    both.play(held, OTHER)
    both.clock.on(days=10)
    both.play(held, OTHER)
    both.clock.on(days=10)
    both.play(HERON, OTHER)
    last = toy.START.date() + timedelta(days=10)
    assert verdict(both, "T-1", date(2026, 2, 15)) == "SUSPENDED"
    assert verdict(both, "T-1", last) == "SUSPENDED"
    assert verdict(both, "T-1", last + timedelta(days=3)) == "UNKNOWN_GAP"
    assert verdict(both, "T-1") == "VALID"
    assert_lists_agree(both)


def test_a_corrected_suspension_replaces_the_one_before(both: Traveller) -> None:
    both.play(HERON | {"events": [{"kind": "suspended", "on": "2026-02-01"}]}, OTHER)
    both.play(HERON | {"events": [{"kind": "suspended", "on": "2026-02-20"}]}, OTHER)
    assert verdict(both, "T-1", date(2026, 2, 10)) != "SUSPENDED"
    assert verdict(both, "T-1", date(2026, 2, 20)) == "SUSPENDED"


def test_another_number_is_found_under_itself(both: Traveller) -> None:
    """A record whose number changes: the number printed now is the one that is registered."""
    both.play(HERON | {"key": "heron"}, OTHER)
    before = both.clock.on(minutes=1)
    both.play(HERON | {"key": "heron", "number": "T-9"}, OTHER)
    now = both.clock()
    with db.snapshot(both.engine) as conn:
        found, _ = resolve(conn, "TAB T-9", on=now.date(), known_at=now)
        assert [one.number for one in found.registered] == ["T-9"]
        found, _ = resolve(conn, "TAB T-1", on=now.date(), known_at=now)
        assert not found.registered
        found, _ = resolve(conn, "TAB T-1", on=before.date(), known_at=before)
        assert [one.number for one in found.registered] == ["T-1"]


def test_a_number_is_not_found_before_it_was_known(both: Traveller) -> None:
    both.play(OTHER)
    before = both.clock.on(minutes=1)
    both.play(OTHER, HERON | {"identifiers": {"UEN": "201912345W"}})
    with db.snapshot(both.engine) as conn:
        for number in ("201912345W", "T-1"):
            found, _ = resolve(conn, number, on=before.date(), known_at=before)
            assert (found.bodies, str(found.verdict)) == ((), "NOT_FOUND")
            found, _ = resolve(conn, number, on=before.date(), known_at=both.clock())
            assert len(found.bodies) == 1


def test_nothing_is_learned_at_a_time_to_come(both: Traveller) -> None:
    state, run_id = both.play(HERON, OTHER, at=both.clock.now + timedelta(days=400))
    assert state is RunState.REFUSED
    assert "still to come" in both.run(run_id).reasons[0]
    state, _ = both.play(HERON, OTHER)
    assert state is RunState.PUBLISHED
