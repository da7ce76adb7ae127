"""Test once: which evidence in hand can be used for which markets, and what is left to be done."""

from typing import Annotated

from litestar import Response, post
from litestar.params import Body

from directory import edge
from directory.api.answers import shown
from directory.api.asked import known_at_of
from directory.api.plan_forms import PLAN, PLAN_ASKED, PlanAnswer, PlanIn, papers_of
from services.find.planner import MOST_MARKETS, MOST_PAPERS, make_plan


@post(
    "/routes/plan",
    status_code=200,
    operation_id="planRoutes",
    summary="Test once: what can be reused where",
    description="A product, the markets where it is to be sold, and the evidence in hand. For each "
    "market: its routes, which alternative leaves the fewest steps, and for each requirement what "
    "evidence can be reused, perhaps can, or cannot, each with its reasons; what is missing, what "
    "must happen in the country, who does and who holds it, dates to watch. Each paper stands in "
    "one of `reusable`, `supports` (behind the maker's own declaration), `perhaps` and "
    "`cannot_reuse`. A route from memory is a hint: it never makes a paper reusable and never "
    "counts as a test avoided. A test reused in n markets avoids n - 1 repeats: "
    "`repeat_tests_avoided`. An accreditation that a paper names is judged for its days by the "
    f"same rules as /validity. At most {MOST_MARKETS} markets and {MOST_PAPERS} papers.",
    tags=["Markets"],
    responses=shown(PlanAnswer, "The plan.", PLAN, 400, 404, 405, 500, 503),
)
async def plan_routes(
    request: edge.AnyRequest, data: Annotated[PlanIn, Body(examples=[PLAN_ASKED])]
) -> Response[PlanAnswer]:
    now, today = edge.now(request), edge.today(request)
    found, about = await edge.snapshot(
        request,
        make_plan,
        data.product,
        data.markets,
        papers_of(data),
        on=data.on or today,
        known_at=known_at_of(data.known_at, now),
        today=today,
        standard=data.standard,
        hs_code=data.hs_code,
    )
    return Response(PlanAnswer(data=found, meta=about), headers={"cache-control": "no-store"})


handlers = [plan_routes]
