"""What changed: by day, by filter, in both times; how it is followed; and what it touches."""

import re
from collections.abc import Callable, Iterator
from urllib.parse import parse_qsl, urlsplit

import pytest
import sqlalchemy as sa

from services import kit
from services.audit import ledger
from services.audit.carry import Bench, carry_on
from services.audit.fields import Field
from services.settings import Settings
from services.sync.reader import Reader
from services.terms import LeavingMeans, Listed
from tests.directory.pages.desk import Desk, Front, Shown, front_door
from tests.services.store.build import World, at, lab, line, suspension

LINES = [
    line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries"),
    line("2", "充电器", "GB 4943.1-2022", object_also="chargers"),
    line("3", "cables", "IEC 60227-3:1993"),
]


def metals(listed: Listed) -> kit.Draft:
    return lab(
        "L90500",
        name="Quayside Metal Laboratory",
        name_zh="",
        country="SG",
        city="Tuas",
        lines=[line("1", "Steel", "ISO 6892-1:2019")],
        listed=listed,
    )


def fill(world: World) -> None:
    """A register; a notice of a partial suspension; a listing that turned to withdrawn."""
    world.source("register", authoritative_for=("CNAS",), made=True, title="Made register")
    world.source("notices", authoritative_for=("CNAS",), leaving=LeavingMeans.NOTHING)
    world.look("register", at("2026-05-04"), [lab(lines=LINES), metals(Listed.ACTIVE)])
    stop = lab(events=[suspension("2026-05-20", lines=("2",))], key="notice 20", expires=None)
    world.look("notices", at("2026-05-22"), [stop])
    world.look("register", at("2026-05-30"), [lab(lines=LINES), metals(Listed.WITHDRAWN)])


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, fill, Settings(database_url=url)) as one:
        yield one


@pytest.fixture
def desk(front: Front, request: pytest.FixtureRequest) -> Desk:
    return front.desk(f"Desk {request.node.name}"[:80])


def got(front: Front, path: str, status: int = 200) -> Shown:
    front.client.cookies.clear()
    answer = front.client.get(path, follow_redirects=False)
    assert answer.status_code == status, (path, answer.status_code)
    assert len(answer.content) < 100_000
    return Shown(answer)


def places(front: Front) -> dict[str, str]:
    """The two changes of status → their places in the log."""
    asked = {"event": "suspended,withdrawn"}
    rows = front.client.get("/api/v1/changes", params=asked).json()["data"]
    return {row["label"]: row["cursor"] for row in rows}


# --- the list ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "suspended", "withdrawn", "dates"),
    [
        (
            "en",
            ["suspended", "status event", "Harbour Battery Testing Co., Ltd."],
            ["withdrawn", "Altered", "Quayside Metal Laboratory"],
            "true from 2026-05-20 · known since 2026-05-22",
        ),
        (
            "zh",
            ["暂停", "状态事件", "海港电池检测有限公司"],
            ["撤销", "变更", "Quayside Metal Laboratory"],
            "自 2026-05-20 起成立 · 获知于 2026-05-22",
        ),
    ],
)
def test_changes_of_status_stand_by_day_with_both_dates(
    front: Front, code: str, suspended: list[str], withdrawn: list[str], dates: str
) -> None:
    shown = got(front, f"/{code}/changes?event=suspended%2Cwithdrawn")
    assert shown.texts(".day h2") == ["2026-05-30", "2026-05-22"]
    newest, older = shown.texts(".feed li")
    assert [word for word in withdrawn if word not in newest] == []
    assert [word for word in suspended if word not in older] == []
    assert dates in re.sub(r"\s+", " ", older)
    place = places(front)["CNAS L90417"]
    assert f"/{code}/changes/{place}" in shown.links(".feed .sub a")
    assert f"/{code}/sources/notices" in shown.links(".feed .sub a")
    assert f"/{code}/changes/{place}#touches" in shown.links(".feed .go a")
    before_after = shown.text(".feed li .ba")
    assert {"en": "active → after: withdrawn", "zh": "有效 → 变更后： 撤销"}[code] in before_after


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("event=suspended", {"CNAS L90417"}),
        ("event=suspended,withdrawn&country=SG", {"CNAS L90500"}),
        ("event=suspended,withdrawn&country=sg,CN", {"CNAS L90417", "CNAS L90500"}),
        ("issuer=cnas&what=status_event", {"CNAS L90417"}),
        ("source=notices&what=status_event", {"CNAS L90417"}),
        ("kind=altered", {"CNAS L90500"}),
        ("event=revoked", set()),
    ],
)
def test_a_filter_leaves_what_it_names(front: Front, query: str, labels: set[str]) -> None:
    shown = got(front, f"/en/changes?{query}")
    assert {label for label in shown.texts(".feed .head a") if "CNAS" in label} == labels
    if not labels:
        assert shown.text(".empty h2") == "No change answers this"
    # what was asked for stands in the form again
    asked = {name: value.upper() for name, value in parse_qsl(query)}
    for name in ("event", "country", "issuer", "what", "kind", "source"):
        option = shown.tree.css_first(f"select[name={name}] option[selected]")
        said = str(option.attributes["value"]).upper() if option else ""
        assert said == asked.get(name, ""), name


