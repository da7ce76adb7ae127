"""Matching is certain or a person's: pure cases, each from a way in which real lists differ."""

from typing import Any

from services.kit import Accreditation, Draft, Identifier, Name, Profile
from services.sync.match import Index, Match, corrected, decide


def draft(
    *names: str,
    country: str = "CN",
    number: str = "",
    issuer: str = "TAB",
    key: str = "k",
    **identifiers: str,
) -> Draft:
    return Draft(
        key=key,
        names=tuple(Name(text=text) for text in names),
        identifiers=tuple(Identifier(namespace=s, value=v) for s, v in identifiers.items()),
        profile=Profile(country=country),
        accreditations=(Accreditation(key="1", issuer=issuer, number=number),),
    )


def known(*drafts: Draft, source: str = "a") -> Index:
    """Bodies 1, 2, … as these drafts describe them."""
    index = Index()
    for number, one in enumerate(drafts, 1):
        index.learn(number, one, source)
    return index


def reasons(match: Match) -> list[tuple[int, str]]:
    return [(doubt.body_id, doubt.reason) for doubt in match.doubts]


REGISTERED = "91110000600037341L"  # well-formed, the published example of a USCC
ENTITY = "213800KUD8LAJWSQ9D15"  # and of an LEI
OTHER_NAME = "The same number is held under another name."
SAME_NAME = "The same name, but country or identifiers do not settle that it is the same body."
LEGAL_FORM = "The same name but for its legal form."


def test_an_identifier_joins_names_that_share_no_letter() -> None:
    """A legal name in Chinese and a brand name in English that is no translation of it."""
    index = known(draft("苍鹭测试集团股份有限公司", USCC=REGISTERED))
    match = decide(draft("HERON Group Co., Ltd.", USCC=REGISTERED), index, "b")
    assert match == Match(1, "identifier")


def test_an_identifier_outlives_a_renaming() -> None:
    index = known(draft("Old Name Metrology Co., Ltd.", USCC=REGISTERED))
    assert decide(draft("New Name Metrology Group", USCC=REGISTERED), index, "b").body_id == 1


def test_the_same_value_in_another_namespace_is_no_identifier() -> None:
    index = known(draft("Heron", USCC="0123"))
    assert decide(draft("Tern", **{"EU-NB": "0123"}), index, "b") == Match(None, "new body")


def test_identifiers_of_two_bodies_are_a_doubt_about_both() -> None:
    index = known(draft("Heron", USCC=REGISTERED), draft("Tern", LEI=ENTITY))
    match = decide(draft("Heron", USCC=REGISTERED, LEI=ENTITY), index, "b")
    assert match.body_id is None
    said = "Its identifiers belong to different bodies."
    assert reasons(match) == [(1, said), (2, said)]


def test_number_and_name_together_are_enough() -> None:
    index = known(draft("Heron Lab", number="TAB 12-3", country="CN"))
    match = decide(draft("HERON LAB.", number="12/3", country=""), index, "b")
    assert match == Match(1, "accreditation number and name")


def test_a_number_under_another_name_is_a_doubt_and_a_body_of_its_own() -> None:
    """A number that stays after a restructuring: the report's date decides who held it."""
    index = known(draft("Company A Testing Co., Ltd.", number="T-1234"))
    match = decide(draft("Company B Testing Co., Ltd.", number="T-1234"), index, "b")
    assert match.body_id is None
    assert reasons(match) == [(1, OTHER_NAME)]
    assert match.doubts[0].evidence["names"] == ["Company B Testing Co., Ltd."]
    assert match.doubts[0].evidence["their_names"] == ["coatestingcoltd"]


def test_a_number_of_another_issuer_says_nothing() -> None:
    index = known(draft("Heron", number="1234"))
    match = decide(draft("Tern", number="1234", issuer="OTHER"), index, "b")
    assert match == Match(None, "new body")


def test_sub_certificates_of_one_organisation_are_different_numbers() -> None:
    index = known(draft("Heron", number="1234.01", country=""))
    match = decide(draft("Tern", number="1234.02", country=""), index, "b")
    assert match == Match(None, "new body")


