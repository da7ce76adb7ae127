"""Contradictions at the desk, and the form of a ruling."""

from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from directory import edge
from directory.pages.desk import common, own_form, typed
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, steward, to, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from services.accounts import Principal
from services.desk import contradictions as cases
from services.desk import ruling


async def _cases(
    request: edge.AnyRequest, tongue: Tongue, principal: Principal, **more: Any
) -> Response[str]:
    now, today = edge.now(request), edge.today(request)
    found, meta = await edge.snapshot(
        request, cases.contradictions, state="all", limit=100, on=today, known_at=now
    )
    shared = common(request, principal, more.pop("told", "")) | more
    html = render(
        Frame(tongue, "/desk/contradictions"),
        "desk_contradictions.html",
        cases=found,
        meta=meta,
        banner=Banners.of(meta),
        **shared,
    )
    return page(html, 400 if shared["refused"] else 200, PRIVATE)


@get("/desk/contradictions")
async def contradictions(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], told: FromQuery[str] = ""
) -> Response[str] | Redirect:
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/contradictions"))
    return await _cases(request, tongue, principal, told=told)


@post("/desk/contradictions/{case_id:str}", status_code=SEE_OTHER)
async def rule(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], case_id: FromPath[str]
) -> Response[str] | Redirect:
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/contradictions"))
    form = await own_form(request)
    try:
        await edge.write(
            request,
            ruling.rule,
            case_id,
            upholds=str(form.get("upholds", "")),
            because=str(form.get("because", "")),
            proof=str(form.get("proof", ""))[:2000],
            replaces=form.get("replaces") == "yes",
            account_id=principal.account_id,
            on=edge.today(request),
            now=edge.now(request),
        )
    except MENDED as fault:
        more = {"refused": refusal(tongue, fault), "typed": typed({**form, "case": case_id})}
        return await _cases(request, tongue, principal, **more)
    return to(tongue, "/desk/contradictions", told="ruled")


handlers = (contradictions, rule)