def test_the_form_offers_what_the_directory_holds_in_words(front: Front) -> None:
    shown = got(front, "/zh/changes")
    assert shown.texts("#country option")[1:] == ["中国", "新加坡"]
    assert shown.texts("#issuer option")[1:] == ["CNAS"]
    assert shown.texts("#event option")[:3] == ["任何变更", "暂停、撤销", "暂停"]
    assert not shown.tree.css("#watchlist")


@pytest.mark.parametrize(
    "query",
    ["event=unheard", "country=Singapore", "issuer=XYZ", "body=x", "source=x", "kind=x",
     "cursor=x", "seen=x", "repeats=x"],
)  # fmt: skip
def test_a_filter_that_nothing_answers_to_is_refused(front: Front, query: str) -> None:
    shown = got(front, f"/en/changes?{query}", 400)
    assert shown.text("h1") == "This question cannot be read"


def test_how_it_is_followed_carries_the_same_filter(front: Front) -> None:
    shown = got(front, "/zh/changes?event=withdrawn&country=SG&source=register")
    atom, webhook = shown.links(".follow a")
    asked = dict(parse_qsl(urlsplit(atom).query))
    wanted = {"event": "withdrawn", "country": "SG", "source": "register", "repeats": "hidden"}
    assert asked == {**wanted, "lang": "zh"}
    feed = front.client.get(atom)
    assert feed.status_code == 200
    assert feed.text.count("<entry") == 1
    assert shown.one("link[type='application/atom+xml']").attributes["href"] == atom
    assert dict(parse_qsl(urlsplit(webhook).query)) == wanted
    assert urlsplit(webhook).path == "/zh/account/webhooks/new"
    stream = shown.text(".follow .code")
    assert dict(parse_qsl(urlsplit(stream).query)) == wanted
    live = dict(
        parse_qsl(urlsplit(str(shown.one("[data-stream]").attributes["data-stream"])).query)
    )
    end = front.client.get("/api/v1/changes", params={"limit": 1}).json()["data"][0]["cursor"]
    assert live.pop("cursor") == end
    assert live == wanted
    everything = got(front, "/zh/changes?repeats=shown")
    assert everything.links(".follow a")[0] == "/api/v1/changes.atom?lang=zh"


