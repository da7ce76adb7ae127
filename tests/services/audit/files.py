"""Files as desks send them: CSV in any charset, workbooks with what spreadsheets put into them."""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import openpyxl

from services.audit import reading
from services.audit.columns import recognise
from services.audit.fields import Row
from services.audit.judge import unpack_lot
from services.audit.reading import Plan, Survey

SHEET = "xl/worksheets/sheet1.xml"


def workbook(*rows: Sequence[Any], **sheets: Sequence[Sequence[Any]]) -> bytes:
    """A workbook whose first sheet holds these rows; ``sheets``: more, by name."""
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    for row in rows:
        first.append(list(row))
    for name, more in sheets.items():
        other = book.create_sheet(name)
        for row in more:
            other.append(list(row))
    return saved(book)


def saved(book: Any) -> bytes:
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def repacked(body: bytes, parts: dict[str, bytes]) -> bytes:
    """The workbook with parts put in place of its own."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(body)) as old, zipfile.ZipFile(out, "w", 8) as new:
        for one in old.infolist():
            new.writestr(one.filename, parts.get(one.filename, old.read(one)))
        for name in parts.keys() - set(old.namelist()):
            new.writestr(name, parts[name])
    return out.getvalue()


def part(body: bytes, name: str) -> bytes:
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.read(name)


def surveyed(folder: Path, body: bytes) -> Survey:
    source, records = folder / "source", folder / "records"
    source.write_bytes(body)
    records.write_bytes(b"")
    return reading.survey(str(source), str(records))


def rows_of(folder: Path, body: bytes, **mapping: str) -> list[Row]:
    """The file's rows as they would be judged, by what is recognised and this mapping."""
    found = surveyed(folder, body)
    told = recognise(found.columns, found.doubled, mapping)
    orders = {name: order.word for name, order in found.orders.items()}
    plan = Plan(found.columns, told.mapping, orders)
    outs = []
    for n, span in enumerate(reading.spans(found.pages, 0, 2)):
        outs.append(folder / f"sorted {n}")
        outs[n].write_bytes(b"")
        reading.sort(str(folder / "records"), plan, span, str(outs[n]))
    lots = [unpack_lot(chunk.body, 1) for chunk in reading.compose([*map(str, outs)], 0)]
    numbered = [each for lot in lots for each in zip(lot.numbers, lot.rows, strict=True)]
    return [row for _, row in sorted(numbered, key=lambda each: each[0])]


def codes(row: Row) -> list[str]:
    return [fault.code for fault in row.faults]
