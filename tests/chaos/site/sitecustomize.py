"""What every process of the chaos house does first: its folder stands in PYTHONPATH.

Lists that sync at the same time need sources of their own, and a source is found in
``services.sources``: that package looks into one more folder here.
"""

import os
import select
import time
from pathlib import Path
from typing import SupportsIndex

import services.sources

_MORE = str(Path(__file__).parents[1] / "sources")
if _MORE not in services.sources.__path__:
    services.sources.__path__.append(_MORE)


def _sleep(seconds: float | SupportsIndex) -> None:
    end = time.monotonic() + float(seconds)
    while (left := end - time.monotonic()) > 0:
        select.select([], [], [], left)


if os.environ.get("FAKETIME_TIMESTAMP_FILE"):
    # Python 3.11 sleeps until a monotonic moment, which libfaketime 0.9.10 shifts with the wall
    # clock into one that does not exist (EINVAL); what time it is stays libfaketime's word
    time.sleep = _sleep
