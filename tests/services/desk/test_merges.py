"""Merging, undoing it, keeping apart, relating: links move, and every past answer stays."""

from datetime import timedelta

import pytest

from services import db
from services.desk import effect, pairs
from services.desk.contradictions import contradictions
from services.errors import BadQuestion, Conflict, LabdirError, NotFound
from services.find import body as reading
from services.terms import RelationKind
from tests.services.desk.conftest import HERON, SPELT, TERN, Desk, engine, traveller

__all__ = ["engine", "traveller"]


def identifiers(desk: Desk, id_: str) -> set[str]:
    now = desk.road.clock()
    with desk.road.engine.connect() as conn:
        view, _ = reading.body(conn, id_, on=now.date(), known_at=now)
    return {one.namespace for one in view.identifiers}


def open_doubts(desk: Desk) -> int:
    (row,) = desk.road.rows("select count(*) n from review_item where state = 'open'")
    return int(row.n)


def facts(desk: Desk) -> list[tuple[str, int]]:
    kinds = [
        "name",
        "identifier",
        "profile",
        "accreditation_statement",
        "status_event",
        "scope_line",
    ]
    return [
        (kind, *desk.road.rows(f"select sum(('x' || left(md5(t::text), 8))::bit(32)::bigint) s"
                               f" from {kind} t")[0])
        for kind in kinds
    ]  # fmt: skip


def test_two_spellings_of_two_publishers_end_as_one_body_with_both_identifiers(desk: Desk) -> None:
    assert desk.bodies() == {"1": 1, "x": 2}
    assert open_doubts(desk) == 1
    before = facts(desk)
    done = desk.merge(2, 1)
    assert done.records == 1
    assert desk.bodies() == {"1": 1, "x": 1}
    assert identifiers(desk, "b2") == {"USCC", "LEI"}
    assert open_doubts(desk) == 0
    held = desk.road.rows(
        "select distinct accreditation_id from accreditation_link where upper_inf(known)"
    )
    assert len(held) == 1, "one number of one holder is one accreditation"
    assert facts(desk) == before, "links moved, and no fact was touched"
    assert desk.found("heron", desk.road.clock()) == ["b1"]
    assert desk.faults() == []


def test_the_preview_tells_what_would_differ_as_the_desk_tells_it_afterwards(desk: Desk) -> None:
    """A suspension told as an event differs from "active" as much as one that is listed."""
    stopped = {"kind": "suspended", "on": "2026-02-01", "until": "2026-12-31"}
    desk.road.play(SPELT | {"events": [stopped], "expires": "2027-01-01"}, key="second")
    desk.road.play(HERON | {"expires": "2028-01-01"})
    now = desk.road.clock()
    with db.snapshot(desk.road.engine) as conn:
        foretold = effect.of_merge(conn, 2, 1, now).contradictions
    assert foretold == (
        "expiry of TAB T-1: 2027-01-01 (second), 2028-01-01 (toy)",
        "status of TAB T-1: suspended (second), active (toy)",
    )
    desk.merge(2, 1)
    now = desk.road.clock()
    with db.snapshot(desk.road.engine) as conn:
        told, _ = contradictions(conn, on=now.date(), known_at=now)
    assert sorted(f"{one.kind} of {one.label}" for one in told) == [
        words.partition(":")[0] for words in foretold
    ]


def test_a_redirect_stands_from_the_merge_until_it_is_undone(desk: Desk) -> None:
    known = [desk.road.clock.on(hours=1)]
    desk.merge(2, 1)
    known.append(desk.road.clock.on(hours=1))
    desk.unmerge(2, 1)
    known.append(desk.road.clock.on(hours=1))
    led = []
    with desk.road.engine.connect() as conn:
        for moment in known:
            view, meta = reading.body(conn, "b2", on=moment.date(), known_at=moment)
            led.append((view.id, view.merged_into, len(meta.warnings) > 0))
    assert led == [("b2", None, False), ("b1", "b1", True), ("b2", None, False)]


