"""What the directory said of an accreditation at each stretch of its own knowledge.

The other axis of a verdict: not when something was true, but since when it was known here.
"""

from datetime import UTC, datetime, timedelta
from itertools import zip_longest

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find.accreditations import spans
from services.find.views import Span, View
from services.store.facts import accreditations_said
from services.store.looks import load_records_by_id, load_sources
from services.store.merge import merge_accreditation

MOST = 8  # stretches that are told, the newest: each is read as it was known, in ten queries
_MOMENT = timedelta(microseconds=1)  # what PostgreSQL's times can tell apart


class Layer(View, frozen=True, kw_only=True):
    """From ``start`` until before ``end`` (None: still) no source's word on it changed.

    ``spans``: the whole accreditation's verdicts as known at the end of the stretch, with every
    look of it; none where nothing dated was known.
    """

    start: datetime
    end: datetime | None
    spans: tuple[Span, ...]


class Knowledge(View, frozen=True, kw_only=True):
    """``layers``: oldest first; ``earlier``: how many older ones are left out."""

    layers: tuple[Layer, ...] = ()
    earlier: int = 0


_TURNS = """
    with held as (
        select record_id, key, known from accreditation_link where accreditation_id = :id
    ), period as (
        select known from held
        union all
        select s.known from accreditation_statement s join held h
            on s.record_id = h.record_id and s.key = h.key
        union all
        select e.known from status_event e join held h
            on e.record_id = h.record_id and e.accreditation = h.key
    )
    select moment from (
        select lower(known) as moment from period union select upper(known) from period
    ) as turns
    where moment is not null and moment <= :known_at
    order by moment
"""


def knowledge(conn: Connection, accreditation_id: int, *, known_at: datetime) -> Knowledge:
    """How the answer came to be, as known at ``known_at``: at most ``10 * MOST + 2`` queries."""
    turns = [
        moment.astimezone(UTC)
        for moment in conn.execute(
            sa.text(_TURNS), {"id": accreditation_id, "known_at": known_at}
        ).scalars()
    ]
    layers = []
    for start, end in list(zip_longest(turns, turns[1:]))[-MOST:]:
        last = known_at if end is None else end - _MOMENT
        layers.append(Layer(start=start, end=end, spans=_spans(conn, accreditation_id, last)))
    return Knowledge(layers=tuple(layers), earlier=max(len(turns) - MOST, 0))


def _spans(conn: Connection, accreditation_id: int, known_at: datetime) -> tuple[Span, ...]:
    ids = conn.execute(
        sa.text(
            "select distinct record_id from accreditation_link"
            " where accreditation_id = :id and known @> cast(:known_at as timestamptz)"
        ),
        {"id": accreditation_id, "known_at": known_at},
    )
    sources = load_sources(conn, at=known_at)
    records = load_records_by_id(conn, sources, list(ids.scalars()), known_at)
    for said in accreditations_said(conn, records, known_at):
        if said.id == accreditation_id:
            day = known_at.date()
            return spans(merge_accreditation(said, day, known_at).facts, day)
    return ()
