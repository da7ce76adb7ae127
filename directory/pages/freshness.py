"""How a fact is kept fresh, in words for everybody; and single overdue facts for stewards."""

from datetime import datetime, timedelta
from typing import Any

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromQuery
from sqlalchemy.engine import Connection

from directory import edge
from directory.pages.own import PRIVATE, steward, to_sign_in
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Redirect, page
from directory.pages.tongue import Tongue
from directory.pages.words import N_
from services.find.views import AccreditationView
from services.settings import Settings
from services.verify.contract import Freshness, Keeping, Way, contract_of
from services.verify.overdue import overdue_facts
from services.verify.risk import Risk

FIRST = 10  # in the desk's own section
PAGE = 50
# why it is looked up so often, after “because”
RISKS = {
    Risk.ADVERSE_WORD: N_("a source of a lower tier says worse than the highest"),
    Risk.SUSPENDED: N_("it is suspended, in whole or in part"),
    Risk.CONTRADICTED: N_("two sources contradict each other"),
    Risk.EXPIRING: N_("it expires soon"),
    Risk.AGEING: N_("its last good check is old"),
    Risk.WATCHED: N_("somebody watches its body"),
    Risk.ORDINARY: N_("nothing speaks for sooner"),
}
WAYS = {Way.LIST: N_("by its list"), Way.LOOKUP: N_("by a look-up of its own")}
KEEPING = {
    Keeping.KEPT: ("yes", "ok", N_("checked in time")),
    Keeping.WARNED: ("wait", "warn", N_("its last check is old")),
    Keeping.STALE: ("unk", "unk", N_("too long without a check: unknown")),
    Keeping.NEVER: ("unk", "unk", N_("never checked by a source that decides")),
}


def told(conn: Connection, one: AccreditationView, asked: edge.AnyRequest) -> Freshness:
    """The contract of an accreditation that a page shows."""
    return contract_of(conn, one, edge.settings(asked), edge.now(asked))


def in_words(tongue: Tongue, contract: Freshness) -> dict[str, Any]:
    """What the part ``freshness_part.html`` is given."""
    return {
        "fresh": contract,
        "kept": KEEPING[contract.keeping],
        "ways": WAYS,
        "why": {
            check.list: tongue.listed(tongue(RISKS[risk]) for risk in telling(check.why))
            for check in contract.checks
        },
        "lasting": lambda seconds: tongue.span(timedelta(seconds=seconds)),
    }


def telling(why: tuple[Risk, ...]) -> tuple[Risk, ...]:
    """Reasons that a person is told: the ordinary one only where there is no other."""
    return tuple(risk for risk in why if risk is not Risk.ORDINARY) or why


def _late(
    conn: Connection,
    tongue: Tongue,
    settings: Settings,
    now: datetime,
    *,
    cursor: str = "",
    limit: int = PAGE,
) -> dict[str, Any]:
    """What the part ``desk_overdue_part.html`` is given."""
    return {
        "late": overdue_facts(conn, settings, now, cursor=cursor, limit=limit),
        "late_why": lambda fact: tongue.listed(tongue(RISKS[risk]) for risk in telling(fact.why)),
        "lasting": lambda seconds: tongue.span(timedelta(seconds=seconds)),
        "now": now,
    }


async def desk_section(request: edge.AnyRequest, tongue: Tongue) -> dict[str, Any]:
    """The first single overdue facts, for the desk's front page."""
    return await edge.snapshot(
        request, _late, tongue, edge.settings(request), edge.now(request), limit=FIRST
    )


@get("/desk/overdue")
async def overdue(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], cursor: FromQuery[str] = ""
) -> Response[str] | Redirect:
    if await steward(request) is None:
        return to_sign_in(tongue, tongue.path("/desk/overdue"))
    given = await edge.snapshot(
        request, _late, tongue, edge.settings(request), edge.now(request), cursor=cursor
    )
    html = render(
        Frame(tongue, "/desk/overdue"), "desk_overdue.html", meta=None, banner=Banners(), **given
    )
    return page(html, 200, PRIVATE)


handlers = (overdue,)
