"""From a question on paper to a verdict, with the facts in the database."""

from typing import Any

import pytest
import sqlalchemy as sa

from services import kit
from services.terms import Verdict
from services.verdict.judge import judge
from services.verdict.memory import Memory
from services.verdict.views import ActivityAsked, Asked
from tests.services.store.build import World, at, lab, line, on, suspension
from tests.services.verdict.conftest import LINES, NOW, SITES, TODAY, Ask


def codes(judged: Any) -> list[str]:
    return [one.code for one in judged.flags]


@pytest.mark.parametrize(
    "number", ["L90417", "cnas l90417", "CNAS-L 90417", "ＣＮＡＳ Ｌ９０４１７"]
)
def test_a_number_in_any_spelling_is_judged(ask: Ask, number: str) -> None:
    judged = ask(number=number)
    assert judged.verdict is Verdict.VALID
    assert judged.accreditation.startswith("a")
    assert judged.reasons[0].rule
    assert codes(judged) == []


def test_the_day_decides_and_so_does_what_was_known(ask: Ask) -> None:
    assert ask("2026-05-24", number="L90417").verdict is Verdict.VALID
    assert ask("2026-05-25", number="L90417").verdict is Verdict.SUSPENDED
    before = ask("2026-05-28", at("2026-05-28"), number="L90417")
    assert before.verdict is Verdict.VALID
    event = ask("2026-05-25", number="L90417").event
    assert event.split(":")[1] == "status_event"


def test_a_day_after_the_day_of_asking_is_not_known(ask: Ask) -> None:
    assert ask("2026-06-02", number="L90417").verdict is Verdict.UNKNOWN_FUTURE
    judged = ask("2026-05-21", at("2026-05-20", 23), number="L90417")
    assert judged.verdict is Verdict.UNKNOWN_FUTURE


@pytest.mark.parametrize(
    ("activity", "verdict", "line"),
    [
        ({"method": "GB 4943.1-2022"}, Verdict.VALID, "2"),
        ({"method": "gb4943.1", "edition": "2022"}, Verdict.VALID, "2"),
        ({"method": "GB 4943.1-2011"}, Verdict.OUT_OF_SCOPE, "2"),
        ({"method": "GB 4943.1"}, Verdict.OUT_OF_SCOPE, "2"),
        ({"method": "EN 71-1:2014"}, Verdict.OUT_OF_SCOPE, ""),
        ({"method": "IEC 62560:2011"}, Verdict.VALID, "5"),
        ({"method": "Q/HB 12-2020", "lo": 2, "hi": 9, "unit": "N"}, Verdict.VALID, "4"),
        ({"method": "Q/HB 12-2020", "lo": 2, "hi": 11, "unit": "N"}, Verdict.OUT_OF_SCOPE, "4"),
        ({"method": "Q/HB 12-2020", "lo": 2, "unit": "kN"}, Verdict.OUT_OF_SCOPE, "4"),
        ({"method": "Q/HB 12-2020", "u": 0.1, "unit": "N"}, Verdict.OUT_OF_SCOPE, "4"),
        ({"object": "Lithium batteries"}, Verdict.VALID, "1"),
        ({"object": "信息技术设备"}, Verdict.VALID, "2"),
        ({"object": "aircraft"}, Verdict.OUT_OF_SCOPE, ""),
        ({"object": "luminaire", "parameter": "dielectric strength"}, Verdict.VALID, "3"),
    ],
)
def test_what_was_done_is_held_against_the_schedule(
    ask: Ask, activity: dict[str, Any], verdict: Verdict, line: str
) -> None:
    judged = ask(number="L90417", activity=activity)
    assert (judged.verdict, judged.line) == (verdict, line), judged.reasons


def test_a_flexible_line_waits_for_the_list_of_methods(ask: Ask) -> None:
    judged = ask(number="L90700", activity={"object": "cables", "method": "IEC 60227-2:1997"})
    assert (judged.verdict, judged.line) == (Verdict.VALID_FLEXIBLE_UNCONFIRMED, "6")
    other = ask(number="L90700", activity={"object": "toys", "method": "IEC 60227-2:1997"})
    assert other.verdict is Verdict.OUT_OF_SCOPE


def test_words_that_say_more_or_less_are_taken_and_told(ask: Ask) -> None:
    judged = ask(number="L90417", activity={"object": "equipment information technology laptop"})
    assert (judged.verdict, judged.line) == (Verdict.VALID, "2")
    assert codes(judged) == ["WORDS_DIFFER"]
    assert "信息技术设备" in judged.flags[0].text


