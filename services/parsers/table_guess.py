"""What the columns of an unknown table could be, by their titles and by what their cells prove.

For ``labdir source draft``: a guess is a line for an editor to read, never anything that is read
with. Nothing personal is shown.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from services.parsers.personal import is_personal, without_personal
from services.parsers.places import country_code
from services.parsers.table_cells import days, fold
from services.parsers.table_pages import Rows
from services.parsers.table_words import ROLES, STATUS_WORDS

# forms of days that leave the year to the end, in the order in which they are offered
FORMS = (
    "%d/%m/%Y", "%m/%d/%Y", "%d.%m.%Y", "%m.%d.%Y", "%d-%m-%Y", "%m-%d-%Y", "%d %b %Y", "%d %B %Y",
    "%d-%b-%Y", "%d. %B %Y", "%d/%b/%Y", "%b %d, %Y", "%B %d, %Y", "%d-%b-%y", "%d/%m/%y",
    "%m/%d/%y", "%d.%m.%y",
)  # fmt: skip

_URL = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_PERSON = re.compile(
    r"(?:(?:mr|mrs|ms|dr|prof)\.? )?[A-ZÀ-Þ][\w'’\-]+(?: [A-ZÀ-Þ]\.?| [A-ZÀ-Þ][\w'’\-]+){1,3}"
    r"|[\u4e00-\u9fff]{2,4}",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Days:
    """``forms``: those that fit the most cells, [] where the year comes first. ``others``: words
    that are no day, with their counts. ``open``: more than one form fits."""

    forms: tuple[str, ...]
    others: tuple[tuple[str, int], ...]

    @property
    def open(self) -> bool:
        return len(self.forms) > 1


@dataclass(frozen=True, slots=True)
class Column:
    """``values``: its cells that hold something, in order. ``role``: by its title, "" if unsaid."""

    name: str
    values: tuple[str, ...]
    role: str
    personal: bool
    days: Days | None = None

    def counts(self) -> list[tuple[str, int]]:
        return Counter(self.values).most_common()

    def examples(self) -> str:
        """Two or three of its words for a comment, none that could be a person's."""
        if self.personal:
            return ""
        shown = [_shown(value) for value in dict.fromkeys(self.values[:200])]
        like_persons = sum(bool(_PERSON.fullmatch(value)) for value in shown)
        if self.role in {"", "object"} and like_persons * 2 > len(shown):
            return "no example, these could be persons"
        return " · ".join([f"“{value}”" for value in shown if value][:3])

    def unique(self) -> bool:
        return len(set(self.values)) == len(self.values)


def _shown(value: str) -> str:
    plain = " ".join(without_personal(value)[0].split())
    return re.sub(r"[\x00-\x1f\x7f\ud800-\udfff]", "?", plain)[:60]


def columns_of(rows: Rows) -> list[Column]:
    """Every column with what it could be."""
    return [
        _column(name, tuple(cell for row in rows.rows if (cell := row.cells.get(name, ""))))
        for name in rows.columns
    ]


def _column(name: str, values: tuple[str, ...]) -> Column:
    sample = values[:2000]
    reached = sum(bool(without_personal(value)[1]) for value in sample)
    personal = is_personal(name) or reached * 3 > len(sample)
    found = None if personal else _days(sample)
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|[_.\-]+", " ", name)
    role = next((role for role, words in ROLES if words.search(plain)), "")
    if role in {"granted", "expires"} and found is None:
        role = "status" if _is_status(sample) else ""
    if found is not None and role not in {"granted", "expires"}:
        role = "day"
    if role == "number" and list(values) == [str(n) for n in range(1, len(values) + 1)]:
        role = "serial"  # counts the rows of this file, tells no record
    if not role:
        role = _by_values(sample)
    return Column(name, values, "" if personal else role, personal, found)


def _by_values(values: Sequence[str]) -> str:
    """A role that the cells alone prove; none for names and numbers, which need a comparison."""
    distinct = list(dict.fromkeys(values))[:50]
    if not distinct:
        return ""
    if all(_URL.fullmatch(value) for value in distinct):
        return "website"
    if len(distinct) > 1 and all(country_code(value) for value in distinct):
        return "country"
    return "status" if _is_status(values) else ""


def _is_status(values: Sequence[str]) -> bool:
    distinct = {fold(value) for value in values}
    known = sum(value in STATUS_WORDS for value in distinct)
    return 0 < len(distinct) <= 8 and known * 2 >= len(distinct)


def _days(values: Sequence[str]) -> Days | None:
    """The forms that read the most cells; None where fewer than four of five are days."""
    counts = Counter(values)
    fits = {form: {v for v in counts if _fits(v, form)} for form in FORMS}
    fits[""] = {value for value in counts if days(value, ())}
    most = max(fits.values(), key=len)
    if not most or sum(counts[value] for value in most) < 0.8 * len(values):
        return None
    forms = () if len(fits[""]) == len(most) else _several(fits, most)
    others = [(value, n) for value, n in counts.most_common() if value not in most]
    return Days(forms, tuple(others[:20]))


def _several(fits: dict[str, set[str]], most: set[str]) -> tuple[str, ...]:
    """Forms that fit as well as the best and read some cell otherwise, or could have done."""
    best = [form for form, fitted in fits.items() if len(fitted) == len(most)]
    swapped = {"%d": "%m", "%m": "%d"}
    turned = re.sub("%[dm]", lambda found: swapped[found[0]], best[0])
    return (best[0], *(form for form in best[1:] if form == turned))


def _fits(value: str, form: str) -> bool:
    return bool(days(value, (form,))) and not days(value, ())


def name_column(columns: Sequence[Column], rows: int) -> Column | None:
    """Where no title says it: the column of words, nearly all different, that says the most."""
    free = [one for one in columns if not one.role and not one.personal and one.values]

    def words(one: Column) -> float:
        letters = sum(sum(c.isalpha() for c in value) / len(value) for value in one.values[:200])
        length = sum(map(len, one.values[:200]))
        share = letters / min(200, len(one.values))
        different = len(set(one.values)) / len(one.values)
        filled = len(one.values) / rows
        return length * share * different * filled if share > 0.6 and different > 0.5 else 0.0

    best = max(free, key=words, default=None)
    return best if best is not None and words(best) > 0 else None


def number_column(columns: Sequence[Column], rows: int) -> Column | None:
    """Where no title says it: short words with figures, each row its own."""
    for one in columns:
        if one.role or one.personal or not one.values or len(one.values) < 0.9 * rows:
            continue
        short = all(len(v) <= 40 and any(c.isdigit() for c in v) for v in one.values)
        if short and one.unique() and list(one.values[:2]) != ["1", "2"]:
            return one
    return None


def language(column: Column) -> str:
    """By its script, where that tells: BCP 47; Latin letters alone are no proof of English."""
    text = "".join(column.values[:200])
    for lang, letters in (
        ("ja", "[\u3040-\u30ff]"), ("ko", "[\uac00-\ud7a3]"), ("zh-Hans", "[\u4e00-\u9fff]"),
        ("ru", "[\u0400-\u04ff]"), ("el", "[\u0370-\u03ff]"), ("ar", "[\u0600-\u06ff]"),
    ):  # fmt: skip
        if len(re.findall(letters, text)) * 4 > len(text):
            return lang
    return "en" if text.isascii() else "und"


__all__ = [
    "FORMS", "Column", "Days", "columns_of", "language", "name_column", "number_column",
]  # fmt: skip
