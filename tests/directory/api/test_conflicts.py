"""What sources say differently: shown verbatim, ruled on by a steward, followed by verdicts."""

from datetime import date
from typing import Any

import pytest

from services.terms import Listed, Role, Tier
from tests.directory.api.conftest import House
from tests.services.store.build import World, at, lab, suspension


def conflicting(world: World) -> None:
    """A register, a schedule of the same accreditation body, and a regulator's list of its own
    scheme beside it: two disagree on a status, two on an expiry, two on a holder."""
    world.source("ab_register", authoritative_for=("KAN",))
    world.source("ab_schedule", tier=Tier.MRA_DATABASE, authoritative_for=())
    world.source("second_register", tier=Tier.AB_SCHEDULE)
    register = [
        lab("K101", name="Tern Lamp Laboratory", name_zh="", issuer="KAN"),
        lab("K102", name="Reed Cable Laboratory", name_zh="", issuer="KAN"),
        lab("K103", name="Alder Toy Laboratory", name_zh="", issuer="KAN"),
    ]
    database = [
        lab("K101", name="Tern Lamp Laboratory", name_zh="", issuer="KAN",
            listed=Listed.SUSPENDED),
        lab("K102", name="Reed Cable Laboratory", name_zh="", issuer="KAN",
            expires=date(2027, 3, 31)),
    ]  # fmt: skip
    world.look("ab_register", at("2026-05-30"), register)
    world.look("ab_schedule", at("2026-05-30", 7), database)


@pytest.fixture(scope="module")
def told(house: House) -> House:
    house.look(conflicting)
    return house


def listed(house: House, **asked: str) -> dict[str, Any]:
    answer = house.client.get("/api/v1/conflicts", params={"state": "all", **asked})
    assert answer.status_code == 200, answer.text
    return {f"{one['kind']} {one['label']}": one for one in answer.json()["data"]}


def verdict(house: House, number: str, **more: str) -> Any:
    question = {"number": number, "issuer": "KAN", "on": "2026-06-01"}
    answer = house.client.post("/api/v1/validity", json={"questions": [question], **more})
    assert answer.status_code == 200, answer.text
    return answer.json()["data"]["verdicts"][0]


def test_both_statements_stand_verbatim_with_tiers_and_a_proposed_winner(told: House) -> None:
    found = listed(told)
    status = found["status KAN K101"]
    assert {(side["said"], side["tier"], side["source"]) for side in status["sides"]} == {
        ("active", 1, "ab_register"),
        ("suspended", 4, "ab_schedule"),
    }
    assert all(side["raw"] == "In force" for side in status["sides"])
    assert all(side["evidence"]["sha256"] for side in status["sides"])
    winner = next(side for side in status["sides"] if side["ref"] == status["proposed"])
    assert winner["source"] == "ab_register"
    assert status["rule"] == "source tiers"
    assert status["state"] == "open"
    expiry = found["expiry KAN K102"]
    assert {side["said"] for side in expiry["sides"]} == {"2028-01-09", "2027-03-31"}
    assert "status KAN K103" not in found


def test_a_bodys_own_documents_contradict_nobody(told: House) -> None:
    def own(world: World) -> None:
        world.source("own_papers", tier=Tier.OWN_DOCUMENT)
        paper = lab("K103", name="Alder Toy Laboratory", name_zh="", issuer="KAN",
                    expires=date(2031, 1, 1))  # fmt: skip
        world.look("own_papers", at("2026-05-30", 8), [paper])

    told.look(own)
    assert not [key for key in listed(told) if "K103" in key]


def test_nothing_of_it_was_known_before(told: House) -> None:
    assert not listed(told, known_at="2026-05-30T06:30:00Z", on="2026-05-30")


def test_only_a_steward_rules_and_says_why(told: House) -> None:
    status = listed(told)["status KAN K101"]
    address = f"/api/v1/conflicts/{status['id']}/decision"
    sent = {"upholds": status["proposed"], "because": "The register was asked by phone."}
    assert told.client.post(address, json=sent).status_code == 401
    reader = told.opens("A reader of contradictions")
    assert told.client.post(address, json=sent, headers=reader).status_code == 403
    steward = told.opens("A steward who says nothing", Role.STEWARD)
    silent = told.client.post(address, json=sent | {"because": " "}, headers=steward)
    assert silent.status_code == 400
    assert "reason" in silent.json()["detail"]
    neither = told.client.post(address, json=sent | {"upholds": "1:name:1"}, headers=steward)
    assert neither.status_code == 400
    assert listed(told)["status KAN K101"]["state"] == "open"


