"""Made lists of several pages: JSON by next-link, JSON by page number, HTML with a page a body.

What reads them stands at module level: the reading process finds it by its name.
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

from services.errors import Unreadable
from services.kit import Draft, Expect, List, Page, Reading, Request, Source
from services.parsers import html
from tests.services.sync import toy
from tests.services.sync.web import Answer, Reply, Web

Row = dict[str, Any]
_LINK = re.compile(r'<li><a href="([^"]+)">([^<]+)</a></li>')


def body(number: int, **more: Any) -> Row:
    return {"key": str(number), "name": f"Body {number} Ltd", "number": f"T-{number}"} | more


# --- JSON ----------------------------------------------------------------------------------------


def json_rows(page: Page) -> dict[str, Any]:
    try:
        held = json.loads(page.body)
    except ValueError as fault:
        raise Unreadable(f"{page.url} is no JSON: {fault}.") from fault
    if not isinstance(held, dict) or "rows" not in held:
        raise Unreadable(f"{page.url} holds no rows.")
    return held


def parse_json(pages: Sequence[Page], _list: str) -> Reading:
    """All pages together are as many bodies as each page says there are."""
    held = [json_rows(page) for page in pages]
    rows = [row for one in held for row in one["rows"]]
    totals = {one["total"] for one in held}
    if totals != {len(rows)}:
        raise Unreadable(
            f"{len(rows)} bodies on {len(pages)} pages, which say that there are"
            f" {', '.join(map(str, sorted(totals)))}.",
            "The list changed: fetch it again.",
        )
    return Reading(drafts=tuple(map(toy.draft, rows)), columns=("rows",))


def next_link(page: Page) -> Request | None:
    link = json_rows(page).get("next")
    return Request(url=urljoin(page.url, link), page=page.page + 1) if link else None


def next_number(page: Page) -> Request | None:
    held = json_rows(page)
    if held["page"] >= held["pages"]:
        return None
    parts = urlsplit(page.url)
    query = parse_qs(parts.query) | {"page": [str(held["page"] + 1)]}
    url = parts._replace(query=urlencode(query, doseq=True)).geturl()
    return Request(url=url, page=page.page + 1)


# --- HTML with a page a body ---------------------------------------------------------------------


def links(page: Page) -> list[tuple[str, str]]:
    """(address, name) of each body on a page of the list."""
    text = html.decode(page.body, page.charset)
    return [(urljoin(page.url, link), name) for link, name in _LINK.findall(text)]


def details(page: Page) -> Sequence[Request]:
    return tuple(Request(url=url) for url, _ in links(page))


def parse_html(pages: Sequence[Page], _list: str) -> Reading:
    """A body is known by its address; a body whose page is missing is a problem, not gone."""
    about = {page.url: page for page in pages[1:]}
    drafts: list[Draft] = []
    problems: list[str] = []
    unread: list[str] = []
    for url, name in dict.fromkeys(links(pages[0])):
        key = url.rpartition("/")[2]
        if url not in about:
            problems.append(f"{name}: its page {url} is missing")
            unread.append(key)
            continue
        (table, *_) = html.tables(html.decode(about[url].body))
        said = {row[0]: row[1] for row in table.rows}
        drafts.append(toy.draft({"key": key, "name": name, "number": said["Number"],
                                 "expires": said.get("Expires")}))  # fmt: skip
    return Reading(
        drafts=tuple(drafts), problems=tuple(problems), unread=tuple(unread), columns=("links",)
    )


# --- the sources, and what their server says -----------------------------------------------------


def source(kind: str) -> Source:
    """``kind``: "link", "number" or "html"."""
    first = Request(url="https://toy.example/list")
    lists = {
        "link": List("list", first, following=next_link),
        "number": List("list", first, following=next_number),
        "html": List("list", first, details=details),
    }
    return toy.source(
        parse=parse_html if kind == "html" else parse_json,
        lists=(lists[kind],),
        expect=Expect(min_rows=1, max_drop=0.5, max_problems=0.5),
    )


def json_page(rows: Sequence[Row], total: int, **more: Any) -> Reply:
    held = {"rows": list(rows), "total": total} | more
    return Reply(body=json.dumps(held).encode(), headers={"Content-Type": "application/json"})


def by_link(web: Web, *pages: Sequence[Row]) -> None:
    """``/list``, ``/list/2``, … linked relatively."""
    total = sum(map(len, pages))
    for n, rows in enumerate(pages, 1):
        link = f"/list/{n + 1}" if n < len(pages) else None
        web.pages["/list" if n == 1 else f"/list/{n}"] = json_page(rows, total, next=link)


def by_number(web: Web, *pages: Sequence[Row]) -> None:
    """``/list?size=2``, ``/list?size=2&page=2``, …"""
    total = sum(map(len, pages))
    for n, rows in enumerate(pages, 1):
        path = "/list?size=2" + (f"&page={n}" if n > 1 else "")
        web.pages[path] = json_page(rows, total, page=n, pages=len(pages))


def with_validator(body: bytes, validator: Mapping[str, str], *, in_304: bool = True) -> Answer:
    """Answers 304 to who holds these bytes. ``in_304``: with the validator, or without a word."""
    (name, value) = next(iter(validator.items()))
    asked = {"ETag": "if-none-match", "Last-Modified": "if-modified-since"}[name]

    def answer(headers: Mapping[str, str]) -> Reply:
        if headers.get(asked) == value:
            return Reply(304, headers=validator if in_304 else {})
        return Reply(body=body, headers={"Content-Type": "text/html", **validator})

    return answer


def html_list(web: Web, *rows: Row, also: str = "") -> None:
    """``/list`` with a link to ``/body/KEY`` for each row."""
    items = "".join(f'<li><a href="body/{row["key"]}">{row["name"]}</a></li>' for row in rows)
    text = f"<!doctype html><title>Bodies</title><ul>{items}{also}</ul>".encode()
    web.pages["/list"] = with_validator(text, {"ETag": f'"list-{hash(text)}"'})


def html_body(web: Web, row: Row, *, version: str = "1", in_304: bool = True) -> None:
    """The page of one body; a server that says when it changed, and no more than it must."""
    expires = f"<tr><th>Expires</th><td>{row['expires']}</td></tr>" if "expires" in row else ""
    text = (
        f"<!doctype html><title>{row['name']}</title><table>"
        f"<tr><th>Number</th><td>{row['number']}</td></tr>{expires}</table>"
    )
    changed = {"Last-Modified": f"Sun, 0{version} Feb 2026 00:00:00 GMT"}
    web.pages[f"/body/{row['key']}"] = with_validator(text.encode(), changed, in_304=in_304)


def html_site(web: Web, *rows: Row) -> None:
    html_list(web, *rows)
    for row in rows:
        html_body(web, row)
