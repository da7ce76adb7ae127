"""The desk's runs: all of them, and one with its progress or the decision it waits for."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from sqlalchemy.engine import Connection

from directory import edge
from directory.api.questions import run_number
from directory.pages.desk import ACTIONS, common, own_form, typed
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, steward, to, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.sources import run_page
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.accounts import Principal
from services.desk import listing, progress, runs, trail
from services.find import sources as reading
from services.find.meta import load_sources
from services.terms import RunState

STEPS = {
    "claimed": N_("taken by a worker"),
    "kept": N_("bytes kept"),
    "checked": N_("read and checked"),
    "published": N_("published"),
}


@get("/desk/runs")
async def every_run(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    source: FromQuery[str] = "",
    which: Annotated[str, QueryParameter(name="state")] = "",
    cursor: FromQuery[str] = "",
) -> Response[str] | Redirect:
    asked = (("source", source.strip()), ("state", which.strip()))
    frame = Frame(tongue, "/desk/runs", tuple(one for one in asked if one[1]))
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, frame.here())

    def ask(conn: Connection) -> Any:
        named, how = source.strip(), which.strip()
        found = listing.runs(conn, source=named, state=how, cursor=cursor.strip())
        return *found, sorted(load_sources(conn))

    found, following, keys = await edge.snapshot(request, ask)
    html = render(
        frame,
        "desk_runs.html",
        runs=found,
        following=following,
        keys=keys,
        states=tuple(RunState),
        asked=dict(asked),
        meta=None,
        banner=Banners(),
        **common(request, principal),
    )
    return page(html, 200, PRIVATE)


async def _run(
    request: edge.AnyRequest, tongue: Tongue, principal: Principal, run_id: int, **more: Any
) -> Response[str]:
    def ask(conn: Connection) -> Any:
        one, meta = reading.run(conn, run_id)
        after = one.accepted_by_run
        told, _ = trail.trail(conn, about=f"run {run_id}", limit=20)
        far = progress.progress(conn, run_id)
        return one, reading.run(conn, after)[0] if after else None, meta, told, far

    one, accepting, meta, told, far = await edge.snapshot(request, ask)
    shared = common(request, principal, more.pop("told", "")) | more
    html = run_page(
        Frame(tongue, f"/desk/runs/{run_id}"),
        *(one, accepting, meta, "desk_run.html"),
        entries=told,
        actions=ACTIONS,
        far=far,
        steps=STEPS,
        **shared,
    )
    # the part of the page that asks again and again: at the run's end the whole page is read
    ended = {"hx-refresh": "true"} if far.over and request.headers.get("hx-request") else {}
    return page(html, 400 if shared["refused"] else 200, PRIVATE | ended)


@get("/desk/runs/{run_id:str}")
async def run(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    run_id: FromPath[str],
    told: FromQuery[str] = "",
) -> Response[str] | Redirect:
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path(f"/desk/runs/{run_number(run_id)}"))
    return await _run(request, tongue, principal, run_number(run_id), told=told)


@post("/desk/runs/{run_id:str}", status_code=SEE_OTHER)
async def decide_run(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], run_id: FromPath[str]
) -> Response[str] | Redirect:
    """Accept or discard a refused run; the service's own word where that cannot be."""
    principal, number = await steward(request), run_number(run_id)
    if principal is None:
        return to_sign_in(tongue, tongue.path(f"/desk/runs/{number}"))
    form = await own_form(request)
    because, now = str(form.get("because", "")), edge.now(request)
    try:
        if form.get("decision") == "accept":
            made = await edge.write(request, runs.accept, principal, number, because, now)
            return to(tongue, f"/desk/runs/{made}", told="accepted")
        await edge.write(request, runs.discard, principal, number, because, now)
    except MENDED as fault:
        more = {"typed": typed(form), "refused": refusal(tongue, fault)}
        return await _run(request, tongue, principal, number, **more)
    return to(tongue, f"/desk/runs/{number}", told="discarded")


handlers = (every_run, run, decide_run)
