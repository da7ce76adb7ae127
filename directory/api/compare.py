"""Choosing among bodies: side by side, in the place of one that fell, on a list with its proof."""

from litestar import Response, Router, get
from litestar.di import Provide

from directory import edge
from directory.api import compare_forms as forms
from directory.api import questions
from directory.api.answers import shown_tagged, tagged
from services.find import compare as comparing

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
        market=market.strip().upper(),
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


at_a_moment = Router(
    "/",
    route_handlers=[compare_bodies],
    dependencies={"moment": Provide(questions.moment)},
)
handlers = [at_a_moment]
