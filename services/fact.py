"""What every fact of a record has: a key, the source's own words, and when it is true."""

from datetime import date

import msgspec


class Fact(msgspec.Struct, frozen=True, kw_only=True):
    """One statement of a record. ``valid_to`` is the first day it is no longer true.

    ``raw`` holds the source's own words that were read, verbatim; ``key`` tells statements of one
    kind within a record apart and must not change when the source corrects the content.

    A field that came later than facts already published is UNSET where it says nothing: left out
    of what is hashed, so that those facts keep the hash by which the log names them.
    """

    key: str = ""
    raw: str = ""
    valid_from: date | None = None
    valid_to: date | None = None

    def fact_key(self) -> str:
        return self.key
