"""`labdir key`, `labdir receipt` and `labdir log`, as an operator and a stranger type them."""

import json
import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.engine import Engine

from deploy.cli import main
from services import db
from services.evidence import checkpoint, keys, receipt
from services.evidence.receipt import Issued
from services.verdict.answer import answer
from services.verdict.views import Asked
from tests.services.store.build import World, at, lab, on, suspension
from tests.services.sync.web import Reply, serve

NOW = at("2026-06-01")
ORIGIN = "https://directory.example"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "keys"


@pytest.fixture
def runner(database_url: str, folder: Path) -> CliRunner:
    return CliRunner(env={"LABDIR_DATABASE_URL": database_url, "LABDIR_KEYS": str(folder)})


@pytest.fixture
def engine(database_url: str) -> Iterator[Engine]:
    engine = db.connect(database_url)
    with engine.connect() as conn:
        world = World(conn)
        world.source("register", authoritative_for=("CNAS",))
        world.look("register", at("2026-05-01"), [lab()])
        world.look("register", at("2026-05-21"), [lab(events=[suspension("2026-05-20")])])
    yield engine
    engine.dispose()


@pytest.fixture
def issued(engine: Engine, folder: Path) -> Issued:
    with engine.begin() as conn:
        keys.new_key(conn, folder, at("2026-01-01"))
        signs = keys.signer(conn, folder)
        asked = Asked(number="CNAS L90417", on=on("2026-05-25"))
        said, about = answer(conn, asked, known_at=NOW, today=NOW.date())
        return receipt.issue(conn, said, about, NOW, signs, origin=ORIGIN)


def run(runner: CliRunner, *words: str, text: str = "") -> tuple[int, str]:
    done = runner.invoke(main, list(words), input=text)
    return done.exit_code, done.output + (str(done.exception) if done.exception else "")


def test_keys_are_made_listed_rotated_and_retired(runner: CliRunner, folder: Path) -> None:
    code, said = run(runner, "key", "list")
    assert (code, said) == (0, "No key signs. Make one with: labdir key new\n")
    code, said = run(runner, "key", "new")
    assert code == 0
    first = said.split()[0]
    file = folder / f"{first}.jwk"
    assert str(file) in said
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["d"] not in said
    code, said = run(runner, "key", "new")
    second = said.split()[0]
    code, said = run(runner, "key", "list")
    assert re.findall(r"^(\S+) .*  (.*)$", said, re.M) == [(second, "signs"), (first, "here")]
    code, said = run(runner, "key", "retire", second)
    assert (code, said) == (0, f"{second} is retired; {first} signs\n")
    code, said = run(runner, "key", "retire", first)
    assert code == 0
    assert "labdir key new" in said
    code, said = run(runner, "key", "retire", first)
    assert (code, "was retired on" in said) == (2, True)
    code, said = run(runner, "key", "retire", "nobody")
    assert (code, "There is no key nobody" in said) == (1, True)
    # a thumbprint may begin with a dash
    code, said = run(runner, "key", "retire", "-wqq2")
    assert (code, "There is no key -wqq2" in said) == (1, True)


def test_without_a_folder_no_key_is_made(database_url: str) -> None:
    code, said = run(
        CliRunner(env={"LABDIR_DATABASE_URL": database_url, "LABDIR_KEYS": ""}), "key", "new"
    )
    assert code == 1
    assert "LABDIR_KEYS" in said


def test_a_receipt_is_verified_without_a_database(
    issued: Issued, engine: Engine, tmp_path: Path
) -> None:
    with engine.connect() as conn:
        jwks = json.dumps({"keys": keys.public_keys(conn)})
    (tmp_path / "jwks.json").write_text(jwks)
    file = tmp_path / "receipt.jws"
    file.write_text(issued.jws)
    offline = CliRunner(env={"LABDIR_DATABASE_URL": "postgresql://nobody@127.0.0.1:1/x"})
    named = ("--jwks", str(tmp_path / "jwks.json"))
    code, said = run(offline, "receipt", "verify", str(file), *named)
    assert code == 0, said
    assert "Verdict: SUSPENDED" in said
    assert said.endswith("The receipt holds.\n")
    code, said = run(
        offline, "receipt", "verify", "-", *named, text=json.dumps({"jws": issued.jws})
    )
    assert code == 0, said
    with serve() as web:
        web.pages["/.well-known/jwks.json"] = Reply(body=jwks.encode())
        code, said = run(
            offline, "receipt", "verify", str(file), "--jwks", f"{web.base}/.well-known/jwks.json"
        )
        assert code == 0, said
        code, said = run(offline, "receipt", "verify", str(file), "--jwks", f"{web.base}/none")
        assert code == 1
        assert "cannot be read" in said
    header, payload, signature = issued.jws.split(".")
    file.write_text(f"{header}.{payload[:200]}A{payload[201:]}.{signature}")
    code, said = run(offline, "receipt", "verify", str(file), *named)
    assert (code, said.splitlines()[0]) == (
        1, "labdir: The signature does not hold: what it says was altered.",
    )  # fmt: skip


def test_a_receipt_of_ones_own_needs_no_keys_to_be_named(
    issued: Issued, runner: CliRunner, tmp_path: Path, folder: Path
) -> None:
    file = tmp_path / "receipt.jws"
    file.write_text(issued.jws)
    assert run(runner, "receipt", "verify", str(file))[0] == 0
    for key in folder.iterdir():
        key.unlink()
    code, said = run(runner, "receipt", "verify", str(file))
    assert code == 1
    assert "--jwks" in said
    code, said = run(runner, "receipt", "verify", str(file), "--jwks", str(tmp_path / "none"))
    assert code == 1
    assert "No such file" in said


def test_the_log_is_verified_and_a_doctored_row_is_named(
    issued: Issued, engine: Engine, runner: CliRunner, tmp_path: Path, folder: Path
) -> None:
    with engine.begin() as conn:
        signed = checkpoint.sign_newest(conn, keys.signer(conn, folder), NOW, origin=ORIGIN)
    kept = tmp_path / "checkpoint.json"
    kept.write_text(json.dumps({"data": {"jws": signed.jws}}))
    code, said = run(runner, "log", "verify", "--checkpoint", str(kept))
    assert code == 0, said
    assert re.fullmatch(r"The log holds: 2 leaves, \d+ rows checked\.\n", said)
    with engine.begin() as conn:
        conn.execute(sa.text("update status_event set \"on\" = '2026-05-21'"))
        conn.execute(sa.text("update change set key = key || '.' where run_id = 1 and row = 0"))
    code, said = run(runner, "log", "verify")
    assert code == 1
    assert said.startswith("change run 1 row 0: was altered\n")
    assert "status_event id 1 (record 1, run 2): was altered: on" in said
    assert "the database is not what was published" in said
    with engine.begin() as conn:
        conn.execute(sa.text("delete from log_leaf where position = 1"))
        conn.execute(sa.text("delete from checkpoint"))
    code, said = run(runner, "log", "verify", "--checkpoint", str(kept))
    assert code == 1
    assert "the checkpoint at hand names 2 leaves, 1 are there" in said
