"""What opens a case and what must not, over the real road: each publisher's list is synced."""

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy.engine import Engine

from services import accounts, db
from services.desk.contradictions import Contradiction, contradictions
from services.desk.ruling import rule
from services.errors import BadQuestion
from services.store.differing import contradicted
from services.store.places_apart import Place, apart
from services.terms import ContradictionKind, Role, RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller


@pytest.fixture
def traveller(database_url: str) -> Iterator[Traveller]:
    engine: Engine = db.connect(database_url)
    one = Traveller(engine)
    one.enrol(toy.source(), toy.source("second", tier=3))
    yield one
    engine.dispose()


def row(n: int, **more: Any) -> dict[str, Any]:
    return {"key": str(n), "name": f"Body {n} Laboratory", "number": f"T-{n}"} | more


def play(traveller: Traveller, key: str, *rows: dict[str, Any]) -> None:
    state, run_id = traveller.play(*rows, key=key)
    assert state is RunState.PUBLISHED, traveller.run(run_id).reasons


def told_of(traveller: Traveller) -> tuple[Contradiction, ...]:
    now = traveller.clock()
    with traveller.engine.connect() as conn:
        told, _ = contradictions(conn, state="all", on=now.date(), known_at=now)
    return told


def unsettled(traveller: Traveller) -> set[str]:
    """What re-verification takes for contradicted."""
    now = traveller.clock()
    with traveller.engine.connect() as conn:
        return {f"a{acc}" for acc in contradicted(conn, on=now.date(), known_at=now)}


def found(traveller: Traveller) -> tuple[Contradiction, ...]:
    """All that differs, none of it settled."""
    told = told_of(traveller)
    assert {one.accreditation for one in told} <= unsettled(traveller)
    return told


def decide(traveller: Traveller, case: Contradiction, upholds: str) -> None:
    now = traveller.clock.on(minutes=1)
    upheld = next(side.ref for side in case.sides if side.source == upholds)
    with traveller.engine.begin() as conn:
        account = accounts.open_account(conn, f"Steward {now}", Role.STEWARD, now)
        rule(
            conn, case.id, upholds=upheld, because="Its letter was read.", proof="", replaces=False,
            account_id=account, on=now.date(), now=now,
        )  # fmt: skip


def said(one: Contradiction) -> dict[str, str]:
    return {side.source: side.said for side in one.sides}


# --- two holders of one number --------------------------------------------------------------------


def test_two_holders_of_one_number_open_a_case(traveller: Traveller) -> None:
    play(traveller, "toy", row(1))
    play(traveller, "second", row(1, name="Quite Another Foundry", country="DE"))
    (one,) = found(traveller)
    assert one.kind is ContradictionKind.HOLDER
    assert one.label == "TAB T-1"
    assert said(one) == {"toy": "active", "second": "active"}
    assert len({side.body for side in one.sides}) == 2
    assert one.proposed == ""


def test_a_number_that_passed_on_has_one_holder(traveller: Traveller) -> None:
    """What the first holder lost, another may hold."""
    play(traveller, "toy", row(1, listed="withdrawn"))
    play(traveller, "second", row(1, name="Quite Another Foundry", country="DE"))
    assert traveller.counts()["accreditation"] == 2
    assert found(traveller) == ()


def test_one_holder_in_two_spellings_opens_nothing(traveller: Traveller) -> None:
    play(traveller, "toy", row(1, name="Body 1 Laboratory Pte. Ltd."))
    play(traveller, "second", row(1, name="BODY 1 LABORATORY PTE LTD"))
    assert traveller.counts()["accreditation"] == 1
    assert found(traveller) == ()


def test_whose_a_number_is_no_ruling_settles(traveller: Traveller) -> None:
    play(traveller, "toy", row(1))
    play(traveller, "second", row(1, name="Quite Another Foundry", country="DE"))
    with pytest.raises(BadQuestion, match="settled by matching"):
        decide(traveller, found(traveller)[0], "toy")


# --- a site that moved ----------------------------------------------------------------------------


def placed(traveller: Traveller, one: dict[str, Any], two: dict[str, Any]) -> None:
    play(traveller, "toy", row(1, **one))
    play(traveller, "second", row(1, **two))
    assert traveller.counts()["accreditation"] == 1


