"""What a password may be, and what verifies."""

from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from services import accounts, db, passwords
from services.errors import BadQuestion
from services.terms import Role
from tests.services.store.build import at

NOW = at("2026-06-01")


@pytest.fixture
def conn(database_url: str) -> Iterator[sa.Connection]:
    engine = db.connect(database_url)
    with engine.begin() as one:
        yield one
    engine.dispose()


def opened(conn: sa.Connection, name: str, password: str) -> int:
    account_id = accounts.open_account(conn, name, Role.STEWARD, NOW)
    passwords.set_password(conn, account_id, name, password, NOW)
    return account_id


@pytest.mark.parametrize(
    "word",
    [
        *("short of it", "x" * 257, "aaaaaaaaaaaaaaaa", "the harbour desk"),
        *("iloveyou1234", "password1234", "qwertyuiop123", "unbelievable"),  # of breaches
        *("laboratory12", "Accreditation1", "labdir-labdir"),  # of this house
    ],
)
def test_a_poor_password_is_refused_with_the_rule(word: str) -> None:
    with pytest.raises(BadQuestion):
        passwords.checked(word, "The Harbour Desk")


@pytest.mark.parametrize(
    "word",
    ["only small letters", "一二三四五六七八九十百千", " spaces count ", "seven grey herons " * 14],
)
def test_length_alone_is_asked_for(word: str) -> None:
    assert passwords.checked(word, "x")


def test_both_spellings_of_an_accent_open(conn: sa.Connection) -> None:
    account_id = opened(conn, "A desk", "Pr\u00fcfstelle Nord")
    held = passwords.held(conn, " A desk ")
    assert held.account_id == account_id
    assert held.hash.startswith("$argon2id$")
    assert passwords.fits(held, "Pru\u0308fstelle Nord")
    assert not passwords.fits(held, "Prüfstelle nord")


def test_an_unknown_or_closed_name_is_verified_against_something_that_never_opens(
    conn: sa.Connection,
) -> None:
    account_id = opened(conn, "Gone desk", "quite a long word")
    accounts.close_account(conn, account_id, NOW)
    for name in ("Gone desk", "Never there"):
        held = passwords.held(conn, name)
        assert held.account_id is None
        assert held.hash.startswith("$argon2id$")
        assert not passwords.fits(held, "quite a long word")
        assert not passwords.fits(held, "nobody's password")
