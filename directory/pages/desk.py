"""The desk: what needs a person now, and the forms by which stewards and operators act.

Every form carries a token of its session beside the cookie (:func:`directory.who.own_form`).
"""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.sources import run_page, source_page
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.accounts import Principal
from services.desk import contradictions as cases
from services.desk import queue, runs, trail
from services.errors import BadQuestion, Unauthorized
from services.find import sources as reading
from services.terms import DeskAction, Role

# kind → shape, tone, word, path of its page
KINDS = {
    "refused_run": ("out", "bad", N_("Refused run"), "/desk/runs/"),
    "contradiction": ("adv", "warn", N_("Contradiction"), "/desk/contradictions#"),
    "overdue": ("wait", "unk", N_("Overdue source"), "/desk/sources/"),
    "obstacle": ("unk", "unk", N_("Report to be read"), "/obstacles?state=waiting#"),
}
HARM = {
    "contradiction": N_("Two sources tell two things of one accreditation; both are shown."),
    "overdue": N_("Its last good data stand and age; in time they read “unknown”."),
    "obstacle": N_("Nobody but its reporter sees it until a steward has read it."),
}
ACTIONS = {
    DeskAction.SIGNED_IN: N_("signed in"),
    DeskAction.SIGN_IN_FAILED: N_("failed to sign in"),
    DeskAction.SIGNED_OUT_EVERYWHERE: N_("signed out everywhere"),
    DeskAction.PASSWORD_SET: N_("password set"),
    DeskAction.RUN_ASKED: N_("asked for a run"),
    DeskAction.RUN_ACCEPTED: N_("accepted a refused run"),
    DeskAction.RUN_DISCARDED: N_("discarded a refused run"),
    DeskAction.SOURCE_PAUSED: N_("paused a source"),
    DeskAction.SOURCE_RESUMED: N_("resumed a source"),
    DeskAction.SOURCE_SET: N_("set schedule and rate"),
    DeskAction.RULED: N_("ruled on a contradiction"),
    DeskAction.OBSTACLE_DECIDED: N_("decided a report"),
    DeskAction.BYTES_FORGOTTEN: N_("dropped bytes that published nothing"),
}
TOLD = {
    "asked": N_("The run is asked for and begins within seconds."),
    "accepted": N_("Accepted: a run of its own publishes these bytes within seconds."),
    "discarded": N_("Discarded: nothing of the run is published, and it waits no more."),
    "set": N_("Stored; it holds from the next run on."),
    "ruled": N_("The ruling is stored; verdicts follow it from now on."),
}


async def _steward(request: edge.AnyRequest) -> Principal | None:
    """Whoever works at the desk; None where nobody is signed in. Raises Forbidden for others."""
    try:
        return await who.principal(request, Role.STEWARD)
    except Unauthorized:
        return None


async def _form(request: edge.AnyRequest) -> Mapping[str, Any]:
    form: Mapping[str, Any] = await request.form()
    who.own_form(request, form)
    return form


def _common(request: edge.AnyRequest, principal: Principal, told: str) -> dict[str, Any]:
    return {
        "token": who.form_token(request),
        "operator": principal.may(Role.OPERATOR),
        "done": TOLD.get(told, ""),
        "refused": None,
    }


@get("/desk")
async def desk(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], told: FromQuery[str] = ""
) -> Response[str] | Redirect:
    principal = await _steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk"))
    now = edge.now(request)
    found = await edge.snapshot(request, queue.waiting, now)
    html = render(
        Frame(tongue, "/desk"),
        "desk.html",
        waiting=found,
        kinds=KINDS,
        harm=HARM,
        now=now,
        owner=principal,
        meta=None,
        banner=Banners(),
        **_common(request, principal, told),
    )
    return page(html, 200, PRIVATE)


# --- runs ----------------------------------------------------------------------------------------


async def _run(
    request: edge.AnyRequest, tongue: Tongue, principal: Principal, run_id: int, **more: Any
) -> Response[str]:
    def ask(conn: Connection) -> Any:
        one, meta = reading.run(conn, run_id)
        after = one.accepted_by_run
        told, _ = trail.trail(conn, about=f"run {run_id}", limit=20)
        return one, reading.run(conn, after)[0] if after else None, meta, told

    one, accepting, meta, told = await edge.snapshot(request, ask)
    common = _common(request, principal, more.pop("told", "")) | more
    frame = Frame(tongue, f"/desk/runs/{run_id}")
    html = run_page(
        frame, one, accepting, meta, "desk_run.html", entries=told, actions=ACTIONS, **common
    )
    return page(html, 400 if common["refused"] else 200, PRIVATE)


def _number(run_id: str) -> int:
    if not run_id.isascii() or not run_id.isdigit() or len(run_id) > 18:
        raise BadQuestion(f"{run_id} is no run.", "A run is a whole number.")
    return int(run_id)


@get("/desk/runs/{run_id:str}")
async def run(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    run_id: FromPath[str],
    told: FromQuery[str] = "",
) -> Response[str] | Redirect:
    principal = await _steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path(f"/desk/runs/{_number(run_id)}"))
    return await _run(request, tongue, principal, _number(run_id), told=told)


