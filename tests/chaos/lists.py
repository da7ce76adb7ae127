"""What the publisher of the chaos house says: three registers, a new version of each at will.

Every version alters every body of its list in four places at once (city, issue of the schedule, a
scope line's limit, the card of the search) and brings one newcomer, which the next version drops.
So two versions seen together, or a body twice, can be told from the outside.
"""

import hashlib
import json
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import parse_qs

from tests.services.sync.hostile import Behaviour, Hostile, Talk, reply

KEYS = ("made_register", "second", "third")
STANDING = 6  # bodies that stand in every version; the newcomer comes on top
LOOKED_UP = 3  # accreditations of the first register that are looked up
ISSUER = "CNAS"
_JSON = {"Content-Type": "application/json"}
_HTML = {"Content-Type": "text/html; charset=utf-8"}


def _word(*of: object) -> str:
    """A name like no other, so that the match has nothing to doubt."""
    digest = hashlib.sha256(repr(of).encode()).digest()
    return "".join(chr(97 + byte % 26) for byte in digest[:14]).capitalize()


def _number(key: str, name: str) -> str:
    return f"L{KEYS.index(key) + 1}{name}"


def _body(key: str, name: str, version: int, *, called: str = "", lines: int = 2) -> dict[str, Any]:
    english = called or f"{_word(key, name)} {_word(name, key)}"
    certificate = {
        "issuer": ISSUER,
        "number": _number(key, name),
        "kind": "认可 accreditation",
        "criteria": "ISO/IEC 17025:2017",
        "body_type": "检测实验室 testing",
        "granted": "2020-05-21",
        "validity": "有效期至：2090年05月20日",
        "status": "状态：有效",
        "schedule_issue": f"issue {version}",
        "notices": [],
        "lines": [
            {
                "no": str(n),
                "object": "玩具 | Toys",
                "parameter": "安全 | Safety",
                "method": "ISO 8124-1:2022",
                "limits": f"limit {version}",
                "locations": "A",
            }
            for n in range(1, lines + 1)
        ],
    }
    place = {"economy": "CN", "city": f"Town {version}"}
    return {
        "record": f"{key}-{name}",
        "names": [{"lang": "en", "text": english, "type": "注册名称 registered"}],
        "fcc": _word("fcc", key, name),
        **place,
        "types": ["检测实验室 testing"],
        "locations": [{"code": "A", "address_en": "1 Sample Road", **place}],
        "certificates": [certificate],
        "overseas": [],
        "credentials": [],
    }


@dataclass(slots=True)
class Publisher:
    """``versions``: the newest version of each list. ``look``: the one of all look-up pages.

    ``lines``: scope lines of each body; many make a publish that needs room on the disk.
    """

    hostile: Hostile
    versions: dict[str, int]
    look: int = 0
    lines: int = 2

    @classmethod
    def opening(cls, hostile: Hostile) -> "Publisher":
        one = cls(hostile, dict.fromkeys(KEYS, 0))
        for key in KEYS:
            one.publish(key)
        hostile.pages["/lookup"] = one._look_up
        return one

    def publish(self, key: str) -> int:
        """The next version of a list; returns its number."""
        self.versions[key] += 1
        self.stand(key)
        return self.versions[key]

    def stand(self, key: str, behaviour: Behaviour | None = None) -> None:
        """Answer for this list in good will, or with the behaviour given."""

        def pages(talk: Talk) -> None:
            asked = parse_qs(talk.target.partition("?")[2])
            version = int(asked.get("v", [str(self.versions[key])])[0])
            page = int(asked.get("page", ["1"])[0])
            reply(self._page(key, version, page), headers=_JSON)(talk)

        self.hostile.pages[f"/{key}"] = behaviour or pages

    def _page(self, key: str, version: int, page: int) -> bytes:
        bodies = [_body(key, str(n), version, lines=self.lines) for n in range(1, STANDING + 1)]
        # every tenth newcomer bears the name of a body that stands there: one doubt for a person
        called = bodies[0]["names"][0]["text"] if version % 10 == 0 else ""
        bodies.append(_body(key, f"new{version}", version, called=called, lines=self.lines))
        half = len(bodies) // 2
        shown = bodies[:half] if page == 1 else bodies[half:]
        said = {
            "title": "chaos",
            "notice": "made up",
            "list_date": "2026-08-31",
            "page": page,
            "pages": 2,
            "total": len(bodies),
            # the second page is of the version of the first, whatever is published meanwhile
            "next": f"{key}?v={version}&page=2" if page == 1 else None,
            "organisations": shown,
        }
        return json.dumps(said, ensure_ascii=False).encode()

    def _look_up(self, talk: Talk) -> None:
        asked = parse_qs(talk.target.partition("?")[2])
        number = asked["number"][0]
        body = next(
            one
            for n in range(1, STANDING + 1)
            if (one := _body(KEYS[0], str(n), 0))["certificates"][0]["number"] == number
        )
        certificate = body["certificates"][0]
        rows = {
            "英文名称": body["names"][0]["text"],
            "发证机构": ISSUER,
            "证书编号": number,
            "类别": certificate["kind"],
            "机构类型": certificate["body_type"],
            "准则": certificate["criteria"],
            "依据": f"look {self.look}",
            "状态": "有效",
            "首次获证日期": certificate["granted"],
            "有效期至": certificate["validity"].removeprefix("有效期至："),
        }
        cells = "".join(f"<tr><th>{a}</th><td>{escape(b)}</td></tr>" for a, b in rows.items())
        page = f'<html><body><table id="certificate">{cells}</table></body></html>'
        reply(page.encode(), headers=_HTML)(talk)


def looked_up() -> list[str]:
    """The accreditations that are looked up, as the ledger names them."""
    return [f"{ISSUER} {_number(KEYS[0], str(n))}" for n in range(1, LOOKED_UP + 1)]
