# ruff: noqa: E501 - one row of the sample a line, as a reader compares it with the list
"""Makes the sample workbook in the shape of the published one: ``python -m tests.sources.sg_cpso.build``.

Bodies, addresses and phones are made up; standards are real designations.
"""

import io
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

FILE = Path(__file__).with_name("list-of-cab-cps-scheme-ver-15-03-24.xlsx")

CERTIFICATION = "A. Masterlist - Cert Body"
TESTING = "B. Masterlist - Testing Body"
CONTACTS = "C. Contact Details"
ELSEWHERE = "Please refer to the updated listing here\n"

Route = tuple[str, Sequence[str]]

CERTIFICATION_ROUTES: list[Route] = [
    (
        "CAB (Certification) - directly designated Singapore CABs",
        [
            "Merlion Assurance Pte Ltd",
            "Straits Int'l Certification Pte Ltd ",
            "Kopi & Toast Testing Pte Ltd",
        ],
    ),
    (
        "CAB (Certification) - Designated via BSMI-ESG EE MRA",
        ["Ninth Division, Made-up Bureau (MUB)", "Jade Island Testing Center"],
    ),
    ("CAB (Certification) - Designated via ASEAN EE MRA", [ELSEWHERE]),
]
TESTING_ROUTES: list[Route] = [
    (
        "CAB (Testing) - directly designated Singapore based CABs",
        ["Merlion Assurance Pte Ltd", "Straits Int'l Certification Pte Ltd"],
    ),
    (
        "CAB (Testing) - directly designated Overseas CABs",
        [
            "Pearl Delta Testing Group Co. Ltd (Shenzhen) ",
            "TUV NORDEN (Guangzhou) Co Ltd",
            "Kiwi Labs Ltd",
            "Prova Italia, S.r.l.",
            "Two Roofs Ltd",
        ],
    ),
    ("CAB (Testing) - designated via BSMI-ESG EE MRA", ["Safety Laboratory, Jade Taiwan Ltd."]),
    ("CAB (Testing) - designated via ANZSCEP ", ["Kiwi Labs Ltd, Auckland"]),
    ("CAB (Testing) - designated via KSFTA ", ["Han River Testing (HRT)"]),
    ("CAB (Testing) - Designated via ASEAN EE MRA", [ELSEWHERE]),
]

# serial number (None: merged with the one above), goods with standards, cells by body (rest "-")
Row = tuple[int | None, str, dict[int, str | None]]
ROWS: list[Row] = [
    (1, "Air Cooler\nIEC 60335-2-98: 2002", {0: "Yes", 1: "Yes", 5: "Yes", 8: "Yes"}),
    (2, "Fuse (≤13 amperes) for use in a plug\nSS 167: 1977", {0: "Yes", 2: None}),
    (3, "AC Adaptor (for electronic appliances)\nIEC 60065: 2001 or \nIEC 62368-1: 2014", {0: "Yes", 1: "Yes\nIEC 60065", 2: "Yes", 3: "Yes", 7: "Yes"}),
    (None, "AC Adaptor (for chargers)\nIEC 60335-2-29: 2002 with A1 or \nIEC 60335-2-29: 2004", {0: "Yes", 4: "Yes"}),
    (4, "Fans (ceiling or cycle fan)\nIEC 60335-2-80: 2002 + SS 360: 1992 (sub-cl. 5.7 & 5.8 only) - valid till 31 Mar 2022 or \nIEC 60335-2-80: 2002 + SS 655: 2020 (Annex ZA only) or\nSS 655: 2020", {0: "Yes", 1: "Yes\nIEC 60335 + SS 360", 2: "Yes\nSS 655", 6: "Yes"}),
    (5, "Components of the Liquefied Petroleum Gas system \nSS 233: 2013 (hose), SS281: 1984 (regulator), SS294: 1998 (valve)", {0: "Yes"}),
    (6, "Residual current circuit breaker (RCCB)\nSS 97-1:2005", {0: "Yes\nExclude type A", 4: "Yes"}),
    (7, "Gas cooking appliances (gas cooker)\nEN 30-1-1: 2008 - valid till 12 July 2022 or \nEN 30-1-1: 2008 + A3: 2013 or\nAS 5263.1.1: 2016 - valid till 12 July 2022 or\nAS 5263.1.1: 2020", {0: "Yes \nEN 30-1-1", 1: "Yes\nEN 30-1-1, \nAS 4551", 2: "Yes\nEN 30-1-1, \nAS 5263"}),
    (None, "Main socket outlets (15-amp)\nSS 472: 1999 - valid till 12 July 2022 or\nSS 472: 2021", {0: "Yes", 3: "Yes"}),
    (8, "Refrigerator\nIEC 60335-2-24: 2020", dict.fromkeys(range(10), "Yes")),
]  # fmt: skip

