"""Days in cells: read where they can be read one way only, told where they cannot."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.cell_days import FIRST_YEAR, LAST_YEAR, Order, read

DAY = date(2019, 3, 4)


@pytest.mark.parametrize(
    "text",
    ["2019-03-04", "2019/3/4", "2019.03.04", "20190304", "2019年3月4日", "２０１９年３月４日",
     "4 March 2019", "March 4, 2019", "04-Mar-2019", "4.3.2019", "2019-03-04 10:33:00",
     "2019-03-04T00:00", "二〇一九年三月四日"],
)  # fmt: skip
def test_days_that_read_one_way_are_read(text: str) -> None:
    assert read(text, "", "c") == ((DAY,), None)


@pytest.mark.parametrize(
    "text",
    ["2019/3/4 ~ 2019/3/9", "2019.03.04-2019.03.09", "2019-03-04 - 2019-03-09",
     "2019年3月4日至2019年3月9日", "4 Mar 2019 to 9 Mar 2019", "2019-03-04—2019-03-09",
     "20190304～20190309"],
)  # fmt: skip
def test_a_period_is_its_first_and_last_day(text: str) -> None:
    assert read(text, "", "c") == ((DAY, date(2019, 3, 9)), None)


def test_figures_either_way_round_wait_for_their_column() -> None:
    days, fault = read("04/03/2019", "", "Tested")
    assert days == ()
    assert fault is not None
    assert fault.code == "DAY_AMBIGUOUS"
    assert (fault.params["first"], fault.params["second"]) == ("2019-03-04", "2019-04-03")
    assert read("04/03/2019", "dmy", "c")[0] == (DAY,)
    assert read("03/04/2019", "mdy", "c")[0] == (DAY,)
    _, mixed = read("04/03/2019", "both", "c")
    assert mixed is not None
    assert mixed.code == "DAY_ORDERS_MIXED"
    assert read("05/05/2019", "", "c")[0] == (date(2019, 5, 5),)


def test_a_column_proves_its_order_and_two_orders_prove_none() -> None:
    order = Order()
    for text in ("04/03/2019", "2019-13-13", "03/04/2019"):
        order.look(text)
    assert order.word == ""
    order.look("13/04/2019")
    assert order.word == "dmy"
    order.look("04/13/2019")
    assert order.word == "both"


@pytest.mark.parametrize(
    ("text", "order", "code"),
    [
        ("2019-02-30", "", "DAY_IMPOSSIBLE"),
        ("31/04/2019", "dmy", "DAY_IMPOSSIBLE"),
        ("13/04/2019", "mdy", "DAY_IMPOSSIBLE"),
        ("45321", "", "DAY_IS_A_NUMBER"),
        ("pending", "", "DAY_UNREADABLE"),
        ("4/3/19", "dmy", "DAY_UNREADABLE"),
        ("2019-03", "", "DAY_UNREADABLE"),
        ("2019-03-04 or 2019-03-05", "", "DAY_UNREADABLE"),
        ("0019-01-01", "", "DAY_UNLIKELY"),
        ("2919-01-01", "", "DAY_UNLIKELY"),
    ],
)
def test_what_is_no_day_is_said_to_be_none(text: str, order: str, code: str) -> None:
    days, fault = read(text, order, "c")
    assert days == ()
    assert fault is not None
    assert fault.code == code


@given(st.text(max_size=40), st.sampled_from(["", "dmy", "mdy", "both"]))
def test_any_text_gives_days_or_a_fault_and_never_both(text: str, order: str) -> None:
    days, fault = read(text, order, "c")
    assert bool(days) is (fault is None)
    assert len(days) <= 2


@given(st.dates(date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31)))
def test_a_day_is_read_as_it_is_written_in_every_certain_form(day: date) -> None:
    for form in ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%d %B %Y"):
        assert read(day.strftime(form), "", "c")[0] == (day,), form
    assert read(day.strftime("%d/%m/%Y"), "dmy", "c")[0] == (day,)
    assert read(day.strftime("%m/%d/%Y"), "mdy", "c")[0] == (day,)
