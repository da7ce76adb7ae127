"""What is sent to and answered by watchlists, subscriptions and the question of what is touched."""

from datetime import UTC, date, datetime
from typing import Annotated, Any, TypeVar

import msgspec
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import PathParameter

from directory.api import questions
from directory.api.problems import declared
from services.find.views import NameView
from services.terms import (
    Changed,
    ChangeKind,
    DeliveryState,
    EventKind,
    NameKind,
    SubscriptionState,
)
from services.watch.filter import Filter
from services.watch.lists import WatchedBody, WatchlistView, WatchlistWhole
from services.watch.subscriptions import DeliveryView, Made, SubscriptionView
from services.watch.touches import Beside, Touched, TouchedAudit, TouchedLine

T = TypeVar("T")
Short = Annotated[str, msgspec.Meta(max_length=300)]
Id = Annotated[str, msgspec.Meta(max_length=20)]
Ids = Annotated[tuple[Id, ...], msgspec.Meta(max_length=1000)]
Few = Annotated[tuple[Short, ...], msgspec.Meta(max_length=100)]


class _In(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class WatchlistIn(_In, frozen=True, kw_only=True):
    """A new watchlist; `bodies` are ids, as b12."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]
    bodies: Ids = ()


class RenameIn(_In, frozen=True, kw_only=True):
    """Another name for a watchlist."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=80)]


class BodiesIn(_In, frozen=True, kw_only=True):
    """Bodies to put in: ids, as b12; at most 1,000 at once."""

    bodies: Annotated[tuple[Id, ...], msgspec.Meta(min_length=1, max_length=1000)]


class FilterIn(_In, frozen=True, kw_only=True):
    """Which changes; an empty field asks for nothing, values of one field are alternatives.

    `events`: changes of status to one of these words. `markets`: changes of these markets' routes.
    `repeats`: also what another record had already said.
    """

    kinds: Annotated[tuple[ChangeKind, ...], msgspec.Meta(max_length=20)] = ()
    what: Annotated[tuple[Changed, ...], msgspec.Meta(max_length=20)] = ()
    events: Annotated[tuple[EventKind, ...], msgspec.Meta(max_length=20)] = ()
    countries: Few = ()
    markets: Few = ()
    issuers: Few = ()
    bodies: Few = ()
    sources: Few = ()
    repeats: bool = True


class SubscriptionIn(_In, frozen=True, kw_only=True):
    """A new subscription. `url`: where messages go, https. `watchlist`: only changes of its bodies,
    as w5."""

    url: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    filters: FilterIn = FilterIn()
    watchlist: Annotated[str, msgspec.Meta(max_length=20)] = ""


class ReplayIn(_In, frozen=True, kw_only=True, rename={"position": "from"}):
    """`from`: the position of the log to begin with."""

    position: int


class _Answer(msgspec.Struct, frozen=True, kw_only=True):
    """`as_at`: when the question came."""

    as_at: datetime


class WatchlistsAnswer(_Answer, frozen=True, kw_only=True):
    data: tuple[WatchlistView, ...]


class WatchlistAnswer(_Answer, frozen=True, kw_only=True):
    data: WatchlistWhole


class SubscriptionsAnswer(_Answer, frozen=True, kw_only=True):
    data: tuple[SubscriptionView, ...]


class SubscriptionAnswer(_Answer, frozen=True, kw_only=True):
    data: SubscriptionView


class MadeAnswer(_Answer, frozen=True, kw_only=True):
    data: Made


class DeliveriesAnswer(_Answer, frozen=True, kw_only=True):
    data: tuple[DeliveryView, ...]


class DeliveryAnswer(_Answer, frozen=True, kw_only=True):
    data: DeliveryView


class TouchedAnswer(_Answer, frozen=True, kw_only=True):
    data: Touched


def filter_of(given: FilterIn) -> Filter:
    """The filter as services take it."""
    return msgspec.convert(msgspec.structs.asdict(given), Filter)


def _id(description: str, example: str) -> Any:
    return PathParameter(
        description=description, examples=[Example(summary=description, value=example)]
    )


WatchlistId = Annotated[str, _id("a watchlist's id, as w5", "w5")]
SubscriptionId = Annotated[str, _id("a subscription's id, as s7", "s7")]
DeliveryId = Annotated[str, _id("a delivery's id, as d9", "d9")]
Place = Annotated[str, _id("a change's place in the log, as 8.1", "8.1")]
StateIs = Annotated[
    str,
    questions.text(
        "state",
        "only those that are: " + ", ".join(state.value for state in DeliveryState),
        "dead",
        **questions.values_of(DeliveryState),
    ),
]
Before = Annotated[
    str, questions.text("cursor", "only those before this one: the last id of the page", "d9")
]

_PROBLEMS = (400, 401, 403, 404, 405, 500, 503)


def shown(
    form: type[T], description: str, example: T, *problems: int, status: int = 200
) -> dict[int, Any]:
    """What an operation of an account answers, with an example, and its problems."""
    spec = ResponseSpec(
        form,
        description=description,
        generate_examples=False,
        examples=[Example(summary="A made-up answer", value=example)],
    )
    return {status: spec, **declared(*_PROBLEMS, *problems)}


def gone(*problems: int) -> dict[int, Any]:
    """Of an operation that answers nothing."""
    return declared(*_PROBLEMS, *problems)


_AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
_LIST = WatchlistView(id="w5", name="Battery suppliers", created_at=_AT, bodies=1, subscriptions=1)
_NAMES = (NameView(text="Harbour Light Testing Co.", lang="en", kind=NameKind.REGISTERED),)
_SUBSCRIPTION = SubscriptionView(
    id="s7",
    url="https://office.example/labdir",
    state=SubscriptionState.ACTIVE,
    filters={"events": ["suspended", "withdrawn"], "countries": ["SG"]},
    watchlist="w5",
    place="8.1",
    created_at=_AT,
    waiting=0,
    dead=1,
)
_DELIVERY = DeliveryView(
    id="d9",
    message_id="msg_1f0c6a3e5b7d4d0e9a2b8c4d6e8f0a1b",
    state=DeliveryState.DEAD,
    changes=1,
    first="8.1",
    last="8.1",
    attempts=9,
    created_at=_AT,
    next_try_at=None,
    delivered_at=None,
    answers=("2026-06-01T12:00:01Z 503 Service Unavailable",),
)
LISTS = WatchlistsAnswer(data=(_LIST,), as_at=_AT)
LIST = WatchlistAnswer(
    data=WatchlistWhole(
        list=_LIST, bodies=(WatchedBody(body="b12", names=_NAMES, added_at=_AT, merged="b9"),)
    ),
    as_at=_AT,
)
SUBSCRIPTIONS = SubscriptionsAnswer(data=(_SUBSCRIPTION,), as_at=_AT)
SUBSCRIPTION = SubscriptionAnswer(data=_SUBSCRIPTION, as_at=_AT)
MADE = MadeAnswer(
    data=Made(subscription=_SUBSCRIPTION, secret="whsec_c2hvd24gb25jZSwgYnkgdGhpcyBvbmx5ISE="),
    as_at=_AT,
)
DELIVERIES = DeliveriesAnswer(data=(_DELIVERY,), as_at=_AT)
DELIVERY = DeliveryAnswer(data=_DELIVERY, as_at=_AT)
TOUCHED = TouchedAnswer(
    data=Touched(
        event="suspended",
        accreditation="a34",
        label="EXAB L90001",
        body="b12",
        body_names=_NAMES,
        since=date(2026, 5, 20),
        until=None,
        dated=True,
        partial=True,
        lines=1,
        of_lines=2,
        shown_lines=(
            TouchedLine(
                key="1", object="Batteries", parameter="", method="IEC 62133-2:2017", sites=()
            ),
        ),
        beside=(Beside(id="a35", label="EXAB C90002", same_sites=("main",)),),
        audits=(
            TouchedAudit(
                id=3,
                name="Receipts of May",
                rows=2,
                numbers=(14, 80),
                first_on=date(2026, 5, 21),
                last_on=date(2026, 5, 30),
            ),
        ),
        watchlists=(_LIST,),
    ),
    as_at=_AT,
)
WATCHLIST_SENT = Example(
    summary="A list of one body", value=WatchlistIn(name="Battery suppliers", bodies=("b12",))
)
RENAME_SENT = Example(summary="Another name", value=RenameIn(name="Battery makers"))
BODIES_SENT = Example(summary="Two bodies", value=BodiesIn(bodies=("b12", "b13")))
SUBSCRIPTION_SENT = Example(
    summary="Suspensions and withdrawals on one list",
    value=SubscriptionIn(
        url="https://office.example/labdir",
        filters=FilterIn(events=(EventKind.SUSPENDED, EventKind.WITHDRAWN), countries=("SG",)),
        watchlist="w5",
    ),
)
REPLAY_SENT = Example(summary="From position 8 on", value=ReplayIn(position=8))
