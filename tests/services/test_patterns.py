"""Regular expressions say the same on every Python that the project runs on."""

import re
from pathlib import Path

import pytest

import services

# "(…)*+", "(…)?+", "(…){2}+": a group repeated without giving anything back
_POSSESSIVE_GROUP = re.compile(r"(?<!\\)\)(?:[*+?]|\{[0-9,]+\})\+")
FILES = sorted(Path(services.__path__[0]).rglob("*.py"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_no_group_is_repeated_possessively(file: Path) -> None:
    """Before Python 3.11.5 (Debian 12 has 3.11.2) such a group loses matches where what it repeats
    can itself give back (CPython, gh-106052). "(?>(…)*)" says the same and never did."""
    found = [
        line for line in file.read_text("utf-8").splitlines() if _POSSESSIVE_GROUP.search(line)
    ]
    assert found == []
