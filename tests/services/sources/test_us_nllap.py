"""The EPA page of lead laboratories: made pages, and the published one where it is held."""

import os
import re
from datetime import date
from pathlib import Path

import pytest

from services.errors import Unreadable
from services.kit import Draft, Page, Reading
from services.sources.us_nllap import SOURCE
from services.terms import AccreditationKind, BodyKind, Tier
from tests.sources.us_nllap import build


def read(page: str | bytes, charset: str = "") -> Reading:
    body = page.encode() if isinstance(page, str) else page
    return SOURCE.parse(
        [Page(url="https://p.example/", body=body, charset=charset)], "laboratories"
    )


@pytest.fixture(scope="module")
def sample() -> Reading:
    return read(build.FILE.read_bytes())


def one(reading: Reading, key: str) -> Draft:
    (found,) = [draft for draft in reading.drafts if draft.key == key]
    return found


def left(reading: Reading) -> dict[str, int]:
    return {leftover.what: leftover.count for leftover in reading.leftovers}


def test_a_row_is_a_recognition_with_its_accrediting_body_as_basis_only(sample: Reading) -> None:
    draft = one(sample, "lone star sons laboratories|houston|tx")
    assert [name.text for name in draft.names] == ["Lone Star & Sons Laboratories"]
    (recognition,) = draft.accreditations
    assert recognition.kind is AccreditationKind.DESIGNATION
    assert (recognition.issuer, recognition.number) == ("EPA-NLLAP", "")
    assert recognition.basis == "Nowhere Accreditation Service (code 3)"
    assert recognition.body_kind is BodyKind.TESTING
    assert recognition.schedule_held
    assert recognition.raw == "TX | 3 | Lone Star & Sons Laboratories, Houston | Fixed Site | Yes"
    assert draft.where == "row 3"
    assert SOURCE.tier is Tier.SCHEME_LIST
    assert SOURCE.authoritative_for == {"EPA-NLLAP"}


def test_each_marked_matrix_is_a_line_for_lead(sample: Reading) -> None:
    draft = one(sample, "golden poppy testing llc|san diego|ca")
    assert [(line.key, line.object, line.parameter) for line in draft.lines] == [
        ("paint chips", "Paint Chips", "lead (Pb)"),
        ("dust wipes", "Dust Wipes", "lead (Pb)"),
    ]


def test_a_city_line_that_repeats_its_state_loses_it(sample: Reading) -> None:
    draft = one(sample, "bayou analytical inc|baton rouge|la")
    assert draft.profile is not None
    assert (draft.profile.country, draft.profile.region, draft.profile.city) == (
        "US",
        "LA",
        "Baton Rouge",
    )


@pytest.mark.parametrize(
    ("key", "country", "region"),
    [
        ("golden poppy testing llc|emeryville|ca", "US", "CA"),
        ("maple testing canada toronto|mississauga|on ca", "CA", "ON"),
        ("sakura environmental laboratory co ltd|made up machi|jpn", "JP", ""),
        ("isla analytical svs inc|santurce|pr", "US", "PR"),
        ("sample laboratory 3 inc|made up city|de", "US", "DE"),
        ("sample laboratory 6 inc|made up city|in", "US", "IN"),
    ],
)
def test_state_codes_come_before_countries(
    sample: Reading, key: str, country: str, region: str
) -> None:
    (site,) = one(sample, key).sites
    assert (site.country, site.region) == (country, region)


def test_a_name_on_two_lines_is_one_name(sample: Reading) -> None:
    draft = one(sample, "prairie department of health pdh lab division|chicago|il")
    assert draft.names[0].text == "Prairie Department of Health PDH lab division"


def test_a_row_without_phone_still_has_its_city(sample: Reading) -> None:
    assert one(sample, "buckeye laboratories inc|marietta|oh").sites[0].city == "Marietta"


def test_phones_and_extensions_are_dropped_and_counted(sample: Reading) -> None:
    assert "555" not in repr(sample)
    assert "ext" not in repr([draft.accreditations for draft in sample.drafts])
    assert left(sample)["personal data dropped"] == sum("555" in row[2] for row in build.ROWS)


def test_a_repeated_row_is_one_record_and_reported(sample: Reading) -> None:
    assert len(sample.drafts) == len(build.ROWS) - 1
    assert left(sample)["repeated row"] == 1


def test_one_name_in_two_cities_is_two_records(sample: Reading) -> None:
    cities = [d.sites[0].city for d in sample.drafts if d.key.startswith("golden poppy")]
    assert cities == ["San Diego", "Emeryville"]


def test_rows_of_one_laboratory_that_differ_are_one_recognition_for_all() -> None:
    twice: list[build.Row] = [
        ("OH", "1", "A Lab<br>Akron", "Fixed Site", "Yes", "X--"),
        ("OH", "2", "A Lab<br>Akron", "Fixed Site", "Yes", "-X-"),
    ]
    reading = read(build.page(rows=twice))
    (draft,) = reading.drafts
    assert draft.accreditations[0].basis == (
        "Made-up Hygiene Accreditation Programs (code 1); "
        "Invented Association for Accreditation (code 2)"
    )
    assert [line.object for line in draft.lines] == ["Paint Chips", "Soil"]
    assert left(reading)["rows of one laboratory differ"] == 1


def test_the_list_states_its_day_and_its_round(sample: Reading) -> None:
    assert sample.listed_on == date(2026, 3, 5)
    (round_,) = [one.example for one in sample.leftovers if one.what == "round of the list"]
    assert round_ == "March, 2026 Round 130, Month 2 of 3"
    assert read(build.page(updated="")).listed_on == date(2026, 3, 4)


