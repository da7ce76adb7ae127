"""Fetching with manners, from a real server on this machine."""

import email.utils
import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from services.errors import FetchError, Unreadable
from services.kit import List, Request
from services.settings import FetchSettings, Settings, SourceSettings
from services.sync import fetch
from services.sync.fetch import Fetcher, declared_charset
from services.sync.gather import fetch_list
from services.sync.guard import AddressError
from services.sync.reader import Bounds, shared
from services.sync.run import carry_out
from services.terms import RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller
from tests.services.sync.web import Reply, Web, serve

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
Make = Callable[..., Fetcher]
READER = shared(Bounds())


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as one:
        yield one


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long fetching would have slept; nobody waits in these tests."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


@pytest.fixture
def make(web: Web, waits: list[float]) -> Iterator[Make]:
    made: list[Fetcher] = []

    def one(engine: Engine | None = None, rate: float = 1000.0, **given: Any) -> Fetcher:
        plain: dict[str, Any] = {"private_hosts": (web.host,), "timeout_s": 5.0}
        settings = FetchSettings(**plain | given)
        made.append(Fetcher(engine, settings, lambda: NOW, rate))
        return made[-1]

    yield one
    for fetcher in made:
        fetcher.close()


def settings_for(web: Web, path: str, **given: Any) -> Settings:
    return Settings(
        fetch=FetchSettings(private_hosts=(web.host,), **given),
        sources={"toy": SourceSettings(address={"list": web.base + path})},
    )


def test_a_page_arrives_with_what_its_headers_say(web: Web, make: Make) -> None:
    web.pages["/a/list.csv"] = Reply(
        body="é".encode("latin-1"),
        headers={"Content-Type": 'Text/CSV; charset="iso-8859-1"', "ETag": '"1"', "X-Other": "no"},
    )
    got = make().get(Request(url=f"{web.base}/a/list.csv", headers={"Accept": "text/csv"}))
    assert (got.page.body, got.page.content_type) == (b"\xe9", "text/csv")
    assert (got.page.charset, got.page.name) == ("iso-8859-1", "list.csv")
    assert got.headers["etag"] == '"1"'
    assert "x-other" not in got.headers
    assert (got.fetched_at, got.as_of, got.recorded) == (NOW, NOW, False)
    assert web.asked[-1][1]["accept"] == "text/csv"
    assert web.asked[-1][1]["user-agent"].startswith("Labdir/")


def test_the_charset_is_the_declared_one_or_none() -> None:
    assert declared_charset("text/html; charset=GB18030") == "GB18030"
    assert declared_charset("text/html") == ""
    assert declared_charset("") == ""


def test_a_packed_answer_is_unpacked_and_measured_unpacked(web: Web, make: Make) -> None:
    web.pages["/z"] = Reply(body=gzip.compress(b"x" * 5000), headers={"Content-Encoding": "gzip"})
    assert make().get(Request(url=f"{web.base}/z")).page.body == b"x" * 5000
    with pytest.raises(FetchError, match="larger than 4000 bytes"):
        make(max_bytes=4000).get(Request(url=f"{web.base}/z"))


# --- conditional ---------------------------------------------------------------------------------


def conditional(body: bytes) -> Callable[[Mapping[str, str]], Reply]:
    news = {"ETag": '"v1"', "Last-Modified": "Sun, 01 Mar 2026 00:00:00 GMT"}

    def answer(headers: Mapping[str, str]) -> Reply:
        known = headers.get("if-none-match") == '"v1"'
        return Reply(304, headers=news) if known else Reply(body=body, headers=news)

    return answer


def test_the_held_bytes_stand_for_a_list_that_was_not_modified(web: Web, make: Make) -> None:
    web.pages["/list"] = conditional(toy.page({"key": "1", "name": "Heron"}).body)
    source, settings = toy.source(), settings_for(web, "/list")
    [first] = fetch_list(make(), READER, source, source.lists[0], settings)
    held = [(first.page, dict(first.headers))]
    [second] = fetch_list(make(), READER, source, source.lists[0], settings, held)
    sent = web.asked[-1][1]
    assert sent["if-none-match"] == '"v1"'
    assert sent["if-modified-since"] == "Sun, 01 Mar 2026 00:00:00 GMT"
    assert second.page == first.page
    assert not second.not_modified


