"""From a question to its proof and to the run it came from: clicked, typed, read."""

import re

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.house import House
from tests.browser.visitor import CODES, WIDTHS, Visit, Visitor

WORDS = {
    "en": {
        "word": "battery",
        "find": "Find",
        "found": r"\d+ bodies found for “battery”",
        "name": "Bamboo Dragonfly Battery Testing (Changzhou) Co., Ltd.",
        "today": "Today, ",
        "scope": "Scope",
        "proof": "Where does this come from?",
        "address": "Publisher's address",
        "whole": "The whole evidence",
        "bytes": "Kept bytes",
        "sources": "Sources",
        "source": "Made Register of Conformity Assessment Bodies (every body is invented)",
        "runs": "Runs",
        "refused": "Refused",
        "reasons": "Reasons",
        "changed": "What changed shape",
        "number": "Check a number",
        "typed": "Number",
        "check": "Check",
        "registered": "registered under “CNAS L90004”",
        "holder": "Paper Umbrella Bridge Product Testing (Ningbo) Co., Ltd.",
        "skip": "Skip to content",
        "other": "中文",
        "other refused": "拒收",
        "narrow": "Narrow down",
        "china": "China",
    },
    "zh": {
        "word": "电池",
        "find": "查找",
        "found": r"\d+ 家机构.*电池",
        "name": "竹蜻蜓电池检测（常州）有限公司",
        "today": "截至今日",
        "scope": "能力范围",
        "proof": "出处",
        "address": "发布方网址",
        "whole": "查看完整证据",
        "bytes": "保存的原始字节",
        "sources": "数据来源",
        "source": "虚构合格评定机构登记册（机构均为虚构）",
        "runs": "运行记录",
        "refused": "拒收",
        "reasons": "理由",
        "changed": "形态变化",
        "number": "核查编号",
        "typed": "编号",
        "check": "核查",
        "registered": "CNAS L90004",
        "holder": "纸伞桥产品检测（宁波）有限公司",
        "skip": "跳到正文",
        "other": "English",
        "other refused": "Refused",
        "narrow": "缩小范围",
        "china": "中国",
    },
}
everywhere = pytest.mark.parametrize(("code", "width"), [(c, w) for c in CODES for w in WIDTHS])


def heading(visitor: Visitor) -> Locator:
    return visitor.page.get_by_role("heading", level=1)


def card_of(visitor: Visitor, said: dict[str, str]) -> Locator:
    name = visitor.page.get_by_role("heading", name=said["name"], exact=True)
    return visitor.main.get_by_role("article").filter(has=name).first  # two bodies are called so


def search(visitor: Visitor, said: dict[str, str]) -> str:
    """Type the word at the door and press the button; returns the name on the card one reads."""
    visitor.page.get_by_role("searchbox").fill(said["word"])
    visitor.press("button", said["find"])
    expect(heading(visitor)).to_have_text(re.compile(said["found"]))
    card = card_of(visitor, said)
    expect(card.locator("mark").first).to_contain_text(re.compile("batter|电池", re.IGNORECASE))
    expect(card).to_contain_text(re.compile("made-up|虚构"))
    return card.get_by_role("heading").inner_text().strip()


def read_body(visitor: Visitor, said: dict[str, str], name: str) -> None:
    expect(heading(visitor)).to_have_text(name)
    expect(visitor.main.locator(".today")).to_contain_text(said["today"])
    expect(visitor.main.locator(".today")).to_contain_text(re.compile(r"\d{4}-\d{2}-\d{2}"))
    section = visitor.page.get_by_role("region", name=said["scope"], exact=True)
    expect(section.get_by_role("row").nth(1)).to_contain_text(re.compile("GB|IEC"))


def read_proof(panel: Locator, said: dict[str, str]) -> None:
    """The source by name, its address, its own words and the hash of the kept bytes."""
    expect(panel).to_contain_text(said["proof"])
    expect(panel.get_by_role("link", name=said["source"], exact=True).first).to_be_visible()
    expect(panel).to_contain_text(said["address"])
    expect(panel).to_contain_text("http://made-register.example/made-register/list")
    expect(panel).to_contain_text(said["bytes"])
    expect(panel.locator(".hash").first).to_have_text(re.compile("^[0-9a-f]{64}$"))


def read_refused(visitor: Visitor, said: dict[str, str], run_id: int) -> None:
    expect(heading(visitor)).to_contain_text(str(run_id))
    expect(visitor.main.locator(".today")).to_contain_text(said["refused"])
    reasons = visitor.page.get_by_role("region", name=said["reasons"], exact=True)
    expect(reasons).to_contain_text("100 records were read, 200 last time")
    expect(visitor.page.get_by_role("heading", name=said["changed"])).to_be_visible()


