"""Signing in by a link, one's account, and the changes: followed live, and what they touch."""

import re
from collections.abc import Iterator

import httpx
import pytest
import sqlalchemy as sa
from playwright.sync_api import expect
from sqlalchemy.engine import Engine

from services import accounts, kit
from services.terms import EventKind, Role, SecretKind
from services.watch import subscriptions
from services.watch.deliver import BACKOFF
from tests.browser.house import House, now
from tests.browser.test_audits import look
from tests.browser.visitor import CODES, WIDTHS, Visit, Visitor
from tests.services.store.build import World, lab

SAID = {
    "en": {
        "sign in": "Sign in",
        "sign out": "Sign out",
        "out": "You are signed out.",
        "spent": "This link does not open any more",
        "list name": "Name of a new list",
        "make list": "Make the list",
        "what": "Add a body, by an accreditation number of its or its id",
        "add": "Add",
        "key for": "What is the new key for?",
        "make key": "Make a key",
        "key": "The new API key",
        "hook": "Add a webhook",
        "address": "Address",
        "subscribe": "Subscribe",
        "private": "is at the private address",
        "secret": "The secret that signs its messages",
        "copied": "I have copied it: to the webhook",
        "test": "Send a test message",
        "waits": "a test, without changes",
        "status": "Change of status",
        "show": "Show",
        "touches": "What it touches",
        "watch": "Watch this body",
        "put": "Watch",
        "on": "On 1 watchlist of yours",
        "lists": "On your watchlists",
        "one": "1 new change",
        "again": "Send again",
        "follow": "Webhook",
    },
    "zh": {
        "sign in": "登录",
        "sign out": "退出登录",
        "out": "您已退出登录。",
        "spent": "该链接已失效",
        "list name": "新清单的名称",
        "make list": "创建清单",
        "what": "按认可编号或名录编号添加机构",
        "add": "添加",
        "key for": "新密钥的用途",
        "make key": "创建密钥",
        "key": "新的 API 密钥",
        "hook": "添加 Webhook",
        "address": "地址",
        "subscribe": "订阅",
        "private": "指向内部地址",
        "secret": "消息的签名密钥",
        "copied": "已复制，前往该 Webhook",
        "test": "发送测试消息",
        "waits": "测试消息，不含变更",
        "status": "状态变更",
        "show": "显示",
        "touches": "影响范围",
        "watch": "关注该机构",
        "put": "关注",
        "on": "已在您的 1 份关注清单中",
        "lists": "在您的关注清单上",
        "one": "1 项新变更",
        "again": "重新发送",
        "follow": "Webhook 通知",
    },
}
everywhere = pytest.mark.parametrize(("code", "width"), [(c, w) for c in CODES for w in WIDTHS])
PUBLIC = "https://1.0.0.1/labdir"


@pytest.fixture(scope="module")
def engine(standing: House) -> Iterator[Engine]:
    made = sa.create_engine(standing.database_url)
    yield made
    made.dispose()


def link(visitor: Visitor, engine: Engine) -> tuple[int, str]:
    """A new account and the address that an operator would send to it."""
    with engine.begin() as conn:
        name = f"Harbour desk {visitor.code} {visitor.width} {now().timestamp()}"
        account_id = accounts.open_account(conn, name, Role.READER, now())
        secret = accounts.new_secret(conn, account_id, SecretKind.SIGN_IN_LINK, now())
    return account_id, f"{visitor.base}/{visitor.code}/sign-in?link={secret}"


def sign_in(visitor: Visitor, engine: Engine) -> int:
    account_id, address = link(visitor, engine)
    visitor.page.goto(address)
    visitor.main.get_by_role("button", name=SAID[visitor.code]["sign in"], exact=True).click()
    visitor.page.wait_for_url("**/account")
    return account_id