def test_validators_are_not_sent_to_another_address(web: Web, make: Make) -> None:
    web.pages["/old"] = web.pages["/new"] = conditional(b"{}")
    source = toy.source()
    [first] = fetch_list(make(), READER, source, source.lists[0], settings_for(web, "/old"))
    held = [(first.page, dict(first.headers))]
    [second] = fetch_list(make(), READER, source, source.lists[0], settings_for(web, "/new"), held)
    assert "if-none-match" not in web.asked[-1][1]
    assert second.page.url.endswith("/new")


def test_not_modified_to_a_plain_question_is_a_fault_of_the_server(web: Web, make: Make) -> None:
    web.pages["/list"] = Reply(304)
    with pytest.raises(FetchError, match="304"):
        make().get(Request(url=f"{web.base}/list"))


def test_a_list_not_modified_ends_its_run_unchanged(web: Web, traveller: Traveller) -> None:
    web.pages["/list"] = conditional(toy.page({"key": "1", "name": "Heron"}).body)
    traveller.settings = settings_for(web, "/list")
    assert carry_out(traveller.road, traveller.ask()) is RunState.PUBLISHED
    traveller.clock.on(hours=1)
    assert carry_out(traveller.road, traveller.ask()) is RunState.UNCHANGED
    assert web.asked[-1][1]["if-none-match"] == '"v1"'
    traveller.clock.on(hours=1)
    assert carry_out(traveller.road, traveller.ask()) is RunState.UNCHANGED
    assert web.asked[-1][1]["if-none-match"] == '"v1"', "an unchanged run keeps no bytes of its own"
    # a new reader must read the bytes again, so it asks for all of them
    traveller.enrol(toy.source(parser_version=2))
    traveller.clock.on(hours=1)
    assert carry_out(traveller.road, traveller.ask()) is RunState.UNCHANGED
    assert "if-none-match" not in web.asked[-1][1]


# --- trying again --------------------------------------------------------------------------------


def test_too_many_requests_waits_as_long_as_asked(web: Web, make: Make, waits: list[float]) -> None:
    web.pages["/list"] = [Reply(429, headers={"Retry-After": "7"}), Reply(body=b"ok")]
    assert make(rate=1e6).get(Request(url=f"{web.base}/list")).page.body == b"ok"
    assert 7.0 in waits


def test_a_retry_time_may_be_a_date(web: Web, make: Make, waits: list[float]) -> None:
    later = email.utils.format_datetime(NOW + timedelta(seconds=21), usegmt=True)
    web.pages["/list"] = [Reply(503, headers={"Retry-After": later}), Reply(body=b"ok")]
    make(rate=1e6).get(Request(url=f"{web.base}/list"))
    assert 21.0 in waits


def test_a_busy_server_is_tried_again_with_growing_pauses_and_then_given_up(
    web: Web, make: Make, waits: list[float]
) -> None:
    web.pages["/list"] = Reply(503)
    with pytest.raises(FetchError, match=r"/list answers 503\.$"):
        make(rate=1e6, attempts=4).get(Request(url=f"{web.base}/list"))
    assert web.paths().count("/list") == 4
    assert [wait for wait in waits if wait >= 1] == [1.0, 2.0, 4.0]


def test_a_server_that_asks_for_hours_is_left_alone(
    web: Web, make: Make, waits: list[float]
) -> None:
    """Asking sooner than told would be bad manners, and no worker waits for hours."""
    web.pages["/list"] = [Reply(429, headers={"Retry-After": "7200"}), Reply(body=b"ok")]
    with pytest.raises(FetchError, match="answers 429 and asks to wait 7200 seconds"):
        make(rate=1e6).get(Request(url=f"{web.base}/list"))
    assert web.paths().count("/list") == 1
    assert max(waits) < 1


