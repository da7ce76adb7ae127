"""The Singapore matrix of designations: made workbooks, and the published one where it is held."""

import os
from collections import Counter
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest

from services.errors import Unreadable
from services.kit import Draft, Page, Reading
from services.sources.sg_cpso import SOURCE
from services.terms import AccreditationKind, BodyKind, Listed, Tier
from tests.sources.sg_cpso import build


def read(body: bytes, name: str = build.FILE.name) -> Reading:
    return SOURCE.parse([Page(url="https://publisher.example/x", body=body, name=name)], "cabs")


@pytest.fixture(scope="module")
def sample() -> Reading:
    return read(build.FILE.read_bytes())


def one(reading: Reading, key: str) -> Draft:
    (found,) = [draft for draft in reading.drafts if draft.key == key]
    return found


def lines(draft: Draft, goods: str) -> list[tuple[str, str]]:
    return [(line.method, line.limitation) for line in draft.lines if line.object == goods]


def left(reading: Reading) -> dict[str, int]:
    return {leftover.what: leftover.count for leftover in reading.leftovers}


FANS = "Fans (ceiling or cycle fan)"
COOKER = "Gas cooking appliances (gas cooker)"


def test_each_column_of_each_role_is_one_draft_and_elsewhere_is_no_body(sample: Reading) -> None:
    assert Counter(draft.key.split("|")[0] for draft in sample.drafts) == {
        "certification": 5,
        "testing": 10,
    }
    assert left(sample)["bodies listed elsewhere"] == 2
    assert sample.problems == ()
    assert set(SOURCE.expect.columns) <= set(sample.columns)


def test_a_designation_says_scheme_role_and_route(sample: Reading) -> None:
    draft = one(sample, "testing|safety laboratory jade taiwan ltd")
    (designation,) = draft.accreditations
    assert designation.kind is AccreditationKind.DESIGNATION
    assert (designation.issuer, designation.number) == ("SG-CPS", "")
    assert designation.field == "product testing"
    assert designation.body_kind is BodyKind.TESTING
    assert designation.basis == "designated via BSMI-ESG EE MRA"
    assert designation.raw.startswith("CAB (Testing) - designated via BSMI-ESG EE MRA\n")
    assert designation.listed is Listed.ACTIVE
    assert designation.schedule_held
    assert draft.where == "B. Masterlist - Testing Body!J2"
    assert SOURCE.tier is Tier.SCHEME_LIST
    assert SOURCE.authoritative_for == {"SG-CPS"}
    assert not SOURCE.bytes_public


def test_a_merged_route_reaches_all_its_bodies(sample: Reading) -> None:
    basis = {d.label: d.accreditations[0].basis for d in sample.drafts if d.key[0] == "t"}
    assert basis["Prova Italia, S.r.l."] == "directly designated Overseas CABs"
    assert basis["Kiwi Labs Ltd"] == "directly designated Overseas CABs"
    assert basis["Kiwi Labs Ltd, Auckland"] == "designated via ANZSCEP"


def test_dash_and_empty_give_no_line(sample: Reading) -> None:
    draft = one(sample, "certification|kopi and toast testing pte ltd")
    assert {line.object for line in draft.lines}.isdisjoint(
        {"Air Cooler", "Fuse (≤13 amperes) for use in a plug"}
    )


def test_standards_joined_by_or_are_one_line_each(sample: Reading) -> None:
    draft = one(sample, "certification|merlion assurance pte ltd")
    assert lines(draft, "AC Adaptor (for electronic appliances)") == [
        ("IEC 60065: 2001", ""),
        ("IEC 62368-1: 2014", ""),
    ]
    assert lines(draft, "AC Adaptor (for chargers)") == [
        ("IEC 60335-2-29: 2002 with A1", ""),
        ("IEC 60335-2-29: 2004", ""),
    ]


def test_standards_after_yes_narrow_the_row(sample: Reading) -> None:
    draft = one(sample, "certification|straits international certification pte ltd")
    assert lines(draft, "AC Adaptor (for electronic appliances)") == [("IEC 60065: 2001", "")]
    (line,) = [line for line in draft.lines if line.object.startswith("AC Adaptor")]
    assert line.raw == "IEC 60065: 2001\nYes\nIEC 60065"


