"""How many of the bodies that fit are of each kind, place, status: exact counts, in one query."""

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.fitting import COLUMN, fitting
from services.find.question import Asked
from services.find.views import Facet
from services.store.entries import PROFILE, families, profile

FACETS = tuple(COLUMN)
Facets = dict[str, tuple[Facet, ...]]
Values = tuple[tuple[str, str], ...]  # facet and value
KEPT = 50_000  # hashes whose lists a process remembers

# Families of standards differ most between bodies that are alike else, so they are grouped apart.
_COUNTS = """
    with alike as materialized (
        select d.profile, d.families, count(*) as n, min(d.document_id) as id
        from ({fit}) as d group by d.profile, d.families
    ), counted as (
        select false as apart, profile as hash, sum(n)::bigint as n, min(id) as id
        from alike group by profile
        union all select true, families, sum(n)::bigint, min(id) from alike group by families
    )
    select apart, array_agg(hash) as hashes, array_agg(n) as counts, array_agg(id) as ids
    from counted group by apart
"""
_GROUPS = tuple(
    {name: column for name, column in COLUMN.items() if (column in PROFILE) is not apart}
    for apart in (False, True)
)
_LISTS = "select {hash} as hash, {columns} from document d where id = any(cast(:ids as bigint[]))"
# What a hash says is the same at every position of the log, so a process reads it once. Most bodies
# share their values, so each is held once.
_known: dict[tuple[bool, int], Values] = {}


def facets_of(conn: Connection, asked: Asked) -> tuple[Facets, int]:
    """Counts by facet and in total over all that fits. A body with sites in two countries counts in
    both, so a facet's counts may add up to more than the total.

    Bodies whose lists are all equal are counted together, and the lists are read of one of them.
    """
    fit = fitting(asked)
    counts, total = dict[tuple[str, str], int](), 0
    for row in conn.execute(sa.text(_COUNTS.format(fit=fit.sql)), fit.values).all():
        said = _said(conn, row.apart, dict(zip(row.hashes, row.ids, strict=True)))
        for hashed, n in zip(row.hashes, row.counts, strict=True):
            for one in said[hashed]:
                counts[one] = counts.get(one, 0) + n
        total = sum(row.counts)
    found: dict[str, list[Facet]] = {name: [] for name in FACETS}
    for (name, value), n in sorted(counts.items(), key=lambda one: (-one[1], one[0])):
        found[name].append(Facet(value=value, count=n))
    return {name: tuple(facets) for name, facets in found.items()}, total


def _said(conn: Connection, apart: bool, documents: Mapping[int, int]) -> Mapping[int, Values]:
    """What each hash says; ``documents``: by hash the id of one that bears it."""
    known = ((one, _known.get((apart, one))) for one in documents)
    said = {one: values for one, values in known if values is not None}
    if len(said) < len(documents):
        read = _read(conn, apart, [id_ for one, id_ in documents.items() if one not in said])
        said |= read
        if len(_known) + len(read) > KEPT:
            _known.clear()
        _known.update({(apart, one): values for one, values in read.items()})
    return said


def _read(conn: Connection, apart: bool, ids: Sequence[int]) -> Mapping[int, Values]:
    columns = _GROUPS[apart]
    statement = _LISTS.format(
        hash=(families if apart else profile)("d"),
        columns=", ".join(f"d.{column}" for column in columns.values()),
    )
    rows = conn.execute(sa.text(statement), {"ids": ids}).all()
    held: dict[tuple[str, str], tuple[str, str]] = {}
    said = {}
    for hashed, *lists in rows:
        pairs = ((name, value) for name, of in zip(columns, lists, strict=True) for value in of)
        said[hashed] = tuple(held.setdefault(pair, pair) for pair in pairs)
    return said
