"""A steward's pages: a file handed in for a list, and kept bytes read again with a preview."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath

from directory import edge, rereading, who
from directory.api.questions import run_number
from directory.api.reread import FIELDS, take
from directory.pages.changes import changed, true_from, turn
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from directory.pages.words import COUNTS
from services.accounts import Principal
from services.desk import runs
from services.sync.hand_in import lists_to_hand_in
from services.sync.reread import Preview, material
from services.terms import Role


async def _steward(request: edge.AnyRequest, tongue: Tongue, back: str) -> Principal | Redirect:
    """The steward who asks, or the way to sign in. Raises Forbidden for any other account."""
    if await who.principal_or_none(request) is None:
        return to_sign_in(tongue, tongue.path(back))
    return await who.principal(request, Role.STEWARD)


def _to_run(tongue: Tongue, run_id: int, told: str) -> Redirect:
    """The desk's page of the run that was asked for; it says what becomes of it."""
    return Redirect(Frame(tongue, "").url(f"/desk/runs/{run_id}", told=told), PRIVATE, SEE_OTHER)


def nothing_typed() -> dict[str, str]:
    return dict.fromkeys(FIELDS, "")


async def _form(
    request: edge.AnyRequest, tongue: Tongue, key: str, told: dict[str, str], fault: Any = None
) -> Response[str]:
    """``told``: what a refused form held, filled in again; the file must be chosen anew."""
    lists = await edge.read(request, lists_to_hand_in, key)
    frame = Frame(tongue, f"/desk/sources/{key}/upload")
    html = render(
        frame, "desk_upload.html", key=key, lists=lists, told=told, token=who.form_token(request),
        meta=None, banner=Banners(), refused=refusal(tongue, fault) if fault else None,
    )  # fmt: skip
    return page(html, 400 if fault else 200, PRIVATE)


@get("/desk/sources/{key:str}/upload")
async def upload_form(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], key: FromPath[str]
) -> Response[Any]:
    found = await _steward(request, tongue, f"/desk/sources/{key}/upload")
    return (
        found if isinstance(found, Redirect) else await _form(request, tongue, key, nothing_typed())
    )


@post("/desk/sources/{key:str}/upload", status_code=SEE_OTHER, request_max_body_size=None)
async def upload(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], key: FromPath[str]
) -> Response[Any]:
    """A file from the form; the run's page tells what becomes of it."""
    found = await _steward(request, tongue, f"/desk/sources/{key}/upload")
    if isinstance(found, Redirect):
        return found
    told = nothing_typed()
    try:
        asked = await take(request, key, found, told, of_page=True)
    except MENDED as fault:
        return await _form(request, tongue, key, told, fault)
    return _to_run(tongue, asked, "handed")


async def _again(
    request: edge.AnyRequest, tongue: Tongue, run_id: int, seen: Preview | None = None,
    fault: Any = None,
) -> Response[str]:  # fmt: skip
    await edge.snapshot(request, material, run_id)  # NotFound where there is nothing to read
    frame = Frame(tongue, f"/desk/runs/{run_id}/reread")
    html = render(
        frame, "desk_reread.html", run_id=run_id, p=seen, token=who.form_token(request), meta=None,
        banner=Banners(made=bool(seen and any(c.made for c in seen.changes))),
        refused=refusal(tongue, fault) if fault else None,
        turn=lambda change: turn(tongue, change),
        changed=lambda change: changed(tongue, change),
        true_from=true_from,
        fresh=lambda change: False,
        count_word=lambda name: tongue(str(COUNTS.get(name, name))),
    )  # fmt: skip
    return page(html, 400 if fault else 200, PRIVATE)


@get("/desk/runs/{run_id:str}/reread")
async def reread_form(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], run_id: FromPath[str]
) -> Response[Any]:
    found = await _steward(request, tongue, f"/desk/runs/{run_id}/reread")
    if isinstance(found, Redirect):
        return found
    return await _again(request, tongue, run_number(run_id))


@post("/desk/runs/{run_id:str}/reread", status_code=SEE_OTHER)
async def read_again(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], run_id: FromPath[str]
) -> Response[Any]:
    """``look``: the preview; else the run is asked for, and its page is read next."""
    found = await _steward(request, tongue, f"/desk/runs/{run_id}/reread")
    if isinstance(found, Redirect):
        return found
    number, form = run_number(run_id), await request.form()
    who.own_form(request, form)
    try:
        if form.get("look"):
            return await _again(request, tongue, number, await rereading.look(request, number))
        because, now = str(form.get("because", "")), edge.now(request)
        asked = await edge.write(request, runs.reread, found, number, because, now)
    except MENDED as fault:
        return await _again(request, tongue, number, fault=fault)
    return _to_run(tongue, asked, "reread")


handlers = (upload_form, upload, reread_form, read_again)
