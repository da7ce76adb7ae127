"""``python -m tests.bench.draw_queries``: draws half of the questions of search from the sources.

The words come from drafts as they were read, each with the expression (see ``oracle``) that says
who answers it; nothing of search is asked. One seed draws the same questions for ever. The shipped
ones stand in ``queries.csv``, where ``--write`` puts them beside those written by hand; from
publishers' own files they are drawn at run time only and kept nowhere.
"""

import argparse
import csv
import random
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
import opencc

from services.kit import Draft, Line
from services.standards import Standard, find_all
from tests.bench.oracle import plain
from tests.bench.shipped import lists

FILE = Path(__file__).with_name("queries.csv")
SEED = 20260831
COLUMNS = ("kind", "drawn", "q", "standard", "expects")
T = TypeVar("T")
_HAN = re.compile(r"[\u4e00-\u9fff]+")
_TAIL = re.compile(  # what people leave out of a company's name
    r",? (?:Co\.,? Ltd\.?|Pte\.? Ltd\.?|Pty Ltd|Pvt\. Ltd\.?|Ltd\.?|Limited|LLC|GmbH|Inc\.?|JSC)$"
    r"|有限公司$|公司$",
    re.IGNORECASE,
)


class Asked(msgspec.Struct, frozen=True, kw_only=True):
    """One question. ``drawn``: by this script; ``expects``: an expression of ``oracle``."""

    kind: str
    q: str
    expects: str
    standard: str = ""
    drawn: bool = False


def read(file: Path = FILE) -> list[Asked]:
    with file.open(newline="", encoding="utf-8") as rows:
        return [
            Asked(
                kind=row["kind"], q=row["q"], expects=row["expects"],
                standard=row["standard"], drawn=row["drawn"] == "drawn",
            )
            for row in csv.DictReader(rows)
        ]  # fmt: skip


def write(asked: Iterable[Asked], file: Path = FILE) -> None:
    with file.open("w", newline="", encoding="utf-8") as out:
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(COLUMNS)
        for one in asked:
            drawn = "drawn" if one.drawn else "hand"
            rows.writerow((one.kind, drawn, one.q, one.standard, one.expects))


class Drawer:
    """All that can be drawn from, and the one source of chance."""

    def __init__(self, drafts: Sequence[Draft], seed: int) -> None:
        self.chance = random.Random(seed)
        self.drafts = [one for one in drafts if one.names]
        self.lines = [line for draft in self.drafts for line in draft.lines]
        words = {plain(text) for line in self.lines for text in _texts(line) if text}
        self.chinese = sorted(w for w in {w.split("（")[0].split("(")[0] for w in words}
                              if _HAN.fullmatch(w))  # fmt: skip
        self.english = sorted(
            w for w in words if re.fullmatch(r"[A-Za-z][A-Za-z' -]{4,40}", w) and "-" not in w
        )
        methods = {plain(line.method) for line in self.lines if line.method}
        methods |= {plain(line.object) for line in self.lines if find_all(line.object)}
        self.standards = sorted(
            {(s.dated, s) for method in methods for s in find_all(method)}, key=lambda pair: pair[0]
        )
        self.numbers = sorted(
            {(a.issuer, a.number) for d in self.drafts for a in d.accreditations if a.number}
        )

    def some(self, pool: Sequence[T], most: int) -> list[T]:
        return self.chance.sample(list(pool), min(most, len(pool)))


def _texts(line: Line) -> tuple[str, ...]:
    return line.object, line.object_also, line.parameter, line.parameter_also


def _asked(kind: str, q: str, expects: str) -> Asked:
    return Asked(kind=kind, q=q, expects=expects, drawn=True)


def _exactly(text: str) -> str:
    """As a regular expression that a person can still read."""
    return re.sub(r"([.^$*+?{}\[\]\\|()])", r"\\\1", text)


def _word(text: str) -> str:
    return rf"\b{_exactly(text)}\b"


