"""What a dossier's answer rests on: records, bytes, the log, and what people decided."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import NotFound
from services.evidence.dossier_views import (
    ChangeRef,
    DecisionRef,
    KeptRef,
    LeafRef,
    LogState,
    LookRef,
    RecordRef,
)
from services.find.proof import Proofs
from services.store.facts import BodyHeld, Held, of_ids
from services.store.looks import Look, RecordSeen
from services.store.merge import Said


def statements(body: BodyHeld) -> list[Said]:
    """Every statement but scope lines: what is said, and what was said of accreditations."""
    says = [*body.names, *body.identifiers, *body.profiles, *body.sites, *body.presences]
    says += [*body.credentials, *body.relations]
    for acc in body.accreditations:
        says += [*acc.history, *(said for event in acc.events for said in event.said)]
    return says


@dataclass(slots=True)
class Cited:
    """The statements that a dossier cites. Of lines one for all that one run read from a record
    stands here, with how many they are: the bytes are the same."""

    says: list[Said]
    lines: dict[tuple[int, int], int] = field(default_factory=dict)

    def line(self, said: Said) -> None:
        key = (said.record.id, said.row.run_id)
        if key not in self.lines:
            self.says.append(said)
            self.lines[key] = 0
        self.lines[key] += 1

    def count(self, said: Said) -> int:
        if said.table != m.ScopeLine.__tablename__:
            return 1
        return self.lines[said.record.id, said.row.run_id]


def kept(cited: Cited, proofs: Proofs) -> tuple[KeptRef, ...]:
    """The bytes that statements were read from, each page of a run once, in the order of runs."""
    counts, shown = Counter[tuple[int, int]](), dict[tuple[int, int], KeptRef]()
    once = {(said.table, said.row.id): said for said in cited.says}
    for said in once.values():
        run, source = proofs.page(said), said.record.source
        place = (run.id, run.page or 0)
        counts[place] += cited.count(said)
        shown.setdefault(
            place,
            KeptRef(
                run=run.id,
                page=run.page or 0,
                source=source.key,
                list=said.record.list_name,
                tier=source.tier,
                url=run.publisher_url or run.url or "",
                fetched_at=_utc(run.as_of),
                recorded=run.recorded,
                known_at=_utc(run.known_at),
                sha256=bytes(run.sha256).hex() if run.sha256 else "",
                size=run.size or 0,
                parser_version=run.parser_version,
                statements=0,
            ),
        )
    return tuple(
        msgspec.structs.replace(shown[place], statements=counts[place]) for place in sorted(shown)
    )


def records(conn: Connection, body: BodyHeld, held: Held) -> tuple[RecordRef, ...]:
    """The records that speak of the body, with why they are held to, and the looks at them."""
    link = m.BodyLink
    rules: dict[int, Any] = {
        row.record_id: row
        for row in conn.execute(
            sa.select(link.record_id, link.rule, sa.func.lower(link.known).label("at")).where(
                of_ids(link.record_id, [record.id for record in body.records]),
                link.known.contains(held.known_at),
            )
        )
    }
    looks = {record.id: _looks(record) for record in body.records}
    left = {record.id: record.gone for record in body.records}
    ends = [one for found in looks.values() for one in (found[:1] + found[-1:])]
    content = _contents(conn, [*ends, *(one for one in left.values() if one)])

    def ref(look: Look | None) -> LookRef | None:
        if look is None:
            return None
        times = {"as_of": look.as_of, "known_at": look.known_at}
        return LookRef(run=look.run_id, content=content.get(look.run_id, ""), **times)

    return tuple(
        RecordRef(
            id=record.id,
            source=record.source.key,
            list=record.list_name,
            key=record.key,
            rule=rules[record.id].rule,
            linked_at=_utc(rules[record.id].at),
            looks=len(looks[record.id]),
            first=ref(looks[record.id][0] if looks[record.id] else None),
            last=ref(looks[record.id][-1] if looks[record.id] else None),
            left=ref(left[record.id]),
        )
        for record in body.records
    )


def _looks(record: RecordSeen) -> list[Look]:
    return [look for stand in record.stands for look in stand.looks]


def _contents(conn: Connection, looks: Iterable[Look]) -> dict[int, str]:
    ids = sorted({look.run_id for look in looks})
    rows = conn.execute(sa.select(m.Run.id, m.Run.content_hash).where(of_ids(m.Run.id, ids)))
    return {row.id: bytes(row.content_hash).hex() for row in rows if row.content_hash}


def log_at(conn: Connection, known_at: datetime) -> LogState:
    """The log as of ``known_at``: later leaves are none of the dossier's. Raises NotFound before
    the first publish."""
    leaf = m.LogLeaf
    newest = sa.select(leaf.position, leaf.tree_root).where(leaf.known_at <= known_at)
    row = conn.execute(newest.order_by(leaf.position.desc()).limit(1)).one_or_none()
    if row is None:
        day = known_at.date().isoformat()
        raise NotFound(f"Nothing was known on {day}.", "Ask for a later day.")
    root = bytes(row.tree_root).hex()
    return LogState(position=row.position, tree_size=row.position + 1, tree_root=root)


def changes(
    conn: Connection, body: BodyHeld, held: Held, position: int
) -> tuple[tuple[LeafRef, ...], tuple[ChangeRef, ...]]:
    """Change rows about the body or its records up to a position of the log, with their leaves."""
    change, leaf = m.Change, m.LogLeaf
    mine = [record.id for record in body.records]
    # change rows are indexed by the body that they were told of, then perhaps another one
    bodies = sa.select(m.BodyLink.body_id).where(of_ids(m.BodyLink.record_id, mine))
    rows = conn.execute(
        sa.select(change.__table__, leaf.position)
        .join(leaf, leaf.run_id == change.run_id)
        .where(
            sa.or_(
                change.body_id == body.id,
                sa.and_(change.body_id.in_(bodies), of_ids(change.record_id, mine)),
            ),
            leaf.position <= position,
            leaf.known_at <= held.known_at,
        )
        .order_by(leaf.position, change.row)
    ).all()
    positions = sorted({row.position for row in rows})
    leaves = conn.execute(
        sa.select(leaf.__table__).where(of_ids(leaf.position, positions)).order_by(leaf.position)
    )
    return tuple(_leaf(row) for row in leaves), tuple(_change(row) for row in rows)


def _leaf(row: Any) -> LeafRef:
    return LeafRef(
        position=row.position,
        run=row.run_id,
        rows=row.rows,
        root=bytes(row.root).hex(),
        leaf_hash=bytes(row.leaf_hash).hex(),
        known_at=_utc(row.known_at),
    )


def _change(row: Any) -> ChangeRef:
    return ChangeRef(
        position=row.position,
        row=row.row,
        kind=row.kind,
        what=row.what,
        key=row.key,
        record=row.record_id,
        accreditation=f"a{row.accreditation_id}" if row.accreditation_id else None,
        before=row.before,
        after=row.after,
        fact_hash=bytes(row.fact_hash).hex() if row.fact_hash else "",
        repeats=row.repeats,
    )


def decisions(conn: Connection, body: BodyHeld, held: Held) -> tuple[DecisionRef, ...]:
    """What people were asked and decided about these records by then. How a doubt was settled has
    no date of its own and is seen in ``records``; who decided is nobody's to read here."""
    mine = [record.id for record in body.records]
    runs = {look.run_id for record in body.records for look in _looks(record)}
    refused = sa.alias(m.Run.__table__, "refused")
    accepted = conn.execute(
        sa.select(
            *(m.Run.id, m.Run.known_at, m.Run.accepts_run_id, m.Run.because),
            refused.c.reasons,
        )
        .join(refused, refused.c.id == m.Run.accepts_run_id)
        .where(of_ids(m.Run.id, sorted(runs)), m.Run.accepts_run_id.is_not(None))
    )
    found = [
        DecisionRef(
            kind="run_accepted",
            at=_utc(row.known_at),
            run=row.id,
            refused_run=row.accepts_run_id,
            record=None,
            because=row.because,
            reasons=tuple(row.reasons),
            evidence={},
        )
        for row in accepted
    ]
    item = m.ReviewItem
    asked = conn.execute(
        sa.select(item.__table__)
        .where(
            sa.or_(of_ids(item.record_id, mine), item.body_id == body.id),
            item.asked_at <= held.known_at,
        )
        .order_by(item.id)
    )
    found += [
        DecisionRef(
            kind=row.kind,
            at=_utc(row.asked_at),
            run=row.run_id,
            refused_run=None,
            record=row.record_id,
            because=row.reason,
            reasons=(),
            evidence=row.evidence,
        )
        for row in asked
    ]
    return tuple(sorted(found, key=lambda one: (one.at, one.run, one.record or 0, one.kind)))


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC)
