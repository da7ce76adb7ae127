"""docs/requirements.md names nothing that does not exist, and leaves out nothing that is asked."""

import ast
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from directory.app import app
from services.models import Base

ROOT = Path(__file__).parents[1]
DOCUMENT = ROOT / "docs" / "requirements.md"
MUST = [f"SR{n:02}" for n in (2, 3, 5, 6, 7, 8, 9, 11, 12, 16, 19, 21, 24, 25, 26, 29)]
SHOULD = [f"SR{n:02}" for n in (1, 10, 14, 15, 17, 20, 27, 30)]
COULD = [f"SR{n:02}" for n in (4, 13, 18, 22, 23, 28)]
LEVELS = dict.fromkeys(MUST, "must") | dict.fromkeys(SHOULD, "should")
LEVELS |= dict.fromkeys(COULD, "could")
METHODS = ("get", "post", "patch", "put", "delete")


@dataclass(frozen=True)
class Row:
    id: str
    level: str
    means: str
    tables: tuple[str, ...]
    endpoints: tuple[str, ...]
    pages: tuple[str, ...]
    tests: tuple[str, ...]


@cache
def rows() -> dict[str, Row]:
    found: dict[str, Row] = {}
    for line in DOCUMENT.read_text(encoding="utf-8").splitlines():
        if not line.startswith("| SR"):
            continue
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        assert len(cells) == 7, line
        named = [tuple(re.findall(r"`([^`]+)`", cell)) for cell in cells[3:]]
        row = Row(*(cell.strip() for cell in cells[:3]), *named)  # type: ignore[arg-type]
        assert row.id not in found, f"{row.id} stands twice"
        found[row.id] = row
    return found


@cache
def functions(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(
        node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    )


@cache
def operations() -> frozenset[str]:
    schema: dict[str, Any] = app.openapi_schema.to_schema()
    return frozenset(
        f"{method.upper()} {path.removeprefix('/api/v1')}"
        for path, item in schema["paths"].items()
        for method in METHODS
        if method in item
    )


@cache
def pages() -> tuple[re.Pattern[str], ...]:
    """The paths that are read by people, as patterns over the path without its language."""
    found = []
    for route in app.routes:
        if not route.path.startswith("/en") or "GET" not in getattr(route, "methods", ()):
            continue
        parts = re.split(r"\{[^}]*\}", route.path.removeprefix("/en"))
        found.append(re.compile("[^/]+".join(map(re.escape, parts))))
    return tuple(found)


def test_all_thirty_are_there_with_their_level() -> None:
    assert {row.id: row.level for row in rows().values()} == LEVELS
    assert len(LEVELS) == 30


@pytest.mark.parametrize("id_", [*MUST, *SHOULD])
def test_every_must_and_should_has_its_place(id_: str) -> None:
    row = rows()[id_]
    assert len(row.means) > 40
    for name in ("tables", "endpoints", "pages", "tests"):
        assert getattr(row, name), f"{id_} names no {name}"


@pytest.mark.parametrize("id_", COULD)
def test_every_could_says_what_is_built_and_what_is_left_out(id_: str) -> None:
    assert re.match(r"(Left out|In part|Built)\b", rows()[id_].means), id_


@pytest.mark.parametrize("id_", sorted(LEVELS))
def test_what_a_row_names_exists(id_: str) -> None:
    row = rows()[id_]
    for table in row.tables:
        assert table in Base.metadata.tables, f"{id_}: no table {table}"
    for endpoint in row.endpoints:
        assert endpoint in operations(), f"{id_}: no endpoint {endpoint}"
    for page in row.pages:
        assert any(one.fullmatch(page) for one in pages()), f"{id_}: no page {page}"
    for test in row.tests:
        path, _, name = test.partition("::")
        assert (ROOT / path).is_file(), f"{id_}: no file {path}"
        assert name in functions(path), f"{id_}: no test {name} in {path}"
