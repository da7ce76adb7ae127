"""The desk's matches over the front door: seen with both sides and the effect, decided, undone."""

from typing import Any

import pytest
from selectolax.lexbor import LexborHTMLParser

from services.terms import Listed, Role
from tests.directory.api.conftest import House
from tests.services.store.build import World, at, lab


def doubted(world: World) -> None:
    """One number of one accreditation body under two spellings, by two publishers."""
    world.source("first", authoritative_for=("KAN",))
    world.source("second", authoritative_for=("KAN",))
    heron = lab("K201", name="Heron Testing Pte Ltd", name_zh="", country="SG", issuer="KAN")
    other = lab("K201", name="Heron Test (Asia)", name_zh="", country="MY", issuer="KAN",
                listed=Listed.SUSPENDED)  # fmt: skip
    world.look("first", at("2026-05-30"), [heron])
    world.look("second", at("2026-05-31"), [other])


@pytest.fixture(scope="module")
def told(house: House) -> House:
    house.look(doubted)
    return house


@pytest.fixture(scope="module")
def steward(told: House) -> dict[str, str]:
    return told.opens("A steward of matches", Role.STEWARD)


def one(told: House, steward: dict[str, str]) -> dict[str, Any]:
    (brief,) = told.client.get("/api/v1/desk/matches", headers=steward).json()["data"]
    answer = told.client.get(f"/api/v1/desk/matches/{brief['id']}", headers=steward)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def test_the_desk_is_a_stewards(told: House) -> None:
    reader = told.opens("A reader of matches")
    for address in ("/api/v1/desk/matches", "/api/v1/desk/matches/m1"):
        assert told.client.get(address).status_code == 401
        assert told.client.get(address, headers=reader).status_code == 403
    sent = {"into": "b1"}
    assert told.client.post("/api/v1/bodies/b2/merge", json=sent).status_code == 401
    refused = told.client.post("/api/v1/bodies/b2/merge", json=sent, headers=reader)
    assert refused.status_code == 403


def waiting(told: House, steward: dict[str, str]) -> list[dict[str, Any]]:
    answer = told.client.get("/api/v1/desk/queue", headers=steward)
    return [one for one in answer.json()["data"] if one["kind"] == "match"]


def test_a_match_waits_among_what_needs_a_person(told: House, steward: dict[str, str]) -> None:
    (found,) = waiting(told, steward)
    assert found["ref"] == one(told, steward)["id"]
    assert (found["source"], found["why"]) == (
        "second",
        "The same number is held under another name.",
    )


def test_a_match_shows_both_sides_and_what_merging_does(
    told: House, steward: dict[str, str]
) -> None:
    seen = one(told, steward)
    assert seen["reason"] == "The same number is held under another name."
    assert [side["names"][0]["text"] for side in seen["sides"]] == [
        "Heron Test (Asia)", "Heron Testing Pte Ltd",
    ]  # fmt: skip
    assert all(side["names"][0]["evidence"][0]["ref"] for side in seen["sides"])
    does = seen["effect"]
    assert (does["body"], does["into"]) == (seen["sides"][0]["body"], seen["sides"][1]["body"])
    assert [record["source"] for record in does["records"]] == ["second"]
    assert [joined["label"] for joined in does["joined"]] == ["KAN K201"]
    assert does["contradictions"] == ["status of KAN K201: suspended (second), active (first)"]
    assert does["redirects"] == [does["body"]]
    assert (does["refused"], does["doubts"]) == ([], 1)


