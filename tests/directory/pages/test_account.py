"""One's own account by pages: keys, sessions, watchlists and webhooks, and nobody else's."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.settings import FetchSettings, Settings
from services.terms import Role, SecretKind
from services.watch.deliver import BACKOFF, tell_subscribers
from tests.directory.api.conftest import fill
from tests.directory.pages.desk import Desk, Front, front_door
from tests.services.store.build import World, at, lab
from tests.services.watch.receiver import Answer, Receiver, receive

PUBLIC = "https://1.0.0.1/labdir"


def filled(world: World) -> None:
    fill(world)
    # a bare number that two accreditation bodies gave
    world.source("union", authoritative_for=("UAB", "VAB"))
    east = lab("7001", issuer="UAB", name="Pier East Laboratory", name_zh="", city="Quinn")
    west = lab("7001", issuer="VAB", name="Mole West Workshop", name_zh="", city="Rome")
    world.look("union", at("2026-05-30"), [east, west])


@pytest.fixture(scope="module")
def receiver() -> Iterator[Receiver]:
    with receive() as one:
        yield one


@pytest.fixture(scope="module")
def settings(make_database: Callable[[], str], receiver: Receiver) -> Settings:
    fetch = FetchSettings(private_hosts=(receiver.host,))
    return Settings(database_url=make_database(), fetch=fetch)


@pytest.fixture(scope="module")
def front(settings: Settings) -> Iterator[Front]:
    with front_door(settings.database_url, filled, settings) as one:
        yield one


@pytest.fixture
def desk(front: Front, request: pytest.FixtureRequest) -> Desk:
    front.client.cookies.clear()
    return front.desk(f"Desk {request.node.name}"[:80])


def body(front: Front, name: str) -> str:
    def find(conn: sa.Connection) -> str:
        found = conn.execute(
            sa.text(
                "select 'b' || l.body_id from name n join body_link l on l.record_id = n.record_id"
                " where n.text like :name"
            ),
            {"name": f"{name}%"},
        )
        return str(found.scalars().first())

    return str(front.write(find))


# --- who one is ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/account", "/account/watchlists/w1", "/account/webhooks/new", "/account/webhooks/s1"],
)
def test_whoever_is_not_signed_in_is_led_to_the_way_in(front: Front, path: str) -> None:
    front.client.cookies.clear()
    answer = front.client.get(f"/zh{path}", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/zh/sign-in?next=" + f"/zh{path}".replace("/", "%2F")
    answer = front.client.post("/zh/account/keys", data={"label": "x"}, follow_redirects=False)
    assert answer.headers["location"] == "/zh/sign-in?next=%2Fzh%2Faccount"


@pytest.mark.parametrize(
    ("code", "role", "sections"),
    [
        ("en", "Signed in as regulator", ["Watchlists", "Webhooks", "API keys"]),
        ("zh", "登录身份：监管机关", ["关注清单", "Webhook 通知", "API 密钥"]),
    ],
)
def test_the_page_says_who_one_is_and_what_one_has(
    front: Front, code: str, role: str, sections: list[str]
) -> None:
    desk = front.desk(f"Office {code}", Role.REGULATOR)
    shown = desk.get(f"/{code}/account")
    assert shown.text("h1") == f"Office {code}"
    assert shown.text(".meta") == role
    assert shown.texts("main h2")[:3] == sections
    assert len(shown.answer.content) < 100_000
    assert shown.answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_key_is_shown_once_opens_and_is_ended(front: Front, desk: Desk, code: str) -> None:
    made = desk.post(f"/{code}/account/keys", {"label": "夜间 nightly"}, 200)
    key = made.text(".once .cmd")
    assert re.fullmatch(r"labdir_[\w-]{43}", key)
    bearer = {"authorization": f"Bearer {key}"}
    assert front.client.get("/api/v1/account", headers=bearer).status_code == 200
    again = desk.get(f"/{code}/account")
    assert key not in again.html
    assert again.text("#keys tbody th") == "夜间 nightly"
    ending = str(again.one("#keys tbody form").attributes["action"])
    assert desk.post(ending).to == f"/{code}/account"
    assert front.client.get("/api/v1/account", headers=bearer).status_code == 401
    assert not desk.get(f"/{code}/account").tree.css("#keys tbody tr")


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("en", "Say in 1 to 80 characters on one line what the key is for."),
        ("zh", "请用一行 1 至 80 个字符说明该密钥的用途。"),
    ],
)
def test_a_key_without_a_label_is_refused_in_words(desk: Desk, code: str, said: str) -> None:
    refused = desk.post(f"/{code}/account/keys", {"label": " "}, 400)
    assert refused.text("[role=alert] p") == said


def test_another_browser_is_signed_out_and_this_one_by_its_own_button(
    front: Front, desk: Desk
) -> None:
    other = Desk(front, desk.account_id, front.secret(desk.account_id, SecretKind.SESSION))
    shown = desk.get("/en/account")
    assert len(shown.tree.css("#sessions tbody tr")) == 2
    assert "this browser" in shown.text("#sessions")
    (form,) = shown.tree.css("#sessions form")
    desk.post(str(form.attributes["action"]))
    other.get("/en/account", 303)
    desk.get("/en/account")


def test_another_accounts_key_cannot_be_ended(front: Front, desk: Desk) -> None:
    other = front.desk("Quay office")
    front.secret(other.account_id, SecretKind.API_KEY)
    theirs = str(other.get("/en/account").one("#keys form").attributes["action"])
    desk.post(theirs, status=404)
    desk.post("/en/account/secrets/x/end", status=400)
    assert other.get("/en/account").tree.css("#keys tbody tr")


def test_another_site_does_nothing_in_ones_name(desk: Desk) -> None:
    for path in (
        "/account/keys", "/account/watchlists", "/account/webhooks",
        "/account/watchlists/w1/delete", "/account/webhooks/s1/delete", "/bodies/b1/watch",
    ):  # fmt: skip
        refused = desk.post(f"/en{path}", {"label": "x"}, 403, sec_fetch_site="cross-site")
        assert refused.text("h1") == "This was not done"


# --- watchlists ----------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_list_is_made_filled_renamed_and_deleted(front: Front, desk: Desk, code: str) -> None:
    at_ = desk.post(f"/{code}/account/watchlists", {"name": "电池供应商"}).to
    assert re.fullmatch(rf"/{code}/account/watchlists/w\d+", at_)
    battery = body(front, "Harbour Battery")
    for what in ("CNAS L90417", battery, "l90417"):  # a number in any spelling, or an id
        assert desk.post(f"{at_}/add", {"what": what}).to == at_
    shown = desk.get(at_)
    assert shown.text("h1") == "电池供应商"
    (row,) = shown.texts("tbody tr")
    assert "Harbour Battery Testing Co., Ltd." in row
    assert "海港电池检测有限公司" in row
    desk.post(f"{at_}/rename", {"name": "Suppliers"})
    assert desk.get(at_).text("h1") == "Suppliers"
    account = desk.get(f"/{code}/account")
    assert account.text("#watchlists tbody .num") == "1"
    assert f"/{code}/changes?watchlist={at_.rsplit('/', 1)[1]}" in account.links()
    assert desk.post(f"{at_}/take", {"body": battery}).to == at_
    assert desk.post(f"{at_}/take", {"body": battery}).to == at_, "twice is no fault"
    assert not desk.get(at_).tree.css("tbody tr")
    assert desk.post(f"{at_}/delete").to == f"/{code}/account"
    desk.get(at_, 404)


def test_an_accreditations_id_stands_for_its_body(front: Front, desk: Desk) -> None:
    at_ = desk.post("/en/account/watchlists", {"name": "By accreditation"}).to
    number = sa.text("select 'a' || id from accreditation where number = 'L90500'")
    id_ = front.write(lambda conn: conn.execute(number).scalar_one())
    desk.post(f"{at_}/add", {"what": id_})
    assert "Quayside Metal Laboratory" in desk.get(at_).text("tbody")


def test_of_several_bodies_with_one_number_one_is_picked(front: Front, desk: Desk) -> None:
    at_ = desk.post("/en/account/watchlists", {"name": "Piers"}).to
    shown = desk.post(f"{at_}/add", {"what": "7001"}, 200)
    assert shown.text("h2").startswith("Which of them?")
    rows = shown.texts(".pick li")
    assert [" ".join(row.split()[:2]) for row in rows] == ["Pier East", "Mole West"]
    west = shown.tree.css(".pick li")[1].css_first("input")
    assert west is not None
    desk.post(f"{at_}/add", {"what": str(west.attributes["value"])})
    assert "Mole West" in desk.get(at_).text("tbody")
    assert "Pier East" not in desk.get(at_).text("tbody")


@pytest.mark.parametrize(
    ("what", "en", "zh"),
    [
        (
            "CNAS L99999",
            "Nothing in this directory bears the number “CNAS L99999”.",
            "本名录中没有带有编号“CNAS L99999”的机构。",
        ),
        ("b999999", "There is no body b999999 in the directory.", "名录中没有机构 b999999。"),
        ("a999999", "There is no accreditation a999999", "名录中没有认可 a999999。"),
        ("", "Write a number as it is printed", "请按印制的样式填写编号"),
        ("<script>", "Nothing in this directory bears", "本名录中没有带有编号"),
    ],
)
def test_what_is_no_body_is_refused_where_it_was_typed(
    desk: Desk, what: str, en: str, zh: str
) -> None:
    for code, said in (("en", en), ("zh", zh)):
        at_ = desk.post(f"/{code}/account/watchlists", {"name": "Empty"}).to
        refused = desk.post(f"{at_}/add", {"what": what}, 400)
        assert refused.text("[role=alert] p").startswith(said)
        assert refused.one("#what").attributes["value"] == (what or None) or what == ""
        assert "<script>" not in refused.html


def test_a_list_that_a_webhook_uses_stays(desk: Desk) -> None:
    at_ = desk.post("/en/account/watchlists", {"name": "Used"}).to
    id_ = at_.rsplit("/", 1)[1]
    desk.post("/en/account/webhooks", {"url": PUBLIC, "watchlist": id_}, 200)
    refused = desk.post(f"{at_}/delete", status=400)
    assert "delete those first" in refused.text("[role=alert]")
    assert desk.get(at_).text("h1") == "Used"


def test_anothers_list_is_not_there(front: Front, desk: Desk) -> None:
    at_ = front.desk("Their office").post("/en/account/watchlists", {"name": "Theirs"}).to
    desk.get(at_, 404)
    for deed in ("add", "take", "rename", "delete"):
        desk.post(f"{at_}/{deed}", {"what": "b1", "body": "b1", "name": "Mine"}, 404)


def test_a_long_list_comes_in_pages_and_small_ones(front: Front, desk: Desk) -> None:
    at_ = desk.post("/en/account/watchlists", {"name": "Long"}).to

    front.write(
        lambda conn: conn.execute(
            sa.text(
                "with made as (insert into body (run_id) select (select min(id) from run)"
                " from generate_series(1, 405) returning id)"
                " insert into watchlist_body (watchlist_id, body_id, added_at)"
                " select :list, id, now() from made"
            ),
            {"list": int(at_.rsplit("w", 1)[1])},
        )
    )
    first = desk.get(at_)
    assert len(first.answer.content) < 100_000
    assert len(first.tree.css("tbody tr")) == 150
    second = desk.get(str(first.one("a[rel=next]").attributes["href"]))
    last = desk.get(str(second.one("a[rel=next]").attributes["href"]))
    assert len(last.tree.css("tbody tr")) == 105
    assert not last.tree.css("a[rel=next]")
    desk.get(f"{at_}?cursor=x", 400)


@pytest.mark.parametrize(
    ("code", "summary", "on_it"),
    [("en", "Watch this body", "On 1 watchlist of yours"), ("zh", "关注该机构", "已在您的 1 份")],
)
def test_a_body_is_watched_from_its_own_page(
    front: Front, desk: Desk, code: str, summary: str, on_it: str
) -> None:
    path = f"/{code}/bodies/{body(front, 'Quayside')}"
    shown = desk.get(path)
    assert shown.text("#watch summary") == summary
    desk.post(f"{path}/watch", {"list": "new", "name": ""})
    again = desk.get(path)
    assert again.text("#watch summary").startswith(on_it)
    (link,) = again.links("#watch a")
    assert "Quayside Metal Laboratory" in desk.get(link).text("tbody")
    other = desk.post(f"/{code}/account/watchlists", {"name": "Metals"}).to
    desk.post(f"{path}/watch", {"list": other.rsplit("/", 1)[1]})
    assert len(desk.get(path).links("#watch a")) == 2


def test_nobody_else_is_offered_it(front: Front) -> None:
    front.client.cookies.clear()
    shown = front.client.get(f"/en/bodies/{body(front, 'Quayside')}")
    assert 'id="watch"' not in shown.text


# --- webhooks ------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", ["en", "zh"])
def test_a_webhook_is_added_with_a_filter_and_its_secret_shown_once(desk: Desk, code: str) -> None:
    sent = {
        "url": PUBLIC,
        "event": ["suspended", "withdrawn"],
        "country": "sg，cn",
        "issuer": "cnas",
        "repeats": "hidden",
    }
    made = desk.post(f"/{code}/account/webhooks", sent, 200)
    secret = made.text(".once .cmd")
    assert secret.startswith("whsec_")
    at_ = made.links("main a.btn")[0]
    shown = desk.get(at_)
    assert secret not in shown.html
    facts = shown.text("dl.dl")
    words = {
        "en": ["suspended, withdrawn", "Singapore, China", "CNAS", "Repeats left out"],
        "zh": ["暂停、撤销", "新加坡、中国", "CNAS", "重复内容 略去"],
    }[code]
    assert [word for word in words if word not in facts] == []
    assert PUBLIC in facts
    assert PUBLIC in desk.get(f"/{code}/account").text("#webhooks tbody")


def test_the_form_takes_over_the_filter_of_the_list_of_changes(desk: Desk) -> None:
    asked = "event=withdrawn&country=SG&what=status_event&source=register&url="
    shown = desk.get(f"/en/account/webhooks/new?{asked}")
    ticked = [n.attributes["value"] for n in shown.tree.css("input[name=event][checked]")]
    assert ticked == ["withdrawn"]
    assert shown.one("#country").attributes["value"] == "SG"
    assert shown.text("form.hook dl") == "Of what status event Source register"
    carried = {n.attributes["name"] for n in shown.tree.css("form.hook input[type=hidden]")}
    assert carried == {"what", "source"}


@pytest.mark.parametrize(
    ("sent", "en", "zh"),
    [
        ({"url": "https://10.0.0.8/x"}, "10.0.0.8 is at the private address 10.0.0.8.", "10.0.0.8"),
        ({"url": "http://1.0.0.1/x"}, "http://1.0.0.1/x is not encrypted.", "未加密"),
        ({"url": "https://a:b@1.0.0.1/"}, "Leave user and password out", "请勿在网址中"),
        ({"url": "office"}, "office is no address of a web server.", "office 不是"),
        ({"url": PUBLIC, "country": "Singapore"}, "Singapore is no country.", "不是国家"),
        ({"url": PUBLIC, "issuer": "XYZ"}, "No accreditation by XYZ", "XYZ"),
    ],
)
def test_what_cannot_be_subscribed_is_refused_and_stays_as_typed(
    desk: Desk, sent: dict[str, str], en: str, zh: str
) -> None:
    for code, said in (("en", en), ("zh", zh)):
        refused = desk.post(f"/{code}/account/webhooks", {**sent, "event": "suspended"}, 400)
        alert = refused.text("[role=alert] p")
        assert said in alert
        assert "lang" not in refused.one("[role=alert] p").attributes, alert
        assert refused.one("#url").attributes["value"] == sent["url"]
        ticked = refused.tree.css("input[name=event][checked]")
        assert [node.attributes["value"] for node in ticked] == ["suspended"]
    assert not desk.get("/en/account").tree.css("#webhooks tbody tr")


def test_a_webhook_is_paused_tested_replayed_and_deleted(desk: Desk) -> None:
    made = desk.post("/en/account/webhooks", {"url": PUBLIC}, 200)
    at_ = made.links("main a.btn")[0]
    desk.post(f"{at_}/pause")
    shown = desk.get(at_)
    assert "paused" in shown.text(".meta")
    assert not shown.tree.css(f"form[action='{at_}/test']")
    refused = desk.post(f"{at_}/test", status=400)
    assert refused.text("[role=alert] p") == "Nothing is sent at present. Resume it first."
    desk.post(f"{at_}/resume")
    desk.post(f"{at_}/test")
    assert "a test, without changes" in desk.get(at_).text("#sent tbody")
    for typed, said in (("x", "whole number"), ("999", "no position 999")):
        refused = desk.post(f"{at_}/replay", {"from": typed}, 400)
        assert said in refused.text("[role=alert]")
    desk.post(f"{at_}/replay", {"from": "0"})
    assert "up to its beginning" in desk.get(at_).text(".meta")
    assert desk.post(f"{at_}/delete").to == "/en/account"
    desk.get(at_, 404)


def test_anothers_webhook_is_not_there(front: Front, desk: Desk) -> None:
    other = front.desk("Hook office")
    at_ = other.post("/en/account/webhooks", {"url": PUBLIC}, 200).links("main a.btn")[0]
    desk.get(at_, 404)
    for deed in ("pause", "resume", "test", "delete", "deliveries/d1/retry"):
        desk.post(f"{at_}/{deed}", status=404)
    desk.post(f"{at_}/replay", {"from": "0"}, 404)
    assert "active" in other.get(at_).text(".meta")


@pytest.mark.parametrize("code", ["en", "zh"])
def test_what_was_given_up_is_shown_with_its_attempts_and_sent_again(
    front: Front, desk: Desk, settings: Settings, receiver: Receiver, code: str
) -> None:
    sent = {"url": f"{receiver.base}/{code}", "event": "suspended"}
    made = desk.post(f"/{code}/account/webhooks", sent, 200)
    at_ = made.links("main a.btn")[0]
    receiver.answers_with(Answer(status=503), path=f"/{code}")
    desk.post(f"{at_}/test")
    engine = sa.create_engine(front.url)
    before = front.clock.now
    try:
        for _ in range(len(BACKOFF) + 1):
            tell_subscribers(engine, settings, front.clock)
            front.clock.now += timedelta(hours=15)
        front.clock.now = before
        dead = desk.get(f"{at_}?state=dead")
        (row,) = dead.texts("#sent tbody tr")
        assert {"en": "given up", "zh": "已放弃"}[code] in row
        assert "503 Service Unavailable" in row
        assert {"en": "and 6 attempts before", "zh": "此前另有 6 次尝试"}[code] in row
        account = desk.get(f"/{code}/account")
        assert f"{at_}?state=dead" in account.links("#webhooks a")
        receiver.answers_with(Answer(), path=f"/{code}")
        desk.post(str(dead.one("#sent tbody form").attributes["action"]))
        tell_subscribers(engine, settings, front.clock)
    finally:
        front.clock.now = before
        engine.dispose()
    first, *_, last = [one for one in receiver.came if one.path == f"/{code}"]
    assert (first.id, first.body) == (last.id, last.body)
    assert not desk.get(f"{at_}?state=dead").tree.css("#sent tbody tr")
    (row,) = desk.get(f"{at_}?state=delivered").texts("#sent tbody tr")
    assert {"en": "delivered", "zh": "已送达"}[code] in row
