"""What happened to a body, on both axes: when it was true and when the directory learned it.

A thing that several records say, or one record says again, is one entry: known from the first time
it was said, until the last record that said it took it back. What the directory had said before and
says no longer stays in the timeline with ``known_until``: that is how a correction is seen.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from typing import Any

import msgspec

from services.errors import BadQuestion
from services.find import cursor as cursors
from services.find.history import NOTHING, LinesMoved, Past
from services.find.proof import Proofs
from services.find.views import TimelineEntry
from services.store.facts import BodyHeld
from services.store.looks import Look, RecordSeen
from services.store.merge import AccreditationHeld, Said
from services.terms import ChangeCause, EventKind, Verdict
from services.validity import Question, decide

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class _Told:
    """One statement's part in an entry; those that agree in all but ``said`` are one entry."""

    at: date | None
    what: str
    said: Said
    label: str
    until: date | None = None
    accreditation: int | None = None
    params: tuple[tuple[str, str], ...] = ()

    @property
    def same(self) -> tuple[Any, ...]:
        return self.at, self.until, self.what, self.accreditation, self.label, self.params


def entries(
    body: BodyHeld,
    proofs: Proofs,
    known_at: datetime,
    past: Past = NOTHING,
) -> tuple[TimelineEntry, ...]:
    """Newest first by the day when it was true, then by the time it became known.

    Without ``past`` only what is still said, and what is not of an accreditation's own statements.
    ``proofs`` must hold all of :func:`statements`.
    """
    causes = _causes(body.records)
    told: dict[tuple[Any, ...], list[_Told]] = {}
    for one in _told(body, past, known_at.date()):
        told.setdefault(one.same, []).append(one)
    found = [_entry(group, proofs, known_at, causes) for group in told.values()]
    for record in body.records:
        found += _of_record(record, body, proofs)
    found += _of_lines(body, past.lines)
    return tuple(sorted(found, key=order, reverse=True))


def _causes(records: Iterable[RecordSeen]) -> dict[int, ChangeCause]:
    """Run → why what it changed is another than before. Each statement of a record was begun and
    ended by a look at its list."""
    stands = [stand for record in records for stand in record.stands]
    looks = chain.from_iterable((*stand.looks, stand.left) for stand in stands)
    return {look.run_id: look.cause for look in looks if look is not None}


def statements(past: Past) -> list[Said]:
    """The ended statements that entries cite."""
    return [*past.names, *past.events, *past.presences, *past.credentials]


