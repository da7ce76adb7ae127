"""Watchlists, subscriptions and what a change touches, over HTTP: one's own and nobody else's."""

from typing import Any

import pytest

from services.watch import subscriptions
from tests.directory.api.conftest import Client, House
from tests.directory.api.test_bodies import battery_id
from tests.directory.api.test_problems import problem

PUBLIC = "https://1.0.0.1/labdir"
Key = dict[str, str]


@pytest.fixture(scope="module")
def other(house: House) -> Key:
    """Another account's key."""
    return house.opens("Quay office")


@pytest.fixture
def mine(house: House, request: pytest.FixtureRequest) -> Key:
    """The key of an account of this test's own."""
    return house.opens(f"Desk {request.node.name}"[:80])


def post(client: Client, path: str, key: Key, sent: Any = None, status: int = 200) -> Any:
    answer = client.post(f"/api/v1{path}", json=sent, headers=key)
    assert answer.status_code == status, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["data"]


def got(client: Client, path: str, key: Key) -> Any:
    answer = client.get(f"/api/v1{path}", headers=key)
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    return answer.json()["data"]


def subscribe(client: Client, key: Key, **more: Any) -> Any:
    return post(client, "/subscriptions", key, {"url": PUBLIC, **more}, 201)


def test_a_watchlist_from_beginning_to_end(client: Client, mine: Key) -> None:
    body = battery_id(client)
    made = post(client, "/watchlists", mine, {"name": "Batteries"}, 201)
    id_ = made["list"]["id"]
    whole = post(client, f"/watchlists/{id_}/bodies", mine, {"bodies": [body]})
    assert [one["body"] for one in whole["bodies"]] == [body]
    assert whole["bodies"][0]["names"][0]["text"]
    assert [one["id"] for one in got(client, "/watchlists", mine)] == [id_]
    changes = got(client, f"/changes?watchlist={id_}", mine)
    assert {one["body"] for one in changes} == {body}
    named = client.patch(f"/api/v1/watchlists/{id_}", json={"name": " Cells "}, headers=mine)
    assert named.json()["data"]["list"]["name"] == "Cells"
    empty = client.patch(f"/api/v1/watchlists/{id_}", json={"name": ""}, headers=mine)
    assert empty.status_code == 400
    gone = client.delete(f"/api/v1/watchlists/{id_}/bodies/{body}", headers=mine)
    assert gone.status_code == 204
    assert got(client, f"/watchlists/{id_}", mine)["bodies"] == []
    assert client.delete(f"/api/v1/watchlists/{id_}", headers=mine).status_code == 204
    problem(client, f"/api/v1/watchlists/{id_}", 404, headers=mine)


def test_a_subscription_from_beginning_to_end(client: Client, house: House, mine: Key) -> None:
    filters = {"events": ["suspended"], "issuers": ["cnas"], "repeats": False}
    made = subscribe(client, mine, filters=filters)
    one = made["subscription"]
    assert made["secret"].startswith("whsec_")
    assert (one["state"], one["url"]) == ("active", PUBLIC)
    assert one["filters"] == {"events": ["suspended"], "issuers": ["CNAS"], "repeats": False}
    path = f"/subscriptions/{one['id']}"
    shown = client.get(f"/api/v1{path}", headers=mine)
    assert made["secret"] not in shown.text, "its secret is told once"
    assert made["secret"] not in client.get("/api/v1/subscriptions", headers=mine).text
    assert post(client, f"{path}/pause", mine)["state"] == "paused"
    problem(client, f"/api/v1{path}/test", 409, method="POST", headers=mine)
    assert post(client, f"{path}/resume", mine)["state"] == "active"
    sent = post(client, f"{path}/test", mine, status=202)
    assert (sent["state"], sent["changes"]) == ("waiting", 0)
    assert got(client, f"{path}/deliveries?state=waiting", mine) == [sent]
    assert got(client, f"{path}/deliveries?state=dead", mine) == []
    assert got(client, f"{path}/deliveries?cursor={sent['id']}", mine) == []
    said = problem(
        client, f"/api/v1{path}/deliveries/{sent['id']}/retry", 409, method="POST", headers=mine
    )
    assert "waiting" in said["detail"]
    assert post(client, f"{path}/replay", mine, {"from": 0})["place"] == ""
    assert got(client, f"{path}/deliveries", mine) == []
    assert client.delete(f"/api/v1{path}", headers=mine).status_code == 204
    assert got(client, "/subscriptions", mine) == []


