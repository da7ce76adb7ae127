"""Signing keys: files of the operator's, announced by their public halves, rotated, retired."""

import json
import stat
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from joserfc.jwk import OKPKey
from sqlalchemy.engine import Connection

from services import models
from services.errors import BadQuestion, NotFound
from services.evidence import keys
from services.evidence.keys import BadSignature, NoSigningKey, Signer
from tests.services.store.build import at

NOW = at("2026-06-01")


def test_a_new_key_is_a_private_file_and_a_public_row(conn: Connection, folder: Path) -> None:
    kid = keys.new_key(conn, folder, NOW)
    file = folder / f"{kid}.jwk"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    private = json.loads(file.read_text())
    assert (private["kty"], private["crv"], private["kid"]) == ("OKP", "Ed25519", kid)
    assert OKPKey.import_key(private).thumbprint() == kid
    row = conn.execute(sa.select(models.SigningKey.__table__)).one()
    assert row.jwk == {name: private[name] for name in ("kty", "crv", "x", "kid", "alg", "use")}
    assert private["d"] not in str(row)
    assert private["d"] not in repr(keys.signer(conn, folder))
    assert sorted(one.name for one in folder.iterdir()) == [file.name]


def test_the_newest_key_that_stands_signs_and_retired_ones_stay_known(
    conn: Connection, folder: Path
) -> None:
    first = keys.new_key(conn, folder, NOW)
    second = keys.new_key(conn, folder, NOW + timedelta(days=1))
    assert keys.signer(conn, folder).kid == second
    keys.retire_key(conn, second, NOW + timedelta(days=2))
    assert keys.signer(conn, folder).kid == first
    known = {one["kid"]: one for one in keys.public_keys(conn)}
    assert set(known) == {first, second}
    assert known[second]["retired_at"] == "2026-06-03T06:00:00Z"
    assert "retired_at" not in known[first]
    assert all("d" not in one for one in known.values())
    with pytest.raises(BadQuestion, match="was retired on 2026-06-03"):
        keys.retire_key(conn, second, NOW)
    with pytest.raises(NotFound, match="There is no key nobody"):
        keys.retire_key(conn, "nobody", NOW)
    keys.retire_key(conn, first, NOW + timedelta(days=3))
    with pytest.raises(NoSigningKey, match="labdir key new"):
        keys.signer(conn, folder)


def test_a_key_whose_file_is_elsewhere_does_not_sign(conn: Connection, folder: Path) -> None:
    first = keys.new_key(conn, folder, NOW)
    second = keys.new_key(conn, folder, NOW + timedelta(days=1))
    (folder / f"{second}.jwk").unlink()
    assert keys.signer(conn, folder).kid == first
    (folder / f"{first}.jwk").unlink()
    with pytest.raises(NoSigningKey, match=rf"none is in .*Bring back {second}\.jwk"):
        keys.signer(conn, folder)
    assert [one.held for one in keys.key_states(conn, folder)] == [False, False]


def test_no_folder_and_no_key_say_what_to_do(conn: Connection, folder: Path) -> None:
    with pytest.raises(NoSigningKey, match=r"LABDIR_KEYS.*\[proof\].*labdir key new"):
        keys.signer(conn, "")
    with pytest.raises(NoSigningKey, match=r"no signing key.*labdir key new"):
        keys.signer(conn, folder)
    blocked = folder.parent / "file"
    blocked.write_text("")
    with pytest.raises(NoSigningKey, match=r"No key can be written to .*Not a directory"):
        keys.new_key(conn, blocked / "keys", NOW)


def test_a_key_that_others_may_read_is_refused(
    conn: Connection, folder: Path, signs: Signer
) -> None:
    file = folder / f"{signs.kid}.jwk"
    file.chmod(0o640)
    with pytest.raises(NoSigningKey, match=r"mode 0640.*chmod 600"):
        keys.signer(conn, folder)


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"kty":"OKP","crv":"Ed25519","d":"x","x":"y"}'])
def test_a_spoilt_key_file_is_named_and_never_quoted(
    conn: Connection, folder: Path, signs: Signer, text: str
) -> None:
    file = folder / f"{signs.kid}.jwk"
    file.write_text(text)
    with pytest.raises(NoSigningKey, match="is no private Ed25519 key"):
        keys.signer(conn, folder)


def test_another_key_under_its_name_does_not_sign(
    conn: Connection, folder: Path, signs: Signer
) -> None:
    other = keys.new_key(conn, folder, NOW - timedelta(days=999))
    (folder / f"{other}.jwk").replace(folder / f"{signs.kid}.jwk")
    with pytest.raises(NoSigningKey, match=f"holds the key {other}, not the one of its name"):
        keys.signer(conn, folder)


def test_a_directory_of_ones_own_gets_its_first_key_once(conn: Connection, folder: Path) -> None:
    kid = keys.ensure_key(conn, folder, NOW)
    assert keys.ensure_key(conn, folder, NOW) == kid
    conn.execute(sa.delete(models.SigningKey))  # another, newer database beside the same folder
    assert keys.ensure_key(conn, folder, NOW) == kid
    keys.retire_key(conn, kid, NOW)
    assert keys.ensure_key(conn, folder, NOW) != kid


def test_what_is_signed_opens_with_the_public_key_and_nothing_else_does(
    conn: Connection, folder: Path, signs: Signer
) -> None:
    token = signs.sign(b'{"a":1}', "labdir-test+jwt")
    known = keys.public_keys(conn)
    opened = keys.open_jws(token, known, "labdir-test+jwt")
    assert (opened.kid, opened.payload, opened.retired_at) == (signs.kid, b'{"a":1}', None)
    with pytest.raises(BadSignature, match='of the type "labdir-test\\+jwt", not labdir-receipt'):
        keys.open_jws(token, known, "labdir-receipt+jwt")
    with pytest.raises(BadSignature, match="not among the known ones"):
        keys.open_jws(token, [], "labdir-test+jwt")
    lying = [known[0] | {"x": keys.public_half(another())["x"]}]
    with pytest.raises(BadSignature, match="not the Ed25519 key of its name"):
        keys.open_jws(token, lying, "labdir-test+jwt")
    for spoilt in (
        "",
        "a.b",
        "a.b.c",
        token[:-2],
        token + ".x",
        "é" + token,
        token.replace(".", ":"),
    ):
        with pytest.raises(BadSignature):
            keys.open_jws(spoilt, known, "labdir-test+jwt")


def another() -> Signer:
    key = OKPKey.generate_key("Ed25519")
    return Signer(key.thumbprint(), key)
