"""Publishing: one transaction from drafts to statements, links, sightings, changes and the log.

Either all of a run is visible or nothing. Same content publishes nothing; a record whose content
is unchanged writes nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import Refused
from services.evidence import log
from services.kit import Draft, Reading
from services.store.project import project
from services.sync import faults
from services.sync.ledger import Claim
from services.sync.link import link_accreditations, link_bodies, relink_corrected
from services.sync.match import corrected
from services.sync.reask import ask_again
from services.sync.rehold import rehold
from services.sync.spool import Head, Spooled, spooled
from services.sync.stage import stage_all, write_facts
from services.sync.tell import tell_changes
from services.watch.wake import tell

# One run publishes at a time: matching must see what the run before it made, or two lists that
# name a new body at the same moment would make it twice. Readers are never held up.
LOCK = 7_301_954_003


@dataclass(slots=True)
class Outcome:
    """What a publish changed, in records of its list, and where it stands in the log.

    ``unread``: records that stood in the list and could not be read this time.
    """

    added: int = 0
    altered: int = 0
    left: int = 0
    back: int = 0
    changes: int = 0
    position: int | None = None
    unread: list[int] = field(default_factory=list)

    def counts(self) -> dict[str, int]:
        return {
            "added": self.added,
            "altered": self.altered,
            "left": self.left,
            "back": self.back,
            "changes": self.changes,
        }

    @property
    def nothing(self) -> bool:
        return not (self.added or self.altered or self.left or self.back)


@dataclass(slots=True)
class _Held:
    """A record of this list as the database has it. ``content`` None: not sighted at the moment."""

    id: int
    content: bytes | None
    kin: str
    label: str


@dataclass(slots=True)
class _Plan:
    """Which draft is which record, and what became of each. Only what is news is loaded."""

    heads: dict[int, Head] = field(default_factory=dict)  # new, altered and returned ones
    records: dict[int, Draft] = field(default_factory=dict)  # the same, without their lines
    fresh: list[Head] = field(default_factory=list)
    altered: list[int] = field(default_factory=list)
    back: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    unread: list[int] = field(default_factory=list)


def take_turn(conn: Connection) -> None:
    """Wait until no other run publishes. Whoever names the time of knowledge does so afterwards:
    one named before a long wait would put facts into a past that was already asked about."""
    conn.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})


def publish(
    conn: Connection,
    held: Claim,
    reading: Reading,
    *,
    known_at: datetime,
    today: date,
) -> Outcome:
    """Write what this reading says. The caller's transaction commits it.

    Raises Refused where the drafts contradict themselves. ``today`` is the day for which current
    answers (projections) are judged.
    """
    take_turn(conn)
    told = spooled(reading)
    plan = _compare(conn, held, told)
    outcome = Outcome(len(plan.fresh), len(plan.altered), len(plan.left), len(plan.back))
    outcome.unread = plan.unread
    if outcome.nothing:
        return outcome
    made = _make_records(conn, held, plan)
    plan.records = {record_id: told.core(head) for record_id, head in plan.heads.items()}
    _rename(conn, held, plan)
    altered = {record_id: plan.records[record_id] for record_id in plan.altered}
    left_behind, unlike = rehold(conn, held.run_id, held.source_key, altered, known_at)
    alike = {record_id: d for record_id, d in altered.items() if record_id not in unlike}
    left_behind += relink_corrected(conn, held.run_id, held.source_key, alike, known_at)
    link_bodies(conn, held.run_id, held.source_key, plan.records, known_at)
    link_accreditations(conn, held.run_id, plan.records, known_at)
    faults.reach("matched")
    parts, said = stage_all(
        conn, plan.records, lambda i: told.lines(plan.heads[i]), made, held.run_id, known_at
    )
    if said:
        raise Refused(said)
    for part in parts:
        write_facts(conn, part, held.run_id, known_at)
    _sight(conn, held, plan)
    ask_again(conn, held.run_id, plan.records, known_at)
    outcome.changes = tell_changes(conn, held.run_id, parts, plan.left, plan.back)
    faults.reach("stated")
    project(conn, _touched(conn, plan) + left_behind, log.next_position(conn), today)
    outcome.position = log.append(conn, held.run_id, known_at)
    tell(conn, outcome.position)
    faults.reach("logged")
    return outcome


def _compare(conn: Connection, held: Claim, reading: Spooled) -> _Plan:
    """Tell new, altered, returned and departed records apart, by key and then by kin."""
    there, drafts = _records(conn, held), reading.heads
    unread = {there[key].id for key in reading.unread if key in there}
    plan, seen = _Plan(), set[int]()
    unmatched: list[Head] = []
    pairs: list[tuple[_Held, Head]] = []
    takers = _takers(there, drafts)
    for draft in drafts:
        one = there.get(draft.key)
        if one is None:
            unmatched.append(draft)
        elif takers[one.id] is not draft:
            plan.fresh.append(draft)  # both spellings stand there now: they are two after all
        else:
            pairs.append((one, draft))
            seen.add(one.id)
    sighted = {one.id: one for one in there.values() if one.content is not None}
    standing = seen | unread
    gone = [(one.id, one.kin, one.label) for one in sighted.values() if one.id not in standing]
    respelt = corrected(unmatched, gone)
    for draft in unmatched:
        if draft.key in respelt:
            pairs.append((sighted[respelt[draft.key]], draft))
            seen.add(respelt[draft.key])
        else:
            plan.fresh.append(draft)
    for one, draft in pairs:
        if one.content == draft.content:
            continue
        (plan.back if one.content is None else plan.altered).append(one.id)
        plan.heads[one.id] = draft
    plan.unread = [record_id for record_id in sighted if record_id in unread - seen]
    plan.left = [record_id for record_id in sighted if record_id not in seen | unread]
    return plan


def _takers(there: Mapping[str, _Held], drafts: Sequence[Head]) -> dict[int, Head]:
    """Record → the draft that goes on with it. Where several keys of one record stand in the list
    at once, it is the one that says what the record said, then the one spelt as it was."""
    several: dict[int, list[Head]] = {}
    for draft in drafts:
        if one := there.get(draft.key):
            several.setdefault(one.id, []).append(draft)
    held = {one.id: one for one in there.values()}

    def differs(record_id: int, draft: Head) -> tuple[bool, bool]:
        one = held[record_id]
        return one.content != draft.content, one.label != draft.label

    return {
        record_id: one_of[0]
        if len(one_of) == 1
        else min(one_of, key=lambda draft: differs(record_id, draft))
        for record_id, one_of in several.items()
    }


def _records(conn: Connection, held: Claim) -> dict[str, _Held]:
    """This list's records by every key they ever had; for a look-up only the one asked about."""
    query = (
        sa.select(
            m.RecordKey.key, m.Record.id, m.Record.kin, m.Record.label, m.Sighting.content_hash
        )
        .join(m.Record, m.Record.id == m.RecordKey.record_id)
        .outerjoin(
            m.Sighting,
            sa.and_(m.Sighting.record_id == m.Record.id, m.Sighting.end_run_id.is_(None)),
        )
        .where(m.RecordKey.list_id == held.list_id)
    )
    if held.record_key:
        query = query.where(m.RecordKey.key == held.record_key)
    return {
        row.key: _Held(row.id, row.content_hash, row.kin, row.label) for row in conn.execute(query)
    }


