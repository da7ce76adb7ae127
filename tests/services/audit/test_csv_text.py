"""CSV as desks save it: charsets, delimiters, title lines, broken rows, cut-off files."""

import random
from pathlib import Path

import pytest

from services.audit.fields import DayKind
from services.errors import Unreadable
from tests.services.audit.files import codes, rows_of, surveyed

HEAD = "报告编号,证书编号,机构名称,签发日期"
ROW = "R1,CNAS L90417,海港电池检测有限公司,2026-05-01"


def text(*rows: str) -> str:
    return "\r\n".join((HEAD, *(rows or (ROW,)))) + "\r\n"


@pytest.mark.parametrize(
    "charset", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be", "gbk"]
)
@pytest.mark.parametrize("count", [1, 3_000])
def test_a_file_is_read_in_its_charset(tmp_path: Path, charset: str, count: int) -> None:
    body = text(*[ROW] * count).encode(charset)
    rows = rows_of(tmp_path, body)
    assert len(rows) == count
    last = rows[-1]
    assert (last.ref, last.number, last.body) == ("R1", "CNAS L90417", "海港电池检测有限公司")
    assert (last.line, last.faults) == (count + 1, [])


def test_chinese_far_behind_a_long_ascii_beginning_is_read_in_its_charset(tmp_path: Path) -> None:
    head = "Report no,Certificate no,Laboratory,Issue date\n"
    plain = "R1,L90417,Harbour,2026-05-01\n" * 40_000
    body = (head + plain + "R2,L90417,海港电池检测有限公司,2026-05-01\n").encode("gb18030")
    assert rows_of(tmp_path, body)[-1].body == "海港电池检测有限公司"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    body = text(ROW, ROW).replace(",", delimiter).encode()
    assert [row.number for row in rows_of(tmp_path, body)] == ["CNAS L90417"] * 2


def test_a_sep_line_title_lines_and_empty_rows_are_passed_over(tmp_path: Path) -> None:
    body = f"sep=;\r\n{text(ROW, '', ',,,', ROW)}".replace(",", ";").encode()
    rows = rows_of(tmp_path, body)
    assert [row.line for row in rows] == [3, 6]
    titled = ("委托检测报告清单\r\n2026 年第二季度\r\n" + text(ROW, ROW)).encode()
    assert [row.line for row in rows_of(tmp_path, titled)] == [4, 5]


def test_cells_keep_their_line_breaks_quotes_and_formula_guards(tmp_path: Path) -> None:
    body = text('"R\r\n1 ""a""","=""00417""",x,2026-05-01').encode()
    [row] = rows_of(tmp_path, body)
    assert row.cells == ['R\n1 "a"', "00417", "x", "2026-05-01"]
    assert row.number == "00417"


def test_rows_wider_or_narrower_than_the_header_say_so_and_ask_nothing(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, text("R1,L1,2026-05-01", ROW, f"{ROW},more,", f"{ROW},,").encode())
    assert [codes(row) for row in rows] == [["ROW_WIDTH"], [], ["ROW_WIDTH"], []]
    assert rows[0].number == rows[2].number == ""
    assert rows[0].days == []
    assert rows[0].cells == ["R1", "L1", "2026-05-01", ""]


def test_a_quote_that_swallows_rows_is_told_where_it_opens(tmp_path: Path) -> None:
    rows = rows_of(
        tmp_path, text(ROW, f'"R2,L1,x,2026-05-01\r\n{ROW}\r\nR4",L1,x,2026', ROW).encode()
    )
    assert [codes(row) for row in rows] == [[], ["ROW_SWALLOWED"], []]
    assert rows[1].line == 3


@pytest.mark.parametrize("end", ['R2,L90417,"海港', "R2,L904"])
def test_a_file_cut_off_within_a_row_says_so_of_that_row_alone(tmp_path: Path, end: str) -> None:
    rows = rows_of(tmp_path, (text(ROW) + end).encode())
    assert [codes(row) for row in rows] == [[], ["ROW_CUT_OFF"]]


