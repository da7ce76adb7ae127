"""Verdicts on many questions at once: from the database to the decision, in a fixed number of
queries whatever the count and the history.

    questions → whose accreditation (identify) → everything said of it (load) → lines, sites
    → the decision (services.validity) → verdict with reasons, flags, candidates
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import msgspec
from sqlalchemy.engine import Connection

from services import models as m
from services.find.scope import line_key
from services.find.views import Reason
from services.store.facts import load_part
from services.store.judge import reason_of
from services.store.merge import AccreditationHeld, told_on
from services.terms import Verdict
from services.validity import (
    Decision,
    Known,
    Question,
    because,
    decide,
    decide_known,
    lay_out,
    reasons,
    standing,
)
from services.verdict.flags import flag
from services.verdict.holder import NEAR, SAME, likeness
from services.verdict.identify import (
    LONGEST,
    MOST_CANDIDATES,
    Identified,
    Identity,
    body_id_of,
    identify,
)
from services.verdict.lines import Laid, activity_of, lay, site_of
from services.verdict.load import Wanted, load_begins, load_lines, load_said, wanted_of
from services.verdict.memory import Holding, Memory
from services.verdict.views import ActivityAsked, Asked, Candidate, Flag, Judged

_NOT_BORNE = frozenset({Verdict.NOT_YET_GRANTED, Verdict.NOT_FOUND, Verdict.UNKNOWN_FUTURE})
_ENDED = frozenset({Verdict.WITHDRAWN, Verdict.SURRENDERED, Verdict.TRANSFERRED, Verdict.EXPIRED})
_SCOPE_MISSES = frozenset({Verdict.OUT_OF_SCOPE, Verdict.SITE_NOT_COVERED})


@dataclass(slots=True)
class Case:
    """One question on its way to a verdict. ``held``: the accreditation as it stood on that day,
    once it is settled which; ``wanted``: which lines of its schedule could be meant; ``line``: the
    row of the deciding scope line."""

    asked: Asked
    identity: Identity
    flags: list[Flag] = field(default_factory=list)
    candidates: list[Candidate] = field(default_factory=list)
    held: AccreditationHeld | None = None
    wanted: Wanted | None = None
    decision: Decision | None = None
    line: Any = None


@dataclass(slots=True)
class Bench:
    """What the questions of one call share. ``merged``: one merge for each (accreditation, day)."""

    memory: Memory
    identified: Identified
    merged: dict[tuple[int, date], AccreditationHeld] = field(default_factory=dict)
    told: dict[tuple[object, ...], AccreditationHeld] = field(default_factory=dict)  # by Told.key
    laid_out: dict[int, Known] = field(default_factory=dict)  # by identity of what is held
    sites: dict[int, list[Any]] = field(default_factory=dict)  # accreditation → rows
    # lines laid out for what was asked of a schedule, whatever the day
    laid: dict[tuple[Wanted, ActivityAsked | None, tuple[Any, ...]], Laid] = field(
        default_factory=dict
    )
    alike: dict[tuple[str, int], float | None] = field(default_factory=dict)

    def likeness(self, claimed: str, body_id: int) -> float | None:
        """How much of the claimed holder's name is in this body's; None where that is open."""
        key = claimed, body_id
        if key not in self.alike:
            self.alike[key] = likeness(claimed, self.memory.names.get(body_id, ()))
        return self.alike[key]

    def held(self, accreditation_id: int, on: date) -> AccreditationHeld | None:
        key = accreditation_id, on
        if key not in self.merged:
            said = self.memory.said.get(accreditation_id)
            if said is None:
                return None
            told = told_on(said, on, self.memory.known_at)
            same = accreditation_id, *told.key
            if same not in self.told:
                self.told[same] = told.held()
            self.merged[key] = self.told[same]
        return self.merged[key]

    def known(self, held: AccreditationHeld, known_on: date) -> Known:
        """Its facts as known on the day of this call, laid out once."""
        if id(held) not in self.laid_out:
            self.laid_out[id(held)] = lay_out(held.facts, known_on)
        return self.laid_out[id(held)]


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
    """
    cases = judge_cases(conn, asked, known_at=known_at, today=today, memory=memory)
    return [judged_of(case) for case in cases]


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
    memory.make_room()
    identified = identify(conn, asked, memory)
    load_said(conn, {one.id for each in identified.of for one in each.found}, memory)
    bench = Bench(memory, identified)
    known_on = min(known_at.date(), today)
    cases = [Case(one, each) for one, each in zip(asked, identified.of, strict=True)]
    for case in cases:
        _settle(case, bench, known_on)
    _load_sites(conn, bench, cases)
    lines = _load_lines(conn, bench, cases)
    _load_begins(conn, bench, cases, lines)
    for case in cases:
        if case.decision is None:
            _decide(case, bench, lines, known_on)
    return cases


