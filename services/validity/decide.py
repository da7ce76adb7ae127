"""The decision: was this accreditation valid, for this, there, on that day, as known then?

Pure: dated facts in, an answer with reasons out; no clock, no database. ``STAGES`` is the order of
judging in the domain brief. Readings of the rules where they leave room stand beside each stage.
Rule 9 (work before an adverse day stands) and rule 11 (the arrangement is an axis of its own) need
nothing here: the caller asks for each day, and asks about the arrangement elsewhere. Rule 10: a
re-accreditation arrives as facts of its own, so nothing revives what has ended.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import msgspec
from msgspec.structs import replace

from services.terms import Confidence, Tier, Verdict
from services.validity.facts import (
    Check,
    Decision,
    Event,
    Facts,
    Line,
    OtherStatement,
    Question,
    Standing,
    day_of,
)
from services.validity.reasons import Reason, Value, because
from services.validity.scope import Scope, scope_of
from services.validity.spells import (
    TERMINAL,
    Known,
    Spell,
    expired_since,
    lay_out,
)

STALE_AFTER_DAYS = 90
WARN_AFTER_DAYS = 30


class _Case(msgspec.Struct, frozen=True, kw_only=True):
    """One question with the facts laid out for it."""

    facts: Facts
    periods: tuple[tuple[date | None, date | None], ...]
    question: Question
    on: date  # of the question
    stale_after_days: int
    whole: tuple[Spell, ...]
    partial: tuple[Spell, ...]
    primary: tuple[Check, ...]
    adverse: tuple[OtherStatement, ...]
    scope: Scope
    line: Line | None
    last_check: date | None  # the last primary one on or before the day asked about
    next_check: date | None


def decide(
    facts: Facts | None, question: Question, stale_after_days: int = STALE_AFTER_DAYS
) -> Decision:
    """Judges one question. Never raises on dated facts; every answer carries its reasons.

    A day after the day of knowledge is UNKNOWN_FUTURE whatever is known (rule 14): even an ended
    accreditation is only known to have ended as of ``known_at``.
    """
    if facts is None:
        return Decision(verdict=Verdict.NOT_FOUND, reasons=(because("NO_RECORD"),))
    return decide_known(lay_out(facts, question.known_at), question, stale_after_days)


def decide_known(
    known: Known, question: Question, stale_after_days: int = STALE_AFTER_DAYS
) -> Decision:
    """The same on facts that are laid out as known on the question's day of knowledge."""
    if not known.facts.resolved:
        return Decision(verdict=Verdict.IDENTITY_UNRESOLVED, reasons=(because("IDENTITY_OPEN"),))
    if question.on > question.known_at:
        why = because("AFTER_KNOWLEDGE", on=question.on, known_at=question.known_at)
        return Decision(verdict=Verdict.UNKNOWN_FUTURE, reasons=(why,))
    return judge_known(known, question, stale_after_days)


def judge_known(known: Known, question: Question, stale_after_days: int) -> Decision:
    """Judges a question about a day that is known, on facts whose holder is settled."""
    scope, looked, on = scope_of(known.facts, question), known.looked, question.on
    after = bisect_right(looked, on)
    case = _Case(
        facts=known.facts,
        periods=known.periods,
        question=question,
        on=on,
        stale_after_days=stale_after_days,
        whole=known.whole,
        partial=known.partial,
        primary=known.primary,
        adverse=known.adverse,
        scope=scope,
        line=_least_hit(scope.lines, known.partial, question) if scope.lines else None,
        last_check=looked[after - 1] if after else None,
        next_check=looked[after] if after < len(looked) else None,
    )
    answer = next(answer for stage in STAGES if (answer := stage(case)))
    return replace(
        answer,
        confidence=_confidence(case),
        last_check=case.last_check,
        reasons=(*answer.reasons, *_warnings(case, answer)),
    )


def _granted(case: _Case) -> Decision | None:
    granted = case.facts.granted
    if granted is None or case.on >= granted:
        return None
    why = because("BEFORE_GRANT", granted=granted)
    return Decision(verdict=Verdict.NOT_YET_GRANTED, reasons=(why,), until=granted)


