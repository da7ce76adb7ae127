"""Web processes to be measured, and the client that presses them.

A process is started as ``labdir up`` starts the front door: granian, one worker. The client is wrk
(https://github.com/wg/wrk, a Debian package): it takes less of the machine than it measures.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from deploy.embedded.children import end, spawn
from services.errors import LabdirError
from tests.chaos.house import children_of

CONNECTIONS = 32
FRONT_DOOR = "deploy.embedded.web:app"
ONE_SELECT = "tests.bench.one_select:app"
_START_SECONDS = 120.0


class NoClient(LabdirError):
    """The load generator is not on this machine."""


@dataclass(frozen=True, slots=True)
class Request:
    """``body`` "" is a GET."""

    path: str
    body: str = ""


@dataclass(frozen=True, slots=True)
class Pressed:
    """One measurement. Times in milliseconds; ``failed``: answers that were none, or not 2xx.

    ``cpu``: processor time of the web process for one request: it stays what it is where others
    use the machine too, which the rest does not.
    """

    per_second: float
    p50: float
    p95: float
    p99: float
    requests: int
    failed: int
    cpu: float = 0.0


@dataclass(frozen=True, slots=True)
class Served:
    """A running web process: where it answers, and the process that was started."""

    address: str
    pid: int

    def seconds(self) -> float:
        """Processor time of the process and its children so far; 0 where /proc does not tell."""
        return sum(_seconds(pid) for pid in (self.pid, *children_of(self.pid)))


def _seconds(pid: int) -> float:
    told = Path(f"/proc/{pid}/stat")
    if not told.exists():
        return 0.0
    fields = told.read_text("utf-8").rpartition(")")[2].split()
    # proc(5): fields 14 and 15, user and system time in ticks
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


@contextmanager
def serving(
    app: str, database_url: str, folder: Path, ready: str, *, processes: int = 1
) -> Iterator[Served]:
    """Web processes over the database. ``ready``: a path that answers once they run."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    log = folder / f"{app.partition(':')[0]}.log"
    argv = [
        *(sys.executable, "-m", "granian", "--interface", "asgi", app, "--host", "127.0.0.1"),
        *("--port", str(port), "--workers", str(processes)),
    ]
    env = {**os.environ, "LABDIR_DATABASE_URL": database_url}
    for other in ("LABDIR_SETTINGS", "LABDIR_REDIS_URL"):
        env.pop(other, None)
    process = spawn(argv, log=log, env=env, cwd=Path.cwd())
    try:
        _await(f"{address}{ready}", process, log)
        yield Served(address, process.pid)
    finally:
        end(process, seconds=10)


def _await(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            if httpx.get(url).is_success:
                return
        except httpx.HTTPError:
            pass
        if process.poll() is not None or time.monotonic() > deadline:
            raise LabdirError(f"{url} does not answer.", f"See {log}.")
        time.sleep(0.1)


_SCRIPT = """
-- every request of the list in turn; the figures leave as one JSON line
local requests, n = {}, 0
init = function(args)
  for line in io.lines(args[1]) do
    local path, body = line:match("^([^\\t]*)\\t(.*)$")
    if body == "" then
      requests[#requests + 1] = wrk.format("GET", path)
    else
      requests[#requests + 1] = wrk.format(
        "POST", path, {["Content-Type"] = "application/json"}, body)
    end
  end
end
request = function()
  n = n % #requests + 1
  return requests[n]
end
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format(
    '\\n{"per_second": %.2f, "p50": %.3f, "p95": %.3f, "p99": %.3f, ' ..
    '"requests": %d, "failed": %d}\\n',
    summary.requests / summary.duration * 1e6, latency:percentile(50) / 1e3,
    latency:percentile(95) / 1e3, latency:percentile(99) / 1e3, summary.requests,
    e.connect + e.read + e.write + e.status + e.timeout))
end
"""


def press(served: Served, requests: Sequence[Request], seconds: int, folder: Path) -> Pressed:
    """Ask for so long over 32 connections, each request of the list in turn.

    Raises NoClient without wrk.
    """
    wrk = shutil.which("wrk")
    if wrk is None:
        raise NoClient("wrk is not on this machine.", "Install it: apt-get install wrk.")
    listed, script = folder / "requests.tsv", folder / "wrk.lua"
    listed.write_text("".join(f"{r.path}\t{r.body}\n" for r in requests), encoding="utf-8")
    script.write_text(_SCRIPT, encoding="utf-8")
    argv = [
        *(wrk, "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "30s"),
        *("-s", str(script), served.address),
        *("--", str(listed)),
    ]
    before = served.seconds()
    said = subprocess.run(argv, capture_output=True, text=True, check=True, timeout=seconds + 60)
    spent = served.seconds() - before
    told = json.loads(said.stdout.strip().splitlines()[-1])
    return Pressed(**told, cpu=spent / max(1, told["requests"]) * 1000)
