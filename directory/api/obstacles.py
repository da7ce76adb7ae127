"""Obstacles met abroad: reported by accounts, decided by stewards, published for everybody."""

from typing import Annotated, Any

from litestar import Response, get, post
from litestar.params import Body

from directory import edge
from directory.api import abroad_forms as forms
from directory.api import questions
from directory.api.watch_forms import shown
from directory.who import principal, principal_or_none
from services.desk import obstacles as desk
from services.terms import ObstacleState, Role

_TAGS = ["Going abroad"]


def _fresh(answer: Any, status: int = 200) -> Response[Any]:
    return Response(answer, status_code=status, headers={"cache-control": "no-store"})


@get(
    "/obstacles",
    operation_id="listObstacles",
    summary="Obstacles met abroad",
    description="Reports that a document was not taken, the newest first. Published ones are for "
    "everybody; an account sees its own as well, a steward all. A report is one account's word: it "
    "warns, it states no fact about the market.",
    tags=_TAGS,
    responses=shown(forms.ObstaclesAnswer, "One page of reports.", forms.OBSTACLES),
)
async def list_obstacles(
    request: edge.AnyRequest,
    market: forms.OfMarket = "",
    product: forms.Product = "",
    that_are: forms.StateIs = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 20,
) -> Response[forms.ObstaclesAnswer]:
    who = await principal_or_none(request)
    state = questions.one_of("state", that_are, ObstacleState)
    found, following = await edge.snapshot(
        request,
        desk.obstacles,
        who,
        market=market,
        product=product,
        state=ObstacleState(state) if state else None,
        cursor=cursor.strip(),
        limit=limit,
        now=edge.now(request),
    )
    said = forms.ObstaclesAnswer(data=found, next_cursor=following, as_at=edge.now(request))
    return _fresh(said)


@post(
    "/obstacles",
    status_code=201,
    operation_id="reportObstacle",
    summary="Report an obstacle",
    description="It waits for a steward, who publishes or rejects it; until then only its reporter "
    "and stewards see it. Name offices and firms, never persons: addresses and numbers of persons "
    "are dropped before anything is stored, and `dropped` says how many.",
    tags=_TAGS,
    responses=shown(forms.ObstacleSentAnswer, "The report.", forms.SENT, 409, status=201),
)
async def report_obstacle(
    request: edge.AnyRequest,
    data: Annotated[forms.ObstacleIn, Body(examples=[forms.OBSTACLE_SENT])],
) -> Response[forms.ObstacleSentAnswer]:
    who = await principal(request)
    given = desk.Report(
        market=data.market,
        product=data.product,
        standard=data.standard,
        document_kind=data.document_kind,
        rejected_by=data.rejected_by,
        text=data.text,
        happened_on=data.happened_on,
    )
    made = await edge.write(request, desk.report, who, given, edge.now(request))
    sent = forms.ObstacleSent(id=made.id, state=ObstacleState.WAITING, dropped=made.dropped)
    return _fresh(forms.ObstacleSentAnswer(data=sent, as_at=edge.now(request)), 201)


@post(
    "/obstacles/{obstacle_id:str}/decision",
    status_code=200,
    operation_id="decideObstacle",
    summary="Publish or reject a report",
    description="For stewards, once and for good: a second decision is a conflict that names who "
    "was first and when.",
    tags=_TAGS,
    responses=shown(forms.DecidedAnswer, "The decision.", forms.DECIDED, 409),
)
async def decide_obstacle(
    request: edge.AnyRequest,
    obstacle_id: forms.ObstacleId,
    data: Annotated[forms.DecisionIn, Body(examples=[forms.DECISION_SENT])],
) -> Response[forms.DecidedAnswer]:
    who = await principal(request, Role.STEWARD)
    await edge.write(
        request, desk.decide, who, obstacle_id, data.decision, data.because, edge.now(request)
    )
    decided = forms.Decided(id=obstacle_id, state=data.decision)
    return _fresh(forms.DecidedAnswer(data=decided, as_at=edge.now(request)))


handlers = (list_obstacles, report_obstacle, decide_obstacle)
