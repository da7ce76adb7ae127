"""Matches at the desk: who may be whom, both sides and the effect first, then one decision."""

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.pages import match_words as say
from directory.pages.desk import own_form
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, steward, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page, titles
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.accounts import Principal
from services.desk import decide as deciding
from services.desk import effect, matches, merges
from services.desk.pairs import Why
from services.errors import BadQuestion, Conflict
from services.find import body as reading
from services.find import cursor as cursors
from services.find.views import BodyView, Meta
from services.terms import RelationKind

AT_ONCE = 30  # matches on a page
STANDING = 30  # merges that can be undone, below them
TOLD = {
    "same": N_("They are one body from now on; the other id leads to it."),
    "renamed": N_("The same body under its new name: nothing was moved."),
    "own": N_("The record speaks of a body of its own from now on."),
    "apart": N_("Two bodies. It is asked again when a name or identifier of one changes."),
    "relation": N_("Two bodies, of which each names the other from now on."),
    "undone": N_("The merge is undone. What was asked as known in between still leads on."),
}


def _text(form: Mapping[str, Any], name: str) -> str:
    return str(form.get(name, "")).strip()


def _why(form: Mapping[str, Any], principal: Principal) -> Why:
    return Why(_text(form, "because"), _text(form, "proof"), principal.account_id)


def _show(
    request: edge.AnyRequest,
    frame: Frame,
    template: str,
    meta: Meta | None,
    fault: BadQuestion | Conflict | None = None,
    told: str = "",
    **more: Any,
) -> Response[str]:
    html = render(
        frame,
        template,
        meta=meta,
        banner=Banners.of(meta) if meta else Banners(),
        titles=titles(meta) if meta else {},
        token=who.form_token(request),
        done=TOLD.get(told, ""),
        refused=refusal(frame.tongue, fault) if fault else None,
        words=say,
        **more,
    )
    return page(html, _status(fault), PRIVATE)


def _status(fault: BadQuestion | Conflict | None) -> int:
    if fault is None:
        return 200
    return 409 if isinstance(fault, Conflict) else 400


@get("/desk/matches")
async def listed(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    which: FromQuery[str] = "open",
    cursor: FromQuery[str] = "",
    told: FromQuery[str] = "",
) -> Response[str] | Redirect:
    if await steward(request) is None:
        return to_sign_in(tongue, tongue.path("/desk/matches"))
    on, known_at = edge.today(request), edge.now(request)

    def ask(conn: Connection) -> Any:
        found, meta = matches.matches(
            conn, state=which, cursor=cursor.strip(), limit=AT_ONCE, on=on, known_at=known_at
        )
        return found, meta, () if cursor else matches.merges_standing(conn, STANDING)

    found, meta, standing = await edge.snapshot(request, ask)
    frame = Frame(tongue, "/desk/matches", (("which", which),))
    return _show(
        request, frame, "desk_matches.html", meta,
        told=told, found=found, which=which, standing=standing,
    )  # fmt: skip


# --- one match -----------------------------------------------------------------------------------


