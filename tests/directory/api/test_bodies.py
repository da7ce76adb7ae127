"""Bodies over HTTP: content, the two time axes, paging, and tags."""

from typing import Any

import pytest

from tests.directory.api.conftest import Client, House, drafts
from tests.services.store.build import at, lab


def get(client: Client, path: str, **params: str) -> dict[str, Any]:
    response = client.get(f"/api/v1{path}", params=params)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    assert set(answer) == {"data", "meta"}
    return answer


def battery_id(client: Client) -> str:
    (card,) = get(client, "/bodies", q="电池")["data"]["cards"]
    return str(card["id"])


@pytest.mark.parametrize(
    "question",
    [
        {"q": "电池"},
        {"q": "battery"},
        {"standard": "GB4943.1"},
        {"standard": "GB 4943.1-2022"},
        {"q": "CNAS L90417"},
        {"country": "cn"},
        {"status": "suspended"},
        {"q": "battery", "country": "", "type": "testing", "source": "register"},
    ],
)
def test_a_body_is_found_by_words_numbers_and_standards(
    client: Client, question: dict[str, str]
) -> None:
    answer = get(client, "/bodies", **question)
    names = [name["text"] for card in answer["data"]["cards"] for name in card["names"]]
    assert "Harbour Battery Testing Co., Ltd." in names
    assert "Quayside Metal Laboratory" not in names


def test_meta_names_the_answer_and_the_freshness_of_its_sources(client: Client) -> None:
    meta = get(client, "/bodies", q="battery")["meta"]
    assert meta["as_known_at"] == "2026-06-01T12:00:00Z"
    assert meta["on"] == "2026-06-01"
    assert meta["log_position"] >= 0
    assert meta["rule_version"]
    (source,) = meta["sources"]
    assert (source["key"], source["last_success_at"]) == ("register", "2026-05-30T06:00:00Z")


def test_pages_follow_one_another_by_cursor(client: Client) -> None:
    first = get(client, "/bodies", limit="1")
    assert first["meta"]["next_cursor"]
    second = get(client, "/bodies", limit="1", cursor=first["meta"]["next_cursor"])
    ids = [card["id"] for page in (first, second) for card in page["data"]["cards"]]
    assert len(set(ids)) == 2
    assert second["meta"]["next_cursor"] is None


def test_a_body_is_read_whole_and_in_parts(client: Client) -> None:
    body = battery_id(client)
    whole = get(client, f"/bodies/{body}")["data"]
    (accreditation,) = get(client, f"/bodies/{body}/accreditations")["data"]
    assert whole["accreditations"] == [accreditation]
    assert accreditation["status"]["verdict"] == "SUSPENDED"
    assert get(client, f"/accreditations/{accreditation['id']}")["data"] == accreditation
    (presence,) = get(client, f"/bodies/{body}/presence")["data"]
    assert (presence["country"], presence["mode"], presence["verified"]) == ("AE", "borrowed", True)
    (credential,) = get(client, f"/bodies/{body}/credentials")["data"]
    assert (credential["kind"], credential["polarity"]) == ("penalty", "adverse")
    timeline = get(client, f"/bodies/{body}/timeline")["data"]
    assert ("suspended", "2026-05-20") in [(entry["what"], entry["at"]) for entry in timeline]


def test_scope_is_searched_and_paged(client: Client) -> None:
    body = battery_id(client)
    scope = get(client, f"/bodies/{body}/scope", q="锂电池")["data"]
    assert [line["method"] for line in scope["lines"]] == ["GB/T 18287-2013"]
    assert (scope["total"], scope["of"]) == (1, 2)
    first = get(client, f"/bodies/{body}/scope", limit="1")
    rest = get(client, f"/bodies/{body}/scope", limit="1", cursor=first["meta"]["next_cursor"])
    methods = [line["method"] for page in (first, rest) for line in page["data"]["lines"]]
    assert sorted(methods) == ["GB 4943.1-2022", "GB/T 18287-2013"]


def test_a_past_day_is_answered_as_of_that_day(client: Client) -> None:
    body = battery_id(client)
    (accreditation,) = get(client, f"/bodies/{body}/accreditations", on="2026-05-19")["data"]
    assert accreditation["status"]["verdict"] != "SUSPENDED"


def test_what_was_not_known_yet_is_not_told(client: Client) -> None:
    body = battery_id(client)
    response = client.get(f"/api/v1/bodies/{body}?known_at=2026-05-01")
    assert response.status_code == 404
    assert response.json()["type"] == "/schema#problem-not-found"


