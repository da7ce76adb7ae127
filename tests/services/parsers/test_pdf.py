# ruff: noqa: E501 - rows and sentences as papers print them
"""PDF documents as publishers make them: tables with and without lines, prose in columns, pages
turned, papers that cannot be read. All are made here."""

import io
import time

import pypdfium2
import pytest
from reportlab.lib import pagesizes
from reportlab.pdfgen.canvas import Canvas

from services.errors import Unreadable
from services.parsers import pdf, pdf_drawn
from tests.sources.pdf.paper import FONT, Paragraph, document, drawn, heads, prose, scan, table
from tests.sources.pdf.paper import TITLE as BIG

HEADER = ("序号\nNo.", "机构名称\nBody", "指定编号\nDesignation No.", "范围\nScope", "标准\nStandards",
          "有效期至\nValid until")  # fmt: skip
WIDTHS = (36, 140, 90, 95, 100, 60)


def row(n: int, name: str = "") -> list[str]:
    return [
        str(n),
        name
        or f"虚构检测认证（无名）有限公司第{n}分公司\nMade Testing & Certification No {n} Co., Ltd.",
        f"MD-{n:03}",
        "Household and similar electrical appliances",
        "GB 4706.1-2005\nIEC 60335-1",
        f"2031-01-{n:02}",
    ]


def rows(count: int) -> list[list[str]]:
    return [list(HEADER), *(row(n) for n in range(1, count + 1))]


EXPECTED = (
    "3",
    "虚构检测认证（无名）有限公司第3分公司\nMade Testing & Certification No 3 Co., Ltd.",
    "MD-003",
    "Household and similar electrical appliances",
    "GB 4706.1-2005\nIEC 60335-1",
    "2031-01-03",
)


def flat(cells: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(" ".join(cell.split()) for cell in cells)


def meaning(codes: dict[str, str], words: str) -> bytes:
    """One line in a font whose letters stand for other characters: their UTF-16 in hex."""
    pairs = " ".join(f"<{ord(letter):02X}> <{code}>" for letter, code in codes.items())
    told = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Made def"
        " /CMapType 2 def 1 begincodespacerange <00> <FF> endcodespacerange"
        f" {len(codes)} beginbfchar {pairs} endbfchar endcmap end end"
    )
    line = f"BT /F1 24 Tf 72 700 Td ({words}) Tj ET"
    parts = (
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 /MediaBox [0 0 595 842] >>",
        "<< /Type /Page /Parent 2 0 R /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(line)} >>\nstream\n{line}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /ToUnicode 6 0 R >>",
        f"<< /Length {len(told)} >>\nstream\n{told}\nendstream",
    )
    made, places = "%PDF-1.4\n", []
    for number, part in enumerate(parts, 1):
        places.append(f"{len(made):010} 00000 n \n")
        made += f"{number} 0 obj\n{part}\nendobj\n"
    table = f"xref\n0 {len(parts) + 1}\n0000000000 65535 f \n{''.join(places)}"
    end = f"trailer << /Size {len(parts) + 1} /Root 1 0 R >>\nstartxref\n{len(made)}\n%%EOF"
    return (made + table + end).encode("ascii")


# --- tables ---------------------------------------------------------------------------------------


def test_a_ruled_table_over_pages_is_one_with_its_header_once() -> None:
    made = document(
        [Paragraph("名单 List", BIG), table(rows(30), WIDTHS), prose("End of the list.")],
        head=heads("虚构主管部门 Made Authority"),
        margin=36,
    )
    read = pdf.read(made)
    (found,) = read.tables
    assert read.pages == 3
    assert [one.cells[0] for one in found.rows[1:]] == [str(n) for n in range(1, 31)]
    assert found.rows[0].cells[2] == "指定编号\nDesignation No."
    assert found.rows[3].cells == EXPECTED
    assert found.rows[3].where == "page 1, row 4"
    assert found.rows[-1].page == 3
    assert [one.text for one in read.paragraphs] == ["名单 List", "End of the list."]


