"""Bodies side by side: what differs first, what is not known as unknown, lines over one another."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services import abroad, kit
from services.errors import BadQuestion, NotFound
from services.find.body_markets import body_for_market
from services.find.compare import Compare, compare
from services.find.compare_views import Comparison, LineCompared, Part
from services.find.views import Meta
from services.terms import (
    AccreditationKind,
    CooperationKind,
    CredentialKind,
    EvidenceLevel,
    Listed,
    Polarity,
    PresenceMode,
    Sureness,
    Verdict,
)
from tests.services.find.test_body import id_of
from tests.services.store.build import World, at, lab, line, on, suspension

NOW = at("2026-06-01", 9)
TODAY = on("2026-06-01")
BATTERY = "lithium batteries"


def harbour() -> kit.Draft:
    """Two lines, one of them suspended; a proven presence, a claimed one, a fine, a trademark."""
    return lab(
        lines=[
            line("1", BATTERY, "GB/T 18287-2013", parameter="capacity"),
            line("2", "chargers", "GB 4943.1-2022"),
            line("3", "luminaire", "IEC 60598-1:2020", parameter="dielectric strength"),
        ],
        events=[suspension("2026-05-20", lines=("2",))],
        presences=(
            kit.Presence(
                key="ae", country="AE", city="Dubai", mode=PresenceMode.BUILT,
                level=EvidenceLevel.ISSUER_REGISTER, languages=("ar", "zh"),
            ),
            kit.Presence(
                key="old", country="AE", mode=PresenceMode.BORROWED, partner="Gone before",
                valid_to=on("2024-01-01"),
            ),
            kit.Presence(key="vn", country="VN", mode=PresenceMode.BORROWED),
        ),
        credentials=(
            kit.Credential(
                key="pen", kind=CredentialKind.PENALTY, title="Report without test", issuer="SAMR",
                level=EvidenceLevel.ISSUER_REGISTER, polarity=Polarity.ADVERSE,
                granted=on("2025-01-02"),
            ),
            kit.Credential(
                key="tm", kind=CredentialKind.TRADEMARK, title="HARBOUR LIGHT", issuer="CNIPA",
                nice_class=42, territory="CN", level=EvidenceLevel.ISSUER_REGISTER,
            ),
            kit.Credential(
                key="best", kind=CredentialKind.AWARD, title="The best of all", issuer="A fair",
                level=EvidenceLevel.MARKETING_CLAIM,
            ),
        ),
        cooperations=(
            abroad.Cooperation(
                key="c", kind=CooperationKind.WITNESSED_TESTING, partner="Dune Road Laboratory",
                countries=("AE",),
            ),
        ),
    )  # fmt: skip


def quay() -> kit.Draft:
    """The battery line word for word, the charger's standard in other words, one of its own."""
    return lab(
        "L90500",
        name="Quay Cells Laboratory",
        name_zh="",
        country="SG",
        city="Singapore",
        lines=[
            line("1", BATTERY, "GB/T 18287-2013", parameter="capacity"),
            line("2", "power adapters", "GB 4943.1-2011"),
            line("9", "toys", "EN 71-1:2014", valid_to=on("2026-01-01")),
        ],
        ownerships=(
            abroad.Ownership(
                key="o", owner="Island Holdings", owner_country="SG",
                level=EvidenceLevel.ISSUER_REGISTER,
            ),
        ),
    )  # fmt: skip


def unheld() -> kit.Draft:
    """An accreditation whose schedule is not held, and a designation."""
    draft = lab("L90600", name="Far Pier Institute", name_zh="", country="DE", city="Rostock")
    designation = kit.Accreditation(
        key="nb", kind=AccreditationKind.DESIGNATION, issuer="CNAS", number="0999", field="EU:RED",
        listed=Listed.ACTIVE,
    )  # fmt: skip
    return kit.Draft(
        key=draft.key, label=draft.label, where=draft.where, names=draft.names,
        profile=draft.profile, accreditations=(*draft.accreditations, designation),
    )  # fmt: skip


def routes() -> kit.Draft:
    """What a market asks: a sourced row, and whose designation counts."""
    return kit.Draft(
        key="AE radio", label="AE radio", where="line 2", names=(),
        routes=(
            abroad.Route(
                key="r", market="AE", product="radio", scheme="Type approval",
                recognition="regulator_accepted_lab", sureness=Sureness.HIGH, sourced=True,
                source="https://regulator.example/",
            ),
        ),
        designates=(
            abroad.Designates(
                key="d", market="AE", product="radio", requirement="regulator_accepted_lab",
                issuer="CNAS", sureness=Sureness.HIGH, sourced=True,
                source="https://regulator.example/",
            ),
        ),
    )  # fmt: skip


