"""A steward at the desk, in the browser: a list changes shape, is refused, its mapping is mended,
what was read wrongly before is read again over the kept bytes, and the list is accepted."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from playwright.sync_api import Browser, Error, expect

from services.terms import RunState
from tests.browser.desk_house import (
    BOTH_NAMES,
    DAY_FIRST,
    HEAD,
    KEY,
    MONTH_FIRST,
    ONE_NAME,
    PASSWORD,
    RENAMED,
    ROWS,
    STEWARD,
    DeskHouse,
    desk_house,
    table,
)  # fmt: skip
from tests.browser.test_refused_run import region, row
from tests.browser.visitor import Visitor, visit

RENEWED = "The office renamed a column and ended three programmes, its notice of today says."
MONTHS = "The office writes the day before the month; its guide says so."


@pytest.fixture(scope="module")
def desk(
    chromium: str,
    make_database: Callable[[], str],
    redis_server: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[DeskHouse]:
    """Only the first test syncs anything; the others sign in and out."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushdb()
    with desk_house(make_database(), redis_server, tmp_path_factory.mktemp("desk")) as one:
        yield one


def sign_in(visitor: Visitor, name: str, password: str, *, then: str = "/en/desk") -> None:
    """Through the form, from the page that asks for it."""
    page = visitor.page
    page.goto(f"{visitor.base}{then}")
    page.get_by_label("Name of the account").fill(name)
    page.get_by_label("Password").fill(password)
    visitor.press("button", "Sign in")


def number(visitor: Visitor) -> str:
    """Of the run whose page is open."""
    found = re.search(r"/runs/(\d+)", visitor.page.url)
    assert found, visitor.page.url
    return found[1]


def carried_out(visitor: Visitor, desk: DeskHouse) -> RunState:
    """A worker takes what was asked for; the run's page is read once it is over."""
    visitor.page.wait_for_url(re.compile(r"\?told="))
    path = f"{visitor.base}/en/desk/runs/{number(visitor)}"
    state = desk.work()
    for _ in range(3):
        try:
            visitor.page.goto(path)
            break
        except Error:  # the page was looking again by itself just then
            continue
    return state


def synced(visitor: Visitor, desk: DeskHouse) -> RunState:
    visitor.page.goto(f"{visitor.base}/en/desk/sources/{KEY}")
    visitor.press("button", "Run now")
    expect(visitor.page.get_by_role("status").first).to_contain_text("begins within seconds")
    return desk.work()


def newest_run(visitor: Visitor) -> str:
    """Of the source, as its page lists them."""
    visitor.page.goto(f"{visitor.base}/en/desk/sources/{KEY}")
    visitor.main.locator('a[href*="/runs/"]:visible').first.click()
    visitor.page.wait_for_url(re.compile(r"/runs/\d+$"))
    return number(visitor)


def body(visitor: Visitor, name: str) -> str:
    """The address of a body's page, found as anybody finds it."""
    visitor.page.goto(f"{visitor.base}/en/find?q={name.replace(' ', '+')}")
    visitor.press("link", name, within=visitor.main)
    visitor.page.wait_for_url(re.compile(r"/bodies/b\d+"))
    return visitor.page.url.partition("?")[0]


