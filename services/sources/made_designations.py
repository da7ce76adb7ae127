"""A made-up regulator's list of designated testing bodies, as a PDF table in two languages.

It is read as any regulator's list is: columns by the words of their header, bodies over several
pages. It speaks of its own designation only. Bodies are those of the made register.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta

from services.errors import Unreadable
from services.kit import (
    Accreditation,
    Draft,
    Event,
    Expect,
    Line,
    List,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Source,
)
from services.parsers import designation_table, pdf, places
from services.parsers.days import days
from services.parsers.designation_table import Designated
from services.parsers.leftovers import Leftovers
from services.parsers.pdf_words import CJK
from services.terms import (
    AccreditationKind,
    BodyKind,
    EventKind,
    LeavingMeans,
    Listed,
    Tier,
)

ISSUER = "MDA"
_EVENTS = {
    Listed.SUSPENDED: EventKind.SUSPENDED,
    Listed.WITHDRAWN: EventKind.WITHDRAWN,
    Listed.SURRENDERED: EventKind.SURRENDERED,
}
_UPDATED = re.compile(r"\b(?:updated|as\s+(?:of|at)|revised|dated?)\b|更新|截至|日期", re.I)


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """One draft a designated body. Raises Unreadable where no page is a PDF with such a table."""
    leftovers = Leftovers()
    drafts: dict[str, Draft] = {}
    problems: list[str] = []
    unread: list[str] = []
    columns: dict[str, None] = {}
    listed_on: date | None = None
    for page in pages:
        document = pdf.read(page.body, page.name or page.url or "The list")
        listing = designation_table.read(document.tables, leftovers)
        if not listing.columns:
            raise Unreadable(
                f"{page.name or page.url or 'The document'} holds no table of bodies: no header"
                " with a name and a number, scope or status.",
                "Open the kept bytes: the list may have a new form, or the table is a picture.",
            )
        columns |= dict.fromkeys(listing.columns)
        problems += [*document.problems, *listing.problems]
        unread += listing.unread
        for row in listing.rows:
            draft = _draft(row)
            if draft.key in drafts:
                problems.append(f"{row.where}: {draft.key} stands twice; the first counts")
            else:
                drafts[draft.key] = draft
        listed_on = listed_on or _updated(document)
    return Reading(
        drafts=tuple(drafts.values()),
        leftovers=leftovers.told(),
        problems=tuple(problems),
        unread=tuple(unread),
        columns=tuple(columns),
        listed_on=listed_on,
    )


def _updated(document: pdf.Document) -> date | None:
    for one in document.paragraphs:
        if said := _UPDATED.search(one.text):
            found = [day.day for day in days(one.text[said.start() :]) if day.day]
            if found:
                return found[0]
    return None


def _draft(row: Designated) -> Draft:
    event = _event(row)
    scope = _in_two(row.scope)
    country = places.country_code(CJK.sub("", row.country).strip())
    return Draft(
        key=row.number or row.names[0].text,
        label=row.names[0].text,
        where=row.where,
        names=tuple(Name(text=one.text, lang=one.lang, raw=one.text) for one in row.names),
        profile=Profile(country=country, kinds=(BodyKind.TESTING,), raw=row.country),
        accreditations=(
            Accreditation(
                key="designation",
                kind=AccreditationKind.DESIGNATION,
                issuer=ISSUER,
                number=row.number,
                field="; ".join(filter(None, (row.section, scope[0]))),
                body_kind=BodyKind.TESTING,
                granted=row.granted,
                expires=row.until,
                listed=row.listed,
                basis=row.accreditation,
                schedule_held=True,  # the list says all that a body is designated for
                raw=row.raw,
            ),
        ),
        events=(event,) if event else (),
        lines=tuple(_lines(row, scope)),
    )


def _event(row: Designated) -> Event | None:
    kind = _EVENTS.get(row.listed)
    if kind is None or row.since is None:
        return None  # without a day the listing says it: from the first look that shows it
    suspended = kind is EventKind.SUSPENDED and row.last is not None
    return Event(
        key=str(kind),
        accreditation="designation",
        kind=kind,
        on=row.since,
        until=row.last + timedelta(days=1) if suspended and row.last else None,
        raw=row.status,
    )


def _in_two(parts: Sequence[str]) -> tuple[str, str]:
    """The words in English and in Chinese; where one language alone is printed it comes first."""
    chinese = "；".join(one for one in parts if CJK.search(one))
    english = "; ".join(one for one in parts if not CJK.search(one))
    return (english, chinese) if english else (chinese, "")


def _lines(row: Designated, scope: tuple[str, str]) -> Sequence[Line]:
    """A line for each standard of the row, or one for its scope where it names none."""
    return [
        Line(
            key=standard or "scope",
            accreditation="designation",
            object=scope[0],
            object_also=scope[1],
            method=standard,
            raw=standard or "; ".join(row.scope),
        )
        for standard in row.standards or (("",) if row.scope else ())
    ]


_SITE = "http://made-register.example/made-designations"

SOURCE = Source(
    key="made_designations",
    title="Made list of designated testing bodies (every body is invented)",
    title_zh="虚构指定检测机构名单（机构均为虚构）",
    publisher="Labdir, for trying the directory out",
    publisher_zh="本项目，供试用名录",
    home=f"{_SITE}/list.pdf",
    licence="Apache-2.0, with the product",
    note="Made-up data: no body, number, address or event in it is real.",
    tier=Tier.SCHEME_LIST,
    authoritative_for=frozenset({ISSUER}),
    lists=(
        List(
            name="list",
            request=Request(url=f"{_SITE}/list.pdf", name="list.pdf"),
            recorded="*.pdf",
        ),
    ),
    parse=parse,
    every=timedelta(days=1),
    rate=20.0,  # it is served on this machine
    leaving_means=LeavingMeans.NO_LONGER_LISTED,
    expect=Expect(
        min_rows=1,
        max_drop=0.25,
        max_problems=0.1,
        fill={"names": 1.0, "accreditations": 1.0, "accreditations.number": 0.9, "lines": 0.8},
        columns=("name", "number"),
    ),
    made=True,
    bytes_public=True,
)
