"""Which column of a stranger's table holds which of our fields, told by its header words.

Only what is certain is taken. Words that several columns bear equally well, or that are merely
similar to what is known, are told as a doubt and never settled by their order in the file.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process

from services.audit.fields import WHAT, Field
from services.errors import BadQuestion

# Words of headers as ``fold`` leaves them. Those in front of the bar name the field beyond doubt;
# those behind it name it too, unless another column bears one of the first: "证书编号" beside
# "认可证书编号" is the number of something else.
_WORDS: dict[Field, str] = {
    Field.NUMBER: """
        accreditation number, accreditation no, accreditation certificate number,
        accreditation certificate no, accreditation id, registration number, registration no,
        certificate number of the laboratory, laboratory accreditation number, lab number,
        lab no, cnas number, cnas no, cma number, cma no, cnas certificate number,
        cnas certificate no, 认可编号, 认可号, 认可证书编号, 认可证书号, 认可注册号, 注册编号,
        注册号, 实验室认可编号, 实验室认可号, cnas编号, cnas号, cnas证书编号, cnas证书号,
        cma编号, cma证书编号, 资质认定证书编号, 资质认定编号, 机构编号, 资质证书编号,
        机构证书编号, 实验室编号
        |
        number, no, certificate number, certificate no, cert number, cert no, certificate,
        证书编号, 证书号, 证书号码, 编号
    """,
    Field.ISSUER: """
        accreditation body, accrediting body, accredited by, accreditor, ab, designated by,
        认可机构, 认可单位, 认可机构简称, 资质发放机构, 指定机构的部门
        |
        issuer, issuing body, issued by, 发证机构, 发证机关, 颁发机构, 发证单位
    """,
    Field.BODY: """
        body, body id, body name, name of body, laboratory, laboratory name, name of laboratory,
        lab, lab name, testing laboratory, testing body, test laboratory, test lab, testing lab,
        inspection body, certification body, conformity assessment body, cab, holder,
        accreditation holder, organisation, organization, organisation name, organization name,
        机构, 机构名称, 机构全称, 检测机构, 检测机构名称, 检验机构, 检验机构名称, 检验检测机构,
        检验检测机构名称, 实验室, 实验室名称, 检测实验室, 检测单位, 检验单位, 检测单位名称,
        检验单位名称, 认证机构, 认证机构名称, 获认可机构, 获认可机构名称, 持证机构, 持证单位,
        报告出具机构, 出具机构
        |
        name, company, company name, 单位名称, 名称, 单位, 公司名称
    """,
    Field.METHOD: """
        standard, standards, method, test method, test standard, testing standard, test methods,
        standard or method, method or standard, standard method, standard number, standard no,
        method number, inspection standard, applied standard, test specification, 标准, 标准号,
        标准编号, 检测标准, 检验标准, 检测方法, 检验方法, 试验方法, 方法, 方法标准, 检测依据,
        检验依据, 标准方法, 检测标准方法, 检测标准编号, 检测方法标准, 依据标准, 检测标准号,
        标准及方法, 标准或方法, 检验检测标准, 检验检测依据
        |
    """,
    Field.EDITION: """
        edition, standard edition, edition of standard, edition year, standard year, 标准版本,
        版本, 版本号, 标准年号, 年号, 年代号, 标准年代号
        |
    """,
    Field.OBJECT: """
        object, test object, object of testing, tested object, product tested, product name,
        检测对象, 检验对象, 检测产品, 产品名称, 样品名称, 样品, 检测样品, 检验产品
        |
        product, item, sample, sample name, material, 产品, 物品
    """,
    Field.PARAMETER: """
        parameter, test parameter, parameters, test item, test items, characteristic, property,
        检测项目, 检验项目, 检测参数, 检验参数, 参数, 项目参数, 试验项目, 测试项目
        |
        test, tests, 项目
    """,
    Field.SITE: """
        site, test site, testing site, place of testing, place of test, test location,
        testing location, laboratory address, lab address, site address, 检测地点, 检验地点,
        检测场所, 检验场所, 场所, 试验地点, 实验室地址, 检测地址, 场所地址
        |
        location, place, address, 地点, 地址
    """,
    Field.TESTED: """
        test date, test dates, date of test, date of testing, dates of testing, dates of test,
        testing date, testing dates, date tested, tested on, tested, test period, testing period,
        period of testing, test start, test start date, start of test, start of testing,
        testing start date, test date from, tested from, test from, first test day,
        date of inspection, inspection date, 检测日期, 检验日期, 试验日期, 测试日期, 检测时间,
        检验时间, 检测周期, 检测期间, 检验检测日期, 检测开始日期, 检验开始日期, 开始检测日期,
        检测起始日期, 检测日期起, 检测起始, 检测开始时间
        |
        start date, start, from, 开始日期, 起始日期
    """,
    Field.TESTED_TO: """
        test end, test end date, end of test, end of testing, testing end date, test date to,
        tested to, test to, tested until, last test day, test completion date, testing completed,
        检测结束日期, 检验结束日期, 检测完成日期, 检验完成日期, 结束检测日期, 检测截止日期,
        检测日期止, 检测结束, 检测结束时间, 检测完成时间
        |
        end date, end, to, until, 结束日期, 截止日期, 完成日期
    """,
    Field.ISSUED: """
        issue date, date of issue, date issued, issued on, issued, report date, date of report,
        report issue date, certificate date, issuing date, date of issuance, report issued,
        签发日期, 签发时间, 报告签发日期, 报告日期, 报告发布日期, 出具日期, 报告出具日期,
        发布日期, 发证日期, 报告批准日期, 证书签发日期, 签发日
        |
        批准日期
    """,
    Field.ON: """
        on, on date, day asked, date asked, date to check, as of, 核查日期, 查询日期, 判定日期,
        核对日期
        |
        date, day, 日期, 时间
    """,
    Field.REF: """
        ref, reference, our reference, report number, report no, test report number,
        test report no, report id, report, row id, 报告编号, 报告号, 检测报告编号, 检验报告编号,
        检测报告号, 报告证书编号, 参考号, 引用号
        |
        id, record id, 序号, 行号
    """,
}

_BRACKETS = re.compile(r"[(（\[【][^)）\]】]*[)）\]】]")
_NUMBER_WORDS = re.compile(r"\b(?:nr|num|nos|no\.|№|#)(?=\W|$)")
_SURE = 93.0  # of 100: one letter wrong in a word of eight
_NEAR = 80.0


def fold(title: str) -> str:
    """A header as it is compared: half-width, lower case, letters and digits, single spaces."""
    plain = unicodedata.normalize("NFKC", title).casefold().replace("№", " no ")
    plain = _NUMBER_WORDS.sub("no ", plain.replace("#", " no "))
    plain = "".join(c if c.isalnum() else " " for c in plain)
    plain = " ".join(plain.split())
    # Chinese is written without spaces; those between its characters mean nothing
    return re.sub(r"(?<=[\u3400-\u9fff]) | (?=[\u3400-\u9fff])", "", plain)


def _table() -> dict[str, tuple[Field, int]]:
    found: dict[str, tuple[Field, int]] = {}
    for field, lines in _WORDS.items():
        for strength, words in zip((2, 1), lines.split("|"), strict=True):
            for word in filter(None, map(str.strip, words.replace("\n", " ").split(","))):
                assert word not in found, word
                found[word] = (field, strength)
    return found


WORDS = _table()


@dataclass(frozen=True, slots=True)
class Recognised:
    """``mapping``: field → column, the certain ones. ``doubts``: a sentence for each column or
    field that was left open; ``unmapped``: columns carried as they are."""

    mapping: dict[Field, str]
    doubts: tuple[str, ...]
    unmapped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Match:
    column: str
    field: Field
    strength: int  # 2 names the field beyond doubt, 1 also names it, 0 only resembles


def recognise(
    columns: Sequence[str], doubled: Sequence[str], given: Mapping[str, str]
) -> Recognised:
    """The columns by their words. ``given``: what the asker says, field → column, "" for none.

    ``doubled``: names that stand twice; what they mean is the asker's to say. Raises BadQuestion
    where ``given`` names a field or a column that there is not, or one column twice.
    """
    said = checked(columns, given)
    taken = set(said.values())
    open_fields = [field for field in Field if field not in given]
    matches = [
        found
        for column in columns
        if column not in taken and (found := _match(column, open_fields)) is not None
    ]
    mapping, doubts = dict(said), []
    for field in open_fields:
        sure = [one for one in matches if one.field is field and one.strength]
        best = [one for one in sure if one.strength == max(each.strength for each in sure)]
        if len(best) > 1 or any(one.column in doubled for one in best):
            names = "” and “".join(one.column for one in best)
            doubts.append(f"“{names}” may each be the {WHAT[field]}: say which by mapping.")
        elif best:
            mapping[field] = best[0].column
    doubts += [
        f"“{one.column}” may be the {WHAT[one.field]}: say so by mapping."
        for one in matches
        if not one.strength and one.field not in mapping
    ]
    used = set(mapping.values())
    return Recognised(mapping, tuple(doubts), tuple(c for c in columns if c not in used))


def checked(columns: Sequence[str], given: Mapping[str, str]) -> dict[Field, str]:
    """The asker's own mapping without its empty entries. Raises BadQuestion as ``recognise``."""
    mapping: dict[Field, str] = {}
    for name, column in given.items():
        try:
            field = Field(name)
        except ValueError:
            known = ", ".join(Field)
            raise BadQuestion(f'mapping: there is no field "{name}".', f"Known: {known}.") from None
        if not column:
            continue
        if column not in columns:
            known = ", ".join(f"“{one}”" for one in columns[:40])
            raise BadQuestion(f"mapping: there is no column “{column}”.", f"The file has {known}.")
        if column in mapping.values():
            raise BadQuestion(
                f"mapping: the column “{column}” is given to two fields.", "Pick one."
            )
        mapping[field] = column
    return mapping


