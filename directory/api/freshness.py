"""How a fact is kept fresh, for everybody; and which single facts are overdue, for stewards."""

from datetime import UTC, date, datetime
from typing import Any

import msgspec
from litestar import Response, get

from directory import edge
from directory.api import examples, questions
from directory.api.answers import Envelope, fresh, shown
from directory.api.watch_forms import shown as shown_own
from directory.who import principal
from services.terms import Role, RunState
from services.verify.contract import WHEN_OVERDUE, CheckPlan, Freshness, Keeping, Need, Way
from services.verify.contract import freshness as contract
from services.verify.overdue import OverdueFact, overdue_facts
from services.verify.risk import Risk

_AT = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


class FreshnessAnswer(Envelope, frozen=True, kw_only=True):
    data: Freshness


class OverdueAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """`total`: of all pages."""

    data: tuple[OverdueFact, ...]
    total: int
    next_cursor: str | None
    as_at: datetime


_SHOWN = FreshnessAnswer(
    data=Freshness(
        accreditation="a34",
        body="b12",
        label="EXAB L90001",
        need=Need(),
        keeping=Keeping.KEPT,
        last_check=date(2026, 5, 30),
        warns_on=date(2026, 6, 30),
        stale_on=date(2026, 8, 29),
        checks=(
            CheckPlan(
                way=Way.LOOKUP, source="example_register", list="lookup", decides=True,
                every_seconds=86_400, last_success_at=datetime(2026, 5, 30, 6, tzinfo=UTC),
                last_try_at=datetime(2026, 5, 30, 6, tzinfo=UTC), last_try=RunState.UNCHANGED,
                failures=0, next_due_at=datetime(2026, 5, 31, 5, tzinfo=UTC),
                why=(Risk.SUSPENDED, Risk.ORDINARY), overdue=False,
            ),
        ),
        when_overdue=WHEN_OVERDUE.format(warn=30, stale=90),
    ),
    meta=examples.BODY.meta,
)  # fmt: skip
_OVERDUE = OverdueAnswer(
    data=(
        OverdueFact(
            accreditation="a34", label="EXAB L90001", source="example_register",
            source_title="Example register", source_title_zh="示例名录",
            due_at=datetime(2026, 5, 28, 6, tzinfo=UTC), every_seconds=86_400,
            why=(Risk.SUSPENDED, Risk.ORDINARY), last_success_at=None,
            last_try=RunState.FAILED, last_try_at=datetime(2026, 5, 29, 6, tzinfo=UTC),
            reason="https://register.example/L90001 answers 503.",
        ),
    ),
    total=1,
    next_cursor=None,
    as_at=_AT,
)  # fmt: skip


@get(
    "/accreditations/{accreditation_id:str}/freshness",
    operation_id="readFreshness",
    summary="How an accreditation is kept fresh",
    description="The freshness contract of a fact as of now: what the rule asks for (how old a "
    "check may be), and of each list and look-up that checks it the frequency, the last success, "
    "the last try, when it is next due and why then (`why`: the risks, the weightiest first; a "
    "list has none), and whether a whole turn was missed. `warns_on` and `stale_on` are the first "
    "days on which the verdict says that its check is old, and that nothing is known any more.",
    tags=["Accreditations"],
    responses=shown(FreshnessAnswer, "The contract.", _SHOWN, 400, 404, 405, 500, 503),
)
async def read_freshness(
    request: edge.AnyRequest, accreditation_id: questions.AccreditationId
) -> Response[FreshnessAnswer]:
    return await fresh(
        request,
        FreshnessAnswer,
        contract,
        accreditation_id,
        edge.settings(request),
        edge.now(request),
    )


@get(
    "/desk/overdue",
    operation_id="listOverdueFacts",
    summary="Single facts that are overdue",
    description="Accreditations whose look-up is overdue by a whole interval, the most harmful "
    "first: the source, when it was due and why as often as that, and how the last try ended, with "
    "its reason. A source that is overdue as a whole stands in the desk's queue. For stewards.",
    tags=["Desk"],
    responses=shown_own(OverdueAnswer, "One page of facts.", _OVERDUE),
)
async def list_overdue(
    request: edge.AnyRequest, cursor: questions.Cursor = "", limit: questions.Limit200 = 50
) -> Response[OverdueAnswer]:
    await principal(request, Role.STEWARD)
    now = edge.now(request)
    found = await edge.snapshot(
        request, overdue_facts, edge.settings(request), now, cursor=cursor.strip(), limit=limit
    )
    said = OverdueAnswer(
        data=found.facts, total=found.total, next_cursor=found.next_cursor, as_at=now
    )
    return Response(said, headers={"cache-control": "no-store"})


handlers: list[Any] = [read_freshness, list_overdue]
