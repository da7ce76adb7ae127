"""Events and checks as spells: stretches of days with one adverse state, known or in doubt.

Published events decide (rule 1). A check that finds an adverse listing which no event explains
makes a spell of its own (rule 8): from the day of that check, with the days since the last good
check in doubt. All intervals are half-open, [first day, first day after).
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta

import msgspec
from msgspec.structs import replace

from services.terms import EventKind, Listed, Verdict
from services.validity.facts import (
    Check,
    Event,
    Facts,
    Line,
    OtherStatement,
    as_known,
    day_of,
)

_DAY = timedelta(days=1)

_BY_EVENT = {
    EventKind.SUSPENDED: Verdict.SUSPENDED,
    EventKind.WITHDRAWN: Verdict.WITHDRAWN,
    EventKind.REVOKED: Verdict.WITHDRAWN,
    EventKind.SURRENDERED: Verdict.SURRENDERED,
    EventKind.TRANSFERRED_OUT: Verdict.TRANSFERRED,
}
_BY_LISTING = {
    Listed.SUSPENDED: Verdict.SUSPENDED,
    # the holder asked to lapse for at most a year: not valid, and not ended either
    Listed.INACTIVE: Verdict.SUSPENDED,
    Listed.WITHDRAWN: Verdict.WITHDRAWN,
    Listed.SURRENDERED: Verdict.SURRENDERED,
    Listed.EXPIRED: Verdict.EXPIRED,
}
# Withdrawal outranks whatever else ended it (rule 4).
TERMINAL = (Verdict.WITHDRAWN, Verdict.SURRENDERED, Verdict.TRANSFERRED)


class Spell(msgspec.Struct, frozen=True, kw_only=True):
    """``start``-``end`` certain; ``doubt``, before it, and ``after``, behind it, are unknown.

    ``event`` or ``checks`` (all adverse ones of one voice) is what it stands on.
    ``cause``: the code of why ``after`` is unknown; ``cause_day``: the sighting behind it.
    """

    verdict: Verdict
    start: date | None
    end: date | None = None
    doubt: tuple[date, date] | None = None
    after: tuple[date, date | None] | None = None
    cause: str = ""
    cause_day: date | None = None
    event: Event | None = None
    checks: tuple[Check, ...] = ()

    def in_effect(self, on: date) -> bool:
        return self.start is not None and self.start <= on and (self.end is None or on < self.end)

    def in_doubt(self, on: date) -> bool:
        before = self.doubt is not None and self.doubt[0] <= on < self.doubt[1]
        return before or self.unknown_after(on)

    def unknown_after(self, on: date) -> bool:
        return (
            self.after is not None
            and self.after[0] <= on
            and (self.after[1] is None or on < self.after[1])
        )


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """Facts cut at a day of knowledge, laid out once for every question about them.

    ``primary``: checks that count; ``looked``: their days, in order. ``adverse``: what other
    sources say against it, whoever they are, the highest tier first. ``periods``: see
    :func:`periods`.
    """

    facts: Facts
    whole: tuple[Spell, ...]
    partial: tuple[Spell, ...]
    primary: tuple[Check, ...]
    looked: Sequence[date]
    adverse: tuple[OtherStatement, ...]
    periods: tuple[tuple[date | None, date | None], ...]

    def of_lines(self, lines: tuple[Line, ...], lines_from: date | None) -> "Known":
        """The same with lines of the schedule, which make no spells."""
        return replace(self, facts=replace(self.facts, lines=lines, lines_from=lines_from))


def lay_out(facts: Facts, known_at: date) -> Known:
    """Whatever was learned after ``known_at`` is left out."""
    known = as_known(facts, known_at)
    primary = tuple([c for c in known.checks if c.primary])
    said = [*known.other]
    if len(primary) < len(known.checks):
        secondary = [c for c in known.checks if c.ok and not c.primary]
        said += [OtherStatement(c.tier, c.listed, c.day, c.at) for c in secondary]
    adverse = [o for o in said if o.listed is not Listed.ACTIVE]
    if len(adverse) > 1:
        adverse.sort(key=lambda o: (o.tier, o.said_on, day_of(o.at), o.listed))
    return Known(
        facts=known,
        whole=whole_spells(known, primary),
        partial=partial_spells(known) if known.events else (),
        primary=primary,
        looked=tuple(sorted([day_of(c.at) for c in primary])),
        adverse=tuple(adverse),
        periods=tuple(periods(known)),
    )


def whole_spells(facts: Facts, primary: Iterable[Check]) -> tuple[Spell, ...]:
    """Spells of the whole accreditation, from events first, then from unexplained checks."""
    published = [_of_event(e) for e in facts.events if e.whole and e.kind in _BY_EVENT]
    if not published and all(c.listed is Listed.ACTIVE for c in primary):
        return ()
    checks = sorted(primary, key=_in_time)
    bounds = [_bounded(spell, published, checks) for spell in published]
    return (*bounds, *_of_checks(checks, bounds, facts))


def partial_spells(facts: Facts) -> tuple[Spell, ...]:
    """Spells of lines and sites. A listing speaks of the whole and neither begins nor ends them."""
    spells = (_of_event(e) for e in facts.events if not e.whole and e.kind in _BY_EVENT)
    return tuple(_left_list(s, (), ()) for s in spells)


def _in_time(check: Check) -> tuple[date, time, bool, Listed]:
    """Order of checks; on one day without times, the adverse one is taken as the later."""
    if isinstance(check.at, datetime):
        return check.day, check.at.time(), not check.good, check.listed
    return check.day, time.min if check.good else time.max, not check.good, check.listed


def _of_event(event: Event) -> Spell:
    """Rule 8: a window is unknown inside and adverse from its end. An event with no date at all
    is adverse from the day that it was learned, and unknown before."""
    start, doubt = event.on, None
    if start is None and event.window:
        start, doubt = event.window[1], event.window
    elif start is None and event.known_from:
        start = day_of(event.known_from)
        doubt = (date.min, start)
    elif start is None:
        doubt = (date.min, event.until or date.max)
    verdict = _BY_EVENT[event.kind]
    return Spell(verdict=verdict, start=start, end=event.until, doubt=doubt, event=event)


def _bounded(spell: Spell, all_spells: list[Spell], primary: list[Check]) -> Spell:
    """Where a published suspension really ends, by rule 13 and by later listings."""
    event = spell.event
    if event is None or spell.verdict is not Verdict.SUSPENDED or spell.start is None:
        return spell
    good = [c for c in primary if c.good]
    bad = [c for c in primary if _BY_LISTING.get(c.listed) is Verdict.SUSPENDED]
    if spell.end is not None:
        return _still_listed(spell, spell.end, all_spells, good, bad)
    if event.last_seen is not None:
        return _left_list(spell, good, bad)
    # An open suspension is not ended by just any active listing: a list may lag behind a notice.
    # The same source's later word wins, provided that it had stated the suspension before.
    if event.source is not None and event.known_from is not None:
        stated = max(spell.start, day_of(event.known_from))
        lifted = [c.day for c in good if c.source == event.source and c.day > stated]
        return replace(spell, end=min(lifted)) if lifted else spell
    return spell


def _still_listed(
    spell: Spell, end: date, all_spells: list[Spell], good: list[Check], bad: list[Check]
) -> Spell:
    """Rule 13: still listed after its published end means unknown from that end on, until a later
    check shows it active. Days between the end and such a sighting count as unknown too: nobody
    had shown it restored. A sighting that another event explains is no sighting of this one."""
    lingering = [
        c.day
        for c in bad
        if c.day >= end
        and not any(s.in_effect(c.day) for s in all_spells)
        and not any(end <= g.day < c.day for g in good)
    ]
    if not lingering:
        return spell
    restored = [g.day for g in good if g.day > min(lingering)]
    after = (end, min(restored) if restored else None)
    return replace(spell, after=after, cause="STILL_LISTED", cause_day=min(lingering))


def _left_list(spell: Spell, good: Iterable[Check], bad: Iterable[Check]) -> Spell:
    """Rule 13: an open suspension that left a rolling list is unknown from its last sighting on."""
    event = spell.event
    if event is None or event.last_seen is None or spell.start is None or event.until is not None:
        return spell
    if spell.verdict is not Verdict.SUSPENDED:
        return spell  # an end does not wear off by leaving a list
    first_good = min((g.day for g in good if g.day > event.last_seen), default=None)
    later = (c.day for c in bad if first_good is None or c.day < first_good)
    seen = max((event.last_seen, *later))
    end = max(seen + _DAY, spell.start)
    return replace(
        spell, end=end, after=(end, first_good), cause="LEFT_ROLLING_LIST", cause_day=seen
    )


def _of_checks(primary: list[Check], published: list[Spell], facts: Facts) -> list[Spell]:
    """Each voice's unexplained adverse listings, ended by the same voice listing it active."""
    if all(check.good for check in primary):
        return []
    voices: dict[object, list[Check]] = defaultdict(list)
    for check in primary:
        voices[check.voice].append(check)
    found: list[Spell] = []
    for checks in voices.values():
        current: Spell | None = None
        for check in checks:
            verdict = _BY_LISTING.get(check.listed)
            if current and current.verdict is verdict:
                current = replace(current, checks=(*current.checks, check))
                continue
            if current:
                found.append(replace(current, end=check.day))
                current = None
            if verdict and not _explained(check, verdict, published, facts):
                current = Spell(
                    verdict=verdict,
                    start=check.day,
                    doubt=(_last_good(primary, check), check.day),
                    checks=(check,),
                )
        if current:
            found.append(current)
    return found