# --- whose accreditation --------------------------------------------------------------------------


def _settle(case: Case, bench: Bench, known_on: date) -> None:
    """Which accreditation is judged, or the verdict where none can be."""
    asked, found = case.asked, case.identity.found
    if not (asked.accreditation or asked.number or asked.body):
        case.flags.append(flag("NOTHING_NAMED"))
    if len(asked.number) > LONGEST:
        case.flags.append(flag("NUMBER_TOO_LONG", most=LONGEST))
    if not found:
        _not_found(case, bench)
        return
    claimed = [one for one in found if _claimed(one, asked, bench) is not False]
    by_number = bool(asked.number or asked.accreditation)
    if by_number and asked.body and not claimed:
        _another_holder(case, bench)
        return
    chosen = _one_of(case, claimed or found, bench, known_on)
    if chosen is None:
        case.flags.append(flag("SEVERAL_HOLDERS", count=len(claimed or found)))
        case.candidates = _candidates(claimed or found, asked, bench)
        case.decision = Decision(
            verdict=Verdict.IDENTITY_UNRESOLVED, reasons=(because("IDENTITY_OPEN"),)
        )
        return
    if by_number and asked.body:
        _compare_names(case, chosen, bench)
    if by_number and len({one.body_id for one in found}) > 1:
        case.flags.append(flag("NUMBER_REUSED", count=len({one.body_id for one in found})))
        case.candidates = _candidates(found, asked, bench)
    case.held = bench.held(chosen.id, asked.on)


def _claimed(one: Holding, asked: Asked, bench: Bench) -> bool | None:
    """Whether this holder is the claimed one; None where that cannot be told."""
    if not asked.body:
        return None
    if body_id := body_id_of(asked.body):
        return one.body_id in (body_id, bench.identified.merged.get(body_id))
    alike = bench.likeness(asked.body, one.body_id)
    return None if alike is None else alike >= NEAR


def _not_found(case: Case, bench: Bench) -> None:
    near = {one.id: one for one in case.identity.nearly}
    for one in list(near.values())[:MOST_CANDIDATES]:
        label = f"{one.issuer} {one.number}"
        case.flags.append(flag("LOOKALIKE", number=case.asked.number, other=label))
    case.candidates = _candidates(list(near.values()), case.asked, bench)
    case.decision = decide(None, Question(None, None, case.asked.on, case.asked.on))


def _another_holder(case: Case, bench: Bench) -> None:
    """The number is genuine and registered for somebody else: whose paper this is, is open."""
    for one in case.identity.found[:MOST_CANDIDATES]:
        holder = _name(one, bench)
        case.flags.append(flag("HOLDER_DIFFERS", holder=holder, claimed=case.asked.body))
    case.candidates = _candidates(case.identity.found, case.asked, bench)
    case.decision = Decision(
        verdict=Verdict.IDENTITY_UNRESOLVED, reasons=(because("IDENTITY_OPEN"),)
    )


def _compare_names(case: Case, chosen: Holding, bench: Bench) -> None:
    asked = case.asked.body
    if body_id_of(asked):
        return
    names = bench.memory.names.get(chosen.body_id, ())
    alike = bench.likeness(asked, chosen.body_id)
    if alike is None:
        holder = _name(chosen, bench)
        case.flags.append(flag("HOLDER_NOT_COMPARABLE", claimed=asked, holder=holder))
    elif alike < SAME:
        holder = max(names, key=lambda name: likeness(asked, [name]) or 0.0)
        case.flags.append(flag("HOLDER_SPELT_OTHERWISE", claimed=asked, holder=holder))


def _one_of(case: Case, found: Sequence[Holding], bench: Bench, known_on: date) -> Holding | None:
    """Of several that bear a number the one that bore it on that day (rule 10); else the one that
    bore it last before. None where that leaves several: nothing is chosen silently."""
    if len(found) == 1:
        return found[0]
    if not (case.asked.number or case.asked.accreditation):
        return None
    question = Question(None, None, case.asked.on, max(known_on, case.asked.on))
    bore: list[Holding] = []
    before: list[tuple[date, Holding]] = []
    for one in found:
        held = bench.held(one.id, case.asked.on)
        if held is None:
            continue
        decision = decide(held.facts, question)
        if decision.verdict in _ENDED and decision.since:
            before.append((decision.since, one))
        elif decision.verdict not in _NOT_BORNE:
            bore.append(one)
    if bore:
        return bore[0] if len(bore) == 1 else None
    latest = max((since for since, _ in before), default=None)
    last = [one for since, one in before if since == latest]
    return last[0] if len(last) == 1 else None


