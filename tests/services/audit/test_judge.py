"""A row judged on each of its days; the gravest answer is the row's, and a fault is never lost."""

from datetime import date

import pytest
import sqlalchemy as sa

from services.audit import judge as judging
from services.audit.judge import GRAVITY, NOT_JUDGED, judge_rows
from services.terms import Verdict
from services.verdict.judge import judge
from services.verdict.views import Asked, Judged
from tests.services.audit.conftest import NOW, Desk

HEAD = "Report no,Lab no,Laboratory,Standard,Test date,Test end,Issue date\n"


def days(row: object) -> list[tuple[str, str, str, bool]]:
    return [
        (day.kind.value, day.on.isoformat(), day.judged.verdict.value, day.decides)
        for day in row.days  # type: ignore[attr-defined]
    ]


def test_a_report_is_judged_on_its_first_and_last_test_day_and_its_issue_day(desk: Desk) -> None:
    done = desk.audited(HEAD + "R1,L90417,,,2026-02-01,2026-03-12,2026-05-25\n")
    [row] = desk.rows(done.id)
    assert row.verdict == "SUSPENDED"
    assert days(row) == [
        ("first_test_day", "2026-02-01", "VALID", False),
        ("between", "2026-03-10", "SUSPENDED", True),
        ("last_test_day", "2026-03-12", "SUSPENDED", False),
        ("issue_day", "2026-05-25", "VALID", False),
    ]


def test_a_suspension_that_lies_within_the_test_is_found_though_both_ends_are_valid(
    desk: Desk,
) -> None:
    done = desk.audited(HEAD + "R1,L90417,,,2026-02-01,2026-05-25,2026-05-26\n")
    [row] = desk.rows(done.id)
    assert row.verdict == "SUSPENDED"
    assert [day[:3] for day in days(row)] == [
        ("first_test_day", "2026-02-01", "VALID"),
        ("between", "2026-03-10", "SUSPENDED"),
        ("last_test_day", "2026-05-25", "VALID"),
        ("issue_day", "2026-05-26", "VALID"),
    ]


def test_the_gravest_answer_is_the_rows_adverse_before_fault_before_unknown_before_valid(
    desk: Desk,
) -> None:
    done = desk.audited(
        HEAD
        + "R1,L90417,,,2026-02-01,,soon\n"  # valid and a fault
        + "R2,L90417,,,2026-03-12,,soon\n"  # adverse and a fault
        + "R3,L90417,,,2026-02-01,,2027-01-01\n"  # valid and unknown
        + "R4,L90417,,,2026-02-01,,2026-05-25\n"
        + "R5,L91111,,,2026-02-01,,2026-05-25\n"
        + "R6,,,,,,\n"
    )
    told = {row.ref: row.verdict for row in desk.rows(done.id)}
    assert told == {
        "R1": NOT_JUDGED,
        "R2": "SUSPENDED",
        "R3": "UNKNOWN_FUTURE",
        "R4": "VALID",
        "R5": "NOT_FOUND",
        "R6": NOT_JUDGED,
    }
    assert done.counts == {
        "NOT_FOUND": 1, "NOT_JUDGED": 2, "SUSPENDED": 1, "UNKNOWN_FUTURE": 1, "VALID": 1
    }  # fmt: skip
    first = desk.rows(done.id)[0]
    assert [fault.code for fault in first.faults] == ["DAY_UNREADABLE"]
    assert [day.judged.verdict for day in first.days] == [Verdict.VALID]


def test_every_verdict_has_its_place_in_the_order() -> None:
    assert set(GRAVITY) == {*(verdict.value for verdict in Verdict), NOT_JUDGED}
    assert len(GRAVITY) == len(Verdict) + 1
    order = [str(one) for one in GRAVITY]
    unknown = [one for one in order if one.startswith("UNKNOWN")]
    assert order.index("OUT_OF_SCOPE") < order.index(NOT_JUDGED) < order.index(unknown[0])
    assert order[-2:] == ["VALID_FLEXIBLE_UNCONFIRMED", "VALID"]
    assert order.index("WITHDRAWN") < order.index("EXPIRED") < order.index("SUSPENDED")


