"""Dossiers: what the directory answers of a body, frozen, hashed, served again byte for byte."""

import asyncio
import base64
import hashlib
from email.utils import format_datetime
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote, urlencode

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import QueryParameter

from directory import edge, who
from directory.api import examples, questions
from directory.api.answers import NOT_MODIFIED, also
from directory.api.problems import declared
from services.evidence import dossier
from services.evidence.dossier import Dossier
from services.evidence.dossier_bytes import kept_bytes, with_bytes
from services.evidence.dossier_views import (
    FORMAT,
    ChangeRef,
    DossierDocument,
    DossierView,
    FileRef,
    KeptRef,
    LeafRef,
    LogState,
    LookRef,
    RecordRef,
)
from services.terms import ChangeKind, Role, Tier


class Form(StrEnum):
    JSON = "json"
    ZIP = "zip"


FormIs = Annotated[
    str,
    QueryParameter(
        name="format",
        required=False,
        description="json: the document; zip: the same with extracts as CSV; json if left out",
        max_length=10,
        examples=[Example(summary="zip", value="zip")],
        schema_extra={"enum": ["", *(form.value for form in Form)]},
    ),
]
Rules = Annotated[
    str,
    QueryParameter(
        name="rules",
        required=False,
        description="the version of the rules it was judged under, where it was issued under "
        "several; the one issued first if left out",
        max_length=40,
        examples=[Example(summary="2026.1", value="2026.1")],
    ),
]

_HASH = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
_seen = examples.BODY.meta.as_known_at
_look = LookRef(run=7, as_of=_seen, known_at=_seen, content=_HASH)
_EXAMPLE = DossierDocument(
    data=DossierView(
        format=FORMAT,
        asked="b12",
        body=msgspec.structs.replace(
            examples.BODY.data,
            scope=msgspec.structs.replace(examples.BODY.data.scope, lines=()),
            timeline=(),
            # these are shown whole with the addresses of their own
            accreditations=(),
            sites=(),
            presences=(),
            credentials=(),
        ),
        timeline=examples.TIMELINE.data,
        records=(
            RecordRef(
                id=41,
                source="example_register",
                list="bodies",
                key="L90001",
                rule="new body",
                linked_at=_seen,
                looks=1,
                first=_look,
                last=_look,
                left=None,
            ),
        ),
        evidence=(
            KeptRef(
                run=7,
                page=1,
                source="example_register",
                list="bodies",
                tier=Tier.AB_REGISTER,
                url="https://register.example/bodies",
                fetched_at=_seen,
                recorded=False,
                known_at=_seen,
                sha256=_HASH,
                size=48210,
                parser_version=1,
                statements=9,
            ),
        ),
        log=LogState(position=8, tree_size=9, tree_root=_HASH),
        leaves=(LeafRef(position=8, run=7, rows=1, root=_HASH, leaf_hash=_HASH, known_at=_seen),),
        changes=(
            ChangeRef(
                position=8,
                row=0,
                kind=ChangeKind.LINES,
                what="scope_line",
                key="L90001",
                record=41,
                accreditation="a34",
                before=None,
                after={"lines": 1},
                fact_hash=_HASH,
                repeats=False,
            ),
        ),
        decisions=(),
        files=(FileRef(name="evidence.csv", sha256=_HASH, size=311, rows=1),),
    ),
    meta=examples.BODY.meta,
)


