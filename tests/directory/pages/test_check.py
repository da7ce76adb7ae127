"""The check page: one question, its answer in words, and the two times in which it is true."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime

import pytest

from directory.pages.check_asked import read_form
from directory.pages.check_picture import picture
from directory.pages.tongue import EN, ZH
from services.find.knowledge import Knowledge, Layer
from services.find.views import Span
from services.settings import Settings
from services.terms import Verdict
from tests.directory.pages.desk import Front, Shown, front_door
from tests.services.store.build import World, at, lab, line, suspension

NOW = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)
LINES = [
    line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries"),
    line("2", "充电器", "GB 4943.1-2022", object_also="chargers"),
]


def fill(world: World) -> None:
    """Harbour's suspension of 20 May is learned on the 30th; L90500 is borne under two issuers."""
    world.source("register", authoritative_for=("CNAS",), made=True)
    world.source("other", authoritative_for=("SAC",))
    twin = lab("L90500", name="Breakwater Cable Laboratory", name_zh="防波堤电缆实验室")
    quay = lab("L90500", issuer="SAC", name="Quayside Metal Laboratory", name_zh="")
    world.look("register", at("2026-04-01"), [lab(lines=LINES), twin])
    world.look("register", at("2026-05-10"), [lab(lines=LINES), twin])
    world.look("other", at("2026-05-28"), [quay])
    suspended = lab(lines=LINES, events=[suspension("2026-05-20")])
    world.look("register", at("2026-05-30"), [suspended, twin])


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as one:
        yield one


def ask(front: Front, code: str, query: str, status: int = 200) -> Shown:
    answer = front.client.get(f"/{code}/check?{query}")
    assert answer.status_code == status, answer.text[:2000]
    assert len(answer.content) < 100_000
    return Shown(answer)


@pytest.mark.parametrize(
    ("code", "sentence", "word", "why", "rule"),
    [
        (
            "en", "On 2026-05-25, CNAS L90417 was suspended.", "suspended",
            "It was suspended with effect from 2026-05-20.", "rule 1",
        ),
        ("zh", "2026-05-25，CNAS L90417 处于暂停状态。", "暂停", "2026-05-20", "规则第 1 条"),
    ],
)  # fmt: skip
def test_the_answer_is_a_sentence_a_card_and_its_reasons(
    front: Front, code: str, sentence: str, word: str, why: str, rule: str
) -> None:
    shown = ask(front, code, "number=CNAS+L90417&on=2026-05-25")
    assert " ".join(shown.one("h1").text().split()) == sentence
    card = shown.text(".verdict")
    assert word in card
    assert "SUSPENDED" in card
    assert "2026-05-25" in card
    assert "#m-susp" in (shown.one(".verdict .word use").attributes["href"] or "")
    assert why in shown.text(".reasons")
    assert rule in shown.text(".reasons")


def test_the_day_is_today_where_none_is_typed(front: Front) -> None:
    shown = ask(front, "en", "number=L90417")
    assert "On 2026-06-01" in shown.text("h1")
    assert shown.one("details.rest").attributes.get("open", "no") == "no"
    assert "registered under “L90417”" in shown.text(".say")


def test_the_chain_says_each_link_with_its_dates_and_its_evidence(front: Front) -> None:
    query = "number=CNAS+L90417&on=2026-05-01&method=GB+4943.1-2022"
    shown = ask(front, "en", query)
    links = shown.texts(".chain > li")
    assert "The scope line 2 covers what was asked." in links[0]
    assert "holds" in links[0]
    assert "CNAS L90417 stood on that day." in links[1]
    assert "from 2022-01-10 to 2028-01-09" in links[1]
    assert links[-1].startswith("Rule Rules 2026")
    assert shown.one(".chain details.src").attributes["hx-get"]
    assert shown.one("details.rest").attributes.get("open", "no") != "no"
    zh = ask(front, "zh", query).texts(".chain > li")
    assert "能力行 2 覆盖所问内容。" in zh[0]
    assert "CNAS L90417 当天有效。" in zh[1]


def test_what_the_scope_does_not_hold_is_broken_at_its_line(front: Front) -> None:
    shown = ask(front, "en", "number=CNAS+L90417&on=2026-05-01&method=IEC+60335-1:2020")
    assert "was not in the scope of CNAS L90417" in shown.text("h1")
    assert "#m-out" in (shown.one(".verdict .word use").attributes["href"] or "")
    assert "No scope line covers what was asked." in shown.texts(".chain > li")[0]


