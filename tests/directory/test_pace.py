"""How much one asker may ask: counted over a real Redis, and served without one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from litestar.testing import TestClient

from directory.app import FrontDoor, create_app
from directory.pace import asker
from services import accounts
from services.settings import LimitSettings, Settings, WebSettings
from services.terms import Role, SecretKind
from tests.directory.api.conftest import Clock
from tests.directory.pages.desk import Front

DEAD = "redis://127.0.0.1:1/0"  # nothing listens there
PEER = "testclient"  # from where the test's client seems to come


@contextmanager
def front(db: str, redis_url: str, proxies: tuple[str, ...] = (), **limits: str) -> Iterator[Front]:
    settings = Settings(
        database_url=db,
        redis_url=redis_url,
        limits=LimitSettings(**{"address": "5/h", "key": "8/h", "refused": "2/h"} | limits),
        web=WebSettings(proxies=proxies),
    )
    with TestClient(create_app(settings, Clock()), raise_server_exceptions=False) as client:
        yield Front(db, client)


def statuses(
    client: TestClient[FrontDoor], times: int, path: str = "/api/v1/status", **more: Any
) -> list[int]:
    return [client.get(path, **more).status_code for _ in range(times)]


def sample(client: TestClient[FrontDoor], line: str) -> float:
    told = client.get("/metrics").text.splitlines()
    (found,) = [one for one in told if one.startswith(line + " ")]
    return float(found.rsplit(" ", 1)[1])


def test_an_address_is_answered_429_once_it_asked_more_than_it_may(db: str, redis_url: str) -> None:
    with front(db, redis_url) as one:
        assert statuses(one.client, 6) == [200] * 5 + [429]
        answer = one.client.get("/api/v1/nowhere")
        assert answer.status_code == 429, "an address that is none is counted like any other"
        assert answer.headers["content-type"] == "application/problem+json"
        said = answer.json()
        assert said["type"] == "/schema#problem-too-many"
        assert said["instance"] == "/api/v1/nowhere"
        wait = int(answer.headers["retry-after"])
        assert 1 <= wait <= 3600
        assert f"{wait} s" in said["detail"]
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
        assert sample(one.client, 'labdir_http_limited_total{by="address"}') == 2


@pytest.mark.parametrize(("tongue", "words"), [("en", "Ask again in"), ("zh", "后再试")])
def test_a_page_says_in_words_how_long_to_wait(
    db: str, redis_url: str, tongue: str, words: str
) -> None:
    with front(db, redis_url, address="1/h") as one:
        one.client.get("/health")
        assert one.client.get(f"/{tongue}/about").status_code == 200
        answer = one.client.get(f"/{tongue}/about")
        assert answer.status_code == 429
        assert answer.headers["content-type"].startswith("text/html")
        assert int(answer.headers["retry-after"]) > 0
        assert words in answer.text


def test_whoever_watches_the_house_is_always_heard_and_files_are_free(
    db: str, redis_url: str
) -> None:
    with front(db, redis_url, address="1/h") as one:
        for path in ("/ready", "/metrics", "/health", "/api/v1/ready", "/static/mark.svg"):
            assert statuses(one.client, 3, path) == [200] * 3, path
        assert statuses(one.client, 2) == [200, 429]


def test_a_key_is_counted_by_itself_and_not_with_its_address(db: str, redis_url: str) -> None:
    with front(db, redis_url) as one:
        first, second = (
            {"authorization": f"Bearer {one.secret(one.account(name), SecretKind.API_KEY)}"}
            for name in ("Harbour desk", "Quay desk")
        )
        assert statuses(one.client, 6) == [200] * 5 + [429]
        assert statuses(one.client, 9, "/api/v1/account", headers=first) == [200] * 8 + [429]
        assert statuses(one.client, 1, "/api/v1/account", headers=second) == [200]
        assert sample(one.client, 'labdir_http_limited_total{by="key"}') == 1


def test_guessing_keys_ends_after_a_few_also_for_a_right_one(db: str, redis_url: str) -> None:
    with front(db, redis_url) as one:
        right = one.secret(one.account("Harbour desk", Role.READER), SecretKind.API_KEY)
        guesses = [
            one.client.get(
                "/api/v1/account",
                headers={"authorization": f"Bearer {accounts.PREFIX}{n:043}"},
            ).status_code
            for n in range(4)
        ]
        assert guesses == [401, 401, 429, 429]
        answer = one.client.get("/api/v1/account", headers={"authorization": f"Bearer {right}"})
        assert answer.status_code == 429
        assert sample(one.client, 'labdir_http_limited_total{by="refused"}') == 3


def made_up(n: int) -> dict[str, str]:
    return {"authorization": f"Bearer {accounts.PREFIX}{n:043}"}


def test_keys_that_are_made_up_are_counted_by_their_address(db: str, redis_url: str) -> None:
    with front(db, redis_url) as one:
        told = [one.client.get("/api/v1/status", headers=made_up(n)).status_code for n in range(6)]
        assert told == [200] * 5 + [429]
        assert statuses(one.client, 1) == [429], "the address has used up its own"


def test_a_key_that_nobody_can_look_up_is_told_that_the_database_is_away(redis_url: str) -> None:
    with front("postgresql+psycopg://nobody@127.0.0.1:1/none", redis_url) as one:
        answer = one.client.get("/api/v1/status", headers=made_up(1))
        assert answer.status_code == 503
        assert answer.json()["type"] == "/schema#problem-unavailable"


def test_a_key_that_is_none_today_is_one_as_soon_as_it_opens(db: str, redis_url: str) -> None:
    with front(db, redis_url) as one:
        key = one.secret(one.account("Harbour desk"), SecretKind.API_KEY)
        told = statuses(
            one.client, 9, headers={"authorization": f"Bearer {key}"}
        )  # where nobody has to come in
        assert told == [200] * 8 + [429]
        assert statuses(one.client, 5) == [200] * 5, "its address has its own"


def test_what_has_not_the_form_of_a_key_gains_no_limit_of_its_own(db: str, redis_url: str) -> None:
    with front(db, redis_url) as one:
        odd = [{"authorization": f"Bearer {n}"} for n in range(6)]
        told = [one.client.get("/api/v1/status", headers=each).status_code for each in odd]
        assert told == [200] * 5 + [429]


def test_without_redis_everything_is_served_at_once_and_a_metric_tells(db: str) -> None:
    with front(db, DEAD, address="1/h") as one:
        assert statuses(one.client, 4) == [200] * 4
        assert sample(one.client, "labdir_http_uncounted_total") == 4
        assert sample(one.client, 'labdir_http_limited_total{by="address"}') == 0


def test_none_in_the_settings_counts_nobody(db: str, redis_url: str) -> None:
    with front(db, redis_url, address="none") as one:
        assert statuses(one.client, 8) == [200] * 8


def through(client: TestClient[FrontDoor], forwarded: str) -> int:
    answer: httpx.Response = client.get("/api/v1/status", headers={"x-forwarded-for": forwarded})
    return answer.status_code


def test_behind_a_trusted_proxy_each_visitor_is_counted_alone(db: str, redis_url: str) -> None:
    with front(db, redis_url, proxies=(PEER,), address="1/h") as one:
        assert [through(one.client, f"198.51.100.{n}") for n in (1, 2)] == [200, 200]
        assert through(one.client, "198.51.100.1") == 429
        # what the visitor wrote before the proxy's own word is not believed
        assert through(one.client, "203.0.113.9, 198.51.100.1") == 429


def test_nobody_else_is_believed_about_who_asks(db: str, redis_url: str) -> None:
    with front(db, redis_url, address="1/h") as one:
        assert through(one.client, "198.51.100.1") == 200
        assert through(one.client, "198.51.100.2") == 429


def test_an_ipv6_customer_is_one_asker_however_many_addresses_they_use() -> None:
    one, other, stranger = (
        asker((host, 1), []).address
        for host in ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1")
    )
    assert one == other != stranger


def test_the_limits_are_shared_by_all_processes(db: str, redis_url: str) -> None:
    with front(db, redis_url) as one, front(db, redis_url) as other:
        assert statuses(one.client, 3) == [200] * 3
        assert statuses(other.client, 3) == [200, 200, 429]


def test_time_gives_back_what_was_used(db: str, redis_url: str) -> None:
    with front(db, redis_url, address="1/s") as one:
        assert 429 in statuses(one.client, 5)
        for _ in range(100):
            if one.client.get("/api/v1/status").status_code == 200:
                return
            time.sleep(0.1)
        raise AssertionError("an address was never heard again")
