"""Reading standard designations: "GB/T 4943.1-2022", "EN IEC 62368-1:2020+A11:2020".

Lists, scope lines, reports and people write one standard in many ways. Here a designation becomes
a family, a number, an edition and amendments, so that the ways meet in one search key. Which
families exist and how each writes numbers and years is the table in ``standard_families``; no rule
of one family stands in code. Nothing here raises on any text: what cannot be read is ``None`` or
skipped.

Sources of the forms: ISO/IEC Directives part 2 (year after a colon), CEN-CENELEC Internal
Regulations part 3 ("EN IEC", amendments A1, national "A11"), GB/T 1.1-2020 clause 6.2 (dash and
year, "/T" and "/Z"), ASTM Form and Style ("-YY", letter, reapproval year, "e1").
"""

import functools
import itertools
import re
import unicodedata
from dataclasses import dataclass, field, replace
from functools import lru_cache

from services.standard_families import FAMILIES, Family, Style


def _loose(name: str) -> str:
    return re.escape(name).replace("/", " ?/ ?").replace(r"\ ", "[ /-]?")


_SPELLINGS: tuple[tuple[str, Family], ...] = tuple(
    sorted(
        ((s, f) for f in FAMILIES for s in (f.spelled or (_loose(f.name),))),
        key=lambda pair: -len(pair[1].name),
    )
)
_READERS = tuple((re.compile(s, re.IGNORECASE), f) for s, f in _SPELLINGS)


def _choice(families: list[tuple[str, Family]]) -> str:
    """Longest name first; a family that is a word too stays case-sensitive."""
    plain = ((re.sub(r"(?<!\\)\((?!\?)", "(?:", s), f) for s, f in families)
    return "|".join(s if f.word else f"(?i:{s})" for s, f in plain)


_JOINT = r"(?: ?[/-] ?| ?)"
_CHAIN = re.compile(
    rf"(?<![A-Za-z0-9])(?:"
    rf"(?:(?P<outer>{_choice([p for p in _SPELLINGS if p[1].adopts])}){_JOINT})?"
    rf"(?:(?P<middle>EN|(?i:PREN)){_JOINT})?"
    rf"(?P<inner>{_choice([p for p in _SPELLINGS if p[1].adoptable])})"
    rf"|(?P<alone>{_choice(list(_SPELLINGS))}))(?=[^A-Za-z]|[A-Z]{{1,2}}[ -]?[0-9])"
)
_LONGEST = 60  # characters of a number; no standard's has half of that
_GAP = re.compile(r" {0,3}(?:- ?|: ?)?(?:(?i:NO\.?) ?)?")
_PART = re.compile(
    r" ?[,:-]? ?\(? ?PART[ .-]*([0-9]+(?:[.-][0-9]+)*)(?: ?/ ?SEC(?:TION)?\.? ?([0-9]+))? ?\)?",
    re.I,
)
_YEAR = r"((?:19|20)[0-9]{2})(?![0-9])"
_EDITIONS: dict[Style, tuple[re.Pattern[str], ...]] = {
    style: (
        *(re.compile(p) for p in own),
        re.compile(rf" {{0,2}}:\s{{0,3}}{_YEAR}(?:-(?:0[1-9]|1[0-2])(?![0-9]))?"),
        re.compile(rf" ?\( ?{_YEAR}(?:-(?:0[1-9]|1[0-2]))? ?\)"),
        re.compile(r",? ?(?i:(V[0-9]+\.[0-9]+\.[0-9]+))(?: ?\([0-9]{4}-[0-9]{2}\))?(?![0-9.])"),
    )
    for style, own in {
        Style.COLON: (),
        Style.DASH: (rf" ?-{{1,2}} ?{_YEAR}",),
        Style.CHINESE: (rf" ?-{{1,2}} ?{_YEAR}", r" ?-{1,2} ?([5-9][0-9])(?![0-9.-])"),
        Style.THAI: (r" ?-{1,2} ?(25[0-9]{2})(?![0-9])",),
        Style.ASTM: (r" ?- ?((?:(?:19|20)[0-9]{2}|[0-9]{2})[A-Da-d]?)(?![0-9.A-DF-Za-df-z])",),
    }.items()
}
_REAPPROVED = re.compile(r" ?\( ?((?:19|20)[0-9]{2}) ?\)")
_EDITORIAL = re.compile(r" ?[EeΕε]([0-9])(?![0-9])")
_AMENDMENT = re.compile(
    r"(?:(?P<firm>\s?[+/&]\s?)|,? ?)\(?(?P<kind>AMENDMENT|AMDT|AMD|AM|AC|AA|A|CORRIGENDUM|CORR|COR"
    r"|C|XG|ISH)\.? ?(?:NO\.? ?)?(?P<count>[0-9]{1,2})?"
    r"(?: ?[:-] ?(?P<year>(?:19|20)[0-9]{2}))?(?:-[01][0-9])?\)?(?![A-Z0-9])",
    re.I,
)
_AMENDMENT_KINDS = {
    **dict.fromkeys(("AMENDMENT", "AMDT", "AMD", "AM"), "A"),
    **dict.fromkeys(("CORRIGENDUM", "CORR", "COR"), "C"),
}


