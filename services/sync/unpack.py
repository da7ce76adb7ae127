"""Content codings of an answer, unpacked by small steps so that no packed byte costs more memory
than the answer may.

HTTP libraries unpack each chunk whole: 64 kilobytes of deflate hold 64 megabytes, and packed twice
over ("gzip, gzip") a thousand times that, all of it in memory before anyone can look at its size.
"""

import zlib
from collections.abc import Iterator

from services.errors import FetchError
from services.sync.guard import short

ACCEPTED = "gzip, deflate"
_STEP = 1 << 16  # bytes unpacked at a time
_GZIP = b"\x1f\x8b"  # RFC 1952, 2.3.1


class CodingError(FetchError):
    """Packed in a way that was not asked for: trying again would not help."""


class Unpacker:
    """Takes an answer's bytes as they come and gives them unpacked, never more than a step at once.

    ``coding`` is the Content-Encoding. Raises CodingError for one that was not asked for.
    """

    def __init__(self, url: str, coding: str) -> None:
        self._url = short(url)
        self._coding = coding.strip().lower()
        self._engine: zlib._Decompress | None = None
        self._begun = False
        if self._coding not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise CodingError(
                f"{self._url} answers packed as “{coding[:60]}”, which was not asked for.",
                "Upload the file as a steward if the publisher cannot send it plainly.",
            )

    def take(self, data: bytes) -> Iterator[bytes]:
        """What these bytes hold. Raises FetchError where they are not packed as was said."""
        if self._coding in {"", "identity"}:
            yield data
            return
        while data:
            if self._engine is None:
                if self._begun and not data.startswith(_GZIP):
                    return  # padding behind the last member
                self._engine = zlib.decompressobj(self._window(data))
                self._begun = True
            try:
                yield self._engine.decompress(data, _STEP)
            except zlib.error as fault:
                raise FetchError(f"{self._url} is not packed as it says: {fault}.") from fault
            if self._engine.eof:
                data, self._engine = self._engine.unused_data, None
            else:
                data = self._engine.unconsumed_tail

    def end(self) -> bytes:
        """The last few bytes. Raises FetchError where the packed bytes were cut off."""
        if self._engine is None:
            return b""
        last = self._engine.flush()  # what was unpacked beyond the last step: part of one match
        if not self._engine.eof:
            raise FetchError(f"{self._url} ends in the midst of its packed bytes.")
        return last

    def _window(self, data: bytes) -> int:
        """zlib's wbits. "deflate" is meant with zlib's header (RFC 9110, 8.4.1.2); some servers
        leave it out."""
        if self._coding != "deflate":
            return 16 + zlib.MAX_WBITS
        headed = data[0] & 0x0F == 8 and data[0] >> 4 <= 7
        return zlib.MAX_WBITS if headed else -zlib.MAX_WBITS
