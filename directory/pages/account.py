"""One's own account: who one is, what opens it, and the way to its watchlists and webhooks."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.pages.audit_words import Problem
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, to, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.sign_in import begun
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services import accounts, passwords
from services.accounts import Opening, Principal
from services.desk import signing
from services.errors import BadQuestion
from services.terms import Role, SecretKind, SubscriptionState
from services.watch import lists, subscriptions
from services.watch.lists import WatchlistView
from services.watch.subscriptions import SubscriptionView

ROLES = {
    Role.READER: N_("reader"),
    Role.REGULATOR: N_("regulator"),
    Role.STEWARD: N_("steward"),
    Role.OPERATOR: N_("operator"),
}
# state → shape, tone, word
STATES = {
    SubscriptionState.ACTIVE: ("yes", "ok", N_("active")),
    SubscriptionState.PAUSED: ("wait", "warn", N_("paused")),
    SubscriptionState.ENDED: ("out", "bad", N_("ended by its receiver")),
}


_WRONG = N_("The password that you have now is another one.")
_WAIT = N_("Too many attempts: wait some minutes before the next one. This one was not looked at.")


@dataclass(frozen=True, slots=True)
class Held:
    """What an account has."""

    opening: Sequence[Opening]
    lists: Sequence[WatchlistView]
    webhooks: Sequence[SubscriptionView]


def _held(conn: Connection, account_id: int, request: edge.AnyRequest) -> Held:
    session = who.session_of(request)
    return Held(
        accounts.opening(conn, account_id, edge.now(request), shown=session),
        lists.lists(conn, account_id),
        subscriptions.subscriptions(conn, account_id),
    )


def account_page(
    frame: Frame,
    owner: Principal,
    held: Held,
    *,
    key: str = "",
    refused: Problem | None = None,
) -> str:
    """``key``: a new API key, shown this once. ``refused``: why what was sent was not taken."""
    return render(
        frame,
        "account.html",
        owner=owner,
        role=frame.tongue(ROLES[owner.role]),
        keys=[one for one in held.opening if one.kind is SecretKind.API_KEY],
        sessions=[one for one in held.opening if one.kind is SecretKind.SESSION],
        lists=held.lists,
        webhooks=held.webhooks,
        states=STATES,
        key=key,
        refused=refused,
        meta=None,
        banner=Banners(),
    )


async def _page(
    request: edge.AnyRequest,
    tongue: Tongue,
    owner: Principal,
    *,
    key: str = "",
    refused: Problem | None = None,
) -> Response[str]:
    held = await edge.snapshot(request, _held, owner.account_id, request)
    html = account_page(Frame(tongue, "/account"), owner, held, key=key, refused=refused)
    return page(html, 400 if refused else 200, PRIVATE)


@get("/account")
async def account(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue]
) -> Response[str] | Redirect:
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path("/account"))
    return await _page(request, tongue, owner)


@post("/account/keys", status_code=200)
async def make_key(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue]
) -> Response[str] | Redirect:
    """A key is told in this answer and nowhere else, so that it is no redirect."""
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path("/account"))
    label = str((await request.form()).get("label", ""))
    try:
        key = await edge.write(
            request, accounts.new_key, owner.account_id, label, edge.now(request)
        )
    except MENDED as fault:
        return await _page(request, tongue, owner, refused=refusal(tongue, fault))
    return await _page(request, tongue, owner, key=key)


@post("/account/password", status_code=SEE_OTHER)
async def change_password(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue]
) -> Response[str] | Redirect:
    """Another password, for whoever types the old one. Tries are counted like those of signing in:
    a browser left open is no way to guess it."""
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path("/account"))
    form = await request.form()
    typed, wanted = str(form.get("current", "")), str(form.get("new", ""))
    kept = edge.sessions(request)
    if await kept.attempt(owner.name, edge.address(request)):
        return await _page(request, tongue, owner, refused=Problem(tongue(_WAIT)))
    held = await edge.read(request, passwords.held, owner.name)
    if not await asyncio.to_thread(passwords.fits, held, typed):
        return await _page(request, tongue, owner, refused=Problem(tongue(_WRONG)))
    try:
        session = await edge.write(
            request,
            signing.changed_password,
            owner.account_id,
            owner.name,
            wanted,
            edge.now(request),
        )
    except MENDED as fault:
        return await _page(request, tongue, owner, refused=refusal(tongue, fault))
    await kept.forget(owner.name, edge.address(request))
    return await begun(request, session, tongue.path("/account"))


@post("/account/secrets/{secret_id:str}/end", status_code=SEE_OTHER)
async def end_secret(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], secret_id: FromPath[str]
) -> Redirect:
    """A key or another session opens nothing more."""
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path("/account"))
    if not (secret_id.isascii() and secret_id.isdigit() and len(secret_id) <= 18):
        raise BadQuestion(f'"{secret_id}" is no number of a key or session.')
    await edge.write(
        request, accounts.revoke_one, owner.account_id, int(secret_id), edge.now(request)
    )
    return to(tongue, "/account")


@post("/account/watchlists", status_code=SEE_OTHER)
async def make_list(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue]
) -> Response[str] | Redirect:
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path("/account"))
    name = str((await request.form()).get("name", ""))
    try:
        made = await edge.write(request, lists.make, owner.account_id, name, (), edge.now(request))
    except MENDED as fault:
        return await _page(request, tongue, owner, refused=refusal(tongue, fault))
    return to(tongue, f"/account/watchlists/{made}")


handlers = (account, make_key, change_password, end_secret, make_list)
