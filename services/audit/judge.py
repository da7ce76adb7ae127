"""Rows judged: each on its own days, the row's verdict the gravest of them.

For a report the first and the last test day and the issue day are judged (BRIEF rule 9), and, where
the answer of the first day ends before the last, the day of that change. The order of gravity:
adverse before unknown before valid, as :data:`GRAVITY` has it. A fault of the row (a day that
cannot be read, days in the wrong order) is graver than anything but an adverse verdict: it is never
lost behind a "valid" of the days that could be read.
"""

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import NamedTuple

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.audit import boxes
from services.audit.faults import Fault, fault
from services.audit.fields import DayKind, Row, Rows
from services.audit.ledger import Touch
from services.errors import LabdirError
from services.terms import Verdict
from services.verdict.judge import judge
from services.verdict.memory import Memory
from services.verdict.views import ActivityAsked, Asked, Judged

NOT_JUDGED = "NOT_JUDGED"  # no verdict of the decision: the row cannot be asked about

# withdrawal outranks expiry outranks suspension (BRIEF rule 4); NOT_FOUND accuses nobody
GRAVITY: tuple[str, ...] = (
    Verdict.WITHDRAWN,
    Verdict.SURRENDERED,
    Verdict.TRANSFERRED,
    Verdict.EXPIRED,
    Verdict.SUSPENDED,
    Verdict.NOT_YET_GRANTED,
    Verdict.SITE_NOT_COVERED,
    Verdict.OUT_OF_SCOPE,
    NOT_JUDGED,
    Verdict.CONFLICT,
    Verdict.IDENTITY_UNRESOLVED,
    Verdict.NOT_FOUND,
    Verdict.UNKNOWN_GAP,
    Verdict.UNKNOWN_STALE,
    Verdict.UNKNOWN_SCOPE,
    Verdict.UNKNOWN_FUTURE,
    Verdict.VALID_FLEXIBLE_UNCONFIRMED,
    Verdict.VALID,
)
_RANK = {verdict: rank for rank, verdict in enumerate(GRAVITY)}


class Day(msgspec.Struct, frozen=True, array_like=True):
    """One day's answer: ``judged`` is its place among the chunk's answers."""

    kind: DayKind
    on: date
    judged: int


class Answered(msgspec.Struct, frozen=True, array_like=True):
    """A row's answer. ``gravest``: the place in ``days`` of what decides ``verdict``; None where
    a fault does."""

    verdict: str
    gravest: int | None
    days: list[Day]
    faults: list[Fault] = []


class Answers(msgspec.Struct, frozen=True, array_like=True):
    """Some rows' answers; rows that ask the same share one ``judged``, whose ref is empty."""

    judged: list[Judged]
    rows: list[Answered]


class Lot(NamedTuple):
    """Rows that are judged together, by number; how many of them each page of the window has."""

    numbers: list[int]
    rows: list[Row]
    by_page: list[int]


_bare_rows = msgspec.msgpack.Decoder(list[Row])
_rows = msgspec.msgpack.Decoder(Rows)
_answers = msgspec.msgpack.Decoder(Answers)
_encoded = msgspec.msgpack.Encoder().encode


def unpack_rows(part: bytes, bare_from: int | None) -> Rows:
    """A part of a box of rows. ``bare_from``: where it stands bare, the number of its first row."""
    body = zlib.decompress(part)
    if bare_from is None:
        return _rows.decode(body)
    rows = _bare_rows.decode(body)
    return Rows(list(range(bare_from, bare_from + len(rows))), rows)


def unpack_lot(box: bytes, first_row: int) -> Lot:
    """``first_row``: of the lot's window."""
    bare_from = first_row if boxes.head_of(box).bare else None
    parts = [unpack_rows(part, bare_from) if part else _NONE for part in boxes.parts_of(box)]
    return Lot(
        [number for part in parts for number in part.numbers],
        [row for part in parts for row in part.rows],
        [len(part.numbers) for part in parts],
    )


_NONE = Rows([], [])


def unpack_answers(part: bytes) -> Answers:
    return _answers.decode(zlib.decompress(part))


def days_judged(
    asked: bytes, answered: bytes, first_row: int
) -> Iterator[tuple[int, date, Judged]]:
    """(row, day, its verdict) of all days that a lot judges, from its boxes. ``first_row``: of its
    window."""
    numbers = iter(unpack_lot(asked, first_row).numbers)
    for part in boxes.parts_of(answered):
        answers = unpack_answers(part) if part else Answers([], [])
        for row, number in zip(answers.rows, numbers, strict=False):  # numbers go on
            for day in row.days:
                yield number, day.on, answers.judged[day.judged]


def pack_answers(answers: Answers, by_page: Sequence[int]) -> bytes:
    """A box of the answers, each part with the verdicts that its own rows name."""
    parts: list[bytes] = []
    at = 0
    for rows in by_page:
        own = answers.rows[at : at + rows]
        parts.append(zlib.compress(_encoded(_alone(answers.judged, own)), 1) if own else b"")
        at += rows
    return boxes.put(parts)


def _alone(judged: Sequence[Judged], rows: Sequence[Answered]) -> Answers:
    places: dict[int, int] = {}
    for row in rows:
        for day in row.days:
            places.setdefault(day.judged, len(places))
    told = [
        msgspec.structs.replace(
            row, days=[Day(day.kind, day.on, places[day.judged]) for day in row.days]
        )
        for row in rows
    ]
    return Answers([judged[place] for place in places], told)


