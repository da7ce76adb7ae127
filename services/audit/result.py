"""The result of an audit as a table: the file's own columns, then what was found, row by row.

Cells that a spreadsheet would take for a formula are made texts with an apostrophe (OWASP, CSV
injection), plain numbers excepted. The same answers make the same bytes.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC

from services.audit import faults, sheet
from services.audit.fields import DayKind, Field, Row
from services.audit.judge import NOT_JUDGED, Answered, Answers, gravest
from services.audit.pages import Told
from services.audit.views import AuditView
from services.errors import Conflict
from services.find.views import Reason
from services.terms import AuditState
from services.verdict.views import Flag, Judged

Say = Callable[[Reason], str]  # a reason of the decision in Chinese


@dataclass(frozen=True, slots=True)
class Chinese:
    """What a result in Chinese needs besides the reasons; each by its code, in the pages' words.

    The columns and their order are those of the result in English.
    """

    verdict: Callable[[str], str]
    confidence: Callable[[str], str]
    flag: Callable[[Flag], str]


BOM = b"\xef\xbb\xbf"  # without it Excel reads UTF-8 as the machine's own charset
_PREFIX = "labdir_"

# own columns in Chinese, by their name in English
_CHINESE = {
    "verdict": "结论",
    "partial": "部分暂停或撤销",
    "first_test_day": "检测首日",
    "first_test_day_verdict": "检测首日结论",
    "between": "检测期间变化日",
    "between_verdict": "检测期间变化日结论",
    "last_test_day": "检测末日",
    "last_test_day_verdict": "检测末日结论",
    "issue_day": "签发日",
    "issue_day_verdict": "签发日结论",
    "on": "判定日",
    "on_verdict": "判定日结论",
    "reasons": "理由（英文）",
    "reasons_zh": "理由",
    "flags": "提示",
    "accreditation": "认可（本目录编号）",
    "body": "机构（本目录编号）",
    "line": "决定性能力项",
    "event": "决定性事件",
    "since": "自",
    "until": "至（不含）",
    "last_check": "最近核查日",
    "confidence": "依据程度",
    "candidates": "候选",
    "known_at": "信息截至",
    "log_position": "日志位置",
    "rule_version": "规则版本",
    "verdict_before": "上次结论",
    "changed": "有变化",
}

_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d+)*|[.,]\d+)(?:[eE][+-]?\d+)?%?")


def safe(cell: str) -> str:
    """The cell as no spreadsheet takes it for a formula."""
    if cell.startswith(_RISKY) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


class Table:
    """How one audit's rows are told. ``say``: a reason in Chinese, by its code. ``chinese``: given
    where titles, verdicts and flags are to be Chinese as well."""

    def __init__(self, audit: AuditView, say: Say, chinese: Chinese | None = None) -> None:
        self._audit = audit
        self._say = say
        self._chinese = chinese
        self._yes = "是" if chinese else "yes"
        self._verdicts: dict[str, str] = {"": ""}
        self._kinds = _kinds(audit.mapping)
        self._said: dict[tuple[object, ...], tuple[str, str]] = {}
        known_at = audit.known_at.astimezone(UTC).isoformat() if audit.known_at else ""
        self._fixed = [known_at, str(audit.log_position), audit.rule_version]

    def titles(self) -> list[str]:
        days = [title for kind in self._kinds for title in (kind.value, f"{kind.value}_verdict")]
        own = [
            *("verdict", "partial", *days, "reasons", "reasons_zh", "flags"),
            *("accreditation", "body", "line", "event", "since", "until", "last_check"),
            *("confidence", "candidates", "known_at", "log_position", "rule_version"),
            *(("verdict_before", "changed") if self._audit.compares else ()),
        ]
        said = (_CHINESE[name] for name in own) if self._chinese else own
        return [*map(safe, self._audit.columns), *(f"{_PREFIX}{name}" for name in said)]

    def rows(self, page: Iterable[Told]) -> list[list[str]]:
        """A page's rows, every cell safe."""
        return [[safe(cell) if cell else cell for cell in self._row(told)] for told in page]

    def _row(self, told: Told) -> list[str]:
        row, answered, answers = told.row, told.answered, told.answers
        days = {day.kind: day for day in answered.days}
        unread = dict(row.days)
        by_day: list[str] = []
        for kind in self._kinds:
            if day := days.get(kind):
                verdict = self._verdict(answers.judged[day.judged].verdict)
                by_day += [day.on.isoformat(), verdict]
            elif kind in unread:
                by_day += [unread[kind].isoformat(), self._verdict(NOT_JUDGED)]
            else:
                by_day += ["", ""]
        english, chinese = self._reasons(row, answered, answers)
        found = gravest(answers, answered)
        decided = found if answered.gravest is not None else None
        compared = []
        if self._audit.compares:
            other = self._yes if told.before != answered.verdict else ""
            compared = [self._verdict(told.before or ""), other]
        return [
            *row.cells,
            *(self._verdict(answered.verdict), self._yes if decided and decided.partial else ""),
            *(*by_day, english, chinese, *self._found(found, decided), *self._fixed, *compared),
        ]

    def _verdict(self, verdict: str) -> str:
        """The code; in Chinese the word with the code behind it."""
        if self._chinese is None:
            return verdict
        said = self._verdicts.get(verdict)
        if said is None:
            said = self._verdicts[verdict] = f"{self._chinese.verdict(verdict)}（{verdict}）"
        return said

    def _reasons(self, row: Row, answered: Answered, answers: Answers) -> tuple[str, str]:
        """Faults, then the reasons of the deciding day, then of days with another verdict."""
        wrong = [*row.faults, *answered.faults]
        english = [faults.sentence(one) for one in wrong]
        chinese = [faults.sentence(one, faults.CHINESE) for one in wrong]
        order = list(range(len(answered.days)))
        if answered.gravest is not None:
            order.sort(key=lambda at: at != answered.gravest)
        told: set[str] = set()
        for at in order:
            day = answered.days[at]
            found = answers.judged[day.judged]
            if found.verdict in told:
                continue
            told.add(found.verdict)
            said = [self._sentence(reason) for reason in found.reasons]
            on = day.on.isoformat()
            english.append(" ".join([f"{on} {found.verdict}:", *(one for one, _ in said)]))
            head = f"{on} {self._verdict(found.verdict)}："
            chinese.append("".join([head, *(one for _, one in said)]))
        return " ".join(english), " ".join(chinese)

    def _sentence(self, reason: Reason) -> tuple[str, str]:
        """In English and in Chinese, with the rule's number."""
        key = (reason.code, *reason.params.items())
        said = self._said.get(key)
        if said is None:
            english = f"{reason.text} [rule {reason.rule}]"
            said = english, f"{self._say(reason)}〔规则 {reason.rule}〕"
            if len(self._said) < 200_000:
                self._said[key] = said
        return said

    def _found(self, found: Judged | None, decided: Judged | None) -> list[str]:
        """Flags, whose accreditation, what decided, until when, how sure. ``decided`` is None for
        a row that was not judged: then only what was found beside it is told."""
        if found is None:
            return [""] * 10
        since, until, last = (
            "" if day is None else day.isoformat()
            for day in (found.since, found.until, found.last_check)
        )
        candidates = "; ".join(
            f"{one.issuer} {one.number} {one.name} ({one.accreditation}, {one.body})"
            for one in found.candidates
        )
        confidence: str = found.confidence.value
        if self._chinese is None:
            flags = "; ".join(f"{one.code}: {one.text}" for one in found.flags)
        else:
            flags = "".join(map(self._chinese.flag, found.flags))
            confidence = self._chinese.confidence(confidence)
        own = [found.line, found.event, since, until, last, confidence]
        return [
            flags, found.accreditation, found.body, *(own if decided is not None else [""] * 6),
            candidates,
        ]  # fmt: skip


