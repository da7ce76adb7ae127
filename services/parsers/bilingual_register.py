"""The words of a register in Chinese and English, and its rows of JSON as drafts.

A row is an organisation with its names, places and certificates; each reader takes what it knows
from its row and raises Unread for a word or form that it does not know.
"""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from services.kit import (
    Accreditation,
    Credential,
    Draft,
    Event,
    Identifier,
    Line,
    Name,
    Presence,
    Profile,
    Relation,
    Site,
)
from services.parsers.bilingual import BilingualRow, after, both, meaning, written_day
from services.parsers.json_rows import Unread
from services.terms import (
    AccreditationKind,
    BodyKind,
    CredentialKind,
    EventKind,
    EvidenceLevel,
    Listed,
    NameKind,
    Polarity,
    PresenceMode,
    RelationKind,
)

# --- the register's words: the Chinese one decides, the English one beside it is a courtesy -------

STATUS = {
    "有效": Listed.ACTIVE,
    "暂停": Listed.SUSPENDED,
    "撤销": Listed.WITHDRAWN,
    "吊销": Listed.WITHDRAWN,  # of a permission; the notice says revoked
    "注销": Listed.SURRENDERED,
    "过期": Listed.EXPIRED,
    "停用": Listed.INACTIVE,
}
_EVENTS = {
    "暂停": EventKind.SUSPENDED,
    "部分暂停": EventKind.SUSPENDED,
    "撤销": EventKind.WITHDRAWN,
    "吊销": EventKind.REVOKED,
    "注销": EventKind.SURRENDERED,
    "转出": EventKind.TRANSFERRED_OUT,
    "换证": EventKind.RENEWED,
    "延期": EventKind.EXTENDED_TO,
}
ACCREDITATIONS = {
    "认可": AccreditationKind.ACCREDITATION,
    "资质认定": AccreditationKind.PERMISSION,
    "指定": AccreditationKind.DESIGNATION,
}
BODIES = {
    "检测实验室": BodyKind.TESTING,
    "校准实验室": BodyKind.CALIBRATION,
    "医学实验室": BodyKind.MEDICAL,
    "检验机构": BodyKind.INSPECTION,
    "管理体系认证机构": BodyKind.CERTIFICATION_MS,
    "产品认证机构": BodyKind.CERTIFICATION_PRODUCT,
    "人员认证机构": BodyKind.CERTIFICATION_PERSONS,
    "能力验证提供者": BodyKind.PROFICIENCY,
    "标准物质生产者": BodyKind.REFERENCE_MATERIAL,
}
_NAMES = {
    "注册名称": NameKind.REGISTERED,
    "曾用名称": NameKind.FORMER,
    "商号": NameKind.TRADING,
    "登记册译名": NameKind.AS_LISTED,
}
_CREDENTIALS = {
    "商标": CredentialKind.TRADEMARK,
    "奖项": CredentialKind.AWARD,
    "成员资格": CredentialKind.MEMBERSHIP,
    "指定": CredentialKind.DESIGNATION,
    "榜单": CredentialKind.RANKING,
    "能力验证结果": CredentialKind.PROFICIENCY_RESULT,
    "处罚": CredentialKind.PENALTY,
}
_LEVELS = {
    "发证方登记": EvidenceLevel.ISSUER_REGISTER,
    "发证方文件已核": EvidenceLevel.ISSUER_DOCUMENT_VERIFIED,
    "自述文件": EvidenceLevel.SELF_DECLARED_DOCUMENT,
    "宣传": EvidenceLevel.MARKETING_CLAIM,
}
_MODES = {"自建": PresenceMode.BUILT, "借助": PresenceMode.BORROWED}
_RELATIONS = {
    "分公司": RelationKind.BRANCH_OF,
    "子公司": RelationKind.SUBSIDIARY_OF,
    "合资": RelationKind.JOINT_VENTURE_OF,
    "下属单位": RelationKind.UNIT_OF,
    "挂牌": RelationKind.NAME_PLATE_OF,
    "承继": RelationKind.SUCCESSOR_OF,
}
_ASKED_BY = {"机构": "body", "认可机构": "issuer", "发证机关": "issuer"}

_RANGE = re.compile(r"\(?\s*(-?[\d.]+)\s*~\s*(-?[\d.]+)\s*\)?\s*(\S.*)")
_UNCERTAINTY = re.compile(r"U\s*=\s*([\d.]+)\s*(.*?)\s*(?:\(\s*k\s*=\s*2\s*\))?")

# --- the rows -------------------------------------------------------------------------------------


