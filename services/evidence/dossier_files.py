"""The files of a dossier: extracts as CSV, and a zip whose bytes follow from its contents alone."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from services.evidence.dossier_views import FileRef, KeptRef
from services.find.parts import last_day
from services.find.scope import line_key
from services.find.views import Evidence, StatusView
from services.store.merge import AccreditationHeld, Said

DOCUMENT = "dossier.json"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can name
_RISKY = ("=", "+", "-", "@", "\t", "\r", "\n")

FACTS = (
    *("ref", "source", "tier", "list", "issuer", "number", "field", "standard", "body_kind"),
    *("granted", "expires", "listed", "basis", "schedule_held", "schedule_issue", "raw"),
    *("valid_from", "valid_to", "known_from", "known_until", "last_seen"),
    *("run", "fetched_at", "url", "sha256", "how"),
)
EVENTS = (
    *("ref", "source", "tier", "list", "kind", "on", "until", "window_after", "window_before"),
    *("decided", "published", "expires", "lines", "sites", "asked_by", "raw"),
    *("known_from", "known_until", "last_seen", "run", "fetched_at", "url", "sha256", "how"),
)
LINES = (
    *("key", "object", "object_also", "parameter", "parameter_also", "method", "standards"),
    *("lo", "hi", "unit", "cmc", "limitation", "flexible", "sites", "valid_from", "valid_to"),
    *("verdict", "partial", "rules", "raw", "ref", "known_from", "run"),
)
KEPT = KeptRef.__struct_fields__
WITHHELD = ("sha256", "source", "size", "why")

README = """\
DOSSIER OF A TESTING OR INSPECTION BODY / 检验检测机构证据卷宗

What this is. dossier.json holds what the directory answered about one body for one day ("on"), as
it knew it at one time ("as_known_at"), with everything that the answer rests on: decisions with
reasons and rule numbers, events, timeline, where each fact was read, the position in the public log
and the root of its tree. Nothing learned later is in it. The CSV files are extracts of the same
state; evidence.csv names the bytes that were read, with their SHA-256.

How to check it. With the JSON answer the directory names the SHA-256 of dossier.json in the headers
Repr-Digest (in base64) and ETag (in hexadecimal). Work it out yourself:
    sha256sum dossier.json
The value must be the same. dossier.json lists every other file under "files" with its SHA-256 and
size: check them the same way. So one hash vouches for the whole.
dossier.json is canonical: keys sorted, no blanks, UTF-8 (for these values RFC 8785).

Reading the CSV files. UTF-8 with a byte order mark, commas, a heading. Days are inclusive unless
the column says "until": that is the first day on which it is over. Times are UTC. Where a text
begins with = + - @ or a control character, an apostrophe was put before it, so that no spreadsheet
takes it for a formula.

What is not in it. Contact persons, e-mail addresses and telephone numbers are never kept as facts.
The bytes themselves are given to signed-in regulators and stewards only, and only where the
source's settings allow it; they then stand in bytes/, named by their SHA-256.

----------------------------------------------------------------------------------------------------

内容。dossier.json 是名录就一家机构、针对某一天（on）、按名录在某一时刻
（as_known_at）所知作出的答复，以及答复所依据的一切：判定及其理由与规则编号、事件、
时间线、每项事实读自何处、公开日志中的位置及其树根。此后才获知的内容不在其中。
CSV 文件是同一状态的摘录；evidence.csv 列出所读原始字节及其 SHA-256。

如何核验。名录在 JSON 答复的响应头 Repr-Digest（base64）与 ETag（十六进制）中给出
dossier.json 的 SHA-256。请自行计算：
    sha256sum dossier.json
结果必须一致。dossier.json 的 files 列出其余每个文件的 SHA-256 与大小，请用同样方法
核对。因此一个哈希值即可担保全部内容。dossier.json 为规范格式：键已排序、无空白、
UTF-8（对这些值即 RFC 8785）。

