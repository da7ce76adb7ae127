"""Who can take the place of a body that fell, fewest lines lost first."""

from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery

from directory import edge
from directory.api import questions
from directory.pages.choose_words import loss
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, Redirect, page, titles
from directory.pages.tongue import Tongue
from services.find import substitutes as replacing
from services.find.substitutes_views import Substitutes
from services.find.views import Meta

ASKED = ("standard", "country", "exclude_owner", "on", "known_at")
SHOWN = 12


def substitutes_page(frame: Frame, asked: dict[str, str], found: Substitutes, meta: Meta) -> str:
    tongue = frame.tongue
    return render(
        frame,
        "substitutes.html",
        asked=asked,
        found=found,
        shown=4,
        loss=lambda one: loss(tongue, one),
        compared=",".join([found.body, *(one.id for one in found.substitutes[:4])]),
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta, made=any(one.made for one in found.substitutes)),
    )


@get("/bodies/{body_id:str}/substitutes")
async def substitutes(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    body_id: FromPath[str],
    standard: FromQuery[str] = "",
    country: FromQuery[str] = "",
    exclude_owner: FromQuery[str] = "",
    on: FromQuery[str] = "",
    known_at: FromQuery[str] = "",
) -> Html | Redirect:
    typed = (standard, country, exclude_owner, on, known_at)
    asked = dict(zip(ASKED, map(str.strip, typed), strict=True))
    moment = await questions.moment(request, asked["on"], asked["known_at"])
    wanted = replacing.Ask(
        body=body_id,
        standard=asked["standard"],
        country=asked["country"],
        exclude_owner=asked["exclude_owner"],
        limit=SHOWN,
    )
    found, meta = await edge.snapshot(
        request, replacing.substitutes, wanted, on=moment.on, known_at=moment.known_at
    )
    query = tuple((name, value) for name, value in asked.items() if value)
    frame = Frame(tongue, f"/bodies/{found.body}/substitutes", query)
    if found.body != body_id:  # merged: the old address leads to the body that stands
        return Redirect(frame.here())
    return page(substitutes_page(frame, asked, found, meta))


handlers = (substitutes,)
