"""What a person does with sources and their runs: ask for one now, pause, set schedule and rate,
accept or discard a refused run, read kept bytes again, hand in a file. Each is told in the audit
trail within its own transaction."""

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services import models as m
from services.accounts import Principal
from services.desk.console import as_typed
from services.desk.trail import tell
from services.errors import BadQuestion, Conflict, Forbidden, NotFound
from services.settings import duration
from services.sync import accept as accepting
from services.sync import hand_in as handing
from services.sync import ledger
from services.sync import reread as rereading
from services.sync.catalogue import LOOKUP
from services.terms import DeskAction, Role, RunState

LONGEST = 2000  # characters of a reason
SHORTEST_EVERY = 60  # seconds; a publisher is not asked more often
LONGEST_EVERY = 366 * 86400
FASTEST = 5.0  # requests a second to a publisher's host


def reason(because: str) -> str:
    """Raises BadQuestion without a reason that can be read years later."""
    said = " ".join(because.split())
    if not 3 <= len(said) <= LONGEST:
        raise BadQuestion(
            f"because: it has {len(said)} characters.", f"Say in 3 to {LONGEST} characters why."
        )
    return said


def _at_least(who: Principal, least: Role) -> None:
    if not who.may(least):
        raise Forbidden(
            f"The account {who.name} is a {who.role.value}; this is for a {least.value}.",
            "Ask whoever keeps the accounts.",
        )


def known(conn: Connection, key: str) -> bool:
    """Whether there is such a source."""
    return bool(conn.execute(sa.select(sa.exists().where(m.SourceRow.key == key))).scalar_one())


def _there(conn: Connection, key: str) -> None:
    if not known(conn, key):
        raise NotFound(f'There is no source "{key}".', "See /sources for the keys.")


def run_now(conn: Connection, who: Principal, key: str, now: datetime) -> list[int]:
    """Ask for a run of every list of a source, also of a paused one. Returns the runs' ids; one
    that is open already is told again.

    Raises Forbidden, NotFound, and Conflict where no list of it can be asked.
    """
    _at_least(who, Role.STEWARD)
    _there(conn, key)
    lists = conn.execute(
        sa.select(m.SourceList.id)
        .where(m.SourceList.source_key == key, m.SourceList.enabled, m.SourceList.name != LOOKUP)
        .order_by(m.SourceList.id)
    ).scalars()
    asked = [ledger.ask(conn, one, who.name, now)[0] for one in lists]
    if not asked:
        raise Conflict(
            f"The source {key} has no list that is asked.", "Its settings switch it off."
        )
    tell(conn, who.account_id, DeskAction.RUN_ASKED, f"source {key}", now, after={"runs": asked})
    return asked


def accept(conn: Connection, who: Principal, run_id: int, because: str, now: datetime) -> int:
    """Publish what a refused run read, on purpose: returns the new run's id. Raises Forbidden,
    NotFound, BadQuestion, and Conflict where it was discarded."""
    _at_least(who, Role.STEWARD)
    said = reason(because)
    _one_decision(conn, run_id)
    made = accepting.accept(conn, run_id, who.name, said, now)
    tell(
        conn, who.account_id, DeskAction.RUN_ACCEPTED, f"run {run_id}", now,
        because=said, before={"state": "refused"}, after={"run": made, **as_typed(who)},
    )  # fmt: skip
    return made


def discard(conn: Connection, who: Principal, run_id: int, because: str, now: datetime) -> None:
    """Keep a refused run refused, for good: it waits for nobody any more and the old data stand.

    Raises Forbidden, NotFound, BadQuestion, and Conflict where somebody decided before.
    """
    _at_least(who, Role.STEWARD)
    said = reason(because)
    _one_decision(conn, run_id)
    state = conn.execute(sa.select(m.Run.state).where(m.Run.id == run_id)).scalar_one_or_none()
    if state is None:
        raise NotFound(f"There is no run {run_id}.", "See /sources/{key}/runs.")
    if state is not RunState.REFUSED:
        raise BadQuestion(f"Run {run_id} was not refused: it is {state}.")
    tell(
        conn, who.account_id, DeskAction.RUN_DISCARDED, f"run {run_id}", now,
        because=said, before={"state": "refused"}, after={"discarded": True},
    )  # fmt: skip


def reread(conn: Connection, who: Principal, run_id: int, because: str, now: datetime) -> int:
    """Read a run's kept bytes again after its reader was mended: returns the new run's id. Raises
    Forbidden, and what :func:`services.sync.reread.reread` raises; Conflict also where the run was
    discarded."""
    _at_least(who, Role.STEWARD)
    said = reason(because)
    _one_decision(conn, run_id)
    made = rereading.reread(conn, run_id, who.name, said, now)
    tell(
        conn, who.account_id, DeskAction.RUN_REREAD, f"run {run_id}", now,
        because=said, after={"run": made, **as_typed(who)},
    )  # fmt: skip
    return made


def hand_in(
    conn: Connection, who: Principal, key: str, handed: handing.Handed, got: handing.Bytes,
    now: datetime,
) -> int:  # fmt: skip
    """Hand in a file for a source's list: returns the run's id. Raises Forbidden, and what
    :func:`services.sync.hand_in.hand_in` raises."""
    _at_least(who, Role.STEWARD)
    said = reason(handed.because)
    made = handing.hand_in(conn, key, handed, got, who.name, now)
    tell(
        conn, who.account_id, DeskAction.FILE_HANDED_IN, f"source {key}", now,
        because=said, after={"list": handed.list_name, "run": made, **as_typed(who)},
    )  # fmt: skip
    return made


