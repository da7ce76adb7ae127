"""Every golden case through the API, with its facts in the database: alone, briefly, together."""

from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from directory.app import create_app
from services.settings import Settings
from tests.directory.api.conftest import Client, Clock
from tests.services.store.build import World
from tests.services.verdict.golden_world import Case, cases, fill, question

CASES = cases()
# after every time that a case names
LATER = datetime(2032, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def golden(make_database: Callable[[], str]) -> Iterator[Client]:
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        fill(World(conn), CASES)
    engine.dispose()
    app = create_app(Settings(database_url=url), Clock(LATER))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def body_of(case: Case) -> tuple[dict[str, Any], str]:
    asked, known_at = question(case)
    said = {name: value for name, value in msgspec.to_builtins(asked).items() if value}
    return said, known_at.isoformat()


def ask(client: Client, known_at: str, *questions: dict[str, Any], **more: Any) -> list[Any]:
    told = {"questions": questions, "known_at": known_at, **more}
    response = client.post("/api/v1/validity", json=told)
    assert response.status_code == 200, response.text
    verdicts: list[Any] = response.json()["data"]["verdicts"]
    return verdicts


@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['number']}-{c['name']}")
def test_the_api_gives_the_expected_verdict(golden: Client, case: Case) -> None:
    asked, known_at = body_of(case)
    (verdict,) = ask(golden, known_at, asked)
    assert verdict["verdict"] == case["expected"], verdict["reasons"]
    assert all(reason["text"] for reason in verdict["reasons"])
    assert ask(golden, known_at, asked, brief=True) == [verdict]


def test_all_that_were_known_on_one_day_are_answered_in_one_request(golden: Client) -> None:
    days: dict[str, list[Case]] = defaultdict(list)
    for case in CASES:
        days[case["question"]["known_at"]].append(case)
    for same in days.values():
        bodies = [body_of(case) for case in same]
        verdicts = ask(golden, bodies[0][1], *(asked for asked, _ in bodies), brief=True)
        assert [one["verdict"] for one in verdicts] == [case["expected"] for case in same]
