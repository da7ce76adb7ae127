"""Every expectation says in one sentence what it found."""

from datetime import date
from typing import Any

from services.kit import Expect, Leftover, Reading
from services.sync.check import reasons_to_refuse, shape
from services.terms import RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller


def reading(count: int = 4, **changed: Any) -> Reading:
    rows = [{"key": str(n), "name": f"Body {n}", "number": f"T-{n}"} for n in range(count)]
    given = {"drafts": tuple(map(toy.draft, rows)), "columns": ("Name", "No")}
    return Reading(**(given | changed))


def said(one: Reading, last: dict[str, Any] | None = None, **expect: Any) -> list[str]:
    return reasons_to_refuse(one, Expect(**expect), last)


def test_a_good_reading_has_nothing_against_it() -> None:
    full = {"names": 1.0, "accreditations.number": 1.0, "profile.country": 1.0}
    assert said(reading(), {"rows": 5}, fill=full, columns=("No",), max_drop=0.2) == []


def test_too_few_records() -> None:
    assert said(reading(2), min_rows=3) == ["2 records were read; at least 3 are expected."]
    assert said(reading(0), min_rows=0) == []


def test_too_many_fewer_than_last_time() -> None:
    assert said(reading(4), {"rows": 10}, max_drop=0.5) == [
        "4 records were read, 10 last time: more than 50% fewer at once."
    ]
    assert said(reading(5), {"rows": 10}, max_drop=0.5) == []
    assert said(reading(4), None, max_drop=0.0) == [], "a first reading has no last time"


def test_a_column_that_is_gone_and_what_stands_there_instead() -> None:
    assert said(reading(), columns=("Name", "Status", "Expiry")) == [
        "Not found: Status, Expiry. Found instead: Name, No."
    ]
    assert said(reading(columns=()), columns=("Name",)) == ["Not found: Name. Found instead: –."]


def test_a_part_that_stands_empty() -> None:
    rows = [{"key": str(n), "name": "Body", "number": "T" if n < 1 else ""} for n in range(4)]
    half = reading(drafts=tuple(map(toy.draft, rows)))
    assert said(half, fill={"accreditations.number": 0.5, "accreditations": 1.0}) == [
        "Only 25% of the records have accreditations.number; 50% are expected."
    ]
    assert said(half, fill={"accreditations.number": 0.25}) == []
    assert said(half, fill={"lines": 0.1}) == [
        "Only 0% of the records have lines; 10% are expected."
    ]


def test_rows_that_could_not_be_read() -> None:
    spoilt = reading(8, problems=("row 3: no name", "row 9: no name"))
    assert said(spoilt, max_problems=0.1) == [
        "2 of 10 records could not be read, for example: row 3: no name"
    ]
    assert said(spoilt, max_problems=0.2) == []
    assert said(reading(0, problems=("row 1: torn",)), min_rows=0, max_problems=0.5) == [
        "1 of 1 records could not be read, for example: row 1: torn"
    ]


def test_a_record_key_that_stands_twice() -> None:
    one = toy.draft({"key": "7", "name": "Heron"})
    assert said(reading(drafts=(one, one))) == ["1 record keys stand twice, for example “7”."]


def test_a_rule_of_the_sources_own() -> None:
    assert said(reading(), check=lambda one: [f"{len(one.drafts)} is no lucky number."]) == [
        "4 is no lucky number."
    ]


def test_all_reasons_are_told_at_once() -> None:
    assert len(said(reading(1), {"rows": 9}, min_rows=2, columns=("X",), fill={"lines": 1})) == 4


def test_a_rule_that_trips_refuses_the_run_and_kills_no_worker(traveller: Traveller) -> None:
    def tripping(_reading: Reading) -> list[str]:
        raise KeyError("gone")

    traveller.enrol(toy.source(expect=Expect(check=tripping)))
    state, run_id = traveller.play({"key": "1", "name": "Heron"})
    assert state is RunState.REFUSED
    assert traveller.run(run_id).reasons == ["The check of this source failed: KeyError: 'gone'"]


def test_words_that_the_database_cannot_hold_refuse_the_run(traveller: Traveller) -> None:
    traveller.play({"key": "1", "name": "Heron"})
    before = traveller.counts()
    state, run_id = traveller.play({"key": "1", "name": "Her\x00on"})
    assert state is RunState.REFUSED
    [reason] = traveller.run(run_id).reasons
    assert reason.startswith("The database cannot hold what was read: ")
    after = traveller.counts()
    assert (after["name"], after["log_leaf"]) == (before["name"], before["log_leaf"])
    assert traveller.play({"key": "1", "name": "Heron II"})[0] is RunState.PUBLISHED


def test_the_shape_of_a_reading_is_kept_with_its_run() -> None:
    one = reading(
        2,
        listed_on=date(2026, 2, 1),
        leftovers=(Leftover(what="Fax", example="1", count=2),),
        problems=("row 1: torn",),
    )
    kept = shape(one)
    assert (kept["rows"], kept["lines"], kept["columns"]) == (2, 0, ["Name", "No"])
    assert (kept["listed_on"], kept["next_update"]) == ("2026-02-01", None)
    assert kept["fill"]["accreditations.number"] == 1.0
    assert kept["fill"]["lines"] == 0.0
    assert (kept["leftovers"], kept["problems"]) == ([["Fax", "1", 2]], ["row 1: torn"])
    assert shape(reading(0))["fill"] == {}
