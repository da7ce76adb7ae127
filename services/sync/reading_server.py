"""The fork server of the reading processes: ``python -m services.sync.reading_server FD``.

It takes connections over FD, forks a *nanny* for each, and ends when the other end of FD closes or
when nothing was asked for a while. A nanny takes one job, forks the *reader*, watches its time and
tells how it ended. The readers are forks of a process that has the sources imported, so that one
costs some milliseconds; each has a memory of its own, which no other reading sees.
"""

import contextlib
import ctypes
import errno
import importlib
import importlib.util
import math
import os
import pickle
import pkgutil
import resource
import select
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Sequence
from typing import IO, Any, NoReturn

import msgspec

from services.errors import Unreadable
from services.sync import faults
from services.sync.bodies import Bodies
from services.sync.reader import LENGTH, Answer, Job, received

IDLE = 20.0  # seconds without a job after which the server ends; the next job starts another
_PR_SET_PDEATHSIG = 1


def main(argv: list[str]) -> int:
    """Serve until the other end is closed."""
    control = socket.socket(fileno=int(argv[1]))
    for one in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(one, signal.SIG_IGN)  # meant for the worker, which closes the connection
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nannies are waited for by nobody
    _import_sources()
    while select.select([control], [], [], IDLE)[0]:
        try:
            word, numbers, _flags, _address = socket.recv_fds(control, 1, 3)
        except OSError:
            break
        if not word:
            break
        if os.fork() == 0:
            control.close()
            _serve(socket.socket(fileno=numbers[0]), *numbers[1:])
        for number in numbers:
            os.close(number)
    return 0


def _import_sources() -> None:
    """What every reading needs is imported once, here. A broken file is its own job's trouble."""
    import services.sources

    for name in ("services.sync.spool", "services.parsers.declared_table"):
        importlib.import_module(name)
    for found in pkgutil.iter_modules(services.sources.__path__):
        with contextlib.suppress(Exception):
            importlib.import_module(f"services.sources.{found.name}")


def _end_with_parent() -> None:
    """SIGKILL to this process when its parent dies. Only among these single-threaded processes: of
    a worker it would be the thread whose end counts."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


# --- the nanny -----------------------------------------------------------------------------------


def _serve(connection: socket.socket, *files: int) -> NoReturn:
    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _end_with_parent()
        job = msgspec.msgpack.decode(received(connection), type=Job)
        answer = msgspec.msgpack.encode(_watched(job, received(connection), connection, files))
        connection.sendall(LENGTH.pack(len(answer)) + answer)
        status = 0
    except (OSError, EOFError) as fault:  # whoever asked is gone
        sys.stderr.write(f"reading given up: {type(fault).__name__} {fault}\n"[:500])
    except BaseException as fault:
        sys.stderr.write(f"reading not begun: {type(fault).__name__} {fault}\n"[:500])
    finally:
        os._exit(status)


def _watched(job: Job, call: bytearray, connection: socket.socket, files: Sequence[int]) -> Answer:
    """The job done by a reader of its own, within its time."""
    with _memory_file() as file:
        start = _pages(1) / (1 << 20)  # what a reader is born with
        pid = os.fork()
        if pid == 0:
            connection.close()
            _read(job, call, file, files)
        ended = _wait(pid, job.seconds, connection)
        _, status, usage = os.wait4(pid, 0)
        peak = usage.ru_maxrss / (1024 if sys.platform == "linux" else 1024 * 1024)
        if ended:
            return Answer(ended=ended, peak=peak)
        if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _NO_ROOM:
            return Answer(full=True, peak=peak)
        if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
            return Answer(lost=True, peak=peak)
        if status:
            return Answer(ended=_why(status, job, peak - start), peak=peak)
        file.seek(0)
        told = msgspec.msgpack.decode(file.read(), type=Answer)
        return msgspec.structs.replace(told, peak=peak)


def _wait(pid: int, seconds: float, connection: socket.socket) -> str:
    """Wait for the reader's end; kill it when its time is over or nobody waits for it any more."""
    end = time.monotonic() + seconds
    reader: Any = os.pidfd_open(pid)
    try:
        while (left := end - time.monotonic()) > 0:
            ready = select.select([reader, connection], [], [], left)[0]
            if reader in ready:
                return ""
            if connection in ready:  # nothing more is due from there: it was closed
                os.kill(pid, signal.SIGKILL)
                return "nobody waited for it any more"
        os.kill(pid, signal.SIGKILL)
        return f"it took longer than {seconds:g} seconds"
    finally:
        os.close(reader)


