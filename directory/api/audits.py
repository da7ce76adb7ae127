"""Audits: a file of rows, each judged on its own dates. An account's audits are its own."""

import asyncio
import re
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from litestar import Response, delete, get, post
from litestar.params import Body
from litestar.response import ServerSentEvent, ServerSentEventMessage, Stream

from directory import edge, who
from directory.api import audit_forms as forms
from directory.api import questions, uploads
from directory.api.audit_forms import AuditAnswer, AuditsAnswer, MappingIn, RerunIn, RowsAnswer
from directory.api.problems import BadParameter
from directory.pages.standing import because, flagged, verdict_word
from directory.pages.tongue import ZH
from directory.pages.words import WORDS
from services.audit import find, pages, result, upload
from services.audit.pages import Page
from services.audit.views import AuditView, Progress
from services.find.views import Reason
from services.terms import AuditState

_ENDED = (AuditState.DONE, AuditState.REFUSED, AuditState.MAPPING)
_LOOK = 0.5  # seconds between two looks of a live progress
_SIGN = 15.0  # seconds after which silence is broken, so that no proxy takes it for the end
_LIVE = 3600.0  # seconds after which a live progress ends; a follower comes back by itself


def number_of(audit_id: str) -> int:
    """Raises BadParameter unless it is a number that an audit could have."""
    if not re.fullmatch(r"[0-9]{1,18}", audit_id):
        raise BadParameter(
            "audit_id", f'"{audit_id}" is no audit.', "It takes an audit's number, as 7."
        )
    return int(audit_id)


def _fresh(answer: Any, status: int = 200, **headers: str) -> Response[Any]:
    return Response(answer, status_code=status, headers={"cache-control": "no-store", **headers})


async def _one(request: edge.AnyRequest, account_id: int, number: int, status: int = 200) -> Any:
    found = await edge.read(request, find.audit, account_id, number)
    said = AuditAnswer(data=found, as_at=edge.now(request))
    return _fresh(said, status, location=f"/api/v1/audits/{number}")


# --- a file comes in ------------------------------------------------------------------------------


@post(
    "/audits",
    status_code=201,
    operation_id="startAudit",
    summary="Upload a file to be audited",
    description="A CSV or XLSX of at most 200 MB and 1,000,000 rows, as the body or as the `file` "
    "of a form. Its columns are recognised by their header words in English and Chinese; only what "
    "is certain is taken. Where that leaves a doubt, the audit waits in `mapping` with `problems` "
    "that name it; else it is judged, each row on its own dates, and ends `done`.",
    tags=["Audits"],
    operation_class=forms.UploadOperation,
    # parts are counted as they come; the refusal of a larger file names its limit
    request_max_body_size=None,
    responses=forms.shown(AuditAnswer, "The audit.", forms.STARTED, 201, 400, 401, 403, 404, 409),
)
async def start_audit(
    request: edge.AnyRequest,
    name: forms.NameIs = "",
    file_name: forms.FileName = "",
    mapping: forms.MappingIs = "",
) -> Response[AuditAnswer]:
    principal = await who.principal(request)
    told = {"name": name, "mapping": mapping}
    audit_id = await uploads.keep(request, principal.account_id, file_name, told)
    answer: Response[AuditAnswer] = await _one(request, principal.account_id, audit_id, 201)
    return answer


@post(
    "/audits/{audit_id:str}/mapping",
    status_code=200,
    operation_id="mapAudit",
    summary="Say what the columns are",
    description="For an audit that waits in `mapping`: field → column over what was recognised, "
    '"" for a field that no column holds. An empty mapping takes what was recognised. Columns that '
    "remain are carried into the result as they are.",
    tags=["Audits"],
    responses=forms.shown(AuditAnswer, "The audit.", forms.STARTED, 200, 400, 401, 403, 404, 409),
)
async def map_audit(
    request: edge.AnyRequest,
    audit_id: forms.AuditId,
    data: Annotated[MappingIn, Body(examples=[forms.MAPPING])],
) -> Response[AuditAnswer]:
    principal, number = await who.principal(request), number_of(audit_id)
    await edge.write(request, upload.set_mapping, principal.account_id, number, data.mapping)
    answer: Response[AuditAnswer] = await _one(request, principal.account_id, number)
    return answer


