"""A sign-in link as it is sent: its secret stands behind the #, and no request carries it there."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from sqlalchemy.engine import Engine

from tests.browser.house import House
from tests.browser.test_changes import SAID, link
from tests.browser.visitor import Visit


@pytest.fixture(scope="module")
def engine(standing: House) -> Iterator[Engine]:
    made = sa.create_engine(standing.database_url)
    yield made
    made.dispose()


@pytest.mark.parametrize("code", ["en", "zh"])
def test_the_secret_goes_into_the_form_and_out_of_the_address(
    coming: Visit, engine: Engine, code: str
) -> None:
    with coming(code, 360) as visitor:
        page = visitor.page
        _, address = link(visitor, engine)
        path, secret = address.split("?link=")
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{path}#{secret}")
        expect(visitor.main.locator("#link")).to_have_value(secret)
        assert page.url == path, "neither the address bar nor the history keeps it"
        button = visitor.main.locator("form:has(#link) button")
        expect(button).to_be_focused()
        page.keyboard.press("Enter")
        page.wait_for_url("**/account")
        assert asked
        assert not [url for url in asked if secret in url]
        visitor.press("button", SAID[code]["sign out"])
        expect(visitor.main).to_contain_text(SAID[code]["out"])
