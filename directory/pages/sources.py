"""Sources, their runs, the state of the whole, and how to read the directory."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge
from directory.api.answers import VERSION, StatusAnswer, fresh
from directory.pages.pictures import history
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, Redirect, page, titles
from directory.pages.standing import SHAPES
from directory.pages.tongue import Tongue, preferred
from directory.pages.words import COUNTS, N_, WORDS
from services.errors import BadQuestion
from services.find import sources as reading
from services.find.meta import LOOKUP
from services.find.views import FillChange, Meta, RunView, ShapeDiff, SourceView, Status
from services.terms import RunState

MARKS = {
    "stands": N_("Nothing known speaks against it on this day, and it was checked lately enough."),
    "partly": N_("Some scope lines or sites are suspended; the rest stands."),
    "suspended": N_("No accredited results may be issued for the time being."),
    "ended": N_("Withdrawn, surrendered, transferred or expired. Work done before stands."),
    "unknown": N_("The facts held do not reach this day: it is never guessed."),
}


def sources_page(frame: Frame, sources: Sequence[SourceView], meta: Meta) -> str:
    return render(
        frame,
        "sources.html",
        sources=sources,
        state_of=state_of,
        charts={s.key: history(s.history, most=24) for s in sources},
        meta=meta,
        titles=titles(meta),
        banner=Banners(made=any(s.made for s in sources)),
    )


def source_page(
    frame: Frame,
    source: SourceView,
    runs: Sequence[RunView],
    meta: Meta,
    runs_meta: Meta,
    template: str = "source.html",
    **more: object,
) -> str:
    """``template`` and ``more``: of the desk, which shows the same with what can be done."""
    return render(
        frame,
        template,
        **more,
        s=source,
        bad=last_bad(source),
        chart=history(source.history),
        every=frame.tongue.span(timedelta(seconds=source.every_seconds)),
        runs=runs,
        runs_meta=runs_meta,
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta, made=source.made, keys={source.key}),
    )


def state_of(source: SourceView) -> RunState | None:
    """How its lists ended last, the worst of them; a look-up of one record hides no refused list.

    None before the first run.
    """
    ends = [
        one.last_run.state
        for one in source.lists
        if one.enabled and one.name != LOOKUP and one.last_run and one.last_run.finished_at
    ]
    bad = [state for state in ends if state in (RunState.REFUSED, RunState.FAILED)]
    return next(iter(bad or ends), source.last_run_state)


def last_bad(source: SourceView) -> RunView | None:
    """The newest run of a list, where it was refused or failed."""
    found = [one.last_run for one in source.lists if one.name != LOOKUP and one.last_run]
    bad = [run for run in found if run.state in (RunState.REFUSED, RunState.FAILED)]
    return max(bad, key=lambda run: run.id, default=None)


@dataclass(frozen=True, slots=True)
class Difference:
    """A changed shape as the page draws it. ``fill``: parts whose share moved by half a percent or
    more, as (part, before, after); ``steady``: the others."""

    fill: tuple[FillChange, ...]
    steady: tuple[FillChange, ...]


def difference(diff: ShapeDiff) -> Difference:
    """What moved and what did not."""
    moved = [abs((one.before or 0.0) - (one.after or 0.0)) >= 0.005 for one in diff.fill]
    parts = list(zip(diff.fill, moved, strict=True))
    return Difference(
        tuple(one for one, far in parts if far), tuple(one for one, far in parts if not far)
    )


def percent(share: float | None) -> str:
    """A share of records: "71%", but "99.6%" where rounding would say that all have it."""
    if share is None:
        return "–"
    whole = round(share * 100)
    if whole in (0, 100) and share not in (0.0, 1.0):
        return f"{share:.1%}"
    return f"{whole}%"


def run_page(
    frame: Frame,
    run: RunView,
    accepting: RunView | None,
    meta: Meta,
    template: str = "run.html",
    **more: object,
) -> str:
    """``accepting``: the run that published this refused one on purpose. ``template`` and ``more``:
    of the desk, which shows the same with what can be decided."""
    return render(
        frame,
        template,
        **more,
        r=run,
        accepting=accepting,
        moved=difference(run.diff) if run.diff else None,
        percent=percent,
        count_word=lambda name: frame.tongue(str(COUNTS.get(name, name))),
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta, keys={run.source}),
    )


def status_page(frame: Frame, state: Status, meta: Meta) -> str:
    return render(
        frame,
        "status.html",
        state=state,
        version=VERSION,
        waited=frame.tongue.span(timedelta(seconds=state.queue_age_s)),
        meta=meta,
        titles=titles(meta),
        banner=Banners(made=any(s.made for s in state.sources)),
    )


def about_page(frame: Frame) -> str:
    tongue = frame.tongue
    named = WORDS["standing"]
    marks = [(*SHAPES[key], tongue(named[key]), tongue(text)) for key, text in MARKS.items()]
    return render(frame, "about.html", marks=marks, meta=None, banner=Banners())


@get("/sources")
async def sources(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Html:
    found, meta = await edge.snapshot(request, reading.sources, edge.now(request))
    return page(sources_page(Frame(tongue, "/sources"), found, meta))


@get("/sources/{key:str}")
async def source(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    key: FromPath[str],
    cursor: FromQuery[str] = "",
) -> Html:
    now = edge.now(request)

    def ask(conn: Connection) -> tuple[SourceView, tuple[RunView, ...], Meta, Meta]:
        one, meta = reading.source(conn, key, now)
        runs, runs_meta = reading.runs(conn, key, cursor=cursor, limit=25)
        return one, runs, meta, runs_meta

    one, runs, meta, runs_meta = await edge.snapshot(request, ask)
    return page(source_page(Frame(tongue, f"/sources/{key}"), one, runs, meta, runs_meta))


@get("/runs/{run_id:str}")
async def run(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], run_id: FromPath[str]
) -> Html:
    # a bigint has 19 digits at most; more is no number of a run
    if not run_id.isascii() or not run_id.isdigit() or len(run_id) > 18:
        raise BadQuestion(f"{run_id} is no run.", "A run is a whole number.")

    def ask(conn: Connection) -> tuple[RunView, RunView | None, Meta]:
        one, meta = reading.run(conn, int(run_id))
        after = one.accepted_by_run
        return one, reading.run(conn, after)[0] if after else None, meta

    one, accepting, meta = await edge.snapshot(request, ask)
    return page(run_page(Frame(tongue, f"/runs/{run_id}"), one, accepting, meta))


@get("/status")
async def status(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Html:
    state, meta = await edge.snapshot(request, reading.status, edge.now(request))
    return page(status_page(Frame(tongue, "/status"), state, meta))


@get("/status", include_in_schema=False)
async def status_door(request: edge.AnyRequest) -> Response[Any]:
    """The address that is told to everybody: a browser is led to the page in its language, anything
    else gets the same as data."""
    if "text/html" not in request.headers.get("accept", "").lower():
        answer: Response[Any] = await fresh(
            request, StatusAnswer, reading.status, edge.now(request)
        )
        answer.headers["vary"] = "Accept"
        return answer
    tongue = preferred(request.headers.get("accept-language", ""))
    kept = {"vary": "Accept, Accept-Language", "cache-control": "no-cache"}
    return Redirect(tongue.path("/status"), kept)


@get("/about")
async def about(tongue: NamedDependency[Tongue]) -> Html:
    return page(about_page(Frame(tongue, "/about")))
