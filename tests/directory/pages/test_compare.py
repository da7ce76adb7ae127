"""Bodies side by side on a page: what differs first, unknowns as unknown, readable at any width."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.directory.pages.conftest import SCRIPT, Client, House


def table(client: Client, path: str, heading: str) -> dict[str, list[LexborNode]]:
    """Cells by the words of their row, of the table under a heading's id."""
    tree = LexborHTMLParser(client.get(path).text)
    region = tree.css_first(f'[role=region][aria-labelledby="{heading}"]')
    assert region is not None
    return {
        " ".join(row.css_first("th").text().split()): row.css("td")  # type: ignore[union-attr]
        for row in region.css("tbody tr")
    }


def both(house: House, **more: str) -> str:
    asked = "".join(f"&{name}={value}" for name, value in more.items())
    return f"/en/compare?bodies={house.battery},{house.hostile}{asked}"


def test_what_differs_stands_first_with_status_adverse_items_and_unknowns(house: House) -> None:
    rows = table(house.client, both(house, market="AE"), "h-differ")
    assert next(iter(rows)) == "Status on the day"
    battery, hostile = (cell.text() for cell in rows["What speaks against it"])
    assert "Fined for late reports" in battery
    assert "withdrawn" in hostile.casefold()
    presence = rows["Presence in the market"][0].text()
    assert "Dune Road Laboratory" in presence
    assert "Viet" not in presence  # another market
    claimed = rows["Credentials"][0].css_first(".claimed")
    assert claimed is not None
    assert "The best of all" in claimed.text()
    alike = table(house.client, both(house, market="AE"), "h-alike")
    assert "Unknown" in alike["How long tests take"][0].text()
    assert "never inferred" in alike["Ownership"][1].text()


def test_lines_say_held_suspended_or_not_on_the_schedule(house: House) -> None:
    rows = table(house.client, both(house, standard="GB4943.1"), "h-lines")
    (cells,) = rows.values()
    assert "suspended" in cells[0].text()
    assert "not on its schedule" in cells[1].text()
    assert cells[0].css_first("a.ev") is not None


def test_tables_scroll_by_keyboard_and_keep_their_first_column(house: House) -> None:
    tree = LexborHTMLParser(house.client.get(both(house)).text)
    regions = tree.css("[role=region]")
    assert len(regions) >= 3
    for region in regions:
        assert region.attributes["tabindex"] == "0"
        label = str(region.attributes["aria-labelledby"])
        assert tree.css_first(f"#{label}") is not None
        for row in region.css("tbody tr"):
            assert row.css_first("th[scope=row]") is not None
    sheet = next(
        str(link.attributes["href"]) for link in tree.css("link[rel=stylesheet]")
        if "choose" in str(link.attributes["href"])
    )  # fmt: skip
    assert "position:sticky;left:0" in house.client.get(sheet).text


def test_ticked_bodies_lead_to_one_address_that_holds_the_whole_state(house: House) -> None:
    asked = f"/en/compare?body={house.battery}&body={house.hostile}&standard=GB4943.1"
    answer = house.client.get(asked, follow_redirects=False)
    assert answer.status_code == 302
    where = answer.headers["location"]
    assert where == (f"/en/compare?bodies={house.battery}%2C{house.hostile}&standard=GB4943.1")
    page = LexborHTMLParser(house.client.get(where).text)
    switch = page.css_first("a.switch")
    assert switch is not None
    assert str(switch.attributes["href"]) == where.replace("/en/", "/zh/")


def test_results_are_ticked_and_compared_without_a_script(house: House) -> None:
    tree = LexborHTMLParser(house.client.get("/en/find?standard=GB4943.1").text)
    form = tree.css_first("form#ticked")
    assert form is not None
    ticks = tree.css("input[type=checkbox][form=ticked]")
    assert [tick.attributes["value"] for tick in ticks] == [house.battery]
    hidden = {
        str(one.attributes["name"]): str(one.attributes["value"]) for one in form.css("input")
    }
    assert hidden == {"standard": "GB4943.1"}
    for where in (form.attributes["action"], form.css("button")[1].attributes["formaction"]):
        asked = hidden | {"body": house.battery}
        assert house.client.get(str(where), params=asked).status_code == 200


def test_none_and_too_many_are_told_what_to_do(house: House) -> None:
    none = house.client.get("/en/compare")
    assert none.status_code == 200
    assert "Find bodies first" in none.text
    many = house.client.get("/en/compare?bodies=" + ",".join(f"b{n}" for n in range(6)))
    assert many.status_code == 400
    assert "at most 5" in many.text


def test_what_a_source_says_is_never_markup_and_the_page_stays_small(house: House) -> None:
    for code in ("en", "zh"):
        answer = house.client.get(both(house, market="AE").replace("/en/", f"/{code}/"))
        assert answer.status_code == 200
        assert SCRIPT not in answer.text
        assert len(answer.content) < 100_000
        assert "style=" not in answer.text
