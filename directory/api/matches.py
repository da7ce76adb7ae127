"""Doubts about who is who, merges and their undoing: for stewards."""

from typing import Annotated

from litestar import Response, get, post
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter, QueryParameter

from directory import edge
from directory.api import questions
from directory.api.answers import fresh, shown
from directory.api.match_forms import (
    DECIDED,
    DECISION_SENT,
    EFFECT,
    MATCH,
    MATCHES,
    MERGE_SENT,
    UNMERGE_SENT,
    DecidedAnswer,
    DecisionIn,
    Done,
    EffectAnswer,
    MatchAnswer,
    MatchesAnswer,
    MergeIn,
    UnmergeIn,
)
from directory.who import principal
from services.accounts import Principal
from services.desk import decide as deciding
from services.desk import effect, matches, merges
from services.desk.effect import Effect
from services.desk.pairs import Why
from services.desk.turn import Decided
from services.find import cursor as cursors
from services.find.meta import meta
from services.find.views import Meta
from services.terms import Role

_PROBLEMS = (400, 401, 403, 404, 405, 500, 503)
_TAGS = ["Desk"]
MatchId = Annotated[
    str,
    PathParameter(
        description="a match's id, as the list has it",
        examples=[Example(summary="a match", value="m12")],
    ),
]
StateIs = Annotated[
    str,
    questions.text(
        "state", "open ones, decided ones, or all", "open", 20, enum=["", *matches.STATES]
    ),
]
Into = Annotated[
    str, questions.text("into", "the body that would stay; the older one if empty", "b12", 30)
]
Preview = Annotated[
    bool,
    QueryParameter(
        name="preview", required=False, description="tell what it would do, and do nothing"
    ),
]


@get(
    "/desk/matches",
    operation_id="listMatches",
    summary="Doubts about who is who",
    description="Records that may be of a body that the directory knows, where that could not be "
    "told for sure: nothing is merged by machine then. Those on which verdicts wait come first, "
    "then the newest. For stewards.",
    tags=_TAGS,
    responses=shown(MatchesAnswer, "The doubts.", MATCHES, *_PROBLEMS),
)
async def list_matches(
    request: edge.AnyRequest,
    which: StateIs = "open",
    cursor: questions.Cursor = "",
    limit: questions.Limit200 = 50,
) -> Response[MatchesAnswer]:
    await principal(request, Role.STEWARD)
    return await fresh(
        request,
        MatchesAnswer,
        matches.matches,
        state=which.strip() or "open",
        cursor=cursor,
        limit=limit,
        on=edge.today(request),
        known_at=edge.now(request),
    )


@get(
    "/desk/matches/{match_id:str}",
    operation_id="readMatch",
    summary="One doubt, with both sides",
    description="Names, identifiers, accreditations and sites of both bodies as they stand, each "
    "with its evidence, what matching compared, and what merging them would do. `version` is sent "
    "with the decision. For stewards.",
    tags=_TAGS,
    responses=shown(MatchAnswer, "The doubt.", MATCH, *_PROBLEMS),
)
async def read_match(
    request: edge.AnyRequest, match_id: MatchId, into: Into = ""
) -> Response[MatchAnswer]:
    await principal(request, Role.STEWARD)
    return await fresh(
        request,
        MatchAnswer,
        matches.match,
        match_id,
        into=into.strip(),
        on=edge.today(request),
        known_at=edge.now(request),
    )