@post(
    "/audits/{audit_id:str}/rerun",
    status_code=201,
    operation_id="rerunAudit",
    summary="Judge the same rows again",
    description="A new audit of the rows as they were read then: as known now, or with `same` as "
    "known then, which gives the same bytes. When both are done, the rerun tells which rows have "
    "another verdict (`changed` of its rows, columns of its result).",
    tags=["Audits"],
    responses=forms.shown(AuditAnswer, "The audit.", forms.STARTED, 201, 400, 401, 403, 404, 409),
)
async def rerun_audit(
    request: edge.AnyRequest,
    audit_id: forms.AuditId,
    data: Annotated[RerunIn, Body(examples=[forms.RERUN])],
) -> Response[AuditAnswer]:
    principal, number = await who.principal(request), number_of(audit_id)
    made = await edge.write(
        request, upload.rerun, principal.account_id, number, edge.now(request), same=data.same
    )
    answer: Response[AuditAnswer] = await _one(request, principal.account_id, made, 201)
    return answer


@delete(
    "/audits/{audit_id:str}",
    operation_id="deleteAudit",
    summary="Forget an audit",
    description="Its file, its rows and its result are gone. A rerun of it stands.",
    tags=["Audits"],
    responses=forms.declared(400, 401, 403, 404),
)
async def delete_audit(request: edge.AnyRequest, audit_id: forms.AuditId) -> None:
    principal, number = await who.principal(request), number_of(audit_id)
    await edge.write(request, upload.delete, principal.account_id, number)


# --- it is read -----------------------------------------------------------------------------------


@get(
    "/audits",
    operation_id="listAudits",
    summary="Own audits",
    description="The account's audits, the newest first.",
    tags=["Audits"],
    responses=forms.shown(
        AuditsAnswer, "One page of audits.", forms.LISTED, 200, 400, 401, 403, 404
    ),
)
async def list_audits(
    request: edge.AnyRequest, cursor: questions.Cursor = "", limit: questions.Limit200 = 50
) -> Response[AuditsAnswer]:
    principal = await who.principal(request)
    found, more = await edge.read(
        request, find.audits, principal.account_id, cursor=cursor, limit=limit
    )
    return _fresh(AuditsAnswer(data=found, next_cursor=more, as_at=edge.now(request)))


@get(
    "/audits/{audit_id:str}",
    operation_id="readAudit",
    summary="Read an audit",
    description="Its state, how far it is, its rows by verdict, its columns and what each was "
    "taken for. Another account's audit is not there.",
    tags=["Audits"],
    responses=forms.shown(AuditAnswer, "The audit.", forms.READ, 200, 400, 401, 403, 404),
)
async def read_audit(request: edge.AnyRequest, audit_id: forms.AuditId) -> Response[AuditAnswer]:
    principal = await who.principal(request)
    answer: Response[AuditAnswer] = await _one(request, principal.account_id, number_of(audit_id))
    return answer


@get(
    "/audits/{audit_id:str}/rows",
    operation_id="readAuditRows",
    summary="Rows of an audit",
    description="Judged rows in the order of the file, each with its days and what was answered "
    "for each: for a report the first and last test day and the issue day (rule 9), and the day of "
    "a change within the test. The row's verdict is the gravest: adverse before NOT_JUDGED before "
    "unknown before valid.",
    tags=["Audits"],
    responses=forms.shown(RowsAnswer, "One page of rows.", forms.ROWS, 200, 400, 401, 403, 404),
)
async def read_audit_rows(
    request: edge.AnyRequest,
    audit_id: forms.AuditId,
    verdict: forms.VerdictIs = "",
    changed: forms.ChangedIs = False,
    cursor: questions.Cursor = "",
    limit: questions.Limit200 = 50,
) -> Response[RowsAnswer]:
    principal = await who.principal(request)
    found, more = await edge.snapshot(
        request, find.rows, principal.account_id, number_of(audit_id), verdict=verdict.strip(),
        changed=changed, cursor=cursor, limit=limit,
    )  # fmt: skip
    return _fresh(RowsAnswer(data=found, next_cursor=more, as_at=edge.now(request)))


