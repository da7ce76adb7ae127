"""What a body's results are good for in a market: met, not met or unknown, and why."""

from datetime import date

import pytest

from services.routes.facts import OWNER, DayFact, PlaceFact
from services.routes.met import State, Who
from services.terms import EvidenceLevel, PresenceMode, RouteDayKind, Verdict
from tests.services.routes.cases import (
    ask,
    authority,
    body,
    designates,
    designation,
    listed,
    market,
    only,
    owner,
    place,
    presence,
    route,
    seat,
    signatory,
    stood,
)

REPORT = "ilac_17025_report"


def code(found: object) -> str:
    return found.reason.code  # type: ignore[attr-defined, no-any-return]


# --- a report of a signatory's laboratory ---------------------------------------------------------


def test_a_report_in_scope_under_a_signatory_of_that_day_is_accepted_with_its_whole_chain() -> None:
    judged = ask(body(stood()), market(route(REPORT), signatories=(signatory(),),
                                       listed=(listed(),)))  # fmt: skip
    found = only(judged)
    assert (judged.state, judged.of_body, judged.nearest) == (
        State.SATISFIED,
        State.SATISFIED,
        None,
    )
    assert code(found) == "REPORT_OF_SIGNATORY"
    assert [(one.what, one.state) for one in found.chain] == [
        ("line", "holds"),
        ("accreditation", "holds"),
        ("accreditation_body", "holds"),
        ("arrangement", "holds"),
        ("rule", "holds"),
    ]
    by = {one.what: one for one in found.chain}
    assert (by["accreditation"].start, by["accreditation"].end) == (
        date(2022, 1, 10), date(2028, 1, 9))  # fmt: skip
    assert by["arrangement"].start == date(2020, 1, 1)
    assert all(one.ref for one in found.chain)


def test_an_arrangement_that_is_only_listed_leaves_the_day_unknown() -> None:
    found = only(ask(body(stood()), market(route(REPORT), listed=(listed(),))))
    assert (found.state, code(found)) == (State.UNKNOWN, "ARRANGEMENT_LISTED")
    assert found.reason.params["day"] == "2026-05-01"
    arrangement = next(one for one in found.chain if one.what == "arrangement")
    assert (arrangement.state, arrangement.code) == ("unknown", "LISTED_AS_OF")


def test_a_signatory_of_other_days_is_none_on_that_day() -> None:
    ended = market(route(REPORT), signatories=(signatory(end="2026-06-01"),))
    found = only(ask(body(stood()), ended))
    assert (found.state, code(found)) == (State.UNSATISFIED, "NOT_SIGNATORY_THEN")
    assert only(ask(body(stood()), ended, on=date(2026, 5, 31))).state is State.SATISFIED


def test_without_a_standard_the_scope_is_not_known_to_cover_the_product() -> None:
    found = only(ask(body(stood()), market(route(REPORT), signatories=(signatory(),)), standard=""))
    assert (found.state, code(found)) == (State.UNKNOWN, "SCOPE_NOT_ASKED")


@pytest.mark.parametrize(
    ("verdict", "state", "why"),
    [
        (Verdict.SUSPENDED, State.UNSATISFIED, "DOES_NOT_STAND"),
        (Verdict.EXPIRED, State.UNSATISFIED, "DOES_NOT_STAND"),
        (Verdict.OUT_OF_SCOPE, State.UNSATISFIED, "NOT_IN_SCOPE"),
        (Verdict.VALID_FLEXIBLE_UNCONFIRMED, State.UNKNOWN, "FLEXIBLE_LIST_UNSEEN"),
        (Verdict.UNKNOWN_SCOPE, State.UNKNOWN, "SCOPE_NOT_HELD"),
        (Verdict.UNKNOWN_STALE, State.UNKNOWN, "STANDING_UNKNOWN"),
        (Verdict.CONFLICT, State.UNKNOWN, "STANDING_UNKNOWN"),
    ],
)
def test_the_verdict_on_the_accreditation_decides(verdict: Verdict, state: State, why: str) -> None:
    there = market(route(REPORT), signatories=(signatory(),))
    found = only(ask(body(stood(verdict)), there))
    assert (found.state, code(found)) == (state, why)


