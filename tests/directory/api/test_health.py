"""Alive, ready, and the numbers that alerts hang on."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic.script import ScriptDirectory
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families

from directory.app import create_app
from services.db import MIGRATIONS
from services.settings import Settings
from services.terms import Verdict
from tests.directory.api.conftest import Client, Clock
from tests.directory.api.test_problems import problem


def numbers(client: Client) -> dict[str, float]:
    """Prometheus' own reading of /metrics: name{labels} → value."""
    response = client.get("/metrics")
    assert response.status_code == 200
    assert response.headers["content-type"].startswith("text/plain")
    return {
        f"{sample.name}{''.join(f'{{{k}={v}}}' for k, v in sorted(sample.labels.items()))}": (
            sample.value
        )
        for family in text_string_to_metric_families(response.text)
        for sample in family.samples
    }


def test_it_is_alive_and_ready_over_a_migrated_database(client: Client) -> None:
    assert client.get("/health").json()["alive"] is True
    assert client.get("/ready").json()["ready"] is True
    assert client.get("/api/v1/health").json() == client.get("/health").json()
    assert client.get("/api/v1/ready").status_code == 200


def test_without_a_database_it_is_alive_but_not_ready(closed: Client) -> None:
    assert closed.get("/health").json()["alive"] is True
    said = problem(closed, "/ready", 503)
    assert said["detail"] == "The database cannot be reached."


def test_without_a_database_address_it_starts_and_says_what_to_set() -> None:
    with TestClient(create_app(Settings(), Clock())) as client:
        assert client.get("/health").status_code == 200
        said = problem(client, "/ready", 503)
        assert said["remedy"] == "Name one in LABDIR_DATABASE_URL."


@pytest.fixture
def behind(database_url: str) -> Iterator[Client]:
    """A front door over a database whose schema is one migration behind."""
    head, before, *_ = ScriptDirectory(str(MIGRATIONS)).walk_revisions()
    engine = sa.create_engine(database_url)
    with engine.begin() as conn:
        conn.execute(
            sa.text("update alembic_version set version_num = :before where version_num = :head"),
            {"before": before.revision, "head": head.revision},
        )
    engine.dispose()
    with TestClient(create_app(Settings(database_url=database_url), Clock())) as client:
        yield client


def test_a_schema_behind_this_version_is_not_ready(behind: Client) -> None:
    assert problem(behind, "/ready", 503)["remedy"] == "Run labdir migrate."


def test_an_unmigrated_database_is_not_ready_and_says_what_to_do(
    make_database: Callable[[], str],
) -> None:
    url = make_database()
    engine = sa.create_engine(url)
    with engine.begin() as conn:
        conn.execute(sa.text("drop schema public cascade"))
        conn.execute(sa.text("create schema public"))
    engine.dispose()
    with TestClient(create_app(Settings(database_url=url), Clock())) as client:
        assert problem(client, "/ready", 503)["remedy"] == "Run labdir migrate."
        assert problem(client, "/api/v1/sources", 503)["remedy"] == "Run labdir migrate."


def test_metrics_tell_freshness_runs_and_size(client: Client) -> None:
    told = numbers(client)
    assert told["labdir_database_up"] == 1
    assert told["labdir_bodies"] == 2
    assert told["labdir_accreditations"] == 2
    assert told["labdir_scope_lines"] == 3
    assert told["labdir_source_age_seconds{source=register}"] == (2 * 24 + 6) * 3600
    assert told["labdir_source_overdue{source=register}"] == 0
    assert told["labdir_runs{state=published}"] == 1
    assert told["labdir_runs{state=refused}"] == 1
    assert told["labdir_runs{state=queued}"] == 0
    assert told["labdir_queue_age_seconds"] == 0


def test_metrics_count_answers_by_route_and_status(client: Client) -> None:
    client.get("/api/v1/bodies/b999999")
    client.get("/api/v1/nowhere")
    told = numbers(client)
    route = "{method=GET}{route=/api/v1/bodies/{body_id}}{status=404}"
    assert told[f"labdir_http_requests_total{route}"] >= 1
    assert told["labdir_http_requests_total{method=GET}{route=none}{status=404}"] >= 1


def test_metrics_are_told_without_a_database(closed: Client) -> None:
    told = numbers(closed)
    assert told["labdir_database_up"] == 0
    assert "labdir_bodies" not in told


def test_a_strangers_method_makes_no_series_of_its_own(client: Client) -> None:
    for n in range(3):
        assert client.request(f"FOO{n}", "/health").status_code in (400, 405, 501)
    named = [name for name in numbers(client) if name.startswith("labdir_http_requests_total")]
    assert not [name for name in named if "FOO" in name]
    assert [name for name in named if "method=other" in name]


def test_verdicts_are_counted_by_kind_from_the_beginning(client: Client) -> None:
    before = numbers(client)
    assert {name for name in before if name.startswith("labdir_verdicts_total")} == {
        f"labdir_verdicts_total{{verdict={one.value}}}" for one in Verdict
    }
    questions = [{"number": "L90417", "on": day} for day in ("2026-05-01", "2026-05-25")]
    assert client.post("/api/v1/validity", json={"questions": questions}).status_code == 200
    assert client.get("/en/check?number=L90417&on=2026-05-25").status_code == 200
    assert client.get("/en/check").status_code == 200
    after = numbers(client)
    grown = {name: after[name] - value for name, value in before.items() if "verdicts" in name}
    assert {name: by for name, by in grown.items() if by and "created" not in name} == {
        "labdir_verdicts_total{verdict=VALID}": 1,
        "labdir_verdicts_total{verdict=SUSPENDED}": 2,
    }


def test_the_docs_name_the_metrics_that_there_are(client: Client) -> None:
    client.get("/health")
    told = {
        f"{family.name}_total" if family.type == "counter" else family.name
        for family in text_string_to_metric_families(client.get("/metrics").text)
    }
    operations = Path(__file__).parents[3] / "docs" / "operations.md"
    rows = [one for one in operations.read_text().splitlines() if one.startswith("| `labdir_")]
    named = {name for row in rows for name in re.findall(r"`(labdir_\w+)`", row)}
    assert {name for name in told if not name.endswith("_created")} == named
