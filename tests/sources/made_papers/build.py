# ruff: noqa: E501 - a paragraph of a notice a line, as it is printed
"""Makes the made papers: ``python -m tests.sources.made_papers.build``.

Bodies, numbers and days come from the made register, so that the papers say nothing that it does
not: a notice and its register are two proofs of one event.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

from reportlab.lib import pagesizes

from tests.sources.pdf.paper import TITLE, Paragraph, Spacer, document, heads, prose, table

FOLDER = Path(__file__).parents[3] / "deploy" / "made_papers" / "data"
MADE = "虚构数据，供试用。Made-up data: every body, number and event is invented."
HEAD = "虚构合格评定公告 Made notices · 虚构数据 made-up data"


@dataclass(frozen=True)
class Body:
    zh: str
    en: str
    economy: str


def bodies() -> dict[str, Body]:
    """Certificate ("CNAS L90001") → the body that holds it, by its registered names."""
    path = files("deploy.made_register") / "data" / "register.json"
    register: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    found: dict[str, Body] = {}
    for one in register["organisations"]:
        names = {
            name["lang"][:2]: name["text"]
            for name in one["names"]
            if "last_day" not in name and name["type"].startswith("注册")
        }
        for certificate in one["certificates"]:
            number = f"{certificate['issuer']} {certificate['number']}"
            found[number] = Body(names.get("zh", ""), names.get("en", ""), one["economy"])
    return found


BODIES = bodies()


def _en(number: str) -> str:
    return f"{BODIES[number].en} (certificate No. {number})"


def _zh(number: str) -> str:
    return f"{BODIES[number].zh}（注册编号：{number}）"


def notices() -> dict[str, bytes]:
    """File name → bytes of each notice."""
    return {name: _notice(title, story) for name, (title, story) in _stories().items()}


def _notice(title: str, story: Sequence[Any]) -> bytes:
    parts = [prose(one) if isinstance(one, str) else one for one in story]
    return document(
        [Paragraph(title, TITLE), prose(MADE), *parts], head=heads(HEAD, "第 {page} 页 Page {page}")
    )


def _stories() -> dict[str, tuple[str, list[Any]]]:
    withdrawn = ("CNAS L90165", "CNAS L90206", "CNAS L90247", "CNAS PT9012")
    return {
        "notice-2026-01-23.pdf": (
            "关于撤销认可资格的公告 Notice of withdrawal",
            [
                f"By decision of 19 January 2026, the accreditation of {_en(withdrawn[0])}, {_en(withdrawn[1])}, {_en(withdrawn[2])} and {_en(withdrawn[3])} has been withdrawn with effect from 26 January 2026. The bodies named above must stop using the accreditation symbol and shall return their certificates within thirty days.",
                f"经2026年1月19日评定委员会审议决定，撤销{_zh(withdrawn[0])}、{_zh(withdrawn[1])}、{_zh(withdrawn[2])}和{_zh(withdrawn[3])}的认可资格，自2026年1月26日起生效。被撤销认可资格的机构应当立即停止使用认可标识，并交回认可证书。",
                "A body whose accreditation was withdrawn may apply anew. 如对本决定有异议，可在收到公告后三十日内提出申诉。",
                "2026年1月23日",
            ],
        ),
        "notice-2026-07-03.pdf": (
            "关于暂停认可资格的公告 Notice of suspension",
            [
                "The accreditation of the following bodies has been suspended with effect from 6 July 2026, by decision of 29 June 2026:",
                f"1. {_en('CNAS L90145')}",
                f"2. {_en('CNAS IB9011')}",
                f"3. {_en('CNAS L90227')}",
                "下列机构的认可资格自2026年7月6日起暂停：",
                f"（1）{_zh('CNAS L90145')}",
                f"（2）{_zh('CNAS IB9011')}",
                f"（3）{_zh('CNAS L90227')}",
                "发布日期：2026年7月3日",
            ],
        ),
        "notice-2026-08-21.pdf": (
            "关于暂停部分机构认可资格的公告 Suspension of accreditation",
            [
                "经研究，决定暂停以下机构的认可资格，名单如下：",
                table(
                    [
                        [
                            "序号 No.",
                            "机构名称 Body",
                            "注册编号 Registration No.",
                            "暂停期限 Suspended",
                        ],
                        *(
                            [
                                str(n),
                                f"{BODIES[number].zh}\n{BODIES[number].en}",
                                number,
                                "2026年8月24日至2027年2月23日",
                            ]
                            for n, number in enumerate(
                                ("CNAS IB9015", "CNAS L90181", "CNAS C915-P"), 1
                            )
                        ),
                    ],
                    (50, 215, 105, 110),
                ),
                Spacer(1, 10),
                "暂停期间，上述机构不得使用认可标识。During the suspension the bodies may not claim accreditation.",
                "2026年8月21日",
            ],
        ),
        "notice-2026-05-22.pdf": (
            "关于部分暂停认可资格的公告 Notice of partial suspension",
            [
                f"The accreditation of {_en('CNAS L90112')} is partially suspended for scope lines 2, 3 and 5 with effect from 18 May 2026. The remaining scope is not affected.",
                f"部分暂停{_zh('CNAS L90112')}的认可资格，涉及第2、3、5项，自2026年5月18日起生效。",
                f"The accreditation of {_en('CNAS L90120')} at site B is suspended in part with effect from 13 April 2026.",
                "Published on 22 May 2026",
            ],
        ),
        "notice-2025-12-12.pdf": (
            "关于注销认可资格的公告 Notice of surrender",
            [
                f"At its own request, the accreditation of {_en('CNAS L90169')} has been withdrawn with effect from 15 December 2025.",
                f"{_zh('CNAS L90169')}自愿申请注销认可资格，自2025年12月15日起予以注销。",
                f"{_en('CNAS MT9012')} has voluntarily surrendered its accreditation with effect from 15 December 2025.",
                "2025年12月12日",
            ],
        ),
        "notice-2025-05-12.pdf": (
            "关于恢复认可资格的公告 Notice of reinstatement",
            [
                f"The suspension of the accreditation of {_en('CNAS L90149')}, imposed on 10 February 2025, has been lifted with effect from 10 May 2025.",
                f"自2025年5月10日起，恢复{_zh('CNAS L90149')}的认可资格。",
                "2025年5月12日",
            ],
        ),
    }


HEADER = (
    "序号\nNo.", "机构名称\nBody", "指定编号\nDesignation No.", "指定范围\nScope", "标准\nStandards",
    "经济体\nEconomy", "有效期至\nValid until", "状态\nStatus",
)  # fmt: skip
WIDTHS = (32, 190, 85, 140, 105, 54, 66, 74)

TOYS = "Toys\n玩具", ("GB 6675.2-2014", "ISO 8124-1:2022")
BATTERIES = (
    "Lithium batteries; portable power packs\n锂电池；移动电源",
    ("GB 31241-2022", "IEC 62133-2:2017"),
)
APPLIANCES = (
    "Household and similar electrical appliances\n家用和类似用途电器",
    ("GB 4706.1-2005", "IEC 60335-1:2020"),
)
AUDIO = (
    "Audio, video and information technology equipment\n音视频及信息技术设备",
    ("GB 4943.1-2022", "IEC 62368-1:2018"),
)
LAMPS = "Luminaires\n灯具", ("GB 7000.1-2015", "IEC 60598-1:2020")
# No body of a notice among them: without number or country in common the two would be two bodies
# until the register comes. Certificate by which the body is named, what for, until when, status
_ROWS: Sequence[tuple[str, tuple[str, tuple[str, str]], str, str]] = (
    ("CNAS L90001", BATTERIES, "2028-05-20", "有效 Valid"),
    ("CNAS L90003", AUDIO, "2028-05-20", "有效 Valid"),
    ("CNAS L90006", APPLIANCES, "2027-12-31", "有效 Valid"),
    ("CNAS L90008", BATTERIES, "2028-03-31", "有效 Valid"),
    ("CNAS L90101", TOYS, "2027-06-30", "有效 Valid"),
    ("CNAS L90103", LAMPS, "2027-06-30", "有效 Valid"),
    ("CNAS L90107", AUDIO, "2028-09-30", "有效 Valid"),
    ("CNAS L90109", APPLIANCES, "2027-02-28", "有效 Valid"),
    ("CNAS L90111", TOYS, "2028-02-29", "有效 Valid"),
    ("CNAS L90113", LAMPS, "2029-01-31", "有效 Valid"),
    ("CNAS L90115", AUDIO, "2027-08-31", "有效 Valid"),
    ("CNAS L90117", APPLIANCES, "2028-11-30", "有效 Valid"),
    ("CNAS L90119", BATTERIES, "2027-04-30", "有效 Valid"),
    ("CNAS L90137", TOYS, "2028-06-30", "暂停 Suspended 2026-07-06"),
    ("CNAS L90139", LAMPS, "2027-10-31", "撤销 Withdrawn 2026-01-26"),
    ("CNAS L90123", AUDIO, "2028-12-31", "有效 Valid"),
    ("CNAS L90125", APPLIANCES, "2027-05-31", "有效 Valid"),
    ("CNAS L90127", BATTERIES, "2029-03-31", "有效 Valid"),
    ("CNAS L90131", TOYS, "2027-09-30", "有效 Valid"),
    ("CNAS L90133", LAMPS, "长期 Open-ended", "有效 Valid"),
)  # fmt: skip


def designation_rows() -> list[list[str]]:
    return [
        [
            str(n),
            f"{BODIES[number].zh}\n{BODIES[number].en}",
            f"MDA-2026-{n:03}",
            scope,
            "\n".join(standards),
            BODIES[number].economy,
            until,
            status,
        ]
        for n, (number, (scope, standards), until, status) in enumerate(_ROWS, 1)
    ]


def designations(rows: Sequence[Sequence[str]] | None = None, **layout: Any) -> bytes:
    """The regulator's list; ``layout`` as :func:`tests.sources.pdf.paper.table` takes it."""
    given = list(rows) if rows is not None else designation_rows()
    return document(
        [
            Paragraph("指定检测机构名单 List of designated testing bodies", TITLE),
            prose(MADE),
            prose("Updated on 31 August 2026 更新日期：2026年8月31日"),
            table([list(HEADER), *given], WIDTHS, **layout),
        ],
        size=pagesizes.landscape(pagesizes.A4),
        margin=48,
        head=heads("虚构指定主管部门 Made Designating Authority", "Page {page}"),
    )


def papers() -> Mapping[str, bytes]:
    """Every file of the site."""
    return notices() | {"designations.pdf": designations()}


if __name__ == "__main__":
    for name, body in papers().items():
        (FOLDER / name).write_bytes(body)
        print(f"{name}: {len(body):,} bytes")
