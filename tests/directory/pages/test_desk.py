"""The desk: for stewards alone, in order of harm, and every form with its session's own token."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from services.settings import Settings
from services.terms import Role
from tests.directory.api.conftest import fill
from tests.directory.pages.desk import Desk, Front, front_door

WHY = "The publisher's notice of today says so."


@pytest.fixture
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as one:
        yield one


def refused(front: Front) -> int:
    said = sa.text("select max(id) from run where state = 'refused'")
    return int(front.write(lambda conn: conn.execute(said).scalar_one()))


def token(desk: Desk, path: str) -> str:
    return str(desk.get(path).one("input[name=token]").attributes["value"])


def test_nobody_else_comes_to_the_desk(front: Front) -> None:
    answer = front.client.get("/en/desk", follow_redirects=False)
    assert answer.status_code == 303
    assert answer.headers["location"] == "/en/sign-in?next=%2Fen%2Fdesk"
    front.desk("Office", Role.REGULATOR).get("/en/desk", 403)


@pytest.mark.parametrize(
    ("code", "said", "kind"),
    [("en", "need", "Refused run"), ("zh", "需要人工处理", "被拒收的运行")],
)
def test_what_misleads_most_stands_first_with_its_harm(
    front: Front, code: str, said: str, kind: str
) -> None:
    shown = front.desk("Desk one", Role.STEWARD).get(f"/{code}/desk")
    assert said in shown.text("h1")
    first = shown.texts("tbody tr")[0]
    assert kind in first
    assert "2" in first, "so many accreditations keep an old status"
    assert shown.links("tbody tr th a")[0] == f"/{code}/desk/runs/{refused(front)}"


def test_a_run_is_discarded_once_and_the_second_steward_is_told(front: Front) -> None:
    first, second = front.desk("Desk one", Role.STEWARD), front.desk("Desk two", Role.STEWARD)
    path = f"/en/desk/runs/{refused(front)}"
    late = token(second, path)
    sent = {"decision": "discard", "because": WHY, "token": token(first, path)}
    assert first.post(path, sent).to == f"{path}?told=discarded"
    shown = first.get(path)
    assert WHY in shown.text()
    assert not shown.tree.css("input[name=decision]"), "nothing is left to decide"
    told = second.post(path, {**sent, "token": late}, status=400)
    assert "Desk one has discarded this run already" in told.text("[role=alert]")
    assert first.get("/en/desk/trail").texts("tbody tr")[0].count(WHY) == 1


def test_a_form_of_another_session_does_nothing(front: Front) -> None:
    first, second = front.desk("Desk one", Role.STEWARD), front.desk("Desk two", Role.STEWARD)
    path = f"/en/desk/runs/{refused(front)}"
    for wrong in ("", "x", token(second, path)):
        first.post(path, {"decision": "discard", "because": WHY, "token": wrong}, status=403)
    assert "Nothing was done yet." in first.get("/en/desk/trail").text()


def test_an_operator_pauses_a_source_and_a_steward_is_not_offered_it(front: Front) -> None:
    steward, operator = front.desk("S", Role.STEWARD), front.desk("O", Role.OPERATOR)
    path = "/en/desk/sources/register"
    assert "Pausing, schedule and rate are an operator's." in steward.get(path).text()
    sent = {"deed": "pause", "because": WHY, "token": token(operator, path)}
    operator.post(path, sent)
    assert "Paused: it is asked by a person alone." in steward.get(path).text()
    steward.post(path, {**sent, "token": token(steward, path)}, status=403)
    slow = {"deed": "pace", "every": "often", "because": WHY, "token": sent["token"]}
    refusal = operator.post(path, slow, status=400)
    assert "as 6h" in refusal.text("[role=alert]")
    run = {"deed": "run", "token": token(steward, path)}
    assert steward.post(path, run).to == f"{path}?told=asked"


def test_contradictions_and_trail_are_shown_in_both_languages(front: Front) -> None:
    steward = front.desk("Desk one", Role.STEWARD)
    assert "今日没有相互矛盾的来源" in steward.get("/zh/desk/contradictions").text()
    assert steward.get("/zh/desk/trail").text("h1") == "操作审计记录"
