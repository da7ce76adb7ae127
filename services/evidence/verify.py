"""`labdir log verify`: everything that was published, held against the log and its signatures.

    log_leaf, log_node   positions without gaps, leaf hashes, subtrees and roots made again
    change               each leaf's root made again from its rows; an altered row is named
    signing_key, checkpoint, receipt, dossier     as signed and issued
    statements, terms    each fact's hash made again, and named by a change row (verify_facts.py)
    links, merges        what the log tells of them (verify_places.py, verify_merges.py)
    payload              the kept bytes' SHA-256 made again

One snapshot, rows streamed, memory bounded. What only helps finding (search columns, documents) is
rebuilt and not proven; how runs went beside their time is no part of the log.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import Damaged
from services.evidence import checkpoint, dossier, keys, log, receipt
from services.evidence.checkpoint import CheckpointSaid
from services.evidence.findings import Beside, Finding, Progress, count, stream
from services.evidence.keys import BadSignature
from services.evidence.verify_facts import facts
from services.evidence.verify_payloads import payloads

_AT_ONCE = 500  # leaves
_MARK = log.MARK


def verify(
    conn: Connection, tell: Progress, kept: CheckpointSaid | None = None
) -> Iterator[Finding]:
    """Every row that is not as it was published, as it is found.

    ``conn``: within one snapshot (:func:`services.db.snapshot`). ``kept``: what a checkpoint says
    that somebody kept elsewhere: the log is held to it as well.
    """
    yield from _log(conn, tell, kept)
    yield from facts(conn, tell)
    yield from payloads(conn, tell)
    yield from _dossiers(conn, tell)


# --- the log --------------------------------------------------------------------------------------


class _Signed:
    """Whatever names a root of the log at a size: checkpoints and receipts, by size."""

    def __init__(self, conn: Connection, kept: CheckpointSaid | None) -> None:
        self._keys = keys.public_keys(conn)
        self._kept = kept
        table = m.Checkpoint.__table__
        self._checkpoints = Beside(
            stream(conn, sa.select(table).order_by(table.c.size)), lambda row: int(row.size)
        )
        held = m.Receipt.__table__
        self._receipts = Beside(
            stream(conn, sa.select(held).order_by(held.c.log_position, held.c.id)),
            lambda row: int(row.log_position) + 1,
        )

    def at(self, size: int, root: bytes) -> Iterator[Finding]:
        """What was signed of the log of this size, held against its root."""
        for row in self._checkpoints.until(size):
            yield from self._checkpoint(row, root if row.size == size else None)
        for row in self._receipts.until(size):
            yield from self._receipt(row, root if row.log_position + 1 == size else None)
        if self._kept is not None and self._kept.size == size and self._kept.root != root.hex():
            said = f"the checkpoint at hand names the root {self._kept.root}, it is {root.hex()}"
            yield Finding("log_leaf", f"size {size}", said)

    def beyond(self, size: int) -> Iterator[Finding]:
        """What was signed of a longer log than there is: leaves were cut off."""
        for row in self._checkpoints.rest():
            said = f"{row.size} leaves were signed, the log has {size}: leaves were cut off"
            yield Finding("checkpoint", f"size {row.size}", said)
        for row in self._receipts.rest():
            said = f"names position {row.log_position}, the log has {size} leaves: some were cut"
            yield Finding("receipt", row.id, said)
        if self._kept is not None and self._kept.size > size:
            said = f"the checkpoint at hand names {self._kept.size} leaves, {size} are there"
            yield Finding("log_leaf", f"size {self._kept.size}", said)

    def _checkpoint(self, row: Any, root: bytes | None) -> Iterator[Finding]:
        place = f"size {row.size}"
        try:
            said = checkpoint.read_checkpoint(row.jws, self._keys)
        except BadSignature as fault:
            yield Finding("checkpoint", place, str(fault))
            return
        stored = (row.size, bytes(row.root).hex(), row.issued_at.astimezone(UTC), row.kid)
        if stored != (said.size, said.root, said.issued_at, said.kid):
            yield Finding("checkpoint", place, "its row says something else than what is signed")
        if root is None or said.root != root.hex():
            made = root.hex() if root is not None else "none"
            yield Finding("checkpoint", place, f"the root {said.root} was signed, it is {made}")

    def _receipt(self, row: Any, root: bytes | None) -> Iterator[Finding]:
        try:
            said = receipt.verify(row.jws, self._keys)
        except BadSignature as fault:
            yield Finding("receipt", row.id, str(fault))
            return
        one = said.said
        stored = (row.id, row.log_position, row.kid, row.issued_at.astimezone(UTC))
        if stored != (one.jti, one.log.position, said.kid, one.issued_at):
            yield Finding("receipt", row.id, "its row says something else than what is signed")
        if root is None or one.log.root != root.hex():
            yield Finding("receipt", row.id, "the root that it names is not that of the log")


def _log(conn: Connection, tell: Progress, kept: CheckpointSaid | None) -> Iterator[Finding]:
    for one in keys.public_keys(conn):
        yield from _key(one)
    total, grows = count(conn, m.LogLeaf), _Growing(conn, kept)
    for done, (leaf, rows, marks) in enumerate(_leaves(conn), 1):
        yield from grows.to(leaf.position)
        yield from _rows_of(leaf, rows, marks)
        value, found = _leaf_hash(leaf, rows, grows.node(leaf.position))
        yield from found
        yield from grows.with_leaf(leaf, value)
        tell("log_leaf", done, total)
    yield from grows.end()


class _Growing:
    """The tree made again, leaf by leaf, beside its stored subtrees and what was signed of it.

    A missing leaf is passed over by its stored node; where that is missing too, the tree cannot be
    made further, and what stands after it is looked at leaf by leaf.
    """

    def __init__(self, conn: Connection, kept: CheckpointSaid | None) -> None:
        self._tree, self._broken = log.Tree(), False
        self._signed = _Signed(conn, kept)
        self._nodes = Beside(stream(conn, _NODES), lambda row: int(row.until))
        self._stored: dict[tuple[int, int], bytes] = {}

    def to(self, position: int) -> Iterator[Finding]:
        """Come to the leaf of this position; those missing before it are named."""
        if not self._tree.size:
            yield from self._signed.at(0, log.EMPTY)
        first = self._tree.size
        if first < position and not self._broken:
            gap = f"{first}" if position == first + 1 else f"{first}–{position - 1}"
            yield Finding("log_leaf", f"position {gap}", "is missing")
        while self._tree.size < position and not self._broken:
            value = self.node(self._tree.size)
            if value is None:
                self._broken = True
            else:
                yield from self._add(value)

    def node(self, position: int) -> bytes | None:
        """The stored hash of the leaf that comes next."""
        for row in self._nodes.until(position + 1) if not self._broken else ():
            self._stored[row.level, row.place] = bytes(row.hash)
        return self._stored.get((0, position))

    def with_leaf(self, leaf: Any, value: bytes) -> Iterator[Finding]:
        """Add the leaf; the root that it names is held against the tree."""
        if self._broken:
            return
        yield from self._add(value)
        if bytes(leaf.tree_root) != self._tree.root():
            place = f"position {leaf.position} (run {leaf.run_id})"
            said = f"its tree_root was altered: it is {self._tree.root().hex()}"
            yield Finding("log_leaf", place, said)

    def _add(self, value: bytes) -> Iterator[Finding]:
        for level, index, made in self._tree.add(value):
            there = self._stored.pop((level, index), None)
            if there is None:
                yield Finding("log_node", f"level {level} index {index}", "is missing")
            elif there != made:
                said = "was altered: it is not the hash of its leaves"
                yield Finding("log_node", f"level {level} index {index}", said)
        for level, index in self._stored:
            yield Finding("log_node", f"level {level} index {index}", "belongs to no leaf")
        self._stored.clear()
        yield from self._signed.at(self._tree.size, self._tree.root())

    def end(self) -> Iterator[Finding]:
        """What is left where the leaves end."""
        if not self._tree.size:
            yield from self._signed.at(0, log.EMPTY)
        if self._broken:
            return
        for row in self._nodes.rest():
            said = "belongs to no leaf"
            yield Finding("log_node", f"level {row.level} index {row.place}", said)
        yield from self._signed.beyond(self._tree.size)


# the place of the first leaf after a subtree, and the subtrees in the order in which they are made
_UNTIL = (m.LogNode.index + 1).op("<<")(m.LogNode.level)
_NODES = sa.select(
    m.LogNode.level, m.LogNode.index.label("place"), m.LogNode.hash, _UNTIL.label("until")
).order_by(_UNTIL, m.LogNode.level)


def _key(jwk: Mapping[str, Any]) -> Iterator[Finding]:
    try:
        public = {name: str(jwk.get(name)) for name in ("kty", "crv", "x")}
        if OKPKey.import_key({**public}).thumbprint() == jwk.get("kid"):
            return
    except (ValueError, KeyError, TypeError, JoseError):
        pass
    yield Finding("signing_key", str(jwk.get("kid")), "is not the key of its name")


Rows = list[tuple[int, bytes]]  # of one run: row number and hash, in order


def _leaves(conn: Connection) -> Iterator[tuple[Any, log.Tree, Rows]]:
    """Each leaf with the tree over its run's change rows as they stand, and their marks."""
    leaf = m.LogLeaf.__table__
    query = (
        sa.select(leaf, m.Run.known_at.label("run_known_at"))
        .join(m.Run, m.Run.id == leaf.c.run_id)
        .order_by(leaf.c.position)
    )
    batch: list[Any] = []
    for row in stream(conn, query, _AT_ONCE):
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield from _with_rows(conn, batch)
            batch = []
    yield from _with_rows(conn, batch)