def test_the_page_listens_by_a_script_of_its_own_and_is_whole_without(front: Front) -> None:
    shown = got(front, "/en/changes")
    news = shown.one("[data-stream]")
    link = news.css_first("a[hidden]")
    assert link is not None, "nothing is said before there is something"
    (script,) = [
        str(node.attributes["src"]) for node in shown.tree.css("script") if "changes" in
        str(node.attributes["src"])
    ]  # fmt: skip
    answer = front.client.get(script)
    assert "immutable" in answer.headers["cache-control"]
    assert len(answer.content) < 10_000
    older = got(front, "/en/changes?cursor=1.0")
    assert not older.tree.css("[data-stream]"), "an older page has no news"


def test_what_is_new_since_a_place_is_marked(front: Front) -> None:
    place = places(front)["CNAS L90417"]
    shown = got(front, f"/en/changes?event=suspended,withdrawn&seen={place}")
    assert [("fresh1" in str(li.attributes.get("class"))) for li in shown.tree.css(".feed li")] == [
        True,
        False,
    ]


def test_pages_follow_one_another_without_a_gap(front: Front) -> None:
    def more(world: World) -> None:
        drafts = [
            lab(f"L8{n:04}", name=f"Works {n}", name_zh="", country="DE", key=f"k{n}")
            for n in range(30)
        ]
        world.source("works", authoritative_for=("CNAS",))
        world.look("works", at("2026-05-31"), drafts)

    front.publish(more)
    seen: list[str] = []
    path = "/en/changes?country=DE"
    for _ in range(10):
        shown = got(front, path)
        seen += [str(node.attributes["id"]) for node in shown.tree.css(".feed li")]
        onward = shown.links("a[rel=next]")
        if not onward:
            break
        path = onward[0]
        assert "country=DE" in path
    asked = {"country": "DE", "limit": "1000", "repeats": "hidden"}
    all_ = front.client.get("/api/v1/changes", params=asked).json()["data"]
    assert len(all_) > 80
    assert seen == [f"c{one['position']}-{one['row']}" for one in all_]


# --- watchlists ----------------------------------------------------------------------------------


def metal(front: Front) -> str:
    query = sa.text(
        "select 'b' || l.body_id from name n join body_link l on l.record_id = n.record_id"
        " where n.text like 'Quayside%'"
    )
    return str(front.write(lambda conn: conn.execute(query).scalars().first()))


def test_a_watchlist_narrows_the_list_for_its_owner_alone(front: Front, desk: Desk) -> None:
    made = desk.post("/en/account/watchlists", {"name": "Metals"}).to.rsplit("/", 1)[1]
    desk.post(f"/en/account/watchlists/{made}/add", {"what": "CNAS L90500"})
    path = f"/en/changes?watchlist={made}"
    shown = desk.get(path)
    assert shown.texts("#watchlist option")[1:] == ["Metals"]
    heads = shown.texts(".feed .head")
    assert heads
    assert all("Quayside" in head for head in heads)
    assert shown.answer.headers["cache-control"] == "no-store"
    front.desk(f"Other {made}").get(path, 404)
    nobody = got(front, path, 303)
    assert nobody.to == f"/en/sign-in?next=%2Fen%2Fchanges%3Fwatchlist%3D{made}"


# --- one change, and what it touches -------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "heading", "said"),
    [
        (
            "en",
            "Harbour Battery Testing Co., Ltd.: CNAS L90417 suspended, from 2026-05-20",
            ["From 2026-05-20 on, with no end known.", "It names 1 of 3 scope lines."],
        ),
        (
            "zh",
            "海港电池检测有限公司：CNAS L90417 被暂停，自2026-05-20起",
            ["自 2026-05-20 起，终止日期未知。", "涉及 3 行能力范围中的 1 行。"],
        ),
    ],
)
def test_a_partial_suspension_names_its_lines_and_its_day(
    front: Front, code: str, heading: str, said: list[str]
) -> None:
    shown = got(front, f"/{code}/changes/{places(front)['CNAS L90417']}")
    assert shown.text("h1") == heading
    told = shown.text("#touches .today")
    assert [words for words in said if words not in told] == []
    (row,) = shown.texts("#touches tbody tr")
    assert "充电器" in row
    assert "GB 4943.1-2022" in row
    assert f"/{code}/sign-in" in " ".join(shown.links("main .act a"))


