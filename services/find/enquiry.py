"""An enquiry ready to send to a body on a shortlist: what is asked, and what it rests on.

Plain text in English or Chinese, addressed to no person. Every number stands with the address at
which its evidence is shown; nothing is claimed that was not frozen.
"""

from collections.abc import Callable, Sequence
from enum import StrEnum

from babel import Locale

from services.errors import NotFound
from services.find.places import GROUPS
from services.find.shortlist_views import (
    FrozenAccreditation,
    FrozenBody,
    FrozenLine,
    ShortlistItemView,
    ShortlistView,
)
from services.find.views import View

MOST_LINES = 30
MOST_NUMBERS = 12


class Lang(StrEnum):
    EN = "en"
    ZH = "zh"


class EnquiryView(View, frozen=True, kw_only=True):
    body: str
    lang: Lang
    subject: str
    text: str


_SAID: dict[str, tuple[str, str]] = {
    "subject": ("Enquiry: {what}", "询价咨询：{what}"),
    "testing": ("testing and inspection", "检验检测服务"),
    "to": ("To: {who}", "致：{who}"),
    "begin": (
        "We look for a body for the following and found you in the directory Labdir.",
        "我方拟就下列事项寻求检验检测服务，在 Labdir 名录中查得贵机构。",
    ),
    "product": ("Product: {value}", "产品：{value}"),
    "market": ("Market: {value}", "目标市场：{value}"),
    "standard": ("Standard: {value}", "标准：{value}"),
    "note": ("Note: {value}", "说明：{value}"),
    "numbers": (
        "Accreditations and designations, as the directory held them on {day}:",
        "本名录 {day} 所载认可与指定：",
    ),
    "lines": ("Scope lines that match, as of {day}:", "截至 {day} 相符的能力项："),
    "unknown": ("unknown", "未知"),
    "more": ("and {n} more", "另有 {n} 项"),
    "none": (
        "No scope line that matches is held in the directory; that does not mean that you cannot.",
        "名录中未持有相符的能力项，但这并不表示贵机构不能承担。",
    ),
    "until": ("until {day}", "有效期至 {day}"),
    "evidence": ("evidence: {at}", "依据：{at}"),
    "ask": ("Please tell us:", "请贵机构告知："),
    "ask1": (
        "1. whether each line above is in force today, in which edition and at which site;",
        "1. 上述各能力项当前是否有效、适用版本及检测场所；",
    ),
    "ask2": (
        "2. whether your result is accepted there, on what basis, who deals with the authority;",
        "2. 贵机构的结果在上述市场是否获采信、依据为何，以及由谁与当地主管机关对接；",
    ),
    "ask3": (
        "3. which reports that we hold can be used again, and what must be tested anew;",
        "3. 我方已有的哪些报告可以继续使用，哪些须重新检测；",
    ),
    "ask4": ("4. price, time, samples and languages.", "4. 费用、周期、样品数量与工作语言。"),
    "frozen": (
        "What stands here was frozen on {day} (place {position} in the log, rules {rules}): {at}",
        "以上内容冻结于 {day}（日志位置 {position}，规则 {rules}）：{at}",
    ),
}

_VERDICTS: dict[str, tuple[str, str]] = {
    "VALID": ("valid", "有效"),
    "VALID_FLEXIBLE_UNCONFIRMED": ("flexible scope, unconfirmed", "灵活范围，未经确认"),
    "SUSPENDED": ("suspended", "暂停"),
    "WITHDRAWN": ("withdrawn", "撤销"),
    "SURRENDERED": ("surrendered", "注销"),
    "TRANSFERRED": ("transferred", "已转移"),
    "EXPIRED": ("expired", "过期"),
    "NOT_YET_GRANTED": ("not yet granted", "尚未授予"),
    "OUT_OF_SCOPE": ("not in scope", "不在能力范围内"),
    "SITE_NOT_COVERED": ("site not covered", "场所未覆盖"),
    "CONFLICT": ("sources disagree", "来源说法不一"),
}


