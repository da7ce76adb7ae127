"""A real PostgreSQL and a real Redis for the tests, started by embedded mode's own launcher.

`LABDIR_TEST_DATABASE_URL` and `LABDIR_TEST_REDIS_URL` may name existing servers instead: the
user must be allowed to make databases there, and that Redis database is emptied.
"""

import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
import redis
from sqlalchemy.engine import URL, make_url

from deploy.embedded.servers import start_postgres, start_redis


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Path]:
    """A folder for servers that an unprivileged account can pass through, gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="labdir-test-"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def postgres_server(server_folder: Path) -> Iterator[URL]:
    """The address of a running PostgreSQL server, as its superuser."""
    given = os.environ.get("LABDIR_TEST_DATABASE_URL")
    if given:
        yield make_url(given)
        return
    server = start_postgres(server_folder, durable=False)
    yield make_url(server.url)
    server.stop()
    if server.home.parent != server_folder.resolve():  # an odd TMPDIR sent it elsewhere
        shutil.rmtree(server.home)


@pytest.fixture(scope="session")
def execute_on_server(postgres_server: URL) -> Callable[[str], None]:
    """Run one statement outside any transaction, on the server's own database."""
    address = postgres_server.set(drivername="postgresql").render_as_string(hide_password=False)

    def execute(statement: str) -> None:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(statement.encode())

    return execute


@pytest.fixture(scope="session")
def database_template(
    postgres_server: URL, execute_on_server: Callable[[str], None]
) -> Iterator[str]:
    """The name of a migrated, empty database from which each test's own is copied."""
    from services.db import migrate

    name = f"labdir_template_{os.getpid()}"
    execute_on_server(f"CREATE DATABASE {name}")
    migrate(postgres_server.set(database=name).render_as_string(hide_password=False))
    # a template with a connection to it cannot be copied
    execute_on_server(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
    execute_on_server(
        f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
    )
    yield name
    execute_on_server(f"DROP DATABASE {name} WITH (FORCE)")


_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def make_database(
    postgres_server: URL, execute_on_server: Callable[[str], None], database_template: str
) -> Iterator[Callable[[], str]]:
    """Makes a fresh, migrated, empty database and returns its address; for module fixtures."""
    made: list[str] = []

    def make() -> str:
        name = f"labdir_test_{os.getpid()}_{next(_numbers)}"
        execute_on_server(f"CREATE DATABASE {name} TEMPLATE {database_template} STRATEGY FILE_COPY")
        made.append(name)
        return postgres_server.set(database=name).render_as_string(hide_password=False)

    yield make
    for name in made:
        execute_on_server(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture
def database_url(
    make_database: Callable[[], str], execute_on_server: Callable[[str], None]
) -> Iterator[str]:
    """A database of this test's own: migrated, empty, dropped afterwards."""
    address = make_database()
    yield address
    execute_on_server(f"DROP DATABASE {make_url(address).database} WITH (FORCE)")


@pytest.fixture
def db(database_url: str) -> str:
    """The same under a short name."""
    return database_url


@pytest.fixture(scope="session")
def redis_server(server_folder: Path) -> Iterator[str]:
    """The address of a running Redis server, in redis-py's form."""
    given = os.environ.get("LABDIR_TEST_REDIS_URL")
    if given:
        yield given
        return
    server = start_redis(server_folder, durable=False)
    yield server.url
    server.stop()


@pytest.fixture
def redis_url(redis_server: str) -> str:
    """A Redis database that was emptied for this test."""
    with redis.Redis.from_url(redis_server) as client:
        client.flushdb()
    return redis_server
