"""The Slovak trusted list: made lists, the published one where it is held, and the road."""

import os
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from lxml import etree

from services.errors import NotFound, Unreadable
from services.find.body import body
from services.find.changes import changes
from services.find.resolve import resolve
from services.find.search import Query, search
from services.find.sources import source, status
from services.kit import Draft, Page, Reading
from services.settings import SourceSettings
from services.sources.sk_trusted_list import SOURCE, slovak_day
from services.sync.run import Given, carry_out
from services.terms import EventKind, Listed, NameKind, RunState
from tests.services.sync.conftest import Traveller, engine, traveller  # noqa: F401
from tests.sources.sk_trusted_list.build import FILE, PROVIDERS, STATUS, Provider, Service, document


def read(page: str | bytes) -> Reading:
    given = page.encode() if isinstance(page, str) else page
    return SOURCE.parse([Page(url="https://tl.example/tl.xml", body=given)], "services")


def with_service(service: Service) -> Reading:
    return read(document([replace(PROVIDERS[0], services=[service])]))


@pytest.fixture(scope="module")
def sample() -> Reading:
    return read(FILE.read_bytes())


def one(reading: Reading, key: str) -> Draft:
    (found,) = [draft for draft in reading.drafts if draft.key == key]
    return found


def periods(draft: Draft) -> list[tuple[str, date | None, date | None]]:
    return [(str(a.listed), a.valid_from, a.valid_to) for a in draft.accreditations]


def test_the_sample_is_as_the_script_makes_it() -> None:
    assert FILE.read_text(encoding="utf-8") == document()


def test_the_list_says_when_it_was_issued_and_when_the_next_is_due(sample: Reading) -> None:
    assert sample.listed_on == date(2031, 1, 20)
    assert sample.next_update == date(2031, 7, 19)  # 22:30 UTC is the next day in Slovakia
    assert not sample.problems
    assert len(sample.drafts) == 7


def test_a_history_becomes_half_open_periods_and_a_dated_event(sample: Reading) -> None:
    draft = one(sample, "TLISK-901")
    assert periods(draft) == [
        ("active", date(2007, 7, 26), date(2016, 7, 1)),
        ("active", date(2016, 7, 1), date(2031, 1, 1)),
        ("withdrawn", date(2031, 1, 1), None),
    ]
    assert {a.granted for a in draft.accreditations} == {date(2007, 7, 26)}
    (event,) = draft.events
    assert (event.kind, event.on, event.until) == (EventKind.WITHDRAWN, date(2031, 1, 1), None)
    assert event.raw == f"{STATUS}withdrawn since 2030-12-31T23:00:00Z"
    assert [a.raw.partition(" ")[0] for a in draft.accreditations] == [
        f"{STATUS}{word}" for word in ("accredited", "granted", "withdrawn")
    ]


def test_a_history_in_any_order_and_a_status_given_back(sample: Reading) -> None:
    draft = one(sample, "TLISK-902")
    assert periods(draft) == [
        ("active", date(2010, 1, 1), date(2016, 7, 1)),
        ("active", date(2016, 7, 1), date(2027, 2, 3)),
        ("withdrawn", date(2027, 2, 3), date(2029, 5, 2)),
        ("active", date(2029, 5, 2), None),
    ]
    (event,) = draft.events
    assert (event.on, event.until) == (date(2027, 2, 3), date(2029, 5, 2))


def test_a_status_replaced_within_its_day_stands_under_no_day(sample: Reading) -> None:
    assert periods(one(sample, "TLISK-904")) == [
        ("active", date(2009, 1, 1), date(2016, 7, 1)),
        ("active", date(2016, 7, 1), None),
    ]
    left = {leftover.what: leftover for leftover in sample.leftovers}
    assert "22:00:00Z" in left["status that lasted less than a day"].example
    assert left["personal data dropped"].count == 4
    assert left["signature, not verified"].count == 1


def test_names_come_in_their_languages_and_registration_numbers_as_identifiers(
    sample: Reading,
) -> None:
    draft = one(sample, "TLISK-903")
    assert [(name.key, name.lang, name.text) for name in draft.names] == [
        ("en.1", "en", "Made Seals Ltd"),
        ("sk.1", "sk", "Vymyslené pečate s.r.o."),
        ("sk.2", "sk", "Vymyslene pecate"),
        ("trade.1", "en", "Made Seals"),
    ]
    assert draft.names[3].kind is NameKind.TRADING
    assert [(one.namespace, one.value) for one in draft.identifiers] == [("VATSK", "2999999990")]
    assert draft.profile is not None
    assert (draft.profile.country, draft.profile.city) == ("SK", "Kosice")
    assert draft.profile.website == "https://made.example/en"
    (acc,) = draft.accreditations
    assert (acc.issuer, acc.number, acc.field) == (
        "SK-TL",
        "TLISK-903",
        "(903) TSA Made (TSA/QTST)",
    )
    assert acc.body_kind is None