HEADER = [
    "S/N",
    "CAB Type",
    "CAB Name",
    "Address",
    "Contact Person",
    "Title",
    "Tel",
    "Fax",
    "Email",
    "Website",
]
C, T = "Certification Body", "Testing Lab"
# type, name, address, website; person, title, phone, fax and e-mail are filled in when written
ADDRESSES = [
    (C, "Merlion Assurance Pte Ltd ", "1 Made-up Walk #10-01, North Tower, Singapore 138999", "https://merlion.example/sg"),
    (C, "Straits International Certification Pte. Ltd.", "10, Invented Crescent, (Lobby B), Singapore 408999", "NA"),
    (C, "Ninth Division, Made-up Bureau (MUB)", "No. 4 Nowhere Road, Section 1, Taipei, 100, Taiwan", "www.mub.example "),
    (C, "Jade Island Testing Center", "No. 8, Lane 99, Wenming Rd., Taoyuan City 333, Taiwan (R.O.C.)", "NA"),
    (T, "Merlion Assurance Pte Ltd (Electrical and Electronics Centre)", "2 Made-up Walk @ North, Singapore 138998", "https://merlion.example/sg"),
    (T, "Merlion Assurance Pte Ltd (Electrical and Electronics Centre)", "2 Made-up Walk @ North, Singapore 138998", "NA"),
    (T, "Straits International-Certification Pte Ltd (Consumer (Home) Division)", "50 Invented Avenue Singapore 339999", "NA"),
    (T, "Pearl Delta Testing Group Co., Ltd.", "Made-up Zone, Bao’an, Shenzhen, Guangdong, China", "www.pearl.example"),
    (T, "TÜV NORDEN (Guangzhou) Co., Ltd", "5F, Invented Building, Huangpu Ave. West Guangzhou 510 999\nTel: +86 20 5550 0199", "NA"),
    (T, "Kiwi Labs Ltd", "54 Made-up Grove, Albany, Auckland 0699, NZ.", "http://www.kiwi.example"),
    (T, "Kiwi Labs Ltd, Auckland", "54 Made-up Grove, Albany, Auckland 0699, New Zealand", "NA"),
    (T, "Prova Italia, S.r.l.", "Via delle Prove 5 & 6, 20061 Carugate (MI), Italy", "www.prova.example"),
    (T, "Jade Taiwan Ltd, (Safety Laboratory)", "5F No. 423 Nowhere Road, New Taipei City 24899, Tawian (ROC)", "NA"),
    (T, "Han River Testing (HRT)", "692-8 Made-up-dong, Gunpo-city, Gyeonggi-do, Post: 435-999", "www.hrt.example   "),
    (T, "Two Roofs Ltd (Textiles)", "1 First Street, London, UK", "NA"),
    (T, "Two Roofs Ltd (Toys)", "2 Second Street, London, UK", "NA"),
    (T, "Gone Away Testing Ltd", "3 Third Street, Kowloon, Hong Kong", "NA"),
]  # fmt: skip


def workbook(
    *,
    certification: Sequence[Route] = CERTIFICATION_ROUTES,
    testing: Sequence[Route] = TESTING_ROUTES,
    rows: Sequence[Row] = ROWS,
    names: tuple[str, str, str] = (CERTIFICATION, TESTING, CONTACTS),
    order: Sequence[int] = (0, 1, 2),
    shift: int = 0,
    contact_header: Sequence[str] = HEADER,
    goods_header: str = "Categories of Controlled Goods\nMinimum Edition of Standard Required",
    title_rows: Sequence[str] = (),
    hidden: str = "",
) -> bytes:
    """The bytes of a workbook; each argument varies one part of its form."""
    book = Workbook()
    assert book.active is not None
    book.remove(book.active)
    titles = (
        "Conformity Assessment Bodies (Certification) \n- For Product Certification",
        "Conformity Assessment Bodies (Testing) \n– For Product Testing",
    )
    for index in order:
        sheet = book.create_sheet(names[index])
        for text in title_rows:
            sheet.append([text])
        top = shift + len(title_rows)
        if index == 2:
            _contacts(sheet, contact_header)
        else:
            _matrix(sheet, titles[index], (certification, testing)[index], rows, top, goods_header)
    if hidden:
        _matrix(
            book.create_sheet(hidden),
            titles[0],
            [("Old", ["Last Year Ltd"])],
            rows,
            0,
            goods_header,
        )
        book[hidden].sheet_state = "hidden"
    book.properties.created = book.properties.modified = datetime(2024, 3, 15)  # noqa: DTZ001
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _matrix(
    sheet: Worksheet, title: str, routes: Sequence[Route], rows: Sequence[Row], top: int, goods: str
) -> None:
    """``top`` empty rows (or title rows) first; then routes, header, goods."""
    first = top + 1
    sheet.cell(first, 1, title)
    sheet.merge_cells(start_row=first, start_column=1, end_row=first, end_column=2)
    sheet.cell(first + 1, 1, "S/N")
    sheet.cell(first + 1, 2, goods)
    column = 3
    last = first + 1 + len(rows)
    for route, bodies in routes:
        sheet.cell(first, column, route)
        if len(bodies) > 1:
            sheet.merge_cells(
                start_row=first,
                start_column=column,
                end_row=first,
                end_column=column + len(bodies) - 1,
            )
        for body in bodies:
            sheet.cell(first + 1, column, body)
            if body == ELSEWHERE:
                sheet.cell(first + 2, column, None)
                sheet.merge_cells(
                    start_row=first + 2, start_column=column, end_row=last, end_column=column
                )
            column += 1
    count = column - 3 - (routes[-1][1] == [ELSEWHERE])
    for number, (serial, text, cells) in enumerate(rows, first + 2):
        if serial is not None:
            sheet.cell(number, 1, serial)
        else:
            sheet.merge_cells(start_row=number - 1, start_column=1, end_row=number, end_column=1)
        sheet.cell(number, 2, text)
        for index in range(count):
            sheet.cell(number, 3 + index, cells.get(index, "-"))


def _contacts(sheet: Worksheet, header: Sequence[str]) -> None:
    sheet.append(list(header))
    for number, (kind, name, address, website) in enumerate(ADDRESSES, 1):
        person = [
            f"Person {number}",
            "Manager",
            f"+65 5550 01{number:02}",
            "NA",
            f"p{number}@mail.example",
        ]
        sheet.append([number, kind, name, address, *person, website])


if __name__ == "__main__":
    FILE.write_bytes(workbook())
