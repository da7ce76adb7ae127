"""``make compose-test``: docker-compose.yml with a real Docker engine, driven from outside.

    python -m tests.compose [--out FILE] [--engine FOLDER] [--only CHAPTER …]

Exit codes: 0 all chapters hold; 1 one does not; 3 there is no Docker engine, so nothing is known.
"""

import argparse
import os
import platform
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from deploy.embedded.asked import free_port
from services.errors import LabdirError
from tests.compose import images
from tests.compose.chapters import CHAPTERS, IMAGE, ended
from tests.compose.engine import Engine, NoEngine, engine
from tests.compose.stack import Failed, Stack

UNKNOWN = 3


def main() -> int:
    asked = argparse.ArgumentParser(prog="make compose-test", description=__doc__)
    asked.add_argument("--out", type=Path, help="write the log there as well")
    asked.add_argument(
        "--engine", type=Path, default=Path("/var/tmp/labdir-engine"),
        help="folder of an engine that is started here; its images stay for the next run",
    )  # fmt: skip
    asked.add_argument("--only", nargs="*", default=[], help="chapters; fresh comes always")
    given = asked.parse_args()
    try:
        with (
            engine(given.engine) as one,
            tempfile.TemporaryDirectory(prefix="labdir-compose-") as folder,
        ):
            stack = Stack(one, Path(folder), https=free_port(0), http=free_port(0))
            try:
                code = _drive(stack, given.only)
            finally:
                ended(stack)
            if given.out:
                given.out.write_text("\n".join(stack.said) + "\n", "utf-8")
            return code
    except NoEngine as fault:
        print(f"NOT KNOWN: {fault} {fault.remedy}")
        return UNKNOWN


def _drive(stack: Stack, only: list[str]) -> int:
    stack.write_environment()
    _head(stack)
    failed = 0
    for chapter in CHAPTERS:
        name = chapter.__name__
        if only and name not in (*only, "fresh", "ended"):
            continue
        began = time.monotonic()
        try:
            said = chapter(stack)
        except (Failed, LabdirError) as fault:
            failed += 1
            stack.say(f"FAILED {name}: {fault}")
            for service in ("migrate", "web", "worker", "proxy"):
                print(stack.compose("logs", "--tail", "30", service, check=False))
            break  # the later chapters stand on the earlier
        stack.say(f"ok {name:10} {time.monotonic() - began:5.0f} s  {said}")
    ran = sum(line.startswith("ok ") for line in stack.said)
    stack.say(f"{ran} passed, {failed} failed")
    return 1 if failed else 0


def _head(stack: Stack) -> None:
    """Date, machine, versions, and whose images they are; the build."""
    version = stack.engine.version()
    compose = stack.compose("version", "--short").strip()
    stack.say(
        f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {platform.platform()}, {os.cpu_count()} cores"
    )
    own = " started for this run" if stack.engine.own else ""
    stack.say(f"Docker engine {version}{own}; docker compose {compose}")
    for image, whose in images.have(stack.engine).items():
        stack.say(f"image {image}: {whose}")
    stack.say(f"image {IMAGE}: built in {_build(stack.engine):.0f} s")


def _build(one: Engine) -> float:
    """Our image by its own recipe. The host's network: an engine of ours has no bridge."""
    began = time.monotonic()
    network = ("--network", "host") if one.own else ()
    recipe = ("--file", str(images.ROOT / "deploy" / "Dockerfile"), "--tag", IMAGE)
    legacy = Engine(one.env | {"DOCKER_BUILDKIT": "0"}, one.own) if one.own else one
    legacy.docker("build", *network, *recipe, str(images.ROOT), timeout=1800)
    return time.monotonic() - began


if __name__ == "__main__":
    sys.exit(main())
