"""All sources and runs as the desk lists them, a source's expectations, a run's progress, and a
file tried against a source."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.openapi.spec import OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat
from sqlalchemy.engine import Connection

from directory import edge, trying
from directory.api import questions
from directory.api.watch_forms import shown
from directory.who import principal
from services.desk import expectations, listing, progress, runs
from services.desk.expectations import ListHistory, Measure, Point
from services.desk.listing import DeskSource, RunLine
from services.desk.progress import Progress
from services.desk.trial import Trial, TrialRecord
from services.errors import NotFound
from services.terms import Role, RunState

_TAGS = ["Desk"]
_AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_NO_STORE = {"cache-control": "no-store"}


class DeskSourcesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[DeskSource, ...]
    as_at: datetime


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """How a source is asked. `paused`, `every`, `rate`: the desk's word, null where it says
    nothing. `usual_every_seconds` and `usual_rate`: by the settings, else by the source itself,
    which the desk's word replaces; null for a source that this installation has no more."""

    paused: bool
    every: str | None
    rate: float | None
    usual_every_seconds: int | None
    usual_rate: float | None


class DeskSourceDetail(msgspec.Struct, frozen=True, kw_only=True):
    key: str
    asked: Asked
    expectations: tuple[ListHistory, ...]


class DeskSourceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: DeskSourceDetail
    as_at: datetime


class RunLinesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[RunLine, ...]
    next_cursor: str | None
    as_at: datetime


class RunProgressAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: Progress
    as_at: datetime


class TrialAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: Trial
    as_at: datetime


_WHY = "100 records were read, 200 last time: more than 20% fewer at once."
_SOURCES = DeskSourcesAnswer(
    data=(
        DeskSource(
            key="example_register", title="Example register", title_zh="示例名册", tier=1,
            made=True, enabled=True, paused=False, every_seconds=86400,
            state=RunState.REFUSED, last_run=7, last_run_at=_AT,
            last_success_at=_AT - timedelta(days=1),
            next_due_at=_AT + timedelta(days=1), overdue_why="", refusals_30d=1, open_run=None,
            takes_brand=False,
        ),
    ),
    as_at=_AT,
)  # fmt: skip
_HELD = Point(
    run=6, at=_AT, state=RunState.PUBLISHED, value=200, least=50, most=None, holds=True
)  # fmt: skip
_DETAIL = DeskSourceAnswer(
    data=DeskSourceDetail(
        key="example_register",
        asked=Asked(
            paused=False, every="12h", rate=None, usual_every_seconds=86400, usual_rate=0.2
        ),
        expectations=(
            ListHistory(
                list="bodies", columns=("Number",), missing=(),
                measures=(
                    Measure(part="rows", share=False, least=160, most=None, points=(_HELD,)),
                ),
            ),
        ),
    ),
    as_at=_AT,
)  # fmt: skip
_RUNS = RunLinesAnswer(
    data=(
        RunLine(
            id=7, source="example_register", list="bodies", record_key="", state=RunState.REFUSED,
            asked_by="schedule", asked_at=_AT, started_at=_AT, finished_at=_AT, attempts=1,
            rows=100, why=_WHY, uploaded_by="",
        ),
    ),
    next_cursor=None,
    as_at=_AT,
)  # fmt: skip
_PROGRESS = RunProgressAnswer(
    data=Progress(
        run=9, source="example_register", list="bodies", state=RunState.RUNNING, step="kept",
        done=2, steps=4, over=False, attempts=1, pages=3, bytes=48_213, lost=False, asked_at=_AT,
        started_at=_AT, finished_at=None, usual_seconds=12.5,
    ),
    as_at=_AT,
)  # fmt: skip
_TRIAL = TrialAnswer(
    data=Trial(
        source="example_register", list="bodies", records=100, lines=420, reasons=(_WHY,),
        against_run=6, records_now=200, new=0, gone=100, unread=0, problems=(), left_over=(),
        sample=(
            TrialRecord(
                key="EX-1", where="line 2", names=("Example Harbour Laboratory",),
                parts={"accreditations": 1, "lines": 4},
            ),
        ),
    ),
    as_at=_AT,
)  # fmt: skip

SourceIs = Annotated[
    str, questions.text("source", "of one source, by its key", "sg_cpso", 100)
]  # fmt: skip
RunStateIs = Annotated[
    str,
    questions.text("state", "of one state", "refused", 20, **questions.values_of(RunState)),
]


@get(
    "/desk/sources",
    operation_id="listDeskSources",
    summary="All sources, as the desk lists them",
    description="How each did when it was asked last, when it is due, whether it is paused, what "
    "is under way and how often it was refused in 30 days. For stewards.",
    tags=_TAGS,
    responses=shown(DeskSourcesAnswer, "The sources.", _SOURCES),
)
async def list_sources(request: edge.AnyRequest) -> Response[DeskSourcesAnswer]:
    await principal(request, Role.STEWARD)
    now = edge.now(request)
    found = await edge.snapshot(request, listing.sources, now)
    return Response(DeskSourcesAnswer(data=found, as_at=now), headers=_NO_STORE)


