"""Who one is to the directory."""

from datetime import UTC, datetime

import msgspec
from litestar import Response, get
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example

from directory import edge
from directory.api.problems import declared
from directory.who import principal
from services.terms import Role


class AccountView(msgspec.Struct, frozen=True, kw_only=True):
    """The account that asks: its name, and what its role lets it do beside asking."""

    name: str
    role: Role


class AccountAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``as_at``: when the question came. An account is no part of the log and has no meta."""

    data: AccountView
    as_at: datetime


_EXAMPLE = AccountAnswer(
    data=AccountView(name="Harbour desk", role=Role.READER),
    as_at=datetime(2026, 6, 1, 12, 0, tzinfo=UTC),
)


@get(
    "/account",
    operation_id="readAccount",
    summary="Who one is",
    description="The account whose key or session comes with the request.",
    tags=["Accounts"],
    responses={
        200: ResponseSpec(
            AccountAnswer,
            description="The account.",
            generate_examples=False,
            examples=[Example(summary="A reader", value=_EXAMPLE)],
        ),
        **declared(400, 401, 403, 404, 405, 500, 503),
    },
)
async def read_account(request: edge.AnyRequest) -> Response[AccountAnswer]:
    who = await principal(request)
    said = AccountAnswer(data=AccountView(name=who.name, role=who.role), as_at=edge.now(request))
    return Response(said, headers={"cache-control": "no-store"})
