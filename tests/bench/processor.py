"""Seconds of processor that families of processes take, also of members that end meanwhile, and
the memory that they hold.

Nobody waits for a reading process's nanny, so that no parent can tell what it took: each is looked
at while it lives. What a process takes after the last look at it is lost, some hundredths.
"""

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from tests.chaos.house import children_of

_TICKS = os.sysconf("SC_CLK_TCK")


def family(pid: int) -> Iterator[int]:
    yield pid
    for child in children_of(pid):
        yield from family(child)


def megabytes(pid: int) -> dict[str, float]:
    """By name of /proc/PID/smaps_rollup ("Pss", "Pss_Anon"); nothing of a process that ended."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text("ascii").splitlines()[1:]
    except OSError:
        return {}
    return {line.split(":")[0]: int(line.split()[1]) / 1024 for line in lines}


class Processor:
    """``pids``: the eldest of each family, by its name. ``spent``: seconds of each since the
    beginning of :meth:`watched`."""

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = pids
        self._taken: dict[str, dict[tuple[int, int], float]] = {name: {} for name in pids}
        self._before: dict[str, float] = {}

    def spent(self, name: str) -> float:
        return sum(self._taken[name].values()) - self._before[name]

    @contextmanager
    def watched(self, every: float = 0.25) -> Iterator[None]:
        stop = threading.Event()
        self._look()
        self._before = {name: sum(taken.values()) for name, taken in self._taken.items()}

        def watch() -> None:
            while not stop.wait(every):
                self._look()

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join()
            self._look()

    def _look(self) -> None:
        for name, eldest in self._pids.items():
            for pid in family(eldest):
                if (seen := _seen(pid)) is not None:
                    started, seconds = seen
                    self._taken[name][pid, started] = seconds


def _seen(pid: int) -> tuple[int, float] | None:
    """(when it started, seconds taken by it alone) of proc(5), fields 22, 14 and 15."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return int(fields[19]), (int(fields[11]) + int(fields[12])) / _TICKS
