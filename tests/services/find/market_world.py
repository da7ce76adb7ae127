"""Made markets and bodies, published over the real road: routes, designators, a register."""

from typing import Any

import msgspec

from services import kit
from services.abroad import Designates, Ownership, Route, RouteDay, RouteLink, Signatory
from services.terms import (
    AccreditationKind,
    BodyKind,
    EvidenceLevel,
    PresenceMode,
    RouteDayKind,
    RouteLinkKind,
    Sureness,
    Tier,
)
from tests.services.store.build import World, at, lab, line, on

STANDARD = "IEC 60598-1:2020"
LAMP_LINES = [
    line("1", "luminaire", STANDARD, parameter="dielectric strength", sites=("DXB", "SZ")),
    line("2", "toy", "EN 71-1:2014", sites=("SZ",)),
]


def route(market: str, product: str, recognition: str, **more: Any) -> kit.Draft:
    days = more.pop("days", ())
    said: dict[str, Any] = {
        "scheme": f"{market} mark", "regulator": f"{market} office", "in_country": "no",
        "sureness": Sureness.HIGH, "sourced": True, "source": "example.org", "raw": recognition,
    }  # fmt: skip
    fact = Route(key="r", market=market, product=product, recognition=recognition, **(said | more))
    told = tuple(
        RouteDay(key=f"{n}", market=market, product=product, scheme=fact.scheme, kind=kind, on=day,
                 words=words)
        for n, (kind, day, words) in enumerate(days)
    )  # fmt: skip
    return kit.Draft(
        key=f"{market}|{product}|{fact.scheme}",
        label=fact.scheme,
        where="line 2",
        routes=(fact,),
        route_days=told or msgspec.UNSET,
    )


def designates(market: str, product: str, requirement: str, issuer: str, **more: Any) -> kit.Draft:
    said: dict[str, Any] = {"sourced": True, "source": "example.org"} | more
    fact = Designates(
        key=issuer, market=market, product=product, requirement=requirement, issuer=issuer,
        sureness=Sureness.HIGH, **said,
    )  # fmt: skip
    return kit.Draft(key=f"{market}|{product}|{requirement}|{issuer}", designates=(fact,))


ROUTES = [
    route("EU", "lamps", "sdoc|notified_body", days=[
        (RouteDayKind.APPLIES, on("2027-01-20"), "Regulation 9 applies 20 Jan 2027"),
        (RouteDayKind.MENTIONED, on("2028-01-01"), "example.org 2028"),
    ]),
    route("AE", "lamps", "in_country_lab|ilac_17025_report", in_country="partial"),
    route("SA", "lamps", "iecee_cb+premarket_registration|notified_body+ilac_17025_report"),
    route("US", "radio", "regulator_accepted_lab", scheme="Radio Equipment Rule"),
    route("US", "lamps", "regulator_accepted_lab", sourced=False, source="from memory"),
    route("IN", "lamps", "in_country_lab", days=[
        (RouteDayKind.APPLIES, None, "as may be notified"),
    ]),
    route("RU", "lamps", "in_country_lab"),
]  # fmt: skip
SCHEMES = [
    designates("*", "", "iecee_cb", "IECEE"),
    designates("US", "radio", "regulator_accepted_lab", "FCC"),
    designates("US", "radio", "owner_not_prohibited", "FCC", valid_from=on("2025-09-01")),
    designates("US", "lamps", "regulator_accepted_lab", "FCC"),
]


def _link(market: str, title: str, url: str, kind: RouteLinkKind) -> kit.Draft:
    fact = RouteLink(key=url, market=market, product="", kind=kind, title=title,
                     title_also=f"中文 {title}", url=url)  # fmt: skip
    return kit.Draft(key=url, route_links=(fact,))


LINKS = [
    _link("*", "Notifications", "https://example.org/tbt", RouteLinkKind.TBT),
    _link("EU", "Register", "https://example.org/nb", RouteLinkKind.REGISTER),
]


def lantern(**more: Any) -> kit.Draft:
    """A laboratory in Shenzhen with a covered site in Dubai and a partner in Riyadh."""
    return lab(
        lines=LAMP_LINES,
        name="Lantern Testing",
        name_zh="灯笼检测",
        sites=(
            kit.Site(key="SZ", name="Main", country="CN", city="Shenzhen"),
            kit.Site(key="DXB", name="Gulf", country="AE", city="Dubai"),
        ),
        presences=(
            kit.Presence(key="ae", country="AE", city="Dubai", mode=PresenceMode.BUILT,
                         site="DXB"),
            kit.Presence(key="sa", country="SA", mode=PresenceMode.BORROWED, partner="Dune Lab"),
        ),
        **more,
    )  # fmt: skip


def beacon(**more: Any) -> kit.Draft:
    """A German laboratory with a short scope."""
    return lab("D-PL-90001", name="Beacon Lab GmbH", name_zh="", country="DE", city="Rostock",
               issuer="DAkkS", lines=[line("a", "toy", "EN 71-1:2014")], **more)  # fmt: skip


def fcc(name: str, number: str, country: str, **more: Any) -> kit.Draft:
    return lab(
        number, name=name, name_zh="", country=country, city="", issuer="FCC", standard="",
        kind=AccreditationKind.DESIGNATION, body_kind=BodyKind.TESTING,
        lines=[line("1", "Part 15B radiated emissions", "")], **more,
    )  # fmt: skip


def owned(name: str, number: str, **more: Any) -> kit.Draft:
    """A page about an owner, which joins the body of the same number's record by its name."""
    fact = Ownership(
        key="o1", owner="Lantern Holding", prohibited=True, rule="FCC 25-27",
        valid_from=on("2025-10-01"), level=EvidenceLevel.ISSUER_REGISTER,
        evidence="Covered List of 1 Oct 2025",
    )  # fmt: skip
    return fcc(name, number, "CN", ownerships=(fact,), **more)


def build(one: World) -> World:
    one.source("routes", tier=Tier.AGGREGATOR, about_testing_bodies=False,
               lists=("routes", "schemes", "links"))  # fmt: skip
    one.source("register", authoritative_for=["CNAS", "DAkkS"])
    one.source("fcc", tier=Tier.SCHEME_LIST, authoritative_for=["FCC"])
    one.look("routes", at("2026-05-01"), ROUTES, name="routes")
    one.look("routes", at("2026-05-01", 7), SCHEMES, name="schemes")
    one.look("routes", at("2026-05-01", 8), LINKS, name="links")
    for day in ("2026-05-04", "2026-05-18"):
        one.look("register", at(day), [lantern(), beacon()])
        one.look("fcc", at(day, 9), [
            fcc("Prairie Radio Labs", "US9001", "US"),
            owned("Lantern Radio Testing", "CN9002"),
        ])  # fmt: skip
    return one


def signatory(end: str = "") -> kit.Draft:
    fact = Signatory(key="CNAS T", issuer="CNAS", arrangement="ILAC MRA", scope="T",
                     valid_from=on("2007-01-01"), valid_to=on(end) if end else None)  # fmt: skip
    return kit.Draft(key="CNAS T", signatories=(fact,))
