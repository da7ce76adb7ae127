"""Watching: lists of bodies, webhooks that are told of changes, and what a change touches.

All of it is its owner's alone: what is another's is not there.
"""

import asyncio
from typing import Annotated, Any

from litestar import Response, delete, get, patch, post
from litestar.params import Body

from directory import edge
from directory.api import questions
from directory.api import watch_forms as forms
from directory.who import principal, principal_or_none
from services.errors import BadQuestion
from services.terms import DeliveryState, SubscriptionState
from services.watch import lists, subscriptions, touches
from services.watch.address import check

_LOOK_UP_SECONDS = 6.0
_TAGS = ["Watching"]


def _fresh(answer: Any, status: int = 200, **headers: str) -> Response[Any]:
    return Response(answer, status_code=status, headers={"cache-control": "no-store", **headers})


# --- watchlists ----------------------------------------------------------------------------------


async def _list(request: edge.AnyRequest, account: int, id_: str, status: int = 200) -> Any:
    found = await edge.read(request, lists.read, account, id_)
    said = forms.WatchlistAnswer(data=found, as_at=edge.now(request))
    return _fresh(said, status, location=f"/api/v1/watchlists/{id_}")


@get(
    "/watchlists",
    operation_id="listWatchlists",
    summary="Own watchlists",
    description="The account's watchlists, the oldest first.",
    tags=_TAGS,
    responses=forms.shown(forms.WatchlistsAnswer, "The lists.", forms.LISTS),
)
async def list_watchlists(request: edge.AnyRequest) -> Response[forms.WatchlistsAnswer]:
    who = await principal(request)
    found = await edge.read(request, lists.lists, who.account_id)
    return _fresh(forms.WatchlistsAnswer(data=found, as_at=edge.now(request)))


@post(
    "/watchlists",
    status_code=201,
    operation_id="makeWatchlist",
    summary="Make a watchlist",
    description="Bodies under a name, to be watched by filter or subscription. A body that was "
    "merged into another is followed: the list holds the one that it is now.",
    tags=_TAGS,
    responses=forms.shown(forms.WatchlistAnswer, "The list.", forms.LIST, 409, status=201),
)
async def make_watchlist(
    request: edge.AnyRequest,
    data: Annotated[forms.WatchlistIn, Body(examples=[forms.WATCHLIST_SENT])],
) -> Response[forms.WatchlistAnswer]:
    who = await principal(request)
    made = await edge.write(
        request, lists.make, who.account_id, data.name, data.bodies, edge.now(request)
    )
    answer: Response[forms.WatchlistAnswer] = await _list(request, who.account_id, made, 201)
    return answer


@get(
    "/watchlists/{watchlist_id:str}",
    operation_id="readWatchlist",
    summary="Read a watchlist",
    description="The list with its bodies under the names that they have now.",
    tags=_TAGS,
    responses=forms.shown(forms.WatchlistAnswer, "The list.", forms.LIST),
)
async def read_watchlist(
    request: edge.AnyRequest, watchlist_id: forms.WatchlistId
) -> Response[forms.WatchlistAnswer]:
    who = await principal(request)
    answer: Response[forms.WatchlistAnswer] = await _list(request, who.account_id, watchlist_id)
    return answer


@patch(
    "/watchlists/{watchlist_id:str}",
    operation_id="renameWatchlist",
    summary="Rename a watchlist",
    description="Its bodies and its id stay as they are.",
    tags=_TAGS,
    responses=forms.shown(forms.WatchlistAnswer, "The list.", forms.LIST),
)
async def rename_watchlist(
    request: edge.AnyRequest,
    watchlist_id: forms.WatchlistId,
    data: Annotated[forms.RenameIn, Body(examples=[forms.RENAME_SENT])],
) -> Response[forms.WatchlistAnswer]:
    who = await principal(request)
    await edge.write(request, lists.rename, who.account_id, watchlist_id, data.name)
    answer: Response[forms.WatchlistAnswer] = await _list(request, who.account_id, watchlist_id)
    return answer