def _ended(case: _Case) -> Decision | None:
    """Of several ends in effect withdrawal outranks the others (rule 4), then the earliest."""
    ends = [s for s in case.whole if s.verdict in TERMINAL and s.in_effect(case.on)]
    if not ends:
        return None
    return _by_spell(case, min(ends, key=lambda s: (TERMINAL.index(s.verdict), *_order(s))))


def _expiry(case: _Case) -> Decision | None:
    """Rule 2: the days between an expiry and a later renewal stay expired."""
    last = expired_since(case.periods, case.on)
    if last is None:
        listed = [s for s in case.whole if s.verdict is Verdict.EXPIRED and s.in_effect(case.on)]
        return _by_spell(case, min(listed, key=_order)) if listed else None
    begins = [b for b, _ in case.periods if b is not None and b > case.on]
    reasons = [because("EXPIRED_ON", expires=last)]
    if begins:
        reasons.append(because("RENEWAL_LEAVES_GAP", on=min(begins)))
    return Decision(
        verdict=Verdict.EXPIRED,
        reasons=tuple(reasons),
        since=next_day(last),
        until=min(begins, default=None),
    )


def _suspension(case: _Case) -> Decision | None:
    """Published suspensions before those only seen in a listing."""
    found = [s for s in case.whole if s.verdict is Verdict.SUSPENDED and s.in_effect(case.on)]
    return (
        _by_spell(case, min(found, key=lambda s: (s.event is None, *_order(s)))) if found else None
    )


def _scope(case: _Case) -> Decision | None:
    """A scope that is not held waits until the status is judged (rule 15): see ``_stands``."""
    if case.scope.miss is None:
        return None
    verdict = Verdict.SITE_NOT_COVERED if case.scope.elsewhere else Verdict.OUT_OF_SCOPE
    return Decision(verdict=verdict, reasons=(case.scope.miss,), deciding_line=case.scope.nearest)


def _partial(case: _Case) -> Decision | None:
    """An event on the asked line or site. Several lines may cover: one untouched is enough, and
    ``case.line`` is the least hit. A site's event decides even where lines are not held."""
    hits = [s for s in case.partial if s.in_effect(case.on) and _hits(s, case.line, case.question)]
    if not hits:
        return None
    rank = (*TERMINAL, Verdict.SUSPENDED)
    spell = min(hits, key=lambda s: (rank.index(s.verdict), *_order(s)))
    why = [*_spell_reasons(spell)]
    if spell.event and spell.event.lines and case.line:
        why.append(because("PARTIAL_LINE_HIT", line=case.line.id))
    if spell.event and spell.event.sites and case.question.site:
        why.append(because("PARTIAL_SITE_HIT", site=case.question.site))
    return Decision(
        verdict=spell.verdict,
        partial=True,
        reasons=tuple(why),
        since=spell.start,
        until=spell.end,
        deciding_event=spell.event,
        deciding_line=case.line,
    )


def _window(case: _Case) -> Decision | None:
    """Rules 8, 12 and 13. The last good day is inside the window, the first bad day is not."""
    for spell in sorted(case.whole, key=_order):
        if spell.in_doubt(case.on):
            return _gap(case, spell, partial=False)
    for spell in sorted(case.partial, key=_order):
        if spell.in_doubt(case.on) and _hits(spell, case.line, case.question):
            return _gap(case, spell, partial=True)
    if case.facts.granted is None and case.primary:
        first = _first_proof(case)
        if first is None:
            return Decision(verdict=Verdict.UNKNOWN_GAP, reasons=(because("NO_PROOF"),))
        if case.on < first:
            why = because("BEFORE_FIRST_PROOF", first=first)
            return Decision(verdict=Verdict.UNKNOWN_GAP, reasons=(why,), until=first)
    return None


