"""Scope lines on their way into the database: hashed, coded, written as COPY's text form.

They are nearly all of what a long list says, so this is the one place where rows are written by
hand. A block at a time: however many lines a record has, few of them are held.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

import msgspec
from sqlalchemy.engine import Connection

from services.kit import Line
from services.sync.coding import Coded, Dictionary
from services.sync.copying import array_text, copying
from services.sync.copying import field as text_field
from services.sync.statements import Keys

COLUMNS = (
    *("record_id", "key", "raw", "hash", "valid", "accreditation"),
    *("object_id", "parameter_id", "method_id"),
    *("lo", "hi", "cmc", "unit", "limitation", "flexible", "sites"),
)
_BLOCK = 10_000  # lines
_PIECE = 500  # lines handed to the server at a time
_MOST = 50_000  # written pieces kept at hand
_Made = tuple[int, str, bytes, Line]  # record, key, hash
_Rest = tuple[str, str, bool, tuple[str, ...]]


@dataclass(slots=True)
class Lines:
    """Writes lines into a table. ``twice``: a key under which a record says two things of the same
    day; what was written then is for the caller to roll back."""

    conn: Connection
    count: int = 0
    twice: str | None = None
    _dictionary: Dictionary = field(init=False)
    _rests: dict[_Rest, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._dictionary = Dictionary(self.conn)

    def copy(
        self,
        records: Iterable[tuple[int, Iterable[Line]]],
        table: str,
        more: tuple[tuple[str, str], ...] = (),
    ) -> None:
        """The lines of each record, in order. ``more``: columns that are the same in all rows."""
        names = [*COLUMNS, *(name for name, _ in more)]
        end = "".join(f"\t{text_field(value)}" for _, value in more) + "\n"
        blocks = self._blocks(records)
        block = next(blocks, None)
        while block is not None:
            coded = self._dictionary.code(made[3] for made in block)
            with copying(self.conn, table, names) as write:
                for start in range(0, len(block), _PIECE):
                    part = slice(start, start + _PIECE)
                    write(self._text(block[part], coded[part], end))
                self.count += len(block)
                block = next(blocks, None)

    def _blocks(self, records: Iterable[tuple[int, Iterable[Line]]]) -> Iterator[list[_Made]]:
        block: list[_Made] = []
        encode, sha256 = msgspec.json.Encoder(order="sorted").encode, hashlib.sha256
        for record_id, lines in records:
            keys = Keys()
            key_of: Callable[[Line, bytes], str | None] = keys.of
            for line in lines:
                digest = sha256(encode(line)).digest()  # as statements.fact_hash
                if (key := key_of(line, digest)) is None:
                    continue
                if keys.twice is not None:
                    self.twice = keys.twice
                    return
                block.append((record_id, key, digest, line))
                if len(block) >= _BLOCK:
                    yield block
                    block = []
        if block:
            yield block

    def _text(self, block: Sequence[_Made], coded: Sequence[Coded], end: str) -> str:
        written: list[str] = []
        for (record_id, key, digest, line), (an_object, parameter, method) in zip(
            block, coded, strict=True
        ):
            written.append(
                f"{record_id}\t{text_field(key)}\t{text_field(line.raw)}\t\\\\x{digest.hex()}"
                f"\t[{line.valid_from or ''},{line.valid_to or ''})"
                f"\t{text_field(line.accreditation)}\t{_number(an_object)}\t{_number(parameter)}"
                f"\t{_number(method)}\t{_number(line.lo)}\t{_number(line.hi)}\t{_number(line.cmc)}"
                f"\t{self._rest(line)}{end}"
            )
        return "".join(written)

    def _rest(self, line: Line) -> str:
        """The columns that many lines have in common. No numbers: 1 and 1.0 are two ways of
        writing what Python holds to be one."""
        rest = line.unit, line.limitation, line.flexible, line.sites
        known = self._rests.get(rest)
        if known is None:
            if len(self._rests) >= _MOST:
                self._rests.clear()
            known = self._rests[rest] = "\t".join(
                (
                    *(text_field(line.unit), text_field(line.limitation)),
                    *("t" if line.flexible else "f", text_field(array_text(list(line.sites)))),
                )
            )
        return known


def _number(value: int | Decimal | None) -> str:
    return "\\N" if value is None else str(value)