def test_a_combination_is_a_line_a_standard_that_names_its_partner(sample: Reading) -> None:
    draft = one(sample, "certification|straits international certification pte ltd")
    assert lines(draft, FANS) == [
        ("IEC 60335-2-80: 2002", "only together with SS 360: 1992"),
        ("SS 360: 1992", "sub-cl. 5.7 & 5.8 only; only together with IEC 60335-2-80: 2002"),
    ]


def test_a_single_standard_after_yes_does_not_mean_a_combination_with_it(sample: Reading) -> None:
    draft = one(sample, "certification|kopi and toast testing pte ltd")
    assert lines(draft, FANS) == [("SS 655: 2020", "")]


def test_valid_till_is_the_last_day(sample: Reading) -> None:
    draft = one(sample, "certification|merlion assurance pte ltd")
    ends = {line.method: line.valid_to for line in draft.lines if "15-amp" in line.object}
    assert ends == {"SS 472: 1999": date(2022, 7, 13), "SS 472: 2021": None}
    fans = {(line.method, line.valid_to) for line in draft.lines if line.object == FANS}
    assert ("SS 360: 1992", date(2022, 4, 1)) in fans
    assert ("IEC 60335-2-80: 2002", None) in fans
    assert ("IEC 60335-2-80: 2002", date(2022, 4, 1)) in fans


def test_an_amendment_stays_with_its_standard(sample: Reading) -> None:
    draft = one(sample, "certification|merlion assurance pte ltd")
    assert lines(draft, COOKER) == [("EN 30-1-1: 2008", ""), ("EN 30-1-1: 2008 + A3: 2013", "")]


def test_two_named_standards_widen_and_one_unknown_to_its_row_stands_as_written(
    sample: Reading,
) -> None:
    third = one(sample, "certification|kopi and toast testing pte ltd")
    assert [method for method, _ in lines(third, COOKER)] == [
        "EN 30-1-1: 2008",
        "EN 30-1-1: 2008 + A3: 2013",
        "AS 5263.1.1: 2016",
        "AS 5263.1.1: 2020",
    ]
    second = one(sample, "certification|straits international certification pte ltd")
    assert lines(second, COOKER)[-1] == ("AS 4551", "")
    assert left(sample)["standard in a cell that its row does not name"] == 2


def test_other_words_after_yes_limit_the_line(sample: Reading) -> None:
    draft = one(sample, "testing|merlion assurance pte ltd")
    assert lines(draft, "Residual current circuit breaker (RCCB)") == [
        ("SS 97-1:2005", "Exclude type A")
    ]


def test_words_in_brackets_limit_their_standard_only(sample: Reading) -> None:
    draft = one(sample, "certification|merlion assurance pte ltd")
    assert lines(draft, "Components of the Liquefied Petroleum Gas system") == [
        ("SS 233: 2013", "hose"),
        ("SS281: 1984", "regulator"),
        ("SS294: 1998", "valve"),
    ]


def test_line_keys_are_unique_and_free_of_serial_numbers(sample: Reading) -> None:
    renumbered = [(serial and serial + 1, text, cells) for serial, text, cells in build.ROWS]
    moved = read(build.workbook(rows=[(1, "New goods\nSS 1: 2024", {0: "Yes"}), *renumbered]))
    for draft in sample.drafts:
        keys = [line.key for line in draft.lines]
        assert len(set(keys)) == len(keys)
        assert set(keys) <= {line.key for line in one(moved, draft.key).lines}


@pytest.mark.parametrize(
    ("key", "second_name", "country", "city"),
    [
        # abbreviation and punctuation
        ("certification|straits international certification pte ltd",
         "Straits International Certification Pte. Ltd.", "SG", "Singapore"),
        # a unit in brackets, on two rows of one address, and brackets within brackets
        ("testing|merlion assurance pte ltd",
         "Merlion Assurance Pte Ltd (Electrical and Electronics Centre)", "SG", "Singapore"),
        ("testing|straits international certification pte ltd",
         "Straits International-Certification Pte Ltd (Consumer (Home) Division)",
         "SG", "Singapore"),
        # the body's brackets hold a place of the address
        ("testing|pearl delta testing group co ltd shenzhen",
         "Pearl Delta Testing Group Co., Ltd.", "CN", "Shenzhen"),
        # accents; the address names no country
        ("testing|tuv norden guangzhou co ltd",
         "TÜV NORDEN (Guangzhou) Co., Ltd", "CN", "Guangzhou"),
        # another order of words; a misspelt country
        ("testing|safety laboratory jade taiwan ltd",
         "Jade Taiwan Ltd, (Safety Laboratory)", "TW", "New Taipei"),
    ],
)  # fmt: skip
def test_a_body_named_differently_on_two_sheets_is_joined_by_rule(
    sample: Reading, key: str, second_name: str, country: str, city: str
) -> None:
    draft = one(sample, key)
    assert [name.text for name in draft.names[1:]] == [second_name]
    assert len({name.fact_key() for name in draft.names}) == len(draft.names)
    assert len(draft.sites) == 1
    assert draft.profile is not None
    assert (draft.profile.country, draft.profile.city) == (country, city)


