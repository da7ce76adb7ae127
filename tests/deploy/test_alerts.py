"""The alert rules name what /metrics tells, and nothing else."""

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
import yaml
from litestar.testing import TestClient
from prometheus_client.parser import text_string_to_metric_families

from directory.app import create_app
from services.settings import Settings
from tests.directory.api.conftest import Clock, fill
from tests.services.store.build import World

ALERTS = Path(__file__).parents[2] / "deploy" / "prometheus" / "alerts.yml"
DASHBOARD = ALERTS.parents[1] / "grafana" / "dashboards" / "labdir.json"


def rules() -> list[dict[str, Any]]:
    (group,) = yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]
    return list(group["rules"])


@pytest.fixture(scope="module")
def told(make_database: Callable[[], str]) -> dict[str, set[str]]:
    """Names of samples → names of their labels, as /metrics of a filled directory has them."""
    url = make_database()
    engine = sa.create_engine(url)
    with engine.connect() as conn:
        fill(World(conn))
        conn.commit()
    engine.dispose()
    with TestClient(create_app(Settings(database_url=url), Clock())) as client:
        client.get("/api/v1/status")
        text = client.get("/metrics").text
    found: dict[str, set[str]] = {}
    for family in text_string_to_metric_families(text):
        # a family of which there is nothing yet has its name alone
        found.setdefault(family.name, set())
        for sample in family.samples:
            found.setdefault(sample.name, set()).update(sample.labels)
    return found


def test_every_metric_and_label_of_a_rule_is_one_of_metrics(told: dict[str, set[str]]) -> None:
    assert len(rules()) > 10
    for rule in rules():
        named = re.findall(r"\b(labdir_\w+|up\b)(?:\{([^}]*)\})?", rule["expr"])
        assert named, rule["alert"]
        for name, labels in named:
            if name == "up":  # Prometheus' own
                continue
            assert name in told, f"{rule['alert']} watches {name}, which nobody tells"
            asked = set(re.findall(r"(\w+)\s*[=!]~?", labels))
            missing = asked - told[name]
            assert not missing, f"{rule['alert']}: {name} has no {missing}, it has {told[name]}"


def test_the_dashboard_shows_metrics_and_labels_that_there_are(told: dict[str, set[str]]) -> None:
    panels = json.loads(DASHBOARD.read_text("utf-8"))["panels"]
    asked = [target["expr"] for panel in panels for target in panel["targets"]]
    assert len({name for expr in asked for name in re.findall(r"labdir_\w+", expr)}) > 12
    for expr in asked:
        for name in re.findall(r"labdir_\w+", expr):
            assert name in told, f"{expr} shows {name}, which nobody tells"
        for label, name in re.findall(r"by \((\w+)\) \((?:rate\()?(labdir_\w+)", expr):
            # a family of which there is nothing yet has its name alone
            assert label in told[name] or not told[name], f"{expr}: {name} has {told[name]}"


def test_a_rule_says_how_urgent_it_is_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert rule["labels"]["severity"] in ("page", "ticket")
        assert len(rule["annotations"]["summary"]) > 10
        assert len(rule["annotations"]["description"]) > 30


@pytest.mark.parametrize("asked", [("check", "alerts.yml"), ("test", "alerts.test.yml")])
def test_promtool_takes_the_rules_and_each_speaks_when_it_should(asked: tuple[str, str]) -> None:
    promtool = shutil.which("promtool")
    if promtool is None:
        pytest.skip("promtool is not on this machine; deploy/install-system alerts brings it")
    verb, name = asked
    argv = [promtool, verb, "rules", str(ALERTS.with_name(name))]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
