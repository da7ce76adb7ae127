"""The desk's lists and its source page: what is asked, what is due, what a file would bring."""

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from services import db
from services.desk import runs
from services.models import Run, SourceList
from services.settings import Settings
from services.sync import catalogue, ledger
from services.sync.run import Given, Road, carry_out
from services.terms import Role, RunState
from tests.directory.api.conftest import fill
from tests.directory.pages.desk import SAME, Desk, Front, Shown, front_door
from tests.services.sync import toy

WHY = "The publisher's notice of today says so."
EIGHT: list[dict[str, Any]] = [
    {"key": str(n), "name": f"Body number {n}", "number": f"T-{n}"} for n in range(8)
]


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    """A register with one refused run, and the toy source with eight records, read once."""
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as one:
        road = Road(db.connect(url), Settings(), {"toy": toy.source()}, one.clock)
        with road.engine.begin() as conn:
            catalogue.enrol(conn, road.sources.values(), road.settings, one.clock())
            conn.execute(sa.text("update source set enabled = true where key = 'register'"))
            conn.execute(sa.text("update source_list set enabled = true"))
        one.client.app.state["sources"] = {"toy": toy.source()}
        sync(one, road, EIGHT)
        yield one
        road.engine.dispose()


def sync(front: Front, road: Road, rows: list[dict[str, Any]]) -> RunState | None:
    with road.engine.begin() as conn:
        asked, _ = ledger.ask(conn, ledger.list_id(conn, "toy", "list"), "test", front.clock())
    return carry_out(road, asked, Given((toy.page(*rows),)))


@pytest.fixture(scope="module")
def steward(front: Front) -> Desk:
    return front.desk("Desk one", Role.STEWARD)


@pytest.fixture(scope="module")
def operator(front: Front) -> Desk:
    return front.desk("Whoever runs it", Role.OPERATOR)


def token(desk: Desk, path: str) -> str:
    return str(desk.get(path).one("input[name=token]").attributes["value"])


def row(shown: Shown, word: str) -> str:
    [found] = [one for one in shown.texts("tbody tr") if word in one]
    return found


def try_file(desk: Desk, key: str, body: bytes, status: int = 200, **told: str) -> Shown:
    sent = {"token": token(desk, f"/en/desk/sources/{key}"), "list": "list"} | told
    answer = desk.front.client.post(
        f"/en/desk/sources/{key}/try",
        data=sent,
        files={"file": ("list.json", body)},
        headers=SAME | {"cookie": f"labdir_session={desk.session}"},
    )
    assert answer.status_code == status, answer.text[:2000]
    return Shown(answer)


def test_every_source_stands_with_its_last_run_and_its_refusals(
    front: Front, steward: Desk
) -> None:
    shown = steward.get("/en/desk/sources")
    toy_row, register = row(shown, "Toy list"), row(shown, "Source register")
    assert "Published" in toy_row
    assert "Refused" in register
    assert register.endswith("1 (register)"), "one refusal within 30 days, with its list of runs"
    assert "/en/desk/runs?source=register&state=refused" in shown.links()
    assert "玩具名单" in steward.get("/zh/desk/sources").text()


def test_a_paused_source_says_so_in_the_list(front: Front, steward: Desk, operator: Desk) -> None:
    path = "/en/desk/sources/register"
    sent = {"deed": "pause", "because": WHY, "token": token(operator, path)}
    operator.post(path, sent)
    told = row(steward.get("/en/desk/sources"), "Source register")
    assert "paused" in told
    assert "not by itself" in told
    operator.post(path, sent | {"deed": "resume"})
    assert "not by itself" not in row(steward.get("/en/desk/sources"), "Source register")


