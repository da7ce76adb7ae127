"""The audit trail as the desk shows it."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from directory import edge
from directory.pages.desk_common import ACTIONS, common, steward
from directory.pages.own import PRIVATE, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from services.desk import trail


@get("/desk/trail")
async def audit_trail(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], cursor: FromQuery[str] = ""
) -> Response[str] | Redirect:
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, tongue.path("/desk/trail"))
    found, following = await edge.snapshot(request, trail.trail, cursor=cursor.strip(), limit=50)
    html = render(
        Frame(tongue, "/desk/trail"),
        "desk_trail.html",
        entries=found,
        following=following,
        actions=ACTIONS,
        meta=None,
        banner=Banners(),
        **common(request, principal, ""),
    )
    return page(html, 200, PRIVATE)


handlers = (audit_trail,)
