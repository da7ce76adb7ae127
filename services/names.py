"""Names and numbers as they are compared: never shown, never stored instead of the original."""

import functools
import re
import unicodedata

import opencc

# Long forms to short ones, longest first; applied to whole words after folding.
_FORMS = (
    ("public limited company", "plc"),
    ("private limited", "pte ltd"),
    ("private ltd", "pte ltd"),
    ("pvt limited", "pte ltd"),
    ("pvt ltd", "pte ltd"),
    ("company limited", "co ltd"),
    ("company ltd", "co ltd"),
    ("co limited", "co ltd"),
    ("limited liability company", "llc"),
    ("incorporated", "inc"),
    ("corporation", "corp"),
    ("limited", "ltd"),
    ("company", "co"),
)
_LATIN_ENDINGS = (
    "pte ltd", "co ltd", "sdn bhd", "pty ltd", "gmbh and co kg", "gmbh co kg",
    "s r l", "s p a", "s a", "b v",
    "plc", "llc", "llp", "inc", "corp", "ltd", "gmbh", "ag", "srl", "spa", "sa", "bv", "nv",
    "kk", "co",
)  # fmt: skip
_CJK_ENDINGS = ("股份有限公司", "有限责任公司", "有限公司", "株式会社", "公司")


@functools.cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


def _unaccented(text: str) -> str:
    """Marks fall from Latin, Greek and Cyrillic letters (all below U+0530) only: elsewhere a mark
    makes another letter (Japanese が, Hindi की) and another name."""
    kept: list[str] = []
    accents = False
    for c in unicodedata.normalize("NFKD", text):
        if not unicodedata.combining(c):
            accents = c < "\u0530"
        elif accents:
            continue
        kept.append(c)
    return "".join(kept)


def _spells(c: str) -> bool:
    """Letters and digits, and the marks that Indic and Thai vowels are."""
    return c.isalnum() or unicodedata.category(c).startswith("M")


def words(text: str) -> str:
    """NFKC, simplified, case-folded, without accents, letters and digits only, single spaces."""
    text = _to_simplified().convert(unicodedata.normalize("NFKC", text)).casefold()
    text = text.replace("&", " and ").replace("'", "").replace("\u2019", "")
    plain = unicodedata.normalize("NFC", _unaccented(text))
    text = " ".join("".join(c if _spells(c) else " " for c in plain).split())
    for long, short in _FORMS:
        text = re.sub(rf"\b{long}\b", short, text)
    return text


@functools.lru_cache(maxsize=32_768)  # an audit compares the same holders over and over
def fold(text: str) -> str:
    """A name for exact comparison: spelling kept, writing (case, dots, width, script) ignored."""
    return words(text).replace(" ", "")


@functools.lru_cache(maxsize=32_768)
def core(text: str) -> str:
    """The same without its legal form: equal cores are a doubt for a person, never a match."""
    said = words(text)
    for ending in _LATIN_ENDINGS:
        if said.endswith(" " + ending):
            said = said[: -len(ending) - 1]
            break
    short = said.replace(" ", "")
    for ending in _CJK_ENDINGS:
        if short.endswith(ending) and len(short) > len(ending) + 1:
            return short[: -len(ending)]
    return short


def number_key(number: str, issuer: str = "") -> str:
    """A certificate number for comparison: letters and digits, capital, without its issuer."""
    plain = "".join(c for c in unicodedata.normalize("NFKC", number).upper() if c.isalnum())
    prefix = "".join(c for c in issuer.upper() if c.isalnum())
    if prefix and plain.startswith(prefix) and len(plain) > len(prefix):
        return plain[len(prefix) :]
    return plain


# Letters of other scripts that are drawn as Latin ones, then O as 0: what a reader of print sees.
_DRAWN = str.maketrans("АВЕКМНОРСТХУІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "ABEKMHOPCTXYIJSABEZHIKMNOPTYX")
_DRAWN_IN_WORDS = {
    big: chr(small)
    for letter, small in _DRAWN.items()
    for big in (letter, ord(chr(letter).lower()))
    for small in (ord(chr(small).lower()),)
}
_LEADING_ZEROS = re.compile(r"(?<![0-9])0+(?=[0-9])")


def look_key(key: str) -> str:
    """How a number's key (:func:`number_key`) looks: equal for numbers that are mistaken for one
    another. Cyrillic and Greek capitals as Latin ones, O as 0, leading zeros gone, I and L as 1
    (BRIEF "Fraud"). Two looks that are equal are a hint, never proof."""
    drawn = key.translate(_DRAWN).replace("O", "0")
    return _LEADING_ZEROS.sub("", drawn).replace("I", "1").replace("L", "1")


def as_drawn(word: str) -> str:
    """A folded word with its Cyrillic and Greek look-alikes as Latin letters, where it then is one
    of Latin letters alone: "СЕЅІ" as "cesi", and a Russian word as it was."""
    drawn = word.translate(_DRAWN_IN_WORDS)
    return drawn if drawn.isascii() else word