def test_nothing_of_anothers_is_there(client: Client, mine: Key, other: Key) -> None:
    list_id = post(client, "/watchlists", mine, {"name": "Mine"}, 201)["list"]["id"]
    hook = subscribe(client, mine)["subscription"]["id"]
    sent = post(client, f"/subscriptions/{hook}/test", mine, status=202)["id"]
    assert got(client, "/watchlists", other) == []
    assert got(client, "/subscriptions", other) == []
    tried = [
        ("GET", f"/watchlists/{list_id}", None),
        ("DELETE", f"/watchlists/{list_id}", None),
        ("POST", f"/watchlists/{list_id}/bodies", {"bodies": ["b1"]}),
        ("DELETE", f"/watchlists/{list_id}/bodies/b1", None),
        ("GET", f"/changes?watchlist={list_id}", None),
        ("GET", f"/changes.atom?watchlist={list_id}", None),
        ("GET", f"/changes/stream?watchlist={list_id}", None),
        ("POST", "/subscriptions", {"url": PUBLIC, "watchlist": list_id}),
        ("GET", f"/subscriptions/{hook}", None),
        ("DELETE", f"/subscriptions/{hook}", None),
        ("GET", f"/subscriptions/{hook}/deliveries", None),
        *(("POST", f"/subscriptions/{hook}/{word}", None) for word in ("pause", "resume", "test")),
        ("POST", f"/subscriptions/{hook}/replay", {"from": 0}),
        ("POST", f"/subscriptions/{hook}/deliveries/{sent}/retry", None),
    ]
    for method, path, body in tried:
        more = {"json": body} if body else {}
        said = problem(client, f"/api/v1{path}", 404, method=method, headers=other, **more)
        assert said["type"] == "/schema#problem-not-found", path
        if "watchlist=" not in path:
            problem(client, f"/api/v1{path}", 401, method=method, **more)
    assert got(client, f"/subscriptions/{hook}", mine)["waiting"] == 1, "and nothing was done"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://127.0.0.1/h", "private address 127.0.0.1"),
        ("https://[::ffff:127.0.0.1]/h", "private address"),
        ("https://localhost/h", "private address"),
        ("https://169.254.169.254/", "private address"),
        ("http://1.0.0.1/h", "not encrypted"),
        ("https://no-such-name.invalid/h", "cannot be resolved"),
        ("javascript:alert(1)", "no address of a web server"),
    ],
)
def test_a_webhook_to_where_it_may_not_go_is_refused(
    client: Client, mine: Key, url: str, said: str
) -> None:
    path = "/api/v1/subscriptions"
    found = problem(client, path, 400, method="POST", headers=mine, json={"url": url})
    assert said in found["detail"]
    assert found["remedy"]
    assert got(client, "/subscriptions", mine) == []


@pytest.mark.parametrize(
    ("path", "sent", "said"),
    [
        ("/subscriptions", {"url": PUBLIC, "filters": {"events": ["stopped"]}}, "stopped"),
        ("/subscriptions", {"url": PUBLIC, "filters": {"kinds": ["odd"]}}, "odd"),
        ("/subscriptions", {"url": PUBLIC, "filters": {"colour": "red"}}, "colour"),
        ("/subscriptions", {"url": PUBLIC, "filters": {"issuers": ["Nobody"]}}, "Nobody"),
        ("/subscriptions", {"url": PUBLIC, "filters": {"bodies": ["b999999"]}}, "b999999"),
        ("/subscriptions", {"url": PUBLIC, "filters": {"sources": ["nowhere"]}}, "nowhere"),
        ("/subscriptions", {"url": PUBLIC, "filters": {"countries": ["Sg1"]}}, "Sg1"),
        ("/subscriptions", {"url": PUBLIC, "hook": 1}, "hook"),
        ("/subscriptions", {"filters": {}}, "url"),
        ("/subscriptions", [], "object"),
        ("/watchlists", {"name": ""}, "length"),
        ("/watchlists", {"name": "x", "bodies": ["12"]}, "12"),
        ("/watchlists", {"name": "x", "owner": 1}, "owner"),
    ],
)
def test_what_cannot_be_read_is_named(
    client: Client, mine: Key, path: str, sent: Any, said: str
) -> None:
    found = problem(client, f"/api/v1{path}", 400, method="POST", headers=mine, json=sent)
    assert said in found["detail"]


