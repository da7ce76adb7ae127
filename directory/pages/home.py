"""The front page: one question, the doors beside it, and how fresh all of it is."""

from collections.abc import Sequence

from litestar import get
from litestar.di import NamedDependency

from directory import edge
from directory.pages.changes import suspension
from directory.pages.find import CONDITIONS
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, Redirect, page
from directory.pages.tongue import Tongue
from services.find.front import front
from services.find.views import Meta, Status

NEWEST = 5  # suspensions


def home_page(frame: Frame, state: Status, markets: Sequence[str], meta: Meta) -> str:
    """``markets``: codes of those with routes, offered by name where one types."""
    newest = state.newest_suspensions[:NEWEST]
    shown = {change.source for change in newest}
    made = any(change.made for change in newest)
    return render(
        frame,
        "home.html",
        state=state,
        newest=newest,
        markets=sorted(frame.tongue.country(code) for code in markets),
        meta=meta,
        titles={source.key: source for source in state.sources},
        suspension=suspension,
        banner=Banners.of(
            meta,
            made=made or any(source.made for source in state.sources if source.key in shown),
            keys=shown,
        ),
    )


@get("/")
async def home(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Html | Redirect:
    if set(request.query_params) & set(CONDITIONS):  # a question asked at the door
        return Redirect(f"{tongue.path('/find')}?{request.url.query}")
    state, markets, meta = await edge.read(request, front, edge.now(request))
    return page(home_page(Frame(tongue, ""), state, markets, meta))
