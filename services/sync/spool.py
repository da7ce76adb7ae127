"""A reading whose drafts lie in a file: the road holds a head of each, and loads what is news.

Its reading process writes them one after another, so that neither it nor the road ever holds them
all, and takes the hash of each on the way: a record that says what it said is never built again.

    length, the draft without its lines (MessagePack) | length, so many lines | … | 0 | next draft
"""

import hashlib
import os
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from struct import Struct
from typing import Any, BinaryIO, overload

import msgspec

from services.errors import Unreadable
from services.kit import Draft, Line, Reading
from services.sync.clean import NO_READING, clean_draft, clean_rest, drafts_of
from services.sync.digest import content_of
from services.sync.tally import Tally, empty

_GROUP = 1_000  # lines that are loaded at a time
_LENGTH = Struct("!Q")
_DRAFT = msgspec.msgpack.Decoder(Draft)
_LINES = msgspec.msgpack.Decoder(tuple[Line, ...])
_pack = msgspec.msgpack.Encoder().encode


class Head(msgspec.Struct, frozen=True, array_like=True):
    """What of a draft tells new, altered and known ones apart. ``content``: its ``draft_hash``;
    ``at``: where it begins in the file; ``lines``: how many it has."""

    key: str
    kin: str
    label: str
    where: str
    content: bytes
    at: int
    lines: int


class Told(msgspec.Struct, frozen=True):
    """What comes back beside the file. ``rest``: the reading without its drafts."""

    heads: tuple[Head, ...]
    tally: Tally
    rest: Reading


# --- writing, in the reading process --------------------------------------------------------------


def write(
    file: BinaryIO, parts: Sequence[str], key: str, parse: Callable[..., Any], *args: Any
) -> Told:
    """Read ``parse(*args)``, clean it, and write its drafts into ``file`` from its beginning.

    ``parts``: those that the list's expectations ask for. ``key``: that of the record of a look-up,
    however the answer itself spells it. Raises Unreadable as ``parse`` does, and for drafts that
    are none.
    """
    file.seek(0)
    file.truncate()
    said, heads, counted, nameless = (
        drafts_of(parse(*args)),
        list[Head](),
        empty(parts),
        list[str](),
    )
    at = 0
    while True:
        try:
            draft = next(said)
        except StopIteration as end:
            file.flush()
            return Told(tuple(heads), counted, clean_rest(end.value, nameless))
        packed = _clean(msgspec.structs.replace(draft, key=key) if key else draft)
        if packed is None:
            nameless.append(draft.where)
            continue
        clean, content, pieces = packed
        counted.add(clean)
        digest = hashlib.sha256(content).digest()
        heads.append(
            Head(clean.key, clean.kin, clean.label, clean.where, digest, at, len(clean.lines))
        )
        for piece in (*pieces, b""):
            at += file.write(_LENGTH.pack(len(piece))) + file.write(piece)


_Packed = tuple[Draft, bytes, list[bytes]]  # as it will be loaded, its content, its pieces


def _clean(draft: Draft) -> _Packed | None:
    """None where nothing is left that names the record."""
    try:
        packed = _packed(draft)
        if b"@" not in packed[1] and "@" not in draft.where:
            return packed
    except UnicodeEncodeError:
        pass
    clean = clean_draft(draft)
    return None if clean is None else _packed(clean)


def _packed(draft: Draft) -> _Packed:
    """What no column may hold is told here: it is loaded once, as the road will load it."""
    lines = draft.lines
    core = _pack(msgspec.structs.replace(draft, lines=()))
    groups = [_pack(lines[at : at + _GROUP]) for at in range(0, len(lines), _GROUP)]
    try:
        loaded = tuple(chain.from_iterable(_LINES.decode(group) for group in groups))
        whole = msgspec.structs.replace(_DRAFT.decode(core), lines=loaded)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Unreadable(f"{NO_READING}: {fault}.") from fault
    return whole, content_of(whole), [core, *groups]


# --- reading, on the road -------------------------------------------------------------------------


class Spool:
    """A file without a name, which goes with this object."""

    def __init__(self) -> None:
        with tempfile.TemporaryFile() as file:
            self.number = os.dup(file.fileno())
        weakref.finalize(self, os.close, self.number)

    def pieces(self, at: int) -> Iterator[bytes]:
        """The pieces of the draft that begins there. Raises Unreadable where the file ends."""
        while True:
            (length,) = _LENGTH.unpack(self._read(_LENGTH.size, at))
            if not length:
                return
            yield self._read(length, at + _LENGTH.size)
            at += _LENGTH.size + length

    def _read(self, size: int, at: int) -> bytes:
        found = os.pread(self.number, size, at)
        if len(found) < size:
            raise Unreadable(f"{NO_READING}: what it wrote ends before its end.")
        return found


class Drafts(Sequence[Draft]):
    """The drafts in the file, each loaded when it is asked for and not kept."""

    def __init__(self, spool: Spool, heads: Sequence[Head]) -> None:
        self._spool, self._heads = spool, heads

    def __len__(self) -> int:
        return len(self._heads)

    @overload
    def __getitem__(self, place: int) -> Draft: ...
    @overload
    def __getitem__(self, place: slice) -> list[Draft]: ...
    def __getitem__(self, place: int | slice) -> Draft | list[Draft]:
        if isinstance(place, slice):
            return [self._load(head) for head in self._heads[place]]
        return self._load(self._heads[place])

    def __iter__(self) -> Iterator[Draft]:
        return map(self._load, self._heads)

    def _load(self, head: Head) -> Draft:
        lines = tuple(self.lines(head))
        draft: Draft = msgspec.structs.replace(self.core(head), lines=lines)
        return draft

    def core(self, head: Head) -> Draft:
        """A draft without its lines."""
        core: Draft = _loaded(_DRAFT, next(self._spool.pieces(head.at), b""))
        return core

    def lines(self, head: Head) -> Iterator[Line]:
        """The lines of a draft, some of them held at a time."""
        pieces = self._spool.pieces(head.at)
        next(pieces, b"")
        for piece in pieces:
            yield from _loaded(_LINES, piece)


def _loaded(decoder: msgspec.msgpack.Decoder[Any], piece: bytes) -> Any:
    try:
        return decoder.decode(piece)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Unreadable(f"{NO_READING}: {fault}.") from fault


class Spooled(Reading, frozen=True, kw_only=True):
    """A Reading whose ``drafts`` are loaded when they are asked for. :attr:`held` says them again
    under the type that can do more."""

    heads: tuple[Head, ...]
    tally: Tally
    held: Any  # the same Drafts

    def core(self, head: Head) -> Draft:
        """A draft without its lines."""
        core: Draft = self.held.core(head)
        return core

    def lines(self, head: Head) -> Iterator[Line]:
        lines: Iterator[Line] = self.held.lines(head)
        return lines


def opened(told: Told, spool: Spool) -> Spooled:
    """The reading that was written into this file."""
    drafts: Any = Drafts(spool, told.heads)
    rest = {
        name: getattr(told.rest, name) for name in Reading.__struct_fields__ if name != "drafts"
    }
    return Spooled(drafts=drafts, held=drafts, heads=told.heads, tally=told.tally, **rest)


def spooled(reading: Reading) -> Spooled:
    """A reading that is held already, as one whose drafts lie in a file."""
    if isinstance(reading, Spooled):
        return reading
    spool = Spool()
    with os.fdopen(os.dup(spool.number), "w+b") as file:
        return opened(write(file, (), "", lambda: reading), spool)
