"""A body, its parts, one accreditation, and the evidence of one statement."""

from collections.abc import Sequence

import msgspec
from litestar import get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.engine import Connection

from directory import edge
from directory.pages import body_brand as brand
from directory.pages import freshness, standing
from directory.pages.pictures import timeline
from directory.pages.render import Banners, Frame, render
from directory.pages.reply import Html, Redirect, page, titles
from directory.pages.tongue import Tongue
from directory.pages.watchlists import Watching, watching
from services.errors import BadQuestion
from services.find import abroad as abroad_of
from services.find import body as reading
from services.find import evidence as proving
from services.find.abroad import AbroadView
from services.find.views import (
    AccreditationView,
    BodyView,
    Evidence,
    Meta,
    Scope,
    TimelineEntry,
)
from services.terms import Polarity
from services.verify.contract import Freshness

# accreditations on the body's own page: each with its evidence is some 2 kB, the page < 100 kB
MOST = 16
MOST_LINES = 4  # scope lines there: each is some 1.2 kB, and a page of them is one link away
MOST_ENTRIES = 4  # of history there
LINES_ALONE = 50  # scope lines on the scope's own page
ENTRIES = 60  # of history on its own page


def body_page(
    frame: Frame, body: BodyView, abroad: AbroadView, meta: Meta, watching: Watching | None = None
) -> str:
    """``watching``: the lists of whoever is signed in."""
    tongue = frame.tongue
    adverse = sum(c.polarity is Polarity.ADVERSE for c in body.credentials)
    lines = msgspec.structs.replace(body.scope, lines=body.scope.lines[:MOST_LINES])
    more = "first" if body.scope.of > len(lines.lines) else None
    return render(
        frame,
        "body.html",
        body=body,
        meta=meta,
        watching=watching,
        today=standing.today(tongue, meta.on, body.standings, adverse),
        picture=timeline(body.accreditations, meta.on),
        most=MOST,
        credentials=brand.grouped(tongue, body.credentials),
        marks=brand.marks(body.credentials),
        on_record=brand.on_record(tongue, body, abroad),
        abroad=abroad,
        most_abroad=brand.SHOWN,
        say=lambda family, value: brand.said(tongue, family, value),
        proof=brand.proof,
        shapes=standing.SHAPES,
        sections=_sections(tongue, body, abroad),
        scope_q="",
        scope_standard="",
        scope_accreditation="",
        scope=lines,
        scope_meta=_with_cursor(meta, more),
        most_entries=MOST_ENTRIES,
        titles={source.key: source for source in (*meta.sources, *body.sources)},
        banner=Banners.of(meta, made=body.made),
    )


def _with_cursor(meta: Meta, cursor: str | None) -> Meta:
    """The body's own page shows fewer lines than a page of scope: "first" begins that page."""
    return msgspec.structs.replace(meta, next_cursor=cursor)


def _sections(tongue: Tongue, body: BodyView, abroad: AbroadView) -> list[tuple[str, str, int]]:
    parts = (
        abroad.cooperations, abroad.acceptances, abroad.projects, abroad.accompaniments,
        abroad.expertise, abroad.offers,
    )  # fmt: skip
    sites, presences = body.sites, body.presences  # where body_reach.html says that it is
    there = {body.country, *(s.country for s in sites), *(p.country for p in presences)} - {""}
    related = [("related", tongue("Related bodies"), len(body.related))] if body.related else []
    return [
        ("accreditations", tongue("Accreditations and designations"), len(body.accreditations)),
        *related,
        ("scope", tongue("Scope"), body.scope.of),
        ("places", tongue("Places"), len(body.sites) + len(body.presences)),
        ("credentials", tongue("Credentials"), len(body.credentials)),
        ("abroad", tongue("Going abroad"), sum(map(len, parts))),
        ("ownership", tongue("Ownership"), len(abroad.ownerships)),
        ("reach", tongue("Markets it reaches"), len(there)),
        ("history", tongue("History"), len(body.timeline)),
        ("sources", tongue("Sources"), len(body.sources)),
    ]


def scope_page(
    frame: Frame, body: BodyView, scope: Scope, meta: Meta, asked: dict[str, str]
) -> str:
    return render(
        frame,
        "body_part.html",
        part="scope",
        body=body,
        meta=meta,
        scope=scope,
        scope_meta=meta,
        scope_q=asked["q"],
        scope_standard=asked["standard"],
        scope_accreditation=asked["accreditation"],
        titles=titles(meta),
        banner=Banners.of(meta, made=body.made),
    )


def history_page(frame: Frame, body: BodyView, entries: Sequence[TimelineEntry], meta: Meta) -> str:
    return render(
        frame,
        "body_part.html",
        part="history",
        body=body,
        entries=entries,
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta, made=body.made),
    )


def accreditations_page(
    frame: Frame, body: BodyView, accreditations: Sequence[AccreditationView], meta: Meta
) -> str:
    return render(
        frame,
        "body_part.html",
        part="accreditations",
        body=body,
        accreditations=accreditations,
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta, made=body.made),
    )


def accreditation_page(
    frame: Frame,
    accreditation: AccreditationView,
    holder: BodyView,
    meta: Meta,
    contract: Freshness,
) -> str:
    return render(
        frame,
        "accreditation.html",
        a=accreditation,
        holder=frame.tongue.names(holder.names),
        meta=meta,
        picture=timeline([accreditation], meta.on),
        titles=titles(meta),
        banner=Banners.of(meta, made=holder.made),
        **freshness.in_words(frame.tongue, contract),
    )


