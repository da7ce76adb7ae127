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
from services.verdict.answer import answer
from services.verdict.judge import judge
from services.verdict.views import Asked


def ask(
    conn: Connection, asked: tuple[Asked, ...], known_at: datetime, today: date
) -> tuple[Validity, Meta]:
    """One question in full, several with their verdicts."""
    if len(asked) == 1:
        found, about = answer(conn, asked[0], known_at=known_at, today=today)
        return Validity(verdicts=(found.judged,), answer=found), about
    judged = judge(conn, asked, known_at=known_at, today=today)
    about = meta(conn, (), on=today, known_at=known_at, total=len(judged))
    return Validity(verdicts=tuple(judged)), about


@post(
    "/validity",
    status_code=200,
    operation_id="askValidity",
    summary="Was it valid?",
    description="Dated verdicts: was an accreditation valid for this activity, at this site, on "
    f"that day, as known then? One question up to {MOST}; every answer names its reasons with the "
    "numbers of the rules, and “unknown, because…” where that is the truth. What is not found is "
    "never called fake: `flags` and `candidates` say what looks like it.",
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
    found, about = await edge.snapshot(request, ask, asked, known_at, today)
    return Response(ValidityAnswer(data=found, meta=about), headers={"cache-control": "no-store"})
