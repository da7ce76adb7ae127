"""A stranger's list is drafted, edited as an operator would, tried and synced without code."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result
from reportlab.lib import colors
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table, TableStyle

from deploy.cli import main
from services import db as database
from services.find.search import Query, search
from tests.services.sync.web import Reply, Web, serve
from tests.sources.in_nabl import build
from tests.sources.in_nabl.build import lab

GERMAN = """Verzeichnis der Prüfstellen;;;;;;;
Stand: 1. März 2024;;;;;;;
Lfd Nr;Betriebsstätte;Kennz.;Zustand;erteilt am;gültig bis;Ort;Ansprechpartner
1;Prüflabor Süd GmbH;PL-0001;gültig;13.02.2020;12.02.2035;Ulm;Max Beispiel
2;"Prüfstelle ""Nord""; mbH";PL-0002;ruht;01.03.2021;28.02.2036;Kiel;Eva Beispiel
3;Möller Gießerei-Labor;PL-0003;gültig;05.06.2019;unbefristet;Lübeck;Jo Beispiel
4;Prüfamt Würzburg;PL-0004;gültig;05.06.2019;04.05.2037;Würzburg;Jo Beispiel
5;Prüfamt Görlitz;PL-0005;gültig;05.06.2019;04.05.2037;Görlitz;Jo Beispiel
"""
CHINESE = """机构编号;机构名称;省份;状态;有效期至;联系人;联系电话
XT001;华东材料检测技术有限公司;江苏;有效;2035年1月9日;王某;13800000000
XT002;南方质量研究院;广东;暂停;2034年12月31日;李某;13800000001
XT003;北方电器试验中心;河北;有效;2036年3月5日;赵某;13800000002
"""
EDITS = {
    'title = ""': 'title = "Stranger\'s list"',
    'publisher = ""': 'publisher = "Stranger"',
    'home = ""': 'home = "https://stranger.example/"',
    'licence = ""': 'licence = "free"',
    'address = ""': 'address = "https://stranger.example/list.csv"',
    'issuer = { value = "" }': 'issuer = { value = "XAO" }',
    '"ruht" = ""': '"ruht" = "suspended"',
}


def labdir(*args: object, env: Mapping[str, str] | None = None) -> Result:
    return CliRunner().invoke(main, [str(arg) for arg in args], env=env)


def drafted(file: Path, *more: str) -> str:
    done = labdir("source", "draft", file, *more)
    assert done.exit_code == 0, done.output
    tomllib.loads(done.output)
    return done.output


def edited(text: str, more: Mapping[str, str] | None = None) -> str:
    for old, new in {**EDITS, **(more or {})}.items():
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("text", "charset", "word", "found"),
    [
        (GERMAN, "latin-1", "Gießerei", "Möller Gießerei-Labor"),
        (CHINESE, "gb18030", "质量研究院", "南方质量研究院"),
        (CHINESE, "utf-16", "试验中心", "北方电器试验中心"),
    ],
)
def test_a_strangers_list_is_drafted_edited_tried_synced_and_found(
    tmp_path: Path, db: str, text: str, charset: str, word: str, found: str
) -> None:
    file, settings = tmp_path / "stranger.csv", tmp_path / "labdir.toml"
    file.write_bytes(text.encode(charset))

    settings.write_text(drafted(file), encoding="utf-8")
    unfilled = labdir("source", "try", f"{settings}#stranger", "--file", file)
    assert unfilled.exit_code == 2
    for name in ("publisher", "licence", "address", "accreditations[0].issuer"):
        assert f"{name} is empty" in unfilled.output

    settings.write_text(edited(settings.read_text("utf-8")), encoding="utf-8")
    tried = labdir("source", "try", f"{settings}#stranger", "--file", file)
    assert tried.exit_code == 0, tried.output
    assert "would be published" in tried.output
    assert "not read" not in tried.output
    for person in ("Beispiel", "王某", "1380000"):
        assert person not in tried.output
        assert person not in settings.read_text("utf-8")

    env = {"LABDIR_DATABASE_URL": db, "LABDIR_DATA": str(tmp_path)}
    run = labdir("source", "run", f"{settings}#stranger", "--file", file, env=env)
    assert run.exit_code == 0, run.output
    assert "published +" in run.output
    again = labdir("source", "run", f"{settings}#stranger", "--file", file, env=env)
    assert "unchanged" in again.output
    assert names(db, word) == [found]


def names(url: str, word: str) -> list[str]:
    now = datetime.now(UTC)
    engine = database.connect(url)
    with engine.connect() as conn:
        cards, _ = search(conn, Query(q=word), now=now, today=now.date())
    engine.dispose()
    return [card.names[0].text for card in cards.cards]


def test_the_draft_says_what_it_saw_and_what_it_leaves_to_the_editor(tmp_path: Path) -> None:
    file = tmp_path / "Prüfstellen 2024.csv"
    file.write_bytes(GERMAN.encode("cp1252"))
    text = drafted(file)
    table = tomllib.loads(text)["sources"]["pr_fstellen_2024"]["table"]
    assert (table["format"], table["delimiter"], table["key"]) == ("csv", ";", ["Kennz."])
    assert table["names"][0]["text"] == "Betriebsstätte"
    assert table["profile"] == {"city": "Ort"}
    (held,) = table["accreditations"]
    assert held["granted"] == {"column": "erteilt am", "dates": ["%d.%m.%Y"]}
    assert held["expires"]["words"] == {"unbefristet": ""}
    assert held["listed"]["words"] == {"gültig": "active", "ruht": ""}
    assert table["expect"]["min_rows"] == 4
    assert "# dropped, persons are never kept: Ansprechpartner" in text
    assert "“Prüflabor Süd GmbH”" in text
    assert re.search(r'# left over: "Lfd Nr"', text)


AMBIGUOUS = "Body;Ref;Until\nAlpha Test House;A-1;03/04/2035\nBeta Test House;B-2;05/06/2036\n"


def test_days_that_two_forms_fit_are_left_to_the_editor(tmp_path: Path) -> None:
    file, settings = tmp_path / "list.csv", tmp_path / "s.toml"
    file.write_text(AMBIGUOUS)
    text = drafted(file, "--key", "xx")
    assert (
        '# both fit every cell: "%d/%m/%Y" and "%m/%d/%Y"; write into dates what is meant' in text
    )
    settings.write_text(edited(text))
    tried = labdir("source", "try", f"{settings}#xx", "--file", file)
    assert "expires.dates is empty" in tried.output
    settings.write_text(edited(text, {'dates = [""]': 'dates = ["%m/%d/%Y"]'}))
    tried = labdir("source", "try", f"{settings}#xx", "--file", file, "--json")
    drafts = json.loads(tried.output)["reading"]["drafts"]
    assert drafts[0]["accreditations"][0]["expires"] == "2035-03-04"


def test_one_day_beyond_the_twelfth_proves_the_form(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text(AMBIGUOUS + "Gamma Test House;C-3;25/06/2036\n")
    table = tomllib.loads(drafted(file))["sources"]["list"]["table"]
    assert table["accreditations"][0]["expires"]["dates"] == ["%d/%m/%Y"]


def test_columns_whose_titles_tell_nothing_are_told_by_their_cells(tmp_path: Path) -> None:
    file, settings = tmp_path / "list.csv", tmp_path / "s.toml"
    rows = [f"{n},X{n:03},House of tests {'ABCDE'[n % 5]}{n},203{n % 9}-01-0{n % 8 + 1},"
            f"ann{n}@x.example" for n in range(1, 20)]  # fmt: skip
    file.write_text("\n".join(["c1,c2,c3,c4,c5", *rows]))
    text = drafted(file)
    table = tomllib.loads(text)["sources"]["list"]["table"]
    assert (table["key"], table["names"][0]["text"]) == (["c2"], "c3")
    assert '# expires = { column = "c4" }' in text
    assert "ann1@" not in text
    assert table["ignore"] == ["c5"]
    settings.write_text(edited(text))
    tried = labdir("source", "try", f"{settings}#list", "--file", file)
    assert tried.exit_code == 0, tried.output


def test_several_rows_of_one_number_become_one_record(tmp_path: Path) -> None:
    file, settings = tmp_path / "list.csv", tmp_path / "s.toml"
    file.write_text("Number,Body name,Scope\nN1,Alpha,Toys\nN1,Alpha,Lamps\nN2,Beta,Wood\n")
    settings.write_text(edited(drafted(file)))
    tried = labdir("source", "try", f"{settings}#list", "--file", file)
    assert "list “table”: 2 records" in tried.output
    assert "[1 accreditations, 2 lines]" in tried.output
    assert "would be published" in tried.output


def test_a_workbook_and_a_json_file_are_drafted_and_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Register"])
    for row in (["Laboratory", "No.", "Valid until"], ["Alpha", "T1", date(2035, 3, 4)],
                ["Beta", "T2", date(2036, 3, 4)]):  # fmt: skip
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    records = [{"org": {"name": f"House {n}"}, "number": f"T{n}", "mail": "x@y.example"}
               for n in range(9)]  # fmt: skip
    files = {
        "a.xlsx": out.getvalue(),
        "b.json": json.dumps({"meta": {"total": 9}, "data": {"items": records}}).encode(),
    }
    for name, body in files.items():
        file, settings = tmp_path / name, tmp_path / "s.toml"
        file.write_bytes(body)
        settings.write_text(edited(drafted(file)))
        tried = labdir("source", "try", f"{settings}#{file.stem}", "--file", file)
        assert "would be published" in tried.output, tried.output
        assert "not read" not in tried.output


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"<html>", "A web page"),
        (b"", "empty"),
        (b"Name;No\n", "a header and no row"),
        (b'{"a": 1}', "no list of records"),
        (b"%PDF-1.7 x", "PDF"),
        (b"PK\x03\x04 damaged", "not an XLSX workbook"),
        (bytes(range(256)), "no text"),
    ],
)
def test_what_is_no_table_is_said_to_be_none(tmp_path: Path, body: bytes, said: str) -> None:
    file = tmp_path / "list.csv"
    file.write_bytes(body)
    done = labdir("source", "draft", file)
    assert done.exit_code == 1
    assert said in done.output
    assert "Traceback" not in done.output


def test_a_publishers_words_never_steer_the_terminal(tmp_path: Path) -> None:
    """A source's file may hold any character of JSON; what it says is shown, not obeyed."""
    file = tmp_path / "labs.json"
    steering = "\x1b]0;owned\x07\x1b[2J\u202eLab\u009b31m"
    labs = [lab(1) | {"name": f"A {steering} Ltd", steering: "x", "certNo": "MC-9001"}]
    labs += [lab(2) | {"expiryDate": steering}]
    file.write_bytes(build.export(labs))
    tried = labdir("source", "try", "in_nabl", "--file", file)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", tried.output)
    assert "owned" in tried.output
    assert "not read" in tried.output


