"""The log: one leaf per publish, positions without gaps, a Merkle tree as in RFC 9162.

Leaf and position are written as the last statement before commit under an advisory lock, so that
the order of the log is the order of commits. Complete subtrees are stored; the root of any size is
computed from at most log2(size) of them.
"""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.models import Change, LogLeaf, LogNode

LOCK = 7_301_954_002
# Bytes of a change row's hash that are kept beside its leaf. They prove nothing: they tell which of
# a run's rows was altered where the root says that one was.
MARK = 8
EMPTY = hashlib.sha256(b"").digest()


def leaf_hash(data: bytes) -> bytes:
    """RFC 9162, 2.1.1: SHA-256(0x00 || data)."""
    return hashlib.sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """RFC 9162, 2.1.1: SHA-256(0x01 || left || right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Tree:
    """A Merkle tree (RFC 9162, 2.1.1) that is only ever added to: log2(size) hashes of memory."""

    def __init__(self) -> None:
        self.size = 0
        self._stack: list[tuple[int, bytes]] = []

    def add(self, leaf: bytes) -> list[tuple[int, int, bytes]]:
        """Add a leaf's hash; the subtrees that are complete with it as (level, index, hash)."""
        level, index, value = 0, self.size, leaf
        done = [(level, index, value)]
        while self._stack and self._stack[-1][0] == level:
            value = node_hash(self._stack.pop()[1], value)
            level, index = level + 1, index // 2
            done.append((level, index, value))
        self._stack.append((level, value))
        self.size += 1
        return done

    def root(self) -> bytes:
        """The root of what was added so far; of nothing, SHA-256 of nothing."""
        return joined([value for _, value in self._stack]) if self._stack else EMPTY


def joined(subtrees: Sequence[bytes]) -> bytes:
    """One hash over complete subtrees that stand side by side, the largest first."""
    root = subtrees[-1]
    for left in reversed(subtrees[:-1]):
        root = node_hash(left, root)
    return root


def root_of(leaves: Iterable[bytes]) -> bytes:
    """Merkle tree hash of leaf hashes (RFC 9162, 2.1.1); of none, SHA-256 of nothing."""
    tree = Tree()
    for leaf in leaves:
        tree.add(leaf)
    return tree.root()


# A change row as it is hashed, in this order. The JSON columns as PostgreSQL writes jsonb, which is
# canonical (sorted keys).
CHANGE_COLUMNS = (
    Change.row,
    Change.kind,
    Change.what,
    Change.key,
    Change.record_id,
    Change.body_id,
    Change.accreditation_id,
    sa.cast(Change.before, sa.Text).label("before"),
    sa.cast(Change.after, sa.Text).label("after"),
    sa.func.encode(Change.fact_hash, "hex").label("fact_hash"),
    Change.repeats,
)


def change_data(columns: Sequence[Any]) -> bytes:
    """What the leaf hash of a change row is made over: its ``CHANGE_COLUMNS`` as JSON."""
    return msgspec.json.encode(list(columns))


def changes_of(conn: Connection, run_id: int) -> Iterator[bytes]:
    """A run's change rows in order, as they stand in the database and as they are hashed."""
    rows = conn.execute(
        sa.select(*CHANGE_COLUMNS).where(Change.run_id == run_id).order_by(Change.row)
    )
    return map(change_data, rows)


def changes_root(conn: Connection, run_id: int) -> tuple[bytes, int]:
    """Merkle root over a run's change rows as they stand in the database, and how many."""
    root, marks = _hashed(conn, run_id)
    return root, len(marks) // MARK


def _hashed(conn: Connection, run_id: int) -> tuple[bytes, bytes]:
    """Root over a run's change rows, and the rows' marks."""
    tree, marks = Tree(), bytearray()
    for data in changes_of(conn, run_id):
        one = leaf_hash(data)
        tree.add(one)
        marks += one[:MARK]
    return tree.root(), bytes(marks)


def next_position(conn: Connection) -> int:
    """The position that the next leaf will take. Only certain while the lock is held."""
    last = conn.execute(sa.select(sa.func.coalesce(sa.func.max(LogLeaf.position), -1))).scalar_one()
    return int(last) + 1


def leaf_data(position: int, run_id: int, rows: int, root: bytes, known_at: datetime) -> bytes:
    """What a leaf commits to."""
    said = [position, run_id, rows, root.hex(), known_at.astimezone(UTC).isoformat()]
    return msgspec.json.encode(said)


def append(conn: Connection, run_id: int, known_at: datetime) -> int:
    """Write the run's leaf and its tree nodes; returns its position. Last before commit."""
    root, marks = _hashed(conn, run_id)
    rows = len(marks) // MARK
    conn.execute(sa.text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    position = next_position(conn)
    leaf = leaf_hash(leaf_data(position, run_id, rows, root, known_at))
    nodes = _grow(conn, position, leaf)
    conn.execute(sa.insert(LogNode), nodes)
    conn.execute(
        sa.insert(LogLeaf).values(
            position=position,
            run_id=run_id,
            rows=rows,
            root=root,
            leaf_hash=leaf,
            tree_root=tree_root(conn, position + 1),
            known_at=known_at,
            row_marks=marks,
        )
    )
    return position


def _grow(conn: Connection, position: int, leaf: bytes) -> list[dict[str, object]]:
    """The nodes that become complete with this leaf: itself, and parents of right-hand children."""
    nodes: list[dict[str, object]] = [{"level": 0, "index": position, "hash": leaf}]
    level, index, value = 0, position, leaf
    while index % 2 == 1:
        left = conn.execute(
            sa.select(LogNode.hash).where(LogNode.level == level, LogNode.index == index - 1)
        ).scalar_one()
        value, level, index = node_hash(left, value), level + 1, index // 2
        nodes.append({"level": level, "index": index, "hash": value})
    return nodes


def tree_nodes(start: int, end: int) -> list[tuple[int, int]]:
    """The complete subtrees (level, index) that make up leaves ``start`` until before ``end``.

    ``start`` is a multiple of the smallest power of two that is not below ``end - start``, as every
    range of a proof is.
    """
    wanted: list[tuple[int, int]] = []
    size = end - start
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            wanted.append((level, start >> level))
            start += 1 << level
    return wanted


def tree_root(conn: Connection, size: int) -> bytes:
    """Root of the tree of the first ``size`` leaves, from stored complete subtrees.

    Raises KeyError where one is missing.
    """
    if size == 0:
        return EMPTY
    wanted = tree_nodes(0, size)
    stored = {
        (row.level, row.place): bytes(row.hash)
        for row in conn.execute(
            sa.select(LogNode.level, LogNode.index.label("place"), LogNode.hash).where(
                sa.tuple_(LogNode.level, LogNode.index).in_(wanted)
            )
        )
    }
    return joined([stored[node] for node in wanted])
