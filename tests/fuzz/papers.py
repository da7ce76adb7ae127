"""What is read of a paper once its words lie in order: notices, holders, designation tables.

As ``tests/fuzz/parsers.py``, whose ``target`` makes a function here a target. Lines with "|" are
rows of a table, all others are paragraphs: shapes that bytes of a PDF seldom come to by chance.
"""

import msgspec

from services.parsers import designation_table, notice, notice_holders, pdf
from services.parsers.leftovers import Leftovers
from services.parsers.pdf_words import Placed
from tests.fuzz.parsers import target, text_of_bytes
from tests.fuzz.rules import E_MAIL, demand, text_is_plain


def _paper(data: bytes) -> pdf.Document:
    """At most 300 lines, laid on one page from top to bottom."""
    paragraphs: list[Placed] = []
    tables: list[list[pdf.Row]] = []
    before = ""
    for number, line in enumerate(text_of_bytes(data).replace("\0", "").split("\n")[:300]):
        if "|" in line:
            if "|" not in before:
                tables.append([])
            cells = tuple(cell.strip() for cell in line.split("|"))
            tables[-1].append(pdf.Row(1, len(tables[-1]) + 1, cells))
        elif line.strip():
            paragraphs.append(Placed(line.strip(), 1, float(number)))
        before = line
    return pdf.Document(
        tuple(paragraphs),
        tuple(pdf.Table(1, 500.0 + n, tuple(_even(rows))) for n, rows in enumerate(tables)),
        pages=1,
    )


def _even(rows: list[pdf.Row]) -> list[pdf.Row]:
    """Rows of one length, as a table's are."""
    width = max(len(row.cells) for row in rows)
    return [
        pdf.Row(row.page, row.row, row.cells + ("",) * (width - len(row.cells))) for row in rows
    ]


@target(
    "Alpha Testing Ltd (Reg. No. L0001) and 乙检测有限公司（注册号：CNAS L0002）",
    "Beta GmbH, accreditation number D-PL-00001-01-00; Gamma Pte Ltd, LA-2031-0001-A",
)
def notice_holders_(data: bytes) -> None:
    sentence = text_of_bytes(data).replace("\0", "")[:4000]
    at = 0
    for one in notice_holders.holders(sentence):
        demand(at <= one.start <= one.end <= len(sentence), f"{one!r} stands outside")
        demand(one.names or one.number, f"{one!r} is nobody")
        at = one.start
        for name in one.names:
            demand(name.text.strip(), f"{one!r} has an empty name")
    notice_holders.names_of(sentence)


@target(
    "Notice 2031-07\n3 March 2031\nThe accreditation of Alpha Ltd (No. L0001) is suspended from 5"
    " March 2031 to 4 June 2031 for testing of toys.\n1. Beta Ltd, L0002, withdrawn",
    "公告\n2031年3月12日\n决定自2031年3月12日起撤销以下机构的认可资格：\n"
    "机构名称|注册号|日期\n甲检测有限公司|L0003|2031-03-12",
)
def notice_(data: bytes) -> None:
    told = notice.read(_paper(data), "n.pdf")
    for one in told.told:
        demand(one.names or one.number, f"{one!r} is said of nobody")
        if one.on and one.last:
            demand(one.on <= one.last, f"{one!r} ends before it begins")
        text_is_plain(one.raw)
    demand(
        msgspec.json.encode(told) == msgspec.json.encode(notice.read(_paper(data), "n.pdf")),
        "read twice",
    )


@target(
    "No.|Name of body|Number|Standards|Scope|Address|Designated|Valid until|Status\n"
    "1|Alpha Ltd 甲公司|LAB-001|IEC 60335-1:2020; ISO 8124-1|Toys|1 Sample Road, Singapore|"
    "2030-01-02|2033-01-01|Suspended 3 March 2031",
    "序号|机构名称|编号|标准|有效期至|状态\n"
    "1|乙检测有限公司|D0002|GB 4943.1-2022|2031年3月12日|有效",
)
def designation_table_(data: bytes) -> None:
    left = Leftovers()
    listing = designation_table.read(_paper(data).tables, left)
    for one in listing.rows:
        demand(one.names, f"{one!r} has no name")
        if one.granted and one.until and not listing.problems:
            demand(one.granted <= one.until, f"{one!r} ends before it begins")
        demand(not E_MAIL.search(one.address), f"{one!r} holds an e-mail address")
    for problem in listing.problems:
        text_is_plain(problem)
