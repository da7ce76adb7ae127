"""How many of the bodies that fit are of each kind, place, status: exact counts, in one query."""

from collections import Counter

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.fitting import COLUMN, fitting
from services.find.question import Asked
from services.find.views import Facet

FACETS = tuple(COLUMN)
Facets = dict[str, tuple[Facet, ...]]


def facets_of(conn: Connection, asked: Asked) -> tuple[Facets, int]:
    """Counts by facet and in total over all that fits. A body with sites in two countries counts in
    both, so a facet's counts may add up to more than the total.

    Bodies are grouped by whole lists of values, of which there are few, and these are taken apart
    here: over 75,000 documents a third faster than taking apart each document's lists.
    """
    where, values = fitting(asked)
    columns = [f"d.{column}" for column in COLUMN.values()]
    listed, sets = ", ".join(columns), ", ".join(f"({column})" for column in columns)
    # all but the grouped column's bit are set; the first column's is the highest
    bits = {2 ** len(columns) - 1 - 2**n: name for n, name in enumerate(reversed(FACETS))}
    rows = conn.execute(
        sa.text(
            f"select grouping({listed}) as bits, coalesce({listed}) as held, count(*) as n"
            f" from document d where {where} group by grouping sets ((), {sets})"
        ),
        values,
    )
    counts: dict[str, Counter[str]] = {name: Counter() for name in FACETS}
    total = 0
    for row in rows:
        if row.bits not in bits:
            total = row.n
            continue
        for value in row.held:
            counts[bits[row.bits]][value] += row.n
    return {
        name: tuple(
            Facet(value=value, count=count)
            for value, count in sorted(found.items(), key=lambda one: (-one[1], one[0]))
        )
        for name, found in counts.items()
    }, total
