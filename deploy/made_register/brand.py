"""The made register's bodies abroad: CSV tables of presence, credentials, cooperation and the rest.

    GET /made-brand/{kind}.csv

Everything follows from a body's record number, as in the register itself; a few bodies are written
by hand (``hand/brand.yaml``). Each table says in its first line that its data are made up.
"""

import csv
import io
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from deploy.made_register.brand_words import (
    ALLIANCES,
    COMMITTEES,
    EXPERTISE,
    LEVELS,
    OFFERS,
    PRODUCTS,
    SEEN,
    TERRITORIES,
)
from deploy.made_register.numbers import chance, choice, number_of, sample
from deploy.made_register.scope import hand_written
from deploy.made_register.words import ABROAD

NOTICE = (
    "虚构数据：所有机构、伙伴、编号和事件均为虚构。"
    " Made-up data: every body, partner, number and event is invented."
)
REGISTERS = "https://registers.made-register.example"
Row = dict[str, str]
Body = Mapping[str, Any]


def _whose(body: Body) -> Row:
    """The body as each row names it: number of its own first, else one of its certificates."""
    named = {one["lang"]: one["text"] for one in body["names"] if "last_day" not in one}
    row = {
        "body_name_zh": named.get("zh-Hans", ""),
        "body_name_en": named.get("en", ""),
        # by name and country a list without numbers finds the body, whichever is read first
        "body_country": str(body["economy"]),
    }
    if "uscc" in body or "lei" in body:
        return row | {"body_uscc": body.get("uscc", ""), "body_lei": body.get("lei", "")}
    first = body["certificates"][0]
    return row | {"body_issuer": first["issuer"], "body_number": first["number"]}


def _proof(key: str, path: str) -> Row:
    """How well the row is proven: a register's entry, a document, a claim; by the key alone."""
    level, document = choice(f"{key}|level", LEVELS)
    named = f"{REGISTERS}/{path}" if level.startswith("issuer") else document
    return {"level": level, "evidence": named, "evidence_on": choice(f"{key}|seen", SEEN)}


def _trade(body: Body) -> tuple[str, str, str, str, str]:
    """A product of its own: route category, Chinese, English, HS code, standard."""
    return choice(f"{body['record']}|product", PRODUCTS)


def _partner(key: str) -> tuple[str, str, str, str, str]:
    """(country, city, Chinese, English, language) of a coined partner."""
    place, zh, en, language = choice(f"{key}|partner", ABROAD)
    return place.economy, place.city, zh, en, language


def presence(body: Body) -> Iterable[Row]:
    """What a body's own web site claims: such a place has no other proof."""
    key = f"{body['record']}|brand-presence"
    if chance(key, 12):
        country, city, zh, en, language = _partner(key)
        yield {
            "country": country, "city": city, "mode": "borrowed", "partner": en,
            "partner_also": zh, "may_issue": "Collection of samples, papers for the authority",
            "may_issue_also": "收样、向主管机关递件", "in_whose_name": "the partner",
            "in_whose_name_also": "合作方", "languages": f"zh {language}",
            "from": f"20{22 + number_of(key, 4)}-06-01", "level": "marketing_claim",
            "evidence": "web site of the body", "evidence_on": choice(f"{key}|seen", SEEN),
        }  # fmt: skip


def credentials(body: Body) -> Iterable[Row]:
    """A trade mark with its territories, and an alliance that it belongs to."""
    key = f"{body['record']}|brand-credentials"
    number = int(str(body["record"])[-4:])
    if chance(key, 30):
        name = next(one["text"] for one in body["names"] if one["lang"] == "en").split(" ")[:2]
        mark = " ".join(name).upper()
        for n, (territory, office, office_zh) in enumerate(
            sample(f"{key}|where", TERRITORIES, 2 + number_of(key, 3))
        ):
            status = choice(f"{key}|{n}|status", ("registered", "registered", "applied"))
            month = number_of(f"{key}|{n}", 12) + 1
            since = 2015 + number_of(f"{key}|{n}|year", 10)
            registered = status == "registered"
            yield {
                "kind": "trademark", "title": f"{mark} (word)", "issuer": office,
                "issuer_also": office_zh, "number": f"99{number:04d}{n}", "nice_class": "42",
                "territory": territory, "status": status,
                "granted": f"{since}-{month:02d}-15" if registered else "",
                "expires": f"{since + 10}-{month:02d}-14" if registered else "",
                "level": "issuer_register",
                "evidence": f"{REGISTERS}/marks/{territory}/99{number:04d}{n}",
                "evidence_on": choice(f"{key}|seen", SEEN),
            }  # fmt: skip
    if chance(f"{key}|member", 22):
        zh, en = choice(f"{key}|alliance", ALLIANCES)
        yield {
            "kind": "membership", "title": en, "title_also": zh, "issuer": en, "issuer_also": zh,
            "number": f"MADE-{number:04d}",
            "category": choice(f"{key}|category", ("full", "full", "associate", "observer")),
            "granted": f"20{18 + number_of(key, 8)}-01-01", **_proof(key, f"members/{number}"),
        }  # fmt: skip


