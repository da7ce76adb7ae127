"""India: medical laboratories accredited by NABL, as a third party exported its list (JSON).

One object with the day of the export, the number of entries and the entries. Nobody but NABL speaks
for NABL: the export is an aggregator (tier 5), authoritative for nothing. It can name a laboratory
that no better source names yet, and its dates can warn; it confirms no status.

What an entry does not say:

- *since when*: ``issueDate`` is the day of this certificate. A certificate amended in mid-term is
  issued anew and keeps its expiry, so the day is no grant; the statement holds from it on.
- *what in detail*: disciplines are fields. The schedule of examinations stands behind a link and is
  not held, so no scope line is said.
- *which edition of a standard*: none is named, so none is stated.

A certificate number that stands twice: NABL gives a number to one laboratory. The same name under
it is the same laboratory entered twice; of two certificates the later issued one speaks (the same
source: the later effective day wins), and entries of one day are one certificate for both places.
Another name under it is another holder's claim: the export cannot say whose the number is, so both
stay records of their own and are told, for a person to look at.

Contact persons, e-mails and phones are dropped and only counted.
"""

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import msgspec

from services.errors import Unreadable
from services.kit import (
    Accreditation,
    Draft,
    Expect,
    Identifier,
    List,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Site,
    Source,
)
from services.parsers import places
from services.parsers.charset import text_of
from services.parsers.contacts import fold, one_line
from services.parsers.json_rows import Row, Unread, loads
from services.parsers.leftovers import Leftovers
from services.parsers.written_dates import find_dates
from services.terms import BodyKind, Listed, Tier

ISSUER = "NABL"
COUNTRY = "IN"

_TYPES = {
    "medical": BodyKind.MEDICAL,
    "medical testing": BodyKind.MEDICAL,
    "testing": BodyKind.TESTING,
    "calibration": BodyKind.CALIBRATION,
    "proficiency testing provider": BodyKind.PROFICIENCY,
    "ptp": BodyKind.PROFICIENCY,
    "reference material producer": BodyKind.REFERENCE_MATERIAL,
    "rmp": BodyKind.REFERENCE_MATERIAL,
}
# no entry of 2026 has a status: where one comes, a word that is not known here is never "active"
_STATUS = {
    "": Listed.ACTIVE,
    "active": Listed.ACTIVE,
    "valid": Listed.ACTIVE,
    "accredited": Listed.ACTIVE,
    "suspended": Listed.SUSPENDED,
    "under suspension": Listed.SUSPENDED,
    "withdrawn": Listed.WITHDRAWN,
    "cancelled": Listed.WITHDRAWN,
    "surrendered": Listed.SURRENDERED,
    "voluntarily withdrawn": Listed.SURRENDERED,
    "expired": Listed.EXPIRED,
    "inactive": Listed.INACTIVE,
}
_ABOUT_THE_LIST = frozenset({"version", "updatedAt", "count", "labs"})
_PERSONAL_KEY = re.compile(r"person|e-?mail|mobile|phone|landline|tel(?!l)|fax|whatsapp", re.I)
_NOT_TAKEN = ("certUrl", "scopeUrl")
_FACILITIES = (
    ("permanentFacility", "permanent facility"),
    ("siteFacility", "site facility"),
    ("mobileFacility", "mobile facility"),
)
_CONTACT = re.compile(
    r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}"
    r"|\b(?:tel|telephone|ph|phone|mob|mobile|fax|e-?mail|whatsapp)\b\s*(?:no)?\s*[.:–-]+\s*"
    r"[+\d][\d\s()/,-]{5,}"
    r"|(?<![\w/-])(?:\+91[\s-]?|0)?[6-9]\d{4}[\s-]?\d{5}(?![\w/-])",
    re.I,
)
# a company's name is its own in one country; that of a department or a trade name is not
_LEGAL_FORM = re.compile(r"\b(?:ltd|limited|llp|pvt|private|opc|inc)\b", re.I)
_DAY_MONTH_YEAR = re.compile(r"\d{1,2}/\d{1,2}/\d{4}")


@dataclass(slots=True)
class _Notes:
    problems: list[str] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    columns: dict[str, None] = field(default_factory=dict)
    leftovers: Leftovers = field(default_factory=Leftovers)


