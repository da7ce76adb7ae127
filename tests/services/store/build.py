"""A directory for tests, built through the real publishing transaction from a few drafts.

Every look is a run of a list at a time of the test's choosing; nothing is fetched.
"""

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import kit
from services.models import BodyLink, BodyMerge, Payload, Run, RunPayload, SourceList, SourceRow
from services.sync.ledger import Claim
from services.sync.publish import Outcome, publish
from services.terms import (
    AccreditationKind,
    BodyKind,
    EventKind,
    EvidenceLevel,
    LeavingMeans,
    Listed,
    RunState,
    Tier,
)


def at(day: str, hour: int = 6) -> datetime:
    return datetime.fromisoformat(day).replace(hour=hour, tzinfo=UTC)


def on(day: str) -> date:
    return date.fromisoformat(day)


@dataclass(slots=True)
class World:
    """``today``: the day for which projections are judged when a look publishes."""

    conn: Connection
    today: date = date(2026, 6, 1)
    lists: dict[tuple[str, str], int] = field(default_factory=dict)

    def source(
        self,
        key: str,
        *,
        tier: Tier = Tier.AB_REGISTER,
        authoritative_for: Sequence[str] = (),
        leaving: LeavingMeans = LeavingMeans.NO_LONGER_LISTED,
        lists: Sequence[str] = ("main",),
        **meta: Any,
    ) -> None:
        said = {
            "title": f"Source {key}",
            "title_zh": f"来源 {key}",
            "publisher": "A made publisher",
            "publisher_zh": "虚构发布者",
            "home": "https://example.org/",
            "licence": "made",
            "country": "",
            "tier": int(tier),
            "authoritative_for": list(authoritative_for),
            "leaving_means": leaving.value,
            "every_seconds": 7 * 86400,
            "has_lookup": "lookup" in lists,
            "lookup_issuers": list(authoritative_for) if "lookup" in lists else [],
            "made": False,
            "about_testing_bodies": True,
            "addresses": {name: f"https://example.org/{key}/{name}" for name in lists},
        } | meta
        self.conn.execute(
            sa.insert(SourceRow).values(
                key=key, enabled=True, tier=int(tier), made=bool(said["made"]), meta=said
            )
        )
        for name in lists:
            self.lists[key, name] = self.conn.execute(
                sa.insert(SourceList)
                .values(source_key=key, name=name, enabled=True)
                .returning(SourceList.id)
            ).scalar_one()

    def look(
        self,
        key: str,
        when: datetime,
        drafts: Sequence[kit.Draft],
        *,
        name: str = "main",
        record_key: str = "",
        known_at: datetime | None = None,
    ) -> Outcome:
        """One run that read these drafts: published, or unchanged where they say nothing new."""
        list_id = self.lists[key, name]
        run_id = self._run(list_id, when, known_at or when, record_key)
        claim = Claim(run_id, 1, list_id, key, name, record_key, 1)
        reading = kit.Reading(drafts=tuple(drafts))
        outcome = publish(self.conn, claim, reading, known_at=known_at or when, today=self.today)
        state = RunState.UNCHANGED if outcome.nothing else RunState.PUBLISHED
        self.conn.execute(
            sa.update(Run)
            .where(Run.id == run_id)
            .values(state=state, counts=outcome.counts(), shape={"rows": len(drafts)})
        )
        self.conn.execute(
            sa.update(SourceList)
            .where(SourceList.id == list_id)
            .values(complete_run_id=run_id, good_run_id=run_id)
        )
        self.conn.commit()  # a publish is a transaction of its own
        return outcome

    def merge(self, gone: int, stays: int, when: datetime) -> None:
        """As a steward's merge does it: links are closed and opened, no fact is touched, and the
        id that is no longer used leads on."""
        old = self.conn.execute(
            sa.select(BodyLink.record_id, BodyLink.run_id).where(
                BodyLink.body_id == gone, sa.func.upper_inf(BodyLink.known)
            )
        ).all()
        self.conn.execute(
            sa.update(BodyLink)
            .where(BodyLink.body_id == gone, sa.func.upper_inf(BodyLink.known))
            .values(known=sa.func.tstzrange(sa.func.lower(BodyLink.known), when))
        )
        opened = sa.insert(BodyLink).values(
            body_id=stays, rule="steward", known=sa.func.tstzrange(when, None)
        )
        self.conn.execute(opened, [{"record_id": r.record_id, "run_id": r.run_id} for r in old])
        self.conn.execute(
            sa.insert(BodyMerge).values(
                body_id=gone, into_id=stays, because="the same", run_id=old[0].run_id,
                known=sa.func.tstzrange(when, None),
            )
        )  # fmt: skip
        self.conn.commit()

    def fails(self, key: str, when: datetime, state: RunState, name: str = "main") -> None:
        """A run that brought nothing: refused or failed."""
        run_id = self._run(self.lists[key, name], when, when, "")
        self.conn.execute(
            sa.update(Run).where(Run.id == run_id).values(state=state, reasons=["made to fail"])
        )

    def _run(self, list_id: int, when: datetime, known_at: datetime, record_key: str) -> int:
        body = f"bytes of list {list_id} at {when}".encode()
        sha256 = hashlib.sha256(body).digest()
        run_id = self.conn.execute(
            sa.insert(Run)
            .values(
                list_id=list_id,
                record_key=record_key,
                state=RunState.RUNNING,
                asked_by="test",
                asked_at=when,
                started_at=when,
                finished_at=when,
                as_of=when,
                known_at=known_at,
                recorded=known_at != when,
                parser_version=3,
            )
            .returning(Run.id)
        ).scalar_one()
        self.conn.execute(
            sa.insert(Payload).values(
                sha256=sha256, size=len(body), body=zlib.compress(body), kept_at=when
            )
        )
        address = f"https://example.org/list/{list_id}"
        self.conn.execute(
            sa.insert(RunPayload).values(
                run_id=run_id, page=1, sha256=sha256, url="http://127.0.0.1/x",
                publisher_url=address, name="", content_type="", charset="", headers={},
                fetched_at=when,
            )
        )  # fmt: skip
        return int(run_id)


