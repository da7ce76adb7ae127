"""The parameters of the API: what each is called, what it takes, and how it is read.

An empty value is the same as none, so that a form with empty fields asks what it shows. What is
documented is what is accepted: an unknown parameter is an error that names the known ones.
"""

import difflib
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Annotated, Any

from litestar.di import NamedDependency
from litestar.openapi.spec import Example, Schema
from litestar.openapi.spec.enums import OpenAPIFormat
from litestar.params import PathParameter, QueryParameter

from directory import edge
from directory.api.problems import BadParameter
from services.find import places
from services.terms import (
    BodyKind,
    Changed,
    ChangeKind,
    EventKind,
    EvidenceLevel,
    PresenceMode,
)
from services.validity import Standing

MAX_WORDS = 300
MAX_CURSOR = 2000
MAX_IDS = 2000


class Order(StrEnum):
    """``oldest`` is for followers: each cursor goes on where the last answer ended."""

    NEWEST = "newest"
    OLDEST = "oldest"


# a parameter's schema: a day, or nothing
A_DAY = {"any_of": [Schema(format=OpenAPIFormat.DATE), Schema(max_length=0)]}


def values_of(words: type[StrEnum]) -> dict[str, Any]:
    """A parameter's schema: one of the enum's values, or nothing."""
    return {"enum": ["", *(word.value for word in words)]}


def text(
    name: str, description: str, example: str, most: int = MAX_WORDS, **schema: Any
) -> Any:  # litestar's own return type; the Annotated below carries `str`
    return QueryParameter(
        name=name,
        required=False,
        description=description,
        max_length=most,
        examples=[Example(summary=example, value=example)],
        schema_extra=schema,
    )


Words = Annotated[
    str,
    text(
        "q",
        "words in English or Chinese, a name, a number or a standard; at most 300 characters",
        "电池",
    ),
]
Country = Annotated[
    str,
    text(
        "country",
        "where it works itself (has a site): a country as two letters of ISO 3166-1 or by name, or "
        "EU, GCC, EAEU",
        "SG",
        80,
    ),
]
Market = Annotated[
    str,
    text(
        "market",
        "where it is to be met: a country in which it has a site or a presence, built or borrowed; "
        "a code, a name, or EU, GCC, EAEU",
        "AE",
        80,
    ),
]
Mode = Annotated[
    str,
    text(
        "mode",
        "how it is present abroad: built (its own) or borrowed (a partner's)",
        "built",
        **values_of(PresenceMode),
    ),
]
StandardFamily = Annotated[
    str,
    text("family", "a family of standards that its scope lines name, as GB, IEC, EN ISO", "GB", 40),
]
Level = Annotated[
    str,
    text(
        "level",
        "a level of evidence behind its presences and credentials: "
        + ", ".join(level.value for level in EvidenceLevel),
        "issuer_register",
        **values_of(EvidenceLevel),
    ),
]
Language = Annotated[
    str,
    text("language", "a language of its presences abroad: ISO 639 code or name", "zh", 60),
]
AsOf = Annotated[
    str,
    text(
        "as_of",
        "as the directory stood at the end of that day, as YYYY-MM-DD: documents, counts and "
        "standings of then; now if left out",
        "2026-06-01",
        40,
        **A_DAY,
    ),
]
Type = Annotated[
    str,
    text(
        "type",
        "what kind of body: " + ", ".join(kind.value for kind in BodyKind),
        "testing",
        **values_of(BodyKind),
    ),
]
Standard = Annotated[
    str,
    text("standard", "a standard in any spelling, with or without its edition", "GB 4943.1-2022"),
]
StatusIs = Annotated[
    str,
    text(
        "status",
        "how one of its accreditations stands today: "
        + ", ".join(standing.value for standing in Standing),
        "suspended",
        **values_of(Standing),
    ),
]
SourceKey = Annotated[
    str, text("source", "the key of a source, as /api/v1/sources lists them", "sg_cpso")
]
Issuer = Annotated[str, text("issuer", "who accredits or designates, by short name", "CNAS")]
Accreditation = Annotated[
    str, text("accreditation", "only lines of this accreditation: its id", "a34")
]
BodyIs = Annotated[
    str, text("body", "only changes of these bodies: ids, with commas", "b12", MAX_IDS)
]
Kind = Annotated[
    str,
    text(
        "kind",
        "what kind of change: " + ", ".join(kind.value for kind in ChangeKind),
        "altered",
        **values_of(ChangeKind),
    ),
]
What = Annotated[
    str,
    text(
        "what",
        "what changed: " + ", ".join(one.value for one in Changed),
        "status_event",
        60,
        **values_of(Changed),
    ),
]
Event = Annotated[
    str,
    text(
        "event",
        "only changes of status to one of these, with commas between (an event, or a listing that "
        "turned to that word): " + ", ".join(one.value for one in EventKind),
        "suspended,withdrawn",
    ),
]
IssuerOf = Annotated[
    str,
    text("issuer", "only changes of what these accredit, by short name, with commas", "CNAS,SAC"),
]
CountryOf = Annotated[
    str,
    text(
        "country", "only changes of bodies with a site there: two letters each, with commas", "SG"
    ),
]
MarketOf = Annotated[
    str,
    text(
        "market",
        "only changes of these markets' routes, their dates, guides and notifications, and of who "
        "designates: two letters each, or EU, with commas",
        "SA,EU",
    ),
]
WatchlistIs = Annotated[
    str, text("watchlist", "only changes of the bodies on this list of one's own: its id", "w5")
]
OrderIs = Annotated[
    str,
    text("order", "newest first, or oldest first for followers", "oldest", **values_of(Order)),
]
Cursor = Annotated[
    str,
    text("cursor", "next_cursor of the answer before, as it is", "WzAsMjBd", MAX_CURSOR),
]