def test_a_dash_in_the_number_column_is_no_number() -> None:
    index = known(draft("Heron", number="-"), draft("Kite", number="—"))
    assert decide(draft("Tern", number="-"), index, "b") == Match(None, "new body")


def test_a_name_of_signs_alone_matches_nothing() -> None:
    index = known(draft("?"), draft("—"))
    assert decide(draft("***"), index, "a") == Match(None, "new body")


def test_the_exact_name_in_the_same_country_is_the_same_body() -> None:
    """Umlauts, dots, brackets' width and legal forms written long or short are writing only."""
    index = known(draft("TÜRM Falken (Shenzhen) Company Limited"))
    match = decide(draft("TURM FALKEN（Shenzhen）Co., Ltd."), index, "b")
    assert match == Match(1, "exact name")


def test_the_same_name_in_another_country_is_for_a_person() -> None:
    """A company in Hong Kong and its namesake on the mainland are two legal persons."""
    index = known(draft("Standards & Testing Ltd", country="HK"))
    match = decide(draft("Standards & Testing Ltd", country="CN"), index, "b")
    assert match.body_id is None
    assert reasons(match) == [(1, SAME_NAME)]
    assert match.doubts[0].evidence["their_countries"] == ["HK"]


def test_where_a_source_does_not_say_the_country_only_itself_may_match() -> None:
    index = known(draft("Heron Lab", country=""), source="a")
    assert decide(draft("Heron Lab", country=""), index, "a") == Match(1, "exact name")
    assert reasons(decide(draft("Heron Lab", country="CN"), index, "b")) == [(1, SAME_NAME)]


def test_one_name_with_two_registrations_is_for_a_person() -> None:
    """A branch has a number of its own but its parent's name in many lists."""
    index = known(draft("Heron Lab", USCC="1"))
    match = decide(draft("Heron Lab", USCC="2"), index, "b")
    assert match.body_id is None
    assert reasons(match) == [(1, SAME_NAME)]
    assert match.doubts[0].evidence["identifiers"] == {"USCC": "2"}


def test_a_number_and_name_with_another_registration_is_for_a_person() -> None:
    index = known(draft("Heron Lab", USCC="1", number="T-1"))
    match = decide(draft("Heron Lab", USCC="2", number="T-1"), index, "b")
    assert match.body_id is None
    assert [doubt.body_id for doubt in match.doubts] == [1]


def test_equal_but_for_the_legal_form_is_for_a_person() -> None:
    """A joint venture of one brand: Company Limited and LLC are different persons."""
    index = known(draft("Heron-Kite Company Limited", country="US"))
    match = decide(draft("Heron Kite LLC", country="US"), index, "b")
    assert match.body_id is None
    assert reasons(match) == [(1, LEGAL_FORM)]


def test_a_shared_brand_word_or_a_branch_is_another_body() -> None:
    index = known(
        draft("深圳市苍鹭检测技术有限公司"),
        draft("Heron Product Service GmbH", country="DE"),
    )
    assert decide(draft("深圳市苍鹭检测技术有限公司广州分公司"), index, "b").body_id is None
    assert decide(draft("苍鹭导航有限公司"), index, "b") == Match(None, "new body")
    assert decide(draft("Heron Certification (China) Co., Ltd."), index, "b") == Match(
        None, "new body"
    )


def test_two_bodies_of_one_name_are_told_apart_by_nobody_but_a_person() -> None:
    index = known(draft("Heron", USCC="1"), draft("Heron", USCC="2"))
    match = decide(draft("Heron"), index, "b")
    assert match.body_id is None
    assert [doubt.body_id for doubt in match.doubts] == [1, 2]


def test_any_of_several_names_may_match_and_a_body_is_doubted_once() -> None:
    index = known(draft("苍鹭检测", "Heron Testing"))
    assert decide(draft("Heron Testing"), index, "b").body_id == 1
    match = decide(draft("苍鹭检测", "Heron Testing", country="SG"), index, "b")
    assert [doubt.body_id for doubt in match.doubts] == [1]


def pairs(old: list[tuple[int, str, str]], *new: tuple[str, str, str]) -> dict[str, int]:
    drafts = [Draft(key=key, kin=kin, label=label) for key, kin, label in new]
    return corrected(drafts, old)


