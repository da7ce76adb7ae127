"""The export of NABL's laboratories: a made one, and the published one where it is held."""

import json
import os
import re
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from deploy.embedded.asked import read as asked
from deploy.embedded.sources import local_sources, settings_text
from services.errors import Unreadable
from services.find.resolve import resolve
from services.find.search import Query, search
from services.kit import Draft, Page, Reading, Source
from services.settings import Settings, SourceSettings, parse
from services.sources.in_nabl import SOURCE
from services.sync import catalogue
from services.sync.check import reasons_to_refuse
from services.sync.run import Given, carry_out
from services.terms import AccreditationKind, BodyKind, Listed, RunState, Tier
from tests.services.sync.conftest import Traveller, engine, traveller
from tests.sources.in_nabl import build
from tests.sources.in_nabl.build import lab

__all__ = ["engine", "traveller"]  # fixtures


def read(body: bytes) -> Reading:
    return SOURCE.parse([Page(url="https://p.example/labs.json", body=body)], "laboratories")


def read_labs(*labs: Any) -> Reading:
    return read(build.export(labs))


@pytest.fixture(scope="module")
def sample() -> Reading:
    return read(build.FILE.read_bytes())


def one(reading: Reading, key: str) -> Draft:
    (found,) = [draft for draft in reading.drafts if draft.key == key]
    return found


def left(reading: Reading) -> dict[str, int]:
    return {leftover.what: leftover.count for leftover in reading.leftovers}


def test_an_entry_is_an_accreditation_without_a_grant_or_a_schedule(sample: Reading) -> None:
    draft = one(sample, "MC-9002")
    assert [name.text for name in draft.names] == ["KAMAL PATH LABS LIMITED"]
    (accreditation,) = draft.accreditations
    assert accreditation.kind is AccreditationKind.ACCREDITATION
    assert (accreditation.issuer, accreditation.number) == ("NABL", "MC-9002")
    assert accreditation.body_kind is BodyKind.MEDICAL
    assert accreditation.granted is None, "a certificate is issued anew in mid-term"
    assert accreditation.valid_from == date(2029, 11, 16)
    assert accreditation.expires == date(2033, 11, 15)
    assert accreditation.standard == "", "the export names no edition"
    assert accreditation.field == "Clinical Biochemistry; Haematology"
    assert not accreditation.schedule_held
    assert draft.lines == ()
    assert accreditation.raw == (
        "Medical | MC-9002 | 16/11/2029 | 15/11/2033 | Clinical Biochemistry; Haematology"
    )
    assert draft.where == "entry 2 (M-0002)"


def test_the_export_speaks_as_an_aggregator_and_decides_nothing(sample: Reading) -> None:
    assert SOURCE.tier is Tier.AGGREGATOR
    assert SOURCE.authoritative_for == frozenset()
    assert not SOURCE.bytes_public
    assert sample.listed_on == date(2031, 2, 3)
    assert sample.problems == ()
    assert reasons_to_refuse(sample, SOURCE.expect, None) == []


def test_persons_mails_and_phones_are_never_kept(sample: Reading) -> None:
    said = repr(sample)
    assert not re.search("Nobody|lab.example|98765|2765", said)
    assert left(sample)["personal data dropped"] == 4 * len(build.LABS)


@pytest.mark.parametrize(
    ("address", "kept", "dropped"),
    [
        ("12, INVENTED ROAD, Mob: 98765 00000", "12, INVENTED ROAD", 1),
        ("12, INVENTED ROAD, +91-9876500000, nobody@lab.example", "12, INVENTED ROAD", 2),
        ("PLOT 1234567, BLOCK 9", "PLOT 1234567, BLOCK 9", 0),
        ("9-9-230 TO 239, 240 TO 244, ROOM 7", "9-9-230 TO 239, 240 TO 244, ROOM 7", 0),
    ],
)
def test_phones_inside_an_address_are_dropped(address: str, kept: str, dropped: int) -> None:
    reading = read_labs(lab(1, address=address, pincode=""))
    assert reading.drafts[0].sites[0].address == kept
    assert reading.drafts[0].sites[0].raw == kept
    assert left(reading)["personal data dropped"] == 4 + dropped


