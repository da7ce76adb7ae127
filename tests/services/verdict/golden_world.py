"""Golden cases as facts in a database: what each case holds is published by looks of made sources,
each at the time at which the case says that it became known.

A check is a look of a source of its tier. Facts without a primary check by then are told by an
aggregator (tier 5), which proves nothing. What another source says is a look of its own.
"""

import json
import os
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from services import kit
from services.models import AccreditationLink, BodyLink, ReviewItem
from services.terms import EventKind, LeavingMeans, Listed, RunState, Tier
from services.verdict.views import ActivityAsked, Asked
from tests.services.store.build import World

OURS = Path(__file__).parents[1] / "validity" / "cases.json"
ISSUER = "TAB"
Case = Mapping[str, Any]

# A source states no such thing: the directory derives it from what its looks show, and the case
# gives the result to the decision. Looks that lead there are tested where they are merged.
DERIVED = ("last_seen", "ref", "source")


def cases() -> list[Case]:
    """Ours, and those of the file that the environment names, by a number of their own."""
    found = [{**case, "number": f"OWN{n:04}"} for n, case in enumerate(_read(OURS))]
    if path := os.environ.get("LABDIR_VALIDITY_CASES"):
        found += [{**case, "number": f"GIVEN{n:04}"} for n, case in enumerate(_read(Path(path)))]
    return [case for case in found if _publishable(case)]


def _read(path: Path) -> list[Case]:
    read: list[Case] = json.loads(path.read_text(encoding="utf-8"))
    return read


def _publishable(case: Case) -> bool:
    record = case["record"] or {}
    derived = any(event.get(name) for event in record.get("events") or () for name in DERIVED)
    undated = any(
        not event.get("on") and not event.get("window") for event in record.get("events") or ()
    )
    checks = [(one["at"], one["tier"], one.get("source")) for one in record.get("checks") or ()]
    # every look has its time of day; two of one voice without are for the decision alone
    twice = len(checks) != len(set(checks))
    return not derived and not undated and not twice and "stale_after_days" not in case


def question(case: Case) -> tuple[Asked, datetime]:
    """What is asked, and as known when: at the end of the day that the case names."""
    asked = case["question"]
    activity = asked.get("activity")
    names = ("object", "parameter", "method", "edition", "unit")
    said: Any = {name: activity.get(name) or "" for name in names} if activity else {}
    numbers: Any = {name: activity.get(name) for name in ("lo", "hi", "u")} if activity else {}
    return (
        Asked(
            number=case["number"],
            issuer=ISSUER,
            on=date.fromisoformat(asked["on"]),
            site=asked.get("site") or "",
            activity=ActivityAsked(**said, **numbers) if activity else None,
            ref=case["number"],
        ),
        _end_of(asked["known_at"]),
    )


def _end_of(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(23, 59), UTC)


def fill(world: World, all_cases: Iterable[Case]) -> None:
    for case in all_cases:
        if case["record"] is not None:
            _Telling(world, case).publish()


