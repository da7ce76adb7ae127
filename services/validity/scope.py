"""Whether a scope line covers what was done: rules 5, 6, 7 and 15."""

import functools
import re
import unicodedata
from collections.abc import Callable
from datetime import date
from operator import attrgetter

import msgspec

from services import standards
from services.validity.facts import Activity, Facts, Line, Question
from services.validity.reasons import Reason, because


class Scope(msgspec.Struct, frozen=True, kw_only=True):
    """``held``: the schedule of that day is held. ``lines``: those that cover what was asked.

    Where none covers, ``miss`` says why the nearest does not, and ``elsewhere`` that it is only
    the site. ``asked`` false: the whole accreditation is asked, lines do not matter.
    """

    asked: bool
    held: bool = True
    lines: tuple[Line, ...] = ()
    miss: Reason | None = None
    nearest: Line | None = None
    elsewhere: bool = False


def scope_of(facts: Facts, question: Question) -> Scope:
    """Rule 15: nothing is called out of scope unless the schedule of that day is held. A schedule
    of which every line begins after that day is a later one: that day's is not held."""
    activity, site, on = question.activity, question.site, question.on
    if activity is None and site is None:
        return Scope(asked=False)
    lines = facts.lines
    begins = [line.valid_from or date.min for line in lines or ()]
    if facts.lines_from is not None:
        begins.append(facts.lines_from)
    if lines is None or (begins and min(begins) > on):
        return Scope(asked=True, held=False)
    if activity is None:
        return _site_alone(lines, site or "", on)
    return _best(lines, activity, site, on)


def _site_alone(lines: tuple[Line, ...], site: str, on: date) -> Scope:
    if any(_current(line, on) and (not line.sites or site in line.sites) for line in lines):
        return Scope(asked=True)
    return Scope(asked=True, miss=because("SITE_NOT_LISTED", site=site), elsewhere=True)


def _best(lines: tuple[Line, ...], activity: Activity, site: str | None, on: date) -> Scope:
    """Covering lines, or the nearest miss: the line that gets furthest through the tests."""
    covering: list[Line] = []
    miss: tuple[int, str, Line | None, Reason] | None = None
    tests = _TESTS if _asks_numbers(activity) else _TESTS[:_NUMBERS_FROM]
    for line in sorted(lines, key=_id) if len(lines) > 1 else lines:
        failed = _first_failure(line, activity, tests, site, on)
        if failed is None:
            covering.append(line)
        elif miss is None or failed[0] > miss[0]:
            miss = (failed[0], line.id, line if failed[0] > _NAMES_UP_TO else None, failed[1])
    if covering:
        return Scope(asked=True, lines=tuple(covering))
    if miss is None:
        what = "method" if activity.method else "parameter" if activity.parameter else "object"
        return Scope(asked=True, miss=because("NO_SUCH_LINE", what=what))
    return Scope(
        asked=True, miss=miss[3], nearest=miss[2], elsewhere=miss[3].code == "SITE_NOT_LISTED"
    )


_id = attrgetter("id")


def _first_failure(
    line: Line, activity: Activity, tests: "Tests", site: str | None, on: date
) -> tuple[int, Reason] | None:
    for step, test in enumerate(tests):
        if reason := test(line, activity):
            return step, reason
    if reason := _date(line, on):
        return len(_TESTS), reason
    if site is not None and line.sites and site not in line.sites:
        return len(_TESTS) + 1, because("SITE_NOT_LISTED", site=site)
    return None


def _current(line: Line, on: date) -> bool:
    return _date(line, on) is None


def _date(line: Line, on: date) -> Reason | None:
    if line.valid_to is not None and on > line.valid_to:
        return because("LINE_REMOVED", line=line.id, on=line.valid_to)
    if line.valid_from is not None and on < line.valid_from:
        return because("LINE_NOT_YET", line=line.id, on=line.valid_from)
    return None


@functools.lru_cache(maxsize=16_384)  # the words of one scope are few, questions many
def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text)).strip().casefold()


def _same_words(held: str | None, asked: str | None) -> bool:
    """Not asked, or not limited by the line ("*" or empty), or the same words."""
    return not asked or held in (None, "", "*") or _plain(held or "") == _plain(asked)


def _object(line: Line, activity: Activity) -> Reason | None:
    same = _same_words(line.object, activity.object)
    return None if same else because("NO_SUCH_LINE", what="object")


def _parameter(line: Line, activity: Activity) -> Reason | None:
    same = _same_words(line.parameter, activity.parameter)
    return None if same else because("NO_SUCH_LINE", what="parameter")


def _method(line: Line, activity: Activity) -> Reason | None:
    if _same_words(line.method, activity.method):
        return None
    held, asked = _read(line.method, line.edition), _read(activity.method, activity.edition)
    same = held is not None and asked is not None and held.key == asked.key
    return None if same else because("NO_SUCH_LINE", what="method")


def _edition(line: Line, activity: Activity) -> Reason | None:
    """Rule 5. A line without edition does not limit it; a flexible one leaves it to the lab."""
    held = _edition_of(line.method, line.edition)
    if line.flexible or held is None or not activity.method:
        return None
    asked = _edition_of(activity.method, activity.edition)
    if asked is None:
        return because("EDITION_UNSTATED", line=line.id, edition=held)
    return None if asked == held else because("EDITION", line=line.id, edition=held)


@functools.lru_cache(maxsize=16_384)
def _read(method: str | None, edition: str | None) -> standards.Standard | None:
    """The designation of a method whose edition may stand in a field of its own."""
    standard = standards.read(method or "")
    if standard and edition and standard.edition is None:
        return standards.read(f"{method}:{edition}") or standard
    return standard


def _edition_of(method: str | None, edition: str | None) -> str | None:
    """Year and amendments in one spelling, from the field or from the designation itself."""
    standard = _read(method, edition)
    if standard and standard.edition:
        return "+".join((standard.edition, *sorted(standard.amendments)))
    return _plain(edition) if edition else None


def _asks_numbers(activity: Activity) -> bool:
    return activity.lo is not None or activity.hi is not None or activity.u is not None


def _unit(line: Line, activity: Activity) -> Reason | None:
    """Rule 5: a unit mismatch is not covered; letter case matters (mV, MV)."""
    limits = any(value is not None for value in (line.lo, line.hi, line.cmc))
    if not limits or not _asks_numbers(activity):
        return None
    held, asked = (
        unicodedata.normalize("NFKC", u or "").strip() for u in (line.unit, activity.unit)
    )
    return None if held == asked else because("UNIT", line=line.id)


def _range(line: Line, activity: Activity) -> Reason | None:
    asked = [value for value in (activity.lo, activity.hi) if value is not None]
    inside = all(
        (line.lo is None or value >= line.lo) and (line.hi is None or value <= line.hi)
        for value in asked
    )
    return None if inside else because("RANGE", line=line.id)


def _uncertainty(line: Line, activity: Activity) -> Reason | None:
    """Nobody may claim less than the calibration and measurement capability (ILAC-P14)."""
    if activity.u is None or line.cmc is None or activity.u >= line.cmc:
        return None
    return because("UNCERTAINTY", line=line.id)


Tests = tuple[Callable[[Line, Activity], Reason | None], ...]
_TESTS: Tests = (
    _object,
    _parameter,
    _method,
    _edition,
    _unit,
    _range,
    _uncertainty,
)
_NUMBERS_FROM = 4  # unit, range, uncertainty: nothing to hold against where no numbers are asked
_NAMES_UP_TO = 2  # object, parameter, method: a line failing these is not named as nearest
