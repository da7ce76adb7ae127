"""What keeps a row, or a day of it, from being judged: stable codes with a sentence in two tongues.

They stand beside the decision's own reasons (``services.validity.reasons``), which speak of facts;
these speak of the asker's file. Pages and results say them by code.
"""

from collections.abc import Mapping

import msgspec


class Fault(msgspec.Struct, frozen=True, array_like=True):
    """``params``: the values that the sentence names; ``column`` always as the file has it."""

    code: str
    params: dict[str, str] = {}


# by code: the sentence in English, in Chinese
FAULTS: dict[str, tuple[str, str]] = {
    "NOTHING_ASKED": (
        "The row names neither an accreditation's number nor a body.",
        "该行既无认可编号，也无机构。",
    ),
    "NO_DAY": (
        "The row holds no day to judge.",
        "该行没有可供判定的日期。",
    ),
    "DAY_AMBIGUOUS": (
        ("“{text}” in “{column}” is {first} or {second}, and no other row of the column shows "
        "which order is meant: write it as YYYY-MM-DD."),
        ("“{column}”中的“{text}”可为 {first} 或 {second}，该列其他行也不能说明日月顺序："
        "请写作 YYYY-MM-DD。"),
    ),
    "DAY_ORDERS_MIXED": (
        ("“{text}” in “{column}” is {first} or {second}, and other rows of the column write days "
        "in both orders: write it as YYYY-MM-DD."),
        ("“{column}”中的“{text}”可为 {first} 或 {second}，该列其他行两种日月顺序都有："
        "请写作 YYYY-MM-DD。"),
    ),
    "DAY_IMPOSSIBLE": (
        "“{text}” in “{column}” is no day of the calendar in the order that its column uses.",
        "“{column}”中的“{text}”按该列的顺序不是日历上的日期。",
    ),
    "DAY_UNREADABLE": (
        "“{text}” in “{column}” cannot be read as a day: write it as YYYY-MM-DD.",
        "“{column}”中的“{text}”无法读作日期：请写作 YYYY-MM-DD。",
    ),
    "DAY_IS_A_NUMBER": (
        ("“{text}” in “{column}” is a plain number, perhaps a spreadsheet's number for {first}: "
        "format the column as dates."),
        ("“{column}”中的“{text}”是一个数，可能是电子表格中表示 {first} 的序号："
        "请将该列设为日期格式。"),
    ),
    "DAY_UNLIKELY": (
        "{first} in “{column}” is no likely day: years from 1950 to 2199 are read.",
        "“{column}”中的 {first} 不像真实日期：可读年份为 1950 至 2199。",
    ),
    "DAYS_REVERSED": (
        "The test ends on {second}, before it begins on {first}.",
        "检测结束日 {second} 早于开始日 {first}。",
    ),
    "ISSUED_BEFORE_TEST": (
        "The report is issued on {second}, before its test of {first}.",
        "报告签发日 {second} 早于检测日 {first}。",
    ),
    "PERIOD_TWICE": (
        "“{column}” holds a period, and another column names its last day as well.",
        "“{column}”已写明期间，另有一列又写明最后一天。",
    ),
    "NO_VALUE": (
        ("The cell of “{column}” holds a formula whose value was not saved: open the file, let it "
        "calculate and save it again."),
        "“{column}”的单元格为公式且未保存结果：请打开文件，计算后重新保存。",
    ),
    "CELL_ERROR": (
        "The cell of “{column}” holds an error of the spreadsheet ({text}).",
        "“{column}”的单元格为电子表格错误值（{text}）。",
    ),
    "CELL_TOO_LONG": (
        "“{column}” holds {count} characters; at most {limit} are read there.",
        "“{column}”有 {count} 个字符，最多可读 {limit} 个。",
    ),
    "CELL_DAMAGED": (
        "“{column}” holds a control character or a lost one.",
        "“{column}”含有控制字符或已丢失的字符。",
    ),
    "ROW_WIDTH": (
        "The row has {count} cells under {limit} columns: its cells may have moved.",
        "该行有 {count} 个单元格，而表头有 {limit} 列：单元格可能错位。",
    ),
    "ROW_SWALLOWED": (
        "A quote opens in this row and is closed {count} lines later: rows were taken into a cell.",
        "该行的引号到第 {count} 行之后才闭合：其后的行被并入一个单元格。",
    ),
    "ROW_CUT_OFF": (
        "The file ends within this row: it was cut off.",
        "文件在该行中间结束：内容被截断。",
    ),
    "NOT_JUDGED": (
        "The row could not be judged ({text}).",
        "该行未能判定（{text}）。",
    ),
}  # fmt: skip

ENGLISH, CHINESE = 0, 1


def fault(code: str, **params: object) -> Fault:
    """A fault of the table; values are told at most 80 characters long. Raises KeyError."""
    assert code in FAULTS, code
    return Fault(code, {name: _short(str(value)) for name, value in params.items()})


def sentence(one: Fault, tongue: int = ENGLISH) -> str:
    """The fault in words."""
    return FAULTS[one.code][tongue].format_map(_Given(one.params))


class _Given(dict[str, str]):
    """A value that an older fault lacks is shown as missing; the sentence stands."""

    def __init__(self, given: Mapping[str, str]) -> None:
        super().__init__(given)

    def __missing__(self, key: str) -> str:
        return "–"


def _short(text: str) -> str:
    return text if len(text) <= 80 else f"{text[:79]}…"
