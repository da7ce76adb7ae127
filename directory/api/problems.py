"""Errors as RFC 9457 problem details: the one place that turns meanings into status codes.

``type`` is an address on this server's own documentation page, so that it can be looked up
without leaving the machine.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import msgspec
import structlog
from litestar import Request, Response
from litestar.exceptions import HTTPException, ValidationException
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from psycopg import DataError
from psycopg import errors as pg
from sqlalchemy import exc as sql

from directory import edge
from directory.pace import TooMany
from services.errors import (
    BadQuestion,
    Conflict,
    Damaged,
    Forbidden,
    LabdirError,
    NotFound,
    Unauthorized,
)
from services.evidence.keys import NoSigningKey
from services.sessions import NoSessions

MEDIA_TYPE = "application/problem+json"
log = structlog.get_logger("labdir.web")


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong with a request (RFC 9457), in words a person can act on."""

    type: str
    title: str
    status: int
    detail: str
    instance: str
    request_id: str
    parameter: str | None = None
    remedy: str | None = None
    known: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of problem: ``meaning`` stands on the documentation page at ``#problem-slug``."""

    slug: str
    status: int
    title: str
    meaning: str

    @property
    def type(self) -> str:
        return f"/schema#problem-{self.slug}"


BAD_PARAMETER = Kind(
    "bad-parameter",
    400,
    "A parameter cannot be read",
    "A parameter of the question is unknown, given twice, or holds a value that it does not take. "
    "`parameter` names it, `remedy` says what it takes, `known` lists what is taken.",
)
BAD_REQUEST = Kind(
    "bad-request", 400, "The request cannot be read", "The request is not one this server reads."
)
UNAUTHORIZED = Kind(
    "unauthorized",
    401,
    "Who asks is not known",
    "This address answers to an account only: send an API key as `Authorization: Bearer labdir_…`, "
    "or sign in. A key that was revoked or has run out opens nothing.",
)
FORBIDDEN = Kind(
    "forbidden",
    403,
    "Not for this account",
    "The account may not do this, or a request that writes came with a cookie and from another "
    "site.",
)
NOT_FOUND = Kind(
    "not-found",
    404,
    "Not in the directory",
    "The address is right, but what it names is not in the directory (at the time asked about).",
)
NO_SUCH_ADDRESS = Kind(
    "no-such-address", 404, "No such address", "Nothing answers at this address."
)
METHOD_NOT_ALLOWED = Kind(
    "method-not-allowed",
    405,
    "This address is only read",
    "The address exists but takes no such method; `Allow` lists those it takes.",
)
CONFLICT = Kind(
    "conflict",
    409,
    "It does not go with how things stand",
    "The request is right and cannot be done as things stand: a limit is reached, or what it names "
    "is in another state.",
)
TOO_MANY = Kind(
    "too-many",
    429,
    "More was asked than may be",
    "What one address or one API key may ask in a while is limited, so that everybody is answered. "
    "`Retry-After` says how many seconds to wait; a key of your own may ask more.",
)
INTERNAL = Kind(
    "internal",
    500,
    "A fault of ours",
    "Something broke on our side and was logged under `request_id`. Asking again may work.",
)
DAMAGED = Kind(
    "damaged",
    500,
    "What is stored is not what was issued",
    "Something that was issued or fetched is stored with its hash, and the hash no longer fits: it "
    "is refused rather than shown. `detail` names both hashes.",
)
UNAVAILABLE = Kind(
    "unavailable",
    503,
    "The directory cannot answer now",
    "The database is away, too slow or not as this version needs it. Ask again after some seconds.",
)
KINDS = (
    BAD_PARAMETER,
    BAD_REQUEST,
    UNAUTHORIZED,
    FORBIDDEN,
    NOT_FOUND,
    NO_SUCH_ADDRESS,
    METHOD_NOT_ALLOWED,
    CONFLICT,
    TOO_MANY,
    INTERNAL,
    DAMAGED,
    UNAVAILABLE,
)


