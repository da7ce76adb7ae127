"""What bodies do on the way abroad, listed across all of them, as of a day and as known then.

    statements true that day and known then → those of one body that say the same, together →
    a page of them → names and evidence of that page

Each list is read in a fixed number of queries, however many bodies there are. A page's cursor
holds day and time of knowledge, so that all pages are of one state.
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion
from services.find import abroad_words as words
from services.find import cursor as cursors
from services.find.abroad_views import (
    AcceptanceListed,
    AccompanimentListed,
    CooperationListed,
    Listed,
    MembershipListed,
    OfferListed,
    ProjectListed,
)
from services.find.consent import unnamed
from services.find.meta import load_sources, meta
from services.find.parts import last_day, names
from services.find.proof import Proofs
from services.find.views import Meta, NameView
from services.store.card import by_tier
from services.store.facts import BodyHeld, load_part, of_ids
from services.store.looks import RecordSeen, load_records
from services.store.merge import Said
from services.terms import (
    VERIFIED_LEVELS,
    CooperationKind,
    CredentialKind,
    Polarity,
    ProjectStatus,
    RecognitionLevel,
)

MOST = 100  # entries of a page
L = TypeVar("L", bound=Listed)
Conditions = list[sa.ColumnElement[bool]]
NO_TREATY = (
    "These are projects between institutions. None of them is a treaty, nor an arrangement between "
    "accreditation bodies, and none recognises a result beyond its own document."
)
NO_RECOGNITION = "A membership is participation: it recognises no result and accredits nobody."
WITHHELD = (
    "Where a client did not agree to be told of, the words that may tell who it is are left out."
)


@dataclass(frozen=True, slots=True)
class Asked:
    """Where a page begins and how long it is; day and time of knowledge, which a cursor holds."""

    on: date
    known_at: datetime
    cursor: str = ""
    limit: int = 20


class _Place(msgspec.Struct, frozen=True):
    list: str
    after: int
    on: date
    known_at: datetime


@dataclass(frozen=True, slots=True)
class Group:
    """Statements about one body that say the same; ``place`` orders the groups of a list."""

    body_id: int
    place: int
    says: tuple[Said, ...]


@dataclass(frozen=True, slots=True)
class _Page:
    groups: list[Group]
    names: dict[int, tuple[NameView, ...]]
    proofs: Proofs
    total: int
    following: str | None
    sources: list[Any]


# --- the lists -----------------------------------------------------------------------------------


def cooperations(
    conn: Connection,
    asked: Asked,
    *,
    country: str = "",
    product: str = "",
    kind: CooperationKind | None = None,
    recognition: RecognitionLevel | None = None,
) -> tuple[tuple[CooperationListed, ...], Meta]:
    """Cooperation agreements. Raises BadQuestion."""
    asked, table = _placed("cooperations", asked), m.Cooperation
    where = _product(conn, table, product, asked)
    if code := words.market("country", country):
        where.append(table.countries.contains([code]))
    where += [table.kind == kind] if kind else []
    where += [table.recognition == recognition] if recognition else []
    page = _page(conn, "cooperations", table, _own(CooperationListed), where, asked)
    return _views(page, CooperationListed), _meta(conn, page, asked)


def acceptances(
    conn: Connection, asked: Asked, *, country: str = "", product: str = "", standard: str = ""
) -> tuple[tuple[AcceptanceListed, ...], Meta]:
    """Results accepted abroad. A standard asked without edition is answered by every edition.
    Raises BadQuestion."""
    asked, table = _placed("acceptances", asked), m.Acceptance
    where = _product(conn, table, product, asked) + _country(table, country)
    texts, warnings = words.standard_texts(conn, standard, asked.known_at)
    if texts is not None:
        where.append(table.standard.in_(texts))
    page = _page(conn, "acceptances", table, _own(AcceptanceListed), where, asked)
    return _views(page, AcceptanceListed), _meta(conn, page, asked, *warnings)


def projects(
    conn: Connection,
    asked: Asked,
    *,
    country: str = "",
    product: str = "",
    status: ProjectStatus | None = None,
) -> tuple[tuple[ProjectListed, ...], Meta]:
    """ "Small and beautiful" projects, never mixed with treaty arrangements. Raises BadQuestion."""
    asked, table = _placed("projects", asked), m.Project
    where = _product(conn, table, product, asked) + _country(table, country)
    where += [table.status == status] if status else []
    own = [name for name in _own(ProjectListed) if name != "treaty_arrangement"]
    page = _page(conn, "projects", table, own, where, asked)
    return _views(page, ProjectListed), _meta(conn, page, asked, NO_TREATY)


def accompaniments(
    conn: Connection, asked: Asked, *, country: str = "", product: str = "", sector: str = ""
) -> tuple[tuple[AccompanimentListed, ...], Meta]:
    """Cases of going abroad with a manufacturer. Raises BadQuestion."""
    asked, table = _placed("accompaniments", asked), m.Accompaniment
    where = _product(conn, table, product, asked) + _country(table, country)
    where += _word(conn, "sector", sector, [table.sector], asked)
    own = [name for name in _own(AccompanimentListed) if name != "withheld"]
    page = _page(conn, "accompaniments", table, own, where, asked)
    views = tuple(withheld(view) for view in _views(page, AccompanimentListed))
    warnings = (WITHHELD,) if any(view.withheld for view in views) else ()
    return views, _meta(conn, page, asked, *warnings)


def withheld(view: AccompanimentListed) -> AccompanimentListed:
    return msgspec.structs.replace(unnamed(view), withheld=not view.consent)


def offers(
    conn: Connection,
    asked: Asked,
    *,
    stage: str = "",
    product: str = "",
    hs_code: str = "",
    language: str = "",
) -> tuple[tuple[OfferListed, ...], Meta]:
    """Services along the industrial chain. An HS code is answered by shorter and longer ones that
    begin alike. Raises BadQuestion."""
    asked, table = _placed("offers", asked), m.Offer
    where = _product(conn, table, product, asked)
    where += _word(conn, "stage", stage, [table.stage], asked)
    if (codes := words.hs_prefixes(hs_code)) is not None:
        digits = sa.func.replace(table.hs_code, ".", "")
        where.append(sa.or_(digits.in_(codes), digits.startswith(codes[-1])))
    if tongue := words.known_word(conn, "language", language, [table.languages], asked.known_at):
        where.append(table.languages.contains([tongue]))
    page = _page(conn, "offers", table, _own(OfferListed), where, asked)
    return _views(page, OfferListed), _meta(conn, page, asked)


def memberships(
    conn: Connection, asked: Asked, *, organisation: str = "", category: str = ""
) -> tuple[tuple[MembershipListed, ...], Meta]:
    """Memberships of organisations and alliances; never equated with recognition. ``organisation``:
    words of its name or of the membership's title. Raises BadQuestion."""
    asked, table = _placed("memberships", asked), m.Credential
    where: Conditions = [
        table.kind == CredentialKind.MEMBERSHIP,
        table.polarity == Polarity.POSITIVE,
        *_word(conn, "category", category, [table.category], asked),
    ]
    for word in organisation.split()[:10]:
        called = sa.func.concat_ws(
            " ", table.issuer, table.issuer_also, table.title, table.title_also
        )
        where.append(called.icontains(word, autoescape=True))
    same = ["title", "issuer", "number", "category", "status", "granted", "expires", "via_parent"]
    page = _page(conn, "memberships", table, same, where, asked)
    return tuple(_membership(page, one) for one in page.groups), _meta(
        conn, page, asked, NO_RECOGNITION
    )


