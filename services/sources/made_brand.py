"""Made-up facts of the made register's bodies: presence, credentials, cooperation and the rest.

They are read by the reader that an operator's files are read by (services/sources/brand_files.py);
the register that vouches for some of them is as made up as they are.
"""

from collections.abc import Sequence
from datetime import timedelta

from services.kit import Expect, List, Page, Reading, Request, Source
from services.parsers import brand_tables
from services.parsers.brand_kinds import KINDS
from services.parsers.issuer_hosts import Register
from services.terms import LeavingMeans, Tier

_SITE = "http://made-register.example/made-brand"
_KNOWN = (Register(("registers.made-register.example",)),)


def parse(pages: Sequence[Page], list_name: str) -> Reading:
    """Raises Unreadable, see services.parsers.brand_tables.read."""
    return brand_tables.read(pages, list_name, _KNOWN)


SOURCE = Source(
    key="made_brand",
    title="Made facts of presence, brand and going abroad (every body is invented)",
    title_zh="虚构的海外布局、品牌与走出去资料（机构均为虚构）",
    publisher="Labdir, for trying the directory out",
    publisher_zh="本项目，供试用名录",
    home=_SITE,
    licence="Apache-2.0, with the product",
    note="Made-up data: no body, partner, number or event in it is real.",
    tier=Tier.OWN_DOCUMENT,
    authoritative_for=frozenset(),
    lists=tuple(
        List(
            name=kind,
            request=Request(url=f"{_SITE}/{kind}.csv", name=f"{kind}.csv"),
            recorded=f"{kind}*.csv",
        )
        for kind in KINDS
    ),
    parse=parse,
    every=timedelta(days=1),
    rate=20.0,  # it is served on this machine
    leaving_means=LeavingMeans.NO_LONGER_LISTED,
    expect=Expect(min_rows=1, max_drop=0.25, max_problems=0.02),
    made=True,
    bytes_public=True,
)
