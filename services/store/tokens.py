"""Words as search compares them, made alike for what is stored and for what is asked.

Why here and not in PostgreSQL: its parsers see a Chinese sentence as one word, and an extension
for it is not on every machine. So: NFKC, traditional characters to simplified, case and accents
dropped; Chinese, Japanese and Korean runs as pairs of characters; other words by their English
stem; standards as one token however they are spelt. Tokens never hold ``'``, ``*`` or a blank.

A standard's token begins with ``§``: "§gb4943.1", with its edition "§gb4943.1@2022". A part also
answers for the whole ("§gb4943"), an adoption for what it adopts ("EN ISO 9001" for "ISO 9001").

A token of many scope lines of one body stands there at *levels* too: "2×batteri" where 4² lines or
more hold it, so that of many bodies those with the most lines are found by the index alone.
"""

import functools
import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator

import opencc
import snowballstemmer

from services.standards import Standard, find_all, read, related_keys

LEVELS = (1, 2, 3, 4, 5, 6)  # 4, 16, 64, … lines
LEAST = 4  # lines of the first
PREFIX = "*"  # ends a query token that stands for all tokens beginning with it

# runs written without blanks: Han, kana, Hangul
_RUN = (
    "\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
_PIECE = re.compile(rf"(?P<run>[{_RUN}]+)|(?P<word>[^\W_{_RUN}]+)")
_LETTERS_DIGITS = re.compile(r"[^\W\d_]+|\d+")
_LAST_PART = re.compile(r"[-.][0-9]+[a-z]?$")
# words that tell nothing apart; a question of nothing else keeps them
_EMPTY = frozenset(
    {"a", "an", "and", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to"}
    | {"with", "的", "和", "与", "及"}
)
_LONGEST = 200  # bytes of a token; PostgreSQL takes 2,046


@functools.cache
def _to_simplified() -> opencc.OpenCC:
    return opencc.OpenCC("t2s")


@functools.cache
def _stemmer() -> snowballstemmer.stemmer:
    return snowballstemmer.stemmer("english")


@functools.lru_cache(maxsize=65536)
def _stem(word: str) -> str:
    """The stem of an English word; anything with a digit or beyond a-z stays as it is."""
    if len(word) > 2 and word.isascii() and word.isalpha():
        return str(_stemmer().stemWord(word[:_LONGEST]))
    return word.encode()[:_LONGEST].decode(errors="ignore")


def plain(text: str) -> str:
    """NFKC, simplified characters, case-folded, accents dropped."""
    text = unicodedata.normalize("NFKC", text)
    if not text.isascii():
        text = _to_simplified().convert(text)
        parts = unicodedata.normalize("NFKD", text)
        bare = "".join(c for c in parts if not (unicodedata.combining(c) and ord(c) < 0x0370))
        text = unicodedata.normalize("NFC", bare)
    return text.casefold()


def index_tokens(text: str) -> list[str]:
    """All tokens under which a stored text is found, each once, in order of appearance."""
    if not text:
        return []
    found: dict[str, None] = {}
    for run, word in _PIECE.findall(plain(text)):
        if run:
            found.update(dict.fromkeys(run[i : i + 2] for i in range(max(1, len(run) - 1))))
            found[run[-1]] = None  # so that a question for this one character finds it
        else:
            found[_stem(word)] = None
    # a cell that holds nothing but a designation is one, also where a sentence would not be
    whole = read(text)
    for standard in [whole] if whole else find_all(text):
        found.update(dict.fromkeys(f"§{key}" for key in standard_keys(standard)))
    return list(found)


def query_tokens(text: str) -> list[list[str]]:
    """What a question asks for: all of the outer list, any of each inner one.

    A token ending in ``*`` asks for every token that begins so (a single Chinese character).
    An empty list: the text holds no word at all.
    """
    asked: list[list[str]] = []
    rest: list[str] = []
    at = 0
    whole = read(text)
    for standard in [whole] if whole else find_all(text):
        asked.append([f"§{asked_key(standard)}"])
        rest.append(text[at : standard.start])
        at = standard.end
    rest.append(text[at:])
    empty: list[list[str]] = []
    for piece in rest:
        for run, word in _PIECE.findall(plain(piece)):
            if run and run not in _EMPTY:
                asked += _run_tokens(run)
            elif word in _EMPTY or run:
                empty.append([_stem(word or run)])
            else:
                asked.append([_stem(word)])
    unique = {tuple(one): one for one in asked or empty}
    return list(unique.values())


def _run_tokens(run: str) -> Iterator[list[str]]:
    if len(run) == 1:
        yield [run + PREFIX]
    for i in range(len(run) - 1):
        yield [run[i : i + 2]]


def number_tokens(number_key: str) -> list[str]:
    """A certificate number as one word and as its letters and digits ("l90417", "l", "90417").

    People write "L 90417", "L-90417" and "L90417" for one number.
    """
    number = number_key.casefold()
    return list(dict.fromkeys([number, *_LETTERS_DIGITS.findall(number)]))


def at_level(token: str, level: int) -> str:
    return f"{level}×{token}"


def leveled(token: str) -> bool:
    """Whether a token, stored or asked for, stands at levels: no mere number does, which is a year
    or a part of a standard and orders nothing."""
    return not token.rstrip(PREFIX).isdigit()


def levels(token: str, lines: int) -> Iterator[str]:
    """The tokens that say how many lines hold it."""
    if leveled(token):
        for level in LEVELS:
            if lines < LEAST**level:
                return
            yield at_level(token, level)


def _squeeze(key: str) -> str:
    return re.sub(r"[\s']", "", key).casefold()


def asked_key(standard: Standard) -> str:
    """The key that a question for this designation asks for: with its edition where it has one."""
    key = _squeeze(standard.key)
    return f"{key}@{standard.edition}" if standard.edition else key


def standard_keys(standard: Standard) -> list[str]:
    """All keys under which a stored designation is found; see the module's word on parts."""
    keys = [_squeeze(standard.key), *(_squeeze(key) for key in related_keys(standard))]
    found: list[str] = []
    for key in keys:
        found.append(key)
        if standard.edition:
            found.append(f"{key}@{standard.edition}")
        found += _wholes(key)
    return list(dict.fromkeys(found))


def _wholes(key: str) -> Iterator[str]:
    """ "iec60335-2-40" is a part of "iec60335-2" and of "iec60335"."""
    while part := _LAST_PART.search(key):
        key = key[: part.start()]
        if not re.search(r"[0-9]", key):
            return
        yield key


def tsquery(asked: Iterable[Iterable[str]], *, every: bool = True) -> str:
    """The text of a ``tsquery`` (to be cast as a parameter) for tokens of :func:`query_tokens`.

    Each token is quoted, quotes and backslashes doubled, so that no word can become an operator.
    ``every`` False: any word will do.
    """
    units = []
    for words in asked:
        quoted = []
        for word in words:
            begins = word.endswith(PREFIX)
            quoted.append(_quoted(word.removesuffix(PREFIX)) + (":*" if begins else ""))
        units.append(f"({' | '.join(quoted)})")
    return (" & " if every else " | ").join(units)


def exactly(tokens: Iterable[str]) -> str:
    """The text of a ``tsquery`` that any of these tokens answers, none of which stands for those
    that begin with it."""
    return f"({' | '.join(map(_quoted, tokens))})"


def tsvector(tokens: Collection[str]) -> str:
    """The text of a ``tsvector`` (to be cast as a parameter): the driver writes an array of
    thousands a value at a time."""
    text = "' '".join(tokens)
    if not tokens or ("\\" not in text and text.count("'") == 2 * (len(tokens) - 1)):
        return text and f"'{text}'"
    return " ".join(map(_quoted, tokens))


def _quoted(word: str) -> str:
    bare = word.replace("\\", "\\\\").replace("'", "''")
    return f"'{bare}'"
