"""`labdir log verify` over merges: made and undone they hold, and a doctored one is named."""

import pytest

from services.terms import RelationKind
from tests.services.desk.conftest import HERON, SPELT, TERN, Desk, desk, engine, traveller

__all__ = ["desk", "engine", "traveller"]


def test_merges_their_undoing_and_relations_hold(desk: Desk) -> None:
    desk.road.play(HERON, TERN)
    desk.relate(3, 1, RelationKind.SUBSIDIARY_OF)
    desk.merge(2, 1)
    desk.road.play({**SPELT, "expires": "2027-01-01"}, key="second")
    desk.unmerge(2, 1)
    desk.merge(3, 1)
    desk.unmerge(3, 1)
    desk.merge(2, 3)
    assert len(desk.road.rows("select 1 from body_relation")) == 2, "restored by the undoing"
    assert desk.faults() == []


def test_a_merge_that_the_road_made_holds_by_the_record_that_it_led_over(desk: Desk) -> None:
    slip = {"key": "3", "kin": "3", "name": "Ternn Labs Pte Ltd", "number": "", "field": "Lifts"}
    desk.road.play(HERON, {**slip, "name": "Tern Labs Pte Ltd", "key": "2", "kin": "2"}, slip)
    right = {**slip, "name": "Tern Labs Pte Ltd"}
    desk.road.play(HERON, {**right, "key": "2", "kin": "2"}, right)
    (made,) = desk.road.rows("select account_id, body_id, into_id from body_merge")
    assert tuple(made) == (None, 4, 3)
    assert desk.faults() == []
    doctored = "update body_merge set into_id = 1"
    with desk.road.engine.begin() as conn:
        conn.exec_driver_sql(doctored)
    assert [one.table for one in desk.faults()] == ["body_merge"]


@pytest.mark.parametrize(
    ("doctored", "said"),
    [
        ("into_id = 3", "no change row of run"),
        ("body_id = 3", "no change row of run"),
        ("because = 'They are friends.'", "no change row of run"),
        ("account_id = null, into_id = 3", "no change row of run"),
        ("known = tstzrange(lower(known) - interval '1 day', null)", "known is not the time"),
        ("known = tstzrange(lower(known), now() + interval '9 years')", "known is not the time"),
        ("known = tstzrange(lower(known), lower(known) + interval '1 s'), end_run_id = run_id",
         "no change row of run"),
    ],
)  # fmt: skip
def test_a_doctored_merge_is_named(desk: Desk, doctored: str, said: str) -> None:
    desk.road.play(HERON, TERN)
    desk.merge(2, 1)
    with desk.road.engine.begin() as conn:
        conn.exec_driver_sql(f"update body_merge set {doctored}")
    named = desk.faults()
    assert "body_merge" in {one.table for one in named}
    assert any(said in one.what for one in named), named


def test_a_merge_taken_out_and_an_undone_one_that_is_opened_again_are_named(desk: Desk) -> None:
    desk.merge(2, 1)
    desk.unmerge(2, 1)
    with desk.road.engine.begin() as conn:
        conn.exec_driver_sql(
            "update body_merge set known = tstzrange(lower(known), null), end_run_id = null"
        )
    assert [str(one) for one in desk.faults()] == [
        "body_merge b2: is gone or was altered: change run 4 row 0"
    ]
    with desk.road.engine.begin() as conn:
        for table in ("body_link", "accreditation_link", "review_item"):
            conn.exec_driver_sql(f"update {table} set merge_id = null")
        conn.exec_driver_sql("delete from body_merge")
    assert [str(one) for one in desk.faults()] == [
        "body_merge b2: is gone or was altered: change run 3 row 0",
        "body_merge b2: is gone or was altered: change run 4 row 0",
    ]


def test_a_doctored_relation_is_named(desk: Desk) -> None:
    desk.relate(2, 1, RelationKind.BRANCH_OF)
    with desk.road.engine.begin() as conn:
        conn.exec_driver_sql("update body_relation set kind = 'subsidiary_of'")
    assert [str(one) for one in desk.faults()] == [
        "body_relation id 1 (b2, b1): no change row says so"
    ]
