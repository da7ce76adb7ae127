"""Find: who answers a question, why, where they work, and who comes near."""

from collections.abc import Callable, Mapping

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from directory import edge
from directory.api.questions import one_of, past_day
from directory.pages.maps import Map, drawn
from directory.pages.phrases import missing, note, why
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, page, titles
from directory.pages.tongue import Tongue
from directory.pages.words import WORDS
from services.find import places
from services.find import search as searching
from services.find.views import Found, Meta, SourceRef
from services.terms import BodyKind, EvidenceLevel, PresenceMode
from services.validity import Standing

CONDITIONS = (
    *("q", "standard", "market", "country", "kind", "issuer", "status"),
    *("mode", "family", "level", "language", "source", "as_of"),
)
# in the order in which a person narrows down; "language" too, where anybody abroad speaks one
FACETS = (
    *("status", "kind", "country", "market", "mode"),
    *("issuer", "family", "level", "language", "source"),
)


def asked_for(tongue: Tongue, chosen: Mapping[str, str]) -> str:
    """The words and the standard, as a heading names them; facets stand in the chips."""
    words = tongue("“%(words)s”", words=chosen["q"]) if chosen["q"] else ""
    return tongue.listed(part for part in (words, chosen["standard"]) if part)


def find_page(
    frame: Frame, chosen: Mapping[str, str], found: Found, meta: Meta, *, mapped: bool = False
) -> str:
    """``chosen`` holds every name of CONDITIONS, "" where not asked. ``mapped``: with the map."""
    shown = {key for card in found.cards for key in card.sources}
    near = [one.card for one in found.nearly]
    shown |= {key for card in near for key in card.sources}
    said = facet_words(frame.tongue, titles(meta))
    return render(
        frame,
        "find.html",
        chosen=chosen,
        question=chosen,
        found=found,
        meta=meta,
        asked_for=asked_for(frame.tongue, chosen),
        facets=FACETS,
        why=lambda reason: why(frame.tongue, reason),
        missing=lambda reason: missing(frame.tongue, reason, said),
        note=lambda reason: note(frame.tongue, reason),
        said=said,
        world=_map(frame, chosen["country"], found) if mapped else None,
        titles=titles(meta),
        banner=Banners.of(meta, made=any(card.made for card in [*found.cards, *near]), keys=shown),
    )


def _map(frame: Frame, country: str, found: Found) -> Map:
    """Where the bodies that were found work; each country leads to those in it, and back."""
    counts = {facet.value: facet.count for facet in found.facets.get("country", ())}
    return drawn(counts, frame.tongue.country, country)


def facet_words(tongue: Tongue, sources: Mapping[str, SourceRef]) -> Callable[[str, str], str]:
    """How this page says a facet's value, by the facet's name."""

    def said(name: str, value: str) -> str:
        if name in ("country", "market"):
            return tongue.country(value)
        if name == "language":
            return tongue.language(value)
        if name == "source" and value in sources:
            source = sources[value]
            return (source.title_zh if tongue.zh else "") or source.title
        family = {"kind": "body_kind", "status": "standing", "mode": "mode", "level": "level"}
        known = WORDS[family[name]] if name in family else {}
        return tongue(known[value]) if value in known else value

    return said


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
    market: FromQuery[str] = "",
    mode: FromQuery[str] = "",
    family: FromQuery[str] = "",
    level: FromQuery[str] = "",
    language: FromQuery[str] = "",
    as_of: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
    map: FromQuery[str] = "",  # noqa: A002 - its name in the address
) -> Html:
    chosen = {
        "q": q.strip(),
        "standard": standard.strip(),
        "market": places.code("market", market),
        "country": places.code("country", country),
        "kind": one_of("kind", kind.strip(), BodyKind),
        "issuer": issuer.strip(),
        "status": one_of("status", status.strip(), Standing),
        "mode": one_of("mode", mode.strip(), PresenceMode),
        "family": family.strip(),
        "level": one_of("level", level.strip(), EvidenceLevel),
        "language": places.language("language", language),
        "source": source.strip(),
        "as_of": as_of.strip(),
    }
    asked_of = {name: value for name, value in chosen.items() if name != "as_of"}
    query = searching.Query(**asked_of, as_of=past_day(as_of), cursor=cursor, limit=20)
    found, meta = await edge.snapshot(
        request, searching.search, query, now=edge.now(request), today=edge.today(request)
    )
    asked = tuple((name, value) for name, value in chosen.items() if value)
    mapped = map == "1"
    frame = Frame(tongue, "/find", (*asked, ("map", "1")) if mapped else asked)
    return page(find_page(frame, chosen, found, meta, mapped=mapped))
