"""Obstacles met abroad: what was published, a form to report one, and the stewards' own list."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.api.questions import one_of
from directory.pages.abroad_words import OBSTACLES
from directory.pages.audit_words import Problem
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from services.accounts import Principal
from services.desk import obstacles as desk
from services.errors import BadQuestion
from services.find.abroad_views import ObstacleView
from services.find.abroad_words import products
from services.terms import ObstacleState, Role

_FIELDS = ("market", "product", "standard", "document_kind", "rejected_by", "text", "happened_on")
ENTRIES = 20


@dataclass(frozen=True)
class _Shown:
    reports: Sequence[ObstacleView]
    following: str | None
    products: Sequence[str]
    who: Principal | None


def obstacles_page(
    frame: Frame,
    shown: _Shown,
    chosen: dict[str, str],
    *,
    typed: dict[str, str] | None = None,
    refused: Problem | None = None,
    told: str = "",
) -> str:
    """``typed``: what was sent and not taken. ``told``: what has just been done ("sent", "dropped":
    sent without particulars of persons, "decided")."""
    return render(
        frame,
        "obstacles.html",
        reports=shown.reports,
        following=shown.following,
        products=shown.products,
        signed_in=shown.who is not None,
        steward=shown.who is not None and shown.who.may(Role.STEWARD),
        states=OBSTACLES,
        chosen=chosen,
        typed={name: (typed or {}).get(name, "") for name in _FIELDS},
        refused=refused,
        told=told,
        meta=None,
        banner=Banners(),
    )


def _read(
    conn: Connection, principal: Principal | None, asked: dict[str, Any], now: datetime
) -> _Shown:
    reports, following = desk.obstacles(conn, principal, limit=ENTRIES, now=now, **asked)
    return _Shown(reports, following, products(conn, now), principal)


async def _page(
    request: edge.AnyRequest,
    tongue: Tongue,
    principal: Principal | None,
    chosen: dict[str, str],
    cursor: str = "",
    **more: Any,
) -> Response[str]:
    state = one_of("state", chosen["state"], ObstacleState)
    asked = {
        "market": chosen["market"],
        "product": chosen["product"],
        "state": ObstacleState(state) if state else None,
        "cursor": cursor,
    }
    shown = await edge.snapshot(request, _read, principal, asked, edge.now(request))
    query = tuple((name, value) for name, value in chosen.items() if value)
    frame = Frame(tongue, "/obstacles", query)
    html = obstacles_page(frame, shown, chosen, **more)
    return page(html, 400 if more.get("refused") else 200, PRIVATE)


_NONE = {"market": "", "product": "", "state": ""}


@get("/obstacles")
async def obstacles(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    market: FromQuery[str] = "",
    product: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    told: FromQuery[str] = "",
) -> Response[str]:
    principal = await who.principal_or_none(request)
    state = str(request.query_params.get("state", ""))  # litestar keeps the name for itself
    chosen = {"market": market.strip(), "product": product.strip(), "state": state.strip()}
    try:
        return await _page(request, tongue, principal, chosen, cursor.strip(), told=told)
    except BadQuestion as fault:
        refused = refusal(tongue, fault)
        return await _page(request, tongue, principal, _NONE, refused=refused)


@post("/obstacles", status_code=SEE_OTHER)
async def report(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue]
) -> Response[str] | Redirect:
    """A report by whoever is signed in; it waits for a steward."""
    principal = await who.principal_or_none(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/obstacles"))
    form = await request.form()
    typed = {name: str(form.get(name, "")).strip() for name in _FIELDS}
    try:
        given = desk.Report(
            **{name: value for name, value in typed.items() if name != "happened_on"},
            happened_on=_day(typed["happened_on"]),
        )
        made = await edge.write(request, desk.report, principal, given, edge.now(request))
    except MENDED as fault:
        refused = refusal(tongue, fault)
        return await _page(request, tongue, principal, _NONE, typed=typed, refused=refused)
    told = "dropped" if made.dropped else "sent"
    return Redirect(Frame(tongue, "").url("/obstacles", told=told), PRIVATE, SEE_OTHER)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise BadQuestion(
            f"happened_on: {text[:40]} is no day of the last ten years.",
            "Give the day of the refusal as YYYY-MM-DD.",
        ) from fault


@post("/obstacles/{obstacle_id:str}/decision", status_code=SEE_OTHER)
async def decide(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], obstacle_id: FromPath[str]
) -> Response[str] | Redirect:
    """A steward's decision. Raises Forbidden for anybody else, and NotFound."""
    principal = await who.principal_or_none(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/obstacles"))
    form = await request.form()
    because = str(form.get("because", ""))
    try:
        state = ObstacleState(one_of("decision", str(form.get("decision", "")), ObstacleState))
        await edge.write(
            request, desk.decide, principal, obstacle_id, state, because, edge.now(request)
        )
    except MENDED as fault:
        refused = refusal(tongue, fault)
        return await _page(request, tongue, principal, _NONE, refused=refused)
    return Redirect(Frame(tongue, "").url("/obstacles", told="decided"), PRIVATE, SEE_OTHER)


handlers = (obstacles, report, decide)
