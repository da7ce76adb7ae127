"""Test once: loads what is known of the markets, judges the papers' accreditations, makes the plan.

words → product, markets, papers → facts as known then, in a fixed number of queries → the one
decision for each accreditation on its days → services.routes.plan → plan with its evidence
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services import standards
from services.errors import BadQuestion
from services.find.abroad_words import hs_prefixes, known_word, market, nearest
from services.find.market_names import MarketName, named, read_market
from services.find.meta import meta
from services.find.proof import Proofs
from services.find.relations import related
from services.find.views import Evidence, Meta, View
from services.routes import evidence as papers
from services.routes.grammar import parse
from services.routes.known import (
    DayKnown,
    Designated,
    Known,
    OwnerRule,
    RelatedKnown,
    RouteKnown,
    SignatoryKnown,
)
from services.routes.plan import Plan, plan
from services.standard_families import FAMILIES
from services.store.market import load_said
from services.store.merge import Said
from services.terms import Requirement, Tier
from services.verdict.judge import judge
from services.verdict.views import ActivityAsked, Asked, Judged

MOST_MARKETS = 20
MOST_PAPERS = 50
KINDS = ("market_route", "route_day", "designates", "signatory")
_ANY = "*"  # a market in the table of schemes: every one
_OWNER = "owner_not_prohibited"  # its word for a rule about owners
_OF_A_PAPER = (
    "ref", "kind", "standard", "edition", "issued", "tested", "issuer", "number", "body",
    "country", "product",
)  # fmt: skip
_OF_A_ROUTE = (
    "market", "product", "scheme", "mark", "regulator", "legal_basis", "in_country", "note",
    "sureness", "sourced", "source",
)  # fmt: skip
_TESTING = frozenset({"", "T", "TESTING"})  # scopes of an arrangement


class PaperAsked(View, frozen=True, kw_only=True):
    """A paper as it is put. ``type``: a word as "CB report" or a requirement's own. ``ref`` names
    it in the answer; its place in the row where it is left out."""

    type: str
    standard: str = ""
    edition: str = ""
    issued: date | None = None
    tested: date | None = None
    issuer: str = ""
    number: str = ""
    body: str = ""
    country: str = ""
    product: str = ""
    ref: str = ""


class Paper(View, frozen=True, kw_only=True):
    """A paper as it was read. ``judged``: the verdict on the accreditation that it names, for the
    day of issue and that of the test, where both are known."""

    ref: str
    type: str
    kind: Requirement
    standard: str
    edition: str
    issued: date | None
    tested: date | None
    issuer: str
    number: str
    body: str
    country: str
    product: str
    judged: tuple[Judged, ...] = ()


class Planned(View, frozen=True, kw_only=True):
    """The plan, the papers as they were read, and where each route comes from (by its ref)."""

    plan: Plan
    papers: tuple[Paper, ...]
    proofs: dict[str, tuple[Evidence, ...]]


class Offered(View, frozen=True, kw_only=True):
    """What can be asked for: products and markets of which a route is held."""

    products: tuple[str, ...]
    markets: tuple[str, ...]


def offered(conn: Connection, *, known_at: datetime) -> Offered:
    route = m.Route
    rows = conn.execute(
        sa.select(route.product, route.market).where(route.known.contains(known_at)).distinct()
    ).all()
    return Offered(
        products=tuple(sorted({row.product for row in rows})),
        markets=tuple(sorted({row.market for row in rows})),
    )


def make_plan(
    conn: Connection,
    product: str,
    markets: Sequence[str],
    have: Sequence[PaperAsked],
    *,
    on: date,
    known_at: datetime,
    today: date,
    standard: str = "",
    hs_code: str = "",
) -> tuple[Planned, Meta]:
    """Raises BadQuestion for what nothing is known of, with the nearest that is."""
    asked_markets = _markets(markets, on)
    codes = [one.code for one in asked_markets]
    asked_standard = _standard("standard", standard)
    hs_prefixes(hs_code)
    known_product = _product(conn, "product", product, known_at)
    read = _papers(have)
    other = {one.product for one in read if one.product} - {known_product}
    called = {word: _product(conn, "product of a paper", word, known_at) for word in sorted(other)}
    read = [msgspec.structs.replace(p, product=called.get(p.product, p.product)) for p in read]
    said = load_said(
        conn, KINDS, on=None, known_at=known_at, where={"market": (*_areas(asked_markets), _ANY)}
    )
    said["market_route"] = [one for one in said["market_route"] if one.row.product == known_product]
    verdicts = _verdicts(conn, read, known_at, today)
    made = plan(
        known_product,
        codes,
        [_evidence(one, verdicts.get(one.ref, ())) for one in read],
        msgspec.structs.replace(
            _known(said, asked_markets, on), related=tuple(_related(asked_standard))
        ),
        on=on,
        standard=asked_standard,
        hs_code=hs_code.strip(),
    )
    shown = {route.ref for lane in made.lanes for route in lane.routes}
    behind = {ref: one for one in said["market_route"] if (ref := _ref(one)) in shown}
    proofs = Proofs(conn, behind.values())
    planned = Planned(
        plan=made,
        papers=tuple(
            msgspec.structs.replace(p, judged=tuple(one for _, one in verdicts.get(p.ref, ())))
            for p in read
        ),
        proofs={ref: (proofs.of(one),) for ref, one in behind.items()},
    )
    sources = {one.record.source.key: one.record.source for one in behind.values()}
    about = meta(
        conn, [sources[key] for key in sorted(sources)], on=on, known_at=known_at,
        warnings=tuple(_warnings(made)),
    )  # fmt: skip
    return planned, about


# --- what is asked --------------------------------------------------------------------------------


def _markets(words: Sequence[str], on: date) -> list[MarketName]:
    """Each once, with the groupings to which it belonged on the day."""
    read = [read_market("markets", word, on) for word in words if word.strip()]
    found = list({one.code: one for one in read}.values())
    if not found:
        raise BadQuestion("markets: none is named.", "Name 1 to 20, as EU, US, SA.")
    if len(found) > MOST_MARKETS:
        raise BadQuestion(
            f"markets: {len(found)} are asked for.", f"At most {MOST_MARKETS} in one plan."
        )
    return found


def _areas(asked: Iterable[MarketName]) -> dict[str, None]:
    """The codes whose routes apply in any of these markets."""
    return dict.fromkeys(code for one in asked for code in one.markets)


def _product(conn: Connection, name: str, word: str, known_at: datetime) -> str:
    if not word.strip():
        raise BadQuestion(f"{name}: none is named.", "Name one, as electrical_safety or toys.")
    return known_word(conn, name, word, [m.Route.product], known_at)


def _standard(name: str, word: str) -> str:
    word = " ".join(word.split())
    if not word or standards.read(word) is not None:
        return word
    family = re.split(r"[\s\d:-]", word, maxsplit=1)[0]
    near = nearest(family, [one.name for one in FAMILIES if "{" not in one.name]) if family else ()
    remedy = f"Did you mean {', '.join(near)} with a number?" if near else ""
    raise BadQuestion(
        f'{name}: "{word[:60]}" is not read as a designation.',
        remedy or 'Write it with its family, as "GB 4943.1" or "IEC 62368-1:2018".',
    )


def _papers(have: Sequence[PaperAsked]) -> list[Paper]:
    if len(have) > MOST_PAPERS:
        raise BadQuestion(
            f"have: {len(have)} pieces of evidence are put.", f"At most {MOST_PAPERS} in one plan."
        )
    read = [_paper(one, n) for n, one in enumerate(have, 1)]
    refs = [one.ref for one in read]
    if twice := next((ref for ref in refs if refs.count(ref) > 1), None):
        raise BadQuestion(f'have: the ref "{twice}" is given twice.', "Give each its own, or none.")
    return read


def _paper(one: PaperAsked, n: int) -> Paper:
    name = f"have {n}"
    kind = papers.kind_of(one.type)
    if kind is None:
        near = papers.nearest_kinds(one.type)
        remedy = f"Did you mean {', '.join(near)}?" if near else ""
        words = ", ".join(word.value for word in Requirement)
        raise BadQuestion(
            f'{name}: "{one.type.strip()[:60]}" is no kind of evidence that is known.',
            remedy or f'It takes words as "CB report", or one of {words}.',
        )
    said = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in msgspec.structs.asdict(one).items()
    }
    said |= {
        "ref": one.ref.strip() or str(n),
        "kind": kind[0],
        "standard": _standard(f"{name}, standard", one.standard),
        "country": market(f"{name}, country", one.country),
    }
    return msgspec.convert(said, Paper)


def _evidence(one: Paper, judged: Sequence[tuple[str, Judged]]) -> papers.Evidence:
    found = papers.kind_of(one.type)
    named = one.number if _begins_with(one.number, one.issuer) else f"{one.issuer} {one.number}"
    stood = tuple(
        papers.Stood(about=about, on=_day(one, about), verdict=said.verdict, named=named.strip())
        for about, said in judged
    )
    fields = {name: getattr(one, name) for name in _OF_A_PAPER}
    return papers.Evidence(**fields, authority=found[1] if found else "", stood=stood)


def _begins_with(number: str, issuer: str) -> bool:
    return bool(issuer) and number.casefold().startswith(issuer.casefold())


# --- the one decision -----------------------------------------------------------------------------


def _verdicts(
    conn: Connection, read: Sequence[Paper], known_at: datetime, today: date
) -> Mapping[str, list[tuple[str, Judged]]]:
    """How the accreditation that each paper names stood on its days: all of them in one batch."""
    wanted = [
        (one, about)
        for one in read
        if one.number and one.kind in papers.JUDGED
        for about in ("issued", "tested")
        if getattr(one, about) is not None
    ]
    asked = [_question(one, about) for one, about in wanted]
    judged = judge(conn, asked, known_at=known_at, today=today) if asked else []
    found: dict[str, list[tuple[str, Judged]]] = {}
    for (one, about), said in zip(wanted, judged, strict=True):
        found.setdefault(one.ref, []).append((about, said))
    return found


def _question(one: Paper, about: str) -> Asked:
    activity = ActivityAsked(method=one.standard, edition=one.edition) if one.standard else None
    return Asked(
        on=_day(one, about),
        number=one.number,
        issuer=one.issuer,
        body=one.body,
        activity=activity,
        ref=f"{one.ref}:{about}",
    )


def _day(one: Paper, about: str) -> date:
    day: date = getattr(one, about)
    return day


# --- what is known --------------------------------------------------------------------------------


def _ref(said: Said) -> str:
    return f"{said.record.id}:{said.table}:{said.row.id}"


def _holds(row: Any, on: date) -> bool:
    period = row.valid
    starts = period.lower is None or period.lower <= on
    return starts and (period.upper is None or on < period.upper)


def _known(said: Mapping[str, Sequence[Said]], asked: Sequence[MarketName], on: date) -> Known:
    days: dict[tuple[str, str, str], list[DayKnown]] = {}
    for row in (one.row for one in said["route_day"] if _holds(one.row, on)):
        day = DayKnown(kind=row.kind, on=row.on, precision=row.precision, words=row.words)
        days.setdefault((row.market, row.product, row.scheme), []).append(day)
    held = [one for one in said["market_route"] if _holds(one.row, on)]
    rules = [one.row for one in said["designates"] if _holds(one.row, on)]
    return Known(
        routes=tuple(_route(one, days) for one in held),
        designated=tuple(_designated(rules)),
        signatories=tuple(_signatories(said["signatory"])),
        owner_rules=tuple(
            OwnerRule(market=row.market, product=row.product, source=row.source)
            for row in rules
            if row.requirement == _OWNER
        ),
        groupings={one.code: one.groupings for one in asked},
        members={code: frozenset(named(code, on).members) for code in _areas(asked)},
    )


def _route(said: Said, days: Mapping[tuple[str, str, str], list[DayKnown]]) -> RouteKnown:
    row = said.row
    return RouteKnown(
        ref=_ref(said),
        alternatives=parse(row.recognition),
        days=tuple(days.get((row.market, row.product, row.scheme), ())),
        start=row.valid.lower,
        end=row.valid.upper,
        **{name: getattr(row, name) for name in _OF_A_ROUTE},
    )


def _designated(rows: Iterable[Any]) -> Iterator[Designated]:
    for row in rows:
        if row.requirement in set(Requirement):
            yield Designated(
                market=row.market,
                product=row.product,
                requirement=Requirement(row.requirement),
                issuer=row.issuer,
                sourced=row.sourced,
                source=row.source,
            )


def _signatories(said: Iterable[Said]) -> Iterator[SignatoryKnown]:
    """Periods for testing by the word of the arrangement or of the accreditation body itself."""
    for one in said:
        row = one.row
        if one.record.source.tier <= Tier.MRA_DATABASE and row.scope.upper() in _TESTING:
            yield SignatoryKnown(
                issuer=row.issuer,
                arrangement=row.arrangement,
                start=row.valid.lower,
                end=row.valid.upper,
                source=one.record.source.meta.get("title", one.record.source.key),
            )


def _related(asked: str) -> Iterator[RelatedKnown]:
    """Standards that a hint sets beside the one asked for."""
    read = standards.read(asked) if asked else None
    for one in related(read) if read else ():
        if one.hint is not None:
            yield RelatedKnown(
                standard=one.shown,
                relation=one.hint.relation,
                one=one.hint.standard.dated,
                other=one.hint.other.dated,
                confidence=one.hint.confidence,
            )


def _warnings(made: Plan) -> Iterator[str]:
    for lane in made.lanes:
        if not lane.known:
            what = f"no route of {made.product} is held; that says nothing of the market"
            yield f"{lane.market}: {what}."
        for group in dict.fromkeys(one.market for one in lane.routes if one.market != lane.market):
            yield f"{lane.market}: routes of {group} apply, of which it is a member on {made.on}."
