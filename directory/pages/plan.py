"""The planner: product, markets and evidence in hand; for each market what to reuse and what to do.

The form is sent by GET: every plan has an address of its own.
"""

from dataclasses import dataclass
from datetime import date, datetime

from litestar import Response, get
from litestar.di import NamedDependency
from sqlalchemy.engine import Connection

from directory import edge
from directory.api.questions import moment
from directory.pages import plan_words as words
from directory.pages.market_words import SURENESS, product_word, requirement_word
from directory.pages.plan_asked import MORE_ROWS, MOST_ROWS, Typed, read_form
from directory.pages.plan_picture import picture
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import page, titles
from directory.pages.tongue import Tongue
from services.errors import BadQuestion
from services.find.planner import Offered, Planned, make_plan, offered
from services.find.views import Meta
from services.routes.because import Because
from services.routes.plan import Alternative, Day, RoutePlan


@dataclass(frozen=True)
class Seen:
    """``planned`` None: nothing was asked, or ``fault`` says why it cannot be answered."""

    offered: Offered
    planned: Planned | None = None
    meta: Meta | None = None
    fault: BadQuestion | None = None


def _seen(
    conn: Connection, typed: Typed, on: date, known_at: datetime, today: date, *, ask: bool
) -> Seen:
    choices = offered(conn, known_at=known_at)
    if not ask:
        return Seen(choices)
    try:
        planned, about = make_plan(
            conn,
            typed.about["product"],
            typed.markets,
            typed.papers,
            on=on,
            known_at=known_at,
            today=today,
            standard=typed.about["standard"],
            hs_code=typed.about["hs_code"],
        )
    except BadQuestion as fault:
        return Seen(choices, fault=fault)
    return Seen(choices, planned, about)


def plan_page(frame: Frame, typed: Typed, seen: Seen, fault: BadQuestion | None) -> str:
    tongue, meta = frame.tongue, seen.meta
    planned = seen.planned
    chosen = [lane.market for lane in planned.plan.lanes] if planned else list(typed.markets)
    return render(
        frame,
        "plan.html",
        typed=typed,
        fault=fault,
        offered=seen.offered,
        chosen=chosen,
        countries=sorted({*seen.offered.markets, *chosen}, key=tongue.country),
        rows=_rows(typed),
        more_rows=min(typed.room + MORE_ROWS, MOST_ROWS) if typed.room < MOST_ROWS else 0,
        planned=planned,
        plan=planned.plan if planned else None,
        papers={paper.ref: words.paper_said(tongue, paper) for paper in planned.papers}
        if planned
        else {},
        drawn=picture(planned.plan.lanes, planned.papers, planned.plan.on) if planned else None,
        say=Say(tongue),
        meta=meta,
        titles=titles(meta) if meta else {},
        banner=Banners.of(meta) if meta else Banners(),
    )


@dataclass(frozen=True)
class Say:
    """The planner's words in the page's language, as the template asks for them."""

    tongue: Tongue

    def product(self, product: str) -> str:
        return product_word(self.tongue, product)

    def need(self, requirement: str) -> str:
        return requirement_word(self.tongue, requirement)

    def party(self, party: str) -> str:
        return self.tongue(words.PARTIES[party])

    def sureness(self, sureness: str) -> str:
        return self.tongue(SURENESS[sureness])

    def in_country(self, value: str) -> str:
        return self.tongue(words.IN_COUNTRY[value]) if value in words.IN_COUNTRY else ""

    def why(self, reason: Because) -> str:
        return words.reason_said(self.tongue, reason)

    def type(self, word: str) -> str:
        return words.type_said(self.tongue, word)

    def types(self, typed: str) -> list[tuple[str, str]]:
        """The kinds of paper to choose from, and the one typed where it is none of them."""
        known = [(word, self.type(word)) for word in words.TYPES]
        return [*known, (typed, typed)] if typed and typed not in words.TYPES else known

    def use(self, state: str) -> tuple[str, str, str]:
        shape, tone, word = words.USES[state]
        return shape, tone, self.tongue(word)

    def state(self, state: str) -> tuple[str, str, str]:
        shape, tone, word = words.NEEDS[state]
        return shape, tone, self.tongue(word)

    def day(self, day: Day) -> str:
        return words.day_said(self.tongue, day)

    def when(self, when: str) -> str:
        return self.tongue(words.WHEN[when])

    def others(self, route: RoutePlan) -> list[Alternative]:
        """The alternatives that are not shown first."""
        return [one for n, one in enumerate(route.alternatives) if n != route.best]

    written = staticmethod(words.day_written)
    dates = staticmethod(words.dates_first)
    alike = staticmethod(words.alike)


def _rows(typed: Typed) -> list[tuple[int, dict[str, str]]]:
    return [(n, dict(typed.rows.get(n, {}))) for n in range(1, typed.room + 1)]


@get("/plan")
async def plan(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Response[str]:
    """The form, and the plan where it can be made."""
    today = edge.today(request)
    typed = read_form(tongue, request.query_params, today)
    on, known_at, fault = today, edge.now(request), None
    try:
        at = await moment(request, typed.about["on"], typed.about["known_at"])
        on, known_at = at.on, at.known_at
    except BadQuestion as wrong:
        fault = wrong
    ask = bool(typed.about["product"]) and not typed.faults and fault is None
    seen = await edge.snapshot(request, _seen, typed, on, known_at, today, ask=ask)
    fault = fault or seen.fault
    frame = Frame(tongue, "/plan", typed.query)
    wrong_asked = bool(fault or typed.faults)
    return page(plan_page(frame, typed, seen, fault), 400 if wrong_asked else 200)


handlers = (plan,)
