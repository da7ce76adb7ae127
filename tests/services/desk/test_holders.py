"""A record that names quite another body than before: renamed, or a number that passed on."""

from typing import Any

import msgspec
import pytest

from services import db
from services.desk import effect, matches, merges
from services.desk.decide import decide
from services.errors import BadQuestion, Conflict
from services.find import body as reading
from services.verdict.answer import answer
from services.verdict.views import Asked
from tests.services.desk.conftest import HERON, Desk, desk, engine, traveller

__all__ = ["desk", "engine", "traveller"]

OTHER = {**HERON, "name": "Wagtail Metrology", "identifiers": {}}


def doubt(desk: Desk) -> Any:
    """The open match that asks about the record's own body, as a steward reads it."""
    now = desk.road.clock.on(hours=1)
    (row,) = desk.road.rows(
        "select i.id from review_item i join body_link l on l.record_id = i.record_id"
        " and upper_inf(l.known) where i.state = 'open' and i.body_id = l.body_id"
    )
    with desk.road.engine.connect() as conn:
        seen, _ = matches.match(conn, f"m{row.id}", on=now.date(), known_at=now)
    return seen


def decides(desk: Desk, seen: Any, decision: str, who: str = "First steward") -> None:
    moment = desk.road.clock.on(hours=1)
    with desk.road.engine.begin() as conn:
        decide(
            conn, seen.id, decision, desk.why(who), version=seen.version, clock=lambda: moment
        )  # fmt: skip


def said(desk: Desk, moment: Any) -> dict[str, Any]:
    with db.snapshot(desk.road.engine) as conn:
        view, _ = reading.body(conn, "b1", on=moment.date(), known_at=moment)
        asked = Asked(on=moment.date(), number="T-1", issuer="TAB")
        judged, _ = answer(conn, asked, known_at=moment, today=moment.date())
    return {"body": msgspec.to_builtins(view), "verdict": msgspec.to_builtins(judged)}


def test_a_doubt_about_a_records_own_body_has_one_side_and_stops_its_verdicts(desk: Desk) -> None:
    desk.road.play(OTHER)
    seen = doubt(desk)
    assert (seen.body, seen.other, seen.waits) == ("b1", "b1", True)
    assert seen.effect is None, "there is no second body that would become one with it"
    assert seen.evidence["names"] == ["Wagtail Metrology"]
    with pytest.raises(BadQuestion, match="there is no second body yet"):
        decides(desk, seen, "relation")


def test_a_rename_moves_nothing_and_is_asked_no_more(desk: Desk) -> None:
    desk.road.play(OTHER)
    seen, before = doubt(desk), desk.bodies()
    decides(desk, seen, "same")
    assert desk.bodies() == before
    (item,) = desk.road.rows("select * from review_item where id = " + seen.id[1:])
    assert (item.state, item.because) == ("same", "Both certificates were read.")
    with pytest.raises(Conflict, match=f"First steward decided {seen.id} on .*: same"):
        decides(desk, seen, "apart", "Second steward")
    now = desk.road.clock.on(hours=1)
    assert [one["text"] for one in said(desk, now)["body"]["names"]] == ["Wagtail Metrology"]
    desk.road.play({**OTHER, "granted": "2020-02-02"})
    assert not desk.road.rows("select 1 from review_item where state = 'open' and record_id = 1")
    assert desk.faults() == []


def test_a_number_that_passed_on_gets_a_body_of_its_own_and_the_past_stays(desk: Desk) -> None:
    desk.road.play(HERON, {**HERON, "key": "5", "number": "T-5"})
    moment = desk.road.clock.on(hours=1)
    before = said(desk, moment)
    desk.road.play(OTHER, {**HERON, "key": "5", "number": "T-5"})
    between = desk.road.clock.on(hours=1)
    doubted = said(desk, between)
    seen = doubt(desk)
    decides(desk, seen, "apart")
    bodies = desk.bodies()
    own = bodies["1"]
    assert (bodies["5"], own > 2) == (1, True), "the other record stays with the body"
    now = desk.road.clock.on(hours=1)
    with db.snapshot(desk.road.engine) as conn:
        new, _ = reading.body(conn, f"b{own}", on=now.date(), known_at=now)
        old, _ = reading.body(conn, "b1", on=now.date(), known_at=now)
    assert [name.text for name in new.names] == ["Wagtail Metrology"]
    assert [acc.number for acc in new.accreditations] == ["T-1"]
    assert [acc.number for acc in old.accreditations] == ["T-5"]
    assert new.accreditations[0].id != before["body"]["accreditations"][0]["id"]
    assert said(desk, moment) == before
    assert said(desk, between) == doubted
    told = desk.road.rows("select kind, body_id from change where kind = 'separated' order by row")
    assert [tuple(row) for row in told] == [("separated", 1), ("separated", own)]
    assert desk.found("wagtail", now) == [f"b{own}"]
    assert desk.faults() == []


def test_a_record_that_got_its_own_body_while_merged_does_not_come_back_with_the_merge(
    desk: Desk,
) -> None:
    desk.merge(2, 1)
    spelt = {**OTHER, "key": "x", "number": "T-1"}
    desk.road.play(spelt, key="second")
    decides(desk, doubt(desk), "apart")
    own = desk.bodies()["x"]
    with desk.road.engine.connect() as conn:
        preview = effect.of_unmerge(conn, 2)
        assert preview.records == ()
        assert merges.open_merge(conn, 2).into_id == 1
    desk.unmerge(2, 1)
    assert desk.bodies() == {"1": 1, "x": own}
    assert desk.faults() == []


def test_the_list_is_paged_with_those_first_on_which_verdicts_wait(desk: Desk) -> None:
    desk.road.play(OTHER)  # the newest, and one on which verdicts wait
    desk.road.play(OTHER, {**HERON, "key": "7", "name": "Heron Tests Pte Ltd", "identifiers": {}})
    now = desk.road.clock.on(hours=1)
    seen: list[matches.MatchBrief] = []
    cursor = ""
    with desk.road.engine.connect() as conn:
        whole, meta = matches.matches(conn, on=now.date(), known_at=now)
        while True:
            page, about = matches.matches(conn, cursor=cursor, limit=1, on=now.date(), known_at=now)
            seen += page
            cursor = about.next_cursor or ""
            if not cursor:
                break
    assert tuple(seen) == whole
    assert meta.total == len(whole) > 2
    assert [one.waits for one in whole] == [True] + [False] * (len(whole) - 1)
    rest = [int(one.id[1:]) for one in whole[1:]]
    assert rest == sorted(rest, reverse=True)
