"""The front door as embedded mode's web child loads it.

The server's process forks one that answers requests, and that one would live on, holding the
port, when its parent is killed with -9. It loads this module first and asks to die along.
"""

import os
import signal

from deploy.embedded.children import die_with_parent

die_with_parent(signal.SIGKILL, os.getppid())

from directory.app import app  # noqa: E402  (after the promise, not before)

__all__ = ["app"]