def _kinds(mapping: dict[str, str]) -> list[DayKind]:
    """The days that rows of such a mapping may have."""
    kinds: list[DayKind] = []
    if mapping.get(Field.TESTED) or mapping.get(Field.TESTED_TO):
        kinds += [DayKind.FIRST, DayKind.BETWEEN, DayKind.LAST]
    kinds += [DayKind.ISSUED] if mapping.get(Field.ISSUED) else []
    return kinds + ([DayKind.ON] if mapping.get(Field.ON) else [])


def ready(audit: AuditView) -> None:
    """Raises Conflict where the audit is not done: half a result is none."""
    if audit.state is not AuditState.DONE:
        raise Conflict(
            f"Audit {audit.id} is {audit.state.value} ({audit.judged} of {audit.rows} rows).",
            "Ask for its result when it is done.",
        )


class Writer:
    """A result on its way: ``begin``, ``piece`` for each page in order, ``end``; each gives bytes.

    ``form``: "csv" or "xlsx". ``chinese``: see :class:`Table`. Reading pages is the caller's, who
    knows how to reach the database.
    """

    def __init__(
        self, audit: AuditView, say: Say, form: str, chinese: Chinese | None = None
    ) -> None:
        ready(audit)
        self._table = Table(audit, say, chinese)
        self._sheet = sheet.Writer() if form == "xlsx" else None

    def begin(self) -> bytes:
        titles = self._table.titles()
        return self._sheet.begin(titles) if self._sheet else BOM + csv_bytes([titles])

    def piece(self, page: Iterable[Told]) -> bytes:
        rows = self._table.rows(page)
        return self._sheet.rows(rows) if self._sheet else csv_bytes(rows)

    def end(self) -> bytes:
        return self._sheet.end() if self._sheet else b""


def csv_bytes(rows: Iterable[Sequence[str]]) -> bytes:
    """Rows as CSV (RFC 4180), every cell quoted."""
    text = io.StringIO(newline="")
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n").writerows(rows)
    return text.getvalue().encode("utf-8", "replace")