@get(
    "/bodies/{body_id:str}/dossier",
    operation_id="readDossier",
    operation_class=also("application/zip"),
    summary="Dossier of a body",
    description="One body, `on` a day, as `known_at` a time, with everything that the answer rests "
    "on: decisions with reasons and rules, timeline, the bytes that were read with their hashes, "
    "its change rows and the root of the log. Frozen when first asked for and served again byte "
    "for byte, whatever is learned, merged or mended later. Without `known_at` or `on` you are "
    "sent on (303) to the address that names both: cite that one. `Repr-Digest` (RFC 9530) holds "
    "the SHA-256 of what is sent; of the JSON it is the dossier's own hash, which vouches for "
    "every file of the zip. The zip holds extracts as CSV and a note on checking it; signed-in "
    "regulators and stewards find in it the kept bytes that the sources' settings permit.",
    tags=["Bodies"],
    responses={
        200: ResponseSpec(
            DossierDocument,
            description="The dossier; with `format=zip` an application/zip.",
            generate_examples=False,
            examples=[Example(summary="A made-up body", value=_EXAMPLE)],
        ),
        303: ResponseSpec(None, description="`Location` names the fixed day and time."),
        304: NOT_MODIFIED,
        **declared(400, 401, 404, 405, 500, 503),
    },
)
async def read_dossier(
    request: edge.AnyRequest,
    body_id: questions.BodyId,
    on: questions.On = "",
    known_at: questions.KnownAt = "",
    form: FormIs = "",
    rules: Rules = "",
) -> Response[bytes]:
    form = questions.one_of("format", form, Form) or Form.JSON
    moment, rules = await questions.moment(request, on, known_at), rules.strip()
    # today's date as a time of knowledge is the present moment, and moves on with it
    now_asked = known_at.strip() in ("", edge.today(request).isoformat())
    if now_asked or not on.strip():
        return await _fixed(request, body_id, moment, form, rules, now_asked)
    row = await edge.read(
        request, dossier.stored, body_id, on=moment.on, known_at=moment.known_at, rules=rules
    )
    found = await (_issue(request, body_id, moment) if row is None else _opened(row))
    if form == Form.ZIP:
        return await _zip(request, found)
    return _answer(request, found, found.document, found.sha256, "json")


async def _fixed(
    request: edge.AnyRequest,
    body_id: str,
    moment: questions.Moment,
    form: str,
    rules: str,
    now_asked: bool,
) -> Response[bytes]:
    known_at = moment.known_at
    if now_asked:
        known_at = await edge.read(
            request, dossier.newest_knowledge, body_id, moment.on, edge.now(request)
        )
    said = {
        "on": moment.on.isoformat(),
        "known_at": known_at.isoformat().replace("+00:00", "Z"),
        "format": "" if form == Form.JSON else form,
        "rules": rules,
    }
    query = urlencode({name: value for name, value in said.items() if value}, safe=":")
    address = f"{quote(request.url.path)}?{query}"
    headers = {"location": address, "cache-control": "no-store"}
    return Response(b"", status_code=303, headers=headers)


async def _opened(row: object) -> Dossier:
    # a large one takes tens of milliseconds: not where everyone waits
    return await asyncio.to_thread(dossier.opened, row)


async def _issue(request: edge.AnyRequest, body_id: str, moment: questions.Moment) -> Dossier:
    made = await edge.snapshot(
        request,
        dossier.freeze,
        body_id,
        on=moment.on,
        known_at=moment.known_at,
        now=edge.now(request),
    )
    packed = await asyncio.to_thread(made.packed)
    return await edge.write(request, dossier.keep, made, packed)


async def _zip(request: edge.AnyRequest, found: Dossier) -> Response[bytes]:
    """With kept bytes for those who may have them; never for anybody else."""
    asker = await who.principal_or_none(request)
    if asker is None or not asker.may(Role.REGULATOR):
        digest = hashlib.sha256(found.archive).digest()
        answer = _answer(request, found, found.archive, digest, "zip")
        answer.headers["vary"] = "authorization, cookie"
        return answer
    held = await edge.read(request, kept_bytes, found)
    content = await asyncio.to_thread(with_bytes, found, held)
    digest = hashlib.sha256(content).digest()
    answer = _answer(request, found, content, digest, "zip")
    answer.headers["cache-control"] = "private, no-store"
    return answer


def _answer(
    request: edge.AnyRequest, found: Dossier, content: bytes, digest: bytes, kind: str
) -> Response[bytes]:
    etag = f'"{digest.hex()}"'  # strong (RFC 9110, 8.8.1): the same bytes for ever
    headers = {
        "etag": etag,
        "repr-digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
        "last-modified": format_datetime(found.issued_at, usegmt=True),
        "cache-control": "no-cache",
    }
    if edge.matches(request, etag):
        return Response(b"", status_code=304, headers=headers)
    name = f"dossier-b{found.body_id}-{found.on}.{kind}"
    shown = "attachment" if kind == "zip" else "inline"
    headers["content-disposition"] = f'{shown}; filename="{name}"'
    media_type = "application/json" if kind == "json" else "application/zip"
    return Response(content, media_type=media_type, headers=headers)
