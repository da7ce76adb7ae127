"""What is sent and answered at the desk about matches and merges, with made-up examples."""

from typing import Annotated, Literal

import msgspec
from litestar.openapi.spec import Example

from directory.api import examples
from directory.api.answers import Envelope
from services.desk.effect import Effect, Joined, RecordMoved
from services.desk.matches import Match, MatchBrief, Side
from services.find.views import AccreditationBrief
from services.terms import RelationKind

Words = Annotated[str, msgspec.Meta(max_length=2000)]
Token = Annotated[str, msgspec.Meta(max_length=64)]
BodyRef = Annotated[str, msgspec.Meta(max_length=30)]


class MatchesAnswer(Envelope, frozen=True, kw_only=True):
    data: tuple[MatchBrief, ...]


class MatchAnswer(Envelope, frozen=True, kw_only=True):
    data: Match


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What was decided: `records` moved, `position` of the leaf that says so in the log."""

    position: int
    records: int


class DecidedAnswer(Envelope, frozen=True, kw_only=True):
    data: Done


class EffectAnswer(Envelope, frozen=True, kw_only=True):
    """With `preview` the effect alone; else also what was done."""

    data: Effect
    done: Done | None = None


class DecisionIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`decision`: the same body, two that are kept apart, or two that are related. `into`: the body
    that stays (same), or of which the other is `kind` (relation). `because`: the reason, in words;
    `proof`: where what was seen can be seen. `version`: as the match was shown with."""

    decision: Literal["same", "apart", "relation"]
    because: Words
    version: Token
    proof: Words = ""
    into: BodyRef = ""
    kind: RelationKind | None = None


class MergeIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`into`: the body that stays. `version`: as the preview has it; a preview needs neither that
    nor a reason."""

    into: BodyRef
    because: Words = ""
    proof: Words = ""
    version: Token = ""


class UnmergeIn(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`also`: records that came after the merge and go along; the preview lists them."""

    because: Words = ""
    proof: Words = ""
    version: Token = ""
    also: Annotated[tuple[int, ...], msgspec.Meta(max_length=1000)] = ()


_BODY = examples.BODY.data
_MOVED = RecordMoved(id=91, source="example_scheme", label="Harbor Light Tests (made up)")
_EFFECT = Effect(
    body="b77",
    into="b12",
    undoing=False,
    version="5f0c2a91be77d310",
    refused=(),
    records=(_MOVED,),
    later=(),
    joined=(Joined(label="EXAB L90001", accreditation="a201", into="a34"),),
    accreditations=1,
    lines=14,
    watchlists=1,
    subscriptions=1,
    audits=0,
    audit_rows=0,
    shortlists=0,
    contradictions=(
        "status of EXAB L90001: suspended (example_scheme), active (example_register)",
    ),
    redirects=("b77",),
    doubts=1,
)
_SIDE = Side(
    body="b12",
    names=_BODY.names,
    identifiers=_BODY.identifiers,
    country=_BODY.country,
    city=_BODY.city,
    accreditations=tuple(
        AccreditationBrief(
            id=one.id, kind=one.kind, issuer=one.issuer, number=one.number, field=one.field,
            standard=one.standard, status=one.status, expires=one.expires, lines=one.lines,
        )
        for one in _BODY.accreditations
    ),
    sites=_BODY.sites,
    sources=("example_register",),
    records=1,
)  # fmt: skip
_BRIEF = MatchBrief(
    id="m12",
    state="open",
    reason="The same number is held under another name.",
    asked_at=_BODY.profile_evidence[0].first_seen,
    waits=False,
    record=_MOVED.label,
    source=_MOVED.source,
    body="b77",
    other="b12",
    evidence={"names": [_MOVED.label], "their_names": ["harbourlighttesting(madeup)"]},
)
MATCHES = MatchesAnswer(data=(_BRIEF,), meta=examples.BODY.meta)
MATCH = MatchAnswer(
    data=Match(
        **msgspec.structs.asdict(_BRIEF),
        sides=(msgspec.structs.replace(_SIDE, body="b77", sources=("example_scheme",)), _SIDE),
        version=_EFFECT.version,
        effect=_EFFECT,
    ),
    meta=examples.BODY.meta,
)
DECIDED = DecidedAnswer(data=Done(position=42, records=1), meta=examples.BODY.meta)
EFFECT = EffectAnswer(data=_EFFECT, meta=examples.BODY.meta)
_BECAUSE = "Both certificates name the same registered company."
DECISION_SENT = Example(
    summary="They are one body",
    value=DecisionIn(
        decision="same", into="b12", because=_BECAUSE, proof="file 12", version=_EFFECT.version
    ),
)
MERGE_SENT = Example(
    summary="One body under two ids",
    value=MergeIn(into="b12", because=_BECAUSE, proof="file 12", version=_EFFECT.version),
)
UNMERGE_SENT = Example(
    summary="It was another one",
    value=UnmergeIn(because="The company register names two companies.", version=_EFFECT.version),
)
