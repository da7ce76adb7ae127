"""What a row may say, and what is handed between the reading process, the database and judging."""

from datetime import date
from enum import StrEnum

import msgspec

from services.audit.faults import Fault


class Field(StrEnum):
    """What a row may say. ``TESTED`` may hold one day or a period; ``ON`` is a day to judge as it
    stands, beside or instead of the days of a report."""

    NUMBER = "number"
    ISSUER = "issuer"
    BODY = "body"
    METHOD = "method"
    EDITION = "edition"
    OBJECT = "object"
    PARAMETER = "parameter"
    SITE = "site"
    TESTED = "tested"
    TESTED_TO = "tested_to"
    ISSUED = "issued"
    ON = "on"
    REF = "ref"


WHAT: dict[Field, str] = {
    Field.NUMBER: "accreditation's number (number)",
    Field.ISSUER: "accreditation body (issuer)",
    Field.BODY: "body (body)",
    Field.METHOD: "standard or method (method)",
    Field.EDITION: "edition of the standard (edition)",
    Field.OBJECT: "object tested (object)",
    Field.PARAMETER: "parameter (parameter)",
    Field.SITE: "site (site)",
    Field.TESTED: "first or only test date (tested)",
    Field.TESTED_TO: "last test date (tested_to)",
    Field.ISSUED: "issue date (issued)",
    Field.ON: "day to judge (on)",
    Field.REF: "reference (ref)",
}

# what is read of each field at most, in characters; a longer cell is a fault of its row
LONGEST: dict[Field, int] = {Field.NUMBER: 100, Field.ISSUER: 100, Field.EDITION: 60}
LONGEST_ELSE = 1_000


class DayKind(StrEnum):
    """Which of a row's days: rule 9 asks for the test dates and the issue date.

    ``BETWEEN`` is no day of the file: the first day of a change within the test period."""

    FIRST = "first_test_day"
    BETWEEN = "between"
    LAST = "last_test_day"
    ISSUED = "issue_day"
    ON = "on"


class Mark(msgspec.Struct, frozen=True, array_like=True):
    """What a workbook's cell is beside its text: ``NO_VALUE`` or ``CELL_ERROR``."""

    column: int
    code: str


class Record(msgspec.Struct, array_like=True):
    """One row of the file as it stands: ``line`` of the file (or sheet), a cell for each column."""

    line: int
    cells: list[str]
    marks: list[Mark] = []
    faults: list[Fault] = []


class Row(msgspec.Struct, array_like=True, frozen=True):
    """One row as it will be judged. ``cells``: the file's own, in the order of its columns."""

    line: int
    cells: list[str]
    faults: list[Fault]
    days: list[tuple[DayKind, date]]
    ref: str = ""
    number: str = ""
    issuer: str = ""
    body: str = ""
    method: str = ""
    edition: str = ""
    object: str = ""
    parameter: str = ""
    site: str = ""


class Rows(msgspec.Struct, array_like=True, frozen=True):
    """Rows of a lot that stand on one page of the file; ``numbers``: theirs, in its order."""

    numbers: list[int]
    rows: list[Row]
