"""What changed, day by day: before and after, both days, and whose word it is; and what a change
of status touches.

The filters are those of the API's changes, feed and stream: the page names the addresses under
which the same question is followed.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.api.feeds import read_wanted
from directory.api.questions import one_of
from directory.pages.own import PRIVATE, to_sign_in
from directory.pages.render import Banners, Frame, render, spoken
from directory.pages.reply import Html, Redirect, page, titles
from directory.pages.tongue import Tongue
from directory.pages.webhooks import EVENTS
from directory.pages.words import WORDS
from services.accounts import Principal
from services.errors import BadQuestion, NotFound
from services.find import changes as changing
from services.find.views import ChangeView, Meta
from services.terms import Changed, ChangeKind, EventKind, Listed
from services.watch import lists
from services.watch.feed import Place, shown
from services.watch.filter import Filter
from services.watch.lists import WatchlistView
from services.watch.touches import Touched, effect_of
from services.watch.touches import touched as touching
from services.watch.words import Lang, title

MOST = 40  # changes on a page, which stays under 100 kB
MOST_LINES = 60  # scope lines that a change touches, named on its page
MOST_ROWS = 40  # numbers of audited rows, of each audit


class Repeats(StrEnum):
    SHOWN = "shown"


# tables whose changes a reader may ask for, the ones that matter most first
WHATS = (
    "status_event",
    "accreditation_statement",
    "scope_line",
    "name",
    "identifier",
    "profile",
    "site",
    "presence",
    "credential",
    "relation",
)


def changed(tongue: Tongue, change: ChangeView) -> list[tuple[str, object, object]]:
    """(field, before, after) in words, of the fields that differ."""
    before, after = change.before or {}, change.after or {}
    fields = dict.fromkeys((*before, *after))
    return [
        (name, spoken(tongue, name, before.get(name)), spoken(tongue, name, after.get(name)))
        for name in fields
        if before.get(name) != after.get(name)
        and name not in {"hash", "id"}
        # a statement that its source does not date is true at any time: nothing to tell
        and not (name == "valid" and {before.get(name), after.get(name)} <= {None, "(,)"})
    ]


@dataclass(frozen=True, slots=True)
class Suspension:
    """A new suspension in short. ``until``: first day valid again; ``asked_by`` as in events."""

    since: date | None
    until: date | None
    lines: tuple[str, ...]
    sites: tuple[str, ...]
    asked_by: str


def suspension(change: ChangeView) -> Suspension:
    """The change's statement read as a suspension."""
    said = change.after or {}

    def day(name: str) -> date | None:
        return date.fromisoformat(str(said[name])) if said.get(name) else None

    def words(name: str) -> tuple[str, ...]:
        held = said.get(name)
        return tuple(map(str, held)) if isinstance(held, list | tuple) else ()

    return Suspension(
        day("on"), day("until"), words("lines"), words("sites"), str(said.get("asked_by") or "")
    )


# what an event or a listed word means for whoever relies on it: shape, tone
_LOOKS = {
    EventKind.SUSPENDED: ("susp", "bad"),
    EventKind.WITHDRAWN: ("gone", "bad"),
    EventKind.REVOKED: ("gone", "bad"),
    EventKind.SURRENDERED: ("gone", "bad"),
    EventKind.TRANSFERRED_OUT: ("gone", "warn"),
    EventKind.RENEWED: ("ok", "ok"),
    EventKind.EXTENDED_TO: ("ok", "ok"),
    Listed.ACTIVE: ("ok", "ok"),
    Listed.EXPIRED: ("gone", "bad"),
    Listed.INACTIVE: ("gone", "warn"),
}


@dataclass(frozen=True, slots=True)
class Turn:
    """A change of an accreditation's status: its word, and how it is drawn."""

    word: str
    shape: str
    tone: str


