"""The generated bodies: everything follows from a body's number, so adding one alters no other."""

from dataclasses import dataclass
from datetime import date, timedelta

from deploy.made_register.extras import credentials_of, presences_of
from deploy.made_register.numbers import chance, choice, number_of, sample
from deploy.made_register.words import ABROAD, BIRDS, CHINA, FOREIGN, TREES, Foreign, Place

Record = dict[str, object]
HOME, OVERALL = 150, 192  # generated bodies in the mainland; all generated bodies
TODAY = date(2026, 9, 1)  # the world as this register sees it
REGISTERED = "注册名称 registered"

FIELDS = (
    "battery", "it_av", "emc", "radio", "household", "lighting", "cable", "toys", "textile",
    "food", "medical_devices", "pv", "machinery", "materials", "construction", "environment",
    "chemical", "pressure", "automotive",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trade:
    """What sort of body: its words, its standard, how CNAS numbers it, what it does."""

    types: tuple[str, ...]
    criteria: str
    number: str
    zh: str
    en: str
    fields: tuple[str, ...]
    cma: bool = False


TESTING = Trade(("检测实验室 testing",), "ISO/IEC 17025:2017", "L9{:04d}",
                "检测技术", "Testing Technology", FIELDS, cma=True)  # fmt: skip
TRADES = (
    (20, Trade(("校准实验室 calibration",), "ISO/IEC 17025:2017", "L9{:04d}",
               "计量校准", "Metrology & Calibration", ("calibration",))),
    (17, Trade(("检验机构 inspection",), "ISO/IEC 17020:2012", "IB9{:03d}",
               "检验", "Inspection", ("inspection",), cma=True)),
    (9, Trade(("管理体系认证机构 management system certification",), "ISO/IEC 17021-1:2015",
              "C9{:02d}-M", "认证", "Certification", ("certification",))),
    (5, Trade(("产品认证机构 product certification",), "ISO/IEC 17065:2012",
              "C9{:02d}-P", "产品认证", "Product Certification", ("product_certification",))),
    (7, Trade(("医学实验室 medical",), "ISO 15189:2022", "MT9{:03d}",
              "医学检验", "Medical Laboratory", ("medical",))),
    (4, Trade(("能力验证提供者 proficiency testing",), "ISO/IEC 17043:2023", "PT9{:03d}",
              "能力验证", "Proficiency Services", ("proficiency",))),
    (3, Trade(("标准物质生产者 reference material",), "ISO 17034:2016", "RM9{:03d}",
              "标准物质", "Reference Materials", ("reference_material",))),
)  # fmt: skip


def bodies() -> list[Record]:
    return [_home(i) if i < HOME else _foreign(i) for i in range(OVERALL)]


def _coined(i: int) -> tuple[str, str]:
    """A bird and a tree: no pair comes twice below 400."""
    bird = BIRDS[i % 20]
    tree = TREES[(i * 7 + i // 20) % 20]
    return bird[0] + tree[0], f"{bird[1]} {tree[1]}"


def _trade(i: int) -> Trade:
    """The trades but testing take every second place from the start, then testing goes on."""
    others = [trade for count, trade in TRADES for _ in range(count)]
    place = i // 2
    return others[place * 29 % len(others)] if i % 2 and place < len(others) else TESTING


def _home(i: int) -> Record:
    key = f"home-{i}"
    zh, en = _coined(i)
    trade = _trade(i)
    place = choice(f"{key}|place", CHINA)
    public = trade is TESTING and i % 23 == 5
    record: Record = {
        "record": f"MR-{i + 101:04d}",
        "names": [
            {"lang": "zh-Hans", "text": _zh_name(zh, trade, place, public), "type": REGISTERED},
            {"lang": "en", "text": _en_name(en, trade, place, public), "type": REGISTERED},
        ],
        "ids": {"uscc": "12" if public else "91"} | ({"lei": "yes"} if i % 6 == 0 else {}),
        "economy": "CN",
        "region": place.region,
        "city": f"{place.city} {place.city_zh}",
        "types": list(trade.types),
        "website": f"https://{en.lower().replace(' ', '-')}.example",
        "locations": _locations(key, place, i),
    }
    if chance(f"{key}|renamed", 8):
        names = record["names"]
        assert isinstance(names, list)
        names.append({"lang": "zh-Hans", "text": f"{place.city_zh}市{zh}质量技术服务有限公司",
                      "type": "曾用名称 former",
                      "last_day": choice(f"{key}|when", ("2017-12-31", "2020-05-17"))})  # fmt: skip
    serial = i + 101
    sites = [str(site["code"]) for site in _open(record)]
    first = certificate(key, i, "CNAS", trade.number.format(_serial(trade, i)), trade, sites)
    record["certificates"] = [first]
    if trade.cma and chance(f"{key}|cma", 70):
        assert isinstance(record["certificates"], list)
        record["certificates"].append(_cma(key, serial, trade, sites))
    record["overseas"] = presences_of(key, i, record)
    record["credentials"] = credentials_of(key, i, zh, en)
    return record


def _open(record: Record) -> list[dict[str, object]]:
    locations = record["locations"]
    assert isinstance(locations, list)
    return [site for site in locations if "last_day" not in site]


def _serial(trade: Trade, i: int) -> int:
    """Numbers of one kind run on from 11, so that short ones (C9nn) do not run out."""
    if "{:04d}" in trade.number:
        return i + 101
    return 11 + sum(1 for j in range(i) if _trade(j) is trade)


def _zh_name(coined: str, trade: Trade, place: Place, public: bool) -> str:
    if public:
        return f"{place.city_zh}{coined}质量检验研究院"
    return f"{coined}{trade.zh}（{place.city_zh}）有限公司"


def _en_name(coined: str, trade: Trade, place: Place, public: bool) -> str:
    if public:
        return f"{place.city} {coined} Institute of Quality Inspection"
    return f"{coined} {trade.en} ({place.city}) Co., Ltd."


def _locations(key: str, place: Place, i: int) -> list[Record]:
    made = [_location("A", "主实验室 Main site", place, f"{key}|A")]
    if chance(f"{key}|second", 38):
        second = choice(f"{key}|B", [p for p in CHINA if p.city != place.city])
        made.append(_location("B", "第二场所 Second site", second, f"{key}|B"))
    if i % 9 == 4:
        abroad = choice(f"{key}|abroad", ABROAD)[0]
        made.append(_location("S", "境外场所 Site abroad", abroad, f"{key}|S"))
    return made


def _location(code: str, name: str, place: Place, key: str) -> Record:
    number = number_of(f"{key}|no", 180) + 1
    tree_zh, tree = choice(f"{key}|street", TREES)
    return {
        "code": code,
        "name": name,
        "economy": place.economy,
        "region": place.region,
        "city": f"{place.city} {place.city_zh}".strip(),
        "address": f"{place.city_zh}示例区{tree_zh}树街 {number} 号",
        "address_en": f"{number} {tree} Street, Example District, {place.city}",
    }


def _cycle(key: str, years: int) -> tuple[date, date, list[date]]:
    """Granted, valid to (inclusive), days of renewal without a gap."""
    granted = date(2011, 1, 3) + timedelta(days=number_of(f"{key}|granted", 4700))
    starts = [granted]
    while (following := _years_on(starts[-1], years)) <= TODAY:
        starts.append(following)
    return granted, _years_on(starts[-1], years) - timedelta(days=1), starts[1:]


def _years_on(day: date, years: int) -> date:
    """The same day some years on; 29 February becomes 28."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:
        return day.replace(year=day.year + years, day=28)


def certificate(
    key: str, i: int, issuer: str, number: str, trade: Trade, sites: list[str], years: int = 6
) -> Record:
    """An accreditation with its notices; ``status`` follows from the last of them."""
    granted, until, renewals = _cycle(f"{key}|{issuer}", years)
    notices: list[Record] = [
        {"no": f"MADE-{day.year}-{i + 101:03d}R", "word": "换证 renewed",
         "effective": day.isoformat(),
         "new_validity": (_years_on(day, years) - timedelta(days=1)).isoformat()}
        for day in renewals
    ]  # fmt: skip
    made: Record = {
        "issuer": issuer,
        "number": number,
        "kind": "认可 accreditation",
        "criteria": trade.criteria,
        "body_type": trade.types[0],
        "granted": granted.isoformat(),
        "validity": until.isoformat(),
        "status": "有效",
        "scope": _wanted(key, i, trade),
        "schedule_issue": (issue := f"第 {len(renewals) + 1 + number_of(key, 6)} 期"),
        "notices": notices,
    }
    made["schedule_issue"] = f"{issue} issue {issue.split()[1]}"
    _befall(i, made, notices, sites)
    return made


def _wanted(key: str, i: int, trade: Trade) -> dict[str, int]:
    """Mostly ten to sixty lines; a few bodies have several hundred."""
    if trade.fields != FIELDS:
        return {field: 10 + number_of(f"{key}|n", 16) for field in trade.fields}
    if i % 24 == 8:
        return {field: 36 + number_of(f"{key}|{field}", 40) for field in sample(key, FIELDS, 7)}
    count = 1 + number_of(f"{key}|fields", 3)
    return {f: 9 + number_of(f"{key}|{f}", 17) for f in sample(key, FIELDS, count)}


# what befell the accreditation of every 41st body: notices, the status word they lead to, and new
# dates of grant and expiry where the story needs them
_FATES: dict[int, tuple[Record, str, tuple[str, str] | None]] = {
    3: ({"word": "暂停 suspended", "effective": "2026-07-06", "decided": "2026-06-29",
         "published": "2026-07-03"}, "暂停", None),
    7: ({"word": "暂停 suspended", "effective": "2025-02-10", "last_day": "2025-05-09",
         "published": "2025-02-07"}, "有效", None),
    11: ({"word": "部分暂停 partly suspended", "effective": "2026-05-18", "lines": "2 3 5",
          "published": "2026-05-22"}, "有效", None),
    15: ({"word": "部分暂停 partly suspended", "effective": "2025-09-01", "lines": "1 4",
          "last_day": "2025-11-30"}, "有效", None),
    19: ({"word": "部分暂停 partly suspended", "effective": "2026-04-13", "locations": "last"},
         "有效", None),
    23: ({"word": "撤销 withdrawn", "effective": "2026-01-26", "decided": "2026-01-19",
          "published": "2026-01-23"}, "撤销", None),
    27: ({"word": "注销 surrendered", "effective": "2025-12-15", "asked_by": "机构 body"},
         "注销", None),
    31: ({}, "过期", ("2020-06-12", "2026-06-11")),
    35: ({"word": "延期 extended", "effective": "2026-08-10", "new_validity": "2027-02-19"},
         "有效", ("2020-08-20", "2026-08-19")),
    38: ({}, "有效", ("2020-12-01", "2026-11-30")),
    39: ({"word": "暂停 suspended", "effective": "2026-08-24", "last_day": "2027-02-23",
          "published": "2026-08-21"}, "暂停", None),
}  # fmt: skip


def _befall(i: int, made: Record, notices: list[Record], sites: list[str]) -> None:
    """What happened to it, by its number: most bodies have a quiet life."""
    notice, status, dates = _FATES.get(i % 41, ({}, "有效", None))
    made["status"] = status
    if dates:
        notices.clear()
        made["granted"], made["validity"] = dates
    if notice:
        told: Record = {"no": f"MADE-{str(notice['effective'])[:4]}-{i + 101:03d}"} | notice
        if told.get("locations"):
            told["locations"] = sites[-1]
        notices.append({"asked_by": "认可机构 issuer"} | told)


def _cma(key: str, serial: int, trade: Trade, sites: list[str]) -> Record:
    made = certificate(f"{key}|cma", serial, "CMA", "", trade, sites)
    granted = str(made["granted"])
    notices = made["notices"]
    assert isinstance(notices, list)
    # no schedule of a permission is published here, so no notice names its lines or sites
    notices = [dict(n) for n in notices if not str(n["word"]).startswith("部分")]
    for one in notices:
        if one.get("asked_by") == "认可机构 issuer":
            one["asked_by"] = "发证机关 issuer"
    return made | {
        "number": f"{granted[2:4]}999999{serial:04d}",
        "kind": "资质认定 legal permission",
        "criteria": "RB/T 214-2017",
        "scope": {},
        "notices": notices,
    }


def _foreign(i: int) -> Record:
    key = f"abroad-{i}"
    zh, en = _coined(i)
    kind: Foreign = FOREIGN[(i - HOME) % len(FOREIGN)]
    fields = tuple(sample(f"{key}|fields", FIELDS, 3))
    trade = Trade(("检测实验室 testing",), "ISO/IEC 17025:2017", "", "", "", fields)
    place = Place(kind.economy, "", "", kind.city)
    record: Record = {
        "record": f"MR-{i + 101:04d}",
        "names": [
            {"lang": "en", "text": kind.name.format(en), "type": REGISTERED},
            {
                "lang": "zh-Hans",
                "text": kind.zh.format(zh),
                "type": "登记册译名 register's wording",
            },
        ],
        "ids": {"lei": "yes"} if i % 2 else {},
        "economy": kind.economy,
        "city": kind.city,
        "types": list(trade.types),
        "website": f"https://{en.lower().replace(' ', '-')}.example",
        "locations": [_location("A", "主实验室 Main site", place, key)],
    }
    if kind.local_lang:
        names = record["names"]
        assert isinstance(names, list)
        local = kind.local.format(en if kind.local_lang == "de" else zh)
        names.append({"lang": kind.local_lang, "text": local, "type": REGISTERED})
    locations = record["locations"]
    assert isinstance(locations, list)
    del locations[0]["address"]
    number = kind.number.format(11 + (i - HOME) // len(FOREIGN))
    years = 4 if kind.issuer != "HKAS" else 5
    made = certificate(key, i, kind.issuer, number, trade, ["A"], years)
    if kind.issuer in {"HKAS", "NATA", "UKAS"} and not made["notices"]:
        made["validity"] = "长期 no end published"
    if kind.issuer == "A2LA" and i % 3 == 0:
        made["status"] = "停用 inactive"
    record["certificates"] = [made]
    record["overseas"] = []
    record["credentials"] = credentials_of(key, i, zh, en) if i % 3 == 0 else []
    return record
