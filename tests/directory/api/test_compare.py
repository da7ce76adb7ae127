"""Question 5: bodies side by side for a market and a product; the API's answer, in its content."""

from tests.directory.api.conftest import Client, House, drafts
from tests.services.store.build import World, at, lab, line


def _ids(client: Client) -> dict[str, str]:
    cards = client.get("/api/v1/bodies").json()["data"]["cards"]
    return {card["names"][0]["text"].split()[0]: card["id"] for card in cards}


def test_two_bodies_are_compared_for_a_market_and_a_product(client: Client) -> None:
    ids = _ids(client)
    asked = {
        "bodies": f"{ids['Harbour']},{ids['Quayside']}",
        "market": "ae",
        "product": "batteries",
        "on": "2026-06-01",
    }
    answer = client.get("/api/v1/compare", params=asked).json()
    data = answer["data"]
    harbour, quayside = data["bodies"]
    assert data["market"] == "AE"
    (line,) = data["lines"]
    assert line["object_also"] == "lithium batteries"
    assert [(cell["state"], cell["verdict"]) for cell in line["held"]] == [
        ("held", "SUSPENDED"),
        ("absent", None),
    ]
    assert line["held"][0]["evidence"]["sha256"]
    (accreditation,) = harbour["accreditations"]
    assert accreditation["accreditation"]["status"]["verdict"] == "SUSPENDED"
    assert accreditation["matched"] == 1
    assert [(p["country"], p["mode"], p["verified"]) for p in harbour["presences"]] == [
        ("AE", "borrowed", True)
    ]
    assert [item["label"] for item in harbour["adverse"]] == [
        "CNAS L90417",
        "Fined for late reports",
    ]
    why = {one["part"]: one["code"] for one in quayside["unknowns"]}
    assert why["presence"] == "NO_PRESENCE_THERE"
    assert why["ownership"] == "NO_OWNER"
    assert data["parts"][0]["part"] == "status"
    assert data["parts"][0]["differs"]
    assert [source["key"] for source in answer["meta"]["sources"]] == ["register"]


def test_ten_thousand_ids_are_told_the_limit(client: Client) -> None:
    answer = client.get("/api/v1/compare?bodies=" + ",".join(f"b{n}" for n in range(10_000)))
    assert answer.status_code == 400
    assert "at most 5" in answer.json()["detail"]
    assert client.get("/api/v1/compare").status_code == 400
    assert client.get("/api/v1/compare?bodies=b999999").status_code == 404


def test_substitutes_are_asked_of_a_body_that_fell(client: Client, house: House) -> None:
    def more(world: World) -> None:
        lines = [line("1", "锂电池", "GB/T 18287-2013", object_also="lithium batteries")]
        far = lab("L90700", name="Far Cells Laboratory", name_zh="", country="DE", lines=lines)
        world.look("register", at("2026-05-31", 8), [*drafts(), far])

    house.look(more)
    harbour = _ids(client)["Harbour"]
    data = client.get(f"/api/v1/bodies/{harbour}/substitutes?on=2026-06-01").json()["data"]
    assert (data["which"], data["lines"]) == ("fallen", 2)
    (far,) = data["substitutes"]
    assert far["names"][0]["text"] == "Far Cells Laboratory"
    assert (far["same"], far["lost"]) == (1, 1)
    assert far["lost_first"][0]["method"] == "GB 4943.1-2022"
    where = f"/api/v1/bodies/{harbour}/substitutes?country=SG"
    assert client.get(where).json()["data"]["substitutes"] == []
    assert client.get(f"/api/v1/bodies/{harbour}/substitutes?limit=51").status_code == 400
    assert client.get("/api/v1/bodies/b999999/substitutes").status_code == 404
