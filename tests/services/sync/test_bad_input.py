"""What publishers really send when something went wrong: refused, kept, and harmless.

Every case travels the real road over the same good list: the outcome is a refused run with a reason
that a steward understands, the raw bytes kept, the old data untouched, and a worker that reads the
next good version as if nothing had been.
"""

import io
import json
import zipfile
import zlib
from typing import Any

import openpyxl
import pytest

from services.find import sources as reading
from services.kit import Page
from services.parsers import declared_table
from services.settings import Settings, parse
from services.sync import catalogue
from services.sync.run import Given, carry_out
from services.terms import RunState
from tests.services.sync.conftest import Traveller

HEADER = ("Laboratory", "Certificate", "Town", "Granted", "Valid until", "Status")
NAMES = (
    "Heron Testing Pte Ltd", "Tern Laboratories", "Wagtail Metrology", "Osprey Materials",
    "Plover Chemicals", "Dunlin Electronics", "Avocet Textiles", "Curlew Foods",
    "Gannet Marine", "苍鹭检测有限公司", "白鹭电池实验室", "Siskin Toys",
)  # fmt: skip
ROWS = tuple(
    (name, f"XA-{n:03}", "Town", "01/02/2024", "31/01/2029", "Valid")
    for n, name in enumerate(NAMES, 1)
)
SETTINGS = """
[read]
time = "20s"
megabytes = 400

[sources.xx_list.table]
title = "Register of laboratories"
publisher = "Example Accreditation Office"
home = "https://office.example/"
licence = "made for tests"
tier = 1
format = "{format}"
{more}
address = "https://office.example/register"
country = "SG"
authoritative_for = ["XAO"]
key = ["Certificate"]
names = [{{ text = "Laboratory", lang = "en" }}]
profile = {{ country = {{ value = "SG" }}, city = "Town" }}
expect = {{ min_rows = 5 }}

[[sources.xx_list.table.accreditations]]
issuer = {{ value = "XAO" }}
number = "Certificate"
granted = {{ column = "Granted", dates = ["%d/%m/%Y"] }}
expires = {{ column = "Valid until", dates = ["%d/%m/%Y"] }}
listed = {{ column = "Status", words = {{ "Valid" = "active", "Suspended" = "suspended" }} }}
"""


def settings(form: str) -> Settings:
    more = {"json": 'records = "data"', "pdf": ""}.get(form, "")
    return parse(SETTINGS.format(format=form, more=more))


Row = tuple[str, ...]


def as_csv(rows: tuple[Row, ...] = ROWS, header: Row = HEADER) -> str:
    return "\r\n".join(",".join(row) for row in (header, *rows)) + "\r\n"


def as_json(rows: tuple[Row, ...] = ROWS) -> bytes:
    records = [dict(zip(HEADER, row, strict=True)) for row in rows]
    return json.dumps({"data": records}, ensure_ascii=False).encode()


def as_xlsx(rows: tuple[Row, ...] = ROWS) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in (HEADER, *rows):
        book.active.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def changed(column: int, *values: str) -> tuple[Row, ...]:
    """The good rows with other words in one column, from the first row on."""
    put = dict(enumerate(values))
    return tuple(
        tuple(put.get(n, cell) if at == column else cell for at, cell in enumerate(row))
        for n, row in enumerate(ROWS)
    )


class House:
    """The good list of one format, published, and what stands since."""

    def __init__(self, traveller: Traveller, form: str, good: bytes) -> None:
        self.traveller, self.good = traveller, good
        traveller.settings = settings(form)
        traveller.enrol(*catalogue.declared(traveller.settings).values())
        state, run_id = self.give(good)
        assert state is RunState.PUBLISHED, traveller.run(run_id).reasons
        self.standing = self._facts()

    def give(self, body: bytes, **page: Any) -> tuple[RunState | None, int]:
        run_id = self.traveller.ask("xx_list", declared_table.TABLE)
        given = Page(url="https://office.example/register", body=body, **page)
        at = self.traveller.clock.on(hours=1)
        return carry_out(self.traveller.road, run_id, Given((given,), at)), run_id

    def _facts(self) -> dict[str, int]:
        counts = self.traveller.counts()
        for moving in ("run", "payload", "run_payload", "review_item"):
            counts.pop(moving, None)
        return counts

    def refuses(self, body: bytes, **page: Any) -> str:
        """The reasons, once all that a refusal promises was seen to hold."""
        state, run_id = self.give(body, **page)
        run = self.traveller.run(run_id)
        assert state is RunState.REFUSED, (state, run.counts)
        [kept] = self.traveller.rows(
            "select p.body from payload p join run_payload r using (sha256) where r.run_id = :r",
            r=run_id,
        )
        assert zlib.decompress(kept.body) == body, "the raw bytes are kept"
        assert self._facts() == self.standing, "the old data stand untouched"
        assert self.give(self.good)[0] is RunState.UNCHANGED, "the worker lives and goes on"
        assert run.reasons
        return " ".join(run.reasons)


