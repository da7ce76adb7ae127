"""Laws that hold for any facts, put to thousands of random histories."""

import random
from datetime import date, timedelta
from typing import TypeVar

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.terms import EventKind, Listed, Tier, Verdict
from services.validity import (
    Activity,
    Check,
    Decision,
    Event,
    Facts,
    Line,
    OtherStatement,
    Question,
    decide,
    lay_out,
    next_turn,
    standing,
    stretch_of,
)

T = TypeVar("T")
FIRST, LAST = date(2024, 1, 1), date(2024, 12, 31)
days = st.dates(FIRST, LAST)
maybe_day = st.none() | days
ids = st.frozensets(st.sampled_from(["S1", "S2"]), max_size=2)
sites = st.frozensets(st.sampled_from(["X", "Y"]), max_size=2)
primary_tiers = st.sampled_from([Tier.AB_REGISTER, Tier.AB_SCHEDULE])
lower_tiers = st.sampled_from([tier for tier in Tier if tier > Tier.AB_SCHEDULE])
any_tier = st.sampled_from(Tier)


@st.composite
def windows(draw: st.DrawFn) -> tuple[date, date]:
    begin = draw(days)
    return begin, begin + timedelta(days=draw(st.integers(1, 60)))


def events(known: st.SearchStrategy[date | None] = maybe_day) -> st.SearchStrategy[Event]:
    return st.builds(
        Event,
        kind=st.sampled_from(EventKind),
        on=maybe_day,
        until=maybe_day,
        window=st.none() | windows(),
        expires=maybe_day,
        lines=st.just(frozenset()) | ids,
        sites=st.just(frozenset()) | sites,
        known_from=known,
        last_seen=maybe_day,
        source=st.sampled_from([None, "reg"]),
    )


def checks(
    at: st.SearchStrategy[date] = days, tier: st.SearchStrategy[Tier] = primary_tiers
) -> st.SearchStrategy[Check]:
    listed = st.sampled_from([Listed.ACTIVE, *Listed])
    source = st.sampled_from([None, "reg", "notices"])
    return st.builds(Check, at, st.booleans(), listed, tier, source=source)


def others(
    at: st.SearchStrategy[date] = days, tier: st.SearchStrategy[Tier] = any_tier
) -> st.SearchStrategy[OtherStatement]:
    return st.builds(OtherStatement, tier, st.sampled_from(Listed), maybe_day, at)


def line(name: str, known: st.SearchStrategy[date | None] = maybe_day) -> st.SearchStrategy[Line]:
    return st.builds(
        Line,
        id=st.just(name),
        object=st.sampled_from(["kettle", "lamp"]),
        flexible=st.booleans(),
        sites=sites,
        valid_from=maybe_day,
        valid_to=maybe_day,
        known_from=known,
    )


facts_strategy = st.builds(
    Facts,
    granted=st.none() | st.just(date(2023, 6, 1)) | days,
    expires=maybe_day,
    events=st.lists(events(), max_size=4).map(tuple),
    lines=st.none() | st.tuples(line("S1"), line("S2")) | st.just(()),
    checks=st.lists(checks(), max_size=5).map(tuple),
    other=st.lists(others(), max_size=2).map(tuple),
)
kettle = st.just(Activity(object="kettle"))
known_at = st.just(date(2024, 9, 1))
places = st.sampled_from([None, "X", "Y"])
questions = st.builds(Question, st.none() | kettle, places, days, known_at)
kettles = st.builds(Question, kettle, places, days, known_at)
MANY = settings(max_examples=1_000, deadline=None)


@settings(max_examples=300, deadline=None)
@given(facts_strategy, questions)
def test_any_facts_are_judged_with_a_reason(facts: Facts, question: Question) -> None:
    assert decide(facts, question).reasons


@MANY
@given(facts_strategy, questions, st.data())
def test_what_is_learned_later_changes_nothing(
    facts: Facts, question: Question, data: st.DataObject
) -> None:
    later = st.dates(question.known_at + timedelta(days=1), date(2025, 6, 1))
    learned = replace(
        facts,
        events=(*facts.events, data.draw(events(later))),
        checks=(*facts.checks, data.draw(checks(later))),
        other=(*facts.other, data.draw(others(later))),
        lines=(*facts.lines, data.draw(line("S3", later))) if facts.lines else facts.lines,
    )
    assert decide(learned, question) == decide(facts, question)


