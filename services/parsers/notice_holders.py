# ruff: noqa: E501 - tables of words, read best unbroken
"""Whom a sentence of a notice speaks of: names and numbers of accreditations, English and Chinese.

A number is known by its label ("certificate No.", 注册编号) or by its form beside a name; the name
stands before the number, after "the accreditation of", or after the Chinese verb. A name that
cannot be told from what surrounds it is not made up: the number then stands alone, or nothing does.
"""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest

from services.parsers.pdf_words import CJK, HAN

# Whitespace and letters are taken possessively: what follows them never begins with one, and a
# sentence made to hurt is then read in the time of its length squared at most.
_VALUE = r"(?:[A-Z][A-Za-z0-9]{1,7}[ \-])?(?>(?:[A-Z]{1,6}+[\-/ ]?+)*)\d[A-Za-z0-9]*(?:[\-./][A-Za-z0-9]+)*"
_LABEL_EN = (
    r"(?:\b[A-Z][A-Za-z0-9]{2,6}\s++(?=accreditation|certificate|registration|laboratory|number|no\.))?(?:\b(?:certificate|accreditation|registration|reg\.|designation|recognition|approval|licen[cs]e"
    r"|laboratory|lab|testing|body|cab|schedule|unique|identification|customer|organi[sz]ation)\s++)*"
    r"(?:\b(?:numbers?|nos?\b\.?|nr\b\.?|code|id\b)|\bno\.|#|№)\s*+[:.]?\s*+"
)
_LABEL_ZH = (
    r"(?:(?:实验室|机构|认可|注册|证书|登记|许可|批准|备案|资质认定|指定)*"
    r"(?:编号|号码|证书号|注册号|认可号|批准号|登记号|代码)|证书[：:])\s*+(?:为|是)?\s*+[：:]?\s*+"
)
_BETWEEN = r"(?:\s*+[,，]?\s*+(?:an?\s++)?(?:holder\s++of\s++|holding\s++|under\s++|with\s++|held\s++under\s++)?(?:the\s++|its\s++)?)"
_LABELLED = re.compile(
    rf"{_BETWEEN}[(（\[]?\s*+(?:{_LABEL_ZH}|(?i:{_LABEL_EN}))(?P<value>{_VALUE})\s*+[)）\]]?"
)
# "(CNAS L90001)", "(0123)", "(TL-123)": a bracket that holds a number and nothing else
_BRACKETED = re.compile(rf"\s*+[(（\[]\s*+(?P<value>{_VALUE})\s*+[)）\]]")
# ", TL-123,": between commas, with letters before the figures, as IAS and DAkkS print them
_BESIDE = re.compile(
    r",\s*+(?P<value>(?:[A-Z]{1,5}-)+\d{2,}[A-Z0-9]*(?:-[A-Z0-9]+)*|D-[A-Z]{1,2}-\d{4,5}-\d{2}-\d{2})(?=[,.;\s]|\Z)"
)
_ISSUER = re.compile(
    r"\b(?P<value>(?:CNAS|CMA|UKAS|A2LA|DAkkS|NVLAP|ANAB|IAS|PJLA|SAC|HKAS|KOLAS|JAB|IAJapan|NATA|IANZ"
    r"|RvA|COFRAC|Cofrac|PCA|BoA|ENAC|Accredia|SWEDAC|NABL|NABCB|TAF|TURKAK|EIAC|GAC|SAAC|SANAS|INMETRO"
    r"|CGCRE|ONAC|EMA|IECEE|FCC|STS|SAS|BELAC|DANAK|FINAS|INAB|IPAC)\s++(?:No\.?\s*+)?[A-Z]{0,4}[\- ]?\d{3,}"
    r"[A-Za-z0-9]*(?:[\-./][A-Za-z0-9]+)*)"
)
_NO_NUMBER = re.compile(
    r"(?:ISO|IEC|EN|GB(?:/?T)?|BS|DIN|ASTM|ANSI|UL|JIS|KS|CISPR|ILAC|IAF|EA|OECD|RB/?T|Regulation|Act"
    r"|Article|Clause|Section|Annex|Part)[\s/\-]*\d|(?:19|20)\d{2}\Z|\d{1,2}\Z",
    re.I,
)


