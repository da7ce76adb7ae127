"""A change in one line, in English or Chinese: titles of a feed's entries."""

from collections.abc import Mapping
from enum import StrEnum

from services.find.views import ChangeView
from services.terms import ChangeCause, Changed, ChangeKind, EventKind


class Lang(StrEnum):
    EN = "en"
    ZH = "zh"


_EVENTS: Mapping[str, tuple[str, str]] = {
    EventKind.SUSPENDED: ("suspended", "被暂停"),
    EventKind.WITHDRAWN: ("withdrawn", "被撤销"),
    EventKind.REVOKED: ("revoked", "被吊销"),
    EventKind.SURRENDERED: ("surrendered by its holder", "由持有者放弃"),
    EventKind.TRANSFERRED_OUT: ("transferred to another accreditation body", "转至另一认可机构"),
    EventKind.RENEWED: ("renewed", "已续期"),
    EventKind.EXTENDED_TO: ("extended", "已延长"),
    "active": ("listed as active", "列为有效"),
    "expired": ("expired", "已过期"),
    "inactive": ("inactive at its holder's request", "应持有者要求停用"),
}
_WHATS: Mapping[str, tuple[str, str]] = {
    Changed.NAME: ("name", "名称"),
    Changed.IDENTIFIER: ("identifier", "标识"),
    Changed.PROFILE: ("particulars", "概况"),
    Changed.SITE: ("site", "场所"),
    Changed.PRESENCE: ("presence abroad", "境外布局"),
    Changed.ACCREDITATION: ("accreditation", "认可"),
    Changed.STATUS_EVENT: ("change of status", "状态变更"),
    Changed.CREDENTIAL: ("credential", "资质荣誉"),
    Changed.RELATION: ("relation", "关联关系"),
    Changed.ACCREDITATION_BODY: ("accreditation body", "认可机构"),
    Changed.SCOPE_LINE: ("scope", "能力范围"),
    Changed.ROUTE: ("route to a market", "市场准入途径"),
    Changed.ROUTE_DAY: ("date of a route", "准入途径的日期"),
    Changed.ROUTE_LINK: ("guide or notification", "指南或通报"),
    Changed.SIGNATORY: ("signatory period", "签署期间"),
    Changed.DESIGNATES: ("who designates", "指定方"),
    Changed.ZONE: ("bridgehead zone", "开放“桥头堡”区域"),
    Changed.OWNERSHIP: ("ownership", "所有权"),
    Changed.COOPERATION: ("cooperation agreement", "合作协议"),
    Changed.ACCEPTANCE: ("result acceptance", "结果采信"),
    Changed.PROJECT: ("mutual-recognition project", "互认项目"),
    Changed.ACCOMPANIMENT: ("accompaniment case", "陪伴出海案例"),
    Changed.EXPERTISE: ("experts", "专家"),
    Changed.OFFER: ("service offered", "服务"),
    Changed.RECORD: ("list entry", "名录条目"),
    Changed.BODY: ("standing", "状态"),
}
_KINDS: Mapping[ChangeKind, tuple[str, str]] = {
    ChangeKind.ADDED: ("new", "新增"),
    ChangeKind.ALTERED: ("altered", "变更"),
    ChangeKind.ENDED: ("no longer stated", "不再载明"),
    ChangeKind.LEFT_LIST: ("left its list", "移出名录"),
    ChangeKind.BACK_ON_LIST: ("is back on its list", "重回名录"),
    ChangeKind.LINES: ("scope changed", "能力范围变更"),
    ChangeKind.TIME: ("changed by the calendar", "因日期而变"),
    ChangeKind.MERGED: ("merged", "合并"),
    ChangeKind.SEPARATED: ("separated again", "重新分开"),
    ChangeKind.RELATED: ("related to another", "与另一机构有关"),
}


# said of a change that is not the source's alone
CAUSES: Mapping[ChangeCause, tuple[str, str]] = {
    ChangeCause.READING: ("our reading changed, not the source", "我方读取方式变更，来源未变"),
    ChangeCause.REREAD: (
        "our reading changed: a version refused before is read now",
        "我方读取方式变更：此前拒收的版本现已重读",
    ),
}


def title(change: ChangeView, lang: Lang) -> str:
    """ "Harbour Battery Testing: CNAS L90417 suspended, from 2026-05-20"; where the change is our
    reading's, it says so behind."""
    said = _title(change, lang)
    if cause := CAUSES.get(change.cause):
        return f"{said} ({cause[0]})" if lang is Lang.EN else f"{said}（{cause[1]}）"
    return said


def _title(change: ChangeView, lang: Lang) -> str:
    who, said = _name(change, lang), _said(change, lang)
    about = "" if change.label == who else change.label
    told = f"{about} {said}".strip()
    colon = ": " if lang is Lang.EN else "："
    return f"{who}{colon}{told}" if who else told


def _name(change: ChangeView, lang: Lang) -> str:
    """The body's name in the reader's language where it has one."""
    chinese = [one.text for one in change.body_names if one.lang.startswith("zh")]
    others = [one.text for one in change.body_names if not one.lang.startswith("zh")]
    first = (chinese + others) if lang is Lang.ZH else (others + chinese)
    return first[0] if first else ""


def _said(change: ChangeView, lang: Lang) -> str:
    n = 0 if lang is Lang.EN else 1
    if status := _status(change, lang):
        return status
    if change.kind is ChangeKind.LINES:
        return _lines(change, lang)
    if change.kind in (ChangeKind.LEFT_LIST, ChangeKind.BACK_ON_LIST):
        return _KINDS[change.kind][n]
    what = _WHATS.get(change.what, (change.what, change.what))[n]
    kind = _KINDS[change.kind][n]
    return f"{what} {kind}" if lang is Lang.EN else f"{what}{kind}"


def _status(change: ChangeView, lang: Lang) -> str:
    """A change of status in words, "" for any other."""
    n = 0 if lang is Lang.EN else 1
    after, before = change.after or {}, change.before or {}
    if change.what == Changed.STATUS_EVENT:
        # an alteration shows what differs alone: its kind stands in the statement's key otherwise
        word = after.get("kind") or before.get("kind") or change.key.partition(" ")[0]
    elif change.what == Changed.ACCREDITATION and before.get("listed") and after.get("listed"):
        word = after["listed"]
    else:
        return ""
    if str(word) not in _EVENTS:
        return ""
    said = _EVENTS[str(word)][n]
    if change.kind is ChangeKind.ENDED:
        return f"no longer said to be {said}" if n == 0 else f"不再载明{said}"
    return said + _dates(after, lang)


def _dates(after: Mapping[str, object], lang: Lang) -> str:
    first, until = after.get("on"), after.get("until")
    if lang is Lang.EN:
        return (f", from {first}" if first else "") + (f", until {until}" if until else "")
    return (f"，自{first}起" if first else "") + (f"，至{until}" if until else "")


def _lines(change: ChangeView, lang: Lang) -> str:
    new, gone = ((side or {}).get("lines") for side in (change.after, change.before))
    if lang is Lang.EN:
        parts = [f"{new} new" if new else "", f"{gone} gone" if gone else ""]
        said = ", ".join(part for part in parts if part)
        return f"scope lines: {said}" if said else "scope changed"
    parts = [f"新增 {new} 行" if new else "", f"移除 {gone} 行" if gone else ""]
    said = "，".join(part for part in parts if part)
    return f"能力范围{said}" if said else "能力范围变更"


def feed_title(lang: Lang) -> str:
    return "Labdir: what changed" if lang is Lang.EN else "检测机构名录：变更"
