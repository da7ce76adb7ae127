"""Rules for claims: what a credential must say, and how far a row's word is believed.

A badge without issuer, identifier and evidence is never stored. Only an issuer's register, or its
document checked there, earns a verified mark, and only at an address on a known host; a penalty is
always adverse; a private ranking stays a ranking; an award that can be bought is a marketing claim;
a designation is nobody's by inheritance.
"""

import re
from typing import Any

from services.parsers.brand_cells import Row
from services.parsers.issuer_hosts import Register, why_not
from services.parsers.leftovers import Leftovers
from services.terms import VERIFIED_LEVELS, CredentialKind, EvidenceLevel, Polarity

TRADEMARK_STATUS = (
    "applied", "designated", "registered", "opposed", "refused", "lapsed", "cancelled",
    "invalidated",
)  # fmt: skip
MEMBER = ("full", "associate", "observer", "stakeholder", "participant")
# lists of brands and their values are commercial rankings, whatever their plaques say
_RANKING = re.compile(
    r"\branking\b|\btop\s?\d+|\bbrand (?:value|finance)|world brand lab|百强|十强|排行|榜|品牌价值",
    re.IGNORECASE,
)


def level(
    row: Row, values: dict[str, Any], known: tuple[Register, ...], left: Leftovers
) -> EvidenceLevel:
    """The level that the row's evidence bears out: what it claims, or less, and then told why."""
    words = row.bare("level")
    default = values.get("kind") is CredentialKind.AWARD
    if not words and not default:
        row.fault("level", "it is empty", f"It takes {', '.join(EvidenceLevel)}.")
    said = row.one_of("level", words, EvidenceLevel, "level of evidence")
    found = EvidenceLevel(said) if said else EvidenceLevel.MARKETING_CLAIM
    if found in VERIFIED_LEVELS:
        issuer = " ".join(filter(None, (values.get("issuer"), values.get("issuer_also"))))
        if why := why_not(row.bare("evidence"), issuer, known):
            left.left(
                f"level {found}, lowered to {EvidenceLevel.SELF_DECLARED_DOCUMENT}",
                f"line {row.line}: {why}",
            )
            found = EvidenceLevel.SELF_DECLARED_DOCUMENT
    return found


def evidence(row: Row, column: str = "evidence") -> str:
    """What proves the row and the day on which it was looked at; faults where either is missing."""
    named, day = row.text(column), row.day("evidence_on")
    if not named:
        row.fault(column, "it is empty", "Name the address or the document that shows it.")
    if day is None and not row.bare("evidence_on"):
        row.fault("evidence_on", "it is empty", "Write the day on which the evidence was seen.")
    return f"{named} ({day})" if named and day else named


def credential(row: Row, values: dict[str, Any], left: Leftovers) -> None:
    """Hold a credential's row to the rules of its kind; corrects ``values`` by them."""
    kind: CredentialKind | None = values["kind"]
    words = f"{values['title']} {values['title_also']}"
    if kind in {CredentialKind.AWARD, CredentialKind.DESIGNATION} and _RANKING.search(words):
        left.left(f"{kind} that is a ranking, kept as ranking", f"line {row.line}: {words.strip()}")
        kind = values["kind"] = CredentialKind.RANKING
    if kind is CredentialKind.PENALTY:
        values["polarity"] = Polarity.ADVERSE
    elif values["polarity"] is None:
        values["polarity"] = Polarity.POSITIVE
    if kind is CredentialKind.DESIGNATION and values["via_parent"]:
        row.fault(
            "via_parent",
            "a designation is not inherited from a parent",
            "Give the row to the parent, or take it away.",
        )
    if kind is CredentialKind.TRADEMARK:
        _trademark(row, values)
    elif kind is CredentialKind.MEMBERSHIP:
        row.must("category")
        values["category"] = row.one_of("category", row.bare("category"), MEMBER, "category")
    if row.yes("buyable") and values["level"] is not EvidenceLevel.MARKETING_CLAIM:
        left.left(f"level {values['level']} of what can be bought, kept as a marketing claim",
                  f"line {row.line}: {words.strip()}")  # fmt: skip
        values["level"] = EvidenceLevel.MARKETING_CLAIM


def _trademark(row: Row, values: dict[str, Any]) -> None:
    """A mark is its office's for a class in a territory: each row is one of those."""
    for column in ("nice_class", "territory", "status"):
        row.must(column)
    if (one := values["nice_class"]) is not None and not 1 <= one <= 45:
        row.fault("nice_class", f"{one} is no Nice class", "There are 1 to 45.")
    values["status"] = row.one_of(
        "status", row.bare("status"), TRADEMARK_STATUS, "status of a mark"
    )


_MAY_NAME = ("title", "title_also", "outcome", "outcome_also")
_UNNAMED = ("A client that is not named", "未具名客户")


def accompaniment(values: dict[str, Any], told: tuple[str, ...]) -> tuple[str, ...]:
    """A client that did not agree is not told of: words that may name it are not even taken.

    ``told``: the columns whose words are kept as the source's own; returns those that still are.
    """
    if values["consent"]:
        return told
    values |= dict.fromkeys(_MAY_NAME, "")
    values["title"], values["title_also"] = _UNNAMED
    return tuple(name for name in told if name not in _MAY_NAME)


def ownership(row: Row, values: dict[str, Any]) -> None:
    """That an owner is prohibited is somebody's rule, never an inference."""
    if values["prohibited"] and not values["rule"]:
        row.fault("rule", "an owner is prohibited only under a rule", "Name the market's rule.")
    if (share := values["share"]) is not None and share > 100:
        row.fault("share", f"{share} is no share", "Write it in percent, 0 to 100.")
