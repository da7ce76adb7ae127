"""Writes ``data/register.json``: the hand-written core, the generated bodies, their numbers.

The file holds exactly what the site serves, but for scope lines, which are rows of codes here and
words there. Nothing depends on clock or chance: the same files give the same bytes.
"""

import json
from collections.abc import Mapping
from typing import cast

from deploy.made_register.bodies import Record, bodies
from deploy.made_register.numbers import lei, uscc
from deploy.made_register.scope import Vocabulary, hand_written, lines

LIST_DATE = "2026-08-31"
NOTICE = (
    "虚构数据：所有机构、编号和事件均为虚构。"
    " Made-up data: every body, number and event is invented."
)
TITLE = "虚构合格评定机构登记册 | Made Register of Conformity Assessment Bodies"

# the register's own words for what the hand-written files abbreviate
WORDS = {
    "trademark": "商标 trademark",
    "award": "奖项 award",
    "membership": "成员资格 membership",
    "designation": "指定 designation",
    "ranking": "榜单 ranking",
    "proficiency_result": "能力验证结果 proficiency result",
    "penalty": "处罚 penalty",
    "issuer_register": "发证方登记 issuer's register",
    "issuer_document_verified": "发证方文件已核 issuer's document, verified",
    "self_declared_document": "自述文件 own document",
    "marketing_claim": "宣传 advertising",
}


def register() -> dict[str, object]:
    words = Vocabulary()
    core = cast(list[Record], hand_written("core.yaml"))
    organisations = [_finish(one, words) for one in core + bodies()]
    by_record = {str(one["record"]): one for one in organisations}
    for one in organisations:
        for relation in cast(list[Record], one.get("relations", [])):
            other = by_record[str(relation.pop("record"))]
            if "uscc" in other:
                relation["other_uscc"] = other["uscc"]
    return {
        "title": TITLE,
        "notice": NOTICE,
        "list_date": LIST_DATE,
        "words": words.tables(),
        "organisations": organisations,
    }


def _finish(body: Record, words: Vocabulary) -> Record:
    """Numbers with check digits in place of the wish for them, own words, scope lines."""
    record = str(body["record"])
    ids = cast(Mapping[str, str], body.get("ids", {}))
    made: Record = {"record": record, "names": body["names"]}
    if wish := ids.get("uscc"):
        made["uscc"] = uscc(record, "12" if wish == "12" else "91")
    if "lei" in ids:
        made["lei"] = lei(record)
    if "fcc" in ids:
        made["fcc"] = ids["fcc"]
    for part in ("economy", "region", "city", "types", "website", "locations"):
        if body.get(part):
            made[part] = body[part]
    sites = [
        str(site["code"])
        for site in cast(list[Record], body["locations"])
        if "last_day" not in site
    ]
    made["certificates"] = [
        _certificate(record, one, sites, words)
        for one in cast(list[Record], body.get("certificates", []))
    ]
    made["overseas"] = [_worded(one) for one in cast(list[Record], body.get("overseas", []))]
    made["credentials"] = [_worded(one) for one in cast(list[Record], body.get("credentials", []))]
    if body.get("relations"):
        made["relations"] = [dict(one) for one in cast(list[Record], body["relations"])]
    return made


def _worded(one: Record) -> Record:
    adverse = one.get("kind") == "penalty" or one.get("polarity") == "adverse"
    made = {k: WORDS.get(str(v), v) if k in {"kind", "level"} else v for k, v in one.items()}
    made.pop("polarity", None)
    return made | ({"effect": "不利 adverse"} if adverse else {})


def _certificate(record: str, one: Record, sites: list[str], words: Vocabulary) -> Record:
    made = dict(one)
    made["validity"] = _validity(str(one["validity"]))
    made["status"] = f"状态：{one['status']}"
    made["notices"] = [_notice(n) for n in cast(list[Record], one.get("notices", []))]
    if "lookup_only" in one:
        extra = cast(Record, one["lookup_only"])
        made["lookup_only"] = {
            "status": f"状态：{extra['status']}",
            "notices": [_notice(n) for n in cast(list[Record], extra["notices"])],
        }
    wanted = {f: int(n) for f, n in cast(Mapping[str, str], one.get("scope", {})).items()}
    made.pop("scope", None)
    if wanted:
        made["lines"] = lines(
            f"{record}|{one['issuer']} {one['number']}", wanted, sites, words, str(one["granted"])
        )
    else:
        made.pop("schedule_issue", None)
    return made


def _validity(day: str) -> str:
    """The end of validity as Chinese registers print it: 有效期至：2028年01月09日."""
    if day.startswith("长期"):
        return f"有效期至：{day}"
    year, month, dom = day.split("-")
    return f"有效期至：{year}年{month}月{dom}日"


def _notice(one: Record) -> Record:
    """Line numbers and places are lists in the register."""
    return {k: str(v).split() if k in {"lines", "locations"} else v for k, v in one.items()}


def rendered(value: object, depth: int = 0) -> str:
    """JSON with one row a line, so that a change of one fact is a change of one line."""
    flat = json.dumps(value, ensure_ascii=False)
    pad = " " * (depth + 1)
    fits = len(flat) + depth <= 160
    if isinstance(value, dict) and not (fits and depth > 2):
        inner = (f"{pad}{json.dumps(k)}: {rendered(v, depth + 1)}" for k, v in value.items())
        return "{\n" + ",\n".join(inner) + "\n" + " " * depth + "}"
    if isinstance(value, list) and value and not (fits and not isinstance(value[0], (list, dict))):
        inner = (f"{pad}{rendered(v, depth + 1)}" for v in value)
        return "[\n" + ",\n".join(inner) + "\n" + " " * depth + "]"
    return flat
