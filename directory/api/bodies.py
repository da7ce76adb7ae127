"""Testing and inspection bodies: find them, and read one in full or in parts."""

from litestar import Response, Router, get
from litestar.di import Provide

from directory import edge
from directory.api import examples, questions
from directory.api.answers import (
    AccreditationAnswer,
    AccreditationsAnswer,
    BodyAnswer,
    FoundAnswer,
    ResolvedAnswer,
    ScopeAnswer,
    TimelineAnswer,
    shown_tagged,
    tagged,
)
from directory.api.problems import BadParameter
from services.find import body as reading
from services.find import search as searching
from services.find.timeline import Part
from services.terms import BodyKind, EvidenceLevel, PresenceMode
from services.validity import Standing
from services.verdict.number import look_up

PROBLEMS = (400, 404, 405, 500, 503)


@get(
    "/bodies",
    operation_id="findBodies",
    summary="Find bodies",
    description="Bodies that fit every part of the question, best first, with facets and with the "
    "scope lines that answer it. Words are matched in English and Chinese, standards in any "
    "spelling, numbers as printed. A standard is also answered by what its designation states (BS "
    "EN IEC 62368-1 by EN IEC 62368-1), then by hints that no source has confirmed (GB 4943.1 and "
    "IEC 62368-1): `why` says so with the confidence, and such bodies stand behind the others. "
    "`corrected` says which words were searched instead where none matched as typed. Where few "
    "bodies answer, `nearly` tells who misses one condition alone and what they have instead, and "
    "`excluded` counts them by condition. All counts are exact. `notes` tells what else the "
    "question met: a standard that nobody names and the nearest that is held. `as_of` asks a past "
    "day. Follow `meta.next_cursor` for more: all pages are of one state of the log.",
    tags=["Bodies"],
    responses=shown_tagged(
        FoundAnswer, "One page of bodies.", examples.FOUND, 400, 404, 405, 500, 503
    ),
)
async def find_bodies(
    request: edge.AnyRequest,
    q: questions.Words = "",
    country: questions.Country = "",
    kind: questions.Type = "",
    standard: questions.Standard = "",
    status: questions.StatusIs = "",
    source: questions.SourceKey = "",
    issuer: questions.Issuer = "",
    market: questions.Market = "",
    mode: questions.Mode = "",
    family: questions.StandardFamily = "",
    level: questions.Level = "",
    language: questions.Language = "",
    as_of: questions.AsOf = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit100 = 20,
) -> Response[FoundAnswer]:
    query = searching.Query(
        q=q.strip(),
        country=country.strip(),
        kind=questions.one_of("type", kind, BodyKind),
        standard=standard.strip(),
        status=questions.one_of("status", status, Standing),
        source=source.strip(),
        issuer=issuer.strip(),
        market=market.strip(),
        mode=questions.one_of("mode", mode, PresenceMode),
        family=family.strip(),
        level=questions.one_of("level", level, EvidenceLevel),
        language=language.strip(),
        as_of=questions.past_day(as_of),
        cursor=cursor,
        limit=limit,
    )
    now, today = edge.now(request), edge.today(request)
    return await tagged(request, FoundAnswer, searching.search, query, now=now, today=today)


@get(
    "/bodies/{body_id:str}",
    operation_id="readBody",
    summary="Read a body",
    description="Everything the directory holds of one body, each fact with its evidence, as it "
    "stood `on` a day and as `known_at` a time. Of long parts (scope lines, timeline) the first "
    "page. A body that was merged into another answers with that one and `meta.warnings` says so; "
    "ids are never reused.",
    tags=["Bodies"],
    responses=shown_tagged(BodyAnswer, "The body.", examples.BODY, *PROBLEMS),
)
async def read_body(
    request: edge.AnyRequest, body_id: questions.BodyId, moment: questions.AtMoment
) -> Response[BodyAnswer]:
    return await tagged(
        request, BodyAnswer, reading.body, body_id, on=moment.on, known_at=moment.known_at
    )


@get(
    "/bodies/{body_id:str}/accreditations",
    operation_id="readAccreditations",
    summary="Accreditations of a body",
    description="All accreditations, designations and permissions of a body with the decision on "
    "each, its reasons, its events and what every source says of it.",
    tags=["Bodies"],
    responses=shown_tagged(
        AccreditationsAnswer, "Its accreditations.", examples.ACCREDITATIONS, *PROBLEMS
    ),
)
async def read_accreditations(
    request: edge.AnyRequest, body_id: questions.BodyId, moment: questions.AtMoment
) -> Response[AccreditationsAnswer]:
    return await tagged(
        request,
        AccreditationsAnswer,
        reading.accreditations,
        body_id,
        on=moment.on,
        known_at=moment.known_at,
    )


