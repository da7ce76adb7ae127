"""Shortlists by link: what was shown of some bodies, frozen, and what has changed since.

The link is the only key. What is frozen is never altered; reading lays today's answer beside it.
"""

import hashlib
import re
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion, Damaged, NotFound
from services.find.compare import Compare, Side, check_bodies, side_by_side
from services.find.compare_views import AccreditationCompared, Compared, LineCompared, LineHeld
from services.find.meta import meta
from services.find.overlap import Asked, overlap
from services.find.shortlist_views import (
    FrozenAccreditation,
    FrozenAdverse,
    FrozenBody,
    FrozenCredential,
    FrozenLine,
    FrozenName,
    FrozenPresence,
    FrozenRoute,
    FrozenUnknown,
    Proof,
    ShortlistItemView,
    ShortlistView,
    Since,
)
from services.find.views import Evidence, Meta
from services.parsers.personal import without_personal
from services.store.facts import BodyHeld
from services.validity import standing

MOST = 20  # bodies of one list
MOST_LINES = 200  # different lines looked at when a list is frozen
LONGEST_TITLE = 120
LONGEST_NOTE = 500
_KEY = re.compile(r"[A-Za-z0-9_-]{20,40}")
T = TypeVar("T")


class New(msgspec.Struct, frozen=True, kw_only=True):
    """``notes``: by body id, in the maker's words; particulars of persons are dropped."""

    bodies: tuple[str, ...]
    title: str = ""
    market: str = ""
    product: str = ""
    standard: str = ""
    notes: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Made:
    """``dropped``: particulars of persons that were left out of title and notes."""

    key: str
    dropped: int


# --- making --------------------------------------------------------------------------------------


def make(conn: Connection, new: New, *, on: date, now: datetime) -> Made:
    """Freeze what is shown of these bodies at this moment. Raises BadQuestion and NotFound."""
    check_bodies(new.bodies, MOST, "put on a list")
    for id_ in new.notes.keys() - set(new.bodies):
        raise BadQuestion(f'notes: "{id_}" is not among the bodies.', "Note only bodies listed.")
    title, dropped = _words("title", new.title, LONGEST_TITLE)
    notes = {id_: _words("notes", note, LONGEST_NOTE) for id_, note in new.notes.items()}
    dropped += sum(count for _, count in notes.values())
    asked = Compare(
        bodies=new.bodies, market=new.market, product=new.product, standard=new.standard
    )
    side = side_by_side(conn, asked, on=on, known_at=now, limit=MOST_LINES)
    about = meta(conn, side.held.sources_behind(), on=on, known_at=now)
    key = secrets.token_urlsafe(18)  # 144 bits: nobody guesses it
    conn.execute(
        sa.insert(m.Shortlist).values(
            key=key, title=title, market=side.wanted.market, product=new.product,
            standard=new.standard, created_at=now, on=on, known_at=now,
            log_position=about.log_position, rule_version=about.rule_version,
        )
    )  # fmt: skip
    shown = _frozen(side, side.overlap.page)
    rows: list[dict[str, Any]] = []
    for id_ in new.bodies:
        body = side.now[id_]
        if any(row["body_id"] == body for row in rows):
            continue  # two ids of one body
        frozen = _written(shown[f"b{body}"])
        rows.append(
            {
                "shortlist_key": key, "place": len(rows) + 1, "body_id": body,
                "note": notes.get(id_, ("", 0))[0], "frozen": frozen,
                "sha256": _hash(frozen),
            }
        )  # fmt: skip
    conn.execute(sa.insert(m.ShortlistItem), rows)
    return Made(key, dropped)


def _words(name: str, given: str, most: int) -> tuple[str, int]:
    text, dropped = without_personal(given.strip())
    text = "".join(one for one in text if one.isprintable() or one == "\n").strip()
    if len(text) > most:
        raise BadQuestion(f"{name}: it has {len(text)} characters.", f"Write at most {most}.")
    return text, dropped


