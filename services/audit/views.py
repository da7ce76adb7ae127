"""An audit as its owner sees it."""

from datetime import date, datetime

from services.audit.fields import DayKind
from services.find.views import View
from services.terms import AuditState
from services.verdict.views import Judged


class AuditView(View, frozen=True, kw_only=True):
    """``columns``: the file's own, in order. ``mapping``: field → column, "" where none holds it.

    ``problems``: why it is refused, what the asker must still say, or what was not read.
    ``counts``: rows by verdict (NOT_JUDGED where a row cannot be asked about), of the rows judged.
    ``known_at``, ``log_position``, ``rule_version`` fix the answer. ``rerun_of``: an earlier audit
    of the same rows; ``compares``: both are done and stand at different times of knowledge.
    """

    id: int
    name: str
    state: AuditState
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    file_name: str
    file_size: int
    sha256: str
    columns: tuple[str, ...]
    mapping: dict[str, str]
    rows: int
    judged: int
    counts: dict[str, int]
    problems: tuple[str, ...]
    known_at: datetime | None
    log_position: int | None
    rule_version: str
    rerun_of: int | None
    compares: bool = False


class FaultView(View, frozen=True, kw_only=True):
    """Why a row, or a day of it, could not be judged; pages say it by ``code``."""

    code: str
    params: dict[str, str]
    text: str
    text_zh: str


class DayView(View, frozen=True, kw_only=True):
    """The answer for one day of a row. ``decides``: it is the gravest, the row's own verdict."""

    kind: DayKind
    on: date
    decides: bool
    judged: Judged


class RowView(View, frozen=True, kw_only=True):
    """One row. ``row``: its number from 1; ``line``: where it stands in the file. ``verdict``: of
    the decision, or NOT_JUDGED. ``before``: its verdict in the audit that this one reruns."""

    row: int
    line: int
    ref: str
    verdict: str
    partial: bool
    cells: dict[str, str]
    days: tuple[DayView, ...]
    faults: tuple[FaultView, ...]
    before: str | None = None


class Progress(View, frozen=True, kw_only=True):
    """How far an audit is; what its live progress sends."""

    state: AuditState
    rows: int
    judged: int
    counts: dict[str, int]
    problems: tuple[str, ...]
