"""Contradictions between sources, and stewards' rulings on them."""

from typing import Annotated, Any

import msgspec
from litestar import Response, Router, get, post
from litestar.di import Provide
from litestar.openapi.spec import Example
from litestar.params import Body, PathParameter

from directory import edge
from directory.api import examples, questions
from directory.api.answers import Envelope, fresh, shown
from directory.api.problems import declared
from directory.who import principal
from services.desk import contradictions as desk
from services.desk import ruling
from services.desk.contradictions import Contradiction, Side
from services.terms import ContradictionKind, Role, Tier


class ConflictsAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[Contradiction, ...]


class RulingIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`upholds`: ref of the statement that counts from now on. `because`: the reason, in words.
    `proof`: where what was seen can be seen. `replaces`: an earlier ruling is to be changed."""

    upholds: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    because: Annotated[str, msgspec.Meta(min_length=1, max_length=2000)]
    proof: Annotated[str, msgspec.Meta(max_length=2000)] = ""
    replaces: bool = False


_proof = examples.BODY.data.profile_evidence[0]
_SHOWN = ConflictsAnswer(
    data=(
        Contradiction(
            id="status-a34-r5-r9",
            kind=ContradictionKind.STATUS,
            state="open",
            accreditation="a34",
            label="EXAB L90001",
            sides=(
                Side(
                    ref="5:accreditation_statement:11", source="example_register",
                    tier=Tier.AB_REGISTER, body="b12", said="suspended", raw="状态：暂停",
                    evidence=_proof,
                ),
                Side(
                    ref="9:accreditation_statement:27", source="example_scheme",
                    tier=Tier.SCHEME_LIST, body="b12", said="active", raw="Active",
                    evidence=_proof,
                ),
            ),
            proposed="5:accreditation_statement:11",
            rule="source tiers",
            why="Tier 1 speaks before tier 3.",
        ),
    ),
    meta=examples.BODY.meta,
)  # fmt: skip
_SENT = Example(
    summary="The register is right",
    value=RulingIn(
        upholds="5:accreditation_statement:11",
        because="The register's notice of 3 July was read; the scheme's list is of June.",
        proof="https://register.example/notices/12",
    ),
)
StateIs = Annotated[
    str,
    questions.text(
        "state", "open ones (also those re-opened), decided ones, or all", "open", 20,
        enum=list(desk.STATES),
    ),
]  # fmt: skip
ConflictId = Annotated[
    str,
    PathParameter(
        description="a contradiction's id, as the list has it",
        examples=[Example(summary="a contradiction", value="status-a34-r5-r9")],
    ),
]


@get(
    "/conflicts",
    operation_id="listConflicts",
    summary="What sources say differently",
    description="Statements of the same accreditation on the same day that differ: its status, its "
    "expiry, its place (none of the one can be one of the other's, however it is spelt), or who "
    "holds its number. Both stand verbatim with their tiers and evidence; "
    "`proposed` is the one that a rule prefers. Where an accreditation body's own sources disagree "
    "the verdict is CONFLICT until a steward rules; a ruling names both statements, and a source "
    "that says something else opens the case again (`reopened`).",
    tags=["Sources"],
    responses=shown(ConflictsAnswer, "The contradictions.", _SHOWN, 400, 404, 405, 500, 503),
)
async def list_conflicts(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    which: StateIs = "open",
    limit: questions.Limit200 = 50,
) -> Response[ConflictsAnswer]:
    return await fresh(
        request,
        ConflictsAnswer,
        desk.contradictions,
        state=which.strip() or "open",
        limit=limit,
        on=moment.on,
        known_at=moment.known_at,
    )


@post(
    "/conflicts/{conflict_id:str}/decision",
    status_code=200,
    operation_id="decideConflict",
    summary="Rule on a contradiction",
    description="A steward says which statement counts, why, and where that can be seen. From then "
    "on verdicts follow the ruling; as known before, they stay as they were. A lower tier's word "
    "never lifts a higher tier's adverse one. Who comes second is told who ruled before (409), and "
    "may replace that ruling on purpose.",
    tags=["Sources"],
    responses={
        **shown(ConflictsAnswer, "The contradiction, ruled on.", _SHOWN),
        **declared(400, 401, 403, 404, 405, 409, 500, 503),
    },
)
async def decide_conflict(
    request: edge.AnyRequest,
    conflict_id: ConflictId,
    data: Annotated[RulingIn, Body(examples=[_SENT])],
) -> Response[ConflictsAnswer]:
    who = await principal(request, Role.STEWARD)
    now, today = edge.now(request), edge.today(request)
    await edge.write(
        request,
        ruling.rule,
        conflict_id,
        upholds=data.upholds,
        because=data.because,
        proof=data.proof,
        replaces=data.replaces,
        account_id=who.account_id,
        on=today,
        now=now,
    )
    return await fresh(
        request,
        ConflictsAnswer,
        desk.one_contradiction,
        conflict_id,
        on=today,
        known_at=now,
    )


handlers: list[Any] = [
    Router(
        "/", route_handlers=[list_conflicts], dependencies={"moment": Provide(questions.moment)}
    ),
    decide_conflict,
]