def test_titles_that_would_break_the_settings_are_quoted(tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text('"Name ""x"" \\ #1",No,"a\x7f\nb","]]"\nAlpha,1a,x,y\nBeta,2b,z,w\n')
    table = tomllib.loads(drafted(file))["sources"]["list"]["table"]
    assert table["names"][0]["text"] == 'Name "x" \\ #1'


def test_a_table_in_a_pdf_is_drafted_and_read(tmp_path: Path) -> None:
    rows = [["Laboratory", "No.", "Valid until", "Status"]]
    rows += [[f"Testing House {n}", f"T{n:03}", f"{n % 28 + 1:02}.03.2035", "valid"]
             for n in range(1, 90)]  # fmt: skip
    grid = Table(rows, repeatRows=1)
    grid.setStyle(TableStyle([("GRID", (0, 0), (-1, -1), 0.5, colors.black)]))
    file, settings = tmp_path / "list.pdf", tmp_path / "s.toml"
    SimpleDocTemplate(str(file)).build([Paragraph("Designated laboratories"), grid])
    settings.write_text(edited(drafted(file)))
    tried = labdir("source", "try", f"{settings}#list", "--file", file)
    assert "list “table”: 89 records" in tried.output, tried.output
    assert "page 1, row 2: Testing House 1 [1 accreditations]" in tried.output
    assert "would be published" in tried.output


# --- a paged API, declared -----------------------------------------------------------------------

API = """
[fetch]
private_hosts = ["{host}"]
backoff_s = 0.01

[sources.xx_api]
rate = 1000
[sources.xx_api.table]
title = "API"
publisher = "Office"
home = "https://office.example/"
licence = "free"
tier = 3
format = "json"
address = "http://{host}/labs?page=1"
records = "data.items"
paging = {{ page = "page", pages = "data.pages", count = "data.total" }}
key = ["id"]
names = [{{ text = "name" }}]
[[sources.xx_api.table.accreditations]]
issuer = {{ value = "XAO" }}
number = "id"
"""


@pytest.fixture
def web() -> Iterator[Web]:
    with serve() as one:
        yield one


def paged(web: Web, *, pages: int = 3, total: int = 9) -> None:
    for number in range(1, pages + 1):
        ids = range((number - 1) * 3, number * 3)
        items = [{"id": f"N{n}", "name": f"Testing House Nr {n}"} for n in ids]
        data = {"items": items, "pages": pages, "total": total}
        headers = {"Content-Type": "application/json"}
        web.pages[f"/labs?page={number}"] = Reply(
            body=json.dumps({"data": data}).encode(), headers=headers
        )


def test_a_paged_api_that_throttles_and_fails_once_is_synced_whole(
    tmp_path: Path, db: str, web: Web
) -> None:
    paged(web)
    second, third = web.pages["/labs?page=2"], web.pages["/labs?page=3"]
    assert isinstance(second, Reply)
    assert isinstance(third, Reply)
    web.pages["/labs?page=2"] = [Reply(429, b"slow down", {"Retry-After": "1"}), second]
    web.pages["/labs?page=3"] = [Reply(500, b"oops"), third]
    settings = tmp_path / "labdir.toml"
    settings.write_text(API.format(host=web.host))
    env = {
        "LABDIR_DATABASE_URL": db, "LABDIR_DATA": str(tmp_path), "LABDIR_SETTINGS": str(settings),
    }  # fmt: skip
    run = labdir("source", "run", "xx_api", env=env)
    assert "published +9" in run.output, run.output
    asked = [path for path in web.paths() if path.startswith("/labs")]
    assert asked == [f"/labs?page={n}" for n in (1, 2, 2, 3, 3)]
    assert "Testing House Nr 8" in names(db, "house")


def test_a_paged_api_that_gives_fewer_than_it_says_is_refused(
    tmp_path: Path, db: str, web: Web
) -> None:
    paged(web, total=12)
    settings = tmp_path / "labdir.toml"
    settings.write_text(API.format(host=web.host))
    env = {"LABDIR_DATABASE_URL": db, "LABDIR_DATA": str(tmp_path)}
    run = labdir("source", "run", f"{settings}#xx_api", env=env)
    assert run.exit_code == 1
    assert "refused: The publisher says 12 records and gave 9." in run.output
    assert names(db, "house") == []