def enquiry(
    found: ShortlistView, body: str, lang: Lang, address: Callable[[str], str]
) -> EnquiryView:
    """The text for one body of the list, the first for "". ``address``: a path of this directory's
    pages, without its language, as the address that stands in the text. Raises NotFound."""
    item = next((one for one in found.items if body in ("", one.body)), None)
    if item is None:
        raise NotFound(f'Body "{body}" is not on this shortlist.', "Take one that it lists.")

    def say(key: str, **params: object) -> str:
        said = _VERDICTS[key.removeprefix("verdict ")] if " " in key else _SAID[key]
        return said[lang is Lang.ZH].format(**params)

    market = _market(found.market, lang)
    what = ", ".join(filter(None, (found.product, found.standard, market))) or say("testing")
    asked = [
        say(key, value=value)
        for key, value in (
            ("product", found.product),
            ("market", market),
            ("standard", found.standard),
            ("note", item.note),
        )
        if value
    ]
    end = say(
        "frozen",
        day=found.on,
        position=found.log_position,
        rules=found.rule_version,
        at=address(f"/shortlists/{found.key}"),
    )
    paragraphs = [
        [say("to", who=_name(item.frozen, lang))],
        [say("begin")],
        asked,
        _numbers(found, item, say, address),
        _lines(found, item, say, address),
        [say(key) for key in ("ask", "ask1", "ask2", "ask3", "ask4")],
        [end],
    ]
    text = "\n\n".join("\n".join(lines) for lines in paragraphs if lines)
    return EnquiryView(
        body=item.body, lang=lang, subject=say("subject", what=what), text=f"{text}\n"
    )


def _market(code: str, lang: Lang) -> str:
    """The market's name in the language of the text; a group of countries by its short name."""
    if not code or code in GROUPS:
        return code
    locale = Locale.parse("zh_Hans_CN" if lang is Lang.ZH else "en_GB")
    return str(locale.territories.get(code, code))


def _name(body: FrozenBody, lang: Lang) -> str:
    """The name in the language of the text, else any, else its id."""
    zh = lang is Lang.ZH
    own = [one.text for one in body.names if one.lang.startswith("zh") is zh]
    return next(iter([*own, *(one.text for one in body.names), body.id]))


def _numbers(
    found: ShortlistView,
    item: ShortlistItemView,
    say: Callable[..., str],
    address: Callable[[str], str],
) -> list[str]:
    held: Sequence[FrozenAccreditation] = (
        *item.frozen.accreditations,
        *item.frozen.designations,
    )
    told = []
    for one in held[:MOST_NUMBERS]:
        end = f", {say('until', day=one.expires)}" if one.expires else ""
        standard = f", {one.standard or one.field}" if one.standard or one.field else ""
        told.append(f"- {one.label}{standard}: {_verdict(one.verdict, say)}{end}")
        told.append(f"  {say('evidence', at=address(f'/accreditations/{one.id}'))}")
    if not told:
        return []
    more = len(held) - MOST_NUMBERS
    rest = [f"- {say('more', n=more)}"] if more > 0 else []
    return [say("numbers", day=found.on), *told, *rest]


def _lines(
    found: ShortlistView,
    item: ShortlistItemView,
    say: Callable[..., str],
    address: Callable[[str], str],
) -> list[str]:
    if not item.frozen.lines:
        return [say("none")]
    told = []
    for line in item.frozen.lines[:MOST_LINES]:
        told.append(f"- {_line(line)} ({line.label}): {_verdict(line.verdict, say)}")
        told.append(f"  {say('evidence', at=address(f'/evidence/{line.proof.ref}'))}")
    more = item.frozen.lines_total - min(len(item.frozen.lines), MOST_LINES)
    rest = [f"- {say('more', n=more)}"] if more > 0 else []
    return [say("lines", day=found.on), *told, *rest]


def _verdict(verdict: str, say: Callable[..., str]) -> str:
    """In a word; whatever is not decided is unknown."""
    return say(f"verdict {verdict}" if verdict in _VERDICTS else "unknown")


def _line(line: FrozenLine) -> str:
    words = (line.object, line.object_also, line.parameter, line.parameter_also, line.method)
    return " | ".join(" ".join(word.split()) for word in words if word)
