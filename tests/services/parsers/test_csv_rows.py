"""A CSV as publishers write it: delimiter, header, rows, and what is wrong with them."""

import pytest

from services.errors import Unreadable
from services.parsers import csv_rows
from services.parsers.csv_rows import CsvRow, find_delimiter, table

PLAIN = "Name;No;Until\nAlpha, Ltd;L1;2028-01-09\nBeta, Ltd;L2;\n"


def test_rows_bear_their_line_and_their_cells_by_name() -> None:
    read = table(PLAIN)
    assert read.columns == ("Name", "No", "Until")
    assert read.rows == (
        CsvRow(2, {"Name": "Alpha, Ltd", "No": "L1", "Until": "2028-01-09"}),
        CsvRow(3, {"Name": "Beta, Ltd", "No": "L2", "Until": ""}),
    )
    assert (read.problems, read.cut_off, read.delimiter) == ((), "", ";")


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found_among_cells_that_hold_the_others(delimiter: str) -> None:
    others = " ".join({",", ";", "|"} - {delimiter})
    rows = [["Name", "No", "Until"], [f'"A{others}B"', "1", "x"], ["C, D", "2", "y"]]
    rows[2][0] = "C D" if delimiter == "," else "C, D"
    text = "\n".join(delimiter.join(row) for row in rows)
    assert find_delimiter(text) == delimiter
    assert [row.cells["No"] for row in table(text).rows] == ["1", "2"]


def test_a_comma_in_every_name_does_not_make_commas_the_delimiter() -> None:
    text = "Name, full;No;Until\n" + "Alpha, Ltd;1;2\n" * 9
    assert table(text).columns == ("Name, full", "No", "Until")


def test_a_delimiter_that_is_given_is_used_and_so_is_one_that_the_file_names() -> None:
    assert table("a|b;c\n1|2;3\n", "|").columns == ("a", "b;c")
    read = table("\ufeffsep=;\r\na;b,c,d\r\n1;2,3,4\r\n")
    assert (read.columns, read.rows[0].line) == (("a", "b,c,d"), 3)


def test_quoted_cells_keep_their_delimiters_quotes_and_lines() -> None:
    read = table('Name,No\r\n"Alpha ""A"", Ltd\r\nUnit 2",1\r\nBeta,2\r\n')
    assert read.rows == (
        CsvRow(2, {"Name": 'Alpha "A", Ltd\nUnit 2', "No": "1"}),
        CsvRow(4, {"Name": "Beta", "No": "2"}),
    )


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_any_way_and_the_last_one_in_none(end: str) -> None:
    read = table(end.join(["Name,No", "Alpha\u2028One,1", "Beta\x0bTwo,2"]))
    assert [row.line for row in read.rows] == [2, 3]
    assert (read.rows[1].cells["No"], read.cut_off) == ("2", "")


def test_title_lines_above_the_header_are_skipped_padded_or_not() -> None:
    for title in ("List of bodies\n1 March 2024\n\n", "List of bodies;;\n;;\n1 March 2024;;\n"):
        read = table(title + PLAIN)
        assert read.columns == ("Name", "No", "Until")
        assert (read.header_line, [row.line for row in read.rows]) == (4, [5, 6])
        assert read.problems == ()


def test_the_header_line_may_be_told() -> None:
    read = table("Body;;Certificate\n" + PLAIN, header=2)
    assert (read.columns[0], read.header_line, len(read.rows)) == ("Name", 2, 2)
    with pytest.raises(Unreadable, match="has no line 9"):
        table(PLAIN, header=9)


def test_a_numeric_first_row_is_no_header_while_names_follow() -> None:
    assert table("1;2;3\n" + PLAIN).columns == ("Name", "No", "Until")


def test_rows_of_another_width_are_told_and_kept_apart() -> None:
    read = table(PLAIN + "Gamma;L3\nDelta;L4;2028-01-01;more\nEpsilon;L5;;;\n\n;;\n")
    assert read.ragged == (
        "Line 4: 2 cells under 3 columns.",
        "Line 5: 4 cells under 3 columns.",
    )
    assert [row.cells["No"] for row in read.broken] == ["L3", "L4"]
    assert [row.cells["No"] for row in read.rows] == ["L1", "L2", "L5"]


def test_doubled_and_missing_column_names_are_told_apart_by_number() -> None:
    read = table("Name;Date;Date;;Date (2);Date;\nA;1;2;3;4;5;\n")
    assert read.columns == ("Name", "Date", "Date (3)", "column 4", "Date (2)", "Date (4)")
    assert (read.doubled, read.problems) == (("Date",), ("The column “Date” stands twice.",))
    assert list(read.rows[0].cells.values()) == ["A", "1", "2", "3", "4", "5"]


@pytest.mark.parametrize(
    ("end", "said"),
    [
        ('"Gam', "Line 4: the text ends within a quoted cell; it is cut off."),
        ('"Gamma\nUnit;1;', "Line 4: the text ends within a quoted cell; it is cut off."),
        ("Gamma;L3", "Line 4: the text ends after 2 of 3 cells; it is cut off."),
        ("Gam", "Line 4: the text ends after 1 of 3 cells; it is cut off."),
    ],
)
def test_a_text_that_ends_within_a_row_is_told_as_cut_off(end: str, said: str) -> None:
    read = table(PLAIN + end)
    assert read.cut_off == said
    assert read.problems == (said,)
    assert [row.cells["No"] for row in read.rows] == ["L1", "L2"]


def test_a_note_below_the_table_is_no_cut() -> None:
    read = table(PLAIN + "Source: the publisher\n")
    assert (read.cut_off, read.ragged) == ("", ("Line 4: 1 cells under 3 columns.",))


def test_a_quote_that_swallows_rows_counts_each_of_them() -> None:
    read = table('Name;No;Until\n"Alpha;L1;x\nBeta;L2;y\nGamma;L3;z\n"Delta";L4;w\nEta;L5;v\n')
    assert len(read.ragged) >= 3
    assert all("a quote opens in this row" in said for said in read.ragged)
    assert [row.cells["No"] for row in read.rows] == ["L5"]


def test_a_number_kept_from_excel_is_read_without_its_wrapping() -> None:
    assert table('Name;No\nA;"=""00123"""\nB;="007"\n').rows[0].cells["No"] == "00123"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        (" \r\n\n", "is empty"),
        (";;;\n;;;\n", "has no row"),
        ("<!DOCTYPE html><html><body>Log in</body></html>", "A web page .* stands where a CSV"),
        ("\n <html>\n", "A web page"),
        ('{"error": "no session"}', "JSON stands"),
        ('[{"name": "A"}]', "JSON stands"),
        ("%PDF-1.7\n", "A PDF"),
        ('Name;No\n"' + "x" * 200_000 + '";1\n', "line 2 cannot be read: field larger"),
        ("Name;No\nA;1\n" + '"' + "B;2\n" * 40_000, "line 3 cannot be read: field larger"),
    ],
)
def test_what_is_no_table_is_refused_in_words(text: str, said: str) -> None:
    with pytest.raises(Unreadable, match=said):
        table(text)


def test_a_text_of_delimiters_alone_does_not_fill_the_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(csv_rows, "MAX_CELLS", 1000)
    with pytest.raises(Unreadable, match="more than 1,000 cells"):
        table("Name;No\n" + ";" * 2000)