@everywhere
def test_a_link_opens_once_and_one_leaves_again(
    coming: Visit, engine: Engine, advise: object, code: str, width: int
) -> None:
    said = SAID[code]
    with coming(code, width, expected=("400",)) as visitor:
        page = visitor.page
        page.goto(f"{visitor.base}/{code}/sign-in")
        look(visitor, "sign-in-0-how", advise)
        _, address = link(visitor, engine)
        httpx.get(address, trust_env=False)  # a mail scanner was there first
        page.goto(address)
        look(visitor, "sign-in-1-link", advise)
        button = visitor.main.get_by_role("button", name=said["sign in"], exact=True)
        visitor.tab_to(button)
        page.keyboard.press("Enter")
        page.wait_for_url("**/account")
        look(visitor, "account-0-empty", advise)
        visitor.press("button", said["sign out"])
        expect(visitor.main).to_contain_text(said["out"])
        page.goto(address)
        button.click()
        expect(visitor.main.get_by_role("alert")).to_contain_text(said["spent"])
        look(visitor, "sign-in-2-spent", advise)


@everywhere
def test_an_account_keeps_lists_keys_and_webhooks(
    coming: Visit, engine: Engine, advise: object, code: str, width: int
) -> None:
    said = SAID[code]
    with coming(code, width, expected=("400",)) as visitor:
        page = visitor.page
        account_id = sign_in(visitor, engine)
        page.get_by_label(said["list name"]).fill("电池供应商 / Battery suppliers")
        visitor.press("button", said["make list"])
        look(visitor, "watchlist-0-empty", advise)
        for typed in ("CNAS L90004", "b1"):
            page.get_by_label(said["what"]).fill(typed)
            visitor.press("button", said["add"])
        expect(page.locator("tbody tr")).to_have_count(2)
        page.get_by_label(said["what"]).fill("CNAS LI90004")
        visitor.press("button", said["add"])
        expect(visitor.main.get_by_role("alert")).to_contain_text("CNAS LI90004")
        look(visitor, "watchlist-1-refused", advise)
        page.goto(f"{visitor.base}/{code}/account")
        page.get_by_label(said["key for"]).fill("nightly export")
        visitor.press("button", said["make key"])
        expect(page.get_by_role("heading", name=said["key"])).to_be_visible()
        look(visitor, "account-1-key", advise)
        visitor.press("link", said["hook"])
        page.get_by_label(said["address"], exact=True).fill("https://10.0.0.8/labdir")
        visitor.press("button", said["subscribe"])
        expect(visitor.main.get_by_role("alert")).to_contain_text(said["private"])
        page.locator("#e-suspended").check()
        look(visitor, "webhook-0-refused", advise)
        page.get_by_label(said["address"], exact=True).fill(PUBLIC)
        visitor.press("button", said["subscribe"])
        expect(page.get_by_role("heading", name=said["secret"])).to_be_visible()
        look(visitor, "webhook-1-secret", advise)
        visitor.press("link", said["copied"])
        visitor.press("button", said["test"])
        expect(page.locator("#sent tbody")).to_contain_text(said["waits"])
        give_up(engine, account_id)
        page.reload()
        look(visitor, "webhook-2-given-up", advise)
        page.locator("#sent").get_by_role("button", name=said["again"]).click()
        expect(page.locator("#sent form")).to_have_count(0)
        page.goto(f"{visitor.base}/{code}/account")
        expect(page.locator("#webhooks tbody")).to_contain_text(PUBLIC)
        look(visitor, "account-2-full", advise)


def give_up(engine: Engine, account_id: int) -> None:
    """As nine failed attempts leave a message; no test waits a day for them."""
    tried = [f"{now():%Y-%m-%dT%H:%M:%SZ} 503 Service Unavailable"] * (len(BACKOFF) + 1)
    with engine.begin() as conn:
        (one,) = subscriptions.subscriptions(conn, account_id)
        conn.execute(
            sa.text(
                "update delivery set state = 'dead', attempts = :n, next_try_at = null,"
                " answers = :tried where subscription_id = :id"
            ),
            {"n": len(tried), "tried": tried, "id": int(one.id[1:])},
        )


