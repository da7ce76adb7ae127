"""Keys and subscriptions of every account, for operators."""

from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter

from directory import edge
from directory.api import questions
from directory.api.desk import BecauseIn, Done, DoneAnswer
from directory.api.watch_forms import shown
from directory.who import principal
from services.desk import access
from services.desk.access import KeyLine, KeyMade, SubscriptionLine
from services.terms import DeskAction, Role, SubscriptionState

_TAGS = ["Desk"]
_AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_NO_STORE = {"cache-control": "no-store"}


class KeysAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[KeyLine, ...]
    next_cursor: str | None
    as_at: datetime


class KeyMadeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: KeyMade
    as_at: datetime


class SubscriptionLinesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    data: tuple[SubscriptionLine, ...]
    next_cursor: str | None
    as_at: datetime


class KeyIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`account`: by its name; `label`: what the key is for."""

    account: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    label: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


_KEYS = KeysAnswer(
    data=(
        KeyLine(
            id="k5", account="Harbour desk", role=Role.READER, label="nightly audit",
            created_at=_AT, expires_at=None,
        ),
    ),
    next_cursor=None,
    as_at=_AT,
)  # fmt: skip
_MADE = KeyMadeAnswer(
    data=KeyMade(id="k6", account="Harbour desk", label="nightly audit", key="labdir_EXAMPLE"),
    as_at=_AT,
)
_SUBSCRIPTIONS = SubscriptionLinesAnswer(
    data=(
        SubscriptionLine(
            id="s7", account="Harbour desk", host="office.example",
            state=SubscriptionState.ACTIVE, created_at=_AT, waiting=0, dead=2,
        ),
    ),
    next_cursor=None,
    as_at=_AT,
)  # fmt: skip
_WHY = Example(summary="A reason", value=BecauseIn(because="The office has closed."))
_NEW = Example(summary="A key", value=KeyIn(account="Harbour desk", label="nightly audit"))
KeyId = Annotated[
    str,
    PathParameter(
        description="a key's id, as the list has it",
        examples=[Example(summary="a key", value="k5")],
    ),
]
SubscriptionId = Annotated[
    str,
    PathParameter(
        description="a subscription's id, as the list has it",
        examples=[Example(summary="a subscription", value="s7")],
    ),
]


def _ended(action: DeskAction, object_: str) -> DoneAnswer:
    return DoneAnswer(data=Done(object=object_, action=action), as_at=_AT)


@get(
    "/desk/keys",
    operation_id="listKeys",
    summary="API keys of all accounts",
    description="Those that open an account now, the newest first; no key itself is kept or told. "
    "For operators.",
    tags=_TAGS,
    responses=shown(KeysAnswer, "One page of keys.", _KEYS),
)
async def list_keys(
    request: edge.AnyRequest, cursor: questions.Cursor = "", limit: questions.Limit200 = 50
) -> Response[KeysAnswer]:
    await principal(request, Role.OPERATOR)
    now = edge.now(request)
    found, following = await edge.snapshot(
        request, access.keys, now, cursor=cursor.strip(), limit=limit
    )
    return Response(KeysAnswer(data=found, next_cursor=following, as_at=now), headers=_NO_STORE)


@post(
    "/desk/keys",
    status_code=201,
    operation_id="makeKey",
    summary="Make an API key for an account",
    description="The key is told in this answer and never again. For operators.",
    tags=_TAGS,
    responses=shown(KeyMadeAnswer, "The key.", _MADE, 409, status=201),
)
async def make_key(
    request: edge.AnyRequest, data: Annotated[KeyIn, Body(examples=[_NEW])]
) -> Response[KeyMadeAnswer]:
    who, now = await principal(request, Role.OPERATOR), edge.now(request)
    made = await edge.write(request, access.make_key, who, data.account, data.label, now)
    return Response(KeyMadeAnswer(data=made, as_at=now), status_code=201, headers=_NO_STORE)


@post(
    "/desk/keys/{key_id:str}/end",
    status_code=200,
    operation_id="endKey",
    summary="End an API key",
    description="It opens nothing more. Who comes second is told (409). For operators.",
    tags=_TAGS,
    responses=shown(DoneAnswer, "Done.", _ended(DeskAction.KEY_ENDED, "key k5"), 409),
)
async def end_key(
    request: edge.AnyRequest,
    key_id: KeyId,
    data: Annotated[BecauseIn, Body(examples=[_WHY])],
) -> Response[DoneAnswer]:
    who, now = await principal(request, Role.OPERATOR), edge.now(request)
    await edge.write(request, access.end_key, who, key_id, data.because, now)
    done = Done(object=f"key {key_id}", action=DeskAction.KEY_ENDED)
    return Response(DoneAnswer(data=done, as_at=now), headers=_NO_STORE)


@get(
    "/desk/subscriptions",
    operation_id="listAllSubscriptions",
    summary="Subscriptions of all accounts",
    description="Where changes are sent to, the newest first; of an address the host alone is "
    "told, as its path may hold its owner's secret. For operators.",
    tags=_TAGS,
    responses=shown(SubscriptionLinesAnswer, "One page of subscriptions.", _SUBSCRIPTIONS),
)
async def list_subscriptions(
    request: edge.AnyRequest, cursor: questions.Cursor = "", limit: questions.Limit200 = 50
) -> Response[SubscriptionLinesAnswer]:
    await principal(request, Role.OPERATOR)
    found, following = await edge.snapshot(
        request, access.subscriptions, cursor=cursor.strip(), limit=limit
    )
    said = SubscriptionLinesAnswer(data=found, next_cursor=following, as_at=edge.now(request))
    return Response(said, headers=_NO_STORE)


@post(
    "/desk/subscriptions/{subscription_id:str}/end",
    status_code=200,
    operation_id="endSubscription",
    summary="End an account's subscription",
    description="Nothing more is sent until its owner resumes it. For operators.",
    tags=_TAGS,
    responses=shown(
        DoneAnswer, "Done.", _ended(DeskAction.SUBSCRIPTION_ENDED, "subscription s7"), 409
    ),
)
async def end_subscription(
    request: edge.AnyRequest,
    subscription_id: SubscriptionId,
    data: Annotated[BecauseIn, Body(examples=[_WHY])],
) -> Response[DoneAnswer]:
    who, now = await principal(request, Role.OPERATOR), edge.now(request)
    await edge.write(request, access.end_subscription, who, subscription_id, data.because, now)
    done = Done(object=f"subscription {subscription_id}", action=DeskAction.SUBSCRIPTION_ENDED)
    return Response(DoneAnswer(data=done, as_at=now), headers=_NO_STORE)


handlers: list[Any] = [
    list_keys, make_key, end_key, list_subscriptions, end_subscription,
]  # fmt: skip
