"""Numbers that are well formed and belong to nobody, and choices that are always the same.

Check digits are right, so that the product's own checks are exercised; the parts that say *who*
are not given to anyone: region code 999999 in the USCC, "MADE" for the LEI's issuer.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import TypeVar

from stdnum.cn import uscc as stdnum_uscc

T = TypeVar("T")

_ORGANISATION = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # GB 32100-2015: no I, O, S, V, Z
_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)  # GB 11714, over the first 8 of the organisation code
_LATIN = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def number_of(key: str, below: int) -> int:
    """0 <= n < below, the same for the same key on every machine and Python version."""
    return int.from_bytes(sha256(key.encode()).digest()[:8], "big") % below


def choice(key: str, of: Sequence[T]) -> T:
    return of[number_of(key, len(of))]


def sample(key: str, of: Sequence[T], count: int) -> list[T]:
    """``count`` of them (all, if there are no more) in the order given."""
    ranked = sorted(range(len(of)), key=lambda i: sha256(f"{key}|{i}".encode()).digest())
    return [of[i] for i in sorted(ranked[:count])]


def chance(key: str, percent: int) -> bool:
    return number_of(key, 100) < percent


def organisation_code(key: str) -> str:
    """Nine characters, the last the check character of GB 11714 (X stands for 10)."""
    first = "MA" + "".join(_ORGANISATION[number_of(f"{key}|org|{i}", 31)] for i in range(6))
    total = sum(_LATIN.index(c) * w for c, w in zip(first, _WEIGHTS, strict=True))
    return first + "0123456789X0"[11 - total % 11]


def uscc(key: str, registered_as: str = "91") -> str:
    """A unified social credit code (GB 32100-2015) in region 999999, which does not exist.

    ``registered_as``: "91" a company, "12" a public institution, "52" a private non-enterprise.
    """
    first = f"{registered_as}999999{organisation_code(key)}"
    return first + stdnum_uscc.calc_check_digit(first)


def lei(key: str) -> str:
    """A legal entity identifier (ISO 17442) whose issuer prefix "MADE" is nobody's."""
    first = "MADE00" + "".join(_LATIN[number_of(f"{key}|lei|{i}", 36)] for i in range(12))
    digits = "".join(str(_LATIN.index(c)) for c in first + "00")
    return f"{first}{98 - int(digits) % 97:02d}"