@post("/desk/runs/{run_id:str}", status_code=SEE_OTHER)
async def decide_run(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], run_id: FromPath[str]
) -> Response[str] | Redirect:
    """Accept or discard a refused run; the service's own word where that cannot be."""
    principal, number = await _steward(request), _number(run_id)
    if principal is None:
        return to_sign_in(tongue, tongue.path(f"/desk/runs/{number}"))
    form = await _form(request)
    because, now = str(form.get("because", "")), edge.now(request)
    frame = Frame(tongue, "")
    try:
        if form.get("decision") == "accept":
            made = await edge.write(request, runs.accept, principal, number, because, now)
            return _to(frame.url(f"/desk/runs/{made}", told="accepted"))
        await edge.write(request, runs.discard, principal, number, because, now)
    except MENDED as fault:
        refused = refusal(tongue, fault)
        return await _run(request, tongue, principal, number, refused=refused)
    return _to(frame.url(f"/desk/runs/{number}", told="discarded"))


def _to(address: str) -> Redirect:
    return Redirect(address, PRIVATE, SEE_OTHER)


# --- sources -------------------------------------------------------------------------------------


async def _source(
    request: edge.AnyRequest, tongue: Tongue, principal: Principal, key: str, **more: Any
) -> Response[str]:
    now = edge.now(request)

    def ask(conn: Connection) -> Any:
        one, meta = reading.source(conn, key, now)
        found, runs_meta = reading.runs(conn, key, limit=25)
        return one, found, meta, runs_meta, runs.override(conn, key)

    one, found, meta, runs_meta, said = await edge.snapshot(request, ask)
    common = _common(request, principal, more.pop("told", "")) | more
    html = source_page(
        Frame(tongue, f"/desk/sources/{key}"),
        *(one, found, meta, runs_meta),
        "desk_source.html",
        override=said,
        **common,
    )
    return page(html, 400 if common["refused"] else 200, PRIVATE)


@get("/desk/sources/{key:str}")
async def source(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    key: FromPath[str],
    told: FromQuery[str] = "",
) -> Response[str] | Redirect:
    principal = await _steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk"))
    return await _source(request, tongue, principal, key, told=told)


@post("/desk/sources/{key:str}", status_code=SEE_OTHER)
async def act_on_source(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], key: FromPath[str]
) -> Response[str] | Redirect:
    """Run now, pause, resume, or set schedule and rate."""
    principal = await _steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk"))
    form = await _form(request)
    deed, because, now = str(form.get("deed", "")), str(form.get("because", "")), edge.now(request)
    try:
        if deed == "run":
            await edge.write(request, runs.run_now, principal, key, now)
        elif deed in ("pause", "resume"):
            paused = deed == "pause"
            await edge.write(request, runs.pause, principal, key, because, now, paused=paused)
        elif deed == "pace":
            every, rate = str(form.get("every", "")).strip(), _rate(str(form.get("rate", "")))
            await edge.write(
                request, runs.set_pace, principal, key, because, now, every=every or None, rate=rate
            )
        else:
            raise BadQuestion(f'deed: "{deed[:20]}" is none.', "Send the form of the page.")
    except MENDED as fault:
        refused = refusal(tongue, fault)
        return await _source(request, tongue, principal, key, refused=refused)
    told = "asked" if deed == "run" else "set"
    return _to(Frame(tongue, "").url(f"/desk/sources/{key}", told=told))


def _rate(text: str) -> float | None:
    if not text.strip():
        return None
    try:
        return float(text)
    except ValueError as fault:
        raise BadQuestion(f"rate: {text[:20]} is out of range.", "Write a number.") from fault


# --- contradictions ------------------------------------------------------------------------------


async def _cases(
    request: edge.AnyRequest, tongue: Tongue, principal: Principal, **more: Any
) -> Response[str]:
    now, today = edge.now(request), edge.today(request)
    found, meta = await edge.snapshot(
        request, cases.contradictions, state="all", limit=100, on=today, known_at=now
    )
    common = _common(request, principal, more.pop("told", "")) | more
    html = render(
        Frame(tongue, "/desk/contradictions"),
        "desk_contradictions.html",
        cases=found,
        meta=meta,
        banner=Banners.of(meta),
        **common,
    )
    return page(html, 400 if common["refused"] else 200, PRIVATE)


@get("/desk/contradictions")
async def contradictions(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], told: FromQuery[str] = ""
) -> Response[str] | Redirect:
    principal = await _steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/contradictions"))
    return await _cases(request, tongue, principal, told=told)


@post("/desk/contradictions/{case_id:str}", status_code=SEE_OTHER)
async def rule(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], case_id: FromPath[str]
) -> Response[str] | Redirect:
    principal = await _steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/contradictions"))
    form = await _form(request)
    try:
        await edge.write(
            request,
            cases.rule,
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
        return await _cases(request, tongue, principal, refused=refusal(tongue, fault))
    return _to(Frame(tongue, "").url("/desk/contradictions", told="ruled"))


@get("/desk/trail")
async def audit_trail(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], cursor: FromQuery[str] = ""
) -> Response[str] | Redirect:
    principal = await _steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/trail"))
    found, following = await edge.snapshot(request, trail.trail, cursor=cursor.strip(), limit=50)
    html = render(
        Frame(tongue, "/desk/trail"),
        "desk_trail.html",
        entries=found,
        following=following,
        actions=ACTIONS,
        meta=None,
        banner=Banners(),
        **_common(request, principal, ""),
    )
    return page(html, 200, PRIVATE)


handlers = (
    desk, run, decide_run, source, act_on_source, contradictions, rule, audit_trail,
)  # fmt: skip
