"""SAC's status list: made samples in each of its shapes, and the 104 real versions of 2019."""

import csv
import os
from collections.abc import Iterator
from datetime import date
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest
from rapidfuzz import fuzz

from services.errors import Unreadable
from services.kit import Draft, Page, Reading
from services.sources.sg_sac import SOURCE, parse
from services.terms import BodyKind, EventKind, LeavingMeans, Listed, Tier

SAMPLES = Path(__file__).parents[2] / "sources" / "sg_sac"
EXPECTED = Path(__file__).with_name("sg_sac_2019.csv")


def read(text: str, list_name: str = "page") -> Reading:
    return parse([Page(url="https://example.org/list", body=text.encode())], list_name)


def sample(name: str) -> Reading:
    body = (SAMPLES / name).read_bytes()
    return parse([Page(url="", name=name, body=body)], name.split("_", maxsplit=1)[0])


def by_name(reading: Reading, start: str) -> Draft:
    (found,) = [draft for draft in reading.drafts if draft.label.startswith(start)]
    return found


def outline(reading: Reading) -> list[tuple[str, str, str]]:
    """Listed, field and name of each draft, in order."""
    return [
        (draft.accreditations[0].listed, draft.accreditations[0].field, draft.label)
        for draft in reading.drafts
    ]


def page(*, accredited: str = "", suspended: str = "", withdrawn: str = "", other: str = "") -> str:
    """A whole page with one entry where none is given."""
    return f"""
### 1. Newly Accredited Laboratory
#### Laboratory
{accredited or "* Civil Engineering" + chr(10) + "  * Fable A Pte Ltd (1 May 2030)"}
### 2. Suspended Laboratory
{suspended}
### 3. Withdrawn Laboratory
#### Laboratory
{withdrawn or "* Civil Engineering" + chr(10) + "  * Fable B Pte Ltd (2 May 2030)"}
### 4. Others - Inoperative
{other}
"""


# --- the shapes -----------------------------------------------------------------------------------


def test_bullets_at_any_depth_are_known_by_their_words() -> None:
    reading = sample("post_20300105T090000.md")
    assert outline(reading) == [
        ("active", "Calibration & Measurement", "Merlion Metrology Made-Up Pte Ltd"),
        ("active", "Medical Testing", "Invented Diagnostics of Nowhere"),
        ("active", "Non-Destructive Testing", "Kelp & Hull Imaginary Marine Pte Ltd"),
        ("active", "Hook-Lift & Container Inspection", "Cratewise Fictional Asia Pte Ltd"),
        ("active", "Site Investigation", "Borehole (S) Fable Pte Ltd"),
        ("active", "Product", "Sealed & Stamped Story Pte Ltd"),
        ("surrendered", "Calibration & Measurement", "Ohm & Volt Legend Pte Ltd"),
        ("surrendered", "Energy Management System", "Wattson's Register Tale Limited"),
        ("withdrawn", "Cargo Inspection", "Flotsam Yarn Consultants Pte Ltd"),
    ]
    assert reading.problems == ()
    assert reading.columns == ("Newly Accredited", "Suspended", "Withdrawn", "Inoperative")
    assert SOURCE.expect.check is not None
    assert SOURCE.expect.check(reading) == []
    kinds = [draft.accreditations[0].body_kind for draft in reading.drafts]
    assert kinds == [
        BodyKind.CALIBRATION,
        BodyKind.MEDICAL,
        BodyKind.TESTING,
        BodyKind.INSPECTION,
        BodyKind.INSPECTION,
        BodyKind.CERTIFICATION_PRODUCT,
        BodyKind.CALIBRATION,
        BodyKind.CERTIFICATION_MS,
        BodyKind.INSPECTION,
    ]