def _first_proof(case: _Case) -> date | None:
    """Rule 12: the first check that shows it. One that lists it as suspended does: nothing is
    suspended that was not granted, and a published end restores it (rules 1 and 13). One that
    lists it as ended shows what was, not what stands."""
    return min((c.day for c in case.primary if c.shows), default=None)


def _gap(case: _Case, spell: Spell, *, partial: bool) -> Decision:
    kind = spell.verdict.value.lower()
    since, until = spell.after or (None, None)
    if spell.unknown_after(case.on) and spell.cause_day is not None:
        values: dict[str, Value] = {"seen": spell.cause_day}
        if spell.cause == "STILL_LISTED" and spell.end is not None:
            values = {"at": spell.cause_day, "until": spell.end}
        why = because(spell.cause, **values)
    else:
        since, until = spell.doubt or (None, None)
        since = None if since == date.min else since
        until = None if until == date.max else until
        if since and until:
            why = because("WINDOW", kind=kind, after=since, before=until)
        elif until:
            why = because("WINDOW_OPEN", kind=kind, before=until)
        else:
            why = because("UNDATED", kind=kind)
    return Decision(
        verdict=Verdict.UNKNOWN_GAP,
        partial=partial,
        reasons=(why,),
        since=since,
        until=until,
        deciding_event=spell.event,
        deciding_line=case.line,
    )


def _freshness(case: _Case) -> Decision | None:
    """Rule 14. A check on or after the day bears it out; failed ones were left out before."""
    last, later = case.last_check, case.next_check
    if last is None and later is None:
        why = because("NO_PRIMARY_CHECK")
        return Decision(verdict=Verdict.UNKNOWN_STALE, reasons=(why,))
    if last is None or later is not None:
        return None
    days = (case.on - last).days
    if days <= case.stale_after_days:
        return None
    why = because("STALE", at=last, days=days, limit=case.stale_after_days)
    since = last + timedelta(days=case.stale_after_days + 1)
    return Decision(verdict=Verdict.UNKNOWN_STALE, reasons=(why,), since=since)


def _conflict(case: _Case) -> Decision | None:
    """Tiers 1-2 disagree: nobody but a steward resolves it. A statement about a day on which a
    published event, over by now, was in effect agrees with that event."""
    for other in _adverse_others(case):
        on = other.said_on
        agreed = any(s.in_effect(on) for s in case.whole)
        if other.tier <= Tier.AB_SCHEDULE and not agreed:
            why = because(
                "SOURCES_DISAGREE",
                tier=int(other.tier),
                listed=other.listed.value,
                on=on,
                at=day_of(other.at),
            )
            return Decision(verdict=Verdict.CONFLICT, reasons=(why,), since=on)
    return None


def _stands(case: _Case) -> Decision:
    """No fact speaks against it. What is left is how well the scope is known."""
    since, until = _extent(case)
    if case.scope.asked and not case.scope.held:
        verdict, why = Verdict.UNKNOWN_SCOPE, because("SCHEDULE_NOT_HELD")
    elif case.line and case.line.flexible:
        verdict = Verdict.VALID_FLEXIBLE_UNCONFIRMED
        why = because("FLEXIBLE", line=case.line.id)
    elif case.line:
        verdict, why = Verdict.VALID, because("LINE_COVERS", line=case.line.id)
    else:
        verdict, why = Verdict.VALID, because("IN_FORCE")
    return Decision(
        verdict=verdict, reasons=(why,), since=since, until=until, deciding_line=case.line
    )


STAGES: tuple[Callable[[_Case], Decision | None], ...] = (
    _granted,
    _ended,
    _expiry,
    _suspension,
    _scope,
    _partial,
    _window,
    _freshness,
    _conflict,
    _stands,
)


