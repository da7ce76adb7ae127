"""Hearing that the server is to stop before it waits for what is still open.

A server that is asked to stop lets open requests end first, and tells the application (ASGI
lifespan) when they have. A stream of events ends of itself never: it must hear of it before.
"""

import asyncio
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@contextmanager
def heard_first(stop: Callable[[], None]) -> Iterator[None]:
    """While it lasts, ``stop`` is called in this loop when the process is asked to stop.

    The server's own handler goes on as it was: the event loop hears of signals by a descriptor
    (``signal.set_wakeup_fd``), and a handler in Python's sense is called beside that. Where there
    is none, or this is not the main thread, nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {one: signal.getsignal(one) for one in _SIGNALS}

    def heard(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(stop)
        own = before[signal.Signals(number)]
        if callable(own):
            own(number, frame)

    put = [one for one, own in before.items() if callable(own)]
    for one in put:
        signal.signal(one, heard)
    try:
        yield
    finally:
        for one in put:
            signal.signal(one, before[one])
