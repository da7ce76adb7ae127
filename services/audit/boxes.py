"""How a lot's rows lie in the database: by the page of the file on which they stand.

Rows that name the same accreditation share what is read, merged and decided, wherever they stand in
the file. A *window* of it (100,000 rows) is therefore put in order of numbers and cut into *lots*,
which are judged one by one; what is told is told in the order of the file, by *pages*. A lot is a
box with a part for each page of its window, compressed by itself, so that a page is read from all
lots of the window without reading the lots::

    1 | pages (u16) | rows of a page (u32) | pages + 1 offsets (u32 each) | parts, some empty

Big-endian; offsets count from the end of the head. Before there were boxes a lot was one page of
the file, and its only part stood there bare: a zlib stream, whose first byte is 0x78 (RFC 1950).
"""

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

PAGE = 2_000  # rows
PAGES = 50  # of a window
_FORM = 1
_HEAD = struct.Struct("!BHI")
HEAD = _HEAD.size + 4 * (PAGES + 1)  # bytes that surely hold the head
_ALL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class Head:
    """Where the parts of a box are. ``page_rows``: 0 for a part that stands bare, which is all of
    its window's only page."""

    page_rows: int
    ends: tuple[int, ...]  # where each page's part begins in the whole, and the end of the last
    bare: bool = False

    @property
    def pages(self) -> int:
        return len(self.ends) - 1

    def span(self, first: int, last: int) -> tuple[int, int]:
        """(where the parts of these pages begin in the whole, their length)."""
        begin = self.ends[first]
        return begin, self.ends[last + 1] - begin


def put(parts: Sequence[bytes]) -> bytes:
    """The box of these parts, one for each page of the window; at most PAGES."""
    ends = tuple(accumulate(map(len, parts), initial=0))
    head = _HEAD.pack(_FORM, len(parts), PAGE) + struct.pack(f"!{len(ends)}I", *ends)
    return head + b"".join(parts)


def head_of(box: bytes) -> Head:
    """``box``: its first HEAD bytes at least, or all of it."""
    if box[:1] != bytes([_FORM]):
        return Head(0, (0, _ALL), bare=True)
    _, pages, rows = _HEAD.unpack_from(box)
    begin = _HEAD.size + 4 * (pages + 1)
    ends = struct.unpack_from(f"!{pages + 1}I", box, _HEAD.size)
    return Head(rows, tuple(begin + one for one in ends))


def parts_of(box: bytes) -> list[bytes]:
    """A part for each page, empty where none of the lot's rows stands on it."""
    head = head_of(box)
    return [box] if head.bare else [box[one:end] for one, end in pairwise(head.ends)]


def cut(span: bytes, head: Head, first: int, last: int) -> list[bytes]:
    """The parts of these pages, from that span of a box (:meth:`Head.span`)."""
    if head.bare:
        return [span]
    begin = head.ends[first]
    return [span[one - begin : end - begin] for one, end in pairwise(head.ends[first : last + 2])]
