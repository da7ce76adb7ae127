"""Audits by pages without a browser: handed in, followed, read, and nobody else's."""

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from services.audit import ledger
from services.audit.carry import Bench, carry_on
from services.settings import Settings
from services.sync.reader import Reader
from tests.directory.api.conftest import fill
from tests.directory.pages.desk import SAME, Desk, Front, Shown, front_door

NAME = "报告清单 Q2.csv"
ROWS = (
    "报告编号,证书编号,检测标准,检测日期,签发日期\r\n"
    "R1,CNAS L90417,GB/T 18287-2013,2026-05-18,2026-05-25\r\n"
    "R2,CNAS L90999,,2026-05-10,\r\n"
)


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as one:
        yield one


@pytest.fixture
def desk(front: Front, request: pytest.FixtureRequest) -> Desk:
    front.client.cookies.clear()
    return front.desk(f"Desk {request.node.name}"[:80])


def hand_in(desk: Desk, code: str, body: str = ROWS) -> str:
    """The path of the audit that the form began."""
    answer = desk.front.client.post(
        f"/{code}/audits",
        files={"file": (NAME, body.encode(), "text/csv")},
        headers={**SAME, "cookie": f"labdir_session={desk.session}"},
        follow_redirects=False,
    )
    assert answer.status_code == 303, answer.text[:2000]
    return str(answer.headers["location"])


def work(front: Front) -> None:
    """What the workers of audits do, until nothing waits."""
    engine, reader = sa.create_engine(front.url), Reader()
    try:
        with engine.begin() as conn:
            waiting = ledger.waiting(conn)
        for audit_id in waiting:
            carry_on(Bench(engine, reader, front.clock), audit_id)
    finally:
        reader.close()
        engine.dispose()


@pytest.mark.parametrize(
    ("code", "waits", "verdicts", "since"),
    [
        ("en", "waits to be read", ("suspended", "not found"), "What has changed since"),
        ("zh", "等待读取", ("暂停", "未查到"), "此后的变化"),
    ],
)
def test_a_file_is_handed_in_followed_and_its_rows_show_both_dates(
    front: Front, desk: Desk, code: str, waits: str, verdicts: tuple[str, str], since: str
) -> None:
    path = hand_in(desk, code)
    assert waits in desk.get(path).text()
    work(front)
    shown = desk.get(path)
    assert shown.answer.headers["cache-control"] == "no-store"
    assert len(shown.answer.content) < 100_000
    assert shown.text("h1") == NAME
    assert [word for word in verdicts if word not in shown.text("table.totals")] == []
    first, second = shown.texts("table.judged tbody tr")
    assert "2026-05-18" in first
    assert "2026-05-25" in first
    assert verdicts[0] in first
    assert verdicts[1] in second
    assert since in shown.texts("h2")
    only = desk.get(f"{path}?verdict=NOT_FOUND").texts("table.judged tbody tr")
    assert only == [second]
    later = desk.post(f"{path}/rerun").to
    assert later != path
    work(front)
    assert path in desk.get(later).links(), "what it is compared with"
    assert NAME in desk.get(f"/{code}/audits").text()


@pytest.mark.parametrize("code", ["en", "zh"])
def test_nobody_sees_or_touches_anothers_audit(front: Front, desk: Desk, code: str) -> None:
    path = hand_in(desk, code)
    work(front)
    other = front.desk(f"Another {code}")
    assert NAME not in other.get(path, 404).html
    assert NAME not in other.get(f"/{code}/audits").html
    for word in ("mapping", "rerun", "delete"):
        other.post(f"{path}/{word}", status=404)
    result = f"/api/v1/audits/{path.rsplit('/', 1)[1]}/result.csv"
    other.get(result, 404)
    assert "labdir_" in desk.get(result).html
    assert desk.get(path).text("h1") == NAME, "and nothing was done to it"


@pytest.mark.parametrize("code", ["en", "zh"])
def test_whoever_is_not_signed_in_is_told_what_an_audit_is(
    front: Front, desk: Desk, code: str
) -> None:
    path = hand_in(desk, code)
    front.client.cookies.clear()
    told = Shown(front.client.get(f"/{code}/audits"))
    assert told.answer.status_code == 200
    assert f"/{code}/sign-in?next=%2F{code}%2Faudits" in told.links()
    hidden = front.client.get(path)
    assert hidden.status_code == 401
    assert NAME not in hidden.text
    for address in (f"/{code}/audits", f"{path}/rerun", f"{path}/delete"):
        answer = front.client.post(address, headers=SAME, follow_redirects=False)
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(f"/{code}/sign-in?next=")
    assert desk.get(path).text("h1") == NAME


def test_another_site_cannot_begin_or_end_an_audit(front: Front, desk: Desk) -> None:
    path = hand_in(desk, "en")
    cookie = {"cookie": f"labdir_session={desk.session}"}
    for where in ({"sec-fetch-site": "cross-site"}, {"origin": "https://elsewhere.example"}):
        answer = front.client.post(f"{path}/delete", headers={**cookie, **where})
        assert answer.status_code == 403
    assert desk.get(path).text("h1") == NAME
