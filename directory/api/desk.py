"""The stewards' desk: what waits for a person, and what they do with sources and runs."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body

from directory import edge, trying
from directory.api import questions
from directory.api.watch_forms import shown
from directory.who import principal
from services.desk import queue, runs, trail
from services.desk.queue import Waiting
from services.desk.trail import TrailEntry
from services.terms import DeskAction, Role

_TAGS = ["Desk"]
_AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class QueueAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[Waiting, ...]
    as_at: datetime


class TrailAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[TrailEntry, ...]
    next_cursor: str | None
    as_at: datetime


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """`runs`: the runs that do it, where it takes any."""

    object: str
    action: DeskAction
    runs: tuple[int, ...] = ()


class DoneAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: Done
    as_at: datetime


class BecauseIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`because`: the reason, kept for good."""

    because: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]


class PaceIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`every`: how often, as "6h"; `rate`: requests a second at most. What is left out is as the
    settings and the source say."""

    because: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    every: Annotated[str, msgspec.Meta(max_length=20)] | None = None
    rate: float | None = None


_QUEUE = QueueAnswer(
    data=(
        Waiting(
            kind="refused_run",
            ref="7",
            source="example_register",
            label="list",
            since=_AT,
            why="100 records were read, 200 last time: more than 20% fewer at once.",
            count=204,
        ),
    ),
    as_at=_AT,
)
_TRAIL = TrailAnswer(
    data=(
        TrailEntry(
            id="t12",
            at=_AT,
            by="Harbour desk",
            action=DeskAction.RUN_ACCEPTED,
            object="run 7",
            because="The programme ended; the agency's notice says so.",
            before={"state": "refused"},
            after={"run": 8},
        ),
    ),
    next_cursor=None,
    as_at=_AT,
)


def _example(action: DeskAction, object_: str, *made: int) -> DoneAnswer:
    return DoneAnswer(data=Done(object=object_, action=action, runs=made), as_at=_AT)


def _done(request: edge.AnyRequest, action: DeskAction, object_: str, *made: int) -> Response[Any]:
    said = DoneAnswer(data=Done(object=object_, action=action, runs=made), as_at=edge.now(request))
    return Response(said, headers={"cache-control": "no-store"})


_WHY = Example(summary="A reason", value=BecauseIn(because="The publisher's notice of today."))
_PACE = Example(
    summary="Twice a day",
    value=PaceIn(because="The publisher asks for less.", every="12h", rate=0.2),
)


AboutIs = Annotated[
    str, questions.text("about", "of one object, as an entry names it", "source sg_cpso", 200)
]
ByIs = Annotated[str, questions.text("by", "of one account, by its name", "Harbour desk", 80)]
ActionIs = Annotated[
    str,
    questions.text("action", "of one deed", "run_accepted", 40, **questions.values_of(DeskAction)),
]


@get(
    "/desk/queue",
    operation_id="readDesk",
    summary="What needs a person",
    description="Refused runs that nobody has decided, open contradictions, overdue sources, "
    "matches and reports that wait, in order of harm. For stewards.",
    tags=_TAGS,
    responses=shown(QueueAnswer, "What waits.", _QUEUE),
)
async def read_queue(request: edge.AnyRequest) -> Response[QueueAnswer]:
    await principal(request, Role.STEWARD)
    found = await edge.snapshot(request, queue.waiting, edge.now(request))
    said = QueueAnswer(data=found, as_at=edge.now(request))
    return Response(said, headers={"cache-control": "no-store"})


@get(
    "/desk/trail",
    operation_id="readTrail",
    summary="What was done at the desk",
    description="The audit trail, the newest first: who did what to what, when and why. It only "
    "grows. `about` narrows it to one object, `by` to one account, `action` to one deed. For "
    "stewards.",
    tags=_TAGS,
    responses=shown(TrailAnswer, "One page of entries.", _TRAIL),
)
async def read_trail(
    request: edge.AnyRequest,
    about: AboutIs = "",
    by: ByIs = "",
    action: ActionIs = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit200 = 50,
) -> Response[TrailAnswer]:
    await principal(request, Role.STEWARD)
    found, following = await edge.snapshot(
        request, trail.trail, about=about.strip(), by=by.strip(), action=action.strip(),
        cursor=cursor.strip(), limit=limit,
    )  # fmt: skip
    said = TrailAnswer(data=found, next_cursor=following, as_at=edge.now(request))
    return Response(said, headers={"cache-control": "no-store"})


@post(
    "/desk/sources/{key:str}/run",
    status_code=200,
    operation_id="runSource",
    summary="Ask a source now",
    description="A run of each of its lists, also of a paused source. One that is open already is "
    "told again. For stewards.",
    tags=_TAGS,
    responses=shown(
        DoneAnswer, "The runs.", _example(DeskAction.RUN_ASKED, "source sg_sac", 9), 409
    ),
)
async def run_source(request: edge.AnyRequest, key: questions.SourceId) -> Response[DoneAnswer]:
    who = await principal(request, Role.STEWARD)
    made = await edge.write(request, runs.run_now, who, key, edge.now(request))
    return _done(request, DeskAction.RUN_ASKED, f"source {key}", *made)


async def _pausing(
    request: edge.AnyRequest, key: str, because: str, *, paused: bool
) -> Response[DoneAnswer]:
    who = await principal(request, Role.OPERATOR)
    now = edge.now(request)
    await edge.write(request, runs.pause, who, key, because, now, paused=paused)
    action = DeskAction.SOURCE_PAUSED if paused else DeskAction.SOURCE_RESUMED
    return _done(request, action, f"source {key}")


@post(
    "/desk/sources/{key:str}/pause",
    status_code=200,
    operation_id="pauseSource",
    summary="Pause a source",
    description="It is asked by itself no more; its data stand, age, and turn stale by their own "
    "clock. For operators.",
    tags=_TAGS,
    responses=shown(DoneAnswer, "Done.", _example(DeskAction.SOURCE_PAUSED, "source sg_sac")),
)
async def pause_source(
    request: edge.AnyRequest,
    key: questions.SourceId,
    data: Annotated[BecauseIn, Body(examples=[_WHY])],
) -> Response[DoneAnswer]:
    return await _pausing(request, key, data.because, paused=True)


@post(
    "/desk/sources/{key:str}/resume",
    status_code=200,
    operation_id="resumeSource",
    summary="Resume a source",
    description="It is due at once and asked by its schedule again. For operators.",
    tags=_TAGS,
    responses=shown(DoneAnswer, "Done.", _example(DeskAction.SOURCE_RESUMED, "source sg_sac")),
)
async def resume_source(
    request: edge.AnyRequest,
    key: questions.SourceId,
    data: Annotated[BecauseIn, Body(examples=[_WHY])],
) -> Response[DoneAnswer]:
    return await _pausing(request, key, data.because, paused=False)


@post(
    "/desk/sources/{key:str}/pace",
    status_code=200,
    operation_id="setSourcePace",
    summary="Set schedule and rate of a source",
    description="From its next run on. The desk's word wins over the settings and the source's own "
    "until it is left out again. For operators.",
    tags=_TAGS,
    responses=shown(DoneAnswer, "Done.", _example(DeskAction.SOURCE_SET, "source sg_sac")),
)
async def set_pace(
    request: edge.AnyRequest,
    key: questions.SourceId,
    data: Annotated[PaceIn, Body(examples=[_PACE])],
) -> Response[DoneAnswer]:
    who = await principal(request, Role.OPERATOR)
    usual = await trying.usual(request, key)
    await edge.write(
        request, runs.set_pace, who, key, data.because, edge.now(request),
        every=data.every, rate=data.rate, usual=usual.every if usual else None,
    )  # fmt: skip
    return _done(request, DeskAction.SOURCE_SET, f"source {key}")


@post(
    "/desk/runs/{run_id:str}/accept",
    status_code=200,
    operation_id="acceptRun",
    summary="Publish a refused run",
    description="Its kept bytes travel the road again as a run of their own, spared the doubts but "
    "never the contradictions. Who comes second is told who decided (409). For stewards.",
    tags=_TAGS,
    responses=shown(DoneAnswer, "The run.", _example(DeskAction.RUN_ACCEPTED, "run 7", 8), 409),
)
async def accept_run(
    request: edge.AnyRequest,
    run_id: questions.RunId,
    data: Annotated[BecauseIn, Body(examples=[_WHY])],
) -> Response[DoneAnswer]:
    who = await principal(request, Role.STEWARD)
    number = questions.run_number(run_id)
    made = await edge.write(request, runs.accept, who, number, data.because, edge.now(request))
    return _done(request, DeskAction.RUN_ACCEPTED, f"run {number}", made)


@post(
    "/desk/runs/{run_id:str}/discard",
    status_code=200,
    operation_id="discardRun",
    summary="Keep a refused run refused",
    description="Nothing of it is ever published, and it waits for nobody any more; the old data "
    "stand. For stewards.",
    tags=_TAGS,
    responses=shown(DoneAnswer, "Done.", _example(DeskAction.RUN_DISCARDED, "run 7"), 409),
)
async def discard_run(
    request: edge.AnyRequest,
    run_id: questions.RunId,
    data: Annotated[BecauseIn, Body(examples=[_WHY])],
) -> Response[DoneAnswer]:
    who = await principal(request, Role.STEWARD)
    number = questions.run_number(run_id)
    await edge.write(request, runs.discard, who, number, data.because, edge.now(request))
    return _done(request, DeskAction.RUN_DISCARDED, f"run {number}")


handlers = (
    read_queue,
    read_trail,
    run_source,
    pause_source,
    resume_source,
    set_pace,
    accept_run,
    discard_run,
)
