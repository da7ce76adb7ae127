"""Child processes that never outlive the process that started them.

Each child leads a session of its own: Ctrl-C in a terminal then reaches the supervisor alone,
which stops the children in order, and whatever a child started can be ended with its group.
On Linux the kernel signals the child when its parent dies (prctl(2), PR_SET_PDEATHSIG), so that
even `kill -9` of the supervisor leaves nothing running. Elsewhere only an orderly stop does.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from deploy.embedded.places import Account

_PR_SET_PDEATHSIG = 1
# loaded before any fork: nothing may be imported or allocated at leisure between fork and exec
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


class Running(Protocol):
    """A child process: what is asked of a :class:`subprocess.Popen`, which is one."""

    @property
    def pid(self) -> int: ...
    @property
    def returncode(self) -> int | None: ...
    def poll(self) -> int | None: ...
    def wait(self, timeout: float | None = None) -> int: ...
    def send_signal(self, number: int, /) -> None: ...
    def kill(self) -> None: ...


def die_with_parent(death_signal: signal.Signals, parent: int) -> None:
    """Ask the kernel to send `death_signal` to this process when process `parent` is gone."""
    if _libc is None:
        return
    _libc.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
    if os.getppid() != parent:  # it died before the kernel had been asked
        os._exit(1)


def spawn(
    argv: Sequence[str | Path],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path,
    account: Account | None = None,
    death_signal: signal.Signals = signal.SIGTERM,
) -> subprocess.Popen[bytes]:
    """Start `argv` with its output appended to `log`, as `account` if one is given.

    Call it from the main thread: the kernel's promise hangs on the thread that forked. A change
    of user clears that promise, and `preexec_fn` runs after the change, so it is made there.
    """
    parent = os.getpid()

    def promise() -> None:
        die_with_parent(death_signal, parent)

    with log.open("ab") as output:
        return subprocess.Popen(
            [str(part) for part in argv],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(env),
            cwd=cwd,
            start_new_session=True,
            preexec_fn=promise,
            user=account.uid if account else None,
            group=account.gid if account else None,
            extra_groups=[] if account else None,
        )


def end(
    process: Running,
    *,
    ask: signal.Signals = signal.SIGTERM,
    seconds: float,
    press: Callable[[], None] | None = None,
) -> bool:
    """Ask a child to stop, wait `seconds`, then end its whole group.

    `press` is called when the wait has run out, before the group is killed (a database is asked
    again, more firmly). Returns whether the child stopped by itself.
    """
    willing = True
    if process.poll() is None:
        process.send_signal(ask)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            willing = False
            if press is not None:
                press()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(5)
    end_group(process)
    process.wait()
    return willing


def end_group(process: Running) -> None:
    """Kill what is left of a child's group: the child itself, or what it left behind."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