def organisation(row: BilingualRow, where: str) -> Draft:
    """One body with all that is said of it. Raises Unread where it has no name, or a word of it is
    not known.
    """
    names = tuple(_name(one) for one in row.rows("names"))
    if not names:
        raise Unread("organisation.names is empty")
    read = [_certificate(one) for one in row.rows("certificates")]
    draft = Draft(
        key=row.must("record"),
        label=names[0].text,
        where=where,
        names=names,
        identifiers=tuple(
            Identifier(namespace=space, value=value, raw=value)
            for space, key in (("USCC", "uscc"), ("LEI", "lei"), ("FCC", "fcc"))
            if (value := row.text(key))
        ),
        profile=Profile(
            country=row.text("economy"),
            region=row.text("region"),
            city=row.text("city"),
            kinds=tuple(meaning(BODIES, one, "organisation.types") for one in row.texts("types")),
            website=row.text("website"),
        ),
        sites=tuple(_site(one) for one in row.rows("locations")),
        presences=tuple(_presence(one) for one in row.rows("overseas")),
        accreditations=tuple(one for one, _, _ in read),
        events=tuple(event for _, events, _ in read for event in events),
        lines=tuple(line for _, _, lines in read for line in lines),
        credentials=tuple(_credential(one) for one in row.rows("credentials")),
        relations=tuple(_relation(one) for one in row.rows("relations")),
    )
    row.done()
    return draft


def _name(row: BilingualRow) -> Name:
    kind, words = row.word("type", _NAMES)
    lang, last_day = row.must("lang"), row.day("last_day")
    return Name(
        # a body may have had several names: the last day tells them apart
        key=f"{kind}.{lang}.{last_day}" if last_day else "",
        text=row.must("text"),
        lang=lang,
        kind=kind,
        raw=words,
        valid_to=after(last_day),
    )


def _site(row: BilingualRow) -> Site:
    chinese, english = row.text("address"), row.text("address_en")
    begins, ends = row.period("from", "last_day")
    return Site(
        key=row.must("code"),
        name=row.text("name"),
        country=row.text("economy"),
        region=row.text("region"),
        city=row.text("city"),
        address=english or chinese,
        address_also=chinese if english else "",
        valid_from=begins,
        valid_to=ends,
    )


def _presence(row: BilingualRow) -> Presence:
    mode, words = row.word("mode", _MODES)
    level, said = row.word("level", _LEVELS)
    partner, partner_also = row.both("partner")
    may_issue, may_issue_also = row.both("may_issue")
    whose, whose_also = row.both("in_name_of")
    return Presence(
        key=row.must("code"),
        country=row.must("economy"),
        city=row.text("city"),
        mode=mode,
        site=row.text("location"),
        partner=partner,
        partner_also=partner_also,
        may_issue=may_issue,
        may_issue_also=may_issue_also,
        in_whose_name=whose,
        in_whose_name_also=whose_also,
        languages=tuple(row.text("languages").split()),
        valid_from=row.day("since"),
        level=level,
        evidence=row.text("evidence"),
        raw=f"{words}; {said}",
    )


def end_day(words: str, what: str) -> date | None:
    """The last day in "有效期至：2028年01月09日"; None for 长期 (no end published)."""
    said = words.removeprefix("有效期至：").strip()
    return None if said.startswith("长期") else written_day(said, what)


_Read = tuple[Accreditation, tuple[Event, ...], tuple[Line, ...]]


def _certificate(row: BilingualRow) -> _Read:
    issuer, number, field = row.must("issuer"), row.text("number"), row.text("field")
    key = f"{issuer} {number or field}".strip()
    kind, _ = row.word("kind", ACCREDITATIONS)
    body_kind, _ = row.word("body_type", BODIES)
    status, validity = row.must("status"), row.text("validity")
    held = row.has("lines")
    accreditation = Accreditation(
        key=key,
        kind=kind,
        issuer=issuer,
        number=number,
        field=field,
        standard=row.text("criteria"),
        body_kind=body_kind,
        granted=row.day("granted"),
        expires=end_day(validity, "certificate.validity"),
        listed=meaning(STATUS, status.removeprefix("状态："), "certificate.status"),
        basis=row.text("basis"),
        schedule_held=held,
        schedule_issue=row.text("schedule_issue"),
        raw="；".join(filter(None, (status, validity))),
    )
    lines = tuple(_line(one, key) for one in row.rows("lines"))
    twice = [no for no, times in Counter(line.key for line in lines).items() if times > 1]
    if twice:
        raise Unread(f"{key}: line {twice[0]} stands twice")
    return accreditation, tuple(_notice(one, key) for one in row.rows("notices")), lines


def _notice(row: BilingualRow, accreditation: str) -> Event:
    return event_of({k: row.text(k) for k in NOTICE_TEXTS}, accreditation,
                  row.texts("lines"), row.texts("locations"))  # fmt: skip


NOTICE_TEXTS = (
    "no", "word", "effective", "last_day", "decided", "published", "new_validity", "asked_by",
)  # fmt: skip


