"""The papers' web site as a pure function, so that it can be served from anywhere.

    GET /made-designations/list.pdf      the regulator's list of designated bodies
    GET /made-notices/                   an index of notices, each a link to a PDF
    GET /made-notices/NOTICE.pdf
    GET /made-accepted/list.csv          another regulator's list of accepted laboratories

The same question gives the same bytes. Every answer says that its data are made up.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from html import escape
from importlib.resources import files

DESIGNATIONS = "/made-designations/list.pdf"
NOTICES = "/made-notices/"
ACCEPTED = "/made-accepted/list.csv"
# file → title on the index, newest first as publishers order them
TITLES = {
    "2026-08-21.pdf": "关于暂停部分机构认可资格的公告 | Suspension of accreditation",
    "2026-07-03.pdf": "关于暂停认可资格的公告 | Notice of suspension",
    "2026-05-22.pdf": "关于部分暂停认可资格的公告 | Notice of partial suspension",
    "2026-01-23.pdf": "关于撤销认可资格的公告 | Notice of withdrawal",
    "2025-12-12.pdf": "关于注销认可资格的公告 | Notice of surrender",
    "2025-05-12.pdf": "关于恢复认可资格的公告 | Notice of reinstatement",
}


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    content_type: str
    body: bytes


def answer(path: str, query: Mapping[str, str]) -> Answer | None:
    """The answer to GET ``path``; None where this site has no such address."""
    if path == DESIGNATIONS:
        return Answer(200, "application/pdf", _paper("designations.pdf"))
    if path == ACCEPTED:
        return Answer(200, "text/csv; charset=utf-8", _paper("accepted.csv"))
    if path == NOTICES:
        return Answer(200, "text/html; charset=utf-8", _index().encode())
    name = path.removeprefix(NOTICES)
    if path.startswith(NOTICES) and name in TITLES:
        return Answer(200, "application/pdf", _paper(f"notice-{name}"))
    return None


@cache
def _paper(name: str) -> bytes:
    return (files("deploy.made_papers") / "data" / name).read_bytes()


def _index() -> str:
    items = "".join(
        f'<li><time>{name.removesuffix(".pdf")}</time> <a href="{name}">{escape(title)}</a></li>\n'
        for name, title in TITLES.items()
    )
    return (
        '<!doctype html>\n<html lang="zh-Hans"><head><meta charset="utf-8">'
        "<title>公告 / Notices</title></head><body>\n"
        "<p>虚构数据：所有机构、编号和事件均为虚构。"
        " Made-up data: every body, number and event is invented.</p>\n"
        f'<h1>公告 / Notices</h1>\n<ul id="notices">\n{items}</ul>\n</body></html>\n'
    )
