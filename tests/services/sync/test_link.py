"""Which accreditation a record speaks of, and who holds it."""

import importlib
from typing import Any

import pytest
import sqlalchemy as sa

from services.kit import Accreditation, Draft, Name, Profile, Reading
from services.sync.accept import accept
from services.sync.link import field_key, load_index
from services.sync.match import candidates
from services.sync.run import carry_out
from services.terms import RunState
from tests.services.sync import toy
from tests.services.sync.conftest import Traveller

HERON: dict[str, Any] = {"key": "1", "name": "Heron Testing Pte Ltd", "number": "T-1"}


def links(traveller: Traveller) -> list[tuple[Any, ...]]:
    """(body, accreditation, number, field key, rule) of every open link, in order of records."""
    rows = traveller.rows(
        "select b.body_id, a.id, a.number, a.field_key, l.rule from accreditation_link l"
        " join accreditation a on a.id = l.accreditation_id"
        " join body_link b on b.record_id = l.record_id and upper_inf(b.known)"
        " where upper_inf(l.known) order by l.record_id, l.key"
    )
    return [tuple(row) for row in rows]


@pytest.mark.parametrize(
    "field",
    [
        "Hooklift & Container",
        "Hook-lift and Container",
        "HOOK LIFT & CONTAINER",
        "Hooklift  &container",
    ],
)
def test_a_field_is_the_same_however_it_is_spelt(field: str) -> None:
    same = Accreditation(key="1", issuer="TAB", field="Hook-Lift & Container")
    assert field_key(Accreditation(key="1", issuer="TAB", field=field)) == field_key(same)


def test_without_a_number_issuer_holder_and_field_tell_the_accreditation(
    traveller: Traveller,
) -> None:
    plain = HERON | {"number": "", "field": "Hook-Lift & Container"}
    traveller.play(
        plain,
        plain | {"key": "2", "field": "Hooklift & Container"},
        plain | {"key": "3", "field": "Cranes"},
        plain | {"key": "4", "field": "Hook-Lift & Container", "name": "Tern Labs"},
    )
    made = links(traveller)
    assert {one[4] for one in made} == {"issuer, holder and field"}
    first, respelt, other_field, other_holder = (one[1] for one in made)
    assert first == respelt
    assert len({first, other_field, other_holder}) == 3


def test_a_number_held_by_another_body_is_another_accreditation(traveller: Traveller) -> None:
    """BRIEF rule 10: the number does not make two holders' accreditations one."""
    traveller.play(HERON, HERON | {"key": "2", "name": "Tern Labs"})
    one, other = links(traveller)
    assert one[2] == other[2] == "T-1"
    assert one[0] != other[0]
    assert one[1] != other[1]
    [item] = traveller.rows("select kind, reason, body_id, evidence, state from review_item")
    assert (item.kind, item.state, item.body_id) == ("match", "open", one[0])
    assert item.reason == "The same number is held under another name."
    assert item.evidence["names"] == ["Tern Labs"]


def test_another_source_that_writes_the_number_differently_means_the_same(
    traveller: Traveller,
) -> None:
    traveller.enrol(toy.source(), toy.source("second"))
    traveller.play(HERON)
    traveller.play(HERON | {"key": "x", "number": "TAB t1", "country": ""}, key="second")
    first, second = links(traveller)
    assert first[:2] == second[:2]
    assert traveller.counts()["review_item"] == 0


def test_records_of_one_run_that_name_one_body_share_it(traveller: Traveller) -> None:
    traveller.play(HERON, HERON | {"key": "2", "number": "T-2"})
    one, other = links(traveller)
    assert one[0] == other[0]
    assert one[1] != other[1]
    assert traveller.counts()["body"] == 1


def test_a_record_keeps_its_body_when_its_name_is_corrected(traveller: Traveller) -> None:
    traveller.play(HERON, HERON | {"key": "2", "name": "Tern Labs", "number": "T-2"})
    before = links(traveller)
    traveller.play(
        HERON | {"name": "Heron Test Ltd"},
        HERON | {"key": "2", "name": "Tern Labs", "number": "T-2"},
    )
    assert links(traveller) == before