def turn(tongue: Tongue, change: ChangeView) -> Turn | None:
    """The change of status that a change is; None for any other."""
    after, before = change.after or {}, change.before or {}
    if change.what == Changed.STATUS_EVENT:
        # an alteration shows what differs alone: its kind stands in the statement's key otherwise
        said = after.get("kind") or before.get("kind") or change.key.partition(" ")[0]
        family = "event_word"
    elif change.what == Changed.ACCREDITATION and before.get("listed") and after.get("listed"):
        said, family = after["listed"], "listed_word"
    else:
        return None
    word = WORDS[family].get(str(said))
    shape, tone = _LOOKS.get(str(said), ("flex", "unk"))  # type: ignore[call-overload]
    if change.kind is ChangeKind.ENDED:  # a notice that is no longer published undoes nothing
        shape, tone = "unk", "unk"
    return Turn(tongue(word), shape, tone) if word else None


_RANGE = re.compile(r"[\[(](\d{4}-\d\d-\d\d)?,")


def true_from(change: ChangeView) -> date | None:
    """The day from which a change is true, as its source says; None where it names none."""
    if change.kind is ChangeKind.TIME:
        return change.known_at.date()
    said = change.after or change.before or {}
    for name in ("on", "granted", "valid"):
        value = str(said.get(name) or "")
        if found := _RANGE.match(value):
            value = found[1] or ""
        if re.fullmatch(r"\d{4}-\d\d-\d\d", value):
            return date.fromisoformat(value)
    return None


def by_day(changes: Sequence[ChangeView]) -> list[tuple[date, list[ChangeView]]]:
    """Changes as given (newest first), grouped by the day on which the directory learned them."""
    return [(day, list(rows)) for day, rows in groupby(changes, key=lambda c: c.known_at.date())]


@dataclass(frozen=True, slots=True)
class Asked:
    """A list of changes as it was asked for: ``chosen`` by name of the filter, "" where not.
    ``own``: the account's lists. ``seen``: what is newer than this place is marked as new."""

    chosen: Mapping[str, str]
    own: Sequence[WatchlistView] = ()
    cursor: str = ""
    seen: Place | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """``end``: the place in the log up to which the page tells."""

    rows: tuple[ChangeView, ...]
    meta: Meta
    end: Place
    countries: tuple[str, ...]
    issuers: tuple[str, ...]


def _page(conn: Connection, wanted: Filter, cursor: str) -> Page:
    rows, meta = changing.wanted_changes(conn, wanted, cursor=cursor, limit=MOST)
    return Page(rows, meta, changing.end_of_log(conn), *changing.to_choose(conn))


def _shell(
    frame: Frame, template: str, changes: Sequence[ChangeView], meta: Meta, **more: object
) -> str:
    tongue = frame.tongue
    return render(
        frame,
        template,
        changed=lambda change: changed(tongue, change),
        turn=lambda change: turn(tongue, change),
        true_from=true_from,
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(
            meta, made=any(c.made for c in changes), keys={c.source for c in changes}
        ),
        **more,
    )


def changes_page(frame: Frame, asked: Asked, found: Page) -> str:
    tongue, chosen = frame.tongue, asked.chosen
    # the page tells of what was known already only where it is asked to; so do those who follow it
    follow = {**chosen, "repeats": "" if chosen["repeats"] else "hidden"}
    countries = sorted(found.countries, key=tongue.country)
    words = WORDS["event_word"]
    return _shell(
        frame,
        "changes.html",
        found.rows,
        found.meta,
        chosen=chosen,
        days=by_day(found.rows),
        events=[
            (value, tongue.listed(tongue(words[one]) for one in value.split(",")))
            for value in _with(chosen["event"], ("suspended,withdrawn", *EVENTS))
        ],
        countries=[
            (value, tongue.listed(map(tongue.country, value.split(","))))
            for value in _with(chosen["country"], countries)
        ],
        issuers=[
            (value, tongue.listed(value.split(",")))
            for value in _with(chosen["issuer"], found.issuers)
        ],
        own=asked.own,
        whats=WHATS,
        kinds=tuple(ChangeKind),
        follow=follow,
        live={**follow, "cursor": shown(found.end)} if not asked.cursor else {},
        end=shown(found.end),
        fresh=lambda c: asked.seen is not None and (c.position, c.row) > asked.seen,
    )


