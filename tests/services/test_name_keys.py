"""Which names share a key, and what a Chinese name and its English one have in common."""

import pytest

from services.name_gloss import gloss
from services.name_keys import WHOLE, keys
from services.name_parts import parts
from services.name_words import stem


def whole(name: str) -> set[str]:
    return {key for key in keys(name) if key.startswith(WHOLE)}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Laboratory, Heron Testing Ltd", "HERON TESTING LIMITED - LABORATORY"),
        ("Heron Health Care Ltd", "HERON HEALTHCARE (P) LTD"),
        ("Tern Clinic (A unit of Heron Testing Ltd)", "Heron Testing Ltd"),
        ("TÜV Heron (Shenzhen) Co., Ltd.", "Shenzhen TUEV Heron"),
        ("Heron Labs Ltd (formerly Tern Labs Ltd)", "Tern Laboratories"),
        ("HAL Ltd", "Heron Analytical Laboratories Ltd"),
        ("苍鹭检测有限公司", "蒼鷺檢測有限公司"),
        ("深圳市苍鹭检测技术有限公司", "Canglu Testing (Shenzhen) Co., Ltd."),
        ("上海市计量测试技术研究院", "Shanghai Institute of Measurement and Testing Technology"),
    ],
)  # fmt: skip
def test_ways_to_name_one_person_share_a_whole_key(one: str, other: str) -> None:
    assert whole(one) & whole(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Heron Testing Ltd", "Tern Testing Ltd"),
        ("Central Laboratory, Heron Ltd", "Central Laboratory, Tern Ltd"),
        ("Heron Testing Ltd Guangzhou Branch", "Tern Testing Ltd Guangzhou Branch"),
        ("北京检测有限公司", "Beijing Testing Co., Ltd."),  # tells nobody apart
        ("深圳市苍鹭检测有限公司", "Guangzhou Canglu Testing Co., Ltd."),
    ],
)  # fmt: skip
def test_words_of_the_trade_alone_bring_nobody_together(one: str, other: str) -> None:
    assert not set(keys(one)) & set(keys(other)) - {"guangzhou"}


def test_a_name_without_letters_has_no_key_and_a_page_of_words_has_few() -> None:
    assert keys("—") == keys("") == ()
    long = " ".join(f"word{n}x" for n in range(500))
    assert len(keys(long)) <= 12
    assert max(map(len, keys(long))) <= 200


def test_a_gloss_has_senses_and_a_sound() -> None:
    found = gloss(parts("北京市绿苑食品检验所").person)
    assert found is not None
    assert found.sound == "luyuan"
    assert found.places == {"place:beijing"}
    assert found.senses == {"place:beijing", "food", "inspect", "institute"}
    assert found == gloss(parts("Beijing Lvyuan Food Inspection Institute").person)
    assert gloss(parts("Heron Testing Ltd").person) is None  # sounds like no Pinyin


@pytest.mark.parametrize(
    ("word", "meant"),
    [
        ("diagonistic", "diagnostic"), ("laborotory", "laboratory"),
        ("certifcation", "certification"),
        ("meteorology", "meteorology"), ("clinica", "clinica"), ("2nd", "2"), ("third", "3"),
        ("viii", "8"), ("shree", "sri"), ("world", "world"), ("th", "th"),
    ],
)  # fmt: skip
def test_a_word_for_comparison(word: str, meant: str) -> None:
    assert stem(word) == meant