@everywhere
def test_from_a_question_to_the_refused_run(
    coming: Visit, standing: House, code: str, width: int
) -> None:
    said = WORDS[code]
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/")
        assert visitor.page.url.rstrip("/") == f"{visitor.base}/{code}", "the browser's language"
        visitor.shot("journey-1-home")
        name = search(visitor, said)
        visitor.shot("journey-2-find")
        visitor.press("link", name, within=visitor.main)
        read_body(visitor, said, name)
        visitor.shot("journey-3-body")

        marks = visitor.main.locator("details.src")
        marks.first.locator("summary").click()
        read_proof(marks.first.locator(".panel"), said)
        # the panels further down come when they are asked for, and take their place
        later = visitor.main.locator("details.src[hx-get]").first
        later.locator("summary").click()
        read_proof(later.locator(".panel"), said)
        visitor.shot("journey-4-evidence")

        visitor.press("link", said["sources"], within=visitor.page.get_by_role("navigation").first)
        expect(heading(visitor)).to_have_text(said["sources"])
        row = visitor.main.get_by_role("row").filter(has_text=said["source"])
        expect(row).to_contain_text(said["refused"])
        visitor.shot("journey-5-sources")
        visitor.press("link", said["source"], within=visitor.main)
        expect(heading(visitor)).to_have_text(said["source"])
        visitor.shot("journey-6-source")
        runs = visitor.page.get_by_role("region", name=said["runs"], exact=True)
        visitor.press("link", str(standing.runs["refused"]), within=runs)
        read_refused(visitor, said, standing.runs["refused"])
        visitor.shot("journey-7-run")

        visitor.press("link", said["other"])
        expect(visitor.main.locator(".today")).to_contain_text(said["other refused"])
        assert visitor.page.url.endswith(f"/runs/{standing.runs['refused']}")


@everywhere
def test_the_same_way_without_javascript(
    coming: Visit, standing: House, code: str, width: int
) -> None:
    said = WORDS[code]
    with coming(code, width, javascript=False) as visitor:
        visitor.page.goto(f"{visitor.base}/")
        name = search(visitor, said)
        visitor.press("link", name, within=visitor.main)
        read_body(visitor, said, name)
        later = visitor.main.locator("details.src[hx-get]").first
        later.locator("summary").click()
        visitor.press("link", said["whole"], within=later)
        read_proof(visitor.main, said)
        visitor.shot("plain-evidence")
        visitor.press("link", said["source"], within=visitor.main)
        runs = visitor.page.get_by_role("region", name=said["runs"], exact=True)
        visitor.press("link", str(standing.runs["refused"]), within=runs)
        read_refused(visitor, said, standing.runs["refused"])
        assert not [url for url in visitor.asked if "hx" in url and ".js" not in url]


@everywhere
def test_the_same_way_by_keyboard_alone(coming: Visit, code: str, width: int) -> None:
    said = WORDS[code]
    with coming(code, width) as visitor:
        page, keys = visitor.page, visitor.page.keyboard
        page.goto(f"{visitor.base}/{code}")
        skip = page.get_by_role("link", name=said["skip"], exact=True)
        visitor.tab_to(skip, most=1)  # the first stop, and in sight once it is reached
        visitor.shot("keyboard-1-skip")
        keys.press("Enter")
        expect(visitor.main).to_be_focused()
        visitor.tab_to(page.get_by_role("searchbox"), most=1)  # past all of the masthead
        keys.type(said["word"])
        keys.press("Enter")
        expect(heading(visitor)).to_have_text(re.compile(said["found"]))
        link = card_of(visitor, said).get_by_role("link").first
        visitor.tab_to(link)
        visitor.shot("keyboard-2-find")
        keys.press("Enter")
        expect(heading(visitor)).to_have_text(said["name"])
        mark = visitor.main.locator("details.src").first
        visitor.tab_to(mark.locator("summary"))
        keys.press("Enter")
        read_proof(mark.locator(".panel"), said)
        visitor.shot("keyboard-3-evidence")
        source = mark.locator(".panel").get_by_role("link", name=said["source"], exact=True).first
        visitor.tab_to(source, most=4)
        keys.press("Enter")
        expect(heading(visitor)).to_have_text(said["source"])


@everywhere
def test_results_are_narrowed_and_widened_again(coming: Visit, code: str, width: int) -> None:
    said = WORDS[code]
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}")
        search(visitor, said)
        before = int(re.findall(r"\d+", heading(visitor).inner_text())[0])
        if width < 900:  # on a narrow screen the facets stand behind a button
            visitor.page.locator("details.facets > summary").click()
        facet = (
            visitor.page.get_by_role("complementary")
            .get_by_role("link", name=re.compile(rf"^{said['china']}\s*\d+$"))
            .first
        )  # where it works; where it is to be met stands below
        count = int(re.findall(r"\d+", facet.inner_text())[0])
        facet.click()
        expect(heading(visitor)).to_have_text(re.compile(rf"^{count}\b|^{count} "))
        assert count < before
        visitor.shot("narrowed")
        visitor.main.locator(".chip", has_text=said["china"]).click()
        expect(heading(visitor)).to_have_text(re.compile(rf"^{before}\b|^{before} "))


@everywhere
def test_a_number_is_checked(coming: Visit, code: str, width: int) -> None:
    said = WORDS[code]
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}")
        visitor.press("link", said["number"], within=visitor.page.get_by_role("navigation").first)
        visitor.page.get_by_role("textbox", name=said["typed"], exact=True).fill("cnas l90004")
        visitor.press("button", said["check"])
        found = visitor.main.locator(".say")
        expect(found).to_contain_text(re.compile(said["registered"], re.IGNORECASE))
        visitor.press("link", said["holder"], within=visitor.main)
        expect(heading(visitor)).to_have_text(said["holder"])


@everywhere
def test_a_scope_is_searched_in_place(coming: Visit, code: str, width: int) -> None:
    """With scripts the lines change where they stand; the address stays the body's."""
    said = WORDS[code]
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}")
        name = search(visitor, said)
        visitor.press("link", name, within=visitor.main)
        address = visitor.page.url
        part = visitor.page.locator("#scope-part")
        part.get_by_role("searchbox").fill(said["word"])
        part.get_by_role("button").click()
        expect(part.locator("mark").first).to_be_visible()
        expect(part.locator(".fam")).to_contain_text(re.compile(r"\d"))
        assert visitor.page.url == address
        visitor.shot("scope-searched")
