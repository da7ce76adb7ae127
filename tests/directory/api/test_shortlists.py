"""Shortlists over the API: made by anybody, read by whoever has the link, exported safely."""

import csv
import io
from typing import Any

import msgspec
import openpyxl
import pytest

from services import kit
from services.terms import CredentialKind, EvidenceLevel
from tests.directory.api.conftest import Client, House, drafts
from tests.services.store.build import World, at, lab, line

FORMULA = '=HYPERLINK("https://evil.example","x")'


@pytest.fixture(scope="module")
def risky(house: House) -> str:
    """A body whose source holds what a spreadsheet would run."""
    draft = lab(
        "L90800", name=FORMULA, name_zh="", country="SG",
        lines=[line("1", FORMULA, "GB 4943.1-2022")],
        credentials=(
            kit.Credential(
                key="a", kind=CredentialKind.AWARD, title="@SUM(A1)", issuer="A fair",
                level=EvidenceLevel.MARKETING_CLAIM,
            ),
        ),
    )  # fmt: skip

    def more(world: World) -> None:
        world.source("risky", authoritative_for=())
        world.look("risky", at("2026-05-31", 9), [draft])

    house.look(more)
    cards = house.client.get("/api/v1/bodies?country=SG").json()["data"]["cards"]
    return next(str(card["id"]) for card in cards if card["names"][0]["text"] == FORMULA)


def _battery(client: Client) -> str:
    cards = client.get("/api/v1/bodies?q=battery").json()["data"]["cards"]
    return str(cards[0]["id"])


def _made(client: Client, *bodies: str, **more: Any) -> str:
    sent = {"bodies": list(bodies), "market": "AE", "standard": "GB 4943.1", "title": "Chargers"}
    answer = client.post("/api/v1/shortlists", json=sent | more)
    assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == answer.json()["data"]["address"]
    return str(answer.json()["data"]["key"])


def test_a_list_is_made_and_read_with_its_evidence(client: Client) -> None:
    body = _battery(client)
    key = _made(client, body, notes={body: "by June, +86 21 5555 0000"})
    answer = client.get(f"/api/v1/shortlists/{key}").json()
    assert answer["data"]["market"] == "AE"
    (item,) = answer["data"]["items"]
    assert item["note"] == "by June"
    (held,) = item["frozen"]["lines"]
    assert (held["method"], held["verdict"]) == ("GB 4943.1-2022", "SUSPENDED")
    assert held["proof"]["sha256"]
    assert item["frozen"]["presences"][0]["country"] == "AE"
    assert item["since"] == []


def test_what_changed_since_is_marked(client: Client, house: House) -> None:
    key = _made(client, _battery(client))

    def closed(world: World) -> None:
        battery, other = drafts()
        gone = msgspec.structs.replace(battery, presences=())
        world.look("register", at("2026-06-01", 13), [gone, other])

    with house.clock.later(days=3):
        house.look(closed)
        (item,) = client.get(f"/api/v1/shortlists/{key}").json()["data"]["items"]
    assert item["frozen"]["presences"][0]["country"] == "AE"
    assert [(one["part"], one["what"]) for one in item["since"]] == [("presence", "gone")]
    assert item["since"][0]["label"] == "AE Dubai borrowed Dune Road Laboratory"


def test_tables_hold_every_fact_and_no_formula(client: Client, risky: str) -> None:
    key = _made(client, risky)
    answer = client.get(f"/api/v1/shortlists/{key}/table.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    titles, *rows = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert titles[:3] == ["place", "body", "name_en"]
    parts = {row[titles.index("part")] for row in rows}
    assert {"accreditation", "line", "credential", "unknown"} <= parts
    cells = [cell for row in rows for cell in row]
    assert f"'{FORMULA}" in cells
    assert "'@SUM(A1)" in cells
    assert not any(cell.startswith(("=", "@")) for cell in cells)
    whole = client.get(f"/api/v1/shortlists/{key}/table.xlsx")
    book = openpyxl.load_workbook(io.BytesIO(whole.content))
    assert book.sheetnames == ["Shortlist"]
    (sheet,) = book.worksheets
    assert sheet.max_row == len(rows) + 1
    assert all(cell.data_type in "sn" for row in sheet.iter_rows() for cell in row)


def test_an_enquiry_names_lines_numbers_and_where_their_evidence_is(client: Client) -> None:
    body = _battery(client)
    key = _made(client, body, notes={body: "300 pieces"})
    english = client.get(f"/api/v1/shortlists/{key}/enquiry?body={body}").json()["data"]
    assert english["subject"] == "Enquiry: GB 4943.1, United Arab Emirates"
    text = english["text"]
    assert text.startswith("To: Harbour Battery Testing Co., Ltd.\n")
    assert "Note: 300 pieces" in text
    assert "- CNAS L90417, ISO/IEC 17025:2017: suspended" in text
    assert "充电器 | chargers | GB 4943.1-2022 (CNAS L90417): suspended" in text
    assert "evidence: https://directory.example/en/evidence/" in text
    assert f"https://directory.example/en/shortlists/{key}" in text
    chinese = client.get(f"/api/v1/shortlists/{key}/enquiry?lang=zh").json()["data"]["text"]
    assert chinese.startswith("致：海港电池检测有限公司\n")
    assert "目标市场：阿拉伯联合酋长国" in chinese
    assert "https://directory.example/zh/evidence/" in chinese


def test_wrong_keys_bodies_and_sizes_are_told(client: Client) -> None:
    assert client.get("/api/v1/shortlists/nothing-of-this-kind-here").status_code == 404
    key = _made(client, _battery(client))
    assert client.get(f"/api/v1/shortlists/{key}/enquiry?body=b999999").status_code == 404
    assert client.get(f"/api/v1/shortlists/{key}/enquiry?lang=fr").status_code == 400
    many = client.post("/api/v1/shortlists", json={"bodies": [f"b{n}" for n in range(10_000)]})
    assert many.status_code == 400
    assert "at most 20" in many.json()["detail"]
    assert (
        client.post("/api/v1/shortlists", json={"bodies": ["b1"], "who": "me"}).status_code == 400
    )
