"""Who is signed in, for the name in a page's header: asked once a request, before its handler.

What a page does for an account is decided by :mod:`directory.who`, never by this.
"""

from contextvars import ContextVar
from dataclasses import dataclass

from sqlalchemy.exc import SQLAlchemyError

from directory import edge, who
from services.accounts import Principal
from services.sessions import NoSessions


@dataclass(frozen=True, slots=True)
class Greeted:
    """The visitor of a page: their account, or None for anybody."""

    principal: Principal | None


_visitor: ContextVar[Greeted | None] = ContextVar("visitor", default=None)


async def greet(request: edge.AnyRequest) -> None:
    """Before each handler of a page. A database that is away is told by what the page asks of it,
    if it asks: the page about nothing is shown without one."""
    _visitor.set(None)
    found = None
    if cookie := who.session_of(request):
        try:
            found = await who.of_session(request, cookie)
        except (edge.Unavailable, NoSessions, SQLAlchemyError, OSError):
            return
    _visitor.set(Greeted(found))


def visitor() -> Greeted | None:
    """Whom this page is made for; None where nobody looked (an address that no route takes)."""
    return _visitor.get()