def test_no_back_off_is_longer_than_a_minute(web: Web, make: Make, waits: list[float]) -> None:
    web.pages["/list"] = [Reply(503), Reply(503, headers={"Retry-After": "²"}), Reply(body=b"ok")]
    make(rate=1e6, backoff_s=45.0).get(Request(url=f"{web.base}/list"))
    assert [wait for wait in waits if wait >= 1] == [45.0, 60.0]


def test_a_page_that_is_not_there_is_not_asked_for_twice(web: Web, make: Make) -> None:
    with pytest.raises(FetchError, match=r"/gone answers 404\."):
        make().get(Request(url=f"{web.base}/gone"))
    assert web.paths().count("/gone") == 1


def test_nobody_listening_is_told_after_the_attempts(web: Web, make: Make) -> None:
    fetcher = make(private_hosts=("127.0.0.1",), attempts=2)
    with pytest.raises(FetchError, match=r"http://127\.0\.0\.1:1/robots\.txt could not be fetched"):
        fetcher.get(Request(url="http://127.0.0.1:1/list"))


@pytest.mark.parametrize("url", ["http://[bad/", "http://127.0.0.1:99999/list", "http:///list"])
def test_an_address_that_is_none_is_a_reason_not_a_crash(make: Make, url: str) -> None:
    with pytest.raises(FetchError):
        make().get(Request(url=url))


# --- robots.txt (RFC 9309) -----------------------------------------------------------------------


def robots(web: Web, text: str) -> None:
    web.pages["/robots.txt"] = Reply(body=text.encode(), headers={"Content-Type": "text/plain"})
    web.pages["/list"] = web.pages["/private/list"] = Reply(body=b"ok")


def test_robots_that_forbid_are_named_with_the_remedy(web: Web, make: Make) -> None:
    robots(web, "User-agent: *\nDisallow: /private/\n")
    fetcher = make()
    assert fetcher.get(Request(url=f"{web.base}/list")).page.body == b"ok"
    with pytest.raises(FetchError, match=r"robots\.txt does not allow /private/list.*upload"):
        fetcher.get(Request(url=f"{web.base}/private/list"))
    assert web.paths() == ["/robots.txt", "/list"], "asked once a run"


def test_rules_for_this_robot_come_before_those_for_all(web: Web, make: Make) -> None:
    robots(web, "User-agent: *\nDisallow: /\n\nUser-agent: Labdir\nAllow: /list\nDisallow: /\n")
    fetcher = make()
    fetcher.get(Request(url=f"{web.base}/list"))
    with pytest.raises(FetchError, match="robots"):
        fetcher.get(Request(url=f"{web.base}/private/list"))


def test_a_word_of_our_description_is_not_our_name(web: Web, make: Make) -> None:
    robots(web, "User-agent: directory\nDisallow: /\n")
    make(user_agent="Labdir/0.1 (directory of bodies)").get(Request(url=f"{web.base}/list"))


def test_no_robots_file_allows_all(web: Web, make: Make) -> None:
    web.pages["/list"] = Reply(body=b"ok")
    assert make().get(Request(url=f"{web.base}/list")).page.body == b"ok"


def test_a_robots_file_that_fails_allows_nothing_for_now(web: Web, make: Make) -> None:
    robots(web, "")
    web.pages["/robots.txt"] = Reply(500)
    with pytest.raises(FetchError, match=r"robots\.txt answers 500: nothing may be fetched"):
        make().get(Request(url=f"{web.base}/list"))
    assert "/list" not in web.paths()


def test_robots_that_moved_are_read_where_they_are(web: Web, make: Make) -> None:
    robots(web, "")
    web.pages["/robots.txt"] = Reply(301, headers={"Location": "/r"})
    web.pages["/r"] = Reply(body=b"User-agent: *\nDisallow: /\n")
    with pytest.raises(FetchError, match="does not allow"):
        make().get(Request(url=f"{web.base}/list"))


def test_a_redirect_into_a_forbidden_part_is_not_followed(web: Web, make: Make) -> None:
    robots(web, "User-agent: *\nDisallow: /private/\n")
    web.pages["/list"] = Reply(302, headers={"Location": "/private/list"})
    with pytest.raises(FetchError, match="does not allow /private/list"):
        make().get(Request(url=f"{web.base}/list"))