def test_standard_edition_holder_and_site_are_asked_as_the_row_has_them(desk: Desk) -> None:
    done = desk.audited(
        "Lab no,Laboratory,Standard,Edition,Site,on\n"
        "L90417,海港电池检测有限公司,GB/T 18287-2013,,,2026-02-01\n"
        "L90417,,GB/T 18287,2013,,2026-02-01\n"
        "L90417,,GB/T 18287-2000,,,2026-02-01\n"
        "L90417,Quayside Metal Laboratory,,,,2026-02-01\n"
        "CNAS L90500,,,,,2026-05-02\n"
    )
    rows = desk.rows(done.id)
    assert [row.verdict for row in rows] == [
        "VALID", "VALID", "OUT_OF_SCOPE", "IDENTITY_UNRESOLVED", "EXPIRED"
    ]  # fmt: skip
    assert rows[3].days[0].judged.candidates[0].number == "L90417"
    assert "HOLDER_DIFFERS" in {flag.code for flag in rows[3].days[0].judged.flags}


def test_rows_that_ask_the_same_are_asked_once(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    real = judge

    def counting(conn: sa.Connection, questions: list[Asked], **more: object) -> list[Judged]:
        asked.append(len(questions))
        return real(conn, questions, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "judge", counting)
    body = HEAD + "".join(f"R{n},L90500,,,2026-02-01,,2026-02-01\n" for n in range(300))
    done = desk.audited(body)
    assert asked == [1]
    assert done.counts == {"VALID": 300}
    assert [row.ref for row in desk.rows(done.id, limit=3)] == ["R0", "R1", "R2"]
    assert {day.judged.ref for day in desk.rows(done.id, limit=1)[0].days} == {"R0"}


def test_a_question_that_breaks_the_judging_is_its_own_rows_fault(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = judge

    def fragile(conn: sa.Connection, questions: list[Asked], **more: object) -> list[Judged]:
        if any(one.number == "L66666" for one in questions):
            conn.execute(sa.text("select 1/0"))  # leaves the transaction broken
        return real(conn, questions, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(judging, "judge", fragile)
    numbers = ["L90500"] * 5 + ["L66666"] + ["L90417"] * 5
    body = HEAD + "".join(f"R{n},{one},,,2026-02-0{n % 9 + 1},,\n" for n, one in enumerate(numbers))
    done = desk.audited(body)
    assert done.counts == {"NOT_JUDGED": 1, "VALID": 10}
    [row] = desk.rows(done.id, verdict=NOT_JUDGED)
    assert row.ref == "R5"
    assert row.faults[0].code == "NOT_JUDGED"


def test_what_an_accreditation_decides_is_noted_by_row_and_day(desk: Desk) -> None:
    done = desk.audited(
        HEAD
        + "R1,L90417,,,2026-02-01,,2026-03-12\n"
        + "R2,L90500,,,2026-02-05,,\n"
        + "R3,L90417,,,2026-01-15,,\n"
    )
    with desk.engine.begin() as conn:
        touched = conn.execute(
            sa.text(
                "select a.number, t.rows, t.first_on, t.last_on from audit_touch t "
                "join accreditation a on a.id = t.accreditation_id "
                "where audit_id = :id order by a.number"
            ),
            {"id": done.id},
        ).all()
    assert [tuple(row) for row in touched] == [
        ("L90417", [1, 3], date(2026, 1, 15), date(2026, 3, 12)),
        ("L90500", [2], date(2026, 2, 5), date(2026, 2, 5)),
    ]


def test_no_rows_are_no_answers(desk: Desk) -> None:
    with desk.engine.begin() as conn:
        told = judge_rows(conn, [], known_at=NOW, today=NOW.date())
    assert (told.judged, told.rows) == ([], [])
