"""That a line holds words, told by the ways in which its columns share them."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.find.held import COLUMN, MOST_WAYS, Terms, held_together, ways_of

COLUMNS = tuple(COLUMN.values())
UNITS = st.lists(
    st.fixed_dictionaries(
        {}, optional={one: st.lists(st.integers(1, 6), max_size=5, unique=True) for one in COLUMNS}
    ),
    min_size=1,
    max_size=5,
)
LINES = st.lists(
    st.fixed_dictionaries({one: st.one_of(st.none(), st.integers(1, 6)) for one in COLUMNS}),
    min_size=1,
    max_size=30,
)


@given(UNITS, LINES)
def test_some_way_fits_a_line_just_where_it_holds_all_units(
    units: list[Terms], lines: list[dict[str, int | None]]
) -> None:
    ways = ways_of(units)
    if ways is None:
        return
    assert len(ways) <= MOST_WAYS
    for line in lines:
        held = all(any(line[c] in ids for c, ids in terms.items()) for terms in units)
        fits = any(all(line[c] in ids for c, ids in way.items()) for way in ways)
        assert fits == held


def test_words_that_one_term_holds_ask_for_that_term_alone() -> None:
    asked = [{"object_id": [1, 2, 3]}, {"object_id": [3, 4]}]
    assert ways_of(asked) == [{"object_id": [3]}]


def test_words_of_two_columns_are_asked_of_each() -> None:
    asked = [{"object_id": [1, 2]}, {"parameter_id": [8]}]
    assert ways_of(asked) == [{"object_id": [1, 2], "parameter_id": [8]}]


def test_nothing_holds_words_that_no_terms_share() -> None:
    values: dict[str, Any] = {}
    assert held_together("few", [{"object_id": [1]}, {"object_id": [2]}], values) == "false"
    assert not values


def test_where_the_ways_are_very_many_each_word_is_asked_by_itself() -> None:
    asked = [{one: [9] for one in COLUMNS} for _ in range(6)]
    values: dict[str, Any] = {}
    told = held_together("few", asked, values)
    assert ways_of(asked) is None
    assert told.count(" and ") == len(asked) - 1
    assert values == {f"few{n}_{one}": [9] for n in range(6) for one in COLUMNS}
