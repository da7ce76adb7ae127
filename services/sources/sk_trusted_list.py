"""Slovakia: the trusted list of electronic trust services (ETSI TS 119 612, XML).

It names providers of trust services, no testing bodies: it is disabled by default and, where
somebody enables it, never shown among testing bodies (``about_testing_bodies``). What it is read
for is its form: names in several languages, a status as URI, and a dated history of statuses.

One draft is one service. Its present status and each status of its history are statements with a
half-open period: a status holds until the next one begins (TS 119 612, 5.5.5 and 5.6.5). Times are
UTC in the list and days here, those of Slovakia: "2016-06-30T22:00:00Z" is 1 July 2016, the day
on which Regulation (EU) No 910/2014 began to apply.
"""

import calendar
import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from lxml import etree

from services.errors import Unreadable
from services.kit import (
    Accreditation,
    Draft,
    Event,
    Expect,
    Identifier,
    List,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Source,
)
from services.parsers import xml_tree
from services.parsers.leftovers import Leftovers
from services.terms import AccreditationKind, EventKind, LeavingMeans, Listed, NameKind, Tier

ISSUER = "SK-TL"  # the list's own namespace: its operator's acronym is borne by other bodies too
_NS = "{http://uri.etsi.org/02231/v2#}"
_IDENTIFIER = "{http://ep.nbu.gov.sk/kca/tsl/x509types#}TLServiceIdentifier"