def test_two_units_at_two_addresses_are_never_guessed_between(sample: Reading) -> None:
    draft = one(sample, "testing|two roofs ltd")
    assert draft.sites == ()
    assert draft.profile is not None
    assert draft.profile.country == ""
    assert left(sample)["body without contact details"] == 2
    assert left(sample)["contact details of no listed body"] == 3


def test_no_person_phone_or_email_is_kept(sample: Reading) -> None:
    kept = repr(sample)
    for word in ("Person", "5550", "@mail", "Manager", "+65", "+86"):
        assert word not in kept
    # person, title, phone and e-mail of 17 rows, and the phone inside one address
    assert left(sample)["personal data dropped"] == 17 * 4 + 1


def test_an_at_sign_in_an_address_is_no_email(sample: Reading) -> None:
    (site,) = one(sample, "testing|merlion assurance pte ltd").sites
    assert site.address == "2 Made-up Walk @ North, Singapore 138998"


def test_file_name_says_the_day_first() -> None:
    assert SOURCE.recording_time("list-ver-02-08-21.xlsx") == datetime(2021, 8, 2, tzinfo=UTC)
    assert SOURCE.recording_time("list-ver-31-12-2023.xlsx") == datetime(2023, 12, 31, tzinfo=UTC)
    assert SOURCE.recording_time("list-ver-31-02-2023.xlsx") is None
    assert SOURCE.recording_time("list_2024-01-05.xlsx") == datetime(2024, 1, 5, tzinfo=UTC)
    assert read(build.workbook(), "cab-ver-02-08-21.xlsx").listed_on == date(2021, 8, 2)


def test_a_day_in_the_sheet_outranks_the_file_name() -> None:
    body = build.workbook(title_rows=["List of bodies, updated on 7 Jan 2025"])
    assert read(body, "cab-ver-02-08-21.xlsx").listed_on == date(2025, 1, 7)


def test_the_form_may_shift_without_changing_a_fact(sample: Reading) -> None:
    shifted = read(
        build.workbook(
            order=(2, 1, 0),
            names=("Cert Bodies (2024)", "Testing Bodies", "Contacts"),
            title_rows=["List of CABs for controlled goods", ""],
            goods_header="Category of Controlled Goods / Standard",
            hidden="A. Cert Body (old)",
        )
    )

    def facts(reading: Reading) -> dict[str, object]:
        return {
            d.key: (d.names, d.profile, d.sites, d.accreditations, d.lines) for d in reading.drafts
        }

    assert facts(shifted) == facts(sample)


def test_more_bodies_and_routes_are_read_by_rule(sample: Reading) -> None:
    *named, elsewhere = build.TESTING_ROUTES
    new = ("CAB (Testing) - designated via New MRA", ["New Lab Ltd"])
    more = [*named, new, elsewhere]
    reading = read(build.workbook(testing=more))
    assert len(reading.drafts) == len(sample.drafts) + 1
    assert one(reading, "testing|new laboratory ltd").accreditations[0].basis == (
        "designated via New MRA"
    )


def test_one_body_under_two_routes_is_one_designation_with_both_scopes() -> None:
    routes = [
        ("CAB (Testing) - directly designated", ["Merlion Assurance Pte Ltd", "Other Ltd"]),
        ("CAB (Testing) - designated via New MRA", ["Merlion Assurance Pte. Ltd."]),
    ]
    rows: list[build.Row] = [
        (1, "Iron\nIEC 60335-2-3: 2002", {0: "Yes"}),
        (2, "Toaster\nIEC 60335-2-9: 2002", {2: "Yes", 1: "Yes"}),
    ]
    draft = one(
        read(build.workbook(testing=routes, rows=rows)), "testing|merlion assurance pte ltd"
    )
    assert draft.accreditations[0].basis == "directly designated; designated via New MRA"
    assert [line.object for line in draft.lines] == ["Iron", "Toaster"]