def test_a_newly_accredited_body_has_its_day_of_grant_and_no_event() -> None:
    draft = by_name(sample("post_20300105T090000.md"), "Sealed")
    assert draft.where == "line 29"
    assert draft.names[0].text == draft.names[0].raw == "Sealed & Stamped Story Pte Ltd"
    (accreditation,) = draft.accreditations
    assert accreditation.issuer == "SAC"
    assert accreditation.number == ""
    assert accreditation.granted == date(2029, 12, 12)
    assert accreditation.expires is None
    assert not accreditation.schedule_held
    assert accreditation.raw == "Newly Accredited: Certification Body, Product (12 Dec 2029)"
    assert draft.events == ()
    assert draft.profile is not None
    assert draft.profile.country == ""


def test_headings_with_attributes_and_quick_links() -> None:
    reading = sample("page_20300201T090000.md")
    assert outline(reading) == [
        ("active", "Civil Engineering", "Sandcastle Structures Story Pte Ltd"),
        ("active", "Environmental Testing", "M*STAR Pretend Entities"),
        ("active", "Auditing Organisation", "SAFE-ISH FABLE PTE. LTD."),
        ("suspended", "Cargo Inspection", "Flotsam & Jetsm Maritime Tale Pte Ltd"),
        ("suspended", "Hook-Lift & Container Inspection", "Hoist Invented Engineering Pte Ltd"),
        ("surrendered", "Mechanical Testing", "Ohm & Volt Legend Pte Ltd"),
        ("surrendered", "Energy Management System", "Wattson's Register Tale Limited"),
        ("withdrawn", "Cargo Inspection", "Derelict Cargo Yarn Pte Ltd"),
    ]
    assert SOURCE.expect.check is not None
    assert SOURCE.expect.check(reading) == []


def test_a_suspension_ends_the_day_after_its_published_last_day() -> None:
    draft = by_name(sample("page_20300201T090000.md"), "Hoist")
    (event,) = draft.events
    assert (event.kind, event.key, event.accreditation) == (EventKind.SUSPENDED, "1", "1")
    assert (event.on, event.until) == (date(2029, 10, 29), date(2030, 1, 29))
    assert event.raw == (
        "Suspended: Inspection Body, Hook-Lift & Container Inspection"
        " (29 October 2029 - 28 January 2030)"
    )
    (open_one,) = by_name(sample("page_20300201T090000.md"), "Flotsam").events
    assert (open_one.on, open_one.until) == (date(2030, 1, 26), None)


def test_who_asked_for_a_withdrawal_comes_from_the_heading_above_it() -> None:
    reading = sample("page_20300201T090000.md")
    (asked,) = by_name(reading, "Ohm").events
    assert (asked.kind, asked.asked_by) == (EventKind.SURRENDERED, "body")
    assert asked.on == date(2029, 12, 18)
    (decided,) = by_name(reading, "Derelict").events
    assert (decided.kind, decided.asked_by) == (EventKind.WITHDRAWN, "issuer")
    assert decided.raw == "Withdrawal by SAC: Inspection Body, Cargo Inspection (2 March 2028)"


def test_a_block_printed_again_is_one_record_with_its_first_heading() -> None:
    reading = sample("page_20300201T090000.md")
    assert by_name(reading, "Wattson").accreditations[0].listed is Listed.SURRENDERED
    repeated = {left.example for left in reading.leftovers if left.what == "repeated entry"}
    assert repeated == {"Wattson's Register Tale Limited", "Derelict Cargo Yarn Pte Ltd"}


def test_tables_repeat_a_field_until_the_next_and_dashes_are_layout() -> None:
    reading = sample("page_20300301T090000.md")
    assert outline(reading)[:3] == [
        ("active", "Civil Engineering", "Sandcastle Structures Story Pte Ltd"),
        ("active", "Civil Engineering", "Gravel Myth Pte Ltd"),
        ("active", "Environmental Testing", "M*STAR Pretend Entities"),
    ]
    assert len(reading.drafts) == 9
    assert reading.problems == ()


def test_the_same_entries_in_another_layout_are_the_same_facts() -> None:
    bullets, tables = sample("page_20300201T090000.md"), sample("page_20300301T090000.md")
    added, altered, left = compared(bullets, tables)
    assert [draft.label for draft in added] == ["Gravel Myth Pte Ltd"]
    # one spelling was corrected within its section, field and date
    assert [(old.label, new.label) for old, new in altered] == [
        ("Flotsam & Jetsm Maritime Tale Pte Ltd", "Flotsam & Jetsam Maritime Tale Pte Ltd")
    ]
    assert left == []


