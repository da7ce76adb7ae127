"""Questions by kind to a made directory (`labdir bench data`), drawn by seed from its own words."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import opencc
import sqlalchemy as sa
from sqlalchemy.engine import Connection

from deploy.made_data.sizes import SIZES
from deploy.made_data.words import Vocabulary, vocabulary
from services.sync.coding import Term


@dataclass(frozen=True, slots=True)
class MadeQuery:
    """``standard``: True where it goes into the field for standards."""

    kind: str
    q: str
    standard: bool = False


def draw(conn: Connection, size: str, seed: int, each: int = 20) -> list[MadeQuery]:
    """``each`` questions of every kind, the same for the same directory and seed."""
    made = SIZES[size]
    words = vocabulary(made.objects, made.parameters, made.methods, seed)
    rng = random.Random(f"queries {seed}")
    known = [*_of_words(words), *_of_methods(words), *_of_bodies(conn, rng, each)]
    return [MadeQuery(kind, ask(rng), of) for kind, of, ask in known for _ in range(each)]


Kind = tuple[str, bool, Callable[[random.Random], str]]


def _of_words(words: Vocabulary) -> Iterator[Kind]:
    common = words.objects.all[:50]
    traditional = opencc.OpenCC("s2t")
    plain = [one for one in words.objects.all if len(one.also) == 2] or common

    def some(rng: random.Random) -> Term:
        return rng.choices(words.objects.all, cum_weights=words.objects.cumulative)[0]

    def parameter(rng: random.Random) -> Term:
        return rng.choices(words.parameters.all, cum_weights=words.parameters.cumulative)[0]

    yield "very common word", False, lambda rng: rng.choice(common).text.split()[-1]
    yield "rare words", False, lambda rng: rng.choice(words.objects.all[-200:]).text
    yield "Chinese of two characters", False, lambda rng: rng.choice(plain).also
    yield "Chinese", False, lambda rng: some(rng).also
    yield "traditional characters", False, lambda rng: traditional.convert(some(rng).also)
    yield "English", False, lambda rng: some(rng).text
    yield "English misspelt", False, lambda rng: misspelt(some(rng).text, rng)
    yield "thing and parameter", False, lambda rng: f"{some(rng).text} {parameter(rng).text}"
    yield "thing and place", False, lambda rng: f"{some(rng).text} {rng.choice(_PLACES)}"
    yield "place", False, lambda rng: rng.choice(_PLACES)
    yield (
        "whole question",
        False,
        lambda rng: f"who can test {some(rng).text} in {rng.choice(_PLACES)}?",
    )


_PLACES = ("Shenzhen", "上海", "Chennai", "Hamburg", "Chengdu", "Osaka", "苏州", "Boston")


def _of_methods(words: Vocabulary) -> Iterator[Kind]:
    def some(rng: random.Random) -> str:
        return rng.choices(words.methods.all, cum_weights=words.methods.cumulative)[0].text

    def undated(rng: random.Random) -> str:
        said = some(rng)
        return said[: max(said.rfind("-"), said.rfind(":"))]

    yield "standard with its edition", True, some
    yield "standard", True, undated
    yield "standard in an odd spelling", True, lambda rng: undated(rng).lower().replace(" ", "")
    yield "standard among the words", False, undated


def _of_bodies(conn: Connection, rng: random.Random, each: int) -> Iterator[Kind]:
    most = conn.execute(sa.text("select max(id) from body")).scalar_one()
    ids = [rng.randint(1, most) for _ in range(4 * each)]
    names: dict[str, list[str]] = {"en": [], "zh-Hans": []}
    rows = conn.execute(
        sa.text(
            "select lang, text from name join body_link using (record_id)"
            " where body_id = any(:ids) and upper_inf(name.known) order by name.id"
        ),
        {"ids": ids},
    )
    for lang, text in rows:
        names[lang].append(text)
    numbers = conn.execute(
        sa.text(
            "select issuer || ' ' || number from accreditation where id = any(:ids) order by 1"
        ),
        {"ids": ids},
    )
    found = list(numbers.scalars())
    yield "number", False, lambda rng: rng.choice(found)
    yield "name", False, lambda rng: rng.choice(names["en"])
    yield "name in Chinese", False, lambda rng: rng.choice(names["zh-Hans"])
    yield "name misspelt", False, lambda rng: misspelt(rng.choice(names["en"]).split()[0], rng)


def misspelt(text: str, rng: random.Random) -> str:
    """Two neighbouring letters of the longest word change places."""
    word = max(text.split(), key=len)
    at = rng.randrange(1, max(2, len(word) - 2))
    changed = word[:at] + word[at + 1 : at + 2] + word[at] + word[at + 2 :]
    return text.replace(word, changed, 1)
