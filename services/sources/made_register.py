"""The made-up register that is shipped with the product: a list in JSON, a look-up page in HTML.

Every body in it is invented, so that a machine without any published file shows a whole directory.
It is read as any other register is: its words stand in two languages in one string ("状态：有效",
"玩具 | Toys", "自建 built"), its days as "有效期至：2028年01月09日", its last days are inclusive.

The list comes in pages with a relative "next"; the look-up answers for one issuer and number.
"""

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from services.errors import Unreadable
from services.kit import (
    Accreditation,
    Credential,
    Draft,
    Event,
    Expect,
    Identifier,
    Line,
    List,
    Lookup,
    Name,
    Page,
    Presence,
    Profile,
    Reading,
    Relation,
    Request,
    Site,
    Source,
)
from services.parsers import html
from services.parsers.bilingual import BilingualRow, after, both, meaning, written_day
from services.parsers.json_rows import Unread
from services.parsers.leftovers import Leftovers
from services.terms import (
    AccreditationKind,
    BodyKind,
    CredentialKind,
    EventKind,
    EvidenceLevel,
    LeavingMeans,
    Listed,
    NameKind,
    Polarity,
    PresenceMode,
    RelationKind,
    Tier,
)

_SITE = "http://made-register.example/made-register"

# --- the register's words: the Chinese one decides, the English one beside it is a courtesy -------