@pytest.mark.parametrize("middle", [False, True])
def test_a_table_without_lines_is_read_by_the_places_of_its_words(middle: bool) -> None:
    made = document(
        [prose("This list is in force."), table(rows(30), WIDTHS, ruled=False, middle=middle)],
        head=heads("虚构主管部门 Made Authority"),
        margin=36,
    )
    read = pdf.read(made)
    (found,) = read.tables
    assert [one.cells[0] for one in found.rows[1:]] == [str(n) for n in range(1, 31)]
    assert flat(found.rows[3].cells) == flat(EXPECTED)
    assert [one.text for one in read.paragraphs] == ["This list is in force."]


def test_a_row_cut_by_a_page_break_is_one_row() -> None:
    long = "; ".join(f"made product {n}" for n in range(1, 60))
    given = [list(HEADER), [*row(1)[:3], long, *row(1)[4:]], *(row(n) for n in range(2, 5))]
    made = document(
        [table(given, WIDTHS, split_rows=True)], size=pagesizes.landscape(pagesizes.A5), margin=20
    )
    read = pdf.read(made)
    assert read.pages > 1
    (found,) = read.tables
    bodies = [one for one in found.rows if one.cells[0].isdigit()]
    assert [one.cells[0] for one in bodies] == ["1", "2", "3", "4"]
    assert " ".join(bodies[0].cells[3].split()) == long
    assert all("Scope" not in one.cells[3] for one in found.rows[2:])


def test_a_cell_over_several_rows_says_its_words_in_each() -> None:
    given = [
        ["Body", "Number", "Scope"],
        ["Made Testing Ltd", "1", "Toys"],
        ["", "2", "Lamps"],
        ["Other Ltd", "3", "Toys"],
    ]
    made = document([table(given, (150, 80, 150), spans=[("SPAN", (0, 1), (0, 2))])])
    (found,) = pdf.read(made).tables
    assert [one.cells for one in found.rows[1:]] == [
        ("Made Testing Ltd", "1", "Toys"),
        ("Made Testing Ltd", "2", "Lamps"),
        ("Other Ltd", "3", "Toys"),
    ]


def test_tables_of_other_columns_stay_apart() -> None:
    made = document(
        [
            table([["Body", "Number"], ["Made A Ltd", "1"]], (200, 100)),
            prose("Withdrawn:"),
            table([["Body", "Number", "Since"], ["Made B Ltd", "2", "2030-01-01"]], (200, 100, 90)),
        ]
    )
    read = pdf.read(made)
    assert [[one.cells for one in t.rows] for t in read.tables] == [
        [("Body", "Number"), ("Made A Ltd", "1")],
        [("Body", "Number", "Since"), ("Made B Ltd", "2", "2030-01-01")],
    ]
    kinds = [type(block).__name__ for block in read.blocks]
    assert kinds == ["Table", "Placed", "Table"]


@pytest.mark.parametrize("angle", [0, 90, 180, 270])
@pytest.mark.parametrize("displayed", [0, 90])
def test_a_turned_page_is_read_upright_and_its_watermark_left_out(
    angle: int, displayed: int
) -> None:
    def draw(on: Canvas) -> None:
        made = table([["No.", "Body", "Number"], ["1", "Made A Ltd", "MD-1"], ["2", "Made B", "MD-2"]],
                     (40, 200, 90))  # fmt: skip
        on.setPageRotation(displayed)
        on.saveState()
        on.translate(400, 400)
        on.rotate(angle)
        made.wrapOn(on, 400, 400)
        made.drawOn(on, -160, -40)
        on.setFont("Helvetica", 10)
        on.drawString(-160, 120, "The bodies below are designated.")
        on.restoreState()
        on.translate(250, 250)
        on.rotate(angle + 45)
        on.setFont("Helvetica", 60)
        on.drawString(0, 0, "COPY")
        on.showPage()

    read = pdf.read(drawn(draw, (800, 800)))
    (found,) = read.tables
    assert [one.cells for one in found.rows[1:]] == [
        ("1", "Made A Ltd", "MD-1"),
        ("2", "Made B", "MD-2"),
    ]
    assert [one.text for one in read.paragraphs] == ["The bodies below are designated."]


