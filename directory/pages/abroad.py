"""Going abroad: an overview with what is counted, and a page for each list, filters in its URL."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge
from directory.pages.abroad_words import BY_SLUG, KINDS, LABELS, LEVELS, PARTS, STATES, Part
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, page, titles
from directory.pages.tongue import Tongue
from services.errors import BadQuestion, NotFound
from services.find import abroad_choice as choosing
from services.find import abroad_lists as lists
from services.find.abroad_lists import Asked
from services.find.abroad_views import IndicatorValue, IndicatorView, ZoneView
from services.find.experts import expertise
from services.find.indicators import indicators
from services.find.views import Meta
from services.find.zones import zones as read_zones
from services.terms import CooperationKind, ProjectStatus, RecognitionLevel

ENTRIES = 20  # of a list on one page, which stays under 100 kB with all evidence in place
TALL = 96  # of a chart
MOST_LABELS = 7
SHOWN = 12  # newest values of a measure on the page; the API has all

_READ: dict[str, Callable[..., tuple[Any, Meta]]] = {
    "cooperation": lists.cooperations,
    "acceptance": lists.acceptances,
    "projects": lists.projects,
    "cases": lists.accompaniments,
    "experts": expertise,
    "services": lists.offers,
    "memberships": lists.memberships,
}
# filters that take a word of the vocabulary: by part and name
_WORDS: dict[tuple[str, str], tuple[Any, dict[str, str]]] = {
    ("cooperation", "kind"): (CooperationKind, KINDS),
    ("cooperation", "recognition"): (RecognitionLevel, LEVELS),
    ("projects", "status"): (ProjectStatus, STATES),
}


@dataclass(frozen=True)
class Bar:
    """A value of a measure: all of it from ``y``, its verified part from ``verified_y`` down."""

    x: str
    middle: str
    width: str
    y: float
    height: float
    verified_y: float
    verified_height: float
    label: str  # "" where the years stand too close to be all written
    of: IndicatorValue


def bars(values: Sequence[IndicatorValue], today: str) -> tuple[Bar, ...]:
    """A bar a value, oldest left; the last is the day asked about (``today``)."""
    peak = max((one.value for one in values), default=0) or 1
    step = 100 / max(len(values), 6)
    every = -(-len(values) // MOST_LABELS)
    last = len(values) - 1

    def high(value: int) -> float:
        return round(value / peak * TALL, 1)

    return tuple(
        Bar(
            x=f"{at * step:.2f}%",
            middle=f"{at * step + step * 0.36:.2f}%",
            width=f"{step * 0.72:.2f}%",
            y=round(TALL - high(one.value), 1),
            height=high(one.value),
            verified_y=round(TALL - high(one.verified), 1),
            verified_height=high(one.verified),
            label=_label(at, last, every, one, today),
            of=one,
        )
        for at, one in enumerate(values)
    )


def _label(at: int, last: int, every: int, one: IndicatorValue, today: str) -> str:
    if at == last:
        return today
    near_last = last - at < every
    return "" if at % every or near_last else str(one.on.year)


def overview_page(
    frame: Frame, found: Sequence[IndicatorView], zones: Sequence[ZoneView], meta: Meta
) -> str:
    return render(
        frame,
        "abroad.html",
        parts=PARTS,
        indicators=found,
        bars=lambda one: bars(one.values[-SHOWN:], frame.tongue("today")),
        zones=zones,
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta),
    )


def list_page(
    frame: Frame,
    part: Part,
    chosen: dict[str, str],
    offered: dict[str, Sequence[tuple[str, str]]],
    found: Sequence[Any],
    meta: Meta | None,
    refused: str = "",
) -> str:
    """``offered``: the values of a filter with their words; a filter without any is typed."""
    return render(
        frame,
        "abroad_list.html",
        part=part,
        parts=PARTS,
        chosen=chosen,
        offered=offered,
        labels={name: frame.tongue(LABELS[name]) for name in part.filters},
        found=found,
        kinds={key: frame.tongue(said) for key, said in KINDS.items()},
        levels={key: frame.tongue(said) for key, said in LEVELS.items()},
        states={key: frame.tongue(said) for key, said in STATES.items()},
        refused=refused,
        meta=meta,
        titles=titles(meta) if meta else {},
        banner=Banners.of(meta) if meta else Banners(),
    )


def zones_page(frame: Frame, found: Sequence[ZoneView], meta: Meta, zone: str) -> str:
    return render(
        frame,
        "abroad_zones.html",
        zones=found,
        zone=zone,
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta),
    )


def _offered(
    tongue: Tongue, part: Part, held: dict[str, Sequence[str]]
) -> dict[str, Sequence[tuple[str, str]]]:
    """The values of each filter that is chosen from a list, with their words, in their order."""
    found: dict[str, Sequence[tuple[str, str]]] = {}
    for name in part.filters:
        if (part.slug, name) in _WORDS:
            _, said = _WORDS[part.slug, name]
            found[name] = [(value, tongue(words)) for value, words in said.items()]
        elif name in held:
            each = [(value, _spoken(tongue, name, value)) for value in held[name]]
            found[name] = sorted(each, key=lambda one: one[1].casefold())
    return found


def _spoken(tongue: Tongue, name: str, value: str) -> str:
    if name == "country":
        return tongue.country(value)
    if name == "language":
        return tongue.language(value)
    return value.replace("_", " ") if name == "product" else value


def _words(part: Part, chosen: dict[str, str]) -> dict[str, Any]:
    """The filters as the service takes them. Raises BadQuestion for a word that is none."""
    asked: dict[str, Any] = {}
    for name, value in chosen.items():
        if (part.slug, name) not in _WORDS:
            asked[name] = value
        elif value:
            form, said = _WORDS[part.slug, name]
            if value not in said:
                raise BadQuestion(
                    f'{name}: "{value[:60]}" is not known.', f"It takes {', '.join(said)}."
                )
            asked[name] = form(value)
    return asked


@dataclass(frozen=True)
class _Shown:
    held: dict[str, Sequence[str]]
    found: Sequence[Any]
    meta: Meta | None
    refused: str


def _read(conn: Connection, part: Part, chosen: dict[str, str], asked: Asked) -> _Shown:
    held = choosing.to_choose(conn, part.slug, asked.known_at)
    try:
        found, meta = _READ[part.slug](conn, asked, **_words(part, chosen))
    except BadQuestion as fault:
        return _Shown(held, (), None, str(fault))
    return _Shown(held, found, meta, "")


@get("/abroad")
async def overview(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Html:
    asked = Asked(edge.today(request), edge.now(request), limit=1)

    def read(conn: Connection) -> tuple[Sequence[IndicatorView], Sequence[ZoneView], Meta]:
        counted, meta = indicators(conn, asked.on, asked.known_at)
        return counted, read_zones(conn, asked)[0], meta

    found, zones, meta = await edge.snapshot(request, read)
    return page(overview_page(Frame(tongue, "/abroad"), found, zones, meta))


@get("/abroad/zones")
async def zones(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    zone: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Html:
    """All zones with their first bodies, or one with a page of them. Raises NotFound."""
    asked = Asked(edge.today(request), edge.now(request), cursor, ENTRIES if zone else 5)
    found, meta = await edge.snapshot(request, read_zones, asked, zone=zone.strip())
    query = (("zone", zone.strip()),) if zone.strip() else ()
    return page(zones_page(Frame(tongue, "/abroad/zones", query), found, meta, zone.strip()))


@get("/abroad/{part:str}")
async def one_list(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    part: FromPath[str],
    cursor: FromQuery[str] = "",
) -> Html:
    """One list; what a filter does not take is said on the page. Raises NotFound."""
    one = BY_SLUG.get(part)
    if one is None:
        known = ", ".join(("zones", *BY_SLUG))
        raise NotFound(f'There is no list "{part[:60]}".', f"Lists: {known}.")
    chosen = {name: str(request.query_params.get(name, "")).strip()[:300] for name in one.filters}
    asked = Asked(edge.today(request), edge.now(request), cursor.strip(), ENTRIES)
    shown = await edge.snapshot(request, _read, one, chosen, asked)
    query = tuple((name, value) for name, value in chosen.items() if value)
    html = list_page(
        Frame(tongue, f"/abroad/{part}", query),
        one,
        chosen,
        _offered(tongue, one, shown.held),
        shown.found,
        shown.meta,
        shown.refused,
    )
    return page(html, 400 if shown.refused else 200)


handlers = (overview, zones, one_list)
