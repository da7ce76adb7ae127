"""One person before one browser window: what is asked of the network, and what goes wrong, is kept.

``Visitor.leave`` holds it all against what must be: nothing was asked of another machine, nothing
was said in the console (there a browser reports what the page's security policy forbade), no script
failed.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Locator, Page, expect

HEIGHT = 900
WIDTHS = (1280, 360)
# what the journeys say and press, by language; the pages' own catalogues are not asked
WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "find": "Find",
        "word": "battery",
        "evidence": "Where does this come from? Source of tier 1",
        "panel": "Where does this come from?",
        "sources": "Sources",
        "refused": "Refused",
        "reasons": "Reasons",
        "skip": "Skip to content",
        "number": "Check a number",
        "check": "Check",
        "other": "中文",
    },
    "zh": {
        "find": "查找",
        "word": "电池",
        "evidence": "",
        "panel": "",
        "sources": "",
        "refused": "",
        "reasons": "",
        "skip": "",
        "number": "",
        "check": "",
        "other": "English",
    },
}


@dataclass
class Visitor:
    """``said``: what the console held; ``asked``: every address that was requested."""

    page: Page
    base: str
    code: str
    width: int
    shots: Path
    asked: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