def _with_rows(conn: Connection, batch: list[Any]) -> Iterator[tuple[Any, log.Tree, Rows]]:
    """In the order of positions; runs of one list may be numbered otherwise."""
    if not batch:
        return
    runs = sa.values(sa.column("run", sa.BigInteger), sa.column("place", sa.BigInteger), name="r")
    asked = runs.data([(leaf.run_id, leaf.position) for leaf in batch])
    query = (
        sa.select(asked.c.place, *log.CHANGE_COLUMNS)
        .join(m.Change, m.Change.run_id == asked.c.run)
        .order_by(asked.c.place, m.Change.row)
    )
    groups = groupby(stream(conn, query), key=lambda row: int(row[0]))
    place, rows = next(groups, (None, iter(())))
    for leaf in batch:
        tree: log.Tree = log.Tree()
        marks: Rows = []
        if place == leaf.position:
            for row in rows:
                one = log.leaf_hash(log.change_data(row[1:]))
                tree.add(one)
                marks.append((int(row[1]), one[:_MARK]))
            place, rows = next(groups, (None, iter(())))
        yield leaf, tree, marks


def _rows_of(leaf: Any, rows: log.Tree, marks: Rows) -> Iterator[Finding]:
    """A run's change rows held against its leaf's root; altered ones are named by their marks."""
    run = f"run {leaf.run_id}"
    if rows.root() == bytes(leaf.root) and rows.size == leaf.rows:
        if leaf.row_marks and bytes(leaf.row_marks) != b"".join(mark for _, mark in marks):
            place = f"position {leaf.position} ({run})"
            yield Finding("log_leaf", place, "its row_marks are not those of its rows")
        return
    if _said(leaf, rows.root(), rows.size) == bytes(leaf.leaf_hash):
        return  # the rows are right and the leaf is not: _leaf_hash says so
    there = {number for number, _ in marks}
    wanted = {n: _marked(leaf.row_marks, n) for n in range(leaf.rows)} if leaf.row_marks else {}
    named = False
    for number in sorted(set(range(leaf.rows)) - there):
        named = True
        yield Finding("change", f"{run} row {number}", "is missing")
    for number, mark in marks:
        if number not in range(leaf.rows):
            named = True
            yield Finding("change", f"{run} row {number}", "was not published")
        elif wanted and mark != wanted[number]:
            named = True
            yield Finding("change", f"{run} row {number}", "was altered")
    if not named:
        said = f"one of them was altered: they give the root {rows.root().hex()}"
        said += f", the leaf has {bytes(leaf.root).hex()}"
        yield Finding("change", f"{run} rows 0–{leaf.rows - 1}", said)


