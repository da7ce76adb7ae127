"""The made brand tables: every kind is there, of bodies of the made register."""

from collections import Counter
from datetime import date
from urllib.parse import urlsplit

import pytest

from deploy.made_register.brand import KINDS as MADE_KINDS
from deploy.made_register.site import answer, register
from services.errors import Unreadable
from services.kit import Draft, Page, Reading
from services.parsers.brand_kinds import KINDS
from services.sources.made_brand import SOURCE
from services.sync.check import reasons_to_refuse
from services.terms import CredentialKind, EvidenceLevel, Polarity, PresenceMode


def shipped(kind: str) -> Reading:
    url = SOURCE.list_named(kind).request.url
    page = answer(urlsplit(url).path, {})
    assert page is not None
    return SOURCE.parse([Page(url=url, body=page.body, content_type=page.content_type)], kind)


def facts(kind: str) -> list[tuple[Draft, object]]:
    part = KINDS[kind].part
    return [(draft, fact) for draft in shipped(kind).drafts for fact in getattr(draft, part)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_shipped_and_read_whole(kind: str) -> None:
    reading = shipped(kind)
    assert reading.problems == ()
    assert reading.unread == ()
    assert reasons_to_refuse(reading, SOURCE.expect, None) == []
    assert len(facts(kind)) >= (3 if kind == "zones" else 20)
    assert set(MADE_KINDS) == set(KINDS)
    levels = {getattr(fact, "level", None) for _, fact in facts(kind)}
    assert kind in {"zones", "ownership"} or len(levels) > 1 or kind == "presence"


def test_every_table_says_that_it_is_made_and_is_the_same_each_time() -> None:
    for kind in KINDS:
        page = answer(f"/made-brand/{kind}.csv", {})
        assert page == answer(f"/made-brand/{kind}.csv", {})
        assert page is not None
        assert "虚构数据" in page.body.decode().splitlines()[0]
    assert answer("/made-brand/nothing.csv", {}) is None


def test_bodies_are_those_of_the_register_by_their_own_numbers() -> None:
    bodies = register()["organisations"]
    known = {one["uscc"] for one in bodies if "uscc" in one}
    known |= {one["lei"] for one in bodies if "lei" in one}
    known |= {f"{c['issuer']} {c['number']}" for one in bodies for c in one["certificates"]}
    keys = {draft.key for kind in KINDS if kind != "zones" for draft in shipped(kind).drafts}
    assert keys <= known
    assert any(" " in key for key in keys)  # some by an accreditation only


def test_trade_marks_stand_in_several_territories_with_renewals_ahead() -> None:
    marks = [
        (draft, one)
        for draft in shipped("credentials").drafts
        for one in draft.credentials
        if one.kind is CredentialKind.TRADEMARK
    ]
    each = Counter(draft.key for draft, _ in marks)
    assert max(each.values()) >= 5
    assert {one.territory for _, one in marks} >= {"CN", "EU", "VN", "SA", "US"}
    assert {one.status for _, one in marks} >= {"registered", "applied", "refused"}
    soon = [one for _, one in marks if one.expires and one.expires < date(2027, 3, 1)]
    assert any(one.expires > date(2026, 12, 1) for one in soon if one.expires)


def test_ferry_has_each_sort_of_credential_and_a_penalty_that_is_adverse() -> None:
    ferry = next(d for d in shipped("credentials").drafts if d.key == "91999999MA38WAQ15L")
    kinds = {one.kind for one in ferry.credentials}
    assert kinds >= {"trademark", "membership", "award", "proficiency_result", "penalty"}
    (penalty,) = [one for one in ferry.credentials if one.kind is CredentialKind.PENALTY]
    assert penalty.polarity is Polarity.ADVERSE
    (bought,) = [one for one in ferry.credentials if one.kind is CredentialKind.AWARD]
    assert bought.level is EvidenceLevel.MARKETING_CLAIM
    assert {one.category for one in ferry.credentials if one.kind == "membership"} == {
        "full",
        "observer",
    }


def test_one_owner_is_prohibited_under_a_market_s_rule() -> None:
    found = [fact for _, fact in facts("ownership") if getattr(fact, "prohibited", False)]
    (owner,) = found
    assert "FCC" in getattr(owner, "rule", "")


def test_what_only_a_web_site_says_is_a_claim() -> None:
    claims = [one for draft in shipped("presence").drafts for one in draft.presences]
    assert {one.mode for one in claims} == {PresenceMode.BORROWED}
    assert Counter(one.level for one in claims)[EvidenceLevel.MARKETING_CLAIM] >= len(claims) - 1


def test_the_register_vouches_only_at_its_own_host() -> None:
    url = SOURCE.list_named("credentials").request.url
    page = answer(urlsplit(url).path, {})
    assert page is not None
    elsewhere = page.body.replace(b"https://registers.made", b"https://registers.fake")
    reading = SOURCE.parse([Page(url=url, body=elsewhere)], "credentials")
    levels = {one.level for draft in reading.drafts for one in draft.credentials}
    assert levels == {EvidenceLevel.SELF_DECLARED_DOCUMENT, EvidenceLevel.MARKETING_CLAIM}


def test_another_table_in_its_place_is_refused() -> None:
    with pytest.raises(Unreadable, match="has no column"):
        SOURCE.parse([Page(url="", body=b"a,b\n1,2\n")], "offers")
