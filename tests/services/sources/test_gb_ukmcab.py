"""The register of UK conformity assessment bodies: a made one, and the published one if held."""

import csv
import os
from collections import Counter, defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.errors import Unreadable
from services.find.body import body
from services.find.resolve import resolve
from services.find.search import Query, search
from services.kit import Draft, Page, Reading
from services.sources.gb_ukmcab import SOURCE
from services.sync.check import reasons_to_refuse
from services.sync.run import Given, carry_out
from services.terms import AccreditationKind, BodyKind, RunState, Tier, Verdict
from tests.services.sync.conftest import Traveller, engine, traveller
from tests.sources.gb_ukmcab import build

__all__ = ["engine", "traveller"]  # fixtures


def read(body: bytes) -> Reading:
    return SOURCE.parse([Page(url="https://p.example/bodies.csv", body=body)], "bodies")


def read_rows(*rows: tuple[str, str, str, str, str]) -> Reading:
    return read(build.table(rows))


@pytest.fixture(scope="module")
def sample() -> Reading:
    return read(build.FILE.read_bytes())


def one(reading: Reading, start: str) -> Draft:
    (found,) = [draft for draft in reading.drafts if draft.key.startswith(start)]
    return found


def fields(draft: Draft) -> list[str]:
    return [acc.field for acc in draft.accreditations]


def numbers(draft: Draft) -> list[tuple[str, str]]:
    return [(one.namespace, one.value) for one in draft.identifiers]


def left(reading: Reading) -> dict[str, int]:
    return {leftover.what: leftover.count for leftover in reading.leftovers}


def test_an_area_is_an_appointment_with_its_regulation_and_the_file_of_its_schedule(
    sample: Reading,
) -> None:
    draft = one(sample, "albion test ltd")
    assert [name.text for name in draft.names] == ["Albion Test Ltd"]
    radio = draft.accreditations[2]
    assert radio.kind is AccreditationKind.DESIGNATION
    assert (radio.issuer, radio.number, radio.field) == ("UKMCAB", "", "Radio equipment")
    assert radio.basis == "Radio Equipment Regulations 2017"
    assert radio.schedule_issue == "9418Product-Certification.pdf"
    assert not radio.schedule_held
    assert draft.lines == ()
    assert (radio.granted, radio.expires) == (None, None)
    assert radio.raw == (
        "9808 | Radio equipment | Radio Equipment Regulations 2017 | 9418Product-Certification.pdf"
    )
    assert draft.where == "line 2"
    assert draft.profile is not None
    assert draft.profile.country == "", "foreign bodies stand in it and no address is printed"
    assert SOURCE.tier is Tier.SCHEME_LIST
    assert SOURCE.authoritative_for == {"UKMCAB"}
    assert sample.problems == ()
    assert reasons_to_refuse(sample, SOURCE.expect, None) == []


def test_what_an_agreement_lets_a_body_do_is_no_appointment_under_the_regulation(
    sample: Reading,
) -> None:
    assert fields(one(sample, "albion test ltd")) == [
        "Electromagnetic compatibility",
        "Electromagnetic compatibility (mutual recognition agreement)",
        "Radio equipment",
    ]
    assert fields(one(sample, "möwe limited")) == [
        "Electromagnetic compatibility (mutual recognition agreement)"
    ]


@pytest.mark.parametrize(
    "label",
    [
        "UK-Atlantis / New Nowhere MRA, Sectoral Anex on EMC",
        "Body approved under the UK-US Mutual Recognition Agreement",
        "Sectoral annex on Radio and telecommunications terminal equipment, for IC CAB",
        "Body under the UK-US Mutual  Recognition Agreement - Test Firm",
    ],
)
def test_an_agreement_is_known_however_its_label_is_written(label: str) -> None:
    reading = read_rows(("A Ltd", "1", "a.pdf", label, "Electromagnetic compatibility"))
    assert fields(reading.drafts[0])[0].endswith("(mutual recognition agreement)")


