"""Made-up notices of an accreditation body, as PDF: an index in HTML and a paper behind each link.

They are read as any other body's notices are: running text in English and Chinese, lists, a table.
Bodies and numbers are those of the made register, so that each event has two proofs. Leaving the
index means nothing: notices are taken down when they are old.
"""

import re
from collections.abc import Sequence
from datetime import timedelta
from urllib.parse import urljoin, urlsplit

from services.errors import Unreadable
from services.kit import Expect, List, Page, Reading, Request, Source
from services.parsers import html, notice, notice_drafts, pdf
from services.parsers.leftovers import Leftovers
from services.terms import LeavingMeans, Tier

ISSUER = "CNAS"
_SITE = "http://made-register.example/made-notices/"
_LINK = re.compile(r"<a\s[^>]*?href\s*=\s*[\"']([^\"'#]+\.pdf)[\"']", re.I)
_MOST = 500  # notices on one index


def notices_of(page: Page) -> Sequence[Request]:
    """The papers that the index links to, each once; none where the page is a paper itself."""
    if _is_paper(page):
        return ()
    text = html.decode(page.body, page.charset)
    links = dict.fromkeys(_LINK.findall(text))
    own = list(dict.fromkeys(link for one in links if (link := _own(page.url, one))))
    if len(own) > _MOST:
        raise Unreadable(f"The index links to {len(own)} notices, more than {_MOST}.")
    return [Request(url=link, name=link.rsplit("/", 1)[-1]) for link in own]


def _own(page: str, link: str) -> str:
    """The address that a link leads to, "" where that is at another host or none at all."""
    try:
        there = urljoin(page, link)
        return there if urlsplit(there).netloc == urlsplit(page).netloc else ""
    except ValueError:  # brackets that hold no IPv6 address
        return ""


def _is_paper(page: Page) -> bool:
    return b"%PDF-" in page.body[:1024]


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """One draft for each accreditation that a notice speaks of. Raises Unreadable where a paper
    that the index names is missing or cannot be read: half of the notices are not all of them."""
    papers = [page for page in pages if _is_paper(page)]
    wanted = sum(len(notices_of(page)) for page in pages)
    if not papers or (wanted and wanted != len(papers)):
        raise Unreadable(
            f"The index names {wanted} notices and {len(papers)} PDF documents came.",
            "Fetch all of them again: a page that is no PDF may be a notice of maintenance.",
        )
    leftovers = Leftovers()
    problems: list[str] = []
    read: list[notice.Notice] = []
    for page in papers:
        name = page.name or page.url.rsplit("/", 1)[-1]
        document = pdf.read(page.body, name)
        problems += [f"{name}, {said}" for said in document.problems]
        told = notice.read(document, name)
        problems += told.problems
        if not told.told:
            leftovers.left("paper that tells of no accreditation", name)
        read.append(told)
    drafts, left = notice_drafts.drafts(read, ISSUER, frozenset({ISSUER}))
    for one in left:
        leftovers.left(one.what, one.example, one.count)
    newest = max((one.published for one in read if one.published), default=None)
    return Reading(
        drafts=drafts,
        leftovers=leftovers.told(),
        problems=tuple(problems),
        columns=("notices",),
        listed_on=newest,
    )


SOURCE = Source(
    key="made_notices",
    title="Made notices of suspension and withdrawal (every body is invented)",
    title_zh="虚构暂停、撤销公告（机构均为虚构）",
    publisher="Labdir, for trying the directory out",
    publisher_zh="本项目，供试用名录",
    home=_SITE,
    licence="Apache-2.0, with the product",
    note="Made-up data: no body, number, address or event in it is real.",
    tier=Tier.AB_REGISTER,
    authoritative_for=frozenset({ISSUER}),
    lists=(
        List(
            name="notices",
            request=Request(url=_SITE, name="index.html"),
            details=notices_of,
            recorded="*.pdf",
        ),
    ),
    parse=parse,
    every=timedelta(days=1),
    rate=20.0,  # it is served on this machine
    leaving_means=LeavingMeans.NOTHING,
    expect=Expect(
        min_rows=1,
        max_drop=0.9,  # notices are taken down; those of a year may go at once
        max_problems=0.2,  # a sentence not understood is for a person, and holds up no other
        fill={"names": 0.9, "accreditations": 1.0},
        columns=("notices",),
    ),
    made=True,
    bytes_public=True,
)
