"""Evidence: where each statement comes from, down to the bytes, loaded for a whole page at once."""

import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find.views import Evidence
from services.store.facts import of_ids
from services.store.merge import Said

_PAGE = re.compile(r"\bpage (\d+)\b", re.IGNORECASE)


class Proofs:
    """Evidence for statements. One query for all runs that first made them."""

    def __init__(self, conn: Connection, says: Iterable[Said]) -> None:
        self._runs: dict[int, list[Any]] = {}
        self.read(conn, says)

    def read(self, conn: Connection, says: Iterable[Said]) -> None:
        """Also of these: one query, none where all their runs are known."""
        ids = sorted({said.row.run_id for said in says} - self._runs.keys())
        if not ids:
            return
        rows = conn.execute(
            sa.select(
                m.Run.id,
                m.Run.as_of,
                m.Run.known_at,
                m.Run.recorded,
                m.Run.parser_version,
                *(m.Run.uploaded_by, m.Run.uploaded_at, m.Run.obtained),
                m.RunPayload.page,
                m.RunPayload.publisher_url,
                m.RunPayload.url,
                m.RunPayload.sha256,
                m.Payload.size,
            )
            .select_from(m.Run)
            .outerjoin(m.RunPayload, m.RunPayload.run_id == m.Run.id)
            .outerjoin(m.Payload, m.Payload.sha256 == m.RunPayload.sha256)
            .where(of_ids(m.Run.id, ids))
            .order_by(m.Run.id, m.RunPayload.page)
        )
        for row in rows:
            self._runs.setdefault(row.id, []).append(row)

    def of(self, said: Said) -> Evidence:
        """The evidence of one statement; its record's place names the page it was read from."""
        record, row = said.record, said.row
        place = record.place_in(row.run_id)
        run = self.page(said)
        looks = said.looks()
        return Evidence(
            source=record.source.key,
            tier=record.source.tier,
            made=record.source.made,
            list=record.list_name,
            ref=f"{record.id}:{said.table}:{row.id}",
            raw=row.raw,
            how=", ".join(filter(None, (place, f"reader {run.parser_version}"))),
            url=run.publisher_url or run.url or "",
            fetched_at=_utc(run.as_of),
            recorded=run.recorded,
            sha256=bytes(run.sha256).hex() if run.sha256 else "",
            size=run.size or 0,
            first_seen=_utc(run.as_of),
            last_seen=looks[-1].as_of if looks else _utc(run.as_of),
            ended=said.closed,
            known_from=_utc(row.known.lower),
            uploaded_by=run.uploaded_by,
            uploaded_at=_utc(run.uploaded_at) if run.uploaded_at else None,
            obtained=run.obtained,
        )

    def page(self, said: Said) -> Any:
        """The run that first read the statement, with the page of its bytes that it was read from
        (``page`` and ``sha256`` None where none were kept)."""
        pages = self._runs[said.row.run_id]
        named = _PAGE.search(said.record.place_in(said.row.run_id))
        if named and len(pages) > 1:
            wanted = int(named.group(1))
            return next((page for page in pages if page.page == wanted), pages[0])
        return pages[0]

    def all(self, says: Iterable[Said]) -> tuple[Evidence, ...]:
        return tuple(self.of(said) for said in says)


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
