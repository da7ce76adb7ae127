"""Attacks on what is done for somebody: audits, messages to subscribers, merges by a steward."""

import csv
import io
import random
import threading
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx

from services.terms import Role
from tests.chaos.campaign import Campaign
from tests.chaos.house import Waited
from tests.chaos.invariants import Found
from tests.chaos.lists import ISSUER, KEYS, STANDING
from tests.services.watch.receiver import Answer, Receiver

_ROWS = 12_000
_AUDITORS = ("auditor-1", "auditor-2")
_BLOWS = (("auditor-1",), ("web",), ("postmaster",), _AUDITORS, ("redis",))
_PUBLISHES = 12
_MERGES = 16


# --- audits --------------------------------------------------------------------------------------


def audits_killed(campaign: Campaign) -> None:
    """Auditors, web and PostgreSQL killed while a file is judged; then the same file in peace: both
    say the same, byte for byte."""
    house, said, began = campaign.house, Found(), time.monotonic()
    campaign.watcher.attack = name = "audit, its workers and the web killed"
    desk = house.desk(Role.READER)
    for one in _AUDITORS:
        house.start(one)
    try:
        answer = _asked(house.base, "POST", "/audits", desk, content=_file())
        number = answer["data"]["id"]
        for turn, victims in enumerate(_BLOWS, 1):
            least = _ROWS * turn // (len(_BLOWS) + 2)
            state = _judged(campaign, number, least)
            if state.state == "done":
                campaign.not_run[f"audit, blow {turn}"] = "it was done before"
                break
            for victim in victims:
                campaign.kill(victim)
            campaign.other["audit disturbed"] += 1
        _done(campaign, number)
        house.wait_for("the web to answer", house.answers)
        again = _asked(house.base, "POST", f"/audits/{number}/rerun", desk, json={"same": True})
        _done(campaign, again["data"]["id"])
        first, second = (
            httpx.get(f"{house.base}/api/v1/audits/{one}/result.csv", headers=desk, timeout=120)
            for one in (number, again["data"]["id"])
        )
        rows = len(list(csv.reader(io.StringIO(first.text)))) - 1
        if rows != _ROWS:
            said.lost.append(f"audit {number} has {rows} of {_ROWS} rows")
        if first.content != second.content:
            said.half.append(f"audit {number} says other than in peace")
    except Waited as waited:
        said.lost.append(f"{name}: {waited}")
    finally:
        for one in _AUDITORS:
            house.dismiss(one)
    campaign.note(name, said, time.monotonic() - began)


def _file() -> bytes:
    """Rows on the certificates of the first list, on days of twenty years."""
    draw, out = random.Random(3), io.StringIO(newline="")
    write = csv.writer(out).writerow
    write(["number", "on"])
    for _ in range(_ROWS):
        number = f"{ISSUER} L1{draw.randint(1, STANDING + 2)}"
        write([number, f"{draw.randint(2015, 2034)}-{draw.randint(1, 12):02}-15"])
    return out.getvalue().encode()


def _judged(campaign: Campaign, number: str, least: int) -> Any:
    """The audit's row, once so many rows are judged or it is done."""
    query = "select state, judged from audit where id = :number"

    def there() -> Any:
        row = campaign.house.one(query, number=int(number))
        return row if row.judged >= least or row.state == "done" else None

    return campaign.house.wait_for(f"{least} rows judged", there)


def _done(campaign: Campaign, number: str) -> None:
    _judged(campaign, number, _ROWS + 1)


# --- messages ------------------------------------------------------------------------------------


@dataclass(slots=True)
class Heard:
    """What a subscriber heard: cursor of a change → ids of the messages that told it."""

    messages: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, receiver: Receiver, path: str) -> "Heard":
        one = cls()
        with receiver.changed:
            for came in receiver.came:
                if came.path == path:
                    for cursor in came.cursors:
                        one.messages.setdefault(cursor, set()).add(came.id)
        return one


