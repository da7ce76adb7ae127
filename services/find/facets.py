"""How many of the bodies that fit are of each kind, place, status: exact counts, in one query."""

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.fitting import COLUMN, fitting
from services.find.question import Asked
from services.find.views import Facet
from services.store.entries import PROFILE

FACETS = tuple(COLUMN)
Facets = dict[str, tuple[Facet, ...]]
# Families of standards differ most between bodies that are alike else, so they are grouped apart.
_VALUES = " union all ".join(
    f"select {n} as facet, value, sum(n) as n from told, unnest({column}) as value"
    f" where apart is {column not in PROFILE} group by value"
    for n, column in enumerate(COLUMN.values())
)
_COUNTS = f"""
    with alike as materialized (
        select d.profile, d.families, count(*) as n, min(d.document_id) as id
        from ({{fit}}) as d group by d.profile, d.families
    ), counted as (
        select false as apart, sum(n) as n, min(id) as id from alike group by profile
        union all select true, sum(n), min(id) from alike group by families
    ), told as materialized (
        select counted.apart, counted.n::bigint as n, {", ".join(f"d.{c}" for c in COLUMN.values())}
        from counted join document d on d.id = counted.id
    )
    select (select coalesce(sum(n), 0)::bigint from alike) as total,
        array_agg(facet order by facet, n desc, value) as facets,
        array_agg(value order by facet, n desc, value) as values,
        array_agg(n::bigint order by facet, n desc, value) as counts
    from ({_VALUES}) as one
"""


def facets_of(conn: Connection, asked: Asked) -> tuple[Facets, int]:
    """Counts by facet and in total over all that fits. A body with sites in two countries counts in
    both, so a facet's counts may add up to more than the total.

    Bodies whose lists are all equal are counted together, and the lists are read of one of them.
    """
    fit = fitting(asked)
    row = conn.execute(sa.text(_COUNTS.format(fit=fit.sql)), fit.values).one()
    found: dict[str, list[Facet]] = {name: [] for name in FACETS}
    for n, value, count in zip(row.facets or (), row.values or (), row.counts or (), strict=True):
        found[FACETS[n]].append(Facet(value=value, count=count))
    return {name: tuple(facets) for name, facets in found.items()}, row.total
