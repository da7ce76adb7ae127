"""The log is the tree of RFC 9162, over what really stands in the database."""

import hashlib
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from services import db
from services.evidence import log

NOW = datetime(2026, 3, 1, tzinfo=UTC)

# The eight inputs with which implementations of Certificate Transparency test their trees, and
# what they are widely published to give.
INPUTS = [
    bytes.fromhex(text)
    for text in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = {
    0: "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    1: "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    2: "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    3: "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    4: "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    5: "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    6: "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    7: "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    8: "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
}


def mth(data: list[bytes]) -> bytes:
    """RFC 9162, 2.1.1, word for word: split at the largest power of two below the size."""
    if not data:
        return hashlib.sha256(b"").digest()
    if len(data) == 1:
        return hashlib.sha256(b"\x00" + data[0]).digest()
    k = 1
    while k * 2 < len(data):
        k *= 2
    return hashlib.sha256(b"\x01" + mth(data[:k]) + mth(data[k:])).digest()


@pytest.mark.parametrize("size", sorted(ROOTS))
def test_roots_are_the_published_ones(size: int) -> None:
    assert mth(INPUTS[:size]).hex() == ROOTS[size]
    assert log.root_of([log.leaf_hash(data) for data in INPUTS[:size]]).hex() == ROOTS[size]


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.connect(database_url)
    with engine.begin() as conn:
        conn.exec_driver_sql(
            "insert into source (key, enabled, tier, made, meta) values ('s', true, 1, false, '{}')"
        )
        conn.exec_driver_sql(
            "insert into source_list (source_key, name, enabled) values ('s', 'l', true)"
        )
    yield engine
    engine.dispose()


def run(conn: Connection, changes: int = 0) -> int:
    run_id = int(
        conn.execute(
            sa.text(
                "insert into run (list_id, state, asked_by, asked_at)"
                " select id, 'published', 'test', now() from source_list returning id"
            )
        ).scalar_one()
    )
    for row in range(changes):
        conn.execute(
            sa.text(
                "insert into change (run_id, row, kind, what, key, before, after, fact_hash)"
                " values (:run, :row, 'altered', 'name', 'k', '{\"b\": 1, \"a\": \"é\"}',"
                " cast(:after as jsonb), '\\x00ff')"
            ),
            {"run": run_id, "row": row, "after": f'{{"n": {row}}}'},
        )
    return run_id


def test_stored_subtrees_give_the_root_of_every_size(engine: Engine) -> None:
    data: list[bytes] = []
    with engine.begin() as conn:
        for size in range(1, 41):
            run_id = run(conn, changes=size % 3)
            root, rows = log.changes_root(conn, run_id)
            at = NOW + timedelta(hours=size)
            data.append(log.leaf_data(size - 1, run_id, rows, root, at))
            assert log.append(conn, run_id, at) == size - 1
        for size in range(41):
            assert log.tree_root(conn, size) == mth(data[:size])
        written = conn.execute(
            sa.text("select position, tree_root, leaf_hash from log_leaf order by position")
        ).all()
        assert [row.position for row in written] == list(range(40))
        for row in written:
            assert bytes(row.tree_root) == mth(data[: row.position + 1])
            assert bytes(row.leaf_hash) == log.leaf_hash(data[row.position])


def test_the_first_position_is_zero(engine: Engine) -> None:
    with engine.begin() as conn:
        assert log.next_position(conn) == 0
        assert log.tree_root(conn, 0) == hashlib.sha256(b"").digest()
        log.append(conn, run(conn), NOW)
        assert log.next_position(conn) == 1


@pytest.mark.parametrize(
    "tampering",
    [
        "update change set after = '{\"n\": 7}' where row = 1",
        "update change set before = null where row = 2",
        "update change set kind = 'added' where row = 0",
        "update change set key = 'other' where row = 0",
        "update change set fact_hash = '\\x00fe' where row = 1",
        "update change set repeats = true where row = 1",
        "delete from change where row = 2",
        "update change set row = row + 10 where row = 0",
    ],
)
def test_one_altered_change_row_gives_another_root(engine: Engine, tampering: str) -> None:
    with engine.begin() as conn:
        run_id = run(conn, changes=3)
        honest = log.changes_root(conn, run_id)
        assert log.changes_root(conn, run_id) == honest
        conn.exec_driver_sql(tampering)
        assert log.changes_root(conn, run_id) != honest


def test_the_order_of_keys_in_json_does_not_matter(engine: Engine) -> None:
    with engine.begin() as conn:
        run_id = run(conn, changes=1)
        honest = log.changes_root(conn, run_id)
        conn.exec_driver_sql('update change set before = \'{"a":"é",   "b":1}\'')
        assert log.changes_root(conn, run_id) == honest


def test_a_leaf_commits_to_everything_in_it() -> None:
    root = b"\x01" * 32
    honest: tuple[Any, ...] = (3, 7, 2, root, NOW)
    seen = {log.leaf_data(*honest)}
    for place, other in enumerate((4, 8, 3, b"\x02" * 32, NOW + timedelta(microseconds=1))):
        changed = [*honest]
        changed[place] = other
        seen.add(log.leaf_data(*changed))
    assert len(seen) == 6


def test_a_leaf_is_the_same_in_every_time_zone() -> None:
    there = NOW.astimezone(ZoneInfo("Asia/Shanghai"))
    assert log.leaf_data(0, 1, 0, b"", NOW) == log.leaf_data(0, 1, 0, b"", there)


def test_leaves_written_at_once_get_positions_without_a_gap(engine: Engine) -> None:
    start = threading.Barrier(4)

    def write() -> None:
        start.wait()
        for _ in range(3):
            with engine.begin() as conn:
                log.append(conn, run(conn, 1), NOW)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with engine.connect() as conn:
        rows = conn.execute(
            sa.text("select position, leaf_hash, tree_root from log_leaf order by 1")
        )
        leaves = rows.all()
    assert [leaf.position for leaf in leaves] == list(range(12))
    hashes = [bytes(leaf.leaf_hash) for leaf in leaves]
    for leaf in leaves:
        assert bytes(leaf.tree_root) == log.root_of(hashes[: leaf.position + 1])
