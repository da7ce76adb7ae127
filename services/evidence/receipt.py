"""Receipts: a verdict as it was given, signed, so that anyone can later prove what was said.

A receipt is a JWS in compact form over the question, the whole answer, the place in the log and
the version of the rules; it is stored as issued and served again byte for byte. Nothing is judged
here: a receipt says what the answer says.
"""

import base64
import io
import json
import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
import segno
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import BadQuestion, NotFound
from services.evidence import log
from services.evidence.keys import BadSignature, Signer, open_jws
from services.find.views import Meta, View
from services.models import Receipt
from services.verdict.views import Answer

TYPE = "labdir-receipt+jwt"
MEDIA_TYPE = "application/jose"  # RFC 7515, 9.2.1: a JWS in compact form
LONGEST = 1_000_000  # characters of a receipt that is read; a real one has some ten thousand


class LogPlace(View, frozen=True, kw_only=True):
    """Where the log stood: its newest position (-1: empty), its size and its root (RFC 9162)."""

    position: int
    size: int
    root: str


class Statement(View, frozen=True, kw_only=True):
    """What a receipt says. ``iss``, ``jti``, ``iat`` are those of RFC 7519: the origin, the
    receipt's id, when it was issued in seconds."""

    iss: str
    jti: str
    iat: int
    issued_at: datetime
    known_at: datetime
    rule_version: str
    log: LogPlace
    answer: Answer


@dataclass(frozen=True, slots=True)
class Issued:
    """A receipt as stored."""

    id: str
    issued_at: datetime
    log_position: int
    kid: str
    jws: str

    @property
    def said(self) -> Statement:
        """What it says, read without checking: it comes from our own table."""
        return _read(_payload(self.jws))

    @property
    def payload(self) -> bytes:
        """The signed bytes of the payload."""
        return _payload(self.jws)


def issue(
    conn: Connection, answer: Answer, meta: Meta, now: datetime, signer: Signer, *, origin: str
) -> Issued:
    """Sign and store a receipt over an answer as it was given, with its ``meta``.

    Raises BadQuestion where the answer names a place that the log never had.
    """
    size = meta.log_position + 1
    if not 0 <= size <= log.next_position(conn):
        raise BadQuestion(f"The log has no position {meta.log_position}.")
    receipt_id = secrets.token_urlsafe(18)  # 144 bits: nobody guesses it
    said = Statement(
        iss=origin,
        jti=receipt_id,
        iat=int(now.timestamp()),
        issued_at=now.astimezone(UTC),
        known_at=answer.known_at,
        rule_version=meta.rule_version,
        log=LogPlace(position=size - 1, size=size, root=log.tree_root(conn, size).hex()),
        answer=answer,
    )
    jws = signer.sign(msgspec.json.encode(said), TYPE)
    found = Issued(receipt_id, now, size - 1, signer.kid, jws)
    conn.execute(
        sa.insert(Receipt).values(
            id=receipt_id, issued_at=now, log_position=size - 1, kid=signer.kid, jws=jws
        )
    )
    return found


def stored(conn: Connection, receipt_id: str) -> Issued:
    """A receipt as it was issued. Raises NotFound."""
    row = conn.execute(sa.select(Receipt.__table__).where(Receipt.id == receipt_id)).one_or_none()
    if row is None:
        raise NotFound("There is no such receipt here.", "Check its address, letter by letter.")
    return Issued(row.id, row.issued_at.astimezone(UTC), row.log_position, row.kid, row.jws)


# --- verifying, without a database ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Verified:
    """A receipt whose signature holds, and by which key. ``retired_at``: of the key, since then."""

    kid: str
    retired_at: datetime | None
    said: Statement


def verify(token: str, keys: Iterable[Mapping[str, Any]]) -> Verified:
    """Check a receipt against public keys (members of a JWK set).

    Raises BadSignature with the reason: see :func:`services.evidence.keys.open_jws`; and where it
    says it was issued after its key was retired, or says nothing that a receipt says.
    """
    opened = open_jws(token.strip(), keys, TYPE)
    said = _read(opened.payload)
    if opened.retired_at is not None and said.issued_at >= opened.retired_at:
        raise BadSignature(
            f"It says it was issued on {said.issued_at:%Y-%m-%d %H:%M} UTC, but its key was "
            f"retired on {opened.retired_at:%Y-%m-%d %H:%M} UTC."
        )
    return Verified(opened.kid, opened.retired_at, said)


