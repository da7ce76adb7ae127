"""The catalogues hold exactly what the pages say: nothing missing, fuzzy or left over.

Bring them up to date with ``python -m directory.pages.catalogue``.
"""

import re
from collections.abc import Iterator

import pytest
from babel.messages import Catalog, Message

from directory.pages import phrases, standing, words
from directory.pages.catalogue import held, messages
from directory.pages.tongue import EN, HAN, TONGUES, ZH, Tongue
from services import terms
from services.validity import Standing
from services.validity.reasons import REASONS

CODES = ("en", "zh")
_PARAMETER = re.compile(r"%\(\w+\)s|\{\w+\}|</?b>")


def _said(catalogue: Catalog) -> Iterator[Message]:
    return (message for message in catalogue if message.id)


def _strings(message: Message) -> list[str]:
    said = message.string
    return [said] if isinstance(said, str) else list(said or ())


def _ids(message: Message) -> list[str]:
    return [message.id] if isinstance(message.id, str) else list(message.id)


@pytest.mark.parametrize("code", CODES)
def test_a_catalogue_holds_exactly_what_is_said(code: str) -> None:
    said = {message.id for message in _said(messages())}
    catalogue = held(code)
    kept = {message.id for message in _said(catalogue)}
    assert said - kept == set(), "missing: python -m directory.pages.catalogue adds them"
    assert kept - said == set(), "no longer said: python -m directory.pages.catalogue drops them"
    assert not catalogue.obsolete


@pytest.mark.parametrize("code", CODES)
def test_nothing_is_fuzzy_or_empty(code: str) -> None:
    for message in _said(held(code)):
        assert not message.fuzzy, message.id
        assert all(_strings(message)), message.id


@pytest.mark.parametrize("code", CODES)
def test_plural_forms_are_complete(code: str) -> None:
    forms = {"en": 2, "zh": 1}[code]
    for message in _said(held(code)):
        if message.pluralizable:
            assert len(_strings(message)) == forms, message.id


@pytest.mark.parametrize("code", CODES)
def test_a_translation_names_only_parameters_of_its_message(code: str) -> None:
    for message in _said(held(code)):
        known = set(_PARAMETER.findall(" ".join(_ids(message))))
        for string in _strings(message):
            assert set(_PARAMETER.findall(string)) <= known, message.id


def test_chinese_is_chinese_wherever_english_has_words() -> None:
    for message in _said(held("zh")):
        english = _PARAMETER.sub("", " ".join(_ids(message)))
        if re.search(r"[A-Za-z]{2}", english):
            for string in _strings(message):
                assert HAN.search(string), (message.id, string)


def test_chinese_uses_full_width_punctuation_between_characters() -> None:
    for message in _said(held("zh")):
        for string in _strings(message):
            assert not re.search(r"[\u4e00-\u9fff][,;:?!]", string), string


@pytest.mark.parametrize(
    ("family", "values"),
    [
        ("body_kind", terms.BodyKind),
        ("accreditation_kind", terms.AccreditationKind),
        ("standing", Standing),
        ("listed", terms.Listed),
        ("listed_word", terms.Listed),
        ("event", terms.EventKind),
        ("event_word", terms.EventKind),
        ("mode", terms.PresenceMode),
        ("level", terms.EvidenceLevel),
        ("credential", terms.CredentialKind),
        ("polarity", terms.Polarity),
        ("relation", terms.RelationKind),
        ("name_kind", terms.NameKind),
        ("run_state", terms.RunState),
        ("change", terms.ChangeKind),
        ("leaving", terms.LeavingMeans),
        ("confidence", terms.Confidence),
    ],
)
def test_every_value_of_the_vocabulary_has_a_word(family: str, values: list[str]) -> None:
    assert {str(value) for value in values} <= set(words.WORDS[family])


def test_every_tier_verdict_and_standing_has_words() -> None:
    assert set(words.WORDS["tier"]) == {str(int(tier)) for tier in terms.Tier}
    assert set(standing.VERDICTS) == set(terms.Verdict)
    assert set(standing.SHAPES) == {value.value for value in Standing}


@pytest.mark.parametrize("tongue", TONGUES, ids=lambda tongue: tongue.code)
def test_every_reason_of_the_decision_can_be_said(tongue: Tongue) -> None:
    for _, sentence in REASONS.values():
        names = re.findall(r"\{(\w+)\}", sentence)
        said = tongue(sentence).format(**dict.fromkeys(names, "7"))
        assert "{" not in said
        assert bool(HAN.search(said)) is tongue.zh


def test_every_reason_for_a_rank_can_be_said() -> None:
    for text in phrases.WHY.values():
        assert HAN.search(ZH(text))
        assert EN(text) == text
