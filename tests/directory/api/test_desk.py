"""What stewards and operators do with sources and runs, by key."""

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from directory.app import create_app
from services.models import Run
from services.settings import Settings
from services.sync import catalogue, ledger
from services.terms import Role, RunState
from tests.directory.api.conftest import Clock, House, fill
from tests.services.store.build import World, at

WHY = {"because": "The publisher's notice of today says so."}


@pytest.fixture
def house(make_database: Callable[[], str]) -> Iterator[House]:
    """Of each test's own: they change how a source is asked."""
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    engine.dispose()
    clock = Clock()
    with TestClient(create_app(Settings(database_url=url), clock)) as client:
        yield House(url, client, clock)


def on(house: House, fn: Callable[[sa.Connection], Any]) -> Any:
    engine = sa.create_engine(house.url)
    try:
        with engine.begin() as conn:
            return fn(conn)
    finally:
        engine.dispose()


def send(house: House, path: str, who: dict[str, str], sent: Any = WHY) -> Any:
    return house.client.post(f"/api/v1/desk/{path}", headers=who, json=sent)


def refused(house: House) -> int:
    newest = sa.select(sa.func.max(Run.id)).where(Run.state == RunState.REFUSED)
    return int(on(house, lambda conn: conn.execute(newest).scalar_one()))


def test_a_refused_run_waits_until_somebody_decides(house: House) -> None:
    steward, run_id = house.opens("Desk one", Role.STEWARD), refused(house)
    asked = house.client.get("/api/v1/desk/queue", headers=steward).json()["data"]
    [waiting] = [one for one in asked if one["kind"] == "refused_run"]
    assert (waiting["ref"], waiting["source"], waiting["count"]) == (str(run_id), "register", 2)
    assert asked[0] == waiting, "what misleads most stands first"
    done = send(house, f"runs/{run_id}/discard", steward)
    assert done.status_code == 200, done.text
    asked = house.client.get("/api/v1/desk/queue", headers=steward).json()["data"]
    assert not [one for one in asked if one["kind"] == "refused_run"]
    second = send(house, f"runs/{run_id}/accept", house.opens("Desk two", Role.STEWARD))
    assert second.status_code == 409
    assert "Desk one has discarded" in second.json()["detail"]
    [entry] = house.client.get("/api/v1/desk/trail", headers=steward).json()["data"]
    assert (entry["by"], entry["action"], entry["object"], entry["because"]) == (
        *("Desk one", "run_discarded", f"run {run_id}"),
        WHY["because"],
    )


def test_a_reason_is_asked_for(house: House) -> None:
    steward, run_id = house.opens("Desk one", Role.STEWARD), refused(house)
    answer = send(house, f"runs/{run_id}/discard", steward, {"because": "  x "})
    assert answer.status_code == 400
    assert house.client.get("/api/v1/desk/trail", headers=steward).json()["data"] == []


def test_each_role_does_its_own(house: House) -> None:
    regulator = house.opens("Office", Role.REGULATOR)
    steward, operator = house.opens("S", Role.STEWARD), house.opens("O", Role.OPERATOR)
    assert house.client.get("/api/v1/desk/queue", headers=regulator).status_code == 403
    assert house.client.get("/api/v1/desk/queue").status_code == 401
    assert send(house, "sources/register/run", regulator, None).status_code == 403
    assert send(house, "sources/register/pause", steward).status_code == 403
    assert send(house, "sources/register/pause", operator).status_code == 200
    assert house.client.get("/api/v1/desk/queue", headers=operator).status_code == 200


def due(house: House) -> int:
    now = at("2030-01-01")
    return int(on(house, lambda conn: ledger.ask_due(conn, now)))


def test_a_paused_source_is_asked_by_a_person_alone_until_it_is_resumed(house: House) -> None:
    operator = house.opens("O", Role.OPERATOR)
    said = sa.text("update source_list set enabled = true, next_due_at = '2026-06-01'")
    on(house, lambda conn: conn.execute(said))
    send(house, "sources/register/pause", operator)
    assert due(house) == 0
    asked = send(house, "sources/register/run", operator, None).json()["data"]["runs"]
    assert len(asked) == 1
    again = send(house, "sources/register/run", operator, None).json()["data"]["runs"]
    assert again == asked, "one that is open is told again"
    done = sa.update(Run).where(Run.id == asked[0]).values(state=RunState.FAILED)
    on(house, lambda conn: conn.execute(done))
    send(house, "sources/register/resume", operator)
    assert due(house) == 1


def test_the_desk_sets_schedule_and_rate_over_the_settings(house: House) -> None:
    operator = house.opens("O", Role.OPERATOR)
    pace = {**WHY, "every": "12h", "rate": 0.25}
    assert send(house, "sources/register/pace", operator, pace).status_code == 200

    def asked(conn: sa.Connection) -> Any:
        return catalogue.as_asked(conn, Settings()).sources["register"]

    found = on(house, asked)
    assert (found.every, found.rate, found.enabled) == ("12h", 0.25, None)
    shown = house.client.get("/api/v1/sources/register").json()["data"]
    assert shown["every_seconds"] == 12 * 3600
    send(house, "sources/register/pace", operator, WHY)
    found = on(house, asked)
    assert (found.every, found.rate) == (None, None)
    trail = house.client.get("/api/v1/desk/trail", headers=operator).json()["data"]
    assert [(one["before"], one["after"]) for one in trail] == [
        ({"every": "12h", "rate": 0.25}, {"every": None, "rate": None}),
        ({"every": None, "rate": None}, {"every": "12h", "rate": 0.25}),
    ]


@pytest.mark.parametrize("sent", [{"every": "often"}, {"every": "5s"}, {"rate": 0}, {"rate": 90}])
def test_a_pace_that_no_publisher_bears_is_refused(house: House, sent: dict[str, Any]) -> None:
    operator = house.opens("O", Role.OPERATOR)
    answer = send(house, "sources/register/pace", operator, {**WHY, **sent})
    assert answer.status_code == 400
    assert next(iter(sent)) in answer.json()["detail"]


def test_what_was_told_cannot_be_changed(house: House) -> None:
    steward = house.opens("S", Role.STEWARD)
    send(house, f"runs/{refused(house)}/discard", steward)
    for said in ("update audit_trail set because = 'x'", "delete from audit_trail"):
        with pytest.raises(sa.exc.IntegrityError, match="only grows"):
            on(house, partial(sa.Connection.execute, statement=sa.text(said)))
