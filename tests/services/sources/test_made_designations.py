"""The made list of designations, in its forms as PDF: ruled, without lines, over pages, turned."""

import pickle
from datetime import date
from importlib.resources import files
from typing import Any

import pytest

from deploy.made_papers.site import DESIGNATIONS, answer
from services.errors import Unreadable
from services.kit import Page, Reading
from services.sources.made_designations import SOURCE
from services.terms import AccreditationKind, EventKind, Listed, Tier
from tests.sources.made_papers.build import BODIES, designation_rows, designations
from tests.sources.pdf.paper import document, prose, scan


def read(body: bytes) -> Reading:
    return SOURCE.parse(
        [Page(url="https://r.example/list.pdf", body=body, name="list.pdf")], "list"
    )


@pytest.fixture(scope="module")
def sample() -> Reading:
    found = answer(DESIGNATIONS, {})
    assert found is not None
    return read(found.body)


def test_the_committed_paper_is_as_the_script_makes_it() -> None:
    held = files("deploy.made_papers") / "data" / "designations.pdf"
    assert held.read_bytes() == designations(), "run: python -m tests.sources.made_papers.build"


def test_every_body_of_the_list_is_read(sample: Reading) -> None:
    assert not sample.problems
    assert sample.listed_on == date(2026, 8, 31)
    assert [draft.key for draft in sample.drafts] == [f"MDA-2026-{n:03}" for n in range(1, 21)]
    body = BODIES["CNAS L90001"]
    first = sample.drafts[0]
    assert {name.lang: name.text for name in first.names} == {"zh-Hans": body.zh, "en": body.en}
    assert first.profile is not None
    assert first.profile.country == "CN"
    (acc,) = first.accreditations
    assert (acc.kind, acc.issuer) == (AccreditationKind.DESIGNATION, "MDA")
    assert (acc.expires, acc.listed) == (date(2028, 5, 20), Listed.ACTIVE)
    assert [(line.method, line.object, line.object_also) for line in first.lines] == [
        ("GB 31241-2022", "Lithium batteries; portable power packs", "锂电池；移动电源"),
        ("IEC 62133-2:2017", "Lithium batteries; portable power packs", "锂电池；移动电源"),
    ]


def test_an_adverse_status_with_its_day_is_an_event(sample: Reading) -> None:
    told = {
        d.key: (d.accreditations[0].listed, [(e.kind, e.on) for e in d.events])
        for d in sample.drafts
        if d.events
    }
    assert told == {
        "MDA-2026-014": (Listed.SUSPENDED, [(EventKind.SUSPENDED, date(2026, 7, 6))]),
        "MDA-2026-015": (Listed.WITHDRAWN, [(EventKind.WITHDRAWN, date(2026, 1, 26))]),
    }  # fmt: skip


@pytest.mark.parametrize(
    "layout",
    [
        {"ruled": False},
        {"ruled": False, "middle": True},
        {"middle": True},
        {"split_rows": True},
        {"repeat": 1},
    ],
)
def test_whatever_the_layout_the_list_says_the_same(
    sample: Reading, layout: dict[str, Any]
) -> None:
    reading = read(designations(**layout))
    assert not reading.problems

    def plain(one: Reading) -> list[object]:
        return [
            (d.key, [n.text for n in d.names], d.accreditations[0].expires,
             d.accreditations[0].listed, [" ".join(line.method.split()) for line in d.lines])
            for d in one.drafts
        ]  # fmt: skip

    assert [one[:4] for one in plain(reading)] == [one[:4] for one in plain(sample)]  # type: ignore[index]


def test_a_longer_list_over_more_pages_is_read_whole() -> None:
    rows = [[str(n), *designation_rows()[n % 20][1:]] for n in range(60)]
    for n, row in enumerate(rows):
        row[2] = f"MDA-2030-{n:03}"
    reading = read(designations(rows))
    assert len(reading.drafts) == 60
    assert not reading.problems
    assert reading.drafts[-1].where.startswith("page 6")


def test_what_holds_no_such_table_is_refused_in_words() -> None:
    with pytest.raises(Unreadable, match="no table of bodies"):
        read(document([prose("The list is being renewed.")]))
    with pytest.raises(Unreadable, match="is a scan"):
        read(scan())
    with pytest.raises(Unreadable, match="is no PDF"):
        read(b"<html>maintenance</html>")


def test_it_speaks_of_its_own_designation_only_and_can_be_read_elsewhere() -> None:
    assert SOURCE.tier is Tier.SCHEME_LIST
    assert SOURCE.authoritative_for == {"MDA"}
    assert SOURCE.made
    assert pickle.loads(pickle.dumps(SOURCE.parse)) is SOURCE.parse
