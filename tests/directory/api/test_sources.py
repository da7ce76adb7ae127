"""Sources, runs, changes and the state of the whole, over HTTP."""

import pytest
import sqlalchemy as sa

from services.sync.statements import TABLES
from services.terms import Changed
from tests.directory.api.conftest import Client
from tests.directory.api.test_bodies import battery_id, get


def test_sources_say_how_fresh_they_are_and_a_refused_run_says_why(client: Client) -> None:
    (source,) = get(client, "/sources")["data"]
    assert (source["key"], source["last_success_at"]) == ("register", "2026-05-30T06:00:00Z")
    assert get(client, "/sources/register")["data"]["key"] == "register"
    refused, published = get(client, "/sources/register/runs")["data"]
    assert (refused["state"], refused["reasons"]) == ("refused", ["made to fail"])
    assert published["state"] == "published"
    assert get(client, f"/runs/{refused['id']}")["data"] == refused


def test_how_sources_do_is_never_kept(client: Client) -> None:
    for path in ("/sources", "/sources/register", "/sources/register/runs", "/status"):
        response = client.get(f"/api/v1{path}")
        assert response.headers["cache-control"] == "no-store"
        assert "etag" not in response.headers


def test_a_follower_gets_every_change_once_and_in_log_order(client: Client) -> None:
    newest = get(client, "/changes", limit="1000")["data"]
    followed: list[str] = []
    cursor = ""
    while page := (answer := get(client, "/changes", order="oldest", cursor=cursor, limit="3"))[
        "data"
    ]:
        followed += [change["cursor"] for change in page]
        cursor = answer["meta"]["next_cursor"]
    assert followed == [change["cursor"] for change in reversed(newest)]
    assert get(client, "/changes", order="oldest", cursor=cursor)["meta"]["next_cursor"] == cursor


def test_changes_are_narrowed_by_body_and_what(client: Client) -> None:
    body = battery_id(client)
    changes = get(client, "/changes", body=body, what="status_event")["data"]
    assert [(one["body"], one["what"], one["kind"]) for one in changes] == [
        (body, "status_event", "added")
    ]


def test_status_counts_the_directory_and_is_asked_at_two_addresses(client: Client) -> None:
    state = get(client, "/status")["data"]
    assert (state["bodies"], state["accreditations"], state["lines"]) == (2, 2, 3)
    assert client.get("/status").json()["data"] == state
    assert state["published_at"] == "2026-05-30T06:00:00Z"
    assert (state["queued"], state["queue_age_s"]) == (0, 0)


@pytest.mark.parametrize(
    ("language", "page", "words"),
    [
        ("en", "/en/status", "State of the directory"),
        ("zh-CN,zh;q=0.9", "/zh/status", "最近一次发布"),
    ],
)
def test_a_browser_that_asks_for_the_state_is_led_to_the_page_in_its_language(
    client: Client, language: str, page: str, words: str
) -> None:
    accepts = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8", "accept-language": language}
    answer = client.get("/status", headers=accepts, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (302, page)
    assert "Accept" in answer.headers["vary"]
    shown = client.get(page).text
    assert words in shown
    assert "2026-05-30 06:00 UTC" in shown, "the last publish"
    for secret in ("postgresql", "redis://", "/tmp/", "labdir_"):
        assert secret not in shown


def test_every_kind_of_statement_can_be_asked_for_among_the_changes() -> None:
    tables = {str(sa.inspect(model).local_table.name) for model in TABLES.values()} | {"scope_line"}
    assert {word.value for word in Changed} == tables | {"record", "body"}