def _limit(most: int) -> Any:
    return QueryParameter(
        name="limit", required=False, ge=1, le=most, description=f"how many, from 1 to {most}"
    )


# as many as services.find gives in one answer
Limit100 = Annotated[int, _limit(100)]
Limit200 = Annotated[int, _limit(200)]
Limit500 = Annotated[int, _limit(500)]
Limit1000 = Annotated[int, _limit(1000)]
Number = Annotated[
    str,
    QueryParameter(
        name="number",
        required=True,
        description="a certificate, report or registration number as printed; "
        "at most 100 characters",
        max_length=100,
        examples=[Example(summary="a certificate number", value="CNAS L90417")],
    ),
]
Claimed = Annotated[
    str,
    text(
        "body",
        "whose number the paper says it is: a name as printed, or a body's id; flagged where it "
        "is registered for another",
        "Harbour Battery Testing",
    ),
]
On = Annotated[
    str,
    text(
        "on",
        "the day asked about, as YYYY-MM-DD; today if left out",
        "2026-06-01",
        40,
        **A_DAY,
    ),
]
KnownAt = Annotated[
    str,
    text(
        "known_at",
        "as the directory knew it then: a time with its offset, as 2026-06-01T12:00:00Z, or a day "
        "(its end, UTC); now if left out",
        "2026-06-01T12:00:00Z",
        40,
    ),
]
FirstDay = Annotated[
    str,
    text("from", "only what was true on this day or later", "2024-01-01", 40, **A_DAY),
]
LastDay = Annotated[
    str,
    text("to", "only what was true on this day or before", "2026-06-01", 40, **A_DAY),
]
KnownFrom = Annotated[
    str,
    text(
        "known_from",
        "only what the directory learned, or took back, then or later: a time with its offset, "
        "or a day (its beginning, UTC)",
        "2026-05-01",
        40,
    ),
]
BodyId = Annotated[
    str,
    PathParameter(
        description="a body's id, as b12",
        examples=[Example(summary="a body's id", value="b12")],
    ),
]
AccreditationId = Annotated[
    str,
    PathParameter(
        description="an accreditation's id, as a34",
        examples=[Example(summary="an accreditation's id", value="a34")],
    ),
]
SourceId = Annotated[
    str,
    PathParameter(
        description="a source's key, as /api/v1/sources lists them",
        examples=[Example(summary="a source's key", value="sg_cpso")],
    ),
]
RunId = Annotated[
    str,
    PathParameter(
        description="a run's number", examples=[Example(summary="a run's number", value="7")]
    ),
]


@dataclass(frozen=True, slots=True)
class Moment:
    """The two time axes of a question: true on which day, as known when."""

    on: date
    known_at: datetime


AtMoment = NamedDependency[Moment]


def one_of(name: str, value: str, words: type[StrEnum]) -> str:
    """One of the enum's values, or "" for none. Raises BadParameter listing them."""
    value = value.strip()
    known = tuple(word.value for word in words)
    if value and value not in known:
        near = difflib.get_close_matches(value.casefold(), known, n=1)
        offered = f"Did you mean {near[0]}? " if near else ""
        raise BadParameter(
            name, f'{name} is "{value}".', f"{offered}It takes one of: {', '.join(known)}.", known
        )
    return value


