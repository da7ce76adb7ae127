"""kill -9 of every process at every step of a run, first one run at a time, then a busy house."""

import itertools
import os
import random
import signal
from collections.abc import Iterator
from dataclasses import dataclass

from services.sync.faults import STEPS
from tests.chaos.campaign import Campaign
from tests.chaos.house import Waited, children_of, is_there
from tests.chaos.lists import KEYS

OTHER = "other worker"
CHILD = "reading child"
VICTIMS = (
    *("worker", OTHER, "beat", "web", "reading server", CHILD),
    *("postgres backend", "postmaster", "redis"),
)


@dataclass(frozen=True, slots=True)
class Kill:
    """``busy``: three lists and the look-ups at once, under two workers."""

    victim: str
    step: str
    busy: bool


def every(busy: bool) -> list[Kill]:
    """Each process at each step at which it is there."""
    return [
        Kill(victim, step, busy)
        for victim, step in itertools.product(VICTIMS, STEPS)
        if (victim != CHILD or step == "reading") and (victim != OTHER or busy)
    ]


def plan(kills: int, seed: int) -> Iterator[Kill]:
    """So many kills: every cell alone, every cell busy, then busy ones drawn by lot."""
    drawn = random.Random(seed)
    quiet, busy = every(False), every(True)
    rest = (drawn.choice(busy) for _ in itertools.count())
    # interleaved by step, so that a shorter plan is not all of one process
    for one in (quiet, busy):
        drawn.shuffle(one)
    return itertools.islice(itertools.chain(quiet, busy, rest), kills)


def carry_out(campaign: Campaign, kill: Kill) -> None:
    """One kill, and what died started again."""
    if kill.busy and "worker2" not in campaign.house.running:
        campaign.house.start("worker2")
    if kill.victim == "reading server" and not _servers(campaign):
        campaign.plain_run()  # it starts with a worker's first reading
    campaign.strike(
        f"kill {kill.victim} at {kill.step}{', busy' if kill.busy else ''}",
        kill.step,
        lambda pid: _blow(campaign, kill.victim, pid),
        lists=KEYS if kill.busy else KEYS[:1],
        look_ups=kill.busy,
    )
    campaign.kills[kill.victim, kill.step] += 1


def _blow(campaign: Campaign, victim: str, pid: int) -> None:
    house = campaign.house
    standing = house.holder(pid)
    match victim:
        case "worker":
            kill_worker(campaign, standing)
        case "other worker":
            kill_worker(campaign, "worker2" if standing == "worker" else "worker")
        case "beat" | "web" | "postmaster" | "redis":
            campaign.kill(victim)
        case "reading server":
            os.kill(_reading_server(campaign, standing), signal.SIGKILL)
        case "reading child":
            os.kill(pid, signal.SIGKILL)
        case "postgres backend":
            os.kill(campaign.backend(), signal.SIGKILL)
            campaign.until_postgres_answers()


def kill_worker(campaign: Campaign, name: str) -> None:
    """The worker alone is killed: its reading processes must see that nobody waits for them."""
    house = campaign.house
    left = _family(house.running[name].pid)
    house.kill(name)
    house.start(name)
    try:
        house.wait_for(
            "a dead worker's reading processes to end",
            lambda: not any(is_there(one) for one in left) or None,
            20.0,
        )
    except Waited as waited:
        campaign.found.lost.append(f"orphans of {name}: {waited}")


def _family(pid: int) -> list[int]:
    children = children_of(pid)
    return children + [one for child in children for one in _family(child)]


def _servers(campaign: Campaign) -> dict[str, int]:
    """The fork servers that run, by worker."""
    running = campaign.house.running
    found = {name: children_of(running[name].pid) for name in running if name.startswith("worker")}
    return {name: children[0] for name, children in found.items() if children}


def _reading_server(campaign: Campaign, worker: str) -> int:
    """The fork server of this worker, or of the other where this one has not read yet."""
    servers = _servers(campaign)
    if not servers:
        raise Waited("no reading server runs")
    return servers.get(worker) or next(iter(servers.values()))
