"""A webhook's message and its signature, by the Standard Webhooks convention (symmetric, "v1").

The bytes of a message are made once and kept: every attempt sends the same ones under the same id,
so that a receiver can tell a repeat. Only the time of the attempt, and so the signature, differs.
"""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from datetime import datetime

import msgspec

from services.find.views import ChangeView

PUBLISHED = "changes.published"
TEST = "subscription.test"
SECRET_PREFIX = "whsec_"
MOST_CHANGES = 100  # a message


class Told(msgspec.Struct, frozen=True, kw_only=True, rename={"first": "from", "last": "to"}):
    """``first``-``last``: places of the first and the last change ("8.0"), "" where there is none.
    A place given to /api/v1/changes as cursor goes on behind it."""

    changes: tuple[ChangeView, ...]
    first: str
    last: str


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What is sent. ``timestamp``: when it was written."""

    type: str
    timestamp: datetime
    data: Told


def new_secret() -> str:
    """A signing secret: 256 bits (the convention asks for 24 to 64 bytes)."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def new_id() -> str:
    return f"msg_{secrets.token_hex(16)}"


def published(changes: Sequence[ChangeView], now: datetime) -> str:
    """The body of a message with these changes, at least one."""
    told = Told(changes=tuple(changes), first=changes[0].cursor, last=changes[-1].cursor)
    return _written(Message(type=PUBLISHED, timestamp=now, data=told))


def test(now: datetime) -> str:
    """The body of a message that only shows that messages arrive."""
    return _written(Message(type=TEST, timestamp=now, data=Told(changes=(), first="", last="")))


def _written(message: Message) -> str:
    return msgspec.json.encode(message).decode()


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> str:
    """The signature of one attempt: "v1," and base64 of HMAC-SHA256 over id, time and body."""
    key = base64.b64decode(secret.removeprefix(SECRET_PREFIX))
    signed = b".".join((message_id.encode(), str(int(at.timestamp())).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def headers(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers of one attempt."""
    return {
        "content-type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": sign(secret, message_id, at, body),
    }
