"""The road from bytes to published statements, over a real database."""

from datetime import timedelta
from typing import Any

import pytest

from services.kit import Expect, Reading
from services.sync import ledger
from services.sync.run import LeaseLost, Road, carry_out
from services.terms import RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

HERON: dict[str, Any] = {
    "key": "1",
    "name": "Heron Testing Pte Ltd",
    "number": "T-1",
    "granted": "2020-01-01",
    "lines": [["电池 battery", "GB 31241-2022"], ["toy", "EN 71-1:2014"]],
}
TERN: dict[str, Any] = {"key": "2", "name": "Tern Labs", "number": "T-2", "granted": "2021-05-05"}


def test_a_first_run_publishes_statements_links_sightings_changes_and_a_leaf(
    traveller: Traveller,
) -> None:
    state, run_id = traveller.play(HERON, TERN)
    assert state is RunState.PUBLISHED
    run = traveller.run(run_id)
    assert run.counts == {"added": 2, "altered": 0, "left": 0, "back": 0, "changes": 7}
    assert run.shape["rows"] == 2
    assert run.shape["lines"] == 2
    names = traveller.rows("select text, folded, upper_inf(known) open from name order by text")
    assert [tuple(row) for row in names] == [
        ("Heron Testing Pte Ltd", "herontestingpteltd", True),
        ("Tern Labs", "ternlabs", True),
    ]
    counts = traveller.counts()
    assert counts["body"] == counts["accreditation"] == counts["sighting"] == 2
    assert counts["scope_line"] == 2
    assert counts["document"] == 2
    assert traveller.rows("select position from log_leaf") == [(0,)]
    methods = traveller.rows("select text, standards, editions from term where kind = 'method'")
    assert ("GB 31241-2022", ["GB 31241"], ["GB 31241-2022"]) in [tuple(row) for row in methods]


def test_the_same_bytes_write_one_run_row_and_nothing_else(traveller: Traveller) -> None:
    traveller.play(HERON, TERN)
    before = traveller.counts()
    state, _ = traveller.play(HERON, TERN)
    assert state is RunState.UNCHANGED
    assert traveller.counts() == before | {"run": before["run"] + 1}


def test_another_layout_of_the_same_records_publishes_no_change(traveller: Traveller) -> None:
    traveller.play(HERON, TERN)
    before = traveller.counts()
    state, run_id = traveller.play(TERN, HERON, layout="moved")
    assert state is RunState.UNCHANGED
    after = traveller.counts()
    assert after == before | {name: before[name] + 1 for name in ("run", "run_payload", "payload")}
    assert traveller.run(run_id).counts["changes"] == 0


def test_an_altered_fact_ends_one_statement_and_begins_another(traveller: Traveller) -> None:
    traveller.play(HERON, TERN)
    state, run_id = traveller.play(HERON | {"expires": "2027-12-31"}, TERN)
    assert state is RunState.PUBLISHED
    said = traveller.rows(
        "select expires, run_id, end_run_id, lower(known), upper(known)"
        " from accreditation_statement where number = 'T-1' order by id"
    )
    assert [row.expires and row.expires.isoformat() for row in said] == [None, "2027-12-31"]
    assert said[0].end_run_id == run_id == said[1].run_id
    assert said[0][4] == said[1][3] == traveller.clock.now
    change = traveller.rows(
        "select kind, what, before, after from change where run_id = :r", r=run_id
    )
    assert len(change) == 1
    assert (change[0].kind, change[0].what) == ("altered", "accreditation_statement")
    assert change[0].before["expires"] is None
    assert change[0].after["expires"] == "2027-12-31"


def test_scope_lines_of_one_accreditation_are_one_change_row(traveller: Traveller) -> None:
    traveller.play(HERON)
    fewer = HERON | {"lines": [["电池 battery", "GB 31241-2022"]]}
    _, run_id = traveller.play(fewer)
    told = traveller.rows("select kind, before, after from change where run_id = :r", r=run_id)
    assert [tuple(row) for row in told] == [("lines", {"lines": 1}, None)]


def test_a_record_that_leaves_ends_its_sighting_and_touches_no_fact(traveller: Traveller) -> None:
    traveller.play(HERON, TERN)
    before = traveller.rows("select * from name order by id")
    state, run_id = traveller.play(HERON)
    assert state is RunState.PUBLISHED
    assert traveller.rows("select * from name order by id") == before
    told = traveller.rows("select kind, what, key from change where run_id = :r", r=run_id)
    assert [tuple(row) for row in told] == [("left_list", "record", "2")]
    _, back = traveller.play(HERON, TERN)
    told = traveller.rows("select kind from change where run_id = :r", r=back)
    assert [row.kind for row in told] == ["back_on_list"]
    assert traveller.counts()["record"] == 2