def _one_decision(conn: Connection, run_id: int) -> None:
    """One at a time: the second steward must see the first one's decision.

    An accepted run that was refused again, or failed, leaves its run to be decided anew.
    """
    conn.execute(sa.text("select pg_advisory_xact_lock(hashtext(:id))"), {"id": f"run {run_id}"})
    earlier = conn.execute(
        sa.select(m.Account.name, m.AuditTrail.because)
        .join(m.Account, m.Account.id == m.AuditTrail.account_id)
        .where(
            m.AuditTrail.object == f"run {run_id}",
            m.AuditTrail.action == DeskAction.RUN_DISCARDED,
        )
    ).first()
    if earlier is not None:
        raise Conflict(
            f"{earlier.name} has discarded run {run_id}: {earlier.because}",
            "Let the source be fetched again.",
        )
    open_ = conn.execute(
        sa.select(m.Run.id, m.Run.asked_by).where(
            m.Run.accepts_run_id == run_id,
            m.Run.state.in_([RunState.QUEUED, RunState.RUNNING, *(
                RunState.PUBLISHED, RunState.UNCHANGED)]),
        )
    ).first()  # fmt: skip
    if open_ is not None:
        raise Conflict(
            f"{open_.asked_by} has accepted run {run_id}: run {open_.id} publishes it.",
            "Read that run.",
        )


# --- how a source is asked ------------------------------------------------------------------------


def override(conn: Connection, key: str) -> dict[str, Any]:
    """What the desk says of a source: paused, every, rate (None: as the settings and the source
    say)."""
    one = m.SourceOverride
    row = conn.execute(
        sa.select(one.paused, one.every, one.rate).where(one.source_key == key)
    ).one_or_none()
    if row is None:
        return {"paused": False, "every": None, "rate": None}
    return {"paused": row.paused, "every": row.every, "rate": row.rate}


def pause(
    conn: Connection, who: Principal, key: str, because: str, now: datetime, *, paused: bool
) -> None:
    """Ask a source by itself no more, or again (it is then due at once). Its data stay and age.

    Raises Forbidden for less than an operator, NotFound, BadQuestion without a reason.
    """
    _at_least(who, Role.OPERATOR)
    said = reason(because)
    _there(conn, key)
    before = override(conn, key)
    _write(conn, key, {**before, "paused": paused})
    if before["paused"] and not paused:
        conn.execute(
            sa.update(m.SourceList)
            .where(m.SourceList.source_key == key, m.SourceList.next_due_at.is_not(None))
            .values(next_due_at=now)
        )
    action = DeskAction.SOURCE_PAUSED if paused else DeskAction.SOURCE_RESUMED
    tell(
        conn, who.account_id, action, f"source {key}", now,
        because=said, before={"paused": before["paused"]}, after={"paused": paused},
    )  # fmt: skip


def set_pace(
    conn: Connection,
    who: Principal,
    key: str,
    because: str,
    now: datetime,
    *,
    every: str | None,
    rate: float | None,
    usual: timedelta | None = None,
) -> None:
    """Another schedule and rate for a source from its next run on; None: as the settings say.
    ``usual``: how often the settings and the source say, which holds again where ``every`` is None.

    Raises Forbidden for less than an operator, NotFound, BadQuestion.
    """
    _at_least(who, Role.OPERATOR)
    said = reason(because)
    _there(conn, key)
    _check_pace(every, rate)
    before = override(conn, key)
    _write(conn, key, {**before, "every": every, "rate": rate})
    held = duration(every) if every is not None else usual
    if held is not None:  # never later than the new schedule says
        due = now + held
        conn.execute(
            sa.update(m.SourceList)
            .where(m.SourceList.source_key == key, m.SourceList.next_due_at > due)
            .values(next_due_at=due)
        )
        seconds = {"every_seconds": int(held.total_seconds())}
        conn.execute(
            sa.update(m.SourceRow)
            .where(m.SourceRow.key == key)
            .values(meta=m.SourceRow.meta.concat(seconds))
        )
    tell(
        conn, who.account_id, DeskAction.SOURCE_SET, f"source {key}", now, because=said,
        before={"every": before["every"], "rate": before["rate"]},
        after={"every": every, "rate": rate},
    )  # fmt: skip


def _check_pace(every: str | None, rate: float | None) -> None:
    if every is not None:
        try:
            seconds = duration(every).total_seconds()
        except ValueError as fault:
            raise BadQuestion(f"every: {fault}.") from fault
        if not SHORTEST_EVERY <= seconds <= LONGEST_EVERY:
            raise BadQuestion(f'every: "{every}" is out of range.', "It takes 1m to 366d.")
    if rate is not None and not 0 < rate <= FASTEST:
        raise BadQuestion(
            f"rate: {rate:g} is out of range.", f"It takes up to {FASTEST:g} requests a second."
        )


def _write(conn: Connection, key: str, values: dict[str, Any]) -> None:
    put = insert(m.SourceOverride).values(source_key=key, **values)
    conn.execute(put.on_conflict_do_update(index_elements=["source_key"], set_=values))
