"""The front page asks one question and opens the doors; the map of a search stands on demand."""

from urllib.parse import parse_qs, urlsplit

import pytest
from selectolax.lexbor import LexborHTMLParser, LexborNode

from directory.pages.tongue import EN, ZH, Tongue
from tests.directory.pages.conftest import Client

tongues = pytest.mark.parametrize("tongue", [EN, ZH])


def at(client: Client, address: str) -> LexborHTMLParser:
    answer = client.get(address)
    assert answer.status_code == 200, address
    return LexborHTMLParser(answer.text)


def one(tree: LexborHTMLParser, which: str) -> LexborNode:
    found = tree.css(which)
    assert len(found) == 1, which
    return found[0]


@tongues
def test_product_and_market_are_asked_in_one_form_that_leads_to_find(
    client: Client, tongue: Tongue
) -> None:
    tree = at(client, tongue.path())
    form = one(tree, "main form")
    assert form.attributes["action"] == tongue.path("/find")
    assert form.attributes.get("method") is None, "the question stands in the address"
    assert [node.attributes["name"] for node in form.css("input")] == ["q", "market"]
    for node in form.css("input"):
        assert tree.css(f'label[for="{node.attributes["id"]}"]')


@tongues
def test_every_door_opens(client: Client, tongue: Tongue) -> None:
    doors = [node.attributes["href"] for node in at(client, tongue.path()).css(".ways a")]
    assert {tongue.path("/find"), tongue.path("/check"), tongue.path("/changes")} <= set(doors)
    for door in doors:
        assert client.get(str(door)).status_code == 200, door


def test_how_fresh_all_of_it_is_stands_in_one_line(client: Client) -> None:
    line = one(at(client, "/en"), ".fresh").text()
    assert "1 source" in line
    assert "oldest checked 2 days ago" in line


@tongues
def test_newest_suspensions_name_body_and_accreditation(client: Client, tongue: Tongue) -> None:
    feed = one(at(client, tongue.path()), ".feed").text()
    assert "2026-05-20" in feed
    assert "L90417" in feed


def test_a_market_that_does_not_exist_is_told_with_the_nearest(client: Client) -> None:
    answer = client.get("/en/find?q=battery&market=Vietnm")
    assert answer.status_code == 400
    assert "Vietnam" in answer.text


@tongues
def test_the_map_stands_on_demand_and_its_state_in_the_address(
    client: Client, tongue: Tongue
) -> None:
    plain = at(client, tongue.path("/find?q=battery"))
    assert not plain.css("svg.globe")
    opens = one(plain, ".tools a").attributes["href"]
    assert opens == tongue.path("/find?q=battery&map=1#map")
    shown = at(client, str(opens).partition("#")[0])
    assert shown.css("svg.globe")
    assert shown.css('link[href^="/static/map.css"]')
    hidden = one(shown, ".places .top a").attributes["href"]
    assert hidden == tongue.path("/find?q=battery")
    assert shown.css('form[role="search"] input[name="map"][value="1"]'), "kept when asked again"


@tongues
def test_each_circle_filters_by_its_country_and_says_what_its_facet_says(
    client: Client, tongue: Tongue
) -> None:
    tree = at(client, tongue.path("/find?map=1"))
    circles = tree.css("svg.globe a")
    assert circles
    for circle in circles:
        query = parse_qs(urlsplit(str(circle.attributes["href"])).query)
        found = at(client, str(circle.attributes["href"]))
        said = str(circle.attributes["aria-label"])
        number = "".join(char for char in said if char.isdigit())
        heading = one(found, "h1").text()
        assert number in heading, (said, heading)
        assert tongue.country(query["country"][0]) in said
        back = one(found, "svg.globe a[aria-current]").attributes["href"]
        assert "country" not in parse_qs(urlsplit(str(back)).query), "pressed again, it is dropped"


@tongues
def test_the_map_is_a_table_as_well(client: Client, tongue: Tongue) -> None:
    tree = at(client, tongue.path("/find?map=1"))
    circles = {node.attributes["href"] for node in tree.css("svg.globe a")}
    rows = tree.css(".geo tbody tr")
    assert circles <= {row.css("a")[0].attributes["href"] for row in rows}
    counts = [int(row.css("td")[0].text()) for row in rows]
    assert counts == sorted(counts, reverse=True)


def test_the_map_asks_nothing_of_another_machine(client: Client) -> None:
    tree = at(client, "/en/find?map=1")
    assert {
        str(node.attributes["href"]).partition("?")[0] for node in tree.css("svg.globe use")
    } == {"/static/land.svg"}
    land = client.get(str(tree.css("svg.globe use")[0].attributes["href"]).partition("#")[0])
    assert land.status_code == 200
    assert land.headers["content-type"].startswith("image/svg+xml")
    assert not tree.css("svg.globe [style], svg.globe script, svg.globe image")
