"""Test once: what evidence in hand is good for, market by market, and what is left to be done."""

from datetime import date
from typing import Any

import pytest

from services.routes.because import Because
from services.routes.evidence import Evidence, Stood, kind_of, nearest_kinds
from services.routes.grammar import parse
from services.routes.known import DayKnown, Designated, Known, RouteKnown, SignatoryKnown
from services.routes.match import months_later
from services.routes.plan import Lane, NeedState, Party, Plan, plan
from services.terms import Requirement, RouteDayKind, Sureness, Verdict

R = Requirement
ON = date(2026, 6, 1)
FRIDGE = "IEC 60335-2-24:2020"


def route(market: str, recognition: str, **more: Any) -> RouteKnown:
    said: dict[str, Any] = {
        "ref": f"1:market_route:{market}", "product": "electrical_safety", "scheme": "A scheme",
        "sureness": Sureness.HIGH, "sourced": True, "source": "a publication",
    }  # fmt: skip
    return RouteKnown(market=market, alternatives=parse(recognition), **(said | more))


def cb(**more: Any) -> Evidence:
    said: dict[str, Any] = {"ref": "cb", "standard": FRIDGE, "issued": date(2025, 3, 1)}
    return Evidence(kind=R.IECEE_CB, **(said | more))


def report(**more: Any) -> Evidence:
    said: dict[str, Any] = {
        "ref": "report", "standard": FRIDGE, "issued": date(2025, 3, 1),
        "issuer": "CNAS", "number": "L90417", "stood": (stood(),),
    }  # fmt: skip
    return Evidence(kind=R.ILAC_17025_REPORT, **(said | more))


def stood(verdict: Verdict = Verdict.VALID, about: str = "issued") -> Stood:
    return Stood(about=about, on=date(2025, 3, 1), verdict=verdict, named="CNAS L90417")


def signatory(**more: Any) -> SignatoryKnown:
    return SignatoryKnown(issuer="CNAS", arrangement="ILAC MRA", source="a list", **more)


def planned(
    routes: list[RouteKnown], papers: list[Evidence], standard: str = FRIDGE, **known: Any
) -> Plan:
    markets = [one.market for one in routes]
    held = Known(routes=tuple(routes), **known)
    return plan("electrical_safety", markets, papers, held, on=ON, standard=standard)


def lane(one: RouteKnown, paper: Evidence, standard: str = FRIDGE, **known: Any) -> Lane:
    (found,) = planned([one], [paper], standard, **known).lanes
    return found


def codes(reasons: tuple[Because, ...]) -> list[str]:
    return [one.code for one in reasons]


def test_a_cb_report_goes_where_the_scheme_is_asked_for_and_the_rest_is_named() -> None:
    saber = route("SA", "iecee_cb+premarket_registration|notified_body+ilac_17025_report")
    found = lane(saber, cb())
    (use,) = found.reusable
    assert codes(use.reasons) == ["KIND_ASKED_FOR", "STANDARD_AS_ASKED"]
    (way,) = found.routes
    assert way.best == 0
    assert way.why.code == "BEST_LIKELIEST"  # the other way rests on a perhaps as well
    in_hand, left = way.alternatives[0].needs
    assert (in_hand.requirement, in_hand.state) == (R.IECEE_CB, NeedState.IN_HAND)
    assert (left.requirement, left.state) == (R.PREMARKET_REGISTRATION, NeedState.TO_DO)
    assert left.held_by is Party.IMPORTER
    assert found.confidence == "high"


def test_a_route_from_memory_makes_nothing_reusable() -> None:
    found = planned(
        [route("SA", "iecee_cb", sourced=False), route("ZA", "iecee_cb", sourced=False)], [cb()]
    )
    for one in found.lanes:
        assert one.reusable == ()
        assert "ROUTE_FROM_MEMORY" in codes(one.perhaps[0].reasons)
        assert one.confidence == "hint"
        assert one.routes[0].hint
    assert found.repeat_tests_avoided == 0
    assert found.repeat_tests_perhaps == 1


def test_a_test_reused_in_three_markets_saves_two_and_a_hint_is_counted_apart() -> None:
    found = planned(
        [route(market, "iecee_cb") for market in ("SA", "ZA", "AR")]
        + [route("PH", "iecee_cb", sourced=False)],
        [cb()],
    )
    assert (found.repeat_tests_avoided, found.repeat_tests_perhaps) == (2, 1)
    (test,) = found.tests
    assert test.standard == "IEC 60335-2-24"
    assert test.markets == ("AR", "SA", "ZA")
    assert test.perhaps_markets == ("PH",)


def test_members_of_a_grouping_share_its_route_and_one_test() -> None:
    union = route("EU", "in_country_lab|iecee_cb")
    known = Known(
        routes=(union,), groupings={"DE": ("EU",), "FR": ("EU",)},
        members={"EU": frozenset({"DE", "FR"})},
    )  # fmt: skip
    there = report(country="DE")
    markets = ["DE", "FR", "EU"]
    found = plan("electrical_safety", markets, [cb(), there], known, on=ON, standard=FRIDGE)
    assert all(one.reusable for one in found.lanes)
    assert found.tests[0].markets == ("EU",)
    assert found.repeat_tests_avoided == 0
    assert codes(found.lanes[1].perhaps[0].reasons)[0] == "DESIGNATION_UNKNOWN"


