"""A sheet as XLSX (ECMA-376), written while it is read: bytes leave as rows come.

All cells are texts in the row itself ("inlineStr"), so that nothing is ever taken for a formula,
"007" stays "007", and no table of texts has to be held until the end. The same rows make the same
bytes: no time of writing stands in them.
"""

import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from typing import Final

MAX_TEXT = 32_767  # what Excel lets a cell hold
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip knows
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_SPECIAL = re.compile(
    "[&<>\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff\r]|_x[0-9A-Fa-f]{4}_"
)

_PARTS = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/styles.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.styles+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
        '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}"><sheets>'
        '<sheet name="{name}" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type="{_OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="rId2" Type="{_OFFICE}/styles" Target="styles.xml"/></Relationships>'
    ),
    # format 1 is bold, for the header; format 49 ("@") keeps what is typed into a cell a text
    "xl/styles.xml": (
        f'<styleSheet xmlns="{_MAIN}"><fonts count="2"><font><sz val="11"/><name val="Calibri"/>'
        '</font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2">'
        '<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/>'
        '</fill></fills><borders count="1"><border><left/><right/><top/><bottom/><diagonal/>'
        '</border></borders><cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" '
        'borderId="0"/></cellStyleXfs><cellXfs count="2"><xf numFmtId="49" fontId="0" fillId="0" '
        'borderId="0" xfId="0" applyNumberFormat="1"/><xf numFmtId="49" fontId="1" fillId="0" '
        'borderId="0" xfId="0" applyNumberFormat="1" applyFont="1"/></cellXfs>'
        '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles>'
        "</styleSheet>"
    ),
}  # fmt: skip


class _Pipe(io.RawIOBase):
    """What was written since it was last taken; it cannot be read or moved in."""

    def __init__(self) -> None:
        self._held = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: object) -> int:
        body = bytes(piece)  # type: ignore[call-overload]
        self._held += body
        return len(body)

    def take(self) -> bytes:
        body = bytes(self._held)
        self._held.clear()
        return body


class Writer:
    """One sheet: ``begin``, ``rows`` as often as there are any, ``end``; each gives bytes.
    ``name``: of the sheet, a word of ours."""

    def __init__(self, name: str = "Audit") -> None:
        self._name = name
        self._pipe = _Pipe()
        self._zip = zipfile.ZipFile(self._pipe, "w", zipfile.ZIP_DEFLATED, compresslevel=1)
        self._number = 0

    def begin(self, titles: Sequence[str]) -> bytes:
        for name, xml in _PARTS.items():
            self._zip.writestr(_part(name), _HEAD + xml.replace("{name}", self._name))
        self._sheet = self._zip.open(_part("xl/worksheets/sheet1.xml"), "w", force_zip64=True)
        frozen = (
            '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" '
            'activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
        )
        self._sheet.write(f'{_HEAD}<worksheet xmlns="{_MAIN}">{frozen}<sheetData>'.encode())
        self._put([titles], ' s="1"')
        return self._pipe.take()

    def rows(self, rows: Iterable[Sequence[str]]) -> bytes:
        self._put(rows, "")
        return self._pipe.take()

    def end(self) -> bytes:
        self._sheet.write(b"</sheetData></worksheet>")
        self._sheet.close()
        self._zip.close()
        return self._pipe.take()

    def _put(self, rows: Iterable[Sequence[str]], style: str) -> None:
        said: list[str] = []
        empty, cell = "<c/>", f'<c{style} t="inlineStr"><is><t xml:space="preserve">'
        for row in rows:
            self._number += 1
            said.append(f'<row r="{self._number}">')
            said += [f"{cell}{_text(one)}</t></is></c>" if one else empty for one in row]
            said.append("</row>")
        self._sheet.write("".join(said).encode())


def _part(name: str) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _EPOCH)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o600 << 16
    return info


def _text(text: str) -> str:
    if len(text) > MAX_TEXT:
        text = f"{text[: MAX_TEXT - 1]}…"
    return _SPECIAL.sub(_escaped, text)


def _escaped(found: re.Match[str]) -> str:
    one = found[0]
    if one.startswith("_x"):
        return f"_x005F{one}"  # what looks like an escape of the format is none (22.4.2.4)
    return {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "_x000D_"}.get(one, "")