def test_a_corrected_spelling_in_one_kin_is_the_same_record(traveller: Traveller) -> None:
    wrong = TERN | {"key": "k|oil ga", "kin": "k", "name": "Oil & Ga Tern Pte Ltd"}
    right = TERN | {"key": "k|oil gas", "kin": "k", "name": "Oil & Gas Tern Pte Ltd"}
    traveller.play(wrong, HERON)
    _, run_id = traveller.play(right, HERON)
    assert traveller.run(run_id).counts["altered"] == 1
    assert traveller.counts()["record"] == 2
    assert traveller.counts()["body"] == 2
    told = traveller.rows("select what, before, after from change where run_id = :r", r=run_id)
    assert [(row.what, row.before["text"], row.after["text"]) for row in told] == [
        ("name", "Oil & Ga Tern Pte Ltd", "Oil & Gas Tern Pte Ltd")
    ]
    _, again = traveller.play(wrong, HERON)
    assert traveller.counts()["record"] == 2, "the old spelling is known as a key of that record"
    assert traveller.run(again).counts["altered"] == 1


def test_another_name_in_the_same_kin_is_another_record(traveller: Traveller) -> None:
    traveller.play(HERON | {"kin": "k", "key": "a"}, TERN | {"kin": "k", "key": "b"})
    _, run_id = traveller.play(
        HERON | {"kin": "k", "key": "a"},
        {"key": "c", "kin": "k", "name": "Quite Another Body Ltd", "number": "T-9"},
    )
    counts = traveller.run(run_id).counts
    assert (counts["added"], counts["left"], counts["altered"]) == (1, 1, 0)


def test_a_refused_run_leaves_the_old_data_and_says_why(traveller: Traveller) -> None:
    rows = [HERON | {"key": str(n), "name": f"Body {n}", "number": f"T-{n}"} for n in range(8)]
    traveller.play(*rows)
    before = traveller.counts()
    state, run_id = traveller.play(*rows[:3])
    assert state is RunState.REFUSED
    assert traveller.run(run_id).reasons == [
        "3 records were read, 8 last time: more than 50% fewer at once."
    ]
    after = traveller.counts()
    assert after["run"] == before["run"] + 1
    assert after["payload"] == before["payload"] + 1
    assert {k: after[k] for k in ("change", "log_leaf", "name", "sighting")} == {
        k: before[k] for k in ("change", "log_leaf", "name", "sighting")
    }
    state, _ = traveller.play(*rows, note="whole again")
    assert state is RunState.UNCHANGED, "the comparison is with the last good run"


def test_a_reader_that_fails_refuses_the_run_and_the_bytes_are_kept(traveller: Traveller) -> None:
    traveller.enrol(toy.source(parse=toy.broken))
    state, run_id = traveller.play(HERON)
    assert state is RunState.REFUSED
    assert traveller.run(run_id).reasons == [
        "The reader failed on these bytes: ZeroDivisionError: oh"
    ]
    assert traveller.counts()["payload"] == 1


def test_zero_rows_are_a_result_and_refused_where_rows_are_expected(traveller: Traveller) -> None:
    state, run_id = traveller.play()
    assert state is RunState.REFUSED
    assert traveller.run(run_id).reasons == ["0 records were read; at least 1 are expected."]


def test_one_record_that_contradicts_itself_is_refused(traveller: Traveller) -> None:
    state, run_id = traveller.play(TERN, TERN | {"name": "Other"})
    assert state is RunState.REFUSED
    assert traveller.run(run_id).reasons == ["1 record keys stand twice, for example “2”."]


def test_knowledge_only_moves_forward(traveller: Traveller) -> None:
    traveller.play(HERON)
    earlier = traveller.clock.now - timedelta(days=1)
    state, run_id = traveller.play(TERN, at=earlier)
    assert state is RunState.REFUSED
    assert "is not later than" in traveller.run(run_id).reasons[0]
    assert traveller.counts()["record"] == 1


