"""What the front page shows: the state of the whole, and the markets that a way is known into."""

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.find.sources import status
from services.find.views import Meta, Status


def front(conn: Connection, now: datetime) -> tuple[Status, tuple[str, ...], Meta]:
    """The state, and the codes of markets with routes as known now, in the order of their codes."""
    state, answer = status(conn, now)
    asked = sa.select(m.Route.market).where(m.Route.known.contains(now)).distinct()
    markets = tuple(sorted(conn.execute(asked).scalars()))
    return state, markets, answer