def test_runs_are_narrowed_by_source_and_state(front: Front, steward: Desk) -> None:
    every = steward.get("/en/desk/runs").texts("tbody tr")
    assert len(every) == 3
    assert "toy" in every[0], "the newest first"
    refused = steward.get("/en/desk/runs?state=refused").texts("tbody tr")
    assert len(refused) == 1
    assert "register" in refused[0]
    assert len(steward.get("/en/desk/runs?source=toy").texts("tbody tr")) == 1
    none = steward.get("/en/desk/runs?source=toy&state=refused")
    assert "No run answers to this" in none.text()
    steward.get("/en/desk/runs?state=odd", 400)
    steward.get("/en/desk/runs?source=nothing", 400)


def test_many_runs_come_in_pages_without_a_gap_or_a_repeat(front: Front, steward: Desk) -> None:
    def more(conn: sa.Connection) -> None:
        list_id = conn.execute(
            sa.select(SourceList.id).where(SourceList.source_key == "register")
        ).scalar_one()
        old = {
            "list_id": list_id, "state": RunState.FAILED, "asked_by": "schedule",
            "asked_at": front.clock(), "finished_at": front.clock(), "reasons": ["made to fail"],
            "counts": {}, "shape": {},
        }  # fmt: skip
        conn.execute(sa.insert(Run), [old] * 60)

    front.write(more)
    seen: list[str] = []
    path = "/en/desk/runs?source=register&state=failed"
    while path:
        shown = steward.get(path)
        seen += shown.texts("tbody tr th")
        path = next(iter(shown.links("a[rel=next]")), "")
    numbers = [int(one) for one in seen]
    assert len(numbers) == 60
    assert numbers == sorted(set(numbers), reverse=True)


def test_the_overrides_form_says_what_it_replaces_and_keeps_what_was_typed(
    front: Front, operator: Desk
) -> None:
    path = "/en/desk/sources/toy"
    usual = operator.get(path).texts(".counts tbody tr")
    assert usual[0] == "Read every nothing said 24 hours"
    odd = {"deed": "pace", "every": "6h", "rate": "99", "because": WHY}
    refused = operator.post(path, odd | {"token": token(operator, path)}, status=400)
    assert "at most 5 requests" in refused.text("[role=alert]")
    assert refused.one("input#every").attributes["value"] == "6h"
    assert refused.one("input#s-because").attributes["value"] == WHY
    good = odd | {"rate": "0.5", "token": token(operator, path)}
    assert operator.post(path, good).to == f"{path}?told=set"
    shown = operator.get(path)
    assert shown.texts(".counts tbody tr")[0] == "Read every 6h 24 hours"
    assert [node.text() for node in shown.tree.css(".counts s")] == ["24 hours", "1000.0"]
    assert front.write(runs.override, "toy")["every"] == "6h"
    back = good | {"every": "", "rate": "", "token": token(operator, path)}
    operator.post(path, back)
    said = sa.text("select (meta ->> 'every_seconds')::int from source where key = 'toy'")
    assert front.write(lambda conn: conn.execute(said).scalar_one()) == 86400


def test_a_good_file_is_tried_and_nothing_of_it_is_kept(front: Front, steward: Desk) -> None:
    counts = sa.text(
        "select (select count(*) from run), (select count(*) from payload),"
        " (select count(*) from record), (select count(*) from audit_trail)"
    )
    before = front.write(lambda conn: tuple(conn.execute(counts).one()))
    nine = [*EIGHT[1:], {"key": "x", "name": "Heron Yard", "number": "T-x"}]
    shown = try_file(steward, "toy", toy.page(*nine).body)
    told = shown.text("[role=status]")
    assert "This file would be published" in told
    assert "Body number 1" in told, "the first records are shown"
    tiles = dict(zip(shown.texts(".deed dt"), shown.texts(".deed dd"), strict=True))
    assert (tiles["Records read"], tiles["New"], tiles["Gone"]) == ("8", "1", "1")
    assert front.write(lambda conn: tuple(conn.execute(counts).one())) == before


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (toy.page(*EIGHT[:2]).body, "2 records were read, 8 last time: more than 50% fewer"),
        (b"<html>no list</html>", "The reader failed on these bytes"),
    ],
)
def test_the_wrong_file_is_told_to_be_wrong(
    front: Front, steward: Desk, body: bytes, why: str
) -> None:
    told = try_file(steward, "toy", body).text("[role=status]")
    assert "This file would be refused" in told
    assert why in told