@pytest.mark.timeout(900)  # two starts of the web process, on whatever machine
def test_a_list_that_changes_shape_is_refused_mended_read_again_and_accepted(
    browser: Browser, desk: DeskHouse, shots: Path
) -> None:
    with visit(browser, desk.base, shots, "en", 1280) as visitor:
        page = visitor.page
        sign_in(visitor, STEWARD, PASSWORD)
        expect(page.get_by_role("heading", level=1)).to_have_text("Nothing needs a person now")
        assert synced(visitor, desk) is RunState.PUBLISHED
        good = newest_run(visitor)
        survivor = body(visitor, "Cormorant Harbour Testing")
        expect(visitor.main).to_contain_text("2019-03-04")

        # the publisher renames a column and drops three rows
        desk.serves = table(*ROWS[:2], *ROWS[5:], head=HEAD.replace(*RENAMED))
        assert synced(visitor, desk) is RunState.REFUSED
        page.goto(f"{visitor.base}/en/desk")
        waiting = visitor.main.locator("tbody tr")
        expect(waiting).to_have_count(1)
        expect(waiting).to_contain_text("8 accreditations keep the status of the last good run")
        expect(waiting).to_contain_text("Refused run")
        visitor.shot("desk-flow-queue")
        waiting.get_by_role("link").first.click()
        page.wait_for_url(re.compile(r"/desk/runs/\d+$"))
        refused = number(visitor)
        told_of_shape(visitor)
        visitor.shot("desk-flow-refused")
        page.goto(survivor)
        expect(visitor.main).to_contain_text("2031-09-01")  # the old data stand

        # the mapping is mended, and with it a form of days that had been taken for another:
        # what is doubted still is told before anything is decided
        desk.mend((ONE_NAME, BOTH_NAMES), (MONTH_FIRST, DAY_FIRST))
        page.goto(f"{visitor.base}/en/desk/runs/{refused}")
        visitor.press("link", "Read these bytes again")
        visitor.press("button", "Show what would change")
        doubt = visitor.main.locator(".refused li")
        expect(doubt).to_have_count(1)
        expect(doubt).to_contain_text("5 records were read, 8 last time")
        visitor.shot("desk-flow-still-doubted")

        # replay: the earlier run's kept bytes, looked at, then published
        page.goto(f"{visitor.base}/en/desk/runs/{good}")
        visitor.press("link", "Read these bytes again")
        visitor.press("button", "Show what would change")
        told_as_our_reading(visitor)
        visitor.shot("desk-flow-preview")
        page.goto(survivor)
        expect(visitor.main).to_contain_text("2019-03-04")  # a look changes nothing
        page.goto(f"{visitor.base}/en/desk/runs/{good}/reread")
        page.get_by_label("Because").fill(MONTHS)
        visitor.press("button", "Read again")
        assert carried_out(visitor, desk) is RunState.PUBLISHED
        how = region(visitor, "How its bytes came")
        expect(how).to_contain_text(f"the kept bytes of run {good}")
        expect(how).to_contain_text("our reading changed, not the source")
        expect(how).to_contain_text(MONTHS)
        visitor.shot("desk-flow-read-again")

        # the refused run, which a person knows to be right, is accepted
        page.goto(f"{visitor.base}/en/desk/runs/{refused}")
        accept(visitor, RENEWED)
        assert carried_out(visitor, desk) is RunState.PUBLISHED
        deed = region(visitor, "Published on purpose")
        expect(deed).to_contain_text(STEWARD)
        expect(deed).to_contain_text(RENEWED)
        visitor.shot("desk-flow-accepted")
        page.goto(survivor)
        expect(visitor.main).to_contain_text("2031-09-01")  # by its new column
        body(visitor, "Breakwater Inspection")
        expect(visitor.main).to_contain_text(re.compile("no longer listed", re.IGNORECASE))
        page.goto(f"{visitor.base}/en/desk")
        expect(page.get_by_role("heading", level=1)).to_have_text("Nothing needs a person now")
        told_in_the_trail(visitor, refused, good)
    read_by_anybody(browser, desk, shots, survivor)


def told_of_shape(visitor: Visitor) -> None:
    """The refused run's page: why, and what changed shape."""
    reasons = region(visitor, "Reasons")
    expect(reasons).to_contain_text("Not found: Until.")
    expect(reasons).to_contain_text("5 records were read, 8 last time")
    changed = region(visitor, "What changed shape")
    assert row(changed, "Records") == ["8", "5", "−3 (−38%)"]
    expect(changed.locator(".cols")).to_contain_text("perhaps renamed")
    expect(changed.locator(".cols s")).to_contain_text(RENAMED[0])
    expect(changed.locator(".cols ins")).to_contain_text(RENAMED[1])
    assert row(changed, "expiry") == ["100%", "0%"]


def accept(visitor: Visitor, because: str) -> None:
    visitor.page.get_by_role("radio", name="Accept the run as it is").check()
    visitor.page.get_by_label("Why (kept for good)").fill(because)
    visitor.press("button", "Record the decision")


