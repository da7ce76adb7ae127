"""Whoever decides on the directory's own machine, by ``labdir``: told in the trail like the desk.

Whoever runs a command there has the database itself, so no role is asked for; only what was decided
must not go untold.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.engine import Connection

from services import models as m
from services.accounts import Principal
from services.terms import Role

ACCOUNT = "command line"  # bears what no account of that name did; nothing opens it


@dataclass(frozen=True, slots=True)
class Typed(Principal):
    """``name``: as it was given, or that of the machine's own account."""


def typed(conn: Connection, by: str, now: datetime) -> Typed:
    """Who decides by a command. It is told of the open account named ``by``, else of the command
    line's own, which is made when it is first needed and has neither password nor key."""
    account = m.Account
    found = conn.execute(
        sa.select(account.id).where(account.name == by.strip(), account.closed_at.is_(None))
    ).scalar_one_or_none()
    return Typed(found or _own(conn, now), by.strip() or ACCOUNT, Role.OPERATOR)


def _own(conn: Connection, now: datetime) -> int:
    account = m.Account
    conn.execute(
        insert(account)
        .values(name=ACCOUNT, role=Role.OPERATOR, created_at=now)
        .on_conflict_do_nothing(index_elements=["name"])
    )
    found = conn.execute(sa.select(account.id).where(account.name == ACCOUNT)).scalar_one()
    return int(found)


def as_typed(who: Principal) -> dict[str, Any]:
    """What an entry of the trail adds for a command; {} for the desk."""
    return {"command_line": who.name} if isinstance(who, Typed) else {}