def _name(one: Holding, bench: Bench) -> str:
    names = bench.memory.names.get(one.body_id, [])
    return names[0] if names else f"b{one.body_id}"


def _candidates(found: Sequence[Holding], asked: Asked, bench: Bench) -> list[Candidate]:
    candidates = []
    for one in {one.id: one for one in found}.values():
        claimed = asked.body if asked.body and not body_id_of(asked.body) else ""
        alike = bench.likeness(claimed, one.body_id) if claimed else None
        candidates.append(
            Candidate(
                accreditation=f"a{one.id}",
                body=f"b{one.body_id}",
                name=_name(one, bench),
                issuer=one.issuer,
                number=one.number,
                alike=None if alike is None else round(alike, 3),
            )
        )
    candidates.sort(key=lambda each: (-(each.alike or 0.0), int(each.accreditation[1:])))
    return candidates[:MOST_CANDIDATES]


# --- for what, where ------------------------------------------------------------------------------


def _load_sites(conn: Connection, bench: Bench, cases: Sequence[Case]) -> None:
    """Rows of the sites that an accreditation's own records name, where one is asked about: one
    query. Another record's sites are not asked: its keys are its own, and which others were read
    before must not change an answer."""
    asked = {case.held.id for case in cases if case.held and case.asked.site}
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


def _load_lines(conn: Connection, bench: Bench, cases: Sequence[Case]) -> dict[Wanted, list[Any]]:
    for case, held in _of_schedule(cases):
        case.wanted = wanted_of(held.id, case.asked.activity)
    asked = dict.fromkeys(case.wanted for case in cases if case.wanted)
    return load_lines(conn, asked, _line_keys(cases), bench.memory.known_at)


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


def _load_begins(
    conn: Connection, bench: Bench, cases: Sequence[Case], lines: dict[Wanted, list[Any]]
) -> None:
    """Where none of the lines that could be meant stood on that day: whether any line did. A
    schedule that begins later is not that day's (rule 15)."""
    known = bench.memory.begins
    missing = {
        held.id
        for case, held in _of_schedule(cases)
        if held.id not in known
        and not any(
            row.valid.lower is None or row.valid.lower <= case.asked.on
            for row in (lines.get(case.wanted, ()) if case.wanted else ())
        )
    }
    if missing:
        known.update(load_begins(conn, missing, _line_keys(cases), bench.memory.known_at))


def _decide(case: Case, bench: Bench, lines: dict[Wanted, list[Any]], known_on: date) -> None:
    asked, held = case.asked, case.held
    if held is None:  # linked then, but nothing was said of it yet
        case.decision = decide(None, Question(None, None, asked.on, known_on))
        return
    site = None
    if asked.site:
        found = site_of(asked.site, bench.sites.get(held.id, ()))
        site = found.key
        if found.among > 1:
            case.flags.append(flag("SITE_AMBIGUOUS", site=asked.site, count=found.among))
        elif not found.among:
            case.flags.append(flag("SITE_NOT_RECOGNISED", site=asked.site))
    activity = activity_of(asked.activity) if asked.activity else None
    question = Question(activity, site, asked.on, known_on)
    known = bench.known(held, known_on)
    if activity is None and site is None:
        case.decision = decide_known(known, question)
        return
    wanted = case.wanted or wanted_of(held.id, asked.activity)
    laid = bench.laid.get((wanted, asked.activity, held.line_keys))
    if laid is None:
        keys = set(held.line_keys)
        rows = [row for row in lines.get(wanted, ()) if (row.record_id, row.accreditation) in keys]
        laid = bench.laid[wanted, asked.activity, held.line_keys] = lay(rows, asked.activity)
    begins = bench.memory.begins.get(held.id)
    decision = decide_known(known.of_lines(laid.lines, begins), question)
    if held.facts.lines is None and (decision.verdict in _SCOPE_MISSES or not laid.lines):
        # a schedule that is not held in full accuses nobody (rule 15)
        decision = decide_known(known, question)
    case.decision = decision
    _tell_line(case, laid)


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