def test_a_merge_is_undone_and_every_past_answer_is_unchanged(desk: Desk) -> None:
    moments = [desk.road.clock.on(hours=1)]
    first = [desk.said(moments[0])]
    desk.merge(2, 1)
    moments.append(desk.road.clock.on(hours=1))
    first += [desk.said(moments[1])]
    assert first[0] != first[1]
    assert desk.said(moments[0]) == first[0]
    desk.unmerge(2, 1)
    moments.append(desk.road.clock.on(hours=1))
    first += [desk.said(moments[2])]
    assert [desk.said(moment) for moment in moments] == first
    assert first[1]["b2"]["id"] == "b1"
    assert first[2]["b1"]["identifiers"] == first[0]["b1"]["identifiers"]
    assert first[2]["b2"]["accreditations"][0]["id"] == first[0]["b2"]["accreditations"][0]["id"]
    assert desk.bodies() == {"1": 1, "x": 2}
    assert sorted(desk.found("heron", desk.road.clock())) == ["b1", "b2"]
    assert open_doubts(desk) == 1, "what the merge had answered is asked again"
    assert desk.faults() == []


def test_what_came_later_stays_unless_it_is_named(desk: Desk) -> None:
    desk.merge(2, 1)
    later = {**HERON, "key": "9", "number": "T-9"}
    desk.road.play(HERON, later)
    assert desk.bodies()["9"] == 1
    with pytest.raises(BadQuestion, match="record 1 did not come"):
        desk.unmerge(2, 1, also=(1,))
    desk.unmerge(2, 1)
    assert desk.bodies() == {"1": 1, "9": 1, "x": 2}
    desk.merge(2, 1)
    another = {**HERON, "key": "10", "number": "T-10"}
    desk.road.play(HERON, later, another)
    (row,) = desk.road.rows("select id from record where key = '10'")
    desk.unmerge(2, 1, also=(row.id,))
    assert desk.bodies() == {"1": 1, "9": 1, "10": 2, "x": 2}


def test_a_number_learned_while_both_were_one_is_two_accreditations_again(desk: Desk) -> None:
    desk.merge(2, 1)
    desk.road.play({**SPELT, "number": "T-7"}, key="second")
    desk.road.play(HERON, {**HERON, "key": "7", "number": "T-7"})
    desk.unmerge(2, 1)
    held = desk.road.rows(
        "select a.accreditation_id, count(distinct b.body_id) n from accreditation_link a"
        " join body_link b on b.record_id = a.record_id and upper_inf(b.known)"
        " where upper_inf(a.known) group by 1"
    )
    assert [row.n for row in held] == [1, 1, 1]
    assert desk.faults() == []


def test_a_chain_is_followed_and_undone_from_its_end(desk: Desk) -> None:
    desk.road.play(HERON, TERN)
    desk.merge(2, 3)
    desk.merge(3, 1)
    assert identifiers(desk, "b2") == {"USCC", "LEI"}
    with pytest.raises(Conflict, match="b3 was itself merged into b1"):
        desk.unmerge(2, 3)
    desk.unmerge(3, 1)
    assert desk.bodies() == {"1": 1, "2": 3, "x": 3}
    desk.unmerge(2, 3)
    assert desk.bodies() == {"1": 1, "2": 3, "x": 2}
    assert desk.faults() == []


def test_the_second_steward_is_told_who_decided_what(desk: Desk) -> None:
    seen = desk.version(1, 2)
    desk.apart(1, 2)
    with pytest.raises(Conflict, match="First steward kept b1 and b2 apart on"):
        desk.merge(2, 1, version=seen, who="Second steward")
    seen = desk.version(1, 2)
    desk.merge(2, 1)
    with pytest.raises(Conflict, match="First steward merged b2 into b1"):
        desk.merge(2, 1, version=seen, who="Second steward")
    assert desk.bodies() == {"1": 1, "x": 1}


def test_a_source_that_says_something_else_makes_a_steward_look_again(desk: Desk) -> None:
    seen = desk.version(1, 2)
    desk.road.play({**SPELT, "name": "Heron Test (Asia)"}, key="second")
    with pytest.raises(Conflict, match="A source says something else since"):
        desk.merge(2, 1, version=seen)


