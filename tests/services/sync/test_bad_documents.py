"""PDF and XML that want to hurt: loops, bombs and work without end, over the real road."""

import io
import zlib
from collections.abc import Sequence

import msgspec
import pytest
from reportlab.lib import colors
from reportlab.lib.pagesizes import A4, landscape
from reportlab.platypus import SimpleDocTemplate, Table

from services.kit import Page
from services.settings import ReadSettings
from services.sources import sk_trusted_list
from services.sync.run import Given, carry_out
from services.terms import RunState
from tests.services.sync.conftest import Traveller
from tests.services.sync.test_bad_input import HEADER, ROWS, House

LATIN = tuple((name if name.isascii() else "Egret Batteries", *rest) for name, *rest in ROWS)


def as_pdf(rows: Sequence[Sequence[str]] = LATIN) -> bytes:
    out = io.BytesIO()
    table = Table([HEADER, *rows], style=[("GRID", (0, 0), (-1, -1), 0.5, colors.black)])
    SimpleDocTemplate(out, pagesize=landscape(A4)).build([table])
    return out.getvalue()


def document(content: bytes) -> bytes:
    """A PDF of one page with this content stream, compressed."""
    packed = zlib.compress(content, 9)
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources 6 0 R>>",
        b"<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream" % (len(packed), packed),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
        b"<</Font<</F 5 0 R>>>>",
    ]
    return written(objects)


def written(objects: Sequence[bytes]) -> bytes:
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + table
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, at)


@pytest.fixture
def pdf_house(traveller: Traveller) -> House:
    return House(traveller, "pdf", as_pdf())


def test_a_pdf_that_hangs_a_parser_is_ended_in_time(pdf_house: House) -> None:
    """Twelve million lines to draw and words to place: minutes of work in some kilobytes."""
    traveller = pdf_house.traveller
    usual = traveller.settings
    brief = ReadSettings(time="3s", megabytes=400)
    traveller.settings = msgspec.structs.replace(usual, read=brief)
    content = b"0 0 m 9 9 l S BT /F 9 Tf 9 9 Td (x) Tj ET\n" * 12_000_000
    run_id = traveller.ask("xx_list", "table")
    page = Page(url="https://office.example/register", body=document(content))
    at = traveller.clock.on(hours=1)
    assert carry_out(traveller.road, run_id, Given((page,), at)) is RunState.REFUSED
    [reason] = traveller.run(run_id).reasons
    assert "longer than 3 seconds" in reason or "megabytes" in reason or "larger" in reason
    traveller.settings = usual
    assert pdf_house.give(pdf_house.good)[0] is RunState.UNCHANGED


def test_a_page_tree_that_contains_itself_is_refused(pdf_house: House) -> None:
    pdf_house.refuses(
        written([b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[2 0 R 2 0 R]/Count 9>>"])
    )


def test_a_pdf_without_text_names_the_remedy(pdf_house: House) -> None:
    said = pdf_house.refuses(document(b"0 0 m 9 9 l S"))
    assert "holds no text" in said
    assert "Ask the publisher for the text file" in said


def test_a_cut_off_pdf_is_refused(pdf_house: House) -> None:
    whole = as_pdf()
    pdf_house.refuses(whole[: len(whole) // 2])


def test_a_web_page_where_a_pdf_was_due_is_refused(pdf_house: House) -> None:
    pdf_house.refuses(b"<!doctype html><title>Moved</title><p>The list has moved.</p>")


LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a "ha">'
    + b"".join(
        b'<!ENTITY %c "%s">' % (n, b"&%c;" % (n - 1) * 10) for n in range(ord("b"), ord("k"))
    )
    + b"]><TrustServiceStatusList>&j;</TrustServiceStatusList>"
)
OUTSIDE = (
    b'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    b"<TrustServiceStatusList>&a;</TrustServiceStatusList>"
)
DEEP = b"<a>" * 300_000 + b"</a>" * 300_000


@pytest.mark.parametrize("body", [LAUGHS, OUTSIDE, DEEP], ids=["laughs", "outside", "deep"])
def test_xml_that_unfolds_reaches_out_or_dives_is_refused(
    traveller: Traveller, body: bytes
) -> None:
    traveller.enrol(sk_trusted_list.SOURCE)
    name = sk_trusted_list.SOURCE.lists[0].name
    run_id = traveller.ask(sk_trusted_list.SOURCE.key, name)
    given = Given(
        (Page(url="https://list.example/tl.xml", body=body),), traveller.clock.on(hours=1)
    )
    assert carry_out(traveller.road, run_id, given) is RunState.REFUSED
    [reason] = traveller.run(run_id).reasons
    assert "root:" not in reason
    assert traveller.counts()["payload"] == 1
    assert traveller.counts()["record"] == 0
