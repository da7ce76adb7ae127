"""Waiting for the directory to be filled: asked over HTTP, as anybody would ask it."""

import time
from collections.abc import Iterator
from typing import Any

import httpx

from services.errors import LabdirError
from services.terms import RunState

_DONE = {RunState.PUBLISHED, RunState.UNCHANGED, RunState.REFUSED, RunState.FAILED}
# a live publisher may hang through all its retries; the directory is of use before that
_PATIENCE = 600.0


def first_syncs(base: str) -> Iterator[tuple[int, int, str]]:
    """How far the first syncs are: (done, all, words), until each enabled source had a run.

    Ends after ten minutes in any case, its last words naming who is still awaited. Raises
    LabdirError when the front door itself is not ready by then.
    """
    deadline = time.monotonic() + _PATIENCE
    with httpx.Client(base_url=base, timeout=10.0, trust_env=False) as client:
        while not _answers(client):
            if time.monotonic() > deadline:
                raise LabdirError(
                    f"{base}/ready did not turn good within {_PATIENCE:.0f} s.",
                    "See web.log in the folder log of LABDIR_DATA.",
                )
            yield 0, 1, ""
        while True:
            states = _states(client)
            done = {key: state for key, state in states.items() if state in _DONE}
            waiting = sorted(set(states) - set(done))
            for key in sorted(done):
                yield len(done), len(states), f"{key}: {done[key]}"
            if states and not waiting:
                return
            if time.monotonic() > deadline:
                yield len(done), len(states), f"still syncing: {', '.join(waiting)}"
                return
            yield len(done), len(states), ""


def _answers(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == httpx.codes.OK
    except httpx.HTTPError:
        return False


def _states(client: httpx.Client) -> dict[str, str]:
    """The state of the last run of each enabled source, "" where there was none yet."""
    try:
        answer = client.get("/api/v1/sources")
        answer.raise_for_status()
        listed: list[dict[str, Any]] = answer.json()["data"]
    except httpx.HTTPError:
        return {}
    return {one["key"]: one["last_run_state"] or "" for one in listed if one["enabled"]}
