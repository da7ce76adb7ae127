"""From a number on a paper to a receipt in the hand: asked, doubted, read, signed, printed."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.test_audits import look
from tests.browser.visitor import CODES, WIDTHS, Visit

SAID = {
    "en": {
        "number": "Number",
        "day": "Day of the test or issue",
        "more": "What was tested, where, whose paper",
        "method": "Standard or method",
        "body": "Holder named on the paper",
        "check": "Check",
        "no day": "is no day",
        "differs": "The number is registered for",
        "out": "was not in the scope of",
        "receipt": "Get a receipt",
        "holds": "The signature holds.",
        "jws": "Download the JWS",
        "nothing": "That is no accusation",
    },
    "zh": {
        "number": "编号",
        "day": "检测日或签发日",
        "more": "检测了什么、在哪里、谁的文件",
        "method": "标准或方法",
        "body": "文件上的持有者名称",
        "check": "核查",
        "no day": "不是有效日期",
        "differs": "登记",
        "out": "的能力范围内",
        "receipt": "取得回执",
        "holds": "签名成立。",
        "jws": "下载 JWS",
        "nothing": "这并非指控",
    },
}
everywhere = pytest.mark.parametrize(("code", "width"), [(c, w) for c in CODES for w in WIDTHS])


@everywhere
def test_a_number_is_asked_about_and_its_answer_signed(
    coming: Visit, advise: object, code: str, width: int
) -> None:
    said = SAID[code]
    with coming(code, width, expected=("400",)) as visitor:
        page = visitor.page
        page.goto(f"{visitor.base}/{code}/check")
        look(visitor, "check-0-empty", advise)
        box = page.get_by_role("textbox", name=said["number"], exact=True)
        day = page.get_by_role("textbox", name=said["day"], exact=True)
        box.fill("CNAS L90004")
        day.fill("2026-02-30")
        visitor.press("button", said["check"])
        expect(page.locator("#on-what")).to_contain_text(said["no day"])
        expect(day).to_have_value("2026-02-30")
        look(visitor, "check-1-refused", advise)
        day.fill("")
        page.locator("summary", has_text=said["more"]).click()
        page.get_by_role("textbox", name=said["method"], exact=True).fill("IEC 99999-9:1999")
        page.get_by_role("textbox", name=said["body"], exact=True).fill("Another Company Ltd.")
        visitor.press("button", said["check"])
        expect(page.locator(".flags")).to_contain_text(said["differs"])
        look(visitor, "check-2-flagged", advise)
        page.get_by_role("textbox", name=said["body"], exact=True).fill("")
        page.get_by_role("textbox", name=said["method"], exact=True).fill("")
        visitor.press("button", said["check"])
        expect(page.locator("h1")).to_contain_text("CNAS L90004")
        expect(page.locator(".chain > li")).to_have_count(4)
        look(visitor, "check-3-answered", advise)
        visitor.press("button", said["receipt"])
        page.wait_for_url(re.compile(rf"/{code}/receipts/[A-Za-z0-9_-]+$"))
        expect(page.locator(".signed")).to_contain_text(said["holds"])
        expect(page.locator(".qrbox svg")).to_be_visible()
        look(visitor, "check-4-receipt", advise)
        with page.expect_download() as started:
            visitor.press("link", said["jws"])
        assert started.value.suggested_filename.endswith(".jws")
        if width == WIDTHS[0]:
            page.emulate_media(media="print")
            visitor.shot("check-5-printed")
            page.pdf(path=visitor.shots / f"check-5-printed.{code}.pdf", prefer_css_page_size=True)


@everywhere
def test_a_number_that_nobody_bears_is_no_accusation(
    coming: Visit, advise: object, code: str, width: int
) -> None:
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}/check?number=CNAS+LI90004")
        expect(visitor.main).to_contain_text(SAID[code]["nothing"])
        look(visitor, "check-6-not-found", advise)


@pytest.mark.parametrize("code", CODES)
def test_the_same_without_javascript(coming: Visit, code: str) -> None:
    said = SAID[code]
    with coming(code, 1280, javascript=False) as visitor:
        page = visitor.page
        page.goto(f"{visitor.base}/{code}/check")
        page.get_by_role("textbox", name=said["number"], exact=True).fill("CNAS L90004")
        visitor.press("button", said["check"])
        visitor.press("button", said["receipt"])
        expect(page.locator(".signed")).to_contain_text(said["holds"])
