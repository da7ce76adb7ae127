"""Proof for anybody: public keys, signed checkpoints, proofs over the log, receipts."""

import hashlib
import re
from typing import Annotated

import msgspec
from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body
from sqlalchemy.engine import Connection

from directory import edge
from directory.api import proof_forms as forms
from directory.api.answers import NOT_MODIFIED, also, shown
from directory.api.asked import asked_of, known_at_of
from directory.api.problems import BadParameter, declared
from directory.api.proof_forms import (
    CheckpointAnswer,
    CheckpointView,
    ConsistencyAnswer,
    ConsistencyView,
    InclusionView,
    LeafAnswer,
    LeafView,
    RowAnswer,
    RowView,
)
from services.evidence import checkpoint, keys, log, proofs, receipt
from services.evidence.checkpoint import Signed
from services.evidence.receipt import Issued
from services.find.meta import meta
from services.find.views import Meta
from services.verdict.answer import answer

_FOR_EVER = "public, max-age=31536000, immutable"


def _number(name: str, text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", text.strip()):
        raise BadParameter(name, f'{name} is "{text}".', "It takes a whole number from 0.")
    return int(text)


def _size(conn: Connection, name: str, text: str) -> int:
    """A size of the log, its present one for "". Raises BadParameter for a larger one."""
    now = proofs.log_size(conn)
    size = _number(name, text) if text.strip() else now
    if size > now:
        raise BadParameter(name, f"{name} is {size}; the log has {now} leaves.")
    return size


# --- keys and log ---------------------------------------------------------------------------------


@get(
    "/.well-known/jwks.json",
    media_type=forms.JWKS,
    operation_id="readKeys",
    summary="Public keys",
    description="Every key that ever signed a receipt or a checkpoint, as a JWK set (RFC 7517). "
    "Retired ones stay, so that what they signed can be verified; `retired_at` says since when "
    "they sign no more.",
    tags=["Proof"],
    responses={
        200: ResponseSpec(
            forms.JwkSet,
            media_type=forms.JWKS,
            description="The keys.",
            generate_examples=False,
            examples=[Example(summary="One key", value=forms.KEYS)],
        ),
        304: NOT_MODIFIED,
        **declared(400, 404, 405, 500, 503),
    },
)
async def read_keys(request: edge.AnyRequest) -> Response[bytes]:
    known = await edge.read(request, keys.public_keys)
    content = msgspec.json.encode({"keys": known})
    etag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"etag": etag, "cache-control": "public, max-age=300"}
    if edge.matches(request, etag):
        return Response(b"", status_code=304, headers=headers)
    return Response(content, media_type=forms.JWKS, headers=headers)


def _about(conn: Connection, request: edge.AnyRequest) -> Meta:
    return meta(conn, (), on=edge.today(request), known_at=edge.now(request))


@get(
    "/log",
    operation_id="readLog",
    summary="Newest checkpoint of the log",
    description="Size and root of the log as it stands, signed: keep it, and any later state "
    "of the log can be held to it by a consistency proof. The log has one leaf per publish; its "
    "tree is that of RFC 9162.",
    tags=["Proof"],
    responses=shown(CheckpointAnswer, "It.", forms.CHECKPOINT, 400, 404, 405, 500, 503),
)
async def read_log(request: edge.AnyRequest) -> Response[CheckpointAnswer]:
    settings, now = edge.settings(request), edge.now(request)

    def sign(conn: Connection) -> Signed:
        signer = keys.signer(conn, settings.proof.keys)
        return checkpoint.sign_newest(conn, signer, now, origin=settings.proof.origin)

    found = await edge.read(request, checkpoint.standing)
    if found is None:
        found = await edge.write(request, sign)
    view = CheckpointView(
        size=found.size,
        root=found.root.hex(),
        issued_at=found.issued_at.isoformat().replace("+00:00", "Z"),
        kid=found.kid,
        jws=found.jws,
    )
    about = await edge.read(request, _about, request)
    answered = CheckpointAnswer(data=view, meta=about)
    return Response(answered, headers={"cache-control": "no-store"})


def _inclusion(one: proofs.Inclusion) -> InclusionView:
    return InclusionView(
        index=one.index,
        size=one.size,
        leaf_hash=one.leaf_hash.hex(),
        path=tuple(value.hex() for value in one.path),
        root=one.root.hex(),
    )


@get(
    "/log/{position:str}",
    operation_id="readLeaf",
    summary="A leaf of the log, proven",
    description="One publish: its run, how many change rows, the root over them, and the proof "
    "that the leaf stands in the log of `size` leaves (RFC 9162, 2.1.3).",
    tags=["Proof"],
    responses=shown(LeafAnswer, "The leaf.", forms.LEAF, 400, 404, 405, 500, 503),
)
async def read_leaf(
    request: edge.AnyRequest, position: forms.Position, size: forms.Size = ""
) -> Response[LeafAnswer]:
    number = _number("position", position)

    def ask(conn: Connection) -> LeafAnswer:
        leaf = proofs.read_leaf(conn, number)
        whole = _size(conn, "size", size)
        if whole <= number:
            raise BadParameter("size", f"size is {whole}.", f"It takes more than {number}.")
        view = LeafView(
            position=leaf.position,
            run=leaf.run_id,
            rows=leaf.rows,
            root=leaf.root.hex(),
            known_at=leaf.known_at.isoformat().replace("+00:00", "Z"),
            data=leaf.data.decode(),
            inclusion=_inclusion(proofs.prove_leaf(conn, leaf, whole)),
        )
        return LeafAnswer(data=view, meta=_about(conn, request))

    return Response(await edge.snapshot(request, ask), headers={"cache-control": "no-store"})


