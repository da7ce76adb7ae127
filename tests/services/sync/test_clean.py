"""No reader lets through an address of a person."""

from services.kit import Draft, Leftover, Name, Reading, Site
from services.sync.clean import read_clean


def reads(*drafts: Draft) -> Reading:
    return Reading(
        drafts=drafts,
        leftovers=(Leftover(what="column", example="someone@made-up.example", count=1),),
        problems=("line 4: someone@made-up.example",),
        unread=("X2 someone@made-up.example",),
    )


def draft(key: str, name: str, address: str = "") -> Draft:
    return Draft(
        key=key,
        names=(Name(key="", text=name, raw=name),),
        sites=(Site(key="s", address=address, raw=address),),
    )


def test_e_mail_addresses_go_wherever_they_stand() -> None:
    seen = draft("X1", "Alpha Lab someone@made-up.example", "1 Road, x.y+z@lab.made-up.example")
    clean = read_clean(reads, seen)
    assert "@" not in repr(clean)
    assert clean.drafts[0].names[0].text == "Alpha Lab"
    assert clean.drafts[0].sites[0].address == "1 Road,"
    assert clean.unread == ("X2",)


def test_a_name_of_which_nothing_is_left_is_no_name() -> None:
    clean = read_clean(reads, draft("X1", "someone@made-up.example"))
    assert clean.drafts[0].names == ()


def test_a_record_of_which_no_key_is_left_is_a_problem() -> None:
    clean = read_clean(reads, draft("someone@made-up.example", "Alpha"), draft("X1", "Beta"))
    assert [one.key for one in clean.drafts] == ["X1"]
    assert clean.problems[-1].endswith("nothing names the record")


def test_what_names_nobody_stays_as_it_was() -> None:
    plain = Reading(drafts=(draft("X1", "Alpha @ Lab"),))
    assert read_clean(lambda: plain) == plain


def test_a_very_long_word_is_read_in_time_with_its_length() -> None:
    long = "a" * 2_000_000
    clean = read_clean(reads, draft("X1", f"Alpha {long}@b"))
    assert clean.drafts[0].names[0].text == f"Alpha {long}@b"
