"""The audit trail as the desk shows it, by whom, what and which deed."""

from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from sqlalchemy.engine import Connection

from directory import edge
from directory.pages.desk import ACTIONS, common
from directory.pages.own import PRIVATE, steward, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from services.desk import trail


@get("/desk/trail")
async def audit_trail(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    by: FromQuery[str] = "",
    action: FromQuery[str] = "",
    about: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Response[str] | Redirect:
    asked = {"by": by.strip(), "action": action.strip(), "about": about.strip()[:200]}
    frame = Frame(tongue, "/desk/trail", tuple(one for one in asked.items() if one[1]))
    principal = await steward(request)
    if principal is None:
        return to_sign_in(tongue, frame.here())

    def ask(conn: Connection) -> Any:
        return *trail.trail(conn, **asked, cursor=cursor.strip(), limit=50), trail.names(conn)

    found, following, names = await edge.snapshot(request, ask)
    html = render(
        frame,
        "desk_trail.html",
        entries=found,
        following=following,
        actions=ACTIONS,
        names=names,
        asked=asked,
        meta=None,
        banner=Banners(),
        **common(request, principal),
    )
    return page(html, 200, PRIVATE)


handlers = (audit_trail,)
