"""Megabytes of a running `labdir up`, by what each process is, over time.

Flat is told by what each process has to itself (Pss_Anon): PostgreSQL's buffers fill up to their
size, which is no growth. The first quarter is warming up and counts for nothing.
"""

import statistics
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.processor import family, megabytes

# what a command line holds → what the process is called; the first that fits
_ROLES = (
    ("-Q audit", "auditor"), ("workers.app worker", "worker"), ("workers.beat", "beat"),
    ("granian", "web"), ("redis-server", "redis"), ("postgres", "postgres"),
    ("reading_server", "reader"), ("publisher", "publisher"), ("labdir", "labdir up"),
)  # fmt: skip
_MAY_GROW = 4.0  # megabytes: what an allocator takes and keeps without anything leaking
_MAY_GROW_BY = 0.05


@dataclass(frozen=True, slots=True)
class Growth:
    """Own megabytes of all processes of a kind: median of the second and of the last quarter."""

    role: str
    before: float
    after: float

    @property
    def flat(self) -> bool:
        return self.after - self.before <= max(_MAY_GROW, _MAY_GROW_BY * self.before)


@dataclass(slots=True)
class Memory:
    """``own``: looks at the private megabytes, by kind; ``whole``: PSS of all processes."""

    pid: int
    own: list[dict[str, float]] = field(default_factory=list)
    whole: list[float] = field(default_factory=list)

    def look(self) -> dict[str, float]:
        """Looks once. Own megabytes by kind of process."""
        own: dict[str, float] = defaultdict(float)
        whole = 0.0
        for pid in family(self.pid):
            told = megabytes(pid)
            own[_role(pid)] += told.get("Pss_Anon", 0.0)
            whole += told.get("Pss", 0.0)
        own.pop("", None)
        self.own.append(dict(own))
        self.whole.append(whole)
        return dict(own)

    def pss(self) -> dict[str, float]:
        """Megabytes of now by kind of process, shared ones counted once."""
        found: dict[str, float] = defaultdict(float)
        for pid in family(self.pid):
            found[_role(pid) or "other"] += megabytes(pid).get("Pss", 0.0)
        return dict(found)

    def growth(self) -> list[Growth]:
        """By kind of process, of all that were there in both quarters."""
        quarter = max(1, len(self.own) // 4)
        before, after = self.own[quarter : 2 * quarter], self.own[-quarter:]
        return [
            Growth(role, statistics.median(values), statistics.median(later))
            for role, values in sorted(_by_role(before).items())
            if (later := _by_role(after).get(role))
        ]


def _by_role(looks: list[dict[str, float]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for look in looks:
        for role, held in look.items():
            found[role].append(held)
    return found


def _role(pid: int) -> str:
    try:
        said = Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return ""
    return next((role for mark, role in _ROLES if mark in said), "other" if said else "")