def _chinese(d: Drawer) -> Iterator[Asked]:
    for text in d.some([w for w in d.chinese if len(w) > 2], 11):
        yield _asked("zh", text, f"line ~ {text}")
    for text in d.some([w for w in d.chinese if len(w) == 2], 13):
        yield _asked("zh-two", text, f"line ~ {text}")
    to_traditional = opencc.OpenCC("s2t")
    changed = [(w, to_traditional.convert(w)) for w in d.chinese]
    for pair in d.some([p for p in changed if p[0] != p[1]], 11):
        plain_text, traditional = pair
        yield _asked("zh-hant", traditional, f"line ~ {plain_text}")


def _misspelt_chinese(d: Drawer) -> Iterator[Asked]:
    """One character of a word of four or more gives way to one of another word."""
    others = sorted({char for word in d.chinese for char in word})
    for text in d.some([w for w in d.chinese if len(w) >= 4], 7):
        word = text
        at = d.chance.randrange(1, len(word))
        slip = d.chance.choice([char for char in others if char != word[at]])
        yield _asked("zh-misspelt", word[:at] + slip + word[at + 1 :], f"line ~ {word}")


def _english(d: Drawer) -> Iterator[Asked]:
    for text in d.some(d.english, 15):
        yield _asked("en", text, f"line ~ {_word(text)}")
    long = [w for w in d.english if any(len(part) >= 6 for part in w.split())]
    for text in d.some(long, 15):
        words = text.split()
        at = max(range(len(words)), key=lambda n: (len(words[n]), -n))
        words[at] = slipped(words[at], d.chance)
        yield _asked("en-misspelt", " ".join(words), f"line ~ {_word(text)}")


def slipped(word: str, chance: random.Random) -> str:
    """A slip of the fingers past the second letter: swapped, dropped, doubled or another letter."""
    at = chance.randrange(2, len(word) - 1)
    before, here, after = word[:at], word[at], word[at + 1 :]
    ways: tuple[Callable[[], str], ...] = (
        lambda: before + after[0] + here + after[1:],
        lambda: before + after,
        lambda: before + here + here + after,
        lambda: before + chance.choice("aeiourstln") + after,
    )
    for _ in range(20):
        found = chance.choice(ways)()
        if found != word:
            return found
    return before + after


def named(standard: Standard) -> str:
    """How raw text may write this designation, without its edition."""
    family = _exactly(standard.family).replace(" ", " ?").removesuffix("/T")
    if standard.family.removesuffix("/T") in {"GB", "NB", "YY"}:
        family += "(/T)?"
    return rf"(?<![A-Z]){family} ?{_exactly(standard.number)}(?![0-9])"


def _standards(d: Drawer) -> Iterator[Asked]:
    respell: tuple[Callable[[str], str], ...] = (
        lambda text: text.replace(" ", ""),
        str.lower,
        lambda text: text.lower().replace(" ", ""),
        lambda text: text.replace("-", " - "),
        lambda text: text.replace("/", "／").replace(" ", "\u3000").replace("-", "—"),
        lambda text: text.replace("/T", ""),
    )
    for n, pair in enumerate(d.some(d.standards, 18)):
        _, standard = pair
        odd = respell[n % len(respell)](standard.key if n % 2 else _without(standard))
        yield _asked("standard-odd", odd, f"line ~ {named(standard)}")
    dated = [pair for pair in d.standards if pair[1].edition and pair[1].family != "ASTM"]
    for n, pair in enumerate(d.some(dated, 12)):
        text, standard = pair
        short = text.split("+")[0]
        tail = f"[ :-]*{standard.edition}"
        yield _asked(
            "standard-edition",
            respell[n % 4](short) if n % 2 else short,
            f"line ~ {named(standard).removesuffix('(?![0-9])')}{tail}",
        )


def _without(standard: Standard) -> str:
    return f"{standard.family} {standard.number}"