def _make_records(conn: Connection, held: Claim, plan: _Plan) -> set[int]:
    """Rows for the new records; returns their ids."""
    if not plan.fresh:
        return set()
    rows = [{"key": d.key, "kin": d.kin, "label": d.label, "place": d.where} for d in plan.fresh]
    made = conn.execute(
        sa.insert(m.Record)
        .values(list_id=held.list_id, run_id=held.run_id)
        .returning(m.Record.id, sort_by_parameter_order=True),
        rows,
    ).scalars()
    fresh = dict(zip(made, plan.fresh, strict=True))
    plan.heads |= fresh
    keys = [
        {"list_id": held.list_id, "key": draft.key, "record_id": record_id}
        for record_id, draft in fresh.items()
    ]
    put = insert(m.RecordKey)
    # a key that was another spelling of a record is this one's from now on
    taken = put.on_conflict_do_update(
        index_elements=["list_id", "key"], set_={"record_id": put.excluded.record_id}
    )
    conn.execute(taken, keys)
    return set(fresh)


def _rename(conn: Connection, held: Claim, plan: _Plan) -> None:
    """A corrected spelling is one more key of the same record; the newest label counts."""
    changed = [
        {"b_id": i, "label": plan.heads[i].label, "place": plan.heads[i].where}
        for i in plan.altered + plan.back
    ]
    if not changed:
        return
    conn.execute(
        sa.update(m.Record)
        .where(m.Record.id == sa.bindparam("b_id"))
        .values(label=sa.bindparam("label"), place=sa.bindparam("place")),
        changed,
    )
    keys = [
        {"list_id": held.list_id, "key": plan.heads[i].key, "record_id": i}
        for i in plan.altered + plan.back
    ]
    conn.execute(insert(m.RecordKey).on_conflict_do_nothing(), keys)


def _sight(conn: Connection, held: Claim, plan: _Plan) -> None:
    """End the sightings of altered and departed records; begin those of new and altered ones."""
    ended = plan.altered + plan.left
    if ended:
        conn.execute(
            sa.update(m.Sighting)
            .where(
                m.Sighting.end_run_id.is_(None),
                m.Sighting.record_id == sa.func.any(sa.literal(ended, sa.ARRAY(sa.BigInteger))),
            )
            .values(end_run_id=held.run_id)
        )
    begun = [
        {
            "record_id": record_id,
            "content_hash": head.content,
            "first_run_id": held.run_id,
            "place": head.where,
        }
        for record_id, head in plan.heads.items()
    ]
    if begun:
        conn.execute(sa.insert(m.Sighting), begun)


def _touched(conn: Connection, plan: _Plan) -> list[int]:
    """Bodies whose current answers this run may have changed."""
    ids = list(plan.records) + plan.left
    rows = conn.execute(
        sa.select(m.BodyLink.body_id)
        .where(
            m.BodyLink.record_id == sa.func.any(sa.literal(ids, sa.ARRAY(sa.BigInteger))),
            sa.func.upper_inf(m.BodyLink.known),
        )
        .distinct()
    )
    return sorted(rows.scalars())
