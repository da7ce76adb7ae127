"""The desk: what needs a person now, and what its other pages (desk_*.py) share.

Every form carries a token of its session beside the cookie (:func:`directory.who.own_form`).
"""

from collections import Counter, defaultdict
from collections.abc import Mapping
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery

from directory import edge, who
from directory.pages.freshness import desk_section
from directory.pages.match_words import REASONS
from directory.pages.own import PRIVATE, steward, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.accounts import Principal
from services.desk import queue
from services.errors import BadQuestion
from services.terms import DeskAction, Role

# kind → shape, tone, word, path of its page
KINDS = {
    "refused_run": ("out", "bad", N_("Refused run"), "/desk/runs/"),
    "contradiction": ("adv", "warn", N_("Contradiction"), "/desk/contradictions#"),
    "overdue": ("wait", "unk", N_("Overdue source"), "/desk/sources/"),
    "match": ("adv", "warn", N_("Match"), "/desk/matches/"),
    "obstacle": ("unk", "unk", N_("Report to be read"), "/obstacles?state=waiting#"),
}
HARM = {
    "contradiction": N_("Two sources tell two things of one accreditation; both are shown."),
    "overdue": N_("Its last good data stand and age; in time they read “unknown”."),
    "match": N_("One body may stand here twice, each half without the other's facts."),
    "obstacle": N_("Nobody but its reporter sees it until a steward has read it."),
}
ACTIONS = {
    DeskAction.SIGNED_IN: N_("signed in"),
    DeskAction.SIGN_IN_FAILED: N_("failed to sign in"),
    DeskAction.SIGNED_OUT_EVERYWHERE: N_("signed out everywhere"),
    DeskAction.PASSWORD_SET: N_("password set"),
    DeskAction.RUN_ASKED: N_("asked for a run"),
    DeskAction.RUN_ACCEPTED: N_("accepted a refused run"),
    DeskAction.RUN_DISCARDED: N_("discarded a refused run"),
    DeskAction.RUN_REREAD: N_("read a run again"),
    DeskAction.FILE_HANDED_IN: N_("handed in a file"),
    DeskAction.SOURCE_PAUSED: N_("paused a source"),
    DeskAction.SOURCE_RESUMED: N_("resumed a source"),
    DeskAction.SOURCE_SET: N_("set schedule and rate"),
    DeskAction.RULED: N_("ruled on a contradiction"),
    DeskAction.OBSTACLE_DECIDED: N_("decided a report"),
    DeskAction.KEY_MADE: N_("made an API key"),
    DeskAction.KEY_ENDED: N_("ended an API key"),
    DeskAction.SUBSCRIPTION_ENDED: N_("ended a subscription"),
    DeskAction.BYTES_FORGOTTEN: N_("dropped bytes that published nothing"),
}
TOLD = {
    "asked": N_("The run is asked for and begins within seconds."),
    "accepted": N_("Accepted: a run of its own publishes these bytes within seconds."),
    "discarded": N_("Discarded: nothing of the run is published, and it waits no more."),
    "reread": N_("A run of its own reads these bytes again within seconds."),
    "handed": N_("The file is kept; a run of its own reads it within seconds."),
    "set": N_("Stored; it holds from the next run on."),
    "ended": N_("Ended: it opens nothing and is sent nothing more."),
    "ruled": N_("The ruling is stored; verdicts follow it from now on."),
}


async def own_form(request: edge.AnyRequest) -> Mapping[str, Any]:
    """The form that was sent. Raises Forbidden unless it was made for this very session."""
    form: Mapping[str, Any] = await request.form()
    who.own_form(request, form)
    return form


def common(request: edge.AnyRequest, principal: Principal, told: str = "") -> dict[str, Any]:
    """What each template of the desk needs. ``typed``: what a refused form held, to be kept."""
    return {
        "token": who.form_token(request),
        "operator": principal.may(Role.OPERATOR),
        "done": TOLD.get(told, ""),
        "refused": None,
        "typed": typed({}),
    }


def typed(form: Mapping[str, Any]) -> Mapping[str, str]:
    """What a refused form held, as its page fills it in again; "" for every other field."""
    return defaultdict(str, {name: str(value) for name, value in form.items()})


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
        reasons=REASONS,
        owner=principal,
        meta=None,
        banner=Banners(),
        **await desk_section(request, tongue),
        **common(request, principal, told),
    )
    return page(html, 200, PRIVATE)


handlers = (desk,)
