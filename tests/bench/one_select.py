"""The yardstick: a Litestar handler that does one indexed select, and nothing else.

Raw psycopg in autocommit from a pool as large as the front door's, answered by the same serialiser
on the same server. ``GET /accreditations/{number}`` is the leanest form; ``POST /accreditations``
takes its number from a JSON body, as a question about validity does.
"""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from litestar import Litestar, get, post
from litestar.datastructures import State
from psycopg_pool import AsyncConnectionPool

from deploy.embedded.children import die_with_parent
from services.names import number_key

die_with_parent(signal.SIGKILL, os.getppid())

# services.db.connect_reading: ten connections kept, ten more when they are all in use
KEPT, MOST = 10, 20
_SELECT = (
    "select id, issuer, number, number_key from accreditation where number_key = %s order by id"
)


class Row(msgspec.Struct, frozen=True):
    id: int
    issuer: str
    number: str
    number_key: str


class Found(msgspec.Struct, frozen=True):
    data: list[Row]


class Wanted(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    number: str


async def _select(state: State, number: str) -> Found:
    async with state["pool"].connection() as conn:
        rows = await (await conn.execute(_SELECT, (number_key(number),))).fetchall()
    return Found([Row(*row) for row in rows])


@get("/accreditations/{number:str}")
async def by_address(state: State, number: str) -> Found:
    return await _select(state, number)


@post("/accreditations", status_code=200)
async def by_body(state: State, data: Wanted) -> Found:
    return await _select(state, data.number)


@asynccontextmanager
async def _pool(app: Litestar) -> AsyncIterator[None]:
    address = os.environ["LABDIR_DATABASE_URL"].replace("postgresql+psycopg://", "postgresql://")
    async with AsyncConnectionPool(
        address, min_size=KEPT, max_size=MOST, kwargs={"autocommit": True}
    ) as pool:
        app.state["pool"] = pool
        yield


app = Litestar([by_address, by_body], lifespan=[_pool], logging_config=None, openapi_config=None)
