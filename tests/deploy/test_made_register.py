"""The made register: its file, and its site as a pure function."""

import json
from importlib.resources import files

import pytest
from stdnum import lei as stdnum_lei
from stdnum.cn import uscc as stdnum_uscc

from deploy.made_register.generate import register, rendered
from deploy.made_register.numbers import lei, organisation_code, uscc
from deploy.made_register.site import SUSPENDED_ONLY_ON_LOOKUP, Answer, answer
from deploy.made_register.site import register as shipped


def asked(path: str, **query: str) -> Answer:
    found = answer(path, query)
    assert found is not None
    return found


def test_making_the_register_anew_gives_the_committed_bytes() -> None:
    path = files("deploy.made_register") / "data" / "register.json"
    held = path.read_bytes()
    assert rendered(register()).encode() + b"\n" == held, "run: python -m deploy.made_register"
    assert len(held) < 1_500_000


def test_names_are_all_different() -> None:
    names = [
        (name["lang"], name["text"]) for one in shipped()["organisations"] for name in one["names"]
    ]
    assert len(names) == len(set(names))


def test_list_comes_in_pages_with_a_relative_next() -> None:
    first = json.loads(asked("/made-register/list").body)
    assert (first["page"], first["pages"], first["total"]) == (1, 4, 200)
    assert first["next"] == "list?page=2"
    assert len(first["organisations"]) == 50
    last = json.loads(asked("/made-register/list", page="4").body)
    assert last["next"] is None
    assert last["list_date"] == "2026-08-31"
    records = [
        one["record"]
        for page in "1234"
        for one in json.loads(asked("/made-register/list", page=page).body)["organisations"]
    ]
    assert len(set(records)) == 200


@pytest.mark.parametrize("page", ["0", "5", "-1", "x", "１", ""])
def test_a_page_that_is_not_there_is_not_found(page: str) -> None:
    found = asked("/made-register/list", page=page)
    assert found.status == 404
    assert "虚构数据" in found.body.decode()


def test_the_same_question_gives_the_same_bytes() -> None:
    assert asked("/made-register/list", page="2") == asked("/made-register/list", page="2")


def test_list_does_not_give_away_what_only_the_look_up_page_says() -> None:
    text = "".join(asked("/made-register/list", page=page).body.decode() for page in "1234")
    assert "lookup_only" not in text
    assert "MADE-2026-083" not in text


def test_look_up_page_says_the_status_in_two_languages() -> None:
    issuer, number = SUSPENDED_ONLY_ON_LOOKUP
    found = asked("/made-register/lookup", issuer=issuer, number=number)
    text = found.body.decode()
    assert found.status == 200
    assert found.content_type == "text/html; charset=utf-8"
    assert "<td>暂停 / Suspended</td>" in text
    assert "2026-08-17" in text


def test_unknown_number_is_answered_and_not_echoed_as_markup() -> None:
    found = asked("/made-register/lookup", issuer="CNAS", number="<b>L1</b>")
    text = found.body.decode()
    assert found.status == 200
    assert "无此证书 / No such certificate" in text
    assert "<b>" not in text


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/made-register/list", {}),
        ("/made-register/list", {"page": "99"}),
        ("/made-register/lookup", {"issuer": "CNAS", "number": "L90001"}),
        ("/made-register/lookup", {}),
        ("/robots.txt", {}),
    ],
)
def test_every_answer_says_that_it_is_made_up(path: str, query: dict[str, str]) -> None:
    text = asked(path, **query).body.decode()
    assert "虚构数据" in text
    assert "made-up data" in text.lower()


def test_other_addresses_are_not_this_sites() -> None:
    assert answer("/", {}) is None
    assert answer("/made-register/list/", {}) is None


def test_robots_allow_all() -> None:
    assert b"User-agent: *\nAllow: /\n" in asked("/robots.txt").body


def test_check_digits_of_known_numbers() -> None:
    """USCC and LEI by python-stdnum, which leaves out the organisation code's own (GB 11714)."""
    for key in map(str, range(300)):
        assert stdnum_uscc.is_valid(uscc(key))
        assert stdnum_lei.is_valid(lei(key))
        code = organisation_code(key)
        weights = (3, 7, 9, 10, 5, 8, 4, 2)
        total = sum(int(c, 36) * w for c, w in zip(code[:8], weights, strict=True))
        check = 10 if code[8] == "X" else int(code[8])
        assert (total + check) % 11 == 0