@pytest.mark.parametrize(
    ("given", "known"),
    [
        ("2026-05-31", "2026-05-31T23:59:59.999999Z"),
        ("2026-06-01", "2026-06-01T12:00:00Z"),
        ("2026-05-31T20:00:00+08:00", "2026-05-31T12:00:00Z"),
        ("2026-05-31T12:00:00Z", "2026-05-31T12:00:00Z"),
    ],
)
def test_known_at_takes_a_time_with_its_offset_or_a_day(
    client: Client, given: str, known: str
) -> None:
    answer = get(client, f"/bodies/{battery_id(client)}", known_at=given)
    assert answer["meta"]["as_known_at"] == known


def test_an_unescaped_plus_of_the_offset_is_forgiven(client: Client) -> None:
    path = f"/api/v1/bodies/{battery_id(client)}?known_at=2026-05-31T20:00:00+08:00"
    answer = client.get(path)
    assert answer.json()["meta"]["as_known_at"] == "2026-05-31T12:00:00Z"


def test_a_registered_number_is_resolved_and_another_is_not_found_but_never_fake(
    client: Client,
) -> None:
    found = get(client, "/resolve", number="cnas l90417")["data"]
    assert [one["number"] for one in found["registered"]] == ["L90417"]
    missing = get(client, "/resolve", number="CNAS L99999")["data"]
    assert (missing["registered"], missing["verdict"]) == ([], "NOT_FOUND")


def test_a_claimed_holder_is_held_against_the_registered_one(client: Client) -> None:
    right = get(client, "/resolve", number="L90417", body="Harbour Battery Testing")["data"]
    assert (right["flags"], right["verdict"]) == ([], None)
    other = get(client, "/resolve", number="L90417", body="Quayside Metal Laboratory")["data"]
    assert [one["code"] for one in other["flags"]] == ["HOLDER_DIFFERS"]
    assert other["verdict"] == "IDENTITY_UNRESOLVED"
    misread = get(client, "/resolve", number="L9O417")["data"]
    assert [one["number"] for one in misread["candidates"]] == ["L90417"]
    refused = client.get("/api/v1/resolve", params={"number": "L90417", "body": "x" * 301})
    assert (refused.status_code, refused.json()["parameter"]) == (400, "body")


def test_a_held_answer_is_not_sent_again_until_something_was_published(house: House) -> None:
    client, path = house.client, "/api/v1/bodies?q=battery"
    first = client.get(path)
    tag = first.headers["etag"]
    assert tag.startswith('W/"')
    again = client.get(path, headers={"if-none-match": f'"other", {tag}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tag
    assert client.get("/api/v1/bodies?q=steel", headers={"if-none-match": tag}).status_code == 200
    with house.clock.later(days=1):  # time alone can change an answer
        assert client.get(path, headers={"if-none-match": tag}).status_code == 200
    house.look(lambda world: world.look("register", at("2026-06-01"), [*drafts(), lab("L90999")]))
    after = client.get(path, headers={"if-none-match": tag})
    assert after.status_code == 200
    assert after.headers["etag"] != tag


def test_a_look_that_changed_nothing_still_freshens_the_answer(house: House) -> None:
    path = "/api/v1/bodies?q=steel"
    tag = house.client.get(path).headers["etag"]
    again = [*drafts(), lab("L90999")]
    house.look(lambda world: world.look("register", at("2026-06-01", 7), again))
    fresh = house.client.get(path, headers={"if-none-match": tag})
    assert fresh.status_code == 200
    assert fresh.json()["meta"]["sources"][0]["last_success_at"] == "2026-06-01T07:00:00Z"


def test_head_answers_with_the_headers_of_get_alone(client: Client) -> None:
    head = client.head("/api/v1/bodies?q=battery")
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["etag"] == client.get("/api/v1/bodies?q=battery").headers["etag"]


def test_a_timeline_is_narrowed_and_paged(client: Client) -> None:
    path = f"/bodies/{battery_id(client)}/timeline"
    whole = get(client, path)
    seen, cursor = [], ""
    while True:
        page = get(client, path, limit="2", **({"cursor": cursor} if cursor else {}))
        assert page["meta"]["total"] == len(whole["data"])
        seen += page["data"]
        cursor = page["meta"]["next_cursor"]
        if not cursor:
            break
    assert seen == whole["data"]
    assert {one["known_until"] for one in seen} == {None}
    inside = get(client, path, **{"from": "2026-05-20", "to": "2026-05-20"})["data"]
    assert [one["what"] for one in inside] == ["suspended"]
    assert get(client, path, known_from="2026-06-01T08:00:00Z")["data"] == []


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"from": "2026-06-01", "to": "2026-05-01"}, "to"),
        ({"from": "yesterday"}, "from"),
        ({"known_from": "2026-06-01T08:00:00"}, "known_from"),
        ({"cursor": "xx"}, "cursor"),
        ({"limit": "501"}, "limit"),
    ],
)
def test_a_timelines_wrong_parameter_is_named(
    client: Client, asked: dict[str, str], parameter: str
) -> None:
    answer = client.get(f"/api/v1/bodies/{battery_id(client)}/timeline", params=asked)
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)
