"""Signing in by a link or a password, and out again.

A link opens once. Mail scanners and previews fetch every address that they see, so that fetching
it shows a button and uses up nothing; the button does.
"""

import asyncio
import re
from datetime import timedelta

from litestar import Response, get, post
from litestar.background_tasks import BackgroundTask
from litestar.di import NamedDependency
from litestar.params import FromQuery

from directory import edge, who
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from services import accounts, passwords
from services.desk import signing

_PRIVATE = {"cache-control": "no-store"}
# whoever uses the browser next finds nothing of the account in it (W3C Clear Site Data, 3.1)
_LEFT = {**_PRIVATE, "clear-site-data": '"cache", "storage"'}
_SEE_OTHER = 303
_TOO_MANY = 429  # RFC 6585, 4
LONGEST_BACK = 2000
# a secret within whatever was copied with it: the whole address, or a line of a message
_SECRET = re.compile(rf"{accounts.PREFIX}[A-Za-z0-9_-]{{43}}(?![A-Za-z0-9_-])")


def own_path(address: str) -> str:
    """The address if it leads to a page of this host, else "".

    A browser takes "//elsewhere" and "/\\elsewhere" for another host, and drops tabs and line
    ends before it reads (WHATWG URL, 4.4): what is not plain is not followed.
    """
    plain = address.isascii() and address.isprintable() and len(address) <= LONGEST_BACK
    own = plain and re.match(r"/(?![/\\])[^\\\s]*$", address)
    return address if own else ""


def sign_in_page(
    frame: Frame, *, link: str = "", back: str = "", told: str = "", wait: int = 0, name: str = ""
) -> str:
    """``link``: the secret that came with the address. ``told``: "spent" for a link that opened
    nothing, "none" where what was sent holds no link, "wrong" for name and password that do not
    fit, "wait" where ``wait`` seconds must pass first, "out" after signing out. ``name``: as it was
    typed."""
    return render(
        frame,
        "sign_in.html",
        link=link,
        back=back,
        told=told,
        wait=frame.tongue.span(timedelta(seconds=wait)),
        name=name,
        meta=None,
        banner=Banners(),
    )


def _frame(tongue: Tongue, link: str, back: str) -> Frame:
    asked = (("link", link), ("next", back))
    return Frame(tongue, "/sign-in", tuple((name, value) for name, value in asked if value))


@get("/sign-in")
async def sign_in(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    link: FromQuery[str] = "",
    next: FromQuery[str] = "",  # noqa: A002 - the parameter's name in the address
    out: FromQuery[str] = "",
) -> Response[str]:
    """The button that uses a link, or how one comes by a link. Nothing is used up here."""
    found = _SECRET.search(link)
    secret, back = found[0] if found else "", own_path(next)
    told = "none" if link and not secret else "out" if out else ""
    html = sign_in_page(_frame(tongue, secret, back), link=secret, back=back, told=told)
    return page(html, 400 if told == "none" else 200, _PRIVATE)


@post("/sign-in", status_code=_SEE_OTHER)
async def begin(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Response[str]:
    """Use the link up and begin a session. Another site cannot sign a browser in: what is done
    after it would be done in an account that the person does not know."""
    who.same_origin(request)
    form = await request.form()
    found = _SECRET.search(str(form.get("link", "")))
    back = own_path(str(form.get("next", "")))
    session = None
    if found:
        session = await edge.write(request, signing.by_link, found[0], edge.now(request))
    if session is None:
        told = "spent" if found else "none"
        return page(sign_in_page(_frame(tongue, "", back), back=back, told=told), 400, _PRIVATE)
    return await begun(request, session, back or tongue.path("/account"))


async def begun(request: edge.AnyRequest, session: str, to: str) -> Response[str]:
    """A session's secret is always a new one: what the browser held before opens nothing more."""
    await _end(request)
    if (kept := edge.door(request).sessions) is not None:
        await kept.begin(session)
    answer = Redirect(to, _PRIVATE, _SEE_OTHER)
    answer.set_cookie(who.session_cookie(request, session))
    return answer  # type: ignore[return-value]


@post("/sign-in/password", status_code=_SEE_OTHER)
async def by_password(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Response[str]:
    """Name and password. One answer, after the same work, for a name that nobody has, one without a
    password and a wrong password; who fails waits longer and longer."""
    who.same_origin(request)
    form = await request.form()
    name, typed = str(form.get("name", "")).strip(), str(form.get("password", ""))
    back = own_path(str(form.get("next", "")))
    kept = edge.sessions(request)
    frame = _frame(tongue, "", back)
    if wait := await kept.attempt(name, edge.address(request)):
        html = sign_in_page(frame, back=back, told="wait", wait=wait, name=name)
        return page(html, _TOO_MANY, {**_PRIVATE, "retry-after": str(wait)})
    held = await edge.read(request, passwords.held, name)
    right = await asyncio.to_thread(passwords.fits, held, typed)
    if held.account_id is None or not right:
        answer = page(sign_in_page(frame, back=back, told="wrong", name=name), 400, _PRIVATE)
        if held.account_id is not None:  # told after the answer: it would tell who has an account
            answer.background = BackgroundTask(
                edge.write, request, signing.failed, held.account_id, edge.now(request)
            )
        return answer
    session = await edge.write(request, signing.by_password, held.account_id, edge.now(request))
    await kept.forget(name, edge.address(request))
    return await begun(request, session, back or tongue.path("/account"))


@post("/sign-out", status_code=_SEE_OTHER)
async def end(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Redirect:
    """The session itself ends, not its cookie alone."""
    who.same_origin(request)
    await _end(request)
    answer = Redirect(Frame(tongue, "").url("/sign-in", out="yes"), _LEFT, _SEE_OTHER)
    answer.set_cookie(who.ended_cookie(request))
    return answer


@post("/sign-out/everywhere", status_code=_SEE_OTHER)
async def end_everywhere(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Redirect:
    """Every session of the account ends, this one with them; its keys stay."""
    owner = await who.principal_or_none(request)
    if owner is not None:
        await edge.write(request, signing.out_everywhere, owner.account_id, edge.now(request))
    answer = Redirect(Frame(tongue, "").url("/sign-in", out="yes"), _LEFT, _SEE_OTHER)
    answer.set_cookie(who.ended_cookie(request))
    return answer


async def _end(request: edge.AnyRequest) -> None:
    if held := who.session_of(request):
        await edge.write(request, accounts.revoke, held, edge.now(request))
        if (kept := edge.door(request).sessions) is not None:
            await kept.end(held)


handlers = (sign_in, begin, by_password, end, end_everywhere)
