"""The made notices: index and papers, the made register's own events, and what becomes of them."""

import json
import pickle
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from deploy.made_papers.site import NOTICES, TITLES, answer
from services.errors import Unreadable
from services.kit import Draft, Page, Reading
from services.parsers.bilingual import written_day
from services.sources.made_notices import SOURCE, notices_of
from services.terms import EventKind, LeavingMeans, Listed
from tests.sources.made_papers import build
from tests.sources.pdf.paper import document, prose

BASE = "http://made-register.example"


def served(path: str) -> Page:
    found = answer(path, {})
    assert found is not None
    return Page(url=BASE + path, body=found.body, name=path.rsplit("/", 1)[-1] or "index.html")


def paper(*paragraphs: str, name: str = "1.pdf") -> Page:
    return Page(url=f"{BASE}/{name}", body=document([prose(p) for p in paragraphs]), name=name)


def read(*pages: Page) -> Reading:
    return SOURCE.parse(list(pages), "notices")


@pytest.fixture(scope="module")
def sample() -> Reading:
    return read(served(NOTICES), *(served(NOTICES + name) for name in TITLES))


def one(reading: Reading, key: str) -> Draft:
    (found,) = [draft for draft in reading.drafts if draft.key == key]
    return found


def test_the_committed_papers_are_as_the_script_makes_them() -> None:
    folder = files("deploy.made_papers") / "data"
    made = build.papers()
    assert {name.removeprefix("notice-") for name in build.notices()} == set(TITLES)
    for name, body in made.items():
        assert (folder / name).read_bytes() == body, (
            "run: python -m tests.sources.made_papers.build"
        )


def test_the_index_leads_to_every_paper_and_says_that_it_is_made_up() -> None:
    index = served(NOTICES)
    assert [request.url for request in notices_of(index)] == [f"{BASE}{NOTICES}{n}" for n in TITLES]
    assert "虚构数据" in index.body.decode()
    assert answer(NOTICES + "../data/designations.pdf", {}) is None
    elsewhere = (
        b'<a href="https://other.example/x.pdf">x</a><a href="a.pdf#p2">a</a><a href="b.pdf">b</a>'
    )
    assert [r.url for r in notices_of(Page(url=f"{BASE}/n/", body=elsewhere))] == [
        f"{BASE}/n/b.pdf"
    ]


def test_all_papers_are_understood(sample: Reading) -> None:
    assert sample.problems == ()
    assert sample.leftovers == ()
    assert len(sample.drafts) == 15
    assert sample.listed_on == date(2026, 8, 21)


def test_every_event_is_the_made_register_s_own(sample: Reading) -> None:
    path = files("deploy.made_register") / "data" / "register.json"
    register: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    known = {
        (f"{c['issuer']} {c['number']}", written_day(n["effective"], "day")): (n, body)
        for body in register["organisations"]
        for c in body["certificates"]
        for n in c["notices"]
    }
    count = 0
    for draft in sample.drafts:
        for event in draft.events:
            told, body = known[draft.key.replace("C915P", "C915-P"), event.on]
            count += 1
            last = written_day(told.get("last_day", ""), "day")
            assert (event.until is None) == (last is None)
            assert list(event.lines) == told.get("lines", [])
            assert list(event.sites) == told.get("locations", [])
            assert {name.text for name in draft.names} <= {name["text"] for name in body["names"]}
    assert count == 15


def test_a_notice_says_what_is_so_on_its_day_only(sample: Reading) -> None:
    draft = one(sample, "CNAS L90165")
    (acc,) = draft.accreditations
    assert (acc.issuer, acc.number, acc.listed) == ("CNAS", "L90165", Listed.WITHDRAWN)
    assert (acc.valid_from, acc.valid_to) == (date(2026, 1, 23), date(2026, 1, 24))
    (event,) = draft.events
    assert (event.kind, event.on, event.decided, event.published) == (
        EventKind.WITHDRAWN,
        date(2026, 1, 26),
        date(2026, 1, 19),
        date(2026, 1, 23),
    )
    assert draft.where == "2026-01-23.pdf, page 1"
    assert SOURCE.leaving_means is LeavingMeans.NOTHING


def test_a_reinstatement_ends_the_suspension_of_an_earlier_notice() -> None:
    reading = read(
        paper("The accreditation of Made Ltd (No. 9901) is suspended from 1 March 2030."),
        paper("The accreditation of Made Ltd (No. 9901) is reinstated with effect from 5 May 2030.",
              name="2.pdf"),
    )  # fmt: skip
    (draft,) = reading.drafts
    (event,) = draft.events
    assert (event.on, event.until) == (date(2030, 3, 1), date(2030, 5, 5))
    assert draft.accreditations[0].listed is Listed.ACTIVE
    alone = read(paper("The accreditation of Made Ltd (No. 9901) is reinstated from 5 May 2030."))
    assert not alone.drafts[0].events
    assert "no notice here tells" in alone.leftovers[0].what


def test_a_part_in_words_is_a_line_until_it_was_withdrawn() -> None:
    (draft,) = read(
        paper("The accreditation of Made Ltd (No. 9901) has been withdrawn in respect of lead in"
              " paint, with effect from 3 March 2030.")
    ).drafts  # fmt: skip
    (line,) = draft.lines
    (event,) = draft.events
    assert (line.object, line.valid_to) == ("lead in paint", date(2030, 3, 3))
    assert event.lines == (line.key,)
    assert draft.accreditations[0].listed is Listed.ACTIVE


def test_a_status_without_a_day_stands_as_listed_and_makes_no_event() -> None:
    (draft,) = read(
        paper(
            "The accreditation of Made Ltd (No. 9901) has been withdrawn.", "London, 3 March 2030"
        )
    ).drafts
    (acc,) = draft.accreditations
    assert not draft.events
    assert (acc.listed, acc.valid_from, acc.valid_to) == (Listed.WITHDRAWN, date(2030, 3, 3), None)


def test_a_paper_that_is_missing_refuses_all() -> None:
    index = served(NOTICES)
    first = served(NOTICES + next(iter(TITLES)))
    with pytest.raises(Unreadable, match="names 6 notices and 1 PDF"):
        read(index, first)
    with pytest.raises(Unreadable, match="0 PDF"):
        read(Page(url=BASE, body=b"<html>maintenance</html>"))


def test_what_reads_can_be_sent_to_another_process() -> None:
    for call in (SOURCE.parse, SOURCE.lists[0].details):
        assert pickle.loads(pickle.dumps(call)) is call
