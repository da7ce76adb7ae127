"""Which accreditations to re-verify next: the riskiest first, within each source's rate.

What is due and why: :mod:`services.verify.risk` and :mod:`services.verify.due`. Half of a host's
rate is left to list syncs, so that looking up one by one never starves them; sources of one host
share the other half, and no more is asked for than a tick's share that is still to be done.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.errors import NotFound
from services.kit import Source
from services.models import Run
from services.settings import Settings, duration
from services.sync import catalogue, guard, ledger
from services.terms import RunState
from services.verify.due import ask_due_facts

SHARE = 0.5


def ask_riskiest(
    conn: Connection, sources: Iterable[Source], settings: Settings, now: datetime
) -> int:
    """Write ledger rows for the look-ups of this tick; returns how many were new."""
    able = [one for one in sources if one.lookup and catalogue.enabled(one, settings)]
    if not able:
        return 0
    waiting = _waiting(conn)
    hosts = Counter(_host(one, settings) for one in able)
    tick = duration(settings.verify.tick).total_seconds()
    rooms = []
    for source in able:
        list_id = ledger.list_id(conn, source.key, catalogue.LOOKUP)
        share = SHARE / hosts[_host(source, settings)]
        batch = int(catalogue.rate(source, settings) * tick * share)
        room = max(1, min(batch, settings.verify.batch)) - waiting.get(list_id, 0)
        rooms.append((list_id, max(0, room)))
    return ask_due_facts(conn, rooms, settings, now)


def _host(source: Source, settings: Settings) -> str:
    """Whose rate its look-ups use: sources of one host share it."""
    return guard.host_of(catalogue.address(source, catalogue.LOOKUP, settings)) or source.key


def _waiting(conn: Connection) -> dict[int, int]:
    """Look-ups asked for and not yet done, a list: a slow source's queue must not grow."""
    rows = conn.execute(
        sa.select(Run.list_id, sa.func.count())
        .where(Run.record_key != "", Run.state.in_([RunState.QUEUED, RunState.RUNNING]))
        .group_by(Run.list_id)
    )
    return {row[0]: row[1] for row in rows}


def ask_one(
    conn: Connection,
    sources: Iterable[Source],
    settings: Settings,
    issuer: str,
    number: str,
    now: datetime,
) -> int:
    """Ask for the look-up of one accreditation; returns the run's id.

    Raises NotFound where no enabled source offers to look this issuer's numbers up.
    """
    able = [
        source
        for source in sources
        if source.lookup and issuer in source.lookup.issuers and catalogue.enabled(source, settings)
    ]
    if not able:
        known = sorted({i for s in sources if s.lookup for i in s.lookup.issuers})
        raise NotFound(
            f'No enabled source offers to look up numbers of "{issuer}".',
            f"Look-ups are offered for: {', '.join(known) or 'none'}.",
        )
    list_id = ledger.list_id(conn, able[0].key, catalogue.LOOKUP)
    return ledger.ask(conn, list_id, "person", now, f"{issuer} {number}")[0]
