"""Every deed of the desk can be done by key as well, and by nobody who may less."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from services.desk import access
from services.settings import Settings
from services.terms import Role, SecretKind
from services.watch import subscriptions
from services.watch.filter import Filter
from tests.directory.api.conftest import fill
from tests.directory.api.test_conflicts import conflicting
from tests.directory.pages.desk import Desk, Front, front_door
from tests.services.store.build import World

# (form, its button's deed) → the operation that does the same by key
OPERATIONS = {
    ("/desk/runs/{id}", ""): ("/desk/runs/{run_id}/accept", "/desk/runs/{run_id}/discard"),
    ("/desk/runs/{id}/reread", ""): (
        "/desk/runs/{run_id}/reread", "/desk/runs/{run_id}/reread/preview",
    ),
    ("/desk/sources/{id}", "run"): ("/desk/sources/{key}/run",),
    ("/desk/sources/{id}", "pause"): ("/desk/sources/{key}/pause", "/desk/sources/{key}/resume"),
    ("/desk/sources/{id}", "pace"): ("/desk/sources/{key}/pace",),
    ("/desk/sources/{id}/try", ""): ("/desk/sources/{key}/try",),
    ("/desk/sources/{id}/upload", ""): ("/desk/sources/{key}/upload",),
    ("/desk/contradictions/{id}", ""): ("/conflicts/{conflict_id}/decision",),
    ("/desk/keys", ""): ("/desk/keys",),
    ("/desk/keys/{id}/end", ""): ("/desk/keys/{key_id}/end",),
    ("/desk/subscriptions/{id}/end", ""): ("/desk/subscriptions/{subscription_id}/end",),
}  # fmt: skip
OPERATORS_ALONE = {"pause", "resume", "pace", "keys", "subscriptions"}
PAGES = (
    *("", "/sources", "/runs", "/contradictions", "/uploads", "/trail"),
    *("/keys", "/subscriptions"),
)


def all_of_it(world: World) -> None:
    fill(world)
    conflicting(world)


@pytest.fixture(scope="module")
def front(make_database: Callable[[], str]) -> Iterator[Front]:
    url = make_database()
    with front_door(url, all_of_it, Settings(database_url=url)) as one:
        owner = one.account("An office")
        one.secret(owner, SecretKind.API_KEY)
        hook = ("https://office.example/deep/secret-path", Filter(), "", (), one.clock())
        one.write(subscriptions.make, owner, *hook)
        yield one


@pytest.fixture(scope="module")
def operator(front: Front) -> Desk:
    return front.desk("Whoever runs it", Role.OPERATOR)


def forms(desk: Desk) -> Iterator[tuple[str, str, str]]:
    """(its shape, its button's deed, where it goes) of every form that changes something."""
    run = desk.get("/en/desk/runs?state=refused").links("tbody th a")[0]
    own = [f"/en/desk{page}" for page in PAGES]
    own += [run, f"{run}/reread", "/en/desk/sources/register", "/en/desk/sources/register/upload"]
    for page in own:
        for form in desk.get(page).tree.css("form[method=post]"):
            path = str(form.attributes["action"]).partition("#")[0].removeprefix("/en")
            if not path.startswith("/desk"):
                continue  # signing out
            deeds = [one.attributes["value"] for one in form.css("button[name=deed]")]
            shape = re.sub(r"^(/desk/\w+)/[^/]+", r"\1/{id}", path)
            yield shape, str(deeds[0]) if deeds else "", f"/en{path}"


def test_every_form_has_an_operation_of_the_api(front: Front, operator: Desk) -> None:
    paths: dict[str, Any] = front.client.get("/schema/openapi.json").json()["paths"]
    found = {(shape, deed) for shape, deed, _ in forms(operator)}
    assert found == set(OPERATIONS)
    for operations in OPERATIONS.values():
        for one in operations:
            assert "post" in paths[f"/api/v1{one}"], one


@pytest.mark.parametrize("role", [Role.READER, Role.REGULATOR, Role.STEWARD])
def test_who_may_less_does_nothing_by_page_or_by_key(
    front: Front, operator: Desk, role: Role
) -> None:
    desk = front.desk(f"A {role}", role)
    key = {"authorization": f"Bearer {front.secret(desk.account_id, SecretKind.API_KEY)}"}
    sent = {"because": "Because of this.", "upholds": "x", "account": "An office", "label": "x"}
    for shape, deed, address in forms(operator):
        for operation in OPERATIONS[shape, deed]:
            if role is Role.STEWARD and not OPERATORS_ALONE & set(operation.split("/")):
                continue
            asked = re.sub(r"{(run_id|key_id|subscription_id)}", "1", operation)
            asked = asked.replace("{key}", "register").replace("{conflict_id}", "status-a1-r1-r2")
            fields = {"because": sent["because"]}
            if operation == "/desk/keys":
                fields = {"account": "An office", "label": "x"}
            if "conflicts" in operation:
                fields |= {"upholds": "x"}
            answer = front.client.post(f"/api/v1{asked}", json=fields, headers=key)
            assert answer.status_code == 403, (operation, answer.text)
            mine = sent | {"deed": deed}
            desk.post(address, mine, status=403)
    pages = PAGES if role is not Role.STEWARD else ("/keys", "/subscriptions")
    for page in pages:
        desk.get(f"/en/desk{page}", 403)
    assert not [
        one for one in operator.get("/en/desk/trail").texts("tbody tr") if f"A {role}" in one
    ]


def test_no_form_of_another_site_or_session_does_anything(front: Front, operator: Desk) -> None:
    before = len(operator.get("/en/desk/trail").texts("tbody tr"))
    for shape, deed, address in forms(operator):
        sent = {"deed": deed, "because": "Because of this.", "decision": "discard"}
        operator.post(address, sent, status=403, sec_fetch_site="cross-site")
        if not shape.endswith(("/upload", "/reread")):  # of the very host alone
            operator.post(address, sent | {"token": "x"}, status=403)
    assert len(operator.get("/en/desk/trail").texts("tbody tr")) == before


def test_a_key_is_made_shown_once_and_ended_with_a_reason(front: Front, operator: Desk) -> None:
    path = "/en/desk/keys"
    token = operator.get(path).one("input[name=token]").attributes["value"]
    sent = {"account": "An office", "label": "nightly", "token": str(token)}
    shown = operator.post(path, sent, status=200)
    key = shown.text(".once .cmd")
    assert key.startswith("labdir_")
    assert shown.answer.headers["cache-control"] == "no-store"
    assert key not in operator.get(path).html
    header = {"authorization": f"Bearer {key}"}
    assert front.client.get("/api/v1/account", headers=header).json()["data"]["name"] == "An office"
    newest = operator.get(path).one("tbody tr:first-child")
    assert "nightly" in newest.text()
    address = f"{path}/{newest.attributes['id']}/end"
    refused = operator.post(address, {"because": " ", "token": str(token)}, status=400)
    assert "3 to 2,000 characters" in refused.text("[role=alert]")
    ends = {"because": "The office has closed.", "token": str(token)}
    assert operator.post(address, ends).to == f"{path}?told=ended"
    assert front.client.get("/api/v1/account", headers=header).status_code == 401
    again = operator.post(address, ends, status=400)
    assert "This key was ended already" in again.text("[role=alert]")
    told = operator.get("/en/desk/trail?action=key_ended").texts("tbody tr")
    assert len(told) == 1
    assert "The office has closed." in told[0]
    assert key not in operator.get("/en/desk/trail").html


def test_of_a_subscription_the_host_alone_is_told(front: Front, operator: Desk) -> None:
    shown = operator.get("/en/desk/subscriptions")
    assert "office.example" in shown.text("tbody tr")
    assert "secret-path" not in shown.html
    address = str(shown.one("tbody form").attributes["action"])
    token = str(shown.one("input[name=token]").attributes["value"])
    ends = {"because": "Its receiver is gone.", "token": token}
    operator.post(address, ends)
    assert "ended" in operator.get("/en/desk/subscriptions").text("tbody tr")
    [line], _ = front.write(access.subscriptions)
    assert line.state == "ended"
    again = operator.post(address, ends, status=400)
    assert "This subscription has ended already." in again.text("[role=alert]")


def test_the_trail_is_narrowed_by_who_what_and_deed(front: Front, operator: Desk) -> None:
    second = front.desk("Desk nine", Role.STEWARD)
    path = "/en/desk/sources/register"
    token = str(second.get(path).one("input[name=token]").attributes["value"])
    second.post(path, {"deed": "run", "token": token})
    for asked in ("by=Desk+nine", "action=run_asked", "about=source+register"):
        rows = operator.get(f"/en/desk/trail?{asked}").texts("tbody tr")
        assert [one for one in rows if "Desk nine" in one and "asked for a run" in one], asked
    none = operator.get("/en/desk/trail?by=Desk+nine&action=run_accepted")
    assert "Nothing of this kind was done." in none.text()
    operator.get("/en/desk/trail?action=odd", 400)
