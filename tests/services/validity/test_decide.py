"""What an answer carries beside its verdict."""

from datetime import UTC, date, datetime

import pytest

from services.terms import Confidence, EventKind, Listed, Tier, Verdict
from services.validity import (
    Activity,
    Check,
    Event,
    Facts,
    Line,
    OtherStatement,
    Question,
    Standing,
    decide,
    next_turn,
    sentence,
    standing,
)

GRANTED = date(2021, 3, 1)


def ask(on: date, known_at: date | None = None) -> Question:
    return Question(None, None, on, known_at or on)


def active(*days: date) -> tuple[Check, ...]:
    return tuple(Check(day, True, Listed.ACTIVE, Tier.AB_REGISTER, source="reg") for day in days)


def test_a_suspension_names_its_event_its_days_and_its_reason() -> None:
    event = Event(kind=EventKind.SUSPENDED, on=date(2024, 5, 1), until=date(2024, 8, 1), ref="f1")
    facts = Facts(granted=GRANTED, events=(event,), checks=active(date(2024, 4, 1)))
    answer = decide(facts, ask(date(2024, 5, 2)))
    assert answer.deciding_event is event
    assert (answer.since, answer.until) == (date(2024, 5, 1), date(2024, 8, 1))
    assert [r.code for r in answer.reasons] == ["SUSPENDED_PERIOD", "AGEING"]
    assert answer.reasons[0].rule == 13
    assert sentence(answer.reasons[0]) == (
        "It was suspended from 2024-05-01; 2024-08-01 is the first day valid again."
    )


def test_sentences_can_be_given_in_another_language() -> None:
    answer = decide(None, ask(date(2024, 5, 2)))
    assert sentence(answer.reasons[0], {"NO_RECORD": "没有记录。"}) == "没有记录。"


@pytest.mark.parametrize(
    ("checks", "expected"),
    [
        ((date(2024, 1, 1), date(2024, 3, 1)), Confidence.BRACKETED),
        ((date(2024, 3, 1),), Confidence.RETROSPECTIVE),
        ((date(2024, 2, 1),), Confidence.SINGLE),
        ((), Confidence.NONE),
    ],
)
def test_confidence_says_how_checks_enclose_the_day(
    checks: tuple[date, ...], expected: Confidence
) -> None:
    facts = Facts(granted=GRANTED, checks=active(*checks))
    assert decide(facts, ask(date(2024, 2, 1), date(2024, 6, 1))).confidence is expected


def test_standing_since_the_last_restoration_until_the_day_after_expiry() -> None:
    event = Event(kind=EventKind.SUSPENDED, on=date(2023, 5, 1), until=date(2023, 8, 1))
    facts = Facts(
        granted=GRANTED,
        expires=date(2027, 2, 28),
        events=(event,),
        checks=active(date(2024, 1, 1)),
    )
    answer = decide(facts, ask(date(2024, 1, 5)))
    assert (answer.verdict, answer.since, answer.until) == (
        Verdict.VALID,
        date(2023, 8, 1),
        date(2027, 3, 1),
    )
    assert answer.last_check == date(2024, 1, 1)


def test_two_checks_of_one_day_from_one_source_are_ordered_by_their_times() -> None:
    morning, evening = datetime(2024, 4, 1, 8, tzinfo=UTC), datetime(2024, 4, 1, 20, tzinfo=UTC)

    def listed(at: datetime, word: Listed) -> Check:
        return Check(at, True, word, Tier.AB_REGISTER, source="reg")

    later_bad = (listed(morning, Listed.ACTIVE), listed(evening, Listed.SUSPENDED))
    later_good = (listed(morning, Listed.SUSPENDED), listed(evening, Listed.ACTIVE))
    on = ask(date(2024, 4, 1))
    assert decide(Facts(granted=GRANTED, checks=later_bad), on).verdict is Verdict.SUSPENDED
    assert decide(Facts(granted=GRANTED, checks=later_good), on).verdict is Verdict.VALID


def test_another_source_listing_it_active_later_is_a_conflict_and_no_restoration() -> None:
    bad = Check(date(2024, 4, 1), True, Listed.SUSPENDED, Tier.AB_REGISTER, source="notices")
    facts = Facts(granted=GRANTED, checks=(bad, *active(date(2024, 4, 3))))
    assert decide(facts, ask(date(2024, 4, 2))).verdict is Verdict.SUSPENDED
    assert decide(facts, ask(date(2024, 4, 4))).verdict is Verdict.CONFLICT