def _membership(page: _Page, group: Group) -> MembershipListed:
    row = group.says[0].row
    return MembershipListed(
        **_common(page, group),
        organisation=row.issuer,
        organisation_also=row.issuer_also,
        title=row.title,
        title_also=row.title_also,
        number=row.number,
        category=row.category or "",
        status=row.status or "",
        granted=row.granted,
        expires=row.expires,
        via_parent=row.via_parent,
    )


# --- conditions ----------------------------------------------------------------------------------


def _country(table: Any, country: str) -> Conditions:
    code = words.market("country", country)
    return [table.country == code] if code else []


def _product(conn: Connection, table: Any, product: str, asked: Asked) -> Conditions:
    found = words.product(conn, product, asked.known_at)
    return [sa.func.lower(table.product) == found.lower()] if found else []


def _word(
    conn: Connection, name: str, word: str, columns: Sequence[Any], asked: Asked
) -> Conditions:
    found = words.known_word(conn, name, word, columns, asked.known_at)
    if not found:
        return []
    return [sa.or_(*(sa.func.lower(column) == found.lower() for column in columns))]


# --- a page --------------------------------------------------------------------------------------


def _placed(name: str, asked: Asked) -> Asked:
    """The question with what its cursor holds. Raises BadQuestion."""
    cursors.check_limit(asked.limit, MOST)
    if not asked.cursor:
        return asked
    place = cursors.read(asked.cursor, _Place)
    if place.list != name:
        raise BadQuestion(
            f"cursor: this is one of the list {place.list}.", "Take meta.next_cursor of this list."
        )
    return Asked(place.on, place.known_at, asked.cursor, asked.limit)


def _own(view: type[Listed]) -> list[str]:
    """The fields of a list's own: columns of its table, and what makes statements the same."""
    common = set(Listed.__struct_fields__)
    return [name for name in view.__struct_fields__ if name not in common]


def in_force(model: Any, asked: Asked) -> sa.Select[Any]:
    """(statement, body) of a table: true that day, known then, by the links known then."""
    return (
        sa.select(model.__table__, m.BodyLink.body_id)
        .join(m.BodyLink, m.BodyLink.record_id == model.record_id)
        .where(
            m.BodyLink.known.contains(asked.known_at),
            model.known.contains(asked.known_at),
            model.valid.contains(asked.on),
        )
    )


