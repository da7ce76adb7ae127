"""Programs as forks of this process, which has imported once what they stand on.

Started each by itself, five programs import the same libraries five times: seconds of processor and
a hundred megabytes each. A fork has them at once, and shares their memory for as long as nobody
writes to it. Only modules may be shared: this process has no thread and no open connection, and a
fork closes whatever files it finds open (the data folder's lock is one).

On Linux alone: elsewhere a library may not bear being forked, and programs start by themselves.
"""

import ctypes
import faulthandler
import gc
import os
import pkgutil
import runpy
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from deploy.embedded.children import die_with_parent

_M_TRIM_THRESHOLD, _M_ARENA_MAX = -1, -8
CAN_FORK = sys.platform == "linux"
# what granian and Celery import only when they begin to work
_LATE = (
    "celery.apps.beat", "celery.apps.worker", "celery.bin.celery", "celery.concurrency.solo",
    "celery.concurrency.thread", "celery.fixups.django", "celery.worker.components",
    "celery.worker.consumer", "celery.worker.strategy", "granian.cli", "granian.server",
    "kombu.transport.redis", "sqlalchemy.dialects.postgresql.psycopg", "multiprocessing.util",
)  # fmt: skip
_OURS = ("services", "directory.api", "directory.pages")  # none of it reads the environment
# PDF is read by the reading processes, which are not forks of this one
_NOT_OURS = ("services.migrations", "services.parsers.pdf_drawn")


class Fork:
    """A forked program, looked after as a :class:`subprocess.Popen` is."""

    def __init__(self, pid: int, argv: Sequence[str]) -> None:
        self.pid = pid
        self.args = argv
        self.returncode: int | None = None

    def poll(self) -> int | None:
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Its exit code. Raises subprocess.TimeoutExpired when it lives for so many seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while (code := self.poll()) is None:
            if timeout is not None and deadline is not None and time.monotonic() > deadline:
                raise subprocess.TimeoutExpired(self.args, timeout)
            time.sleep(0.01)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def warm() -> None:
    """Import what the programs stand on. What cannot be imported is its program's own trouble."""
    if not CAN_FORK:
        return
    _spare_memory()
    for name in (*_LATE, *_modules()):
        with suppress(Exception):
            import_module(name)
    _settle()


def _spare_memory() -> None:
    """Threads share two arenas, and what is freed is given back at once (mallopt(3)): else each
    keeps what one big list once took."""
    with suppress(OSError, AttributeError):  # a libc without it
        libc = ctypes.CDLL(None)
        libc.mallopt(_M_ARENA_MAX, 2)
        libc.mallopt(_M_TRIM_THRESHOLD, 128 * 1024)


def _modules() -> Iterator[str]:
    for package in _OURS:
        found = import_module(package)
        for one in pkgutil.walk_packages(found.__path__, f"{package}.", onerror=lambda _: None):
            if not one.name.startswith(_NOT_OURS) and not one.name.endswith("__main__"):
                yield one.name


def _settle() -> None:
    """What is here stays: a fork that looked through it for cycles would write to all of it."""
    gc.collect()
    gc.freeze()


def fork(
    argv: Sequence[str],
    *,
    log: Path,
    env: Mapping[str, str],
    cwd: Path,
    death_signal: signal.Signals,
) -> Fork:
    """Start `argv` ("python -m MODULE …") as a fork, its output appended to `log`.

    As with a program that is started by itself, it leads a session of its own, has the signals'
    usual meanings and no other environment than ``env``. Call it from the main thread, the only
    one there is.
    """
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or the fork would write it a second time
    _settle()
    parent = os.getpid()
    # a signal that comes in between is the parent's, or the program's: never of this code in a fork
    before = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        with log.open("ab") as output:
            pid = os.fork()
            if pid == 0:
                _become(argv, output.fileno(), env, cwd, death_signal, parent, before)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return Fork(pid, argv)


def _become(
    argv: Sequence[str],
    output: int,
    env: Mapping[str, str],
    cwd: Path,
    death_signal: signal.Signals,
    parent: int,
    mask: set[signal.Signals | int],
) -> NoReturn:
    """The program, to its end. Nothing of this process's own stack is ever returned to."""
    from setproctitle import setproctitle

    status = 1
    try:
        os.setsid()
        die_with_parent(death_signal, parent)
        for one in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        _own_files(output)
        setproctitle(" ".join(argv))  # before the environment moves: it lies beside the title
        os.environ.clear()
        os.environ.update(env)
        os.chdir(cwd)
        _run(argv)
        status = 0
    except SystemExit as leave:
        status = _code(leave)
    except BaseException:
        traceback.print_exc()
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _own_files(output: int) -> None:
    """Nothing but an empty input, and the log as output."""
    nothing = os.open(os.devnull, os.O_RDONLY)
    for file, number in ((nothing, 0), (output, 1), (output, 2)):
        os.dup2(file, number)
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    sys.stdout, sys.stderr = (
        open(number, "w", 1, "utf-8", "backslashreplace", closefd=False)  # noqa: SIM115
        for number in (1, 2)
    )
    faulthandler.enable()  # a crash says where it was


def _run(argv: Sequence[str]) -> None:
    module = argv[2]
    sys.argv = list(argv[2:])
    if "." in module:
        sys.modules.pop(module, None)  # imported by this process: run, it is nobody's module
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _code(leave: SystemExit) -> int:
    if leave.code is None or isinstance(leave.code, int):
        return leave.code or 0
    sys.stderr.write(f"{leave.code}\n")
    return 1
