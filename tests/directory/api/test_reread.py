"""A steward reads kept bytes again and hands files in, by key and by page."""

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from services import db
from services.settings import Settings
from services.sync import catalogue, ledger
from services.sync.run import Given, Road, carry_out
from services.terms import Role, RunState
from tests.directory.api.conftest import House
from tests.services.sync import toy

EIGHT: list[dict[str, Any]] = [
    {"key": str(n), "name": f"Body number {n} ", "number": f"T-{n}", "expires": "2030-01-01"}
    for n in range(8)
]


@pytest.fixture
def road(house: House) -> Road:
    """The toy source enrolled, its list published once, its reader mended since."""
    mended = replace(toy.source(), parse=toy.mended, parser_version=2)
    engine = db.connect(house.url)
    road = Road(engine, Settings(), {"toy": toy.source()}, house.clock)
    with engine.begin() as conn:
        catalogue.enrol(conn, road.sources.values(), road.settings, house.clock())
    road.sources = {"toy": mended}
    house.client.app.state["sources"] = {"toy": mended}
    return road


def publish(road: Road, house: House, rows: list[dict[str, Any]]) -> int:
    with road.engine.begin() as conn:
        list_id = ledger.list_id(conn, "toy", "list")
        run_id, _ = ledger.ask(conn, list_id, "test", house.clock())
    before = Road(road.engine, road.settings, {"toy": toy.source()}, house.clock)
    assert carry_out(before, run_id, Given((toy.page(*rows),))) is RunState.PUBLISHED
    return run_id


def number(address: str, told: str) -> int:
    """Of the run whose page at the desk is shown next."""
    path, _, query = address.partition("?")
    assert query == f"told={told}"
    assert "/desk/runs/" in path
    return int(path.rpartition("/")[2])


def refuse(road: Road, house: House, rows: list[dict[str, Any]]) -> int:
    with road.engine.begin() as conn:
        list_id = ledger.list_id(conn, "toy", "list")
        run_id, _ = ledger.ask(conn, list_id, "test", house.clock())
    assert carry_out(road, run_id, Given((toy.page(*rows),))) is RunState.REFUSED
    return run_id


def trail(house: House, steward: dict[str, str], about: str) -> list[tuple[str, str, str]]:
    told = house.client.get("/api/v1/desk/trail", headers=steward).json()["data"]
    return [(e["action"], e["by"], e["because"]) for e in told if e["object"] == about]


def test_a_steward_looks_reads_again_and_hands_in(house: House, road: Road) -> None:
    good = publish(road, house, EIGHT)
    steward = house.opens("keeper of lists", Role.STEWARD)
    reader = house.opens("mere reader")
    path = f"/api/v1/desk/runs/{good}/reread"
    assert house.client.post(f"{path}/preview").status_code == 401
    assert house.client.post(f"{path}/preview", headers=reader).status_code == 403

    seen = house.client.post(f"{path}/preview", headers=steward)
    assert seen.status_code == 200, seen.text
    data = seen.json()["data"]
    assert (data["cause"], data["counts"]["altered"], data["reasons"]) == ("reading", 8, [])
    assert (data["reader_before"], data["reader_now"]) == (1, 2)

    with house.clock.later(hours=1):
        asked = house.client.post(path, json={"because": "Blanks fell away."}, headers=steward)
        assert asked.status_code == 200, asked.text
        run = asked.json()["data"]
        assert (run["state"], run["rereads_run"], run["asked_by"]) == (
            "queued", good, "keeper of lists",
        )  # fmt: skip
        again = house.client.post(path, json={"because": "Once more."}, headers=steward)
        assert again.status_code == 409
        assert carry_out(road, run["id"]) is RunState.PUBLISHED
        told = house.client.get("/api/v1/changes", params={"source": "toy", "limit": 8}).json()
        assert {one["cause"] for one in told["data"]} == {"reading"}
        feed = house.client.get("/api/v1/changes.atom", params={"source": "toy"}).text
        assert "our reading changed, not the source" in feed
        assert 'term="cause:reading"' in feed
        english = house.client.get("/en/changes", params={"source": "toy"}).text
        assert "our reading changed, not the source" in english
        chinese = house.client.get(f"/zh/runs/{run['id']}").text
        assert "我方读取方式变更，来源未变" in chinese
        assert "Blanks fell away." in chinese
        who = "keeper of lists"
        assert trail(house, steward, f"run {good}") == [("run_reread", who, "Blanks fell away.")]

    with house.clock.later(hours=2):
        said = {"list": "list", "because": "A captcha.", "obtained": "by post"}
        upload = "/api/v1/desk/sources/toy/upload"
        file = {"file": ("list.json", toy.page(*EIGHT[:7]).body)}
        assert house.client.post(upload, data=said, files=file, headers=reader).status_code == 403
        old = {**said, "seen": "2026-05-01"}
        older = house.client.post(upload, data=old, files=file, headers=steward)
        assert older.status_code == 409, older.text
        sent = house.client.post(upload, data=said, files=file, headers=steward)
        assert sent.status_code == 200, sent.text
        run = sent.json()["data"]
        assert (run["uploaded_by"], run["obtained"], run["urls"]) == (
            "keeper of lists", "by post", [""],
        )  # fmt: skip
        assert carry_out(road, run["id"]) is RunState.PUBLISHED
        shown = house.client.get(f"/en/runs/{run['id']}").text
        assert "uploaded by keeper of lists on" in shown
        assert "by post" in shown
        told = trail(house, steward, "source toy")
        assert told == [("file_handed_in", "keeper of lists", "A captcha.")]


