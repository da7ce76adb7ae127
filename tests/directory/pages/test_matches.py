"""Matches at the desk, without a script: both sides and the effect first, then one decision."""

import typing
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import services.sync
from directory.pages.match_words import AGAINST, PARTS, PERSONS, PROPOSED, REASONS, parts
from directory.pages.tongue import EN, ZH
from services.settings import Settings
from services.sync.likeness import Decision, Person
from services.terms import Listed, MatchReason, Role
from tests.directory.pages.desk import Desk, Front, Shown, front_door
from tests.services.store.build import World, at, lab

WHY = "Both certificates name one company."
OTHER = "Heron Test (Asia)"


def doubted(world: World) -> None:
    """One number of one accreditation body under two spellings, by two publishers."""
    world.source("first", authoritative_for=("KAN",))
    world.source("second", authoritative_for=("KAN",))
    heron = lab("K201", name="Heron Testing Pte Ltd", name_zh="", country="SG", issuer="KAN")
    other = lab("K201", name=OTHER, name_zh="", country="MY", issuer="KAN",
                listed=Listed.SUSPENDED)  # fmt: skip
    world.look("first", at("2026-05-30"), [heron])
    world.look("second", at("2026-05-31"), [other])


@pytest.fixture
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, doubted, Settings(database_url=url)) as one:
        yield one


def sent(page: Shown, **more: str) -> dict[str, str]:
    """As the page's own form would send it."""
    kept = {
        str(one.attributes["name"]): str(one.attributes.get("value") or "")
        for one in page.tree.css("main input[type=hidden]")
    }
    return kept | {"because": WHY, "proof": "file 12"} | more


def test_matches_are_a_stewards(front: Front) -> None:
    for path in ("/en/desk/matches", "/en/desk/matches/m1", "/en/desk/merges/b2"):
        answer = front.client.get(path, follow_redirects=False)
        assert answer.status_code == 303
        assert "/sign-in" in answer.headers["location"]
    front.desk("Office", Role.REGULATOR).get("/en/desk/matches", 403)
    front.desk("Desk one", Role.STEWARD).get("/en/desk/matches/m99", 404)


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", ("1 match waits for a person", "The same number is held under another name.",
                "One body, or two?", "What merging would do", "Country", "different",
                "Telling words on both sides", "1 accreditation goes along")),
        ("zh", ("1 项匹配等待人工决定", "同一编号登记在另一名称之下。",
                "同一机构，还是两个机构？", "合并后的影响", "国家或地区", "不同",
                "双方共有的特征词", "随之转移 1 项")),
    ],
)  # fmt: skip
def test_both_sides_the_parts_and_the_effect_stand_before_the_decision(
    front: Front, code: str, said: tuple[str, ...]
) -> None:
    desk = front.desk("Desk one", Role.STEWARD)
    room = desk.get(f"/{code}/desk")
    assert f"/{code}/desk/matches" in room.links()
    listed = desk.get(f"/{code}/desk/matches")
    (path,) = listed.links("tbody th a")
    shown = desk.get(path)
    both = listed.text() + shown.text()
    assert [words for words in said if words not in both] == []
    assert OTHER in shown.text("table.sides")
    assert "Heron Testing Pte Ltd" in shown.text("table.sides")
    assert len(shown.texts("table.sides thead th")) == 3
    assert f"/{code}/bodies/b2 → /{code}/bodies/b1" in shown.text("[aria-labelledby=h-does]")
    assert "status of KAN K201: suspended (second), active (first)" in shown.text()
    at_does, at_form = shown.html.index('id="h-does"'), shown.html.index('id="h-dec"')
    assert shown.html.index('id="h-sides"') < at_does < at_form
    turned = desk.get(f"{path}?into=b2")
    assert f"/{code}/bodies/b1 → /{code}/bodies/b2" in turned.text("[aria-labelledby=h-does]")
    values = {one.attributes.get("value") for one in shown.tree.css("button[name=decision]")}
    assert values == {"same", "apart", "relation"}
    assert len(shown.html) < 100_000
    assert not shown.tree.css("[style], script:not([src])")


