"""The question of the check page as a person types it: kept as typed, read, or refused by field."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.find.resolve import LONGEST as LONGEST_NUMBER
from services.names import number_key
from services.verdict.views import ActivityAsked, Asked

# what the form holds, in its order; the short form is number and day
SHORT = ("number", "on")
# a person writes the edition behind the standard; rows of an audit bring it by itself
ACTIVITY = ("method", "edition", "object", "parameter")
MORE = ("body", "issuer", *ACTIVITY, "site", "known_at")
NAMES = (*SHORT, *MORE, "accreditation")
NAMING = ("number", "body", "accreditation")  # one of them says what is asked about
LONGEST = 300  # characters of a field, as in the API

_DAY = re.compile(r"((?:19|20|21)\d\d)(?:-|/|\.|年)(\d{1,2})(?:-|/|\.|月)(\d{1,2})日?")
_MOMENT = re.compile(
    r"(?P<day>\S+?)(?:[T ](?P<clock>\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?)"
    r" ?(?P<zone>Z|UTC|[+-]\d{2}:\d{2})?)?"
)

_NO_DAY = N_("“%(typed)s” is no day. Write year, month, day, as %(today)s.")
_NO_MOMENT = N_("“%(typed)s” is no day or time. Write it as %(today)s or %(today)s 12:00 (UTC).")
_AHEAD = N_("“%(typed)s” is still to come. Leave it empty for what is known now.")
_LONG = N_("This is longer than %(most)s characters. Shorten it.")
_NO_NUMBER = N_("“%(typed)s” holds no number. Write it as printed, as CNAS L1234.")
_NOBODY = N_("Say whose: the number on the paper, or else the body's name.")


@dataclass(frozen=True)
class Typed:
    """A form as it was sent. ``words``: every name of NAMES, "" where not typed; ``faults``: what
    is wrong with a field, in the page's language. ``asked`` is None where nothing can be asked."""

    words: Mapping[str, str]
    faults: Mapping[str, str]
    asked: Asked | None
    known_at: datetime

    @property
    def query(self) -> tuple[tuple[str, str], ...]:
        """What was typed, as parameters of an address."""
        return tuple((name, self.words[name]) for name in NAMES if self.words[name])

    @property
    def opened(self) -> bool:
        """Whether more was said than number and day, so that the long form is shown."""
        return any(self.words[name] or name in self.faults for name in MORE)


def read_form(tongue: Tongue, given: Mapping[str, str], now: datetime) -> Typed:
    """The form, read. ``standard`` is another name of ``method``; unknown names are left alone."""
    words = {name: " ".join(str(given.get(name, "")).split()) for name in NAMES}
    words["method"] = words["method"] or " ".join(str(given.get("standard", "")).split())
    faults: dict[str, str] = {}
    today = now.date()
    for name, text in words.items():
        if len(text) > (LONGEST_NUMBER if name == "number" else LONGEST):
            most = tongue.number(LONGEST_NUMBER if name == "number" else LONGEST)
            faults[name] = tongue(_LONG, most=most)
    if words["number"] and "number" not in faults and not number_key(words["number"]):
        faults["number"] = tongue(_NO_NUMBER, typed=words["number"])
    on = _day(words["on"]) if words["on"] else today
    if on is None and "on" not in faults:
        faults["on"] = tongue(_NO_DAY, typed=words["on"], today=today.isoformat())
    known_at = _moment(words["known_at"], now) if words["known_at"] else now
    if known_at is None and "known_at" not in faults:
        faults["known_at"] = tongue(_NO_MOMENT, typed=words["known_at"], today=today.isoformat())
    elif known_at is not None and known_at > now:
        faults["known_at"] = tongue(_AHEAD, typed=words["known_at"])
    named = any(words[name] for name in NAMING)
    if not named and any(words.values()):
        faults.setdefault("number", tongue(_NOBODY))
    asked = _asked(words, on) if named and not faults and on is not None else None
    return Typed(words, faults, asked, known_at or now)


def _asked(words: Mapping[str, str], on: date) -> Asked:
    activity = None
    if any(words[name] for name in ACTIVITY):
        activity = ActivityAsked(
            method=words["method"],
            edition=words["edition"],
            object=words["object"],
            parameter=words["parameter"],
        )
    named = {name: words[name] for name in ("number", "issuer", "body", "accreditation", "site")}
    return Asked(on=on, activity=activity, **named)


def _day(text: str) -> date | None:
    """Year first, as ISO 8601 has it or with the separators in use in China; else None."""
    found = _DAY.fullmatch(text)
    try:
        return date(*map(int, found.groups())) if found else None
    except ValueError:
        return None


def _moment(text: str, now: datetime) -> datetime | None:
    """A time, UTC where it names no offset; a day alone is its end, and today is now."""
    found = _MOMENT.fullmatch(text)
    day = _day(found["day"]) if found else None
    if found is None or day is None:
        return None
    if found["clock"] is None:
        end = datetime.combine(day, time.max, UTC)
        return now if day == now.date() else end
    zone = (found["zone"] or "Z").replace("UTC", "Z")
    try:
        return datetime.fromisoformat(f"{day}T{found['clock']}{zone}").astimezone(UTC)
    except (ValueError, OverflowError):
        return None
