# ruff: noqa: E501 - rows as lists print them
"""Lists of designated bodies in the forms that regulators print; all bodies are made up."""

from collections.abc import Sequence
from datetime import date

import pytest

from services.parsers import designation_table
from services.parsers.designation_table import Designated, Listing
from services.parsers.leftovers import Leftovers
from services.parsers.pdf import Row, Table
from services.terms import Listed


def read(*tables: Sequence[Sequence[str]], left: Leftovers | None = None) -> Listing:
    made = [
        Table(n, 0.0, tuple(Row(n, m, tuple(row)) for m, row in enumerate(rows, 1)))
        for n, rows in enumerate(tables, 1)
    ]
    return designation_table.read(made, Leftovers() if left is None else left)


def only(*rows: Sequence[str]) -> Designated:
    listing = read(rows)
    assert not listing.problems
    (one,) = listing.rows
    return one


def test_columns_are_known_by_their_words_in_any_order_and_language() -> None:
    one = only(
        ["Status", "Standards", "Registration Number", "Name of the Testing Laboratory", "Scope of recognition",
         "Validity", "Sl. No.", "Country"],
        ["Valid", "ISO 8124-1:2022", "R-901", "Made Kestrel Ltd", "Toys", "31 December 2030", "1", "India"],
    )  # fmt: skip
    assert [name.text for name in one.names] == ["Made Kestrel Ltd"]
    assert (one.number, one.scope, one.standards) == ("R-901", ("Toys",), ("ISO 8124-1:2022",))
    assert (one.listed, one.country) == (Listed.ACTIVE, "India")
    zh = only(
        [
            "序号",
            "实验室名称",
            "指定编号",
            "认可证书编号",
            "检测项目",
            "依据标准",
            "有效期至",
            "状态",
        ],
        [
            "1",
            "虚构检测有限公司",
            "ZD-901",
            "CNAS L99901",
            "玩具",
            "GB 6675.2-2014",
            "2030年12月31日",
            "暂停",
        ],
    )
    assert (zh.names[0].text, zh.names[0].lang) == ("虚构检测有限公司", "zh-Hans")
    assert (zh.number, zh.accreditation) == ("ZD-901", "CNAS L99901")
    assert (zh.until, zh.listed) == (date(2030, 12, 31), Listed.SUSPENDED)


def test_a_title_above_and_a_header_of_two_rows_in_two_languages() -> None:
    listing = read(
        [
            ["List of designated bodies", "", "", ""],
            ["序号", "机构名称", "证书编号", "有效期"],
            ["No.", "Name of body", "Certificate No.", "Valid until"],
            ["1", "虚构检测有限公司\nMade Testing Co., Ltd.", "C-1", "2030-12-31"],
        ]
    )
    (one,) = listing.rows
    assert [(n.text, n.lang) for n in one.names] == [
        ("虚构检测有限公司", "zh-Hans"),
        ("Made Testing Co., Ltd.", "en"),
    ]
    assert listing.columns == ("sequence", "name", "number", "until")


def test_names_in_columns_of_their_own_and_persons_left_out() -> None:
    left = Leftovers()
    listing = read(
        [
            ["English name", "Chinese name", "Lab ID", "Contact person", "Telephone", "Address"],
            ["Made Testing Ltd", "虚构检测有限公司", "901", "A. Nobody", "+65 6000 0000",
             "1 Nowhere Road, Tel: +65 6000 0001"],
        ],
        left=left,
    )  # fmt: skip
    (one,) = listing.rows
    assert {n.lang for n in one.names} == {"en", "zh-Hans"}
    assert one.address == "1 Nowhere Road"
    assert "Nobody" not in repr(listing)
    assert "6000" not in repr(listing)
    assert {leftover.what: leftover.count for leftover in left.told()} == {
        "personal data dropped": 3
    }