def test_records_that_change_names_with_one_another_are_not_made_one_body(
    traveller: Traveller,
) -> None:
    """The names on file are those of before: neither record bears its old one any more."""
    traveller.play(HERON, HERON | {"key": "2", "name": "Tern Labs", "number": "T-2"})
    traveller.play(
        HERON | {"name": "Tern Labs"},
        HERON | {"key": "2", "name": HERON["name"], "number": "T-2"},
    )
    one, other = links(traveller)
    assert one[0] != other[0]
    assert traveller.rows("select id from body_merge") == []


def accept_last(traveller: Traveller) -> None:
    [row] = traveller.rows("select max(id) id from run")
    with traveller.engine.begin() as conn:
        asked = accept(conn, row.id, "steward", "The list is right.", traveller.clock.on(hours=1))
    assert carry_out(traveller.road, asked) is RunState.PUBLISHED


def test_numbers_accepted_as_exchanged_speak_of_each_others_holder(traveller: Traveller) -> None:
    tern = HERON | {"key": "2", "name": "Tern Labs", "number": "T-2"}
    traveller.play(HERON, tern)
    (heron_body, heron_acc, *_), (tern_body, tern_acc, *_) = links(traveller)
    swapped = HERON | {"name": "Tern Labs"}, tern | {"name": HERON["name"]}
    assert traveller.play(*swapped)[0] is RunState.REFUSED
    accept_last(traveller)
    one, other = links(traveller)
    assert (one[0], other[0]) == (tern_body, heron_body)
    assert {one[1], other[1]}.isdisjoint({heron_acc, tern_acc}), "a new record, the number reused"
    assert traveller.rows("select id from body_merge") == []


def test_a_number_that_passes_to_a_known_body_leaves_its_old_holder_its_past(
    traveller: Traveller,
) -> None:
    gull = HERON | {"key": "3", "name": "Gull Analytics", "number": "T-3"}
    traveller.enrol(toy.source(), toy.source("second"))
    traveller.play(HERON, gull)
    traveller.play(HERON | {"key": "x", "name": "Tern Labs", "number": "S-9"}, key="second")
    heron_body = links(traveller)[0][0]
    assert traveller.play(HERON | {"name": "Tern Labs"}, gull)[0] is RunState.PUBLISHED
    bodies = {
        row.record_id: row.body_id
        for row in traveller.rows("select record_id, body_id from body_link where upper_inf(known)")
    }
    records = {
        (row.source_key, row.key): row.id
        for row in traveller.rows(
            "select r.id, r.key, l.source_key from record r join source_list l on l.id = r.list_id"
        )
    }
    assert bodies[records["toy", "1"]] == bodies[records["second", "x"]] != heron_body
    past = traveller.rows("select body_id from body_link where not upper_inf(known)")
    assert [row.body_id for row in past] == [heron_body]
    assert traveller.rows("select id from body_merge") == []


def test_a_name_that_changes_altogether_asks_a_person_and_stays(traveller: Traveller) -> None:
    gull = HERON | {"key": "3", "name": "Gull Analytics", "number": "T-3"}
    traveller.play(HERON, gull)
    before = links(traveller)
    traveller.play(HERON | {"name": "Aardvark Inspection"}, gull)
    assert links(traveller) == before
    [item] = traveller.rows("select reason, evidence from review_item")
    assert item.reason.startswith("The record names quite another body than before")
    assert item.evidence["their_names"] == [HERON["name"]]


def test_records_corrected_to_one_new_name_share_a_body(traveller: Traveller) -> None:
    second = HERON | {"key": "2", "name": "Heron Tsting Pte Ltd", "number": "T-2"}
    traveller.play(HERON | {"name": "Hron Testing Pte Ltd"}, second)
    first = links(traveller)[0][0]
    traveller.play(HERON, second | {"name": HERON["name"]})
    assert [link[0] for link in links(traveller)] == [first, first]


def periods(*accreditations: Accreditation) -> Any:
    one = Draft(
        key="1",
        names=(Name(text="Heron"),),
        profile=Profile(country="SG"),
        accreditations=accreditations,
    )
    return toy.source(parse=toy.Says(Reading(drafts=(one,), columns=("rows",))))


