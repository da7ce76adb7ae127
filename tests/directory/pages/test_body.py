"""What a body's page says: what stands, in whose name, on what evidence."""

from selectolax.lexbor import LexborHTMLParser, LexborNode

from tests.directory.pages.conftest import House


def _page(house: House, path: str) -> LexborHTMLParser:
    answer = house.client.get(path)
    assert answer.status_code == 200
    return LexborHTMLParser(answer.text)


def _text(tree: LexborHTMLParser | LexborNode, selector: str) -> str:
    node = tree.css_first(selector)
    assert node is not None, selector
    return " ".join(node.text().split())


def test_names_stand_in_the_pages_language_first(house: House) -> None:
    english = _page(house, f"/en/bodies/{house.battery}")
    chinese = _page(house, f"/zh/bodies/{house.battery}")
    assert _text(english, "h1") == "Harbour Battery Testing Co., Ltd."
    assert _text(english, ".aka") == "海港电池检测有限公司"
    assert _text(chinese, "h1") == "海港电池检测有限公司"
    assert _text(chinese, ".aka") == "Harbour Battery Testing Co., Ltd."


def test_what_stands_today_is_a_sentence(house: House) -> None:
    said = _text(_page(house, f"/en/bodies/{house.battery}"), ".today")
    assert said == (
        "Today, 2026-06-01, 0 of its 1 accreditation or designation stands. "
        "1 partly suspended. 1 adverse item is on record."
    )
    said = _text(_page(house, f"/zh/bodies/{house.battery}"), ".today")
    assert "截至今日（2026-06-01），该机构 1 项认可与指定中有 0 项有效。" in said
    assert "1 部分暂停" in said


def test_a_status_is_shape_word_and_date(house: House) -> None:
    tree = _page(house, f"/en/bodies/{house.battery}")
    mark = tree.css_first("table.acc .st")
    assert mark is not None
    assert mark.css_first("use[href='#m-part']") is not None
    assert " ".join(mark.text().split()) == "Partly suspended since 2026-05-20"


def test_the_whole_evidence_stands_behind_a_mark(house: House) -> None:
    tree = _page(house, f"/en/bodies/{house.battery}")
    panel = _text(tree, "details.src .panel .facts")
    for said in ("tier 1", "https://example.org/list/", "2026-05-30 06:00 UTC", "reader 3"):
        assert said in panel
    assert "byte" in panel


def test_repeated_evidence_is_a_page_without_and_a_fragment_with_script(house: House) -> None:
    tree = _page(house, f"/zh/bodies/{house.battery}/scope")
    mark = tree.css_first("table.lines details.src")
    assert mark is not None
    address = str(mark.attributes["hx-get"])
    link = mark.css_first(".panel a")
    assert link is not None
    assert link.attributes["href"] == address
    assert "<!doctype html>" in house.client.get(address).text
    fragment = house.client.get(address, headers={"hx-request": "true"}).text
    assert "<html" not in fragment
    assert "来源原文" in fragment


def test_scope_has_its_own_search_without_script(house: House) -> None:
    tree = _page(house, f"/zh/bodies/{house.battery}/scope?q=锂电池")
    rows = tree.css("table.lines tbody tr")
    assert len(rows) == 1
    assert "<mark>锂电池</mark>" in (rows[0].html or "")
    tree = _page(house, f"/en/bodies/{house.battery}/scope?standard=GB+4943.1")
    (row,) = tree.css("table.lines tbody tr")
    assert row.css_first("use[href='#m-susp']") is not None


def test_the_scope_goes_on_over_pages(house: House) -> None:
    first = _page(house, f"/en/bodies/{house.battery}/scope")
    assert len(first.css("table.lines tbody tr")) == 50
    more = first.css_first("a[rel=next]")
    assert more is not None
    second = _page(house, str(more.attributes["href"]))
    assert len(second.css("table.lines tbody tr")) == 39


def test_borrowed_and_built_presence_say_what_and_in_whose_name(house: House) -> None:
    tree = _page(house, f"/zh/bodies/{house.battery}")
    borrowed = next(li for li in tree.css(".pres > li") if "借助伙伴" in li.text())
    assert "阿拉伯联合酋长国 迪拜" in borrowed.text()
    assert "检测报告" in borrowed.text()
    assert "The partner's" in borrowed.text()
    built = next(li for li in tree.css(".pres > li") if "自建" in li.text())
    assert "claimed" in str(built.attributes["class"])


def test_adverse_credentials_come_first_and_claims_look_different(house: House) -> None:
    tree = _page(house, f"/en/bodies/{house.battery}")
    groups = [str(ul.attributes["class"]) for ul in tree.css("#credentials ul.creds")]
    assert groups == ["creds adverse", "creds claimed"]
    marks = tree.css_first("table.marks")
    assert marks is not None
    assert "Held by its parent Harbour Group, not by this body." in marks.text()


def test_a_withdrawal_is_said_in_both_languages(house: House) -> None:
    tree = _page(house, f"/en/bodies/{house.hostile}")
    assert _text(tree, "table.acc .st").startswith("Withdrawn")
    assert "已撤销" in _text(_page(house, f"/zh/bodies/{house.hostile}"), "table.acc .st")


def test_a_number_not_found_is_never_called_a_fake(house: House) -> None:
    text = house.client.get("/en/check?number=L99999999").text
    assert "That is no accusation" in text
    assert "fake" not in text.lower()
    found = house.client.get("/en/check?number=CNAS L90417").text
    assert f"/en/bodies/{house.battery}" in found


def test_a_refused_run_gives_its_reasons(house: House) -> None:
    tree = _page(house, f"/en/runs/{house.refused_run}")
    assert "made to fail" in _text(tree, ".refused")
    assert "the old data stand" in _text(tree, ".today")
