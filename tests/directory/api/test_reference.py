"""The OpenAPI document: complete, true to the answers, shown with nothing from elsewhere."""

import re
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from selectolax.lexbor import LexborHTMLParser

from directory.api.problems import KINDS
from directory.api.reference import METHODS
from services.terms import Role
from tests.directory.api.conftest import Client, House
from tests.directory.api.test_bodies import battery_id

API = {
    *("/api/v1/bodies", "/api/v1/bodies/{body_id}", "/api/v1/accreditations/{accreditation_id}"),
    *(f"/api/v1/bodies/{{body_id}}/{part}" for part in ("accreditations", "scope", "presence")),
    *(f"/api/v1/bodies/{{body_id}}/{part}" for part in ("credentials", "timeline", "dossier")),
    *("/api/v1/resolve", "/api/v1/sources", "/api/v1/sources/{key}", "/api/v1/sources/{key}/runs"),
    *("/api/v1/runs/{run_id}", "/api/v1/changes", "/api/v1/status"),
    *("/api/v1/account", "/health", "/ready", "/metrics"),
}
AUDIT = "/api/v1/audits/{audit_id}"
API |= {"/api/v1/audits", AUDIT, f"{AUDIT}/rows", f"{AUDIT}/progress"}
API |= {f"{AUDIT}/result.csv", f"{AUDIT}/result.xlsx"}
API |= {"/api/v1/changes.atom", "/api/v1/changes/stream", "/api/v1/changes/{place}/touches"}
LIST, HOOK = "/api/v1/watchlists/{watchlist_id}", "/api/v1/subscriptions/{subscription_id}"
API |= {"/api/v1/watchlists", LIST, "/api/v1/subscriptions", HOOK, f"{HOOK}/deliveries"}
API |= {"/.well-known/jwks.json", "/api/v1/log", "/api/v1/log/consistency"}
LEAF = "/api/v1/log/{position}"
API |= {LEAF, f"{LEAF}/rows/{{row}}", "/api/v1/receipts/{receipt_id}"}
API |= {"/api/v1/compare", "/api/v1/bodies/{body_id}/substitutes"}
API |= {"/api/v1/conflicts", "/api/v1/bodies/{body_id}/abroad"}
API |= {"/api/v1/markets", "/api/v1/markets/{market}", "/api/v1/markets/compare"}
API |= {"/api/v1/bodies/{body_id}/markets", "/api/v1/designations"}
ACROSS = "cooperations acceptances projects accompaniments expertise offers memberships zones"
API |= {f"/api/v1/{word}" for word in (*ACROSS.split(), "indicators", "obstacles")}
SHORTLIST = "/api/v1/shortlists/{key}"
API |= {SHORTLIST, *(f"{SHORTLIST}/{one}" for one in ("enquiry", "table.csv", "table.xlsx"))}
API |= {"/api/v1/desk/matches", "/api/v1/desk/matches/{match_id}"}
API |= {"/api/v1/desk/queue", "/api/v1/desk/trail", "/api/v1/desk/overdue"}
API.add("/api/v1/accreditations/{accreditation_id}/freshness")
API |= {"/api/v1/desk/queue", "/api/v1/desk/trail", "/api/v1/desk/sources", "/api/v1/desk/runs"}
API |= {"/api/v1/desk/sources/{key}", "/api/v1/desk/runs/{run_id}/progress"}
API |= {"/api/v1/desk/keys", "/api/v1/desk/subscriptions"}
# what is sent rather than read
DONE = {("post", "/api/v1/validity"), ("post", "/api/v1/receipts")}
DONE |= {("post", "/api/v1/audits"), ("post", f"{AUDIT}/mapping"), ("post", f"{AUDIT}/rerun")}
DONE |= {("delete", AUDIT), ("delete", LIST), ("delete", HOOK)}
DONE |= {("post", "/api/v1/watchlists"), ("post", f"{LIST}/bodies")}
DONE.add(("post", "/api/v1/shortlists"))
DONE |= {("post", f"/api/v1/desk/sources/{{key}}/{one}") for one in ("run", "pause", "resume")}
DONE.add(("post", "/api/v1/desk/sources/{key}/pace"))
DONE |= {("post", f"/api/v1/desk/runs/{{run_id}}/{one}") for one in ("accept", "discard")}
DONE.add(("patch", LIST))
DONE |= {("post", "/api/v1/obstacles"), ("post", "/api/v1/obstacles/{obstacle_id}/decision")}
DONE.add(("post", "/api/v1/routes/plan"))
DONE |= {("post", f"/api/v1/desk/runs/{{run_id}}/reread{more}") for more in ("", "/preview")}
DONE |= {("post", f"/api/v1/desk/sources/{{key}}/{one}") for one in ("upload", "try")}
DONE |= {("post", "/api/v1/desk/keys"), ("post", "/api/v1/desk/keys/{key_id}/end")}
DONE.add(("post", "/api/v1/desk/subscriptions/{subscription_id}/end"))
DONE.add(("post", "/api/v1/conflicts/{conflict_id}/decision"))
DONE.add(("post", "/api/v1/desk/matches/{match_id}/decision"))
DONE |= {("post", f"/api/v1/bodies/{{body_id}}/{word}") for word in ("merge", "unmerge")}
DONE |= {("delete", f"{LIST}/bodies/{{body_id}}"), ("post", "/api/v1/subscriptions")}
DONE |= {("post", f"{HOOK}/{word}") for word in ("pause", "resume", "replay", "test")}
DONE |= {("post", f"{HOOK}/deliveries/{{delivery_id}}/retry")}


