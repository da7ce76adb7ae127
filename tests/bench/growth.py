"""``python -m tests.bench.growth``: how search's times grow from 1 to 10 million scope lines.

The same kinds of question, in each directory's own words, over a tenth, three tenths and the whole
of a country. The figures go to a JSON file, and from there into the chart of docs/performance.md:
``--chart`` draws it anew without measuring.
"""

import argparse
import json
import math
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tests.bench import search_speed
from tests.bench.directory import made_directory
from tests.bench.figures import machine, tell

SIZES = ("tenth", "third", "national")
_FIGURES = Path("docs/growth.json")
_CHART = Path("docs/growth.svg")
# which kinds the chart shows, how it calls them, their colours
_SHOWN = {
    search_speed.ALL: ("every kind, as drawn", "#1b5e8c"),
    "very common word": ("a very common word", "#b4540a"),
    "no question": ("no question", "#3f7d3a"),
    "standard": ("a standard", "#7a3b8f"),
}
_WIDE, _HIGH = 760, 420
_APART = 17  # names of lines
_LEFT, _RIGHT, _TOP, _LOW = 64, 250, 28, 52


def measure(folder: Path, seed: int) -> dict[str, dict[str, float]]:
    """Size → its lines, and p95 in milliseconds of each kind."""
    found: dict[str, dict[str, float]] = {}
    for size in SIZES:
        with made_directory(folder, size, seed) as server:
            draw = search_speed.of_the_directory(size, seed)
            told = search_speed.measure(server.url, search_speed.NOW, None, 3, draw)
        lines = {kind: one.line() for kind, one in told.kinds.items()}
        found[size] = {"lines": told.rows["scope_line"]}
        found[size] |= {kind: one["warm_p95"] for kind, one in lines.items()}
    return found


def chart(found: Mapping[str, Mapping[str, float]]) -> str:
    """An SVG: lines across, milliseconds up, both by their logarithms."""
    sizes = [found[size] for size in SIZES]
    across = [one["lines"] for one in sizes]
    every = [one[kind] for one in sizes for kind in _SHOWN]
    scale = _Scale((min(across), max(across)), _decades(every))
    size = f'viewBox="0 0 {_WIDE} {_HIGH}" font-family="sans-serif" font-size="13"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" {size}>',
        "<title>Search: p95 in milliseconds, by scope lines in the directory</title>",
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#fff"/>',
        f'<text x="{_LEFT}" y="16" fill="#555">p95, ms</text>',
        *scale.grid(across),
    ]
    below = math.inf
    for kind, (name, colour) in sorted(_SHOWN.items(), key=lambda each: sizes[-1][each[0]]):
        points = [(scale.x(one["lines"]), scale.y(one[kind])) for one in sizes]
        below = min(points[-1][1], below - _APART)
        parts += _line(points, below, f"{name}: {sizes[-1][kind]:.0f}", colour)
    return "\n".join([*parts, "</svg>", ""])


def _decades(values: Sequence[float]) -> tuple[float, float]:
    return 10 ** math.floor(math.log10(min(values))), 10 ** math.ceil(math.log10(max(values)))


class _Scale:
    def __init__(self, across: tuple[float, float], up: tuple[float, float]) -> None:
        self._across, self._up = across, up

    def x(self, value: float) -> float:
        share = math.log(value / self._across[0]) / math.log(self._across[1] / self._across[0])
        return round(_LEFT + share * (_WIDE - _LEFT - _RIGHT), 1)

    def y(self, value: float) -> float:
        share = math.log(value / self._up[0]) / math.log(self._up[1] / self._up[0])
        return round(_HIGH - _LOW - share * (_HIGH - _LOW - _TOP), 1)

    def grid(self, across: Sequence[float]) -> Iterator[str]:
        end = _WIDE - _RIGHT
        decades = range(round(math.log10(self._up[0])), round(math.log10(self._up[1])) + 1)
        for value in (10**n for n in decades):
            y = self.y(value)
            yield f'<path d="M{_LEFT} {y}H{end}" stroke="#ddd"/>'
            yield f'<text x="{_LEFT - 8}" y="{y + 4}" text-anchor="end">{value:g}</text>'
        for value in across:
            x, low = self.x(value), _HIGH - _LOW
            yield f'<path d="M{x} {_TOP}V{low}" stroke="#eee"/>'
            said = f"{value / 1e6:.1f} M"
            yield f'<text x="{x}" y="{low + 20}" text-anchor="middle">{said}</text>'
        middle = (_LEFT + end) / 2
        yield f'<text x="{middle}" y="{_HIGH - 10}" text-anchor="middle">scope lines</text>'


def _line(
    points: Sequence[tuple[float, float]], named_at: float, name: str, colour: str
) -> Iterator[str]:
    path = " ".join(f"{x},{y}" for x, y in points)
    yield f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>'
    for x, y in points:
        yield f'<circle cx="{x}" cy="{y}" r="3" fill="{colour}"/>'
    x = points[-1][0] + 10
    yield f'<text x="{x}" y="{named_at + 4:.1f}" fill="{colour}">{escape(name)}</text>'


def main() -> int:
    said = argparse.ArgumentParser(prog="python -m tests.bench.growth", description=__doc__)
    said.add_argument("--seed", type=int, default=1)
    said.add_argument("--folder", type=Path, default=Path("build/bench"))
    said.add_argument("--chart", action="store_true", help="draw the chart alone")
    args = said.parse_args()
    if not args.chart:
        tell("machine", **machine(), size=" ".join(SIZES), seed=args.seed)
        args.folder.mkdir(parents=True, exist_ok=True)
        os.chmod(args.folder, 0o711)  # noqa: PTH101  (the server runs as another user)
        found = measure(args.folder, args.seed)
        _FIGURES.write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    _CHART.write_text(chart(json.loads(_FIGURES.read_text("utf-8"))), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
