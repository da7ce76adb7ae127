"""Question 1 of the manufacturer over HTTP: who can test this for that market, who nearly can."""

from typing import Any

from tests.directory.api.conftest import Client


def find(client: Client, **params: str) -> dict[str, Any]:
    response = client.get("/api/v1/bodies", params=params)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def names(cards: list[dict[str, Any]]) -> list[str]:
    return [card["names"][0]["text"] for card in cards]


def test_who_tests_this_for_that_market_is_answered_with_line_presence_and_reason(
    client: Client,
) -> None:
    answer = find(
        client, market="AE", standard="GB 4943.1-2022", country="CN", mode="borrowed",
        as_of="2026-06-01",
    )  # fmt: skip
    (card,) = answer["data"]["cards"]
    assert names([card]) == ["Harbour Battery Testing Co., Ltd."]
    (line,) = card["matched"]
    assert (line["key"], line["method"], line["object_also"]) == ("2", "GB 4943.1-2022", "chargers")
    assert card["presences"] == [["AE", "borrowed"]]
    why = {one["code"]: one["params"] for one in card["why"]}
    assert why == {
        "LINES": {"lines": "1"},
        "PRESENT": {"country": "AE", "mode": "borrowed"},
        "NOTHING_STANDS": {},
    }
    assert card["accreditations"][0]["status"]["verdict"] == "SUSPENDED"
    assert answer["meta"]["on"] == "2026-06-01"


def test_who_nearly_can_is_told_with_what_is_missing_and_how_many(client: Client) -> None:
    answer = find(client, q="battery", market="Emirates", status="stands")
    assert answer["data"]["cards"] == []
    (near,) = answer["data"]["nearly"]
    assert names([near["card"]]) == ["Harbour Battery Testing Co., Ltd."]
    assert [(one["code"], one["params"]) for one in near["missing"]] == [
        ("OTHER_STATUS", {"asked": "stands", "held": "suspended"})
    ]
    assert answer["data"]["excluded"] == {"status": 1}


def test_facets_count_exactly_by_every_kind(client: Client) -> None:
    facets = find(client)["data"]["facets"]
    told = {name: {one["value"]: one["count"] for one in rows} for name, rows in facets.items()}
    assert told["country"] == {"CN": 1, "SG": 1}
    assert told["market"] == {"AE": 1, "CN": 1, "SG": 1}
    assert told["mode"] == {"borrowed": 1}
    assert told["family"] == {"GB": 1, "ISO": 1}
    assert told["issuer"] == {"CNAS": 2}
    assert set(told) == {
        *("status", "kind", "country", "market", "mode"),
        *("issuer", "family", "level", "language", "source"),
    }


def test_a_hint_is_told_with_its_confidence(client: Client) -> None:
    (card,) = find(client, standard="IEC 62368-1:2018")["data"]["cards"]
    (hint,) = [one for one in card["why"] if one["code"] == "HINT"]
    assert (hint["params"]["relation"], hint["params"]["confidence"]) == ("modified", "high")
    assert hint["text"].startswith("Only a hint: it names GB 4943.1-2022")


def test_a_past_day_before_anything_was_known_is_empty(client: Client) -> None:
    answer = find(client, as_of="2026-05-01")
    assert (answer["meta"]["total"], answer["data"]["cards"]) == (0, [])
    assert answer["meta"]["log_position"] == -1


def test_a_standard_that_nobody_names_is_noted_with_the_nearest(client: Client) -> None:
    (note,) = find(client, standard="GB 4943.2")["data"]["notes"]
    assert note["code"] == "STANDARD_NOT_HELD"
    assert note["params"]["near"] == "GB 4943.1"
