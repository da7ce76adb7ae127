"""The made register's web site as a pure function, so that it can be served from anywhere.

    GET /made-register/list?page=N                     JSON, 50 bodies a page, "next" is relative
    GET /made-register/lookup?issuer=CNAS&number=L1    a page on one certificate, in two languages
    GET /made-brand/{kind}.csv                         what its bodies do abroad, a table a kind
    GET /robots.txt                                    all may be read

The same question gives the same bytes. Every answer says that its data are made up.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

from deploy.made_register import brand

PAGE_SIZE = 50
BASE = "/made-register"
BRAND = "/made-brand"
# active on the list, suspended on the look-up page: what one accreditation's re-check is for
SUSPENDED_ONLY_ON_LOOKUP = ("CNAS", "L90004")

_STATUS_IN_ENGLISH = {
    "有效": "Valid",
    "暂停": "Suspended",
    "撤销": "Withdrawn",
    "吊销": "Revoked",
    "注销": "Cancelled (surrendered)",
    "过期": "Expired",
    "停用 inactive": "",
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def answer(path: str, query: Mapping[str, str]) -> Answer | None:
    """The answer to GET ``path``; None where this site has no such address."""
    if path == f"{BASE}/list":
        return _list(query.get("page", "1"))
    if path == f"{BASE}/lookup":
        return _lookup(query.get("issuer", ""), query.get("number", ""))
    kind = path.removeprefix(f"{BRAND}/").removesuffix(".csv")
    if path == f"{BRAND}/{kind}.csv" and kind in brand.KINDS:
        return Answer(200, "text/csv; charset=utf-8", _brand(kind))
    if path == "/robots.txt":
        # said here too, so that no answer of this site can be taken for a real register's
        text = "# 虚构数据 made-up data\nUser-agent: *\nAllow: /\n"
        return Answer(200, "text/plain; charset=utf-8", text.encode())
    return None


@cache
def register() -> dict[str, Any]:
    """The register as ``data/register.json`` holds it."""
    path = files("deploy.made_register") / "data" / "register.json"
    loaded: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return loaded


def _list(page: str) -> Answer:
    every = register()["organisations"]
    pages = -(-len(every) // PAGE_SIZE)
    if not (page.isascii() and page.isdigit() and 1 <= int(page) <= pages):
        body = {"notice": register()["notice"], "error": f"无此页 no such page: {page}"}
        return _json(404, body)
    number = int(page)
    shown = every[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    return _json(
        200,
        {
            "title": register()["title"],
            "notice": register()["notice"],
            "list_date": register()["list_date"],
            "page": number,
            "pages": pages,
            "total": len(every),
            "next": f"list?page={number + 1}" if number < pages else None,
            "organisations": [_organisation(one) for one in shown],
        },
    )


@cache
def _brand(kind: str) -> bytes:
    return brand.table(kind, register()["organisations"]).encode()


def _json(status: int, body: object) -> Answer:
    text = json.dumps(body, ensure_ascii=False, indent=1)
    return Answer(status, "application/json; charset=utf-8", text.encode())


def _organisation(one: dict[str, Any]) -> dict[str, Any]:
    return one | {"certificates": [_certificate(c) for c in one["certificates"]]}


def _certificate(one: dict[str, Any]) -> dict[str, Any]:
    """As listed: lines in words, and nothing of what only the look-up page knows."""
    made = {k: v for k, v in one.items() if k != "lookup_only"}
    if "lines" in one:
        made["lines"] = [_line(row) for row in one["lines"]]
    return made


def _line(row: list[Any]) -> dict[str, Any]:
    no, object_code, parameter_code, method, more = row
    words = register()["words"]
    return {
        "no": no,
        "object": words["objects"][object_code],
        "parameter": words["parameters"][parameter_code],
        "method": method,
        **more,
    }


# --- the look-up page -----------------------------------------------------------------------------

_STYLE = (
    "body{font:16px/1.5 system-ui,'Noto Sans CJK SC',sans-serif;max-width:52rem;margin:0 auto;"
    "padding:1rem}table{border-collapse:collapse;width:100%;margin:1rem 0}"
    "th,td{border:1px solid #aab;padding:.4rem .6rem;text-align:left;vertical-align:top}"
    "th{background:#eef2f6;font-weight:600}.made{background:#fff3c4;padding:.5rem .8rem}"
)


def _lookup(issuer: str, number: str) -> Answer:
    found = _find(issuer, number)
    if found is None:
        asked = escape(f"{issuer} {number}".strip())
        return _page(f'<p id="none">无此证书 / No such certificate: {asked}</p>')
    body, certificate = found
    extra = certificate.get("lookup_only", {})
    status = str(extra.get("status") or certificate["status"]).removeprefix("状态：")
    notices = [*certificate["notices"], *extra.get("notices", [])]
    return _page(_summary(body, certificate, status) + _notices(notices))


def _find(issuer: str, number: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Letter case and outer spaces do not matter to this site; anything else does."""
    asked = (issuer.strip().upper(), number.strip().upper())
    for body in register()["organisations"]:
        for one in body["certificates"]:
            if (one["issuer"].upper(), one["number"].upper()) == asked:
                return body, one
    return None


