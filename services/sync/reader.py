"""Reading a stranger's bytes in a process of their own, bounded in time and memory.

    worker --job--> fork server --fork--> nanny --fork--> reader (parses, at most so long, so large)

The fork server (``services.sync.reading_server``) starts with the first job of a process, holds the
sources imported and nothing else: no settings, no database, no secret. Whatever a reader does, dies
of or never ends with, the worker gets an answer: what was read, or why not, in words.
"""

import atexit
import pickle
import socket
import struct
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from os import environ, pathsep
from typing import Any, TypeVar

import msgspec

from services.errors import LabdirError, Unreadable
from services.settings import Settings, duration
from services.sync.bodies import Bodies
from services.sync.spool import Spool

T = TypeVar("T")

# what the fork server may know of its surroundings; addresses and passwords are not among it
_ENV = ("PATH", "LANG", "LC_ALL", "TZ", "HOME", "TMPDIR", "LABDIR_FAULTS")
_GRACE = 20.0  # seconds for the nanny to end a reader that is out of time, and to say so
LENGTH = struct.Struct("!Q")


class ReaderLost(LabdirError):
    """The reading processes were ended from outside: no word about the bytes."""


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one reading may take: wall clock time, and memory beyond the reader's own start."""

    time: timedelta = timedelta(seconds=120)
    megabytes: int = 1024


class Job(msgspec.Struct, frozen=True):
    """One call as the nanny takes it. ``files``: source files to load under their module names
    before the call itself can be understood. That is pickled by reference, with its arguments, and
    comes behind: the pages of a list are not copied once more. ``spool``, ``bodies``: whether the
    file that it may write, and that of the pages it reads, came with the job."""

    seconds: float
    megabytes: int
    files: tuple[tuple[str, str], ...] = ()
    spool: bool = False
    bodies: bool = False


class Answer(msgspec.Struct, frozen=True):
    """``read``: the outcome in MessagePack, where the call came to its end.

    ``unreadable``: the reader's own refusal as (what, remedy). ``fault``: anything else it tripped
    over. ``ended``: why its process was ended. ``lost``: it was killed from outside, and ``full``:
    there was no room to write what it read; both say nothing of the bytes. ``peak``: its memory at
    most, in megabytes.
    """

    read: bytes = b""
    unreadable: tuple[str, str] | None = None
    fault: str = ""
    ended: str = ""
    lost: bool = False
    full: bool = False
    peak: float = 0.0


