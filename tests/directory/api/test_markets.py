"""Questions 1, 6 and 7 of a manufacturer: what a market asks, what a body meets of it, who is
designated; the API's answers, in their content."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from directory.app import create_app
from services.settings import Settings
from tests.directory.api.conftest import Client, Clock, House
from tests.services.find.market_world import build
from tests.services.store.build import World


@pytest.fixture(scope="module")
def house(make_database: Callable[[], str]) -> Iterator[House]:
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        build(World(conn))
        conn.commit()
    engine.dispose()
    clock = Clock()
    app = create_app(Settings(database_url=url), clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield House(url, client, clock)


def id_of(client: Client, name: str) -> str:
    cards = client.get("/api/v1/bodies", params={"q": name}).json()["data"]["cards"]
    return next(str(card["id"]) for card in cards if card["names"][0]["text"] == name)


def test_markets_are_listed_with_what_is_sourced_and_what_is_ahead(client: Client) -> None:
    answer = client.get("/api/v1/markets").json()
    by = {one["market"]["code"]: one for one in answer["data"]}
    assert by["US"]["routes"] == 2
    assert by["US"]["sourced"] == 1
    assert by["EU"]["next_day"]["on"] == "2027-01-20"
    assert by["IN"]["to_be_notified"] == 1
    assert answer["meta"]["sources"][0]["key"] == "routes"


def test_germany_is_answered_with_the_routes_of_the_union(client: Client) -> None:
    answer = client.get("/api/v1/markets/德国").json()
    assert answer["data"]["market"]["code"] == "DE"
    (route,) = answer["data"]["routes"]
    assert (route["market"], route["alternatives"]) == ("EU", [["sdoc"], ["notified_body"]])
    assert route["sourced"] is True
    assert route["evidence"][0]["raw"] == "sdoc|notified_body"
    assert answer["meta"]["warnings"] == ["Germany belongs to EU: the routes of EU apply there."]


def test_a_market_that_does_not_exist_is_told_with_the_nearest(client: Client) -> None:
    answer = client.get("/api/v1/markets/Germny")
    assert answer.status_code == 400
    assert "Germany (DE)" in answer.text
    answer = client.get("/api/v1/markets/EU?product=lmaps")
    assert answer.status_code == 400
    assert "lamps" in answer.text


def test_what_a_body_meets_is_told_requirement_by_requirement_with_its_chain(
    client: Client,
) -> None:
    asked = {"market": "AE", "product": "lamps", "standard": "IEC 60598-1:2020"}
    answer = client.get(
        f"/api/v1/bodies/{id_of(client, 'Lantern Testing')}/markets", params=asked
    ).json()
    (met,) = answer["data"]["markets"]
    first, second = met["routes"][0]["ways"]
    assert (first["state"], first["of_body"], first["left"]) == ("satisfied", "satisfied", 0)
    (there,) = first["asks"]
    assert there["reason"]["code"] == "SITE_THERE"
    assert [link["what"] for link in there["chain"]] == [
        "site", "line", "accreditation", "accreditation_body", "rule"]  # fmt: skip
    accreditation = there["chain"][2]
    assert (accreditation["start"], accreditation["end"]) == ("2022-01-10", "2028-01-09")
    proof = answer["data"]["proofs"][accreditation["ref"]]
    assert (proof["source"], len(proof["sha256"])) == ("register", 64)
    assert second["asks"][0]["state"] == "unknown"
    assert met["nearest"] is None


def test_who_must_do_what_is_left_is_named(client: Client) -> None:
    asked = {"market": "Saudi Arabia", "product": "lamps", "standard": "IEC 60598-1"}
    data = client.get(
        f"/api/v1/bodies/{id_of(client, 'Beacon Lab GmbH')}/markets", params=asked
    ).json()["data"]
    missing = data["markets"][0]["nearest"]["missing"]
    assert [(one["requirement"], one["who"], one["state"]) for one in missing] == [
        ("iecee_cb", "body", "unknown"),
        ("premarket_registration", "importer", "unsatisfied"),
    ]


def test_a_route_from_memory_is_a_hint(client: Client) -> None:
    data = client.get(
        f"/api/v1/bodies/{id_of(client, 'Prairie Radio Labs')}/markets?market=US&product=lamps"
    ).json()["data"]
    (asked,) = data["markets"][0]["routes"][0]["ways"][0]["asks"]
    assert (asked["state"], asked["reason"]["code"]) == ("unknown", "HINT_ONLY")
    assert data["markets"][0]["routes"][0]["route"]["sourced"] is False


def test_markets_stand_side_by_side(client: Client) -> None:
    data = client.get("/api/v1/markets/compare?markets=EU,SA&product=lamps").json()["data"]
    assert [one["code"] for one in data["markets"]] == ["EU", "SA"]
    assert [len(each) for each in data["products"][0]["routes"]] == [1, 1]
    many = client.get("/api/v1/markets/compare?markets=EU,SA,US,IN,AE,RU,CN")
    assert many.status_code == 400
    assert "two to 6" in many.text


def test_designated_bodies_are_told_with_status_expiry_and_risk_of_owners(client: Client) -> None:
    answer = client.get("/api/v1/designations?regime=US:FCC&country=CN&on=2026-06-01").json()
    (one,) = answer["data"]["designations"]
    assert one["names"][0]["text"] == "Lantern Radio Testing"
    assert one["accreditation"]["status"]["verdict"] == "VALID"
    assert one["expires"] == "2028-01-09"
    (owner,) = one["owners"]
    assert owner["prohibited_entity_risk"] is True
    assert (owner["source"], owner["as_of"]) == ("Covered List of 1 Oct 2025", "2025-10-01")
    assert owner["evidence"][0]["source"] == "fcc"
    assert answer["data"]["held"] is True
    everyone = client.get("/api/v1/designations?regime=US:FCC").json()["data"]["designations"]
    assert {d["names"][0]["text"]: len(d["owners"]) for d in everyone} == {
        "Prairie Radio Labs": 0, "Lantern Radio Testing": 1}  # fmt: skip
    task = client.get("/api/v1/designations?regime=US:FCC&task=module_B").json()["data"]
    assert task["designations"] == []


def test_an_unknown_regime_names_those_that_are_known(client: Client) -> None:
    answer = client.get("/api/v1/designations?regime=US:FCX")
    assert answer.status_code == 400
    assert "US:FCC" in answer.text
    assert client.get("/api/v1/designations").status_code == 400


def test_nothing_is_told_as_known_before_it_was(client: Client) -> None:
    answer = client.get("/api/v1/markets?known_at=2026-04-30T00:00:00Z").json()
    assert answer["data"] == []