@pytest.mark.parametrize(
    ("code", "flag"),
    [
        ("en", "The number is registered for"),
        ("zh", "Quayside Metal Laboratory"),
    ],
)
def test_another_holder_is_flagged_in_words(front: Front, code: str, flag: str) -> None:
    shown = ask(front, code, "number=CNAS+L90417&body=Quayside+Metal+Laboratory&on=2026-05-01")
    assert flag in shown.text(".flags")
    assert "#m-adv" in (shown.one(".flags use").attributes["href"] or "")


def test_each_candidate_asks_the_same_question_of_itself_alone(front: Front) -> None:
    shown = ask(front, "en", "number=L90500&on=2026-05-29&method=ISO+6892-1")
    assert "not settled" in shown.text("h1")
    links = [str(node.attributes["href"]) for node in shown.tree.css(".pick a")]
    assert len(links) == 2
    for address in links:
        assert "on=2026-05-29" in address
        assert "method=ISO+6892-1" in address
        assert "number=" not in address
        again = Shown(front.client.get(address))
        assert "L90500" in again.text("h1")
        assert not again.tree.css(".pick")


def test_the_two_times_are_drawn_and_told(front: Front) -> None:
    shown = ask(front, "en", "number=CNAS+L90417&on=2026-05-25")
    rows = shown.texts(".times tbody tr")
    assert len(rows) == 2
    assert "2026-05-30 06:00 UTC" in rows[0]
    assert "suspended" in rows[0]
    assert "2026-04-01 06:00 UTC" in rows[1]
    assert "valid so it stood on that day itself" in rows[1]
    picture = shown.one("svg.two-times")
    assert picture.css_first("circle.dot") is not None
    assert picture.css_first("circle.ring") is not None
    assert picture.css_first("line.askday") is not None
    assert picture.css_first("rect.f-suspended") is not None
    assert "asked: 2026-05-25" in picture.text()
    assert "the table below says the same in words" in str(picture.attributes["aria-label"])


def test_what_was_known_then_is_answered_as_then(front: Front) -> None:
    query = "number=CNAS+L90417&on=2026-05-25&known_at="
    assert "was suspended" in ask(front, "en", query + "2026-05-31").text("h1")
    shown = ask(front, "en", query + "2026-05-29")
    assert "was valid" in shown.text("h1")
    assert len(shown.texts(".times tbody tr")) == 1
    early = ask(front, "en", query + "2026-03-01")
    assert "not found" in early.text("h1")


@pytest.mark.parametrize(
    ("code", "said", "hint"),
    [("en", "That is no accusation", "What to try"), ("zh", "这并非指控", "可以试试")],
)
def test_a_number_not_found_accuses_nobody(front: Front, code: str, said: str, hint: str) -> None:
    shown = ask(front, code, "number=CNAS+L99999")
    assert "NOT_FOUND" in shown.text(".verdict")
    assert "fake" not in shown.html.lower()
    assert said in shown.text()
    assert hint in shown.text()


@pytest.mark.parametrize(
    ("query", "name", "typed", "en", "zh"),
    [
        ("number=L90417&on=2026-02-30", "on", "2026-02-30", "is no day", "不是有效日期"),
        ("number=L90417&on=03/04/2026", "on", "03/04/2026", "Write year, month, day", "按年、月"),
        ("number=L90417&known_at=2026-06-02", "known_at", "2026-06-02", "still to", "尚未到来"),
        ("number=L90417&known_at=yesterday", "known_at", "yesterday", "12:00 (UTC)", "12:00"),
        ("number=%3F%3F", "number", "??", "holds no number", "没有编号"),
        ("number=" + "9" * 101, "number", "9" * 101, "longer than 100", "超过 100"),
        ("on=2026-05-01", "number", "", "Say whose", "请说明所指"),
    ],
)
def test_what_cannot_be_read_is_told_at_its_field_and_kept(
    front: Front, query: str, name: str, typed: str, en: str, zh: str
) -> None:
    for code, said in (("en", en), ("zh", zh)):
        shown = ask(front, code, query, 400)
        field = shown.one(f"#{name}")
        assert field.attributes["value"] == typed
        assert field.attributes["aria-invalid"] == "true"
        assert field.attributes["aria-describedby"] == f"{name}-what"
        assert said in shown.text(f"#{name}-what")
        assert not shown.tree.css(".verdict")


