"""Choosing among bodies: side by side, in the place of one that fell, on a list with its proof."""

from litestar import Response, Router, get
from litestar.di import Provide

from directory import edge
from directory.api import compare_forms as forms
from directory.api import questions
from directory.api.answers import shown_tagged, tagged
from services.find import compare as comparing
from services.find import substitutes as replacing

PROBLEMS = (400, 404, 405, 500, 503)


def ids(text: str) -> tuple[str, ...]:
    """Ids with commas between, each once, in the order given."""
    return tuple(dict.fromkeys(one.strip() for one in text.split(",") if one.strip()))


@get(
    "/compare",
    operation_id="compareBodies",
    summary="Compare bodies",
    description="Up to five bodies side by side for a market, a product and a standard: status, "
    "scope, accreditations, designations, presence, languages, credentials by evidence, what "
    "speaks against each, and what is not known, with the reason. `parts` and `lines` hold first "
    "what differs. A line is an object, a parameter and a method; where a body's schedule is not "
    "held a line that is missing is `unknown`, never `absent`. There is no score. Follow "
    "`meta.next_cursor` for more lines: all pages are of one moment.",
    tags=["Bodies"],
    responses=shown_tagged(forms.ComparisonAnswer, "The comparison.", forms.COMPARISON, *PROBLEMS),
)
async def compare_bodies(
    request: edge.AnyRequest,
    moment: questions.AtMoment,
    bodies: forms.Bodies = "",
    market: forms.Market = "",
    product: forms.Product = "",
    standard: questions.Standard = "",
    cursor: questions.Cursor = "",
    limit: questions.Limit200 = 50,
) -> Response[forms.ComparisonAnswer]:
    asked = comparing.Compare(
        bodies=ids(bodies),
        market=market.strip(),
        product=product.strip(),
        standard=standard.strip(),
        cursor=cursor.strip(),
        limit=limit,
    )
    return await tagged(
        request,
        forms.ComparisonAnswer,
        comparing.compare,
        asked,
        on=moment.on,
        known_at=moment.known_at,
    )


@get(
    "/bodies/{body_id:str}/substitutes",
    operation_id="findSubstitutes",
    summary="Who can take a body's place",
    description="Bodies that keep the same lines under accreditations that stand on the day, those "
    "that lose the fewest lines first. Asked for are the lines of accreditations that do not "
    "stand, or those that are suspended alone; where all stands, all lines. Each line is kept "
    "word for word, by the same method, by the same standard in another edition, or lost: the "
    "answer counts each and names what is lost.",
    tags=["Bodies"],
    responses=shown_tagged(
        forms.SubstitutesAnswer, "The substitutes.", forms.SUBSTITUTES, *PROBLEMS
    ),
)
async def find_substitutes(
    request: edge.AnyRequest,
    body_id: questions.BodyId,
    moment: questions.AtMoment,
    standard: questions.Standard = "",
    country: questions.Country = "",
    exclude_owner: forms.ExcludeOwner = "",
    limit: forms.Limit50 = 10,
) -> Response[forms.SubstitutesAnswer]:
    asked = replacing.Ask(
        body=body_id,
        standard=standard.strip(),
        country=country.strip(),
        exclude_owner=exclude_owner.strip(),
        limit=limit,
    )
    return await tagged(
        request,
        forms.SubstitutesAnswer,
        replacing.substitutes,
        asked,
        on=moment.on,
        known_at=moment.known_at,
    )


at_a_moment = Router(
    "/",
    route_handlers=[compare_bodies, find_substitutes],
    dependencies={"moment": Provide(questions.moment)},
)
handlers = [at_a_moment]
