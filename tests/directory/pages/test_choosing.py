"""Substitutes, shortlists and enquiries as pages: by plain forms, in both languages, escaped."""

import re

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.directory.pages.conftest import SCRIPT, Client, House

SAME = {"sec-fetch-site": "same-origin"}


def made(house: House, **more: str) -> str:
    """The path of a new list, without its language."""
    form = {
        "bodies": f"{house.battery},{house.hostile}", "title": "Chargers", "market": "AE",
        "standard": "GB 4943.1", f"note-{house.battery}": "300 pieces, call 010-88881234",
    } | more  # fmt: skip
    answer = house.client.post("/en/shortlists", data=form, headers=SAME, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].removeprefix("/en")


def text(client: Client, path: str) -> str:
    tree = LexborHTMLParser(client.get(path).text)
    main = tree.css_first("main")
    assert main is not None
    return " ".join(main.text().split())


def test_substitutes_say_what_fell_and_that_nobody_known_keeps_it(house: House) -> None:
    said = text(house.client, f"/en/bodies/{house.battery}/substitutes")
    assert "1 scope line does not stand on 2026-06-01" in said
    assert "Nobody known here can take its place" in said
    assert "no proof that nobody can do it" in said


def test_the_page_of_a_body_that_fell_leads_to_substitutes(house: House) -> None:
    for body in (house.battery, house.hostile):
        page = house.client.get(f"/en/bodies/{body}").text
        assert f'href="/en/bodies/{body}/substitutes"' in page


def test_a_shortlist_is_made_from_ticks_and_shows_what_was_frozen(house: House) -> None:
    ticks = f"/en/shortlists/new?body={house.battery}&body={house.hostile}&standard=GB4943.1"
    answer = house.client.get(ticks)
    assert answer.status_code == 200
    form = LexborHTMLParser(answer.text).css_first("main form")
    assert form is not None
    fields = {str(one.attributes["name"]) for one in form.css("input")}
    assert {"bodies", "title", "market", f"note-{house.battery}"} <= fields
    where = made(house)
    said = text(house.client, f"/en{where}")
    assert "Chargers" in said
    assert "GB 4943.1-2022" in said
    assert "Nothing of it has changed since" in said
    assert "88881234" not in said
    assert len(re.findall(r"[0-9a-f]{64}", said)) == 2
    assert "虚构" not in text(house.client, f"/en{where}")


def test_a_list_in_chinese_speaks_chinese_and_switches_to_english(house: House) -> None:
    where = made(house)
    tree = LexborHTMLParser(house.client.get(f"/zh{where}").text)
    heading = tree.css_first("section.frozen h2 a")
    assert heading is not None
    assert heading.text() == "海港电池检测有限公司"
    switch = tree.css_first("a.switch")
    assert switch is not None
    assert switch.attributes["href"] == f"/en{where}"


def test_another_site_makes_no_list_and_wrong_ones_are_told_on_the_form(house: House) -> None:
    form = {"bodies": house.battery}
    other = house.client.post("/en/shortlists", data=form, headers={"sec-fetch-site": "cross-site"})
    assert other.status_code == 403
    wrong = house.client.post("/en/shortlists", data=form | {"market": "Nowhereland"}, headers=SAME)
    assert wrong.status_code == 400
    assert "no market" in wrong.text
    assert house.client.get("/en/shortlists/new").status_code == 400
    assert house.client.get("/en/shortlists/" + "x" * 24).status_code == 404


@pytest.mark.parametrize(("code", "head"), [("en", "To: Harbour Battery"), ("zh", "致：海港电池")])
def test_an_enquiry_is_copied_or_downloaded(house: House, code: str, head: str) -> None:
    where = made(house)
    tree = LexborHTMLParser(house.client.get(f"/{code}{where}/enquiry?to={house.battery}").text)
    letter = tree.css_first("textarea")
    assert letter is not None
    assert letter.text().strip().startswith(head)
    assert "GB 4943.1-2022" in letter.text()
    file = house.client.get(f"/{code}{where}/enquiry.txt?to={house.battery}")
    assert file.headers["content-type"].startswith("text/plain")
    assert "attachment" in file.headers["content-disposition"]
    assert file.text.strip() == letter.text().strip()


def test_pages_of_choosing_are_escaped_small_and_without_inline_style(house: House) -> None:
    where = made(house)
    for path in (
        where,
        f"{where}/enquiry?to={house.hostile}",
        f"/shortlists/new?bodies={house.hostile}",
        f"/bodies/{house.hostile}/substitutes",
    ):
        for code in ("en", "zh"):
            answer = house.client.get(f"/{code}{path}")
            assert answer.status_code == 200, path
            assert SCRIPT not in answer.text, path
            assert "style=" not in answer.text
            assert len(answer.content) < 100_000