def test_a_file_is_tried_with_the_sessions_own_form_alone(front: Front, steward: Desk) -> None:
    try_file(steward, "toy", toy.page(*EIGHT).body, 403, token="x")
    assert "no list" in try_file(steward, "toy", b"{}", 400, list="odd").text("[role=alert]")
    empty = try_file(steward, "toy", b"", 400)
    assert "The file is empty" in empty.text("[role=alert]")


def test_expectations_are_drawn_and_told_in_numbers(front: Front, steward: Desk) -> None:
    shown = steward.get("/en/desk/sources/toy")
    rows = shown.texts("#expected .stack tbody tr")
    assert rows[0].startswith("Records read at least 4 8 As expected"), "half of eight may be gone"
    chart = shown.one("#expected svg.hist")
    assert chart.attributes["aria-label"] == "Records read: 1 run; last 8; at least 4"
    assert len(chart.css("rect")) == 1
    assert shown.one("#expected line.now").attributes["y1"] == "22.0", "half way up"
    numbers = shown.texts("#expected details tbody tr")
    assert len(numbers) == 1
    assert numbers[0].endswith("Published 8 0%")


def test_files_are_handed_in_from_one_place(front: Front, steward: Desk) -> None:
    shown = steward.get("/en/desk/uploads")
    assert "/en/desk/sources/toy/upload" in shown.links()
    assert "Nothing yet." in shown.text()


def test_each_room_of_the_desk_can_be_entered_in_both_languages(
    front: Front, operator: Desk
) -> None:
    routes = {route.path for route in front.client.app.routes}
    for code in ("en", "zh"):
        rooms = operator.get(f"/{code}/desk").links(".rooms a")
        assert len(rooms) >= 10
        for path in rooms:
            if path.partition("?")[0] not in routes:  # matches have a room of their own making
                assert path.endswith("/desk/matches")
                continue
            shown = operator.get(path)
            assert str(shown.one("html").attributes["lang"]).startswith(code)


def test_a_run_under_way_tells_its_step_without_a_script(front: Front, steward: Desk) -> None:
    def begin(conn: sa.Connection) -> int:
        list_id = conn.execute(
            sa.select(SourceList.id).where(SourceList.source_key == "toy")
        ).scalar_one()
        asked, _ = ledger.ask(conn, list_id, "test", front.clock())
        held = ledger.claim(conn, asked, timedelta(minutes=5))
        assert held is not None
        ledger.mark(conn, held, step="kept")
        return asked

    run_id = front.write(begin)
    path = f"/en/desk/runs/{run_id}"
    shown = steward.get(path)
    assert shown.text("#h-live") == "Under way"
    assert shown.one("progress").attributes["value"] == "2"
    assert shown.texts(".live li")[1].endswith("bytes kept (done)")
    assert 'http-equiv="refresh"' in str(shown.one("noscript").html)
    live = shown.one("#live").attributes
    assert (live["hx-get"], live["hx-select"]) == (path, "#live")
    part = front.client.get(
        path, headers={"cookie": f"labdir_session={steward.session}", "hx-request": "true"}
    )
    assert "hx-refresh" not in part.headers
    over = sa.text("update run set state = 'unchanged', finished_at = now() where id = :id")
    front.write(lambda conn: conn.execute(over, {"id": run_id}))
    ended = front.client.get(
        path, headers={"cookie": f"labdir_session={steward.session}", "hx-request": "true"}
    )
    assert ended.headers["hx-refresh"] == "true", "the whole page is read at the run's end"
    assert not steward.get(path).tree.css("#live")
