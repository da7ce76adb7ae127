"""A `labdir up` of its own, for whoever uses it or measures it."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deploy.embedded.children import end
from services.accounts import PREFIX

_LABDIR = str(Path(sys.executable).with_name("labdir"))
_NAME = "Soak desk"


@contextmanager
def up(folder: Path) -> Iterator[tuple[subprocess.Popen[bytes], str, dict[str, str]]]:
    """A running `labdir up`: process, address, environment."""
    env = {name: value for name, value in os.environ.items() if not name.startswith("LABDIR_")}
    env |= {"LABDIR_DATA": str(folder / "data"), "LABDIR_PORT": "0"}
    process = subprocess.Popen(
        [_LABDIR, "up"], env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        start_new_session=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        said: list[str] = []
        for line in map(bytes.decode, process.stdout):
            said.append(line)
            if ready := re.match(r"ready (http://\S+)$", line):
                break
        else:
            raise SystemExit("`labdir up` ended:\n" + "".join(said))
        rest = threading.Thread(target=process.stdout.read, daemon=True)  # a full pipe stops it
        rest.start()
        yield process, ready[1], env
    finally:
        end(process, seconds=60)


def operator_key(env: dict[str, str]) -> str:
    """A key of a new operator."""
    for argv in (["add", _NAME, "--role", "operator"], ["key", _NAME]):
        said = subprocess.run(
            [_LABDIR, "account", *argv], env=env, capture_output=True, text=True, check=True
        ).stdout
    [key] = re.findall(rf"{PREFIX}\S+", said)
    return str(key)
