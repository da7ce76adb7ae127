"""Retention: dropping kept bytes that are evidence of nothing that was published.

All bytes are kept unless the settings say otherwise (``[keep]``). What goes then is what runs
fetched that published nothing: refused and failed ones, and looks that found what was known. Never:

- the bytes of a run that anything in the database names: a fact, a record, a sighting, a change, a
  leaf of the log, a run that accepted it or read it again (found by the foreign keys, so that a new
  table protects its runs without a word here);
- the newest good bytes of each list and record, which the next run is compared with;
- bytes that a person handed in: nobody can fetch them again;
- a refused run that can still be accepted: no newer version of its list was published since.

The run itself stays, with its reasons, its shape and the hash over its pages.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.orm import aliased

from services import accounts
from services import models as m
from services.desk.trail import tell
from services.models import Payload, Run, RunPayload, SourceList
from services.settings import KeepSettings, duration
from services.terms import DeskAction, Role, RunState

_AT_ONCE = 500  # runs in one transaction
_GOOD = (RunState.PUBLISHED, RunState.UNCHANGED)
_ACCOUNT = "retention"  # in whose name the audit trail tells of it; nobody signs in as it


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What went (or would go) of one source. ``size``: bytes as fetched, of payloads that no other
    run names."""

    source: str
    runs: int
    payloads: int
    size: int


def forget(engine: Engine, keep: KeepSettings, now: datetime) -> list[Forgotten]:
    """Drop what the policy lets go, some hundred runs a transaction, told in the audit trail."""
    done: list[Forgotten] = []
    while True:
        with engine.begin() as conn:
            runs = _next(conn, keep, now)
            if not runs:
                return done
            done += _drop(conn, runs, keep, now)


def would_forget(conn: Connection, keep: KeepSettings, now: datetime) -> list[Forgotten]:
    """What :func:`forget` would drop; nothing is written. Payloads named by runs of two batches are
    left uncounted."""
    found: list[Forgotten] = []
    after = 0
    while candidates := _candidates(conn, keep, now, after):
        after = candidates[-1].id
        runs = _uncited(conn, candidates)
        for source, some in _by_source(runs):
            payloads = _alone(conn, [run.id for run in some])
            found.append(
                Forgotten(source, len(some), len(payloads), sum(one.size for one in payloads))
            )
    return found


def _next(conn: Connection, keep: KeepSettings, now: datetime) -> Sequence[Any]:
    """The next runs whose bytes may go; candidates that something names are passed over."""
    after = 0
    while candidates := _candidates(conn, keep, now, after):
        if runs := _uncited(conn, candidates):
            return runs
        after = candidates[-1].id
    return ()


def _candidates(conn: Connection, keep: KeepSettings, now: datetime, after: int) -> Sequence[Any]:
    """Old runs with bytes that published nothing, by id."""
    ages = []
    if keep.refused:
        before = now - duration(keep.refused)
        ages.append(
            sa.and_(
                Run.state.in_([RunState.REFUSED, RunState.FAILED]),
                Run.finished_at < before,
                _superseded(),
            )
        )
    if keep.unchanged:
        before = now - duration(keep.unchanged)
        ages.append(sa.and_(Run.state == RunState.UNCHANGED, Run.finished_at < before))
    if not ages:
        return ()
    return conn.execute(
        sa.select(Run.id, SourceList.source_key)
        .join(SourceList, SourceList.id == Run.list_id)
        .where(
            Run.id > after,
            sa.or_(*ages),
            Run.uploaded_at.is_(None),
            sa.exists().where(RunPayload.run_id == Run.id),
            sa.func.coalesce(SourceList.good_run_id, 0) != Run.id,
            sa.func.coalesce(SourceList.complete_run_id, 0) != Run.id,
            ~_newest_good(),
        )
        .order_by(Run.id)
        .limit(_AT_ONCE)
    ).all()


