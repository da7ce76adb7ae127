"""Passwords of accounts: argon2id over what was typed, and one answer for all that do not fit.

Rules of NIST SP 800-63B, 3.1.1.2: at least 12 characters, any of them, none asked for, no change
by the calendar; both spellings of an accented letter are one (NFKC). What leaks and patterns make
easy to guess is refused (zxcvbn, which brings 30,000 passwords of breaches and the words of several
languages), and so are the words of this house and the account's own name.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy.engine import Connection

from services import models as m
from services.errors import BadQuestion

SHORTEST = 12
LONGEST = 256  # a bound on work, far above what anybody types
# what stands in the way of nobody here: the house's own words, of which no password is made
OWN_WORDS = (
    "labdir", "directory", "laboratory", "testing", "inspection", "accreditation", "certificate",
    "steward", "operator", "regulator", "reader", "desk", "password",
)  # fmt: skip
_LOOKED_AT = 72  # characters: zxcvbn's own bound, for what it costs
# of zxcvbn's 0 to 4: fewer than 10^8 guesses fall to whoever has the hash in days
_LEAST = 3
# OWASP's least for argon2id: 19 MiB, two passes. Several at once must not fill a small machine.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
# what is verified where no account has the name, so that the answer takes as long
_NOBODY = _HASHER.hash("nobody's password")


@dataclass(frozen=True, slots=True)
class Held:
    """What is kept of a name's password. ``account_id``: None where nobody has name and password
    (``hash`` is then one that nothing is let in by)."""

    account_id: int | None
    hash: str


def checked(password: str, name: str) -> str:
    """The password as it is hashed. Raises BadQuestion where it is too short, too long, easy
    to guess, or made of this house's words, the account's name and figures alone."""
    text = unicodedata.normalize("NFKC", password)
    if not SHORTEST <= len(text) <= LONGEST:
        raise BadQuestion(
            f"password: it has {len(text)} characters.",
            f"Choose {SHORTEST} to {LONGEST} characters; several words are easy to keep in mind.",
        )
    from zxcvbn import zxcvbn  # its lists take 12 MB, and passwords are seldom chosen

    known = [*OWN_WORDS, name, *name.split()]
    of_ours = set(re.findall(r"[^\W\d_]+", text.casefold())) <= {one.casefold() for one in known}
    if of_ours or zxcvbn(text[:_LOOKED_AT], user_inputs=known)["score"] < _LEAST:
        raise BadQuestion(
            "password: it is among the first that anybody would try.",
            "Choose several words that do not belong together, and not of this house.",
        )
    return text


def set_password(
    conn: Connection, account_id: int, name: str, password: str, now: datetime
) -> None:
    """The account signs in by this password from now on. Raises BadQuestion."""
    hashed = _HASHER.hash(checked(password, name))
    conn.execute(
        sa.update(m.Account)
        .where(m.Account.id == account_id)
        .values(password_hash=hashed, password_set_at=now)
    )


def held(conn: Connection, name: str) -> Held:
    """What to verify a typed password against, for any name."""
    account = m.Account
    row = conn.execute(
        sa.select(account.id, account.password_hash).where(
            account.name == name.strip(),
            account.closed_at.is_(None),
        )
    ).one_or_none()
    if row is None:
        return Held(None, _NOBODY)
    return Held(row.id, row.password_hash or _NOBODY)


def fits(kept: Held, password: str) -> bool:
    """Whether the password opens it. Takes as long for a name that nobody has; needs no database,
    so that it can be done aside."""
    text = unicodedata.normalize("NFKC", password)[: LONGEST + 1]
    try:
        _HASHER.verify(kept.hash, text)
    except (Argon2Error, InvalidHashError):
        return False
    return kept.hash != _NOBODY
