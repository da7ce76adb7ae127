"""The desk's lists by key: sources, runs, progress, a file tried, keys of other accounts."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient

from directory.app import create_app
from services import db
from services.settings import Settings
from services.sync import catalogue, ledger
from services.sync.run import Given, Road, carry_out
from services.terms import Role, RunState
from tests.directory.api.conftest import Clock, House, fill
from tests.services.store.build import World
from tests.services.sync import toy

EIGHT: list[dict[str, Any]] = [
    {"key": str(n), "name": f"Body number {n}", "number": f"T-{n}"} for n in range(8)
]


@pytest.fixture(scope="module")
def road(make_database: Callable[[], str]) -> Iterator[tuple[House, Road]]:
    """A register with one refused run, and the toy source, read twice: eight records, then the
    half of them is refused."""
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    engine.dispose()
    clock = Clock()
    app = create_app(Settings(database_url=url), clock)
    with TestClient(app, raise_server_exceptions=False) as client:
        house = House(url, client, clock)
        road = Road(db.connect(url), Settings(), {"toy": toy.source()}, clock)
        client.app.state["sources"] = {"toy": toy.source()}
        with road.engine.begin() as conn:
            catalogue.enrol(conn, road.sources.values(), road.settings, clock())
        for rows, end in ((EIGHT, RunState.PUBLISHED), (EIGHT[:3], RunState.REFUSED)):
            with road.engine.begin() as conn:
                asked, _ = ledger.ask(conn, ledger.list_id(conn, "toy", "list"), "test", clock())
            assert carry_out(road, asked, Given((toy.page(*rows),))) is end
        yield house, road
        road.engine.dispose()


@pytest.fixture(scope="module")
def house(road: tuple[House, Road]) -> House:
    return road[0]


@pytest.fixture(scope="module")
def steward(house: House) -> dict[str, str]:
    return house.opens("Desk one", Role.STEWARD)


def ask(house: House, who: dict[str, str], path: str, **asked: str) -> Any:
    answer = house.client.get(f"/api/v1/desk/{path}", params=asked, headers=who)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_source_tells_its_worst_last_run(house: House, steward: dict[str, str]) -> None:
    found = {one["key"]: one for one in ask(house, steward, "sources")["data"]}
    one = found["toy"]
    assert (one["state"], one["refusals_30d"], one["open_run"]) == ("refused", 1, None)
    assert one["last_run"] == ask(house, steward, "runs", source="toy")["data"][0]["id"]


def test_expectations_tell_what_was_asked_of_each_run(
    house: House, steward: dict[str, str]
) -> None:
    data = ask(house, steward, "sources/toy")["data"]
    [kept] = data["expectations"]
    rows = next(one for one in kept["measures"] if one["part"] == "rows")
    assert [(p["value"], p["least"], p["holds"], p["state"]) for p in rows["points"]] == [
        (8, 1, True, "published"),
        (3, 4, False, "refused"),
    ]
    assert rows["least"] == 4, "of the next run as of the last good one"
    assert (data["asked"]["every"], data["asked"]["usual_every_seconds"]) == (None, 86400)
    missing = house.client.get("/api/v1/desk/sources/nothing", headers=steward)
    assert missing.status_code == 404


def test_runs_go_on_behind_a_cursor(house: House, steward: dict[str, str]) -> None:
    seen: list[int] = []
    cursor: Any = ""
    while cursor is not None:
        page = ask(house, steward, "runs", limit="1", cursor=cursor)
        seen += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert len(seen) == 4
    assert seen == sorted(seen, reverse=True)
    assert [one["state"] for one in ask(house, steward, "runs", state="refused")["data"]] == [
        "refused", "refused",
    ]  # fmt: skip
    for wrong in ({"state": "odd"}, {"source": "nothing"}, {"cursor": "x"}):
        answer = house.client.get("/api/v1/desk/runs", params=wrong, headers=steward)
        assert answer.status_code == 400, wrong


def test_a_run_tells_how_far_it_is_and_when_its_worker_is_lost(
    road: tuple[House, Road], steward: dict[str, str]
) -> None:
    house, way = road
    with way.engine.begin() as conn:
        asked, _ = ledger.ask(conn, ledger.list_id(conn, "toy", "list"), "test", house.clock())
    path = f"runs/{asked}/progress"
    far = ask(house, steward, path)["data"]
    assert (far["state"], far["done"], far["over"]) == ("queued", 0, False)
    with way.engine.begin() as conn:
        held = ledger.claim(conn, asked, timedelta(minutes=5))
        assert held is not None
        ledger.mark(conn, held, step="kept")
    far = ask(house, steward, path)["data"]
    assert (far["state"], far["step"], far["done"], far["lost"]) == ("running", "kept", 2, False)
    assert far["usual_seconds"] is not None, "by the run that published before it"
    lost = sa.text("update run set lease_until = now() - interval '1 hour' where id = :id")
    with way.engine.begin() as conn:
        conn.execute(lost, {"id": asked})
    assert ask(house, steward, path)["data"]["lost"] is True
    over = sa.text("update run set state = 'failed', finished_at = now() where id = :id")
    with way.engine.begin() as conn:
        conn.execute(over, {"id": asked})
    far = ask(house, steward, path)["data"]
    assert (far["over"], far["lost"]) == (True, False)


def test_a_file_is_tried_by_key_plain_or_in_a_form(house: House, steward: dict[str, str]) -> None:
    path = "/api/v1/desk/sources/toy/try"
    good = toy.page(*EIGHT[1:], {"key": "x", "name": "Heron Yard", "number": "T-x"}).body
    plain = house.client.post(path, params={"list": "list"}, content=good, headers=steward)
    assert plain.status_code == 200, plain.text
    seen = plain.json()["data"]
    assert (seen["records"], seen["new"], seen["gone"], seen["reasons"]) == (8, 1, 1, [])
    form = house.client.post(
        path, data={"list": "list"}, files={"file": ("a.json", good)}, headers=steward
    )
    assert form.json()["data"] == seen
    no_list = house.client.post(path, params={"list": "odd"}, content=good, headers=steward)
    assert no_list.status_code == 400
    assert 'toy has no list "odd"' in no_list.json()["detail"]
    gone = house.client.post("/api/v1/desk/sources/register/try", content=good, headers=steward)
    assert gone.status_code == 404, "this installation has no such source"


def test_a_key_made_for_another_account_opens_it_until_it_is_ended(house: House) -> None:
    operator = house.opens("Whoever runs it", Role.OPERATOR)
    house.opens("An office")
    sent = {"account": "An office", "label": "nightly"}
    made = house.client.post("/api/v1/desk/keys", json=sent, headers=operator)
    assert made.status_code == 201, made.text
    data = made.json()["data"]
    theirs = {"authorization": f"Bearer {data['key']}"}
    assert house.client.get("/api/v1/account", headers=theirs).json()["data"]["role"] == "reader"
    listed = ask(house, operator, "keys")
    assert data["key"] not in str(listed)
    assert listed["data"][0]["id"] == data["id"]
    because = {"because": "The office has closed."}
    address = f"/api/v1/desk/keys/{data['id']}/end"
    assert house.client.post(address, json=because, headers=operator).status_code == 200
    assert house.client.get("/api/v1/account", headers=theirs).status_code == 401
    again = house.client.post(address, json=because, headers=operator)
    assert again.status_code == 409
    nobody = house.client.post(
        "/api/v1/desk/keys", json=sent | {"account": "No office"}, headers=operator
    )
    assert nobody.status_code == 404
    [ended, made_] = ask(house, operator, "trail", by="Whoever runs it")["data"]
    assert (ended["action"], made_["action"]) == ("key_ended", "key_made")
    assert ask(house, operator, "trail", about=f"key {data['id']}", action="key_made")["data"] == [
        made_
    ]
