"""One body under two spellings, merged and separated before the API, over the real road."""

import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services.sync.publish import take_turn
from tests.directory.api.merging import HERON, SPELT, TERN, Joining, joining, stamp


@pytest.fixture
def house(make_database: Callable[[], str]) -> Iterator[Joining]:
    with joining(make_database()) as one:
        yield one


def spaces(body: dict[str, Any]) -> set[str]:
    return {one["namespace"] for one in body["identifiers"]}


def test_two_publishers_with_one_body_end_as_one_with_both_identifiers(house: Joining) -> None:
    before = house.road.clock()
    held = {path: house.get(path)["data"] for path in ("/bodies/b1", "/bodies/b2")}
    assert [spaces(body) for body in held.values()] == [{"USCC"}, {"LEI"}]
    seen = house.doubt()
    assert [side["sources"] for side in seen["sides"]] == [["second"], ["toy"]]
    assert house.decide("same")["data"]["records"] == 1
    assert house.get("/desk/matches")["data"] == []
    now = house.get("/bodies/b1")["data"]
    assert spaces(now) == {"USCC", "LEI"}
    assert {name["text"] for name in now["names"]} == {HERON["name"], SPELT["name"]}
    assert len(now["accreditations"]) == 1, "one number of one holder is one accreditation"
    led = house.get("/bodies/b2")
    assert (led["data"]["id"], led["data"]["merged_into"]) == ("b1", "b1")
    assert led["meta"]["warnings"] == ["b2 was merged into b1: this is b1."]
    for words in (HERON["name"], SPELT["name"], "91350211M000100Y46", "5493001KJTIIGC8Y1R12"):
        assert house.found(words) == ["b1"], words
    known_at, on = stamp(before), before.date().isoformat()
    for path, body in held.items():
        assert house.get(path, known_at=known_at, on=on)["data"] == body, "as known before"


def test_an_accreditation_that_became_another_is_answered_with_that_one(house: Joining) -> None:
    before = house.road.clock()
    house.merge("b2", "b1")
    led = house.get("/accreditations/a2")
    assert (led["data"]["id"], led["data"]["body"]) == ("a1", "b1")
    assert led["meta"]["warnings"] == ["a2 became a1 when its holder was merged: this is a1."]
    lines = house.get("/bodies/b2/scope", accreditation="a2")["data"]
    assert (lines["total"], {one["accreditation"] for one in lines["lines"]}) == (2, {"a1"})
    asked = {"questions": [{"accreditation": "a2", "on": "2026-03-01"}]}
    judged = house.client.post("/api/v1/validity", json=asked).json()["data"]["verdicts"][0]
    assert (judged["accreditation"], judged["body"]) == ("a1", "b1")
    assert judged["verdict"] == "VALID"
    then = house.get("/accreditations/a2", known_at=stamp(before))
    assert (then["data"]["id"], then["data"]["body"], then["meta"]["warnings"]) == ("a2", "b2", [])
    house.unmerge("b2")
    house.road.clock.on(hours=1)
    back = house.get("/accreditations/a2")
    assert (back["data"]["id"], back["data"]["body"], back["meta"]["warnings"]) == ("a2", "b2", [])
    early = house.get("/accreditations/a2", 404, known_at="2026-02-01T00:00:00Z")
    assert early["detail"] == 'There is no accreditation "a2".'


def test_an_accreditation_is_followed_over_a_chain_of_merges(house: Joining) -> None:
    house.road.play(HERON, TERN, {**HERON, "key": "3", "name": "Herons", "identifiers": {}})
    house.road.clock.on(hours=1)
    (row,) = house.road.rows("select body_id from body_link join record r on r.id = record_id"
                             " where r.key = '3' and upper_inf(known)")  # fmt: skip
    third = f"b{row.body_id}"
    (own,) = (one["id"] for one in house.get(f"/bodies/{third}")["data"]["accreditations"])
    house.merge("b2", third)
    assert house.get("/accreditations/a2")["data"]["id"] == own
    house.merge(third, "b1")
    for gone in ("a2", own):
        assert house.get(f"/accreditations/{gone}")["data"]["id"] == "a1"


def test_a_merge_is_undone_and_every_past_answer_is_the_same_byte_for_byte(house: Joining) -> None:
    moments = [house.road.clock()]
    house.road.clock.on(days=1)
    told = [house.answers(moments[0])]
    assert told[0]["/bodies/b2 []"][1]["data"]["id"] == "b2"
    house.merge("b2", "b1")
    moments.append(house.road.clock.on(hours=1))
    house.road.clock.on(days=1)
    told.append(house.answers(moments[1]))
    assert told[1]["/bodies/b2 []"][1]["data"]["id"] == "b1"
    more = {**HERON, "lines": [*HERON["lines"], ["cable", "IEC 60227-3:1993"]]}
    house.road.play(more, {**TERN, "listed": "suspended"})
    house.road.play({**SPELT, "expires": "2027-01-01"}, key="second")
    moments.append(house.road.clock.on(hours=1))
    house.road.clock.on(days=1)
    told.append(house.answers(moments[2]))
    assert told[2]["/bodies/b2/scope []"] != told[1]["/bodies/b2/scope []"]
    preview, done = house.unmerge("b2")
    assert [record["source"] for record in preview["records"]] == ["second"]
    assert (preview["later"], done["done"]["records"]) == ([], 1)
    house.road.clock.on(days=1)
    for moment, said in zip(moments, told, strict=True):
        again = house.answers(moment)
        assert {asked for asked in said if again[asked] != said[asked]} == set(), moment
        assert again.keys() == said.keys()