def missing(mapping: Mapping[Field, str]) -> list[str]:
    """What must be mapped before a row can be judged, a sentence each."""
    said = []
    if Field.NUMBER not in mapping and Field.BODY not in mapping:
        said.append("No column is known to hold the accreditation's number or the body: map one.")
    if not any(day in mapping for day in (Field.TESTED, Field.ISSUED, Field.ON)):
        said.append("No column is known to hold a test date, an issue date or a day: map one.")
    return said


def _match(column: str, open_fields: Sequence[Field]) -> _Match | None:
    """The field whose word this header is, exactly, or all but a letter; a near one as a doubt."""
    whole, short = fold(column), fold(_BRACKETS.sub(" ", column))
    inside = [fold(part) for part in re.split(r"[/|\n()（）]", column)]
    for said in filter(None, (whole, short)):
        if said in WORDS:
            return _taken(column, *WORDS[said], open_fields)
    # "检测日期 / Test date": both halves say the same
    halves = {WORDS[one][0]: WORDS[one][1] for one in inside if one in WORDS}
    if len(halves) == 1 and sum(map(bool, inside)) > 1:
        return _taken(column, *next(iter(halves.items())), open_fields)
    if len(short) < 5:
        return None  # in a short word one wrong letter makes another word
    near = process.extract(short, WORDS.keys(), scorer=fuzz.ratio, limit=6, score_cutoff=_NEAR)
    fields = {WORDS[word][0] for word, score, _ in near if score >= _SURE}
    if len(fields) == 1:
        return _taken(column, fields.pop(), 1, open_fields)
    if near:
        return _taken(column, WORDS[near[0][0]][0], 0, open_fields)
    return None


def _taken(column: str, field: Field, strength: int, open_fields: Sequence[Field]) -> _Match | None:
    return _Match(column, field, strength) if field in open_fields else None


__all__ = ["WORDS", "Recognised", "checked", "fold", "missing", "recognise"]
