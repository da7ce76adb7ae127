"""What was known of markets at some moment: routes, their dates and links, who designates, which
accreditation body was a signatory, zones. Their records belong to no body.
"""

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.store.looks import load_bodiless, load_sources
from services.store.merge import Said

OF_MARKETS: dict[str, type[m.Statement]] = {
    "market_route": m.Route,
    "route_day": m.RouteDay,
    "route_link": m.RouteLink,
    "signatory": m.Signatory,
    "designates": m.Designates,
    "zone": m.Zone,
    "accreditation_body": m.AccreditationBody,
}


def load_said(
    conn: Connection,
    kinds: Collection[str],
    *,
    on: date | None,
    known_at: datetime,
    where: Mapping[str, Collection[str]] | None = None,
) -> dict[str, list[Said]]:
    """Statements of these kinds (keys of OF_MARKETS) as known then, in one query a kind and three
    for what stands behind them.

    ``on``: those true on that day only; None: of any day. ``where``: column → the values asked
    for ({"market": ("EU", "SA")}), for the kinds that have the column.
    """
    rows = {kind: _rows(conn, OF_MARKETS[kind], on, known_at, where or {}) for kind in kinds}
    ids = {row.record_id for found in rows.values() for row in found}
    sources = load_sources(conn, at=known_at)
    records = load_bodiless(conn, sources, ids, known_at) if ids else {}
    return {
        kind: [Said(records[row.record_id], kind, row) for row in found]
        for kind, found in rows.items()
    }


def _rows(
    conn: Connection,
    model: type[m.Statement],
    on: date | None,
    known_at: datetime,
    where: Mapping[str, Collection[str]],
) -> list[Any]:
    table: Any = model.__table__  # type: ignore[attr-defined]
    query = sa.select(table).where(table.c.known.contains(known_at)).order_by(table.c.id)
    if on is not None:
        query = query.where(table.c.valid.contains(on))
    for column, values in where.items():
        if column in table.c:
            query = query.where(
                table.c[column] == sa.any_(sa.literal(list(values), sa.ARRAY(sa.Text)))
            )
    return list(conn.execute(query).all())