def test_labels_and_areas_written_differently_are_one_appointment(sample: Reading) -> None:
    (lifts,) = one(sample, "bramble verification inc").accreditations
    assert lifts.field == "Lifts"
    assert lifts.basis == "Lifts regulations 2016; The Lifts Regulations 2016"
    assert lifts.schedule_issue == "9001 Inspection Body Single.pdf"
    (measuring,) = one(sample, "corncrake").accreditations
    assert measuring.schedule_issue == "9005Management-Systems.pdf; 9386Product-Certification.pdf"


@pytest.mark.parametrize(
    ("start", "found"),
    [
        ("bramble", [("UK-AB", "0068")]),
        ("corncrake", [("UK-AB", "9120"), ("UK-AB-EX", "9642"), ("UK-AB-EX", "9890")]),
        ("dunlin", [("UK-AB", "0833"), ("UK-AB", "9121"), ("UK-AB", "9314")]),
        ("egret", [("UKMCAB", "R906")]),
        ("fulmar", []),
        ("gannet", [("UK-AB", "9843"), ("UK-AB", "9889")]),
    ],
)
def test_numbers_belong_to_the_body(
    sample: Reading, start: str, found: list[tuple[str, str]]
) -> None:
    assert numbers(one(sample, start)) == found


def test_a_pointer_and_a_note_appoint_nobody(sample: Reading) -> None:
    assert fields(one(sample, "gannet")) == ["Radio equipment", "Toys"]
    assert fields(one(sample, "heron rail ltd")) == ["Railway interoperability"]
    told = left(sample)
    assert told["pointer to another number"] == 1
    assert told["note beside a schedule"] == 1
    assert told["repeated row"] == 1
    assert told["body without a number"] == 2


def test_accents_read_wrongly_before_are_put_right_and_told(sample: Reading) -> None:
    (name,) = one(sample, "türmchen").names
    assert name.text == "Türmchen Labs, Inc."
    assert one(sample, "möwe limited").names[0].text == "Möwe Limited"
    assert left(sample)["name whose accents were read wrongly before"] == 1


def test_schedules_say_by_their_names_what_a_body_was_assessed_as(sample: Reading) -> None:
    profile = one(sample, "albion test ltd").profile
    assert profile is not None
    assert profile.kinds == (BodyKind.CERTIFICATION_PRODUCT, BodyKind.TESTING)
    unsaid = read_rows(("A Ltd", "1", "RER-Version1.pdf", "Toys (Safety) Regulations 2011", "Toys"))
    assert unsaid.drafts[0].profile is not None
    assert unsaid.drafts[0].profile.kinds == ()


def test_one_number_beside_two_names_identifies_neither() -> None:
    toys = ("a.pdf", "The Toys (Safety) Regulations 2011", "Toys")
    reading = read_rows(("Alder Ltd", "9001", *toys), ("Birch Ltd", "9001", *toys))
    assert [numbers(draft) for draft in reading.drafts] == [[], []]
    assert reading.problems == (
        "the number 9001 stands beside “Alder Ltd” and “Birch Ltd”: it identifies neither",
    )
    spelt = read_rows(("Alder Ltd", "9001", *toys), ("ALDER Limited", "9001", *toys))
    assert [numbers(draft) for draft in spelt.drafts] == [[("UK-AB", "9001")]] * 2
    assert spelt.problems == ()


@pytest.mark.parametrize("number", ["unknown", "12345", "0000", "168x9", "01/02/2023"])
def test_a_number_that_cannot_be_read_is_a_problem_and_its_body_stays_as_it_was(
    number: str,
) -> None:
    toys = ("a.pdf", "The Toys (Safety) Regulations 2011", "Toys")
    reading = read_rows(("Alder Ltd", number, *toys), ("Birch Ltd", "9001", *toys))
    assert [draft.label for draft in reading.drafts] == ["Birch Ltd"]
    assert reading.problems == (f"line 2: the number {number!r} cannot be read",)
    assert reading.unread == ("alder ltd",)