def _written(frozen: FrozenBody) -> str:
    return msgspec.json.encode(frozen, order="deterministic").decode()


def _hash(frozen: str) -> bytes:
    return hashlib.sha256(frozen.encode()).digest()


def _frozen(side: Side, lines: Sequence[LineCompared]) -> dict[str, FrozenBody]:
    bodies = zip(side.columns, side.bodies, strict=True)
    return {column.id: freeze(column, body, lines) for column, body in bodies}


def freeze(column: Compared, body: BodyHeld, lines: Iterable[LineCompared]) -> FrozenBody:
    """What is shown of one body, with the evidence of each fact."""
    return FrozenBody(
        id=column.id,
        names=tuple(
            FrozenName(text=one.text, lang=one.lang, kind=one.kind.value) for one in column.names
        ),
        kinds=tuple(kind.value for kind in column.kinds),
        country=column.country,
        region=column.region,
        city=column.city,
        made=column.made,
        standings=column.standings,
        schedule=column.scope.schedule,
        lines_total=column.scope.lines,
        routes=tuple(
            FrozenRoute(
                market=one.market, product=one.product, scheme=one.scheme, sourced=one.sourced,
                state=one.state.value, of_body=one.of_body.value if one.of_body else "",
                left=one.left,
            )
            for one in column.routes
        ),
        held=tuple(f"a{acc.id}" for acc in body.accreditations),
        accreditations=tuple(map(_accreditation, column.accreditations)),
        designations=tuple(map(_accreditation, column.designations)),
        lines=tuple(_lines(column.id, lines)),
        presences=tuple(
            FrozenPresence(
                country=one.country, city=one.city, mode=one.mode.value,
                partner=one.partner or one.partner_also,
                may_issue=one.may_issue or one.may_issue_also, level=one.level.value,
                verified=one.verified, on_schedule=one.on_schedule, proof=_proof(one.evidence),
            )
            for one in column.presences
        ),
        credentials=tuple(
            FrozenCredential(
                kind=one.kind.value, title=one.title, title_also=one.title_also,
                issuer=one.issuer, number=one.number, level=one.level.value,
                verified=one.verified, expires=one.expires, proof=_proof(one.evidence),
            )
            for one in (*column.verified, *column.claimed, *column.brand)
        ),
        adverse=tuple(
            FrozenAdverse(
                kind=one.kind, label=one.label, label_also=one.label_also,
                verdict=one.verdict.value if one.verdict else "", since=one.since,
                proof=_proof(one.evidence),
            )
            for one in column.adverse
        ),
        unknowns=tuple(
            FrozenUnknown(part=one.part.value, code=one.code, params=one.params, text=one.text)
            for one in column.unknowns
        ),
    )  # fmt: skip


def _accreditation(one: AccreditationCompared) -> FrozenAccreditation:
    acc, status = one.accreditation, one.accreditation.status
    return FrozenAccreditation(
        id=acc.id,
        label=one.label,
        kind=acc.kind.value,
        standard=acc.standard,
        field=acc.field,
        verdict=status.verdict.value,
        standing=status.standing,
        since=status.since,
        until=status.until,
        expires=acc.expires,
        last_check=status.last_check,
        matched=one.matched,
        reasons=tuple(reason.text for reason in status.reasons),
        proof=_proof(one.evidence),
    )


def _lines(body: str, lines: Iterable[LineCompared]) -> Iterator[FrozenLine]:
    for line in lines:
        cell = next((one for one in line.held if one.body == body), None)
        if cell is not None and cell.state == "held":
            yield _line(line, cell)


def _line(line: LineCompared, cell: LineHeld) -> FrozenLine:
    return FrozenLine(
        id=line.id,
        object=line.object,
        object_also=line.object_also,
        parameter=line.parameter,
        parameter_also=line.parameter_also,
        method=line.method,
        limitation=cell.limitation,
        accreditation=cell.accreditation or "",
        label=cell.label,
        verdict=cell.verdict.value if cell.verdict else "",
        proof=_proof((cell.evidence,) if cell.evidence else ()),
    )


