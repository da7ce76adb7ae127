"""Kept bytes read again after a parser fix: published as our reading, never over newer bytes."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from services.errors import BadQuestion, Conflict, NotFound
from services.find import sources as reading
from services.find.changes import changes, of_run
from services.sync.accept import accept
from services.sync.reread import Preview, material, newest, preview, read, reread
from services.sync.run import carry_out
from services.terms import ChangeCause, ChangeKind, RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

EIGHT: list[dict[str, Any]] = [
    {"key": str(n), "name": f"Body number {n} ", "number": f"T-{n}", "expires": "2030-01-01"}
    for n in range(8)
]
WHY = "The column “expires” is called “valid_until” since May."


def reshaped(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same rows as the publisher writes them since its page changed shape."""
    return [{("valid_until" if k == "expires" else k): v for k, v in r.items()} for r in rows]


def mend(traveller: Traveller) -> None:
    """The reader is corrected: what a new release of the source's file does."""
    fixed = replace(traveller.sources["toy"], parse=toy.mended, parser_version=2)
    traveller.enrol(fixed)


def again(traveller: Traveller, run_id: int, because: str = WHY) -> int:
    with traveller.engine.begin() as conn:
        return reread(conn, run_id, "steward", because, traveller.clock.on(hours=1))


def look(traveller: Traveller, run_id: int) -> Preview:
    source = traveller.sources["toy"]
    with traveller.engine.begin() as conn:
        of = material(conn, run_id)
        said = read(traveller.road.reader, source, of)
        return preview(conn, source, of, said, traveller.clock.on(minutes=1))


def expiries(traveller: Traveller, known_at: datetime) -> set[date]:
    rows = traveller.rows(
        "select expires from accreditation_statement where known @> cast(:at as timestamptz)",
        at=known_at,
    )
    return {row.expires for row in rows}


def test_a_list_that_changed_shape_is_refused_mended_and_read_again(traveller: Traveller) -> None:
    traveller.play(*EIGHT)
    before = traveller.clock.now
    longer = [{**row, "expires": "2032-01-01"} for row in EIGHT]
    state, refused = traveller.play(*reshaped(longer))
    assert state is RunState.REFUSED
    with traveller.engine.connect() as conn:
        view, _ = reading.run(conn, refused)
    assert view.diff is not None
    lost = next(one for one in view.diff.fill if one.part == "accreditations.expires")
    assert (lost.before, lost.after) == (1.0, 0.0)
    payloads = traveller.counts()["payload"]

    mend(traveller)
    asked = again(traveller, refused)
    assert carry_out(traveller.road, asked) is RunState.PUBLISHED
    row = traveller.run(asked)
    assert (row.rereads_run_id, row.asked_by, row.because) == (refused, "steward", WHY)
    assert (row.cause, row.parser_version) == (ChangeCause.REREAD, 2)
    assert row.as_of == traveller.run(refused).as_of, "as old as when it was fetched"
    assert traveller.counts()["payload"] == payloads, "nothing was fetched"
    assert traveller.run(refused).state is RunState.REFUSED, "what happened stays as it was"
    with traveller.engine.connect() as conn:
        told = of_run(conn, asked, 100)
        assert reading.run(conn, refused)[0].reread_by_run == asked
    assert {one.cause for one in told} == {ChangeCause.REREAD}
    assert expiries(traveller, before) == {date(2030, 1, 1)}, "what was known is not altered"
    assert expiries(traveller, row.known_at) == {date(2032, 1, 1)}
    with pytest.raises(Conflict, match=f"read again before: run {asked} published it"):
        again(traveller, refused)


def test_the_newest_good_bytes_read_otherwise_are_our_readings_change(
    traveller: Traveller,
) -> None:
    _, good = traveller.play(*EIGHT)
    state, _ = traveller.play(*EIGHT)
    assert state is RunState.UNCHANGED
    looked_at = traveller.clock.now
    mend(traveller)
    due = traveller.rows("select next_due_at from source_list where name = 'list'")
    with traveller.engine.connect() as conn:
        assert newest(conn, "toy") == {"list": good}
    asked = again(traveller, good)
    assert carry_out(traveller.road, asked) is RunState.PUBLISHED
    row = traveller.run(asked)
    assert row.cause is ChangeCause.READING
    assert row.as_of == looked_at, "the bytes were found again by a later look"
    assert traveller.rows("select next_due_at from source_list where name = 'list'") == due
    with traveller.engine.connect() as conn:
        all_of_them, _ = changes(conn, limit=500)
    by_cause = {one.cause for one in all_of_them if one.position == all_of_them[0].position}
    assert by_cause == {ChangeCause.READING}
    assert {one.cause for one in all_of_them} == {ChangeCause.READING, ChangeCause.SOURCE}
    renamed = [one for one in all_of_them if one.kind is ChangeKind.ALTERED]
    assert len(renamed) == 8
    assert renamed[-1].after == {"text": "Body number 0"}