def test_too_large_a_file_is_refused_and_nothing_is_kept(house: House, road: Road) -> None:
    steward = house.opens("second keeper", Role.STEWARD)
    count = sa.text("select count(*) from run")
    with road.engine.connect() as conn:
        before = conn.execute(count).scalar_one()
    said = {"list": "list", "because": "A captcha.", "file_name": "list.json"}
    path = "/api/v1/desk/sources/toy/upload"
    empty = house.client.post(path, params=said, headers=steward, content=b"")
    assert empty.status_code == 400
    assert "The file is empty" in empty.text
    nobody = house.client.post(
        "/api/v1/desk/sources/none/upload", params=said, headers=steward, content=b"x"
    )
    assert nobody.status_code == 404
    with road.engine.connect() as conn:
        assert conn.execute(count).scalar_one() == before


@pytest.mark.parametrize(
    ("code", "look", "hand"),
    [("en", "What would change", "Hand in a file"), ("zh", "将有的变更", "提交文件")],
)
def test_the_pages_look_read_again_and_hand_in(
    house: House, road: Road, code: str, look: str, hand: str
) -> None:
    with house.clock.later(days=1 if code == "en" else 2):
        rows = [{**row, "number": f"{row['number']}-{code}"} for row in EIGHT]
        good = publish(road, house, rows)
        steward = house.opens(f"page keeper {code}", Role.STEWARD)
        path = f"/{code}/desk/runs/{good}/reread"
        away = house.client.get(path, follow_redirects=False)
        assert away.headers["location"].startswith(f"/{code}/sign-in?next=")
        assert "h-look" not in house.client.get(path, headers=steward).text
        seen = house.client.post(path, data={"look": "1"}, headers=steward).text
        assert f'<h2 id="h-look">{look}</h2>' in seen
        assert "Body number 7" in seen
    with house.clock.later(days=1 if code == "en" else 2, hours=1):
        asked = house.client.post(
            path, data={"because": "Blanks."}, headers=steward, follow_redirects=False
        )
        assert asked.status_code == 303, asked.text
        run_id = number(asked.headers["location"], told="reread")
        upload = f"/{code}/desk/sources/toy/upload"
        assert hand in house.client.get(upload, headers=steward).text
        file = {"file": ("list.json", toy.page(*rows[:7]).body)}
        said = {"list": "list", "because": "A captcha."}
        busy = house.client.post(upload, data=said, files=file, headers=steward)
        assert busy.status_code == 400
        under_way = {"en": "Run {} of the same list is under way", "zh": "第 {} 次运行正在进行"}
        assert under_way[code].format(run_id) in busy.text
        assert 'value="A captcha."' in busy.text, "what was typed is not to be typed again"
        assert carry_out(road, run_id) is RunState.PUBLISHED
    with house.clock.later(days=1 if code == "en" else 2, hours=2):
        sent = house.client.post(
            upload, data=said, files=file, headers=steward, follow_redirects=False
        )
        assert sent.status_code == 303, sent.text
        handed = number(sent.headers["location"], told="handed")
        assert carry_out(road, handed) is RunState.PUBLISHED


