"""Singapore Accreditation Council: newly accredited, suspended and withdrawn bodies.

One list at three addresses, typed by hand: two Markdown pages (nested bullets, headings, tables)
and a YAML file. All say the same four things: a *section* (newly accredited, suspended, withdrawn,
inoperative), in it a *category* ("Laboratory"), a *field* ("Civil Engineering") and *entries*, a
name with a date or two. Layout is no help: levels, bullets and bold change from version to version,
so a line is known by its words, and an entry by its date.

The list is a rolling window: an entry that leaves says nothing. It has no ids, so a record is its
section, field and date, and a name spelt better later is still the same record (``Draft.kin``).
"""

import re
from collections.abc import Sequence
from datetime import timedelta

from services.errors import Unreadable
from services.kit import (
    Accreditation,
    Draft,
    Event,
    Expect,
    Leftover,
    List,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Source,
)
from services.parsers.bilingual import after
from services.parsers.charset import text_of
from services.parsers.status_list import (
    ACCREDITED,
    EMPTY,
    INOPERATIVE,
    SUSPENDED,
    TWICE,
    WITHDRAWN,
    Entry,
    StatusList,
)
from services.parsers.status_list_feeds import read_markdown, read_yaml
from services.terms import BodyKind, EventKind, LeavingMeans, Listed, Tier


def _body_kind(category: str, in_field: str) -> BodyKind | None:
    """The kind of body from the list's category, made finer by its field; None if unknown."""
    words = category.casefold()
    what = in_field.casefold()
    if "good lab" in words or "glp" in words:
        return BodyKind.GLP
    if "laborator" in words:
        if "calibration" in what:
            return BodyKind.CALIBRATION
        return BodyKind.MEDICAL if "medical" in what else BodyKind.TESTING
    if "inspection" in words:
        return BodyKind.INSPECTION
    if "certification" in words:
        if "verification" in what or "validation" in what:
            return BodyKind.VALIDATION
        if "product" in what:
            return BodyKind.CERTIFICATION_PRODUCT
        if re.search(r"\bperson", what):
            return BodyKind.CERTIFICATION_PERSONS
        return BodyKind.CERTIFICATION_MS if "management" in what else BodyKind.CERTIFICATION
    if "proficiency" in words:
        return BodyKind.PROFICIENCY
    return BodyKind.REFERENCE_MATERIAL if "reference material" in words else None


def _status(entry: Entry) -> tuple[Listed, EventKind | None]:
    if entry.section == SUSPENDED:
        return Listed.SUSPENDED, EventKind.SUSPENDED
    if entry.section == WITHDRAWN:
        if entry.asked_by == "body":
            return Listed.SURRENDERED, EventKind.SURRENDERED
        return Listed.WITHDRAWN, EventKind.WITHDRAWN
    return (Listed.INACTIVE if entry.section == INOPERATIVE else Listed.ACTIVE), None


def _event(entry: Entry, kind: EventKind) -> Event:
    until = None
    if kind is EventKind.SUSPENDED and entry.last:
        # the published last day is still suspended: valid again the day after
        until = after(entry.last)
    return Event(
        key="1",
        accreditation="1",
        kind=kind,
        on=entry.first,
        until=until,
        asked_by=entry.asked_by,
        raw=entry.raw,
    )


def _draft(entry: Entry) -> Draft:
    kind = _body_kind(entry.category, entry.field)
    listed, event = _status(entry)
    granting = entry.section == ACCREDITED
    accreditation = Accreditation(
        key="1",
        issuer="SAC",
        field=entry.field,
        body_kind=kind,
        granted=entry.first if granting else None,
        expires=entry.last if granting else None,
        listed=listed,
        raw=entry.raw,
    )
    return Draft(
        key=entry.key,
        kin=entry.kin,
        label=entry.name,
        where=entry.where,
        names=(Name(text=entry.name, raw=entry.name),),
        # the list names no country, and SAC accredits abroad too: none is stated
        profile=Profile(kinds=(kind,), raw=entry.category) if kind else None,
        accreditations=(accreditation,),
        events=(_event(entry, event),) if event else (),
    )


