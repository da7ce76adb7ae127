"""``make fuzz``: every target for some seconds, one after another, and a table of what came of it.

    python -m tests.fuzz [--seconds N] [--runs N] [--only WORD] [--folder build/fuzz] [--seed N]
        [--list]

With ``--runs`` a target ends after so many inputs, sooner where its seconds are over: from one seed
these are much the same inputs on every machine that is quick enough, however much quicker it is.

Ends with 1 where anything was found; the inputs are kept and their reasons printed. The corpus of a
target stays in the folder, so that the next run goes on where this one ended.
"""

import argparse
import os
import platform
import re
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# what the whole run takes where nobody says otherwise
WHOLE_RUN = 600.0
# bounds of one input: a list of a thousand bodies is read within a second, instrumented in some
INPUT_SECONDS = 15
MEGABYTES = 1536
_START = 60.0  # seconds for a process to import and to replay its corpus

_COVERED = re.compile(r"cov: (\d+) ft: (\d+)")
_STATISTIC = re.compile(r"stat::(\w+):\s+(\d+)")
_RUNS = re.compile(r"^#(\d+)\t", re.M)
_RSS = re.compile(r"rss: (\d+)Mb")
# "slow-unit-…" besides is within the bound: a busy machine, nothing found
_KEPT = re.compile(r"Test unit written to (\S*\b(?:crash|timeout|oom|leak)-\S+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What fuzzing one target came to. ``said``: why it ended, "" where nothing was found."""

    target: str
    runs: int
    edges: int
    features: int
    seconds: float
    megabytes: int
    said: str = ""
    input: str = ""


def fuzz(target: str, seconds: float, folder: Path, seed: int = 0, runs: int = -1) -> Outcome:
    """One target for so long, in a process of its own. ``seed``: 0 is another one each time;
    ``runs``: inputs at most, -1 for any number."""
    own = folder / target
    own.mkdir(parents=True, exist_ok=True)
    command = [
        sys.executable, "-m", "tests.fuzz.one", target, str(own), f"-max_total_time={seconds:g}",
        f"-timeout={INPUT_SECONDS}", f"-rss_limit_mb={MEGABYTES}", "-print_final_stats=1",
        "-close_fd_mask=0", "-reload=0", f"-seed={seed}", f"-runs={runs}",
    ]  # fmt: skip
    # texts of a mutation depend on its number alone
    env = {**os.environ, "PYTHONHASHSEED": "0"}
    begun = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, text=True,
        errors="replace",
    )  # fmt: skip
    try:
        log, _ = process.communicate(timeout=seconds + _START + 2 * INPUT_SECONDS)
        late = False
    except subprocess.TimeoutExpired:
        process.kill()
        log, _ = process.communicate()
        late = True
    (own / "log").write_text(log)
    return outcome(target, log, process.returncode, late, time.monotonic() - begun)


def outcome(target: str, log: str, status: int, late: bool, seconds: float) -> Outcome:
    """What libFuzzer's log tells. ``late``: it had to be killed."""
    covered = _COVERED.findall(log) or [("0", "0")]
    statistics = {name: int(value) for name, value in _STATISTIC.findall(log)}
    runs = statistics.get("number_of_executed_units", 0) or max(
        map(int, _RUNS.findall(log)), default=0
    )
    rss = max([statistics.get("peak_rss_mb", 0), *map(int, _RSS.findall(log))])
    kept = _KEPT.search(log)
    said = ""
    if status or late or kept:
        said = "it never ended" if late else _why(log, status)
    return Outcome(
        target, runs, int(covered[-1][0]), int(covered[-1][1]), seconds, rss, said,
        kept[1] if kept else "",
    )  # fmt: skip


def _why(log: str, status: int) -> str:
    if "libFuzzer: timeout" in log:
        return f"one input took longer than {INPUT_SECONDS} seconds"
    if "libFuzzer: out-of-memory" in log:
        return f"more than {MEGABYTES} megabytes of memory"
    _, raised, after = log.partition("Uncaught Python exception")
    if raised:
        lines = [line for line in after.split("\n") if line.strip(" =")]
        places = [line.strip() for line in lines if line.strip().startswith("File ")]
        ends = [line for line in lines if re.match(r"[A-Za-z_.]+(?::|$)", line)]
        said = ends[0] if ends else "an exception"
        return f"{said[:400]}\n    {places[-1] if places else ''}".rstrip()
    return f"its process ended with {status}: {log.strip()[-300:]}"


def table(outcomes: Iterable[Outcome]) -> str:
    """The summary, a row a target."""
    head = ("target", "executions", "edges", "features", "seconds", "peak MB", "findings")
    rows = [head, *map(_row, outcomes)]
    widths = [max(len(row[c]) for row in rows) for c in range(len(head))]
    return "\n".join(
        "  ".join(
            cell.ljust(widths[c]) if c == 0 else cell.rjust(widths[c]) for c, cell in enumerate(row)
        )
        for row in rows
    )


def _row(one: Outcome) -> tuple[str, ...]:
    figures = (one.runs, one.edges, one.features, round(one.seconds), one.megabytes)
    return (one.target, *(f"{figure:,}" for figure in figures), "1" if one.said else "0")


def refuse_elsewhere() -> None:
    """Exits where the fuzzing engine, Atheris, has no wheel: anywhere but Linux on x86-64."""
    here = f"{platform.system()} {platform.machine()}"
    if here != "Linux x86_64" or sys.version_info >= (3, 14):
        sys.exit(
            f"make fuzz needs Linux on x86-64 and Python 3.11 to 3.13; this is {here}, Python"
            f" {platform.python_version()}. What fuzzing found is replayed by"
            " tests/fuzz/test_found.py on every platform."
        )


def main() -> int:
    asked = argparse.ArgumentParser(prog="make fuzz")
    asked.add_argument(
        "--seconds", type=float, default=0.0, help="a target; default: 10 minutes all"
    )
    asked.add_argument("--runs", type=int, default=-1, help="inputs a target at most")
    asked.add_argument("--only", default="", help="targets whose name holds this")
    asked.add_argument("--folder", type=Path, default=Path("build/fuzz"))
    asked.add_argument("--seed", type=int, default=0, help="0: another one each time")
    asked.add_argument("--list", action="store_true", help="name the targets and end")
    given = asked.parse_args()
    refuse_elsewhere()

    from tests.fuzz.targets import all_targets

    names = [name for name in all_targets() if given.only in name]
    if given.list or not names:
        print("\n".join(names) or f"No target's name holds {given.only!r}.")
        return 0 if names else 1
    seconds = given.seconds or max(1.0, WHOLE_RUN / len(names) - 4)
    outcomes: list[Outcome] = []
    for number, name in enumerate(names, 1):
        print(f"[{number}/{len(names)}] {name} …", end=" ", flush=True)
        outcomes.append(fuzz(name, seconds, given.folder.resolve(), given.seed, given.runs))
        print(outcomes[-1].said or f"{outcomes[-1].runs:,} executions", flush=True)
    print(f"\n{table(outcomes)}\n")
    wrong = [one for one in outcomes if one.said]
    for one in wrong:
        print(f"FOUND in {one.target}: {one.said}\n    input: {one.input or 'none was kept'}")
    print(f"{len(wrong)} of {len(outcomes)} targets with a finding")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
