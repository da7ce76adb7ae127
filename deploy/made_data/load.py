"""Made data into an empty database: statements and links by COPY, then the log and the documents by
the same functions as on the road.

Nothing is fetched or matched, so a load says nothing of the road's speed; but what it leaves is
what the road would have left: ``labdir log verify`` holds.
"""

import time
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from deploy.made_data.bare import put_back, take_away
from deploy.made_data.copying import LOADED, Loader
from deploy.made_data.lines import Lines
from deploy.made_data.lives import Body, bodies
from deploy.made_data.rows import OWN_PARTS, PARTS
from deploy.made_data.runs import Runs, look_on, runs_of_all
from deploy.made_data.sizes import END, NATIONAL, OWN, SIZES, WORLD, Size, looks
from deploy.made_data.words import vocabulary
from services import models as m
from services.errors import Refused
from services.evidence import log
from services.store.project import project
from services.sync.coding import code_terms
from services.sync.stage import stage_records
from services.sync.tell import tell_changes

Tell = Callable[[str, float, int], None]  # phase, seconds since the beginning, how many
_DOCUMENTS = 5_000  # bodies between two commits


def load(engine: Engine, size_name: str, seed: int, tell: Tell) -> None:
    """Fill a database that has its schema and no bodies. Raises Refused where there are some."""
    begun = time.monotonic()

    def phase(name: str, count: int = 0) -> None:
        tell(name, time.monotonic() - begun, count)

    size = SIZES[size_name]
    made = bodies(size, WORLD if size_name == "world" else NATIONAL, seed)
    words = vocabulary(size.objects, size.parameters, size.methods, seed)
    phase("drawn", len(made))
    with engine.connect() as conn:
        _only_empty(conn)
        conn.execute(sa.text("set maintenance_work_mem = '512MB'; set work_mem = '128MB'"))
        conn.execute(sa.text("set synchronous_commit = off"))
        runs = runs_of_all(conn)
        ids = code_terms(conn, words.terms())
        conn.commit()
        phase("terms", len(ids))
        taken = take_away(conn, LOADED)
        conn.commit()
        loader = Loader(conn, runs, Lines(words, ids, _replaced(made, size)))
        lines = loader.load(made, seed)
        phase("copied lines", lines)
        loader.number()
        put_back(conn, taken)
        conn.commit()
        phase("indexed")
        changes = _tell_all(conn, runs, loader)
        phase("told changes", changes)
        look_on(conn)
        phase("looked on")
        _documents(conn, phase)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
        conn.execute(sa.text("vacuum (analyze)"))
    phase("vacuumed")


def _only_empty(conn: Connection) -> None:
    if conn.execute(sa.select(sa.exists(sa.select(m.Body.id)))).scalar_one():
        raise Refused(["This database holds bodies: made data go into an empty one only."])


def _replaced(made: Sequence[Body], size: Size) -> float:
    """The share of a renewed schedule's lines that is replaced, so that there are as many events of
    scope as asked: each is an end and a beginning."""
    held = [one for body in made for one in body.held]
    status = sum(len(one.happenings) for one in held)
    renewed = sum(one.lines for one in held if any(day > one.joined for day in one.renewals))
    return min(1.0, (size.events - status) / 2 / max(1, renewed))


def _tell_all(conn: Connection, runs: Runs, loader: Loader) -> int:
    """Every run's change rows and leaf, in the order in which they were known."""
    count = 0
    for n in range(len(looks())):
        for source in runs.lists:
            records, left = loader.touched[source][n], loader.left[source][n]
            if not records and not left:
                continue
            run_id = runs.of[source][n]
            parts = OWN_PARTS if source == OWN else (*PARTS, "lines")
            stage_records(conn, records, ())
            count += tell_changes(conn, run_id, parts, left, [])
            log.append(conn, run_id, runs.known[source][n])
            conn.commit()
    return count


def _documents(conn: Connection, phase: Callable[[str, int], None]) -> None:
    position = log.next_position(conn) - 1
    ids = conn.execute(sa.select(m.Body.id).order_by(m.Body.id)).scalars().all()
    for start in range(0, len(ids), _DOCUMENTS):
        project(conn, ids[start : start + _DOCUMENTS], position, END)
        conn.commit()
        phase("documents", min(len(ids), start + _DOCUMENTS))