def _with(chosen: str, offered: Sequence[str]) -> Sequence[str]:
    """What a field offers, with what was asked for by an address."""
    return offered if not chosen or chosen in offered else (chosen, *offered)


def change_page(
    frame: Frame, change: ChangeView, meta: Meta, touched: Touched | None, *, known: bool
) -> str:
    """``touched``: what a change of status touches. ``known``: somebody is signed in."""
    lang = Lang.ZH if frame.tongue.zh else Lang.EN
    return _shell(
        frame,
        "change_one.html",
        [change],
        meta,
        c=change,
        title=title(change, lang),
        touched=touched,
        known=known,
        most_lines=MOST_LINES,
        most_rows=MOST_ROWS,
        fresh=lambda c: False,
    )


@get("/changes")
async def changes(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    kind: FromQuery[str] = "",
    what: FromQuery[str] = "",
    event: FromQuery[str] = "",
    country: FromQuery[str] = "",
    market: FromQuery[str] = "",
    issuer: FromQuery[str] = "",
    source: FromQuery[str] = "",
    watchlist: FromQuery[str] = "",
    of_body: Annotated[str, QueryParameter(name="body")] = "",
    repeats: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    seen: FromQuery[str] = "",
) -> Html | Redirect:
    """News first: what another record had already said is shown only where it is asked for."""
    chosen = {
        "event": ",".join(one.strip() for one in event.split(",") if one.strip()),
        "country": country.strip().upper(),
        "market": market.strip(),
        "issuer": issuer.strip(),
        "watchlist": watchlist.strip(),
        "what": one_of("what", what.strip(), Changed),
        "kind": one_of("kind", kind.strip(), ChangeKind),
        "source": source.strip(),
        "body": of_body.strip(),
        "repeats": one_of("repeats", repeats.strip(), Repeats),
    }
    frame = Frame(
        tongue, "/changes", tuple((name, value) for name, value in chosen.items() if value)
    )
    owner = await _owner(request)
    own: tuple[WatchlistView, ...] = ()
    if owner is not None:
        own = await edge.read(request, lists.lists, owner.account_id)
    elif chosen["watchlist"]:
        return to_sign_in(tongue, frame.here())
    hidden = "" if chosen["repeats"] else "hidden"
    words = {name: value for name, value in chosen.items() if name != "body"}
    wanted = await read_wanted(request, **{**words, "repeats": hidden}, of_body=chosen["body"])
    found = await edge.snapshot(request, _page, wanted, cursor.strip())
    place = changing.place(seen.strip()) if seen.strip() else None
    html = changes_page(frame, Asked(chosen, own, cursor.strip(), place), found)
    return page(html, headers=PRIVATE if chosen["watchlist"] else None)


async def _owner(request: edge.AnyRequest) -> Principal | None:
    """Whose lists may be chosen: anybody may read, so a cookie that ended is nobody's."""
    return await who.principal_or_none(request) if who.session_of(request) else None


@get("/changes/{place:str}")
async def change(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], place: FromPath[str]
) -> Html:
    """One change by its place in the log, and what it touches where it is one of status."""
    owner = await _owner(request)
    now, account_id = edge.now(request), owner.account_id if owner else None

    def ask(conn: Connection) -> tuple[ChangeView, Meta, Touched | None]:
        one, meta = changing.one(conn, place)
        if one.accreditation is None or turn(tongue, one) is None:
            return one, meta, None
        try:
            effect = effect_of(conn, place)
            return one, meta, touching(conn, effect, account_id=account_id, now=now)
        except (BadQuestion, NotFound):  # no body bears the accreditation now
            return one, meta, None

    one, meta, found = await edge.snapshot(request, ask)
    html = change_page(
        Frame(tongue, f"/changes/{place}"), one, meta, found, known=owner is not None
    )
    return page(html, headers=PRIVATE if owner else None)