def _proof(evidence: Sequence[Evidence]) -> Proof:
    if not evidence:
        return Proof()
    one = evidence[0]
    return Proof(
        ref=one.ref,
        source=one.source,
        tier=int(one.tier),
        url=one.url,
        raw=one.raw[:500],
        fetched_at=one.fetched_at.astimezone(UTC),
        sha256=one.sha256,
    )


# --- reading -------------------------------------------------------------------------------------


def read(conn: Connection, key: str, *, on: date, known_at: datetime) -> tuple[ShortlistView, Meta]:
    """The list as it was frozen, with what has changed by ``known_at`` on the day ``on``.

    Raises NotFound, and Damaged where what is stored is not what was frozen.
    """
    row, items = _stored(conn, key)
    frozen = {item.body_id: _read(item) for item in items}
    lines = sorted({line.id for one in frozen.values() for line in one.lines})
    asked = Compare(
        bodies=tuple(f"b{item.body_id}" for item in items),
        market=row.market,
        product=row.product,
        standard=row.standard,
    )
    side = side_by_side(conn, asked, on=on, known_at=known_at, limit=1)
    today, standings = _today(conn, side, lines), _standings(side)
    views = tuple(
        ShortlistItemView(
            place=item.place,
            body=f"b{item.body_id}",
            now=f"b{side.now[f'b{item.body_id}']}",
            note=item.note,
            sha256=bytes(item.sha256).hex(),
            frozen=frozen[item.body_id],
            since=tuple(_since(frozen[item.body_id], today, standings, side.now)),
        )
        for item in items
    )
    view = ShortlistView(
        key=row.key,
        title=row.title,
        market=row.market,
        product=row.product,
        standard=row.standard,
        created_at=row.created_at.astimezone(UTC),
        on=row.on,
        known_at=row.known_at.astimezone(UTC),
        log_position=row.log_position,
        rule_version=row.rule_version,
        items=views,
    )
    sources = side.held.sources_behind()
    about = meta(conn, sources, on=on, known_at=known_at, warnings=side.warnings, total=len(views))
    return view, about


def _stored(conn: Connection, key: str) -> tuple[Any, Sequence[Any]]:
    missing = NotFound("There is no such shortlist.", "Check its address, letter by letter.")
    if not _KEY.fullmatch(key):
        raise missing
    row = conn.execute(sa.select(m.Shortlist.__table__).where(m.Shortlist.key == key)).one_or_none()
    if row is None:
        raise missing
    items = conn.execute(
        sa.select(m.ShortlistItem.__table__)
        .where(m.ShortlistItem.shortlist_key == key)
        .order_by(m.ShortlistItem.place)
    ).all()
    return row, items


def _read(item: Any) -> FrozenBody:
    if _hash(item.frozen) != bytes(item.sha256):
        raise Damaged(
            f"Item {item.place} of the shortlist is not what was frozen: its SHA-256 is "
            f"{_hash(item.frozen).hex()}, not {bytes(item.sha256).hex()}.",
            "Tell whoever keeps this directory.",
        )
    return msgspec.json.decode(item.frozen, type=FrozenBody)


def _today(conn: Connection, side: Side, lines: Sequence[str]) -> dict[str, FrozenBody]:
    """Today's answer in the frozen form, of lines exactly those that were frozen."""
    stands = {acc: standing(decision).value for acc, decision in side.decisions.items()}
    wanted = Asked(side.bodies, (), stands, max(len(lines), 1), only=lines)
    over = overlap(conn, side.held, wanted)
    return _frozen(side, over.page)