_STATUS = {
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
_ACCREDITATIONS = {
    "认可": AccreditationKind.ACCREDITATION,
    "资质认定": AccreditationKind.PERMISSION,
    "指定": AccreditationKind.DESIGNATION,
}
_BODIES = {
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

# --- the list -------------------------------------------------------------------------------------

_PAGE_KEYS = frozenset(
    ("title", "notice", "list_date", "page", "pages", "total", "next", "organisations")
)


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """The whole list from all its pages.

    Raises Unreadable where it is no such list, where pages are of different days, or where a page
    is missing: half a list must never be taken for the whole.
    """
    leftovers = Leftovers()
    organisations: list[tuple[str, Any]] = []
    days: set[str] = set()
    totals: set[Any] = set()
    for page in pages:
        held = _json_of(page)
        days.add(str(held.get("list_date", "")))
        totals.add(held.get("total"))
        for key in sorted(held.keys() - _PAGE_KEYS):
            leftovers.left(key, json.dumps(held[key], ensure_ascii=False)[:80])
        for number, one in enumerate(held["organisations"], start=1):
            organisations.append((f"page {held.get('page', '?')}, row {number}", one))
    if len(days) > 1 or totals != {len(organisations)}:
        raise Unreadable(
            f"{len(organisations)} bodies on {len(pages)} pages of {', '.join(sorted(days))};"
            f" the list says that it has {', '.join(map(str, totals))}.",
            "The list changed between two pages, or a page is missing: fetch all of it again.",
        )
    return _read(organisations, _list_date(days), leftovers)


def _list_date(days: set[str]) -> date | None:
    try:
        return written_day(next(iter(days), ""), "list_date")
    except Unread as why:
        raise Unreadable(f"{why}.", "Read it at the publisher's address.") from why


def _read(rows: Sequence[tuple[str, Any]], listed_on: date | None, leftovers: Leftovers) -> Reading:
    drafts: list[Draft] = []
    problems: list[str] = []
    columns: dict[str, None] = {}
    for where, one in rows:
        columns |= dict.fromkeys(one if isinstance(one, dict) else ())
        try:
            drafts.append(_organisation(BilingualRow(one, "organisation", leftovers), where))
        except Unread as why:
            problems.append(f"{where}: {why}")
    return Reading(
        drafts=tuple(drafts),
        leftovers=leftovers.told(),
        problems=tuple(problems),
        columns=tuple(columns),
        listed_on=listed_on,
    )


def _json_of(page: Page) -> dict[str, Any]:
    try:
        held = json.loads(html.decode(page.body, page.charset))
    except ValueError as fault:
        raise Unreadable(f"{page.url or page.name} is no JSON: {fault}.") from fault
    if not isinstance(held, dict) or not isinstance(held.get("organisations"), list):
        raise Unreadable(f"{page.url or page.name} holds no list named “organisations”.")
    return held


def following(page: Page) -> Request | None:
    """The next page by the list's own relative link; None at the end or where it is no list."""
    try:
        link = _json_of(page).get("next")
    except Unreadable:
        return None
    if not isinstance(link, str) or not link:
        return None
    return Request(url=urljoin(page.url, link), name="list", page=page.page + 1)


def _organisation(row: BilingualRow, where: str) -> Draft:
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
            kinds=tuple(meaning(_BODIES, one, "organisation.types") for one in row.texts("types")),
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
    return Site(
        key=row.must("code"),
        name=row.text("name"),
        country=row.text("economy"),
        region=row.text("region"),
        city=row.text("city"),
        address=english or chinese,
        address_also=chinese if english else "",
        valid_from=row.day("from"),
        valid_to=after(row.day("last_day")),
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


def _end(words: str, what: str) -> date | None:
    """The last day in "有效期至：2028年01月09日"; None for 长期 (no end published)."""
    said = words.removeprefix("有效期至：").strip()
    return None if said.startswith("长期") else written_day(said, what)


_Read = tuple[Accreditation, tuple[Event, ...], tuple[Line, ...]]


def _certificate(row: BilingualRow) -> _Read:
    issuer, number, field = row.must("issuer"), row.text("number"), row.text("field")
    key = f"{issuer} {number or field}".strip()
    kind, _ = row.word("kind", _ACCREDITATIONS)
    body_kind, _ = row.word("body_type", _BODIES)
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
        expires=_end(validity, "certificate.validity"),
        listed=meaning(_STATUS, status.removeprefix("状态："), "certificate.status"),
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
    return _event({k: row.text(k) for k in _NOTICE_TEXTS}, accreditation,
                  row.texts("lines"), row.texts("locations"))  # fmt: skip


_NOTICE_TEXTS = (
    "no", "word", "effective", "last_day", "decided", "published", "new_validity", "asked_by",
)  # fmt: skip


def _event(
    said: Mapping[str, str], accreditation: str, lines: tuple[str, ...], sites: tuple[str, ...]
) -> Event:
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
        valid_from=row.day("from"),
        valid_to=after(row.day("last_day")),
        raw="；".join(filter(None, (span, uncertainty, flexible))),
    )


def _range(words: str) -> tuple[Decimal | None, Decimal | None, str]:
    """ "(-80~300) ℃" as lower and upper end and unit."""
    if not words:
        return None, None, ""
    found = _RANGE.fullmatch(words)
    if not found:
        raise Unread(f"line.range: “{words}” is no range with a unit")
    return Decimal(found[1]), Decimal(found[2]), found[3].strip()


def _cmc(words: str, unit: str) -> Decimal | None:
    """ "U=0.04 ℃ (k=2)" in the unit of the range; another unit is not silently converted."""
    if not words:
        return None
    found = _UNCERTAINTY.fullmatch(words)
    if not found or found[2] != unit:
        raise Unread(f"line.uncertainty: “{words}” is no uncertainty in {unit or 'any unit'}")
    return Decimal(found[1])


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
        nice_class=int(nice_class) if nice_class.isdecimal() else None,
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


# --- the look-up page -----------------------------------------------------------------------------

_ABOUT = {
    "机构名称": "zh",
    "英文名称": "en",
    "统一社会信用代码": "uscc",
    "发证机构": "issuer",
    "证书编号": "number",
    "类别": "kind",
    "机构类型": "body_type",
    "准则": "criteria",
    "领域": "field",
    "依据": "basis",
    "状态": "status",
    "首次获证日期": "granted",
    "有效期至": "validity",
}
_NOTICE_COLUMNS = dict(
    zip(
        ("公告号", "事项", "生效日期", "截止日期", "决定日期", "公布日期", "新有效期", "提出方"),
        _NOTICE_TEXTS,
        strict=True,
    )
) | {"涉及行号": "lines", "涉及场所": "sites"}


def look_up(address: str, issuer: str, number: str) -> Request:
    query = urlencode({"issuer": issuer, "number": number}, quote_via=quote)
    return Request(url=f"{address}{'&' if '?' in address else '?'}{query}", name="lookup")


def parse_look_up(page: Page, issuer: str, number: str) -> Reading:
    """What the page says of one certificate; no draft where it says that there is none.

    Raises Unreadable for a page that says neither, that speaks of another certificate, or whose
    words are not known: a failed re-check must never pass for "not found".
    """
    text = html.decode(page.body, page.charset)
    tables = {table.id: table.rows for table in html.tables(text)}
    if "certificate" not in tables:
        if "无此证书" in html.text(text):
            return Reading(drafts=())
        raise Unreadable(f"The look-up page of {issuer} {number} shows no certificate.")
    leftovers = Leftovers()
    about = _taken(
        {row[0]: row[1] for row in tables["certificate"] if len(row) > 1}, _ABOUT, leftovers
    )
    found = about.get("issuer", ""), about.get("number", "")
    if tuple(map(_folded, found)) != (_folded(issuer), _folded(number)):
        raise Unreadable(
            f"Asked for {issuer} {number}, the look-up page answers about {' '.join(found)}."
        )
    head, *rows = tables.get("notices") or ((),)
    notices = [
        _taken(dict(zip(head, row, strict=True)), _NOTICE_COLUMNS, leftovers) for row in rows
    ]
    try:
        draft = _looked_up(f"{issuer} {number}", about, notices)
    except (Unread, KeyError) as why:
        raise Unreadable(f"The look-up page of {issuer} {number}: {why}.") from why
    return Reading(drafts=(draft,), leftovers=leftovers.told(), columns=tuple(sorted(about)))


def _folded(words: str) -> str:
    return unicodedata.normalize("NFKC", words).strip().upper()


def _taken(
    row: Mapping[str, str], names: Mapping[str, str], leftovers: Leftovers
) -> dict[str, str]:
    """Cells by the plain name of their label "状态 / Status"; unknown labels are told."""
    taken: dict[str, str] = {}
    for label, value in row.items():
        chinese = label.split("/")[0].strip()
        if chinese in names:
            taken[names[chinese]] = value
        else:
            leftovers.left(f"lookup.{label}", value[:80])
    return taken


def _looked_up(key: str, about: Mapping[str, str], notices: Sequence[Mapping[str, str]]) -> Draft:
    status, validity, uscc = about["status"], about.get("validity", ""), about.get("uscc", "")
    accreditation = Accreditation(
        key=key,
        kind=meaning(_ACCREDITATIONS, about["kind"], "kind"),
        issuer=about["issuer"],
        number=about["number"],
        field=about.get("field", ""),
        standard=about.get("criteria", ""),
        body_kind=meaning(_BODIES, about["body_type"], "body type"),
        granted=written_day(about.get("granted", ""), "granted"),
        expires=_end(validity, "validity"),
        listed=meaning(_STATUS, status, "status"),
        basis=about.get("basis", ""),
        raw="；".join(f"{k}：{v}" for k, v in (("状态", status), ("有效期至", validity)) if v),
    )
    blank = dict.fromkeys(_NOTICE_TEXTS, "")
    return Draft(
        key=key,
        label=about.get("zh") or about.get("en", ""),
        where="table “certificate”",
        names=tuple(
            Name(text=about[part], lang=lang, raw=about[part])
            for part, lang in (("zh", "zh-Hans"), ("en", "en"))
            if about.get(part)
        ),
        identifiers=(Identifier(namespace="USCC", value=uscc, raw=uscc),) if uscc else (),
        accreditations=(accreditation,),
        events=tuple(
            _event(
                blank | dict(one),
                key,
                tuple(one.get("lines", "").split()),
                tuple(one.get("sites", "").split()),
            )
            for one in notices
        ),
    )


# --- the source -----------------------------------------------------------------------------------

_ISSUERS = frozenset(
    ("CNAS", "CMA", "IECEE", "HKAS", "SAC", "KOLAS", "JAB", "UKAS", "DAkkS", "A2LA", "EIAC",
     "SAAC", "NATA", "PCA", "BoA", "NABL", "TURKAK", "RvA", "CGCRE")
)  # fmt: skip

SOURCE = Source(
    key="made_register",
    title="Made Register of Conformity Assessment Bodies (every body is invented)",
    title_zh="虚构合格评定机构登记册（机构均为虚构）",
    publisher="Labdir, for trying the directory out",
    publisher_zh="本项目，供试用名录",
    home=f"{_SITE}/list",
    licence="Apache-2.0, with the product",
    note="Made-up data: no body, number, address or event in it is real.",
    tier=Tier.AB_REGISTER,
    authoritative_for=_ISSUERS,
    lists=(
        List(
            name="list",
            request=Request(url=f"{_SITE}/list", name="list"),
            following=following,
            recorded="list*.json",
        ),
    ),
    parse=parse,
    every=timedelta(hours=1),
    rate=20.0,  # it is served on this machine
    leaving_means=LeavingMeans.NO_LONGER_LISTED,
    expect=Expect(
        min_rows=1,
        max_drop=0.1,
        max_problems=0.02,
        fill={
            "names": 1.0,
            "profile.country": 1.0,
            "sites": 0.9,
            "accreditations": 0.9,
            "accreditations.number": 0.9,
            "lines": 0.5,
        },
        columns=("record", "names", "economy", "types", "locations", "certificates"),
    ),
    lookup=Lookup(
        address=f"{_SITE}/lookup",
        issuers=_ISSUERS,
        request=look_up,
        parse=parse_look_up,
    ),
    made=True,
    bytes_public=True,
)
