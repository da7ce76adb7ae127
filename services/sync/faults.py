"""Places where a process may be made to die or to wait, to prove that nothing is lost.

Inert unless ``LABDIR_FAULTS`` names a folder. A file in it named like a step says what happens
when a run reaches that step: ``kill`` (SIGKILL to this process and its group's leader, once) or
``pause`` (wait until the file is gone, at most a minute). The file ``<step>.reached`` is written
first, holding the process id.
"""

import os
import signal
import time
from pathlib import Path

STEPS = (
    "claimed",
    "fetched",
    "kept",
    "reading",
    "parsed",
    "checked",
    "matched",
    "stated",
    "logged",
    "published",
)
_LONGEST_PAUSE = 60.0


def reach(step: str) -> None:
    """Say that this step is done; die or wait here if a test asks for it."""
    if step not in STEPS:
        raise ValueError(f"{step} is no step of the road")
    folder = os.environ.get("LABDIR_FAULTS")
    if not folder:
        return
    order = Path(folder) / step
    try:
        what = order.read_text().strip()
    except FileNotFoundError:
        return
    (Path(folder) / f"{step}.reached").write_text(str(os.getpid()))
    if what == "kill":
        order.unlink(missing_ok=True)
        os.kill(os.getpid(), signal.SIGKILL)
    end = time.monotonic() + _LONGEST_PAUSE
    while order.exists() and time.monotonic() < end:
        time.sleep(0.02)
