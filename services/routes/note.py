"""What a route's own note says of papers, of who must hold them and of how long they last.

A note is a publication's or a person's words: sentences are quoted whole, never paraphrased. Only
one thing is read out of it as a rule: an age limit written with its length.
"""

import re
from dataclasses import dataclass

from services.terms import Requirement

R = Requirement
_SENTENCE = re.compile(r"[^.;]*(?:\.(?!\s|$)[^.;]*)*[.;]?")
_AGE = re.compile(r"\b(?:no|not) older than (\d{1,3}) (month|year)s?\b", re.IGNORECASE)
_AGE_NAMED = re.compile(r"\bage[ -]limit\b", re.IGNORECASE)
# "CB" alone means a certification body as often as the CB scheme
_SPEAKS_OF: dict[Requirement, re.Pattern[str]] = {
    R.IECEE_CB: re.compile(r"\bCB (?:reports?|certificates?|scheme|accepted)\b|\bIECEE\b", re.I),
    R.ILAC_17025_REPORT: re.compile(r"\b17025\b|\bILAC\b", re.I),
    R.NOTIFIED_BODY: re.compile(r"\bNB\b|\bnotified\b", re.I),
    R.APPROVED_BODY: re.compile(r"\bapproved body\b", re.I),
    R.REGULATOR_ACCEPTED_LAB: re.compile(r"\bNRTLs?\b|\bFCC\b|\bCPSC\b|\brecogni[sz]ed\b", re.I),
    R.GLP_MAD: re.compile(r"\bGLP\b"),
    R.TECHNICAL_SERVICE: re.compile(r"\btechnical service\b|\bUN R\b", re.I),
    R.SDOC: re.compile(r"\bdeclar|\bSDoC\b", re.I),
}
_HOLDER = re.compile(
    r"\b(?:holder|applicant|representative|importers?|responsible (?:party|person|supplier)"
    r"|economic operator|registered supplier|entity|local registration|can be held|CH-REP)\b",
    re.IGNORECASE,
)
_LASTS = re.compile(
    r"\bvalid(?:ity)?\b|\b\d+ y\b|\b\d+ (?:years?|months?)\b|\bage[ -]limit\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class AgeLimit:
    """``months``: how old a report may be; None where a limit is named without its length."""

    months: int | None


def age_limit(note: str) -> AgeLimit | None:
    """The age limit that the note states, or None."""
    if found := _AGE.search(note):
        return AgeLimit(int(found[1]) * (12 if found[2].lower() == "year" else 1))
    return AgeLimit(None) if _AGE_NAMED.search(note) else None


def speaks_of(note: str, kind: Requirement) -> tuple[str, ...]:
    """The note's sentences about this kind of evidence."""
    return _with(note, _SPEAKS_OF[kind]) if kind in _SPEAKS_OF else ()


def on_holders(note: str) -> tuple[str, ...]:
    """The note's sentences about who must hold, apply or answer for it."""
    return _with(note, _HOLDER)


def on_lasting(note: str) -> tuple[str, ...]:
    """The note's sentences about how long papers are valid or taken."""
    return _with(note, _LASTS)


def _with(note: str, wanted: re.Pattern[str]) -> tuple[str, ...]:
    said = (sentence.strip() for sentence in _SENTENCE.findall(note))
    return tuple(dict.fromkeys(one.rstrip(";") for one in said if one and wanted.search(one)))
