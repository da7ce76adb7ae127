"""A watchlist of one's own: what is on it, putting in by number, and the form on a body's page."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.pages.audit_words import Problem
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, to, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.accounts import Principal
from services.errors import BadQuestion, NotFound
from services.find import body as reading
from services.find import resolve as numbers
from services.find.cursor import number
from services.find.views import BodyCard
from services.watch import lists
from services.watch.lists import WatchlistView, WatchlistWhole

BODIES = 150  # of a list on one page, which stays under 100 kB
NEW = "new"  # in place of a list's id: a list that is to be made
_NOTHING = N_(
    "Nothing in this directory bears the number “{text}”. That does not make it false: look "
    "whether it is printed so."
)


def bodies_of(conn: Connection, text: str, request: edge.AnyRequest) -> Sequence[BodyCard] | str:
    """The body that an id names ("b12", "a34"), by its id; else the bodies that bear a number.

    Raises BadQuestion for what is neither and NotFound for an id of nothing.
    """
    on, known_at = edge.today(request), edge.now(request)
    if re.fullmatch(r"b\d{1,18}", text):
        return text
    if re.fullmatch(r"a\d{1,18}", text):
        return reading.accreditation(conn, text, on=on, known_at=known_at)[0].body
    return numbers.resolve(conn, text, on=on, known_at=known_at)[0].bodies


def list_page(
    frame: Frame,
    whole: WatchlistWhole,
    *,
    start: int = 0,
    typed: str = "",
    candidates: Sequence[BodyCard] = (),
    refused: Problem | None = None,
) -> str:
    """``candidates``: bodies that all bear the number ``typed``, one of which is to be picked."""
    return render(
        frame,
        "watchlist.html",
        list=whole.list,
        bodies=whole.bodies[start : start + BODIES],
        more=str(start + BODIES) if len(whole.bodies) > start + BODIES else "",
        on_it={one.body for one in whole.bodies},
        typed=typed,
        candidates=candidates,
        refused=refused,
        meta=None,
        banner=Banners(),
    )


def _at(list_id: str) -> str:
    return f"/account/watchlists/{list_id}"


async def _page(
    request: edge.AnyRequest,
    tongue: Tongue,
    owner: Principal,
    list_id: str,
    *,
    start: int = 0,
    typed: str = "",
    candidates: Sequence[BodyCard] = (),
    refused: Problem | None = None,
) -> Response[str]:
    whole = await edge.read(request, lists.read, owner.account_id, list_id)
    html = list_page(
        Frame(tongue, _at(list_id)),
        whole,
        start=start,
        typed=typed,
        candidates=candidates,
        refused=refused,
    )
    return page(html, 400 if refused else 200, PRIVATE)


async def _sent(request: edge.AnyRequest, name: str) -> str:
    return str((await request.form()).get(name, "")).strip()


@get("/account/watchlists/{list_id:str}")
async def watchlist(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    list_id: FromPath[str],
    cursor: FromQuery[str] = "0",
) -> Response[str] | Redirect:
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path(_at(list_id)))
    if not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 6):
        raise BadQuestion(f"cursor: {cursor[:30]} is no place in a list.", "Follow “Next page”.")
    return await _page(request, tongue, owner, list_id, start=int(cursor))


@post("/account/watchlists/{list_id:str}/add", status_code=SEE_OTHER)
async def add(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], list_id: FromPath[str]
) -> Response[str] | Redirect:
    """By number or id. Several bodies may bear one number: then one is picked on the page."""
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path(_at(list_id)))
    typed = await _sent(request, "what")
    try:
        found = await edge.snapshot(request, bodies_of, typed, request)
        if not isinstance(found, str):
            if len(found) != 1:
                nothing = Problem(tongue(_NOTHING).format(text=typed))
                return await _page(
                    request, tongue, owner, list_id, typed=typed, candidates=found,
                    refused=None if found else nothing,
                )  # fmt: skip
            found = found[0].id
        await edge.write(request, lists.put, owner.account_id, list_id, [found], edge.now(request))
    except MENDED as fault:
        refused = refusal(tongue, fault)
        return await _page(request, tongue, owner, list_id, typed=typed, refused=refused)
    except NotFound as fault:
        await edge.read(request, lists.owned, owner.account_id, list_id)  # else it is the list
        refused = refusal(tongue, BadQuestion(fault.what, fault.remedy))
        return await _page(request, tongue, owner, list_id, typed=typed, refused=refused)
    return to(tongue, _at(list_id))


@post("/account/watchlists/{list_id:str}/take", status_code=SEE_OTHER)
async def take(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], list_id: FromPath[str]
) -> Redirect:
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path(_at(list_id)))
    body = await _sent(request, "body")
    try:
        await edge.write(request, lists.take, owner.account_id, list_id, body)
    except NotFound:  # it was taken out elsewhere meanwhile: the page shows how it stands now
        await edge.read(request, lists.owned, owner.account_id, list_id)
    return to(tongue, _at(list_id))


@post("/account/watchlists/{list_id:str}/rename", status_code=SEE_OTHER)
async def rename(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], list_id: FromPath[str]
) -> Response[str] | Redirect:
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path(_at(list_id)))
    name = await _sent(request, "name")
    try:
        await edge.write(request, lists.rename, owner.account_id, list_id, name)
    except MENDED as fault:
        return await _page(request, tongue, owner, list_id, refused=refusal(tongue, fault))
    return to(tongue, _at(list_id))


@post("/account/watchlists/{list_id:str}/delete", status_code=SEE_OTHER)
async def delete(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], list_id: FromPath[str]
) -> Response[str] | Redirect:
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path(_at(list_id)))
    try:
        await edge.write(request, lists.drop, owner.account_id, list_id)
    except MENDED as fault:
        return await _page(request, tongue, owner, list_id, refused=refusal(tongue, fault))
    return to(tongue, "/account")


# --- on a body's page ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Watching:
    """An account's lists, those that hold a body and those that do not."""

    with_it: Sequence[WatchlistView]
    without: Sequence[WatchlistView]


def _watching(conn: Connection, account_id: int, body: str) -> Watching:
    with_it = lists.holding(conn, account_id, number(body, "b", "a body"))
    held = {one.id for one in with_it}
    others = [one for one in lists.lists(conn, account_id) if one.id not in held]
    return Watching(with_it, others)


async def watching(request: edge.AnyRequest, body: str) -> Watching | None:
    """For the form on a body's page; None for whoever is not signed in."""
    owner = await who.principal_or_none(request) if who.session_of(request) else None
    return await edge.read(request, _watching, owner.account_id, body) if owner else None


@post("/bodies/{body_id:str}/watch", status_code=SEE_OTHER)
async def watch(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], body_id: FromPath[str]
) -> Redirect:
    """Put a body on a list of one's own, or on a new one. Raises NotFound and BadQuestion."""
    back = f"/bodies/{body_id}"
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path(back))
    form = await request.form()
    chosen, name = str(form.get("list", "")), str(form.get("name", ""))
    account_id, now = owner.account_id, edge.now(request)
    if chosen == NEW:
        name = name.strip() or tongue(N_("Watched bodies"))
        await edge.write(request, lists.make, account_id, name, [body_id], now)
    else:
        await edge.write(request, lists.put, account_id, chosen, [body_id], now)
    return to(tongue, f"{back}#watch")


handlers = (watchlist, add, take, rename, delete, watch)
