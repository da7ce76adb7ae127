"""A dossier: one body, on a day, as known at a time, with all that the answer rests on; frozen.

    freeze   everything gathered from one snapshot, as canonical JSON and CSV files in a zip
    keep     stored as issued; whoever was first to ask wins
    issued   found again by (body, day, time of knowledge) and checked against its hash

What was issued is never made again: later syncs, merges and code change nothing of it. Under newer
rules the same question is another dossier that names the earlier ones. A dossier frozen late at a
past ``known_at`` says what one frozen then would have said, but for what has no past: how a source
is described and what it permits (settings), and what was played in since at a time before
``known_at``.
"""

import hashlib
import zipfile
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from itertools import groupby
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import Damaged, NotFound
from services.evidence import dossier_files as files
from services.evidence.dossier_sources import (
    Cited,
    changes,
    decisions,
    kept,
    log_at,
    records,
    statements,
)
from services.evidence.dossier_views import (
    FORMAT,
    DossierDocument,
    DossierView,
    IssuedBefore,
    canonical,
)
from services.find import body as reading
from services.find import history
from services.find.cursor import number
from services.find.proof import Proofs
from services.find.scope import each_line
from services.find.views import BodyView, StatusView
from services.store.facts import BodyHeld, Held
from services.store.merge import AccreditationHeld, Said
from services.terms import RunState
from services.validity import RULE_VERSION


@dataclass(frozen=True, slots=True)
class Dossier:
    """A dossier as issued. ``document``: dossier.json; ``sha256``: its hash; ``archive``: the zip
    without kept bytes, of which the document is a part."""

    body_id: int
    on: date
    known_at: datetime
    log_position: int
    rule_version: str
    sha256: bytes
    document: bytes
    archive: bytes
    issued_at: datetime

    def packed(self) -> bytes:
        """What is stored: the archive, compressed. Some time for a large one: outside the loop."""
        return zlib.compress(self.archive)


# --- which moment ---------------------------------------------------------------------------------


def newest_knowledge(conn: Connection, id_: str, on: date, now: datetime) -> datetime:
    """The earliest time from which nothing that is known of the body at ``now`` was unknown: until
    the next look at its lists, every question as of now is one and the same dossier.

    Not before the day asked about begins, so that it is no question about the future. Raises
    BadQuestion for an id of another form.
    """
    body_id = number(id_, "b", "a body")
    link, acc = m.BodyLink, m.AccreditationLink
    mine = sa.select(link.record_id).where(link.body_id == body_id)
    lists = sa.select(m.Record.list_id).where(m.Record.id.in_(mine))
    newest = (
        sa.select(sa.func.max(m.Run.known_at))
        .where(
            m.Run.list_id == m.SourceList.id,
            m.Run.state.in_((RunState.PUBLISHED, RunState.UNCHANGED)),
            m.Run.known_at <= now,
        )
        .correlate(m.SourceList)
        .scalar_subquery()
    )
    looked = sa.select(sa.func.max(newest)).where(m.SourceList.id.in_(lists))
    moved = sa.select(_latest(link, now)).where(link.record_id.in_(mine))
    renumbered = sa.select(_latest(acc, now)).where(acc.record_id.in_(mine))
    times = conn.execute(sa.select(*(q.scalar_subquery() for q in (looked, moved, renumbered))))
    known: list[datetime] = [moment.astimezone(UTC) for moment in times.one() if moment]
    return max([datetime.combine(min(on, now.date()), time.min, tzinfo=UTC), *known])


def _latest(link: Any, now: datetime) -> sa.ColumnElement[datetime]:
    ends = [sa.func.lower(link.known), sa.func.upper(link.known)]
    return sa.func.greatest(*(sa.func.max(end).filter(end <= now) for end in ends))


# --- freezing -------------------------------------------------------------------------------------


