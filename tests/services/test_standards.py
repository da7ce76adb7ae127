"""Standard designations, as lists, reports and people write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.standard_families import FAMILIES
from services.standards import find_all, read, related_keys

# written, key, canonical spelling
READ = [
    ("GB4943.1", "GB 4943.1", "GB 4943.1"),
    ("GB 4943.1-2022", "GB 4943.1", "GB 4943.1-2022"),
    ("GB/T 4943.1", "GB 4943.1", "GB/T 4943.1"),
    ("GBT 2423.10-2019", "GB 2423.10", "GB/T 2423.10-2019"),
    ("ＧＢ ４９４３.１—２０２２", "GB 4943.1", "GB 4943.1-2022"),
    ("GB/T 2423.1——2008", "GB 2423.1", "GB/T 2423.1-2008"),
    ("GB 2423.1-89", "GB 2423.1", "GB 2423.1-1989"),
    ("GB 4706.1-2005/XG1-2010", "GB 4706.1", "GB 4706.1-2005+XG1:2010"),
    ("GBZ 2.1-2019", "GBZ 2.1", "GBZ 2.1-2019"),
    ("GB/Z 12345", "GB 12345", "GB/Z 12345"),
    ("YY 0505-2012", "YY 0505", "YY 0505-2012"),
    ("JJG 52-2013", "JJG 52", "JJG 52-2013"),
    ("JJG(交通) 064-2016", "JJG(交通) 064", "JJG(交通) 064-2016"),
    ("T/CAS 123-2020", "T/CAS 123", "T/CAS 123-2020"),
    ("DB44/T 1234-2013", "DB44 1234", "DB44/T 1234-2013"),
    ("DB44/26-2001", "DB44 26", "DB44 26-2001"),
    ("IEC 60335-2-40: 2002", "IEC 60335-2-40", "IEC 60335-2-40:2002"),
    ("iec60335-2-40", "IEC 60335-2-40", "IEC 60335-2-40"),
    ("IEC 60065 : 2014", "IEC 60065", "IEC 60065:2014"),
    ("EN IEC 62368-1:2020+A11:2020", "EN IEC 62368-1", "EN IEC 62368-1:2020+A11:2020"),
    (
        "EN 60335-1:2012/A11:2014/AC:2014",
        "EN 60335-1",
        "EN 60335-1:2012+A11:2014+AC:2014",
    ),
    ("CISPR 32:2015 + A1:2019", "CISPR 32", "CISPR 32:2015+A1:2019"),
    ("IEC 60335-1:2010+AMD1:2013", "IEC 60335-1", "IEC 60335-1:2010+A1:2013"),
    ("ISO/IEC 17025:2017", "ISO/IEC 17025", "ISO/IEC 17025:2017"),
    ("EN 300 328 V2.2.2", "EN 300 328", "EN 300 328 V2.2.2"),
    ("UL 62368-1", "UL 62368-1", "UL 62368-1"),
    ("ASTM D4236-94(2021)", "ASTM D4236", "ASTM D4236-94(2021)"),
    ("ASTM D 4236", "ASTM D4236", "ASTM D4236"),
    ("ASTM F963-17e1", "ASTM F963", "ASTM F963-17e1"),
    ("AS/NZS 60335.1", "AS/NZS 60335.1", "AS/NZS 60335.1"),
    ("JIS C8714:2007", "JIS C 8714", "JIS C 8714:2007"),
    ("IS 13252 (Part 1):2010", "IS 13252-1", "IS 13252-1:2010"),
    ("CAN/CSA-C22.2 No. 62368-1", "CSA C22.2 No. 62368-1", "CSA C22.2 No. 62368-1"),
    ("ANSI C63.4-2014", "ANSI C63.4", "ANSI C63.4-2014"),
    ("IEEE Std 1528-2013", "IEEE 1528", "IEEE 1528-2013"),
    ("CPSC-CH-C1001-09.4", "CPSC-CH-C1001-09.4", "CPSC-CH-C1001-09.4"),
    ("16 CFR Part 1303", "16 CFR 1303", "16 CFR 1303"),
    ("UN38.3", "UN 38.3", "UN 38.3"),
    ("SS 167: 1977", "SS 167", "SS 167:1977"),
]


@pytest.mark.parametrize(("text", "key", "dated"), READ, ids=[r[0] for r in READ])
def test_a_designation_is_read_into_key_and_canonical_spelling(
    text: str, key: str, dated: str
) -> None:
    standard = read(text)
    assert standard is not None
    assert (standard.key, standard.dated, standard.text) == (key, dated, text)


def test_a_part_number_is_no_edition() -> None:
    for text in ("IEC 60335-2-40", "EN 71-3", "UL 60335-2-40", "BS 1363-1"):
        standard = read(text)
        assert standard is not None
        assert standard.edition is None


@pytest.mark.parametrize("text", ["", "IEC", "hello", "UN 3480", "60335-1", "IEC 60335-1 kettle"])
def test_what_is_no_single_designation_is_not_read(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("text", "keys"),
    [
        ("EN IEC 62368-1", ("IEC 62368-1",)),
        ("BS EN 60335-1", ("EN 60335-1",)),
        ("DIN EN ISO 9001", ("EN ISO 9001", "ISO 9001")),
        ("IEC/EN 60335-1", ("IEC 60335-1", "EN 60335-1")),
        ("KS C IEC 60335-1:2013", ("IEC 60335-1",)),
        ("ANSI/UL 62368-1", ("UL 62368-1",)),
        ("GB 4943.1", ()),
    ],
)
def test_a_designation_states_what_it_adopts(text: str, keys: tuple[str, ...]) -> None:
    standard = read(text)
    assert standard is not None
    assert related_keys(standard) == keys


def test_all_designations_of_a_running_text_with_their_places() -> None:
    text = "SS 472: 1999 - valid till 12 July 2022 or\nSS 472: 2021"
    found = find_all(text)
    assert [s.dated for s in found] == ["SS 472:1999", "SS 472:2021"]
    assert [text[s.start : s.end] for s in found] == ["SS 472: 1999", "SS 472: 2021"]


def test_places_hold_where_letters_are_full_width_or_invisible() -> None:
    text = "按\u200bＧＢ４９４３.１—２０２２和GB/T 2423.1-2008/IEC 60068-2-1:2007检测"
    found = find_all(text)
    assert [s.dated for s in found] == [
        "GB 4943.1-2022",
        "GB/T 2423.1-2008",
        "IEC 60068-2-1:2007",
    ]
    assert [text[s.start : s.end] for s in found] == [s.text for s in found]


def test_words_and_numbers_of_running_text_are_no_standards() -> None:
    assert find_all("this is 302 as 3 items; NB 0123, HS 8504.40, UN 3480 in 5 days") == []


def test_a_footnote_mark_is_not_part_of_the_number() -> None:
    assert [s.key for s in find_all("IEC 60335-1¹ and IEC 60335-2-80²")] == [
        "IEC 60335-1",
        "IEC 60335-2-80",
    ]


pieces = st.lists(
    st.sampled_from(
        [f.name.replace("{}", "44") for f in FAMILIES]
        + list(" -/:+().—：ＧＢ１交通é\n\t²½ßſKı")
        + ["4943.1", "60335-2-40", "2022", "17", "A1", "AC", "Part 1", "V1.2.3", "e1", "b", "C"]
    ),
    max_size=8,
).map("".join)


@settings(max_examples=400, deadline=None)
@given(st.text() | pieces)
def test_reading_never_raises_and_the_canonical_spelling_is_stable(text: str) -> None:
    for standard in (read(text), *find_all(text)):
        if standard is None:
            continue
        again = read(standard.dated)
        assert again is not None
        assert again.dated == standard.dated
        assert again.key == standard.key
        assert isinstance(related_keys(standard), tuple)
    for standard in find_all(text):
        assert text[standard.start : standard.end] == standard.text
