"""``python -m tests.chaos``: attack a running Labdir and count what it lost.

Exit code 0 only where every attack was carried out or named as not possible here, and nothing was
lost, doubled or half-published.
"""

import argparse
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.embedded.servers import Postgres, start_postgres, start_redis
from services.db import migrate
from services.sync.faults import STEPS
from tests.chaos import kills, network, publishers, servers, work
from tests.chaos.campaign import Campaign
from tests.chaos.house import House
from tests.chaos.lists import KEYS, Publisher
from tests.chaos.watch import Watcher
from tests.services.sync.hostile import serve_hostile
from tests.services.watch.receiver import Receiver, receive

_DISK = "640m"  # room for the cluster, its write-ahead log and some thousand small publishes
KINDS = (
    *("kills", "restarts", "redis", "power", "frozen", "network", "audits", "deliveries"),
    *("merges", "publishers", "disk", "clock"),
)


def main() -> int:
    asked = _asked()
    # ended from outside it still ends what it started, and unmounts
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="labdir-chaos-")))
        folder.chmod(0o711)
        disk = stack.enter_context(_small_disk(folder / "disk"))
        out = stack.enter_context(asked.out.open("w", encoding="utf-8")) if asked.out else None
        postgres = start_postgres(folder / "disk")
        stack.callback(postgres.stop)
        with postgres.connect() as connection:
            connection.execute("alter system set max_wal_size = '64MB'")
            connection.execute("select pg_reload_conf()")
        redis = start_redis(folder)
        stack.callback(redis.stop)
        migrate(postgres.url)
        hostile = stack.enter_context(serve_hostile())
        receiver = stack.enter_context(receive())
        house = House(folder, Publisher.opening(hostile), postgres.url, redis.url, (receiver.host,))
        house.servers = {"postgres": postgres, "redis": redis}
        stack.callback(house.close)
        house.lets(["worker", "beat", "web"])
        watcher = stack.enter_context(Watcher(postgres.url, house.port).watching())
        campaign = Campaign(house, postgres, redis, watcher, out)
        campaign.published = {(key, "list"): {1} for key in KEYS}
        campaign.say(f"the house stands: {_machine(postgres)}")
        whole = _attack(campaign, asked, disk, receiver)
        campaign.found.half += campaign.seen()  # after the last attack
        campaign.found.add(campaign.examined(whole=True))
        _report(campaign, whole, asked)
        if asked.logs:
            _keep_logs(folder, asked.logs)
        return 0 if whole and campaign.found.nothing else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=40.0, help="bound on the whole")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, help="JSON lines, one an attack")
    parser.add_argument("--logs", type=Path, help="folder to keep the processes' logs in")
    parser.add_argument("--only", choices=KINDS, nargs="*", default=KINDS)
    return parser.parse_args()


@contextmanager
def _small_disk(folder: Path) -> Iterator[Path | None]:
    """A small file system of its own under PostgreSQL; None where none may be mounted."""
    folder.mkdir()
    folder.chmod(0o711)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK},mode=711", "labdir-chaos", str(folder)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    try:
        yield folder if mounted else None
    finally:
        if mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


def _keep_logs(folder: Path, into: Path) -> None:
    into.mkdir(parents=True, exist_ok=True)
    for log in [*folder.glob("*.log"), *folder.glob("**/log/*.log")]:
        shutil.copy(log, into)


def _attack(
    campaign: Campaign, asked: argparse.Namespace, disk: Path | None, receiver: Receiver
) -> bool:
    """All that was asked for. False where the time ran out before."""
    end = campaign.began + asked.minutes * 60
    if "kills" in asked.only:
        for kill in kills.plan(asked.kills, asked.seed):
            if time.monotonic() > end:
                return False
            kills.carry_out(campaign, kill)
    if "worker2" not in campaign.house.running:
        campaign.house.start("worker2")
    others: dict[str, Callable[[], None]] = {
        "restarts": lambda: servers.restarts(campaign),
        "redis": lambda: servers.redis_emptied(campaign),
        "power": lambda: servers.power_cut(campaign),
        "frozen": lambda: servers.frozen(campaign),
        "network": lambda: network.network_cut(campaign),
        "audits": lambda: work.audits_killed(campaign),
        "deliveries": lambda: work.deliveries_disturbed(campaign, receiver),
        "merges": lambda: work.merges_struck(campaign),
        "publishers": lambda: publishers.hostile_publishers(campaign),
        "disk": lambda: servers.disk_full(campaign, disk),
        "clock": lambda: servers.clock_jumped(campaign),
    }
    for name, attack in others.items():
        if name in asked.only:
            if time.monotonic() > end:
                return False
            attack()
    return True


def _machine(postgres: Postgres) -> str:
    with postgres.connect() as connection:
        row = connection.execute("show server_version").fetchone()
    versions = f"Python {platform.python_version()}, PostgreSQL {row[0] if row else '?'}"
    return f"{os.cpu_count()} cores, {platform.system()} {platform.release()}, {versions}"


def _report(campaign: Campaign, whole: bool, asked: argparse.Namespace) -> None:
    """The table of counts."""
    killed: Counter[str] = Counter()
    print(f"\n{'kills':18}" + "".join(f"{step[:9]:>10}" for step in STEPS) + f"{'all':>7}")
    for victim in kills.VICTIMS:
        row = [campaign.kills[victim, step] for step in STEPS]
        killed[victim] = sum(row)
        print(f"{victim:18}" + "".join(f"{n:>10}" for n in row) + f"{sum(row):>7}")
    total = sum(killed.values())
    print(f"{'together':18}{total:>{10 * len(STEPS) + 7}}\n")
    for name, count in campaign.other.items():
        print(f"{name:40}{count:>5}")
    for name, why in campaign.not_run.items():
        print(f"{name:40}{'–':>5}   not run: {why}")
    watcher = campaign.watcher
    took = time.monotonic() - campaign.began
    print(
        f"\n{campaign.runs} runs in {took:.0f} s, {watcher.snapshots} snapshots watched;"
        f" pages: {watcher.web['had']} had, {watcher.web['refused']} refused,"
        f" {watcher.web['away']} while the web was away"
    )
    for name, count in campaign.house.mourned.items():
        print(f"{name} ended by itself and was started again: {count}")
    for line in campaign.found.lines():
        print(f"  {line}")
    found = campaign.found
    counts = {"lost": found.lost, "doubled": found.doubled, "half-published": found.half}
    print(", ".join(f"{name}: {len(said)}" for name, said in counts.items()))
    if not whole:
        print(f"NOT FINISHED: {asked.minutes:g} minutes were not enough.")
    campaign.say(
        "end", kills=total, whole=whole, runs=campaign.runs, seconds=round(took),
        by=[[v, s, n] for (v, s), n in campaign.kills.items()], other=dict(campaign.other),
        not_run=campaign.not_run, ended_by_itself=dict(campaign.house.mourned),
        **{name: len(said) for name, said in counts.items()},
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
