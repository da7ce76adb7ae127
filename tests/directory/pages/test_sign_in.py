"""A link shows a button and is spent by it alone; whoever is in is named and comes out again."""

from collections.abc import Callable, Iterator

import pytest

from directory.pages.sign_in import own_path
from directory.who import COOKIE
from services.settings import Settings
from services.terms import SecretKind
from tests.directory.api.conftest import fill
from tests.directory.pages.desk import SAME, Front, Shown, front_door


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as one:
        yield one


@pytest.fixture(autouse=True)
def nobody(front: Front) -> None:
    """Each test begins signed out."""
    front.client.cookies.clear()


def link(front: Front, name: str) -> str:
    return front.secret(front.account(name), SecretKind.SIGN_IN_LINK)


def use(front: Front, sent: dict[str, str], code: str = "en", **headers: str) -> Shown:
    given = {name.replace("_", "-"): value for name, value in (headers or SAME).items()}
    answer = front.client.post(f"/{code}/sign-in", data=sent, headers=given, follow_redirects=False)
    return Shown(answer)


@pytest.mark.parametrize(("code", "button"), [("en", "Sign in"), ("zh", "登录")])
def test_a_link_that_is_looked_at_shows_a_button_and_still_opens(
    front: Front, code: str, button: str
) -> None:
    secret = link(front, f"Quay desk {code}")
    for _ in range(3):  # a mail scanner, a preview, the person
        answer = front.client.get(f"/{code}/sign-in", params={"link": secret})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert answer.headers["cache-control"] == "no-store"
    shown = Shown(answer)
    assert shown.texts("main form button") == [button]
    assert shown.one("main form").attributes["action"] == f"/{code}/sign-in"
    held = shown.one("main form input[name=link]").attributes
    assert (held["type"], held["value"]) == ("hidden", secret)
    begun = use(front, {"link": secret}, code)
    assert begun.answer.status_code == 303
    assert begun.to == f"/{code}/account"
    cookie = begun.answer.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    page = Shown(front.client.get(f"/{code}/sources"))
    assert page.text("a.me").endswith(f"Quay desk {code}")
    assert page.one("a.me").attributes["href"] == f"/{code}/account"


@pytest.mark.parametrize(
    ("code", "heading"), [("en", "This link does not open any more"), ("zh", "该链接已失效")]
)
def test_a_link_opens_once_and_not_for_ever(front: Front, code: str, heading: str) -> None:
    used, old = link(front, f"Twice {code}"), link(front, f"Late {code}")
    assert use(front, {"link": used}, code).answer.status_code == 303
    front.client.cookies.clear()
    again = use(front, {"link": used}, code)
    assert again.answer.status_code == 400
    assert again.text("[role=alert] h2") == heading
    assert "set-cookie" not in again.answer.headers
    assert again.one("input#link").tag == "input", "there is room for a new one"
    with front.clock.later(hours=1):
        late = use(front, {"link": old}, code)
    assert late.answer.status_code == 400
    assert late.text("[role=alert] h2") == heading


def test_a_key_is_no_link(front: Front) -> None:
    key = front.secret(front.account("Key desk"), SecretKind.API_KEY)
    assert use(front, {"link": key}).answer.status_code == 400


@pytest.mark.parametrize("given", ["", "labdir_short", "https://elsewhere.example/", "x" * 5000])
def test_what_is_no_link_is_called_so(front: Front, given: str) -> None:
    answer = use(front, {"link": given})
    assert answer.answer.status_code == 400
    assert answer.text("[role=alert] h2") == "This is no sign-in link"
    if given:
        assert front.client.get("/en/sign-in", params={"link": given}).status_code == 400


def test_a_link_is_found_in_whatever_was_copied_with_it(front: Front) -> None:
    secret = link(front, "Pasting desk")
    pasted = f" Open: https://directory.example/en/sign-in?link={secret}&next=%2F \n"
    assert use(front, {"link": pasted}).answer.status_code == 303


@pytest.mark.parametrize(
    ("code", "said"),
    [("en", "With the name and password of your account"), ("zh", "使用账户名称和密码登录")],
)
def test_without_a_link_the_page_tells_how_one_comes_by_it(
    front: Front, code: str, said: str
) -> None:
    shown = Shown(front.client.get(f"/{code}/sign-in", params={"next": "/zh/audits"}))
    assert said in shown.text()
    assert "labdir account link" in shown.text(".cmd")
    label = shown.one("label[for=link]")
    assert label.text().strip()
    assert shown.one("input[name=next]").attributes["value"] == "/zh/audits"
    assert not shown.tree.css("a.me"), "the page does not lead to itself"