def test_a_key_nobody_knows_is_told_without_its_words() -> None:
    reading = read_labs(lab(1) | {"director": "Nobody Invented", "altPhone": "9876500000"})
    assert "entry.director" in left(reading)
    assert left(reading)["personal data dropped"] == 5
    assert not re.search("Nobody|98765", repr(reading))


def test_words_are_read_out_of_their_markup_and_kept_as_they_are_printed(sample: Reading) -> None:
    draft = one(sample, "MC-9001")
    assert draft.names[0].text == "Neelgiri Imaging & Research Centre"
    assert draft.profile is not None
    assert (draft.profile.region, draft.profile.city) == ("RJ", "Jaipurr")
    hospital = one(sample, "MC-9006")
    assert hospital.names[0].text == "CHAMELI HOSPITAL (DEPARTMENT OF LABORATORY SERVICES)"


def test_marked_facilities_are_places_and_no_mark_says_nothing(sample: Reading) -> None:
    assert [(site.key, site.name) for site in one(sample, "MC-9001").sites] == [
        ("1", "permanent facility"),
        ("mobile facility", "mobile facility"),
    ]
    assert [site.name for site in one(sample, "MC-9002").sites] == [""]
    everywhere = read_labs(lab(1, siteFacility="Yes", mobileFacility="no", address="", pincode=""))
    assert [site.name for site in everywhere.drafts[0].sites] == ["site facility"]
    assert "neither yes nor no" in read_labs(lab(1, siteFacility="perhaps")).problems[0]


def test_a_postal_code_loses_the_decimals_of_a_spreadsheet(sample: Reading) -> None:
    (site,) = one(sample, "MC-9002").sites
    assert site.address == "2, MADE-UP ROAD, NOWHERE NAGAR, Kolkata 411002"


@pytest.mark.parametrize(
    ("state", "region"),
    [
        ("Maharashtra", "MH"), ("WEST BENGAL", "WB"), ("Odisha", "OD"), ("Orissa", "OD"),
        ("Andaman and Nicobar", "AN"), ("Jammu & Kashmir", "JK"), ("Telangana", "TS"),
        ("Atlantis", ""), ("", ""),
    ],
)  # fmt: skip
def test_a_state_is_read_to_its_code(state: str, region: str) -> None:
    reading = read_labs(lab(1, state=state))
    assert reading.drafts[0].profile is not None
    assert reading.drafts[0].profile.region == region
    assert ("state that cannot be read" in left(reading)) is not bool(region)


@pytest.mark.parametrize(
    "disciplines",
    [
        ["Haematology", "Clinical Biochemistry"],
        ["Clinical Biochemistry, Haematology"],
        "Haematology,Clinical Biochemistry , haematology",
        ["Clinical Biochemistry", "Haematology", ""],
    ],
)
def test_disciplines_joined_or_listed_in_any_order_are_the_same_fields(disciplines: Any) -> None:
    (draft,) = read_labs(lab(1, disciplines=disciplines)).drafts
    assert draft.accreditations == read_labs(lab(1)).drafts[0].accreditations


def test_a_comma_within_brackets_parts_no_discipline() -> None:
    (draft,) = read_labs(lab(1, disciplines=["Serology (HIV, HBV)", "A &amp; B"])).drafts
    assert draft.accreditations[0].field == "A & B; Serology (HIV, HBV)"


# --- one number twice ---------------------------------------------------------------------------


def test_one_certificate_entered_twice_is_one_record_with_both_fields(sample: Reading) -> None:
    draft = one(sample, "MC-9007")
    (certificate,) = draft.accreditations
    assert certificate.field == (
        "Clinical Biochemistry; Haematology; Microbiology & Infectious disease serology"
    )
    assert sorted(site.address[:2] for site in draft.sites) == ["7,", "8,"]
    assert len({site.key for site in draft.sites}) == 2
    assert left(sample)["entry of the same certificate again"] == 1


def test_of_two_certificates_of_one_number_the_later_issued_one_speaks(sample: Reading) -> None:
    (certificate,) = one(sample, "MC-9009").accreditations
    assert certificate.valid_from == date(2029, 6, 1)
    assert certificate.expires == date(2033, 5, 31)
    assert left(sample)["earlier certificate of the same number"] == 1
    swapped = read(build.export([*build.LABS[:8], build.LABS[9], build.LABS[8]]))
    assert one(swapped, "MC-9009").accreditations == (certificate,)


