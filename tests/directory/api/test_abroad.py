"""Going abroad by the API: lists across bodies, indicators, and reports of obstacles."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from directory.app import create_app
from services.settings import Settings
from services.terms import Role
from tests.directory.api.conftest import Clock, House
from tests.services.find.abroad_world import fill
from tests.services.store.build import World

REPORT = {
    "market": "SA",
    "product": "toys",
    "document_kind": "CB test report",
    "rejected_by": "Customs of Jeddah",
    "text": "They asked for a report of a laboratory in the country instead.",
    "happened_on": "2026-05-10",
}


@pytest.fixture(scope="module")
def abroad(make_database: Callable[[], str]) -> Iterator[House]:
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    engine.dispose()
    clock = Clock()
    app = create_app(Settings(database_url=url), clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield House(url, client, clock)


def ask(
    house: House, path: str, status: int = 200, by: dict[str, str] | None = None
) -> dict[str, Any]:
    answer = house.client.get(f"/api/v1{path}", headers=by)
    assert answer.status_code == status, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_each_list_is_answered_with_its_facts_and_their_evidence(abroad: House) -> None:
    (gulf,) = ask(abroad, "/cooperations?country=SA&kind=witnessed_testing")["data"]
    assert (gulf["outputs"], gulf["in_whose_name"]) == ("CB test reports", "the partner's")
    assert gulf["evidence"][0]["source"] == "register"
    (taken,) = ask(abroad, "/acceptances?standard=IEC60335-2-24")["data"]
    assert (taken["accepter"], taken["valid_from"]) == ("SASO", "2022-05-01")
    (offer,) = ask(abroad, "/offers?hs_code=8507&language=ar")["data"]
    assert offer["stage"] == "manufacture"
    (zone,) = ask(abroad, "/zones")["data"]
    assert (zone["key"], zone["body_count"]) == ("maritime-core-area", 1)
    (sum_,) = ask(abroad, "/expertise?committee=IEC%20TC%2061")["data"]
    assert (sum_["experts"], sum_["verified"]) == (8, 3)


def test_projects_and_memberships_say_what_they_are_not(abroad: House) -> None:
    projects = ask(abroad, "/projects?country=KE")
    assert projects["data"][0]["treaty_arrangement"] is False
    assert "treaty" in projects["meta"]["warnings"][0]
    memberships = ask(abroad, "/memberships?organisation=TIC")
    assert memberships["data"][0]["recognition"] is False
    assert "recognises no result" in memberships["meta"]["warnings"][0]


def test_no_answer_names_a_client_who_did_not_agree(abroad: House) -> None:
    answer = abroad.client.get("/api/v1/accompaniments")
    assert "Bright Cell Works" in answer.text
    assert "Secret" not in answer.text
    assert [one["withheld"] for one in answer.json()["data"]] == [False, True]


def test_a_list_as_known_earlier_holds_nothing_learned_later(abroad: House) -> None:
    then = ask(abroad, "/cooperations?known_at=2026-04-01")
    assert [one["partner"] for one in then["data"]] == ["Dune Road Laboratory"]
    assert then["meta"]["total"] == 1
    counted = ask(abroad, "/indicators?id=acceptances&known_at=2026-04-01")["data"][0]
    assert counted["values"][-1] == {"on": "2026-06-01", "value": 1, "verified": 1}
    assert counted["definition_version"] == 1


def test_bad_questions_name_the_parameter_and_the_nearest(abroad: House) -> None:
    wrong = ask(abroad, "/cooperations?product=radoi", 400)
    assert (wrong["parameter"], wrong["remedy"]) == ("product", "Did you mean radio?")
    assert "Vietnam (VN)" in ask(abroad, "/projects?country=Vietnm", 400)["remedy"]
    assert ask(abroad, "/cooperations?kind=friendship", 400)["parameter"] == "kind"
    assert ask(abroad, "/zones?zone=nowhere", 404)["status"] == 404
    assert "1 to 100" in str(ask(abroad, "/offers?limit=5000", 400))
    assert ask(abroad, "/acceptances?cursor=abc", 400)["parameter"] == "cursor"


def test_a_report_goes_from_its_reporter_over_a_steward_to_everybody(abroad: House) -> None:
    maker, steward = abroad.opens("Kettle works"), abroad.opens("Desk one", Role.STEWARD)
    assert abroad.client.post("/api/v1/obstacles", json=REPORT).status_code == 401
    text = f"{REPORT['text']} Ask officer@customs.example."
    sent = abroad.client.post("/api/v1/obstacles", json={**REPORT, "text": text}, headers=maker)
    assert sent.status_code == 201
    id_, dropped = sent.json()["data"]["id"], sent.json()["data"]["dropped"]
    assert dropped == 1
    assert ask(abroad, "/obstacles")["data"] == []
    (own,) = ask(abroad, "/obstacles", by=maker)["data"]
    assert (own["state"], own["own"], "@" in own["text"]) == ("waiting", True, False)
    decision = {"decision": "published", "because": "Two papers were shown."}
    address = f"/api/v1/obstacles/{id_}/decision"
    assert abroad.client.post(address, json=decision, headers=maker).status_code == 403
    assert abroad.client.post(address, json=decision, headers=steward).status_code == 200
    again = abroad.client.post(address, json=decision, headers=abroad.opens("Two", Role.STEWARD))
    assert again.status_code == 409
    assert "Desk one decided so on 2026-06-01" in again.json()["detail"]
    (shown,) = ask(abroad, "/obstacles?market=SA&product=toys")["data"]
    assert (shown["state"], shown["reporter"], shown["because"]) == ("published", "", "")
    assert ask(abroad, "/obstacles?state=waiting", by=steward)["data"] == []


def test_a_change_of_a_route_is_told_among_the_changes(abroad: House) -> None:
    (change,) = ask(abroad, "/changes?what=market_route")["data"]
    assert (change["kind"], change["after"]["market"]) == ("added", "SA")
    (same,) = ask(abroad, "/changes?market=Saudi%20Arabia")["data"]
    assert same["cursor"] == change["cursor"]
    assert ask(abroad, "/changes?market=EU")["data"] == []


def test_a_subscription_to_a_market_keeps_its_markets(abroad: House) -> None:
    key = abroad.opens("Watcher")
    sent = {"url": "https://1.0.0.1/labdir", "filters": {"markets": ["SA"]}}
    made = abroad.client.post("/api/v1/subscriptions", json=sent, headers=key)
    assert made.status_code == 201, made.text
    assert made.json()["data"]["subscription"]["filters"]["markets"] == ["SA"]
    wrong = {**sent, "filters": {"markets": ["Saudia"]}}
    refused = abroad.client.post("/api/v1/subscriptions", json=wrong, headers=key)
    assert refused.status_code == 400
    assert "Saudi Arabia (SA)" in refused.json()["remedy"]