@get(
    "/log/{position:str}/rows/{row:str}",
    operation_id="readRow",
    summary="A change row, proven",
    description="One change as it is hashed (row, kind, what, key, record, body, accreditation, "
    "before, after, fact hash, repeats), and the proof that it stands under the leaf's `root`.",
    tags=["Proof"],
    responses=shown(RowAnswer, "The row.", forms.ROW, 400, 404, 405, 500, 503),
)
async def read_row(
    request: edge.AnyRequest, position: forms.Position, row: forms.RowNumber
) -> Response[RowAnswer]:
    number, place = _number("position", position), _number("row", row)

    def ask(conn: Connection) -> RowAnswer:
        leaf = proofs.read_leaf(conn, number)
        data, proof = proofs.prove_row(conn, leaf, place)
        view = RowView(position=number, row=place, data=data.decode(), inclusion=_inclusion(proof))
        return RowAnswer(data=view, meta=_about(conn, request))

    return Response(await edge.snapshot(request, ask), headers={"cache-control": "no-store"})


@get(
    "/log/consistency",
    operation_id="readConsistency",
    summary="That the log only grew",
    description="The proof that the log of `second` leaves begins with that of `first` (RFC 9162, "
    "2.1.4): nothing that was in it was altered or taken out.",
    tags=["Proof"],
    responses=shown(ConsistencyAnswer, "The proof.", forms.CONSISTENCY, 400, 404, 405, 500, 503),
)
async def read_consistency(
    request: edge.AnyRequest, first: forms.First = "", second: forms.Second = ""
) -> Response[ConsistencyAnswer]:
    def ask(conn: Connection) -> ConsistencyAnswer:
        new = _size(conn, "second", second)
        old = _number("first", first) if first.strip() else 1
        path = proofs.consistency_proof(conn, old, new)
        view = ConsistencyView(
            first=old,
            second=new,
            first_root=log.tree_root(conn, old).hex(),
            second_root=log.tree_root(conn, new).hex(),
            path=tuple(value.hex() for value in path),
        )
        return ConsistencyAnswer(data=view, meta=_about(conn, request))

    return Response(await edge.snapshot(request, ask), headers={"cache-control": "no-store"})


# --- receipts -------------------------------------------------------------------------------------


def _receipts(status: int, description: str) -> dict[int, ResponseSpec]:
    return {
        status: ResponseSpec(
            forms.ReceiptView,
            description=f"{description} Asked with `Accept: {receipt.MEDIA_TYPE}`: the JWS alone.",
            generate_examples=False,
            examples=[Example(summary="A made-up receipt", value=forms.RECEIPT)],
        ),
        **declared(400, 404, 405, 500, 503),
    }


def _given(request: edge.AnyRequest, one: Issued, status: int, caching: str) -> Response[bytes]:
    """The receipt as the asker wants it: the JWS, or JSON with what it says (RFC 9110, 12.5.1)."""
    headers = {
        "vary": "accept",
        "cache-control": caching,
        "location": f"/api/v1/receipts/{one.id}",
    }
    kinds = ["application/json", receipt.MEDIA_TYPE]
    if request.accept.best_match(kinds, default=kinds[0]) == receipt.MEDIA_TYPE:
        headers["content-disposition"] = f'attachment; filename="receipt-{one.id}.jws"'
        content, kind = one.jws.encode(), receipt.MEDIA_TYPE
    else:
        said = {"id": one.id, "jws": one.jws, "payload": msgspec.Raw(one.payload)}
        content, kind = msgspec.json.encode(said), kinds[0]
    return Response(content, status_code=status, media_type=kind, headers=headers)


@post(
    "/receipts",
    status_code=201,
    operation_id="issueReceipt",
    operation_class=also(receipt.MEDIA_TYPE, 201),
    summary="Issue a receipt of a verdict",
    description="Asks one question as `/validity` does and signs the answer: a JWS (RFC 7515, alg "
    "Ed25519) over the question, the whole answer, the place in the log and the version of the "
    "rules. It is kept as issued and verifies offline with the keys at `/.well-known/jwks.json`.",
    tags=["Proof"],
    responses=_receipts(201, "The receipt; `Location` is its address."),
)
async def issue_receipt(
    request: edge.AnyRequest, data: Annotated[forms.ReceiptIn, Body(examples=[forms.RECEIPT_ASKED])]
) -> Response[bytes]:
    settings, now, today = edge.settings(request), edge.now(request), edge.today(request)
    signer = await edge.read(request, keys.signer, settings.proof.keys)
    asked, known_at = asked_of(data.questions[0], today), known_at_of(data.known_at, now)
    said, about = await edge.snapshot(request, answer, asked, known_at=known_at, today=today)
    origin = settings.proof.origin
    issued = await edge.write(request, receipt.issue, said, about, now, signer, origin=origin)
    return _given(request, issued, 201, "no-store")


@get(
    "/receipts/{receipt_id:str}",
    operation_id="readReceipt",
    operation_class=also(receipt.MEDIA_TYPE),
    summary="Read a receipt",
    description="A receipt byte for byte as it was issued, whatever was learned since.",
    tags=["Proof"],
    responses=_receipts(200, "The receipt."),
)
async def read_receipt(request: edge.AnyRequest, receipt_id: forms.ReceiptId) -> Response[bytes]:
    found = await edge.read(request, receipt.stored, receipt_id)
    return _given(request, found, 200, _FOR_EVER)


handlers = [read_log, read_leaf, read_row, read_consistency, issue_receipt, read_receipt]