def test_a_new_round_changes_no_record(sample: Reading) -> None:
    page = build.page(updated="Last updated on April 5, 2026").replace("Round 130", "Round 131")
    assert read(page).drafts == sample.drafts


def test_columns_are_found_by_words_in_any_order_and_without_the_top_row() -> None:
    rows: list[build.Row] = [
        ("TX", "1", "A Lab<br>Austin<br>(512) 555-0199", "Fixed", "Yes", "X-X")
    ]
    plain = read(build.page(rows=rows)).drafts
    html = build.page(rows=rows, top="")
    assert [d.lines for d in read(html).drafts] == [d.lines for d in plain]
    first, second = "<th>State or Country</th>", "<th>Accrediting* Organization</th>"
    swapped = html.replace(first + second, second + first)
    swapped = swapped.replace("<th>TX</th><td>1</td>", "<th>1</th><td>TX</td>")
    assert [d.key for d in read(swapped).drafts] == ["a lab|austin|tx"]


def test_a_new_matrix_under_its_heading_is_read() -> None:
    top = build.TOP.replace('colspan="3"', 'colspan="4"')
    rows: list[build.Row] = [("TX", "1", "A Lab<br>Austin", "Fixed Site", "Yes", "X--X")]
    reading = read(build.page(rows=rows, top=top, matrices=[*build.MATRICES, "Air"]))
    assert [line.object for line in reading.drafts[0].lines] == ["Paint Chips", "Air"]
    assert reading.columns[-1] == "Air"


def test_the_legend_is_read_from_the_page() -> None:
    legend = ["1=First Body", "2=Second Body", "3=Third Body", "12=Twelfth Body"]
    rows: list[build.Row] = [("TX", "12", "A Lab<br>Austin", "Fixed Site", "Yes", "XXX")]
    reading = read(build.page(rows=rows, legend=legend))
    assert reading.drafts[0].accreditations[0].basis == "Twelfth Body (code 12)"


def test_an_unexplained_code_is_a_problem_and_names_nobody() -> None:
    rows: list[build.Row] = [("TX", "9", "A Lab<br>Austin", "Fixed Site", "Yes", "XXX")]
    reading = read(build.page(rows=rows))
    assert reading.drafts[0].accreditations[0].basis == "code 9"
    assert reading.problems == ("row 3: the page does not explain the code '9'",)


def test_codes_without_any_legend_are_unreadable() -> None:
    with pytest.raises(Unreadable, match="explains none"):
        read(build.page(legend=()))


def test_an_unknown_place_or_mark_is_a_problem() -> None:
    rows: list[build.Row] = [("XX", "1", "A Lab<br>Austin", "Fixed Site", "Yes", "XXX")]
    page = build.page(rows=rows).replace("<td>X</td></tr>", "<td>?</td></tr>")
    assert read(page).problems == (
        "row 3: 'XX' is no state or country that can be read",
        "row 3: '?' below 'Dust Wipes' is neither X nor empty",
    )


@pytest.mark.parametrize(
    "page",
    ["", "<html><body><h1>503</h1></body></html>", "<form>Sign in <input></form>",
     "<table><tr><th>State</th><th>Office</th></tr><tr><td>TX</td><td>Dallas</td></tr></table>"],
)  # fmt: skip
def test_a_page_without_the_table_is_unreadable(page: str) -> None:
    with pytest.raises(Unreadable, match="no table of laboratories"):
        read(page)


def test_the_declared_charset_comes_first() -> None:
    rows: list[build.Row] = [("PR", "1", "Peña Lab<br>Bayamón", "Fixed Site", "Yes", "XXX")]
    page = build.page(rows=rows, charset="utf-8").encode("latin-1")
    assert read(page, "iso-8859-1").drafts[0].names[0].text == "Peña Lab"


# --- the published page, counted with regular expressions -------------------------------------


def test_published_page_has_the_rows_that_another_count_gives() -> None:
    folder = os.environ.get("LABDIR_PUBLISHED_FILES")
    if not folder:
        pytest.skip("LABDIR_PUBLISHED_FILES is not set")
    (file,) = (Path(folder) / "us_nllap").glob("*.html")
    body = file.read_bytes()
    rows = re.findall(rb"<tr><th>[^<]*</th><td>\d</td>.*?</tr>", body)
    reading = read(body)
    assert len(rows) == 107
    assert left(reading)["repeated row"] == 3
    assert len(reading.drafts) == 104
    assert reading.problems == ()
    assert reading.listed_on == date(2026, 8, 4)
    # place and name cell to the row's Xs: the three repeated rows fall together
    distinct = {
        b"|".join(re.findall(rb"<t[hd][^>]*>(.*?)</t[hd]>", row)[:3]): len(re.findall(rb">X<", row))
        for row in rows
    }
    assert sum(len(draft.lines) for draft in reading.drafts) == sum(distinct.values()) == 273
    countries = [draft.profile.country for draft in reading.drafts if draft.profile]
    assert (countries.count("US"), countries.count("CA"), countries.count("JP")) == (102, 1, 1)
    assert not re.search(r"\(\d{3}\)|\d{3}-\d{4}", repr(reading))
    # counted by hand in the page: ten rows of code 2, two of code 3, one of code 4
    bases = [draft.accreditations[0].basis[-8:] for draft in reading.drafts]
    assert [bases.count(f"(code {n})") for n in range(1, 6)] == [91, 10, 2, 1, 0]