# --- redirects -----------------------------------------------------------------------------------


def test_a_redirect_is_followed_and_the_page_bears_its_last_address(web: Web, make: Make) -> None:
    web.pages["/list"] = Reply(302, headers={"Location": "sub/list.json"})
    web.pages["/sub/list.json"] = Reply(body=b"ok")
    got = make().get(Request(url=f"{web.base}/list"))
    assert got.page.url == f"{web.base}/sub/list.json"
    assert got.page.name == "list.json"


def test_a_redirect_in_a_circle_ends(web: Web, make: Make) -> None:
    web.pages["/list"] = Reply(302, headers={"Location": "/list"})
    with pytest.raises(FetchError, match="/list redirects more than 5 times"):
        make().get(Request(url=f"{web.base}/list"))
    assert web.paths().count("/list") == 6


def test_a_redirect_to_a_private_host_is_refused(web: Web, make: Make) -> None:
    with serve() as inner:
        inner.pages["/secret"] = Reply(body=b"secret")
        web.pages["/list"] = Reply(302, headers={"Location": f"{inner.base}/secret"})
        with pytest.raises(AddressError, match="private address"):
            make().get(Request(url=f"{web.base}/list"))
        assert inner.asked == []


@pytest.mark.parametrize(
    "target", ["file:///etc/passwd", "package:services.reference/place_words.csv", "http://[x/"]
)
def test_a_redirect_out_of_the_web_is_refused(web: Web, make: Make, target: str) -> None:
    web.pages["/list"] = Reply(302, headers={"Location": target})
    with pytest.raises(FetchError):
        make().get(Request(url=f"{web.base}/list"))


def test_a_redirect_never_leaves_encryption() -> None:
    answer = fetch._Answer(301, {"location": "http://list.example/a"}, b"")
    with pytest.raises(FetchError, match=r"redirects to the unencrypted http://list\.example/a"):
        fetch._target("https://list.example/a", answer)
    up = fetch._Answer(301, {"location": "https://list.example/a"}, b"")
    assert fetch._target("http://list.example/a", up) == "https://list.example/a"


# --- limits --------------------------------------------------------------------------------------


def test_a_file_beyond_the_limit_is_refused_at_once_with_the_remedy(web: Web, make: Make) -> None:
    web.pages["/list"] = Reply(body=b"x" * 2001)
    with pytest.raises(FetchError, match=r"larger than 2000 bytes\. Raise fetch\.max_bytes"):
        make(max_bytes=2000).get(Request(url=f"{web.base}/list"))
    assert web.paths().count("/list") == 1
    web.pages["/list"] = Reply(body=b"x" * 2000)
    assert len(make(max_bytes=2000).get(Request(url=f"{web.base}/list")).page.body) == 2000


def test_a_body_that_trickles_is_bounded(web: Web, make: Make) -> None:
    """Whole it would take 40 s; each byte comes well within the time-out, on a busy machine too."""
    web.pages["/list"] = Reply(body=b"x" * 800, trickle=0.05)
    started = time.monotonic()
    with pytest.raises(FetchError, match="trickles"):
        make(timeout_s=0.3, attempts=1).get(Request(url=f"{web.base}/list"))
    assert time.monotonic() - started < 10


def test_a_server_that_falls_silent_is_left(web: Web, make: Make) -> None:
    web.pages["/list"] = Reply(body=b"xy", trickle=5)
    with pytest.raises(FetchError, match="could not be fetched"):
        make(timeout_s=0.2, attempts=1).get(Request(url=f"{web.base}/list"))


# --- pages of a list -----------------------------------------------------------------------------


def paged(web: Web, *names: str | None) -> List:
    for number, following in enumerate(names, 1):
        body: dict[str, Any] = {"rows": [], "next": following and web.base + following}
        web.pages[f"/p{number}"] = Reply(body=json.dumps(body).encode())
    return List("list", Request(url=f"{web.base}/p1"), following=toy.following)