class BadParameter(BadQuestion):
    """A parameter is unknown or holds what it does not take. ``known``: what is taken."""

    def __init__(
        self, parameter: str, what: str, remedy: str = "", known: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, remedy)
        self.parameter = parameter
        self.known = known


@dataclass(frozen=True, slots=True)
class Said:
    """A fault read: of which kind, and in which words."""

    kind: Kind
    detail: str
    remedy: str = ""
    parameter: str | None = None
    known: tuple[str, ...] = ()
    allow: str = ""  # methods, where another one was used
    wait: int = 0  # seconds until asking again helps


def _named(request: edge.AnyRequest, words: str) -> str | None:
    """The asked parameter that an error of ``services`` names, or quotes the value of, if any."""
    asked = {**request.query_params.dict(), **request.path_params}
    for name in sorted(asked, key=len, reverse=True):
        if re.search(rf"\b{re.escape(name)}\b", words):
            return name
    quoted = (name for name, value in asked.items() if value and f'"{value}"' in words)
    return next(quoted, None)


def _documented(request: edge.AnyRequest, key: str) -> tuple[str, str]:
    """A parameter's public name, and what it takes as the documentation has it."""
    handler: Any = request.scope.get("route_handler")
    for field in handler.parsed_fn_signature.parameters.values() if handler else ():
        kwarg = field.kwarg_definition
        public = getattr(kwarg, "name", None) or field.name
        if kwarg is not None and key in (field.name, public):
            return public, f"It takes {kwarg.description}." if kwarg.description else ""
    return key, ""


def _from_litestar(request: edge.AnyRequest, fault: HTTPException) -> Said:
    if isinstance(fault, ValidationException) and isinstance(fault.extra, list) and fault.extra:
        first: dict[str, str] = fault.extra[0]
        name = first.get("key")
        said = first.get("message", "cannot be read")
        if name == "data":  # the whole of what was sent, which has no name of its own
            return Said(BAD_PARAMETER, f"{said}.".replace("..", "."), "See its form at /schema.")
        if name:
            public, remedy = _documented(request, name)
            return Said(BAD_PARAMETER, f"{public}: {said}.", remedy, public)
    if fault.status_code == 404:
        return Said(
            NO_SUCH_ADDRESS,
            f"Nothing answers at {request.url.path}.",
            "The addresses of the API are listed at /schema.",
        )
    if fault.status_code == 405:
        allow = _methods(fault)
        return Said(
            METHOD_NOT_ALLOWED,
            f"{request.url.path} does not take {request.method}.",
            f"Ask with {allow.partition(',')[0]}.",
            allow=allow,
        )
    if 400 <= fault.status_code < 500:
        return Said(BAD_REQUEST, fault.detail)
    return _internal()


def _methods(fault: HTTPException) -> str:
    """The methods that the address takes, of a fault that says so."""
    return methods((fault.headers or {}).get("allow", "GET, OPTIONS").split(", "))


def methods(told: Collection[str]) -> str:
    """Methods as `Allow` lists them: reading first, HEAD with GET."""
    order = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
    taken = {*told, *(("HEAD",) if "GET" in told else ())}
    return ", ".join(method for method in order if method in taken)


def _internal() -> Said:
    return Said(
        INTERNAL,
        "The answer could not be made; the fault is logged.",
        "Ask again, and name the request_id when you report it.",
    )


def _from_database(fault: Exception) -> Said | None:
    original = getattr(fault, "orig", fault)
    if isinstance(original, pg.QueryCanceled):
        return Said(
            UNAVAILABLE, "The question took too long and was given up.", "Ask for less at once."
        )
    if isinstance(original, pg.UndefinedTable | pg.UndefinedColumn):
        return Said(
            UNAVAILABLE, "The database is not at this version's schema.", "Run labdir migrate."
        )
    if isinstance(fault, sql.OperationalError | sql.InterfaceError | sql.TimeoutError | OSError):
        return Said(
            UNAVAILABLE,
            "The database cannot be reached.",
            "Ask again; /ready says when it is back.",
        )
    return None


