# ruff: noqa: E501 - one row of the sample a line, as a reader compares it with the list
"""Makes the sample page in the shape of the published one: ``python -m tests.sources.us_nllap.build``.

Laboratories and phones are made up.
"""

from collections.abc import Sequence
from pathlib import Path

FILE = Path(__file__).with_name("epa-nllap_2026-03-05.html")

LEGEND = (
    "1=Made-up Hygiene Accreditation Programs",
    "2=Invented Association for Accreditation",
    "3=Nowhere Accreditation Service",
)
MATRICES = ("Paint Chips", "Soil", "Dust Wipes")
TOP = (
    '<tr><th colspan="5">National Lead Laboratory Accreditation Program (NLLAP) List</th>'
    '<th colspan="3">Matrix Recognized</th></tr>'
)
HEADER = (
    "State or Country",
    "Accrediting* Organization",
    "Company Name, City &amp; Phone",
    "Lab Type",
    "Commercial Availability",
)

# place, code, cell, lab type, commercial, marks
Row = tuple[str, str, str, str, str, str]
ROWS: list[Row] = [
    ("TX", "3", "Lone Star &amp; Sons Laboratories<br>Houston<br>(713) 555-0101", "Fixed Site", "Yes", "XXX"),
    ("CA", "1", "Golden Poppy Testing, LLC<br>San Diego, CA<br>(619) 555-0102 ext. 20", "Fixed<br>Site", "Yes", "X-X"),
    ("CA", "1", "Golden Poppy Testing, LLC<br>Emeryville<br>(510) 555-0103", "Fixed Site", "Yes", "XXX"),
    ("LA", "2", "Bayou Analytical, Inc.<br>Baton Rouge, LA", "Fixed Site", "Yes", "XXX"),
    ("IL", "2", "Prairie Department of Health<br>PDH lab division<br>Chicago<br>(312) 555-0104", "Fixed Site", "&nbsp;", "XXX"),
    ("ON/CA", "1", "Maple Testing Canada -Toronto<br>Mississauga, ON<br>(905) 555-0105", "Fixed Site", "Yes", "XXX"),
    ("JPN", "1", "Sakura Environmental Laboratory Co., Ltd.<br>Made-up Machi<br>(011) 555-0106", "Fixed Site", "Yes", "--X"),
    ("PR", "1", "Isla Analytical Svs, Inc.<br>Santurce<br>(787) 555-0107", "Fixed Site", "Yes", "XXX"),
    ("OH", "2", "Buckeye Laboratories, Inc.<br>Marietta", "Fixed Site", "No", "--X"),
    ("GA", "1", "Peach Testing Southeast LLC<br>Atlanta<br>(770) 555-0108", "Fixed Site", "Yes", "XXX"),
    ("GA", "1", "Peach Testing Southeast LLC<br>Atlanta<br>(770) 555-0108", "Fixed Site", "Yes", "XXX"),
    ("RI", "2", "Harbor Labs- A Division of Nowhere, Inc.<br>Warwick<br>(401) 555-0109 x133", "Fixed Site", "Yes", "-X-"),
    *(
        (state, "1", f"Sample Laboratory {number}, Inc.<br>Made-up City<br>(555) 555-02{number:02}", "Fixed Site", "Yes", "XXX")
        for number, state in enumerate(["AZ", "CT", "DE", "FL", "HI", "IN", "KY", "MD", "ME", "MO", "NC", "NJ"], 1)
    ),
]  # fmt: skip


def page(
    *,
    rows: Sequence[Row] = ROWS,
    legend: Sequence[str] = LEGEND,
    header: Sequence[str] = HEADER,
    matrices: Sequence[str] = MATRICES,
    top: str = TOP,
    updated: str = "Last updated on March 5, 2026",
    modified: str = "2026-03-04",
    charset: str = "utf-8",
) -> str:
    """The page; each argument varies one part of its form."""
    head = "".join(f"<th>{title}</th>" for title in (*header, *matrices))
    body = "".join(_row(row) for row in rows)
    named = "<br>".join(f"<strong>{one}</strong>" for one in legend)
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="{charset}" />
<meta property="DC.date.modified" content="{modified}" />
<title>National Lead Laboratory Accreditation Program List</title>
<script>document.write("<table><tr><td>State or Country</td></tr></table>")</script></head>
<body><p><strong>*Accrediting Organizations</strong><br>{named}<br><br>
<strong>March, 2026 Round 130, Month 2 of 3*</strong></p>
<h2>List of all laboratories</h2><p><br>&nbsp;</p>
<table id="datatable"><thead>{top}<tr>{head}</tr></thead><tbody>{body}</tbody></table>
<div>{updated}</div></body></html>
"""


def _row(row: Row) -> str:
    place, code, cell, kind, commercial, marks = row
    cells = (code, cell, kind, commercial, *("X" if mark == "X" else "&nbsp;" for mark in marks))
    return f"<tr><th>{place}</th>" + "".join(f"<td>{one}</td>" for one in cells) + "</tr>"


if __name__ == "__main__":
    FILE.write_text(page(), encoding="utf-8")
