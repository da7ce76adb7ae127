"""What several records say of one accreditation, as the facts of one decision.

Only sources that may decide an issuer's status make checks and events (BRIEF "Source tiers");
whatever the others say stands beside as their statement. Values come from the best tier, then from
the record looked at last. An event stated by several records is one event with all its evidence.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from operator import attrgetter
from typing import Any

import msgspec
from msgspec.structs import replace

from services.store.looks import Look, RecordSeen
from services.store.rulings import Rule
from services.store.steady import Span, Steady, SteadyDays
from services.terms import (
    AccreditationKind,
    BodyKind,
    ContradictionKind,
    EventKind,
    Listed,
    Tier,
)
from services.validity.facts import Check, Event, Facts, OtherStatement, is_primary

# What an event of a source that may not decide says, in the words of a listing.
_AS_LISTED = {
    EventKind.SUSPENDED: Listed.SUSPENDED,
    EventKind.WITHDRAWN: Listed.WITHDRAWN,
    EventKind.REVOKED: Listed.WITHDRAWN,
    EventKind.SURRENDERED: Listed.SURRENDERED,
}
# What a steward upholds of a listing, as the event that it is from then on.
_AS_EVENT = {
    Listed.SUSPENDED: EventKind.SUSPENDED,
    Listed.WITHDRAWN: EventKind.WITHDRAWN,
    Listed.SURRENDERED: EventKind.SURRENDERED,
}
_NEVER = datetime.min.replace(tzinfo=UTC)


class Said(msgspec.Struct, frozen=True):
    """One statement: the row of its table as the record made it."""

    record: RecordSeen
    table: str
    row: Any

    @property
    def closed(self) -> bool:
        """The source no longer makes it, as far as was known."""
        return self.left is not None

    @property
    def dropped(self) -> bool:
        """Its record went on without it, as far as was known."""
        ended = self.row.end_run_id
        return ended is not None and bool(self.record.looks_between(ended, None))

    @property
    def left(self) -> Look | None:
        """The look that no longer showed the statement, where one was known."""
        if self.row.end_run_id is None:
            return self.record.gone
        after = self.record.looks_between(self.row.end_run_id, None)
        return next(iter(after), None) or self.record.gone

    def looks(self) -> list[Look]:
        """The looks that showed it, oldest first."""
        return self.record.looks_between(self.row.run_id, self.row.end_run_id)

    @property
    def last_look(self) -> Look | None:
        """The last look that showed it."""
        return self.record.last_between(self.row.run_id, self.row.end_run_id)

    @property
    def last_seen(self) -> datetime:
        look = self.last_look
        return look.as_of if look else _NEVER


class Shown(msgspec.Struct, frozen=True):
    """The looks at a deciding source that showed a statement while it was true, by day: those from
    ``first`` until before ``end``. All records of a list share them: they are not copied.
    ``days``: of the looks."""

    said: Said
    looks: list[Look]
    days: list[date]
    first: int
    end: int

    @property
    def primary(self) -> bool:
        """Whether its looks are checks that count."""
        tier = self.said.record.source.tier
        return is_primary(tier, own=tier == Tier.SCHEME_LIST)

    def telling(self, on: date) -> tuple[int, ...]:
        """Places among ``looks``, in order: the first and the last, and those nearest to the day;
        see :func:`_checks`."""
        days, first, end = self.days, self.first, self.end
        if first == end:
            return ()
        chosen = {first, end - 1}
        before = bisect_right(days, on, first, end)
        if before > first:
            chosen.add(before - 1)
            chosen.add(min(bisect_left(days, on, first, before), end - 1))
        return tuple(sorted(chosen))


class EventHeld(msgspec.Struct, frozen=True):
    """One event and everyone who states it; the first of ``said`` has the best tier."""

    event: Event
    said: tuple[Said, ...]


class AccreditationHeld(msgspec.Struct, frozen=True):
    """One accreditation, merged, with the facts of its decision.

    ``said``: current statements, best first. ``line_keys``: (record, record's key) pairs whose
    lines are its scope; ``line_count`` is their number.
    """

    id: int
    body_id: int
    issuer: str
    number: str
    number_key: str
    kind: AccreditationKind
    field: str
    standard: str
    body_kind: BodyKind | None
    basis: str
    listed: Listed
    schedule_held: bool
    line_keys: tuple[tuple[int, str], ...]
    line_count: int
    said: tuple[Said, ...]
    history: tuple[Said, ...]
    events: tuple[EventHeld, ...]
    facts: Facts

    @property
    def label(self) -> str:
        """How people call it: "CNAS L90417", or issuer and field where there is no number."""
        return label(self.issuer, self.number or self.field)


def label(issuer: str, rest: str) -> str:
    """The issuer and the number or field, which may begin with the issuer itself."""
    if rest.casefold().startswith(issuer.casefold()):
        return rest
    return f"{issuer} {rest}".strip()


@dataclass(frozen=True, slots=True)
class AccreditationSaid:
    """Every statement about one accreditation, those since replaced included: one load, from which
    any day can be judged.

    ``name``: issuer, number, number key. ``counts``: lines by (record, key); ``begins``: the day on
    which the first of them begins. ``rulings``: of stewards on what its sources say differently.
    """

    id: int
    body_id: int
    name: tuple[str, str, str]
    says: tuple[Said, ...]
    events: tuple[Said, ...]
    counts: dict[tuple[int, str], int]
    rulings: tuple[Rule, ...] = ()
    begins: dict[tuple[int, str], date] = field(default_factory=dict)
    _shown: list[Shown] = field(default_factory=list, compare=False, repr=False)
    _merged: dict[tuple[datetime, tuple[int, ...]], AccreditationHeld] = field(
        default_factory=dict, compare=False, repr=False
    )
    _by_turn: dict[tuple[datetime, int], AccreditationHeld] = field(
        default_factory=dict, compare=False, repr=False
    )
    _turns: list[date] = field(default_factory=list, compare=False, repr=False)
    _looked: list[date] = field(default_factory=list, compare=False, repr=False)
    _steady: list[SteadyDays | None] = field(default_factory=list, compare=False, repr=False)

    @property
    def registered(self) -> bool:
        """A source of tier 1 speaks of it."""
        return any(said.record.source.tier == Tier.AB_REGISTER for said in self.says)

    def counts_for(self, said: Said, kind: ContradictionKind) -> bool:
        """Whether no steward overruled the statement in that."""
        return not self.rulings or not any(
            rule.kind is kind and rule.overruled == (said.record.id, bytes(said.row.hash))
            for rule in self.rulings
        )

    def upheld(self, said: Said, kind: ContradictionKind = ContradictionKind.STATUS) -> bool:
        """Whether a steward upheld the statement in that."""
        return bool(self.rulings) and any(
            rule.kind is kind and rule.upheld == (said.record.id, bytes(said.row.hash))
            for rule in self.rulings
        )

    def shown(self) -> list[Shown]:
        """What looks showed, whatever the day that is judged: found once for all of them."""
        if not self._shown:
            status = ContradictionKind.STATUS
            says = [said for said in self.says if self.counts_for(said, status)]
            self._shown.extend(_shown(says, self.name[0]))
        return self._shown

    def looked(self) -> list[date]:
        """The days of all checks that count, in order; not to be changed."""
        if not self._looked:
            for one in self.shown():
                if one.primary:
                    self._looked.extend(one.days[one.first : one.end])
            self._looked.sort()  # mostly one after the other already
        return self._looked

    def steady(self, on: date) -> Steady | None:
        """Days around that one on which the same facts decide: found once for all of them. None
        where each has its own, as where an event is told by a source that may not decide, or by
        one that lost sight of it."""
        if not self._steady:
            self._steady.append(self._steady_days())
        found = self._steady[0]
        return found.around(on) if found else None

    def _steady_days(self) -> SteadyDays | None:
        own = all(_decides(self, said) for said in self.events)
        if not own or any(one.event.last_seen for one in _events(self)):
            return None
        spans = [
            Span(one.days[one.first], one.days[one.end - 1], one.said.row.listed is Listed.ACTIVE)
            for one in self.shown()
            if one.first < one.end
        ]
        return SteadyDays(spans, _turns(self.says))

    def _turn(self, on: date) -> int:
        if not self._turns:
            self._turns.extend(_turns(self.says) or [date.min])
        return bisect_right(self._turns, on)

    def merged(self, on: date, known_at: datetime) -> AccreditationHeld:
        """What the statements of a day say together, without the checks around that day and what
        others say: found once for all days on which the same ones are true."""
        turn = known_at, self._turn(on)
        found = self._by_turn.get(turn)
        if found is None:
            current = _current(self.says, on, known_at)
            key = known_at, tuple(id(said) for said in current)
            if key not in self._merged:
                self._merged[key] = _merge(self, current, known_at)
            found = self._by_turn[turn] = self._merged[key]
        return found


@dataclass(frozen=True, slots=True)
class Told:
    """What is told of an accreditation on one day. ``looks``: of each of its ``shown`` the looks
    that can matter, as :meth:`Shown.telling` has them; ``others``: what others say."""

    of: AccreditationSaid
    merged: AccreditationHeld
    looks: tuple[tuple[int, ...], ...]
    others: tuple[OtherStatement, ...]

    @property
    def key(self) -> tuple[object, ...]:
        """Days of the same key, as known at the same time, make the same."""
        return id(self.merged), self.looks, self.others

    def held(self) -> AccreditationHeld:
        facts = replace(
            self.merged.facts,
            checks=tuple(_checks(self.of.shown(), self.looks)),
            other=(*self.merged.facts.other, *self.others),
        )
        return replace(self.merged, facts=facts)


def told_on(of: AccreditationSaid, on: date, known_at: datetime) -> Told:
    looks = tuple([one.telling(on) for one in of.shown()])
    others = tuple(_others_events(of, on)) if of.events else ()
    return Told(of, of.merged(on, known_at), looks, others)


def merge_accreditation(of: AccreditationSaid, on: date, known_at: datetime) -> AccreditationHeld:
    """One accreditation as it stood on a day.

    The facts hold no lines: with no activity asked they decide nothing, and a large schedule has
    30,000 of them.
    """
    return told_on(of, on, known_at).held()


def _merge(of: AccreditationSaid, current: Sequence[Said], known_at: datetime) -> AccreditationHeld:
    issuer, number, number_key = of.name
    counts = of.counts
    ranked = sorted(current, key=lambda said: _rank(said, issuer))
    deciding = [said for said in ranked if said.record.source.decides(issuer)] or ranked
    best = deciding[0].row
    line_keys = _line_keys(deciding, counts, known_at)
    events = _events(of)
    held = bool(line_keys) and any(
        s.row.schedule_held and (s.record.id, s.row.key) in line_keys for s in deciding
    )
    facts = Facts(
        granted=_first(said.row.granted for said in deciding),
        expires=_first(said.row.expires for said in _of_expiry(of, ranked, deciding)),
        events=(*(one.event for one in events), *_ruled(of, current)),
        lines=() if held else None,
        other=tuple(_other(of, current)),
        resolved=not any(said.record.doubted for said in current),
    )
    return AccreditationHeld(
        id=of.id,
        body_id=of.body_id,
        issuer=issuer,
        number=_first(said.row.number for said in deciding) or number,
        number_key=number_key,
        kind=best.kind,
        field=_first(said.row.field for said in deciding) or "",
        standard=_first(said.row.standard for said in deciding) or "",
        body_kind=_first(said.row.body_kind for said in deciding),
        basis=_first(said.row.basis for said in deciding) or "",
        listed=best.listed,
        schedule_held=held,
        line_keys=line_keys,
        line_count=sum(counts[key] for key in line_keys),
        said=tuple(ranked),
        history=of.says,
        events=tuple(events),
        facts=facts,
    )


def _of_expiry(
    of: AccreditationSaid, ranked: Sequence[Said], deciding: Sequence[Said]
) -> Iterable[Said]:
    """Whose word on the expiry counts, best first: what a steward upheld, then who decides."""
    kind = ContradictionKind.EXPIRY
    yield from (said for said in ranked if of.upheld(said, kind))
    yield from (said for said in deciding if of.counts_for(said, kind))


def _rank(said: Said, issuer: str) -> tuple[bool, int, float, int]:
    source = said.record.source
    seen = said.last_seen
    newest = -seen.timestamp() if seen is not _NEVER else 0.0
    return not source.decides(issuer), int(source.tier), newest, said.record.id


def _first(values: Iterable[Any]) -> Any:
    return next((value for value in values if value not in (None, "")), None)


def _current(says: Sequence[Said], on: date, known_at: datetime) -> list[Said]:
    """Statements known then; of one record's several periods the one that holds the day.

    An accreditation that its record no longer names keeps its last statement, so that the page can
    say since when it is gone; nothing checks it any more and the decision goes stale by itself.
    """
    known = [said for said in says if _holds(said.row.known, known_at)]
    if not known:
        last = max(says, key=lambda said: (said.row.run_id, said.row.id))
        known = [said for said in says if said.row.run_id == last.row.run_id]
    groups: dict[tuple[int, str], list[Said]] = {}
    for said in known:
        groups.setdefault((said.record.id, said.row.key), []).append(said)
    chosen: list[Said] = []
    for group in groups.values():
        chosen += [said for said in group if _holds(said.row.valid, on)] or group[-1:]
    return chosen


def _turns(says: Sequence[Said]) -> list[date]:
    """Days on which a statement begins or ceases to be true."""
    periods = [said.row.valid for said in says]
    days = {day for period in periods for day in (period.lower, period.upper) if day is not None}
    return sorted(days)


def _holds(period: Any, moment: date | datetime) -> bool:
    """Half-open; an open end is ``None``."""
    if period.isempty:
        return False
    return (period.lower is None or period.lower <= moment) and (
        period.upper is None or moment < period.upper
    )


def _line_keys(
    deciding: Sequence[Said], counts: dict[tuple[int, str], int], known_at: datetime
) -> tuple[tuple[int, str], ...]:
    """The schedule of the best record that holds one in full; else every line that is known."""
    for said in deciding:
        if said.row.schedule_held and _holds(said.row.known, known_at):
            return ((said.record.id, said.row.key),)
    keys = dict.fromkeys((said.record.id, said.row.key) for said in deciding)
    return tuple(key for key in keys if counts.get(key))


def _checks(shown: Iterable[Shown], telling: Iterable[Sequence[int]]) -> Iterable[Check]:
    """What each look at a deciding source showed, thinned to the looks that can matter.

    Between the first and the last look of one unchanged content nothing can turn, so these, and
    the nearest ones before and after the day asked, say all that every look would.
    """
    for one, places in zip(shown, telling, strict=True):
        listed, source = one.said.row.listed, one.said.record.source
        tier, own, key = source.tier, source.tier == Tier.SCHEME_LIST, source.key
        looks = [one.looks[n] for n in places]
        looks.sort(key=_run_id)
        for look in looks:
            yield Check(look.as_of, True, listed, tier, own, key)


def _shown(says: Sequence[Said], issuer: str) -> Iterable[Shown]:
    answers = _answers(says, issuer)
    for said in says:
        source = said.record.source
        if not source.decides(issuer):
            continue
        looks, days, first, end = _while_true(said)
        if not said.record.looked_up and (said_worse := answers.get(source.key)):
            looks = _own_words(looks[first:end], said_worse)
            days, first, end = [look.day for look in looks], 0, len(looks)
        yield Shown(said, looks, days, first, end)


def _while_true(said: Said) -> tuple[list[Look], list[date], int, int]:
    """The looks that showed a statement, by day, their days, and which of them fell on days on
    which it was true: from the first place until before the second."""
    period, looks = said.row.valid, said.looks()
    if period.isempty:
        return looks, [], 0, 0
    days = said.record.days_of(looks)
    if days != sorted(days):  # they come in order, but for those of made histories
        looks, days = sorted(looks, key=_day), sorted(days)
    first = 0 if period.lower is None else bisect_left(days, period.lower)
    end = len(looks) if period.upper is None else bisect_left(days, period.upper)
    return looks, days, first, max(first, end)


_day, _run_id = attrgetter("day"), attrgetter("run_id")


def _answers(says: Sequence[Said], issuer: str) -> dict[str, list[tuple[datetime, Listed]]]:
    """What each source's look-up page answered, in order of time."""
    found: dict[str, list[tuple[datetime, Listed]]] = {}
    for said in says:
        if said.record.looked_up and said.record.source.decides(issuer):
            answers = found.setdefault(said.record.source.key, [])
            answers += [(look.as_of, said.row.listed) for look in said.looks()]
    return {key: sorted(answers) for key, answers in found.items()}


def _own_words(looks: Sequence[Look], answers: Sequence[tuple[datetime, Listed]]) -> list[Look]:
    """Looks at a list without those that merely repeat what it said before its own source's
    look-up page said worse: a list that was not changed has not taken that back."""
    if not looks or not answers:
        return list(looks)

    def repeats(look: Look) -> bool:
        latest = [answer for answer in answers if answer[0] <= look.as_of][-1:]
        return any(
            listed is not Listed.ACTIVE and looks[0].as_of < moment for moment, listed in latest
        )

    return [look for look in looks if not repeats(look)]


def _other(of: AccreditationSaid, current: Sequence[Said]) -> Iterable[OtherStatement]:
    for said in current:
        last = said.last_look
        if not of.counts_for(said, ContradictionKind.STATUS) or of.upheld(said):
            continue
        if last and not said.record.source.decides(of.name[0]):
            tier = said.record.source.tier
            yield OtherStatement(tier=tier, listed=said.row.listed, on=None, at=last.as_of)


def _events(of: AccreditationSaid) -> list[EventHeld]:
    """Events of deciding sources, each once."""
    groups: dict[tuple[Any, ...], list[Said]] = {}
    issuer = of.name[0]
    for said in of.events:
        row = said.row
        if not of.counts_for(said, ContradictionKind.STATUS):
            continue
        if _decides(of, said) or of.upheld(said):
            what = (row.kind, row.on, row.until, row.expires, frozenset(row.lines))
            groups.setdefault((*what, frozenset(row.sites)), []).append(said)
    return [_event(group, issuer) for group in groups.values()]


def _ruled(of: AccreditationSaid, current: Sequence[Said]) -> Iterable[Event]:
    """Adverse listings that a steward upheld: an event since the look that first showed it, for a
    list names no day of effect."""
    for said in current if of.rulings else ():
        kind, first = _AS_EVENT.get(said.row.listed), next(iter(said.looks()), None)
        if of.upheld(said) and kind is not None and first is not None:
            ref = f"{said.record.id}:{said.table}:{said.row.id}"
            yield Event(kind=kind, on=first.day, source=said.record.source.key, ref=ref)


def _decides(of: AccreditationSaid, said: Said) -> bool:
    """Whether an event stands by its source's word alone. A published schedule (tier 2) tells what
    befell its lines and sites; of the whole the register speaks (tier 1), and where it is read a
    schedule that says worse disagrees with it (BRIEF "Source tiers")."""
    source, row = said.record.source, said.row
    if not source.decides(of.name[0]):
        return False
    whole = row.kind in _AS_LISTED and not row.lines and not row.sites
    return not (whole and source.tier == Tier.AB_SCHEDULE and of.registered)


def _others_events(of: AccreditationSaid, on: date) -> Iterable[OtherStatement]:
    """What sources that may not decide say of the status on that day, as their statements."""
    for said in of.events:
        row = said.row
        if _decides(of, said) or said.dropped or row.kind not in _AS_LISTED:
            continue
        if not of.counts_for(said, ContradictionKind.STATUS) or of.upheld(said):
            continue
        if row.lines or row.sites or (row.until is not None and row.until <= on):
            continue
        if looks := said.looks():
            listed, tier = _AS_LISTED[row.kind], said.record.source.tier
            yield OtherStatement(tier, listed, row.on, looks[0].as_of)


def _event(group: list[Said], issuer: str) -> EventHeld:
    ranked = sorted(group, key=lambda said: _rank(said, issuer))
    row = ranked[0].row
    event = Event(
        kind=row.kind,
        # of an extension the day is the new expiry, wherever the source puts it
        on=(row.expires or row.on) if row.kind is EventKind.EXTENDED_TO else row.on,
        until=row.until,
        window=_window(ranked) if row.on is None else None,
        expires=row.expires,
        lines=frozenset(row.lines),
        sites=frozenset(row.sites),
        last_seen=_last_seen(ranked) if row.until is None else None,
        source=ranked[0].record.source.key,
        ref=f"{ranked[0].record.id}:status_event:{row.id}",
    )
    return EventHeld(event, tuple(ranked))


def _last_seen(says: Sequence[Said]) -> date | None:
    """Rule 13: an open event whose every record has left a rolling list was last seen that day;
    so was one that its record no longer states."""
    seen: list[date] = []
    for said in says:
        looks = said.looks()
        over = said.dropped or (said.record.source.rolling and said.record.gone)
        if not (over and looks):
            return None
        seen.append(looks[-1].day)
    return max(seen)


def _window(says: Sequence[Said]) -> tuple[date, date] | None:
    """Rule 8: an undated change fell after the last look without it, before the first with it."""
    windows: list[tuple[date, date]] = []
    for said in says:
        first = next(iter(said.looks()), None)
        earlier = [
            look
            for stand in said.record.stands
            for look in stand.looks
            if first and look.run_id < first.run_id
        ]
        if first and earlier:
            windows.append((earlier[-1].day, first.day))
    return max(windows) if windows else None
