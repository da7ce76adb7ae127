"""Keeping raw bytes, by SHA-256 and compressed, before anyone parses them."""

import hashlib
import zlib
from collections.abc import Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services.kit import Page
from services.models import Payload, RunPayload
from services.sync.fetch import Fetched


def content_hash(pages: Iterable[Page]) -> bytes:
    """One hash for all pages of a list, in order."""
    whole = hashlib.sha256()
    for page in pages:
        whole.update(hashlib.sha256(page.body).digest())
    return whole.digest()


def keep(
    conn: Connection, run_id: int, fetched: Sequence[Fetched], publisher_url: str, now: datetime
) -> None:
    """Store each page's bytes once, and that this run fetched them. Safe to repeat."""
    for number, one in enumerate(fetched, 1):
        digest = hashlib.sha256(one.page.body).digest()
        conn.execute(
            insert(Payload)
            .values(
                sha256=digest,
                size=len(one.page.body),
                body=zlib.compress(one.page.body, 6),
                kept_at=now,
            )
            .on_conflict_do_nothing()
        )
        row = {
            "sha256": digest,
            "url": one.page.url,
            "publisher_url": publisher_url if number == 1 else one.page.url,
            "name": one.page.name,
            "content_type": one.page.content_type,
            "charset": one.page.charset,
            "headers": dict(one.headers),
            "fetched_at": one.fetched_at,
        }
        put = insert(RunPayload).values(run_id=run_id, page=number, **row)
        conn.execute(put.on_conflict_do_update(index_elements=["run_id", "page"], set_=row))


def kept(conn: Connection, run_id: int) -> list[tuple[Page, dict[str, str]]]:
    """The pages of an earlier run with the headers they came with, in order."""
    columns = RunPayload.__table__.c
    rows = conn.execute(
        sa.select(*columns, Payload.body)
        .join(Payload, Payload.sha256 == RunPayload.sha256)
        .where(RunPayload.run_id == run_id)
        .order_by(RunPayload.page)
    )
    return [
        (
            Page(
                url=row.url,
                body=zlib.decompress(row.body),
                content_type=row.content_type,
                charset=row.charset,
                name=row.name,
                page=row.page,
            ),
            dict(row.headers),
        )
        for row in rows
    ]


def bytes_of(conn: Connection, sha256: bytes) -> bytes | None:
    """Kept bytes by hash, None where the directory never had them."""
    body = conn.execute(
        sa.select(Payload.body).where(Payload.sha256 == sha256)
    ).scalar_one_or_none()
    return None if body is None else zlib.decompress(body)