def test_the_data_file_says_the_same_in_each_of_its_shapes() -> None:
    keys, statuses = sample("data_20300301T100000.yml"), sample("data_20300301T110000.yml")
    assert outline(keys) == [
        ("active", "Civil Engineering", "Sandcastle Structures Story Pte Ltd"),
        ("active", "Civil Engineering", "Gravel Myth Pte Ltd"),
        ("active", "Auditing Organisation", "SAFE-ISH FABLE PTE. LTD."),
        ("suspended", "Hook-Lift & Container Inspection", "Hoist Invented Engineering Pte Ltd"),
        ("surrendered", "Mechanical Testing", "Ohm & Volt Legend Pte Ltd"),
        ("withdrawn", "Cargo Inspection", "Derelict Cargo Yarn Pte Ltd"),
    ]
    assert compared(keys, statuses) == ([], [], [])
    assert by_name(keys, "Gravel").where == "line 11"
    in_page = {draft.key: draft for draft in sample("page_20300301T090000.md").drafts}
    for draft in keys.drafts:
        assert facts(draft) == facts(in_page[draft.key])


# --- what is refused ------------------------------------------------------------------------------


def test_yaml_that_does_not_parse_is_refused_with_its_line() -> None:
    body = (SAMPLES / "half_typed.yml").read_text()
    with pytest.raises(Unreadable, match=r"not well-formed YAML: line 3"):
        read(body, "data")


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("- name: a\n  date: 1 May 2030\n  name: b\n", "the key 'name' twice"),
        ("a: &x [1]\nb: *x\n", "refers back"),
        ("", "is empty"),
        ("# nothing but a comment\n", "is empty"),
        ("<!DOCTYPE html><html></html>", "finished web page"),
    ],
)
def test_a_data_file_that_is_not_the_list_is_refused(body: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read(body, "data")


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ("  voluntary:\n  withdrawal:\n", "Nothing stands under the heading 'Withdrawn'"),
        (
            (
                "  voluntary:\n    description: Voluntary Withdrawal by CABs\n    category-list:\n"
                "    - category: Laboratory\n      field-list:\n      - field: Civil Engineering\n"
                "        company-list:\n        - name: Fable Pte Ltd\n          date: 1 May 2030\n"
                "  withdrawal:\n    description: Withdrawal by SAC\n"
            ),
            "Nothing stands under the heading 'Withdrawal by SAC'",
        ),
    ],
)
def test_a_heading_with_nothing_under_it_is_half_typed(typed: str, reason: str) -> None:
    body = (SAMPLES / "data_20300301T100000.yml").read_text()
    start = body.index("  voluntary-withdrawn:")
    assert reason in "; ".join(doubts(read(body[:start] + typed, "data")))


def test_a_section_that_is_missing_is_half_typed() -> None:
    body = (SAMPLES / "data_20300301T110000.yml").read_text()
    cut = read(body[: body.index("- status: withdrawal")], "data")
    assert doubts(cut) == [
        "The section 'Withdrawn' is missing: the page is half-typed, or the title was reworded."
    ]


def test_placeholders_without_a_date_are_problems_not_records() -> None:
    reading = read("- title: 2. Suspended\n  list:\n  - type: Laboratory\n    name: ABC\n", "data")
    assert reading.drafts == ()
    assert reading.problems == ("line 3: 'ABC' (Suspended, Laboratory): no date is given",)


def test_a_list_printed_twice_with_different_entries_is_refused() -> None:
    old, new = page(), page(suspended="#### Laboratory\n* Product\n  * Fable C (3 May 2030)")
    assert doubts(read(old + old)) == []
    once_more = read(new + page(suspended="#### Laboratory\n* Product\n  * Fable D (3 May 2030)"))
    assert doubts(once_more) == [
        (
            "The section 'Suspended' is printed twice with different entries:"
            " the page is being retyped, and which one counts is not said."
        )
    ]


