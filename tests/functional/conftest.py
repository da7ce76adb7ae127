"""The house of chaos on the tests' own servers, which are not attacked."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.chaos.house import House
from tests.chaos.lists import Publisher
from tests.services.sync.hostile import serve_hostile


@pytest.fixture
def house(database_url: str, redis_url: str, tmp_path: Path) -> Iterator[House]:
    """Worker, beat and web run, and the first syncs are through."""
    with serve_hostile() as hostile:
        one = House(tmp_path, Publisher.opening(hostile), database_url, redis_url)
        try:
            one.lets(["worker", "beat", "web"])
            yield one
        finally:
            one.close()
