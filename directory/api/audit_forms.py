"""Forms, parameters and examples of audits, as the documentation shows them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Example,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat
from litestar.params import PathParameter, QueryParameter

from directory.api import problems
from services.audit.fields import DayKind
from services.audit.judge import GRAVITY
from services.audit.views import AuditView, DayView, RowView
from services.find.views import Reason
from services.terms import AuditState, Confidence, Verdict
from services.validity import RULE_VERSION
from services.verdict.views import Judged

T = TypeVar("T")
MEDIA = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class AuditAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``as_at``: when the question came. What fixes an audit's answer stands in it itself."""

    data: AuditView
    as_at: datetime


class AuditsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[AuditView, ...]
    next_cursor: str | None
    as_at: datetime


class RowsAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[RowView, ...]
    next_cursor: str | None
    as_at: datetime


class MappingIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``mapping``: field → column of the file, "" for a field that none holds."""

    mapping: dict[str, str] = {}


class RerunIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``same``: as known then, which gives the same bytes; else as known now."""

    same: bool = False


# --- parameters -----------------------------------------------------------------------------------

AuditId = Annotated[
    str,
    PathParameter(
        description="an audit's number",
        examples=[Example(summary="an audit's number", value="7")],
    ),
]


def _text(name: str, description: str, example: str, most: int, **schema: Any) -> Any:
    return QueryParameter(
        name=name,
        required=False,
        description=description,
        max_length=most,
        examples=[Example(summary=example, value=example)],
        schema_extra=schema,
    )


NameIs = Annotated[
    str, _text("name", "what to call the audit; else the file's name", "Reports of 2026", 200)
]
FileName = Annotated[
    str, _text("file_name", "the file's name, where it is the body itself", "reports.csv", 200)
]
MappingIs = Annotated[
    str,
    _text(
        "mapping",
        "field → column as JSON, where it should not be told by the header words",
        '{"number": "Cert."}',
        20_000,
    ),
]
VerdictIs = Annotated[
    str,
    _text(
        "verdict",
        f"only rows with this verdict: {', '.join(GRAVITY)}",
        "SUSPENDED",
        40,
        enum=["", *map(str, GRAVITY)],
    ),
]
LangIs = Annotated[
    str,
    _text(
        "lang",
        "the tongue of titles, verdicts and flags: zh, else English; the columns and their order "
        "are the same",
        "zh",
        10,
        enum=["", "en", "zh"],
    ),
]
ChangedIs = Annotated[
    bool,
    QueryParameter(
        name="changed",
        required=False,
        description="only rows whose verdict is another than in the audit that this one reruns",
    ),
]


@dataclass
class UploadOperation(Operation):
    """An operation whose body is a file, as it is or in a form."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        text = Schema(type=OpenAPIType.STRING)
        form = Schema(
            type=OpenAPIType.OBJECT,
            properties={"file": file, "name": text, "mapping": text},
            required=["file"],
        )
        kinds = ("text/csv", MEDIA["xlsx"], "application/octet-stream")
        self.request_body = RequestBody(
            required=True,
            description="The file, or a form that holds it. `mapping` as in the parameter.",
            content={
                **{kind: OpenAPIMediaType(schema=file) for kind in kinds},
                "multipart/form-data": OpenAPIMediaType(schema=form),
            },
        )


# --- answers --------------------------------------------------------------------------------------


def declared(*statuses: int) -> dict[int, Any]:
    """The problems that an operation may answer with, those of every one included."""
    return {**problems.declared(*statuses, 405, 500, 503)}


def shown(
    form: type[T], description: str, example: T, status: int, *statuses: int
) -> dict[int, Any]:
    spec = ResponseSpec(
        form,
        description=description,
        generate_examples=False,
        examples=[Example(summary="A made-up audit", value=example)],
    )
    return {status: spec, **declared(*statuses)}


def followed(*statuses: int) -> dict[int, Any]:
    spec = ResponseSpec(
        bytes,
        description="Events `progress`: JSON with state, rows, judged, counts and problems.",
        media_type="text/event-stream",
        generate_examples=False,
    )
    return {200: spec, **declared(*statuses)}


def downloaded(form: str, *statuses: int) -> dict[int, Any]:
    spec = ResponseSpec(
        bytes, description="The result.", media_type=MEDIA[form], generate_examples=False
    )
    return {200: spec, **declared(*statuses)}


# --- examples -------------------------------------------------------------------------------------

_AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_COLUMNS = ("报告编号", "证书编号", "检测标准", "检测日期", "签发日期")
_CELLS = ("R-1", "EXAB L90001", "GB/T 18287-2013", "2026-05-18", "2026-05-25")
_audit = AuditView(
    id=7,
    name="reports.csv",
    state=AuditState.DONE,
    created_at=_AT,
    started_at=_AT,
    finished_at=_AT,
    file_name="reports.csv",
    file_size=117,
    sha256="2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
    columns=_COLUMNS,
    mapping={
        "ref": "报告编号",
        "number": "证书编号",
        "method": "检测标准",
        "tested": "检测日期",
        "issued": "签发日期",
    },
    rows=1,
    judged=1,
    counts={"SUSPENDED": 1},
    problems=(),
    known_at=_AT,
    log_position=8,
    rule_version=RULE_VERSION,
    rerun_of=None,
)
_valid = Judged(
    ref="R-1",
    verdict=Verdict.VALID,
    confidence=Confidence.BRACKETED,
    standing="stands",
    reasons=(
        Reason(
            code="LINE_COVERS",
            rule=5,
            params={"line": "17"},
            text="The scope line 17 covers it.",
        ),
    ),
    accreditation="a34",
    body="b12",
    line="17",
    since=date(2022, 1, 10),
    until=date(2026, 5, 20),
    last_check=date(2026, 5, 2),
)
_suspended = msgspec.structs.replace(
    _valid,
    verdict=Verdict.SUSPENDED,
    standing="suspended",
    reasons=(
        Reason(
            code="SUSPENDED_ON",
            rule=1,
            params={"on": "2026-05-20"},
            text="It was suspended with effect from 2026-05-20.",
        ),
    ),
    line="",
    event="41:status_event:3",
    since=date(2026, 5, 20),
    until=None,
    last_check=date(2026, 5, 30),
)
_row = RowView(
    row=1,
    line=2,
    ref="R-1",
    verdict=Verdict.SUSPENDED,
    partial=False,
    cells=dict(zip(_COLUMNS, _CELLS, strict=True)),
    days=(
        DayView(kind=DayKind.FIRST, on=date(2026, 5, 18), decides=False, judged=_valid),
        DayView(kind=DayKind.ISSUED, on=date(2026, 5, 25), decides=True, judged=_suspended),
    ),
    faults=(),
)
READ = AuditAnswer(data=_audit, as_at=_AT)
STARTED = AuditAnswer(
    data=msgspec.structs.replace(
        _audit,
        state=AuditState.QUEUED,
        started_at=None,
        finished_at=None,
        columns=(),
        mapping={},
        rows=0,
        judged=0,
        counts={},
        known_at=None,
        log_position=None,
        rule_version="",
    ),
    as_at=_AT,
)
LISTED = AuditsAnswer(data=(_audit,), next_cursor=None, as_at=_AT)
ROWS = RowsAnswer(data=(_row,), next_cursor=None, as_at=_AT)
MAPPING = Example(summary="One column named", value=MappingIn(mapping={"number": "Cert."}))
RERUN = Example(summary="As known now", value=RerunIn(same=False))