@dataclass(frozen=True, slots=True)
class Standard:
    """One designation. Two are equal when they mean the same; how and where written is aside.

    ``edition``: the year, four digits ("2022"; ASTM may add a letter, ETSI gives "V2.2.2").
    ``amendments``: "A11:2020", "A1", "AC:2014"; ASTM "R2021" (reapproved) and "e1" (editorial).
    ``text``: as written; ``start``, ``end``: its place in the text given, for cutting.
    """

    family: str
    number: str
    edition: str | None
    amendments: tuple[str, ...]
    text: str = field(compare=False)
    start: int = field(default=0, compare=False)
    end: int = field(default=0, compare=False)

    @property
    def key(self) -> str:
        """The search key: no edition, no amendments, no "/T" or "/Z" ("GB 4943.1")."""
        row, _ = _row_of(self.family)
        return self._named(_key_of(self.family)) if row.key else self._named(self.family)

    @property
    def dated(self) -> str:
        """The canonical full spelling ("GB/T 4943.1-2022", "EN IEC 62368-1:2020+A11:2020")."""
        name = self._named(self.family)
        style = _style_of(self.family)
        if style is Style.ASTM:
            marks = "".join(f"({a[1:]})" if a[0] == "R" else a for a in self.amendments)
            year = self.edition or ""
            return f"{name}-{_two_digits(year)}{marks}" if year else name
        if self.edition:
            between = " " if self.edition[0] == "V" else ":" if style is Style.COLON else "-"
            name = f"{name}{between}{self.edition}"
        return "+".join((name, *self.amendments))

    def _named(self, family: str) -> str:
        return f"{family}{_row_of(family)[0].gap}{self.number}"


@functools.lru_cache(maxsize=16_384)  # the methods of one scope are few, questions many
def read(text: str) -> Standard | None:
    """The designation that the whole of ``text`` is, in any letter case; else ``None``."""
    folded, places = _fold(text)
    upper = "".join(c.upper() if c.isascii() else c for c in folded)
    begin = len(upper) - len(upper.lstrip())
    found = _chain_at(upper, begin)
    if found is None or upper[found.end :].strip(" .,;"):
        return None
    return _placed(found, text, places)


def find_all(text: str) -> list[Standard]:
    """Every designation inside a running text, in order, none overlapping."""
    folded, places = _fold(text)
    found: list[Standard] = []
    at = 0
    while match := _CHAIN.search(folded, at):
        standard = _designation(folded, match)
        if standard is None or not _believable(standard):
            at = match.start() + 1
        else:
            found.append(_placed(standard, text, places))
            at = standard.end
    return found


def related_keys(standard: Standard) -> tuple[str, ...]:
    """Keys of the standards that the designation itself says it adopts, nearest first.

    "DIN EN ISO 9001" gives "EN ISO 9001" and "ISO 9001". Nothing is guessed: that EN 62368-1 is
    IEC 62368-1 is knowledge, not in the designation.
    """
    _, parts = _row_of(standard.family)
    names = [" ".join(parts[i:]) for i in range(1, len(parts))]
    names += [name for row in _rows_named(parts[-1]) for name in row.also]
    return tuple(f"{name} {standard.number}" for name in names)


def _fold(text: str) -> tuple[str, list[int]]:
    """Full-width letters, odd dashes and spaces as plain ones, with each one's place in ``text``.

    Superscripts and circled digits become a space: a footnote mark is not part of a number.
    """
    out: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char.isascii():
            plain = " " if char == "\t" else char
        elif char in _DASHES:
            plain = "-"
        elif char in _COLONS:
            plain = ":"
        elif char in _SLASHES:
            plain = "/"
        elif unicodedata.category(char) in {"Zs", "No"}:
            plain = " "
        elif unicodedata.category(char) == "Cf":
            continue
        else:
            folded = unicodedata.normalize("NFKC", char)
            plain = folded if len(folded) == 1 else char
        out.append(plain)
        places.append(place)
    places.append(len(text))
    return "".join(out), places


_DASHES = frozenset("‐‑‒–—―−﹣－─﹘")
_COLONS = frozenset("：∶︰﹕ː")
_SLASHES = frozenset("／∕⁄╱")


def _placed(found: Standard, text: str, places: list[int]) -> Standard:
    start, end = places[found.start], places[found.end - 1] + 1
    return replace(found, text=text[start:end], start=start, end=end)


def _chain_at(text: str, at: int) -> Standard | None:
    match = _CHAIN.match(text, at)
    return _designation(text, match) if match else None