@delete(
    "/watchlists/{watchlist_id:str}",
    operation_id="deleteWatchlist",
    summary="Delete a watchlist",
    description="Refused while a subscription uses it: that would go on in silence.",
    tags=_TAGS,
    responses=forms.gone(409),
)
async def delete_watchlist(request: edge.AnyRequest, watchlist_id: forms.WatchlistId) -> None:
    who = await principal(request)
    await edge.write(request, lists.drop, who.account_id, watchlist_id)


@post(
    "/watchlists/{watchlist_id:str}/bodies",
    status_code=200,
    operation_id="watchBodies",
    summary="Put bodies into a watchlist",
    description="All of them or none. One that is on the list stays as it is.",
    tags=_TAGS,
    responses=forms.shown(forms.WatchlistAnswer, "The list.", forms.LIST, 409),
)
async def watch_bodies(
    request: edge.AnyRequest,
    watchlist_id: forms.WatchlistId,
    data: Annotated[forms.BodiesIn, Body(examples=[forms.BODIES_SENT])],
) -> Response[forms.WatchlistAnswer]:
    who = await principal(request)
    await edge.write(
        request, lists.put, who.account_id, watchlist_id, data.bodies, edge.now(request)
    )
    answer: Response[forms.WatchlistAnswer] = await _list(request, who.account_id, watchlist_id)
    return answer


@delete(
    "/watchlists/{watchlist_id:str}/bodies/{body_id:str}",
    operation_id="unwatchBody",
    summary="Take a body out of a watchlist",
    description="By any id that the body has or had.",
    tags=_TAGS,
    responses=forms.gone(),
)
async def unwatch_body(
    request: edge.AnyRequest, watchlist_id: forms.WatchlistId, body_id: questions.BodyId
) -> None:
    who = await principal(request)
    await edge.write(request, lists.take, who.account_id, watchlist_id, body_id)


# --- subscriptions -------------------------------------------------------------------------------


async def looked_up(request: edge.AnyRequest, url: str) -> None:
    """Look the address up on a thread: a slow name server holds up this request alone."""
    hosts = edge.settings(request).fetch.private_hosts
    try:
        await asyncio.wait_for(asyncio.to_thread(check, url, hosts), _LOOK_UP_SECONDS)
    except TimeoutError as fault:
        raise BadQuestion(
            "url: its name could not be looked up in time.", "Try again, or use another name."
        ) from fault


@get(
    "/subscriptions",
    operation_id="listSubscriptions",
    summary="Own subscriptions",
    description="The account's subscriptions, the oldest first. No secret is told again.",
    tags=_TAGS,
    responses=forms.shown(forms.SubscriptionsAnswer, "Subscriptions.", forms.SUBSCRIPTIONS),
)
async def list_subscriptions(request: edge.AnyRequest) -> Response[forms.SubscriptionsAnswer]:
    who = await principal(request)
    found = await edge.read(request, subscriptions.subscriptions, who.account_id)
    return _fresh(forms.SubscriptionsAnswer(data=found, as_at=edge.now(request)))


@post(
    "/subscriptions",
    status_code=201,
    operation_id="subscribe",
    summary="Subscribe by webhook",
    description="What is published from now on is sent to `url` as signed messages (Standard "
    "Webhooks): `webhook-id`, `webhook-timestamp`, `webhook-signature`. The answer holds the "
    "secret, once. At most 100 changes a message, in the order of the log; tried again for a day, "
    "with the same bytes and id. Private addresses are refused, now and at every delivery.",
    tags=_TAGS,
    responses=forms.shown(forms.MadeAnswer, "The subscription.", forms.MADE, 409, status=201),
)
async def subscribe(
    request: edge.AnyRequest,
    data: Annotated[forms.SubscriptionIn, Body(examples=[forms.SUBSCRIPTION_SENT])],
) -> Response[forms.MadeAnswer]:
    who = await principal(request)
    await looked_up(request, data.url)
    made = await edge.write(
        request,
        subscriptions.make,
        who.account_id,
        data.url,
        forms.filter_of(data.filters),
        data.watchlist,
        edge.settings(request).fetch.private_hosts,
        edge.now(request),
    )
    said = forms.MadeAnswer(data=made, as_at=edge.now(request))
    return _fresh(said, 201, location=f"/api/v1/subscriptions/{made.subscription.id}")


