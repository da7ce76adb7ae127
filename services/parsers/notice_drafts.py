"""What notices tell, as records: one draft for each accreditation, with an event for each telling.

A notice is a decision of one day, no listing: what it says an accreditation is, it says for the day
of its publication only (a notice that stays on the web a year later is no check that anything is
still suspended). The events stand as long as the notices do.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from services.kit import Accreditation, Draft, Event, Leftover, Line, Name
from services.parsers.leftovers import Leftovers
from services.parsers.notice import Notice, Told
from services.parsers.notice_words import Action
from services.terms import EventKind, Listed

_KINDS = {
    Action.SUSPENDED: (EventKind.SUSPENDED, Listed.SUSPENDED),
    Action.WITHDRAWN: (EventKind.WITHDRAWN, Listed.WITHDRAWN),
    Action.REVOKED: (EventKind.REVOKED, Listed.WITHDRAWN),
    Action.SURRENDERED: (EventKind.SURRENDERED, Listed.SURRENDERED),
}
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Dated:
    """A telling with the day on which its notice was published."""

    told: Told
    published: date | None


@dataclass(slots=True)
class _Held:
    """All that notices tell of one accreditation."""

    issuer: str
    number: str
    told: list[_Dated] = field(default_factory=list)


def drafts(
    notices: Sequence[Notice], issuer: str, issuers: frozenset[str]
) -> tuple[tuple[Draft, ...], tuple[Leftover, ...]]:
    """Records of all notices, by accreditation. ``issuer``: of numbers printed without one;
    ``issuers``: those whose name may stand before a number ("CNAS L1")."""
    leftovers = Leftovers()
    held: dict[str, _Held] = {}
    for notice in notices:
        for told in notice.told:
            whose, number = _number(told.number, issuer, issuers)
            key = f"{whose} {_plain(number)}" if number else f"{whose} {_named(told)}"
            one = held.setdefault(key, _Held(whose, number))
            one.told.append(_Dated(told, notice.published))
    return tuple(_draft(key, one, leftovers) for key, one in held.items()), leftovers.told()


def _number(printed: str, issuer: str, issuers: frozenset[str]) -> tuple[str, str]:
    for known in sorted(issuers, key=len, reverse=True):
        if rest := re.fullmatch(rf"{re.escape(known)}[\s:：\-]+(\S.*)", printed, re.I):
            return known, rest[1]
    return issuer, printed


def _plain(number: str) -> str:
    return re.sub(r"[^0-9A-Z]", "", number.upper())


def _named(told: Told) -> str:
    return told.names[0].text if told.names else ""


def _draft(key: str, held: _Held, leftovers: Leftovers) -> Draft:
    told = sorted(held.told, key=lambda one: one.told.on or one.published or date.max)
    names = {name.lang: name for one in told for name in one.told.names}
    events, lines = _events(told, key, leftovers)
    last = told[-1]
    listed = Listed.ACTIVE
    if last.told.action in _KINDS and not last.told.part.partial:
        listed = _KINDS[last.told.action][1]
    said_on = last.published or last.told.on
    undated = last.told.on is None  # then its listing is all that is said, and it stands
    accreditation = Accreditation(
        key="1",
        issuer=held.issuer,
        number=held.number,
        listed=listed,
        valid_from=said_on,
        valid_to=said_on + _DAY if said_on and not undated else None,
        raw=last.told.raw,
    )
    return Draft(
        key=key,
        label=next((name.text for name in names.values()), key),
        where=last.told.where,
        names=tuple(Name(text=one.text, lang=one.lang, raw=one.text) for one in names.values()),
        accreditations=(accreditation,),
        events=events,
        lines=lines,
    )


def _events(
    told: Sequence[_Dated], key: str, leftovers: Leftovers
) -> tuple[tuple[Event, ...], tuple[Line, ...]]:
    """An event for each telling that has a day. A reinstatement ends the suspension before it."""
    events: dict[str, Event] = {}
    lines: dict[str, Line] = {}
    for one in told:
        if one.told.action is Action.REINSTATED:
            _reinstate(events, one, key, leftovers)
            continue
        if one.told.on is None:
            leftovers.left("status without a day: told as listed", key)
            continue
        event = _event(one, EventKind(_KINDS[one.told.action][0]), one.told.on)
        events[event.key] = event
        lines |= {line.key: line for line in _part(one)}
    return tuple(events.values()), tuple(lines.values())


def _event(one: _Dated, kind: EventKind, on: date) -> Event:
    told = one.told
    keys = tuple(line.key for line in _part(one)) or told.part.lines
    where = ",".join((*keys, *told.part.sites))
    return Event(
        key=f"{kind}|{on}|{where}",
        accreditation="1",
        kind=kind,
        on=on,
        until=told.last + _DAY if told.last and kind is EventKind.SUSPENDED else None,
        decided=told.decided,
        published=one.published,
        lines=keys,
        sites=told.part.sites,
        asked_by=told.asked_by,
        raw=told.raw,
    )


def _part(one: _Dated) -> Iterator[Line]:
    """A part that is named in words is a line of the scope, until it was withdrawn."""
    told = one.told
    if not told.part.words:
        return
    ended = told.on if told.action is not Action.SUSPENDED else None
    yield Line(
        key=told.part.words[:200],
        accreditation="1",
        object=told.part.words,
        valid_to=ended,
        raw=told.part.words,
    )


def _reinstate(events: dict[str, Event], one: _Dated, key: str, leftovers: Leftovers) -> None:
    told = one.told
    if told.on is None:
        leftovers.left("reinstatement without a day", key)
        return
    open_ones = [
        event
        for event in events.values()
        if event.kind is EventKind.SUSPENDED
        and event.on is not None
        and event.on < told.on
        and (event.until is None or event.until >= told.on)
        and (not told.part.partial or set(event.lines) & set(told.part.lines)
             or set(event.sites) & set(told.part.sites))
    ]  # fmt: skip
    for event in open_ones:
        raw = f"{event.raw} {told.raw}"
        events[event.key] = _ended(event, told.on, raw)
    if open_ones:
        return
    if told.began and told.began < told.on:
        event = _event(
            _Dated(replace(told, last=None), one.published), EventKind.SUSPENDED, told.began
        )
        events[event.key] = _ended(event, told.on, told.raw)
        return
    leftovers.left("reinstatement of a suspension that no notice here tells", f"{key} {told.on}")


def _ended(event: Event, until: date, raw: str) -> Event:
    return Event(
        key=event.key,
        accreditation=event.accreditation,
        kind=event.kind,
        on=event.on,
        until=until,
        decided=event.decided,
        published=event.published,
        lines=event.lines,
        sites=event.sites,
        asked_by=event.asked_by,
        raw=raw,
    )


__all__ = ["drafts"]