def test_what_cannot_be_one_is_refused_with_the_reason(desk: Desk) -> None:
    desk.road.play(HERON, {**TERN, "identifiers": {"USCC": "91310000MA1FL0QK78"}})
    refused: list[tuple[tuple[int, int], type[LabdirError], str]] = [
        ((1, 1), BadQuestion, "one body already"),
        ((3, 1), BadQuestion, "b3 has USCC 91310000MA1FL0QK78, b1 has USCC 91350211M000100Y46"),
        ((99, 1), NotFound, 'no body "b99"'),
    ]
    for pair, kind, said in refused:
        with pytest.raises(kind, match=said):
            desk.merge(*pair)
    with pytest.raises(BadQuestion, match="b2 is not merged"):
        desk.unmerge(2, 1)
    desk.merge(2, 1)
    with pytest.raises(Conflict, match="would make a loop"):
        desk.merge(1, 2)
    assert [tuple(r) for r in desk.road.rows("select body_id, into_id from body_merge")] == [(2, 1)]


def test_a_number_whose_check_digit_fails_keeps_nobody_apart(desk: Desk) -> None:
    desk.road.play({**SPELT, "identifiers": {"USCC": "91350211M000100Y43"}}, key="second")
    desk.merge(2, 1)
    assert desk.bodies() == {"1": 1, "x": 1}


def test_a_decision_without_a_reason_is_none(desk: Desk) -> None:
    with pytest.raises(BadQuestion, match="needs its reason"):
        pairs.Why("  ", "", 1).checked()


def test_a_relation_is_no_merge_and_stands_on_both(desk: Desk) -> None:
    desk.relate(2, 1, RelationKind.BRANCH_OF)
    assert desk.bodies() == {"1": 1, "x": 2}
    assert open_doubts(desk) == 0
    told = desk.road.rows("select kind, body_id, after from change where kind = 'related'")
    assert [(row.kind, row.body_id, row.after["body"]) for row in told] == [("related", 2, "b1")]
    desk.merge(2, 1)
    assert not desk.road.rows("select 1 from body_relation where upper_inf(known)")
    desk.unmerge(2, 1)
    (row,) = desk.road.rows("select kind, because from body_relation where upper_inf(known)")
    assert tuple(row) == ("branch_of", "Both certificates were read.")


def test_a_pair_kept_apart_is_asked_about_again_when_a_name_or_identifier_changes(
    desk: Desk,
) -> None:
    desk.apart(1, 2)
    assert open_doubts(desk) == 0
    desk.road.play({**SPELT, "granted": "2021-01-01"}, key="second")
    assert open_doubts(desk) == 0, "neither name nor identifier changed"
    desk.road.play({**SPELT, "name": "Heron Tests (Singapore)"}, key="second")
    (item,) = desk.road.rows("select * from review_item where state = 'open'")
    assert item.evidence["changed"] == {
        "b2": {"new names": ["herontestssingapore"], "names gone": ["herontestsingapore"]}
    }
    assert item.evidence["kept_apart_because"] == "Both certificates were read."
    desk.road.play({**SPELT, "name": "Heron Testers (Singapore)"}, key="second")
    assert open_doubts(desk) == 1, "asked once, until it is decided"
    desk.apart(1, 2)
    assert open_doubts(desk) == 0
    more = {**HERON, "identifiers": {**HERON["identifiers"], "LEI": "529900T8BM49AURSDO55"}}
    desk.road.play(more)
    (item,) = desk.road.rows("select * from review_item where state = 'open'")
    assert item.evidence["changed"] == {"b1": {"new identifiers": ["LEI 529900T8BM49AURSDO55"]}}


def test_subscribers_and_the_log_see_both_turns(desk: Desk) -> None:
    one, two = desk.merge(2, 1), desk.unmerge(2, 1)
    assert two.position == one.position + 1
    rows = desk.road.rows(
        "select c.kind, c.body_id, l.position from change c join log_leaf l using (run_id)"
        " where c.what = 'body' order by l.position, c.row"
    )
    assert [tuple(row) for row in rows] == [
        ("merged", 2, one.position),
        ("merged", 1, one.position),
        ("separated", 2, two.position),
        ("separated", 1, two.position),
    ]
    assert desk.faults() == []


def test_nobody_decides_before_what_is_known(desk: Desk) -> None:
    desk.road.clock.now -= timedelta(days=30)
    with pytest.raises(Conflict, match="later than now"):
        desk.merge(2, 1)