@MANY
@given(facts_strategy, questions, st.integers())
def test_the_order_of_facts_does_not_matter(facts: Facts, question: Question, seed: int) -> None:
    def mixed(items: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(random.Random(seed).sample(items, len(items)))

    shuffled = replace(
        facts,
        events=mixed(facts.events),
        checks=mixed(facts.checks),
        other=mixed(facts.other),
        lines=None if facts.lines is None else mixed(facts.lines),
    )
    assert decide(shuffled, question) == decide(facts, question)


def gist(decision: Decision) -> tuple[Verdict, bool]:
    return decision.verdict, decision.partial


@MANY
@given(facts_strategy, questions, checks(tier=lower_tiers), others(tier=lower_tiers))
def test_a_lower_tier_changes_no_verdict(
    facts: Facts, question: Question, check: Check, other: OtherStatement
) -> None:
    more = replace(facts, checks=(*facts.checks, check), other=(*facts.other, other))
    assert gist(decide(more, question)) == gist(decide(facts, question))


@MANY
@given(facts_strategy.filter(lambda facts: facts.lines is not None), kettles)
def test_an_unrelated_line_changes_nothing(facts: Facts, question: Question) -> None:
    known = tuple(replace(each, known_from=None) for each in facts.lines or ())
    held = replace(facts, lines=known)
    begins = [each.valid_from for each in held.lines or () if each.valid_from]
    unrelated = Line(id="Z", object="crane", valid_from=min(begins, default=None))
    more = replace(held, lines=(*(held.lines or ()), unrelated))
    if held.lines == ():
        more = replace(held, lines=(replace(unrelated, valid_from=None),))
    assert gist(decide(more, question)) == gist(decide(held, question))


@settings(max_examples=150, deadline=None)
@given(facts_strategy, days)
def test_the_next_turn_is_the_first_day_that_changes_the_answer(facts: Facts, on: date) -> None:
    known_at = LAST
    cut = replace(facts, checks=tuple(c for c in facts.checks if c.at <= known_at))

    def state(day: date) -> tuple[Verdict, str]:
        answer = decide(cut, Question(None, None, day, max(day, known_at)))
        return answer.verdict, standing(answer)

    # no fact lies later than a window's end or a check's staleness behind the last day
    horizon = (date(2025, 6, 30) - on).days
    coming = (on + timedelta(days=n) for n in range(1, horizon))
    first = next((day for day in coming if state(day) != state(on)), None)
    assert next_turn(facts, on, known_at) == first


# Histories of which many are without an adverse word, so that their answers have a long stretch.
plain_checks = st.builds(Check, days, st.just(True), st.just(Listed.ACTIVE), primary_tiers)
plain_events = events().map(
    lambda event: replace(event, last_seen=None, until=event.until or date(2024, 5, 1))
)
plain = st.builds(
    Facts,
    granted=st.none() | st.just(date(2023, 6, 1)) | days,
    expires=maybe_day,
    events=st.just(()) | st.lists(plain_events, max_size=2).map(tuple),
    lines=st.none() | st.tuples(line("S1"), line("S2")) | st.just(()),
    lines_from=maybe_day,
    checks=st.lists(plain_checks, min_size=2, max_size=5).map(tuple),
    other=st.just(()) | st.lists(others(), max_size=1).map(tuple),
    resolved=st.sampled_from([True, True, True, False]),
)


@MANY
@given(plain | facts_strategy, questions)
def test_within_a_stretch_nothing_but_the_last_check_differs(
    facts: Facts, question: Question
) -> None:
    known, answer = lay_out(facts, question.known_at), decide(facts, question)
    stretch = stretch_of(known, question, answer)
    if stretch is None:
        return
    first, after = stretch
    assert first <= question.on < after
    first = max(first, FIRST - timedelta(days=400))
    for n in range((after - first).days):
        day = first + timedelta(days=n)
        other = decide(facts, replace(question, on=day))
        assert replace(other, last_check=answer.last_check) == answer
        if other.last_check is not None:
            assert other.last_check == max(look for look in known.looked if look <= day)


def test_a_stretch_goes_from_turn_to_turn() -> None:
    looks = tuple(
        Check(day, True, Listed.ACTIVE, Tier.AB_REGISTER)
        for day in (date(2024, 2, 1), date(2024, 6, 1), date(2024, 11, 1))
    )
    held = Line(id="S1", object="kettle", valid_from=date(2024, 3, 1), valid_to=date(2024, 9, 30))
    quiet = Facts(granted=date(2023, 6, 1), expires=LAST, lines=(held,), checks=looks)

    def days_of(facts: Facts, on: date) -> tuple[date, date] | None:
        question = Question(None, None, on, LAST)
        return stretch_of(lay_out(facts, LAST), question, decide(facts, question))

    assert days_of(quiet, date(2024, 5, 1)) == (date(2024, 3, 1), date(2024, 10, 1))
    assert days_of(quiet, date(2024, 10, 1)) == (date(2024, 10, 1), date(2024, 11, 1))
    assert days_of(quiet, date(2024, 1, 31)) == (date(2023, 6, 1), date(2024, 2, 1))
    assert days_of(quiet, date(2023, 5, 1)) == (date.min, date(2023, 6, 1)), "not granted yet"
    assert days_of(quiet, date(2024, 11, 20)) == (date(2024, 11, 1), date(2024, 12, 2))
    assert days_of(quiet, date(2024, 12, 2)) is None, "from then on each day tells the check's age"
    assert days_of(quiet, LAST + timedelta(days=1)) is None, "nothing is known of it"
    stop = Event(kind=EventKind.SUSPENDED, on=date(2024, 4, 1), until=date(2024, 8, 1))
    stopped = replace(quiet, events=(stop,))
    assert days_of(stopped, date(2024, 3, 20)) == (date(2024, 3, 1), date(2024, 4, 1))
    assert days_of(stopped, date(2024, 5, 1)) == (date(2024, 4, 1), date(2024, 6, 1))
    assert days_of(stopped, date(2024, 6, 1)) == (date(2024, 6, 1), date(2024, 8, 1)), "listed on"
    assert days_of(stopped, date(2024, 8, 10)) == (date(2024, 8, 1), date(2024, 10, 1))
    bad = Check(date(2024, 7, 1), True, Listed.SUSPENDED, Tier.AB_REGISTER)
    struck = replace(quiet, checks=(*looks, bad))
    assert days_of(struck, date(2024, 5, 1)) == (date(2024, 3, 1), date(2024, 6, 1))
    assert days_of(struck, date(2024, 7, 10)) == (date(2024, 7, 1), date(2024, 10, 1))
