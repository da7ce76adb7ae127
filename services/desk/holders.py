"""A record whose own body is in doubt: renamed, or its number passed on to another holder."""

from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.desk.doubts import close_one
from services.desk.pairs import Why
from services.desk.turn import DESK, Clock, Decided, Told, not_later, publish, turn
from services.kit import Accreditation, Draft
from services.sync.link import link_accreditations, move_record
from services.sync.own import own_run
from services.terms import ChangeKind


def renamed(conn: Connection, item: Any, body_id: int, why: Why, *, clock: Clock) -> Decided:
    """The record's body bears the new name: nothing moves, the doubt is over."""
    now = turn(conn, clock)
    run_id = own_run(conn, DESK, now, 0)
    close_one(conn, item.id, "same", why, now)
    return Decided(publish(conn, run_id, [], (body_id,), now), 0)


def split(conn: Connection, item: Any, body_id: int, why: Why, *, clock: Clock) -> Decided:
    """The record speaks of another body from now on, one of its own (BRIEF rule 10)."""
    now = turn(conn, clock)
    not_later(conn, (body_id,), now)
    run_id = own_run(conn, DESK, now, 2)
    made = sa.insert(m.Body).values(run_id=run_id).returning(m.Body.id)
    own = int(conn.execute(made).scalar_one())
    move_record(conn, run_id, item.record_id, own, "kept apart", now)
    said = conn.execute(sa.text(_STATED), {"record": item.record_id}).all()
    accs = tuple(
        Accreditation(key=row.key, issuer=row.issuer, number=row.number, field=row.field)
        for row in said
    )
    link_accreditations(conn, run_id, {item.record_id: Draft(key="", accreditations=accs)}, now)
    close_one(conn, item.id, "apart", why, now)
    after = {"body": f"b{own}", "because": why.because}
    rows: list[Told] = [
        (ChangeKind.SEPARATED, body_id, None, after),
        (ChangeKind.SEPARATED, own, {"body": f"b{body_id}"}, {"because": why.because}),
    ]
    return Decided(publish(conn, run_id, rows, (body_id, own), now), 1)


_STATED = """
    select distinct on (key) key, issuer, number, field from accreditation_statement
    where record_id = :record and upper_inf(known) order by key, id desc
"""