def test_a_body_without_a_known_laboratory_accreditation_is_unknown_not_refused() -> None:
    found = only(ask(body(designation()), market(route(REPORT))))
    assert (found.state, code(found)) == (State.UNKNOWN, "NO_ACCREDITATION_KNOWN")


# --- memory ---------------------------------------------------------------------------------------


def test_a_route_from_memory_is_a_hint_whatever_stands() -> None:
    there = market(route(REPORT, sourced=False), signatories=(signatory(),))
    found = only(ask(body(stood()), there))
    assert (found.state, code(found)) == (State.UNKNOWN, "HINT_ONLY")
    assert (found.chain[-1].what, found.chain[-1].state) == ("rule", "unknown")


def test_a_designator_from_memory_is_a_hint_as_well() -> None:
    there = market(
        route("regulator_accepted_lab"),
        designates=(designates("regulator_accepted_lab", sourced=False),),
    )
    found = only(ask(body(designation()), there))
    assert (found.state, code(found)) == (State.UNKNOWN, "DESIGNATOR_FROM_MEMORY")


# --- designations ---------------------------------------------------------------------------------


def test_a_standing_designation_of_the_named_issuer_is_what_counts() -> None:
    there = market(
        route("regulator_accepted_lab"), designates=(designates("regulator_accepted_lab"),)
    )
    found = only(ask(body(stood(), designation()), there, standard=""))
    assert (found.state, code(found)) == (State.SATISFIED, "DESIGNATED")
    assert [one.what for one in found.chain] == ["line", "accreditation", "designation", "rule"]
    gone = only(ask(body(designation(verdict=Verdict.WITHDRAWN)), there))
    assert (gone.state, code(gone)) == (State.UNSATISFIED, "DOES_NOT_STAND")


def test_nobody_is_said_to_be_missing_from_a_list_that_is_not_held() -> None:
    there = market(
        route("regulator_accepted_lab"), designates=(designates("regulator_accepted_lab"),)
    )
    found = only(ask(body(stood()), there))
    assert (found.state, code(found)) == (State.UNKNOWN, "NO_SOURCE_HELD")
    assert "LAMPREG" in found.reason.text
    read = market(*there.routes, designates=there.designates, authorities=(authority(),))
    found = only(ask(body(stood()), read))
    assert (found.state, code(found)) == (State.UNSATISFIED, "NOT_DESIGNATED")
    assert found.reason.params["day"] == "2026-05-20"


def test_where_nobody_is_named_whose_designation_counts_it_is_unknown() -> None:
    found = only(ask(body(designation()), market(route("notified_body"))))
    assert (found.state, code(found)) == (State.UNKNOWN, "NO_DESIGNATOR")


def test_a_designator_of_any_market_or_product_counts_unless_one_names_the_product() -> None:
    anywhere = designates("iecee_cb", "IECEE", market="*", product="")
    there = market(route("iecee_cb"), designates=(anywhere,))
    assert only(ask(body(designation("IECEE")), there)).state is State.SATISFIED
    nearer = designates("iecee_cb", "LAMPREG")
    narrowed = market(route("iecee_cb"), designates=(anywhere, nearer))
    assert only(ask(body(designation("IECEE")), narrowed)).state is not State.SATISFIED


# --- in the country -------------------------------------------------------------------------------


def test_a_covered_site_there_meets_in_country_testing() -> None:
    found = only(ask(body(stood(sites=(place(),))), market(route("in_country_lab"))))
    assert (found.state, code(found)) == (State.SATISFIED, "SITE_THERE")
    assert [one.what for one in found.chain][:3] == ["site", "line", "accreditation"]


