"""A CSV of any charset as records, one after another: what is held is one row, not the file.

The rules are those of ``services.parsers.charset`` and ``csv_rows``, whose parts are used here;
those read a whole list at once, which a stranger's million rows do not allow.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import chain, islice
from typing import BinaryIO

from services.audit.faults import Fault, fault
from services.audit.fields import Record
from services.errors import Unreadable
from services.kit import Page
from services.parsers import charset, csv_rows

_MARKS = (
    codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF8, codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE, b"\x84\x31\x95\x33",
)  # fmt: skip
# every charset that services.parsers.charset finds by itself; the first that reads alike is it
_CODECS = (
    "utf-8", "gb18030", "big5hkscs", "cp932", "cp949", "euc_jp", "cp1252", "utf-16-le",
    "utf-16-be", "utf-32-le", "utf-32-be", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255",
    "cp1256", "cp1257", "cp1258", "cp874", "koi8-r", "mac-roman", "mac-cyrillic", "iso8859-2",
    "iso8859-5", "iso8859-7", "iso8859-15", "cp437", "cp850", "cp852", "cp866", "big5", "gbk",
)  # fmt: skip
_PIECE = 1 << 18
_SAMPLE = 1 << 17
_HEAD = 200  # records, to find delimiter and header
_AS_FORMULA = re.compile(r'="(.*)"', re.DOTALL)
_SEP_LINE = re.compile(r"\ufeff?\"?sep=([,;\t|])\"?\r?\n?", re.I)


def codec_of(file: BinaryIO) -> tuple[str, int]:
    """(codec, length of the byte order mark). Raises Unreadable where the bytes are no text."""
    head = file.read(_PIECE)
    mark = next((one for one in _MARKS if head.startswith(one)), b"")
    wide = b"\0" in head[len(mark) :]
    if wide:
        sample = head[: len(head) // 4 * 4] if len(head) == _PIECE else head
        text = charset.text_of(Page(url="", body=sample))
        return _alike(sample[len(mark) :], text.removeprefix("\ufeff")), len(mark)
    sample, is_utf8 = _looked_through(file, len(mark))
    text = charset.text_of(Page(url="", body=sample))  # refuses what is no text at all
    return ("utf-8" if is_utf8 else _alike(sample, text)), len(mark)


def _looked_through(file: BinaryIO, start: int) -> tuple[bytes, bool]:
    """The file's beginning with the first of its lines that are not ASCII; is all of it UTF-8?"""
    file.seek(start)
    decoder, is_utf8 = codecs.getincrementaldecoder("utf-8")(), True
    lines: list[bytes] = []
    held, rest, first = 0, b"", True
    while piece := file.read(_PIECE):
        if is_utf8:
            try:
                decoder.decode(piece)
            except UnicodeDecodeError:
                is_utf8 = False
        if held < _SAMPLE:
            whole, newline, rest = (rest + piece).rpartition(b"\n")
            keep = [] if first else [line for line in whole.split(b"\n") if not line.isascii()]
            lines += [whole[:_SAMPLE].rpartition(b"\n")[0] or whole[:_SAMPLE]] if first else keep
            held, first = sum(map(len, lines)), not newline
    if held < _SAMPLE and (first or not rest.isascii()):
        lines.append(rest)
    if is_utf8 and decoder.getstate()[0]:
        raise Unreadable(
            "The text ends within a character: it was cut off.", "Save the file and send it again."
        )
    return b"\n".join(lines), is_utf8


def _alike(sample: bytes, text: str) -> str:
    for name in _CODECS:
        try:
            if sample.decode(name) == text:
                return name
        except UnicodeError:
            continue
    raise Unreadable("No charset reads this text.", "Save the file as CSV in UTF-8.")


def records(file: BinaryIO) -> Iterator[list[str] | Record]:
    """First the header's titles, then every row that is not empty, with what is wrong with it.

    Raises Unreadable where this is no text, no table, empty, or breaks off in a way that leaves no
    row to name. ``file`` is read from its start.
    """
    codec, start = codec_of(file)
    told, skipped = _sep_line(file, codec, start)
    delimiter = told or csv_rows.find_delimiter(_beginning(file, codec, start))
    lines = _Lines(file, codec, start, skipped)
    rows = lines.rows(delimiter)
    head = list(islice(rows, _HEAD))
    if not any(any(cell.strip() for cell in cells) for _, _, cells in head):
        raise Unreadable("The file is empty.", "It must hold a header and at least one row.")
    at = csv_rows.header_at([cells for _, _, cells in head])
    yield head[at][2]
    width = len(csv_rows.named([csv_rows.tidy(cell) for cell in head[at][2]])[0])
    last: Record | None = None
    for line, end, cells in chain(head[at + 1 :], rows):
        if last is not None:
            yield last
        last = _record(line, end, _cells(cells), width, delimiter)
    if last is not None:
        if lines.cut_off(last, delimiter):
            last.faults = [fault("ROW_CUT_OFF")]
        yield last