def past_day(value: str) -> date | None:
    """``as_of``; None where left out. Raises BadParameter."""
    return _day("as_of", value.strip()) if value.strip() else None


def country(value: str) -> str:
    """A country's code by code or name, or the short name of a group of them, or "". Raises
    BadQuestion with the nearest that there is."""
    return places.code("country", value)


def run_number(value: str) -> int:
    """Raises BadParameter unless it is a number that a run could have."""
    if not re.fullmatch(r"[0-9]{1,18}", value):
        raise BadParameter("run_id", f'"{value}" is no run.', "It takes a run's number, as 7.")
    return int(value)


def period(first: str, last: str) -> tuple[date | None, date | None]:
    """``from`` and ``to``; None where left out. Raises BadParameter, also in the wrong order."""
    start = _day("from", first.strip()) if first.strip() else None
    end = _day("to", last.strip()) if last.strip() else None
    if start and end and end < start:
        raise BadParameter("to", f"to is {end}, before from: {start}.", "Exchange the two.")
    return start, end


def since(value: str) -> datetime | None:
    """``known_from``: a time, or the beginning of a day; None where left out. Raises
    BadParameter."""
    value = value.strip()
    if not value:
        return None
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        return datetime.combine(_day("known_from", value), time.min, tzinfo=UTC)
    return _time("known_from", value)


def _day(name: str, value: str) -> date:
    try:
        return date.fromisoformat(value)
    except ValueError as fault:
        raise BadParameter(
            name, f'{name} is "{value}".', "It takes a day as YYYY-MM-DD, as 2026-06-01."
        ) from fault


def _instant(value: str, now: datetime) -> datetime:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        day = _day("known_at", value)
        if day == now.date():
            return now
        return datetime.combine(day, time.max, tzinfo=UTC)
    return _time("known_at", value)


def _time(name: str, value: str) -> datetime:
    remedy = "It takes a time with its offset, as 2026-06-01T12:00:00Z, or a day as 2026-06-01."
    # a "+" of the offset that was not escaped arrives as a blank
    text = re.sub(r" (\d{2}:?\d{2})$", r"+\1", value)
    try:
        found = datetime.fromisoformat(text)
    except ValueError as fault:
        raise BadParameter(name, f'{name} is "{value}".', remedy) from fault
    if found.tzinfo is None:
        raise BadParameter(name, f'{name} is "{value}", without an offset.', remedy)
    return found.astimezone(UTC)


async def moment(request: edge.AnyRequest, on: On = "", known_at: KnownAt = "") -> Moment:
    """Read ``on`` and ``known_at``; today and now if left out. Raises BadParameter."""
    now = edge.now(request)
    day = _day("on", on.strip()) if on.strip() else edge.today(request)
    known = _instant(known_at.strip(), now) if known_at.strip() else now
    if known > now + timedelta(seconds=1):
        raise BadParameter(
            "known_at",
            f'known_at is "{known_at}", which is still to come.',
            "The directory can only say what it knows by now; leave known_at out for that.",
        )
    return Moment(day, min(known, now))


def documented(schema: dict[str, Any]) -> dict[str, tuple[str, ...]]:
    """Query parameters by operation id, from the OpenAPI document itself."""
    return {
        operation["operationId"]: tuple(
            parameter["name"]
            for parameter in operation.get("parameters", ())
            if parameter["in"] == "query"
        )
        for path in schema["paths"].values()
        for operation in path.values()
        if isinstance(operation, dict) and "operationId" in operation
    }


async def only_known(request: edge.AnyRequest) -> None:
    """Refuse a query parameter that the operation does not have, or has twice.

    Runs before each handler of the API. Raises BadParameter naming it and the known ones.
    """
    handler: Any = request.route_handler
    known = request.app.state["documented"].get(handler.operation_id, ())
    seen: set[str] = set()
    for name, _ in request.query_params.multi_items():
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            remedy = f"Did you mean {near[0]}?" if near else ""
            if not remedy:
                remedy = f"It takes: {', '.join(known)}." if known else "It takes no parameters."
            raise BadParameter(name, f'There is no parameter "{name}" here.', remedy, known)
        if name in seen:
            raise BadParameter(name, f"{name} is given twice.", "Give it once.", known)
        seen.add(name)