def test_an_empty_suspended_section_is_an_answer() -> None:
    assert doubts(read(page())) == []
    assert doubts(read(page(suspended="NA"))) == []


def test_an_empty_withdrawn_section_counts_only_where_it_says_so() -> None:
    assert doubts(read(page(withdrawn="N.A."))) == []
    assert doubts(read(page(withdrawn="&nbsp;"))) != []


# --- entries by rule ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "on", "until"),
    [
        ("Tale Pte Ltd (wef 6 Sep 2032)", date(2032, 9, 6), None),
        ("Tale Pte Ltd (wef : 6 Sep 2032)", date(2032, 9, 6), None),
        ("Tale Pte Ltd w.e.f. 6th Sept. 2032", date(2032, 9, 6), None),
        ("Tale Pte Ltd ( 26 March 2032)", date(2032, 3, 26), None),
        ("Tale Pte Ltd 13 March 2032)(", date(2032, 3, 13), None),
        ("Tale Pte Ltd – with effect from 2032-03-13", date(2032, 3, 13), None),
        ("Tale Pte Ltd [13/03/2032]", date(2032, 3, 13), None),
        ("Tale Pte Ltd (Suspended 29 March - 28 June 2032)", date(2032, 3, 29), date(2032, 6, 29)),
        (
            "Tale Pte Ltd (Suspended from 29 Mar 2032 to 28 Feb 2033)",
            date(2032, 3, 29),
            date(2033, 3, 1),
        ),
        ("Tale Pte Ltd (12 December – 31 December 2032)", date(2032, 12, 12), date(2033, 1, 1)),
        ("Tale Pte Ltd (until 28 June 2032)", None, date(2032, 6, 29)),
    ],
)
def test_dates_as_typed(written: str, on: date | None, until: date | None) -> None:
    reading = read(page(suspended=f"#### Inspection Body\n* Cargo Inspection\n  * {written}"))
    draft = by_name(reading, "Tale")
    assert draft.label == "Tale Pte Ltd"
    assert (draft.events[0].on, draft.events[0].until) == (on, until)


@pytest.mark.parametrize(
    ("written", "trouble"),
    [
        ("Tale Pte Ltd", "no date is given"),
        ("Tale Pte Ltd (to be confirmed)", "no date in 'to be confirmed'"),
        ("Tale Pte Ltd (31 February 2032)", "'31 February 2032' is no day of the calendar"),
        ("Tale (S) Pte Ltd (9 May 2032 - 8 May 2032)", "ends before it begins"),
        ("(9 May 2032)", "a date and no name"),
    ],
)
def test_an_entry_that_cannot_be_read_is_named_and_spoils_no_other(
    written: str, trouble: str
) -> None:
    listed = f"* Cargo Inspection\n  * {written}\n  * Yarn Pte Ltd (1 May 2032)"
    reading = read(page(suspended=f"#### Inspection Body\n{listed}"))
    (problem,) = reading.problems
    assert problem.startswith("line 9: ")
    assert trouble in problem
    assert by_name(reading, "Yarn").accreditations[0].field == "Cargo Inspection"


def test_an_inoperative_body_needs_no_date() -> None:
    listed = "#### Laboratory\n* Civil Engineering\n  * Dormant Tale Pte Ltd"
    draft = by_name(read(page(other=listed)), "Dormant")
    assert draft.accreditations[0].listed is Listed.INACTIVE
    assert draft.events == ()


def test_entries_under_a_section_not_known_are_not_given_to_the_one_before() -> None:
    reading = read(
        page() + "\n### 5. Reinstated\n#### Laboratory\n* Product\n  * Tale (1 May 2032)"
    )
    assert len(reading.drafts) == 2
    (problem,) = reading.problems
    assert "Reinstated" in problem