@get(
    "/bodies/{body_id:str}/scope",
    operation_id="readScope",
    summary="Scope lines of a body",
    description="What it may test, inspect or certify, line by line, searchable and paged. `total` "
    "counts the lines that match, `of` those held.",
    tags=["Bodies"],
    responses=shown_tagged(ScopeAnswer, "One page of scope lines.", examples.SCOPE, *PROBLEMS),
)
async def read_scope(
    request: edge.AnyRequest,
    body_id: questions.BodyId,
    moment: questions.AtMoment,
    q: questions.Words = "",
    standard: questions.Standard = "",
    accreditation: questions.Accreditation = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit200 = 50,
) -> Response[ScopeAnswer]:
    return await tagged(
        request,
        ScopeAnswer,
        reading.scope,
        body_id,
        q=q.strip(),
        standard=standard.strip(),
        accreditation=accreditation.strip(),
        cursor=cursor,
        limit=limit,
        on=moment.on,
        known_at=moment.known_at,
    )


@get(
    "/bodies/{body_id:str}/timeline",
    operation_id="readTimeline",
    summary="Timeline of a body",
    description="What happened, on both axes: when it was true and when the directory learned it, "
    "with the source's own words: granted, renewed, extended, suspended (in part: `params` names "
    "lines or sites), restored, withdrawn, transferred, expired; names, schedules, lists left and "
    "entered again. What the directory had said before and took back stays, with `known_until`; "
    "`cause` and `cause_until` tell whether the source or our reading of it changed. "
    "Follow `meta.next_cursor` for earlier entries: all pages are as known at one time.",
    tags=["Bodies"],
    responses=shown_tagged(TimelineAnswer, "Its timeline.", examples.TIMELINE, *PROBLEMS),
)
async def read_timeline(
    request: edge.AnyRequest,
    body_id: questions.BodyId,
    moment: questions.AtMoment,
    start: questions.FirstDay = "",
    end: questions.LastDay = "",
    known_from: questions.KnownFrom = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit500 = 100,
) -> Response[TimelineAnswer]:
    first, last = questions.period(start, end)
    return await tagged(
        request,
        TimelineAnswer,
        reading.timeline,
        body_id,
        on=moment.on,
        known_at=moment.known_at,
        part=Part(
            start=first,
            end=last,
            known_from=questions.since(known_from),
            cursor=cursor.strip(),
            limit=limit,
        ),
    )


@get(
    "/accreditations/{accreditation_id:str}",
    operation_id="readAccreditation",
    summary="Read an accreditation",
    description="One accreditation, designation or permission: the decision with its reasons, its "
    "events, its spans over time and its evidence. One that became another when its holder was "
    "merged answers with that one and `meta.warnings` says so.",
    tags=["Accreditations"],
    responses=shown_tagged(
        AccreditationAnswer, "The accreditation.", examples.ACCREDITATION, *PROBLEMS
    ),
)
async def read_accreditation(
    request: edge.AnyRequest,
    accreditation_id: questions.AccreditationId,
    moment: questions.AtMoment,
) -> Response[AccreditationAnswer]:
    return await tagged(
        request,
        AccreditationAnswer,
        reading.accreditation,
        accreditation_id,
        on=moment.on,
        known_at=moment.known_at,
    )


@get(
    "/resolve",
    operation_id="resolveNumber",
    summary="Look up a number",
    description="What a number from a certificate or report stands for: the registered "
    "accreditations and bodies, and the accreditation bodies whose pattern it fits (a hint, never "
    "proof). A number that nobody bears is NOT_FOUND; `flags` and `candidates` then say whose "
    "looks like it (I, L and 1, O and 0, letters of other scripts, lost leading zeros). With "
    "`body`, the holder that the paper names, a number registered for another is "
    "IDENTITY_UNRESOLVED, and the claimed holder's own number that looks like it comes first "
    "among the candidates. A number that several have borne is flagged as well. The directory "
    "never calls a number fake.",
    tags=["Accreditations"],
    responses=shown_tagged(
        ResolvedAnswer, "What the number stands for.", examples.RESOLVED, *PROBLEMS
    ),
)
async def resolve_number(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    number: questions.Number = "",
    claimed: questions.Claimed = "",
) -> Response[ResolvedAnswer]:
    if not number.strip():
        raise BadParameter(
            "number", "number is empty.", "It takes a number as printed, as CNAS L90417."
        )
    return await tagged(
        request,
        ResolvedAnswer,
        look_up,
        number.strip(),
        claimed.strip(),
        on=moment.on,
        known_at=moment.known_at,
    )


# parts that read a body at a moment share how `on` and `known_at` are read
at_a_moment = Router(
    "/",
    route_handlers=[
        read_body,
        read_accreditations,
        read_scope,
        read_timeline,
        read_accreditation,
        resolve_number,
    ],
    dependencies={"moment": Provide(questions.moment)},
)
