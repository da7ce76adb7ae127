"""The front door: ``directory.app:app``, served by granian as ASGI.

It starts without Redis and without a database: /health then says alive and /ready says why not.
"""

import gc
import os
import re
import time
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any

import structlog
from granian.utils.proxies import wrap_asgi_with_proxy_headers
from litestar import Litestar, Request, Response, Router
from litestar.config.app import AppConfig
from litestar.datastructures import State
from litestar.enums import MediaType, ScopeType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import Tag
from litestar.plugins import InitPlugin
from litestar.routes import HTTPRoute
from litestar.status_codes import HTTP_204_NO_CONTENT
from litestar.types import LifeSpanReceive, LifeSpanScope, LifeSpanSend, Message, Receive, Scope
from litestar.types import Send as HttpSend
from sqlalchemy.exc import SQLAlchemyError

from directory import edge, headers, pace, pages
from directory.api import (
    abroad,
    account,
    audits,
    bodies,
    brand,
    compare,
    conflicts,
    desk,
    desk_access,
    desk_lists,
    dossiers,
    feeds,
    freshness,
    health,
    markets,
    matches,
    obstacles,
    plans,
    problems,
    proofs,
    questions,
    reread,
    shortlists,
    sources,
    validity,
    watch,
)
from directory.api.answers import VERSION
from directory.api.reference import Forms, Reference
from directory.counts import Counts
from directory.pages import faults
from directory.stopping import heard_first
from services import accounts, logs
from services.errors import LabdirError
from services.sessions import Sessions
from services.settings import Settings, load
from services.terms import SecretKind
from services.watch.wake import Bell

log = structlog.get_logger("labdir.web")

# Addresses that machines ask: their errors are problems, everyone else's are pages.
_MACHINE = re.compile(r"/(api|schema|health|ready|metrics|status|\.well-known)(/|$)")
_REQUEST_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
_QUIET = {"/health", "/ready", "/metrics"}  # asked every few seconds: counted, not logged


def utc_now() -> datetime:
    return datetime.now(UTC)


class FrontDoor(Litestar):
    """Litestar with the clock, the request's id, headers, log and counts around every answer.

    Around all of it, because middleware does not see a request that no route takes.
    """

    async def __call__(
        self,
        scope: Scope | LifeSpanScope,
        receive: Receive | LifeSpanReceive,
        send: HttpSend | LifeSpanSend,
    ) -> None:
        if scope["type"] != ScopeType.HTTP:
            await super().__call__(scope, receive, send)
            return
        await self._through(scope, receive, send)

    def behind(self, proxies: Sequence[str]) -> None:
        """Take these proxies' word on who asks, and nobody else's."""
        self._through = wrap_asgi_with_proxy_headers(self._serve, list(proxies))

    async def _serve(self, scope: Any, receive: Receive, send: HttpSend) -> None:
        method: str = scope["method"]
        door: edge.Door = self.state["door"]
        visit = edge.Visit(door.clock(), _request_id(scope["headers"]), method == "HEAD")
        scope["visit"] = visit
        if method == "HEAD":  # RFC 9110, 9.3.2: the headers of GET, without its content
            scope["method"] = "GET"
        status, started = 500, time.perf_counter()
        secure = headers.strictly(scope["scheme"], scope["headers"])

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if method == "OPTIONS":
                    self._allowing(scope, message)
                message["headers"] = [
                    *headers.guarded(message["headers"], secure),
                    (b"x-request-id", visit.request_id.encode()),
                ]
            elif message["type"] == "http.response.body" and method == "HEAD":
                message["body"] = b""
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=visit.request_id):
            try:
                await self._answer(scope, receive, sending)
            finally:
                spent = time.perf_counter() - started
                route = scope.get("path_template") or "none"
                self.state["counts"].seen(method, route, status, spent)
                if scope["path"] not in _QUIET:
                    log.info(
                        "request",
                        method=method,
                        path=scope["path"],
                        route=route,
                        status=status,
                        account=visit.account,
                        ms=round(spent * 1000, 1),
                    )

    def _allowing(self, scope: Any, message: Any) -> None:
        """Litestar's answer to OPTIONS names the methods of an address's first handler alone."""
        route = scope.get("path_template")
        taken = {
            method
            for one in self.routes
            if isinstance(one, HTTPRoute) and one.path_format == route
            for method in one.methods
        }
        if message["status"] == HTTP_204_NO_CONTENT and taken:
            told = [(name, value) for name, value in message["headers"] if name != b"allow"]
            message["headers"] = [*told, (b"allow", problems.methods(taken).encode())]

    async def _answer(self, scope: Any, receive: Receive, send: HttpSend) -> None:
        """The answer; 429 to whoever has asked more than they may (:mod:`directory.pace`)."""
        guard: pace.Pace | None = self.state["door"].pace
        if guard is None or pace.free(scope["path"]):
            await super().__call__(scope, receive, send)
            return
        who = pace.asker(scope["client"], scope["headers"])
        scope["litestar_app"] = self  # for what asks before Litestar does
        request: edge.AnyRequest = Request(scope, receive, send)
        if wait := await guard.wait(who, lambda: _opens(request)):
            refusal = answer_fault(request, pace.TooMany(wait))
            await refusal.to_asgi_response(None, request)(scope, receive, send)
            return
        unknown = False

        async def sending(message: Message) -> None:
            nonlocal unknown
            if message["type"] == "http.response.start":
                unknown = message["status"] == 401
            await send(message)

        await super().__call__(scope, receive, sending if who.key else send)
        if unknown:
            await guard.refused(who)