def test_signing_in_leads_back_to_where_one_was(front: Front) -> None:
    shown = Shown(front.client.get("/en/changes", params={"kind": "added"}))
    leads = str(shown.one("a.me").attributes["href"])
    assert leads == "/en/sign-in?next=%2Fen%2Fchanges%3Fkind%3Dadded"
    there = Shown(front.client.get(leads))
    back = str(there.one("input[name=next]").attributes["value"])
    begun = use(front, {"link": link(front, "Back desk"), "next": back})
    assert begun.to == "/en/changes?kind=added"


ELSEWHERE = [
    "//elsewhere.example",
    "/\\elsewhere.example",
    "\\/elsewhere.example",
    "/%09/elsewhere.example\t",
    "/\t/elsewhere.example",
    "/a\\b",
    "https://elsewhere.example/",
    "javascript:alert(1)",
    "elsewhere.example",
    "/a\r\nset-cookie: a=b",
    " /en",
    "/" + "a" * 3000,
    "",
]


@pytest.mark.parametrize("address", ELSEWHERE)
def test_another_host_is_never_led_to(front: Front, address: str) -> None:
    assert own_path(address) == ""
    begun = use(front, {"link": link(front, f"Led {ELSEWHERE.index(address)}"), "next": address})
    assert begun.to == "/en/account"


@pytest.mark.parametrize("address", ["/", "/en", "/zh/audits?verdict=VALID#rows", "/en/a?u=%2F%2F"])
def test_an_own_path_is_followed(address: str) -> None:
    assert own_path(address) == address


def test_another_site_signs_nobody_in_or_out(front: Front) -> None:
    secret = link(front, "Guarded desk")
    refused = use(front, {"link": secret}, sec_fetch_site="cross-site")
    assert refused.answer.status_code == 403
    assert refused.text("h1") == "This was not done"
    assert (
        use(front, {"link": secret}, code="zh", origin="https://elsewhere.example").text("h1")
        == "操作未执行"
    )
    assert use(front, {"link": secret}).answer.status_code == 303, "it was not used up"
    answer = front.client.post("/en/sign-out", headers={"sec-fetch-site": "cross-site"})
    assert answer.status_code == 403
    assert "Guarded desk" in front.client.get("/en/sources").text


def test_who_signs_out_is_out_in_every_copy_of_the_cookie(front: Front) -> None:
    use(front, {"link": link(front, "Leaving desk")})
    held = front.client.cookies[COOKIE]
    answer = front.client.post("/en/sign-out", headers=SAME)
    assert answer.status_code == 200
    assert "You are signed out." in answer.text
    assert COOKIE not in front.client.cookies
    front.client.cookies.set(COOKIE, held)
    assert "Leaving desk" not in front.client.get("/en/sources").text


def test_signing_out_asks_the_browser_to_forget_what_it_kept(front: Front) -> None:
    use(front, {"link": link(front, "Quay desk left")})
    out = front.client.post("/en/sign-out", headers=SAME, follow_redirects=False)
    assert out.headers["clear-site-data"] == '"cache", "storage"'


def test_the_secret_of_a_link_is_taken_from_behind_the_hash_by_a_script_of_ours(
    front: Front,
) -> None:
    shown = Shown(front.client.get("/en/sign-in"))
    (script,) = [
        node.attributes["src"]
        for node in shown.tree.css("script[src]")
        if "sign-in.js" in str(node.attributes["src"])
    ]
    text = front.client.get(str(script)).text
    assert "location.hash" in text
    assert shown.one("form #link").attributes["name"] == "link"


def test_a_new_link_ends_the_session_before_it(front: Front) -> None:
    use(front, {"link": link(front, "First desk")})
    before = front.client.cookies[COOKIE]
    use(front, {"link": link(front, "Second desk")})
    assert "Second desk" in front.client.get("/en/sources").text
    front.client.cookies.clear()
    front.client.cookies.set(COOKIE, before)
    assert "First desk" not in front.client.get("/en/sources").text


def test_a_session_that_ended_is_nobodys(front: Front) -> None:
    use(front, {"link": link(front, "Tired desk")})
    with front.clock.later(hours=12):
        shown = Shown(front.client.get("/en/sources"))
    assert shown.text("a.me") == "Sign in"


def test_a_name_is_shown_as_text(front: Front) -> None:
    use(front, {"link": link(front, "<b>Bold</b> & sons")})
    assert "&lt;b&gt;Bold&lt;/b&gt; &amp; sons" in front.client.get("/en/sources").text