def test_two_papers_of_one_test_do_not_save_it_twice() -> None:
    routes = [route("SA", "iecee_cb"), route("ZA", "iecee_cb")]
    assert planned(routes, [cb(), cb(ref="again")]).repeat_tests_avoided == 1


@pytest.mark.parametrize(
    ("paper", "code", "state"),
    [
        ({"standard": "IEC 60335-2-24:2010"}, "EDITION_OLDER", "cannot_reuse"),
        ({"standard": "IEC 60335-2-25:2020"}, "OTHER_STANDARD", "cannot_reuse"),
        ({"standard": "IEC 60335-2-24:2024"}, "EDITION_NEWER", "perhaps"),
        ({"standard": "IEC 60335-2-24"}, "EDITION_NOT_SAID", "perhaps"),
        ({"standard": "EN IEC 60335-2-24:2020"}, "STANDARD_ADOPTED", "perhaps"),
        ({"standard": "IEC 60335-2-24:2020+A1:2023"}, "AMENDMENTS_DIFFER", "perhaps"),
        ({"standard": ""}, "STANDARD_NOT_SAID", "perhaps"),
        ({"issued": date(2026, 6, 2)}, "NOT_YET_ISSUED", "cannot_reuse"),
        ({"tested": date(2025, 3, 2)}, "TESTED_AFTER_ISSUE", "cannot_reuse"),
        ({"product": "toys"}, "OTHER_PRODUCT", "cannot_reuse"),
    ],
)
def test_what_speaks_against_a_paper_is_named(paper: dict[str, Any], code: str, state: str) -> None:
    found = lane(route("SA", "iecee_cb"), cb(**paper))
    (use,) = getattr(found, state)
    assert use.reasons[0].code == code
    assert found.reusable == ()
    assert "STANDARD_AS_ASKED" not in codes(use.reasons) or state == "cannot_reuse"


def test_the_edition_may_stand_beside_the_standard() -> None:
    paper = cb(standard="IEC 60335-2-24", edition="2020")
    assert lane(route("SA", "iecee_cb"), paper).reusable


def test_without_a_standard_asked_the_answer_says_that_it_did_not_compare() -> None:
    (use,) = lane(route("SA", "iecee_cb"), cb(), standard="").reusable
    assert "STANDARD_NOT_ASKED" in codes(use.reasons)


def test_an_age_limit_counts_where_the_route_states_its_length() -> None:
    food = "Self-declaration with 17025 test report no older than 12 months."
    one = route("VN", "iecee_cb", note=food)
    assert lane(one, cb(issued=date(2025, 6, 1))).reusable
    late = lane(one, cb(issued=date(2025, 5, 31)))
    assert codes(late.cannot_reuse[0].reasons)[0] == "TOO_OLD"
    assert lane(one, cb(issued=None)).perhaps[0].reasons[0].code == "DAY_NOT_SAID"
    days = {day.what: (day.on, day.when) for day in late.routes[0].days}
    assert days["too_old_from"] == (date(2026, 6, 1), "today")
    unsaid = lane(route("ZA", "iecee_cb", note="LOA 3 y; report-age limit."), cb())
    assert codes(unsaid.perhaps[0].reasons)[0] == "AGE_LIMIT_UNSAID"
    assert unsaid.routes[0].lasting == ("LOA 3 y", "report-age limit.")


def test_a_test_elsewhere_does_not_do_where_it_must_be_done_in_the_country() -> None:
    inside = route("IN", "premarket_registration+in_country_lab", note="CB report not accepted.")
    (use,) = lane(inside, report(country="CN")).cannot_reuse
    assert use.reasons[0].text == "The test must be done in IN; this one was done in CN."
    (use,) = lane(inside, cb()).cannot_reuse
    assert use.reasons[0].code == "NOT_DONE_THERE"
    assert use.said == ("CB report not accepted.",)


def test_an_accreditation_that_did_not_stand_on_its_day_spoils_the_report() -> None:
    one = route("ZA", "ilac_17025_report")
    known: dict[str, Any] = {"signatories": (signatory(),)}
    assert lane(one, report(), **known).reusable
    fell = report(stood=(stood(), stood(Verdict.SUSPENDED, "tested")))
    (use,) = lane(one, fell, **known).cannot_reuse
    assert codes(use.reasons)[0] == "DID_NOT_STAND_WHEN_TESTED"
    assert "SUSPENDED" in use.reasons[0].text
    unknown = report(stood=(stood(Verdict.UNKNOWN_STALE),))
    assert codes(lane(one, unknown, **known).perhaps[0].reasons)[0] == "STANDING_UNKNOWN"
    nameless = report(stood=(), issuer="", number="")
    assert codes(lane(one, nameless).perhaps[0].reasons)[0] == "ACCREDITATION_NOT_NAMED"


