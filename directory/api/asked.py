"""What is asked in the body of a request: forms that refuse an unknown field by its name."""

from datetime import date, datetime
from typing import Annotated

import msgspec

from directory.api.problems import BadParameter
from services.verdict.views import ActivityAsked, Asked

MOST = 500  # questions in one request; a file of more is an audit

Words = Annotated[str, msgspec.Meta(max_length=300)]


class ActivityIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was done; what is left out is not asked. `lo`-`hi` and `u` (claimed uncertainty) are in
    `unit`; a method may carry its edition."""

    object: Words = ""
    parameter: Words = ""
    method: Words = ""
    edition: Words = ""
    lo: float | None = None
    hi: float | None = None
    unit: Words = ""
    u: float | None = None


class QuestionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One question. `accreditation` (an id, as a34), or `number` as printed, or `body` alone;
    beside a number `body` is the claimed holder. `on`: the day asked about, today if left out."""

    accreditation: Words = ""
    number: Words = ""
    issuer: Words = ""
    body: Words = ""
    activity: ActivityIn | None = None
    site: Words = ""
    on: date | None = None
    ref: Words = ""


class ValidityIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`known_at`: as the directory knew it then, a time with its offset; now if left out.
    `brief`: the verdict alone, for one question too; it comes several times quicker."""

    questions: Annotated[tuple[QuestionIn, ...], msgspec.Meta(min_length=1, max_length=MOST)]
    known_at: datetime | None = None
    brief: bool = False


def asked_of(one: QuestionIn, today: date) -> Asked:
    """The question as services take it."""
    activity = one.activity
    return Asked(
        accreditation=one.accreditation.strip(),
        number=one.number.strip(),
        issuer=one.issuer.strip(),
        body=one.body.strip(),
        activity=msgspec.convert(msgspec.structs.asdict(activity), ActivityAsked)
        if activity
        else None,
        site=one.site.strip(),
        on=one.on or today,
        ref=one.ref,
    )


def known_at_of(given: datetime | None, now: datetime) -> datetime:
    """Raises BadParameter for a time without offset, or one still to come."""
    if given is None:
        return now
    if given.tzinfo is None:
        raise BadParameter(
            "known_at", f'known_at is "{given.isoformat()}", without an offset.',
            "It takes a time with its offset, as 2026-06-01T12:00:00Z.",
        )  # fmt: skip
    if given > now:
        raise BadParameter(
            "known_at", f'known_at is "{given.isoformat()}", which is still to come.',
            "The directory can only say what it knows by now; leave known_at out for that.",
        )  # fmt: skip
    return given
