"""An audit as its page draws it: totals as bars, rows with their question and their reasons."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from directory.pages.audit_words import DAYS, FIELDS, doubts
from directory.pages.render import Frame
from directory.pages.standing import (
    SHAPES,
    because,
    flagged,
    line_mark,
    telling,
    verdict_word,
)
from directory.pages.tongue import Tongue
from services.audit.fields import Field
from services.audit.judge import GRAVITY, NOT_JUDGED
from services.audit.views import AuditView, DayView, RowView
from services.terms import Verdict

# what a row's question shows, in this order; days stand beside their verdicts
_ASKED = (
    Field.NUMBER, Field.ISSUER, Field.BODY, Field.METHOD, Field.EDITION, Field.OBJECT,
    Field.PARAMETER, Field.SITE,
)  # fmt: skip
_REASONS = 4  # of a day: the page of the check tells all


def verdict_mark(verdict: str) -> tuple[str, str]:
    """(shape, tone) of a row's verdict."""
    if verdict == NOT_JUDGED:
        return "adv", "warn"
    if verdict == Verdict.VALID:
        return SHAPES["stands"]
    return line_mark(Verdict(verdict))


@dataclass(frozen=True, slots=True)
class Bar:
    """Rows of one verdict. ``share`` of all rows judged, 0 to 1; ``before``: rows of it in the
    audit that this one reruns, None where nothing is compared."""

    verdict: str
    word: str
    shape: str
    tone: str
    rows: int
    share: float
    before: int | None = None

    @property
    def width(self) -> str:
        """Of the bar, in percent: the least still to be seen."""
        return f"{max(self.share * 100, 0.6):.2f}" if self.rows else "0"


def bars(tongue: Tongue, counts: Mapping[str, int], before: Mapping[str, int] | None) -> list[Bar]:
    """Totals by verdict, the gravest first; only those that occur."""
    total = sum(counts.values())
    return [
        Bar(
            verdict, verdict_word(tongue, verdict), *verdict_mark(verdict),
            rows=counts.get(verdict, 0), share=counts.get(verdict, 0) / total if total else 0.0,
            before=None if before is None else before.get(verdict, 0),
        )
        for verdict in GRAVITY
        if counts.get(verdict) or (before or {}).get(verdict)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of the one bar that a list shows: its begin and its width, in percent."""

    tone: str
    x: str
    width: str


_TONES = ("bad", "warn", "unk", "ok")


def strip(counts: Mapping[str, int]) -> list[Piece]:
    """All verdicts in one bar, by tone, the gravest first."""
    total, at, pieces = sum(counts.values()), 0.0, []
    for tone in _TONES:
        rows = sum(n for verdict, n in counts.items() if verdict_mark(verdict)[1] == tone)
        if rows:
            width = rows / total * 100
            pieces.append(Piece(tone, f"{at:.2f}", f"{width:.2f}"))
            at += width
    return pieces


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a row with its own verdict."""

    word: str
    on: date
    verdict: str
    shape: str
    tone: str
    decides: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """A row as it is drawn. ``asked``: (what, the file's own words). ``check``: the same question
    for the check page, as its parameters; empty where it cannot be asked there."""

    row: RowView
    asked: list[tuple[str, str]]
    days: list[Day]
    reasons: list[str]
    flags: list[str]
    candidates: list[str]
    check: dict[str, str]
    body: str
    word: str
    shape: str
    tone: str
    before: str


def shown(frame: Frame, audit: AuditView, row: RowView) -> Shown:
    """``row`` in the page's language."""
    tongue = frame.tongue
    said = {field: row.cells.get(audit.mapping.get(field, ""), "").strip() for field in _ASKED}
    decides = next((day for day in row.days if day.decides), None)
    nearest = decides or next(iter(row.days), None)
    faults = [fault.text_zh if tongue.zh else fault.text for fault in row.faults]
    reasons = _reasons(tongue, decides) if decides else []
    return Shown(
        row,
        [(tongue(FIELDS[field]), text) for field, text in said.items() if text],
        [_day(tongue, day) for day in row.days],
        faults + reasons,
        [flagged(tongue, one) for one in nearest.judged.flags] if nearest else [],
        [f"{c.issuer} {c.number} {c.name}" for c in nearest.judged.candidates] if nearest else [],
        _check(said, nearest),
        nearest.judged.body if nearest else "",
        verdict_word(tongue, row.verdict),
        *verdict_mark(row.verdict),
        before=verdict_word(tongue, row.before) if row.before else "",
    )


def _reasons(tongue: Tongue, day: DayView) -> list[str]:
    return [because(tongue, reason) for reason in telling(day.judged.reasons)[:_REASONS]]


def _day(tongue: Tongue, day: DayView) -> Day:
    verdict = day.judged.verdict
    word = verdict_word(tongue, verdict)
    return Day(tongue(DAYS[day.kind]), day.on, word, *verdict_mark(verdict), decides=day.decides)


def _check(said: Mapping[Field, str], day: DayView | None) -> dict[str, str]:
    if day is None or not (said[Field.NUMBER] or said[Field.BODY]):
        return {}
    asked = {
        "number": said[Field.NUMBER],
        "issuer": said[Field.ISSUER],
        "body": said[Field.BODY],
        "method": said[Field.METHOD],
        "edition": said[Field.EDITION],
        "object": said[Field.OBJECT],
        "parameter": said[Field.PARAMETER],
        "site": said[Field.SITE],
        "on": day.on.isoformat(),
    }
    return {name: text for name, text in asked.items() if text}


@dataclass(frozen=True, slots=True)
class Column:
    """A column of the file that waits for its meaning. ``held``: the field that is taken or, in
    ``doubt``, supposed; "" for none. ``sample``: what its first rows hold."""

    at: int
    name: str
    held: str
    doubt: bool
    sample: list[str]


def to_map(
    audit: AuditView, sample: Sequence[Sequence[str]], chosen: Mapping[str, Sequence[str]]
) -> list[Column]:
    """The file's columns with what each is taken for. ``chosen``: column → what the person just
    said of it, where that could not be taken."""
    held = {column: field for field, column in audit.mapping.items() if column}
    told = doubts(audit.problems)
    open_ = {column for doubt in told for column in doubt.columns}
    for doubt in told:
        alone = [one.field for one in told].count(doubt.field) == 1 == len(doubt.columns)
        if alone and doubt.field not in audit.mapping:
            held.setdefault(doubt.columns[0], doubt.field)
    return [
        Column(
            at, name, chosen[name][0] if name in chosen else held.get(name, ""), name in open_,
            [row[at] for row in sample if at < len(row) and row[at]],
        )
        for at, name in enumerate(audit.columns)
    ]  # fmt: skip


__all__ = ["Bar", "Column", "Piece", "Shown", "bars", "shown", "strip", "to_map", "verdict_mark"]
