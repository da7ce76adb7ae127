"""What whoever runs Labdir in containers relies on, chapter by chapter, in this order."""

import csv
import io
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from services.accounts import PREFIX
from tests.compose import images
from tests.compose.stack import OWN, PROJECT, Stack, demand

IMAGE = "labdir:0.1.0"
_ROWS = 500  # of the audit
_QUESTIONS = 1000  # asked before a backup and after it is restored


def fresh(stack: Stack) -> str:
    """`up` on a host that has nothing of it ends healthy."""
    seconds = stack.up()
    stack.trust()
    for service in OWN:
        for one in stack.containers(service):
            host, user = (stack.inspected(one)[key] for key in ("HostConfig", "Config"))
            demand(host["ReadonlyRootfs"], f"{service} can write its own image")
            demand(host["CapDrop"] == ["ALL"], f"{service} has capabilities")
            demand(user["User"] == "10001", f"{service} runs as {user['User'] or 'root'}")
    tools = stack.engine.docker(
        "run", "--rm", "--network", "none", "--entrypoint", "sh", IMAGE, "-c",
        "for one in gcc cc g++ make cargo uv git; do command -v $one; done; true",
    ).split()  # fmt: skip
    demand(not tools, f"build tools are in the image: {tools}")
    size = int(stack.engine.docker("image", "inspect", "--format", "{{.Size}}", IMAGE)) / 1e6
    return (
        f"healthy after {seconds:.0f} s; image {size:.0f} MB, no build tools, not root, read-only"
    )


def served(stack: Stack) -> str:
    """Sources are read, pages and answers are there over TLS, and what is inside stays inside."""
    found = stack.wait(
        "the made register", lambda: stack.get("/api/v1/bodies", q="test")["meta"]["total"]
    )
    chinese = stack.get("/api/v1/bodies", q="检测")["meta"]["total"]
    demand(chinese, "nothing is found in Chinese")
    card = stack.get("/api/v1/bodies", q="test", issuer="CNAS")["data"]["cards"][0]
    number = card["accreditations"][0]["number"]
    [told] = stack.verdicts([{"number": number, "on": _day(0)}])
    verdict = told["verdict"]
    for page in ("/en", "/zh", "/status", "/en/sources", f"/en/bodies/{card['id']}"):
        answer = stack.client.get(page, follow_redirects=True)
        demand(answer.status_code == 200, f"{page}: {answer.status_code}")
        demand("default-src 'none'" in answer.headers["content-security-policy"], f"{page}: CSP")
    for inside in ("/metrics", "/api/v1/metrics"):
        demand(stack.client.get(inside).status_code == 404, f"{inside} is seen from outside")
    _secret_stays_out_of_the_log(stack)
    plain = httpx.get(f"http://localhost:{stack.http}/en", trust_env=False)
    demand(plain.status_code in (301, 308), f"plain http: {plain.status_code}")
    said = f"{found} bodies for “test”, {chinese} for “检测”; {number} is {verdict}"
    return f"{said}; TLS, plain http is sent on"


def synced(stack: Stack) -> str:
    """A sync asked for from outside is carried out by the worker."""
    stack.labdir("account", "add", "Compose desk", "--role", "operator")
    [key] = re.findall(rf"{PREFIX}\S+", stack.labdir("account", "key", "Compose desk"))
    stack.client.headers["authorization"] = f"Bearer {key}"
    ended = _sync(stack)
    looked = "select count(*) from run where record_key <> '' and state = 'published'"
    look_ups = stack.wait("look-ups by the verifying clock", lambda: int(stack.sql(looked)[0]))
    return f"{ended} runs ended well; {look_ups} look-ups went by themselves"


def audited(stack: Stack) -> str:
    """Rows of a file are judged by the auditors."""
    numbers = _numbers(stack)
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["number", "on"])
    rows.writerows([numbers[n % len(numbers)], _day(-n)] for n in range(_ROWS))
    sent = {"file": ("rows.csv", text.getvalue().encode(), "text/csv")}
    answer = stack.client.post("/api/v1/audits", files=sent)
    demand(answer.is_success, f"audit: {answer.status_code} {answer.text[:300]}")
    audit = answer.json()["data"]["id"]

    def state() -> dict[str, int] | None:
        data = stack.get(f"/api/v1/audits/{audit}")["data"]
        return data["counts"] if data["state"] == "done" else None

    counts = stack.wait("the audit", state)
    demand(sum(counts.values()) == _ROWS, f"{counts} of {_ROWS} rows")
    return f"{_ROWS} rows: {', '.join(f'{v} {k}' for k, v in sorted(counts.items()))}"


