"""The stack of docker-compose.yml under a name of its own, and what asks it from outside."""

import json
import os
import secrets
import signal
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.compose.engine import Engine
from tests.compose.images import ROOT

PROJECT = "labdir-test"
LONGEST = 300.0  # seconds to become healthy, on a machine that does other things too
# services that run Labdir's own code
OWN = ("web", "worker", "auditor", "beat", "publisher")
_LOOKED_AT_OFTEN = ("web", "proxy", "postgres", "redis")


class Failed(AssertionError):
    """What the stack was to do, it did not."""


def demand(holds: object, said: str) -> None:
    if not holds:
        raise Failed(said)


@dataclass(slots=True)
class Stack:
    """``folder`` holds its environment file and the proxy's authority. ``said``: the log."""

    engine: Engine
    folder: Path
    https: int
    http: int
    client: httpx.Client = field(init=False)
    said: list[str] = field(default_factory=list)

    @property
    def env_file(self) -> Path:
        return self.folder / "labdir.env"

    def write_environment(self) -> None:
        """The shipped example, with what whoever installs it sets."""
        example = (ROOT / "deploy" / "compose" / "labdir.env.example").read_text("utf-8")
        password = secrets.token_urlsafe(18)
        own = {"LABDIR_MADE": "1", "LABDIR_HTTPS_PORT": self.https, "LABDIR_HTTP_PORT": self.http}
        lines = [
            one
            for one in example.replace("change-me", password).splitlines()
            if one.partition("=")[0] not in own
        ]
        lines += [f"{name}={value}" for name, value in own.items()]
        self.env_file.write_text("\n".join(lines) + "\n")
        self.env_file.chmod(0o600)

    def say(self, line: str) -> None:
        self.said.append(line)
        print(line, flush=True)

    # --- docker compose ----------------------------------------------------------------------

    def compose(self, *argv: str, timeout: float = 600, check: bool = True) -> str:
        """Standard output. Raises Failed with what compose said."""
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("docker-compose")), "--ansi", "never",
                "--project-name", PROJECT, "--env-file", str(self.env_file),
                "--file", str(ROOT / "docker-compose.yml"), *argv,
            ],
            env=self.engine.env | {"LABDIR_ENV_FILE": str(self.env_file)},
            capture_output=True, text=True, timeout=timeout, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise Failed(f"docker compose {' '.join(argv)}: {(done.stdout + done.stderr)[-2000:]}")
        return done.stdout

    def up(self, *argv: str) -> float:
        """Start what does not run, and wait until all is healthy. Returns the seconds it took."""
        began = time.monotonic()
        self.compose(
            "up", "--detach", "--no-build", "--pull", "never", "--wait",
            "--wait-timeout", str(int(LONGEST)), *argv, timeout=LONGEST + 60,
        )  # fmt: skip
        return time.monotonic() - began

    def containers(self, service: str) -> list[str]:
        return self.compose("ps", "--quiet", service).split()

    def inspected(self, container: str) -> dict[str, Any]:
        found: list[dict[str, Any]] = json.loads(self.engine.docker("inspect", container))
        return found[0]

    def kill(self, container: str) -> None:
        """SIGKILL as an accident deals it: asked of the engine, it would count as a wish."""
        os.kill(self.inspected(container)["State"]["Pid"], signal.SIGKILL)

    def back(self, service: str) -> None:
        """Wait until every container of the service runs, and is healthy where that is looked at
        every few seconds (of the others the first look comes after a minute). Raises Failed."""
        fine = {"healthy"} if service in _LOOKED_AT_OFTEN else {"healthy", "starting"}

        def there() -> bool:
            states = [self.inspected(one)["State"] for one in self.containers(service)]
            return bool(states) and all(
                one["Running"] and one.get("Health", {}).get("Status", "healthy") in fine
                for one in states
            )

        self.wait(f"{service} to be back", there)

    def wait(self, what: str, found: Any, longest: float = LONGEST) -> Any:
        """What ``found`` gives once it is true. Raises Failed."""
        end = time.monotonic() + longest
        while time.monotonic() < end:
            with suppress(httpx.TransportError):
                if got := found():
                    return got
            time.sleep(0.5)
        raise Failed(f"waited {longest:.0f} s for {what}")

    def sql(self, statement: str) -> list[str]:
        """Lines of a statement's answer, by psql in the database's own container."""
        asked = ("exec", "-T", "postgres", "psql", "-U", "labdir", "-d", "labdir", "-AtX")
        return self.compose(*asked, "-c", statement).splitlines()

    def labdir(self, *argv: str) -> str:
        return self.compose("exec", "-T", "web", "labdir", *argv)

    # --- HTTPS from outside ------------------------------------------------------------------

    def trust(self) -> None:
        """A client that believes the proxy's own authority, and nobody else."""
        authority = self.folder / "authority.crt"
        self.compose("cp", "proxy:/data/caddy/pki/authorities/local/root.crt", str(authority))
        self.client = httpx.Client(
            base_url=f"https://localhost:{self.https}",
            verify=ssl.create_default_context(cafile=str(authority)),
            timeout=60,
            trust_env=False,
        )

    def get(self, path: str, **params: Any) -> Any:
        answer = self.client.get(path, params=params)
        demand(answer.is_success, f"{path}: {answer.status_code} {answer.text[:300]}")
        return answer.json()

    def verdicts(self, questions: list[dict[str, str]], **more: Any) -> list[dict[str, Any]]:
        """Verdicts alone, of any number of questions, in their order."""
        told: list[dict[str, Any]] = []
        for n in range(0, len(questions), 500):
            asked = {"questions": questions[n : n + 500], "brief": True, **more}
            answer = self.client.post("/api/v1/validity", json=asked)
            demand(answer.is_success, f"validity: {answer.status_code} {answer.text[:300]}")
            told += answer.json()["data"]["verdicts"]
        return told

    @contextmanager
    def asked_throughout(self) -> Iterator[Counter[str]]:
        """Three askers that never rest. Counts answers by kind, "ok" where it is one of 2xx."""
        counts: Counter[str] = Counter()
        rest = threading.Event()

        def ask() -> None:
            while not rest.is_set():
                try:
                    answer = self.client.get("/api/v1/bodies", params={"q": "test"})
                    counts["ok" if answer.is_success else str(answer.status_code)] += 1
                except httpx.TransportError as fault:
                    counts[type(fault).__name__] += 1
                rest.wait(0.05)

        askers = [threading.Thread(target=ask) for _ in range(3)]
        for one in askers:
            one.start()
        try:
            yield counts
        finally:
            rest.set()
            for one in askers:
                one.join()
