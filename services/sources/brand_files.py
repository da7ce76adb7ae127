"""Facts of bodies that an operator has gathered with their evidence: CSV tables, one a kind.

    labdir source try brand_files --list credentials --file marks.csv
    labdir source run brand_files --list credentials --file marks.csv

No address is known, so nothing is asked by itself; the settings may name one for a list. A file
says all that is said of its bodies in that kind; bodies that it leaves out keep what they had.
Columns: services/parsers/brand_kinds.py and docs/brand-files.md.
"""

from collections.abc import Sequence
from datetime import timedelta

from services.kit import Expect, List, Page, Reading, Request, Source
from services.parsers import brand_tables
from services.parsers.brand_kinds import KINDS
from services.parsers.issuer_hosts import registers
from services.terms import LeavingMeans, Tier


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """Raises Unreadable, see services.parsers.brand_tables.read."""
    return brand_tables.read(pages, list_name, registers())


SOURCE = Source(
    key="brand_files",
    title="Brand and going-abroad files, gathered with their evidence",
    title_zh="品牌与走出去资料（附证据的表格）",
    publisher="The operator of this directory, from bodies' own documents",
    publisher_zh="本名录运营者，据机构自身文件整理",
    home="",
    licence="as the bodies say; the evidence of each row stays its publisher's",
    note="Each row names its evidence; an issuer's register counts only at a known host.",
    tier=Tier.OWN_DOCUMENT,
    authoritative_for=frozenset(),
    lists=tuple(
        List(name=kind, request=Request(url="", name=kind), recorded=f"{kind}*.csv")
        for kind in KINDS
    ),
    parse=parse,
    every=timedelta(days=7),
    leaving_means=LeavingMeans.NOTHING,
    expect=Expect(
        min_rows=1,
        max_drop=1.0,  # each file speaks of its own bodies only
        max_problems=0.34,  # a row to mend holds up its own body, not the others of the file
    ),
    recorded_only=True,
)