def test_periods_of_one_accreditation_keep_its_key_and_are_all_linked(
    traveller: Traveller,
) -> None:
    day = toy.day
    early = Accreditation(key="1", issuer="TAB", number="T-1", valid_to=day("2020-01-01"))
    late = Accreditation(key="1", issuer="TAB", number="T-1", valid_from=day("2020-01-01"))
    traveller.enrol(periods(early, late))
    assert traveller.play()[0] is RunState.PUBLISHED
    said = traveller.rows("select key from accreditation_statement")
    assert [row.key for row in said] == ["1", "1"]
    assert len(links(traveller)) == 1


def test_one_accreditation_stated_twice_for_the_same_days_is_refused(traveller: Traveller) -> None:
    traveller.enrol(
        periods(
            Accreditation(key="1", issuer="TAB", number="T-1"),
            Accreditation(key="1", issuer="TAB", number="T-2"),
        )
    )
    state, run_id = traveller.play()
    assert state is RunState.REFUSED
    assert traveller.run(run_id).reasons == [
        "One record states one accreditation twice for the same days: “1” in “1”."
    ]


def test_a_name_that_another_source_misspells_asks_a_person(traveller: Traveller) -> None:
    """Blocked by its neighbours in the alphabet: nobody's number or exact name tells of it."""
    traveller.enrol(toy.source(), toy.source("second"))
    traveller.play(
        HERON | {"name": "Heron Certification Singapore Pte Ltd"},
        HERON | {"key": "2", "number": "T-2", "name": "Heron Calibration Ltd"},
        HERON | {"key": "3", "number": "T-3", "name": "Tern Certification Singapore Pte Ltd"},
    )
    misspelt = HERON | {"number": "T-9", "name": "Heron Certification Singaproe Pte Ltd"}
    traveller.play(misspelt, key="second")
    known = {one[2]: one[0] for one in links(traveller)}
    assert len(set(known.values())) == 4
    [item] = traveller.rows("select body_id, reason, evidence from review_item")
    assert item.body_id == known["T-1"]
    assert item.reason == "The names are alike but for their spelling."
    assert item.evidence["likeness"]["person"] == "misspelt"
    assert item.evidence["likeness"]["decision"] == "same"


def test_a_doubt_about_a_misspelt_name_is_answered_by_its_correction(
    traveller: Traveller,
) -> None:
    """Left open it would keep the verdict on the record's accreditation unresolved for ever."""
    traveller.enrol(toy.source(), toy.source("second"))
    name = "Heron Certification Singapore Pte Ltd"
    traveller.play(HERON | {"name": name})
    traveller.play(HERON | {"number": "T-9", "name": name.replace("pore", "proe")}, key="second")
    asked = "select state, closed_at, because, merge_id from review_item"
    assert [item.state for item in traveller.rows(asked)] == ["open"]
    state, run_id = traveller.play(HERON | {"number": "T-9", "name": name}, key="second")
    assert state is RunState.PUBLISHED
    assert len({one[0] for one in links(traveller)}) == 1
    [item] = traveller.rows(asked)
    assert (item.state, item.because) == (
        "same",
        "A corrected name is that of a body that the directory knew.",
    )
    assert item.closed_at == traveller.run(run_id).known_at
    [merge] = traveller.rows("select id from body_merge")
    assert item.merge_id == merge.id


def test_a_body_named_with_its_unit_and_in_another_order_asks_a_person(
    traveller: Traveller,
) -> None:
    """Found by its keys: neither equal cores nor neighbours in the alphabet bring it about."""
    traveller.enrol(toy.source(), toy.source("second"))
    traveller.play(HERON, HERON | {"key": "2", "number": "T-2", "name": "Tern Certification Ltd"})
    traveller.play(
        HERON | {"number": "T-8", "name": "Central Laboratory, Heron Testing Pte Ltd"},
        HERON | {"key": "2", "number": "T-9", "name": "Plover Ltd"},
        key="second",
    )
    known = {one[2]: one[0] for one in links(traveller)}
    assert len(set(known.values())) == 4
    [item] = traveller.rows("select body_id, reason, evidence from review_item")
    assert item.body_id == known["T-1"]
    assert item.reason == (
        "The same legal person or institution by its name, written in another way."
    )
    assert item.evidence["likeness"]["decision"] == "same"


