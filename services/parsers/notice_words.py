# ruff: noqa: E501 - tables of words, read best unbroken
"""The wording of notices on suspension, withdrawal and reinstatement, in English and Chinese.

Notices of accreditation bodies are written in few set phrases (ISO/IEC 17011, 7.11; CNAS 暂停,
恢复, 撤销, 注销). Here stand the phrases: what was decided, whether it was decided at all, what
part it touches, and which of the days in a sentence is which.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from services.parsers.days import Day, days
from services.parsers.pdf_words import HAN


class Action(StrEnum):
    """What a sentence says was done to an accreditation."""

    SUSPENDED = "suspended"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"
    SURRENDERED = "surrendered"
    REINSTATED = "reinstated"


@dataclass(frozen=True, slots=True)
class Hit:
    """An action's words at ``start``-``end``. ``finite``: the verb of the sentence, which decides
    where nouns ("following the suspension") name others. ``supposed``: it says that it may or
    may not be so, not that it is."""

    action: Action
    start: int
    end: int
    finite: bool = False
    supposed: bool = False


# --- what was decided -----------------------------------------------------------------------------

_WITHIN = r"[^;]"  # a sentence holds full stops of abbreviations only
_LIFTED = r"(?:lifted|ended|removed|rescinded|discontinued)"
_UNDONE = r"(?:withdrawn|revoked|cancell?ed|terminated|annulled|closed)"
_BE = (
    r"(?:is|was|are|were|be|has\s+been|have\s+been|had\s+been|will\s+be)\s+(?:\w+ly\s+|hereby\s+)?"
)
_ACTIONS: tuple[tuple[Action, re.Pattern[str]], ...] = tuple(
    (action, re.compile(words, re.I))
    for action, words in (
        (Action.REINSTATED, rf"\bsuspension\b{_WITHIN}{{0,250}}?\b{_LIFTED}\b"),
        # "The suspension of … was withdrawn"; not "after the suspension, its accreditation was …"
        (Action.REINSTATED, (r"^\W*(?:the|this|that)?\s*(?:\w+\s+)?suspension\b(?:(?!\b(?:its|their"
         rf"|the)\s+(?:accreditation|certificate)\s+{_BE})[^;]){{0,250}}?\b{_BE}{_UNDONE}\b")),
        (Action.REINSTATED, (r"\b(?:lift(?:s|ed|ing)?|remov(?:es|ed|ing)|end(?:s|ed|ing)"
         r"|lifting\s+of|removal\s+of|end\s+of)\s+(?:the\s+|its\s+|their\s+)?(?:\w+\s+)?suspensions?\b")),
        (Action.REINSTATED, r"\breinstat(?:e[sd]?|ing|ement)\b|\brestor(?:e[sd]?|ing|ation)\b"),
        (Action.SURRENDERED, r"\bsurrender(?:s|ed|ing)?\b|\brelinquish(?:e[sd]|ing|ment)?\b"),
        (Action.WITHDRAWN, r"\bwithdr(?:aw(?:s|n|ing|als?)?|ew)\b"),
        (Action.REVOKED, r"\brevo(?:ke[sd]?|king|cations?)\b|\bannul(?:s|led|ment)?\b"),
        (Action.WITHDRAWN, (r"\bcancel(?:s|led|ed|l?ations?)?\b|\bterminat(?:e[sd]?|ing|ions?)\b"
         r"|\bremoved\s+from\s+the\s+(?:list|register|directory)")),
        (Action.WITHDRAWN, (r"\bscope\b[^.;]{0,80}?\b(?:reduced|curtailed)\b"
         r"|\breduc(?:e[sd]?|tion)\b[^.;]{0,30}?\bscope\b")),
        (Action.SUSPENDED, r"\bsuspen(?:d(?:s|ed|ing)?|sions?)\b"),
        (Action.REINSTATED, (r"(?:解除|取消|撤销|终止)(?:对[^，。；]{0,60}?)?(?:的)?暂停(?!期)"
         r"|暂停(?:的)?(?:措施|决定|状态)?[^，。；]{0,4}(?:予以|已)?(?:解除|取消)|恢复(?!期)|復復|恢復")),
        (Action.SURRENDERED, r"注销|註銷"),
        (Action.REVOKED, r"吊销|吊銷"),
        (Action.WITHDRAWN, (r"撤销|撤銷|撤消|取消(?=[^，。；]{0,60}(?:资格|认可|认定|指定|备案))"
         r"|(?:资格|认可|认定|指定)[^，。；]{0,10}(?:予以|被)取消|终止(?=[^，。；]{0,40}(?:认可|资格))")),
        (Action.WITHDRAWN, r"缩小[^，。；]{0,40}范围|范围[^，。；]{0,6}缩小"),
        (Action.SUSPENDED, r"暂停(?!期)|暫停(?!期)|中止(?=[^，。；]{0,40}(?:认可|资格))"),
    )
)  # fmt: skip
_AUXILIARY = re.compile(
    r"(?:\b(?:has|have|had|was|were|is|are|be|been|being|hereby|to|will|shall|and|or)\b"
    r"(?:\s+(?:\w+ly|hereby|now|also|since|then|therefore|been|be|had|its|their|his|the"
    r"|accreditations?|status|certificates?|designations?|to|and|in\s+(?:part|whole|full)))*"
    r"\s*|\bhereby\s+)\Z",
    re.I,
)
_SUPPOSED = re.compile(
    r"\b(?:may|might|could|would|should|can|cannot|must|not|never|if|unless|whether|when|where|until"
    r"|propos\w+|intend\w*|consider\w*|warn\w*|threat\w*|risk|appeal\w*|possib\w+|eventual\w*"
    r"|in\s+(?:case|the\s+event)|subject\s+to|prior\s+to|before|any|procedures?\s+for)\b[^,.;]{0,80}\Z",
    re.I,
)
_SUPPOSED_AFTER = re.compile(
    r"\A[^,.;]{0,60}?\b(?:if|unless|should\s+(?:it|they|the)|provided\s+that)\b", re.I
)
_SUPPOSED_ZH = re.compile(
    r"(?:拟|擬|可能|可以|可(?=予以|被)|如果|若|倘|如(?!下)|未被|尚未|未予|不予|不会|不再|并未|没有|建议"
    r"|考虑|有权|逾期|否则|应当|可向)[^，。；]{0,14}\Z"
    r"|(?:如(?!下|期)|若|倘若|逾期|否则|届时)[^。；]{0,60}(?:将|可|予以)[^，。；]{0,6}\Z"
)


def hits(sentence: str) -> list[Hit]:
    """The actions that a sentence names, in order; verbs alone where there are any."""
    found: list[Hit] = []
    for action, pattern in _ACTIONS:
        for at in pattern.finditer(sentence):
            if any(at.start() < one.end and one.start < at.end() for one in found):
                continue  # "suspension … lifted" is no suspension
            found.append(_judged(sentence, action, at.start(), at.end()))
    found.sort(key=lambda one: one.start)
    verbs = [one for one in found if one.finite]
    return verbs or found


_ALWAYS_VERBS = frozenset(
    {"withdrew", "withdraws", "suspends", "revokes", "surrendered", "reinstates"}
)


def _judged(sentence: str, action: Action, start: int, end: int) -> Hit:
    before, after = sentence[max(0, start - 140) : start], sentence[end:]
    chinese = not sentence[start].isascii()
    if chinese:
        supposed = _SUPPOSED_ZH.search(before) is not None
        return Hit(action, start, end, True, supposed)
    word = sentence[start:end].lower()
    verb = bool(_AUXILIARY.search(before)) or bool(re.search(r"(?:ed|n|ew)\Z", word) and
        re.search(r"\b(?:has|have|had|was|were|is|are|been|hereby)\b[^;]{0,160}\Z", before, re.I)
    ) or word in _ALWAYS_VERBS  # fmt: skip
    supposed = bool(_SUPPOSED.search(before) or _SUPPOSED_AFTER.search(after))
    return Hit(action, start, end, verb, supposed)


AT_REQUEST = re.compile(
    r"\bat\s+(?:(?:its|their|the\s+\w+(?:['’]s)?)\s+)(?:own\s+)?request\b|\bown\s+request\b|\bat\s+(?:the\s+)?request\s+of\s+(?:the\s+)?(?:body|laborator|holder|client|organi|compan|cab|customer|inspection|certification)"
    r"|\b(?:up)?on\s+(?:the\s+|its\s+|their\s+)?(?:written\s+)?request\b|\bvoluntar(?:y|ily)\b"
    r"|\b(?:as|was|were|been)\s+requested\s+by\s+(?:the|its)\b|\bby\s+its\s+own\s+decision\b"
    r"|自愿|主动申请|自行申请|自行要求|机构申请|应[^，。；]{0,30}(?:申请|要求|请求)"
    r"|申请(?:注销|撤销|暂停|取消)|(?:根据|依据|依|经)[^，。；]{0,24}(?:的)?申请",
    re.I,
)
WHOLE = re.compile(
    r"\b(?:in\s+full|in\s+its\s+entirety|entire(?:\s+scope)?|full\s+scope|whole\s+scope|all\s+of\s+its"
    r"\s+scope)\b|全部(?:认可)?(?:范围|资格|能力)?",
    re.I,
)
IMMEDIATE = re.compile(
    r"\b(?:with\s+immediate\s+effect|effective\s+immediately|immediately\s+effective"
    r"|(?:from|as\s+of|effective)\s+(?:the\s+)?(?:date|day)\s+of\s+(?:this\s+|the\s+)?"
    r"(?:notice|publication|announcement))\b"
    r"|即日起|自(?:本)?(?:公告|通告|通知|决定)?(?:发布|公布|公告|印发|作出)?之日起|自发布之日",
    re.I,
)
FOLLOWING = re.compile(
    r"\b(?:following|as\s+follows|listed\s+below|below|annex|appendix|attached)\b"
    r"|下列|以下|如下|附件|附表|下表|名单|[:：]\s*\Z",
    re.I,
)

# --- which part -----------------------------------------------------------------------------------

_PARTIAL = re.compile(
    r"\bpartial(?:ly)?\b|\bpartly\b|\bin\s+part\b|\bparts?\s+of\s+(?:the|its|their)\b"
    r"|\breduc(?:ed|tion)\b|\bcurtailed\b|\bscope\s+(?:lines?|items?)\b|\b(?:lines?|items?)\s+\d"
    r"|\bin\s+(?:respect|the\s+field)\s+of\b|\bwith\s+(?:regard|respect)\s+to\b|\bas\s+regards\b"
    r"|\bfor\s+the\s+(?:following\s+)?(?:scope|tests?|parameters?|methods?|fields?|sites?)\b"
    r"|\bat\s+(?:the\s+)?(?:site|location)\b|\bonly\s+(?:for|affects)\b|\blimited\s+to\b"
    r"|部分|缩小|局部|第\s*\d[\d、,，和及至\-～~ ]*\s*(?:项|行)|序号\s*\d|场所\s*[A-Z0-9]",
    re.I,
)
_NUMBERS = r"\d+(?:\s*(?:,|、|，|and|和|及|以及|;|,\s*and)\s*\d+)*"
_LINES = re.compile(
    rf"\b(?:scope\s+)?(?:lines?|items?|rows?|entries|entry)\s+(?:nos?\.?\s*|numbers?\s+)?({_NUMBERS})"
    rf"|第\s*({_NUMBERS})\s*(?:项|行)|序号\s*(?:为|[:：])?\s*({_NUMBERS})",
    re.I,
)
_SITES = re.compile(
    r"\b(?:site|location)s?\s+(?:nos?\.?\s*)?([A-Z](?![a-z])\w{0,3}(?:\s*(?:,|and)\s*[A-Z](?![a-z])\w{0,3})*)"
    r"|(?:场所|地点)\s*([A-Z0-9]{1,4}(?:\s*[、,和及]\s*[A-Z0-9]{1,4})*)"
)
_PART = re.compile(
    r"\b(?:in\s+respect\s+of|in\s+the\s+field\s+of|with\s+(?:regard|respect)\s+to|as\s+regards|limited\s+to"
    r"|only\s+for|(?:for|namely|being)\s+(?:the\s+)?(?:following\s+)?(?=(?:scope|tests?|parameters?"
    r"|methods?|fields?)\b))\s*:?\s*(?P<en>[^.;]{3,300}?)"
    r"(?=,?\s+(?:with\s+(?:immediate\s+)?effect|effective|from\s+\d|as\s+from|as\s+of|since|until|has|have"
    r"|had|was|were|is|are|at\s+its|at\s+their|on\s+\d)\b|[.;]|\Z)"
    r"|(?:部分(?:认可)?(?:范围|能力|项目|参数)?|缩小(?:的)?(?:认可)?范围)\s*[（(:：]\s*(?P<zh>[^（）()。；]{2,200})",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Part:
    """The part that an action touches: keys of lines and sites, or words. All empty: the whole."""

    partial: bool
    lines: tuple[str, ...] = ()
    sites: tuple[str, ...] = ()
    words: str = ""

    @property
    def named(self) -> bool:
        return bool(self.lines or self.sites or self.words)


def part_of(sentence: str) -> Part:
    """What part of the accreditation a sentence speaks of."""
    if not _PARTIAL.search(sentence) or WHOLE.search(sentence):
        return Part(False)
    lines = tuple(
        one for found in _LINES.finditer(sentence) for one in re.findall(r"\d+", found.group())
    )
    sites = tuple(
        one
        for found in _SITES.finditer(sentence)
        for one in re.findall(r"[A-Z0-9]{1,4}", found[1] or found[2])
    )
    words = "" if lines or sites else _part_words(sentence)
    return Part(True, tuple(dict.fromkeys(lines)), tuple(dict.fromkeys(sites)), words)


def _part_words(sentence: str) -> str:
    found = _PART.search(sentence)
    return (found["en"] or found["zh"] or "").strip(" ,，") if found else ""


# --- which day is which ---------------------------------------------------------------------------

_ROLES: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("published", re.compile(
        r"(?:\b(?:published|issued|publication|notice|announced|(?<!effective )dated?)\b(?:\s+(?:on|of|date))*"
        r"|(?:发布|公布|公告|印发)(?:日期|时间|之日)?)\s*[:：]?\s*\Z", re.I)),
    # since when what ends now has been so: "the suspension imposed on 1 March 2026 is lifted"
    ("began", re.compile(
        r"\b(?:imposed|in\s+(?:force|place)|suspension(?=\s+(?:of|dated|from|since)\b))"
        r"(?:\s+(?:of|on|since|from|dated))*\s*(?:the\s+)?\Z", re.I)),
    ("decided", re.compile(
        r"(?:\b(?:decision|decided|resolution|resolved|meeting|committee|board)\b"
        r"(?:\s+(?:of|on|dated|taken|made|at|its|date|held|the|was|in|by))*"
        r"|(?:决定|评定|审议|批准)(?:日期|时间)?)\s*[:：]?\s*\Z", re.I)),
    ("last", re.compile(
        r"(?:\b(?:until|till|through|up\s+to(?:\s+and\s+including)?|to|ending(?:\s+on)?|ends?\s+on"
        r"|no\s+later\s+than|expir\w+\s+on)\s*(?:the\s+)?|(?<=\d)\s*[–—-]\s*"
        r"|(?:至|到|截止(?:日期)?|止于?|—|～|~)\s*[:：]?\s*)\Z", re.I)),
    ("on", re.compile(
        r"(?:\b(?:with\s+effect\s+(?:from|as\s+of|on)|w\.?\s?e\.?\s?f\.?|effective(?:\s+date)?"
        r"(?:\s+(?:from|on|as\s+of|as\s+from|is))?|as\s+(?:from|of|at)|from|since|starting(?:\s+on)?"
        r"|commencing(?:\s+on)?|beginning(?:\s+on)?|(?:takes?|took|taking|come[s]?|entered|enters?)\s+"
        r"(?:into\s+)?(?:effect|force)(?:\s+(?:on|from))?|on(?:\s+and\s+(?:after|from))?)\s*[:：]?\s*"
        r"(?:the\s+)?|(?:自|从|自从|于|生效(?:日期|时间)?|起始日期|暂停(?:期限|期间|时间)|有效期?自)\s*[:：为]?\s*)\Z",
        re.I)),
)  # fmt: skip
_AFTER = re.compile(r"\s*(?:起|开始|生效|之日起)")
_LAST_AFTER = re.compile(r"\s*(?:止|为止|前|截止)")
_DECIDED_AFTER = re.compile(r"\s*(?:经[^，。]{0,20})?(?:作出|研究决定|决定|批准|评定|审议)")
_PUBLISHED_AFTER = re.compile(r"\s*(?:发布|公布|印发)")
_NUMBER_WORDS = {
    word: number
    for number, word in enumerate(
        ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven",
         "twelve"], start=1,
    )
} | {"twenty-four": 24, "eighteen": 18, "thirty": 30, "sixty": 60, "ninety": 90}  # fmt: skip
_ZH_NUMBERS = {word: number for number, word in enumerate("一二三四五六七八九十", start=1)} | {
    "两": 2, "十二": 12, "三十": 30, "六十": 60, "九十": 90,
}  # fmt: skip
_SPAN = re.compile(
    r"\bfor\s+(?:a\s+)?(?:maximum\s+)?(?:period\s+of\s+)?(?:up\s+to\s+)?(?P<n>\d{1,3}|[a-z]+(?:-[a-z]+)?)"
    r"\s*(?:\(\d+\)\s*)?(?:calendar\s+)?(?P<u>days?|weeks?|months?|years?)\b"
    r"|(?:暂停|为期|期限|期)[^，。；\d一二两三四五六七八九十]{0,12}(?P<zn>\d{1,3}|[一二两三四五六七八九十]{1,3})\s*个?(?P<zu>日|天|周|月|年)",
    re.I,
)


@dataclass(frozen=True, slots=True)
class Dates:
    """The days of a sentence by what they are. ``last``: the last day of a suspension, ``began``: the first
    of one that the sentence does not decide on."""

    on: date | None = None
    last: date | None = None
    began: date | None = None
    decided: date | None = None
    published: date | None = None
    immediate: bool = False
    unread: tuple[str, ...] = ()


def dates_of(sentence: str, order: str = "", *, bare: bool = True) -> Dates:
    """The days of a sentence. ``bare``: a single day without any word is the effective one.

    Days whose part is not said, or that no calendar has, are ``unread``.
    """
    found: dict[str, date] = {}
    unread: list[str] = []
    loose: list[Day] = []
    for one in days(sentence, order):
        if one.day is None:
            unread.append(one.problem)
            continue
        role = _role(sentence, one)
        if not role:
            loose.append(one)
        elif found.setdefault(role, one.day) != one.day:
            unread.append(f"two days are said to be “{role}”: {one.words!r} is one of them")
    if loose and bare and len(loose) == 1 and "on" not in found:
        found["on"] = loose[0].day or date.min
        loose = []
    unread += [f"what {one.words!r} is the day of is not said" for one in loose]
    if "last" not in found and "on" in found and (end := _after_span(sentence, found["on"])):
        found["last"] = end
    return Dates(
        found.get("on"),
        found.get("last"),
        found.get("began"),
        found.get("decided"),
        found.get("published"),
        bool(IMMEDIATE.search(sentence)),
        tuple(unread),
    )


def _role(sentence: str, one: Day) -> str:
    before, after = sentence[max(0, one.start - 60) : one.start], sentence[one.end :]
    if _AFTER.match(after):
        return "on"
    if _LAST_AFTER.match(after):
        return "last"
    if _PUBLISHED_AFTER.match(after):
        return "published"
    if _DECIDED_AFTER.match(after) and not re.search(r"[自从]\s*\Z", before):
        return "decided"
    return next((role for role, words in _ROLES if words.search(before)), "")


def _after_span(sentence: str, on: date) -> date | None:
    """The last day of "for a period of three months", counted from the first."""
    found = _SPAN.search(sentence)
    if not found:
        return None
    said = (found["n"] or found["zn"]).lower()
    number = int(said) if said.isdigit() else _NUMBER_WORDS.get(said) or _ZH_NUMBERS.get(said)
    unit = (found["u"] or found["zu"]).lower()
    if number is None:
        return None
    if unit[0] in "d日天":
        return on + timedelta(days=number - 1)
    if unit[0] in "w周":
        return on + timedelta(days=7 * number - 1)
    months = number * (12 if unit[0] in "y年" else 1)
    year, month = divmod(on.month - 1 + months, 12)
    for day in (on.day, 30, 29, 28):
        try:
            return date(on.year + year, month + 1, day) - timedelta(days=1)
        except ValueError:
            continue
    return None


# --- sentences ------------------------------------------------------------------------------------

_ABBREVIATED = re.compile(
    r"(?:\b(?:No|Nos|Nr|Co|Ltd|Inc|Corp|Pte|Pvt|Pty|St|Dr|Mr|Ms|Art|Cert|Reg|Ref|Accred|Sdn|Bhd|Lab|S|A|B"
    r"|p|e\.g|i\.e|w\.e\.f|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|approx|incl|Bros|Univ|Dept"
    r"|Ing|Prof)|\b[A-Z])\.\Z"
)


def sentences(paragraph: str) -> Iterator[str]:
    """The sentences of a paragraph; full stops of abbreviations and numbers end none."""
    start = 0
    for end in re.finditer(rf"[。！]|(?<=[。])|[.!?](?=\s+[“\"(\[]?[A-Z{HAN}]|\s*\Z)", paragraph):
        piece = paragraph[start : end.end()]
        following = paragraph[end.end() :].lstrip()
        if _ABBREVIATED.search(piece) and not _opens(following):
            continue
        if piece.strip():
            yield piece.strip()
        start = end.end()
    if rest := paragraph[start:].strip():
        yield rest


def _opens(following: str) -> bool:
    """After "Ltd." a sentence begins only with a word that begins sentences."""
    return not following or bool(
        re.match(
            r"(?:The|This|These|It|Its|Their|In|On|With|For|As|UKAS|Following|Both)\b", following
        )
    )


def one_action(found: Sequence[Hit]) -> Action | None:
    """The one thing that several hits say; None where they differ or none is meant."""
    meant = {one.action for one in found if not one.supposed}
    return meant.pop() if len(meant) == 1 else None
