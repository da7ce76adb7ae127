"""Makes the map's two files again: outlines of land, and a point in each country to draw it at.

Both come from Natural Earth (public domain) as npm's world-atlas packs it:

    npm pack world-atlas@2.0.2 && tar xf world-atlas-2.0.2.tgz
    python -m deploy.outlines package

A country's point is the middle of its largest piece of land, or, where that lies outside of it, the
place within it farthest from its edge. Borders are used for these points only; none is kept.
"""

import csv
import json
import math
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from babel.core import get_global

from directory.pages.maps import LAND, MOST_SOUTH, POINTS, flat

Point = tuple[float, float]  # longitude, latitude
Ring = list[Point]
NOTE = (
    "Land at 1:110 million by Natural Earth, naturalearthdata.com, in the public domain; "
    "without borders, without Antarctica. Made by deploy/outlines.py."
)


class Topology:
    """TopoJSON: rings are told as arcs that neighbours share."""

    def __init__(self, path: Path) -> None:
        told = json.loads(path.read_bytes())
        self.objects: dict[str, Any] = told["objects"]
        (sx, sy), (tx, ty) = told["transform"]["scale"], told["transform"]["translate"]
        self.arcs: list[Ring] = []
        for arc in told["arcs"]:
            x = y = 0
            points = []
            for dx, dy in arc:
                x, y = x + dx, y + dy
                points.append((x * sx + tx, y * sy + ty))
            self.arcs.append(points)

    def rings(self, geometry: dict[str, Any]) -> Iterator[list[Ring]]:
        """Each polygon's rings, the outer one first."""
        if geometry["type"] == "GeometryCollection":
            for one in geometry["geometries"]:
                yield from self.rings(one)
        elif geometry["type"] == "Polygon":
            yield [self._ring(ring) for ring in geometry["arcs"]]
        elif geometry["type"] == "MultiPolygon":
            for polygon in geometry["arcs"]:
                yield [self._ring(ring) for ring in polygon]

    def _ring(self, arcs: Iterable[int]) -> Ring:
        points: Ring = []
        for n in arcs:
            arc = self.arcs[n] if n >= 0 else self.arcs[~n][::-1]
            points.extend(arc[1:] if points else arc)
        return unrolled(points)


def unrolled(ring: Ring) -> Ring:
    """Across the day line it goes on beyond 180° instead of jumping to the other side."""
    turn, found = 0.0, [ring[0]]
    for (before, _), (lng, lat) in pairwise(ring):
        turn += -360.0 if lng - before > 180 else 360.0 if before - lng > 180 else 0.0
        found.append((lng + turn, lat))
    return found


def path_of(rings: Iterable[Ring]) -> str:
    """One SVG path in tenths of a degree across, in whole numbers told from one to the next."""
    parts = []
    for ring in rings:
        drawn = [flat(lng, lat) for lng, lat in ring]
        whole = [(round(x), round(y)) for x, y in drawn]
        steps = [(c - a, d - b) for (a, b), (c, d) in pairwise(whole) if (a, b) != (c, d)]
        if len(steps) > 2:
            told = " ".join(f"{dx} {dy}" for dx, dy in steps[:-1])
            parts.append(f"M{whole[0][0]} {whole[0][1]}l{told}z".replace(" -", "-"))
    return "".join(parts)


def area_and_middle(ring: Ring) -> tuple[float, Point]:
    area = x = y = 0.0
    for (x0, y0), (x1, y1) in pairwise(ring):
        cross = x0 * y1 - x1 * y0
        area, x, y = area + cross, x + (x0 + x1) * cross, y + (y0 + y1) * cross
    return (abs(area) / 2, (x / (3 * area), y / (3 * area))) if area else (0.0, ring[0])


def depth(point: Point, rings: Sequence[Ring]) -> float:
    """How far inside of its edge, in degrees; below nought outside of it."""
    (px, py), inside, nearest = point, False, float("inf")
    for ring in rings:
        for (x0, y0), (x1, y1) in pairwise(ring):
            if (y0 > py) != (y1 > py) and px < (x1 - x0) * (py - y0) / (y1 - y0) + x0:
                inside = not inside
            dx, dy = x1 - x0, y1 - y0
            along = ((px - x0) * dx + (py - y0) * dy) / (dx * dx + dy * dy or 1.0)
            along = min(max(along, 0.0), 1.0)
            gap = (px - x0 - along * dx) ** 2 + (py - y0 - along * dy) ** 2
            nearest = min(nearest, gap)
    far = math.sqrt(nearest)
    return far if inside else -far


def point_in(polygons: Iterable[list[Ring]]) -> Point:
    largest = max(polygons, key=lambda rings: area_and_middle(rings[0])[0])
    middle = area_and_middle(largest[0])[1]
    if depth(middle, largest) > 0:
        return middle
    xs, ys = [p[0] for p in largest[0]], [p[1] for p in largest[0]]
    steps = range(1, 20)
    grid = [
        (min(xs) + (max(xs) - min(xs)) * i / 20, min(ys) + (max(ys) - min(ys)) * j / 20)
        for i in steps
        for j in steps
    ]
    return max(grid, key=lambda point: depth(point, largest))


def land(topology: Topology) -> str:
    polygons = topology.rings(topology.objects["land"])
    rings = [r for polygon in polygons for r in polygon if max(p[1] for p in r) > MOST_SOUTH]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"><desc>{NOTE}</desc>'
        f'<path id="land" d="{path_of(rings)}"/></svg>\n'
    )


def places(topology: Topology) -> list[tuple[str, str, str]]:
    """ISO 3166-1 codes with latitude and longitude, of those that Natural Earth numbers."""
    codes = {
        number: names[0]
        for number, names in get_global("territory_aliases").items()
        if number.isdigit() and len(names) == 1
    }
    pieces: dict[str, list[list[Ring]]] = {}
    for geometry in topology.objects["countries"]["geometries"]:
        if code := codes.get(str(geometry.get("id", ""))):
            pieces.setdefault(code, []).extend(topology.rings(geometry))
    found = {code: point_in(polygons) for code, polygons in pieces.items() if polygons}
    return [
        (code, f"{lat:.1f}", f"{(lng + 180) % 360 - 180:.1f}")
        for code, (lng, lat) in sorted(found.items())
    ]


def main(folder: Path) -> None:
    LAND.write_text(land(Topology(folder / "land-110m.json")), encoding="utf-8")
    with POINTS.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("country", "latitude", "longitude"))
        writer.writerows(places(Topology(folder / "countries-10m.json")))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