@pytest.fixture(scope="module")
def world(make_database: Callable[[], str]) -> Iterator[World]:
    engine = sa.create_engine(make_database())
    with engine.connect() as conn:
        one = World(conn)
        one.source("register", authoritative_for=["CNAS"])
        one.look("register", at("2026-05-04"), [harbour(), quay(), unheld()])
        one.look("register", at("2026-05-25"), [harbour(), quay(), unheld()])
        one.source("routes", about_testing_bodies=False)
        one.look("routes", at("2026-05-25", 8), [routes()])
        yield one
    engine.dispose()


def ask(world: World, *names: str, **asked: Any) -> tuple[Comparison, Meta]:
    when = {"on": asked.pop("on", TODAY), "known_at": asked.pop("known_at", NOW)}
    ids = tuple(id_of(world, name) for name in names or ("Harbour", "Quay", "Far Pier"))
    return compare(world.conn, Compare(bodies=ids, **asked), **when)


def shown(lines: tuple[LineCompared, ...]) -> dict[str, list[str]]:
    return {one.object: [cell.state for cell in one.held] for one in lines}


def test_lines_are_laid_over_one_another_by_their_terms(world: World) -> None:
    found, meta = ask(world)
    assert shown(found.lines) == {
        BATTERY: ["held", "held", "unknown"],  # a schedule that is not held denies nothing
        "chargers": ["held", "absent", "unknown"],
        "luminaire": ["held", "absent", "unknown"],
        "power adapters": ["absent", "held", "unknown"],
    }
    assert (found.counts.total, found.counts.in_all, meta.total) == (4, 0, 4)
    assert [(b.scope.lines, b.scope.only, b.scope.schedule) for b in found.bodies] == [
        (3, 2, "held"),
        (2, 1, "held"),
        (0, 0, "not_held"),
    ]
    chargers = next(one for one in found.lines if one.object == "chargers")
    assert chargers.held[0].verdict is Verdict.SUSPENDED
    assert chargers.held[0].evidence is not None
    assert chargers.held[2].labels == ("CNAS L90600",)


def test_a_line_that_ended_before_the_day_is_held_on_days_before(world: World) -> None:
    assert "toys" not in shown(ask(world)[0].lines)
    before, _ = ask(world, on=on("2025-12-31"))
    assert shown(before.lines)["toys"] == ["absent", "held", "unknown"]


def test_differing_lines_stand_before_equal_ones(world: World) -> None:
    found, _ = ask(world, "Harbour", "Quay")
    assert [one.differs for one in found.lines] == [True, True, True, False]
    assert found.lines[-1].object == BATTERY
    assert found.counts.in_all == 1


def test_standards_meet_where_words_do_not(world: World) -> None:
    found, _ = ask(world, "Harbour", "Quay")
    by = {one.standard: one.lines for one in found.standards}
    assert by["GB 4943.1"] == (1, 1)
    assert by["IEC 60598-1"] == (1, 0)
    assert found.standards[0].lines in {(1, 0), (0, 1)}


def test_only_the_lines_asked_are_compared(world: World) -> None:
    by_standard, _ = ask(world, standard="GB4943.1")
    assert set(shown(by_standard.lines)) == {"chargers", "power adapters"}
    by_words, _ = ask(world, product="battery")
    assert set(shown(by_words.lines)) == {BATTERY}
    assert by_words.product_is == "words"
    assert [b.accreditations[0].matched for b in by_words.bodies] == [1, 1, None]


def test_presence_counts_in_the_market_and_on_the_day(world: World) -> None:
    found, _ = ask(world, market="AE")
    harbour, quay, _ = found.bodies
    (there,) = harbour.presences  # the borrowed one ended years ago
    assert (there.mode, there.verified, there.on_schedule) == (PresenceMode.BUILT, True, False)
    assert harbour.elsewhere == (("VN", PresenceMode.BORROWED),)
    assert [(one.language, one.verified) for one in harbour.languages] == [
        ("ar", True),
        ("zh", True),
    ]
    assert [(one.kind, one.title) for one in harbour.market_facts] == [
        ("cooperation", "Dune Road Laboratory")
    ]
    why = {one.part: one.text for one in quay.unknowns}
    assert why[Part.PRESENCE] == "No source names a presence in AE, nor that there is none."
    assert why[Part.TURNAROUND] == "No source states how long its tests take."


def test_what_speaks_against_stands_beside_what_is_proven_and_what_is_claimed(world: World) -> None:
    found, _ = ask(world, "Harbour", "Quay")
    harbour, quay = found.bodies
    assert [(one.kind, one.label, one.verdict) for one in harbour.adverse] == [
        ("accreditation", "CNAS L90417", Verdict.VALID),
        ("credential", "Report without test", None),
    ]
    assert [one.title for one in harbour.verified] == []
    assert [one.title for one in harbour.claimed] == ["The best of all"]
    assert [(one.title, one.nice_class) for one in harbour.brand] == [("HARBOUR LIGHT", 42)]
    assert quay.owners[0].owner == "Island Holdings"
    assert Part.OWNERSHIP in {one.part for one in harbour.unknowns}
    assert all(item.evidence for item in harbour.adverse)


