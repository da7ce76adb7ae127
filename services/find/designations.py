"""Who is designated under a regime ("US:FCC"), with status, sites, expiry, and what sources state
of owners.

A regime is a market and an issuer ("US:FCC"), or a market and what it is about ("EU:radio",
"EU:RED"): then whoever is known to designate for it.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion
from services.find import cursor as cursors
from services.find.market_bodies import names_in_short
from services.find.market_facts import Markets, designates_view, holds, load_markets
from services.find.market_names import MarketName, read_market
from services.find.market_views import Designation, Designations, OwnerSaid, SiteBrief
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.views import AccreditationBrief, Meta
from services.routes.facts import OWNER
from services.store.card import place_of
from services.store.facts import BodyHeld, Held, load, load_part
from services.store.judge import brief
from services.store.judge import judge as decision_of
from services.store.merge import AccreditationHeld, Said
from services.store.tokens import query_tokens, tsquery

MOST = 100
_KINDS = ("market_route", "designates")
_SHOWN_TASKS = 12


class _Place(msgspec.Struct, frozen=True):
    """After which accreditation the next page begins, and as known when all pages are."""

    after: int
    known_at: datetime


@dataclass(frozen=True, slots=True)
class _Regime:
    text: str
    place: MarketName | None
    issuers: tuple[str, ...]
    rules: tuple[Said, ...]


def designations(
    conn: Connection,
    regime: str,
    *,
    country: str = "",
    task: str = "",
    on: date,
    known_at: datetime,
    cursor: str = "",
    limit: int = 50,
) -> tuple[Designations, Meta]:
    """A page of those designated. ``country``: where the body or a site of it is. ``task``: words
    of what they are designated for. Raises BadQuestion with the nearest for what is unknown."""
    cursors.check_limit(limit, MOST)
    place = cursors.read(cursor, _Place) if cursor else None
    known_at = place.known_at if place else known_at
    asked = _regime(conn, regime, on, known_at)
    where = read_market("country", country, on).countries if country.strip() else frozenset()
    ids = _page(conn, asked.issuers, sorted(where), task, place, on, known_at, limit)
    page = ids[:limit]
    held = load(
        conn, {body for _, body, _ in page}, on=on, known_at=known_at,
        parts=("names", "profiles", "sites"),
    )  # fmt: skip
    owners = _owners(conn, held)
    accs = {acc.id: acc for body in held.bodies.values() for acc in body.accreditations}
    says = [said for acc_id, _, _ in page if acc_id in accs for said in accs[acc_id].said]
    proofs = Proofs(conn, [*asked.rules, *says, *(one for each in owners.values() for one in each)])
    tasks = _tasks(conn, [accs[i] for i, _, _ in page if i in accs], known_at)
    found = Designations(
        regime=asked.text,
        issuers=asked.issuers,
        held=any(
            issuer in source.meta.get("authoritative_for", ()) and source.last_success_at
            for source in held.sources.values()
            for issuer in asked.issuers
        ),
        rules=tuple(designates_view(said, proofs) for said in asked.rules),
        designations=tuple(
            _designation(accs[acc_id], held.bodies[body], owners, tasks, proofs, held)
            for acc_id, body, _ in page
            if acc_id in accs
        ),
    )
    following = None
    if len(ids) > limit:
        following = cursors.write(_Place(page[-1][0], known_at))
    total = ids[0][2] if ids else 0
    about = meta(
        conn, held.sources_behind(), on=on, known_at=known_at, next_cursor=following, total=total,
        warnings=tuple(_warnings(asked, found)),
    )  # fmt: skip
    return found, about


def _warnings(asked: _Regime, found: Designations) -> Iterator[str]:
    if not asked.issuers:
        yield (
            f"{asked.text}: nobody is known to designate for it. Where a market asks for the"
            " maker's own declaration alone, a certificate of a designated body is a warning sign."
        )
    elif not found.held:
        named = ", ".join(asked.issuers)
        yield f"No source of {named} is held: an empty list says nothing about anybody."


# --- which regime ---------------------------------------------------------------------------------


def _regime(conn: Connection, text: str, on: date, known_at: datetime) -> _Regime:
    text = text.strip()
    if not text:
        raise BadQuestion("regime: none is named.", "It takes a market and who designates: US:FCC.")
    market, colon, name = text.partition(":")
    if not colon:
        market, name = "", text
    place = read_market("regime", market, on) if market.strip() else None
    codes = place.markets if place else None
    known = load_markets(conn, codes, on=on, known_at=known_at, kinds=_KINDS)
    wanted = name.strip().casefold()
    rules = [one for one in known.said["designates"] if one.row.requirement != OWNER]
    by_issuer = [one for one in rules if one.row.issuer.casefold() == wanted]
    if by_issuer:
        return _Regime(text, place, (by_issuer[0].row.issuer,), tuple(by_issuer))
    if place and (products := _products(known, place, wanted)):
        about = [
            one
            for one in rules
            if one.row.market in place.markets and one.row.product in ("", *products)
            and _asked_for(known, place, products, one.row.requirement)
        ]  # fmt: skip
        issuers = dict.fromkeys(one.row.issuer for one in about)
        return _Regime(text, place, tuple(issuers), tuple(about))
    if issuer := _issuer(conn, name.strip()):
        return _Regime(text, place, (issuer,), ())
    raise _unknown(text, rules)


def _products(known: Markets, place: MarketName, wanted: str) -> set[str]:
    """Products that the word means: its name, a word of a scheme, or the scheme's initials."""
    return {
        said.row.product
        for said in known.routes(place.markets)
        if wanted == said.row.product.replace("_", " ")
        or wanted == said.row.product
        or wanted in _called(said.row.scheme)
    }


