"""Structured logs, one JSON object a line on stderr, alike in every process."""

import logging
import sys
from typing import Any

import msgspec
import structlog


def _json(told: Any, **_: Any) -> str:
    """What is no plain value is written as Python shows it: a log line never fails."""
    return msgspec.json.encode(told, enc_hook=repr).decode(errors="replace")


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
