"""Going abroad in a real browser: every list fits, keeps WCAG 2.2 AA in both languages and by the
keyboard; an obstacle is reported and published by hand."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser, expect

from deploy.embedded.asked import HOST, free_port
from directory.pages.abroad_words import PARTS
from directory.who import COOKIE
from services import accounts, db
from services.settings import parse
from services.sync.run import Road
from services.terms import Role, SecretKind
from tests.browser.house import House, now, served
from tests.browser.test_pages import Advise, hold, hold_in_the_dark
from tests.browser.visitor import CODES, WIDTHS, Visit, Visitor, visit
from tests.services.find.abroad_world import fill
from tests.services.store.build import World

PAGES = {"abroad": "/abroad", "abroad-zones": "/abroad/zones", "obstacles": "/obstacles"} | {
    f"abroad-{one.slug}": f"/abroad/{one.slug}" for one in PARTS
}


@pytest.fixture(scope="module")
def standing(
    chromium: str, make_database: Callable[[], str], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[House]:
    url = make_database()
    engine = db.connect(url)
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    port = free_port(0)
    one = House(f"http://{HOST}:{port}", url, Road(engine, parse(""), {}, now))
    with served(one, port, tmp_path_factory.mktemp("web") / "web.log"):
        yield one
    engine.dispose()


@pytest.fixture
def coming(browser: Browser, standing: House, shots: Path) -> Visit:
    return partial(visit, browser, standing.base, shots)


def sign_in(visitor: Visitor, engine: sa.Engine, name: str, role: Role) -> None:
    with engine.begin() as conn:
        account_id = accounts.open_account(conn, name, role, now())
        secret = accounts.new_secret(conn, account_id, SecretKind.SESSION, now())
    visitor.page.context.add_cookies([{"name": COOKIE, "value": secret, "url": visitor.base}])


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("code", CODES)
def test_every_page_of_going_abroad_fits_and_keeps_wcag(
    coming: Visit, advise: Advise, code: str, width: int
) -> None:
    for name, path in PAGES.items():
        with coming(code, width) as visitor:
            visitor.page.goto(f"{visitor.base}/{code}{path}")
            visitor.shot(f"page-{name}")
            hold(visitor, advise)
            if (code, width) == ("en", 1280):
                hold_in_the_dark(visitor)


@pytest.mark.parametrize("width", WIDTHS)
def test_an_obstacle_is_reported_and_published_by_hand(
    coming: Visit, standing: House, advise: Advise, width: int
) -> None:
    engine = standing.road.engine
    with coming("en", width) as visitor:
        sign_in(visitor, engine, f"Kettle works {width}", Role.READER)
        visitor.page.goto(f"{visitor.base}/en/obstacles")
        visitor.page.get_by_label("Market", exact=True).last.fill("SA")
        visitor.page.get_by_label("Which document was not taken?").fill("CB test report")
        visitor.page.get_by_label("By which office or firm?").fill(f"Customs {width}")
        visitor.page.get_by_label("On which day?").fill(now().date().isoformat())
        visitor.page.get_by_label("The reason that was given").fill("They want a report from here.")
        visitor.tab_to(visitor.page.get_by_role("button", name="Send the report"))
        visitor.page.keyboard.press("Enter")
        # what tells of it is on the next page only: the form says as much beforehand
        told = visitor.main.get_by_role("status")
        expect(told).to_contain_text("The report is stored and waits for a steward.")
        visitor.shot("obstacle-reported")
        hold(visitor, advise)
    with coming("en", width) as visitor:
        sign_in(visitor, engine, f"Desk {width}", Role.STEWARD)
        visitor.page.goto(f"{visitor.base}/en/obstacles?state=waiting")
        hold(visitor, advise)
        visitor.shot("obstacle-desk")
        visitor.page.get_by_label("Because").fill("Two papers were shown.")
        visitor.page.get_by_role("button", name="Publish").click()
        expect(visitor.main.get_by_role("status")).to_contain_text("The decision is stored")
    with coming("en", width) as visitor:
        visitor.page.goto(f"{visitor.base}/en/obstacles")
        expect(visitor.main).to_contain_text(f"Customs {width}")


@pytest.mark.parametrize("width", WIDTHS)
def test_a_group_of_the_reference_and_its_forms_fit_and_keep_wcag(
    coming: Visit, advise: Advise, width: int
) -> None:
    for name, path in (("group", "/schema/groups/going-abroad"), ("forms", "/schema/forms/a")):
        with coming("en", width) as visitor:
            visitor.page.goto(f"{visitor.base}{path}")
            visitor.shot(f"page-api-{name}")
            hold(visitor, advise)
            hold_in_the_dark(visitor)
