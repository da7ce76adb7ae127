"""Up to five bodies side by side: what differs first, what is not known as unknown."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from directory import edge
from directory.api import questions
from directory.api.compare import ids
from directory.pages.choose_words import FACTS, PARTS, STATES, WHO, step_said, why_unknown
from directory.pages.market_words import product_word
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, Redirect, page, titles
from directory.pages.tongue import Tongue
from services.find import compare as comparing
from services.find.compare_views import Comparison
from services.find.views import Meta

LINES = 20  # on one page, which stays under 100 kB with five columns
STANDARDS = 15
SHOWN = 4  # items of a part in one column


def compare_page(frame: Frame, asked: dict[str, str], found: Comparison, meta: Meta) -> str:
    """``asked``: market, product, standard and the day as typed."""
    tongue = frame.tongue
    return render(
        frame,
        "compare.html",
        asked=asked,
        found=found,
        product_said=_product(tongue, found),
        bodies=found.bodies,
        differing=[one for one in found.parts if one.differs],
        alike=[one for one in found.parts if not one.differs],
        parts={part: tongue(said) for part, said in PARTS.items()},
        facts={kind: tongue(said) for kind, said in FACTS.items()},
        why_unknown=lambda one: why_unknown(tongue, one),
        step=lambda requirement: step_said(tongue, requirement),
        states=STATES,
        doer={who: tongue(said) for who, said in WHO.items()},
        others=lambda id_: ",".join(body.id for body in found.bodies if body.id != id_),
        shown=SHOWN,
        standards=found.standards[:STANDARDS],
        most=comparing.MOST,
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta, made=any(body.made for body in found.bodies)),
    )


def _product(tongue: Tongue, found: Comparison) -> str:
    return product_word(tongue, found.product) if found.product_is == "category" else found.product


def empty_page(frame: Frame, asked: dict[str, str]) -> str:
    return render(
        frame, "compare_none.html", asked=asked, most=comparing.MOST, meta=None, banner=Banners()
    )


@get("/compare")
async def compare(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    bodies: FromQuery[str] = "",
    market: FromQuery[str] = "",
    product: FromQuery[str] = "",
    standard: FromQuery[str] = "",
    on: FromQuery[str] = "",
    known_at: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Html | Redirect:
    """``body`` may stand several times, as the ticks of a list send it: it leads to ``bodies``."""
    asked = {
        "market": market.strip(),
        "product": product.strip(),
        "standard": standard.strip(),
        "on": on.strip(),
        "known_at": known_at.strip(),
    }
    ticked = request.query_params.getall("body", [])
    chosen = ids(",".join([bodies, *map(str, ticked)]))
    query = [("bodies", ",".join(chosen)), *asked.items()]
    frame = Frame(tongue, "/compare", tuple((name, value) for name, value in query if value))
    if ticked:
        return Redirect(frame.here())
    if not chosen:
        return page(empty_page(frame, asked))
    moment = await questions.moment(request, asked["on"], asked["known_at"])
    wanted = comparing.Compare(
        bodies=chosen,
        market=asked["market"],
        product=asked["product"],
        standard=asked["standard"],
        cursor=cursor.strip(),
        limit=LINES,
    )
    found, meta = await edge.snapshot(
        request, comparing.compare, wanted, on=moment.on, known_at=moment.known_at
    )
    return page(compare_page(frame, asked, found, meta))


handlers = (compare,)
