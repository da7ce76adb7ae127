"""The desk's sources: all of them, and one with what can be done about it."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge, trying, who
from directory.pages.desk import common, own_form, typed
from directory.pages.desk_pictures import chart
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, steward, to, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.sources import percent, source_page
from directory.pages.tongue import Tongue
from services.accounts import Principal
from services.desk import expectations, listing, runs
from services.errors import BadQuestion
from services.find import sources as reading
from services.find.meta import LOOKUP


@get("/desk/sources")
async def sources(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue]
) -> Response[str] | Redirect:
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/sources"))
    now = edge.now(request)
    found = await edge.snapshot(request, listing.sources, now)
    html = render(
        Frame(tongue, "/desk/sources"),
        "desk_sources.html",
        sources=found,
        meta=None,
        banner=Banners(made=any(one.made for one in found)),
        **common(request, principal),
    )
    return page(html, 200, PRIVATE)


async def _source(
    request: edge.AnyRequest, tongue: Tongue, principal: Principal, key: str, **more: Any
) -> Response[str]:
    now = edge.now(request)

    def ask(conn: Connection) -> Any:
        one, meta = reading.source(conn, key, now)
        found, runs_meta = reading.runs(conn, key, limit=25)
        said, held = runs.override(conn, key), expectations.history(conn, key)
        return one, found, meta, runs_meta, said, held

    one, found, meta, runs_meta, said, held = await edge.snapshot(request, ask)
    usual = await trying.usual(request, key)
    shared = common(request, principal, more.pop("told", "")) | {"tried": None} | more
    html = source_page(
        Frame(tongue, f"/desk/sources/{key}"),
        *(one, found, meta, runs_meta),
        "desk_source.html",
        override=said,
        usual=usual,
        usual_every=tongue.span(usual.every) if usual else "",
        expected=held,
        chart_of=chart,
        percent=percent,
        takes=[each.name for each in one.lists if each.name != LOOKUP],
        **shared,
    )
    return page(html, 400 if shared["refused"] else 200, PRIVATE)


@get("/desk/sources/{key:str}")
async def source(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    key: FromPath[str],
    told: FromQuery[str] = "",
) -> Response[str] | Redirect:
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk"))
    return await _source(request, tongue, principal, key, told=told)


@post("/desk/sources/{key:str}", status_code=SEE_OTHER)
async def act_on_source(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], key: FromPath[str]
) -> Response[str] | Redirect:
    """Run now, pause, resume, or set schedule and rate."""
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk"))
    form = await own_form(request)
    try:
        told = await _act(request, principal, key, form)
    except MENDED as fault:
        more = {"typed": typed(form), "refused": refusal(tongue, fault)}
        return await _source(request, tongue, principal, key, **more)
    return to(tongue, f"/desk/sources/{key}", told=told)


async def _act(
    request: edge.AnyRequest, principal: Principal, key: str, form: Mapping[str, Any]
) -> str:
    """Do what the form says; returns the word for it."""
    deed, because, now = str(form.get("deed", "")), str(form.get("because", "")), edge.now(request)
    if deed == "run":
        await edge.write(request, runs.run_now, principal, key, now)
        return "asked"
    if deed in ("pause", "resume"):
        paused = deed == "pause"
        await edge.write(request, runs.pause, principal, key, because, now, paused=paused)
    elif deed == "pace":
        every, rate = str(form.get("every", "")).strip(), _rate(str(form.get("rate", "")))
        usual = await trying.usual(request, key)
        await edge.write(
            request, runs.set_pace, principal, key, because, now,
            every=every or None, rate=rate, usual=usual.every if usual else None,
        )  # fmt: skip
    else:
        raise BadQuestion(f'deed: "{deed[:20]}" is none.', "Send the form of the page.")
    return "set"


def _rate(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError as fault:
        raise BadQuestion(f"rate: {text[:20]} is out of range.", "Write a number.") from fault


@post("/desk/sources/{key:str}/try", status_code=200, request_max_body_size=None)
async def try_file(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], key: FromPath[str]
) -> Response[str] | Redirect:
    """What a file would bring, told in this answer and kept nowhere."""
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path(f"/desk/sources/{key}"))
    try:
        came = await trying.take(request, (who.FORM_TOKEN, "list"), drain=True)
        who.own_form(request, came.told)
        seen = await trying.look(request, key, came.told["list"].strip(), came)
    except MENDED as fault:
        return await _source(request, tongue, principal, key, refused=refusal(tongue, fault))
    return await _source(request, tongue, principal, key, tried=seen)


@get("/desk/uploads")
async def uploads(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], cursor: FromQuery[str] = ""
) -> Response[str] | Redirect:
    """Which lists take a file, those of presence and credentials first, and what was handed in."""
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/uploads"))
    now = edge.now(request)

    def ask(conn: Connection) -> Any:
        return listing.sources(conn, now), *listing.runs(conn, uploaded=True, cursor=cursor.strip())

    known, found, following = await edge.snapshot(request, ask)
    html = render(
        Frame(tongue, "/desk/uploads"),
        "desk_uploads.html",
        sources=sorted(known, key=lambda one: (not one.takes_brand, one.key)),
        runs=found,
        following=following,
        meta=None,
        banner=Banners(),
        **common(request, principal),
    )
    return page(html, 200, PRIVATE)


handlers = (sources, source, act_on_source, try_file, uploads)
