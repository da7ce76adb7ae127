"""Shortlists: made from ticked bodies, read by link, printed, and asked by an enquiry."""

from collections.abc import Sequence

from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge, who
from directory.api.compare import ids
from directory.api.shortlists import addresses
from directory.pages.choose_words import (
    PARTS,
    SINCE_PARTS,
    SINCE_WHATS,
    STATES,
    why_unknown,
)
from directory.pages.market_words import PRODUCTS, product_word
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, Redirect, page
from directory.pages.tongue import Tongue
from services.errors import BadQuestion
from services.find import enquiry as asking
from services.find import shortlists as listing
from services.find.compare import Compare, check_bodies, side_by_side
from services.find.compare_views import Compared, Part, Unknown
from services.find.enquiry import EnquiryView, Lang
from services.find.meta import meta as about_of
from services.find.shortlist_views import FrozenBody, FrozenUnknown, ShortlistView
from services.find.views import Meta, NameView
from services.terms import NameKind, Verdict

_PRIVATE = {"cache-control": "no-store"}
_SEE_OTHER = 303
LINES = 12  # of one body on the page; the tables hold all that were frozen


def new_page(
    frame: Frame,
    asked: dict[str, str],
    bodies: Sequence[Compared],
    meta: Meta,
    refused: BadQuestion | None = None,
) -> str:
    return render(
        frame,
        "shortlist_new.html",
        asked=asked,
        bodies=bodies,
        refused=refused,
        longest_title=listing.LONGEST_TITLE,
        longest_note=listing.LONGEST_NOTE,
        meta=meta,
        banner=Banners.of(meta, made=any(body.made for body in bodies)),
    )


def _names(body: FrozenBody) -> list[NameView]:
    """A frozen body's names as pages order them by language."""
    return [
        NameView(text=one.text, lang=one.lang, kind=NameKind(one.kind or NameKind.AS_LISTED))
        for one in body.names
    ]


def shortlist_page(frame: Frame, found: ShortlistView, meta: Meta) -> str:
    tongue = frame.tongue

    def missing(one: FrozenUnknown) -> str:
        if one.part not in list(Part):
            return one.text
        part = Part(one.part)
        said = Unknown(part=part, code=one.code, params=one.params, text=one.text)
        return f"{tongue(PARTS[part])}{'：' if tongue.zh else ': '}{why_unknown(tongue, said)}"

    return render(
        frame,
        "shortlist.html",
        found=found,
        product=product_word(tongue, found.product) if found.product in PRODUCTS else found.product,
        names_of=_names,
        verdict_of=Verdict,
        missing=missing,
        states=STATES,
        since_parts={part: tongue(said) for part, said in SINCE_PARTS.items()},
        since_whats={what: tongue(said) for what, said in SINCE_WHATS.items()},
        lines=LINES,
        again=",".join(item.now for item in found.items),
        meta=meta,
        banner=Banners.of(meta, made=any(item.frozen.made for item in found.items)),
    )


def enquiry_page(frame: Frame, found: ShortlistView, asked: EnquiryView, meta: Meta) -> str:
    return render(
        frame,
        "enquiry.html",
        found=found,
        enquiry=asked,
        named={item.body: _names(item.frozen) for item in found.items},
        meta=meta,
        banner=Banners.of(meta, made=any(item.frozen.made for item in found.items)),
    )


async def _new(
    request: edge.AnyRequest,
    tongue: Tongue,
    asked: dict[str, str],
    refused: BadQuestion | None = None,
) -> Html:
    """The form with its bodies by name; raises BadQuestion and NotFound for wrong ones."""
    chosen = ids(asked["bodies"])
    check_bodies(chosen, listing.MOST, "put on a list")
    on, known_at = edge.today(request), edge.now(request)

    def ask(conn: Connection) -> tuple[Sequence[Compared], Meta]:
        side = side_by_side(conn, Compare(bodies=chosen), on=on, known_at=known_at, limit=1)
        about = about_of(conn, side.held.sources_behind(), on=on, known_at=known_at)
        return side.columns, about

    bodies, about = await edge.snapshot(request, ask)
    query = tuple((name, value) for name, value in asked.items() if value)
    frame = Frame(tongue, "/shortlists/new", query)
    html = new_page(frame, asked, bodies, about, refused)
    return page(html, 400 if refused else 200, _PRIVATE)


