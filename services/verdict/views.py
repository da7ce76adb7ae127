"""A question about validity as it is asked, and its answer, compact or with all that shows it.

Days are ISO dates by the accreditation body's calendar, times UTC.
"""

from datetime import date, datetime

import msgspec

from services.find.views import EventView, Evidence, NameView, Reason, Resolved, Span, View
from services.terms import Confidence, Verdict


class ActivityAsked(View, frozen=True, kw_only=True, cache_hash=True):
    """What was done; "" and null are not asked. ``lo``-``hi`` and ``u`` (claimed uncertainty) are
    in ``unit``. ``method`` may carry its edition ("IEC 62368-1:2018")."""

    object: str = ""
    parameter: str = ""
    method: str = ""
    edition: str = ""
    lo: float | None = None
    hi: float | None = None
    unit: str = ""
    u: float | None = None


class Asked(View, frozen=True, kw_only=True, cache_hash=True):
    """One question: was it valid for this, there, on that day, as known then?

    ``accreditation`` ("a12"), or ``number`` as printed (with or without its issuer; ``issuer``
    beside it where known), or ``body`` alone where it has one accreditation. Beside a number
    ``body`` ("b12", or a name as printed) is the claimed holder: another holder is flagged.
    ``site``: its key in the schedule, or words of its name or address. ``ref`` comes back as it is.
    """

    on: date
    accreditation: str = ""
    number: str = ""
    issuer: str = ""
    body: str = ""
    activity: ActivityAsked | None = None
    site: str = ""
    ref: str = ""


class Flag(View, frozen=True, kw_only=True):
    """Something to look at beside the verdict; never an accusation. ``code`` is stable, ``text``
    English; pages translate by code."""

    code: str
    params: dict[str, str]
    text: str


class Candidate(View, frozen=True, kw_only=True):
    """An accreditation that may be meant: what a number is nearly, or what several bear.

    ``alike``: 0 to 1, of the claimed holder's name and its nearest; None where none was claimed.
    """

    accreditation: str
    body: str
    name: str
    issuer: str
    number: str
    alike: float | None = None


class Judged(View, frozen=True, kw_only=True):
    """The verdict on one question, compact: what an audit keeps of a row.

    ``accreditation``, ``body``: ids, "" where none was found. ``line``: key of the deciding scope
    line, ``event``: ref of the deciding event ("record:status_event:id"), "" for none.
    """

    ref: str
    verdict: Verdict
    partial: bool = False
    confidence: Confidence = Confidence.NONE
    standing: str = "unknown"
    reasons: tuple[Reason, ...] = ()
    flags: tuple[Flag, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    accreditation: str = ""
    body: str = ""
    line: str = ""
    event: str = ""
    since: date | None = None
    until: date | None = None
    last_check: date | None = None


class Step(View, frozen=True, kw_only=True):
    """One link of the chain site → line → accreditation → AB → arrangement, with its dates.

    ``state``: holds, broken, unknown. ``text``: English; ``code`` with ``params`` for pages.
    """

    what: str  # site, line, accreditation, accreditation_body, arrangement
    label: str
    state: str
    start: date | None
    end: date | None
    code: str
    params: dict[str, str]
    text: str


class Answer(View, frozen=True, kw_only=True):
    """The verdict with what shows it: the whole accreditation's spans, evidence, the chain."""

    asked: Asked
    judged: Judged
    known_at: datetime
    names: tuple[NameView, ...] = ()
    label: str = ""  # "CNAS L90417"
    standard: str = ""
    field: str = ""
    line_text: str = ""
    event: EventView | None = None
    spans: tuple[Span, ...] = ()
    chain: tuple[Step, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    report_text: str = ""


class LookedUp(Resolved, frozen=True, kw_only=True):
    """A number looked up with its claimed holder. ``verdict``: NOT_FOUND where nobody bears it,
    IDENTITY_UNRESOLVED where none of its holders is the claimed one, else None.

    ``flags``: a look-alike, a number borne by several, another holder. ``candidates``: whose number
    may be meant; where the holder differs, first the claimed one's own that looks like it.
    """

    flags: tuple[Flag, ...] = ()
    candidates: tuple[Candidate, ...] = ()


def plain(value: object) -> bytes:
    """A view as canonical JSON: keys in the order of the form, no blanks, UTF-8."""
    return msgspec.json.encode(value)
