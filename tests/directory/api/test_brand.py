"""Questions 8 and 9 of the twelve, and a body's way abroad, on what is shipped."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from litestar.testing import TestClient

from directory.app import FrontDoor, create_app
from services import db
from services.settings import Settings
from tests.directory.api import made

NOW = datetime(2026, 11, 1, 9, tzinfo=UTC)
Client = TestClient[FrontDoor]


@pytest.fixture(scope="module")
def client(make_database: Callable[[], str]) -> Iterator[Client]:
    url = make_database()
    engine = db.connect(url)
    made.publish(engine)
    engine.dispose()
    app = create_app(Settings(database_url=url), lambda: NOW)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def get(client: Client, path: str, **asked: str) -> Any:
    answer = client.get(f"/api/v1{path}", params=asked)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture(scope="module")
def ferry(client: Client) -> str:
    found = get(client, "/bodies", q="Cormorant Ferry Testing Shenzhen")["data"]["cards"]
    return str(next(one["id"] for one in found if "Suzhou" not in one["names"][0]["text"]))


@pytest.fixture(scope="module")
def dragonfly(client: Client) -> str:
    return str(get(client, "/bodies", q="Bamboo Dragonfly")["data"]["cards"][0]["id"])


# --- 8. Is this overseas presence real? -----------------------------------------------------------


def test_tables_join_the_register_s_bodies_and_make_none(client: Client) -> None:
    assert get(client, "/status")["data"]["bodies"] == 200


def test_a_built_site_is_covered_by_a_schedule_and_its_own_suspension_is_seen(
    client: Client, ferry: str
) -> None:
    (built,) = get(client, f"/bodies/{ferry}/presence", country="VN")["data"]
    assert (built["mode"], built["claim_only"], built["verified"]) == ("built", False, True)
    assert built["since"] == "2023-03-15"
    cover = {one["label"]: one["standing"] for one in built["covered_by"]}
    # site C is suspended at the body's own request since June; the whole stands, in part
    assert cover["CNAS L90001"] == "suspended"
    assert cover["CNAS L90002"] == "stands"
    assert built["may_issue"]
    assert built["last_verified"] == "2026-09-01"


def test_a_partner_s_place_is_told_from_a_mere_claim(client: Client, ferry: str) -> None:
    (dubai,) = get(client, f"/bodies/{ferry}/presence", country="AE")["data"]
    assert (dubai["mode"], dubai["partner"]) == ("borrowed", "Ghaf Falcon Testing")
    assert (dubai["claim_only"], dubai["level"]) == (False, "issuer_document_verified")
    assert dubai["covered_by"] == []
    assert dubai["in_whose_name"] == "the partner"
    assert dubai["languages"] == ["en", "ar", "zh"]
    assert dubai["evidence"][0]["source"] == "made_brand"
    assert dubai["evidence"][0]["sha256"]
    (claim,) = get(client, f"/bodies/{ferry}/presence", country="Kenya")["data"]
    assert (claim["claim_only"], claim["verified"], claim["last_verified"]) == (True, False, None)
    assert claim["note"] == "web site of the body (2026-08-20)"


def test_a_country_is_asked_by_code_name_or_grouping(client: Client, ferry: str) -> None:
    everywhere = get(client, f"/bodies/{ferry}/presence")
    gulf = get(client, f"/bodies/{ferry}/presence", country="GCC")["data"]
    assert {one["country"] for one in gulf} <= {"AE", "SA", "QA", "KW", "BH", "OM"}
    assert gulf
    assert everywhere["meta"]["total"] > len(gulf)
    wrong = client.get(f"/api/v1/bodies/{ferry}/presence", params={"country": "Kenia"})
    assert wrong.status_code == 400
    assert "Kenya" in wrong.text


# --- 9. Brand credentials -------------------------------------------------------------------------


def test_marks_have_class_territory_status_and_renewal(client: Client, ferry: str) -> None:
    marks = get(client, f"/bodies/{ferry}/credentials", kind="trademark")["data"]
    by = {(one["territory"], one["nice_class"], one["number"]): one for one in marks}
    eu = by["EU", 42, "990010101"]
    assert (eu["status"], eu["renewal_due"], eu["verified"]) == ("registered", "2027-02-14", True)
    assert by["EU", 35, "990010101"]["status"] == "registered"
    assert (by["SA", 42, "990010103"]["status"], by["SA", 42, "990010103"]["renewal_due"]) == (
        "applied",
        None,
    )
    parent = by["CN", 35, "99900177"]
    assert parent["via_parent"] == "Cormorant Ferry Group Holding Co., Ltd."
    assert (parent["renewal_due"], parent["renewal_opens"]) == ("2026-12-20", "2025-12-20")


def test_what_expires_soon_is_found_as_of_the_day_asked_about(client: Client, ferry: str) -> None:
    path = f"/bodies/{ferry}/credentials"
    soon = get(client, path, expiring_within="90d")["data"]
    assert {(one["kind"], one["renewal_due"]) for one in soon} == {
        ("trademark", "2026-12-20"),
        ("trademark", "2027-01-09"),
        ("membership", "2027-01-15"),
    }
    assert all(one["expiring"] for one in soon)
    assert get(client, path, expiring_within="30")["data"] == []
    before = get(client, path, expiring_within="90d", on="2026-10-01")["data"]
    assert [one["renewal_due"] for one in before] == ["2026-12-20"]


def test_verified_only_leaves_out_claims_and_never_what_speaks_against(
    client: Client, ferry: str
) -> None:
    every = get(client, f"/bodies/{ferry}/credentials")["data"]
    kept = get(client, f"/bodies/{ferry}/credentials", verified_only="true")["data"]
    assert {one["level"] for one in every} > {one["level"] for one in kept}
    assert all(one["verified"] or one["polarity"] == "adverse" for one in kept)
    assert kept[0]["kind"] == "penalty"
    (plaque,) = [one for one in every if one["title"].startswith("Testing Brand")]
    assert (plaque["level"], plaque["verified"]) == ("marketing_claim", False)
    members = [one for one in every if one["kind"] == "membership"]
    assert {one["category"] for one in members} >= {"full", "observer"}
    assert all("score" not in one for one in every)


@pytest.mark.parametrize(
    ("asked", "parameter", "remedy"),
    [
        ({"expiring_within": "soon"}, "expiring_within", "as 90d"),
        ({"expiring_within": "99999d"}, "expiring_within", "from 1d to 3650d"),
        ({"verified_only": "maybe"}, "verified_only", "true or false"),
        ({"kind": "medal"}, "kind", "trademark, award"),
    ],
)
def test_a_wrong_parameter_is_named_with_its_remedy(
    client: Client, ferry: str, asked: dict[str, str], parameter: str, remedy: str
) -> None:
    answer = client.get(f"/api/v1/bodies/{ferry}/credentials", params=asked)
    assert (answer.status_code, answer.json()["parameter"]) == (400, parameter)
    assert remedy in answer.text


# --- the way abroad -------------------------------------------------------------------------------


def test_agreements_and_acceptances_have_partners_territories_and_days(
    client: Client, ferry: str
) -> None:
    data = get(client, f"/bodies/{ferry}/abroad")["data"]
    by_kind = {one["kind"]: one for one in data["cooperations"]}
    assert set(by_kind) == {"cbtl_under_ncb", "witnessed_testing", "joint_laboratory"}
    ncb = by_kind["cbtl_under_ncb"]
    assert (ncb["partner"], ncb["partner_also"]) == (
        "Kingfisher Raintree Certification",
        "翠鸟雨树认证",
    )
    assert (ncb["countries"], ncb["until"], ncb["verified"]) == (
        ["SG", "MY", "ID"],
        "2027-02-28",
        True,
    )
    assert by_kind["joint_laboratory"]["verified"] is False
    taken = {one["country"]: one for one in data["acceptances"]}
    assert (taken["SA"]["since"], taken["SA"]["until"]) == ("2023-06-01", "2027-05-31")
    assert taken["SA"]["current"] is True
    assert (taken["BR"]["current"], taken["BR"]["level"]) == (False, "self_declared_document")
    assert data["acceptances"][-1]["country"] == "BR"  # what is over stands last
    assert all(one["evidence"][0]["sha256"] for one in data["cooperations"])


def test_projects_cases_experts_and_offers(client: Client, ferry: str) -> None:
    data = get(client, f"/bodies/{ferry}/abroad")["data"]
    (project,) = data["projects"]
    assert (project["status"], project["country"]) == ("running", "VN")
    assert project["partners"][0] == "Red Delta Egret Inspection"
    cases = {one["country"]: one for one in data["accompaniments"]}
    assert cases["VN"]["title"] == "Power banks of a Dongguan maker to Hai Phong"
    riyadh = cases["SA"]
    assert (riyadh["consent"], riyadh["title"], riyadh["outcome"]) == (False, "", "")
    assert "Kettles" not in client.get(f"/api/v1/bodies/{ferry}/abroad").text.split("offers")[0]
    assert data["experts"] == 20
    assert {one["committee"] for one in data["expertise"]} == {
        "IEC TC 61", "IEC TC 21", "ISO/CASCO", "",
    }  # fmt: skip
    assert {(one["stage"], one["hs_code"]) for one in data["offers"]} == {
        ("export", "8507.60"), ("design", "8516.79"), ("production", "8516"),
    }  # fmt: skip


def test_an_owner_is_prohibited_only_as_a_source_says_under_a_rule(
    client: Client, ferry: str, dragonfly: str
) -> None:
    (owner,) = get(client, f"/bodies/{dragonfly}/abroad")["data"]["ownerships"]
    assert (owner["prohibited"], owner["share"], owner["owner_country"]) == (True, "12", "CN")
    assert owner["rule"].startswith("US FCC")
    (own,) = get(client, f"/bodies/{ferry}/abroad")["data"]["ownerships"]
    assert (own["prohibited"], own["rule"]) == (False, "")


def test_what_was_not_known_then_is_not_told(client: Client, ferry: str) -> None:
    answer = client.get(
        f"/api/v1/bodies/{ferry}/abroad", params={"known_at": "2026-08-31T12:00:00Z"}
    )
    assert answer.status_code == 404
    past = get(client, f"/bodies/{ferry}/abroad", on="2021-01-01")["data"]
    assert not any(one["current"] for one in past["cooperations"])