def _standings(side: Side) -> dict[str, FrozenAccreditation]:
    """How every accreditation of these bodies stands today, shown or not."""
    found = {}
    for body in side.bodies:
        for acc in body.accreditations:
            decision = side.decisions[acc.id]
            found[f"a{acc.id}"] = FrozenAccreditation(
                id=f"a{acc.id}",
                label=acc.label,
                verdict=decision.verdict.value,
                standing=standing(decision).value,
                since=decision.since,
            )
    return found


def _since(
    frozen: FrozenBody,
    today: dict[str, FrozenBody],
    standings: dict[str, FrozenAccreditation],
    now: dict[str, int],
) -> Iterator[Since]:
    after = today[f"b{now[frozen.id]}"]
    shown = {one.id for one in (*frozen.accreditations, *frozen.designations)}
    told = [standings[id_] for id_ in standings if id_ in shown]
    told += [standings[id_] for id_ in after.held if id_ not in frozen.held]
    return since(frozen, after, told)


# --- what has changed ----------------------------------------------------------------------------


def since(
    before: FrozenBody, after: FrozenBody, now: Iterable[FrozenAccreditation]
) -> Iterator[Since]:
    """What differs between what was frozen and today's answer, what touches the choice first.
    ``now``: today's standing of the accreditations that were frozen, and of new ones."""
    held = (*before.accreditations, *before.designations)
    yield from _parted("status", held, now, lambda a: a.id, lambda a: a.label, _stood)
    yield from _parted(
        "route", before.routes, after.routes,
        lambda a: (a.market, a.product, a.scheme), lambda a: a.scheme,
        lambda a: f"{a.state}, {a.left} left" if a.left else a.state,
    )  # fmt: skip
    yield from _parted(
        "adverse", before.adverse, after.adverse,
        lambda a: (a.kind, a.label), lambda a: a.label, lambda a: a.verdict,
    )  # fmt: skip
    yield from _parted(
        "lines", before.lines, after.lines,
        lambda a: a.id, _line_label, lambda a: a.verdict,
    )  # fmt: skip
    if before.lines_total != after.lines_total:
        yield Since(
            part="lines",
            what="altered",
            label="",
            before=str(before.lines_total),
            after=str(after.lines_total),
        )
    yield from _parted(
        "presence", before.presences, after.presences,
        lambda a: (a.country, a.city, a.mode, a.partner),
        lambda a: " ".join(filter(None, (a.country, a.city, a.mode, a.partner))),
        lambda a: f"{a.level}{', on a schedule' if a.on_schedule else ''}",
    )  # fmt: skip
    yield from _parted(
        "credentials", before.credentials, after.credentials,
        lambda a: (a.kind, a.title, a.issuer, a.number), lambda a: a.title,
        lambda a: f"{a.level}{f', until {a.expires}' if a.expires else ''}",
    )  # fmt: skip


def _stood(one: FrozenAccreditation) -> str:
    """The verdict and, where it does not simply stand, since when: a list's next look at what is
    unchanged is no change."""
    ails = one.standing != "stands" and one.since
    partly = " (partly)" if one.standing == "partly" else ""
    return f"{one.verdict}{partly}{f' since {one.since}' if ails else ''}"


def _line_label(line: FrozenLine) -> str:
    return ", ".join(filter(None, (line.object, line.parameter, line.method)))


def _parted(
    part: str,
    before: Iterable[T],
    after: Iterable[T],
    key: Callable[[T], object],
    label: Callable[[T], str],
    told: Callable[[T], str],
) -> Iterator[Since]:
    held, now = ({key(one): one for one in ones} for ones in (before, after))
    for name, one in held.items():
        other = now.get(name)
        if other is None:
            yield Since(part=part, what="gone", label=label(one), before=told(one), after="")
        elif told(one) != told(other):
            yield Since(
                part=part, what="altered", label=label(one), before=told(one), after=told(other)
            )
    for name, one in now.items():
        if name not in held:
            yield Since(part=part, what="new", label=label(one), before="", after=told(one))