# what else has a number: papers, not accreditations
_OF_OTHERS = re.compile(
    r"(?:notice|ref(?:erence)?|decision|document|case|file|letter|annex|appendix|table|page|article|clause"
    r"|regulation|directive|standard|resolution|公告|文件|通知|文|表|附件)[\s.:(（]*\Z",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Name:
    text: str
    lang: str


@dataclass(frozen=True, slots=True)
class Holder:
    """``number`` as printed, with its issuer where that is printed beside it; "" where none is.

    ``start``-``end``: where name and number stand in the sentence.
    """

    names: tuple[Name, ...]
    number: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class _Number:
    value: str
    start: int
    end: int


def holders(sentence: str) -> list[Holder]:
    """Everyone whom a sentence names, in order."""
    numbers = _numbers(sentence)
    found: list[Holder] = []
    begin = 0
    for number, following in zip_longest(numbers, numbers[1:]):
        text, start = _before(sentence, begin, number.start)
        names = names_of(text)
        end = number.end
        if not names:
            text, end = _after(sentence[: following.start if following else None], number.end)
            names = names_of(text)
        found.append(Holder(names, number.value, start if text else number.start, end))
        begin = end
    return found or _unnumbered(sentence)


def _numbers(sentence: str) -> list[_Number]:
    found: list[_Number] = []
    for pattern in (_LABELLED, _BRACKETED, _BESIDE, _ISSUER):
        for one in pattern.finditer(sentence):
            value = " ".join(one["value"].split()).rstrip(".-/")
            plain = re.sub(r"\s++(?:No\.?\s*+)", " ", value)
            sure = pattern in (_LABELLED, _ISSUER)
            if pattern is _LABELLED and _OF_OTHERS.search(
                sentence[max(0, one.start() - 40) : one.start() + 1]
            ):
                continue
            if _NO_NUMBER.match(plain) and not (sure and re.fullmatch(r"\d+", plain)):
                continue
            if pattern is _BRACKETED and not re.search(r"\d{3}|[A-Z].*\d", plain):
                continue
            if any(one.start() < other.end and other.start < one.end() for other in found):
                continue
            found.append(_Number(plain, one.start(), one.end()))
    return sorted(found, key=lambda one: one.start)


# --- names beside a number ------------------------------------------------------------------------

_OF = (
    r"(?:accreditations?|certificates?|certifications?|designations?|recognitions?|approvals?|licen[cs]es?"
    r"|suspensions?|withdrawals?|reinstatements?|revocations?|cancellations?|surrenders?|scopes?|status)"
)
_BODY = (
    r"(?:(?:testing|calibration|medical|inspection|certification|conformity\s++assessment)\s++)?"
    r"(?:laborator(?:y|ies)|bod(?:y|ies)|organi[sz]ations?|compan(?:y|ies)|facilit(?:y|ies)|cabs?|entit(?:y|ies))"
)
_LEAD = re.compile(
    rf"\b{_OF}\b(?:\s++(?:status|certificates?|granted|issued|held|in\s++part|in\s++full))*\s++"
    rf"(?:of|for|to|by|from)\s++(?:(?:the|this)\s++(?:(?:above|following|said)\s++)?{_BODY}\s*+[,:]?\s*+)?"
    rf"|\b(?:issued|granted|awarded)\s++to\s++|\bheld\s++by\s++"
    rf"|\b(?:suspend(?:s|ed)?|withdr(?:aws|ew|awn?)|revoke[sd]?|reinstate[sd]?|restored?)\s++(?:the\s++)?"
    rf"{_OF}\s++(?:of|for|granted\s++to|issued\s++to|held\s++by)\s++"
    rf"|\b(?:the\s++)?(?:following\s++)?{_BODY}\s*+:\s*+"
    r"|:\s++|\bthat\s++(?!the\b)|\binforms?\s++that\s++|\A",
    re.I,
)
_VERB = re.compile(
    r"[,;]?\s++(?:has|have|had|is|are|was|were|will|shall|hereby|effective|with\s++(?:immediate\s++)?effect"
    r"|from\s++\d|on\s++\d|as\s++of|as\s++from|whose|which|who|following|pursuant|due\s++to|under\s++the|dated"
    r"|in\s++accordance|because|in\s++respect|with\s++regard|in\s++the\s++field|at\s++(?:its|their)|since|until"
    r"|voluntarily|surrendered|withdrew|requested|withdrawn|suspended|revoked|reinstated|for\s++the\s++(?:scope"
    r"|following|tests?|fields?|parameters?|lines?|items?)|for\s++(?:lines?|items?|scope|tests?)"
    r"|(?:lines?|items?)\s++\d|[–—-]\s)\b"
    r"|['’]s?\s++(?:accreditation|certificate|designation)|\s[–—]\s|[:;]",
    re.I,
)
_PLACE = re.compile(
    r",\s++(?:located|based|situated|established|of|in|a|an|having|whose|address)\b.*", re.I
)
_STRIP = re.compile(
    r"\A(?:[\s,;:.•●▪–—\-*]+|(?:and|or|as\s++well\s++as|the|that|of|to|for|m/s\.?|messrs\.?|company|namely"
    r"|(?:the\s++)?(?:following\s++)?"
    + _BODY
    + r"(?=\s++[A-Z])|\(?\d{1,3}[.)、]|\([a-z]\)|dear\s++\w+)(?=[\s,:A-Z(]|\Z)\s*+)+",
    re.I,
)
_ZH_VERB = r"撤销|撤銷|撤消|吊销|吊銷|注销|註銷|暂停|暫停|恢复|恢復|解除|取消|终止|缩小|关于|關於|包括|下列|以下|如下"
_ZH_CUT = re.compile(rf"[，。；、：:;！？《》\n]|{_ZH_VERB}|\d\s*+[日号]\s*+起|之日起|即日起")
_ZH_STRIP = re.compile(
    r"\A(?:了|对|對|将|給予|给予|同意|决定|決定|和|及|以及|与|并|其中|机构|實驗室|实验室|名单|由|因|鉴于|经|现"
    r"|兹|依法|已|[一二三四五六七八九十]{1,3}、|[（(]?\d{1,3}[.)）、．]|[（(][一二三四五六七八九十]{1,3}[)）]|\s|的|部分"
    r"|认可资格)+"
)
_ZH_END = re.compile(r"(?:的|之)?(?:认可|资质认定|指定|认可证书|检测)?(?:资格|证书|范围)?\Z")
_ZH_TAIL = re.compile(
    r"(?:公司|研究院|研究所|检测院|检验院|检验所|检测所|中心|实验室|检测站|监测站|学院|大学|医院|局|集团|协会|院|所"
    r"|站|厂|部|馆|室|校|队|社|会|店|行)[）)]?\Z"
)


def _before(sentence: str, begin: int, end: int) -> tuple[str, int]:
    """The name that ends where a number begins, and where it begins; ("", end) where none is."""
    piece = sentence[begin:end]
    if CJK.search(piece[-12:]) and not re.search(r"[A-Za-z]{3,}[.)]?\s*+\Z", piece):
        return _chinese(piece, begin)
    start = 0
    for lead in _LEAD.finditer(piece):
        if piece[lead.end() :].strip(" ,("):
            start = lead.end()
    text = piece[start:]
    text = _PLACE.sub("", text)
    if cut := _VERB.search(text):
        text = text[: cut.start()]
    stripped = _STRIP.sub("", text).strip(" ,;.:(–—-")
    if re.search(r"\b(?:Ltd|Inc|Co|Corp|LLC|S\.A|GmbH)\.?\Z", text.strip(" ,(–—-")) and text.rstrip(
        " ,(–—-"
    ).endswith("."):
        stripped += "."
    return stripped, begin + start


def _chinese(piece: str, begin: int) -> tuple[str, int]:
    start = 0
    for cut in _ZH_CUT.finditer(piece):
        # "鸬鹚渡检测（深圳）有限公司": a bracket of the name is none of the sentence
        start = cut.end()
    text = piece[start:].strip()
    text = _ZH_STRIP.sub("", text).strip(" ,（(")
    return (text if len(text) >= 4 else ""), begin + start


def _after(sentence: str, start: int) -> tuple[str, int]:
    """The name behind a number: "Certificate No. 1 issued to X has been withdrawn"."""
    rest = sentence[start:]
    lead = re.match(
        r"\s*+[,，]?\s*+(?:of|issued\s++to|granted\s++to|held\s++by|awarded\s++to|for|[（(]|[:：–—-])\s*+",
        rest,
        re.I,
    )
    if not lead:
        return "", start
    text = rest[lead.end() :]
    if CJK.match(text):
        found = re.match(rf"[{HAN}（）()·A-Za-z0-9]{{4,50}}", text)
        name = _ZH_END.sub("", found.group()) if found else ""
        return (name if _ZH_TAIL.search(name) else ""), start + lead.end() + len(name)
    cut = _VERB.search(text)
    name = _PLACE.sub("", text[: cut.start()] if cut else text.rstrip(". "))
    name = _STRIP.sub("", name).strip(" ,;:(")
    return name, start + lead.end() + (cut.start() if cut else len(text))


# --- names alone ----------------------------------------------------------------------------------

_LEGAL = (
    r"(?:Co\.?,?\s*+Ltd|Limited|Ltd|Inc|Incorporated|Corp|Corporation|LLC|LLP|PLC|GmbH|AG|KG|S\.?A\.?|SpA|S\.p\.A"
    r"|Pte\.?\s++Ltd|Pvt\.?\s++Ltd|Pty\.?\s++Ltd|Sdn\.?\s++Bhd|B\.?V|N\.?V|s\.r\.o|a\.s|S\.?r\.?l|Laborator(?:y|ies)"
    r"|Institute|University|Cent(?:re|er)|Services|Group|Company|Agency|Authority|Hospital|Association)\.?"
)
_ZH_ORG = re.compile(
    rf"[{HAN}（）()A-Za-z0-9·]{{2,40}}?(?:股份有限公司|有限责任公司|有限公司|研究院|研究所|检测中心|检验中心"
    r"|检测院|检验院|检验所|检测所|监测站|检测站|实验室|研究中心|技术中心|计量院|大学|学院|医院|中心|集团)"
    rf"(?:[{HAN}（）()]{{1,14}}?(?:分公司|分院|分中心|检测中心|实验室))?"
)


def _unnumbered(sentence: str) -> list[Holder]:
    if CJK.search(sentence):
        return list(_chinese_alone(sentence))
    text, start = "", 0
    for lead in _LEAD.finditer(sentence):
        rest = sentence[lead.end() :]
        cut = _VERB.search(rest)
        if cut is None and lead.end() == 0:
            continue
        candidate = _PLACE.sub("", rest[: cut.start()] if cut else rest.rstrip(". "))
        candidate = _STRIP.sub("", candidate).strip(" ,;:()")
        if _like_a_name(candidate):
            text, start = candidate, lead.end()
    if not text:
        return []
    parts = _apart(text)
    named = filter(None, map(names_of, parts))
    return [Holder(names, "", start, start + len(text)) for names in named]


def _like_a_name(text: str) -> bool:
    """Begins with a capital and has some more; no sentence, no general word."""
    return bool(
        re.match(r"[A-Z0-9\u00c0-\u024f]", text)
        and 3 < len(text) <= 160
        and re.search(rf"[A-Z][\w.&'’-]*\s++[A-Z&(]|{_LEGAL}\Z|\A[A-Z]{{2,}}\b", text)
        and not re.match(
            r"(?:This|These|All|Any|Each|Such|No|Notice|Accreditations?|Certificates?|Suspensions?|Withdrawals?)\b",
            text,
        )
    )


def _apart(text: str) -> list[str]:
    """ "A Ltd, B Inc and C GmbH" as three, where each ends as companies do; else one."""
    ends = [found.end() for found in re.finditer(rf"\b{_LEGAL}(?=,|\s++and\b|\s*+\Z)", text)]
    pieces, begin = [], 0
    for end in ends:
        if not re.match(r"\s*+(?:,?\s*+and\s++|,\s*+)(?=[A-Z])|\s*+\Z", text[end:]):
            continue
        if re.match(rf",\s*+{_LEGAL}", text[end:]):
            continue  # "Co., Ltd."
        pieces.append(_STRIP.sub("", text[begin:end]).strip(" ,"))
        begin = end
    return pieces if len(pieces) > 1 and begin == len(text) else [text]


def _chinese_alone(sentence: str) -> Iterator[Holder]:
    for piece in re.finditer(r"[^，。；、：:;！？《》\n]+", sentence):
        text = piece.group()
        cut = re.search(rf"(?:{_ZH_VERB}|起)", text)
        for part in (text[cut.end() :], text[: cut.start()]) if cut else (text,):
            for found in _ZH_ORG.finditer(_ZH_STRIP.sub("", part)):
                name = _ZH_STRIP.sub("", found.group())
                if len(name) < 6 or re.match(r"(?:被|所有|各|相关|有关|上述|该)", name):
                    continue
                if names := names_of(name):
                    yield Holder(names, "", piece.start(), piece.end())


# --- names in two languages -----------------------------------------------------------------------

_TRADITIONAL = frozenset("國會測檢驗證認產業聯實學電東馬門車見貝長陳廣億銀錢龍龜齊創勞動務單")


def names_of(text: str) -> tuple[Name, ...]:
    """One name, or the two of "鸬鹚渡检测有限公司 (Heron Testing Ltd)" or of two lines."""
    text = unicodedata.normalize("NFC", text).strip(" ,;，；/")
    if not re.search(r"[^\W\d_]{2}", text):
        return ()
    if not CJK.search(text):
        return (Name(" ".join(text.split()), "en"),)
    pieces = [one for one in re.split(r"\n|\s*+[/|]\s*+", text) if one.strip()]
    if len(pieces) == 1:
        latin = r"[A-Za-z][A-Za-z0-9 .,&'’()\-–/]{4,}"
        after = re.fullmatch(rf"(?P<zh>.*[{HAN}）])\s*+[(（]?\s*+(?P<en>{latin}?)\s*+[)）]?", text)
        first = re.fullmatch(rf"(?P<en>{latin}?)\s*+[(（]?\s*+(?P<zh>[{HAN}].*?)\s*+", text)
        if found := after or first:
            if found is first and text.count("（") + text.count("(") == text.count(
                "）"
            ) + text.count(")"):
                zh = found["zh"]
                zh = (
                    zh[:-1]
                    if zh.count("（") + zh.count("(") < zh.count("）") + zh.count(")")
                    else zh
                )
                pieces = [zh, found["en"]]
            elif found is after:
                en = found["en"]
                en += ")" if en.count("(") > en.count(")") else ""
                pieces = [found["zh"], en]
    told: dict[str, Name] = {}
    for piece in pieces:
        piece = " ".join(piece.split()).strip(" ,;，；")
        chinese = bool(CJK.search(piece))
        lang = ("zh-Hant" if _TRADITIONAL & set(piece) else "zh-Hans") if chinese else "en"
        if piece and lang not in told:
            told[lang] = Name(piece, lang)
    return tuple(told.values())