@pytest.fixture
def csv_house(traveller: Traveller) -> House:
    return House(traveller, "csv", as_csv().encode())


@pytest.fixture
def json_house(traveller: Traveller) -> House:
    return House(traveller, "json", as_json())


@pytest.fixture
def xlsx_house(traveller: Traveller) -> House:
    return House(traveller, "xlsx", as_xlsx())


# --- the table changed shape ----------------------------------------------------------------------


def test_a_missing_column_is_named(csv_house: House) -> None:
    rows = tuple((*row[:4], row[5]) for row in ROWS)
    said = csv_house.refuses(as_csv(rows, (*HEADER[:4], HEADER[5])).encode())
    assert "Valid until" in said


def test_a_renamed_column_is_named_with_what_stands_there_instead(csv_house: House) -> None:
    said = csv_house.refuses(as_csv(header=(*HEADER[:4], "Expiry date", "Status")).encode())
    assert "Valid until" in said
    assert "Expiry date" in said


def test_a_renamed_column_shows_what_changed_shape_before_and_after(csv_house: House) -> None:
    header = (*HEADER[:4], "Valid until (day)", "Status")
    state, run_id = csv_house.give(as_csv(ROWS[:11], header).encode())
    assert state is RunState.REFUSED
    with csv_house.traveller.engine.connect() as conn:
        diff = reading.run(conn, run_id)[0].diff
    assert diff is not None
    assert (diff.columns_gone, diff.columns_new) == (("Valid until",), ("Valid until (day)",))
    assert [(one.before, one.after) for one in diff.perhaps_renamed] == [
        ("Valid until", "Valid until (day)")
    ]
    assert (diff.rows_before, diff.rows_after) == (12, 11)
    filled = {one.part: (one.before, one.after) for one in diff.fill}
    assert filled["accreditations.expires"] == (1.0, 0.0)
    assert filled["accreditations.number"] == (1.0, 1.0)


def test_an_empty_list_is_no_list(csv_house: House) -> None:
    csv_house.refuses(as_csv(()).encode())


def test_empty_bytes_are_no_list(csv_house: House) -> None:
    csv_house.refuses(b"")


def test_a_list_three_quarters_shorter_is_refused(csv_house: House) -> None:
    said = csv_house.refuses(as_csv(ROWS[:3]).encode())
    assert "3 records were read, 12 last time: more than 25% fewer at once." in said


def test_every_row_doubled_is_refused(csv_house: House) -> None:
    csv_house.refuses(as_csv(ROWS + ROWS).encode())


def test_a_column_emptied_at_once_is_refused(csv_house: House) -> None:
    said = csv_house.refuses(as_csv(changed(4, *[""] * len(ROWS))).encode())
    assert "accreditations.expires" in said


# --- the download went wrong ----------------------------------------------------------------------


