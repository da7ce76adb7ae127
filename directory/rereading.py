"""Kept bytes read in answer to a request: in the reading processes, never in this one."""

import asyncio
from collections.abc import Mapping
from datetime import datetime

from directory import edge
from services import db
from services.kit import Source
from services.settings import Settings
from services.sync import catalogue
from services.sync.reader import bounds, shared
from services.sync.reread import Preview, material, preview, read, source_of


def sources(request: edge.AnyRequest) -> Mapping[str, Source]:
    """The sources of this installation, found once a process."""
    state = request.app.state
    if "sources" not in state:
        state["sources"] = catalogue.every_source(edge.settings(request))
    found: Mapping[str, Source] = state["sources"]
    return found


async def look(request: edge.AnyRequest, run_id: int) -> Preview:
    """What reading a run's bytes again would change; nothing is written."""
    given = edge.settings(request), sources(request), edge.now(request)
    return await asyncio.to_thread(_look, run_id, *given)


def _look(run_id: int, settings: Settings, known: Mapping[str, Source], now: datetime) -> Preview:
    """In a thread, over a connection of the sort that workers have: a publish goes by COPY, which
    the asynchronous driver does not offer here. With the front door's time limits."""
    if not settings.database_url:
        raise edge.Unavailable("No database is set.", "Name one in LABDIR_DATABASE_URL.")
    engine = db.connect(edge.within_limits(settings), pool_size=1)
    try:
        with engine.begin() as conn:
            of = material(conn, run_id)
        source = source_of(known, of)
        reading = read(shared(bounds(settings)), source, of)
        with engine.begin() as conn:
            return preview(conn, source, of, reading, now)
    finally:
        engine.dispose()
