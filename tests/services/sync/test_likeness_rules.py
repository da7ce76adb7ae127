"""What holds of any names: likeness has no direction, and the dangerous pairs are never joined."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.kit import Draft, Identifier, Name, Profile
from services.name_keys import WHOLE, keys
from services.name_parts import parts
from services.sync.likeness import Side, compare
from services.sync.match import Index, candidates, decide

ANY = st.text(max_size=60)
_WORDS = """
    Heron Tern Kite Plover Siskin Testing Laboratories Institute Hospital Pathology Services
    Shenzhen Pune Second II National Diagonistic 2nd (India) TÜV St. Müller's & of
"""
WORDS = st.sampled_from(_WORDS.split())
LATIN = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
HAN = st.text("苍鹭燕鸥检测技术研究院深圳广州市质量", min_size=2, max_size=12)
BRANDS = st.sampled_from(["Heron", "Tern", "Kite", "Plover", "Siskin"])
FORMS = st.sampled_from(
    [" Ltd", " Co., Ltd.", " GmbH", ", Inc.", " Pvt. Ltd.", " (P) Ltd.", " LLP"]
)
CITIES = ("Pune", "Agra", "Chennai", "Surat")
NAMES = st.one_of(LATIN, HAN, st.tuples(LATIN, FORMS).map("".join), ANY.filter(str.strip))
REGISTERED = ("91110000600037341L", "91350100M000100Y43")  # well-formed, both published examples


def draft(*names: str, country: str = "CN", city: str = "", **identifiers: str) -> Draft:
    return Draft(
        key="k",
        names=tuple(Name(text=name) for name in names),
        profile=Profile(country=country, city=city),
        identifiers=tuple(Identifier(namespace=s, value=v) for s, v in identifiers.items()),
    )


def known(one: Draft) -> Index:
    index = Index()
    index.learn(1, one, "a")
    return index


@settings(max_examples=300, deadline=None)
@given(NAMES, NAMES, st.sampled_from(("", *CITIES)), st.sampled_from(("", *CITIES)))
def test_likeness_has_no_direction(one: str, other: str, here: str, there: str) -> None:
    a = Side((one,), "IN", frozenset({here} - {""}))
    b = Side((other,), "IN", frozenset({there} - {""}))
    there_and_back = compare(a, b).told(), compare(b, a).told()
    assert there_and_back[0] == there_and_back[1]
    assert compare(a, b).relation == compare(b, a).relation


@settings(max_examples=200, deadline=None)
@given(NAMES)
def test_a_name_is_its_own_and_shares_its_keys_whatever_it_is(name: str) -> None:
    assert compare(Side((name,)), Side((name,))).decision in {"same", "ask", "different"}
    assert keys(name) == tuple(dict.fromkeys(keys(name)))
    assert all(key.strip(WHOLE) for key in keys(name))


@settings(deadline=None)
@given(LATIN.filter(lambda name: "(" not in name), BRANDS, FORMS, FORMS)
def test_a_legal_form_changes_nothing_of_the_person(
    name: str, brand: str, form: str, other: str
) -> None:
    bare = parts(f"{brand} {name}").person
    assert parts(f"{brand} {name}{form}").person == parts(f"{brand} {name}{other}").person
    assert sorted(parts(f"{brand} {name}{form}").person) == sorted(bare)


@settings(deadline=None)
@given(BRANDS, LATIN.filter(lambda name: "(" not in name), FORMS)
def test_a_person_is_found_with_its_unit_on_either_side(brand: str, name: str, form: str) -> None:
    whole = f"{brand} {name}{form}"
    index = known(draft(whole))
    for said in (f"{whole} - Central Laboratory", f"Central Laboratory, {whole}"):
        assert candidates(draft(said), index) == {1}


@settings(deadline=None)
@given(st.text("苍鹭检测技术研究院质量华东", min_size=3, max_size=8))
def test_traditional_characters_are_the_same_name(name: str) -> None:
    traditional = name.translate(str.maketrans("苍鹭检测术质华东", "蒼鷺檢測術質華東"))
    assert keys(name) == keys(traditional)
    assert (
        decide(draft(f"{traditional}有限公司"), known(draft(f"{name}有限公司")), "b").body_id == 1
    )


@settings(deadline=None)
@given(BRANDS, LATIN.filter(lambda name: "(" not in name), FORMS)
def test_a_branch_is_never_joined_to_its_head_or_its_sister(
    brand: str, name: str, form: str
) -> None:
    head = f"{brand} {name}{form}"
    for other in (head, f"{head} (Wuhan Branch)", f"{head} Branch Office Xi'an"):
        index = known(draft(other))
        branch = draft(f"{head} (Guangzhou Branch)")
        assert decide(branch, index, "b").body_id is None
        assert decide(draft(head), known(branch), "b").body_id is None


@settings(deadline=None)
@given(NAMES)
def test_two_registrations_are_never_one_body(name: str) -> None:
    index = known(draft(name, USCC=REGISTERED[0]))
    assert decide(draft(name, USCC=REGISTERED[1]), index, "b").body_id is None


@settings(deadline=None)
@given(BRANDS, LATIN.filter(lambda name: "(" not in name), st.permutations(CITIES))
def test_a_chain_in_two_cities_is_never_joined_unasked(
    brand: str, name: str, cities: list[str]
) -> None:
    """Without a legal form: every district has its "State HIV Laboratory"."""
    index = known(draft(f"{brand} {name}", city=cities[0], country="IN"))
    match = decide(draft(f"{brand} {name}", city=cities[1], country="IN"), index, "b")
    assert match.body_id is None
    assert [doubt.body_id for doubt in match.doubts] == [1]


@settings(deadline=None)
@given(NAMES, NAMES)
def test_only_equal_names_or_identifiers_join_unasked(one: str, other: str) -> None:
    """Whatever likeness says: what it finds is put before a person."""
    match = decide(draft(other), known(draft(one)), "b")
    assert match.rule in {"new body", "exact name"}
    assert match.body_id is None or match.rule == "exact name"