def freeze(conn: Connection, id_: str, *, on: date, known_at: datetime, now: datetime) -> Dossier:
    """Gather a dossier; nothing is stored. ``conn`` must see one state of the database throughout
    (:func:`services.db.snapshot`). Raises NotFound where nothing was known of the body then, and
    BadQuestion for an id of another form."""
    body_id = number(id_, "b", "a body")
    view, meta = reading.body(conn, id_, on=on, known_at=known_at)
    timeline, _ = reading.timeline(conn, id_, on=on, known_at=known_at)
    held, body = reading.find(conn, body_id, id_, on, known_at)
    past = history.past(conn, body, known_at)
    cited = Cited(
        [*statements(body), *past.names, *past.events, *past.presences, *past.credentials]
    )
    tables = _lines(conn, held, body, cited)
    proofs = Proofs(conn, cited.says)
    for acc in body.accreditations:
        tables |= _facts(acc, past.events, proofs, known_at)
    evidence = kept(cited, proofs)
    tables["evidence.csv"] = files.table(
        files.KEPT, ([getattr(one, name) for name in files.KEPT] for one in evidence)
    )
    made = {"README.txt": files.README.encode()}
    made |= {name: content for name, (content, _) in tables.items()}
    rows = {name: count for name, (_, count) in tables.items()}
    log = log_at(conn, known_at)
    leaves, told = changes(conn, body, held, log.position)
    document = DossierDocument(
        data=DossierView(
            format=FORMAT,
            asked=id_,
            body=_without_pages(view),
            timeline=timeline,
            records=records(conn, body, held),
            evidence=evidence,
            log=log,
            leaves=leaves,
            changes=told,
            decisions=decisions(conn, body, held),
            files=files.described(made, rows),
            issued_before=_issued_before(conn, body_id, on, known_at),
        ),
        meta=msgspec.structs.replace(meta, log_position=log.position),
    )
    said = canonical(document)
    return Dossier(
        body_id=body_id,
        on=on,
        known_at=known_at,
        log_position=log.position,
        rule_version=RULE_VERSION,
        sha256=hashlib.sha256(said).digest(),
        document=said,
        archive=files.pack(made | {files.DOCUMENT: said}),
        issued_at=now,
    )


def _without_pages(view: BodyView) -> BodyView:
    scope = msgspec.structs.replace(view.scope, lines=())
    return msgspec.structs.replace(view, scope=scope, timeline=())


Tables = dict[str, tuple[bytes, int]]  # by name: content, number of rows


def _lines(conn: Connection, held: Held, body: BodyHeld, cited: Cited) -> Tables:
    def rows(group: Iterable[tuple[Any, StatusView]]) -> Iterable[Any]:
        for row, status in group:
            cited.line(Said(held.records[row.record_id], "scope_line", row))
            yield files.line_row(row, status)

    every = each_line(conn, held, body.accreditations)
    by_acc = groupby(every, key=lambda one: one[0].accreditation_id)
    found = {id_: files.table(files.LINES, rows(group)) for id_, group in by_acc}
    none = files.table(files.LINES, ())
    return {
        f"{files.folder(acc)}/lines.csv": found.get(acc.id, none) for acc in body.accreditations
    }


def _facts(
    acc: AccreditationHeld, ended: Iterable[Said], proofs: Proofs, known_at: datetime
) -> Tables:
    """What every record said and says of the accreditation, and of its events."""

    def until(said: Said) -> datetime | None:
        upper = said.row.known.upper
        return upper.astimezone(UTC) if upper is not None and upper <= known_at else None

    facts = (files.fact_row(said, proofs.of(said), until(said)) for said in acc.history)
    windows = {said.row.id: one.event.window for one in acc.events for said in one.said}
    keys = {(said.record.id, said.row.key) for said in acc.history}
    others = (said for said in ended if (said.record.id, said.row.accreditation) in keys)
    says = {said.row.id: said for said in others}
    says |= {said.row.id: said for one in acc.events for said in one.said}
    events = (
        files.event_row(said, proofs.of(said), until(said), windows.get(id_))
        for id_, said in sorted(says.items())
    )
    return {
        f"{files.folder(acc)}/facts.csv": files.table(files.FACTS, facts),
        f"{files.folder(acc)}/events.csv": files.table(files.EVENTS, events),
    }


# --- as issued ------------------------------------------------------------------------------------