def deliveries_disturbed(campaign: Campaign, receiver: Receiver) -> None:
    """Workers killed while they deliver to a receiver that is slow, or fails: every change arrives,
    and whatever arrives twice is the same message."""
    house, said, began = campaign.house, Found(), time.monotonic()
    campaign.watcher.attack = name = "deliveries, their workers killed"
    desk, path = house.desk(Role.READER), f"/chaos-{campaign.number}"
    receiver.answers_with(
        Answer(waits=1.0), Answer(503), Answer(waits=2.0), Answer(204), Answer(waits=0.3), path=path
    )
    made = {"url": f"{receiver.base}{path}", "filters": {}}
    try:
        _asked(house.base, "POST", "/subscriptions", desk, json=made)
        since = house.one("select coalesce(max(position), -1) last from log_leaf").last
        luck = random.Random(7)
        for _ in range(_PUBLISHES):
            campaign.plain_run(KEYS[:1])
            time.sleep(luck.random() * 0.4)
            campaign.kill("worker")
            campaign.other["delivery disturbed"] += 1
        due = {
            str(row.cursor)
            for row in house.rows(
                "select f.position || '.' || c.row as cursor from change c"
                " join log_leaf f on f.run_id = c.run_id where f.position > :since",
                since=since,
            )
        }
        with suppress(Waited):
            house.wait_for(
                "all messages", lambda: due <= set(Heard.of(receiver, path).messages) or None, 240.0
            )
        heard = Heard.of(receiver, path).messages
        if missing := due - set(heard):
            said.lost.append(f"{len(missing)} of {len(due)} changes were told to nobody")
        if twice := [cursor for cursor, ids in heard.items() if len(ids) > 1]:
            said.doubled.append(f"{len(twice)} changes came in two messages: {twice[:3]}")
        campaign.say(f"      {len(due)} changes told, {len(heard)} heard")
    except Waited as waited:
        said.lost.append(f"{name}: {waited}")
    campaign.note(name, said, time.monotonic() - began)


# --- merges --------------------------------------------------------------------------------------


def merges_struck(campaign: Campaign) -> None:
    """The web, or its server, killed while a steward merges two bodies and parts them again: it is
    done whole or not at all, and asked again it is done."""
    house, said, began = campaign.house, Found(), time.monotonic()
    campaign.watcher.attack = name = "merges, the web and PostgreSQL killed"
    desk, luck = house.desk(Role.STEWARD), random.Random(11)
    row = house.one(
        "select min(body_id) one, max(body_id) other from body_link b join record r"
        " on r.id = b.record_id join source_list l on l.id = r.list_id"
        " where l.source_key = :key and upper_inf(b.known)",
        key=KEYS[2],
    )
    one, other = f"b{row.one}", f"b{row.other}"
    try:
        for turn in range(_MERGES):
            verb = "unmerge" if turn % 2 else "merge"
            sent = {"into": other} if verb == "merge" else {}
            seen = _asked(
                house.base, "POST", f"/bodies/{one}/{verb}?preview=true", desk, json=sent
            )["data"]
            sent |= {"because": "Chaos read both.", "version": seen["version"]}
            _while_asking(campaign, f"/bodies/{one}/{verb}", desk, sent, luck)
            campaign.other["merge struck"] += 1
            house.wait_for("the web to answer", house.answers)
            if _merged(campaign, row.one) is not (verb == "merge"):
                _asked(house.base, "POST", f"/bodies/{one}/{verb}", desk, json=sent)
            if _merged(campaign, row.one) is not (verb == "merge"):
                said.lost.append(f"{verb} {turn} was answered and did not happen")
    except (Waited, Refused) as fault:
        said.lost.append(f"{name}: {fault}")
    said.add(campaign.examined())
    campaign.note(name, said, time.monotonic() - began)


def _while_asking(
    campaign: Campaign, path: str, desk: Mapping[str, str], sent: Any, luck: random.Random
) -> None:
    """Ask, and strike some milliseconds later."""

    def ask() -> None:
        with suppress(httpx.HTTPError):
            httpx.post(f"{campaign.house.base}/api/v1{path}", json=sent, headers=desk, timeout=20)

    asker = threading.Thread(target=ask)
    asker.start()
    time.sleep(luck.random() * 0.12)
    if luck.random() < 0.7:
        campaign.kill("web")
    else:
        campaign.kill("postmaster")
        campaign.until_postgres_answers()
    asker.join()


def _merged(campaign: Campaign, body_id: int) -> bool:
    query = "select count(*) n from body_merge where body_id = :body and upper_inf(known)"
    return bool(campaign.house.one(query, body=body_id).n)


# --- parts ---------------------------------------------------------------------------------------


class Refused(AssertionError):
    """The API answered with a problem."""


def _asked(base: str, method: str, path: str, desk: Mapping[str, str], **sent: Any) -> Any:
    headers = dict(desk)
    if "content" in sent:
        headers["content-type"] = "application/octet-stream"
        path += "?file_name=rows.csv"
    answer = httpx.request(
        method, f"{base}/api/v1{path}", headers=headers, timeout=60, trust_env=False, **sent
    )
    if not answer.is_success:
        raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
    return answer.json()