def _by_spell(case: _Case, spell: Spell) -> Decision:
    """An adverse answer. Where it stands on listings alone and another primary source listed it
    active on the same day or later, the sources disagree."""
    bad = max((c.day for c in spell.checks if c.day <= case.on), default=None)
    if bad is not None:
        voice = spell.checks[0].voice
        others = {c.voice for c in case.primary if c.voice != voice}
        for each in sorted(others, key=repr):
            latest = [c for c in case.primary if c.voice == each and c.day <= case.on]
            good = max((c.day for c in latest if c.good), default=None)
            worse = max((c.day for c in latest if not c.good), default=None)
            if good is not None and good >= bad and (worse is None or worse < good):
                why = because("CHECKS_DISAGREE", listed=spell.checks[0].listed, bad=bad, good=good)
                since = max(spell.checks[0].day, good)
                return Decision(verdict=Verdict.CONFLICT, reasons=(why,), since=since)
    return Decision(
        verdict=spell.verdict,
        reasons=tuple(_spell_reasons(spell)),
        since=spell.start,
        until=spell.end,
        deciding_event=spell.event,
    )


_CODES = {
    Verdict.WITHDRAWN: "WITHDRAWN_ON",
    Verdict.SURRENDERED: "SURRENDERED_ON",
    Verdict.TRANSFERRED: "TRANSFERRED_ON",
    Verdict.SUSPENDED: "SUSPENDED_ON",
}


def _spell_reasons(spell: Spell) -> Iterator[Reason]:
    if spell.checks:
        yield because("LISTED_ADVERSE", at=spell.checks[0].day, listed=spell.checks[0].listed)
    elif spell.start is not None:
        suspended = spell.verdict is Verdict.SUSPENDED
        if suspended and spell.cause == "STILL_LISTED" and spell.end is not None:
            yield because("SUSPENDED_AND_LISTED", on=spell.start, until=spell.end)
        elif suspended and spell.end is not None and spell.after is None:
            yield because("SUSPENDED_PERIOD", on=spell.start, until=spell.end)
        else:
            yield because(_CODES[spell.verdict], on=spell.start)


def _order(spell: Spell) -> tuple[date, date, str, str]:
    """A total order that does not depend on the order of facts."""
    event = spell.event or spell.checks
    return spell.start or date.min, spell.end or date.max, spell.verdict, repr(_stable(event))


def _stable(event: Event | tuple[Check, ...]) -> object:
    if isinstance(event, Event):
        # of events given by hand, without a ref, several may be alike in all but the last ones
        return (
            *(sorted(event.lines), sorted(event.sites), event.window, event.ref),
            *(event.source, event.expires, event.on, event.until),
            *(event.last_seen, event.known_from),
        )
    return event


def _hits(spell: Spell, line: Line | None, question: Question) -> bool:
    """Whether a partial event hits what was asked. Lines and sites together mean those lines at
    those sites. Without an asked site, a site's event hits a line that is done nowhere else."""
    event = spell.event
    if event is None:
        return False
    line_hit = not event.lines or (line is not None and line.id in event.lines)
    site_hit = not event.sites or question.site in event.sites
    if event.sites and question.site is None and line is not None and line.sites:
        site_hit = line.sites <= event.sites
    return line_hit and site_hit


def _least_hit(
    lines: tuple[Line, ...], partial: tuple[Spell, ...], question: Question
) -> Line | None:
    if len(lines) == 1:
        return lines[0]

    def rank(line: Line) -> tuple[int, bool, str]:
        hitting = [s for s in partial if _hits(s, line, question)]
        in_effect = any(s.in_effect(question.on) for s in hitting)
        in_doubt = any(s.in_doubt(question.on) for s in hitting)
        return (2 if in_effect else 1 if in_doubt else 0), line.flexible, line.id

    return min(lines, key=rank, default=None)


def _adverse_others(case: _Case) -> list[OtherStatement]:
    """What other sources say against it by that day, whoever they are."""
    return [other for other in case.adverse if other.said_on <= case.on]


