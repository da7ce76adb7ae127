"""Verdicts on many questions at once: from the database to the decision, in a fixed number of
queries whatever the count and the history.

    questions → whose accreditation (identify, settle) → everything said of it (load) → lines, sites
    → the decision (services.validity) → verdict with reasons, flags, candidates
"""

import functools
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from services import models as m
from services.find.scope import line_key
from services.find.views import Reason
from services.store.facts import load_part
from services.store.judge import reason_of
from services.store.merge import AccreditationHeld
from services.terms import Verdict
from services.validity import ADVERSE, Decision, Question, decide, decide_known, reasons, standing
from services.verdict.case import Bench, Case, Stood
from services.verdict.flags import flag
from services.verdict.identify import Identity, identify
from services.verdict.lines import Laid, activity_of, lay, site_of
from services.verdict.load import load_lines, load_said, wanted_of
from services.verdict.memory import Memory
from services.verdict.settle import settle
from services.verdict.stretch import of_another_day, stretch_of_case
from services.verdict.views import Asked, Judged

_SCOPE_MISSES = frozenset({Verdict.OUT_OF_SCOPE, Verdict.SITE_NOT_COVERED})


def judge(
    conn: Connection,
    asked: Sequence[Asked],
    *,
    known_at: datetime,
    today: date,
    memory: Memory | None = None,
) -> list[Judged]:
    """The verdicts, in the order of the questions. Never raises for what one question says.

    ``today`` is the day of asking: a day after it, or after ``known_at``, is UNKNOWN_FUTURE.
    ``memory``: of earlier questions as known at the same time.

    Questions that differ in their day alone are judged on the first of these, and on the others
    where the answer may be another one.
    """
    memory = memory or Memory(known_at)
    # questions that differ in their day alone have one number, and those about one accreditation
    alike, whose = _numbered(map(_but_for_its_day, asked)), _numbered(map(_whose, asked))
    named = dict(zip(whose, asked, strict=True))
    bench, identities = _laid_out(conn, list(named.values()), memory, today)
    found = dict(zip(named, identities, strict=True))
    told: list[Judged | None] = [None] * len(asked)
    rest = list(range(len(asked)))
    for _ in range(_ROUNDS):
        leaders: dict[int, Case] = {}
        for n in rest:
            if alike[n] not in leaders:
                leaders[alike[n]] = Case(asked[n], found[whose[n]])
        decide_cases(conn, bench, list(leaders.values()))
        led = {
            one: (case.asked, judged_of(case), stretch_of_case(case, bench.known_on))
            for one, case in leaders.items()
        }
        for n in rest:
            told[n] = of_another_day(asked[n], *led[alike[n]])
        rest = [n for n in rest if told[n] is None]
    cases = [Case(asked[n], found[whose[n]]) for n in rest]
    decide_cases(conn, bench, cases)
    for n, case in zip(rest, cases, strict=True):
        told[n] = judged_of(case)
    return [one for one in told if one is not None]


def _numbered(keys: Iterable[Hashable]) -> list[int]:
    """For each key a number, the same for equal ones."""
    numbers: dict[Hashable, int] = {}
    return [numbers.setdefault(key, len(numbers)) for key in keys]


def _but_for_its_day(one: Asked) -> tuple[object, ...]:
    return one.accreditation, one.number, one.issuer, one.body, one.activity, one.site


def _whose(one: Asked) -> tuple[str, ...]:
    """What says whose accreditation is meant."""
    return one.accreditation, one.number, one.issuer, one.body


_ROUNDS = 3  # of a report's days hardly ever more are judged: each round may read lines


def judge_cases(
    conn: Connection,
    asked: Sequence[Asked],
    *,
    known_at: datetime,
    today: date,
    memory: Memory | None = None,
) -> list[Case]:
    """The same with what each verdict rests on, for answers that show it."""
    memory = memory or Memory(known_at)
    bench, identities = _laid_out(conn, asked, memory, today, each_day=True)
    cases = [Case(one, each) for one, each in zip(asked, identities, strict=True)]
    decide_cases(conn, bench, cases)
    return cases


def _laid_out(
    conn: Connection, asked: Sequence[Asked], memory: Memory, today: date, *, each_day: bool = False
) -> tuple[Bench, list[Identity]]:
    """Whom the questions name, and all that was said of these."""
    memory.make_room()
    identified = identify(conn, asked, memory)
    load_said(conn, {one.id for each in identified.of for one in each.found}, memory)
    known_on = min(memory.known_at.date(), today)
    return Bench(memory, identified.merged, known_on, each_day), identified.of


def decide_cases(conn: Connection, bench: Bench, cases: Sequence[Case]) -> None:
    """Brings these cases to their decisions."""
    for case in cases:
        settle(case, bench)
    _load_sites(conn, bench, cases)
    # of a day after that of knowledge no schedule says anything
    _load_lines(conn, bench, [case for case in cases if case.asked.on <= bench.known_on])
    for case in cases:
        if case.decision is None:
            _decide(case, bench)


# --- for what, where ------------------------------------------------------------------------------


def _load_sites(conn: Connection, bench: Bench, cases: Sequence[Case]) -> None:
    """Rows of the sites that an accreditation's own records name, where one is asked about: one
    query. Another record's sites are not asked: its keys are its own, and which others were read
    before must not change an answer."""
    asked = {
        case.held.id
        for case in cases
        if case.held and case.asked.site and case.held.id not in bench.sites
    }
    own = {
        one: {said.record.id: said.record for said in bench.memory.said[one].says} for one in asked
    }
    records = {i: record for each in own.values() for i, record in each.items()}
    if not records:
        return
    rows: dict[int, list[Any]] = defaultdict(list)
    for said in load_part(conn, m.Site, records, bench.memory.known_at):
        rows[said.record.id].append(said.row)
    for one, each in own.items():
        bench.sites[one] = [row for i in each for row in rows.get(i, ())]