@get(
    "/desk/sources/{key:str}",
    operation_id="readDeskSource",
    summary="How a source is asked and what it holds",
    description="The desk's word on schedule and rate with what it replaces, and each list's "
    "expectations against what its last 30 runs read. For stewards.",
    tags=_TAGS,
    responses=shown(DeskSourceAnswer, "The source.", _DETAIL),
)
async def read_source(
    request: edge.AnyRequest, key: questions.SourceId
) -> Response[DeskSourceAnswer]:
    await principal(request, Role.STEWARD)

    def ask(conn: Connection) -> tuple[dict[str, Any], tuple[ListHistory, ...]]:
        if not runs.known(conn, key):
            raise NotFound(f'There is no source "{key}".', "See /sources for the keys.")
        return runs.override(conn, key), expectations.history(conn, key)

    said, held = await edge.snapshot(request, ask)
    usual = await trying.usual(request, key)
    asked = Asked(
        **said,
        usual_every_seconds=int(usual.every.total_seconds()) if usual else None,
        usual_rate=usual.rate if usual else None,
    )
    detail = DeskSourceDetail(key=key, asked=asked, expectations=held)
    return Response(DeskSourceAnswer(data=detail, as_at=edge.now(request)), headers=_NO_STORE)


@get(
    "/desk/runs",
    operation_id="listDeskRuns",
    summary="All runs",
    description="What was asked of every publisher or handed in, the newest first, by source and "
    "state. For stewards.",
    tags=_TAGS,
    responses=shown(RunLinesAnswer, "One page of runs.", _RUNS),
)
async def list_runs(
    request: edge.AnyRequest,
    source: SourceIs = "",
    run_state: RunStateIs = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit200 = 50,
) -> Response[RunLinesAnswer]:
    await principal(request, Role.STEWARD)
    found, following = await edge.snapshot(
        request, listing.runs, source=source.strip(), state=run_state.strip(),
        cursor=cursor.strip(), limit=limit,
    )  # fmt: skip
    said = RunLinesAnswer(data=found, next_cursor=following, as_at=edge.now(request))
    return Response(said, headers=_NO_STORE)


@get(
    "/desk/runs/{run_id:str}/progress",
    operation_id="readRunProgress",
    summary="How far a run has come",
    description="The ledger's own step, the pages kept so far, whether its worker is heard of, and "
    "how long such a run usually takes. For stewards.",
    tags=_TAGS,
    responses=shown(RunProgressAnswer, "Its progress.", _PROGRESS),
)
async def read_progress(
    request: edge.AnyRequest, run_id: questions.RunId
) -> Response[RunProgressAnswer]:
    await principal(request, Role.STEWARD)
    far = await edge.snapshot(request, progress.progress, questions.run_number(run_id))
    return Response(RunProgressAnswer(data=far, as_at=edge.now(request)), headers=_NO_STORE)


@dataclass
class TryOperation(Operation):
    """An operation whose body is a file, as it is or in a form with the list's name."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        form = Schema(
            type=OpenAPIType.OBJECT,
            properties={"file": file, "list": Schema(type=OpenAPIType.STRING)},
            required=["file"],
        )
        self.request_body = RequestBody(
            required=True,
            description="The file, or a form that holds it with the list's name.",
            content={
                "application/octet-stream": OpenAPIMediaType(schema=file),
                "multipart/form-data": OpenAPIMediaType(schema=form),
            },
        )


ListIs = Annotated[str, questions.text("list", "which list of the source", "bodies", 100)]
FileName = Annotated[
    str, questions.text("file_name", "the file's name, of a plain body", "list.csv", 255)
]


@post(
    "/desk/sources/{key:str}/try",
    status_code=200,
    operation_id="trySource",
    summary="Try a source with a file",
    description="What would be read of the file as this list of the source, what would be new and "
    "gone, and why it would be refused, if it would. Nothing is kept, not even the bytes. For "
    "stewards.",
    tags=_TAGS,
    operation_class=TryOperation,
    # bytes are counted as they come; the refusal of a larger file names its limit
    request_max_body_size=None,
    responses=shown(TrialAnswer, "What would be read.", _TRIAL),
)
async def try_source(
    request: edge.AnyRequest,
    key: questions.SourceId,
    list_name: ListIs = "",
    file_name: FileName = "",
) -> Response[TrialAnswer]:
    await principal(request, Role.STEWARD)
    came = await trying.take(request, ("list",), file_name)
    seen = await trying.look(request, key, (came.told["list"] or list_name).strip(), came)
    return Response(TrialAnswer(data=seen, as_at=edge.now(request)), headers=_NO_STORE)


handlers: list[Any] = [
    list_sources, read_source, list_runs, read_progress, try_source,
]  # fmt: skip
