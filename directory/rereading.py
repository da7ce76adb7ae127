"""Kept bytes read in answer to a request: in the reading processes, never in this one."""

import asyncio
from collections.abc import Mapping

from directory import edge
from services.kit import Source
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
    of = await edge.snapshot(request, material, run_id)
    source = source_of(sources(request), of)
    reader = shared(bounds(edge.settings(request)))
    reading = await asyncio.to_thread(read, reader, source, of)
    return await edge.write(request, preview, source, of, reading, edge.now(request))