@post(
    "/desk/matches/{match_id:str}/decision",
    status_code=200,
    operation_id="decideMatch",
    summary="Decide a doubt",
    description="The same: the bodies are merged, the other's id leads to the one that stays, and "
    "as known before nothing changes. Apart: not asked again until names or identifiers of one "
    "change. Relation: two bodies, of which one is the other's branch, subsidiary or the like. Who "
    "comes second is told who decided what (409). For stewards.",
    tags=_TAGS,
    responses=shown(DecidedAnswer, "What was decided.", DECIDED, *_PROBLEMS, 409),
)
async def decide_match(
    request: edge.AnyRequest,
    match_id: MatchId,
    data: Annotated[DecisionIn, Body(examples=[DECISION_SENT])],
) -> Response[DecidedAnswer]:
    who = await principal(request, Role.STEWARD)
    done = await edge.write(
        request,
        deciding.decide,
        match_id,
        data.decision,
        _why(who, data),
        into=data.into,
        kind=data.kind,
        version=data.version,
        clock=lambda: edge.now(request),
    )
    return Response(
        DecidedAnswer(data=_done(done), meta=await _meta(request)),
        headers={"cache-control": "no-store"},
    )


@post(
    "/bodies/{body_id:str}/merge",
    status_code=200,
    operation_id="mergeBody",
    summary="Merge a body into another",
    description="With `preview` only what it would do. Its records speak of the other body from "
    "now on and its id leads there. Refused: a loop, a body with itself, two values of an "
    "identifier of which a body has one (USCC, LEI). For stewards.",
    tags=_TAGS,
    responses=shown(EffectAnswer, "What it does.", EFFECT, *_PROBLEMS, 409),
)
async def merge_body(
    request: edge.AnyRequest,
    body_id: questions.BodyId,
    data: Annotated[MergeIn, Body(examples=[MERGE_SENT])],
    preview: Preview = False,
) -> Response[EffectAnswer]:
    who = await principal(request, Role.STEWARD)
    body, into = cursors.number(body_id, "b", "a body"), cursors.number(data.into, "b", "a body")
    does = await edge.snapshot(request, effect.of_merge, body, into, edge.now(request))
    done = None
    if not preview:
        done = await edge.write(
            request,
            merges.merge,
            body,
            into,
            _why(who, data),
            version=data.version,
            clock=lambda: edge.now(request),
        )
    return await _effect(request, does, done)


@post(
    "/bodies/{body_id:str}/unmerge",
    status_code=200,
    operation_id="unmergeBody",
    summary="Undo a body's merge",
    description="With `preview` only what it would do. The body stands by itself again with the "
    "records that its merge moved and that still are where it put them; those that came later are "
    "listed and stay unless they are named. What was asked as known in between still leads on. For "
    "stewards.",
    tags=_TAGS,
    responses=shown(EffectAnswer, "What it does.", EFFECT, *_PROBLEMS, 409),
)
async def unmerge_body(
    request: edge.AnyRequest,
    body_id: questions.BodyId,
    data: Annotated[UnmergeIn, Body(examples=[UNMERGE_SENT])],
    preview: Preview = False,
) -> Response[EffectAnswer]:
    who = await principal(request, Role.STEWARD)
    body = cursors.number(body_id, "b", "a body")
    does = await edge.snapshot(request, effect.of_unmerge, body)
    done = None
    if not preview:
        done = await edge.write(
            request,
            merges.unmerge,
            body,
            _why(who, data),
            version=data.version,
            also=data.also,
            clock=lambda: edge.now(request),
        )
    return await _effect(request, does, done)


def _why(who: Principal, data: DecisionIn | MergeIn | UnmergeIn) -> Why:
    return Why(data.because, data.proof, who.account_id)


def _done(done: Decided) -> Done:
    return Done(position=done.position, records=done.records)


async def _effect(
    request: edge.AnyRequest, does: Effect, done: Decided | None
) -> Response[EffectAnswer]:
    answer = EffectAnswer(data=does, done=_done(done) if done else None, meta=await _meta(request))
    return Response(answer, headers={"cache-control": "no-store"})


async def _meta(request: edge.AnyRequest) -> Meta:
    on, known_at = edge.today(request), edge.now(request)
    return await edge.snapshot(request, lambda conn: meta(conn, (), on=on, known_at=known_at))


handlers = (list_matches, read_match, decide_match, merge_body, unmerge_body)