class _Telling:
    """One case on its way into the database."""

    def __init__(self, world: World, case: Case) -> None:
        self.world, self.case = world, case
        self.record: Case = case["record"]
        self.number: str = case["number"]
        self.sources: set[str] = set()

    def publish(self) -> None:
        told = {
            (at, said["tier"], said.get("own"), said.get("source")): (at, said)
            for at, said in [*self._window_looks(), *self._looks()]
        }
        looks = list(told.values())
        known_at = _end_of(self.case["question"]["known_at"])
        primary = [at for at, said in looks if said["ok"] and _decides(said)]
        if not any(at <= known_at for at in primary):
            first = min([at for at, _ in looks] + [known_at]) - timedelta(days=1)
            self._look(first, {"tier": 5, "status": "active", "ok": True})
        for at, said in sorted(looks, key=lambda look: look[0]):
            self._look(at, said)
        self._learned_later([at for at, _ in looks], looks)
        for other in self.record.get("other") or ():
            self._other(other)
        if self.record.get("resolved") is False:
            self._doubt()

    def _looks(self) -> list[tuple[datetime, Case]]:
        return [(_moment(one["at"]), one) for one in self.record.get("checks") or ()]

    def _window_looks(self) -> list[tuple[datetime, Case]]:
        """A change without a date is known by two looks: the last without and the first with it."""
        found: list[tuple[datetime, Case]] = []
        for event in self.record.get("events") or ():
            if event.get("window") and not event.get("on"):
                last_good, first_bad = event["window"]
                found.append((_moment(last_good), {"tier": 1, "status": "active", "ok": True}))
                found.append((_moment(first_bad), {"tier": 1, "status": "active", "ok": True}))
        return found

    def _look(self, at: datetime, said: Case, known_at: datetime | None = None) -> None:
        key = self._source(said["tier"], said.get("own", False), said.get("source") or "")
        if not said["ok"]:
            self.world.fails(key, at, RunState.FAILED)
            return
        known = known_at or at
        draft = self._draft(Listed(said["status"]), self._events(at, known), known)
        self.world.look(key, at, [draft], known_at=known)

    def _source(self, tier: int, own: bool, name: str) -> str:
        key = f"{self.number}-{tier}{'o' if own else ''}{name}".lower().replace(" ", "-")
        if key not in self.sources:
            self.sources.add(key)
            self.world.source(
                key,
                tier=Tier(tier),
                authoritative_for=[ISSUER] if own else [],
                leaving=LeavingMeans.NOTHING,
            )
        return key

    def _events(self, at: datetime, known: datetime) -> list[kit.Event]:
        told = []
        for event in self.record.get("events") or ():
            since = event.get("known_from")
            window = None if event.get("on") else event.get("window")
            if since and _moment(since) > known:
                continue
            if window and at < _moment(window[1]):
                continue
            told.append(_event(event))
        return told

    def _learned_later(self, times: list[datetime], looks: list[tuple[datetime, Case]]) -> None:
        """What became known without a look of that day: the last look, read again then."""
        facts = [*(self.record.get("events") or ()), *(self.record.get("lines") or ())]
        for since in sorted({one["known_from"] for one in facts if one.get("known_from")}):
            known = _moment(since)
            good = [(at, said) for at, said in looks if said["ok"] and at <= known]
            if good and not any(at == known for at in times):
                at, said = max(good, key=lambda look: look[0])
                self._look(at + timedelta(seconds=1), said, known_at=known)

    def _draft(self, listed: Listed, events: Iterable[kit.Event], known: datetime) -> kit.Draft:
        record = self.record
        lines = record.get("lines")
        if lines:
            told = [one for one in lines if _moment(one.get("known_from") or "2000-01-01") <= known]
            lines = told or None  # a schedule of which no line was known was not held
        sites = sorted({site for line in lines or () for site in line.get("sites") or ()})
        return kit.Draft(
            key=self.number,
            label=f"House {self.number}",
            where="line 1",
            names=(kit.Name(text=f"House {self.number}"),),
            profile=kit.Profile(country="CN"),
            sites=tuple(kit.Site(key=one, name=f"Site {one}", country="CN") for one in sites),
            accreditations=(
                kit.Accreditation(
                    key="acc",
                    issuer=ISSUER,
                    number=self.number,
                    granted=_day(record.get("granted")),
                    expires=_day(record.get("expires")),
                    listed=listed,
                    schedule_held=lines is not None,
                    raw=listed.value,
                ),
            ),
            events=tuple(events),
            lines=tuple(_line(one) for one in lines or ()),
        )

    def _other(self, other: Case) -> None:
        """An adverse word with a day in effect is an event; without one, a listing."""
        key, listed = self._source(other["tier"], False, "other"), Listed(other["status"])
        events = []
        if other.get("on") and listed is not Listed.ACTIVE:
            kind = EventKind(other["status"])
            day = date.fromisoformat(other["on"])
            events = [kit.Event(accreditation="acc", kind=kind, on=day, raw=listed.value)]
            listed = Listed.ACTIVE if other["tier"] <= 2 else listed
        draft = kit.Draft(
            key=self.number,
            label=f"House {self.number}",
            where="line 2",
            names=(kit.Name(text=f"House {self.number}"),),
            profile=kit.Profile(country="CN"),
            accreditations=(
                kit.Accreditation(
                    key="acc", issuer=ISSUER, number=self.number, listed=listed, raw=other["status"]
                ),
            ),
            events=tuple(events),
        )
        self.world.look(key, _moment(other["at"]), [draft])

    def _doubt(self) -> None:
        """It is open whom the record speaks of: a review that nobody has decided."""
        conn = self.world.conn
        row = conn.execute(
            sa.select(AccreditationLink.record_id, BodyLink.body_id, AccreditationLink.run_id)
            .join(BodyLink, BodyLink.record_id == AccreditationLink.record_id)
            .order_by(AccreditationLink.id.desc())
            .limit(1)
        ).one()
        conn.execute(
            sa.insert(ReviewItem).values(
                kind="holder",
                run_id=row.run_id,
                record_id=row.record_id,
                body_id=row.body_id,
                reason="made",
                evidence={},
                asked_at=datetime(2000, 1, 1, tzinfo=UTC),
            )
        )
        conn.commit()


def _decides(said: Case) -> bool:
    return bool(said["tier"] <= 2 or said.get("own"))


def _event(event: Case) -> kit.Event:
    kind = EventKind(event["type"])
    day = _day(event.get("on"))
    extended = kind is EventKind.EXTENDED_TO
    return kit.Event(
        accreditation="acc",
        kind=kind,
        on=None if extended else day,
        until=_day(event.get("until")),
        expires=day if extended else _day(event.get("expires")),
        lines=tuple(event.get("lines") or ()),
        sites=tuple(event.get("sites") or ()),
        raw=kind.value,
    )


def _line(line: Case) -> kit.Line:
    def number(name: str) -> Decimal | None:
        return None if line.get(name) is None else Decimal(str(line[name]))

    method, edition = line.get("method") or "", line.get("edition")
    return kit.Line(
        accreditation="acc",
        key=line["id"],
        object=line.get("object") or "",
        parameter=line.get("parameter") or "",
        method=f"{method}:{edition}" if edition else method,
        lo=number("lo"),
        hi=number("hi"),
        unit=line.get("unit") or "",
        cmc=number("cmc"),
        flexible=bool(line.get("flex")),
        sites=tuple(line.get("sites") or ()),
        valid_from=_day(line.get("from")),
        valid_to=date.fromisoformat(line["to"]) + timedelta(days=1) if line.get("to") else None,
    )


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


def _moment(text: str) -> datetime:
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), time(6), UTC)
    read = datetime.fromisoformat(text)
    return read if read.tzinfo else read.replace(tzinfo=UTC)
