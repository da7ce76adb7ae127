"""Why a decision is as it is: stable codes with parameters, and an English sentence for each.

Pages translate by code from their catalogues; a code is never renamed or given another meaning.
The number is the rule of the domain brief that speaks (1-16; 0 is the order of judging itself).
"""

from collections.abc import Iterator, Mapping
from datetime import date

import msgspec

Value = str | int | date


class Params(Mapping[str, Value]):
    """A frozen, hashable mapping: a reason's values by name."""

    __slots__ = ("_items",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._items = tuple(sorted(values.items()))

    def __getitem__(self, key: str) -> Value:
        for name, value in self._items:
            if name == key:
                return value
        raise KeyError(key)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items)

    def __len__(self) -> int:
        return len(self._items)

    def __hash__(self) -> int:
        return hash(self._items)

    def __eq__(self, other: object) -> bool:
        return self._items == other._items if isinstance(other, Params) else NotImplemented

    def __repr__(self) -> str:
        return f"Params({dict(self._items)!r})"


class Reason(msgspec.Struct, frozen=True):
    code: str
    rule: int
    params: Params


# code: (rule, English sentence with named parameters)
REASONS: dict[str, tuple[int, str]] = {
    "NO_RECORD": (0, "No consulted source holds a record of this accreditation."),
    "IDENTITY_OPEN": (0, "It is not settled yet which body this record belongs to."),
    "AFTER_KNOWLEDGE": (14, "The day {on} lies after the day of knowledge {known_at}."),
    "BEFORE_GRANT": (1, "It was granted on {granted}, after the day asked about."),
    "IN_FORCE": (1, "No fact known speaks against it on that day."),
    "WITHDRAWN_ON": (4, "It was withdrawn with effect from {on}."),
    "SURRENDERED_ON": (4, "The holder gave it up with effect from {on}."),
    "TRANSFERRED_ON": (4, "It was transferred away with effect from {on}."),
    "EXPIRED_ON": (1, "It expired after {expires}."),
    "RENEWAL_LEAVES_GAP": (2, "The renewal from {on} does not cover the time before it."),
    "SUSPENDED_ON": (1, "It was suspended with effect from {on}."),
    "SUSPENDED_PERIOD": (13, "It was suspended from {on}; {until} is the first day valid again."),
    "SUSPENDED_AND_LISTED": (
        13,
        "It was suspended from {on}, to end before {until}; whether it ended then is unknown.",
    ),
    "LISTED_ADVERSE": (8, "The check of {at} found it listed as {listed}."),
    "LISTED_ACTIVE_SINCE": (4, "The check of {at} still lists it as active: a case to look into."),
    "PARTIAL_LINE_HIT": (1, "The event hits the asked scope line {line}."),
    "PARTIAL_SITE_HIT": (1, "The event hits the asked site {site}."),
    "PARTIAL_SUSPENSION_ELSEWHERE": (1, "A part of it is suspended since {on}: {what}."),
    "PARTIAL_WITHDRAWAL_ELSEWHERE": (1, "A part of it ended on {on}: {what}."),
    "PARTIAL_UNCERTAIN_ELSEWHERE": (8, "A part of it may be suspended or ended: {what}."),
    "WINDOW": (8, "A change to {kind} fell between {after} and {before}; the day is unknown."),
    "WINDOW_OPEN": (8, "A change to {kind} fell at some day before {before}; it is unknown when."),
    "UNDATED": (8, "A change to {kind} is known without any date."),
    "BEFORE_FIRST_PROOF": (12, "No grant date is published and the first proof is of {first}."),
    "NO_PROOF": (12, "No grant date is published and no check has shown it in being."),
    "STILL_LISTED": (13, "Its suspension was to end before {until}; on {at} it was still listed."),
    "LEFT_ROLLING_LIST": (13, "Its open suspension was last seen in its list on {seen}."),
    "NO_PRIMARY_CHECK": (14, "No successful check of a primary source is known."),
    "STALE": (14, "The last primary check, of {at}, was {days} days before (limit {limit})."),
    "AGEING": (14, "The last primary check, of {at}, was {days} days before."),
    "LATER_CHECK_ONLY": (14, "The first primary check known is of {at}, after that day."),
    "SOURCES_DISAGREE": (4, "A source of tier {tier} says {listed} from {on} (learned {at})."),
    "CHECKS_DISAGREE": (4, "Primary sources disagree: {listed} on {bad}, active on {good}."),
    "LOWER_TIER_ADVERSE": (4, "A source of tier {tier} says {listed} ({at}): to be rechecked."),
    "SCHEDULE_NOT_HELD": (15, "The scope of that day is not held: see the body's own schedule."),
    "NO_SUCH_LINE": (5, "No scope line names this {what}."),
    "EDITION": (5, "The scope line {line} names edition {edition}, not the one asked."),
    "EDITION_UNSTATED": (5, "The scope line {line} names edition {edition}; none was claimed."),
    "UNIT": (5, "The unit differs from that of scope line {line}."),
    "RANGE": (5, "The range exceeds that of scope line {line}."),
    "UNCERTAINTY": (5, "The claimed uncertainty is smaller than the CMC of scope line {line}."),
    "LINE_REMOVED": (5, "The scope line {line} ended on {on}."),
    "LINE_NOT_YET": (5, "The scope line {line} begins on {on}."),
    "SITE_NOT_LISTED": (7, "The site {site} is not listed for it."),
    "LINE_COVERS": (5, "The scope line {line} covers it."),
    "FLEXIBLE": (6, "The scope line {line} is flexible; the lab's method list was not seen."),
}


def because(code: str, **params: Value) -> Reason:
    """A reason of the table; an unknown code raises ``KeyError``."""
    return Reason(code, REASONS[code][0], Params(params))


def sentence(reason: Reason, templates: Mapping[str, str] | None = None) -> str:
    """The reason in words: English, or by the caller's ``templates`` (code to sentence)."""
    template = templates[reason.code] if templates else REASONS[reason.code][1]
    return template.format(**reason.params)