def event_of(
    said: Mapping[str, str], accreditation: str, lines: tuple[str, ...], sites: tuple[str, ...]
) -> Event:
    """One notice on an accreditation, its words by ``NOTICE_TEXTS``.

    Raises Unread for words that are not known and for a partial one that names no part.
    """
    word = said["word"]
    kind = meaning(_EVENTS, word, "notice.word")
    if word.startswith("部分") and not (lines or sites):
        # read as it stands, it would suspend the whole
        raise Unread(f"notice {said['no']}: “{word}” names neither lines nor sites")
    asked = said["asked_by"]
    return Event(
        key=f"{accreditation}|{said['no']}",
        accreditation=accreditation,
        kind=kind,
        on=written_day(said["effective"], "notice.effective"),
        until=after(written_day(said["last_day"], "notice.last_day")),
        decided=written_day(said["decided"], "notice.decided"),
        published=written_day(said["published"], "notice.published"),
        expires=written_day(said["new_validity"], "notice.new_validity"),
        lines=lines,
        sites=sites,
        asked_by=meaning(_ASKED_BY, asked, "notice.asked_by") if asked else "",
        raw=f"{said['no']} {word}".strip(),
    )


def _line(row: BilingualRow, accreditation: str) -> Line:
    object_, object_also = row.both("object")
    parameter, parameter_also = row.both("parameter")
    span, uncertainty, flexible = row.text("range"), row.text("uncertainty"), row.text("flexible")
    lo, hi, unit = _range(span)
    limits = row.both("limits")
    begins, ends = row.period("from", "last_day")
    return Line(
        key=row.must("no"),
        accreditation=accreditation,
        object=object_,
        object_also=object_also,
        parameter=parameter,
        parameter_also=parameter_also,
        method=row.text("method"),
        lo=lo,
        hi=hi,
        unit=unit,
        cmc=_cmc(uncertainty, unit),
        limitation=" / ".join(filter(None, reversed(limits))),
        flexible=flexible.startswith("灵活范围"),
        sites=tuple(row.text("locations").split()),
        valid_from=begins,
        valid_to=ends,
        raw="；".join(filter(None, (span, uncertainty, flexible))),
    )


def _range(words: str) -> tuple[Decimal | None, Decimal | None, str]:
    """ "(-80~300) ℃" as lower and upper end and unit."""
    if not words:
        return None, None, ""
    found = _RANGE.fullmatch(" ".join(words.split()))
    if not found:
        raise Unread(f"line.range: “{words}” is no range with a unit")
    return _decimal(found[1], words), _decimal(found[2], words), found[3].strip()


def _decimal(figures: str, words: str) -> Decimal:
    try:
        return Decimal(figures)
    except InvalidOperation as no_number:  # "1.2.3"
        raise Unread(f"“{figures}” in “{words}” is no number") from no_number


def _cmc(words: str, unit: str) -> Decimal | None:
    """ "U=0.04 ℃ (k=2)" in the unit of the range; another unit is not silently converted."""
    if not words:
        return None
    found = _UNCERTAINTY.fullmatch(" ".join(words.split()))
    if not found or found[2] != unit:
        raise Unread(f"line.uncertainty: “{words}” is no uncertainty in {unit or 'any unit'}")
    return _decimal(found[1], words)


def _credential(row: BilingualRow) -> Credential:
    kind, words = row.word("kind", _CREDENTIALS)
    level, said = row.word("level", _LEVELS)
    title, title_also = both(row.must("title"))
    issuer, issuer_also = row.both("issuer")
    note, note_also = row.both("note")
    effect, nice_class = row.text("effect"), row.text("nice_class")
    adverse = effect.startswith("不利") or kind is CredentialKind.PENALTY
    return Credential(
        key=row.must("code"),
        kind=kind,
        title=title,
        title_also=title_also,
        issuer=issuer,
        issuer_also=issuer_also,
        number=row.text("number"),
        # classes 1 to 45 (Nice Agreement); anything else is none
        nice_class=int(nice_class) if re.fullmatch(r"[1-9]|[1-3]\d|4[0-5]", nice_class) else None,
        territory=row.text("territory"),
        level=level,
        polarity=Polarity.ADVERSE if adverse else Polarity.POSITIVE,
        granted=row.day("granted"),
        expires=row.day("expires"),
        via_parent=row.text("via_parent"),
        evidence=row.text("evidence"),
        note=note,
        note_also=note_also,
        raw="; ".join(filter(None, (words, said, effect))),
    )


def _relation(row: BilingualRow) -> Relation:
    kind, words = row.word("kind", _RELATIONS)
    uscc = row.text("other_uscc")
    return Relation(
        kind=kind,
        other=row.must("other"),
        other_namespace="USCC" if uscc else "",
        other_value=uscc,
        raw=words,
    )