# --- reading and its doubts ---------------------------------------------------------------------


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """One draft an entry. Raises Unreadable where the bytes are neither the page nor the data file.

    Entries that cannot be read (no name, no day of the calendar, under no known section) are
    ``problems`` with their line; repeated entries and lines not taken are ``leftovers``.
    """
    told = StatusList()
    for page in pages:
        text = text_of(page)
        if not text.strip():
            raise Unreadable(f"{page.url or page.name} is empty.", "Old data stand.")
        if re.match(r"\s*(?:<!doctype\s+html|<html)\b", text, re.I):
            raise Unreadable(
                f"{page.url or page.name} is a finished web page, not the Markdown or YAML of this"
                " list.",
                "Set the address of the list's own text file in the settings.",
            )
        (read_yaml if list_name == "data" else read_markdown)(text, told)
    told.note_printings()
    drafts = tuple(_draft(entry) for entry in told.entries.values())
    for entry, draft in zip(told.entries.values(), drafts, strict=True):
        if draft.profile is None:
            told.left_over("category without a known kind of body", entry.category)
    return Reading(
        drafts=drafts,
        leftovers=tuple(
            Leftover(what=what, example=example, count=count)
            for (what, example), count in told.leftovers.items()
        ),
        problems=tuple(told.problems),
        columns=told.sections_found(),
        listed_on=told.listed_on,
    )


def doubts(reading: Reading) -> list[str]:
    """Why this reading must not be published: signs of a page that is still being typed.

    A part that is empty without saying so is one: the publisher takes an emptied heading out (the
    last suspended certification body left with its heading on 2019-09-13) or writes "NA". The
    title of the suspended section alone was seen to stay when emptied parts of it were removed.
    """
    reasons = [
        f"The section {section!r} is missing: the page is half-typed, or the title was reworded."
        for section in (ACCREDITED, SUSPENDED, WITHDRAWN)
        if section not in reading.columns
    ]
    for left in reading.leftovers:
        if left.what == EMPTY:
            reasons.append(
                f"Nothing stands under the heading {left.example!r}, and it does not say NA:"
                " the page is half-typed."
            )
        elif left.what == TWICE:
            reasons.append(
                f"The section {left.example!r} is printed twice with different entries:"
                " the page is being retyped, and which one counts is not said."
            )
    return reasons


_EXPECT = Expect(
    # complete versions of 2019 hold 26 to 42 entries; half-typed ones are known by their missing
    # parts (doubts), not by their size: this catches a reading that lost its entries altogether
    min_rows=5,
    # a rolling window moves in leaps: from 41 to 26 entries on 2019-08-13, with 22 of the 41 gone
    max_drop=0.6,
    # typed by hand: of some 30 entries two may be unreadable without holding up the others
    max_problems=0.1,
    check=doubts,
)

_SITE = "https://www.sac-accreditation.gov.sg"

SOURCE = Source(
    key="sg_sac",
    title="CAB Status Update: newly accredited, suspended and withdrawn bodies",
    title_zh="合格评定机构状态更新：新获认可、暂停与撤销的机构",
    publisher="Singapore Accreditation Council",
    publisher_zh="新加坡认可理事会",
    home=_SITE,
    licence="MIT, except logos",
    tier=Tier.AB_REGISTER,
    authoritative_for=frozenset({"SAC"}),
    country="SG",
    note=(
        "A rolling list: leaving it says nothing. The addresses, that of the data file above all,"
        " are to be confirmed with the publisher before live use."
    ),
    every=timedelta(days=1),  # it announces suspensions, which are to be rechecked daily
    rate=0.2,
    leaving_means=LeavingMeans.NOTHING,
    expect=_EXPECT,
    lists=(
        List(
            name="post",
            request=Request(url=f"{_SITE}/resources/cab-status-update/cab-status-update"),
            recorded="post_*",
        ),
        List(
            name="page",
            request=Request(url=f"{_SITE}/accredited-org/cab-status-update"),
            recorded="page_*",
        ),
        List(
            name="data",
            request=Request(url=f"{_SITE}/_data/cab-status-update.yml"),
            recorded="data_*",
        ),
    ),
    parse=parse,
)
