"""How large, and which registers: what a country and the world have (see docs/performance.md).

A national directory holds some 75,000 bodies with 120,000 accreditations and designations and
10 million scope lines; the world's accredited laboratories and inspection bodies are some 130,000,
and more are only designated or permitted.
"""

from dataclasses import dataclass
from datetime import date, timedelta

from services.terms import AccreditationKind

BEGIN = date(2016, 6, 6)  # the first look
END = date(2026, 6, 1)  # no fact is younger
# Every look is a week after the last. Twice a year one finds something new.
LOOK = timedelta(days=7)
CHANGED_EVERY = 26  # looks


@dataclass(frozen=True, slots=True)
class Size:
    """``lines``: rows of scope lines, those included that ended; ``events``: of status and scope
    (a line that began after the first look, or ended); ``objects``, ``parameters``: distinct ones;
    ``methods``: distinct designations without their editions."""

    bodies: int
    accreditations: int
    lines: int
    events: int
    objects: int
    parameters: int
    methods: int


SIZES = {
    "tiny": Size(120, 240, 6_000, 900, 200, 80, 300),
    "small": Size(5_000, 10_000, 500_000, 50_000, 2_000, 800, 6_000),
    # parts of a country, to see growth; its words grow as the root of its lines (Heaps' law)
    "tenth": Size(7_500, 12_000, 1_000_000, 200_000, 1_900, 760, 7_900),
    "third": Size(22_500, 36_000, 3_000_000, 600_000, 3_300, 1_300, 13_700),
    "national": Size(75_000, 120_000, 10_000_000, 2_000_000, 6_000, 2_400, 25_000),
    "world": Size(250_000, 500_000, 30_000_000, 10_000_000, 12_000, 4_800, 60_000),
}


@dataclass(frozen=True, slots=True)
class Register:
    """One issuer's list. ``number``: the form of its numbers."""

    issuer: str
    country: str
    number: str
    kind: AccreditationKind = AccreditationKind.ACCREDITATION
    standard: str = "ISO/IEC 17025:2017"

    @property
    def source(self) -> str:
        return f"bench_{self.issuer.lower().replace('-', '_')}"


REGISTERS = (
    Register("CMA", "CN", "{:012d}", AccreditationKind.PERMISSION, "RB/T 214-2017"),
    Register("CNAS", "CN", "L{:05d}"),
    Register("CNCA", "CN", "A{:06d}", AccreditationKind.DESIGNATION, ""),
    Register("NABL", "IN", "TC-{:05d}"),
    Register("A2LA", "US", "{:05d}.01"),
    Register("FCC", "US", "US{:05d}", AccreditationKind.DESIGNATION, ""),
    Register("DAkkS", "DE", "D-PL-{:06d}-01-00"),
    Register("EU-NB", "DE", "{:05d}", AccreditationKind.DESIGNATION, ""),
    Register("UKAS", "GB", "{:05d}"),
    Register("KAN", "ID", "LP-{:05d}-IDN"),
    Register("SAC", "SG", "LA-2012-{:05d}-A"),
    Register("JAB", "JP", "RTL{:05d}"),
    Register("CGCRE", "BR", "CRL {:05d}"),
)
OWN = "bench_own"  # where bodies tell of themselves: presence abroad, credentials

# Which share of the bodies is where.
NATIONAL = {"CN": 0.82, "IN": 0.05, "US": 0.04, "DE": 0.03, "GB": 0.02, "ID": 0.01, "SG": 0.01}
NATIONAL |= {"JP": 0.01, "BR": 0.01}
WORLD = {"CN": 0.32, "IN": 0.15, "US": 0.15, "DE": 0.12, "GB": 0.07, "ID": 0.05, "SG": 0.02}
WORLD |= {"JP": 0.07, "BR": 0.05}


def looks() -> list[date]:
    """The days of the looks that found something new."""
    step = CHANGED_EVERY * LOOK
    return [BEGIN + n * step for n in range((END - BEGIN) // step + 1)]
