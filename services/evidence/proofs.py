"""Proofs over the log (RFC 9162, 2.1.3 and 2.1.4), and their verification as pure functions.

A proof is a list of hashes, each of a range of leaves. Ranges are put together from the stored
complete subtrees (``log_node``), all read in one query of at most 2 · log2(size) rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import BadQuestion, Damaged, NotFound
from services.evidence.log import (
    changes_of,
    joined,
    leaf_data,
    leaf_hash,
    node_hash,
    tree_nodes,
    tree_root,
)
from services.models import LogLeaf, LogNode

Range = tuple[int, int]  # leaves from the first until before the second


class Incomplete(Damaged):
    """A stored subtree is missing: the log was damaged."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf of the log. ``data``: what it commits to; its leaf hash is over these bytes."""

    position: int
    run_id: int
    rows: int
    root: bytes
    known_at: datetime
    data: bytes


@dataclass(frozen=True, slots=True)
class Inclusion:
    """That leaf ``index`` of hash ``leaf_hash`` stands in the tree of ``size`` leaves."""

    index: int
    size: int
    leaf_hash: bytes
    path: tuple[bytes, ...]
    root: bytes


# --- which ranges a proof consists of -------------------------------------------------------------


def _split(size: int) -> int:
    """The largest power of two smaller than ``size`` (RFC 9162, 2.1.1)."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_ranges(index: int, size: int) -> list[Range]:
    """PATH(index, D_size) of RFC 9162, 2.1.3.1, as ranges of leaves, from the leaf upwards."""
    found: list[Range] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start = middle
    return found[::-1]


def consistency_ranges(first: int, second: int) -> list[Range]:
    """PROOF(first, D_second) of RFC 9162, 2.1.4.1, as ranges of leaves; 0 < first <= second."""
    found: list[Range] = []
    start, end, whole = 0, second, True
    while first != end:
        middle = start + _split(end - start)
        if first <= middle:
            found.append((middle, end))
            end = middle
        else:
            found.append((start, middle))
            start, whole = middle, False
    if not whole:
        found.append((start, end))
    return found[::-1]


# --- making proofs from stored subtrees -----------------------------------------------------------


def _range_hashes(conn: Connection, ranges: Sequence[Range]) -> tuple[bytes, ...]:
    """The Merkle tree hash of each range; all their subtrees in one query. Raises Incomplete."""
    parts = [tree_nodes(start, end) for start, end in ranges]
    wanted = sorted({node for part in parts for node in part})
    if not wanted:
        return ()
    rows = conn.execute(
        sa.select(LogNode.level, LogNode.index.label("place"), LogNode.hash).where(
            sa.tuple_(LogNode.level, LogNode.index).in_(wanted)
        )
    )
    stored = {(row.level, row.place): bytes(row.hash) for row in rows}
    if len(stored) < len(wanted):
        level, place = next(node for node in wanted if node not in stored)
        raise Incomplete(f"Subtree {place} of level {level} is missing.", "Run: labdir log verify")
    return tuple(joined([stored[node] for node in part]) for part in parts)


def inclusion_proof(conn: Connection, index: int, size: int) -> tuple[bytes, ...]:
    """The inclusion proof of leaf ``index`` in the tree of ``size`` leaves.

    Raises BadQuestion unless 0 <= index < size.
    """
    if not 0 <= index < size:
        raise BadQuestion(f"A log of size {size} has no leaf {index}.")
    return _range_hashes(conn, inclusion_ranges(index, size))


def consistency_proof(conn: Connection, first: int, second: int) -> tuple[bytes, ...]:
    """The proof that the tree of ``second`` leaves begins with that of ``first``.

    Raises BadQuestion unless 0 < first <= second.
    """
    if not 0 < first <= second:
        raise BadQuestion(
            f"first is {first}, second is {second}.", "It takes 1 <= first <= second."
        )
    return _range_hashes(conn, consistency_ranges(first, second))


def log_size(conn: Connection) -> int:
    """How many leaves the log has."""
    newest = sa.select(sa.func.coalesce(sa.func.max(LogLeaf.position), -1))
    return int(conn.execute(newest).scalar_one()) + 1


def read_leaf(conn: Connection, position: int) -> Leaf:
    """Raises NotFound where the log is not that long."""
    row = conn.execute(
        sa.select(
            LogLeaf.position, LogLeaf.run_id, LogLeaf.rows, LogLeaf.root, LogLeaf.known_at
        ).where(LogLeaf.position == position)
    ).one_or_none()
    if row is None:
        raise NotFound(f"The log has no position {position}.", "See /api/v1/log for its size.")
    known_at = row.known_at.astimezone(UTC)
    root = bytes(row.root)
    data = leaf_data(row.position, row.run_id, row.rows, root, known_at)
    return Leaf(row.position, row.run_id, row.rows, root, known_at, data)


def prove_leaf(conn: Connection, leaf: Leaf, size: int) -> Inclusion:
    """That a leaf stands in the log of ``size`` leaves. Raises BadQuestion where it cannot."""
    path = inclusion_proof(conn, leaf.position, size)
    return Inclusion(leaf.position, size, leaf_hash(leaf.data), path, tree_root(conn, size))


def prove_row(conn: Connection, leaf: Leaf, row: int) -> tuple[bytes, Inclusion]:
    """A change row's bytes as hashed, and that they stand in the leaf's tree over its rows.

    Raises NotFound where the leaf has no such row. Reads all rows of the run, one after another.
    """
    if not 0 <= row < leaf.rows:
        raise NotFound(f"Position {leaf.position} of the log has no row {row}.")
    said, hashes = b"", []
    for number, data in enumerate(changes_of(conn, leaf.run_id)):
        hashes.append(leaf_hash(data))
        if number == row:
            said = data
    path, root = path_in(hashes, row)
    return said, Inclusion(row, len(hashes), leaf_hash(said), path, root)


def path_in(hashes: Sequence[bytes], index: int) -> tuple[tuple[bytes, ...], bytes]:
    """Inclusion path and root of a leaf among leaf hashes that are all at hand."""
    path: list[bytes] = []
    level = list(hashes)
    while len(level) > 1:
        sibling = index ^ 1
        if sibling < len(level):
            path.append(level[sibling])
        pairs = zip(level[::2], level[1::2], strict=False)
        above = [node_hash(left, right) for left, right in pairs]
        if len(level) % 2:
            above.append(level[-1])  # the last one goes up alone
        level, index = above, index // 2
    return tuple(path), level[0]


# --- verifying: pure, for anybody -----------------------------------------------------------------


def included(leaf: bytes, index: int, size: int, path: Iterable[bytes], root: bytes) -> bool:
    """True when the path leads from the leaf's hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, value = index, size - 1, leaf
    for one in path:
        if last == 0:
            return False
        if place & 1 or place == last:
            value = node_hash(one, value)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            value = node_hash(value, one)
        place, last = place >> 1, last >> 1
    return last == 0 and value == root


def consistent(
    first: int, second: int, path: Sequence[bytes], first_root: bytes, second_root: bytes
) -> bool:
    """True when the larger tree begins with the smaller one (RFC 9162, 2.1.4.2)."""
    if not 0 < first <= second:
        return False
    if first == second:
        return not path and first_root == second_root
    if first & (first - 1) == 0:  # a complete subtree is its own first hash
        path = [first_root, *path]
    if not path:
        return False
    place, last = first - 1, second - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for one in path[1:]:
        if last == 0:
            return False
        if place & 1 or place == last:
            old, new = node_hash(one, old), node_hash(one, new)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, one)
        place, last = place >> 1, last >> 1
    return last == 0 and old == first_root and new == second_root