def _last_good(primary: list[Check], bad: Check) -> date:
    """The last day that any primary source listed it active; never checked good is never known."""
    return max((c.day for c in primary if c.good and c.day <= bad.day), default=date.min)


def _explained(check: Check, verdict: Verdict, published: list[Spell], facts: Facts) -> bool:
    """Whether published facts already say what this check found, or more."""
    ended = any(s.in_effect(check.day) for s in published if s.verdict in TERMINAL)
    if verdict in TERMINAL:
        return ended
    if ended or expired_since(periods(facts), check.day) is not None:
        return True
    return verdict is Verdict.SUSPENDED and any(
        s.in_effect(check.day) or s.unknown_after(check.day)
        for s in published
        if s.verdict is Verdict.SUSPENDED
    )


def periods(facts: Facts) -> list[tuple[date | None, date | None]]:
    """The stretches that grant, renewals and extensions cover, both days inclusive.

    Rule 2: a renewal begins on its own day and leaves a gap before it; an extension moves the end
    of the period that was running out. Rule 3: no end is open-ended.
    """
    found: list[tuple[date | None, date | None]] = [(facts.granted, facts.expires)]
    if not facts.events:
        return found
    for event in facts.events:
        if event.kind is EventKind.RENEWED and event.whole:
            begin = event.on or (event.window[1] if event.window else event.known_from)
            if begin is not None:
                found.append((day_of(begin), event.expires))
    extended = (e.on or e.expires for e in facts.events if e.kind is EventKind.EXTENDED_TO)
    for expiry in sorted(day for day in extended if day is not None):
        running = [p for p in found if p[1] and p[1] < expiry and (p[0] is None or p[0] <= expiry)]
        if running:
            last = max(running, key=lambda p: p[1] or date.min)
            found[found.index(last)] = (last[0], expiry)
    return found


def expired_since(covered: Iterable[tuple[date | None, date | None]], on: date) -> date | None:
    """The last day of validity before ``on``, if none of the periods covers it; else ``None``."""
    ends: list[date] = []
    for begin, end in covered:
        if (begin is None or begin <= on) and (end is None or on <= end):
            return None
        if end is not None and end < on:
            ends.append(end)
    return max(ends, default=None)