def lab(
    number: str = "L90417",
    *,
    name: str = "Harbour Battery Testing Co., Ltd.",
    name_zh: str = "海港电池检测有限公司",
    country: str = "CN",
    city: str = "Shenzhen",
    issuer: str = "CNAS",
    events: Sequence[kit.Event] = (),
    lines: Sequence[kit.Line] = (),
    key: str = "",
    **more: Any,
) -> kit.Draft:
    """A testing laboratory as a register prints it. ``more``: fields of the accreditation, or of
    the draft where it has them."""
    draft = {k: more.pop(k) for k in list(more) if k in kit.Draft.__struct_fields__}
    said: dict[str, Any] = {
        "granted": on("2022-01-10"),
        "expires": on("2028-01-09"),
        "standard": "ISO/IEC 17025:2017",
        "kind": AccreditationKind.ACCREDITATION,
        "body_kind": BodyKind.TESTING,
        "schedule_held": bool(lines),
    } | more
    names = (kit.Name(text=name),) + ((kit.Name(text=name_zh, lang="zh-Hans"),) if name_zh else ())
    return kit.Draft(
        key=key or f"{issuer} {number}",
        label=name,
        where="line 7",
        names=names,
        profile=kit.Profile(country=country, city=city),
        accreditations=(
            kit.Accreditation(key="acc", issuer=issuer, number=number, raw="In force", **said),
        ),
        events=tuple(events),
        lines=tuple(lines),
        **draft,
    )


def line(key: str, object_: str, method: str, **more: Any) -> kit.Line:
    return kit.Line(accreditation="acc", key=key, object=object_, method=method, **more)


def suspension(first: str | None, until: str | None = None, **more: Any) -> kit.Event:
    return kit.Event(
        accreditation="acc",
        kind=EventKind.SUSPENDED,
        on=on(first) if first else None,
        until=on(until) if until else None,
        raw="Suspended",
        **more,
    )


__all__ = ["EvidenceLevel", "Listed", "World", "at", "lab", "line", "on", "suspension"]
