"""Geometry of the map: outlines of land, and a circle in each country that says how many.

The land is a file of ours (directory/static/land.svg), a country's point a row of
services/reference/country_points.csv; ``deploy/outlines.py`` makes both and tells their source.
Places across and down are shares of the picture, so that circles and words keep their size on any
screen; what must not overlap is set apart for the narrowest picture on which circles are links.
"""

import csv
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

from directory.pages.render import STATIC

LAND = STATIC / "land.svg"
POINTS = Path(__file__).parents[2] / "services" / "reference" / "country_points.csv"

ROUND = 3600.0  # once round the earth, in tenths of a degree
NORTH, SOUTH = -1110.0, 690.0  # the picture's greatest reach: some 83° N to 59° S
MOST_SOUTH = -60.0  # land that lies wholly beyond this latitude is left out
LEAST = 800.0  # no closer look than this: the outlines are no finer
MARGIN = 0.14  # of the picture, kept free around the circles
WIDE = 620.0  # pixels: the narrowest picture on which circles are links
SMALL, LARGE = 13.0, 27.0  # a circle's radius; the smallest is a target of 26 pixels
ROUNDS = 60  # of setting circles apart; what still overlaps then is in the table as well


def flat(longitude: float, latitude: float) -> tuple[float, float]:
    """Miller's projection, in tenths of a degree: no place turned askew, none without end."""
    y = 1.25 * math.log(math.tan(math.pi / 4 + 0.4 * math.radians(max(latitude, -89.0))))
    return (longitude + 180.0) * 10.0, -math.degrees(y) * 10.0


@dataclass(frozen=True, slots=True)
class Spot:
    """A country on the map. ``name`` is beside its circle where there is room for it."""

    country: str
    name: str
    count: int
    current: bool
    x: float = 0.0  # in pixels of the WIDE picture
    y: float = 0.0
    at: tuple[float, float] = (0.0, 0.0)  # where it is; the circle may stand aside of it
    r: float = SMALL
    label: tuple[float, float, str] | None = None  # x, y, anchor

    @property
    def moved(self) -> bool:
        return math.dist((self.x, self.y), self.at) > self.r / 2

    @property
    def fits(self) -> bool:
        """Whether its number has room within the circle; else it follows the name."""
        return len(f"{self.count:,}") * 3.3 + 3.0 <= self.r


@dataclass(frozen=True, slots=True)
class Map:
    """``view``: the part of the land that is shown. ``spots``: largest circle first.
    ``listed``: every country with its count, as the table has them; ``unplaced``: of how many no
    point is known."""

    view: str
    spots: tuple[Spot, ...]
    listed: tuple[Spot, ...]
    unplaced: int

    @property
    def worlds(self) -> tuple[int, int, int]:
        """How far the land is shifted each time that it is drawn: the view may cross its seam."""
        return -int(ROUND), 0, int(ROUND)

    @staticmethod
    def across(x: float) -> str:
        return f"{x / WIDE * 100:.2f}%"

    @staticmethod
    def down(y: float) -> str:
        return f"{y / WIDE * 200:.2f}%"


@cache
def points() -> Mapping[str, tuple[float, float]]:
    """Country code → its point on the flat map."""
    with POINTS.open(encoding="utf-8", newline="") as file:
        return {
            row["country"]: flat(float(row["longitude"]), float(row["latitude"]))
            for row in csv.DictReader(file)
        }


def drawn(
    counts: Mapping[str, int],
    name: Callable[[str], str],
    current: str = "",
) -> Map:
    """A map of the countries in ``counts``; ``current``: the country that is chosen."""
    order = sorted(counts, key=lambda code: (-counts[code], code))
    listed = tuple(Spot(code, name(code), counts[code], code == current) for code in order)
    known = [one for one in listed if one.country in points()]
    left, top, width = window([points()[one.country] for one in known])
    most = max((one.count for one in known), default=1)
    scale = WIDE / width
    spots = []
    for one in known:
        x, y = points()[one.country]
        px, py = ((x - left) % ROUND) * scale, (y - top) * scale
        r = max(SMALL, LARGE * math.sqrt(one.count / most))
        spots.append(replace(one, x=px, y=py, at=(px, py), r=r))
    return Map(
        view=f"{left:.0f} {top:.0f} {width:.0f} {width / 2:.0f}",
        spots=tuple(named(set_apart(spots))),
        listed=listed,
        unplaced=len(listed) - len(known),
    )


