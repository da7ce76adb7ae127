"""What the desk's pages share: who may come, a form's own token, and the words of deeds.

Every form carries a token of its session beside the cookie (:func:`directory.who.own_form`).
"""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from directory import edge, who
from directory.pages.own import PRIVATE, SEE_OTHER
from directory.pages.reply import Redirect
from directory.pages.words import N_
from services.accounts import Principal
from services.errors import Unauthorized
from services.terms import DeskAction, Role

ACTIONS = {
    DeskAction.SIGNED_IN: N_("signed in"),
    DeskAction.SIGN_IN_FAILED: N_("failed to sign in"),
    DeskAction.SIGNED_OUT_EVERYWHERE: N_("signed out everywhere"),
    DeskAction.PASSWORD_SET: N_("password set"),
    DeskAction.RUN_ASKED: N_("asked for a run"),
    DeskAction.RUN_ACCEPTED: N_("accepted a refused run"),
    DeskAction.RUN_DISCARDED: N_("discarded a refused run"),
    DeskAction.SOURCE_PAUSED: N_("paused a source"),
    DeskAction.SOURCE_RESUMED: N_("resumed a source"),
    DeskAction.SOURCE_SET: N_("set schedule and rate"),
    DeskAction.RULED: N_("ruled on a contradiction"),
    DeskAction.OBSTACLE_DECIDED: N_("decided a report"),
}
TOLD = {
    "asked": N_("The run is asked for and begins within seconds."),
    "accepted": N_("Accepted: a run of its own publishes these bytes within seconds."),
    "discarded": N_("Discarded: nothing of the run is published, and it waits no more."),
    "set": N_("Stored; it holds from the next run on."),
    "ruled": N_("The ruling is stored; verdicts follow it from now on."),
}


async def steward(request: edge.AnyRequest, least: Role = Role.STEWARD) -> Principal | None:
    """Whoever works at the desk; None where nobody is signed in. Raises Forbidden for others."""
    try:
        return await who.principal(request, least)
    except Unauthorized:
        return None


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


def done(address: str) -> Redirect:
    """What was sent is done; this page is to be read next."""
    return Redirect(address, PRIVATE, SEE_OTHER)
