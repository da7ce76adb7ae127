"""Presences abroad and credentials of the generated bodies."""

from deploy.made_register.numbers import chance, choice, number_of, sample
from deploy.made_register.words import ABROAD

Record = dict[str, object]

_SELF = "本机构 | the body itself"
_BORROWED = (
    ("证书由伙伴出具，检测在本机构 | Certificates by the partner, tests by this body",
     "伙伴 | the partner"),
    ("目击试验报告 | Witnessed test reports", "伙伴 | the partner"),
    ("不出具；只收样和递件 | Nothing: takes samples and files papers", "伙伴 | the partner"),
    ("联合实验室报告 | Joint laboratory reports", "双方共同 | both jointly"),
)  # fmt: skip
_HIGH_TECH = "高新技术企业认定机构（虚构条目） | High-tech enterprise office (made entry)"
_PROVINCE = "某省市场监督管理局（虚构条目） | A provincial market regulator (made entry)"
_LEVELS = (
    ("issuer_register", "partner's entry in the register of its accreditation body"),
    ("issuer_document_verified", "cooperation agreement, signature checked"),
    ("self_declared_document", "agreement shown by the body"),
    ("marketing_claim", "the body's web site"),
)


def presences_of(key: str, i: int, record: Record) -> list[Record]:
    """A site abroad is built presence; a quarter of the bodies have a partner besides."""
    locations = record["locations"]
    assert isinstance(locations, list)
    made: list[Record] = [_built(key, site) for site in locations if site["economy"] != "CN"]
    if chance(f"{key}|partner", 24):
        for place, partner_zh, partner, language in sample(f"{key}|where", ABROAD, 1 + i % 2):
            level, evidence = choice(f"{key}|{place.city}|level", _LEVELS)
            may_issue, name = choice(f"{key}|{place.city}|may", _BORROWED)
            made.append(
                {
                    "code": f"{place.economy}-P",
                    "economy": place.economy,
                    "city": place.city,
                    "mode": "借助 borrowed",
                    "partner": f"{partner_zh} | {partner}",
                    "may_issue": may_issue,
                    "in_name_of": name,
                    "languages": "zh en" if language == "en" else f"{language} en",
                    "since": f"20{20 + number_of(f'{key}|since', 6)}-0{1 + i % 9}-01",
                    "level": level,
                    "evidence": evidence,
                }
            )
    return made


def _built(key: str, site: Record) -> Record:
    language = next(lang for place, _, _, lang in ABROAD if place.economy == site["economy"])
    return {
        "code": f"{site['economy']}-B",
        "economy": site["economy"],
        "city": str(site["city"]).rsplit(" ", 1)[0],
        "mode": "自建 built",
        "location": site["code"],
        "may_issue": "带认可标识的检测报告 | Accredited reports",
        "in_name_of": _SELF,
        "languages": "zh en" if language == "en" else f"{language} en zh",
        "since": f"20{19 + number_of(f'{key}|built', 7)}-04-15",
        "level": "issuer_register",
        "evidence": f"site {site['code']} in the schedule",
    }


def credentials_of(key: str, i: int, zh: str, en: str) -> list[Record]:
    """None to five, by the body's number; adverse ones are few, as in the world."""
    serial = f"99{i + 10101:06d}"
    pool: list[tuple[int, Record]] = [
        (45, {"code": "T-1", "kind": "trademark", "title": f"{zh}（文字） | {en.upper()} (word)",
              "issuer": "国家知识产权局（虚构条目） | Trade mark office (made entry)",
              "number": serial, "nice_class": choice(f"{key}|nice", ("42", "42", "35", "41")),
              "territory": "CN", "level": "issuer_register", "granted": "2019-06-14",
              "expires": "2029-06-13", "evidence": "trade mark register"}),
        (30, {"code": "A-1", "kind": "award", "title": "高新技术企业 | High-tech enterprise",
              "issuer": _HIGH_TECH,
              "number": f"GR20259999{i + 101:04d}", "level": "issuer_register",
              "granted": "2025-12-02", "expires": "2028-12-01",
              "evidence": "published list of 2025"}),
        (22, {"code": "M-1", "kind": "membership",
              "title": "三江检验检测联盟 会员 | Three Rivers Testing Alliance, member",
              "issuer": "三江检验检测联盟 | Three Rivers Testing Alliance",
              "number": f"TRTA-{i + 101}", "granted": "2023-03-01",
              "level": choice(f"{key}|m", ("issuer_document_verified", "self_declared_document")),
              "evidence": "member list of the alliance"}),
        (20, {"code": "P-1", "kind": "proficiency_result",
              "title": f"水中铅含量，|z|=0.{i % 10} | Lead in water, |z|=0.{i % 10}",
              "issuer": "榉鹪能力验证中心 | Zelkova Wren Proficiency Centre",
              "number": f"ZW-26-{i % 30 + 1:02d}", "level": "issuer_document_verified",
              "granted": "2026-04-20", "evidence": "participant certificate"}),
        (18, {"code": "R-1", "kind": "ranking",
              "title": "区域检测机构百强 | Regional top hundred of testing bodies",
              "issuer": "河岸品牌研究 | Riverbank Brand Research", "granted": "2025-05-10",
              "level": "marketing_claim", "evidence": "the body's web site",
              "note": "商业榜单 | a commercial ranking"}),
        (8, {"code": "D-1", "kind": "designation",
             "title": "产品质量监督抽查承检机构 | Contracted laboratory of product surveillance",
             "issuer": _PROVINCE,
             "number": f"CJ-2026-{i + 101}", "territory": "CN", "level": "issuer_register",
             "granted": "2026-01-01", "expires": "2027-12-31",
             "evidence": "tender award notice"}),
        (5, {"code": "X-1", "kind": "penalty",
             "title": "行政处罚：原始记录不完整 | Administrative penalty: incomplete raw records",
             "issuer": "某市市场监督管理局（虚构条目） | A city market regulator (made entry)",
             "number": f"MADE-CF-2025-{i + 101}", "level": "issuer_register",
             "granted": "2025-10-17", "expires": "2028-10-16", "evidence": "published decision",
             "note": "责令改正 | ordered to correct"}),
    ]  # fmt: skip
    return [one for share, one in pool if chance(f"{key}|{one['code']}", share)]