def test_names_of_before_get_the_keys_that_they_would_get_today(traveller: Traveller) -> None:
    traveller.play(HERON, HERON | {"key": "2", "number": "T-2", "name": "苍鹭检测有限公司"})
    said = "select text, keys from name order by id"
    stated = [tuple(row) for row in traveller.rows(said)]
    assert all(keys for _, keys in stated)
    revision = importlib.import_module("services.migrations.versions.0011_name_keys")
    with traveller.engine.begin() as conn:
        conn.execute(sa.text("update name set keys = '{}'"))
        revision._fill(conn)
    assert [tuple(row) for row in traveller.rows(said)] == stated


def test_a_chinese_name_and_its_english_one_ask_a_person(traveller: Traveller) -> None:
    traveller.enrol(toy.source(), toy.source("second"))
    china = HERON | {"country": "CN", "name": "深圳市苍鹭检测技术有限公司"}
    traveller.play(china, HERON | {"key": "2", "number": "T-2", "name": "苍鹭认证有限公司"})
    english = "Shenzhen Canglu Testing Technology Co., Ltd."
    traveller.play(china | {"number": "T-9", "name": english}, key="second")
    known = {one[2]: one[0] for one in links(traveller)}
    [item] = traveller.rows("select body_id, evidence from review_item")
    assert item.body_id == known["T-1"]
    assert item.evidence["likeness"]["person"] == "translated"


def test_of_many_units_of_one_person_each_asks_once(traveller: Traveller) -> None:
    """About the oldest body of that name: the queue grows with the records, not with the pairs."""
    names = [f"Heron Testing Pte Ltd - Laboratory {city}" for city in ("Leeds", "Derby", "Essen")]
    traveller.play(
        *(HERON | {"key": str(n), "number": f"T-{n}", "name": x} for n, x in enumerate(names))
    )
    bodies = sorted(one[0] for one in links(traveller))
    items = traveller.rows("select body_id from review_item")
    assert [item.body_id for item in items] == [bodies[0]] * 2


def test_a_word_in_very_many_names_brings_nobody_together(traveller: Traveller) -> None:
    """Names with these letters alike are compared where they share a rare word."""
    crowd = [
        HERON | {"key": str(n), "number": f"T-{n}", "name": f"Shenzhen {brand} Ltd"}
        for n, brand in enumerate(BRANDS)
    ]
    traveller.enrol(toy.source(), toy.source("second"))
    traveller.play(*crowd)
    with traveller.engine.connect() as conn:
        asked = Draft(key="k", names=(Name(text="Shenzhen Flamingo Ltd"),))
        index = load_index(conn, [asked])
        assert index.crowded == {"shenzhen"}
        assert candidates(asked, index) == set()
        other = Draft(key="k", names=(Name(text="Ortolan (Shenzhen) Co., Ltd."),))
        assert len(candidates(other, load_index(conn, [other]))) == 1


BRANDS = (
    *("Avocet", "Bittern", "Curlew", "Dunlin", "Egret", "Fulmar", "Gannet", "Hobby", "Ibis"),
    *("Jackdaw", "Kestrel", "Lapwing", "Merlin", "Nuthatch", "Ortolan", "Pipit", "Quail"),
    *("Redstart", "Shrike", "Twite", "Whimbrel", "Wryneck"),
)


def test_a_branch_and_a_sister_in_another_place_are_no_misspellings(traveller: Traveller) -> None:
    traveller.enrol(toy.source(), toy.source("second"))
    traveller.play(HERON | {"name": "Heron Standards Technical Ltd. Guangzhou Branch"})
    other = HERON | {"number": "T-9", "name": "Heron Standards Technical Ltd. Hangzhou Branch"}
    traveller.play(other, key="second")
    assert traveller.counts()["body"] == 2
    assert traveller.counts()["review_item"] == 0
