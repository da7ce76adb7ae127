"""The result as a table: nothing in it is a formula, everything in it is repeatable."""

import csv
import io

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from services.audit import sheet
from services.audit.result import csv_bytes, safe
from services.errors import Conflict
from tests.services.audit.conftest import Desk

_PLAIN = st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "S"))
_ODD = ["_x000D_", "_x0041_", "a\rb", "a\nb", " a ", "<&>", "\x00\x07b"]
HEAD = "Report no,Lab no,Issue date,=Remark\n"


@pytest.mark.parametrize(
    "cell", ["=1+1", "+cmd", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1", "=", "--1"]
)
def test_what_a_spreadsheet_would_take_for_a_formula_is_a_text(cell: str) -> None:
    assert safe(cell) == f"'{cell}"


@pytest.mark.parametrize(
    "cell", ["-12", "+3.5", "-1,234.50", "-.5", "-1e5", "-7%", "12", "", "a=b"]
)
def test_plain_numbers_and_other_texts_stay(cell: str) -> None:
    assert safe(cell) == cell


@given(st.lists(st.lists(st.text(max_size=30), min_size=1, max_size=4), max_size=5))
def test_cells_come_back_from_csv_and_xlsx_as_they_were(rows: list[list[str]]) -> None:
    told = csv_bytes(rows).decode()
    read = list(csv.reader(io.StringIO(told, newline="")))
    written = [[cell.encode("utf-8", "replace").decode() for cell in row] for row in rows]
    assert read == written


@given(
    st.lists(
        st.lists(
            st.text(
                st.characters(codec="utf-8", categories=("L", "N", "P", "Zs", "S")), max_size=20
            )
            | st.sampled_from(["_x000D_", "_x0041_", "a\rb", "a\nb", " a ", "<&>", "\x00\x07b"]),
            min_size=1,
            max_size=3,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_a_sheet_holds_the_cells_that_were_put_in(rows: list[list[str]]) -> None:
    writer = sheet.Writer()
    body = writer.begin(["title"]) + writer.rows(rows) + writer.end()
    active = openpyxl.load_workbook(io.BytesIO(body)).active
    assert active is not None
    read = [[cell.value or "" for cell in row] for row in active.iter_rows(min_row=2)]
    for put, got in zip(rows, read, strict=True):
        # ST_Xstring (22.4.2.4): spreadsheets undo its escapes, openpyxl leaves that to its caller
        assert [unescape(str(one)) for one in got[: len(put)]] == [
            cell.replace("\x00", "").replace("\x07", "") for cell in put
        ]


def test_a_sheet_cuts_what_no_cell_holds() -> None:
    writer = sheet.Writer()
    body = writer.begin(["t"]) + writer.rows([["x" * 40_000]]) + writer.end()
    active = openpyxl.load_workbook(io.BytesIO(body)).active
    assert active is not None
    assert len(str(active["A2"].value)) == 32_767


def test_original_columns_come_first_and_untouched_then_what_was_found(desk: Desk) -> None:
    done = desk.audited(HEAD + "R1,L90417,2026-03-12,=HYPERLINK(1)\nR2,L90417,2026-02-12,-5\n")
    told = desk.result(done.id)
    assert told.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(told[3:].decode(), newline="")))
    assert list(rows[0])[:6] == [
        "Report no", "Lab no", "Issue date", "'=Remark", "labdir_verdict", "labdir_partial"
    ]  # fmt: skip
    assert [row["'=Remark"] for row in rows] == ["'=HYPERLINK(1)", "-5"]
    first = rows[0]
    assert first["labdir_issue_day"] == "2026-03-12"
    assert first["labdir_issue_day_verdict"] == first["labdir_verdict"] == "SUSPENDED"
    assert "labdir_first_test_day" not in first
    assert "suspended from 2026-03-10" in first["labdir_reasons"]
    assert "[rule 13]" in first["labdir_reasons"]
    assert "中文 SUSPENDED_PERIOD〔规则 13〕" in first["labdir_reasons_zh"]
    assert (first["labdir_since"], first["labdir_until"]) == ("2026-03-10", "2026-05-20")
    assert (first["labdir_confidence"], first["labdir_last_check"]) == ("bracketed", "2026-02-01")
    assert first["labdir_accreditation"].startswith("a")
    assert first["labdir_event"]
    assert first["labdir_known_at"] == "2026-06-01T12:00:00+00:00"
    assert (first["labdir_log_position"], first["labdir_rule_version"]) == (
        str(done.log_position),
        done.rule_version,
    )


def test_the_same_audit_gives_the_same_bytes(desk: Desk) -> None:
    done = desk.audited(HEAD + "R1,L90417,2026-03-12,x\n")
    for form in ("csv", "xlsx"):
        assert desk.result(done.id, form) == desk.result(done.id, form)


def test_half_a_result_is_none(desk: Desk) -> None:
    number = desk.put(HEAD + "R1,L90417,2026-03-12,x\n")
    with pytest.raises(Conflict, match="queued"):
        desk.result(number)
