"""Pages under /en and /zh: the same paths, the same answers as the API, in words for people."""

from litestar import Router, get
from litestar.datastructures import CacheControlHeader
from litestar.di import Provide
from litestar.static_files import create_static_files_router

from directory import edge
from directory.pages import (
    abroad,
    account,
    audits,
    body,
    changes,
    check,
    compare,
    desk,
    desk_access,
    desk_cases,
    desk_runs,
    desk_sources,
    desk_trail,
    find,
    freshness,
    home,
    markets,
    matches,
    obstacles,
    plan,
    receipt,
    reread,
    shortlists,
    sign_in,
    sources,
    substitutes,
    watchlists,
    webhooks,
)
from directory.pages.render import STATIC
from directory.pages.reply import Redirect
from directory.pages.signed import greet
from directory.pages.tongue import TONGUES, Tongue, preferred

HANDLERS = (
    home.home,
    find.find,
    *check.handlers,
    *receipt.handlers,
    *plan.handlers,
    body.body,
    body.body_scope,
    body.body_history,
    body.body_accreditations,
    body.accreditation,
    body.evidence,
    *compare.handlers,
    *substitutes.handlers,
    *shortlists.handlers,
    *markets.handlers,
    changes.changes,
    changes.change,
    *abroad.handlers,
    *obstacles.handlers,
    *audits.handlers,
    *sign_in.handlers,
    *account.handlers,
    *desk.handlers,
    *desk_sources.handlers,
    *desk_runs.handlers,
    *desk_cases.handlers,
    *desk_trail.handlers,
    *desk_access.handlers,
    *matches.handlers,
    *freshness.handlers,
    *watchlists.handlers,
    *webhooks.handlers,
    *reread.handlers,
    sources.sources,
    sources.source,
    sources.run,
    sources.status,
    sources.about,
)


@get("/", include_in_schema=False)
async def door(request: edge.AnyRequest) -> Redirect:
    """The bare address leads to the language that the browser asks for, its question kept."""
    tongue = preferred(request.headers.get("accept-language", ""))
    query = f"?{request.url.query}" if request.url.query else ""
    return Redirect(tongue.path() + query, {"vary": "Accept-Language", "cache-control": "no-cache"})


def _router(tongue: Tongue) -> Router:
    return Router(
        path=tongue.path(),
        route_handlers=list(HANDLERS),
        before_request=greet,
        dependencies={"tongue": Provide(lambda: tongue, sync_to_thread=False)},
        include_in_schema=False,
    )


# addresses carry a hash of the content, so what is served may be kept for ever
static = create_static_files_router(
    path="/static",
    directories=[STATIC],
    cache_control=CacheControlHeader(public=True, max_age=31_536_000, immutable=True),
    include_in_schema=False,
)

# faults and security headers are the front door's: see directory.app
router = Router(path="/", route_handlers=[door, static, *(_router(tongue) for tongue in TONGUES)])

__all__ = ["router"]
