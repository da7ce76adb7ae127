"""Raw bytes are kept before anyone reads them, each once."""

import hashlib
from datetime import UTC, datetime

from services.kit import Page, Request
from services.sync.fetch import Fetched
from services.sync.keep import content_hash, keep, kept
from tests.services.sync.conftest import Traveller

NOW = datetime(2026, 3, 1, tzinfo=UTC)


def fetched(body: bytes, number: int = 1, **headers: str) -> Fetched:
    url = f"http://127.0.0.1:1/p{number}"
    page = Page(
        url=url, body=body, content_type="text/csv", charset="gb18030", name="p", page=number
    )
    return Fetched(Request(url=url), page, headers, NOW, NOW)


def test_pages_come_back_as_they_were_in_order(traveller: Traveller) -> None:
    run_id = traveller.ask()
    pages = [fetched(b"\x00one", 1, etag='"1"'), fetched(b"two" * 1000, 2)]
    with traveller.engine.begin() as conn:
        keep(conn, run_id, pages, "https://publisher.example/list", NOW)
        keep(conn, run_id, pages, "https://publisher.example/list", NOW)
        assert list(kept(conn, run_id)) == [(pages[0].page, {"etag": '"1"'}), (pages[1].page, {})]
    rows = traveller.rows("select page, url, publisher_url, fetched_at from run_payload order by 1")
    assert [tuple(row) for row in rows] == [
        (1, "http://127.0.0.1:1/p1", "https://publisher.example/list", NOW),
        (2, "http://127.0.0.1:1/p2", "http://127.0.0.1:1/p2", NOW),
    ]
    sizes = traveller.rows("select size, length(body) as packed from payload order by size")
    assert [row.size for row in sizes] == [4, 3000]
    assert sizes[1].packed < 100


def test_the_same_bytes_of_two_runs_are_kept_once(traveller: Traveller) -> None:
    one, other = traveller.ask(), traveller.ask(record_key="TAB T-1")
    with traveller.engine.begin() as conn:
        for run_id in (one, other):
            keep(conn, run_id, [fetched(b"same")], "https://publisher.example/", NOW)
    counts = traveller.counts()
    assert (counts["payload"], counts["run_payload"]) == (1, 2)


def test_a_run_tried_again_keeps_what_it_fetched_last(traveller: Traveller) -> None:
    run_id = traveller.ask()
    with traveller.engine.begin() as conn:
        keep(conn, run_id, [fetched(b"first"), fetched(b"first page 2", 2)], "", NOW)
        keep(conn, run_id, [fetched(b"second")], "", NOW)
        assert [page.body for page, _ in kept(conn, run_id)] == [b"second"]
    hashes = {bytes(row.sha256) for row in traveller.rows("select sha256 from payload")}
    assert hashlib.sha256(b"first").digest() in hashes, "nothing is lost"
    assert len(hashes) == 3


def test_the_content_of_a_list_depends_on_every_page_and_their_order() -> None:
    a, b = Page(url="a", body=b"a"), Page(url="b", body=b"b")
    assert content_hash([a, b]) != content_hash([b, a])
    assert content_hash([a, b]) != content_hash([Page(url="x", body=b"ab")])
    assert content_hash([a]) == content_hash([Page(url="elsewhere", body=b"a", name="n")])
