"""The front door as a whole: headers, ids, logs, and the real server on loopback."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import sqlalchemy as sa
import structlog
from litestar.testing import TestClient

from directory.app import FrontDoor, create_app
from directory.pages import faults
from services.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def client(database_url: str) -> Iterator[TestClient[FrontDoor]]:
    app = create_app(Settings(database_url=database_url))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.mark.parametrize(
    "path", ["/health", "/api/v1/bodies", "/api/v1/nowhere", "/schema", "/nowhere", "/en"]
)
def test_every_answer_carries_the_security_headers_once(
    client: TestClient[FrontDoor], path: str
) -> None:
    headers = client.get(path).headers
    (policy,) = headers.get_list("content-security-policy")
    assert "default-src 'self'" in policy or "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    assert headers.get_list("x-content-type-options") == ["nosniff"]
    assert headers.get_list("referrer-policy") == ["same-origin"]


def test_a_plain_request_id_is_kept_and_any_other_replaced(client: TestClient[FrontDoor]) -> None:
    given = client.get("/health", headers={"x-request-id": "proxy-0123456789"})
    assert given.headers["x-request-id"] == "proxy-0123456789"
    for odd in ("short", "x" * 65, 'a"b<c>d e f'):
        made = client.get("/health", headers={"x-request-id": odd}).headers["x-request-id"]
        assert made != odd
        assert len(made) == 32


def test_a_request_is_logged_without_what_was_asked(client: TestClient[FrontDoor]) -> None:
    with structlog.testing.capture_logs() as logs:
        client.get("/api/v1/bodies?q=whom-they-look-for")
        client.get("/health")
    (line,) = [line for line in logs if line["event"] == "request"]
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/v1/bodies", 200)
    assert "whom" not in str(logs)


def test_people_get_a_page_where_machines_get_a_problem(client: TestClient[FrontDoor]) -> None:
    page = client.get("/no/such/page")
    assert page.status_code == 404
    assert page.headers["content-type"].startswith("text/html")
    assert client.get("/api/no").headers["content-type"] == "application/problem+json"


def test_a_fault_in_the_pages_themselves_shows_no_trace(
    client: TestClient[FrontDoor], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(faults, "answer_page", broken)
    answer = client.get("/no/such/page")
    assert answer.status_code == 500
    assert answer.headers["x-request-id"] in answer.text
    assert "secret" not in answer.text


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Served:
    """The real server as its own process."""

    def __init__(self, database_url: str, log: Path) -> None:
        self.address = f"http://127.0.0.1:{(port := free_port())}"
        self.log = log
        command = [
            *(sys.executable, "-m", "granian", "--interface", "asgi", "--host", "127.0.0.1"),
            *("--port", str(port), "--no-log", "directory.app:app"),
        ]
        env = {k: v for k, v in os.environ.items() if not k.startswith("LABDIR_")}
        with log.open("wb") as out:
            self.process = subprocess.Popen(
                command,
                cwd=ROOT,
                env={**env, "LABDIR_DATABASE_URL": database_url},
                stdout=out,
                stderr=subprocess.STDOUT,
            )

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.address + path, timeout=20)

    def wait(self) -> None:
        for _ in range(200):
            try:
                self.get("/health")
            except httpx.TransportError:
                assert self.process.poll() is None, self.log.read_text()
                time.sleep(0.1)
            else:
                return
        raise AssertionError(f"no answer within 20 s: {self.log.read_text()}")

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)


@pytest.fixture
def served(database_url: str, tmp_path: Path) -> Iterator[Served]:
    server = Served(database_url, tmp_path / "web.log")
    try:
        server.wait()
        yield server
    finally:
        if server.process.poll() is None:
            server.process.kill()
            server.process.wait()


def test_the_real_server_answers_logs_json_and_stops_when_told(served: Served) -> None:
    assert served.get("/ready").json()["ready"] is True
    answer = served.get("/api/v1/bodies?q=电池")
    assert answer.status_code == 200
    assert answer.json()["data"]["cards"] == []
    assert served.get("/api/v1/bodies?colour=red").status_code == 400
    assert httpx.head(served.address + "/schema").status_code == 200
    assert "labdir_database_up 1.0" in served.get("/metrics").text
    assert served.stop() == 0
    lines = [json.loads(line) for line in served.log.read_text().splitlines() if line[:1] == "{"]
    assert {"/api/v1/bodies"} <= {line.get("route") for line in lines}
    assert all(line["request_id"] for line in lines if line["event"] == "request")


def test_connections_that_a_restarted_server_left_dead_cost_no_asker_an_answer(db: str) -> None:
    engine = sa.create_engine(db, isolation_level="AUTOCOMMIT")
    others = sa.text(
        "select count(pg_terminate_backend(pid)) from pg_stat_activity"
        " where datname = current_database() and pid <> pg_backend_pid()"
    )
    asked = {"questions": [{"number": "L1", "on": "2020-01-01"}]}
    with TestClient(create_app(Settings(database_url=db)), raise_server_exceptions=False) as client:
        for _ in range(2):
            told = [
                client.get("/api/v1/bodies").status_code,
                client.get("/en/sources").status_code,
                client.get("/api/v1/status").status_code,
                client.post("/api/v1/validity", json=asked).status_code,
            ]
            assert told == [200] * 4
            with engine.connect() as conn:
                assert conn.execute(others).scalar_one() > 0
    engine.dispose()