def test_one_number_of_two_holders_stays_two_records(sample: Reading) -> None:
    keys = [draft.key for draft in sample.drafts if draft.kin == "MC-9011"]
    assert keys == ["MC-9011|tulsi pathology pte ltd", "MC-9011|banyan scans llp"]
    assert {d.accreditations[0].number for d in sample.drafts if d.kin == "MC-9011"} == {"MC-9011"}
    assert left(sample)["certificate number of several holders"] == 1


@pytest.mark.parametrize("written", ["MC-9001", "mc 9001", "MC9001", "NABL MC-9001", "MC–9001"])
def test_a_number_is_one_however_it_is_written(written: str) -> None:
    reading = read_labs(lab(1), lab(2, name=lab(1)["name"], certNo=written))
    assert [draft.key for draft in reading.drafts] == ["MC-9001"]


def test_an_id_tells_bodies_apart_only_where_a_name_does_not(sample: Reading) -> None:
    department = one(sample, "MC-9004").identifiers
    assert [(i.namespace, i.value) for i in department] == [("NABL-LAB", "M-0004")]
    assert one(sample, "MC-9002").identifiers == (), "a company with two laboratories is one body"


# --- what cannot be read ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"expiryDate": "31/02/2033"}, "'31/02/2033' is no day"),
        ({"expiryDate": "11/15/2033"}, "'11/15/2033' is no day"),
        ({"expiryDate": "2033"}, "'2033' is no day"),
        ({"issueDate": "00/00/0000"}, "'00/00/0000' is no day"),
        ({"expiryDate": "15/11/2028"}, "it expires on 2028-11-15, before 2029-11-16"),
        ({"status": "Perhaps"}, "the status 'Perhaps' is not known"),
        ({"name": "  "}, "no laboratory is named"),
        ({"disciplines": [1, 2]}, "disciplines are no names"),
        ({"address": {"street": "x"}}, "entry.address is no text"),
    ],
)
def test_an_entry_that_cannot_be_read_is_a_problem_and_keeps_its_place(
    changed: dict[str, Any], why: str
) -> None:
    reading = read_labs(lab(1) | changed, lab(2))
    assert [draft.key for draft in reading.drafts] == ["MC-9002"]
    (problem,) = reading.problems
    assert problem.startswith("entry 1 (M-0001): ")
    assert why in problem
    assert reading.unread == ("MC-9001",), "it has not left the list"


def test_an_entry_without_a_number_or_that_is_no_entry_is_a_problem() -> None:
    reading = read_labs(lab(1, certNo=""), "a word", None, lab(2))
    assert reading.problems == (
        "entry 1 (M-0001): entry.certNo is missing",
        "entry 2: entry is no object",
        "entry 3: entry is no object",
    )
    assert reading.unread == ()


@pytest.mark.parametrize(
    ("status", "listed"),
    [("Active", Listed.ACTIVE), ("SUSPENDED", Listed.SUSPENDED), ("Withdrawn", Listed.WITHDRAWN)],
)
def test_a_status_is_read_where_one_comes(status: str, listed: Listed) -> None:
    (draft,) = read_labs(lab(1) | {"status": status}).drafts
    assert draft.accreditations[0].listed is listed
    assert status in draft.accreditations[0].raw


def test_nothing_said_of_an_expiry_is_told() -> None:
    reading = read_labs(lab(1, expiryDate=""))
    assert reading.drafts[0].accreditations[0].expires is None
    assert left(reading)["no expiry is said"] == 1


def test_a_type_that_is_not_known_is_of_no_kind() -> None:
    reading = read_labs(lab(1, type="Astrology"))
    assert reading.drafts[0].accreditations[0].body_kind is None
    assert left(reading)["type that is not known"] == 1
    (draft,) = read_labs(lab(1, type="Calibration")).drafts
    assert draft.accreditations[0].body_kind is BodyKind.CALIBRATION


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "it begins “<!DOCTYPE html>"),
        (build.export()[:-3000], "no whole JSON"),
        (b"", "no whole JSON"),
        (b"[" * 200_000, "no whole JSON"),
        (b'{"laboratories": []}', "no list named “labs”"),
        (b"[]", "no list named “labs”"),
        (build.export(count=2283), "says that it has 2283 laboratories and holds 30"),
    ],
)
def test_what_is_no_whole_export_is_unreadable(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(why)):
        read(body)


