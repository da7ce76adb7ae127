"""Every documented error, in its one shape."""

from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from litestar.testing import TestClient

from directory.app import create_app
from services.find import search as searching
from services.settings import Settings
from tests.directory.api.conftest import Client, Clock


def problem(client: Client, path: str, status: int, **more: Any) -> dict[str, Any]:
    response = client.request(more.pop("method", "GET"), path, **more)
    assert response.status_code == status, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert response.headers["cache-control"] == "no-store"
    said: dict[str, Any] = response.json()
    assert {"type", "title", "status", "detail", "instance", "request_id"} <= set(said)
    assert said["status"] == status
    assert said["instance"] == path.partition("?")[0]
    assert said["request_id"] == response.headers["x-request-id"]
    return said


@pytest.mark.parametrize(
    ("path", "parameter", "remedy"),
    [
        ("/api/v1/bodies?coutry=SG", "coutry", "Did you mean country?"),
        ("/api/v1/bodies?country=Singapor", "country", "Singapore (SG)"),
        ("/api/v1/bodies?market=Germny", "market", "Germany (DE)"),
        ("/api/v1/bodies?language=Chinesse", "language", "Chinese (zh)"),
        ("/api/v1/bodies?mode=build", "mode", "Did you mean built?"),
        ("/api/v1/bodies?as_of=2027-01-01", "as_of", "Leave it out"),
        ("/api/v1/bodies?country=S1", "country", "two letters of ISO 3166-1"),
        ("/api/v1/bodies?type=lab", "type", "testing, calibration"),
        ("/api/v1/bodies?status=fine", "status", "stands"),
        ("/api/v1/bodies?limit=0", "limit", "from 1 to 100"),
        ("/api/v1/bodies?limit=many", "limit", "from 1 to 100"),
        ("/api/v1/bodies?cursor=junk!", "cursor", "next_cursor"),
        (f"/api/v1/bodies?q={'x' * 301}", "q", "at most 300"),
        ("/api/v1/bodies?q=a&q=b", "q", "once"),
        ("/api/v1/bodies/b1?on=tomorrow", "on", "YYYY-MM-DD"),
        ("/api/v1/bodies/b1?on=2026-02-30", "on", "YYYY-MM-DD"),
        ("/api/v1/bodies/b1?known_at=2026-05-01T10:00:00", "known_at", "offset"),
        ("/api/v1/bodies/b1?known_at=2026-07-01", "known_at", "leave known_at out"),
        ("/api/v1/bodies/x1", "body_id", "b12"),
        ("/api/v1/accreditations/b1", "accreditation_id", "a12"),
        ("/api/v1/runs/seven", "run_id", "number"),
        ("/api/v1/resolve", "number", "number"),
        ("/api/v1/resolve?number=", "number", "CNAS"),
        (f"/api/v1/resolve?number={'9' * 101}", "number", "at most 100"),
        ("/api/v1/changes?order=sideways", "order", "newest, oldest"),
        ("/api/v1/changes?kind=gone", "kind", "altered"),
        ("/api/v1/changes?what=weather", "what", "status_event"),
        ("/api/v1/changes?cursor=x.y", "cursor", "log position"),
        ("/api/v1/changes?body=12", "body", "b12"),
        ("/api/v1/sources?page=2", "page", "no parameters"),
        ("/health?deep=1", "deep", "no parameters"),
    ],
)
def test_a_parameter_that_cannot_be_read_is_named_with_its_remedy(
    client: Client, path: str, parameter: str, remedy: str
) -> None:
    said = problem(client, path, 400)
    assert said["type"] == "/schema#problem-bad-parameter"
    assert said["parameter"] == parameter
    assert remedy in said["remedy"]


def test_an_unknown_parameter_is_answered_with_the_known_ones(client: Client) -> None:
    said = problem(client, "/api/v1/bodies?colour=red", 400)
    assert said["detail"] == 'There is no parameter "colour" here.'
    assert said["known"] == [
        *("q", "country", "type", "standard", "status", "source", "issuer", "market", "mode"),
        *("family", "level", "language", "as_of", "cursor", "limit"),
    ]


@pytest.mark.parametrize(
    "path",
    [
        "/api/v1/bodies/b999999",
        "/api/v1/bodies/b999999/scope",
        "/api/v1/bodies/b999999/accreditations",
        "/api/v1/bodies/b999999/presence",
        "/api/v1/bodies/b999999/credentials",
        "/api/v1/bodies/b999999/timeline",
        "/api/v1/accreditations/a999999",
        "/api/v1/sources/nowhere",
        "/api/v1/sources/nowhere/runs",
        "/api/v1/runs/999999",
    ],
)
def test_what_is_not_in_the_directory_is_not_found(client: Client, path: str) -> None:
    assert problem(client, path, 404)["type"] == "/schema#problem-not-found"


@pytest.mark.parametrize(
    "path",
    [
        *("/api/v1/expertise?field=%00", "/api/v1/offers?language=zh%00", "/api/v1/sources/%00"),
        *("/en/sources/a%00b", "/zh/changes?source=%00", "/en/abroad/experts?field=%00"),
    ],
)
def test_the_character_nul_is_a_wrong_question_and_no_fault_of_ours(
    client: Client, path: str
) -> None:
    assert client.get(path).status_code == 400


@pytest.mark.parametrize(
    ("path", "allow"),
    [
        ("/api/v1/watchlists/w1", "GET, HEAD, PATCH, DELETE, OPTIONS"),
        ("/api/v1/obstacles", "GET, HEAD, POST, OPTIONS"),
        ("/api/v1/validity", "POST, OPTIONS"),
    ],
)
def test_an_address_names_every_method_that_it_takes(client: Client, path: str, allow: str) -> None:
    assert client.options(path).headers["allow"] == allow


@pytest.mark.parametrize("path", ["/api/v1/labs", "/api/v2/bodies", "/api", "/api/v1/bodies/b1/x"])
def test_an_address_that_does_not_exist_says_so(client: Client, path: str) -> None:
    said = problem(client, path, 404)
    assert said["type"] == "/schema#problem-no-such-address"
    assert path in said["detail"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_the_api_is_only_read(client: Client, method: str) -> None:
    said = problem(client, "/api/v1/bodies", 405, method=method)
    assert said["type"] == "/schema#problem-method-not-allowed"
    allowed = client.request(method, "/api/v1/bodies").headers["allow"]
    assert allowed == "GET, HEAD, OPTIONS"


def test_without_its_database_it_says_when_to_ask_again(closed: Client) -> None:
    said = problem(closed, "/api/v1/bodies?q=battery", 503)
    assert said["type"] == "/schema#problem-unavailable"
    assert "127.0.0.1" not in str(said)
    assert closed.get("/api/v1/sources").headers["retry-after"] == "5"


@pytest.fixture
def broken(database_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    """A front door in which the search has a fault of ours."""

    def search(*_: object, **__: object) -> None:
        raise ZeroDivisionError("the secret of the house")

    monkeypatch.setattr(searching, "search", search)
    app = create_app(Settings(database_url=database_url), Clock())
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def test_a_fault_of_ours_is_logged_and_not_shown(broken: Client) -> None:
    with structlog.testing.capture_logs() as logs:
        said = problem(broken, "/api/v1/bodies?q=battery", 500)
    assert said["type"] == "/schema#problem-internal"
    assert "secret" not in str(said)
    assert "Traceback" not in str(said)
    (fault,) = [line for line in logs if line["event"] == "fault"]
    assert isinstance(fault["exc_info"], ZeroDivisionError)
