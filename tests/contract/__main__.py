"""``python -m tests.contract``: schemathesis over the whole OpenAPI document.

A house of its own: private PostgreSQL, filled with a made register, the front door as its own
process on loopback, without limits. It is asked as nobody and as an operator, from a fixed seed,
bounded in time; each answer is held against the document, and nothing that is sent may bring a
fault of ours about.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from deploy.embedded.servers import start_postgres
from services import accounts
from services.db import migrate
from services.errors import LabdirError
from services.evidence.keys import new_key
from services.terms import Role, SecretKind
from tests.bench.web import serving
from tests.directory.api.conftest import fill
from tests.services.store.build import World

FRONT_DOOR = "directory.app:app"
# answers that never end: tests/directory/api/test_watch_stream.py and test_audits.py ask them
STREAMS = ("streamChanges", "followAudit")
CONFIG = Path(__file__).with_name("schemathesis.toml")


def _filled(url: str, keys: Path) -> str:
    """Migrates and fills the database; returns an operator's key."""
    migrate(url)
    now = datetime.now(UTC)
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        fill(World(conn))
        new_key(conn, str(keys), now)
        account = accounts.open_account(conn, "Contract desk", Role.OPERATOR, now)
        key = accounts.new_secret(conn, account, SecretKind.API_KEY, now)
        conn.commit()
    engine.dispose()
    return key


def _run(address: str, key: str, folder: Path, asked: argparse.Namespace) -> int:
    argv = [
        *(str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(CONFIG), "run"),
        *(f"{address}/schema/openapi.json", "--seed", str(asked.seed)),
        *("--phases", "examples,coverage,fuzzing", "--max-examples", str(asked.examples)),
        *("--max-time", str(asked.seconds), "--request-timeout", "30"),
        *("--generation-database", "none", "--continue-on-failure", "--no-color"),
    ]
    for one in STREAMS:
        argv += ["--exclude-operation-id", one]
    for one in asked.only:
        argv += ["--include-path-regex", one]
    if key:
        argv += ["--header", f"Authorization: Bearer {key}"]
    # far beyond what it gives itself: a run that hangs is a failure too
    return subprocess.run(argv, cwd=folder, check=False, timeout=asked.seconds + 600).returncode


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.contract", description=__doc__)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--seconds", type=int, default=300, help="of each of the two rounds")
    asked.add_argument("--examples", type=int, default=20, help="for each operation, at most")
    asked.add_argument("--only", nargs="*", default=[], help="paths, as patterns")
    asked.add_argument("--who", choices=("nobody", "operator", "both"), default="both")
    args = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="labdir-contract-"))
    folder.chmod(0o711)
    keys = folder / "keys"
    keys.mkdir(mode=0o700)
    server = start_postgres(folder, durable=False)
    worst = 0
    try:
        key = _filled(server.url, keys)
        os.environ["LABDIR_KEYS"] = str(keys)
        for who, given in (("nobody", ""), ("operator", key)):
            if args.who in (who, "both"):
                with serving(FRONT_DOOR, server.url, folder, "/ready") as served:
                    print(f"schemathesis as {who}, seed {args.seed}", flush=True)
                    code = _run(served.address, given, folder, args)
                print(f"schemathesis as {who}: {'clean' if code == 0 else f'exit {code}'}")
                worst = max(worst, code)
    except LabdirError:
        for log in folder.glob("*.log"):
            print(log.read_text("utf-8")[-3000:])
        raise
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return worst


if __name__ == "__main__":
    raise SystemExit(main())