def test_a_match_is_decided_once_and_undone_with_a_preview(
    told: House, steward: dict[str, str]
) -> None:
    seen = one(told, steward)
    gone, stays = seen["effect"]["body"], seen["effect"]["into"]
    address = f"/api/v1/desk/matches/{seen['id']}/decision"
    sent = {"decision": "same", "into": stays, "because": "Read both.", "version": seen["version"]}
    silent = told.client.post(address, json=sent | {"because": " "}, headers=steward)
    assert silent.status_code == 400
    answer = told.client.post(address, json=sent, headers=steward)
    assert answer.status_code == 200, answer.text
    assert answer.json()["data"]["records"] == 1
    second = told.opens("A second steward of matches", Role.STEWARD)
    late = told.client.post(address, json=sent, headers=second)
    assert late.status_code == 409
    assert "A steward of matches decided" in late.json()["detail"]
    with told.clock.later(minutes=1):
        body = told.client.get(f"/api/v1/bodies/{gone}").json()["data"]
        assert body["id"] == stays
        conflicts = told.client.get("/api/v1/conflicts").json()["data"]
        assert not waiting(told, steward)
        assert [c["label"] for c in conflicts if c["kind"] == "status"] == ["KAN K201"]
        undo = f"/api/v1/bodies/{gone}/unmerge"
        seen = told.client.post(f"{undo}?preview=true", json={}, headers=steward).json()
        assert seen["done"] is None
        assert [record["source"] for record in seen["data"]["records"]] == ["second"]
        assert told.client.get(f"/api/v1/bodies/{gone}").json()["data"]["id"] == stays
        sent = {"because": "Two firms after all.", "version": seen["data"]["version"]}
        done = told.client.post(undo, json=sent, headers=steward)
        assert done.status_code == 200, done.text
    with told.clock.later(minutes=2):
        assert told.client.get(f"/api/v1/bodies/{gone}").json()["data"]["id"] == gone
        between = f"/api/v1/bodies/{gone}?known_at=2026-06-01T12:00:30Z"
        assert told.client.get(between).json()["data"]["id"] == stays
        before = f"/api/v1/bodies/{gone}?known_at=2026-06-01T11:00:00Z"
        assert told.client.get(before).json()["data"]["id"] == gone
        again = one(told, steward)
        assert again["evidence"]["again"] == "a merge was undone"
        does = told.client.post(
            f"/api/v1/bodies/{gone}/merge?preview=true", json={"into": stays}, headers=steward
        ).json()["data"]
        assert does["version"] == again["version"]


def test_a_relation_is_decided_and_shown_on_both_bodies(
    told: House, steward: dict[str, str]
) -> None:
    with told.clock.later(minutes=3):
        seen = one(told, steward)
        one_, two = seen["sides"][0]["body"], seen["sides"][1]["body"]
        address = f"/api/v1/desk/matches/{seen['id']}/decision"
        sent = {"decision": "relation", "because": "A branch.", "version": seen["version"]}
        without = told.client.post(address, json=sent, headers=steward)
        assert without.status_code == 400
        assert "branch_of" in without.json()["detail"] + without.json()["remedy"]
        sent |= {"into": two, "kind": "branch_of"}
        answer = told.client.post(address, json=sent, headers=steward)
        assert answer.status_code == 200, answer.text
    with told.clock.later(minutes=4):
        (branch,) = told.client.get(f"/api/v1/bodies/{one_}").json()["data"]["related"]
        assert (branch["kind"], branch["body"], branch["is_other"]) == ("branch_of", two, False)
        assert branch["by"] == "A steward of matches"
        (mother,) = told.client.get(f"/api/v1/bodies/{two}").json()["data"]["related"]
        assert (mother["kind"], mother["body"], mother["is_other"]) == ("branch_of", one_, True)
        earlier = f"/api/v1/bodies/{one_}?known_at=2026-06-01T12:02:30Z"
        assert told.client.get(earlier).json()["data"]["related"] == []
        assert told.client.get("/api/v1/desk/matches", headers=steward).json()["data"] == []


def test_the_body_page_names_the_related_body_and_who_decided(told: House) -> None:
    with told.clock.later(minutes=4):
        found = told.client.get("/api/v1/bodies", params={"q": "Heron Test (Asia)"}).json()["data"]
        branch = next(
            card["id"] for card in found["cards"] if card["names"][0]["text"] == "Heron Test (Asia)"
        )
        for language, words in (("en", "Branch of"), ("zh", "本机构为其分支")):
            page = told.client.get(f"/{language}/bodies/{branch}")
            section = LexborHTMLParser(page.text).css_first("#related")
            assert section is not None, page.text[:500]
            said = section.text()
            assert words in said
            assert "Heron Testing Pte Ltd" in said
            assert "A steward of matches" in said
            assert "A branch." in said