@dataclass(frozen=True, slots=True)
class _Entry:
    """One entry as read. ``number``: as compared; ``issued``: None where no day is said."""

    number: str
    issued: date | None
    draft: Draft

    @property
    def name(self) -> str:
        return " ".join(fold(self.draft.label))


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """Reads the export; one draft for each certificate and holder.

    Raises Unreadable where it is no such export, or holds fewer or more entries than it says.
    """
    if len(pages) != 1:
        raise Unreadable(f"One file is expected, {len(pages)} came.")
    held = _export(pages[0])
    notes = _Notes()
    for key in sorted(held.keys() - _ABOUT_THE_LIST):
        notes.leftovers.left(f"of the list: {key}")
    entries = list(_entries(held["labs"], notes))
    return Reading(
        drafts=tuple(_once(entries, notes)),
        leftovers=notes.leftovers.told(),
        problems=tuple(notes.problems),
        unread=tuple(dict.fromkeys(notes.unread)),
        columns=tuple(notes.columns),
        listed_on=_listed_on(held.get("updatedAt"), notes),
    )


def _export(page: Page) -> dict[str, Any]:
    text = text_of(page)
    try:
        held = loads(text)
    except Unreadable as fault:
        begins = one_line(text[:40])
        raise Unreadable(
            f"The export is no whole JSON ({fault.what}); it begins “{begins}”.",
            "A page to sign in or a cut-off download looks like this; the next run asks again.",
        ) from fault
    if not isinstance(held, dict) or not isinstance(held.get("labs"), list):
        raise Unreadable(
            "The export holds no list named “labs”.",
            "Compare its form with services/sources/in_nabl.py before accepting the new one.",
        )
    said, found = held.get("count"), len(held["labs"])
    if isinstance(said, int) and said != found:
        raise Unreadable(
            f"The export says that it has {said} laboratories and holds {found}.",
            "A part of it is missing or doubled: ask for the whole file.",
        )
    return held


def _listed_on(said: Any, notes: _Notes) -> date | None:
    if not isinstance(said, str) or not said.strip():
        return None
    if (written := find_dates(said.strip()[:10])) and written.first:
        return written.first
    notes.leftovers.left("day of the export that cannot be read", said[:40])
    return None


# --- one entry ------------------------------------------------------------------------------------

_TEXTS = (
    "id", "name", "type", "address", "city", "state", "pincode", "certNo", "issueDate",
    "expiryDate", "status",
)  # fmt: skip


def _entries(rows: Iterable[Any], notes: _Notes) -> Iterator[_Entry]:
    for place, one in enumerate(rows, 1):
        where = f"entry {place}"
        number = ""
        try:
            row = Row(one, "entry", Leftovers())
            notes.columns |= dict.fromkeys(one)
            where = f"{where} ({one.get('id') or 'no id'})"
            number = _number(row.must("certNo"))
            if not number:
                raise Unread("entry.certNo holds no letter or figure")
            # taken once for the number, and here again with the others as they are printed
            row = Row(one, "entry", Leftovers())
            said = {key: html.unescape(row.text(key)) for key in _TEXTS}
            draft = _draft(said, one, where, notes)
        except Unread as why:
            notes.problems.append(f"{where}: {why}")
            if number:
                notes.unread.append(number)
            continue
        yield _Entry(number, draft.accreditations[0].valid_from, draft)
        _rest(one, notes)


def _number(written: str) -> str:
    """As compared: "MC-2920", "mc 2920" and "NABL MC-2920" are one number."""
    plain = re.sub(r"[^\w]+", "-", written.upper()).strip("-")
    return re.sub(r"^(?:NABL-)?([A-Z]+)-?(?=\d)", r"\1-", plain)


def _draft(said: dict[str, str], one: dict[str, Any], where: str, notes: _Notes) -> Draft:
    name, number = _words(said["name"], notes), one_line(said["certNo"])
    if not name:
        raise Unread("no laboratory is named")
    issued, expires = (_day(said[key], key) for key in ("issueDate", "expiryDate"))
    if issued and expires and expires < issued:
        raise Unread(f"it expires on {expires}, before {issued}, when it was issued")
    if not expires:
        notes.leftovers.left("no expiry is said", number)
    kind = _TYPES.get(said["type"].casefold())
    if kind is None:
        notes.leftovers.left("type that is not known", said["type"])
    fields = "; ".join(_disciplines(one.get("disciplines")))
    if not fields:
        notes.leftovers.left("no discipline is named", number)
    region = places.subdivision(COUNTRY, said["state"])
    if not region:
        notes.leftovers.left("state that cannot be read", said["state"])
    city = _words(said["city"], notes)
    words = [said[key] for key in ("type", "certNo", "issueDate", "expiryDate", "status")]
    return Draft(
        key=_number(number),
        label=name,
        where=where,
        names=(Name(text=name, raw=name if name != one_line(said["name"]) else said["name"]),),
        identifiers=tuple(_identifiers(name, said["id"])),
        profile=Profile(
            country=COUNTRY,
            region=region,
            city=city,  # as printed, misspelt or not: which town is meant is not said
            kinds=(kind,) if kind else (),
            raw=", ".join(part for part in (city, said["state"]) if part),
        ),
        sites=tuple(_sites(said, one, region, city, notes)),
        accreditations=(
            Accreditation(
                key="accreditation",
                issuer=ISSUER,
                number=number,
                field=fields,
                body_kind=kind,
                expires=expires,
                listed=_status(said["status"]),
                valid_from=issued,
                raw=" | ".join(part for part in (*words, fields) if part),
            ),
        ),
    )


