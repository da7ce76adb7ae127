"""Signing in by name and password: what opens, what waits, and what a lost Redis costs."""

import asyncio
from collections.abc import Callable, Iterator

import pytest
import redis
import sqlalchemy as sa

from directory.who import COOKIE
from services import passwords
from services.desk import signing
from services.sessions import FREE_ADDRESS, Sessions
from services.settings import Settings
from services.terms import Role, SecretKind
from tests.directory.api.conftest import fill
from tests.directory.pages.desk import SAME, Front, Shown, front_door

RIGHT = "seven grey herons"


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str], redis_server: str) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url, redis_url=redis_server)) as one:
        yield one


@pytest.fixture(autouse=True)
def nobody(front: Front, redis_url: str) -> None:
    """Each test begins signed out, with a Redis that remembers nothing."""
    front.client.cookies.clear()


def account(front: Front, name: str, role: Role = Role.STEWARD) -> int:
    account_id = front.account(name, role)
    front.write(passwords.set_password, account_id, name, RIGHT, front.clock())
    return account_id


def try_in(front: Front, name: str, password: str, code: str = "en", **more: str) -> Shown:
    answer = front.client.post(
        f"/{code}/sign-in/password",
        data={"name": name, "password": password, **more},
        headers=SAME,
        follow_redirects=False,
    )
    return Shown(answer)


def trail(front: Front, account_id: int) -> list[str]:
    said = sa.text("select action from audit_trail where account_id = :id order by id")
    return list(front.write(lambda conn: conn.execute(said, {"id": account_id}).scalars().all()))


def test_name_and_password_open_a_session_that_leads_back(front: Front) -> None:
    account_id = account(front, "Desk one")
    begun = try_in(front, "Desk one", RIGHT, next="/en/sources")
    assert begun.answer.status_code == 303
    assert begun.to == "/en/sources"
    assert "Desk one" in front.client.get("/en/sources").text
    assert trail(front, account_id) == ["signed_in"]
    again = try_in(front, "Desk one", RIGHT)
    held = begun.answer.cookies[COOKIE]
    assert again.answer.cookies[COOKIE] != held, "a session is never taken over"
    front.client.cookies.clear()
    front.client.cookies.set(COOKIE, held)
    assert "Desk one" not in front.client.get("/en/sources").text


def test_nobody_learns_which_names_there_are(front: Front) -> None:
    account_id = account(front, "Desk two")
    front.account("Links only")
    heads = {
        (name, try_in(front, name, "wrong horse battery").answer.text.replace(name, "NAME"))
        for name in ("Desk two", "Nobody here", "Links only")
    }
    assert len({html for _, html in heads}) == 1
    assert "Name and password do not fit" in next(iter(heads))[1]
    assert COOKIE not in front.client.cookies
    assert trail(front, account_id) == ["sign_in_failed"]


@pytest.mark.parametrize("name", ["Desk three", "Nobody at all"])
def test_who_fails_again_and_again_waits_even_with_the_right_password(
    front: Front, name: str
) -> None:
    if name == "Desk three":
        account(front, name)
    said = [try_in(front, name, "wrong horse battery").answer.status_code for _ in range(5)]
    assert said == [400, 400, 400, 400, 429]
    held = try_in(front, name, RIGHT)
    assert held.answer.status_code == 429
    assert int(held.answer.headers["retry-after"]) >= 1
    assert held.text("[role=alert] h2") == "Too many attempts"


def test_one_address_that_tries_many_names_waits_and_is_told_how_long(front: Front) -> None:
    """Twenty are free: a whole office may sit behind one address."""
    account(front, "Desk ten")
    said = [try_in(front, f"Guess {n}", "wrong horse battery") for n in range(22)]
    assert [one.answer.status_code for one in said] == [400] * 21 + [429]
    held = try_in(front, "Desk ten", RIGHT)
    assert held.answer.status_code == 429, "whoever it is, from this address"
    assert int(held.answer.headers["retry-after"]) >= 1
    assert "Wait 1 minute before the next one" in held.text("[role=alert]")
    assert "1分钟" in try_in(front, "Desk ten", RIGHT, "zh").text("[role=alert]").replace(" ", "")