def judge_rows(
    conn: Connection,
    rows: Sequence[Row],
    *,
    known_at: datetime,
    today: date,
    memory: Memory | None = None,
) -> Answers:
    """The answers, in the order of the rows. Never raises for what a row says. ``memory``: of
    earlier rows as known at the same time."""
    bench = _Bench(conn, memory or Memory(known_at), today)
    asked = [_asked(row, [on for _, on in row.days]) for row in rows]
    bench.ask([one for each in asked for one in each])
    places = [[bench.place(one) for one in each] for each in asked]
    turns: list[tuple[int, Asked]] = []  # (index of the row, the day of a change within its test)
    for at, row in enumerate(rows):
        if (turn := _turn(row, places[at], bench)) is not None:
            turns.append((at, _asked(row, [turn])[0]))
    bench.ask([one for _, one in turns])
    between = {at: (one.on, bench.place(one)) for at, one in turns}
    answered = [
        _answered(row, places[at], between.get(at), bench.judged) for at, row in enumerate(rows)
    ]
    return Answers(bench.judged, answered)


class _Bench:
    """Every question once. ``judged``: the answers in the order of asking."""

    def __init__(self, conn: Connection, memory: Memory, today: date) -> None:
        self._conn, self._memory, self._today = conn, memory, today
        self._places: dict[Asked, int | Fault] = {}
        self.judged: list[Judged] = []

    def ask(self, asked: Sequence[Asked]) -> None:
        new = list(dict.fromkeys(one for one in asked if one not in self._places))
        if new:
            for one, found in zip(new, self._judge(new), strict=True):
                if isinstance(found, Judged):
                    self._places[one] = len(self.judged)
                    self.judged.append(found)
                else:
                    self._places[one] = found

    def place(self, asked: Asked) -> int | Fault:
        return self._places[asked]

    def _judge(self, asked: Sequence[Asked]) -> list[Judged | Fault]:
        """All at once; where that fails, halves of it, down to the question that fails."""
        try:
            with self._conn.begin_nested():
                memory = self._memory
                known_at, today = memory.known_at, self._today
                return [*judge(self._conn, asked, known_at=known_at, today=today, memory=memory)]
        except (sa.exc.OperationalError, sa.exc.InterfaceError):
            raise  # the database is away: nobody's row is at fault
        except Exception as wrong:
            if len(asked) == 1:
                said = wrong.what if isinstance(wrong, LabdirError) else type(wrong).__name__
                return [fault("NOT_JUDGED", text=said)]
        half = len(asked) // 2
        return self._judge(asked[:half]) + self._judge(asked[half:])


def _asked(row: Row, days: Sequence[date]) -> list[Asked]:
    """The question of a row for each of these days."""
    activity = None
    if row.object or row.parameter or row.method or row.edition:
        activity = ActivityAsked(
            object=row.object, parameter=row.parameter, method=row.method, edition=row.edition
        )
    return [
        Asked(
            on=on, number=row.number, issuer=row.issuer, body=row.body, activity=activity,
            site=row.site,
        )
        for on in days
    ]  # fmt: skip


def _turn(row: Row, places: Sequence[int | Fault], bench: _Bench) -> date | None:
    """The first day within the test period on which the first day's answer no longer holds."""
    if len(row.days) < 2 or (row.days[0][0], row.days[1][0]) != _PERIOD:
        return None
    (_, first), (_, last) = row.days[:2]
    place = places[0]
    if isinstance(place, Fault):
        return None
    until = bench.judged[place].until
    return until if until is not None and first < until < last else None


_PERIOD = DayKind.FIRST, DayKind.LAST  # days stand in order of kind


def _answered(
    row: Row,
    places: Sequence[int | Fault],
    between: tuple[date, int | Fault] | None,
    judged: Sequence[Judged],
) -> Answered:
    """``places``: of the answers for the row's days; ``between``: a day of change, and its."""
    wanted = [(kind, on, place) for (kind, on), place in zip(row.days, places, strict=True)]
    if between is not None:
        wanted.insert(1, (DayKind.BETWEEN, *between))
    days = [Day(kind, on, place) for kind, on, place in wanted if not isinstance(place, Fault)]
    faults = [place for _, _, place in wanted if isinstance(place, Fault)]
    ranks = [_RANK[judged[day.judged].verdict] for day in days]
    worst = min(ranks, default=len(GRAVITY))
    if (row.faults or faults or not days) and worst > _RANK[NOT_JUDGED]:
        return Answered(NOT_JUDGED, None, days, faults)
    gravest = ranks.index(worst)
    return Answered(GRAVITY[worst], gravest, days, faults)


# --- what is told of a chunk ----------------------------------------------------------------------


def counts_of(answers: Answers) -> dict[str, int]:
    """Rows by verdict."""
    return dict(sorted(Counter(row.verdict for row in answers.rows).items()))


def touches_of(answers: Answers, numbers: Sequence[int]) -> list[Touch]:
    """Which accreditation decides which rows (``numbers``: theirs in the audit), on which days."""
    found: dict[int, tuple[dict[int, None], list[date]]] = {}
    for number, row in zip(numbers, answers.rows, strict=True):
        for day in row.days:
            accreditation = answers.judged[day.judged].accreditation
            if accreditation:
                rows, days = found.setdefault(int(accreditation[1:]), ({}, []))
                rows[number] = None
                days.append(day.on)
    return [
        Touch(accreditation_id, list(rows), min(days), max(days))
        for accreditation_id, (rows, days) in sorted(found.items())
    ]


def gravest(answers: Answers, row: Answered) -> Judged | None:
    """The answer that decides the row's verdict; of a row that was not judged, its first."""
    if row.gravest is not None:
        return answers.judged[row.days[row.gravest].judged]
    return answers.judged[row.days[0].judged] if row.days else None
