"""Web, beat and the audits' own workers as real processes over a real PostgreSQL and Redis."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import httpx
import sqlalchemy as sa
from sqlalchemy.engine import Engine

from deploy.embedded.asked import HOST, free_port
from deploy.embedded.children import end_group, spawn
from services import accounts, db
from services.sync.catalogue import discover
from services.terms import Role, SecretKind

T = TypeVar("T")
AUDITORS = ("auditor-1", "auditor-2")
_PYTHON = [sys.executable, "-m"]
_CELERY = [*_PYTHON, "celery", "-A", "workers.app"]
_QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
_GRANIAN = [*_PYTHON, "granian", "--interface", "asgi", "directory.app:app", "--workers", "1"]


@dataclass(slots=True)
class AuditHouse:
    """``folder`` holds logs and settings. ``lease``: of a chunk, short where workers are killed."""

    folder: Path
    database_url: str
    redis_url: str
    lease: str = "30s"
    engine: Engine = field(init=False)
    port: int = field(init=False)
    env: dict[str, str] = field(init=False)
    key: dict[str, str] = field(init=False)
    running: dict[str, subprocess.Popen[bytes]] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        off = "".join(f"[sources.{key}]\nenabled = false\n" for key in sorted(discover()))
        settings = self.folder / "settings.toml"
        settings.write_text(f'[audit]\nlease = "{self.lease}"\n{off}')
        self.port = free_port(0)
        self.engine = db.connect(self.database_url)
        self.env = os.environ | {
            "LABDIR_DATABASE_URL": self.database_url,
            "LABDIR_REDIS_URL": self.redis_url,
            "LABDIR_SETTINGS": str(settings),
        }
        now = datetime.now(UTC)
        with self.engine.begin() as conn:
            account_id = accounts.open_account(conn, f"Desk {now.isoformat()}", Role.READER, now)
            secret = accounts.new_secret(conn, account_id, SecretKind.API_KEY, now)
        self.key = {"authorization": f"Bearer {secret}"}

    # --- processes -------------------------------------------------------------------------------

    def start(self, *names: str) -> None:
        for name in names:
            if name == "web":
                argv = [*_GRANIAN, "--host", HOST, "--port", str(self.port)]
            elif name == "beat":
                argv = [*_PYTHON, "celery", "-A", "workers.beat", "beat"]
                argv += ["-S", "celery.beat:Scheduler", "--pidfile="]
            else:
                argv = [*_CELERY, "worker", "--pool", "solo", "-Q", "audit", *_QUIET]
                argv += ["-n", f"{name}@%h"]
            self.running[name] = spawn(
                argv, log=self.folder / f"{name}.log", env=self.env, cwd=Path.cwd(),
                death_signal=signal.SIGKILL,
            )  # fmt: skip

    def kill(self, *names: str) -> None:
        """SIGKILL. What a web leaves behind a supervisor's group or container ends with it."""
        for name in names:
            process = self.running[name]
            process.kill()
            process.wait(10)
            if name == "web":
                end_group(process)

    def opened(self) -> None:
        """All of it runs and the web answers."""
        self.start("web", "beat", *AUDITORS)
        self.wait_for("the web", self.answers)

    def close(self) -> None:
        for process in self.running.values():
            end_group(process)
            process.wait(10)
        self.engine.dispose()

    def wait_for(
        self, what: str, found: Callable[[], T | None], longest: float = 120.0, pause: float = 0.02
    ) -> T:
        end = time.monotonic() + longest
        while time.monotonic() < end:
            if (one := found()) is not None:
                return one
            time.sleep(pause)
        raise AssertionError(f"waited {longest:.0f} s for {what}; see {self.folder}")

    def answers(self) -> bool | None:
        try:
            said = httpx.get(f"{self.base}/ready", timeout=5, trust_env=False)
        except httpx.HTTPError:
            return None
        return said.is_success or None

    # --- audits ----------------------------------------------------------------------------------

    @property
    def base(self) -> str:
        return f"http://{HOST}:{self.port}"

    def upload(self, body: bytes | Iterable[bytes], name: str = "rows.csv") -> int:
        """The new audit's number, once the web has answered for it."""
        answer = httpx.post(
            f"{self.base}/api/v1/audits", params={"file_name": name}, content=body,
            headers={**self.key, "content-type": "application/octet-stream"}, timeout=60,
            trust_env=False,
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        return int(answer.json()["data"]["id"])

    def rerun(self, number: int, *, same: bool) -> int:
        answer = httpx.post(
            f"{self.base}/api/v1/audits/{number}/rerun", json={"same": same}, headers=self.key,
            timeout=60, trust_env=False,
        )  # fmt: skip
        assert answer.status_code == 201, answer.text
        return int(answer.json()["data"]["id"])

    def state(self, number: int) -> Any:
        """(state, rows, judged, problems) as the database has it."""
        with self.engine.begin() as conn:
            query = sa.text("select state, rows, judged, problems from audit where id = :id")
            return conn.execute(query, {"id": number}).one()

    def done(self, number: int, longest: float = 240.0, pause: float = 0.02) -> None:
        def ended() -> bool | None:
            row = self.state(number)
            assert row.state != "refused", row.problems
            assert row.state != "mapping", row.problems
            return True if row.state == "done" else None

        self.wait_for(f"audit {number}", ended, longest, pause)

    def result(self, number: int, form: str = "csv") -> bytes:
        address = f"{self.base}/api/v1/audits/{number}/result.{form}"
        answer = httpx.get(address, headers=self.key, timeout=120, trust_env=False)
        assert answer.status_code == 200, answer.text[:500]
        return answer.content
