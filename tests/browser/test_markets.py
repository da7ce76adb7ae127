"""Pages of markets in a real browser: they fit at every width, axe finds nothing, a keyboard leads
from the list to what a body meets."""

from collections.abc import Callable

import httpx
import pytest
from playwright.sync_api import expect

from tests.browser.house import House
from tests.browser.test_pages import Advise, hold, hold_in_the_dark
from tests.browser.visitor import CODES, WIDTHS, Visit

KINDS = ("markets", "market", "market-product", "market-beside", "body-markets", "body-market")


@pytest.fixture(scope="module")
def paths(standing: House) -> dict[str, str]:
    with httpx.Client(base_url=f"{standing.base}/api/v1", trust_env=False, timeout=30) as asking:
        cards = asking.get("/bodies", params={"q": "Cormorant Ferry Testing"}).json()
        body = max(cards["data"]["cards"], key=lambda card: card["accreditation_count"])["id"]
    return {
        "markets": "/markets",
        "market": "/markets/EU",
        "market-product": "/markets/US?product=radio",
        "market-beside": "/markets/EU?beside=SA",
        "body-markets": f"/bodies/{body}/markets",
        "body-market": f"/bodies/{body}/markets?market=SA&product=electrical_safety"
        "&standard=IEC+60335-1",
    }


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("code", CODES)
def test_a_page_of_markets_fits_and_keeps_wcag(
    coming: Visit, paths: dict[str, str], advise: Advise, code: str, width: int, kind: str
) -> None:
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}{paths[kind]}")
        visitor.shot(f"page-{kind}")
        hold(visitor, advise)
        if (code, width) == ("en", 1280):
            hold_in_the_dark(visitor)


def test_opened_chains_keep_wcag(
    coming: Visit, paths: dict[str, str], advise: Callable[[list[str]], None]
) -> None:
    with coming("en", 360) as visitor:
        visitor.page.goto(f"{visitor.base}/en{paths['body-market']}")
        closed = visitor.page.locator("details.rest:not([open]) > summary")
        for _ in range(min(closed.count(), 3)):
            closed.first.click()
        expect(visitor.page.locator(".chain").first).to_be_visible()
        visitor.shot("open-body-market")
        hold(visitor, advise)


def test_a_market_is_found_by_its_name_with_the_keyboard(coming: Visit) -> None:
    with coming("zh", 360) as visitor:
        visitor.page.goto(f"{visitor.base}/zh/markets")
        box = visitor.page.locator("#market")
        visitor.tab_to(box)
        box.type("德国")
        visitor.page.keyboard.press("Enter")
        expect(visitor.page.locator("h1")).to_have_text("德国")
        expect(visitor.page.locator("main .route")).not_to_have_count(0)
