"""Sources, their freshness and what they say differently, on what is shipped: the made register
and the made list of a regulator that lags behind it."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from litestar.testing import TestClient

from directory.app import FrontDoor, create_app
from services import accounts, db
from services.settings import Settings
from services.sources import made_accepted
from services.terms import Role, SecretKind
from tests.directory.api import made

NOW = datetime(2026, 9, 2, 9, tzinfo=UTC)
Client = TestClient[FrontDoor]


@pytest.fixture(scope="module")
def steward(make_database: Callable[[], str]) -> Iterator[Client]:
    """A front door over what is shipped; the client holds a steward's key."""
    url = make_database()
    engine = db.connect(url)
    made.publish(engine, made_accepted.SOURCE)
    for number in ("L90004", "L90127"):
        made.look_up(engine, "CNAS", number)
    with engine.begin() as conn:
        account = accounts.open_account(conn, "a steward's desk", Role.STEWARD, NOW)
        key = accounts.new_secret(conn, account, SecretKind.API_KEY, NOW)
    engine.dispose()
    app = create_app(Settings(database_url=url), lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as client:
        client.headers["authorization"] = f"Bearer {key}"
        yield client


def conflicts(client: Client, state: str) -> dict[str, Any]:
    answer = client.get("/api/v1/conflicts", params={"state": state})
    assert answer.status_code == 200, answer.text
    return {f"{one['kind']} {one['label']}": one for one in answer.json()["data"]}


def verdict(client: Client, number: str) -> str:
    asked = {"questions": [{"number": number, "issuer": "CNAS", "on": "2026-09-01"}]}
    answer = client.post("/api/v1/validity", json=asked)
    assert answer.status_code == 200, answer.text
    told: str = answer.json()["data"]["verdicts"][0]["verdict"]
    return told


def test_sources_say_who_speaks_and_when_last(steward: Client) -> None:
    told = {one["key"]: one for one in steward.get("/api/v1/sources").json()["data"]}
    assert {"made_register", "made_accepted"} <= told.keys()
    list_of = told["made_accepted"]
    assert (list_of["tier"], list_of["records"]) == (3, 8)
    assert list_of["last_success_at"].startswith("2026-09-01T08:00")


def test_its_laboratories_are_bodies_of_the_register_and_no_new_ones(steward: Client) -> None:
    assert steward.get("/api/v1/status").json()["data"]["bodies"] == 200


def test_a_regulator_still_lists_what_the_register_withdrew(steward: Client) -> None:
    found = conflicts(steward, "open")
    assert set(found) == {"status CNAS L90004", "status CNAS L90165", "expiry CNAS L90127"}
    status = found["status CNAS L90165"]
    said = {side["source"]: (side["tier"], side["said"], side["raw"]) for side in status["sides"]}
    assert said["made_accepted"] == (3, "active", "Accepted 采信; 2028-10-13")
    tier, word, raw = said["made_register"]
    assert (tier, word) == (1, "withdrawn")
    assert "撤销" in raw
    preferred = next(side for side in status["sides"] if side["ref"] == status["proposed"])
    assert preferred["source"] == "made_register"
    assert status["rule"] == "source tiers"


def test_a_source_that_says_the_same_in_list_and_look_up_is_told_once(steward: Client) -> None:
    told = steward.get("/api/v1/conflicts", params={"state": "open"}).json()
    labels = [f"{one['kind']} {one['label']}" for one in told["data"]]
    assert sorted(labels) == sorted(conflicts(steward, "open"))
    assert told["meta"]["total"] == 3


def test_the_lagging_list_upgrades_nothing(steward: Client) -> None:
    assert verdict(steward, "L90165") == "WITHDRAWN"


def test_a_steward_decides_it_with_a_reason_and_it_is_open_no_longer(steward: Client) -> None:
    expiry = conflicts(steward, "open")["expiry CNAS L90127"]
    assert {side["said"] for side in expiry["sides"]} == {"2026-12-02", "2027-12-02"}
    answer = steward.post(
        f"/api/v1/conflicts/{expiry['id']}/decision",
        json={
            "upholds": expiry["proposed"],
            "because": "The register's certificate was read.",
            "proof": "https://register.example/L90127",
        },
    )
    assert answer.status_code == 200, answer.text
    assert "expiry CNAS L90127" not in conflicts(steward, "open")
    decided = conflicts(steward, "decided")["expiry CNAS L90127"]
    assert decided["ruling"]["because"] == "The register's certificate was read."
    assert decided["ruling"]["by"] == "a steward's desk"