@get("/shortlists/new")
async def new(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    bodies: FromQuery[str] = "",
    market: FromQuery[str] = "",
    product: FromQuery[str] = "",
    standard: FromQuery[str] = "",
) -> Html | Redirect:
    """``body`` may stand several times, as the ticks of a list send it: it leads to ``bodies``."""
    ticked = request.query_params.getall("body", [])
    chosen = ",".join(ids(",".join([bodies, *map(str, ticked)])))
    asked = {
        "bodies": chosen,
        "market": market.strip(),
        "product": product.strip(),
        "standard": standard.strip(),
    }
    if ticked:
        return Redirect(Frame(tongue, "").url("/shortlists/new", **asked))
    return await _new(request, tongue, asked)


@post("/shortlists", status_code=_SEE_OTHER)
async def make(request: edge.AnyRequest, tongue: NamedDependency[Tongue]) -> Html | Redirect:
    """From the form; only from a page of this host, so that no other site fills the table."""
    who.same_origin(request)
    form = await request.form()
    names = ("bodies", "title", "market", "product", "standard")
    asked = {name: str(form.get(name, "")).strip() for name in names}
    chosen = ids(asked["bodies"])
    notes = {id_: str(form.get(f"note-{id_}", "")).strip() for id_ in chosen}
    wanted = listing.New(
        bodies=chosen,
        title=asked["title"],
        market=asked["market"],
        product=asked["product"],
        standard=asked["standard"],
        notes={id_: note for id_, note in notes.items() if note},
    )
    on, now = edge.today(request), edge.now(request)
    try:
        made = await edge.write(request, listing.make, wanted, on=on, now=now)
    except BadQuestion as fault:
        return await _new(request, tongue, asked, fault)
    return Redirect(tongue.path(f"/shortlists/{made.key}"), _PRIVATE, _SEE_OTHER)


@get("/shortlists/{key:str}")
async def shortlist(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], key: FromPath[str]
) -> Html:
    on, known_at = edge.today(request), edge.now(request)
    found, meta = await edge.snapshot(request, listing.read, key, on=on, known_at=known_at)
    html = shortlist_page(Frame(tongue, f"/shortlists/{found.key}"), found, meta)
    return page(html, headers=_PRIVATE)


async def _asked(
    request: edge.AnyRequest, tongue: Tongue, key: str, body: str
) -> tuple[ShortlistView, EnquiryView, Meta]:
    on, known_at = edge.today(request), edge.now(request)
    found, meta = await edge.snapshot(request, listing.read, key, on=on, known_at=known_at)
    address = addresses(edge.settings(request).proof.origin, tongue.code)
    return found, asking.enquiry(found, body.strip(), Lang(tongue.code), address), meta


@get("/shortlists/{key:str}/enquiry")
async def enquiry(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    key: FromPath[str],
    to: FromQuery[str] = "",
) -> Html:
    found, asked, meta = await _asked(request, tongue, key, to)
    query = (("to", asked.body),)
    frame = Frame(tongue, f"/shortlists/{found.key}/enquiry", query)
    return page(enquiry_page(frame, found, asked, meta), headers=_PRIVATE)


@get("/shortlists/{key:str}/enquiry.txt")
async def enquiry_text(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    key: FromPath[str],
    to: FromQuery[str] = "",
) -> Response[str]:
    _, asked, _ = await _asked(request, tongue, key, to)
    named = f'attachment; filename="enquiry-{asked.body}.txt"'
    headers = {**_PRIVATE, "content-disposition": named}
    return Response(asked.text, media_type="text/plain", headers=headers)


handlers = (new, make, shortlist, enquiry, enquiry_text)