def _called(scheme: str) -> set[str]:
    """Words and initials by which a scheme goes: "CE – Radio Equipment Directive": "red"."""
    words = re.findall(r"[^\W\d_]+", scheme)
    capitals = [word for word in words if word[0].isupper() and not word.isupper()]
    initials = "".join(word[0] for word in capitals).casefold()
    return {word.casefold() for word in words if len(word) > 2} | {initials}


def _asked_for(known: Markets, place: MarketName, products: set[str], requirement: str) -> bool:
    return any(
        requirement in re.split(r"[|+]", said.row.recognition)
        for said in known.routes(place.markets)
        if said.row.product in products
    )


def _issuer(conn: Connection, name: str) -> str | None:
    """An issuer of accreditations that the directory holds, in any case of letters."""
    acc = m.Accreditation
    found = conn.execute(
        sa.select(acc.issuer).where(sa.func.lower(acc.issuer) == name.casefold()).limit(1)
    ).scalar_one_or_none()
    return str(found) if found else None


def _unknown(text: str, rules: Iterable[Said]) -> BadQuestion:
    known = sorted({f"{one.row.market}:{one.row.issuer}" for one in rules if one.row.market != "*"})
    near = difflib.get_close_matches(text.upper(), known, n=3, cutoff=0.4)
    offered = ", ".join(near or known[:12])
    return BadQuestion(
        f'regime: nothing is known of "{text[:60]}".',
        f"Did you mean {offered}?" if near else f"It takes one like {offered or 'US:FCC'}.",
    )


# --- who ------------------------------------------------------------------------------------------

_WHO = """
    with found as (
        select distinct a.id, l.body_id
        from accreditation a
        join accreditation_link k on k.accreditation_id = a.id
            and k.known @> cast(:known_at as timestamptz)
        join body_link l on l.record_id = k.record_id
            and l.known @> cast(:known_at as timestamptz)
        where a.issuer = any(cast(:issuers as text[])) $country $task
    )
    select id, min(body_id) as body_id, (select count(distinct id) from found) as total
    from found where id > :after group by id order by id limit :limit
"""
_COUNTRY = """and exists (
    select 1 from body_link o
    left join profile p on p.record_id = o.record_id and p.known @> cast(:known_at as timestamptz)
    left join site s on s.record_id = o.record_id and s.known @> cast(:known_at as timestamptz)
        and s.valid @> cast(:on as date)
    where o.body_id = l.body_id and o.known @> cast(:known_at as timestamptz)
        and (p.country = any(cast(:countries as text[]))
            or s.country = any(cast(:countries as text[])))
)"""
_TASK = """and (exists (
    select 1 from scope_line n
    left join term o on o.id = n.object_id
    left join term p on p.id = n.parameter_id
    left join term m on m.id = n.method_id
    where n.record_id = k.record_id and n.accreditation = k.key
        and n.known @> cast(:known_at as timestamptz) $units
) or exists (
    select 1 from accreditation_statement t
    where t.record_id = k.record_id and t.key = k.key and t.known @> cast(:known_at as timestamptz)
        and strpos(lower(t.field), :task) > 0
))"""


