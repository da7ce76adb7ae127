"""The tasks, each one call into services with the time of the wall clock."""

import functools
import os
import threading
from datetime import UTC, datetime

import structlog
from celery.signals import worker_init, worker_shutting_down

from services import db
from services.audit import ledger as audits
from services.audit.carry import Bench, carry_on
from services.evidence import checkpoint, keys
from services.settings import duration
from services.sync import catalogue, ledger
from services.sync.forget import forget as forget_bytes
from services.sync.run import LeaseLost, Road, carry_out, hand_back
from services.sync.turn import turn_day
from services.terms import RunState
from services.verify.choose import ask_riskiest
from services.watch.deliver import forget_delivered, tell_subscribers
from workers.app import AUDIT, SYNC, VERIFY, app, settings

log = structlog.get_logger()

_UNREAD = 10  # seconds after which a call to an audit is worth nothing: the next tick calls again


def clock() -> datetime:
    return datetime.now(UTC)


@functools.cache
def road() -> Road:
    """One per process: engine, settings and the sources found."""
    engine = db.connect(settings.database_url, pool_size=3, overflow=19)
    return Road(engine, settings, catalogue.every_source(settings), clock)


@worker_init.connect
def enrol_sources(**_: object) -> None:
    """Tell the database what sources there are, so that a new file needs no other step."""
    here = road()
    with here.engine.begin() as conn:
        catalogue.enrol(conn, here.sources.values(), settings, clock())


@worker_shutting_down.connect
def hand_back_in_time(**_: object) -> None:
    """A worker that is told to stop ends what it does; what takes longer, others take up."""

    def give() -> None:
        if handed := hand_back(road()):
            log.info("runs handed back", runs=handed)

    timer = threading.Timer(duration(settings.road.hand_back).total_seconds(), give)
    timer.daemon = True
    timer.start()


@app.task(name="labdir.tick")
def tick() -> None:
    """Ask for what is due, then wake workers for all that waits: new, lost or abandoned."""
    here = road()
    with here.engine.begin() as conn:
        ledger.give_up(conn, clock() + duration(settings.road.retry_after))
        ledger.ask_due(conn, clock())
    with here.engine.begin() as conn:
        offered = ledger.offer(conn, duration(settings.road.offer_again))
    for run_id, is_lookup in offered:
        travel.apply_async([run_id], queue=VERIFY if is_lookup else SYNC)


@app.task(name="labdir.travel")
def travel(run_id: int) -> None:
    """Take one run along the road. Somebody else holding it, or having taken it over, is fine."""
    structlog.contextvars.bind_contextvars(run=run_id, pid=os.getpid())
    try:
        if carry_out(road(), run_id) is RunState.PUBLISHED:
            notify()  # here and now: a queue may be long, and news are told within seconds
    except LeaseLost as lost:
        log.warning("lease lost", reason=str(lost))
    finally:
        structlog.contextvars.clear_contextvars()


@app.task(name="labdir.verify_tick")
def verify_tick() -> None:
    """Ask for re-verification of single accreditations, the riskiest first, and offer them."""
    here = road()
    with here.engine.begin() as conn:
        asked = catalogue.as_asked(conn, settings)
        ask_riskiest(conn, here.sources.values(), asked, clock())
    tick()


@app.task(name="labdir.audit_tick")
def audit_tick() -> None:
    """Wake workers for audits that wait: new ones, and chunks that a dead worker left."""
    here = road()
    with here.engine.begin() as conn:
        audits.sweep(conn, clock())
        waiting = audits.waiting(conn)
    for audit_id in waiting:
        audit.apply_async([audit_id], queue=AUDIT, expires=_UNREAD)


@app.task(name="labdir.audit")
def audit(audit_id: int) -> None:
    """Read one audit's file and judge its rows, for a while. Others may do so beside."""
    here = road()

    def wake(one: int) -> None:
        audit.apply_async([one], queue=AUDIT, expires=_UNREAD)

    lease = duration(settings.audit.lease)
    carry_on(Bench(here.engine, here.reader, clock, lease, wake), audit_id)


@app.task(name="labdir.notify")
def notify() -> None:
    """Tell subscribers what is new, and again what they did not take."""
    here = road()
    try:
        tell_subscribers(here.engine, here.settings, clock)
    except Exception:
        log.exception("subscribers not told")


@app.task(name="labdir.sign")
def sign() -> None:
    """Sign the log as it stands, at most once a size. Without keys on this machine: nothing."""
    here, folder = road(), settings.proof.keys
    if not folder:
        return
    try:
        with here.engine.begin() as conn:
            signer = keys.signer(conn, folder)
            checkpoint.sign_newest(conn, signer, clock(), origin=settings.proof.origin)
    except keys.NoSigningKey as fault:
        log.warning("log not signed", why=str(fault))


@app.task(name="labdir.turn")
def turn() -> None:
    """Publish what time alone changed, once a day; drop what was delivered long ago."""
    here = road()
    with here.engine.begin() as conn:
        moved = turn_day(conn, clock())
    if moved:
        notify()
    with here.engine.begin() as conn:
        forget_delivered(conn, clock())


@app.task(name="labdir.forget")
def forget() -> None:
    """Drop kept bytes that published nothing and are older than the settings keep them."""
    here = road()
    for one in forget_bytes(here.engine, settings.keep, clock()):
        log.info("bytes forgotten", source=one.source, runs=one.runs, bytes=one.size)
