"""Attacks by the publisher: each ends as a failed run with a reason, and the old data stand."""

import time

from services.terms import RunState
from tests.chaos.campaign import Campaign
from tests.chaos.house import Waited, memory_peak
from tests.chaos.invariants import Found
from tests.chaos.lists import KEYS
from tests.services.sync import hostile
from tests.services.sync.hostile import Behaviour

_VICTIM = KEYS[1]
# max_bytes is 4 MB in the house: what a worker may take for any answer, with room for its copies
_MEMORY = 64.0


def behaviours(base: str) -> dict[str, Behaviour]:
    return {
        "accepts and never answers": hostile.stall,
        "trickles its headers for ever": hostile.trickle_headers,
        "trickles its body for ever": hostile.trickle_body,
        "trickles packed bytes that hold nothing": hostile.trickle_chunks,
        "redirects in a loop": hostile.redirect(f"{base}/{_VICTIM}"),
        "redirects to a private address": hostile.redirect("http://169.254.169.254/latest"),
        "redirects to a file": hostile.redirect("file:///etc/passwd"),
        "never ends its body": hostile.endless,
        "never ends its headers": hostile.endless_headers,
        "never comes to its answer": hostile.endless_interim,
        "tells too great a length": hostile.reply(b"{}", length=1000),
        "tells too small a length": hostile.reply(b'{"organisations": []}', length=3),
        "hangs up in its body": hostile.cut_off,
        "hangs up between chunks": hostile.cut_off_chunks,
        "sends a gzip bomb": hostile.packed(hostile.bomb(4096)),
        "sends a gzip bomb in a gzip bomb": hostile.packed(hostile.bomb(1024, 2), "gzip, gzip"),
        "speaks no HTTP": hostile.garbage,
    }


def hostile_publishers(campaign: Campaign) -> None:
    """Each behaviour once, while the other lists are synced; then the publisher is well again."""
    house = campaign.house
    for name, behaviour in behaviours(house.publisher.hostile.base).items():
        campaign.watcher.attack = name
        began, said = time.monotonic(), Found()
        workers = [p.pid for n, p in house.running.items() if n.startswith("worker")]
        before, peak = campaign.content(_VICTIM), [memory_peak(pid) for pid in workers]
        house.publisher.stand(_VICTIM, behaviour)
        asked = house.ask(_VICTIM)
        said.add(campaign.plain_run([KEYS[0], KEYS[2]]))  # others are not held up
        try:
            state = house.ended([asked])[asked]
            reasons = house.one("select reasons from run where id = :r", r=asked).reasons
            campaign.say(f"      {state.value}: {reasons[0] if reasons else 'no reason'}")
            if state not in {RunState.FAILED, RunState.REFUSED} or not reasons:
                said.lost.append(f"{name}: run {asked} ended {state} with {reasons}")
        except Waited as waited:
            said.lost.append(f"{name}: {waited}")
        if campaign.content(_VICTIM) != before:
            said.half.append(f"{name}: what stood there was changed")
        grown = [memory_peak(pid) - was for pid, was in zip(workers, peak, strict=True)]
        if max(grown) > _MEMORY:
            said.lost.append(f"{name}: a worker grew by {max(grown):.0f} MB")
        house.publisher.stand(_VICTIM)
        campaign.note(f"the publisher {name}", said, time.monotonic() - began)
        campaign.other["hostile publisher"] += 1
    campaign.plain_run(KEYS)
