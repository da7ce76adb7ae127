"""A file on its way in: its bytes as they come, whether they are the body or a part of a form.

Nothing is gathered before it is handed on: a form's file is passed through as it is read.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import multipart

from directory import edge
from directory.api.problems import BadParameter

FIELDS = ("name", "mapping")
FILE = "file"
_LONGEST_FIELD = 100_000  # bytes; a mapping names some dozen columns


@dataclass(frozen=True, slots=True)
class Begun:
    """A file begins."""

    file_name: str


@dataclass(frozen=True, slots=True)
class Told:
    """A field of the form, before or behind the file."""

    name: str
    value: str


async def pieces(request: edge.AnyRequest, file_name: str) -> AsyncIterator[Begun | Told | bytes]:
    """The file's beginning, its bytes, and what is told beside it.

    ``file_name``: of a file that is the body itself. Raises BadParameter where a form is no form,
    breaks off, or holds what it should not.
    """
    kind, options = multipart.parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data":
        yield Begun(file_name)
        async for piece in request.stream():
            if piece:
                yield piece
        return
    try:
        async for one in _of_form(request, str(options.get("boundary", ""))):
            yield one
    except multipart.MultipartError as fault:
        raise BadParameter(
            FILE, f"The form cannot be read: {fault}.", "Send multipart/form-data (RFC 7578)."
        ) from fault


async def _of_form(request: edge.AnyRequest, boundary: str) -> AsyncIterator[Begun | Told | bytes]:
    parser = multipart.PushMultipartParser(boundary, max_segment_count=len(FIELDS) + 4, strict=True)
    name, held, files = "", bytearray(), 0
    async for piece in request.stream():
        if not piece:
            continue
        for event in parser.parse(piece):
            if isinstance(event, multipart.MultipartSegment):
                name, held = event.name or "", bytearray()
                if name == FILE:
                    files += 1
                    _check_file(files)
                    yield Begun(event.filename or "")
                elif name not in FIELDS:
                    known = (FILE, *FIELDS)
                    said = f'The form has a field "{name}".'
                    raise BadParameter(name, said, f"It takes {', '.join(known)}.", known)
            elif event and name == FILE:
                yield bytes(event)
            elif event:
                held += event
                if len(held) > _LONGEST_FIELD:
                    raise BadParameter(name, f"{name} is too long.", "A field takes 100 kB.")
            elif name != FILE:
                yield Told(name, held.decode("utf-8", "replace"))
    parser.close()  # raises where the form broke off
    if not files:
        raise BadParameter(FILE, "The form holds no file.", f'Name its field "{FILE}".')


def _check_file(files: int) -> None:
    if files > 1:
        raise BadParameter(FILE, "The form holds several files.", "Send one; each is an audit.")
