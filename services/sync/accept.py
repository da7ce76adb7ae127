"""Publishing a refused run on purpose: a person says that the list is right as it is, and why.

The kept bytes travel the road again as a run of their own that names the refused one, the person
and the reason; the refused run's row stays as it was. What contradicts itself, or cannot be read at
all, is refused again: nobody's word makes it readable.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import BadQuestion, NotFound
from services.models import Run, RunPayload
from services.sync import ledger
from services.terms import RunState

LONGEST = 2000  # characters of a reason
# how a run's bytes came in where nobody fetched them; who publishes those bytes says so as well
PROVENANCE = (Run.uploaded_by, Run.uploaded_at, Run.obtained)


def accept(conn: Connection, run_id: int, by: str, because: str, now: datetime) -> int:
    """Ask for the run that publishes what a refused one read. Returns the new run's id.

    ``by``: who decides; ``because``: why, in words that will be read years later. Raises NotFound
    where there is no such run, BadQuestion where it was not refused, keeps no bytes, was accepted
    before, is older than what its list has published since, or another run of the list is open.
    """
    because = reason(because, "An accepted run")
    row = conn.execute(
        sa.select(
            *(Run.state, Run.list_id, Run.record_key, Run.as_of, *PROVENANCE),
            Run.rereads_run_id,
        ).where(Run.id == run_id)
    ).one_or_none()
    if row is None:
        raise NotFound(f"There is no run {run_id}.", "See `labdir source refused` for them.")
    if row.state is not RunState.REFUSED:
        raise BadQuestion(f"Run {run_id} was not refused: it is {row.state}.")
    if not conn.execute(sa.select(sa.exists().where(RunPayload.run_id == run_id))).scalar_one():
        raise BadQuestion(
            f"Run {run_id} kept no bytes: it was refused before anything was read.",
            "Let the source be fetched again.",
        )
    refuse_second(conn, run_id)
    refuse_outdated(conn, run_id, row.list_id, row.record_key, row.as_of)
    asked, new = ledger.ask(conn, row.list_id, by, now, row.record_key)
    if not new:
        raise BadQuestion(
            f"Run {asked} of the same list is under way.", "Wait for its end and accept then."
        )
    conn.execute(
        sa.update(Run)
        .where(Run.id == asked)
        .values(
            accepts_run_id=run_id,
            because=because,
            rereads_run_id=row.rereads_run_id,
            **{column.key: getattr(row, column.key) for column in PROVENANCE},
        )
    )
    return asked


def reason(because: str, what: str) -> str:
    """The reason as it is kept. Raises BadQuestion where there is none, or too much of it."""
    because = " ".join(because.split())
    if not because:
        raise BadQuestion(f"{what} needs a reason.", "Say it in “because”.")
    if len(because) > LONGEST:
        raise BadQuestion(f"The reason has {len(because)} characters; {LONGEST} are the most.")
    return because


def refuse_second(conn: Connection, run_id: int) -> None:
    """Raises BadQuestion where a refused run has been published since."""
    earlier = conn.execute(
        sa.select(Run.id, Run.accepts_run_id).where(
            sa.or_(Run.accepts_run_id == run_id, Run.rereads_run_id == run_id),
            Run.state.in_([RunState.PUBLISHED, RunState.UNCHANGED]),
        )
    ).first()
    if earlier is not None:
        done = "accepted" if earlier.accepts_run_id == run_id else "read again"
        raise BadQuestion(f"Run {run_id} was {done} before: run {earlier.id} published it.")


def refuse_outdated(
    conn: Connection, run_id: int, list_id: int, record_key: str, as_of: datetime | None
) -> None:
    """Raises BadQuestion where the list has published a newer version than that run read."""
    since = conn.execute(
        sa.select(Run.id)
        .where(
            Run.list_id == list_id,
            Run.record_key == record_key,
            Run.state.in_([RunState.PUBLISHED, RunState.UNCHANGED]),
            Run.id > run_id if as_of is None else Run.as_of > as_of,
        )
        .order_by(Run.id.desc())
        .limit(1)
    ).scalar_one_or_none()
    if since is not None:
        raise BadQuestion(
            f"Run {since} has published a newer version of this list than run {run_id} read.",
            "A newer truth is not replaced by an older one.",
        )