def test_a_page_retyped_in_html_and_other_bullets_reads_the_same() -> None:
    typed = """
<p style="color:blue">1. NEWLY ACCREDITED Laboratories</p>
**Laboratories**
 • Civil Engineering
   – Fable A Pte Ltd (1 May 2030)
<h3>2. Suspended</h3>
N/A
__3. Withdrawn__
Laboratory
+ Civil Engineering
    + Fable B Pte Ltd (2 May 2030)
"""
    assert outline(read(typed)) == outline(read(page()))


@pytest.mark.parametrize(
    "written",
    [
        "Hook-Lift & Container Inspection",
        "Hooklift and container  inspection",
        "Hook Lift & Container Inspection.",
    ],
)
def test_a_field_is_the_same_in_every_typing(written: str) -> None:
    reading = read(page(suspended=f"#### Inspection Body\n* {written}\n  * Tale (1 May 2032)"))
    assert by_name(reading, "Tale").kin == "Suspended|hookliftandcontainerinspection|2032-05-01/"


def test_the_kin_of_a_misspelling_is_that_of_its_correction() -> None:
    wrong, right = (
        by_name(
            read(page(suspended=f"#### Laboratory\n* Product\n  * {name} (1 May 2032)")), "Tale"
        )
        for name in ("Tale Engineeering Pte Ltd", "Tale Engineering Pte Ltd")
    )
    assert wrong.kin == right.kin
    assert wrong.key != right.key


def test_the_day_the_page_was_updated_is_no_entry() -> None:
    assert read(page(suspended="Last updated: 5 May 2032")).listed_on == date(2032, 5, 5)


def test_the_source_says_what_leaving_its_list_means() -> None:
    assert SOURCE.tier is Tier.AB_REGISTER
    assert SOURCE.authoritative_for == {"SAC"}
    assert SOURCE.leaving_means is LeavingMeans.NOTHING
    assert [one.recorded for one in SOURCE.lists] == ["post_*", "page_*", "data_*"]


# --- the versions of 2019 -------------------------------------------------------------------------


def doubts(reading: Reading) -> list[str]:
    assert SOURCE.expect.check is not None
    return SOURCE.expect.check(reading)


def facts(draft: Draft) -> Draft:
    """A draft without what places or pairs it: what is left is what it states."""
    return msgspec.structs.replace(draft, key="", kin="", label="", where="")


def compared(
    old: Reading | None, new: Reading
) -> tuple[list[Draft], list[tuple[Draft, Draft]], list[Draft]]:
    """(added, altered, left). Paired by key, the rest by kin with the most similar name."""
    before = {draft.key: draft for draft in old.drafts} if old else {}
    after = {draft.key: draft for draft in new.drafts}
    pairs = [(before.pop(key), after.pop(key)) for key in [*before] if key in after]
    scores = sorted(
        (
            (fuzz.ratio(was.label.casefold(), now.label.casefold()), was.key, now.key)
            for was in before.values()
            for now in after.values()
            if was.kin and was.kin == now.kin
        ),
        reverse=True,
    )
    for score, was_key, now_key in scores:
        if score >= 80 and was_key in before and now_key in after:
            pairs.append((before.pop(was_key), after.pop(now_key)))
    altered = [(was, now) for was, now in pairs if facts(was) != facts(now)]
    return list(after.values()), altered, list(before.values())


def refused(reading: Reading, good: Reading | None) -> list[str]:
    expect = SOURCE.expect
    reasons = doubts(reading)
    rows, unread = len(reading.drafts), len(reading.problems)
    if rows < expect.min_rows:
        reasons.append(f"{rows} entries")
    if good and rows < len(good.drafts) * (1 - expect.max_drop):
        reasons.append(f"{rows} entries after {len(good.drafts)}")
    if unread > expect.max_problems * (rows + unread):
        reasons.append(f"{unread} entries unread")
    return reasons


@pytest.fixture(scope="module")
def versions() -> Path:
    folder = os.environ.get("LABDIR_PUBLISHED_FILES")
    if not folder:
        pytest.skip("LABDIR_PUBLISHED_FILES is not set: the published files are not at hand")
    return Path(folder) / "sg_sac" / "versions"