def _day(written: str, what: str) -> date | None:
    """dd/mm/yyyy; None where nothing is written.

    Raises Unread for anything else: an expiry that cannot be read would stand as open-ended.
    """
    written = written.strip()
    if not written:
        return None
    found = find_dates(written) if _DAY_MONTH_YEAR.fullmatch(written) else None
    if found is None or found.first is None:
        raise Unread(f"{what} {written[:40]!r} is no day written as day/month/year")
    return found.first


def _status(written: str) -> Listed:
    listed = _STATUS.get(one_line(written).casefold())
    if listed is None:
        raise Unread(f"the status {written[:40]!r} is not known")
    return listed


def _disciplines(said: Any) -> tuple[str, ...]:
    """Each discipline once, in order of the alphabet: the export lists the same ones in any order.

    A list of names or names joined by commas; a comma within brackets joins nothing.
    """
    if said is None:
        return ()
    named = said if isinstance(said, list) else [said]
    if not all(isinstance(one, str) for one in named):
        raise Unread("disciplines are no names")
    found: dict[str, str] = {}
    for one in named:
        for part in re.split(r"[,;\n](?![^()]*\))", html.unescape(one)):
            if part.strip():
                found.setdefault(one_line(part).casefold(), one_line(part))
    return tuple(found[key] for key in sorted(found))


def _identifiers(name: str, lab_id: str) -> Iterator[Identifier]:
    """The laboratory's id where its name alone does not tell it from others.

    "Department of Microbiology" stands for many; a company has laboratories in many cities and is
    one body with a certificate for each, which an id for each would tear apart.
    """
    if lab_id and not _LEGAL_FORM.search(name):
        yield Identifier(namespace="NABL-LAB", value=lab_id, raw=lab_id)


def _sites(
    said: dict[str, str], one: dict[str, Any], region: str, city: str, notes: _Notes
) -> Iterator[Site]:
    """The address, and the kinds of facility that are marked; no mark at all says nothing."""
    marked = [words for key, words in _FACILITIES if _flag(one.get(key), key)]
    if not marked:
        notes.leftovers.left("no kind of facility is marked")
    address = _words(said["address"], notes)
    # the export's own arithmetic: a postal code read as a number with decimals
    code = re.sub(r"\.0+$", "", said["pincode"])
    if code and code not in address:
        address = ", ".join(part for part in (address, f"{city} {code}".strip()) if part)
    if address:
        here = "permanent facility"
        name = here if here in marked else ""
        marked = [words for words in marked if words != here]
        yield Site(
            key="1", name=name, country=COUNTRY, region=region, city=city, address=address,
            raw=address,
        )  # fmt: skip
    for words in marked:
        yield Site(key=words, name=words, country=COUNTRY, region=region, raw=words)


def _flag(said: Any, key: str) -> bool:
    if said in (None, "") or isinstance(said, bool):
        return bool(said)
    plain = str(said).strip().casefold()
    if plain not in {"yes", "true", "y", "1", "no", "false", "n", "0"}:
        raise Unread(f"{key} {plain[:20]!r} is neither yes nor no")
    return plain in {"yes", "true", "y", "1"}


def _words(written: str, notes: _Notes) -> str:
    """On one line, without phones and e-mails, which are counted."""
    plain, dropped = _CONTACT.subn(" ", written)
    if dropped:
        notes.leftovers.left("personal data dropped", count=dropped)
    return one_line(plain).strip(" ,;")


