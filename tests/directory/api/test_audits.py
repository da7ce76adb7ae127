"""Audits over HTTP: uploaded, mapped, followed, read, fetched, rerun, and nobody else's."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import openpyxl
import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from services.audit import carry, ledger
from services.audit.carry import Bench
from services.sync.reader import Reader
from tests.directory.api.conftest import Client, House
from tests.services.store.build import at, lab, line

CSV = (
    "报告编号,证书编号,检测标准,检测日期,签发日期,备注\r\n"
    "R1,CNAS L90417,GB/T 18287-2013,2026-05-18,2026-05-25,=cmd|' /C calc'!A0\r\n"
    "R2,L90500,ISO 6892-1:2019,2026-05-10,2026-05-12,-12.5\r\n"
    "R3,L90999,,2026-05-10,,@SUM(A1)\r\n"
    "R4,L90500,,03/04/2026,2026-05-12,\r\n"
)
Work = Callable[[], None]


@pytest.fixture(scope="module")
def engine(house: House) -> Iterator[Engine]:
    made = sa.create_engine(house.url)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def work(house: House, engine: Engine) -> Iterator[Work]:
    """What the workers of audits do, until nothing waits."""
    reader = Reader()
    bench = Bench(engine, reader, house.clock)

    def go_on() -> None:
        while True:
            with engine.begin() as conn:
                waiting = ledger.waiting(conn)
            if not waiting:
                return
            for audit_id in waiting:
                carry.carry_on(bench, audit_id)

    yield go_on
    reader.close()


def put(
    client: Client, key: dict[str, str], body: bytes | str = CSV, name: str = "r.csv", **form: str
) -> dict[str, Any]:
    answer = client.post(
        "/api/v1/audits", headers=key, files={"file": (name, body)}, data=form or None
    )
    assert answer.status_code == 201, answer.text
    data: dict[str, Any] = answer.json()["data"]
    assert answer.headers["location"] == f"/api/v1/audits/{data['id']}"
    return data


def audit(client: Client, key: dict[str, str], number: int) -> dict[str, Any]:
    answer = client.get(f"/api/v1/audits/{number}", headers=key)
    assert answer.status_code == 200, answer.text
    data: dict[str, Any] = answer.json()["data"]
    return data


def result(client: Client, key: dict[str, str], number: int, form: str = "csv") -> bytes:
    answer = client.get(f"/api/v1/audits/{number}/result.{form}", headers=key)
    assert answer.status_code == 200, answer.text
    return answer.content


def table(body: bytes) -> list[dict[str, str]]:
    assert body.startswith(b"\xef\xbb\xbf")
    return list(csv.DictReader(io.StringIO(body[3:].decode(), newline="")))


def test_a_file_is_judged_row_by_row_and_comes_back_with_reasons(
    client: Client, key: dict[str, str], work: Work
) -> None:
    started = put(client, key)
    assert (started["state"], started["file_name"], started["rows"]) == ("queued", "r.csv", 0)
    assert started["file_size"] == len(CSV.encode())
    work()
    done = audit(client, key, started["id"])
    assert (done["state"], done["rows"], done["judged"]) == ("done", 4, 4)
    assert done["counts"] == {"NOT_FOUND": 1, "NOT_JUDGED": 1, "SUSPENDED": 1, "VALID": 1}
    assert done["mapping"] == {
        "ref": "报告编号",
        "number": "证书编号",
        "method": "检测标准",
        "tested": "检测日期",
        "issued": "签发日期",
    }
    rows = table(result(client, key, started["id"]))
    first = rows[0]
    assert first["备注"] == "'=cmd|' /C calc'!A0"
    assert [row["备注"] for row in rows[1:]] == ["-12.5", "'@SUM(A1)", ""]
    assert first["labdir_verdict"] == "SUSPENDED"
    assert (first["labdir_first_test_day"], first["labdir_issue_day"]) == (
        "2026-05-18",
        "2026-05-25",
    )
    assert first["labdir_issue_day_verdict"] == "SUSPENDED"
    assert first["labdir_first_test_day_verdict"] != "SUSPENDED"
    assert "It was suspended with effect from 2026-05-20. [rule 1]" in first["labdir_reasons"]
    assert "自 2026-05-20 起暂停。〔规则 1〕" in first["labdir_reasons_zh"]
    assert first["labdir_since"] == "2026-05-20"
    assert first["labdir_log_position"] == str(done["log_position"])
    assert rows[2]["labdir_verdict"] == "NOT_FOUND"
    assert rows[3]["labdir_verdict"] == "NOT_JUDGED"
    assert "2026-04-03 or 2026-03-04" in rows[3]["labdir_reasons"]


def test_a_result_is_told_in_chinese_column_for_column(
    client: Client, key: dict[str, str], work: Work
) -> None:
    number = put(client, key)["id"]
    work()
    address = f"/api/v1/audits/{number}/result.csv"
    english = table(result(client, key, number))
    answer = client.get(address, headers=key, params={"lang": "zh"})
    chinese = table(answer.content)
    assert len(chinese[0]) == len(english[0])
    first = chinese[0]
    assert first["labdir_结论"] == "暂停（SUSPENDED）"
    assert first["labdir_签发日结论"] == "暂停（SUSPENDED）"
    assert "2026-05-25 暂停（SUSPENDED）：自 2026-05-20 起暂停。〔规则 1〕" in first["labdir_理由"]
    assert first["labdir_理由（英文）"] == english[0]["labdir_reasons"]
    assert chinese[3]["labdir_结论"] == "未判定（NOT_JUDGED）"
    same = client.get(address, headers=key, params={"lang": "en"})
    assert same.content == result(client, key, number)
    wrong = client.get(address, headers=key, params={"lang": "fr"})
    assert (wrong.status_code, wrong.json()["parameter"]) == (400, "lang")


def test_csv_and_xlsx_hold_the_same_cells_and_the_same_bytes_every_time(
    client: Client, key: dict[str, str], work: Work
) -> None:
    number = put(client, key)["id"]
    work()
    as_csv, as_xlsx = (result(client, key, number, form) for form in ("csv", "xlsx"))
    assert as_csv == result(client, key, number)
    assert as_xlsx == result(client, key, number, "xlsx")
    book = openpyxl.load_workbook(io.BytesIO(as_xlsx))
    sheet = book.active
    assert sheet is not None
    cells = [[cell or "" for cell in row] for row in sheet.iter_rows(values_only=True)]
    assert cells == list(csv.reader(io.StringIO(as_csv[3:].decode(), newline="")))
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_rows_are_paged_and_filtered_and_show_every_day(
    client: Client, key: dict[str, str], work: Work
) -> None:
    number = put(client, key)["id"]
    work()
    first = client.get(f"/api/v1/audits/{number}/rows?limit=3", headers=key).json()
    assert [row["ref"] for row in first["data"]] == ["R1", "R2", "R3"]
    days = first["data"][0]["days"]
    assert [(day["kind"], day["on"], day["decides"]) for day in days] == [
        ("first_test_day", "2026-05-18", False),
        ("issue_day", "2026-05-25", True),
    ]
    assert first["data"][0]["cells"]["报告编号"] == "R1"
    assert first["data"][0]["line"] == 2
    rest = client.get(
        f"/api/v1/audits/{number}/rows?limit=3&cursor={first['next_cursor']}", headers=key
    ).json()
    assert [row["ref"] for row in rest["data"]] == ["R4"]
    assert rest["next_cursor"] is None
    [fault] = rest["data"][0]["faults"]
    assert fault["code"] == "DAY_AMBIGUOUS"
    assert fault["text_zh"].startswith("“检测日期”中的“03/04/2026”")
    found = client.get(f"/api/v1/audits/{number}/rows?verdict=NOT_FOUND", headers=key).json()
    assert [row["row"] for row in found["data"]] == [3]
    wrong = client.get(f"/api/v1/audits/{number}/rows?verdict=FINE", headers=key)
    assert (wrong.status_code, wrong.json()["parameter"]) == (400, "verdict")


def test_columns_in_doubt_wait_for_a_mapping_and_then_go_on(
    client: Client, key: dict[str, str], work: Work
) -> None:
    body = "Accred,Report date,Report date,What\nL90500,2026-05-10,2026-05-11,x\n"
    number = put(client, key, body)["id"]
    work()
    waiting = audit(client, key, number)
    assert waiting["state"] == "mapping"
    assert waiting["columns"] == ["Accred", "Report date", "Report date (2)", "What"]
    assert "No column is known to hold the accreditation's number" in waiting["problems"][0]
    address = f"/api/v1/audits/{number}/mapping"
    wrong = client.post(address, headers=key, json={"mapping": {"number": "Nummer"}})
    assert wrong.status_code == 400
    assert "there is no column “Nummer”" in wrong.json()["detail"]
    lacking = client.post(address, headers=key, json={"mapping": {"number": "Accred"}})
    assert "map one" in lacking.json()["detail"]
    said = {"mapping": {"number": "Accred", "issued": "Report date (2)"}}
    assert client.post(address, headers=key, json=said).json()["data"]["state"] == "queued"
    assert client.post(address, headers=key, json=said).status_code == 409
    work()
    done = audit(client, key, number)
    assert done["state"] == "done"
    [row] = table(result(client, key, number))
    assert (row["labdir_issue_day"], row["What"]) == ("2026-05-11", "x")


def test_a_mapping_may_come_with_the_file_before_or_behind_it(
    client: Client, key: dict[str, str], work: Work
) -> None:
    body = "Accred,Day\nL90500,2026-05-10\n"
    mapping = json.dumps({"number": "Accred", "issued": "Day"})
    raw = client.post(
        "/api/v1/audits",
        headers={**key, "content-type": "text/csv"},
        params={"mapping": mapping, "name": "Mine", "file_name": "x.csv"},
        content=body,
    )
    assert raw.status_code == 201
    behind = client.post(
        "/api/v1/audits",
        headers={**key, "content-type": "multipart/form-data; boundary=xx"},
        content=(
            '--xx\r\ncontent-disposition: form-data; name="file"; filename="C:\\\\y.csv"\r\n\r\n'
            f'{body}\r\n--xx\r\ncontent-disposition: form-data; name="mapping"\r\n\r\n{mapping}'
            '\r\n--xx\r\ncontent-disposition: form-data; name="name"\r\n\r\nYours\r\n--xx--\r\n'
        ).encode(),
    )
    assert behind.status_code == 201, behind.text
    work()
    for answer, name, file_name in ((raw, "Mine", "x.csv"), (behind, "Yours", "y.csv")):
        done = audit(client, key, answer.json()["data"]["id"])
        assert (done["state"], done["name"], done["file_name"]) == ("done", name, file_name)
        assert done["mapping"]["issued"] == "Day"


def test_a_file_that_is_no_table_is_refused_with_a_reason(
    client: Client, key: dict[str, str], work: Work
) -> None:
    number = put(client, key, "<!doctype html><p>Not here", "r.csv")["id"]
    work()
    refused = audit(client, key, number)
    assert refused["state"] == "refused"
    assert refused["problems"] == [
        "A web page (or XML) cannot be audited. Save the table as XLSX or CSV."
    ]
    answer = client.get(f"/api/v1/audits/{number}/result.csv", headers=key)
    assert (answer.status_code, answer.json()["status"]) == (409, 409)


@pytest.mark.parametrize(
    ("kind", "body", "said"),
    [
        ("multipart/form-data; boundary=xx", b"--xx\r\nbroken", "cannot be read"),
        ("multipart/form-data; boundary=xx", b"--xx--\r\n", "holds no file"),
        (
            "multipart/form-data; boundary=xx",
            b'--xx\r\ncontent-disposition: form-data; name="fiel"\r\n\r\nx\r\n--xx--\r\n',
            'a field "fiel"',
        ),
    ],
)
def test_a_form_that_breaks_off_or_holds_something_else_starts_nothing(
    client: Client, key: dict[str, str], engine: Engine, kind: str, body: bytes, said: str
) -> None:
    with engine.begin() as conn:
        before = conn.execute(sa.text("select count(*) from audit")).scalar_one()
    answer = client.post("/api/v1/audits", headers={**key, "content-type": kind}, content=body)
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert said in answer.json()["detail"]
    with engine.begin() as conn:
        assert conn.execute(sa.text("select count(*) from audit")).scalar_one() == before


def test_a_file_beyond_the_limit_is_refused_and_leaves_nothing(
    client: Client, key: dict[str, str], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.audit.upload.MAX_BYTES", 3 << 20)
    for announced in (True, False):
        body = b"a,b\n" * (1 << 20)
        content: Any = body if announced else iter([body[: 2 << 20], body[2 << 20 :]])
        answer = client.post(
            "/api/v1/audits", headers={**key, "content-type": "text/csv"}, content=content
        )
        assert answer.status_code == 400, answer.text
        assert "Send its rows in several files" in answer.json()["remedy"]
    with engine.begin() as conn:
        left = conn.execute(sa.text("select count(*) from audit where state = 'receiving'"))
        assert left.scalar_one() == 0


def test_live_progress_ends_when_the_audit_does(
    client: Client, key: dict[str, str], work: Work
) -> None:
    number = put(client, key)["id"]
    work()
    with client.stream("GET", f"/api/v1/audits/{number}/progress", headers=key) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        text = answer.read().decode()
    assert "event: progress" in text
    [data] = [said for said in text.splitlines() if said.startswith("data: ")]
    assert json.loads(data[6:])["judged"] == 4


def test_an_audit_is_its_owners_alone(
    house: House, client: Client, key: dict[str, str], work: Work
) -> None:
    number = put(client, key)["id"]
    work()
    other = house.opens("Another desk")
    for path in ("", "/rows", "/result.csv", "/result.xlsx", "/progress"):
        answer = client.get(f"/api/v1/audits/{number}{path}", headers=other)
        assert answer.status_code == 404, path
        assert client.get(f"/api/v1/audits/{number}{path}").status_code == 401
    assert client.delete(f"/api/v1/audits/{number}", headers=other).status_code == 404
    for path in ("rerun", "mapping"):
        answer = client.post(f"/api/v1/audits/{number}/{path}", headers=other, json={})
        assert answer.status_code == 404, path
    assert client.post("/api/v1/audits", content=b"x").status_code == 401
    assert client.get("/api/v1/audits", headers=other).json()["data"] == []
    mine = client.get("/api/v1/audits?limit=1", headers=key).json()
    assert mine["data"][0]["id"] == number
    assert mine["next_cursor"]


def test_a_rerun_as_known_then_gives_the_same_bytes_and_one_as_known_now_tells_what_changed(
    house: House, client: Client, key: dict[str, str], work: Work
) -> None:
    number = put(client, key)["id"]
    work()
    before = result(client, key, number)
    again = f"/api/v1/audits/{number}/rerun"
    with house.clock.later(days=3):
        house.look(
            lambda world: world.look(
                "register",
                at("2026-06-03"),
                [
                    lab("L90500", name="Quayside Metal Laboratory", name_zh="", country="SG",
                        city="Singapore", expires=at("2026-05-11").date(),
                        lines=[line("1", "Steel bars", "ISO 6892-1:2019")]),
                ],
            )
        )  # fmt: skip
        same = client.post(again, headers=key, json={"same": True}).json()["data"]
        later = client.post(again, headers=key, json={}).json()["data"]
        work()
    assert (same["rerun_of"], later["rerun_of"]) == (number, number)
    assert result(client, key, same["id"]) == before
    assert not audit(client, key, same["id"])["compares"]
    assert audit(client, key, later["id"])["compares"]
    rows = table(result(client, key, later["id"]))
    changed = {
        row["报告编号"]: row["labdir_verdict_before"] for row in rows if row["labdir_changed"]
    }
    # an adverse answer for a day that could be read outranks one that could not
    assert changed == {"R2": "VALID", "R4": "NOT_JUDGED"}
    told = client.get(f"/api/v1/audits/{later['id']}/rows?changed=true", headers=key).json()
    assert [(row["ref"], row["before"], row["verdict"]) for row in told["data"]] == [
        ("R2", "VALID", "EXPIRED"),
        ("R4", "NOT_JUDGED", "EXPIRED"),
    ]
    nothing = client.get(f"/api/v1/audits/{number}/rows?changed=true", headers=key)
    assert nothing.status_code == 400
    unknown = client.post(again, headers=key, json={"sane": True})
    assert unknown.status_code == 400
    assert "sane" in unknown.json()["detail"]


def test_an_audit_is_forgotten_with_all_that_it_holds_and_its_rerun_stands(
    client: Client, key: dict[str, str], work: Work, engine: Engine
) -> None:
    number = put(client, key)["id"]
    work()
    rerun = client.post(f"/api/v1/audits/{number}/rerun", headers=key, json={"same": True})
    work()
    assert client.delete(f"/api/v1/audits/{number}", headers=key).status_code == 204
    assert client.get(f"/api/v1/audits/{number}", headers=key).status_code == 404
    with engine.begin() as conn:
        for table_ in ("audit_chunk", "audit_file", "audit_touch"):
            query = sa.text(f"select count(*) from {table_} where audit_id = :id")
            assert conn.execute(query, {"id": number}).scalar_one() == 0
    stands = audit(client, key, rerun.json()["data"]["id"])
    assert (stands["rerun_of"], stands["state"]) == (None, "done")


def test_as_many_audits_are_under_way_as_may_be(house: House, client: Client, work: Work) -> None:
    key = house.opens("A busy desk")
    for _ in range(20):
        put(client, key, "a,b\n1,2\n")
    answer = client.post("/api/v1/audits", headers=key, files={"file": ("r.csv", CSV)})
    assert answer.status_code == 409
    assert "20 audits" in answer.json()["detail"]
    work()
    one = client.get("/api/v1/audits", headers=key).json()["data"][0]
    assert client.delete(f"/api/v1/audits/{one['id']}", headers=key).status_code == 204
    put(client, key)


@pytest.mark.parametrize("number", ["x", "-1", "9" * 30])
def test_what_is_no_audits_number_is_said_to_be_none(
    client: Client, key: dict[str, str], number: str
) -> None:
    answer = client.get(f"/api/v1/audits/{number}", headers=key)
    assert (answer.status_code, answer.json()["parameter"]) == (400, "audit_id")


def test_the_views_are_what_the_documentation_says(client: Client, key: dict[str, str]) -> None:
    from directory.api.audit_forms import AuditsAnswer

    answer = client.get("/api/v1/audits", headers=key)
    msgspec.json.decode(answer.content, type=AuditsAnswer)
