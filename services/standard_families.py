"""The table of standard families: which exist, and how each writes its numbers and years.

A family is added here as one row; ``services.standards`` reads designations by these rows alone.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Style(Enum):
    """How a family writes the year of an edition."""

    COLON = "colon"  # ISO 9001:2015
    DASH = "dash"  # IEEE 1528-2013; the number itself may hold dashes
    CHINESE = "chinese"  # GB 4943.1-2022; numbers never hold dashes, so "-89" is 1989
    THAI = "thai"  # TIS 1195-2561, Buddhist era, kept as published
    ASTM = "astm"  # F963-17, D1298-12b(2017)e1


_WHOLE = r"(?>[0-9]+(?:[A-Z](?![A-Za-z0-9]))?(?:\.[0-9]+)*(?:-[0-9]+[A-Z]?(?:\.[0-9]+)*)*)"
_LETTERED = r"(?>[A-Z]{0,2}[ -]?[0-9]+[A-Z]?(?:\.[0-9]+)*(?:-[0-9]+(?:\.[0-9]+)*)*)"
_CHINESE = r"(?>[0-9]+[A-Z]?(?:\.[0-9]+)*)"


@dataclass(frozen=True, slots=True)
class Family:
    """One way of numbering standards.

    ``name`` is canonical; ``spelled`` are regular expressions (default: the name, spaces and
    slashes loose; a group fills "{}" in the name). ``adopts``: may stand before an international
    family ("BS EN ISO"), joined by ``joint``. ``adoptable``: may stand behind one. ``word``: is a
    word or abbreviation of its own too, so running text must give it in capitals. ``doubtful``:
    too short to believe without a year or "/T" ("NB 0123" is a notified body, "HS 8504" customs).
    ``also``: the designations that a combined name states. ``key``: the name used for searching.
    """

    name: str
    spelled: tuple[str, ...] = ()
    style: Style = Style.COLON
    number: str = _WHOLE
    adopts: bool = False
    adoptable: bool = False
    joint: str = " "
    gap: str = " "
    word: bool = False
    doubtful: bool = False
    also: tuple[str, ...] = ()
    key: str = ""


def _chinese(*codes: str, doubtful: bool = False) -> Iterator[Family]:
    """Mandatory, recommended (/T) and guiding (/Z) share one row of numbers, hence one key.

    Since 2017 many GB became GB/T under the same number, so "GB 4943.1" must find both.
    """
    for code in codes:
        kw = {"style": Style.CHINESE, "number": _CHINESE, "key": code}
        yield Family(f"{code}/T", (rf"{code} ?[/-]? ?T",), **kw)  # type: ignore[arg-type]
        yield Family(f"{code}/Z", (rf"{code} ?[/-] ?Z",), **kw)  # type: ignore[arg-type]
        yield Family(code, doubtful=doubtful, **kw)  # type: ignore[arg-type]


def _international() -> Iterator[Family]:
    for name in (
        *("ISO/IEC/IEEE", "ISO/IEC Guide", "ISO/IEC TS", "ISO/IEC TR", "ISO/IEC", "ISO/TS"),
        *("ISO/TR", "ISO/PAS", "ISO/ASTM", "ISO", "IEC/IEEE", "IEC TS", "IEC TR", "IEC PAS", "IEC"),
        *("CISPR", "CEN/TS", "CEN/TR", "CLC/TS", "CLC/TR", "CEN ISO/TS", "HD", "UL", "NEMA", "VDE"),
    ):
        yield Family(name, adoptable=True, word=name == "HD")
    yield Family("IEC/EN", adoptable=True, also=("IEC", "EN"))
    yield Family("IEEE", (r"IEEE(?: ?STD\.?)?",), Style.DASH, _LETTERED, adoptable=True)
    etsi = rf"(?:30[0-9] [0-9]{{3}}(?>(?:-[0-9]+)*)|{_WHOLE})"
    yield Family("EN", number=etsi, adopts=True, adoptable=True, word=True)
    yield Family("prEN", (r"PREN",), number=etsi, adopts=True, adoptable=True)


def _national() -> Iterator[Family]:
    for name in ("BS", "DIN", "UNE", "UNI", "NEN", "NBN", "SFS", "PN", "CSN", "STN", "DS", "NS"):
        yield Family(name, adopts=True, word=True)
    for name in ("SS", "MS", "AS", "NZS", "SN", "ES", "PNS", "SASO", "GSO", "SANS", "TCVN", "HRN"):
        yield Family(name, adopts=True, word=True)
    for name in ("AS/NZS", "SIST", "MSZ", "QCVN", "IRAM", "NTC", "CNS", "SLS", "KC", "ETSI", "CAN"):
        yield Family(name, adopts=True, word=name in {"KC", "CAN"})
    yield Family("ÖNORM", (r"[ÖO]NORM",), adopts=True)
    yield Family("I.S.", (r"I\.S\.",), adopts=True)
    yield Family("TS EN", word=True)
    yield Family("NF", adopts=True, word=True)
    yield Family("NF {}", (r"NF ?([A-Z])",), adopts=True, word=True)
    yield Family("IS", adopts=True, joint="/", word=True)
    yield Family("ABNT NBR", (r"ABNT[ /-]?NBR", r"NBR"), adopts=True)
    yield Family("JIS {}", (r"JIS ?([A-Z])",), adopts=True)
    yield Family("KS {}", (r"KS ?([A-Z])",), adopts=True)
    yield Family("ANSI", (), Style.DASH, _LETTERED, adopts=True, joint="/")
    yield Family("GOST R", (), Style.DASH, adopts=True)
    yield Family("GOST", (), Style.DASH, adopts=True)
    yield Family("SNI", (), Style.DASH, adopts=True)
    yield Family("TIS", (), Style.THAI, adopts=True, word=True)
    yield Family("NOM", (), Style.DASH, r"[0-9]{3}(?:-[A-Z]{2,5}[0-9]?(?:/[A-Z]+)?)?", gap="-")
    yield Family("CSA C22.2 No.", (r"(?:CAN ?[/-] ?)?CSA[ -]?C22\.2,? ?(?:NO\.?)?",))
    yield Family("CSA", number=_LETTERED)


def _others() -> Iterator[Family]:
    yield Family(
        "ASTM", style=Style.ASTM, number=r"(?>[A-G] ?[0-9]{1,4}M?+(?:/[A-G][0-9]{1,4}M?)?)"
    )
    yield Family("ASME", (), Style.DASH, _LETTERED)
    yield Family("SAE", (), Style.COLON, _LETTERED)
    yield Family("AATCC", (r"AATCC(?: ?TM| TEST METHOD)?",), Style.DASH, _LETTERED)
    yield Family("AOAC")
    yield Family("NIOSH")
    yield Family("EPA", (r"(?:US ?)?EPA(?: METHOD)?",))
    yield Family("MIL-STD", (r"MIL[ -]STD",), gap="-")
    # the test manual's section only: "UN 3480" is a number of dangerous goods, not a standard
    yield Family("UN", number=r"(?>38\.3|R[0-9]{1,3}+)", word=True)
    yield Family("CPSC", number=r"(?>CH-[A-Z][0-9]{4}-[0-9]{2}(?:\.[0-9]+)?)", gap="-")
    yield Family("{} CFR", (r"([0-9]{1,2}) ?CFR(?: ?PART)?",))
    yield Family("47 CFR", (r"FCC(?: RULES)?,? ?PART",))  # title 47 is the FCC's
    yield Family("T/{}", (r"T ?/ ?([A-Z]{2,10})",), Style.CHINESE, _CHINESE)
    yield Family("Q/{}", (r"Q ?/ ?([A-Z]{2,10})",), Style.CHINESE, _CHINESE, doubtful=True)
    for mark in ("T", "Z"):
        spelled = rf"DB ?([0-9]{{4}}|[0-9]{{2}}) ?/ ?{mark}"
        yield Family(f"DB{{}}/{mark}", (spelled,), Style.CHINESE, _CHINESE, key="DB{}")
    local = r"DB ?([0-9]{4}|[0-9]{2})(?: ?/)?"
    yield Family("DB{}", (local,), Style.CHINESE, _CHINESE, doubtful=True, key="DB{}")
    for code in ("JJG", "JJF"):  # a ministry's own: JJG(交通) 064-2016
        ministry = rf"{code} ?\( ?([一-鿿]{{1,6}}) ?\)"
        yield Family(f"{code}({{}})", (ministry,), Style.CHINESE, _CHINESE)


_FIRM_CHINESE = "GB GBZ GBJ HJ YY JB SJ QB DL JJG JJF YD"
_OTHER_CHINESE = (
    "AQ BB CB CH CJ CY DA DZ EJ FZ GA GC GD GH GM GY HB HG HS HY JC JG JR JT JY LB LD LS LY MH MT "
    "MZ NB NY QC QJ QX RB SB SC SH SL SN SW SY TB TD TY WB WH WJ WM WS XB YB YC YS YZ ZY"
)
FAMILIES: tuple[Family, ...] = (
    *_international(),
    *_national(),
    *_others(),
    *_chinese(*_FIRM_CHINESE.split()),
    *_chinese(*_OTHER_CHINESE.split(), doubtful=True),
)
