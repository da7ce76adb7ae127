"""Keys and subscriptions of every account, for operators; a new key is shown once."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge
from directory.pages.account import ROLES, STATES
from directory.pages.desk import common, own_form, typed
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, steward, to, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from services.accounts import Principal
from services.desk import access
from services.errors import NotFound
from services.terms import Role

Ending = Callable[[Connection, Principal, str, str, datetime], None]


async def _keys(
    request: edge.AnyRequest, tongue: Tongue, principal: Principal, cursor: str = "", **more: Any
) -> Response[str]:
    now = edge.now(request)

    def ask(conn: Connection) -> Any:
        return *access.keys(conn, now, cursor=cursor.strip()), access.account_names(conn)

    found, following, names = await edge.snapshot(request, ask)
    shared = common(request, principal, more.pop("told", "")) | {"made": None} | more
    html = render(
        Frame(tongue, "/desk/keys"),
        "desk_keys.html",
        keys=found,
        following=following,
        names=names,
        roles=ROLES,
        meta=None,
        banner=Banners(),
        **shared,
    )
    return page(html, 400 if shared["refused"] else 200, PRIVATE)


@get("/desk/keys")
async def keys(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    cursor: FromQuery[str] = "",
    told: FromQuery[str] = "",
) -> Response[str] | Redirect:
    principal = await steward(request, Role.OPERATOR)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/keys"))
    return await _keys(request, tongue, principal, cursor, told=told)


@post("/desk/keys", status_code=200)
async def make_key(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue]
) -> Response[str] | Redirect:
    """A key is told in this answer and nowhere else, so that it is no redirect."""
    principal = await steward(request, Role.OPERATOR)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/keys"))
    form, now = await own_form(request), edge.now(request)
    account, label = str(form.get("account", "")), str(form.get("label", ""))
    try:
        made = await edge.write(request, access.make_key, principal, account, label, now)
    except (*MENDED, NotFound) as fault:
        more: dict[str, Any] = {"refused": refusal(tongue, fault), "typed": typed(form)}
        return await _keys(request, tongue, principal, **more)
    return await _keys(request, tongue, principal, made=made)


@post("/desk/keys/{key_id:str}/end", status_code=SEE_OTHER)
async def end_key(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], key_id: FromPath[str]
) -> Response[str] | Redirect:
    return await _end(request, tongue, "/desk/keys", access.end_key, key_id, _keys)


async def _end(
    request: edge.AnyRequest,
    tongue: Tongue,
    path: str,
    ending: Ending,
    which: str,
    again: Callable[..., Awaitable[Response[str]]],
) -> Response[str] | Redirect:
    """``ending``: of the desk's service; ``again``: shows the page where it could not be."""
    principal = await steward(request, Role.OPERATOR)
    if principal is None:
        return to_sign_in(tongue, tongue.path(path))
    form, now = await own_form(request), edge.now(request)
    try:
        await edge.write(request, ending, principal, which, str(form.get("because", "")), now)
    except MENDED as fault:
        ends = typed({**form, "ends": which})
        return await again(request, tongue, principal, refused=refusal(tongue, fault), typed=ends)
    return to(tongue, path, told="ended")


async def _subscriptions(
    request: edge.AnyRequest, tongue: Tongue, principal: Principal, cursor: str = "", **more: Any
) -> Response[str]:
    found, following = await edge.snapshot(request, access.subscriptions, cursor=cursor.strip())
    shared = common(request, principal, more.pop("told", "")) | more
    html = render(
        Frame(tongue, "/desk/subscriptions"),
        "desk_subscriptions.html",
        subscriptions=found,
        following=following,
        looks=STATES,
        meta=None,
        banner=Banners(),
        **shared,
    )
    return page(html, 400 if shared["refused"] else 200, PRIVATE)


@get("/desk/subscriptions")
async def subscriptions(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    cursor: FromQuery[str] = "",
    told: FromQuery[str] = "",
) -> Response[str] | Redirect:
    principal = await steward(request, Role.OPERATOR)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/subscriptions"))
    return await _subscriptions(request, tongue, principal, cursor, told=told)


@post("/desk/subscriptions/{subscription_id:str}/end", status_code=SEE_OTHER)
async def end_subscription(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], subscription_id: FromPath[str]
) -> Response[str] | Redirect:
    path, end = "/desk/subscriptions", access.end_subscription
    return await _end(request, tongue, path, end, subscription_id, _subscriptions)


handlers = (keys, make_key, end_key, subscriptions, end_subscription)