def test_a_site_in_another_town_opens_a_case(traveller: Traveller) -> None:
    placed(
        traveller,
        {"sites": [{"city": "Singapore", "address": "20 Pioneer Crescent"}]},
        {"sites": [{"city": "Johor Bahru", "address": "7 Jalan Firma"}]},
    )
    (one,) = found(traveller)
    assert one.kind is ContradictionKind.SITE
    assert said(one) == {
        "toy": "20 Pioneer Crescent, Singapore",
        "second": "7 Jalan Firma, Johor Bahru",
    }
    assert {side.ref.split(":")[1] for side in one.sides} == {"site"}
    assert one.proposed == next(side.ref for side in one.sides if side.source == "toy")


def test_another_house_in_the_same_town_opens_a_case_and_a_mended_list_closes_it(
    traveller: Traveller,
) -> None:
    one = {"sites": [{"city": "Singapore", "address": "20 Pioneer Crescent"}]}
    placed(traveller, one, {"sites": [{"city": "Singapore", "address": "3 Tuas Link"}]})
    assert [told.kind for told in found(traveller)] == [ContradictionKind.SITE]
    play(traveller, "second", row(1, **one))
    assert found(traveller) == ()


def test_a_ruling_on_a_site_holds_until_a_list_names_another_place(traveller: Traveller) -> None:
    placed(traveller, {"city": "Singapore"}, {"city": "Johor Bahru"})
    decide(traveller, found(traveller)[0], "second")
    (one,) = told_of(traveller)
    assert one.state == "decided"
    assert one.ruling is not None
    assert one.ruling.upholds == next(s.ref for s in one.sides if s.source == "second")
    assert not unsettled(traveller), "what is settled is looked up as often as the rest"
    play(traveller, "toy", row(1, city="Malacca"))
    (one,) = found(traveller)
    assert (one.state, said(one)["toy"]) == ("reopened", "Malacca")


@pytest.mark.parametrize(
    ("one", "two"),
    [
        pytest.param(
            {"sites": [{"city": "Singapore", "address": "20 Pioneer Crescent #05-01"}]},
            {"sites": [{"city": "SINGAPORE", "address": "Blk 20, Pioneer Cres., unit 5-1"}]},
            id="another spelling",
        ),
        pytest.param(
            {"sites": [{"city": "Singapore", "address": "20 Pioneer Crescent"}]},
            {"sites": [{"city": "", "address": "Pioneer Crescent, Singapore 628555"}]},
            id="a house and a postal number",
        ),
        pytest.param(
            {"sites": [{"city": "Singapore", "address": "20 Pioneer Crescent"}]},
            {"sites": [{"city": "Singapore", "address": "3 Tuas Link"},
                       {"city": "Singapore", "address": "20 Pioneer Crescent"}]},
            id="one of several sites",
        ),
        pytest.param(
            {"sites": [{"city": "Singapore", "address": "20 Pioneer Crescent"}]},
            {},
            id="one says nothing of it",
        ),
        pytest.param(
            {"city": "深圳"}, {"city": "Shenzhen"}, id="two scripts cannot be compared"
        ),
        pytest.param(
            {"city": "Singapore"}, {"city": "Johor Bahru", "listed": "withdrawn"},
            id="a place of what has ended",
        ),
    ],
)  # fmt: skip
def test_what_may_be_one_place_opens_no_case_of_its_site(
    traveller: Traveller, one: dict[str, Any], two: dict[str, Any]
) -> None:
    placed(traveller, one, two)
    assert ContradictionKind.SITE not in {told.kind for told in found(traveller)}


def test_towns_of_records_without_sites_are_compared(traveller: Traveller) -> None:
    placed(traveller, {"city": "Singapore"}, {"city": "Johor Bahru"})
    (one,) = found(traveller)
    assert said(one) == {"toy": "Singapore", "second": "Johor Bahru"}
    assert {side.ref.split(":")[1] for side in one.sides} == {"profile"}


def test_a_district_with_the_same_long_number_is_no_other_town() -> None:
    town = Place("Shenzhen", "1001 Xueyuan Road")
    assert not apart(town, Place("Nanshan", "Xueyuan Rd 1001"))
    assert apart(town, Place("Nanshan", "12 Harbour Road"))
    assert not apart(Place("Munich", ""), Place("Munich (Bavaria)", ""))
    assert not apart(Place("", "12 Harbour Road"), Place("Nanshan", ""))