def _why(status: int, job: Job, taken: float) -> str:
    """``taken``: megabytes beyond those the reader was born with."""
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _NO_MEMORY:
        return f"it needed more than {job.megabytes} megabytes of memory"
    if os.WIFEXITED(status) and os.WEXITSTATUS(status) == _TOO_LARGE:
        return f"what it read is larger than {job.megabytes} megabytes"
    if os.WIFSIGNALED(status):
        number = signal.Signals(os.WTERMSIG(status))
        # libraries that are refused memory abort; the kernel kills what takes the last of it
        if number in {signal.SIGABRT, signal.SIGSEGV} and taken > job.megabytes / 2:
            return f"it needed more than {job.megabytes} megabytes of memory"
        if number == signal.SIGXFSZ:
            return f"what it read is larger than {job.megabytes} megabytes"
        return f"its process died of {number.name}"
    return f"its process ended with {os.waitstatus_to_exitcode(status)}"


# --- the reader ----------------------------------------------------------------------------------

_NO_MEMORY, _TOO_LARGE, _NO_ROOM = 77, 78, 79
_BY_FAULT = {errno.EFBIG: _TOO_LARGE, errno.ENOSPC: _NO_ROOM, errno.EDQUOT: _NO_ROOM}


def _read(job: Job, call: bytearray, file: IO[bytes], files: Sequence[int]) -> NoReturn:
    status = 1
    try:
        _end_with_parent()
        _bound(job)
        faults.reach("reading")
        file.write(msgspec.msgpack.encode(_answer(job, call, files)))
        file.flush()
        status = 0
    except MemoryError:
        status = _NO_MEMORY
    except BaseException as fault:
        status = _BY_FAULT.get(getattr(fault, "errno", None) or 0, status)
        sys.stderr.write(f"reading failed: {type(fault).__name__}: {fault}\n"[:500])
    finally:
        os._exit(status)


def _bound(job: Job) -> None:
    """Address space, the outcome's size, open files; processor time behind the nanny's watch."""
    size = job.megabytes * 1024 * 1024
    _limit(resource.RLIMIT_AS, (_pages(0) or 1 << 30) + size)
    _limit(resource.RLIMIT_FSIZE, size)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_CPU, math.ceil(job.seconds) + 5)


def _limit(what: int, most: int) -> None:
    """A bound of the surroundings that is tighter already stays; some systems know no such one."""
    _, hard = resource.getrlimit(what)
    if hard != resource.RLIM_INFINITY:
        most = min(most, hard)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (most, most))


def _pages(number: int) -> int:
    """Bytes of this process: its address space (0), or what of it lies in memory (1)."""
    try:
        with open("/proc/self/statm", "rb") as said:  # noqa: PTH123
            return int(said.read().split()[number]) * resource.getpagesize()
    except OSError:
        return 0


def _answer(job: Job, call: bytearray, files: Sequence[int]) -> Answer:
    try:
        for name, path in job.files:
            _load(name, path)
        what, args = pickle.loads(call)  # noqa: S301 - from the worker itself
        call.clear()
        for one in args:
            if job.bodies and isinstance(one, Bodies):
                one.open(files[-1])
        before = (os.fdopen(files[0], "w+b"),) if job.spool else ()
        read = msgspec.msgpack.encode(what(*before, *args))
    except Unreadable as refusal:
        return Answer(unreadable=(refusal.what, refusal.remedy))
    except MemoryError:
        raise
    except RecursionError:
        return Answer(fault="RecursionError: it is nested too deeply")
    except Exception as fault:
        if getattr(fault, "errno", None) in _BY_FAULT:
            raise  # of what is written, not of the bytes
        return Answer(fault=f"{type(fault).__name__}: {fault}"[:400])
    return Answer(read=read)


def _load(name: str, path: str) -> None:
    if name in sys.modules:
        return
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)


def _memory_file() -> IO[Any]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("reading"), "w+b")
    return tempfile.TemporaryFile()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
