"""A Chinese name and its English one brought to the same words.

Words of the trade and places by a table (``reference/name_words_zh.csv``, made here from the words
that such names are built of), what is left by its sound: 深圳市苍鹭检测技术有限公司 and "Shenzhen
Canglu Testing Technology Co., Ltd." both are *canglu* with *shenzhen* and *test*. A brand whose
English name is no transcription (通标, SGS-CSTC) is beyond this: only an identifier joins it.
For comparison only, and for a person's eyes: sounds lose the tone and many characters share one.
"""

import csv
import functools
import re
from dataclasses import dataclass
from importlib import resources

from anyascii import anyascii

from services.name_words import IDLE, stem

_HAN = re.compile(r"[\u3400-\u9fff]")
_FEWEST = 3  # senses and sounds that tell a name: "Beijing Institute" is any of a hundred
_PLACE = "place:"
# initials and finals as Hanyu Pinyin combines them (GB/T 16159), without tones; ü is written u or v
_SYLLABLE = (
    r"(?:(?:[bpmfdtnlgkhjqxrzcsyw]|[zcs]h)?"
    r"(?:iang|iong|uang|ang|eng|ing|ong|iao|ian|uai|uan|ai|ei|ao|ou|an|en|in|un|ia|ie|iu|ua|uo|ui|ue"
    r"|a|o|e|i|u)|er)"
)
_SOUNDS = re.compile(rf"(?:{_SYLLABLE})+")


@dataclass(frozen=True, slots=True)
class Gloss:
    """``senses``: words of the trade and places that a name says, however it says them;
    ``sound``: what is left of it, in Pinyin, its words as one."""

    senses: frozenset[str]
    sound: str

    @property
    def places(self) -> frozenset[str]:
        return frozenset(one for one in self.senses if one.startswith(_PLACE))

    @property
    def telling(self) -> bool:
        """Whether it tells anybody apart: a sound, or a place or the country and some more."""
        told = len(self.senses) + (2 if self.sound else 0)
        return told >= _FEWEST and bool(self.sound or self.places or "china" in self.senses)

    @property
    def keys(self) -> tuple[str, ...]:
        """One word for all of it, and one for its sound at its places."""
        if not self.telling:
            return ()
        whole = f"~{self.sound} {' '.join(sorted(self.senses))}"
        sited = self.sound and self.places
        return (whole, *([f"~{self.sound} {' '.join(sorted(self.places))}"] if sited else []))

    def holds(self, other: "Gloss") -> bool:
        """The other says the same, or less of the trade."""
        alike = self.sound == other.sound and self.places == other.places
        return alike and self.senses >= other.senses


def is_chinese(text: str) -> bool:
    return bool(_HAN.search(text))


def gloss(words: tuple[str, ...]) -> Gloss | None:
    """The gloss of a Chinese name, or of one in Latin letters that may stand for one; else None."""
    joined = "".join(words)
    return _chinese(joined) if is_chinese(joined) else _latin(words)


@functools.lru_cache(maxsize=16_384)
def _chinese(text: str) -> Gloss:
    senses, longest = _by_chinese()
    found: set[str] = set()
    rest: list[str] = []
    at = 0
    while at < len(text):
        for size in range(min(longest, len(text) - at), 0, -1):
            sense = senses.get(text[at : at + size])
            if sense is not None:
                found.add(sense)
                at += size
                break
        else:
            rest.append(text[at])
            at += 1
    return Gloss(frozenset(found - {""}), _sound("".join(rest)))


def _latin(words: tuple[str, ...]) -> Gloss | None:
    senses = _by_latin()
    found: set[str] = set()
    rest: list[str] = []
    for word in words:
        sense = senses.get(word)
        if sense is None:
            rest.append(word)
        else:
            found.add(sense)
    sound = _spelt("".join(rest))
    if sound and not _SOUNDS.fullmatch(sound):
        return None
    return Gloss(frozenset(found - {""}), sound)


def _sound(characters: str) -> str:
    """Pinyin without tones, each character by its commonest reading; the rest as it is."""
    return _spelt(anyascii(characters).lower())


def _spelt(sound: str) -> str:
    """ü as u: "Lü", "Lv" and "Lu" are printed for one another."""
    return sound.replace("v", "u")


@functools.cache
def _by_chinese() -> tuple[dict[str, str], int]:
    found = {word: sense for sense, chinese, _ in _rows() for word in chinese.split()}
    return found, max(map(len, found))


@functools.cache
def _by_latin() -> dict[str, str]:
    found = {stem(word): sense for sense, _, latin in _rows() for word in latin.split()}
    return found | dict.fromkeys(IDLE, "")


@functools.cache
def _rows() -> tuple[tuple[str, str, str], ...]:
    path = resources.files("services.reference") / "name_words_zh.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return tuple((row["sense"], row["chinese"], row["latin"]) for row in rows)