def _load_lines(conn: Connection, bench: Bench, cases: Sequence[Case]) -> None:
    """The rows of lines that could be meant and were not read before: at most one query."""
    for case, held in _of_schedule(cases):
        case.wanted = wanted_of(held.id, case.asked.activity)
    keys = _line_keys(cases)
    asked = {
        one: keys[one.accreditation_id]
        for one in dict.fromkeys(case.wanted for case in cases if case.wanted)
        if bench.read_by.get(one) != keys[one.accreditation_id]
    }
    bench.lines.update(dict.fromkeys(asked, ()))
    bench.lines.update(load_lines(conn, asked, keys, bench.memory.known_at))
    bench.read_by.update(asked)


def _of_schedule(cases: Iterable[Case]) -> Iterator[tuple[Case, AccreditationHeld]]:
    """Questions about what a schedule covers."""
    for case in cases:
        held = case.held
        if held and held.line_keys and (case.asked.activity or case.asked.site):
            yield case, held


def _line_keys(cases: Iterable[Case]) -> dict[int, tuple[tuple[int, str], ...]]:
    keys: dict[int, tuple[tuple[int, str], ...]] = {}
    for _, held in _of_schedule(cases):
        known = keys.get(held.id)
        if known is None:
            keys[held.id] = held.line_keys
        elif known != held.line_keys:
            keys[held.id] = tuple(dict.fromkeys((*known, *held.line_keys)))
    return keys


def _decide(case: Case, bench: Bench) -> None:
    asked, stood = case.asked, case.stood
    if stood is None:  # linked then, but nothing was said of it yet
        case.decision = decide(None, Question(None, None, asked.on, bench.known_on))
        return
    site = _site_of(case, stood.held, bench) if asked.site else None
    activity = activity_of(asked.activity) if asked.activity else None
    question = Question(activity, site, asked.on, bench.known_on)
    scope = asked.on <= bench.known_on and not (activity is None and site is None)
    laid = _laid(case, stood.held, bench) if scope else None
    decision = _decide_on(case, stood, question, laid, bench)
    days = stood.days
    if days and days.moving and stood.on != asked.on and decision.verdict in ADVERSE:
        # it tells the check that was the last before the day
        decision = _decide_on(case, bench.on(stood.said, asked.on), question, laid, bench)
    case.decision = decision
    if laid is not None:
        _tell_line(case, laid)


def _decide_on(
    case: Case, stood: Stood, question: Question, laid: Laid | None, bench: Bench
) -> Decision:
    case.stood, case.known = stood, stood.known(bench.known_on)
    if laid is None:
        return decide_known(case.known, question)
    held, whole = stood.held, case.known
    # a schedule that begins later is not that day's (rule 15)
    begins = [day for key in held.line_keys if (day := stood.said.begins.get(key))]
    case.known = whole.of_lines(laid.lines, min(begins, default=None))
    decision = decide_known(case.known, question)
    if held.facts.lines is None and (decision.verdict in _SCOPE_MISSES or not laid.lines):
        # a schedule that is not held in full accuses nobody (rule 15)
        return decide_known(whole, question)
    return decision


def _site_of(case: Case, held: AccreditationHeld, bench: Bench) -> str:
    words = case.asked.site
    found = site_of(words, bench.sites.get(held.id, ()))
    if found.among > 1:
        case.flags.append(flag("SITE_AMBIGUOUS", site=words, count=found.among))
    elif not found.among:
        case.flags.append(flag("SITE_NOT_RECOGNISED", site=words))
    return found.key


def _laid(case: Case, held: AccreditationHeld, bench: Bench) -> Laid:
    """The lines that could be meant, laid out for the question once, whatever the day."""
    asked = case.asked.activity
    wanted = case.wanted or wanted_of(held.id, asked)
    key = wanted, asked, held.line_keys
    laid = bench.laid.get(key)
    if laid is None:
        keys = set(held.line_keys)
        rows = [
            row for row in bench.lines.get(wanted, ()) if (row.record_id, row.accreditation) in keys
        ]
        laid = bench.laid[key] = lay(rows, asked)
    return laid


def _tell_line(case: Case, laid: Laid) -> None:
    decision, asked = case.decision, case.asked
    if decision is None or decision.deciding_line is None:
        return
    case.line = laid.rows.get(decision.deciding_line.id)
    if decision.deciding_line.id in laid.inexact and asked.activity and case.line is not None:
        said = ", ".join(filter(None, (case.line.object, case.line.parameter)))
        words = ", ".join(filter(None, (asked.activity.object, asked.activity.parameter)))
        case.flags.append(flag("WORDS_DIFFER", line=said, asked=words))


# --- the answer -----------------------------------------------------------------------------------


@functools.lru_cache(maxsize=32_768)  # an audit says the same of the same bodies over and over
def _told(reason: reasons.Reason) -> Reason:
    return msgspec.convert(reason_of(reason), Reason)


def judged_of(case: Case) -> Judged:
    decision, held = case.decision, case.held
    assert decision is not None
    event = decision.deciding_event
    return Judged(
        ref=case.asked.ref,
        verdict=decision.verdict,
        partial=decision.partial,
        confidence=decision.confidence,
        standing=standing(decision).value,
        reasons=tuple([_told(reason) for reason in decision.reasons]),
        flags=tuple(case.flags),
        candidates=tuple(case.candidates),
        accreditation=f"a{held.id}" if held else "",
        body=f"b{held.body_id}" if held else "",
        line=line_key(case.line) if case.line is not None else "",
        event=(event.ref or "") if event else "",
        since=decision.since,
        until=decision.until,
        last_check=decision.last_check,
    )
