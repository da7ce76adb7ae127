"""Every page of the desk in a real browser: it fits, and axe finds no violation of WCAG 2.2 AA."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from services import accounts
from services.desk.trail import tell
from services.terms import DeskAction, Role, SecretKind
from tests.browser.house import BECAUSE, MADE, SHRUNK, House, now
from tests.browser.test_pages import Advise, hold, hold_in_the_dark
from tests.browser.visitor import CODES, WIDTHS, Visit, Visitor

KINDS = (
    "desk", "run-refused", "run-accepted", "source", "reread", "reread-seen", "contradictions",
    "trail", "upload", "upload-refused", "match", "sources", "runs", "uploads", "matches",
    "overdue", "keys", "subscriptions",
)  # fmt: skip

LISTS = ("sources", "runs", "uploads", "matches", "overdue", "keys", "subscriptions")


@pytest.fixture(scope="module")
def session(standing: House) -> Iterator[str]:
    """An operator's, who is shown all that a steward is and more."""
    with standing.road.engine.begin() as conn:
        account_id = accounts.open_account(conn, "Desk of the pages", Role.OPERATOR, now())
        secret = accounts.new_secret(conn, account_id, SecretKind.SESSION, now())
        tell(
            conn, account_id, DeskAction.RUN_ACCEPTED, f"run {standing.runs['doubted']}", now(),
            because=BECAUSE, before={"state": "refused"}, after={"run": standing.runs["accepted"]},
        )  # fmt: skip
    yield secret
    with standing.road.engine.begin() as conn:
        accounts.revoke(conn, secret, now())


@pytest.fixture(scope="module")
def rooms(standing: House) -> dict[str, str]:
    runs = standing.runs
    with standing.road.engine.connect() as conn:
        match = conn.execute(sa.text("select max(id) from review_item")).scalar_one()
    return {
        "desk": "/desk",
        "run-refused": f"/desk/runs/{runs['refused']}",
        "run-accepted": f"/desk/runs/{runs['doubted']}",
        "source": f"/desk/sources/{MADE}",
        "reread": f"/desk/runs/{runs['accepted']}/reread",
        "reread-seen": f"/desk/runs/{runs['refused']}/reread",
        "contradictions": "/desk/contradictions",
        "trail": "/desk/trail",
        "upload": f"/desk/sources/{SHRUNK}/upload",
        "upload-refused": f"/desk/sources/{SHRUNK}/upload",
        "match": f"/desk/matches/m{match}",
        **{kind: f"/desk/{kind}" for kind in LISTS},
    }


def test_the_list_of_rooms_is_whole(rooms: dict[str, str]) -> None:
    assert set(KINDS) == set(rooms)


def go_on(visitor: Visitor, kind: str) -> None:
    """What is to be seen only after a button."""
    if kind == "reread-seen":
        visitor.page.locator("button[name=look]").click()
        expect(visitor.page.locator("#h-look")).to_be_visible()
    elif kind == "upload-refused":
        page = visitor.page
        page.locator("#u-because").fill("A file of the day before yesterday.")
        page.locator("#u-seen").fill("the day before")
        page.locator("#u-file").set_input_files(
            {"name": "list.csv", "mimeType": "text/csv", "buffer": b"Name\nA\n"}
        )
        page.locator("form.report button").click()
        expect(page.get_by_role("alert")).to_be_visible()


@pytest.mark.timeout(900)  # many pages in one window, on whatever machine
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("code", CODES)
def test_the_rooms_of_the_desk_fit_and_keep_wcag(
    coming: Visit, rooms: dict[str, str], session: str, advise: Advise, code: str, width: int
) -> None:
    with coming(code, width, expected=("400",)) as visitor:
        cookie = {"name": "labdir_session", "value": session, "url": visitor.base}
        visitor.page.context.add_cookies([cookie])  # type: ignore[list-item]
        for kind in KINDS:
            visitor.page.emulate_media(color_scheme="light")
            visitor.page.goto(f"{visitor.base}/{code}{rooms[kind]}")
            go_on(visitor, kind)
            visitor.shot(f"desk-{kind}")
            hold(visitor, advise)
            if (code, width) == ("en", 1280):
                hold_in_the_dark(visitor)