def test_a_mark_that_is_neither_yes_nor_dash_is_a_problem_with_its_place() -> None:
    rows: list[build.Row] = [(1, "Iron\nIEC 60335-2-3: 2002", {0: "Suspended", 1: "Yes"})]
    reading = read(build.workbook(rows=rows))
    assert "A. Masterlist - Cert Body!C3: 'Suspended' is neither Yes nor -" in reading.problems
    assert one(reading, "certification|merlion assurance pte ltd").lines == ()


def test_an_impossible_valid_till_is_a_problem() -> None:
    rows: list[build.Row] = [(1, "Iron\nSS 1: 1999 - valid till 30 Feb 2022", {0: "Yes", 1: "Yes"})]
    reading = read(build.workbook(rows=rows))
    assert any("30 Feb 2022" in problem for problem in reading.problems)


def test_missing_sheets_are_named() -> None:
    with pytest.raises(Unreadable, match="no sheet of product testing and none of contact details"):
        read(build.workbook(order=(0,)))
    with pytest.raises(
        Unreadable, match="no sheet of product certification and none of product testing"
    ):
        read(build.workbook(goods_header="Things"))
    with pytest.raises(Unreadable, match="contact details"):
        read(build.workbook(contact_header=[f"Column {n}" for n in range(10)]))


def test_a_page_in_place_of_the_workbook_is_unreadable() -> None:
    with pytest.raises(Unreadable, match="not an XLSX workbook"):
        read(b"<!DOCTYPE html><p>This page has moved</p>")


# --- the published file, counted with another reader ------------------------------------------


@pytest.fixture(scope="module")
def published() -> Path:
    folder = os.environ.get("LABDIR_PUBLISHED_FILES")
    if not folder:
        pytest.skip("LABDIR_PUBLISHED_FILES is not set")
    (file,) = (Path(folder) / "sg_cpso").glob("*.xlsx")
    return file


def test_published_file_has_the_bodies_and_marks_that_another_reader_counts(
    published: Path,
) -> None:
    reading = read(published.read_bytes(), published.name)
    roles = Counter(draft.key.split("|")[0] for draft in reading.drafts)
    assert roles == {"certification": 7, "testing": 36}  # counted by hand
    assert reading.problems == ()
    assert reading.listed_on == date(2021, 8, 2)
    assert all(draft.sites for draft in reading.drafts)
    assert {d.profile.country for d in reading.drafts if d.profile} == {
        "SG", "HK", "CN", "NZ", "IT", "TW", "KR",
    }  # fmt: skip
    book = openpyxl.load_workbook(published)
    goods = {
        " ".join(str(row[1]).split("\n")[0].split())
        for row in book.worksheets[0].iter_rows(min_row=3, values_only=True)
    }
    assert len(goods) == 65
    objects = {line.object for draft in reading.drafts for line in draft.lines}
    assert objects == goods
    for sheet, role in zip(book.worksheets[:2], ("certification", "testing"), strict=True):
        for column in sheet.iter_cols(min_col=3, min_row=2, values_only=True):
            name, *cells = column
            if "refer to" in str(name):
                continue
            marked = sum(str(cell or "").strip().startswith("Yes") for cell in cells)
            (draft,) = [
                d
                for d in reading.drafts
                if d.label == " ".join(str(name).split()) and d.key.startswith(role)
            ]
            assert len({line.object for line in draft.lines}) == marked, name
    contacts = [row[4:9] for row in book.worksheets[2].iter_rows(min_row=2, values_only=True)]
    persons = [cell for row in contacts for cell in row if cell and str(cell).strip() != "NA"]
    assert left(reading)["personal data dropped"] == len(persons)


def test_published_file_reads_known_cells(published: Path) -> None:
    reading = read(published.read_bytes(), published.name)
    tuv = one(reading, "testing|tuv sud psb pte ltd")
    assert "IEC 60335-2-40: 2002" in {line.method for line in tuv.lines}
    ends = Counter(
        line.valid_to for draft in reading.drafts for line in draft.lines if line.valid_to
    )
    # the five last days written in the list are each the day before
    assert set(ends) == {
        date(2021, 8, 5), date(2021, 10, 26), date(2021, 12, 1), date(2022, 4, 1),
        date(2022, 7, 13),
    }  # fmt: skip
