"""The feed: valid, escaped, its ids for ever; titles in both languages."""

from datetime import UTC, date, datetime
from xml.etree import ElementTree as ET

import pytest

from services.find.views import ChangeView, Meta, NameView
from services.terms import Changed, ChangeKind, NameKind
from services.validity import RULE_VERSION
from services.watch import atom
from services.watch.words import Lang, title

NS = {"a": atom.ATOM}
SEEN = datetime(2026, 5, 20, 6, 0, tzinfo=UTC)
META = Meta(
    as_known_at=SEEN, on=date(2026, 5, 20), log_position=8, rule_version=RULE_VERSION, sources=()
)
NAMES = (
    NameView(text="Harbour <Light> & Co", lang="en", kind=NameKind.REGISTERED),
    NameView(text="海港检测", lang="zh-Hans", kind=NameKind.REGISTERED),
)


def change(**more: object) -> ChangeView:
    said: dict[str, object] = {
        "cursor": "8.1", "position": 8, "row": 1, "kind": ChangeKind.ADDED, "what": "status_event",
        "body": "b12", "body_names": NAMES, "accreditation": "a34", "label": "SAC IB7",
        "key": "suspended 1", "before": None, "after": {"kind": "suspended", "on": "2026-05-20"},
        "known_at": SEEN, "source": "notices", "made": False, "repeats": False,
    }  # fmt: skip
    return ChangeView(**{**said, **more})  # type: ignore[arg-type]


def feed(*changes: ChangeView, lang: Lang = Lang.EN, **more: str) -> ET.Element:
    said = {"origin": "https://labdir.example", "base": "http://127.0.0.1:8000", "filters": ""}
    written = atom.feed(
        changes, META, asked="/api/v1/changes.atom", following=None, lang=lang, **{**said, **more}
    )  # fmt: skip
    assert written.startswith(b"<?xml version='1.0' encoding='utf-8'?>")
    return ET.fromstring(written)


def text(element: ET.Element, path: str) -> str:
    found = element.findtext(path, namespaces=NS)
    assert found is not None, path
    return found


def test_a_feed_has_what_rfc_4287_asks_for() -> None:
    root = feed(change())
    assert root.tag == f"{{{atom.ATOM}}}feed"
    for wanted in ("a:id", "a:title", "a:updated", "a:author/a:name"):
        assert text(root, wanted), wanted
    links = {one.get("rel"): one.get("href") for one in root.findall("a:link", NS)}
    assert links["self"] == "http://127.0.0.1:8000/api/v1/changes.atom"
    assert links["alternate"] == "http://127.0.0.1:8000/en/changes"
    (entry,) = root.findall("a:entry", NS)
    assert text(entry, "a:id") == "tag:labdir.example,2026-01-01:change:8.1"
    assert text(entry, "a:updated") == "2026-05-20T06:00:00Z"
    assert text(entry, "a:title") == "Harbour <Light> & Co: SAC IB7 suspended, from 2026-05-20"
    link = entry.find("a:link", NS)
    assert link is not None
    assert link.get("href") == "http://127.0.0.1:8000/en/bodies/b12"
    assert "on: – → 2026-05-20" in text(entry, "a:content")
    assert [one.get("term") for one in entry.findall("a:category", NS)] == ["added", "status_event"]


def test_an_entrys_id_is_the_same_under_any_address_and_filter() -> None:
    one = feed(change())
    other = feed(change(), base="https://elsewhere.example", filters="event=suspended")
    assert text(one, "a:entry/a:id") == text(other, "a:entry/a:id")
    assert text(one, "a:id") != text(other, "a:id")
    assert atom.tag("labdir", "x") == "tag:labdir.invalid,2026-01-01:x"


def test_what_xml_cannot_hold_is_shown_as_missing() -> None:
    odd = change(label="SAC \x00\x0b]]> IB7", after={"kind": "suspended", "note": "<b>\ufffe</b>"})
    root = feed(odd)
    assert "SAC \ufffd\ufffd]]> IB7" in text(root, "a:entry/a:title")
    assert "<b>\ufffd</b>" in text(root, "a:entry/a:content")


def test_an_empty_feed_is_a_feed() -> None:
    root = feed()
    assert text(root, "a:updated") == "2026-05-20T06:00:00Z"
    assert root.findall("a:entry", NS) == []


LISTED = {"what": "accreditation_statement", "kind": ChangeKind.ALTERED}


@pytest.mark.parametrize(
    ("more", "english", "chinese"),
    [
        ({}, "SAC IB7 suspended, from 2026-05-20", "SAC IB7 被暂停，自2026-05-20起"),
        (
            {"after": {"kind": "suspended", "on": "2026-05-20", "until": "2026-07-01"}},
            "SAC IB7 suspended, from 2026-05-20, until 2026-07-01",
            "SAC IB7 被暂停，自2026-05-20起，至2026-07-01",
        ),
        (
            {"kind": ChangeKind.ENDED, "before": {"kind": "suspended"}, "after": None},
            "SAC IB7 no longer said to be suspended",
            "SAC IB7 不再载明被暂停",
        ),
        (
            {**LISTED, "before": {"listed": "active"}, "after": {"listed": "withdrawn"}},
            "SAC IB7 withdrawn",
            "SAC IB7 被撤销",
        ),
        (
            {**LISTED, "before": {"expires": "x"}, "after": {"expires": "y"}},
            "SAC IB7 accreditation altered",
            "SAC IB7 认可变更",
        ),
        (
            {"kind": ChangeKind.LINES, "what": "scope_line", "before": {"lines": 2}, "after": None},
            "SAC IB7 scope lines: 2 gone",
            "SAC IB7 能力范围移除 2 行",
        ),
        (
            {"kind": ChangeKind.LEFT_LIST, "what": "record", "after": None},
            "SAC IB7 left its list",
            "SAC IB7 移出名录",
        ),
        (
            {"kind": ChangeKind.TIME, "what": "body", "label": "", "after": {"standing": []}},
            "standing changed by the calendar",
            "状态因日期而变",
        ),
    ],
)
def test_titles_in_both_languages(more: dict[str, object], english: str, chinese: str) -> None:
    assert title(change(**more), Lang.EN) == f"Harbour <Light> & Co: {english}"
    assert title(change(**more), Lang.ZH) == f"海港检测：{chinese}"


def test_a_change_of_no_body_is_named_by_its_record() -> None:
    assert title(change(body_names=(), label="Old Quay"), Lang.EN).startswith("Old Quay suspended")


def test_every_kind_and_table_has_words_of_its_own() -> None:
    for kind in ChangeKind:
        for what in Changed:
            for lang in Lang:
                said = title(change(kind=kind, what=what.value, before={}, after={}), lang)
                assert what.value not in said or "_" not in what.value, said