def test_a_signatory_counts_on_its_days_and_is_unknown_without_them() -> None:
    one = route("ZA", "ilac_17025_report")
    assert codes(lane(one, report()).perhaps[0].reasons)[0] == "SIGNATORY_UNKNOWN"
    later: dict[str, Any] = {"signatories": (signatory(start=date(2025, 4, 1)),)}
    assert codes(lane(one, report(), **later).cannot_reuse[0].reasons)[0] == "NOT_SIGNATORY"


def test_a_designated_body_counts_where_a_source_says_whose_designation_does() -> None:
    radio = route("US", "regulator_accepted_lab")
    paper = Evidence(
        ref="grant", kind=R.REGULATOR_ACCEPTED_LAB, authority="FCC", standard=FRIDGE,
        issued=date(2025, 3, 1), stood=(stood(),),
    )  # fmt: skip
    need = R.REGULATOR_ACCEPTED_LAB
    says = Designated(
        market="US", product="", requirement=need, issuer="FCC", sourced=True, source="a list"
    )
    assert codes(lane(radio, paper).perhaps[0].reasons)[0] == "DESIGNATION_UNKNOWN"
    assert lane(radio, paper, designated=(says,)).reusable
    other = Designated(
        market="US", product="", requirement=need, issuer="OSHA", sourced=True, source="a list"
    )
    assert codes(lane(radio, paper, designated=(other,)).cannot_reuse[0].reasons) == [
        "NOT_DESIGNATED"
    ]
    remembered = Designated(
        market="US", product="", requirement=need, issuer="FCC", sourced=False, source="memory"
    )
    assert lane(radio, paper, designated=(remembered,)).reusable == ()


def test_evidence_stands_behind_a_declaration_and_does_not_replace_it() -> None:
    found = lane(route("EU", "sdoc", note="17025/CB report is evidence in the file."), cb())
    (use,) = found.supports
    assert use.said == ("17025/CB report is evidence in the file.",)
    (need,) = found.routes[0].alternatives[0].needs
    assert (need.state, need.done_by, need.held_by) == (NeedState.TO_DO, Party.MAKER, Party.MAKER)


def test_what_no_route_asks_for_is_said_with_what_the_note_says_of_it() -> None:
    nrtl = route(
        "US", "regulator_accepted_lab",
        note="Only NRTLs. CB report shortens work but is not acceptance.",
    )  # fmt: skip
    (use,) = lane(nrtl, cb()).cannot_reuse
    assert codes(use.reasons) == ["OTHER_KIND"]
    assert use.said == ("CB report shortens work but is not acceptance.",)


def test_dates_are_past_or_ahead_and_one_without_a_day_is_open() -> None:
    days = (
        DayKnown(kind=RouteDayKind.APPLIES, on=None, words="as may be notified"),
        DayKnown(kind=RouteDayKind.APPLIES, on=date(2027, 1, 20)),
        DayKnown(kind=RouteDayKind.PROPOSED, on=date(2026, 5, 1)),
    )
    found = lane(route("IN", "iecee_cb", days=days), cb()).routes[0].days
    told = [(one.what, one.when, one.certain) for one in found]
    assert told == [
        ("issued", "past", True), ("proposed", "past", False), ("applies", "ahead", True),
        ("applies", "open", False),
    ]  # fmt: skip


def test_a_market_without_a_route_of_the_product_is_unknown_and_judges_nothing() -> None:
    found = plan("toys", ["KE"], [cb()], Known(routes=(route("KE", "iecee_cb"),)), on=ON)
    (one,) = found.lanes
    assert (one.known, one.confidence, one.cannot_reuse) == (False, "", ())


def test_who_must_hold_it_is_quoted_from_the_note() -> None:
    one = route("ID", "iecee_cb", note="Dearer there. Holder must be Indonesian.")
    assert lane(one, cb()).routes[0].holders == ("Holder must be Indonesian.",)


@pytest.mark.parametrize(
    ("word", "kind", "authority"),
    [
        ("iecee_cb", R.IECEE_CB, ""),
        ("CB report", R.IECEE_CB, ""),
        ("ISO/IEC 17025 report", R.ILAC_17025_REPORT, ""),
        ("FCC grant", R.REGULATOR_ACCEPTED_LAB, "FCC"),
        ("GLP study", R.GLP_MAD, ""),
        ("notified-body certificate", R.NOTIFIED_BODY, ""),
    ],
)
def test_papers_are_known_by_the_words_that_people_use(
    word: str, kind: Requirement, authority: str
) -> None:
    assert kind_of(word) == (kind, authority)


def test_an_unknown_word_is_offered_its_neighbours() -> None:
    assert kind_of("cb reprot") is None
    assert nearest_kinds("cb reprot")[0] == "cb report"


def test_months_later_ends_with_the_month() -> None:
    assert months_later(date(2024, 2, 29), 12) == date(2025, 2, 28)
    assert months_later(date(2025, 1, 31), 1) == date(2025, 2, 28)