_MEANINGS: tuple[tuple[type[LabdirError], Kind], ...] = (
    (NotFound, NOT_FOUND),
    (Unauthorized, UNAUTHORIZED),
    (Forbidden, FORBIDDEN),
    (Conflict, CONFLICT),
    (Damaged, DAMAGED),
    (NoSigningKey, UNAVAILABLE),
    (edge.Unavailable, UNAVAILABLE),
    (NoSessions, UNAVAILABLE),
)


def read_fault(request: edge.AnyRequest, fault: Exception) -> Said:
    """What a fault means to whoever asked. Nothing of an internal one is told."""
    if isinstance(fault, BadParameter):
        return Said(BAD_PARAMETER, fault.what, fault.remedy, fault.parameter, fault.known)
    if isinstance(fault, BadQuestion):
        return Said(BAD_PARAMETER, fault.what, fault.remedy, _named(request, fault.what))
    if isinstance(fault, TooMany):
        return Said(TOO_MANY, fault.what, fault.remedy, wait=fault.wait)
    for form, kind in _MEANINGS:
        if isinstance(fault, form):
            return Said(kind, fault.what, fault.remedy)
    if isinstance(fault, RecursionError) and request.method not in ("GET", "HEAD"):
        return Said(BAD_REQUEST, "What was sent is nested too deeply.")
    if isinstance(fault, HTTPException):
        return _from_litestar(request, fault)
    if isinstance(getattr(fault, "orig", fault), DataError) and "NUL (0x00)" in str(fault):
        # no text of the directory holds the character, and the database takes none that does
        return Said(BAD_REQUEST, "A text holds the character NUL, which nothing here does.")
    if not isinstance(fault, LabdirError) and (said := _from_database(fault)):
        return said
    return _internal()


def note(said: Said, fault: Exception) -> None:
    """Log what is ours to mend; a wrong question is no event."""
    if said.kind.status == 500:
        log.error("fault", exc_info=fault)
    elif said.kind.status == 503:
        log.warning("unavailable", why=str(fault).splitlines()[0])


def headers(said: Said) -> dict[str, str]:
    if said.kind is METHOD_NOT_ALLOWED:
        return {"allow": said.allow}
    if said.kind is UNAUTHORIZED:  # RFC 9110, 15.5.2: a 401 names how to say who asks
        return {"www-authenticate": 'Bearer realm="labdir"'}
    if said.kind is UNAVAILABLE:
        return {"retry-after": "5"}
    if said.kind is TOO_MANY:  # RFC 6585, 4
        return {"retry-after": str(said.wait)}
    return {}


def as_problem(request: edge.AnyRequest, said: Said) -> Response[Problem]:
    """The fault as an application/problem+json answer."""
    problem = Problem(
        type=said.kind.type,
        title=said.kind.title,
        status=said.kind.status,
        detail=said.detail,
        instance=request.url.path,
        request_id=edge.visit(request).request_id,
        parameter=said.parameter,
        remedy=said.remedy or None,
        known=said.known,
    )
    return Response(
        problem,
        status_code=said.kind.status,
        media_type=MEDIA_TYPE,
        headers={"cache-control": "no-store", **headers(said)},
    )


def answer_api(request: Request[Any, Any, Any], fault: Exception) -> Response[Problem]:
    """Exception handler of the API: every fault as a problem."""
    said = read_fault(request, fault)
    note(said, fault)
    return as_problem(request, said)


def _example(kind: Kind, detail: str, instance: str, **more: Any) -> Example:
    problem = Problem(
        type=kind.type,
        title=kind.title,
        status=kind.status,
        detail=detail,
        instance=instance,
        request_id="0f3a9c1e5b7d4d0e",
        **more,
    )
    return Example(summary=kind.title, value=problem)


