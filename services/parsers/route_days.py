"""Dates that the text of a market's route names, each with what happens then.

    "Regulation (EU) 2023/1230 applies 20 Jan 2027"      applies, that day
    "Directive 2009/48/EC until 31 Jul 2030"             until, that day
    "eFiling from Jul 2026"                              applies, that month
    "start date now 'as may be notified'"                applies, no day yet

A date is a day, a month with its year, or a year behind a word that makes it a date ("since 2021"):
the years in names of laws ("Act 2016", "2014/35/EU", "Law 20/2014") are none. The nearest word
before a date in its clause says what happens; where none does, the date is only mentioned.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from services.parsers.written_dates import month_number
from services.terms import RouteDayKind

K = RouteDayKind
_LONGEST = 200  # characters of a clause that are kept as its words


@dataclass(frozen=True, slots=True)
class DayFound:
    """``on`` None: a day that is yet to be notified. ``precision``: day, month or year, of which
    ``on`` is the first day. ``words``: the clause that names it."""

    kind: RouteDayKind
    on: date | None
    precision: str
    words: str


_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d{2}"
_SHAPES = re.compile(
    rf"(?<![\w/])(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?P<m1>{_MONTH})\s+(?P<y1>{_YEAR})(?!\w)"
    rf"|(?<!\w)(?P<m2>{_MONTH})\s+(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?,\s*(?P<y2>{_YEAR})(?!\w)"
    rf"|(?<!\d)(?P<y3>{_YEAR})-(?P<m3>0[1-9]|1[0-2])-(?P<d3>[0-3]\d)(?![\d-])"
    rf"|(?<!\w)(?P<m4>{_MONTH})\s+(?P<y4>{_YEAR})(?!\w)"
    rf"|(?<![\w/-])(?P<y5>{_YEAR})-(?P<m5>0[1-9]|1[0-2])(?![\d-])"
    # a year alone, or two in one breath ("2028/2030"); whether it is a date its clause says
    rf"|(?<![\w/.:-])(?P<y6>{_YEAR})(?:/(?P<y7>{_YEAR}))?(?![\w/]|\.\d|:\d)",
    re.IGNORECASE,
)
_OPEN = re.compile(
    r"\b(?:as\s+may\s+be|(?:yet\s+|still\s+)?to\s+be)\s+(?:notified|announced|determined|fixed|set)\b",
    re.IGNORECASE,
)
# what the last words before a date mean
_CUES = (
    (K.MENTIONED, r"\b(?:was|were|formerly|previously|originally|instead\s+of|rather\s+than)"),
    (K.APPLIES, r"\b(?:postponed|deferred|delayed|moved|extended|put\s+off)\s+to"),
    (K.MENTIONED, r"\b(?:postponed|deferred|delayed|moved)\s+from"),
    (
        K.APPLIES,
        (
            r"\b(?:appl(?:y|ies|ied|icable|ication)|effective|in\s+force|into\s+force|from|since"
            r"|start(?:s|ing|ed)?|begin(?:s|ning)?|as\s+(?:of|from)|not\s+before|after|mandatory"
            r"|compulsory|phased?\s+in)"
        ),
    ),
    (
        K.UNTIL,
        (
            r"\b(?:until|till|through|up\s+to|valid\s+to|accepted\s+to|to|ends?|ended|ending|expires?"
            r"|expired|repealed|withdrawn|rescinded|revoked|abolished|ceases?|ceased)"
        ),
    ),
    (
        K.PROPOSED,
        (
            r"\b(?:proposed|proposes|proposal|proposing|draft|planned|plans|expected|consultation"
            r"|S?F?NPRM)"
        ),
    ),
    (K.ISSUED, r"\b(?:issued|published|adopted|signed|amended|gazetted|dated|notified)"),
)
_CUE = re.compile("|".join(f"(?P<c{n}>{cue})\\b" for n, (_, cue) in enumerate(_CUES)), re.I)
# words that turn a plain "from" about: "proposed from 2028", "no longer accepted from May 2027"
_TURNS = (
    (K.UNTIL, re.compile(
        r"\b(?:repealed|withdrawn|rescinded|revoked|abolished|ceases?|no\s+longer|phased\s+out)\b",
        re.I,
    )),
    (K.PROPOSED, re.compile(r"\b(?:proposed|proposal|draft|planned|expected|would)\b", re.I)),
)  # fmt: skip
_PUTS_OFF = re.compile(r"\b(?:postponed|deferred|delayed|moved|extended|put\s+off)\b", re.I)
_DEBATED = re.compile(r"\b(?:under\s+debate|under\s+discussion|draft|proposal|proposed)\b", re.I)
# a number of a legal act right before its date: "S.O. 5179(E) 13 Nov 2025"
_ACT_NUMBER = re.compile(r"(?:^|\s)(?:No\.?\s*)?[\w./]*\d[\w./]*(?:\[\w+\])?,?\s*(?:of\s*)?$")
_BRINGS_YEAR = re.compile(
    r"\b(?:in|by|during|around|early|mid|late|end\s+of|before|Q[1-4])[\s-]*$", re.I
)
# "5179(E)" is one word, "S.O." and "e.g." end no sentence
_TIED = re.compile(r"(?<=\w)\(([A-Z0-9]{1,4})\)")
_SENTENCE = r";|\n|(?<=[\w)\]]{2})\.(?=\s|$)"
_EDGE = re.compile(rf"[:()\"“”]|–\s|{_SENTENCE}")


def find_days(text: str) -> tuple[DayFound, ...]:
    """Every date of the text and every day that is yet to be notified, in order, each once."""
    text = _TIED.sub(r"[\1]", text)  # of the same length: places stay
    found: dict[tuple[RouteDayKind, date | None, str], DayFound] = {}
    for _place, day in sorted(_found(text), key=lambda one: one[0]):
        found.setdefault((day.kind, day.on, day.precision), day)
    return tuple(found.values())


def _found(text: str) -> Iterator[tuple[int, DayFound]]:
    for match in _OPEN.finditer(text):
        words = _clause(text, match.start(), match.end())
        yield match.start(), DayFound(K.APPLIES, None, "day", words)
    for match in _SHAPES.finditer(text):
        parts = match.groupdict()
        before = _before(text, match.start())
        kind, said = _kind(before)
        if parts["y6"]:
            if not said and not _stands_as_date(text, match):
                continue
            if not said and _DEBATED.search(_after(text, match.end())):
                kind = K.PROPOSED
        for on, precision in _days(parts):
            words = _clause(text, match.start(), match.end())
            yield match.start(), DayFound(kind, on, precision, words)


def _days(parts: dict[str, str | None]) -> Iterator[tuple[date, str]]:
    for form in ("1", "2", "3"):
        if (year := parts[f"y{form}"]) and (day := parts[f"d{form}"]):
            if on := _date(year, parts[f"m{form}"] or "", day):
                yield on, "day"
            return
    for form in ("4", "5"):
        if year := parts[f"y{form}"]:
            if on := _date(year, parts[f"m{form}"] or "", "1"):
                yield on, "month"
            return
    for year in (parts["y6"], parts["y7"]):
        if year:
            yield date(int(year), 1, 1), "year"


def _date(year: str, month: str, day: str) -> date | None:
    number = int(month) if month.isdigit() else month_number(month)
    try:
        return date(int(year), number or 0, int(day))
    except ValueError:
        return None


def _kind(before: str) -> tuple[RouteDayKind, bool]:
    """What the words before a date say, and whether they make a bare year a date."""
    cues = list(_CUE.finditer(before))
    if not cues:
        return (K.ISSUED, False) if _ACT_NUMBER.search(before) else (K.MENTIONED, False)
    cue = cues[-1]
    kind = next(k for n, (k, _) in enumerate(_CUES) if cue[f"c{n}"])
    earlier = before[: cue.start()]
    near = not before[cue.end() :].strip(" ,'‘’")
    if not near and _ACT_NUMBER.search(before) and kind is not K.PROPOSED:
        return K.ISSUED, False
    if cue[0].lower() == "to" and _PUTS_OFF.search(earlier):
        kind = K.APPLIES
    elif kind is K.APPLIES:
        kind = next((turned for turned, word in _TURNS if word.search(earlier)), kind)
    return kind, near


def _stands_as_date(text: str, match: re.Match[str]) -> bool:
    """A bare year is a date behind "in", "by" …, or where it opens a bracket or a clause and is
    set off: "(2024, amended …)", "2026: priority for …", "(2026 replacement under debate)"."""
    lead = text[: match.start()]
    if _BRINGS_YEAR.search(lead):
        return True
    return bool(re.search(r"(?:^|[(;.])\s*$", lead)) and bool(
        re.match(r"\s*[,):]|\s+[a-z]", text[match.end() :])
    )


def _before(text: str, at: int) -> str:
    """The clause up to a date; where the date stands alone in a bracket, what is before that."""
    lead = text[:at]
    edges = [edge.end() for edge in _EDGE.finditer(lead)]
    start = edges[-1] if edges else 0
    if lead[start:].strip() or not edges or lead[start - 1] != "(":
        return lead[start:]
    return _before(text, start - 1)


def _after(text: str, at: int) -> str:
    edge = _EDGE.search(text, at)
    return text[at : edge.start() if edge else len(text)]


def _clause(text: str, start: int, end: int) -> str:
    """The words around a date, from the end of the sentence before to the end of its own."""
    edges = [edge.end() for edge in re.finditer(_SENTENCE, text[:start])]
    after = re.search(_SENTENCE, text[end:])
    said = text[edges[-1] if edges else 0 : end + after.start() if after else len(text)]
    return re.sub(r"(?<=\w)\[(\w{1,4})\]", r"(\1)", said).strip(" ;.")[:_LONGEST]
