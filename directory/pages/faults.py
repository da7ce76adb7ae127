"""A fault as a page: what happened in the reader's words, and what to do next."""

from datetime import timedelta

from directory import edge
from directory.api import problems
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, page
from directory.pages.tongue import TONGUES, Tongue, preferred
from directory.pages.words import N_

# title and text of each status code
_SAID: dict[int, tuple[str, str]] = {
    400: (
        N_("This question cannot be read"),
        N_("A part of the address holds something it does not take. Go back, or ask anew."),
    ),
    401: (
        N_("This is for those who are signed in"),
        N_("Sign in, and come back to this address."),
    ),
    403: (
        N_("This was not done"),
        N_("It did not come from a page of this directory, or this account may not do it."),
    ),
    404: (
        N_("Nothing stands at this address"),
        N_("It may be mistyped. Addresses of bodies and accreditations never change here."),
    ),
    405: (N_("This address is only read"), N_("Pages are read here; nothing is sent to them.")),
    429: (
        N_("Too much was asked at once"),
        N_("What one address may ask in a while is limited, so that everybody is answered."),
    ),
    500: (
        N_("A fault of ours"),
        N_("The page could not be made, and the fault is logged. Trying again may help."),
    ),
    503: (
        N_("The directory cannot answer now"),
        N_("Its database is away or busy. Try again in some seconds; nothing is lost."),
    ),
}


def fault_page(frame: Frame, status_code: int, what: str = "") -> str:
    """``what``: a sentence more, where it helps a person: the error's own English one, or what to
    wait for."""
    title, text = _SAID.get(status_code, _SAID[400 if status_code < 500 else 500])
    return render(
        frame,
        "error.html",
        status_code=status_code,
        title=frame.tongue(title),
        text=frame.tongue(text),
        what=what,
        meta=None,
        banner=Banners(),
    )


def tongue_of(request: edge.AnyRequest) -> Tongue:
    """The language of an address, else the one that the browser asks for."""
    first = request.url.path.split("/")[1]
    named = next((tongue for tongue in TONGUES if tongue.code == first), None)
    return named or preferred(request.headers.get("accept-language", ""))


def answer_page(request: edge.AnyRequest, fault: Exception) -> Html:
    """Any fault as a page; what it means is read in one place, directory.api.problems.

    Its words are shown where they name what to do, never those of a fault of ours.
    """
    said = problems.read_fault(request, fault)
    problems.note(said, fault)
    tongue = tongue_of(request)
    asked = tuple(request.query_params.items())
    frame = Frame(tongue, request.url.path.removeprefix(tongue.path()).rstrip("/"), asked)
    tell = said.kind in (problems.BAD_PARAMETER, problems.NOT_FOUND, problems.UNAVAILABLE)
    what = f"{said.detail} {said.remedy}".strip() if tell else ""
    if said.wait:
        span = tongue.span(timedelta(seconds=said.wait))
        what = tongue(N_("Ask again in %(span)s.")) % {"span": span}
    return page(
        fault_page(frame, said.kind.status, what),
        said.kind.status,
        {**problems.headers(said), "cache-control": "no-store"},
    )