@pytest.fixture
def schema(client: Client) -> dict[str, Any]:
    document: dict[str, Any] = client.get("/schema/openapi.json").json()
    return document


def operations(schema: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    return [
        (path, operation)
        for path, item in schema["paths"].items()
        for method, operation in item.items()
        if method in METHODS
    ]


def validator(schema: dict[str, Any], form: dict[str, Any]) -> Draft202012Validator:
    """Holds a value against a form of the document, whose references are looked up in it."""
    whole = {**form, "components": schema["components"]}
    Draft202012Validator.check_schema(whole)
    return Draft202012Validator(whole)


def test_every_address_of_the_api_is_described_and_no_other(schema: dict[str, Any]) -> None:
    read = {path for path, item in schema["paths"].items() if "get" in item}
    done = {
        (method, path)
        for path, item in schema["paths"].items()
        for method in METHODS
        if method in item and method != "get"
    }
    assert read == API
    assert done == DONE


def test_every_operation_and_parameter_is_explained(schema: dict[str, Any]) -> None:
    for path, operation in operations(schema):
        assert len(operation["description"]) > 10, path
        assert operation["summary"], path
        for parameter in operation.get("parameters", ()):
            assert parameter["description"], (path, parameter["name"])


def test_every_operation_declares_its_problems(schema: dict[str, Any]) -> None:
    for path, operation in operations(schema):
        declared = operation["responses"]
        expected = {"400", "404", "405", "500"}
        if path not in ("/health", "/metrics"):  # they answer without the database
            expected.add("503")
        assert expected <= set(declared), path
        for status in expected:
            (media,) = declared[status]["content"]
            assert media == "application/problem+json", (path, status)
            form = declared[status]["content"][media]["schema"]
            assert form == {"$ref": "#/components/schemas/Problem"}


def test_every_example_is_an_answer_of_its_form(schema: dict[str, Any]) -> None:
    seen = 0
    for path, operation in operations(schema):
        for status, answer in operation["responses"].items():
            for content in answer.get("content", {}).values():
                for example in content.get("examples", {}).values():
                    faults = list(
                        validator(schema, content["schema"]).iter_errors(example["value"])
                    )
                    assert not faults, (path, status, faults[0].message)
                    seen += 1
        good = operation["responses"].get("200", {}).get("content", {})
        if path.startswith("/api") and "application/json" in good:
            assert good["application/json"]["examples"], path
    assert seen > 100


def watched(client: Client, key: dict[str, str], body: str) -> dict[str, str]:
    """Ids of things that the account has."""
    made = client.post(
        "/api/v1/watchlists", json={"name": "Batteries", "bodies": [body]}, headers=key
    ).json()["data"]
    sent = {"url": "https://1.0.0.1/labdir", "watchlist": made["list"]["id"]}
    hook = client.post("/api/v1/subscriptions", json=sent, headers=key).json()["data"]
    id_ = hook["subscription"]["id"]
    assert client.post(f"/api/v1/subscriptions/{id_}/test", headers=key).status_code == 202
    (change,) = client.get("/api/v1/changes?event=suspended").json()["data"]
    return {"watchlist_id": made["list"]["id"], "subscription_id": id_, "place": change["cursor"]}


def test_real_answers_are_of_the_documented_forms(
    client: Client, schema: dict[str, Any], key: dict[str, str], house: House
) -> None:
    body = battery_id(client)
    (held,) = client.get(f"/api/v1/bodies/{body}/accreditations").json()["data"]
    (run, *_) = client.get("/api/v1/sources/register/runs").json()["data"]
    filled = {"body_id": body, "accreditation_id": held["id"], "key": "register"}
    filled |= watched(client, key, body)
    operator = house.opens("An operator who reads", Role.OPERATOR)
    filled |= {"position": "0", "row": "0", "market": "EU"}
    made = client.post("/api/v1/shortlists", json={"bodies": [body]}).json()["data"]["key"]
    for path, operation in operations(schema):
        if path == "/metrics" or operation is not schema["paths"][path].get("get"):
            continue
        if "application/json" not in operation["responses"]["200"]["content"]:
            continue  # streams, feeds and files have tests of their own
        if not set(re.findall(r"{(\w+)}", path)) <= {*filled, "run_id"}:
            continue
        named = filled | ({"key": made} if "/shortlists/" in path else {})
        address = path.format(**named, run_id=run["id"])
        if path.endswith("resolve"):
            address += "?number=L90417"
        if path == "/api/v1/compare":
            address += f"?bodies={body}"
        if path == "/api/v1/markets/compare":
            address += "?markets=EU,SA"
        if path == "/api/v1/designations":
            address += "?regime=CNAS"
        response = client.get(address, headers=operator if "/desk/" in path else key)
        assert response.status_code == 200, (path, response.text)
        (content,) = operation["responses"]["200"]["content"].values()
        faults = list(validator(schema, content["schema"]).iter_errors(response.json()))
        assert not faults, (path, faults[0].message, faults[0].json_path)


def documentation(client: Client) -> dict[str, LexborHTMLParser]:
    """Every page of the documentation by its address, found from the first by its links."""
    found: dict[str, LexborHTMLParser] = {}
    waiting = ["/schema"]
    while waiting:
        address = waiting.pop()
        answer = client.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["content-type"].startswith("text/html")
        assert len(answer.content) < 100_000, address  # the house's limit for a page
        found[address] = LexborHTMLParser(answer.text)
        for link in found[address].css("a[href^='/schema']"):
            to = str(link.attributes["href"]).partition("#")[0]
            if to not in (*found, *waiting, "/schema/openapi.json"):
                waiting.append(to)
    return found


def test_the_documentation_pages_need_nothing_from_elsewhere(client: Client) -> None:
    for page in documentation(client).values():
        assert not page.css("script, iframe, style, [style], object, embed")
        for element in page.css("[href], [src], [action]"):
            for name in ("href", "src", "action"):
                address = element.attributes.get(name)
                assert address is None or address.startswith(("/", "#", "data:,")), address
                assert address is None or not address.startswith("//")
        for sheet in page.css("link[rel=stylesheet]"):
            style = client.get(str(sheet.attributes["href"]))
            assert style.status_code == 200
            assert not re.search(r"url\(|@import", style.text)


def test_the_documentation_shows_every_operation_parameter_form_and_problem(
    client: Client, schema: dict[str, Any]
) -> None:
    pages = documentation(client)
    for path, operation in operations(schema):
        id_ = operation["operationId"]
        assert pages["/schema"].css_first(f"#{id_}") is not None, path
        group = operation["tags"][0].lower().replace(" ", "-")
        article = pages[f"/schema/groups/{group}"].css_first(f"#{id_}")
        assert article is not None, path
        assert path in article.text()
        for parameter in operation.get("parameters", ()):
            assert parameter["name"] in article.text()
    for kind in KINDS:
        assert pages["/schema"].css_first(f"#problem-{kind.slug}") is not None
    for name in schema["components"]["schemas"]:
        assert pages[f"/schema/forms/{name[0].lower()}"].css_first(f"#form-{name}"), name


def test_every_link_within_the_documentation_leads_somewhere(client: Client) -> None:
    pages = documentation(client)
    for address, page in pages.items():
        for link in page.css("a[href*='#']"):
            to, _, anchor = str(link.attributes["href"]).partition("#")
            assert pages[to or address].css_first(f"#{anchor}") is not None, link.html
    for wrong in ("/schema/groups/nothing", "/schema/forms/0"):
        assert client.get(wrong).status_code == 404


def test_the_form_of_the_page_asks_what_it_shows(client: Client) -> None:
    page = LexborHTMLParser(client.get("/schema/groups/bodies").text)
    form = page.css_first("#findBodies form")
    assert form is not None
    fields = {
        str(field.attributes["name"]): field.attributes.get("value") or ""
        for field in form.css("input, select")
    }
    response = client.get(str(form.attributes["action"]), params={**fields, "q": "battery"})
    assert response.status_code == 200
    assert len(response.json()["data"]["cards"]) == 1
