"""A ruling made from the page: followed, refused in words, and never twice without being told."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.settings import Settings
from services.terms import Role
from tests.directory.api.test_conflicts import conflicting
from tests.directory.pages.desk import Desk, Front, Shown, front_door

PATH = "/en/desk/contradictions"
WHY = "The register's notice of 28 May was read."


@pytest.fixture
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, conflicting, Settings(database_url=url)) as one:
        yield one


def case(shown: Shown, word: str) -> Any:
    """The article of a case, as "status" of KAN K101."""
    [found] = [one for one in shown.tree.css("article") if word in str(one.attributes["id"])]
    return found


def form(desk: Desk, word: str, source: str, **more: str) -> tuple[str, dict[str, str]]:
    """Where the form of a case goes, and what it holds when that source's statement is chosen."""
    found = case(desk.get(PATH), word)
    sent = {"token": found.css_first("input[name=token]").attributes["value"], "because": WHY}
    [chosen] = [one for one in found.css("label") if f"{source}:" in one.text()]
    sent["upholds"] = chosen.css_first("input").attributes["value"]
    address = found.css_first("form").attributes["action"].partition("#")[0]
    return address, sent | more


def test_a_ruling_is_made_on_the_page_and_the_verdict_follows(front: Front) -> None:
    steward = front.desk("Desk one", Role.STEWARD)
    asked = {"number": "K101", "issuer": "KAN", "on": "2026-06-01"}

    def verdict() -> str:
        told = front.client.post("/api/v1/validity", json={"questions": [asked]}).json()
        return str(told["data"]["verdicts"][0]["verdict"])

    assert verdict() == "VALID"
    address, sent = form(steward, "status", "ab_schedule", proof="file 12")
    with front.clock.later(minutes=1):
        assert steward.post(address, sent).to == f"{PATH}?told=ruled"
    with front.clock.later(minutes=2):
        assert verdict() == "SUSPENDED"
        found = case(steward.get(PATH), "status")
        assert "decided" in found.text()
        assert WHY in found.text()
        assert "Desk one" in found.text()
        entry = steward.get("/en/desk/trail?action=ruled").texts("tbody tr")
        assert len(entry) == 1
        assert WHY in entry[0]


def test_without_a_reason_it_is_refused_and_what_was_typed_stays(front: Front) -> None:
    steward = front.desk("Desk one", Role.STEWARD)
    address, sent = form(steward, "expiry", "ab_schedule", because="  ", proof="notice 7")
    shown = steward.post(address, sent, status=400)
    assert "Say why this statement counts." in shown.text("[role=alert]")
    found = case(shown, "expiry")
    assert "What you typed is still here." in found.text()
    assert found.css_first("input[name=proof]").attributes["value"] == "notice 7"
    [ticked] = [one for one in found.css("input[type=radio]") if "checked" in one.attributes]
    assert ticked.attributes["value"] == sent["upholds"]
    other = case(shown, "status")
    assert "What you typed" not in other.text(), "said beside its own case alone"
    assert "open" in found.text()


def test_the_second_steward_is_told_and_may_replace_the_first(front: Front) -> None:
    first, second = front.desk("Desk one", Role.STEWARD), front.desk("Desk two", Role.STEWARD)
    mine = form(first, "expiry", "ab_schedule")
    address, late = form(second, "expiry", "ab_register", because="I asked them by phone.")
    with front.clock.later(minutes=1):
        first.post(*mine)
    with front.clock.later(minutes=2):
        shown = second.post(address, late, status=400)
        assert f"Desk one has ruled on this already: {WHY}" in shown.text("[role=alert]")
        found = case(shown, "expiry")
        assert found.css_first("textarea").text() == "I asked them by phone."
        assert found.css_first("input[name=replaces]") is not None, "it may be replaced on purpose"
    with front.clock.later(minutes=3):
        second.post(address, late | {"replaces": "yes"})
        assert "I asked them by phone." in case(second.get(PATH), "expiry").text()


def test_a_statement_that_is_none_of_the_two_is_not_upheld(front: Front) -> None:
    steward = front.desk("Desk one", Role.STEWARD)
    address, sent = form(steward, "status", "ab_register")
    shown = steward.post(address, sent | {"upholds": "1:name:1"}, status=400)
    assert "Choose one of the two statements" in shown.text("[role=alert]")


def test_who_is_no_steward_rules_on_nothing(front: Front) -> None:
    steward = front.desk("Desk one", Role.STEWARD)
    address, sent = form(steward, "status", "ab_schedule")
    for name, role in (("Reader", Role.READER), ("Regulator", Role.REGULATOR)):
        front.desk(name, role).post(address, sent, status=403)
    steward.post(address, sent | {"token": "x"}, status=403)
    assert "open" in case(steward.get(PATH), "status").text()