def keep(conn: Connection, made: Dossier, packed: bytes) -> Dossier:
    """Store a dossier (``packed``: :meth:`Dossier.packed`); returns what is issued: this one, or
    the one that another request stored first."""
    put = pg.insert(m.Dossier).values(
        body_id=made.body_id,
        on=made.on,
        known_at=made.known_at,
        log_position=made.log_position,
        rule_version=made.rule_version,
        sha256=made.sha256,
        body=packed,
        issued_at=made.issued_at,
    )
    conn.execute(put.on_conflict_do_nothing())
    id_ = f"b{made.body_id}"
    found = issued(conn, id_, on=made.on, known_at=made.known_at, rules=made.rule_version)
    assert found is not None
    return found


def issued(
    conn: Connection, id_: str, *, on: date, known_at: datetime, rules: str = ""
) -> Dossier | None:
    """The dossier of this question as issued, byte for byte. Raises what :func:`stored` and
    :func:`opened` raise."""
    row = stored(conn, id_, on=on, known_at=known_at, rules=rules)
    return None if row is None else opened(row)


def stored(
    conn: Connection, id_: str, *, on: date, known_at: datetime, rules: str = ""
) -> Any | None:
    """The row of this question's dossier, not yet checked; under several rules the first that was
    issued, unless ``rules`` names them. None where none was.

    Raises BadQuestion for an id of another form, and NotFound for rules under which none was
    issued and no more can be.
    """
    body_id = number(id_, "b", "a body")
    table = m.Dossier
    query = sa.select(table.__table__).where(
        table.body_id == body_id, table.on == on, table.known_at == known_at
    )
    if rules:
        query = query.where(table.rule_version == rules)
    row = conn.execute(query.order_by(table.id).limit(1)).one_or_none()
    if row is None:
        if rules and rules != RULE_VERSION:
            raise NotFound(
                f'rules: no such dossier was issued under the rules "{rules}".',
                f"The rules of today are {RULE_VERSION}; leave rules out for what was issued.",
            )
        return None
    return row


def opened(row: Any) -> Dossier:
    """A stored row as a dossier, every byte of it checked. Raises Damaged, naming both hashes,
    where what is stored is not what was issued."""
    name = f"The dossier of b{row.body_id} on {row.on} as known at {row.known_at.astimezone(UTC)}"
    remedy = (
        "Restore the row from a backup; whoever holds a copy can tell the right one by its hash."
    )
    try:
        archive = zlib.decompress(row.body)
        held = files.unpack(archive)
        document = held.pop(files.DOCUMENT)
    except (zlib.error, zipfile.BadZipFile, KeyError) as fault:
        raise Damaged(f"{name} cannot be opened: its bytes were altered.", remedy) from fault
    right, found = bytes(row.sha256).hex(), hashlib.sha256(document).hexdigest()
    if found != right:
        raise Damaged(f"{name} was altered: its SHA-256 is {found} and was {right}.", remedy)
    listed = {one.name: one for one in _files(document)}
    for file in sorted(listed.keys() | held.keys()):
        digest = hashlib.sha256(held[file]).hexdigest() if file in held else "missing"
        was = listed[file].sha256 if file in listed else "missing"
        if digest != was:
            said = f"{name} was altered in {file}: its SHA-256 is {digest} and was {was}."
            raise Damaged(said, remedy)
    return Dossier(
        row.body_id, row.on, row.known_at.astimezone(UTC), row.log_position, row.rule_version,
        bytes(row.sha256), document, archive, row.issued_at.astimezone(UTC),
    )  # fmt: skip


class _File(msgspec.Struct):
    name: str
    sha256: str


class _Listed(msgspec.Struct):
    files: tuple[_File, ...]


class _Outline(msgspec.Struct):
    data: _Listed


def _files(document: bytes) -> tuple[_File, ...]:
    """Only this much of the form must never change: old dossiers are read by it."""
    return msgspec.json.decode(document, type=_Outline).data.files


def _issued_before(
    conn: Connection, body_id: int, on: date, known_at: datetime
) -> tuple[IssuedBefore, ...]:
    table = m.Dossier
    rows = conn.execute(
        sa.select(table.rule_version, table.sha256)
        .where(table.body_id == body_id, table.on == on, table.known_at == known_at)
        .where(table.rule_version != RULE_VERSION)
        .order_by(table.id)
    )
    return tuple(
        IssuedBefore(rule_version=row.rule_version, sha256=bytes(row.sha256).hex()) for row in rows
    )