def test_what_stands_today_is_restored_exactly(house: Joining) -> None:
    before, found = house.answers(), house.found("heron")
    assert sorted(found) == ["b1", "b2"]
    house.merge("b2", "b1")
    house.road.clock.on(hours=1)
    assert house.answers() != before
    preview, _ = house.unmerge("b2")
    assert [(one["accreditation"], one["into"]) for one in preview["joined"]] == [("a2", "a1")]
    house.road.clock.on(hours=1)
    after = house.answers()
    same = {asked for asked in before if bare(after[asked]) == bare(before[asked])}
    differing = set(before) - same
    assert differing == {f"dossier b{n}" for n in (1, 2, 3)}, "they name their moment and the log"
    assert house.found("heron") == found
    assert house.doubt()["evidence"]["again"] == "a merge was undone"


def bare(answer: Any) -> Any:
    """Without the moment at which it was asked, which the words of a full verdict name too."""
    if isinstance(answer, bytes):
        return answer
    status, said = answer if isinstance(answer, tuple) else (200, answer)
    data = said["data"]["verdicts"] if "verdicts" in (said["data"] or ()) else said["data"]
    return status, data, said["meta"].get("warnings")


def test_of_two_stewards_at_once_one_decides_and_the_other_is_told_by_whom(house: Joining) -> None:
    seen = house.doubt()
    stewards = ("First steward", "Second steward")
    keys = {name: house.steward(name) for name in stewards}
    path = f"/api/v1/desk/matches/{seen['id']}/decision"
    house.road.clock.on(hours=1)
    answers: dict[str, Any] = {}

    def decide(name: str, decision: str) -> None:
        sent = {"decision": decision, "because": f"{name} read both.", "version": seen["version"]}
        answers[name] = house.client.post(path, json=sent, headers=keys[name])

    with house.road.engine.begin() as conn:  # both wait at once for this one's turn to end
        take_turn(conn)
        threads = [
            threading.Thread(target=decide, args=pair)
            for pair in zip(stewards, ("same", "apart"), strict=True)
        ]
        for thread in threads:
            thread.start()
        waiting(house, 2)
    for thread in threads:
        thread.join()
    told = {answer.status_code: (name, answer.json()) for name, answer in answers.items()}
    assert sorted(told) == [200, 409]
    first, late = told[200][0], told[409][1]
    decided = "same" if first == "First steward" else "apart"
    assert late["detail"].startswith(f"{first} decided {seen['id']} on 2026-03-01")
    assert late["detail"].endswith(f": {decided} ({first} read both.).")
    (merges,) = house.road.rows("select count(*) n from body_merge")
    (aparts,) = house.road.rows("select count(*) n from body_apart")
    assert (merges.n, aparts.n) == ((1, 0) if decided == "same" else (0, 1))


def waiting(house: Joining, number: int) -> None:
    """Until so many wait for their turn to publish."""
    asked = sa.text("select count(*) from pg_locks where locktype = 'advisory' and not granted")
    for _ in range(600):
        with house.road.engine.connect() as conn:
            if conn.execute(asked).scalar_one() == number:
                return
        time.sleep(0.05)
    raise AssertionError(f"{number} should wait")


def test_a_loop_and_two_numbers_of_one_register_are_refused_with_the_reason(house: Joining) -> None:
    other = {**TERN, "identifiers": {"USCC": "91310000MA1FL0QK78"}}
    house.road.play(HERON, other)
    preview = house.post("/bodies/b3/merge?preview=true", {"into": "b1"})["data"]
    reason = "b3 has USCC 91310000MA1FL0QK78, b1 has USCC 91350211M000100Y46: a body has one."
    assert preview["refused"] == [reason]
    sent = {"into": "b1", "because": "They look alike.", "version": preview["version"]}
    refused = house.post("/bodies/b3/merge", sent, 400)
    assert refused["detail"] == reason
    assert "a branch has a number of its own" in refused["remedy"]
    house.merge("b2", "b1")
    preview = house.post("/bodies/b1/merge?preview=true", {"into": "b2"})["data"]
    assert "would make a loop" in preview["refused"][0]
    sent = {"into": "b2", "because": "The other way.", "version": preview["version"]}
    looped = house.post("/bodies/b1/merge", sent, 409)
    assert looped["detail"] == (
        "b2 was merged into b1 before: to merge b1 into it would make a loop."
    )
    assert [tuple(r) for r in house.road.rows("select body_id, into_id from body_merge")] == [
        (2, 1)
    ]
    own = house.post("/bodies/b1/merge", sent | {"into": "b1"}, 400)
    assert own["detail"] == "b1 is one body already."
