"""Following the changes: a feed for readers of feeds, a stream of events for programs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from enum import StrEnum
from typing import Annotated
from urllib.parse import urlencode

import msgspec
import structlog
from litestar import Response, Router, get
from litestar.di import NamedDependency, Provide
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import HeaderParameter
from litestar.response import Stream
from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from directory import edge
from directory.api import examples, questions
from directory.api.answers import (
    EDITION,
    NOT_MODIFIED,
    ChangesAnswer,
    fresh,
    shown_tagged,
    tagged,
)
from directory.api.problems import BadParameter, declared
from directory.who import principal
from services.find import changes as changing
from services.terms import Changed, ChangeKind
from services.watch import atom, lists
from services.watch.feed import Place, news, shown
from services.watch.filter import Filter, checked, read_filter
from services.watch.wake import Bell
from services.watch.words import Lang

log = structlog.get_logger("labdir.web")

MOST_STREAMS = 100  # a process
HEARTBEAT_SECONDS = 15.0
_AT_ONCE = 200  # changes read from the log in one go
_AGAIN_MS = 2000  # how long a browser waits before it comes back
_PROBLEMS = (400, 401, 403, 404, 405, 500, 503)


class Repeats(StrEnum):
    SHOWN = "shown"
    HIDDEN = "hidden"


RepeatsAre = Annotated[
    str,
    questions.text(
        "repeats",
        "shown, or hidden: without what another record had already said",
        "hidden",
        **questions.values_of(Repeats),
    ),
]
LangIs = Annotated[
    str,
    questions.text(
        "lang", "titles in English (en) or Chinese (zh)", "zh", **questions.values_of(Lang)
    ),
]
LastEventId = Annotated[
    str | None,
    HeaderParameter(
        name="Last-Event-ID",
        required=False,
        description="the id of the last event that arrived: what came after it follows",
    ),
]
From = Annotated[
    str,
    questions.text(
        "cursor",
        "begin after this place of the log, as 8.0; with what comes next if left out",
        "8.0",
        questions.MAX_CURSOR,
    ),
]


async def read_wanted(
    request: edge.AnyRequest,
    kind: questions.Kind = "",
    what: questions.What = "",
    event: questions.Event = "",
    country: questions.CountryOf = "",
    market: questions.MarketOf = "",
    issuer: questions.IssuerOf = "",
    source: questions.SourceKey = "",
    of_body: questions.BodyIs = "",
    watchlist: questions.WatchlistIs = "",
    repeats: RepeatsAre = "",
) -> Filter:
    """The filter of a question. Raises BadParameter, BadQuestion for what is not in the directory,
    NotFound for a watchlist that is not one's own and Unauthorized for anybody's."""
    wanted = read_filter(
        kind=questions.one_of("kind", kind, ChangeKind),
        what=questions.one_of("what", what, Changed),
        event=event,
        country=country,
        market=market,
        issuer=issuer,
        source=source,
        body=of_body,
        repeats=questions.one_of("repeats", repeats, Repeats) != Repeats.HIDDEN,
    )
    if wanted.issuers or wanted.bodies or wanted.sources:
        wanted = await edge.read(request, checked, wanted)
    if watchlist.strip():
        owner = await principal(request)
        own = await edge.read(request, lists.owned, owner.account_id, watchlist.strip())
        wanted = msgspec.structs.replace(wanted, watchlist=own)
    return wanted


Wanted = NamedDependency[Filter]


@get(
    "/changes",
    operation_id="listChanges",
    summary="What changed",
    description="Changes in log order. Readers ask for the newest; followers ask with "
    "`order=oldest`, keep `meta.next_cursor` (log position and row) and ask again from there: no "
    "change is missed and none comes twice. The same filters serve the feed, the stream and "
    "subscriptions.",
    tags=["Changes"],
    responses=shown_tagged(ChangesAnswer, "One page of changes.", examples.CHANGES, *_PROBLEMS),
)
async def list_changes(
    request: edge.AnyRequest,
    wanted: Wanted,
    order: questions.OrderIs = "newest",
    cursor: questions.Cursor = "",
    limit: questions.Limit1000 = 100,
) -> Response[ChangesAnswer]:
    # a watchlist is its owner's and changes without the log
    answer = tagged if wanted.watchlist is None else fresh
    return await answer(
        request,
        ChangesAnswer,
        changing.wanted_changes,
        wanted,
        order=questions.one_of("order", order, questions.Order) or questions.Order.NEWEST.value,
        cursor=cursor,
        limit=limit,
    )


@get(
    "/changes.atom",
    operation_id="feedChanges",
    summary="What changed, as a feed",
    description="The newest changes as an Atom feed (RFC 4287), with the filters of "
    "/api/v1/changes. An entry's id is made of its place in the log and never changes. Older "
    "pages follow by `rel=next`.",
    tags=["Changes"],
    responses={
        200: ResponseSpec(
            bytes, description="The feed.", media_type=atom.MEDIA_TYPE, generate_examples=False
        ),
        304: NOT_MODIFIED,
        **declared(*_PROBLEMS),
    },
)
async def feed_changes(
    request: edge.AnyRequest,
    wanted: Wanted,
    lang: LangIs = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 50,
) -> Response[bytes]:
    tongue = Lang(questions.one_of("lang", lang, Lang) or Lang.EN.value)
    path, base = request.url.path, str(request.base_url).rstrip("/")
    asked = [(name, value) for name, value in request.query_params.multi_items() if value]
    filters = sorted(one for one in asked if one[0] not in ("cursor", "limit"))
    origin = edge.settings(request).proof.origin

    def write(conn: Connection) -> tuple[str, bytes | None]:
        etag = edge.tag(request, edge.stand(conn), EDITION)
        if wanted.watchlist is None and edge.matches(request, etag):
            return etag, None
        found, meta = changing.wanted_changes(conn, wanted, cursor=cursor, limit=limit)
        older = [*(one for one in asked if one[0] != "cursor"), ("cursor", meta.next_cursor)]
        return etag, atom.feed(
            found,
            meta,
            origin=origin,
            base=base,
            filters=urlencode(filters),
            asked=f"{path}?{urlencode(asked)}" if asked else path,
            following=f"{path}?{urlencode(older)}" if meta.next_cursor else None,
            lang=tongue,
        )

    etag, body = await edge.snapshot(request, write)
    if wanted.watchlist is not None:
        return Response(
            body or b"", media_type=atom.MEDIA_TYPE, headers={"cache-control": "no-store"}
        )
    headers = {"etag": etag, "cache-control": "no-cache"}
    if body is None:
        return Response(b"", status_code=304, headers=headers)
    return Response(body, media_type=atom.MEDIA_TYPE, headers=headers)


class Streams:
    """The streams that are open in this process: bounded, because each holds a connection."""

    def __init__(self, most: int = MOST_STREAMS) -> None:
        self.most = most
        self.open = 0

    @contextlib.contextmanager
    def one_more(self) -> Iterator[None]:
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

    def room(self) -> None:
        """Raises Unavailable where as many are open as may be."""
        if self.open >= self.most:
            raise edge.Unavailable(
                f"{self.most} streams are open here, as many as may be at once.",
                "Come back in a while, or ask /api/v1/changes with order=oldest.",
            )


_STREAMED = (
    f"retry: {_AGAIN_MS}\nid: 8.0\n\n"
    'event: change\nid: 8.1\ndata: {"cursor": "8.1", "kind": "added", …}\n\n'
)


@get(
    "/changes/stream",
    operation_id="streamChanges",
    summary="What changes, as it happens",
    description="Server-sent events: each change that the filters want as an event `change`, its "
    "data the change as /api/v1/changes gives it, its id the place in the log. Whoever comes back "
    "with Last-Event-ID misses nothing. A comment every 15 seconds keeps the line alive.",
    tags=["Changes"],
    responses={
        200: ResponseSpec(
            str,
            description="The stream; it ends when either side hangs up.",
            media_type="text/event-stream",
            generate_examples=False,
            examples=[Example(summary="The beginning of a stream", value=_STREAMED)],
        ),
        **declared(*_PROBLEMS),
    },
)
async def stream_changes(
    request: edge.AnyRequest,
    wanted: Wanted,
    last_event_id: LastEventId = None,
    cursor: From = "",
) -> Response[None] | Stream:
    headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
    streams: Streams = request.app.state["streams"]
    bell = edge.door(request).bell
    given = (last_event_id or "").strip() or cursor.strip()
    begin = changing.place(given) if given else await edge.read(request, changing.end_of_log)
    if begin > await edge.read(request, changing.end_of_log):
        raise BadParameter(
            "Last-Event-ID" if last_event_id else "cursor",
            f'"{given}" is beyond the end of the log.',
            "Begin without it, with what comes next.",
        )
    streams.room()
    if edge.visit(request).head or bell is None:
        return Response(None, media_type="text/event-stream", headers=headers)
    return Stream(
        _told(request, bell, streams, wanted, begin),
        media_type="text/event-stream",
        headers=headers,
    )


async def _told(
    request: edge.AnyRequest, bell: Bell, streams: Streams, wanted: Filter, place: Place
) -> AsyncIterator[str]:
    """The stream's text, until the server stops or the database is away."""
    with streams.one_more():
        yield f"retry: {_AGAIN_MS}\n{_id(place)}\n"
        silent_since = asyncio.get_running_loop().time()
        while not bell.closed:
            ticket, before = bell.ticket(), place
            more = True
            while more:
                try:
                    found, place, more = await edge.read(request, news, wanted, place, _AT_ONCE)
                except (SQLAlchemyError, OSError) as fault:
                    log.warning("stream_ended", why=str(fault).splitlines()[0])
                    return  # whoever comes back is told by a problem, and by when it is better
                for change in found:
                    said = msgspec.json.encode(change).decode()
                    yield f"event: change\nid: {change.cursor}\ndata: {said}\n\n"
            if place != before:
                yield f"{_id(place)}\n"  # no event: what was looked at is not looked at again
                silent_since = asyncio.get_running_loop().time()
            left = silent_since + HEARTBEAT_SECONDS - asyncio.get_running_loop().time()
            if not await bell.heard(ticket, max(left, 0.0)) and left <= 0:
                yield ":\n\n"
                silent_since = asyncio.get_running_loop().time()


def _id(place: Place) -> str:
    said = shown(place)
    return f"id: {said}\n" if said else ""


following = Router(
    "/",
    route_handlers=[list_changes, feed_changes, stream_changes],
    dependencies={"wanted": Provide(read_wanted)},
)
