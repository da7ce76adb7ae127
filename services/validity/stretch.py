"""Days on which one question has one answer, but for the day of the last check."""

from collections.abc import Iterator
from datetime import date, timedelta

from services.terms import Verdict
from services.validity.decide import WARN_AFTER_DAYS, next_day
from services.validity.facts import Decision, Question
from services.validity.spells import TERMINAL, Known

# what ended it, or stands against it, is told with the check that was the last before the day
ADVERSE = frozenset({*TERMINAL, Verdict.EXPIRED, Verdict.SUSPENDED, Verdict.CONFLICT})


def stretch_of(known: Known, question: Question, decision: Decision) -> tuple[date, date] | None:
    """[first, first after) around the question's day: on each of these days the decision on the
    same facts is this one in all but ``last_check``. None where that is not certain.

    Grant, periods, lines and whatever has dates of its own turn it, and so do the first check and
    the last; where it is adverse every check. Once the last check is old each day tells its age.
    """
    on, looked = question.on, known.looked
    first, after = date.min, next_day(question.known_at)
    if on >= after:
        return None
    if looked:
        aged = looked[-1] + timedelta(days=WARN_AFTER_DAYS + 1)
        if on >= aged:
            return None
        after = min(after, aged)
    for turn in _turns(known, decision):
        if turn <= on:
            first = max(first, turn)
        else:
            after = min(after, turn)
    return first, after


def _turns(known: Known, decision: Decision) -> Iterator[date]:
    facts = known.facts
    yield from known.looked[:1]
    yield from known.looked[-1:]
    yield from filter(None, (facts.granted, facts.lines_from))
    for begin, end in known.periods:
        yield from filter(None, (begin, end and next_day(end)))
    for line in facts.lines or ():
        yield from filter(None, (line.valid_from, line.valid_to and next_day(line.valid_to)))
    for spell in (*known.whole, *known.partial):
        days = (spell.start, spell.end, *(spell.doubt or ()), *(spell.after or ()))
        yield from filter(None, days)
    for other in known.adverse:
        yield other.said_on
    if decision.verdict in ADVERSE:
        for check in known.primary:
            yield check.day
