"""From the front page's question to the map of who answers it: clicked, typed, without scripts."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.visitor import CODES, WIDTHS, Visit, Visitor

WORDS = {
    "en": {
        "word": "battery",
        "market": "Vietnam",
        "find": "Find",
        "plan": "Plan the tests",
        "show": "Show them on a map",
        "hide": "Hide the map",
        "table": "The same as a table",
        "china": "China",
        "chip": "To be met in Vietnam",
    },
    "zh": {
        "word": "电池",
        "market": "越南",
        "find": "查找",
        "plan": "规划测试",
        "show": "在地图上查看",
        "hide": "收起地图",
        "table": "以表格查看",
        "china": "中国",
        "chip": "可接洽的市场 越南",
    },
}
everywhere = pytest.mark.parametrize(("code", "width"), [(c, w) for c in CODES for w in WIDTHS])


def count(text: str) -> int:
    return int(re.findall(r"\d+", text.replace(",", ""))[0])


def heading(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("heading", level=1)


def circle(visitor: Visitor, country: str) -> Locator:
    return visitor.page.locator("svg.globe").get_by_role("link", name=re.compile(f"^{country}:"))


@everywhere
def test_the_question_of_the_front_page_leads_to_those_in_the_market(
    coming: Visit, code: str, width: int
) -> None:
    said = WORDS[code]
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}")
        visitor.page.locator("#q").fill(said["word"])
        visitor.page.locator("#market").fill(said["market"])
        visitor.press("button", said["find"])
        expect(visitor.main.locator(".chips")).to_contain_text(said["chip"])
        visitor.shot("home-2-found")
        visitor.page.go_back()
        visitor.page.locator("#market").fill(said["market"])
        visitor.press("button", said["plan"])
        expect(visitor.page.locator('input[name="market"][value="VN"]')).to_be_checked()


@everywhere
def test_markets_are_offered_where_one_types(coming: Visit, code: str, width: int) -> None:
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}")
        offered = visitor.page.locator("#markets option").evaluate_all(
            "options => options.map(option => option.value)"
        )
        assert WORDS[code]["market"] in offered
        assert len(offered) > 30


def land_drawn(visitor: Visitor) -> float:
    """How wide it is. The land is a file of its own, and comes after the page: until it is there
    it has no width. It is waited for as long as the other checks wait."""
    drawn = visitor.page.locator(".land use").first
    for _ in range(50):
        if width := float(drawn.evaluate("it => it.getBBox().width")):
            return width
        visitor.page.wait_for_timeout(100)
    return 0.0


@everywhere
@pytest.mark.parametrize("javascript", [True, False])
def test_the_map_is_opened_filtered_and_closed(
    coming: Visit, code: str, width: int, javascript: bool
) -> None:
    said = WORDS[code]
    with coming(code, width, javascript=javascript) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}/find?q={said['word']}")
        visitor.press("link", said["show"])
        expect(visitor.page.locator("svg.globe")).to_be_visible()
        if javascript:
            assert land_drawn(visitor) > 3000, "the land is there"
        if width > 700:
            place = circle(visitor, said["china"])
            number = count(str(place.get_attribute("aria-label")))
        else:  # circles are a picture there, the table's links are for fingers
            expect(circle(visitor, said["china"])).to_have_count(0)
            visitor.page.locator(".geo summary").click()
            named = visitor.page.get_by_role("link", name=said["china"], exact=True)
            row = visitor.page.locator(".geo tbody tr").filter(has=named)
            place, number = row.get_by_role("link"), count(row.inner_text())
        if javascript:
            visitor.shot("map")
        place.click()
        expect(heading(visitor)).to_have_text(re.compile(rf"^{number}\b|^{number} "))
        expect(visitor.page).to_have_url(re.compile("map=1.*country=CN"))
        visitor.press("link", said["hide"])
        expect(visitor.page.locator("svg.globe")).to_have_count(0)
        expect(visitor.page).to_have_url(re.compile("country=CN"))


@pytest.mark.parametrize("code", CODES)
def test_circles_are_reached_by_keyboard(coming: Visit, code: str) -> None:
    said = WORDS[code]
    with coming(code, 1280) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}/find?q={said['word']}&map=1")
        place = circle(visitor, said["china"])
        visitor.tab_to(place)
        visitor.shot("map-keyboard")
        number = count(str(place.get_attribute("aria-label")))
        visitor.page.keyboard.press("Enter")
        expect(heading(visitor)).to_have_text(re.compile(rf"^{number}\b|^{number} "))
        chosen = circle(visitor, said["china"])
        expect(chosen).to_have_attribute("aria-current", "true")
        chosen.focus()
        visitor.page.keyboard.press("Enter")  # pressed again, the filter is gone
        expect(visitor.page).not_to_have_url(re.compile("country="))
