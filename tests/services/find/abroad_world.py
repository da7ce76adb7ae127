"""A made-up directory of bodies on their way abroad, published through the real road."""

from typing import Any

from services import abroad, kit
from services.terms import (
    CooperationKind,
    CredentialKind,
    EvidenceLevel,
    PresenceMode,
    ProjectStatus,
    RecognitionLevel,
)
from tests.services.store.build import World, at, lab, on

REGISTER = EvidenceLevel.ISSUER_REGISTER
CLAIM = EvidenceLevel.MARKETING_CLAIM


def harbour(**more: Any) -> kit.Draft:
    """A body in Xiamen with every kind of fact of going abroad."""
    said: dict[str, Any] = {
        "city": "Xiamen 厦门",
        "cooperations": (
            abroad.Cooperation(
                key="gulf", kind=CooperationKind.WITNESSED_TESTING, partner="Dune Road Laboratory",
                countries=("SA", "AE"), product="electrical_safety", outputs="CB test reports",
                in_whose_name="the partner's", recognition=RecognitionLevel.PRODUCT,
                level=REGISTER, valid_from=on("2023-04-01"),
            ),
            abroad.Cooperation(
                key="old", kind=CooperationKind.AGENCY, partner="Old Quay Agency",
                countries=("BR",), product="toys", valid_from=on("2019-01-01"),
                valid_to=on("2021-01-01"),
            ),
        ),
        "acceptances": (
            abroad.Acceptance(
                key="sa", accepter="SASO", country="SA", result="test report",
                product="electrical_safety", standard="IEC 60335-2-24:2020", instrument="SIRC",
                level=REGISTER, valid_from=on("2022-05-01"),
            ),
            abroad.Acceptance(
                key="ae", accepter="MoIAT", country="AE", result="test report",
                product="electrical_safety", standard="IEC 60335-1:2020", level=CLAIM,
                valid_from=on("2024-02-01"), valid_to=on("2025-07-01"),
            ),
        ),
        "projects": (
            abroad.Project(
                key="p", title="One report for kettles", title_also="一张电水壶报告",
                partners=("Savanna Bureau of Standards",), country="KE",
                product="electrical_safety", document="test report",
                status=ProjectStatus.RUNNING, level=EvidenceLevel.SELF_DECLARED_DOCUMENT,
                valid_from=on("2024-09-01"),
            ),
        ),
        "accompaniments": (
            abroad.Accompaniment(
                key="told", title="Batteries of Bright Cell Works to Riyadh", sector="batteries",
                country="SA", product="batteries", service="testing and registration",
                outcome="registered in 40 days", consent=True, level=CLAIM,
            ),
            abroad.Accompaniment(
                key="quiet", title="Kettles of Secret Kettle Works to Nairobi", sector="appliances",
                country="KE", product="electrical_safety", service="testing",
                outcome="Secret Kettle Works sold 9", consent=False, level=CLAIM,
                raw="Secret Kettle Works",
            ),
        ),
        "expertise": (
            abroad.Expertise(
                key="tc61", field="household appliances", field_also="家用电器",
                committee="IEC TC 61", language="en", pool="expert", count=3, level=REGISTER,
            ),
            abroad.Expertise(
                key="young", field="household appliances", committee="", language="ar",
                pool="young professional", count=2,
            ),
        ),
        "offers": (
            abroad.Offer(
                key="o", title="Battery line, from cell to pack", stage="manufacture",
                product="batteries", hs_code="8507", languages=("zh", "en", "ar"),
            ),
        ),
        "credentials": (
            kit.Credential(
                key="tic", kind=CredentialKind.MEMBERSHIP, title="Full member",
                issuer="TIC Council", category="full", status="member", level=REGISTER,
                granted=on("2021-03-01"),
            ),
        ),
        "presences": (
            kit.Presence(
                key="sa", country="SA", mode=PresenceMode.BORROWED, partner="Dune Road Laboratory",
                level=CLAIM, valid_from=on("2023-04-01"),
            ),
        ),
    } | more  # fmt: skip
    return lab(**said)


def lamp(**more: Any) -> kit.Draft:
    """A body in Shenzhen that has one agreement, one acceptance and experts."""
    said: dict[str, Any] = {
        "name": "Lamp Street Laboratory",
        "name_zh": "",
        "city": "Shenzhen",
        "cooperations": (
            abroad.Cooperation(
                key="1", kind=CooperationKind.JOINT_VENTURE, partner="Delta Metrology",
                countries=("VN",), product="radio", recognition=RecognitionLevel.FIELD,
                valid_from=on("2024-01-15"),
            ),
        ),
        "acceptances": (
            abroad.Acceptance(
                key="vn", accepter="Delta Ministry", country="VN", result="test report",
                product="radio", standard="ETSI EN 300 328 V2.2.2", valid_from=on("2024-03-01"),
            ),
        ),
        "expertise": (
            abroad.Expertise(
                key="tc61", field="household appliances", field_also="家用电器",
                committee="IEC TC 61", language="en", pool="expert", count=5,
            ),
        ),
        "presences": (
            kit.Presence(
                key="vn", country="VN", mode=PresenceMode.BUILT, level=REGISTER,
                valid_from=on("2022-06-01"),
            ),
        ),
    } | more  # fmt: skip
    return lab("L90777", **said)


def zone(key: str = "core", **more: Any) -> kit.Draft:
    said: dict[str, Any] = {
        "key": "z",
        "name": "Maritime Core Area",
        "name_also": "海上核心区",
        "country": "CN",
        "region": "Fujian",
        "cities": ("Xiamen", "Fuzhou"),
        "policy": "One window for reports",
    } | more
    return kit.Draft(key=key, label=str(said["name"]), zones=(abroad.Zone(**said),))


def route(key: str = "SA toys", **more: Any) -> kit.Draft:
    said: dict[str, Any] = {
        "key": "r",
        "market": "SA",
        "product": "toys",
        "scheme": "SABER",
        "recognition": "iecee_cb",
    } | more
    return kit.Draft(key=key, label=key, routes=(abroad.Route(**said),))


def fill(world: World) -> None:
    """Harbour since March, Lamp Street and the zone since May 2026."""
    world.source("register", authoritative_for=["CNAS"], made=True)
    world.source("policy", made=True)
    world.look("register", at("2026-03-09"), [harbour()])
    world.look("register", at("2026-05-04"), [harbour(), lamp()])
    world.look("policy", at("2026-05-05"), [zone(), route()])
