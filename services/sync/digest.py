"""The hashes by which what was read is named. They stand in the log: their bytes never change."""

import hashlib

import msgspec

from services.fact import Fact
from services.kit import Draft


def fact_hash(fact: Fact) -> bytes:
    """SHA-256 over the canonical JSON of all that the fact says, days of validity included."""
    return hashlib.sha256(msgspec.json.encode(fact, order="sorted")).digest()


def content_of(draft: Draft) -> bytes:
    """The canonical JSON of a record's content; where it stood in the file is no part of it."""
    return msgspec.json.encode(msgspec.structs.replace(draft, where=""), order="sorted")


def draft_hash(draft: Draft) -> bytes:
    """SHA-256 over :func:`content_of`."""
    return hashlib.sha256(content_of(draft)).digest()