def test_a_run_that_lost_its_lease_publishes_nothing(traveller: Traveller) -> None:
    """The holder stalls while checking; another worker takes the run over and publishes first."""
    run_id = traveller.ask()
    road = traveller.road

    def stalling(_reading: Reading) -> list[str]:
        with traveller.engine.begin() as conn:
            conn.exec_driver_sql("update run set lease_until = now() - interval '1 second'")
            taken = ledger.claim(conn, run_id, timedelta(minutes=1))
        assert taken is not None
        assert taken.fence == 2
        return []

    checked = toy.source(expect=Expect(check=stalling))
    slow = Road(road.engine, road.settings, {"toy": checked}, road.clock)
    from services.sync.run import Given

    with pytest.raises(LeaseLost):
        carry_out(slow, run_id, Given((toy.page(HERON),), traveller.clock()))
    assert traveller.counts()["name"] == 0
    assert traveller.counts()["log_leaf"] == 0


def test_expectations_of_the_list_come_before_those_of_the_source(traveller: Traveller) -> None:
    from services.kit import List, Request

    strict = List("list", Request(url="https://toy.example/"), expect=Expect(min_rows=3))
    traveller.enrol(toy.source(lists=(strict,)))
    state, _ = traveller.play(HERON, TERN)
    assert state is RunState.REFUSED


def test_positions_have_no_gap_and_the_tree_root_is_recomputed_from_the_rows(
    traveller: Traveller,
) -> None:
    from services.evidence import log

    for n in range(5):
        traveller.play(HERON, TERN | {"expires": f"203{n}-01-01"})
        traveller.play(*(HERON,) * 0)  # refused runs take no position
    leaves = traveller.rows("select * from log_leaf order by position")
    assert [leaf.position for leaf in leaves] == [0, 1, 2, 3, 4]
    hashes = []
    with traveller.engine.connect() as conn:
        for leaf in leaves:
            root, rows = log.changes_root(conn, leaf.run_id)
            assert (root, rows) == (bytes(leaf.root), leaf.rows)
            data = log.leaf_data(leaf.position, leaf.run_id, rows, root, leaf.known_at)
            hashes.append(log.leaf_hash(data))
            assert log.root_of(hashes) == bytes(leaf.tree_root)


def test_a_corrected_name_joins_the_body_that_bears_it(traveller: Traveller) -> None:
    """The body made from the misspelling becomes a redirect; what was known before stays so."""
    first = TERN | {"key": "s|tern", "kin": "s", "number": "", "field": "Cargo Inspection"}
    wrong = first | {"key": "w|tren", "kin": "w", "name": "Tren Labs"}
    traveller.play(first, wrong, HERON)
    before = traveller.clock.now
    _, run_id = traveller.play(first, wrong | {"key": "w|tern", "name": "Tern Labs"}, HERON)
    assert traveller.run(run_id).counts["altered"] == 1
    merged = traveller.rows("select body_id as id, into_id as merged_into from body_merge")
    assert len(merged) == 1
    linked = traveller.rows(
        "select body_id, known @> cast(:t as timestamptz) as then, upper_inf(known) as now"
        " from body_link where record_id ="
        " (select record_id from record_key where key = 'w|tren') order by id",
        t=before,
    )
    assert [tuple(row) for row in linked] == [
        (merged[0].id, True, False),
        (merged[0].merged_into, False, True),
    ]
    held = traveller.rows(
        "select count(distinct accreditation_id) from accreditation_link l"
        " join body_link b using (record_id) where upper_inf(l.known) and upper_inf(b.known)"
        " and b.body_id = :b",
        b=merged[0].merged_into,
    )
    assert held == [(1,)], "one field of one body is one accreditation"
    current = traveller.rows("select body_id from document where to_position is null")
    assert merged[0].id not in [row.body_id for row in current]


def test_what_another_record_already_said_is_marked_as_no_news(traveller: Traveller) -> None:
    traveller.enrol(toy.source("second", lists=toy.source().lists))
    suspended = [{"kind": "suspended", "on": "2026-01-05"}]
    heron = HERON | {"identifiers": {"LEI": "X"}, "lines": [], "events": suspended}
    traveller.play(heron)
    _, run_id = traveller.play(heron | {"expires": "2027-01-01"}, key="second")
    told = traveller.rows("select what, repeats from change where run_id = :r", r=run_id)
    said = {row.what: row.repeats for row in told}
    assert said["name"] is True
    assert said["identifier"] is True
    assert said["status_event"] is True
    assert said["accreditation_statement"] is False, "its expiry is news"