def scaled(stack: Stack) -> str:
    """Two of each: what is due is asked for once."""
    two = [f"--scale={one}=2" for one in ("web", "worker", "beat")]
    seconds = stack.up(*two)
    # every list is due now, and two clocks tick
    [since] = stack.sql("select now()")
    stack.sql(
        "update source_list set next_due_at = now()"
        " where source_key like 'made_%' and next_due_at is not null"
    )
    lists = "from source_list where source_key like 'made_%' and next_due_at is not null"
    due = int(stack.sql(f"select count(*) {lists}")[0])
    runs = (
        "select list_id, count(*) from run join source_list l on l.id = list_id"
        f" where l.source_key like 'made_%' and record_key = '' and asked_at >= '{since}'"
        " and state in ('published', 'unchanged') group by 1"
    )
    stack.wait("every list", lambda: len(stack.sql(runs)) >= due)
    time.sleep(15)  # more ticks of both
    doubled = [one for one in stack.sql(runs) if not one.endswith("|1")]
    demand(not doubled, f"asked for twice: {doubled}")
    _whole(stack)
    return f"two web, worker and beat after {seconds:.0f} s; {due} lists that were due, once each"


def restarted(stack: Stack) -> str:
    """Each service restarted in turn while people ask."""
    told = []
    for service in ("worker", "beat", "auditor", "redis", "web", "postgres", "proxy"):
        with stack.asked_throughout() as counts:
            for one in stack.containers(service):
                stack.engine.docker("restart", "--time", "60", one)
                stack.back(service)
            stack.wait("answers", lambda: stack.client.get("/ready").is_success)
        failed = {kind: count for kind, count in counts.items() if kind != "ok"}
        if service not in ("postgres", "proxy"):
            demand(not failed, f"while {service} was restarted, askers had {failed}")
        told.append(f"{service} {counts['ok']} answers, {sum(failed.values())} failed")
    _whole(stack)
    return "; ".join(told)


def killed(stack: Stack) -> str:
    """Each service killed with -9: it is back by itself, and nothing that was published is gone."""
    told = []
    for service in ("worker", "auditor", "beat", "web", "redis", "proxy", "publisher", "postgres"):
        before = _position(stack)
        began = time.monotonic()
        for one in stack.containers(service)[:1]:
            was = stack.inspected(one)["State"]["StartedAt"]
            stack.kill(one)
            stack.wait(
                f"{service} to start again",
                lambda one=one, was=was: stack.inspected(one)["State"]["StartedAt"] != was,
            )
        stack.back(service)
        after = _position(stack)
        demand(after >= before, f"the log went back from {before} to {after}")
        told.append(f"{service} {time.monotonic() - began:.0f} s")
    _sync(stack)
    _whole(stack)
    return f"back: {', '.join(told)}; log verified"


def stopped(stack: Stack) -> str:
    """A worker stopped in the middle of its runs ends them; what still waits is another's."""
    one, other = stack.containers("worker")
    stack.engine.docker("stop", "--time", "60", other)
    asked = _ask_all(stack)
    running = "select count(*) from run where state = 'running' and record_key = ''"
    stack.wait("a run under way", lambda: stack.sql(running) != ["0"])
    stack.engine.docker("stop", "--time", "60", one)
    code = stack.inspected(one)["State"]["ExitCode"]
    demand(code == 0, f"the worker ended with {code}")
    left = stack.sql(running)
    demand(left == ["0"], f"{left} runs are held by nobody who lives")
    stack.engine.docker("start", one, other)
    stack.back("worker")
    ended = _ended(stack, asked)
    return f"{ended} runs in work or waiting: all ended well; the worker's exit code 0"


def upgraded(stack: Stack) -> str:
    """The schema before this one, with its data, becomes the newest as docs/operations.md says."""
    asked = _answers(stack, 100)
    stack.compose("stop", "proxy", "web", "worker", "auditor", "beat")
    before = stack.compose(
        "run", "--rm", "--no-deps", "-T", "--entrypoint", "python", "migrate", "-c",
        "import os; from alembic import command; from services.db import _config;"
        " command.downgrade(_config(os.environ['LABDIR_DATABASE_URL']), '-1')",
    )  # fmt: skip
    [older] = stack.sql("select version_num from alembic_version")
    stack.compose("run", "--rm", "-T", "migrate")
    seconds = stack.up("--scale=web=2", "--scale=worker=2")
    [newer] = stack.sql("select version_num from alembic_version")
    demand(older < newer, f"schema {older} became {newer} {before}")
    said = f"schema {older} became {newer}, healthy after {seconds:.0f} s"
    return f"{said}; {_same(stack, asked)}"


