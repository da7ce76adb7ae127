"""Alternatives and what each asks for are read as written; anything else is named by its place."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.routes.grammar import Alternatives, GrammarError, parse, write
from services.terms import Requirement

R = Requirement
_ALTERNATIVE = st.lists(st.sampled_from(list(R)), min_size=1, max_size=4, unique=True).map(tuple)
_ALTERNATIVES = st.lists(_ALTERNATIVE, min_size=1, max_size=5, unique_by=frozenset).map(tuple)


def test_a_single_word_is_one_alternative_with_one_requirement() -> None:
    assert parse("sdoc") == ((R.SDOC,),)


def test_a_bar_parts_alternatives_and_a_plus_joins_what_one_of_them_asks_for() -> None:
    assert parse("in_country_cb+in_country_lab|in_country_cb+ilac_17025_report") == (
        (R.IN_COUNTRY_CB, R.IN_COUNTRY_LAB),
        (R.IN_COUNTRY_CB, R.ILAC_17025_REPORT),
    )


def test_the_order_of_the_row_stays() -> None:
    assert parse("notified_body|sdoc") == ((R.NOTIFIED_BODY,), (R.SDOC,))


@given(_ALTERNATIVES)
def test_what_is_written_is_read_back(alternatives: Alternatives) -> None:
    assert parse(write(alternatives)) == alternatives


@given(_ALTERNATIVES, st.lists(st.sampled_from(["", " ", "  ", "\t"]), min_size=2, max_size=2))
def test_blanks_around_words_change_nothing(alternatives: Alternatives, blanks: list[str]) -> None:
    spread = re.sub(r"([|+])", lambda sign: f"{blanks[0]}{sign[1]}{blanks[1]}", write(alternatives))
    assert parse(f"{blanks[0]}{spread}{blanks[1]}") == alternatives


@pytest.mark.parametrize(
    ("text", "word", "place"),
    [
        ("sdoc|nrtl", "nrtl", 6),
        ("in_country_cb+ cb_report", "cb_report", 16),
        ("SDOC", "SDOC", 1),
        ("sdoc, notified_body", "sdoc, notified_body", 1),
        ("(sdoc|notified_body)+iecee_cb", "(sdoc", 1),
    ],
)
def test_an_unknown_word_is_named_with_its_place(text: str, word: str, place: int) -> None:
    with pytest.raises(GrammarError) as error:
        parse(text)
    assert (error.value.word, error.value.place) == (word, place)
    assert f"“{word}” at character {place}" in str(error.value)
    assert "ilac_17025_report" in str(error.value)  # what it could have been


@pytest.mark.parametrize(
    ("text", "place"), [("", 1), ("|sdoc", 1), ("sdoc|", 6), ("sdoc||iecee_cb", 6), ("sdoc+", 6)]
)
def test_an_empty_place_is_named(text: str, place: int) -> None:
    with pytest.raises(GrammarError, match=f"missing at character {place}") as error:
        parse(text)
    assert error.value.place == place


def test_a_requirement_named_twice_by_one_alternative_is_a_mistake() -> None:
    with pytest.raises(GrammarError, match="“sdoc” at character 15 is asked for twice"):
        parse("sdoc+iecee_cb+sdoc")


def test_an_alternative_that_stands_twice_is_a_mistake_in_any_order() -> None:
    with pytest.raises(GrammarError, match="at character 15 stands there already"):
        parse("sdoc+iecee_cb|iecee_cb+sdoc")


@given(st.text(max_size=60))
def test_any_text_is_read_or_named_with_a_place_inside_it(text: str) -> None:
    mistake = _mistake(text)
    if mistake is None:
        assert parse(write(parse(text))) == parse(text)
    else:
        assert 1 <= mistake.place <= len(text) + 1
        assert text[mistake.place - 1 :].startswith(mistake.word)


def _mistake(text: str) -> GrammarError | None:
    try:
        parse(text)
    except GrammarError as error:
        return error
    return None