EXAMPLES = {
    BAD_PARAMETER.slug: _example(
        BAD_PARAMETER,
        'There is no parameter "coutry" here.',
        "/api/v1/bodies",
        parameter="coutry",
        remedy="Did you mean country?",
        known=("q", "country", "type"),
    ),
    BAD_REQUEST.slug: _example(BAD_REQUEST, "Invalid host header", "/api/v1/bodies"),
    UNAUTHORIZED.slug: _example(
        UNAUTHORIZED,
        "This address answers to an account only.",
        "/api/v1/watchlists",
        remedy="Send an API key as Authorization: Bearer labdir_…, or sign in.",
    ),
    FORBIDDEN.slug: _example(
        FORBIDDEN,
        "The account Harbour desk is a reader; this is for a regulator.",
        "/api/v1/account",
        remedy="Ask whoever keeps the accounts.",
    ),
    NOT_FOUND.slug: _example(
        NOT_FOUND,
        "There is no body b999999 in the directory.",
        "/api/v1/bodies/b999999",
        remedy="Find bodies at /api/v1/bodies?q=…",
    ),
    NO_SUCH_ADDRESS.slug: _example(
        NO_SUCH_ADDRESS,
        "Nothing answers at /api/v1/labs.",
        "/api/v1/labs",
        remedy="The addresses of the API are listed at /schema.",
    ),
    METHOD_NOT_ALLOWED.slug: _example(
        METHOD_NOT_ALLOWED,
        "/api/v1/bodies does not take POST.",
        "/api/v1/bodies",
        remedy="Ask with GET.",
    ),
    CONFLICT.slug: _example(
        CONFLICT,
        "The account has 50 subscriptions, as many as it may have.",
        "/api/v1/subscriptions",
        remedy="Delete one that is no longer needed.",
    ),
    TOO_MANY.slug: _example(
        TOO_MANY,
        TooMany(12).what,
        "/api/v1/bodies",
        remedy=TooMany(12).remedy,
    ),
    INTERNAL.slug: _example(
        INTERNAL,
        "The answer could not be made; the fault is logged.",
        "/api/v1/bodies",
        remedy="Ask again, and name the request_id when you report it.",
    ),
    DAMAGED.slug: _example(
        DAMAGED,
        "The dossier of b12 on 2026-06-01 as known at 2026-06-01T00:00:00Z was altered: its "
        "SHA-256 is 0d4a1185… and was 2c26b46b….",
        "/api/v1/bodies/b12/dossier",
        remedy="Restore the row from a backup; whoever holds a copy can tell the right one by its "
        "hash.",
    ),
    UNAVAILABLE.slug: _example(
        UNAVAILABLE,
        "The database cannot be reached.",
        "/api/v1/bodies",
        remedy="Ask again; /ready says when it is back.",
    ),
}
_DESCRIPTIONS = {
    400: "A parameter is unknown or holds what it does not take.",
    401: "It is not known who asks.",
    403: "The account may not do this, or the request comes from another site.",
    404: "What the address names is not in the directory.",
    405: "The address is only read.",
    409: "It does not go with how things stand.",
    429: "More was asked than may be; Retry-After says how long to wait.",
    500: "A fault of ours; it is logged.",
    503: "The database is away or not ready.",
}


def declared(*statuses: int, limited: bool = True) -> dict[int, ResponseSpec]:
    """The problems that an operation may answer with, for its OpenAPI description. ``limited``:
    also that more was asked than may be, which every one may that is not for watching the house.
    """
    statuses = tuple(sorted({*statuses, *((429,) if limited else ())}))
    return {
        status: ResponseSpec(
            Problem,
            description=_DESCRIPTIONS[status],
            media_type=MEDIA_TYPE,
            generate_examples=False,
            examples=[EXAMPLES[kind.slug] for kind in KINDS if kind.status == status],
        )
        for status in statuses
    }
