"""Who asks: an API key in the Authorization header, or a session in a cookie.

A browser sends a cookie with whatever another site makes it send, so a request that writes and
comes with a cookie must come from a page of this very host. A key is sent on purpose only, and
needs no such check.
"""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any

from litestar.datastructures import Cookie

from directory import edge, headers
from services import accounts
from services.accounts import Principal
from services.errors import Forbidden, Unauthorized
from services.terms import Role, SecretKind

COOKIE = "labdir_session"
# over https the name itself binds the cookie to this very host (RFC 6265bis, 4.1.3.2)
HOST_COOKIE = f"__Host-{COOKIE}"
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
    cookie = session_of(request)
    if not cookie:
        return None
    if request.method not in _READING:
        same_origin(request)
    return await of_session(request, cookie)


async def of_session(request: edge.AnyRequest, secret: str) -> Principal | None:
    """Whose session this is, if it is alive (someone used it lately) and has not ended."""
    now, kinds = edge.now(request), (SecretKind.SESSION,)
    found = await edge.read(request, accounts.who, secret, now, kinds=kinds)
    kept = edge.door(request).sessions
    if found is not None and kept is not None and not await kept.alive(secret):
        return None
    return _seen(request, found)


def _seen(request: edge.AnyRequest, found: Principal | None) -> Principal | None:
    """The log's line of this request names the account, and never what it came with."""
    edge.visit(request).account = found.account_id if found else None
    return found


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
    _seen(request, found)
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


FORM_TOKEN = "token"


def form_token(request: edge.AnyRequest) -> str:
    """What the forms of this session carry beside its cookie: it follows from the session, so that
    nothing is kept of it, and no other site can know it. "" without a session."""
    cookie = session_of(request)
    if not cookie:
        return ""
    made = hmac.new(cookie.encode("utf-8", "surrogatepass"), b"desk form", hashlib.sha256)
    return base64.urlsafe_b64encode(made.digest()).decode().rstrip("=")


def own_form(request: edge.AnyRequest, form: Mapping[str, Any]) -> None:
    """Raises Forbidden unless the form was made for this very session. What comes with a key, sent
    on purpose, needs no token."""
    if request.headers.get("authorization") is not None:
        return
    given, wanted = str(form.get(FORM_TOKEN, "")), form_token(request)
    if not wanted or not hmac.compare_digest(given.encode("utf-8", "replace"), wanted.encode()):
        raise Forbidden(
            "The form was made for another session than this one.",
            "Open the page again and send it from there.",
        )


def _cookie_name(request: edge.AnyRequest) -> str:
    return HOST_COOKIE if _encrypted(request) else COOKIE


def session_of(request: edge.AnyRequest) -> str:
    """The session's secret that came with the request, or "". Over https only the cookie that no
    other host of the same domain can have set."""
    return request.cookies.get(_cookie_name(request), "")


def session_cookie(request: edge.AnyRequest, secret: str) -> Cookie:
    """The cookie of a session that begins: out of reach of scripts, not sent along by forms of
    other sites, and over https sent by https alone."""
    return Cookie(
        key=_cookie_name(request),
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
        key=_cookie_name(request),
        value="",
        path="/",
        max_age=0,
        httponly=True,
        samesite="lax",
        secure=_encrypted(request),
    )


def _encrypted(request: edge.AnyRequest) -> bool:
    return headers.encrypted(request.url.scheme, request.scope["headers"])