@everywhere
def test_changes_are_filtered_and_tell_what_they_touch(
    coming: Visit, engine: Engine, advise: object, code: str, width: int
) -> None:
    said = SAID[code]
    with coming(code, width) as visitor:
        page = visitor.page
        sign_in(visitor, engine)
        page.goto(f"{visitor.base}/{code}/changes")
        page.get_by_label(said["status"]).select_option("suspended")
        visitor.press("button", said["show"])
        expect(page).to_have_url(re.compile(r"\?.*\bevent=suspended"))
        first = page.locator(".feed li").first
        expect(first.locator(".st.bad")).to_be_visible()
        look(visitor, "changes-0-suspended", advise)
        # the body is put on a list from its own page
        body = first.locator(".head a[href*='/bodies/']").first
        path = str(body.get_attribute("href"))
        page.goto(f"{visitor.base}{path}")
        page.locator("#watch summary", has_text=said["watch"]).click()
        look(visitor, "watch-0-form", advise)
        page.locator("#watch").get_by_role("button", name=said["put"], exact=True).click()
        expect(page.locator("#watch summary")).to_contain_text(said["on"])
        page.goto(f"{visitor.base}/{code}/changes?event=suspended")
        page.locator(".feed li .go a").first.click()
        expect(page.get_by_role("heading", name=said["touches"])).to_be_visible()
        expect(page.get_by_role("heading", name=said["lists"])).to_be_visible()
        look(visitor, "changes-1-touches", advise)


def renew(engine: Engine, number: str) -> None:
    """A notice of a renewal, published through the real transaction."""
    with engine.connect() as conn:
        world = World(conn, today=now().date())
        world.source(f"notices_{number.lower()}", authoritative_for=("CNAS",), made=True)
        event = kit.Event(
            key="renewed", accreditation="acc", kind=EventKind.RENEWED, on=now().date(),
            raw="renewed",
        )  # fmt: skip
        draft = lab(number, name=f"Lamp Works {number}", name_zh=f"灯塔 {number}", events=[event])
        world.look(f"notices_{number.lower()}", now(), [draft])


@everywhere
def test_news_is_heard_of_while_the_page_stands_open(
    coming: Visit, engine: Engine, advise: object, code: str, width: int
) -> None:
    said = SAID[code]
    number = f"L97{CODES.index(code)}{WIDTHS.index(width)}1"
    with coming(code, width) as visitor:
        page = visitor.page
        page.goto(f"{visitor.base}/{code}/changes?event=renewed")
        news = page.locator(".news")
        expect(news.get_by_role("link")).to_have_count(0)
        page.wait_for_timeout(500)  # the line is taken up
        renew(engine, number)
        expect(news.get_by_role("status")).to_have_text(said["one"], timeout=10_000)
        assert page.title().startswith("(1) ")
        look(visitor, "changes-2-news", advise)
        visitor.press("link", said["show"], within=news)
        first = page.locator(".feed li").first
        expect(first).to_contain_text(number)
        expect(first).to_have_class(re.compile("fresh1"))
        expect(news.get_by_role("link")).to_have_count(0)
        look(visitor, "changes-3-shown", advise)


@pytest.mark.parametrize("code", CODES)
def test_the_list_of_changes_is_whole_without_a_script(coming: Visit, code: str) -> None:
    said = SAID[code]
    with coming(code, 360, javascript=False) as visitor:
        page = visitor.page
        page.goto(f"{visitor.base}/{code}/changes")
        expect(page.locator(".news a")).to_be_hidden()
        page.get_by_label(said["status"]).select_option("suspended")
        visitor.press("button", said["show"])
        expect(page.locator(".feed li .st.bad").first).to_be_visible()
        atom = page.locator(".follow a").first.get_attribute("href")
        feed = httpx.get(f"{visitor.base}{atom}", trust_env=False)
        assert feed.headers["content-type"].startswith("application/atom+xml")
        visitor.press("link", said["follow"], within=page.locator(".follow"))
        # whoever is not signed in is led to the way in, and back to the form
        expect(page).to_have_url(re.compile(r"/sign-in\?next=.*event%3Dsuspended"))