def _superseded() -> sa.ColumnElement[bool]:
    """A newer version was published since: services/sync/accept.refuse_outdated."""
    later = aliased(Run)
    return sa.exists().where(
        later.list_id == Run.list_id,
        later.record_key == Run.record_key,
        later.state.in_(_GOOD),
        sa.case((Run.as_of.is_(None), later.id > Run.id), else_=later.as_of > Run.as_of),
    )


def _newest_good() -> sa.ColumnElement[bool]:
    """No later good run of the same list and record has bytes of its own."""
    later, its = aliased(Run), aliased(RunPayload)
    return sa.and_(
        Run.state.in_(_GOOD),
        ~sa.exists().where(
            later.list_id == Run.list_id,
            later.record_key == Run.record_key,
            later.state.in_(_GOOD),
            later.id > Run.id,
            its.run_id == later.id,
        ),
    )


def _uncited(conn: Connection, runs: Sequence[Any]) -> list[Any]:
    """Those of these runs that nothing names but the list of their own bytes."""
    ids = sa.literal([run.id for run in runs], sa.ARRAY(sa.BigInteger))
    naming = [
        sa.select(column).where(column == sa.any_(ids))
        for table in m.Base.metadata.sorted_tables
        if table.name != RunPayload.__tablename__
        for column in table.columns
        if any(key.target_fullname == "run.id" for key in column.foreign_keys)
    ]
    named = set(conn.execute(sa.union(*naming)).scalars())
    return [run for run in runs if run.id not in named]


def _alone(conn: Connection, runs: Sequence[int]) -> Sequence[Any]:
    """Payloads that these runs fetched and no other run did."""
    ids = sa.literal(list(runs), sa.ARRAY(sa.BigInteger))
    other = aliased(RunPayload)
    return conn.execute(
        sa.select(Payload.sha256, Payload.size)
        .where(
            sa.exists().where(
                RunPayload.sha256 == Payload.sha256, RunPayload.run_id == sa.any_(ids)
            ),
            ~sa.exists().where(
                other.sha256 == Payload.sha256, sa.not_(other.run_id == sa.any_(ids))
            ),
        )
        .order_by(Payload.sha256)
    ).all()


def _drop(
    conn: Connection, runs: Sequence[Any], keep: KeepSettings, now: datetime
) -> Iterator[Forgotten]:
    # no run keeps bytes meanwhile: it might count on a payload that is about to go
    conn.execute(sa.text("set local lock_timeout = '5s'"))
    conn.execute(sa.text("lock table payload in share row exclusive mode"))
    account = _account(conn, now)
    for source, some in _by_source(runs):
        ids = [run.id for run in some]
        payloads = _alone(conn, ids)
        conn.execute(sa.delete(RunPayload).where(RunPayload.run_id.in_(ids)))
        conn.execute(sa.delete(Payload).where(Payload.sha256.in_([one.sha256 for one in payloads])))
        size = sum(one.size for one in payloads)
        tell(
            conn, account, DeskAction.BYTES_FORGOTTEN, f"source {source}", now,
            because=f"[keep] refused {keep.refused or 'for ever'}, "
            f"unchanged {keep.unchanged or 'for ever'}",
            before={"runs": ids},
            after={"payloads": len(payloads), "bytes": size},
        )  # fmt: skip
        yield Forgotten(source, len(some), len(payloads), size)


def _by_source(runs: Sequence[Any]) -> list[tuple[str, list[Any]]]:
    found: dict[str, list[Any]] = {}
    for run in runs:
        found.setdefault(run.source_key, []).append(run)
    return sorted(found.items())


def _account(conn: Connection, now: datetime) -> int:
    found = conn.execute(sa.select(m.Account.id).where(m.Account.name == _ACCOUNT)).scalar()
    if found is not None:
        return int(found)
    made = accounts.open_account(conn, _ACCOUNT, Role.READER, now)
    accounts.close_account(conn, made, now)
    return made
