"""Lists of several pages and lists with a page a body, over the real road: a server on this machine
that pages, throttles, fails, cuts connections, loops and shrinks."""

import email.utils
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

import pytest
import sqlalchemy as sa

from services.models import SourceList
from services.settings import FetchSettings, Settings, SourceSettings
from services.sync.run import carry_out
from services.terms import RunState
from tests.services.sync import paged
from tests.services.sync.conftest import Traveller
from tests.services.sync.paged import body
from tests.services.sync.web import Reply, Web, serve

BODIES = [body(number) for number in range(1, 6)]
NAMES = [row["name"] for row in BODIES]
PAGES = (BODIES[:2], BODIES[2:4], BODIES[4:])
ATTEMPTS = 3


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as one:
        yield one


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long fetching would have slept; nobody waits in these tests."""
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    return slept


class Sync:
    """A source of one kind read from the server, an hour after one another."""

    def __init__(self, traveller: Traveller, web: Web, kind: str) -> None:
        self.traveller, self.web = traveller, web
        path = "/list?size=2" if kind == "number" else "/list"
        traveller.settings = Settings(
            fetch=FetchSettings(private_hosts=(web.host,), timeout_s=5, attempts=ATTEMPTS),
            sources={"toy": SourceSettings(address={"list": web.base + path})},
        )
        traveller.enrol(paged.source(kind))

    def run(self) -> tuple[RunState | None, Any]:
        """One run: how it ended, and its row."""
        self.web.asked.clear()
        self.traveller.clock.on(hours=1)
        run_id = self.traveller.ask()
        return carry_out(self.traveller.road, run_id), self.traveller.run(run_id)

    def asked(self) -> dict[str, int]:
        """How often each address was asked in the last run, without robots.txt."""
        return dict(Counter(path for path in self.web.paths() if path != "/robots.txt"))

    def conditional(self) -> set[str]:
        """Addresses that were asked for news only."""
        return {
            p for p, sent in self.web.asked if {"if-none-match", "if-modified-since"} & set(sent)
        }

    def names(self) -> list[str]:
        """Names of the bodies on the list, as published."""
        rows = self.traveller.rows(
            "select n.text from name n join sighting s on s.record_id = n.record_id"
            " where upper_inf(n.known) and s.end_run_id is null order by n.text"
        )
        return [row.text for row in rows]

    def changes(self, run: Any) -> list[tuple[Any, ...]]:
        rows = self.traveller.rows("select kind, key from change where run_id = :r", r=run.id)
        return [tuple(row) for row in rows]


@pytest.fixture
def by_link(traveller: Traveller, web: Web) -> Sync:
    paged.by_link(web, *PAGES)
    return Sync(traveller, web, "link")


@pytest.fixture
def by_number(traveller: Traveller, web: Web) -> Sync:
    paged.by_number(web, *PAGES)
    return Sync(traveller, web, "number")


@pytest.fixture
def by_body(traveller: Traveller, web: Web) -> Sync:
    paged.html_site(web, *BODIES)
    return Sync(traveller, web, "html")


def once(*paths: str) -> dict[str, int]:
    return dict.fromkeys(paths, 1)


DETAILS = tuple(f"/body/{row['key']}" for row in BODIES)


# --- what is published ---------------------------------------------------------------------------


def test_pages_by_link_are_one_list(by_link: Sync) -> None:
    state, run = by_link.run()
    assert (state, run.counts["added"]) == (RunState.PUBLISHED, 5)
    assert by_link.names() == NAMES
    assert by_link.asked() == once("/list", "/list/2", "/list/3")
    assert by_link.run()[0] is RunState.UNCHANGED


def test_pages_by_number_are_one_list(by_number: Sync) -> None:
    state, run = by_number.run()
    assert (state, run.counts["added"]) == (RunState.PUBLISHED, 5)
    assert by_number.names() == NAMES
    assert by_number.asked() == once(
        "/list?size=2", "/list?size=2&page=2", "/list?size=2&page=3"
    )  # fmt: skip


def test_a_list_and_a_page_a_body_are_one_list(by_body: Sync) -> None:
    state, run = by_body.run()
    assert (state, run.counts["added"]) == (RunState.PUBLISHED, 5)
    assert by_body.names() == NAMES
    assert by_body.asked() == once("/list", *DETAILS)
    kept = by_body.traveller.rows(
        "select url from run_payload where run_id = :r order by page", r=run.id
    )
    assert [row.url.removeprefix(by_body.web.base) for row in kept] == ["/list", *DETAILS]


def test_a_body_linked_twice_is_asked_for_once(by_body: Sync) -> None:
    paged.html_list(by_body.web, *BODIES, also='<li><a href="body/1">Body 1 Ltd</a></li>')
    assert by_body.run()[0] is RunState.PUBLISHED
    assert by_body.asked() == once("/list", *DETAILS)
    assert by_body.names() == NAMES


# --- only news -----------------------------------------------------------------------------------


def test_a_second_run_asks_every_page_for_news_only(by_body: Sync) -> None:
    by_body.run()
    state, _ = by_body.run()
    assert state is RunState.UNCHANGED
    assert by_body.asked() == once("/list", *DETAILS)
    assert by_body.conditional() == {"/list", *DETAILS}


def test_one_page_that_changed_is_read_with_the_held_ones(by_body: Sync) -> None:
    by_body.run()
    paged.html_body(by_body.web, BODIES[2] | {"expires": "2027-12-31"}, version="2")
    state, run = by_body.run()
    assert state is RunState.PUBLISHED
    assert run.counts["altered"] == 1
    assert by_body.changes(run) == [("altered", "1")]
    said = by_body.traveller.rows(
        "select number, expires from accreditation_statement"
        " where upper_inf(known) and expires is not null"
    )
    assert [(row.number, str(row.expires)) for row in said] == [("T-3", "2027-12-31")]
    assert by_body.names() == NAMES


def test_a_held_page_is_asked_for_news_for_ever(by_body: Sync) -> None:
    """A server need not repeat in a 304 when the page was changed (RFC 9110, 15.4.5)."""
    for row in BODIES:
        paged.html_body(by_body.web, row, in_304=False)
    by_body.run()
    paged.html_body(by_body.web, BODIES[0] | {"expires": "2027-12-31"}, version="2", in_304=False)
    assert by_body.run()[0] is RunState.PUBLISHED
    assert by_body.run()[0] is RunState.UNCHANGED
    assert by_body.conditional() == {"/list", *DETAILS}


# --- a server that throttles and fails -----------------------------------------------------------


def test_a_page_that_throttles_is_waited_for(by_link: Sync, waits: list[float]) -> None:
    page = by_link.web.pages["/list/2"]
    assert isinstance(page, Reply)
    by_link.web.pages["/list/2"] = [Reply(429, headers={"Retry-After": "7"}), page]
    assert by_link.run()[0] is RunState.PUBLISHED
    assert by_link.names() == NAMES
    assert by_link.asked() == once("/list", "/list/3") | {"/list/2": 2}
    assert 7.0 in waits


def test_a_page_that_throttles_until_a_day_and_time_is_waited_for(
    by_body: Sync, waits: list[float]
) -> None:
    def throttle(_headers: Mapping[str, str]) -> Reply:
        until = by_body.traveller.clock.now.timestamp() + 9
        said = email.utils.formatdate(until, usegmt=True)
        return Reply(429, headers={"Retry-After": said})

    page = by_body.web.pages["/body/2"]
    assert callable(page)
    by_body.web.pages["/body/2"] = [throttle, page]
    assert by_body.run()[0] is RunState.PUBLISHED
    assert by_body.asked() == once("/list", *DETAILS) | {"/body/2": 2}
    assert max(waits) == pytest.approx(9, abs=1)


def test_a_server_that_asks_for_an_hour_is_left_alone_and_the_old_data_stand(
    by_link: Sync,
) -> None:
    by_link.run()
    by_link.web.pages["/list/2"] = Reply(429, headers={"Retry-After": "3600"})
    state, run = by_link.run()
    assert state is RunState.FAILED
    assert run.reasons == [
        f"{by_link.web.base}/list/2 answers 429 and asks to wait 3600 seconds."
    ]  # fmt: skip
    assert by_link.asked() == once("/list", "/list/2")
    assert by_link.names() == NAMES


def test_a_fault_that_passes_is_passed_over(by_body: Sync) -> None:
    page = by_body.web.pages["/body/4"]
    assert callable(page)
    by_body.web.pages["/body/4"] = [Reply(500), page]
    assert by_body.run()[0] is RunState.PUBLISHED
    assert by_body.asked() == once("/list", *DETAILS) | {"/body/4": 2}
    assert by_body.names() == NAMES


@pytest.mark.parametrize("kind", ["link", "html"])
def test_a_fault_that_stays_fails_the_run_and_the_old_data_stand(
    traveller: Traveller, web: Web, kind: str
) -> None:
    paged.by_link(web, *PAGES) if kind == "link" else paged.html_site(web, *BODIES)
    path, after = ("/list/2", "/list/3") if kind == "link" else ("/body/2", "/body/3")
    sync = Sync(traveller, web, kind)
    sync.run()
    before = traveller.counts()
    web.pages[path] = Reply(503)
    state, run = sync.run()
    assert state is RunState.FAILED
    assert run.reasons == [f"{web.base}{path} answers 503."]
    assert sync.asked()[path] == ATTEMPTS
    assert after not in sync.asked(), "what comes after is not asked for"
    assert sync.names() == NAMES
    assert traveller.counts() == before | {"run": before["run"] + 1}
    (due,) = traveller.rows(sa.select(SourceList.next_due_at, SourceList.failures))
    assert due.failures == 1
    assert (due.next_due_at - traveller.clock.now).total_seconds() < 3600, "sooner than usual"


def test_a_connection_cut_within_a_page_is_tried_again(by_link: Sync) -> None:
    page = by_link.web.pages["/list/3"]
    assert isinstance(page, Reply)
    by_link.web.pages["/list/3"] = [Reply(body=page.body, headers=page.headers, cut=10), page]
    assert by_link.run()[0] is RunState.PUBLISHED
    assert by_link.asked() == once("/list", "/list/2") | {"/list/3": 2}
    assert by_link.names() == NAMES


def test_a_connection_cut_every_time_fails_the_run_and_says_so(by_link: Sync) -> None:
    by_link.run()
    by_link.web.pages["/list/3"] = Reply(body=b"{" * 500, cut=100)
    state, run = by_link.run()
    assert state is RunState.FAILED
    (reason,) = run.reasons
    assert reason.startswith(f"{by_link.web.base}/list/3 could not be fetched: ")
    assert "without sending complete message body" in reason
    assert by_link.asked()["/list/3"] == ATTEMPTS
    assert by_link.names() == NAMES


# --- pages that mislead --------------------------------------------------------------------------


@pytest.mark.parametrize("link", ["/list", "/list/3", "list/2"])
def test_a_next_page_that_was_had_already_ends_the_run(by_link: Sync, link: str) -> None:
    by_link.run()
    by_link.web.pages["/list/3"] = paged.json_page(BODIES[4:], 5, next=link)
    state, run = by_link.run()
    if link == "list/2":  # relative to /list/3: an address of its own, that is not there
        assert run.reasons == [f"{by_link.web.base}/list/list/2 answers 404."]
    else:
        assert run.reasons == [f"{by_link.web.base}{link} was given as its own next page."]
    assert state is RunState.FAILED
    assert max(by_link.asked().values()) == 1
    assert by_link.names() == NAMES


def test_a_list_that_shrinks_between_two_pages_is_refused(by_number: Sync) -> None:
    by_number.run()
    fewer = paged.json_page(BODIES[3:4], 4, page=2, pages=2)
    by_number.web.pages["/list?size=2&page=2"] = fewer
    state, run = by_number.run()
    assert state is RunState.REFUSED
    assert run.reasons == [
        "3 bodies on 2 pages, which say that there are 4, 5. The list changed: fetch it again."
    ]
    assert by_number.names() == NAMES
    kept = by_number.traveller.rows("select url from run_payload where run_id = :r", r=run.id)
    assert len(kept) == 2, "the bytes are kept to be looked at"


def test_a_page_to_sign_in_among_the_pages_is_refused(by_link: Sync) -> None:
    by_link.run()
    by_link.web.pages["/list/2"] = Reply(body=b"<!doctype html><title>Sign in</title>")
    state, run = by_link.run()
    assert state is RunState.REFUSED
    (reason,) = run.reasons
    assert reason.startswith(f"What to fetch next cannot be told from {by_link.web.base}/list/2:")
    assert "is no JSON" in reason
    assert by_link.asked() == once("/list", "/list/2")
    assert by_link.names() == NAMES


@pytest.mark.parametrize("status", [404, 410])
def test_a_body_whose_page_is_missing_keeps_what_it_said(by_body: Sync, status: int) -> None:
    by_body.run()
    by_body.web.pages["/body/3"] = Reply(status)
    paged.html_body(by_body.web, BODIES[4] | {"expires": "2027-12-31"}, version="2")
    state, run = by_body.run()
    assert state is RunState.PUBLISHED
    assert run.shape["problems"] == [
        f"Body 3 Ltd: its page {by_body.web.base}/body/3 is missing"
    ]  # fmt: skip
    assert by_body.changes(run) == [("altered", "1")], "nobody left the list"
    assert by_body.names() == NAMES
    assert by_body.asked() == once("/list", *DETAILS), "what is not there is not asked for twice"


def test_a_body_that_never_had_a_page_is_told_and_the_others_are_published(by_body: Sync) -> None:
    del by_body.web.pages["/body/3"]
    state, run = by_body.run()
    assert state is RunState.PUBLISHED
    assert run.shape["problem_count"] == 1
    assert by_body.names() == [name for name in NAMES if "3" not in name]


def test_too_many_missing_pages_refuse_the_run(by_body: Sync) -> None:
    by_body.run()
    for path in DETAILS[:4]:
        by_body.web.pages[path] = Reply(404)
    state, run = by_body.run()
    assert state is RunState.REFUSED
    assert any(
        reason.startswith("4 of 5 records could not be read, for example: Body 1 Ltd")
        for reason in run.reasons
    )
    assert by_body.names() == NAMES


def test_pages_that_robots_may_not_fetch_are_left_alone(by_body: Sync) -> None:
    by_body.web.pages["/robots.txt"] = Reply(body=b"User-agent: *\nDisallow: /body/\n")
    state, run = by_body.run()
    assert state is RunState.FAILED
    (reason,) = run.reasons
    assert "/robots.txt does not allow /body/1 to be fetched" in reason
    assert "upload the file as a steward" in reason
    assert by_body.asked() == once("/list")
    assert by_body.names() == []
