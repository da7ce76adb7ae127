"""Work that makes very many objects, none of which is in a cycle."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Without looking for cycles: a chunk makes a million objects and none of them is in one, so
    that the looking alone would take a third of the time. What was made is freed by its count.
    For work that ends within a while."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()