def order(entry: TimelineEntry) -> tuple[date, datetime, str, str, str]:
    """By day and by time of knowledge; what stands on one moment is told apart by its content."""
    ref = entry.evidence[0].ref if entry.evidence else ""
    rest = (entry.accreditation, entry.label, str(entry.until), sorted(entry.params.items()), ref)
    digest = hashlib.sha256(msgspec.json.encode(rest)).hexdigest()[:16]
    day = entry.at or entry.known_at.date()
    return day, entry.known_at, entry.what, entry.label[:60], digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Which part of a timeline is asked for: true on a day from ``start`` to ``end``, learned or
    taken back at ``known_from`` or later; ``cursor``: of the page before."""

    start: date | None = None
    end: date | None = None
    known_from: datetime | None = None
    cursor: str = ""
    limit: int | None = None

    def holds(self, entry: TimelineEntry) -> bool:
        """What nobody dated is left out of no period."""
        newest = max(entry.known_at, entry.known_until or entry.known_at)
        if self.known_from is not None and newest < self.known_from:
            return False
        first = entry.at or _day(entry.params.get("after"))
        last = entry.at or _day(entry.params.get("before"))
        if entry.until is not None:
            last = max(entry.until - DAY, entry.at or entry.until - DAY)
        too_late = self.end is not None and first is not None and first > self.end
        too_early = self.start is not None and last is not None and last < self.start
        return not too_late and not too_early


WHOLE = Part()


class _Place(msgspec.Struct, frozen=True):
    """After which entry the next page begins, of which question, as known when: all pages are of
    one state of knowledge."""

    asked: str
    on: date
    known_at: datetime
    after: tuple[date, datetime, str, str, str]


def place(part: Part, id_: str, on: date, known_at: datetime) -> tuple[date, datetime]:
    """The moment at which this page is read: its first page's. Raises BadQuestion for a cursor of
    another question, or of a time that ``known_at`` is not allowed to see."""
    if not part.cursor:
        return on, known_at
    held = cursors.read(part.cursor, _Place)
    if held.asked != _asked(part, id_) or held.known_at > known_at:
        raise BadQuestion(
            "cursor: it belongs to another question.", "Ask the same with it, or begin without it."
        )
    return held.on, held.known_at


def _asked(part: Part, id_: str) -> str:
    said = [id_, part.start, part.end, part.known_from]
    return hashlib.sha256(msgspec.json.encode(said)).hexdigest()[:16]


def cut(
    found: Sequence[TimelineEntry], part: Part, id_: str, on: date, known_at: datetime
) -> tuple[tuple[TimelineEntry, ...], str | None, int]:
    """The page asked for, the cursor of the next one, and how many entries there are in all."""
    held = [entry for entry in found if part.holds(entry)]
    rest = held
    if part.cursor:
        after = cursors.read(part.cursor, _Place).after
        rest = [entry for entry in held if order(entry) < after]
    if part.limit is None or len(rest) <= part.limit:
        return tuple(rest), None, len(held)
    page = rest[: part.limit]
    following = _Place(_asked(part, id_), on, known_at, order(page[-1]))
    return tuple(page), cursors.write(following), len(held)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _told(body: BodyHeld, past: Past, today: date) -> Iterator[_Told]:
    for acc in body.accreditations:
        yield from _of_accreditation(acc, past, today)
    yield from _of_names(body, past)
    for said in (*body.presences, *past.presences):
        if said.row.valid.lower is not None or not _open(said, None):
            yield _of_presence(said)
    for said in (*body.credentials, *past.credentials):
        if said.row.granted is not None or not _open(said, None):
            yield _of_credential(said)


def _open(said: Said, known_at: datetime | None) -> bool:
    """Whether it is still said (``known_at`` None: of what was loaded as ended, it is not)."""
    upper = said.row.known.upper
    return upper is None or (known_at is not None and upper > known_at)


def _entry(
    group: Sequence[_Told],
    proofs: Proofs,
    known_at: datetime,
    causes: Mapping[int, ChangeCause],
) -> TimelineEntry:
    standing = [one for one in group if _open(one.said, known_at)]
    shown = standing or group
    first = group[0]
    begun = min((one.said.row for one in group), key=lambda row: row.known.lower)
    ended = None
    if not standing:
        ended = max((one.said.row for one in group), key=lambda row: row.known.upper)
    return TimelineEntry(
        at=first.at,
        until=first.until,
        known_at=_utc(begun.known.lower),
        known_until=_utc(ended.known.upper) if ended else None,
        cause=causes.get(begun.run_id, ChangeCause.SOURCE),
        cause_until=causes.get(ended.end_run_id, ChangeCause.SOURCE) if ended else None,
        what=first.what,
        accreditation=f"a{first.accreditation}" if first.accreditation else None,
        label=first.label,
        raw=shown[0].said.row.raw,
        params=dict(first.params),
        evidence=proofs.all(one.said for one in shown),
    )


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)


# --- accreditations -------------------------------------------------------------------------------


def _of_accreditation(acc: AccreditationHeld, past: Past, today: date) -> Iterator[_Told]:
    def tell(what: str, at: date | None, said: Said, *params: tuple[str, str]) -> _Told:
        return _Told(at, what, said, acc.label, accreditation=acc.id, params=params)

    said: Said
    for said in _deciding(acc):
        standard = (("standard", said.row.standard),) if said.row.standard else ()
        if said.row.granted is not None:
            yield tell("granted", said.row.granted, said, *standard)
        if (day := said.row.expires) is not None:
            if _expired(acc, day, today):
                yield tell("expired", day + DAY, said, *standard)
            else:
                yield tell("expires", day, said, *standard)
    for said, was in _relisted(acc):
        look = next(iter(said.looks()), None)
        turned = (("from", was.row.listed.value), ("to", said.row.listed.value))
        yield tell("changed", look.day if look else None, said, *turned)
    for held in acc.events:
        window = held.event.window
        for said in held.said:
            yield _of_event(acc, said, window)
            if _restored(acc, said, today):
                hit = [(k, v) for k, v in _params(said.row, None) if k in ("lines", "sites")]
                yield tell("restored", said.row.until, said, *hit)
    shown = {said.row.id for held in acc.events for said in held.said}
    keys = {(said.record.id, said.row.key) for said in acc.history}
    for said in past.events:
        if (said.record.id, said.row.accreditation) in keys and said.row.id not in shown:
            yield _of_event(acc, said, None)


def _deciding(acc: AccreditationHeld) -> list[Said]:
    """Every statement of those who may decide its status; of all where nobody may. What the others
    say stands beside the accreditation, not in its history."""
    may = [said for said in acc.history if said.record.source.decides(acc.issuer)]
    return may or list(acc.history)


def _expired(acc: AccreditationHeld, day: date, today: date) -> bool:
    """Time alone ended it: not where it was renewed, or withdrawn before."""
    if day != acc.facts.expires or day >= today:
        return False
    asked = Question(None, None, day + DAY, today)
    return decide(acc.facts, asked).verdict is Verdict.EXPIRED


def _restored(acc: AccreditationHeld, said: Said, today: date) -> bool:
    """A suspension whose end came, unless the decision still doubts it (BRIEF rule 13)."""
    row = said.row
    if row.kind is not EventKind.SUSPENDED or row.until is None or row.until > today:
        return False
    if row.lines or row.sites:
        return True
    verdict = decide(acc.facts, Question(None, None, row.until, today)).verdict
    return verdict not in (Verdict.SUSPENDED, Verdict.UNKNOWN_GAP)


def _relisted(acc: AccreditationHeld) -> Iterator[tuple[Said, Said]]:
    """Statements that list it otherwise than the same record did before, each with that one."""
    before: dict[tuple[int, str], Said] = {}
    for said in sorted(_deciding(acc), key=lambda one: (one.row.run_id, one.row.id)):
        was = before.get((said.record.id, said.row.key))
        if was is not None and was.row.listed is not said.row.listed:
            yield said, was
        before[said.record.id, said.row.key] = said


def _of_event(acc: AccreditationHeld, said: Said, window: tuple[date, date] | None) -> _Told:
    row = said.row
    return _Told(
        at=row.on,
        what=row.kind.value,
        said=said,
        label=acc.label,
        until=row.until,
        accreditation=acc.id,
        params=_params(row, window),
    )


def _params(row: Any, window: tuple[date, date] | None) -> tuple[tuple[str, str], ...]:
    said = {
        "decided": row.decided,
        "published": row.published,
        "expires": row.expires,
        "after": window[0] if window else None,
        "before": window[1] if window else None,
        "lines": ", ".join(row.lines),
        "sites": ", ".join(row.sites),
        "asked_by": row.asked_by,
    }
    return tuple((name, str(value)) for name, value in said.items() if value)


def _of_lines(body: BodyHeld, moved: Iterable[LinesMoved]) -> Iterator[TimelineEntry]:
    labels = {acc.id: acc.label for acc in body.accreditations}
    for one in moved:
        if one.accreditation_id in labels:
            params = {"added": one.added, "removed": one.removed, "run": one.run_id}
            yield TimelineEntry(
                at=one.day,
                until=None,
                known_at=one.known_at,
                cause=one.cause,
                what="lines",
                accreditation=f"a{one.accreditation_id}",
                label=labels[one.accreditation_id],
                raw="",
                params={"source": one.record.source.key, "list": one.record.list_name}
                | {name: str(value) for name, value in params.items()},
                evidence=(),
            )


# --- the body itself ------------------------------------------------------------------------------


def _of_names(body: BodyHeld, past: Past) -> Iterator[_Told]:
    """Names whose period the source dates, and names that a list replaced: a rename is a fact of
    its own."""
    written = {(said.row.text, said.row.lang) for said in body.names}
    replaced = {(said.record.id, said.row.key, said.row.end_run_id) for said in past.names}
    for said in body.names:
        row = said.row
        begun = row.valid.lower
        if begun is None and (said.record.id, row.key, row.run_id) in replaced:
            begun = next((look.day for look in said.looks()), None)
        if begun is not None:
            yield _name(said, "name", begun)
        if row.valid.upper is not None:
            yield _name(said, "former_name", row.valid.upper)
    for said in past.names:
        if (said.row.text, said.row.lang) not in written:
            yield _name(said, "former_name", said.left.day if said.left else None)


def _name(said: Said, what: str, at: date | None) -> _Told:
    return _Told(at, what, said, said.row.text, params=(("kind", said.row.kind.value),))


def _of_presence(said: Said) -> _Told:
    row = said.row
    params = (("mode", row.mode.value), ("country", row.country))
    return _Told(row.valid.lower, "presence", said, row.city or row.country, row.valid.upper,
                 params=params)  # fmt: skip


def _of_credential(said: Said) -> _Told:
    row = said.row
    params = (
        ("kind", row.kind.value),
        ("polarity", row.polarity.value),
        ("level", row.level.value),
    )
    return _Told(row.granted, "credential", said, row.title, params=params)


def _of_record(record: RecordSeen, body: BodyHeld, proofs: Proofs) -> Iterator[TimelineEntry]:
    """When a record came to its list, left it and came back. A changed record stays on its list:
    only a gap between two of its sightings is a departure."""
    looks = [stand.looks[0] for stand in record.stands if stand.looks]
    if not looks:
        return
    said = _speaks_for(record, body)
    evidence = (proofs.of(said),) if said else ()
    params = {"source": record.source.key, "list": record.list_name}
    label = record.source.meta.get("title", record.source.key)

    def entry(what: str, look: Look) -> TimelineEntry:
        return TimelineEntry(
            at=look.day,
            until=None,
            known_at=look.known_at,
            cause=look.cause,
            what=what,
            accreditation=None,
            label=label,
            raw="",
            params=params,
            evidence=evidence,
        )

    yield entry("listed", looks[0])
    stands = [stand for stand in record.stands if stand.looks]
    for stand, following in zip(stands, [*stands[1:], None], strict=True):
        if stand.left is None:
            continue
        if following is None:
            yield entry("left_list", stand.left)
        elif following.looks[0].run_id != stand.left.run_id:
            yield entry("left_list", stand.left)
            yield entry("back_on_list", following.looks[0])


def _speaks_for(record: RecordSeen, body: BodyHeld) -> Said | None:
    """A statement of that record: its evidence is the evidence of the listing."""
    for says in (body.names, *(list(acc.said) for acc in body.accreditations)):
        for said in says:
            if said.record.id == record.id:
                return said
    return None
