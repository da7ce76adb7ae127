"""The forms of proof: what its addresses take and give, with examples."""

from datetime import datetime
from typing import Annotated, cast

import msgspec
from litestar.openapi.spec import Example
from litestar.params import PathParameter, QueryParameter

from directory.api import examples
from directory.api.answers import Envelope
from directory.api.asked import QuestionIn, ValidityIn
from services.evidence.receipt import LogPlace, Statement
from services.find.views import View
from services.verdict.views import Answer

JWKS = "application/jwk-set+json"  # RFC 7517, 8.5.2
_HASH = "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
_JWS = "eyJhbGciOiJFZDI1NTE5IiwidHlwIjoi….eyJpc3MiOiJodHRwczov….QmFkIGV4YW1wbGU…"
_KID = "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


class Jwk(View, frozen=True, kw_only=True, omit_defaults=True):
    """A public key (RFC 8037). `retired_at`: it signs nothing since."""

    kty: str
    crv: str
    x: str
    kid: str
    alg: str
    use: str
    retired_at: str | None = None


class JwkSet(View, frozen=True, kw_only=True):
    keys: tuple[Jwk, ...]


class CheckpointView(View, frozen=True, kw_only=True):
    """That the log of `size` leaves has this `root`, signed: `jws` says the same."""

    size: int
    root: str
    issued_at: str
    kid: str
    jws: str


class InclusionView(View, frozen=True, kw_only=True):
    """`path` leads from `leaf_hash` at `index` to the `root` of `size` leaves (RFC 9162, 2.1.3)."""

    index: int
    size: int
    leaf_hash: str
    path: tuple[str, ...]
    root: str


class LeafView(View, frozen=True, kw_only=True):
    """One publish. `data`: what the leaf hash is made over, as text in UTF-8; `root`: of the tree
    over the run's change rows."""

    position: int
    run: int
    rows: int
    root: str
    known_at: str
    data: str
    inclusion: InclusionView


class RowView(View, frozen=True, kw_only=True):
    """One change row. `data`: what its hash is made over; `inclusion` ends in the leaf's `root`."""

    position: int
    row: int
    data: str
    inclusion: InclusionView


class ConsistencyView(View, frozen=True, kw_only=True):
    """`path` proves that the log of `second` leaves begins with that of `first` (2.1.4)."""

    first: int
    second: int
    first_root: str
    second_root: str
    path: tuple[str, ...]


class CheckpointAnswer(Envelope, frozen=True, kw_only=True):
    data: CheckpointView


class LeafAnswer(Envelope, frozen=True, kw_only=True):
    data: LeafView


class RowAnswer(Envelope, frozen=True, kw_only=True):
    data: RowView


class ConsistencyAnswer(Envelope, frozen=True, kw_only=True):
    data: ConsistencyView


class ReceiptIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """As for /validity, with one question."""

    questions: Annotated[tuple[QuestionIn, ...], msgspec.Meta(min_length=1, max_length=1)]
    known_at: datetime | None = None


class ReceiptView(View, frozen=True, kw_only=True):
    """`jws` is the receipt; `payload` what it says, for reading."""

    id: str
    jws: str
    payload: Statement


# --- parameters -----------------------------------------------------------------------------------


def _counted(name: str, description: str, example: str) -> object:
    return QueryParameter(
        name=name,
        required=False,
        description=description,
        max_length=18,
        examples=[Example(summary=example, value=example)],
    )


Position = Annotated[
    str, PathParameter(description="a position of the log", examples=[Example(value="8")])
]
RowNumber = Annotated[
    str, PathParameter(description="a row of that leaf", examples=[Example(value="0")])
]
ReceiptId = Annotated[
    str,
    PathParameter(
        description="a receipt's id", examples=[Example(value="9Jx0aQ1fYw2mC7sLr3TqVb5Z")]
    ),
]
Size = Annotated[str, _counted("size", "of how many leaves; all if left out", "9")]
First = Annotated[str, _counted("first", "the smaller size, from 1; 1 if left out", "5")]
Second = Annotated[str, _counted("second", "the larger size; the log's if left out", "9")]


# --- examples -------------------------------------------------------------------------------------

_ASKED = cast(ValidityIn, examples.VALIDITY_ASKED.value)
_ANSWER = cast(Answer, examples.VALIDITY.data.answer)
KEYS = JwkSet(
    keys=(
        Jwk(
            kty="OKP",
            crv="Ed25519",
            x="11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
            kid=_KID,
            alg="Ed25519",
            use="sig",
        ),
    )
)
CHECKPOINT = CheckpointAnswer(
    data=CheckpointView(size=9, root=_HASH, issued_at="2026-05-30T02:00:05Z", kid=_KID, jws=_JWS),
    meta=examples.BODY.meta,
)
INCLUSION = InclusionView(index=8, size=9, leaf_hash=_HASH, path=(_HASH,), root=_HASH)
LEAF = LeafAnswer(
    data=LeafView(
        position=8,
        run=7,
        rows=1,
        root=_HASH,
        known_at="2026-05-30T02:00:00Z",
        data=f'[8,7,1,"{_HASH}","2026-05-30T02:00:00+00:00"]',
        inclusion=INCLUSION,
    ),
    meta=examples.BODY.meta,
)
ROW = RowAnswer(
    data=RowView(
        position=8,
        row=0,
        data=f'[0,"ended","status_event","suspended 2025",41,12,34,"{{}}",null,"{_HASH}",false]',
        inclusion=InclusionView(index=0, size=1, leaf_hash=_HASH, path=(), root=_HASH),
    ),
    meta=examples.BODY.meta,
)
CONSISTENCY = ConsistencyAnswer(
    data=ConsistencyView(
        first=5, second=9, first_root=_HASH, second_root=_HASH, path=(_HASH, _HASH)
    ),
    meta=examples.BODY.meta,
)
RECEIPT_ASKED = Example(summary="One question", value=ReceiptIn(questions=_ASKED.questions))
RECEIPT = ReceiptView(
    id="9Jx0aQ1fYw2mC7sLr3TqVb5Z",
    jws=_JWS,
    payload=Statement(
        iss="https://directory.example",
        jti="9Jx0aQ1fYw2mC7sLr3TqVb5Z",
        iat=1780300805,
        issued_at=examples.BODY.meta.as_known_at,
        known_at=examples.BODY.meta.as_known_at,
        rule_version=examples.BODY.meta.rule_version,
        log=LogPlace(position=8, size=9, root=_HASH),
        answer=_ANSWER,
    ),
)