# --- text -----------------------------------------------------------------------------------------

ENGLISH = (
    "The Made Accreditation Service gives notice that the accreditation of Made Kestrel Testing"
    " Limited (certificate number 9901) has been withdrawn with effect from 3 March 2030. The"
    " decision was taken after an assessment in which nonconformities remained unresolved."
)
CHINESE = (
    "经研究，决定撤销虚构检测认证（无名）有限公司（注册编号：CNAS L99901）的认可资格，自2030年3月3日起生效。"
    "被撤销认可资格的机构应当立即停止使用认可标识，并交回认可证书。"
)


def test_wrapped_lines_become_paragraphs_in_both_languages() -> None:
    texts = [
        text
        for n in range(1, 13)
        for text in (ENGLISH, CHINESE, f"1. First {'x' * n} body", f"2. Second {'y' * n} body")
    ]
    made = document(
        [
            Paragraph("公告 Notice", BIG),
            *map(prose, texts),
            prose("2030年3月1日"),
        ],
        head=heads("虚构认可机构 Made Accreditation", "第 {page} 页"),
    )
    read = pdf.read(made)
    assert read.pages > 1
    told = [one.text for one in read.paragraphs]
    assert told[0] == "公告 Notice"
    assert told[1:-1] == texts
    assert told[-1] == "2030年3月1日"


def test_two_columns_are_read_one_after_the_other() -> None:
    parts = [p for _ in range(16) for p in (prose(ENGLISH, justified=True), prose(CHINESE))]
    made = document(parts, columns=2, head=heads("Made notices", "- {page} -"))
    told = [one.text for one in pdf.read(made).paragraphs]
    assert "".join(told).replace(" ", "") == ((ENGLISH + CHINESE) * 16).replace(" ", "")
    assert told[:2] == [ENGLISH, CHINESE]


def test_hyphenation_is_undone_and_hyphens_of_numbers_stay() -> None:
    def draw(on: Canvas) -> None:
        on.setFont("Helvetica", 11)
        for n, line in enumerate(
            ("The designation of the inspection bodies and of testing and calibration labora-",
             "tories for the standards named in the annex to this notice and above all GB/T 2423-",
             "2008 has been withdrawn.")
        ):  # fmt: skip
            on.drawString(60, 700 - 15 * n, line)
        on.showPage()

    (told,) = pdf.read(drawn(draw)).paragraphs
    assert "calibration laboratories for" in told.text
    assert "GB/T 2423-2008 has" in told.text


def test_labels_and_values_are_read_line_by_line() -> None:
    def draw(on: Canvas) -> None:
        on.setFont("Helvetica", 11)
        for n, (label, value) in enumerate(
            (("Body:", "Made Testing Ltd"), ("Number:", "9901"), ("Status:", "Withdrawn"),
             ("Effective:", "3 March 2030"), ("Reason:", "own request"))
        ):  # fmt: skip
            on.drawString(60, 700 - 20 * n, label)
            on.drawString(240, 700 - 20 * n, value)
        on.showPage()

    told = [one.text for one in pdf.read(drawn(draw)).paragraphs]
    assert told[:2] == ["Body: Made Testing Ltd", "Number: 9901"]


def test_words_outside_the_page_and_printed_twice_for_bold_are_not_said_twice() -> None:
    def draw(on: Canvas) -> None:
        on.setFont("Helvetica", 12)
        on.drawString(60, 700, "Withdrawn")
        on.drawString(60.3, 700, "Withdrawn")
        on.drawString(-300, 700, "hidden")
        on.setFont(FONT, 12)
        on.drawString(60, 600, "虚构检测")
        on.showPage()

    assert [one.text for one in pdf.read(drawn(draw)).paragraphs] == ["Withdrawn", "虚构检测"]


# --- what cannot be read --------------------------------------------------------------------------


def refused(body: bytes) -> str:
    with pytest.raises(Unreadable) as refusal:
        pdf.read(body, "list.pdf")
    said = str(refusal.value)
    assert said.startswith("list.pdf ")
    assert "pdfium" not in said.lower()
    assert "Error" not in said
    return said