def test_a_listing_that_turned_touches_all_from_when_it_was_learned(front: Front) -> None:
    shown = got(front, f"/en/changes/{places(front)['CNAS L90500']}")
    assert shown.text("h1") == "Quayside Metal Laboratory: CNAS L90500 withdrawn"
    assert "All of the accreditation: 1 scope line." in shown.text("#touches .today")
    assert "The source names no day" in shown.text("#touches .note")
    assert "not dated by its source · known since 2026-05-30" in shown.text(".feed")


def test_a_change_of_another_kind_has_its_page_and_touches_nothing(front: Front) -> None:
    rows = front.client.get("/api/v1/changes", params={"what": "name"}).json()["data"]
    shown = got(front, f"/en/changes/{rows[0]['cursor']}")
    assert "known since 2026-05-" in shown.text(".feed")
    assert not shown.tree.css("#touches")


@pytest.mark.parametrize(("place", "status"), [("999.0", 404), ("1.999", 404), ("x", 400)])
def test_a_place_of_nothing_is_no_change(front: Front, place: str, status: int) -> None:
    for code in ("en", "zh"):
        got(front, f"/{code}/changes/{place}", status)


def audited(front: Front, desk: Desk, rows: str) -> int:
    """An audit of the desk's own, judged as a worker would."""
    made = front.client.post(
        "/api/v1/audits",
        files={"file": ("receipts.csv", rows.encode(), "text/csv")},
        headers={"cookie": f"labdir_session={desk.session}", "sec-fetch-site": "same-origin"},
    )
    assert made.status_code in (201, 202), made.text
    id_ = int(made.json()["data"]["id"])
    engine, reader = sa.create_engine(front.url), Reader()
    try:
        with engine.begin() as conn:
            waiting = ledger.waiting(conn)
        bench = Bench(engine, reader, front.clock)
        for audit_id in waiting:
            carry_on(bench, audit_id)
    finally:
        reader.close()
        engine.dispose()
    return id_


@pytest.mark.parametrize(
    ("code", "none", "row"),
    [
        (
            "en",
            "No row of your audits and none of your watchlists is touched.",
            "receipts.csv 1 3 2026-05-25",
        ),
        ("zh", "您的批量核查和关注清单均不受影响。", "receipts.csv 1 3 2026-05-25"),
    ],
)
def test_ones_own_audited_rows_and_lists_are_named(
    front: Front, desk: Desk, code: str, none: str, row: str
) -> None:
    path = f"/{code}/changes/{places(front)['CNAS L90417']}"
    assert none in desk.get(path).text()
    number, on, method = Field.NUMBER.value, Field.ON.value, Field.METHOD.value
    id_ = audited(
        front,
        desk,
        f"{number},{on},{method}\n"
        "CNAS L90417,2026-05-10,GB 4943.1-2022\n"  # before the day
        "CNAS L90500,2026-05-25,ISO 6892-1:2019\n"  # another body
        "CNAS L90417,2026-05-25,GB 4943.1-2022\n"  # touched
        "CNAS L90417,2026-05-25,GB/T 18287-2013\n",  # a line that stands
    )
    made = desk.post(f"/{code}/account/watchlists", {"name": "Batteries"}).to
    desk.post(f"{made}/add", {"what": "CNAS L90417"})
    shown = desk.get(path)
    table = shown.tree.css("section.sec table")[-1]
    assert " ".join(table.css_first("tbody tr").text(separator=" ").split()) == row  # type: ignore[union-attr]
    assert f"/{code}/audits/{id_}" in shown.links()
    assert made in shown.links()
    assert shown.answer.headers["cache-control"] == "no-store"
    assert none in front.desk(f"Another {code}").get(path).text(), "nobody sees another's"
