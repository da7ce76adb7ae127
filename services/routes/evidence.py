"""Evidence in hand: what a maker already has, and which requirement its kind of paper speaks to.

The words are those that makers and bodies use; each leads to a word of services.terms.Requirement,
and where the word itself names a scheme's authority ("FCC grant") to that one. Nothing here says
that a paper is genuine or accepted: services.routes.plan does, from facts.
"""

import difflib
import re
from datetime import date

import msgspec

from services.terms import Requirement, Verdict

R = Requirement

# word as typed, folded → what it is, and whose it is where the word says so
_WORDS: dict[str, tuple[Requirement, str]] = {
    **{one.value.replace("_", " "): (one, "") for one in R},
    **dict.fromkeys(
        ("cb", "cb report", "cb certificate", "cb test certificate", "iecee", "cb scheme"),
        (R.IECEE_CB, ""),
    ),
    **dict.fromkeys(
        ("17025", "17025 report", "iso 17025 report", "iso iec 17025 report", "test report"),
        (R.ILAC_17025_REPORT, ""),
    ),
    **dict.fromkeys(
        ("ilac report", "accredited report", "cnas report"), (R.ILAC_17025_REPORT, "")
    ),
    **dict.fromkeys(
        ("notified body certificate", "nb certificate"), (R.NOTIFIED_BODY, "")
    ),
    **dict.fromkeys(
        ("eu type examination", "eu type examination certificate"), (R.NOTIFIED_BODY, "EU-NANDO")
    ),
    **dict.fromkeys(("approved body certificate",), (R.APPROVED_BODY, "")),
    **dict.fromkeys(("ukca certificate",), (R.APPROVED_BODY, "UKMCAB")),
    **dict.fromkeys(
        ("fcc", "fcc grant", "tcb grant", "fcc certification"), (R.REGULATOR_ACCEPTED_LAB, "FCC")
    ),
    **dict.fromkeys(
        ("nrtl", "nrtl certificate", "nrtl listing"), (R.REGULATOR_ACCEPTED_LAB, "OSHA-NRTL")
    ),
    **dict.fromkeys(("cpsc report", "cpsc accepted report"), (R.REGULATOR_ACCEPTED_LAB, "CPSC")),
    **dict.fromkeys(("ised certificate",), (R.REGULATOR_ACCEPTED_LAB, "ISED")),
    **dict.fromkeys(("glp", "glp study", "glp report"), (R.GLP_MAD, "")),
    **dict.fromkeys(
        ("doc", "declaration of conformity", "eu declaration of conformity",
         "suppliers declaration", "supplier s declaration of conformity"),
        (R.SDOC, ""),
    ),
    **dict.fromkeys(("registration", "premarket registration"), (R.PREMARKET_REGISTRATION, "")),
    **dict.fromkeys(("in country report", "local report"), (R.IN_COUNTRY_LAB, "")),
    **dict.fromkeys(
        ("in country certificate", "local certificate"), (R.IN_COUNTRY_CB, "")
    ),
    **dict.fromkeys(("technical service report", "un r report", "ece report"),
                    (R.TECHNICAL_SERVICE, "")),
    **dict.fromkeys(("voc", "coc", "pvoc", "certificate of conformity"), (R.PRESHIPMENT_VOC, "")),
    **dict.fromkeys(("foreign certificate",), (R.EQUIVALENCE_ACCEPTED, "")),
}  # fmt: skip

# requirements that a test fulfils; the others are certificates, registrations and declarations
TESTS = frozenset(
    {
        R.IECEE_CB, R.ILAC_17025_REPORT, R.GLP_MAD, R.IN_COUNTRY_LAB,
        R.REGULATOR_ACCEPTED_LAB, R.TECHNICAL_SERVICE,
    }
)  # fmt: skip
# what is made anew for each market or consignment: an old one is never reused for another
MADE_ANEW = frozenset({R.SDOC, R.PREMARKET_REGISTRATION, R.PRESHIPMENT_VOC})
# what stands or falls with the standing of whoever issued it, under an accreditation or designation
JUDGED = frozenset(R) - MADE_ANEW - {R.IECEE_CB, R.EQUIVALENCE_ACCEPTED}


class Stood(msgspec.Struct, frozen=True, kw_only=True):
    """How the accreditation that a paper names stood on a day that matters to the paper; decided
    by services.validity alone. ``about``: "issued" or "tested". ``named``: "CNAS L90417"."""

    about: str
    on: date
    verdict: Verdict
    named: str


class Evidence(msgspec.Struct, frozen=True, kw_only=True):
    """One paper. ``ref`` names it in the answer. ``issuer``: the accreditation body or NCB, by
    acronym. ``number``: of the accreditation (of a CB certificate: its own). ``country``: where
    the test was done. ``product``: of which product it speaks, "" for the one asked about."""

    ref: str
    kind: Requirement
    authority: str = ""
    standard: str = ""
    edition: str = ""
    issued: date | None = None
    tested: date | None = None
    issuer: str = ""
    number: str = ""
    body: str = ""
    country: str = ""
    product: str = ""
    stood: tuple[Stood, ...] = ()


def kind_of(word: str) -> tuple[Requirement, str] | None:
    """What the word names, and whose ("" where it does not say); None where it is not known."""
    return _WORDS.get(_fold(word))


def nearest_kinds(word: str) -> tuple[str, ...]:
    """Up to three known words like this one, best first."""
    return tuple(difflib.get_close_matches(_fold(word), _WORDS, n=3, cutoff=0.5))


def _fold(word: str) -> str:
    return " ".join(re.sub(r"[^a-z0-9]+", " ", word.lower()).split())