def test_a_corrected_spelling_pairs_within_its_kin_and_nowhere_else() -> None:
    gone = [(1, "k", "Oil & Ga Tern"), (2, "other", "Oil & Gas Tern")]
    assert pairs(gone, ("new", "k", "Oil & Gas Tern")) == {"new": 1}
    assert pairs(gone, ("new", "none", "Oil & Gas Tern")) == {}
    assert pairs([(1, "", "Same")], ("new", "", "Same")) == {}, "no kin: the key alone decides"


def test_of_several_corrections_the_best_pairs_are_made_each_side_once() -> None:
    gone = [(1, "k", "Heron Testing One"), (2, "k", "Heron Testing Two")]
    new: Any = [("a", "k", "Heron Testing Twoo"), ("b", "k", "Heron Testing 0ne")]
    assert pairs(gone, *new) == {"a": 2, "b": 1}
    assert pairs(gone, ("a", "k", "Quite another")) == {}


# --- doubts with their parts ----------------------------------------------------------------------


def test_an_identifier_whose_check_digit_fails_joins_nobody_and_is_told() -> None:
    wrong = REGISTERED[:-1] + "M"
    index = known(draft("Old Heron Co., Ltd.", USCC=wrong))
    match = decide(draft("New Tern Co., Ltd.", USCC=wrong), index, "b")
    assert match.body_id is None
    assert reasons(match) == [(1, "The same identifier, but its check digit fails.")]
    assert match.doubts[0].evidence["failed_checks"] == [f"USCC {wrong}"]
    assert match.doubts[0].evidence["likeness"]["identifier"] == "unsaid"


def test_a_name_without_legal_form_in_another_city_is_for_a_person() -> None:
    """Every district has its "HIV Testing Laboratory"."""
    index = known(placed("HIV Testing Laboratory", "Bidar"))
    assert decide(placed("HIV Testing Laboratory", "Bidar"), index, "a").body_id == 1
    match = decide(placed("HIV Testing Laboratory", "Naharlagun"), index, "a")
    assert match.body_id is None
    assert reasons(match) == [(1, SAME_NAME)]
    assert match.doubts[0].evidence["likeness"]["place"] == "differ"


def test_a_company_is_one_body_in_all_its_cities() -> None:
    index = known(placed("Heron Diagnostics Limited", "Pune"))
    assert decide(placed("HERON DIAGNOSTICS LTD", "Agra"), index, "a").body_id == 1


def placed(name: str, city: str) -> Draft:
    return Draft(key="k", names=(Name(text=name),), profile=Profile(country="IN", city=city))


def test_a_doubt_shows_both_sides_the_parts_and_the_relation() -> None:
    index = known(placed("Heron Testing", "Pune"))
    [doubt] = decide(placed("Heron Testing Ltd", "Pune"), index, "b").doubts
    said = doubt.evidence
    assert (said["names"], said["their_texts"]) == (["Heron Testing Ltd"], ["Heron Testing"])
    assert (said["place"], said["their_places"]) == ("Pune", ["Pune"])
    assert said["likeness"] == {
        "decision": "same",
        "name": 89,
        "person": "equal",
        "form": "unsaid",
        "place": "agree",
        "country": "agree",
        "number": "unsaid",
        "identifier": "unsaid",
        "shared": ["heron"],
        "only": [],
        "against": [],
    }
    assert said["relation"] == ""


def test_numbers_of_two_laboratories_join_nobody_and_are_a_question() -> None:
    """A hospital has many; whether it is one hospital, a person says."""
    index = known(draft("Heron Hospital", **{"NABL-LAB": "M-1"}))
    match = decide(draft("Heron Hospital", **{"NABL-LAB": "M-2"}), index, "b")
    assert match.body_id is None
    assert reasons(match) == [(1, SAME_NAME)]


def test_of_its_own_source_a_name_merely_alike_is_no_question() -> None:
    alike = draft("Life Guard Heron Centre"), draft("Life Guart Hero Centre")
    assert decide(alike[1], known(alike[0]), "a").doubts == ()
    assert [one.body_id for one in decide(alike[1], known(alike[0]), "b").doubts] == [1]