def _rest(one: dict[str, Any], notes: _Notes) -> None:
    """What an entry has besides: never its words, nobody said yet that they name no person."""
    taken = {"disciplines", *_TEXTS, *(key for key, _ in _FACILITIES)}
    for key in sorted(one.keys() - taken):
        if one[key] in (None, "", [], {}):
            continue
        if _PERSONAL_KEY.search(key):
            notes.leftovers.left("personal data dropped")
        elif key in _NOT_TAKEN:
            notes.leftovers.left(f"{key} not taken: it changes with each export")
        else:
            notes.leftovers.left(f"entry.{key}")


# --- one number, several entries ------------------------------------------------------------------


def _once(entries: Iterable[_Entry], notes: _Notes) -> Iterator[Draft]:
    """One draft for each number and holder; see the module's first words for why."""
    numbers: dict[str, dict[str, list[_Entry]]] = {}
    for entry in entries:
        numbers.setdefault(entry.number, {}).setdefault(entry.name, []).append(entry)
    for number, holders in numbers.items():
        if len(holders) > 1:
            notes.leftovers.left("certificate number of several holders", number)
        for name, found in holders.items():
            draft = _one_certificate(found, notes)
            yield msgspec.structs.replace(
                draft,
                key=number if len(holders) == 1 else f"{number}|{name}",
                kin=number,  # a corrected name under one number is the same record
            )


def _one_certificate(found: list[_Entry], notes: _Notes) -> Draft:
    latest = max(one.issued or date.min for one in found)
    speaking = [one.draft for one in found if (one.issued or date.min) == latest]
    if earlier := len(found) - len(speaking):
        notes.leftovers.left("earlier certificate of the same number", found[0].number, earlier)
    # by their words, whatever order the export has them in
    first, *others = sorted(speaking, key=lambda one: (one.label, repr(one.sites)))
    for other in others:
        notes.leftovers.left("entry of the same certificate again", found[0].number)
        first = _together(first, other)
    return first


def _together(first: Draft, second: Draft) -> Draft:
    """Two entries of one certificate: its fields and places together, the earlier expiry."""
    one, two = first.accreditations[0], second.accreditations[0]
    fields = _disciplines([one.field, two.field])
    days = [day for day in (one.expires, two.expires) if day]
    worse = two if one.listed is Listed.ACTIVE else one
    certificate = msgspec.structs.replace(
        one,
        field="; ".join(fields),
        expires=min(days, default=None),
        listed=worse.listed,
        raw=one.raw if one.raw == two.raw else f"{one.raw}\n{two.raw}",
    )
    sites = list(first.sites)
    for site in second.sites:
        if site.address not in {known.address for known in sites}:
            key = (
                site.key if site.key not in {known.key for known in sites} else str(len(sites) + 1)
            )
            sites.append(msgspec.structs.replace(site, key=key))
    return msgspec.structs.replace(first, accreditations=(certificate,), sites=tuple(sites))


SOURCE = Source(
    key="in_nabl",
    title="Medical laboratories accredited by NABL, India (third-party export)",
    title_zh="印度 NABL 认可的医学实验室（第三方导出）",
    publisher="Third party, from the list of the National Accreditation Board for Testing and"
    " Calibration Laboratories",
    publisher_zh="第三方（数据取自印度国家检测和校准实验室认可委员会名单）",
    home="https://nabl-india.org/",
    licence="None stated",
    note="A third party's export: confirm address and licence before live use, and each status at"
    " NABL itself. Fields only: the schedule of examinations is not held.",
    tier=Tier.AGGREGATOR,
    country=COUNTRY,
    authoritative_for=frozenset(),  # nobody but NABL speaks for NABL
    lists=(
        List(
            name="laboratories",
            request=Request(url="https://nabl-india.org/labs.json", name="labs.json"),
            recorded="*.json",
        ),
    ),
    parse=parse,
    recorded_only=True,  # where NABL itself would publish such a file, nobody has confirmed
    every=timedelta(days=7),
    expect=Expect(
        # 2,283 laboratories stood in the export of April 2026; twenty is a torn file, max_drop
        # sees the rest
        min_rows=20,
        max_drop=0.15,
        fill={
            "names": 1.0,
            "profile.country": 1.0,
            "profile.region": 0.95,
            "sites": 0.95,
            "accreditations.number": 1.0,
            "accreditations.expires": 0.95,
            "accreditations.field": 0.95,
        },
        columns=("name", "certNo", "issueDate", "expiryDate", "disciplines", "state"),
        max_problems=0.02,
    ),
    bytes_public=False,  # contact persons stand beside the names
)
