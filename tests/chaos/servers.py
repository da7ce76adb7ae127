"""Attacks on what the house stands on: its servers, its disk, its clock, its workers' attention."""

import ctypes.util
import os
import shutil
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import redis

from services.terms import RunState
from tests.chaos.campaign import PUBLISHED, Campaign
from tests.chaos.house import Waited
from tests.chaos.invariants import Found
from tests.chaos.kills import kill_worker
from tests.chaos.lists import KEYS

_LEASE = 2.0  # as in the house's settings
_FULL = 12.0  # seconds for which the disk stays full
_MANY_LINES = 4000


def restarts(campaign: Campaign) -> None:
    """PostgreSQL stopped fast (transactions rolled back) and immediate (crash) in mid-run."""
    for how, number in (("fast", signal.SIGINT), ("immediate", signal.SIGQUIT)):
        for step in ("fetched", "reading", "matched", "stated", "logged", "published"):

            def stop(_pid: int, number: signal.Signals = number) -> None:
                campaign.postgres.process.send_signal(number)
                campaign.start_postgres()

            campaign.strike(f"PostgreSQL restarted {how} at {step}", step, stop, lists=KEYS,
                            look_ups=True)  # fmt: skip
            campaign.other["PostgreSQL restarted"] += 1


def redis_emptied(campaign: Campaign) -> None:
    """FLUSHALL in mid-run, also with the worker killed; and a restart that loses all data."""

    def flush(_pid: int) -> None:
        with redis.Redis.from_url(campaign.redis.url) as client:
            client.flushall()

    def flush_and_kill(pid: int) -> None:
        flush(pid)
        kill_worker(campaign, campaign.house.holder(pid))
        flush(pid)

    def lose(_pid: int) -> None:
        campaign.redis.process.kill()
        campaign.redis.process.wait(10)
        for left in campaign.redis.home.glob("appendonly*"):
            if left.is_dir():
                shutil.rmtree(left)
            else:
                left.unlink()
        campaign.start_redis()

    blows: dict[str, Callable[[int], None]] = {
        "Redis emptied": flush,
        "Redis emptied, worker killed": flush_and_kill,
        "Redis restarted without its data": lose,
    }
    for name, blow in blows.items():
        for step in ("claimed", "stated", "published"):
            campaign.strike(f"{name} at {step}", step, blow, lists=KEYS, look_ups=True)
            campaign.other[name] += 1


def power_cut(campaign: Campaign) -> None:
    """Every process of the house at once, servers included."""

    def cut(_pid: int) -> None:
        house = campaign.house
        names = list(house.running)
        campaign.postgres.process.kill()
        campaign.redis.process.kill()
        for name in names:
            house.kill(name)
        campaign.start_postgres()
        campaign.start_redis()
        for name in names:
            house.start(name)

    for step in ("kept", "stated", "logged", "published"):
        campaign.strike(f"all processes killed at once at {step}", step, cut, lists=KEYS,
                        look_ups=True)  # fmt: skip
        campaign.other["all killed at once"] += 1


def frozen(campaign: Campaign) -> None:
    """A worker that stands still beyond its lease and wakes when another has done its work."""
    house = campaign.house
    for step in ("kept", "checked", "parsed"):
        stopped: list[int] = []

        def freeze(pid: int, stopped: list[int] = stopped, step: str = step) -> None:
            standing = house.running[house.holder(pid)].pid
            os.kill(standing, signal.SIGSTOP)
            stopped.append(standing)
            house.go_on(step)
            time.sleep(3 * _LEASE)  # the other worker takes the run up meanwhile
            os.kill(standing, signal.SIGCONT)

        try:
            campaign.strike(f"worker frozen beyond its lease at {step}", step, freeze)
        finally:
            for pid in stopped:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGCONT)
        campaign.other["worker frozen"] += 1


# --- disk ----------------------------------------------------------------------------------------


def disk_full(campaign: Campaign, disk: Path | None) -> None:
    """The disk under PostgreSQL filled to the last byte while a run publishes, then freed."""
    if disk is None:
        campaign.not_run["disk full"] = "no small file system could be mounted here"
        return
    server_log = disk / "log" / "postgres.log"
    for turn, step in enumerate(("checked", "matched", "stated"), 1):
        # more lines each time: pages that stand there already cannot take them
        campaign.house.publisher.lines = _MANY_LINES + turn
        before = _complaints(server_log)

        def fill(_pid: int, step: str = step) -> None:
            ballast = disk / "ballast"
            try:
                _fill(ballast)
                campaign.house.go_on(step)
                time.sleep(_FULL)
            finally:
                ballast.unlink()

        # eight tries are a run's most: a disk that stays full for so long fails it, with reasons
        campaign.strike(f"disk full at {step}", step, fill, lists=KEYS[:1],
                        expected=PUBLISHED | {RunState.FAILED})  # fmt: skip
        campaign.house.publisher.lines = 2
        refused = _complaints(server_log) - before
        if not refused:
            campaign.not_run[f"disk full at {step}"] = "the disk was full and nobody needed room"
            continue
        campaign.say(f"      PostgreSQL was refused room {refused} times")
        campaign.other["disk full"] += 1
    campaign.plain_run(KEYS)


