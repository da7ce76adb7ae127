"""Who asks: an API key in the Authorization header, or a session in a cookie.

A browser sends a cookie with whatever another site makes it send, so a request that writes and
comes with a cookie must come from a page of this very host. A key is sent on purpose only, and
needs no such check.
"""

from litestar.datastructures import Cookie

from directory import edge
from services import accounts
from services.accounts import Principal
from services.errors import Forbidden, Unauthorized
from services.terms import Role, SecretKind

COOKIE = "labdir_session"
_READING = frozenset({"GET", "HEAD", "OPTIONS"})
_REMEDY = "Send an API key as Authorization: Bearer labdir_…, or sign in."


async def principal(request: edge.AnyRequest, least: Role = Role.READER) -> Principal:
    """Who asks. Raises Unauthorized where nobody is known, and Forbidden where the account's role
    may less than ``least``, or where a request that writes came from another site."""
    found = await principal_or_none(request)
    if found is None:
        raise Unauthorized("This address answers to an account only.", _REMEDY)
    if not found.may(least):
        raise Forbidden(
            f"The account {found.name} is a {found.role.value}; this is for a {least.value}.",
            "Ask whoever keeps the accounts.",
        )
    return found


async def principal_or_none(request: edge.AnyRequest) -> Principal | None:
    """Who asks, or None for anybody: also with a session that has ended.

    Raises Unauthorized for a key that opens nothing (whoever sends one means it), and Forbidden
    for a request that writes with a session's cookie and comes from another site.
    """
    if (given := request.headers.get("authorization")) is not None:
        return await _of_key(request, given)
    cookie = request.cookies.get(COOKIE)
    if not cookie:
        return None
    if request.method not in _READING:
        same_origin(request)
    now, kinds = edge.now(request), (SecretKind.SESSION,)
    return await edge.read(request, accounts.who, cookie, now, kinds=kinds)


async def _of_key(request: edge.AnyRequest, given: str) -> Principal:
    scheme, _, key = given.partition(" ")
    if scheme.lower() != "bearer":  # RFC 9110, 11.1: the scheme's name in any case
        raise Unauthorized(f'Authorization names the scheme "{scheme[:20]}".', _REMEDY)
    now, kinds = edge.now(request), (SecretKind.API_KEY,)
    found = await edge.read(request, accounts.who, key.strip(), now, kinds=kinds)
    if found is None:
        raise Unauthorized(
            "The API key opens nothing: it is none, was revoked, or its account is closed.", _REMEDY
        )
    return found


def same_origin(request: edge.AnyRequest) -> None:
    """Raises Forbidden unless the browser says that a page of this host sent the request.

    Fetch Metadata (Sec-Fetch-Site) where it is told; else RFC 6454's Origin must name this host.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        if site == "same-origin":
            return
    else:
        _, _, origin = request.headers.get("origin", "").partition("://")
        if origin and origin.lower() == request.headers.get("host", "").lower():
            return
    raise Forbidden(
        "The request came with a cookie and not from a page of this host.",
        "Send it from the directory's own pages, or with an API key instead of the cookie.",
    )


def session_cookie(request: edge.AnyRequest, secret: str) -> Cookie:
    """The cookie of a session that begins: out of reach of scripts, not sent along by forms of
    other sites, and over https sent by https alone."""
    return Cookie(
        key=COOKIE,
        value=secret,
        path="/",
        max_age=int(accounts.SESSION_LASTS.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=_encrypted(request),
    )


def ended_cookie(request: edge.AnyRequest) -> Cookie:
    """The cookie that takes a session's away from the browser (:func:`services.accounts.revoke`
    ends the session itself)."""
    return Cookie(
        key=COOKIE,
        value="",
        path="/",
        max_age=0,
        httponly=True,
        samesite="lax",
        secure=_encrypted(request),
    )


def _encrypted(request: edge.AnyRequest) -> bool:
    """Whether the browser speaks https, to us or to the proxy before us. Who lies here about it
    has a cookie that is not sent, and nothing more."""
    told = request.headers.get("x-forwarded-proto", "")
    return request.url.scheme == "https" or told.strip().lower() == "https"
