"""A file on its way in: its bytes as they come, whether they are the body or a part of a form.

Nothing is gathered before it is handed on: a form's file is passed through as it is read.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass

import msgspec
import multipart

from directory import edge
from directory.api.problems import BadParameter
from services.audit import upload
from services.errors import LabdirError, Unreadable

FIELDS = ("name", "mapping")
FILE = "file"
_DRAINED = 4 * upload.MAX_BYTES  # announced bytes that are read only to be dropped, at most
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


async def keep(
    request: edge.AnyRequest,
    account_id: int,
    file_name: str,
    given: Mapping[str, str],
    *,
    drain: bool = False,
) -> int:
    """The request's file as a new audit of the account, kept megabyte by megabyte; returns its id.

    ``file_name``: of a file that is the body itself. ``given``: name and mapping as the address
    tells them; a form's own fields stand over them. Raises BadParameter, BadQuestion or Conflict
    where it is not taken: then nothing of it is kept. ``drain``: what is still on its way is read
    and dropped first, because a browser hears no answer before its last byte is taken.
    """
    body = request.stream()
    try:
        return await _keep(request, body, account_id, file_name, given)
    except LabdirError:
        if drain and (request.content_length or 0) <= _DRAINED:
            async for _ in body:
                pass
        raise


async def _keep(
    request: edge.AnyRequest,
    body: AsyncIterator[bytes],
    account_id: int,
    file_name: str,
    given: Mapping[str, str],
) -> int:
    upload.checked_size(request.content_length or 0)
    told = {**dict.fromkeys(FIELDS, ""), **given}
    audit_id, parts, number = None, upload.Parts(), 0
    try:
        async for piece in pieces(request, body, file_name):
            if isinstance(piece, Told):
                told[piece.name] = piece.value
            elif isinstance(piece, Begun):
                audit_id = await edge.write(
                    request, upload.open_audit, account_id, piece.file_name, edge.now(request),
                    name=told["name"], mapping=_mapping(told["mapping"]),
                )  # fmt: skip
            else:
                assert audit_id is not None
                for part in parts.add(piece):
                    await edge.write(request, upload.put_part, audit_id, number, part)
                    number += 1
        assert audit_id is not None
        if not parts.size:
            raise Unreadable("The file is empty.", "It must hold a header and at least one row.")
        await edge.write(
            request, upload.finish, audit_id, number, parts, name=told["name"],
            mapping=_mapping(told["mapping"]),
        )  # fmt: skip
    except BaseException as fault:  # also a client that goes away
        if audit_id is not None:
            await edge.write(request, upload.drop, audit_id)
        if isinstance(fault, Unreadable):
            raise BadParameter(FILE, fault.what, fault.remedy) from fault
        raise
    return audit_id


def _mapping(text: str) -> dict[str, str]:
    if not text.strip():
        return {}
    try:
        return msgspec.json.decode(text, type=dict[str, str])
    except msgspec.MsgspecError as fault:
        raise BadParameter(
            "mapping", f"mapping cannot be read: {fault}.", 'It takes JSON, as {"number": "Cert."}.'
        ) from fault


async def pieces(
    request: edge.AnyRequest,
    body: AsyncIterator[bytes],
    file_name: str,
    fields: Sequence[str] = FIELDS,
) -> AsyncIterator[Begun | Told | bytes]:
    """The file's beginning, its bytes, and what is told beside it.

    ``file_name``: of a file that is the body itself; ``fields``: what a form may tell.
    Raises BadParameter where a form is no form, breaks off, or holds what it should not.
    """
    kind, options = multipart.parse_options_header(request.headers.get("content-type", ""))
    if kind != "multipart/form-data":
        yield Begun(file_name)
        async for piece in body:
            if piece:
                yield piece
        return
    try:
        async for one in _of_form(body, str(options.get("boundary", "")), fields):
            yield one
    except multipart.MultipartError as fault:
        raise BadParameter(
            FILE, f"The form cannot be read: {fault}.", "Send multipart/form-data (RFC 7578)."
        ) from fault


async def _of_form(
    body: AsyncIterator[bytes], boundary: str, fields: Sequence[str]
) -> AsyncIterator[Begun | Told | bytes]:
    parser = multipart.PushMultipartParser(boundary, max_segment_count=len(fields) + 4, strict=True)
    name, held, files = "", bytearray(), 0
    async for piece in body:
        if not piece:
            continue
        for event in parser.parse(piece):
            if isinstance(event, multipart.MultipartSegment):
                name, held = event.name or "", bytearray()
                if name == FILE:
                    files += 1
                    _check_file(files)
                    yield Begun(event.filename or "")
                elif name not in fields:
                    known = (FILE, *fields)
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
