"""The fixtures that every test with a database or a broker stands on."""

from collections.abc import Callable, Iterator

import pytest
import redis
from sqlalchemy import Connection, create_engine, text


def _tables(address: str) -> int:
    engine = create_engine(address)
    with engine.connect() as connection:
        found: int = connection.execute(
            text("SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalar_one()
    engine.dispose()
    return found


def test_each_database_is_migrated_and_apart_from_the_others(
    db: str, make_database: Callable[[], str]
) -> None:
    before = _tables(db)
    assert before > 10
    engine = create_engine(db)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE of_this_test ()"))
    engine.dispose()
    assert _tables(db) == before + 1
    assert _tables(make_database()) == before


@pytest.fixture
def forgotten() -> Iterator[list[Connection]]:
    """Connections that are closed only after the database was dropped."""
    made: list[Connection] = []
    yield made
    for connection in made:
        connection.invalidate()
        connection.engine.dispose()


def test_a_database_is_dropped_though_a_connection_to_it_was_forgotten(
    forgotten: list[Connection], db: str
) -> None:
    forgotten.append(create_engine(db).connect())
    assert forgotten[0].execute(text("SELECT 1")).scalar_one() == 1


def test_the_broker_is_empty_before_each_test(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left", "behind")


def test_the_broker_is_empty_again(redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
