"""A refused run published on purpose: recorded, once, and never over a newer truth."""

from datetime import timedelta
from typing import Any

import pytest

from services.errors import BadQuestion, NotFound
from services.find import sources as reading
from services.sync.accept import accept
from services.sync.run import carry_out
from services.terms import RunState
from tests.services.sync.conftest import Traveller

EIGHT: list[dict[str, Any]] = [
    {"key": str(n), "name": f"Body number {n}", "number": f"T-{n}", "expires": "2030-01-01"}
    for n in range(8)
]
WHY = "The publisher moved five bodies to another list, see its notice of 1 March."


def refuse(traveller: Traveller, rows: list[dict[str, Any]] | None = None) -> int:
    traveller.play(*EIGHT)
    state, run_id = traveller.play(*(EIGHT[:3] if rows is None else rows))
    assert state is RunState.REFUSED
    return run_id


def agree(traveller: Traveller, run_id: int, because: str = WHY) -> int:
    with traveller.engine.begin() as conn:
        return accept(conn, run_id, "steward", because, traveller.clock.on(hours=1))


def test_an_accepted_run_publishes_the_kept_bytes_and_says_who_and_why(
    traveller: Traveller,
) -> None:
    refused = refuse(traveller)
    payloads = traveller.counts()["payload"]
    asked = agree(traveller, refused)
    assert carry_out(traveller.road, asked) is RunState.PUBLISHED
    row = traveller.run(asked)
    assert (row.accepts_run_id, row.asked_by, row.because) == (refused, "steward", WHY)
    assert (row.counts["left"], row.counts["added"]) == (5, 0)
    assert traveller.counts()["payload"] == payloads, "nothing was fetched"
    before = traveller.run(refused)
    assert before.state is RunState.REFUSED, "what happened stays as it was"
    assert row.as_of == before.as_of, "the version is as old as when it was fetched"
    with traveller.engine.connect() as conn:
        view, _ = reading.run(conn, refused)
        assert view.accepted_by_run == asked
        view, _ = reading.run(conn, asked)
        assert (view.accepts_run, view.because) == (refused, WHY)


def test_what_was_accepted_is_what_the_next_run_is_compared_with(traveller: Traveller) -> None:
    asked = agree(traveller, refuse(traveller))
    carry_out(traveller.road, asked)
    traveller.clock.on(hours=1)
    assert traveller.play(*EIGHT[:3], note="a day later")[0] is RunState.UNCHANGED


def test_nothing_is_accepted_twice(traveller: Traveller) -> None:
    refused = refuse(traveller)
    asked = agree(traveller, refused)
    carry_out(traveller.road, asked)
    with pytest.raises(BadQuestion, match=f"accepted before: run {asked} published it"):
        agree(traveller, refused)


def test_a_newer_version_is_not_replaced_by_an_accepted_older_one(traveller: Traveller) -> None:
    refused = refuse(traveller)
    state, newer = traveller.play(*EIGHT, {**EIGHT[0], "key": "9", "number": "T-9"})
    assert state is RunState.PUBLISHED
    with pytest.raises(BadQuestion, match=f"Run {newer} has published a newer version"):
        agree(traveller, refused)


@pytest.mark.parametrize("reason", ["", "   \n "])
def test_an_accepted_run_needs_a_reason(traveller: Traveller, reason: str) -> None:
    with pytest.raises(BadQuestion, match="needs a reason"):
        agree(traveller, refuse(traveller), reason)


def test_only_refused_runs_with_kept_bytes_are_accepted(traveller: Traveller) -> None:
    _, published = traveller.play(*EIGHT)
    with pytest.raises(BadQuestion, match="was not refused: it is published"):
        agree(traveller, published)
    with pytest.raises(NotFound, match="no run 4711"):
        agree(traveller, 4711)
    state, early = traveller.play(*EIGHT[:7], at=traveller.clock.now + timedelta(days=1))
    assert state is RunState.REFUSED
    assert "still to come" in traveller.run(early).reasons[0]


def test_a_contradiction_is_published_by_nobodys_word(traveller: Traveller) -> None:
    twice = refuse(traveller, [*EIGHT[:3], {**EIGHT[0], "name": "Another"}])
    asked = agree(traveller, twice)
    assert carry_out(traveller.road, asked) is RunState.REFUSED
    assert traveller.run(asked).reasons == ["1 record keys stand twice, for example “0”."]
    assert traveller.rows("select count(*) n from sighting where end_run_id is null")[0].n == 8


def test_one_acceptance_at_a_time(traveller: Traveller) -> None:
    refused = refuse(traveller)
    asked = agree(traveller, refused)
    with pytest.raises(BadQuestion, match=f"Run {asked} of the same list is under way"):
        agree(traveller, refused)


def test_a_refusal_shows_what_changed_shape(traveller: Traveller) -> None:
    bare = [{k: v for k, v in row.items() if k != "expires"} for row in EIGHT]
    refused = refuse(traveller, bare)
    [reason] = traveller.run(refused).reasons
    assert reason.startswith("0% of the records have accreditations.expires; last time it was 100%")
    with traveller.engine.connect() as conn:
        view, _ = reading.run(conn, refused)
    assert view.diff is not None
    assert (view.diff.rows_before, view.diff.rows_after) == (8, 8)
    first = view.diff.fill[0]
    assert (first.part, first.before, first.after) == ("accreditations.expires", 1.0, 0.0)
