"""Going abroad across all bodies on what is shipped: the made register and its made facts."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from litestar.testing import TestClient
from selectolax.lexbor import LexborHTMLParser

from directory.app import FrontDoor, create_app
from services import db
from services.settings import Settings
from tests.directory.api import made

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
Client = TestClient[FrontDoor]


@pytest.fixture(scope="module")
def client(make_database: Callable[[], str]) -> Iterator[Client]:
    url = make_database()
    engine = db.connect(url)
    made.publish(engine)
    engine.dispose()
    app = create_app(Settings(database_url=url), lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def get(client: Client, path: str, **asked: str) -> Any:
    answer = client.get(f"/api/v1{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_agreements_are_found_by_market_product_and_kind(client: Client) -> None:
    asked = {"country": "SA", "product": "electrical_safety", "kind": "witnessed_testing"}
    found = get(client, "/cooperations", **asked)["data"]
    assert "Date Palm Bustard Conformity" in {one["partner"] for one in found}
    for one in found:
        assert "SA" in one["countries"]
        assert (one["product"], one["kind"]) == ("electrical_safety", "witnessed_testing")
        assert one["evidence"]


def test_every_page_of_a_list_is_read_once_to_its_end(client: Client) -> None:
    seen: list[str] = []
    cursor, total = "", 0
    while True:
        answer = get(client, "/memberships", limit="40", cursor=cursor)
        seen += [one["evidence"][0]["ref"] for one in answer["data"]]
        total, cursor = answer["meta"]["total"], answer["meta"]["next_cursor"] or ""
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == total > 80


def test_results_are_accepted_by_standard_in_any_edition(client: Client) -> None:
    found = get(client, "/acceptances", standard="IEC60335-2-15")["data"]
    assert found
    assert all("60335-2-15" in one["standard"] for one in found)
    assert {one["body"] for one in found if one["country"] == "SA"}


def test_a_zone_counts_the_bodies_of_its_cities_and_pages_them(client: Client) -> None:
    zones = {one["name_also"]: one for one in get(client, "/zones")["data"]}
    ferry = zones["渡湾开放先行区（虚构）"]
    assert ferry["by_kind"]["testing"] > 5
    seen: list[str] = []
    cursor = ""
    while True:
        answer = get(client, "/zones", zone=ferry["key"], limit="10", cursor=cursor)
        seen += [one["body"] for one in answer["data"][0]["bodies"]]
        cursor = answer["meta"]["next_cursor"] or ""
        if not cursor:
            break
    assert len(seen) == len(set(seen)) == ferry["body_count"] > 20


def test_experts_of_a_committee_lead_to_bodies_and_name_nobody(client: Client) -> None:
    found = get(client, "/expertise", committee="IEC TC 61")["data"]
    assert found
    for one in found:
        assert one["committee"] == "IEC TC 61"
        assert one["experts"] >= sum(of["count"] for of in one["largest"]) > 0
        assert not {"name", "names", "person"} & set(one)


def test_measures_rise_and_fall_with_their_facts(client: Client) -> None:
    (found,) = get(client, "/indicators", id="acceptances")["data"]
    values = {one["on"]: one["value"] for one in found["values"]}
    assert values["2022-12-31"] > values["2021-12-31"] > 0
    assert values["2026-11-01"] == len(
        {
            (one["country"], one["product"], one["result"])
            for one in get(client, "/acceptances", limit="100")["data"]
        }
    )


def test_a_filter_offers_each_of_its_words_once(client: Client) -> None:
    for part, field in (
        ("cooperation", "country"),
        ("experts", "committee"),
        ("services", "stage"),
    ):
        page = LexborHTMLParser(client.get(f"/zh/abroad/{part}").text)
        offered = [one.attributes["value"] for one in page.css(f"#f-{field} option")]
        assert len(offered) == len(set(offered)) > 3, (part, offered)