def test_nothing_asked_of_a_schedule_that_is_not_held_is_out_of_scope(ask: Ask) -> None:
    judged = ask(number="L90500", activity={"method": "GB 4943.1-2022"})
    assert judged.verdict is Verdict.UNKNOWN_SCOPE
    assert judged.reasons[0].code == "SCHEDULE_NOT_HELD"


@pytest.mark.parametrize(
    ("site", "verdict"),
    [
        ("SZ", Verdict.VALID),
        ("main", Verdict.VALID),
        ("1 Quay Road", Verdict.VALID),
        ("Shenzhen", Verdict.VALID),
        ("DXB", Verdict.SITE_NOT_COVERED),
    ],
)
def test_a_site_is_known_by_key_name_address_or_town(ask: Ask, site: str, verdict: Verdict) -> None:
    judged = ask(number="L90417", site=site, activity={"method": "GB/T 18287-2013"})
    assert judged.verdict is verdict
    assert codes(judged) == []


def test_a_site_that_nobody_knows_is_said_to_be_unknown(ask: Ask) -> None:
    judged = ask(number="L90417", site="Atlantis", activity={"method": "GB/T 18287-2013"})
    assert judged.verdict is Verdict.SITE_NOT_COVERED
    assert codes(judged) == ["SITE_NOT_RECOGNISED"]


def test_a_number_that_two_have_borne_is_that_of_the_day(ask: Ask) -> None:
    first = ask("2019-06-01", number="L90600")
    second = ask("2023-06-01", number="L90600")
    assert first.body != second.body
    assert codes(first) == codes(second) == ["NUMBER_REUSED"]
    assert {one.name for one in second.candidates} == {
        "Old Mill Testing Ltd", "Quarry Stone Laboratory"
    }  # fmt: skip
    between = ask("2021-06-01", number="L90600")
    assert (between.verdict, between.body) == (Verdict.WITHDRAWN, first.body)


def test_a_claimed_holder_chooses_among_those_that_bore_it(ask: Ask) -> None:
    judged = ask("2023-06-01", number="L90600", body="Old Mill Testing Limited")
    assert judged.verdict is Verdict.WITHDRAWN
    assert "NUMBER_REUSED" in codes(judged)


def test_anothers_name_on_a_genuine_number_leaves_identity_open(ask: Ask) -> None:
    judged = ask(number="L90500", body="Quarry Stone Laboratory")
    assert judged.verdict is Verdict.IDENTITY_UNRESOLVED
    assert codes(judged) == ["HOLDER_DIFFERS"]
    assert judged.candidates[0].name == "Meadow Water Laboratory"
    assert "fake" not in judged.flags[0].text.lower()


@pytest.mark.parametrize(
    ("claimed", "flag"),
    [
        ("Meadow Water Laboratory", None),
        ("MEADOW WATER LABORATORY LTD.", None),
        ("Meadow Watter Laboratory", "HOLDER_SPELT_OTHERWISE"),
        ("草地水实验室", "HOLDER_NOT_COMPARABLE"),
    ],
)
def test_the_claimed_name_is_compared(ask: Ask, claimed: str, flag: str | None) -> None:
    judged = ask(number="L90500", body=claimed)
    assert judged.verdict is Verdict.VALID
    assert codes(judged) == ([flag] if flag else [])


@pytest.mark.parametrize("number", ["19O417", "LO90417", "L090417", "I90417", "190417"])
def test_a_number_that_looks_like_anothers_is_a_hint(ask: Ask, number: str) -> None:
    judged = ask(number=number)
    assert judged.verdict is Verdict.NOT_FOUND
    assert codes(judged) == ["LOOKALIKE"]
    assert [one.number for one in judged.candidates] == ["L90417"]


def test_what_nobody_bears_is_not_found_and_nothing_more(ask: Ask) -> None:
    judged = ask(number="L77777")
    assert (judged.verdict, judged.flags, judged.candidates) == (Verdict.NOT_FOUND, (), ())
    assert ask().flags[0].code == "NOTHING_NAMED"
    assert ask(number="9" * 200).flags[0].code == "NUMBER_TOO_LONG"


def test_a_body_alone_is_judged_where_it_has_one_accreditation(ask: Ask) -> None:
    by_name = ask(body="Meadow Water Laboratory")
    assert by_name.verdict is Verdict.VALID
    assert ask(body=by_name.body).accreditation == by_name.accreditation
    assert ask(accreditation=by_name.accreditation).body == by_name.body
    assert ask(body="Nobody of that name").verdict is Verdict.NOT_FOUND