def _fill(ballast: Path) -> None:
    """Take every byte that is left."""
    with ballast.open("wb", buffering=0) as file:
        for size in (1 << 20, 4096, 1):
            with suppress(OSError):
                while True:
                    file.write(b"\xff" * size)


def _complaints(server_log: Path) -> int:
    return server_log.read_text("utf-8", "replace").count("No space left on device")


# --- clock ---------------------------------------------------------------------------------------


def faketime_library() -> str | None:
    """libfaketime of the Debian package faketime, or as LABDIR_FAKETIME names it."""
    named = os.environ.get("LABDIR_FAKETIME")
    places = (
        [Path(named)] if named else sorted(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"))
    )
    found = next((str(one) for one in places if one.exists()), None)
    return found or ctypes.util.find_library("faketime")


def clock_jumped(campaign: Campaign) -> None:
    """The worker's wall clock hours ahead and behind, in mid-run and from one run to the next.

    It is moved in one list's runs only, and last of all: what was learned "in five hours" stands
    in the way of that list until then. A run that goes back in time must be refused, with reasons.
    """
    library = faketime_library()
    if library is None or sys.platform != "linux":
        campaign.not_run["clock jumped"] = "libfaketime is not installed (Debian: faketime)"
        return
    house, shift = campaign.house, campaign.house.folder / "clock"
    for name in [name for name in house.running if name.startswith("worker")]:
        house.dismiss(name)
    shift.write_text("+0")
    house.own_env["worker"] = {
        "LD_PRELOAD": library,
        "FAKETIME_TIMESTAMP_FILE": str(shift),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }
    house.start("worker")
    # one jump after the other: (what the clock says, how the runs may end)
    refused_or_published = PUBLISHED | {RunState.REFUSED}
    jumps = (
        ("+5h", "fetched", PUBLISHED),
        ("+0", "kept", refused_or_published),
        ("-7h", "fetched", refused_or_published),
        ("-7h", "stated", refused_or_published),
        ("+6h", "checked", PUBLISHED),
        ("+0", "claimed", refused_or_published),
    )
    for to, step, expected in jumps:
        if to == "-7h" and step == "stated":
            # it comes so far only where nothing was published ahead of the time: another list
            _jump(campaign, shift, to, step, PUBLISHED, KEYS[1])
        else:
            _jump(campaign, shift, to, step, expected, KEYS[2])
    _asked_ahead(campaign, shift)
    campaign.other["clock jumped"] += len(jumps) + 1


def _asked_ahead(campaign: Campaign, shift: Path) -> None:
    """A run asked for while the worker's clock is ahead, and put right a little later. To such a
    worker a tick's message is long expired, so the run may wait; it must not be lost."""
    began, said, keys = time.monotonic(), Found(), KEYS[:2]
    campaign.watcher.attack = name = "clock of the worker at +5h while runs are asked for"
    shift.write_text("+5h")
    try:
        # nobody asks for these lists before: what was learned ahead of time would stand in the way
        asked = campaign.house.news(keys)
        time.sleep(5)
    finally:
        shift.write_text("+0")
    try:
        campaign.settle(asked, keys, False, PUBLISHED, said)
    except Waited as waited:
        said.lost.append(f"{name}: {waited}")
    campaign.note(name, said, time.monotonic() - began)


def _jump(
    campaign: Campaign, shift: Path, to: str, step: str, expected: frozenset[RunState], key: str
) -> None:
    before = campaign.content(key)

    def jump(_pid: int) -> None:
        shift.write_text(to)

    try:
        states = campaign.strike(
            f"clock of the worker at {to} from {step}", step, jump, lists=[key], expected=expected
        )
    finally:
        shift.write_text("+0")
    if set(states.values()) == {RunState.REFUSED}:
        row = campaign.house.one("select reasons from run where id = :r", r=next(iter(states)))
        campaign.say(f"      refused: {row.reasons[0]}")
        if campaign.content(key) != before:
            said = f"{key}: a run refused at {to} changed what stood there"
            campaign.found.add(Found(half=[said]))