def test_an_open_suspension_is_lifted_only_by_the_later_word_of_its_own_source() -> None:
    start, learned, later = date(2024, 4, 1), date(2024, 4, 10), date(2024, 5, 1)

    def judged(source: str | None) -> Verdict:
        event = Event(kind=EventKind.SUSPENDED, on=start, known_from=learned, source=source)
        # the list of 5 April did not know of the suspension yet: it lifts nothing
        facts = Facts(granted=GRANTED, events=(event,), checks=active(date(2024, 4, 5), later))
        assert decide(facts, ask(date(2024, 4, 20))).verdict is Verdict.SUSPENDED
        return decide(facts, ask(later)).verdict

    assert judged("reg") is Verdict.VALID
    assert judged("notices") is Verdict.SUSPENDED
    assert judged(None) is Verdict.SUSPENDED


def test_the_nearest_miss_is_named() -> None:
    line = Line(id="S1", object="kettle", method="IEC 60335-1", edition="2020")
    facts = Facts(granted=GRANTED, lines=(line,), checks=active(date(2024, 1, 1)))
    asked = Activity(object="Kettle", method="IEC 60335-1", edition="2010")
    answer = decide(facts, Question(asked, None, date(2024, 1, 2), date(2024, 1, 2)))
    assert answer.deciding_line is line
    assert (answer.reasons[0].code, answer.reasons[0].params["edition"]) == ("EDITION", "2020")


def test_amendments_are_part_of_the_edition() -> None:
    line = Line(id="S1", method="EN 62368-1:2014+A11:2017")
    facts = Facts(granted=GRANTED, lines=(line,), checks=active(date(2024, 1, 1)))

    def judged(method: str) -> Verdict:
        asked = Activity(method=method)
        return decide(facts, Question(asked, None, date(2024, 1, 2), date(2024, 1, 2))).verdict

    assert judged("EN 62368-1: 2014 / A11:2017") is Verdict.VALID
    assert judged("EN 62368-1:2014") is Verdict.OUT_OF_SCOPE


def test_a_lower_tiers_adverse_word_is_shown_as_a_warning() -> None:
    other = OtherStatement(Tier.MRA_DATABASE, Listed.WITHDRAWN, None, date(2024, 1, 1))
    facts = Facts(granted=GRANTED, other=(other,), checks=active(date(2024, 1, 1)))
    answer = decide(facts, ask(date(2024, 1, 2)))
    assert answer.verdict is Verdict.VALID
    assert [r.code for r in answer.reasons] == ["IN_FORCE", "LOWER_TIER_ADVERSE"]


def test_coarse_standing() -> None:
    on = date(2024, 1, 2)

    def of(*events: Event) -> Standing:
        facts = Facts(granted=GRANTED, events=events, checks=active(date(2024, 1, 1)))
        return standing(decide(facts, ask(on)))

    assert of() is Standing.STANDS
    assert of(Event(kind=EventKind.SUSPENDED, on=on)) is Standing.SUSPENDED
    assert of(Event(kind=EventKind.SUSPENDED, on=on, lines=frozenset("A"))) is Standing.PARTLY
    assert of(Event(kind=EventKind.SURRENDERED, on=on)) is Standing.ENDED
    assert standing(decide(None, ask(on))) is Standing.UNKNOWN


def test_the_next_turn_is_the_end_of_a_suspension_then_staleness() -> None:
    event = Event(kind=EventKind.SUSPENDED, on=date(2024, 1, 1), until=date(2024, 2, 1))
    facts = Facts(granted=GRANTED, events=(event,), checks=active(date(2024, 1, 10)))
    known = date(2024, 1, 10)
    assert next_turn(facts, known, known) == date(2024, 2, 1)
    assert next_turn(facts, date(2024, 2, 1), known) == date(2024, 4, 10)
    assert next_turn(facts, date(2024, 4, 10), known) is None


def test_a_suspension_of_unknown_end_is_not_told_as_ended() -> None:
    day, until, later = date(2024, 5, 1), date(2024, 8, 1), date(2024, 8, 5)
    still = Check(later, True, Listed.SUSPENDED, Tier.AB_REGISTER, source="reg")
    dated = Event(kind=EventKind.SUSPENDED, on=day, until=until)
    facts = Facts(granted=GRANTED, events=(dated,), checks=(still,))
    answer = decide(facts, ask(day, later))
    assert (answer.verdict, answer.reasons[0].code) == (Verdict.SUSPENDED, "SUSPENDED_AND_LISTED")
    left = Event(kind=EventKind.SUSPENDED, on=day, last_seen=date(2024, 6, 1))
    gone = decide(Facts(granted=GRANTED, events=(left,), checks=(still,)), ask(day, later))
    assert (gone.verdict, gone.reasons[0].code) == (Verdict.SUSPENDED, "SUSPENDED_ON")
