"""Bridgehead zones of opening-up, and the bodies in their places.

Which bodies belong to a zone is not stated by anybody: it follows from the places that profiles and
sites name, compared with the zone's cities, or with its region where it names no city.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import NotFound
from services.find import abroad_words as words
from services.find import cursor as cursors
from services.find.abroad_lists import Asked, named_bodies
from services.find.abroad_views import ZoneBody, ZoneView
from services.find.meta import load_sources, meta
from services.find.parts import names
from services.find.proof import Proofs
from services.find.views import Meta
from services.store.card import by_tier
from services.store.looks import load_records
from services.store.market import load_said
from services.store.merge import Said
from services.terms import BodyKind

MOST = 100  # bodies of a zone on a page
HELD = "Which bodies are in a zone follows from the places that their sources name."
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]+")
_TAIL = re.compile(r"(?:市|区|省|自治区|特别行政区)$|\s+(?:city|district|province|municipality)$")


class _Place(msgspec.Struct, frozen=True):
    zone: str
    after: int


@dataclass(frozen=True, slots=True)
class _In:
    """A zone's bodies: how many, of which kinds, and the page of them (body → its city)."""

    count: int
    by_kind: dict[str, int]
    page: dict[int, str]
    kinds: dict[int, tuple[str, ...]]
    following: str | None


def zones(
    conn: Connection, asked: Asked, *, zone: str = "", country: str = ""
) -> tuple[tuple[ZoneView, ...], Meta]:
    """All zones with the first bodies of each, or one (by key) with a page of its bodies.

    Raises NotFound for a zone that is not known, and BadQuestion.
    """
    cursors.check_limit(asked.limit, MOST)
    said = load_said(conn, ["zone"], on=asked.on, known_at=asked.known_at)["zone"]
    groups = _chosen(said, zone, words.market("country", country))
    places = _places(conn, {group[0].row.country for group in groups}, asked)
    wanted = {key_of(group): [one for one in places if lies_in(one, group)] for group in groups}
    after = cursors.read(asked.cursor, _Place) if asked.cursor else _Place(zone, 0)
    within = _bodies(conn, wanted, after, asked)
    shown = {body for one in within.values() for body in one.page}
    sources = load_sources(conn, at=asked.known_at)
    records = load_records(conn, sources, shown, asked.known_at) if shown else {}
    called = named_bodies(conn, records, asked)
    proofs = Proofs(conn, [*said, *(name for one in called for name in one.names)])
    names_by = {one.id: names(one, proofs) for one in called}
    views = tuple(_view(group, within[key_of(group)], names_by, proofs) for group in groups)
    behind = {one.record.source.key for group in groups for one in group}
    following = within[key_of(groups[0])].following if zone and groups else None
    return views, meta(
        conn,
        [sources[key] for key in sorted(behind)],
        on=asked.on,
        known_at=asked.known_at,
        total=len(views),
        next_cursor=following,
        warnings=(HELD,) if views else (),
    )


def _chosen(said: Sequence[Said], zone: str, country: str) -> list[list[Said]]:
    """Zones, each once whoever states it, best tier first. Raises NotFound."""
    groups: dict[str, list[Said]] = {}
    for one in by_tier(list(said)):
        groups.setdefault(key_of([one]), []).append(one)
    if zone and zone not in groups:
        near = words.nearest(zone, [*groups, *(one[0].row.name for one in groups.values())])
        remedy = f"Did you mean {', '.join(near)}?" if near else "GET /zones lists them."
        raise NotFound(f'There is no zone "{zone[:60]}".', remedy)
    found = [groups[zone]] if zone else list(groups.values())
    chosen = [one for one in found if not country or one[0].row.country == country]
    return sorted(chosen, key=lambda one: str(one[0].row.name).casefold())


def key_of(group: Sequence[Said]) -> str:
    """A zone's key: its name in small letters with hyphens ("greater-bay-area")."""
    return re.sub(r"\W+", "-", str(group[0].row.name).casefold()).strip("-")


def spelt(place: str) -> set[str]:
    """The names in which a place is written ("Suzhou 苏州市" → suzhou, 苏州), to compare."""
    han = "".join(_HAN.findall(place))
    rest = " ".join(_HAN.sub(" ", place).split()).strip(" ,/()").casefold()
    return {_TAIL.sub("", one) for one in (han, rest) if one}


def lies_in(place: tuple[str, str, str], group: Sequence[Said]) -> bool:
    """Whether (country, region, city) is a place of the zone: one of its cities, or its region
    where it names no city."""
    country, region, city = place
    for said in group:
        row = said.row
        if row.country and row.country != country:
            continue
        if row.cities:
            cities = {name for one in row.cities for name in spelt(one)}
            # a municipality stands as a region as well
            if cities & (spelt(city) or spelt(region)):
                return True
        elif row.region and spelt(row.region) & spelt(region):
            return True
    return False


