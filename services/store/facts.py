"""Everything the directory held of some bodies at some moment, in a fixed number of queries.

    bodies → records (links known then) → statements (known then) → accreditations, merged

Nothing learned after ``known_at`` is read: links, statements, sightings and runs are all cut there.
Statements of different records stand side by side; what several records say of one accreditation
is merged in :mod:`services.store.merge`, the decision is made in :mod:`services.validity`.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.db import named_rows
from services.store.looks import RecordSeen, SourceSeen, load_records, load_sources
from services.store.merge import (
    AccreditationHeld,
    AccreditationSaid,
    Said,
    merge_accreditation,
)
from services.store.rulings import load_rulings
from services.terms import EventKind


@dataclass(slots=True)
class BodyHeld:
    """One body with every statement about it that stands at the moment asked.

    ``merged_into``: where its id led then.
    """

    id: int
    merged_into: int | None
    records: list[RecordSeen] = field(default_factory=list)
    names: list[Said] = field(default_factory=list)
    identifiers: list[Said] = field(default_factory=list)
    profiles: list[Said] = field(default_factory=list)
    sites: list[Said] = field(default_factory=list)
    presences: list[Said] = field(default_factory=list)
    credentials: list[Said] = field(default_factory=list)
    relations: list[Said] = field(default_factory=list)
    ownerships: list[Said] = field(default_factory=list)
    cooperations: list[Said] = field(default_factory=list)
    acceptances: list[Said] = field(default_factory=list)
    projects: list[Said] = field(default_factory=list)
    accompaniments: list[Said] = field(default_factory=list)
    expertise: list[Said] = field(default_factory=list)
    offers: list[Said] = field(default_factory=list)
    accreditations: list[AccreditationHeld] = field(default_factory=list)

    @property
    def about_bodies(self) -> bool:
        """False where only sources speak that are not about testing bodies."""
        return any(record.source.about_bodies for record in self.records)

    @property
    def made(self) -> bool:
        return any(record.source.made for record in self.records)


@dataclass(frozen=True, slots=True)
class Held:
    """What :func:`load` found: bodies and records by id, all sources by key."""

    on: date
    known_at: datetime
    sources: dict[str, SourceSeen]
    bodies: dict[int, BodyHeld]
    records: dict[int, RecordSeen]

    def sources_behind(self) -> list[SourceSeen]:
        keys = {record.source.key for record in self.records.values()}
        return [self.sources[key] for key in sorted(keys)]


PARTS: tuple[tuple[str, type[m.Statement]], ...] = (
    ("names", m.Name),
    ("identifiers", m.Identifier),
    ("profiles", m.Profile),
    ("sites", m.Site),
    ("presences", m.Presence),
    ("credentials", m.Credential),
    ("relations", m.Relation),
)
# what few bodies have and few questions ask for: read where it is named
ABROAD: tuple[tuple[str, type[m.Statement]], ...] = (
    ("ownerships", m.Ownership),
    ("cooperations", m.Cooperation),
    ("acceptances", m.Acceptance),
    ("projects", m.Project),
    ("accompaniments", m.Accompaniment),
    ("expertise", m.Expertise),
    ("offers", m.Offer),
)
_ALL = frozenset(name for name, _ in PARTS)


def load(
    conn: Connection,
    body_ids: Collection[int],
    *,
    on: date,
    known_at: datetime,
    parts: Collection[str] = _ALL,
) -> Held:
    """All that was known of these bodies at ``known_at``, for a question about day ``on``.

    ``parts``: which statements besides accreditations are wanted (names of BodyHeld's lists);
    those of ABROAD only where they are named.
    Bodies that do not exist are missing from the answer. At most 10 queries and one a part,
    however many bodies.
    """
    sources = load_sources(conn, at=known_at)
    bodies = _load_bodies(conn, body_ids, known_at)
    records = load_records(conn, sources, list(bodies), known_at) if bodies else {}
    for record in records.values():
        bodies[record.body_id].records.append(record)
    if records:
        for name, model in (*PARTS, *ABROAD):
            if name in parts:
                for said in load_part(conn, model, records, known_at):
                    getattr(bodies[said.record.body_id], name).append(said)
        _load_accreditations(conn, bodies, records, on, known_at)
    return Held(on, known_at, sources, bodies, records)


def _load_bodies(
    conn: Connection, body_ids: Collection[int], known_at: datetime
) -> dict[int, BodyHeld]:
    merge = m.BodyMerge
    then = sa.and_(merge.body_id == m.Body.id, merge.known.contains(known_at))
    rows = conn.execute(
        sa.select(m.Body.id, merge.into_id)
        .outerjoin(merge, then)
        .where(of_ids(m.Body.id, body_ids))
    ).all()
    return {row.id: BodyHeld(row.id, row.into_id) for row in rows}


def of_ids(column: Any, ids: Iterable[int]) -> sa.ColumnElement[bool]:
    """``column = any(ids)``: one array parameter, so that the statement and its plan stay."""
    return sa.type_coerce(
        column == sa.any_(sa.literal(list(ids), sa.ARRAY(sa.BigInteger))), sa.Boolean()
    )


def load_part(
    conn: Connection, model: type[m.Statement], records: dict[int, RecordSeen], known_at: datetime
) -> list[Said]:
    """What these records said then in one table of statements: one query."""
    table: Any = model.__table__  # type: ignore[attr-defined]
    rows = named_rows(
        conn.execute(
            sa.select(table)
            .where(of_ids(table.c.record_id, records), table.c.known.contains(known_at))
            .order_by(table.c.id)
        )
    )
    return [Said(records[row.record_id], table.name, row) for row in rows]


def _load_accreditations(
    conn: Connection,
    bodies: dict[int, BodyHeld],
    records: dict[int, RecordSeen],
    on: date,
    known_at: datetime,
) -> None:
    for said in accreditations_said(conn, records, known_at):
        bodies[said.body_id].accreditations.append(merge_accreditation(said, on, known_at))
    for body in bodies.values():
        body.accreditations.sort(key=lambda acc: (acc.issuer, acc.number, acc.field, acc.id))


def accreditations_said(
    conn: Connection, records: dict[int, RecordSeen], known_at: datetime
) -> list[AccreditationSaid]:
    """Everything that these records say of accreditations, as known then: statements (also those
    since replaced: they are what earlier checks showed), links, events, how many lines each record
    holds and since when, and stewards' rulings, in five queries."""
    links = _load_links(conn, records, known_at)
    statement: Any = m.AccreditationStatement.__table__
    stated: dict[tuple[int, int], list[Said]] = {}
    rows = named_rows(
        conn.execute(
            sa.select(statement)
            .where(
                of_ids(statement.c.record_id, records),
                sa.func.lower(statement.c.known) <= known_at,
            )
            .order_by(statement.c.id)
        )
    )
    for row in rows:
        if (link := links.get((row.record_id, row.key))) is not None:
            record = records[row.record_id]
            said = Said(record, statement.name, row)
            stated.setdefault((record.body_id, link.id), []).append(said)
    events: dict[tuple[int, str], list[Said]] = {}
    for said in _load_events(conn, records, known_at):
        events.setdefault((said.record.id, said.row.accreditation), []).append(said)
    schedules = _schedules(conn, records, known_at)
    numbers = {link.id: link for link in links.values()}
    rulings = load_rulings(conn, numbers, known_at)
    found: list[AccreditationSaid] = []
    for (body_id, accreditation_id), says in stated.items():
        link = numbers[accreditation_id]
        keys = {(said.record.id, said.row.key) for said in says}
        found.append(
            AccreditationSaid(
                accreditation_id,
                body_id,
                (link.issuer, link.number, link.number_key),
                tuple(says),
                tuple(event for key in sorted(keys) for event in events.get(key, ())),
                {key: schedules[key].n if key in schedules else 0 for key in keys},
                rulings.get(accreditation_id, ()),
                {key: schedules[key].begins for key in keys if key in schedules},
            )
        )
    return found


def _load_events(
    conn: Connection, records: dict[int, RecordSeen], known_at: datetime
) -> list[Said]:
    """Events stated then, and open suspensions of the whole that a record stated and then no longer
    did, without another in their place: they were in force while they stood there. One replaced in
    the same look was corrected, and counts no more."""
    event: Any = m.StatusEvent.__table__
    instead = event.alias("instead")
    dropped = sa.and_(
        sa.func.upper(event.c.known) <= known_at,
        event.c.kind == EventKind.SUSPENDED,
        event.c.until.is_(None),
        event.c.lines == [],
        event.c.sites == [],
        ~sa.exists().where(
            instead.c.record_id == event.c.record_id,
            instead.c.accreditation == event.c.accreditation,
            instead.c.kind == event.c.kind,
            instead.c.run_id == event.c.end_run_id,
        ),
    )
    rows = named_rows(
        conn.execute(
            sa.select(event)
            .where(
                of_ids(event.c.record_id, records),
                sa.or_(event.c.known.contains(known_at), dropped),
            )
            .order_by(event.c.id)
        )
    )
    return [Said(records[row.record_id], event.name, row) for row in rows]


def _load_links(
    conn: Connection, records: dict[int, RecordSeen], known_at: datetime
) -> dict[tuple[int, str], Any]:
    """(record, the record's own key of an accreditation) → the accreditation's row."""
    rows = named_rows(
        conn.execute(
            sa.select(
                m.AccreditationLink.record_id,
                m.AccreditationLink.key,
                m.Accreditation.id,
                m.Accreditation.issuer,
                m.Accreditation.number,
                m.Accreditation.number_key,
            )
            .join(m.Accreditation, m.Accreditation.id == m.AccreditationLink.accreditation_id)
            .where(
                of_ids(m.AccreditationLink.record_id, records),
                m.AccreditationLink.known.contains(known_at),
            )
        )
    )
    return {(row.record_id, row.key): row for row in rows}


def _schedules(
    conn: Connection, records: dict[int, RecordSeen], known_at: datetime
) -> dict[tuple[int, str], Any]:
    """(record, accreditation's key) → how many lines it has, and the day on which the first of
    them begins, ``date.min`` where one always stood."""
    line = m.ScopeLine.__table__
    begins = sa.func.coalesce(sa.func.lower(line.c.valid), date.min)
    rows = named_rows(
        conn.execute(
            sa.select(
                *(line.c.record_id, line.c.accreditation),
                *(sa.func.count().label("n"), sa.func.min(begins).label("begins")),
            )
            .where(of_ids(line.c.record_id, records), line.c.known.contains(known_at))
            .group_by(line.c.record_id, line.c.accreditation)
        )
    )
    return {(row.record_id, row.accreditation): row for row in rows}