_KINDS = (
    ("agency", "Nothing of its own: takes orders and samples", "不出具报告：接单、收样"),
    ("subcontract", "Test reports of the partner, parts of them tested here",
     "合作方检测报告，部分项目在本机构检测"),
    ("witnessed_testing", "Witnessed test reports for the partner's certificates",
     "供合作方发证用的目击试验报告"),
    ("cbtl_under_ncb", "CB test reports under the partner's certification body",
     "合作方国家认证机构下的 CB 测试报告"),
    ("joint_laboratory", "Joint laboratory reports", "联合实验室报告"),
    ("data_acceptance", "Test data that the partner takes into its own reports",
     "合作方报告采用的检测数据"),
)  # fmt: skip


def cooperation(body: Body) -> Iterable[Row]:
    key = f"{body['record']}|cooperation"
    if chance(key, 28):
        kind, outputs, outputs_zh = choice(f"{key}|kind", _KINDS)
        country, _, zh, en, _ = _partner(key)
        also = choice(f"{key}|also", ("", "", "; SA", "; AE", "; EU"))
        yield {
            "kind": kind, "partner": en, "partner_also": zh,
            "partner_number": f"MADE-P-{number_of(key, 900) + 100}",
            "countries": country + (also if also[2:] != country else ""),
            "product": _trade(body)[0], "outputs": outputs, "outputs_also": outputs_zh,
            "in_whose_name": "both jointly" if kind == "joint_laboratory" else "the partner",
            "recognition": choice(f"{key}|recognition", ("product", "product", "system", "field")),
            "from": f"20{20 + number_of(key, 6)}-03-01",
            "until": f"20{27 + number_of(key, 4)}-02-28" if chance(f"{key}|end", 60) else "",
            **_proof(key, f"agreements/{body['record']}"),
        }  # fmt: skip


def acceptance(body: Body) -> Iterable[Row]:
    key = f"{body['record']}|acceptance"
    if chance(key, 24):
        product, _, _, _, standard = _trade(body)
        country, _, zh, en, _ = _partner(key)
        start = 2021 + number_of(key, 5)
        yield {
            "accepter": en, "accepter_also": zh, "country": country,
            "result": "Test report", "result_also": "检测报告", "product": product,
            "standard": standard, "instrument": f"Memorandum on test results, {start} (made entry)",
            "recognition": choice(f"{key}|recognition", ("product", "product", "system")),
            "from": f"{start}-07-01", "until": f"{start + 4}-06-30",
            **_proof(key, f"acceptances/{body['record']}"),
        }  # fmt: skip


def projects(body: Body) -> Iterable[Row]:
    key = f"{body['record']}|project"
    if chance(key, 7):
        product, zh, en, _, standard = _trade(body)
        country, _, partner_zh, partner, _ = _partner(key)
        status = choice(f"{key}|status", ("planned", "under_way", "running", "running", "ended"))
        done = status in {"running", "ended"}
        yield {
            "title": f"One test for {en.lower()}: a report that {partner} takes",
            "title_also": f"{zh}“一次检测”：{partner_zh}采信本机构报告",
            "partners": f"{partner}; Three Rivers Testing Alliance", "country": country,
            "product": product, "document": f"Test report to {standard}",
            "document_also": f"依据 {standard} 的检测报告", "status": status,
            "outcome": f"{6 + number_of(key, 40)} reports taken, none repeated" if done else "",
            "outcome_also": f"采信报告 {6 + number_of(key, 40)} 份，无一重复检测" if done else "",
            "from": f"20{22 + number_of(key, 4)}-01-01",
            **_proof(key, f"projects/{body['record']}"),
        }  # fmt: skip


