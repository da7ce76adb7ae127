"""Kept bytes read again after a parser fix, and files that stewards hand in."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import Response, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import (
    Example,
    OpenAPIMediaType,
    OpenAPIType,
    Operation,
    RequestBody,
    Schema,
)
from litestar.openapi.spec.enums import OpenAPIFormat
from litestar.params import Body

from directory import edge, rereading
from directory.api import examples, questions, uploads
from directory.api.answers import RunAnswer, fresh, shown
from directory.api.problems import declared
from directory.who import FORM_TOKEN, own_form, principal
from services.accounts import Principal
from services.desk import runs
from services.errors import LabdirError
from services.find import sources as reading
from services.sync.accept import LONGEST
from services.sync.hand_in import Bytes, Handed, check_size, seen_at
from services.sync.reread import Preview
from services.terms import ChangeCause, Role

FIELDS = ("list", "because", "seen", "obtained")
_ASKED = (400, 401, 403, 404, 405, 409, 500, 503)


class RereadIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`because`: why the bytes are read again, in words that will be read years later."""

    because: Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST)]


class PreviewAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`as_at`: when it was looked at; nothing of it is stored."""

    data: Preview
    as_at: datetime


_PREVIEW = PreviewAnswer(
    data=Preview(
        run=7, source=examples.RUN.data.source, list="bodies", cause=ChangeCause.READING,
        reader_before=1, reader_now=2, records=214, reasons=(),
        counts={"added": 0, "altered": 1, "left": 0, "back": 0, "changes": 1},
        changes=(msgspec.structs.replace(examples.CHANGES.data[0], cause=ChangeCause.READING),),
    ),
    as_at=examples.RUN.meta.as_known_at,
)  # fmt: skip
_SENT = Example(
    summary="After a parser fix",
    value=RereadIn(because="The column “valid until” is read since reader 2."),
)


@post(
    "/desk/runs/{run_id:str}/reread/preview",
    status_code=200,
    operation_id="previewReread",
    summary="What reading a run again would change",
    description="For stewards. The run's kept bytes are read by the reader of today and held "
    "against the expectations; where they pass, the publish is carried out and rolled back, and "
    "its counts and first changes are shown. Nothing is written.",
    tags=["Sources"],
    responses={
        200: ResponseSpec(
            PreviewAnswer,
            description="What would change.",
            generate_examples=False,
            examples=[Example(summary="A made-up list", value=_PREVIEW)],
        ),
        **declared(*_ASKED),
    },
)
async def preview_reread(
    request: edge.AnyRequest, run_id: questions.RunId
) -> Response[PreviewAnswer]:
    await principal(request, Role.STEWARD)
    seen = await rereading.look(request, questions.run_number(run_id))
    said = PreviewAnswer(data=seen, as_at=edge.now(request))
    return Response(said, headers={"cache-control": "no-store"})


@post(
    "/desk/runs/{run_id:str}/reread",
    status_code=200,
    operation_id="rereadRun",
    summary="Read a run's kept bytes again",
    description="For stewards, after a parser fix: the kept bytes of the run that a list stands "
    "from, or of a newer refused one, travel the road again as a run of their own. What differs is "
    "published with a cause of its own (`reading`: the bytes are the same and only our reading "
    "changed; `reread`: bytes that were refused before). Valid times come from the bytes, known "
    "times from now. Older bytes than the newest good ones are answered with 409.",
    tags=["Sources"],
    responses={
        **shown(RunAnswer, "The run that reads them again.", examples.RUN),
        **declared(*_ASKED),
    },
)
async def reread_run(
    request: edge.AnyRequest,
    run_id: questions.RunId,
    data: Annotated[RereadIn, Body(examples=[_SENT])],
) -> Response[RunAnswer]:
    who = await principal(request, Role.STEWARD)
    number, now = questions.run_number(run_id), edge.now(request)
    asked = await edge.write(request, runs.reread, who, number, data.because, now)
    return await fresh(request, RunAnswer, reading.run, asked)


# --- a file comes in -----------------------------------------------------------------------------


@dataclass
class UploadOperation(Operation):
    """An operation whose body is a file, as it is or in a form."""

    def __post_init__(self) -> None:
        file = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
        text = Schema(type=OpenAPIType.STRING)
        form = Schema(
            type=OpenAPIType.OBJECT,
            properties={"file": file, **dict.fromkeys(FIELDS, text)},
            required=["file"],
        )
        self.request_body = RequestBody(
            required=True,
            description="The file, or a form that holds it, with the parameters as its fields.",
            content={
                "application/octet-stream": OpenAPIMediaType(schema=file),
                "multipart/form-data": OpenAPIMediaType(schema=form),
            },
        )


ListIs = Annotated[str, questions.text("list", "which list of the source", "bodies", 100)]
BecauseIs = Annotated[
    str, questions.text("because", "why it is handed in", "The list is behind a captcha.", LONGEST)
]
SeenIs = Annotated[
    str,
    questions.text(
        "seen", "when the file was obtained, a day or a time; left out: now", "2026-05-31", 40
    ),
]
ObtainedIs = Annotated[
    str,
    questions.text("obtained", "where it was obtained from, in words", "by post", LONGEST),
]
FileName = Annotated[
    str, questions.text("file_name", "the file's name, of a plain body", "list.csv", 255)
]


@post(
    "/desk/sources/{key:str}/upload",
    status_code=200,
    operation_id="uploadList",
    summary="Hand in a file for a list",
    description="For stewards, where no machine may fetch a list. The bytes are kept with the run "
    "in one transaction before anyone reads them; then they travel the road like fetched ones. The "
    "wrong file is refused by the list's expectations before anything changes: see the run. No "
    "address is pretended: evidence names the account, the time and where the file was obtained. A "
    "file older than what the list has published, or one sent while another run of the list is "
    "open, is answered with 409.",
    tags=["Sources"],
    operation_class=UploadOperation,
    # bytes are counted as they come; the refusal of a larger file names its limit
    request_max_body_size=None,
    responses={
        **shown(RunAnswer, "The run that reads the file.", examples.RUN),
        **declared(*_ASKED),
    },
)
async def upload_list(
    request: edge.AnyRequest,
    key: questions.SourceId,
    list_name: ListIs = "",
    because: BecauseIs = "",
    seen: SeenIs = "",
    obtained: ObtainedIs = "",
    file_name: FileName = "",
) -> Response[RunAnswer]:
    who = await principal(request, Role.STEWARD)
    told = {"list": list_name, "because": because, "seen": seen, "obtained": obtained}
    asked = await take(request, key, who, told, file_name)
    return await fresh(request, RunAnswer, reading.run, asked)


async def take(
    request: edge.AnyRequest,
    key: str,
    by: Principal,
    told: dict[str, str],
    file_name: str = "",
    *,
    of_page: bool = False,
) -> int:
    """The request's file for a list of the source; returns the run's id. ``told``: the fields as
    the address tells them; a form's own are written over them. Raises what
    :func:`services.desk.runs.hand_in` raises.

    ``of_page``: from a page's form, which carries its session's token; what is still on its way is
    read and dropped before a refusal, because a browser hears no answer before its last byte is
    taken.
    """
    body = request.stream()
    most = edge.settings(request).fetch.max_bytes
    try:
        check_size(request.content_length or 0, most + 100_000)  # a form's own words beside it
        return await _take(request, body, key, by, told, file_name, most, of_page=of_page)
    except LabdirError:
        if of_page and (request.content_length or 0) <= 4 * most:
            async for _ in body:
                pass
        raise


async def _take(
    request: edge.AnyRequest,
    body: AsyncIterator[bytes],
    key: str,
    by: Principal,
    told: dict[str, str],
    file_name: str,
    most: int,
    *,
    of_page: bool,
) -> int:
    got, said, now = Bytes(most), told, edge.now(request)
    fields = (*FIELDS, FORM_TOKEN) if of_page else FIELDS
    async for piece in uploads.pieces(request, body, file_name, fields):
        if isinstance(piece, uploads.Told):
            said[piece.name] = piece.value
        elif isinstance(piece, uploads.Begun):
            file_name = piece.file_name
        else:
            got.add(piece)
    if of_page:
        own_form(request, said)
    handed = Handed(
        said["list"].strip(), said["because"], file_name, seen_at(said["seen"], now),
        said["obtained"],
    )  # fmt: skip
    return await edge.write(request, runs.hand_in, by, key, handed, got, now)


handlers: list[Any] = [preview_reread, reread_run, upload_list]
