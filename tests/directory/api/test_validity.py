"""POST /api/v1/validity: verdicts over HTTP, and what is refused by its name."""

from typing import Any

import pytest

from tests.directory.api.conftest import Client, House


def ask(client: Client, *questions: dict[str, Any], **more: Any) -> dict[str, Any]:
    response = client.post("/api/v1/validity", json={"questions": questions, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_one_question_is_answered_with_what_shows_it(client: Client) -> None:
    answer = ask(client, {"number": "CNAS L90417", "on": "2026-05-25", "ref": "row 1"})
    (verdict,) = answer["data"]["verdicts"]
    assert (verdict["verdict"], verdict["ref"]) == ("SUSPENDED", "row 1")
    assert verdict["reasons"][0]["code"] == "SUSPENDED_ON"
    whole = answer["data"]["answer"]
    assert whole["judged"] == verdict
    assert whole["label"] == "CNAS L90417"
    assert whole["event"]["on"] == "2026-05-20"
    assert whole["evidence"][0]["sha256"]
    assert "SUSPENDED" in [one["verdict"] for one in whole["spans"]]
    steps = {one["what"]: one["state"] for one in whole["chain"]}
    assert steps["accreditation"] == "broken"
    broken = next(one for one in whole["chain"] if one["what"] == "accreditation")
    assert broken["start"] == "2026-05-20", "the days of what breaks it, not those of its grant"
    assert "rule 1" in whole["report_text"]
    assert answer["meta"]["rule_version"]
    assert answer["meta"]["as_known_at"] == "2026-06-01T12:00:00Z"


def test_the_chain_names_line_and_site(client: Client) -> None:
    question = {
        "number": "L90417", "on": "2026-05-01", "activity": {"method": "GB 4943.1-2022"},
    }  # fmt: skip
    whole = ask(client, question)["data"]["answer"]
    assert whole["judged"]["line"] == "2"
    assert whole["line_text"] == "充电器 · GB 4943.1-2022"
    line = next(one for one in whole["chain"] if one["what"] == "line")
    assert (line["state"], line["code"]) == ("holds", "LINE_COVERS")


def test_many_are_answered_in_order(client: Client) -> None:
    questions = [
        {"number": number, "on": day, "ref": str(n)}
        for n, (number, day) in enumerate(
            [("L90417", "2026-05-01"), ("L77777", "2026-05-01"), ("L90417", "2026-05-25")]
        )
    ]
    answer = ask(client, *questions)
    assert answer["data"]["answer"] is None
    assert [(one["ref"], one["verdict"]) for one in answer["data"]["verdicts"]] == [
        ("0", "VALID"), ("1", "NOT_FOUND"), ("2", "SUSPENDED")
    ]  # fmt: skip
    assert answer["meta"]["total"] == 3


def test_as_many_as_may_be_are_answered_at_once(client: Client) -> None:
    asked = [{"number": f"L{90000 + n}", "on": "2026-05-25", "ref": str(n)} for n in range(500)]
    for more in ({}, {"brief": True}):
        verdicts = ask(client, *asked, **more)["data"]["verdicts"]
        assert [one["ref"] for one in verdicts] == [str(n) for n in range(500)]
        assert {one["ref"] for one in verdicts if one["verdict"] == "SUSPENDED"} == {"417"}


def test_a_brief_question_has_the_same_verdict_by_whichever_road(client: Client) -> None:
    for question in (
        {"number": "L90417", "on": "2026-05-25"},
        {"number": "CNAS L90417", "on": "2026-05-01", "ref": "7"},
        {"number": "L77777", "on": "2026-05-01"},
        {"number": "L90417", "on": "2026-05-01", "activity": {"method": "GB 4943.1-2022"}},
    ):
        full = ask(client, question)
        brief = ask(client, question, brief=True)
        assert brief["data"]["answer"] is None
        assert brief["data"]["verdicts"] == full["data"]["verdicts"]
        assert brief["meta"]["log_position"] == full["meta"]["log_position"]
        assert (brief["meta"]["total"], brief["meta"]["rule_version"]) == (
            1, full["meta"]["rule_version"]
        )  # fmt: skip


def test_the_day_is_today_and_the_knowledge_of_now_where_left_out(client: Client) -> None:
    whole = ask(client, {"number": "L90417"})["data"]["answer"]
    assert whole["asked"]["on"] == "2026-06-01"
    then = ask(client, {"number": "L90417", "on": "2026-01-01"}, known_at="2020-01-01T00:00:00Z")
    assert then["data"]["verdicts"][0]["verdict"] == "NOT_FOUND"
    assert then["meta"]["as_known_at"] == "2020-01-01T00:00:00Z"


@pytest.mark.parametrize(
    ("body", "named", "words"),
    [
        ({"questions": []}, "questions", "length >= 1"),
        ({"questions": [{}] * 501}, "questions", "length <= 500"),
        ({}, None, "missing required field `questions`"),
        ({"questions": [{"nummer": "L1"}]}, "questions[0]", "nummer"),
        ({"questions": [{"on": "2026-02-30"}]}, "questions[0].on", "date"),
        ({"questions": [{}, {"activity": {"lo": "ten"}}]}, "questions[1].activity.lo", "float"),
        ({"questions": [{"number": "9" * 301}]}, "questions[0].number", "length <= 300"),
        ({"questions": [{}], "known_at": "2026-01-01T00:00:00"}, "known_at", "offset"),
        ({"questions": [{}], "known_at": "2036-01-01T00:00:00Z"}, "known_at", "still to come"),
        ({"questions": [{}], "known": "x"}, None, "known"),
    ],
)
def test_what_cannot_be_read_is_named(
    client: Client, body: dict[str, Any], named: str | None, words: str
) -> None:
    response = client.post("/api/v1/validity", json=body)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem.get("parameter") == named
    assert words in problem["detail"]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe{", b"[1]", b'{"questions": 7}'])
def test_what_is_no_question_at_all_is_refused(client: Client, body: bytes) -> None:
    response = client.post(
        "/api/v1/validity", content=body, headers={"content-type": "application/json"}
    )
    assert response.status_code == 400
    assert response.json()["detail"]


def test_a_nested_bomb_is_refused(client: Client) -> None:
    response = client.post(
        "/api/v1/validity",
        content=b"[" * 100_000,
        headers={"content-type": "application/json"},
    )
    assert response.status_code == 400


def test_the_answer_is_as_of_one_state(house: House, client: Client) -> None:
    first = ask(client, {"number": "L90417", "on": "2026-05-25"})
    again = ask(client, {"number": "L90417", "on": "2026-05-25"})
    assert first == again
