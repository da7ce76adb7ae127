"""Bodies that are in a market: by a site there, a presence, or a designation that its routes name.

Found by set over the dated statements, so that any past day can be asked. Being there is no
acceptance: what a body meets of a route is judged for it alone (body_markets).
"""

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services.find import cursor as cursors
from services.find.market_facts import holds
from services.find.market_names import MarketName
from services.find.market_views import Serving
from services.find.views import NameView
from services.standards import read
from services.store.card import decisions_of, names_of, place_of, standings_of
from services.store.facts import BodyHeld, load
from services.store.tokens import asked_key, tsquery
from services.terms import Verdict


class Place(msgspec.Struct, frozen=True):
    """After which body the next page begins, and as known when all pages are."""

    rank: int
    id: int
    known_at: datetime


# rank 0: designated, 1: a site, 2: a presence alone
_THERE = """
    with there as (
        select l.body_id, 1 as rank from site s
        join body_link l on l.record_id = s.record_id and l.known @> cast(:known_at as timestamptz)
        where s.country = any(cast(:countries as text[]))
            and s.known @> cast(:known_at as timestamptz) and s.valid @> cast(:on as date)
        union all
        select l.body_id, 2 from presence p
        join body_link l on l.record_id = p.record_id and l.known @> cast(:known_at as timestamptz)
        where p.country = any(cast(:countries as text[]))
            and p.known @> cast(:known_at as timestamptz) and p.valid @> cast(:on as date)
        union all
        select l.body_id, 0 from accreditation a
        join accreditation_link k on k.accreditation_id = a.id
            and k.known @> cast(:known_at as timestamptz)
        join body_link l on l.record_id = k.record_id and l.known @> cast(:known_at as timestamptz)
        where a.issuer = any(cast(:issuers as text[]))
    ), bodies as (
        select body_id, min(rank) as rank from there group by body_id
    ), wanted as (
        select body_id, rank from bodies b where $standard
    )
    select body_id, rank, (select count(*) from wanted) as total from wanted
    where (rank, body_id) > (:rank, :after) order by rank, body_id limit :limit
"""
_STANDARD = """exists (
    select 1 from body_link l
    join scope_line s on s.record_id = l.record_id and s.known @> cast(:known_at as timestamptz)
        and s.valid @> cast(:on as date)
    where l.body_id = b.body_id and l.known @> cast(:known_at as timestamptz)
        and s.method_id = any(cast(:methods as bigint[]))
)"""


def serving(
    conn: Connection,
    place: MarketName,
    issuers: Collection[str],
    standard: str = "",
    *,
    on: date,
    known_at: datetime,
    cursor: str = "",
    limit: int = 20,
) -> tuple[tuple[Serving, ...], int, str | None]:
    """A page of them, how many there are, and the cursor of the next: designated ones first, then
    those with a site, then presences. Raises BadQuestion for an unreadable cursor."""
    after = cursors.read(cursor, Place) if cursor else None
    values: dict[str, Any] = {
        "countries": sorted(place.countries),
        "issuers": sorted(issuers),
        "on": on,
        "known_at": known_at,
        "rank": after.rank if after else -1,
        "after": after.id if after else 0,
        "limit": limit + 1,
    }
    query = _THERE.replace("$standard", _STANDARD if standard else "true")
    if standard:
        values["methods"] = _methods(conn, standard)
    rows = conn.execute(sa.text(query), values).all()
    if not rows:
        return (), (_count(conn, query, values) if after else 0), None
    page = rows[:limit]
    following = None
    if len(rows) > limit:
        following = cursors.write(Place(page[-1].rank, page[-1].body_id, known_at))
    held = load(
        conn, [row.body_id for row in page], on=on, known_at=known_at,
        parts=("names", "profiles", "sites", "presences"),
    )  # fmt: skip
    views = tuple(
        _serving(held.bodies[row.body_id], place, issuers, on, known_at.date()) for row in page
    )
    return views, rows[0].total, following


def _count(conn: Connection, query: str, values: dict[str, Any]) -> int:
    """How many there are, asked from behind the last page."""
    first = conn.execute(sa.text(query), values | {"rank": -1, "after": 0, "limit": 1}).first()
    return first.total if first else 0


def _methods(conn: Connection, standard: str) -> list[int]:
    """Ids of the methods that name the standard, with or without its edition."""
    named = read(standard)
    if named is None:
        return []
    rows = conn.execute(
        sa.text("select id from term where kind = 'method' and tokens @@ cast(:asked as tsquery)"),
        {"asked": tsquery([[f"§{asked_key(named)}"]])},
    )
    return list(rows.scalars())


def names_in_short(body: BodyHeld) -> tuple[NameView, ...]:
    """Its names without evidence, as lists show them."""
    return tuple(
        NameView(text=group[0].row.text, lang=group[0].row.lang, kind=group[0].row.kind)
        for group in names_of(body)
    )


def _serving(
    body: BodyHeld, place: MarketName, issuers: Collection[str], on: date, known_on: date
) -> Serving:
    decisions = decisions_of(body, on, known_on)
    there = [one for one in body.presences if one.row.country in place.countries]
    sites = {
        (one.row.key, one.row.city)
        for one in body.sites
        if one.row.country in place.countries and holds(one.row.valid, on)
    }
    return Serving(
        id=f"b{body.id}",
        names=names_in_short(body),
        country=place_of(body).country,
        made=body.made,
        sites=len(sites),
        modes=tuple(sorted({one.row.mode for one in there if holds(one.row.valid, on)})),
        designated_by=tuple(
            sorted(
                {
                    acc.issuer
                    for acc in body.accreditations
                    if acc.issuer in issuers and decisions[acc.id].verdict is Verdict.VALID
                }
            )
        ),
        standings=standings_of(decisions),
    )
