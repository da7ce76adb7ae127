"""Checkpoints: one a size, each grown out of the last; a rewritten log is never signed over."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.evidence import checkpoint, keys, log
from services.evidence.checkpoint import LogBroken
from services.evidence.keys import BadSignature, Signer
from tests.services.store.build import at

NOW = at("2026-06-01")
ORIGIN = "https://directory.example"


def sign(conn: Connection, signs: Signer, hours: int = 0) -> checkpoint.Signed:
    return checkpoint.sign_newest(conn, signs, NOW + timedelta(hours=hours), origin=ORIGIN)


def grow(conn: Connection) -> None:
    """One more leaf, of a run that changed nothing."""
    run = sa.insert(m.Run).values(
        list_id=sa.select(sa.func.min(m.SourceList.id)).scalar_subquery(),
        state="published", asked_by="test", asked_at=NOW, known_at=NOW,
    )  # fmt: skip
    log.append(conn, conn.execute(run.returning(m.Run.id)).scalar_one(), NOW)


def test_a_size_is_signed_once_and_says_what_stands(conn: Connection, signs: Signer) -> None:
    assert checkpoint.standing(conn) is None
    first = sign(conn, signs)
    assert sign(conn, signs, hours=1) == first == checkpoint.standing(conn)
    said = checkpoint.read_checkpoint(first.jws, keys.public_keys(conn))
    assert (said.origin, said.size, said.root) == (ORIGIN, 3, log.tree_root(conn, 3).hex())
    assert (said.issued_at, said.kid) == (NOW, signs.kid)
    grow(conn)
    assert checkpoint.standing(conn) is None
    assert sign(conn, signs, hours=2).size == 4
    newest = checkpoint.newest(conn)
    assert newest is not None
    assert newest.size == 4


def test_a_log_without_leaves_is_signed_as_empty(conn: Connection, signs: Signer) -> None:
    conn.exec_driver_sql("delete from log_leaf")
    conn.exec_driver_sql("delete from log_node")
    signed = sign(conn, signs)
    assert (signed.size, signed.root) == (0, log.EMPTY)


@pytest.mark.parametrize(
    ("doctored", "said"),
    [
        ("delete from log_leaf where position >= 2", "3 leaves were signed .*, 2 are left"),
        ("update log_leaf set tree_root = sha256('x') where position = 3", "names another root"),
        ("delete from log_node where level = 2", "A subtree of its 4 leaves is missing"),
    ],
)
def test_a_log_that_was_tampered_with_is_not_signed(
    conn: Connection, signs: Signer, doctored: str, said: str
) -> None:
    sign(conn, signs)
    grow(conn)
    conn.exec_driver_sql(doctored)
    with pytest.raises(LogBroken, match=rf"rewritten\. .*{said}.*labdir log verify"):
        sign(conn, signs)


def test_a_log_written_anew_is_not_signed_over_what_was_signed(
    conn: Connection, signs: Signer
) -> None:
    sign(conn, signs)
    rows = conn.execute(sa.select(m.LogLeaf.run_id, m.LogLeaf.known_at).order_by("position")).all()
    conn.exec_driver_sql("delete from log_leaf")
    conn.exec_driver_sql("delete from log_node")
    conn.exec_driver_sql("update change set repeats = not repeats where run_id = 1 and row = 0")
    for row in rows:
        log.append(conn, row.run_id, row.known_at)
    with pytest.raises(LogBroken, match="Its 3 leaves were signed with another root"):
        sign(conn, signs)
    grow(conn)
    with pytest.raises(LogBroken, match="did not grow out of the 3 leaves signed on 2026-06-01"):
        sign(conn, signs)


def test_what_is_no_checkpoint_is_refused(conn: Connection, signs: Signer) -> None:
    known = keys.public_keys(conn)
    with pytest.raises(BadSignature, match="no checkpoint of this form"):
        checkpoint.read_checkpoint(signs.sign(b"{}", checkpoint.TYPE), known)
    with pytest.raises(BadSignature, match="of the type"):
        checkpoint.read_checkpoint(signs.sign(b"{}", "labdir-receipt+jwt"), known)
    lying = b'{"origin":"o","size":1,"root":"","issued_at":"2026-06-01T00:00:00Z","kid":"somebody"}'
    with pytest.raises(BadSignature, match="signed by somebody, and was by"):
        checkpoint.read_checkpoint(signs.sign(lying, checkpoint.TYPE), known)
