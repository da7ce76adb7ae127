"""What a person sees while `labdir up` starts: bars in a terminal, plain lines elsewhere."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn


class Telling:
    """Lines for a person, and one bar counting first syncs."""

    def __init__(self, *, terminal: bool | None = None) -> None:
        self._terminal = sys.stdout.isatty() if terminal is None else terminal
        self._bar: Progress | None = None
        self._task: TaskID | None = None
        self._said: set[str] = set()

    def line(self, text: str) -> None:
        """One line, at once. Plain print outside a terminal, so that pipes see it unwrapped."""
        if self._bar is not None:
            self._bar.console.print(text, highlight=False, markup=False, soft_wrap=True)
        else:
            sys.stdout.write(f"{text}\n")
            sys.stdout.flush()

    @contextmanager
    def counting(self, what: str) -> Iterator[None]:
        """Show progress until left. No thread draws it: children are forked from this one."""
        if not self._terminal:
            yield
            return
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[now]}"))
        with Progress(*columns, console=Console(), auto_refresh=False, transient=True) as self._bar:
            self._task = self._bar.add_task(what, total=None, now="")
            try:
                yield
            finally:
                self._bar.refresh()
        self._bar = None

    def count(self, done: int, total: int, now: str) -> None:
        """How far it is; outside a terminal each distinct state is a line, once."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=total, now=now, refresh=True)
        elif now and now not in self._said:
            self._said.add(now)
            self.line(now)
