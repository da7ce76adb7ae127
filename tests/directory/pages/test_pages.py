"""Every page in both languages: its form, its language, its size, and what it never does."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from selectolax.lexbor import LexborHTMLParser

import directory
from tests.directory.pages.conftest import Client, House

PLAIN = [
    "",
    "/find",
    "/find?q=battery",
    "/find?q=电池",
    "/find?standard=GB4943.1",
    "/find?q=nothing-like-it",
    "/check",
    "/check?number=L90417",
    "/check?number=L99999999",
    "/changes",
    "/changes?what=status_event&kind=added",
    "/sources",
    "/sources/register",
    "/status",
    "/about",
]


def paths(house: House) -> list[str]:
    body = f"/bodies/{house.battery}"
    return [
        *PLAIN,
        body,
        f"/bodies/{house.hostile}",
        f"{body}/scope",
        f"{body}/scope?q=锂电池",
        f"{body}/history",
        f"{body}/accreditations",
        f"/accreditations/{house.accreditation}",
        f"/runs/{house.refused_run}",
        f"/changes?body={house.battery}",
    ]


def test_every_page_answers_in_both_languages(house: House) -> None:
    for path in paths(house):
        for code, tag in (("en", "en"), ("zh", "zh-Hans")):
            answer = house.client.get(f"/{code}{path}")
            assert answer.status_code == 200, (code, path)
            assert answer.headers["content-type"].startswith("text/html")
            assert f'<html lang="{tag}">' in answer.text, (code, path)
            assert len(answer.content) < 100_000, (code, path)


def test_headings_stand_in_order_and_each_page_has_one_title(house: House) -> None:
    for path in paths(house):
        tree = LexborHTMLParser(house.client.get(f"/en{path}").text)
        main = tree.css_first("main")
        assert main is not None
        levels = [int(str(node.tag)[1]) for node in main.css("h1, h2, h3, h4")]
        assert levels.count(1) == 1, path
        assert levels[0] == 1, path
        assert all(b - a <= 1 for a, b in pairwise(levels)), (path, levels)
        ids = [node.attributes["id"] for node in tree.css("[id]")]
        assert len(ids) == len(set(ids)), path


def test_nothing_comes_from_another_machine_or_stands_inline(house: House) -> None:
    for path in paths(house):
        tree = LexborHTMLParser(house.client.get(f"/zh{path}").text)
        loaded = tree.css("script[src], link[href], img[src], iframe, use[href], form[action]")
        for node in loaded:
            address = str(
                node.attributes.get("src")
                or node.attributes.get("href")
                or node.attributes.get("action")
            )
            assert re.match(r"[/#](?!/)", address), (path, address)
        assert not tree.css("script:not([src])"), path
        assert not tree.css("[style], style"), path
        assert not [
            name for node in tree.css("*") for name in node.attributes if name.startswith("on")
        ], path
        for link in tree.css("a[href^='http']"):
            assert "noreferrer" in str(link.attributes["rel"]), path


def test_inputs_have_labels_and_tables_have_scoped_headers(house: House) -> None:
    for path in paths(house):
        tree = LexborHTMLParser(house.client.get(f"/en{path}").text)
        for field in tree.css("input:not([type=hidden]), select"):
            assert tree.css_first(f"label[for='{field.attributes['id']}']"), path
        for cell in tree.css("th"):
            assert cell.attributes.get("scope") in {"col", "row"}, path


def test_a_sources_markup_is_shown_and_never_run(house: House) -> None:
    stated = house.client.get(f"/api/v1/bodies/{house.hostile}")
    evidence = {f"/evidence/{ref}" for ref in re.findall(r'"ref":"([^"]+)"', stated.text)}
    assert len(evidence) > 5, "names, place, presence, credential, accreditation"
    for path in (
        *sorted(evidence),
        f"/accreditations/{stated.json()['data']['accreditations'][0]['id']}",
        f"/runs/{house.refused_run}",
        f"/bodies/{house.hostile}",
        f"/bodies/{house.hostile}/history",
        f"/bodies/{house.hostile}/accreditations",
        f"/bodies/{house.hostile}/scope?q=steel",
        "/find?q=<script>alert(1)</script>",
        "/find?q=Quay",
        "/check?number=<script>alert(1)</script>",
        "/changes",
        "/<script>alert(1)</script>",
    ):
        for code in ("en", "zh"):
            text = house.client.get(f"/{code}{path}").text
            assert "<script>" not in text, path
            assert 'href="javascript:' not in text, path
    for path in (f"/bodies/{house.hostile}", f"/runs/{house.refused_run}", min(evidence)):
        assert "&lt;script&gt;alert(" in house.client.get(f"/en{path}").text, path


def test_no_template_says_that_words_are_safe() -> None:
    """Autoescape is on; what is markup is made by ``Markup`` in Python, parameters escaped."""
    for file in sorted((Path(directory.__file__).parent / "templates").glob("*.html")):
        assert not re.search(r"\|\s*safe\b|autoescape", file.read_text("utf-8")), file.name


def test_made_data_is_said_on_every_page_that_shows_it(house: House) -> None:
    for path in (
        "/find",
        f"/bodies/{house.battery}",
        "/changes",
        "/check?number=L90417",
        "/sources",
    ):
        assert "Made-up data." in house.client.get(f"/en{path}").text, path
        assert "虚构数据。" in house.client.get(f"/zh{path}").text, path
    assert "Made-up data." not in house.client.get("/en/about").text


def test_the_switch_of_language_keeps_the_state(client: Client) -> None:
    tree = LexborHTMLParser(client.get("/en/find?q=battery&country=CN").text)
    switch = tree.css_first("a.switch")
    assert switch is not None
    assert switch.attributes["href"] == "/zh/find?q=battery&country=CN"
    assert switch.attributes["lang"] == "zh-Hans"


@pytest.mark.parametrize(
    ("asked", "led"),
    [
        ("zh-CN,zh;q=0.9,en;q=0.8", "/zh"),
        ("en-GB,en;q=0.9,zh;q=0.8", "/en"),
        ("en;q=0.2, zh;q=0.3", "/zh"),
        ("de-DE", "/en"),
        ("", "/en"),
    ],
)
def test_the_bare_address_leads_to_the_browsers_language(
    client: Client, asked: str, led: str
) -> None:
    answer = client.get("/", headers={"accept-language": asked}, follow_redirects=False)
    assert answer.status_code == 302
    assert answer.headers["location"] == led
    assert answer.headers["vary"] == "Accept-Language"


def test_a_question_at_the_door_is_answered_by_find(client: Client) -> None:
    answer = client.get("/zh?q=电池")
    assert answer.url.path == "/zh/find"
    assert "海港<mark>电池</mark>检测有限公司" in answer.text


def test_styles_and_scripts_are_small_and_kept_by_the_browser(client: Client) -> None:
    tree = LexborHTMLParser(client.get("/en").text)
    script = tree.css_first("script[src]")
    sheet = tree.css_first("link[rel=stylesheet]")
    assert script is not None
    assert sheet is not None
    for address in (script.attributes["src"], sheet.attributes["href"]):
        answer = client.get(str(address))
        assert answer.status_code == 200
        assert "immutable" in answer.headers["cache-control"]
        assert len(answer.content) < 60_000 or "htmx" in str(address)


@pytest.mark.parametrize(
    ("path", "status", "said", "zh"),
    [
        ("/nowhere", 404, "Nothing stands at this address", "该网址下没有内容"),
        ("/bodies/b999999", 404, "Nothing stands at this address", "该网址下没有内容"),
        ("/bodies/x", 400, "This question cannot be read", "无法识别该问题"),
        ("/find?kind=unheard", 400, "This question cannot be read", "无法识别该问题"),
        ("/runs/1e9", 400, "This question cannot be read", "无法识别该问题"),
        ("/evidence/nonsense", 400, "This question cannot be read", "无法识别该问题"),
    ],
)
def test_faults_are_pages_too(client: Client, path: str, status: int, said: str, zh: str) -> None:
    english, chinese = client.get(f"/en{path}"), client.get(f"/zh{path}")
    assert (english.status_code, chinese.status_code) == (status, status)
    assert f"<h1>{said}</h1>" in english.text
    assert f"<h1>{zh}</h1>" in chinese.text
