"""Structured logs, one JSON object a line on stderr, alike in every process."""

import logging
import re
import sys
from typing import Any

import msgspec
import structlog

# What is secret by its form, wherever it got into a line from: keys, links and sessions
# (services/accounts.py), signing secrets (services/watch/message.py), a shortlist's address, which
# is all one needs to read it (services/find/shortlists.py), a password in a server's address.
_SECRET = re.compile(
    r"(?<=labdir_)[A-Za-z0-9_-]{43}|(?<=whsec_)[A-Za-z0-9+/=]+|(?<=/shortlists/)[A-Za-z0-9_-]{24}"
    r"|(?<=://)[^/\s\"@]*:[^/\s\"@]+(?=@)"
)


def without_secrets(text: str) -> str:
    return _SECRET.sub("…", text)


def _json(told: Any, **_: Any) -> str:
    """What is no plain value is written as Python shows it: a log line never fails."""
    return without_secrets(msgspec.json.encode(told, enc_hook=repr).decode(errors="replace"))


def configure(level: int = logging.INFO) -> None:
    """Set up logging for this process. Tracebacks name places, never the values of variables."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.StackInfoRenderer(),
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            structlog.processors.JSONRenderer(_json),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: structlog.WriteLogger(sys.stderr),
        cache_logger_on_first_use=False,
    )