def test_another_password_ends_the_sessions_that_were_open(front: Front) -> None:
    account_id = account(front, "Desk eleven")
    try_in(front, "Desk eleven", RIGHT)
    assert "Desk eleven" in front.client.get("/en/account").text
    front.write(signing.new_password, account_id, "Desk eleven", "nine grey herons", front.clock())
    assert front.client.get("/en/account", follow_redirects=False).status_code == 303
    assert try_in(front, "Desk eleven", RIGHT).answer.status_code == 400
    assert try_in(front, "Desk eleven", "nine grey herons").answer.status_code == 303


def test_who_signs_out_is_out_with_the_same_cookie(front: Front) -> None:
    account(front, "Desk twelve", Role.STEWARD)
    held = try_in(front, "Desk twelve", RIGHT).answer.cookies[COOKIE]
    assert front.client.get("/en/desk").status_code == 200
    front.client.post("/en/sign-out", headers=SAME)
    front.client.cookies.clear()
    front.client.cookies.set(COOKIE, held)
    assert front.client.get("/en/desk", follow_redirects=False).status_code == 303


def test_a_redis_that_starts_empty_signs_out_and_loses_nothing_else(
    front: Front, redis_server: str
) -> None:
    account(front, "Desk four")
    try_in(front, "Desk four", RIGHT)
    assert "Desk four" in front.client.get("/en/account").text
    with redis.Redis.from_url(redis_server) as client:
        client.flushdb()
    assert front.client.get("/en/account", follow_redirects=False).status_code == 303
    assert try_in(front, "Desk four", RIGHT).answer.status_code == 303


def test_signing_out_everywhere_ends_every_browser_and_no_key(front: Front) -> None:
    account_id = account(front, "Desk five")
    key = front.secret(account_id, SecretKind.API_KEY)
    first = try_in(front, "Desk five", RIGHT).answer.cookies[COOKIE]
    front.client.cookies.clear()
    try_in(front, "Desk five", RIGHT)
    front.client.post("/en/sign-out/everywhere", headers=SAME)
    front.client.cookies.clear()
    front.client.cookies.set(COOKIE, first)
    assert "Desk five" not in front.client.get("/en/sources").text
    front.client.cookies.clear()
    told = front.client.get("/api/v1/account", headers={"authorization": f"Bearer {key}"})
    assert told.json()["data"]["name"] == "Desk five"
    assert trail(front, account_id)[-1] == "signed_out_everywhere"


def change(front: Front, current: str, new: str, code: str = "en") -> Shown:
    answer = front.client.post(
        f"/{code}/account/password",
        data={"current": current, "new": new},
        headers=SAME,
        follow_redirects=False,
    )
    return Shown(answer)


def test_who_has_the_old_password_sets_another_and_all_other_browsers_are_out(
    front: Front,
) -> None:
    account_id = account(front, "Desk thirteen")
    elsewhere = try_in(front, "Desk thirteen", RIGHT).answer.cookies[COOKIE]
    front.client.cookies.clear()
    here = try_in(front, "Desk thirteen", RIGHT).answer.cookies[COOKIE]
    done = change(front, RIGHT, "nine grey herons")
    assert (done.answer.status_code, done.to) == (303, "/en/account")
    assert done.answer.cookies[COOKIE] not in (here, elsewhere), "a new session"
    assert front.client.get("/en/account", follow_redirects=False).status_code == 200
    for old in (here, elsewhere):
        front.client.cookies.clear()
        front.client.cookies.set(COOKIE, old)
        assert front.client.get("/en/account", follow_redirects=False).status_code == 303
    front.client.cookies.clear()
    assert try_in(front, "Desk thirteen", RIGHT).answer.status_code == 400
    assert try_in(front, "Desk thirteen", "nine grey herons").answer.status_code == 303
    assert trail(front, account_id).count("password_set") == 1