def test_a_refused_run_is_accepted_on_purpose_and_publishes_the_very_bytes(
    house: House, road: Road
) -> None:
    steward, second = (house.opens(name, Role.STEWARD) for name in ("acceptor", "later acceptor"))
    because = {"because": "Five programmes ended; the notice of today says so."}
    with house.clock.later(days=3):
        rows = [{**row, "number": f"{row['number']}-x"} for row in EIGHT]
        publish(road, house, rows)
    with house.clock.later(days=3, hours=1):
        refused = refuse(road, house, rows[:3])
        path = f"/api/v1/desk/runs/{refused}/accept"
        assert house.client.post(path, json=because).status_code == 401
        done = house.client.post(path, json=because, headers=steward)
        assert done.status_code == 200, done.text
        [made] = done.json()["data"]["runs"]
        again = house.client.post(path, json=because, headers=second)
        assert again.status_code == 409
        assert "acceptor has accepted" in again.json()["detail"]
    with house.clock.later(days=3, hours=2):
        assert carry_out(road, made) is RunState.PUBLISHED
        run = house.client.get(f"/api/v1/runs/{made}").json()["data"]
        assert (run["accepts_run"], run["asked_by"], run["because"]) == (
            refused, "acceptor", because["because"],
        )  # fmt: skip
        assert run["counts"]["left"] == 5
        assert trail(house, steward, f"run {refused}") == [
            ("run_accepted", "acceptor", because["because"])
        ]
        asked = house.client.get("/api/v1/desk/queue", headers=steward).json()["data"]
        assert str(refused) not in {one["ref"] for one in asked}


@pytest.mark.parametrize(
    ("code", "soon", "purpose"),
    [("en", "a run of its own publishes these bytes", "Published on purpose"),
     ("zh", "由一次单独的运行发布这些字节", "经人工决定发布")],
)  # fmt: skip
def test_a_refused_run_is_accepted_on_its_page(
    house: House, road: Road, code: str, soon: str, purpose: str
) -> None:
    steward = house.opens(f"page acceptor {code}", Role.STEWARD)
    why = "Five programmes ended; the notice of today says so."
    with house.clock.later(days=4 if code == "en" else 5):
        rows = [{**row, "number": f"{row['number']}-a{code}"} for row in EIGHT]
        publish(road, house, rows)
    with house.clock.later(days=4 if code == "en" else 5, hours=1):
        path = f"/{code}/desk/runs/{refuse(road, house, rows[:3])}"
        sent = {"decision": "accept", "because": why}
        done = house.client.post(path, data=sent, headers=steward, follow_redirects=False)
        assert done.status_code == 303, done.text
        made = number(done.headers["location"], told="accepted")
        assert soon in house.client.get(done.headers["location"], headers=steward).text
        assert carry_out(road, made) is RunState.PUBLISHED
        for address in (path, f"/{code}/desk/runs/{made}", f"/{code}/runs/{made}"):
            shown = house.client.get(address, headers=steward).text
            assert purpose in shown
            assert why in shown
            assert f"page acceptor {code}" in shown
        assert 'name="decision"' not in house.client.get(path, headers=steward).text


def test_what_was_discarded_is_not_read_again_either(house: House, road: Road) -> None:
    steward = house.opens("discarder", Role.STEWARD)
    why = {"because": "The office took the file back."}
    with house.clock.later(days=6):
        rows = [{**row, "number": f"{row['number']}-d"} for row in EIGHT]
        publish(road, house, rows)
    with house.clock.later(days=6, hours=1):
        path = f"/api/v1/desk/runs/{refuse(road, house, rows[:3])}"
        assert house.client.post(f"{path}/discard", json=why, headers=steward).status_code == 200
        answer = house.client.post(f"{path}/reread", json=why, headers=steward)
        assert answer.status_code == 409
        assert "discarder has discarded" in answer.json()["detail"]