def evidence_page(frame: Frame, evidence: Evidence, meta: Meta, *, fragment: bool) -> str:
    return render(
        frame,
        "evidence_panel.html" if fragment else "evidence.html",
        e=evidence,
        meta=meta,
        titles=titles(meta),
        banner=Banners.of(meta, made=evidence.made, keys={evidence.source}),
    )


@get("/bodies/{body_id:str}")
async def body(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], body_id: FromPath[str]
) -> Html | Redirect:
    on, known_at = edge.today(request), edge.now(request)

    def ask(conn: Connection) -> tuple[BodyView, AbroadView, Meta]:
        held, meta = reading.body(conn, body_id, on=on, known_at=known_at)
        going, _ = abroad_of.abroad(conn, held.id, on=on, known_at=known_at)
        return held, going, meta

    held, going, meta = await edge.snapshot(request, ask)
    if held.id != body_id:  # merged: the old address leads to the body that stands
        return Redirect(tongue.path(f"/bodies/{held.id}"))
    own = await watching(request, held.id)
    return page(body_page(Frame(tongue, f"/bodies/{body_id}"), held, going, meta, own))


@get("/bodies/{body_id:str}/scope")
async def body_scope(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    body_id: FromPath[str],
    q: FromQuery[str] = "",
    standard: FromQuery[str] = "",
    accreditation: FromQuery[str] = "",
    cursor: FromQuery[str] = "",
) -> Html:
    asked = {"q": q.strip(), "standard": standard.strip(), "accreditation": accreditation.strip()}
    on, known_at = edge.today(request), edge.now(request)

    def ask(conn: Connection) -> tuple[BodyView, Scope, Meta]:
        held, _ = reading.body(conn, body_id, on=on, known_at=known_at)
        start = "" if cursor == "first" else cursor
        lines, meta = reading.scope(
            conn, body_id, **asked, cursor=start, limit=LINES_ALONE, on=on, known_at=known_at
        )
        return held, lines, meta

    held, lines, meta = await edge.snapshot(request, ask)
    query = tuple((name, value) for name, value in asked.items() if value)
    frame = Frame(tongue, f"/bodies/{body_id}/scope", query)
    return page(scope_page(frame, held, lines, meta, asked))


@get("/bodies/{body_id:str}/history")
async def body_history(
    request: edge.AnyRequest,
    tongue: NamedDependency[Tongue],
    body_id: FromPath[str],
    cursor: FromQuery[str] = "0",
) -> Html:
    if not cursor.isascii() or not cursor.isdigit() or len(cursor) > 9:
        raise BadQuestion(f"cursor: {cursor} is no place in a history.", "Follow “Earlier”.")
    start = int(cursor)
    on, known_at = edge.today(request), edge.now(request)

    def ask(conn: Connection) -> tuple[BodyView, tuple[TimelineEntry, ...], Meta]:
        held, _ = reading.body(conn, body_id, on=on, known_at=known_at)
        entries, meta = reading.timeline(conn, body_id, on=on, known_at=known_at)
        following = str(start + ENTRIES) if len(entries) > start + ENTRIES else None
        return held, entries[start : start + ENTRIES], _with_cursor(meta, following)

    held, entries, meta = await edge.snapshot(request, ask)
    frame = Frame(tongue, f"/bodies/{body_id}/history")
    return page(history_page(frame, held, entries, meta))


@get("/bodies/{body_id:str}/accreditations")
async def body_accreditations(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], body_id: FromPath[str]
) -> Html:
    on, known_at = edge.today(request), edge.now(request)
    held, meta = await edge.snapshot(request, reading.body, body_id, on=on, known_at=known_at)
    frame = Frame(tongue, f"/bodies/{body_id}/accreditations")
    return page(accreditations_page(frame, held, held.accreditations, meta))


@get("/accreditations/{accreditation_id:str}")
async def accreditation(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], accreditation_id: FromPath[str]
) -> Html | Redirect:
    on, known_at = edge.today(request), edge.now(request)

    def ask(conn: Connection) -> tuple[AccreditationView, BodyView, Meta, Freshness]:
        one, meta = reading.accreditation(conn, accreditation_id, on=on, known_at=known_at)
        holder, _ = reading.body(conn, one.body, on=on, known_at=known_at)
        return one, holder, meta, freshness.told(conn, one, request)

    one, holder, meta, contract = await edge.snapshot(request, ask)
    if one.id != accreditation_id:  # its holder was merged: as the body's old address does
        return Redirect(tongue.path(f"/accreditations/{one.id}"))
    frame = Frame(tongue, f"/accreditations/{accreditation_id}")
    return page(accreditation_page(frame, one, holder, meta, contract))


@get("/evidence/{ref:str}")
async def evidence(
    request: edge.AnyRequest, tongue: NamedDependency[Tongue], ref: FromPath[str]
) -> Html:
    found, meta = await edge.snapshot(request, proving.evidence, ref, known_at=edge.now(request))
    fragment = request.headers.get("hx-request") == "true"
    frame = Frame(tongue, f"/evidence/{ref}")
    return page(evidence_page(frame, found, meta, fragment=fragment))