def _relations(d: Drawer) -> Iterator[Asked]:
    """A national or European adoption of what the lines name: its name says what it adopts."""
    adoptions = {"IEC": ("EN IEC", "BS EN IEC", "DIN EN IEC"), "ISO": ("EN ISO", "DIN EN ISO")}
    adopted = [pair[1] for pair in d.standards if pair[1].family in adoptions]
    for one in d.some(sorted({(s.family, s.number) for s in adopted}), 9):
        family, number = one
        outer = d.chance.choice(adoptions[family])
        inner = rf"\b{family} {_exactly(number)}(?![0-9])"
        yield _asked("standard-relation", f"{outer} {number}", f"line ~ {inner}")


def _numbers(d: Drawer) -> Iterator[Asked]:
    respell: tuple[Callable[[str, str], str], ...] = (
        lambda issuer, number: number,
        lambda issuer, number: f"{issuer} {number}",
        lambda issuer, number: number.lower(),
        lambda issuer, number: f"{issuer}-{number}",
        lambda issuer, number: re.sub(r"(?<=[A-Z])(?=[0-9])", " ", number),
    )
    for n, pair in enumerate(d.some(d.numbers, 15)):
        issuer, number = pair
        whole = rf"^{_exactly(issuer)} {_exactly(number)}$"
        yield _asked("number", respell[n % 5](issuer, number), f"number ~ {whole}")


def _names(d: Drawer) -> Iterator[Asked]:
    for n, one in enumerate(d.some(d.drafts, 16)):
        names = [name.text for name in one.names]
        text = plain(d.chance.choice(names))
        short = _TAIL.sub("", text) if n % 2 else text
        yield _asked("name", short, f"name ~ {_exactly(text)}")
    english = [plain(n.text) for draft in d.drafts for n in draft.names if n.lang == "en"]
    told_apart = sorted({text for text in english if len(text.split()) > 2})
    for whole in d.some(told_apart, 8):
        words = _TAIL.sub("", whole).split()
        long = [n for n, word in enumerate(words) if len(word) >= 6 and word.isalpha()]
        if long:
            words[long[0]] = slipped(words[long[0]], d.chance)
            yield _asked("name-misspelt", " ".join(words), f"name ~ {_exactly(whole)}")


def _places(d: Drawer) -> Iterator[Asked]:
    """A thing tested and a city in one question."""
    placed = [(draft, draft.profile) for draft in d.drafts if draft.profile and draft.lines]
    placed = [pair for pair in placed if pair[1].city]
    for pair in d.some(placed, 12):
        draft, profile = pair
        line = d.chance.choice(draft.lines)
        city = d.chance.choice(plain(profile.city).split(" ")).strip(",")
        text = plain(d.chance.choice([t for t in _texts(line)[:2] if t]))
        text = text.split("（")[0].split("(")[0].strip()
        yield _asked("mixed", f"{text} {city}", f"line ~ {_exactly(text)} ;; place ~ {city}")


def draw(drafts: Sequence[Draft], seed: int = SEED) -> list[Asked]:
    """The questions that this seed draws from these drafts, each once."""
    drawer = Drawer(drafts, seed)
    parts = (_chinese, _misspelt_chinese, _english, _standards, _relations, _numbers, _names,
             _places)  # fmt: skip
    found = [one for part in parts for one in part(drawer)]
    return list({(one.q, one.standard): one for one in found}.values())


def main() -> int:
    asked = argparse.ArgumentParser(prog="python -m tests.bench.draw_queries", description=__doc__)
    asked.add_argument("--write", action="store_true", help="put the drawn ones into queries.csv")
    args = asked.parse_args()
    drawn = draw([draft for one in lists() for draft in one.drafts()])
    by_hand = [one for one in read() if not one.drawn] if FILE.exists() else []
    if args.write:
        write([*by_hand, *drawn])
    print(f"{len(by_hand)} written by hand, {len(drawn)} drawn")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
