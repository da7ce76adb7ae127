"""Countries and regions from words."""

import pytest

from services.parsers import places


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("JPN", "JP"), ("jp", "JP"), ("Japan", "JP"), ("UK", "GB"), ("U.S.A.", "US"),
        ("Republic of Korea", "KR"), ("Viet Nam", "VN"), ("Côte d'Ivoire", "CI"),
        ("Hong Kong", "HK"), ("", ""), ("XX", ""), ("ABC", ""), ("EU", ""), ("Atlantis", ""),
    ],
)  # fmt: skip
def test_country_by_code_or_name(words: str, code: str) -> None:
    assert places.country_code(words) == code


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("TX", ("US", "TX")), ("Texas", ("US", "TX")), ("CA", ("US", "CA")), ("DE", ("US", "DE")),
        ("ON/CA", ("CA", "ON")), ("CA/ON", ("CA", "ON")), ("Ontario, Canada", ("CA", "ON")),
        ("ON", ("CA", "ON")), ("NL", ("NL", "")), ("NL/CA", ("CA", "NL")), ("JPN", ("JP", "")),
        ("PR", ("US", "PR")), ("XX/YY", ("", "")), ("", ("", "")),
    ],
)  # fmt: skip
def test_state_or_country(words: str, found: tuple[str, str]) -> None:
    assert places.state_or_country(words) == found


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("1 Some Road, Singapore 609937", ("SG", "Singapore")),
        ("5 Building Singapore 368025", ("SG", "Singapore")),
        ("8 Lane, Taoyuan City 333, Taiwan (R.O.C", ("TW", "Taoyuan")),
        ("1 Street, New Taipei City 248, Taiwan", ("TW", "New Taipei")),
        ("Grove, Auckland 0632, NZ.", ("NZ", "Auckland")),
        ("87, Seoul, Korea (08389)", ("KR", "Seoul")),
        ("No.177, West Road, Shanghai 200072", ("CN", "Shanghai")),
        ("168 Shanghai Street, Kowloon, Hong Kong", ("HK", "")),
        ("1 Singapore Road, London, UK", ("GB", "London")),
        ("Via Prova 5, 20061 Carugate (MI), Italy", ("IT", "Carugate")),
        # a two-letter ending that is a US state, and two places of two countries: not said
        ("1 Main Street, San Jose, CA 95131", ("", "")),
        ("Room 1, Seoul House, Bangkok 10110", ("", "")),
        ("somewhere", ("", "")),
        ("", ("", "")),
    ],
)
def test_place_of_an_address(address: str, found: tuple[str, str]) -> None:
    assert places.place_of(address) == found
