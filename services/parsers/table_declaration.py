"""A table told in settings: which column is which field. A mapping, no logic.

    [sources.xx_register.table]
    title = "Register of laboratories"
    publisher = "Accreditation Office"
    home = "https://office.example/"
    licence = "as the publisher says"
    tier = 1
    format = "csv"
    address = "https://office.example/register.csv"
    key = ["Certificate"]
    names = [{ text = "Laboratory", lang = "en" }]
    profile = { country = { value = "SG" }, city = "Town" }

    [[sources.xx_register.table.accreditations]]
    issuer = { value = "XAO" }
    number = "Certificate"
    expires = { column = "Valid until", dates = ["%d/%m/%Y"] }
    listed = { column = "Status", words = { "Valid" = "active", "暂停" = "suspended" } }

A string names a column; anything more is a table of ``Cell``'s keys. What needs a rule is a source
file (``services/kit.py``).
"""

import zlib
from collections.abc import Iterator
from enum import Enum
from typing import ClassVar

import msgspec

from services.terms import (
    AccreditationKind,
    BodyKind,
    EventKind,
    LeavingMeans,
    Listed,
    NameKind,
    Tier,
)

# raised when the reader itself reads the same declaration otherwise than before
READER = 1


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """``WORDS``: fields whose cells must be words of the vocabulary. ``DAYS``: those with a day.
    ``MANY``: those that ``split`` may part."""

    WORDS: ClassVar[dict[str, type[Enum]]] = {}
    DAYS: ClassVar[frozenset[str]] = frozenset()
    MANY: ClassVar[frozenset[str]] = frozenset()


class Cell(Part, frozen=True, kw_only=True):
    """Where a field comes from: one of ``column``, ``any_of`` (the first name that the file has),
    ``columns`` (joined by ``join``), ``value`` (the same for every row).

    ``words``: from the list's words to the directory's ("" = says nothing); a word that is not
    among them is a problem of its row. ``dates``: forms of ``strptime`` to be tried. Days that
    begin with the year are read without. ``split``: what parts several values in one cell.
    """

    column: str = ""
    any_of: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    join: str = " "
    value: str = ""
    words: dict[str, str] = {}
    dates: tuple[str, ...] = ()
    split: str = ""

    def named(self) -> tuple[str, ...]:
        """All columns that it may take."""
        return (*((self.column,) if self.column else ()), *self.any_of, *self.columns)


Take = str | Cell


def cell(take: Take) -> Cell:
    return Cell(column=take) if isinstance(take, str) else take


class NameMap(Part, frozen=True, kw_only=True):
    MANY = frozenset({"text"})

    text: Take
    lang: str = "en"
    kind: NameKind = NameKind.AS_LISTED


class IdentifierMap(Part, frozen=True, kw_only=True):
    namespace: str
    value: Take


class ProfileMap(Part, frozen=True, kw_only=True):
    """``country``: an ISO 3166-1 code or English name in the cell, else by ``words``."""

    WORDS = {"kinds": BodyKind}
    MANY = frozenset({"kinds"})

    country: Take | None = None
    region: Take | None = None
    city: Take | None = None
    website: Take | None = None
    kinds: Take | None = None


class SiteMap(Part, frozen=True, kw_only=True):
    """A place of work. Without ``key`` the address tells it apart."""

    key: Take | None = None
    name: Take | None = None
    country: Take | None = None
    region: Take | None = None
    city: Take | None = None
    address: Take
    address_also: Take | None = None


class AccreditationMap(Part, frozen=True, kw_only=True):
    """``schedule_held``: the table gives the scope lines of each accreditation in full."""

    WORDS = {"kind": AccreditationKind, "body_kind": BodyKind, "listed": Listed}
    DAYS = frozenset({"granted", "expires"})
    MANY = frozenset({"number", "standard"})

    issuer: Take
    number: Take | None = None
    kind: Take | None = None
    standard: Take | None = None
    field: Take | None = None
    body_kind: Take | None = None
    granted: Take | None = None
    expires: Take | None = None
    listed: Take | None = None
    basis: Take | None = None
    schedule_held: bool = False


class EventMap(Part, frozen=True, kw_only=True):
    """Stated of each accreditation of the row where ``kind`` and ``on`` say something.

    ``last_day``: the last day of a suspension, counted in.
    """

    WORDS = {"kind": EventKind}
    DAYS = frozenset({"on", "last_day", "decided", "published"})

    kind: Take
    on: Take
    last_day: Take | None = None
    decided: Take | None = None
    published: Take | None = None