def _warnings(case: _Case, answer: Decision) -> Iterator[Reason]:
    """What does not change the answer but must be seen with it."""
    for other in _adverse_others(case):
        if other.tier > Tier.AB_SCHEDULE:
            values: dict[str, Value] = {"listed": other.listed.value, "at": other.said_on}
            yield because("LOWER_TIER_ADVERSE", tier=int(other.tier), **values)
    adverse = answer.verdict in {*TERMINAL, Verdict.SUSPENDED, Verdict.EXPIRED}
    if adverse and not answer.partial and answer.since is not None:
        active = [c.day for c in case.primary if c.good and answer.since < c.day <= case.on]
        if active:
            yield because("LISTED_ACTIVE_SINCE", at=max(active))
    if not adverse:
        yield from _elsewhere(case)
    if answer.verdict is Verdict.UNKNOWN_STALE:
        return
    last, later = case.last_check, case.next_check
    if last is None and later is not None:
        yield because("LATER_CHECK_ONLY", at=later)
    elif last is not None and later is None and (case.on - last).days > WARN_AFTER_DAYS:
        yield because("AGEING", at=last, days=(case.on - last).days)


def _elsewhere(case: _Case) -> Iterator[Reason]:
    for spell in sorted(case.partial, key=_order):
        event = spell.event
        if event is None or _hits(spell, case.line, case.question):
            continue
        what = ", ".join((*sorted(event.lines), *sorted(event.sites)))
        if spell.in_effect(case.on) and spell.start is not None:
            suspended = spell.verdict is Verdict.SUSPENDED
            code = "PARTIAL_SUSPENSION_ELSEWHERE" if suspended else "PARTIAL_WITHDRAWAL_ELSEWHERE"
            yield because(code, on=spell.start, what=what)
        elif spell.in_doubt(case.on):
            yield because("PARTIAL_UNCERTAIN_ELSEWHERE", what=what)


def _confidence(case: _Case) -> Confidence:
    """A check on the very day counts as earlier: only one after it closes the bracket."""
    if case.last_check is not None:
        return Confidence.SINGLE if case.next_check is None else Confidence.BRACKETED
    return Confidence.NONE if case.next_check is None else Confidence.RETROSPECTIVE


def _extent(case: _Case) -> tuple[date | None, date | None]:
    """First day of standing and first day after it, as far as the facts date them."""
    begins = [case.facts.granted] if case.facts.granted else []
    ends: list[date] = []
    for begin, end in case.periods:
        if (begin is None or begin <= case.on) and (end is None or case.on <= end):
            ends += [next_day(end)] if end else []
    if case.facts.granted is None:
        first = _first_proof(case)
        begins += [first] if first else []
    for spell in case.whole:
        closes = (spell.end, spell.after[1] if spell.after else None)
        begins += [day for day in closes if day is not None and day <= case.on]
        opens = (spell.start, spell.doubt[0] if spell.doubt else None)
        ends += [day for day in opens if day is not None and day > case.on]
    return max(begins, default=None), min(ends, default=None)


_DAY = timedelta(days=1)


def next_day(day: date) -> date:
    return day if day == date.max else day + _DAY


_PARTLY = frozenset({"PARTIAL_SUSPENSION_ELSEWHERE", "PARTIAL_WITHDRAWAL_ELSEWHERE"})
_STANDINGS = {
    Verdict.VALID: Standing.STANDS,
    Verdict.VALID_FLEXIBLE_UNCONFIRMED: Standing.STANDS,
    Verdict.SUSPENDED: Standing.SUSPENDED,
    **dict.fromkeys((*TERMINAL, Verdict.EXPIRED), Standing.ENDED),
}


def standing(decision: Decision) -> Standing:
    """The coarse class of an answer, for filters; a partial hit is "partly", doubt is "unknown".

    Where a scope line was asked, the answer is about that line alone: it stands or it does not.
    """
    if decision.deciding_line is not None:
        return _STANDINGS.get(decision.verdict, Standing.UNKNOWN)
    if decision.partial and decision.verdict is not Verdict.UNKNOWN_GAP:
        return Standing.PARTLY
    found = _STANDINGS.get(decision.verdict, Standing.UNKNOWN)
    partly = any(reason.code in _PARTLY for reason in decision.reasons)
    return Standing.PARTLY if partly and found is Standing.STANDS else found
