"""A small source for tests of the road: JSON in, drafts out, with all that a draft can hold."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.kit import (
    Accreditation,
    Draft,
    Event,
    Expect,
    Identifier,
    Line,
    List,
    Lookup,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Site,
    Source,
)
from services.terms import EventKind, LeavingMeans, Listed, Tier

START = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


def day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def draft(row: dict[str, Any]) -> Draft:
    acc = Accreditation(
        key="1",
        issuer=row.get("issuer", "TAB"),
        number=row.get("number", ""),
        field=row.get("field", ""),
        granted=day(row.get("granted")),
        expires=day(row.get("expires")),
        listed=Listed(row.get("listed", "active")),
        raw=row.get("listed", "active"),
        schedule_held=bool(row.get("lines")),
    )
    events = tuple(
        Event(
            key=f"{n}",
            accreditation="1",
            kind=EventKind(one["kind"]),
            on=day(one.get("on")),
            until=day(one.get("until")),
        )
        for n, one in enumerate(row.get("events", ()))
    )
    lines = tuple(
        Line(key=str(n), accreditation="1", object=one[0], method=one[1])
        for n, one in enumerate(row.get("lines", ()), 1)
    )
    return Draft(
        key=row["key"],
        kin=row.get("kin", ""),
        label=row.get("label", row["name"]),
        names=(Name(text=row["name"]),),
        identifiers=tuple(
            Identifier(namespace=space, value=value)
            for space, value in row.get("identifiers", {}).items()
        ),
        profile=Profile(country=row.get("country", "SG"), city=row.get("city", "")),
        sites=tuple(Site(key=str(n), **place) for n, place in enumerate(row.get("sites", ()), 1)),
        accreditations=(acc,),
        events=events,
        lines=lines,
    )


def parse(pages: Sequence[Page], _list: str) -> Reading:
    rows = [row for page in pages for row in json.loads(page.body)["rows"]]
    return Reading(drafts=tuple(draft(row) for row in rows), columns=("rows",))


def parse_with_columns(pages: Sequence[Page], name: str) -> Reading:
    """As :func:`parse`, with the columns that the first row has."""
    read = parse(pages, name)
    first = json.loads(pages[0].body)["rows"][0]
    return Reading(drafts=read.drafts, columns=tuple(first))


def mended(pages: Sequence[Page], name: str) -> Reading:
    """Reads "valid_until" as well, as pages of another shape have it, and names without blanks
    around them."""
    rows = [row for page in pages for row in json.loads(page.body)["rows"]]
    told = [
        {**row, "name": row["name"].strip(), "expires": row.get("expires") or row["valid_until"]}
        for row in rows
    ]
    return Reading(drafts=tuple(draft(row) for row in told), columns=("rows",))


def broken(_pages: Sequence[Page], _list: str) -> Reading:
    raise ZeroDivisionError("oh")


@dataclass(frozen=True)
class Says:
    """A reader that reads the same from whatever it is given."""

    reading: Reading

    def __call__(self, _pages: Sequence[Page], _list: str) -> Reading:
        return self.reading


def following(page: Page) -> Request | None:
    following = json.loads(page.body).get("next")
    return Request(url=following, page=page.page + 1) if following else None


def look_up(base: str, issuer: str, number: str) -> Request:
    return Request(url=f"{base}/{issuer}/{number}.json")


def read_look_up(page: Page, issuer: str, number: str) -> Reading:
    row = json.loads(page.body)
    if not row:
        return Reading(drafts=())
    return Reading(drafts=(draft({**row, "key": f"{issuer} {number}"}),))


def read_look_up_undashed(page: Page, issuer: str, number: str) -> Reading:
    """As :func:`read_look_up`, by a publisher that spells the number otherwise."""
    return read_look_up(page, issuer, number.replace("-", ""))


def source(key: str = "toy", **changed: Any) -> Source:
    given: dict[str, Any] = {
        "key": key,
        "title": "Toy list",
        "title_zh": "玩具名单",
        "publisher": "Test",
        "publisher_zh": "测试",
        "home": "https://toy.example/",
        "licence": "made for tests",
        "tier": Tier.AB_REGISTER,
        "authoritative_for": frozenset({"TAB"}),
        "lists": (List("list", Request(url="https://toy.example/list.json")),),
        "parse": parse,
        "leaving_means": LeavingMeans.NO_LONGER_LISTED,
        "expect": Expect(min_rows=1, max_drop=0.5),
        "every": timedelta(days=1),
        "rate": 1000.0,
    }
    return Source(**(given | changed))


def with_lookup(address: str, **changed: Any) -> Source:
    lookup = Lookup(address, frozenset({"TAB"}), look_up, read_look_up)
    return source(lookup=lookup, **changed)


def page(*rows: dict[str, Any], **more: Any) -> Page:
    body = json.dumps({"rows": rows, **more}, ensure_ascii=False).encode()
    return Page(url="https://toy.example/list.json", body=body, name="list.json")