def test_a_site_that_the_schedule_does_not_cover_does_not() -> None:
    missed = stood(sites=(place(verdict=Verdict.SITE_NOT_COVERED),))
    found = only(ask(body(missed), market(route("in_country_lab"))))
    assert (found.state, code(found)) == (State.UNSATISFIED, "SITE_NOT_COVERED")


@pytest.mark.parametrize(
    ("more", "state", "who", "why"),
    [
        ({}, State.UNKNOWN, Who.BODY, "NO_SITE_KNOWN"),
        (
            {"presences": (presence(PresenceMode.BUILT),)},
            State.UNKNOWN, Who.BODY, "SITE_CLAIM_ONLY",
        ),
        (
            {"places": (PlaceFact(country="XA", label="Quay"),)},
            State.UNKNOWN, Who.BODY, "SITE_CLAIM_ONLY",
        ),
        (
            {"presences": (presence(PresenceMode.BORROWED, partner="Dune Laboratory"),)},
            State.UNKNOWN, Who.PARTNER, "PARTNER_THERE",
        ),
        ({"places": (seat(),)}, State.UNKNOWN, Who.BODY, "SEAT_ONLY"),
    ],
)  # fmt: skip
def test_what_is_known_of_the_place_without_a_covered_site(
    more: dict[str, object], state: State, who: Who, why: str
) -> None:
    found = only(ask(body(stood(), **more), market(route("in_country_lab"))))
    assert (found.state, found.who, code(found)) == (state, who, why)


def test_a_partner_there_is_named() -> None:
    there = presence(PresenceMode.BORROWED, partner="Dune Laboratory")
    found = only(ask(body(stood(), presences=(there,)), market(route("in_country_lab"))))
    assert "Dune Laboratory" in found.reason.text


def test_a_schedule_held_in_full_with_sites_elsewhere_says_there_is_none() -> None:
    found = only(ask(body(stood(countries=frozenset({"CN"}))), market(route("in_country_lab"))))
    assert (found.state, code(found)) == (State.UNSATISFIED, "NO_SITE_THERE")
    open_ = stood(countries=frozenset({"CN"}), schedule_held=False)
    assert only(ask(body(open_), market(route("in_country_lab")))).state is State.UNKNOWN


def test_in_country_testing_needs_the_designation_of_whoever_is_named_for_it() -> None:
    there = market(route("in_country_lab"), designates=(designates("in_country_lab"),))
    plain = only(ask(body(stood(sites=(place(),))), there))
    assert plain.state is not State.SATISFIED
    named = only(ask(body(designation(sites=(place(),))), there))
    assert (named.state, named.chain[3].what) == (State.SATISFIED, "designation")


# --- who does it ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("word", "who", "why"),
    [
        ("sdoc", Who.MAKER, "MAKER_DECLARES"),
        ("premarket_registration", Who.IMPORTER, "IMPORTER_REGISTERS"),
        ("equivalence_accepted", Who.AUTHORITY, "AUTHORITY_DECIDES"),
    ],
)
def test_what_no_body_can_do_names_who_does(word: str, who: Who, why: str) -> None:
    judged = ask(body(stood()), market(route(word)))
    found = only(judged)
    assert (found.who, code(found)) == (who, why)
    assert found.state is not State.SATISFIED
    assert judged.of_body is None


def test_what_the_body_can_do_is_told_apart_from_what_is_left_to_others() -> None:
    there = market(
        route("iecee_cb+premarket_registration"), designates=(designates("iecee_cb", "IECEE"),)
    )
    judged = ask(body(designation("IECEE")), there)
    (way,) = judged.routes[0].ways
    assert (way.of_body, way.state, way.left) == (State.SATISFIED, State.UNSATISFIED, 1)
    assert judged.nearest is not None
    assert [(one.requirement, one.who) for one in judged.nearest.missing] == [
        ("premarket_registration", Who.IMPORTER)
    ]


# --- ownership ------------------------------------------------------------------------------------

