"""``make audit``: every component of uv.lock against the known vulnerabilities, and the recipe of
the image.

pip-audit asks the registry's page of each version. A mirror often has the page of the project
alone, which tells what is known of the newest version: that is asked for what had no answer, and
what is not the newest stays unexamined and is named.

Exit codes: 0 clean; 1 something was found; 2 the audit itself failed; 3 the database of
vulnerabilities cannot be reached, so that nothing is known either way.
"""

import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[1]
BIN = Path(sys.executable).parent
CLEAN, FOUND, FAILED, UNKNOWN = 0, 1, 2, 3
REGISTRY = "https://pypi.org/pypi"
_UNREACHED = re.compile(
    r"ConnectionError|ConnectTimeout|ReadTimeout|ProxyError|SSLError|Max retries|ServiceError|"
    r"Could not connect|connection .*(refused|reset|failed)|timed out|Name or service not known|"
    r"HTTPError|Service Unavailable|Forbidden",
    re.IGNORECASE,
)


def components() -> int:
    """What is in the lock file, direct or not, held against PyPI's database of vulnerabilities."""
    with tempfile.TemporaryDirectory() as folder:
        listed, told = Path(folder) / "requirements.txt", Path(folder) / "audit.json"
        export = [
            *(sys.executable, "-m", "uv", "export", "--frozen", "--quiet", "--all-groups"),
            *("--all-extras", "--no-emit-project", "--format", "requirements-txt"),
            *("--output-file", str(listed)),
        ]
        subprocess.run(export, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        asked = [
            *(str(BIN / "pip-audit"), "--requirement", str(listed), "--require-hashes"),
            *("--disable-pip", "--format", "json", "--output", str(told), "--timeout", "15"),
            *("--progress-spinner", "off"),
        ]
        done = subprocess.run(asked, capture_output=True, text=True, check=False)
        if not told.is_file() or not told.read_text("utf-8").strip():
            return _no_answer(done.stderr)
        every = json.loads(told.read_text("utf-8"))["dependencies"]
        return judged(asked_again(every, locked(listed.read_text("utf-8"))))


def _no_answer(stderr: str) -> int:
    last = (stderr.strip().splitlines() or ["no word of why"])[-1][:300]
    if _UNREACHED.search(stderr):
        say(
            "Components: NOT KNOWN. The database of vulnerabilities (pypi.org) cannot be reached: "
            f"{last}\nNothing was found because nothing could be asked; run it where it is reached."
        )
        return UNKNOWN
    say(f"Components: the audit failed: {last}")
    return FAILED


def locked(requirements: str) -> list[tuple[str, str]]:
    """Name and version of each component, from lines of ``name==version``.

    One name may have several versions, for different versions of Python.
    """
    return re.findall(r"^([\w.-]+)==([^\s;\\]+)", requirements, re.MULTILINE)


def asked_again(
    every: Sequence[Mapping[str, Any]],
    components: Sequence[tuple[str, str]],
    registry: str = REGISTRY,
) -> list[Mapping[str, Any]]:
    """All components: those that pip-audit had an answer for, the others as their projects' pages
    tell them.
    """
    answered = {(one["name"], one["version"]): one for one in every if "skip_reason" not in one}
    with ThreadPoolExecutor(8) as pool:
        again = pool.map(
            lambda one: answered.get(one) or _of_project(*one, registry=registry), components
        )
        return list(again)


def _of_project(name: str, version: str, *, registry: str) -> Mapping[str, Any]:
    """As pip-audit tells a component; the page's vulnerabilities are those of its newest version.

    The page: PyPI's JSON API, ``GET /pypi/<project>/json``.
    """
    try:
        answer = httpx.get(f"{registry}/{name}/json", timeout=15, follow_redirects=True)
        page = answer.raise_for_status().json()
        newest, known = page["info"]["version"], page["vulnerabilities"]
    except (httpx.HTTPError, ValueError, KeyError) as fault:
        return {"name": name, "skip_reason": f"{version}: no answer of it or its project: {fault}"}
    if newest != version:
        reason = f"{version}: the registry tells only what is known of the newest, {newest}"
        return {"name": name, "skip_reason": reason}
    vulns = [
        {"id": one["id"], "fix_versions": one.get("fixed_in") or []}
        for one in known
        if not one.get("withdrawn")
    ]
    return {"name": name, "version": version, "vulns": vulns}


def judged(every: Sequence[Mapping[str, Any]]) -> int:
    """What the components' answers come to, said line by line. As pip-audit tells them."""
    skipped = [one for one in every if "skip_reason" in one]
    found = [(one, vuln) for one in every for vuln in one.get("vulns", ())]
    for one, vuln in found:
        mended = ", ".join(vuln.get("fix_versions") or ()) or "no version yet"
        say(f"  {one['name']} {one['version']}: {vuln['id']}; mended in {mended}")
    asked = len(every) - len(skipped)
    if not asked:
        say("Components: NOT KNOWN. The database had no answer for any of them.")
        return UNKNOWN
    for one in skipped:
        say(f"  {one['name']}: not examined: {one['skip_reason']}")
    say(f"Components: {asked} examined, {len(found)} vulnerabilities, {len(skipped)} not examined.")
    return FOUND if found else CLEAN


def image() -> int:
    """The image's recipe, by hadolint."""
    done = subprocess.run(
        [str(BIN / "hadolint"), "--config", "deploy/hadolint.yaml", "deploy/Dockerfile"],
        cwd=ROOT,
        check=False,
    )
    say("Image: clean." if done.returncode == 0 else "Image: hadolint has something to say.")
    return CLEAN if done.returncode == 0 else FOUND


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def main() -> int:
    """What was found speaks before what is not known."""
    codes = [components(), image()]
    return next((code for code in (FOUND, FAILED, UNKNOWN) if code in codes), CLEAN)


if __name__ == "__main__":
    raise SystemExit(main())
