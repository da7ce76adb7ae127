"""POST /routes/plan: question 6, answered over the routes that are shipped."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from directory.app import create_app
from services.settings import Settings
from tests.directory.api.conftest import Client, Clock
from tests.services.find.test_planner import FRIDGE, load_routes
from tests.services.store.build import World

CB = {"type": "iecee_cb", "standard": "IEC 60335-2-24", "edition": "2020", "issued": "2025-03-01"}
ASKED: dict[str, Any] = {
    "product": "electrical_safety",
    "hs_code": "8418.10",
    "markets": ["EU", "US", "SA", "BR"],
    "have": [CB],
}


@pytest.fixture(scope="module")
def client(make_database: Callable[[], str]) -> Iterator[Client]:
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        load_routes(World(conn))
    engine.dispose()
    app = create_app(Settings(database_url=url), Clock())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def ask(client: Client, **change: Any) -> dict[str, Any]:
    response = client.post("/api/v1/routes/plan", json=ASKED | change)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_question_six_is_answered_with_reasons_sources_and_who_does_what(client: Client) -> None:
    answer = ask(client)
    plan = answer["data"]["plan"]
    lanes = {lane["market"]: lane for lane in plan["lanes"]}
    assert list(lanes) == ["BR", "EU", "SA", "US"]
    assert plan["hs_code"] == "8418.10"
    (use,) = lanes["SA"]["reusable"]
    assert [one["code"] for one in use["reasons"]] == ["KIND_ASKED_FOR", "STANDARD_NOT_ASKED"]
    (route,) = lanes["SA"]["routes"]
    assert (route["sureness"], route["sourced"], route["hint"]) == ("high", True, False)
    (proof,) = answer["data"]["proofs"][route["ref"]]
    assert proof["sha256"]
    steps = route["alternatives"][route["best"]]["needs"]
    assert [(one["requirement"], one["state"], one["held_by"]) for one in steps] == [
        ("iecee_cb", "in_hand", "maker"),
        ("premarket_registration", "to_do", "importer"),
    ]
    (use,) = lanes["US"]["cannot_reuse"]
    assert use["reasons"][0]["code"] == "OTHER_KIND"
    assert use["said"] == ["CB report shortens work but is not acceptance."]
    brazil = lanes["BR"]["routes"][0]
    assert brazil["hint"]
    steps = brazil["alternatives"][brazil["best"]]["needs"]
    assert ("in_country_cb", True) in [(one["requirement"], one["there"]) for one in steps]
    (step,) = lanes["EU"]["routes"][0]["alternatives"][0]["needs"]
    assert (step["requirement"], step["done_by"], step["state"]) == ("sdoc", "maker", "to_do")
    codes = [one["code"] for one in lanes["EU"]["perhaps"][0]["reasons"]]
    assert codes[:2] == ["ROUTE_FROM_MEMORY", "BEHIND_DECLARATION"]
    assert (plan["repeat_tests_avoided"], plan["repeat_tests_perhaps"]) == (0, 1)
    (source,) = answer["meta"]["sources"]
    assert source["key"] == "market_routes"


def test_dates_to_watch_say_what_is_ahead_and_what_is_open(client: Client) -> None:
    toys = ask(client, product="toys", markets=["EU"], have=[], hs_code="")
    days = toys["data"]["plan"]["lanes"][0]["routes"][0]["days"]
    (ahead,) = [one for one in days if one["what"] == "applies" and one["on"] == "2030-08-01"]
    assert ahead["when"] == "ahead"
    machines = ask(client, product="machinery", markets=["IN"], have=[], hs_code="")
    days = machines["data"]["plan"]["lanes"][0]["routes"][0]["days"]
    assert [one for one in days if one["when"] == "open" and not one["certain"]]


def test_the_asked_standard_decides_over_editions(client: Client) -> None:
    old = ask(client, markets=["SA"], standard="IEC 60335-2-24:2025")
    (use,) = old["data"]["plan"]["lanes"][0]["cannot_reuse"]
    assert use["reasons"][0]["code"] == "EDITION_OLDER"
    same = ask(client, markets=["SA"], standard=FRIDGE)
    assert same["data"]["plan"]["lanes"][0]["reusable"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"product": "electric_safety"}, "electrical_safety"),
        ({"markets": ["SA"] * 21}, "20"),
        ({"have": [CB] * 51}, "50"),
        ({"have": [{**CB, "type": "CE certificate of CB"}]}, "no kind of evidence"),
        ({"have": [{**CB, "colour": "blue"}]}, "colour"),
        ({"markets": []}, "1"),
        ({"standard": "x" * 301}, "300"),
        ({"on": "soon"}, "date"),
        ({"known_at": "2030-01-01T00:00:00Z"}, "still to come"),
    ],
)
def test_bad_questions_are_problems_that_say_what_is_taken(
    client: Client, change: dict[str, Any], said: str
) -> None:
    response = client.post("/api/v1/routes/plan", json=ASKED | change)
    assert response.status_code == 400, response.text
    assert response.headers["content-type"].startswith("application/problem+json")
    problem = response.json()
    assert said in " ".join([problem["detail"], problem.get("remedy", "")])
