"""Receipts as pages: issued from the check page, read, printed, scanned."""

import hashlib
import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from markupsafe import Markup
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.pages.check import check_page, told
from directory.pages.check_asked import NAMES, read_form
from directory.pages.render import Banners, Frame, render, web
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from services.errors import NotFound
from services.evidence import keys, receipt
from services.evidence.keys import BadSignature, NoSigningKey
from services.evidence.receipt import Issued, Verified
from services.find.meta import load_sources, source_ref
from services.find.views import SourceRef
from services.verdict.answer import answer

_ID = re.compile(r"[A-Za-z0-9_-]{10,64}")
_SEE_OTHER = 303
_PRIVATE = {"cache-control": "no-store"}
# characters of a JWS that is written out on the page: a longer one is fetched
LONGEST_SHOWN = 40_000


@dataclass(frozen=True)
class Kept:
    """A receipt as stored. ``held``: what its signature proves, or why it does not hold;
    ``titles``: of the sources of its evidence."""

    receipt: Issued
    held: Verified | str
    titles: dict[str, SourceRef]


def receipt_page(frame: Frame, kept: Kept, origin: str) -> str:
    """``origin``: this directory's own address as set, "" where none is: what is scanned is never
    taken from a request."""
    one, held = kept.receipt, kept.held
    said = one.said
    address = f"{origin}{frame.url(f'/receipts/{one.id}')}" if origin else ""
    return render(
        frame,
        "receipt.html",
        receipt=one,
        statement=said,
        **told(frame.tongue, said.answer, said.rule_version),
        verified=held if isinstance(held, Verified) else None,
        broken=held if isinstance(held, str) else "",
        digest=hashlib.sha256(one.jws.encode()).hexdigest(),
        longest=LONGEST_SHOWN,
        address=address,
        # made here from an address and an id of ours; segno escapes what stands in it
        qr=Markup(receipt.qr_svg(address)) if address else "",
        origin=origin,
        titles=kept.titles,
        meta=None,
        banner=Banners(made=any(e.made for e in said.answer.evidence)),
    )


def keyless_page(frame: Frame, fault: NoSigningKey) -> str:
    """No receipt can be issued; ``frame`` is the question, to which one goes back."""
    return render(frame, "receipt_none.html", fault=fault, meta=None, banner=Banners())


def public_origin(request: edge.AnyRequest) -> str:
    """The directory's own address as its keeper set it, without a slash at its end, or ""."""
    return web(edge.settings(request).proof.origin).rstrip("/")


def _stored(conn: Connection, receipt_id: str, now: datetime) -> Kept:
    """The receipt and whether its signature holds. Raises NotFound."""
    if not _ID.fullmatch(receipt_id):
        raise NotFound("There is no such receipt here.", "Check its address, letter by letter.")
    one = receipt.stored(conn, receipt_id)
    held: Verified | str
    try:
        held = receipt.verify(one.jws, keys.public_keys(conn))
    except BadSignature as fault:
        held = str(fault)
    shown = {e.source for e in one.said.answer.evidence}
    sources = load_sources(conn, at=now)
    titles = {key: source_ref(sources[key], now) for key in shown if key in sources}
    return Kept(one, held, titles)


@post("/check/receipt", status_code=_SEE_OTHER)
async def issue(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Response[Any]:
    """The question of the form, answered anew as known at the moment that it names, and signed.

    Only from a page of this host: another site shall not have things signed here by a visitor.
    """
    who.same_origin(request)
    form = await request.form()
    now, settings = edge.now(request), edge.settings(request)
    typed = read_form(tongue, {name: str(form.get(name, "")) for name in NAMES}, now)
    frame = Frame(tongue, "/check", typed.query)
    if typed.asked is None:
        return page(check_page(frame, typed, None), 400, _PRIVATE)
    try:
        signer = await edge.read(request, keys.signer, settings.proof.keys)
    except NoSigningKey as fault:
        return page(keyless_page(frame, fault), 503, _PRIVATE)
    found, about = await edge.snapshot(
        request, answer, typed.asked, known_at=typed.known_at, today=edge.today(request)
    )
    origin = settings.proof.origin
    made = await edge.write(request, receipt.issue, found, about, now, signer, origin=origin)
    return Redirect(tongue.path(f"/receipts/{made.id}"), _PRIVATE, _SEE_OTHER)


@get("/receipts/{receipt_id:str}")
async def read(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], receipt_id: FromPath[str]
) -> Response[str]:
    """A receipt as it was issued."""
    kept = await edge.read(request, _stored, receipt_id, edge.now(request))
    frame = Frame(tongue, f"/receipts/{receipt_id}")
    status = 200 if isinstance(kept.held, Verified) else 500
    return page(receipt_page(frame, kept, public_origin(request)), status)


@get("/receipts/{receipt_id:str}/jws")
async def download(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], receipt_id: FromPath[str]
) -> Response[bytes]:
    """The JWS alone as a file, byte for byte as it was issued (RFC 7515, 9.2.1)."""
    one = (await edge.read(request, _stored, receipt_id, edge.now(request))).receipt
    named = f'attachment; filename="receipt-{one.id}.jws"'
    headers = {"content-disposition": named, "cache-control": "public, max-age=31536000, immutable"}
    return Response(one.jws.encode(), media_type=receipt.MEDIA_TYPE, headers=headers)


handlers = (issue, read, download)
