"""The desk's first page: what needs a person now, in order of harm."""

from collections import Counter

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from directory import edge
from directory.pages.desk_common import common, steward
from directory.pages.own import PRIVATE, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.desk import queue
from services.errors import BadQuestion

# kind → shape, tone, word, path of its page
KINDS = {
    "refused_run": ("out", "bad", N_("Refused run"), "/desk/runs/"),
    "contradiction": ("adv", "warn", N_("Contradiction"), "/desk/contradictions#"),
    "overdue": ("wait", "unk", N_("Overdue source"), "/desk/sources/"),
    "obstacle": ("unk", "unk", N_("Report to be read"), "/obstacles?state=waiting#"),
}
HARM = {
    "contradiction": N_("Two sources tell two things of one accreditation; both are shown."),
    "overdue": N_("Its last good data stand and age; in time they read “unknown”."),
    "obstacle": N_("Nobody but its reporter sees it until a steward has read it."),
}


@get("/desk")
async def desk(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    told: FromQuery[str] = "",
    kind: FromQuery[str] = "",
) -> Response[str] | Redirect:
    """``kind``: one kind of what waits alone."""
    principal = await steward(request)
    frame = Frame(tongue, "/desk", (("kind", kind),) if kind else ())
    if principal is None:
        return to_sign_in(tongue, frame.here())
    if kind and kind not in KINDS:
        raise BadQuestion(f'kind: "{kind[:20]}" is none.', f"It takes {', '.join(KINDS)}.")
    now = edge.now(request)
    found = await edge.snapshot(request, queue.waiting, now)
    html = render(
        frame,
        "desk.html",
        waiting=[one for one in found if kind in ("", one.kind)],
        counts=Counter(one.kind for one in found),
        kind=kind,
        kinds=KINDS,
        harm=HARM,
        now=now,
        owner=principal,
        meta=None,
        banner=Banners(),
        **common(request, principal, told),
    )
    return page(html, 200, PRIVATE)


handlers = (desk,)
