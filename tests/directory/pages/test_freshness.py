"""How a fact is kept fresh on its page, and single overdue facts at the desk."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.settings import Settings
from services.terms import Listed, Role
from tests.directory.pages.desk import Front, front_door
from tests.services.store.build import World, at, lab


def fill(world: World) -> None:
    """A register with look-ups: one body suspended and never looked up, one in good standing."""
    world.source("register", authoritative_for=("CNAS",), lists=("main", "lookup"))
    bodies = [
        lab("L90001", name="Tern Lamp Laboratory", name_zh="", listed=Listed.SUSPENDED),
        lab("L90002", name="Reed Cable Laboratory", name_zh=""),
    ]
    world.look("register", at("2026-05-25"), bodies)


@pytest.fixture
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as one:
        yield one


def accreditation(front: Front, number: str) -> str:
    answer: Any = front.client.get("/api/v1/resolve", params={"number": f"CNAS {number}"}).json()
    return str(answer["data"]["registered"][0]["id"])


def test_a_facts_page_says_how_it_is_kept_fresh_in_both_languages(front: Front) -> None:
    reader = front.desk("Reader", Role.READER)
    path = f"/accreditations/{accreditation(front, 'L90001')}"
    shown = reader.get(f"/en{path}")
    part = shown.text("#fresh")
    assert "Rule 14 asks for a check within 90 days." in part
    assert "last check that decides: 2026-05-25" in part
    by_list, look_up = shown.texts("#fresh tbody tr")
    assert "by its list" in by_list
    assert "7 days" in by_list
    assert "because it is suspended, in whole or in part" in look_up
    assert "24 hours" in look_up
    assert "overdue" in look_up
    assert "none yet" in look_up
    told = reader.get(f"/zh{path}").text("#fresh")
    assert "规则 14 要求在 90 天内核对过一次。" in told
    assert "已被全部或部分暂停" in told


def test_single_overdue_facts_stand_at_the_desk_with_source_and_reason(front: Front) -> None:
    steward = front.desk("Desk one", Role.STEWARD)
    (row,) = steward.get("/en/desk").texts("section[aria-labelledby=h-late] tbody tr")
    assert "CNAS L90001" in row
    assert "Source register" in row
    assert "it is suspended, in whole or in part" in row
    whole = steward.get("/zh/desk/overdue")
    assert whole.text("h1") == "逾期未核对的事实"
    assert "来源 register" in whole.texts("tbody tr")[0]
    front.desk("Office", Role.REGULATOR).get("/en/desk/overdue", 403)
    front.client.cookies.clear()
    assert front.client.get("/en/desk/overdue", follow_redirects=False).status_code == 303