class _Lines:
    """The decoded lines under way; the last row's own stay at hand, to see whether it was ended."""

    def __init__(self, file: BinaryIO, codec: str, start: int, skip: int) -> None:
        file.seek(start)
        # newline="" keeps line ends as they are and parts at all three kinds, as quoted cells need
        self._text = io.TextIOWrapper(file, encoding=codec, errors="strict", newline="")
        self._skip = skip
        self._of_row: list[str] = []
        self._last: list[str] = []
        self._read = 0

    def __iter__(self) -> Iterator[str]:
        try:
            for line in self._text:
                self._of_row.append(line)
                self._read += 1
                yield line
        except UnicodeDecodeError as wrong:
            raise Unreadable(
                f"After line {self._read} the text is no {wrong.encoding.upper()} any more.",
                "The file is damaged or was cut off: save it as CSV in UTF-8 and send it again.",
            ) from wrong

    def rows(self, delimiter: str) -> Iterator[tuple[int, int, list[str]]]:
        """(first line, last line, cells) of each record."""
        reader = csv.reader(iter(self), delimiter=delimiter, doublequote=True)
        for _ in range(self._skip):
            next(reader, None)
        while True:
            first = reader.line_num + 1
            self._of_row.clear()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as wrong:
                raise Unreadable(
                    f"The row that begins on line {first} cannot be read: {wrong}.",
                    "A quote there is probably not closed; mend it and send the file again.",
                ) from wrong
            self._last = list(self._of_row)
            yield first, reader.line_num, cells

    def cut_off(self, last: Record, delimiter: str) -> bool:
        """Whether the text ends within the last row: in a quote, or before its last cells."""
        raw = self._last
        try:
            list(csv.reader(iter(raw), delimiter=delimiter, strict=True))
        except csv.Error as wrong:
            if "unexpected end" in str(wrong):
                return True
        short = any(one.code == "ROW_WIDTH" for one in last.faults)
        return short and not "".join(raw).endswith(("\n", "\r"))


def _record(line: int, end: int, cells: list[str], width: int, delimiter: str) -> Record:
    faults: list[Fault] = []
    if end > line and (lost := _swallowed(cells, width, delimiter)):
        faults.append(fault("ROW_SWALLOWED", count=lost))
    elif any(cells[width:]) or (len(cells) < width and any(cells)):
        faults.append(fault("ROW_WIDTH", count=len(cells), limit=width))
    cells = cells[:width] + [""] * (width - len(cells))
    return Record(line, cells, [], faults)


def _swallowed(cells: Sequence[str], width: int, delimiter: str) -> int:
    """How many lines within a cell look like rows: one quote too many takes them all in."""
    if width < 3:
        return 0
    lines = (line for cell in cells if "\n" in cell for line in cell.split("\n")[1:])
    return sum(line.count(delimiter) >= width - 1 for line in lines)


def _cells(cells: list[str]) -> list[str]:
    whole = "".join(cells)
    if "\r" in whole or '="' in whole:
        return [_cell(cell) for cell in cells]
    return [cell.strip() for cell in cells]


def _cell(text: str) -> str:
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    text = text.strip()
    found = _AS_FORMULA.fullmatch(text) if text.startswith('="') else None
    return found[1].strip() if found else text


def _beginning(file: BinaryIO, codec: str, start: int) -> str:
    file.seek(start)
    text = io.TextIOWrapper(file, encoding=codec, errors="replace", newline="")
    try:
        return text.read(_PIECE)
    finally:
        text.detach()


def _sep_line(file: BinaryIO, codec: str, start: int) -> tuple[str, int]:
    """(delimiter, 1) of a first line "sep=;", written by and for Excel; ("", 0) without one."""
    found = _SEP_LINE.match(_beginning(file, codec, start)[:16])
    return (found[1], 1) if found else ("", 0)
