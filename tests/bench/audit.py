"""``python -m tests.bench.audit --rows 100000``: an audit by web upload, as a desk would start it.

Web, beat and the two workers of audits run as ``labdir up`` starts them, over the made registers.
Told are the seconds from the first byte sent to the last row judged, and the memory of all workers
with their reading processes at most over what they held idle (PSS of /proc/PID/smaps_rollup, so
that shared pages count once). ``--kill`` ends web and workers with SIGKILL in the middle.
"""

import argparse
import csv
import hashlib
import io
import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from functools import cache
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from deploy.embedded.servers import Postgres, start_redis
from tests.bench import made
from tests.bench.data import country, database
from tests.bench.figures import machine, tell
from tests.bench.processor import Processor, family, megabytes
from tests.services.audit.house import AUDITORS, AuditHouse

_TITLES = (
    *("报告编号", "认可证书编号", "认可机构", "机构名称", "检测标准"),
    *("检测日期", "签发日期", "备注"),
)
_FIRST = date(2021, 3, 1)


def file(where: made.Country, rows: int, seed: int) -> bytes:
    """Reports of all made laboratories on days of five years: each with the day or the period of
    its test and its issue day; two of three by a method of the laboratory's own scope."""
    draw = random.Random(f"audit {seed}")
    every, (named, weights) = where.all, where.standards

    @cache
    def methods(at: int) -> list[str]:
        return [one.method for one in islice(where._lines(every[at], made.END), 30)]

    out = io.StringIO(newline="")
    write = csv.writer(out).writerow
    write(_TITLES)
    days = (made.END - _FIRST).days - 60
    for n in range(rows):
        at = draw.randrange(len(every))
        one, own = every[at], methods(at)
        tested = _FIRST + timedelta(days=draw.randrange(days))
        ended = tested + timedelta(days=draw.randrange(1, 20))
        method = draw.choice(own) if own and draw.random() < 0.67 else ""
        method = method or draw.choices(named, cum_weights=weights)[0]
        told = f"{tested}~{ended}" if draw.random() < 0.25 else tested
        name = one.holder.name_zh or one.holder.name
        issued = ended + timedelta(days=draw.randrange(1, 25))
        number = one.number
        write([f"R{n:07}", number, one.register.issuer, name, method, told, issued, f"lot {n}"])
    return out.getvalue().encode("utf-8-sig")


class Memory:
    """Megabytes held by these processes and their children, watched from a thread."""

    def __init__(self, pids: list[int]) -> None:
        self._pids = pids
        self._stop = threading.Event()
        self.peak = 0.0

    def now(self) -> float:
        return sum(megabytes(one).get("Pss", 0.0) for pid in self._pids for one in family(pid))

    @contextmanager
    def watched(self) -> Iterator[None]:
        def look() -> None:
            while not self._stop.wait(0.5):  # each look walks all page tables
                self.peak = max(self.peak, self.now())

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            self._stop.set()
            thread.join()


def measure(house: AuditHouse, server: Postgres, body: bytes, rows: int, *, kill: bool) -> int:
    """Tells the figures of one audit. Its number."""
    pids = {name: house.running[name].pid for name in ("web", *AUDITORS)}
    workers, web = Memory([pids[name] for name in AUDITORS]), Memory([pids["web"]])
    taken = Processor({**pids, "postgres": server.process.pid})
    idle, idle_web = workers.now(), web.now()
    started, own = time.perf_counter(), time.process_time()
    with workers.watched(), web.watched(), taken.watched():
        number = house.upload(body)
        uploaded = time.perf_counter() - started
        house.wait_for("the rows", lambda: True if house.state(number).rows else None)
        read = time.perf_counter() - started
        if kill:
            _kill_in_the_middle(house, number, rows)
        house.done(number, longest=600, pause=0.2)  # asking costs what is measured
        seconds, own = time.perf_counter() - started, time.process_time() - own
    house.wait_for("the web", house.answers)
    answer = httpx.get(f"{house.base}/api/v1/audits/{number}", headers=house.key, trust_env=False)
    # of killed workers the successors are not among those watched
    spent = {} if kill else {
        "workers_cpu_seconds": sum(map(taken.spent, AUDITORS)),
        "postgres_cpu_seconds": taken.spent("postgres"),
        "web_cpu_seconds": taken.spent("web"), "bench_cpu_seconds": own,
    }  # fmt: skip
    tell(
        "audit, disturbed" if kill else "audit", rows=rows, megabytes=len(body) / 1e6,
        uploaded=uploaded, read=read, seconds=seconds, rows_per_second=rows / seconds,
        **spent, workers_idle_mb=idle, workers_over_idle_mb=workers.peak - idle,
        web_idle_mb=idle_web, web_over_idle_mb=web.peak - idle_web,
        counts=answer.json()["data"]["counts"],
    )  # fmt: skip
    for form in ("csv", "xlsx"):
        _tell_result(house, number, form)
    return number


def _tell_result(house: AuditHouse, number: int, form: str) -> None:
    taken = Processor({"web": house.running["web"].pid})
    begun = time.perf_counter()
    with taken.watched():
        told = house.result(number, form)
    seconds = time.perf_counter() - begun
    same = {"digest": _digest(told)} if form == "csv" else {}
    tell(
        f"result as {form}", seconds=seconds, web_cpu_seconds=taken.spent("web"),
        megabytes=len(told) / 1e6, **same,
    )  # fmt: skip


def _digest(told: bytes) -> str:
    """Of the result without the time at which it was asked: equal where two audits of one file, as
    known at two times between which nothing was learned, say the same."""
    rows = csv.reader(io.StringIO(told.decode("utf-8-sig"), newline=""))
    titles = next(rows)
    timed = titles.index("labdir_known_at")
    digest = hashlib.sha256("\x1f".join(titles).encode())
    for row in rows:
        digest.update("\x1f".join((*row[:timed], *row[timed + 1 :])).encode() + b"\n")
    return digest.hexdigest()[:16]


def same_again(house: AuditHouse, disturbed: int) -> bool:
    """Whether the disturbed audit says, byte for byte, what nobody disturbs when it is run again
    as known then."""
    again = house.rerun(disturbed, same=True)
    house.done(again, longest=600, pause=0.2)
    identical = house.result(disturbed) == house.result(again)
    tell("disturbed against undisturbed", identical=identical)
    return identical


def _kill_in_the_middle(house: AuditHouse, number: int, rows: int) -> None:
    house.wait_for("a third", lambda: True if house.state(number).judged >= rows / 3 else None)
    house.kill("web", *AUDITORS)
    house.start("web", *AUDITORS)


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.bench.audit", description=__doc__)
    asked.add_argument("--rows", type=int, default=100_000)
    asked.add_argument("--size", default="small", help="tiny, small or a number of accreditations")
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--folder", type=Path, default=Path("build/bench"))
    asked.add_argument("--kill", action="store_true", help="kill -9 of web and workers as well")
    args = asked.parse_args()
    tell("machine", **machine(), size=args.size, seed=args.seed)
    body = file(country(args.size, args.seed), args.rows, args.seed)
    with database(args.folder, args.size, args.seed) as server, TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o711)
        redis = start_redis(folder, durable=False)
        house = AuditHouse(folder, server.url, redis.url)
        try:
            house.opened()
            house.done(house.upload(file(country(args.size, args.seed), 200, 0)))  # warm
            measure(house, server, body, args.rows, kill=False)
            if args.kill:
                disturbed = measure(house, server, body, args.rows, kill=True)
                if not same_again(house, disturbed):
                    return 1
        finally:
            house.close()
            redis.stop()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