def test_a_download_cut_off_in_the_middle_of_a_row_is_refused(csv_house: House) -> None:
    whole = as_csv().encode()
    csv_house.refuses(whole[: len(whole) * 3 // 5])


def test_json_cut_off_is_refused(json_house: House) -> None:
    whole = as_json()
    json_house.refuses(whole[: len(whole) // 2])


def test_a_workbook_cut_off_is_refused(xlsx_house: House) -> None:
    whole = as_xlsx()
    xlsx_house.refuses(whole[: len(whole) // 2])


LOGIN = (
    b"<!doctype html><html><head><title>Sign in</title></head><body><h1>Please sign in</h1>"
    b'<form method="post"><input name="user"><input type="password" name="pass"></form>'
    b"</body></html>"
)


def test_html_where_json_was_due_is_refused(json_house: House) -> None:
    assert "web page" in json_house.refuses(LOGIN, content_type="text/html")


def test_a_login_page_with_status_200_is_refused(csv_house: House) -> None:
    assert "web page" in csv_house.refuses(LOGIN, content_type="text/html")


def test_html_where_a_workbook_was_due_is_refused(xlsx_house: House) -> None:
    xlsx_house.refuses(LOGIN, content_type="text/html")


# --- charsets: right, wrong and lying -------------------------------------------------------------


@pytest.mark.parametrize(
    ("charset", "declared"),
    [
        ("utf-8-sig", ""),
        ("utf-8-sig", "gb18030"),
        ("gb18030", "gb18030"),
        ("gb18030", "gb2312"),
        ("gb18030", ""),
        ("gb18030", "utf-8"),
        ("utf-16", ""),
        ("utf-16-le", "utf-8"),
        ("utf-16-be", ""),
        ("utf-8", "gb18030"),
        ("utf-8", "iso-8859-1"),
        ("utf-8", "no-such-charset"),
    ],
)
def test_the_same_words_in_any_charset_are_the_same_list(
    csv_house: House, charset: str, declared: str
) -> None:
    """Whatever is declared, the bytes decide: nothing is altered by another way of writing them."""
    state, run_id = csv_house.give(as_csv().encode(charset), charset=declared)
    assert state is RunState.UNCHANGED, csv_house.traveller.run(run_id).reasons
    names = {row.text for row in csv_house.traveller.rows("select text from name")}
    assert names == set(NAMES)


def test_bytes_of_no_charset_are_refused(csv_house: House) -> None:
    noise = bytes(range(256)) * 40
    csv_house.refuses(as_csv().encode()[:60] + noise)


# --- bombs ----------------------------------------------------------------------------------------


def zip_bomb() -> bytes:
    """600 megabytes of one digit in some 600 kilobytes."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part,
    ):
        for _ in range(600):
            part.write(b"0" * 1_000_000)
    return out.getvalue()


def test_a_zip_bomb_is_refused(xlsx_house: House) -> None:
    assert "unpack" in xlsx_house.refuses(zip_bomb())


def test_a_zip_bomb_that_lies_about_its_size_is_refused(xlsx_house: House) -> None:
    """The size that the archive states is 10 bytes; it unpacks to 600 megabytes."""
    true = (600_000_000).to_bytes(8, "little")
    bomb = zip_bomb()
    assert true in bomb
    xlsx_house.refuses(
        bomb.replace(true, (10).to_bytes(8, "little")).replace(true[:4], b"\n\0\0\0")
    )


def test_a_workbook_of_a_million_empty_rows_is_refused_or_read_within_bounds(
    xlsx_house: House,
) -> None:
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet()
    for row in (HEADER, *ROWS[:3]):
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    with zipfile.ZipFile(out) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    empty = b"".join(b'<row r="%d"><c r="F%d" s="0"/></row>' % (n, n) for n in range(5, 1_000_005))
    name = "xl/worksheets/sheet1.xml"
    parts[name] = parts[name].replace(b"</sheetData>", empty + b"</sheetData>")
    again = io.BytesIO()
    with zipfile.ZipFile(again, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, body in parts.items():
            archive.writestr(part, body)
    assert "rows" in xlsx_house.refuses(again.getvalue())


def test_deeply_nested_json_is_refused(json_house: House) -> None:
    json_house.refuses(b'{"data": ' + b"[" * 200_000 + b"]" * 200_000 + b"}")


# --- words that cannot be -------------------------------------------------------------------------


def test_days_that_do_not_exist_are_refused_and_named(csv_house: House) -> None:
    rows = changed(4, "31/02/2029", "30/02/2029", "32/01/2029")
    assert "31/02/2029" in csv_house.refuses(as_csv(rows).encode())


def test_one_day_that_does_not_exist_leaves_its_record_as_it_was(traveller: Traveller) -> None:
    """One bad row among many is told; what it said before goes on, it has not left the list."""
    many = tuple((f"Body {n}", f"XA-{n:03}", *ROWS[0][2:]) for n in range(60))
    house = House(traveller, "csv", as_csv(many).encode())
    rows = ((*many[0][:4], "31/02/2029", "Valid"), *many[1:])
    state, run_id = house.give(as_csv(rows).encode())
    run = traveller.run(run_id)
    assert state is RunState.UNCHANGED, run.reasons
    assert "31/02/2029" in run.shape["problems"][0]
    assert len(run.unread) == 1
    open_ones = traveller.rows("select count(*) n from sighting where end_run_id is null")
    assert open_ones[0].n == 60


def test_an_unknown_status_word_is_never_guessed(csv_house: House) -> None:
    rows = changed(5, "Probably", "Probably")
    assert "Probably" in csv_house.refuses(as_csv(rows).encode())


def test_numbers_of_other_bodies_are_refused(csv_house: House) -> None:
    slipped = changed(0, *NAMES[1:], NAMES[0])
    assert "stand with the name of another body" in csv_house.refuses(as_csv(slipped).encode())


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "Heron <b>Testing</b> Pte Ltd",
        "<img src=x onerror=alert(1)>",
        "Heron</td><td>",
    ],
)
def test_html_and_script_inside_names_are_refused(csv_house: House, name: str) -> None:
    rows = changed(0, name)
    assert "hold HTML" in csv_house.refuses(as_csv(rows).encode())


def test_words_that_only_look_like_markup_are_names(csv_house: House) -> None:
    rows = changed(0, "Heron Testing Pte Ltd <formerly Egret> & Sons")
    state, run_id = csv_house.give(as_csv(rows).encode())
    assert state is RunState.PUBLISHED, csv_house.traveller.run(run_id).reasons


def test_a_null_byte_inside_a_name_is_refused(json_house: House) -> None:
    body = as_json(changed(0, "Heron\x00Testing"))
    json_house.refuses(body)
