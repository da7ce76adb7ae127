"""A made-up regulator's list of laboratories whose reports it accepts, by accreditation (CSV).

Such lists are kept by hand and lag behind the registers they rest on: this one still accepts a
laboratory whose accreditation is withdrawn, one that was suspended since, and prints another expiry
than the register. What it says of an accreditation decides nothing (tier 3 decides its own
designations only); it contradicts the register, and a steward is shown both.
"""

from dataclasses import replace
from datetime import timedelta

from services.parsers.declared_table import source_of
from services.parsers.table_declaration import (
    AccreditationMap,
    Cell,
    Declaration,
    ExpectMap,
    NameMap,
    ProfileMap,
)
from services.terms import Tier

ISSUER = "CNAS"  # whose accreditations the list names
_ADDRESS = "http://made-register.example/made-accepted/list.csv"

_TABLE = Declaration(
    title="Made list of laboratories whose reports are accepted (every body is invented)",
    title_zh="虚构采信检测报告实验室名单（机构均为虚构）",
    publisher="Labdir, for trying the directory out",
    publisher_zh="本项目，供试用名录",
    home=_ADDRESS,
    licence="Apache-2.0, with the product",
    note="Made-up data: no body, number, address or event in it is real.",
    tier=Tier.SCHEME_LIST,
    format="csv",
    address=_ADDRESS,
    rate=20.0,  # it is served on this machine
    bytes_public=True,
    expect=ExpectMap(fill={"names": 1.0, "accreditations.number": 1.0}),
    key=("Accreditation no. 认可编号",),
    names=(
        NameMap(text="Laboratory", lang="en"),
        NameMap(text="实验室", lang="zh-Hans"),
    ),
    profile=ProfileMap(
        country="Country 国别",
        kinds=Cell(value="testing"),
    ),
    accreditations=(
        AccreditationMap(
            issuer=Cell(value=ISSUER),
            number="Accreditation no. 认可编号",
            expires="Accredited until 认可有效期至",
            listed=Cell(
                column="Status 状态",
                words={"Accepted 采信": "active", "Removed 移出": "withdrawn"},
            ),
        ),
    ),
)

SOURCE = replace(source_of("made_accepted", _TABLE, timedelta(days=1)), made=True)
