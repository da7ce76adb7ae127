"""What time alone changes (rule 16), so that it can be published on its day without any sync."""

from datetime import date, timedelta

from services.terms import Verdict
from services.validity.decide import STALE_AFTER_DAYS, judge_known, next_day, standing
from services.validity.facts import Facts, Question, Standing
from services.validity.spells import Known, lay_out


def next_turn(
    facts: Facts, on: date, known_at: date, stale_after_days: int = STALE_AFTER_DAYS
) -> date | None:
    """The first day after ``on`` on which time alone changes the whole accreditation's answer.

    What is known stays as of ``known_at`` and only the day asked about moves (rule 16). A change
    is one of verdict or standing; the days counted inside a reason do not make one.
    """
    if not facts.resolved:
        return None
    known = lay_out(facts, known_at)

    def state(day: date) -> tuple[Verdict, Standing]:
        answer = judge_known(known, Question(None, None, day, max(day, known_at)), stale_after_days)
        return answer.verdict, standing(answer)

    now = state(on)
    return next(
        (day for day in _turning_days(known, on, stale_after_days) if state(day) != now), None
    )


def _turning_days(known: Known, on: date, stale_after_days: int) -> list[date]:
    """Every day on which an interval of the facts begins or ends: no other day can turn."""
    facts = known.facts
    days: set[date] = {facts.granted} if facts.granted else set()
    for begin, end in known.periods:
        days |= {begin} if begin else set()
        days |= {next_day(end)} if end else set()
    for spell in (*known.whole, *known.partial):
        for day in (spell.start, spell.end, *(spell.doubt or ()), *(spell.after or ())):
            days |= {day} if day else set()
    for check in facts.checks:
        stale = check.day + timedelta(days=stale_after_days + 1)
        days |= {check.day, next_day(check.day), stale}
    days |= {other.said_on for other in facts.other}
    return sorted(day for day in days if on < day < date.max)
