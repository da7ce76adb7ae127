"""The evidence of one statement, by the reference that stands with every fact."""

import re
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion, NotFound
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.views import Evidence, Meta
from services.store.looks import load_bodiless, load_records, load_sources
from services.store.market import OF_MARKETS
from services.store.merge import Said

_REF = re.compile(r"(\d{1,18}):([a-z_]{1,40}):(\d{1,18})", re.ASCII)
_TABLES: dict[str, Any] = {
    model.__tablename__: model.__table__
    for model in (
        m.Name,
        m.Identifier,
        m.Profile,
        m.Site,
        m.Presence,
        m.Credential,
        m.Relation,
        m.AccreditationStatement,
        m.StatusEvent,
        m.ScopeLine,
        m.Route,
        m.RouteDay,
        m.RouteLink,
        m.Signatory,
        m.Designates,
        m.Zone,
        m.Ownership,
        m.Cooperation,
        m.Acceptance,
        m.Project,
        m.Accompaniment,
        m.Expertise,
        m.Offer,
    )
}


def evidence(conn: Connection, ref: str, *, known_at: datetime) -> tuple[Evidence, Meta]:
    """The evidence of ``ref`` ("record-id:table:id") as known then.

    Raises BadQuestion for a reference of another form, NotFound where nothing held bears it.
    """
    read = _REF.fullmatch(ref)
    if read is None or read[2] not in _TABLES:
        raise BadQuestion(
            f'"{ref}" is no reference of a statement.',
            "Take it from the evidence of a fact: record, table and number, with colons between.",
        )
    record_id, table = int(read[1]), _TABLES[read[2]]
    body_id = conn.execute(
        sa.select(m.BodyLink.body_id).where(
            m.BodyLink.record_id == record_id, m.BodyLink.known.contains(known_at)
        )
    ).scalar()
    row = conn.execute(
        sa.select(table).where(
            table.c.id == int(read[3]),
            table.c.record_id == record_id,
            sa.func.lower(table.c.known) <= known_at,
        )
    ).first()
    if row is None or (body_id is None and read[2] not in OF_MARKETS):
        raise NotFound(f'No statement "{ref}" is held.', "Open the fact's own page again.")
    sources = load_sources(conn, at=known_at)
    if body_id is None:
        record = load_bodiless(conn, sources, [record_id], known_at)[record_id]
    else:
        record = load_records(conn, sources, [body_id], known_at)[record_id]
    said = Said(record, table.name, row)
    answer = meta(conn, [record.source], on=known_at.date(), known_at=known_at)
    return Proofs(conn, [said]).of(said), answer
