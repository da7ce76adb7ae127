"""A refused run as a steward reads it: what changed shape, and what was decided."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.house import BECAUSE, RENAMED, STEWARD, House
from tests.browser.visitor import CODES, WIDTHS, Visit, Visitor

WORDS = {
    "en": {
        "changed": "What changed shape", "records": "Records", "lines": "Scope lines",
        "renamed": "perhaps renamed", "credential": "credential", "same": "name",
        "steady": "filled as before", "right": "If the list is right as it is",
        "purpose": "Published on purpose", "by": "run {}", "was": "refused run {}",
        "published": "Published",
    },
    "zh": {
        "changed": "形态变化", "records": "记录数", "lines": "能力项数",
        "renamed": "可能改名", "credential": "资信", "same": "名称",
        "steady": "填写比例与之前相同", "right": "如果名单本身无误",
        "purpose": "经人工决定发布", "by": "第 {} 次运行", "was": "被拒收的第 {} 次运行",
        "published": "已发布",
    },
}  # fmt: skip
everywhere = pytest.mark.parametrize(("code", "width"), [(c, w) for c in CODES for w in WIDTHS])


def row(place: Locator, name: str) -> list[str]:
    """The words of the row that is headed so."""
    found = place.get_by_role("row").filter(
        has=place.page.get_by_role("rowheader", name=name, exact=True)
    )
    return [" ".join(cell.split()) for cell in found.get_by_role("cell").all_inner_texts()]


def region(visitor: Visitor, name: str) -> Locator:
    return visitor.page.get_by_role("region", name=name, exact=True)


@everywhere
def test_what_changed_shape_is_told_before_and_after(
    coming: Visit, standing: House, code: str, width: int
) -> None:
    said, run_id = WORDS[code], standing.runs["refused"]
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}/runs/{run_id}")
        changed = region(visitor, said["changed"])
        assert row(changed, said["records"]) == ["200", "100", "−100 (−50%)"]
        before, after, less = row(changed, said["lines"])
        assert int(after.replace(",", "")) < int(before.replace(",", ""))
        assert less.startswith("−")
        expect(changed.locator(".cols")).to_contain_text(said["renamed"])
        assert changed.locator(".cols s").all_inner_texts() == [f"before: {RENAMED[0]}"] or (
            RENAMED[0] in changed.locator(".cols s").inner_text()
        )
        expect(changed.locator(".cols ins")).to_contain_text(RENAMED[1])
        filled = row(changed, said["credential"])
        assert filled[1] == "0%"
        assert filled[0].endswith("%")
        assert int(filled[0].rstrip("%")) > 50
        steady = changed.locator("summary", has_text=said["steady"])
        steady.click()
        assert row(changed, said["same"]) == ["100%", "100%"]
        against = str(standing.runs["made_register.list"])
        expect(changed.get_by_role("link", name=said["by"].format(against))).to_be_visible()
        hint = region(visitor, said["right"]).locator("code")
        expect(hint).to_have_text(f'labdir source accept {run_id} --because "…"')


@everywhere
def test_an_accepted_run_names_who_decided_and_why_from_both_sides(
    coming: Visit, standing: House, code: str, width: int
) -> None:
    said, doubted, accepted = WORDS[code], standing.runs["doubted"], standing.runs["accepted"]
    with coming(code, width) as visitor:
        visitor.page.goto(f"{visitor.base}/{code}/runs/{doubted}")
        deed = region(visitor, said["purpose"])
        expect(deed).to_contain_text(STEWARD)
        expect(deed).to_contain_text(BECAUSE)
        expect(region(visitor, said["right"])).to_have_count(0)
        visitor.press("link", said["by"].format(accepted), within=deed)
        expect(visitor.main.locator(".today")).to_contain_text(said["published"])
        deed = region(visitor, said["purpose"])
        expect(deed).to_contain_text(STEWARD)
        expect(deed).to_contain_text(BECAUSE)
        visitor.press("link", said["was"].format(doubted), within=deed)
        expect(visitor.page.get_by_role("heading", level=1)).to_contain_text(str(doubted))