@dataclass(slots=True, weakref_slot=True)
class Reader:
    """The way to the reading processes; one serves all threads of a process.

    The fork server ends when this object is closed or its process dies, however it dies.
    """

    bounds: Bounds = Bounds()
    _lock: threading.Lock = field(init=False, default_factory=threading.Lock)
    _server: "subprocess.Popen[bytes] | None" = field(init=False, default=None)
    _control: socket.socket | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        atexit.register(_close, weakref.ref(self))

    def call(self, form: Any, what: Callable[..., T], *args: Any, spool: Spool | None = None) -> T:
        """``what(*args)`` in a bounded process; ``form`` is the type of its outcome.

        ``spool``: what it reads is too much to come back at once; it is called with that file
        before the other arguments, and writes it anew from its beginning. ``what`` must be found by
        its name: a function of a module, or an instance of such a class. Raises Unreadable where
        the reader refuses, fails, or takes too long or too much, and ReaderLost where its processes
        were ended from outside twice or had no room to write.
        """
        numbers = [one.number for one in args if isinstance(one, Bodies)][:1]
        job = _job(self.bounds, what, args, spool is not None, bool(numbers))
        numbers = [*([spool.number] if spool else ()), *numbers]
        lost: list[str] = []
        for _ in range(2):  # a fork server that was killed is started again, once
            try:
                answer = self._ask(job, numbers)
            except (OSError, EOFError) as fault:
                lost.append(f"{type(fault).__name__}, its server {self._state()}")
                continue
            if answer.full:
                raise ReaderLost(
                    "There was no room to write what was read.",
                    "Make room in the folder for temporary files, or name another by TMPDIR.",
                )
            if not answer.lost:
                read: T = _outcome(answer, form)
                return read
            lost.append("killed")
        raise ReaderLost(
            f"The reading process was killed from outside, twice ({'; '.join(lost)}).",
            "Where the machine ran out of memory, give it more or lower read.megabytes.",
        )

    def close(self) -> None:
        with self._lock:
            self._drop()

    def server_pid(self) -> int | None:
        """The fork server's process id while it runs."""
        server = self._server
        return server.pid if server is not None and server.poll() is None else None

    def _state(self) -> str:
        server = self._server
        if server is None:
            return "was never started"
        with suppress(subprocess.TimeoutExpired):
            return f"ended with {server.wait(0.5)}"
        return "runs"

    def _ask(self, job: Sequence[bytes], numbers: Sequence[int]) -> Answer:
        """One try. Raises OSError or EOFError where fork server or nanny died on the way."""
        ours, theirs = _pair()
        with ours:
            try:
                with theirs:
                    self._hand_over([theirs.fileno(), *numbers])
                ours.settimeout(self.bounds.time.total_seconds() + _GRACE)
                for piece in job:
                    ours.sendall(LENGTH.pack(len(piece)))
                    ours.sendall(piece)
                return msgspec.msgpack.decode(received(ours), type=Answer)
            except TimeoutError:
                return Answer(ended="its process answered no more")

    def _hand_over(self, numbers: Sequence[int]) -> None:
        """Give one end of a job's own connection, and its files, to the fork server, started where
        need be."""
        with self._lock:
            try:
                if self._control is not None:
                    socket.send_fds(self._control, [b"j"], numbers)
                    return
            except OSError:
                pass
            self._drop()
            self._start()
            assert self._control is not None
            socket.send_fds(self._control, [b"j"], numbers)

    def _start(self) -> None:
        ours, theirs = _pair()
        env = {name: environ[name] for name in _ENV if name in environ}
        env["PYTHONPATH"] = pathsep.join(entry for entry in sys.path if entry)
        with theirs:
            number = theirs.fileno()
            self._server = subprocess.Popen(
                [sys.executable, "-m", "services.sync.reading_server", str(number)],
                pass_fds=[number],
                env=env,
                stdin=subprocess.DEVNULL,
            )
        self._control = ours

    def _drop(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._server is not None:
            try:
                self._server.wait(5)  # it ends with its connection
            except subprocess.TimeoutExpired:
                self._server.kill()
                self._server.wait()
            self._server = None


def _pair() -> tuple[socket.socket, socket.socket]:
    """Two ends that wait. A worker that stops gives every new socket a time limit (Celery's
    ``default_socket_timeout``): its file then waits for nothing, and the other process, which has
    the file alone, knows of no limit."""
    both = socket.socketpair()
    for one in both:
        one.setblocking(True)
    return both


def _close(of: "weakref.ref[Reader]") -> None:
    if (reader := of()) is not None:
        reader.close()


def _job(
    bounds: Bounds, what: Callable[..., Any], args: Sequence[Any], spool: bool, bodies: bool
) -> tuple[bytes, bytes]:
    """A job and its call."""
    try:
        call = pickle.dumps((what, args))
    except (pickle.PicklingError, AttributeError, TypeError) as fault:
        raise Unreadable(
            f"{what!r} cannot be handed to the reading process: {fault}.",
            "What reads must be a function of a module, no lambda and none inside another.",
        ) from fault
    files = tuple(_files(what, args))
    job = Job(bounds.time.total_seconds(), bounds.megabytes, files, spool, bodies)
    return msgspec.msgpack.encode(job), call


def _files(what: Callable[..., Any], args: Sequence[Any]) -> set[tuple[str, str]]:
    """Source files that the fork server may not know: loaded from a file anywhere (``labdir source
    try my_source.py``), or found after it had started."""
    names = {getattr(one, "__module__", None) or type(one).__module__ for one in (what, *args)}
    loaded = [sys.modules[name] for name in names if name.startswith(FROM_FILE)]
    return {(module.__name__, str(module.__file__)) for module in loaded}


FROM_FILE = ("labdir_source_", "services.sources.")  # how such modules are named


def _outcome(answer: Answer, form: Any) -> Any:
    if answer.unreadable is not None:
        raise Unreadable(*answer.unreadable)
    if answer.fault:
        raise Unreadable(f"The reader failed on these bytes: {answer.fault}"[:500])
    if answer.ended:
        raise Unreadable(
            f"The reading of these bytes was ended: {answer.ended}.",
            "Look at the kept bytes; read.time and read.megabytes in the settings are the bounds.",
        )
    try:
        return msgspec.msgpack.decode(answer.read, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise Unreadable(f"The reader gave what no reader may give: {fault}.") from fault


def receive(connection: socket.socket, length: int) -> bytearray:
    """Exactly so many bytes. Raises EOFError where the other end closes before."""
    got = bytearray(length)
    view, at = memoryview(got), 0
    while at < length:
        count = connection.recv_into(view[at:])
        if not count:
            raise EOFError
        at += count
    return got


def received(connection: socket.socket) -> bytearray:
    """A piece with its length before it."""
    (length,) = LENGTH.unpack(receive(connection, LENGTH.size))
    return receive(connection, length)


def bounds(settings: Settings) -> Bounds:
    """The bounds that the settings name."""
    return Bounds(duration(settings.read.time), settings.read.megabytes)


_shared: dict[Bounds, Reader] = {}
_sharing = threading.Lock()


def shared(bounds: Bounds) -> Reader:
    """This process's reader of such bounds: one fork server serves all its threads."""
    with _sharing:
        return _shared.setdefault(bounds, Reader(bounds))


__all__ = [
    "LENGTH",
    "Answer",
    "Bounds",
    "Job",
    "Reader",
    "ReaderLost",
    "bounds",
    "received",
    "shared",
]
