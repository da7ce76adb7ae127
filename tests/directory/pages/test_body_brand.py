"""A body's brand and way abroad on its page: claims look like claims, marks are a table of class
and territory, what is missing is said, and there is no score."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from litestar.testing import TestClient
from selectolax.lexbor import LexborHTMLParser, LexborNode

from directory.app import FrontDoor, create_app
from directory.pages.body_brand import proof
from services import db
from services.settings import Settings
from tests.directory.api import made

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
_OF = "select l.body_id from identifier i join body_link l using (record_id) where i.value = :uscc"


@dataclass
class House:
    client: TestClient[FrontDoor]
    bodies: dict[str, str]

    def page(self, name: str, lang: str = "en") -> LexborHTMLParser:
        answer = self.client.get(f"/{lang}/bodies/{self.bodies[name]}")
        assert answer.status_code == 200
        assert len(answer.content) < 100_000
        return LexborHTMLParser(answer.text)


@pytest.fixture(scope="module")
def house(make_database: Callable[[], str]) -> Iterator[House]:
    url = make_database()
    engine = db.connect(url)
    made.publish(engine)
    named = {"ferry": made.FERRY, "dragonfly": "91999999MAWF22HR4C", "quiet": "91999999MAMKDFEB65"}
    with engine.connect() as conn:
        bodies = {
            name: f"b{conn.execute(sa.text(_OF), {'uscc': uscc}).scalars().first()}"
            for name, uscc in named.items()
        }
    engine.dispose()
    app = create_app(Settings(database_url=url), lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield House(client, bodies)


def text(node: LexborHTMLParser | LexborNode, selector: str = "") -> str:
    found = node.css_first(selector) if selector else node
    assert isinstance(found, LexborNode), selector
    return " ".join(found.text().split())


def row(tree: LexborHTMLParser, words: str) -> LexborNode:
    return next(one for one in tree.css("tr, li") if words in one.text())


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_each_section_has_its_anchor_and_its_heading_in_order(house: House, lang: str) -> None:
    tree = house.page("ferry", lang)
    anchors = [str(link.attributes["href"]) for link in tree.css("nav.toc a")]
    assert anchors == [
        "#accreditations", "#scope", "#places", "#credentials", "#abroad", "#ownership",
        "#reach", "#history", "#sources",
    ]  # fmt: skip
    sections = [f"#{one.attributes['id']}" for one in tree.css("section.sec[id]")]
    assert sections == anchors


def test_a_claim_only_place_is_drawn_as_one(house: House) -> None:
    tree = house.page("ferry")
    kenya = row(tree, "Mombasa")
    assert kenya.attributes["class"] == "claimed"
    assert "claim only" in text(kenya)
    vietnam = next(one for one in tree.css("ul.pres > li") if "Hai Phong, Vietnam" in text(one))
    assert vietnam.attributes["class"] != "claimed"
    assert "CNAS L90001 · Hai Phong laboratory suspended" in text(vietnam)
    assert "CNAS L90002 · Hai Phong laboratory stands" in text(vietnam)


def test_adverse_items_come_first_and_claims_stand_apart(house: House) -> None:
    tree = house.page("ferry")
    lists = tree.css("#credentials ul.creds")
    assert [str(one.attributes["class"]) for one in lists] == [
        "creds adverse", "creds verified", "creds claimed",
    ]  # fmt: skip
    assert "A report issued in the name of a site that was suspended" in text(lists[0])
    assert "Testing Brand of the Year (plaque)" in text(lists[2])
    assert "full member" in text(lists[1])


def test_trade_marks_are_a_table_of_territory_and_class_with_renewals(house: House) -> None:
    table = house.page("ferry").css_first("table.marks")
    assert table is not None
    assert [text(one) for one in table.css("thead th")] == [
        "Territory", "Nice class 35", "Nice class 42",
    ]  # fmt: skip
    rows = {
        text(one, "th"): [text(cell) for cell in one.css("td")] for one in table.css("tbody tr")
    }
    assert "renew by 2027-02-14" in rows["European Union"][0]
    assert "applied for, not yet protected" in rows["Saudi Arabia"][1]
    assert "designated, not yet protected" in rows["United Kingdom"][1]
    assert rows["United Kingdom"][0] == ""
    assert "Held by its parent Cormorant Ferry Group Holding" in rows["China"][0]
    assert "renew by 2026-12-20, open from 2025-12-20" in rows["China"][0]


def test_the_meter_counts_what_is_on_record_and_weighs_nothing(house: House) -> None:
    full = house.page("ferry")
    assert "12 of 12 kinds of facts are on record" in text(full, "#credentials")
    quiet = house.page("quiet")
    missing = [text(one) for one in quiet.css("ul.meter li.none")]
    assert missing
    assert all("nothing on record" in one for one in missing)
    for tree in (full, quiet):
        assert "not how good the body is" in text(tree, "#credentials")


def test_agreements_acceptances_and_cases_say_from_when_to_when(house: House) -> None:
    tree = house.page("ferry")
    ncb = text(row(tree, "Kingfisher Raintree Certification"))
    assert "CB testing laboratory under a partner's NCB" in ncb
    assert "2021-03-01 – 2027-02-28" in ncb
    over = next(one for one in tree.css("#abroad tr") if "Tucano" in one.text())
    assert over.attributes["class"] == "over"
    assert "2022-04-01 – 2025-03-31" in text(over)
    assert "not on this day" in text(over)
    cases = text(tree, "#abroad")
    assert "Power banks of a Dongguan maker to Hai Phong" in cases
    assert "A client that is not named" in cases
    assert "Kettles to Riyadh" not in tree.html  # type: ignore[operator]
    assert "Experts 20" in cases


def test_chinese_says_acceptance_and_recognition_apart(house: House) -> None:
    said = text(house.page("ferry", "zh"), "#abroad")
    assert "结果被采信也不是对机构的承认" in said
    assert "翠鸟雨树认证" in said
    assert "目击试验" in said


def test_a_prohibited_owner_is_a_fact_with_its_rule(house: House) -> None:
    tree = house.page("dragonfly")
    owner = next(one for one in tree.css("#ownership tr") if "Grey Reef" in one.text())
    assert owner.attributes["class"] == "off"
    assert "prohibited" in text(owner)
    assert "US FCC" in text(owner)
    assert "12 %" in text(owner)


def test_what_no_source_says_is_said_to_be_unknown(house: House) -> None:
    tree = house.page("quiet")
    assert "No source names a credential of this body." in text(tree, "#credentials")
    assert "Unknown: no source names who owns this body." in text(tree, "#ownership")


def test_a_made_up_address_leads_nowhere_and_a_real_one_is_a_link() -> None:
    assert proof("https://a.gov.cn/1 (2026-08-01)") == ("https://a.gov.cn/1", "2026-08-01", True)
    assert proof("https://r.made-register.example/1 (2026-08-01)")[2] is False
    assert proof("letter shown") == ("letter shown", "", False)
    assert proof("javascript:alert(1)")[2] is False
