"""What changed, day by day: before and after, both days, and whose word it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from typing import Annotated

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter

from directory import edge
from directory.api.questions import one_of
from directory.pages.render import Banners, Frame, render, spoken
from directory.pages.reply import Html, page, titles
from directory.pages.tongue import Tongue
from services.find import changes as changing
from services.find.views import ChangeView, Meta
from services.terms import Changed, ChangeKind


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


def by_day(changes: Sequence[ChangeView]) -> list[tuple[date, list[ChangeView]]]:
    """Changes as given (newest first), grouped by the day on which the directory learned them."""
    return [(day, list(rows)) for day, rows in groupby(changes, key=lambda c: c.known_at.date())]


def changes_page(
    frame: Frame, chosen: Mapping[str, str], changes: Sequence[ChangeView], meta: Meta
) -> str:
    return render(
        frame,
        "changes.html",
        chosen=chosen,
        days=by_day(changes),
        whats=WHATS,
        kinds=tuple(ChangeKind),
        changed=lambda change: changed(frame.tongue, change),
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(
            meta, made=any(c.made for c in changes), keys={c.source for c in changes}
        ),
    )


@get("/changes")
async def changes(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    kind: FromQuery[str] = "",
    what: FromQuery[str] = "",
    source: FromQuery[str] = "",
    of_body: Annotated[str, QueryParameter(name="body")] = "",
    repeats: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Html:
    """News first: what another record had already said is shown only where it is asked for."""
    shown = one_of("repeats", repeats.strip(), Repeats)
    chosen = {
        "kind": one_of("kind", kind.strip(), ChangeKind),
        "what": one_of("what", what.strip(), Changed),
        "source": source.strip(),
        "body": of_body.strip(),
    }
    rows, meta = await edge.snapshot(
        request,
        changing.changes,
        **chosen,
        cursor=cursor,
        limit=50,
        order="newest",
        repeats=bool(shown),
    )
    chosen["repeats"] = shown
    asked = tuple((name, value) for name, value in chosen.items() if value)
    return page(changes_page(Frame(tongue, "/changes", asked), chosen, rows, meta))