def test_pages_follow_one_another_in_order(web: Web, make: Make) -> None:
    one = paged(web, "/p2", "/p3", None)
    pages = fetch_list(make(), READER, toy.source(), one, settings_for(web, "/p1"))
    assert [got.page.page for got in pages] == [1, 2, 3]
    assert [got.page.url[-2:] for got in pages] == ["p1", "p2", "p3"]


@pytest.mark.parametrize("names", [("/p1",), ("/p2", "/p1")])
def test_a_page_that_was_had_cannot_come_next(web: Web, make: Make, names: tuple[str, ...]) -> None:
    one = paged(web, *names)
    with pytest.raises(FetchError, match="/p1 was given as its own next page"):
        fetch_list(make(), READER, toy.source(), one, settings_for(web, "/p1"))


def test_pages_without_end_are_stopped(web: Web, make: Make) -> None:
    one = paged(web, "/p2", "/p3", "/p4", None)
    with pytest.raises(FetchError, match=r"/p1 has more than 3 pages\. Raise fetch\.max_pages"):
        fetch_list(make(), READER, toy.source(), one, settings_for(web, "/p1", max_pages=3))
    assert (
        len(fetch_list(make(), READER, toy.source(), one, settings_for(web, "/p1", max_pages=4)))
        == 4
    )


def test_a_rule_for_the_next_page_that_trips_is_a_reason(web: Web, make: Make) -> None:
    web.pages["/p1"] = Reply(body=b"<html>moved</html>")
    one = List("list", Request(url=f"{web.base}/p1"), following=toy.following)
    with pytest.raises(Unreadable, match=r"next cannot be told from .*/p1: .* JSONDecodeError"):
        fetch_list(make(), READER, toy.source(), one, settings_for(web, "/p1"))


# --- recordings and what is shipped --------------------------------------------------------------


def test_the_time_of_recording_is_believed_from_hosts_private_on_purpose_only(
    web: Web, make: Make
) -> None:
    said = {"Labdir-Recorded": "2021-05-06T07:08:09"}
    web.pages["/list"] = Reply(body=b"ok", headers=said)
    fetcher = make()
    got = fetcher.get(Request(url=f"{web.base}/list"))
    assert (got.as_of, got.recorded) == (datetime(2021, 5, 6, 7, 8, 9, tzinfo=UTC), True)
    assert got.fetched_at == NOW
    assert fetcher._recorded("https://list.example/list", {"labdir-recorded": "2021-05-06"}) is None
    web.pages["/list"] = Reply(body=b"ok")
    assert not fetcher.get(Request(url=f"{web.base}/list")).recorded


def test_what_ships_with_the_product_needs_no_network(web: Web, make: Make) -> None:
    got = make().get(Request(url="package:services.reference/place_words.csv"))
    assert got.page.name == "place_words.csv"
    assert got.page.body.count(b"\n") > 5
    assert web.asked == []


# --- the rate ------------------------------------------------------------------------------------


def test_two_workers_share_the_slots_of_a_host(
    web: Web, make: Make, engine: Engine, waits: list[float]
) -> None:
    web.pages["/list"] = Reply(body=b"ok")

    def free_at() -> datetime:
        with engine.connect() as conn:
            rows = conn.execute(sa.text("select host, next_at from host_slot")).all()
        assert [row.host for row in rows] == [web.host]
        moment: datetime = rows[0].next_at
        return moment

    one, other = make(engine, rate=0.1), make(engine, rate=0.1)
    request = Request(url=f"{web.base}/list")
    one.get(request)  # robots and the list: two slots of ten seconds
    first = free_at()
    other.get(request)
    assert free_at() - first == timedelta(seconds=20), "the second waits behind the first"
    # nobody really slept: the four slots stand 0, 10, 20 and 30 seconds after the start
    assert [round(wait, -1) for wait in waits] == [10, 20, 30]


def test_without_a_database_the_process_keeps_the_rate_itself(
    web: Web, make: Make, waits: list[float]
) -> None:
    web.pages["/list"] = Reply(body=b"ok")
    make(rate=4.0).get(Request(url=f"{web.base}/list"))
    assert waits == [0.25, 0.25]
