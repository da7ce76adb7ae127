"""Pages of markets: the list, one market, two side by side, what a body meets: their content."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from selectolax.lexbor import LexborHTMLParser

from directory.app import FrontDoor, create_app
from directory.pages.route_words import REASONS, SAYS
from services.routes import reasons
from services.settings import Settings
from tests.directory.pages.conftest import NOW, SCRIPT, Client
from tests.services.find.market_world import build, lantern, route
from tests.services.store.build import World, at


@pytest.fixture(scope="module")
def door(make_database: Callable[[], str]) -> Iterator[Client]:
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        world = build(World(conn))
        world.source("hostile", about_testing_bodies=False)
        evil = route("AE", "toys", "sdoc", scheme=SCRIPT, regulator=SCRIPT, note=SCRIPT)
        world.look("hostile", at("2026-05-20"), [evil])
        conn.commit()
    engine.dispose()
    with TestClient[FrontDoor](create_app(Settings(database_url=url), lambda: NOW)) as client:
        yield client


def text(client: Client, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text[:500]
    assert len(answer.content) < 100_000
    body = LexborHTMLParser(answer.text).body
    assert body is not None
    return " ".join(body.text(separator=" ").split())


def lantern_id(client: Client) -> str:
    name = lantern().names[0].text
    cards = client.get("/api/v1/bodies", params={"q": name}).json()["data"]["cards"]
    return next(str(card["id"]) for card in cards if card["names"][0]["text"] == name)


def test_markets_are_listed_by_region_with_what_is_ahead(door: Client) -> None:
    said = text(door, "/en/markets")
    assert said.index("Asia") < said.index("Europe") < said.index("The Middle East")
    assert "2 routes · 1 sourced" in said
    assert "2027-01-20 applies from" in said
    assert "1 date yet to be notified" in said
    assert "沙特阿拉伯" in text(door, "/zh/markets")


def test_a_typed_market_leads_to_its_page_and_none_offers_the_nearest(door: Client) -> None:
    found = door.get("/en/markets?market=德国", follow_redirects=False)
    assert (found.status_code, found.headers["location"]) == (302, "/en/markets/DE")
    none = door.get("/en/markets?market=Germny")
    assert none.status_code == 400
    assert "Germany (DE)" in none.text


def test_a_member_shows_the_routes_of_its_grouping(door: Client) -> None:
    said = text(door, "/en/markets/DE")
    assert "Member of European Union" in said
    assert "Any one of 2 ways is accepted" in said
    assert "the maker's own declaration of conformity" in said


def test_a_route_says_who_decides_and_whether_it_is_sourced_or_a_hint(door: Client) -> None:
    said = text(door, "/en/markets/US")
    assert "sourced" in said
    assert "hint from memory" in said
    assert "US office" in said
    assert "FCC (a test by a laboratory that the regulator accepts)" in said
    assert "designated by FCC" in said


def test_two_markets_stand_side_by_side(door: Client) -> None:
    page = door.get("/en/markets/EU?beside=SA").text
    table = LexborHTMLParser(page).css_first(".markets2")
    assert table is not None
    assert [one.text(strip=True) for one in table.css("thead th")] == [
        "Product", "European Union", "Saudi Arabia"]  # fmt: skip
    said = " ".join(table.text(separator=" ").split())
    assert "a CB certificate with its report (IECEE) together with registration" in said


def test_what_a_body_meets_is_shown_with_its_chain_and_who_does_the_rest(door: Client) -> None:
    path = (
        f"/en/bodies/{lantern_id(door)}/markets?market=AE&product=lamps&standard=IEC+60598-1:2020"
    )
    said = text(door, path)
    assert "covers its site Gulf, Dubai in United Arab Emirates" in said
    assert "scope line luminaire · dielectric strength" in said
    assert "from 2022-01-10 until 2028-01-09" in said
    missing = text(door, f"/en/bodies/{lantern_id(door)}/markets?market=SA&product=lamps")
    assert "Nearest:" in missing
    assert "the importer" in missing
    chinese = text(door, path.replace("/en/", "/zh/"))
    assert "灯笼检测" in chinese


def test_all_that_it_reaches_is_an_overview(door: Client) -> None:
    said = text(door, f"/en/bodies/{lantern_id(door)}/markets")
    assert "United Arab Emirates" in said
    assert "Saudi Arabia" in said


def test_words_of_a_source_stay_words(door: Client) -> None:
    for path in ("/en/markets/AE", "/en/markets/AE?beside=EU"):
        assert "<script>alert" not in door.get(path).text


def test_every_reason_has_words_for_people() -> None:
    assert set(REASONS) == set(reasons.REASONS)
    assert set(SAYS) <= set(reasons.LINKS)


@pytest.mark.parametrize("path", ["/markets", "/markets/EU", "/markets/US?beside=SA&product=lamps"])
def test_pages_hold_to_the_house(door: Client, path: str) -> None:
    for tongue in ("en", "zh"):
        page = LexborHTMLParser(door.get(f"/{tongue}{path}").text)
        assert len(page.css("h1")) == 1
        assert not page.css("[style], style")
        ids = [one.attributes["id"] for one in page.css("[id]")]
        assert len(ids) == len(set(ids))
        for control in page.css("select, input:not([type=hidden])"):
            assert page.css_first(f"label[for={control.attributes['id']}]") is not None


def test_what_is_left_to_others_is_no_failure_of_the_body(door: Client) -> None:
    page = door.get(f"/en/bodies/{lantern_id(door)}/markets?market=SA&product=lamps").text
    asked = {
        " ".join(one.text(separator=" ").split()): one
        for one in LexborHTMLParser(page).css(".ask1")
    }
    (registers,) = [said for said in asked if "registration before it is sold" in said]
    assert registers.startswith("to be done by others")
    assert "Who: the importer." in registers


def test_a_body_s_page_leads_to_what_it_meets_there(door: Client) -> None:
    page = LexborHTMLParser(door.get(f"/en/bodies/{lantern_id(door)}").text)
    reach = page.css_first("#reach")
    assert reach is not None
    at = f"/en/bodies/{lantern_id(door)}/markets"
    links = [str(one.attributes["href"]) for one in reach.css("a")]
    assert set(links) == {at, *(f"{at}?market={code}" for code in ("AE", "SA", "CN"))}