def test_a_row_of_another_width_leaves_its_body_as_it_was() -> None:
    rows = [list(row) for row in build.ROWS]
    rows[1] = rows[1][:3]
    reading = read(build.table(rows))
    assert "albion test ltd" in reading.unread
    assert "albion test ltd" not in {draft.key for draft in reading.drafts}
    assert len(reading.problems) == 1
    nameless = read_rows(("", "9001", "a.pdf", "Toys", "Toys"), build.ROWS[0])
    assert nameless.problems == ("line 2: no body is named",)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"<!DOCTYPE html><title>Sign in</title>", "A web page"),
        (b"", "empty"),
        (b"Name,Number\nA,1\n", "no column for label, area"),
        (build.table()[:-60], "cut off"),
        (
            build.table(header=("Name", "Name", "FileName", "Label", "LegislativeArea")),
            "for number",
        ),
    ],
)
def test_what_is_no_whole_register_is_unreadable(body: bytes, why: str) -> None:
    with pytest.raises(Unreadable, match=why):
        read(body)


@pytest.mark.parametrize(
    "changed",
    [
        {"encoding": "utf-8"},
        {"encoding": "utf-16"},
        {"delimiter": ";"},
        {"header": ("NAME ", "CAB Number", "File name", "label", "Legislative Area")},
    ],
)
def test_mark_delimiter_and_spelling_of_titles_change_nothing(
    sample: Reading, changed: dict[str, Any]
) -> None:
    reading = read(build.table(**changed))
    assert reading.drafts == sample.drafts
    assert set(SOURCE.expect.columns) <= set(reading.columns)


def test_a_quoted_name_with_commas_and_markup_is_kept_as_printed() -> None:
    name = 'Alder "A", <b>Birch</b> & Co., Ltd'
    reading = read_rows((name, "9001", "a.pdf", "The Toys (Safety) Regulations 2011", "Toys"))
    assert reading.drafts[0].names[0].text == name


def test_the_time_of_a_recorded_file() -> None:
    assert SOURCE.recording_time(build.FILE.name) == datetime(2031, 5, 6, tzinfo=UTC)
    kept = SOURCE.recording_time("legislative-file-lookup.csv")
    assert kept == datetime(2023, 7, 1, tzinfo=UTC), "never fresher than it may be"
    assert SOURCE.recording_time("other.csv") is None


# --- over the real road ---------------------------------------------------------------------------


def publish(traveller: Traveller, body: bytes) -> tuple[RunState | None, int]:
    run_id = traveller.ask("gb_ukmcab", "bodies")
    page = Page(url="https://p.example/bodies.csv", body=body)
    return carry_out(traveller.road, run_id, Given((page,), traveller.clock.on(hours=1))), run_id


def found(traveller: Traveller, words: str) -> list[str]:
    """Names of the cards, first page."""
    now = traveller.clock.now
    with traveller.engine.connect() as conn:
        answer, _ = search(conn, Query(q=words, limit=100), now=now, today=now.date())
    return [card.names[0].text for card in answer.cards]


def bearers(traveller: Traveller, number: str) -> list[tuple[str, str]]:
    """Name and id of the bodies under a number."""
    now = traveller.clock.now
    with traveller.engine.connect() as conn:
        answer, _ = resolve(conn, number, on=now.date(), known_at=now)
    return [(card.names[0].text, card.id) for card in answer.bodies]


def test_a_made_register_publishes_once_and_bodies_are_found_by_name_and_number(
    traveller: Traveller,
) -> None:
    traveller.enrol(SOURCE)
    state, run_id = publish(traveller, build.FILE.read_bytes())
    assert state is RunState.PUBLISHED, traveller.run(run_id).reasons
    assert found(traveller, "Türmchen Labs") == ["Türmchen Labs, Inc."]
    for number in ("9889", "9843", "UK-AB 9889"):
        assert [name for name, _ in bearers(traveller, number)] == ["Gannet International (UK) LTD"]
    assert [name for name, _ in bearers(traveller, "9890")] == ["Corncrake Certification Limited"]
    assert found(traveller, "0068") == ["Bramble Verification, Inc."]
    before = traveller.counts()
    state, _ = publish(traveller, build.FILE.read_bytes())
    assert state is RunState.UNCHANGED
    assert traveller.counts() == before | {"run": before["run"] + 1}
    state, _ = publish(traveller, build.table(list(reversed(build.ROWS))))
    assert state is RunState.UNCHANGED, "another order of rows says the same"


