"""``python -m tests.soak --minutes 60``: `labdir up` used for an hour, its memory watched.

Exit code 0 only where every question was answered and no kind of process has grown: see
:mod:`tests.soak.memory` for what counts as growth.
"""

import argparse
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.figures import machine, tell
from tests.soak.load import Load
from tests.soak.memory import Memory
from tests.soak.stack import operator_key, up

_LOOK = 30.0  # seconds from one look at the memory to the next


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=60.0)
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    folder = Path(tempfile.mkdtemp(prefix="labdir-soak-"))
    folder.chmod(0o711)
    try:
        with up(folder) as (process, base, env):
            memory = Memory(process.pid)
            load = Load(base, operator_key(env))
            tell("soak begins", **machine(), minutes=asked.minutes)
            with load.going_on():
                _watch(memory, load, time.monotonic() + asked.minutes * 60)
            return _report(memory, load)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _watch(memory: Memory, load: Load, until: float) -> None:
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(_LOOK, left))
        own = {role: round(mb, 1) for role, mb in sorted(memory.look().items())}
        tell("look", pss=memory.whole[-1], own=own, failed=len(load.failed), done=dict(load.done))


def _report(memory: Memory, load: Load) -> int:
    growth = memory.growth()
    for one in growth:
        tell("memory", of=one.role, own_mb_before=one.before, own_mb_after=one.after, flat=one.flat)
    for fault in load.failed[:20]:
        print(fault, file=sys.stderr)
    grown = [one.role for one in growth if not one.flat]
    tell(
        "soak", looks=len(memory.own), pss_at_most_mb=max(memory.whole),
        pss_at_the_end_mb=memory.whole[-1], done=dict(load.done), failed=len(load.failed),
        grown=grown,
    )  # fmt: skip
    return 1 if grown or load.failed or not growth else 0


if __name__ == "__main__":
    sys.exit(main())
