"""The feed over HTTP: filtered as the changes are, paged, tagged, in both languages."""

from xml.etree import ElementTree as ET

from services.watch.atom import ATOM
from tests.directory.api.conftest import Client, House
from tests.services.store.build import World, at, lab

NS = {"a": ATOM}


def feed(client: Client, query: str = "", **headers: str) -> ET.Element:
    answer = client.get(f"/api/v1/changes.atom{query}", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("application/atom+xml")
    return ET.fromstring(answer.content)


def ids(root: ET.Element) -> list[str]:
    return [str(one.text) for one in root.findall("a:entry/a:id", NS)]


def test_the_feed_tells_the_changes_that_are_asked_for(client: Client) -> None:
    (entry,) = feed(client, "?event=suspended").findall("a:entry", NS)
    (change,) = client.get("/api/v1/changes?event=suspended").json()["data"]
    assert entry.findtext("a:id", namespaces=NS) == (
        f"tag:directory.example,2026-01-01:change:{change['cursor']}"
    )
    assert entry.findtext("a:updated", namespaces=NS) == change["known_at"]
    assert "CNAS L90417 suspended, from 2026-05-20" in str(entry.findtext("a:title", namespaces=NS))
    chinese = feed(client, "?event=suspended&lang=zh").find("a:entry", NS)
    assert chinese is not None
    assert str(chinese.findtext("a:title", namespaces=NS)).startswith("海港电池检测有限公司：CNAS")


def test_all_pages_hold_every_change_once(client: Client) -> None:
    seen: list[str] = []
    query = "?limit=10"
    while True:
        root = feed(client, query)
        seen += ids(root)
        links = {one.get("rel"): str(one.get("href")) for one in root.findall("a:link", NS)}
        if "next" not in links:
            break
        query = "?" + links["next"].partition("?")[2]
    changes = client.get("/api/v1/changes?limit=1000").json()["data"]
    assert seen == [f"tag:directory.example,2026-01-01:change:{one['cursor']}" for one in changes]


def test_who_holds_it_is_sent_nothing_until_there_is_news(house: House, client: Client) -> None:
    first = client.get("/api/v1/changes.atom?limit=3")
    etag = first.headers["etag"]
    held = client.get("/api/v1/changes.atom?limit=3", headers={"if-none-match": etag})
    assert (held.status_code, held.content) == (304, b"")
    assert held.headers["etag"] == etag
    before = ids(ET.fromstring(first.content))

    def publish(world: World) -> None:
        sons = lab("L99999", name="<Quay> & \"Sons'", name_zh="")
        world.look("register", at("2026-05-31", 9), [sons])

    house.look(publish)
    news = client.get("/api/v1/changes.atom?limit=100", headers={"if-none-match": etag})
    assert news.status_code == 200
    assert set(before) <= set(ids(ET.fromstring(news.content))), "ids stay what they were"
    assert "&lt;Quay&gt; &amp;" in news.text


def test_the_feed_of_a_watchlist_is_its_owners_and_never_kept(
    client: Client, key: dict[str, str]
) -> None:
    made = client.post("/api/v1/watchlists", json={"name": "Feed"}, headers=key).json()["data"]
    path = f"/api/v1/changes.atom?watchlist={made['list']['id']}"
    answer = client.get(path, headers=key)
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert "etag" not in answer.headers
    assert client.get(path).status_code == 401
