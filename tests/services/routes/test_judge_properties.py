"""Laws of acceptance: nothing learned later counts, memory satisfies nothing, and what has nothing
to do with a route changes nothing."""

from datetime import timedelta
from typing import Any

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from services.routes.facts import OWNER, BodyFacts, MarketFacts
from services.routes.grammar import write
from services.routes.judge import judge
from services.routes.met import State
from services.terms import AccreditationKind, BodyKind, PresenceMode, Requirement, Verdict
from tests.services.routes.cases import (
    NOW,
    ask,
    authority,
    designates,
    designation,
    listed,
    owner,
    place,
    presence,
    question,
    route,
    seat,
    signatory,
    stood,
)

verdicts = st.sampled_from(list(Verdict))
issuers = st.sampled_from(["CNAS", "SAC", "LAMPREG", "IECEE"])
alternative = st.lists(st.sampled_from(list(Requirement)), min_size=1, max_size=3, unique=True)
alternatives = st.lists(
    alternative.map(tuple), min_size=1, max_size=3, unique_by=frozenset
).map(tuple)  # fmt: skip
sites = st.lists(st.builds(place, st.sampled_from(["XA", "XB"]), verdicts), max_size=2).map(tuple)
accreditations = st.one_of(
    st.builds(stood, verdicts, issuer=issuers, sites=sites, schedule_held=st.booleans(),
              countries=st.sampled_from([frozenset(), frozenset({"CN"})])),
    st.builds(designation, issuers, verdicts, sites=sites),
    st.builds(stood, verdicts, issuer=issuers, sites=sites, standard=st.just("ISO/IEC 17065:2012"),
              body_kind=st.just(BodyKind.CERTIFICATION_PRODUCT)),
)  # fmt: skip
bodies = st.builds(
    BodyFacts,
    accreditations=st.lists(accreditations, max_size=3).map(tuple),
    presences=st.lists(st.builds(presence, st.sampled_from(list(PresenceMode))), max_size=1)
    .map(tuple),
    places=st.sampled_from([(), (seat(),)]),
    owners=st.lists(st.builds(owner, prohibited=st.booleans()), max_size=1).map(tuple),
)  # fmt: skip
words = st.sampled_from([*Requirement, OWNER])


@st.composite
def markets(draw: Any, sourced: st.SearchStrategy[bool] | None = None) -> MarketFacts:
    known = sourced if sourced is not None else st.booleans()
    return MarketFacts(
        routes=tuple(
            route(write(draw(alternatives)), scheme=f"s{n}", sourced=draw(known))
            for n in range(draw(st.integers(1, 2)))
        ),
        designates=tuple(
            draw(st.lists(st.builds(designates, words, issuers, sourced=st.booleans()), max_size=4))
        ),
        signatories=tuple(
            draw(st.lists(st.builds(signatory, issuers,
                                    end=st.sampled_from(["", "2026-01-01"])), max_size=2))
        ),
        listed=draw(st.sampled_from([(), (listed(),)])),
        authorities=tuple(draw(st.lists(st.builds(authority, issuers), max_size=2))),
    )  # fmt: skip


def later(facts: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same, learned after the time of knowledge."""
    moment = NOW + timedelta(hours=1)
    return tuple(msgspec.structs.replace(one, known_from=moment) for one in facts)


@given(bodies, markets(), bodies, markets())
def test_nothing_learned_after_the_time_of_knowledge_changes_the_answer(
    one: BodyFacts, there: MarketFacts, more: BodyFacts, elsewhere: MarketFacts
) -> None:
    grown = BodyFacts(
        **{name: getattr(one, name) + later(getattr(more, name))
           for name in BodyFacts.__struct_fields__}
    )  # fmt: skip
    told = MarketFacts(
        **{name: getattr(there, name) + later(getattr(elsewhere, name))
           for name in MarketFacts.__struct_fields__}
    )  # fmt: skip
    assert judge(grown, told, question()) == judge(one, there, question())


@given(bodies, markets(sourced=st.just(False)))
def test_memory_never_satisfies(one: BodyFacts, there: MarketFacts) -> None:
    judged = ask(one, there)
    assert judged.state is not State.SATISFIED
    for found in judged.routes:
        for way in found.ways:
            asked = [each for each in way.asks if each.requirement != OWNER]
            assert not any(each.state is State.SATISFIED for each in asked)


@given(bodies, markets(), verdicts)
def test_an_accreditation_that_no_rule_asks_for_changes_nothing(
    one: BodyFacts, there: MarketFacts, verdict: Verdict
) -> None:
    unrelated = stood(
        verdict, id="a77", label="Other 1", issuer="NOBODY", standard="ISO 15189:2022",
        kind=AccreditationKind.PERMISSION, body_kind=BodyKind.MEDICAL,
    )  # fmt: skip
    more = msgspec.structs.replace(one, accreditations=(*one.accreditations, unrelated))
    assert ask(more, there) == ask(one, there)


@given(bodies, markets())
def test_satisfied_has_no_open_or_broken_link_behind_it(one: BodyFacts, there: MarketFacts) -> None:
    for found in ask(one, there).routes:
        for way in found.ways:
            for each in way.asks:
                if each.state is State.SATISFIED and each.requirement != OWNER:
                    assert {link.state for link in each.chain if link.what != "accreditation_body"
                            } == {"holds"}  # fmt: skip


@given(bodies, markets())
def test_an_alternative_is_no_better_than_the_worst_of_what_it_asks(
    one: BodyFacts, there: MarketFacts
) -> None:
    order = [State.SATISFIED, State.UNKNOWN, State.UNSATISFIED]
    judged = ask(one, there)
    for found in judged.routes:
        for way in found.ways:
            assert way.state == max((each.state for each in way.asks), key=order.index)
            assert way.left == sum(each.state is not State.SATISFIED for each in way.asks)
    if judged.nearest is not None:
        fewest = min(way.left for found in judged.routes for way in found.ways)
        assert len(judged.nearest.missing) == fewest
    else:
        assert judged.state is State.SATISFIED
