"""Markets as people call them: a country or a grouping by code or name, in English and Chinese, and
which groupings a country belonged to on a day, whose routes then apply there too.
"""

import csv
from datetime import date, timedelta
from functools import cache
from importlib.resources import files

from babel import Locale

from services.errors import BadQuestion
from services.find import abroad_words
from services.find.views import View
from services.store.tokens import plain

GROUPING_NAMES = {
    "EU": ("European Union", "欧盟", ("欧洲联盟", "europe", "european economic area", "eea")),
    "GCC": ("Gulf Cooperation Council", "海合会", ("海湾合作委员会", "gulf", "海湾")),
    "EAEU": ("Eurasian Economic Union", "欧亚经济联盟", ("eurasian union",)),
}
# as the United Nations part the world (M49), for lists
REGIONS = {
    "europe": (
        "EU EAEU GB CH TR UA RU NO IS LI AL BA BY GE MD ME MK RS AT BE BG CY CZ DE DK EE ES FI FR"
        " GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
    ),
    "americas": "US CA MX BR AR CL CO PE EC BO UY PY VE CR PA GT DO",
    "asia": (
        "CN HK MO TW JP KR IN BD PK LK NP SG MY TH ID PH VN KH LA MM BN MN KZ UZ KG TJ TM AM AZ"
    ),
    "middle_east": "GCC SA AE KW QA OM BH IL JO IQ IR LB YE SY",
    "africa": "EG MA DZ TN LY KE NG TZ UG GH ET ZA RW ZM ZW SN CI CM AO MZ BW NA MU",
    "oceania": "AU NZ FJ PG",
}  # fmt: skip


class MarketName(View, frozen=True, kw_only=True):
    """``groupings``: to which it belonged on the day; ``members``: of a grouping, on the day."""

    code: str
    name: str
    name_zh: str
    region: str
    groupings: tuple[str, ...] = ()
    members: tuple[str, ...] = ()

    @property
    def countries(self) -> frozenset[str]:
        return frozenset(self.members or (self.code,))

    @property
    def markets(self) -> tuple[str, ...]:
        """The codes whose routes apply there, the nearest first."""
        return (self.code, *self.groupings)


def named(code: str, on: date) -> MarketName:
    """A market by its code, with the groupings of that day."""
    if code in GROUPING_NAMES:
        name, name_zh, _ = GROUPING_NAMES[code]
        members = tuple(sorted(one for group, one in _members(on) if group == code))
        return MarketName(
            code=code, name=name, name_zh=name_zh, region=_region(code), members=members
        )
    return MarketName(
        code=code,
        name=Locale.parse("en").territories.get(code, code),
        name_zh=Locale.parse("zh_Hans").territories.get(code, code),
        region=_region(code),
        groupings=tuple(sorted(group for group, one in _members(on) if one == code)),
    )


def read_market(parameter: str, text: str, on: date) -> MarketName:
    """The market that is meant ("DE", "Germany", "德国", "欧盟").

    Raises BadQuestion where nothing is named, and with the nearest for a name that is none."""
    if not text.strip():
        raise BadQuestion(f"{parameter}: none is named.", "It takes a code or a name, as EU or SA.")
    wanted = plain(text)
    for code, (name, name_zh, also) in GROUPING_NAMES.items():
        if wanted in {plain(one) for one in (code, name, name_zh, *also)}:
            return named(code, on)
    return named(abroad_words.market(parameter, text), on)


def kin(market: MarketName, on: date) -> tuple[str, ...]:
    """Other members of its groupings on that day."""
    found = {one for group, one in _members(on) if group in market.groupings}
    return tuple(sorted(found - {market.code}))


def _region(code: str) -> str:
    return next((region for region, codes in REGIONS.items() if code in codes.split()), "other")


def _members(on: date) -> list[tuple[str, str]]:
    """(grouping, member) on a day."""
    return [
        (group, member)
        for group, member, first, after in _table()
        if first <= on and (after is None or on < after)
    ]


@cache
def _table() -> list[tuple[str, str, date, date | None]]:
    """Membership as treaties date it: reference data shipped with the product."""
    text = (files("services.reference") / "market_groupings.csv").read_text(encoding="utf-8")
    return [
        (
            row["grouping"],
            row["member"],
            date.fromisoformat(row["valid_from"]),
            date.fromisoformat(row["valid_to"]) + timedelta(days=1) if row["valid_to"] else None,
        )
        for row in csv.DictReader(text.splitlines())
    ]
