"""The kept bytes held against their SHA-256, and each run's pages against its content hash."""

import hashlib
import zlib
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.evidence.findings import Finding, Progress, count, stream

_TOGETHER = 16 * 1024 * 1024  # compressed bytes in memory at once; one payload may be larger
_PIECE = 1024 * 1024  # bytes unpacked at once


def payloads(conn: Connection, tell: Progress) -> Iterator[Finding]:
    """Payloads whose bytes are not those of their hash, runs whose pages are not those fetched."""
    total, done = count(conn, m.Payload), 0
    for batch in _batches(conn):
        of = m.Payload.sha256.in_([row.sha256 for row in batch])
        query = sa.select(m.Payload.sha256, m.Payload.size, m.Payload.body).where(of)
        for row in conn.execute(query):
            if said := _wrong(row):
                yield Finding("payload", _where(conn, row.sha256), said)
        done += len(batch)
        tell("payload", done, total)
    yield from _pages(conn)


def _batches(conn: Connection) -> Iterator[Sequence[Any]]:
    """Payloads in groups that fit into memory."""
    length = sa.func.octet_length(m.Payload.body).label("length")
    query = sa.select(m.Payload.sha256, length).order_by(m.Payload.sha256)
    batch: list[Any] = []
    size = 0
    for row in stream(conn, query):
        if batch and size + row.length > _TOGETHER:
            yield batch
            batch, size = [], 0
        batch.append(row)
        size += row.length
    if batch:
        yield batch


def _wrong(row: Any) -> str:
    """What is wrong with a payload, or ""."""
    digest, size, unpack = hashlib.sha256(), 0, zlib.decompressobj()
    try:
        rest = bytes(row.body)
        while rest and not unpack.eof and size <= row.size:
            piece = unpack.decompress(rest, _PIECE)
            rest = unpack.unconsumed_tail
            digest.update(piece)
            size += len(piece)
        piece = unpack.flush()
    except zlib.error:
        return "its bytes were altered: they cannot be unpacked"
    digest.update(piece)
    size += len(piece)
    if digest.digest() != bytes(row.sha256):
        return f"its bytes were altered: their SHA-256 is {digest.hexdigest()}"
    if unpack.unused_data or not unpack.eof:
        return "its bytes were altered: something was put after them"
    if size != row.size:
        return f"its size was altered: {size} bytes are there"
    return ""


def _where(conn: Connection, sha256: bytes) -> str:
    """A payload by its hash and a run that fetched it."""
    runs = sa.select(sa.func.min(m.RunPayload.run_id)).where(m.RunPayload.sha256 == sha256)
    run = conn.execute(runs).scalar()
    return f"{bytes(sha256).hex()}" + (f" (run {run})" if run is not None else "")


_PAGES = """
    select r.id from run r join log_leaf l on l.run_id = r.id join (
        select run_id, sha256(string_agg(sha256, cast('' as bytea) order by page)) as made
        from run_payload group by run_id
    ) p on p.run_id = r.id
    where r.content_hash <> p.made order by r.id
"""


def _pages(conn: Connection) -> Iterator[Finding]:
    """Published runs whose kept pages are not those fetched (services/sync/keep.content_hash)."""
    for row in stream(conn, sa.text(_PAGES)):
        said = "its pages are not those that the run fetched, or its content_hash was altered"
        yield Finding("run_payload", f"run {row.id}", said)
