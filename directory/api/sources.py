"""Where the directory's facts come from, and how each source does."""

from litestar import Response, get

from directory import edge
from directory.api import examples, questions
from directory.api.answers import (
    RunAnswer,
    RunsAnswer,
    SourceAnswer,
    SourcesAnswer,
    StatusAnswer,
    fresh,
    shown,
)
from services.find import sources as reading


@get(
    "/sources",
    operation_id="listSources",
    summary="All sources",
    description="Every source with its publisher, licence and tier, its lists, when it was last "
    "read with success, when it is due and, where it is overdue, why.",
    tags=["Sources"],
    responses=shown(SourcesAnswer, "The sources.", examples.SOURCES, 400, 404, 405, 500, 503),
)
async def list_sources(request: edge.AnyRequest) -> Response[SourcesAnswer]:
    return await fresh(request, SourcesAnswer, reading.sources, edge.now(request))


@get(
    "/sources/{key:str}",
    operation_id="readSource",
    summary="Read a source",
    description="One source in full.",
    tags=["Sources"],
    responses=shown(SourceAnswer, "The source.", examples.SOURCE, 400, 404, 405, 500, 503),
)
async def read_source(request: edge.AnyRequest, key: questions.SourceId) -> Response[SourceAnswer]:
    return await fresh(request, SourceAnswer, reading.source, key, edge.now(request))


@get(
    "/sources/{key:str}/runs",
    operation_id="listRuns",
    summary="Runs of a source",
    description="What was fetched and what came of it, newest first: published, unchanged, "
    "refused (and why: old data stand) or failed.",
    tags=["Sources"],
    responses=shown(RunsAnswer, "One page of runs.", examples.RUNS, 400, 404, 405, 500, 503),
)
async def list_runs(
    request: edge.AnyRequest,
    key: questions.SourceId,
    cursor: questions.Cursor = "",
    limit: questions.Limit200 = 50,
) -> Response[RunsAnswer]:
    return await fresh(request, RunsAnswer, reading.runs, key, cursor=cursor, limit=limit)


@get(
    "/runs/{run_id:str}",
    operation_id="readRun",
    summary="Read a run",
    description="One run of the road: its state, its reasons, its counts and the hashes of the "
    "bytes it read.",
    tags=["Sources"],
    responses=shown(RunAnswer, "The run.", examples.RUN, 400, 404, 405, 500, 503),
)
async def read_run(request: edge.AnyRequest, run_id: questions.RunId) -> Response[RunAnswer]:
    return await fresh(request, RunAnswer, reading.run, questions.run_number(run_id))


@get(
    "/status",
    operation_id="readStatus",
    summary="How the directory does",
    description="Its size, its log position, the freshness of every source, what is overdue and "
    "what waits. One publisher's outage shows here and takes nothing down.",
    tags=["Health"],
    responses=shown(StatusAnswer, "Its state.", examples.STATUS, 400, 404, 405, 500, 503),
)
async def read_status(request: edge.AnyRequest) -> Response[StatusAnswer]:
    return await fresh(request, StatusAnswer, reading.status, edge.now(request))
