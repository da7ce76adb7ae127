"""``python -m tests.bench.standing``: how soon `labdir up` answers, and what it holds in memory.

From an empty data folder, and again over the filled one: seconds until it says ready. Then the
memory of each kind of process (PSS of /proc/PID/smaps_rollup, so that shared pages count once)
before anybody asks anything, and after some minutes of the soak's use. In between, pages that need
routes and markets, which a made directory has not, one after another, some times each. The made
registers of the samples are what it holds. What an hour of use does is ``make soak``.
"""

import argparse
import shutil
import statistics
import tempfile
import time
from pathlib import Path

import httpx

from tests.bench.figures import machine, tell
from tests.soak.load import Load
from tests.soak.memory import Memory
from tests.soak.stack import operator_key, up

_IDLE_SECONDS = 30.0  # first syncs are over
_TIMES = 15
_PAPER = "type1=CB+report&standard1=IEC+60335-2-24:2020&issued1=2025-03-01&country1=CN"
_PAGES = {
    "planner, one market": "/en/plan?product=electrical_safety&markets=SA",
    "planner, three markets and a paper": "/en/plan?product=electrical_safety&markets=EU,SA,VN"
    f"&standard=IEC+60335-2-24&{_PAPER}",
    "markets": "/zh/markets",
    "abroad": "/zh/abroad",
    "changes": "/en/changes",
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.standing", description=__doc__)
    parser.add_argument("--minutes", type=float, default=1.0, help="of use")
    asked = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="labdir-standing-"))
    folder.chmod(0o711)
    tell("machine", **machine())
    try:
        begun = time.perf_counter()
        with up(folder):
            tell("ready, from an empty folder", seconds=time.perf_counter() - begun)
        begun = time.perf_counter()
        with up(folder) as (process, base, env):
            tell("ready, again", seconds=time.perf_counter() - begun)
            memory = Memory(process.pid)
            time.sleep(_IDLE_SECONDS)
            _tell("idle", memory)
            _ask(base)
            load = Load(base, operator_key(env))
            with load.going_on():
                time.sleep(60 * asked.minutes)
                _tell("used", memory)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    tell("asked meanwhile", done=dict(load.done), failed=len(load.failed))
    return 1 if load.failed else 0


def _ask(base: str) -> None:
    with httpx.Client(base_url=base, timeout=60, trust_env=False) as client:
        for what, path in _PAGES.items():
            took = []
            for _ in range(_TIMES):
                begun = time.perf_counter()
                client.get(path).raise_for_status()
                took.append(1000 * (time.perf_counter() - begun))
            tell(f"page: {what}", p50=statistics.median(took), most=max(took[1:]), first=took[0])


def _tell(when: str, memory: Memory) -> None:
    pss = {role: round(mb, 1) for role, mb in sorted(memory.pss().items())}
    tell(f"memory, {when}", pss_mb=sum(pss.values()), **pss)


if __name__ == "__main__":
    raise SystemExit(main())