def test_an_appointment_is_judged_and_its_scope_is_said_to_be_elsewhere(
    traveller: Traveller,
) -> None:
    traveller.enrol(SOURCE)
    publish(traveller, build.FILE.read_bytes())
    now = traveller.clock.now
    ((_, body_id),) = bearers(traveller, "9808")
    with traveller.engine.connect() as conn:
        view, _ = body(conn, body_id, on=now.date(), known_at=now)
    verdicts = {acc.field: acc.status.verdict for acc in view.accreditations}
    assert set(verdicts) == set(fields(one(read(build.FILE.read_bytes()), "albion")))
    assert not any(acc.schedule_held for acc in view.accreditations)
    assert Verdict.OUT_OF_SCOPE not in verdicts.values()


def test_an_area_lost_alone_ends_that_appointment_alone(traveller: Traveller) -> None:
    traveller.enrol(SOURCE)
    publish(traveller, build.FILE.read_bytes())
    _, run_id = publish(traveller, build.table([*build.ROWS[:1], *build.ROWS[2:]]))
    told = traveller.rows("select kind, what, key from change where run_id = :r", r=run_id)
    assert [tuple(row) for row in told] == [("ended", "accreditation_statement", "radio equipment")]


# --- the published file ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> Path:
    folder = os.environ.get("LABDIR_PUBLISHED_FILES")
    if not folder:
        pytest.skip("LABDIR_PUBLISHED_FILES is not set")
    (file,) = (Path(folder) / "gb_ukmcab").glob("*.csv")
    return file


def plain_rows(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8-sig", newline="") as opened:
        return list(csv.DictReader(opened))


def test_published_register_holds_what_a_plain_count_gives(published: Path) -> None:
    rows = plain_rows(published)
    reading = read(published.read_bytes())
    assert len(rows) == 369
    assert reading.problems == ()
    assert reasons_to_refuse(reading, SOURCE.expect, None) == []
    assert len(reading.drafts) == len({row["Name"] for row in rows}) == 168
    # eight notes on rail and two rows that point at another number appoint nobody
    areas: defaultdict[str, set[tuple[str, bool]]] = defaultdict(set)
    for row in rows:
        label = row["Label"]
        if not label.startswith("Note ") and row["LegislativeArea"] != "Not assigned":
            foreign = any(words in label for words in ("MRA", "Mutual", "ectoral"))
            areas[row["Name"]].add((row["LegislativeArea"].strip(), foreign))
    counted = sum(len(one) for one in areas.values())
    assert sum(len(draft.accreditations) for draft in reading.drafts) == counted == 339
    by_field = Counter(field.split(" (mutual")[0] for d in reading.drafts for field in fields(d))
    assert by_field == Counter(area for one in areas.values() for area, _ in one)
    numbered = {n for draft in reading.drafts for space, n in numbers(draft) if space == "UK-AB"}
    plain = {row["CABNumber"].zfill(4) for row in rows if row["CABNumber"].isdigit()}
    # one cell holds three numbers, one a number and three former ones
    assert len(plain) == 144
    assert numbered == plain | {"0120", "1121", "1314", "0833"}
    assert left(reading)["body without a number"] == 22
    bodies = {draft.key: draft for draft in reading.drafts}
    assert not any("Ã" in name.text for draft in bodies.values() for name in draft.names)


def test_published_register_publishes_and_a_second_run_is_unchanged(
    traveller: Traveller, published: Path
) -> None:
    traveller.clock.now = datetime(2023, 7, 2, tzinfo=UTC)
    traveller.enrol(SOURCE)
    state, run_id = publish(traveller, published.read_bytes())
    assert state is RunState.PUBLISHED, traveller.run(run_id).reasons
    assert traveller.run(run_id).counts["added"] == 168
    for row in plain_rows(published)[::60]:
        if row["CABNumber"].isdigit():
            assert row["Name"] in [n for n, _ in bearers(traveller, row["CABNumber"].zfill(4))]
        assert row["Name"] in found(traveller, row["Name"])
    before = traveller.counts()
    state, _ = publish(traveller, published.read_bytes())
    assert state is RunState.UNCHANGED
    assert traveller.counts() == before | {"run": before["run"] + 1}