def _page(
    conn: Connection,
    name: str,
    model: Any,
    same: Sequence[str],
    where: Conditions,
    asked: Asked,
) -> _Page:
    # what one record says twice is two facts: the first of one record joins the first of another
    alike = [model.record_id, *(getattr(model, column) for column in same)]
    nth = sa.func.row_number().over(partition_by=alike, order_by=model.id).label("nth")
    said = in_force(model, asked).where(*where).add_columns(nth).cte("said")
    groups = (
        sa.select(
            said.c.body_id,
            sa.func.array_agg(said.c.id).label("ids"),
            sa.func.min(said.c.id).label("place"),
        )
        .group_by(said.c.body_id, *(said.c[column] for column in same), said.c.nth)
        .cte("groups")
    )
    after = cursors.read(asked.cursor, _Place).after if asked.cursor else 0
    total = sa.select(sa.func.count()).select_from(groups).scalar_subquery()
    found = conn.execute(
        sa.select(groups, total.label("total"))
        .where(groups.c.place > after)
        .order_by(groups.c.place)
        .limit(asked.limit + 1)
    ).all()
    shown, more = found[: asked.limit], len(found) > asked.limit
    following = _Place(name, shown[-1].place, asked.on, asked.known_at) if more else None
    read = read_groups(conn, model, [(row.body_id, row.place, row.ids) for row in shown], asked)
    return _Page(
        groups=read.groups,
        names=read.names,
        proofs=read.proofs,
        total=found[0].total if found else 0,
        following=cursors.write(following) if following else None,
        sources=read.sources,
    )


@dataclass(frozen=True, slots=True)
class Read:
    """Groups with what a page shows beside them."""

    groups: list[Group]
    names: dict[int, tuple[NameView, ...]]
    proofs: Proofs
    sources: list[Any]


def read_groups(
    conn: Connection, model: Any, groups: Sequence[tuple[int, int, Collection[int]]], asked: Asked
) -> Read:
    """(body, place, statements) with names and evidence, as known then: six queries."""
    sources = load_sources(conn, at=asked.known_at)
    records = load_records(conn, sources, {one[0] for one in groups}, asked.known_at)
    table = model.__table__
    ids = [id_ for one in groups for id_ in one[2]]
    rows = {row.id: row for row in conn.execute(sa.select(table).where(of_ids(table.c.id, ids)))}
    found = [
        Group(body_id, place, tuple(by_tier([_said(records, table, rows[id_]) for id_ in held])))
        for body_id, place, held in groups
    ]
    called = named_bodies(conn, records, asked)
    says = [said for group in found for said in group.says]
    proofs = Proofs(conn, [*says, *(said for one in called for said in one.names)])
    behind = sorted({said.record.source.key for said in says})
    return Read(
        found,
        {one.id: names(one, proofs) for one in called},
        proofs,
        [sources[key] for key in behind],
    )


def _said(records: dict[int, RecordSeen], table: Any, row: Any) -> Said:
    return Said(records[row.record_id], table.name, row)


def named_bodies(conn: Connection, records: dict[int, RecordSeen], asked: Asked) -> list[BodyHeld]:
    """The bodies of these records with their names as known then: one query."""
    bodies = {record.body_id: BodyHeld(record.body_id, None) for record in records.values()}
    for said in load_part(conn, m.Name, records, asked.known_at):
        bodies[said.record.body_id].names.append(said)
    return list(bodies.values())


def _common(page: _Page, group: Group) -> dict[str, Any]:
    row = group.says[0].row
    return {
        "body": f"b{group.body_id}",
        "body_names": page.names.get(group.body_id, ()),
        "valid_from": row.valid.lower,
        "valid_to": last_day(row.valid.upper),
        "level": row.level,
        "verified": row.level in VERIFIED_LEVELS,
        "proof": row.evidence,
        "doubted": all(said.record.doubted for said in group.says),
        "evidence": page.proofs.all(group.says),
    }


def _views(page: _Page, view: Callable[..., L]) -> tuple[L, ...]:
    return tuple(_view(page, group, view) for group in page.groups)


def _view(page: _Page, group: Group, view: Any) -> Any:
    row = group.says[0].row
    own = {name: getattr(row, name) for name in _own(view) if hasattr(row, name)}
    lists = {name: tuple(value) for name, value in own.items() if isinstance(value, list)}
    return view(**_common(page, group), **(own | lists))


def _meta(conn: Connection, page: _Page, asked: Asked, *warnings: str) -> Meta:
    return meta(
        conn,
        page.sources,
        on=asked.on,
        known_at=asked.known_at,
        total=page.total,
        next_cursor=page.following,
        warnings=warnings,
    )