@get(
    "/audits/{audit_id:str}/progress",
    operation_id="followAudit",
    summary="Live progress of an audit",
    description="Server-sent events `progress` whenever something changed, until the audit is "
    "`done`, `refused` or waits in `mapping`.",
    tags=["Audits"],
    media_type="text/event-stream",
    responses=forms.followed(400, 401, 403, 404),
)
async def follow_audit(request: edge.AnyRequest, audit_id: forms.AuditId) -> ServerSentEvent:
    principal, number = await who.principal(request), number_of(audit_id)
    first = await edge.read(request, find.progress, principal.account_id, number)
    return ServerSentEvent(
        _events(request, principal.account_id, number, first),
        # nginx would keep events back until it has a buffer full
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


async def _events(
    request: edge.AnyRequest, account_id: int, number: int, first: Progress
) -> AsyncIterator[ServerSentEventMessage]:
    told, now = None, first
    silent = lived = 0.0
    while True:
        if now != told:
            data = msgspec.json.encode(now).decode()
            yield ServerSentEventMessage(event="progress", data=data)
            told, silent = now, 0.0
        elif silent >= _SIGN:
            yield ServerSentEventMessage(comment="still at it", data=None)
            silent = 0.0
        if now.state in _ENDED or lived >= _LIVE:
            return
        await asyncio.sleep(_LOOK)
        silent, lived = silent + _LOOK, lived + _LOOK
        now = await edge.read(request, find.progress, account_id, number)


# --- its result -----------------------------------------------------------------------------------


def in_chinese(reason: Reason) -> str:
    return because(ZH, reason)


_CHINESE = result.Chinese(
    verdict=partial(verdict_word, ZH),
    confidence=lambda word: ZH(WORDS["confidence"][word]),
    flag=partial(flagged, ZH),
)


async def _result(request: edge.AnyRequest, audit_id: str, form: str, lang: str) -> Stream:
    principal, number = await who.principal(request), number_of(audit_id)
    found = await edge.read(request, find.audit, principal.account_id, number)
    if lang not in ("", "en", "zh"):
        raise BadParameter("lang", f'lang: there is no "{lang}" here.', "It takes en or zh.")
    writer = result.Writer(found, in_chinese, form, _CHINESE if lang == "zh" else None)
    every = await edge.read(request, pages.every, number)
    stem = found.file_name.rpartition(".")[0] or found.file_name
    named = quote(f"{stem}.audited.{form}")
    return Stream(
        _pieces(request, found, writer, every),
        media_type=forms.MEDIA[form],
        headers={
            "cache-control": "no-store",
            "content-disposition": f'attachment; filename="audit-{number}.{form}"; '
            f"filename*=UTF-8''{named}",
        },
    )


async def _pieces(
    request: edge.AnyRequest, found: AuditView, writer: result.Writer, every: list[Page]
) -> AsyncIterator[bytes]:
    """What is done never changes: each page is read by itself, so that no connection to the
    database waits for a slow reader, and told in a thread, so that nobody else waits for it."""
    yield writer.begin()
    for page in every:
        told = await edge.read(request, pages.page, found, page)
        yield await asyncio.to_thread(writer.piece, told)
    yield writer.end()


def _downloads(form: str, name: str) -> Any:
    @get(
        f"/audits/{{audit_id:str}}/result.{form}",
        operation_id=f"readAuditResult{form.capitalize()}",
        summary=f"Result of an audit as {name}",
        description="The file's own columns, then the verdict, each day with its own, reasons in "
        "English and Chinese with rule numbers, flags, what decided, and what names the answer. "
        "Safe from formula injection: a cell that a spreadsheet would take for a formula begins "
        "with an apostrophe. The same audit gives the same bytes; a rerun as known later has two "
        "columns more: the verdict before, and whether it changed.",
        tags=["Audits"],
        media_type=forms.MEDIA[form],
        responses=forms.downloaded(form, 400, 401, 403, 404, 409),
    )
    async def read_result(
        request: edge.AnyRequest, audit_id: forms.AuditId, lang: forms.LangIs = ""
    ) -> Stream:
        return await _result(request, audit_id, form, lang)

    return read_result


result_csv, result_xlsx = _downloads("csv", "CSV"), _downloads("xlsx", "XLSX")

handlers = [
    start_audit,
    list_audits,
    read_audit,
    delete_audit,
    map_audit,
    rerun_audit,
    read_audit_rows,
    follow_audit,
    result_csv,
    result_xlsx,
]

__all__ = ["handlers", "in_chinese", "number_of"]