def test_a_quote_never_closed_is_refused_with_its_line(tmp_path: Path) -> None:
    body = text(ROW, '"R2,x', *[ROW] * 4_000).encode()
    with pytest.raises(Unreadable, match="row that begins on line 3 cannot be read"):
        surveyed(tmp_path, body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "empty"),
        (b"  \n \n", "empty"),
        (HEAD.encode(), "no row"),
        (text().encode() + "海港".encode()[:-1], "cut off"),
        (text(*[ROW] * 9_000).encode("gb18030")[:-4] + b"\x81", "cut off"),
        (text(*[ROW] * 9_000).encode("utf-16")[:-1], "cut off"),
        (b"\x89PNG\r\n\x1a\n" + random.Random(1).randbytes(3_000), "no text|charset|NUL|zeros"),
        (bytes(4_000), "no text"),
        (b"<html><body>moved</body>", "web page"),
        (b'[{"number": 1}]', "JSON"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "protected workbook"),
        (b"PK\x03\x04 and no more", "cannot be read"),
    ],
)  # fmt: skip
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, body: bytes, said: str) -> None:
    with pytest.raises(Unreadable, match=said) as caught:
        surveyed(tmp_path, body)
    assert caught.value.remedy


def test_more_rows_or_columns_than_are_read_are_refused_with_the_limit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.audit.reading.MAX_ROWS", 4_500)
    assert surveyed(tmp_path, text(*[ROW] * 4_500).encode()).rows == 4_500
    with pytest.raises(Unreadable, match="more than 4,500 rows"):
        surveyed(tmp_path, text(*[ROW] * 4_501).encode())
    wide = ",".join(f"c{n}" for n in range(401))
    with pytest.raises(Unreadable, match="401 columns; at most 400"):
        surveyed(tmp_path, f"{wide}\n{wide}\n".encode())


def test_doubled_columns_have_names_of_their_own(tmp_path: Path) -> None:
    found = surveyed(tmp_path, b"No,Date,Date,\n1,2026-01-01,2026-01-02,\n")
    assert found.columns == ["No", "Date", "Date (2)"]
    assert found.doubled == ["Date"]


def test_a_column_that_proves_its_order_reads_all_its_days(tmp_path: Path) -> None:
    rows = rows_of(
        tmp_path,
        b"Lab no,Test date,Issue date\nL1,03/04/2019,05/06/2019\nL1,25/04/2019,01/02/2019\n",
    )
    assert rows[0].days[0] == (DayKind.FIRST, rows[0].days[0][1])
    assert rows[0].days[0][1].isoformat() == "2019-04-03"
    assert codes(rows[0]) == ["DAY_AMBIGUOUS"]
    assert rows[0].faults[0].params["column"] == "Issue date"


def test_days_in_the_wrong_order_and_doubled_periods_are_told_and_still_judged(
    tmp_path: Path,
) -> None:
    head = "Lab no,Test date,Test end,Issue date"
    said = (
        "L1,2026-05-09,2026-05-01,2026-05-20",
        "L1,2026-05-01,2026-05-09,2026-05-05",
        "L1,2026-05-01~2026-05-09,2026-05-08,2026-05-20",
        "L1,2026-05-09~2026-05-01,,2026-05-20",
        "L1,,,2026-05-20",
        "L1,,,",
        ",2026-05-01,,",
    )
    rows = rows_of(tmp_path, "\n".join((head, *said)).encode())
    assert [codes(row) for row in rows] == [
        ["DAYS_REVERSED"],
        ["ISSUED_BEFORE_TEST"],
        ["PERIOD_TWICE"],
        ["DAYS_REVERSED"],
        [],
        ["NO_DAY"],
        ["NOTHING_ASKED"],
    ]
    assert [kind for kind, _ in rows[0].days] == [DayKind.FIRST, DayKind.LAST, DayKind.ISSUED]
    assert [kind for kind, _ in rows[4].days] == [DayKind.ISSUED]


def test_cells_that_no_question_can_hold_are_told(tmp_path: Path) -> None:
    long = "L" * 101
    rows = rows_of(
        tmp_path,
        f"Lab no,Issue date\n{long},2026-05-01\nL\x0712,2026-05-01\nL\ufffd1,2026-05-01\n".encode(),
    )
    assert [codes(row) for row in rows] == [["CELL_TOO_LONG"], ["CELL_DAMAGED"], ["CELL_DAMAGED"]]
    assert all(row.number == "" for row in rows)
