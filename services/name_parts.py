"""A body's name taken apart: the legal person, its form, and what is named beside it.

"SGS Galson, a division of SGS North America, Inc." names the person *sgs north america*, form
*inc*; "Intertek Testing Services Shenzhen Ltd (Guangzhou Branch)" a branch in Guangzhou. For
comparison only: never shown instead of the name, never stored.
"""

import csv
import functools
import re
import unicodedata
from dataclasses import dataclass
from importlib import resources

from services.name_words import IDLE, TRADE, stem
from services.names import words

# Forms that stand behind a name in any country; what else ISO 20275 knows counts in its country.
_FORMS = (
    "private ltd", "pte ltd", "pvt ltd", "pvtltd", "co ltd", "sdn bhd", "pty ltd", "gmbh and co kg",
    "gmbh co kg", "s r l", "s p a", "s a", "b v", "plc", "llc", "llp", "inc", "corp", "ltd", "gmbh",
    "ag", "srl", "spa", "sa", "bv", "nv", "kk", "co",
)  # fmt: skip
_FORM_RUN = re.compile(rf"(?:(?<=\s)|^)(?:\W\s)*(?:{'|'.join(_FORMS)})(?=\s|$)")
_CJK_FORM = re.compile(r"股份有限公司|有限责任公司|有限公司|株式会社|公司(?!$)|公司$")
_KINDS = {
    "private ltd": "pte ltd", "pvt ltd": "pte ltd", "pvtltd": "pte ltd",
    "s r l": "srl", "s p a": "spa", "s a": "sa", "b v": "bv",
}  # fmt: skip
# "(P) Ltd.", "Pvt.Ltd" and "(Private) Limited" of India and its neighbours
_PRIVATE = re.compile(r"[(\[]?\b(?:p|pvt|private)\b\.?\s?[)\]]?\.?\s*(?=(?:ltd|limited)\b)", re.I)
_PARTNERS = re.compile(r"\blimited liability partnership\b", re.I)
_DOTTED = re.compile(r"(?<![\w.])(?:[^\W\d_]\.){2,}(?:[^\W\d_](?!\w))?")  # L.L.C., G.m.b.H.
# a hyphen that parts what is named beside: "Heron Hospital-Laboratory Services"
_BESIDE = re.compile(
    r"(?<=\w)-(?=(?:lab|labs|laborator\w+|dep\w*t\b\.?|division|an? unit|unit of)\b)", re.I
)
_OWNER = re.compile(
    r"\b(?:(?:an? |the )?(unit|division|department|initiative|enterprise|undertaking|brand)s? of"
    r"|(?<!wholly )(owned)(?: and (?:operated|managed|run))? by) (?=\S)",
    re.I,
)
_FORMER = re.compile(r"\b(?:(?:formerly|previously)(?: known as)?|erstwhile|f/?k/?a)\b", re.I)
_CHILD = re.compile(r"\b(?:an? )?(?:wholly owned )?subsidiary of\b", re.I)
_TRADING = re.compile(r"\b(?:trading as|t/a|d/?b/?a|doing business as)\b", re.I)
_JOINT = re.compile(r"\bjoint venture\b|合资|合資", re.I)
_BRANCH = re.compile(r"\bbranch\b|分公司|分所|分院", re.I)


INITIALS = range(3, 7)  # letters that stand for a name


@dataclass(frozen=True, slots=True)
class Parts:
    """``person``: words of the legal person, or of the whole name where no form tells it;
    ``bracket``: those of them that stand in brackets before the form ("(Shanghai) Co., Ltd.");
    ``form``: its legal form, "owner" where a unit names its owner without one;
    ``beside``: what else is named; ``relation``: what the name itself says of it."""

    person: tuple[str, ...]
    form: str
    bracket: frozenset[str] = frozenset()
    beside: tuple[tuple[str, ...], ...] = ()
    relation: str = ""  # unit, branch, subsidiary, name plate, joint venture, renamed
    branch: str = ""

    @property
    def joined(self) -> str:
        return "".join(self.person)

    @property
    def initials(self) -> str:
        """First letters of a person of several words; "" where they are too few or too many."""
        found = "".join(word[0] for word in self.person)
        return found if found.isascii() and len(found) in INITIALS else ""


@functools.lru_cache(maxsize=65_536)
def parts(name: str, country: str = "") -> Parts:
    """The parts of one name; ``country`` lets legal forms of that country count as well."""
    relation, text, aside = _owner(_written(name))
    stretches = _stretches(text)
    found = _person(stretches, country)
    form = found.form or ("owner" if relation == "unit" else "")
    beside = [*found.beside, *(tuple(_plain(one)) for one in _stretches(aside))]
    branch = next((one for one in beside if _is_branch(one)), ())
    if not branch and _is_branch(found.person):
        branch = found.person
    if branch:
        relation = "branch"
    return Parts(
        found.person,
        form,
        found.bracket,
        tuple(one for one in beside if one),
        relation,
        " ".join(branch),
    )


def _written(name: str) -> str:
    """Forms, initials and hyphens in one spelling: "Private" for "(P)", "LLC" for "L.L.C."."""
    name = unicodedata.normalize("NFKC", name)
    name = _PARTNERS.sub("LLP", _PRIVATE.sub(" Private ", name))
    name = _DOTTED.sub(lambda met: met[0].replace(".", "") + " ", name)
    return _BESIDE.sub(" - ", name)


