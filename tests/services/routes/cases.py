"""Made facts of a body and a market, for the tests of what a market accepts."""

from datetime import UTC, date, datetime
from typing import Any

from services.routes.facts import (
    AuthorityFact,
    BodyFacts,
    DesignatesFact,
    LineStood,
    ListedFact,
    MarketFacts,
    OwnerFact,
    PlaceFact,
    PresenceFact,
    Question,
    RouteFact,
    SignatoryFact,
    SiteStood,
    Stood,
)
from services.routes.grammar import parse
from services.routes.judge import MarketJudged, judge
from services.routes.met import Met
from services.terms import AccreditationKind, BodyKind, PresenceMode, Verdict

DAY = date(2026, 6, 1)
NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)
STANDARD = "IEC 60598-1:2020"


def question(**more: Any) -> Question:
    said: dict[str, Any] = {
        "markets": ("XA",),
        "countries": frozenset({"XA"}),
        "product": "lamps",
        "on": DAY,
        "known_at": NOW,
        "standard": STANDARD,
    }
    return Question(**(said | more))


def route(text: str, **more: Any) -> RouteFact:
    said: dict[str, Any] = {
        "market": "XA", "product": "lamps", "scheme": "Lamp mark", "sourced": True,
        "source": "example.org/lamps", "ref": "1:market_route:1",
    }  # fmt: skip
    return RouteFact(alternatives=parse(text), **(said | more))


def designates(requirement: str, issuer: str = "LAMPREG", **more: Any) -> DesignatesFact:
    said: dict[str, Any] = {
        "market": "XA", "product": "lamps", "sourced": True, "source": "example.org/list",
        "ref": "2:designates:2",
    }  # fmt: skip
    return DesignatesFact(requirement=requirement, issuer=issuer, **(said | more))


def line() -> LineStood:
    return LineStood(label="luminaire · IEC 60598-1", start=date(2024, 1, 1), ref="3:scope_line:3")


def stood(verdict: Verdict = Verdict.VALID, **more: Any) -> Stood:
    said: dict[str, Any] = {
        "id": "a1", "label": "CNAS L90417", "issuer": "CNAS", "standard": "ISO/IEC 17025:2017",
        "kind": AccreditationKind.ACCREDITATION, "body_kind": BodyKind.TESTING,
        "granted": date(2022, 1, 10), "expires": date(2028, 1, 9), "line": line(),
        "ref": "4:accreditation_statement:4", "schedule_held": True,
    }  # fmt: skip
    return Stood(verdict=verdict, **(said | more))


def designation(issuer: str = "LAMPREG", verdict: Verdict = Verdict.VALID, **more: Any) -> Stood:
    said: dict[str, Any] = {
        "id": "a9", "label": f"{issuer} 77", "issuer": issuer, "standard": "",
        "kind": AccreditationKind.DESIGNATION,
    }  # fmt: skip
    return stood(verdict, **(said | more))


def place(country: str = "XA", verdict: Verdict = Verdict.VALID) -> SiteStood:
    return SiteStood(key="1", country=country, label="Quay Road", verdict=verdict, line=line(),
                     ref="5:site:5")  # fmt: skip


def signatory(issuer: str = "CNAS", first: str = "2020-01-01", end: str = "") -> SignatoryFact:
    return SignatoryFact(
        issuer=issuer, arrangement="ILAC MRA", scope="T", start=date.fromisoformat(first),
        end=date.fromisoformat(end) if end else None, ref="6:signatory:6",
    )  # fmt: skip


def listed(issuer: str = "CNAS") -> ListedFact:
    return ListedFact(issuer=issuer, name="A national service", scopes=("T", "C"),
                      day=date(2026, 5, 1), ref="7:accreditation_body:7")  # fmt: skip


def authority(issuer: str = "LAMPREG") -> AuthorityFact:
    return AuthorityFact(issuer=issuer, source="Lamp office list", day=date(2026, 5, 20))


def owner(**more: Any) -> OwnerFact:
    said: dict[str, Any] = {
        "owner": "Lantern Holding", "prohibited": True, "rule": "LAMPREG 25-1",
        "source": "Lamp office notice", "ref": "8:ownership:8",
    }  # fmt: skip
    return OwnerFact(**(said | more))


def presence(mode: PresenceMode, **more: Any) -> PresenceFact:
    return PresenceFact(country="XA", mode=mode, **more)


def body(*accreditations: Stood, **more: Any) -> BodyFacts:
    return BodyFacts(accreditations=accreditations, **more)


def market(*routes: RouteFact, **more: Any) -> MarketFacts:
    return MarketFacts(routes=routes, **more)


def ask(one: BodyFacts, there: MarketFacts, **more: Any) -> MarketJudged:
    return judge(one, there, question(**more))


def only(judged: MarketJudged) -> Met:
    """The only requirement of the only alternative."""
    ((way,),) = (one.ways for one in judged.routes)
    (found,) = way.asks
    return found


def seat(country: str = "XA") -> PlaceFact:
    return PlaceFact(country=country, label="Seat", seat=True)


__all__ = ["NOW", "PlaceFact", "seat"]
