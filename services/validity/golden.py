"""Golden cases of the decision: a plain JSON format that experts write and anyone can run.

A file is a list of ``{id, name, why, record, question, expected, reasons}`` as the domain brief
describes; ``expected`` is the verdict, ``reasons`` are hints and not compared. ``partial`` and
``standing``, where given, are compared too.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from services.terms import EventKind, Listed, Tier
from services.validity.decide import STALE_AFTER_DAYS, decide, standing
from services.validity.facts import (
    Activity,
    Check,
    Event,
    Facts,
    Line,
    OtherStatement,
    Question,
)
from services.validity.reasons import sentence

Fields = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Disagreement:
    """A case whose answer is not the expected one; ``got`` and ``expected`` name what differs."""

    case: str
    expected: str
    got: str
    reasons: tuple[str, ...]

    def __str__(self) -> str:
        because = " ".join(self.reasons)
        return f"{self.case}: expected {self.expected}, got {self.got}. {because}".rstrip()


def read_file(path: Path | str) -> list[Fields]:
    """The cases of a file.

    Raises ``OSError`` where it cannot be read, ``ValueError`` where it is no list of cases.
    """
    try:
        cases = json.loads(Path(path).read_text(encoding="utf-8"))
    except ValueError as wrong:
        raise ValueError(f"The file is no JSON in UTF-8: {wrong}.") from None
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise ValueError("The file holds no list of cases.")
    return cases


def judge_file(path: Path | str) -> list[Disagreement]:
    """Judges every case of a file; empty means that all agree.

    Raises ``OSError`` where the file cannot be read, ``ValueError`` where it or a case of it does
    not have the format.
    """
    return judge_all(read_file(path))


def judge_all(cases: Iterable[Fields]) -> list[Disagreement]:
    """Judges cases that were read. Raises ``ValueError`` naming the case that cannot be."""
    disagreements: list[Disagreement] = []
    for number, case in enumerate(cases, 1):
        try:
            found = judge_case(case)
        except KeyError as wrong:
            raise ValueError(f"In case {case.get('id', number)} there is no {wrong}.") from None
        except (ValueError, TypeError, AttributeError) as wrong:
            told = f"In case {case.get('id', number)} something cannot be read: {wrong}."
            raise ValueError(told) from None
        if found:
            disagreements.append(found)
    return disagreements


def judge_case(case: Fields) -> Disagreement | None:
    """Judges one case of the format."""
    decision = decide(
        read_record(case["record"]),
        read_question(case["question"]),
        case.get("stale_after_days", STALE_AFTER_DAYS),
    )
    got: dict[str, object] = {"verdict": decision.verdict.value}
    expected: dict[str, object] = {"verdict": case["expected"]}
    for name, value in (("partial", decision.partial), ("standing", standing(decision).value)):
        if name in case:
            got[name], expected[name] = value, case[name]
    if got == expected:
        return None
    return Disagreement(
        f"{case.get('id')} {case.get('name', '')}".strip(),
        _shown(expected),
        _shown(got),
        tuple(sentence(reason) for reason in decision.reasons),
    )


def _shown(values: dict[str, object]) -> str:
    return ", ".join(f"{name} {value}" for name, value in values.items())


def read_record(record: Fields | None) -> Facts | None:
    """The facts of a case's record; ``None`` for no record."""
    if record is None:
        return None
    lines = record.get("lines")
    return Facts(
        granted=_day(record.get("granted")),
        expires=_day(record.get("expires")),
        events=tuple(read_event(e) for e in record.get("events") or ()),
        lines=None if lines is None else tuple(read_line(each) for each in lines),
        checks=tuple(_check(c) for c in record.get("checks") or ()),
        other=tuple(_other(o) for o in record.get("other") or ()),
        resolved=record.get("resolved", True),
    )


def read_question(question: Fields) -> Question:
    """The question of a case."""
    asked = question.get("activity")
    names = ("object", "parameter", "method", "edition", "lo", "hi", "unit", "u")
    return Question(
        None if asked is None else Activity(**{name: asked.get(name) for name in names}),
        question.get("site"),
        date.fromisoformat(question["on"]),
        date.fromisoformat(question["known_at"]),
    )


def read_event(event: Fields) -> Event:
    """One event of a record."""
    window = event.get("window")
    return Event(
        kind=EventKind(event["type"]),
        on=_day(event.get("on")),
        until=_day(event.get("until")),
        window=None
        if window is None
        else (date.fromisoformat(window[0]), date.fromisoformat(window[1])),
        expires=_day(event.get("expires")),
        lines=frozenset(event.get("lines") or ()),
        sites=frozenset(event.get("sites") or ()),
        known_from=_moment(event.get("known_from")),
        last_seen=_day(event.get("last_seen")),
        source=event.get("source"),
        ref=event.get("ref"),
    )


def read_line(line: Fields) -> Line:
    """One scope line of a record."""
    names = ("object", "parameter", "method", "edition", "lo", "hi", "unit", "cmc")
    return Line(
        id=line["id"],
        **{name: line.get(name) for name in names},
        flexible=bool(line.get("flex", False)),
        sites=frozenset(line.get("sites") or ()),
        valid_from=_day(line.get("from")),
        valid_to=_day(line.get("to")),
        known_from=_moment(line.get("known_from")),
    )


def _check(check: Fields) -> Check:
    return Check(
        _moment(check["at"]) or date.min,
        check["ok"],
        Listed(check["status"]),
        Tier(check["tier"]),
        check.get("own", False),
        check.get("source"),
    )


def _other(other: Fields) -> OtherStatement:
    at = _moment(other["at"]) or date.min
    return OtherStatement(Tier(other["tier"]), Listed(other["status"]), _day(other.get("on")), at)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _moment(text: str | None) -> date | datetime | None:
    """A day, or a time where one is given."""
    if text is None:
        return None
    return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
