"""A Docker engine to prove the compose file with: the one that answers, or one started here.

An engine started here is told to leave the host's network alone (no bridge, no firewall rules); it
needs root and Debian's docker.io (`deploy/install-system compose`). Where no registry of images is
reached, stand-ins take the names of the official images (:mod:`tests.compose.images`).
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.errors import LabdirError

_START_SECONDS = 60.0


class NoEngine(LabdirError):
    """There is no Docker engine, and none can be started."""


@dataclass(frozen=True, slots=True)
class Engine:
    """``env``: what every docker command here is run with; ``own``: started by us, for this run."""

    env: dict[str, str]
    own: bool

    def docker(self, *argv: str, text: str = "", timeout: float = 600, check: bool = True) -> str:
        """Standard output of a docker command. Raises CalledProcessError, with both outputs."""
        done = subprocess.run(
            ["docker", *argv], env=self.env, input=text or None, capture_output=True, text=True,
            timeout=timeout, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise subprocess.CalledProcessError(done.returncode, argv, done.stdout, done.stderr)
        return done.stdout

    def version(self) -> str:
        return self.docker("version", "--format", "{{.Server.Version}} ({{.Server.Os}})").strip()


def _answers(env: dict[str, str]) -> bool:
    asked = ["docker", "version", "--format", "{{.Server.Version}}"]
    done = subprocess.run(asked, env=env, capture_output=True, timeout=30, check=False)
    return done.returncode == 0


@contextmanager
def engine(folder: Path) -> Iterator[Engine]:
    """The engine that answers here, or one of our own over ``folder``, which is left for the next
    run (images are kept in it). Raises NoEngine with what is missing."""
    if shutil.which("docker") is None:
        raise NoEngine("There is no docker command.", "deploy/install-system compose brings it.")
    env = dict(os.environ)
    if _answers(env):
        yield Engine(env, own=False)
        return
    if shutil.which("dockerd") is None or os.geteuid() != 0:
        raise NoEngine(
            "No Docker engine answers, and none can be started here.",
            "Start one, or run this as root after deploy/install-system compose.",
        )
    socket = folder / "docker.sock"
    env["DOCKER_HOST"] = f"unix://{socket}"
    if _answers(env):
        raise NoEngine(f"An engine of another run answers at {socket}.", "End that one first.")
    with _daemon(folder, socket, env):
        yield Engine(env, own=True)


@contextmanager
def _daemon(folder: Path, socket: Path, env: dict[str, str]) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    argv = [
        "dockerd", "--storage-driver=overlay2", "--iptables=false", "--ip6tables=false",
        "--ip-forward=false", "--bridge=none", "-H", f"unix://{socket}",
        "--data-root", str(folder / "data"), "--exec-root", str(folder / "exec"),
        "--pidfile", str(folder / "docker.pid"),
    ]  # fmt: skip
    with (folder / "dockerd.log").open("ab") as log:
        daemon = subprocess.Popen(argv, stdout=log, stderr=log, start_new_session=True)
    try:
        end = time.monotonic() + _START_SECONDS
        while not _answers(env):
            if daemon.poll() is not None or time.monotonic() > end:
                said = (folder / "dockerd.log").read_text(errors="replace")[-500:]
                raise NoEngine(f"dockerd does not start: {said}", "See its log.")
            time.sleep(0.3)
        yield
    finally:
        daemon.send_signal(signal.SIGTERM)
        try:
            daemon.wait(60)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()
        # the default network's name space stays mounted after the engine has gone
        default = folder / "exec" / "netns" / "default"
        subprocess.run(["umount", str(default)], capture_output=True, check=False)