def test_designations_are_no_accreditations(world: World) -> None:
    found, _ = ask(world)
    pier = found.bodies[2]
    assert [one.label for one in pier.accreditations] == ["CNAS L90600"]
    assert [one.label for one in pier.designations] == ["CNAS 0999"]


def test_parts_that_differ_stand_first_and_those_of_which_nothing_is_known_last(
    world: World,
) -> None:
    found, _ = ask(world, "Harbour", "Quay")
    order = [(one.part, one.differs) for one in found.parts]
    assert [differs for _, differs in order] == sorted((d for _, d in order), reverse=True)
    assert order[0] == (Part.STATUS, True)
    assert (Part.KINDS, False) in order
    assert found.parts[-1].unknown == tuple(body.id for body in found.bodies)


def test_nothing_learned_later_is_compared(world: World) -> None:
    then, meta = ask(world, known_at=at("2026-05-04", 7), on=on("2026-05-04"))
    assert meta.as_known_at == at("2026-05-04", 7)
    assert then.bodies[0].standings == {"stands": 1}
    with pytest.raises(NotFound, match="then"):
        ask(world, known_at=at("2026-05-01"))


def test_pages_of_lines_are_of_one_question_and_one_moment(world: World) -> None:
    first, meta = ask(world, limit=3)
    assert len(first.lines) == 3
    assert meta.next_cursor
    second, end = ask(world, limit=3, cursor=meta.next_cursor)
    assert end.next_cursor is None
    assert {line.id for line in first.lines} | {line.id for line in second.lines} == {
        line.id for line in ask(world)[0].lines
    }
    with pytest.raises(BadQuestion, match="another comparison"):
        ask(world, "Harbour", limit=3, cursor=meta.next_cursor)


def test_too_many_none_and_wrong_ids_are_refused_clearly(world: World) -> None:
    id_ = id_of(world, "Harbour")
    for ids, said in (
        ((), "none is named"),
        (tuple(f"b{n}" for n in range(10_000)), "10000 are named; at most 5"),
        (("12",), "no id of a body"),
    ):
        with pytest.raises(BadQuestion, match=said):
            compare(world.conn, Compare(bodies=ids), on=TODAY, known_at=NOW)
    with pytest.raises(NotFound, match="b999999"):
        compare(world.conn, Compare(bodies=(id_, "b999999")), on=TODAY, known_at=NOW)
    with pytest.raises(BadQuestion, match="standard"):
        ask(world, standard="no such thing")


def test_a_market_is_a_country_or_a_group_and_one_that_does_not_exist_names_the_nearest(
    world: World,
) -> None:
    for market, code in (("AE", "AE"), ("UAE", "AE"), ("阿拉伯联合酋长国", "AE"), ("gcc", "GCC")):
        found, _ = ask(world, market=market)
        assert found.market == code
        assert [one.country for one in found.bodies[0].presences] == ["AE"]
    with pytest.raises(BadQuestion, match="Vietnam"):
        ask(world, market="Vietnaam")


def test_the_way_to_the_market_is_judged_for_each_body_by_the_decision_there_is(
    world: World,
) -> None:
    found, _ = ask(world, market="AE", product="radio")
    assert (found.product, found.product_is) == ("radio", "category")
    assert found.counts.total == 4  # a category asks no line
    for body in found.bodies:
        (route,) = body.routes
        assert (route.scheme, route.sourced) == ("Type approval", True)
        assert [step.requirement for step in route.steps] == ["regulator_accepted_lab"]
        assert route.steps[0].reason.text
        whole, _ = body_for_market(world.conn, body.id, "AE", "radio", on=TODAY, known_at=NOW)
        assert route.state is whole.markets[0].state
    none, _ = ask(world, market="AE")
    why = {one.part: one.code for one in none.bodies[0].unknowns}
    assert why[Part.ROUTE] == "NO_ROUTE_ASKED"


def test_five_bodies_take_the_queries_of_one(world: World) -> None:
    counts = []
    for names in (("Harbour",), ("Harbour", "Quay", "Far Pier")):
        asked: list[str] = []

        def note(conn: object, cursor: object, statement: str, *rest: object) -> None:
            asked.append(statement)  # noqa: B023

        sa.event.listen(world.conn, "before_cursor_execute", note)
        ask(world, *names, market="AE", product="radio")
        sa.event.remove(world.conn, "before_cursor_execute", note)
        counts.append(len(asked) - len(names))  # id_of asks once a name
    assert counts[0] == counts[1] <= 50
