"""Inclusion and consistency proofs, held against the tree of RFC 9162 written out word for word."""

import hashlib
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.engine import Connection, Engine

from services.errors import BadQuestion, NotFound
from services.evidence import log, proofs
from services.evidence.proofs import consistent, included
from services.models import LogNode

SIZES = st.integers(1, 130)


def leaves(size: int) -> list[bytes]:
    return [log.leaf_hash(str(number).encode()) for number in range(size)]


def split(size: int) -> int:
    k = 1
    while k * 2 < size:
        k *= 2
    return k


def mth(hashes: list[bytes]) -> bytes:
    """2.1.1, over leaf hashes."""
    if len(hashes) == 1:
        return hashes[0]
    k = split(len(hashes))
    return hashlib.sha256(b"\x01" + mth(hashes[:k]) + mth(hashes[k:])).digest()


def path(m: int, hashes: list[bytes]) -> list[bytes]:
    """PATH of 2.1.3.1."""
    if len(hashes) == 1:
        return []
    k = split(len(hashes))
    if m < k:
        return [*path(m, hashes[:k]), mth(hashes[k:])]
    return [*path(m - k, hashes[k:]), mth(hashes[:k])]


def subproof(m: int, hashes: list[bytes], whole: bool) -> list[bytes]:
    """SUBPROOF of 2.1.4.1."""
    if m == len(hashes):
        return [] if whole else [mth(hashes)]
    k = split(len(hashes))
    if m <= k:
        return [*subproof(m, hashes[:k], whole), mth(hashes[k:])]
    return [*subproof(m - k, hashes[k:], False), mth(hashes[:k])]


@given(SIZES, st.data())
def test_ranges_are_those_of_the_rfc(size: int, data: st.DataObject) -> None:
    tree = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    ranges = proofs.inclusion_ranges(index, size)
    assert [mth(tree[a:b]) for a, b in ranges] == path(index, tree)
    first = data.draw(st.integers(1, size))
    ranges = proofs.consistency_ranges(first, size)
    assert [mth(tree[a:b]) for a, b in ranges] == subproof(first, tree, True)


@given(SIZES, st.data())
def test_an_inclusion_proof_holds_for_its_leaf_place_size_and_root_alone(
    size: int, data: st.DataObject
) -> None:
    tree = leaves(size)
    index = data.draw(st.integers(0, size - 1))
    proof, root = path(index, tree), mth(tree)
    assert included(tree[index], index, size, proof, root)
    assert proofs.path_in(tree, index) == (tuple(proof), root)
    assert not included(log.leaf_hash(b"other"), index, size, proof, root)
    assert not included(tree[index], index, size, proof, b"\x00" * 32)
    assert not included(tree[index], index, size, [*proof, b"\x00" * 32], root)
    assert not included(tree[index], size, size, proof, root)
    assert not included(tree[index], -1, size, proof, root)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert not included(tree[index], other, size, proof, root)
    for place in range(len(proof)):
        bent = [*proof]
        bent[place] = bytes([bent[place][0] ^ 1]) + bent[place][1:]
        assert not included(tree[index], index, size, bent, root)
        assert not included(tree[index], index, size, proof[:place] + proof[place + 1 :], root)


@given(SIZES, st.data())
def test_a_consistency_proof_holds_for_its_two_trees_alone(
    second: int, data: st.DataObject
) -> None:
    tree = leaves(second)
    first = data.draw(st.integers(1, second))
    proof = subproof(first, tree, True)
    old, new = mth(tree[:first]), mth(tree)
    assert consistent(first, second, proof, old, new)
    assert not consistent(first, second, [*proof, b"\x00" * 32], old, new)
    assert not consistent(0, second, proof, old, new)
    assert not consistent(second + 1, second, proof, old, new)
    changed = data.draw(st.integers(0, first - 1))
    rewritten = [*tree]
    rewritten[changed] = log.leaf_hash(b"rewritten")
    assert not consistent(first, second, subproof(first, rewritten, True), old, mth(rewritten))
    assert not consistent(first, second, proof, old, mth(rewritten))
    for place in range(len(proof)):
        bent = [*proof]
        bent[place] = bytes([bent[place][0] ^ 1]) + bent[place][1:]
        assert not consistent(first, second, bent, old, new)


