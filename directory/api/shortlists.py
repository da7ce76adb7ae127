"""Shortlists by link: made, read with what changed since, taken out as a table or an enquiry."""

from collections.abc import Callable
from typing import Annotated

from litestar import Response, get, post
from litestar.openapi.datastructures import ResponseSpec
from litestar.openapi.spec import Example
from litestar.params import Body
from sqlalchemy.engine import Connection

from directory import edge
from directory.api import compare_forms as forms
from directory.api import questions
from directory.api.answers import fresh, shown
from directory.api.problems import declared
from services.find import enquiry as asking
from services.find import shortlist_table as table
from services.find import shortlists as listing
from services.find.enquiry import EnquiryView, Lang
from services.find.meta import meta
from services.find.views import Meta

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_TAGS = ["Shortlists"]
PROBLEMS = (400, 404, 405, 500, 503)


def addresses(origin: str, lang: str) -> Callable[[str], str]:
    """Paths of the pages in a language, under this directory's own address where it is set: never
    one that a request named."""
    base = origin.rstrip("/") if origin.startswith(("https://", "http://")) else ""
    return lambda path: f"{base}/{lang}{path}"


@post(
    "/shortlists",
    status_code=201,
    operation_id="makeShortlist",
    summary="Make a shortlist",
    description="Freezes what the directory shows of up to 20 bodies for a market, a product and a "
    "standard, each fact with its evidence, under a link that nobody can guess. Whoever has the "
    "link sees the list; nothing on it is altered afterwards. Particulars of persons in the title "
    "and the notes are left out.",
    tags=_TAGS,
    responses={
        201: ResponseSpec(
            forms.MadeAnswer,
            description="Its key; `Location` is its address.",
            generate_examples=False,
            examples=[Example(summary="A made-up list", value=forms.MADE)],
        ),
        **declared(*PROBLEMS),
    },
)
async def make_shortlist(
    request: edge.AnyRequest,
    data: Annotated[forms.ShortlistIn, Body(examples=[forms.SHORTLIST_SENT])],
) -> Response[forms.MadeAnswer]:
    now, today = edge.now(request), edge.today(request)
    new = listing.New(
        bodies=tuple(dict.fromkeys(data.bodies)),
        title=data.title,
        market=data.market.strip(),
        product=data.product.strip(),
        standard=data.standard.strip(),
        notes=data.notes,
    )

    def write(conn: Connection) -> tuple[listing.Made, Meta]:
        return listing.make(conn, new, on=today, now=now), meta(conn, (), on=today, known_at=now)

    made, about = await edge.write(request, write)
    where = f"/api/v1/shortlists/{made.key}"
    answer = forms.MadeAnswer(
        data=forms.ShortlistMade(key=made.key, address=where, dropped=made.dropped), meta=about
    )
    return Response(
        answer, status_code=201, headers={"cache-control": "no-store", "location": where}
    )


@get(
    "/shortlists/{key:str}",
    operation_id="readShortlist",
    summary="Read a shortlist",
    description="What was frozen of each body, with the ref of each statement and the SHA-256 of "
    "the bytes that it was read from, and under `since` what today's answer says otherwise: "
    "status, lines, presence, credentials, adverse items.",
    tags=_TAGS,
    responses=shown(forms.ShortlistAnswer, "The list.", forms.SHORTLIST, *PROBLEMS),
)
async def read_shortlist(
    request: edge.AnyRequest, key: forms.Key
) -> Response[forms.ShortlistAnswer]:
    on, known_at = edge.today(request), edge.now(request)
    return await fresh(request, forms.ShortlistAnswer, listing.read, key, on=on, known_at=known_at)


@get(
    "/shortlists/{key:str}/enquiry",
    operation_id="writeEnquiry",
    summary="An enquiry ready to send",
    description="Plain text to one body of the list, in English or Chinese: product, market, "
    "standard, the lines that match, the numbers, and for each the address at which its evidence "
    "is shown. It is addressed to no person.",
    tags=_TAGS,
    responses=shown(forms.EnquiryAnswer, "The text.", forms.ENQUIRY, *PROBLEMS),
)
async def write_enquiry(
    request: edge.AnyRequest, key: forms.Key, recipient: forms.OfBody = "", lang: forms.LangIs = ""
) -> Response[forms.EnquiryAnswer]:
    chosen = Lang(questions.one_of("lang", lang, Lang) or Lang.EN)
    address = addresses(edge.settings(request).proof.origin, chosen)
    on, known_at = edge.today(request), edge.now(request)

    def ask(conn: Connection) -> tuple[EnquiryView, Meta]:
        found, about = listing.read(conn, key, on=on, known_at=known_at)
        return asking.enquiry(found, recipient.strip(), chosen, address), about

    return await fresh(request, forms.EnquiryAnswer, ask)


async def _table(
    request: edge.AnyRequest, key: str, form: str, made: Callable[..., bytes]
) -> Response[bytes]:
    on, known_at = edge.today(request), edge.now(request)
    found, _ = await edge.snapshot(request, listing.read, key, on=on, known_at=known_at)
    named = f'attachment; filename="shortlist-{found.on.isoformat()}.{form}"'
    headers = {"content-disposition": named, "cache-control": "no-store"}
    kind = CSV if form == "csv" else XLSX
    return Response(made(found), media_type=kind, headers=headers)


def _file(kind: str) -> dict[int, ResponseSpec]:
    return {
        200: ResponseSpec(
            bytes, description="The table.", media_type=kind, generate_examples=False
        ),
        **declared(*PROBLEMS),
    }


_TABLE = (
    "Every frozen fact in a row of its own, with its evidence, and what changed since. Cells that "
    "a spreadsheet would take for a formula are made texts."
)


@get(
    "/shortlists/{key:str}/table.csv",
    operation_id="shortlistCsv",
    summary="A shortlist as CSV",
    description=_TABLE,
    media_type=CSV,
    tags=_TAGS,
    responses=_file(CSV),
)
async def shortlist_csv(request: edge.AnyRequest, key: forms.Key) -> Response[bytes]:
    return await _table(request, key, "csv", table.csv)


@get(
    "/shortlists/{key:str}/table.xlsx",
    operation_id="shortlistXlsx",
    summary="A shortlist as XLSX",
    description=_TABLE,
    media_type=XLSX,
    tags=_TAGS,
    responses=_file(XLSX),
)
async def shortlist_xlsx(request: edge.AnyRequest, key: forms.Key) -> Response[bytes]:
    return await _table(request, key, "xlsx", table.xlsx)


handlers = [make_shortlist, read_shortlist, write_enquiry, shortlist_csv, shortlist_xlsx]