def _page(
    conn: Connection, issuers: Sequence[str], countries: Sequence[str], task: str,
    place: _Place | None, on: date, known_at: datetime, limit: int,
) -> list[tuple[int, int, int]]:  # fmt: skip
    """(accreditation, body, how many in all) of a page and one more."""
    if not issuers:
        return []
    values: dict[str, Any] = {
        "issuers": list(issuers), "countries": list(countries), "on": on, "known_at": known_at,
        "after": place.after if place else 0, "limit": limit + 1,
        "task": task.strip().replace("_", " ").casefold(),
    }  # fmt: skip
    units = []
    for n, unit in enumerate(query_tokens(task.replace("_", " "))):
        asked = f"cast(:unit{n} as tsquery)"
        units.append(f"and (o.tokens @@ {asked} or p.tokens @@ {asked} or m.tokens @@ {asked})")
        values[f"unit{n}"] = tsquery([unit])
    said = _TASK.replace("$units", " ".join(units)) if task.strip() else ""
    query = _WHO.replace("$country", _COUNTRY if countries else "").replace("$task", said)
    return [(row.id, row.body_id, row.total) for row in conn.execute(sa.text(query), values)]


def _owners(conn: Connection, held: Held) -> dict[int, list[Said]]:
    found: dict[int, list[Said]] = {}
    for said in load_part(conn, m.Ownership, held.records, held.known_at) if held.records else ():
        if holds(said.row.valid, held.on):
            found.setdefault(said.record.body_id, []).append(said)
    return found


def _tasks(
    conn: Connection, accs: Sequence[AccreditationHeld], known_at: datetime
) -> dict[int, tuple[str, ...]]:
    """What each is designated for, by the words of its lines: the first of them, one query."""
    keys = [(*key, acc.id) for acc in accs for key in acc.line_keys]
    if not keys:
        return {}
    rows = conn.execute(
        sa.text(
            """
            select w.acc, coalesce(nullif(o.text, ''), nullif(p.text, ''), m.text) as task
            from unnest(cast(:records as bigint[]), cast(:keys as text[]), cast(:accs as bigint[]))
                as w(record_id, key, acc)
            cross join lateral (
                select * from scope_line n where n.record_id = w.record_id
                    and n.accreditation = w.key and n.known @> cast(:known_at as timestamptz)
                order by n.id limit :most
            ) n
            left join term o on o.id = n.object_id
            left join term p on p.id = n.parameter_id
            left join term m on m.id = n.method_id
            order by w.acc, n.id
            """
        ),
        {
            "records": [key[0] for key in keys], "keys": [key[1] for key in keys],
            "accs": [key[2] for key in keys], "known_at": known_at, "most": _SHOWN_TASKS,
        },
    )  # fmt: skip
    found: dict[int, dict[str, None]] = {}
    for row in rows:
        if row.task:
            found.setdefault(row.acc, {})[row.task] = None
    return {acc: tuple(words)[:_SHOWN_TASKS] for acc, words in found.items()}


def _designation(
    acc: AccreditationHeld,
    body: BodyHeld,
    owners: dict[int, list[Said]],
    tasks: dict[int, tuple[str, ...]],
    proofs: Proofs,
    held: Held,
) -> Designation:
    records = {said.record.id for said in acc.said}
    decision = decision_of(acc, held.on, held.known_at.date())
    sites = {
        one.row.key: SiteBrief(
            key=one.row.key, name=one.row.name, country=one.row.country, city=one.row.city
        )
        for one in body.sites
        if one.record.id in records and holds(one.row.valid, held.on)
    }
    return Designation(
        body=f"b{body.id}",
        names=names_in_short(body),
        country=place_of(body).country,
        made=body.made,
        accreditation=msgspec.convert(brief(acc, decision), AccreditationBrief),
        kind=acc.kind,
        label=acc.label,
        sites=tuple(sites.values()),
        tasks=tasks.get(acc.id, ()),
        granted=acc.facts.granted,
        expires=acc.facts.expires,
        owners=tuple(owner_view(said, proofs) for said in owners.get(body.id, ())),
        evidence=proofs.all(acc.said),
    )


def owner_view(said: Said, proofs: Proofs) -> OwnerSaid:
    row = said.row
    return OwnerSaid(
        owner=row.owner,
        prohibited_entity_risk=row.prohibited,
        rule=row.rule,
        source=row.evidence or said.record.source.meta.get("title", said.record.source.key),
        as_of=row.valid.lower or row.known.lower.date(),
        level=row.level,
        evidence=(proofs.of(said),),
    )