def _designation(text: str, match: re.Match[str]) -> Standard | None:
    """Reads number, part, edition and amendments behind a family's name."""
    words = [w for w in match.group("outer", "middle", "inner", "alone") if w]
    named = [_canonical(w) for w in words]
    outer, last = named[0][0], named[-1][0]
    family = _joined(named)
    gap = _GAP.match(text, match.end())
    number = re.compile(last.number).match(text, gap.end() if gap else match.end())
    if number is None or (
        text[number.end() : number.end() + 1].isalnum()
        and (text[number.end()].isascii() and last.style is not Style.ASTM)
    ):
        return None
    style = outer.style if outer.style is not Style.COLON else last.style
    if number.end() - number.start() > _LONGEST:
        return None
    digits, end = _without_year(number, style)
    digits = re.sub(r"[ ]", " " if re.match(r"30[0-9] ", digits) else "", digits)
    if part := _PART.match(text, end):
        digits, end = "-".join([digits, *(p for p in part.groups() if p)]), part.end()
    edition, end = _edition(text, end, style)
    amendments, end = _amendments(text, end, style, edition)
    return Standard(family, digits.upper().lstrip("-"), edition, amendments, "", match.start(), end)


def _without_year(number: re.Match[str], style: Style) -> tuple[str, int]:
    """Gives back a year that a number with dashes swallowed: "IEEE 1528-2013"."""
    whole = number.group()
    year = {Style.DASH: r"(?:19|20)[0-9]{2}", Style.THAI: r"25[0-9]{2}"}.get(style)
    if year and (swallowed := re.search(rf"(?<=.)-{year}$", whole)):
        return whole[: swallowed.start()], number.start() + swallowed.start()
    return whole, number.end()


def _edition(text: str, at: int, style: Style) -> tuple[str | None, int]:
    for form in _EDITIONS[style]:
        if match := form.match(text, at):
            return _full_year(match.group(1), style), match.end()
    return None, at


def _full_year(year: str, style: Style) -> str:
    if year[:1] in "Vv":
        return year.upper()
    digits, letter = re.fullmatch(r"([0-9]+)([A-Za-z]?)", year).groups()  # type: ignore[union-attr]
    if len(digits) == 2:  # ASTM wrote its first standards in 1898; GB used two digits up to 1995
        digits = ("20" if style is Style.ASTM and int(digits) < 50 else "19") + digits
    return digits + letter.lower()


def _two_digits(year: str) -> str:
    """ASTM's short year, where reading it back gives the same year."""
    return year[2:] if _full_year(year[2:], Style.ASTM) == year else year


def _amendments(
    text: str, at: int, style: Style, edition: str | None
) -> tuple[tuple[str, ...], int]:
    found: list[str] = []
    if style is Style.ASTM:
        if edition and (match := _REAPPROVED.match(text, at)):
            found.append(f"R{match.group(1)}")
            at = match.end()
        if edition and (match := _EDITORIAL.match(text, at)):
            found.append(f"e{match.group(1)}")
            at = match.end()
        return tuple(found), at
    while match := _AMENDMENT.match(text, at):
        count, year = match.group("count") or "", match.group("year")
        # "+A1" is an amendment, "A1" behind a blank only with its year, "+A" never
        if not year and not (match.group("firm") and count):
            break
        kind = match.group("kind").upper()
        name = _AMENDMENT_KINDS.get(kind, kind) + count
        found.append(f"{name}:{year}" if year else name)
        at = match.end()
    return tuple(found), at


def _believable(standard: Standard) -> bool:
    """Running text is full of capitals beside numbers; see ``Family.word`` and ``doubtful``."""
    row, _ = _row_of(standard.family)
    if row.doubtful:
        return standard.edition is not None
    return not (row.word and len(standard.number) == 1 and standard.edition is None)


@lru_cache(maxsize=4096)  # words of strangers: bounded
def _canonical(word: str) -> tuple[Family, str]:
    """The family that a matched word names, and its canonical name."""
    for reader, row in _READERS:
        if match := reader.fullmatch(word):
            filling = (match.group(1) or "").upper() if match.re.groups else ""
            return row, row.name.format(filling) if "{}" in row.name else row.name
    raise KeyError(word)  # not reached: the word was matched by one of the same expressions


@lru_cache(maxsize=4096)
def _row_of(family: str) -> tuple[Family, tuple[str, ...]]:
    """The row that writes the number of a canonical family name, and the names in its chain."""
    match = _CHAIN.match(f"{family} 1")
    words = [w for w in match.group("outer", "middle", "inner", "alone") if w] if match else []
    named = [_canonical(w) for w in words]
    if not named or family != _joined(named):
        return Family(family), (family,)
    return named[-1][0], tuple(name for _, name in named)


def _joined(named: list[tuple[Family, str]]) -> str:
    joined = named[0][1]
    for (row, _), (_, name) in itertools.pairwise(named):
        joined += row.joint + name
    return joined


def _rows_named(name: str) -> list[Family]:
    return [row for row in FAMILIES if row.name == name]


def _style_of(family: str) -> Style:
    row, parts = _row_of(family)
    outer = _canonical(parts[0])[0] if len(parts) > 1 else row
    return outer.style if outer.style is not Style.COLON else row.style


def _key_of(family: str) -> str:
    row, _ = _row_of(family)
    filling = re.search(r"[0-9]+", family)
    return row.key.format(filling.group() if filling else "")