def restored(stack: Stack) -> str:
    """A backup taken while it works, brought back as docs/operations.md says, on no data."""
    asked = _answers(stack, _QUESTIONS)
    keeping = ("exec", "-T", "--user", "postgres", "keeper", "sh", "/usr/local/bin/keeping")
    stack.compose(*keeping, "base", "/backups", "--username=labdir")
    news = _news(stack)
    leaves = int(stack.sql("select count(*) from log_leaf")[0])
    [segment] = stack.sql("select pg_walfile_name(pg_switch_wal())")
    archived = f"select last_archived_wal >= '{segment}' from pg_stat_archiver"
    stack.wait("the log to be archived", lambda: stack.sql(archived) == ["t"])
    stack.compose("down")
    stack.engine.docker("volume", "rm", f"{PROJECT}_postgres")
    began = time.monotonic()
    stack.compose(
        "run", "--rm", "--no-deps", "-T", "--user", "postgres", "--entrypoint", "keeping",
        "postgres", "restore", "/backups", "/var/lib/postgresql/data",
    )  # fmt: skip
    stack.compose("up", "--detach", "--no-build", "--pull", "never", "postgres")
    stack.wait("the replay", lambda: _replayed(stack))
    stack.up()
    took = time.monotonic() - began
    _whole(stack)
    back = int(stack.sql("select count(*) from log_leaf")[0])
    demand(back >= leaves, f"{back} of {leaves} leaves came back")
    said = f"back after {took:.0f} s, all {leaves} leaves, {news} of them after the base backup"
    return f"{said}; log verified; {_same(stack, asked)}"


def watched(stack: Stack) -> str:
    """Prometheus finds every web process and takes the rules; Grafana where its image is had."""
    [image] = [one for one in images.named() if one.startswith("grafana/")]
    had = images.label(stack.engine, image) is not None
    stack.compose(
        "--profile", "watch", "up", "--detach", "--no-build", "--pull", "never", "--wait",
        "prometheus", *(["grafana"] if had else []),
    )  # fmt: skip
    asks = ("exec", "-T", "prometheus", "wget", "-q", "-O", "-")

    def up() -> str:
        said = stack.compose(*asks, "http://127.0.0.1:9090/api/v1/query?query=up", check=False)
        return said if re.search(r'"job":"labdir".*"1"\]', said) else ""

    stack.wait("a scrape", up)
    rules = stack.compose(*asks, "http://127.0.0.1:9090/api/v1/rules")
    names = re.findall(r'"name":"(Labdir\w+)"', rules)
    demand(len(names) > 10, f"rules: {names}")
    demand('"health":"err"' not in rules, "a rule fails")
    if had:
        stack.wait("Grafana", lambda: stack.compose(*asks, "http://grafana:3000/api/health"))
    said = "Grafana answers" if had else f"Grafana NOT STARTED: {image} is not to be had"
    return f"web scraped, {len(names)} rules; {said}"


def examined(stack: Stack) -> str:
    """The doctor finds nothing wrong."""
    said = stack.compose("exec", "-T", "web", "labdir", "doctor", check=False)
    wrong = [line for line in said.splitlines() if line.startswith("WRONG")]
    demand(not wrong, f"the doctor says {wrong}")
    return f"the doctor: {said.count('OK ')} things well, nothing wrong"


def ended(stack: Stack) -> str:
    """`down` leaves nothing running."""
    stack.compose("--profile", "watch", "down", "--volumes", "--timeout", "60")
    left = stack.engine.docker("ps", "--all", "--quiet", "--filter", f"name={PROJECT}")
    demand(not left.split(), "containers are left")
    return "nothing is left"


CHAPTERS: tuple[Callable[[Stack], str], ...] = (
    fresh, served, synced, audited, scaled, restarted, killed, stopped, upgraded, restored,
    watched, examined, ended,
)  # fmt: skip


# --- parts ---------------------------------------------------------------------------------------


