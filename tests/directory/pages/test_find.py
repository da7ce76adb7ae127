"""The find page: facets, markets, near misses, hints, past days; its state in the address."""

import pytest
from selectolax.lexbor import LexborHTMLParser

from tests.directory.pages.conftest import Client


def page(client: Client, path: str) -> LexborHTMLParser:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return LexborHTMLParser(answer.text)


def text(tree: LexborHTMLParser, css: str) -> str:
    return " ".join(" ".join(node.text().split()) for node in tree.css(css))


@pytest.mark.parametrize(
    ("lang", "labels"),
    [
        ("en", ["To be met in", "Presence abroad", "Family of standards", "As of"]),
        ("zh", ["可接洽的市场", "标准系列", "截至"]),
    ],
)
def test_facets_of_every_kind_stand_beside_the_results(
    client: Client, lang: str, labels: list[str]
) -> None:
    tree = page(client, f"/{lang}/find?q=battery")
    headings = text(tree, ".facets h2")
    assert all(label in headings for label in labels)
    links = [a.attributes["href"] or "" for a in tree.css(".facets a")]
    assert any("mode=borrowed" in link and "q=battery" in link for link in links)
    assert any("market=AE" in link for link in links)


def test_a_market_by_its_name_becomes_a_chip_and_a_reason(client: Client) -> None:
    tree = page(client, "/en/find?q=battery&market=Emirates")
    assert "To be met in United Arab Emirates" in text(tree, ".chips")
    assert "in United Arab Emirates through a partner" in text(tree, ".why")
    field = tree.css_first("#market")
    assert field is not None
    assert field.attributes["value"] == "United Arab Emirates"


@pytest.mark.parametrize(
    ("lang", "heading", "missing"),
    [
        ("en", "Nearly", "not in Kenya; it is in United Arab Emirates"),
        ("zh", "接近的机构", "不在肯尼亚；其所在：阿拉伯联合酋长国"),
    ],
)
def test_who_comes_close_says_what_is_missing(
    client: Client, lang: str, heading: str, missing: str
) -> None:
    tree = page(client, f"/{lang}/find?q=电池&market=KE")
    section = tree.css_first('section[aria-labelledby="nearly"]')
    assert section is not None
    assert heading in text(tree, "#nearly")
    assert missing in " ".join(section.text().split())


def test_another_edition_is_told_where_the_asked_one_is_held_by_nobody(client: Client) -> None:
    tree = page(client, "/en/find?standard=GB+4943.1-1995")
    assert "Editions held: 2022" in text(tree, ".note")
    assert "in its scope: 2022" in text(tree, ".why")


@pytest.mark.parametrize(
    ("lang", "said"),
    [("en", "only a hint: it names GB 4943.1"), ("zh", "仅为线索：其范围写有 GB 4943.1")],
)
def test_a_hint_says_that_it_is_one(client: Client, lang: str, said: str) -> None:
    assert said in text(page(client, f"/{lang}/find?standard=IEC+62368-1"), ".why")


def test_a_past_day_is_kept_in_every_link(client: Client) -> None:
    tree = page(client, "/en/find?as_of=2026-05-31")
    assert "As the directory stood at the end of 2026-05-31" in text(tree, ".note")
    links = [a.attributes["href"] or "" for a in tree.css(".facets a")]
    assert links
    assert all("as_of=2026-05-31" in link for link in links)


@pytest.mark.parametrize(
    ("query", "offered"),
    [
        ("market=Germny", "Germany (DE)"),
        ("country=Singapor", "Singapore (SG)"),
        ("language=Arabik", "Arabic (ar)"),
        ("kind=testin", "testing"),
        ("as_of=2027-01-01", "still to come"),
        ("as_of=yesterday", "as_of"),
    ],
)
def test_what_does_not_exist_is_refused_with_the_nearest(
    client: Client, query: str, offered: str
) -> None:
    answer = client.get(f"/en/find?{query}")
    assert answer.status_code == 400
    assert offered in answer.text
