"""Home and find: the questions with which people come."""

from collections.abc import Mapping

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from directory import edge
from directory.api.questions import one_of
from directory.pages.phrases import why
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, Redirect, page, titles
from directory.pages.tongue import Tongue
from services.find import search as searching
from services.find import sources as reading
from services.find.views import Found, Meta, Status
from services.terms import BodyKind
from services.validity import Standing

CONDITIONS = ("q", "standard", "country", "kind", "issuer", "status", "source")


def asked_for(tongue: Tongue, chosen: Mapping[str, str]) -> str:
    """The words and the standard, as a heading names them; facets stand in the chips."""
    words = tongue("“%(words)s”", words=chosen["q"]) if chosen["q"] else ""
    return tongue.listed(part for part in (words, chosen["standard"]) if part)


def find_page(frame: Frame, chosen: Mapping[str, str], found: Found, meta: Meta) -> str:
    """``chosen`` holds every name of CONDITIONS, "" where not asked."""
    shown = {key for card in found.cards for key in card.sources}
    return render(
        frame,
        "find.html",
        chosen=chosen,
        question=chosen,
        found=found,
        meta=meta,
        asked_for=asked_for(frame.tongue, chosen),
        why=lambda reason: why(frame.tongue, reason),
        titles=titles(meta),
        banner=Banners.of(meta, made=any(card.made for card in found.cards), keys=shown),
    )


def home_page(frame: Frame, state: Status, meta: Meta) -> str:
    from directory.pages.changes import suspension  # the change list owns how a change reads

    shown = {change.source for change in state.newest_suspensions[:6]}
    return render(
        frame,
        "home.html",
        state=state,
        meta=meta,
        titles={source.key: source for source in state.sources},
        suspension=suspension,
        banner=Banners.of(meta, made=_made(state, shown), keys=shown),
    )


def _made(state: Status, shown: set[str]) -> bool:
    return any(change.made for change in state.newest_suspensions[:6]) or any(
        source.made for source in state.sources if source.key in shown
    )


@get("/")
async def home(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Html | Redirect:
    if set(request.query_params) & set(CONDITIONS):  # a question asked at the door
        return Redirect(f"{tongue.path('/find')}?{request.url.query}")
    state, meta = await edge.read(request, reading.status, edge.now(request))
    return page(home_page(Frame(tongue, ""), state, meta))


@get("/find")
async def find(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    q: FromQuery[str] = "",
    standard: FromQuery[str] = "",
    country: FromQuery[str] = "",
    kind: FromQuery[str] = "",
    issuer: FromQuery[str] = "",
    status: FromQuery[str] = "",
    source: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Html:
    chosen = {
        "q": q.strip(),
        "standard": standard.strip(),
        "country": country.strip().upper(),
        "kind": one_of("kind", kind.strip(), BodyKind),
        "issuer": issuer.strip(),
        "status": one_of("status", status.strip(), Standing),
        "source": source.strip(),
    }
    query = searching.Query(**chosen, cursor=cursor, limit=20)
    found, meta = await edge.snapshot(
        request, searching.search, query, now=edge.now(request), today=edge.today(request)
    )
    asked = tuple((name, value) for name, value in chosen.items() if value)
    return page(find_page(Frame(tongue, "/find", asked), chosen, found, meta))