class LineMap(Part, frozen=True, kw_only=True):
    """Scope lines, of each accreditation of the row. What is parted gives a line each."""

    MANY = frozenset({"object", "parameter", "method"})

    object: Take | None = None
    object_also: Take | None = None
    parameter: Take | None = None
    parameter_also: Take | None = None
    method: Take | None = None
    limitation: Take | None = None


class Paging(Part, frozen=True, kw_only=True):
    """How to the next page of JSON: one of ``next`` (path to its address), ``page`` (parameter
    with its number, from ``first``; up to the number at path ``pages``, else until a page is
    empty), ``cursor`` (path to the word that goes into ``parameter``).

    ``count``: path to the number of all records; fewer or more that were got refuse the run.
    """

    next: str = ""
    page: str = ""
    first: int = 1
    pages: str = ""
    cursor: str = ""
    parameter: str = ""
    count: str = ""


class ExpectMap(Part, frozen=True, kw_only=True):
    """As services.kit.Expect. Mapped columns are expected without being named again."""

    min_rows: int = 1
    max_drop: float = 0.25
    max_problems: float = 0.05
    fill: dict[str, float] = {}
    columns: tuple[str, ...] = ()


FORMATS = ("csv", "xlsx", "json", "pdf")


class Declaration(Part, frozen=True, kw_only=True):
    """A source of one list. See the module for an example, ``services.kit.Source`` for the words.

    ``header``: line (row) of the column names, 0 = found. ``records``: path to the records in
    JSON, "" = the document itself. ``several_rows``: rows of one key are one record. ``ignore``:
    columns known and not wanted.
    """

    title: str
    publisher: str
    home: str
    licence: str
    tier: Tier
    format: str
    address: str
    key: tuple[str, ...]
    names: tuple[NameMap, ...]
    title_zh: str = ""
    publisher_zh: str = ""
    licence_url: str = ""
    note: str = ""
    country: str = ""
    authoritative_for: tuple[str, ...] = ()
    leaving_means: LeavingMeans = LeavingMeans.NO_LONGER_LISTED
    every: str = "7d"
    rate: float = 0.5
    about_testing_bodies: bool = True
    bytes_public: bool = False
    charset: str = ""
    delimiter: str = ""
    sheet: str = ""
    header: int = 0
    records: str = ""
    paging: Paging | None = None
    several_rows: bool = False
    ignore: tuple[str, ...] = ()
    identifiers: tuple[IdentifierMap, ...] = ()
    profile: ProfileMap = ProfileMap()
    sites: tuple[SiteMap, ...] = ()
    accreditations: tuple[AccreditationMap, ...] = ()
    events: tuple[EventMap, ...] = ()
    lines: tuple[LineMap, ...] = ()
    expect: ExpectMap = ExpectMap()

    def mapped(self) -> tuple[str, ...]:
        """Every column that is taken, the key's first."""
        names = [*self.key, *(name for _, one, _, _ in cells(self) for name in one.named())]
        return tuple(dict.fromkeys(names))

    def needed(self) -> tuple[str, ...]:
        """Columns without which the table is not this one; of ``any_of`` one is enough."""
        names = [*self.key]
        for _, one, _, _ in cells(self):
            names += [one.column] * bool(one.column) + list(one.columns)
        return tuple(dict.fromkeys((*names, *self.expect.columns)))

    def version(self) -> int:
        """A number of this mapping: bytes that were read by another are read anew.

        From 1 to 2**31-1, as a PostgreSQL integer holds it.
        """
        said = msgspec.json.encode([READER, msgspec.to_builtins(self)], order="sorted")
        return zlib.crc32(said) % (2**31 - 1) + 1


Found = tuple[str, Cell, type[Part], str]  # path, cell, the part that it stands in, its field


def cells(part: Part, path: str = "", *, given: bool = True) -> Iterator[Found]:
    """Every field of a declaration that takes a cell, with the path of its key in the settings."""
    for name in part.__struct_fields__:
        value, where = getattr(part, name), f"{path}.{name}" if path else name
        if isinstance(value, Cell):
            yield where, value, type(part), name
        elif isinstance(value, str) and _takes(type(part), name):
            yield where, cell(value), type(part), name
        elif isinstance(value, Part):
            yield from cells(value, where)
        elif isinstance(value, tuple):
            for n, one in enumerate(value):
                if isinstance(one, Part):
                    yield from cells(one, f"{where}[{n}]")


def _takes(part: type[Part], name: str) -> bool:
    return "Cell" in str(part.__annotations__.get(name, ""))