def test_a_body_over_several_rows_is_one_with_all_its_scope() -> None:
    listing = read(
        [
            ["No.", "Body", "Designation No.", "Scope", "Standards", "Status"],
            ["1", "Made A Ltd", "D-1", "Toys", "ISO 8124-1\nISO 8124-2", "Valid"],
            ["", "", "", "Lamps", "IEC 60598-1", ""],
            ["2", "Made B Ltd", "D-2", "Toys; lamps", "-", "Valid"],
            ["2", "Made B Ltd", "D-2", "Cables", "IEC 60227-1", "Valid"],
        ]
    )
    assert not listing.problems
    assert [(one.number, one.scope, one.standards) for one in listing.rows] == [
        ("D-1", ("Toys", "Lamps"), ("ISO 8124-1", "ISO 8124-2", "IEC 60598-1")),
        ("D-2", ("Toys", "lamps", "Cables"), ("IEC 60227-1",)),
    ]


def test_sections_and_repeated_headers_within_a_table() -> None:
    header = ["No.", "Body", "Designation No.", "Scope"]
    listing = read(
        [
            header,
            ["A. Testing laboratories", "", "", ""],
            ["1", "Made A Ltd", "D-1", "Toys"],
            header,
            ["B. Inspection bodies", "", "", ""],
            ["1", "Made B Ltd", "D-2", "Lifts"],
        ]
    )
    assert [(one.section, one.number) for one in listing.rows] == [
        ("A. Testing laboratories", "D-1"),
        ("B. Inspection bodies", "D-2"),
    ]


@pytest.mark.parametrize(
    ("words", "listed", "since", "last"),
    [
        ("有效 Valid", Listed.ACTIVE, None, None),
        ("", Listed.ACTIVE, None, None),
        (
            "Suspended from 1 May 2030 to 31 July 2030",
            Listed.SUSPENDED,
            date(2030, 5, 1),
            date(2030, 7, 31),
        ),
        ("撤销（2030年5月1日）", Listed.WITHDRAWN, date(2030, 5, 1), None),
        ("Cancelled", Listed.WITHDRAWN, None, None),
        ("自愿注销", Listed.SURRENDERED, None, None),
        ("已过期 Expired", Listed.EXPIRED, None, None),
        ("失效", Listed.EXPIRED, None, None),
    ],
)
def test_status_words(words: str, listed: Listed, since: date | None, last: date | None) -> None:
    one = only(["Body", "Designation No.", "Status"], ["Made A Ltd", "D-1", words])
    assert (one.listed, one.since, one.last) == (listed, since, last)


@pytest.mark.parametrize(
    ("column", "cell", "why"),
    [
        ("Status", "under review", "is not known"),
        ("Status", "Valid, suspended", "says two things"),
        ("Valid until", "2030-02-30", "no day of the calendar"),
        ("Valid until", "soon", "is no day"),
        ("Valid until", "3/4/2030", "order is not known"),
        ("Accreditation No.", "L9\ufffd01", "meaning is not told"),
    ],
)
def test_a_cell_that_cannot_be_read_is_a_problem_of_its_row_alone(
    column: str, cell: str, why: str
) -> None:
    listing = read(
        [
            ["Body", "Designation No.", column],
            ["Made A Ltd", "D-1", cell],
            ["Made B Ltd", "D-2", ""],
        ]
    )
    assert [one.number for one in listing.rows] == ["D-2"]
    assert listing.unread == ["D-1"]
    (problem,) = listing.problems
    assert problem.startswith("page 1, row 2: D-1: ")
    assert why in problem


def test_ends_as_lists_write_them() -> None:
    rows = [["Body", "Designation No.", "Validity"]] + [
        [f"Made {n} Ltd", f"D-{n}", cell]
        for n, cell in enumerate(
            (
                "2030-12-31",
                "31.12.2030",
                "25/12/2030",
                "3/4/2030",
                "长期 Open-ended",
                "—",
                "2025年1月1日至2030年12月31日",
            )
        )
    ]
    assert [one.until for one in read(rows).rows] == [
        date(2030, 12, 31),
        date(2030, 12, 31),
        date(2030, 12, 25),
        date(2030, 4, 3),  # the row above proves the order
        None,
        None,
        date(2030, 12, 31),
    ]


def test_a_table_of_something_else_is_left_and_told() -> None:
    left = Leftovers()
    listing = read([["Fee", "Amount"], ["Application", "100"]], left=left)
    assert not listing.rows
    assert not listing.columns
    assert left.told()[0].what == "table without a name and a number"
