"""The pages of going abroad: what each list shows and leaves out, filters in the address, measures
as a picture and a table, and reports of obstacles from the form to the warning."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest

from directory.pages.abroad import bars
from services.find.abroad_views import IndicatorValue
from services.settings import Settings
from services.terms import Role
from tests.directory.pages.desk import Front, Shown, front_door
from tests.services.find.abroad_world import fill

REPORT = {
    "market": "SA",
    "product": "toys",
    "standard": "",
    "document_kind": "CB test report",
    "rejected_by": "Customs of Jeddah",
    "text": "They asked for a report of a laboratory in the country instead.",
    "happened_on": "2026-05-10",
}
LISTS = ("cooperation", "acceptance", "projects", "cases", "experts", "services", "memberships")


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as one:
        yield one


def shown(front: Front, path: str, status: int = 200) -> Shown:
    answer = front.client.get(path)
    assert answer.status_code == status, (path, answer.text[:2000])
    return Shown(answer)


@pytest.mark.parametrize("tongue", ["en", "zh"])
@pytest.mark.parametrize("part", ["", *(f"/{one}" for one in LISTS), "/zones"])
def test_every_page_of_going_abroad_is_there_and_small(
    front: Front, tongue: str, part: str
) -> None:
    page = shown(front, f"/{tongue}/abroad{part}")
    assert len(page.html) < 100_000
    assert "<style" not in page.html
    assert " style=" not in page.html
    assert page.text("h1")


def test_a_list_shows_its_facts_with_where_they_come_from(front: Front) -> None:
    page = shown(front, "/en/abroad/cooperation")
    row = page.text("tbody tr")
    for words in ("Dune Road Laboratory", "witnessed testing", "Saudi Arabia", "CB test reports",
                  "electrical safety", "verified in the issuer's register"):  # fmt: skip
        assert words in row
    assert page.tree.css("tbody tr details.src")
    assert "claimed by the body, not verified" in page.text("tr.claim")
    assert "沙特阿拉伯" in shown(front, "/zh/abroad/cooperation").text("tbody tr")


def test_filters_stand_in_the_address_and_in_the_form(front: Front) -> None:
    page = shown(front, "/en/abroad/cooperation?country=VN&kind=joint_venture")
    assert page.texts("tbody th a") == ["Lamp Street Laboratory"]
    assert page.text("#f-country option[selected]") == "Vietnam"
    assert page.text("#f-kind option[selected]") == "joint venture"
    nothing = shown(front, "/en/abroad/cooperation?country=BR")
    assert "No source names such an agreement" in nothing.text(".empty")


def test_a_filter_that_is_not_understood_is_said_on_the_page(front: Front) -> None:
    page = shown(front, "/en/abroad/acceptance?standard=the+blue+one", 400)
    assert "designation" in page.text(".refused")
    assert page.one("#f-standard").attributes["value"] == "the blue one"
    assert "radio" in shown(front, "/en/abroad/cooperation?product=radoi", 400).text(".refused")
    assert "kind" in shown(front, "/en/abroad/cooperation?kind=friends", 400).text(".refused")
    shown(front, "/en/abroad/nothing", 404)


def test_the_pages_say_what_projects_and_memberships_are_not(front: Front) -> None:
    assert "None of these is a treaty" in shown(front, "/en/abroad/projects").text()
    assert "recognises no result" in shown(front, "/en/abroad/memberships").text()
    assert "不是条约" in shown(front, "/zh/abroad/projects").text()


def test_a_case_without_consent_names_no_client(front: Front) -> None:
    page = shown(front, "/en/abroad/cases")
    assert "Bright Cell Works" in page.html
    assert "Secret" not in page.html
    assert "no consent" in page.text()


def test_experts_and_zones_show_counts_and_the_bodies(front: Front) -> None:
    experts = shown(front, "/en/abroad/experts?committee=IEC+TC+61").text("tbody tr")
    assert "8" in experts
    assert "3 of them verified" in experts
    zone = shown(front, "/en/abroad/zones").text("section.sec")
    assert "Maritime Core Area" in zone
    assert "Harbour Battery" in zone
    assert "1 body" in zone
    one = shown(front, "/en/abroad/zones?zone=maritime-core-area")
    assert "Harbour Battery" in one.text("section.sec")


def test_a_measure_is_a_picture_with_its_numbers_beside_it(front: Front) -> None:
    page = shown(front, "/en/abroad")
    article = page.one("#acceptances")
    assert article.css_first("svg[role=img] rect.m-verified") is not None
    rows = [" ".join(row.text(separator=" ").split()) for row in article.css("tbody tr")]
    assert rows[0] == "2026-06-01 2 1"
    assert "2024-12-31 3 1" in rows
    assert "Distinct combinations of market, product and kind of result" in article.text()
    assert "市场＋产品＋结果类型" in shown(front, "/zh/abroad").text("#acceptances")


def test_bars_are_as_high_as_their_values_and_years_never_overlap() -> None:
    values = [
        IndicatorValue(on=date(year, 12, 31), value=year - 2000, verified=1)
        for year in range(2001, 2026)
    ]
    drawn = bars(values, "today")
    assert drawn[-1].height == 96.0
    assert drawn[-1].label == "today"
    assert drawn[0].height == round(96 / 25, 1)
    assert drawn[0].verified_height == drawn[0].height
    assert sum(1 for one in drawn if one.label) <= 8
    assert drawn[-2].label == ""
    assert bars([], "today") == ()


def test_a_report_is_sent_by_a_form_read_by_a_steward_and_then_shown_to_all(front: Front) -> None:
    maker, steward = front.desk("Kettle works"), front.desk("Desk one", Role.STEWARD)
    assert "Sign in" in shown(front, "/en/obstacles").text("#report")
    sent = maker.post("/en/obstacles", {**REPORT, "text": f"{REPORT['text']} Tel: 555"})
    assert sent.to == "/en/obstacles?told=dropped"
    assert "Customs of Jeddah" not in shown(front, "/en/obstacles").html
    assert maker.get("/en/obstacles").text("article.obstacle .st") == "waits for a steward"
    assert not maker.get("/en/obstacles").tree.css("article form")
    desk = steward.get("/en/obstacles?state=waiting")
    assert "Kettle works" in desk.text("article.obstacle")
    action = str(desk.one("article form").attributes["action"])
    decided = steward.post(action, {"decision": "published", "because": "Two papers were shown."})
    assert decided.to == "/en/obstacles?told=decided"
    page = shown(front, "/en/obstacles?market=SA&product=toys")
    assert "Customs of Jeddah" in page.text("article.obstacle")
    assert "Kettle works" not in page.html
    again = front.desk("Desk two", Role.STEWARD).post(
        action, {"decision": "rejected", "because": "No."}, 400
    )
    assert "Desk one has decided this report already" in again.text(".refused")


def test_a_published_report_warns_on_the_page_of_its_market(front: Front) -> None:
    maker, steward = front.desk("Doll works"), front.desk("Desk nine", Role.STEWARD)
    maker.post("/en/obstacles", {**REPORT, "rejected_by": "Port of Dammam"})
    waiting = steward.get("/en/obstacles?state=waiting")
    assert "Port of Dammam" in waiting.text()
    assert "Port of Dammam" not in shown(front, "/en/markets/SA").html
    action = str(waiting.one("article form").attributes["action"])
    steward.post(action, {"decision": "published", "because": "Two papers were shown."})
    assert "Port of Dammam" in shown(front, "/en/markets/SA").text()
    assert "Port of Dammam" not in shown(front, "/en/markets/BR").html


def test_a_report_that_is_not_taken_comes_back_with_what_was_typed(front: Front) -> None:
    maker = front.desk("Lamp works")
    for changed, said in (
        ({"market": "Saudia"}, "is no market"),
        ({"happened_on": ""}, "Give the day"),
        ({"text": "No."}, "20 to 2,000"),
        ({"standard": "the blue one"}, "is not read as a standard"),
    ):
        page = maker.post("/en/obstacles", {**REPORT, **changed}, 400)
        assert said in page.text(".refused"), changed
        assert page.one("#r-by").attributes["value"] == "Customs of Jeddah"
    assert "不是市场" in maker.post("/zh/obstacles", {**REPORT, "market": "Saudia"}, 400).text()


def test_a_report_from_another_site_or_from_nobody_is_not_taken(front: Front) -> None:
    maker = front.desk("Boat works")
    maker.post("/en/obstacles", REPORT, 403, sec_fetch_site="cross-site")
    answer = front.client.post("/en/obstacles", data=REPORT, follow_redirects=False)
    assert answer.headers["location"].startswith("/en/sign-in")
    action = "/en/obstacles/o1/decision"
    maker.post(action, {"decision": "published", "because": "My own."}, 403)
    assert "no market" in shown(front, "/en/obstacles?market=Nowhereland", 400).text(".refused")


def test_what_reporters_write_is_shown_as_words(front: Front) -> None:
    maker = front.desk("Script works")
    maker.post("/en/obstacles", {**REPORT, "text": "<script>alert('they said no')</script> really"})
    page = maker.get("/en/obstacles")
    assert "<script>alert" not in page.html
    assert "&lt;script&gt;alert" in page.html


def test_the_changes_of_a_market_are_watched_from_the_page_of_changes(front: Front) -> None:
    page = shown(front, "/en/changes?market=SA")
    assert page.texts(".feed .kind") == ["New"]
    assert page.one("#market").attributes["value"] == "SA"
    assert "market=SA" in " ".join(page.links(".follow a"))
    assert not shown(front, "/en/changes?market=BR").tree.css(".feed .kind")
    form = front.desk("Route watcher").get("/en/account/webhooks/new?market=SA")
    assert form.one("input[name=market]").attributes["value"] == "SA"
    assert "Saudi Arabia" in form.text("form.hook")