async def _opens(request: edge.AnyRequest) -> bool | None:
    """Whether the request's key opens anything; None where nobody can say now: whatever answers
    the request says why."""
    secret = pace.secret_in(request.scope["headers"]).decode("latin-1")
    now, kinds = edge.now(request), (SecretKind.API_KEY,)
    try:
        return await edge.read(request, accounts.who, secret, now, kinds=kinds) is not None
    except (LabdirError, SQLAlchemyError):
        return None


def _request_id(told: Iterable[headers.Header]) -> str:
    """The id a proxy gave the request, if it is a plain one; else a new one."""
    given = next((value for name, value in told if name == b"x-request-id"), b"")
    text = given.decode("latin-1")
    return text if _REQUEST_ID.fullmatch(text) else uuid.uuid4().hex


def answer_fault(request: edge.AnyRequest, fault: Exception) -> Response[Any]:
    """Every fault leaves here: as a problem to machines, as a page to people."""
    if _MACHINE.match(request.url.path):
        return problems.answer_api(request, fault)
    try:
        return faults.answer_page(request, fault)
    except Exception as second:  # a fault in the pages themselves: say so without them
        log.error("fault_page", exc_info=second)
        return Response(
            f"A fault of ours. It is logged as {edge.visit(request).request_id}.",
            status_code=500,
            media_type=MediaType.TEXT,
        )


class Description(InitPlugin):
    """Builds the OpenAPI document at start: what it lists is what the API accepts."""

    def on_app_init(self, app_config: AppConfig) -> AppConfig:
        app_config.on_startup.append(self.build)
        return app_config

    @staticmethod
    async def build(app: Litestar) -> None:
        app.state["documented"] = questions.documented(app.openapi_schema.to_schema())