@get(
    "/subscriptions/{subscription_id:str}",
    operation_id="readSubscription",
    summary="Read a subscription",
    description="How far the log was looked at for it, what waits and what was given up.",
    tags=_TAGS,
    responses=forms.shown(forms.SubscriptionAnswer, "It.", forms.SUBSCRIPTION),
)
async def read_subscription(
    request: edge.AnyRequest, subscription_id: forms.SubscriptionId
) -> Response[forms.SubscriptionAnswer]:
    who = await principal(request)
    found = await edge.read(request, subscriptions.read, who.account_id, subscription_id)
    return _fresh(forms.SubscriptionAnswer(data=found, as_at=edge.now(request)))


@delete(
    "/subscriptions/{subscription_id:str}",
    operation_id="unsubscribe",
    summary="End a subscription",
    description="With all that was still to be sent.",
    tags=_TAGS,
    responses=forms.gone(),
)
async def unsubscribe(request: edge.AnyRequest, subscription_id: forms.SubscriptionId) -> None:
    who = await principal(request)
    await edge.write(request, subscriptions.drop, who.account_id, subscription_id)


async def _set(
    request: edge.AnyRequest, subscription_id: str, state: SubscriptionState
) -> Response[forms.SubscriptionAnswer]:
    who = await principal(request)
    found = await edge.write(
        request, subscriptions.set_state, who.account_id, subscription_id, state
    )
    return _fresh(forms.SubscriptionAnswer(data=found, as_at=edge.now(request)))


@post(
    "/subscriptions/{subscription_id:str}/pause",
    status_code=200,
    operation_id="pauseSubscription",
    summary="Pause",
    description="Nothing is sent until it is resumed; nothing is lost meanwhile.",
    tags=_TAGS,
    responses=forms.shown(forms.SubscriptionAnswer, "It.", forms.SUBSCRIPTION),
)
async def pause(
    request: edge.AnyRequest, subscription_id: forms.SubscriptionId
) -> Response[forms.SubscriptionAnswer]:
    return await _set(request, subscription_id, SubscriptionState.PAUSED)


@post(
    "/subscriptions/{subscription_id:str}/resume",
    status_code=200,
    operation_id="resumeSubscription",
    summary="Resume",
    description="Go on where it was, also after the receiver ended it with 410.",
    tags=_TAGS,
    responses=forms.shown(forms.SubscriptionAnswer, "It.", forms.SUBSCRIPTION),
)
async def resume(
    request: edge.AnyRequest, subscription_id: forms.SubscriptionId
) -> Response[forms.SubscriptionAnswer]:
    return await _set(request, subscription_id, SubscriptionState.ACTIVE)


@post(
    "/subscriptions/{subscription_id:str}/replay",
    status_code=200,
    operation_id="replaySubscription",
    summary="Replay from a position",
    description="Send again all that was published at that position of the log and after it, in "
    "new messages. What still waited comes again in its turn.",
    tags=_TAGS,
    responses=forms.shown(forms.SubscriptionAnswer, "It.", forms.SUBSCRIPTION),
)
async def replay(
    request: edge.AnyRequest,
    subscription_id: forms.SubscriptionId,
    data: Annotated[forms.ReplayIn, Body(examples=[forms.REPLAY_SENT])],
) -> Response[forms.SubscriptionAnswer]:
    who = await principal(request)
    found = await edge.write(
        request, subscriptions.replay, who.account_id, subscription_id, data.position
    )
    return _fresh(forms.SubscriptionAnswer(data=found, as_at=edge.now(request)))


