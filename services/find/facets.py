"""How many of the bodies that fit are of each kind, place, status: exact counts, in one query."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.fitting import COLUMN, fitting
from services.find.question import Asked
from services.find.views import Facet

FACETS = tuple(COLUMN)
Facets = dict[str, tuple[Facet, ...]]


def facets_of(conn: Connection, asked: Asked) -> tuple[Facets, int]:
    """Counts by facet and in total over all that fits. A body with sites in two countries counts in
    both, so a facet's counts may add up to more than the total."""
    where, values = fitting(asked)
    columns = ", ".join(f"d.{column}" for column in COLUMN.values())
    pairs = ", ".join(f"('{name}', {column})" for name, column in COLUMN.items())
    rows = conn.execute(
        sa.text(
            f"with fit as materialized (select {columns} from document d where {where})"
            " select '', '', count(*) from fit union all"
            " select f.name, value, count(*) from fit"
            f" cross join lateral (values {pairs}) as f(name, held)"
            " cross join lateral unnest(f.held) as u(value) group by f.name, value"
        ),
        values,
    )
    found: dict[str, list[Facet]] = {name: [] for name in FACETS}
    total = 0
    for name, value, count in rows:
        if name:
            found[name].append(Facet(value=value, count=count))
        else:
            total = count
    return {
        name: tuple(sorted(facets, key=lambda facet: (-facet.count, facet.value)))
        for name, facets in found.items()
    }, total