def test_services_without_a_number_are_told_apart_by_their_digital_identity(
    sample: Reading,
) -> None:
    keys = [draft.key for draft in sample.drafts if draft.label.startswith("TSA Invented")]
    assert len(set(keys)) == 2


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2016-06-30T22:00:00", date(2016, 7, 1)),
        ("2020-03-29T00:59:59", date(2020, 3, 29)),
        ("2020-10-24T22:00:00", date(2020, 10, 25)),
        ("2020-10-25T22:30:00", date(2020, 10, 25)),  # winter again: 23:30
        ("2020-12-31T22:59:59", date(2020, 12, 31)),
        ("2020-12-31T23:00:00", date(2021, 1, 1)),
    ],
)
def test_times_of_the_list_are_days_of_slovakia(at: str, day: date) -> None:
    assert slovak_day(datetime.fromisoformat(at).replace(tzinfo=UTC)) == day


@pytest.mark.parametrize(
    ("word", "listed", "kind"),
    [
        ("deprecatedatnationallevel", Listed.WITHDRAWN, EventKind.WITHDRAWN),
        ("supervisionceased", Listed.SURRENDERED, EventKind.SURRENDERED),
        ("accreditationrevoked", Listed.WITHDRAWN, EventKind.REVOKED),
        ("http://uri.etsi.org/TrstSvc/eSigDir-1999-93-EC-TrustedList/Svcstatus/supervisionrevoked",
         Listed.WITHDRAWN, EventKind.REVOKED),
        ("http://uri.etsi.org/TrstSvc/Svcstatus/suspended", Listed.SUSPENDED, EventKind.SUSPENDED),
    ],
)  # fmt: skip
def test_older_and_adverse_statuses_are_known(word: str, listed: Listed, kind: EventKind) -> None:
    reading = with_service(
        Service(
            "N-1", "CA", [(word, "2012-01-01T00:00:00Z"), ("accredited", "2010-01-01T00:00:00Z")]
        )
    )
    (draft,) = reading.drafts
    assert draft.accreditations[-1].listed is listed
    assert [event.kind for event in draft.events] == [kind]


@pytest.mark.parametrize(
    ("spells", "why"),
    [
        ([("paused", "2012-01-01T00:00:00Z")], "status 'http.*/paused' is not known"),
        ([("https://evil.example/Svcstatus/granted", "2012-01-01T00:00:00Z")], "is not known"),
        ([("granted", "2012-02-30T00:00:00Z")], "is no date and time"),
        (
            [("granted", "2012-01-01T00:00:00Z"), ("withdrawn", "2013-01-01T00:00:00Z")],
            "later than",
        ),
    ],
)
def test_a_service_that_cannot_be_read_is_a_problem_and_keeps_what_was_held(
    spells: list[tuple[str, str]], why: str
) -> None:
    reading = with_service(Service("N-1", "CA", spells))
    assert not reading.drafts
    assert reading.unread == ("N-1",)
    (problem,) = reading.problems
    assert re.search(why, problem)
    assert "provider 1, service 1 (Made Seals Ltd)" in problem


@pytest.mark.parametrize("page", ["<TrustServiceStatusList/>", "<html><p>x</p></html>"])
def test_another_document_is_refused(page: str) -> None:
    with pytest.raises(Unreadable, match="no trusted list"):
        read(page)


