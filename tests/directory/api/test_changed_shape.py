"""A source whose list changes shape: told to the desk, to metrics and to its subscribers."""

import json
from collections.abc import Callable

from services.kit import Expect
from services.terms import RunState
from services.watch import subscriptions
from services.watch.filter import Filter
from tests.directory.api.road import Road, road
from tests.services.sync import toy

METRIC = "labdir_source_changed_shape"
GOOD = [{"key": str(n), "name": f"Body {n}", "number": f"T-{n}"} for n in (1, 2)]
RENAMED = [{"key": one["key"], "name": one["name"], "licence_no": one["number"]} for one in GOOD]


def messages(place: Road) -> list[tuple[int, str]]:
    rows = place.traveller.rows("select subscription_id, body from delivery order by id")
    return [(row.subscription_id, row.body) for row in rows]


def test_a_changed_shape_is_told_once_where_alerts_hang_and_its_end_as_well(
    make_database: Callable[[], str],
) -> None:
    expect = Expect(min_rows=1, max_drop=0.5, columns=("number",))
    source = toy.source(parse=toy.parse_with_columns, expect=expect)
    with road(make_database(), source, toy.source("second")) as place:
        with place.traveller.engine.begin() as conn:
            for wanted in (Filter(sources=("toy",)), Filter(sources=("second",)), Filter()):
                subscriptions.make(
                    conn, place.steward, "https://office.example/hook", wanted, "", (),
                    place.traveller.clock(),
                )  # fmt: skip
        assert place.traveller.play(*GOOD)[0] is RunState.PUBLISHED
        assert place.metric(METRIC, "toy") == 0
        assert messages(place) == []

        state, run_id = place.traveller.play(*RENAMED)
        assert state is RunState.REFUSED
        assert (place.metric(METRIC, "toy"), place.metric(METRIC, "second")) == (1, 0)
        assert place.waits("refused_run") == [str(run_id)]
        ((_, body),) = messages(place)
        said = json.loads(body)
        assert said["type"] == "source.changed_shape"
        told = said["data"]
        assert (told["source"], told["run"], told["state"]) == ("toy", run_id, "refused")
        assert told["what"][:2] == ["Columns gone: number.", "New columns: licence_no."]

        assert place.traveller.play(*RENAMED, more=1)[0] is RunState.REFUSED
        assert len(messages(place)) == 1, "the same again is no news"
        assert place.traveller.play(*GOOD, more=1)[0] is RunState.UNCHANGED
        assert place.metric(METRIC, "toy") == 0


def test_a_page_that_cannot_be_read_at_all_is_a_changed_shape_and_fewer_rows_are_none(
    make_database: Callable[[], str],
) -> None:
    with road(make_database(), toy.source()) as place:
        assert place.traveller.play(*GOOD)[0] is RunState.PUBLISHED
        place.traveller.enrol(toy.source(parse=toy.broken, parser_version=2))
        assert place.traveller.play(*GOOD, more=1)[0] is RunState.REFUSED
        assert place.metric(METRIC, "toy") == 1
        place.traveller.enrol(toy.source(parser_version=3, expect=Expect(min_rows=2)))
        assert place.traveller.play(GOOD[0])[0] is RunState.REFUSED
        assert place.metric(METRIC, "toy") == 0