def test_the_form_keeps_everything_that_was_asked(front: Front) -> None:
    query = (
        "number=L90417&issuer=CNAS&body=Harbour&method=GB+4943.1-2022&object=%E5%85%85"
        "&parameter=p&site=s&on=2026-05-01&known_at=2026-05-31"
    )
    shown = ask(front, "zh", query)
    held = {
        str(node.attributes["name"]): node.attributes.get("value")
        for node in shown.tree.css(".checkform input")
    }
    assert held == {
        "number": "L90417", "issuer": "CNAS", "body": "Harbour", "method": "GB 4943.1-2022",
        "object": "充", "parameter": "p", "site": "s", "on": "2026-05-01",
        "known_at": "2026-05-31",
    }  # fmt: skip
    switch = str(shown.one("a.switch").attributes["href"])
    assert switch.startswith("/en/check?number=L90417&on=2026-05-01")
    assert "known_at=2026-05-31" in switch


def test_an_edition_that_comes_by_itself_is_asked_and_shown(front: Front) -> None:
    query = "number=CNAS+L90417&on=2026-05-01&method=GB+4943.1&edition="
    assert "was valid" in ask(front, "en", query + "2022").text("h1")
    other = ask(front, "en", query + "2011")
    assert "was not in the scope" in other.text("h1")
    assert other.one("#edition").attributes["value"] == "2011"
    assert "GB 4943.1 2011" in other.text(".verdict")


def test_a_day_is_read_year_first_in_any_usual_spelling() -> None:
    for text in ("2026-05-01", "2026/5/1", "2026.05.01", "2026年5月1日"):
        typed = read_form(EN, {"number": "L1", "on": text}, NOW)
        assert typed.asked is not None, text
        assert typed.asked.on == date(2026, 5, 1)
    for text in ("26-05-01", "2026-13-01", "0001-01-01", "2026-05-01x", "20260501"):
        assert "on" in read_form(ZH, {"number": "L1", "on": text}, NOW).faults, text


def test_a_time_without_offset_is_utc_and_a_day_alone_its_end() -> None:
    for text, known_at in (
        ("2026-05-31 14:00", datetime(2026, 5, 31, 14, tzinfo=UTC)),
        ("2026-05-31T14:00:00+08:00", datetime(2026, 5, 31, 6, tzinfo=UTC)),
        ("2026-05-31 14:00 UTC", datetime(2026, 5, 31, 14, tzinfo=UTC)),
        ("2026-05-31", datetime(2026, 5, 31, 23, 59, 59, 999999, tzinfo=UTC)),
        ("2026-06-01", NOW),
        ("", NOW),
    ):
        typed = read_form(EN, {"number": "L1", "known_at": text}, NOW)
        assert not typed.faults, text
        assert typed.known_at == known_at, text
    for text in ("2026-05-31 25:00", "2026-05-31T14:00:00+99:00", "2026-06-01 12:01"):
        assert "known_at" in read_form(EN, {"number": "L1", "known_at": text}, NOW).faults, text


def test_a_picture_keeps_what_turns_near_the_day_and_leaves_the_rest_to_the_table() -> None:
    def span(start: date, end: date | None, verdict: Verdict, standing: str) -> Span:
        return Span(start=start, end=end, verdict=verdict, standing=standing, partial=False)

    stood = span(date(2010, 1, 1), date(2026, 5, 20), Verdict.VALID, "stands")
    broke = span(date(2026, 5, 20), None, Verdict.SUSPENDED, "suspended")
    layer = Layer(start=at("2026-05-30"), end=None, spans=(stood, broke))
    drawn = picture(Knowledge(layers=(layer,), earlier=3), date(2026, 5, 25), NOW)
    assert drawn is not None
    assert drawn.first.year == 2026
    assert (drawn.last - drawn.first).days >= 150
    (row,) = drawn.rows
    assert row.day == broke
    assert not row.that_day
    assert drawn.earlier == 3
    assert {one.style for one in row.stretches} >= {"stands", "suspended"}
    assert 0 < float(drawn.asked.x.rstrip("%")) < float(drawn.known.x.rstrip("%")) < 100
    assert picture(Knowledge(), date(2026, 5, 25), NOW) is None


@pytest.mark.parametrize(("code", "said"), [("en", "Check a day"), ("zh", "核查某一天")])
def test_a_body_and_an_accreditation_lead_here(front: Front, code: str, said: str) -> None:
    card = ask(front, code, "number=CNAS+L90417").one(".verdict")
    body, accreditation = (str(a.attributes["href"]) for a in card.css("dl a"))
    table = Shown(front.client.get(body)).one("table.acc")
    assert said in table.text()
    number = accreditation.rsplit("/", 1)[1]
    assert f"/{code}/check?accreditation={number}" in (table.html or "")
    links = Shown(front.client.get(accreditation)).links()
    (address,) = [one for one in links if "/check?" in one]
    assert "L90417" in Shown(front.client.get(address)).text("h1")
