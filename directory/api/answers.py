"""The envelope of every answer, ``{data, meta}``, and the two ways in which one is given."""

from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, Concatenate, ParamSpec, TypeVar

import msgspec
from litestar import Response
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Example,
    OpenAPIMediaType,
    OpenAPIResponse,
    OpenAPIType,
    Operation,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat
from sqlalchemy.engine import Connection

from directory import edge
from directory.api.problems import declared
from services.find.views import (
    AccreditationView,
    BodyView,
    ChangeView,
    CredentialView,
    Found,
    Meta,
    PresenceView,
    RunView,
    Scope,
    SourceView,
    Status,
    TimelineEntry,
)
from services.validity import RULE_VERSION
from services.verdict.views import Answer, Judged, LookedUp

VERSION = version("labdir")
EDITION = f"{VERSION}/{RULE_VERSION}"

P = ParamSpec("P")
D = TypeVar("D")
A = TypeVar("A", bound="Envelope")


class Envelope(msgspec.Struct, frozen=True, kw_only=True):
    meta: Meta


class FoundAnswer(Envelope, frozen=True, kw_only=True):
    data: Found


class BodyAnswer(Envelope, frozen=True, kw_only=True):
    data: BodyView


class AccreditationsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[AccreditationView, ...]


class AccreditationAnswer(Envelope, frozen=True, kw_only=True):
    data: AccreditationView


class ScopeAnswer(Envelope, frozen=True, kw_only=True):
    data: Scope


class PresenceAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[PresenceView, ...]


class CredentialsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[CredentialView, ...]


class TimelineAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[TimelineEntry, ...]


class ResolvedAnswer(Envelope, frozen=True, kw_only=True):
    data: LookedUp


class SourcesAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[SourceView, ...]


class SourceAnswer(Envelope, frozen=True, kw_only=True):
    data: SourceView


class RunsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[RunView, ...]


class RunAnswer(Envelope, frozen=True, kw_only=True):
    data: RunView


class ChangesAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[ChangeView, ...]


class StatusAnswer(Envelope, frozen=True, kw_only=True):
    data: Status


class Validity(msgspec.Struct, frozen=True, kw_only=True):
    """`verdicts` in the order of the questions. `answer`: of a single question, with its evidence,
    the accreditation over time, and the chain from site to arrangement."""

    verdicts: tuple[Judged, ...]
    answer: Answer | None = None


class ValidityAnswer(Envelope, frozen=True, kw_only=True):
    data: Validity


def _put(form: type[A], data: object, meta: Meta) -> A:
    return form(data=data, meta=meta)  # type: ignore[call-arg]  # each form adds its own `data`


async def tagged(
    request: edge.AnyRequest,
    form: type[A],
    fn: Callable[Concatenate[Connection, P], tuple[D, Meta]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response[A]:
    """The answer of ``fn`` from one snapshot, with an ETag; 304 where the asker holds it already.

    For what follows from the log alone: the tag names log position, day, path and query.
    """

    def ask(conn: Connection) -> tuple[str, A | None]:
        etag = edge.tag(request, edge.stand(conn), EDITION)
        if edge.matches(request, etag):
            return etag, None
        data, meta = fn(conn, *args, **kwargs)
        return etag, _put(form, data, meta)

    etag, found = await edge.snapshot(request, ask)
    headers = {"etag": etag, "cache-control": "no-cache"}
    if found is None:
        return Response(None, status_code=304, headers=headers)  # type: ignore[arg-type]
    return Response(found, headers=headers)


async def fresh(
    request: edge.AnyRequest,
    form: type[A],
    fn: Callable[Concatenate[Connection, P], tuple[D, Meta]],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Response[A]:
    """The answer of ``fn`` from one snapshot, never kept: for how runs and sources do just now."""
    data, meta = await edge.snapshot(request, fn, *args, **kwargs)
    return Response(_put(form, data, meta), headers={"cache-control": "no-store"})


def shown(form: type[A], description: str, example: A, *problems: int) -> dict[int, Any]:
    """What an operation answers, with an example, and the problems it may answer with."""
    return {
        200: ResponseSpec(
            form,
            description=description,
            generate_examples=False,
            # the struct itself: litestar drops the nulls of a plain dict
            examples=[Example(summary="A made-up body", value=example)],
        ),
        **declared(*problems),
    }


def also(kind: str, status: int = 200) -> type[Operation]:
    """An operation whose answer may be a file of this kind beside its form: a parameter or the
    Accept header says which."""

    @dataclass
    class Also(Operation):
        def __post_init__(self) -> None:
            answer = (self.responses or {})[str(status)]
            file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
            if isinstance(answer, OpenAPIResponse):
                answer.content = {**(answer.content or {}), kind: OpenAPIMediaType(schema=file)}

    return Also


NOT_MODIFIED = ResponseSpec(
    None, description="Nothing has changed since the answer whose ETag was sent in If-None-Match."
)


def shown_tagged(form: type[A], description: str, example: A, *problems: int) -> dict[int, Any]:
    """The same for an operation whose answers carry an ETag."""
    return {**shown(form, description, example, *problems), 304: NOT_MODIFIED}
