"""Pages whose bytes lie in a file without a name, loaded one at a time: by the road, and by the
reading process, which is given the file beside its job."""

import os
import weakref
from collections.abc import Iterator, Sequence
from typing import Any, overload

import msgspec

from services.kit import Page
from services.sync.spool import Spool


class Bodies(Sequence[Page]):
    """Pages, each with its bytes when it is asked for. Pickled, it leaves its file behind.

    ``number``: of the file in this process, to be read only.
    """

    def __init__(self) -> None:
        self._spool: Spool | None = Spool()
        self.number = _read_only(self._spool.number)
        weakref.finalize(self, os.close, self.number)
        self._bare: list[Page] = []
        self._at: list[tuple[int, int]] = []
        self._end = 0

    def append(self, page: Page) -> None:
        assert self._spool is not None
        left, at = memoryview(page.body), self._end
        while left:
            count = os.pwrite(self._spool.number, left, at)
            left, at = left[count:], at + count
        self._at.append((self._end, len(page.body)))
        self._bare.append(msgspec.structs.replace(page, body=b""))
        self._end = at

    def bare(self, place: int) -> Page:
        """A page without its bytes."""
        return self._bare[place]

    def __len__(self) -> int:
        return len(self._bare)

    @overload
    def __getitem__(self, place: int) -> Page: ...
    @overload
    def __getitem__(self, place: slice) -> list[Page]: ...
    def __getitem__(self, place: int | slice) -> Page | list[Page]:
        if isinstance(place, slice):
            return [self[one] for one in range(len(self))[place]]
        at, size = self._at[place]
        body = bytearray(size)
        view, got = memoryview(body), 0
        while got < size:
            count = os.preadv(self.number, [view[got:]], at + got)
            if not count:
                raise EOFError("The file of pages ends before its end.")
            got += count
        return msgspec.structs.replace(self._bare[place], body=bytes(body))

    def __iter__(self) -> Iterator[Page]:
        return self.each()

    def each(self) -> Iterator[Page]:
        """Those that are there now, however many come meanwhile."""
        return map(self.__getitem__, range(len(self)))

    def __getstate__(self) -> dict[str, Any]:
        return {"_bare": self._bare, "_at": self._at, "_end": self._end}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._spool, self.number = None, -1

    def open(self, number: int) -> None:
        """Take the file under its number in this process."""
        self.number = number


def _read_only(number: int) -> int:
    """Another number of the same file, through which nobody writes where the system can tell."""
    try:
        return os.open(f"/proc/self/fd/{number}", os.O_RDONLY)
    except OSError:
        return os.dup(number)