def _marked(marks: bytes, number: int) -> bytes:
    return bytes(marks[number * _MARK : (number + 1) * _MARK])


def _said(leaf: Any, root: bytes, rows: int, known_at: Any = None) -> bytes:
    at = known_at or leaf.known_at
    return log.leaf_hash(log.leaf_data(leaf.position, leaf.run_id, rows, root, at))


def _leaf_hash(leaf: Any, rows: log.Tree, node: bytes | None) -> tuple[bytes, tuple[Finding, ...]]:
    """The hash with which the tree goes on, by what two of three witnesses say: the leaf's own
    fields, its leaf_hash, the stored node; and what is wrong with the leaf."""
    place = f"position {leaf.position} (run {leaf.run_id})"
    made, stored = _said(leaf, bytes(leaf.root), leaf.rows), bytes(leaf.leaf_hash)
    found = []
    if leaf.known_at != leaf.run_known_at:
        said = f"known_at is {leaf.known_at}, its run's is {leaf.run_known_at}"
        found.append(Finding("log_leaf", place, said))
    if made == stored:
        return made, tuple(found)
    if made == node:
        return made, (*found, Finding("log_leaf", place, "its leaf_hash was altered"))
    right = stored if node is None or node == stored else node
    if _said(leaf, rows.root(), leaf.rows) == right:
        said = f"its root was altered: its rows give {rows.root().hex()}"
    elif _said(leaf, bytes(leaf.root), rows.size) == right:
        said = f"its number of rows was altered: {rows.size} are there"
    elif _said(leaf, bytes(leaf.root), leaf.rows, leaf.run_known_at) == right:
        said = f"its known_at was altered: its run's is {leaf.run_known_at}"
        found = []
    else:
        said = "what it says (position, run, rows, root, known_at) is not what its hash is of"
    return right, (*found, Finding("log_leaf", place, said))


# --- dossiers -------------------------------------------------------------------------------------


def _dossiers(conn: Connection, tell: Progress) -> Iterator[Finding]:
    table = m.Dossier.__table__
    total = count(conn, table)
    for done, row in enumerate(stream(conn, sa.select(table).order_by(table.c.id), 1), 1):
        try:
            dossier.opened(row)
        except Damaged as fault:
            yield Finding("dossier", f"id {row.id}", fault.what)
        tell("dossier", done, total)
