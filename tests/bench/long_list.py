"""A made list of any length: bodies with 50 to 500 scope lines, one in a hundred with thousands.

It is generated page by page, served by a process of its own and read by a source of its own, so
that nothing but the road holds it. Everything follows from a body's number. Editions of one list:

- ``first``: as it is published first;
- ``again``: the same content in other bytes;
- ``changed``: one body in a hundred has another expiry, one line altered and one line more.
"""

import random
import sys
from collections.abc import Generator, Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import msgspec

from services.kit import (
    Accreditation,
    Draft,
    Expect,
    Identifier,
    Line,
    List,
    Name,
    Page,
    Profile,
    Reading,
    Request,
    Source,
    Streamed,
)
from services.terms import BodyKind, LeavingMeans, Tier
from tests.bench import made

EDITIONS = ("first", "again", "changed")
MEAN = 307.5  # lines of a body
ON_A_PAGE = 100  # bodies
_PRIME = 1_000_003  # divides no number of combinations
_REGISTER = made.REGISTERS[0]


class Row(msgspec.Struct, frozen=True):
    """A body as the list prints it; a line is its object in two languages, parameter, method."""

    number: str
    name: str
    name_zh: str
    city: str
    code: str
    granted: date
    expires: date
    lines: list[tuple[str, str, str, str]]


class Printed(msgspec.Struct, frozen=True):
    edition: str
    more: bool
    rows: list[Row]


def bodies_for(lines: int) -> int:
    return max(1, round(lines / MEAN))


@lru_cache
def _standards() -> tuple[list[str], list[float]]:
    return made.Country(1, 1).standards


def _coined(number: int, pieces: Sequence[str]) -> Iterator[str]:
    """Four pieces, no body's like another's, and those of neighbours quite unlike."""
    apart = number * _PRIME % len(pieces) ** 4
    for place in range(4):
        yield pieces[apart // len(pieces) ** place % len(pieces)]


def row(number: int, edition: str) -> Row:
    rng = random.Random(f"long {number}")
    word = "".join(_coined(number, made.SYLLABLES)).capitalize()
    trade, trade_zh = rng.choice(made.TRADES)
    city = rng.choice(made.CITIES[_REGISTER.country])
    han = "".join(_coined(number, made.HAN))
    count = rng.randint(2_000, 4_000) if number % 100 == 7 else rng.randint(50, 510)
    named, weights = _standards()
    own = rng.sample(made.PRODUCTS, 4)
    lines = [
        (*own[int(4 * rng.random() ** 2)], rng.choice(made.PARAMETERS), method)
        for method in rng.choices(named, cum_weights=weights, k=count)
    ]
    granted = date(2015, 1, 1) + timedelta(days=rng.randrange(3_600))
    expires = granted + timedelta(days=6 * 365)
    if edition == "changed" and number % 100 == 17:
        expires += timedelta(days=365)
        lines[3] = (*lines[3][:3], f"{lines[3][3]}+A1")
        lines.append(lines[0])
    return Row(
        number=f"L{number:06d}",
        name=f"{word} {city} {trade} Testing Co., Ltd.",
        name_zh=f"{han}{trade_zh}检测有限公司",
        city=city,
        code=f"CN{number:08d}",
        granted=granted,
        expires=expires,
        lines=lines,
    )


def page(number: int, bodies: int, edition: str) -> bytes:
    start, end = number * ON_A_PAGE, min(bodies, (number + 1) * ON_A_PAGE)
    rows = [row(one, edition) for one in range(start, end)]
    return msgspec.json.encode(Printed(edition, end < bodies, rows))


# --- the source -----------------------------------------------------------------------------------


def parse(pages: Sequence[Page], _list: str) -> Reading:
    return Streamed(each=_each(pages))


def _each(pages: Sequence[Page]) -> Generator[Draft, None, Reading]:
    for one in pages:
        for place, said in enumerate(msgspec.json.decode(one.body, type=Printed).rows, 1):
            yield _draft(said, f"page {one.page}, row {place}")
    return Reading(drafts=(), columns=Row.__struct_fields__)


def _draft(said: Row, where: str) -> Draft:
    return Draft(
        key=said.number,
        label=said.name,
        where=where,
        names=(Name(text=said.name), Name(text=said.name_zh, lang="zh-Hans")),
        identifiers=(Identifier(namespace="MADE", value=said.code),),
        profile=Profile(country=_REGISTER.country, city=said.city, kinds=(BodyKind.TESTING,)),
        accreditations=(
            Accreditation(
                key="acc",
                issuer=_REGISTER.issuer,
                number=said.number,
                standard="ISO/IEC 17025:2017",
                body_kind=BodyKind.TESTING,
                granted=said.granted,
                expires=said.expires,
                schedule_held=True,
            ),
        ),
        lines=tuple(
            Line(accreditation="acc", key=str(n), object=o, object_also=also, parameter=p, method=m)
            for n, (o, also, p, m) in enumerate(said.lines)
        ),
    )


def following(page: Page) -> Request | None:
    if b'"more":true' not in page.body[:100]:
        return None
    before, _, number = page.url.rpartition("/")
    return Request(url=f"{before}/{int(number) + 1}", page=page.page + 1)


def source(port: int, edition: str) -> Source:
    """The list in one of its editions, as it is served on this port."""
    first = Request(url=f"http://127.0.0.1:{port}/{edition}/0")
    return Source(
        key="long_list",
        title="A long list",
        title_zh="长名单",
        publisher="Bench",
        publisher_zh="基准",
        home="https://example.org/",
        licence="made",
        tier=Tier.AB_REGISTER,
        authoritative_for=frozenset({_REGISTER.issuer}),
        lists=(List("list", first, following=following),),
        parse=parse,
        leaving_means=LeavingMeans.NO_LONGER_LISTED,
        expect=Expect(min_rows=1, columns=Row.__struct_fields__),
        rate=1e6,
        made=True,
    )


# --- the publisher --------------------------------------------------------------------------------


def serve(bodies: int) -> None:
    """Print the port on a line of its own, then serve until killed."""

    class Publisher(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            edition, _, number = self.path.strip("/").partition("/")
            known = edition in EDITIONS
            body = page(int(number), bodies, edition) if known else b""
            self.send_response(200 if known else 404)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Publisher)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