def expected() -> Iterator[dict[str, str]]:
    with EXPECTED.open(newline="") as file:
        yield from csv.DictReader(line for line in file if not line.startswith("#"))


def played(versions: Path) -> Iterator[tuple[dict[str, str], Reading | None, list[str], object]]:
    """Each version in order of time: its expectation, reading, reasons to refuse, comparison."""
    good: dict[str, Reading] = {}
    for row in expected():
        body = (versions / row["file"]).read_bytes()
        try:
            reading = parse([Page(url="", name=row["file"], body=body)], row["list"])
        except Unreadable as why:
            yield row, None, [str(why)], None
            continue
        before = good.get(row["list"])
        reasons = refused(reading, before)
        if not reasons:
            good[row["list"]] = reading
        yield row, reading, reasons, compared(before, reading)


def test_the_table_has_every_version_once_in_order_of_time(versions: Path) -> None:
    files = [row["file"] for row in expected()]
    assert sorted(files) == sorted(file.name for file in versions.iterdir())
    assert len(files) == 104
    times = [SOURCE.recording_time(file) for file in files]
    assert all(a is not None and b is not None and a <= b for a, b in pairwise(times))


def test_every_version_of_2019_leads_to_what_was_derived_by_hand(versions: Path) -> None:
    answers = []
    for row, _, reasons, comparison in played(versions):
        counts = (0, 0, 0)
        if not reasons:
            assert isinstance(comparison, tuple)
            counts = tuple(len(part) for part in comparison)  # type: ignore[assignment]
        outcome = "refused" if reasons else "published" if any(counts) else "unchanged"
        answers.append((row["file"], outcome, *counts))
    assert answers == [
        (row["file"], row["outcome"], int(row["added"]), int(row["altered"]), int(row["left"]))
        for row in expected()
    ]


def test_every_entry_of_a_published_version_is_read(versions: Path) -> None:
    for row, reading, reasons, _ in played(versions):
        if not reasons and reading is not None:
            assert reading.problems == (), row["file"]
            assert len({draft.key for draft in reading.drafts}) == len(reading.drafts)


def test_the_story_of_a_body_suspended_and_later_withdrawn_by_sac(versions: Path) -> None:
    plays = [
        (row["file"][5:13], reading, comparison)
        for row, reading, reasons, comparison in played(versions)
        if row["list"] == "page" and reading is not None and not reasons
    ]
    (withdrawal,) = [
        draft
        for draft in plays[-1][1].drafts
        if draft.events and draft.events[0].on == date(2019, 11, 22)
    ]
    (event,) = withdrawal.events
    assert (event.kind, event.asked_by) == (EventKind.WITHDRAWN, "issuer")
    assert event.raw == (
        "Withdrawal by SAC: Inspection Body, Hooklift & Container Inspection (22 November 2019)"
    )
    start = withdrawal.label.split()[0] + " "  # the rest was misspelt for half an hour
    story: list[tuple[str, str, str]] = []
    for day, _, comparison in plays:
        assert isinstance(comparison, tuple)
        added, altered, left = comparison
        changed = [("added", one) for one in added] + [("altered", one) for _, one in altered]
        for what, draft in changed + [("left", one) for one in left]:
            if draft.label.startswith(start):
                story.append((day, what, draft.events[0].kind))
    assert story == [
        ("20190527", "added", "suspended"),
        ("20191125", "added", "withdrawn"),
        ("20191125", "altered", "withdrawn"),
        ("20191125", "left", "suspended"),
    ]
    suspensions = [
        (day, draft.events[0].on, draft.events[0].until, draft.accreditations[0].field)
        for day, reading, _ in plays
        for draft in reading.drafts
        if draft.label.startswith(start) and draft.events[0].kind is EventKind.SUSPENDED
    ]
    # still listed five months after its published last day
    assert {one[0] for one in suspensions} >= {"20190527", "20190731", "20191119", "20191125"}
    assert {one[1:] for one in suspensions} == {
        (date(2019, 3, 29), date(2019, 6, 29), "Hook-Lift & Container Inspection")
    }
