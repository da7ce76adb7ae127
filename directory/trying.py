"""A file tried against a source, and what the settings say of one where the desk says nothing."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from directory import edge
from directory.api import uploads
from directory.rereading import sources
from services.desk import trial
from services.desk.trial import Trial
from services.errors import BadQuestion, LabdirError, NotFound, Unreadable
from services.kit import Page, Reading, Source
from services.sync import catalogue
from services.sync.hand_in import check_size
from services.sync.reader import bounds, shared
from services.sync.run import read_pages


@dataclass(frozen=True, slots=True)
class Usual:
    """How a source is asked where the desk says nothing: by the settings, else by itself."""

    every: timedelta
    rate: float


async def usual(request: edge.AnyRequest, key: str) -> Usual | None:
    """None for a source that this installation has no more."""
    known = await asyncio.to_thread(sources, request)  # the first time they are all loaded
    source, settings = known.get(key), edge.settings(request)
    if source is None:
        return None
    return Usual(catalogue.interval(source, settings), catalogue.rate(source, settings))


@dataclass(frozen=True, slots=True)
class Came:
    """A file as it came, whole: it is read once and dropped. ``told``: the fields beside it."""

    told: Mapping[str, str]
    name: str
    body: bytes


async def take(
    request: edge.AnyRequest, fields: tuple[str, ...], file_name: str = "", *, drain: bool = False
) -> Came:
    """The request's file, no larger than a fetched one may be. Raises BadParameter, BadQuestion.

    ``drain``: what is still on its way is read and dropped before a refusal, because a browser
    hears no answer before its last byte is taken.
    """
    body, most = request.stream(), edge.settings(request).fetch.max_bytes
    told, held = dict.fromkeys(fields, ""), bytearray()
    try:
        check_size(request.content_length or 0, most + 100_000)  # a form's own words beside it
        async for piece in uploads.pieces(request, body, file_name, fields):
            if isinstance(piece, uploads.Told):
                told[piece.name] = piece.value
            elif isinstance(piece, uploads.Begun):
                file_name = piece.file_name
            else:
                held += piece
                check_size(len(held), most)
        if not held:
            raise BadQuestion("The file is empty.", "Send the file as its publisher has it.")
    except LabdirError:
        if drain and (request.content_length or 0) <= 4 * most:
            async for _ in body:
                pass
        raise
    return Came(told, file_name, bytes(held))


async def look(request: edge.AnyRequest, key: str, list_name: str, came: Came) -> Trial:
    """What the file would bring as this list of the source, looked up in a transaction that can
    only read. Raises NotFound."""
    source = (await asyncio.to_thread(sources, request)).get(key)
    if source is None:
        raise NotFound(f'There is no source "{key}" in this installation.', "See /sources.")
    if list_name not in {one.name for one in source.lists}:
        known = ", ".join(one.name for one in source.lists)
        raise BadQuestion(f'list: {key} has no list "{list_name[:100]}".', f"It has {known}.")
    page = Page(url="", body=came.body, name=came.name)
    try:
        reading = await asyncio.to_thread(_read, request, source, list_name, page)
    except Unreadable as fault:
        return trial.unread(key, list_name, str(fault))
    return await edge.snapshot(request, trial.trial, source, list_name, reading)


def _read(request: edge.AnyRequest, source: Source, list_name: str, page: Page) -> Reading:
    return read_pages(shared(bounds(edge.settings(request))), source, list_name, "", [page])
