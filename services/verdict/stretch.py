"""Answers on other days: where nothing but the day of the last check differs, a question is not
judged again."""

from bisect import bisect_right
from datetime import date
from typing import NamedTuple

import msgspec

from services.store.merge import AccreditationSaid
from services.validity import ADVERSE, Question, stretch_of
from services.verdict.case import Case
from services.verdict.views import Asked, Judged


class Stretch(NamedTuple):
    """Days, half-open, on which a case's answer stands but for the day of its last check. ``said``:
    of the accreditation, None where there is none."""

    said: AccreditationSaid | None
    first: date
    after: date

    def last_check(self, on: date) -> date | None:
        looked = self.said.looked() if self.said else []
        before = bisect_right(looked, on)
        return looked[before - 1] if before else None


def of_another_day(
    asked: Asked, leader: Asked, judged: Judged, stretch: Stretch | None
) -> Judged | None:
    """The answer to a question by that to ``leader``, which differs in its day alone; None where
    it may be another one."""
    if asked is leader:
        return judged
    if asked.on == leader.on:
        return msgspec.structs.replace(judged, ref=asked.ref)
    if stretch is None or not stretch.first <= asked.on < stretch.after:
        return None
    last_check = stretch.last_check(asked.on)
    return msgspec.structs.replace(judged, ref=asked.ref, last_check=last_check)


def stretch_of_case(case: Case, known_on: date) -> Stretch | None:
    """None where another day may have another answer. Of several that bear a number it is the day
    that chooses."""
    stood, decision = case.stood, case.decision
    if not case.identity.found:
        return Stretch(None, date.min, date.max)
    if case.known is None or stood is None or decision is None or len(case.identity.found) > 1:
        return None
    steady = stood.days
    if steady is None or (steady.moving and decision.verdict in ADVERSE):
        return None
    days = stretch_of(case.known, Question(None, None, case.asked.on, known_on), decision)
    if days is None:
        return None
    first, after = days
    return Stretch(stood.said, max(first, steady.first), min(after, steady.after))
