"""The made-up register that is shipped with the product: a list in JSON, a look-up page in HTML.

Every body in it is invented, so that a machine without any published file shows a whole directory.
It is read as any other register is: its words stand in two languages in one string ("状态：有效",
"玩具 | Toys", "自建 built"), its days as "有效期至：2028年01月09日", its last days are inclusive.

The list comes in pages with a relative "next"; the look-up answers for one issuer and number.
"""

import json
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from urllib.parse import quote, urlencode, urljoin

from services.errors import Unreadable
from services.kit import (
    Accreditation,
    Draft,
    Expect,
    Identifier,
    List,
    Lookup,
    Name,
    Page,
    Reading,
    Request,
    Source,
)
from services.parsers import html
from services.parsers.bilingual import BilingualRow, meaning, written_day
from services.parsers.bilingual_register import (
    ACCREDITATIONS,
    BODIES,
    NOTICE_TEXTS,
    STATUS,
    end_day,
    event_of,
    organisation,
)
from services.parsers.charset import text_of
from services.parsers.json_rows import Unread, loads
from services.parsers.leftovers import Leftovers
from services.terms import LeavingMeans, Tier

_SITE = "http://made-register.example/made-register"

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
    totals: set[str] = set()
    for page in pages:
        held = _json_of(page)
        days.add(str(held.get("list_date", "")))
        totals.add(str(held.get("total")))
        for key in sorted(held.keys() - _PAGE_KEYS):
            leftovers.left(key, json.dumps(held[key], ensure_ascii=False)[:80])
        for number, one in enumerate(held["organisations"], start=1):
            organisations.append((f"page {held.get('page', '?')}, row {number}", one))
    if len(days) > 1 or totals != {str(len(organisations))}:
        raise Unreadable(
            f"{len(organisations)} bodies on {len(pages)} pages of {', '.join(sorted(days))};"
            f" the list says that it has {', '.join(sorted(totals))}.",
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
            drafts.append(organisation(BilingualRow(one, "organisation", leftovers), where))
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
    held = loads(text_of(page))
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
        NOTICE_TEXTS,
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
        kind=meaning(ACCREDITATIONS, about["kind"], "kind"),
        issuer=about["issuer"],
        number=about["number"],
        field=about.get("field", ""),
        standard=about.get("criteria", ""),
        body_kind=meaning(BODIES, about["body_type"], "body type"),
        granted=written_day(about.get("granted", ""), "granted"),
        expires=end_day(validity, "validity"),
        listed=meaning(STATUS, status, "status"),
        basis=about.get("basis", ""),
        raw="；".join(f"{k}：{v}" for k, v in (("状态", status), ("有效期至", validity)) if v),
    )
    blank = dict.fromkeys(NOTICE_TEXTS, "")
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
            event_of(
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