def test_a_ruling_is_followed_from_then_on_and_never_before(told: House) -> None:
    found = listed(told)
    status, expiry = found["status KAN K101"], found["expiry KAN K102"]
    worse = next(s["ref"] for s in status["sides"] if s["said"] == "suspended")
    before = verdict(told, "K101")
    assert before["verdict"] == "VALID"
    first = told.opens("First steward", Role.STEWARD)
    sent = {"upholds": worse, "because": "The notice of 28 May was read.", "proof": "file 12"}
    with told.clock.later(minutes=5):
        address = f"/api/v1/conflicts/{status['id']}/decision"
        answer = told.client.post(address, json=sent, headers=first)
        assert answer.status_code == 200, answer.text
        (ruled,) = answer.json()["data"]
        assert ruled["state"] == "decided"
        assert ruled["ruling"]["by"] == "First steward"
        assert ruled["ruling"]["upholds"] == worse
        second = told.opens("Second steward", Role.STEWARD)
        late = told.client.post(
            address, json={"upholds": status["proposed"], "because": "No."}, headers=second
        )
        assert late.status_code == 409
        assert "First steward" in late.json()["detail"]
    with told.clock.later(minutes=6):
        after = verdict(told, "K101")
        assert after["verdict"] == "SUSPENDED"
        assert after["since"] == "2026-05-30"
        assert verdict(told, "K101", known_at="2026-06-01T12:01:00Z")["verdict"] == "VALID"
        late_expiry = next(s["ref"] for s in expiry["sides"] if s["said"] == "2027-03-31")
        asked = {"upholds": late_expiry, "because": "The certificate was seen."}
        told.client.post(
            f"/api/v1/conflicts/{expiry['id']}/decision", json=asked, headers=second
        ).raise_for_status()
    with told.clock.later(minutes=7):
        assert verdict(told, "K102")["until"] == "2027-04-01"
        assert not [key for key in listed(told, state="open") if key.startswith("status KAN K101")]


def test_a_source_that_says_something_else_opens_the_case_again(told: House) -> None:
    def mended(world: World) -> None:
        drafts = [
            lab("K101", name="Tern Lamp Laboratory", name_zh="", issuer="KAN",
                listed=Listed.WITHDRAWN),
            lab("K102", name="Reed Cable Laboratory", name_zh="", issuer="KAN"),
        ]  # fmt: skip
        world.look("ab_schedule", at("2026-06-02", 7), drafts)

    told.look(mended)
    with told.clock.later(days=1):
        found = listed(told, state="open")
        assert found["status KAN K101"]["state"] == "reopened"
        assert "expiry KAN K102" not in found


def test_a_lower_tier_never_lifts_an_adverse_word(told: House) -> None:
    def adverse(world: World) -> None:
        world.look(
            "ab_register",
            at("2026-06-03"),
            [
                lab("K101", name="Tern Lamp Laboratory", name_zh="", issuer="KAN"),
                lab("K102", name="Reed Cable Laboratory", name_zh="", issuer="KAN"),
                lab("K103", name="Alder Toy Laboratory", name_zh="", issuer="KAN",
                    events=[suspension("2026-05-20")]),
            ],
        )  # fmt: skip
        world.look(
            "second_register",
            at("2026-06-03"),
            [lab("K103", name="Alder Toy Laboratory", name_zh="", issuer="KAN")],
        )

    told.look(adverse)
    with told.clock.later(days=3):
        status = listed(told)["status KAN K103"]
        assert {side["said"] for side in status["sides"]} == {"active", "suspended"}
        active = next(s["ref"] for s in status["sides"] if s["said"] == "active")
        steward = told.opens("A hopeful steward", Role.STEWARD)
        answer = told.client.post(
            f"/api/v1/conflicts/{status['id']}/decision",
            json={"upholds": active, "because": "Its letter says so."},
            headers=steward,
        )
        assert answer.status_code == 400
        assert "cannot lift what tier 1 says" in answer.json()["detail"]


def test_an_unknown_state_and_id_are_named(told: House) -> None:
    wrong = told.client.get("/api/v1/conflicts", params={"state": "perhaps"})
    assert wrong.status_code == 400
    steward = told.opens("A lost steward", Role.STEWARD)
    lost = told.client.post(
        "/api/v1/conflicts/status-a1-r1-r2/decision",
        json={"upholds": "1:name:1", "because": "x"},
        headers=steward,
    )
    assert lost.status_code == 404
