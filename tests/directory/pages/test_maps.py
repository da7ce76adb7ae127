"""The map of where bodies work: its land and points are sound, its circles are told apart."""

import math
import re
from itertools import combinations

import pytest

from directory.pages import maps
from directory.pages.tongue import EN, ZH, Tongue

WORLD = {
    "CN": 12345, "US": 1700, "IN": 900, "SG": 320, "GB": 300, "DE": 210, "JP": 77, "AE": 60,
    "KR": 55, "HK": 45, "NL": 40, "VN": 30, "SA": 25, "TW": 20, "MY": 18, "BE": 12, "TH": 12,
    "AT": 9, "CH": 8, "ID": 9, "ZA": 9, "BR": 4, "MO": 3, "KW": 3, "QA": 2, "NZ": 2, "BH": 1,
}  # fmt: skip


def draw(counts: dict[str, int], current: str = "") -> maps.Map:
    return maps.drawn(counts, EN.country, current)


def test_the_land_is_one_outline_without_borders_scripts_or_addresses() -> None:
    text = maps.LAND.read_text(encoding="utf-8")
    assert "public domain" in text
    assert text.count("<path") == 1
    assert not re.search(r"<script|<style|href|stroke", text)
    numbers = [int(n) for n in re.findall(r"M(-?\d+)", text)]
    assert all(0 <= n <= maps.ROUND + 200 for n in numbers), "beyond the day line by some degrees"
    assert len(text) < 30_000


def test_points_lie_where_the_countries_are() -> None:
    """Capitals and coasts that anybody can look up, to within the size of the country."""
    for code, lat, lng, off in [
        ("CN", 35, 105, 6), ("SG", 1.35, 103.8, 0.3), ("AU", -25, 134, 5), ("RU", 62, 99, 10),
        ("US", 39, -98, 5), ("NZ", -41, 174, 6), ("FJ", -18, 178, 2), ("HK", 22.3, 114.2, 0.4),
    ]:  # fmt: skip
        x, y = maps.flat(lng, lat)
        assert math.dist(maps.points()[code], (x, y)) < off * 12, code


@pytest.mark.parametrize("counts", [WORLD, {"SG": 5}, {"AE": 60, "SA": 25, "QA": 2, "BH": 1}])
def test_circles_are_targets_of_their_own_and_stay_in_the_picture(counts: dict[str, int]) -> None:
    drawn = draw(counts)
    assert len(drawn.spots) == len(counts)
    for spot in drawn.spots:
        assert spot.r >= 12, "24 pixels across: WCAG 2.5.8"
        assert spot.r <= spot.x <= maps.WIDE - spot.r
        assert spot.r <= spot.y <= maps.WIDE / 2 - spot.r
    for a, b in combinations(drawn.spots, 2):
        room = a.r + b.r - 1.5
        assert abs(a.x - b.x) >= room or abs(a.y - b.y) >= room, (a.country, b.country)


def test_area_follows_the_count_and_the_largest_stands_lowest() -> None:
    spots = draw({"CN": 400, "US": 100, "DE": 1}).spots
    assert [spot.country for spot in spots] == ["CN", "US", "DE"]
    assert math.isclose(spots[0].r, 2 * spots[1].r)
    assert spots[2].r == maps.SMALL


def test_the_picture_is_cut_where_nothing_is_found() -> None:
    """China, Japan, Australia and the United States face one another over the Pacific."""
    spots = {spot.country: spot for spot in draw({"CN": 3, "JP": 2, "AU": 1, "US": 1}).spots}
    assert spots["CN"].x < spots["JP"].x < spots["US"].x
    assert spots["JP"].y < spots["AU"].y


def test_what_is_found_in_one_place_is_shown_with_its_surroundings() -> None:
    _, _, width = maps.window([maps.points()["SG"]])
    assert width == maps.LEAST
    assert maps.window([]) == (0.0, maps.NORTH, maps.ROUND)


def test_a_country_without_a_point_is_listed_and_told_of() -> None:
    drawn = draw({"XK": 2, "SG": 5})
    assert drawn.unplaced == 1
    assert [(one.country, one.count) for one in drawn.listed] == [("SG", 5), ("XK", 2)]
    assert [spot.country for spot in drawn.spots] == ["SG"]


def test_the_chosen_country_is_marked() -> None:
    drawn = draw({"SG": 5, "CN": 2}, current="CN")
    assert {one.country: one.current for one in drawn.listed} == {"SG": False, "CN": True}


@pytest.mark.parametrize("tongue", [EN, ZH])
def test_a_name_lies_over_no_circle(tongue: Tongue) -> None:
    spots = maps.drawn(WORLD, tongue.country).spots
    placed = [spot for spot in spots if spot.label]
    assert len(placed) > len(spots) / 2
    for spot in placed:
        assert spot.label is not None
        x, y, _ = spot.label
        for other in spots:
            assert not (abs(x - other.x) < other.r and abs(y - 4.5 - other.y) < other.r)