def test_a_renamed_column_is_refused() -> None:
    labs = [
        {("validTill" if k == "expiryDate" else k): v for k, v in e.items()} for e in build.LABS
    ]
    (reason, *_) = reasons_to_refuse(read_labs(*labs), SOURCE.expect, None)
    assert reason.startswith("Not found: expiryDate. Found instead:")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_is_no_part_of_the_export(encoding: str) -> None:
    assert (
        read(build.FILE.read_text("utf-8").encode(encoding)).drafts == read(build.export()).drafts
    )


def test_it_is_read_only_where_published_files_are(tmp_path: Path) -> None:
    """Nobody has confirmed an address of NABL's own: no installation asks one by itself."""
    kept = tmp_path / "in_nabl" / build.FILE.name

    def settings(**env: str) -> Settings:
        given = asked(
            {f"LABDIR_{name}": value for name, value in env.items()}, 1, None, empty=False
        )
        return parse(settings_text(local_sources([SOURCE], given), "http://l:8800", "http://l"))

    assert not catalogue.enabled(SOURCE, Settings())
    assert not catalogue.enabled(SOURCE, settings(SOURCES="live"))
    assert not catalogue.enabled(SOURCE, settings(PUBLISHED_FILES=str(tmp_path)))
    kept.parent.mkdir()
    kept.write_bytes(build.FILE.read_bytes())
    with_files = settings(PUBLISHED_FILES=str(tmp_path))
    assert catalogue.enabled(SOURCE, with_files)
    address = catalogue.address(SOURCE, "laboratories", with_files)
    assert address == f"http://l:8800/in_nabl/laboratories/{kept.name}"


# --- over the real road ---------------------------------------------------------------------------


def enrol(traveller: Traveller, source: Source = SOURCE) -> None:
    """With an address in the settings, as a local publisher's."""
    address = {"laboratories": "http://127.0.0.1:9/labs.json"}
    traveller.settings.sources[SOURCE.key] = SourceSettings(address=address)
    traveller.enrol(source)


def publish(traveller: Traveller, body: bytes) -> tuple[RunState | None, int]:
    run_id = traveller.ask("in_nabl", "laboratories")
    page = Page(url="https://p.example/labs.json", body=body)
    return carry_out(traveller.road, run_id, Given((page,), traveller.clock.on(hours=1))), run_id


def found(traveller: Traveller, words: str, **more: Any) -> list[str]:
    """Names of the cards, first page."""
    now = traveller.clock.now
    with traveller.engine.connect() as conn:
        answer, _ = search(conn, Query(q=words, limit=100, **more), now=now, today=now.date())
    return [card.names[0].text for card in answer.cards]


def bearers(traveller: Traveller, number: str) -> list[str]:
    """Names of the bodies under a number."""
    now = traveller.clock.now
    with traveller.engine.connect() as conn:
        answer, _ = resolve(conn, number, on=now.date(), known_at=now)
    return [card.names[0].text for card in answer.bodies]


def test_a_made_export_publishes_once_and_a_company_is_one_body(traveller: Traveller) -> None:
    enrol(traveller)
    state, _ = publish(traveller, build.FILE.read_bytes())
    assert state is RunState.PUBLISHED
    assert found(traveller, "Kamal Path Labs") == ["KAMAL PATH LABS LIMITED"]
    assert found(traveller, "Department of Microbiology") == ["DEPARTMENT OF MICROBIOLOGY"] * 2
    assert sorted(bearers(traveller, "NABL MC-9011")) == [
        "BANYAN SCANS LLP",
        "TULSI PATHOLOGY PRIVATE LIMITED",
    ]
    assert bearers(traveller, "MC-9012") == [], "that entry bears the number of another"
    before = traveller.counts()
    state, _ = publish(traveller, build.FILE.read_bytes())
    assert state is RunState.UNCHANGED
    assert traveller.counts() == before | {"run": before["run"] + 1}
    shuffled = [entry | {"scopeUrl": "new"} for entry in reversed(build.LABS)]
    state, run_id = publish(traveller, build.export(shuffled))
    assert state is RunState.UNCHANGED
    assert traveller.run(run_id).counts["changes"] == 0