def token_in(text: str) -> str:
    """The JWS in a file: by itself, or as the member "jws" of JSON. Raises BadSignature."""
    text = text.strip()
    if len(text) > LONGEST:
        raise BadSignature(f"It has {len(text)} characters; no receipt has more than {LONGEST}.")
    if not text.startswith("{"):
        return text
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise BadSignature("It begins like JSON and is none.") from fault
    found = found.get("data", found)
    token = found.get("jws") if isinstance(found, dict) else None
    if not isinstance(token, str):
        raise BadSignature('The JSON has no member "jws".')
    return token


def keys_in(text: str | bytes) -> list[dict[str, Any]]:
    """The keys of a JWK set (RFC 7517, 5). Raises BadSignature where it is none."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as fault:
        raise BadSignature("The keys are no JSON.", "Take /.well-known/jwks.json.") from fault
    keys = found.get("keys") if isinstance(found, dict) else None
    if not isinstance(keys, list) or not all(isinstance(one, dict) for one in keys):
        raise BadSignature('The keys are no JWK set: no list "keys".')
    return keys


def _payload(jws: str) -> bytes:
    part = jws.split(".")[1]
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))


def _read(payload: bytes) -> Statement:
    try:
        return msgspec.json.decode(payload, type=Statement)
    except msgspec.DecodeError as fault:
        raise BadSignature("What is signed is no receipt of this form.") from fault


# --- in words -------------------------------------------------------------------------------------


def in_words(one: Verified) -> list[str]:
    """What a receipt says, line by line, in English."""
    said, answer = one.said, one.said.answer
    asked, judged = answer.asked, answer.judged
    partly = " (partly)" if judged.partial else ""
    lines = [
        f"Receipt {said.jti} of {said.iss}, issued {said.issued_at:%Y-%m-%d %H:%M:%S} UTC.",
        f"Asked: {_question(answer)}",
        f"As the directory knew it on {said.known_at.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC.",
        f"Verdict: {judged.verdict}{partly}, confidence {judged.confidence}.",
    ]
    lines += [
        f"  because: {reason.text}" + (f" (rule {reason.rule})" if reason.rule else "")
        for reason in judged.reasons
    ]
    if judged.since or judged.until:
        lines.append(f"  from {judged.since or 'unknown'} to {judged.until or 'further notice'}")
    if answer.line_text:
        lines.append(f"  by the scope line: {answer.line_text}")
    if answer.event is not None:
        lines.append(f"  by the event: {answer.event.kind} {answer.event.on or ''}".rstrip())
    lines += [f"  note: {flag.text}" for flag in judged.flags]
    lines += [
        f"  evidence: {sha256} ({url})"
        for sha256, url in dict.fromkeys((e.sha256, e.url) for e in answer.evidence)
    ]
    lines += [
        f"Rules {said.rule_version}; log of {said.log.size} leaves, root {said.log.root}.",
        f"Signed with the key {one.kid}"
        + (f", retired since {one.retired_at:%Y-%m-%d}." if one.retired_at else "."),
    ]
    if not asked.ref:
        return lines
    return [*lines, f"Reference: {asked.ref}"]


def _question(answer: Answer) -> str:
    asked = answer.asked
    named = " ".join(filter(None, (asked.issuer, asked.number))) or asked.accreditation
    parts = [named or asked.body]
    if named and asked.body:
        parts.append(f"of {asked.body}")
    if asked.activity is not None:
        activity = msgspec.structs.asdict(asked.activity)
        words = ", ".join(f"{key} {value}" for key, value in activity.items() if value)
        parts.append(f"for {words}" if words else "")
    if asked.site:
        parts.append(f"at {asked.site}")
    return " ".join(filter(None, (*parts, f"on {asked.on}")))


def qr_svg(url: str) -> str:
    """An address as a QR code (ISO/IEC 18004): SVG to stand within a page, without script.

    ``url`` must be an address of this host: whoever scans the paper asks the directory itself.
    """
    out = io.BytesIO()
    code = segno.make(url, error="m", micro=False)
    code.save(
        out, kind="svg", xmldecl=False, svgns=True, nl=False, border=4, omitsize=True, title=url,
        svgclass="qr", lineclass=None, light="#fff",
    )  # fmt: skip
    return out.getvalue().decode("utf-8")
