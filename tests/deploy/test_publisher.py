"""The local publisher serves recorded files as a publisher would, and says of when they are."""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from deploy.publisher import MADE_SITES, Publisher, recorded_site, recordings
from services.kit import List, Reading, Request, Source
from services.terms import Tier


def a_source(*lists: List) -> Source:
    return Source(
        key="xx_made",
        title="A made list",
        title_zh="示例名单",
        publisher="Nobody",
        publisher_zh="无",
        home="https://nobody.example",
        licence="none",
        tier=Tier.SCHEME_LIST,
        authoritative_for=frozenset(),
        lists=lists,
        parse=lambda _pages, _name: Reading(drafts=()),
    )


def a_list(name: str, recorded: str) -> List:
    return List(name=name, request=Request(url=f"https://nobody.example/{name}"), recorded=recorded)


PAGE, DATA = a_list("page", "page_*"), a_list("data", "data_*")


@pytest.fixture
def published(tmp_path: Path) -> Path:
    folder = tmp_path / "xx_made" / "versions"
    folder.mkdir(parents=True)
    (folder / "page_20190422T153040_aa.md").write_bytes(b"older")
    (folder / "page_20191209T143115_bb.md").write_bytes("较新".encode())
    (folder / "data_20190805T090107_cc.yml").write_bytes(b"data")
    return tmp_path


@pytest.fixture
def client(published: Path) -> Iterator[httpx.Client]:
    sites = [recorded_site(recordings(a_source(PAGE, DATA), published)), *MADE_SITES]
    publisher = Publisher(0, sites)
    thread = threading.Thread(target=publisher.serve_forever)
    thread.start()
    with httpx.Client(base_url=publisher.base, trust_env=False) as asking:
        yield asking
    publisher.shutdown()
    thread.join()
    publisher.server_close()


NEWEST = "/xx_made/page/page_20191209T143115_bb.md"


def test_the_newest_recording_of_each_list_is_served(published: Path) -> None:
    found = recordings(a_source(PAGE, DATA), published)
    assert [(one.list_name, one.path, one.at) for one in found] == [
        (
            "page",
            "/xx_made/page/page_20191209T143115_bb.md",
            datetime(2019, 12, 9, 14, 31, 15, tzinfo=UTC),
        ),
        (
            "data",
            "/xx_made/data/data_20190805T090107_cc.yml",
            datetime(2019, 8, 5, 9, 1, 7, tzinfo=UTC),
        ),
    ]


def test_a_source_of_which_one_list_was_never_recorded_is_not_served(published: Path) -> None:
    assert recordings(a_source(PAGE, a_list("other", "other_*")), published) == []
    assert recordings(a_source(a_list("page", "")), published) == []


def test_a_page_says_its_type_its_validators_and_when_it_was_recorded(client: httpx.Client) -> None:
    answer = client.get(NEWEST)
    assert answer.status_code == 200
    assert answer.content == "较新".encode()
    assert answer.headers["Content-Type"] == "text/markdown"
    assert answer.headers["Labdir-Recorded"] == "2019-12-09T14:31:15+00:00"
    assert answer.headers["Last-Modified"] == "Mon, 09 Dec 2019 14:31:15 GMT"
    assert answer.headers["ETag"].startswith('"')


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"If-None-Match": "the page's own"}, 304),
        ({"If-None-Match": '"another"'}, 200),
        # RFC 9110, 13.2.2: with an ETag in hand the date is not looked at
        ({"If-None-Match": '"another"', "If-Modified-Since": "Mon, 09 Dec 2019 14:31:15 GMT"}, 200),
        ({"If-Modified-Since": "Mon, 09 Dec 2019 14:31:15 GMT"}, 304),
        ({"If-Modified-Since": "Mon, 09 Dec 2019 14:31:14 GMT"}, 200),
        ({"If-Modified-Since": "yesterday"}, 200),
    ],
)
def test_conditional_requests_are_answered_by_the_rules(
    client: httpx.Client, asked: dict[str, str], status: int
) -> None:
    tag = client.get(NEWEST).headers["ETag"]
    asked = {name: tag if value == "the page's own" else value for name, value in asked.items()}
    answer = client.get(NEWEST, headers=asked)
    assert answer.status_code == status
    assert answer.headers["ETag"] == tag
    assert answer.headers["Labdir-Recorded"] == "2019-12-09T14:31:15+00:00"
    assert bool(answer.content) == (status == 200)


def test_what_was_not_recorded_is_not_found_and_nothing_else_on_the_machine_is_served(
    client: httpx.Client,
) -> None:
    for path in (
        "/xx_made/page/page_20190422T153040_aa.md",
        "/xx_made/page/..%2f..%2f..%2fetc%2fpasswd",
        "/other/page",
        "/xx_made",
    ):
        assert client.get(path).status_code == 404


def test_robots_are_welcome(client: httpx.Client) -> None:
    assert client.get("/robots.txt").text == "User-agent: *\nAllow: /\n"
    assert "Local publisher" in client.get("/").text


def test_the_made_register_is_served_with_its_look_up_pages_and_claims_no_recording(
    client: httpx.Client,
) -> None:
    first = client.get("/made-register/list", params={"page": "1"})
    assert first.json()["page"] == 1
    assert "Labdir-Recorded" not in first.headers
    held = {"If-None-Match": first.headers["ETag"]}
    assert client.get("/made-register/list", params={"page": "1"}, headers=held).status_code == 304
    assert client.get("/made-register/list", params={"page": "9999"}).status_code == 404
    page = client.get("/made-register/lookup", params={"issuer": "CNAS", "number": "L0"})
    assert page.status_code == 200
    assert "No such certificate: CNAS L0" in page.text