def _secret_stays_out_of_the_log(stack: Stack) -> None:
    """The proxy writes who asked for what, and nothing of what opens something."""
    secret = "labdir-compose-secret-000"
    headers = {"authorization": f"Bearer {secret}", "referer": f"https://localhost/{secret}"}
    for path in (f"/en/sign-in?link={secret}", f"/en/shortlists/{secret}?{secret}=1"):
        stack.client.get(path, headers=headers, cookies={"session": secret})

    def told() -> str:
        said = stack.compose("logs", "--no-log-prefix", "proxy")
        return said if "/en/shortlists/…" in said else ""

    log = stack.wait("the proxy's log", told, 30)
    demand('"remote_ip"' in log, "the proxy's log does not say who asked")
    demand(secret not in log, "the proxy's log holds a secret")


def _day(days: int) -> str:
    return (datetime.now(UTC).date() + timedelta(days=days)).isoformat()


def _numbers(stack: Stack) -> list[str]:
    found = stack.sql("select distinct number from accreditation where number <> '' order by 1")
    demand(len(found) > 100, f"{len(found)} numbers")
    return found


def _ask_all(stack: Stack) -> list[str]:
    """Ask every made source now; ids of its runs."""
    asked: list[str] = []
    for source in ("made_register", "made_brand", "made_designations", "made_notices"):
        answer = stack.client.post(f"/api/v1/desk/sources/{source}/run")
        demand(answer.is_success, f"run {source}: {answer.status_code} {answer.text[:300]}")
        asked += re.findall(r"\d+", str(answer.json()["data"]["runs"]))
    return asked


def _ended(stack: Stack, asked: list[str]) -> int:
    def states() -> list[str] | None:
        found = stack.sql(f"select state from run where id in ({','.join(asked)})")
        return None if {"queued", "running"} & set(found) else found

    found = stack.wait("runs to end", states)
    demand(set(found) <= {"published", "unchanged"}, f"runs ended {found}")
    return len(found)


def _sync(stack: Stack) -> int:
    return _ended(stack, _ask_all(stack))


def _news(stack: Stack) -> int:
    """Look-ups of accreditations that nobody looked up before: leaves that the log grew by."""
    count = "select count(*) from log_leaf"
    before = int(stack.sql(count)[0])
    for number in stack.sql(
        "select number from accreditation where issuer = 'CNAS' and not exists"
        " (select from run where record_key = issuer || ' ' || number) order by 1 limit 3"
    ):
        stack.labdir("verify", "CNAS", number)
    grown = int(stack.sql(count)[0]) - before
    demand(grown, "no look-up brought news")
    return grown


def _position(stack: Stack) -> int:
    """The newest position of the log, once the front door answers."""

    def answered() -> httpx.Response | None:
        said = stack.client.get("/api/v1/status")
        return said if said.is_success else None

    found: httpx.Response = stack.wait("a position", answered)
    return int(found.json()["data"]["log_position"])


def _whole(stack: Stack) -> None:
    stack.labdir("log", "verify")


def _replayed(stack: Stack) -> bool:
    asked = ("exec", "-T", "postgres", "psql", "-U", "labdir", "-d", "labdir", "-AtX")
    said = stack.compose(*asked, "-c", "select pg_is_in_recovery()", check=False)
    return said.strip() == "f"


@dataclass(frozen=True, slots=True)
class Answers:
    """Questions over all numbers and five years of days, their verdicts as known at one moment."""

    questions: list[dict[str, str]]
    known_at: str
    verdicts: list[dict[str, Any]]


def _answers(stack: Stack, count: int) -> Answers:
    numbers, known_at = _numbers(stack), datetime.now(UTC).isoformat()
    questions = [
        {"number": numbers[n * 7 % len(numbers)], "on": _day(-(n * 37 % 1800))}
        for n in range(count)
    ]
    return Answers(questions, known_at, stack.verdicts(questions, known_at=known_at))


def _same(stack: Stack, before: Answers) -> str:
    """The count of answers, all of them as before. Raises Failed with the first that differs."""
    again = stack.verdicts(before.questions, known_at=before.known_at)
    for question, was, now in zip(before.questions, before.verdicts, again, strict=True):
        demand(now == was, f"{question} was answered {was} and is {now}")
    kinds = {str(one["verdict"]) for one in again}
    demand(len(kinds) > 2, f"all answers are {kinds}: they prove little")
    return f"{len(again)} of {len(before.verdicts)} answers the same"