FCC_LIKE = market(
    route("regulator_accepted_lab"),
    designates=(
        designates("regulator_accepted_lab"),
        designates(OWNER, start=date(2025, 9, 1)),
    ),
)


def test_an_owner_whom_a_source_calls_prohibited_bars_it_with_the_source_named() -> None:
    judged = ask(body(designation(), owners=(owner(),)), FCC_LIKE)
    (condition,) = judged.routes[0].conditions
    assert (condition.state, code(condition)) == (State.UNSATISFIED, "PROHIBITED_OWNER")
    assert "Lamp office notice" in condition.reason.text
    assert condition.chain[0].ref == "8:ownership:8"
    assert judged.state is State.UNSATISFIED
    # the designation itself stands until it is formally withdrawn
    assert judged.routes[0].ways[0].asks[0].state is State.SATISFIED


def test_where_no_source_states_an_owner_it_is_unknown_and_never_inferred() -> None:
    judged = ask(body(designation()), FCC_LIKE)
    assert code(judged.routes[0].conditions[0]) == "OWNERSHIP_NOT_STATED"
    assert judged.state is State.UNKNOWN
    claim = owner(prohibited=False)
    (said,) = ask(body(designation(), owners=(claim,)), FCC_LIKE).routes[0].conditions
    assert (said.state, code(said)) == (State.UNKNOWN, "OWNER_NOT_JUDGED")
    declared = owner(prohibited=False, level=EvidenceLevel.ISSUER_REGISTER)
    assert ask(body(designation(), owners=(declared,)), FCC_LIKE).state is State.SATISFIED


def test_an_owner_prohibited_under_another_rule_says_nothing_here() -> None:
    other = owner(rule="Another market's rule 4")
    (said,) = ask(body(designation(), owners=(other,)), FCC_LIKE).routes[0].conditions
    assert code(said) == "OWNERSHIP_NOT_STATED"


def test_the_rule_on_owners_asks_nothing_before_it_applied() -> None:
    judged = ask(body(designation(), owners=(owner(),)), FCC_LIKE, on=date(2025, 8, 31))
    assert (judged.routes[0].conditions, judged.state) == ((), State.SATISFIED)


# --- routes ---------------------------------------------------------------------------------------


def test_the_nearest_alternative_is_the_one_with_the_fewest_missing() -> None:
    there = market(
        route("in_country_cb+in_country_lab|in_country_cb+ilac_17025_report"),
        signatories=(signatory(),),
    )
    nearest = ask(body(stood()), there).nearest
    assert nearest is not None
    assert (nearest.way, [one.requirement for one in nearest.missing]) == (1, ["in_country_cb"])


def test_routes_of_a_grouping_apply_to_its_members() -> None:
    union = market(route("sdoc", market="EU"), route("sdoc", market="US"))
    judged = ask(body(), union, markets=("DE", "EU"), countries=frozenset({"DE"}))
    assert [one.route.market for one in judged.routes] == ["EU"]


def test_a_route_asks_only_while_it_is_true() -> None:
    later = route("sdoc", start=date(2027, 1, 20))
    assert ask(body(), market(later)).routes == ()
    assert len(ask(body(), market(later), on=date(2027, 1, 20)).routes) == 1


def test_dates_ahead_and_those_to_be_notified_are_told() -> None:
    days = (
        DayFact(kind=RouteDayKind.APPLIES, on=None, words="as may be notified"),
        DayFact(kind=RouteDayKind.APPLIES, on=date(2027, 1, 20), words="applies 20 Jan 2027"),
        DayFact(kind=RouteDayKind.APPLIES, on=date(2020, 1, 1), words="applied"),
        DayFact(kind=RouteDayKind.MENTIONED, on=date(2027, 9, 1), words="was 1 Sep 2027"),
    )
    (found,) = ask(body(), market(route("sdoc", days=days))).routes
    assert [one.code for one in found.notes] == ["START_TO_BE_NOTIFIED", "DATE_AHEAD"]
