"""Keeping raw bytes, by SHA-256 and compressed, before anyone parses them."""

import hashlib
import zlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services.kit import Page, Request
from services.models import Payload, Run, RunPayload
from services.sync.fetch import Fetched
from services.sync.pages import Pages
from services.terms import RunState


def content_hash(pages: Iterable[Page]) -> bytes:
    """One hash for all pages of a list, in order."""
    whole = hashlib.sha256()
    for page in pages:
        whole.update(hashlib.sha256(page.body).digest())
    return whole.digest()


def keep(
    conn: Connection, run_id: int, fetched: Sequence[Fetched], publisher_url: str, now: datetime
) -> None:
    """Store each page's bytes once, and that this run fetched them. Safe to repeat: what an earlier
    try of the run fetched beyond these pages is no page of it any more."""
    beyond = RunPayload.run_id == run_id, RunPayload.page > len(fetched)
    conn.execute(sa.delete(RunPayload).where(*beyond))
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
            "publisher_url": _publisher_url(one, publisher_url if number == 1 else one.page.url),
            "name": one.page.name,
            "content_type": one.page.content_type,
            "charset": one.page.charset,
            "headers": dict(one.headers),
            "fetched_at": one.fetched_at,
        }
        put = insert(RunPayload).values(run_id=run_id, page=number, **row)
        conn.execute(put.on_conflict_do_update(index_elements=["run_id", "page"], set_=row))


def _publisher_url(one: Fetched, told: str) -> str:
    return told if one.publisher_url is None else one.publisher_url


def kept(conn: Connection, run_id: int) -> Iterator[tuple[Page, dict[str, str]]]:
    """The pages of an earlier run with the headers they came with, in order, one at a time."""
    return ((_page(row), dict(row.headers)) for row in _rows(conn, run_id))


def kept_as_fetched(conn: Connection, run_id: int) -> Pages:
    """The pages of an earlier run as they were fetched then, in order.

    A version is as new as the last look that found the same bytes: looks that found nothing new
    keep no pages of their own.
    """
    run = conn.execute(sa.select(_SEEN_AGAIN, Run.recorded).where(Run.id == run_id)).one()
    pages = Pages()
    for row in _rows(conn, run_id):
        one = Fetched(
            request=Request(url=row.url, name=row.name, page=row.page),
            page=_page(row),
            headers=dict(row.headers),
            fetched_at=row.fetched_at,
            as_of=run.as_of or row.fetched_at,
            recorded=run.recorded,
            publisher_url=row.publisher_url,
        )
        pages.append(one)
    return pages


_again = sa.alias(Run.__table__, "again")
_SEEN_AGAIN = sa.func.greatest(
    Run.as_of,
    sa.select(sa.func.max(_again.c.as_of))
    .where(
        _again.c.list_id == Run.list_id,
        _again.c.record_key == Run.record_key,
        _again.c.content_hash == Run.content_hash,
        _again.c.state.in_([RunState.PUBLISHED, RunState.UNCHANGED]),
    )
    .correlate(Run)
    .scalar_subquery(),
).label("as_of")


def _rows(conn: Connection, run_id: int) -> Iterator[Any]:
    """One page's bytes at a time."""
    of = RunPayload.run_id == run_id
    numbers = conn.execute(sa.select(RunPayload.page).where(of).order_by(RunPayload.page)).scalars()
    for number in numbers.all():
        yield conn.execute(
            sa.select(*RunPayload.__table__.c, Payload.body)
            .join(Payload, Payload.sha256 == RunPayload.sha256)
            .where(of, RunPayload.page == number)
        ).one()


def _page(row: Any) -> Page:
    return Page(
        url=row.url,
        body=zlib.decompress(row.body),
        content_type=row.content_type,
        charset=row.charset,
        name=row.name,
        page=row.page,
    )