@post(
    "/subscriptions/{subscription_id:str}/test",
    status_code=202,
    operation_id="testSubscription",
    summary="Send a test message",
    description="A message of the type `subscription.test` without changes, within seconds.",
    tags=_TAGS,
    responses=forms.shown(forms.DeliveryAnswer, "The message.", forms.DELIVERY, 409, status=202),
)
async def send_test(
    request: edge.AnyRequest, subscription_id: forms.SubscriptionId
) -> Response[forms.DeliveryAnswer]:
    who = await principal(request)
    found = await edge.write(
        request, subscriptions.send_test, who.account_id, subscription_id, edge.now(request)
    )
    return _fresh(forms.DeliveryAnswer(data=found, as_at=edge.now(request)), 202)


@get(
    "/subscriptions/{subscription_id:str}/deliveries",
    operation_id="listDeliveries",
    summary="What was sent",
    description="Messages, the newest first, with what each attempt came to. Those that are `dead` "
    "were given up after nine attempts. What was delivered is shown for 30 days.",
    tags=_TAGS,
    responses=forms.shown(forms.DeliveriesAnswer, "One page of messages.", forms.DELIVERIES),
)
async def list_deliveries(
    request: edge.AnyRequest,
    subscription_id: forms.SubscriptionId,
    that_are: forms.StateIs = "",
    cursor: forms.Before = "",
    limit: questions.Limit200 = 50,
) -> Response[forms.DeliveriesAnswer]:
    who = await principal(request)
    asked = questions.one_of("state", that_are, DeliveryState)
    found = await edge.read(
        request,
        subscriptions.deliveries,
        who.account_id,
        subscription_id,
        state=DeliveryState(asked) if asked else None,
        cursor=cursor.strip(),
        limit=limit,
    )
    return _fresh(forms.DeliveriesAnswer(data=found, as_at=edge.now(request)))


@post(
    "/subscriptions/{subscription_id:str}/deliveries/{delivery_id:str}/retry",
    status_code=200,
    operation_id="retryDelivery",
    summary="Send again what was given up",
    description="The same bytes under the same id, with all its attempts.",
    tags=_TAGS,
    responses=forms.shown(forms.DeliveryAnswer, "The message.", forms.DELIVERY, 409),
)
async def retry(
    request: edge.AnyRequest,
    subscription_id: forms.SubscriptionId,
    delivery_id: forms.DeliveryId,
) -> Response[forms.DeliveryAnswer]:
    who = await principal(request)
    found = await edge.write(
        request,
        subscriptions.retry,
        who.account_id,
        subscription_id,
        delivery_id,
        edge.now(request),
    )
    return _fresh(forms.DeliveryAnswer(data=found, as_at=edge.now(request)))


# --- what a change touches -----------------------------------------------------------------------


@get(
    "/changes/{place:str}/touches",
    operation_id="readTouches",
    summary="What a change of status touches",
    description="Of a suspension, a withdrawal or any change of an accreditation's status: from "
    "which day, which scope lines, which other accreditations stand beside it; and, of the account "
    "that asks, which rows of its audits and which watchlists.",
    tags=["Changes"],
    responses=forms.shown(forms.TouchedAnswer, "What is touched.", forms.TOUCHED),
)
async def read_touches(
    request: edge.AnyRequest, place: forms.Place
) -> Response[forms.TouchedAnswer]:
    who = await principal_or_none(request)
    effect = await edge.read(request, touches.effect_of, place)
    found = await edge.snapshot(
        request,
        touches.touched,
        effect,
        account_id=who.account_id if who else None,
        now=edge.now(request),
    )
    return _fresh(forms.TouchedAnswer(data=found, as_at=edge.now(request)))


handlers = [
    *(list_watchlists, make_watchlist, read_watchlist, rename_watchlist, delete_watchlist),
    *(watch_bodies, unwatch_body),
    *(list_subscriptions, subscribe, read_subscription, unsubscribe, pause, resume, replay),
    *(send_test, list_deliveries, retry, read_touches),
]