def _located(asked: Asked) -> Any:
    """(record, country, region, city) of all profiles and sites, as true and known then."""
    tables: tuple[Any, ...] = (m.Profile, m.Site)
    return sa.union_all(
        *(
            sa.select(one.record_id, one.country, one.region, one.city).where(
                one.known.contains(asked.known_at), one.valid.contains(asked.on)
            )
            for one in tables
        )
    ).cte("located")


def _places(conn: Connection, countries: set[str], asked: Asked) -> list[tuple[str, str, str]]:
    """The places that bodies have in these countries ("" : in any): one query."""
    located = _located(asked)
    query = sa.select(located.c.country, located.c.region, located.c.city).distinct()
    if "" not in countries:
        query = query.where(located.c.country.in_(sorted(countries)))
    return [(row.country, row.region, row.city) for row in conn.execute(query)]


def _bodies(
    conn: Connection,
    wanted: dict[str, list[tuple[str, str, str]]],
    after: _Place,
    asked: Asked,
) -> dict[str, _In]:
    """Of each zone the bodies with a place among its own: one query for all zones."""
    rows: dict[str, list[Any]] = {key: [] for key in wanted}
    if any(wanted.values()):
        for row in conn.execute(_in_places(wanted, asked)):
            rows[row.zone].append(row)
    return {key: _cut(key, found, after, asked.limit) for key, found in rows.items()}


def _in_places(wanted: dict[str, list[tuple[str, str, str]]], asked: Asked) -> sa.Select[Any]:
    """(zone, body, city, kinds) by zone and body."""
    located, link = _located(asked), m.BodyLink
    flat = [(key, *place) for key, places in wanted.items() for place in places]
    columns = ("zone", "country", "region", "city")
    places = (
        sa.func.unnest(
            *(sa.literal([one[at] for one in flat], sa.ARRAY(sa.Text)) for at in range(4))
        )
        .table_valued(*(sa.column(name, sa.Text) for name in columns))
        .render_derived(name="places")
    )
    same = sa.and_(*(located.c[name] == places.c[name] for name in columns[1:]))
    here = (
        sa.select(places.c.zone, link.body_id, sa.func.max(located.c.city).label("city"))
        .join(located, same)
        .join(link, link.record_id == located.c.record_id)
        .where(link.known.contains(asked.known_at))
        .group_by(places.c.zone, link.body_id)
        .cte("here")
    )
    kinds = _kinds(here, asked)
    return (
        sa.select(here.c.zone, here.c.body_id, here.c.city, kinds.c.kinds)
        .outerjoin(kinds, kinds.c.body_id == here.c.body_id)
        .order_by(here.c.zone, here.c.body_id)
    )


def _kinds(here: Any, asked: Asked) -> Any:
    """The kinds of these bodies, as profiles and accreditations say."""
    link, profile, acc = m.BodyLink, m.Profile, m.AccreditationStatement

    def said(table: Any, kind: Any) -> sa.Select[Any]:
        return (
            sa.select(link.body_id, kind.label("kind"))
            .join(table, table.record_id == link.record_id)
            .where(
                link.body_id.in_(sa.select(here.c.body_id)),
                link.known.contains(asked.known_at),
                table.known.contains(asked.known_at),
                table.valid.contains(asked.on),
            )
        )

    each = sa.union(
        said(profile, sa.func.unnest(profile.kinds)), said(acc, sa.cast(acc.body_kind, sa.Text))
    ).subquery()
    return (
        sa.select(each.c.body_id, sa.func.array_agg(each.c.kind).label("kinds"))
        .where(each.c.kind.is_not(None))
        .group_by(each.c.body_id)
        .cte("of_kinds")
    )


def _cut(key: str, rows: Sequence[Any], after: _Place, limit: int) -> _In:
    by_kind: dict[str, int] = {}
    for row in rows:
        for kind in row.kinds or ():
            by_kind[kind] = by_kind.get(kind, 0) + 1
    rest = [row for row in rows if after.zone != key or row.body_id > after.after]
    page = rest[:limit]
    following = _Place(key, page[-1].body_id) if len(rest) > limit else None
    return _In(
        count=len(rows),
        by_kind=dict(sorted(by_kind.items())),
        page={row.body_id: row.city for row in page},
        kinds={row.body_id: tuple(sorted(row.kinds or ())) for row in page},
        following=cursors.write(following) if following else None,
    )


def _view(group: Sequence[Said], within: _In, called: dict[int, Any], proofs: Proofs) -> ZoneView:
    row = group[0].row
    return ZoneView(
        key=key_of(group),
        **{
            name: getattr(row, name)
            for name in ("name", "name_also", "country", "region", "policy", "policy_also", "url")
        },
        cities=tuple(row.cities),
        body_count=within.count,
        by_kind=within.by_kind,
        bodies=tuple(
            ZoneBody(
                body=f"b{body}",
                body_names=called.get(body, ()),
                city=city,
                kinds=tuple(BodyKind(kind) for kind in within.kinds[body]),
            )
            for body, city in within.page.items()
        ),
        evidence=proofs.all(group),
    )