@pytest.mark.parametrize(
    ("current", "new", "words"),
    [
        ("no grey herons at all", "nine grey herons", "当前密码不正确"),
        (RIGHT, "short", "12 至 256"),
        (RIGHT, "password1234", "太容易被猜到"),
    ],
)
def test_a_password_is_not_changed_without_the_old_one_or_to_a_poor_one(
    front: Front, current: str, new: str, words: str
) -> None:
    name = f"Desk {new}"
    account(front, name)
    try_in(front, name, RIGHT)
    refused = change(front, current, new, "zh")
    assert refused.answer.status_code == 400
    assert words in refused.text("main .refused")
    front.client.cookies.clear()
    assert try_in(front, name, RIGHT).answer.status_code == 303, "it is as it was"


def test_a_browser_left_open_is_no_way_to_guess_the_password(front: Front) -> None:
    account(front, "Desk fourteen")
    try_in(front, "Desk fourteen", RIGHT)
    told = [change(front, f"guess number {n}", "nine grey herons").html for n in range(6)]
    assert "Too many attempts" in told[-1]


def test_another_site_tries_no_password(front: Front) -> None:
    account(front, "Desk six")
    answer = front.client.post(
        "/en/sign-in/password",
        data={"name": "Desk six", "password": RIGHT},
        headers={"sec-fetch-site": "cross-site"},
    )
    assert answer.status_code == 403


def test_without_redis_passwords_open_nothing_and_links_do(
    make_database: Callable[[], str],
) -> None:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as bare:
        account(bare, "Desk seven")
        answer = try_in(bare, "Desk seven", RIGHT).answer
        assert answer.status_code == 503
        link = bare.secret(bare.account("Desk eight"), SecretKind.SIGN_IN_LINK)
        came = bare.client.post(
            "/en/sign-in", data={"link": link}, headers=SAME, follow_redirects=False
        )
        assert came.status_code == 303


def test_the_page_asks_for_both_in_both_languages(front: Front) -> None:
    for code, word in (("en", "Password"), ("zh", "密码")):
        shown = Shown(front.client.get(f"/{code}/sign-in"))
        assert shown.text("label[for=password]") == word
        field = shown.one("input#password").attributes
        assert (field["type"], field["autocomplete"]) == ("password", "current-password")


def test_every_request_keeps_a_session_alive(front: Front, redis_server: str) -> None:
    account(front, "Desk nine")
    try_in(front, "Desk nine", RIGHT)
    with redis.Redis.from_url(redis_server) as client:
        [key] = client.keys("labdir:session:*")
        client.expire(key, 10)
        front.client.get("/en/account")
        assert client.ttl(key) > 3600, "an idle end moves on"


def test_who_comes_in_makes_nobody_at_their_address_wait(redis_url: str) -> None:
    """An office behind one address signs in thirty times, and the next one in need not wait."""

    async def office() -> list[int]:
        kept = Sessions(redis_url)
        waits: list[int] = []
        for n in range(FREE_ADDRESS + 10):
            waits.append(await kept.attempt(f"Clerk {n % 6} of the quay", "192.0.2.77"))
            await kept.forget(f"Clerk {n % 6} of the quay", "192.0.2.77")
        # those who fail are counted as ever
        nobodies = [f"Nobody {n}" for n in range(FREE_ADDRESS + 1)]
        waits += [await kept.attempt(one, "192.0.2.77") for one in nobodies]
        waits.append(await kept.attempt("Nobody else", "192.0.2.77"))
        await kept.close()
        return waits

    *before, last = asyncio.run(office())
    assert before == [0] * len(before)
    assert last > 0
