"""Sources, their runs, the state of the whole, and how to read the directory."""

from collections.abc import Sequence
from datetime import timedelta

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge
from directory.pages.pictures import history
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, page, titles
from directory.pages.standing import SHAPES
from directory.pages.tongue import Tongue
from directory.pages.words import COUNTS, N_, WORDS
from services.errors import BadQuestion
from services.find import sources as reading
from services.find.views import Meta, RunView, SourceView, Status

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
) -> str:
    return render(
        frame,
        "source.html",
        s=source,
        chart=history(source.history),
        every=frame.tongue.span(timedelta(seconds=source.every_seconds)),
        runs=runs,
        runs_meta=runs_meta,
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta, made=source.made, keys={source.key}),
    )


def run_page(frame: Frame, run: RunView, meta: Meta) -> str:
    return render(
        frame,
        "run.html",
        r=run,
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
    one, meta = await edge.snapshot(request, reading.run, int(run_id))
    return page(run_page(Frame(tongue, f"/runs/{run_id}"), one, meta))


@get("/status")
async def status(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Html:
    state, meta = await edge.snapshot(request, reading.status, edge.now(request))
    return page(status_page(Frame(tongue, "/status"), state, meta))


@get("/about")
async def about(tongue: NamedDependency[Tongue]) -> Html:
    return page(about_page(Frame(tongue, "/about")))
