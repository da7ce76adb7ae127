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
    next_turn,
    standing,
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