@given(SIZES)
def test_a_growing_tree_completes_the_subtrees_that_the_rfc_hashes(size: int) -> None:
    hashes, tree = leaves(size), log.Tree()
    for number, leaf in enumerate(hashes):
        done = tree.add(leaf)
        assert done[0] == (0, number, leaf)
        for level, index, value in done:
            assert value == mth(hashes[index << level : (index + 1) << level])
        assert tree.root() == mth(hashes[: number + 1])


@pytest.fixture(scope="module")
def stored(make_database: object) -> Iterator[Engine]:
    """The stored subtrees of 70 leaves."""
    engine = sa.create_engine(make_database())  # type: ignore[operator]
    tree = log.Tree()
    with engine.begin() as conn:
        for leaf in leaves(70):
            rows = [{"level": a, "index": b, "hash": c} for a, b, c in tree.add(leaf)]
            conn.execute(sa.insert(LogNode), rows)
    yield engine
    engine.dispose()


def test_proofs_from_stored_subtrees_are_those_of_the_rfc(stored: Engine) -> None:
    tree = leaves(70)
    with stored.connect() as conn:
        for size in range(1, 71):
            for index in {0, size // 3, size // 2, size - 1}:
                assert list(proofs.inclusion_proof(conn, index, size)) == path(index, tree[:size])
            for first in {1, size // 3 or 1, size // 2 or 1, size}:
                given_ = list(proofs.consistency_proof(conn, first, size))
                assert given_ == subproof(first, tree[:size], True)


def test_a_proof_is_one_query_of_few_rows(stored: Engine) -> None:
    asked: list[int] = []
    with stored.connect() as conn:
        sa.event.listen(conn, "after_cursor_execute", lambda *a: asked.append(a[1].rowcount))
        proofs.inclusion_proof(conn, 37, 69)
        proofs.consistency_proof(conn, 33, 69)
    assert len(asked) == 2
    assert all(rows <= 2 * 7 for rows in asked)


@pytest.mark.parametrize(("index", "size"), [(5, 5), (-1, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_beyond_the_size(stored: Engine, index: int, size: int) -> None:
    with stored.connect() as conn, pytest.raises(BadQuestion, match=f"size {size} has no leaf"):
        proofs.inclusion_proof(conn, index, size)


@pytest.mark.parametrize(("first", "second"), [(0, 3), (4, 3), (-1, 2)])
def test_consistency_is_asked_of_a_smaller_size_first(
    stored: Engine, first: int, second: int
) -> None:
    with stored.connect() as conn, pytest.raises(BadQuestion, match="1 <= first <= second"):
        proofs.consistency_proof(conn, first, second)


def test_a_missing_subtree_is_named_and_not_made_up(stored: Engine) -> None:
    with stored.connect() as conn:
        conn.execute(sa.delete(LogNode).where(LogNode.level == 4, LogNode.index == 1))
        with pytest.raises(proofs.Incomplete, match="Subtree 1 of level 4 is missing"):
            proofs.inclusion_proof(conn, 5, 32)
        conn.rollback()


def test_a_published_change_is_proven_up_to_the_root_of_the_log(conn: Connection) -> None:
    size = proofs.log_size(conn)
    assert size == 3
    for position in range(size):
        leaf = proofs.read_leaf(conn, position)
        held = proofs.prove_leaf(conn, leaf, size)
        assert held.root == log.tree_root(conn, size)
        assert included(log.leaf_hash(leaf.data), position, size, held.path, held.root)
        for row in range(leaf.rows):
            said, within = proofs.prove_row(conn, leaf, row)
            assert within.root == leaf.root
            assert included(log.leaf_hash(said), row, leaf.rows, within.path, leaf.root)
    assert b'"left_list","record"' in said
    with pytest.raises(NotFound, match="Position 2 of the log has no row 1"):
        proofs.prove_row(conn, leaf, 1)
    with pytest.raises(NotFound, match="no position 3"):
        proofs.read_leaf(conn, 3)
