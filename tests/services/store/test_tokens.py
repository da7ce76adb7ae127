"""Words alike for what is stored and what is asked, in two languages and any spelling."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.store.tokens import index_tokens, number_tokens, query_tokens, tsquery


def finds(asked: str, stored: str) -> bool:
    held = index_tokens(stored)
    return bool(query_tokens(asked)) and all(
        any(h.startswith(t[:-1]) if t.endswith("*") else h == t for h in held for t in unit)
        for unit in query_tokens(asked)
    )


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("电池", "锂离子电池"),
        ("電池", "锂离子电池"),
        ("电池", "鋰離子電池"),
        ("池", "电池"),
        ("battery", "Lithium BATTERIES"),
        ("ｂａｔｔｅｒｙ", "batteries"),
        ("prufung", "Prüfung von Leuchten"),
        ("GB4943.1", "GB 4943.1-2022"),
        ("GB 4943.1-2022", "GB/T 4943.1-2022 in full"),
        ("GB 4943", "GB 4943.1-2022"),
        ("iec60335-2-40", "IEC 60335-2-40:2018 (clause 19)"),
        ("IEC 60335", "IEC 60335-2-40:2018"),
        ("ISO 9001", "DIN EN ISO 9001:2015"),
        ("60335-2-40", "IEC 60335-2-40:2018"),
        ("the of", "The house of lamps"),
        ("GB 4943.1 电池", "电池 GB 4943.1-2022"),
    ],
)
def test_finds(asked: str, stored: str) -> None:
    assert finds(asked, stored)


@pytest.mark.parametrize(
    ("asked", "stored"),
    [
        ("电池", "电动水池"),
        ("GB 4943.1-2011", "GB 4943.1-2022"),
        ("GB 4943.2", "GB 4943.1-2022"),
        ("IEC 60335-2-4", "IEC 60335-2-40:2018"),
        ("EN ISO 9001", "ISO 9001:2015"),
        ("battery lamp", "battery"),
        ("", "battery"),
        ("!!!", "battery"),
    ],
)
def test_does_not_find(asked: str, stored: str) -> None:
    assert not finds(asked, stored)


def test_a_number_is_found_whole_and_in_its_parts() -> None:
    assert number_tokens("L90417") == ["l90417", "l", "90417"]


def test_quotes_and_operators_are_words_in_a_query() -> None:
    assert tsquery([["a'b\\", "c*"]]) == "('a''b\\\\' | 'c':*)"


@given(st.text(max_size=60))
@example("AQ0")
def test_a_word_is_found_by_itself_whatever_it_is(text: str) -> None:
    tokens = index_tokens(text)
    assert len(tokens) == len(set(tokens))
    assert all(token and not set(token) & set("'* ") for token in tokens)
    assert finds(text, text) or not query_tokens(text)
