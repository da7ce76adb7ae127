"""Reference data of market routes, shipped with the product and loaded like any source.

Three tables: what a market asks of a product (``market_routes.csv``), whose accreditation or
designation fulfils a requirement there (``route_schemes.csv``), and where to read on
(``route_links.csv``). Each row of the first two names its source; "from memory" is one that makes
a hint and no fact. A row that names none, or whose route does not follow the grammar, refuses the
whole table with its line: a market's rules are not shown by halves, and the old data stand.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date, timedelta

import msgspec

from services.abroad import Designates, Route, RouteDay, RouteLink
from services.errors import Unreadable
from services.kit import Draft, Expect, List, Page, Reading, Request, Source
from services.parsers.csv_rows import CsvRow, table
from services.parsers.route_days import find_days
from services.routes.grammar import GrammarError
from services.routes.grammar import parse as parse_route
from services.terms import LeavingMeans, Requirement, RouteLinkKind, Sureness, Tier

ROUTES, SCHEMES, LINKS = "routes", "schemes", "links"
ROUTE_COLUMNS = (
    "market_iso2", "product_category", "scheme", "mark", "regulator", "legal_basis",
    "recognition_route", "in_country_required", "notes", "confidence", "source",
)  # fmt: skip
SCHEME_COLUMNS = (
    "market", "product", "requirement", "issuer", "confidence", "valid_from", "valid_to", "source",
)  # fmt: skip
LINK_COLUMNS = ("market", "product", "kind", "title", "title_zh", "number", "url", "on")
MEMORY = "from memory"
ANY = "*"  # a market: every one
# what a rule asks of a body beside the evidence: no word of the grammar, but one of the table
OWNER = "owner_not_prohibited"
_PERIOD = ("valid_from", "valid_to")  # optional of a route: first and last day
_MOST_TOLD = 20
_LOST = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


class _Broken(ValueError):
    """What is wrong with a row."""


def is_sourced(source: str) -> bool:
    """Whether a publication stands behind the whole row: one that is from memory in part is a
    hint, for nobody can tell which part."""
    return bool(source.strip()) and MEMORY not in source.casefold()


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """One draft a row. Raises Unreadable, naming the lines, where a row cannot be taken."""
    try:
        text = "".join(page.body.decode("utf-8-sig") for page in pages)
    except UnicodeDecodeError as error:
        raise Unreadable(f"The table is not UTF-8: {error}.", "Save it as UTF-8.") from error
    columns, read = _TABLES[list_name]
    found = table(text, ",", 1)
    if missing := [name for name in columns if name not in found.columns]:
        raise Unreadable(
            f"The table lacks {', '.join(missing)}.", f"Its columns are: {', '.join(columns)}."
        )
    broken = list(found.problems)
    drafts: dict[str, Draft] = {}
    for row in found.rows:
        try:
            _demand_words(row)
            draft = read(row)
            if draft.key in drafts:
                raise _Broken(f"{draft.label} stands at {drafts[draft.key].where} already")
        except _Broken as fault:
            broken.append(f"Line {row.line}: {fault}.")
            continue
        drafts[draft.key] = draft
    if broken:
        more = f" And {len(broken) - _MOST_TOLD} more." if len(broken) > _MOST_TOLD else ""
        raise Unreadable(
            " ".join(broken[:_MOST_TOLD]) + more,
            "Correct these rows; until then the data that stood before stand.",
        )
    return Reading(drafts=tuple(drafts.values()), columns=found.columns)


# --- what a row says ------------------------------------------------------------------------------


def _demand_words(row: CsvRow) -> None:
    for name, cell in row.cells.items():
        if _LOST.search(cell):
            raise _Broken(f"{name} holds a control character")


def _route(row: CsvRow) -> Draft:
    cells = row.cells
    market, product = _market(cells["market_iso2"]), _product(cells["product_category"])
    scheme, source = _needed(cells, "scheme"), _source(cells)
    recognition = cells["recognition_route"]
    try:
        parse_route(recognition)
    except GrammarError as fault:
        raise _Broken(f"recognition_route “{recognition}”: {str(fault).rstrip('.')}") from fault
    in_country = cells["in_country_required"]
    if in_country not in ("yes", "partial", "no"):
        raise _Broken(f"in_country_required “{in_country}” is not yes, partial or no")
    first, after = _period(cells)
    route = Route(
        key=scheme,
        market=market,
        product=product,
        scheme=scheme,
        mark=cells["mark"],
        regulator=cells["regulator"],
        legal_basis=cells["legal_basis"],
        recognition=recognition,
        in_country=in_country,
        note=cells["notes"],
        sureness=_sureness(cells["confidence"]),
        sourced=is_sourced(source),
        source=source,
        raw=", ".join(cells[name] for name in ROUTE_COLUMNS),
        valid_from=first,
        valid_to=after,
    )
    return Draft(
        key=f"{market}|{product}|{scheme}",
        label=f"{market} {product}: {scheme}",
        where=f"line {row.line}",
        routes=(route,),
        route_days=tuple(_days(cells, route)) or msgspec.UNSET,
    )


def _days(cells: dict[str, str], route: Route) -> Iterator[RouteDay]:
    """Each date once, whichever of the texts names it first."""
    seen: set[str] = set()
    for name in ("legal_basis", "mark", "notes", "source"):
        for found in find_days(cells[name]):
            key = f"{found.kind}|{found.on.isoformat() if found.on else 'open'}|{found.precision}"
            if key in seen:
                continue
            seen.add(key)
            yield RouteDay(
                key=f"{route.scheme}|{key}",
                market=route.market,
                product=route.product,
                scheme=route.scheme,
                kind=found.kind,
                on=found.on,
                precision=found.precision,
                words=found.words,
                raw=cells[name],
                valid_from=route.valid_from,
                valid_to=route.valid_to,
            )


def _scheme(row: CsvRow) -> Draft:
    cells = row.cells
    market, product = _market(cells["market"]), _product(cells["product"], empty=True)
    requirement, issuer = cells["requirement"], _needed(cells, "issuer")
    if requirement not in (*Requirement, OWNER):
        raise _Broken(f"requirement “{requirement}” is not known")
    source = _source(cells)
    first, after = _period(cells)
    fact = Designates(
        key=issuer,
        market=market,
        product=product,
        requirement=requirement,
        issuer=issuer,
        sureness=_sureness(cells["confidence"]),
        sourced=is_sourced(source),
        source=source,
        raw=", ".join(cells[name] for name in SCHEME_COLUMNS),
        valid_from=first,
        valid_to=after,
    )
    label = " ".join(filter(None, (market, product, requirement, issuer)))
    key = f"{market}|{product}|{requirement}|{issuer}"
    return Draft(key=key, label=label, where=f"line {row.line}", designates=(fact,))


def _link(row: CsvRow) -> Draft:
    cells = row.cells
    market, product = _market(cells["market"]), _product(cells["product"], empty=True)
    url = _needed(cells, "url")
    if not re.fullmatch(r"https://[\w.-]+(/[\w./%()~+-]*)?", url):
        raise _Broken(f"“{url}” is no https address")
    if cells["kind"] not in set(RouteLinkKind):
        raise _Broken(f"kind “{cells['kind']}” is not one of {', '.join(RouteLinkKind)}")
    fact = RouteLink(
        key=url,
        market=market,
        product=product,
        kind=RouteLinkKind(cells["kind"]),
        title=_needed(cells, "title"),
        title_also=cells["title_zh"],
        number=cells["number"],
        url=url,
        on=_day(cells, "on"),
        raw=", ".join(cells[name] for name in LINK_COLUMNS),
    )
    label = f"{market} {product}: {fact.title}"
    return Draft(
        key=f"{market}|{product}|{url}",
        label=label,
        where=f"line {row.line}",
        route_links=(fact,),
    )


# --- cells ----------------------------------------------------------------------------------------


def _needed(cells: dict[str, str], name: str) -> str:
    if not cells[name]:
        raise _Broken(f"{name} is empty")
    return cells[name]


def _source(cells: dict[str, str]) -> str:
    if not cells["source"]:
        raise _Broken(f"no source is named (“{MEMORY}” where there is none)")
    return cells["source"]


def _market(text: str) -> str:
    if not re.fullmatch(r"[A-Z]{2,6}|\*", text):
        raise _Broken(f"market “{text}” is neither two letters of ISO 3166-1 nor a grouping")
    return text


def _product(text: str, *, empty: bool = False) -> str:
    if not re.fullmatch(r"[a-z]+(?:_[a-z]+)*", text) and not (empty and not text):
        raise _Broken(f"product “{text}” is no word like electrical_safety")
    return text


def _sureness(text: str) -> Sureness:
    if text not in set(Sureness):
        raise _Broken(f"confidence “{text}” is not one of {', '.join(Sureness)}")
    return Sureness(text)


def _day(cells: dict[str, str], name: str) -> date | None:
    text = cells.get(name, "")
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as fault:
        raise _Broken(f"{name} “{text}” is no day (2027-01-20)") from fault


def _period(cells: dict[str, str]) -> tuple[date | None, date | None]:
    """First day, and the day after the last, of a row that is not always true."""
    first, last = (_day(cells, name) for name in _PERIOD)
    if first and last and last < first:
        raise _Broken("valid_to is before valid_from")
    return first, last + timedelta(days=1) if last else None


_TABLES: dict[str, tuple[tuple[str, ...], Callable[[CsvRow], Draft]]] = {
    ROUTES: (ROUTE_COLUMNS, _route),
    SCHEMES: (SCHEME_COLUMNS, _scheme),
    LINKS: (LINK_COLUMNS, _link),
}


def _list(name: str, file: str, least: int) -> List:
    columns, _ = _TABLES[name]
    return List(
        name=name,
        request=Request(url=f"package:services.reference/{file}", name=file),
        expect=Expect(min_rows=least, max_drop=0.1, columns=columns, max_problems=0.0),
        recorded=file.replace(".csv", "*.csv"),
    )


SOURCE = Source(
    key="market_routes",
    title="Routes to markets of the world",
    title_zh="世界各市场的准入路径",
    publisher="Labdir reference data",
    publisher_zh="名录自编参考数据",
    home="",
    licence="Apache-2.0",
    note="Each row names its source and how sure it is. A row from memory is a hint to check and "
    "never makes a requirement satisfied.",
    tier=Tier.AGGREGATOR,
    authoritative_for=frozenset(),
    lists=(
        _list(ROUTES, "market_routes.csv", 100),  # 155 rows ship; changed by hand only
        _list(SCHEMES, "route_schemes.csv", 10),
        _list(LINKS, "route_links.csv", 5),
    ),
    parse=parse,
    every=timedelta(days=30),
    leaving_means=LeavingMeans.NOTHING,  # a row taken out is our edit, not the market's
    bytes_public=True,  # rules and organisations, no persons
    about_testing_bodies=False,
)
