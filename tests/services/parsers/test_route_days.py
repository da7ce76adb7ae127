"""Dates in a route's text are found with what happens then; years in names of laws are none."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.parsers.route_days import find_days
from services.terms import RouteDayKind

K = RouteDayKind


def told(text: str) -> list[tuple[RouteDayKind, str, str]]:
    return [(one.kind, one.on.isoformat() if one.on else "", one.precision)
            for one in find_days(text)]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind", "on", "precision"),
    [
        ("Regulation (EU) 2031/77 applies 20 Jan 2033", K.APPLIES, "2033-01-20", "day"),
        ("Order 5/2029 enters into force on 3 March 2031", K.APPLIES, "2031-03-03", "day"),
        ("Lamps Act 2019 (labels, applied 29 Apr 2030)", K.APPLIES, "2030-04-29", "day"),
        ("electronic filing from Jul 2032", K.APPLIES, "2032-07-01", "month"),
        ("mark required since 2031", K.APPLIES, "2031-01-01", "year"),
        ("Mandatory as of 2031-09-15.", K.APPLIES, "2031-09-15", "day"),
        ("Mandatory from September 15, 2031", K.APPLIES, "2031-09-15", "day"),
        ("duties postponed to Aug 2033", K.APPLIES, "2033-08-01", "month"),
        ("Directive 2011/99/EC until 31 Jul 2030", K.UNTIL, "2030-07-31", "day"),
        ("old marks accepted to 2034 by class", K.UNTIL, "2034-01-01", "year"),
        ("two orders withdrawn Nov 2031", K.UNTIL, "2031-11-01", "month"),
        ("foreign reports no longer accepted from 1 May 2032", K.UNTIL, "2032-05-01", "day"),
        ("a notified body is proposed from 1 Jan 2034", K.PROPOSED, "2034-01-01", "day"),
        ("Second NPRM (May 2032)", K.PROPOSED, "2032-05-01", "month"),
        ("Decree 7/2021 (2033 replacement under debate)", K.PROPOSED, "2033-01-01", "year"),
        ("LAB-4 amended Feb 2031", K.ISSUED, "2031-02-01", "month"),
        ("Lamps Order; S.O. 812(E) 13 Nov 2031", K.ISSUED, "2031-11-13", "day"),
        ("example.org 2031-12-18", K.MENTIONED, "2031-12-18", "day"),
        ("example.org 2031-05", K.MENTIONED, "2031-05-01", "month"),
        ("2033: priority for domestic laboratories", K.MENTIONED, "2033-01-01", "year"),
    ],
)
def test_a_date_is_read_with_what_happens_then(
    text: str, kind: RouteDayKind, on: str, precision: str
) -> None:
    assert told(text) == [(kind, on, precision)]


@pytest.mark.parametrize(
    "text",
    [
        "Directive 2014/35/EU; Reg (EU) 2019/1020; GPSR 2023/988",
        "Consumer Products Act 2016; Regs 2018; CRO 2012/2021",
        "Law 20/2014; PP 34/2018",
        "47 CFR 2.906-2.909, Part 15B",
        "QCVN 4:2009 and RDC 751/2022",
        "FR 2025-14970; 16 CFR 1107, 1112",
        "Portaria 302/2021 as above",
        "ISO 8124 and EN 71 reports accepted",
        "the maker may be heard",
    ],
)
def test_years_in_the_names_of_laws_and_standards_are_no_dates(text: str) -> None:
    assert told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Start date now 'as may be notified'",
        "Effective date yet to be notified",
        "fee and date to be announced",
    ],
)
def test_a_day_that_is_yet_to_be_notified_is_a_fact_without_a_day(text: str) -> None:
    assert told(text) == [(K.APPLIES, "", "day")]


def test_an_earlier_day_that_no_longer_holds_is_only_mentioned() -> None:
    assert told("Start date now 'as may be notified' (was 1 Sep 2032).") == [
        (K.APPLIES, "", "day"),
        (K.MENTIONED, "2032-09-01", "day"),
    ]
    assert told("postponed from 1 Jan 2031 to 1 Jan 2033") == [
        (K.MENTIONED, "2031-01-01", "day"),
        (K.APPLIES, "2033-01-01", "day"),
    ]


def test_each_date_of_a_sentence_has_the_word_before_it() -> None:
    text = "Directive 2009/1/EC until 31 Jul 2030; Regulation 2025/9 applies from 1 Aug 2030"
    assert told(text) == [(K.UNTIL, "2030-07-31", "day"), (K.APPLIES, "2030-08-01", "day")]
    assert told("accepted to 2028/2030 by class") == [
        (K.UNTIL, "2028-01-01", "year"),
        (K.UNTIL, "2030-01-01", "year"),
    ]


def test_the_words_are_the_sentence_that_names_the_date() -> None:
    text = "Local tests needed. Mark required from 1 May 2031 (new order). Fees apply."
    (found,) = find_days(text)
    assert found.words == "Mark required from 1 May 2031 (new order)"


def test_a_day_that_no_calendar_has_is_none() -> None:
    assert told("applies 31 Feb 2031") == []


def test_one_date_said_twice_is_one_fact() -> None:
    assert told("applies 1 May 2031; passport applies 1 May 2031") == [
        (K.APPLIES, "2031-05-01", "day")
    ]


_WRITTEN = ("{0.day} {1} {0.year}", "{1} {0.day}, {0.year}", "{0}")


@given(
    st.dates(date(1990, 1, 1), date(2099, 12, 31)),
    st.sampled_from(_WRITTEN),
    st.sampled_from([("applies from {}", K.APPLIES), ("until {}", K.UNTIL),
                     ("proposed {}", K.PROPOSED), ("published {}", K.ISSUED)]),
)  # fmt: skip
def test_every_day_of_the_calendar_is_read_in_every_way_of_writing(
    day: date, written: str, said: tuple[str, RouteDayKind]
) -> None:
    words, kind = said
    text = words.format(written.format(day, day.strftime("%B")))
    assert [(one.kind, one.on, one.precision) for one in find_days(text)] == [(kind, day, "day")]


@given(st.text(max_size=200))
def test_any_text_is_read_without_a_fault(text: str) -> None:
    for found in find_days(text):
        assert found.precision in ("day", "month", "year")
