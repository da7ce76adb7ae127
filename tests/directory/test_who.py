"""Who asks: keys, cookies, and requests that another site makes a browser send."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from litestar import Response, Router, get, post
from litestar.testing import TestClient

from directory import edge, who
from directory.app import FrontDoor, create_app
from services import accounts, db
from services.settings import Settings
from services.terms import Role, SecretKind
from tests.directory.api.conftest import NOW, Clock


@get("/who", include_in_schema=False)
async def asks(request: edge.AnyRequest) -> dict[str, Any]:
    found = await who.principal_or_none(request)
    return {"name": found.name if found else None}


@post("/who", status_code=200, include_in_schema=False)
async def does(request: edge.AnyRequest) -> dict[str, Any]:
    return {"name": (await who.principal(request)).name}


@get("/steward", include_in_schema=False)
async def stewards_only(request: edge.AnyRequest) -> dict[str, Any]:
    return {"name": (await who.principal(request, Role.STEWARD)).name}


@get("/sign-in", include_in_schema=False)
async def signs_in(request: edge.AnyRequest) -> Response[None]:
    link = request.query_params["link"]
    secret = await edge.write(request, accounts.sign_in, link, edge.now(request))
    assert secret is not None
    return Response(None, cookies=[who.session_cookie(request, secret)])


@get("/sign-out", include_in_schema=False)
async def signs_out(request: edge.AnyRequest) -> Response[None]:
    await edge.write(request, accounts.revoke, request.cookies[who.COOKIE], edge.now(request))
    return Response(None, cookies=[who.ended_cookie(request)])


@dataclass
class Front:
    client: TestClient[FrontDoor]
    key: str
    link: str
    clock: Clock


@pytest.fixture
def front(database_url: str) -> Iterator[Front]:
    engine = db.connect(database_url)
    with engine.begin() as conn:
        account_id = accounts.open_account(conn, "Harbour desk", Role.REGULATOR, NOW)
        key = accounts.new_secret(conn, account_id, SecretKind.API_KEY, NOW)
        link = accounts.new_secret(conn, account_id, SecretKind.SIGN_IN_LINK, NOW)
    engine.dispose()
    clock = Clock()
    app = create_app(Settings(database_url=database_url), clock)
    app.register(Router("/api/t", route_handlers=[asks, does, stewards_only, signs_in, signs_out]))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield Front(client, key, link, clock)


def bearer(key: str) -> dict[str, str]:
    return {"authorization": f"Bearer {key}"}


def test_a_key_is_known_by_its_header_for_reading_and_writing(front: Front) -> None:
    assert front.client.get("/api/t/who").json() == {"name": None}
    assert (
        front.client.get("/api/t/who", headers=bearer(front.key)).json()["name"] == "Harbour desk"
    )
    lower = {"authorization": f"bearer {front.key}"}
    assert front.client.post("/api/t/who", headers=lower).json()["name"] == "Harbour desk"


def test_a_key_that_opens_nothing_is_never_taken_for_nobody(front: Front) -> None:
    for given in (bearer(front.key[:-1] + "_"), bearer(""), {"authorization": "Basic YTpi"}):
        answer = front.client.get("/api/t/who", headers=given)
        assert answer.status_code == 401
        assert answer.headers["www-authenticate"] == 'Bearer realm="labdir"'
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "/schema#problem-unauthorized"
    assert front.key not in answer.text


def test_who_may_less_is_told_so(front: Front) -> None:
    answer = front.client.get("/api/t/steward", headers=bearer(front.key))
    assert answer.status_code == 403
    assert answer.json()["detail"] == (
        "The account Harbour desk is a regulator; this is for a steward."
    )
    assert front.client.get("/api/t/steward").status_code == 401


def test_a_session_reads_until_it_ends_and_its_cookie_is_out_of_reach(front: Front) -> None:
    begun = front.client.get("/api/t/sign-in", params={"link": front.link})
    cookie = begun.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=lax" in cookie.lower()
    assert "Secure" not in cookie
    assert "Path=/" in cookie
    assert front.client.get("/api/t/who").json() == {"name": "Harbour desk"}
    with front.clock.later(hours=12):
        assert front.client.get("/api/t/who").json() == {"name": None}
        assert front.client.post("/api/t/who", headers=SAME).status_code == 401
    held = front.client.cookies[who.COOKIE]
    front.client.get("/api/t/sign-out")
    assert who.COOKIE not in front.client.cookies
    front.client.cookies.set(who.COOKIE, held)
    assert front.client.get("/api/t/who").json() == {"name": None}, "the session itself has ended"


def test_behind_https_the_cookie_is_sent_by_https_alone(front: Front) -> None:
    given = {"x-forwarded-proto": "https"}
    begun = front.client.get("/api/t/sign-in", params={"link": front.link}, headers=given)
    cookie = begun.headers["set-cookie"]
    assert "Secure" in cookie
    assert "Path=/" in cookie
    assert "Domain" not in cookie
    assert cookie.startswith(f"{who.HOST_COOKIE}="), "no other host can have set it"
    secret = cookie.split(";")[0].split("=", 1)[1]
    front.client.cookies.clear()

    def asker(name: str) -> str | None:
        sent = {**given, "cookie": f"{name}={secret}"}
        return front.client.get("/api/t/who", headers=sent).json()["name"]  # type: ignore[no-any-return]

    assert asker(who.HOST_COOKIE) == "Harbour desk"
    assert asker(who.COOKIE) is None, "a neighbouring host may have set that one"


SAME = {"sec-fetch-site": "same-origin"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (SAME, 200),
        ({"origin": "http://testserver.local"}, 200),
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"sec-fetch-site": "none"}, 403),
        # a browser that tells where it comes from is believed before an Origin
        ({"sec-fetch-site": "cross-site", "origin": "http://testserver.local"}, 403),
        ({"origin": "https://elsewhere.example"}, 403),
        ({"origin": "null"}, 403),
        ({"origin": "http://["}, 403),
        ({}, 403),
    ],
)
def test_a_cookie_writes_from_a_page_of_this_host_alone(
    front: Front, headers: dict[str, str], status: int
) -> None:
    front.client.get("/api/t/sign-in", params={"link": front.link})
    answer = front.client.post("/api/t/who", headers=headers)
    assert answer.status_code == status, answer.text
    if status == 403:
        assert "API key" in answer.json()["remedy"]


def test_a_key_beside_a_cookie_needs_no_such_check(front: Front) -> None:
    front.client.get("/api/t/sign-in", params={"link": front.link})
    assert front.client.post("/api/t/who", headers=bearer(front.key)).status_code == 200


def test_the_account_endpoint_says_who_one_is(front: Front) -> None:
    assert front.client.get("/api/v1/account").status_code == 401
    answer = front.client.get("/api/v1/account", headers=bearer(front.key))
    assert answer.json()["data"] == {"name": "Harbour desk", "role": "regulator"}
    assert answer.headers["cache-control"] == "no-store"


def test_what_fails_in_the_middle_of_a_write_leaves_nothing(database_url: str) -> None:
    @post("/half", include_in_schema=False)
    async def half(request: edge.AnyRequest) -> None:
        def do(conn: Any) -> None:
            accounts.open_account(conn, "Half", Role.READER, NOW)
            raise ZeroDivisionError

        await edge.write(request, do)

    app = create_app(Settings(database_url=database_url), Clock())
    app.register(half)
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.post("/half").status_code == 500
    engine = db.connect(database_url)
    with engine.connect() as conn:
        assert accounts.accounts(conn, NOW) == []
    engine.dispose()


def test_without_a_database_nothing_is_written(database_url: str) -> None:
    app = create_app(Settings(), Clock())
    app.register(Router("/api/t", route_handlers=[signs_in]))
    with TestClient(app, raise_server_exceptions=False) as client:
        assert client.get("/api/t/sign-in", params={"link": "x"}).status_code == 503