# TS 119 612 v2.1.1, 5.5.4 and annex D.5 (today's); TS 102 231 v3.1.2, 5.5.4 and the lists before
# 2016 (history). A status that only asks for an end is still the status.
_STATUSES: dict[str, tuple[Listed, EventKind | None]] = {
    "granted": (Listed.ACTIVE, None),
    "recognisedatnationallevel": (Listed.ACTIVE, None),
    "setbynationallaw": (Listed.ACTIVE, None),
    "accredited": (Listed.ACTIVE, None),
    "undersupervision": (Listed.ACTIVE, None),
    "supervisionincessation": (Listed.ACTIVE, None),
    "inaccord": (Listed.ACTIVE, None),
    "suspended": (Listed.SUSPENDED, EventKind.SUSPENDED),
    "withdrawn": (Listed.WITHDRAWN, EventKind.WITHDRAWN),
    "deprecatedatnationallevel": (Listed.WITHDRAWN, EventKind.WITHDRAWN),
    "deprecatedbynationallaw": (Listed.WITHDRAWN, EventKind.WITHDRAWN),
    "notinaccord": (Listed.WITHDRAWN, EventKind.WITHDRAWN),
    "revoked": (Listed.WITHDRAWN, EventKind.REVOKED),
    "supervisionrevoked": (Listed.WITHDRAWN, EventKind.REVOKED),
    "accreditationrevoked": (Listed.WITHDRAWN, EventKind.REVOKED),
    "supervisionceased": (Listed.SURRENDERED, EventKind.SURRENDERED),
    "accreditationceased": (Listed.SURRENDERED, EventKind.SURRENDERED),
    "expired": (Listed.EXPIRED, None),
}
_STATUS_URI = re.compile(r"https?://uri\.etsi\.org/TrstSvc/(?:[\w.\-]+/)*Svcstatus/(\w+)/?")
_TYPE_URI = re.compile(r"https?://uri\.etsi\.org/TrstSvc/Svctype/(\S+?)/?")
# TS 119 612, 5.4.2 b: registration numbers stand among the trade names, as "VATSK-2000000000"
_REGISTERED = re.compile(r"((?:VAT|NTR|PAS|IDC|PNO|TIN|LEI)[A-Z]{2})-(\S+)")
_TAKEN = frozenset(
    ("ServiceTypeIdentifier", "ServiceName", "ServiceDigitalIdentity", "ServiceStatus",
     "StatusStartingTime")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Spell:
    """A status and the day from which it holds; ``said``: URI and time as the list has them."""

    since: date
    at: datetime
    listed: Listed
    event: EventKind | None
    said: str


class _Odd(Exception):
    """A service that cannot be read; the message says why."""


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """One draft a service. Raises Unreadable where the page is no trusted list of that form.

    A service whose status or time cannot be read is a problem, and what the directory held of it
    goes on (``unread``). The list's signature is not verified; that is told as a leftover.
    """
    if len(pages) != 1:
        raise Unreadable(f"One document is expected, {len(pages)} came.")
    root = xml_tree.parse(pages[0])
    if root.tag != f"{_NS}TrustServiceStatusList":
        raise Unreadable(
            f"The document is a <{xml_tree.local(root)}>, no trusted list (ETSI TS 119 612).",
            "See what the address answers: a notice, a login page or a new form of the list.",
        )
    scheme = root.find(f"{_NS}SchemeInformation")
    if scheme is None:
        raise Unreadable("The trusted list says nothing of its scheme: it is cut off or misformed.")
    leftovers = Leftovers()
    _scheme_left(root, scheme, leftovers)
    drafts: dict[str, Draft] = {}
    problems: list[str] = []
    unread: list[str] = []
    for number, provider in enumerate(root.iter(f"{_NS}TrustServiceProvider"), start=1):
        about = _Provider.read(provider, leftovers)
        for n, service in enumerate(provider.iter(f"{_NS}TSPService"), start=1):
            where = f"provider {number}, service {n}"
            key = _key(service, about.name)
            try:
                draft = _draft(key, service, about, where, leftovers)
            except _Odd as odd:
                problems.append(f"{where} ({about.name}): {odd}")
                unread.append(key)
                continue
            if key in drafts:
                problems.append(f"{where} ({about.name}): {key!r} stands twice; the first counts")
                continue
            drafts[key] = draft
    return Reading(
        drafts=tuple(drafts.values()),
        leftovers=leftovers.told(),
        problems=tuple(problems),
        unread=tuple(unread),
        columns=tuple(xml_tree.local(child) for child in scheme),
        listed_on=_day_of(scheme, "ListIssueDateTime"),
        next_update=_day_of(scheme, "NextUpdate"),
    )


def _scheme_left(root: etree._Element, scheme: etree._Element, leftovers: Leftovers) -> None:
    if any(xml_tree.local(child) == "Signature" for child in root):
        leftovers.left("signature, not verified")
    pointers = len(list(scheme.iter(f"{_NS}OtherTSLPointer")))
    if pointers:
        leftovers.left("pointers to other lists", count=pointers)
    if number := xml_tree.words(scheme.find(f"{_NS}TSLSequenceNumber")):
        leftovers.left("sequence number of the list", number)


# --- times ----------------------------------------------------------------------------------------


def _day_of(scheme: etree._Element, tag: str) -> date | None:
    """A time of the scheme as a day; an empty NextUpdate (a closed list) is None."""
    said = xml_tree.words(scheme.find(f"{_NS}{tag}"))
    if not said:
        return None
    try:
        return slovak_day(_time(said))
    except _Odd as odd:
        raise Unreadable(f"{tag} of the list: {odd}.", "Read it at the publisher's address.") from (
            odd
        )


def _time(said: str) -> datetime:
    """TS 119 612, 5.1.4: UTC, as "2016-06-30T22:00:00Z"; other zones are turned into it."""
    try:
        at = datetime.fromisoformat(said)
    except ValueError:
        raise _Odd(f"{said!r} is no date and time") from None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def slovak_day(at: datetime) -> date:
    """The day in Slovakia: UTC+1, in summer UTC+2 (Directive 2000/84/EC: from 01:00 UTC on the
    last Sunday of March until 01:00 UTC on the last Sunday of October)."""
    begins = datetime(at.year, 3, _last_sunday(at.year, 3), 1, tzinfo=UTC)
    ends = datetime(at.year, 10, _last_sunday(at.year, 10), 1, tzinfo=UTC)
    return (at + timedelta(hours=2 if begins <= at < ends else 1)).date()


def _last_sunday(year: int, month: int) -> int:
    last = calendar.monthrange(year, month)[1]
    return last - (date(year, month, last).weekday() + 1) % 7


# --- providers ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Provider:
    name: str
    names: tuple[Name, ...]
    identifiers: tuple[Identifier, ...]
    profile: Profile | None

    @classmethod
    def read(cls, provider: etree._Element, leftovers: Leftovers) -> "_Provider":
        info = provider.find(f"{_NS}TSPInformation")
        names = list(_names(info))
        trade, identifiers = list[Name](), dict[str, Identifier]()
        printed = None if info is None else info.find(f"{_NS}TSPTradeName")
        for lang, said in xml_tree.by_language(printed, f"{_NS}Name"):
            if registered := _REGISTERED.fullmatch(said):
                space, value = registered.groups()
                identifiers.setdefault(space, Identifier(namespace=space, value=value, raw=said))
            elif said not in {one.text for one in (*names, *trade)}:
                key = f"trade.{len(trade) + 1}"
                trade.append(Name(key=key, text=said, lang=lang, kind=NameKind.TRADING, raw=said))
        profile, dropped = _profile(info)
        if dropped:
            leftovers.left("personal data dropped", count=dropped)
        name = next((one.text for one in names if one.lang == "en"), names[0].text if names else "")
        return cls(name, (*names, *trade), tuple(identifiers.values()), profile)


def _names(info: etree._Element | None) -> Iterator[Name]:
    """Each name once, numbered within its language: one language may have several."""
    counts: dict[str, int] = {}
    seen: set[str] = set()
    printed = None if info is None else info.find(f"{_NS}TSPName")
    for lang, said in xml_tree.by_language(printed, f"{_NS}Name"):
        if said in seen:
            continue
        seen.add(said)
        counts[lang] = counts.get(lang, 0) + 1
        yield Name(key=f"{lang}.{counts[lang]}", text=said, lang=lang, raw=said)


def _profile(info: etree._Element | None) -> tuple[Profile | None, int]:
    """Country, city and site of the provider, and how many e-mails and phones were left out."""
    if info is None:
        return None, 0
    addresses = list(info.iter(f"{_NS}PostalAddress"))
    addresses.sort(key=lambda one: one.get(xml_tree.XML_LANG) != "en")
    uris = [xml_tree.words(one) for one in info.iter(f"{_NS}URI")]
    personal = sum(one.lower().startswith(("mailto:", "tel:", "fax:")) for one in uris)
    website = next((one for one in uris if re.match(r"https?://", one, re.I)), "")
    country = city = ""
    if addresses:
        said = xml_tree.words(addresses[0].find(f"{_NS}CountryName"))
        country = said.upper() if re.fullmatch(r"[A-Za-z]{2}", said) else ""
        city = xml_tree.words(addresses[0].find(f"{_NS}Locality"))
    return Profile(country=country, city=city, website=website), personal


# --- services -------------------------------------------------------------------------------------


def _key(service: etree._Element, provider: str) -> str:
    """The service's identifier in this list; failing that its provider, type and digital identity,
    which TS 119 612 5.5.3 makes the identity of a service."""
    info = service.find(f"{_NS}ServiceInformation")
    if info is None:
        info = service
    if number := _number(info):
        return number
    kind = xml_tree.words(info.find(f"{_NS}ServiceTypeIdentifier"))
    identity = info.find(f"{_NS}ServiceDigitalIdentity")
    digits = "".join(xml_tree.words(identity).split()) or _service_name(info)
    return f"{provider}|{kind}|{hashlib.sha256(digits.encode()).hexdigest()[:24]}"


def _number(info: etree._Element) -> str:
    identity = info.find(f"{_NS}ServiceDigitalIdentity")
    return "" if identity is None else xml_tree.words(next(identity.iter(_IDENTIFIER), None))


def _service_name(info: etree._Element) -> str:
    names = dict(reversed(list(xml_tree.by_language(info.find(f"{_NS}ServiceName"), f"{_NS}Name"))))
    return names.get("en") or next(iter(names.values()), "")


def _draft(
    key: str, service: etree._Element, about: _Provider, where: str, leftovers: Leftovers
) -> Draft:
    info = service.find(f"{_NS}ServiceInformation")
    if info is None:
        raise _Odd("it has no ServiceInformation")
    if not about.names:
        raise _Odd("its provider has no name")
    _service_left(info, leftovers)
    history = service.find(f"{_NS}ServiceHistory")
    instances = [] if history is None else history.findall(f"{_NS}ServiceHistoryInstance")
    spells = _in_order([_spell(info), *(_spell(one) for one in instances)], where, leftovers)
    kind = xml_tree.words(info.find(f"{_NS}ServiceTypeIdentifier"))
    typed = _TYPE_URI.fullmatch(kind)
    name = _service_name(info)
    ends = [after.since for after in spells[1:]]
    granted = next((one.since for one in spells if one.listed is Listed.ACTIVE), None)
    accreditations = tuple(
        Accreditation(
            key="service",
            kind=AccreditationKind.PERMISSION,
            issuer=ISSUER,
            number=_number(info),
            field=f"{name} ({typed[1] if typed else kind})",
            granted=granted if granted and granted <= one.since else None,
            listed=one.listed,
            valid_from=one.since,
            valid_to=end,
            raw=one.said,
        )
        for one, end in zip(spells, [*ends, None], strict=True)
    )
    return Draft(
        key=key,
        label=f"{name}, {about.name}",
        where=where,
        names=about.names,
        identifiers=about.identifiers,
        profile=about.profile,
        accreditations=accreditations,
        events=tuple(_events(spells)),
    )


def _spell(said: etree._Element) -> _Spell:
    uri = xml_tree.words(said.find(f"{_NS}ServiceStatus"))
    found = _STATUS_URI.fullmatch(uri)
    if not found or (status := found[1].lower()) not in _STATUSES:
        raise _Odd(f"the status {uri or '(none)'!r} is not known")
    written = xml_tree.words(said.find(f"{_NS}StatusStartingTime"))
    at = _time(written)
    listed, event = _STATUSES[status]
    return _Spell(slovak_day(at), at, listed, event, f"{uri} since {written}")


def _in_order(spells: list[_Spell], where: str, leftovers: Leftovers) -> list[_Spell]:
    """Oldest first. A status that lasted less than a day stands under no day and is told; what
    the list calls the present status (the first given) must be the last."""
    present = spells[0]
    if any(one.at > present.at for one in spells[1:]):
        raise _Odd("its history is later than its present status")
    # of two that begin at one moment the present one holds: it comes last
    ordered = [*sorted(spells[1:], key=lambda one: one.at), present]
    kept: list[_Spell] = []
    for one in ordered:
        if kept and kept[-1].since == one.since:
            leftovers.left("status that lasted less than a day", f"{where}: {kept[-1].said}")
            kept.pop()
        kept.append(one)
    return kept


def _events(spells: Sequence[_Spell]) -> Iterator[Event]:
    """What took the standing away: from that day until the day before it was there again."""
    for number, one in enumerate(spells):
        before = spells[number - 1] if number else None
        if one.event is None or (before is not None and before.event is one.event):
            continue
        back = next((s.since for s in spells[number + 1 :] if s.listed is Listed.ACTIVE), None)
        yield Event(
            key=f"{one.event}.{one.at.date().isoformat()}",
            accreditation="service",
            kind=one.event,
            on=one.since,
            until=back,
            raw=one.said,
        )


def _service_left(info: etree._Element, leftovers: Leftovers) -> None:
    for child in info:
        if (name := xml_tree.local(child)) not in _TAKEN:
            leftovers.left(name)


SOURCE = Source(
    key="sk_trusted_list",
    title="Trusted list of trust service providers, Slovakia (no testing bodies)",
    title_zh="斯洛伐克电子信任服务可信列表（非检测机构）",
    publisher="National Security Authority, Slovakia",
    publisher_zh="斯洛伐克国家安全局",
    home="https://www.nbu.gov.sk/",
    licence="Official public document",
    note=(
        "Trust services, not testing bodies: disabled unless the settings enable it, and never"
        " shown among testing bodies. Its signature is not verified. Confirm the address."
    ),
    tier=Tier.AB_REGISTER,
    country="SK",
    authoritative_for=frozenset({ISSUER}),
    lists=(
        List(
            name="services",
            request=Request(url="https://tl.nbu.gov.sk/kca/tsl/tsl.xml", name="tsl.xml"),
            recorded="*.xml",
        ),
    ),
    parse=parse,
    every=timedelta(days=7),  # renewed within six months at the latest (TS 119 612, 5.3.15)
    leaving_means=LeavingMeans.NO_LONGER_LISTED,
    expect=Expect(
        # 116 services stood on the list of August 2019
        min_rows=5,
        # services stay on the list when they end: their status says so (TS 119 612, 5.5.4)
        max_drop=0.1,
        max_problems=0.02,
        fill={"names": 1.0, "accreditations": 1.0, "profile.country": 0.9},
        columns=("ListIssueDateTime", "SchemeTerritory"),
    ),
    enabled=False,
    bytes_public=False,  # e-mails and phones stand in it
    about_testing_bodies=False,
)