def test_another_issuers_number_is_not_it(ask: Ask) -> None:
    assert ask(number="L90417", issuer="DAkkS").verdict is Verdict.NOT_FOUND
    assert ask(number="L90417", issuer="CNAS").verdict is Verdict.VALID


def test_many_are_answered_in_order_with_as_many_queries_as_one(world: World) -> None:
    questions = [
        Asked(number="L90417", on=on("2026-05-01"), ref="a", site="SZ",
              activity=ActivityAsked(method="GB/T 18287-2013")),
        Asked(number="L77777", on=on("2026-05-01"), ref="b"),
        Asked(number="L90417", on=on("2026-05-26"), ref="c"),
        Asked(number="L90600", on=on("2019-01-01"), ref="d"),
    ]  # fmt: skip

    def counted(many: list[Asked]) -> tuple[int, list[tuple[str, str]]]:
        sent = 0

        def count(*_: object) -> None:
            nonlocal sent
            sent += 1

        sa.event.listen(world.conn, "before_cursor_execute", count)
        judged = judge(world.conn, many, known_at=NOW, today=TODAY)
        sa.event.remove(world.conn, "before_cursor_execute", count)
        return sent, [(one.ref, one.verdict.value) for one in judged]

    few, _ = counted(questions)
    many, answers = counted(questions * 50)
    assert many == few
    assert few <= 18
    expected = [("a", "VALID"), ("b", "NOT_FOUND"), ("c", "SUSPENDED"), ("d", "VALID")]
    assert (
        answers
        == [(ref, verdict if ref != "d" else answers[3][1]) for ref, verdict in expected] * 50
    )


def test_a_long_history_takes_as_many_queries_as_a_short_one(database_url: str) -> None:
    engine = sa.create_engine(database_url)
    counts: dict[int, int] = {}
    with engine.connect() as conn:
        world = World(conn)
        world.source("register")
        asked = Asked(number="L90417", on=on("2026-04-01"), site="SZ",
                      activity=ActivityAsked(method="GB/T 18287-2013"))  # fmt: skip
        for day in range(1, 29):
            known = at(f"2026-05-{day:02}")
            stop = suspension(f"2026-05-{day:02}", key=f"notice {day}")
            lines = [*LINES, line("9", f"object {day}", f"IEC {day}:2020")]
            world.look("register", known, [lab(lines=lines, sites=SITES, events=[stop])])

            def count(*_: object) -> None:
                counts[day] = counts.get(day, 0) + 1  # noqa: B023

            sa.event.listen(conn, "before_cursor_execute", count)
            (judged,) = judge(conn, [asked], known_at=known, today=known.date())
            sa.event.remove(conn, "before_cursor_execute", count)
            assert judged.line == "1", judged.reasons
    engine.dispose()
    assert len(counts) == 28
    assert len(set(counts.values())) == 1, counts


def test_no_question_gives_no_answer(world: World) -> None:
    assert judge(world.conn, [], known_at=NOW, today=TODAY) == []


def test_a_site_is_sought_where_the_accreditation_is_told_of_whatever_was_read_before(
    database_url: str,
) -> None:
    """Another list's sites of the body have keys of their own: its SZ is not the register's."""
    engine = sa.create_engine(database_url)
    other = kit.Site(key="SZ", name="Annex", country="CN", city="Foshan", address="9 Mill Lane")
    with engine.connect() as conn:
        world = World(conn)
        world.source("register")
        world.source("designations", authoritative_for=("MDA",))
        world.look("register", at("2026-05-30"), [lab(lines=LINES, sites=SITES)])
        designated = lab("D-7", issuer="MDA", sites=(other,))
        world.look("designations", at("2026-05-30", 2), [designated])
        asked = Asked(number="L90417", on=TODAY, site="Foshan",
                      activity=ActivityAsked(method="GB/T 18287-2013"))  # fmt: skip
        (alone,) = judge(conn, [asked], known_at=NOW, today=TODAY)
        memory = Memory(NOW)
        (first,) = judge(
            conn, [Asked(number="D-7", on=TODAY)], known_at=NOW, today=TODAY, memory=memory
        )
        (after,) = judge(conn, [asked], known_at=NOW, today=TODAY, memory=memory)
    engine.dispose()
    assert first.body == alone.body
    assert codes(alone) == ["SITE_NOT_RECOGNISED"]
    assert after == alone
