"""Where a body stands abroad, what its brand has to show, and what it does on the way there."""

from litestar import Response, Router, get
from litestar.di import Provide

from directory import edge
from directory.api import brand_forms as forms
from directory.api import questions
from directory.api.answers import CredentialsAnswer, PresenceAnswer, shown_tagged, tagged
from services.find import abroad as abroad_of
from services.find import body as reading
from services.terms import CredentialKind

_PROBLEMS = (400, 404, 405, 500, 503)


@get(
    "/bodies/{body_id:str}/presence",
    operation_id="readPresence",
    summary="Overseas presence of a body",
    description="Where it stands abroad, built (its own) or borrowed (a partner's), what may be "
    "issued there and in whose name, and how well that is proven. `covered_by` names the "
    "accreditations whose schedule names a site there and how each stands at that site on the day; "
    "`claim_only`: none does, and no issuer bears the presence out.",
    tags=["Bodies"],
    responses=shown_tagged(PresenceAnswer, "Its presences.", forms.PRESENCE, *_PROBLEMS),
)
async def read_presence(
    request: edge.AnyRequest,
    body_id: questions.BodyId,
    moment: questions.AtMoment,
    country: forms.Country = "",
) -> Response[PresenceAnswer]:
    return await tagged(
        request,
        PresenceAnswer,
        reading.presence,
        body_id,
        country=country.strip(),
        on=moment.on,
        known_at=moment.known_at,
    )


@get(
    "/bodies/{body_id:str}/credentials",
    operation_id="readCredentials",
    summary="Credentials of a body",
    description="Trademarks by class and territory, awards, memberships, designations, rankings, "
    "proficiency results and penalties, each with its level of evidence; adverse ones first, and "
    "left out by no filter for verified ones. `via_parent`: who really holds it. `renewal_due` and "
    "`expiring` tell what is to be done. There is no score.",
    tags=["Bodies"],
    responses=shown_tagged(CredentialsAnswer, "Its credentials.", forms.CREDENTIALS, *_PROBLEMS),
)
async def read_credentials(
    request: edge.AnyRequest,
    body_id: questions.BodyId,
    moment: questions.AtMoment,
    verified_only: forms.VerifiedOnly = "",
    expiring_within: forms.ExpiringWithin = "",
    kind: forms.KindOfCredential = "",
) -> Response[CredentialsAnswer]:
    return await tagged(
        request,
        CredentialsAnswer,
        reading.credentials,
        body_id,
        verified_only=forms.yes("verified_only", verified_only),
        expiring_within=forms.days("expiring_within", expiring_within),
        kind=questions.one_of("kind", kind, CredentialKind),
        on=moment.on,
        known_at=moment.known_at,
    )


@get(
    "/bodies/{body_id:str}/abroad",
    operation_id="readAbroad",
    summary="A body on the way abroad",
    description="Cooperation agreements, results accepted abroad from–to, “small and beautiful” "
    "projects, cases of going along with a manufacturer, experts as counts, services offered, and "
    "who owns the body, each with its level of evidence. `current`: true on the day asked about. "
    "A client that did not agree is not told of. That an owner is prohibited is a source's word "
    "under a named rule, never inferred.",
    tags=["Bodies"],
    responses=shown_tagged(forms.AbroadAnswer, "Its way abroad.", forms.ABROAD, *_PROBLEMS),
)
async def read_abroad(
    request: edge.AnyRequest, body_id: questions.BodyId, moment: questions.AtMoment
) -> Response[forms.AbroadAnswer]:
    return await tagged(
        request,
        forms.AbroadAnswer,
        abroad_of.abroad,
        body_id,
        on=moment.on,
        known_at=moment.known_at,
    )


at_a_moment = Router(
    "/",
    route_handlers=[read_presence, read_credentials, read_abroad],
    dependencies={"moment": Provide(questions.moment)},
)
