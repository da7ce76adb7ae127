"""A file of facts with their evidence, imported as an operator does, and shown to a reader."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from litestar.testing import TestClient

from deploy.cli import main
from directory.app import FrontDoor, create_app
from services.settings import Settings

NOW = datetime(2026, 9, 2, 9, tzinfo=UTC)
HEAD = (
    "body_name_zh,body_name_en,body_uscc,body_country,kind,title,issuer,number,nice_class,"
    "territory,status,granted,expires,level,evidence,evidence_on"
)
HERON = "苍鹭检测有限公司,Heron Testing Co.,91350211M000100Y46,CN"
MARK = (
    f"{HERON},trademark,HERON,CNIPA 国家知识产权局,7001,42,CN,registered,2017-01-10,2027-01-09,"
    "issuer_register,https://wcjs.sbj.cnipa.gov.cn/7001,2026-08-30"
)
FAKE = (
    f"{HERON},trademark,HERON,CNIPA 国家知识产权局,7002,35,CN,registered,2017-01-10,2027-01-09,"
    "issuer_register,https://cnipa-verify.example/7002,2026-08-30"
)
AT = ("--at", "2026-09-01T08:00:00Z")
Run = Callable[..., tuple[int, str]]


@pytest.fixture(scope="module")
def url(make_database: Callable[[], str]) -> str:
    return make_database()


@pytest.fixture(scope="module")
def run(url: str, redis_server: str) -> Run:
    runner = CliRunner(env={"LABDIR_DATABASE_URL": url, "LABDIR_REDIS_URL": redis_server})

    def call(*words: str) -> tuple[int, str]:
        done = runner.invoke(main, ["source", *words])
        return done.exit_code, done.output + (str(done.exception) if done.exception else "")

    return call


@pytest.fixture(scope="module")
def client(url: str) -> Iterator[TestClient[FrontDoor]]:
    app = create_app(Settings(database_url=url), lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def written(folder: Path, name: str, *rows: str) -> str:
    file = folder / name
    file.write_bytes(b"\xef\xbb\xbf" + "\n".join((HEAD, *rows, "")).encode())
    return str(file)


def test_a_file_becomes_a_page_with_its_evidence(
    run: Run, client: TestClient[FrontDoor], tmp_path: Path
) -> None:
    file = written(tmp_path, "credentials_heron.csv", MARK, FAKE)
    code, said = run("try", "brand_files", "--file", file)  # the name tells the list
    assert code == 0, said
    assert "would be published" in said
    code, said = run("run", "brand_files", "--file", file, *AT)
    assert code == 0, said
    assert "published +1" in said
    assert "left over: level issuer_register, lowered to self_declared_document × 1" in said
    assert "cnipa-verify.example is no host of a known register" in said
    (card,) = client.get("/api/v1/bodies", params={"q": "Heron Testing"}).json()["data"]["cards"]
    answer = client.get(f"/api/v1/bodies/{card['id']}/credentials").json()
    levels = {one["number"]: (one["level"], one["verified"]) for one in answer["data"]}
    assert levels == {
        "7001": ("issuer_register", True),
        "7002": ("self_declared_document", False),
    }
    proof = answer["data"][0]["evidence"][0]
    assert (proof["source"], proof["tier"], proof["list"]) == ("brand_files", 6, "credentials")
    assert "evidence: https://wcjs.sbj.cnipa.gov.cn/7001" in proof["raw"]
    assert len(proof["sha256"]) == 64
    page = client.get(f"/en/bodies/{card['id']}").text
    assert "7001" in page
    assert re.search(r"2027-01-09", page)
    assert 'href="https://wcjs.sbj.cnipa.gov.cn/7001"' in page


def test_bad_rows_are_told_and_what_was_published_stands(
    run: Run, client: TestClient[FrontDoor], tmp_path: Path
) -> None:
    plover = "鸻检测,Plover Ltd,91350211M000100Y46".replace("91350211M000100Y46", "")
    rows = [
        MARK,
        FAKE.replace("issuer_register", "isuer_register"),
        f"{plover},,award,X,Y,1,,,,,,,,",
    ]
    file = written(tmp_path, "credentials_bad.csv", *rows)
    code, said = run("run", "brand_files", "--file", file, "--at", "2026-09-01T09:00:00Z")
    assert code == 1
    assert "refused" in said
    assert "Line 3, column “level”: “isuer_register” is no level of evidence" in said
    assert "Did you mean “issuer_register”?" in said
    assert "Line 4, column “body_uscc”: no number says which body is meant" in said
    (card,) = client.get("/api/v1/bodies", params={"q": "Heron Testing"}).json()["data"]["cards"]
    held = client.get(f"/api/v1/bodies/{card['id']}/credentials").json()["data"]
    assert {one["number"] for one in held} == {"7001", "7002"}


def test_bodies_that_a_later_file_leaves_out_keep_what_they_had(
    run: Run, client: TestClient[FrontDoor], tmp_path: Path
) -> None:
    bittern = MARK.replace(HERON, "麻鳽检测,Bittern Testing Co.,91999999MA38WAQ15L,CN")
    file = written(tmp_path, "credentials_bittern.csv", bittern)
    code, said = run("run", "brand_files", "--file", file, "--at", "2026-09-01T10:00:00Z")
    assert code == 0, said
    for name in ("Heron Testing Co.", "Bittern Testing Co."):
        cards = client.get("/api/v1/bodies", params={"q": name}).json()["data"]["cards"]
        card = next(one for one in cards if name in {n["text"] for n in one["names"]})
        held = client.get(f"/api/v1/bodies/{card['id']}/credentials").json()["data"]
        assert "7001" in {one["number"] for one in held}


def test_a_list_without_an_address_asks_for_a_file(run: Run) -> None:
    code, said = run("run", "brand_files", "--list", "presence")
    assert code != 0
    assert 'The list "presence" of "brand_files" has no address.' in said
    assert "--list presence --file FILE" in said


def test_a_column_of_persons_refuses_the_file(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "expertise_x.csv"
    file.write_text("body_name_en,body_uscc,姓名,field,count\nHeron,91350211M000100Y46,李,EMC,1\n")
    code, said = run("run", "brand_files", "--file", str(file), *AT)
    assert code == 1
    assert "The column “姓名” names persons" in said
