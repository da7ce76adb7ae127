"""Was it valid: one question with all that shows the answer, or hundreds with their verdicts."""

from datetime import date, datetime
from typing import Annotated

from litestar import Response, post
from litestar.params import Body
from sqlalchemy.engine import Connection

from directory import edge
from directory.api import examples
from directory.api.answers import Validity, ValidityAnswer, shown
from directory.api.asked import MOST, ValidityIn, asked_of, known_at_of
from services.find.meta import meta
from services.find.views import Meta
from services.validity import RULE_VERSION
from services.verdict.answer import answer
from services.verdict.quick import Put, Quick, judge_quickly
from services.verdict.views import Asked


def ask(
    conn: Connection,
    asked: tuple[Asked, ...],
    known_at: datetime,
    today: date,
    *,
    brief: bool,
    quick: Quick,
) -> tuple[Validity, Meta]:
    """One question in full unless asked for briefly, several with their verdicts."""
    if len(asked) == 1 and not brief:
        found, about = answer(conn, asked[0], known_at=known_at, today=today)
        return Validity(verdicts=(found.judged,), answer=found), about
    judged = judge_quickly(conn, asked, known_at=known_at, today=today, quick=quick)
    about = meta(conn, (), on=today, known_at=known_at, total=len(judged))
    return Validity(verdicts=tuple(judged)), about


async def _answered(
    request: edge.AnyRequest, asked: tuple[Asked, ...], known_at: datetime, today: date, brief: bool
) -> tuple[Validity, Meta]:
    brief = brief or len(asked) > 1
    if brief and (
        found := await edge.verdicts(request, [Put(one, known_at, today) for one in asked])
    ):
        verdicts = tuple(one for one in found.verdicts if one is not None)
        about = Meta(
            as_known_at=known_at,
            on=today,
            log_position=-1 if found.log_position is None else found.log_position,
            rule_version=RULE_VERSION,
            total=len(verdicts),
        )
        return Validity(verdicts=verdicts), about
    short = edge.door(request).short
    quick = short.quick if short else Quick()
    return await edge.snapshot(request, ask, asked, known_at, today, brief=brief, quick=quick)


@post(
    "/validity",
    status_code=200,
    operation_id="askValidity",
    summary="Was it valid?",
    description="Dated verdicts: was an accreditation valid for this activity, at this site, on "
    f"that day, as known then? One question up to {MOST}; a single one is answered with all that "
    "shows its answer, unless `brief` asks for the verdict alone. Every answer names its reasons "
    "with the numbers of the rules, and “unknown, because…” where that is the truth. What is not "
    "found is never called fake: `flags` and `candidates` say what looks like it.",
    tags=["Validity"],
    responses=shown(ValidityAnswer, "The verdicts.", examples.VALIDITY, 400, 404, 405, 500, 503),
)
async def ask_validity(
    request: edge.AnyRequest,
    data: Annotated[ValidityIn, Body(examples=[examples.VALIDITY_ASKED])],
) -> Response[ValidityAnswer]:
    now, today = edge.now(request), edge.today(request)
    asked = tuple(asked_of(one, today) for one in data.questions)
    known_at = known_at_of(data.known_at, now)
    found, about = await _answered(request, asked, known_at, today, data.brief)
    edge.counts(request).judged(one.verdict for one in found.verdicts)
    return Response(ValidityAnswer(data=found, meta=about), headers={"cache-control": "no-store"})
