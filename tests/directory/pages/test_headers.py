"""The headers by which a browser is told to guard every answer, whatever made it."""

import re
from collections.abc import Iterator
from typing import Any

import anyio
import pytest
from litestar.routes import HTTPRoute

from directory.headers import DATA_POLICY, PAGE_POLICY, encrypted, strictly
from tests.directory.pages.conftest import Client, House

Headers = dict[str, list[str]]


def ask(
    client: Client, method: str, target: str, *more: tuple[bytes, bytes]
) -> tuple[int, Headers]:
    """Status and headers of one answer. It is left as soon as it has begun: a stream never ends."""
    path, _, query = target.partition("?")
    scope: dict[str, Any] = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method,
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": query.encode(),
        "root_path": "", "headers": [(b"host", b"labdir.test"), *more],
        "client": ("127.0.0.1", 40000), "server": ("labdir.test", 80), "state": {},
    }  # fmt: skip
    begun: list[Any] = []
    body = [{"type": "http.request", "body": b"", "more_body": False}]

    async def run() -> None:
        with anyio.fail_after(60):
            async with anyio.create_task_group() as group:

                async def receive() -> Any:
                    return body.pop() if body else await anyio.sleep_forever()

                async def send(message: Any) -> None:
                    if message["type"] == "http.response.start":
                        begun.append(message)
                    elif message["type"] == "http.response.body":
                        group.cancel_scope.cancel()

                await client.app(scope, receive, send)
                group.cancel_scope.cancel()

    client.blocking_portal.call(run)
    (start,) = begun
    headers: Headers = {}
    for name, value in start["headers"]:
        headers.setdefault(name.decode().lower(), []).append(value.decode())
    return start["status"], headers


def walk(house: House) -> Iterator[tuple[str, str]]:
    """(method, address) of every route, filled with what the house has, else with a 1. What writes
    is sent as from another site, so that the walk leaves the house as it was."""
    there = {
        "body_id": house.battery,
        "accreditation_id": house.accreditation,
        "run_id": str(house.refused_run),
        "file_path": "labdir.css",
    }
    for route in house.client.app.routes:
        assert isinstance(route, HTTPRoute), f"{route.path} is neither asked nor guarded here"
        path = re.sub(r"\{(\w+):\w+\}", lambda one: there.get(one[1], "1"), route.path)
        # the two languages share their handlers: odd methods are tried in one
        odd = set() if path.startswith("/zh") else {"HEAD", "TRACE"}
        for method in sorted({*route.methods, *odd} - {"OPTIONS"}):
            yield method, path


def guarded(headers: Headers) -> None:
    kind = headers.get("content-type", [""])[0]
    policy = PAGE_POLICY if kind.startswith("text/html") else DATA_POLICY
    assert headers["content-security-policy"] == [policy]
    assert headers["x-content-type-options"] == ["nosniff"]
    assert headers["referrer-policy"] == ["same-origin"]
    assert headers["x-frame-options"] == ["DENY"]
    assert headers["cross-origin-opener-policy"] == ["same-origin"]
    assert headers["cross-origin-resource-policy"] == ["same-origin"]
    assert len(headers["permissions-policy"]) == 1
    assert len(headers["x-request-id"]) == 1
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_every_route_answers_every_method_with_the_headers_once(house: House) -> None:
    asked, statuses = 0, set()
    for method, path in walk(house):
        status, headers = ask(house.client, method, path)
        try:
            guarded(headers)
        except (AssertionError, KeyError) as fault:
            raise AssertionError(f"{method} {path} ({status}): {fault}") from fault
        asked += 1
        statuses.add(status)
    assert asked > 500
    # met: pages, redirects, wrong questions, closed doors, nothing there, no such method
    assert {200, 302, 400, 401, 403, 404, 405} <= statuses


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/no/such/page", "text/html"),
        ("/api/no", "application/problem+json"),
        ("/en/find?q=battery", "text/html"),
        ("/en/shortlists/{key}/enquiry.txt", "text/plain"),
        ("/api/v1/shortlists/{key}/table.csv", "text/csv"),
        ("/api/v1/shortlists/{key}/table.xlsx", "application/vnd.openxmlformats"),
        ("/api/v1/changes.atom", "application/atom+xml"),
        ("/api/v1/changes/stream", "text/event-stream"),
        ("/static/mark.svg", "image/svg+xml"),
        ("/schema", "text/html"),
        ("/metrics", "text/plain"),
    ],
)
def test_pages_exports_streams_and_files_are_guarded_as_what_they_are(
    house: House, path: str, kind: str
) -> None:
    key = ""
    if "{key}" in path:
        made = house.client.post("/api/v1/shortlists", json={"bodies": [house.battery]})
        key = made.json()["data"]["key"]
    _, headers = ask(house.client, "GET", path.format(key=key))
    assert headers["content-type"][0].startswith(kind)
    guarded(headers)


def test_a_folder_of_files_is_not_listed(house: House) -> None:
    for path in ("/static/", "/static", "/static/api-docs/", "/static/api-docs"):
        status, _ = ask(house.client, "GET", path)
        assert status == 404, path
    for path in ("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"):
        assert house.client.get(path).status_code == 404, path


def test_trace_is_not_spoken(house: House) -> None:
    for path in ("/", "/en", "/api/v1/bodies", "/static/mark.svg"):
        status, _ = ask(house.client, "TRACE", path, (b"x-secret", b"told back by TRACE"))
        assert status == 405, path


def test_a_policy_lets_nothing_inline_and_nothing_from_elsewhere_in() -> None:
    for policy in (PAGE_POLICY, DATA_POLICY):
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'none'"
        assert rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
        assert "unsafe" not in policy
        assert "http" not in policy
        assert "*" not in policy


def test_https_is_asked_for_again_only_by_an_answer_that_came_by_it(house: House) -> None:
    for path in ("/en", "/health", "/api/no", "/static/labdir.css"):
        _, plain = ask(house.client, "GET", path)
        assert "strict-transport-security" not in plain, "RFC 6797, 7.2"
        _, headers = ask(house.client, "GET", path, (b"x-forwarded-proto", b"https"))
        (said,) = headers["strict-transport-security"]
        assert int(said.split(";")[0].removeprefix("max-age=")) >= 31_536_000
        assert "includeSubDomains" in said


@pytest.mark.parametrize("host", [b"localhost", b"localhost:8443"])
def test_a_newcomers_own_machine_is_not_held_to_https_for_a_year(host: bytes) -> None:
    proxied = [(b"host", host), (b"x-forwarded-proto", b"https")]
    assert encrypted("http", proxied)
    assert not strictly("http", proxied)
    assert strictly("http", [(b"host", b"localhost.example"), *proxied[1:]])