def _owner(name: str) -> tuple[str, str, str]:
    """What the name says of itself, the stretch that names the legal person, and the rest."""
    if child := _CHILD.search(name):
        return "subsidiary", name[: child.start()].rstrip(" ([-,"), ""
    if (former := _FORMER.search(name)) and name[: former.start()].strip(" ([-,:"):
        return (
            "renamed",
            name[: former.start()].rstrip(" ([-,:"),
            name[former.end() :].strip(" )]:"),
        )
    if trading := _TRADING.search(name):
        return "name plate", name[: trading.start()], name[trading.end() :]
    # the "department of" that opens a name is a part of it and owns nothing
    for owner in reversed([*_OWNER.finditer(name)]):
        rest = name[owner.end() :]
        if (owner[1] or "").lower() != "department" and len(words(rest)) > 3:
            return "unit", rest.strip(" )]"), name[: owner.start()].rstrip(" ([-,")
    return ("joint venture" if _JOINT.search(name) else ""), name, ""


_SPLIT = re.compile(r"(\([^()]*\)?)|,|\s-\s?|\s?-\s|;")
_COMMA_FORM = re.compile(r",\s*(?=(?:inc|ltd|llc|llp|corp|s\.r\.l|co|plc|limited)\b)", re.I)
_SIGNS = {"（": "(", "）": ")", "[": "(", "]": ")", "，": ",", "–": " - ", "—": " - ", "、": ","}


def _stretches(text: str) -> list[str]:
    """Split at commas, dashes between words and brackets; "(" marks a stretch in brackets."""
    for sign, plain in _SIGNS.items():
        text = text.replace(sign, plain)
    pieces = _SPLIT.split(_COMMA_FORM.sub(" ", text))
    return [one.strip() for one in pieces if one and words(one)]


def _person(stretches: list[str], country: str) -> Parts:
    for n, stretch in enumerate(stretches):
        cut = _cut(stretch, country)
        if cut is None:
            continue
        head, form, tail = cut
        brackets: list[str] = []
        start = n
        whole = stretch.startswith("(")  # "Lupin (Lupin Diagnostics Ltd)": a person of its own
        # "(INDIA) PRIVATE LIMITED": the bracket and what leads to it belong to the person
        while not whole and start > 0 and (not head or stretches[start].startswith("(")):
            start -= 1
            if stretches[start].startswith("("):
                brackets = [*_plain(stretches[start]), *brackets]
            head = f"{stretches[start]} {head}"
            if not stretches[start].startswith("(") or not stretches[start].endswith(")"):
                break
        person = tuple(_plain(head))
        if not person:
            continue
        others = [*stretches[:start], *([tail] if tail.strip() else []), *stretches[n + 1 :]]
        beside = tuple(tuple(_plain(one)) for one in others)
        return Parts(person, form, frozenset(brackets), beside)
    return _unformed(stretches)


def _unformed(stretches: list[str]) -> Parts:
    """No legal form: the stretches with a word that is not of the trade, unless in brackets."""
    named = [one for one in stretches if not one.startswith("(") and _telling(_plain(one))]
    if not named:
        named = [one for one in stretches if not one.startswith("(")] or stretches
    person = tuple(word for one in named for word in _plain(one))
    beside = tuple(tuple(_plain(one)) for one in stretches if one not in named)
    return Parts(person, "", frozenset(), beside)


def _telling(tokens: list[str]) -> bool:
    """Names somebody: more than words of the trade, and not "Department of Neurochemistry"."""
    return any(one not in TRADE for one in tokens) and tokens[0] not in {"department", "division"}


def _cut(stretch: str, country: str) -> tuple[str, str, str] | None:
    """What stands before a legal form, the form, and what follows it; None without one."""
    if stretch.startswith("("):
        inner = _cut(stretch.strip("() "), country)
        return inner if inner and inner[0] else None
    said = words(stretch)
    if cjk := _CJK_FORM.search(said):
        return said[: cjk.start()], "co", said[cjk.end() :]
    if met := _FORM_RUN.search(said):
        form = met[0].strip()
        return said[: met.start()], _KINDS.get(form, form), said[met.end() :]
    for form in _of_country(country):
        if said.endswith(" " + form):
            return said[: -len(form) - 1], form, ""
    return None


@functools.cache
def _of_country(country: str) -> tuple[str, ...]:
    """Abbreviations of the legal forms of a country (ISO 20275, GLEIF's list 1.4.1, CC0)."""
    if not country:
        return ()
    path = resources.files("services.reference") / "legal_forms.csv"
    rows = csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    found = [row["form"] for row in rows if country in row["countries"].split()]
    return tuple(sorted(found, key=len, reverse=True))


def _plain(text: str) -> list[str]:
    """Words for comparison: abbreviations written out, plural and idle words gone."""
    said = [one for one in words(text).split() if one not in _FORMS]
    return [stem(one) for one in said if one not in IDLE]


def _is_branch(tokens: tuple[str, ...]) -> bool:
    return bool(_BRANCH.search(" ".join(tokens)))