@pytest.mark.parametrize("position", [-1, 1000, 2**62])
def test_a_replay_from_beyond_the_log_is_refused(client: Client, mine: Key, position: int) -> None:
    hook = subscribe(client, mine)["subscription"]["id"]
    found = problem(
        client, f"/api/v1/subscriptions/{hook}/replay", 400, method="POST", headers=mine,
        json={"from": position},
    )  # fmt: skip
    assert f"no position {position}" in found["detail"]
    assert "The log goes from 0" in found["remedy"]


def test_there_is_an_end_to_subscriptions(
    client: Client, mine: Key, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert subscriptions.MOST == 50
    monkeypatch.setattr(subscriptions, "MOST", 3)
    for _ in range(3):
        subscribe(client, mine)
    found = problem(
        client, "/api/v1/subscriptions", 409, method="POST", headers=mine, json={"url": PUBLIC}
    )
    assert found["type"] == "/schema#problem-conflict"
    assert "3 subscriptions" in found["detail"]


def test_changes_are_narrowed_by_event_issuer_and_country(client: Client) -> None:
    def labels(**asked: str) -> list[str]:
        answer = client.get("/api/v1/changes", params={**asked, "limit": "1000"})
        assert answer.status_code == 200, answer.text
        return [one["label"] for one in answer.json()["data"]]

    assert labels(event="suspended,withdrawn") == ["CNAS L90417"]
    assert set(labels(issuer="cnas", what="status_event")) == {"CNAS L90417"}
    assert "CNAS L90417" not in labels(country="SG")
    assert labels(country="SG,CN", event="suspended") == ["CNAS L90417"]
    assert labels(event="withdrawn") == []


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("event=stopped", "event"),
        ("issuer=Nobody", "issuer"),
        ("country=Singapore", "country"),
        ("source=nowhere", "source"),
        ("body=b999999", "body"),
        ("repeats=some", "repeats"),
        ("watchlist=5", "watchlist"),
    ],
)
def test_an_unknown_filter_value_is_named(
    client: Client, mine: Key, query: str, parameter: str
) -> None:
    for path in ("/changes", "/changes.atom", "/changes/stream"):
        found = problem(client, f"/api/v1{path}?{query}", 400, headers=mine)
        assert found["parameter"] == parameter, found


def test_what_a_suspension_touches(client: Client, mine: Key) -> None:
    body = battery_id(client)
    list_id = post(client, "/watchlists", mine, {"name": "Mine", "bodies": [body]}, 201)["list"][
        "id"
    ]
    (change,) = client.get("/api/v1/changes?event=suspended").json()["data"]
    path = f"/changes/{change['cursor']}/touches"
    anybody, owner = got(client, path, {}), got(client, path, mine)
    assert (anybody["event"], anybody["since"], anybody["until"]) == (
        "suspended",
        "2026-05-20",
        None,
    )
    assert (anybody["lines"], anybody["of_lines"], anybody["partial"]) == (2, 2, False)
    assert (anybody["watchlists"], anybody["audits"]) == ([], [])
    assert [one["id"] for one in owner["watchlists"]] == [list_id]
    problem(client, "/api/v1/changes/99.0/touches", 404)
    problem(client, "/api/v1/changes/here/touches", 400)
    (other, *_) = client.get("/api/v1/changes?what=name").json()["data"]
    found = problem(client, f"/api/v1/changes/{other['cursor']}/touches", 400)
    assert "status" in found["detail"]