@pytest.mark.parametrize(
    ("codes", "said"),
    [
        ({"A": "D86DDF4E"}, "x\U0002b74eBC Ltd"),  # a rare character, in the two halves of UTF-16
        ({"A": "DF4E"}, "x\ufffdBC Ltd"),
        ({"A": "D86D"}, "x\ufffdBC Ltd"),
        ({"A": "DF4E", "B": "D86D"}, "x\ufffd\ufffdC Ltd"),
        ({"A": "D86D", "B": "D86D", "C": "DF4E"}, "x\ufffd\U0002b74e Ltd"),
    ],
)
def test_characters_beyond_the_first_plane_are_whole_and_half_a_one_is_a_loss(
    codes: dict[str, str], said: str
) -> None:
    assert [one.text for one in pdf.read(meaning(codes, "xABC Ltd")).paragraphs] == [said]


def test_an_encrypted_document_says_that_it_asks_for_a_password() -> None:
    assert "encrypted" in refused(document([prose(ENGLISH)], password="made"))


def test_a_document_that_only_forbids_changes_is_read() -> None:
    made = document([prose(ENGLISH)], password="made", owner_only=True)
    assert pdf.read(made).paragraphs[0].text == ENGLISH


def test_a_scan_says_that_it_is_one_and_what_to_ask_for() -> None:
    said = refused(scan())
    assert "is a scan" in said
    assert "text file" in said


def test_one_page_that_is_a_picture_is_told_and_the_others_are_read() -> None:
    one = pypdfium2.PdfDocument(document([prose(ENGLISH)]))
    one.import_pages(pypdfium2.PdfDocument(scan(1)))
    out = io.BytesIO()
    one.save(out)
    read = pdf.read(out.getvalue())
    assert read.problems == ("page 2 is a picture without text",)
    assert read.paragraphs[0].text == ENGLISH


def told_or_refused(body: bytes) -> pdf.Document | None:
    try:
        return pdf.read(body, "list.pdf")
    except Unreadable as refusal:
        said = str(refusal)
    assert said.startswith("list.pdf ")
    return None


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
def test_a_cut_off_document_is_refused_or_read_whole(share: float) -> None:
    whole = document([table(rows(30), WIDTHS)], margin=36)
    read = told_or_refused(whole[: int(len(whole) * share)])
    assert read is None or len(read.tables[0].rows) == 31


@pytest.mark.parametrize(
    "body", [b"", b"<html>Sign in</html>", b"%PDF-1.7\n", b"%PDF-1.4\n%%EOF", b"PK\x03\x04" * 50]
)
def test_what_is_no_document_is_refused(body: bytes) -> None:
    refused(body)


def test_damage_within_is_refused_in_words_or_read() -> None:
    whole = bytearray(document([prose(ENGLISH), table(rows(5), WIDTHS)], margin=36))
    for at in range(200, len(whole), 97):
        whole[at] ^= 0x5A
    told_or_refused(bytes(whole))  # nothing else may be raised


def test_size_pages_and_characters_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    made = document([prose(ENGLISH) for _ in range(40)])
    monkeypatch.setattr(pdf_drawn, "MAX_PAGES", 1)
    assert "pages" in refused(made)
    monkeypatch.setattr(pdf_drawn, "MAX_PAGES", 100)
    monkeypatch.setattr(pdf_drawn, "MAX_GLYPHS", 100)
    assert "characters on page 1" in refused(made)
    monkeypatch.setattr(pdf_drawn, "MAX_GLYPHS", 100_000)
    monkeypatch.setattr(pdf_drawn, "MAX_OBJECTS", 1)
    assert "objects on page 1" in refused(made)
    monkeypatch.setattr(pdf_drawn, "MAX_BYTES", 100)
    assert "bytes" in refused(made)


def test_a_long_list_is_read_in_bounded_time() -> None:
    made = document([table(rows(28) * 10, WIDTHS)], margin=36)
    start = time.monotonic()
    read = pdf.read(made)
    assert read.pages >= 20
    assert time.monotonic() - start < 60