def _summary(body: dict[str, Any], one: dict[str, Any], status: str) -> str:
    names = {n["lang"]: n["text"] for n in body["names"] if "last_day" not in n}
    english = _STATUS_IN_ENGLISH[status]
    rows = [
        ("机构名称 / Name", names.get("zh-Hans", "")),
        ("英文名称 / Name in English", names.get("en", "")),
        ("统一社会信用代码 / USCC", body.get("uscc", "")),
        ("发证机构 / Issuer", one["issuer"]),
        ("证书编号 / Certificate number", one["number"]),
        ("类别 / Kind", one["kind"]),
        ("机构类型 / Type of body", one["body_type"]),
        ("准则 / Criteria", one["criteria"]),
        ("领域 / Field", one.get("field", "")),
        ("依据 / Basis", one.get("basis", "")),
        ("状态 / Status", f"{status} / {english}" if english else status),
        ("首次获证日期 / First granted", one["granted"]),
        ("有效期至 / Valid until", one["validity"].removeprefix("有效期至：")),
    ]
    cells = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td>{escape(value)}</td></tr>\n'
        for name, value in rows
        if value
    )
    return f'<table id="certificate">\n<caption>证书信息 / Certificate</caption>\n{cells}</table>\n'


_NOTICE_COLUMNS = (
    ("公告号 / Notice", "no"),
    ("事项 / Event", "word"),
    ("生效日期 / Effective", "effective"),
    ("截止日期 / Last day", "last_day"),
    ("决定日期 / Decided", "decided"),
    ("公布日期 / Published", "published"),
    ("新有效期 / New validity", "new_validity"),
    ("涉及行号 / Lines", "lines"),
    ("涉及场所 / Sites", "locations"),
    ("提出方 / Asked by", "asked_by"),
)


def _notices(notices: list[dict[str, Any]]) -> str:
    if not notices:
        return "<p>无公告 / No notices</p>\n"
    head = "".join(f'<th scope="col">{name}</th>' for name, _ in _NOTICE_COLUMNS)
    rows = []
    for one in notices:
        values = [one.get(key, "") for _, key in _NOTICE_COLUMNS]
        texts = [" ".join(v) if isinstance(v, list) else str(v) for v in values]
        rows.append("<tr>" + "".join(f"<td>{escape(text)}</td>" for text in texts) + "</tr>\n")
    return (
        '<table id="notices">\n<caption>公告 / Notices</caption>\n'
        f"<tr>{head}</tr>\n{''.join(rows)}</table>\n"
    )


def _page(content: str) -> Answer:
    title, notice = register()["title"], register()["notice"]
    text = (
        '<!doctype html>\n<html lang="zh-Hans">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>证书查询 / Certificate look-up</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n"
        f'<p class="made" id="made">{escape(notice)}</p>\n'
        f"<h1>{escape(title.replace(' | ', ' / '))}</h1>\n{content}"
        "</body>\n</html>\n"
    )
    return Answer(200, "text/html; charset=utf-8", text.encode())