def test_a_list_cut_off_is_refused() -> None:
    whole = FILE.read_bytes()
    with pytest.raises(Unreadable, match="no whole XML document"):
        read(whole[: len(whole) * 2 // 3])


def test_it_is_disabled_and_not_about_testing_bodies() -> None:
    assert not SOURCE.enabled
    assert not SOURCE.about_testing_bodies


# --- over the road: never among testing bodies ----------------------------------------------------

WITH_SUSPENSION = Provider(
    (("en", "Heron Testing Pte Ltd"),),  # the very name and number of a testing body
    ("VATSK-2999999991",),
    [Service("T-1", "TSA", [("http://uri.etsi.org/TrstSvc/Svcstatus/suspended",
                             "2026-02-01T00:00:00Z"), ("granted", "2020-01-01T00:00:00Z")])],
)  # fmt: skip


def test_somebody_enables_it_and_it_is_still_never_shown_among_testing_bodies(
    traveller: Traveller,  # noqa: F811
) -> None:
    traveller.settings.sources[SOURCE.key] = SourceSettings(enabled=True)
    traveller.enrol(replace(SOURCE, expect=replace(SOURCE.expect, min_rows=1)))
    heron = {"key": "1", "name": "Heron Testing Pte Ltd", "number": "T-1", "country": "SK"}
    traveller.play(heron | {"identifiers": {"VATSK": "2999999991"}})
    run_id = traveller.ask(SOURCE.key, "services")
    page = Page(url="https://tl.example/", body=document([*PROVIDERS, WITH_SUSPENSION]).encode())
    given = Given((page,), traveller.clock.on(hours=1))
    assert carry_out(traveller.road, run_id, given) is RunState.PUBLISHED
    traveller.play(heron | {"country": "SG", "key": "2", "name": "Made Seals Ltd", "number": "T-2"},
                   heron | {"identifiers": {"VATSK": "2999999991"}})  # fmt: skip
    now = traveller.clock.on(hours=1)
    with traveller.engine.connect() as conn:
        found, meta = search(conn, Query(), now=now, today=now.date())
        assert {card.names[0].text for card in found.cards} == {
            "Heron Testing Pte Ltd",
            "Made Seals Ltd",
        }
        assert meta.total == 2
        facets = {facet.value for some in found.facets.values() for facet in some}
        assert not facets & {SOURCE.key, "SK-TL", "permission"}
        stamps, _ = search(conn, Query(q="Invented Stamps"), now=now, today=now.date())
        assert not stamps.cards
        for card in found.cards:
            view, _ = body(conn, card.id, on=now.date(), known_at=now)
            assert {one.key for one in view.sources} == {"toy"}
            assert {acc.issuer for acc in view.accreditations} == {"TAB"}
        assert not resolve(conn, "TLISK-901", on=now.date(), known_at=now)[0].registered
        assert not resolve(conn, "2999999990", on=now.date(), known_at=now)[0].bodies
        house, _ = status(conn, now)
        assert (house.bodies, house.accreditations, house.newest_suspensions) == (2, 2, ())
        shown, _ = changes(conn, limit=1000)
        assert {row.source for row in shown} == {"toy"}
        asked, _ = changes(conn, limit=1000, source=SOURCE.key)
        assert asked
        assert all(row.body is None for row in asked)
        own, _ = source(conn, SOURCE.key, now)
        assert (own.records, own.bodies) == (8, 0)
        for number in range(3, 12):
            with pytest.raises(NotFound):
                body(conn, f"b{number}", on=now.date(), known_at=now)
    listed = traveller.rows(
        "select s.listed, lower(s.valid) since from accreditation_statement s"
        " where s.number = 'TLISK-901' and upper_inf(s.known) order by 2"
    )
    assert [(row.listed, row.since) for row in listed] == [
        ("active", date(2007, 7, 26)),
        ("active", date(2016, 7, 1)),
        ("withdrawn", date(2031, 1, 1)),
    ]


# --- the published list ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def published() -> bytes:
    folder = os.environ.get("LABDIR_PUBLISHED_FILES")
    if not folder:
        pytest.skip("LABDIR_PUBLISHED_FILES is not set: the published files are not at hand")
    return next((Path(folder) / "sk_trusted_list").glob("*.xml")).read_bytes()


def test_the_published_list_is_read_whole(published: bytes) -> None:
    """Counted here anew, by names of elements in the tree and nothing of the reader."""
    reading = read(published)
    tree = etree.fromstring(published)
    tags = Counter(str(e.tag).rpartition("}")[2] for e in tree.iter())
    assert not reading.problems
    assert len(reading.drafts) == tags["TSPService"] == 116
    assert tags["ServiceHistoryInstance"] == 65
    held = sum(len(draft.accreditations) for draft in reading.drafts)
    left = {leftover.what: leftover.count for leftover in reading.leftovers}
    assert held + left["status that lasted less than a day"] == 116 + 65
    assert left["status that lasted less than a day"] == 18
    providers = {tuple(name.text for name in draft.names) for draft in reading.drafts}
    assert len(providers) == tags["TrustServiceProvider"] == 6
    assert (reading.listed_on, reading.next_update) == (date(2019, 8, 23), date(2020, 2, 19))
    now = Counter(draft.accreditations[-1].listed for draft in reading.drafts)
    assert now == {Listed.ACTIVE: 113, Listed.WITHDRAWN: 3}
    events = [event for draft in reading.drafts for event in draft.events]
    assert {(e.kind, e.on, e.until) for e in events} == {
        (EventKind.WITHDRAWN, date(2018, 1, 1), None)
    }
    assert len(events) == 3


def test_nothing_personal_of_the_published_list_is_kept(published: bytes) -> None:
    said = repr(read(published).drafts)
    assert "@" not in said
    assert "tel:" not in said