def accompaniment(body: Body) -> Iterable[Row]:
    key = f"{body['record']}|case"
    if chance(key, 18):
        product, zh, en, _, _ = _trade(body)
        country, city, _, _, _ = _partner(key)
        consent = chance(f"{key}|consent", 70)
        yield {
            "title": f"{en} from a maker in the river delta to {city}",
            "title_also": f"三角洲某{zh}企业出口案例（{city}）",
            "sector": product, "country": country, "product": product,
            "service": "Gap analysis, pre-test, samples and papers for the local certificate",
            "service_also": "差距分析、预测试、送样、当地证书递件",
            "outcome": f"Certificate after {6 + number_of(key, 20)} weeks",
            "outcome_also": f"{6 + number_of(key, 20)} 周取得证书",
            "consent": "yes" if consent else "no",
            "from": f"20{22 + number_of(key, 4)}-05-01", **_proof(key, f"cases/{body['record']}"),
        }  # fmt: skip


def expertise(body: Body) -> Iterable[Row]:
    key = f"{body['record']}|expertise"
    if not chance(key, 30):
        return
    for n, (field, field_zh) in enumerate(sample(f"{key}|field", EXPERTISE, 1 + number_of(key, 3))):
        yield {
            "field": field, "field_also": field_zh,
            "committee": choice(f"{key}|{n}|committee", COMMITTEES),
            "language": choice(f"{key}|{n}|language", ("en", "en", "ar", "es", "ru", "fr")),
            "pool": choice(f"{key}|{n}|pool", ("expert", "young professional", "trained")),
            "count": str(1 + number_of(f"{key}|{n}", 9)), **_proof(f"{key}|{n}", "experts"),
        }  # fmt: skip


def ownership(body: Body) -> Iterable[Row]:
    key = f"{body['record']}|owner"
    if chance(key, 20):
        yield {
            "owner": "Three Rivers Industrial Holding (made entry)",
            "owner_also": "三江实业控股（虚构条目）", "owner_country": "CN",
            "share": str(choice(f"{key}|share", (30, 51, 60, 100))), "prohibited": "no",
            "from": f"20{15 + number_of(key, 9)}-01-01",
            "level": "issuer_register", "evidence": f"{REGISTERS}/companies/{body['record']}",
            "evidence_on": choice(f"{key}|seen", SEEN),
        }  # fmt: skip


def offers(body: Body) -> Iterable[Row]:
    key = f"{body['record']}|offer"
    if not chance(key, 30):
        return
    product, zh, en, hs, _ = _trade(body)
    for stage, title, title_zh in sample(f"{key}|what", OFFERS, 1 + number_of(key, 2)):
        _, _, _, _, language = _partner(f"{key}|{stage}")
        yield {
            "title": f"{title}: {en.lower()}", "title_also": f"{title_zh}：{zh}", "stage": stage,
            "product": product, "hs_code": hs,
            "languages": "zh en" if language == "en" else f"zh en {language}",
            "level": "self_declared_document", "evidence": "service catalogue of 2026",
            "evidence_on": choice(f"{key}|seen", SEEN),
        }  # fmt: skip


_OF_BODIES: dict[str, Callable[[Body], Iterable[Row]]] = {
    "presence": presence,
    "credentials": credentials,
    "cooperation": cooperation,
    "acceptance": acceptance,
    "projects": projects,
    "accompaniment": accompaniment,
    "expertise": expertise,
    "ownership": ownership,
    "offers": offers,
}
KINDS = (*_OF_BODIES, "zones")


def rows(kind: str, organisations: Iterable[Body]) -> list[Row]:
    """All rows of a kind: those by hand for their bodies, made ones for the others."""
    written: Any = hand_written("brand.yaml")[kind]
    if kind == "zones":
        return list(written)
    made: list[Row] = []
    for body in organisations:
        own = written.get(body["record"])
        given = own if own is not None else _OF_BODIES[kind](body)
        made += [{**_whose(body), **one} for one in given]
    return made


def table(kind: str, organisations: Iterable[Body]) -> str:
    """The kind's table as CSV, its columns in the order in which they are first filled."""
    found = rows(kind, organisations)
    columns = list(dict.fromkeys(column for row in found for column in row))
    text = io.StringIO()
    text.write(f"{NOTICE}\n")
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(found)
    return text.getvalue()
