"""Laws of the planner that hold for any routes and any evidence."""

import random
from datetime import date
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from services.routes.evidence import Evidence, Stood
from services.routes.known import Designated, Known, RouteKnown, SignatoryKnown
from services.routes.plan import Plan, plan
from services.terms import Requirement, Sureness, Verdict

ON = date(2026, 6, 1)
MARKETS = ("AR", "EU", "SA", "US", "ZA")
STANDARDS = ("IEC 60335-1:2020", "IEC 60335-1:2010", "EN IEC 60335-1:2020", "EN 71-1:2014", "")
NOTES = ("", "Report no older than 12 months.", "Report-age limit.", "CB report is no acceptance.")
EITHER = st.booleans()
kinds = st.sampled_from(Requirement)
days = st.none() | st.dates(date(2023, 1, 1), date(2026, 12, 31))

alternatives = st.lists(
    st.lists(kinds, min_size=1, max_size=3, unique=True).map(tuple), min_size=1, max_size=3
).map(tuple)


def routes(sourced: Any = EITHER) -> st.SearchStrategy[tuple[RouteKnown, ...]]:
    one = st.builds(
        RouteKnown,
        ref=st.just("1:market_route:1"),
        market=st.sampled_from(MARKETS),
        product=st.sampled_from(("electrical_safety", "toys")),
        scheme=st.sampled_from(("A", "B")),
        alternatives=alternatives,
        note=st.sampled_from(NOTES),
        sureness=st.sampled_from(Sureness),
        sourced=sourced,
    )
    return st.lists(one, max_size=6).map(tuple)


papers = st.lists(
    st.builds(
        Evidence,
        ref=st.integers(0, 10**6).map(str),
        kind=kinds,
        authority=st.just(""),
        standard=st.sampled_from(STANDARDS),
        edition=st.just(""),
        issued=days,
        tested=days,
        issuer=st.sampled_from(("CNAS", "")),
        number=st.just(""),
        body=st.just(""),
        country=st.sampled_from(("", "CN", "ZA", "DE")),
        product=st.sampled_from(("", "toys")),
        stood=st.lists(
            st.builds(
                Stood,
                about=st.sampled_from(("issued", "tested")),
                on=st.just(date(2025, 1, 1)),
                verdict=st.sampled_from(Verdict),
                named=st.just("CNAS L90417"),
            ),
            max_size=2,
        ).map(tuple),
    ),
    max_size=6,
    unique_by=lambda one: one.ref,
)
asked = st.sampled_from(("IEC 60335-1:2020", "IEC 60335-1", ""))
designated = st.lists(
    st.builds(
        Designated,
        market=st.sampled_from(MARKETS),
        product=st.just(""),
        requirement=kinds,
        issuer=st.just("CNAS"),
        sourced=st.booleans(),
        source=st.just("a list"),
    ),
    max_size=4,
).map(tuple)
signatories = st.lists(
    st.builds(
        SignatoryKnown,
        issuer=st.just("CNAS"),
        arrangement=st.just("ILAC MRA"),
        start=st.none() | st.dates(date(2023, 1, 1), date(2026, 1, 1)),
    ),
    max_size=2,
).map(tuple)


def knowns(sourced: Any = EITHER) -> st.SearchStrategy[Known]:
    return st.builds(Known, routes=routes(sourced), designated=designated, signatories=signatories)


def planned(known: Known, held: list[Evidence], standard: str) -> Plan:
    return plan("electrical_safety", MARKETS, held, known, on=ON, standard=standard)


@settings(max_examples=120, deadline=None)
@given(knowns(st.just(False)), papers, asked)
def test_a_row_from_memory_never_yields_a_test_avoided(
    known: Known, held: list[Evidence], standard: str
) -> None:
    found = planned(known, held, standard)
    assert found.repeat_tests_avoided == 0
    assert all(one.markets == () for one in found.tests)
    assert all(not lane.reusable and not lane.supports for lane in found.lanes)


@settings(max_examples=120, deadline=None)
@given(knowns(), papers, asked, st.randoms(use_true_random=False))
def test_the_order_of_evidence_markets_and_rows_does_not_matter(
    known: Known, held: list[Evidence], standard: str, chance: random.Random
) -> None:
    markets = chance.sample(MARKETS, len(MARKETS))
    said = replace(
        known,
        designated=tuple(chance.sample(known.designated, len(known.designated))),
        signatories=tuple(chance.sample(known.signatories, len(known.signatories))),
    )
    other = plan(
        "electrical_safety", markets, chance.sample(held, len(held)), said, on=ON,
        standard=standard,
    )  # fmt: skip
    assert other == planned(known, held, standard)


@settings(max_examples=120, deadline=None)
@given(knowns(), papers.filter(bool), asked, st.integers(0, 5))
def test_taking_evidence_away_never_saves_a_test(
    known: Known, held: list[Evidence], standard: str, which: int
) -> None:
    more = planned(known, held, standard)
    gone = which % len(held)
    less = planned(known, held[:gone] + held[gone + 1 :], standard)
    assert less.repeat_tests_avoided <= more.repeat_tests_avoided
    hoped = less.repeat_tests_avoided + less.repeat_tests_perhaps
    assert hoped <= more.repeat_tests_avoided + more.repeat_tests_perhaps


@settings(max_examples=80, deadline=None)
@given(knowns(), papers, asked, kinds)
def test_a_paper_of_another_product_or_of_a_later_day_changes_no_step(
    known: Known, held: list[Evidence], standard: str, kind: Requirement
) -> None:
    before = planned(known, held, standard)
    strange = Evidence(ref="strange", kind=kind, standard=standard, product="machinery")
    ahead = Evidence(ref="ahead", kind=kind, standard=standard, issued=date(2026, 6, 2))
    for paper in (strange, ahead):
        after = planned(known, [*held, paper], standard)
        assert after.tests == before.tests
        for old, new in zip(before.lanes, after.lanes, strict=True):
            assert (new.reusable, new.supports, new.perhaps) == (
                old.reusable, old.supports, old.perhaps,
            )  # fmt: skip
            steps = [[n.state for a in r.alternatives for n in a.needs] for r in old.routes]
            assert steps == [[n.state for a in r.alternatives for n in a.needs] for r in new.routes]
            assert [one.best for one in old.routes] == [one.best for one in new.routes]
            assert new.known == (paper.ref in {use.evidence for use in new.cannot_reuse})


@settings(max_examples=80, deadline=None)
@given(knowns(), papers, asked)
def test_each_paper_stands_in_one_list_of_a_market_with_its_reasons(
    known: Known, held: list[Evidence], standard: str
) -> None:
    for lane in planned(known, held, standard).lanes:
        uses = [*lane.reusable, *lane.supports, *lane.perhaps, *lane.cannot_reuse]
        assert all(use.reasons and use.reasons[0].text for use in uses)
        expected = sorted(one.ref for one in held) if lane.known else []
        assert sorted(use.evidence for use in uses) == expected
