"""Webhooks of one's own account: subscribing, what was sent, and sending again what was given up.

The same service functions as the API's subscriptions; a form's filter is that of a question.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.datastructures import FormMultiDict
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.api.questions import one_of
from directory.api.watch import looked_up
from directory.pages.account import STATES
from directory.pages.audit_words import Problem
from directory.pages.own import MENDED, PRIVATE, SEE_OTHER, refusal, to, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from directory.pages.words import N_, WORDS
from services.accounts import Principal
from services.errors import BadQuestion
from services.find.changes import end_of_log
from services.terms import DeliveryState, EventKind, SubscriptionState
from services.watch import lists, subscriptions
from services.watch.filter import Filter, read_filter
from services.watch.lists import WatchlistView
from services.watch.subscriptions import DeliveryView, Made, SubscriptionView

MOST_SENT = 40  # messages shown of a webhook
# the kinds of an event that a form offers, the gravest first
EVENTS = (
    EventKind.SUSPENDED,
    EventKind.WITHDRAWN,
    EventKind.REVOKED,
    EventKind.SURRENDERED,
    EventKind.TRANSFERRED_OUT,
    EventKind.RENEWED,
    EventKind.EXTENDED_TO,
)
# fields of a filter as a form and an address name them; those of the first row are typed or picked
TYPED = ("country", "issuer")
CARRIED = ("kind", "what", "source", "body", "market", "repeats")
SENT_STATES = {
    DeliveryState.WAITING: ("wait", "unk", N_("waiting")),
    DeliveryState.DELIVERED: ("yes", "ok", N_("delivered")),
    DeliveryState.DEAD: ("out", "bad", N_("given up")),
}
_LABELS: Mapping[str, str] = {
    "kinds": N_("What happened"),
    "what": N_("Of what"),
    "events": N_("Change of status"),
    "countries": N_("Country"),
    "markets": N_("Routes to the market"),
    "issuers": N_("Accredited by"),
    "bodies": N_("Body"),
    "sources": N_("Source"),
}
_FAMILIES = {"kinds": "change", "what": "what", "events": "event_word"}
_NUMBER = N_("Write a position of the log as a whole number.")


def told(tongue: Tongue, filters: Mapping[str, Any]) -> list[tuple[str, str]]:
    """A filter as the table keeps it, in words: (field, its values)."""

    def said(name: str, value: str) -> str:
        if name in ("countries", "markets"):
            return tongue.country(value)
        word = WORDS[_FAMILIES[name]].get(value, value) if name in _FAMILIES else value
        return tongue(word) if name in _FAMILIES else word

    found = [
        (tongue(label), tongue.listed(said(name, value) for value in filters[name]))
        for name, label in _LABELS.items()
        if filters.get(name)
    ]
    if filters.get("repeats") is False:
        found.append((tongue(N_("Repeats")), tongue(N_("left out"))))
    return found


# --- subscribing ---------------------------------------------------------------------------------


def form_page(
    frame: Frame,
    own: Sequence[WatchlistView],
    sent: Mapping[str, str],
    refused: Problem | None = None,
) -> str:
    """``sent``: the fields as they were typed, or as the list of changes was filtered."""
    carried = {name: sent[name] for name in CARRIED if sent.get(name)}
    return render(
        frame,
        "webhook_new.html",
        lists=own,
        sent=sent,
        events=EVENTS,
        chosen=set(sent.get("event", "").split(",")),
        carried=carried,
        carried_words=_carried_words(frame.tongue, carried),
        refused=refused,
        meta=None,
        banner=Banners(),
    )


def _carried_words(tongue: Tongue, carried: Mapping[str, str]) -> list[tuple[str, str]]:
    try:
        wanted = _filter(carried)
    except BadQuestion:
        return []  # it is refused when it is sent, with its reason
    return told(tongue, msgspec.to_builtins(wanted))


def made_page(frame: Frame, made: Made, watchlist: str) -> str:
    return render(
        frame,
        "webhook_made.html",
        made=made,
        filters=told(frame.tongue, made.subscription.filters),
        watchlist=watchlist,
        meta=None,
        banner=Banners(),
    )


def _fields(form: FormMultiDict | Mapping[str, str]) -> dict[str, str]:
    """A form's or an address's fields; several events have commas between."""
    names = ("url", "watchlist", *TYPED, *CARRIED)
    sent = {name: str(form.get(name, "")).strip() for name in names}
    every = form.getall("event", []) if isinstance(form, FormMultiDict) else [form.get("event")]
    sent["event"] = ",".join(str(one) for one in every if one)
    for name in TYPED:  # a Chinese keyboard has other commas
        sent[name] = re.sub(r"[，、;；]", ",", sent[name])
    return sent


def _filter(sent: Mapping[str, str]) -> Filter:
    """Raises BadQuestion for a word that no filter takes."""

    def word(name: str) -> str:
        return sent.get(name, "")

    return read_filter(
        kind=word("kind"), what=word("what"), event=word("event"), country=word("country"),
        market=word("market"), issuer=word("issuer"), body=word("body"), source=word("source"),
        repeats=word("repeats") != "hidden",
    )  # fmt: skip


@get("/account/webhooks/new")
async def new(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue]
) -> Response[str] | Redirect:
    """The form, filled with the filter that the address brings from the list of changes."""
    owner = await who.principal_or_none(request)
    sent = _fields(dict(request.query_params.items()))
    frame = Frame(tongue, "/account/webhooks/new", tuple((k, v) for k, v in sent.items() if v))
    if owner is None:
        return to_sign_in(tongue, frame.here())
    own = await edge.read(request, lists.lists, owner.account_id)
    return page(form_page(frame, own, sent), headers=PRIVATE)


@post("/account/webhooks", status_code=200)
async def subscribe(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue]
) -> Response[str] | Redirect:
    """The secret is told in this answer and nowhere else, so that it is no redirect."""
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path("/account/webhooks/new"))
    sent = _fields(await request.form())
    frame = Frame(tongue, "/account/webhooks/new", tuple((k, v) for k, v in sent.items() if v))
    try:
        wanted = _filter(sent)
        await looked_up(request, sent["url"])
        made = await edge.write(
            request,
            subscriptions.make,
            owner.account_id,
            sent["url"],
            wanted,
            sent["watchlist"],
            edge.settings(request).fetch.private_hosts,
            edge.now(request),
        )
    except MENDED as fault:
        own = await edge.read(request, lists.lists, owner.account_id)
        html = form_page(frame, own, sent, refusal(tongue, fault))
        return page(html, 400, PRIVATE)
    named = await edge.read(request, _list_name, owner.account_id, made.subscription)
    at = Frame(tongue, f"/account/webhooks/{made.subscription.id}")
    return page(made_page(at, made, named), headers=PRIVATE)


def _list_name(conn: Connection, account_id: int, one: SubscriptionView) -> str:
    own = lists.lists(conn, account_id) if one.watchlist else ()
    return next((each.name for each in own if each.id == one.watchlist), "")


# --- one webhook ---------------------------------------------------------------------------------

Seen = tuple[SubscriptionView, str, tuple[DeliveryView, ...], int]


def _seen(conn: Connection, account_id: int, webhook_id: str, state: str) -> Seen:
    one = subscriptions.read(conn, account_id, webhook_id)
    asked = DeliveryState(state) if state else None
    sent = subscriptions.deliveries(conn, account_id, webhook_id, state=asked, limit=MOST_SENT)
    return one, _list_name(conn, account_id, one), sent, end_of_log(conn)[0]


def webhook_page(frame: Frame, seen: Seen, state: str = "", refused: Problem | None = None) -> str:
    one, watchlist, sent, end = seen
    return render(
        frame,
        "webhook.html",
        one=one,
        watchlist=watchlist,
        filters=told(frame.tongue, one.filters),
        sent=sent,
        end=end,
        state_chosen=state,
        states=STATES,
        sent_states=SENT_STATES,
        refused=refused,
        meta=None,
        banner=Banners(),
    )


def _at(webhook_id: str) -> str:
    return f"/account/webhooks/{webhook_id}"


@get("/account/webhooks/{webhook_id:str}")
async def webhook(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], webhook_id: FromPath[str]
) -> Response[str] | Redirect:
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path(_at(webhook_id)))
    state = one_of("state", request.query_params.get("state", "").strip(), DeliveryState)
    seen = await edge.snapshot(request, _seen, owner.account_id, webhook_id, state)
    frame = Frame(tongue, _at(webhook_id), (("state", state),) if state else ())
    return page(webhook_page(frame, seen, state), headers=PRIVATE)


async def _do(
    request: edge.AnyRequest,
    tongue: Tongue,
    webhook_id: str,
    deed: Callable[[Connection, Principal], object],
) -> Response[str] | Redirect:
    """Something is done to a webhook; its page follows, with the reason where it was refused."""
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path(_at(webhook_id)))
    try:
        await edge.write(request, deed, owner)
    except MENDED as fault:
        seen = await edge.snapshot(request, _seen, owner.account_id, webhook_id, "")
        html = webhook_page(Frame(tongue, _at(webhook_id)), seen, refused=refusal(tongue, fault))
        return page(html, 400, PRIVATE)
    return to(tongue, _at(webhook_id))


@post("/account/webhooks/{webhook_id:str}/pause", status_code=SEE_OTHER)
async def pause(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], webhook_id: FromPath[str]
) -> Response[str] | Redirect:
    def deed(conn: Connection, owner: Principal) -> object:
        paused = SubscriptionState.PAUSED
        return subscriptions.set_state(conn, owner.account_id, webhook_id, paused)

    return await _do(request, tongue, webhook_id, deed)


@post("/account/webhooks/{webhook_id:str}/resume", status_code=SEE_OTHER)
async def resume(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], webhook_id: FromPath[str]
) -> Response[str] | Redirect:
    def deed(conn: Connection, owner: Principal) -> object:
        active = SubscriptionState.ACTIVE
        return subscriptions.set_state(conn, owner.account_id, webhook_id, active)

    return await _do(request, tongue, webhook_id, deed)


@post("/account/webhooks/{webhook_id:str}/test", status_code=SEE_OTHER)
async def send_test(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], webhook_id: FromPath[str]
) -> Response[str] | Redirect:
    now = edge.now(request)

    def deed(conn: Connection, owner: Principal) -> object:
        return subscriptions.send_test(conn, owner.account_id, webhook_id, now)

    return await _do(request, tongue, webhook_id, deed)


@post("/account/webhooks/{webhook_id:str}/replay", status_code=SEE_OTHER)
async def replay(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], webhook_id: FromPath[str]
) -> Response[str] | Redirect:
    """Begin again with a position of the log, which may be the whole of it (0)."""
    typed = str((await request.form()).get("from", "")).strip()

    def deed(conn: Connection, owner: Principal) -> object:
        if not (typed.isascii() and typed.isdigit() and len(typed) <= 18):
            raise BadQuestion(tongue(_NUMBER))
        return subscriptions.replay(conn, owner.account_id, webhook_id, int(typed))

    return await _do(request, tongue, webhook_id, deed)


@post("/account/webhooks/{webhook_id:str}/deliveries/{delivery_id:str}/retry", status_code=303)
async def retry(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    webhook_id: FromPath[str],
    delivery_id: FromPath[str],
) -> Response[str] | Redirect:
    """What was given up is sent once more, with all its attempts."""
    now = edge.now(request)

    def deed(conn: Connection, owner: Principal) -> object:
        return subscriptions.retry(conn, owner.account_id, webhook_id, delivery_id, now)

    return await _do(request, tongue, webhook_id, deed)


@post("/account/webhooks/{webhook_id:str}/delete", status_code=SEE_OTHER)
async def delete(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], webhook_id: FromPath[str]
) -> Redirect:
    owner = await who.principal_or_none(request)
    if owner is None:
        return to_sign_in(tongue, tongue.path(_at(webhook_id)))
    await edge.write(request, subscriptions.drop, owner.account_id, webhook_id)
    return to(tongue, "/account")


handlers = (new, subscribe, webhook, pause, resume, send_test, replay, retry, delete)