def test_a_fetch_that_finds_the_same_bytes_with_a_mended_reader_is_no_change_of_the_source(
    traveller: Traveller,
) -> None:
    traveller.play(*EIGHT)
    mend(traveller)
    state, run_id = traveller.play(*EIGHT)
    assert state is RunState.PUBLISHED
    assert traveller.run(run_id).cause is ChangeCause.READING


def test_reading_again_without_a_difference_publishes_nothing(traveller: Traveller) -> None:
    _, good = traveller.play(*EIGHT)
    leaves = traveller.counts()["log_leaf"]
    asked = again(traveller, good)
    assert carry_out(traveller.road, asked) is RunState.UNCHANGED
    assert traveller.counts()["log_leaf"] == leaves


def test_a_preview_shows_what_would_change_and_writes_nothing(traveller: Traveller) -> None:
    _, good = traveller.play(*EIGHT)
    mend(traveller)
    before = traveller.counts()
    seen = look(traveller, good)
    assert (seen.reader_before, seen.reader_now, seen.records) == (1, 2, 8)
    assert (seen.cause, seen.reasons) == (ChangeCause.READING, ())
    assert (seen.counts["altered"], seen.counts["added"], seen.counts["changes"]) == (8, 0, 8)
    assert [one.after for one in seen.changes][-1] == {"text": "Body number 7"}
    assert traveller.counts() == before
    assert carry_out(traveller.road, again(traveller, good)) is RunState.PUBLISHED


def test_a_preview_tells_why_it_would_be_refused(traveller: Traveller) -> None:
    traveller.play(*EIGHT)
    _, refused = traveller.play(*reshaped(EIGHT))
    before = traveller.counts()
    [reason] = look(traveller, refused).reasons
    assert reason.startswith("0% of the records have accreditations.expires")
    assert traveller.counts() == before
    traveller.enrol(replace(traveller.sources["toy"], parse=toy.broken, parser_version=3))
    [reason] = look(traveller, refused).reasons
    assert "ZeroDivisionError" in reason


def test_an_older_version_is_never_read_over_a_newer_one(traveller: Traveller) -> None:
    _, old = traveller.play(*EIGHT)
    _, refused = traveller.play(*EIGHT[:3])
    state, newer = traveller.play(*EIGHT, {**EIGHT[0], "key": "9", "number": "T-9"})
    assert state is RunState.PUBLISHED
    mend(traveller)
    with pytest.raises(Conflict, match=f"Run {newer} has published a newer version") as fault:
        again(traveller, old)
    assert f"Read run {newer} again" in fault.value.remedy
    with pytest.raises(Conflict, match=f"Run {newer} has published a newer version"):
        again(traveller, refused)


def test_what_cannot_be_read_again_is_told_why(traveller: Traveller) -> None:
    _, good = traveller.play(*EIGHT)
    _, same = traveller.play(*EIGHT)
    with pytest.raises(NotFound, match="no run 4711"):
        again(traveller, 4711)
    with pytest.raises(Conflict, match="kept no bytes of its own"):
        again(traveller, same)
    with pytest.raises(BadQuestion, match="needs a reason"):
        again(traveller, good, " ")
    asked = again(traveller, good)
    with pytest.raises(Conflict, match=f"Run {asked} is not over yet"):
        again(traveller, asked)
    with pytest.raises(Conflict, match=f"Run {asked} of the same list is under way"):
        again(traveller, good)


def test_a_refused_reading_may_be_accepted_and_stays_our_reading(traveller: Traveller) -> None:
    _, good = traveller.play(*EIGHT)
    bare = toy.Says(toy.parse([toy.page(*[{**r, "expires": None} for r in EIGHT])], "list"))
    traveller.enrol(replace(traveller.sources["toy"], parse=bare))
    asked = again(traveller, good)
    assert carry_out(traveller.road, asked) is RunState.REFUSED
    with traveller.engine.begin() as conn:
        on_purpose = accept(conn, asked, "steward", WHY, traveller.clock.on(hours=1))
    assert carry_out(traveller.road, on_purpose) is RunState.PUBLISHED
    row = traveller.run(on_purpose)
    assert (row.accepts_run_id, row.rereads_run_id) == (asked, good)
    assert row.cause is ChangeCause.READING