def window(places: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Left, top and width of the part to show, twice as wide as high: all places with a margin,
    cut where the earth is emptiest of them."""
    if not places:
        return 0.0, NORTH, ROUND
    xs = sorted({x for x, _ in places})
    gaps = [(after - before, after) for before, after in pairwise([*xs, xs[0] + ROUND])]
    gap, first = max(gaps)
    across = ROUND - gap
    ys = [y for _, y in places]
    tall = max(ys) - min(ys)
    width = min(max(across / (1 - 2 * MARGIN), tall * 2 / (1 - 2 * MARGIN), LEAST), ROUND)
    left = first % ROUND + across / 2 - width / 2
    top = (max(ys) + min(ys)) / 2 - width / 4
    top = min(max(top, NORTH), SOUTH - width / 2)
    return left % ROUND, top, width


def set_apart(spots: Sequence[Spot]) -> list[Spot]:
    """No circle's square over another's: each two that overlap give way, the larger one less."""
    boxes = [[one.x, one.y, one.r + 1.0] for one in spots]
    for _ in range(ROUNDS):
        pushed = False
        for a, b in combinations(boxes, 2):
            dx, dy, room = b[0] - a[0], b[1] - a[1], a[2] + b[2]
            if abs(dx) >= room or abs(dy) >= room:
                continue
            pushed = True
            axis = 0 if abs(dx) >= abs(dy) else 1
            away = (dx, dy)[axis]
            step = (room - abs(away) + 0.5) * (1 if away >= 0 else -1)
            share = a[2] ** 2 / (a[2] ** 2 + b[2] ** 2)
            a[axis] -= step * (1 - share)
            b[axis] += step * share
        for box in boxes:  # within the picture
            box[0] = min(max(box[0], box[2]), WIDE - box[2])
            box[1] = min(max(box[1], box[2]), WIDE / 2 - box[2])
        if not pushed:
            break
    return [replace(one, x=box[0], y=box[1]) for one, box in zip(spots, boxes, strict=True)]


Box = tuple[float, float, float, float]  # left, top, right, bottom


def named(spots: Sequence[Spot]) -> list[Spot]:
    """Names to the right, to the left, below or above of their circle, where nothing else is."""
    taken: list[Box] = [(s.x - s.r, s.y - s.r, s.x + s.r, s.y + s.r) for s in spots]
    told = []
    for spot in spots:
        found = next(
            (at for at in _beside(spot) if not any(_over(at[1], one) for one in taken)), None
        )
        if found:
            taken.append(found[1])
            spot = replace(spot, label=found[0])
        told.append(spot)
    return told


def _beside(spot: Spot) -> list[tuple[tuple[float, float, str], Box]]:
    """Where its name could stand, and the room it takes there."""
    said = spot.name if spot.fits else f"{spot.name} {spot.count:,}"
    long = sum(13.5 if ord(char) > 0x2E80 else 7.2 for char in said)
    x, y, gap = spot.x, spot.y, spot.r + 5
    tries = [
        ((x + gap, y + 4.5, "start"), (x + gap, y - 9, x + gap + long, y + 9)),
        ((x - gap, y + 4.5, "end"), (x - gap - long, y - 9, x - gap, y + 9)),
        ((x, y + gap + 11, "middle"), (x - long / 2, y + gap - 2, x + long / 2, y + gap + 16)),
        ((x, y - gap - 2, "middle"), (x - long / 2, y - gap - 16, x + long / 2, y - gap + 2)),
    ]
    return [one for one in tries if one[1][0] >= 2 and one[1][2] <= WIDE - 2
            and one[1][1] >= 2 and one[1][3] <= WIDE / 2 - 2]  # fmt: skip


def _over(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