def test_a_merge_is_made_and_undone_over_the_pages(front: Front) -> None:
    desk = front.desk("Desk one", Role.STEWARD)
    page = desk.get("/en/desk/matches/m1")
    silent = desk.post("/en/desk/matches/m1", sent(page, because=" ", decision="same"), 400)
    assert "Say in 1 to 2,000 characters why." in silent.text(".refused")
    done = desk.post("/en/desk/matches/m1", sent(page, decision="same"))
    assert done.to == "/en/desk/matches?told=same"
    with front.clock.later(minutes=1):
        after = desk.get(done.to)
        assert "They are one body from now on" in after.text("[role=status]")
        assert "b2 leads to b1" in after.text("[aria-labelledby=h-led]")
        assert desk.get("/en/bodies/b2", 302).to == "/en/bodies/b1"
        assert desk.get("/en/accreditations/a2", 302).to == "/en/accreditations/a1"
        decided = desk.get("/en/desk/matches/m1")
        assert "Decided by Desk one, " in decided.text()
        assert f": {WHY} (file 12)" in decided.text()
        assert not decided.tree.css("button[name=decision]")
        assert "/en/desk/merges/b2" in decided.links()
        preview = desk.get("/en/desk/merges/b2")
        assert OTHER in preview.text("[aria-labelledby=h-back]")
        assert "parts from a1 again" in preview.text("[aria-labelledby=h-back]")
        assert desk.get("/en/bodies/b2", 302).to == "/en/bodies/b1", "a preview does nothing"
        undone = desk.post("/en/desk/merges/b2", sent(preview))
        assert undone.to == "/en/desk/matches?told=undone"
    with front.clock.later(minutes=2):
        assert OTHER in desk.get("/en/bodies/b2").text("h1")
        assert "a merge was undone" in desk.get("/en/desk/matches/m2").text()
        assert "not merged" in desk.get("/en/desk/merges/b2", 400).text()


def test_the_second_steward_is_told_who_decided(front: Front) -> None:
    first, second = front.desk("Desk one", Role.STEWARD), front.desk("Desk two", Role.STEWARD)
    page = second.get("/en/desk/matches/m1")
    mine = sent(first.get("/en/desk/matches/m1"), decision="apart")
    assert first.post("/en/desk/matches/m1", mine).to == "/en/desk/matches?told=apart"
    late = second.post("/en/desk/matches/m1", sent(page, decision="same"), 409)
    assert "Desk one has decided this match already, on 2026-06-01 12:00 UTC: Both" in late.text(
        ".refused"
    )


def test_a_relation_takes_what_it_is_and_of_whom(front: Front) -> None:
    desk = front.desk("Desk one", Role.STEWARD)
    page = desk.get("/en/desk/matches/m1")
    mine = sent(page, decision="relation", kind="friend", of="b1")
    refused = desk.post("/en/desk/matches/m1", mine, 400)
    assert "Say what it is, and of which body." in refused.text(".refused")
    assert refused.one("textarea").text() == WHY, "what was written is kept"
    done = desk.post("/en/desk/matches/m1", mine | {"kind": "subsidiary_of"})
    assert done.to == "/en/desk/matches?told=relation"
    with front.clock.later(minutes=1):
        assert "Subsidiary of" in desk.get("/en/bodies/b2").text("#related")
        assert "Its subsidiary" in desk.get("/en/bodies/b1").text("#related")


def test_a_form_of_another_session_is_refused(front: Front) -> None:
    desk = front.desk("Desk one", Role.STEWARD)
    page = desk.get("/en/desk/matches/m1")
    desk.post("/en/desk/matches/m1", sent(page, decision="same") | {"token": "x"}, 403)
    with front.clock.later(minutes=1):
        assert OTHER in desk.get("/en/bodies/b2").text("h1")


def test_a_renamed_record_is_asked_about_alone(front: Front) -> None:
    def renamed(world: World) -> None:
        other = lab("K201", name="Wagtail Metrology", name_zh="", country="MY", issuer="KAN")
        world.look("second", at("2026-06-01"), [other])

    front.publish(renamed)
    desk: Desk = front.desk("Desk one", Role.STEWARD)
    path = desk.get("/en/desk/matches").links("tbody th a")[0]
    page = desk.get(path)
    assert page.text("h1") == "Renamed, or another holder?"
    assert "Verdicts wait for it." in page.text()
    assert len(page.texts("table.sides thead th")) == 2
    done = desk.post(path, sent(page, decision="apart"))
    assert done.to == "/en/desk/matches?told=own"


def test_pages_have_a_word_for_whatever_matching_says() -> None:
    assert set(REASONS) == {one.value for one in MatchReason}
    assert set(PERSONS) == set(typing.get_args(Person))
    assert set(PROPOSED) == set(typing.get_args(Decision))
    folder = Path(services.sync.__path__[0])
    said = "".join(file.read_text() for file in folder.glob("*.py"))
    assert [one for one in AGAINST if one not in said] == []


@pytest.mark.parametrize("person", typing.get_args(Person))
def test_a_match_is_told_in_both_languages_however_its_names_agree(person: str) -> None:
    likeness = {"person": person, "name": 90, "decision": "ask", "shared": [], "only": []}
    evidence = {"likeness": likeness | dict.fromkeys(PARTS, "unsaid")}
    chinese, english = (parts(tongue, evidence)[0][1] for tongue in (ZH, EN))
    assert english == PERSONS[person]
    assert chinese != english