阅读 CSV。UTF-8（带字节序标记）、逗号分隔、首行为列名。日期均含当日；列名为 until 者
除外，它是结束后的第一天。时间为 UTC。文字以 = + - @ 或控制字符开头时，前面加了一个
撇号，以免电子表格把它当作公式。

不含什么。联系人、电子邮件和电话从不作为事实保存。原始字节只提供给已登录的监管人员和
数据管理员，且须该来源的设置允许；此时它们位于 bytes/ 之下，以 SHA-256 命名。
"""


def cell(value: Any) -> str:
    """A value as a cell's text. Text that a spreadsheet would take for a formula gets an apostrophe
    before it; a number is written as it is, a negative one too."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | int | Decimal) and not hasattr(value, "name"):
        return str(value)
    if isinstance(value, list | tuple):
        value = "; ".join(map(str, value))
    text = str(getattr(value, "value", value))
    return f"'{text}" if text.startswith(_RISKY) else text


def table(heading: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[bytes, int]:
    """A CSV file (RFC 4180) and its number of rows; with a byte order mark, for spreadsheets."""
    out, count = io.StringIO(newline=""), 0
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heading)
    for row in rows:
        writer.writerow([cell(value) for value in row])
        count += 1
    return b"\xef\xbb\xbf" + out.getvalue().encode(), count


def fact_row(said: Said, proof: Evidence, known_until: datetime | None) -> Sequence[Any]:
    row = said.row
    return (
        *(proof.ref, proof.source, int(proof.tier), proof.list, row.issuer, row.number),
        *(row.field, row.standard, row.body_kind, row.granted, row.expires, row.listed),
        *(row.basis, row.schedule_held, row.schedule_issue, row.raw, row.valid.lower),
        *(last_day(row.valid.upper), proof.known_from, known_until, proof.last_seen),
        *(row.run_id, proof.fetched_at, proof.url, proof.sha256, proof.how),
    )


def event_row(
    said: Said,
    proof: Evidence,
    known_until: datetime | None,
    window: tuple[date, date] | None,
) -> Sequence[Any]:
    row, (after, before) = said.row, window or (None, None)
    return (
        *(proof.ref, proof.source, int(proof.tier), proof.list, row.kind, row.on, row.until),
        *(after, before, row.decided, row.published, row.expires, row.lines, row.sites),
        *(row.asked_by, row.raw, proof.known_from, known_until, proof.last_seen),
        *(row.run_id, proof.fetched_at, proof.url, proof.sha256, proof.how),
    )


def line_row(row: Any, status: StatusView) -> Sequence[Any]:
    return (
        *(line_key(row), row.object, row.object_also, row.parameter, row.parameter_also),
        *(row.method, row.standards, row.lo, row.hi, row.unit, row.cmc, row.limitation),
        *(row.flexible, row.sites, row.valid.lower, last_day(row.valid.upper), status.verdict),
        *(status.partial, sorted({reason.rule for reason in status.reasons}), row.raw),
        *(f"{row.record_id}:scope_line:{row.id}", row.known.lower, row.run_id),
    )


def folder(acc: AccreditationHeld) -> str:
    return f"accreditations/a{acc.id}"


def described(files: Mapping[str, bytes], rows: Mapping[str, int]) -> tuple[FileRef, ...]:
    return tuple(
        FileRef(
            name=name,
            sha256=hashlib.sha256(files[name]).hexdigest(),
            size=len(files[name]),
            rows=rows.get(name),
        )
        for name in sorted(files)
    )


def pack(files: Mapping[str, bytes]) -> bytes:
    """A zip of these files: names sorted, one fixed time, stored and not compressed, so that the
    same files are the same bytes whatever made them."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system, member.external_attr = 3, 0o100644 << 16
            made.writestr(member, files[name])
    return out.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    """Raises zipfile.BadZipFile."""
    with zipfile.ZipFile(io.BytesIO(packed)) as held:
        return {name: held.read(name) for name in held.namelist()}