def test_an_entry_that_turns_unreadable_keeps_what_it_said(traveller: Traveller) -> None:
    enrol(traveller, replace(SOURCE, expect=replace(SOURCE.expect, max_problems=0.5)))
    publish(traveller, build.export())
    labs = [build.LABS[0], build.LABS[1] | {"expiryDate": "31/02/2033"}, *build.LABS[2:]]
    state, run_id = publish(traveller, build.export(labs))
    assert state in {RunState.PUBLISHED, RunState.UNCHANGED}
    assert traveller.rows("select * from change where run_id = :r", r=run_id) == []
    said = traveller.rows(
        "select expires from accreditation_statement where number = 'MC-9002' and upper_inf(known)"
    )
    assert [row.expires for row in said] == [date(2033, 11, 15)]


# --- the published file ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> bytes:
    folder = os.environ.get("LABDIR_PUBLISHED_FILES")
    if not folder:
        pytest.skip("LABDIR_PUBLISHED_FILES is not set")
    (file,) = (Path(folder) / "in_nabl").glob("*.json")
    return file.read_bytes()


def test_published_export_holds_what_a_plain_count_gives(published: bytes) -> None:
    labs = json.loads(published)["labs"]
    reading = read(published)
    assert len(labs) == 2283
    assert reading.problems == ()
    # every number stands once in this file, however it is compared
    numbers = {re.sub(r"\D", "", lab["certNo"]) for lab in labs}
    assert len(numbers) == len(reading.drafts) == 2283
    assert reading.listed_on == date(2026, 4, 27)
    assert reasons_to_refuse(reading, SOURCE.expect, None) == []
    drafts = {draft.key: draft for draft in reading.drafts}
    for lab_ in labs:
        (certificate,) = drafts[lab_["certNo"]].accreditations
        day, month, year = lab_["expiryDate"].split("/")
        assert str(certificate.expires) == f"{year}-{month}-{day}"
        named = {one.replace("&amp;", "&") for one in lab_["disciplines"]}
        assert set(certificate.field.split("; ")) == named
        profile = drafts[lab_["certNo"]].profile
        assert profile
        assert profile.region
        assert profile.city == lab_["city"]
    expired = [
        d for d in reading.drafts if (d.accreditations[0].expires or date.max) < date(2026, 4, 27)
    ]
    assert len(expired) == 77
    regions = [draft.profile.region for draft in reading.drafts if draft.profile]
    assert (regions.count("MH"), regions.count("WB"), regions.count("DL")) == (303, 270, 211)
    assert len(set(regions)) == 32
    assert "[redacted]" not in repr(reading)
    assert left(reading)["personal data dropped"] == 2283 * 3 + 2280
    assert sum(len(draft.sites) for draft in reading.drafts) == 2283 + 1  # one mobile facility


def test_published_export_publishes_and_a_second_run_is_unchanged(
    traveller: Traveller, published: bytes
) -> None:
    traveller.clock.now = datetime(2026, 4, 28, tzinfo=UTC)
    enrol(traveller)
    state, run_id = publish(traveller, published)
    assert state is RunState.PUBLISHED, traveller.run(run_id).reasons
    assert traveller.run(run_id).counts["added"] == 2283
    # a company's laboratories are one body; of names that tell nobody apart each is its own; and
    # the doubts that a person must look at stay few: those without an answer proposed as before
    # there were any, and with them (whether a unit is its company's) less than one row in ten
    (doubts,) = traveller.rows(
        "select count(*) as n, count(*) filter (where"
        " evidence -> 'likeness' ->> 'decision' is distinct from 'same') as open from review_item"
    )
    assert doubts.open < 100
    assert doubts.n < 2283 // 10
    (bodies,) = traveller.rows("select count(*) as n from body")
    assert 1900 < bodies.n < 2000
    labs = json.loads(published)["labs"]
    some = labs[1000]
    assert bearers(traveller, some["certNo"]) == [" ".join(some["name"].split())]
    assert " ".join(some["name"].split()) in found(traveller, some["name"])
    before = traveller.counts()
    state, _ = publish(traveller, published)
    assert state is RunState.UNCHANGED
    assert traveller.counts() == before | {"run": before["run"] + 1}
