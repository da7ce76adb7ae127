"""How many of the bodies that fit are of each kind, place, status: exact counts, in one query."""

from collections.abc import Mapping, Sequence
from itertools import chain
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.fitting import COLUMN, fitting
from services.find.question import Asked
from services.find.views import Facet
from services.store.entries import PROFILE, families, profile

FACETS = tuple(COLUMN)
Facets = dict[str, tuple[Facet, ...]]
Pair = tuple[str, str]  # facet and value
Numbers = tuple[int, ...]  # of pairs
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


class _Known:
    """What a process has read: a hash says the same at every position of the log. A facet's value
    is told thousands of times for a common question, so each has a number."""

    def __init__(self) -> None:
        self.said: dict[bool, dict[int, Numbers]] = {False: {}, True: {}}
        self.pairs: list[Pair] = []
        self._numbers: dict[Pair, int] = {}
        self._lock = Lock()

    def learnt(self, apart: bool, read: Mapping[int, Sequence[Pair]]) -> dict[int, Numbers]:
        """What was read, in numbers; what was known before may be forgotten."""
        with self._lock:
            for pair in chain.from_iterable(read.values()):
                if pair not in self._numbers:
                    self._numbers[pair] = len(self.pairs)
                    self.pairs.append(pair)
            said = {
                hashed: tuple(self._numbers[pair] for pair in pairs)
                for hashed, pairs in read.items()
            }
            before = self.said[apart]
            self.said[apart] = said if len(before) + len(said) > KEPT else before | said
        return said


_known = _Known()


def facets_of(conn: Connection, asked: Asked) -> tuple[Facets, int]:
    """Counts by facet and in total over all that fits. A body with sites in two countries counts in
    both, so a facet's counts may add up to more than the total.

    Bodies whose lists are all equal are counted together, and the lists are read of one of them.
    """
    fit = fitting(asked)
    rows = conn.execute(sa.text(_COUNTS.format(fit=fit.sql)), fit.values).all()
    said = [_said(conn, row.apart, row.hashes, row.ids) for row in rows]
    counts = [0] * len(_known.pairs)
    for row, numbers in zip(rows, said, strict=True):
        for of, n in zip(numbers, row.counts, strict=True):
            for one in of:
                counts[one] += n
    told = [(-n, *pair) for n, pair in zip(counts, _known.pairs, strict=False) if n]
    found: dict[str, list[Facet]] = {name: [] for name in FACETS}
    for n, name, value in sorted(told):
        found[name].append(Facet(value=value, count=-n))
    total = sum(rows[0].counts) if rows else 0
    return {name: tuple(facets) for name, facets in found.items()}, total


def _said(
    conn: Connection, apart: bool, hashes: Sequence[int], ids: Sequence[int]
) -> Sequence[Numbers]:
    """What each hash says; ``ids``: of each a document that bears it."""
    said = _known.said[apart]
    unknown = [id_ for one, id_ in zip(hashes, ids, strict=True) if one not in said]
    if unknown:
        said = said | _known.learnt(apart, _read(conn, apart, unknown))
    return [said[one] for one in hashes]


def _read(conn: Connection, apart: bool, ids: Sequence[int]) -> Mapping[int, Sequence[Pair]]:
    columns = _GROUPS[apart]
    statement = _LISTS.format(
        hash=(families if apart else profile)("d"),
        columns=", ".join(f"d.{column}" for column in columns.values()),
    )
    return {
        hashed: [(name, one) for name, of in zip(columns, lists, strict=True) for one in of]
        for hashed, *lists in conn.execute(sa.text(statement), {"ids": ids}).all()
    }