def _openapi() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Labdir API",
        version=VERSION,
        description="A directory of testing and inspection bodies, kept true by background sync. "
        "Everything is read with GET; every answer is {data, meta}; every fact carries its "
        "evidence. meta names the answer: as known when, on which day, at which log position, "
        "under which rules, and how fresh the sources behind it are. Where the truth is "
        "“unknown”, the answer says so and why.",
        path="/schema",
        render_plugins=[Reference(), Forms(), JsonRenderPlugin(path="/openapi.json")],
        tags=[
            Tag(name="Bodies", description="Testing and inspection bodies and what they may do."),
            Tag(name="Accreditations", description="One accreditation, or a number on paper."),
            Tag(name="Validity", description="Dated verdicts, and what shows them."),
            Tag(name="Markets", description="Routes to a market, and what evidence goes there."),
            Tag(name="Going abroad", description="Cooperation, acceptance, cases, zones."),
            Tag(name="Changes", description="What was learned, in the order of the log."),
            Tag(name="Sources", description="Where the facts come from and how each source does."),
            Tag(name="Desk", description="What stewards decide: who is who."),
            Tag(name="Audits", description="A file of rows, each judged on its own dates."),
            Tag(name="Watching", description="Lists of bodies, and webhooks told of changes."),
            Tag(name="Proof", description="Keys, receipts, and the log that only grows."),
            Tag(name="Accounts", description="Who asks. Keys come from whoever runs the house."),
            Tag(name="Shortlists", description="Bodies chosen, what was shown of each frozen."),
            Tag(name="Desk", description="What needs a person, and what stewards do."),
            Tag(name="Health", description="For those who run it."),
        ],
    )


def _routes() -> list[Any]:
    machine: dict[str, Any] = {"before_request": questions.only_known}
    reading: list[Any] = [
        bodies.find_bodies,
        validity.ask_validity,
        bodies.at_a_moment,
        brand.at_a_moment,
        *compare.handlers,
        *shortlists.handlers,
        dossiers.read_dossier,
        sources.list_sources,
        sources.read_source,
        sources.list_runs,
        sources.read_run,
        feeds.following,
        sources.read_status,
        account.read_account,
        abroad.at_a_moment,
        markets.at_a_moment,
        *obstacles.handlers,
        *plans.handlers,
        *conflicts.handlers,
        *freshness.handlers,
        *matches.handlers,
        *desk.handlers,
        *desk_lists.handlers,
        *desk_access.handlers,
        *reread.handlers,
        *audits.handlers,
        *watch.handlers,
        *proofs.handlers,
    ]
    health_handlers: list[Any] = [health.health, health.ready, health.metrics]
    return [
        Router("/api/v1", route_handlers=reading, **machine),
        Router("/", route_handlers=[*health_handlers, proofs.read_keys], **machine),
        # the same under the other address by which they may be asked
        Router("/api/v1", route_handlers=health_handlers, include_in_schema=False, **machine),
        pages.router,
    ]


def create_app(settings: Settings, clock: edge.Clock = utc_now) -> FrontDoor:
    """The front door over one database. ``clock``: the time of a request; tests set it."""
    logs.configure()

    @asynccontextmanager
    async def with_database(app: Litestar) -> AsyncIterator[None]:
        # made inside the server's own event loop; the first question connects
        engine, writing = edge.connect(settings), edge.connect_to_write(settings)
        bell = Bell(settings.database_url) if settings.database_url else None
        short = edge.connect_short(settings)
        sessions = Sessions(settings.redis_url) if settings.redis_url else None
        guard = None
        if settings.redis_url:
            guard = pace.Pace(settings.redis_url, settings.limits, app.state["counts"].pace)
        app.state["door"] = edge.Door(
            settings, clock, engine, writing, short, bell, sessions, guard
        )
        try:
            if short is not None:
                await short.pool.open()
            # what the house is made of stays: looking through it for cycles takes 100 ms a time
            gc.collect()
            gc.freeze()
            with heard_first(bell.stop) if bell else nullcontext():  # streams end
                yield
        finally:
            if bell is not None:
                await bell.close()
            if short is not None:
                await short.pool.close()
            for kept in (sessions, guard):
                if kept is not None:
                    await kept.close()
            for one in (engine, writing):
                if one is not None:
                    await one.dispose()

    front = FrontDoor(
        route_handlers=_routes(),
        exception_handlers={Exception: answer_fault},
        openapi_config=_openapi(),
        plugins=[Description()],
        lifespan=[with_database],
        state=State(
            {
                "counts": Counts(),
                "streams": feeds.Streams(),
                "door": edge.Door(settings, clock, None),
            }
        ),
        logging_config=None,
        debug=False,
    )
    front.behind(settings.web.proxies)
    return front


app = create_app(load(os.environ))