def told_as_our_reading(visitor: Visitor) -> None:
    """The preview: whose change it would be, how many, and the first of them."""
    seen = region(visitor, "What would change")
    expect(seen).to_contain_text("our reading changed, not the source")
    changes = seen.locator("ol.feed > li")
    expect(changes).to_have_count(8)
    first = changes.filter(has_text="Cormorant Harbour Testing")
    expect(first).to_contain_text("2019-03-04")
    expect(first).to_contain_text("2019-04-03")


def told_in_the_trail(visitor: Visitor, refused: str, good: str) -> None:
    visitor.page.goto(f"{visitor.base}/en/desk/trail")
    entries = [" ".join(one.split()) for one in visitor.main.locator("tbody tr").all_inner_texts()]
    done = [
        ("accepted a refused run", f"run {refused}", RENEWED),
        ("read a run again", f"run {good}", MONTHS),
        ("asked for a run", f"source {KEY}", ""),
        ("asked for a run", f"source {KEY}", ""),
        ("signed in", "", ""),
    ]
    for entry, said in zip(entries, done, strict=False):
        assert all(part in entry for part in (STEWARD, *said)), (entry, said)


def read_by_anybody(browser: Browser, desk: DeskHouse, shots: Path, address: str) -> None:
    """The body's own page: the new reading, with whose change it is; the old one taken back."""
    with visit(browser, desk.base, shots, "en", 1280) as visitor:
        visitor.page.goto(address)
        expect(visitor.main).to_contain_text("2019-04-03")
        visitor.page.goto(f"{address}/history")
        entries = visitor.main.locator("ol.hist > li")
        new = entries.filter(has_text="2019-04-03")
        expect(new).to_contain_text("our reading changed, not the source")
        expect(new.locator("s")).to_have_count(0)
        old = entries.filter(has_text="2019-03-04")
        expect(old.locator("s")).to_have_text("Granted")
        expect(old).to_contain_text("no longer said since")
        expect(old).to_contain_text("our reading changed, not the source")
        listed = entries.filter(has_text="First seen in the list")
        expect(listed.first).not_to_contain_text("our reading changed")
        visitor.shot("desk-flow-history")


def test_a_wrong_password_is_told_and_after_several_a_time_to_wait(
    browser: Browser, desk: DeskHouse, shots: Path
) -> None:
    refusals = ("400", "429")
    with visit(browser, desk.base, shots, "en", 360, expected=refusals) as visitor:
        alert = visitor.page.get_by_role("alert")
        for _ in range(3):
            sign_in(visitor, "Lighthouse desk", "not its password")
            expect(alert).to_contain_text("Name and password do not fit")
        expect(visitor.page.get_by_label("Name of the account")).to_have_value("Lighthouse desk")
        visitor.shot("desk-sign-in-wrong")
        for _ in range(10):  # the waits double: in the end one outlasts any typing
            sign_in(visitor, "Lighthouse desk", "not its password")
            expect(alert).to_contain_text(re.compile("do not fit|Too many attempts"))
            if "Too many attempts" in alert.inner_text():
                break
        expect(alert).to_contain_text("Too many attempts")
        expect(alert).to_contain_text("before the next one")
        visitor.shot("desk-sign-in-wait")
        sign_in(visitor, STEWARD, PASSWORD)  # others are let in meanwhile
        expect(visitor.page).to_have_url(f"{desk.base}/en/desk")


def test_who_signs_out_is_out_also_with_the_cookie_of_before(
    browser: Browser, desk: DeskHouse, shots: Path
) -> None:
    with visit(browser, desk.base, shots, "en", 1280) as visitor:
        page = visitor.page
        sign_in(visitor, STEWARD, PASSWORD)
        expect(page).to_have_url(f"{desk.base}/en/desk")
        held = page.context.cookies()
        page.goto(f"{desk.base}/en/account")
        visitor.press("button", "Sign out")
        expect(page.get_by_role("status")).to_contain_text("You are signed out.")
        page.goto(f"{desk.base}/en/desk")
        expect(page).to_have_url(re.compile(r"/en/sign-in\?next="))
        page.context.add_cookies([{**one} for one in held])  # type: ignore[typeddict-item]
        page.goto(f"{desk.base}/en/desk")
        expect(page).to_have_url(re.compile(r"/en/sign-in\?next="))