async def _match(
    request: edge.AnyRequest,
    tongue: Tongue,
    match_id: str,
    into: str = "",
    fault: BadQuestion | Conflict | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response[str]:
    on, known_at = edge.today(request), edge.now(request)
    one, meta = await edge.snapshot(
        request, matches.match, match_id, into=into, on=on, known_at=known_at
    )
    kept = {name: _text(typed or {}, name) for name in ("because", "proof", "kind", "of")}
    return _show(
        request,
        Frame(tongue, f"/desk/matches/{match_id}"),
        "desk_match.html",
        meta,
        fault,
        one=one,
        compared=say.parts(tongue, one.evidence),
        also=say.beside(tongue, one.evidence),
        kinds=list(RelationKind),
        typed=kept,
    )


@get("/desk/matches/{match_id:str}")
async def match(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    match_id: FromPath[str],
    into: FromQuery[str] = "",
) -> Response[str] | Redirect:
    """``into``: the body that would stay."""
    if await steward(request) is None:
        return to_sign_in(tongue, tongue.path(f"/desk/matches/m{_match_number(match_id)}"))
    return await _match(request, tongue, match_id, into.strip())


def _match_number(match_id: str) -> int:
    return cursors.number(match_id, "m", "a match")


@post("/desk/matches/{match_id:str}", status_code=SEE_OTHER)
async def decide(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], match_id: FromPath[str]
) -> Response[str] | Redirect:
    """The same, apart or related: by the button; whoever comes second is told who was first."""
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path(f"/desk/matches/m{_match_number(match_id)}"))
    form = await own_form(request)
    decision, own = _text(form, "decision"), _text(form, "own") == "yes"
    try:
        await edge.write(
            request,
            deciding.decide,
            match_id,
            decision,
            _why(form, principal),
            into=_text(form, "of" if decision == "relation" else "into"),
            kind=_kind(_text(form, "kind")) if decision == "relation" else None,
            version=_text(form, "version"),
            clock=lambda: edge.now(request),
        )
    except MENDED as fault:
        into = "" if own else _text(form, "into")
        return await _match(request, tongue, match_id, into, fault, form)
    told = {"same": "renamed", "apart": "own"}.get(decision, "") if own else decision
    return _to(tongue, told)


def _kind(text: str) -> RelationKind | None:
    return RelationKind(text) if text in set(RelationKind) else None


def _to(tongue: Tongue, told: str) -> Redirect:
    return Redirect(Frame(tongue, "").url("/desk/matches", told=told), PRIVATE, SEE_OTHER)


# --- undoing a merge -----------------------------------------------------------------------------


async def _merged(
    request: edge.AnyRequest,
    tongue: Tongue,
    body_id: int,
    fault: BadQuestion | Conflict | None = None,
    typed: Mapping[str, Any] | None = None,
) -> Response[str]:
    on, known_at = edge.today(request), edge.now(request)

    def ask(conn: Connection) -> tuple[effect.Effect, BodyView, Meta]:
        does = effect.of_unmerge(conn, body_id)
        return does, *reading.body(conn, does.into, on=on, known_at=known_at)

    does, into, meta = await edge.snapshot(request, ask)
    kept = {name: _text(typed or {}, name) for name in ("because", "proof")}
    frame = Frame(tongue, f"/desk/merges/b{body_id}")
    return _show(request, frame, "desk_merge.html", meta, fault, does=does, into=into, typed=kept)


@get("/desk/merges/{body_id:str}")
async def merged(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], body_id: FromPath[str]
) -> Response[str] | Redirect:
    """What undoing the merge of this body would do."""
    number = cursors.number(body_id, "b", "a body")
    if await steward(request) is None:
        return to_sign_in(tongue, tongue.path(f"/desk/merges/b{number}"))
    return await _merged(request, tongue, number)


@post("/desk/merges/{body_id:str}", status_code=SEE_OTHER)
async def undo(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], body_id: FromPath[str]
) -> Response[str] | Redirect:
    number = cursors.number(body_id, "b", "a body")
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path(f"/desk/merges/b{number}"))
    form = await own_form(request)
    try:
        await edge.write(
            request,
            merges.unmerge,
            number,
            _why(form, principal),
            version=_text(form, "version"),
            also=_numbers(form),
            clock=lambda: edge.now(request),
        )
    except MENDED as fault:
        return await _merged(request, tongue, number, fault, form)
    return _to(tongue, "undone")


def _numbers(form: Mapping[str, Any]) -> tuple[int, ...]:
    """The records that are ticked; what is no number is none of the page's."""
    sent = form.getall("also", []) if hasattr(form, "getall") else []
    return tuple(int(one) for one in map(str, sent) if one.isascii() and one.isdigit())


handlers = (listed, match, decide, merged, undo)
