"""Choosing in a real browser: results are ticked and compared, a list is frozen and asked; every
page of it fits at 360 pixels, keeps WCAG 2.2 AA, and its wide tables scroll by the keyboard."""

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Browser, expect

from deploy.embedded.asked import HOST, free_port
from services import db
from services.settings import parse
from services.sync.run import Road
from tests.browser.house import House, now, served
from tests.browser.test_pages import Advise, hold, hold_in_the_dark
from tests.browser.visitor import CODES, WIDTHS, Visit, visit
from tests.services.find.test_compare import harbour, quay, routes, unheld
from tests.services.store.build import World, lab, line, suspension


def _lately() -> datetime:
    """The browser asks the real clock: what was checked months ago would be unknown by now."""
    return now() - timedelta(days=1)


@pytest.fixture(scope="module")
def standing(
    chromium: str, make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    url = make_database()
    engine = db.connect(url)
    fell = lab(
        "L90900", name="Old Pier Testing", name_zh="老码头检测", events=[suspension("2026-05-20")],
        lines=[line("1", "chargers", "GB 4943.1-2022"), line("2", "toys", "EN 71-1:2014")],
    )  # fmt: skip
    with engine.connect() as conn:
        world = World(conn, today=now().date())
        world.source("register", authoritative_for=["CNAS"], made=True)
        world.look("register", _lately(), [harbour(), quay(), unheld(), fell])
        world.source("routes", about_testing_bodies=False)
        world.look("routes", _lately(), [routes()])
        conn.commit()
    port = free_port(0)
    one = House(f"http://{HOST}:{port}", url, Road(engine, parse(""), {}, now))
    with served(one, port, tmp_path_factory.mktemp("web") / "web.log"):
        yield one
    engine.dispose()


@pytest.fixture
def coming(browser: Browser, standing: House, shots: Path) -> Visit:
    return partial(visit, browser, standing.base, shots)


@pytest.fixture(scope="module")
def pages(standing: House) -> dict[str, str]:
    with httpx.Client(base_url=f"{standing.base}/api/v1", trust_env=False, timeout=30) as asking:
        found = asking.get("/bodies").json()
        cards = found["data"]["cards"]
        assert cards, found
        ids = {card["names"][0]["text"].split()[0]: card["id"] for card in cards}
        all_ = ",".join(ids.values())
        sent = {"bodies": list(ids.values()), "market": "AE", "product": "radio", "title": "Gulf"}
        made = asking.post("/shortlists", json=sent)
        assert made.status_code == 201, made.text
        key = made.json()["data"]["key"]
    return {
        "compare": f"/compare?bodies={all_}&market=AE&product=radio",
        "compare-lines": f"/compare?bodies={all_}&standard=GB4943.1",
        "compare-none": "/compare",
        "substitutes": f"/bodies/{ids['Old']}/substitutes",
        "substitutes-none": f"/bodies/{ids['Far']}/substitutes",
        "shortlist-new": f"/shortlists/new?bodies={all_}",
        "shortlist": f"/shortlists/{key}",
        "enquiry": f"/shortlists/{key}/enquiry",
    }


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("code", CODES)
def test_every_page_of_choosing_fits_and_keeps_wcag(
    coming: Visit, pages: dict[str, str], advise: Advise, code: str, width: int
) -> None:
    for name, path in pages.items():
        with coming(code, width) as visitor:
            visitor.page.goto(f"{visitor.base}/{code}{path}")
            visitor.shot(f"page-{name}")
            hold(visitor, advise)
            if (code, width) == ("en", 1280):
                hold_in_the_dark(visitor)


def test_a_wide_table_scrolls_by_the_keyboard_and_keeps_its_first_column(
    coming: Visit, pages: dict[str, str]
) -> None:
    with coming("en", 360) as visitor:
        visitor.page.goto(f"{visitor.base}/en{pages['compare']}")
        region = visitor.page.locator("[role=region].wide").first
        region.focus()
        first = region.locator("tbody th").first
        before = first.bounding_box()
        for _ in range(8):
            visitor.page.keyboard.press("ArrowRight")
        # polled from here: the page's policy lets nobody evaluate strings in it, which is right
        for _ in range(100):
            if region.evaluate("shown => shown.scrollLeft") > 40:
                break
            visitor.page.wait_for_timeout(50)
        assert region.evaluate("shown => shown.scrollLeft") > 40
        after = first.bounding_box()
        assert before is not None
        assert after is not None
        assert abs(before["x"] - after["x"]) < 2


def test_results_are_ticked_compared_and_frozen_by_hand(coming: Visit, standing: House) -> None:
    with coming("en", 1280) as visitor:
        page = visitor.page
        page.goto(f"{visitor.base}/en/find?standard=GB4943.1")
        for box in page.locator("input[name=body]").all()[:2]:
            box.check()
        page.get_by_role("button", name="Compare the ticked").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("2 bodies side by side")
        page.get_by_role("link", name="Put on a shortlist").click()
        page.get_by_label("Title").fill("Chargers")
        page.get_by_role("button", name="Freeze and make the link").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("Chargers")
        page.get_by_role("link", name="Write the enquiry").click()
        expect(page.locator("textarea")).to_have_value(re.compile("Enquiry|To: "))
