"""What a body's presence, credentials and way abroad take and answer. All examples are made up."""

import re
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import msgspec

from directory.api import examples, questions
from directory.api.answers import CredentialsAnswer, Envelope, PresenceAnswer
from directory.api.problems import BadParameter
from services.find import abroad as views
from services.find.views import Cover
from services.terms import (
    CooperationKind,
    CredentialKind,
    EvidenceLevel,
    ProjectStatus,
    RecognitionLevel,
)

MOST_DAYS = 3650


class AbroadAnswer(Envelope, frozen=True, kw_only=True):
    data: views.AbroadView


Country = Annotated[
    str,
    questions.text(
        "country",
        "only presences there: a country as two letters or by name, or a grouping (EU, GCC)",
        "AE",
        80,
    ),
]
VerifiedOnly = Annotated[
    str,
    questions.text(
        "verified_only",
        "true: only what the issuer's register or verified document bears out; adverse items stay",
        "true",
        5,
        enum=["", "true", "false"],
    ),
]
ExpiringWithin = Annotated[
    str,
    questions.text(
        "expiring_within",
        f"only what ends within so many days of the day asked about, as 90d; at most {MOST_DAYS}d",
        "90d",
        6,
    ),
]
KindOfCredential = Annotated[
    str,
    questions.text(
        "kind",
        "only these: " + ", ".join(kind.value for kind in CredentialKind),
        "trademark",
        **questions.values_of(CredentialKind),
    ),
]


def yes(name: str, value: str) -> bool:
    """Raises BadParameter for what is neither true, false nor left out."""
    value = value.strip().lower()
    if value not in {"", "true", "false"}:
        raise BadParameter(
            name, f'{name} is "{value}".', "It takes true or false.", ("true", "false")
        )
    return value == "true"


def days(name: str, value: str) -> int | None:
    """A span of days, "90d" or "90"; None where left out. Raises BadParameter."""
    value = value.strip().lower()
    if not value:
        return None
    found = re.fullmatch(r"([0-9]{1,5})d?", value)
    if not found or not 1 <= int(found[1]) <= MOST_DAYS:
        raise BadParameter(
            name, f'{name} is "{value}".', f"It takes days from 1d to {MOST_DAYS}d, as 90d."
        )
    return int(found[1])


PRESENCE = PresenceAnswer(
    data=(
        msgspec.structs.replace(
            examples.PRESENCE.data[0],
            covered_by=(
                Cover(
                    accreditation="a34", label="EXAB L90001", site="Gulf site", standing="stands"
                ),
            ),
            on_schedule=True,
            last_verified=date(2026, 5, 30),
        ),
    ),
    meta=examples.PRESENCE.meta,
)
CREDENTIALS = CredentialsAnswer(
    data=(
        msgspec.structs.replace(
            examples.CREDENTIALS.data[0], status="registered", renewal_due=date(2033, 6, 30)
        ),
    ),
    meta=examples.CREDENTIALS.meta,
)
_PROOF = examples.PRESENCE.data[0].evidence
_SEEN: dict[str, Any] = {
    "level": EvidenceLevel.ISSUER_DOCUMENT_VERIFIED,
    "verified": True,
    "current": True,
    "proof": "https://register.example/agreements/7 (2026-05-20)",
    "evidence": _PROOF,
}
ABROAD = AbroadAnswer(
    data=views.AbroadView(
        body="b12",
        cooperations=(
            views.CooperationView(
                since=date(2023, 6, 1),
                until=date(2027, 5, 31),
                kind=CooperationKind.WITNESSED_TESTING,
                partner="Dune Road Laboratory (made up)",
                partner_also="沙丘路实验室（虚构）",
                partner_number="EX-114",
                countries=("SA", "AE"),
                product="electrical_safety",
                outputs="Witnessed test reports",
                outputs_also="目击试验报告",
                in_whose_name="the partner",
                recognition=RecognitionLevel.PRODUCT,
                **_SEEN,
            ),
        ),
        acceptances=(
            views.AcceptanceView(
                since=date(2023, 6, 1),
                until=date(2027, 5, 31),
                accepter="Dune Road Conformity (made up)",
                accepter_also="",
                country="SA",
                result="Test report",
                result_also="检测报告",
                product="electrical_safety",
                standard="IEC 60335-2-15:2012",
                instrument="Agreement of 2023 (made up)",
                recognition=RecognitionLevel.PRODUCT,
                **_SEEN,
            ),
        ),
        projects=(
            views.ProjectView(
                since=date(2024, 1, 1),
                until=None,
                title="One test for kettles (made up)",
                title_also="",
                partners=("Dune Road Laboratory (made up)",),
                country="SA",
                product="electrical_safety",
                document="Test report to IEC 60335-2-15:2012",
                document_also="",
                status=ProjectStatus.RUNNING,
                outcome="41 reports taken, none repeated",
                outcome_also="",
                **_SEEN,
            ),
        ),
        accompaniments=(
            views.AccompanimentView(
                since=date(2025, 2, 1),
                until=None,
                title="",
                title_also="",
                sector="household appliances",
                country="SA",
                product="electrical_safety",
                service="Witnessed test, liaison with the conformity body",
                service_also="",
                outcome="",
                outcome_also="",
                consent=False,
                **_SEEN,
            ),
        ),
        expertise=(
            views.ExpertiseView(
                since=None,
                until=None,
                field="Safety of household appliances",
                field_also="家用电器安全",
                committee="IEC TC 61",
                language="en",
                pool="expert",
                count=4,
                **_SEEN,
            ),
        ),
        offers=(
            views.OfferView(
                since=None,
                until=None,
                title="Kettles to the Gulf: test, witness, file",
                title_also="",
                stage="export",
                product="electrical_safety",
                hs_code="8516.79",
                languages=("zh", "en", "ar"),
                **_SEEN,
            ),
        ),
        ownerships=(
            views.OwnershipView(
                since=date(2011, 4, 1),
                until=None,
                owner="Harbour Group (made up)",
                owner_also="",
                owner_country="SG",
                share=Decimal(100),
                prohibited=False,
                rule="",
                **_SEEN,
            ),
        ),
        experts=4,
    ),
    meta=examples.PRESENCE.meta,
)
